//! Unit generators written outside: registered, named by scores, run, sent home.

#[path = "common/block.rs"]
mod block;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use block::block;
use sorl_graph::patch::{Node, Patch, Source};
use sorl_graph::signal::Control;
use sorl_graph::ugen::{Description, UGen, Unit, UnitIo, unit};
use sorl_graph::{Engine, Session, Setup, When};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// Takes every n-th frame: its state counts frames.
fn crusher() -> Arc<dyn Unit> {
    let about = Description::new("crusher")
        .input("inp")
        .control(Control::new("hold", 8.0, 1.0, 64.0));
    unit(about, |_, _| {
        let (mut held, mut left) = (0.0, 0.0f32);
        move |io: &mut UnitIo<'_>| {
            for i in 0..io.frames() {
                if left <= 0.0 {
                    (held, left) = (io.input(0)[i], io.control(0, i));
                }
                left -= 1.0;
                io.output(0)[i] = held;
            }
        }
    })
}

/// A delay of a thousand frames, with a heap of its own; counts how many are alive.
struct Delay {
    line: Vec<f32>,
    at: usize,
    alive: Arc<AtomicUsize>,
}
impl UGen for Delay {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let x = io.input(0)[i];
            io.output(0)[i] = std::mem::replace(&mut self.line[self.at], x);
            self.at = (self.at + 1) % self.line.len();
        }
    }
    fn reset(&mut self) {
        self.line.fill(0.0);
        self.at = 0;
    }
}
impl Drop for Delay {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}
struct Delays(Description, Arc<AtomicUsize>);
impl Unit for Delays {
    fn describe(&self) -> &Description {
        &self.0
    }
    fn make(&self, _rate: u32, _seed: u64) -> Box<dyn UGen> {
        self.1.fetch_add(1, Ordering::SeqCst);
        Box::new(Delay {
            line: vec![0.0; 1000],
            at: 0,
            alive: Arc::clone(&self.1),
        })
    }
}

struct Rig {
    session: Session,
    engine: Engine,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Rig {
    fn new(units: Vec<Arc<dyn Unit>>, score: &str) -> Rig {
        let mut session = Session::new();
        units.into_iter().for_each(|unit| session.register(unit));
        session.evaluate(score, When::Now).unwrap();
        let setup = Setup { rate: 48000 };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig {
            session,
            engine,
            left: Vec::new(),
            right: Vec::new(),
        }
    }
    fn run(&mut self, frames: usize) -> &mut Rig {
        let [left, right] = block(&mut self.engine, frames);
        self.left.extend(left);
        self.right.extend(right);
        self.session.tick();
        self
    }
}

const CRUSHED: &str = "
def tone():
    return saw(control('freq', 220, 20, 2000)) * 0.5
t = node('t', tone, pan=0.3)
c = node('c', crusher, hold=5, gain=0.5)
t >> c
c @ ('hold', sine(3, 40).fast(3))
";

#[test]
fn a_registered_unit_is_named_by_a_score_and_sounds_the_same_in_any_blocks() {
    let mut whole = Rig::new(vec![crusher()], CRUSHED);
    whole.run(10_000);
    let equal = whole.left.windows(2).filter(|w| w[0] == w[1]).count();
    assert!(equal > 6000 && whole.left.iter().any(|x| *x > 0.05));
    assert!(
        whole.left != whole.right,
        "each side has an instance of its own"
    );
    for size in [1, 17, 999] {
        let mut cut = Rig::new(vec![crusher()], CRUSHED);
        while cut.left.len() < 10_000 {
            cut.run(size.min(10_000 - cut.left.len()));
        }
        assert!(
            cut.left == whole.left && cut.right == whole.right,
            "blocks of {size}"
        );
    }
    let first = whole.left.clone();
    assert_no_alloc(|| whole.engine.reset());
    whole.left.clear();
    assert!(whole.run(10_000).left == first, "a reset begins anew");
}

#[test]
fn a_unit_with_a_heap_comes_home_and_is_dropped_there() {
    let alive = Arc::new(AtomicUsize::new(0));
    let about = Description::new("delay").input("inp");
    let delays: Arc<dyn Unit> = Arc::new(Delays(about, Arc::clone(&alive)));
    let text =
        "def one():\n    return 1.0\no = node('o', one)\nd = node('d', delay, count=2)\no >> d\n";
    let mut rig = Rig::new(vec![delays], text);
    assert_eq!(alive.load(Ordering::SeqCst), 4, "two voices, two sides");
    rig.run(3000);
    assert_eq!((rig.left[999], rig.left[1000]), (0.0, 2.0));
    rig.session.evaluate("", When::Now).unwrap();
    for _ in 0..20 {
        rig.run(2000);
    }
    assert_eq!(alive.load(Ordering::SeqCst), 0);
}

#[test]
fn a_stereo_unit_has_both_sides_of_what_leads_into_it() {
    let text = "
def one():
    return 1.0
a = node('a', one, pan=-1)
b = node('b', one, pan=0.5, gain=0.5)
s = node('s', swap)
a >> s
b >> s
";
    let swap = unit(Description::new("swap").input("inp").stereo(), |_, _| {
        |io: &mut UnitIo<'_>| {
            for i in 0..io.frames() {
                (io.output(0)[i], io.output(1)[i]) = (io.right(0)[i], io.input(0)[i]);
            }
        }
    });
    let mut rig = Rig::new(vec![Arc::clone(&swap)], text);
    rig.run(1000);
    let mut dry = Rig::new(vec![swap], &text.replace("a >> s\nb >> s", ""));
    dry.run(1000);
    assert!(dry.left[999] > 1.0 && dry.right[999] < 1.0);
    assert_eq!(
        (rig.left[999], rig.right[999]),
        (dry.right[999], dry.left[999])
    );
}

