//! Graphs within the graph: the steps and the rate of a group's nodes.

use super::args::Args;
use super::diagnostic::Diagnostic;
use super::eval::{Eval, Evaluator};
use super::value::{Builtin, Value};
use crate::patch::{Graph, MAX_DEPTH, MAX_FACTOR};

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "block",
        params: &["group", "frames"],
        run: |e, a| set(e, a, "frames", |graph, frames| graph.block = frames),
    },
    Builtin {
        name: "oversample",
        params: &["group", "factor"],
        run: |e, a| set(e, a, "factor", |graph, factor| graph.oversample = factor),
    },
];

fn set(e: &mut Evaluator<'_>, args: &Args, what: &str, change: fn(&mut Graph, u8)) -> Eval<Value> {
    let path = args.need_str("group")?;
    let wanted = args.need_whole(what)?;
    let mut graph = e.patch.graphs.get(&*path).copied().unwrap_or_default();
    let number = u8::try_from(wanted).unwrap_or(0);
    change(&mut graph, number);
    if number == 0 || !graph.is_valid() {
        let (message, hint) = match what {
            "frames" => (
                "the block of a graph cannot be",
                "1, 2, 4, 8, 16, 32 or 64 frames",
            ),
            _ => ("a graph cannot be oversampled by", "1, 2, 4 or 8"),
        };
        let span = args.need(what)?.span;
        return Err(Diagnostic::new(span, format!("{message} {wanted}"))
            .hint(hint)
            .into());
    }
    if path.is_empty() || path.split('/').any(str::is_empty) {
        let span = args.need("group")?.span;
        return Err(
            Diagnostic::new(span, format!("`{path}` is not the path of a group"))
                .hint("the group \"fx\" holds the nodes \"fx/…\"")
                .into(),
        );
    }
    e.hold(1, args.span)?;
    e.patch.graphs.insert(path.as_ref().to_owned(), graph);
    if let Some(deep) = e.patch.graph_beyond_bounds() {
        let message = format!("the graph `{deep}` is too deep or too fast");
        return Err(Diagnostic::new(args.span, message)
            .hint(format!(
                "at most {MAX_DEPTH} graphs in each other, with factors up to {MAX_FACTOR} together"
            ))
            .into());
    }
    Ok(Value::None)
}
