//! The laws of routing, levels, values, gates and edits, heard from outside.

use sorl_graph::{
    Beats, Block, Engine, HostTime, NoteEvent, Session, Setup, Tempo, TimedNote, When,
};

const RATE: u32 = 48000;

/// A session with its engine, and what came out so far.
struct Rig {
    session: Session,
    engine: Engine,
    left: Vec<f32>,
    right: Vec<f32>,
}

impl Rig {
    fn new(score: &str) -> Rig {
        let mut session = Session::new();
        session
            .evaluate(score, When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("", score)));
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig {
            session,
            engine,
            left: Vec::new(),
            right: Vec::new(),
        }
    }

    fn edit(&mut self, score: &str) -> &mut Rig {
        self.session
            .evaluate(score, When::Now)
            .unwrap_or_else(|e| panic!("{}", e.render("", score)));
        self
    }

    fn run(&mut self, frames: usize) -> &mut Rig {
        self.block(frames, None, &[])
    }

    fn block(&mut self, frames: usize, host: Option<HostTime>, notes: &[TimedNote]) -> &mut Rig {
        let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
        let outputs = &mut [&mut left[..], &mut right[..]];
        self.engine.process(Block {
            inputs: &[],
            outputs,
            frames,
            host,
            notes,
        });
        self.left.extend(left);
        self.right.extend(right);
        self.session.tick();
        self
    }
}

fn left(score: &str, frames: usize) -> Vec<f32> {
    std::mem::take(&mut Rig::new(score).run(frames).left)
}

/// Definitions that let one hear values as they are.
const TOOLS: &str = "
def one():
    return 1.0
def gate():
    return control('gate', 0, 0, 1) * 1.0
def value():
    gate = control('gate', 0, 0, 1)
    freq = control('freq', 5, 0, 1000)
    return control('x', 0.25, 0, 1) * 1.0
def same(inp):
    return inp
def half(inp):
    return inp * 0.5
def tone():
    return sine_osc(1000) * 0.5
tempo(120)
";

fn score(text: &str) -> String {
    format!("{TOOLS}{text}\n")
}

/// Runs of equal values: (value, from, to).
fn runs(sound: &[f32]) -> Vec<(f32, usize, usize)> {
    let mut found: Vec<(f32, usize, usize)> = Vec::new();
    for (i, &x) in sound.iter().enumerate() {
        match found.last_mut() {
            Some(last) if last.0 == x => last.2 = i + 1,
            _ => found.push((x, i, i + 1)),
        }
    }
    found
}

/// The largest bend: how far a sample is from the line through its neighbours.
fn bend(sound: &[f32]) -> f32 {
    sound
        .windows(3)
        .map(|w| (w[0] - 2.0 * w[1] + w[2]).abs())
        .fold(0.0, f32::max)
}

// Routing and levels

#[test]
fn a_node_plays_on_out_until_a_plain_wire_moves_its_sound() {
    assert_eq!(left(&score("a = node('a', one)"), 10)[9], 1.0);
    let moved = "a = node('a', one)\nh = node('h', half)\na >> h";
    assert_eq!(left(&score(moved), 10)[9], 0.5);
    let sent = "a = node('a', one)\nh = node('h', half)\na >> (h, 0.5)";
    assert_eq!(left(&score(sent), 10)[9], 1.25);
    let both = "a = node('a', one)\nh = node('h', half)\na >> h\na >> out";
    assert_eq!(left(&score(both), 10)[9], 1.5);
}

#[test]
fn the_last_statement_for_a_source_and_a_target_wins() {
    let twice = "a = node('a', one)\nh = node('h', half)\na >> h\na >> (h, 0.5)";
    assert_eq!(left(&score(twice), 10)[9], 1.25);
    let by_name = "a = node('a', one)\nh = node('h', half)\nconnect('a', 'h', level=0.5)";
    assert_eq!(left(&score(by_name), 10)[9], 1.25);
}

#[test]
fn several_sources_are_summed_and_a_chain_goes_on() {
    let text = "a = node('a', one, gain=0.25)\nb = node('b', one)\nh = node('h', half)\ns = node('s', same)\n\
                a >> h >> s\nb >> h";
    assert_eq!(left(&score(text), 10)[9], 0.625);
}

