//! Rendering without real time: a session and an engine driven from frame 0, as fast as they go.
//!
//! `sorl render`, the tests and the benchmarks come through here. Engine and session share one
//! thread; between blocks the session is ticked as the ticking thread would. The result is bit for
//! bit the same for every [`Blocks`].

use std::ops::ControlFlow;
use std::sync::Arc;

use thiserror::Error;

use crate::engine::{Block, Engine};
use crate::message::{NoteEvent, Setup, TimedNote};
use crate::patch::Patch;
use crate::plan::When;
use crate::score::Diagnostics;
use crate::session::{Session, SetError};
use crate::time::{Beats, Pace, Ratio, Segment, Tempo};

/// What to render, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sample rate in Hz, 8000…384000.
    pub rate: u32,
    /// How the frames are cut into blocks. Of no influence on the sound.
    pub blocks: Blocks,
    /// How much to render. Tails beyond it are cut off.
    pub length: Length,
    /// Tempo in bpm that rules over the score's.
    pub tempo: Option<f64>,
    /// Values set before the first frame: `bass/cutoff` and the like.
    pub set: Vec<(String, f32)>,
    /// Notes played from outside, by frame, in order.
    pub notes: Vec<(u64, NoteEvent)>,
    /// What the main input hears from the first frame on, left and right; silence after its end.
    pub input: [Vec<f32>; 2],
}

impl Default for Options {
    /// 8 bars at 48 kHz in blocks of 512.
    fn default() -> Options {
        Options {
            rate: 48_000,
            blocks: Blocks::Fixed(512),
            length: Length::Bars(8),
            tempo: None,
            set: Vec::new(),
            notes: Vec::new(),
            input: Default::default(),
        }
    }
}

/// How long a render is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// So many bars of the score's metre at its tempo (or the one that rules over it).
    Bars(u32),
    /// So many seconds.
    Seconds(f64),
    /// So many frames.
    Frames(u64),
}

/// How a render is cut into blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// All of this many frames, at least 1; the last may be shorter.
    Fixed(usize),
    /// Of 0 to 4096 frames, the same sequence for the same seed.
    Random(u64),
}

impl Blocks {
    /// The largest random block, in frames.
    pub const LARGEST: usize = 4096;

    /// The sizes, without end.
    pub fn sizes(self) -> impl Iterator<Item = usize> {
        let mut state = match self {
            Blocks::Fixed(_) => 0,
            Blocks::Random(seed) => seed,
        };
        std::iter::repeat_with(move || match self {
            Blocks::Fixed(frames) => frames,
            Blocks::Random(_) => {
                let dice = split_mix(&mut state);
                let most = match dice >> 60 {
                    0 => return 0,
                    1..=4 => 16,
                    5..=11 => 512,
                    _ => Blocks::LARGEST as u64,
                };
                1 + ((dice & 0xffff_ffff) % most) as usize
            }
        })
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014): good for any seed, nought included.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A rendered block on its way to the sink.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Left samples.
    pub left: &'a [f32],
    /// Right samples, just as many.
    pub right: &'a [f32],
    /// Frames rendered so far, these included.
    pub done: u64,
    /// Frames there will be.
    pub total: u64,
}

impl Piece<'_> {
    /// How much of the whole is done, these frames included: 0…1.
    pub fn progress(&self) -> f64 {
        self.done as f64 / self.total.max(1) as f64
    }
}

/// What a finished render was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Frames rendered.
    pub frames: u64,
    /// Sample rate in Hz.
    pub rate: u32,
    /// The largest sample's magnitude, linear.
    pub peak: f32,
}

impl Summary {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate)
    }

    /// The peak in dB of full scale; minus infinity for silence.
    pub fn peak_dbfs(&self) -> f64 {
        20.0 * f64::from(self.peak).log10()
    }
}

/// Why there is no render.
#[derive(Debug, Error)]
pub enum RenderError {
    /// The score has an error.
    #[error("{0}")]
    Score(Diagnostics),
    /// A value cannot be set.
    #[error("cannot set a value: {error}")]
    Set {
        /// What was to be set.
        path: String,
        /// Why not.
        error: SetError,
    },
    /// The sample rate is out of range.
    #[error("a sample rate of {0} Hz is out of range; take one from 8000 to 384000")]
    Rate(u32),
    /// Blocks of no frames never end.
    #[error("blocks of 0 frames never get anywhere; take at least 1")]
    Block,
    /// The length is no length.
    #[error("a length of {0} s cannot be rendered; take a number from 0 up")]
    Length(f64),
    /// The sink asked to stop.
    #[error("stopped before the end")]
    Stopped,
}

