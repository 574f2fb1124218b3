//! The running state of a wire: its level, and what it holds back.

use crate::signal::GRID;
use crate::time::Ramp;

/// The running state of a wire.
#[derive(Clone, Debug)]
pub struct WireState {
    /// Its level, moving to where the Plan says.
    pub level: Ramp,
    /// What it holds back, if it waits for longer paths.
    pub line: Option<Box<Line>>,
}

impl WireState {
    /// A silent wire.
    pub fn new() -> WireState {
        WireState {
            level: Ramp::at(0.0),
            line: None,
        }
    }
}

impl Default for WireState {
    fn default() -> WireState {
        WireState::new()
    }
}

/// The last frames of a stereo signal, a ring. Made on the control thread; the rest is real-time safe.
#[derive(Clone, Debug)]
pub struct Line {
    frames: [Box<[f32]>; 2],
}

impl Line {
    /// A silent line for a delay of so many frames. Allocates.
    pub fn new(delay: u32) -> Line {
        let len = (delay as usize + GRID).next_power_of_two();
        Line {
            frames: [vec![0.0; len].into(), vec![0.0; len].into()],
        }
    }

    /// Takes a stretch of frames and gives the stretch that lies `delay` frames back in their place. `at` is the
    /// first one's frame.
    pub fn pass(&mut self, channel: usize, at: i64, delay: u32, frames: &mut [f32]) {
        let ring = &mut self.frames[channel];
        let mask = ring.len() - 1;
        for (i, x) in frames.iter_mut().enumerate() {
            let at = at.wrapping_add(i as i64) as usize;
            ring[at & mask] = *x;
            *x = ring[at.wrapping_sub(delay as usize) & mask];
        }
    }

    /// Silent again.
    pub fn clear(&mut self) {
        self.frames.iter_mut().for_each(|channel| channel.fill(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_gives_each_frame_back_after_its_delay() {
        let mut line = Line::new(100);
        let mut out = Vec::new();
        for step in 0..10 {
            let mut frames: Vec<f32> = (0..37).map(|i| (step * 37 + i + 1) as f32).collect();
            line.pass(0, -50 + step * 37, 100, &mut frames);
            out.extend(frames);
        }
        assert!(out[..100].iter().all(|x| *x == 0.0));
        assert!(
            out[100..]
                .iter()
                .enumerate()
                .all(|(i, x)| *x == (i + 1) as f32)
        );
    }
}
