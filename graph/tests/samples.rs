//! Sounds by name, from the score to the frame at which they are heard.

#[path = "common/block.rs"]
mod block;

use assert_no_alloc::AllocDisabler;
use block::block;
use sorl_graph::io::offline::{Blocks, Length, Options, render_to_memory};
use sorl_graph::resource::{Sound, kit};
use sorl_graph::score::evaluate;
use sorl_graph::{Engine, Session, Setup, When};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const RATE: u32 = 48_000;

/// A session and an engine, driven by hand.
struct Rig {
    session: Session,
    engine: Engine,
    out: [Vec<f32>; 2],
}

impl Rig {
    fn new(sounds: &[(&str, Vec<Vec<f32>>)], score: &str) -> Rig {
        let mut session = Session::new();
        for (name, channels) in sounds {
            session.add_sound(name, Sound::new(RATE, channels.clone()).unwrap());
        }
        session.evaluate(score, When::Now).unwrap();
        let setup = Setup { rate: RATE };
        let engine = Engine::new(setup, session.connect(setup));
        session.play();
        Rig {
            session,
            engine,
            out: [Vec::new(), Vec::new()],
        }
    }
    fn run(&mut self, frames: usize, size: usize) -> &mut Rig {
        let mut left = frames;
        while left > 0 {
            let frames = left.min(size);
            let [l, r] = block(&mut self.engine, frames);
            self.out[0].extend(l);
            self.out[1].extend(r);
            self.session.finish_loading();
            self.session.tick();
            left -= frames;
        }
        self
    }
}

fn noise(frames: usize, seed: u32) -> Vec<f32> {
    let mut x = seed;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..frames).map(|_| next()).collect()
}

fn drum(name: &str, n: usize) -> Vec<f32> {
    kit::sound(name, n, RATE).unwrap().unwrap().channels()[0].clone()
}

/// The sum of sounds at their frames, in one channel.
fn mixed(parts: &[(usize, &[f32])], frames: usize) -> Vec<f32> {
    let mut sum = vec![0.0; frames];
    for (at, sound) in parts {
        let room = sum[*at..].iter_mut();
        room.zip(*sound).for_each(|(s, x)| *s += x);
    }
    sum
}

fn assert_equal(got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len());
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(
            (got - want).abs() <= tolerance,
            "frame {i}: {got}, not {want}"
        );
    }
}

#[test]
fn the_kit_plays_by_name_at_exact_frames_and_sounds_ring_into_each_other() {
    // A bar at 120 bpm: two seconds, four steps of half a second each.
    let score = "tempo(120)\nd = node('drums', sampler())\nd @ s('bd hh:2 [sd,oh] ~')\n";
    let mut rig = Rig::new(&[], score);
    let [left, right] = &rig.run(96_000, 512).out;
    let (bd, hh, sd, oh) = (drum("bd", 0), drum("hh", 2), drum("sd", 0), drum("oh", 0));
    let want = mixed(
        &[(0, &bd), (24_000, &hh), (48_000, &sd), (48_000, &oh)],
        96_000,
    );
    assert_equal(left, &want, 1e-6);
    assert_eq!(left, right);
}

#[test]
fn a_kit_s_bits_do_not_hang_on_the_blocks() {
    let score = "tempo(133)\nd = node('d', sampler(), attack=0.002)\n\
        d @ s('bd*3 [hh:1 hh:2]*2 <sd cp>').speed('1 0.77 -1.3').begin('0 0.1').cut('1 2')\n\
        g = node('g', sampler(sample('oh'), loop=2, release=0.05), count=3)\n\
        g @ (note('c4 e4 g4') * 2)\n";
    let of = |blocks| {
        let options = Options {
            length: Length::Bars(2),
            blocks,
            ..Options::default()
        };
        render_to_memory(score, &options).unwrap()
    };
    let whole = of(Blocks::Fixed(4096));
    assert!(whole[0].iter().any(|x| x.abs() > 0.3));
    for blocks in [Blocks::Fixed(1), Blocks::Fixed(100), Blocks::Random(3)] {
        assert!(whole == of(blocks), "{blocks:?}");
    }
}

#[test]
fn a_sound_in_stereo_comes_out_bit_for_bit() {
    let (a, b) = (noise(3000, 1), noise(3000, 2));
    let score = "n = node('n', sampler('take'))\nn @ hit()\n";
    let mut rig = Rig::new(&[("take", vec![a.clone(), b.clone()])], score);
    rig.run(4000, 77);
    assert_eq!(rig.out[0][..3000], a);
    assert_eq!(rig.out[1][..3000], b);
    assert!(rig.out[0][3000..].iter().all(|x| *x == 0.0));
}

