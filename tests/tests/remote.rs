//! A running `sorl` from another one: found, asked, told, on this machine only.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

/// A running program in a runtime folder of its own.
struct Running {
    child: Child,
    folder: PathBuf,
}

fn program() -> PathBuf {
    let mut path = std::env::current_exe().expect("a test knows its own file");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.push("sorl");
    assert!(
        path.is_file(),
        "build it first with `cargo build --bin sorl`"
    );
    path
}

impl Running {
    fn start(name: &str, score: &str) -> Running {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("remote-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("score.sorl");
        fs::write(&file, score).unwrap();
        let mut child = Command::new(program())
            .args(["play", file.to_str().unwrap(), "--backend", "null"])
            .env("XDG_RUNTIME_DIR", &folder)
            .env("XDG_DATA_HOME", &folder)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It listens before it says that it plays.
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let said: Vec<String> = lines
            .map_while(Result::ok)
            .take_while(|line| !line.starts_with("playing"))
            .collect();
        assert!(
            said.iter()
                .any(|line| line.contains("`sorl repl` on 127.0.0.1:")),
            "{said:?}"
        );
        Running { child, folder }
    }

    fn ask(&self, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(program())
            .args(args)
            .env("XDG_RUNTIME_DIR", &self.folder)
            .env("XDG_DATA_HOME", &self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Who does not read is not written to.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const SCORE: &str = "def tone():\n    return sine_osc(control(\"freq\", 220, 20, 2000)) * 0.1\n\na = node(\"a\", tone)\n";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn statements_typed_elsewhere_change_what_plays() {
    let running = Running::start("repl", SCORE);
    let status = running.ask(&["status"], "");
    let said = text(&status.stdout);
    assert!(
        said.contains("score.sorl, 1 nodes") && said.contains("null back end, 48000 Hz"),
        "{said}"
    );

    let typed = "def low():\n    return sine_osc(55) * 0.1\n\nb = node(\"b\", low)\nprint(1 + 2)\n:nodes\n:set a/freq 330\n";
    let repl = running.ask(&["repl"], typed);
    let said = text(&repl.stdout);
    assert!(repl.status.success(), "{}", text(&repl.stderr));
    assert!(
        said.contains("3\n") && said.contains("b: gain=1.0"),
        "{said}"
    );

    let file = running.folder.join("kept.sorl");
    let repl = running.ask(&["repl"], &format!(":export {}\n", file.display()));
    assert!(repl.status.success(), "{}", text(&repl.stderr));
    let kept = fs::read_to_string(&file).unwrap();
    assert!(
        kept.starts_with(SCORE) && kept.contains("set(\"a/freq\", 330"),
        "{kept}"
    );

    let wrong = running.ask(&["repl"], "c = nod(\"c\", tone)\n");
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        text(&wrong.stderr).contains("^^^"),
        "{}",
        text(&wrong.stderr)
    );

    let status = running.ask(&["status", "--json"], "");
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(
        (&status["nodes"], &status["sound"]["backend"]),
        (&2.into(), &"null".into())
    );
}

#[test]
fn a_stranger_without_the_file_does_not_get_in() {
    let running = Running::start("stranger", SCORE);
    let file = fs::read_dir(running.folder.join("sorl"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let place: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let address = place["address"].as_str().unwrap();
    let wrong = running.folder.join("wrong");
    fs::write(&wrong, "0".repeat(64)).unwrap();
    let output = running.ask(
        &["status", address, "--token-file", wrong.to_str().unwrap()],
        "",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("token"),
        "{}",
        text(&output.stderr)
    );
    let output = running.ask(
        &["status", address, "--token-file", file.to_str().unwrap()],
        "",
    );
    assert!(output.status.success());
    fs::remove_file(&file).unwrap();
    let output = running.ask(&["status"], "");
    assert!(text(&output.stderr).contains("no running sorl was found"));
}
