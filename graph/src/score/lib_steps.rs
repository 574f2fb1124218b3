//! Transforms of single steps: each pressed into a part of its place, repeated with changes, echoed with changes; and
//! pieces of a pattern or of its sounds in another rhythm.

use super::args::Args;
use super::ast::ParamKind;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, pattern};
use super::lib_transform::{call, count, given_pattern, made, methods, this};
use super::patterned::patterned;
use super::value::{Given, Value};
use crate::pattern::{Atom, Join, Pattern, PatternError, Structure};
use crate::time::Ratio;

methods! {
    "press": () => |e, a| made(a, pressed(&this(e, a)?, Ratio::new(1, 2)));
    "pressBy" | "press_by": ("share") => |e, a| patterned(e, a, &["share"], &mut |e, a| {
        made(a, pressed(&this(e, a)?, a.need_ratio("share")?))
    });
    "plyWith" | "ply_with": ("factor", "function") => |e, a| patterned(e, a, &["factor"], &mut ply_with);
    "echoWith" | "echo_with" | "stutWith" | "stut_with": ("times", "time", "function") => |e, a| {
        patterned(e, a, &["times", "time"], &mut echo_with)
    };
    "bite": ("n", "parts") => |e, a| patterned(e, a, &["n"], &mut |e, a| {
        let (p, n) = (this(e, a)?, Ratio::whole(i64::from(count(a, "n")?)));
        let parts = given_pattern(e, a.need("parts")?)?;
        made(a, parts.bind_cut(Join::Squeeze, &mut |atom| {
            let at = atom.number.and_then(Ratio::from_f64).unwrap_or_default() / n;
            p.zoom(at.fract(), at.fract() + Ratio::ONE / n)
        }))
    });
    "slice": ("n", "pieces") => |e, a| patterned(e, a, &["n"], &mut |e, a| sliced(e, a, false));
    "splice": ("n", "pieces") => |e, a| patterned(e, a, &["n"], &mut |e, a| sliced(e, a, true));
    "invert" | "inv": () => |e, a| {
        let not = |atom: &Atom| Atom::of_number(f64::from(u8::from(atom.number == Some(0.0))));
        made(a, this(e, a)?.map(&mut |atom| not(atom)))
    };
}

/// Every step in the rest of its place, after a share of it.
fn pressed(p: &Pattern, share: Ratio) -> Result<Pattern, PatternError> {
    p.bind_cut(Join::Squeeze, &mut |atom| {
        Pattern::atom(atom.clone()).compress(share, Ratio::ONE)
    })
}

/// Every step so many times in its place, each time changed once more.
fn ply_with(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let (p, factor, function) = (this(e, a)?, count(a, "factor")?, a.need("function")?);
    let mut said = None;
    let bound = p.bind_cut(Join::Squeeze, &mut |atom| {
        let mut step = Pattern::atom(atom.clone());
        let mut steps = Vec::new();
        for i in 0..factor {
            if i > 0 {
                step = call(e, function, &step, a).map_err(|d| {
                    said = Some(d);
                    PatternError::Empty
                })?;
            }
            steps.push(step.clone());
        }
        Pattern::seq(steps)
    });
    match said {
        Some(d) => Err(d),
        None => made(a, bound),
    }
}

/// So many times, each later: what a function makes of it, and of its number from 0 where it takes two arguments.
fn echo_with(e: &mut Evaluator<'_>, a: &Args) -> Eval<Value> {
    let (p, times, time) = (this(e, a)?, count(a, "times")?, a.need_ratio("time")?);
    let function = a.need("function")?;
    let counts = match &function.value {
        Value::Closure(closure) => {
            let params = closure.definition.params.iter();
            params.filter(|p| p.kind == ParamKind::Plain).count() > 1
        }
        _ => false,
    };
    let mut layers = Vec::new();
    for i in 0..times {
        let late = built(p.clone().late(time * Ratio::whole(i64::from(i))), a.span)?;
        let given = |value| Given {
            value,
            span: function.span,
        };
        let mut arguments = vec![given(late.into())];
        if counts {
            arguments.push(given(Value::Int(i64::from(i))));
        }
        let value = e.call(function, arguments, Vec::new(), function.span)?;
        layers.push(pattern(e, &given(value), "what the function returns")?);
    }
    made(a, Pattern::stack(layers))
}

/// In the rhythm of the numbers of a pattern, of each sound the piece that the number says, counted from 0. With `fits`
/// a piece lasts as long as its step.
fn sliced(e: &mut Evaluator<'_>, a: &Args, fits: bool) -> Eval<Value> {
    let (p, n) = (this(e, a)?, f64::from(count(a, "n")?));
    let pieces = given_pattern(e, a.need("pieces")?)?;
    let cut = p.apply(Structure::Right, &pieces, &mut |atom, piece| {
        let at = piece.number?;
        let cut = atom.clone().set("begin", at / n);
        let cut = cut.set("end", (at + 1.0) / n);
        Some(if fits { cut.set("fit", 1.0) } else { cut })
    });
    made(a, cut)
}
