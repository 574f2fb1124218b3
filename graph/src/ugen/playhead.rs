//! A place in a sound that moves: what every player of sounds is made of.
//!
//! Real-time safe throughout. Places are fixed-point numbers of 32.32 bits, so that a pitch is exact to 2⁻³² frames a
//! frame, nothing drifts, and a sound played at its own rate comes out bit for bit.

use crate::resource::{Sound, cubic};

/// One frame of a sound as a place.
pub const FRAME: i64 = 1 << 32;

/// The longest stretch in frames, so that twice a place still is one.
const LONGEST: usize = 1 << 29;

/// What happens at the ends of the stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// It is over.
    Stop,
    /// It begins anew.
    Loop,
    /// It turns round, without playing the frame at the turn twice.
    PingPong,
}

/// A place in a stretch of a sound.
#[derive(Clone, Copy, Debug)]
pub struct Playhead {
    /// The stretch's first frame, and how many there are, at least 1.
    first: i64,
    frames: i64,
    ends: Ends,
    /// The place from the stretch's first frame.
    at: i64,
}

impl Playhead {
    /// At the beginning of the stretch from `begin` to `end` (shares of the sound, 0…1), or at its last frame if it
    /// goes `backwards`. `None` if there is nothing between them.
    pub fn new(
        sound: &Sound,
        (begin, end): (f32, f32),
        ends: Ends,
        backwards: bool,
    ) -> Option<Playhead> {
        let all = sound.frames().min(LONGEST);
        let frame = |share: f32| (f64::from(share.clamp(0.0, 1.0)) * all as f64).round() as i64;
        let (first, frames) = (frame(begin), frame(end) - frame(begin));
        (frames > 0).then_some(Playhead {
            first,
            frames,
            ends,
            at: if backwards { (frames - 1) * FRAME } else { 0 },
        })
    }

    /// The same share of the way in another sound.
    pub fn moved(self, from: &Sound, to: &Sound) -> Option<Playhead> {
        let (old, new) = (from.frames() as f64, to.frames().min(LONGEST) as f64);
        let same = |frames: i64| (frames as f64 / old * new).round() as i64;
        let (first, frames) = (same(self.first), same(self.frames));
        let seconds = self.at as f64 / f64::from(from.rate());
        let at = match from.frames() == to.frames() {
            true => self.at,
            false => (seconds * f64::from(to.rate())) as i64,
        };
        let moved = Playhead {
            first,
            frames,
            at,
            ..self
        };
        (frames > 0 && moved.is_inside()).then_some(moved)
    }

    fn is_inside(&self) -> bool {
        match self.ends {
            Ends::Stop => (0..self.frames * FRAME).contains(&self.at),
            Ends::Loop | Ends::PingPong => true,
        }
    }

    /// The sound at this place, left and right, between its frames by a cubic through four of them (Catmull and Rom
    /// 1974); on a frame it is that frame.
    #[inline]
    pub fn read(&self, sound: &Sound) -> [f32; 2] {
        let at = match self.ends {
            Ends::PingPong => self.folded(self.at),
            _ => self.at,
        };
        let (frame, part) = (at >> 32, (at & (FRAME - 1)) as f32 * (1.0 / FRAME as f32));
        let (left, right) = match sound.channels() {
            [only] => (only, only),
            [left, right, ..] => (left, right),
            [] => return [0.0; 2],
        };
        if part == 0.0 {
            let i = (self.first + frame) as usize;
            return [left, right].map(|c| c.get(i).copied().unwrap_or(0.0));
        }
        let places = [-1, 0, 1, 2].map(|k| self.place(frame + k));
        let of = |channel: &[f32]| {
            let y = places.map(|i| channel.get(i).copied().unwrap_or(0.0));
            cubic(y, part)
        };
        let first = of(left);
        [
            first,
            if std::ptr::eq(left, right) {
                first
            } else {
                of(right)
            },
        ]
    }

