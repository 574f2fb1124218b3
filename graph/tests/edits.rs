//! Random edits while rendering: nothing allocates on the audio side, nothing becomes NaN, nothing leaks.

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use proptest::prelude::*;
use sorl_graph::message::{Moment, NoteEvent, Span};
use sorl_graph::session::Batch;
use sorl_graph::time::Seconds;
use sorl_graph::{Beats, Block, Engine, Session, Setup, TimedNote, When};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// One random score: which nodes there are, what they are, how they are wired and played.
#[derive(Clone, Debug)]
struct Sketch {
    /// For each of six names: absent, or a function and a number of voices.
    nodes: Vec<Option<(usize, u16)>>,
    /// From, to, level: where both are there and the target has an input.
    wires: Vec<(usize, usize, Option<f32>)>,
    patterns: Vec<(usize, usize)>,
    gains: Vec<(usize, f32)>,
    pans: Vec<(usize, f32)>,
    muted: Vec<usize>,
    /// Statements about the graphs that some of the nodes are in.
    graphs: Vec<usize>,
    tempo: u32,
}

/// What the nodes are called: some are in a graph, one in another one in it.
const NAMES: [&str; 6] = ["n0", "n1", "g/n2", "g/n3", "g/h/n4", "n5"];

const GRAPHS: [&str; 5] = [
    "block(\"g\", 8)",
    "oversample(\"g\", 2)",
    "oversample(\"g\", 4)",
    "oversample(\"g/h\", 2)",
    "block(\"g/h\", 1)",
];

const FUNCTIONS: [(&str, bool); 7] = [
    ("tone", false),
    ("tone2", false),
    ("hiss", false),
    ("wide", false),
    ("room", true),
    ("dim", true),
    ("broken", true),
];

const PATTERNS: [&str; 6] = [
    "hit() * 16",
    "seq(\"A2\", None, 60, 440.0).fast(4)",
    "(\"cutoff\", sine(200, 2000).over(0.5))",
    "(\"cutoff\", seq(300, 3000, 900).fast(8))",
    "note(48, 55, 60) * 7",
    "(\"gain\", ramp(0, 1))",
];

const DEFINITIONS: &str = r#"
def tone():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 800, 100, 8000)
    return lowpass(saw(freq), cutoff) * adsr(0.001, 0.02, 0.5, 0.01, gate)
def tone2():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 500, 100, 8000)
    return lowpass(sine_osc(freq), cutoff) * adsr(0.002, 0.03, 0.5, 0.01, gate)
def hiss():
    freq = control("freq", 220, 20, 2000)
    cutoff = control("cutoff", 500, 100, 8000)
    gate = control("gate", 0, 0, 1)
    return highpass(white_noise(), cutoff) * adsr(0.001, 0.01, 0.1, 0.01, gate)
def wide():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 500, 100, 8000)
    return (saw(freq) * gate * 0.2, saw(freq * 1.01 + cutoff * 0.001) * gate * 0.2)
def room(inp):
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 500, 100, 8000)
    return reverb(inp, 0.5)
def dim(inp):
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 500, 100, 8000)
    return lowpass(inp, cutoff)
def broken(inp):
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 500, 100, 8000)
    return inp / (gate - gate)
"#;

