//! What is recorded of an engine is what it plays, every frame of it, through edits and from one engine to the next.

use assert_no_alloc::assert_no_alloc;
use sorl_graph::io::file::Bits;
use sorl_graph::io::{RecordOptions, Recording};
use sorl_graph::session::{TrackError, TrackReader};
use sorl_graph::{Block, Engine, Session, Setup, When};
use std::time::Duration;

#[cfg(debug_assertions)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

const SETUP: Setup = Setup { rate: 48_000 };

fn score(wave: &str) -> String {
    format!(
        "def one():\n    return {wave} * 0.25\n\ndef two():\n    return sine_osc(331) * 0.25\n\n\
         b = node(\"bass\", one)\nnode(\"lead\", two, pan=0.5)\n"
    )
}

fn session(score: &str) -> Session {
    let mut session = Session::new();
    session.evaluate(score, When::Now).unwrap();
    session
}

fn connect(session: &mut Session) -> Engine {
    Engine::new(SETUP, session.connect(SETUP))
}

/// Plays so many frames in blocks of changing size, and gives what is heard.
fn play(session: &mut Session, engine: &mut Engine, frames: usize) -> Vec<[f32; 2]> {
    let mut heard = Vec::new();
    let (mut left, mut right) = ([0.0; 700], [0.0; 700]);
    let mut size = 1;
    while heard.len() < frames {
        size = (size * 7 + 13) % 700;
        let n = size.min(frames - heard.len());
        let outputs = &mut [&mut left[..n], &mut right[..n]][..];
        assert_no_alloc(|| {
            engine.process(Block {
                inputs: &[],
                outputs,
                frames: n,
                host: None,
                notes: &[],
            });
        });
        heard.extend(left[..n].iter().zip(&right[..n]).map(|(&l, &r)| [l, r]));
        session.tick();
    }
    heard
}

fn all(reader: &mut TrackReader) -> Vec<[f32; 2]> {
    let mut frames = Vec::new();
    reader.read(usize::MAX, &mut frames);
    frames
}

/// The largest difference of one frame to the next.
fn steepest(frames: &[[f32; 2]]) -> f32 {
    let steps = frames.windows(2).map(|w| (w[1][0] - w[0][0]).abs());
    steps.fold(0.0, f32::max)
}

#[test]
fn what_is_heard_is_recorded_from_the_first_frame_on_and_nodes_through_their_edits() {
    let mut session = session(&score("sine_osc(220)"));
    let mut engine = connect(&mut session);
    let mut main = session.record(None).unwrap();
    let [mut bass, mut lead] = ["bass", "lead"].map(|name| session.record(Some(name)).unwrap());
    let mut heard = play(&mut session, &mut engine, 20_000);
    session
        .evaluate(&score("triangle(220)"), When::Now)
        .unwrap();
    heard.extend(play(&mut session, &mut engine, 20_000));
    assert!(all(&mut main) == heard, "bit for bit");
    let (bass, lead) = (all(&mut bass), all(&mut lead));
    assert_eq!((bass.len(), lead.len()), (heard.len(), heard.len()));
    for ((both, b), l) in heard.iter().zip(&bass).zip(&lead) {
        for side in 0..2 {
            assert!((both[side] - b[side] - l[side]).abs() < 1e-6);
        }
    }
    // The new function is there, and the way to it was none of a click.
    assert!(bass[39_000..].iter().any(|frame| frame[0].abs() > 0.2));
    assert!(steepest(&bass) < 0.02, "{}", steepest(&bass));
    assert_eq!(main.lost(), 0);
}

