//! Every factory preset is heard: it answers notes or plays by itself, at a level to work with, and its four macros have
//! something to turn. `SORL_PRESET=WORD` hears those with this word in their ids for longer, how their tails end, and
//! what their macros do.

use std::sync::atomic::{AtomicUsize, Ordering};

use realfft::RealFftPlanner;
use sorl_graph::io::offline::{Length, Options, render_to_memory};
use sorl_graph::message::NoteEvent;
use sorl_graph::patch::Mapping;
use sorl_graph::score;
use sorl_graph::signal::Knob;
use sorl_plugin::presets::{self, Preset};

const RATE: u32 = 48_000;
const SECOND: u64 = RATE as u64;

type Sound = [Vec<f32>; 2];
type Notes = Vec<(u64, NoteEvent)>;

fn on(at: u64, key: u8, velocity: f32) -> (u64, NoteEvent) {
    let channel = 0;
    (
        at,
        NoteEvent::On {
            channel,
            key,
            velocity,
        },
    )
}

fn off(at: u64, key: u8) -> (u64, NoteEvent) {
    (at, NoteEvent::Off { channel: 0, key })
}

/// How a preset is tried: what is played on it, what goes through it, and for how long it sounds.
struct Trial {
    notes: Notes,
    input: Sound,
    seconds: f64,
    /// The frame at which hands are off the keys and the input has ended; none where patterns play on.
    quiet_from: Option<u64>,
}

/// The keys that a preset is for, low ones for basses.
fn keys(preset: &Preset) -> [u8; 4] {
    match &*preset.category {
        "bass" => [33, 36, 40, 45],
        "drums" => [36, 38, 42, 46],
        _ => [60, 64, 67, 71],
    }
}

/// A key, then four with full strength at once; where patterns play, that chord is held.
fn trial(preset: &Preset, long: bool) -> Trial {
    let patch = score::evaluate(&preset.text).unwrap();
    let keys = keys(preset);
    // The trial's unit of time: the first key is held for two of them, the chord from the third to the sixth.
    let unit = if long { SECOND / 2 } else { SECOND / 5 };
    let tail = if long { 9.0 } else { 0.1 };
    let mut notes = vec![on(0, keys[0], 0.7), off(unit * 2, keys[0])];
    notes.extend(keys.map(|key| on(unit * 3, key, 1.0)));
    let plays_itself = !patch.bindings.is_empty();
    if plays_itself && !preset.is_effect() {
        return Trial {
            notes,
            input: Sound::default(),
            seconds: if long { 16.0 } else { 2.2 },
            quiet_from: None,
        };
    }
    notes.extend(keys.map(|key| off(unit * 6, key)));
    let effect = preset.is_effect();
    Trial {
        notes: if effect { Vec::new() } else { notes },
        input: if effect {
            music(unit * 6)
        } else {
            Sound::default()
        },
        seconds: (unit * 6) as f64 / SECOND as f64 + tail,
        quiet_from: Some(unit * 6),
    }
}

/// Something for effects to work on: saws and bursts of noise, peaks at half of full scale.
fn music(frames: u64) -> Sound {
    let mut state = 7u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let saw = |hz: f64, at: u64| (hz * at as f64 / f64::from(RATE)).fract() as f32 * 2.0 - 1.0;
    let mut side = |detune: f64| -> Vec<f32> {
        (0..frames)
            .map(|at| {
                let since = (at % (SECOND / 2)) as f32 / RATE as f32;
                let chord = saw(110.0 * detune, at) + saw(164.8, at) + saw(261.6 * detune, at);
                chord * 0.1 + noise() * 0.2 * (-since * 30.0).exp()
            })
            .collect()
    };
    [side(1.0), side(1.003)]
}

fn render(preset: &Preset, trial: &Trial, seconds: f64, first: Option<(u64, NoteEvent)>) -> Sound {
    let frames = (seconds * f64::from(RATE)) as u64;
    let options = Options {
        rate: RATE,
        length: Length::Seconds(seconds),
        notes: first
            .into_iter()
            .chain(trial.notes.iter().copied())
            .filter(|(at, _)| *at < frames)
            .collect(),
        input: trial.input.clone(),
        ..Options::default()
    };
    render_to_memory(&preset.text, &options)
        .unwrap_or_else(|error| panic!("{}: {error}", preset.id))
}

fn rms(sound: &Sound, from: usize, to: usize) -> f64 {
    let power = |side: &Vec<f32>| -> f64 {
        side[from..to]
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
    };
    (sound.iter().map(power).sum::<f64>() / (2 * (to - from)) as f64).sqrt()
}

fn db(x: f64) -> f64 {
    20.0 * x.max(1e-9).log10()
}

/// The largest value between the samples too: each side at four times the rate, by its spectrum.
fn true_peak(sound: &Sound) -> f64 {
    let mut planner = RealFftPlanner::<f64>::new();
    let mut most = 0.0f64;
    for side in sound {
        let length = side.len().next_power_of_two();
        let mut wave: Vec<f64> = side.iter().map(|x| f64::from(*x)).collect();
        wave.resize(length, 0.0);
        let forward = planner.plan_fft_forward(length);
        let back = planner.plan_fft_inverse(length * 4);
        let mut spectrum = forward.make_output_vec();
        forward.process(&mut wave, &mut spectrum).unwrap();
        // What lies at half the rate belongs to both of its sides.
        spectrum[length / 2] *= 0.5;
        let mut wide = back.make_input_vec();
        wide[..spectrum.len()].copy_from_slice(&spectrum);
        wide[0].im = 0.0;
        let mut finer = back.make_output_vec();
        back.process(&mut wide, &mut finer).unwrap();
        let peak = finer.iter().fold(0.0f64, |peak, x| peak.max(x.abs()));
        most = most.max(peak / length as f64);
    }
    most
}

