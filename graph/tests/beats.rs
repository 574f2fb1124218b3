//! Beat callbacks: called by the tick, heard to the sample.

use proptest::prelude::*;
use sorl_graph::io::offline::{Blocks, Renderer};
use sorl_graph::session::{BeatContext, BeatHandle};
use sorl_graph::{Beats, Block, Engine, HostTime, Session, Setup, Tempo, When};
use std::sync::{Arc, Mutex};

const SCORE: &str = r#"
def probe():
    return control("x", 0, 0, 1)
tempo(120)
tempo(200, at=2, ramp="linear")
p = node("p", probe, gain=1)
"#;

const RATE: u32 = 48_000;

/// Each call: its beat, whether it was late, how many were skipped.
type Calls = Arc<Mutex<Vec<(f64, bool, u64)>>>;

fn noting(session: &mut Session, start: f64, every: f64) -> (Calls, BeatHandle) {
    let calls = Calls::default();
    let noted = Arc::clone(&calls);
    let (start, every) = (Beats::from_f64(start), Beats::from_f64(every));
    let handle = session.on_beat(start, every, move |context| {
        let call = (context.beat().to_f64(), context.late(), context.skipped());
        noted.lock().unwrap().push(call);
    });
    (calls, handle)
}

fn beats(calls: &Calls) -> Vec<f64> {
    calls.lock().unwrap().iter().map(|c| c.0).collect()
}

/// Up one beat, down half a beat later.
fn flip(context: &mut BeatContext<'_>) {
    context.send(context.batch().step("p/x", 1.0)).unwrap();
    let off = context.batch_after(Beats::from_f64(0.5)).step("p/x", 0.0);
    context.send(off).unwrap();
}

fn changes(sound: &[f32]) -> Vec<i64> {
    let mut last = 0.0;
    let mut found = Vec::new();
    for (i, x) in sound.iter().enumerate() {
        if *x != std::mem::replace(&mut last, *x) {
            found.push(i as i64);
        }
    }
    found
}

fn render(blocks: Blocks, frames: u64) -> Vec<f32> {
    let mut session = Session::new();
    session.evaluate(SCORE, When::Now).unwrap();
    let mut renderer = Renderer::new(&mut session, RATE);
    session.on_beat(Beats::ZERO, Beats::whole(1), flip);
    let mut out = Vec::new();
    for size in blocks.sizes() {
        let left = frames - renderer.frame();
        if left == 0 {
            break;
        }
        let size = size.min(left as usize);
        out.extend_from_slice(renderer.advance(&mut session, size, &[]).0);
    }
    out
}

#[test]
fn what_a_callback_schedules_is_heard_on_its_beat_from_the_first_on() {
    use sorl_graph::time::{Pace, Segment};
    let frames = 150_000;
    let sound = render(Blocks::Fixed(480), frames);
    let mut session = Session::new();
    session.evaluate(SCORE, When::Now).unwrap();
    let map = Arc::new(session.patch().tempo_map().unwrap());
    let segment = Segment::paced(0, Beats::ZERO, &Pace::of(&map), RATE);
    let halves = (0..20).map(|half| segment.frame_of(Beats::from_units(half * Beats::UNITS / 2)));
    let expected: Vec<i64> = halves.filter(|frame| *frame < frames as i64).collect();
    assert_eq!(changes(&sound), expected);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]
    #[test]
    fn what_callbacks_schedule_does_not_depend_on_blocks(seed: u64, size in 1usize..4096) {
        let whole = render(Blocks::Fixed(512), 60_000);
        prop_assert!(whole.iter().any(|x| *x != 0.0));
        for blocks in [Blocks::Random(seed), Blocks::Fixed(size)] {
            let cut = render(blocks, 60_000);
            prop_assert_eq!((0..whole.len()).find(|&i| whole[i] != cut[i]), None);
        }
    }
}

struct Rig {
    session: Session,
    engine: Engine,
    sound: Vec<f32>,
}

impl Rig {
    fn new() -> Rig {
        let mut session = Session::new();
        let score = SCORE.replace("tempo(200, at=2, ramp=\"linear\")", "");
        session.evaluate(&score, When::Now).unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        let sound = Vec::new();
        Rig {
            session,
            engine,
            sound,
        }
    }

    fn run(&mut self, frames: usize, host: Option<HostTime>) {
        let at = self.sound.len();
        self.sound.resize(at + frames, 0.0);
        let mut right = vec![0.0; frames];
        self.engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut self.sound[at..], &mut right],
            frames,
            host,
            notes: &[],
        });
    }

    /// Ticks before each block of 480 frames, as a thread would.
    fn play(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.session.tick();
            self.run(480, None);
        }
        self.session.tick();
    }
}

#[test]
fn calls_come_ahead_of_their_beats_and_stop_when_cancelled() {
    let mut rig = Rig::new();
    let (calls, handle) = noting(&mut rig.session, 1.0, 0.5);
    rig.session.tick();
    assert_eq!(beats(&calls), [], "the song stands still");
    rig.session.play();
    rig.play(54);
    // Half a beat is 12,000 frames and two reports are some 1,600 apart: a little after beat 1 it is called for 1.5.
    assert_eq!(beats(&calls), [1.0, 1.5]);
    assert!(
        calls
            .lock()
            .unwrap()
            .iter()
            .all(|call| !call.1 && call.2 == 0)
    );
    assert!(!handle.is_cancelled());
    handle.cancel();
    rig.play(100);
    assert_eq!(beats(&calls), [1.0, 1.5]);
}

