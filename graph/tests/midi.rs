//! What a keyboard says reaches the voices: bends, pressures, pedals, expressions, MPE, chokes; voices are taken without
//! a click; and all of it is the same however blocks are cut.

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

use sorl_graph::When;
use sorl_graph::engine::{Block, Engine};
use sorl_graph::io::offline::{Blocks, Length, Options, render_to_memory};
use sorl_graph::message::{Expression, NoteEvent, Setup, TimedNote};
use sorl_graph::session::Session;
use sorl_graph::signal::Knob;

/// What the voices' controls are worth, as sound.
const LISTENER: &str = "
def heard():
    freq = control(\"freq\", 100, 10, 9000)
    gate = control(\"gate\", 0, 0, 1)
    return WHAT * gate
h = node(\"h\", heard, count=4)
";

struct Rig {
    session: Session,
    engine: Engine,
}

impl Rig {
    fn new(score: &str) -> Rig {
        let mut session = Session::new();
        let outcome = session.evaluate(score, When::Now);
        outcome.unwrap_or_else(|e| panic!("{}", e.render("score", score)));
        let setup = Setup { rate: 48_000 };
        let engine = Engine::new(setup, session.connect(setup));
        Rig { session, engine }
    }

    /// Hears what a function of the controls is worth while notes play it.
    fn listening(what: &str, controls: &str) -> Rig {
        let score = LISTENER.replace("WHAT", what);
        let at = "    gate = ";
        Rig::new(&score.replace(at, &format!("{controls}{at}")))
    }

    /// Plays a block of so many frames with events in it, and gives its left side.
    fn block(&mut self, frames: usize, events: &[(u32, NoteEvent)]) -> Vec<f32> {
        let notes = events
            .iter()
            .map(|&(frame, event)| TimedNote { frame, event });
        let notes: Vec<TimedNote> = notes.collect();
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        assert_no_alloc::assert_no_alloc(|| {
            self.engine.process(Block {
                inputs: &[],
                outputs: &mut [&mut left, &mut right],
                frames,
                host: None,
                notes: &notes,
            });
        });
        self.session.tick();
        left
    }

    /// The last sample after an event has had its time.
    fn after(&mut self, event: NoteEvent) -> f32 {
        self.block(4800, &[(0, event)])[4799]
    }
}

fn on(channel: u8, key: u8) -> NoteEvent {
    NoteEvent::On {
        channel,
        key,
        velocity: 0.5,
    }
}

fn off(channel: u8, key: u8) -> NoteEvent {
    NoteEvent::Off { channel, key }
}

fn control(channel: u8, cc: u8, value: f32) -> NoteEvent {
    NoteEvent::Control { channel, cc, value }
}

fn bend(channel: u8, value: f32) -> NoteEvent {
    NoteEvent::Bend { channel, value }
}

fn express(key: u8, what: Expression, value: f32) -> NoteEvent {
    NoteEvent::Express {
        channel: 0,
        key,
        what,
        value,
    }
}

fn near(heard: f32, wanted: f32) {
    assert!(
        (heard - wanted).abs() < wanted.abs() * 1e-5 + 1e-5,
        "heard {heard}, wanted {wanted}"
    );
}

#[test]
fn the_wheel_bends_its_own_channel_by_two_semitones() {
    let mut rig = Rig::listening("freq", "");
    near(rig.after(on(0, 69)), 440.0);
    near(rig.after(bend(1, 1.0)), 440.0);
    near(rig.after(bend(0, 1.0)), 440.0 * 2f32.powf(2.0 / 12.0));
    near(rig.after(bend(0, -0.5)), 440.0 * 2f32.powf(-1.0 / 12.0));
    // A note that comes later begins bent; in its own octave, beside the first.
    let both = rig.after(on(0, 81));
    near(both, (440.0 + 880.0) * 2f32.powf(-1.0 / 12.0));
    near(rig.after(bend(0, 0.0)), 440.0 + 880.0);
}

#[test]
fn a_bend_moves_without_a_step() {
    let mut rig = Rig::listening("freq", "");
    rig.after(on(0, 69));
    let sound = rig.block(4800, &[(100, bend(0, 1.0))]);
    let steps = sound.windows(2).map(|w| (w[1] - w[0]).abs());
    assert!(steps.fold(0.0, f32::max) < 0.1, "54 Hz in 20 ms");
    assert!(sound[100] == 440.0 && sound[101] > 440.0);
}

#[test]
fn bends_expressions_and_pressures_are_controls_of_the_note() {
    let controls = "    bend = control(\"bend\", 0, -60, 60)\n    pressure = control(\"pressure\", 0.25, 0, 1)\n    \
        timbre = control(\"timbre\", 0.5, 0, 1)\n";
    let mut rig = Rig::listening("bend", controls);
    assert_eq!(rig.after(on(0, 60)), 0.0);
    near(rig.after(bend(0, 0.5)), 1.0);
    near(rig.after(express(60, Expression::Tuning, 7.0)), 8.0);
    near(rig.after(express(61, Expression::Tuning, 1.0)), 8.0);

    let mut rig = Rig::listening("pressure", controls);
    near(rig.after(on(0, 60)), 0.25);
    near(
        rig.after(NoteEvent::Pressure {
            channel: 0,
            value: 1.0,
        }),
        1.0,
    );
    near(rig.after(express(60, Expression::Pressure, 0.5)), 0.5);
    // The next note begins with the channel's.
    near(rig.after(on(0, 62)), 1.5);

    let mut rig = Rig::listening("timbre", controls);
    near(rig.after(on(0, 60)), 0.5);
    near(rig.after(control(0, 74, 0.75)), 0.75);
    near(rig.after(express(60, Expression::Timbre, 0.125)), 0.125);
}

#[test]
fn a_note_s_own_level_and_place_are_its_own() {
    let mut rig = Rig::listening("1", "");
    rig.after(on(0, 60));
    near(rig.after(on(0, 64)), 2.0);
    near(rig.after(express(64, Expression::Gain, 0.25)), 1.25);
}

#[test]
fn the_pedal_holds_what_the_keys_let_go_and_no_other_channel() {
    let mut rig = Rig::listening("1", "");
    rig.after(control(0, 64, 1.0));
    rig.after(on(0, 60));
    rig.after(on(1, 60));
    assert_eq!(rig.after(off(0, 60)), 2.0);
    assert_eq!(
        rig.after(off(1, 60)),
        1.0,
        "the pedal is the first channel's"
    );
    rig.after(on(0, 64));
    assert_eq!(
        rig.after(control(0, 64, 0.0)),
        1.0,
        "a key that is down stays"
    );
    assert_eq!(rig.after(off(0, 64)), 0.0);
    // All notes off waits for the pedal, all sound off does not.
    rig.after(control(0, 64, 1.0));
    rig.after(on(0, 60));
    assert_eq!(rig.after(control(0, 123, 0.0)), 1.0);
    assert_eq!(rig.after(control(0, 120, 0.0)), 0.0);
}

#[test]
fn an_mpe_zone_bends_each_note_by_itself_and_all_by_the_master() {
    let mut rig = Rig::listening("freq", "");
    for (cc, value) in [(101, 0.0), (100, 6.0), (6, 15.0)] {
        rig.after(control(0, cc, value / 127.0));
    }
    rig.after(on(1, 57));
    near(rig.after(on(2, 69)), 660.0);
    near(rig.after(bend(2, 0.25)), 220.0 + 880.0);
    near(rig.after(bend(0, 1.0)), 1100.0 * 2f32.powf(2.0 / 12.0));
}

#[test]
fn a_zone_s_members_go_where_their_master_s_channel_leads() {
    let mut rig = Rig::new(&format!(
        "{}\nmidi(\"h\", channel=1)\n",
        LISTENER.replace("WHAT", "1")
    ));
    assert_eq!(rig.after(on(4, 60)), 0.0, "channel 5 leads nowhere");
    for (cc, value) in [(101, 0.0), (100, 6.0), (6, 15.0)] {
        rig.after(control(0, cc, value / 127.0));
    }
    assert_eq!(rig.after(on(4, 60)), 1.0);
}

#[test]
fn a_choked_note_is_gone_in_a_few_milliseconds_without_a_step() {
    let ringing = "
def ring():
    freq = control(\"freq\", 100, 10, 9000)
    gate = control(\"gate\", 0, 0, 1)
    return adsr(0.001, 0, 1, 4, gate)
r = node(\"r\", ring, count=4)
";
    let mut rig = Rig::new(ringing);
    rig.after(on(0, 60));
    let (channel, key) = (0, 60);
    let sound = rig.block(4800, &[(1000, NoteEvent::Choke { channel, key })]);
    let steps = sound.windows(2).map(|w| (w[1] - w[0]).abs());
    assert!(steps.fold(0.0, f32::max) < 0.005);
    assert!(sound[999] > 0.9 && sound[1250..].iter().all(|x| *x == 0.0));
    near(rig.after(on(0, 60)), 1.0);
}

#[test]
fn a_voice_is_taken_without_a_click() {
    let score = "
def tone():
    freq = control(\"freq\", 100, 10, 9000)
    gate = control(\"gate\", 0, 0, 1)
    return sine_osc(freq) * adsr(0.005, 0, 1, 0.2, gate)
";
    for count in [1, 2] {
        let mut rig = Rig::new(&format!("{score}t = node(\"t\", tone, count={count})\n"));
        rig.after(on(0, 57));
        rig.after(on(0, 60));
        // The steepest that the notes themselves are.
        let steepest = 2.0 * std::f32::consts::PI * 330.0 / 48_000.0 * count as f32;
        for (i, frame) in [1000, 1037, 1091].into_iter().enumerate() {
            let sound = rig.block(4800, &[(frame, on(0, 62 + i as u8))]);
            let steps = sound.windows(2).map(|w| (w[1] - w[0]).abs());
            let step = steps.fold(0.0, f32::max);
            // The way over is 5 ms long and at most twice as high as the wave.
            assert!(
                step < steepest + 2.0 / 240.0 + 0.005,
                "{count} voices: {step}"
            );
            assert!(sound[frame as usize + 500..].iter().any(|x| x.abs() > 0.5));
        }
    }
}

#[test]
fn modulation_adds_and_is_gone_when_it_ends() {
    let score = "
def dc():
    return control(\"v\", 1, 0, 10)
d = node(\"dc\", dc)
macro(1, \"dc/v\", 2, 6)
";
    let mut rig = Rig::new(score);
    let modulate = |stands, amount| NoteEvent::Modulate {
        index: 1,
        stands,
        amount,
    };
    assert_eq!(
        rig.after(modulate(0.5, 0.25)),
        2.0,
        "a quarter of its way on top of 1"
    );
    assert_eq!(rig.session.value("dc", "v"), Some(1.0));
    let knob = Knob::Macro(1);
    assert_eq!(rig.after(NoteEvent::Turn { knob, value: 0.5 }), 5.0);
    assert_eq!(rig.after(modulate(0.5, 0.0)), 4.0);
    assert_eq!(rig.session.value("dc", "v"), Some(4.0));
}

#[test]
fn modulation_of_a_voice_is_heard_in_that_voice() {
    let score = format!(
        "{}macro(2, \"h/v\", 1, 5)\n",
        LISTENER.replace("WHAT", "control(\"v\", 1, 0, 10)")
    );
    let mut rig = Rig::new(&score);
    rig.after(on(0, 60));
    assert_eq!(rig.after(on(0, 62)), 2.0);
    let what = Expression::Macro {
        index: 2,
        stands: 0.0,
    };
    near(rig.after(express(62, what, 0.5)), 4.0);
    near(rig.after(on(0, 64)), 5.0);
    near(rig.after(off(0, 62)), 2.0);
}

#[test]
fn all_of_it_is_the_same_for_every_partition_and_in_faster_graphs() {
    let score = "
def tone():
    freq = control(\"freq\", 100, 10, 9000)
    gate = control(\"gate\", 0, 0, 1)
    press = control(\"pressure\", 0, 0, 1)
    return lowpass(saw(freq), 500 + 4000 * press) * adsr(0.002, 0.1, 0.7, 0.3, gate) * control(\"vel\", 1, 0, 1)
t = node(\"drive/tone\", tone, count=5, gain=0.3)
oversample(\"drive\", 2)
m = node(\"mono\", tone, gain=0.3)
midi(\"drive/tone\")
midi(\"mono\", hi=50)
macro(1, \"drive/tone/pressure\", 0, 1)
";
    let mut notes = Vec::new();
    for i in 0..400u32 {
        let key = 40 + (i * 7 % 30) as u8;
        let value = (i % 17) as f32 / 17.0;
        let event = match i % 9 {
            0..=2 => on(0, key),
            3 => off(0, 40 + ((i - 3) * 7 % 30) as u8),
            4 => bend(0, value * 2.0 - 1.0),
            5 => control(0, 64, value),
            6 => express(key, Expression::Tuning, value),
            7 => NoteEvent::Modulate {
                index: 1,
                stands: 0.2,
                amount: value,
            },
            _ => NoteEvent::Pressure { channel: 0, value },
        };
        notes.push((u64::from(i * 241 + i % 3), event));
    }
    let mut options = Options {
        length: Length::Seconds(2.2),
        notes,
        ..Options::default()
    };
    let whole = render_to_memory(score, &options).expect("no error");
    assert!(whole[0].iter().any(|x| x.abs() > 0.1));
    for blocks in [Blocks::Fixed(64), Blocks::Fixed(37), Blocks::Random(9)] {
        options.blocks = blocks;
        let cut = render_to_memory(score, &options).expect("no error");
        let unlike = whole[0]
            .iter()
            .zip(&cut[0])
            .position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(unlike, None, "{blocks:?}");
    }
}
