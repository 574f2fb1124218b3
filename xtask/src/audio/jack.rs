//! JACK, by a server of our own with its dummy driver.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::running::Running;
use super::{Check, wav};
use crate::{Result, process};

/// What the recording `sorl` plays: what it hears.
const THROUGH: &str =
    "def through(inp):\n    return inp\n\nt = node(\"t\", through)\ninput() >> t\n";

/// A server of this run alone.
struct Server {
    name: String,
    _running: Running,
}

impl Server {
    fn start(name: &str, rate: u32, block: u32) -> Result<Server> {
        let mut jackd = Command::new("jackd");
        jackd.args(["-n", name, "--no-realtime", "-d", "dummy"]);
        jackd.args(["-r", &rate.to_string(), "-p", &block.to_string()]);
        let running = Running::start(&mut jackd)?;
        let server = Server {
            name: name.to_owned(),
            _running: running,
        };
        let began = Instant::now();
        while !process::succeeds(&mut server.client("jack_lsp")) {
            if began.elapsed() > Duration::from_secs(30) {
                return Err("jackd does not answer".to_owned());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// A command that finds this server and no other.
    fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("JACK_DEFAULT_SERVER", &self.name)
            .env("JACK_NO_START_SERVER", "1");
        command
    }

    fn sorl(&self, check: &Check) -> Command {
        let mut sorl = self.client(&check.sorl);
        sorl.env("XDG_RUNTIME_DIR", &check.folder).arg("play");
        sorl
    }
}

/// One `sorl` records what another plays, port to port; the file is what `sorl render` makes.
pub fn hears_what_is_rendered(check: &Check, rate: u32, block: u32) -> Result {
    let name = format!("sorl-validate-{}", std::process::id());
    let server = Server::start(&name, rate, block)?;
    let (through, heard) = (
        check.folder.join("through.sorl"),
        check.folder.join("heard.wav"),
    );
    let rendered = check.folder.join("rendered.wav");
    std::fs::write(&through, THROUGH).map_err(|error| error.to_string())?;
    let mut recorder = server.sorl(check);
    recorder
        .arg(&through)
        .args(["--backend", "jack", "--device", "none", "--record"])
        .arg(&heard);
    let recorder = Running::start(&mut recorder)?;
    recorder.wait_for("playing")?;
    let mut player = server.sorl(check);
    player
        .arg(&check.score)
        .args(["--backend", "jack", "--device", "sorl:in_"]);
    let player = Running::start(&mut player)?;
    let line = player.wait_for("audio:")?;
    for part in [
        format!("{rate} Hz"),
        format!("block {block}"),
        "sorl:in_1 and sorl:in_2".to_owned(),
    ] {
        if !line.contains(&part) {
            return Err(format!("JACK: `{line}` does not say `{part}`"));
        }
    }
    thread::sleep(Duration::from_secs(6));
    player.interrupt()?;
    recorder.interrupt()?;
    process::run(
        Command::new(&check.sorl)
            .arg("render")
            .arg(&check.score)
            .arg("-o")
            .arg(&rendered)
            .args(["--seconds", "8", "--rate", &rate.to_string()]),
    )?;
    let said = wav::compare(
        &wav::frames(&heard)?,
        &wav::frames(&rendered)?,
        rate as usize,
        rate as usize * 3,
    )
    .map_err(|error| format!("JACK at {rate} Hz, block {block}: {error}"))?;
    println!("JACK at {rate} Hz, block {block}: {said}");
    Ok(())
}

/// The server is killed while `sorl` plays, and started again: the song goes on unheard, and comes back.
pub fn survives_its_server(check: &Check) -> Result {
    let name = format!("sorl-validate-{}", std::process::id());
    let server = Server::start(&name, 48_000, 256)?;
    let mut player = server.sorl(check);
    player.arg(&check.score).args(["--backend", "jack"]);
    let player = Running::start(&mut player)?;
    player.wait_for("playing")?;
    drop(server);
    player.wait_for("null back end")?;
    println!("JACK: the server was killed, and the null back end went on");
    let server = Server::start(&name, 44_100, 512)?;
    let line = player.wait_for("JACK back end")?;
    if !line.contains("44100 Hz, block 512") {
        return Err(format!("JACK: `{line}` is not of the new server"));
    }
    let status = server
        .client(&check.sorl)
        .env("XDG_RUNTIME_DIR", &check.folder)
        .arg("status")
        .output();
    let status = status.map_err(|error| error.to_string())?;
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    if !status.contains("song: plays") || !status.contains("JACK back end") {
        return Err(format!(
            "JACK: after the server came back, the status is\n{status}"
        ));
    }
    println!("JACK: the server came back at another rate, and the song goes on:\n{status}");
    player.interrupt()
}
