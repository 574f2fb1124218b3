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
            let (mut events, mut onsets) = (0u32, 0u32);
            program.query(Ratio::whole(-1), Ratio::whole(1), &mut |event| {
                assert!(event.part.0 <= event.part.1);
                events += 1;
                onsets += u32::from(event.onset().is_some());
            });
            assert!(events <= 4 * MAX_DENSITY, "{events} events");
            // However it is asked, every event begins once.
            let mut pieces = 0;
            for piece in -7..7 {
                let span = (Ratio::new(piece, 7), Ratio::new(piece + 1, 7));
                program.query(span.0, span.1, &mut |event| {
                    pieces += u32::from(event.onset().is_some());
                });
            }
            assert_eq!(pieces, onsets);
        }
        Err(why) => assert!(!why.render("pattern", text).is_empty()),
    }
});
