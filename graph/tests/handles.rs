//! Graphs built in Rust: what handles say is heard, and what cannot be is refused.

use sorl_graph::graph::{EditError, HostInput, Node, out};
use sorl_graph::signal::{Control, Function, Op, function};
use sorl_graph::ugen::{Description, Feed, Solo, Tail, Unit, UnitIo, Values, kind, unit};
use sorl_graph::{Block, Engine, Patch, Session, Setup, When, unit_generator};
use std::error::Error;

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
        let left = Vec::new();
        Rig {
            session,
            engine,
            left,
        }
    }
    /// Runs so many frames; the last one's sample.
    fn run(&mut self, frames: usize) -> f32 {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let input = vec![0.125; frames];
        self.engine.process(Block {
            inputs: &[&input],
            outputs: &mut [&mut left, &mut right],
            frames,
            host: None,
            notes: &[],
        });
        self.session.tick();
        self.left.extend(left);
        self.left[self.left.len() - 1]
    }
    /// What is heard once everything has faded.
    fn settled(&mut self) -> f32 {
        self.run(4000)
    }
}

/// Gives the value of its control `x`.
fn value(init: f32) -> Function {
    function(|b| b.control(Control::new("x", init, -10.0, 10.0))).unwrap()
}
fn sum() -> Function {
    function(|b| {
        let (a, two) = (b.input("a")?, b.input("b")?);
        let twice = b.constant(2.0)?;
        let two = b.add(Op::Mul(two, twice))?;
        b.add(Op::Add(a, two))
    })
    .unwrap()
}

#[test]
fn sums_levels_products_and_constants_are_heard() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let (a, b) = (edit.add("a", value(0.5))?, edit.add("b", value(0.25))?);
    edit.wire((a * 0.5 + b * 2.0 - 0.125) >> out(1))?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), 0.625);
    let mut edit = rig.session.edit()?;
    let ring = edit.add_signal("ring", a * b + (1.0 - a) * -b)?;
    edit.wire((ring * 2.0) >> out(1))?;
    edit.disconnect((a + b) >> out(1))?;
    edit.commit(When::Now)?;
    // 0.125 - 0.125, the constant of before still there.
    assert_eq!(rig.settled(), -0.125);
    Ok(())
}

#[test]
fn what_arithmetic_made_goes_when_nothing_hears_it() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let (a, b) = (edit.add("a", value(0.5))?, edit.add("b", value(0.5))?);
    let sum = edit.add("sum", sum())?;
    edit.wire((a * b * 0.5 + 1.0) >> sum)?;
    edit.commit(When::Now)?;
    assert_eq!((rig.settled(), rig.session.patch().nodes.len()), (1.125, 5));
    let mut edit = rig.session.edit()?;
    edit.remove(sum)?;
    edit.commit(When::Now)?;
    assert_eq!((rig.settled(), rig.session.patch().nodes.len()), (1.0, 2));
    Ok(())
}

#[test]
fn ports_are_named_or_counted_and_chains_go_on() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let (a, b) = (edit.add("a", value(0.5))?, edit.add("b", value(0.25))?);
    let (sum, last) = (edit.add("sum", sum())?, edit.add("last", sum())?);
    edit.wire(a >> sum >> last.input("b") >> out(2))?;
    edit.wire(b >> sum.input(1))?;
    edit.wire(last >> (out(1), 0.5))?;
    edit.commit(When::Now)?;
    // (0.5 + 2·0.25)·2 = 2, half of it on the main output.
    assert_eq!(rig.settled(), 1.0);
    Ok(())
}

#[test]
fn a_send_copies_and_a_plain_wire_moves() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let a = edit.add("a", value(0.5))?;
    let sum = edit.add("sum", sum())?;
    edit.wire(a >> (sum, 0.5))?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), 0.75);
    let mut edit = rig.session.edit()?;
    edit.wire(a >> sum)?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), 0.5);
    Ok(())
}

#[test]
fn a_range_sets_the_base_of_a_control_and_swings_around_it() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let swing = edit.add("swing", value(1.0))?;
    let heard = edit.add("heard", value(0.0))?;
    edit.wire(swing.range(2.0, 6.0) >> heard.control("x"))?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), 6.0);
    rig.session.turn(swing.control(0), -1.0)?;
    assert_eq!(rig.settled(), 2.0);
    rig.session.turn(heard.gain(), 0.5)?;
    assert_eq!(rig.settled(), 1.0);
    Ok(())
}

