//! Gestures in modules are written into the function that makes the module, and nodes become a module.

use sorl_graph::patch::{Patch, Target};
use sorl_graph::score::edit::{EditError, Gesture, put_within, same, write, write_within};
use sorl_graph::score::evaluate;
use sorl_graph::ugen::Units;

const SOUNDS: &str = "def tone():
    f = control(\"freq\", 110, 20, 2000)
    return saw(f) * control(\"gate\", 0, 0, 1)

def drive(inp):
    return inp * control(\"amount\", 2, 0, 10)

";

const STRIP: &str = "@graph
def strip():
    pre = node(\"pre\", drive, gain=0.3)  # warm
    post = node(\"post\", drive)
    pre >> (post, 0.5)
    inputs(pre)
    return post

t = node(\"tone\", tone)
left = sub(\"left\", strip())
t >> left
";

fn strip() -> String {
    format!("{SOUNDS}{STRIP}")
}

fn set(node: &str, control: &str, value: f32) -> Gesture {
    Gesture::Set {
        node: node.into(),
        control: control.into(),
        value,
    }
}

fn said(text: &str) -> Patch {
    evaluate(text).unwrap_or_else(|why| panic!("{why}\n{text}"))
}

fn within(score: &str, path: &str, gesture: &Gesture) -> String {
    let edits = write_within(score, path, gesture, &Units::standard()).unwrap();
    let text = edits.apply(score);
    assert_eq!(edits.undo().apply(&text), score);
    text
}

fn after(score: &str, gesture: &Gesture) -> String {
    let edits = write(score, gesture, &Units::standard()).unwrap();
    let text = edits.apply(score);
    assert_eq!(edits.undo().apply(&text), score);
    text
}

#[test]
fn a_value_of_a_modules_node_is_written_where_the_module_says_it() {
    let becomes = |gesture: Gesture, old: &str, new: &str| {
        let text = after(&strip(), &gesture);
        assert_eq!(text, strip().replacen(old, new, 1));
        let inner = gesture.within("left").unwrap();
        assert_eq!(within(&strip(), "left", &inner), text);
    };
    becomes(set("left/pre", "gain", 0.5), "gain=0.3", "gain=0.5");
    let level = Gesture::Connect {
        from: "left/pre".into(),
        to: Target::Input {
            node: "left/post".into(),
            port: 0,
        },
        level: Some(0.25),
    };
    becomes(level, "(post, 0.5)", "(post, 0.25)");
}

#[test]
fn what_a_module_does_not_say_yet_goes_into_its_function_ahead_of_what_it_returns() {
    let strip = strip();
    let ahead = |line: &str| {
        strip.replacen(
            "    return post",
            &format!("    {line}\n    return post"),
            1,
        )
    };
    let cases = [
        (set("post", "amount", 4.0), "set(\"post/amount\", 4)"),
        (
            Gesture::Add {
                name: "third".into(),
                function: "drive".into(),
                voices: None,
                values: Vec::new(),
            },
            "node(\"third\", drive)",
        ),
        (
            Gesture::Mute {
                node: "pre".into(),
                on: true,
            },
            "mute(\"pre\")",
        ),
        (
            Gesture::Twin {
                node: "pre".into(),
                to: "pre2".into(),
            },
            "node(\"pre2\", drive, gain=0.3)",
        ),
        (
            Gesture::Bind {
                node: "pre".into(),
                control: Some("amount".into()),
                pattern: "1 2".into(),
            },
            "play(\"pre\", \"1 2\", \"amount\")",
        ),
    ];
    for (gesture, line) in cases {
        assert_eq!(within(&strip, "left", &gesture), ahead(line));
    }
    let renamed = Gesture::Rename {
        node: "pre".into(),
        to: "first".into(),
    };
    assert_eq!(
        within(&strip, "left", &renamed),
        strip.replacen("\"pre\"", "\"first\"", 1)
    );
    let removed = Gesture::Disconnect {
        from: "pre".into(),
        to: Target::Input {
            node: "post".into(),
            port: 0,
        },
    };
    assert_eq!(
        within(&strip, "left", &removed),
        strip.replacen("    pre >> (post, 0.5)\n", "", 1)
    );
    let units = Units::standard();
    let line = put_within(&strip, "left", "node(\"x\", drive, count=2)", &units).unwrap();
    assert_eq!(line.apply(&strip), ahead("node(\"x\", drive, count=2)"));
}

#[test]
fn what_is_done_in_one_module_is_done_in_all_that_its_function_made() {
    let two = format!(
        "{}right = sub(\"right\", strip())\nt >> (right, 0.2)\n",
        strip()
    );
    let text = within(&two, "left", &set("pre", "gain", 0.6));
    assert_eq!(text, two.replacen("gain=0.3", "gain=0.6", 1));
    let patch = said(&text);
    let gain = |name: &str| patch.node(name).and_then(|n| n.value("gain"));
    assert_eq!(
        (gain("left/pre"), gain("right/pre")),
        (Some(0.6), Some(0.6))
    );
    // From outside it is done to one.
    let text = after(&two, &set("left/pre", "gain", 0.6));
    assert_eq!(text, format!("{two}set(\"left/pre/gain\", 0.6)\n"));
    // A node that one of them has lost already is no node of the module any more.
    let odd = format!("{two}remove(\"right/post\")\n");
    let wrong = write_within(&odd, "left", &set("post", "gain", 0.1), &Units::standard());
    assert!(matches!(wrong, Err(EditError::Nothing(_))), "{wrong:?}");
}

#[test]
fn a_module_within_a_module_is_written_where_it_is_made() {
    let nested = format!(
        "{SOUNDS}@graph\ndef inner():\n    node(\"a\", drive, gain=0.1)\n\n@graph\ndef outer():\n    sub(\"in\", inner)\n    node(\"b\", drive)\n\nsub(\"out1\", outer)\n"
    );
    assert_eq!(said(&nested).modules.len(), 2);
    let text = within(&nested, "out1/in", &set("a", "gain", 0.2));
    assert_eq!(text, nested.replacen("gain=0.1", "gain=0.2", 1));
    let text = within(&nested, "out1", &set("in/a", "gain", 0.3));
    assert_eq!(text, nested.replacen("gain=0.1", "gain=0.3", 1));
}

fn group(nodes: &[&str], name: &str) -> Gesture {
    Gesture::Group {
        nodes: nodes.iter().map(|n| (*n).to_owned()).collect(),
        name: name.into(),
    }
}

const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");

/// The Patch after grouping is the Patch before with other names.
fn renamed(score: &str, nodes: &[&str], name: &str) -> Patch {
    let mut patch = said(score);
    patch.rename(|node| match nodes.contains(&node) {
        true => format!("{name}/{node}"),
        false => node.to_owned(),
    });
    let order = |patch: &mut Patch| patch.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    order(&mut patch);
    patch
}

fn grouped(score: &str, nodes: &[&str], name: &str) -> String {
    let text = after(score, &group(nodes, name));
    let mut patch = said(&text);
    patch.nodes.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(same(&patch, &renamed(score, nodes, name)), "{text}");
    text
}

#[test]
fn nodes_become_a_module_with_the_statements_that_are_about_them_alone() {
    let text = grouped(BEAT, &["bass", "verb"], "low");
    assert_eq!(said(&text).modules.len(), 1, "{text}");
    assert!(
        text.contains("@graph\ndef low():\n    b = kr.node(\"bass\", bass, gain=0.3)\n"),
        "{text}"
    );
    assert!(text.contains("    b >> (verb, 0.4)\n"), "{text}");
    assert!(text.contains("\nsub(\"low\", low)\n"), "{text}");
    // What was written in it can be turned there.
    let louder = within(&text, "low", &set("bass", "gain", 0.5));
    assert_eq!(louder, text.replacen("gain=0.3", "gain=0.5", 1));
}

#[test]
fn what_joins_a_module_to_the_rest_stays_outside_of_it() {
    let text = grouped(BEAT, &["kick", "bass"], "group1");
    let patch = said(&text);
    assert!(patch.modules.contains_key("group1"), "{text}");
    assert!(text.contains("b = group1_[\"bass\"]\n"), "{text}");
    assert!(text.contains("\nb >> (verb, 0.4)\n"), "{text}");
    let score =
        format!("{SOUNDS}node(\"a\", tone)\nnode(\"d\", drive)\nconnect(\"a\", \"d\", 0.5)\n");
    let text = grouped(&score, &["a"], "g");
    assert!(text.ends_with("connect(\"g/a\", \"d\", 0.5)\n"), "{text}");
}

#[test]
fn nodes_that_no_statement_makes_alone_become_a_group_by_their_names() {
    let score =
        format!("{SOUNDS}for i in range(3):\n    node(f\"t{{i}}\", tone)\nnode(\"d\", drive)\n");
    let text = grouped(&score, &["t0", "d"], "g");
    assert!(said(&text).modules.is_empty());
    assert_eq!(
        text,
        format!("{score}rename(\"t0\", \"g/t0\")\nrename(\"d\", \"g/d\")\n")
    );
}

#[test]
fn a_group_is_renamed_muted_and_taken_away_as_a_whole() {
    let strip = strip();
    let rename = Gesture::Rename {
        node: "left".into(),
        to: "warm".into(),
    };
    assert_eq!(
        after(&strip, &rename),
        strip.replace("\"left\"", "\"warm\"")
    );
    let (node, on) = ("left".to_owned(), true);
    let mute = after(
        &strip,
        &Gesture::Mute {
            node: node.clone(),
            on,
        },
    );
    assert_eq!(mute, format!("{strip}mute(\"left\")\n"));
    let unmute = Gesture::Mute {
        node: node.clone(),
        on: false,
    };
    assert_eq!(after(&mute, &unmute), strip);
    let without = strip
        .replace("left = sub(\"left\", strip())\n", "")
        .replace("t >> left\n", "");
    assert_eq!(after(&strip, &Gesture::Remove { node }), without);
}

#[test]
fn a_group_has_a_name_that_a_score_can_say() {
    let wrong = |nodes: &[&str], name: &str| {
        let wrong = write(&strip(), &group(nodes, name), &Units::standard());
        assert!(wrong.is_err(), "{wrong:?}");
    };
    wrong(&["tone"], "left");
    wrong(&["tone"], "two words");
    wrong(&["nobody"], "g");
    wrong(&[], "g");
}