impl Sketch {
    fn text(&self) -> String {
        let mut s = String::from(DEFINITIONS);
        s += &format!("tempo({})\n", self.tempo);
        if self.tempo.is_multiple_of(2) {
            let bpm = self.tempo / 2 + 30;
            s +=
                &format!("tempo({bpm}, at=0.5, ramp=\"linear\")\nrubato(0.5, at=0.25, over=0.5)\n");
            s += &format!("meter({}, 8, at={})\n", self.tempo % 7 + 1, self.tempo % 3);
        }
        for (i, node) in self.nodes.iter().enumerate() {
            if let Some((f, count)) = node {
                s += &format!(
                    "n{i} = node(\"{}\", {}, count={count})\n",
                    NAMES[i], FUNCTIONS[*f].0
                );
            }
        }
        for &g in &self.graphs {
            s += &format!("{}\n", GRAPHS[g]);
        }
        let there = |i: usize| self.nodes[i].is_some();
        for &(from, to, level) in &self.wires {
            if there(from) && self.nodes[to].is_some_and(|(f, _)| FUNCTIONS[f].1) {
                match level {
                    Some(level) => s += &format!("n{from} >> (n{to}, {level})\n"),
                    None => s += &format!("n{from} >> n{to}\n"),
                }
            } else if there(from) && there(to) {
                s += &format!("n{from} >> (n{to}[\"cutoff\"], 50)\n");
            }
        }
        for &(i, p) in self.patterns.iter().filter(|p| there(p.0)) {
            s += &format!("n{i} @ {}\n", PATTERNS[p]);
        }
        for &(i, g) in self.gains.iter().filter(|g| there(g.0)) {
            s += &format!("n{i}[\"gain\"] = {g}\n");
        }
        for &(i, p) in self.pans.iter().filter(|p| there(p.0)) {
            s += &format!("n{i}[\"pan\"] = {p}\n");
        }
        for &i in self.muted.iter().filter(|i| there(**i)) {
            s += &format!("mute(n{i})\n");
        }
        s
    }
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let node = prop::option::weighted(0.7, (0..FUNCTIONS.len(), 1u16..4));
    (
        prop::collection::vec(node, 6),
        prop::collection::vec((0..6usize, 0..6usize, prop::option::of(-1.0f32..1.0)), 0..8),
        prop::collection::vec((0..6usize, 0..PATTERNS.len()), 0..8),
        prop::collection::vec((0..6usize, 0.0f32..1.0), 0..3),
        prop::collection::vec((0..6usize, -1.0f32..1.0), 0..3),
        prop::collection::vec(0..6usize, 0..2),
        prop::collection::vec(0..GRAPHS.len(), 0..3),
        60u32..300,
    )
        .prop_map(
            |(nodes, wires, patterns, gains, pans, muted, graphs, tempo)| Sketch {
                nodes,
                wires,
                patterns,
                gains,
                pans,
                muted,
                graphs,
                tempo,
            },
        )
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        4 => Just(When::Now),
        1 => Just(When::NextBeat),
        1 => Just(When::NextBar),
        1 => (0i64..60_000).prop_map(When::Frame),
    ]
}

/// A batch for what may be there, or not: what names what is not there comes back.
fn batch() -> impl Strategy<Value = (u8, f32, When, Option<Span>, usize)> {
    let when = prop_oneof![
        Just(When::Now),
        (0i64..60_000).prop_map(When::Frame),
        (-1.0f64..8.0).prop_map(|b| When::Beat(Beats::from_f64(b))),
        (0.0f64..0.2).prop_map(|s| When::After(Seconds::from_f64(s))),
        Just(When::NextBar),
    ];
    let span = prop::option::of((-0.1f64..0.5).prop_map(Span::beats));
    (0u8..8, 0.0f32..1.0, when, span, 0usize..6)
}

fn make((what, value, when, offset, node): (u8, f32, When, Option<Span>, usize)) -> Batch {
    let batch = Batch::at(Moment { when, offset });
    let path = |control: &str| format!("n{node}/{control}");
    let length = Span::beats(f64::from(value));
    match what {
        0 => batch.set(&path("cutoff"), 100.0 + 7000.0 * value),
        1 => batch.glide(&path("gain"), value, Seconds::from_f64(0.1)),
        2 => batch
            .trigger(&path("gate"), length)
            .step(&path("pan"), value),
        3 => batch.strike(&format!("n{node}"), 40 + node as u8, 0.5, length),
        4 => batch
            .seek(Beats::from_f64(f64::from(value) * 20.0 - 4.0))
            .play(),
        5 => batch.tempo(Some(60.0 + 300.0 * f64::from(value))),
        6 => batch
            .edit(|patch| drop(patch.bindings.pop()))
            .set(&path("cutoff"), 500.0),
        _ => batch.note(NoteEvent::On {
            channel: 1,
            key: 60 + node as u8,
            velocity: 0.4,
        }),
    }
}

struct Rig {
    session: Session,
    engine: Engine,
    left: Vec<f32>,
    right: Vec<f32>,
    input: Vec<f32>,
}

impl Rig {
    fn new() -> Rig {
        let mut session = Session::new();
        let setup = Setup { rate: 48000 };
        let engine = Engine::new(setup, session.connect(setup));
        let buffer = || vec![0.0; 4096];
        Rig {
            session,
            engine,
            left: buffer(),
            right: buffer(),
            input: vec![0.1; 4096],
        }
    }