#[test]
fn a_program_builds_a_patch_without_a_score() {
    let gain = unit(Description::new("level").stereo(), |_, seed| {
        move |io: &mut UnitIo<'_>| {
            for i in 0..io.frames() {
                io.output(0)[i] = 0.25;
                io.output(1)[i] = if seed == 0 { 0.0 } else { 0.75 };
            }
        }
    });
    let node = |about: Description| Node {
        name: "level".into(),
        source: Source::Unit(Arc::new(about)),
        label: "level".into(),
        count: 1,
        values: BTreeMap::new(),
        mute: false,
        solo: false,
        span: Default::default(),
    };
    let about = gain.describe().clone();
    let mut rig = Rig::new(vec![gain], "");
    let patch = Patch {
        nodes: vec![node(about.clone())],
        ..Patch::default()
    };
    rig.session.apply(patch, When::Now).unwrap();
    rig.run(1000);
    assert_eq!((rig.left[999], rig.right[999]), (0.25, 0.75));
    // A unit that is not there, or is another one, is refused; what plays plays on.
    let stranger = Description {
        name: "stranger".into(),
        ..about.clone()
    };
    for wrong in [stranger, about.input("inp")] {
        let patch = Patch {
            nodes: vec![node(wrong)],
            ..Patch::default()
        };
        assert!(rig.session.apply(patch, When::Now).is_err());
    }
    assert_eq!(rig.run(10).left[1009], 0.25);
}

#[test]
fn a_score_that_names_an_unknown_unit_is_told_the_nearest() {
    let mut session = Session::new();
    session.register(crusher());
    let error = session
        .evaluate("c = node('c', cruser)", When::Now)
        .unwrap_err();
    assert_eq!(error.0[0].hint.as_deref(), Some("did you mean `crusher`?"));
    let error = session
        .evaluate("c = node('c', crusher, hold=99)", When::Now)
        .unwrap_err();
    assert_eq!(error.0[0].message, "`hold` of `c` goes from 1 to 64");
}
