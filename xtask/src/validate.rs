//! `cargo xtask validate`: another host than ours hears the beat.
//!
//! DawDreamer, a JUCE host with a transport, loads the bundled VST3. It is a Python package, so it
//! gets a virtual environment below the target folder. What is checked is in `xtask/validate/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Profile, Workspace};
use crate::{Result, bundle, needs, process, setup};

/// Bundles, sees to the environment, and runs the check.
pub fn validate(workspace: &Workspace) -> Result {
    setup::ensure(&[needs::BUILD, needs::WINDOW, needs::VALIDATE])?;
    let bundles = bundle::bundle(workspace, Profile::Release)?;
    let python = environment(workspace)?;
    process::run(
        Command::new(python)
            // Python then writes each row of the table when it is known, and no `__pycache__`.
            .args(["-u", "-B"])
            .arg(workspace.source("xtask/validate/beat.py"))
            .arg("--plugin")
            .arg(&bundles.vst3)
            .arg("--library")
            .arg(workspace.plugin_library(Profile::Release))
            .arg("--sorl")
            .arg(workspace.program(Profile::Release))
            .arg("--score")
            .arg(workspace.source("examples/five-minute-beat.sorl"))
            .arg("--work")
            .arg(workspace.target("validate")),
    )
}

/// The interpreter of a virtual environment that has the pinned packages.
fn environment(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target("validate/venv");
    let wanted = workspace.source("xtask/validate/requirements.txt");
    let python = interpreter(&folder);

    // The copy in the environment says what was installed last, so a second run needs no network.
    let stamp = folder.join("requirements.txt");
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
    };
    let requirements = read(&wanted)?;
    if process::succeeds(Command::new(&python).arg("--version"))
        && read(&stamp).is_ok_and(|installed| installed == requirements)
    {
        return Ok(python);
    }

    let system_python = if cfg!(windows) { "python" } else { "python3" };
    process::run(
        Command::new(system_python)
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    process::run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&wanted),
    )
    .map_err(|message| {
        format!(
            "{message}\nThe check needs {} from PyPI, and a Python that they have wheels for.",
            requirements
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect::<Vec<_>>()
                .join(", ")
        )
    })?;
    fs::write(&stamp, requirements)
        .map_err(|error| format!("cannot write {}: {error}", stamp.display()))?;
    Ok(python)
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    })
}
