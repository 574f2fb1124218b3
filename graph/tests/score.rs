//! The language: what scores mean, and what is said when they mean nothing.

use sorl_graph::patch::{Patch, Source, Target};
use sorl_graph::pattern::{Program, Value};
use sorl_graph::score::evaluate;
use sorl_graph::time::Ratio;

const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");

fn ok(text: &str) -> Patch {
    evaluate(text).unwrap_or_else(|e| panic!("{}", e.render("score", text)))
}

/// Line, column, message and hint of the first thing that is wrong.
fn wrong(text: &str) -> (usize, usize, String, String) {
    let error = evaluate(text).expect_err(text);
    let d = &error.0[0];
    let (line, column) = d.place(text);
    (
        line,
        column,
        d.message.clone(),
        d.hint.clone().unwrap_or_default(),
    )
}

/// Onsets (as "begin-end") of a pattern's first cycles.
fn onsets(expression: &str, cycles: i64) -> Vec<String> {
    let text = format!(
        "def f():\n    return control('gate', 0, 0, 1) * control('freq', 440, 0, 9999)\nn = node('n', f)\nn @ ({expression})\n"
    );
    let patch = ok(&text);
    let program = Program::new(&patch.bindings[0].pattern);
    let mut found = Vec::new();
    program.query(Ratio::ZERO, Ratio::whole(cycles), &mut |e| {
        if let (Some(_), Some((b, e)), Value::Atom(_)) = (e.onset(), e.whole, e.value) {
            found.push((b, format!("{b}-{e}")));
        }
    });
    found.sort();
    found.into_iter().map(|f| f.1).collect()
}

#[test]
fn the_five_minute_beat_says_what_its_guide_says() {
    let patch = ok(BEAT);
    assert_eq!(patch.tempo, Some(128.0));
    let names: Vec<&str> = patch.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["kick", "hat", "bass", "verb"]);
    assert_eq!(patch.nodes[3].label, "reverb_fx");
    assert_eq!(patch.nodes[3].inputs(), ["inp"]);
    assert_eq!(patch.node("bass").unwrap().value("gain"), Some(0.3));
    assert_eq!(
        patch.node("bass").unwrap().range("cutoff"),
        Some((800.0, 100.0, 4000.0))
    );
    let c = &patch.connections[0];
    assert_eq!((c.from.as_str(), c.level, c.send), ("bass", 0.4, true));
    assert_eq!(
        c.to,
        Target::Input {
            node: "verb".into(),
            port: 0
        }
    );
    let bound: Vec<_> = patch
        .bindings
        .iter()
        .map(|b| (b.node.as_str(), b.control.as_deref()))
        .collect();
    assert_eq!(
        bound,
        [
            ("kick", None),
            ("hat", None),
            ("bass", None),
            ("bass", Some("cutoff"))
        ]
    );
    let span = patch.bindings[0].span;
    assert_eq!(
        &BEAT[span.start as usize..span.end as usize],
        "(kr.hit() * 4)"
    );
    assert_eq!(patch.bindings[3].text, "kr.sine(200, 2000).over(4)");
    let span = patch.nodes[2].span;
    assert_eq!(
        &BEAT[span.start as usize..span.end as usize],
        "b = kr.node(\"bass\", bass, gain=0.3)"
    );
}

#[test]
fn prefixes_are_not_needed_and_at_binds_loosest() {
    let plain = BEAT
        .replace("krs.", "")
        .replace("kr.tempo = 128", "tempo(128)")
        .replace("kr.", "");
    let (a, b) = (
        ok(BEAT),
        ok(&plain.replace("-> Signal", "").replace(": Signal", "")),
    );
    assert_eq!(
        a.nodes.iter().map(|n| &n.source).collect::<Vec<_>>(),
        b.nodes.iter().map(|n| &n.source).collect::<Vec<_>>()
    );
    assert_eq!(
        a.bindings.iter().map(|x| &x.pattern).collect::<Vec<_>>(),
        b.bindings.iter().map(|x| &x.pattern).collect::<Vec<_>>()
    );
    assert_eq!(onsets("hit() * 2 + rest()", 1), ["0/1-1/4", "1/4-1/2"]);
}

#[test]
fn a_patch_survives_being_written_and_read() {
    let patch = ok(BEAT);
    let json = serde_json::to_string(&patch).unwrap();
    assert_eq!(serde_json::from_str::<Patch>(&json).unwrap(), patch);
}

