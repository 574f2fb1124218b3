//! Mini-notation: the short text form of patterns, `"bd [hh hh]*2 <a b>"`.
//!
//! A recursive descent over the text that builds the pattern on the way; what it means is Tidal's and Strudel's.
//! Every mistake points at its place inside the string. Control side; time, depth and size are bounded.

use super::diagnostic::Diagnostic;
use super::eval::Eval;
use super::mini_ops as ops;
use super::mini_step as step;
use crate::patch::Span;
use crate::pattern::{MAX_DENSITY, Pattern, PatternError};
use crate::time::Ratio;

/// Longest string of mini-notation, in bytes.
const MAX_LENGTH: usize = 1 << 16;
/// Deepest nesting of brackets.
const MAX_NESTING: u32 = 40;

/// The pattern that a string says. `base` is where the string's first byte stands in the score; spans count from
/// there.
pub fn parse(text: &str, base: u32) -> Eval<Pattern> {
    let mut mini = Mini {
        text,
        base,
        at: 0,
        nesting: 0,
        randoms: 0,
    };
    if text.len() > MAX_LENGTH {
        return Err(mini.error(0, text.len(), "this pattern is longer than 65536 bytes"));
    }
    mini.space();
    if mini.at == text.len() {
        return Err(mini
            .error(0, text.len(), "this pattern is empty")
            .hint("a rest is written `~`")
            .into());
    }
    let pattern = mini.alternatives(None)?;
    if mini.at < text.len() {
        return Err(mini.unexpected());
    }
    Ok(pattern)
}

/// One element of a sequence, with its share of time.
struct Element {
    pattern: Pattern,
    weight: Ratio,
}

/// A sequence and how many steps it counts.
pub struct Steps {
    pub pattern: Pattern,
    pub weight: Ratio,
}

/// What follows a step, ready to be applied to it.
type Operator = Box<dyn Fn(&mut Mini<'_>, Pattern) -> Eval<Pattern>>;

/// The parser.
pub struct Mini<'t> {
    text: &'t str,
    base: u32,
    at: usize,
    nesting: u32,
    /// Random operations so far, each with its own seed.
    randoms: u32,
}

/// Characters of words and numbers.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "~-#.^_'".contains(c)
}

