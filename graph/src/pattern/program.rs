//! A pattern laid out flat, to be asked on the audio thread.

use super::build::{self, Op};
use super::event::{Carried, Event, Value, shared};
use super::{Atom, Pattern, Pitch, random};
use crate::time::Ratio;

/// A pattern laid out flat: operations by index, children before parents.
///
/// [`Program::query`] neither allocates nor recurses deeper than [`super::MAX_DEPTH`].
#[derive(Clone, Debug)]
pub struct Program {
    ops: Box<[Op]>,
    atoms: Box<[Atom]>,
    carries: Box<[String]>,
    curves: Box<[bool]>,
    /// The name that stands for what is added to pitch and number.
    added: Option<usize>,
    continuous: bool,
}

impl Program {
    /// Lays a pattern out, its chance with the seed 0. Allocates; for the control side.
    pub fn new(pattern: &Pattern) -> Program {
        Program::seeded(pattern, 0)
    }

    /// Lays a pattern out. The seed is that of its random operations, see [`super::seed_of`]. Allocates; for the
    /// control side.
    pub fn seeded(pattern: &Pattern, seed: u64) -> Program {
        let build::LaidOut {
            ops,
            atoms,
            carries,
            curves,
        } = build::lay_out(pattern, seed);
        Program {
            ops,
            atoms,
            added: carries.iter().position(String::is_empty),
            carries,
            curves,
            continuous: pattern.is_continuous(),
        }
    }

    /// The contents of its steps; events refer to them by index.
    pub fn atoms(&self) -> &[Atom] {
        &self.atoms
    }
    /// The controls that curves speak of; what an event carries refers to them by index. The empty name is the
    /// pitch: semitones that are added to the step's own.
    pub fn carries(&self) -> &[String] {
        &self.carries
    }
    /// Whether any part of it is a curve.
    pub fn is_continuous(&self) -> bool {
        self.continuous
    }

    /// Gives every event whose part lies in `begin..end`, or that sounds at `begin` if the two are equal.
    /// Real-time safe. The order within the span is that of the pattern, not of time.
    pub fn query(&self, begin: Ratio, end: Ratio, sink: &mut dyn FnMut(Event)) {
        if begin <= end {
            self.visit(self.ops.len() - 1, (begin, end), sink);
        }
    }

    /// The value of a curve, or of the number that sounds, at a time. Real-time safe.
    pub fn sample(&self, time: Ratio) -> Option<f64> {
        let mut found = None;
        self.query(time, time, &mut |event| {
            let pitch = || match event.value {
                Value::Atom(a) => self.atoms[a as usize].pitch.map(Pitch::hertz),
                Value::Number(_) => None,
            };
            found = self.number(&event).or_else(pitch).or(found);
        });
        found
    }

    /// The number of an event, with what curves add to it. Real-time safe.
    pub fn number(&self, event: &Event) -> Option<f64> {
        let number = match event.value {
            Value::Number(x) => x,
            Value::Atom(a) => self.atoms[a as usize].number?,
        };
        Some(number + self.added(event))
    }

    /// What curves add to the pitch and number of an event.
    pub fn added(&self, event: &Event) -> f64 {
        let of = |name| event.carried.iter().find(|c| c.0 == name);
        self.added.and_then(of).map_or(0.0, |c| f64::from(c.1))
    }

    pub(super) fn is_curve(&self, op: u32) -> bool {
        self.curves[op as usize]
    }

    /// The index that a selector's event carries.
    pub(super) fn index(&self, event: &Event) -> usize {
        match event.value {
            Value::Atom(a) => self.atoms[a as usize].number.unwrap_or(0.0) as usize,
            Value::Number(x) => x as usize,
        }
    }

