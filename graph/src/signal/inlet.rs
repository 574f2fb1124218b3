//! Which of the channels that come in an input node hears.

use serde::{Deserialize, Serialize};

/// Channels that come in from the host or the sound card: one, or two that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inlet {
    /// The first, from 0.
    pub first: u16,
    /// How many: 1 or 2.
    pub channels: u8,
}

/// The most stereo pairs that go out: as many channels as come in.
pub const MAX_PAIRS: u16 = Inlet::MOST / 2;

/// Where sound goes out: a stereo pair, or a single channel. A Patch keeps its number: the pairs from 1, and behind the
/// last of them the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlet {
    /// A pair, from 1; 1 is the main output.
    Pair(u16),
    /// A channel, from 1, 1 and 2 being those of the main output: it gets the mean of both sides.
    Channel(u16),
}

impl Outlet {
    /// The outlet of a number in a Patch, if there is one.
    pub fn of(number: u16) -> Option<Outlet> {
        match number {
            1..=MAX_PAIRS => Some(Outlet::Pair(number)),
            _ => Some(number.wrapping_sub(MAX_PAIRS))
                .filter(|channel| (1..=Inlet::MOST).contains(channel))
                .map(Outlet::Channel),
        }
    }

    /// Its number in a Patch, if there is such an outlet.
    pub fn number(self) -> Option<u16> {
        match self {
            Outlet::Pair(pair) => Some(pair).filter(|pair| (1..=MAX_PAIRS).contains(pair)),
            Outlet::Channel(channel) => Some(channel)
                .filter(|channel| (1..=Inlet::MOST).contains(channel))
                .map(|channel| MAX_PAIRS + channel),
        }
    }

    /// The outlet of a number as a score says it: `out`, `out(2)`, `out(channel=5)`.
    pub fn written(number: u16) -> String {
        match Outlet::of(number) {
            Some(Outlet::Pair(1)) => "out".to_owned(),
            Some(Outlet::Channel(channel)) => format!("out(channel={channel})"),
            Some(Outlet::Pair(_)) | None => format!("out({number})"),
        }
    }
}

impl Inlet {
    /// The most channels that come in.
    pub const MOST: u16 = 32;
    /// The main input: the first two.
    pub const MAIN: Inlet = Inlet {
        first: 0,
        channels: 2,
    };

    /// A pair, counted from 1.
    pub fn pair(number: u16) -> Inlet {
        Inlet {
            first: number.saturating_sub(1).saturating_mul(2),
            channels: 2,
        }
    }

    /// A single channel, counted from 1.
    pub fn channel(number: u16) -> Inlet {
        Inlet {
            first: number.saturating_sub(1),
            channels: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outlet_has_its_own_number() {
        let outlets = (0..=u16::MAX).filter_map(|number| Some((number, Outlet::of(number)?)));
        let outlets: Vec<_> = outlets.collect();
        assert_eq!(outlets.len(), usize::from(MAX_PAIRS + Inlet::MOST));
        for (number, outlet) in outlets {
            assert_eq!(outlet.number(), Some(number));
        }
        assert_eq!(Outlet::Channel(Inlet::MOST + 1).number(), None);
        let five = Outlet::Channel(5).number().unwrap();
        assert_eq!(Outlet::written(five), "out(channel=5)");
        assert_eq!([1, 3].map(Outlet::written), ["out", "out(3)"]);
    }
}
