//! Sounds by name: `sample`, `s` and the methods of patterns that play them; unit generators with something in
//! brackets, `sampler("kit/bd")`.

use super::args::{Args, number, wrong};
use super::diagnostic::{Diagnostic, nearest};
use super::eval::{Eval, Evaluator};
use super::lib_pattern::{built, notation, place, step, word};
use super::lib_transform::this;
use super::value::{Builtin, Given, Value};
use crate::patch::{Node, Source, Span};
use crate::pattern::{Atom, Pattern, Said, Structure};
use crate::resource::Missing;
use crate::ugen::{Description, Resource};
use std::rc::Rc;
use std::sync::Arc;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "sample",
        params: &["name", "n"],
        run: sample,
    },
    Builtin {
        name: "s",
        params: &["mini"],
        run: sounds,
    },
];

/// The methods of patterns that stand here; the first parameter is the pattern itself.
pub const METHODS: &[Builtin] = &[
    Builtin {
        name: "begin",
        params: &["self", "share"],
        run: |e, a| control(e, a, "share", "begin", (0.0, 1.0)),
    },
    Builtin {
        name: "end",
        params: &["self", "share"],
        run: |e, a| control(e, a, "share", "end", (0.0, 1.0)),
    },
    Builtin {
        name: "speed",
        params: &["self", "factor"],
        run: |e, a| control(e, a, "factor", "speed", (-16.0, 16.0)),
    },
    Builtin {
        name: "cut",
        params: &["self", "group"],
        run: |e, a| control(e, a, "group", "cut", (0.0, 127.0)),
    },
    Builtin {
        name: "n",
        params: &["self", "number"],
        run: |e, a| said(e, a, "number", variant),
    },
    Builtin {
        name: "bank",
        params: &["self", "name"],
        run: |e, a| said(e, a, "name", banked),
    },
    Builtin {
        name: "s",
        params: &["self", "name"],
        run: |e, a| said(e, a, "name", named),
    },
];

/// The control that a unit generator which plays sounds by name has.
const SOUND: &str = "sound";
/// The control that makes a falling gate end a sound.
const GATED: &str = "gated";

/// The full name of a sound, or a diagnostic that says what is wrong with it.
fn key(e: &Evaluator<'_>, name: &str, n: usize, span: Span) -> Eval<String> {
    let library = e.units.sounds();
    library.find(name, n, None).map_err(|missing| {
        let d = Diagnostic::new(span, missing.to_string());
        if !matches!(missing, Missing::Unknown(_)) {
            return Box::new(d);
        }
        let names = library.names();
        let base = name.split(':').next().unwrap_or(name);
        let hint = match nearest(base, names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => looked(&library.folders()),
        };
        Box::new(d.hint(hint))
    })
}

/// Where sounds are looked for.
fn looked(folders: &[std::path::PathBuf]) -> String {
    let kit = "the built-in kit (bd, sd, hh, …)";
    let folders: Vec<String> = folders.iter().map(|f| f.display().to_string()).collect();
    match &folders[..] {
        [] => format!("sounds are looked for in {kit}"),
        some => format!(
            "sounds are looked for in {}, then in {kit}",
            some.join(", ")
        ),
    }
}

/// `sample("kit/bd")`: the sampler with one sound.
fn sample(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("name")?;
    let name = args.need_str("name")?;
    let n = match args.get("n") {
        None => 0,
        Some(given) => match given.value {
            Value::Int(n) => usize::try_from(n).map_err(|_| wrong(given, "n", "0 or above"))?,
            _ => return Err(wrong(given, "n", "a whole number")),
        },
    };
    let key = key(e, &name, n, given.span)?;
    let Some(sampler) = e.units.get("sampler") else {
        return Err(Diagnostic::new(args.span, "there is no sampler in this session").into());
    };
    let mut about = sampler.describe().clone();
    about.resources.push(Resource::Sound(key));
    e.hold(4, args.span)?;
    Ok(Value::Unit(Rc::new(about)))
}

/// `sampler("kit/bd", loop=1)`: a unit generator made with sounds and numbers, and where its controls start.
pub fn furnish(
    e: &mut Evaluator<'_>,
    about: &Description,
    positional: &[Given],
    named: &[(Rc<str>, Given)],
    span: Span,
) -> Eval<Value> {
    let mut about = about.clone();
    for given in positional {
        resources(e, given, &mut about.resources)?;
    }
    if let Some(unit) = e.units.get(&about.name)
        && let Err(wanted) = unit.accepts(&about.resources)
    {
        let at = positional.first().map_or(span, |given| given.span);
        return Err(Diagnostic::new(at, format!("`{}` takes {wanted}", about.name)).into());
    }
    for (name, given) in named {
        let known: Vec<&str> = about.controls.iter().map(|c| &*c.name).collect();
        let Some(at) = known.iter().position(|c| **c == **name) else {
            let d = Diagnostic::new(
                given.span,
                format!("`{}` has no control `{name}`", about.name),
            );
            return Err(match nearest(name, known.iter().copied()) {
                Some(near) => d.hint(format!("did you mean `{near}`?")),
                None => d.hint(format!("it has {}", known.join(", "))),
            }
            .into());
        };
        let control = &mut about.controls[at];
        let value = number(given, name)? as f32;
        if !(control.lo..=control.hi).contains(&value) {
            let message = format!("`{name}` goes from {} to {}", control.lo, control.hi);
            return Err(Diagnostic::new(given.span, message).into());
        }
        control.init = value;
    }
    Ok(Value::Unit(Rc::new(about)))
}