    /// Where a frame of the stretch lies in the sound, also beyond its ends: there a loop goes round, and what
    /// stops goes on into what the sound has beside the stretch. Before the sound's beginning is nothing.
    fn place(&self, frame: i64) -> usize {
        let inside = match self.ends {
            Ends::Stop => frame,
            Ends::Loop => frame.rem_euclid(self.frames),
            Ends::PingPong => self.folded(frame * FRAME) >> 32,
        };
        usize::try_from(self.first + inside).unwrap_or(usize::MAX)
    }

    /// There and back again: a place as it lies on the way there.
    fn folded(&self, at: i64) -> i64 {
        let last = (self.frames - 1) * FRAME;
        if last == 0 {
            return 0;
        }
        let at = at.rem_euclid(2 * last);
        if at > last { 2 * last - at } else { at }
    }

    /// Moves on by a step of places.
    #[inline]
    pub fn advance(&mut self, step: i64) {
        self.at += step;
        match self.ends {
            Ends::Stop => {}
            Ends::Loop => {
                let all = self.frames * FRAME;
                if !(0..all).contains(&self.at) {
                    self.at = self.at.rem_euclid(all);
                }
            }
            Ends::PingPong => {
                let all = 2 * (self.frames - 1) * FRAME;
                if !(0..all).contains(&self.at) {
                    self.at = if all == 0 { 0 } else { self.at.rem_euclid(all) };
                }
            }
        }
    }

    /// Whether it has gone beyond the end of the stretch.
    #[inline]
    pub fn has_ended(&self) -> bool {
        !self.is_inside()
    }

    /// Whether it goes on for ever.
    pub fn is_endless(&self) -> bool {
        self.ends != Ends::Stop
    }
}

/// A step of places for a speed in frames a frame, at most 64 either way.
#[inline]
pub fn step(speed: f64) -> i64 {
    (speed.clamp(-64.0, 64.0) * FRAME as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp(frames: usize) -> Sound {
        let up = (0..frames).map(|i| i as f32).collect();
        Sound::new(48000, vec![up]).unwrap()
    }

    /// What is read on the way, as whole numbers.
    fn walk(ends: Ends, span: (f32, f32), speed: f64, most: usize) -> Vec<i32> {
        let sound = ramp(8);
        let mut head = Playhead::new(&sound, span, ends, speed < 0.0).unwrap();
        let mut seen = Vec::new();
        for _ in 0..most {
            seen.push(head.read(&sound)[0].round() as i32);
            head.advance(step(speed));
            if head.has_ended() {
                break;
            }
        }
        seen
    }

    #[test]
    fn every_way_through_a_stretch_reads_the_frames_it_should() {
        use Ends::{Loop, PingPong, Stop};
        let half = (0.25, 0.75);
        assert_eq!(walk(Stop, half, 1.0, 9), [2, 3, 4, 5]);
        assert_eq!(walk(Stop, half, -1.0, 9), [5, 4, 3, 2]);
        assert_eq!(walk(Stop, (0.0, 1.0), 2.0, 9), [0, 2, 4, 6]);
        assert_eq!(walk(Loop, half, 1.0, 6), [2, 3, 4, 5, 2, 3]);
        assert_eq!(walk(Loop, half, -1.0, 6), [5, 4, 3, 2, 5, 4]);
        assert_eq!(walk(PingPong, half, 1.0, 8), [2, 3, 4, 5, 4, 3, 2, 3]);
        assert_eq!(walk(PingPong, (0.25, 0.375), 1.0, 3), [2, 2, 2]);
        assert!(Playhead::new(&ramp(8), (0.5, 0.5), Stop, false).is_none());
    }

    #[test]
    fn between_frames_a_ramp_is_a_ramp() {
        let sound = ramp(64);
        let mut head = Playhead::new(&sound, (0.25, 0.75), Ends::Stop, false).unwrap();
        for i in 0..60 {
            let want = 16.0 + i as f32 * 0.37;
            assert!((head.read(&sound)[0] - want).abs() < 1e-4, "{i}");
            head.advance(step(0.37));
        }
    }
}