#[test]
fn a_node_that_is_gone_is_silence_until_it_is_back() {
    let mut session = session(&score("sine_osc(220)"));
    let mut engine = connect(&mut session);
    let mut bass = session.record(Some("bass")).unwrap();
    play(&mut session, &mut engine, 5_000);
    session.evaluate("", When::Now).unwrap();
    play(&mut session, &mut engine, 10_000);
    session
        .evaluate(&score("sine_osc(220)"), When::Now)
        .unwrap();
    play(&mut session, &mut engine, 5_000);
    let bass = all(&mut bass);
    assert_eq!(bass.len(), 20_000);
    let loud = |frames: &[[f32; 2]]| frames.iter().any(|frame| frame[0].abs() > 0.2);
    assert!(loud(&bass[..5_000]) && loud(&bass[16_000..]));
    assert!(bass[6_000..15_000].iter().all(|frame| *frame == [0.0; 2]));
}

#[test]
fn a_recording_goes_on_with_the_next_engine_and_ends_at_another_rate() {
    let mut session = session(&score("sine_osc(220)"));
    let mut engine = connect(&mut session);
    let (mut main, mut bass) = (
        session.record(None).unwrap(),
        session.record(Some("bass")).unwrap(),
    );
    let mut heard = play(&mut session, &mut engine, 3_000);
    let mut next = connect(&mut session);
    drop(engine);
    heard.extend(play(&mut session, &mut next, 3_000));
    assert!(all(&mut main) == heard);
    assert_eq!(all(&mut bass).len(), 6_000);
    assert!(!main.is_over());
    drop(next);
    let other = Setup { rate: 44_100 };
    drop(session.connect(other));
    assert!(all(&mut main).is_empty() && main.is_over() && !bass.is_over());
    assert!(all(&mut bass).is_empty() && bass.is_over());
}

#[test]
fn what_cannot_be_recorded_is_said_and_places_come_free_again() {
    let mut session = session(&score("sine_osc(220)"));
    assert_eq!(session.record(None).err(), Some(TrackError::NoEngine));
    let mut engine = connect(&mut session);
    assert_eq!(
        session.record(Some("base")).err(),
        Some(TrackError::NoNode("base".into()))
    );
    let mut readers: Vec<_> = (0..8).map(|_| session.record(None).unwrap()).collect();
    assert_eq!(session.record(None).err(), Some(TrackError::Busy));
    play(&mut session, &mut engine, 100);
    readers.truncate(3);
    play(&mut session, &mut engine, 100);
    readers.extend((0..5).map(|_| session.record(None).unwrap()));
    play(&mut session, &mut engine, 100);
    let lengths: Vec<usize> = readers.iter_mut().map(|reader| all(reader).len()).collect();
    assert_eq!(lengths, [300, 300, 300, 100, 100, 100, 100, 100]);
}

#[test]
fn a_file_ends_at_its_limit_and_holds_what_was_heard() {
    let folder = std::env::temp_dir().join(format!("sorl-recording-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut session = session(&score("sine_osc(220)"));
    let mut engine = connect(&mut session);
    let options = RecordOptions {
        rate: SETUP.rate,
        bits: Bits::Float32,
        limit: Some(Duration::from_millis(500)),
    };
    let (wav, flac) = (folder.join("main.wav"), folder.join("bass.flac"));
    let limited = Recording::start(session.record(None).unwrap(), &wav, options).unwrap();
    let options = RecordOptions {
        limit: None,
        ..options
    };
    let track = session.record(Some("bass")).unwrap();
    let whole = Recording::start(track, &flac, options).unwrap();
    let heard = play(&mut session, &mut engine, 30_000);
    while !limited.has_ended() {
        std::thread::yield_now();
    }
    let limited = limited.finish().unwrap();
    assert_eq!((limited.frames, limited.lost), (24_000, 0));
    assert!(limited.reason.unwrap().contains("as long as it may get"));
    let whole = whole.finish().unwrap();
    assert_eq!((whole.frames, whole.lost, whole.reason), (30_000, 0, None));
    let mut wav = hound::WavReader::open(wav).unwrap();
    let samples: Vec<f32> = wav.samples().map(Result::unwrap).collect();
    assert!(samples == heard[..24_000].as_flattened());
    assert_eq!(&std::fs::read(flac).unwrap()[..4], b"fLaC");
    std::fs::remove_dir_all(folder).unwrap();
}
