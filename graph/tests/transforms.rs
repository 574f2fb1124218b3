//! Transforms of patterns in scores: what they make, and what is said where they make nothing.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sorl_graph::pattern::{Event, Pattern, Pitch, Program, Value, seed_of};
use sorl_graph::score::evaluate;
use sorl_graph::time::Ratio;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const TABLE: &str = include_str!("data/transforms.txt");
const NODE: &str = "def f():\n    return control('v', 0, -99999, 99999) * control('gate', 0, 0, 1) * control('freq', 440, 0, 9999)\nn = node('n', f)\n";

fn pattern(binding: &str) -> Pattern {
    let text = format!("{NODE}n @ {binding}\n");
    let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)));
    patch.bindings[0].pattern.clone()
}

fn numbers(expression: &str) -> Pattern {
    pattern(&format!("('v', {expression})"))
}

fn shown(time: Ratio) -> String {
    match time.den() {
        1 => time.num().to_string(),
        den => format!("{}/{den}", time.num()),
    }
}

/// The events of some cycles as the table writes them, sorted.
fn events(program: &Program, cycles: i64) -> Vec<String> {
    let span = |(b, e): (Ratio, Ratio)| format!("{}..{}", shown(b), shown(e));
    let line = |event: Event| {
        let value = match event.value {
            Value::Atom(a) => program.atoms()[a as usize].number.unwrap(),
            Value::Number(x) => x,
        };
        let whole = event.whole.unwrap();
        if whole == event.part {
            format!("{value} {}", span(whole))
        } else {
            format!("{value} {}({})", span(whole), span(event.part))
        }
    };
    let mut found = Vec::new();
    program.query(Ratio::ZERO, Ratio::whole(cycles), &mut |e| {
        found.push(line(e))
    });
    found.sort();
    found
}

fn played(expression: &str, cycles: i64) -> Vec<String> {
    events(&Program::new(&numbers(expression)), cycles)
}

#[test]
fn every_transform_of_the_table_makes_what_it_says() {
    let mut count = 0;
    for line in TABLE.lines().filter(|l| l.contains('\t')) {
        let (expression, wanted) = line.split_once('\t').unwrap();
        let mut wanted: Vec<&str> = wanted.split("; ").filter(|e| !e.is_empty()).collect();
        wanted.sort_unstable();
        assert_eq!(played(expression, 4), wanted, "{expression}");
        count += 1;
    }
    assert!(count > 70, "{count}");
}

/// The events of some cycles, each asked for by itself.
fn by_cycle(expression: &str, cycles: std::ops::Range<i64>) -> Vec<Vec<String>> {
    let program = Program::seeded(&numbers(expression), seed_of("n"));
    let cycle = |cycle: i64| {
        let mut found = Vec::new();
        program.query(Ratio::whole(cycle), Ratio::whole(cycle + 1), &mut |event| {
            let (begin, end) = event.whole.unwrap();
            let number = program.number(&event).unwrap();
            let part = (shown(event.part.0), shown(event.part.1));
            found.push(format!(
                "{number} {}..{} {part:?}",
                shown(begin),
                shown(end)
            ));
        });
        found.sort();
        found
    };
    cycles.map(cycle).collect()
}