#[test]
fn a_faded_node_takes_its_sends_along() {
    let text = "a = node('a', one, gain=0.5)\nh = node('h', half)\na >> (h, 0.5)";
    assert_eq!(left(&score(text), 10)[9], 0.625);
}

#[test]
fn mute_and_solo_are_heard() {
    let two = "a = node('a', one, gain=0.25)\nb = node('b', one)\nh = node('h', half)\nb >> h\n";
    assert_eq!(left(&score(&format!("{two}mute('a')")), 10)[9], 0.5);
    assert_eq!(left(&score(&format!("{two}solo(a)")), 10)[9], 0.25);
    assert_eq!(
        left(&score(&format!("{two}solo(b)")), 10)[9],
        0.5,
        "solo counts the path"
    );
    assert_eq!(
        left(
            &score(&format!("{two}solo(b)\nunsolo()\nmute(a)\nunmute(a)")),
            10
        )[9],
        0.75
    );
}

#[test]
fn pan_moves_a_mono_node_and_an_effect_keeps_the_sides() {
    let mut rig = Rig::new(&score(
        "a = node('a', one, pan=-1)\nh = node('h', half)\na >> h",
    ));
    rig.run(10);
    assert!((rig.left[9] - 0.5 * 2f32.sqrt()).abs() < 1e-6);
    assert!(rig.right[9].abs() < 1e-6);
}

#[test]
fn feedback_is_heard_one_grid_step_later_at_any_block_size() {
    let text = "a = node('a', one)\nb = node('b', same)\nc = node('c', same)\na >> b\nb >> c\nc >> b\nc >> out";
    for block in [1, 7, 64, 1000] {
        let mut rig = Rig::new(&score(text));
        while rig.left.len() < 640 {
            rig.run(block);
        }
        let steps: Vec<f32> = (0..640).map(|i| (i / 64 + 1) as f32).collect();
        assert_eq!(rig.left[..640], steps[..], "blocks of {block}");
    }
}

// Values

#[test]
fn control_wires_add_to_the_base_and_the_range_holds() {
    let text = "v = node('v', value, x=0.5)\na = node('a', one)\na >> (v['x'], 0.2)";
    assert!((left(&score(text), 10)[9] - 0.7).abs() < 1e-6);
    let text = "v = node('v', value, x=0.5)\na = node('a', one)\na >> (v['x'], -9)";
    assert_eq!(left(&score(text), 10)[9], 0.0);
}

#[test]
fn a_pattern_on_a_control_replaces_its_base_and_steps_at_its_frame() {
    let text = "v = node('v', value)\nv @ ('x', seq(0.5, 0.75, 0.125, 2.0))";
    let sound = left(&score(text), 96_000);
    assert_eq!(
        runs(&sound),
        [
            (0.5, 0, 24000),
            (0.75, 24000, 48000),
            (0.125, 48000, 72000),
            (1.0, 72000, 96000), // Held to the range.
        ]
    );
}

#[test]
fn a_curve_is_a_line_within_each_grid_step() {
    let sound = left(
        &score("v = node('v', value)\nv @ ('x', ramp(0, 1))"),
        90_000,
    );
    for (i, x) in sound.iter().enumerate() {
        assert!(
            (f64::from(*x) - i as f64 / 96_000.0).abs() < 1e-6,
            "{i}: {x}"
        );
    }
}

#[test]
fn a_hand_s_movement_is_smoothed_and_stays_until_its_statement_changes() {
    let text = "v = node('v', value, x=0.5)";
    let mut rig = Rig::new(&score(text));
    rig.run(100);
    rig.session.set("v/x", 1.0).unwrap();
    rig.run(2000);
    let moved = &rig.left[100..];
    assert!(
        moved
            .windows(2)
            .all(|w| (0.0..=0.5 / 950.0).contains(&(w[1] - w[0])))
    );
    assert_eq!((moved[0], moved[480], moved[960]), (0.5, 0.75, 1.0));
    // An edit elsewhere does not speak for it; a new value does.
    rig.edit(&score(&format!("{text}\nh = node('h', half)")))
        .run(2000);
    assert_eq!(*rig.left.last().unwrap(), 1.0);
    rig.edit(&score("v = node('v', value, x=0.25)")).run(2000);
    assert_eq!(*rig.left.last().unwrap(), 0.25);
    assert!(rig.session.set("v/y", 0.0).is_err());
    assert!(rig.session.set("v/x", 7.0).is_err());
}