#[test]
fn nodes_are_replaced_with_their_connections_and_values_while_they_play() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let a = edit.add("a", value(0.5))?;
    let sum = edit.add("sum", sum())?;
    edit.wire(a >> sum.input("b"))?;
    edit.set(a.control("x"), 0.75)?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), 1.5);
    let mut edit = rig.session.edit()?;
    // `b` is its first input now, and there is no `a`.
    let half = function(|b| {
        let (b_in, half) = (b.input("b")?, b.constant(0.5)?);
        b.add(Op::Mul(b_in, half))
    })?;
    edit.replace(sum, half)?;
    let negative = function(|b| {
        let x = b.control(Control::new("x", 0.0, -10.0, 10.0))?;
        b.add(Op::Neg(x))
    })?;
    edit.replace(a, negative)?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), -0.375);
    let bend = rig.left.windows(2).map(|w| (w[1] - w[0]).abs());
    assert!(bend.fold(0.0, f32::max) < 0.01, "it crosses over");
    Ok(())
}

#[test]
fn an_edit_is_heard_as_one_or_not_at_all() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let (a, b) = (edit.add("a", value(0.5))?, edit.add("b", value(0.5))?);
    edit.commit(When::Now)?;
    rig.run(100);
    let mut edit = rig.session.edit()?;
    edit.set(a.control("x"), 2.0)?;
    edit.set(b.control("x"), -1.0)?;
    drop(edit);
    assert_eq!(rig.settled(), 1.0, "never committed");
    let mut edit = rig.session.edit()?;
    edit.set(a.control("x"), 2.0)?;
    edit.set(b.control("x"), -1.0)?;
    edit.commit(When::Frame(4300))?;
    rig.run(4000);
    // Up by 1.5 and down by 1.5 at the same frames: nothing is heard of it.
    assert!(rig.left.iter().all(|x| (*x - 1.0).abs() < 1e-6));
    rig.session.turn(b.control("x"), 0.0)?;
    assert_eq!(rig.settled(), 2.0);
    Ok(())
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let a = edit.add("a", value(0.5))?;
    let sum = edit.add("group/sum", sum())?;
    let message = |e: EditError| e.to_string();
    let said = edit.wire(a >> sum.input("c")).map_err(message);
    assert_eq!(said.unwrap_err(), "node `group/sum` has no audio input `c`");
    let said = edit.wire(a >> sum.input(2)).map_err(message);
    assert_eq!(
        said.unwrap_err(),
        "node `group/sum` has no audio input number 2"
    );
    assert!(matches!(
        edit.wire(sum >> a),
        Err(EditError::NoInput { .. })
    ));
    assert!(matches!(
        edit.set(a.control("y"), 0.0),
        Err(EditError::NoControl { .. })
    ));
    assert!(matches!(
        edit.set(a.control(3), 0.0),
        Err(EditError::NoControl { .. })
    ));
    assert!(matches!(
        edit.set(a.control("x"), 11.0),
        Err(EditError::Range { .. })
    ));
    assert!(matches!(
        edit.set(a.pan(), f32::NAN),
        Err(EditError::Range { .. })
    ));
    assert_eq!(edit.wire((a * 5.0) >> sum), Err(EditError::Level(5.0)));
    assert_eq!(edit.wire(a >> out(0)), Err(EditError::NoOutput(0)));
    assert_eq!(edit.wire(a >> out(1) >> sum), Err(EditError::Onward));
    assert!(matches!(
        edit.disconnect(a >> sum),
        Err(EditError::NotConnected { .. })
    ));
    assert_eq!(
        edit.add("a", sum_of_nothing()).unwrap_err(),
        EditError::Taken("a".into())
    );
    assert_eq!(
        edit.add("x//y", value(0.0)).unwrap_err(),
        EditError::Name("x//y".into())
    );
    assert!(matches!(
        edit.add("f", sum_of_nothing()),
        Err(EditError::Function(_))
    ));
    assert_eq!(edit.voices(a, 65), Err(EditError::Voices(65)));
    let about = Description::new("u").input("i").input("i");
    let twins = unit(about, |_, _| |_: &mut UnitIo<'_>| {});
    assert!(matches!(edit.add("u", twins), Err(EditError::Unit { .. })));
    edit.remove(a)?;
    assert!(matches!(edit.remove(a), Err(EditError::Gone(_))));
    assert!(matches!(edit.wire(a >> sum), Err(EditError::Gone(_))));
    edit.commit(When::Now)?;
    assert!(matches!(
        rig.session.turn(a.gain(), 1.0),
        Err(EditError::Gone(_))
    ));
    // A handle of another session, even one for a node of the same number and name.
    let mut other = Session::new();
    let mut edit = other.edit()?;
    edit.add("a", value(0.5))?;
    edit.add("group/sum", value(0.5))?;
    assert!(matches!(edit.set(sum.gain(), 1.0), Err(EditError::Gone(_))));
    Ok(())
}

