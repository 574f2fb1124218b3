//! The envelopes and gates that a voice rests by. Real-time safe.

/// An envelope that must be at nought, and stay there until its gate turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Envelope {
    /// The control that is its gate.
    pub gate: u16,
    /// Its first word: frames since the gate turned, where it turned, level, gate.
    pub place: u32,
    /// It sustains at nought.
    pub fades: bool,
}

impl Envelope {
    /// Whether its gate is high.
    pub fn is_open(self, state: &[u32]) -> bool {
        state[self.place as usize + 3] != 0
    }
    /// Whether it is nought and stays so until its gate turns.
    pub fn rests(self, state: &[u32]) -> bool {
        let level = state[self.place as usize + 2];
        let turned = f32::from_bits(state[self.place as usize]);
        // An attack begins at nought too, but is above it a frame later.
        let still = !self.is_open(state) || (self.fades && turned >= 2.0);
        level << 1 == 0 && still
    }
}

/// A gate as a voice that rests saw it last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// The control.
    pub control: usize,
    /// Where it turns, and whether it is high above that alone, or there as well.
    pub(super) edge: f32,
    pub(super) above: bool,
    pub(super) high: bool,
}

impl Gate {
    /// Whether it has turned where its control has come to a value. Real-time safe.
    pub fn turns(&self, value: f32) -> bool {
        let high = match self.above {
            true => value > self.edge,
            false => value >= self.edge,
        };
        high != self.high
    }
}
