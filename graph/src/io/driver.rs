//! The audio thread's side that all back ends share: their buffers ↔ the engine.
//!
//! A driver is made on a control thread with all the memory it will ever need. Its methods run in
//! the callback and never allocate, lock, or panic; it travels back to a control thread to be
//! dropped.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::backend::{Health, MAX_CHANNELS, Request};
use super::hub::Lines;
use super::sides::{Sink, Source};
use crate::engine::{Block, Engine};
use crate::message::TimedMidi;
use crate::time::HostTime;

const MAX: usize = MAX_CHANNELS as usize;

/// An engine with what is plugged into it, and the planar buffers that an interleaved or absent device does not have.
pub(super) struct Driver {
    engine: Engine,
    lines: Option<Lines>,
    /// What is heard and played beside the device.
    source: Option<Box<dyn Source>>,
    sink: Option<Box<dyn Sink>>,
    /// Frames of a buffer.
    size: usize,
    /// One after the other: the channels that come in, …
    input: Box<[f32]>,
    /// … and those that go out.
    output: Box<[f32]>,
    inputs: usize,
    health: Arc<Health>,
}

impl Driver {
    /// A driver for blocks of about `block` frames, with so many channels in and out. Longer blocks are worked off in
    /// pieces.
    pub(super) fn new(
        mut engine: Engine,
        request: &Request,
        block: u32,
        [inputs, outputs]: [u16; 2],
        health: Arc<Health>,
    ) -> Driver {
        let size = (block as usize).clamp(64, 8192);
        let buffer = |channels: u16| vec![0.0; size * usize::from(channels).min(MAX)].into();
        Driver {
            lines: request.hub.as_ref().map(|hub| hub.plug(&mut engine)),
            engine,
            source: None,
            sink: None,
            size,
            input: buffer(inputs),
            output: buffer(outputs.max(2)),
            inputs: usize::from(inputs).min(MAX),
            health,
        }
    }

    /// Takes its input from a source, in place of what the device brings, and gives its main output to a sink as well.
    pub(super) fn beside(
        mut self,
        source: Option<Box<dyn Source>>,
        sink: Option<Box<dyn Sink>>,
    ) -> Driver {
        (self.source, self.sink) = (source, sink);
        self
    }

    /// Channels that come in and go out.
    pub(super) fn channels(&self) -> [u16; 2] {
        [self.inputs as u16, (self.output.len() / self.size) as u16]
    }

    /// Whether the source has come to its end.
    pub(super) fn has_ended(&self) -> bool {
        self.source
            .as_ref()
            .is_some_and(|source| source.has_ended())
    }

    /// The engine.
    #[cfg_attr(not(feature = "jack"), allow(dead_code))]
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A MIDI message at a frame of the block that comes next.
    #[cfg_attr(not(feature = "jack"), allow(dead_code))]
    pub(super) fn hear(&mut self, frame: u32, bytes: &[u8]) {
        if let Some(lines) = &mut self.lines {
            lines.hear(frame, bytes);
        }
    }

    /// The MIDI messages of the last block.
    #[cfg_attr(not(feature = "jack"), allow(dead_code))]
    pub(super) fn sent(&self) -> &[TimedMidi] {
        self.engine.midi_out()
    }

    /// One block of planar channels, all of one length.
    #[cfg_attr(not(any(feature = "jack", feature = "portaudio")), allow(dead_code))]
    pub(super) fn planar(
        &mut self,
        inputs: &[&[f32]],
        outputs: &mut [&mut [f32]],
        host: Option<HostTime>,
    ) {
        let frames = outputs.first().map_or(0, |channel| channel.len());
        let (played, own) = self.parts();
        match own.source {
            // A block that is longer than any known system's is silent.
            Some(_) if frames > own.size => played.play(&[], outputs, frames, host),
            Some(source) => {
                let ins = heard(Some(source), own.input, own.size, frames);
                played.play(&ins[..own.inputs], outputs, frames, host);
            }
            None => played.play(inputs, outputs, frames, host),
        }
    }

