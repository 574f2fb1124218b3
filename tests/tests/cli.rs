//! The `sorl` program as a user meets it: words in, files, lines and exit statuses out.
//!
//! Runs the built binary. Where something is waited for, it is a line of output, with a limit.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

/// Longer than anything here takes, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// The program, without a display: tests must not open windows on anybody's screen.
fn sorl() -> Command {
    let mut path = std::env::current_exe().expect("a test knows its own file");
    // target/PROFILE/deps/cli-HASH → target/PROFILE/sorl
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.push(format!("sorl{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} is missing: build it first with `cargo build --bin sorl` (add `--release` if the tests \
         are), or run `cargo xtask test`",
        path.display(),
    );
    let mut command = Command::new(path);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(name);
    }
    command
}

fn run(args: &[&str]) -> Output {
    sorl().args(args).output().expect("sorl starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command that must succeed and returns what it printed.
fn succeed(args: &[&str]) -> String {
    let output = run(args);
    assert!(
        output.status.success(),
        "sorl {args:?}: {}\n{}",
        output.status,
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Runs a command that must fail with status 1 and returns what it said on standard error.
fn fail(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!(
        output.status.code(),
        Some(1),
        "sorl {args:?}\n{}",
        text(&output.stderr)
    );
    assert!(
        output.stdout.is_empty(),
        "errors go to standard error, not {}",
        text(&output.stdout)
    );
    text(&output.stderr)
}

fn beat() -> String {
    concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/five-minute-beat.sorl"
    )
    .to_owned()
}

/// An empty folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder under target");
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0
            .join(name)
            .to_str()
            .expect("a path in UTF-8")
            .to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).expect("a file under target");
        self.path(name)
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).expect("the file was written")
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const BAD: &str = "def tone():\n    return sine_osc(220.0) * 0.1\n\na = nod(\"a\", tone)\n";

#[test]
fn a_good_score_is_told_in_one_line() {
    let line = succeed(&["check", &beat()]);
    assert!(
        line.contains("4 nodes, 4 patterns, 1 connection, no errors"),
        "{line}"
    );
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn a_bad_score_is_shown_with_its_place_and_a_caret() {
    let folder = Folder::new("check");
    let said = fail(&["check", &folder.write("bad.sorl", BAD)]);
    assert!(said.contains("bad.sorl:4:5: error: "), "{said}");
    assert!(said.contains("a = nod(\"a\", tone)"), "{said}");
    assert!(
        said.lines()
            .any(|line| line.trim_matches([' ', '|']).starts_with('^')),
        "{said}"
    );
    assert!(said.contains("node"), "the nearest name is offered: {said}");
}

#[test]
fn eight_bars_are_fifteen_seconds_of_stereo_floats() {
    let folder = Folder::new("render");
    let line = succeed(&["render", &beat(), "-o", &folder.path("beat.wav")]);
    assert!(line.contains("720000 frames, 15.000 s, 48000 Hz"), "{line}");
    assert_eq!(folder.names(), ["beat.wav"]);
    let mut wav = hound::WavReader::open(folder.path("beat.wav")).unwrap();
    let spec = wav.spec();
    assert_eq!(
        (spec.channels, spec.sample_rate, spec.bits_per_sample),
        (2, 48_000, 32)
    );
    assert_eq!(spec.sample_format, hound::SampleFormat::Float);
    let samples: Vec<f32> = wav.samples().map(Result::unwrap).collect();
    assert_eq!(samples.len(), 2 * 720_000);
    let peak = samples.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    assert!((0.01..4.0).contains(&peak), "peak {peak}");
}

#[test]
fn the_cut_into_blocks_changes_no_byte() {
    let folder = Folder::new("blocks");
    let render = |name: &str, block: &[&str]| {
        succeed(
            &[
                &["render", &beat(), "-o", &folder.path(name), "--bars", "1"],
                block,
            ]
            .concat(),
        );
        folder.bytes(name)
    };
    let plain = render("plain.wav", &[]);
    assert!(
        plain == render("seventeen.wav", &["--block", "17"]),
        "--block 17 differs"
    );
    assert!(
        plain == render("random.wav", &["--block", "random:7"]),
        "--block random:7 differs"
    );
}

#[test]
fn integers_have_the_bits_that_were_asked_for() {
    let folder = Folder::new("bits");
    for (bits, count) in [("16", 16), ("24", 24)] {
        succeed(&[
            "render",
            &beat(),
            "-o",
            &folder.path("x.wav"),
            "--seconds",
            "0.5",
            "--bits",
            bits,
        ]);
        let mut wav = hound::WavReader::open(folder.path("x.wav")).unwrap();
        assert_eq!(
            (wav.spec().bits_per_sample, wav.duration()),
            (count, 24_000)
        );
        assert!(wav.samples::<i32>().any(|x| x.unwrap() != 0));
    }
}

#[test]
fn tempo_rate_and_length_count() {
    let folder = Folder::new("tempo");
    let path = folder.path("x.wav");
    let line = succeed(&[
        "render",
        &beat(),
        "-o",
        &path,
        "--bars",
        "1",
        "--tempo",
        "120",
        "--rate",
        "44100",
    ]);
    assert!(line.contains("88200 frames, 2.000 s, 44100 Hz"), "{line}");
    let line = succeed(&["render", &beat(), "-o", &path, "--seconds", "0.25"]);
    assert!(line.contains("12000 frames"), "{line}");
}

#[test]
fn a_value_can_be_set_and_an_unknown_one_is_named() {
    let folder = Folder::new("set");
    let render = |name: &str, set: &[&str]| {
        succeed(
            &[
                &[
                    "render",
                    &beat(),
                    "-o",
                    &folder.path(name),
                    "--seconds",
                    "0.5",
                ],
                set,
            ]
            .concat(),
        );
        folder.bytes(name)
    };
    let plain = render("plain.wav", &[]);
    assert!(
        plain
            != render(
                "set.wav",
                &["--set", "kick/gain=0.1", "--set", "hat/gain=0"]
            ),
        "--set had no effect"
    );
    let said = fail(&[
        "render",
        &beat(),
        "-o",
        &folder.path("no.wav"),
        "--set",
        "kcik/gain=1",
    ]);
    assert!(said.contains("kcik"), "{said}");
    assert!(!folder.names().contains(&"no.wav".to_owned()));
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence_and_leaves_nothing() {
    let folder = Folder::new("errors");
    let out = folder.path("x.wav");
    let said = fail(&["render", &folder.path("nobody.sorl"), "-o", &out]);
    assert!(
        said.starts_with("sorl: cannot read") && said.contains("nobody.sorl"),
        "{said}"
    );
    let said = fail(&[
        "render",
        &beat(),
        "-o",
        &folder.path("no/such/folder/x.wav"),
    ]);
    assert!(
        said.starts_with("sorl: cannot write") && said.contains("folder"),
        "{said}"
    );
    let said = fail(&["play", &beat(), "--backend", "pipewire"]);
    assert!(said.contains("--backend alsa"), "{said}");
    let said = fail(&["render", &beat(), "-o", &out, "--rate", "7"]);
    assert!(said.contains("8000"), "{said}");
    assert_eq!(
        run(&["render", &beat(), "-o", &out, "--block", "0"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(folder.names(), [""; 0]);
}

#[test]
fn a_score_with_an_error_is_not_rendered_over_an_older_file() {
    let folder = Folder::new("refuse");
    let score = folder.write("bad.sorl", BAD);
    let out = folder.write("out.wav", "older");
    let said = fail(&["render", &score, "-o", &out]);
    assert!(said.contains("bad.sorl:4:5: error: "), "{said}");
    assert_eq!(folder.bytes("out.wav"), b"older");
    assert_eq!(folder.names(), ["bad.sorl", "out.wav"]);
    // Nor is it played.
    assert!(fail(&["play", &score, "--backend", "null"]).contains("error"));
    assert!(fail(&[&score, "--backend", "null"]).contains("error"));
}

/// A program that runs until it is told to end; killed if the test ends before it does.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(args: &[&str]) -> Running {
        let mut child = sorl()
            .args(args)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("sorl starts");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (send, lines) = mpsc::channel();
        thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| send.send(line))
        });
        Running { child, lines }
    }

    /// Waits for a line with `part` in it and returns all lines up to it.
    fn wait_for(&self, part: &str) -> String {
        let mut seen = String::new();
        while !seen.contains(part) {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => seen = seen + &line + "\n",
                Err(_) => panic!("no line with {part:?} came, only:\n{seen}"),
            }
        }
        seen
    }

    /// Sends a signal by its name, waits for the end and returns the exit status and the last
    /// lines.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .expect("a shell")
                .success()
        );
        let mut last = String::new();
        loop {
            match self.lines.recv_timeout(LIMIT) {
                Ok(line) => last = last + &line + "\n",
                // Its standard error is closed: it has ended.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    panic!("still running after {signal}; it said\n{last}")
                }
            }
        }
        (self.child.wait().expect("it ends").code(), last)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn without_a_display_it_plays_headless_and_says_so() {
    let beat = beat();
    let sorl = Running::start(&[&beat, "--backend", "null"]);
    let said = sorl.wait_for("window: none");
    assert!(
        said.contains("audio: null back end, 48000 Hz, block 512"),
        "{said}"
    );
    assert!(said.contains("playing without it"), "{said}");
    assert_eq!(sorl.end("INT"), (Some(0), String::new()));
}

