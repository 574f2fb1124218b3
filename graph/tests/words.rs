//! Every word of krach's and Strudel's that scores know, as it is written there.

use sorl_graph::patch::Deed;
use sorl_graph::score::{Cancel, Kind, evaluate, evaluate_with, library};
use sorl_graph::ugen::Units;

const NODES: &str = "def f():\n    return saw(control('freq', 440, 20, 2000)) * control('gate', 0, 0, 1) * control('cutoff', 1, 0, 10000)\n\ndef fx(inp):\n    return inp * control('room', 0.5, 0, 1)\n\na = node('a', f)\nb = node('b', fx)\nd = node('d', sampler())\n";

fn wrong(lines: &str) -> Option<String> {
    let text = format!("{NODES}{lines}\n");
    evaluate(&text).err().map(|e| e.render("score", &text))
}

#[test]
fn patterns_are_written_as_in_krach_and_in_strudel() {
    for pattern in [
        "4 * hit()",
        "hit().spread('<3 5>', 8)",
        "note('c3 e3').euclid(3, '<8 16>', '0 2')",
        "note('c3 e3').mask([1, 0, 1, 1])",
        "note('c3 e3').swing()",
        "note('c3 e3').swing(0.6)",
        "note('c3 e3').swing(4)",
        "note('c3 e3').off(1/8, add(7))",
        "note('c3 e3').off(1/8, add(7) >> legato(0.5))",
        "note('c3 e3').every(2, thin(0.3, seed=4))",
        "'c3 e3'.fast(2).add('0 12')",
        "'c3 e3'.add.mix('0 12 7')",
        "slowcat('c3', 'e3')",
        "fastcat('c3', 'e3')",
        "note('c3 e3').nudge(0.01).nudge('<0 -0.01>').nudge(sine.range(0, 0.1))",
        "note('c3 e3').fit()",
        "note('c3 e3').legato('<0.5 1>').clip(cat(0.5, 1))",
        "note('c3 e3').echoWith(3, 0.125, lambda p, n: p.add(n * 2))",
        "note('c3 e3').stut_with('<2 3>', 1/8, add(7))",
        "note('c3 e3').chunkBack(2, rev).press().euclidLegato(3, 8)",
        "note('c3 e3').every('<2 3>', plyWith(2, add(12)))",
        "note('c3 e3').when(brand.segment(8), rev)",
        "note('c3 e3').when(brandBy(0.3).segment(8), rev)",
        "sequence('c3', 'e3').undegradeBy(0.3)",
        "note('c3 e3').gain(0.5).pan('<0 0.5>').vel(0.3).velocity(sine)",
        "note(mtof(60), parse_note('c4'), ftom(440.0))",
    ] {
        assert_eq!(wrong(&format!("a @ {pattern}")), None, "{pattern}");
    }
    assert_eq!(wrong("d @ s('bd hh').fit().nudge(-0.01)"), None);
    assert_eq!(
        wrong("d @ s('bd').slice(8, '0 [3 1]').splice(4, run(4))"),
        None
    );
    assert_eq!(wrong("a @ ('cutoff', kr.mod_sine(1, 100))"), None);
    assert_eq!(wrong("a @ ('cutoff', kr.saw(1, 100))"), None);
}

#[test]
fn statements_are_written_as_in_krach() {
    for statements in [
        "a >> 'b'",
        "a >> ('b/room', 0.3)",
        "kr.send('a', 'b', 0.4)",
        "kr.send('a', 'b')",
        "kr.wire('a', 'b', port='in0')",
        "kr.wire('a', 'b')\nkr.unsend('a', 'b')",
        "kr.play('a', note('c3'), from_zero=True)",
        "kr.play('a', note('c3'), swing=0.6)",
        "kr.play('a/cutoff', kr.mod_ramp(0, 100), from_zero=True)",
        "a.play(note('c3'), from_zero=True)",
        "kr.fade('a/cutoff', 100, bars=4, steps_per_bar=8)",
        "kr.fade('a/cutoff', 100, 4, 8)",
        "kr.mod('a/cutoff', kr.mod_sine(10, 100), bars=2)",
        "kr.input('mic', channel=0, gain=0.5)",
        "kr.save('x')\nrecall('x', 4, when='bar')",
        "kr.save('x')\nat(8, recall('x', 4))",
    ] {
        assert_eq!(wrong(statements), None, "{statements}");
    }
}

