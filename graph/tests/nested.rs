//! Graphs within the graph: their own steps, their own rate, and what they do to time.

use proptest::prelude::*;
use sorl_graph::{Block, Engine, NoteEvent, Session, Setup, TimedNote, When};

const RATE: u32 = 48000;

struct Rig {
    session: Session,
    engine: Engine,
}

impl Rig {
    fn new(score: &str) -> Rig {
        let mut session = Session::new();
        session.evaluate(score, When::Now).unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig { session, engine }
    }

    /// The left output for an input, in blocks of some size.
    fn run(&mut self, input: &[f32], block: usize) -> Vec<f32> {
        let mut out = Vec::new();
        for input in input.chunks(block) {
            let (mut left, mut right) = (vec![0.0; input.len()], vec![0.0; input.len()]);
            self.engine.process(Block {
                inputs: &[input, input],
                outputs: &mut [&mut left, &mut right],
                frames: input.len(),
                host: None,
                notes: &[],
            });
            out.extend(left);
        }
        out
    }
}

fn sine(hertz: f64, frames: usize) -> Vec<f32> {
    let turns = |i: usize| i as f64 * hertz / f64::from(RATE);
    (0..frames)
        .map(|i| (std::f64::consts::TAU * turns(i)).sin() as f32)
        .collect()
}

fn impulse(frames: usize) -> Vec<f32> {
    let mut x = vec![0.0; frames];
    x[0] = 1.0;
    x
}

/// How loud a frequency is, by correlation over a whole number of its periods.
fn level(signal: &[f32], hertz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, x) in signal.iter().enumerate() {
        let phase = std::f64::consts::TAU * hertz * i as f64 / f64::from(RATE);
        re += f64::from(*x) * phase.cos();
        im += f64::from(*x) * phase.sin();
    }
    2.0 * (re * re + im * im).sqrt() / signal.len() as f64
}

#[test]
fn a_connection_back_in_a_graph_is_as_late_as_its_block() {
    for block in [1, 2, 4, 8, 16, 32, 64] {
        let score = format!(
            "def same(inp):\n    return inp\nblock('loop', {block})\ni = input('in')\n\
             a = node('loop/a', same)\nb = node('loop/b', same)\ni >> a\na >> b\nb >> (a, 0.5)\nb >> out\n"
        );
        for size in [1, 7, 64, 333] {
            let out = Rig::new(&score).run(&impulse(400), size);
            for (i, x) in out.iter().enumerate().take(100) {
                let expected = if i % block == 0 {
                    0.5f32.powi((i / block) as i32)
                } else {
                    0.0
                };
                assert_eq!(*x, expected, "block {block}, cut into {size}, frame {i}");
            }
        }
    }
}

#[test]
fn a_graph_s_block_changes_nothing_where_nothing_leads_back() {
    let score = "def lead():\n    freq = control('freq', 220, 20, 2000)\n    gate = control('gate', 0, 0, 1)\n    \
         return lowpass(saw(freq), 900) * adsr(0.003, 0.05, 0.4, 0.03, gate)\n\
         def dim(inp):\n    return lowpass(inp, 1500)\n\
         l = node('g/lead', lead)\nd = node('g/dim', dim)\nl >> d\nl @ seq('A2', 'C3', 'E3').over(1/3)\n";
    let flat = Rig::new(score).run(&vec![0.0; 20_000], 512);
    for block in [1, 8, 32] {
        let nested = format!("{score}block('g', {block})\n");
        assert!(
            Rig::new(&nested).run(&vec![0.0; 20_000], 512) == flat,
            "{block}"
        );
    }
    assert!(flat.iter().any(|x| *x != 0.0));
}

#[test]
fn what_passes_a_faster_graph_is_the_same_and_later() {
    for factor in [2, 4, 8] {
        let score = format!(
            "def same(inp):\n    return inp\noversample('fast', {factor})\n\
             i = input('in')\na = node('fast/a', same)\ni >> a\n"
        );
        let mut rig = Rig::new(&score);
        let input = sine(1000.0, 9600);
        let out = rig.run(&input, 512);
        rig.session.tick();
        let late = rig.session.latency() as usize;
        assert!((80..100).contains(&late), "{late}");
        for i in 1000..9600 {
            assert!(
                (out[i] - input[i - late]).abs() < 1e-4,
                "×{factor}, frame {i}"
            );
        }
    }
}

