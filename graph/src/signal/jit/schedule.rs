//! The monophonic schedule: which part of a function runs where, for one voice.
//!
//! What does not hang on the frame before can be computed for four frames at once; what does must go from frame to
//! frame. So a function falls into *stages*, each a loop over the span: even ones compute four frames at a time,
//! odd ones are scalar recursions with their state in registers. A recursion that feeds another shares its stage,
//! so that both are under way at once, unless heavy work lies between them.
//!
//! Splitting costs a pass over buffers for each stage. [`plan`] says so where that is more than it saves: then the
//! voice runs in one loop (`shape`).

use super::lower;
use crate::signal::layout::Layout;
use crate::signal::{Function, GRID, Op, Sig};

/// Where a value is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// Once a call.
    Once,
    /// It lies in memory, and is read wherever it is used.
    Memory,
    /// In this stage: even ones are wide, odd ones are recursions.
    Stage(usize),
}

impl Home {
    /// Where work for four frames at once can follow.
    fn wide(self) -> Home {
        match self {
            Home::Once | Home::Memory => Home::Stage(0),
            Home::Stage(n) => Home::Stage(n.next_multiple_of(2)),
        }
    }
    /// The stage behind it.
    fn after(self) -> Home {
        Home::Stage(self.stage() + 1)
    }
    fn stage(self) -> usize {
        match self {
            Home::Once | Home::Memory => 0,
            Home::Stage(n) => n,
        }
    }
    /// Where a recursion can follow.
    fn recursion(self) -> Home {
        match self {
            Home::Once | Home::Memory => Home::Stage(1),
            Home::Stage(n) => Home::Stage(n | 1),
        }
    }
}

/// Whether a stage computes four frames at once.
pub fn is_wide(stage: usize) -> bool {
    stage.is_multiple_of(2)
}

/// How an operation with state runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It has no state.
    Pure,
    /// Its registers grow by a stride: wide.
    Strided,
    /// Its stride stands still, and there is a function for its whole span ([`super::called`]): it lies in memory.
    Called,
    /// An envelope whose gate does not turn inside the span: wide.
    Settled,
    /// What goes in comes out once its line has gone round, and no span is as long: wide.
    Lined,
    /// The same, but between what comes out and what goes in, which are wide, there is a low pass: a recursion.
    Comb,
    /// From frame to frame.
    Recursion,
}

/// Which part of a function runs where.
pub struct Schedule {
    /// Where each operation's value is computed.
    pub values: Vec<Home>,
    /// Where its state goes on: with its value, but for combs.
    pub states: Vec<Home>,
    /// Where what it prepares is.
    pub prepared: Vec<Home>,
    /// Of combs: where what goes into their low passes is computed, and what goes back into their lines.
    pub combs: Vec<Option<[Home; 2]>>,
    /// How it runs.
    pub ways: Vec<Way>,
    /// How many stages there are; the last may be of either kind, and one in between may be empty.
    pub stages: usize,
    /// What goes from one stage to another.
    pub handed: Vec<Handed>,
    /// Controls whose rise and fall must not lie inside a span.
    pub gates: Vec<u16>,
    /// Operations whose line goes on behind its end where it would begin anew inside a span.
    pub lines: Vec<usize>,
}

/// Instructions of a recursion that are hidden behind its own latency: light work up to so many operations may
/// stay in its stage.
const SHADOW: usize = 24;
/// What a stage more must save, in operations a frame.
const STAGE_COST: usize = 10;
/// The most values that go from one stage to another: they lie on the stack, a grid step each.
const MAX_BUFFERS: usize = 64;
/// Values that an operation prepares, about.
const PREPARED_VALUES: usize = 3;