// Gates

#[test]
fn the_gate_reads_nought_for_one_frame_before_the_next_hit() {
    let sound = left(&score("g = node('g', gate)\ng @ hit() * 4"), 96_000);
    assert_eq!(
        runs(&sound),
        [
            (1.0, 0, 23999),
            (0.0, 23999, 24000),
            (1.0, 24000, 47999),
            (0.0, 47999, 48000),
            (1.0, 48000, 71999),
            (0.0, 71999, 72000),
            (1.0, 72000, 95999),
            (0.0, 95999, 96000),
        ]
    );
}

#[test]
fn a_gate_is_as_long_as_its_event_times_legato() {
    let sound = left(&score("g = node('g', gate)\ng @ (hit() + rest())"), 96_000);
    assert_eq!(runs(&sound), [(1.0, 0, 48000), (0.0, 48000, 96_000)]);
    let sound = left(
        &score("g = node('g', gate)\ng @ hit(legato=0.25) * 2"),
        96_000,
    );
    let expected = [
        (1.0, 0, 12000),
        (0.0, 12000, 48000),
        (1.0, 48000, 60000),
        (0.0, 60000, 96_000),
    ];
    assert_eq!(runs(&sound), expected);
    let sound = left(
        &score("g = node('g', gate)\ng @ hit(legato=1.5) * 2"),
        96_000,
    );
    assert_eq!(runs(&sound), [(1.0, 0, 96_000)], "above 1 it ties over");
}

#[test]
fn a_key_struck_again_starts_the_envelope_again() {
    let mut rig = Rig::new(&score("g = node('g', value)\n"));
    rig.session
        .evaluate(
            // How often the gate has risen. (The gate itself cannot be heard: a voice that is taken is bridged.)
            &score("g = node('g', risen)").replace(
                "tempo(120)",
                "
def risen():
    freq = control('freq', 5, 0, 1000)
    gate = control('gate', 0, 0, 1)
    return feedback(lambda n: n + (gate > mem(gate)))
tempo(120)",
            ),
            When::Now,
        )
        .unwrap();
    rig.run(4800);
    let on = |frame, key| TimedNote {
        frame,
        event: NoteEvent::On {
            channel: 0,
            key,
            velocity: 1.0,
        },
    };
    let off = |frame, key| TimedNote {
        frame,
        event: NoteEvent::Off { channel: 0, key },
    };
    rig.left.clear();
    rig.block(
        2000,
        None,
        &[
            on(10, 60),
            on(500, 62),
            off(600, 60),
            off(1000, 62),
            on(1000, 64),
        ],
    );
    let counted: Vec<i32> = [9, 490, 990, 1990]
        .map(|i| rig.left[i].round() as i32)
        .into();
    assert_eq!(counted, [0, 1, 2, 3]);
}

#[test]
fn a_note_without_a_free_voice_takes_the_oldest_held_one() {
    let text = score(
        "
def held():
    gate = control('gate', 0, 0, 1)
    return control('freq', 5, 0, 10000) * gate
v = node('v', held, count=2)",
    );
    let mut rig = Rig::new(&text);
    let on = |frame, key| TimedNote {
        frame,
        event: NoteEvent::On {
            channel: 0,
            key,
            velocity: 1.0,
        },
    };
    rig.block(600, None, &[on(0, 69), on(100, 81), on(200, 57)]);
    assert_eq!((rig.left[50], rig.left[150]), (440.0, 1320.0));
    // Within 5 ms the taken voice is led from one note to the other.
    assert!(rig.left[250] > 1100.0 && rig.left[250] < 1320.0);
    assert_eq!(rig.left[450], 880.0 + 220.0);
}

// Time