#[test]
fn an_oversampled_shaper_has_no_aliases() {
    let score = |factor: i32| {
        format!(
            "def cube(inp):\n    return inp * inp * inp\noversample('fast', {factor})\n\
             i = input('in')\na = node('fast/a', cube)\ni >> a\n"
        )
    };
    // The third harmonic of 15 kHz is 45 kHz, which folds to 3 kHz.
    let alias = |factor| {
        let out = Rig::new(&score(factor)).run(&sine(15_000.0, 48_000), 512);
        20.0 * level(&out[9600..], 3000.0).log10()
    };
    assert!((alias(1) - 20.0 * 0.25f64.log10()).abs() < 0.1);
    assert!(alias(2) < -100.0, "{}", alias(2));
    assert!(alias(4) < -100.0, "{}", alias(4));
}

#[test]
fn paths_of_different_length_arrive_together() {
    // Dry minus wet: silence, but for the filter's ripple.
    let score = "def same(inp):\n    return inp\noversample('fast', 4)\ni = input('in')\n\
         a = node('fast/a', same)\nb = node('dry', same)\nm = node('mix', same)\n\
         i >> a\ni >> b\na >> m\nb >> (m, -1)\nconnect(b, m, level=-1)\ni >> (out, 0.5)\n";
    let mut rig = Rig::new(score);
    let input = sine(997.0, 9600);
    let out = rig.run(&input, 480);
    rig.session.tick();
    let late = rig.session.latency() as usize;
    // What is left: the dry path's wire to `out` (a send's node still plays), and the input's own at a half.
    let rest = |i: usize| input[i - late] * 0.5 + input[i - late];
    let worst = (1000..9600)
        .map(|i| (out[i] - rest(i)).abs())
        .fold(0.0, f32::max);
    assert!(worst < 1e-4, "{worst}");
}

#[test]
fn latency_that_comes_and_goes_does_not_click() {
    let dry = "def same(inp):\n    return inp\ni = input('in')\na = node('a', same)\ni >> a\n";
    let wet = "def same(inp):\n    return inp\ni = input('in')\na = node('a', same)\n\
         b = node('fast/b', same)\noversample('fast', 2)\ni >> a\ni >> (b, 0.0)\nb >> out\n";
    let mut rig = Rig::new(dry);
    let input = sine(200.0, 48_000);
    let mut out = Vec::new();
    for (i, input) in input.chunks(480).enumerate() {
        match i {
            20 => rig.session.evaluate(wet, When::Now).unwrap(),
            50 => rig.session.evaluate(dry, When::Now).unwrap(),
            _ => {}
        }
        rig.session.tick();
        out.extend(rig.run(input, 480));
        let late = rig.session.latency();
        if !(50..60).contains(&i) {
            assert_eq!(late, if (20..50).contains(&i) { 80 } else { 0 }, "{i}");
        }
    }
    // A 200 Hz sine moves at most 0.0262 a frame; a cross-over between two of its phases adds a little.
    let steepest = out
        .windows(2)
        .map(|w| (w[1] - w[0]).abs())
        .fold(0.0, f32::max);
    assert!(steepest < 0.04, "{steepest}");
    let loudest = out.iter().fold(0.0f32, |m, x| m.max(x.abs()));
    assert!(loudest < 1.001, "{loudest}");
}

/// Graphs in each other, fast and in small steps, with notes, curves, feedback, and an edit of all of it.
const DEEP: &str = r#"
def lead():
    freq = control("freq", 220, 20, 2000)
    gate = control("gate", 0, 0, 1)
    cutoff = control("cutoff", 800, 100, 8000)
    return lowpass(saw(freq), cutoff) * adsr(0.003, 0.05, 0.4, 0.03, gate)
def drive(inp):
    amount = control("amount", 1, 0, 4)
    x = inp * amount
    return x / (1 + x * x)
def wide(inp):
    return inp * 0.5, inp * 0.25
def lfo():
    return sine_osc(3)
oversample("a", 2)
block("a", 8)
oversample("a/b", 4)
block("a/b", 1)
block("c", 4)
tempo(133.7)
i = input("in")
l = node("a/lead", lead, count=2)
v = node("a/b/voice", lead, count=5)
d = node("a/b/drive", drive)
w = node("c/wide", wide)
x = node("c/echo", drive)
m = node("lfo", lfo)
i >> d
l >> d
v >> d
d >> (d, 0.3)
d >> w
w >> x
x >> (w, -0.4)
x >> (l["cutoff"], 100)
x >> out
m >> (v["cutoff"], 300)
m >> (d["amount"], 0.5)
l @ seq("A3", "C4", None, "E4", "G4").over(3/7)
v @ note(45, 52, 60) * 3
l @ ("cutoff", sine(300, 3000).over(2))
d @ ("amount", seq(1, 3, 2).fast(5))
mod("a/b/voice/gain", "sine", 0.2, 0.9, bars=0.1)
fade("a/lead/gain", 0.3, 0.07)
"#;