/// Plans a function in which controls stand still during a call, or may move. `None` where one loop is as good.
pub fn plan(function: &Function, layout: &Layout, moving: bool) -> Option<Schedule> {
    // Everything in a loop hangs on the frame before.
    if function.ops.iter().any(|op| matches!(op, Op::Last(_))) {
        return None;
    }
    let count = function.ops.len();
    let mut s = Schedule {
        values: Vec::with_capacity(count),
        states: Vec::with_capacity(count),
        prepared: Vec::with_capacity(count),
        combs: vec![None; count],
        ways: Vec::with_capacity(count),
        stages: 0,
        handed: Vec::new(),
        gates: Vec::new(),
        lines: Vec::new(),
    };
    let mut shadows = vec![0; count + 2];
    let mut wide_work = 0;
    for (k, op) in function.ops.iter().enumerate() {
        let home = |sig: &Sig| s.values[usize::from(sig.0)];
        let long = layout.lines[k].is_some_and(|line| line.length as usize >= GRID);
        let slow = lower::slow_operands(op);
        let prepared = match slow.iter().map(home).max() {
            None | Some(Home::Once) => Home::Once,
            Some(other) => other.wide(),
        };
        let mut latest = prepared;
        op.each_operand(|sig| latest = latest.max(home(&sig)));
        let (way, value) = match *op {
            Op::Const(_) => (Way::Pure, Home::Once),
            Op::Control(_) if !moving => (Way::Pure, Home::Once),
            Op::Control(_) | Op::Input(_) | Op::Time(_) => (Way::Pure, Home::Memory),
            _ if op.is_pure() => (
                Way::Pure,
                match latest {
                    Home::Once => Home::Once,
                    Home::Stage(n) if !is_wide(n) && lower::is_light(op) && shadows[n] < SHADOW => {
                        shadows[n] += 1;
                        latest
                    }
                    other => other.wide(),
                },
            ),
            Op::Sine(_) if prepared == Home::Once => (Way::Called, Home::Memory),
            _ if lower::is_strided(op) => (Way::Strided, latest.wide()),
            Op::Adsr { gate, .. } if prepared == Home::Once => {
                match function.ops[gate.0 as usize] {
                    Op::Control(c) => {
                        s.gates.push(c);
                        (Way::Settled, Home::Stage(0))
                    }
                    _ if home(&gate) == Home::Once => (Way::Settled, Home::Stage(0)),
                    _ => (Way::Recursion, latest.recursion()),
                }
            }
            Op::Allpass(..) if long => (Way::Lined, latest.wide()),
            Op::Comb(..) if long => (Way::Comb, Home::Stage(0)),
            _ => (Way::Recursion, latest.recursion()),
        };
        let state = match (way, op) {
            (Way::Comb, Op::Comb(x, feedback, damp, _)) => {
                let fresh = prepared.wide();
                let store = fresh.max(home(damp)).recursion();
                let back = store.after().max(home(x)).max(home(feedback)).wide();
                s.combs[k] = Some([fresh, back]);
                s.stages = s.stages.max(back.stage() + 1);
                store
            }
            (Way::Called, _) => Home::Once,
            _ => value,
        };
        if way == Way::Called {
            wide_work += 20;
        }
        if matches!(way, Way::Lined | Way::Comb) {
            s.lines.push(k);
        }
        if let Home::Stage(n) = state {
            s.stages = s.stages.max(n + 1);
        }
        if let Home::Stage(n) = prepared {
            wide_work += 20;
            s.stages = s.stages.max(n + 1);
        }
        if let Home::Stage(n) = value {
            s.stages = s.stages.max(n + 1);
            if is_wide(n) {
                wide_work += if lower::is_light(op) { 1 } else { 14 };
            }
        }
        s.values.push(value);
        s.states.push(state);
        s.prepared.push(prepared);
        s.ways.push(way);
    }
    s.hand_over(function);
    let computed = |sig: &Sig| {
        let k = usize::from(sig.0);
        matches!(s.values[k], Home::Stage(_)) || s.ways[k] == Way::Called
    };
    let combs = s.combs.iter().flatten().count();
    let handed = combs + s.handed.iter().filter(|h| h.value).count();
    let prepared = s.handed.iter().filter(|h| h.prepared).count();
    let worth = wide_work >= STAGE_COST * s.stages.saturating_sub(1).max(1);
    let fits = handed + PREPARED_VALUES * prepared <= MAX_BUFFERS;
    (worth && fits && function.outputs.iter().all(computed)).then_some(s)
}

/// What an operation leaves for another stage than its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// What it prepares.
    pub prepared: bool,
    /// Its value.
    pub value: bool,
}

