//! Short words for building functions in Rust: operands are signals or numbers.

use super::{Binary, BuildError, Builder, Op, Sig, Unary};

/// An operand: a signal, or a number that becomes a constant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Term {
    /// A signal.
    Sig(Sig),
    /// A number.
    Number(f32),
}

impl From<Sig> for Term {
    fn from(sig: Sig) -> Term {
        Term::Sig(sig)
    }
}

impl From<f32> for Term {
    fn from(number: f32) -> Term {
        Term::Number(number)
    }
}

/// A signal, or why it could not be added.
pub type Built = Result<Sig, BuildError>;

impl Builder {
    /// The signal of an operand.
    pub fn term(&mut self, term: impl Into<Term>) -> Built {
        match term.into() {
            Term::Sig(sig) => Ok(sig),
            Term::Number(number) => self.constant(number),
        }
    }
    fn pair(
        &mut self,
        x: impl Into<Term>,
        y: impl Into<Term>,
        make: impl Fn(Sig, Sig) -> Op,
    ) -> Built {
        let (x, y) = (self.term(x)?, self.term(y)?);
        self.add(make(x, y))
    }
    /// x + y
    pub fn plus(&mut self, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.pair(x, y, Op::Add)
    }
    /// x − y
    pub fn minus(&mut self, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.pair(x, y, Op::Sub)
    }
    /// x · y
    pub fn times(&mut self, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.pair(x, y, Op::Mul)
    }
    /// x / y
    pub fn over(&mut self, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.pair(x, y, Op::Div)
    }
    /// A function of one number.
    pub fn unary(&mut self, kind: Unary, x: impl Into<Term>) -> Built {
        let x = self.term(x)?;
        self.add(Op::Unary(kind, x))
    }
    /// A function of two numbers.
    pub fn binary(&mut self, kind: Binary, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.pair(x, y, |x, y| Op::Binary(kind, x, y))
    }
    /// `one` where `which` is not 0, else `zero`.
    pub fn select(&mut self, which: Sig, zero: impl Into<Term>, one: impl Into<Term>) -> Built {
        let (zero, one) = (self.term(zero)?, self.term(one)?);
        self.add(Op::Select(which, zero, one))
    }
    /// The larger.
    pub fn max(&mut self, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.binary(Binary::Max, x, y)
    }
    /// The smaller.
    pub fn min(&mut self, x: impl Into<Term>, y: impl Into<Term>) -> Built {
        self.binary(Binary::Min, x, y)
    }
    /// Held between two bounds.
    pub fn clip(&mut self, x: impl Into<Term>, lo: impl Into<Term>, hi: impl Into<Term>) -> Built {
        let x = self.max(x, lo)?;
        self.min(x, hi)
    }
    /// The sample rate in Hz.
    pub fn rate(&mut self) -> Built {
        self.add(Op::Rate)
    }
    /// A time in seconds as frames.
    pub fn frames(&mut self, seconds: impl Into<Term>) -> Built {
        let rate = self.rate()?;
        self.times(seconds, rate)
    }
}
