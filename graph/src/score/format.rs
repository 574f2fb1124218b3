//! Values as text: `str`, `repr`, and the formats of f-strings, as Python writes them.

use super::ast::Piece;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Given, Place, Value};
use crate::patch::Span;
use crate::signal::Outlet;
use std::rc::Rc;

/// Lists in lists that are shown, at most.
const MAX_WITHIN: usize = 20;
/// The widest that a format may ask for.
const MAX_WIDTH: usize = 1000;
/// The most digits behind the point.
const MAX_PRECISION: usize = 100;

/// The shortest decimal number that reads back as this one.
pub fn float(x: f64) -> String {
    if !x.is_finite() {
        return special(x, false);
    }
    let written = format!("{x:e}");
    let (digits, exponent) = split_exponent(&written);
    if (-4..16).contains(&exponent) {
        let plain = format!("{x}");
        return if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        };
    }
    scientific(digits, exponent)
}

fn special(x: f64, plus: bool) -> String {
    match (x.is_nan(), x > 0.0) {
        (true, _) => "nan".into(),
        (_, true) if plus => "+inf".into(),
        (_, true) => "inf".into(),
        _ => "-inf".into(),
    }
}

fn split_exponent(written: &str) -> (&str, i32) {
    match written.split_once('e') {
        Some((digits, exponent)) => (digits, exponent.parse().unwrap_or(0)),
        None => (written, 0),
    }
}