#[test]
fn begin_end_and_speed_belong_to_the_event_and_are_forgotten_by_the_next() {
    let sound = noise(8000, 5);
    let score = "tempo(120)\nn = node('n', sampler())\n\
        n @ seq(s('take').begin(0.25).end(0.5).speed(-1), s('take'))\n";
    let mut rig = Rig::new(&[("take", vec![sound.clone()])], score);
    rig.run(96_000, 1000);
    let mut slice = sound[2000..4000].to_vec();
    slice.reverse();
    let want = mixed(&[(0, &slice), (48_000, &sound)], 96_000);
    assert_equal(&rig.out[0], &want, 0.0);
}

#[test]
fn a_cut_silences_what_has_the_same_and_nothing_else() {
    let score = "tempo(120)\nd = node('d', sampler())\n\
        d @ (s('oh:3 ~ hh ~').cut(1) | s('bd').cut(2) | s('cr'))\n";
    let mut rig = Rig::new(&[], score);
    let out = &rig.run(96_000, 480).out[0];
    let (mut oh, hh, bd, cr) = (drum("oh", 3), drum("hh", 0), drum("bd", 0), drum("cr", 0));
    assert!(oh.len() > 48_240, "the hat rings when it is cut");
    // Five milliseconds of fade from the hit that cuts it.
    for (i, x) in oh[48_000..].iter_mut().enumerate() {
        *x *= (1.0 - i as f32 / 240.0).max(0.0);
    }
    let want = mixed(&[(0, &oh), (48_000, &hh), (0, &bd), (0, &cr)], 96_000);
    assert_equal(out, &want, 2e-4);
}

#[test]
fn a_length_that_is_asked_for_ends_the_sound() {
    let flat = vec![0.5; 40_000];
    let score = "tempo(120)\nd = node('d', sampler())\nd @ s('flat ~ ~ ~').clip(0.5)\n";
    let mut rig = Rig::new(&[("flat", vec![flat])], score);
    let out = &rig.run(48_000, 480).out[0];
    assert_eq!(out[11_999], 0.5);
    // Ten milliseconds of release.
    assert!((out[12_240] - 0.25).abs() < 0.01 && out[12_490] == 0.0);
}

#[test]
fn a_pitch_is_a_speed_and_a_loop_goes_on_while_the_gate_is_high() {
    // One period of a sine in a loop is an oscillator: 48 frames are 1000 Hz, an octave up 2000.
    let period: Vec<f32> = (0..48)
        .map(|i| (std::f64::consts::TAU * f64::from(i) / 48.0).sin() as f32)
        .collect();
    let score = "tempo(120)\nd = node('d', sampler('sine', loop=1, release=0))\n\
        d @ note('c5')\n";
    let mut rig = Rig::new(&[("sine", vec![period])], score);
    let out = &rig.run(90_000, 480).out[0];
    for (i, x) in out[..48_000].iter().enumerate() {
        let want = (std::f64::consts::TAU * 2000.0 * i as f64 / 48_000.0).sin() as f32;
        assert!((x - want).abs() < 2e-3, "frame {i}: {x}, not {want}");
    }
}

#[test]
fn a_sound_of_another_content_takes_over_where_the_old_one_is_within_ten_milliseconds() {
    let score = "d = node('d', sampler('x', loop=1))\nd @ hit().over(64)\n";
    let mut rig = Rig::new(&[("x", vec![vec![0.25; 4800]])], score);
    rig.run(1000, 100);
    rig.session
        .add_sound("x", Sound::new(RATE, vec![vec![0.75; 4800]]).unwrap());
    rig.session.finish_loading();
    rig.run(3000, 100);
    let out = &rig.out[0];
    let begun = out.iter().position(|x| *x > 0.2501).unwrap();
    assert!((1000..1200).contains(&begun));
    assert!(
        out[begun..]
            .windows(2)
            .all(|w| w[1] >= w[0] - 1e-6 && w[1] - w[0] < 0.01)
    );
    assert!((out[begun + 481] - 0.75).abs() < 1e-6);
    assert_eq!(rig.session.running_nodes(), 1, "the old one is gone");
}

#[test]
fn a_further_name_in_a_pattern_does_not_disturb_what_rings() {
    let score =
        |more: &str| format!("tempo(120)\nd = node('d', sampler())\nd @ s('cr ~ ~ {more}')\n");
    let mut plain = Rig::new(&[], &score("~"));
    let mut edited = Rig::new(&[], &score("~"));
    plain.run(60_000, 480);
    edited.run(10_000, 480);
    edited.session.evaluate(&score("bd"), When::Now).unwrap();
    edited.session.finish_loading();
    edited.run(50_000, 480);
    assert_equal(&edited.out[0], &plain.out[0], 1e-6);
}

