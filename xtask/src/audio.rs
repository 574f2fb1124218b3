//! `cargo xtask validate audio`: the built `sorl` on real servers, and what they hear is what `sorl render` writes.
//!
//! Servers are started here, with names and folders of their own so that nobody's sound is disturbed, and ended whatever
//! happens. There is nothing to do where there is no Linux.

mod alsa;
mod jack;
mod null;
mod running;
mod wav;

use std::path::PathBuf;

use crate::workspace::{Profile, Workspace};
use crate::{Result, needs, setup};

/// What the checks share.
struct Check {
    sorl: PathBuf,
    score: PathBuf,
    folder: PathBuf,
}

/// Builds, sees to the servers, and runs the checks.
pub fn validate(workspace: &Workspace) -> Result {
    if !cfg!(target_os = "linux") {
        println!("audio: these checks are for Linux");
        return Ok(());
    }
    setup::ensure(&[needs::BUILD, needs::SERVERS])?;
    workspace.build_sorl(Profile::Debug)?;
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
        jack::hears_what_is_rendered(&check, rate, block)?;
    }
    jack::survives_its_server(&check)?;
    alsa::hears_what_is_rendered(&check)
}
