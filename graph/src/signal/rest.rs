//! When a voice rests: its output is nought and stays so until a gate turns, so it is not run.
//!
//! The state alone says so. An envelope whose gate is low and whose level is nought gives nought until the gate rises;
//! so does one that sustains at nought and has decayed, until the gate falls and rises; so does a stroke that is over
//! ([`strikes`]). Nought times anything is nought; a filter behind it gives nought when it has rung out, and a delay when
//! its whole line has. [`Rest::of`] finds out once which envelopes and memories a function is silent by; [`Rest::holds`]
//! looks at their words.
//!
//! What rest means is part of what a function means, whatever runs it. It begins where a step of the grid ends and the
//! words are nought; what has rung out to below −300 dB counts, in lines to below −200 dB. While a voice rests,
//! oscillators and noise run on: at a steady frequency they are to the bit where they would be (one that a control says
//! counts as what it is when the voice wakes, [`super::Kernel::wake`]); all else, filters before the envelope among it,
//! waits as it is. So a function with memory whose waiting would be heard never rests: delays and combs before the
//! envelope, tables that are written, and loops that are no filters, unless what wakes the voice begins them anew.

mod strikes;

use super::arith::Plain;
use super::layout::{ALLPASS_WORDS, COMB_WORDS, DELAY_WORDS, Layout};
use super::{Binary, Function, GRID, Lane, MAX_OPS, Op, Sig, Unary, maths, waves};
use std::collections::BTreeSet;
use strikes::{Count, Strike, Strikes};

/// What is below has rung out: −300 dB.
const RUNG_OUT: f32 = 1e-15;
/// What is below in a line that is read again and again has rung out: −200 dB.
const LINE_RUNG_OUT: f32 = 1e-10;
/// The most words of all lines that are looked through.
const MOST_WORDS: u32 = 1 << 16;
/// Frames from one look through the lines to the next, so that it costs next to nothing.
const LOOK: i64 = 1024;

/// What must hold for a voice to rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    envelopes: Box<[Envelope]>,
    strikes: Box<[Strike]>,
    counts: Box<[Count]>,
    /// The words that must have rung out.
    memories: Box<[u32]>,
    /// The first words of the lines that must have, and how many.
    lines: Box<[(u32, u32)]>,
}

/// An envelope that must be at nought, and stay there until its gate turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Envelope {
    /// The control that is its gate.
    gate: u16,
    /// Its first word: frames since the gate turned, where it turned, level, gate.
    place: u32,
    /// It sustains at nought.
    fades: bool,
}

