//! The audio thread's part of an instance: host buffers to the engine and back.
//!
//! A processor is made on the host's main thread when the plugin is activated. From then on the
//! audio thread owns it: no allocation, no lock, no system call, and no panic gets out of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nice_plug::prelude::NoteEvent as HostNote;
use sorl_graph::engine::{Block, Engine};
use sorl_graph::message::Setup;
use sorl_graph::time::HostTime;

use crate::desk::Desk;
use crate::glide::Glide;
use crate::notes::Notes;
use crate::params::{MACROS, Macro};
use crate::transport::later;

/// What the host's parameters say for a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels {
    /// Master gain, a linear factor.
    pub(crate) gain: f32,
    /// Whether the host wants the plugin out of the way.
    pub(crate) bypass: bool,
}

/// One engine with everything it needs to serve a host.
pub(crate) struct Processor {
    engine: Engine,
    desk: Arc<Desk>,
    rate: u32,
    /// Whether the host's input is played into the graph and heard when bypassed.
    has_input: bool,
    notes: Notes,
    /// Where the host's macros stood last, and by how much they were modulated; what did not move says nothing.
    macros: [Macro; MACROS],
    /// A copy of the input, because hosts give input and output the same memory.
    dry: [Box<[f32]>; 2],
    gain: Glide,
    /// 1: the graph is heard, 0: bypassed.
    wet: Glide,
    /// A panic was caught; silence until the next activation.
    broken: bool,
}

impl Processor {
    /// A processor for `rate` Hz and blocks of about `block` frames, connected to the desk's
    /// session with its Plan queued. Main thread.
    pub(crate) fn new(desk: &Arc<Desk>, rate: u32, block: usize, has_input: bool) -> Processor {
        let setup = Setup { rate };
        let link = desk.session().connect(setup);
        let dry = || vec![0.0; if has_input { block.max(64) } else { 0 }].into_boxed_slice();
        desk.forget_panic();
        Processor {
            engine: Engine::new(setup, link),
            desk: Arc::clone(desk),
            rate,
            has_input,
            notes: Notes::new(),
            macros: [Macro::default(); MACROS],
            dry: [dry(), dry()],
            gain: Glide::new(rate, 1.0),
            wet: Glide::new(rate, 1.0),
            broken: false,
        }
    }

    /// Back to the beginning, all sound cut off.
    pub(crate) fn reset(&mut self, levels: Levels) {
        if !self.broken {
            self.guarded(|this| this.engine.reset());
        }
        self.aim(levels);
        self.gain.finish();
        self.wet.finish();
    }

    /// By how many frames the sound is late.
    pub(crate) fn latency(&self) -> u32 {
        self.engine.latency()
    }

    /// Takes note of where the macros stand, without moving anything.
    pub(crate) fn know_macros(&mut self, macros: [Macro; MACROS]) {
        self.macros = macros.map(|of| Macro { by: 0.0, ..of });
    }

    /// Where the macros stood in the last block.
    pub(crate) fn macros(&self) -> [Macro; MACROS] {
        self.macros
    }

    /// Takes the macros' places for the coming block; those that moved turn what the score maps them to, those whose
    /// modulation moved add to it.
    pub(crate) fn turn_macros(&mut self, macros: [Macro; MACROS]) {
        for (i, (now, last)) in macros.into_iter().zip(&mut self.macros).enumerate() {
            let index = i as u8 + 1;
            let moved = now.stands.to_bits() != last.stands.to_bits();
            if moved {
                self.notes.turn(index, now.stands);
            }
            if now.by != last.by || (moved && now.by != 0.0) {
                self.notes.modulate(index, now.stands, now.by);
            }
            *last = now;
        }
    }

    /// Forgets the notes of the last block.
    pub(crate) fn clear_notes(&mut self) {
        self.notes.clear();
    }

