//! Every kind of mistake says what it is, where, and what to do.

use sorl_graph::score::{Cancel, evaluate, evaluate_with};
use sorl_graph::ugen::Units;
use std::thread;

/// A score that the mistakes are added to.
const SCORE: &str = "def bass():
    freq = control(\"freq\", 55, 20, 800)
    gate = control(\"gate\", 0, 0, 1)
    cutoff = control(\"cutoff\", 800, 100, 4000)
    return lowpass(saw(freq), cutoff) * gate

b = node(\"bass\", bass)
";

/// The first mistake of the score with this behind it: its line (from the first one behind), what stands at its place,
/// its message and its hint.
fn mistake(lines: &str) -> (usize, String, String, String) {
    let text = format!("{SCORE}{lines}\n");
    let d = evaluate(&text).expect_err(lines).0.remove(0);
    let at = text.get(d.span.start as usize..d.span.end as usize);
    let line = d.place(&text).0 - SCORE.lines().count();
    (
        line,
        at.unwrap_or_default().to_owned(),
        d.message,
        d.hint.unwrap_or_default(),
    )
}

/// What is added, the line and the text of the place, the message, and what the hint says.
const TABLE: &[(&str, usize, &str, &str, &str)] = &[
    // Unknown name.
    (
        "x = 1\ny = lowpas",
        2,
        "lowpas",
        "there is no name `lowpas` here",
        "did you mean `lowpass`?",
    ),
    // Wrong argument.
    (
        "node(\"c\", bass, count=99)",
        1,
        "99",
        "`count` must be a number of voices from 1 to 64, not the number 99",
        "",
    ),
    (
        "tempo(\"fast\")",
        1,
        "\"fast\"",
        "`tempo` must be a number, not a string",
        "",
    ),
    (
        "connect(b, out, lvel=1)",
        1,
        "1",
        "`connect` has no argument `lvel`",
        "did you mean `level`?",
    ),
    (
        "fade(\"bass/gain\")",
        1,
        "fade(\"bass/gain\")",
        "`fade` needs an argument `target`",
        "fade(path, target, bars, curve, to, steps_per_bar)",
    ),
    // Missing bracket: points at the opening one.
    (
        "x = 1\nplay(\"bass\", seq(\"A2\", \"D3\")\ny = 2",
        2,
        "(",
        "this `(` is never closed",
        "close it with `)`",
    ),
    // Unknown node, unknown control.
    (
        "mute(\"bas\")",
        1,
        "\"bas\"",
        "there is no node `bas`",
        "did you mean `bass`?",
    ),
    (
        "b[\"cutof\"] = 5",
        1,
        "\"cutof\"",
        "node `bass` has no control `cutof`",
        "did you mean `cutoff`?",
    ),
    (
        "fade(\"bass/cutof\", 5)",
        1,
        "\"bass/cutof\"",
        "node `bass` has no control `cutof`",
        "did you mean `cutoff`?",
    ),
    // Unknown port.
    (
        "c = node(\"c\", bass)\nb >> c",
        2,
        "c",
        "node `c` has no audio input: it is a source",
        "give its function an `inp` parameter",
    ),
    // Level out of range.
    (
        "b >> (out, 9)",
        1,
        "9",
        "a level goes from -4 to 4, and this is 9",
        "",
    ),
    // Bad note name.
    (
        "b @ seq(\"A2\", \"H3\")",
        1,
        "\"H3\"",
        "`H3` is not a note",
        "a note is a letter a to g",
    ),
    // Inside a mini-notation string.
    (
        "b @ \"a2 [b2 c3\"",
        1,
        "[",
        "this `[` is never closed",
        "close it with `]`",
    ),
    (
        "b @ \"a2 b2*x c3\"",
        1,
        "x",
        "a number is wanted here",
        "how often, how long or which one",
    ),
    // Endless loop, giant allocation, deep nesting, recursion.
    (
        "while True:\n    pass",
        2,
        "pass",
        "this score takes too long: it was stopped after two million steps",
        "is there a loop that never ends?",
    ),
    (
        "x = [0] * 1000000000",
        1,
        "[0] * 1000000000",
        "this score needs too much memory",
        "all that it makes may come to 64 MiB",
    ),
    (
        "x = \"a\" * 1000000000",
        1,
        "\"a\" * 1000000000",
        "this score needs too much memory",
        "all that it makes may come to 64 MiB",
    ),
    (
        "def f(n):\n    return f(n + 1)\nf(0)",
        2,
        "",
        "`f` calls itself without end, or too deep",
        "it needs a case in which it does not call itself",
    ),
    // A signal where a pattern is wanted.
    (
        "def wrong():\n    b @ saw(5)\n    return saw(5)\nnode(\"w\", wrong)",
        2,
        "saw(5)",
        "this is a signal, and a pattern is wanted",
        "signals live inside of functions that are sounds; a prefix makes it the pattern",
    ),
    // What acts.
    (
        "save(\"s\")\nrecall(\"s\", when=\"beet\")",
        2,
        "\"beet\"",
        "`when` must be \"now\", \"beat\" or \"bar\", not a string",
        "at a bar of the song: at(8, recall(\"drop\"))",
    ),
    (
        "fade(b, 9)",
        1,
        "9",
        "`gain` of `bass` goes from 0 to 4",
        "",
    ),
    (
        "fade(b, 1, curve=\"smoth\")",
        1,
        "\"smoth\"",
        "there is no curve `smoth`",
        "one of linear, exp, log, smooth",
    ),
    (
        "recall(\"drp\")",
        1,
        "\"drp\"",
        "there is no scene `drp`",
        "save(\"name\") keeps the state as it stands under a name",
    ),
    (
        "save(\"drop\")\nrecall(\"drp\")",
        2,
        "\"drp\"",
        "there is no scene `drp`",
        "did you mean `drop`?",
    ),
    (
        "at(8, 5)",
        1,
        "5",
        "`act` must be something that acts, not the number 5",
        "for example at(8, fade(\"bass/gain\", 0, bars=4))",
    ),
    (
        "with transition(2):\n    with transition(3):\n        gain(b, 0)",
        2,
        "transition(3)",
        "this stands inside of its like already",
        "put them one after the other",
    ),
    (
        "with scene(\"x\"):\n    fade(b, 0)",
        2,
        "fade(b, 0)",
        "a scene is a state, and this acts",
        "put it before or behind the `with scene(…)`",
    ),
    (
        "mod(\"bass/cutoff\", \"sin\")",
        1,
        "\"sin\"",
        "there is no shape `sin`",
        "one of sine, tri",
    ),
    (
        "mod(\"bass/cutoff\", [0, 2])",
        1,
        "[0, 2]",
        "a table's values go from 0 to 1, and this has 2",
        "lo and hi say what 0 and 1 become",
    ),
    (
        "macro(65, \"bass/cutoff\")",
        1,
        "65",
        "`index` goes from 1 to 64, and this is 65",
        "",
    ),
    (
        "macro(1, \"bass/cutoff\", 0, 4000)",
        1,
        "0",
        "`cutoff` of `bass` goes from 100 to 4000",
        "",
    ),
    (
        "midi_map(200, \"bass/cutoff\")",
        1,
        "200",
        "`cc` goes from 0 to 127, and this is 200",
        "",
    ),
    (
        "midi(b, lo=\"H2\")",
        1,
        "\"H2\"",
        "`H2` is no key",
        "a note's name",
    ),
];

#[test]
fn every_mistake_has_its_message_its_place_and_its_hint() {
    let mut wrong = Vec::new();
    for (lines, line, place, message, hint) in TABLE {
        let (found_line, found, said, hinted) = mistake(lines);
        let told = format!("{lines}\n  → line {found_line} at `{found}`: {said} ({hinted})");
        let holds = found_line == *line
            && found.starts_with(place)
            && said.starts_with(message)
            && hinted.starts_with(hint)
            && !message.is_empty();
        if !holds {
            wrong.push(told);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deep_nesting_is_refused_where_it_is_too_deep() {
    let (line, _, message, _) = mistake(&format!("x = {}1{}", "(".repeat(500), ")".repeat(500)));
    assert!(
        line == 1 && message.contains("nested more than 60 deep"),
        "{message}"
    );
    let lambdas = format!("x = {}1", "lambda: ".repeat(500));
    assert!(mistake(&lambdas).2.contains("nested more than 60 deep"));
}

#[test]
fn an_evaluation_ends_when_another_thread_says_so() {
    // It would take millions of steps of a million bytes each; told at any moment, it ends.
    let slow = "x = list(range(1000))\nfor i in range(1000):\n    for k in range(900):\n        y = sorted(x)\n";
    let cancel = Cancel::new();
    let other = cancel.clone();
    let (begun, wait) = std::sync::mpsc::channel();
    let evaluation = thread::spawn(move || {
        begun.send(()).unwrap();
        evaluate_with(slow, &Units::default(), &other).patch
    });
    wait.recv().unwrap();
    cancel.cancel();
    let error = evaluation.join().unwrap().unwrap_err().0.remove(0);
    assert_eq!(error.message, "this evaluation was stopped from outside");
}