fn scientific(digits: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

impl Evaluator<'_> {
    /// As `str` writes it.
    pub fn text_of(&mut self, value: &Value, span: Span) -> Eval<String> {
        match value {
            Value::Str(s) => Ok(s.to_string()),
            other => self.repr(other, span),
        }
    }

    /// As `repr` writes it.
    pub fn repr(&mut self, value: &Value, span: Span) -> Eval<String> {
        let mut out = String::new();
        self.write(value, span, &mut Vec::new(), &mut out)?;
        Ok(out)
    }

    /// `within` are the addresses of what this stands in.
    fn write(
        &mut self,
        value: &Value,
        span: Span,
        within: &mut Vec<usize>,
        out: &mut String,
    ) -> Eval<()> {
        self.step(span)?;
        let before = out.len();
        let address = match value {
            Value::List(items) => Rc::as_ptr(items) as usize,
            Value::Tuple(items) => items.as_ptr() as usize,
            Value::Dict(entries) => Rc::as_ptr(entries) as usize,
            _ => 0,
        };
        // What stands in itself has no end.
        if address != 0 && (within.len() >= MAX_WITHIN || within.contains(&address)) {
            out.push_str("...");
            return Ok(());
        }
        within.push(address);
        match value {
            Value::None => out.push_str("None"),
            Value::Bool(b) => out.push_str(if *b { "True" } else { "False" }),
            Value::Int(n) => out.push_str(&n.to_string()),
            Value::Float(x) => out.push_str(&float(*x)),
            Value::Str(s) => quoted(s, out),
            Value::List(items) => {
                let items = items.borrow();
                out.push('[');
                self.write_items(&items, span, within, out)?;
                out.push(']');
            }
            Value::Tuple(items) => {
                out.push('(');
                self.write_items(items, span, within, out)?;
                out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Value::Dict(entries) => {
                out.push('{');
                for (i, (key, value)) in entries.borrow().iter().enumerate() {
                    out.push_str(if i == 0 { "" } else { ", " });
                    self.write(key, span, within, out)?;
                    out.push_str(": ");
                    self.write(value, span, within, out)?;
                }
                out.push('}');
            }
            Value::Range(r) => {
                let stop = r.start.saturating_add(r.step.saturating_mul(r.len));
                let step = match r.step {
                    1 => String::new(),
                    step => format!(", {step}"),
                };
                out.push_str(&format!("range({}, {stop}{step})", r.start));
            }
            Value::Closure(c) => out.push_str(&format!("<function {}>", c.definition.name)),
            Value::Builtin(b) | Value::Method(_, b) => {
                out.push_str(&format!("<function {}>", b.name));
            }
            Value::Module(m) => out.push_str(&format!("<module {m:?}>").to_lowercase()),
            Value::Signal(..) => out.push_str("<signal>"),
            Value::Pattern(_) => out.push_str("<pattern>"),
            Value::Transform(_) => out.push_str("<transform>"),
            Value::Unit(about) => out.push_str(&format!("<unit {}>", about.name)),
            Value::Node(name) => {
                out.push_str("<node ");
                quoted(name, out);
                out.push('>');
            }
            Value::Place(Place::Midi { channel, .. }) => {
                out.push_str(&format!("<midi out {channel}>"));
            }
            Value::Place(Place::Out(number)) => {
                out.push_str(&format!("<{}>", Outlet::written(*number)));
            }
            Value::Place(Place::Control { value, .. }) => {
                return self.write(&Value::Float(*value), span, within, out);
            }
            Value::Acts(..) => out.push_str("<act>"),
            Value::Context(_) => out.push_str("<context>"),
            Value::Graph(c) => out.push_str(&format!("<graph {}>", c.definition.name)),
            Value::Blueprint(_) => out.push_str("<module>"),
            Value::Group(group) => out.push_str(&format!("<module {}>", group.name)),
        }
        within.pop();
        self.hold_bytes(out.len() - before, span)
    }

    fn write_items(
        &mut self,
        items: &[Value],
        span: Span,
        within: &mut Vec<usize>,
        out: &mut String,
    ) -> Eval<()> {
        for (i, item) in items.iter().enumerate() {
            out.push_str(if i == 0 { "" } else { ", " });
            self.write(item, span, within, out)?;
        }
        Ok(())
    }

    /// The text of an f-string.
    pub fn format_pieces(&mut self, pieces: &[Piece], span: Span) -> Eval<String> {
        let mut out = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value {
                    value,
                    conversion,
                    spec,
                } => {
                    let mut given = self.given(value)?;
                    if let Some(conversion) = conversion {
                        let text = match conversion {
                            's' => self.text_of(&given.value, given.span)?,
                            _ => self.repr(&given.value, given.span)?,
                        };
                        given.value = Value::Str(text.into());
                    }
                    let spec = self.format_pieces(spec, span)?;
                    out.push_str(&self.format(&given, &spec, given.span)?);
                }
            }
            self.hold_bytes(out.len() / 8, span)?;
        }
        Ok(out)
    }

    /// One value by a format such as `>8.2f`.
    pub fn format(&mut self, given: &Given, spec: &str, span: Span) -> Eval<String> {
        if spec.is_empty() {
            return self.text_of(&given.value, given.span);
        }
        let wrong = |what: String| {
            Box::new(
                Diagnostic::new(span, what)
                    .hint("formats are written {x:.2f}, {x:>8}, {n:03d}, {x:.0%}"),
            )
        };
        let spec_of = Spec::parse(spec).map_err(&wrong)?;
        let number = match &given.value {
            Value::Bool(b) if !matches!(spec_of.kind, None | Some('s')) => {
                Value::Int(i64::from(*b))
            }
            other => other.counted(),
        };
        let body = match (&number, spec_of.kind) {
            (Value::Int(n), None | Some('d' | 'b' | 'o' | 'x' | 'X' | 'n')) => {
                if spec_of.precision.is_some() {
                    return Err(wrong(
                        "a whole number has no digits behind the point".into(),
                    ));
                }
                spec_of.integer(*n)
            }
            (Value::Int(n), Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => {
                spec_of.float(*n as f64)
            }
            (Value::Float(x), None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' | 'n')) => {
                spec_of.float(*x)
            }
            (other, None | Some('s')) if !matches!(other, Value::Int(_) | Value::Float(_)) => {
                let text = self.text_of(other, given.span)?;
                match spec_of.precision {
                    Some(most) => text.chars().take(most).collect(),
                    None => text,
                }
            }
            (other, kind) => {
                let kind = kind.map_or(String::new(), |k| k.to_string());
                return Err(wrong(format!(
                    "the format `{kind}` does not fit {}",
                    other.kind()
                )));
            }
        };
        let numeric = matches!(number, Value::Int(_) | Value::Float(_));
        Ok(spec_of.pad(body, numeric))
    }
}

fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// A format, read.
#[derive(Default)]
struct Spec {
    fill: Option<char>,
    align: Option<char>,
    plus: bool,
    space: bool,
    zero: bool,
    comma: Option<char>,
    width: usize,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str) -> Result<Spec, String> {
        let letters: Vec<char> = text.chars().collect();
        let mut spec = Spec::default();
        let mut at = 0;
        let aligns = |c: Option<&char>| matches!(c, Some('<' | '>' | '^' | '='));
        if aligns(letters.get(1)) {
            spec.fill = Some(letters[0]);
            spec.align = Some(letters[1]);
            at = 2;
        } else if aligns(letters.first()) {
            spec.align = Some(letters[0]);
            at = 1;
        }
        if let Some(sign @ ('+' | '-' | ' ')) = letters.get(at) {
            spec.plus = *sign == '+';
            spec.space = *sign == ' ';
            at += 1;
        }
        if letters.get(at) == Some(&'0') {
            spec.zero = true;
            at += 1;
        }
        let number = |at: &mut usize| {
            let from = *at;
            while letters.get(*at).is_some_and(char::is_ascii_digit) {
                *at += 1;
            }
            let digits: String = letters[from..*at].iter().collect();
            (*at > from).then(|| digits.parse::<usize>().unwrap_or(usize::MAX))
        };
        spec.width = number(&mut at).unwrap_or(0);
        if let Some(mark @ (',' | '_')) = letters.get(at) {
            spec.comma = Some(*mark);
            at += 1;
        }
        if letters.get(at) == Some(&'.') {
            at += 1;
            spec.precision =
                Some(number(&mut at).ok_or_else(|| format!("digits are missing in `{text}`"))?);
        }
        if let Some(kind) = letters.get(at) {
            spec.kind = Some(*kind);
            at += 1;
        }
        if spec.width > MAX_WIDTH || spec.precision.is_some_and(|p| p > MAX_PRECISION) {
            return Err(format!("the format `{text}` is too wide"));
        }
        if at < letters.len() || spec.kind.is_some_and(|k| !"sdboxXneEfFgG%".contains(k)) {
            return Err(format!("`{text}` is not a format"));
        }
        Ok(spec)
    }

    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        }
    }

    fn integer(&self, n: i64) -> String {
        let size = n.unsigned_abs();
        let digits = match self.kind {
            Some('b') => format!("{size:b}"),
            Some('o') => format!("{size:o}"),
            Some('x') => format!("{size:x}"),
            Some('X') => format!("{size:X}"),
            _ => size.to_string(),
        };
        format!("{}{}", self.sign(n < 0), self.grouped(&digits))
    }

    fn float(&self, x: f64) -> String {
        if !x.is_finite() {
            return special(x, self.plus);
        }
        let size = x.abs();
        let digits = match self.kind {
            Some('f' | 'F') => format!("{size:.*}", self.precision.unwrap_or(6)),
            Some('%') => format!("{:.*}%", self.precision.unwrap_or(6), size * 100.0),
            Some('e' | 'E') => {
                let written = format!("{size:.*e}", self.precision.unwrap_or(6));
                let (digits, exponent) = split_exponent(&written);
                scientific(digits, exponent)
            }
            None if self.precision.is_none() => float(size),
            kind => {
                let digits = general(size, self.precision.unwrap_or(6).max(1));
                // Without a letter a whole number keeps its point.
                if kind.is_none() && !digits.contains(['.', 'e']) {
                    format!("{digits}.0")
                } else {
                    digits
                }
            }
        };
        let digits = match self.kind {
            Some('E' | 'G') => digits.to_uppercase(),
            _ => digits,
        };
        format!(
            "{}{}",
            self.sign(x.is_sign_negative()),
            self.grouped(&digits)
        )
    }

    /// Thousands apart, if that is asked for.
    fn grouped(&self, digits: &str) -> String {
        let Some(mark) = self.comma else {
            return digits.to_owned();
        };
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        let mut out = String::new();
        for (i, c) in digits[..end].chars().enumerate() {
            if i > 0 && (end - i) % 3 == 0 {
                out.push(mark);
            }
            out.push(c);
        }
        out + &digits[end..]
    }

    fn pad(&self, body: String, numeric: bool) -> String {
        let missing = self.width.saturating_sub(body.chars().count());
        let fill = self.fill.unwrap_or(if self.zero { '0' } else { ' ' });
        let default = match (numeric, self.zero) {
            (true, true) => '=',
            (true, false) => '>',
            _ => '<',
        };
        let many = |n: usize| fill.to_string().repeat(n);
        match self.align.unwrap_or(default) {
            '<' => body + &many(missing),
            '>' => many(missing) + &body,
            '^' => many(missing / 2) + &body + &many(missing - missing / 2),
            _ => {
                let sign = usize::from(body.starts_with(['-', '+', ' ']));
                format!("{}{}{}", &body[..sign], many(missing), &body[sign..])
            }
        }
    }
}

/// As many digits as are asked for, without noughts at the end.
fn general(size: f64, precision: usize) -> String {
    let written = format!("{size:.*e}", precision - 1);
    let (digits, exponent) = split_exponent(&written);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if exponent < -4 || exponent >= precision as i32 {
        return scientific(&trim(digits), exponent);
    }
    let behind = (precision as i32 - 1 - exponent).max(0) as usize;
    trim(&format!("{size:.behind$}"))
}
