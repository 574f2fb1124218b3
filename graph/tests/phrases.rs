//! Curves, values, phrases and pitch in scores: what they make, and what is said where they make nothing.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sorl_graph::pattern::{Event, Pattern, Pitch, Program, Value, seed_of};
use sorl_graph::score::evaluate;
use sorl_graph::time::Ratio;
use std::collections::HashSet;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const TABLE: &str = include_str!("data/values.txt");
const SCALES: &str = include_str!("data/scales.txt");
const TRIADS: &str = include_str!("data/triads.txt");
const NODE: &str = "def f():\n    return control('v', 0, -99999, 99999) * control('gate', 0, 0, 1) * control('freq', 440, 0, 9999) * control('cutoff', 0, 0, 9999)\nnode('node', f)\n";

fn bound(line: &str) -> Result<Pattern, String> {
    let text = format!("{NODE}{line}\n");
    let patch = evaluate(&text).map_err(|e| e.render("score", &text))?;
    Ok(patch.bindings[0].pattern.clone())
}

/// A pattern as a control has it, or else as notes.
fn pattern(expression: &str) -> Pattern {
    bound(&format!("play('node', {expression})"))
        .or_else(|_| bound(&format!("play('node/v', {expression})")))
        .unwrap_or_else(|e| panic!("{e}"))
}

fn shown(time: Ratio) -> String {
    match time.den() {
        1 => time.num().to_string(),
        den => format!("{}/{den}", time.num()),
    }
}

/// To six places, without a sign of nought.
fn rounded(x: f64) -> String {
    ((x * 1e6).round() / 1e6 + 0.0).to_string()
}

fn number(program: &Program, event: &Event) -> f64 {
    let pitch = || match event.value {
        Value::Atom(a) => match program.atoms()[a as usize].pitch {
            Some(Pitch::Midi(note)) => Some(note + program.added(event)),
            _ => None,
        },
        Value::Number(x) => Some(x),
    };
    program.number(event).or_else(pitch).unwrap()
}

/// An event as the table writes it.
fn line(program: &Program, event: &Event) -> String {
    let mut line = rounded(number(program, event));
    for name in ["begin", "end", "speed", "cutoff", "gain", "pan"] {
        let set = match event.value {
            Value::Atom(a) => {
                let sets = program.atoms()[a as usize].sets.iter();
                sets.rev().find(|s| s.0 == name).map(|s| s.1)
            }
            Value::Number(_) => None,
        };
        let carried = event.carried.iter();
        let carried = carried.filter(|c| program.carries()[c.0] == name).last();
        if let Some(value) = carried.map(|c| f64::from(c.1)).or(set) {
            line += &format!(" {name}={}", rounded(value));
        }
    }
    let span = |(b, e): (Ratio, Ratio)| format!("{}..{}", shown(b), shown(e));
    let whole = event.whole.unwrap();
    line += &format!(" {}", span(whole));
    if whole != event.part {
        line += &format!("({})", span(event.part));
    }
    line
}

fn ask(program: &Program, begin: i64, end: i64) -> Vec<Event> {
    let mut events = Vec::new();
    let span = (Ratio::whole(begin), Ratio::whole(end));
    program.query(span.0, span.1, &mut |event| events.push(event));
    events.sort_by_key(|event| event.part);
    events
}

fn played(expression: &str, cycles: i64) -> Vec<String> {
    let program = Program::new(&pattern(expression));
    let mut lines: Vec<String> = ask(&program, 0, cycles)
        .iter()
        .map(|e| line(&program, e))
        .collect();
    lines.sort();
    lines
}

/// The numbers of a pattern's events in the order of time.
fn values(expression: &str, cycles: i64) -> Vec<f64> {
    let program = Program::seeded(&pattern(expression), seed_of("node"));
    let events = ask(&program, 0, cycles);
    events.iter().map(|e| number(&program, e)).collect()
}

#[test]
fn every_expression_of_the_table_makes_what_it_says() {
    let mut count = 0;
    for line in TABLE.lines().filter(|l| l.contains('\t')) {
        let (expression, wanted) = line.split_once('\t').unwrap();
        let mut wanted: Vec<&str> = wanted.split("; ").filter(|e| !e.is_empty()).collect();
        wanted.sort_unstable();
        assert_eq!(played(expression, 4), wanted, "{expression}");
        count += 1;
    }
    assert!(count > 110, "{count}");
}

