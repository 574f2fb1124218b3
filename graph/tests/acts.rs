//! What acts, moves by itself and comes from outside sounds when it should, and only then.

use sorl_graph::engine::Engine;
use sorl_graph::io::offline::{Blocks, Length, Options, Renderer, render_to_memory};
use sorl_graph::message::{NoteEvent, Setup, TimedNote};
use sorl_graph::session::{RecallError, Session, State};
use sorl_graph::signal::Knob;
use sorl_graph::time::Ratio;
use sorl_graph::{Block, When};

/// A bar at 120 bpm and 48 kHz.
const BAR: usize = 96_000;
/// A node that sounds as its control `v`.
const DC: &str = "def dc():\n    return control(\"v\", 1, 0, 1)\n\nd = node(\"dc\", dc)\n";

fn options(bars: u32, blocks: Blocks) -> Options {
    Options {
        length: Length::Bars(bars),
        blocks,
        ..Options::default()
    }
}

fn left(score: &str, bars: u32) -> Vec<f32> {
    let [left, _] = render_to_memory(score, &options(bars, Blocks::Fixed(512))).unwrap();
    left
}

fn close(a: f32, b: f64) -> bool {
    (f64::from(a) - b).abs() < 2e-6
}

#[test]
fn the_rest_of_the_guide_runs_unchanged() {
    let text = include_str!("../../examples/live-moves.sorl");
    let mut session = Session::new();
    session.evaluate(text, When::Now).unwrap();
    let patch = session.patch();
    assert_eq!(patch.acts.len(), 1);
    assert!(
        patch.bindings.is_empty() && patch.mods.is_empty(),
        "stop() came last"
    );
    assert_eq!(
        session.value("bass", "gain"),
        Some(0.0),
        "the fade ends there"
    );
    assert_eq!(patch.node("bass").unwrap().value("gain"), Some(0.3));
}

#[test]
fn a_fade_takes_its_bars_to_the_frame_and_its_end_holds() {
    let sound = left(&format!("{DC}fade(\"dc/v\", 0, bars=1)\n"), 2);
    for frame in [0, 1, 777, 48_000, 95_999] {
        let expected = 1.0 - frame as f64 / BAR as f64;
        assert!(close(sound[frame], expected), "{frame}: {}", sound[frame]);
    }
    assert!(sound[BAR..].iter().all(|x| *x == 0.0));
    // By beats, so another tempo is another length; and a curve is another way.
    let fast = left(
        &format!("{DC}tempo(240)\nfade(\"dc/v\", 0, bars=1, curve=\"exp\")\n"),
        1,
    );
    assert!(close(fast[24_000], 0.75) && fast.len() == 48_000);
}

#[test]
fn a_fade_at_a_bar_begins_there() {
    let sound = left(
        &format!("{DC}at(1, fade(\"dc/v\", 0.5, bars=0.5))\nwith at(2):\n    fade(d, 0, bars=0)\n"),
        3,
    );
    assert!(sound[..=BAR].iter().all(|x| *x == 1.0));
    assert!(close(sound[BAR + 24_000], 0.75) && sound[BAR + 48_000] == 0.5);
    assert!(sound[2 * BAR - 1] == 0.5 && sound[2 * BAR..].iter().all(|x| *x == 0.0));
}

#[test]
fn modulations_are_exact_to_the_frame() {
    let sound = left(
        &format!("{DC}mod(\"dc/v\", \"square\", lo=0.25, hi=0.75, bars=0.5)\n"),
        1,
    );
    for (frame, x) in sound.iter().enumerate() {
        let expected = if frame % 48_000 < 24_000 { 0.75 } else { 0.25 };
        assert_eq!(*x, expected, "{frame}");
    }
    let ramp = left(&format!("{DC}d.mod(\"v\", \"ramp\", bars=1)\n"), 2);
    assert!((0..BAR).all(|i| close(ramp[BAR + i], i as f64 / BAR as f64)));
    let table = left(&format!("{DC}mod(\"dc/v\", [0, 1, 0.5, 0.5], bars=1)\n"), 1);
    assert!(close(table[12_000], 0.5) && close(table[24_000], 1.0) && close(table[84_000], 0.25));
    let pulse = left(&format!("{DC}mod(\"dc/v\", \"pulse\", width=0.125)\n"), 1);
    assert_eq!((pulse[11_999], pulse[12_000]), (1.0, 0.0));
}