    /// Fills interleaved frames of `channels` samples. A mono device hears the mean of both sides.
    #[cfg_attr(not(feature = "cpal"), allow(dead_code))]
    pub(super) fn interleaved<W: Word>(&mut self, data: &mut [W], channels: usize) {
        let channels = channels.max(1);
        for piece in data.chunks_mut(self.size * channels) {
            let frames = piece.len() / channels;
            self.own(frames, channels);
            for (i, frame) in piece.chunks_exact_mut(channels).enumerate() {
                for (channel, sample) in frame.iter_mut().enumerate() {
                    let x = self.output.get(channel * self.size + i);
                    *sample = W::from_f32(x.copied().unwrap_or(0.0));
                }
            }
        }
    }

    /// Lets `frames` frames pass, and gives those of the main output to `sink` in pieces.
    pub(super) fn unheard(&mut self, frames: usize, mut sink: impl FnMut(&[f32], &[f32])) {
        let mut left = frames;
        while left > 0 {
            let n = left.min(self.size);
            self.own(n, 2);
            sink(&self.output[..n], &self.output[self.size..][..n]);
            left -= n;
        }
    }

    /// One block of at most `size` frames from the source into the driver's own buffers.
    fn own(&mut self, frames: usize, channels: usize) {
        let (played, own) = self.parts();
        let (size, most) = (own.size, own.output.len() / own.size);
        let ins = heard(own.source, own.input, size, frames);
        let mut pieces = own.output.chunks_exact_mut(size);
        let mut outs: [&mut [f32]; MAX] = std::array::from_fn(|_| match pieces.next() {
            Some(channel) => &mut channel[..frames],
            None => &mut [],
        });
        let outs = &mut outs[..channels.clamp(1, MAX).min(most)];
        played.play(&ins[..own.inputs], outs, frames, None);
    }

    /// What takes part in a block, and the driver's own buffers beside it.
    fn parts(&mut self) -> (Played<'_>, Own<'_>) {
        let played = Played {
            engine: &mut self.engine,
            lines: self.lines.as_mut(),
            sink: self.sink.as_deref_mut(),
            health: &self.health,
        };
        let own = Own {
            source: self.source.as_deref_mut(),
            size: self.size,
            input: &mut self.input,
            output: &mut self.output,
            inputs: self.inputs,
        };
        (played, own)
    }
}

/// A driver's own buffers, and what fills them.
struct Own<'a> {
    source: Option<&'a mut (dyn Source + 'static)>,
    size: usize,
    input: &'a mut [f32],
    output: &'a mut [f32],
    inputs: usize,
}

/// The channels that come in, filled by a source if there is one.
fn heard<'a>(
    source: Option<&mut (dyn Source + 'static)>,
    input: &'a mut [f32],
    size: usize,
    frames: usize,
) -> [&'a [f32]; MAX] {
    if let Some(source) = source {
        source.feed(input, size, frames);
    }
    channels_of(input, size, frames)
}

/// The channels of a buffer in which one begins every `size`.
fn channels_of(buffer: &[f32], size: usize, frames: usize) -> [&[f32]; MAX] {
    std::array::from_fn(|i| {
        let from = (i * size).min(buffer.len());
        &buffer[from..(from + frames).min(buffer.len())]
    })
}

/// What takes part in a block.
struct Played<'a> {
    engine: &'a mut Engine,
    lines: Option<&'a mut Lines>,
    sink: Option<&'a mut (dyn Sink + 'static)>,
    health: &'a Health,
}

impl Played<'_> {
    /// One block. An engine that panicked is not asked again: a fault of ours is silence, not the end
    /// of the program.
    fn play(
        mut self,
        inputs: &[&[f32]],
        outputs: &mut [&mut [f32]],
        frames: usize,
        host: Option<HostTime>,
    ) {
        if self.health.is_broken() {
            outputs.iter_mut().for_each(|channel| channel.fill(0.0));
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let (mut notes, mut host) = (&[][..], host);
            if let Some(lines) = &mut self.lines {
                lines.begin(frames);
                host = host.or(lines.host());
                notes = lines.notes();
            }
            self.engine.process(Block {
                inputs,
                outputs,
                frames,
                host,
                notes,
            });
            if let Some(lines) = &mut self.lines {
                lines.end(self.engine, frames);
            }
            if let Some(sink) = &mut self.sink {
                let left = outputs.first().map_or(&[][..], |channel| channel);
                sink.take(left, outputs.get(1).map_or(left, |channel| channel));
            }
        }));
        if let Err(payload) = outcome {
            // To drop it would free memory here.
            mem::forget(payload);
            self.health.set_broken();
            outputs.iter_mut().for_each(|channel| channel.fill(0.0));
        }
    }
}

