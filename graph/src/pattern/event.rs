//! What a question to a pattern gives.

use crate::time::Ratio;

/// What an event carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// The index of an atom in [`super::Program::atoms`].
    Atom(u32),
    /// The value of a curve.
    Number(f64),
}

/// An event: its whole extent (`None` for curves), the part of it that was asked for, and its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Its own extent in cycles.
    pub whole: Option<(Ratio, Ratio)>,
    /// What of it lies in the question.
    pub part: (Ratio, Ratio),
    /// What it says.
    pub value: Value,
}

impl Event {
    /// The onset, if it lies in the part: only then does the event begin here.
    pub fn onset(&self) -> Option<Ratio> {
        self.whole.filter(|w| w.0 == self.part.0).map(|w| w.0)
    }

    /// The same event elsewhere in time, forwards.
    pub(super) fn map(self, f: impl Fn(Ratio) -> Ratio) -> Event {
        Event {
            whole: self.whole.map(|(b, e)| (f(b), f(e))),
            part: (f(self.part.0), f(self.part.1)),
            value: self.value,
        }
    }

    /// The same event elsewhere in time, backwards.
    pub(super) fn mirror(self, f: impl Fn(Ratio) -> Ratio) -> Event {
        Event {
            whole: self.whole.map(|(b, e)| (f(e), f(b))),
            part: (f(self.part.1), f(self.part.0)),
            value: self.value,
        }
    }
}

/// What two stretches of time share. Stretches that only touch share nothing; one of no length lies in another
/// unless it is at its end.
pub(super) fn shared(a: (Ratio, Ratio), b: (Ratio, Ratio)) -> Option<(Ratio, Ratio)> {
    let (begin, end) = (a.0.max(b.0), a.1.min(b.1));
    let touches = |s: (Ratio, Ratio)| begin == s.1 && s.0 < s.1;
    (begin < end || (begin == end && !touches(a) && !touches(b))).then_some((begin, end))
}