/// How many frames a render of `patch` has. Bars are rounded to frames once, as a whole.
///
/// # Errors
/// [`RenderError::Length`] for a length that is negative or not a number.
pub fn frames(patch: &Patch, options: &Options) -> Result<u64, RenderError> {
    match options.length {
        Length::Frames(frames) => Ok(frames),
        Length::Seconds(seconds) if seconds >= 0.0 && seconds.is_finite() => {
            Ok((seconds * f64::from(options.rate)).round() as u64)
        }
        Length::Seconds(seconds) => Err(RenderError::Length(seconds)),
        Length::Bars(bars) => {
            let pace = match options.tempo {
                Some(bpm) => Pace::Steady(Tempo::from_bpm(bpm)),
                // What makes no map plays at one tempo: nothing that was evaluated.
                None => Pace::of(&Arc::new(patch.tempo_map().unwrap_or_default())),
            };
            let clock = Segment::paced(0, Beats::ZERO, &pace, options.rate);
            let end = clock.frame_of_cycle(Ratio::whole(i64::from(bars)), &patch.bars());
            Ok(end.unsigned_abs())
        }
    }
}

/// An engine that is driven by hand, for those who need to act between blocks.
pub struct Renderer {
    engine: Engine,
    left: Vec<f32>,
    right: Vec<f32>,
    /// A stretch of the input, with silence where it has ended.
    input: [Vec<f32>; 2],
    frame: u64,
    /// The frame at which the session is ticked next.
    tick: u64,
    /// Frames between ticks: a sixtieth of a second, as a ticking thread would.
    period: u64,
}

impl Renderer {
    /// Connects the session to a new engine at `rate` Hz whose own clock plays from frame 0.
    pub fn new(session: &mut Session, rate: u32) -> Renderer {
        let setup = Setup { rate };
        let engine = Engine::new(setup, session.connect(setup));
        session.rewind();
        session.play();
        Renderer {
            engine,
            left: vec![0.0; Blocks::LARGEST],
            right: vec![0.0; Blocks::LARGEST],
            input: Default::default(),
            frame: 0,
            tick: 0,
            period: u64::from(rate / 60).max(1),
        }
    }

    /// How many frames were rendered.
    pub fn frame(&self) -> u64 {
        self.frame
    }

    /// As [`Renderer::advance`], with what the main input hears from the block's first frame on, left and right;
    /// silence after its end.
    pub fn advance_fed(
        &mut self,
        session: &mut Session,
        input: [&[f32]; 2],
        frames: usize,
        notes: &[TimedNote],
    ) -> (&[f32], &[f32]) {
        for (to, from) in self.input.iter_mut().zip(input) {
            to.clear();
            to.extend_from_slice(&from[..from.len().min(frames)]);
            to.resize(frames, 0.0);
        }
        self.block(session, frames, notes)
    }

    /// Renders one block of `frames` frames, 0 included, and returns its left and right samples.
    /// Frames of `notes` count from the block's first. Sounds that are being loaded are waited for.
    pub fn advance(
        &mut self,
        session: &mut Session,
        frames: usize,
        notes: &[TimedNote],
    ) -> (&[f32], &[f32]) {
        self.advance_fed(session, [&[], &[]], frames, notes)
    }

    fn block(
        &mut self,
        session: &mut Session,
        frames: usize,
        notes: &[TimedNote],
    ) -> (&[f32], &[f32]) {
        if frames > self.left.len() {
            self.left.resize(frames, 0.0);
            self.right.resize(frames, 0.0);
        }
        session.finish_loading();
        if self.frame >= self.tick {
            session.tick();
            self.tick = self.frame + self.period;
        }
        let (left, right) = (&mut self.left[..frames], &mut self.right[..frames]);
        self.engine.process(Block {
            inputs: &[&self.input[0], &self.input[1]],
            outputs: &mut [left, right],
            frames,
            host: None,
            notes,
        });
        self.frame += frames as u64;
        (&self.left[..frames], &self.right[..frames])
    }
}

