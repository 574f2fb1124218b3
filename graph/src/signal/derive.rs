//! Forward-mode derivatives: beside each signal of a function, how it changes with some of the others.

use super::terms::Built;
use super::{Binary, BuildError, Builder, Op, Sig, Unary};
use std::f32::consts::{LN_2, LN_10, TAU};

impl Builder {
    /// A signal of the same worth that no other operation hangs on yet and that is not folded away: a leaf to
    /// differentiate by. The number tells the leaves of one derivative apart.
    pub fn leaf(&mut self, x: Sig, number: usize) -> Built {
        let rate = self.rate()?;
        let nought = self.minus(rate, rate)?;
        let nought = self.times(nought, number as f32 + 1.0)?;
        self.plus(x, nought)
    }

    /// The derivatives of some outputs along a direction: how they change where each leaf changes by its tangent (a
    /// Jacobian times a vector). Loops, delays and filters are followed; steps of `floor` and comparisons count as flat.
    ///
    /// # Errors
    /// [`BuildError::NoDerivative`] where a leaf reaches what has none here: the pitch of a saw, a filter's cutoff, a
    /// delay's time, an envelope.
    pub fn jvp(&mut self, leaves: &[(Sig, Sig)], outputs: &[Sig]) -> Result<Vec<Sig>, BuildError> {
        let count = self.ops().len();
        let depends = self.depending(leaves, count);
        let mut tangents: Vec<Option<Sig>> = vec![None; count];
        for k in 0..count {
            let here = Sig(k as u16);
            tangents[k] = match leaves.iter().find(|leaf| leaf.0 == here) {
                Some(leaf) => Some(leaf.1),
                None if depends[k] => self.tangent(here, &tangents, &depends)?,
                None => None,
            };
        }
        let mut found = Vec::with_capacity(outputs.len());
        for output in outputs {
            found.push(match tangents[output.0 as usize] {
                Some(tangent) => tangent,
                None => self.constant(0.0)?,
            });
        }
        Ok(found)
    }

    /// Which operations hang on a leaf, around loops too.
    fn depending(&self, leaves: &[(Sig, Sig)], count: usize) -> Vec<bool> {
        let mut depends = vec![false; count];
        let mut before = usize::MAX;
        loop {
            for (k, op) in self.ops()[..count].iter().enumerate() {
                depends[k] |= leaves.iter().any(|leaf| leaf.0.0 as usize == k);
                op.each_operand(|s| depends[k] |= depends[s.0 as usize]);
                if let Op::Feed(last, next, _) = *op {
                    depends[last.0 as usize] |= depends[next.0 as usize];
                }
            }
            let now = depends.iter().filter(|d| **d).count();
            if now == before {
                return depends;
            }
            before = now;
        }
    }

