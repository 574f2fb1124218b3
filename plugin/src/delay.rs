//! A delay line of whole frames for the dry sound, so that bypass is as late as the graph.
//!
//! Made on the main thread; then the audio thread's: no allocation, no lock, no panic.

/// Seconds that the longest delay has at least.
const SECONDS: usize = 2;

/// Two channels of what was heard last.
#[derive(Debug)]
pub(crate) struct Delay {
    /// Rings whose length is a power of two.
    rings: [Box<[f32]>; 2],
    at: usize,
}

impl Delay {
    /// A line of silence for so many frames a second; for 0 it has no length and delays nothing. Allocates.
    pub(crate) fn new(rate: u32) -> Delay {
        let length = (rate as usize * SECONDS).next_power_of_two();
        let length = if rate == 0 { 0 } else { length };
        let ring = || vec![0.0; length].into_boxed_slice();
        Delay {
            rings: [ring(), ring()],
            at: 0,
        }
    }

    /// Back to silence.
    pub(crate) fn clear(&mut self) {
        self.rings.iter_mut().for_each(|ring| ring.fill(0.0));
    }

    /// Holds a channel's frames back by so many; by no more than the line has room for. After both channels
    /// comes [`Delay::advance`].
    pub(crate) fn pass(&mut self, channel: usize, sound: &mut [f32], frames: usize) {
        let Some(ring) = self.rings.get_mut(channel).filter(|ring| !ring.is_empty()) else {
            return;
        };
        let mask = ring.len() - 1;
        let frames = frames.min(mask);
        for (i, x) in sound.iter_mut().enumerate() {
            let at = (self.at + i) & mask;
            ring[at] = *x;
            *x = ring[at.wrapping_sub(frames) & mask];
        }
    }

    /// So many frames have gone by.
    pub(crate) fn advance(&mut self, frames: usize) {
        self.at = self.at.wrapping_add(frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_so_many_frames_later_however_it_is_cut() {
        let sound: Vec<f32> = (1..=1000).map(|x| x as f32).collect();
        for late in [0, 1, 63, 300] {
            let mut delay = Delay::new(400);
            let mut heard = sound.clone();
            for part in heard.chunks_mut(77) {
                delay.pass(1, part, late);
                delay.advance(part.len());
            }
            assert!(heard[..late].iter().all(|x| *x == 0.0));
            assert_eq!(heard[late..], sound[..1000 - late]);
        }
    }
}
