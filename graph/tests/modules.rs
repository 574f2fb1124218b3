//! Modules, loaded scores, and the session as a score.

use sorl_graph::When;
use sorl_graph::patch::{Patch, Target};
use sorl_graph::score::{Cancel, Diagnostic, evaluate, evaluate_with};
use sorl_graph::session::Session;
use sorl_graph::time::Ratio;
use sorl_graph::ugen::Units;
use std::path::Path;

const STRIP: &str = "def tone():
    f = control(\"freq\", 110, 20, 2000)
    return saw(f) * control(\"gate\", 0, 0, 1)

def drive(inp):
    return inp * control(\"amount\", 2, 0, 10)

@graph
def strip(amount=3):
    pre = node(\"pre\", drive, amount=amount)
    post = node(\"post\", drive, gain=0.5)
    pre >> post
    mod(\"post/amount\", \"sine\", lo=1, hi=2)
    inputs(pre)
    return post
";

fn names(patch: &Patch) -> Vec<&str> {
    patch.nodes.iter().map(|n| n.name.as_str()).collect()
}

fn wires(patch: &Patch) -> Vec<String> {
    let wires = patch.connections.iter();
    wires
        .map(|c| format!("{}>{}", c.from, c.to.node().unwrap_or("out")))
        .collect()
}

fn wrong(text: &str) -> Diagnostic {
    evaluate(text).unwrap_err().0.remove(0)
}

#[test]
fn a_module_is_put_in_under_a_name_as_often_as_one_likes() {
    let patch = evaluate(&format!(
        "{STRIP}
t = node(\"tone\", tone)
left = sub(\"left\", strip(5))
right = kr.instantiate(strip(), \"fx/right\", oversample=2, block=16)
t >> left >> right
right >> (out(2), 0.5)
left[\"pre/amount\"] = 7
right[\"post\"] @ (\"gain\", \"0.5 1\")
mute(\"fx\")
"
    ))
    .unwrap();
    assert_eq!(
        names(&patch),
        [
            "tone",
            "left/pre",
            "left/post",
            "fx/right/pre",
            "fx/right/post"
        ]
    );
    assert_eq!(
        wires(&patch),
        [
            "left/pre>left/post",
            "fx/right/pre>fx/right/post",
            "tone>left/pre",
            "left/post>fx/right/pre",
            "fx/right/post>out"
        ]
    );
    let graph = patch.graphs["fx/right"];
    assert_eq!(
        (graph.block, graph.oversample, patch.graphs.len()),
        (16, 2, 1)
    );
    assert_eq!(patch.connections[4].to, Target::Out(2));
    assert_eq!(patch.node("left/pre").unwrap().value("amount"), Some(7.0));
    assert_eq!(
        patch.node("fx/right/pre").unwrap().value("amount"),
        Some(3.0)
    );
    assert_eq!(
        (&*patch.bindings[0].node, patch.mods.len()),
        ("fx/right/post", 2)
    );
    assert!(patch.node("fx/right/pre").unwrap().mute && !patch.node("left/pre").unwrap().mute);
}

#[test]
fn modules_nest_and_what_is_there_can_be_captured() {
    let patch = evaluate(&format!(
        "{STRIP}
@kr.module
def both(kr):
    a = kr.sub(\"a\", strip)
    b = kr.sub(\"b\", strip(1))
    a >> b
    inputs(a[\"pre\"])
    outputs(b[\"post\"])

all = sub(\"all\", both)
again = capture()
sub(\"copy\", again)
node(\"tone\", tone) >> all
"
    ))
    .unwrap();
    assert_eq!(patch.nodes.len(), 9);
    assert!(wires(&patch).contains(&"copy/all/a/post>copy/all/b/pre".to_owned()));
    assert!(wires(&patch).contains(&"tone>all/a/pre".to_owned()));
}

#[test]
fn mistakes_with_modules_say_what_to_do() {
    let hint = |lines: &str| {
        let d = wrong(&format!("{STRIP}{lines}"));
        (d.message, d.hint.unwrap_or_default())
    };
    let open = "@graph\ndef open():\n    node(\"x\", tone)\n\no = sub(\"o\", open)\n";
    let (message, what) = hint(&format!("{open}node(\"t\", tone) >> o\n"));
    assert_eq!(message, "the module `o` has no input");
    assert!(what.contains("inputs(node)"));
    let (message, what) = hint(&format!("{open}o >> out\n"));
    assert_eq!(message, "the module `o` has no output");
    assert!(what.contains("return the node"));
    assert_eq!(
        hint("s = sub(\"s\", strip)\ns[\"pots\"]\n").1,
        "did you mean `post`?"
    );
    assert!(
        hint("sub(\"s\", strip)\nsub(\"s\", strip)\n")
            .0
            .contains("there is a node `s/pre` already")
    );
    assert!(hint("sub(\"s\", tone)\n").1.contains("write @graph above"));
    assert!(hint("@graph\nx = 1\n").0.contains("a `def` under this `@`"));
}

#[test]
fn a_loaded_score_is_as_if_it_stood_there() {
    let units = Units::default();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let library = data.join("scores");
    units.sounds().set_folders(Some(&data), Some(&library));
    let load = |text: &str| evaluate_with(text, &units, &Cancel::new()).patch;
    let patch = load("load(\"scores/parts.sorl\")\nnode(\"high\", lambda: deep(400))\n").unwrap();
    assert_eq!(names(&patch), ["loaded/low", "high"]);
    let wrong = |text: &str| load(text).unwrap_err().0.remove(0);
    let text = "\nload(\"wrong.sorl\")\n";
    let d = wrong(text);
    assert_eq!(
        d.message,
        "in `wrong.sorl`, line 2: there is no name `cutof` here"
    );
    assert_eq!(d.place(text), (2, 1));
    assert!(
        wrong("load(\"round.sorl\")")
            .message
            .contains("`round.sorl` loads itself")
    );
    assert!(
        wrong("load(\"../Cargo.toml\")")
            .message
            .contains("does not stay in the project")
    );
    assert!(
        wrong("load(\"/etc/hostname\")")
            .message
            .contains("does not stay in the project")
    );
    assert!(
        wrong("load(\"nothing.sorl\")")
            .message
            .contains("there is no file `nothing.sorl`")
    );
    assert!(
        evaluate("load(\"parts.sorl\")").is_err(),
        "without folders there is nothing to read"
    );
    // A function of a loaded score that fails later still says where it is.
    let d = wrong("load(\"scores/parts.sorl\")\nnode(\"x\", lambda: deep([1]))\n");
    assert!(
        d.message.starts_with("in `scores/parts.sorl`, line 2: "),
        "{}",
        d.message
    );
}

#[test]
fn a_session_as_a_score_says_what_is_heard() {
    let score = format!(
        "{STRIP}t = node(\"tone\", tone, gain=0.5)  # loud\nsub(\"s\", strip)\nsave(\"all\")\nmute(t)\nfade(t, 0.1, bars=0)\nmacro(1, \"tone/freq\", 20, 2000)\n"
    );
    let mut session = Session::new();
    session.evaluate(&score, When::Now).unwrap();
    session.recall(1, Ratio::ZERO, When::Now).unwrap();
    session.set("s/pre/amount", 9.0).unwrap();
    session.set_macro(1, 1.0).unwrap();
    let text = session.export().unwrap();
    assert!(text.contains("# loud"));
    let mut other = Session::new();
    other.evaluate(&text, When::Now).unwrap();
    assert_eq!(other.scene(), 1);
    for (node, control) in [
        ("tone", "gain"),
        ("tone", "freq"),
        ("s/pre", "amount"),
        ("s/post", "amount"),
    ] {
        assert_eq!(
            other.value(node, control),
            session.value(node, control),
            "{node}/{control}\n{text}"
        );
    }
    assert!(!other.patch().node("tone").unwrap().mute);
}
