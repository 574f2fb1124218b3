//! The null back end: no device, but the pace of one, or none; WAV files in and out, if asked.
//!
//! Always there. It runs the engine on a thread of its own, so that everything else works as if there were sound. Between
//! its callbacks it sleeps and writes; inside them the rules of the audio thread hold.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::backend::{Backend, BackendError, Drive, Fault, Health, Request, Stream, StreamInfo};
use super::driver::Driver;
use super::file::{Bits, SoundFile};
use super::sides::{Aside, Begin, Capture, Heard, Source};

const RATE: u32 = 48_000;
const BLOCK: u32 = 512;

/// Further behind than this the machine has slept: time goes on from now instead of being made up
/// for.
const LOST: Duration = Duration::from_millis(500);

/// How fast the null back end plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paced {
    /// As a device would.
    #[default]
    RealTime,
    /// As fast as it goes, until the file that is heard ends.
    Fast,
}

/// Plays to nobody, or to a file: [`Request::device`] names a WAV file that is written, [`Request::in_device`] one that is
/// heard, by whatever drives.
#[derive(Clone, Copy, Debug, Default)]
pub struct Null(pub Paced);

impl Backend for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn driver(&self) -> &dyn Drive {
        self
    }

    fn capture(&self) -> Option<&dyn Capture> {
        Some(self)
    }
}

fn refused(reason: String) -> BackendError {
    BackendError::Refused {
        backend: "null",
        reason,
    }
}

/// A WAV file is heard, at the rate that it has.
impl Capture for Null {
    fn rate(&self, request: &Request) -> Option<u32> {
        let (reader, _) = HeardFile::open(request).ok()?;
        Some(reader.spec().sample_rate)
    }

    fn hear(&self, request: &Request, rate: u32, _: u32) -> Result<Heard, BackendError> {
        let (reader, path) = HeardFile::open(request)?;
        let own = reader.spec().sample_rate;
        if own != rate {
            let reason = format!("{path} has {own} Hz and the sound {rate} Hz; leave --rate out");
            return Err(refused(reason));
        }
        let file = HeardFile::read(reader);
        let file = file.map_err(|error| refused(format!("cannot read {path}: {error}")))?;
        Ok(Heard {
            source: Box::new(file),
            channels: 2,
            aside: Box::new(FileAside),
        })
    }
}

impl Drive for Null {
    fn start(&self, begin: &mut Begin<'_>) -> Result<Box<dyn Stream>, BackendError> {
        let request = begin.request().clone();
        let rate = request.rate.unwrap_or(RATE).clamp(8_000, 384_000);
        let block = request.block.unwrap_or(BLOCK).clamp(1, 65_536);
        let written = match &request.device {
            Some(path) => Some(
                SoundFile::create(Path::new(path), rate, Bits::Float32, 0)
                    .map_err(|error| refused(error.to_string()))?,
            ),
            None => None,
        };
        let health = Arc::new(Health::default());
        let driver = begin.driver(rate, block, [0, 2], &health)?;
        let channels = driver.channels();
        let run = Run {
            driver,
            pace: Pace::new(rate, block),
            paced: self.0,
            written,
            health: Arc::clone(&health),
        };
        let (alive, ended) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("sorl-null".to_owned())
            .spawn(move || run.run(&ended))
            .map_err(|error| refused(error.to_string()))?;
        let info = StreamInfo {
            rate,
            block,
            device: request.device.clone().unwrap_or_default(),
            channels,
        };
        Ok(Box::new(NullStream {
            info,
            health,
            alive: Some(alive),
            thread: Some(thread),
        }))
    }
}

/// A file that is heard, whole: left and right.
struct HeardFile {
    sides: [Vec<f32>; 2],
    at: usize,
}

impl HeardFile {
    fn open(request: &Request) -> Result<(HeardReader, &str), BackendError> {
        let path = request.in_device.as_deref().ok_or_else(|| {
            refused("--in-device names the WAV file that is to be heard".to_owned())
        })?;
        let reader = hound::WavReader::open(path);
        let reader = reader.map_err(|error| refused(format!("cannot read {path}: {error}")))?;
        Ok((reader, path))
    }

