//! What a host says about time, in the engine's words.
//!
//! Audio thread: plain arithmetic. Hosts say it each in their own way: without a flag that they play, without a position,
//! with a loop that wraps inside a block of theirs. A [`Follower`] remembers what it needs of the last block to tell.

use nice_plug::prelude::Transport;
use sorl_graph::time::{Beats, HostTime, Meter, Tempo};

/// The finest place of a bar line that is told apart, in parts of a beat: hosts round.
const FINEST: f64 = 960.0;

/// Follows one host's transport from block to block.
#[derive(Debug)]
pub(crate) struct Follower {
    rate: u32,
    /// The host has said that it plays: then it means what it says when it does not.
    says_playing: bool,
    /// Where the song should be next if it moves, in beats, and whether it moved from the host's last block to this.
    next: Option<f64>,
    moving: bool,
    /// Frames since the host's block began: the framework cuts it where parameters move.
    since: usize,
    /// The metre of the last block, and the beat at which its bar 0 would begin.
    bars: Option<(Meter, f64)>,
}

impl Follower {
    pub(crate) fn new(rate: u32) -> Follower {
        Follower {
            rate: rate.max(1),
            says_playing: false,
            next: None,
            moving: false,
            since: 0,
            bars: None,
        }
    }

    /// The host's time at the first frame of a block of so many, or of a part of one (`begins`: its first). `None` if
    /// it has no transport at all: then Sorl's own clock rules.
    pub(crate) fn follow(
        &mut self,
        transport: &Transport,
        frames: usize,
        begins: bool,
    ) -> Option<HostTime> {
        let since = if begins { 0 } else { self.since };
        self.since = since + frames;
        let silent = !transport.playing
            && transport.tempo.is_none()
            && transport.pos_beats.is_none()
            && transport.pos_seconds.is_none()
            && transport.pos_samples.is_none();
        if silent {
            return None;
        }
        let tempo = transport.tempo.filter(|bpm| bpm.is_finite() && *bpm > 0.0);
        let meter = transport
            .time_sig_numerator
            .zip(transport.time_sig_denominator)
            .and_then(|(beats, unit)| Meter::new(beats.into(), unit.into()));
        // Beats are worked out from seconds or samples where a host counts only those.
        let beat = transport.pos_beats().filter(|b| b.is_finite());
        self.says_playing |= transport.playing;
        let per_frame = tempo.unwrap_or(120.0) / (60.0 * f64::from(self.rate));
        let beat = beat.map(|beat| self.place(beat, since as f64 * per_frame, per_frame));
        self.moves(beat, per_frame, frames, begins);
        let playing = transport.playing || (self.moving && !self.says_playing);
        if !playing && !begins {
            // The framework lets time pass in a block also where the song stands still.
            return Some(HostTime {
                playing,
                beat: None,
                tempo: tempo.map(Tempo::from_bpm),
                meter,
                bar: None,
            });
        }
        Some(HostTime {
            playing,
            beat: beat.map(Beats::from_f64),
            tempo: tempo.map(Tempo::from_bpm),
            meter,
            bar: meter.zip(beat).and_then(|(meter, beat)| {
                let origin = self.bars(transport, meter, beat)?;
                Some((Beats::from_f64(origin), 0))
            }),
        })
    }

    /// Where the song is in the middle of a host's block. The framework adds the time since the block began to
    /// whatever the host says; what the host said there and then has it already. So it is whichever is nearer to where
    /// the song should be, and after a jump what was said there.
    fn place(&self, beat: f64, added: f64, per_frame: f64) -> f64 {
        let Some(next) = self.next.filter(|_| added > 0.0) else {
            return beat;
        };
        let (far, near) = ((beat - next).abs(), (beat - added - next).abs());
        match far <= near && far < self.close(per_frame) {
            true => beat,
            false => beat - added,
        }
    }

    /// The beats in 2 ms: nearer is where it should be.
    fn close(&self, per_frame: f64) -> f64 {
        0.002 * per_frame * f64::from(self.rate)
    }

    /// Whether the position goes on as that of a song that plays.
    fn moves(&mut self, beat: Option<f64>, per_frame: f64, frames: usize, begins: bool) {
        if begins && frames > 0 {
            self.moving = match (beat, self.next) {
                (Some(beat), Some(next)) => (beat - next).abs() < self.close(per_frame),
                _ => false,
            };
        }
        self.next = beat.map(|beat| beat + per_frame * frames as f64);
    }

