//! `cargo xtask validate`: hosts and validators that are not ours, on the bundled plugins.
//!
//! The hosts are Python packages, which get a virtual environment below the target folder, and programs of the system.
//! What is checked of each is a script in `xtask/validate/`; what they report becomes a table, printed and written to
//! `docs/hosts.md` ([`crate::hosts`]). A host that is not there is listed as not run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::hosts::{self, Outcome, Row};
use crate::workspace::{Profile, Workspace};
use crate::{Result, bundle, needs, process, setup};

/// The scripts, in the order of the table.
const SCRIPTS: &[&str] = &[
    "dawdreamer_host",
    "pedalboard_host",
    "ardour_host",
    "scanners",
];

/// Bundles, sees to the hosts, runs the checks, and writes the table.
pub fn validate(workspace: &Workspace, profile: Profile) -> Result {
    setup::ensure(&[needs::BUILD, needs::WINDOW, needs::VALIDATE])?;
    // Without them the check goes on, and says so.
    if let Err(message) = setup::ensure(&[needs::HOSTS]) {
        eprintln!("{message}");
    }
    let bundles = bundle::bundle(workspace, profile)?;
    let python = environment(workspace)?;
    let mut rows = Vec::new();
    for script in SCRIPTS {
        eprintln!("{script} …");
        rows.extend(run(workspace, profile, &python, &bundles.vst3, script)?);
    }
    let page = hosts::page(&rows);
    let place = workspace.source("docs/hosts.md");
    fs::write(&place, page)
        .map_err(|error| format!("cannot write {}: {error}", place.display()))?;
    print!("{}", hosts::table(&rows));

    let failed = rows
        .iter()
        .filter(|row| row.outcome == Outcome::Failed)
        .count();
    match failed {
        0 => Ok(()),
        1 => Err("one check failed.".to_owned()),
        _ => Err(format!("{failed} checks failed.")),
    }
}

/// What one script reports. One that ends early is a failure of its own.
fn run(
    workspace: &Workspace,
    profile: Profile,
    python: &Path,
    vst3: &Path,
    script: &str,
) -> Result<Vec<Row>> {
    let folder = vst3.parent().expect("a bundle lies in a folder");
    let mut command = Command::new(python);
    command
        // Python then writes no `__pycache__`.
        .arg("-B")
        .arg(workspace.source(&format!("xtask/validate/{script}.py")))
        .arg("--bundles")
        .arg(folder)
        .arg("--library")
        .arg(workspace.plugin_library(profile))
        .arg("--sorl")
        .arg(workspace.program(profile))
        .arg("--score")
        .arg(workspace.source("examples/five-minute-beat.sorl"))
        .arg("--work")
        .arg(workspace.target("validate/work"));
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start {}: {error}", python.display()))?;
    let mut rows: Vec<Row> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(Row::read)
        .collect();
    if !output.status.success() || rows.is_empty() {
        let host = script.trim_end_matches("_host");
        rows.push(Row::failed(
            host,
            "all its checks",
            &format!("it ended with {}", output.status),
        ));
    }
    Ok(rows)
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
