//! Sound files: formats, folders, errors, and files that change while they play.
#![cfg(feature = "files")]

use sorl_graph::io::offline::Renderer;
use sorl_graph::resource::{Library, Missing, Sound};
use sorl_graph::{Session, When};
use std::collections::BTreeSet;
use std::f64::consts::TAU;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sorl-sounds-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn data(name: &str) -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::read(here.join("tests/data/sounds").join(name)).unwrap()
}

/// A WAV file of 32-bit floats with one value in every frame.
fn wav(rate: u32, frames: usize, value: f32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    (0..frames).for_each(|_| writer.write_sample(value).unwrap());
    writer.finalize().unwrap();
    bytes.into_inner()
}

fn load(library: &Library, name: &str, rate: u32) -> Sound {
    library.set_rate(rate);
    let key = library.find(name, 0, None).unwrap();
    library.require(&BTreeSet::from([&*key]));
    library.wait();
    assert_eq!(library.take_errors(), Vec::<String>::new());
    Sound::clone(&library.get(&key).unwrap())
}

/// The first sample of what a name leads to.
fn value(library: &Library, name: &str) -> f32 {
    load(library, name, 48_000).channels()[0][0]
}

fn library(project: Option<&Folder>, own: Option<&Folder>) -> Library {
    let library = Library::default();
    library.set_folders(project.map(|f| &*f.0), own.map(|f| &*f.0));
    library
}

#[test]
fn every_format_gives_the_same_sound_in_its_place() {
    let folder = Folder::new();
    for (ending, tolerance) in [("flac", 4e-5), ("aiff", 4e-5), ("ogg", 0.02), ("mp3", 0.02)] {
        folder.put(
            &format!("{ending}.{ending}"),
            &data(&format!("tone.{ending}")),
        );
        let sound = load(&library(Some(&folder), None), ending, 44_100);
        assert_eq!(sound.channels().len(), 2, "{ending}");
        assert_eq!(sound.frames(), 5292, "{ending}");
        for (channel, hertz) in sound.channels().iter().zip([441.0, 882.0]) {
            // A lossy one is blurred where the sound breaks off. One frame off would be an error of 0.02 and more.
            let error = |i: usize| {
                let want = 0.5 * (TAU * hertz * i as f64 / 44_100.0).sin();
                f64::from(channel[i]) - want
            };
            let power: f64 = (500..4800).map(|i| error(i).powi(2)).sum();
            let error = (power / 4300.0).sqrt();
            assert!(error < tolerance, "{ending} {hertz} Hz: {error}");
        }
    }
}

#[test]
fn the_project_goes_before_the_library_and_both_before_the_kit() {
    let (project, own) = (Folder::new(), Folder::new());
    let library = library(Some(&project), Some(&own));
    let kit = value(&library, "bd");
    own.put("samples/bd.wav", &wav(48_000, 10, 0.1));
    own.put("pad/warm.wav", &wav(48_000, 10, 0.2));
    assert_eq!(value(&library, "bd"), 0.1);
    assert_eq!(
        value(&library, "kit/bd"),
        kit,
        "the kit is still there by its own name"
    );
    project.put("bd/b.wav", &wav(48_000, 10, 0.4));
    project.put("bd/a.wav", &wav(48_000, 10, 0.3));
    project.put("bd/notes.txt", b"none");
    assert_eq!(value(&library, "bd"), 0.3);
    assert_eq!(
        library.find("bd", 3, None).unwrap(),
        "bd:1",
        "variants go round"
    );
    assert_eq!(value(&library, "bd:1"), 0.4);
    assert_eq!(value(&library, "bd/b.wav"), 0.4);
    assert_eq!(value(&library, "pad/warm"), 0.2);
    assert!(library.names().contains(&"pad".to_owned()));
}

