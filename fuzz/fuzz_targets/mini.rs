//! Any text, as mini-notation: it is a pattern that can be asked, or is refused with a place in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sorl_graph::pattern::{MAX_DENSITY, Program};
use sorl_graph::score::mini;
use sorl_graph::time::Ratio;

fuzz_target!(|text: &str| {
    match mini(text) {
        Ok(pattern) => {
            let program = Program::new(&pattern);
            let mut events = 0u32;
            program.query(Ratio::new(-1, 3), Ratio::new(5, 7), &mut |event| {
                assert!(event.part.0 <= event.part.1);
                events += 1;
            });
            assert!(events <= 4 * MAX_DENSITY, "{events} events");
        }
        Err(why) => assert!(!why.render("pattern", text).is_empty()),
    }
});
