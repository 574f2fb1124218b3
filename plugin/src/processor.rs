//! The audio thread's part of an instance: host buffers to the engine and back.
//!
//! A processor is made on the host's main thread when the plugin is activated. From then on the
//! audio thread owns it: no allocation, no lock, no system call, and no panic gets out of it. (But for a host that
//! renders offline: there a block waits for what is being loaded.)

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use nice_plug::prelude::{NoteEvent as HostNote, Transport};
use sorl_graph::TimedMidi;
use sorl_graph::engine::{Block, Engine};
use sorl_graph::message::Setup;
use sorl_graph::time::HostTime;

use crate::delay::Delay;
use crate::desk::Desk;
use crate::glide::Glide;
use crate::notes::Notes;
use crate::params::{MACROS, Macro};
use crate::transport::{Follower, later, wrap};

/// The most output channels: the main pair and eight more.
pub(crate) const CHANNELS: usize = 18;

/// What the host's parameters say for a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels {
    /// Master gain, a linear factor.
    pub(crate) gain: f32,
    /// Whether the host wants the plugin out of the way.
    pub(crate) bypass: bool,
}

/// What the host says about time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// Its transport, as the framework has it.
    pub(crate) transport: &'a Transport,
    /// Whether a block of the host's begins, rather than a part of one.
    pub(crate) begins: bool,
}

/// What a processor is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Frames a second.
    pub(crate) rate: u32,
    /// The most frames that the host promises to give at once.
    pub(crate) block: usize,
    /// Whether the host's input is played into the graph and heard when bypassed.
    pub(crate) has_input: bool,
    /// The host renders offline: blocks may wait.
    pub(crate) offline: bool,
}

/// One engine with everything it needs to serve a host.
pub(crate) struct Processor {
    engine: Engine,
    desk: Arc<Desk>,
    terms: Terms,
    follower: Follower,
    notes: Notes,
    /// Where the host's macros stood last, and by how much they were modulated; what did not move says nothing.
    macros: [Macro; MACROS],
    /// The scene that the host chose last.
    scene: i32,
    /// A copy of the input, because hosts give input and output the same memory.
    dry: [Box<[f32]>; 2],
    /// Holds the copy back for as long as the graph's sound is late.
    delay: Delay,
    gain: Glide,
    /// 1: the graph is heard, 0: bypassed.
    wet: Glide,
    /// Nothing has been processed since it was made.
    fresh: bool,
    /// A panic was caught; silence until the next activation.
    broken: bool,
}

impl Processor {
    /// A processor connected to the desk's session with its Plan queued. Sorl's own song goes on where an earlier
    /// processor left it. Main thread.
    pub(crate) fn new(desk: &Arc<Desk>, terms: Terms) -> Processor {
        let setup = Setup { rate: terms.rate };
        let link = desk.connect(setup);
        let dry = || {
            let frames = if terms.has_input {
                terms.block.max(64)
            } else {
                0
            };
            vec![0.0; frames].into_boxed_slice()
        };
        desk.forget_panic();
        let mut engine = Engine::new(setup, link);
        engine.serve_host();
        Processor {
            engine,
            desk: Arc::clone(desk),
            terms,
            follower: Follower::new(terms.rate),
            notes: Notes::new(),
            macros: [Macro::default(); MACROS],
            scene: 0,
            dry: [dry(), dry()],
            delay: Delay::new(if terms.has_input { terms.rate } else { 0 }),
            gain: Glide::new(terms.rate, 1.0),
            wet: Glide::new(terms.rate, 1.0),
            fresh: true,
            broken: false,
        }
    }

    /// Back to the beginning, all sound cut off.
    pub(crate) fn reset(&mut self, levels: Levels) {
        // What was just made is at its beginning, or where the song was left.
        if !self.broken && !self.fresh {
            self.guarded(|this| this.engine.reset());
        }
        self.delay.clear();
        self.aim(levels);
        self.gain.finish();
        self.wet.finish();
    }

