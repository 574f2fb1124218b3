//! The recorder: what passes through it can be had on the control thread.

use super::{Description, Tail, UGen, Unit, UnitIo};
use crate::resource::{Sound, SoundError};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The recorder's unit: while `record` is high (0.5 and above), every frame that passes is kept, from the first to the
/// last, for the [`Recording`] to take; it passes unchanged in any case. Both sides in one instance; of several nodes
/// or voices of it the first that was made records.
pub struct Recorder {
    about: Description,
    /// The way to the recording, until an instance has it.
    way: Mutex<Option<Producer<[f32; 2]>>>,
    shared: Arc<Shared>,
}

/// What both ends know.
#[derive(Default)]
struct Shared {
    rate: AtomicU32,
    lost: AtomicU32,
}

/// The control thread's end of a [`Recorder`].
pub struct Recording {
    frames: Consumer<[f32; 2]>,
    shared: Arc<Shared>,
}

impl Recorder {
    /// A recorder under a name for scores, with room for so many frames that have not been taken yet, allocated now.
    ///
    /// ```
    /// use sorl_graph::ugen::Recorder;
    /// use sorl_graph::{Session, When, io::offline::Renderer};
    ///
    /// let (recorder, mut recording) = Recorder::new("tape", 48_000);
    /// let mut session = Session::new();
    /// session.register(recorder);
    /// let score = "def tone():\n    return sine_osc(1000)\n\nt = node('t', tone) >> node('r', tape, record=1)\n";
    /// session.evaluate(score, When::Now)?;
    /// Renderer::new(&mut session, 48_000).advance(&mut session, 4_800, &[]);
    /// let sound = recording.take().unwrap();
    /// assert_eq!((sound.frames(), sound.rate()), (4_800, 48_000));
    /// # Ok::<(), sorl_graph::Diagnostics>(())
    /// ```
    pub fn new(name: &str, frames: usize) -> (Arc<Recorder>, Recording) {
        let (way, taken) = RingBuffer::new(frames.max(1));
        let shared = Arc::new(Shared::default());
        let about = Description::new(name)
            .help("lets through what comes, and records it while record is high")
            .input("inp")
            .stereo()
            .control(crate::signal::Control::new("record", 0.0, 0.0, 1.0).smooth(0));
        let recorder = Recorder {
            about,
            way: Mutex::new(Some(way)),
            shared: Arc::clone(&shared),
        };
        let recording = Recording {
            frames: taken,
            shared,
        };
        (Arc::new(recorder), recording)
    }
}

impl Recording {
    /// What was recorded since it was last taken, as a sound of two channels.
    ///
    /// # Errors
    /// [`SoundError`], if there is more of it than a sound may have or nothing has been made to record yet.
    pub fn take(&mut self) -> Result<Sound, SoundError> {
        let mut sides = [Vec::new(), Vec::new()];
        while let Ok(frame) = self.frames.pop() {
            sides.iter_mut().zip(frame).for_each(|(s, x)| s.push(x));
        }
        Sound::new(self.shared.rate.load(Ordering::Relaxed), sides.into())
    }

    /// How many frames found no room since this was last asked.
    pub fn lost(&mut self) -> u32 {
        self.shared.lost.swap(0, Ordering::Relaxed)
    }
}

impl Unit for Recorder {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn make(&self, rate: u32, _seed: u64) -> Box<dyn UGen> {
        self.shared.rate.store(rate, Ordering::Relaxed);
        let mut way = self.way.lock().unwrap_or_else(PoisonError::into_inner);
        Box::new(Tap {
            way: way.take(),
            shared: Arc::clone(&self.shared),
        })
    }
    fn tail(&self, _rate: u32) -> Tail {
        Tail::None
    }
}

struct Tap {
    way: Option<Producer<[f32; 2]>>,
    shared: Arc<Shared>,
}

impl UGen for Tap {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        for i in 0..io.frames() {
            let frame = [io.input(0)[i], io.right(0)[i]];
            if io.control(0, i) >= 0.5
                && let Some(way) = &mut self.way
                && way.push(frame).is_err()
            {
                self.shared.lost.fetch_add(1, Ordering::Relaxed);
            }
            io.output(0)[i] = frame[0];
            io.output(1)[i] = frame[1];
        }
    }
    /// What was recorded stays recorded.
    fn reset(&mut self) {}
}