#[test]
fn scales_have_the_notes_of_public_theory() {
    let mut count = 0;
    for line in SCALES.lines().filter(|l| l.contains('\t')) {
        let (name, semitones) = line.split_once('\t').unwrap();
        let semitones: Vec<f64> = semitones.split(' ').map(|s| s.parse().unwrap()).collect();
        let last = semitones.len() - 1;
        let name = name.replace(' ', ":");
        let found = values(&format!("p('0 .. {last}').scale('C4:{name}')"), 1);
        let wanted: Vec<f64> = semitones.iter().map(|s| 60.0 + s).collect();
        assert_eq!(found, wanted, "{name}");
        count += 1;
    }
    assert!(count > 50, "{count}");
}

#[test]
fn triads_are_voiced_near_their_anchor() {
    let mut count = 0;
    for line in TRIADS.lines().filter(|l| l.contains('\t')) {
        let [symbol, mode, notes] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let mut found = values(&format!("chord('{symbol}').voicing('c5', '{mode}')"), 1);
        found.sort_by(f64::total_cmp);
        let wanted: Vec<f64> = notes.split(' ').map(|n| n.parse().unwrap()).collect();
        assert_eq!(found, wanted, "{symbol} {mode}");
        count += 1;
    }
    assert_eq!(count, 36);
    // Four notes and more, and another anchor.
    let notes = |expression: &str| {
        let mut found = values(expression, 1);
        found.sort_by(f64::total_cmp);
        found
    };
    assert_eq!(notes("chord('C^7').voicing()"), [64.0, 67.0, 71.0, 72.0]);
    assert_eq!(
        notes("chord('Am7').voicing('a3')"),
        [48.0, 52.0, 55.0, 57.0]
    );
    assert_eq!(
        notes("chord('Db').voicing('c5', 'above')"),
        [73.0, 77.0, 80.0]
    );
}

#[test]
fn chords_are_played_one_note_after_the_other() {
    for (order, wanted) in [
        ("up", vec![60.0, 64.0, 67.0]),
        ("down", vec![67.0, 64.0, 60.0]),
        ("updown", vec![60.0, 64.0, 67.0, 64.0]),
        ("converge", vec![60.0, 67.0, 64.0]),
        ("thumbup", vec![60.0, 64.0, 60.0, 67.0]),
    ] {
        assert_eq!(
            values(&format!("note(\"c4'maj\").arp('{order}')"), 1),
            wanted,
            "{order}"
        );
    }
    assert_eq!(
        played("p(\"[0,4,7] [2,5]\").arp('<up down>')", 2),
        [
            "0 0..1/6",
            "0 4/3..3/2",
            "2 1/2..3/4",
            "2 7/4..2",
            "4 1/6..1/3",
            "4 7/6..4/3",
            "5 3/2..7/4",
            "5 3/4..1",
            "7 1..7/6",
            "7 1/3..1/2",
        ]
    );
}

#[test]
fn random_curves_are_even_smooth_or_not_and_hang_on_the_seed() {
    let rand = values("rand.segment(16)", 100);
    assert!(rand.iter().all(|x| (0.0..1.0).contains(x)));
    let mean = rand.iter().sum::<f64>() / rand.len() as f64;
    assert!((0.47..0.53).contains(&mean), "{mean}");
    assert_ne!(rand, values("rand(seed=1).segment(16)", 100));
    assert_eq!(rand, values("rand.segment(16)", 100));
    let other = Program::seeded(&pattern("rand.segment(16)"), seed_of("other"));
    assert_ne!(rand[0], number(&other, &ask(&other, 0, 1)[0]));

    let perlin = values("perlin.range(10, 20).segment(64)", 50);
    assert!(perlin.iter().all(|x| (10.0..20.0).contains(x)));
    assert!(perlin.windows(2).all(|w| (w[1] - w[0]).abs() < 0.5));
    let (lowest, highest) = perlin
        .iter()
        .fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
    assert!(lowest < 12.0 && highest > 18.0, "{lowest} {highest}");
    // What chance leaves is not for that louder: drops and curves draw apart.
    let left = values("p('0*16').degradeBy(0.5).add(rand)", 200);
    let mean = left.iter().sum::<f64>() / left.len() as f64;
    assert!((0.45..0.55).contains(&mean), "{mean}");
}

