//! An edit does not click: while a sine plays, no edit elsewhere, no level and no replacement by an equal node
//! leaves anything above 8 kHz within 60 dB of the sine.

#[path = "common/block.rs"]
mod block;

use block::block;
use realfft::RealFftPlanner;
use sorl_graph::graph::{Draft, EditError, Node, out};
use sorl_graph::signal::{Control, Function, Op, Unary, function};
use sorl_graph::{Engine, Session, Setup, When};

const RATE: u32 = 48_000;
/// Frames of one spectrum.
const LENGTH: usize = 256;

/// A session that plays a steady sine of 1 kHz at 0.5, with an effect beside it.
struct Rig {
    session: Session,
    engine: Engine,
    tone: Node,
    beside: Node,
    left: Vec<f32>,
    right: Vec<f32>,
}

fn sine() -> Function {
    function(|b| {
        let freq = b.control(Control::new("freq", 1000.0, 20.0, 20_000.0))?;
        let (half, sine) = (b.constant(0.5)?, b.add(Op::Sine(freq))?);
        b.add(Op::Mul(sine, half))
    })
    .unwrap()
}
/// The same sine, driven into a saturation.
fn driven() -> Function {
    function(|b| {
        let freq = b.control(Control::new("freq", 1000.0, 20.0, 20_000.0))?;
        let (soft, sine) = (b.constant(0.5)?, b.add(Op::Sine(freq))?);
        let low = b.add(Op::Mul(sine, soft))?;
        let bent = b.unary(Unary::Tanh, low)?;
        b.add(Op::Mul(bent, soft))
    })
    .unwrap()
}
fn half() -> Function {
    function(|b| {
        let (inp, half) = (b.input("inp")?, b.constant(0.5)?);
        b.add(Op::Mul(inp, half))
    })
    .unwrap()
}

impl Rig {
    fn new() -> Rig {
        let mut session = Session::new();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        let mut edit = session.edit().unwrap();
        let tone = edit.add("tone", sine()).unwrap();
        let beside = edit.add("beside", half()).unwrap();
        edit.wire(tone >> (beside, 0.25)).unwrap();
        edit.commit(When::Now).unwrap();
        Rig {
            session,
            engine,
            tone,
            beside,
            left: Vec::new(),
            right: Vec::new(),
        }
    }
    fn run(&mut self, frames: usize) {
        let [left, right] = block(&mut self.engine, frames);
        self.session.tick();
        self.left.extend(left);
        self.right.extend(right);
    }
    fn edit(&mut self, change: impl FnOnce(&mut Draft, Node, Node) -> Result<(), EditError>) {
        let (tone, beside) = (self.tone, self.beside);
        let mut edit = self.session.edit().unwrap();
        change(&mut edit, tone, beside).unwrap();
        edit.commit(When::Now).unwrap();
    }
}

/// What there is above 8 kHz, relative to all there is, in dB: the worst of short spectra that overlap by half. Short,
/// for a click is: over a long one it would be spread thin. The window (Blackman and Harris, four terms) leaks less
/// than −92 dB.
fn worst(sound: &[f32]) -> f64 {
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(LENGTH);
    let mut worst = f64::NEG_INFINITY;
    for start in (0..=sound.len() - LENGTH).step_by(LENGTH / 2) {
        let mut frames: Vec<f64> = (0..LENGTH)
            .map(|i| {
                let turn = std::f64::consts::TAU * i as f64 / LENGTH as f64;
                let window = 0.35875 - 0.48829 * turn.cos() + 0.14128 * (2.0 * turn).cos()
                    - 0.01168 * (3.0 * turn).cos();
                f64::from(sound[start + i]) * window
            })
            .collect();
        let mut lines = fft.make_output_vec();
        fft.process(&mut frames, &mut lines).unwrap();
        let power = |from: usize| {
            lines[from..]
                .iter()
                .map(|line| line.norm_sqr())
                .sum::<f64>()
        };
        let above = power(LENGTH * 8000 / RATE as usize);
        // Beside the steady sine, of which there is always some.
        worst = worst.max(10.0 * (above / power(0)).log10());
    }
    worst
}

type Change = fn(&mut Draft, Node, Node) -> Result<(), EditError>;

/// What is said, and what takes it back.
const EDITS: [(&str, Change, Change); 9] = [
    (
        "an unrelated node",
        |edit, _, _| edit.add("other", half()).map(drop),
        |edit, _, _| edit.add("yet another", half()).map(drop),
    ),
    (
        "an unrelated node that sounds, and its end",
        |edit, _, _| {
            let other = edit.add("low", sine())?;
            edit.set(other.control("freq"), 300.0)
        },
        |edit, _, _| edit.add("low 2", sine()).map(drop),
    ),
    (
        "a connection",
        |edit, tone, beside| edit.wire(beside >> tone.pan()),
        |edit, tone, beside| edit.disconnect(beside >> tone.pan()),
    ),
    (
        "a connection taken away and made again",
        |edit, tone, beside| edit.disconnect(tone >> beside),
        |edit, tone, beside| edit.wire(tone >> (beside, 1.0)),
    ),
    (
        "a wire that moves the sound, and one that brings it back",
        |edit, tone, beside| edit.wire(tone >> beside),
        |edit, tone, _| edit.wire(tone >> out(1)),
    ),
    (
        "levels",
        |edit, tone, beside| {
            edit.wire(tone >> (beside, 4.0))?;
            edit.set(tone.gain(), 0.2)
        },
        |edit, tone, beside| {
            edit.wire(tone >> (beside, -1.0))?;
            edit.set(tone.gain(), 1.0)
        },
    ),
    (
        "a replacement by an equal node",
        |edit, tone, _| edit.replace(tone, sine()).map(drop),
        |edit, _, beside| edit.replace(beside, half()).map(drop),
    ),
    (
        "a function with the same sine",
        |edit, tone, _| edit.replace(tone, driven()).map(drop),
        |_, _, _| Ok(()),
    ),
    (
        "silence for an effect",
        |edit, _, beside| edit.mute(beside, true),
        |edit, _, beside| edit.mute(beside, false),
    ),
];

#[test]
fn no_edit_is_heard_above_8_khz() {
    for (what, change, back) in EDITS {
        let mut rig = Rig::new();
        rig.run(4013);
        for change in [change, back] {
            rig.edit(change);
            rig.run(4500);
        }
        for side in [&rig.left, &rig.right] {
            let worst = worst(side);
            assert!(worst < -60.0, "{what}: {worst:.1} dB");
        }
    }
}

#[test]
fn a_replacement_by_an_equal_node_changes_no_sample() {
    let (mut plain, mut edited) = (Rig::new(), Rig::new());
    for _ in 0..3 {
        plain.run(1000);
        edited.run(1000);
        edited.edit(|edit, tone, beside| {
            edit.replace(tone, sine())?;
            edit.replace(beside, half()).map(drop)
        });
    }
    assert_eq!(plain.left, edited.left);
}

#[test]
fn the_measure_hears_a_click() {
    let mut rig = Rig::new();
    rig.run(12_000);
    let calm = worst(&rig.left);
    // A step of a fiftieth of the sine's level.
    rig.left[6000..].iter_mut().for_each(|x| *x += 0.01);
    assert!(
        calm < -90.0 && worst(&rig.left) > -60.0,
        "{calm} {}",
        worst(&rig.left)
    );
}