#[test]
fn sums_are_sequences_and_brackets_keep_steps_apart() {
    assert_eq!(onsets("hit() + rest() + hit()", 1), ["0/1-1/3", "2/3-1/1"]);
    assert_eq!(
        onsets("(hit() + rest()) + hit()", 1),
        ["0/1-1/4", "1/2-1/1"]
    );
    assert_eq!(onsets("(rest() + hit()) * 2", 1), ["1/4-1/2", "3/4-1/1"]);
    assert_eq!(
        onsets("seq('A2', None, 60).over(2)", 2),
        ["0/1-2/3", "4/3-2/1"]
    );
    assert_eq!(
        onsets("cat(hit(), hit() * 2)", 2),
        ["0/1-1/1", "1/1-3/2", "3/2-2/1"]
    );
    assert_eq!(
        onsets("hit() | hit() * 2", 1),
        ["0/1-1/1", "0/1-1/2", "1/2-1/1"]
    );
    assert_eq!(onsets("hit().late(1/4)", 1), ["1/4-5/4"]);
    assert_eq!(onsets("hit().slow(2).early(1)", 2), ["1/1-3/1"]);
    assert_eq!(onsets("note(60, 64, 67)", 1).len(), 3);
}

#[test]
fn the_language_computes() {
    let text = "
import math
from krach import nothing

def voice(n, detune=0.0):
    def f():
        \"\"\"A voice.\"\"\"
        total = 0
        for i in range(n):
            total += saw(control('freq', 55.0, 20, 800) * (1 + detune * i))
        return total / n if n > 1 else total
    return f

names = ['a', 'b', 'c']
made = []
for i in range(len(names)):
    if i == 1: continue
    made = made + [node(names[i], voice(i + 1, detune=0.01), gain=0.1 * (i + 1))]
a, c = made
x: int = 7 // 2 ** 2 % 5 - -3
while x > 0:
    x -= 1
    if x == 2:
        break
a['pan'] = x / 4 if x and not False else 1
stereo = lambda inp, width: (inp, inp * 0.5)
s = node('s', stereo)
a >> s; connect(c, s, port='width', level=0.5)
meter(7, 8)
";
    let patch = ok(text);
    assert_eq!(patch.nodes.len(), 3);
    assert_eq!(patch.node("a").unwrap().value("pan"), Some(0.5));
    assert_eq!(patch.node("s").unwrap().inputs(), ["inp", "width"]);
    assert_eq!(
        patch.connections[1].to,
        Target::Input {
            node: "s".into(),
            port: 1
        }
    );
    let Source::Function(f) = &patch.nodes[1].source else {
        panic!()
    };
    assert_eq!(f.controls.len(), 1);
}