fn host(beat: f64, bpm: f64) -> Option<HostTime> {
    Some(HostTime {
        playing: true,
        beat: Some(Beats::from_f64(beat)),
        tempo: Some(Tempo::from_bpm(bpm)),
        meter: None,
        bar: None,
    })
}

#[test]
fn the_first_beat_is_never_lost() {
    assert_eq!(left(&score("g = node('g', gate)\ng @ hit()"), 1), [1.0]);
}

#[test]
fn a_host_s_position_tempo_and_stop_rule() {
    let mut rig = Rig::new(&score("g = node('g', gate)\ng @ hit(legato=0.5) * 4"));
    // Preroll: a quarter of a beat before the beginning, at 60 bpm.
    rig.block(24000, host(-0.25, 60.0), &[]);
    assert_eq!(runs(&rig.left), [(0.0, 0, 12000), (1.0, 12000, 24000)]);
    // Twice as fast from beat 0.25 on.
    rig.block(12000, host(0.25, 120.0), &[]);
    assert_eq!(
        runs(&rig.left[24000..]),
        [(1.0, 0, 6000), (0.0, 6000, 12000)]
    );
    // A jump into the middle of a hit: it has begun elsewhere; the next one sounds.
    rig.block(12000, host(16.25, 120.0), &[]);
    assert_eq!(runs(&rig.left[36000..]), [(0.0, 0, 12000)]);
    rig.block(12000, host(16.75, 120.0), &[]);
    assert_eq!(
        runs(&rig.left[48000..]),
        [(0.0, 0, 6000), (1.0, 6000, 12000)]
    );
    // A stop ends it.
    rig.block(
        100,
        Some(HostTime {
            playing: false,
            ..host(17.25, 120.0).unwrap()
        }),
        &[],
    );
    assert_eq!(runs(&rig.left[60000..]), [(0.0, 0, 100)]);
}

#[test]
fn a_host_that_slips_a_little_neither_repeats_nor_loses_a_hit() {
    // Every block is off by up to ±400 frames; the beats' hits must come once each.
    let mut rig = Rig::new(&score("g = node('g', gate)\ng @ hit(legato=0.5) * 4"));
    let mut at = 0.0f64;
    for i in 0..2000 {
        let slip = f64::from((i * 7919) % 801 - 400) / 24000.0;
        rig.block(512, host(0.1 + at + slip, 120.0), &[]);
        at += 512.0 / 24000.0;
    }
    let rises = rig
        .left
        .windows(2)
        .filter(|w| w[0] == 0.0 && w[1] == 1.0)
        .count();
    assert_eq!(rises, (0.1 + at) as usize);
}

// Edits

#[test]
fn an_edit_elsewhere_changes_no_sample() {
    let plain = left(&score("t = node('t', tone)"), 20_000);
    let mut rig = Rig::new(&score("t = node('t', tone)"));
    rig.run(7000).edit(&score(
        "t = node('t', tone)\nh = node('h', half)\nx = node('x', same)\nh >> x",
    ));
    rig.run(6000).edit(&score("t = node('t', tone)")).run(7000);
    assert_eq!(rig.left, plain);
}

#[test]
fn no_edit_clicks() {
    let mut calm = Rig::new(&score("t = node('t', tone)"));
    let sine = bend(&calm.run(48_000).left);
    let edits = [
        "t = node('t', tone, gain=0.2)",
        "t = node('t', tone, pan=0.7)",
        "t = node('t', tone)\nh = node('h', half)\nt >> h",
        "t = node('t', tone)\nh = node('h', half)\nt >> (h, 0.5)",
        "t = node('t', tone)\nt2 = node('t2', tone)",
        "t = node('t', tone)\nmute(t)",
        "",
    ];
    for edit in edits {
        let mut rig = Rig::new(&score("t = node('t', tone)"));
        rig.run(10_013)
            .edit(&score(edit))
            .run(5000)
            .edit(&score("t = node('t', tone)"))
            .run(5000);
        assert!(
            bend(&rig.left) < 1.6 * sine + 1e-4,
            "{edit}: {} {sine}",
            bend(&rig.left)
        );
    }
    // Another function: the two cross over.
    let mut rig = Rig::new(&score("t = node('t', tone)"));
    rig.run(10_013)
        .edit(&score("t = node('t', tone)").replace("sine_osc(1000)", "sine_osc(900)"))
        .run(5000);
    assert!(bend(&rig.left) < 1.6 * sine, "{} {sine}", bend(&rig.left));
}

