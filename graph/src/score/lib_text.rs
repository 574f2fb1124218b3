//! The methods of strings.

use super::args::{Args, wrong};
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Builtin, Given, Value};
use std::rc::Rc;

/// Every method of a string; the first parameter is the string itself.
pub const METHODS: &[Builtin] = &[
    Builtin {
        name: "upper",
        params: &["self"],
        run: |e, a| map(e, a, str::to_uppercase),
    },
    Builtin {
        name: "lower",
        params: &["self"],
        run: |e, a| map(e, a, str::to_lowercase),
    },
    Builtin {
        name: "capitalize",
        params: &["self"],
        run: |e, a| map(e, a, capital),
    },
    Builtin {
        name: "title",
        params: &["self"],
        run: |e, a| map(e, a, title),
    },
    Builtin {
        name: "strip",
        params: &["self", "letters"],
        run: |e, a| strip(e, a, true, true),
    },
    Builtin {
        name: "lstrip",
        params: &["self", "letters"],
        run: |e, a| strip(e, a, true, false),
    },
    Builtin {
        name: "rstrip",
        params: &["self", "letters"],
        run: |e, a| strip(e, a, false, true),
    },
    Builtin {
        name: "split",
        params: &["self", "sep", "maxsplit"],
        run: split,
    },
    Builtin {
        name: "splitlines",
        params: &["self"],
        run: |e, a| {
            let text = receiver(e, a)?;
            parts(e, a, text.lines().map(str::to_owned).collect())
        },
    },
    Builtin {
        name: "join",
        params: &["self", "parts"],
        run: join,
    },
    Builtin {
        name: "replace",
        params: &["self", "old", "new", "count"],
        run: replace,
    },
    Builtin {
        name: "startswith",
        params: &["self", "prefix"],
        run: |e, a| test(e, a, "prefix", |text, part| text.starts_with(part)),
    },
    Builtin {
        name: "endswith",
        params: &["self", "suffix"],
        run: |e, a| test(e, a, "suffix", |text, part| text.ends_with(part)),
    },
    Builtin {
        name: "isdigit",
        params: &["self"],
        run: |e, a| {
            let text = receiver(e, a)?;
            Ok(Value::Bool(
                !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()),
            ))
        },
    },
    Builtin {
        name: "find",
        params: &["self", "part"],
        run: |e, a| {
            let (text, part) = (receiver(e, a)?, a.need_str("part")?);
            let at = text.find(&*part).map(|i| text[..i].chars().count());
            Ok(Value::Int(at.map_or(-1, |i| i as i64)))
        },
    },
    Builtin {
        name: "index",
        params: &["self", "part"],
        run: |e, a| {
            let (text, part) = (receiver(e, a)?, a.need_str("part")?);
            let at = text.find(&*part).ok_or_else(|| {
                Diagnostic::new(a.span, "the string does not hold this")
                    .hint("`in` asks whether it does, .find gives -1")
            })?;
            Ok(Value::Int(text[..at].chars().count() as i64))
        },
    },
    Builtin {
        name: "count",
        params: &["self", "part"],
        run: |e, a| {
            let (text, part) = (receiver(e, a)?, a.need_str("part")?);
            Ok(Value::Int(match part.is_empty() {
                true => text.chars().count() as i64 + 1,
                false => text.matches(&*part).count() as i64,
            }))
        },
    },
    Builtin {
        name: "zfill",
        params: &["self", "width"],
        run: |e, a| {
            let (text, width) = (receiver(e, a)?, a.need_whole("width")?);
            let missing = width.clamp(0, 1000) as usize;
            let missing = missing.saturating_sub(text.chars().count());
            let sign = usize::from(text.starts_with(['-', '+']));
            let filled = format!("{}{}{}", &text[..sign], "0".repeat(missing), &text[sign..]);
            e.string(filled, a.span)
        },
    },
    Builtin {
        name: "format",
        params: &["self", "*values", "**named"],
        run: format,
    },
];

fn receiver(e: &mut Evaluator<'_>, args: &Args) -> Eval<Rc<str>> {
    let text = args.need_str("self")?;
    e.steps(text.len() / 64, args.span)?;
    Ok(text)
}

fn map(e: &mut Evaluator<'_>, args: &Args, f: fn(&str) -> String) -> Eval<Value> {
    let text = receiver(e, args)?;
    e.string(f(&text), args.span)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(c) => c.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase(),
        None => String::new(),
    }
}