    /// Runs blocks with the allocation check on; everything that comes out is a number.
    fn run(&mut self, frames: usize, notes: &[TimedNote]) {
        let Rig {
            engine,
            left,
            right,
            input,
            ..
        } = self;
        assert_no_alloc(|| {
            engine.process(Block {
                inputs: &[&*input, &*input],
                outputs: &mut [left, right],
                frames,
                host: None,
                notes,
            });
        });
        assert!(
            left[..frames]
                .iter()
                .chain(&right[..frames])
                .all(|x| x.is_finite())
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn random_edits_neither_allocate_nor_break(
        steps in prop::collection::vec((sketch(), when(), 0usize..4096, any::<bool>()), 1..12)
    ) {
        let mut rig = Rig::new();
        rig.session.play();
        let on = |key| TimedNote {
            frame: 9, event: NoteEvent::On { channel: 0, key, velocity: 0.7 },
        };
        for (i, (sketch, when, frames, tick)) in steps.iter().enumerate() {
            rig.session.evaluate(&sketch.text(), *when).unwrap();
            rig.run(*frames, &[on(40 + i as u8)]);
            if *tick {
                rig.session.tick();
            }
            let _ = rig.session.set("n0/cutoff", 777.0);
            let _ = rig.session.set("n1/pan", 0.5);
            rig.run(64, &[TimedNote { frame: 70, event: NoteEvent::AllOff }]);
        }
        rig.session.stop();
        // In the end everything fades, is reported and comes home.
        rig.session.evaluate("", When::Now).unwrap();
        for _ in 0..60 {
            rig.run(4000, &[]);
            rig.session.tick();
        }
        prop_assert!(rig.left[..4000].iter().chain(&rig.right[..4000]).all(|x| *x == 0.0));
        prop_assert_eq!(rig.session.running_nodes(), 0);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn random_schedules_between_random_edits_neither_allocate_nor_lose_a_place(
        steps in prop::collection::vec(
            (sketch(), when(), prop::collection::vec(batch(), 0..30), 0usize..4096, any::<bool>()), 1..10,
        ),
    ) {
        let mut rig = Rig::new();
        rig.session.play();
        let scheduler = rig.session.scheduler();
        let mut tickets = Vec::new();
        for (sketch, when, batches, frames, tick) in steps {
            // A program writes the Patch, as scheduled edits do.
            let patch = sorl_graph::score::evaluate(&sketch.text()).unwrap();
            rig.session.apply(patch, when).unwrap();
            tickets.extend(batches.into_iter().filter_map(|b| scheduler.send(make(b)).ok()));
            rig.run(frames, &[]);
            if tick {
                rig.session.tick();
                tickets.pop().map(|ticket| scheduler.cancel(ticket));
            }
            rig.run(64, &[]);
        }
        // Everything that was taken happens or is taken back, and its place is free again.
        rig.session.play();
        rig.session.set_tempo_override(Some(1000.0));
        for _ in 0..40 {
            rig.run(4000, &[]);
            rig.session.tick();
        }
        for ticket in tickets {
            scheduler.cancel(ticket);
        }
        rig.session.stop();
        rig.session.clear(When::Now).unwrap();
        for _ in 0..60 {
            rig.run(4000, &[]);
            rig.session.tick();
        }
        prop_assert_eq!(scheduler.waiting(), 0);
        prop_assert_eq!(rig.session.running_nodes(), 0);
    }
}

#[test]
fn a_reset_neither_allocates_nor_changes_what_is_heard_from_the_beginning() {
    let mut rig = Rig::new();
    let beat = include_str!("../../examples/five-minute-beat.sorl");
    rig.session.evaluate(beat, When::Now).unwrap();
    rig.session.play();
    let mut first = Vec::new();
    for _ in 0..30 {
        rig.run(1000, &[]);
        first.extend_from_slice(&rig.left[..1000]);
    }
    assert_no_alloc(|| rig.engine.reset());
    for piece in first.chunks(1000) {
        rig.run(1000, &[]);
        assert_eq!(piece, &rig.left[..1000]);
    }
}

#[test]
fn a_session_that_never_ticks_never_loses_a_plan() {
    let mut rig = Rig::new();
    for i in 0..300 {
        let score = format!(
            "def f():\n    return sine_osc({})\nn = node(\"n\", f)\n",
            100 + i
        );
        rig.session.evaluate(&score, When::Now).unwrap();
        rig.run(16, &[]);
    }
    for _ in 0..40 {
        rig.session.tick();
        rig.run(2000, &[]);
    }
    // The last of all sounds: 399 Hz.
    let mut crossings = 0;
    for _ in 0..24 {
        rig.run(2000, &[]);
        crossings += rig.left[..2000]
            .windows(2)
            .filter(|w| w[0] <= 0.0 && w[1] > 0.0)
            .count();
    }
    assert!((395..=403).contains(&crossings), "{crossings}");
}