#[test]
fn choices_come_as_often_as_they_are_likely() {
    let share = |expression: &str, of: f64| {
        let all = values(expression, 200);
        all.iter().filter(|x| **x == of).count() as f64 / all.len() as f64
    };
    for (n, of) in [(4, 0.0), (4, 3.0)] {
        let found = share(&format!("irand({n}).segment(8)"), of);
        assert!((0.2..0.3).contains(&found), "{found}");
    }
    let found = share("wchoose((5, 8), (7, 2)).segment(8)", 5.0);
    assert!((0.75..0.85).contains(&found), "{found}");
    let found = share("choose('c4', 'e4', 'g4').segment(8)", 64.0);
    assert!((0.28..0.38).contains(&found), "{found}");
}

#[test]
fn shuffled_parts_come_once_each_and_scrambled_ones_as_chance_has_it() {
    let cycles = |expression: &str| -> Vec<Vec<i64>> {
        let all = values(expression, 60);
        all.chunks(4)
            .map(|c| c.iter().map(|x| *x as i64).collect())
            .collect()
    };
    let shuffled = cycles("p('0 1 2 3').shuffle(4)");
    assert_eq!(shuffled.len(), 60);
    let different: HashSet<_> = shuffled.iter().collect();
    assert!(different.len() > 15, "{}", different.len());
    for cycle in &shuffled {
        let mut sorted = cycle.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3]);
    }
    let scrambled = cycles("p('0 1 2 3').scramble(4)");
    let once = |cycle: &&Vec<i64>| cycle.iter().collect::<HashSet<_>>().len() == 4;
    assert!(scrambled.iter().filter(once).count() < 20);
}

#[test]
fn some_cycles_are_changed_as_a_whole() {
    let all = values("p('0*8').someCycles(lambda x: x.add(1))", 200);
    let mut changed = 0;
    for cycle in all.chunks(8) {
        assert!(cycle.iter().all(|x| *x == cycle[0]), "{cycle:?}");
        changed += usize::from(cycle[0] == 1.0);
    }
    assert!((75..125).contains(&changed), "{changed}");
}

#[test]
fn the_same_thing_may_be_said_in_several_ways() {
    for (ours, other) in [
        ("p('0 1 2').add.in(7)", "p('0 1 2').add(7)"),
        (
            "p('0 1 2').every(2, rev)",
            "p('0 1 2').every(2, lambda x: x.rev())",
        ),
        (
            "p('0 1 2').every(2, reverse >> fast(2))",
            "p('0 1 2').every(2, lambda x: x.rev().fast(2))",
        ),
        (
            "every(2, fast(2), p('0 1 2'))",
            "p('0 1 2').every(2, fast(2))",
        ),
        ("fast(2)(p('0 1 2'))", "p('0 1 2').fast(2)"),
        ("struct('1 ~ 1', p('5 6 7'))", "p('5 6 7').struct('1 ~ 1')"),
        ("freeze(p('0 1 2').fast(2))", "p('0 1 2').fast(2)"),
        ("p('0*8').swing(0.75, 8)", "p('0*8').swingBy(0.5, 4)"),
        ("krp.saw(0, 8, 4)", "ramp.range(0, 8).segment(4)"),
        ("krp.mod_sine(0, 8, steps=4)", "sine.range(0, 8).segment(4)"),
        (
            "n('0 2').scale('C:minor').note()",
            "p('0 2').scale('C:minor')",
        ),
        (
            "p('0 1').sometimes(1, lambda x: x.add(5))",
            "p('0 1').add(5)",
        ),
        ("polymeter('0 1 2', '3 4', steps=4)", "p('{0 1 2, 3 4}%4')"),
        (
            "note('c2 e2', cutoff='<400 1200>')",
            "note('c2 e2').set(cutoff='<400 1200>')",
        ),
        (
            "seq('c2', 'e2', cutoff=300)",
            "seq('c2', 'e2').set(cutoff=300)",
        ),
        (
            "note('c2 e2').set(cutoff=sine).set(cutoff='<1 2>')",
            "note('c2 e2').set(cutoff='<1 2>')",
        ),
    ] {
        assert_eq!(played(ours, 4), played(other, 4), "{ours}");
    }
}

#[test]
fn notes_of_a_curve_and_notes_moved_by_one_stay_notes() {
    let program = Program::new(&pattern(
        "note(ramp.range(48, 60).segment(4), cutoff=ramp.range(0, 800)).add(12)",
    ));
    let lines: Vec<String> = ask(&program, 0, 1)
        .iter()
        .map(|e| line(&program, e))
        .collect();
    assert_eq!(
        lines,
        [
            "60 cutoff=0 0..1/4",
            "63 cutoff=200 1/4..1/2",
            "66 cutoff=400 1/2..3/4",
            "69 cutoff=600 3/4..1"
        ]
    );
    let moved = Program::new(&pattern("note('c4 e4').add(ramp).legato(0.5)"));
    for event in ask(&moved, 0, 1) {
        let Value::Atom(atom) = event.value else {
            panic!("{event:?}");
        };
        assert_eq!(moved.atoms()[atom as usize].legato, Some(0.5));
    }
}