#[test]
fn what_was_set_is_read_again_as_a_number() {
    let printed = |lines: &str| {
        let text = format!("{NODES}{lines}\n");
        let made = evaluate_with(&text, &Units::default(), &Cancel::new());
        if let Err(e) = &made.patch {
            panic!("{}", e.render("score", &text));
        }
        made.console.into_iter().map(|l| l.text).collect::<Vec<_>>()
    };
    for (lines, said) in [
        (
            "a['cutoff'] = 300\na['cutoff'] += 100\nprint(a['cutoff'])",
            "400.0",
        ),
        (
            "print(a['freq'] * 2, -a['gate'], a['freq'] > 400)",
            "880.0 -0.0 True",
        ),
        (
            "kr['a/gain'] = 0.3\nprint(f\"{kr['a/gain']:.2f}\", max(a['gain'], 0.1))",
            "0.30 0.3",
        ),
        (
            "print(sum([a['cutoff'], 4]), round(a['freq'] / 3))",
            "5.0 147",
        ),
        (
            "kr.tempo = 100\nkr.tempo *= 1.5\nprint(kr.tempo, kr.meter)",
            "150.0 4.0",
        ),
        ("print(kr.tempo)\nkr.tempo(90)\nprint(kr.tempo)", "120.0"),
        (
            "meter(6, 8)\nkr.master /= 2\nprint(kr.meter, kr.master)",
            "3.0 0.5",
        ),
        (
            "save('drop')\nprint(kr.scenes, kr.scenes())",
            "['drop'] ['drop']",
        ),
    ] {
        assert_eq!(printed(lines)[0], said, "{lines}");
    }
    // It is still where a wire leads, and what a pattern is told of.
    assert_eq!(
        wrong("a >> (b['room'], b['room'] / 2)\nb.set('room', a['gain'])"),
        None
    );
}

#[test]
fn a_wire_names_one_of_several_inputs() {
    let connections = |line: &str| {
        let text = format!(
            "{NODES}def duck(inp, key):\n    return inp * key\n\nc = node('c', duck)\n{line}\n"
        );
        let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)));
        let made = patch.connections.iter();
        made.map(|c| (c.to.clone(), c.level, c.send))
            .collect::<Vec<_>>()
    };
    let key = |port| sorl_graph::patch::Target::Input {
        node: "c".into(),
        port,
    };
    for line in ["a >> (c, 0.4, 'key')", "connect(a, c, 0.4, 'key')"] {
        assert_eq!(connections(line), [(key(1), 0.4, true)], "{line}");
    }
    for line in [
        "a >> (c, 'key')",
        "a >> ('c', 'in1')",
        "kr.wire('a', 'c', port='key')",
    ] {
        assert_eq!(connections(line), [(key(1), 1.0, false)], "{line}");
    }
    assert_eq!(connections("a >> (c, 0.4, 'key')\nunsend(a, c, 'key')"), []);
    for (line, message) in [
        ("a >> (b, 0.4, 'key')", "node `b` has no such input"),
        ("a >> (b, 0.4, 'inp', 3)", "a send is written"),
        ("a >> (b['room'], 0.4, 'inp')", "only a node has ports"),
    ] {
        let said = wrong(line).expect(line);
        assert!(said.contains(message), "{said}");
    }
}

#[test]
fn what_is_said_of_a_group_is_said_of_all_its_nodes() {
    let drums = "k = node('drums/kick', f)\nh = node('drums/hat', f)\n";
    let patch = |lines: &str| {
        let text = format!("{NODES}{drums}{lines}\n");
        evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)))
    };
    let values = |lines: &str, control: &str| {
        let patch = patch(lines);
        let own = |name: &str| patch.node(name).unwrap().values.get(control).copied();
        [own("drums/kick"), own("drums/hat"), own("a")]
    };
    let both = [Some(0.5), Some(0.5), None];
    for line in [
        "kr['drums'] = 0.5",
        "kr['drums/gain'] = 0.5",
        "set('drums', 0.5)",
        "set('drums/gain', 0.5)",
        "gain('drums', 0.5)",
    ] {
        assert_eq!(values(line, "gain"), both, "{line}");
    }
    assert_eq!(values("kr['drums/cutoff'] = 0.5", "cutoff"), both);
    let played = patch("play('drums', hit() * 2, from_zero=True)\nplay('a', hit())");
    let bound: Vec<_> = played
        .bindings
        .iter()
        .map(|b| (&*b.node, b.from_zero))
        .collect();
    assert_eq!(
        bound,
        [("drums/kick", true), ("drums/hat", true), ("a", false)]
    );
    assert!(
        patch("play('drums', hit())\nhush('drums')")
            .bindings
            .is_empty()
    );
    assert_eq!(
        patch("fade('drums/cutoff', 100)\nfade('drums', 0)")
            .acts
            .len(),
        4
    );
    assert_eq!(patch("mod('drums/gain', 'sine', 0, 1)").mods.len(), 2);
}

