//! MIDI files, played along with a render and as patterns; and sound through the null back end into a recording.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A note of two beats from the second beat on, at 96 ticks a beat and 100 bpm.
const FILE: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60\
    MTrk\0\0\0\x13\0\xff\x51\x03\x09\x27\xc0\x60\x90\x45\x7f\x81\x40\x45\0\0\xff\x2f\0";

const KEYS: &str = "def keys():\n    freq = control(\"freq\", 440, 20, 8000)\n    gate = control(\"gate\", 0, 0, 1)\n    \
    return sine_osc(freq) * gate * 0.5\n\nk = node(\"k\", keys)\n";

fn sorl(args: &[&str]) -> Output {
    let mut path = std::env::current_exe().expect("a test knows its own file");
    path.pop();
    if path.ends_with("deps") {
        path.pop();
    }
    path.push(format!("sorl{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "build it first with `cargo build --bin sorl`"
    );
    Command::new(path).args(args).output().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("midi-file-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The first and the last frame that sounds, in a file of floats as `sorl render` writes it.
fn sounds(wav: &[u8]) -> (usize, usize) {
    let data = wav.windows(4).position(|w| w == b"data").unwrap() + 8;
    let loud: Vec<usize> = wav[data..]
        .chunks_exact(8)
        .enumerate()
        .filter(|(_, f)| f32::from_le_bytes([f[0], f[1], f[2], f[3]]) != 0.0)
        .map(|(i, _)| i)
        .collect();
    (loud[0], loud[loud.len() - 1])
}

#[test]
fn a_midi_file_plays_along_and_plays_as_a_pattern() {
    let folder = folder("render");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    fs::write(path("riff.mid"), FILE).unwrap();
    fs::write(path("keys.sorl"), KEYS).unwrap();
    fs::write(
        path("pattern.sorl"),
        format!("{KEYS}k @ midi_file(\"riff.mid\")\n"),
    )
    .unwrap();
    let near = |heard: (usize, usize), begin: usize, end: usize| {
        assert!(
            heard.0.abs_diff(begin) <= 2 && heard.1.abs_diff(end) <= 3,
            "{heard:?}, not {begin} to {end}"
        );
    };
    let render = |score: &str, more: &[&str]| {
        let (score, out) = (path(score), path("out.wav"));
        let mut args = vec!["render", &score, "-o", &out, "--seconds", "2"];
        args.extend(more);
        let output = sorl(&args);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        sounds(&fs::read(path("out.wav")).unwrap())
    };
    let midi = path("riff.mid");
    near(render("keys.sorl", &["--midi", &midi]), 28_800, 3 * 28_800);
    near(
        render("keys.sorl", &["--midi", &midi, "--tempo", "120"]),
        24_000,
        72_000,
    );
    near(render("pattern.sorl", &[]), 24_000, 72_000);

    fs::write(path("bad.mid"), b"MThd????").unwrap();
    let (score, out, bad) = (path("keys.sorl"), path("no.wav"), path("bad.mid"));
    let output = sorl(&["render", &score, "-o", &out, "--midi", &bad]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no MIDI file"));
    assert!(!folder.join("no.wav").exists());
    fs::write(
        path("pattern.sorl"),
        format!("{KEYS}k @ midi_file(\"bad.mid\")\n"),
    )
    .unwrap();
    let output = sorl(&["check", &path("pattern.sorl")]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("no MIDI file"));
}

#[test]
fn devices_are_listed_with_the_null_back_end() {
    let output = sorl(&["devices"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && said.contains("--backend null\n"),
        "{said}"
    );
    let output = sorl(&["devices", "--json"]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let last = list["backends"]
        .as_array()
        .and_then(|all| all.last())
        .unwrap();
    assert_eq!(
        (&last["backend"], &last["problem"]),
        (&"null".into(), &serde_json::Value::Null)
    );
}

#[cfg(unix)]
#[test]
fn what_is_recorded_is_what_is_rendered() {
    let folder = folder("record");
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let score = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../examples/five-minute-beat.sorl"
    );
    let (heard, played, rendered) = (path("heard.wav"), path("played.wav"), path("rendered.wav"));
    // A second of silence is heard, as fast as it goes, and so a second is played.
    let silence = path("silence.wav");
    fs::write(path("nothing.sorl"), "").unwrap();
    let nothing = path("nothing.sorl");
    assert!(
        sorl(&["render", &nothing, "-o", &silence, "--seconds", "1"])
            .status
            .success()
    );
    let output = sorl(&[
        "play",
        score,
        "--backend",
        "fast",
        "--listen",
        "off",
        "--in-device",
        &silence,
        "--device",
        &played,
        "--record",
        &heard,
    ]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.contains("recorded: "),
        "{said}"
    );
    assert!(
        sorl(&["render", score, "-o", &rendered, "--seconds", "2"])
            .status
            .success()
    );
    let samples = |name: &str| {
        let wav = fs::read(name).unwrap();
        let data = wav.windows(4).position(|w| w == b"data").unwrap() + 8;
        wav[data..].to_vec()
    };
    let (heard, played, rendered) = (samples(&heard), samples(&played), samples(&rendered));
    assert!(played.len() >= 48_000 * 8 && played.len() < 60_000 * 8);
    assert!(
        rendered.starts_with(&played),
        "what goes to the file is the render"
    );
    assert!(heard == played, "the recording misses no frame");
}