    /// The tangent of an operation that hangs on a leaf.
    fn tangent(
        &mut self,
        here: Sig,
        tangents: &[Option<Sig>],
        depends: &[bool],
    ) -> Result<Option<Sig>, BuildError> {
        let op = self.ops()[here.0 as usize];
        let of = |s: Sig| tangents[s.0 as usize];
        Ok(match op {
            Op::Neg(x) => match of(x) {
                Some(dx) => Some(self.add(Op::Neg(dx))?),
                None => None,
            },
            Op::Add(x, y) => self.sum(of(x), of(y))?,
            Op::Sub(x, y) => {
                let dy = self.scaled(of(y), -1.0)?;
                self.sum(of(x), dy)?
            }
            Op::Mul(x, y) => {
                let (left, right) = (self.product(of(x), y)?, self.product(of(y), x)?);
                self.sum(left, right)?
            }
            Op::Div(x, y) => {
                // (x/y)' = (x' − (x/y)·y') / y
                let back = self.product(of(y), here)?;
                let back = self.scaled(back, -1.0)?;
                match self.sum(of(x), back)? {
                    Some(change) => Some(self.over(change, y)?),
                    None => None,
                }
            }
            Op::Unary(kind, x) => match of(x) {
                Some(dx) => self.unary_tangent(kind, x, here, dx)?,
                None => None,
            },
            Op::Binary(kind, x, y) => self.binary_tangent(kind, [x, y], here, [of(x), of(y)])?,
            Op::Select(which, zero, one) => match (of(zero), of(one)) {
                (None, None) => None,
                (zero, one) => {
                    let (zero, one) = (self.or_nought(zero)?, self.or_nought(one)?);
                    Some(self.select(which, zero, one)?)
                }
            },
            Op::Mem(x) => match of(x) {
                Some(dx) => Some(self.add(Op::Mem(dx))?),
                None => None,
            },
            Op::Last(_) => Some(self.open()?),
            Op::Feed(last, next, out) if depends[last.0 as usize] => {
                let (next, out) = (self.or_nought(of(next))?, self.or_nought(of(out))?);
                match of(last) {
                    Some(last) => Some(self.close(last, next, out)?),
                    None => None,
                }
            }
            Op::Feed(_, _, out) => of(out),
            Op::Recur(x, keep) => {
                // y' = x' + a·y'₋₁ + a'·y₋₁
                let before = self.add(Op::Mem(here))?;
                let more = self.product(of(keep), before)?;
                match self.sum(of(x), more)? {
                    Some(change) => Some(self.add(Op::Recur(change, keep))?),
                    None => None,
                }
            }
            // What is linear in its first operand, while the others stand still.
            Op::Delay(x, n) => {
                self.linear(of(x), &[of(n)], |dx| Op::Delay(dx, n), "a delay's time")?
            }
            Op::Lowpass(x, c, d) => {
                self.linear(of(x), &[of(c), of(d)], |dx| Op::Lowpass(dx, c, d), CUTOFF)?
            }
            Op::Highpass(x, c, d) => {
                self.linear(of(x), &[of(c), of(d)], |dx| Op::Highpass(dx, c, d), CUTOFF)?
            }
            Op::Bandpass(x, c, d) => {
                self.linear(of(x), &[of(c), of(d)], |dx| Op::Bandpass(dx, c, d), CUTOFF)?
            }
            Op::Comb(x, f, d, n) => self.linear(
                of(x),
                &[of(f), of(d)],
                |dx| Op::Comb(dx, f, d, n),
                "a room's size",
            )?,
            Op::Allpass(x, n) => self.linear(of(x), &[], |dx| Op::Allpass(dx, n), "this")?,
            Op::Phasor(freq) => match of(freq) {
                Some(change) => Some(self.turned(change)?),
                None => None,
            },
            Op::Sine(freq) => match of(freq) {
                Some(change) => {
                    let turned = self.turned(change)?;
                    let phase = self.add(Op::Phasor(freq))?;
                    let angle = self.times(phase, TAU)?;
                    let slope = self.unary(Unary::Cos, angle)?;
                    let slope = self.times(slope, TAU)?;
                    Some(self.times(slope, turned)?)
                }
                None => None,
            },
            // Numbers at whole places: flat between them.
            Op::Table(..) => None,
            Op::Saw(_) | Op::Square(..) | Op::Triangle(_) => {
                return Err(BuildError::NoDerivative("the pitch or width of this wave"));
            }
            Op::Adsr { .. } => return Err(BuildError::NoDerivative("an envelope")),
            Op::RwTable(..) => return Err(BuildError::NoDerivative("a table that is written")),
            Op::Const(_)
            | Op::Control(_)
            | Op::Input(_)
            | Op::Rate
            | Op::Time(_)
            | Op::Noise(_) => None,
        })
    }

    fn unary_tangent(
        &mut self,
        kind: Unary,
        x: Sig,
        y: Sig,
        dx: Sig,
    ) -> Result<Option<Sig>, BuildError> {
        let slope = match kind {
            Unary::Floor | Unary::Ceil | Unary::Round => return Ok(None),
            Unary::Abs => {
                let below = self.binary(Binary::Lt, x, 0.0)?;
                self.select(below, 1.0, -1.0)?
            }
            Unary::Sqrt => {
                let root = self.max(y, 1e-18)?;
                self.over(0.5, root)?
            }
            Unary::Sin => self.unary(Unary::Cos, x)?,
            Unary::Cos => {
                let sin = self.unary(Unary::Sin, x)?;
                self.add(Op::Neg(sin))?
            }
            Unary::Tan => {
                let square = self.times(y, y)?;
                self.plus(1.0, square)?
            }
            Unary::Asin | Unary::Acos => {
                let square = self.times(x, x)?;
                let rest = self.minus(1.0, square)?;
                let root = self.unary(Unary::Sqrt, rest)?;
                let root = self.max(root, 1e-18)?;
                self.over(if kind == Unary::Asin { 1.0 } else { -1.0 }, root)?
            }
            Unary::Atan => {
                let square = self.times(x, x)?;
                let more = self.plus(1.0, square)?;
                self.over(1.0, more)?
            }
            Unary::Sinh => self.unary(Unary::Cosh, x)?,
            Unary::Cosh => self.unary(Unary::Sinh, x)?,
            Unary::Tanh => {
                let square = self.times(y, y)?;
                self.minus(1.0, square)?
            }
            Unary::Exp => y,
            Unary::Exp2 => self.times(y, LN_2)?,
            Unary::Log => self.over(1.0, x)?,
            Unary::Log2 => self.over(1.0 / LN_2, x)?,
            Unary::Log10 => self.over(1.0 / LN_10, x)?,
        };
        Ok(Some(self.times(dx, slope)?))
    }

