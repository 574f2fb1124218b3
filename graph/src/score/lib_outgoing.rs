//! Patterns that leave the sound, for MIDI, OSC and whoever listens; and the keys that come in.

use super::args::{Args, number, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{self, built};
use super::lib_transform::given_pattern;
use super::mini_step::of_number;
use super::value::{Builtin, Given, Place, Value};
use crate::patch::{Binding, Span};
use crate::pattern::{Atom, Held, Message, Pattern, Pitch, Said};
use std::rc::Rc;

/// The most patterns that leave the sound.
const MAX_OUTGOING: usize = 64;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "midi_note",
        params: &["pitch", "velocity", "channel", "duration"],
        run: midi_note,
    },
    Builtin {
        name: "cc",
        params: &["controller", "value", "channel"],
        run: cc,
    },
    Builtin {
        name: "osc",
        params: &["address", "*args"],
        run: osc,
    },
    Builtin {
        name: "ctrl",
        params: &["label", "value"],
        run: ctrl,
    },
    Builtin {
        name: "midi_out",
        params: &["channel", "name"],
        run: midi_out,
    },
    Builtin {
        name: "midi_clock",
        params: &["on"],
        run: midi_clock,
    },
    Builtin {
        name: "midi_in",
        params: &[],
        run: |_, _| {
            Ok(Pattern::atom(Atom {
                pitch: Some(Pitch::Midi(0.0)),
                trigger: Some("gate".into()),
                held: Some(Held::Chord),
                ..Atom::default()
            })
            .into())
        },
    },
];

/// A whole number of a MIDI message, or a default.
fn seven(args: &Args, name: &str, most: i64, default: i64) -> Eval<i64> {
    let Some(given) = args.get(name) else {
        return Ok(default);
    };
    match given.value {
        Value::Int(n) if (0..=most).contains(&n) => Ok(n),
        _ => Err(wrong(
            given,
            name,
            &format!("a whole number from 0 to {most}"),
        )),
    }
}

fn midi_note(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("pitch")?;
    let channel = seven(args, "channel", 15, 0)? as f64;
    let velocity = seven(args, "velocity", 127, 100)? as f64 / 127.0;
    let length = args.number("duration", 1.0)?;
    if !(0.0..=64.0).contains(&length) {
        let given = args.need("duration")?;
        return Err(wrong(given, "duration", "from 0 to 64 times the step"));
    }
    let pitches = given_pattern(e, given)?;
    let notes = pitches.map(&mut |atom| {
        let note = match (atom.pitch, atom.number) {
            (Some(pitch), _) => Atom {
                pitch: Some(pitch),
                trigger: Some("gate".into()),
                ..atom.clone()
            },
            (None, Some(number)) => of_number(number),
            (None, None) => atom.clone(),
        };
        Atom {
            legato: Some(length),
            ..note
        }
        .set("vel", velocity)
        .set("channel", channel)
    });
    let notes = built(notes, given.span)?;
    let mut wrong_step = None;
    notes.each_atom(&mut |atom| {
        if atom.pitch.is_none() {
            wrong_step.get_or_insert((
                lib_pattern::word(atom),
                lib_pattern::place(atom, given.span),
            ));
        }
    });
    match wrong_step {
        Some((word, span)) => Err(lib_pattern::no_note(&word, span)),
        None => Ok(notes.into()),
    }
}

fn cc(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let controller = seven(args, "controller", 127, 0)?;
    args.need("controller")?;
    let channel = seven(args, "channel", 15, 0)? as f64;
    let given = args.need("value")?;
    let name = format!("cc:{controller}");
    let value = given_pattern(e, given)?;
    if value.is_continuous() {
        return Err(
            Diagnostic::new(given.span, "MIDI goes in steps, and this is a curve")
                .hint("take steps from it: .segment(16)")
                .into(),
        );
    }
    let step = Atom::default().set("channel", channel);
    if value.is_computed() {
        return Ok(built(value.carry_to(&name, step), given.span)?.into());
    }
    let mut wrong_step = None;
    let steps = value.map(&mut |atom| {
        let x = atom.number.filter(|x| (0.0..=127.0).contains(x));
        if x.is_none() {
            wrong_step.get_or_insert(lib_pattern::place(atom, given.span));
        }
        let step = Atom {
            place: atom.place,
            ..step.clone()
        };
        step.set(&name, x.unwrap_or(0.0))
    });
    match wrong_step {
        Some(span) => Err(Diagnostic::new(span, "a controller's value is from 0 to 127").into()),
        None => Ok(built(steps, given.span)?.into()),
    }
}

fn osc(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("address")?;
    let address = args.need_str("address")?;
    if !address.starts_with('/') {
        return Err(
            Diagnostic::new(given.span, "an OSC address begins with `/`")
                .hint("as in \"/lights/dim\"")
                .into(),
        );
    }
    let said = |given: &Given| match &given.value {
        Value::Str(word) => Ok(Said::Word(word.to_string())),
        _ => Ok(Said::Number(number(given, "an argument")?)),
    };
    let message = Message::Osc {
        address: address.to_string(),
        args: args.rest.iter().map(said).collect::<Eval<_>>()?,
    };
    Ok(Pattern::atom(Atom {
        message: Some(message),
        ..Atom::default()
    })
    .into())
}

