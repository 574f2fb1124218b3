//! Laws of patterns: what undoes itself, what changes nothing, and that a question may be cut anywhere.

use proptest::prelude::*;
use sorl_graph::pattern::{Event, Pattern, Program, Value};
use sorl_graph::score::evaluate;
use sorl_graph::time::Ratio;

const NODE: &str = "def f():\n    return control('v', 0, -99999, 99999) * control('gate', 0, 0, 1) * control('freq', 440, 0, 9999)\nn = node('n', f)\n";

fn pattern(expression: &str) -> Pattern {
    let text = format!("{NODE}n @ ('v', {expression})\n");
    let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)));
    patch.bindings[0].pattern.clone()
}

/// Whole, part and value of an event, to be compared and sorted.
type Row = (Option<(Ratio, Ratio)>, (Ratio, Ratio), String);

fn row(program: &Program, event: &Event) -> Row {
    let value = match event.value {
        Value::Atom(a) => {
            let atom = &program.atoms()[a as usize];
            format!("{:?} {:?} {:?}", atom.number, atom.sets, atom.legato)
        }
        Value::Number(x) => format!("{x}"),
    };
    let carried: Vec<_> = event.carried.iter().collect();
    (event.whole, event.part, format!("{value} {carried:?}"))
}

fn ask(program: &Program, begin: Ratio, end: Ratio) -> Vec<Row> {
    let mut rows = Vec::new();
    program.query(begin, end, &mut |event| rows.push(row(program, &event)));
    rows
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort();
    rows
}

/// The events of some cycles, asked cycle by cycle: an event that crosses into another comes in pieces anyway.
fn events(p: &Pattern) -> Vec<Row> {
    let program = Program::new(p);
    let cycle = |n: i64| ask(&program, Ratio::whole(n), Ratio::whole(n + 1));
    sorted((-2..4).flat_map(cycle).collect())
}

/// Strings of mini-notation without chance, numbers only.
fn string() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("~".to_owned()), (0..9i32).prop_map(|n| n.to_string())];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let many = |joint: &'static str| {
            prop::collection::vec(inner.clone(), 1..4).prop_map(move |v| v.join(joint))
        };
        let suffix = prop::sample::select(vec!["*2", "/2", "*1.5", "!2", "@3", "(3,8)", "*<2 3>"]);
        prop_oneof![
            many(" ").prop_map(|s| format!("[{s}]")),
            many(" ").prop_map(|s| format!("<{s}>")),
            many(",").prop_map(|s| format!("[{s}]")),
            (inner, suffix).prop_map(|(s, suffix)| format!("[{s}]{suffix}")),
        ]
    })
}

/// Methods with their arguments, without chance and with.
const METHODS: &[&str] = &[
    "fast(1.5)",
    "slow(3)",
    "fast('<1 2>')",
    "early(0.3)",
    "late(1/3)",
    "rev()",
    "palindrome()",
    "ply(2)",
    "ply('<1 3>')",
    "iter(3)",
    "iterBack(2)",
    "every(3, rev)",
    "lastOf(2, fast(2))",
    "when('<1 0>/2', rev)",
    "chunk(3, add(10))",
    "inside(2, rev)",
    "outside(2, fast(1.5))",
    "within(0.25, 0.75, add(5))",
    "off(1/8, add(7))",
    "superimpose(late(0.1))",
    "compress(0.25, 0.75)",
    "zoom(0.2, 0.7)",
    "linger(0.25)",
    "ribbon(1.5, 2)",
    "swingBy(1/3, 4)",
    "brak()",
    "struct('1 0 [1 1]')",
    "mask('1 0 1')",
    "euclid(3, 8)",
    "euclid('<3 5>', 8, '0 2')",
    "add('1 2')",
    "add.mix('1 2 3')",
    "mul.out('<1 2>*3')",
    "add(ramp)",
    "add(sine.segment(3))",
    "segment(5)",
    "echo(3, 1/8, 0.5)",
    "chop(2)",
    "striate(2)",
    "hurry('<1 2>')",
    "legato(0.5)",
    "arp('up')",
    "arp('0 [0,1]')",
    "squeeze(['0 1', 2])",
    "pick(['0 1', 2])",
    "repeatCycles(2)",
    "swing(0.6, 8)",
    "degradeBy(0.4)",
    "sometimes(add(3))",
    "someCycles(rev)",
    "shuffle(3)",
    "scramble(4)",
];

fn expression() -> impl Strategy<Value = String> {
    let methods = prop::collection::vec(prop::sample::select(METHODS), 0..4);
    (string(), methods).prop_map(|(base, methods)| {
        methods
            .iter()
            .fold(format!("p('{base}')"), |all, m| format!("{all}.{m}"))
    })
}