    pub(super) fn visit(&self, op: usize, span: (Ratio, Ratio), sink: &mut dyn FnMut(Event)) {
        let (begin, end) = span;
        match &self.ops[op] {
            Op::Silence => {}
            Op::Atom(atom) => each_cycle(begin, end, |cycle, b, e| {
                let whole = (Ratio::whole(cycle), Ratio::whole(cycle + 1));
                sink(step_event(*atom, whole, (b, e)));
            }),
            Op::Wave { shape, lo, hi } => {
                let value = Value::Number(lo + (hi - lo) * shape.at(begin));
                sink(curve(span, value));
            }
            Op::Noise {
                seed,
                smooth,
                lo,
                hi,
            } => {
                let draw = if *smooth { random::smooth } else { random::at };
                let value = Value::Number(lo + (hi - lo) * draw(*seed, begin));
                sink(curve(span, value));
            }
            Op::Pick(seed, steps) => {
                let chance = random::at(*seed, begin);
                let last = steps.len() - 1;
                let at = steps.partition_point(|step| step.0 <= chance).min(last);
                sink(curve(span, Value::Atom(steps[at].1)));
            }
            Op::Shuffle { seed, count, again } => each_cycle(begin, end, |cycle, b, e| {
                let (from, n) = (Ratio::whole(cycle), Ratio::whole(i64::from(*count)));
                let first = ((b - from) * n).floor() as u32;
                for slot in first..*count {
                    let at = from + Ratio::whole(i64::from(slot)) / n;
                    if at >= e && slot > first {
                        return;
                    }
                    let to = at + Ratio::ONE / n;
                    let number = if *again {
                        (random::at(*seed, at) * f64::from(*count)) as u32
                    } else {
                        random::shuffled(*seed, cycle, slot, *count)
                    };
                    sink(Event {
                        whole: Some((at, to)),
                        part: (b.max(at), e.min(to)),
                        value: Value::Number(f64::from(number)),
                        carried: Carried::default(),
                    });
                }
            }),
            Op::Seq(slots) => each_cycle(begin, end, |cycle, b, e| {
                let cycle = Ratio::whole(cycle);
                for &(at, len, step) in slots {
                    let (from, to) = (cycle + at, cycle + at + len);
                    let part = (b.max(from), e.min(to));
                    // A question of no length asks the one slot that sounds then.
                    if part.0 >= part.1 && !(b == e && from <= b && b < to) {
                        continue;
                    }
                    if let Op::Atom(atom) = self.ops[step as usize] {
                        // A cycle of it is the slot.
                        sink(step_event(atom, (from, to), part));
                        continue;
                    }
                    let inward = |t: Ratio| cycle + (t - from) / len;
                    let inner = (inward(part.0), inward(part.1));
                    self.visit(step as usize, inner, &mut |event| {
                        sink(event.moved(inner, part, |t| from + (t - cycle) * len));
                    });
                }
            }),
            Op::Stack(layers) => {
                for &layer in layers {
                    self.visit(layer as usize, span, sink);
                }
            }
            Op::Fast(factor, child) => {
                let inner = (begin * *factor, end * *factor);
                self.visit(*child as usize, inner, &mut |event| {
                    sink(event.moved(inner, span, |t| t / *factor));
                });
            }
            Op::Late(by, child) => {
                let inner = (begin - *by, end - *by);
                self.visit(*child as usize, inner, &mut |event| {
                    sink(event.moved(inner, span, |t| t + *by));
                });
            }
            Op::Repeat(times, child) => each_cycle(begin, end, |cycle, b, e| {
                let by = Ratio::whole(cycle - cycle.div_euclid(i64::from(*times)));
                let inner = (b - by, e - by);
                self.visit(*child as usize, inner, &mut |event| {
                    sink(event.moved(inner, (b, e), |t| t + by));
                });
            }),
            Op::Rev(child) => each_cycle(begin, end, |cycle, b, e| {
                let sum = Ratio::whole(cycle) + Ratio::whole(cycle + 1);
                let inner = (sum - e, sum - b);
                self.visit(*child as usize, inner, &mut |event| {
                    sink(event.mirrored(inner, (b, e), |t| sum - t));
                });
            }),
            Op::Zoom(from, len, child) => each_cycle(begin, end, |cycle, b, e| {
                let cycle = Ratio::whole(cycle);
                let inward = |t: Ratio| cycle + (t - cycle) * *len + *from;
                let inner = (inward(b), inward(e));
                self.visit(*child as usize, inner, &mut |event| {
                    sink(event.moved(inner, (b, e), |t| cycle + (t - cycle - *from) / *len));
                });
            }),
            Op::Switch(choices) => each_cycle(begin, end, |cycle, b, e| {
                let choice = choices[cycle.rem_euclid(choices.len() as i64) as usize];
                self.visit(choice as usize, (b, e), sink);
            }),
            Op::Choose(seed, choices) => each_cycle(begin, end, |cycle, b, e| {
                let at = random::at(*seed, Ratio::whole(cycle)) * choices.len() as f64;
                self.visit(choices[at as usize] as usize, (b, e), sink);
            }),
            Op::Degrade {
                seed,
                amount,
                inverted,
                cycles,
                of,
            } => self.visit(*of as usize, span, &mut |event| {
                // Chance hangs on where the event begins, so all its fragments fall alike.
                let mut begin = event.whole.map_or(event.part.0, |w| w.0);
                if *cycles {
                    begin = Ratio::whole(begin.floor());
                }
                if (random::at(*seed, begin) >= *amount) != *inverted {
                    sink(event);
                }
            }),
            Op::Within {
                begin: from,
                end: to,
                inverted,
                of,
            } => self.visit(*of as usize, span, &mut |event| {
                let place = event.whole.map_or(event.part.0, |w| w.0).fract();
                if (*from..=*to).contains(&place) != *inverted {
                    sink(event);
                }
            }),
            Op::Loop(from, cycles, child) => {
                // One round after the other, what reaches beyond it cut off.
                let mut round = (begin / *cycles).floor();
                let mut b = begin;
                loop {
                    let first = Ratio::whole(round) * *cycles;
                    let next = first + *cycles;
                    let by = first - *from;
                    let e = end.min(next);
                    let inner = (b - by, e - by);
                    self.visit(*child as usize, inner, &mut |event| {
                        let event = event.moved(inner, (b, e), |t| t + by);
                        let whole = match event.whole {
                            Some(whole) => match shared(whole, (first, next)) {
                                Some(whole) => Some(whole),
                                None => return,
                            },
                            None => None,
                        };
                        sink(Event { whole, ..event });
                    });
                    if end <= next || next <= b {
                        return;
                    }
                    (round, b) = (round + 1, next);
                }
            }
            Op::Arp(order, of) => self.arp(*order, *of as usize, span, sink),
            Op::ArpBy(of, by) => self.arp_by(*of as usize, *by as usize, span, sink),
            Op::Lookup { first, steps, of } => self.visit(*of as usize, span, &mut |event| {
                if let Some(x) = self.number(&event) {
                    let last = steps.len() as i64 - 1;
                    let at = (x.ceil() as i64).saturating_sub(*first).clamp(0, last);
                    sink(Event {
                        value: Value::Atom(steps[at as usize]),
                        ..event
                    });
                }
            }),
            Op::Carry { name, step, of } => self.visit(*of as usize, span, &mut |event| {
                if let Some(x) = self.number(&event) {
                    sink(Event {
                        value: Value::Atom(*step),
                        carried: event.carried.with(*name, x as f32, false),
                        ..event
                    });
                }
            }),
            Op::With {
                name,
                add,
                of,
                value,
            } => self.visit(*of as usize, span, &mut |event| {
                // A curve speaks where the event begins, also to a question about its middle.
                let whole = event.whole.unwrap_or(event.part);
                let asked = if self.is_curve(*value) {
                    whole
                } else {
                    event.part
                };
                self.visit(*value as usize, asked, &mut |said| {
                    if let (Some(part), Some(x)) =
                        (shared(event.part, said.part), self.number(&said))
                    {
                        sink(Event {
                            part,
                            carried: event.carried.with(*name, x as f32, *add),
                            ..event
                        });
                    }
                });
            }),
            Op::Compute {
                structure,
                op,
                left,
                right,
            } => self.meet(*structure, (*left, *right), span, &mut |met, l, r| {
                if let (Some(l), Some(r)) = (self.number(l), self.number(r)) {
                    sink(Event {
                        value: Value::Number(op.of(l, r)),
                        ..met
                    });
                }
            }),
            Op::Bind {
                join,
                selector,
                choices,
            } => self.visit(*selector as usize, span, &mut |outer| {
                if let Some(choice) = choices.get(self.index(&outer)) {
                    self.bound(*join, &outer, *choice as usize, sink);
                }
            }),
            Op::Apply {
                structure,
                left,
                right,
                columns,
                table,
            } => self.meet(*structure, (*left, *right), span, &mut |met, l, r| {
                let value = if *columns == 0 {
                    Some(l.value)
                } else {
                    let at = self.index(l) * *columns as usize + self.index(r);
                    table.get(at).map(|atom| Value::Atom(*atom))
                };
                if let Some(value) = value {
                    sink(Event { value, ..met });
                }
            }),
        }
    }
}