fn render(sizes: &mut dyn Iterator<Item = usize>) -> Vec<[u32; 2]> {
    const FRAMES: usize = 12_000;
    let mut session = Session::new();
    session.evaluate(DEEP, When::Now).unwrap();
    let setup = Setup { rate: RATE };
    let mut engine = Engine::new(setup, session.connect(setup));
    let after = DEEP
        .replace("x / (1 + x * x)", "x * 0.5")
        .replace("oversample(\"a\", 2)", "oversample(\"a\", 4)")
        .replace("d >> (d, 0.3)\n", "")
        .replace("block(\"c\", 4)", "block(\"c\", 16)");
    session.evaluate(&after, When::Frame(5003)).unwrap();
    session.play();
    let input = sine(333.0, FRAMES);
    let (mut left, mut right) = (vec![0.0; 8192], vec![0.0; 8192]);
    let mut out = Vec::with_capacity(FRAMES);
    while out.len() < FRAMES {
        let at = out.len();
        let frames = sizes.next().unwrap().min(FRAMES - at);
        let note = |frame: usize, event| {
            (at..at + frames).contains(&frame).then(|| TimedNote {
                frame: (frame - at) as u32,
                event,
            })
        };
        let (channel, key) = (0, 60);
        let on = NoteEvent::On {
            channel,
            key,
            velocity: 0.8,
        };
        let off = NoteEvent::Off { channel, key };
        let notes: Vec<TimedNote> = [note(777, on), note(5000, off)]
            .into_iter()
            .flatten()
            .collect();
        engine.process(Block {
            inputs: &[&input[at..at + frames]],
            outputs: &mut [&mut left, &mut right],
            frames,
            host: None,
            notes: &notes,
        });
        let frames = left[..frames].iter().zip(&right);
        out.extend(frames.map(|(l, r)| [l.to_bits(), r.to_bits()]));
    }
    out
}

#[test]
fn blocks_of_any_size_give_identical_output() {
    let whole = render(&mut std::iter::repeat(4096));
    let count = whole.iter().filter(|x| x[0] != 0).count();
    assert!(count > 10_000, "{count}");
    for size in [1, 17, 64, 500] {
        let cut = render(&mut std::iter::repeat(size));
        let first = (0..whole.len()).find(|&i| whole[i] != cut[i]);
        if let Some(i) = first {
            for j in i..i + 6 {
                eprintln!(
                    "DBG {j} {:?} {:?}",
                    whole[j].map(f32::from_bits),
                    cut[j].map(f32::from_bits)
                );
            }
        }
        assert_eq!(first, None, "blocks of {size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]
    #[test]
    fn random_blocks_give_identical_output(sizes in prop::collection::vec(1usize..700, 1..40)) {
        let whole = render(&mut std::iter::repeat(4096));
        prop_assert!(whole == render(&mut sizes.into_iter().cycle()));
    }
}

#[test]
fn a_graph_that_cannot_be_is_refused_with_its_place() {
    for (text, wanted) in [
        ("block('fx', 3)", "1, 2, 4, 8, 16, 32 or 64"),
        ("oversample('fx', 16)", "1, 2, 4 or 8"),
        ("oversample('fx', 0)", "1, 2, 4 or 8"),
        ("block('/fx', 1)", "path"),
        (
            "oversample('a', 8)\noversample('a/b', 8)\noversample('a/b/c', 2)",
            "at most",
        ),
    ] {
        let found = Session::new().evaluate(text, When::Now).unwrap_err();
        let shown = found.to_string();
        let hints: Vec<_> = found.0.iter().map(|d| format!("{d:?}")).collect();
        assert!(
            hints.join(" ").contains(wanted),
            "{text}: {shown} {hints:?}"
        );
    }
}

#[test]
fn a_unit_s_latency_is_made_up_for_on_the_other_paths() {
    let score = "def same(inp):\n    return inp\ni = input('in')\nl = node('lim', limiter)\n\
         d = node('dry', same)\nm = node('mix', same)\ni >> l\ni >> d\nl >> m\nconnect(d, m, level=-1)\nd >> m\n";
    let mut rig = Rig::new(score);
    let late = rig.session.latency() as usize;
    assert!(late > 0);
    let input: Vec<f32> = sine(440.0, 9600).iter().map(|x| x * 0.25).collect();
    let out = rig.run(&input, 480);
    for i in 1000..9600 {
        let wanted = 2.0 * input[i - late];
        assert!((out[i] - wanted).abs() < 1e-3, "{i}: {} {wanted}", out[i]);
    }
}
