//! Mini-notation: what strings mean, and what is said when they mean nothing.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sorl_graph::pattern::{Event, Pattern, Pitch, Program, Said, Value, seed_of};
use sorl_graph::score::{evaluate, mini};
use sorl_graph::time::Ratio;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const TABLE: &str = include_str!("data/mini.txt");

fn read(text: &str) -> Pattern {
    mini(text).unwrap_or_else(|e| panic!("{}", e.render("mini", text)))
}

fn ratio(text: &str) -> Ratio {
    let (n, d) = text.split_once('/').unwrap_or((text, "1"));
    Ratio::new(n.parse().unwrap(), d.parse().unwrap())
}

fn shown(time: Ratio) -> String {
    match time.den() {
        1 => time.num().to_string(),
        den => format!("{}/{den}", time.num()),
    }
}

fn ask(program: &Program, begin: Ratio, end: Ratio) -> Vec<Event> {
    let mut events = Vec::new();
    program.query(begin, end, &mut |event| events.push(event));
    events.sort_by_key(|event| event.part);
    events
}

fn written(program: &Program, event: &Event) -> String {
    let value = match event.value {
        Value::Number(x) => x.to_string(),
        Value::Atom(a) => {
            let said = program.atoms()[a as usize].said.iter();
            let parts = said.map(|said| match said {
                Said::Word(word) => word.clone(),
                Said::Number(x) => x.to_string(),
            });
            parts.collect::<Vec<_>>().join(":")
        }
    };
    let span = |(b, e): (Ratio, Ratio)| format!("{}..{}", shown(b), shown(e));
    let whole = event.whole.unwrap();
    if whole == event.part {
        format!("{value} {}", span(whole))
    } else {
        format!("{value} {}({})", span(whole), span(event.part))
    }
}

#[test]
fn every_string_of_the_table_means_what_it_says() {
    let mut count = 0;
    for line in TABLE.lines().filter(|l| l.contains('\t')) {
        let [text, span, events] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let (begin, end) = span.split_once(' ').unwrap();
        let program = Program::new(&read(text));
        let found = ask(&program, ratio(begin), ratio(end));
        let mut found: Vec<String> = found.iter().map(|e| written(&program, e)).collect();
        let mut wanted: Vec<&str> = events.split("; ").filter(|e| !e.is_empty()).collect();
        found.sort();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{text} from {begin} to {end}");
        count += 1;
    }
    assert!(count > 130, "{count}");
}

#[test]
fn numbers_notes_hits_and_words_are_told_apart() {
    let program = Program::new(&read("60 a2 x bd -0.5 inf"));
    let atoms = program.atoms();
    assert_eq!(
        (atoms[0].number, atoms[0].pitch),
        (Some(60.0), Some(Pitch::Midi(60.0)))
    );
    assert_eq!(
        (atoms[1].number, atoms[1].pitch),
        (None, Some(Pitch::Midi(45.0)))
    );
    assert_eq!(
        (atoms[2].pitch, atoms[2].trigger.as_deref()),
        (None, Some("gate"))
    );
    assert_eq!((atoms[3].pitch, atoms[3].trigger.as_deref()), (None, None));
    assert_eq!(atoms[4].number, Some(-0.5));
    assert_eq!(atoms[5].said, [Said::Word("inf".into())]);
}

#[test]
fn a_chord_is_its_notes_at_once() {
    let program = Program::new(&read("c4'min7 e"));
    let events = ask(&program, Ratio::ZERO, Ratio::new(1, 2));
    let notes: Vec<_> = events.iter().map(|e| written(&program, e)).collect();
    assert_eq!(notes, ["60 0..1/2", "63 0..1/2", "67 0..1/2", "70 0..1/2"]);
}