    fn binary_tangent(
        &mut self,
        kind: Binary,
        [x, y]: [Sig; 2],
        here: Sig,
        [dx, dy]: [Option<Sig>; 2],
    ) -> Result<Option<Sig>, BuildError> {
        if dx.is_none() && dy.is_none() {
            return Ok(None);
        }
        Ok(match kind {
            Binary::Min | Binary::Max => {
                let order = if kind == Binary::Min {
                    Binary::Lt
                } else {
                    Binary::Gt
                };
                let first = self.binary(order, x, y)?;
                let (dx, dy) = (self.or_nought(dx)?, self.or_nought(dy)?);
                Some(self.select(first, dy, dx)?)
            }
            Binary::Pow => {
                // y·x^(y−1)·x' + ln(x)·x^y·y'
                let mut base = None;
                if dx.is_some() {
                    let less = self.minus(y, 1.0)?;
                    let power = self.binary(Binary::Pow, x, less)?;
                    let slope = self.times(y, power)?;
                    base = self.product(dx, slope)?;
                }
                let mut exponent = None;
                if dy.is_some() {
                    let log = self.unary(Unary::Log, x)?;
                    let slope = self.times(log, here)?;
                    exponent = self.product(dy, slope)?;
                }
                self.sum(base, exponent)?
            }
            Binary::Mod | Binary::Fmod | Binary::Remainder => {
                // x − n·y, with a whole n that stands still.
                let whole = self.minus(here, x)?;
                let whole = self.over(whole, y)?;
                let back = self.product(dy, whole)?;
                self.sum(dx, back)?
            }
            Binary::Atan2 => {
                // Of (first, second): (x·y' − y·x') / (x² + y²).
                let (left, right) = (self.product(dx, y)?, self.product(dy, x)?);
                let right = self.scaled(right, -1.0)?;
                let change = self.sum(left, right)?;
                let (a, b) = (self.times(x, x)?, self.times(y, y)?);
                let size = self.plus(a, b)?;
                let size = self.max(size, 1e-30)?;
                match change {
                    Some(change) => Some(self.over(change, size)?),
                    None => None,
                }
            }
            Binary::FloorDiv
            | Binary::Lt
            | Binary::Le
            | Binary::Gt
            | Binary::Ge
            | Binary::Eq
            | Binary::Ne => None,
        })
    }

    /// Turns by which a phase is further where the frequency is so much higher.
    fn turned(&mut self, change: Sig) -> Built {
        let rate = self.rate()?;
        let (step, one) = (self.over(change, rate)?, self.constant(1.0)?);
        let sum = self.add(Op::Recur(step, one))?;
        self.add(Op::Mem(sum))
    }

    fn linear(
        &mut self,
        dx: Option<Sig>,
        others: &[Option<Sig>],
        make: impl Fn(Sig) -> Op,
        what: &'static str,
    ) -> Result<Option<Sig>, BuildError> {
        if others.iter().any(Option::is_some) {
            return Err(BuildError::NoDerivative(what));
        }
        dx.map(|dx| self.add(make(dx))).transpose()
    }

    fn sum(&mut self, x: Option<Sig>, y: Option<Sig>) -> Result<Option<Sig>, BuildError> {
        match (x, y) {
            (Some(x), Some(y)) => self.plus(x, y).map(Some),
            (x, y) => Ok(x.or(y)),
        }
    }

    fn product(&mut self, x: Option<Sig>, factor: Sig) -> Result<Option<Sig>, BuildError> {
        x.map(|x| self.times(x, factor)).transpose()
    }

    fn scaled(&mut self, x: Option<Sig>, factor: f32) -> Result<Option<Sig>, BuildError> {
        x.map(|x| self.times(x, factor)).transpose()
    }

    fn or_nought(&mut self, x: Option<Sig>) -> Built {
        match x {
            Some(x) => Ok(x),
            None => self.constant(0.0),
        }
    }
}

const CUTOFF: &str = "a filter's cutoff or damping";
