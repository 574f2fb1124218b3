//! The output does not depend on how it is cut into blocks.
//!
//! The score here has gates in mid-grid, a moving cutoff, a feedback connection and an edit that is scheduled
//! to a frame, while tempo and metre change; the laws are shown to fail when the grid is made to follow the blocks.

use proptest::prelude::*;
use sorl_graph::message::{Moment, Span};
use sorl_graph::session::Batch;
use sorl_graph::{
    Beats, Block, Engine, HostTime, NoteEvent, Session, Setup, Tempo, TimedNote, When,
};

const BEFORE: &str = r#"
def lead():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 800, 100, 8000)
    env = adsr(0.003, 0.05, 0.4, 0.03, gate)
    return lowpass(saw(freq), cutoff + env * 900) * env * 0.5

def hiss():
    gate = control("gate", 0, 0, 1)
    return highpass(white_noise(), 5000) * adsr(0.001, 0.02, 0.0, 0.01, gate)

def lfo():
    return sine_osc(3)

def room(inp):
    size = control("size", 0.5, 0, 1)
    return reverb(inp, size)

def dim(inp):
    return lowpass(inp, 1500)

tempo(133.7)
tempo(180, at=0.25, ramp="linear")
tempo(95, at=0.3, over=0.05, ramp="exp")
rubato(0.6, at=0.1, over=0.1)
meter(5, 16, at=0)
meter(3, 16, at=1)
a = node("lead", lead, gain=0.5, count=2)
h = node("hiss", hiss, gain=0.3, pan=0.4)
l = node("lfo", lfo)
r = node("room", room, gain=0.4)
d = node("dim", dim, gain=0.6)
a >> (r, 0.5)
l >> (a["cutoff"], 300)
r >> d
d >> (r, 0.7)
a @ seq("A3", "C4", None, "E4", "G4").over(3/7)
h @ (hit() + rest() + hit()).fast(3)
a @ ("cutoff", sine(300, 3000).over(2))
r @ ("size", seq(0.2, 0.7))
d @ ("gain", tri(0.2, 0.6))
"#;

/// The edit: another function for the lead, a wire cut, a pattern changed, the tempo moved.
fn after() -> String {
    BEFORE
        .replace("saw(freq)", "(saw(freq) + sine_osc(freq * 2)) * 0.5")
        .replace("a >> (r, 0.5)\n", "")
        .replace("d >> (r, 0.7)", "d >> (r, 0.3)")
        .replace("h @ (hit() + rest() + hit()).fast(3)", "h @ hit() * 5")
        .replace("tempo(133.7)", "tempo(101.3)")
        .replace("gain=0.5, count=2", "gain=0.8, count=2")
}

const RATE: u32 = 48000;
const FRAMES: usize = 30_000;

/// What drives the engine besides the score.
#[derive(Clone, Copy, PartialEq)]
enum Clock {
    Own,
    /// A host at 120 bpm, first somewhere before the beginning, that jumps at the half.
    Host,
}

/// Where a host jumps: a block must begin there, as hosts see to.
const JUMP: usize = 15_001;

/// A change that is scheduled before the first frame.
#[derive(Clone, Copy, Debug)]
struct Planned {
    moment: Moment,
    what: u8,
    value: f32,
}

impl Planned {
    fn batch(self) -> Batch {
        let batch = Batch::at(self.moment);
        let span = Span::beats(f64::from(self.value) * 0.5);
        match self.what {
            0 => batch.step("room/gain", self.value),
            1 => batch.set("lead/cutoff", 100.0 + 7000.0 * self.value),
            2 => batch.glide(
                "dim/gain",
                self.value,
                sorl_graph::time::Seconds::from_f64(0.01),
            ),
            3 => batch
                .trigger("hiss/gate", span)
                .step("hiss/gain", self.value),
            4 => batch.strike("lead", 60 + (self.value * 20.0) as u8, 0.7, span),
            5 => batch.note_to(
                "lead",
                NoteEvent::On {
                    channel: 3,
                    key: 50,
                    velocity: 0.5,
                },
            ),
            6 => batch.seek(Beats::from_f64(f64::from(self.value) * 9.0 - 2.0)),
            7 => batch.tempo(Some(60.0 + 200.0 * f64::from(self.value))),
            _ => batch.note_to("lead", NoteEvent::AllOff),
        }
    }
}

fn render(
    clock: Clock,
    sizes: &mut dyn Iterator<Item = usize>,
    grid_follows_blocks: bool,
) -> Vec<[u32; 2]> {
    render_with(clock, sizes, grid_follows_blocks, &[])
}

