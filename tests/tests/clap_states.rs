//! States in a CLAP host: those of every version load, one that is restored while it plays is not heard to be, sounds
//! come along, and many instances share nothing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sorl_graph::io::offline::{Length, Options, render_to_memory};
use sorl_graph::score;
use sorl_tests::host::{Audio, Call, INSTRUMENT, Library, Plugin, Song, state};

const RATE: f64 = 48_000.0;
const SONG: Song = Song {
    rate: RATE,
    tempo: 120.0,
    beat: 0.0,
};

fn playing(frame: usize) -> Call<'static> {
    Call {
        transport: Some(SONG.playing(frame)),
        ..Call::default()
    }
}

fn peak(sound: &[f32]) -> f32 {
    sound.iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

fn tone(hz: f64) -> String {
    format!("def tone():\n    return sine_osc({hz}) * 0.4\n\nt = node(\"tone\", tone)\n")
}

/// The frames from one block to the next, as much as `run` needs of it.
fn run(audio: &mut Audio, from: usize, frames: usize) -> Vec<f32> {
    let [left, _] = audio.run(frames, &[256, 31, 512], |frame, _| playing(from + frame));
    left
}

fn versions() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("states");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn states_that_earlier_versions_wrote_load_and_sound() {
    let files = versions();
    let newest = sorl_plugin::state::VERSION;
    for version in 1..=newest {
        let head = format!("v{version}-");
        assert!(
            files
                .iter()
                .any(|f| f.file_name().unwrap().to_str().unwrap().starts_with(&head)),
            "no state of version {version} is kept"
        );
    }
    let library = Library::load();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let whole: Value = serde_json::from_str(&text).unwrap();
        let said: Value =
            serde_json::from_str(whole["fields"]["document"].as_str().unwrap()).unwrap();
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());

        let mut plugin = library.instance(INSTRUMENT);
        assert!(plugin.load(&bytes), "{}", file.display());
        let document = plugin.document();
        assert_eq!(document["version"], newest);
        assert_eq!(document["score"], said["score"], "{}", file.display());
        assert_eq!(document["positions"], said["positions"]);
        for (what, value) in said["session"].as_object().unwrap() {
            assert_eq!(document["session"][what], *value, "{what}");
        }
        let mut audio = plugin.activate(RATE);
        let heard = run(&mut audio, 0, 24_000);
        assert!(peak(&heard) > 0.05, "{} is silent", file.display());
        plugin.deactivate(audio);
    }
}

#[test]
fn restoring_what_already_plays_changes_no_sample() {
    let library = Library::load();
    let mut plugin = library.instance(INSTRUMENT);
    plugin.load_score(&tone(440.0));
    let saved = plugin.save();
    let mut audio = plugin.activate(RATE);
    let mut heard = run(&mut audio, 0, 10_000);
    assert!(plugin.load(&saved));
    heard.extend(run(&mut audio, 10_000, 10_000));
    let options = Options {
        length: Length::Frames(20_000),
        ..Options::default()
    };
    let [expected, _] = render_to_memory(&tone(440.0), &options).unwrap();
    assert!(
        heard
            .iter()
            .zip(&expected)
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
    plugin.deactivate(audio);
}

#[test]
fn restoring_another_score_while_it_plays_makes_no_click() {
    let library = Library::load();
    let mut plugin = library.instance(INSTRUMENT);
    plugin.load_score(&tone(200.0));
    let mut audio = plugin.activate(RATE);
    let mut heard = run(&mut audio, 0, 4_000);
    for round in 1..6 {
        plugin.load_score(&tone(200.0 + 37.0 * f64::from(round)));
        heard.extend(run(&mut audio, heard.len(), 4_001));
    }
    // The steepest slope of the fastest sine, and what a fade of 10 ms adds to it.
    let steepest = 0.4 * std::f32::consts::TAU * 385.0 / RATE as f32 + 2.0 * 0.8 / 480.0;
    let steps = heard[2_000..]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs());
    let worst = steps.fold(0.0, f32::max);
    assert!(worst <= steepest, "a step of {worst}, not {steepest}");
    assert!(peak(&heard[heard.len() - 1_000..]) > 0.39);
    plugin.deactivate(audio);
}

#[test]
fn a_macro_that_was_moved_before_anything_sounded_counts() {
    let score = "def level():\n    to = control(\"to\", 0.125, 0, 1)\n    return to + 0 * sine_osc(1)\n\n\
        l = node(\"l\", level)\nmacro(1, \"l/to\", 0.25, 0.75)\n";
    let library = Library::load();
    for (macros, expected) in [(json!({}), 0.125), (json!({ "m1": { "f32": 1.0 } }), 0.75)] {
        let mut plugin = library.instance(INSTRUMENT);
        let document = json!({ "version": 2, "score": score });
        assert!(plugin.load(&state(&document.to_string(), macros)));
        let mut audio = plugin.activate(RATE);
        let heard = run(&mut audio, 0, 9_600);
        assert_eq!(heard[9_599], expected);
        plugin.deactivate(audio);
    }
}