/// Cuts the parts of events at a time.
fn cut(rows: Vec<Row>, at: Ratio) -> Vec<Row> {
    let mut pieces = Vec::new();
    for (whole, (begin, end), value) in rows {
        if begin < at && at < end {
            pieces.push((whole, (begin, at), value.clone()));
            pieces.push((whole, (at, end), value));
        } else {
            pieces.push((whole, (begin, end), value));
        }
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_question_cut_anywhere_has_the_same_events(
        expression in expression(), from in -20i64..20, first in 1i64..40, second in 1i64..40, den in 1i64..16,
    ) {
        let text = format!("{NODE}n @ ('v', {expression})\n");
        // What is too dense is refused, which is another test's.
        let Ok(patch) = evaluate(&text) else { return Ok(()) };
        let program = Program::seeded(&patch.bindings[0].pattern, 7);
        let at = |n: i64| Ratio::new(n, den);
        let (begin, middle, end) = (at(from), at(from + first), at(from + first + second));
        let pieces = [ask(&program, begin, middle), ask(&program, middle, end)].concat();
        prop_assert_eq!(sorted(cut(ask(&program, begin, end), middle)), sorted(pieces), "{}", expression);
    }

    #[test]
    fn what_undoes_itself_leaves_the_pattern_as_it_was(s in string(), n in 1i64..9, d in 1i64..9) {
        let plain = events(&pattern(&format!("p('{s}')")));
        for undone in [
            format!("fast({n}/{d}).slow({n}/{d})"),
            format!("slow({n}/{d}).fast({n}/{d})"),
            format!("early({n}/{d}).late({n}/{d})"),
            format!("late({n}/{d}).early({n}/{d})"),
            "rev().rev()".to_owned(),
            format!("add({n}).sub({n})"),
            format!("inside({n}, fast(1))"),
            format!("outside({n}, fast(1))"),
        ] {
            prop_assert_eq!(&events(&pattern(&format!("p('{s}').{undone}"))), &plain, "{}", undone);
        }
    }

    #[test]
    fn what_changes_nothing_changes_nothing(s in string(), n in 1i64..9) {
        let plain = events(&pattern(&format!("p('{s}')")));
        for same in [
            "fast(1)", "late(0)", "ply(1)", "iter(1)", "zoom(0, 1)", "compress(0, 1)", "linger(1)", "add(0)", "mul(1)",
            "degradeBy(0)", "mask('1')", "every(1, fast(1))", "when('0', rev)", "never(rev)", "someCyclesBy(0, rev)",
            "sometimesBy(0, rev)", "layer(fast(1))", "chop(1).set(begin=0)", "freeze()",
            "within(0, 0, late(0))", "set()",
        ] {
            // What sets a value shows it: only the times are compared there.
            let times = |rows: &[Row]| rows.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>();
            let changed = events(&pattern(&format!("p('{s}').{same}")));
            if same.contains("chop") {
                prop_assert_eq!(times(&changed), times(&plain), "{}", same);
            } else {
                prop_assert_eq!(&changed, &plain, "{}", same);
            }
        }
        let frozen = pattern(&format!("freeze(freeze(p('{s}')))"));
        prop_assert_eq!(&frozen, &pattern(&format!("freeze(p('{s}'))")));
        prop_assert_eq!(events(&frozen), plain);
        // Nesting is kept: n times in one step is one step.
        let step = pattern(&format!("freeze(p('{s}') * {n}) + rest()"));
        prop_assert_eq!(events(&step), events(&pattern(&format!("seq(p('{s}').fast({n}), None)"))));
    }

    #[test]
    fn what_is_always_done_is_done(s in string()) {
        let done = events(&pattern(&format!("p('{s}').rev()")));
        for always in [
            "every(1, rev)", "when('1', rev)", "always(rev)", "sometimesBy(1, rev)", "someCyclesBy(1, rev)",
            "chunk(1, rev)", "layer(rev)", "within(0, 1, rev)",
        ] {
            prop_assert_eq!(&events(&pattern(&format!("p('{s}').{always}"))), &done, "{}", always);
        }
    }

    #[test]
    fn layers_come_in_any_order_and_in_any_brackets(a in string(), b in string(), c in string()) {
        let [a, b, c] = [a, b, c].map(|s| format!("p('{s}')"));
        let stacked = events(&pattern(&format!("stack({a}, {b})")));
        prop_assert_eq!(&events(&pattern(&format!("stack({b}, {a})"))), &stacked);
        prop_assert_eq!(&events(&pattern(&format!("{a} | {b}"))), &stacked);
        prop_assert_eq!(
            events(&pattern(&format!("({a} | {b}) | {c}"))),
            events(&pattern(&format!("{a} | ({b} | {c})")))
        );
        prop_assert_eq!(
            events(&pattern(&format!("{a}.superimpose(lambda x: {b})"))),
            stacked
        );
    }

    #[test]
    fn speeds_multiply_and_shifts_add_up(s in string(), n in 1i64..6, d in 1i64..6, m in 1i64..6) {
        prop_assert_eq!(
            events(&pattern(&format!("p('{s}').fast({n}/{d}).fast({m})"))),
            events(&pattern(&format!("p('{s}').fast({n}*{m}/{d})")))
        );
        prop_assert_eq!(
            events(&pattern(&format!("p('{s}').late({n}/{d}).late({m})"))),
            events(&pattern(&format!("p('{s}').late({n}/{d} + {m})")))
        );
    }

    #[test]
    fn what_is_dropped_and_what_is_kept_are_the_whole(s in string(), tenths in 0u32..=10) {
        let chance = f64::from(tenths) / 10.0;
        let halves = pattern(&format!("p('{s}').sometimesBy({chance}, fast(1))"));
        prop_assert_eq!(events(&halves), events(&pattern(&format!("p('{s}')"))));
    }
}
