//! Where the song is: follows the host, or runs by itself.

use crate::plan::{Plan, When};
use crate::time::{Beats, Boundary, HostTime, Meter, Ratio, Segment, Tempo};

/// Seconds by which a host's position may differ before it counts as a jump, as a fraction: 20 ms.
const NEAR: (i64, i64) = (1, 50);

/// What following brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Time goes on.
    Steady,
    /// The transport started, stopped or went elsewhere.
    Jump,
}

/// When a waiting Plan is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At a frame.
    Frame(i64),
    /// At a beat; at once if the transport stands still.
    Beat(Beats),
}

/// The clock of an engine. Every call is real-time safe.
pub struct Clock {
    rate: u32,
    /// Sorl's own transport: whether it runs, where it stands, the tempo that overrules the score's.
    own_playing: bool,
    own_beat: Beats,
    overrule: Option<Tempo>,
    /// The host ruled the last block.
    hosted: bool,
    segment: Option<Segment>,
    tempo: Tempo,
    meter: Meter,
    beat: Beats,
    /// Events before this point have sounded, whatever the segment says: set where it was anchored anew.
    mark: Option<Boundary>,
    jumped: bool,
}

impl Clock {
    pub fn new(rate: u32) -> Clock {
        Clock {
            rate,
            own_playing: false,
            own_beat: Beats::ZERO,
            overrule: None,
            hosted: false,
            segment: None,
            tempo: Tempo::default(),
            meter: Meter::default(),
            beat: Beats::ZERO,
            mark: None,
            jumped: false,
        }
    }

    /// The segment in force, while the transport runs.
    pub fn segment(&self) -> Option<&Segment> {
        self.segment.as_ref()
    }
    pub fn meter(&self) -> Meter {
        self.meter
    }
    pub fn tempo(&self) -> Tempo {
        self.tempo
    }
    pub fn playing(&self) -> bool {
        self.segment.is_some()
    }
    /// Song position at a frame.
    pub fn beat(&self, frame: i64) -> Beats {
        self.segment.map_or(self.beat, |s| s.beat_of(frame))
    }
    /// Song position at a frame in cycles.
    pub fn cycle(&self, frame: i64) -> Ratio {
        self.meter.cycle_of(self.beat(frame))
    }
    /// Events before this point have sounded already.
    pub fn mark(&self) -> Option<Boundary> {
        self.mark
    }

    /// Back to frame 0 and beat 0; whether the own transport runs stays.
    pub fn rewind(&mut self) {
        self.own_beat = Beats::ZERO;
        self.beat = Beats::ZERO;
        self.segment = None;
        self.mark = None;
    }

    /// Sorl's own transport runs or stands still.
    pub fn play(&mut self, frame: i64, on: bool) {
        if self.own_playing && !on && !self.hosted {
            self.own_beat = self.beat(frame);
        }
        self.own_playing = on;
    }

    /// Sorl's own transport goes to a beat.
    pub fn seek(&mut self, frame: i64, beat: Beats) {
        self.own_beat = beat;
        if !self.hosted && self.segment.is_some() {
            self.start(frame, beat, self.tempo);
        } else if !self.hosted {
            self.beat = beat;
        }
    }

    /// A tempo that rules over the score's, where no host does.
    pub fn overrule(&mut self, tempo: Option<Tempo>) {
        self.overrule = tempo;
    }

    /// Brings the clock to the first frame of a block.
    pub fn follow(&mut self, frame: i64, host: Option<&HostTime>, plan: Option<&Plan>) -> Turn {
        let hosted = host.is_some();
        if hosted != self.hosted {
            // One clock gives way to the other: what the first one started ends.
            self.hosted = hosted;
            self.stop(frame);
        }
        match host {
            Some(host) => self.follow_host(frame, host, plan),
            None => self.follow_own(frame, plan),
        }
        self.turn()
    }

    /// The own clock takes a new Plan's tempo and metre at its very frame.
    pub fn take_plan(&mut self, frame: i64, plan: &Plan) -> Turn {
        if self.hosted {
            return Turn::Steady;
        }
        self.follow_own(frame, Some(plan));
        self.turn()
    }

    /// What has happened since the last turn.
    fn turn(&mut self) -> Turn {
        if std::mem::take(&mut self.jumped) {
            Turn::Jump
        } else {
            Turn::Steady
        }
    }