impl Envelope {
    fn is_open(self, state: &[u32]) -> bool {
        state[self.place as usize + 3] != 0
    }
    fn rests(self, state: &[u32]) -> bool {
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
    edge: f32,
    above: bool,
    high: bool,
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

/// Why a value is nought.
#[derive(Clone, Default)]
struct Cause {
    envelopes: BTreeSet<Envelope>,
    strikes: BTreeSet<Strike>,
    counts: BTreeSet<Count>,
    memories: BTreeSet<u32>,
    lines: BTreeSet<(u32, u32)>,
}

impl Cause {
    fn size(&self) -> usize {
        self.envelopes.len() + self.strikes.len() + self.counts.len() + self.memories.len()
    }
    fn and(mut self, other: Cause) -> Cause {
        self.envelopes.extend(other.envelopes);
        self.strikes.extend(other.strikes);
        self.counts.extend(other.counts);
        self.memories.extend(other.memories);
        self.lines.extend(other.lines);
        self
    }
    /// Of two that are enough by themselves: the one that says more of lines, which must all have rung out, then the
    /// one that asks for less.
    fn or(self, other: Cause) -> Cause {
        let rank = |c: &Cause| (std::cmp::Reverse(c.lines.len()), c.size());
        if rank(&other) < rank(&self) {
            other
        } else {
            self
        }
    }
    fn remembering(mut self, words: impl IntoIterator<Item = u32>) -> Cause {
        self.memories.extend(words);
        self
    }
    fn in_lines(mut self, lines: impl IntoIterator<Item = (u32, u32)>) -> Cause {
        self.lines.extend(lines);
        self
    }
}

impl Rest {
    /// Finds out what must hold in a layout of a verified function for a rate in Hz; `None` if nothing that is known of
    /// it makes it silent, or its memory must not wait. Control side only.
    pub(super) fn of(function: &Function, layout: &Layout, rate: u32) -> Option<Rest> {
        let written = |op: &Op| matches!(op, Op::RwTable(..));
        let loops = loops(function);
        let strikes = Strikes::of(function, layout, &loops, rate);
        let gated = function.ops.iter().any(|op| matches!(op, Op::Adsr { .. }));
        if !(gated || strikes.any()) || function.ops.iter().any(written) {
            return None;
        }
        // Loops that hold nought as long as nought goes in: all of them, until it turns out otherwise.
        let mut quiet: BTreeSet<Sig> = loops.iter().map(|l| l.0).collect();
        let causes = loop {
            let causes = causes(function, layout, rate, &quiet, &strikes);
            let loud = |l: &&(Sig, Sig)| quiet.contains(&l.0) && causes[at(l.1)].is_none();
            let loud: Vec<Sig> = loops.iter().filter(loud).map(|l| l.0).collect();
            if loud.is_empty() {
                break causes;
            }
            loud.iter().for_each(|last| {
                quiet.remove(last);
            });
        };
        let outputs = function.outputs.iter();
        let all = outputs.map(|s| causes[at(*s)].clone());
        let mut all = all.reduce(|a, b| Some(a?.and(b?)))??;
        let rings = |all: &Cause, last: Sig| all.memories.contains(&layout.places[at(last)]);
        for _ in &loops {
            // What comes out of a loop is nought by what goes in.
            for (last, next) in &loops {
                if rings(&all, *last)
                    && let Some(cause) = causes[at(*next)].clone()
                {
                    all = all.and(cause);
                }
            }
        }
        let filters = filters(function, &loops, rate, &strikes);
        for ((last, next), is_filter) in loops.iter().zip(filters) {
            let counted = all
                .counts
                .iter()
                .any(|c| c.place == layout.places[at(*last)]);
            if rings(&all, *last) || is_filter || counted {
                continue;
            }
            // One that is begun anew may wait, if what begins it wakes the voice.
            all.strikes.insert(strikes.begins(function, *last, *next)?);
        }
        let lines = function.ops.iter().enumerate();
        let mut lines = lines.filter_map(|(k, op)| line(op, k, layout));
        if !lines.all(|line| all.lines.contains(&line)) {
            return None;
        }
        // What is always nought has no gate to wait for.
        let gated = !all.envelopes.is_empty() || !all.strikes.is_empty();
        let words: u32 = all.lines.iter().map(|line| line.1).sum();
        (gated && words <= MOST_WORDS).then(|| Rest {
            envelopes: all.envelopes.into_iter().collect(),
            strikes: all.strikes.into_iter().collect(),
            counts: all.counts.into_iter().collect(),
            memories: all.memories.into_iter().collect(),
            lines: all.lines.into_iter().collect(),
        })
    }

    /// Whether it is time to look where a step of the grid ends, of so many times [`GRID`] frames, before a frame: where
    /// there are lines to look through not each time. Real-time safe.
    pub fn is_due(&self, frame: i64, factor: u32) -> bool {
        let before = frame - i64::from(factor) * GRID as i64;
        self.lines.is_empty() || frame.div_euclid(LOOK) != before.div_euclid(LOOK)
    }

    /// Whether a voice with this state is silent until one of its gates turns. Real-time safe.
    pub fn holds(&self, state: &[u32]) -> bool {
        // NaN has not rung out.
        let rung_out = |word: &u32| f32::from_bits(state[*word as usize]).abs() < RUNG_OUT;
        self.envelopes.iter().all(|e| e.rests(state))
            && self.counts.iter().all(|c| c.is_over(state))
            && self.memories.iter().all(rung_out)
            && self.lines.iter().all(|line| is_quiet(words(state, *line)))
    }

    /// What has rung out is nought from here on. Real-time safe.
    pub fn begin(&self, state: &mut [u32]) {
        for word in &self.memories {
            state[*word as usize] = 0;
        }
        for (first, count) in &self.lines {
            state[*first as usize..][..*count as usize].fill(0);
        }
    }

    /// The controls that are gates, as the voice with this state saw them when it was run last: where one turns it
    /// wakes. Real-time safe.
    pub fn gates(&self, state: &[u32]) -> impl Iterator<Item = Gate> {
        let envelopes = self.envelopes.iter().map(|e| Gate {
            control: usize::from(e.gate),
            edge: 0.5,
            above: false,
            high: e.is_open(state),
        });
        envelopes.chain(self.strikes.iter().map(|s| s.gate(state)))
    }
}

fn words(state: &[u32], (first, count): (u32, u32)) -> &[u32] {
    &state[first as usize..][..count as usize]
}

/// Whether all numbers of a line have rung out. Stretch by stretch: most lines that have not are known by the first.
fn is_quiet(line: &[u32]) -> bool {
    // Without their signs numbers are ordered as their bits are, and NaN is above all.
    let edge = LINE_RUNG_OUT.to_bits() << 1;
    line.chunks(64)
        .all(|words| words.iter().fold(0, |most, word| most.max(word << 1)) < edge)
}

/// The line of an operation that has one and is heard by it alone.
fn line(op: &Op, k: usize, layout: &Layout) -> Option<(u32, u32)> {
    let first = match op {
        Op::Delay(..) => DELAY_WORDS,
        Op::Comb(..) => COMB_WORDS,
        Op::Allpass(..) => ALLPASS_WORDS,
        _ => return None,
    };
    Some((layout.places[k] + first as u32, layout.lines[k]?.length))
}

/// Brings the oscillators and the noise of a function to where so many frames of rest lead, their frequencies being what
/// the controls say at frame `at` of their lanes. Real-time safe.
pub fn run_on(
    function: &Function,
    layout: &Layout,
    rate: u32,
    state: &mut [u32],
    frames: u32,
    (controls, at): (&[Lane], usize),
) {
    // What constants and controls alone make, by operation.
    let mut known = [None; MAX_OPS];
    for (i, op) in function.ops.iter().enumerate() {
        let of = |s: Sig| known[usize::from(s.0)];
        let place = layout.places[i] as usize;
        match *op {
            Op::Sine(freq)
            | Op::Phasor(freq)
            | Op::Saw(freq)
            | Op::Square(freq, _)
            | Op::Triangle(freq) => {
                if let Some(freq) = of(freq) {
                    let step = waves::step_of(&mut Plain, freq, rate as f32);
                    state[place] = state[place].wrapping_add(step.wrapping_mul(frames));
                }
            }
            Op::Noise(_) => state[place] = state[place].wrapping_add(frames),
            Op::Control(c) => known[i] = Some(controls[usize::from(c)].at(at)),
            _ if op.is_pure() => {
                let mut whole = true;
                op.each_operand(|s| whole &= of(s).is_some());
                if whole {
                    let value = maths::pure(&mut Plain, op, rate, |s| of(s).unwrap_or_default());
                    known[i] = value;
                }
            }
            _ => {}
        }
    }
}

fn at(sig: Sig) -> usize {
    usize::from(sig.0)
}

/// Why each value is nought, where `quiet` loops hold nought.
fn causes(
    function: &Function,
    layout: &Layout,
    rate: u32,
    quiet: &BTreeSet<Sig>,
    strikes: &Strikes,
) -> Vec<Option<Cause>> {
    let mut causes: Vec<Option<Cause>> = Vec::with_capacity(function.ops.len());
    for (k, (op, &place)) in function.ops.iter().zip(&layout.places).enumerate() {
        let of = |s: Sig| causes[at(s)].clone();
        let struck = |strike: Strike| Cause {
            strikes: [strike].into(),
            ..Cause::default()
        };
        if let Some((strike, count)) = strikes.count(k) {
            let mut cause = struck(strike);
            cause.counts.insert(count);
            causes.push(Some(cause));
            continue;
        }
        let cause = match *op {
            _ if strikes.at(k).is_some() => strikes.at(k).map(struck),
            Op::Mul(a, b) => match (of(a), of(b)) {
                (Some(a), Some(b)) => Some(a.or(b)),
                (a, b) => a.or(b),
            },
            Op::Div(a, b) if of(b).is_none() => of(a),
            Op::Select(which, a, b) => match of(which) {
                Some(which) => of(a).map(|a| which.and(a)),
                None => of(a).zip(of(b)).map(|(a, b)| a.and(b)),
            },
            Op::Delay(x, _) | Op::Allpass(x, _) => {
                of(x).map(|cause| cause.in_lines(line(op, k, layout)))
            }
            // The low pass in its loop is as a line of one word.
            Op::Comb(x, ..) => of(x).map(|cause| {
                let line = line(op, k, layout).into_iter();
                cause.in_lines(line.chain([(place + 1, 1)]))
            }),
            Op::Lowpass(x, ..) | Op::Highpass(x, ..) | Op::Bandpass(x, ..) => {
                of(x).map(|cause| cause.remembering([place, place + 1]))
            }
            Op::Mem(x) | Op::Recur(x, _) => of(x).map(|cause| cause.remembering([place])),
            Op::Last(_) => {
                let quiet = quiet.contains(&Sig(k as u16));
                quiet.then(|| Cause::default().remembering([place]))
            }
            Op::Feed(_, _, out) => of(out),
            Op::Adsr { gate, sustain, .. } => match function.ops[at(gate)] {
                Op::Control(gate) => {
                    let sustain = function.ops[at(sustain)];
                    let fades = matches!(sustain, Op::Const(x) if f32::from_bits(x) <= 0.0);
                    let envelope = Envelope { gate, place, fades };
                    Some(Cause {
                        envelopes: [envelope].into(),
                        ..Cause::default()
                    })
                }
                _ => None,
            },
            _ => {
                let mut cause = stays_nought(op, function, rate).then(Cause::default);
                op.each_operand(|s| {
                    if constant(function, s).is_none() {
                        cause = cause.take().zip(of(s)).map(|(a, b)| a.and(b));
                    }
                });
                cause
            }
        };
        causes.push(cause);
    }
    causes
}

/// The loops of a function: where each begins, and what comes back.
fn loops(function: &Function) -> Vec<(Sig, Sig)> {
    let ends = function.ops.iter().filter_map(|op| match *op {
        Op::Feed(last, next, _) => Some((last, next)),
        _ => None,
    });
    ends.collect()
}

/// Which loops are filters, whose memory may wait as a filter's: where nothing goes in nothing comes out, and nothing
/// in all they hang on chooses, compares or counts.
fn filters(function: &Function, loops: &[(Sig, Sig)], rate: u32, strikes: &Strikes) -> Vec<bool> {
    // What strikes is settled as long as no gate turns.
    let picks = function.ops.iter().enumerate();
    let mut picks: Vec<bool> = picks
        .map(|(k, op)| chooses(op) && !strikes.settles(function, k))
        .collect();
    let mut still = false;
    while !std::mem::replace(&mut still, true) {
        for (k, op) in function.ops.iter().enumerate() {
            let mut any = picks[k];
            op.each_operand(|s| any |= picks[at(s)]);
            if let Op::Last(_) = op {
                let own = loops.iter().find(|l| at(l.0) == k);
                any |= own.is_some_and(|l| picks[at(l.1)]);
            }
            still &= any == picks[k];
            picks[k] = any;
        }
    }
    // Whether each value is nought where all that sounds is.
    let mut nought: Vec<bool> = Vec::with_capacity(function.ops.len());
    for op in &function.ops {
        let of = |s: Sig| nought[at(s)];
        let is_nought = match *op {
            Op::Mul(a, b) => of(a) || of(b),
            Op::Div(a, _) | Op::Mem(a) | Op::Recur(a, _) | Op::Feed(_, _, a) => of(a),
            Op::Lowpass(x, ..) | Op::Highpass(x, ..) | Op::Bandpass(x, ..) => of(x),
            Op::Const(bits) => f32::from_bits(bits) == 0.0,
            Op::Control(_) | Op::Rate | Op::Time(_) | Op::Table(..) => false,
            _ if op.is_pure() => {
                let mut all = stays_nought(op, function, rate);
                op.each_operand(|s| all &= constant(function, s).is_some() || of(s));
                all
            }
            _ => true,
        };
        nought.push(is_nought);
    }
    let is_filter = |l: &(Sig, Sig)| nought[at(l.1)] && !picks[at(l.1)];
    loops.iter().map(is_filter).collect()
}

/// Operations that choose, compare or count.
fn chooses(op: &Op) -> bool {
    match *op {
        Op::Select(..) | Op::Table(..) | Op::Time(_) => true,
        Op::Unary(kind, _) => matches!(kind, Unary::Floor | Unary::Ceil | Unary::Round),
        Op::Binary(kind, ..) => !matches!(
            kind,
            Binary::Min | Binary::Max | Binary::Pow | Binary::Atan2
        ),
        _ => false,
    }
}

fn constant(function: &Function, sig: Sig) -> Option<f32> {
    match function.ops[at(sig)] {
        Op::Const(bits) => Some(f32::from_bits(bits)),
        _ => None,
    }
}

/// Whether a pure operation gives nought where its operands that are not constant are nought.
fn stays_nought(op: &Op, function: &Function, rate: u32) -> bool {
    let gives = |nought: f32| {
        let of = |s| constant(function, s).unwrap_or(nought);
        maths::pure(&mut Plain, op, rate, of) == Some(0.0)
    };
    op.is_pure() && !matches!(op, Op::Control(_)) && gives(0.0) && gives(-0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::text::parse;
    use crate::signal::{Builder, Control};

    const RATE: u32 = 48000;

    fn rest(text: &str) -> Option<Rest> {
        let f = parse(text).unwrap();
        Rest::of(&f, &Layout::new(&f, RATE), RATE)
    }
    /// What a function of a score's gate `g` and of noise `x` must wait for.
    fn of(build: impl FnOnce(&mut Builder, Sig, Sig) -> Sig) -> (Option<Rest>, Layout) {
        let mut b = Builder::new();
        let gate = b.control(Control::new("gate", 0.0, 0.0, 1.0)).unwrap();
        let noise = b.noise().unwrap();
        let out = build(&mut b, gate, noise);
        let f = crate::signal::passes::optimise(&b.finish(vec![out]));
        let layout = Layout::new(&f, RATE);
        (Rest::of(&f, &layout, RATE), layout)
    }

    #[test]
    fn strokes_and_decays_rest_when_they_are_over_until_they_are_struck() {
        let (stroke, _) = of(|b, gate, x| {
            let (attack, release) = (b.constant(0.001).unwrap(), b.constant(0.002).unwrap());
            let level = b.ar(attack, release, gate).unwrap();
            b.add(Op::Mul(x, level)).unwrap()
        });
        let stroke = stroke.unwrap();
        // 48 frames up and 96 down, from a count of 1 on.
        assert_eq!(stroke.counts.len(), 1);
        // A thousandth of a second is a little more than 48 frames, as single precision has it.
        let from = f32::from_bits(stroke.counts[0].from);
        assert!((145.0..=146.0).contains(&from), "{from}");
        let gate = stroke.gates(&[0; 9]).next().unwrap();
        assert!(gate.turns(0.5) && !gate.turns(0.4));
        let (decay, _) = of(|b, gate, x| {
            let rate = b.constant(0.99).unwrap();
            let level = b.decay(rate, Some(gate)).unwrap();
            b.add(Op::Mul(x, level)).unwrap()
        });
        let decay = decay.unwrap();
        assert_eq!(decay.memories.len(), 1);
        let gate = decay.gates(&[0; 9]).next().unwrap();
        assert!(gate.turns(0.1) && !gate.turns(0.0));
        let mut state = [0; 9];
        assert!(decay.holds(&state) && stroke.holds(&state));
        state[decay.memories[0] as usize] = 0.1f32.to_bits();
        assert!(!decay.holds(&state));
        let mut state = [0; 9];
        state[stroke.counts[0].place as usize] = (from - 1.0).to_bits();
        assert!(!stroke.holds(&state));
        state[stroke.counts[0].place as usize] = from.to_bits();
        assert!(stroke.holds(&state));
    }

    #[test]
    fn what_is_held_from_a_strike_waits_and_what_is_held_from_elsewhere_runs() {
        let held = |from_gate: bool| {
            let (rest, _) = of(|b, gate, x| {
                let time = b.constant(0.1).unwrap();
                let env = b.ar(time, time, gate).unwrap();
                let freq = b.constant(3.0).unwrap();
                let lfo = b.add(Op::Sine(freq)).unwrap();
                let trigger = b.trigger(if from_gate { gate } else { lfo }).unwrap();
                let held = b.latch(x, trigger).unwrap();
                b.add(Op::Mul(held, env)).unwrap()
            });
            rest
        };
        assert_eq!(held(true).unwrap().strikes.len(), 2);
        assert_eq!(held(false), None);
    }

    #[test]
    fn lines_behind_the_envelope_ring_out_and_those_before_it_never_rest() {
        let (rest, layout) = of(|b, gate, x| {
            let time = b.constant(0.1).unwrap();
            let env = b.ar(time, time, gate).unwrap();
            let x = b.add(Op::Mul(x, env)).unwrap();
            b.echo(x, 10.0, 0.5).unwrap()
        });
        let rest = rest.unwrap();
        assert_eq!(rest.lines.len(), 1);
        let (first, count) = rest.lines[0];
        let mut state = vec![0; layout.words];
        assert!(rest.holds(&state));
        for at in [first, first + count / 2, first + count - 1] {
            for (x, rests) in [(1e-11, true), (-1e-9f32, false), (f32::NAN, false)] {
                state[at as usize] = x.to_bits();
                assert_eq!(rest.holds(&state), rests);
            }
            state[at as usize] = 1e-11f32.to_bits();
        }
        rest.begin(&mut state);
        assert!(state.iter().all(|word| *word == 0));
        // Looked at once in 1024 frames, at any rate and wherever the grid began.
        for factor in [1u32, 8] {
            let step = i64::from(factor) * GRID as i64;
            let looks = (0..100).filter(|k| rest.is_due(30 + k * step, factor));
            let (looks, due) = (looks.count() as i64, (100 * step / LOOK).min(100));
            assert!((due..=due + 1).contains(&looks), "{looks}");
        }
        let (before, _) = of(|b, gate, x| {
            let time = b.constant(0.1).unwrap();
            let env = b.ar(time, time, gate).unwrap();
            let x = b.echo(x, 10.0, 0.5).unwrap();
            b.add(Op::Mul(x, env)).unwrap()
        });
        assert_eq!(before, None);
        let (long, _) = of(|b, gate, x| {
            let time = b.constant(0.1).unwrap();
            let env = b.ar(time, time, gate).unwrap();
            let x = b.add(Op::Mul(x, env)).unwrap();
            b.echo(x, 5000.0, 0.5).unwrap()
        });
        assert_eq!(long, None, "too long to be looked through");
    }

    /// With an envelope as %2 and noise as %3.
    fn gated(rest_of_it: &str) -> Option<Rest> {
        rest(&format!(
            "control name=\"gate\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"gate\"\n%1 = const 0.1\n\
             %2 = adsr attack=%1 decay=%1 sustain=%1 release=%1 gate=%0\n%3 = noise 1\n{rest_of_it}"
        ))
    }

    #[test]
    fn an_envelope_on_its_gate_silences_what_it_multiplies() {
        let rest =
            gated("%4 = lowpass %3 %1 %1\n%5 = mul %4 %2\n%6 = unary tanh %5\nout %6").unwrap();
        let gates: Vec<Gate> = rest.gates(&[0; 8]).collect();
        assert!(gates.len() == 1 && gates[0].control == 0);
        assert!(gates[0].turns(0.5) && !gates[0].turns(0.4));
        // The noise and the filter may be anywhere.
        assert!(rest.holds(&[9, 9, 0x8000_0000, 0, 9, 9, 9, 9]));
        assert!(!rest.holds(&[0, 0, 1, 0, 0, 0, 0, 0]) && !rest.holds(&[0, 0, 0, 1, 0, 0, 0, 0]));
    }

    #[test]
    fn what_sustains_at_nought_rests_while_its_gate_is_high() {
        let text = |sustain: &str| {
            format!(
                "control name=\"gate\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"gate\"\n%1 = const 0.1\n\
                 %2 = const {sustain}\n%3 = adsr attack=%1 decay=%1 sustain=%2 release=%1 gate=%0\nout %3"
            )
        };
        let long_ago = [900f32.to_bits(), 0, 0, 1];
        let (fades, stays) = (rest(&text("0.0")).unwrap(), rest(&text("0.2")).unwrap());
        assert!(fades.holds(&long_ago) && !stays.holds(&long_ago));
        let gate = fades.gates(&long_ago).next().unwrap();
        assert!(gate.turns(0.4) && !gate.turns(0.5));
        // An attack that has just begun.
        assert!(!fades.holds(&[1f32.to_bits(), 0, 0, 1]));
    }

    #[test]
    fn a_filter_behind_the_envelope_rings_out_first() {
        let rest = gated("%4 = mul %2 %3\n%5 = lowpass %4 %1 %1\nout %5").unwrap();
        let mut state = [9, 9, 0, 0, 9, 9, 1e-16f32.to_bits(), 0];
        assert!(rest.holds(&state));
        rest.begin(&mut state);
        assert_eq!(state, [9, 9, 0, 0, 9, 9, 0, 0]);
        for loud in [1e-14f32, -1.0, f32::NAN] {
            state[7] = loud.to_bits();
            assert!(!rest.holds(&state));
        }
    }

    #[test]
    fn what_sounds_by_itself_or_must_not_wait_never_rests() {
        assert_eq!(rest("%0 = const 440.0\n%1 = sine %0\nout %1"), None);
        assert_eq!(rest("input \"x\"\n%0 = input \"x\"\nout %0"), None);
        assert!(gated("%4 = mul %3 %2\nout %4").is_some());
        for body in [
            // Something besides the envelope, in one of two outputs, by a shape that is not nought at nought.
            "%4 = mul %3 %2\n%5 = add %4 %3\nout %5",
            "%4 = mul %3 %2\nout %4 %3",
            "%4 = mul %3 %2\n%5 = unary cos %4\nout %5",
            // What a delay holds would come out at the wrong time, and what counts must not stand.
            "%4 = allpass %3 20\n%5 = mul %4 %2\nout %5",
            "%4 = delay %3 %1\n%5 = mul %4 %2\nout %5",
            "%4 = last 1\n%5 = add %4 %1\n%6 = feed %4 %5 %5\n%7 = mul %6 %2\nout %7",
            "%4 = last 1\n%5 = binary gt %3 %1\n%6 = add %4 %5\n%7 = feed %4 %6 %6\n%8 = mul %7 %2\nout %8",
        ] {
            assert_eq!(gated(body), None, "{body}");
        }
    }

    #[test]
    fn a_ladder_rests_before_the_envelope_and_when_it_has_rung_out_behind_it() {
        let with = |behind: bool| {
            let mut b = Builder::new();
            let gate = b.control(Control::new("gate", 0.0, 0.0, 1.0)).unwrap();
            let (time, x) = (b.constant(0.1).unwrap(), b.noise().unwrap());
            let env = Op::Adsr {
                attack: time,
                decay: time,
                sustain: time,
                release: time,
                gate,
            };
            let env = b.add(env).unwrap();
            let out = if behind {
                let x = b.add(Op::Mul(x, env)).unwrap();
                b.ladder(x, 800.0, 0.5).unwrap()
            } else {
                let x = b.ladder(x, 800.0, 0.5).unwrap();
                b.add(Op::Mul(x, env)).unwrap()
            };
            let f = b.finish(vec![out]);
            let layout = Layout::new(&f, RATE);
            (Rest::of(&f, &layout, RATE).unwrap(), layout.words)
        };
        // Noise, envelope, and four words of the ladder.
        let (before, words) = with(false);
        assert_eq!((words, before.memories.len()), (10, 0));
        let (behind, _) = with(true);
        assert_eq!(behind.memories.len(), 4);
        let mut state = [0; 10];
        assert!(behind.holds(&state));
        state[behind.memories[2] as usize] = 0.1f32.to_bits();
        assert!(!behind.holds(&state) && before.holds(&[0; 10]));
    }
}
