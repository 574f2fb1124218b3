//! The audio thread's side that all back ends share: their buffers ↔ the engine.
//!
//! A driver is made on a control thread with all the memory it will ever need. Its methods run in
//! the callback and never allocate, lock, or panic; it travels back to a control thread to be
//! dropped.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::backend::Health;
use crate::engine::{Block, Engine};

/// An engine with the planar buffers that an interleaved or absent device does not have.
pub(super) struct Driver {
    engine: Engine,
    left: Box<[f32]>,
    right: Box<[f32]>,
    health: Arc<Health>,
}

impl Driver {
    /// A driver for blocks of about `block` frames. Longer blocks are worked off in pieces.
    pub(super) fn new(engine: Engine, block: u32, health: Arc<Health>) -> Driver {
        let frames = (block as usize).clamp(64, 8192);
        Driver {
            engine,
            left: vec![0.0; frames].into(),
            right: vec![0.0; frames].into(),
            health,
        }
    }

    /// Fills two planar channels.
    #[cfg_attr(not(feature = "jack"), allow(dead_code))]
    pub(super) fn planar(&mut self, left: &mut [f32], right: &mut [f32]) {
        play(&mut self.engine, &self.health, left, right);
    }

    /// Fills interleaved frames of `channels` samples. A mono device hears the mean of both sides;
    /// channels beyond the second are silent.
    #[cfg_attr(not(feature = "cpal"), allow(dead_code))]
    pub(super) fn interleaved<W: Word>(&mut self, data: &mut [W], channels: usize) {
        let channels = channels.max(1);
        for piece in data.chunks_mut(self.left.len() * channels) {
            let frames = piece.len() / channels;
            let (left, right) = (&mut self.left[..frames], &mut self.right[..frames]);
            play(&mut self.engine, &self.health, left, right);
            for ((frame, &l), &r) in piece.chunks_exact_mut(channels).zip(&*left).zip(&*right) {
                match frame {
                    [mono] => *mono = W::from_f32((l + r) * 0.5),
                    [first, second, rest @ ..] => {
                        *first = W::from_f32(l);
                        *second = W::from_f32(r);
                        rest.fill(W::from_f32(0.0));
                    }
                    [] => {}
                }
            }
        }
    }

    /// Lets `frames` frames pass that nobody hears.
    pub(super) fn unheard(&mut self, frames: usize) {
        let mut left = frames;
        while left > 0 {
            let n = left.min(self.left.len());
            play(
                &mut self.engine,
                &self.health,
                &mut self.left[..n],
                &mut self.right[..n],
            );
            left -= n;
        }
    }
}

/// One block. An engine that panicked is not asked again: a fault of ours is silence, not the end
/// of the program.
fn play(engine: &mut Engine, health: &Health, left: &mut [f32], right: &mut [f32]) {
    if health.is_broken() {
        left.fill(0.0);
        right.fill(0.0);
        return;
    }
    let frames = left.len().min(right.len());
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        engine.process(Block {
            inputs: &[],
            outputs: &mut [left, right],
            frames,
            host: None,
            notes: &[],
        });
    }));
    if let Err(payload) = outcome {
        // To drop it would free memory here.
        mem::forget(payload);
        health.set_broken();
        left.fill(0.0);
        right.fill(0.0);
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
    use super::*;
    use crate::message::Setup;
    use crate::session::Session;

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
        let mut session = Session::new();
        let setup = Setup { rate: 48_000 };
        let mut driver = Driver::new(
            Engine::new(setup, session.connect(setup)),
            64,
            Arc::default(),
        );
        for channels in 1..=4 {
            let mut data = vec![1i16; 1000 * channels];
            driver.interleaved(&mut data, channels);
            assert!(
                data.iter().all(|&x| x == 0),
                "an empty score is silent on {channels} channels"
            );
        }
        driver.unheard(1000);
    }
}