/// What a step says, over the part of it that is asked for.
fn step_event(atom: u32, whole: (Ratio, Ratio), part: (Ratio, Ratio)) -> Event {
    Event {
        whole: Some(whole),
        part,
        value: Value::Atom(atom),
        carried: Carried::default(),
    }
}

/// What a curve says over a span.
fn curve(span: (Ratio, Ratio), value: Value) -> Event {
    Event {
        whole: None,
        part: span,
        value,
        carried: Carried::default(),
    }
}

/// Cuts a span at whole cycles; a span of no length lies in one.
fn each_cycle(begin: Ratio, end: Ratio, mut each: impl FnMut(i64, Ratio, Ratio)) {
    let mut cycle = begin.floor();
    let mut b = begin;
    loop {
        let next = Ratio::whole(cycle + 1);
        let e = end.min(next);
        each(cycle, b, e);
        if end <= next {
            return;
        }
        (cycle, b) = (cycle + 1, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Wave;
    use proptest::prelude::*;

    fn step(n: f64) -> Pattern {
        Pattern::atom(Atom {
            number: Some(n),
            ..Atom::default()
        })
    }

    fn r(n: i64, d: i64) -> Ratio {
        Ratio::new(n, d)
    }

    /// (whole, number) of the events that begin in a span, by time.
    fn onsets(p: &Pattern, begin: Ratio, end: Ratio) -> Vec<(Ratio, Ratio, f64)> {
        let program = Program::new(p);
        let mut found = Vec::new();
        program.query(begin, end, &mut |e| {
            if let (Some(_), Some(w), Value::Atom(a)) = (e.onset(), e.whole, e.value) {
                found.push((w.0, w.1, program.atoms()[a as usize].number.unwrap()));
            }
        });
        found.sort_by(|a, b| a.0.cmp(&b.0).then(a.2.total_cmp(&b.2)));
        found
    }

    #[test]
    fn a_sequence_over_two_cycles_has_half_of_its_steps_in_each() {
        let p = Pattern::seq(vec![step(1.0), step(2.0), Pattern::silence(), step(3.0)])
            .unwrap()
            .over(r(2, 1))
            .unwrap();
        assert_eq!(
            onsets(&p, r(0, 1), r(1, 1)),
            [(r(0, 1), r(1, 2), 1.0), (r(1, 2), r(1, 1), 2.0)]
        );
        assert_eq!(onsets(&p, r(1, 1), r(2, 1)), [(r(3, 2), r(2, 1), 3.0)]);
        assert_eq!(
            onsets(&p, r(-2, 1), r(0, 1)),
            [
                (r(-2, 1), r(-3, 2), 1.0),
                (r(-3, 2), r(-1, 1), 2.0),
                (r(-1, 2), r(0, 1), 3.0)
            ]
        );
    }

    #[test]
    fn nesting_is_kept_a_doubled_step_takes_one_half() {
        let p = Pattern::seq(vec![step(1.0).fast(r(2, 1)).unwrap(), step(2.0)]).unwrap();
        assert_eq!(
            onsets(&p, r(0, 1), r(1, 1)),
            [
                (r(0, 1), r(1, 4), 1.0),
                (r(1, 4), r(1, 2), 1.0),
                (r(1, 2), r(1, 1), 2.0)
            ]
        );
    }

    #[test]
    fn a_question_of_no_length_finds_what_sounds() {
        let p = Pattern::seq(vec![step(1.0), step(2.0)]).unwrap();
        let program = Program::new(&p);
        assert_eq!(program.sample(r(1, 4)), Some(1.0));
        assert_eq!(program.sample(r(1, 2)), Some(2.0));
        assert_eq!(program.sample(r(-1, 100)), Some(2.0));
        let sine = Program::new(
            &Pattern::wave(Wave::Sine, 200.0, 2000.0)
                .over(r(4, 1))
                .unwrap(),
        );
        assert!((sine.sample(r(1, 1)).unwrap() - 2000.0).abs() < 1e-9);
        assert!((sine.sample(r(3, 1)).unwrap() - 200.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_too_dense_or_too_deep_is_refused() {
        let mut p = step(1.0);
        for _ in 0..12 {
            p = Pattern::seq(vec![p.clone(), p]).unwrap();
        }
        assert_eq!(
            Pattern::seq(vec![p.clone(), p.clone()]),
            Err(super::super::PatternError::TooDense)
        );
        let mut p = Ok(Pattern::silence());
        for _ in 0..200 {
            p = p.and_then(|p| Pattern::stack(vec![p]));
        }
        assert_eq!(p, Err(super::super::PatternError::TooDeep));
        assert_eq!(
            step(1.0).fast(Ratio::ZERO),
            Err(super::super::PatternError::BadFactor)
        );
    }

    fn any_pattern() -> impl Strategy<Value = Pattern> {
        let leaf = prop_oneof![
            Just(Pattern::silence()),
            (0..9).prop_map(|n| step(f64::from(n)))
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|v| Pattern::seq(v).unwrap()),
                prop::collection::vec(inner.clone(), 1..3).prop_map(|v| Pattern::stack(v).unwrap()),
                (inner.clone(), 1i64..5, 1i64..4).prop_map(|(p, n, d)| p.fast(r(n, d)).unwrap()),
                (inner, -3i64..4, 1i64..5).prop_map(|(p, n, d)| p.late(r(n, d)).unwrap()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_span_asked_in_two_pieces_has_the_same_onsets(p in any_pattern(), at in -8i64..8, cut in 1i64..16) {
            let (a, b) = (r(at, 1), r(at + 2, 1));
            let middle = a + r(cut, 8);
            let mut pieces = onsets(&p, a, middle);
            pieces.extend(onsets(&p, middle, b));
            prop_assert_eq!(pieces, onsets(&p, a, b));
        }

        #[test]
        fn a_pattern_survives_being_written_and_read(p in any_pattern()) {
            let json = serde_json::to_string(&p).unwrap();
            prop_assert_eq!(serde_json::from_str::<Pattern>(&json).unwrap(), p);
        }
    }
}
