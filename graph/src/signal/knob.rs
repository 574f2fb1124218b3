//! What hands outside of a score turn.

use serde::{Deserialize, Serialize};

/// A macro of the host or a MIDI controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Knob {
    /// One of the host's macros, 1…64.
    Macro(u8),
    /// A MIDI controller.
    Controller {
        /// Its number, 0…127.
        cc: u8,
        /// The channel, 0…15; any if none.
        channel: Option<u8>,
    },
}

impl Knob {
    /// The most macros there are.
    pub const MACROS: u8 = 64;

    /// Whether what `turned` names is this one. Real-time safe.
    pub fn is(self, turned: Knob) -> bool {
        match (self, turned) {
            (Knob::Macro(a), Knob::Macro(b)) => a == b,
            (
                Knob::Controller { cc, channel },
                Knob::Controller {
                    cc: other,
                    channel: on,
                },
            ) => cc == other && (channel.is_none() || channel == on),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_without_a_channel_is_that_of_every_channel() {
        let cc = |cc, channel| Knob::Controller { cc, channel };
        assert!(cc(74, None).is(cc(74, Some(3))) && cc(74, Some(3)).is(cc(74, Some(3))));
        assert!(!cc(74, Some(2)).is(cc(74, Some(3))) && !cc(73, None).is(cc(74, Some(3))));
        assert!(Knob::Macro(1).is(Knob::Macro(1)) && !Knob::Macro(1).is(Knob::Macro(2)));
    }
}
