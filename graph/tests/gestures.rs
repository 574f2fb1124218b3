//! A gesture becomes the smallest edit of the score that says it.

use proptest::prelude::*;
use sorl_graph::When;
use sorl_graph::patch::{Mapping, Patch, Target};
use sorl_graph::score::edit::{EditError, Gesture, same, write};
use sorl_graph::score::evaluate;
use sorl_graph::session::Session;
use sorl_graph::signal::Knob;
use sorl_graph::time::{Curve, Meter};
use sorl_graph::ugen::Units;

const SCORE: &str = "# a bass and its room
def bass():
    freq = control(\"freq\", 55, 20, 800)
    gate = control(\"gate\", 0, 0, 1)
    cutoff = control(\"cutoff\", 800, 100, 4000)
    return lowpass(saw(freq), cutoff) * gate

def space(inp):
    return reverb(inp, control(\"room\", 0.7, 0, 1))

tempo(128)   # fast
b = node(\"bass\", bass, gain=0.3)   # the low one
verb = node(\"verb\", space, gain = 0.25)
for i in range(2):
    node(f\"pad{i}\", bass, gain=0.1)

b >> (verb, 0.4)  # a send
b[\"cutoff\"] = 1_200
b @ \"a2 d3 ~ e2\"
mute(verb)
macro(1, \"bass/cutoff\", 200, 4000)
";

/// The score after a gesture; whatever it is, undo leads back.
fn after(score: &str, gesture: Gesture) -> String {
    let edits = write(score, &gesture, &Units::default()).unwrap();
    let text = edits.apply(score);
    assert_eq!(edits.undo().apply(&text), score);
    text
}

fn set(node: &str, control: &str, value: f32) -> Gesture {
    let (node, control) = (node.into(), control.into());
    Gesture::Set {
        node,
        control,
        value,
    }
}

#[test]
fn a_literal_that_said_it_is_rewritten() {
    let becomes = |gesture, old: &str, new: &str| {
        assert_eq!(after(SCORE, gesture), SCORE.replacen(old, new, 1));
    };
    becomes(set("bass", "gain", 0.5), "gain=0.3", "gain=0.5");
    becomes(set("verb", "gain", 1.0), "gain = 0.25", "gain = 1.0");
    becomes(set("bass", "cutoff", 900.0), "1_200", "900");
    becomes(Gesture::Tempo(97.25), "128", "97.25");
    let to = Target::Input {
        node: "verb".into(),
        port: 0,
    };
    let connect = |level| Gesture::Connect {
        from: "bass".into(),
        to: to.clone(),
        level,
    };
    becomes(connect(Some(-0.75)), "0.4", "-0.75");
    let named = SCORE.replace("(verb, 0.4)", "(verb, 0.4, \"inp\")");
    assert_eq!(
        after(&named, connect(Some(-0.75))),
        named.replace("0.4", "-0.75")
    );
    let bind = Gesture::Bind {
        node: "bass".into(),
        control: None,
        pattern: "c2*2".into(),
    };
    becomes(bind, "\"a2 d3 ~ e2\"", "\"c2*2\"");
    becomes(
        Gesture::Mute {
            node: "verb".into(),
            on: false,
        },
        "mute(verb)\n",
        "",
    );
    let disconnect = Gesture::Disconnect {
        from: "bass".into(),
        to: to.clone(),
    };
    becomes(disconnect, "b >> (verb, 0.4)", "");
    let mapping = evaluate(SCORE).unwrap().mappings[0].clone();
    let moved = Mapping {
        knob: Knob::Macro(7),
        curve: Curve::Exp,
        ..mapping.clone()
    };
    let instead_of = Some((Knob::Macro(1), "bass".to_owned(), "cutoff".to_owned()));
    becomes(
        Gesture::Map {
            instead_of,
            mapping: moved,
        },
        "macro(1, \"bass/cutoff\", 200, 4000)",
        "macro(7, \"bass/cutoff\", 200, 4000, curve=\"exp\")",
    );
}

#[test]
fn a_metre_is_written_where_it_was_said() {
    let meter = |beats, unit| Gesture::Meter(Meter { beats, unit });
    let becomes = |said: &str, to, new: &str| {
        let score = format!("{said}  # the metre\ntempo(100)\n");
        assert_eq!(
            after(&score, to),
            format!("{new}  # the metre\ntempo(100)\n")
        );
    };
    becomes("meter(3, 4)", meter(5, 4), "meter(5, 4)");
    becomes("meter(3, 4)", meter(3, 8), "meter(3, 8)");
    becomes("meter(3, unit=4)", meter(7, 8), "meter(7, unit=8)");
    becomes("meter(3)", meter(5, 4), "meter(5)");
    becomes("meter(3)", meter(6, 8), "meter(6, 8)");
    becomes("kr.meter = 3", meter(5, 4), "kr.meter = 5");
    // krach's way says quarters only.
    let after_line = after("kr.meter = 3\n", meter(7, 8));
    assert_eq!(after_line, "kr.meter = 3\nmeter(7, 8)\n");
    // A change on the way is not what the song begins with.
    let later = "meter(4, 4)\nmeter(3, 4, at=8)\n";
    assert_eq!(
        after(later, meter(5, 4)),
        "meter(5, 4)\nmeter(3, 4, at=8)\n"
    );
    assert_eq!(after("", meter(7, 8)), "meter(7, 8)\n");
}

#[test]
fn what_no_single_literal_said_becomes_a_line_at_the_end() {
    let adds = |gesture, line: &str| assert_eq!(after(SCORE, gesture), format!("{SCORE}{line}\n"));
    // Written once for two nodes: the literal says more than one thing.
    adds(set("pad0", "gain", 0.2), "set(\"pad0/gain\", 0.2)");
    adds(set("bass", "pan", -0.5), "set(\"bass/pan\", -0.5)");
    adds(
        Gesture::Mute {
            node: "bass".into(),
            on: true,
        },
        "mute(\"bass\")",
    );
    adds(
        Gesture::Remove {
            node: "pad1".into(),
        },
        "remove(\"pad1\")",
    );
    let rename = |node: &str, to: &str| Gesture::Rename {
        node: node.into(),
        to: to.into(),
    };
    adds(rename("pad0", "air"), "rename(\"pad0\", \"air\")");
    let (name, function) = ("lead".to_owned(), "bass".to_owned());
    let add = |voices, values: &[(&str, f32)]| Gesture::Add {
        name: name.clone(),
        function: function.clone(),
        voices,
        values: values.iter().map(|(c, v)| ((*c).to_owned(), *v)).collect(),
    };
    adds(add(None, &[]), "node(\"lead\", bass)");
    adds(add(Some(1), &[]), "node(\"lead\", bass)");
    adds(
        add(Some(8), &[("cutoff", 900.0), ("gain", 0.25)]),
        "node(\"lead\", bass, cutoff=900, gain=0.25, count=8)",
    );
    let (from, to) = ("pad0".to_owned(), Target::Out(2));
    adds(
        Gesture::Connect {
            from,
            to,
            level: Some(0.5),
        },
        "connect(\"pad0\", out(2), level=0.5)",
    );
    // Twice the same gesture: the line that was added is rewritten.
    let once = after(SCORE, set("pad0", "gain", 0.2));
    assert_eq!(
        after(&once, set("pad0", "gain", 0.4)),
        format!("{SCORE}set(\"pad0/gain\", 0.4)\n")
    );
}

#[test]
fn a_name_changes_wherever_it_is_and_a_node_goes_with_its_lines() {
    let renamed = after(
        SCORE,
        Gesture::Rename {
            node: "bass".into(),
            to: "low".into(),
        },
    );
    let expected = SCORE
        .replace("node(\"bass\"", "node(\"low\"")
        .replace("\"bass/cutoff\"", "\"low/cutoff\"");
    assert_eq!(renamed, expected);
    let removed = after(
        SCORE,
        Gesture::Remove {
            node: "verb".into(),
        },
    );
    let expected = SCORE
        .replace("verb = node(\"verb\", space, gain = 0.25)\n", "")
        .replace("b >> (verb, 0.4)", "")
        .replace("mute(verb)\n", "");
    assert_eq!(removed, expected);
}

#[test]
fn a_node_that_sounds_otherwise_keeps_everything_else() {
    let score = "def kick():\n    return saw(55) * control(\"gate\", 0, 0, 1)\n\nk = node(\"kick\", kick, gain=0.8)\nk @ \"x ~ x x\"\nnode(\"other\", kick)\n";
    let sound = |node: &str, sound: &str| Gesture::Sound {
        node: node.into(),
        sound: sound.into(),
    };
    let changed = after(
        score,
        sound("kick", "sampler(sample(\"kit/bd\"), release=0.2)"),
    );
    let expected = score.replace(
        "(\"kick\", kick,",
        "(\"kick\", sampler(sample(\"kit/bd\"), release=0.2),",
    );
    assert_eq!(changed, expected);
    // And back: brackets and commas of its own do not end it.
    assert_eq!(after(&changed, sound("kick", "kick")), score);
    let last = after(score, sound("other", "sampler()"));
    assert_eq!(
        last,
        score.replace("(\"other\", kick)", "(\"other\", sampler())")
    );

    let fails = |gesture| write(SCORE, &gesture, &Units::default()).unwrap_err();
    assert_eq!(fails(sound("pad1", "space")), EditError::NoWay);
    assert!(matches!(
        fails(sound("pad7", "space")),
        EditError::Nothing(_)
    ));
    // Its value of a control that the other has not would be lost.
    assert_eq!(fails(sound("bass", "space")), EditError::NoWay);
}

#[test]
fn what_cannot_be_says_why() {
    let fails = |gesture| write(SCORE, &gesture, &Units::default()).unwrap_err();
    assert!(matches!(
        fails(set("bas", "gain", 0.5)),
        EditError::Nothing(_)
    ));
    assert!(matches!(
        fails(set("bass", "gian", 0.5)),
        EditError::Nothing(_)
    ));
    assert!(matches!(
        fails(set("bass", "gain", 9.0)),
        EditError::Range { .. }
    ));
    let rename = Gesture::Rename {
        node: "bass".into(),
        to: "verb".into(),
    };
    assert!(matches!(fails(rename), EditError::Name(_)));
    let hidden = "def a():\n    return saw(1)\n\na = node(\"a\", a)\n";
    let (name, function) = ("b".to_owned(), "a".to_owned());
    let add = Gesture::Add {
        name,
        function,
        voices: None,
        values: Vec::new(),
    };
    assert_eq!(
        write(hidden, &add, &Units::default()),
        Err(EditError::NoWay)
    );
    assert!(matches!(
        write("x = (", &add, &Units::default()),
        Err(EditError::Score(_))
    ));
}

#[test]
fn a_session_takes_a_gesture_and_no_act_runs_for_it() {
    let score = format!("{SCORE}fade(\"bass/gain\", 0, bars=1)\n");
    let mut session = Session::new();
    session.evaluate(&score, When::Now).unwrap();
    session.set("bass/gain", 0.75).unwrap();
    let rename = Gesture::Rename {
        node: "bass".into(),
        to: "low".into(),
    };
    let edits = session.write(&rename, When::Now).unwrap();
    assert!(session.score().contains("fade(\"low/gain\""));
    assert_eq!(
        session.value("low", "gain"),
        Some(0.3),
        "a new name is a new node, and nothing fades"
    );
    assert_eq!(edits.undo().apply(session.score()), score);
}

/// Lines of scores, with what one writes around them.
fn line(kind: u8, a: usize, b: usize, x: f32) -> String {
    let names = ["bass", "verb", "drums/kick", "pad0"];
    let (from, to) = (names[a % 4], names[b % 4]);
    let x = (x * 100.0).round() / 100.0;
    match kind % 16 {
        0 => format!("set(\"{from}/gain\", {x})   # set"),
        1 => format!("connect(\"{from}\", \"verb\", level = {x})"),
        2 => format!("connect(\"{from}\",\"verb\")"),
        3 => format!("play(\"{}\", \"a2 [b2 c3]*2 ~\")", names[[0, 2, 3][a % 3]]),
        4 => format!("mod(\"{from}/pan\", \"sine\", lo=-0.5, hi={x}, bars=2)"),
        5 => format!("macro({}, \"{to}/gain\", 0, {x})", 1 + a % 5),
        6 => format!("for n in [\"{from}\", \"{to}\"]:\n    gain(n, {x})\n    mute(n)"),
        7 => format!("solo(\"{to}\"); unsolo(\"{from}\")  # both"),
        8 => format!("save(\"scene {}\")", a % 3),
        9 => format!("if {x} > 0.5:\n    mute(\"{from}\")\nelse:\n    set(\"{from}/pan\", {x})"),
        10 => format!("fade(\"{from}/gain\", {x}, bars=2)"),
        11 => format!("kr[\"{from}/gain\"] = kr[\"{to}/gain\"] * {x}  # what was set is read"),
        12 => format!("kr[\"drums\"] = {x}\nplay(\"drums\", \"x*2\")"),
        13 => format!("kr[\"{from}\"] >> (\"verb\", {x}, \"inp\")  # by name"),
        14 => format!("kr.tempo *= {}", 0.5 + x),
        _ => format!("\n# {from} and {to}\n\n"),
    }
}

fn gestures() -> impl Strategy<Value = Gesture> {
    let name = || {
        prop::sample::select(vec!["bass", "verb", "drums/kick", "pad0", "new"])
            .prop_map(str::to_owned)
    };
    let control =
        || prop::sample::select(vec!["gain", "pan", "cutoff", "room"]).prop_map(str::to_owned);
    let target = (name(), control(), 0..4u8).prop_map(|(node, control, kind)| match kind {
        0 => Target::Control { node, control },
        1 => Target::Out(1),
        2 => Target::Out(3),
        _ => Target::Input {
            node: "verb".into(),
            port: 0,
        },
    });
    let target = || target.clone();
    let patterns =
        prop::sample::select(vec!["c3 e3", "60*4", "<1 0.5>", "x ~ x?"]).prop_map(str::to_owned);
    let knob = || (1..6u8).prop_map(Knob::Macro);
    let level = || prop::option::of((-4.0f32..4.0).prop_map(|x| (x * 64.0).round() / 64.0));
    prop_oneof![
        (name(), control(), -1.0f32..1.0).prop_map(|(node, control, value)| Gesture::Set {
            node,
            control,
            value
        }),
        (name(), prop::sample::select(vec!["bass", "space"])).prop_map(|(name, f)| Gesture::Add {
            name,
            function: f.to_owned(),
            voices: None,
            values: Vec::new(),
        }),
        name().prop_map(|node| Gesture::Remove { node }),
        (name(), name()).prop_map(|(node, to)| Gesture::Rename { node, to }),
        (name(), name()).prop_map(|(node, to)| Gesture::Twin { node, to }),
        prop::sample::subsequence(vec!["bass", "verb", "pad0"], 1..=3).prop_map(|nodes| {
            Gesture::Group {
                nodes: nodes.into_iter().map(str::to_owned).collect(),
                name: "group1".into(),
            }
        }),
        (name(), target(), level()).prop_map(|(from, to, level)| Gesture::Connect {
            from,
            to,
            level
        }),
        (name(), target()).prop_map(|(from, to)| Gesture::Disconnect { from, to }),
        (name(), prop::option::of(control()), patterns).prop_map(|(node, control, pattern)| {
            Gesture::Bind {
                node,
                control,
                pattern,
            }
        }),
        (name(), prop::option::of(control()))
            .prop_map(|(node, control)| Gesture::Unbind { node, control }),
        (
            knob(),
            name(),
            control(),
            prop::option::of((knob(), name(), control()))
        )
            .prop_map(|(knob, node, control, instead_of)| {
                let (lo, hi, curve, span) = (0.0, 1.0, Curve::Smooth, Default::default());
                let mapping = Mapping {
                    knob,
                    node,
                    control,
                    lo,
                    hi,
                    curve,
                    span,
                };
                Gesture::Map {
                    instead_of,
                    mapping,
                }
            }),
        (knob(), name(), control()).prop_map(|(knob, node, control)| Gesture::Unmap {
            knob,
            node,
            control
        }),
        (name(), any::<bool>()).prop_map(|(node, on)| Gesture::Mute { node, on }),
        (name(), any::<bool>()).prop_map(|(node, on)| Gesture::Solo { node, on }),
        (30.0f64..300.0).prop_map(Gesture::Tempo),
        (1u8..=64, 0u32..6).prop_map(|(beats, unit)| Gesture::Meter(Meter {
            beats,
            unit: 1 << unit
        })),
    ]
}

/// What is not code: comments, and the space around them.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|l| l.find('#').map(|at| &l[at..]))
        .collect()
}

/// What a gesture does, told apart from how the library does it.
fn check(gesture: &Gesture, before: &Patch, after: &Patch) -> Result<(), TestCaseError> {
    let nodes = |p: &Patch| p.nodes.iter().map(|n| n.name.clone()).collect::<Vec<_>>();
    match gesture {
        Gesture::Sound { node, .. } => {
            prop_assert!(before.node(node).is_some() && after.node(node).is_some());
        }
        Gesture::Set {
            node,
            control,
            value,
        } => {
            prop_assert_eq!(
                after.node(node).and_then(|n| n.value(control)),
                Some(*value)
            );
            prop_assert_eq!(nodes(before), nodes(after));
            for n in before.nodes.iter() {
                for (c, v) in &n.values {
                    if (&n.name, c) != (node, control) {
                        prop_assert_eq!(after.node(&n.name).and_then(|n| n.value(c)), Some(*v));
                    }
                }
            }
        }
        Gesture::Add { name, .. } => {
            prop_assert_eq!(
                nodes(after)
                    .split_last()
                    .map(|(l, r)| (l.clone(), r.to_vec())),
                Some((name.clone(), nodes(before)))
            );
        }
        Gesture::Remove { node } => {
            let rest: Vec<String> = nodes(before).into_iter().filter(|n| n != node).collect();
            prop_assert_eq!(rest, nodes(after));
            prop_assert!(
                after
                    .connections
                    .iter()
                    .all(|c| c.from != *node && c.to.node() != Some(node))
            );
        }
        Gesture::Rename { node, to } => {
            let other: Vec<String> = nodes(before)
                .into_iter()
                .map(|n| if n == *node { to.clone() } else { n })
                .collect();
            prop_assert_eq!(other, nodes(after));
            prop_assert_eq!(before.connections.len(), after.connections.len());
        }
        Gesture::Connect { from, to, level } => {
            let made = after
                .connections
                .iter()
                .find(|c| c.from == *from && c.to == *to);
            prop_assert_eq!(made.map(|c| c.level), Some(level.unwrap_or(1.0)));
        }
        Gesture::Disconnect { from, to } => {
            prop_assert!(
                !after
                    .connections
                    .iter()
                    .any(|c| c.from == *from && c.to == *to)
            );
            prop_assert_eq!(before.connections.len(), after.connections.len() + 1);
        }
        Gesture::Bind { node, control, .. } => {
            prop_assert!(
                after
                    .bindings
                    .iter()
                    .any(|b| b.node == *node && b.control == *control)
            );
        }
        Gesture::Unbind { node, control } => {
            prop_assert!(
                !after
                    .bindings
                    .iter()
                    .any(|b| b.node == *node && b.control == *control)
            );
        }
        Gesture::Map { mapping, .. } => {
            prop_assert!(
                after
                    .mappings
                    .iter()
                    .any(|m| m.knob == mapping.knob && m.curve == Curve::Smooth)
            );
        }
        Gesture::Unmap { .. } => prop_assert_eq!(before.mappings.len(), after.mappings.len() + 1),
        Gesture::Mute { node, on } => prop_assert_eq!(after.node(node).map(|n| n.mute), Some(*on)),
        Gesture::Solo { node, on } => prop_assert_eq!(after.node(node).map(|n| n.solo), Some(*on)),
        Gesture::Tempo(bpm) => prop_assert_eq!(after.tempo, Some(*bpm)),
        Gesture::Meter(meter) => prop_assert_eq!(after.meter, Some(*meter)),
        Gesture::Twin { node, to } => {
            let (old, twin) = (after.node(node), after.node(to));
            prop_assert_eq!(old.map(|n| &n.source), twin.map(|n| &n.source));
            prop_assert_eq!(old.map(|n| &n.values), twin.map(|n| &n.values));
            let played = |name: &str| after.bindings.iter().filter(|b| b.node == name).count();
            prop_assert_eq!(played(node), played(to));
        }
        Gesture::Group {
            nodes: inside,
            name,
        } => {
            let mut meant: Vec<String> = nodes(before)
                .into_iter()
                .map(|n| {
                    if inside.contains(&n) {
                        format!("{name}/{n}")
                    } else {
                        n
                    }
                })
                .collect();
            let mut there = nodes(after);
            meant.sort();
            there.sort();
            prop_assert_eq!(meant, there);
            prop_assert_eq!(before.connections.len(), after.connections.len());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn the_edited_text_says_what_the_gesture_means_and_undo_gives_it_back(
        lines in prop::collection::vec((0u8..16, 0usize..12, 0usize..12, 0.0f32..1.0), 0..8),
        gestures in prop::collection::vec(gestures(), 1..4),
        ends in any::<bool>(),
    ) {
        let mut text = format!("{}\nnode(\"drums/kick\", bass)\n", SCORE.trim_end());
        for (kind, a, b, x) in &lines {
            text.push_str(&line(*kind, *a, *b, *x));
            text.push('\n');
        }
        if !ends {
            text.pop();
        }
        prop_assume!(evaluate(&text).is_ok());
        for gesture in &gestures {
            let before = evaluate(&text).unwrap();
            match write(&text, gesture, &Units::default()) {
                // What is not there cannot be changed, and a pattern may not fit the control.
                Err(why) => prop_assert!(
                    !matches!(why, EditError::NoWay | EditError::Score(_)) || matches!(gesture, Gesture::Bind { .. }),
                    "{gesture:?}: {why}\n{text}"
                ),
                Ok(edits) => {
                    let edited = edits.apply(&text);
                    let after = evaluate(&edited).unwrap();
                    check(gesture, &before, &after)?;
                    prop_assert_eq!(edits.undo().apply(&edited), text.clone());
                    let (mut old, mut new) = (comments(&text), comments(&edited));
                    if matches!(gesture, Gesture::Group { .. }) {
                        // A statement takes its remark along into the module.
                        old.sort_unstable();
                        new.sort_unstable();
                    }
                    prop_assert_eq!(old, new);
                    prop_assert!(same(&before, &evaluate(&text).unwrap()));
                    text = edited;
                }
            }
        }
    }
}