/// What an argument in a unit generator's brackets is to it.
fn resources(e: &mut Evaluator<'_>, given: &Given, all: &mut Vec<Resource>) -> Eval<()> {
    e.hold(8, given.span)?;
    match &given.value {
        Value::Str(name) => all.push(Resource::Sound(key(e, name, 0, given.span)?)),
        Value::Unit(other) if !other.resources.is_empty() => {
            all.extend(other.resources.iter().cloned());
        }
        Value::List(_) | Value::Tuple(_) => {
            let items: Vec<Value> = match &given.value {
                Value::List(items) => items.borrow().clone(),
                Value::Tuple(items) => items.to_vec(),
                _ => Vec::new(),
            };
            e.hold(items.len(), given.span)?;
            let numbers: Option<Vec<f64>> = items.iter().map(Value::number).collect();
            match numbers.filter(|n| !n.is_empty()) {
                Some(numbers) => all.push(Resource::Numbers(
                    numbers.into_iter().map(|x| x as f32).collect(),
                )),
                None => {
                    for value in items {
                        let inner = Given {
                            value,
                            span: given.span,
                        };
                        if matches!(inner.value, Value::List(_) | Value::Tuple(_)) {
                            return Err(wrong(given, "a list in brackets", "of names or numbers"));
                        }
                        resources(e, &inner, all)?;
                    }
                }
            }
        }
        _ => all.push(Resource::Number(
            number(given, "what stands in brackets")? as f32
        )),
    }
    Ok(())
}

/// Sounds by name: `s("bd hh:2")`. Words stay words, also those that could be notes.
fn sounds(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let given = args.need("mini")?;
    let words = notation(e, given)?.map(&mut |atom| Atom {
        said: atom.said.clone(),
        place: atom.place,
        ..Atom::default()
    });
    Ok(built(words, given.span)?.into())
}

/// A number or a pattern of numbers becomes a control of each event, in the rhythm of the first.
fn control(
    e: &mut Evaluator<'_>,
    args: &Args,
    parameter: &str,
    control: &str,
    (lo, hi): (f64, f64),
) -> Eval<Value> {
    let given = args.need(parameter)?;
    combined(e, args, parameter, &mut |left, right| {
        let value = right.number.filter(|x| (lo..=hi).contains(x));
        let value = value.ok_or_else(|| {
            let span = place(right, given.span);
            Box::new(Diagnostic::new(
                span,
                format!("`{control}` goes from {lo} to {hi}"),
            ))
        })?;
        let mut atom = left.clone();
        atom.sets.retain(|(name, _)| name != control);
        atom.sets.push((control.to_owned(), value));
        Ok(atom)
    })
}

fn said(
    e: &mut Evaluator<'_>,
    args: &Args,
    parameter: &str,
    change: fn(&Atom, &[Said]) -> Option<Vec<Said>>,
) -> Eval<Value> {
    let given = args.need(parameter)?;
    combined(e, args, parameter, &mut |left, right| {
        let said = change(left, &right.said).ok_or_else(|| {
            let what = format!("`{}` has no such `{parameter}`", word(left));
            Box::new(Diagnostic::new(place(right, given.span), what))
        })?;
        Ok(Atom {
            said,
            place: left.place,
            ..Atom::default()
        }
        .with_sets_of(left))
    })
}

fn combined(
    e: &mut Evaluator<'_>,
    args: &Args,
    parameter: &str,
    combine: &mut dyn FnMut(&Atom, &Atom) -> Eval<Atom>,
) -> Eval<Value> {
    let this = this(e, args)?;
    let given = args.need(parameter)?;
    let other = match &given.value {
        Value::Str(_) => notation(e, given)?,
        Value::Pattern(p) => p.pattern.clone(),
        Value::Int(_) | Value::Float(_) => step(e, given)?,
        _ => return Err(wrong(given, parameter, "a number, a string or a pattern")),
    };
    let mut failed = None;
    let made = this.apply(Structure::Left, &other, &mut |left, right| {
        combine(left, right).map_err(|d| failed = Some(d)).ok()
    });
    match failed {
        Some(d) => Err(d),
        None => Ok(built(made, given.span)?.into()),
    }
}

