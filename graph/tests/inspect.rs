//! Looking into a running engine: all is told, and nothing that plays is disturbed.

#[path = "common/block.rs"]
mod block;

use assert_no_alloc::AllocDisabler;
use block::block;
use sorl_graph::graph::{Node, out};
use sorl_graph::inspect::{CodeInfo, EndInfo, Inspection, NodeState};
use sorl_graph::session::{InspectError, Look};
use sorl_graph::signal::{Control, Function, Op, function};
use sorl_graph::{Engine, Session, Setup, When};
use std::error::Error;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

type Done = Result<(), Box<dyn Error>>;

struct Rig {
    session: Session,
    engine: Engine,
    left: Vec<f32>,
}

impl Rig {
    fn new() -> Rig {
        let mut session = Session::new();
        let setup = Setup { rate: 48_000 };
        let engine = Engine::new(setup, session.connect(setup));
        Rig {
            session,
            engine,
            left: Vec::new(),
        }
    }
    fn run(&mut self, frames: usize) {
        let [left, _] = block(&mut self.engine, frames);
        self.session.tick();
        self.left.extend(left);
    }
    fn inspect(&self) -> Inspection {
        self.session.inspect().expect("an engine that has run")
    }
}

fn value(init: f32) -> Function {
    function(|b| b.control(Control::new("x", init, -10.0, 10.0))).unwrap()
}
fn sine(freq: f32) -> Function {
    function(|b| {
        let freq = b.constant(freq)?;
        b.add(Op::Sine(freq))
    })
    .unwrap()
}
fn sum() -> Function {
    function(|b| {
        let (a, c) = (b.input("a")?, b.input("b")?);
        b.add(Op::Add(a, c))
    })
    .unwrap()
}

#[test]
fn nodes_connections_nesting_and_feedback_are_told() -> Done {
    let mut rig = Rig::new();
    assert_eq!(rig.session.inspect(), None, "nothing has run");
    let mut edit = rig.session.edit()?;
    let tone = edit.add("synths/lead/tone", sine(440.0))?;
    let (one, two) = (edit.add("one", sum())?, edit.add("two", sum())?);
    edit.wire((tone * 0.5) >> one.input("b") >> two)?;
    edit.wire(two >> (one, 0.25))?;
    edit.wire((two * 0.125) >> one.pan())?;
    edit.voices(tone, 3)?;
    edit.mute(one, true)?;
    edit.commit(When::Now)?;
    rig.run(1000);
    let found = rig.inspect();
    let names: Vec<&str> = found.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(
        names,
        ["synths/lead/tone", "one", "two"],
        "in processing order"
    );
    let tone = found.node("synths/lead/tone").unwrap();
    assert_eq!(
        (tone.group.join(" "), tone.voices),
        ("synths lead".to_owned(), 3)
    );
    assert_eq!((&tone.code, tone.load), (&code(), None));
    assert_eq!(found.node("one").unwrap().state, NodeState::Closed);
    let wire = |from: usize, to: EndInfo| {
        let mut wires = found.connections.iter();
        let wire = wires.find(|c| c.from == from && c.to == to).unwrap();
        (wire.level, wire.feedback)
    };
    let input = |node, port: &str| EndInfo::Input {
        node,
        port: port.to_owned(),
    };
    let pan = EndInfo::Control {
        node: 1,
        control: "pan".to_owned(),
    };
    assert_eq!(wire(0, input(1, "b")), (0.5, 0));
    assert_eq!(wire(1, input(2, "a")), (1.0, 0));
    assert_eq!(wire(2, input(1, "a")), (0.25, 64));
    assert_eq!(wire(2, pan), (0.125, 64));
    assert_eq!(found.connections.len(), 4, "all plain wires lead elsewhere");
    Ok(())
}

#[test]
fn what_is_on_its_way_out_or_in_is_told_and_goes() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let (a, b) = (edit.add("a", value(1.0))?, edit.add("b", sum())?);
    edit.wire(a >> b)?;
    edit.commit(When::Now)?;
    rig.run(100);
    let mut edit = rig.session.edit()?;
    edit.disconnect(a >> b)?;
    edit.remove(b)?;
    edit.commit(When::Now)?;
    rig.session.edit()?.commit(When::Frame(5000))?;
    assert_eq!(rig.inspect().pending.plans, 2);
    rig.run(100);
    let pending = rig.inspect().pending;
    assert_eq!((pending.plans, pending.nodes), (1, 1));
    assert!(
        rig.inspect()
            .nodes
            .iter()
            .any(|n| n.state == NodeState::Leaving)
    );
    for _ in 0..10 {
        rig.run(2000);
    }
    assert_eq!(rig.inspect().pending, Default::default());
    assert_eq!(rig.inspect().nodes.len(), 1);
    Ok(())
}

