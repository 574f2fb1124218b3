//! What a host says about time, in the engine's words.
//!
//! Audio thread: plain arithmetic.

use nice_plug::prelude::Transport;
use sorl_graph::time::{Beats, HostTime, Meter, Tempo};

/// The host's time at the first frame of a block. `None` if it has no transport at all: then
/// Sorl's own clock rules.
pub(crate) fn host_time(transport: &Transport) -> Option<HostTime> {
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
        .zip(transport.time_sig_denominator);
    Some(HostTime {
        playing: transport.playing,
        // Beats are worked out from seconds or samples where a host counts only those.
        beat: transport
            .pos_beats()
            .filter(|b| b.is_finite())
            .map(Beats::from_f64),
        tempo: tempo.map(Tempo::from_bpm),
        meter: meter.and_then(|(beats, unit)| Meter::new(beats.into(), unit.into())),
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

    #[test]
    fn a_host_without_a_transport_leaves_time_to_sorl() {
        assert_eq!(host_time(&Transport::new(48_000.0)), None);
    }

    #[test]
    fn a_stopped_host_still_rules() {
        let mut transport = Transport::new(48_000.0);
        transport.tempo = Some(100.0);
        transport.pos_beats = Some(-2.0);
        let time = host_time(&transport).expect("the host has a transport");
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
        let time = host_time(&transport).expect("the host has a transport");
        assert_eq!(time.beat, Some(Beats::whole(2)));
        assert_eq!(time.meter, Meter::new(6, 8));
        assert_eq!(later(time, 24_000, 48_000).beat, Some(Beats::whole(3)));
        transport.tempo = Some(f64::NAN);
        transport.time_sig_denominator = Some(0);
        let time = host_time(&transport).expect("the host has a transport");
        assert_eq!((time.tempo, time.meter, time.beat), (None, None, None));
    }
}