fn sum_of_nothing() -> Function {
    Function::default()
}

#[test]
fn a_session_has_one_writer_a_score_or_a_program() -> Done {
    let text = "def one():\n    return 1.0\nn = node('n', one)\n";
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let a = edit.add("a", value(0.5))?;
    edit.commit(When::Now)?;
    let refused = rig.session.evaluate(text, When::Now).unwrap_err();
    assert!(
        refused.to_string().contains("no score may change"),
        "{refused}"
    );
    assert_eq!(rig.settled(), 0.5, "what Rust made is not touched");
    rig.session.clear(When::Now)?;
    rig.session.evaluate(text, When::Now)?;
    assert!(rig.session.edit().is_err());
    assert_eq!(rig.settled(), 1.0);
    rig.session.clear(When::Now)?;
    let mut edit = rig.session.edit()?;
    assert!(matches!(edit.set(a.gain(), 1.0), Err(EditError::Gone(_))));
    edit.add("a", value(0.25))?;
    edit.commit(When::Now)?;
    assert_eq!(rig.settled(), 0.25);
    Ok(())
}

#[test]
fn several_engines_in_one_process_know_nothing_of_each_other() -> Done {
    let mut rigs: Vec<Rig> = (0..3).map(|_| Rig::new()).collect();
    let mut handles: Vec<Node> = Vec::new();
    for (i, rig) in rigs.iter_mut().enumerate() {
        let mut edit = rig.session.edit()?;
        handles.push(edit.add("n", value(i as f32))?);
        edit.commit(When::Now)?;
    }
    // On a thread each: sessions and handles go where they are wanted.
    std::thread::scope(|scope| {
        for (i, (rig, handle)) in rigs.iter_mut().zip(&handles).enumerate() {
            scope.spawn(move || {
                assert_eq!(rig.settled(), i as f32);
                rig.session.turn(handle.gain(), 2.0).unwrap();
                assert_eq!(rig.settled(), 2.0 * i as f32);
            });
        }
    });
    Ok(())
}

/// Counts frames, to a bound, and adds its input.
#[derive(Clone, Copy)]
struct Counter {
    rate: f32,
    frames: f32,
}
impl Counter {
    fn new(rate: u32, _seed: u64) -> Counter {
        let rate = rate as f32;
        Counter { rate, frames: 0.0 }
    }
    fn process(&mut self, inp: &[f32], bound: Values<'_>, left: &mut [f32], right: &mut [f32]) {
        for (i, ((left, right), inp)) in left.iter_mut().zip(right).zip(inp).enumerate() {
            *left = self.frames.min(bound.at(i)) + inp;
            *right = bound.steady().unwrap_or(-1.0);
            self.frames += 1.0;
        }
    }
    fn reset(&mut self) {
        *self = Counter::new(self.rate as u32, 0);
    }
}
unit_generator! {
    /// For the tests.
    Counter as "counter" with CounterPorts {
        inp: input;
        bound: control(1000.0, 0.0..=5000.0).unit("frames").smooth(0);
        left: output;
        right: output;
    }
}

