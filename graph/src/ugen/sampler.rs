//! The sampler: plays sounds of the library, one at a time in each voice.

use super::playhead::{self, Ends, Playhead};
use super::swell::Swell;
use super::{Description, Resource, UGen, Unit, UnitIo};
use crate::math;
use crate::resource::{Library, Sound};
use crate::signal::{Control, GRID};
use std::any::Any;
use std::sync::Arc;

// The controls, in order.
const FREQ: usize = 0;
const GATE: usize = 1;
const VEL: usize = 2;
const SOUND: usize = 3;
const SPEED: usize = 4;
const BEGIN: usize = 5;
const END: usize = 6;
const LOOP: usize = 7;
const GATED: usize = 8;
const ATTACK: usize = 9;
const RELEASE: usize = 10;
const CUT: usize = 11;
const ROOT: usize = 12;
const FIT: usize = 13;

/// Voices of a node unless said: hits ring into each other.
const VOICES: u16 = 16;
/// Seconds in which a sound that is cut short fades.
const CHOKE: f32 = 0.005;
/// The most sounds of one sampler.
const MAX_SOUNDS: usize = 4096;

/// The sampler: `sampler("kit/bd", "loops/amen")`, `sampler()` for a kit whose sounds patterns name.
///
/// A rising gate plays the sound with the number `sound` (from 0) from `begin` to `end` (shares of its length, 0…1), at
/// `speed` (−16…16; below 0 backwards) times `freq` in Hz over the pitch of the MIDI note `root`, at the level `vel`.
/// `loop` 0 plays once, 1 in a loop, 2 there and back. With `gated` at 1, and in a loop, a falling gate ends it in
/// `release` seconds; otherwise it plays to its end. Where `fit` is above 0, the stretch lasts that many seconds at a
/// `speed` of 1 and the pitch of `root`. It rises in `attack` seconds. `freq` and `speed` are heard while
/// it plays; the others count when it begins. A voice whose `cut` becomes negative fades in 5 ms, and so does the
/// sound before in a voice that begins anew: a pattern's event with a `cut` silences the voices that have the same.
///
/// At its own rate and pitch a sound comes out bit for bit, its first frame at the gate's. Between frames a cubic of
/// four points (Catmull and Rom 1974): of a sine at a tenth of the rate, what is wrong is 50 dB below it, at a
/// hundredth 110 dB; a sound that is sped up keeps all of its partials, those beyond half the rate as aliases.
/// A sound in stereo is heard in stereo, more channels are mixed down as [`Sound::to_stereo`] says.
pub struct Sampler {
    about: Description,
    bank: Arc<Bank>,
}

/// The sounds of a sampler by number, with the hash of their names; silence for what is not there.
struct Bank {
    sounds: Vec<(u64, Option<Arc<Sound>>)>,
}

impl Bank {
    fn get(&self, index: usize) -> Option<&Sound> {
        self.sounds.get(index)?.1.as_deref()
    }
}

impl Sampler {
    /// A sampler without sounds, to be registered or furnished.
    pub fn new() -> Sampler {
        let about = Description::new("sampler")
            .help("plays sounds by name, several at once; loop 1 goes round, 2 there and back")
            .stereo()
            .voices(VOICES)
            .value("freq", hertz(60.0), 1.0, 20_000.0)
            .value("gate", 0.0, 0.0, 1.0)
            .value("vel", 1.0, 0.0, 1.0)
            .control(Control::new("sound", 0.0, 0.0, (MAX_SOUNDS - 1) as f32).smooth(0))
            .value("speed", 1.0, -16.0, 16.0)
            .value("begin", 0.0, 0.0, 1.0)
            .value("end", 1.0, 0.0, 1.0)
            .control(Control::new("loop", 0.0, 0.0, 2.0).smooth(0))
            .control(Control::new("gated", 0.0, 0.0, 1.0).smooth(0))
            .control(Control::new("attack", 0.0, 0.0, 10.0).unit("s"))
            .control(Control::new("release", 0.01, 0.0, 10.0).unit("s"))
            .control(Control::new("cut", 0.0, -1.0, 127.0).smooth(0))
            .control(Control::new("root", 60.0, 0.0, 127.0).smooth(0))
            .control(Control::new("fit", 0.0, 0.0, 3600.0).smooth(0).unit("s"));
        Sampler {
            about,
            bank: Arc::new(Bank { sounds: Vec::new() }),
        }
    }
}

impl Default for Sampler {
    fn default() -> Sampler {
        Sampler::new()
    }
}

/// The frequency of a MIDI note, as notes have it.
fn hertz(note: f32) -> f32 {
    (440.0 * math::exp2((f64::from(note) - 69.0) / 12.0)) as f32
}

impl Unit for Sampler {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn accepts(&self, resources: &[Resource]) -> Result<(), &'static str> {
        let sounds = resources.iter().all(|r| matches!(r, Resource::Sound(_)));
        if sounds && resources.len() <= MAX_SOUNDS {
            Ok(())
        } else {
            Err("names of sounds")
        }
    }
    fn furnish(&self, about: &Description, library: &Library) -> Option<Arc<dyn Unit>> {
        let names = about.sounds().into_iter();
        let sounds = names.map(|name| (math::seed_of(name), library.get(name)));
        Some(Arc::new(Sampler {
            about: about.clone(),
            bank: Arc::new(Bank {
                sounds: sounds.collect(),
            }),
        }))
    }
    fn make(&self, rate: u32, _seed: u64) -> Box<dyn UGen> {
        Box::new(Player {
            bank: Arc::clone(&self.bank),
            rate: rate as f32,
            high: false,
            choked: false,
            now: None,
            before: None,
        })
    }
}