/// What is wrong with the sound of a preset.
fn faults(preset: &Preset, long: bool) -> Vec<String> {
    let trial = trial(preset, long);
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("{}: {what}", preset.id));
    if let Err(diagnostics) = preset.check() {
        fault(diagnostics.to_string());
        return faults;
    }

    let sound = render(preset, &trial, trial.seconds, None);
    let frames = sound[0].len();
    if sound.iter().flatten().any(|x| !x.is_finite()) {
        fault("it is no sound at all".to_owned());
    }
    let until = trial.quiet_from.unwrap_or(frames as u64) as usize;
    let level = db(rms(&sound, 0, until));
    let peak = db(if long {
        true_peak(&sound)
    } else {
        f64::from(
            sound
                .iter()
                .flatten()
                .fold(0.0f32, |peak, x| peak.max(x.abs())),
        )
    });
    // What swells has not come far in a short trial.
    let least = if long { -32.0 } else { -55.0 };
    if !(least..=-9.0).contains(&level) {
        fault(format!("its level is {level:.1} dB"));
    }
    if peak >= -0.3 {
        fault(format!("its peaks reach {peak:.1} dB"));
    }
    for (side, name) in sound.iter().zip(["left", "right"]) {
        let mean = side.iter().map(|x| f64::from(*x)).sum::<f64>() / side.len() as f64;
        // A low wave that is cut off has a mean of its own.
        if mean.abs() > (if long { 0.004 } else { 0.05 }) {
            fault(format!("a direct current of {mean:.4} on the {name}"));
        }
    }
    let sides = [0, 1].map(|side| db(rms(&[sound[side].clone(), sound[side].clone()], 0, until)));
    if (sides[0] - sides[1]).abs() > (if long { 3.0 } else { 9.0 }) {
        fault(format!("left and right are {sides:.1?} dB"));
    }
    let first = db(rms(&sound, 0, until.min(SECOND as usize)));
    if first < -70.0 {
        fault(format!("its first note has {first:.1} dB"));
    }
    let mut end = f64::NAN;
    if trial.quiet_from.is_some() && long {
        // The last half of a second is listened to.
        let last = frames - RATE as usize / 2;
        end = db(rms(&sound, last, frames)) - level;
        if end > -40.0 {
            fault(format!("its tail is at {end:.1} dB beside the sound"));
        }
    }

    let patch = score::evaluate(&preset.text).unwrap();
    for index in 1..=4u8 {
        let turns = |mapping: &Mapping| mapping.knob == Knob::Macro(index);
        if !patch.mappings.iter().any(turns) {
            fault(format!("macro {index} turns nothing"));
        }
    }
    let moves = if long {
        moved(preset, &trial, &mut fault)
    } else {
        Vec::new()
    };
    println!(
        "{:26} level {level:6.1} dB, peak {peak:6.1} dB, first {first:6.1} dB, sides {sides:6.1?}, end {end:6.1} dB, macros {moves:4.0?}",
        preset.id
    );
    faults
}

/// How far apart the ends of each macro are, in dB beside the louder of them.
fn moved(preset: &Preset, trial: &Trial, fault: &mut dyn FnMut(String)) -> Vec<f64> {
    let turned = |index: u8, value: f32| {
        let knob = Knob::Macro(index);
        render(
            preset,
            trial,
            1.9,
            Some((0, NoteEvent::Turn { knob, value })),
        )
    };
    let mut moves = Vec::new();
    for index in 1..=4 {
        let (low, high) = (turned(index, 0.0), turned(index, 1.0));
        let apart: Vec<Vec<f32>> = low
            .iter()
            .zip(&high)
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a - b).collect())
            .collect();
        let apart = [apart[0].clone(), apart[1].clone()];
        let louder = db(rms(&low, 0, low[0].len()).max(rms(&high, 0, high[0].len())));
        let distance = db(rms(&apart, 0, apart[0].len())) - louder;
        moves.push(distance);
        if distance < -40.0 {
            fault(format!(
                "macro {index} changes next to nothing: {distance:.1} dB"
            ));
        }
        for (sound, what) in [(&low, "down"), (&high, "up")] {
            let peak = sound
                .iter()
                .flatten()
                .fold(0.0f32, |peak, x| peak.max(x.abs()));
            if peak.is_nan() || peak >= 1.4 {
                fault(format!(
                    "with macro {index} {what} its peaks reach {peak:.2}"
                ));
            }
        }
    }
    moves
}

#[test]
fn every_factory_preset_sounds_at_a_level_to_work_with() {
    let all: Vec<Preset> = presets::factory().collect();
    let wanted = std::env::var("SORL_PRESET");
    let (wanted, long) = (wanted.as_deref().unwrap_or_default(), wanted.is_ok());
    let all: Vec<&Preset> = all
        .iter()
        .filter(|preset| preset.id.contains(wanted))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some(preset) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.extend(faults(preset, long));
        }
        found
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let found: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap())
            .collect()
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}
