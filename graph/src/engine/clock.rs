//! Where the song is: follows the host, or runs by itself.

mod due;
#[cfg(test)]
mod tests;

use crate::plan::Plan;
use crate::time::{Bars, Beats, Boundary, HostTime, Meter, Pace, Ratio, Segment, Tempo};
pub use due::Due;

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

/// What Sorl's own transport was told last, also while another one rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// To play.
    pub playing: bool,
    /// How often it was told to play or to stop; wraps.
    pub orders: u32,
    /// Where to go.
    pub beat: Beats,
    /// How often it was told where to go; wraps.
    pub seeks: u32,
    /// The tempo that overrules the score's.
    pub tempo: Option<Tempo>,
}

/// The clock of an engine. Every call is real-time safe.
///
/// Of a Plan it keeps the tempo map and the bars, and lets go of them when it takes the next one, before that one
/// retires: so none is ever freed here.
pub struct Clock {
    rate: u32,
    /// Sorl's own transport: whether it runs, where it stands, the tempo that overrules the score's.
    own_playing: bool,
    own_beat: Beats,
    overrule: Option<Tempo>,
    /// How often it was told to play or to stop, and to go elsewhere.
    orders: u32,
    seeks: u32,
    /// The host ruled the last block, and its song played.
    hosted: bool,
    host_plays: bool,
    /// What the host said of tempo and metre.
    host_tempo: Option<Tempo>,
    host_meter: Option<Meter>,
    /// Where the host's bar 0 would begin in its metre.
    host_origin: Beats,
    segment: Option<Segment>,
    pace: Pace,
    bars: Bars,
    beat: Beats,
    /// Events before this point have sounded, whatever the segment says: set where it was anchored anew.
    mark: Option<Boundary>,
    jumped: bool,
    /// How often it has jumped, starts and stops included; whether the last one was a start, and where to.
    jumps: u32,
    started: bool,
    jumped_to: Beats,
    /// It ran at the last turn.
    ran: bool,
}

impl Clock {
    pub fn new(rate: u32) -> Clock {
        Clock {
            rate,
            own_playing: false,
            own_beat: Beats::ZERO,
            overrule: None,
            orders: 0,
            seeks: 0,
            hosted: false,
            host_plays: false,
            host_tempo: None,
            host_meter: None,
            host_origin: Beats::ZERO,
            segment: None,
            pace: Pace::default(),
            bars: Bars::default(),
            beat: Beats::ZERO,
            mark: None,
            jumped: false,
            jumps: 0,
            started: false,
            jumped_to: Beats::ZERO,
            ran: false,
        }
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }
    /// The segment in force, while the transport runs.
    pub fn segment(&self) -> Option<&Segment> {
        self.segment.as_ref()
    }
    pub fn bars(&self) -> &Bars {
        &self.bars
    }
    /// The metre in force at a frame.
    pub fn meter(&self, frame: i64) -> Meter {
        self.bars.meter_at(self.beat(frame))
    }
    /// The tempo in force at a frame.
    pub fn tempo(&self, frame: i64) -> Tempo {
        match &self.segment {
            Some(segment) => segment.tempo_at(frame),
            None => self.pace.tempo_at(self.beat),
        }
    }
    pub fn playing(&self) -> bool {
        self.segment.is_some()
    }
    /// Whether a host's transport rules.
    pub fn hosted(&self) -> bool {
        self.hosted
    }
    /// How often it has started, stopped or jumped.
    pub fn jumps(&self) -> u32 {
        self.jumps
    }
    /// Whether the last jump was a start from where it stood still.
    pub fn started(&self) -> bool {
        self.started
    }
    /// Where the last jump led.
    pub fn jumped_to(&self) -> Beats {
        self.jumped_to
    }
    /// Song position at a frame.
    pub fn beat(&self, frame: i64) -> Beats {
        self.segment
            .as_ref()
            .map_or(self.beat, |s| s.beat_of(frame))
    }
    /// Song position at a frame in cycles.
    pub fn cycle(&self, frame: i64) -> Ratio {
        self.bars.cycle_of(self.beat(frame))
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
        self.ran = false;
    }

    /// Sorl's own transport runs or stands still.
    pub fn play(&mut self, frame: i64, on: bool) {
        if self.own_playing && !on && !self.hosted {
            self.own_beat = self.beat(frame);
        }
        self.own_playing = on;
        self.orders = self.orders.wrapping_add(1);
    }

    /// Sorl's own transport goes to a beat.
    pub fn seek(&mut self, frame: i64, beat: Beats) {
        if !self.hosted && self.segment.is_none() && beat != self.own_beat {
            // What was got ready for a start from the old place is not for this one.
            self.jumps = self.jumps.wrapping_add(1);
        }
        self.own_beat = beat;
        self.seeks = self.seeks.wrapping_add(1);
        if !self.hosted && self.segment.is_some() {
            self.start(frame, beat);
        } else if !self.hosted {
            self.beat = beat;
        }
    }

    /// A tempo that rules over the score's, where no host does.
    pub fn overrule(&mut self, tempo: Option<Tempo>) {
        self.overrule = tempo;
    }

    /// What the own transport was told, whoever rules.
    pub fn wish(&self) -> Wish {
        Wish {
            playing: self.own_playing,
            orders: self.orders,
            beat: self.own_beat,
            seeks: self.seeks,
            tempo: self.overrule,
        }
    }

    /// The song from its beginning on, as if that were at frame 0, at the pace in force.
    pub fn timeline(&self) -> Segment {
        Segment::paced(0, Beats::ZERO, &self.pace, self.rate)
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
        self.turn(frame)
    }

