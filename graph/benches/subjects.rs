//! What is measured: every unit generator and every signal function that the library lists, each ready to run one
//! step of the grid. `cargo bench -p sorl-graph` and `cargo xtask bench` share it.

use sorl_graph::patch::Source;
use sorl_graph::resource::Sound;
use sorl_graph::score::{evaluate, signal_functions};
use sorl_graph::signal::{Backend, Function, GRID, Io, Lane, Maker, Op, Scratch};
use sorl_graph::ugen::{Feed, Resource, Solo, Unit, Units};
use std::hint::black_box;
use std::sync::Arc;

/// Sample rate in Hz.
pub const RATE: u32 = 48_000;
/// Frames in one run.
pub const FRAMES: usize = GRID;

/// Something that runs [`FRAMES`] frames at each call.
pub type Subject = Box<dyn FnMut()>;

/// Noise of a third of full scale, another one for every seed.
fn noise(seed: u32) -> Vec<f32> {
    let mut x = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((x >> 8) as f32 / 8_388_608.0 - 1.0) / 3.0
    };
    (0..FRAMES).map(|_| next()).collect()
}

/// The names of all unit generators that come with Sorl.
pub fn units() -> Vec<String> {
    Units::standard().names().map(str::to_owned).collect()
}

/// A unit generator by its name, fed with noise, gates high, other controls where they start. One that is made with a
/// sound has a second of noise.
pub fn unit(name: &str) -> Subject {
    let units = Units::standard();
    let kind = units.get(name).expect("it is one of the names");
    let sounds = [Resource::Sound("noise".to_owned())];
    let unit: Arc<dyn Unit> = match kind.accepts(&sounds) {
        Ok(()) => {
            let second: Vec<f32> = (0..RATE).step_by(FRAMES).flat_map(noise).collect();
            let sound = Sound::new(RATE, vec![second]).expect("a second of sound");
            units.sounds().add("noise", sound);
            units.sounds().set_rate(RATE);
            units.sounds().require(&["noise"].into());
            units.sounds().wait();
            let mut about = kind.describe().clone();
            about.resources.extend(sounds);
            units.furnished(&about).expect("it takes a sound")
        }
        Err(_) => Arc::clone(kind),
    };
    let about = unit.describe().clone();
    let mut solo = Solo::new(&*unit, RATE, 1);
    // What is played by a gate plays, and does not stop.
    for control in ["gate", "loop"] {
        if about.controls.iter().any(|c| c.name == control) {
            solo.set(control, 1.0);
        }
    }
    let sides: Vec<[Vec<f32>; 2]> = (0..about.inputs.len() as u32)
        .map(|i| [noise(2 * i), noise(2 * i + 1)])
        .collect();
    let mut outputs = vec![vec![0.0; FRAMES]; usize::from(about.outputs)];
    Box::new(move || {
        let inputs: [[&[f32]; 2]; 8] =
            std::array::from_fn(|i| sides.get(i).map_or([&[][..]; 2], |[l, r]| [&l[..], &r[..]]));
        let feed = Feed {
            inputs: &inputs[..sides.len()],
            controls: &[],
        };
        match &mut outputs[..] {
            [left, right] => solo.run(feed, &mut [left, right]),
            all => solo.run(feed, &mut [&mut all[0]]),
        }
        black_box(&outputs);
    })
}

/// What stands for a parameter of a signal function in a score.
fn argument(parameter: &str) -> &'static str {
    match parameter {
        "gate" | "trig" => "gate",
        "freq" => "freq",
        "cutoff" => "1000.0",
        "rate" | "n" => "100",
        "delay_ms" | "time_ms" => "50.0",
        "body_fn" => "lambda y: inp + y * 0.5",
        "data" | "amplitudes" => "[0.0, 1.0, 0.5, -0.5, -1.0, 0.3, 0.7, -0.2]",
        "index" | "write_index" | "read_index" => "inp * 8 + 4",
        "lo" => "-0.1",
        "hi" => "0.1",
        "sig" | "a" | "b" | "x" | "y" | "base" | "left" | "right" | "amp" | "db" | "note"
        | "value" | "t" | "selector" | "when_one" | "exponent" => "inp",
        _ => "0.5",
    }
}

/// The signal function by its name with fitting arguments; none for what is no sound by itself.
fn called(name: &str, parameters: &[&str]) -> Option<Arc<Function>> {
    let taken = parameters.iter().filter(|p| !p.starts_with('*'));
    let all: Vec<&str> = taken.map(|p| argument(p)).collect();
    // What does not fit may be an argument that can be left out.
    (0..=all.len()).rev().find_map(|count| {
        let text = format!(
            "def f(inp):\n    gate = control('gate', 1, 0, 1)\n    freq = control('freq', 440, 20, 20000)\n    \
             return krs.{name}({})\nn = node('n', f)\n",
            all[..count].join(", ")
        );
        let patch = evaluate(&text).ok()?;
        match &patch.nodes.first()?.source {
            Source::Function(f) if f.ops.iter().any(|op| !is_given(op)) => Some(Arc::clone(f)),
            _ => None,
        }
    })
}

/// What costs nothing: constants, controls, inputs.
fn is_given(op: &Op) -> bool {
    matches!(op, Op::Const(_) | Op::Control(_) | Op::Input(_))
}

/// The names of all signal functions that can be measured by themselves. Those that end in `_` are second names.
pub fn functions() -> Vec<String> {
    let all = signal_functions().into_iter();
    all.filter(|f| !f.name.ends_with('_') && called(f.name, f.parameters).is_some())
        .map(|f| f.name.to_owned())
        .collect()
}

/// A signal function by its name as one voice, fed with noise, its gate high, its frequency 440 Hz; machine code
/// with the feature `jit`.
pub fn function(name: &str) -> Subject {
    let all = signal_functions();
    let entry = all.iter().find(|f| f.name == name);
    let function = entry
        .and_then(|f| called(f.name, f.parameters))
        .expect("it is one of the names");
    let kernel = Maker::new(Backend::MachineCode).make(&function, RATE, 1);
    let mut state = vec![0; kernel.state_words()];
    kernel.init(&mut state, 1);
    let given = noise(1);
    let inputs = vec![std::array::from_fn(|i| given[i]); function.inputs.len()];
    let lane = |value| Lane {
        value,
        ..Lane::default()
    };
    let controls: Vec<Lane> = function.controls.iter().map(|c| lane(c.init)).collect();
    let mut outputs = vec![[0.0; GRID]; function.outputs.len()];
    let mut scratch = Scratch::new();
    Box::new(move || {
        let io = Io {
            from: 0,
            to: FRAMES,
            inputs: &inputs,
            controls: &controls,
            outputs: &mut outputs,
            scratch: &mut scratch,
        };
        kernel.run(&mut state, io);
        black_box(&outputs);
    })
}
