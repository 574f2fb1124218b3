//! A level that rises and falls in a straight line: what players open and close with. Real-time safe.

/// Between silence and full level.
#[derive(Clone, Copy, Debug, Default)]
pub struct Swell {
    level: f32,
    step: f32,
}

impl Swell {
    /// Upwards from where it is: from silence to full level it takes so many seconds.
    pub fn rise(&mut self, seconds: f32, rate: f32) {
        let frames = seconds * rate;
        if frames > 1.0 {
            self.step = 1.0 / frames;
        } else {
            (self.level, self.step) = (1.0, 0.0);
        }
    }

    /// Downwards from where it is: from full level to silence it takes so many seconds.
    pub fn fall(&mut self, seconds: f32, rate: f32) {
        self.step = -1.0 / (seconds * rate).max(1.0);
    }

    /// Whether it has fallen to silence, or never risen.
    pub fn is_over(&self) -> bool {
        self.level <= 0.0 && self.step <= 0.0
    }

    /// The level of this frame, and on to the next.
    #[inline]
    pub fn next(&mut self) -> f32 {
        let level = self.level;
        if self.step != 0.0 {
            self.level = (level + self.step).clamp(0.0, 1.0);
            if self.level == 1.0 {
                self.step = 0.0;
            }
        }
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_the_time_it_is_told() {
        let mut swell = Swell::default();
        assert!(swell.is_over());
        swell.rise(0.1, 1000.0);
        let up: Vec<f32> = (0..102).map(|_| swell.next()).collect();
        assert_eq!((up[0], up[101]), (0.0, 1.0));
        assert!((up[50] - 0.5).abs() < 1e-5);
        swell.fall(0.05, 1000.0);
        let down: Vec<f32> = (0..52).map(|_| swell.next()).collect();
        assert!((down[25] - 0.5).abs() < 1e-5 && down[51] == 0.0);
        assert!(swell.is_over());
        swell.rise(0.0, 1000.0);
        assert_eq!(swell.next(), 1.0);
    }
}