/// A sound that plays, and how loud it is.
#[derive(Clone, Copy)]
struct Playing {
    sound: usize,
    head: Playhead,
    vel: f32,
    swell: Swell,
    /// Whether a falling gate ends it.
    gated: bool,
    /// How much faster it goes to last as long as it is to.
    hurry: f64,
}

/// One voice.
struct Player {
    bank: Arc<Bank>,
    rate: f32,
    high: bool,
    choked: bool,
    now: Option<Playing>,
    /// What was cut short, on its way out.
    before: Option<Playing>,
}

impl UGen for Player {
    fn process(&mut self, io: &mut UnitIo<'_>) {
        let frames = io.frames();
        let mut out = [[0.0; 2]; GRID];
        let steady = |k: usize| io.is_steady(k);
        let quiet = steady(GATE) && steady(CUT);
        if quiet && self.now.is_none() && self.before.is_none() {
            let high = io.control(GATE, 0) >= 0.5;
            if !high || self.high {
                // Nothing plays and nothing begins: what is not written is silence.
                self.high = high;
                self.choked = io.control(CUT, 0) < 0.0;
                return;
            }
        }
        let held = steady(FREQ) && steady(SPEED) && steady(ROOT);
        let mut speed = self.speed(io, 0);
        for (i, sum) in out.iter_mut().enumerate().take(frames) {
            if i == 0 || !quiet {
                self.listen(io, i);
            }
            if !held {
                speed = self.speed(io, i);
            }
            for playing in [&mut self.before, &mut self.now] {
                if let Some(one) = playing {
                    match one.run(&self.bank, speed, self.rate) {
                        Some([left, right]) => {
                            sum[0] += left;
                            sum[1] += right;
                        }
                        None => *playing = None,
                    }
                }
            }
        }
        for side in 0..2 {
            let to = io.output(side).iter_mut();
            to.zip(&out).for_each(|(to, frame)| *to = frame[side]);
        }
    }

    fn reset(&mut self) {
        (self.high, self.choked) = (false, false);
        (self.now, self.before) = (None, None);
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }

    fn take_over(&mut self, before: &dyn Any) {
        let Some(old) = before.downcast_ref::<Player>() else {
            return;
        };
        (self.high, self.choked) = (old.high, old.choked);
        self.now = self.adopted(old, old.now);
        self.before = self.adopted(old, old.before);
    }
}

impl Player {
    /// What plays in a predecessor, in the sound of the same name.
    fn adopted(&self, old: &Player, playing: Option<Playing>) -> Option<Playing> {
        let playing = playing?;
        let (name, from) = old.bank.sounds.get(playing.sound)?;
        let sound = self.bank.sounds.iter().position(|s| s.0 == *name)?;
        let head = playing
            .head
            .moved(from.as_deref()?, self.bank.get(sound)?)?;
        Some(Playing {
            sound,
            head,
            ..playing
        })
    }

    /// How fast the sound goes by at a frame, as a factor of its own speed.
    fn speed(&self, io: &UnitIo<'_>, i: usize) -> f64 {
        let (freq, root) = (io.control(FREQ, i), hertz(io.control(ROOT, i)));
        f64::from(io.control(SPEED, i)) * (f64::from(freq) / f64::from(root))
    }

    /// What gate and cut say at a frame.
    fn listen(&mut self, io: &UnitIo<'_>, i: usize) {
        let choked = io.control(CUT, i) < 0.0;
        if choked && !self.choked {
            self.push_out();
        }
        self.choked = choked;
        let high = io.control(GATE, i) >= 0.5;
        if high && !self.high {
            self.push_out();
            self.now = self.begin(io, i);
        } else if !high && self.high {
            let rate = self.rate;
            if let Some(now) = self.now.as_mut().filter(|now| now.gated) {
                now.swell.fall(io.control(RELEASE, i), rate);
            }
        }
        self.high = high;
    }

    /// What plays is cut short.
    fn push_out(&mut self) {
        if let Some(mut now) = self.now.take() {
            now.swell.fall(CHOKE, self.rate);
            self.before = Some(now);
        }
    }

    fn begin(&self, io: &UnitIo<'_>, i: usize) -> Option<Playing> {
        let sound = io.control(SOUND, i) as usize;
        let ends = match io.control(LOOP, i) {
            x if x >= 1.5 => Ends::PingPong,
            x if x >= 0.5 => Ends::Loop,
            _ => Ends::Stop,
        };
        let stretch = (io.control(BEGIN, i), io.control(END, i));
        let backwards = io.control(SPEED, i) < 0.0;
        let played = self.bank.get(sound)?;
        let head = Playhead::new(played, stretch, ends, backwards)?;
        let fit = f64::from(io.control(FIT, i));
        let hurry = if fit > 0.0 {
            played.seconds() * f64::from(stretch.1 - stretch.0).abs() / fit
        } else {
            1.0
        };
        let mut swell = Swell::default();
        swell.rise(io.control(ATTACK, i), self.rate);
        Some(Playing {
            sound,
            head,
            vel: io.control(VEL, i),
            swell,
            gated: head.is_endless() || io.control(GATED, i) >= 0.5,
            hurry,
        })
    }
}

impl Playing {
    /// The frame that is due, and on to the next; `None` when it is over.
    fn run(&mut self, bank: &Bank, speed: f64, rate: f32) -> Option<[f32; 2]> {
        if self.swell.is_over() || self.head.has_ended() {
            return None;
        }
        let sound = bank.get(self.sound)?;
        let level = self.swell.next() * self.vel;
        let [left, right] = self.head.read(sound);
        let own = f64::from(sound.rate()) / f64::from(rate);
        self.head.advance(playhead::step(speed * own * self.hurry));
        Some([left * level, right * level])
    }
}