impl Schedule {
    /// Finds out what goes from one stage to another.
    fn hand_over(&mut self, function: &Function) {
        let crosses = |from: Home, to: Home| matches!(from, Home::Stage(_)) && from != to;
        self.handed = vec![Handed::default(); function.ops.len()];
        for (k, op) in function.ops.iter().enumerate() {
            if let (Some([_, back]), Op::Comb(x, feedback, damp, _)) = (self.combs[k], op) {
                let uses = [(x, back), (feedback, back), (damp, self.states[k])];
                for (sig, at) in uses.into_iter().chain([(damp, self.prepared[k])]) {
                    let operand = usize::from(sig.0);
                    self.handed[operand].value |= crosses(self.values[operand], at);
                }
                continue;
            }
            self.handed[k].prepared = crosses(self.prepared[k], self.states[k]);
            let slow = lower::slow_operands(op);
            op.each_operand(|sig| {
                let operand = usize::from(sig.0);
                let from = self.values[operand];
                self.handed[operand].value |= crosses(from, self.states[k])
                    || slow.contains(&sig) && crosses(from, self.prepared[k]);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Builder, Control};

    fn control(b: &mut Builder, name: &str) -> Sig {
        b.control(Control::new(name, 0.0, 0.0, 1.0)).unwrap()
    }

    fn plan_still(f: Function) -> Option<Schedule> {
        plan(&f, &Layout::new(&f, 48_000), false)
    }

    #[test]
    fn coefficients_and_oscillators_are_wide_and_a_filter_is_a_recursion() {
        let mut b = Builder::new();
        let (freq, gate) = (control(&mut b, "freq"), control(&mut b, "gate"));
        let time = b.constant(0.1).unwrap();
        let env = b
            .add(Op::Adsr {
                attack: time,
                decay: time,
                sustain: time,
                release: time,
                gate,
            })
            .unwrap();
        let saw = b.add(Op::Saw(freq)).unwrap();
        let low = b.add(Op::Lowpass(saw, env, time)).unwrap();
        let out = b.add(Op::Mul(low, env)).unwrap();
        let f = b.finish(vec![out]);
        for moving in [false, true] {
            let s = plan(&f, &Layout::new(&f, 48_000), moving).unwrap();
            let at = |sig: Sig| (s.ways[sig.0 as usize], s.values[sig.0 as usize]);
            assert_eq!(at(env), (Way::Settled, Home::Stage(0)));
            assert_eq!(at(saw), (Way::Strided, Home::Stage(0)));
            assert_eq!(at(low), (Way::Recursion, Home::Stage(1)));
            assert_eq!(s.prepared[low.0 as usize], Home::Stage(0));
            assert_eq!(at(out), (Way::Pure, Home::Stage(1)));
            assert_eq!((s.stages, &s.gates[..]), (2, &[1][..]));
        }
    }

    #[test]
    fn heavy_work_between_two_recursions_parts_them_and_light_work_does_not() {
        let mut b = Builder::new();
        let (cutoff, damping) = (control(&mut b, "cutoff"), b.constant(1.0).unwrap());
        let noise = b.noise().unwrap();
        let first = b.add(Op::Lowpass(noise, cutoff, damping)).unwrap();
        let scaled = b.add(Op::Mul(first, cutoff)).unwrap();
        let same = b.add(Op::Lowpass(scaled, cutoff, damping)).unwrap();
        let later = b.add(Op::Lowpass(noise, same, damping)).unwrap();
        let s = plan_still(b.finish(vec![later])).unwrap();
        let at = |sig: Sig| s.values[sig.0 as usize];
        assert_eq!([at(first), at(scaled), at(same)], [Home::Stage(1); 3]);
        assert_eq!(s.prepared[later.0 as usize], Home::Stage(2));
        assert_eq!(at(later), Home::Stage(3));
    }

    #[test]
    fn what_has_nothing_to_gain_stays_in_one_loop() {
        let mut b = Builder::new();
        let x = b.input("x").unwrap();
        let cutoff = b.constant(1000.0).unwrap();
        let low = b.add(Op::Lowpass(x, cutoff, cutoff)).unwrap();
        let out = b.add(Op::Mul(low, x)).unwrap();
        assert!(plan_still(b.finish(vec![out])).is_none());
    }

    #[test]
    fn a_room_is_wide_but_for_what_goes_back_into_its_combs() {
        let mut b = Builder::new();
        let (x, half) = (b.input("x").unwrap(), b.constant(0.5).unwrap());
        let out = b.reverb(x, half, half).unwrap();
        let f = b.finish(vec![out]);
        let s = plan(&f, &Layout::new(&f, 48_000), false).unwrap();
        let at = |sig: usize| (s.ways[sig], s.values[sig], s.states[sig]);
        assert_eq!(
            at(usize::from(out.0)),
            (Way::Lined, Home::Stage(0), Home::Stage(0))
        );
        let comb = f.ops.iter().position(|op| matches!(op, Op::Comb(..)));
        let comb = comb.unwrap();
        assert_eq!(at(comb), (Way::Comb, Home::Stage(0), Home::Stage(1)));
        assert!(!s.handed[comb].value);
        // Lines shorter than a grid step go round in it.
        let short = plan(&f, &Layout::new(&f, 1000), false);
        assert!(short.is_none_or(|s| s.lines.is_empty()));
    }
}