#[test]
fn chance_drops_whole_events_by_seed_and_place_alone() {
    let count = |text: &str, seed| {
        let program = Program::seeded(&read(text), seed);
        ask(&program, Ratio::ZERO, Ratio::whole(200)).len()
    };
    let bass = seed_of("bass");
    assert!(
        (700..900).contains(&count("a*8?", bass)),
        "{}",
        count("a*8?", bass)
    );
    assert!((1000..1250).contains(&count("a*8?0.3", bass)));
    assert_eq!(count("a*8?0", bass), 1600);
    assert_eq!(count("a*8?1", bass), 0);
    // What follows in the string draws from chances of its own, and another node from others.
    let drawn = |text: &str, seed| {
        let program = Program::seeded(&read(text), seed);
        let events = ask(&program, Ratio::ZERO, Ratio::whole(50));
        let a = events
            .iter()
            .filter(|e| written(&program, e).starts_with('a'));
        a.map(|e| e.part.0).collect::<Vec<_>>()
    };
    assert_eq!(drawn("a*8?", bass), drawn("a*8?, b*8?", bass));
    assert_ne!(drawn("a*8?", bass), drawn("b*8?, a*8?", bass));
    assert_ne!(drawn("a*8?", bass), drawn("a*8?", seed_of("lead")));
}

#[test]
fn a_random_choice_plays_one_of_its_alternatives_each_cycle() {
    let program = Program::new(&read("[a b | c | d*3]"));
    let mut kinds = [0; 3];
    for cycle in 0..300 {
        let events = ask(&program, Ratio::whole(cycle), Ratio::whole(cycle + 1));
        let names: Vec<String> = events
            .iter()
            .map(|e| written(&program, e)[..1].to_owned())
            .collect();
        let kind = match names.concat().as_str() {
            "ab" => 0,
            "c" => 1,
            "ddd" => 2,
            other => panic!("{other}"),
        };
        kinds[kind] += 1;
    }
    assert!(kinds.iter().all(|k| (70..130).contains(k)), "{kinds:?}");
}

#[test]
fn mistakes_are_shown_at_their_place_in_the_string() {
    for (text, column, message, hint) in [
        ("", 1, "this pattern is empty", "a rest is written `~`"),
        ("a [b c", 3, "this `[` is never closed", "close it with `]`"),
        (
            "a <b [c] d",
            3,
            "this `<` is never closed",
            "close it with `>`",
        ),
        (
            "a b]",
            4,
            "`]` does not belong here",
            "no bracket is open that it could close",
        ),
        (
            "a [b c> d",
            7,
            "`>` does not belong here",
            "the `[` before it is closed by `]`",
        ),
        (
            "a []",
            4,
            "a step is wanted before this `]`",
            "a rest is written `~`",
        ),
        (
            "a, , b",
            4,
            "a step is wanted before this `,`",
            "a rest is written `~`",
        ),
        (
            "a, b | c",
            6,
            "`|` does not belong here",
            "`,` and `|` do not mix: put one of them in brackets",
        ),
        (
            "<a | b>",
            4,
            "`|` does not belong here",
            "a random choice stands in square brackets: [a | b]",
        ),
        (
            "a*b",
            3,
            "a number is wanted here",
            "how often, how long or which one, as in a*2, a@3 or bd:1",
        ),
        (
            "a b*<2 c>",
            8,
            "a number is wanted here",
            "how often, how long or which one, as in a*2, a@3 or bd:1",
        ),
        (
            "a*",
            3,
            "this pattern ends too soon",
            "a step is wanted here",
        ),
        ("a*-2", 3, "a speed goes from 0 to a million", ""),
        (
            "a(9,8)",
            2,
            "there is no rhythm of 9 pulses in 8 steps",
            "1 to 256 steps, and not more pulses than steps",
        ),
        (
            "a(3)",
            2,
            "a Euclidean rhythm needs pulses and steps",
            "as in `x(3,8)`, with a rotation `x(3,8,2)`",
        ),
        ("a(3.5,8)", 2, "pulses and steps are whole numbers", ""),
        ("a(3,8", 2, "this `(` is never closed", "close it with `)`"),
        (
            "a!1.5",
            2,
            "a step is repeated a whole number of times",
            "as in `a!3`",
        ),
        ("a?2", 2, "chance goes from 0 to 1", ""),
        (
            "_ a",
            1,
            "`_` holds the step before it, and there is none",
            "a rest is written `~`",
        ),
        ("a & b", 3, "`&` does not belong here", ""),
        (
            "c'majj7",
            3,
            "there is no chord `majj7`",
            "did you mean `maj7`?",
        ),
        (
            "h2'min",
            1,
            "`h2` is not a note, and a chord stands on one",
            "as in `c'min7` or `f#3'maj`",
        ),
        (
            "0 .. 99999",
            1,
            "this pattern has more than 4096 events in a cycle; spread it over more cycles",
            "",
        ),
        (
            "[a*4000]*4000",
            9,
            "this pattern has more than 4096 events in a cycle; spread it over more cycles",
            "",
        ),
    ] {
        let error = mini(text).expect_err(text);
        let d = &error.0[0];
        let found = (
            d.place(text).1,
            d.message.as_str(),
            d.hint.as_deref().unwrap_or(""),
        );
        assert_eq!(found, (column, message, hint), "{text}");
    }
    assert!(mini(&"[".repeat(5000)).is_err());
    assert!(mini(&"a ".repeat(5000)).is_err());
    assert!(mini(&format!("a{}", "*1".repeat(5000))).is_ok());
}