    fn read(mut reader: HeardReader) -> Result<HeardFile, hound::Error> {
        let spec = reader.spec();
        let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
            hound::SampleFormat::Float => reader.samples::<f32>().collect(),
            hound::SampleFormat::Int => {
                let full = 2f32.powi(i32::from(spec.bits_per_sample) - 1);
                let samples = reader.samples::<i32>();
                samples.map(|x| x.map(|x| x as f32 / full)).collect()
            }
        };
        let samples = samples?;
        let channels = usize::from(spec.channels).max(1);
        let side = |i: usize| {
            let frames = samples.chunks_exact(channels);
            frames.map(|frame| frame[i.min(channels - 1)]).collect()
        };
        Ok(HeardFile {
            sides: [side(0), side(1)],
            at: 0,
        })
    }
}

impl Source for HeardFile {
    /// The next frames, with silence after the end.
    fn feed(&mut self, input: &mut [f32], size: usize, frames: usize) {
        for (side, channel) in self.sides.iter().zip(input.chunks_exact_mut(size)) {
            let rest = side.get(self.at..).unwrap_or_default();
            let n = rest.len().min(frames);
            channel[..n].copy_from_slice(&rest[..n]);
            channel[n..frames].fill(0.0);
        }
        self.at = self.at.saturating_add(frames);
    }

    fn has_ended(&self) -> bool {
        self.at >= self.sides[0].len()
    }
}

type HeardReader = hound::WavReader<std::io::BufReader<std::fs::File>>;

/// A file is there as long as it is needed, on the driver's own clock.
struct FileAside;

impl Aside for FileAside {
    fn xruns(&self) -> u64 {
        0
    }

    fn latency(&self) -> Option<u32> {
        None
    }

    fn drift(&self) -> Option<f32> {
        None
    }

    fn fault(&self) -> Option<Fault> {
        None
    }
}

/// What the thread owns.
struct Run {
    driver: Driver,
    pace: Pace,
    paced: Paced,
    written: Option<SoundFile>,
    health: Arc<Health>,
}

impl Run {
    /// Plays block after block until told to end, and brings the driver back.
    fn run(mut self, ended: &mpsc::Receiver<()>) -> Driver {
        self.pace.restart(Instant::now());
        loop {
            let written = &mut self.written;
            let mut failed = false;
            self.driver
                .unheard(self.pace.block as usize, |left, right| {
                    failed |= written
                        .as_mut()
                        .is_some_and(|file| file.write(left, right).is_err());
                });
            if failed || (self.paced == Paced::Fast && self.driver.has_ended()) {
                self.health.set_gone();
                break;
            }
            let wait = match self.paced {
                Paced::Fast => Duration::ZERO,
                Paced::RealTime => {
                    let (wait, late) = self.pace.next(Instant::now());
                    if late {
                        self.health.count_xrun();
                    }
                    wait
                }
            };
            match ended.recv_timeout(wait) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Some(Err(_)) = self.written.take().map(SoundFile::finish) {
            self.health.set_gone();
        }
        self.driver
    }
}

/// When the next block is due: counted in frames from one anchor, so that no error adds up.
#[derive(Debug)]
struct Pace {
    rate: u32,
    block: u32,
    anchor: Instant,
    frames: u64,
}

impl Pace {
    fn new(rate: u32, block: u32) -> Pace {
        Pace {
            rate,
            block,
            anchor: Instant::now(),
            frames: 0,
        }
    }

    fn restart(&mut self, now: Instant) {
        self.anchor = now;
        self.frames = 0;
    }

    /// One block was played: how long to wait for the next, and whether time was lost.
    fn next(&mut self, now: Instant) -> (Duration, bool) {
        self.frames += u64::from(self.block);
        let (seconds, rest) = (
            self.frames / u64::from(self.rate),
            self.frames % u64::from(self.rate),
        );
        let nanos = rest * 1_000_000_000 / u64::from(self.rate);
        let due = self.anchor + Duration::from_secs(seconds) + Duration::from_nanos(nanos);
        if now.saturating_duration_since(due) > LOST {
            self.restart(now);
            return (Duration::ZERO, true);
        }
        (due.saturating_duration_since(now), false)
    }
}

/// A running null stream.
struct NullStream {
    info: StreamInfo,
    health: Arc<Health>,
    /// Never sent on: its disappearance is the sign to end.
    alive: Option<Sender<()>>,
    thread: Option<JoinHandle<Driver>>,
}

impl Stream for NullStream {
    fn info(&self) -> &StreamInfo {
        &self.info
    }