/// Renders what the session's score says, from its beginning, into `sink`, which may stop it.
///
/// # Errors
/// [`RenderError`] for options that cannot be followed, before anything is rendered;
/// [`RenderError::Stopped`] when the sink broke off.
pub fn render(
    session: &mut Session,
    options: &Options,
    sink: &mut dyn FnMut(Piece<'_>) -> ControlFlow<()>,
) -> Result<Summary, RenderError> {
    if !(8_000..=384_000).contains(&options.rate) {
        return Err(RenderError::Rate(options.rate));
    }
    if options.blocks == Blocks::Fixed(0) {
        return Err(RenderError::Block);
    }
    let total = frames(session.patch(), options)?;
    session.set_tempo_override(options.tempo);
    for (path, value) in &options.set {
        session
            .set(path, *value)
            .map_err(|error| RenderError::Set {
                path: path.clone(),
                error,
            })?;
    }

    let mut renderer = Renderer::new(session, options.rate);
    let mut waiting = options.notes.iter().copied().peekable();
    let mut notes = Vec::new();
    let mut peak = 0.0f32;
    for size in options.blocks.sizes() {
        let start = renderer.frame();
        if start >= total {
            break;
        }
        let size = total.saturating_sub(start).min(size as u64);
        notes.clear();
        while let Some((frame, event)) = waiting.next_if(|&(frame, _)| frame < start + size) {
            notes.push(TimedNote {
                frame: frame.saturating_sub(start) as u32,
                event,
            });
        }
        let input = options.input.each_ref().map(|channel| {
            let from = channel.len().min(start as usize);
            &channel[from..]
        });
        let (left, right) = renderer.advance_fed(session, input, size as usize, &notes);
        peak = left
            .iter()
            .chain(right)
            .fold(peak, |peak, x| peak.max(x.abs()));
        if sink(Piece {
            left,
            right,
            done: start + size,
            total,
        })
        .is_break()
        {
            return Err(RenderError::Stopped);
        }
    }
    Ok(Summary {
        frames: total,
        rate: options.rate,
        peak,
    })
}

/// Evaluates `score` in a session of its own and renders it to two vectors, left and right.
///
/// # Errors
/// As [`render`], and [`RenderError::Score`] when the score has an error.
pub fn render_to_memory(score: &str, options: &Options) -> Result<[Vec<f32>; 2], RenderError> {
    let mut session = Session::new();
    session
        .evaluate(score, When::Now)
        .map_err(RenderError::Score)?;
    let mut out = [Vec::new(), Vec::new()];
    render(&mut session, options, &mut |piece| {
        out[0].extend_from_slice(piece.left);
        out[1].extend_from_slice(piece.right);
        ControlFlow::Continue(())
    })?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(length: Length, tempo: Option<f64>, rate: u32) -> u64 {
        let patch = Session::new().patch().clone();
        frames(
            &patch,
            &Options {
                length,
                tempo,
                rate,
                ..Options::default()
            },
        )
        .unwrap()
    }

    #[test]
    fn bars_become_frames_with_one_rounding() {
        assert_eq!(of(Length::Bars(8), Some(128.0), 48_000), 720_000);
        assert_eq!(of(Length::Bars(8), None, 48_000), 768_000);
        // One bar is 76143.88… frames. The thousand are rounded as a whole: no error adds up.
        assert_eq!(of(Length::Bars(1), Some(139.0), 44_100), 76_144);
        assert_eq!(of(Length::Bars(1000), Some(139.0), 44_100), 76_143_885);
        assert_eq!(of(Length::Seconds(0.1), None, 44_100), 4_410);
    }

    #[test]
    fn random_blocks_repeat_and_reach_from_nought_to_the_largest() {
        let sizes: Vec<usize> = Blocks::Random(7).sizes().take(10_000).collect();
        let again: Vec<usize> = Blocks::Random(7).sizes().take(10_000).collect();
        assert_eq!(sizes, again);
        assert!(
            sizes.contains(&0) && sizes.contains(&1) && sizes.iter().all(|&n| n <= Blocks::LARGEST)
        );
        assert!(sizes.iter().any(|&n| n > 4000));
        assert_ne!(
            sizes,
            Blocks::Random(8).sizes().take(10_000).collect::<Vec<_>>()
        );
    }

    #[test]
    fn what_cannot_be_rendered_says_so_first() {
        let mut session = Session::new();
        let mut none = |_: Piece<'_>| -> ControlFlow<()> { panic!("nothing may be rendered") };
        for options in [
            Options {
                rate: 0,
                ..Options::default()
            },
            Options {
                blocks: Blocks::Fixed(0),
                ..Options::default()
            },
            Options {
                length: Length::Seconds(-1.0),
                ..Options::default()
            },
            Options {
                length: Length::Seconds(f64::NAN),
                ..Options::default()
            },
            Options {
                set: vec![("nobody/gain".to_owned(), 1.0)],
                ..Options::default()
            },
        ] {
            assert!(
                render(&mut session, &options, &mut none).is_err(),
                "{options:?}"
            );
        }
    }

    #[test]
    fn a_sink_can_stop_a_render() {
        let mut session = Session::new();
        let mut pieces = 0;
        let outcome = render(&mut session, &Options::default(), &mut |_| {
            pieces += 1;
            if pieces == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(outcome, Err(RenderError::Stopped)));
        assert_eq!(pieces, 3);
    }
}
