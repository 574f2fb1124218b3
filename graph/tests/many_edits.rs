//! A hundred thousand random edits through handles (`SORL_EDITS=1000000` for more): nothing allocates or is dropped on
//! the audio side, nothing becomes NaN, no node leaks, no value is lost.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use sorl_graph::graph::{EditError, HostInput, Node, out};
use sorl_graph::signal::{Control, Function, Op, function};
use sorl_graph::ugen::{Description, UGen, Unit, UnitIo};
use sorl_graph::{Block, Engine, Patch, Session, Setup, When};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// One step of SplitMix64 (Steele, Lea, Flood 2014).
struct Dice(u64);
impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }
    /// In steps of a sixteenth from −1 to 1, so that sums are exact.
    fn level(&mut self) -> f32 {
        self.below(33) as f32 / 16.0 - 1.0
    }
}

/// Counts the delay lines that are alive, and those that were dropped while the engine ran.
#[derive(Default)]
struct Census {
    alive: AtomicUsize,
    in_engine: AtomicBool,
    dropped_in_engine: AtomicUsize,
}

/// A delay of sixteen frames with a heap of its own.
struct Delay(Vec<f32>, usize, Arc<Census>);
impl UGen for Delay {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let x = io.input(0)[i] + io.control(0, i);
            io.output(0)[i] = std::mem::replace(&mut self.0[self.1], x);
            self.1 = (self.1 + 1) % self.0.len();
        }
    }
    fn reset(&mut self) {
        self.0.fill(0.0);
    }
}
impl Drop for Delay {
    fn drop(&mut self) {
        self.2.alive.fetch_sub(1, Ordering::SeqCst);
        if self.2.in_engine.load(Ordering::SeqCst) {
            self.2.dropped_in_engine.fetch_add(1, Ordering::SeqCst);
        }
    }
}
struct Delays(Description, Arc<Census>);
impl Unit for Delays {
    fn describe(&self) -> &Description {
        &self.0
    }
    fn make(&self, _: u32, _: u64) -> Box<dyn UGen> {
        self.1.alive.fetch_add(1, Ordering::SeqCst);
        Box::new(Delay(vec![0.0; 16], 0, Arc::clone(&self.1)))
    }
}

fn x() -> Control {
    Control::new("x", 0.25, -2.0, 2.0)
}
fn value() -> Function {
    function(|b| b.control(x())).unwrap()
}
fn plus() -> Function {
    function(|b| {
        let (inp, x) = (b.input("inp")?, b.control(x())?);
        b.add(Op::Add(inp, x))
    })
    .unwrap()
}
fn wide() -> Function {
    function(|b| {
        let (a, c, x) = (b.input("inp")?, b.input("c")?, b.control(x())?);
        let quarter = b.constant(0.25)?;
        let c = b.add(Op::Mul(c, quarter))?;
        Ok((b.add(Op::Add(a, x))?, b.add(Op::Sub(c, x))?))
    })
    .unwrap()
}
/// One over its control: an infinity at nought.
fn pole() -> Function {
    function(|b| {
        let (inp, x) = (b.input("inp")?, b.control(x())?);
        let one = b.constant(1.0)?;
        let pole = b.add(Op::Div(one, x))?;
        b.add(Op::Add(inp, pole))
    })
    .unwrap()
}

struct Rig {
    session: Session,
    engine: Engine,
    left: Vec<f32>,
    right: Vec<f32>,
    census: Arc<Census>,
}

impl Rig {
    fn new() -> Rig {
        let mut session = Session::new();
        let setup = Setup { rate: 8000 };
        let engine = Engine::new(setup, session.connect(setup));
        Rig {
            session,
            engine,
            left: vec![0.0; 512],
            right: vec![0.0; 512],
            census: Arc::default(),
        }
    }
    fn run(&mut self, frames: usize) {
        let Rig {
            engine,
            left,
            right,
            ..
        } = self;
        self.census.in_engine.store(true, Ordering::SeqCst);
        assert_no_alloc(|| {
            engine.process(Block {
                inputs: &[&[0.5; 512]],
                outputs: &mut [left, right],
                frames,
                host: None,
                notes: &[],
            });
        });
        self.census.in_engine.store(false, Ordering::SeqCst);
        let mut heard = left[..frames].iter().chain(&right[..frames]);
        assert!(heard.all(|x| x.is_finite()));
    }
    /// Runs until everything has faded and come home; the last frame.
    fn settle(&mut self) -> [f32; 2] {
        for _ in 0..12 {
            self.run(400);
            self.session.tick();
        }
        [self.left[399], self.right[399]]
    }
    fn delays(&self) -> Arc<dyn Unit> {
        let about = Description::new("delay").input("inp").control(x());
        Arc::new(Delays(about, Arc::clone(&self.census)))
    }
}

