//! Text → tokens, with Python's indentation. Strings are read in `strings`.

use super::diagnostic::Diagnostic;
use super::strings::{Part, is_prefix};
use crate::patch::Span;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Name(String),
    Int(i64),
    Float(f64),
    Str(String),
    /// A string with values in it.
    Format(Vec<Part>),
    /// An operator, a bracket or a separator.
    Op(&'static str),
    Newline,
    Indent,
    Dedent,
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// Longer ones first, so that the first that fits is the right one.
const OPERATORS: [&str; 39] = [
    "**=", "//=", ">>=", "->", ">>", "**", "//", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=",
    "%=", "|=", ":=", "(", ")", "[", "]", "{", "}", ",", ":", ".", ";", "=", "+", "-", "*", "/",
    "%", "@", "<", ">", "|", "~",
];

pub type Result<T> = std::result::Result<T, Diagnostic>;

pub struct Lexer<'a> {
    pub text: &'a str,
    pub at: usize,
    pub tokens: Vec<Token>,
    indents: Vec<usize>,
    /// Open brackets: what closes each, and where it stands.
    pub open: Vec<(&'static str, Span)>,
    /// How many strings with values are being read, one inside the other.
    pub inside: usize,
}

/// Cuts a score into tokens.
pub fn tokens(text: &str) -> Result<Vec<Token>> {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
        indents: vec![0],
        open: Vec::new(),
        inside: 0,
    };
    lexer.run()?;
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    pub fn rest(&self) -> &str {
        &self.text[self.at..]
    }
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
    pub fn span(&self, from: usize) -> Span {
        Span {
            start: from as u32,
            end: self.at as u32,
        }
    }
    pub fn push(&mut self, kind: Kind, from: usize) {
        let span = self.span(from);
        self.tokens.push(Token { kind, span });
    }
    fn skip_while(&mut self, test: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !test(c)).unwrap_or(rest.len());
    }

    fn run(&mut self) -> Result<()> {
        let mut line_start = true;
        while self.at < self.text.len() {
            if line_start && self.open.is_empty() {
                self.indentation()?;
                line_start = false;
                continue;
            }
            let from = self.at;
            let Some(c) = self.peek() else { break };
            if c == '\n' {
                self.at += 1;
                if self.open.is_empty() {
                    self.end_line(from);
                    line_start = true;
                }
            } else {
                self.token(c)?;
            }
        }
        if let Some((_, span)) = self.open.last() {
            let bracket = &self.text[span.start as usize..span.end as usize];
            let closing = match bracket {
                "(" => ")",
                "[" => "]",
                _ => "}",
            };
            let message = format!("this `{bracket}` is never closed");
            let hint = format!("close it with `{closing}`");
            return Err(Diagnostic::new(*span, message).hint(hint));
        }
        let from = self.at;
        self.end_line(from);
        while self.indents.len() > 1 {
            self.indents.pop();
            self.push(Kind::Dedent, from);
        }
        self.push(Kind::End, from);
        Ok(())
    }

    /// The next token, or what stands between tokens, ends of lines aside.
    pub fn token(&mut self, c: char) -> Result<()> {
        let from = self.at;
        match c {
            ' ' | '\t' | '\r' => self.at += 1,
            '\\' if self.rest().starts_with("\\\n") => self.at += 2,
            '#' => self.skip_while(|c| c != '\n'),
            '"' | '\'' => self.string(from)?,
            '0'..='9' => self.number()?,
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number()?,
            c if c.is_alphabetic() || c == '_' => {
                self.skip_while(|c| c.is_alphanumeric() || c == '_');
                if self.rest().starts_with(['"', '\'']) && is_prefix(&self.text[from..self.at]) {
                    // A prefix such as the one of f"…".
                    return self.string(from);
                }
                let name = self.text[from..self.at].to_owned();
                self.push(Kind::Name(name), from);
            }
            c => self.operator(c)?,
        }
        Ok(())
    }

    fn end_line(&mut self, from: usize) {
        // Empty lines and comments alone make no statement.
        if !matches!(
            self.tokens.last().map(|t| &t.kind),
            None | Some(Kind::Newline | Kind::Indent | Kind::Dedent)
        ) {
            self.push(Kind::Newline, from);
        }
    }

    fn indentation(&mut self) -> Result<()> {
        let from = self.at;
        self.skip_while(|c| c == ' ' || c == '\t');
        let blank = self.rest().starts_with(['\n', '\r', '#']) || self.rest().is_empty();
        if blank {
            return Ok(());
        }
        // A tab reaches the next multiple of eight, as in Python.
        let width = self.text[from..self.at]
            .chars()
            .fold(0, |w, c| if c == '\t' { w / 8 * 8 + 8 } else { w + 1 });
        let now = self.indents.last().copied().unwrap_or(0);
        if width > now {
            self.indents.push(width);
            self.push(Kind::Indent, from);
        }
        while self.indents.last().is_some_and(|&w| w > width) {
            self.indents.pop();
            if self.indents.last().is_some_and(|&w| w < width) {
                return Err(Diagnostic::new(
                    self.span(from),
                    "this indentation fits no block above",
                )
                .hint("indent it like the other lines of its block"));
            }
            self.push(Kind::Dedent, from);
        }
        Ok(())
    }

    fn number(&mut self) -> Result<()> {
        let from = self.at;
        let digit = |c: char| c.is_ascii_digit() || c == '_';
        self.skip_while(digit);
        let mut float = false;
        if self.peek() == Some('.') {
            float = true;
            self.at += 1;
            self.skip_while(digit);
        }
        if self.rest().starts_with(['e', 'E']) {
            let sign = usize::from(self.rest()[1..].starts_with(['+', '-']));
            if self.rest()[1 + sign..].starts_with(|c: char| c.is_ascii_digit()) {
                float = true;
                self.at += 1 + sign;
                self.skip_while(digit);
            }
        }
        let written: String = self.text[from..self.at]
            .chars()
            .filter(|c| *c != '_')
            .collect();
        let wrong = |this: &Self| Diagnostic::new(this.span(from), "this number is too large");
        if self.peek().is_some_and(|c| c.is_alphabetic()) {
            self.skip_while(|c| c.is_alphanumeric());
            return Err(Diagnostic::new(
                self.span(from),
                "this is neither a number nor a name",
            ));
        }
        if float {
            let value: f64 = written.parse().map_err(|_| wrong(self))?;
            self.push(Kind::Float(value), from);
        } else {
            let value: i64 = written.parse().map_err(|_| wrong(self))?;
            self.push(Kind::Int(value), from);
        }
        Ok(())
    }

    fn operator(&mut self, c: char) -> Result<()> {
        let from = self.at;
        let Some(op) = OPERATORS.iter().find(|op| self.rest().starts_with(**op)) else {
            self.at += c.len_utf8();
            return Err(Diagnostic::new(
                self.span(from),
                format!("`{c}` has no meaning here"),
            ));
        };
        self.at += op.len();
        let span = self.span(from);
        match *op {
            "(" => self.open.push((")", span)),
            "[" => self.open.push(("]", span)),
            "{" => self.open.push(("}", span)),
            ")" | "]" | "}" => match self.open.pop() {
                Some((close, _)) if close == *op => {}
                Some((close, opened)) => {
                    let bracket = &self.text[opened.start as usize..opened.end as usize];
                    return Err(Diagnostic::new(
                        opened,
                        format!("this `{bracket}` is closed by `{op}`"),
                    )
                    .hint(format!("close it with `{close}`")));
                }
                None => return Err(Diagnostic::new(span, format!("this `{op}` closes nothing"))),
            },
            _ => {}
        }
        self.push(Kind::Op(op), from);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        tokens(text).unwrap().into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn blocks_are_indented_and_brackets_join_lines() {
        use Kind::*;
        let name = |s: &str| Name(s.into());
        assert_eq!(
            kinds("def f():\n    # nothing\n\n    x\ny = (1,\n  2)\n"),
            [
                name("def"),
                name("f"),
                Op("("),
                Op(")"),
                Op(":"),
                Newline,
                Indent,
                name("x"),
                Newline,
                Dedent,
                name("y"),
                Op("="),
                Op("("),
                Int(1),
                Op(","),
                Int(2),
                Op(")"),
                Newline,
                End
            ]
        );
    }

    #[test]
    fn numbers_and_strings_are_read_as_python_does() {
        use Kind::*;
        assert_eq!(
            kinds("1_000 .5 2e3 1.5E-1 'a\\'b' \"\"\"x\ny\"\"\""),
            [
                Int(1000),
                Float(0.5),
                Float(2000.0),
                Float(0.15),
                Str("a'b".into()),
                Str("x\ny".into()),
                Newline,
                End
            ]
        );
    }

    #[test]
    fn what_is_never_closed_points_at_its_beginning() {
        let error = tokens("x = f(1,\ny = 2\n").unwrap_err();
        assert_eq!(
            (error.message.as_str(), error.span),
            ("this `(` is never closed", Span { start: 5, end: 6 })
        );
        assert_eq!(
            tokens("x = (1]\n").unwrap_err().span,
            Span { start: 4, end: 5 }
        );
        assert_eq!(
            tokens("a = 'b\n").unwrap_err().span,
            Span { start: 4, end: 5 }
        );
        assert!(tokens("a = $\n").is_err());
        assert!(tokens("if a:\n    b\n  c\n").is_err());
    }
}