fn title(text: &str) -> String {
    let mut out = String::new();
    let mut begins = true;
    for c in text.chars() {
        if begins {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        begins = !c.is_alphabetic();
    }
    out
}

fn strip(e: &mut Evaluator<'_>, args: &Args, left: bool, right: bool) -> Eval<Value> {
    let text = receiver(e, args)?;
    let letters = match args.get("letters") {
        Some(_) => Some(args.need_str("letters")?),
        None => None,
    };
    let drops = |c: char| match &letters {
        Some(letters) => letters.contains(c),
        None => c.is_whitespace(),
    };
    let mut rest = &*text;
    if left {
        rest = rest.trim_start_matches(drops);
    }
    if right {
        rest = rest.trim_end_matches(drops);
    }
    e.string(rest.to_owned(), args.span)
}

fn parts(e: &mut Evaluator<'_>, args: &Args, parts: Vec<String>) -> Eval<Value> {
    let parts = parts
        .into_iter()
        .map(|part| e.string(part, args.span))
        .collect::<Eval<Vec<_>>>()?;
    e.list(parts, args.span)
}

fn split(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let text = receiver(e, args)?;
    let most = match args.get("maxsplit") {
        Some(_) => usize::try_from(args.need_whole("maxsplit")?).ok(),
        None => None,
    };
    let most = most.map_or(usize::MAX, |n| n.saturating_add(1));
    let found = match args.get("sep") {
        None
        | Some(Given {
            value: Value::None, ..
        }) => {
            let mut found = Vec::new();
            let mut rest = text.trim_start();
            while !rest.is_empty() {
                if found.len() + 1 == most {
                    found.push(rest.to_owned());
                    break;
                }
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                found.push(rest[..end].to_owned());
                rest = rest[end..].trim_start();
            }
            found
        }
        Some(sep) => {
            let by = args.need_str("sep")?;
            if by.is_empty() {
                return Err(Diagnostic::new(sep.span, "a separator cannot be empty")
                    .hint("list(text) gives the letters")
                    .into());
            }
            text.splitn(most, &*by).map(str::to_owned).collect()
        }
    };
    parts(e, args, found)
}

fn join(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let between = receiver(e, args)?;
    let given = args.need("parts")?.clone();
    let mut items = e.iterate(&given)?;
    let mut out = String::new();
    let mut first = true;
    while let Some(item) = items.next(e, given.span)? {
        let Value::Str(part) = &item else {
            return Err(Diagnostic::new(
                given.span,
                format!("strings are joined, and one of these is {}", item.kind()),
            )
            .hint("make strings of them: \", \".join(str(x) for x in items)")
            .into());
        };
        if !first {
            out.push_str(&between);
        }
        first = false;
        e.hold_bytes(part.len() + between.len(), given.span)?;
        out.push_str(part);
    }
    e.string(out, args.span)
}

fn replace(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let text = receiver(e, args)?;
    let (old, new) = (args.need_str("old")?, args.need_str("new")?);
    let most = match args.get("count") {
        Some(_) => usize::try_from(args.need_whole("count")?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    // Counted before it is made: a letter can become a book.
    let times = text.matches(&*old).count().min(most);
    e.hold_bytes(times.saturating_mul(new.len()), args.span)?;
    e.string(text.replacen(&*old, &new, most), args.span)
}

fn test(e: &mut Evaluator<'_>, args: &Args, name: &str, f: fn(&str, &str) -> bool) -> Eval<Value> {
    let text = receiver(e, args)?;
    let given = args.need(name)?;
    match &given.value {
        Value::Str(part) => Ok(Value::Bool(f(&text, part))),
        Value::Tuple(parts) => {
            e.steps(parts.len(), given.span)?;
            let any = parts.iter().any(|p| match p {
                Value::Str(part) => f(&text, part),
                _ => false,
            });
            Ok(Value::Bool(any))
        }
        _ => Err(wrong(given, name, "a string or a tuple of strings")),
    }
}

/// `"{} {0:.2f} {name}".format(…)`
fn format(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let text = receiver(e, args)?;
    let mut out = String::new();
    let mut rest = &*text;
    let mut next = 0;
    let brace = || Diagnostic::new(args.span, "a brace of this format is never closed");
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let doubled = rest.get(at..at + 2);
        if let Some("{{" | "}}") = doubled {
            out.push_str(&rest[at..=at]);
            rest = &rest[at + 2..];
            continue;
        }
        let field = rest[at..].strip_prefix('{').ok_or_else(brace)?;
        let end = field.find('}').ok_or_else(brace)?;
        let (name, spec) = field[..end].split_once(':').unwrap_or((&field[..end], ""));
        let found = match name.parse::<usize>() {
            Ok(place) => args.rest.get(place),
            Err(_) if name.is_empty() => {
                next += 1;
                args.rest.get(next - 1)
            }
            Err(_) => args.named.iter().find(|n| *n.0 == *name).map(|n| &n.1),
        };
        let given = found.ok_or_else(|| {
            Diagnostic::new(
                args.span,
                format!("no value is given for `{{{name}}}` of this format"),
            )
        })?;
        let text = e.format(given, spec, args.span)?;
        e.hold_bytes(text.len(), args.span)?;
        out.push_str(&text);
        rest = &field[end + 1..];
    }
    out.push_str(rest);
    e.string(out, args.span)
}