#[test]
fn a_plain_struct_becomes_a_unit_with_typed_ports() -> Done {
    let mut rig = Rig::new();
    let mut edit = rig.session.edit()?;
    let counter: Node<Counter> = edit.add("counter", kind::<Counter>())?;
    let input = edit.add("input", HostInput)?;
    edit.wire(input >> counter.inp())?;
    edit.commit(When::Now)?;
    for size in [1, 63, 64, 65, 307] {
        rig.run(size);
    }
    let expected: Vec<f32> = (0..500).map(|i| i as f32 + 0.125).collect();
    assert_eq!(rig.left, expected);
    // A control that is not smoothed steps.
    rig.session.turn(counter.bound(), 100.0)?;
    rig.run(1);
    assert_eq!(rig.left[500], 100.125);
    assert_eq!(rig.session.patch().nodes[0].controls()[0].unit, "frames");
    // A score names it, too.
    let mut session = Session::new();
    session.register(kind::<Counter>());
    session.evaluate("c = node('c', counter, bound=20)", When::Now)?;
    // Another unit of that name would make the first one's nodes wrong.
    let other = unit(Description::new("counter"), |_, _| |_: &mut UnitIo<'_>| {});
    let taken = rig.session.edit()?.add("other", other).unwrap_err();
    assert_eq!(taken, EditError::UnitTaken("counter".into()));
    Ok(())
}

/// Both sides of its input, the other way round, one frame late; done at a bound.
struct Swap {
    held: [f32; 2],
    frames: usize,
}
impl Swap {
    fn new(_rate: u32, _seed: u64) -> Swap {
        Swap {
            held: [0.0; 2],
            frames: 0,
        }
    }
    fn process(&mut self, inp: [&[f32]; 2], left: &mut [f32], right: &mut [f32]) -> Option<usize> {
        let begin = self.frames;
        self.frames += left.len();
        for i in 0..left.len() {
            (left[i], right[i]) = (self.held[1], self.held[0]);
            self.held = [inp[0][i], inp[1][i]];
        }
        (self.frames > 100).then(|| 100usize.saturating_sub(begin))
    }
    fn reset(&mut self) {
        *self = Swap::new(0, 0);
    }
}
unit_generator! {
    Swap as "swap" with SwapPorts, latency(|_| 1), tail(|rate| Tail::Seconds(1.0 / rate as f32)) {
        inp: sides;
        left: output;
        right: output;
    }
}

#[test]
fn a_plain_struct_has_both_sides_and_says_latency_tail_and_end() {
    let swap = kind::<Swap>();
    assert_eq!(
        (swap.latency(48_000), swap.tail(2)),
        (1, Tail::Seconds(0.5))
    );
    let mut solo = Solo::new(&*swap, 48_000, 0);
    let (left, right) = ([1.0; 150], [2.0; 150]);
    let feed = Feed {
        inputs: &[[&left, &right]],
        controls: &[],
    };
    let mut out = [vec![0.0; 150], vec![0.0; 150]];
    let [a, b] = &mut out;
    solo.run(feed, &mut [a, b]);
    assert_eq!((out[0][0], out[0][1], out[1][149]), (0.0, 2.0, 1.0));
    assert_eq!(solo.finished(), Some(100));
}

#[test]
fn a_closure_is_a_node_without_being_registered_first() -> Done {
    let mut rig = Rig::new();
    let ramp = unit(Description::new("ramp"), |_, _| {
        let mut at = 0.0;
        move |io: &mut UnitIo<'_>| {
            for x in io.output(0) {
                *x = at;
                at += 1.0;
            }
        }
    });
    let mut edit = rig.session.edit()?;
    edit.add("ramp", ramp)?;
    edit.commit(When::Now)?;
    assert_eq!(rig.run(1000), 999.0);
    Ok(())
}

#[test]
fn a_patch_goes_through_serde_unchanged() -> Done {
    let mut session = Session::new();
    let mut edit = session.edit()?;
    let (a, b) = (edit.add("a", value(0.5))?, edit.add("g/b", sum())?);
    let c = edit.add("c", kind::<Counter>())?;
    edit.wire((a * a.range(0.0, 3.0)) >> b >> (c.inp(), 0.25))?;
    edit.wire((c * 40.0) >> a.control("x"))?;
    edit.set(c.bound(), 7.0)?;
    edit.voices(a, 8)?;
    edit.tempo(Some(90.5));
    edit.commit(When::Now)?;
    let text = serde_json::to_string(session.patch())?;
    let read: Patch = serde_json::from_str(&text)?;
    assert_eq!(&read, session.patch());
    let mut again = Session::new();
    again.register(kind::<Counter>());
    again.apply(read, When::Now)?;
    Ok(())
}