#[cfg(unix)]
#[test]
fn playing_ends_cleanly_when_asked_to() {
    let beat = beat();
    for signal in ["INT", "TERM"] {
        let sorl = Running::start(&["play", &beat, "--backend", "null"]);
        sorl.wait_for("playing ");
        assert_eq!(sorl.end(signal), (Some(0), String::new()));
    }
}

#[cfg(unix)]
#[test]
fn a_watched_score_is_evaluated_when_saved_and_a_mistake_is_shown() {
    let folder = Folder::new("watch");
    let score = folder.write("x.sorl", &fs::read_to_string(beat()).unwrap());
    let sorl = Running::start(&["play", &score, "--backend", "null", "--watch"]);
    sorl.wait_for("playing ");
    folder.write("x.sorl", BAD);
    let said = sorl.wait_for("goes on");
    assert!(
        said.contains("x.sorl:4:5: error: ") && said.contains('^'),
        "{said}"
    );
    folder.write("x.sorl", &BAD.replace("nod(", "node("));
    sorl.wait_for("x.sorl: 1 node, 0 patterns, 0 connections");
    assert_eq!(sorl.end("INT").0, Some(0));
}

#[cfg(unix)]
#[test]
fn an_interrupted_render_leaves_no_file() {
    let folder = Folder::new("interrupt");
    let out = folder.path("long.wav");
    let beat = beat();
    let mut sorl = Running::start(&[
        "render",
        &beat,
        "-o",
        &out,
        "--seconds",
        "20000",
        "--bits",
        "16",
    ]);
    // The file beside is the sign that it listens: nothing is printed where there is no terminal.
    let started = (0..6000).any(|_| {
        thread::sleep(Duration::from_millis(10));
        !folder.names().is_empty() || sorl.child.try_wait().unwrap().is_some()
    });
    assert!(
        started && sorl.child.try_wait().unwrap().is_none(),
        "the render began and goes on"
    );
    let (status, said) = sorl.end("INT");
    assert_eq!(status, Some(130));
    assert!(said.contains("interrupted"), "{said}");
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(target_os = "linux")]
/// A WAV file of half a second, mono, 16 bits at 44.1 kHz, all of one value.
fn wav(value: i16) -> Vec<u8> {
    let data: Vec<u8> = (0..22_050).flat_map(|_| value.to_le_bytes()).collect();
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(44_100u32.to_le_bytes());
    file.extend(88_200u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

// The library folder is another one on other systems.
#[cfg(target_os = "linux")]
#[test]
fn samples_are_found_beside_the_score_and_in_the_library_and_nowhere_else() {
    let folder = std::env::temp_dir().join(format!("sorl-cli-samples-{}", std::process::id()));
    let own = folder.join("data/sorl/samples");
    fs::create_dir_all(folder.join("song/samples")).unwrap();
    fs::create_dir_all(&own).unwrap();
    fs::write(folder.join("song/samples/low.wav"), wav(8192)).unwrap();
    fs::write(own.join("high.wav"), wav(16384)).unwrap();
    fs::write(folder.join("song/broken.wav"), b"RIFF, or not").unwrap();
    let score = folder.join("song/song.sorl");
    let sorl = |args: &[&str]| {
        let mut command = sorl();
        command.env("XDG_DATA_HOME", folder.join("data"));
        command.args(args).output().expect("sorl starts")
    };
    let path = score.to_str().unwrap();
    fs::write(
        &score,
        "d = node('d', sampler())\nd @ s('[low,high] bd ~ ~')\n",
    )
    .unwrap();
    let output = sorl(&["check", path]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let made = folder.join("out.wav");
    let output = sorl(&["render", path, "-o", made.to_str().unwrap(), "--bars", "1"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let bytes = fs::read(&made).unwrap();
    let at = bytes.len() / 16 / 8 * 8;
    let frame = f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    assert!((frame - 0.75).abs() < 0.01, "{frame}");
    for (name, said) in [
        ("broken", "broken.wav is not a sound file"),
        ("lo", "did you mean `low`?"),
        ("../data/sorl/samples/high", "names stay inside"),
    ] {
        fs::write(&score, format!("d = node('d', sampler('{name}'))\n")).unwrap();
        let output = sorl(&["check", path]);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1));
        assert!(told.contains(said) && told.contains("1:23"), "{told}");
    }
    let _ = fs::remove_dir_all(&folder);
}
