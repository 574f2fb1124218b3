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
pub struct Server {
    name: String,
    _running: Running,
}

impl Server {
    /// Starts one and waits for its answer.
    pub fn start(rate: u32, block: u32) -> Result<Server> {
        // Always the same: a server that was killed holds one of the eight places that JACK has on a machine, until one
        // of its name begins again.
        let name = "sorl-validate".to_owned();
        let mut jackd = Command::new("jackd");
        jackd.args(["-n", &name, "--no-realtime", "-d", "dummy"]);
        jackd.args(["-r", &rate.to_string(), "-p", &block.to_string()]);
        let running = Running::start(&mut jackd)?;
        let server = Server {
            name,
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
    pub fn client(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("JACK_DEFAULT_SERVER", &self.name)
            .env("JACK_NO_START_SERVER", "1");
        command
    }

    /// All ports.
    pub fn ports(&self) -> Result<Vec<String>> {
        let listed = self.client("jack_lsp").output();
        let listed = listed.map_err(|error| format!("cannot run jack_lsp: {error}"))?;
        let text = String::from_utf8_lossy(&listed.stdout);
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// `sorl play` on it.
    pub fn sorl(&self, check: &Check) -> Command {
        let mut sorl = self.client(&check.sorl);
        sorl.env("XDG_RUNTIME_DIR", &check.folder).arg("play");
        sorl
    }
}

/// One `sorl` records what another plays, port to port; the file is what `sorl render` makes.
pub fn hears_what_is_rendered(check: &Check, rate: u32, block: u32) -> Result {
    let server = Server::start(rate, block)?;
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
    check.render(&rendered, rate)?;
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
    let server = Server::start(48_000, 256)?;
    let mut player = server.sorl(check);
    player.arg(&check.score).args(["--backend", "jack"]);
    let player = Running::start(&mut player)?;
    player.wait_for("playing")?;
    drop(server);
    player.wait_for("null back end")?;
    println!("JACK: the server was killed, and the null back end went on");
    let server = Server::start(44_100, 512)?;
    let line = player.wait_for("JACK back end")?;
    if !line.contains("44100 Hz, block 512") {
        return Err(format!("JACK: `{line}` is not of the new server"));
    }
    // It is heard before the session has heard of it.
    let began = Instant::now();
    let status = loop {
        let status = server
            .client(&check.sorl)
            .env("XDG_RUNTIME_DIR", &check.folder)
            .arg("status")
            .output();
        let status = status.map_err(|error| error.to_string())?;
        let status = String::from_utf8_lossy(&status.stdout).into_owned();
        if status.contains("song: plays") && status.contains("JACK back end") {
            break status;
        }
        if began.elapsed() > Duration::from_secs(5) {
            return Err(format!(
                "JACK: after the server came back, the status is\n{status}"
            ));
        }
        thread::sleep(Duration::from_millis(100));
    };
    println!("JACK: the server came back at another rate, and the song goes on:\n{status}");
    player.interrupt()
}

/// PortAudio finds the server too: what it plays there is heard by another `sorl`.
pub fn carries_portaudio(check: &Check) -> Result {
    let server = Server::start(48_000, 1024)?;
    let (through, heard) = (
        check.folder.join("through.sorl"),
        check.folder.join("portaudio.wav"),
    );
    let rendered = check.folder.join("rendered.wav");
    std::fs::write(&through, THROUGH).map_err(|error| error.to_string())?;
    let mut recorder = server.sorl(check);
    recorder
        .arg(&through)
        .args(["--backend", "jack", "--device", "none", "--record"]);
    let recorder = Running::start(recorder.arg(&heard))?;
    recorder.wait_for("playing")?;
    let mut player = server.sorl(check);
    player
        .arg(&check.score)
        .args(["--backend", "portaudio", "--device", "JACK"]);
    let player = Running::start(player.args(["--rate", "48000", "--block", "1024"]))?;
    let line = player.wait_for("audio:")?;
    if !line.contains("PortAudio back end (JACK") {
        return Err(format!("PortAudio: `{line}` is not of JACK"));
    }
    let ports = server.ports()?;
    let outs = ports
        .iter()
        .filter(|port| !port.starts_with("sorl:") && !port.starts_with("system:"));
    for (out, hear) in outs
        .filter(|port| port.contains(":out"))
        .zip(["sorl:in_1", "sorl:in_2"])
    {
        process::run(server.client("jack_connect").args([out, hear]))?;
    }
    thread::sleep(Duration::from_secs(6));
    player.interrupt()?;
    recorder.interrupt()?;
    check.render(&rendered, 48_000)?;
    let said = wav::compare(
        &wav::frames(&heard)?,
        &wav::frames(&rendered)?,
        48_000,
        3 * 48_000,
    )
    .map_err(|error| format!("JACK through PortAudio: {error}"))?;
    println!("JACK through PortAudio: {said}");
    Ok(())
}

/// One `sorl` leads the transport and another follows it: what the first is told both do, at the same place and tempo.
pub fn leads_and_follows(check: &Check) -> Result {
    let server = Server::start(48_000, 256)?;
    let play = |sync: &str| {
        let mut sorl = server.sorl(check);
        sorl.arg(&check.score);
        Running::start(sorl.args(["--backend", "jack", "--device", "none", "--sync", sync]))
    };
    let (follower, leader) = (play("jack")?, play("jack-lead")?);
    let mut addresses = Vec::new();
    for sorl in [&leader, &follower] {
        let line = sorl.wait_for("remote:")?;
        addresses.push(line.rsplit(' ').next().unwrap_or_default().to_owned());
        sorl.wait_for("playing")?;
    }
    let sorl = |words: &[&str]| {
        let mut sorl = server.client(&check.sorl);
        sorl.env("XDG_RUNTIME_DIR", &check.folder).args(words);
        sorl
    };
    for (said, part) in [
        (":tempo 150\n:seek 64\n:play\n", "song: plays at bar 1"),
        (":stop\n", "song: stands still at bar 1"),
        (":seek 8\n", "song: stands still at bar 3.00"),
    ] {
        process::feed(&mut sorl(&["repl", &addresses[0]]), said)?;
        for address in &addresses {
            let began = Instant::now();
            loop {
                let status = process::ask(&mut sorl(&["status", address])).unwrap_or_default();
                // A follower learns the tempo while the transport rolls.
                if status.contains(part) && status.contains("150.00 bpm") {
                    break;
                }
                if began.elapsed() > Duration::from_secs(10) {
                    return Err(format!(
                        "JACK: after `{}` the status is\n{status}",
                        said.trim()
                    ));
                }
            }
        }
    }
    println!("JACK: the transport is led, and followed: tempo, place, start and stop");
    leader.interrupt()?;
    follower.interrupt()
}
