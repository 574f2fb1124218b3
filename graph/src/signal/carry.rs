//! What an edited function keeps of the state of the one before it: a table of moves from words to words.
//!
//! Operations with state correspond if they are of one kind (oscillators are, filters are) and have memory of one size;
//! delays of any lengths do, and the latest frames go over. Which correspond to which is a structural match:
//!
//! 1. those that are the same with all that they hang on, controls and inputs by name, in the order in which they run;
//! 2. of what is left an alignment in the order in which they run, none crossing another, with the highest sum of
//!    likenesses: the same operation, the same structure but for numbers and names, the same operands.
//!
//! Loops ([`Op::Last`]) and tables correspond only if their structure is the same: what a number means in a loop hangs on
//! all of it. What has no counterpart starts anew. The same functions always give the same table.
//!
//! [`carry`] is the control side's; [`Carry::apply`] is real-time safe.

use super::layout::{DELAY_WORDS, ENVELOPE_WORDS, Layout};
use super::{Function, Op, Sig, passes};
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A stretch of state that goes over from one instance to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carry {
    /// Words as they are.
    Words {
        /// The first in the old state.
        from: u32,
        /// The first in the new state.
        to: u32,
        /// How many.
        count: u32,
    },
    /// A delay line of another length: the latest frames that fit.
    Line {
        /// The first word of the old delay's state.
        from: u32,
        /// The first word of the new delay's state.
        to: u32,
        /// The old line's length.
        before: u32,
        /// The new line's length.
        now: u32,
    },
}

impl Carry {
    /// How many words it moves.
    pub fn words(self) -> usize {
        match self {
            Carry::Words { count, .. } => count as usize,
            Carry::Line { before, now, .. } => before.min(now) as usize,
        }
    }

