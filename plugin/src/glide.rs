//! A value that moves to its target in a straight line.
//!
//! Audio thread: no allocation, no lock, no panic. At rest the value is exactly its target.

/// How long a full movement takes, in seconds.
const SECONDS: f32 = 0.02;

/// Glides towards a target, always arriving 20 ms after the target last changed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Glide {
    value: f32,
    target: f32,
    step: f32,
    left: u32,
    length: u32,
}

impl Glide {
    /// At rest at `value`, for `rate` frames a second.
    pub(crate) fn new(rate: u32, value: f32) -> Glide {
        let length = (rate as f32 * SECONDS).round().max(1.0) as u32;
        Glide {
            value,
            target: value,
            step: 0.0,
            left: 0,
            length,
        }
    }

    /// Starts towards `target` if that is news; what is no number is ignored.
    pub(crate) fn aim(&mut self, target: f32) {
        if target != self.target && target.is_finite() {
            self.target = target;
            self.left = self.length;
            self.step = (target - self.value) / self.length as f32;
        }
    }

    /// Arrives at once.
    pub(crate) fn finish(&mut self) {
        self.value = self.target;
        self.left = 0;
    }

    /// The value, if it is at rest.
    pub(crate) fn resting(&self) -> Option<f32> {
        (self.left == 0).then_some(self.value)
    }

    /// The value one frame further.
    pub(crate) fn next(&mut self) -> f32 {
        match self.left {
            0 => {}
            1 => self.finish(),
            _ => {
                self.left -= 1;
                self.value += self.step;
            }
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_arrives_exactly_after_20_ms_and_rests() {
        let mut glide = Glide::new(48_000, 1.0);
        assert_eq!(glide.resting(), Some(1.0));
        glide.aim(0.3);
        assert_eq!(glide.resting(), None);
        let mut last = 1.0;
        for frame in 0..959 {
            let value = glide.next();
            assert!(value < last && value > 0.3, "frame {frame}: {value}");
            last = value;
        }
        assert_eq!(glide.next(), 0.3);
        assert_eq!(glide.resting(), Some(0.3));
        glide.aim(f32::NAN);
        assert_eq!(glide.resting(), Some(0.3));
    }
}