#[test]
fn names_that_are_not_there_are_told_in_place_with_the_nearest() {
    let wrong = |text: &str| evaluate(text).unwrap_err().render("score", text);
    let told = wrong("d = node('d', sampler())\nd @ s('bd hhh sd')\n");
    assert!(told.contains("there is no sound `hhh`"), "{told}");
    assert!(
        told.contains("did you mean `hh`?") && told.contains("2:11"),
        "{told}"
    );
    let told = wrong("d = node('d', sampler('xylophone'))\n");
    assert!(
        told.contains("no sound `xylophone`") && told.contains("built-in kit"),
        "{told}"
    );
    for outside in ["../secret", "/etc/passwd", "a/../../b"] {
        let told = wrong(&format!("node('d', sample('{outside}'))\n"));
        assert!(told.contains("names stay inside"), "{told}");
    }
    let told = wrong("d = node('d', sampler('bd', spead=2))\n");
    assert!(told.contains("did you mean `speed`?"), "{told}");
    let told = wrong("d = node('d', sampler(3))\n");
    assert!(told.contains("`sampler` takes names of sounds"), "{told}");
    let told = wrong("d = node('d', sampler())\nd @ s('bd').speed(99)\n");
    assert!(told.contains("`speed` goes from -16 to 16"), "{told}");
}

#[test]
fn numbers_and_banks_choose_the_sound() {
    let names = |pattern: &str| {
        let text = format!("d = node('d', sampler())\nd @ {pattern}\n");
        let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("s", &text)));
        let mut sounds = Vec::new();
        patch.bindings[0]
            .pattern
            .each_atom(&mut |atom| sounds.extend(atom.sound.clone()));
        sounds
    };
    assert_eq!(names("s('bd:1 hh')"), ["bd:1", "hh:0"]);
    assert_eq!(names("s('bd*2').n('0 3')"), ["bd:0", "bd:3"]);
    assert_eq!(names("s('bd').bank('kit')"), ["kit/bd:0"]);
    assert_eq!(names("p('0 7').s('hh')"), ["hh:0", "hh:1"]);
    assert_eq!(names("'bd sd'"), ["bd:0", "sd:0"]);
}

#[test]
fn scores_name_the_other_players_too() {
    let of = |text: &str, bars: u32| {
        let options = Options {
            length: Length::Bars(bars),
            ..Options::default()
        };
        render_to_memory(text, &options).unwrap_or_else(|e| panic!("{e}\n{text}"))
    };
    let peak = |x: &[f32]| x.iter().fold(0.0f32, |p, x| p.max(x.abs()));
    let cloud = "g = node('g', granular('cr'), size=0.2, spread=0.3)\ng @ hit().over(4)\n";
    let waves = "w = node('w', wavetable([1, 0, 0.3], [1, 0.5]), count=4)\nw @ note('[a3,c4]').over(2)\n\
        w @ ('position', tri(0, 1).over(4))\n";
    for text in [cloud, waves, "w = node('w', wavetable(), gate=1)\n"] {
        assert!(peak(&of(text, 1)[0]) > 0.1, "{text}");
    }
    // What was heard in the first bar is heard again in the second, when nothing comes in any more.
    let tone = "def tone(): return sine_osc(440) * control('gate', 0, 0, 1)\n\
        t = node('t', tone) @ '[x - - x] <x -> - <x - - ->'\n";
    let looped =
        format!("{tone}l = node('l', looper(4), fade=0)\nt >> l\nl @ ('record', '<1 0 0 0>')\n");
    let [dry, _] = of(tone, 2);
    let [wet, _] = of(&looped, 2);
    let (first, second) = wet.split_at(96_000);
    assert!(peak(first) > 0.5 && first == &dry[..96_000]);
    let mixed = mixed(&[(0, first), (0, &dry[96_000..])], 96_000);
    assert_equal(second, &mixed, 1e-6);
    let wrong = |text: &str| evaluate(text).unwrap_err().render("score", text);
    let told = wrong("l = node('l', looper(1000))\n");
    assert!(told.contains("`looper` takes the seconds"), "{told}");
    let told = wrong("l = node('l', wavetable([0, 0]))\n");
    assert!(
        told.contains("`wavetable` takes lists of partials"),
        "{told}"
    );
    let told = wrong("l = node('l', granular('bd', 'sd'))\n");
    assert!(
        told.contains("`granular` takes the name of a sound"),
        "{told}"
    );
    let told = wrong("l = node('l', limiter(3))\n");
    assert!(
        told.contains("`limiter` takes nothing in brackets"),
        "{told}"
    );
}