    /// Takes a new Plan's tempo and metre at its very frame, as far as no host rules.
    pub fn take_plan(&mut self, frame: i64, plan: &Plan) -> Turn {
        if self.hosted {
            self.take_bars(frame, self.host_bars(), Some(plan));
            self.take_pace(self.host_tempo, Some(plan));
            if self.host_plays {
                self.go_on(frame);
            } else {
                self.stand(frame, Some(plan));
            }
        } else {
            self.follow_own(frame, Some(plan));
        }
        self.turn(frame)
    }

    /// The own clock, after it was told to play, to stop or to go elsewhere within a block.
    pub fn obey(&mut self, frame: i64, plan: Option<&Plan>) -> Turn {
        if !self.hosted {
            self.follow_own(frame, plan);
        }
        self.turn(frame)
    }

    /// What has happened since the last turn.
    fn turn(&mut self, frame: i64) -> Turn {
        let (ran, runs) = (self.ran, self.playing());
        self.ran = runs;
        if !std::mem::take(&mut self.jumped) {
            return Turn::Steady;
        }
        self.jumps = self.jumps.wrapping_add(1);
        self.started = runs && !ran;
        self.jumped_to = self.beat(frame);
        Turn::Jump
    }

    fn follow_own(&mut self, frame: i64, plan: Option<&Plan>) {
        self.take_bars(frame, None, plan);
        self.take_pace(self.overrule, plan);
        if !self.own_playing {
            self.stop(frame);
        } else if self.segment.is_none() {
            self.start(frame, self.own_beat);
        } else {
            self.go_on(frame);
        }
    }

    fn follow_host(&mut self, frame: i64, host: &HostTime, plan: Option<&Plan>) {
        (self.host_tempo, self.host_meter) = (host.tempo, host.meter);
        self.host_origin = match host.meter.zip(host.bar) {
            Some((meter, (began, number))) => {
                let length = meter.bar().units();
                Beats::from_units(began.units().saturating_sub(number.saturating_mul(length)))
            }
            None => Beats::ZERO,
        };
        self.take_bars(frame, self.host_bars(), plan);
        self.take_pace(host.tempo, plan);
        self.host_plays = host.playing;
        if !host.playing {
            self.stand(frame, plan);
            if self.segment.is_none() {
                self.beat = host.beat.unwrap_or(self.beat);
            }
            return;
        }
        let Some(segment) = &self.segment else {
            self.start(frame, host.beat.unwrap_or(self.beat));
            return;
        };
        // How far off the segment is, in frames of the old tempo.
        let off = host
            .beat
            .map_or(0, |beat| segment.frame_of(beat).saturating_sub(frame));
        if off == 0 {
            // Within half a frame: the segment goes on, or a new tempo goes on from its position.
            self.go_on(frame);
        } else if off.unsigned_abs() < (i64::from(self.rate) * NEAR.0 / NEAR.1) as u64 {
            let beat = host.beat.unwrap_or_default();
            self.anchor(frame, Segment::paced(frame, beat, &self.pace, self.rate));
        } else {
            self.start(frame, host.beat.unwrap_or_default());
        }
    }

    /// The host's song stands still: so does this, unless the score lets it go on from where it is.
    fn stand(&mut self, frame: i64, plan: Option<&Plan>) {
        if !plan.is_some_and(|plan| plan.free_run) {
            self.stop(frame);
        } else if self.segment.is_none() {
            self.start(frame, self.beat);
        } else {
            self.go_on(frame);
        }
    }

    /// The pace: a tempo that somebody rules, else the Plan's map.
    fn take_pace(&mut self, ruled: Option<Tempo>, plan: Option<&Plan>) {
        self.pace = match (ruled, plan) {
            (Some(tempo), _) => Pace::Steady(tempo),
            (None, Some(plan)) => Pace::of(&plan.map),
            // Without a Plan it stays, but for a map that is gone.
            (None, None) if self.hosted => Pace::Steady(self.pace.tempo_at(self.beat)),
            (None, None) => Pace::default(),
        };
    }

    /// The segment goes on from where it is, at the present pace.
    fn go_on(&mut self, frame: i64) {
        let Some(segment) = &mut self.segment else {
            return;
        };
        if segment.is_at(&self.pace) {
            segment.keep(&self.pace);
        } else {
            let anew = segment.with_pace(frame, &self.pace);
            self.anchor(frame, anew);
        }
    }

    /// The host's bars, if it says its metre.
    fn host_bars(&self) -> Option<Bars> {
        let meter = self.host_meter?;
        Some(Bars::beginning(meter, self.host_origin))
    }

    /// A change of metre at a bar line changes the length of what comes. Any other moves every cycle: patterns go on from
    /// the new place.
    fn take_bars(&mut self, frame: i64, ruled: Option<Bars>, plan: Option<&Plan>) {
        let bars = match (ruled, plan) {
            (Some(bars), _) => bars,
            (None, Some(plan)) => plan.bars.clone(),
            (None, None) => Bars::default(),
        };
        if bars != self.bars {
            let beat = self.beat(frame);
            let goes_on = self.hosted && bars.cycle_of(beat) == self.bars.cycle_of(beat);
            if !goes_on {
                self.mark = None;
                self.jumped |= self.segment.is_some();
            }
        }
        self.bars = bars;
    }

    fn start(&mut self, frame: i64, beat: Beats) {
        self.segment = Some(Segment::paced(frame, beat, &self.pace, self.rate));
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
    }

    /// Once the segment has passed the mark, frames alone tell what has sounded.
    pub fn settle(&mut self, frame: i64) {
        if let (Some(mark), Some(segment)) = (self.mark, &self.segment)
            && segment.boundary(frame).beat() >= mark.beat()
        {
            self.mark = None;
        }
    }
}
