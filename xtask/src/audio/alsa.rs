//! ALSA, by a device of our own that writes a file instead of sounding.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::running::Running;
use super::{Check, wav};
use crate::Result;

/// Bytes of six seconds.
const ENOUGH: u64 = 6 * 48_000 * 8;

/// What a file device has written is what `sorl render` makes; `backend` is the way to ALSA.
pub fn hears_what_is_rendered(check: &Check, backend: &str) -> Result {
    let (config, raw) = (
        check.folder.join("alsa.conf"),
        check.folder.join(format!("{backend}.raw")),
    );
    let rendered = check.folder.join("rendered.wav");
    let text = format!(
        "pcm.nobody {{ type null }}\npcm.!default {{\n    type file\n    slave.pcm \"nobody\"\n    file \"{}\"\n    \
         format \"raw\"\n}}\n",
        raw.display()
    );
    std::fs::write(&config, text).map_err(|error| error.to_string())?;
    let mut player = Command::new(&check.sorl);
    player
        .arg("play")
        .arg(&check.score)
        .args(["--backend", backend, "--rate", "48000"]);
    player
        .env("XDG_RUNTIME_DIR", &check.folder)
        .env("ALSA_CONFIG_PATH", &config);
    let player = Running::start(&mut player)?;
    let line = player.wait_for("audio:")?;
    if !line.contains("48000 Hz") {
        return Err(format!("ALSA: `{line}` does not say `48000 Hz`"));
    }
    let began = Instant::now();
    while std::fs::metadata(&raw).map_or(0, |file| file.len()) < ENOUGH {
        if began.elapsed() > Duration::from_secs(60) {
            return Err("ALSA: the device has not heard six seconds in a minute".to_owned());
        }
        thread::sleep(Duration::from_millis(50));
    }
    drop(player);
    check.render(&rendered, 48_000)?;
    let bytes = std::fs::read(&raw).map_err(|error| error.to_string())?;
    // What was played after that is of no use, and may be much.
    let _ = std::fs::remove_file(&raw);
    let heard = wav::raw(&bytes[..bytes.len().min(ENOUGH as usize)]);
    let said = wav::compare(&heard, &wav::frames(&rendered)?, 48_000, 3 * 48_000)
        .map_err(|error| format!("ALSA through {backend}: {error}"))?;
    println!("ALSA through {backend}: {said}");
    Ok(())
}