    /// The beat at which bar 0 would begin, if the host says where its bars are.
    fn bars(&mut self, transport: &Transport, meter: Meter, beat: f64) -> Option<f64> {
        let length = meter.bar().to_f64();
        let last = self
            .bars
            .filter(|(before, _)| *before == meter)
            .map(|(_, origin)| origin);
        let (Some(start), number) = (transport.bar_start_pos_beats, transport.bar_number) else {
            return last;
        };
        // What does not hold the position is no bar of it.
        if !start.is_finite() || !(-0.01..length + 0.01).contains(&(beat - start)) {
            return last;
        }
        let number = number.map_or_else(|| (start / length).round(), f64::from);
        let origin = ((start - number * length) * FINEST).round() / FINEST;
        // The framework makes up bars that count from nought where it cuts a block: while the song goes on in one
        // metre, its bars stay where they were.
        let made_up = (origin / length).fract() == 0.0;
        let origin = match last {
            Some(last) if made_up && self.moving => last,
            _ => origin,
        };
        self.bars = Some((meter, origin));
        Some(origin)
    }
}

/// Where the song's loop wraps inside a block of so many frames: the frame, and the time from there on. None where
/// it does not.
pub(crate) fn wrap(
    transport: &Transport,
    host: &HostTime,
    frames: usize,
    rate: u32,
) -> Option<(usize, HostTime)> {
    let (start, end) = transport.loop_range_beats()?;
    let (beat, tempo) = (host.beat?.to_f64(), host.tempo?);
    let bounded = start.is_finite() && end.is_finite() && end > start;
    if !host.playing || !bounded || beat >= end {
        return None;
    }
    let per_frame = tempo.bpm() / (60.0 * f64::from(rate.max(1)));
    let at = ((end - beat) / per_frame).round();
    let inside = at >= 1.0 && at < frames as f64;
    // A loop shorter than a frame has no place for a block.
    (inside && end - start > per_frame).then(|| {
        let past = at * per_frame - (end - beat);
        // Exactly its beginning, but for the part of a frame.
        let beat = Beats::from_f64(start + if past.abs() < per_frame { 0.0 } else { past });
        let beat = Some(beat);
        (at as usize, HostTime { beat, ..*host })
    })
}