    /// Takes a note for the coming block of `frames` frames.
    pub(crate) fn note<S>(&mut self, event: &HostNote<S>, frames: usize) {
        let macros = &self.macros;
        let stands = |index: u8| {
            let of = macros.get(usize::from(index).wrapping_sub(1));
            of.map_or(0.0, |of| of.stands)
        };
        self.notes.push_host(event, frames, stands);
    }

    /// Processes a block in place. `channels` hold the input, if there is one, and take the output.
    pub(crate) fn process(
        &mut self,
        channels: &mut [&mut [f32]],
        host: Option<HostTime>,
        levels: Levels,
    ) {
        self.aim(levels);
        let sound = !self.broken
            && self.guarded(|this| match channels {
                [left, right] if this.has_input && !left.is_empty() => {
                    this.through(left, right, host)
                }
                _ => this.source(channels, host),
            });
        if !sound {
            channels.iter_mut().for_each(|channel| channel.fill(0.0));
        }
    }

    fn aim(&mut self, levels: Levels) {
        self.gain.aim(levels.gain);
        self.wet.aim(if levels.bypass { 0.0 } else { 1.0 });
    }

    /// The instrument: no input, so that a block needs no copy and may have any length.
    fn source(&mut self, channels: &mut [&mut [f32]], host: Option<HostTime>) {
        let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
        let notes = self.notes.as_slice();
        self.engine.process(Block {
            inputs: &[],
            outputs: channels,
            frames,
            host,
            notes,
        });
        if let [left, right] = channels {
            mix(left, right, None, &mut self.gain, &mut self.wet);
        }
    }

    /// The effect: the input is copied aside piece by piece. One piece is all of a block unless the
    /// host gives more frames than it promised.
    fn through(&mut self, left: &mut [f32], right: &mut [f32], host: Option<HostTime>) {
        let size = self.dry[0].len();
        let mut start = 0;
        for (left, right) in left.chunks_mut(size).zip(right.chunks_mut(size)) {
            let frames = left.len().min(right.len());
            let [dry_left, dry_right] = &mut self.dry;
            let (dry_left, dry_right) = (&mut dry_left[..frames], &mut dry_right[..frames]);
            dry_left.copy_from_slice(&left[..frames]);
            dry_right.copy_from_slice(&right[..frames]);
            self.engine.process(Block {
                inputs: &[dry_left, dry_right],
                outputs: &mut [&mut *left, &mut *right],
                frames,
                host: host.map(|host| later(host, start, self.rate)),
                notes: self.notes.piece(start, frames),
            });
            mix(
                left,
                right,
                Some((dry_left, dry_right)),
                &mut self.gain,
                &mut self.wet,
            );
            start += frames;
        }
    }

    /// Runs what must not unwind into the host. After a panic the engine may be in any state, so it
    /// is not touched again: silence, and a message for the editor.
    fn guarded(&mut self, work: impl FnOnce(&mut Processor)) -> bool {
        match catch_unwind(AssertUnwindSafe(|| work(self))) {
            Ok(()) => true,
            Err(payload) => {
                // Dropping it would free memory here.
                std::mem::forget(payload);
                self.broken = true;
                self.desk.report_panic();
                false
            }
        }
    }
}