#[test]
fn every_mistake_is_told_with_its_place_and_a_way_out() {
    let f = "def f(inp):\n    cut = control('cutoff', 500, 100, 4000)\n    return lowpass(inp, cut)\n\
             def g():\n    return saw(control('freq', 55, 20, 800)) * control('gate', 0, 0, 1)\n\
             n = node('bass', g)\ne = node('verb', f)\n";
    let line = f.lines().count() + 1;
    for (text, column, message, hint) in [
        (
            "x = nod('a', f)",
            5,
            "there is no name `nod` here",
            "did you mean `node`?",
        ),
        (
            "x = kr.nodes('a')",
            8,
            "a module has no `nodes`",
            "did you mean `node`?",
        ),
        (
            "x = node('a', f, gian=0.5)",
            23,
            "node `a` has no control `gian`",
            "did you mean `gain`?",
        ),
        (
            "x = node('a', f, 0.5, 0, 1, 9)",
            29,
            "`node` takes at most 5 arguments",
            "node(name, function, gain, pan, count, **values)",
        ),
        (
            "x = (1, 2",
            5,
            "this `(` is never closed",
            "close it with `)`",
        ),
        (
            "x = [1, 2)",
            5,
            "this `[` is closed by `)`",
            "close it with `]`",
        ),
        (
            "set('bas/gain', 1)",
            5,
            "there is no node `bas`",
            "did you mean `bass`?",
        ),
        (
            "n['cutof'] = 3",
            3,
            "node `bass` has no control `cutof`",
            "it has freq, gate, gain, pan",
        ),
        (
            "e['cutof'] = 300",
            3,
            "node `verb` has no control `cutof`",
            "did you mean `cutoff`?",
        ),
        (
            "e >> n",
            6,
            "node `bass` has no audio input: it is a source",
            "give its function an `inp` parameter",
        ),
        (
            "n >> (e, 9)",
            10,
            "a level goes from -4 to 4, and this is 9",
            "",
        ),
        (
            "n >> f",
            6,
            "`f` is a function, not a node",
            "make a node of it first: node(\"name\", function)",
        ),
        (
            "n @ seq('A2', 'H7')",
            15,
            "`H7` is not a note",
            "a note is a letter a to g, maybe # or b, and an octave: \"A2\", \"F#3\"",
        ),
        (
            "e @ hit()",
            5,
            "node `verb` has no control `gate` for this pattern to play",
            "add control(\"gate\", …) to its function",
        ),
        (
            "n @ sine(0, 1)",
            5,
            "a curve plays a control, not notes",
            "name the control: bass @ (\"cutoff\", …)",
        ),
        (
            "n @ 5",
            5,
            "`pattern` must be a pattern, not the number 5",
            "make one of it with note(…) or seq(…), or of a string: \"c3 e3\"",
        ),
        (
            "x = saw(5)",
            9,
            "`freq` makes a signal, and signals live inside functions",
            "put it in a `def` and make a node of that: node(\"name\", function)",
        ),
        ("n['gain'] = 9", 13, "`gain` of `bass` goes from 0 to 4", ""),
        ("x = 1 / 0", 9, "this is a division by nought", ""),
        (
            "while True: pass",
            13,
            "this score takes too long: it was stopped after two million steps",
            "is there a loop that never ends?",
        ),
        ("def r(): return r()\nr()", 1, "", ""),
        (
            "x = [0] * 9999999",
            5,
            "this score needs too much memory",
            "all that it makes may come to 64 MiB",
        ),
        (
            "if True:\nx = 1",
            8,
            "a block must follow this `:`",
            "indent the lines that belong to it",
        ),
        (
            "  x = 1",
            1,
            "this line is indented, but no block begins above it",
            "",
        ),
        ("tempo(5000)", 7, "a tempo goes from 1 to 1000 bpm", ""),
        ("return 5", 1, "`return` outside of a function", ""),
        (
            "node('bass', g)",
            6,
            "there is a node `bass` already (of `g`)",
            "give this one another name",
        ),
        (
            "5 = x",
            1,
            "this cannot be assigned to",
            "to compare, write `==`",
        ),
        (
            "def p(): return hit()\nnode('p', p)",
            1,
            "`p` returns a pattern, and a node needs a signal",
            "",
        ),
        (
            "def p(): pass\nnode('p', p)",
            1,
            "`p` returns nothing, so there is nothing to hear",
            "end it with `return` and a signal",
        ),
        (
            "def p(): return hit() + saw(5)\nnode('p', p)",
            17,
            "a signal or a number is wanted here, not a pattern",
            "called from line 9",
        ),
    ] {
        let text = format!("{f}{text}\n");
        let found = wrong(&text);
        if message.is_empty() {
            assert!(
                found.2.starts_with("`r` calls itself without end"),
                "{}",
                found.2
            );
            continue;
        }
        let at_place = if text.contains("if True:") || !text[f.len()..].contains('\n') {
            line
        } else {
            found.0
        };
        assert_eq!(
            (found.0, found.1, found.2.as_str(), found.3.as_str()),
            (at_place, column, message, hint),
            "{text}"
        );
    }
}

#[test]
fn what_cannot_be_built_is_refused_with_the_reason() {
    let many = format!("p = hit() * 64\n{}node('n', 1)", "p = p + p\n".repeat(60));
    assert_eq!(
        wrong(&many).2,
        "this pattern has more than 4096 events in a cycle; spread it over more cycles"
    );
    let deep = format!("x = {}1{}\n", "(".repeat(3000), ")".repeat(3000));
    assert_eq!(wrong(&deep).2, "this is nested more than 60 deep");
    let chain = format!("x = a{}\n", ".b".repeat(5000));
    assert!(wrong(&chain).2.contains("links"));
    let large = "def f():\n    x = saw(1)\n    for i in range(2000):\n        x = saw(x)\n    return x\nnode('f', f)\n";
    assert_eq!(
        wrong(large).2,
        "this function has more than 1024 operations; split it into several nodes"
    );
    assert!(evaluate(&"#".repeat(2_000_000)).is_err());
}

