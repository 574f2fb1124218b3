//! A reverb from comb and all-pass operations.

use super::{BuildError, Builder, Op, Sig};

/// Freeverb's delays in frames at 44.1 kHz.
const COMBS: [u16; 8] = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617];
const ALLPASSES: [u16; 4] = [556, 441, 341, 225];
/// The combs' summed gain at DC is near 8 / (1 − feedback); this keeps a usual room at about the input's level.
const GAIN: f32 = 0.06;

impl Builder {
    /// A mono reverb, wet only (Jezar's Freeverb): `room` 0…1 sets the feedback from 0.7 to 0.98, `damping`
    /// 0…1 how fast the treble dies. Both are held to that, so that no room grows louder by itself.
    pub fn reverb(&mut self, x: Sig, room: Sig, damping: Sig) -> Result<Sig, BuildError> {
        let (room, damping) = (self.clip(room, 0.0, 1.0)?, self.clip(damping, 0.0, 1.0)?);
        let (low, span) = (self.constant(0.7)?, self.constant(0.28)?);
        let scaled = self.add(Op::Mul(room, span))?;
        let feedback = self.add(Op::Add(scaled, low))?;
        let (gain, damp_scale) = (self.constant(GAIN)?, self.constant(0.4)?);
        let x = self.add(Op::Mul(x, gain))?;
        let damp = self.add(Op::Mul(damping, damp_scale))?;
        let mut sum = self.add(Op::Comb(x, feedback, damp, COMBS[0]))?;
        for delay in &COMBS[1..] {
            let comb = self.add(Op::Comb(x, feedback, damp, *delay))?;
            sum = self.add(Op::Add(sum, comb))?;
        }
        for delay in ALLPASSES {
            sum = self.add(Op::Allpass(sum, delay))?;
        }
        Ok(sum)
    }
}
