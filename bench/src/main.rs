//! Measures the engine, and the two crates it is compared with, in one run: `cargo xtask bench`.
//!
//! Prints what it measures; with a path as its argument it also writes the table there. Takes about a minute.
//! Every figure is the median of many rounds, and what is compared is measured in turns, round by round, so that
//! a machine that slows down slows everybody down.

mod by_hand;
mod edits;
mod measure;
mod overhead;
mod scores;
mod sounds;
mod table;
mod voices;

use std::process::ExitCode;

fn main() -> ExitCode {
    let path = std::env::args_os().nth(1);
    eprintln!("2,000 sines …");
    let overhead = overhead::measure();
    eprintln!("voices …");
    let voices = voices::measure();
    eprintln!("edits …");
    let edits = edits::measure();
    eprintln!("scores and patterns …");
    let scores = scores::measure();
    eprintln!("units and signal functions …");
    let sounds = sounds::measure();
    let text = table::write(&overhead, &voices, &edits, &scores, &sounds);
    print!("{text}");
    if let Some(path) = path
        && let Err(error) = std::fs::write(&path, text)
    {
        eprintln!(
            "error: cannot write {}: {error}",
            std::path::Path::new(&path).display()
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
