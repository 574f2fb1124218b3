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

/// The most seconds by which a step may be nudged, earlier or later.
pub const MAX_NUDGE: f64 = 0.2;

/// The most controls of one step that follow curves.
pub const MAX_CARRIED: usize = 4;

/// Numbers that an event carries beside its step: what curves said of its controls at its onset. The names are
/// those of [`super::Program::carries`], by index.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Carried {
    names: [u16; MAX_CARRIED],
    values: [f32; MAX_CARRIED],
    len: u8,
}

impl Carried {
    /// Name and value of each, in the order in which they were said.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f32)> {
        let (names, values) = (self.names, self.values);
        (0..usize::from(self.len)).map(move |i| (usize::from(names[i]), values[i]))
    }

    /// One more; of the same name the last one counts, or with `add` their sum. Patterns are bounded while they
    /// are built so that there is always room.
    pub(super) fn with(mut self, name: u16, value: f32, add: bool) -> Carried {
        let known = self.names[..usize::from(self.len)]
            .iter()
            .position(|n| *n == name);
        match known {
            Some(at) if add => self.values[at] += value,
            Some(at) => self.values[at] = value,
            None if usize::from(self.len) < MAX_CARRIED => {
                let at = usize::from(self.len);
                (self.names[at], self.values[at]) = (name, value);
                self.len += 1;
            }
            None => {}
        }
        self
    }

    /// Both; where both know a name, the other speaks last.
    pub(super) fn and(self, other: &Carried) -> Carried {
        if self.len == 0 {
            return *other;
        }
        other.iter().fold(self, |all, (name, value)| {
            all.with(name as u16, value, false)
        })
    }
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
    /// What curves say of its controls.
    pub carried: Carried,
}

impl Event {
    /// The onset, if it lies in the part: only then does the event begin here.
    pub fn onset(&self) -> Option<Ratio> {
        self.whole.filter(|w| w.0 == self.part.0).map(|w| w.0)
    }

    /// The same event in another time. It was asked for `inner`, which is `outer` there: where its part ends with the
    /// question, it does so there too, and nothing needs to be worked out.
    pub(super) fn moved(self, inner: Span, outer: Span, f: impl Fn(Ratio) -> Ratio) -> Event {
        let end = |t: Ratio, inner: Ratio, outer: Ratio| if t == inner { outer } else { f(t) };
        Event {
            whole: self.whole.map(|(b, e)| (f(b), f(e))),
            part: (
                end(self.part.0, inner.0, outer.0),
                end(self.part.1, inner.1, outer.1),
            ),
            ..self
        }
    }

    /// The same in a time that runs backwards.
    pub(super) fn mirrored(self, inner: Span, outer: Span, f: impl Fn(Ratio) -> Ratio) -> Event {
        let back = Event {
            whole: self.whole.map(|(b, e)| (e, b)),
            part: (self.part.1, self.part.0),
            ..self
        };
        back.moved((inner.1, inner.0), outer, f)
    }
}

/// A stretch of time, from its beginning to its end.
pub(super) type Span = (Ratio, Ratio);

/// What two stretches of time share. Stretches that only touch share nothing; one of no length lies in another
/// unless it is at its end.
pub(super) fn shared(a: (Ratio, Ratio), b: (Ratio, Ratio)) -> Option<(Ratio, Ratio)> {
    let (begin, end) = (a.0.max(b.0), a.1.min(b.1));
    let touches = |s: (Ratio, Ratio)| begin == s.1 && s.0 < s.1;
    (begin < end || (begin == end && !touches(a) && !touches(b))).then_some((begin, end))
}
