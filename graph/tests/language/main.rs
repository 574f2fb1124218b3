//! The language as Python: what expressions are worth, what is printed, what is told of mistakes, and what stops a
//! score.

mod damaged;
mod expressions;
mod limits;
mod mistakes;

use sorl_graph::score::{Cancel, Evaluation, evaluate_with};
use sorl_graph::ugen::Units;

fn evaluate_with_console(text: &str, cancel: &Cancel) -> Evaluation {
    evaluate_with(text, &Units::default(), cancel)
}

/// The lines that a score prints.
fn printed(text: &str) -> Vec<String> {
    let made = evaluate_with_console(text, &Cancel::new());
    if let Err(why) = made.patch {
        panic!("{}", why.render("score", text));
    }
    made.console.into_iter().map(|line| line.text).collect()
}

/// Line, column, message and hint of the first thing that is wrong.
fn wrong(text: &str) -> (usize, usize, String, String) {
    let made = evaluate_with_console(text, &Cancel::new());
    let error = made.patch.expect_err(text);
    let d = &error.0[0];
    let (line, column) = d.place(text);
    (
        line,
        column,
        d.message.clone(),
        d.hint.clone().unwrap_or_default(),
    )
}