/// A source, an effect, and nodes of them in the group `drums`.
const GROUP: &str = "
def src(): return saw(control('freq', 55, 20, 800)) * control('gate', 0, 0, 1)
def fx(inp): return lowpass(inp, control('cutoff', 500, 100, 4000))
k = node('drums/kick', src, count=2)
s = voice('drums/top/snare', src, gain=0.5, count=4)
b = bus('verb', fx)
k >> b
s >> (b, 0.5)
k @ hit()
";

#[test]
fn what_is_said_of_a_group_is_said_of_its_nodes() {
    let flags = |text: &str| {
        let patch = ok(&format!("{GROUP}{text}\n"));
        let one = |n: &sorl_graph::patch::Node| (n.mute, n.solo, n.value("gain").unwrap());
        patch.nodes.iter().map(one).collect::<Vec<_>>()
    };
    let plain = (false, false, 1.0);
    let snare = (false, false, 0.5);
    assert_eq!(
        flags("mute('drums')"),
        [(true, false, 1.0), (true, false, 0.5), plain]
    );
    assert_eq!(
        flags("mute('drums/top')"),
        [plain, (true, false, 0.5), plain]
    );
    assert_eq!(
        flags("mute('drums'); unmute('drums/kick')"),
        [plain, (true, false, 0.5), plain]
    );
    assert_eq!(
        flags("solo('drums/')"),
        [(false, true, 1.0), (false, true, 0.5), plain]
    );
    assert_eq!(flags("solo('drums'); unsolo()"), [plain, snare, plain]);
    assert_eq!(
        flags("gain('drums', 0.25)"),
        [(false, false, 0.25), (false, false, 0.25), plain]
    );
    assert_eq!(
        flags("set('drums/gain', 0.25); set('drums/kick/gain', 1)"),
        [plain, (false, false, 0.25), plain]
    );
    assert!(ok(&format!("{GROUP}hush('drums')\n")).bindings.is_empty());
    assert_eq!(ok(GROUP).nodes[1].count, 4);
    let d = wrong(&format!("{GROUP}mute('drum')\n"));
    assert_eq!(d.2, "there is no node `drum`");
    let d = wrong(&format!("{GROUP}node('a//b', src)\n"));
    assert_eq!(d.2, "`a//b` has a `/` that parts nothing");
    let d = wrong(&format!("{GROUP}bus('c', src)\n"));
    assert_eq!(
        (d.2.as_str(), d.3.as_str()),
        (
            "the bus `c` has no audio input",
            "give its function an `inp` parameter"
        )
    );
}

#[test]
fn nodes_and_connections_are_taken_away() {
    let patch = ok(&format!("{GROUP}unsend('drums/top/snare', 'verb')\n"));
    assert_eq!(patch.connections.len(), 1);
    let patch = ok(&format!(
        "{GROUP}unsend(k, b)\nk >> (b['cutoff'], 100)\nk >> out(2)\nunsend(k, 'verb/cutoff')\n"
    ));
    let to: Vec<_> = patch.connections.iter().map(|c| c.to.clone()).collect();
    assert_eq!(
        to,
        [
            Target::Input {
                node: "verb".into(),
                port: 0
            },
            Target::Out(2)
        ]
    );
    let patch = ok(&format!("{GROUP}remove('verb')\n"));
    assert_eq!(
        (
            patch.nodes.len(),
            patch.connections.len(),
            patch.bindings.len()
        ),
        (2, 0, 1)
    );
    let patch = ok(&format!(
        "{GROUP}remove('drums')\nk = node('drums/kick', src)\n"
    ));
    assert_eq!(
        (
            patch.nodes.len(),
            patch.connections.len(),
            patch.bindings.len()
        ),
        (2, 0, 0)
    );
    let d = wrong(&format!("{GROUP}unsend(b, k)\n"));
    assert_eq!(
        d.2,
        "no connection leads from `verb` to the node `drums/kick`"
    );
    let d = wrong(&format!("{GROUP}k >> out(2)\nunsend(k, out)\n"));
    assert_eq!(d.3, "it leads to verb, out");
    let d = wrong(&format!("{GROUP}remove(b)\nk >> b\n"));
    assert_eq!(d.2, "there is no node `verb`");
}
