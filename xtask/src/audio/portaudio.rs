//! PortAudio, on what it finds: an ALSA device of our own that writes a file, and a JACK server.

use super::{Check, alsa, jack};
use crate::Result;

/// What PortAudio plays on a file device of ALSA, and on JACK, is what `sorl render` makes.
pub fn hears_what_is_rendered(check: &Check) -> Result {
    alsa::hears_what_is_rendered(check, "portaudio")?;
    jack::carries_portaudio(check)
}