impl Mini<'_> {
    /// A place in the score.
    pub fn span(&self, from: usize, to: usize) -> Span {
        Span {
            start: self.base + from as u32,
            end: self.base + to as u32,
        }
    }

    pub fn error(&self, from: usize, to: usize, message: impl Into<String>) -> Box<Diagnostic> {
        Diagnostic::new(self.span(from, to), message).into()
    }

    fn built<T>(&self, result: Result<T, PatternError>, from: usize) -> Eval<T> {
        result.map_err(|error| self.error(from, self.at, error.to_string()))
    }

    pub fn next_seed(&mut self) -> u32 {
        self.randoms += 1;
        self.randoms - 1
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }
    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }
    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }
    fn eat(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        if found {
            self.at += what.len();
        }
        found
    }

    fn unexpected(&self) -> Box<Diagnostic> {
        let Some(c) = self.peek() else {
            return self.error(self.at, self.at, "this pattern ends too soon");
        };
        let to = self.at + c.len_utf8();
        let d = self.error(self.at, to, format!("`{c}` does not belong here"));
        match c {
            ']' | '}' | '>' | ')' => d.hint("no bracket is open that it could close").into(),
            ',' | '|' => d
                .hint("`,` and `|` do not mix: put one of them in brackets")
                .into(),
            _ => d,
        }
    }

    /// A run of digits with a sign, a fraction and an exponent, right here.
    fn number(&mut self) -> Option<f64> {
        let text = self.rest();
        let bytes = text.as_bytes();
        let digits = |from: usize| {
            bytes[from.min(bytes.len())..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let mut end = usize::from(bytes.first() == Some(&b'-'));
        let whole = digits(end);
        if whole == 0 {
            return None;
        }
        end += whole;
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        let number = text[..end].parse().ok()?;
        self.at += end;
        Some(number)
    }

    /// `a b, c d` or `a b | c d`, up to a closing bracket or the end.
    fn alternatives(&mut self, open: Option<usize>) -> Eval<Pattern> {
        let from = self.at;
        let mut all = vec![self.sequence(open)?.pattern];
        let separator = self.peek().filter(|c| matches!(c, ',' | '|'));
        while let Some(c) = separator
            && self.eat(c.encode_utf8(&mut [0; 4]))
        {
            all.push(self.sequence(open)?.pattern);
        }
        let made = match separator {
            None => return Ok(all.remove(0)),
            Some('|') => Pattern::choose(self.next_seed(), all),
            Some(_) => Pattern::stack(all),
        };
        self.built(made, from)
    }

    /// Steps one after the other.
    fn sequence(&mut self, open: Option<usize>) -> Eval<Steps> {
        self.space();
        let from = self.at;
        if self.eat("^") {
            self.space();
        }
        let mut elements: Vec<Element> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(c) if is_word(c) || "[<{".contains(c) => {
                    let element = self.element()?;
                    elements.push(element);
                    if elements.len() > MAX_DENSITY as usize {
                        let error = PatternError::TooDense.to_string();
                        return Err(self.error(from, self.at, error));
                    }
                }
                None => {
                    if let Some(open) = open {
                        let bracket = &self.text[open..open + 1];
                        let message = format!("this `{bracket}` is never closed");
                        let d = self.error(open, open + 1, message);
                        return Err(d.hint(closing(bracket)).into());
                    }
                    break;
                }
                Some(_) => break,
            }
        }
        if elements.is_empty() {
            let d = match self.peek() {
                Some(c) if "]>}),|".contains(c) => {
                    let to = self.at + 1;
                    self.error(self.at, to, format!("a step is wanted before this `{c}`"))
                        .hint("a rest is written `~`")
                        .into()
                }
                _ => self.unexpected(),
            };
            return Err(d);
        }
        let weight = elements.iter().fold(Ratio::ZERO, |sum, e| sum + e.weight);
        let steps = elements
            .into_iter()
            .map(|e| (e.weight, e.pattern))
            .collect();
        let pattern = self.built(Pattern::weighted(steps), from)?;
        Ok(Steps { pattern, weight })
    }

    fn close(&mut self, open: usize, bracket: &str) -> Eval<()> {
        self.space();
        if self.eat(bracket) {
            return Ok(());
        }
        Err(match self.peek() {
            None => {
                let opening = &self.text[open..open + 1];
                let message = format!("this `{opening}` is never closed");
                let d = self.error(open, open + 1, message);
                d.hint(closing(opening)).into()
            }
            Some('|') if bracket != "]" => self
                .unexpected()
                .hint("a random choice stands in square brackets: [a | b]")
                .into(),
            Some(_) => {
                let opening = &self.text[open..open + 1];
                self.unexpected()
                    .hint(format!(
                        "the `{opening}` before it is closed by `{bracket}`"
                    ))
                    .into()
            }
        })
    }

    /// A word or a group, without what follows it.
    fn slice(&mut self) -> Eval<Pattern> {
        self.space();
        let from = self.at;
        let Some(c) = self.peek() else {
            return Err(self
                .error(from, from, "this pattern ends too soon")
                .hint("a step is wanted here")
                .into());
        };
        if !"[<{".contains(c) {
            return self.word();
        }
        if self.nesting >= MAX_NESTING {
            let message = format!("this is nested more than {MAX_NESTING} deep");
            return Err(self.error(from, from + 1, message));
        }
        self.nesting += 1;
        self.at += 1;
        let pattern = match c {
            '[' => {
                let inner = self.alternatives(Some(from))?;
                self.close(from, "]")?;
                inner
            }
            '<' => {
                let layers = self.layers(from, ">")?;
                let slow = layers
                    .into_iter()
                    .map(|l| l.pattern.over(l.weight))
                    .collect();
                self.stacked(slow, from)?
            }
            _ => {
                let layers = self.layers(from, "}")?;
                let count = if self.eat("%") {
                    let at = self.at;
                    let count = self.slice()?;
                    Some((count, at))
                } else {
                    None
                };
                self.polymeter(layers, count, from)?
            }
        };
        self.nesting -= 1;
        Ok(pattern)
    }

    /// `a b, c d e` within `<…>` or `{…}`.
    fn layers(&mut self, open: usize, bracket: &str) -> Eval<Vec<Steps>> {
        let mut layers = vec![self.sequence(Some(open))?];
        while self.eat(",") {
            layers.push(self.sequence(Some(open))?);
        }
        self.close(open, bracket)?;
        Ok(layers)
    }

    fn stacked(&self, layers: Vec<Result<Pattern, PatternError>>, from: usize) -> Eval<Pattern> {
        let made = layers
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .and_then(|mut layers| match layers.len() {
                1 => Ok(layers.remove(0)),
                _ => Pattern::stack(layers),
            });
        self.built(made, from)
    }

    /// Sequences that go on at the same pace, each from its own beginning.
    fn polymeter(
        &mut self,
        layers: Vec<Steps>,
        count: Option<(Pattern, usize)>,
        from: usize,
    ) -> Eval<Pattern> {
        let pace = layers[0].weight;
        let (count, at) = match &count {
            Some((count, at)) => (Ok(count), *at),
            None => (Err(pace), from),
        };
        let paced = |layer: &Steps| ops::paced(self, layer, count, (at, self.at));
        let layers = layers.iter().map(paced).collect::<Eval<Vec<_>>>()?;
        self.stacked(layers.into_iter().map(Ok).collect(), from)
    }

    fn word(&mut self) -> Eval<Pattern> {
        let from = self.at;
        let rest = self.rest();
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if len == 0 {
            return Err(self.unexpected());
        }
        self.at += len;
        let word = &self.text[from..self.at];
        step::word(self, word, from)
    }

    /// A slice and the operators after it.
    fn element(&mut self) -> Eval<Element> {
        let from = self.at;
        let mut pattern = if self.peek() == Some('_')
            && self.rest()[1..].chars().next().is_none_or(|c| !is_word(c))
        {
            return Err(self
                .error(
                    from,
                    from + 1,
                    "`_` holds the step before it, and there is none",
                )
                .hint("a rest is written `~`")
                .into());
        } else {
            self.slice()?
        };
        let mut weight = Ratio::ONE;
        // Where there is `!`, it is the last of the operators before it, and the number of times in all.
        let mut repeats: Option<(Ratio, usize)> = None;
        let mut before: Vec<Operator> = Vec::new();
        loop {
            self.space();
            let at = self.at;
            let c = self.peek();
            match c {
                Some('@' | '_') => {
                    self.at += 1;
                    let by = self.number().unwrap_or(2.0);
                    weight = weight + self.ratio(by, at)? - Ratio::ONE;
                }
                Some('!') => {
                    self.at += 1;
                    let by = self.number().unwrap_or(2.0);
                    let by = self.ratio(by, at)?;
                    let times = repeats.map_or(Ratio::ONE, |r| r.0) + by - Ratio::ONE;
                    if times < Ratio::ZERO || times.den() != 1 {
                        return Err(self
                            .error(at, self.at, "a step is repeated a whole number of times")
                            .hint("as in `a!3`")
                            .into());
                    }
                    weight = times;
                    repeats = Some((times, before.len()));
                }
                Some('*' | '/') => {
                    self.at += 1;
                    self.space();
                    let arg = self.at;
                    let by = self.slice()?;
                    let to = self.at;
                    let slow = c == Some('/');
                    before.push(Box::new(move |m, p| {
                        ops::faster(m, p, &by, slow, (at, arg, to))
                    }));
                }
                Some('?') => {
                    self.at += 1;
                    let amount = self.number().unwrap_or(0.5);
                    if !(0.0..=1.0).contains(&amount) {
                        return Err(self.error(at, self.at, "chance goes from 0 to 1"));
                    }
                    let seed = self.next_seed();
                    before.push(Box::new(move |m, p| {
                        m.built(p.degrade(seed, amount, false), at)
                    }));
                }
                Some('(') => {
                    self.at += 1;
                    let arguments = self.arguments(at)?;
                    let to = self.at;
                    before.push(Box::new(move |m, p| {
                        ops::euclid(m, &p, &arguments, (at, to))
                    }));
                }
                Some(':') => {
                    self.at += 1;
                    let tail = self.slice()?;
                    before.push(Box::new(move |m, p| m.built(ops::tail(&p, &tail), at)));
                }
                Some('.') if self.rest().starts_with("..") => {
                    self.at += 2;
                    let to = self.slice()?;
                    let end = self.at;
                    before.push(Box::new(move |m, p| ops::range(m, &p, &to, (from, end))));
                }
                _ => break,
            }
        }
        let place = repeats.map(|r| r.1);
        for (i, operator) in before.iter().enumerate() {
            if place == Some(i) {
                pattern = self.repeated(pattern, repeats, from)?;
            }
            pattern = operator(self, pattern)?;
        }
        if place == Some(before.len()) {
            pattern = self.repeated(pattern, repeats, from)?;
        }
        if weight < Ratio::ZERO {
            return Err(self.error(from, self.at, "a step cannot be shorter than nothing"));
        }
        if weight == Ratio::ZERO {
            // A weight of nought counts as none given.
            weight = Ratio::ONE;
        }
        Ok(Element { pattern, weight })
    }

    fn repeated(&self, p: Pattern, repeats: Option<(Ratio, usize)>, from: usize) -> Eval<Pattern> {
        match repeats {
            Some((times, _)) if times > Ratio::ZERO => {
                let count = u32::try_from(times.num()).unwrap_or(u32::MAX);
                self.built(p.repeat(count).and_then(|p| p.fast(times)), from)
            }
            _ => Ok(Pattern::silence()),
        }
    }

    fn ratio(&self, number: f64, from: usize) -> Eval<Ratio> {
        Ratio::from_f64(number)
            .filter(|r| r.num().abs() <= 1_000_000_000)
            .ok_or_else(|| self.error(from, self.at, "this number is too large"))
    }

    /// `(3,8,2)`: patterns, each with operators of its own.
    fn arguments(&mut self, open: usize) -> Eval<Vec<Pattern>> {
        if self.nesting >= MAX_NESTING {
            let message = format!("this is nested more than {MAX_NESTING} deep");
            return Err(self.error(open, open + 1, message));
        }
        self.nesting += 1;
        let mut arguments = Vec::new();
        loop {
            self.space();
            if !self.peek().is_some_and(|c| is_word(c) || "[<{".contains(c)) {
                break;
            }
            arguments.push(self.element()?.pattern);
            self.space();
            if arguments.len() == 3 || !self.eat(",") {
                break;
            }
        }
        self.close(open, ")")?;
        self.nesting -= 1;
        if arguments.len() < 2 {
            return Err(self
                .error(open, self.at, "a Euclidean rhythm needs pulses and steps")
                .hint("as in `x(3,8)`, with a rotation `x(3,8,2)`")
                .into());
        }
        Ok(arguments)
    }
}
/// What closes a bracket, for hints.
fn closing(bracket: &str) -> String {
    let close = match bracket {
        "(" => ")",
        "<" => ">",
        "{" => "}",
        _ => "]",
    };
    format!("close it with `{close}`")
}