/// A WAV file of 16 bits: a decaying tone.
fn wav(hz: f32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for i in 0..12_000 {
        let t = i as f32 / 48_000.0;
        let x = (t * hz * std::f32::consts::TAU).sin() * (-t * 8.0).exp();
        writer.write_sample((x * 20_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn a_project_brings_its_sounds_along() {
    use sorl_graph::resource::{Contents, Kept, Library as Sounds};
    use sorl_plugin::desk::Desk;

    let folder = std::env::temp_dir().join(format!("sorl-project-{}", std::process::id()));
    fs::create_dir_all(folder.join("samples/pling")).unwrap();
    for (name, hz) in [("a", 500.0), ("b", 900.0), ("c", 1300.0)] {
        fs::write(folder.join(format!("samples/pling/{name}.wav")), wav(hz)).unwrap();
    }
    let score = "d = node(\"d\", sampler())\nd @ s(\"pling:4 bd\")\n";
    let desk = Desk::beside(score, Some(&folder.join("song.sorl")));
    assert!(desk.diagnostics().is_none(), "{:?}", desk.diagnostics());
    let document = desk.document();
    assert_eq!(document.sounds.len(), 1, "the kit's sounds need no file");
    assert_eq!(document.sounds[0].variant, [1, 3]);
    drop(desk);
    fs::remove_dir_all(&folder).unwrap();

    // Another computer: the folder is gone, the state is all there is.
    let library = Library::load();
    let mut plugin = library.instance(INSTRUMENT);
    assert!(plugin.load(&state(&document.to_json(), json!({}))));
    assert_eq!(plugin.document()["score"], score);
    assert_eq!(plugin.document()["sounds"], document.to_value()["sounds"]);
    let mut audio = plugin.activate(RATE);
    let heard = run(&mut audio, 0, 12_000);
    let second = Sounds::default();
    let contents = Contents::Bytes(wav(900.0).into());
    let kept = Kept {
        name: "pling".to_owned(),
        variant: [1, 3],
        file: "b.wav".to_owned(),
        contents,
    };
    second.keep(vec![kept]);
    assert_eq!(second.find("pling", 4, None).as_deref(), Ok("pling:1"));
    second.set_rate(48_000);
    second.require(&["pling:1"].into());
    second.wait();
    let sound = second.get("pling:1").expect("it was brought");
    let likeness: f32 = heard
        .iter()
        .zip(&sound.channels()[0])
        .map(|(a, b)| a * b)
        .sum();
    let power = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>().sqrt();
    assert!(likeness / (power(&heard) * power(&sound.channels()[0])) > 0.99);
    plugin.deactivate(audio);

    // Another project has other sounds, and none of these.
    plugin.load_score(&tone(300.0));
    assert!(plugin.document().get("sounds").is_none());
}

#[test]
fn an_offline_render_waits_for_sounds_that_are_still_being_made() {
    let score = "d = node(\"d\", sampler())\nd @ s(\"bd sd bd cp\")\n";
    let mut plugin = Library::load().instance(INSTRUMENT);
    plugin.render_offline();
    let mut audio = plugin.activate(RATE);
    // The worker begins to make them now, and the first block comes at once.
    plugin.load_score(score);
    let heard = run(&mut audio, 0, 96_000);
    plugin.deactivate(audio);
    let options = Options {
        length: Length::Bars(1),
        tempo: Some(120.0),
        ..Options::default()
    };
    let [wanted, _] = render_to_memory(score, &options).expect("no error");
    assert!(peak(&wanted) > 0.1);
    assert!(heard == wanted, "every sample, from the first on");
}

/// A score that says which instance it is: a constant.
fn level(number: usize) -> String {
    let value = level_of(number);
    format!("def one():\n    return {value} + 0 * sine_osc(1)\n\no = node(\"one\", one)\n")
}

fn level_of(number: usize) -> f32 {
    (number + 1) as f32 / 256.0
}

#[test]
fn a_hundred_instances_in_one_process_share_nothing() {
    let library = Library::load();
    let mut plugins: Vec<Option<(Plugin, Option<Audio>)>> = Vec::new();
    for number in 0..100 {
        let mut plugin = library.instance(INSTRUMENT);
        plugin.load_score(&level(number));
        plugins.push(Some((plugin, None)));
    }
    // Activated, processed, saved, deactivated and destroyed in an order that looks like none.
    let mut dice = 12_345u64;
    let mut next = move |below: usize| {
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % below
    };
    let (mut rounds, mut heard) = (0, 0);
    while plugins.iter().any(Option::is_some) {
        rounds += 1;
        let at = next(100);
        let Some((plugin, audio)) = &mut plugins[at] else {
            continue;
        };
        match (next(8), audio.take()) {
            (0..=3, None) => *audio = Some(plugin.activate(RATE)),
            (0..=3, Some(mut active)) => {
                let last = active.process(64, &playing(0))[0][63];
                assert_eq!(last, level_of(at), "instance {at}");
                heard += 1;
                *audio = Some(active);
            }
            (4, active) => {
                *audio = active;
                assert_eq!(plugin.document()["score"], level(at));
            }
            (5, Some(active)) => plugin.deactivate(active),
            (6, active) if rounds > 400 => {
                if let Some(active) = active {
                    plugin.deactivate(active);
                }
                plugins[at] = None;
            }
            (_, active) => *audio = active,
        }
    }
    assert!(heard > 100, "{heard} blocks were heard");
    assert!(score::evaluate(&level(0)).is_ok());
}
