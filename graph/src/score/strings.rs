//! Strings: quotes, escapes, prefixes, and the values in an f-string, whose tokens keep their places.

use super::diagnostic::Diagnostic;
use super::lexer::{Kind, Lexer, Result, Token};
use crate::patch::Span;

/// A part of a string with values in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Text(String),
    Value {
        /// The tokens of the expression, with an `End` behind them.
        tokens: Vec<Token>,
        /// `s`, `r` or `a`.
        conversion: Option<char>,
        /// What stands behind the `:`.
        spec: Vec<Part>,
    },
}

/// How a string is written.
struct Style {
    close: String,
    raw: bool,
    triple: bool,
    /// Where it begins, and the byte after its opening quotes.
    from: usize,
    inside: usize,
}

/// Whether a name right before a quote is a string's prefix.
pub fn is_prefix(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "f" | "r" | "u" | "fr" | "rf"
    )
}

/// f-strings inside the braces of f-strings, at most.
const MAX_INSIDE: usize = 8;

impl Lexer<'_> {
    /// A string; a prefix (`f`, `r`, both) stands between `from` and here.
    pub fn string(&mut self, from: usize) -> Result<()> {
        let prefix = self.text[from..self.at].to_ascii_lowercase();
        let quote = if self.rest().starts_with('"') {
            "\""
        } else {
            "'"
        };
        let triple = self.rest().starts_with(&quote.repeat(3));
        let close = quote.repeat(if triple { 3 } else { 1 });
        self.at += close.len();
        let style = Style {
            close,
            raw: prefix.contains('r'),
            triple,
            from,
            inside: self.at,
        };
        if prefix.contains('f') {
            let parts = self.parts(&style, false)?;
            self.at += style.close.len();
            self.push(Kind::Format(parts), from);
            return Ok(());
        }
        let mut value = String::new();
        while !self.rest().starts_with(&style.close) {
            self.letter(&style, &mut value)?;
        }
        self.at += style.close.len();
        self.push(Kind::Str(value), from);
        Ok(())
    }

    fn never_closed(&self, style: &Style) -> Diagnostic {
        let start = Span {
            start: style.from as u32,
            end: style.inside as u32,
        };
        Diagnostic::new(start, "this string is never closed")
            .hint(format!("end it with {}", style.close))
    }

    /// One letter of a string, an escape read as what it stands for.
    fn letter(&mut self, style: &Style, into: &mut String) -> Result<()> {
        let Some(c) = self.peek().filter(|c| *c != '\n' || style.triple) else {
            return Err(self.never_closed(style));
        };
        self.at += c.len_utf8();
        if c != '\\' {
            into.push(c);
            return Ok(());
        }
        let Some(c) = self.peek() else {
            return Err(self.never_closed(style));
        };
        self.at += c.len_utf8();
        match c {
            _ if style.raw => into.extend(['\\', c]),
            'n' => into.push('\n'),
            't' => into.push('\t'),
            '\n' => {}
            '\\' | '\'' | '"' => into.push(c),
            other => into.extend(['\\', other]),
        }
        Ok(())
    }

    /// The parts of an f-string to its end, or of a specification to its `}`; neither is taken.
    fn parts(&mut self, style: &Style, spec: bool) -> Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            let rest = self.rest();
            if rest.starts_with(&style.close) || (spec && rest.starts_with('}')) {
                break;
            }
            if !spec && (rest.starts_with("{{") || rest.starts_with("}}")) {
                text.push_str(&rest[..1]);
                self.at += 2;
            } else if rest.starts_with('{') {
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                self.value(style, spec, &mut parts)?;
            } else if rest.starts_with('}') {
                let from = self.at;
                self.at += 1;
                return Err(Diagnostic::new(
                    self.span(from),
                    "this `}` closes nothing in the string",
                )
                .hint("a brace that is meant is written twice: }}"));
            } else {
                self.letter(style, &mut text)?;
            }
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(parts)
    }

    /// `{value!r:spec}`; with `{value=}` its text goes before it.
    fn value(&mut self, style: &Style, spec: bool, parts: &mut Vec<Part>) -> Result<()> {
        let from = self.at;
        self.at += 1;
        let brace = self.span(from);
        if spec {
            return self.flat(style, brace, parts);
        }
        if self.inside >= MAX_INSIDE {
            return Err(Diagnostic::new(brace, "these strings are nested too deep"));
        }
        let outer = std::mem::take(&mut self.tokens);
        let depth = self.open.len();
        // An open bracket lets lines end inside of triple quotes.
        self.open.push(("}", brace));
        self.inside += 1;
        let read = self.expression(style, brace, depth + 1);
        self.inside -= 1;
        let mut tokens = std::mem::replace(&mut self.tokens, outer);
        read?;
        self.open.truncate(depth);
        let end = Span {
            start: self.at as u32,
            end: self.at as u32,
        };
        if tokens.is_empty() {
            return Err(
                Diagnostic::new(brace, "there is no value between these braces")
                    .hint("a brace that is meant is written twice: {{"),
            );
        }
        tokens.push(Token {
            kind: Kind::End,
            span: end,
        });
        let shown = self.rest().starts_with('=');
        if shown {
            self.at += 1;
            while self.rest().starts_with(' ') {
                self.at += 1;
            }
            parts.push(Part::Text(self.text[from + 1..self.at].to_owned()));
        }
        let mut conversion = None;
        if self.rest().starts_with('!') {
            self.at += 1;
            conversion = self.peek().filter(|c| matches!(c, 's' | 'r' | 'a'));
            self.at += conversion.map_or(0, char::len_utf8);
            if conversion.is_none() {
                return Err(Diagnostic::new(
                    self.span(from),
                    "`!` is followed by s or r here",
                ));
            }
        }
        let mut inner = Vec::new();
        if self.rest().starts_with(':') {
            self.at += 1;
            inner = self.parts(style, true)?;
        } else if shown && conversion.is_none() {
            conversion = Some('r');
        }
        self.close_value(brace)?;
        parts.push(Part::Value {
            tokens,
            conversion,
            spec: inner,
        });
        Ok(())
    }

    /// `{name}` or `{number}` inside a specification: nothing deeper is needed there.
    fn flat(&mut self, style: &Style, brace: Span, parts: &mut Vec<Part>) -> Result<()> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += self.peek().map_or(1, char::len_utf8);
        }
        let word = self.text[from..self.at].to_owned();
        if word.is_empty() || self.rest().starts_with(&style.close) {
            return Err(Diagnostic::new(
                brace,
                "inside a format only {name} may stand",
            ));
        }
        let kind = match word.parse::<i64>() {
            Ok(n) => Kind::Int(n),
            Err(_) => Kind::Name(word),
        };
        let tokens = vec![
            Token {
                kind,
                span: self.span(from),
            },
            Token {
                kind: Kind::End,
                span: self.span(self.at),
            },
        ];
        self.close_value(brace)?;
        parts.push(Part::Value {
            tokens,
            conversion: None,
            spec: Vec::new(),
        });
        Ok(())
    }

    fn close_value(&mut self, brace: Span) -> Result<()> {
        if !self.rest().starts_with('}') {
            return Err(
                Diagnostic::new(brace, "this `{` is never closed in the string")
                    .hint("a brace that is meant is written twice: {{"),
            );
        }
        self.at += 1;
        Ok(())
    }

    /// Tokens up to what ends the expression: `}`, `:`, `!` or a closing `=`, outside of its brackets.
    fn expression(&mut self, style: &Style, brace: Span, depth: usize) -> Result<()> {
        loop {
            let rest = self.rest();
            if self.open.len() == depth {
                let shows = rest.starts_with('=')
                    && rest[1..]
                        .trim_start_matches(' ')
                        .starts_with(['}', ':', '!'])
                    && !rest.starts_with("==");
                let converts = rest.starts_with('!') && !rest.starts_with("!=");
                if rest.starts_with(['}', ':']) || shows || converts {
                    return Ok(());
                }
            }
            match self.peek() {
                // Old Pythons forbid the string's own quotes in here, and so an unclosed brace is told as such.
                Some(c) if !rest.starts_with(&style.close) && (c != '\n' || style.triple) => {
                    if c == '\n' {
                        self.at += 1;
                    } else if c == '#' {
                        return Err(Diagnostic::new(
                            brace,
                            "a comment cannot stand in a string's braces",
                        ));
                    } else {
                        self.token(c)?;
                    }
                }
                _ => {
                    return Err(
                        Diagnostic::new(brace, "this `{` is never closed in the string")
                            .hint("a brace that is meant is written twice: {{"),
                    );
                }
            }
        }
    }
}
