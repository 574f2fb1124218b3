//! Any text, as a score: it says something or is refused with a place in it, within the language's bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sorl_graph::score::evaluate;

fuzz_target!(|text: &str| {
    if let Err(why) = evaluate(text) {
        let shown = why.render("score", text);
        assert!(!shown.is_empty());
    }
});
