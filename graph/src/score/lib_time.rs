//! The functions that say how time goes: tempo, metre, rubato, and how they change in the course of the song.
//!
//! Places are in bars from the beginning, as everywhere in scores.

use super::args::{Args, number, ratio, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Given, Value};
use crate::patch::{MeterChange, RubatoChange, Span, TempoChange};
use crate::time::{Bend, Meter, Ratio, Tempo, TempoRamp};

/// The most bars from the beginning that a change may be away.
const FAR: i64 = 1_000_000;
/// The most changes in a score.
const MOST: usize = 512;
/// What a change costs of the score's memory.
const COST: usize = 4;

/// A tempo in bpm.
fn bpm(given: &Given) -> Eval<f64> {
    let bpm = number(given, "tempo")?;
    let (lo, hi) = Tempo::RANGE;
    if !(lo..=hi).contains(&bpm) {
        let message = format!("a tempo goes from {lo} to {hi} bpm");
        return Err(Diagnostic::new(given.span, message).into());
    }
    Ok(bpm)
}

/// `tempo(128)` and `kr.tempo = 128`: from the beginning on.
pub fn base(e: &mut Evaluator<'_>, given: &Given) -> Eval<()> {
    e.patch.tempo = Some(bpm(given)?);
    e.said_tempo(given.span);
    Ok(())
}

/// `kr.meter = 3`: krach's metre is a number of quarter notes.
pub fn meter_beats(e: &mut Evaluator<'_>, given: &Given) -> Eval<()> {
    let beats = number(given, "meter")?;
    e.patch.meter = Some(Meter::new(beats as i64, 4).ok_or_else(|| no_metre(given.span))?);
    e.said_meter(given.span, None);
    Ok(())
}

fn no_metre(span: Span) -> Box<Diagnostic> {
    Diagnostic::new(span, "there is no such metre")
        .hint("for example meter(3, 4) or meter(7, 8)")
        .into()
}

/// A place in bars.
fn place(given: &Given, name: &str) -> Eval<Ratio> {
    let at = ratio(given, name)?;
    if at.floor().abs() > FAR {
        let message = format!("`{name}` goes from -{FAR} to {FAR} bars");
        return Err(Diagnostic::new(given.span, message).into());
    }
    Ok(at)
}

/// A number of bars above nought.
fn bars(given: &Given, name: &str) -> Eval<Ratio> {
    let bars = place(given, name)?;
    if bars <= Ratio::ZERO {
        let message = format!("`{name}` is a number of bars above 0");
        return Err(Diagnostic::new(given.span, message).into());
    }
    Ok(bars)
}

pub fn tempo(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("bpm")?;
    let bpm = bpm(given)?;
    let ramp = match args.get("ramp") {
        None => None,
        Some(Given {
            value: Value::None, ..
        }) => Some(TempoRamp::Step),
        Some(given) => match &given.value {
            Value::Str(s) if &**s == "linear" => Some(TempoRamp::Linear),
            Value::Str(s) if &**s == "exp" => Some(TempoRamp::Exponential),
            _ => return Err(wrong(given, "ramp", "\"linear\" or \"exp\"")),
        },
    };
    let over = args
        .get("over")
        .map(|given| bars(given, "over"))
        .transpose()?;
    let Some(at) = args.get("at") else {
        if let Some(given) = args.get("ramp").or(args.get("over")) {
            let hint = "for example tempo(140, at=16, ramp=\"linear\")";
            let message = "a change of tempo needs a bar: `at`";
            return Err(Diagnostic::new(given.span, message).hint(hint).into());
        }
        e.patch.tempo = Some(bpm);
        e.said_tempo(given.span);
        return Ok(Value::None);
    };
    let mut at = place(at, "at")?;
    e.hold(2 * COST, args.span)?;
    let changes = &mut e.patch.course.tempo;
    let ramp = match over {
        None => ramp.unwrap_or_default(),
        Some(over) => {
            // It begins at `at`, from what was there, and arrives so much later.
            changes.push(TempoChange {
                at,
                bpm: None,
                ramp: TempoRamp::Step,
            });
            at = at + over;
            ramp.unwrap_or(TempoRamp::Linear)
        }
    };
    changes.push(TempoChange {
        at,
        bpm: Some(bpm),
        ramp,
    });
    check(e, args)
}

/// `free_run()`: what a host's stopped transport does not stop.
pub fn free_run(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    e.patch.free_run = args.truth("on", true)?;
    Ok(Value::None)
}

pub fn meter(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let (beats, unit) = (args.need_number("beats")?, args.number("unit", 4.0)?);
    let meter = Meter::new(beats as i64, unit as i64).ok_or_else(|| no_metre(args.span))?;
    match args.get("at") {
        None => {
            e.patch.meter = Some(meter);
            let unit = args.get("unit").map(|given| given.span);
            e.said_meter(args.need("beats")?.span, unit);
        }
        Some(given) => {
            let at = place(given, "at")?;
            if at.den() != 1 {
                let message = "a metre changes where a bar begins: `at` is a whole number of bars";
                return Err(Diagnostic::new(given.span, message).into());
            }
            e.hold(COST, args.span)?;
            let at = at.num();
            e.patch.course.meter.push(MeterChange { at, meter });
        }
    }
    check(e, args)
}

pub fn rubato(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("bend")?;
    let parts = |items: &[Value]| {
        let part = |value: &Value| {
            let (value, span) = (value.clone(), given.span);
            number(&Given { value, span }, "bend")
        };
        items.iter().map(part).collect::<Eval<_>>()
    };
    let bend = match &given.value {
        Value::List(items) => Bend::Parts(parts(&items.borrow())?),
        Value::Tuple(items) => Bend::Parts(parts(items)?),
        _ => Bend::Amount(number(given, "bend")?),
    };
    let at = place(args.need("at")?, "at")?;
    let over = match args.get("over") {
        None => Ratio::ONE,
        Some(given) => bars(given, "over")?,
    };
    e.hold(COST, args.span)?;
    let change = RubatoChange { at, over, bend };
    e.patch.course.rubato.push(change);
    check(e, args)
}

/// What was said must make a map: said where it was said.
fn check(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let course = &e.patch.course;
    if course.tempo.len() + course.meter.len() + course.rubato.len() > MOST {
        let message = format!("tempo and metre change more than {MOST} times");
        return Err(Diagnostic::new(args.span, message).into());
    }
    match e.patch.tempo_map() {
        Ok(_) => Ok(Value::None),
        Err(error) => Err(Diagnostic::new(args.span, error.to_string()).into()),
    }
}