/// The nodes there are, oldest first.
struct Editor {
    dice: Dice,
    nodes: Vec<Node>,
    named: u64,
    /// Wires lead to younger nodes only, and nothing divides: what is heard in the end hangs on the Patch alone.
    tame: bool,
}

impl Editor {
    fn pick(&mut self) -> Option<Node> {
        let at = self.dice.below(self.nodes.len());
        self.nodes.get(at).copied()
    }
    /// Two nodes between which a wire may lead.
    fn pair(&mut self) -> Option<(Node, Node)> {
        let (a, b) = (
            self.dice.below(self.nodes.len()),
            self.dice.below(self.nodes.len()),
        );
        let (a, b) = if self.tame && a > b { (b, a) } else { (a, b) };
        (!(self.tame && a == b)).then_some((*self.nodes.get(a)?, *self.nodes.get(b)?))
    }

    /// One random edit; what has no place (no node, no such port) is left out and tried as another.
    fn edit(&mut self, edit: &mut sorl_graph::session::Edit<'_>, delays: &Arc<dyn Unit>) {
        loop {
            match self.attempt(edit, delays) {
                Ok(true) => return,
                Ok(false) | Err(EditError::NoInput { .. } | EditError::NotConnected { .. }) => {}
                Err(EditError::NoControl { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn attempt(
        &mut self,
        edit: &mut sorl_graph::session::Edit<'_>,
        delays: &Arc<dyn Unit>,
    ) -> Result<bool, EditError> {
        let level = self.dice.level();
        match self.dice.below(16) {
            0..=2 if self.nodes.len() < 8 => {
                // A name comes back now and then, also while its last bearer still fades.
                self.named = (self.named + 1) % 24;
                let name = &format!("g{}/n{}", self.named % 3, self.named);
                if edit.patch().node(name).is_some() {
                    return Ok(false);
                }
                let node = match self.dice.below(6) {
                    0 | 1 => edit.add(name, value())?,
                    2 => edit.add(name, wide())?,
                    3 => edit.add(name, Arc::clone(delays))?,
                    4 if !self.tame => edit.add(name, pole())?,
                    4 => edit.add(name, HostInput)?,
                    _ => edit.add(name, plus())?,
                };
                self.nodes.push(node);
            }
            3 if !self.nodes.is_empty() => {
                let at = self.dice.below(self.nodes.len());
                edit.remove(self.nodes.remove(at))?;
            }
            4 => {
                let Some(node) = self.pick() else {
                    return Ok(false);
                };
                match self.dice.below(3) {
                    0 => drop(edit.replace(node, plus())?),
                    1 => drop(edit.replace(node, wide())?),
                    _ => drop(edit.replace(node, Arc::clone(delays))?),
                }
            }
            5..=7 => {
                let Some((a, b)) = self.pair() else {
                    return Ok(false);
                };
                match self.dice.below(4) {
                    0 => edit.wire((a * level) >> b.input("inp"))?,
                    1 => edit.wire(a >> (b.input("c"), level))?,
                    2 => edit.wire((a * level) >> b.control("x"))?,
                    _ => edit.wire((a * level) >> out(1))?,
                }
            }
            8 => {
                let Some((a, b)) = self.pair() else {
                    return Ok(false);
                };
                match self.dice.below(3) {
                    0 => edit.disconnect(a >> b.control("x"))?,
                    1 => edit.disconnect(a >> out(1))?,
                    _ => edit.disconnect(a >> b)?,
                }
            }
            9..=12 => {
                let Some(node) = self.pick() else {
                    return Ok(false);
                };
                match self.dice.below(3) {
                    0 => edit.set(node.gain(), level.abs())?,
                    _ => edit.set(node.control("x"), level)?,
                }
            }
            13 => {
                let Some(node) = self.pick() else {
                    return Ok(false);
                };
                edit.voices(node, 1 + self.dice.below(5) as u16)?;
            }
            14 => {
                let Some(node) = self.pick() else {
                    return Ok(false);
                };
                edit.mute(node, level > 0.5)?;
            }
            15 => {
                let Some(node) = self.pick() else {
                    return Ok(false);
                };
                edit.solo(node, level > 0.75)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The Patch with the values that hands left.
fn stated(session: &Session) -> Patch {
    let mut patch = session.patch().clone();
    for node in &mut patch.nodes {
        let names: Vec<String> = node.controls().iter().map(|c| c.name.clone()).collect();
        for name in names.into_iter().chain(["gain".to_owned()]) {
            if let Some(value) = session.value(&node.name, &name) {
                node.values.insert(name, value);
            }
        }
    }
    patch
}

fn many_edits(tame: bool, edits: usize, seed: u64) {
    let mut rig = Rig::new();
    let delays = rig.delays();
    let mut editor = Editor {
        dice: Dice(seed),
        nodes: Vec::new(),
        named: 0,
        tame,
    };
    let (mut done, mut check) = (0, edits / 20);
    while done < edits {
        let mut edit = rig.session.edit().unwrap();
        let count = 1 + editor.dice.below(16);
        (0..count).for_each(|_| editor.edit(&mut edit, &delays));
        done += count;
        let soon = rig.engine.frame() + editor.dice.below(100) as i64;
        edit.commit(if count == 7 {
            When::Frame(soon)
        } else {
            When::Now
        })
        .unwrap();
        rig.run(editor.dice.below(50));
        let level = editor.dice.level();
        if let Some(node) = editor.pick() {
            // The host's input has no such control.
            let _ = rig.session.turn(node.control("x"), level);
        }
        if editor.dice.below(3) > 0 {
            rig.session.tick();
        }
        if done >= check {
            check += edits / 20;
            let heard = rig.settle();
            assert_eq!(rig.session.running_nodes(), rig.session.patch().nodes.len());
            if tame {
                // What was edited so often sounds as if it had been made so at once.
                let mut fresh = Rig::new();
                fresh
                    .session
                    .register(Arc::new(Delays(delays.describe().clone(), Arc::default())));
                fresh
                    .session
                    .apply(stated(&rig.session), When::Now)
                    .unwrap();
                let expected = fresh.settle();
                for (heard, expected) in heard.into_iter().zip(expected) {
                    let near = (heard - expected).abs() <= 1e-4 * expected.abs().max(1.0);
                    assert!(near, "after {done}: {heard} {expected}");
                }
            }
        }
    }
    rig.session.clear(When::Now).unwrap();
    assert_eq!(rig.settle(), [0.0; 2]);
    assert_eq!(rig.session.running_nodes(), 0);
    let left_over = rig.session.inspect().unwrap();
    assert_eq!(
        (left_over.pending, left_over.nodes.len()),
        (Default::default(), 0)
    );
    assert_eq!(rig.census.alive.load(Ordering::SeqCst), 0);
    assert_eq!(rig.census.dropped_in_engine.load(Ordering::SeqCst), 0);
}

/// How many edits: `SORL_EDITS`, or a hundred thousand.
fn edits() -> usize {
    let said = std::env::var("SORL_EDITS").ok();
    said.and_then(|n| n.parse().ok()).unwrap_or(100_000)
}

#[test]
fn half_of_many_edits_leave_what_was_said_and_nothing_else() {
    many_edits(true, edits() / 2, 1);
}

#[test]
fn half_of_many_edits_with_loops_and_poles_never_break_anything() {
    many_edits(false, edits() / 2, 2);
}

#[test]
fn edits_from_another_thread_neither_allocate_nor_get_lost() {
    let Rig {
        mut session,
        mut engine,
        census,
        ..
    } = Rig::new();
    let about = Description::new("delay").input("inp").control(x());
    let delays: Arc<dyn Unit> = Arc::new(Delays(about, Arc::clone(&census)));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut left, mut right) = (vec![0.0; 64], vec![0.0; 64]);
            while !stop.load(Ordering::Relaxed) {
                assert_no_alloc(|| {
                    engine.process(Block {
                        inputs: &[],
                        outputs: &mut [&mut left, &mut right],
                        frames: 64,
                        host: None,
                        notes: &[],
                    });
                });
                assert!(left.iter().chain(&right).all(|x| x.is_finite()));
            }
        });
        let mut editor = Editor {
            dice: Dice(3),
            nodes: Vec::new(),
            named: 0,
            tame: false,
        };
        for _ in 0..1000 {
            let mut edit = session.edit().unwrap();
            (0..4).for_each(|_| editor.edit(&mut edit, &delays));
            edit.commit(When::Now).unwrap();
            session.tick();
            std::thread::yield_now();
        }
        session.clear(When::Now).unwrap();
        // As many turns as it takes, within reason: the other thread may be slow to come round.
        let empty = (0..50_000_000u32).any(|_| {
            session.tick();
            std::thread::yield_now();
            session.running_nodes() == 0 && census.alive.load(Ordering::SeqCst) == 0
        });
        stop.store(true, Ordering::Relaxed);
        assert!(empty, "{} nodes", session.running_nodes());
    });
}
