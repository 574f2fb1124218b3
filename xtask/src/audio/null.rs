//! The null back end: at the pace of a device, and as fast as it goes.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::running::Running;
use super::{Check, wav};
use crate::{Result, process};

/// Ten seconds of sound take ten seconds, within one in a hundred.
pub fn keeps_time(check: &Check) -> Result {
    let heard = check.folder.join("null.wav");
    let mut player = Command::new(&check.sorl);
    player
        .arg("play")
        .arg(&check.score)
        .args(["--backend", "null", "--device"])
        .arg(&heard);
    player.env("XDG_RUNTIME_DIR", &check.folder);
    let player = Running::start(&mut player)?;
    player.wait_for("audio:")?;
    let began = Instant::now();
    thread::sleep(Duration::from_secs(10));
    let took = began.elapsed().as_secs_f64();
    player.interrupt()?;
    let sound = wav::frames(&heard)?.len() as f64 / 48_000.0;
    if (sound / took - 1.0).abs() > 0.01 {
        return Err(format!("null: {sound:.2} s of sound in {took:.2} s"));
    }
    println!("null: {sound:.2} s of sound in {took:.2} s");
    Ok(())
}

/// A minute is heard through to its end in less than a minute, and all of it is written.
pub fn goes_as_fast_as_it_can(check: &Check) -> Result {
    let (silence, heard) = (
        check.folder.join("silence.wav"),
        check.folder.join("fast.wav"),
    );
    let nothing = check.folder.join("nothing.sorl");
    std::fs::write(&nothing, "").map_err(|error| error.to_string())?;
    let mut render = Command::new(&check.sorl);
    render
        .arg("render")
        .arg(&nothing)
        .arg("-o")
        .arg(&silence)
        .args(["--seconds", "60"]);
    process::run(&mut render)?;
    let mut player = Command::new(&check.sorl);
    player
        .arg("play")
        .arg(&check.score)
        .args(["--backend", "fast", "--listen", "off"]);
    player
        .arg("--in-device")
        .arg(&silence)
        .arg("--device")
        .arg(&heard);
    let began = Instant::now();
    process::run(&mut player)?;
    let took = began.elapsed().as_secs_f64();
    let sound = wav::frames(&heard)?.len() as f64 / 48_000.0;
    if took > 60.0 || sound < 60.0 {
        return Err(format!(
            "null, as fast as it goes: {sound:.2} s of sound in {took:.2} s"
        ));
    }
    println!("null, as fast as it goes: {sound:.2} s of sound in {took:.2} s");
    Ok(())
}