#[test]
fn a_measurement_tells_load_and_the_level_of_every_port_once() -> Done {
    let mut rig = Rig::new();
    assert_eq!(rig.session.measure(64), Err(InspectError::NoEngine));
    let mut edit = rig.session.edit()?;
    let (a, b) = (edit.add("a", value(0.5))?, edit.add("b", sum())?);
    let nan = function(|b| {
        let (zero, one) = (b.input("inp")?, b.constant(1.0)?);
        b.add(Op::Div(one, zero))
    })?;
    edit.add("nan", nan)?;
    edit.wire((a * 3.0) >> b.input("b"))?;
    edit.wire(a >> (b.gain(), 0.5))?;
    edit.commit(When::Now)?;
    rig.run(5000);
    rig.session.measure(3000)?;
    assert_eq!(rig.session.measure(64), Err(InspectError::Busy));
    rig.run(2000);
    assert!(rig.session.is_measuring() && rig.inspect().measured.is_none());
    rig.run(2000);
    assert!(!rig.session.is_measuring());
    let found = rig.inspect();
    let measured = found.measured.unwrap();
    assert_eq!(measured.frames, 4000);
    let node = |name| found.node(name).unwrap();
    let load: f32 = found.nodes.iter().filter_map(|n| n.load).sum();
    assert!(load > 0.0 && load <= measured.load, "{load} {measured:?}");
    let peaks: Vec<_> = node("b").inputs.iter().map(|p| p.peak).collect();
    assert_eq!(peaks, [Some([0.0; 2]), Some([1.5; 2])]);
    // A gain of 1, and 0.5 · 0.5 on top.
    assert_eq!(node("b").output.peak, Some([1.875; 2]));
    let controls = &node("b").controls;
    assert_eq!((controls[0].name.as_str(), controls[0].base), ("gain", 1.0));
    assert_eq!(controls[0].value, Some(1.25));
    assert_eq!(node("a").controls[0].value, Some(0.5));
    assert_eq!(node("nan").state, NodeState::Broken);
    Ok(())
}

/// A session that plays a tone through an effect, with a control that moves.
fn moving() -> Result<(Rig, Node), Box<dyn Error>> {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let tone = edit.add("tone", sine(441.0))?;
    let lfo = edit.add("lfo", sine(3.0))?;
    let effect = edit.add("effect", sum())?;
    edit.wire(tone >> effect.input("b"))?;
    edit.wire(lfo.range(0.25, 0.75) >> effect.gain())?;
    edit.wire(effect >> out(1))?;
    edit.commit(When::Now)?;
    rig.run(64);
    Ok((rig, effect))
}

#[test]
fn a_scope_gives_every_frame_of_a_port_and_changes_nothing() -> Done {
    let (mut rig, effect) = moving()?;
    assert_eq!(rig.session.name_of(effect), Some("effect"));
    let mut output = rig.session.scope("effect", Look::Output, 4096)?;
    let mut input = rig.session.scope("effect", Look::Input("b"), 4096)?;
    let mut gain = rig.session.scope("effect", Look::Control("gain"), 4096)?;
    let mut seen = [Vec::new(), Vec::new(), Vec::new()];
    rig.session.measure(1500)?;
    for size in [1, 63, 1000, 17, 2000] {
        rig.run(size);
        for (seen, scope) in seen.iter_mut().zip([&mut output, &mut input, &mut gain]) {
            seen.extend(scope.read(usize::MAX));
        }
    }
    let (mut undisturbed, _) = moving()?;
    undisturbed.run(3081);
    assert_eq!(rig.left, undisturbed.left);
    let [output_seen, input_seen, gain_seen] = &seen;
    assert_eq!(output_seen.len(), 3081);
    for (i, heard) in rig.left[64..].iter().enumerate() {
        assert_eq!(output_seen[i], [*heard, *heard]);
        assert_eq!(input_seen[i][0] * gain_seen[i][0], *heard);
    }
    assert!((0.25..=0.75).contains(&gain_seen[3000][1]));
    assert_eq!(output.lost(), 0);
    Ok(())
}

#[test]
fn a_scope_of_the_main_pair_gives_what_goes_out() -> Done {
    let (mut rig, _) = moving()?;
    let mut main = rig.session.scope_of_main(4096)?;
    for size in [1, 63, 500, 17] {
        rig.run(size);
    }
    let seen: Vec<f32> = main.read(usize::MAX).map(|frame| frame[0]).collect();
    assert_eq!(seen, rig.left[64..]);
    assert!(seen.iter().any(|x| *x != 0.0) && !main.is_over());
    drop(main);
    rig.run(64);
    let worst = rig.session.status().worst;
    assert!(worst >= rig.session.status().load && worst.is_finite());
    drop(rig.engine);
    Ok(())
}

