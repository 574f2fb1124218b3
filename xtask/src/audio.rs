//! `cargo xtask validate audio`: the built `sorl` on real servers, and what they hear is what `sorl render` writes.
//!
//! Servers are started here, with names and folders of their own so that nobody's sound is disturbed, and ended whatever
//! happens. There is nothing to do where there is no Linux.

mod alsa;
mod jack;
mod midi;
mod null;
mod pipewire;
mod portaudio;
pub mod running;
pub mod wav;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Profile, Workspace};
use crate::{Result, needs, process, setup};

/// What the checks share.
struct Check {
    sorl: PathBuf,
    score: PathBuf,
    folder: PathBuf,
}

impl Check {
    /// Renders the score, longer than it is ever played.
    fn render(&self, to: &Path, rate: u32) -> Result {
        let mut render = Command::new(&self.sorl);
        render.arg("render").arg(&self.score).arg("-o").arg(to);
        process::run(render.args(["--seconds", "10", "--rate", &rate.to_string()]))
    }
}

/// Tries up to three times: a server without real-time priority lets a block go by now and then on a busy machine, and
/// then what is heard has a gap that is not Sorl's.
fn thrice(check: impl Fn() -> Result) -> Result {
    for _ in 0..2 {
        match check() {
            Ok(()) => return Ok(()),
            Err(error) => eprintln!("{error}; once more"),
        }
    }
    check()
}

/// Builds, sees to the servers, and runs the checks.
pub fn validate(workspace: &Workspace) -> Result {
    if !cfg!(target_os = "linux") {
        println!("audio: these checks are for Linux");
        return Ok(());
    }
    setup::ensure(&[needs::BUILD, needs::SERVERS])?;
    workspace.build_sorl_with(Profile::Debug, &["pipewire"])?;
    let folder = workspace.target("validate/audio");
    // Left behind, perhaps, by a run that was broken off.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    let check = Check {
        sorl: workspace.program(Profile::Debug),
        score: workspace.source("examples/five-minute-beat.sorl"),
        folder,
    };
    null::keeps_time(&check)?;
    null::goes_as_fast_as_it_can(&check)?;
    for (rate, block) in [(48_000, 256), (44_100, 1024)] {
        thrice(|| jack::hears_what_is_rendered(&check, rate, block))?;
    }
    jack::leads_and_follows(&check)?;
    jack::survives_its_server(&check)?;
    thrice(|| midi::crosses_jack_to_the_frame(&check))?;
    thrice(|| midi::crosses_alsa(&check))?;
    alsa::hears_what_is_rendered(&check, "alsa")?;
    thrice(|| portaudio::hears_what_is_rendered(&check))?;
    let servers = pipewire::Servers::start()?;
    thrice(|| servers.hear_what_is_rendered(&check, "pipewire", "PipeWire", 3))?;
    thrice(|| servers.hear_what_is_rendered(&check, "pulseaudio", "PulseAudio", 1))?;
    servers.leave_the_song(&check)
}