    /// Moves them; the new state is at its beginning otherwise. Real-time safe.
    pub fn apply(self, old: &[u32], new: &mut [u32]) {
        match self {
            Carry::Words { from, to, count } => {
                let (from, to, count) = (from as usize, to as usize, count as usize);
                new[to..to + count].copy_from_slice(&old[from..from + count]);
            }
            Carry::Line {
                from,
                to,
                before,
                now,
            } => {
                let line = from as usize + DELAY_WORDS;
                let line = &old[line..line + before as usize];
                // In the order of time: from the next place to be written to the end, then from the start.
                let place = (old[from as usize] as usize).min(line.len() - 1);
                let (late, early) = line.split_at(place);
                let skipped = before.saturating_sub(now) as usize;
                let kept = early.iter().chain(late).skip(skipped);
                // The new line's next place is its first: what came last stands at its end.
                let first = to as usize + DELAY_WORDS;
                let end = first + now as usize;
                let start = end - self.words();
                new[to as usize] = 0;
                new[start..end]
                    .iter_mut()
                    .zip(kept)
                    .for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// What goes over from a verified function to another, both for a rate in Hz, in the order of the new one's words.
pub fn carry(old: &Function, new: &Function, rate: u32) -> Box<[Carry]> {
    let (old, new) = (Parts::new(old, rate), Parts::new(new, rate));
    let mut pairs = same(&old.parts, &new.parts);
    let rest = |parts: &[Part], taken: &dyn Fn(&(usize, usize)) -> usize| {
        let mut free = vec![true; parts.len()];
        pairs.iter().for_each(|pair| free[taken(pair)] = false);
        (0..parts.len()).filter(|i| free[*i]).collect::<Vec<_>>()
    };
    let left = (
        rest(&old.parts, &|pair| pair.0),
        rest(&new.parts, &|pair| pair.1),
    );
    pairs.extend(alike(&old.parts, &new.parts, &left.0, &left.1));
    pairs.sort_by_key(|pair| new.parts[pair.1].place);
    let mut moves: Vec<Carry> = Vec::new();
    for (from, to) in pairs {
        let next = old.parts[from].to(&new.parts[to]);
        match (moves.last_mut(), next) {
            (
                Some(Carry::Words { from, to, count }),
                Carry::Words {
                    from: next_from,
                    to: next_to,
                    count: more,
                },
            ) if *from + *count == next_from && *to + *count == next_to => *count += more,
            _ => moves.push(next),
        }
    }
    moves.into()
}

/// What may correspond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// The phase of an oscillator.
    Phase,
    Noise,
    /// The two memories of a filter.
    Filter,
    Envelope,
    Mem,
    Recur,
    Last,
    Delay,
    /// With the length at 44.1 kHz: combs side by side differ by that alone.
    Comb(u16),
    Allpass(u16),
    Table,
}

/// An operation with state.
struct Part {
    kind: Kind,
    op: std::mem::Discriminant<Op>,
    place: u32,
    words: u32,
    /// The length of a delay's line.
    line: u32,
    /// All that it hangs on.
    whole: u64,
    /// The same without numbers and names.
    shape: u64,
    operands: Vec<u64>,
}

impl Part {
    fn to(&self, other: &Part) -> Carry {
        match (self.kind, self.line == other.line) {
            (Kind::Delay, false) => Carry::Line {
                from: self.place,
                to: other.place,
                before: self.line,
                now: other.line,
            },
            _ => Carry::Words {
                from: self.place,
                to: other.place,
                count: self.words,
            },
        }
    }

    /// How alike two are; 0 if they cannot correspond.
    fn likeness(&self, other: &Part) -> u32 {
        let fits = self.kind == other.kind
            && match self.kind {
                Kind::Delay => true,
                Kind::Last => self.shape == other.shape,
                Kind::Table => self.whole == other.whole,
                _ => self.words == other.words,
            };
        if !fits {
            return 0;
        }
        let operands = self.operands.iter().zip(&other.operands);
        let equal = operands.filter(|(a, b)| a == b).count() as u32;
        2 + 2 * equal
            + 4 * u32::from(self.shape == other.shape)
            + 2 * u32::from(self.op == other.op)
            + u32::from(self.line == other.line)
    }
}

/// The operations with state of a function as it runs.
struct Parts {
    parts: Vec<Part>,
}

impl Parts {
    fn new(function: &Function, rate: u32) -> Parts {
        // A kernel's layout is that of the function after its passes.
        let function = passes::optimise(function);
        let layout = Layout::new(&function, rate);
        let (whole, shape) = (hashes(&function, true), hashes(&function, false));
        let ops = function.ops.iter().enumerate();
        let parts = ops.filter_map(|(i, op)| {
            let (kind, words) = kind_of(op)?;
            let line = layout.lines[i].map_or(0, |line| line.length);
            let mut operands = Vec::new();
            op.each_operand(|s| operands.push(whole[usize::from(s.0)]));
            Some(Part {
                kind,
                op: std::mem::discriminant(op),
                place: layout.places[i],
                words: layout.lines[i].map_or(words, |line| line.first as u32 + line.length),
                line,
                // A table that is written is known by how it began, whatever is written to it.
                whole: match op {
                    Op::RwTable(table, ..) => hash_of(&numbers(&function, *table)),
                    _ => whole[i],
                },
                shape: shape[i],
                operands,
            })
        });
        Parts {
            parts: parts.collect(),
        }
    }
}

/// Its kind, and how many words it has besides a line.
fn kind_of(op: &Op) -> Option<(Kind, u32)> {
    Some(match *op {
        Op::Sine(_) | Op::Phasor(_) | Op::Saw(_) | Op::Square(..) | Op::Triangle(_) => {
            (Kind::Phase, 1)
        }
        Op::Noise(_) => (Kind::Noise, 2),
        Op::Lowpass(..) | Op::Highpass(..) | Op::Bandpass(..) => (Kind::Filter, 2),
        Op::Adsr { .. } => (Kind::Envelope, ENVELOPE_WORDS as u32),
        Op::Mem(_) => (Kind::Mem, 1),
        Op::Recur(..) => (Kind::Recur, 1),
        Op::Last(_) => (Kind::Last, 1),
        Op::Delay(..) => (Kind::Delay, 0),
        Op::Comb(.., frames) => (Kind::Comb(frames), 0),
        Op::Allpass(_, frames) => (Kind::Allpass(frames), 0),
        Op::RwTable(..) => (Kind::Table, 0),
        _ => return None,
    })
}

fn numbers(function: &Function, table: u16) -> Vec<u32> {
    let table = &function.tables[usize::from(table)];
    table.iter().map(|x| x.to_bits()).collect()
}

fn hash_of(what: &impl Hash) -> u64 {
    // Without a key: the same in every run.
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// A number for each operation that says all that it hangs on; or, not `exactly`, that without constants and names.
fn hashes(function: &Function, exactly: bool) -> Vec<u64> {
    // What comes out of a loop hangs on what goes in, which is known after the first round.
    let mut bodies: HashMap<Sig, u64> = HashMap::new();
    let mut hashes: Vec<u64> = Vec::new();
    for _ in 0..2 {
        hashes.clear();
        for (i, op) in function.ops.iter().enumerate() {
            let mut hasher = DefaultHasher::new();
            std::mem::discriminant(op).hash(&mut hasher);
            match *op {
                Op::Const(bits) if exactly => bits.hash(&mut hasher),
                Op::Control(c) if exactly => {
                    function.controls[usize::from(c)].name.hash(&mut hasher);
                }
                Op::Input(k) if exactly => function.inputs[usize::from(k)].hash(&mut hasher),
                Op::Table(t, _) | Op::RwTable(t, ..) if exactly => {
                    numbers(function, t).hash(&mut hasher);
                }
                Op::Unary(kind, _) => kind.hash(&mut hasher),
                Op::Binary(kind, ..) => kind.hash(&mut hasher),
                Op::Time(kind) => kind.hash(&mut hasher),
                Op::Comb(.., frames) | Op::Allpass(_, frames) => frames.hash(&mut hasher),
                Op::Last(_) => bodies.get(&Sig(i as u16)).hash(&mut hasher),
                _ => {}
            }
            op.each_operand(|s| hashes[usize::from(s.0)].hash(&mut hasher));
            hashes.push(hasher.finish());
        }
        for op in &function.ops {
            if let Op::Feed(last, next, _) = *op {
                bodies.insert(last, hashes[usize::from(next.0)]);
            }
        }
    }
    hashes
}

/// The pairs that are the same with all that they hang on.
fn same(old: &[Part], new: &[Part]) -> Vec<(usize, usize)> {
    let mut known: HashMap<(Kind, u64), VecDeque<usize>> = HashMap::new();
    for (i, part) in old.iter().enumerate() {
        let key = (part.kind, part.whole);
        known.entry(key).or_default().push_back(i);
    }
    let mut pairs = Vec::new();
    for (j, part) in new.iter().enumerate() {
        if let Some(before) = known.get_mut(&(part.kind, part.whole))
            && let Some(i) = before.pop_front_if(|i| old[*i].likeness(part) > 0)
        {
            pairs.push((i, j));
        }
    }
    pairs
}

/// The pairs of an alignment of what is left, in order, with the highest sum of likenesses.
fn alike(
    old: &[Part],
    new: &[Part],
    rest_old: &[usize],
    rest_new: &[usize],
) -> Vec<(usize, usize)> {
    let (rows, columns) = (rest_old.len(), rest_new.len());
    // The best sum from row `i` and column `j` on.
    let mut best = vec![0u32; (rows + 1) * (columns + 1)];
    let at = |i: usize, j: usize| i * (columns + 1) + j;
    let likeness = |i: usize, j: usize| old[rest_old[i]].likeness(&new[rest_new[j]]);
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            let apart = best[at(i + 1, j)].max(best[at(i, j + 1)]);
            best[at(i, j)] = match likeness(i, j) {
                0 => apart,
                alike => apart.max(alike + best[at(i + 1, j + 1)]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < rows && j < columns {
        let alike = likeness(i, j);
        if alike > 0 && best[at(i, j)] == alike + best[at(i + 1, j + 1)] {
            pairs.push((rest_old[i], rest_new[j]));
            (i, j) = (i + 1, j + 1);
        } else if best[at(i, j)] == best[at(i + 1, j)] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::text::parse;

    const RATE: u32 = 48000;

    fn carried(old: &str, new: &str) -> Box<[Carry]> {
        carry(&parse(old).unwrap(), &parse(new).unwrap(), RATE)
    }
    fn words(from: u32, to: u32, count: u32) -> Carry {
        Carry::Words { from, to, count }
    }

    const VOICE: &str = "control name=\"gate\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"gate\"\n%1 = const 0.1\n\
                         %2 = adsr attack=%1 decay=%1 sustain=%1 release=%1 gate=%0\n%3 = const 110.0\n%4 = saw %3\n\
                         %5 = const 800.0\n%6 = lowpass %4 %5 %1\n%7 = mul %6 %2\nout %7";

    #[test]
    fn all_of_an_equal_function_goes_over_in_one_move() {
        assert_eq!(carried(VOICE, VOICE)[..], [words(0, 0, 7)]);
    }

    #[test]
    fn another_number_keeps_everything() {
        let other = VOICE.replace("800.0", "900.0").replace("110.0", "55.0");
        assert_eq!(carried(VOICE, &other)[..], [words(0, 0, 7)]);
        let kind = VOICE.replace("saw", "sine").replace("lowpass", "highpass");
        assert_eq!(carried(VOICE, &kind)[..], [words(0, 0, 7)]);
    }

    #[test]
    fn what_comes_between_starts_anew_and_the_rest_goes_on() {
        let between = "control name=\"gate\" init=0.0 lo=0.0 hi=1.0\n%0 = control \"gate\"\n%1 = const 0.1\n\
                       %2 = noise 1\n%3 = const 110.0\n%4 = saw %3\n%5 = add %4 %2\n%6 = const 800.0\n\
                       %7 = lowpass %5 %6 %1\n\
                       %8 = adsr attack=%1 decay=%1 sustain=%1 release=%1 gate=%0\n%9 = mul %7 %8\nout %9";
        // Envelope, saw and filter, from 0, 4 and 5; the noise is new.
        assert_eq!(
            carried(VOICE, between)[..],
            [words(4, 2, 3), words(0, 5, 4)]
        );
    }

    #[test]
    fn other_kinds_and_loops_of_another_shape_start_anew() {
        let noise = "%0 = noise 1\nout %0";
        let sine = "%0 = const 5.0\n%1 = sine %0\nout %1";
        assert!(carried(noise, sine).is_empty());
        let looped = |op: &str, by: &str| {
            format!(
                "%0 = last 1\n%1 = const {by}\n%2 = {op} %0 %1\n%3 = noise 1\n%4 = add %2 %3\n%5 = feed %0 %4 %4\nout %5"
            )
        };
        // Another number in the loop is still that loop.
        assert_eq!(
            carried(&looped("mul", "0.5"), &looped("mul", "0.25"))[..],
            [words(0, 0, 3)]
        );
        assert_eq!(
            carried(&looped("mul", "0.5"), &looped("binary max", "0.5"))[..],
            [words(1, 1, 2)]
        );
        let table = |numbers: &str| {
            format!("table [ {numbers} ]\n%0 = const 1.0\n%1 = rw_table 0 %0 %0 %0\nout %1")
        };
        assert_eq!(
            carried(&table("1.0 2.0"), &table("1.0 2.0"))[..],
            [words(0, 0, 2)]
        );
        assert!(carried(&table("1.0 2.0"), &table("1.0 3.0")).is_empty());
    }

    #[test]
    fn a_delay_of_another_length_keeps_its_latest_frames() {
        let delay = |frames: &str| {
            format!("input \"x\"\n%0 = input \"x\"\n%1 = const {frames}\n%2 = delay %0 %1\nout %2")
        };
        // Three more than the longest delay.
        let line = |before, now| Carry::Line {
            from: 0,
            to: 0,
            before,
            now,
        };
        assert_eq!(carried(&delay("2.0"), &delay("4.0"))[..], [line(5, 7)]);
        // The next place is the third: 3, 4, 5, 1, 2 is the order of time.
        let old = [2, 1, 2, 3, 4, 5];
        let mut longer = [0; 8];
        line(5, 7).apply(&old, &mut longer);
        assert_eq!(longer, [0, 0, 0, 3, 4, 5, 1, 2]);
        let mut shorter = [0; 5];
        line(5, 4).apply(&old, &mut shorter);
        assert_eq!(shorter, [0, 4, 5, 1, 2]);
    }
}