const NODE: &str = "def f():\n    return control('gate', 0, 0, 1) * control('freq', 440, 0, 9999)\nn = node('n', f)\n";

#[test]
fn what_would_grow_too_large_is_refused_before_it_is_made() {
    // Two million steps, or millions of rhythms, if all were made first.
    for text in [
        "0 .. 2000 .. 2",
        "[<3 5>,0]..1980 .. 2",
        "a(<0 .. 255>,<256 .. 1>,<0 .. 255>)",
        "a*<1 .. 4000>*<1 .. 4000>*<1 .. 4000>",
    ] {
        let error = mini(text).expect_err(text);
        let message = &error.0[0].message;
        let known = [
            "too large",
            "more than 4096",
            "too many different",
            "too fine",
        ];
        assert!(
            known.iter().any(|k| message.contains(k)),
            "{text}: {message}"
        );
    }
}

#[test]
fn a_node_plays_a_string() {
    let pattern = |line: &str| {
        let text = format!("{NODE}{line}\n");
        let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)));
        patch.bindings[0].pattern.clone()
    };
    let steps = pattern("n @ seq('A2', 'D3', None, 'E2')");
    let same = |a: &Pattern, b: &Pattern| {
        let (a, b) = (Program::new(a), Program::new(b));
        let pitches = |p: &Program| {
            let events = ask(p, Ratio::ZERO, Ratio::whole(4));
            let pitch = |e: &Event| match e.value {
                Value::Atom(a) => (e.whole, p.atoms()[a as usize].pitch),
                Value::Number(_) => (None, None),
            };
            events.iter().map(pitch).collect::<Vec<_>>()
        };
        assert_eq!(pitches(&a), pitches(&b));
    };
    same(&pattern("n @ \"A2 D3 ~ E2\""), &steps);
    same(&pattern("n @ p('A2 D3 . E2')"), &steps);
    same(&pattern("n @ note('A2 D3 ~ E2', vel=0.5)"), &steps);
    same(&pattern("riff = 'A2 D3 ~ E2'\nn @ riff"), &steps);
    same(&pattern("n @ seq('A2 D3', '~ E2')"), &steps);
    same(&pattern("play('n', \"\"\"A2 D3\n ~ E2\"\"\")"), &steps);
    same(
        &pattern("n @ '[A2 D3 ~ E2]/2'"),
        &pattern("n @ seq('A2', 'D3', None, 'E2').over(2)"),
    );
    let cutoff = pattern("n @ ('freq', '<400 1200>')");
    assert_eq!(Program::new(&cutoff).sample(Ratio::new(3, 2)), Some(1200.0));
}