    fn follow_own(&mut self, frame: i64, plan: Option<&Plan>) {
        let tempo = self.overrule.or(plan.map(|p| p.tempo)).unwrap_or_default();
        self.take_meter(plan.map(|p| p.meter).unwrap_or_default());
        match self.segment {
            _ if !self.own_playing => {
                self.stop(frame);
                self.tempo = tempo;
            }
            None => self.start(frame, self.own_beat, tempo),
            Some(segment) if segment.tempo() != tempo => {
                self.anchor(frame, segment.with_tempo(frame, tempo))
            }
            Some(_) => {}
        }
    }

    fn follow_host(&mut self, frame: i64, host: &HostTime, plan: Option<&Plan>) {
        let tempo = host.tempo.or(plan.map(|p| p.tempo)).unwrap_or(self.tempo);
        self.take_meter(host.meter.or(plan.map(|p| p.meter)).unwrap_or_default());
        if !host.playing {
            self.stop(frame);
            self.tempo = tempo;
            self.beat = host.beat.unwrap_or(self.beat);
            return;
        }
        let Some(segment) = self.segment else {
            self.start(frame, host.beat.unwrap_or(self.beat), tempo);
            return;
        };
        // How far off the segment is, in frames of the old tempo.
        let off = host
            .beat
            .map_or(0, |beat| segment.frame_of(beat).saturating_sub(frame));
        if off == 0 {
            // Within half a frame: the segment goes on, or a new tempo goes on from its position.
            if segment.tempo() != tempo {
                self.anchor(frame, segment.with_tempo(frame, tempo));
            }
        } else if off.unsigned_abs() < (i64::from(self.rate) * NEAR.0 / NEAR.1) as u64 {
            self.anchor(
                frame,
                Segment::new(frame, host.beat.unwrap_or_default(), tempo, self.rate),
            );
        } else {
            self.start(frame, host.beat.unwrap_or_default(), tempo);
        }
    }

    /// A change of metre moves every cycle: patterns go on from the new place.
    fn take_meter(&mut self, meter: Meter) {
        if meter != self.meter {
            self.meter = meter;
            self.mark = None;
            self.jumped |= self.segment.is_some();
        }
    }

    fn start(&mut self, frame: i64, beat: Beats, tempo: Tempo) {
        self.segment = Some(Segment::new(frame, beat, tempo, self.rate));
        self.tempo = tempo;
        self.mark = None;
        self.jumped = true;
    }

    fn stop(&mut self, frame: i64) {
        if let Some(segment) = self.segment.take() {
            self.beat = segment.beat_of(frame);
            self.mark = None;
            self.jumped = true;
        }
        if !self.hosted {
            self.beat = self.own_beat;
        }
    }

    /// A new line through (nearly) the same place: what has sounded stays sounded, what was crossed sounds now.
    fn anchor(&mut self, frame: i64, segment: Segment) {
        if let Some(old) = self.segment.replace(segment) {
            let sounded = old.boundary(frame);
            if self.mark.is_none_or(|mark| mark.beat() < sounded.beat()) {
                self.mark = Some(sounded);
            }
        }
        self.tempo = segment.tempo();
    }

    /// Once the segment has passed the mark, frames alone tell what has sounded.
    pub fn settle(&mut self, frame: i64) {
        if let (Some(mark), Some(segment)) = (self.mark, &self.segment)
            && segment.boundary(frame).beat() >= mark.beat()
        {
            self.mark = None;
        }
    }

    /// When a Plan that asks for `when` is due.
    pub fn due(&self, when: When, frame: i64) -> Due {
        let Some(segment) = &self.segment else {
            return Due::Frame(if let When::Frame(at) = when {
                at
            } else {
                frame
            });
        };
        let next = |grid: Beats| {
            let units = segment.beat_of(frame).units();
            let beat =
                Beats::from_units(units.div_euclid(grid.units()).saturating_mul(grid.units()));
            if segment.frame_of(beat) >= frame {
                Due::Beat(beat)
            } else {
                Due::Beat(beat + grid)
            }
        };
        match when {
            When::Now => Due::Frame(frame),
            When::Frame(at) => Due::Frame(at),
            When::NextBeat => next(Beats::whole(1)),
            When::NextBar => next(self.meter.bar()),
        }
    }

