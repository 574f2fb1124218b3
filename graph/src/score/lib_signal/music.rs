//! Envelopes, triggers, and what musicians count in.

use super::super::args::Args;
use super::super::eval::{Eval, Evaluator};
use super::super::value::{Builtin, Value};
use super::{add, build, operand};
use crate::signal::{Op, Time};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "adsr",
        params: &["attack", "decay_time", "sustain", "release", "gate"],
        run: adsr,
    },
    Builtin {
        name: "ar",
        params: &["attack", "release", "gate"],
        run: |e, a| {
            let (attack, release) = (operand(e, a, "attack")?, operand(e, a, "release")?);
            let gate = operand(e, a, "gate")?;
            build(e, a, |b| b.ar(attack, release, gate))
        },
    },
    Builtin {
        name: "decay",
        params: &["rate", "trig"],
        run: |e, a| {
            let rate = operand(e, a, "rate")?;
            let trigger = match a.get("trig") {
                Some(_) => Some(operand(e, a, "trig")?),
                None => None,
            };
            build(e, a, |b| b.decay(rate, trigger))
        },
    },
    Builtin {
        name: "trigger",
        params: &["sig"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            build(e, a, |b| b.trigger(x))
        },
    },
    Builtin {
        name: "edge_trigger",
        params: &["sig"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            build(e, a, |b| b.trigger(x))
        },
    },
    Builtin {
        name: "latch",
        params: &["sig", "trig"],
        run: |e, a| {
            let (x, trigger) = (operand(e, a, "sig")?, operand(e, a, "trig")?);
            build(e, a, |b| b.latch(x, trigger))
        },
    },
    Builtin {
        name: "midi_to_freq",
        params: &["note"],
        run: |e, a| {
            let x = operand(e, a, "note")?;
            build(e, a, |b| b.midi_to_freq(x))
        },
    },
    Builtin {
        name: "freq_to_midi",
        params: &["freq"],
        run: |e, a| {
            let x = operand(e, a, "freq")?;
            build(e, a, |b| b.freq_to_midi(x))
        },
    },
    Builtin {
        name: "db_to_linear",
        params: &["db"],
        run: |e, a| {
            let x = operand(e, a, "db")?;
            build(e, a, |b| b.db_to_linear(x))
        },
    },
    Builtin {
        name: "linear_to_db",
        params: &["amp"],
        run: |e, a| {
            let x = operand(e, a, "amp")?;
            build(e, a, |b| b.linear_to_db(x))
        },
    },
    Builtin {
        name: "softclip",
        params: &["sig"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            build(e, a, |b| b.softclip(x))
        },
    },
    Builtin {
        name: "fold",
        params: &["sig"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            build(e, a, |b| b.fold(x))
        },
    },
    Builtin {
        name: "clip",
        params: &["sig", "lo", "hi"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            let (lo, hi) = (operand(e, a, "lo")?, operand(e, a, "hi")?);
            build(e, a, |b| b.clip(x, lo, hi))
        },
    },
    Builtin {
        name: "lerp",
        params: &["a", "b", "t"],
        run: |e, a| {
            let (from, to) = (operand(e, a, "a")?, operand(e, a, "b")?);
            let t = operand(e, a, "t")?;
            build(e, a, |b| b.lerp(from, to, t))
        },
    },
    Builtin {
        name: "wrap",
        params: &["sig", "lo", "hi"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            let (lo, hi) = (operand(e, a, "lo")?, operand(e, a, "hi")?);
            build(e, a, |b| b.wrap(x, lo, hi))
        },
    },
    Builtin {
        name: "beat",
        params: &["every"],
        run: |e, a| {
            let every = match a.get("every") {
                Some(_) => Some(operand(e, a, "every")?),
                None => None,
            };
            build(e, a, |b| b.beat(every))
        },
    },
    Builtin {
        name: "bpm",
        params: &[],
        run: |e, a| add(e, Op::Time(Time::Tempo), a.span),
    },
    Builtin {
        name: "beats",
        params: &["n"],
        run: |e, a| {
            let n = operand(e, a, "n")?;
            build(e, a, |b| b.beats(n))
        },
    },
];

fn adsr(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (attack, decay) = (operand(e, args, "attack")?, operand(e, args, "decay_time")?);
    let (sustain, release) = (operand(e, args, "sustain")?, operand(e, args, "release")?);
    let gate = operand(e, args, "gate")?;
    add(
        e,
        Op::Adsr {
            attack,
            decay,
            sustain,
            release,
            gate,
        },
        args.span,
    )
}
