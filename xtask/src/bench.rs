//! `cargo xtask bench`: measures the engine and the editor, and writes `docs/performance.md`.

use std::fs;

use crate::workspace::{Workspace, cargo};
use crate::{Result, process};

/// The page's part about the editor begins so.
const FRAME: &str = "## A frame of the editor\n";

/// Builds the benchmarks for release and runs them.
///
/// Those of the engine are a workspace of their own (`bench/Cargo.toml` says why), which shares this target folder.
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
    frame(workspace)
}

/// Measures a frame of the editor alone, and writes that part of the page.
pub fn frame(workspace: &Workspace) -> Result {
    let page = workspace.source("docs/performance.md");
    let mut bench = cargo();
    bench.args(["bench", "--package", "sorl", "--bench", "frame"]);
    let output = bench
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "the benchmark of a frame ended with {}",
            output.status
        ));
    }
    let table = String::from_utf8_lossy(&output.stdout);
    let text = fs::read_to_string(&page)
        .map_err(|error| format!("cannot read {}: {error}", page.display()))?;
    fs::write(&page, with(&text, &table))
        .map_err(|error| format!("cannot write {}: {error}", page.display()))?;
    print!("{table}");
    println!("wrote {}", page.display());
    Ok(())
}

/// The page with another part about the editor, at its end.
fn with(page: &str, table: &str) -> String {
    let others = page.find(FRAME).map_or(page, |at| &page[..at]);
    format!("{}\n\n{FRAME}\n{}\n", others.trim_end(), table.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_about_the_editor_is_written_once() {
        let page = with("# Figures\n\nOthers.\n", "| 1 |\n");
        assert_eq!(
            page,
            "# Figures\n\nOthers.\n\n## A frame of the editor\n\n| 1 |\n"
        );
        assert_eq!(with(&page, "| 1 |"), page);
    }
}