#[test]
fn an_argument_that_is_a_pattern_is_in_each_cycle_what_it_says_there() {
    for (transform, one, other) in [
        ("every(@, rev)", "2", "3"),
        ("lastOf(@, rev)", "2", "3"),
        ("iter(@)", "2", "4"),
        ("iterBack(@)", "3", "4"),
        ("chunk(@, rev)", "2", "4"),
        ("chunkBack(@, rev)", "2", "4"),
        ("sometimesBy(@, fast(2))", "0.1", "0.9"),
        ("sometimes(@, fast(2))", "0.1", "0.9"),
        ("someCyclesBy(@, rev)", "0.1", "0.9"),
        ("degradeBy(@)", "0.2", "0.8"),
        ("undegradeBy(@)", "0.2", "0.8"),
        ("thin(@, seed=3)", "0.2", "0.8"),
        ("swingBy(@, 4)", "0", "0.25"),
        ("swingBy(1/3, @)", "2", "4"),
        ("swing(@)", "2", "4"),
        ("off(@, add(10))", "0.125", "0.25"),
        ("zoom(@, 0.75)", "0", "0.25"),
        ("compress(0.25, @)", "0.5", "1"),
        ("within(@, 0.5, fast(2))", "0", "0.25"),
        ("inside(@, rev)", "2", "4"),
        ("outside(@, iter(4))", "2", "4"),
        ("echo(@, 0.125, 0.5)", "2", "3"),
        ("echo(2, @, 0.5)", "0.125", "0.25"),
        ("shuffle(@)", "2", "4"),
        ("scramble(@)", "2", "4"),
        ("ribbon(1, @)", "1", "2"),
        ("repeatCycles(@)", "1", "2"),
        ("pressBy(@)", "0.25", "0.5"),
        ("plyWith(@, add(1))", "2", "3"),
        ("echoWith(@, 0.125, add(1))", "2", "3"),
        ("bite(@, '0 1')", "2", "4"),
        ("euclidLegato(@, 8)", "3", "5"),
        ("euclid(3, @)", "8", "5"),
        ("linger(@)", "0.25", "0.5"),
    ] {
        let with = |argument: &str| {
            let transform = transform.replace('@', argument);
            by_cycle(&format!("p('0 1 [2 3] <4 5>').{transform}"), -3..9)
        };
        let both = with(&format!("'<{one} {other}>'"));
        let listed = with(&format!("cat({one}, {other})"));
        let (one, other) = (with(one), with(other));
        assert_ne!(one, other, "{transform}");
        for (cycle, events) in (-3i64..9).zip(0..) {
            let alone = if cycle.rem_euclid(2) == 0 {
                &one
            } else {
                &other
            };
            assert_eq!(both[events], alone[events], "{transform} in cycle {cycle}");
            assert_eq!(
                listed[events], alone[events],
                "{transform} in cycle {cycle}"
            );
        }
    }
    // Within a cycle too: each half as its value says, wholes as the transform makes them.
    assert_eq!(
        by_cycle("p('0 1 2 3').every('1 2', rev)", 1..2),
        [[
            "2 5/4..3/2 (\"5/4\", \"3/2\")",
            "2 3/2..7/4 (\"3/2\", \"7/4\")",
            "3 1..5/4 (\"1\", \"5/4\")",
            "3 7/4..2 (\"7/4\", \"2\")",
        ]
        .map(str::to_owned)
        .to_vec()]
        .map(|mut events| {
            events.sort();
            events
        })
    );
}

#[test]
fn krachs_names_and_pythons_spelling_are_synonyms() {
    for (ours, other) in [
        ("p('0 1 2').reverse()", "p('0 1 2').rev()"),
        ("p('0 1 2').shift(0.25)", "p('0 1 2').late(0.25)"),
        ("p('0 1 2').over('<1 2>')", "p('0 1 2').slow('<1 2>')"),
        (
            "p('0 1 2').spread(3, 8, 1)",
            "p('0 1 2').euclidRot(3, 8, 1)",
        ),
        ("p('0 1 2').iter_back(3)", "p('0 1 2').iterBack(3)"),
        (
            "p('0 1 2').every(2, lambda x: x.rev())",
            "p('0 1 2').first_of(2, lambda x: x.rev())",
        ),
        ("p('0 1').mask([1, 0][1])", "p('0 1').mask('0')"),
    ] {
        assert_eq!(played(ours, 4), played(other, 4), "{ours}");
    }
}

#[test]
fn sometimes_changes_what_it_does_not_keep() {
    let program = Program::seeded(
        &numbers("p('0*8').sometimes_by(0.3, lambda x: x.add(1))"),
        seed_of("n"),
    );
    let all = events(&program, 100);
    assert_eq!(all.len(), 800);
    let changed = all.iter().filter(|e| e.starts_with('1')).count();
    assert!((180..300).contains(&changed), "{changed}");
    assert_eq!(
        played("p('0*8').sometimes_by(1, lambda x: x.add(1))", 2),
        played("p('1*8')", 2)
    );
    // Each random operation draws its own chance: twice by half leaves a quarter.
    let program = Program::seeded(&numbers("p('0*8').degrade().thin(0.5)"), seed_of("n"));
    let left = events(&program, 100).len();
    assert!((150..250).contains(&left), "{left}");
    let program = Program::new(&numbers("randcat('0', '1', '2')"));
    let drawn = events(&program, 90);
    assert_eq!(drawn.len(), 90);
    for value in ["0 ", "1 ", "2 "] {
        assert!(
            drawn.iter().filter(|e| e.starts_with(value)).count() > 15,
            "{drawn:?}"
        );
    }
}