#[test]
fn a_new_function_takes_over_the_note_that_sounds() {
    let text = score("g = node('g', gate)\ng @ hit()");
    let mut rig = Rig::new(&text);
    rig.run(10_000)
        .edit(&text.replace("* 1.0", "* 2.0"))
        .run(10_000);
    assert_eq!(*rig.left.last().unwrap(), 2.0);
}

#[test]
fn a_removed_node_fades_and_comes_home() {
    let mut rig = Rig::new(&score("a = node('a', one)"));
    rig.run(1000).edit(&score("")).run(1000);
    assert!(
        rig.left
            .windows(2)
            .all(|w| (w[1] - w[0]).abs() < 1.1 / 480.0)
    );
    assert_eq!((rig.left[1000], rig.left[1480]), (1.0, 0.0));
    for _ in 0..10 {
        rig.run(2000);
    }
    assert_eq!(rig.session.running_nodes(), 0);
}

#[test]
fn a_plan_begins_on_the_bar_it_was_asked_for() {
    let mut rig = Rig::new(&score("a = node('a', one)"));
    rig.run(1000);
    rig.session
        .evaluate(&score("a = node('a', one, gain=0.5)"), When::NextBar)
        .unwrap();
    rig.run(97_000);
    let change = rig.left.iter().position(|x| *x != 1.0);
    assert_eq!(
        change,
        Some(96_001),
        "the ramp's first step is one frame after the bar"
    );
}

#[test]
fn a_score_with_an_error_changes_nothing() {
    let mut rig = Rig::new(&score("a = node('a', one)"));
    let before = rig.session.patch().clone();
    assert!(rig.session.evaluate("a = nod('a')", When::Now).is_err());
    assert_eq!(rig.session.patch(), &before);
    assert_eq!(rig.run(100).left, [1.0; 100]);
}

#[test]
fn a_node_that_gives_nan_is_silenced_and_named_and_the_rest_plays_on() {
    let text = score("a = node('a', one)\nb = node('b', bad)").replace(
        "tempo(120)",
        "
def bad():
    return sine_osc(100) / 0.0
tempo(120)",
    );
    let mut rig = Rig::new(&text);
    rig.run(2000).run(2000);
    assert_eq!(rig.left, [1.0; 4000]);
    assert!(
        rig.session
            .status()
            .problems
            .iter()
            .any(|p| p.contains("`b`")),
        "{:?}",
        rig.session.status()
    );
}

#[test]
fn notes_of_an_empty_block_sound_with_the_next_frame() {
    let mut rig = Rig::new(&score("g = node('g', keyed)").replace(
        "tempo(120)",
        "
def keyed():
    freq = control('freq', 5, 0, 1000)
    return control('gate', 0, 0, 1) * 1.0
tempo(120)",
    ));
    let on = NoteEvent::On {
        channel: 0,
        key: 60,
        velocity: 1.0,
    };
    rig.block(
        0,
        None,
        &[TimedNote {
            frame: 0,
            event: on,
        }],
    )
    .run(10);
    assert_eq!(rig.left, [1.0; 10]);
}

#[test]
fn a_session_whose_engine_was_dropped_goes_on_and_connects_again() {
    let Rig {
        mut session,
        engine,
        ..
    } = Rig::new(&score("a = node('a', one)"));
    drop(engine);
    session
        .evaluate(&score("a = node('a', one, gain=0.5)"), When::Now)
        .unwrap();
    session.tick();
    assert!(!session.status().connected);
    let setup = Setup { rate: 96000 };
    let engine = Engine::new(setup, session.connect(setup));
    let mut rig = Rig {
        session,
        engine,
        left: Vec::new(),
        right: Vec::new(),
    };
    assert_eq!(rig.run(10).left, [0.5; 10]);
}
