//! Arguments of a call, matched to parameters.

use super::collections::whole;
use super::diagnostic::{Diagnostic, nearest};
use super::eval::Eval;
use super::value::{Builtin, Given, Value};
use crate::patch::Span;
use crate::time::Ratio;
use std::rc::Rc;

/// The arguments of a call to a function of the language.
pub struct Args {
    pub span: Span,
    builtin: &'static Builtin,
    /// By parameter.
    given: Vec<Option<Given>>,
    /// What `*rest` took.
    pub rest: Vec<Given>,
    /// What `**named` took.
    pub named: Vec<(Rc<str>, Given)>,
}

impl Args {
    /// Matches what was given to the parameters of a function of the language.
    pub fn bind(
        builtin: &'static Builtin,
        span: Span,
        positional: Vec<Given>,
        named: Vec<(Rc<str>, Given)>,
    ) -> Eval<Args> {
        let plain = |p: &&&str| !p.starts_with('*');
        let names: Vec<&str> = builtin.params.iter().filter(plain).copied().collect();
        let takes_rest = builtin
            .params
            .iter()
            .any(|p| p.len() > 1 && p.starts_with('*') && !p.starts_with("**"));
        let takes_named = builtin.params.iter().any(|p| p.starts_with("**"));
        // A method's first parameter is what it belongs to; that does not count.
        let own = usize::from(names.first() == Some(&"self"));
        // What comes after `*rest` can only be named; a `*` alone takes nothing.
        let leading = builtin
            .params
            .iter()
            .position(|p| p.starts_with('*'))
            .unwrap_or(names.len());
        let mut args = Args {
            span,
            builtin,
            given: vec![None; names.len()],
            rest: Vec::new(),
            named: Vec::new(),
        };
        for (i, given) in positional.into_iter().enumerate() {
            if i < leading {
                args.given[i] = Some(given);
            } else if takes_rest {
                args.rest.push(given);
            } else {
                let most = match leading - own {
                    0 => "no arguments".into(),
                    1 => "at most one argument".into(),
                    n => format!("at most {n} arguments"),
                };
                return Err(Diagnostic::new(
                    given.span,
                    format!("`{}` takes {most}", builtin.name),
                )
                .hint(usage(builtin))
                .into());
            }
        }
        for (name, given) in named {
            match names.iter().position(|n| *n == &*name) {
                Some(i) if args.given[i].is_some() => {
                    return Err(Diagnostic::new(
                        given.span,
                        format!("argument `{name}` is given twice"),
                    )
                    .into());
                }
                Some(i) => args.given[i] = Some(given),
                None if takes_named => args.named.push((name, given)),
                None => {
                    let d = Diagnostic::new(
                        given.span,
                        format!("`{}` has no argument `{name}`", builtin.name),
                    );
                    return Err(match nearest(&name, names) {
                        Some(near) => d.hint(format!("did you mean `{near}`?")),
                        None => d.hint(usage(builtin)),
                    }
                    .into());
                }
            }
        }
        Ok(args)
    }

    fn index(&self, name: &str) -> usize {
        // Builtins ask for their own parameters; a wrong name is a fault of theirs that the first call shows.
        let mut plain = self.builtin.params.iter().filter(|p| !p.starts_with('*'));
        plain
            .position(|p| *p == name)
            .unwrap_or_else(|| panic!("`{}` has no parameter `{name}`", self.builtin.name))
    }

    /// Whether the function has a parameter of this name.
    pub fn has(&self, name: &str) -> bool {
        self.builtin.params.contains(&name)
    }

    /// The same call with another argument of a name.
    pub fn with(&self, name: &str, given: Given) -> Args {
        let mut all = self.given.clone();
        all[self.index(name)] = Some(given);
        Args {
            span: self.span,
            builtin: self.builtin,
            given: all,
            rest: self.rest.clone(),
            named: self.named.clone(),
        }
    }

    /// The function that is called.
    pub fn builtin(&self) -> &'static Builtin {
        self.builtin
    }

    /// An argument, unless it was left out.
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.given[self.index(name)].as_ref()
    }

    /// An argument that must be there.
    pub fn need(&self, name: &str) -> Eval<&Given> {
        self.get(name).ok_or_else(|| {
            Diagnostic::new(
                self.span,
                format!("`{}` needs an argument `{name}`", self.builtin.name),
            )
            .hint(usage(self.builtin))
            .into()
        })
    }

    /// A number, or a default.
    pub fn number(&self, name: &str, default: f64) -> Eval<f64> {
        self.get(name)
            .map_or(Ok(default), |given| number(given, name))
    }

    /// True or False, or a default.
    pub fn truth(&self, name: &str, default: bool) -> Eval<bool> {
        match self.get(name).map(|given| (given, &given.value)) {
            None => Ok(default),
            Some((_, Value::Bool(on))) => Ok(*on),
            Some((given, _)) => Err(wrong(given, name, "True or False")),
        }
    }

    /// A number that must be there.
    pub fn need_number(&self, name: &str) -> Eval<f64> {
        number(self.need(name)?, name)
    }

    /// A number of cycles that must be there.
    pub fn need_ratio(&self, name: &str) -> Eval<Ratio> {
        let given = self.need(name)?;
        ratio(given, name)
    }

    /// The name of the function that is called.
    pub fn name(&self) -> &'static str {
        self.builtin.name
    }

    /// The names of the first two parameters.
    pub fn first_names(&self) -> (&'static str, &'static str) {
        let name = |i: usize| self.builtin.params.get(i).copied().unwrap_or_default();
        (name(0), name(1))
    }

    /// The name of the first parameter.
    pub fn first_name(&self) -> &'static str {
        self.builtin.params.first().copied().unwrap_or_default()
    }

    /// A whole number that must be there.
    pub fn need_whole(&self, name: &str) -> Eval<i64> {
        let given = self.need(name)?;
        whole(&given.value).ok_or_else(|| wrong(given, name, "a whole number"))
    }

    /// A string that must be there.
    pub fn need_str(&self, name: &str) -> Eval<Rc<str>> {
        match &self.need(name)? {
            Given {
                value: Value::Str(s),
                ..
            } => Ok(Rc::clone(s)),
            other => Err(wrong(other, name, "a string")),
        }
    }
}

/// How a function is called, for hints.
pub fn usage(builtin: &Builtin) -> String {
    let params: Vec<&str> = builtin
        .params
        .iter()
        .filter(|p| **p != "self")
        .copied()
        .collect();
    format!("{}({})", builtin.name, params.join(", "))
}

/// The number in an argument.
pub fn number(given: &Given, name: &str) -> Eval<f64> {
    match given.value.number() {
        Some(x) if x.is_finite() => Ok(x),
        Some(_) => {
            Err(Diagnostic::new(given.span, format!("`{name}` must be a finite number")).into())
        }
        None => Err(wrong(given, name, "a number")),
    }
}

/// The number of cycles in an argument.
pub fn ratio(given: &Given, name: &str) -> Eval<Ratio> {
    let beyond = || Diagnostic::new(given.span, format!("`{name}` is too large")).into();
    match given.value {
        Value::Int(n) if n.abs() <= 1_000_000_000 => Ok(Ratio::whole(n)),
        Value::Int(_) => Err(beyond()),
        _ => Ratio::from_f64(number(given, name)?).ok_or_else(beyond),
    }
}

/// An argument of the wrong kind.
pub fn wrong(given: &Given, name: &str, wanted: &str) -> Box<Diagnostic> {
    Diagnostic::new(
        given.span,
        format!("`{name}` must be {wanted}, not {}", given.value.kind()),
    )
    .into()
}