#[test]
fn the_master_is_over_everything() {
    assert!(
        left(&format!("{DC}kr.master = 0.5\n"), 1)
            .iter()
            .all(|x| *x == 0.5)
    );
    assert!(
        left(&format!("{DC}master(0)\n"), 1)
            .iter()
            .all(|x| *x == 0.0)
    );
}

/// Everything of this file at once.
const BUSY: &str = "def tone():
    f = control(\"freq\", 110, 20, 2000)
    g = control(\"gate\", 0, 0, 1)
    c = control(\"cutoff\", 800, 100, 4000)
    return lowpass(saw(f), c) * adsr(0.01, 0.1, 0.5, 0.1, g)

t = node(\"tone\", tone, count=4)
u = node(\"other\", tone)
u @ (hit() * 8)
t @ \"a2 d3 [e3,g3] ~\"
mod(\"other/cutoff\", \"pulse\", lo=200, hi=3000, bars=0.3)
mod(\"tone/pan\", \"sine\", lo=-0.5, hi=0.5, bars=0.7)
master(0.8)
fade(\"tone/gain\", 0.2, bars=1.3, curve=\"smooth\")
at(0.51, fade(\"tone/cutoff\", 3000, bars=0.2))
at(0.6, fade(\"tone/cutoff\", 300, bars=0.4))
macro(3, \"other/gain\", 0, 1, curve=\"exp\")
midi_map(74, \"tone/cutoff\", 100, 2000)
midi(\"other\", channel=2)
";

#[test]
fn it_all_is_the_same_for_every_partition() {
    let mut options = options(2, Blocks::Fixed(512));
    let turn = |knob, value| NoteEvent::Turn { knob, value };
    let cc = Knob::Controller {
        cc: 74,
        channel: Some(5),
    };
    options.notes = vec![
        (1_003, turn(Knob::Macro(3), 0.3)),
        (
            20_011,
            NoteEvent::On {
                channel: 1,
                key: 50,
                velocity: 0.8,
            },
        ),
        (
            20_012,
            NoteEvent::On {
                channel: 0,
                key: 60,
                velocity: 0.8,
            },
        ),
        (90_001, turn(cc, 0.9)),
        (90_001, turn(Knob::Macro(3), 0.8)),
        (
            120_000,
            NoteEvent::Off {
                channel: 1,
                key: 50,
            },
        ),
    ];
    let whole = render_to_memory(BUSY, &options).unwrap();
    for blocks in [Blocks::Fixed(1024), Blocks::Fixed(37), Blocks::Random(5)] {
        options.blocks = blocks;
        let cut = render_to_memory(BUSY, &options).unwrap();
        for (a, b) in whole.iter().flatten().zip(cut.iter().flatten()) {
            assert_eq!(a.to_bits(), b.to_bits(), "{blocks:?}");
        }
    }
}

#[test]
fn none_of_it_allocates_on_the_audio_thread() {
    let mut session = Session::new();
    session.evaluate(BUSY, When::Now).unwrap();
    let setup = Setup { rate: 48_000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    session.play();
    let (mut l, mut r) = ([0.0f32; 333], [0.0f32; 333]);
    for block in 0..600 {
        if block == 300 {
            session
                .evaluate(
                    &BUSY.replace("0.2, bars=1.3", "0.9, bars=1"),
                    When::NextBeat,
                )
                .unwrap();
            session.set_macro(3, 0.5).unwrap();
        }
        session.tick();
        let knob = Knob::Macro(3);
        let value = block as f32 / 600.0;
        let event = NoteEvent::Turn { knob, value };
        let notes = [TimedNote { frame: 100, event }];
        assert_no_alloc::assert_no_alloc(|| {
            engine.process(Block {
                inputs: &[],
                outputs: &mut [&mut l, &mut r],
                frames: 333,
                host: None,
                notes: &notes,
            });
        });
    }
}

/// Renders bars with a session that lives on.
struct Rig {
    session: Session,
    renderer: Renderer,
}

impl Rig {
    fn new(score: &str) -> Rig {
        let mut session = Session::new();
        session.evaluate(score, When::Now).unwrap();
        let renderer = Renderer::new(&mut session, 48_000);
        Rig { session, renderer }
    }
    /// The last sample of so many frames.
    fn after(&mut self, frames: usize) -> f32 {
        let mut last = 0.0;
        for _ in 0..frames / 480 {
            let (left, _) = self.renderer.advance(&mut self.session, 480, &[]);
            last = left[479];
        }
        last
    }
    fn evaluate(&mut self, score: &str) {
        self.session.evaluate(score, When::Now).unwrap();
    }
}

#[test]
fn an_act_runs_once_again_when_asked_and_when_it_newly_appears() {
    let score = format!("{DC}fade(\"dc/v\", 0.5, bars=0)\n");
    let mut rig = Rig::new(&score);
    assert_eq!(rig.after(4800), 0.5);
    rig.session.set("dc/v", 0.9).unwrap();
    rig.evaluate(&format!("{score}tempo(100)\n"));
    assert_eq!(rig.after(4800), 0.9, "it has run");
    rig.session
        .run("fade(\"dc/v\", 0.5, bars=0)", When::Now)
        .unwrap();
    assert_eq!(rig.after(4800), 0.5, "it was asked for");
    rig.evaluate(DC);
    assert_eq!(rig.after(4800), 0.5, "what it left holds");
    rig.evaluate(&score.replace("0.5", "0.25"));
    assert_eq!(rig.after(4800), 0.25, "it is another one");
    rig.evaluate(&format!("{score}d[\"v\"] = 0.75\n"));
    assert_eq!(
        rig.after(4800),
        0.5,
        "an act speaks after what is stated in the same evaluation"
    );
    rig.evaluate(&format!("{score}d[\"v\"] = 0.8\n"));
    assert_eq!(
        rig.after(4800),
        0.8,
        "a statement for the same target changed"
    );
}

#[test]
fn a_restored_project_has_what_acts_left_and_runs_none_again() {
    let score = format!(
        "{DC}macro(2, \"dc/gain\", 0, 2)\nd[\"v\"] = 0.1\nsave(\"low\")\nd[\"v\"] = 1\nfade(\"dc/v\", 0.5, bars=0)\n"
    );
    let mut rig = Rig::new(&score);
    rig.session.set_macro(2, 0.75).unwrap();
    assert_eq!(rig.after(9600), 0.75);
    let state = rig.session.state();
    let json = serde_json::to_string(&state).unwrap();
    let state: State = serde_json::from_str(&json).unwrap();
    let mut session = Session::new();
    session.restore(&score, &state, When::Now).unwrap();
    assert_eq!(session.state(), state);
    let renderer = Renderer::new(&mut session, 48_000);
    let mut restored = Rig { session, renderer };
    assert_eq!(restored.after(480), 0.75, "at once, and no fade runs");
    assert_eq!(restored.session.macro_value(2), Some(0.75));
    assert!(
        restored
            .session
            .restore("x = (", &State::default(), When::Now)
            .is_err()
    );
    assert_eq!(restored.session.state(), state, "a mistake changes nothing");
}

#[test]
fn scenes_lie_over_the_score_and_stay_chosen() {
    let score = format!(
        "{DC}e = node(\"e\", dc, gain=0)\nwith scene(\"half\"):\n    d[\"v\"] = 0.5\n    tempo(90)\nmute(e)\nsave(\"same\")\n"
    );
    let mut rig = Rig::new(&score);
    assert_eq!(rig.session.scenes(), ["half", "same"]);
    assert_eq!((rig.session.scene(), rig.after(4800)), (0, 1.0));
    rig.session.recall(1, Ratio::ZERO, When::Now).unwrap();
    assert_eq!((rig.session.scene(), rig.after(4800)), (1, 0.5));
    assert_eq!(rig.session.patch().tempo, Some(90.0));
    assert!(
        !rig.session.patch().node("e").unwrap().mute && rig.session.said().node("e").unwrap().mute
    );
    rig.evaluate(&format!("{score}f = node(\"f\", dc, gain=0.25)\n"));
    assert_eq!(
        (rig.session.scene(), rig.after(4800)),
        (1, 0.75),
        "a new node is the score's own"
    );
    // Back again, on its way for a bar at the score's tempo of 120.
    rig.session.recall(0, Ratio::ONE, When::Now).unwrap();
    assert!(rig.session.recall(9, Ratio::ONE, When::Now) == Err(RecallError::NoScene("9".into())));
    rig.evaluate(&format!("{score}recall(\"half\")\n"));
    assert_eq!((rig.session.scene(), rig.after(9600)), (1, 0.5));
    let captured = rig.session.capture("now");
    assert_eq!(captured.nodes["dc"].values["v"], 0.5);
    rig.evaluate(DC);
    assert_eq!(
        (rig.session.scene(), rig.after(9600)),
        (0, 1.0),
        "a scene that is gone is no longer chosen"
    );
}

#[test]
fn a_transition_makes_fades_of_values() {
    let sound = left(
        &format!("{DC}with transition(1):\n    d[\"v\"] = 0\n    kr.gain(\"dc\", 1)\n"),
        2,
    );
    assert!(close(sound[48_000], 0.5) && sound[BAR] == 0.0);
    let both = left(
        &format!(
            "{DC}save(\"a\")\nd[\"v\"] = 0\nsave(\"b\")\nd[\"v\"] = 1\nrecall(\"b\", bars=1)\n"
        ),
        1,
    );
    assert!(close(both[48_000], 0.5));
}

#[test]
fn a_macro_moves_all_it_is_mapped_to_and_an_unmapped_one_nothing() {
    let score = format!(
        "{DC}e = node(\"e\", dc, gain=0)\nmacro(1, \"dc/v\", 1, 0)\nkr.macro(1, \"e/gain\", 0, 1)\n"
    );
    let mut rig = Rig::new(&score);
    assert_eq!(rig.after(4800), 1.0, "nobody has moved it");
    rig.session.set_macro(2, 0.5).unwrap();
    assert_eq!(rig.after(4800), 1.0);
    rig.session.set_macro(1, 0.25).unwrap();
    assert_eq!(rig.after(4800), 1.0, "0.75 and 0.25");
    assert_eq!(rig.session.value("dc", "v"), Some(0.75));
    assert!(rig.session.set_macro(0, 0.5).is_err() && rig.session.set_macro(1, 1.5).is_err());
    // By the host, to the frame: smoothed over 20 ms from there.
    let event = NoteEvent::Turn {
        knob: Knob::Macro(1),
        value: 1.0,
    };
    let (l, _) = rig
        .renderer
        .advance(&mut rig.session, 4800, &[TimedNote { frame: 1000, event }]);
    assert!(l[1000] == 1.0 && (l[1480] - 1.0).abs() < 1e-5 && l[1960] == 1.0);
    rig.after(4800);
    assert_eq!(
        rig.session.value("dc", "v"),
        Some(0.0),
        "the session has heard of it"
    );
    rig.session.control_change(0, 7, 1.0);
    assert_eq!(rig.after(4800), 1.0);
}

#[test]
fn notes_go_where_the_score_leads_them() {
    let tone = "def tone():\n    g = control(\"gate\", 0, 0, 1)\n    f = control(\"freq\", 100, 20, 800)\n    return g\n";
    let score = format!(
        "{tone}a = node(\"a\", tone, gain=0.25)\nb = node(\"b\", tone, gain=0.5)\nmidi(a, channel=1, hi=\"B3\")\nmidi(\"b\", lo=60)\n"
    );
    let mut rig = Rig::new(&score);
    let mut play = |channel, key| {
        let on = NoteEvent::On {
            channel,
            key,
            velocity: 1.0,
        };
        let off = NoteEvent::Off { channel, key };
        let notes = [
            TimedNote {
                frame: 0,
                event: on,
            },
            TimedNote {
                frame: 400,
                event: off,
            },
        ];
        let (l, _) = rig.renderer.advance(&mut rig.session, 480, &notes);
        l[300]
    };
    assert_eq!(
        [play(0, 40), play(1, 40), play(0, 72), play(3, 60)],
        [0.25, 0.0, 0.5, 0.5]
    );
}
