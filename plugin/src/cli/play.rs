//! `sorl play`, and the window's stand-in where there is no display.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use sorl_graph::io::Fault;
use sorl_plugin::desk::Desk;

use super::audio::Sound;
use super::watch::Watch;
use super::{Outcome, PlayArgs, ScoreFile, Stop};

/// How often a playing program looks after things.
const LOOK: Duration = Duration::from_millis(200);

/// Plays a score until Ctrl-C.
pub fn run(args: &PlayArgs) -> Outcome {
    let stop = Stop::install()?;
    let score = ScoreFile::read(&args.score)?;
    let desk = Desk::beside(score.text(), Some(score.path()));
    if let Some(diagnostics) = desk.diagnostics() {
        score.tell(&diagnostics);
        // Who watches wants to mend it; there is nothing to play otherwise.
        if !args.watch {
            return Ok(ExitCode::FAILURE);
        }
    }
    let sound = Sound::start(&desk, &args.sound, Some(score.path()))?;
    let what = if args.watch {
        "saving evaluates, Ctrl-C ends"
    } else {
        "Ctrl-C ends"
    };
    eprintln!("playing {}; {what}", args.score.display());
    let watch = args.watch.then(|| Watch::new(score));
    Ok(headless(&desk, sound, watch, &stop))
}

/// Plays until the program is asked to end or the sound is gone; tells of what happens on the way.
pub fn headless(
    desk: &Arc<Desk>,
    mut sound: Sound,
    mut watch: Option<Watch>,
    stop: &Stop,
) -> ExitCode {
    let mut known: Vec<String> = Vec::new();
    let mut slow: Option<String> = None;
    let mut status = ExitCode::SUCCESS;
    while !stop.wait(LOOK) {
        if let Some(fault) = sound.look() {
            if fault != Fault::FileEnded {
                status = ExitCode::FAILURE;
            }
            break;
        }
        if let Some(watch) = &mut watch {
            watch.look(desk);
        }
        let (problems, interpreted) = {
            let session = desk.session();
            let status = session.status();
            (status.problems.clone(), status.interpreted.clone())
        };
        if let Some(why) = interpreted.as_ref().filter(|_| interpreted != slow) {
            eprintln!("slower than it could be: {why}");
        }
        slow = interpreted;
        for problem in problems.iter().filter(|problem| !known.contains(problem)) {
            eprintln!("{problem}");
        }
        known = problems;
    }
    // The stream first: it brings the engine home while the session is still there.
    drop(sound);
    desk.stop_ticking();
    status
}