/// Applies master gain and bypass to what the engine made. Both at rest at 1 leave every bit as it
/// is; bypassed, the input comes through bit by bit, or silence where there is none.
fn mix(
    left: &mut [f32],
    right: &mut [f32],
    dry: Option<(&[f32], &[f32])>,
    gain: &mut Glide,
    wet: &mut Glide,
) {
    if wet.resting() == Some(0.0) {
        gain.finish();
        match dry {
            Some((dry_left, dry_right)) => {
                left.copy_from_slice(dry_left);
                right.copy_from_slice(dry_right);
            }
            None => {
                left.fill(0.0);
                right.fill(0.0);
            }
        }
    } else if wet.resting() == Some(1.0) {
        if gain.resting() == Some(1.0) {
            return;
        }
        for (left, right) in left.iter_mut().zip(right) {
            let gain = gain.next();
            *left *= gain;
            *right *= gain;
        }
    } else {
        for (frame, (left, right)) in left.iter_mut().zip(right).enumerate() {
            let (gain, wet) = (gain.next(), wet.next());
            let under = dry.map_or((0.0, 0.0), |(l, r)| (l[frame], r[frame]));
            *left = *left * gain * wet + under.0 * (1.0 - wet);
            *right = *right * gain * wet + under.1 * (1.0 - wet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;
    const OPEN: Levels = Levels {
        gain: 1.0,
        bypass: false,
    };

    const QUARTER: &str = "def quarter(inp):\n    return inp * 0.25\n\n\
        i = input()\nq = node(\"q\", quarter)\ni >> q\n";

    fn noise(frames: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..frames).map(|_| next()).collect()
    }

    fn effect() -> (Arc<Desk>, Processor) {
        let desk = Desk::new(include_str!("../scores/effect.sorl"));
        let processor = Processor::new(&desk, RATE, 256, true);
        (desk, processor)
    }

    fn run(processor: &mut Processor, input: &[Vec<f32>; 2], levels: Levels) -> [Vec<f32>; 2] {
        let [mut left, mut right] = input.clone();
        let channels = &mut [&mut left[..], &mut right[..]];
        assert_no_alloc::assert_no_alloc(|| processor.process(channels, None, levels));
        [left, right]
    }

    #[test]
    fn the_first_effect_passes_every_bit_in_blocks_of_any_size() {
        let (_desk, mut processor) = effect();
        processor.reset(OPEN);
        for (seed, frames) in [(1, 64), (2, 0), (3, 1), (4, 256), (5, 1000), (6, 257)] {
            let input = [noise(frames, seed), noise(frames, seed + 100)];
            assert_eq!(run(&mut processor, &input, OPEN), input, "{frames} frames");
        }
    }

    #[test]
    fn bypass_fades_over_and_then_passes_the_input() {
        let (desk, mut processor) = effect();
        desk.evaluate(QUARTER).expect("a score without error");
        processor.reset(OPEN);
        let input = [vec![1.0; 4800], vec![-1.0; 4800]];
        // An edit fades in; let it settle.
        run(&mut processor, &input, OPEN);
        assert_eq!(run(&mut processor, &input, OPEN)[0][4799], 0.25);
        let bypassed = run(
            &mut processor,
            &input,
            Levels {
                bypass: true,
                ..OPEN
            },
        );
        let steps = bypassed[0].windows(2).map(|pair| (pair[1] - pair[0]).abs());
        assert!(steps.fold(0.0, f32::max) < 0.001);
        assert_eq!(bypassed[0][960..], input[0][960..]);
        assert_eq!(bypassed[1][960..], input[1][960..]);
    }

    #[test]
    fn master_gain_moves_without_a_step_and_rests_exactly() {
        let (_desk, mut processor) = effect();
        processor.reset(OPEN);
        let input = [vec![1.0; 2400], vec![1.0; 2400]];
        let half = run(&mut processor, &input, Levels { gain: 0.5, ..OPEN });
        assert!(
            half[0]
                .windows(2)
                .all(|pair| pair[1] <= pair[0] && pair[0] - pair[1] < 0.001)
        );
        assert!(half[0][959..].iter().all(|&sample| sample == 0.5));
    }

    #[test]
    fn a_panic_on_the_audio_thread_becomes_silence_and_a_message() {
        let (desk, mut processor) = effect();
        processor.reset(OPEN);
        assert!(!processor.guarded(|_| panic!("a fault for this test")));
        let input = [noise(64, 1), noise(64, 2)];
        assert_eq!(
            run(&mut processor, &input, OPEN),
            [vec![0.0; 64], vec![0.0; 64]]
        );
        assert!(
            desk.message()
                .is_some_and(|message| message.contains("stopped"))
        );
        let mut processor = Processor::new(&desk, RATE, 256, true);
        processor.reset(OPEN);
        assert_eq!(run(&mut processor, &input, OPEN), input);
        assert_eq!(desk.message(), None);
    }
}
