//! MIDI from one `sorl` to another: from port to port of JACK, exact to the frame, and through ALSA's sequencer where the
//! kernel has one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::jack::Server;
use super::running::Running;
use super::{Check, wav};
use crate::{Result, process};

/// A note every beat, at 120 a minute.
const PLAYER: &str = "tempo(120)\nmidi_out() @ note(\"[c4 ~]*4\")\n";
/// Each note is a click of one frame's rise.
const LISTENER: &str = "def click():\n    gate = control(\"gate\", 0, 0, 1)\n    freq = control(\"freq\", 440, 20, 8000)\n    \
                        return gate * 0.5 + freq * 0\n\nc = node(\"click\", click)\n";
/// Frames from one beat to the next.
const BEAT: usize = 24_000;

/// The scores, written to files.
fn scores(check: &Check) -> Result<[PathBuf; 2]> {
    let paths = ["midi-player.sorl", "midi-listener.sorl"].map(|name| check.folder.join(name));
    for (path, text) in paths.iter().zip([PLAYER, LISTENER]) {
        std::fs::write(path, text).map_err(|error| error.to_string())?;
    }
    Ok(paths)
}

/// The frames at which a recording rises from silence.
fn onsets(path: &Path) -> Result<Vec<usize>> {
    let frames = wav::frames(path)?;
    let loud = |frame: &[u32; 2]| f32::from_bits(frame[0]).abs() > 0.2;
    let rises = frames.windows(2).enumerate();
    let rises = rises.filter(|(_, w)| !loud(&w[0]) && loud(&w[1]));
    Ok(rises.map(|(i, _)| i + 1).collect())
}

/// Notes cross from port to port in the same cycle: they are heard exactly a beat apart.
pub fn crosses_jack_to_the_frame(check: &Check) -> Result {
    let [player, listener] = scores(check)?;
    let heard = check.folder.join("midi-jack.wav");
    let server = Server::start(48_000, 256)?;
    let mut command = server.sorl(check);
    command
        .arg(&listener)
        .args(["--backend", "jack", "--device", "none", "--record"]);
    let listener = Running::start(command.arg(&heard))?;
    listener.wait_for("playing")?;
    let mut command = server.sorl(check);
    let player =
        Running::start(
            command
                .arg(&player)
                .args(["--backend", "jack", "--device", "none"]),
        )?;
    player.wait_for("playing")?;
    // The second client of a name gets a number behind it.
    let ports = server.ports()?;
    let out = ports
        .iter()
        .find(|port| port.starts_with("sorl-") && port.ends_with(":midi_out"));
    let out = out.ok_or("JACK MIDI: the player has no port")?;
    process::run(server.client("jack_connect").args([out, "sorl:midi_in"]))?;
    thread::sleep(Duration::from_secs(4));
    player.interrupt()?;
    listener.interrupt()?;
    let onsets = onsets(&heard)?;
    let exact = onsets.windows(2).filter(|w| w[1] - w[0] == BEAT).count();
    // A cycle that a busy machine misses is missed by one client and not by the other.
    if exact < 4 {
        return Err(format!(
            "JACK MIDI: notes were heard at the frames {onsets:?}"
        ));
    }
    println!(
        "JACK MIDI: {} notes, {exact} of them exactly {BEAT} frames after the one before",
        onsets.len()
    );
    Ok(())
}

/// Through the port that the kernel's sequencer has for this, a block late and with the rhythm whole.
pub fn crosses_alsa(check: &Check) -> Result {
    if !Path::new("/dev/snd/seq").exists() {
        println!("ALSA MIDI: this kernel has no sequencer (snd-seq); not checked");
        return Ok(());
    }
    let [player, listener] = scores(check)?;
    let heard = check.folder.join("midi-alsa.wav");
    let sorl = |score: &Path| {
        let mut command = Command::new(&check.sorl);
        command.env("XDG_RUNTIME_DIR", &check.folder);
        command
            .arg("play")
            .arg(score)
            .args(["--backend", "null", "--block", "64"]);
        command
    };
    let mut command = sorl(&listener);
    command.args(["--midi-in", "Midi Through", "--device"]);
    let listener = Running::start(command.arg(&heard))?;
    listener.wait_for("midi: hears")?;
    let mut command = sorl(&player);
    let player = Running::start(command.args(["--midi-in", "none", "--midi-out", "Midi Through"]))?;
    player.wait_for("midi: plays")?;
    thread::sleep(Duration::from_secs(4));
    player.interrupt()?;
    listener.interrupt()?;
    let onsets = onsets(&heard)?;
    // Two clocks and a scheduler that is not a real-time one: ten milliseconds.
    let near = onsets
        .windows(2)
        .all(|w| (w[1] - w[0]).abs_diff(BEAT) < 480);
    if onsets.len() < 5 || !near {
        return Err(format!(
            "ALSA MIDI: notes were heard at the frames {onsets:?}"
        ));
    }
    println!(
        "ALSA MIDI: {} notes, each a beat after the one before",
        onsets.len()
    );
    Ok(())
}
