//! What becomes of nodes that say they are done.

use super::args::{Args, wrong};
use super::eval::{Eval, Evaluator};
use super::lib_session::node_name;
use super::value::{Builtin, Value};
use crate::patch::Ending;

/// The functions that stand here.
pub const FUNCTIONS: &[Builtin] = &[
    Builtin {
        name: "at_end",
        params: &["node", "what"],
        run: at_end,
    },
    Builtin {
        name: "keep",
        params: &["node"],
        run: keep,
    },
];

fn at_end(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let node = node_name(e, args.need("node")?, "node")?;
    let given = args.need("what")?;
    let named = |word: &str| Ending::NAMES.iter().find(|(name, _)| *name == word);
    let found = match &given.value {
        Value::Str(word) => named(word),
        _ => None,
    };
    let Some((_, ending)) = found else {
        let names = Ending::NAMES.map(|(name, _)| format!("\"{name}\""));
        return Err(wrong(
            given,
            "what",
            &format!("one of {}", names.join(", ")),
        ));
    };
    e.hold(1, args.span)?;
    e.patch.endings.insert(node.as_ref().to_owned(), *ending);
    Ok(Value::None)
}

fn keep(e: &mut Evaluator<'_>, args: &Args) -> Eval<Value> {
    let node = node_name(e, args.need("node")?, "node")?;
    e.hold(1, args.span)?;
    e.patch.kept.insert(node.as_ref().to_owned());
    Ok(Value::None)
}