#[test]
fn no_name_and_no_link_leads_out_of_the_folders() {
    let (project, secret) = (Folder::new(), Folder::new());
    secret.put("secret.wav", &wav(48_000, 10, 0.9));
    project.put("in/x.wav", &wav(48_000, 10, 0.1));
    let library = library(Some(&project), None);
    let outside = secret.0.join("secret.wav");
    let up = format!(
        "../{}/secret",
        secret.0.file_name().unwrap().to_str().unwrap()
    );
    for name in [outside.to_str().unwrap(), &up, "in/../../x", "~/x"] {
        assert!(library.find(name, 0, None).is_err(), "{name}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, project.0.join("link.wav")).unwrap();
        std::os::unix::fs::symlink(&secret.0, project.0.join("way")).unwrap();
        for name in ["link", "way/secret", "way"] {
            let missing = library.find(name, 0, None);
            assert_eq!(missing, Err(Missing::Unknown(name.to_owned())), "{name}");
        }
    }
    assert_eq!(value(&library, "in/x"), 0.1);
}

/// A session with the folder, and the errors of a score that must have some.
fn refused(folder: &Folder, score: &str) -> String {
    let mut session = Session::new();
    session.sounds().set_folders(Some(&folder.0), None);
    let errors = session.evaluate(score, When::Now).unwrap_err();
    errors.render("score", score)
}

#[test]
fn a_file_that_is_no_sound_is_named_where_the_score_names_it() {
    let folder = Folder::new();
    folder.put(
        "text.wav",
        b"this is not a sound at all, whatever its name says",
    );
    folder.put("empty.flac", b"");
    for name in ["text", "empty"] {
        let told = refused(&folder, &format!("d = node('d', sampler('{name}'))\n"));
        assert!(told.contains(&format!("{name}.")), "{told}");
        assert!(
            told.contains("is not a sound file that Sorl can read"),
            "{told}"
        );
        assert!(told.contains("1:23"), "{told}");
    }
    let told = refused(&folder, "d = node('d', sampler())\nd @ s('bd text')\n");
    assert!(told.contains("text.wav") && told.contains("2:11"), "{told}");
}

#[test]
fn a_file_that_ends_early_plays_what_is_there() {
    let folder = Folder::new();
    let whole = wav(48_000, 10_000, 0.5);
    folder.put("cut.wav", &whole[..whole.len() / 2]);
    let sound = load(&library(Some(&folder), None), "cut", 48_000);
    assert!((4000..5100).contains(&sound.frames()), "{}", sound.frames());
}

#[test]
fn a_rate_of_the_engine_that_changes_converts_anew() {
    let folder = Folder::new();
    folder.put("x.wav", &wav(24_000, 24_000, 0.5));
    let library = library(Some(&folder), None);
    for rate in [48_000, 44_100, 24_000] {
        let sound = load(&library, "x", rate);
        assert_eq!(sound.rate(), rate);
        assert!((sound.seconds() - 1.0).abs() < 0.001);
        assert!((sound.channels()[0][sound.frames() / 2] - 0.5).abs() < 1e-4);
    }
}

#[test]
fn a_file_saved_anew_is_heard_after_the_next_evaluation_and_a_broken_one_is_not() {
    let folder = Folder::new();
    folder.put("x.wav", &wav(48_000, 48_000, 0.25));
    let score = "d = node('d', sampler('x', loop=1))\nd @ hit().over(99)\n";
    let mut session = Session::new();
    session.sounds().set_folders(Some(&folder.0), None);
    session.evaluate(score, When::Now).unwrap();
    let mut renderer = Renderer::new(&mut session, 48_000);
    let mut last = |session: &mut Session| {
        let mut last = 0.0;
        for _ in 0..20 {
            last = renderer.advance(session, 480, &[]).0[479];
        }
        last
    };
    assert_eq!(last(&mut session), 0.25);
    // Of another length, so that it is another file also to a clock that is slow.
    folder.put("x.wav", &wav(48_000, 48_001, 0.75));
    assert_eq!(last(&mut session), 0.25, "nothing looks at files by itself");
    session.evaluate(score, When::Now).unwrap();
    assert!((last(&mut session) - 0.75).abs() < 1e-6);
    folder.put("x.wav", b"broken");
    assert!(session.evaluate(score, When::Now).is_err());
    assert!(
        (last(&mut session) - 0.75).abs() < 1e-6,
        "the old one goes on"
    );
}