    /// By how many frames the sound is late.
    pub(crate) fn latency(&self) -> u32 {
        self.engine.latency()
    }

    /// Takes note of where the macros stand and which scene is chosen, without moving anything.
    pub(crate) fn know(&mut self, macros: [Macro; MACROS], scene: i32) {
        self.macros = macros.map(|of| Macro { by: 0.0, ..of });
        self.scene = scene;
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

    /// Takes the scene that the host chooses; a control thread recalls it.
    pub(crate) fn choose_scene(&mut self, scene: i32) {
        if scene != self.scene {
            self.scene = scene;
            self.desk.wish_for_scene(scene);
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

    /// Processes a block in place. The first two of `outs` hold the input, if there is one; all take the output, pair by
    /// pair. `side` is the side chain, which may be shorter or empty. `send` gets the MIDI that patterns play and the
    /// song's clock, each message with its frame.
    pub(crate) fn process(
        &mut self,
        outs: &mut [&mut [f32]],
        side: [&[f32]; 2],
        time: Told<'_>,
        levels: Levels,
        send: &mut dyn FnMut(TimedMidi),
    ) {
        self.aim(levels);
        self.fresh = false;
        if self.terms.offline {
            self.desk.finish_what_waits();
        }
        let sound = !self.broken && self.guarded(|this| this.run(outs, side, time, send));
        if !sound {
            outs.iter_mut().for_each(|channel| channel.fill(0.0));
        }
    }

    fn aim(&mut self, levels: Levels) {
        self.gain.aim(levels.gain);
        self.wet.aim(if levels.bypass { 0.0 } else { 1.0 });
    }

    /// The block, cut where the host's loop wraps, and where it is longer than was promised.
    fn run(
        &mut self,
        outs: &mut [&mut [f32]],
        side: [&[f32]; 2],
        Told { transport, begins }: Told<'_>,
        send: &mut dyn FnMut(TimedMidi),
    ) {
        let frames = outs.iter().map(|c| c.len()).min().unwrap_or(0);
        let rate = self.terms.rate;
        let most = if self.terms.has_input {
            self.dry[0].len()
        } else {
            usize::MAX
        };
        let mut host = self.follower.follow(transport, frames, begins);
        let mut start = 0;
        while start < frames {
            let wraps = host.and_then(|host| wrap(transport, &host, frames - start, rate));
            let until = wraps.map_or(frames, |(at, _)| start + at);
            while start < until {
                let frames = most.min(until - start);
                self.piece(outs, side, start, frames, host, send);
                host = host.map(|host| later(host, frames, rate));
                start += frames;
            }
            host = wraps.map(|(_, then)| then).or(host);
        }
    }

    fn piece(
        &mut self,
        outs: &mut [&mut [f32]],
        side: [&[f32]; 2],
        start: usize,
        frames: usize,
        host: Option<HostTime>,
        send: &mut dyn FnMut(TimedMidi),
    ) {
        let count = outs.len().min(CHANNELS);
        let mut parts: [&mut [f32]; CHANNELS] = std::array::from_fn(|_| &mut [][..]);
        for (part, out) in parts.iter_mut().zip(outs.iter_mut()) {
            *part = &mut out[start..start + frames];
        }
        let parts = &mut parts[..count];
        let notes = self.notes.piece(start, frames);
        let has_input = self.terms.has_input && count >= 2;
        if has_input {
            let [dry_left, dry_right] = &mut self.dry;
            let dry = [&mut dry_left[..frames], &mut dry_right[..frames]];
            for (dry, part) in dry.into_iter().zip(parts.iter()) {
                dry.copy_from_slice(part);
            }
            let [dry_left, dry_right] = self.dry.each_ref().map(|dry| &dry[..frames]);
            let [side_left, side_right] = side.map(|s| s.get(start..start + frames));
            let both = [dry_left, dry_right];
            let all = [
                dry_left,
                dry_right,
                side_left.unwrap_or_default(),
                side_right.or(side_left).unwrap_or_default(),
            ];
            self.engine.process(Block {
                inputs: if side_left.is_some() { &all } else { &both },
                outputs: &mut *parts,
                frames,
                host,
                notes,
            });
            let late = self.engine.latency() as usize;
            for (channel, dry) in self.dry.iter_mut().enumerate() {
                self.delay.pass(channel, &mut dry[..frames], late);
            }
            self.delay.advance(frames);
        } else {
            self.engine.process(Block {
                inputs: &[],
                outputs: &mut *parts,
                frames,
                host,
                notes,
            });
        }
        for midi in self.engine.midi_out() {
            send(TimedMidi {
                frame: start as u32 + midi.frame,
                bytes: midi.bytes,
            });
        }
        let dry = self.dry.each_ref().map(|dry| dry.get(..frames));
        let dry = match dry {
            [Some(left), Some(right)] if has_input => Some([left, right]),
            _ => None,
        };
        mix(parts, dry, &mut self.gain, &mut self.wet);
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

impl Drop for Processor {
    fn drop(&mut self) {
        self.desk.keep_place(self.engine.own_position());
    }
}

/// Applies master gain and bypass to what the engine made. Both at rest at 1 leave every bit as it
/// is; bypassed, the input comes through bit by bit on the main pair, or silence where there is none.
fn mix(outs: &mut [&mut [f32]], dry: Option<[&[f32]; 2]>, gain: &mut Glide, wet: &mut Glide) {
    if wet.resting() == Some(0.0) {
        gain.finish();
        for (channel, out) in outs.iter_mut().enumerate() {
            match dry.as_ref().and_then(|dry| dry.get(channel)) {
                Some(dry) => out.copy_from_slice(dry),
                None => out.fill(0.0),
            }
        }
        return;
    }
    if let (Some(1.0), Some(factor)) = (wet.resting(), gain.resting()) {
        if factor != 1.0 {
            for out in outs.iter_mut() {
                out.iter_mut().for_each(|x| *x *= factor);
            }
        }
        return;
    }
    let frames = outs.first().map_or(0, |out| out.len());
    for frame in 0..frames {
        let (gain, wet) = (gain.next(), wet.next());
        for (channel, out) in outs.iter_mut().enumerate() {
            let dry = dry.as_ref().and_then(|dry| dry.get(channel));
            let under = dry.map_or(0.0, |dry| dry[frame]);
            // At 1 nothing may be added, not even nought: it would turn -0 around.
            out[frame] = match wet {
                1.0 => out[frame] * gain,
                _ => out[frame] * gain * wet + under * (1.0 - wet),
            };
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

    const TERMS: Terms = Terms {
        rate: RATE,
        block: 256,
        has_input: true,
        offline: false,
    };

    fn effect() -> (Arc<Desk>, Processor) {
        let desk = Desk::new(include_str!("../scores/effect.sorl"));
        let processor = Processor::new(&desk, TERMS);
        (desk, processor)
    }

    fn run(processor: &mut Processor, input: &[Vec<f32>; 2], levels: Levels) -> [Vec<f32>; 2] {
        let [mut left, mut right] = input.clone();
        let channels = &mut [&mut left[..], &mut right[..]];
        let transport = Transport::new(RATE as f32);
        let time = Told {
            transport: &transport,
            begins: true,
        };
        assert_no_alloc::assert_no_alloc(|| {
            processor.process(channels, [&[]; 2], time, levels, &mut |_| {});
        });
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
        let mut processor = Processor::new(&desk, TERMS);
        processor.reset(OPEN);
        assert_eq!(run(&mut processor, &input, OPEN), input);
        assert_eq!(desk.message(), None);
    }

    #[test]
    fn bypass_passes_the_input_as_late_as_the_graph_is() {
        let (desk, mut processor) = effect();
        let late = "i = input()\nl = node(\"l\", limiter)\ni >> l\n";
        desk.evaluate(late).expect("a score without error");
        let bypassed = Levels {
            bypass: true,
            ..OPEN
        };
        processor.reset(bypassed);
        run(
            &mut processor,
            &[vec![0.0; 9600], vec![0.0; 9600]],
            bypassed,
        );
        let latency = processor.latency() as usize;
        assert!(latency > 0);
        let input = [noise(3000, 7), noise(3000, 8)];
        let heard = run(&mut processor, &input, bypassed);
        for (heard, input) in heard.iter().zip(&input) {
            assert_eq!(heard[latency..], input[..3000 - latency]);
        }
    }

    #[test]
    fn the_side_chain_is_an_input_of_its_own() {
        let (desk, mut processor) = effect();
        let score = "s = input(\"sidechain\")\n";
        desk.evaluate(score).expect("a score without error");
        processor.reset(OPEN);
        let (mut left, mut right) = (vec![1.0; 4800], vec![1.0; 4800]);
        let side = [noise(4800, 3), noise(4800, 4)];
        let channels = &mut [&mut left[..], &mut right[..]];
        let transport = Transport::new(RATE as f32);
        let side = [&side[0][..], &side[1][..]];
        let time = Told {
            transport: &transport,
            begins: true,
        };
        processor.process(channels, side, time, OPEN, &mut |_| {});
        assert_eq!(left[1000..], side[0][1000..]);
        assert_eq!(right[1000..], side[1][1000..]);
    }

    #[test]
    fn a_loop_that_wraps_inside_a_block_plays_as_one_that_the_host_cuts() {
        let score = "def g():\n    return control(\"gate\", 0, 0, 1)\n\nn = node(\"n\", g)\n\
            n @ hit(legato=0.25) * 4\n";
        let heard = |whole: bool| {
            let desk = Desk::new(score);
            let terms = Terms {
                has_input: false,
                ..TERMS
            };
            let mut processor = Processor::new(&desk, terms);
            processor.reset(OPEN);
            let (mut left, mut right) = (vec![0.0; 96_000], vec![0.0; 96_000]);
            let mut at = 0;
            // From beat 3.25 to the loop's end at 3.75, then around from 0.5 on. A beat is 24,000 frames.
            let sizes = if whole { [96_000, 0] } else { [12_000, 84_000] };
            for (size, beat) in sizes.into_iter().zip([3.25, 0.5]) {
                if size == 0 {
                    continue;
                }
                let mut transport = Transport::new(RATE as f32);
                (transport.playing, transport.tempo) = (true, Some(120.0));
                transport.pos_beats = Some(beat);
                transport.loop_range_beats = Some((0.5, 3.75));
                let channels = &mut [&mut left[at..at + size], &mut right[at..at + size]];
                let time = Told {
                    transport: &transport,
                    begins: true,
                };
                processor.process(channels, [&[]; 2], time, OPEN, &mut |_| {});
                at += size;
            }
            left
        };
        let whole = heard(true);
        assert_eq!(whole, heard(false));
        let begins = |at: &usize| whole[*at] == 1.0 && whole[at - 1] == 0.0;
        let onsets: Vec<usize> = (1..96_000).filter(begins).collect();
        // Beats 1, 2, 3 after the wrap; then it wraps again.
        assert_eq!(onsets, [24_000, 48_000, 72_000]);
    }

    #[test]
    fn the_song_goes_on_where_it_was_at_another_rate() {
        let desk = Desk::new("");
        desk.session().play();
        for (rate, beat) in [(48_000, 1.0), (96_000, 2.0), (8_000, 3.0), (384_000, 4.0)] {
            let terms = Terms { rate, ..TERMS };
            let mut processor = Processor::new(&desk, terms);
            processor.reset(OPEN);
            let second = rate as usize / 2;
            run(
                &mut processor,
                &[vec![0.0; second], vec![0.0; second]],
                OPEN,
            );
            desk.session().tick();
            let status = desk.session().status().beat;
            assert!((status - beat).abs() < 0.1, "{rate} Hz: {status}");
        }
    }
}