    fn xruns(&self) -> u64 {
        self.health.xruns()
    }

    fn fault(&self) -> Option<Fault> {
        self.health.fault(Fault::FileEnded)
    }
}

impl Drop for NullStream {
    fn drop(&mut self) {
        self.alive = None;
        if let Some(thread) = self.thread.take() {
            // The driver comes back as the thread's result and is dropped here. A panic was
            // reported already.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::io::select::Choice;
    use crate::io::sides;
    use crate::message::Setup;
    use crate::session::Session;

    fn started(
        null: Null,
        request: &Request,
        make: &mut dyn FnMut(Setup) -> Engine,
    ) -> Box<dyn Stream> {
        sides::start(&null, Choice::Null, request, make).unwrap()
    }

    #[test]
    fn the_pace_adds_up_no_error() {
        let start = Instant::now();
        let mut pace = Pace::new(44_100, 441);
        pace.restart(start);
        let mut now = start;
        for _ in 0..1000 {
            // The callback takes a millisecond and the sleep is a bit too long, as sleeps are.
            now += Duration::from_millis(1);
            let (wait, late) = pace.next(now);
            assert!(!late);
            now += wait + Duration::from_micros(70);
        }
        let error = now.duration_since(start).abs_diff(Duration::from_secs(10));
        assert!(error < Duration::from_millis(1), "{error:?}");
    }

    #[test]
    fn after_a_long_sleep_time_goes_on_from_now() {
        let start = Instant::now();
        let mut pace = Pace::new(48_000, 480);
        pace.restart(start);
        assert_eq!(
            pace.next(start + Duration::from_secs(60)),
            (Duration::ZERO, true)
        );
        let (wait, late) = pace.next(start + Duration::from_secs(60));
        assert_eq!((wait, late), (Duration::from_millis(10), false));
    }

    #[test]
    fn a_stream_starts_and_stops_and_tells_what_it_has() {
        let mut session = Session::new();
        let request = Request {
            rate: Some(44_100),
            block: Some(100),
            ..Request::default()
        };
        let mut made = Vec::new();
        let stream = started(Null::default(), &request, &mut |setup| {
            made.push(setup.rate);
            Engine::new(setup, session.connect(setup))
        });
        assert_eq!((stream.info().rate, stream.info().block), (44_100, 100));
        assert_eq!(stream.fault(), None);
        drop(stream);
        assert_eq!(made, [44_100]);
    }

    #[test]
    fn as_fast_as_it_goes_a_file_goes_through_the_score_into_another() {
        let folder = std::env::temp_dir().join(format!("sorl-null-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let mut file =
            SoundFile::create(Path::new(&path("in.wav")), 44_100, Bits::Float32, 0).unwrap();
        let ramp: Vec<f32> = (0..44_100 * 60)
            .map(|i| (i % 1000) as f32 / 1000.0)
            .collect();
        file.write(&ramp, &ramp).unwrap();
        file.finish().unwrap();
        let mut session = Session::new();
        let score = "def half(inp):\n    return inp * 0.5\n\nh = node(\"h\", half)\ninput() >> h\n";
        session.evaluate(score, crate::plan::When::Now).unwrap();
        let request = Request {
            device: Some(path("out.wav")),
            in_device: Some(path("in.wav")),
            ..Request::default()
        };
        let stream = started(Null(Paced::Fast), &request, &mut |setup| {
            Engine::new(setup, session.connect(setup))
        });
        while stream.fault().is_none() {
            thread::yield_now();
        }
        drop(stream);
        let mut reader = hound::WavReader::open(path("out.wav")).unwrap();
        assert_eq!(reader.spec().sample_rate, 44_100);
        let heard: Vec<f32> = reader
            .samples::<f32>()
            .step_by(2)
            .map(Result::unwrap)
            .collect();
        assert!(heard.len() >= ramp.len());
        assert!(ramp.iter().zip(&heard).all(|(x, y)| x * 0.5 == *y));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