/// A sample as a device takes it. Conversion rounds to nearest and saturates; NaN becomes silence.
#[cfg_attr(not(feature = "cpal"), allow(dead_code))]
pub(super) trait Word: Copy {
    fn from_f32(x: f32) -> Self;
}

impl Word for f32 {
    fn from_f32(x: f32) -> f32 {
        x
    }
}

// `as` saturates and maps NaN to 0, which is just what is wanted here.
impl Word for i16 {
    fn from_f32(x: f32) -> i16 {
        (x * 32_768.0).round() as i16
    }
}

impl Word for i32 {
    fn from_f32(x: f32) -> i32 {
        (f64::from(x) * 2_147_483_648.0).round() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::super::hub::{Hub, Sync};
    use super::*;
    use crate::message::Setup;
    use crate::plan::When;
    use crate::session::Session;
    use assert_no_alloc::assert_no_alloc;

    fn driver(score: &str, hub: Option<Arc<Hub>>, channels: [u16; 2]) -> (Session, Driver) {
        let mut session = Session::new();
        session.evaluate(score, When::Now).unwrap();
        session.play();
        let setup = Setup { rate: 48_000 };
        let engine = Engine::new(setup, session.connect(setup));
        let request = Request {
            hub,
            ..Request::default()
        };
        let driver = Driver::new(engine, &request, 64, channels, Arc::default());
        (session, driver)
    }

    /// A channel for each number, which is all it says.
    struct Steady(&'static [f32]);

    impl Source for Steady {
        fn feed(&mut self, input: &mut [f32], size: usize, frames: usize) {
            for (channel, x) in input.chunks_exact_mut(size).zip(self.0) {
                channel[..frames].fill(*x);
            }
        }
    }

    #[test]
    fn a_device_beside_the_driver_is_heard_in_place_of_its_own_and_plays_along() {
        struct Kept(rtrb::Producer<f32>);
        impl Sink for Kept {
            fn take(&mut self, left: &[f32], right: &[f32]) {
                for (l, r) in left.iter().zip(right) {
                    self.0.push(l - r).unwrap();
                }
            }
        }
        let (_session, driver) = driver("input() >> out(1)\n", None, [2, 2]);
        let (push, mut kept) = rtrb::RingBuffer::new(100);
        let mut driver = driver.beside(
            Some(Box::new(Steady(&[0.5, 0.25]))),
            Some(Box::new(Kept(push))),
        );
        let (mut left, mut right) = ([1.0f32; 50], [1.0f32; 50]);
        let own = [0.0; 50];
        assert_no_alloc(|| driver.planar(&[&own, &own], &mut [&mut left, &mut right], None));
        assert!(left == [0.5; 50] && right == [0.25; 50]);
        assert_eq!(kept.slots(), 50);
        assert!((0..50).all(|_| kept.pop() == Ok(0.25)));
    }

    #[test]
    fn words_round_and_saturate() {
        assert_eq!(i16::from_f32(0.0), 0);
        assert_eq!(i16::from_f32(0.6 / 32_768.0), 1);
        assert_eq!(i16::from_f32(-0.6 / 32_768.0), -1);
        assert_eq!(i16::from_f32(1.0), i16::MAX);
        assert_eq!(i16::from_f32(-7.0), i16::MIN);
        assert_eq!(i16::from_f32(f32::NAN), 0);
        assert_eq!(i32::from_f32(1.0), i32::MAX);
        assert_eq!(i32::from_f32(-0.5), -1_073_741_824);
    }

    #[test]
    fn blocks_longer_than_the_buffers_are_worked_off_in_pieces() {
        let (_session, mut driver) = driver("", None, [0, 4]);
        for channels in 1..=4 {
            let mut data = vec![1i16; 1000 * channels];
            driver.interleaved(&mut data, channels);
            assert!(
                data.iter().all(|&x| x == 0),
                "an empty score is silent on {channels} channels"
            );
        }
        driver.unheard(1000, |_, _| ());
    }

    #[test]
    fn what_comes_in_goes_out_on_the_pair_that_the_score_names() {
        let score = "def thru(inp):\n    return inp * 0.5\n\nt = node(\"t\", thru)\ninput() >> t\nt >> out(2)\n";
        let (_session, mut driver) = driver(score, None, [2, 4]);
        let mut data = vec![0.0f32; 100 * 4];
        driver = driver.beside(Some(Box::new(Steady(&[0.25, -0.5]))), None);
        assert_no_alloc(|| driver.interleaved(&mut data, 4));
        assert!(
            data.chunks(4)
                .all(|frame| frame == [0.0, 0.0, 0.125, -0.25]),
            "{:?}",
            &data[..8]
        );
    }

    #[test]
    fn any_channel_that_comes_in_can_be_heard() {
        let score = "input(2)\ninput(channel=2) >> out(2)\n";
        let (_session, mut driver) = driver(score, None, [4, 4]);
        let mut data = vec![0.0f32; 100 * 4];
        driver = driver.beside(Some(Box::new(Steady(&[0.1, 0.2, 0.3, 0.4]))), None);
        assert_no_alloc(|| driver.interleaved(&mut data, 4));
        for frame in data.chunks(4) {
            assert_eq!(frame[..2], [0.3, 0.4]);
            assert!(frame[2] == frame[3] && frame[2] > 0.1, "{frame:?}");
        }
    }

    const KEYS: &str = "def keys():\n    freq = control(\"freq\", 440, 20, 8000)\n    gate = control(\"gate\", 0, 0, 1)\n    return sine_osc(freq) * gate * 0.5\n\nk = node(\"k\", keys)\n";

    #[test]
    fn notes_come_in_at_their_frames_and_the_clock_goes_out() {
        let hub = Hub::new(Sync::Own, true);
        let (_session, mut driver) = driver(KEYS, Some(Arc::clone(&hub)), [0, 2]);
        let (mut left, mut right) = ([0.0f32; 480], [0.0f32; 480]);
        driver.hear(100, &[0x90, 69, 127]);
        assert_no_alloc(|| driver.planar(&[], &mut [&mut left, &mut right], None));
        assert!(left[..100].iter().all(|x| *x == 0.0) && left[110] != 0.0);
        let words: Vec<[u8; 3]> = driver.sent().iter().map(|w| w.bytes).collect();
        assert_eq!(words, [[0xfa, 0, 0], [0xf8, 0, 0]]);
        assert_eq!(
            hub.next_out().map(|(_, bytes, n)| (bytes[0], n)),
            Some((0xfa, 1))
        );
        // The key comes up through the hub, as from a port.
        assert!(hub.hear(&[0x80, 69, 0]));
        assert_no_alloc(|| driver.planar(&[], &mut [&mut left, &mut right], None));
        assert_eq!(left[479], 0.0);
    }

    #[test]
    fn a_clock_that_is_followed_moves_the_song() {
        let hub = Hub::new(Sync::Midi, false);
        let (mut session, mut driver) = driver(KEYS, Some(hub), [0, 2]);
        let (mut left, mut right) = ([0.0f32; 500], [0.0f32; 500]);
        let mut block = |driver: &mut Driver, word: &[u8]| {
            driver.hear(0, word);
            // 500 frames a tick are 240 bpm.
            driver.planar(&[], &mut [&mut left, &mut right], None);
        };
        block(&mut driver, &[0xfa]);
        session.tick();
        assert!(!session.status().playing, "without a clock the song stands");
        for _ in 0..480 {
            block(&mut driver, &[0xf8]);
        }
        session.tick();
        let status = session.status();
        assert!(status.playing && status.hosted);
        assert!((status.tempo - 240.0).abs() < 0.01, "{}", status.tempo);
        // The report is at most some blocks old.
        assert!((19.0..20.1).contains(&status.beat), "{}", status.beat);
        block(&mut driver, &[0xfc]);
        for _ in 0..10 {
            block(&mut driver, &[0xf8]);
        }
        session.tick();
        assert!(!session.status().playing);
    }
}
