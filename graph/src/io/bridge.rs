//! From one device's clock to another's: sound that is heard on one and played on the other.
//!
//! The capturing thread pushes frames into a queue; the playing thread takes them out through a resampler (rubato's
//! asynchronous one, with polynomials of the fifth degree) whose ratio a slow controller keeps such that the queue stays
//! as full as it was meant to be (F. Adriaensen, *Controlling adaptive resampling*, 2012). What the controller has found
//! is the drift between the two clocks. Both ends are real-time safe.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use rtrb::{Consumer, Producer, RingBuffer};
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Adjustable, Async, FixedAsync, PolynomialDegree, Resampler};

/// Frames that are made at a time.
const CHUNK: usize = 64;
/// The clocks may differ by so much.
const MOST: f64 = 0.005;
/// The controller's speed, in radians a second, and the time over which the queue's length is averaged, in seconds.
const SPEED: f64 = 0.15;
const AVERAGE: f64 = 0.5;

/// What the playing end has found out. Written by the audio thread, read by control threads.
#[derive(Debug, Default)]
pub(super) struct BridgeFigures {
    drift: AtomicU32,
    latency: AtomicU32,
    gaps: AtomicU64,
}

impl BridgeFigures {
    /// How much faster the capturing clock is, in parts per million.
    pub(super) fn drift(&self) -> f32 {
        f32::from_bits(self.drift.load(Ordering::Relaxed))
    }

    /// Frames of the playing clock that the sound waits here.
    pub(super) fn latency(&self) -> u32 {
        self.latency.load(Ordering::Relaxed)
    }

    /// How often there was nothing to take.
    pub(super) fn gaps(&self) -> u64 {
        self.gaps.load(Ordering::Relaxed)
    }
}

/// The capturing end: interleaved frames go in; what finds no room is lost.
pub(super) struct BridgeIn {
    queue: Producer<f32>,
    channels: usize,
}

/// The playing end.
pub(super) struct BridgeOut {
    queue: Consumer<f32>,
    channels: usize,
    resampler: Async<f32>,
    /// Frames that go in for a chunk, and the chunk that came out, by channel.
    from: Vec<Vec<f32>>,
    to: Vec<Vec<f32>>,
    /// Frames of the chunk that were taken.
    taken: usize,
    /// There has been enough in the queue since it was empty last.
    primed: bool,
    /// Frames that the queue should hold, and holds on average.
    target: f64,
    level: f64,
    /// Gains of the controller, for a chunk, and its sum.
    smooth: f64,
    proportional: f64,
    integral: f64,
    sum: f64,
    figures: Arc<BridgeFigures>,
}

/// Both ends, for so many channels, between two rates in Hz; each side comes in blocks of about `block` frames. Allocates.
/// `None` for rates that lie too far apart to be bridged.
pub(super) fn bridge(
    channels: usize,
    rates: [u32; 2],
    block: u32,
) -> Option<(BridgeIn, BridgeOut, Arc<BridgeFigures>)> {
    let channels = channels.max(1);
    let ratio = f64::from(rates[1]) / f64::from(rates[0]);
    let resampler = Async::new_poly(
        ratio,
        1.0 + 2.0 * MOST,
        PolynomialDegree::Quintic,
        CHUNK,
        channels,
        FixedAsync::Output,
    )
    .ok()?;
    // One block that is on its way in, one that is wanted at once, and something for the unrest of both.
    let target = f64::from(block) * 2.5;
    let room = (target * 4.0) as usize + 4096;
    let (push, pop) = RingBuffer::new(room * channels);
    let figures = Arc::new(BridgeFigures::default());
    let most = resampler.input_frames_max();
    let buffers = |frames: usize| (0..channels).map(|_| vec![0.0; frames]).collect();
    let dt = CHUNK as f64 / f64::from(rates[1]);
    let proportional = SPEED / f64::from(rates[0]);
    Some((
        BridgeIn {
            queue: push,
            channels,
        },
        BridgeOut {
            queue: pop,
            channels,
            from: buffers(most),
            to: buffers(CHUNK),
            resampler,
            taken: CHUNK,
            primed: false,
            target,
            level: target,
            smooth: dt / AVERAGE,
            proportional,
            integral: proportional * SPEED / 4.0 * dt,
            sum: 0.0,
            figures: Arc::clone(&figures),
        },
        figures,
    ))
}

impl BridgeIn {
    /// Takes interleaved frames. Real-time safe.
    pub(super) fn push(&mut self, frames: impl ExactSizeIterator<Item = f32>) {
        let whole = self.queue.slots() / self.channels * self.channels;
        let count = frames.len().min(whole);
        if let Ok(chunk) = self.queue.write_chunk_uninit(count) {
            chunk.fill_from_iter(frames.take(count));
        }
    }
}

impl BridgeIn {
    /// Takes the frames of two channels, for a bridge of two. Real-time safe.
    pub(super) fn push_stereo(&mut self, left: &[f32], right: &[f32]) {
        let frames = left.len().min(right.len()).min(self.queue.slots() / 2);
        if let Ok(chunk) = self.queue.write_chunk_uninit(frames * 2) {
            chunk.fill_from_iter(left.iter().zip(right).flat_map(|(&l, &r)| [l, r]));
        }
    }
}

impl BridgeOut {
    /// Fills the first `frames` of each channel of a buffer in which one begins every `size`. Real-time safe.
    pub(super) fn feed(&mut self, input: &mut [f32], size: usize, frames: usize) {
        let mut done = 0;
        while done < frames {
            if self.taken == CHUNK {
                self.make();
            }
            let n = (CHUNK - self.taken).min(frames - done);
            for (to, from) in input.chunks_exact_mut(size).zip(&self.to) {
                to[done..done + n].copy_from_slice(&from[self.taken..self.taken + n]);
            }
            self.taken += n;
            done += n;
        }
    }