    /// The frame at which that is.
    pub fn frame_of_due(&self, due: Due, frame: i64) -> i64 {
        match (due, &self.segment) {
            (Due::Frame(at), _) => at,
            (Due::Beat(beat), Some(segment)) => segment.frame_of(beat),
            (Due::Beat(_), None) => frame,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48000;

    fn host(beat: f64, bpm: f64) -> HostTime {
        HostTime {
            playing: true,
            beat: Some(Beats::from_f64(beat)),
            tempo: Some(Tempo::from_bpm(bpm)),
            meter: Some(Meter::default()),
        }
    }

    #[test]
    fn a_host_that_agrees_within_half_a_frame_leaves_the_segment_alone() {
        let mut c = Clock::new(RATE);
        assert_eq!(c.follow(0, Some(&host(0.0, 120.0)), None), Turn::Jump);
        let first = *c.segment().unwrap();
        for block in 1..200i64 {
            let frame = block * 333;
            // A host that rounds its position to a third of a frame.
            let beat = frame as f64 / 24000.0 + 0.33 / 24000.0;
            assert_eq!(
                c.follow(frame, Some(&host(beat, 120.0)), None),
                Turn::Steady
            );
            assert_eq!(*c.segment().unwrap(), first);
        }
    }

    #[test]
    fn a_little_off_is_anchored_anew_and_far_off_is_a_jump() {
        let mut c = Clock::new(RATE);
        c.follow(0, Some(&host(0.0, 120.0)), None);
        let off = |frames: f64| frames / 24000.0;
        assert_eq!(
            c.follow(24000, Some(&host(1.0 + off(100.0), 120.0)), None),
            Turn::Steady
        );
        assert_eq!(c.segment().unwrap().frame_of(Beats::whole(1)), 23900);
        assert!(c.mark().is_some());
        c.settle(24200);
        assert!(c.mark().is_none());
        assert_eq!(c.follow(48000, Some(&host(3.0, 120.0)), None), Turn::Jump);
        assert_eq!(
            c.follow(
                50000,
                Some(&HostTime {
                    playing: false,
                    ..host(3.0, 120.0)
                }),
                None
            ),
            Turn::Jump
        );
        assert!(!c.playing());
        assert_eq!(
            c.follow(
                52000,
                Some(&HostTime {
                    playing: false,
                    ..host(3.0, 120.0)
                }),
                None
            ),
            Turn::Steady
        );
    }

    #[test]
    fn a_tempo_change_goes_on_from_the_same_place() {
        let mut c = Clock::new(RATE);
        c.follow(0, Some(&host(0.0, 120.0)), None);
        assert_eq!(c.follow(24000, Some(&host(1.0, 60.0)), None), Turn::Steady);
        assert_eq!(
            c.segment().unwrap().frame_of(Beats::whole(2)),
            24000 + 48000
        );
    }

    #[test]
    fn a_host_without_a_position_still_gives_the_tempo() {
        let mut c = Clock::new(RATE);
        let h = HostTime {
            playing: true,
            tempo: Some(Tempo::from_bpm(60.0)),
            ..HostTime::default()
        };
        assert_eq!(c.follow(0, Some(&h), None), Turn::Jump);
        assert_eq!(c.follow(48000, Some(&h), None), Turn::Steady);
        assert_eq!(c.beat(48000), Beats::whole(1));
    }

    #[test]
    fn the_own_clock_stops_where_it_is_and_goes_on_from_there() {
        let mut c = Clock::new(RATE);
        assert_eq!(c.follow(0, None, None), Turn::Steady);
        c.play(0, true);
        assert_eq!(c.follow(0, None, None), Turn::Jump);
        c.play(24000, false);
        assert_eq!(c.follow(24000, None, None), Turn::Jump);
        assert_eq!(c.beat(30000), Beats::whole(1));
        c.play(48000, true);
        c.follow(48000, None, None);
        assert_eq!(c.beat(72000), Beats::whole(2));
    }

    #[test]
    fn the_next_bar_is_now_if_it_begins_now() {
        let mut c = Clock::new(RATE);
        c.follow(0, Some(&host(4.0, 120.0)), None);
        assert_eq!(c.frame_of_due(c.due(When::NextBar, 0), 0), 0);
        assert_eq!(c.frame_of_due(c.due(When::NextBar, 1), 1), 96000);
        assert_eq!(c.frame_of_due(c.due(When::NextBeat, 1), 1), 24000);
    }
}
