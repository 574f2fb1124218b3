//! `cargo xtask bench`: measures the engine and writes `docs/performance.md`.

use std::fs;

use crate::workspace::{Workspace, cargo};
use crate::{Result, process};

/// Builds the benchmarks for release and runs them.
///
/// They are a workspace of their own (`bench/Cargo.toml` says why), which shares this target folder.
pub fn bench(workspace: &Workspace) -> Result {
    let page = workspace.source("docs/performance.md");
    let folder = page.parent().expect("the page lies in a folder");
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let mut bench = cargo();
    bench.args(["run", "--release", "--manifest-path"]);
    bench.arg(workspace.source("bench/Cargo.toml"));
    bench.arg("--target-dir").arg(workspace.target("bench"));
    bench.arg("--").arg(&page);
    process::run(&mut bench)?;
    println!("wrote {}", page.display());
    Ok(())
}