#[test]
fn krachs_users_are_told_that_brackets_are_no_chord() {
    let told = |line: &str| {
        let text = format!("{NODES}{line}\n");
        let made = evaluate_with(&text, &Units::default(), &Cancel::new());
        made.console.into_iter().map(|l| l.text).collect::<Vec<_>>()
    };
    assert_eq!(
        told("a @ kr.p('[C4 E4] G4', vel=0.5)"),
        ["the notes of [C4 E4] follow each other; at once they are [C4,E4]"]
    );
    for silent in [
        "a @ kr.p('[C4,E4] G4')",
        "a @ p('[C4 E4] G4')",
        "a @ kr.p('[x x] x')",
    ] {
        assert!(told(silent).is_empty(), "{silent}");
    }
}

#[test]
fn a_send_has_a_level_and_a_wire_has_none() {
    let levels = |statement: &str| {
        let patch = evaluate(&format!("{NODES}{statement}\n")).expect("it is well");
        (patch.connections[0].level, patch.connections[0].send)
    };
    assert_eq!(levels("kr.send('a', 'b')"), (0.5, true));
    assert_eq!(levels("kr.send('a', 'b', level=0.2)"), (0.2, true));
    assert_eq!(levels("kr.wire('a', 'b')"), (1.0, false));
}

#[test]
fn krachs_steps_of_a_fade_are_no_curve() {
    let text = format!("{NODES}kr.fade('a/cutoff', 100, 4, 8)\n");
    let patch = evaluate(&text).expect("it is well");
    assert!(matches!(
        patch.acts[0].deed,
        Deed::Fade {
            curve: sorl_graph::time::Curve::Linear,
            ..
        }
    ));
}

#[test]
fn what_goes_too_far_is_told() {
    for (line, message) in [
        (
            "a @ note('c3').nudge(0.5)",
            "`nudge` goes from -0.2 to 0.2 seconds",
        ),
        (
            "a @ note('c3').nudge('0 1')",
            "`nudge` goes from -0.2 to 0.2 seconds",
        ),
        (
            "a @ hit().euclid(9, 8)",
            "there is no rhythm of 9 pulses in 8 steps",
        ),
        (
            "a @ hit().euclid('3 9', 8)",
            "there is no rhythm of 9 pulses in 8 steps",
        ),
        ("a @ hit().euclid('3 x', 8)", "`pulses` must be a number"),
        (
            "a @ note('c3').mask([[1], 0])",
            "a list of lists is no sequence",
        ),
        (
            "kr.play('a', note('c3'), swing=2)",
            "`amount` must be from 0 to 1",
        ),
        ("a @ note('c3', cutof=300)", "did you mean `cutoff`?"),
        (
            "a @ note('c3').resonance(3)",
            "a control of each step is set: .set(resonance=…)",
        ),
        ("a @ 60", "make one of it with note(…) or seq(…)"),
        (
            "a.cutoff = 300",
            "a control of it is written node[\"cutoff\"] = …",
        ),
        (
            "a @ note('c3') >> b",
            "lead the node on in a line of its own",
        ),
        ("a >> 'c'", "there is no node `c`"),
        ("ftom(0)", "`freq` must be above 0 Hz"),
        (
            "kr.input('mic', channel=33)",
            "there is no channel 33 that comes in",
        ),
        ("export('x')", "there is no name `export`"),
        (
            "p = hit()\nfor x in [9973, 9967, 9949, 9941]: p = p.late(1 / x)",
            "the times of this pattern are too fine to be exact",
        ),
        (
            "a @ hit().late(10000000)",
            "a pattern is moved by a million cycles at most",
        ),
        (
            "a @ hit().fast(5000)",
            "this pattern has more than 4096 events in a cycle",
        ),
        (
            "p = hit()\nfor i in range(60): p = p + p",
            "this pattern has more than 4096 events in a cycle",
        ),
    ] {
        let told = wrong(line).expect(line);
        assert!(told.contains(message), "{line}: {told}");
    }
}

#[test]
fn everything_that_the_library_lists_is_there_by_its_name() {
    for entry in library() {
        let (name, text) = (entry.name, |object: &str| {
            format!("x = {object}{}", entry.name)
        });
        let text = match entry.kind {
            Kind::Signal => text("krs."),
            Kind::Session => text("kr."),
            Kind::Pattern => text("krp."),
            Kind::Method => text("hit()."),
            Kind::Handle => text("a."),
        };
        assert_eq!(wrong(&text), None, "{name}");
        let called: Vec<&str> = entry
            .parameters
            .iter()
            .map(|p| p.trim_start_matches('*'))
            .collect();
        assert!(!called.contains(&"self"), "{name}");
    }
}