fn render_with(
    clock: Clock,
    sizes: &mut dyn Iterator<Item = usize>,
    grid_follows_blocks: bool,
    planned: &[Planned],
) -> Vec<[u32; 2]> {
    let mut session = Session::new();
    session.evaluate(BEFORE, When::Now).unwrap();
    let setup = Setup { rate: RATE };
    let mut engine = Engine::new(setup, session.connect(setup));
    session.evaluate(&after(), When::Frame(10_007)).unwrap();
    session.play();
    for change in planned {
        session.send(change.batch()).unwrap();
    }
    // Notes of a keyboard, by frame.
    let notes = [
        (
            777,
            NoteEvent::On {
                channel: 0,
                key: 60,
                velocity: 0.8,
            },
        ),
        (
            5000,
            NoteEvent::On {
                channel: 0,
                key: 64,
                velocity: 0.8,
            },
        ),
        (
            5000,
            NoteEvent::Off {
                channel: 0,
                key: 60,
            },
        ),
        (
            9001,
            NoteEvent::Off {
                channel: 0,
                key: 64,
            },
        ),
    ];
    let (mut left, mut right) = (vec![0.0; 8192], vec![0.0; 8192]);
    let mut out = Vec::with_capacity(FRAMES);
    while out.len() < FRAMES {
        let at = out.len();
        let mut frames = sizes.next().unwrap().min(FRAMES - at);
        if clock == Clock::Host && at < JUMP {
            frames = frames.min(JUMP - at);
        }
        let since = |frame: usize| (at - frame) as f64 / 24000.0;
        let beat = if at < JUMP {
            -0.31 + since(0)
        } else {
            17.2 + since(JUMP)
        };
        let host = HostTime {
            playing: true,
            beat: Some(Beats::from_f64(beat)),
            tempo: Some(Tempo::from_bpm(120.0)),
            meter: None,
            bar: None,
        };
        let here: Vec<TimedNote> = notes
            .iter()
            .filter(|(frame, _)| (at..at + frames).contains(frame))
            .map(|&(frame, event)| TimedNote {
                frame: (frame - at) as u32,
                event,
            })
            .collect();
        if grid_follows_blocks {
            engine.restart_grid();
        }
        engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            frames,
            host: (clock == Clock::Host).then_some(host),
            notes: &here,
        });
        let frames = left[..frames].iter().zip(&right);
        out.extend(frames.map(|(l, r)| [l.to_bits(), r.to_bits()]));
    }
    out
}

fn first_difference(a: &[[u32; 2]], b: &[[u32; 2]]) -> Option<usize> {
    (0..a.len()).find(|&i| a[i] != b[i])
}

#[test]
fn fixed_blocks_of_any_size_give_identical_output() {
    for clock in [Clock::Own, Clock::Host] {
        let whole = render(clock, &mut std::iter::repeat(4096), false);
        let sounding = whole.iter().filter(|x| x[0] != 0).count();
        assert!(sounding > FRAMES / 2, "the score must sound");
        for size in [1, 17, 64, 500, 8192] {
            let cut = render(clock, &mut std::iter::repeat(size), false);
            assert_eq!(first_difference(&whole, &cut), None, "blocks of {size}");
        }
    }
}

#[test]
fn a_grid_that_follows_the_blocks_breaks_the_law() {
    let whole = render(Clock::Own, &mut std::iter::repeat(4096), false);
    for size in [17, 500] {
        let cut = render(Clock::Own, &mut std::iter::repeat(size), true);
        assert!(first_difference(&whole, &cut).is_some(), "blocks of {size}");
    }
}

fn span() -> impl Strategy<Value = Option<Span>> {
    prop_oneof![
        2 => Just(None),
        1 => (-0.2f64..0.2).prop_map(|s| Some(Span::seconds(s))),
        1 => (-0.5f64..0.5).prop_map(|b| Some(Span::beats(b))),
    ]
}

fn planned() -> impl Strategy<Value = Planned> {
    let when = prop_oneof![
        (0i64..FRAMES as i64).prop_map(When::Frame),
        (0.0f64..0.6).prop_map(|s| When::Seconds(sorl_graph::time::Seconds::from_f64(s))),
        (-0.3f64..2.0).prop_map(|b| When::Beat(Beats::from_f64(b))),
        (0.0f64..2.0).prop_map(|b| When::AfterBeats(Beats::from_f64(b))),
        Just(When::NextBeat),
        Just(When::NextBar),
    ];
    (when, span(), 0u8..9, 0.0f32..1.0).prop_map(|(when, offset, what, value)| Planned {
        moment: Moment { when, offset },
        what,
        value,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn random_blocks_give_identical_output(
        sizes in prop::collection::vec(0usize..3000, 1..40), host: bool,
    ) {
        prop_assume!(sizes.iter().any(|s| *s > 0));
        let clock = if host { Clock::Host } else { Clock::Own };
        let whole = render(clock, &mut std::iter::repeat(4096), false);
        let cut = render(clock, &mut sizes.into_iter().cycle(), false);
        prop_assert_eq!(first_difference(&whole, &cut), None);
    }

    #[test]
    fn random_schedules_give_identical_output(
        planned in prop::collection::vec(planned(), 1..30),
        sizes in prop::collection::vec(0usize..3000, 1..40), host: bool,
    ) {
        prop_assume!(sizes.iter().any(|s| *s > 0));
        let clock = if host { Clock::Host } else { Clock::Own };
        let whole = render_with(clock, &mut std::iter::repeat(4096), false, &planned);
        let cut = render_with(clock, &mut sizes.into_iter().cycle(), false, &planned);
        prop_assert_eq!(first_difference(&whole, &cut), None);
    }
}
