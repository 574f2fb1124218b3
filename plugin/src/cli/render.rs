//! `sorl render`: a score's sound in a file.

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use sorl_graph::When;
use sorl_graph::io::file::{FileError, SoundFile};
use sorl_graph::io::midi::file;
use sorl_graph::io::offline::{self, Length, Options, RenderError, Summary};
use sorl_graph::session::Session;
use sorl_plugin::folders;

use super::score::load_sounds;
use super::stop::INTERRUPTED;
use super::{Outcome, RenderArgs, ScoreFile, Stop};

/// Renders the score and says in one line what was written. Nothing is written if the score has an
/// error, and an interrupted render leaves no file.
pub fn run(args: &RenderArgs) -> Outcome {
    let stop = Stop::install()?;
    let score = ScoreFile::read(&args.score)?;
    let mut session = Session::new();
    folders::look_in(session.sounds(), Some(score.path()));
    let mut outcome = session.evaluate(score.text(), When::Now);
    if outcome.is_ok() && !load_sounds(session.sounds(), session.patch(), args.rate).is_empty() {
        // A damaged sound file: the score knows where it is named.
        outcome = session.evaluate(score.text(), When::Now);
    }
    if let Err(diagnostics) = outcome {
        score.tell(&diagnostics);
        return Ok(ExitCode::FAILURE);
    }
    let midi = args.midi.as_deref().map(file::read).transpose()?;
    let said = args.tempo.or(session.patch().tempo);
    let own = midi.as_ref().and_then(|file| file.tempo);
    let tempo = args.tempo.or(own.filter(|_| said.is_none()));
    let notes = midi.map(|midi| file::frames(&midi, session.patch(), tempo, args.rate));
    let notes = notes.unwrap_or_default();
    let options = Options {
        rate: args.rate,
        blocks: args.block,
        length: args
            .seconds
            .map_or(Length::Bars(args.bars), Length::Seconds),
        tempo,
        set: args.set.clone(),
        notes,
        input: Default::default(),
    };
    let total = offline::frames(session.patch(), &options)?;
    let mut file = SoundFile::create(&args.output, args.rate, args.bits, total)?;

    let bar = progress(total, args.rate);
    let began = Instant::now();
    let mut refused: Option<FileError> = None;
    let outcome = offline::render(&mut session, &options, &mut |piece| {
        if stop.is_asked() {
            return ControlFlow::Break(());
        }
        bar.set_position(piece.done);
        match file.write(piece.left, piece.right) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                refused = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    bar.finish_and_clear();
    if let Some(error) = refused {
        return Err(error.into());
    }
    match outcome {
        Ok(summary) => {
            let speed = summary.seconds() / began.elapsed().as_secs_f64().max(1e-9);
            let clipped = file.finish()?;
            println!("{}", line(args, &summary, clipped, speed));
            Ok(ExitCode::SUCCESS)
        }
        Err(RenderError::Stopped) => {
            eprintln!(
                "sorl: interrupted; {} was not written",
                args.output.display()
            );
            Ok(ExitCode::from(INTERRUPTED))
        }
        Err(error) => Err(error.into()),
    }
}

/// A bar on a terminal; elsewhere it is not drawn.
fn progress(total: u64, rate: u32) -> ProgressBar {
    let bar = ProgressBar::new(total);
    let seconds = move |frames: u64| format!("{:.1}", frames as f64 / f64::from(rate.max(1)));
    let style = ProgressStyle::with_template("{bar:40} {done} of {all} s, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key(
            "done",
            move |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = out.write_str(&seconds(state.pos()));
            },
        )
        .with_key(
            "all",
            move |state: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = out.write_str(&seconds(state.len().unwrap_or(0)));
            },
        );
    bar.set_style(style);
    bar
}

/// What was written: `beat.wav: 720000 frames, 15.000 s, 48000 Hz, 32-bit float, peak -3.2 dBFS, 85
/// × real time`.
fn line(args: &RenderArgs, summary: &Summary, clipped: u64, speed: f64) -> String {
    let peak = if summary.peak > 0.0 {
        format!("peak {:.1} dBFS", summary.peak_dbfs())
    } else {
        "silent".to_owned()
    };
    let clipped = match clipped {
        0 => String::new(),
        1 => ", 1 sample clipped".to_owned(),
        n => format!(", {n} samples clipped"),
    };
    format!(
        "{}: {} frames, {:.3} s, {} Hz, {}, {peak}{clipped}, {speed:.0} × real time",
        args.output.display(),
        summary.frames,
        summary.seconds(),
        summary.rate,
        args.bits.in_file(&args.output).words(),
    )
}