/// The time so many frames further into a block.
pub(crate) fn later(host: HostTime, frames: usize, rate: u32) -> HostTime {
    let (Some(beat), Some(tempo), true) = (host.beat, host.tempo, host.playing) else {
        return host;
    };
    let passed = frames as f64 * tempo.bpm() / (60.0 * f64::from(rate.max(1)));
    HostTime {
        beat: Some(beat + Beats::from_f64(passed)),
        ..host
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(transport: &Transport) -> HostTime {
        let host = Follower::new(48_000).follow(transport, 64, true);
        host.expect("the host has a transport")
    }

    #[test]
    fn a_host_without_a_transport_leaves_time_to_sorl() {
        let mut follower = Follower::new(48_000);
        assert_eq!(follower.follow(&Transport::new(48_000.0), 64, true), None);
    }

    #[test]
    fn a_stopped_host_still_rules() {
        let mut transport = Transport::new(48_000.0);
        transport.tempo = Some(100.0);
        transport.pos_beats = Some(-2.0);
        let time = time(&transport);
        assert!(!time.playing);
        assert_eq!(time.beat, Some(Beats::whole(-2)));
        assert_eq!(time.tempo, Some(Tempo::from_bpm(100.0)));
        assert_eq!(time.meter, None);
    }

    #[test]
    fn beats_follow_from_samples_and_bad_numbers_are_unsaid() {
        let mut transport = Transport::new(48_000.0);
        transport.playing = true;
        transport.tempo = Some(120.0);
        transport.pos_samples = Some(48_000);
        transport.time_sig_numerator = Some(6);
        transport.time_sig_denominator = Some(8);
        let of = time(&transport);
        assert_eq!(of.beat, Some(Beats::whole(2)));
        assert_eq!(of.meter, Meter::new(6, 8));
        assert_eq!(later(of, 24_000, 48_000).beat, Some(Beats::whole(3)));
        transport.tempo = Some(f64::NAN);
        transport.time_sig_denominator = Some(0);
        let of = time(&transport);
        assert_eq!((of.tempo, of.meter, of.beat), (None, None, None));
    }

    #[test]
    fn a_position_that_moves_is_a_song_that_plays_unless_the_host_has_a_flag_for_it() {
        let mut follower = Follower::new(48_000);
        let mut transport = Transport::new(48_000.0);
        transport.tempo = Some(120.0);
        let mut at = |beat: f64, flag: bool| {
            transport.pos_beats = Some(beat);
            transport.playing = flag;
            let host = follower.follow(&transport, 24_000, true);
            host.expect("the host has a transport").playing
        };
        assert_eq!(
            [4.0, 4.0, 5.0, 6.0, 6.0, 9.0, 10.0].map(|beat| at(beat, false)),
            [false, false, true, true, false, false, true]
        );
        assert!(at(11.0, true));
        assert!(
            !at(12.0, false) && !at(13.0, false),
            "it has said what it means"
        );
    }

    #[test]
    fn parts_of_a_block_are_where_they_are_whoever_said_it() {
        let mut transport = Transport::new(48_000.0);
        (transport.playing, transport.tempo) = (true, Some(120.0));
        let mut follower = Follower::new(48_000);
        let mut at = |beat: f64, playing: bool, begins: bool| {
            (transport.playing, transport.pos_beats) = (playing, Some(beat));
            let host = follower.follow(&transport, 12_000, begins);
            let host = host.expect("the host has a transport");
            (host.playing, host.beat.map(Beats::to_f64))
        };
        assert_eq!(at(4.0, true, true), (true, Some(4.0)));
        assert_eq!(
            at(4.5, true, false),
            (true, Some(4.5)),
            "cut by a parameter"
        );
        assert_eq!(
            at(9.0, true, false),
            (true, Some(8.0)),
            "a jump that the host told there"
        );
        assert_eq!(at(8.5, true, true), (true, Some(8.5)));
        assert_eq!(
            at(9.5, true, false),
            (true, Some(9.0)),
            "told there, and no jump"
        );

        // One that stands still from the beginning does not play because its blocks are cut.
        let mut follower = Follower::new(48_000);
        let mut at = |beat: f64, begins: bool| {
            (transport.playing, transport.pos_beats) = (false, Some(beat));
            let host = follower.follow(&transport, 12_000, begins);
            host.expect("the host has a transport").playing
        };
        assert_eq!(
            [at(4.0, true), at(4.5, false), at(4.0, true), at(4.5, false)],
            [false; 4]
        );
    }

    #[test]
    fn bars_are_where_the_host_says_and_stay_where_it_does_not() {
        let mut follower = Follower::new(48_000);
        let mut transport = Transport::new(48_000.0);
        (transport.playing, transport.tempo) = (true, Some(120.0));
        (transport.time_sig_numerator, transport.time_sig_denominator) = (Some(3), Some(4));
        let mut at = |beat: f64, start: Option<f64>, number: Option<i32>| {
            transport.pos_beats = Some(beat);
            (transport.bar_start_pos_beats, transport.bar_number) = (start, number);
            let host = follower.follow(&transport, 24_000, true);
            host.expect("the host has a transport").bar
        };
        // Four bars of four beats went before: the fifth, number 4, begins at beat 16.
        let origin = Some((Beats::whole(4), 0));
        assert_eq!(at(16.0, Some(16.0), Some(4)), origin);
        assert_eq!(at(17.0, Some(16.0000001), Some(4)), origin);
        assert_eq!(
            at(18.0, Some(18.0), Some(6)),
            origin,
            "made up where a block was cut"
        );
        assert_eq!(at(19.0, None, None), origin);
        assert_eq!(
            at(20.0, Some(4.0), Some(1)),
            origin,
            "not the bar that it is in"
        );
        assert_eq!(
            at(0.0, Some(0.0), Some(0)),
            Some((Beats::ZERO, 0)),
            "a jump"
        );
    }

    #[test]
    fn a_loop_wraps_where_it_ends() {
        let mut transport = Transport::new(48_000.0);
        (transport.playing, transport.tempo) = (true, Some(120.0));
        transport.pos_beats = Some(3.5);
        let none = time(&transport);
        assert!(wrap(&transport, &none, 48_000, 48_000).is_none());
        transport.loop_range_beats = Some((1.0, 4.0));
        let host = time(&transport);
        assert!(wrap(&transport, &host, 12_000, 48_000).is_none());
        let (frame, then) = wrap(&transport, &host, 12_001, 48_000).expect("it wraps");
        assert_eq!((frame, then.beat), (12_000, Some(Beats::whole(1))));
        transport.pos_beats = Some(4.5);
        let beyond = time(&transport);
        assert!(wrap(&transport, &beyond, 48_000, 48_000).is_none());
    }
}
