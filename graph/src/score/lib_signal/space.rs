//! Echoes, choirs, rooms, and places between two loudspeakers.

use super::super::value::Builtin;
use super::{build, build_several, operand, operand_or};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "echo",
        params: &["sig", "delay_ms", "feedback_amt"],
        run: |e, a| {
            let (x, time) = (operand(e, a, "sig")?, operand(e, a, "delay_ms")?);
            let feedback = operand_or(e, a, "feedback_amt", 0.5)?;
            build(e, a, |b| b.echo(x, time, feedback))
        },
    },
    Builtin {
        name: "reverb",
        params: &["sig", "room_size", "damping"],
        run: |e, a| {
            let x = operand(e, a, "sig")?;
            let (room, damping) = (
                operand_or(e, a, "room_size", 0.5)?,
                operand_or(e, a, "damping", 0.5)?,
            );
            build(e, a, |b| b.reverb(x, room, damping))
        },
    },
    Builtin {
        name: "chorus",
        params: &["sig", "rate", "depth"],
        run: |e, a| {
            let (x, rate) = (operand(e, a, "sig")?, operand_or(e, a, "rate", 1.0)?);
            let depth = operand_or(e, a, "depth", 0.002)?;
            build(e, a, |b| b.chorus(x, rate, depth))
        },
    },
    Builtin {
        name: "flanger",
        params: &["sig", "rate", "depth", "feedback_amt"],
        run: |e, a| {
            let (x, rate) = (operand(e, a, "sig")?, operand_or(e, a, "rate", 0.2)?);
            let depth = operand_or(e, a, "depth", 0.005)?;
            let feedback = operand_or(e, a, "feedback_amt", 0.7)?;
            build(e, a, |b| b.flanger(x, rate, depth, feedback))
        },
    },
    Builtin {
        name: "pan",
        params: &["sig", "pos"],
        run: |e, a| {
            let (x, place) = (operand(e, a, "sig")?, operand(e, a, "pos")?);
            build_several(e, a, |b| b.pan(x, place).map(<[_; 2]>::from))
        },
    },
    Builtin {
        name: "stereo_width",
        params: &["left", "right", "width"],
        run: |e, a| {
            let (left, right) = (operand(e, a, "left")?, operand(e, a, "right")?);
            let width = operand(e, a, "width")?;
            build_several(e, a, |b| {
                b.stereo_width(left, right, width).map(<[_; 2]>::from)
            })
        },
    },
];
