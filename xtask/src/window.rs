//! `cargo xtask validate window`: the built `sorl` in a real window on a screen that nobody sees.
//!
//! Hands are `xdotool`'s, what is heard goes to a WAV file by the null back end, and the pictures taken on the way are
//! those of README and manual. There is nothing to do where there is no Linux.

mod screen;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::audio::running::Running;
use crate::audio::wav;
use crate::workspace::{Profile, Workspace};
use crate::{Result, needs, setup};
use screen::Screen;

/// The screen, all of which is the window.
const SIZE: (u32, u32) = (1440, 900);
/// Where things are in a window of that size that shows the five-minute beat.
const BASS: (i32, i32) = (355, 370);
const HAT: (i32, i32) = (355, 266);
const SCORE: (i32, i32) = (620, 760);
/// What is typed: all that plays falls silent.
const TYPED: &str = "\nmute(k)\nmute(h)\nmute(b)";
/// Frames of a second.
const RATE: usize = 48_000;
/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(30);

/// What the checks share.
struct Check {
    sorl: PathBuf,
    folder: PathBuf,
    screen: Screen,
}

/// Builds, opens the window, works in it, and takes the pictures.
pub fn validate(workspace: &Workspace, profile: Profile) -> Result {
    if !cfg!(target_os = "linux") {
        println!("window: these checks are for Linux");
        return Ok(());
    }
    setup::ensure(&[needs::BUILD, needs::WINDOW, needs::SCREEN])?;
    workspace.build_sorl(profile)?;
    let folder = workspace.target("validate/window");
    // Left behind, perhaps, by a run that was broken off.
    let _ = fs::remove_dir_all(&folder);
    let settings = folder.join("config/sorl");
    let failed = |error| format!("cannot write below {}: {error}", folder.display());
    fs::create_dir_all(&settings).map_err(failed)?;
    let (width, height) = SIZE;
    let looks = format!("{{\"size\": [{width}, {height}]}}");
    fs::write(settings.join("window.json"), looks).map_err(failed)?;
    let score = folder.join("beat.sorl");
    fs::copy(workspace.source("examples/five-minute-beat.sorl"), &score).map_err(failed)?;
    let check = Check {
        sorl: workspace.program(profile),
        screen: Screen::start(SIZE)?,
        folder,
    };
    works_on_the_beat(&check, &score, &workspace.source("docs/editor.png"))?;
    plays_at_once(&check, &workspace.source("docs/first.png"))
}

impl Check {
    /// Opens the window; what is heard goes to a file of this name.
    fn open(&self, score: Option<&Path>, heard: &Path) -> Result<Running> {
        let mut sorl = Command::new(&self.sorl);
        sorl.args(score)
            .args(["--backend", "null", "--listen", "off"]);
        sorl.arg("--device").arg(heard);
        sorl.env("DISPLAY", self.screen.display())
            .env_remove("WAYLAND_DISPLAY")
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env("XDG_RUNTIME_DIR", &self.folder);
        let sorl = Running::start(&mut sorl)?;
        sorl.wait_for("audio:")?;
        self.screen.find("Sorl")?;
        // A few frames, and figures of what it costs.
        thread::sleep(Duration::from_secs(4));
        Ok(sorl)
    }
}

/// A node is dragged, text is typed and evaluated; the file and the sound say so.
fn works_on_the_beat(check: &Check, score: &Path, picture: &Path) -> Result {
    let (heard, screen) = (check.folder.join("beat.wav"), &check.screen);
    let sorl = check.open(Some(score), &heard)?;
    screen.click(BASS)?;
    thread::sleep(Duration::from_millis(1500));
    screen.picture(picture)?;

    screen.drag(HAT, (HAT.0 + 40, HAT.1 - 20))?;
    screen.key("ctrl+s")?;
    let beside = score.with_extension("sorl.json");
    wait("the place of the node beside the score", || {
        fs::read_to_string(&beside).is_ok_and(|json| json.contains("\"hat\""))
    })?;

    screen.click(SCORE)?;
    screen.key("ctrl+End")?;
    screen.write(TYPED)?;
    screen.key("ctrl+Return")?;
    // The reverb rings out.
    thread::sleep(Duration::from_secs(8));
    screen.key("ctrl+s")?;
    wait("the typed text in the file", || {
        fs::read_to_string(score).is_ok_and(|text| text.ends_with(TYPED))
    })?;
    sorl.interrupt()?;

    let frames = wav::frames(&heard)?;
    let before = loudness(&frames[RATE..3 * RATE]);
    let after = loudness(&frames[frames.len().saturating_sub(RATE)..]);
    if before < 0.02 || after > 0.002 {
        return Err(format!(
            "window: {before:.4} was heard before all was muted, {after:.4} after it"
        ));
    }
    println!("window: dragged, typed, evaluated; {before:.3} was heard before, {after:.5} after");
    Ok(())
}

/// A window without a score is an instrument under the computer's keys.
fn plays_at_once(check: &Check, picture: &Path) -> Result {
    let (heard, screen) = (check.folder.join("first.wav"), &check.screen);
    let sorl = check.open(None, &heard)?;
    screen.picture(picture)?;
    screen.hold("a", Duration::from_secs(1))?;
    thread::sleep(Duration::from_millis(500));
    sorl.interrupt()?;
    let frames = wav::frames(&heard)?;
    let before = loudness(&frames[..2 * RATE]);
    let after = loudness(&frames[frames.len().saturating_sub(2 * RATE)..]);
    if before > 1e-4 || after < 0.005 {
        return Err(format!(
            "window: {before:.4} was heard before a key was pressed, {after:.4} while it was"
        ));
    }
    println!("window: silent until a key of the computer is pressed, then {after:.3}");
    Ok(())
}

/// The mean power of some frames, as a level.
fn loudness(frames: &[[u32; 2]]) -> f32 {
    let squares = frames.iter().flatten().map(|x| f32::from_bits(*x).powi(2));
    let count = (frames.len() * 2).max(1) as f32;
    (squares.sum::<f32>() / count).sqrt()
}

/// Waits for what a window does in its own time.
fn wait(what: &str, done: impl Fn() -> bool) -> Result {
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        if done() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err(format!("window: {what} never came"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loudness_is_the_mean_power() {
        let frame = |x: f32| [x.to_bits(), (-x).to_bits()];
        assert_eq!(loudness(&[frame(0.5); 10]), 0.5);
        assert_eq!(loudness(&[]), 0.0);
        assert_eq!(
            loudness(&[frame(1.0), frame(0.0), frame(0.0), frame(0.0)]),
            0.5
        );
    }
}