#[test]
fn a_scope_of_a_control_hears_the_newest_note() -> Done {
    let mut rig = Rig::new();
    let score = "def tone():\n    freq = control(\"freq\", 55, 20, 2000)\n    return saw(freq) * control(\"gate\", 0, 0, 1)\n\nt = node(\"tone\", tone)\nt @ \"a4 ~\"\n";
    rig.session.evaluate(score, When::Now)?;
    rig.session.play();
    rig.run(480);
    let mut freq = rig.session.scope("tone", Look::Control("freq"), 1 << 17)?;
    let mut gate = rig.session.scope("tone", Look::Control("gate"), 1 << 17)?;
    rig.run(4800);
    let last = |scope: &mut sorl_graph::rt::ScopeReader| scope.read(usize::MAX).last();
    assert_eq!(last(&mut freq), Some([440.0; 2]));
    assert_eq!(last(&mut gate), Some([1.0; 2]));
    // The second half of a bar of two seconds is a rest.
    rig.run(60_000);
    assert_eq!(last(&mut freq), Some([440.0; 2]));
    assert_eq!(last(&mut gate), Some([0.0; 2]));
    Ok(())
}

#[test]
fn a_scope_that_is_not_read_loses_frames_and_counts_them() -> Done {
    let (mut rig, _) = moving()?;
    let mut scope = rig.session.scope("tone", Look::Output, 128)?;
    rig.run(640);
    assert_eq!((scope.read(100).count(), scope.lost()), (100, 512));
    assert!(!scope.is_over());
    Ok(())
}

#[test]
fn a_scope_is_over_when_its_node_is_gone_and_nobody_leaks() -> Done {
    let (mut rig, effect) = moving()?;
    let scope = rig.session.scope("effect", Look::Output, 128)?;
    // A hundred scopes, one after the other, dropped unread: places become free again.
    for _ in 0..100 {
        drop(rig.session.scope("tone", Look::Output, 64)?);
        rig.run(64);
    }
    let crowd: Vec<_> = (0..20)
        .map(|_| rig.session.scope("lfo", Look::Output, 64))
        .collect::<Result<_, _>>()?;
    rig.run(64);
    assert_eq!(
        crowd.iter().filter(|s| s.is_over()).count(),
        5,
        "16 at once"
    );
    drop(crowd);
    let mut edit = rig.session.edit()?;
    edit.remove(effect)?;
    edit.commit(When::Now)?;
    for _ in 0..10 {
        rig.run(1000);
    }
    assert!(scope.is_over());
    let mut refused = |node, look| match rig.session.scope(node, look, 64) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let port = refused("lfo", Look::Input("a"));
    let node = refused("effect", Look::Output);
    assert_eq!(port, "node `lfo` has no input `a`");
    assert_eq!(node, "no node `effect` runs");
    Ok(())
}

#[test]
fn an_inspection_goes_through_serde_and_can_be_read_as_text() -> Done {
    let (mut rig, _) = moving()?;
    rig.session.measure(100)?;
    rig.run(1000);
    let found = rig.inspect();
    let again: Inspection = serde_json::from_str(&serde_json::to_string(&found)?)?;
    assert_eq!(again, found);
    let text = found.to_string();
    assert!(text.starts_with("plan 2 at 48000 Hz, load "), "{text}");
    for line in [
        "; pending: 0 plans, 0 nodes, 0 connections, 0 states\n",
        if cfg!(feature = "jit") {
            "   0 tone (machine code, 1 voices, mono) "
        } else {
            "   0 tone (interpreter, 1 voices, mono) "
        },
        " gain=1 pan=0\n       >> effect.b at 1\n",
        "       >> effect.[gain] at 0.25\n",
        "       >> out(1) at 1\n",
    ] {
        assert!(text.contains(line), "{line:?} in\n{text}");
    }
    Ok(())
}

#[test]
fn a_plan_is_told_whole_order_wires_delays_rates_and_endings() -> Done {
    const SCORE: &str = "def tone():\n    return saw(control('freq', 220, 20, 2000))\n\
        def half(inp):\n    return inp * 0.5\noversample('fast', 2)\n\
        t = node('tone', tone, gain=0.5)\nf = node('fast/half', half)\nd = node('dry', half)\n\
        t >> f\nt >> d\nf >> (d, 0.25)\nd >> (f, 0.125)\nd >> out\nat_end(d, 'free_mend')\n";
    let mut rig = Rig::new();
    rig.session
        .evaluate(SCORE, When::Now)
        .map_err(|e| e.to_string())?;
    rig.run(64);
    let found = rig.inspect();
    let text = serde_json::to_string_pretty(&found)?;
    assert_eq!(serde_json::from_str::<Inspection>(&text)?, found);
    // Who runs a function is another matter.
    insta::assert_snapshot!("plan", text.replace("Interpreter", "MachineCode"));
    Ok(())
}

/// What runs functions here.
fn code() -> CodeInfo {
    match cfg!(feature = "jit") {
        true => CodeInfo::MachineCode,
        false => CodeInfo::Interpreter,
    }
}
