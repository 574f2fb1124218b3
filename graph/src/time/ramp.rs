//! A linear ramp that counts frames: the same values however it is cut.

/// A value that moves to its target in a straight line. Real-time safe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ramp {
    from: f32,
    to: f32,
    /// Frames done, frames before it begins to move, and frames in all; the first and the last equal when it stands.
    at: u32,
    wait: u32,
    of: u32,
}

impl Ramp {
    /// Stands at a value.
    pub const fn at(value: f32) -> Ramp {
        Ramp {
            from: value,
            to: value,
            at: 0,
            wait: 0,
            of: 0,
        }
    }

    /// Moves from where it is to `target` in so many frames; nothing happens if it is on its way there.
    pub fn go(&mut self, target: f32, frames: u32) {
        self.go_after(0, target, frames);
    }

    /// Stays where it is for `wait` frames, then moves to `target` in so many; nothing happens if it is on its way
    /// there.
    pub fn go_after(&mut self, wait: u32, target: f32, frames: u32) {
        if target.to_bits() != self.to.to_bits() {
            *self = Ramp {
                from: self.value(),
                to: target,
                at: 0,
                wait,
                of: wait.saturating_add(frames),
            };
        }
    }

    /// Stands at a value at once.
    pub fn jump(&mut self, value: f32) {
        *self = Ramp::at(value);
    }

    /// Stands at its target at once.
    pub fn finish(&mut self) {
        self.jump(self.to);
    }

    /// Whether it moves.
    #[inline]
    pub fn moving(&self) -> bool {
        self.at < self.of
    }

    /// Where it goes.
    #[inline]
    pub fn target(&self) -> f32 {
        self.to
    }

    /// The value at the present frame.
    pub fn value(&self) -> f32 {
        self.ahead(0)
    }

    /// The value so many frames from now.
    #[inline]
    pub fn ahead(&self, frames: u32) -> f32 {
        let at = self.at.saturating_add(frames);
        if at >= self.of {
            self.to
        } else if at <= self.wait {
            self.from
        } else {
            let (at, of) = (at - self.wait, self.of - self.wait);
            self.from + (self.to - self.from) * (at as f32 / of as f32)
        }
    }

    /// So many frames go by.
    #[inline]
    pub fn advance(&mut self, frames: u32) {
        self.at = self.at.saturating_add(frames).min(self.of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_the_same_however_it_is_cut() {
        let mut whole = Ramp::at(0.25);
        whole.go(1.0, 100);
        let mut cut = whole;
        for i in 0..120 {
            assert_eq!(cut.value().to_bits(), whole.ahead(i).to_bits());
            cut.advance(1);
        }
        assert!(!cut.moving());
        assert_eq!(cut.value(), 1.0);
    }

    #[test]
    fn a_ramp_that_waits_stays_where_it_is_first() {
        let mut r = Ramp::at(1.0);
        r.go_after(10, 0.0, 4);
        assert!(r.moving());
        assert_eq!([9, 10, 12, 14].map(|i| r.ahead(i)), [1.0, 1.0, 0.5, 0.0]);
        r.go_after(5, 2.0, 0);
        assert_eq!([4, 5].map(|i| r.ahead(i)), [1.0, 2.0]);
    }

    #[test]
    fn a_new_target_starts_from_where_it_is() {
        let mut r = Ramp::at(0.0);
        r.go(1.0, 10);
        r.advance(5);
        r.go(0.0, 10);
        assert_eq!(r.value(), 0.5);
        r.advance(u32::MAX);
        assert_eq!(r.value(), 0.0);
    }
}