#[test]
fn a_mistake_in_a_string_of_a_score_is_shown_inside_of_it() {
    for (line, column, message) in [
        ("n @ \"A2 [D3 ~\"", 9, "this `[` is never closed"),
        ("n @ '''A2 &'''", 11, "`&` does not belong here"),
        ("n @ p('A2 D3*q')", 14, "a number is wanted here"),
        (
            "n @ 'A2 bd'",
            9,
            "`bd` is the name of a sound, and node `n` has no sounds",
        ),
        (
            "n @ s('bd hh:2')",
            8,
            "`bd` is the name of a sound, and node `n` has no sounds",
        ),
        ("n @ note('A2 kick')", 14, "`kick` is not a note"),
        (
            "n @ ('freq', '200 bd')",
            19,
            "a step of this pattern has no value for `freq`",
        ),
        // Put together, the string has no one place.
        (
            "n @ ('A2 ' + 'bd')",
            5,
            "`bd` is the name of a sound, and node `n` has no sounds",
        ),
    ] {
        let text = format!("{NODE}{line}\n");
        let error = evaluate(&text).expect_err(line);
        let d = &error.0[0];
        assert_eq!(
            (d.place(&text), d.message.as_str()),
            ((4, column), message),
            "{line}"
        );
    }
}

#[test]
fn asking_neither_allocates_nor_depends_on_what_was_asked_before() {
    let text = "<a b*2 [c d]>(<3 5>,8,<0 2>)? , {e f:<1 2> g}%<4 3> , [0 .. <3 7>]*[2 3] , [h | i*2]!2 j/3";
    let program = Program::new(&read(text));
    let mut count = 0;
    assert_no_alloc(|| {
        for grid in -400..400 {
            let (a, b) = (Ratio::new(grid, 64), Ratio::new(grid + 1, 64));
            program.query(a, b, &mut |_| count += 1);
        }
    });
    assert!(count > 800, "{count}");
}

/// A string of mini-notation that means something.
fn any_mini() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["a", "bd", "~", "7", "c3", "x"]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let steps = prop::collection::vec(inner, 1..4).prop_map(|v| v.join(" "));
        let group = (steps, 0..4usize).prop_map(|(s, kind)| match kind {
            0 => format!("[{s}]"),
            1 => format!("<{s}>"),
            2 => format!("{{{s}}}%3"),
            _ => format!("[{s}, a b]"),
        });
        let tail = prop::sample::select(vec![
            "",
            "*2",
            "/2",
            "*1.5",
            "!2",
            "@3",
            "(3,8,1)",
            "?",
            "*<2 3>",
            ":<1 2>",
            "(<2 3>,5)",
        ]);
        (group, tail).prop_map(|(g, t)| format!("{g}{t}"))
    })
}

proptest! {
    #[test]
    fn a_span_asked_in_pieces_has_the_same_onsets(text in any_mini(), at in -6i64..6, cut in 1i64..16) {
        if let Ok(pattern) = mini(&text) {
            let program = Program::new(&pattern);
            let onsets = |b, e| {
                let mut found: Vec<String> = ask(&program, b, e)
                    .into_iter()
                    .filter(|event| event.onset().is_some())
                    .map(|event| written(&program, &Event { part: event.whole.unwrap(), ..event }))
                    .collect();
                found.sort();
                found
            };
            let (a, b) = (Ratio::whole(at), Ratio::whole(at + 2));
            let middle = a + Ratio::new(cut, 8);
            let mut pieces = onsets(a, middle);
            pieces.extend(onsets(middle, b));
            pieces.sort();
            prop_assert_eq!(pieces, onsets(a, b), "{}", text);
        }
    }

    #[test]
    fn any_text_is_a_pattern_or_an_error_inside_of_it(text in "[a-c0-9~ .!@*/?:,|<>(){}%_'\\[\\]-]{0,24}") {
        match mini(&text) {
            Ok(pattern) => {
                ask(&Program::new(&pattern), Ratio::ZERO, Ratio::new(1, 64));
            }
            Err(errors) => {
                let span = errors.0[0].span;
                prop_assert!(span.start <= span.end && span.end as usize <= text.len());
            }
        }
    }
}