    /// The next chunk.
    fn make(&mut self) {
        self.taken = 0;
        let there = self.queue.slots() / self.channels;
        if !self.primed {
            if (there as f64) < self.target {
                self.to.iter_mut().for_each(|channel| channel.fill(0.0));
                return;
            }
            (self.primed, self.level) = (true, self.target);
        }
        // The ratio says how many frames go in, so it is turned first.
        self.control(there as f64);
        let needed = self.resampler.input_frames_next();
        if there < needed {
            self.figures.gaps.fetch_add(1, Ordering::Relaxed);
            self.primed = false;
            self.to.iter_mut().for_each(|channel| channel.fill(0.0));
            return;
        }
        if let Ok(chunk) = self.queue.read_chunk(needed * self.channels) {
            for (i, x) in chunk.into_iter().enumerate() {
                self.from[i % self.channels][i / self.channels] = x;
            }
        }
        let made = SequentialSliceOfVecs::new(&self.from, self.channels, needed)
            .ok()
            .zip(SequentialSliceOfVecs::new_mut(&mut self.to, self.channels, CHUNK).ok())
            .map(|(from, mut to)| self.resampler.process_into_buffer(&from, &mut to, None));
        if !matches!(made, Some(Ok(_))) {
            self.to.iter_mut().for_each(|channel| channel.fill(0.0));
        }
    }

    /// Turns the ratio so that the queue gets to its length.
    fn control(&mut self, there: f64) {
        self.level += (there - self.level) * self.smooth;
        let error = self.level - self.target;
        let most = MOST / self.integral;
        self.sum = (self.sum + error).clamp(-most, most);
        let drift = self.sum * self.integral;
        let faster = (drift + error * self.proportional).clamp(-MOST, MOST);
        // What cannot be set stays as it was.
        let _ = self
            .resampler
            .set_resample_ratio_relative(1.0 / (1.0 + faster), true);
        self.figures
            .drift
            .store(((drift * 1e6) as f32).to_bits(), Ordering::Relaxed);
        let waits = self.level * self.resampler.resample_ratio();
        let latency = waits as u32 + self.resampler.output_delay() as u32;
        self.figures.latency.store(latency, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sine on two channels from one clock to another, for so many seconds: what comes out of the left, by frame.
    fn across(rates: [f64; 2], blocks: [usize; 2], seconds: f64) -> (Vec<f32>, Arc<BridgeFigures>) {
        let nominal = rates.map(|rate| (rate / 100.0).round() as u32 * 100);
        let block = blocks[0].max(blocks[1]) as u32;
        let (mut push, mut pop, figures) = bridge(2, nominal, block).unwrap();
        let (mut heard, mut pushed) = (Vec::new(), 0usize);
        let mut buffer = vec![0.0; 2 * blocks[1]];
        while (heard.len() as f64) < rates[1] * seconds {
            let now = heard.len() as f64 / rates[1];
            while ((pushed + blocks[0]) as f64) / rates[0] <= now {
                let frames = (0..blocks[0] * 2).map(|i| {
                    let t = (pushed + i / 2) as f64 / rates[0];
                    (std::f64::consts::TAU * 440.0 * t).sin() as f32
                });
                push.push(frames);
                pushed += blocks[0];
            }
            pop.feed(&mut buffer, blocks[1], blocks[1]);
            assert_eq!(buffer[..blocks[1]], buffer[blocks[1]..]);
            heard.extend_from_slice(&buffer[..blocks[1]]);
        }
        (heard, figures)
    }

    #[test]
    fn clocks_that_differ_are_bridged_without_a_gap_and_their_drift_is_told() {
        for (rates, blocks) in [
            ([48_009.6, 48_000.0], [480, 512]),
            ([47_995.2, 48_000.0], [1024, 256]),
            ([44_104.41, 48_000.0], [441, 512]),
        ] {
            let (heard, figures) = across(rates, blocks, 180.0);
            let nominal = (rates[0] / 100.0).round() * 100.0;
            let drift = (rates[0] / nominal - 1.0) * 1e6;
            assert!(
                (f64::from(figures.drift()) - drift).abs() < 50.0,
                "{} {drift}",
                figures.drift()
            );
            assert_eq!(figures.gaps(), 0);
            // A sine that goes on: its second difference is what its own curve says.
            let begin = heard.len() / 2;
            let curve = (std::f64::consts::TAU * 440.0 / rates[1]).powi(2);
            for w in heard[begin..].windows(3) {
                let bend = f64::from(w[0] - 2.0 * w[1] + w[2]);
                assert!((bend + curve * f64::from(w[1])).abs() < 2e-4, "{bend}");
            }
            assert!(heard[begin..].iter().any(|x| *x > 0.99));
            assert!(figures.latency() < 4 * 1024 + 512, "{}", figures.latency());
        }
    }

    #[test]
    fn when_nothing_comes_there_is_silence_and_then_sound_again() {
        let (mut push, mut pop, figures) = bridge(1, [48_000; 2], 128).unwrap();
        let mut out = vec![1.0; 128];
        pop.feed(&mut out, 128, 128);
        assert!(out.iter().all(|x| *x == 0.0));
        for _ in 0..2 {
            push.push(vec![0.5; 1024].into_iter());
            for _ in 0..20 {
                pop.feed(&mut out, 128, 128);
            }
            assert!(out.iter().all(|x| *x == 0.0), "it ran dry");
        }
        assert!(figures.gaps() >= 1);
    }
}