/// `bd` with `:2`, or the number alone where there is no word.
fn variant(left: &Atom, right: &[Said]) -> Option<Vec<Said>> {
    let [Said::Number(n)] = right else {
        return None;
    };
    Some(match left.said.first() {
        Some(Said::Word(word)) => vec![Said::Word(word.clone()), Said::Number(*n)],
        _ => vec![Said::Number(*n)],
    })
}

/// `bd` in a bank: `tr808/bd`.
fn banked(left: &Atom, right: &[Said]) -> Option<Vec<Said>> {
    let ([Said::Word(bank)], [Said::Word(word), rest @ ..]) = (right, &left.said[..]) else {
        return None;
    };
    let word = Said::Word(format!("{bank}/{word}"));
    Some(std::iter::once(word).chain(rest.iter().cloned()).collect())
}

/// Numbers of a sound: `p("0 2").s("bd")`.
fn named(left: &Atom, right: &[Said]) -> Option<Vec<Said>> {
    let [Said::Word(word), own @ ..] = right else {
        return None;
    };
    let number = match &left.said[..] {
        [Said::Number(n)] | [Said::Word(_), Said::Number(n)] => vec![Said::Number(*n)],
        _ => own.to_vec(),
    };
    let word = Said::Word(word.clone());
    Some(std::iter::once(word).chain(number).collect())
}

impl Atom {
    /// With another's controls.
    fn with_sets_of(mut self, other: &Atom) -> Atom {
        self.sets.clone_from(&other.sets);
        self.legato = other.legato;
        self
    }
}

/// Whether patterns may name sounds on a node.
pub fn plays(node: &Node) -> bool {
    matches!(node.source, Source::Unit(_)) && node.range(SOUND).is_some()
}

/// The words of a pattern become sounds of the node it is bound to; what they name joins the node's sounds.
pub fn named_sounds(
    e: &mut Evaluator<'_>,
    node: &str,
    pattern: &Pattern,
    span: Span,
) -> Eval<Pattern> {
    let described = e.node(node, span)?;
    let Source::Unit(about) = &described.source else {
        return Ok(pattern.clone());
    };
    let mut about = Arc::clone(about);
    let gated = described.range(GATED).is_some();
    let mut names: Vec<String> = about.sounds().into_iter().map(str::to_owned).collect();
    let known = names.len();
    let mut failed = None;
    let named = pattern.map(&mut |atom| {
        let mut atom = atom.clone();
        if is_word(&atom) {
            match chosen(e, &atom, &names[..known], span) {
                Ok(sound) => {
                    if !names.contains(&sound) {
                        names.push(sound.clone());
                    }
                    atom.sound = Some(sound);
                }
                Err(d) => drop(failed.get_or_insert(d)),
            }
            atom.trigger = Some("gate".into());
        }
        if gated && atom.legato.is_some() {
            // A length that was asked for is one that is heard.
            atom.sets.push((GATED.to_owned(), 1.0));
        }
        atom
    });
    if let Some(d) = failed {
        return Err(d);
    }
    if names.len() > known {
        e.hold(4 * (names.len() - known), span)?;
        let more = names.drain(known..).map(Resource::Sound);
        Arc::make_mut(&mut about).resources.extend(more);
        if let Some(unit) = e.units.get(&about.name)
            && let Err(wanted) = unit.accepts(&about.resources)
        {
            let message = format!("`{}` takes {wanted}, and no further sounds", about.name);
            return Err(Diagnostic::new(span, message).into());
        }
        if let Some(n) = e.patch.nodes.iter_mut().find(|n| n.name == node) {
            n.source = Source::Unit(about);
        }
    }
    built(named, span)
}

/// A word that is no note, or a number that plays nothing yet: the name of a sound.
pub fn is_word(atom: &Atom) -> bool {
    atom.pitch.is_none() && atom.trigger.is_none() && !atom.said.is_empty()
}

/// The full name of the sound that a step names: a word with or without a number, or a number alone, which counts
/// the node's own sounds.
fn chosen(e: &Evaluator<'_>, atom: &Atom, own: &[String], span: Span) -> Eval<String> {
    let at = place(atom, span);
    let count = |n: f64| (n >= 0.0).then_some(n as usize);
    let no_name = |why: &str| Box::new(Diagnostic::new(at, format!("`{}` {why}", word(atom))));
    match &atom.said[..] {
        [Said::Word(name)] => key(e, name, 0, at),
        [Said::Word(name), Said::Number(n)] => {
            let n = count(*n).ok_or_else(|| no_name("has a number below 0"))?;
            key(e, name, n, at)
        }
        [Said::Number(n)] => match (count(*n), own.len()) {
            (Some(n), 1..) => Ok(own[n % own.len()].clone()),
            (None, _) => Err(no_name("is below 0")),
            (Some(_), 0) => Err(Box::new(
                no_name("is the number of a sound, and this node was made without any")
                    .hint("give it some, as sampler(\"bd\", \"sd\"), or write names"),
            )),
        },
        _ => Err(no_name("is not the name of a sound")),
    }
}