#[test]
fn notes_are_moved_in_semitones_and_held_by_legato() {
    let program = Program::new(&pattern("note('c4 a3').add('<0 7>').legato(0.5)"));
    let mut found = Vec::new();
    program.query(Ratio::ONE, Ratio::whole(2), &mut |event| {
        if let Value::Atom(a) = event.value {
            let atom = &program.atoms()[a as usize];
            found.push((atom.pitch, atom.legato, atom.trigger.clone()));
        }
    });
    let gate = || Some("gate".to_owned());
    let midi = |n| Some(Pitch::Midi(n));
    assert_eq!(
        found,
        [
            (midi(67.0), Some(0.5), gate()),
            (midi(64.0), Some(0.5), gate())
        ]
    );
}

#[test]
fn mistakes_in_transforms_are_told_at_their_place() {
    for (line, column, message) in [
        (
            "n @ p('c4').every(0, lambda x: x)",
            19,
            "`n` must be a whole number from 1 to 256, not the number 0",
        ),
        (
            "n @ p('c4').every(2, lambda x: 5)",
            22,
            "`what the function returns` must be a pattern, not the number 5",
        ),
        (
            "n @ p('c4').every(2)",
            5,
            "`every` needs an argument `function`",
        ),
        ("n @ p('c4').fast('<2 q>')", 22, "`factor` must be a number"),
        (
            "n @ p('c4').fast('<2 -1>')",
            22,
            "`factor` must be 0 or above, not the number -1",
        ),
        (
            "n @ p('c4').every('<2 [3 0.5]>', rev)",
            26,
            "`n` must be a whole number from 1 to 256, not the number 0.5",
        ),
        (
            "n @ p('c4').degradeBy('<0.5 2>')",
            29,
            "`chance` must be from 0 to 1, not the number 2",
        ),
        ("n @ p('c4').fast(0)", 18, "`factor` must be above 0"),
        ("n @ p('c4').add('7 q')", 20, "a number is wanted here"),
        (
            "n @ p('c4').euclid(9, 8)",
            5,
            "there is no rhythm of 9 pulses in 8 steps",
        ),
        (
            "n @ p('c4').degradeBy(2)",
            23,
            "`chance` must be from 0 to 1, not the number 2",
        ),
        (
            "n @ p('c4').zoom(0.5, 0.25)",
            5,
            "a part of a cycle begins at 0 or later, ends by 1, and has a length",
        ),
        (
            "n @ p('c4').struct(sine())",
            5,
            "this is a curve, and steps are wanted here",
        ),
        ("n @ p('c4').revv()", 13, "a pattern has no `revv`"),
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
fn what_grows_without_bound_is_refused_and_not_tried() {
    for body in [
        "q = q.every(2, lambda x: x.rev())",
        "q = q.superimpose(lambda x: x.rev())",
        "q = q.ply(2)",
        "q = q.add(q)",
        "q = seq(q, q)",
        "q = q.struct(q.fast(2))",
    ] {
        let text =
            format!("{NODE}q = p('0 1 ~')\nfor i in range(100):\n    {body}\nn @ ('v', q)\n");
        let error = evaluate(&text).expect_err(body);
        let message = &error.0[0].message;
        let known = [
            "too large",
            "more than 4096",
            "nested more than",
            "too many different",
        ];
        assert!(
            known.iter().any(|k| message.contains(k)),
            "{body}: {message}"
        );
    }
}

#[test]
fn asking_a_transformed_pattern_does_not_allocate() {
    for chain in [
        "every(3, lambda x: x.rev()).off(0.125, lambda x: x.add(12)).iter(4).brak()",
        "chunk(4, lambda x: x.ply(2)).sometimes(lambda x: x.fast('<1 2>')).mask('1 1 <0 1> 1')",
        "swing(4).linger('<1 0.5>').zoom(0.25, 1).degrade().struct('1(5,8)').ply('<1 2>')",
    ] {
        let program = Program::new(&numbers(&format!("p('0 1 [2 3] <4 5>').{chain}")));
        let mut count = 0;
        assert_no_alloc(|| {
            for grid in -200..600 {
                let span = (Ratio::new(grid, 64), Ratio::new(grid + 1, 64));
                program.query(span.0, span.1, &mut |_| count += 1);
            }
        });
        assert!(count > 50, "{chain}: {count}");
    }
}