#[test]
fn a_callback_can_end_itself_and_change_its_pace() {
    let mut rig = Rig::new();
    rig.session.play();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    rig.session
        .on_beat(Beats::ZERO, Beats::whole(1), move |context| {
            noted.lock().unwrap().push(context.beat().to_f64());
            if context.calls() == 1 {
                context.set_every(Beats::from_f64(0.25));
            }
            if context.calls() == 4 {
                context.stop();
            }
            assert_eq!(context.session().patch().nodes.len(), 1);
        });
    rig.play(200);
    assert_eq!(*seen.lock().unwrap(), [0.0, 1.0, 1.25, 1.5, 1.75]);
}

#[test]
fn calls_of_one_tick_come_in_the_order_of_beats() {
    let mut rig = Rig::new();
    rig.session.play();
    let seen = Arc::new(Mutex::new(Vec::new()));
    for (name, every) in [('a', 0.5), ('b', 0.25)] {
        let noted = Arc::clone(&seen);
        rig.session
            .on_beat(Beats::ZERO, Beats::from_f64(every), move |context| {
                noted.lock().unwrap().push((context.beat().to_f64(), name));
            });
    }
    rig.play(1);
    let expected = [(0.0, 'a'), (0.0, 'b'), (0.25, 'b'), (0.5, 'a'), (0.5, 'b')];
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn what_was_missed_is_called_late_and_what_is_long_over_is_left_out() {
    let mut rig = Rig::new();
    rig.session.play();
    let (calls, _handle) = noting(&mut rig.session, 0.0, 1.0);
    rig.play(10);
    assert_eq!(beats(&calls), [0.0]);
    // No tick for a second and a half: of three beats one is over by more than a second.
    rig.run(72_000, None);
    rig.session.tick();
    assert_eq!(calls.lock().unwrap()[1..], [(2.0, true, 1), (3.0, true, 0)]);
    // A minute: what is over by more than a second is left out.
    calls.lock().unwrap().clear();
    rig.run(60 * 48_000, None);
    rig.session.tick();
    let calls = calls.lock().unwrap();
    assert!(calls[0].2 > 100, "{calls:?}");
    assert!(calls[0].0 > 120.0, "{calls:?}");
}

#[test]
fn a_jump_leads_on_from_where_the_song_went_and_lets_go_of_what_lay_ahead() {
    let mut rig = Rig::new();
    rig.session.play();
    rig.session.on_beat(Beats::ZERO, Beats::whole(1), flip);
    let (calls, _handle) = noting(&mut rig.session, 0.0, 1.0);
    // Up to a little before beat 1, which is called already.
    rig.play(48);
    assert_eq!(beats(&calls), [0.0, 1.0]);
    rig.session.seek(Beats::from_f64(8.5));
    rig.play(53);
    assert_eq!(beats(&calls), [0.0, 1.0, 9.0, 10.0]);
    // Back: beat 1 comes for the first time now.
    rig.session.seek(Beats::from_f64(0.5));
    rig.play(60);
    assert_eq!(beats(&calls), [0.0, 1.0, 9.0, 10.0, 1.0, 2.0]);
    let seeks = [48 * 480, 101 * 480];
    let expected = [
        0,
        12_000,
        seeks[0] + 12_000,
        seeks[0] + 24_000,
        seeks[1] + 12_000,
        seeks[1] + 24_000,
    ];
    assert_eq!(changes(&rig.sound), expected);
    // Beat 2 is what waits, up and down; nothing is left of beats that were not reached.
    assert_eq!(rig.session.scheduler().waiting(), 2);
}

#[test]
fn a_stop_and_a_start_go_on_where_the_song_stood() {
    let mut rig = Rig::new();
    rig.session.play();
    rig.session.on_beat(Beats::ZERO, Beats::whole(1), flip);
    rig.play(45);
    rig.session.stop();
    rig.play(20);
    rig.session.play();
    rig.play(60);
    // It stood for 20 blocks at 21,600 frames.
    assert_eq!(changes(&rig.sound), [0, 12_000, 33_600, 45_600, 57_600]);
}

#[test]
fn a_host_s_loop_is_called_anew_each_time() {
    let mut rig = Rig::new();
    let (calls, _handle) = noting(&mut rig.session, 0.0, 1.0);
    rig.session.on_beat(Beats::ZERO, Beats::whole(1), flip);
    for block in 0..300i64 {
        // Two beats at 120 bpm, over and over.
        let host = HostTime {
            playing: true,
            beat: Some(Beats::from_f64((block * 480 % 48_000) as f64 / 24_000.0)),
            tempo: Some(Tempo::default()),
            meter: None,
            bar: None,
        };
        rig.session.tick();
        rig.run(480, Some(host));
    }
    let beats = beats(&calls);
    assert_eq!(beats.iter().filter(|b| **b == 1.0).count(), 3);
    assert!(beats.iter().filter(|b| **b == 0.0).count() >= 3);
    // Nothing piles up that lies beyond the loop.
    assert!(rig.session.scheduler().waiting() <= 4);
}