fn ctrl(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let label = args.need_str("label")?;
    let given = args.need("value")?;
    let value = given_pattern(e, given)?;
    let message = Message::Control {
        label: label.to_string(),
    };
    let step = Atom {
        message: Some(message),
        ..Atom::default()
    };
    if value.is_computed() {
        let from = Atom {
            number: Some(0.0),
            ..step
        };
        return Ok(built(value.carry(from), given.span)?.into());
    }
    let steps = value.map(&mut |atom| Atom {
        number: atom.number,
        place: atom.place,
        ..step.clone()
    });
    Ok(built(steps, given.span)?.into())
}

fn midi_out(_: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let channel = seven(args, "channel", 15, 0)? as u8;
    let name = if args.get("name").is_some() {
        args.need_str("name")?
    } else {
        Rc::from(format!("midi {channel}"))
    };
    Ok(Value::Place(Place::Midi { channel, name }))
}

fn midi_clock(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    e.patch.midi_clock = args.truth("on", true)?;
    Ok(Value::None)
}

/// `midi_out(2) @ note("c4 e4")`; `None` takes the pattern away.
pub fn at(e: &mut Evaluator<'_>, place: &Place, right: &Given) -> Eval<Value> {
    let Place::Midi { channel, name } = place else {
        return Ok(Value::None);
    };
    if !matches!(right.value, Value::None) {
        let pattern = lib_pattern::pattern(e, right, "pattern")?;
        let channel = f64::from(*channel);
        let own = pattern.map(&mut |atom| {
            if atom.sets.iter().any(|s| s.0 == "channel") {
                atom.clone()
            } else {
                atom.clone().set("channel", channel)
            }
        });
        bind(e, name, built(own, right.span)?, right.span)?;
    } else {
        e.patch.outgoing.retain(|b| b.node != **name);
    }
    Ok(Value::Place(place.clone()))
}

/// Whether a pattern only says what leaves the sound: then it may play under any name.
pub fn is_outgoing(pattern: &Pattern) -> bool {
    let (mut any, mut all) = (false, true);
    pattern.each_atom(&mut |atom| {
        any = true;
        let sent = |name: &str| name == "channel" || name.starts_with("cc:");
        all &= atom.message.is_some() || atom.sets.iter().any(|s| sent(&s.0));
    });
    any && all
}

/// A pattern under a name of its own; the last one bound wins.
pub fn bind(e: &mut Evaluator<'_>, name: &str, pattern: Pattern, span: Span) -> Eval<()> {
    if pattern.is_continuous() {
        return Err(
            Diagnostic::new(span, "a curve plays a control, and nothing that is sent").into(),
        );
    }
    e.patch.outgoing.retain(|b| b.node != name);
    if e.patch.outgoing.len() >= MAX_OUTGOING {
        let message = format!("at most {MAX_OUTGOING} patterns leave the sound");
        return Err(Diagnostic::new(span, message).into());
    }
    let text = e.text(span);
    e.patch.outgoing.push(Binding {
        node: name.to_owned(),
        control: None,
        pattern,
        text,
        from_zero: false,
        zero: 0,
        span,
    });
    Ok(())
}

/// `play("lights", osc("/dim", 0.5) + rest())`: under a name that is no node's. Whether it was that.
pub fn play(e: &mut Evaluator<'_>, name: &Given, given: &Given) -> Eval<bool> {
    let (Value::Str(name), Value::Pattern(pattern)) = (&name.value, &given.value) else {
        return Ok(false);
    };
    if e.patch.node(name).is_some() || !is_outgoing(&pattern.pattern) {
        return Ok(false);
    }
    let pattern = pattern.pattern.clone();
    bind(e, name, pattern, given.span)?;
    Ok(true)
}

/// Whether a control of notes is meant for what is sent.
pub fn is_sent(control: &str) -> bool {
    control == "channel" || control.starts_with("cc:")
}

/// The arpeggio of the keys that are down: so many steps a cycle, unless the pattern has a rhythm of its own.
/// `None` if the pattern plays no keys.
pub fn arpeggio(
    p: &Pattern,
    order: crate::pattern::Order,
    steps: crate::time::Ratio,
) -> Option<Result<Pattern, crate::pattern::PatternError>> {
    let mut held = false;
    p.each_atom(&mut |atom| held |= atom.held.is_some());
    if !held {
        return None;
    }
    let plain = matches!(p.node(), crate::pattern::Node::Atom(_));
    let turned = p.map(&mut |atom| Atom {
        held: atom.held.map(|_| Held::Arp(order)),
        ..atom.clone()
    });
    Some(match turned {
        Ok(turned) if plain => turned.fast(steps),
        other => other,
    })
}