#[test]
fn mistakes_are_told_at_their_place() {
    for (line, column, message) in [
        (
            "n @ p('0 1').scale('C:minr')",
            21,
            "there is no scale `minr`",
        ),
        (
            "n @ p('0 1').scale('C minor')",
            21,
            "this scale has no name",
        ),
        (
            "n @ p('0 1').scale('x:minor')",
            21,
            "`x` is not the note of a scale",
        ),
        (
            "n @ p('0 1').transpose('3Q')",
            25,
            "`3Q` is not an interval",
        ),
        ("n @ chord('C Q7').voicing()", 14, "`Q7` is not a chord"),
        (
            "n @ note('c e').arp('upp')",
            22,
            "there is no order `upp` of notes",
        ),
        (
            "n @ p('0 1').add(sine).legat(1)",
            24,
            "a pattern has no `legat`",
        ),
        (
            "n @ p('0 1').add.inn(3)",
            18,
            "the function `add` has no `inn`",
        ),
        (
            "n @ note(sine)",
            10,
            "this is a curve, and steps are wanted here",
        ),
        (
            "n @ p('0 1').set.out(cutoff=sine)",
            29,
            "a curve cannot set `cutoff` here",
        ),
        (
            "n @ p('0 1').set(cutoff='a1 bd')",
            29,
            "`cutoff` must be a number",
        ),
        (
            "n @ p('0 1').set(res=1)",
            8,
            "node `n` has no control `res` for this pattern to play",
        ),
        (
            "n @ p('0 1').set(res=sine)",
            5,
            "node `n` has no control `res` for this pattern to play",
        ),
        (
            "n @ p('0 1').within(0, 2, lambda x: x)",
            24,
            "`end` must be from 0 to 1, not the number 2",
        ),
        (
            "n @ arrange((2, 'a'), 3)",
            23,
            "`a section` must be a pair: (how many, pattern), not the number 3",
        ),
        (
            "n @ p('0 1').ribbon(0, 0)",
            24,
            "a pattern's length must be above 0 and at most a million cycles",
        ),
        (
            "n @ p('0').chop('1.5')",
            18,
            "a pattern is divided into 1 to 256 parts",
        ),
        (
            "n @ p('0 1').every(2, fast(2)(3))",
            31,
            "`pattern` must be a pattern, not the number 3",
        ),
    ] {
        let text = format!(
            "{}n = node('n', f)\n{line}\n",
            NODE.replace("node('node', f)\n", "")
        );
        let error = evaluate(&text).expect_err(line);
        let d = &error.0[0];
        assert_eq!(
            (d.place(&text).1, d.message.as_str()),
            (column, message),
            "{line}"
        );
    }
    // At most four curves on one step.
    let many = (0..5)
        .map(|i| format!(".set(c{i}=sine)"))
        .collect::<String>();
    let error = bound(&format!("play('node', p('0 1'){many})")).unwrap_err();
    assert!(error.contains("at most 4 curves"), "{error}");
}

#[test]
fn asking_does_not_allocate() {
    for expression in [
        "note('c4 [e4,g4] a4').set(cutoff=sine.range(200, 800)).jux(rev).echo(3, 0.125, 0.5)",
        "note(\"<c4'min7 f4'maj7>\").arp('<up converge>').fast(2).add(perlin)",
        "p('0 .. 7').scale('<C:minor D:dorian>').shuffle(4).within(0, 0.5, fast(2)).ribbon(3, 1.5)",
        "irand(8).segment(8).scale('C:minor').someCycles(lambda x: x.scramble(4)).add.mix('0 12')",
        "note(rand.range(40, 60).segment('<4 8>')).chop(2).striate(2).hurry('<1 2>')",
    ] {
        let program = Program::seeded(&pattern(expression), seed_of("node"));
        let mut count = 0;
        assert_no_alloc(|| {
            for grid in -200..600 {
                let span = (Ratio::new(grid, 64), Ratio::new(grid + 1, 64));
                program.query(span.0, span.1, &mut |_| count += 1);
            }
        });
        assert!(count > 50, "{expression}: {count}");
    }
}
