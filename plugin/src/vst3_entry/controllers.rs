//! Which MIDI controllers a VST3 host may send.
//!
//! VST3 knows MIDI controllers only as parameters. The framework has one for each of 130 on each of 16 channels, 2,080 in
//! all; hosts that look at every one of them need minutes to load. Shown are the ones that belong to a note's own
//! channel, sixteen times, and once, for whatever channel they come on, the ones that keyboards and knobs have.

/// Controllers and channels as the framework numbers them.
pub(super) const CONTROLLERS: i32 = 130;
pub(super) const CHANNELS: i32 = 16;

/// For each channel by itself: modulation wheel, sustain pedal, timbre, channel pressure, pitch wheel.
const OWN: [i32; 5] = [1, 64, 74, 128, 129];

/// For all channels at once, as if they came on the first: breath, foot, portamento, volume, balance, pan, expression,
/// effects, the knobs without a name, the pedals, and the sound controllers.
const SHARED: [i32; 48] = [
    2, 4, 5, 7, 8, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
    65, 66, 67, 68, 69, 70, 71, 72, 73, 75, 76, 77, 78, 79, 80, 81, 82, 83, 91, 92, 93, 94, 95,
];

/// How many are shown.
pub(super) const SHOWN: i32 = OWN.len() as i32 * CHANNELS + SHARED.len() as i32;

/// Where a controller stands that nobody has moved, 0…1: as MIDI resets it, wheel and pans in the middle. Hosts compare
/// what a parameter shows with what it is said to begin at, and send what differs.
pub(super) fn begins_at(controller: i32) -> f64 {
    match controller {
        7 => 100.0 / 127.0,
        11 => 1.0,
        8 | 10 | 129 => 0.5,
        _ => 0.0,
    }
}

/// The framework's place of the one that is shown at a place, both counted from the first.
pub(super) fn place(shown: i32) -> Option<i32> {
    let own = OWN.len() as i32;
    let shown = usize::try_from(shown).ok()? as i32;
    if shown < own * CHANNELS {
        return Some(shown / own * CONTROLLERS + OWN[(shown % own) as usize]);
    }
    SHARED.get((shown - own * CHANNELS) as usize).copied()
}

/// The channel on which the framework is told of a controller that came on some channel; none if it is not told.
pub(super) fn channel_of(channel: i16, controller: i16) -> Option<i16> {
    let controller = i32::from(controller);
    if OWN.contains(&controller) {
        Some(channel)
    } else {
        SHARED.contains(&controller).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn pedals_begin_up_and_wheels_in_the_middle() {
        let [pedal, bend, pressure] = [64, 129, 128].map(begins_at);
        assert_eq!([pedal, bend, pressure], [0.0, 0.5, 0.0]);
    }

    #[test]
    fn each_that_is_shown_is_another_one_and_is_where_a_host_finds_it() {
        let places: BTreeSet<i32> = (0..SHOWN).filter_map(place).collect();
        assert_eq!(places.len() as i32, SHOWN);
        assert_eq!((place(-1), place(SHOWN)), (None, None));
        for channel in 0..16i16 {
            for controller in 0..130i16 {
                let Some(on) = channel_of(channel, controller) else {
                    continue;
                };
                let place = i32::from(on) * CONTROLLERS + i32::from(controller);
                assert!(places.contains(&place), "{controller} on {channel}");
            }
        }
        assert_eq!(channel_of(5, 129), Some(5));
        assert_eq!(channel_of(5, 7), Some(0));
        assert_eq!(channel_of(5, 0), None);
    }
}
