//! Choosing a back end: by name, or the first that answers.
//!
//! Control threads only.

use std::fmt;
use std::str::FromStr;

use super::backend::{Backend, BackendError, Request, Stream};
use super::null::{Null, Paced};
use super::sides;
use crate::engine::Engine;
use crate::message::Setup;

/// Which back end is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The first of JACK, PipeWire, the system's own sound and null that starts.
    #[default]
    Auto,
    /// A running JACK server.
    Jack,
    /// PipeWire, natively (feature `pipewire`).
    PipeWire,
    /// PulseAudio, natively (feature `pulseaudio`).
    PulseAudio,
    /// ALSA, which reaches PipeWire and PulseAudio too where their ALSA plugins are installed.
    Alsa,
    /// Whatever `cpal` takes as the system's own.
    Cpal,
    /// ASIO, on Windows (feature `asio`).
    Asio,
    /// PortAudio (feature `portaudio`).
    PortAudio,
    /// No device, in real time.
    Null,
    /// No device, as fast as it goes.
    Fast,
}

impl Choice {
    /// All choices with the words that scripts use for them.
    pub const WORDS: [(&'static str, Choice); 10] = [
        ("auto", Choice::Auto),
        ("jack", Choice::Jack),
        ("pipewire", Choice::PipeWire),
        ("pulseaudio", Choice::PulseAudio),
        ("alsa", Choice::Alsa),
        ("cpal", Choice::Cpal),
        ("asio", Choice::Asio),
        ("portaudio", Choice::PortAudio),
        ("null", Choice::Null),
        ("fast", Choice::Fast),
    ];
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(word: &str) -> Result<Choice, String> {
        let found = Choice::WORDS.iter().find(|(known, _)| *known == word);
        found.map(|&(_, choice)| choice).ok_or_else(|| {
            let words: Vec<&str> = Choice::WORDS.iter().map(|&(word, _)| word).collect();
            format!(
                "there is no back end of this name; take one of {}",
                words.join(", ")
            )
        })
    }
}

/// A started stream, and how it came to be the one.
pub struct Opened {
    /// The stream. Dropping it stops the sound.
    pub stream: Box<dyn Stream>,
    /// Which choice it was: never [`Choice::Auto`].
    pub choice: Choice,
    /// Name of the back end.
    pub backend: &'static str,
    /// Why it is the null back end although another was hoped for.
    pub reason: Option<String>,
}

impl fmt::Display for Opened {
    /// One line for the user: `null back end (no sound device found), 48000 Hz, block 512`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.stream.info();
        write!(f, "{} back end", self.backend)?;
        if let Some(reason) = &self.reason {
            write!(f, " ({reason})")?;
        } else if !info.device.is_empty() {
            write!(f, " ({})", info.device)?;
        }
        write!(f, ", {} Hz, block {}", info.rate, info.block)?;
        match info.channels {
            [0, 2] => Ok(()),
            [inputs, outputs] => write!(f, ", {inputs} in, {outputs} out"),
        }
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({self})")
    }
}

/// Starts the back end of `choice`. With [`Choice::Auto`] whatever fails is passed over; the null
/// back end always starts.
///
/// # Errors
/// [`BackendError`] when the one that was asked for cannot start, or, which does not happen on a
/// sane machine, when there is no thread to be had for the null back end.
pub fn open(
    choice: Choice,
    request: &Request,
    make: &mut dyn FnMut(Setup) -> Engine,
) -> Result<Opened, BackendError> {
    if choice != Choice::Auto {
        return start(backend(choice)?.as_ref(), choice, None, request, make);
    }
    let mut reason = String::from("no sound device found");
    let own = match cfg!(target_os = "linux") {
        true => Choice::Alsa,
        false => Choice::Cpal,
    };
    for choice in [Choice::Jack, Choice::PipeWire, own] {
        let Ok(backend) = backend(choice) else {
            continue;
        };
        match start(backend.as_ref(), choice, None, request, make) {
            Ok(opened) => return Ok(opened),
            // That nothing is there is the ordinary reason; a refusal deserves its own words.
            Err(error @ BackendError::Refused { .. }) => reason = error.to_string(),
            Err(_) => {}
        }
    }
    let null = Null::default();
    start(&null, Choice::Null, Some(reason), &unplaced(request), make)
}

/// The request without the devices, which are none of the null back end's.
pub(super) fn unplaced(request: &Request) -> Request {
    Request {
        device: None,
        in_device: None,
        in_backend: None,
        monitor: None,
        ..request.clone()
    }
}

pub(super) fn start(
    backend: &dyn Backend,
    choice: Choice,
    reason: Option<String>,
    request: &Request,
    make: &mut dyn FnMut(Setup) -> Engine,
) -> Result<Opened, BackendError> {
    let stream = sides::start(backend, choice, request, make)?;
    Ok(Opened {
        stream,
        choice,
        backend: backend.name(),
        reason,
    })
}

/// The back end of a choice, if it is part of this program.
pub(super) fn backend(choice: Choice) -> Result<Box<dyn Backend>, BackendError> {
    match choice {
        Choice::Auto | Choice::Null => Ok(Box::new(Null(Paced::RealTime))),
        Choice::Fast => Ok(Box::new(Null(Paced::Fast))),
        #[cfg(feature = "jack")]
        Choice::Jack => Ok(Box::new(super::Jack)),
        #[cfg(not(feature = "jack"))]
        Choice::Jack => Err(BackendError::Missing(
            "this build has no JACK back end; build it with the feature `jack`",
        )),
        #[cfg(all(feature = "cpal", target_os = "linux"))]
        Choice::Alsa => Ok(Box::new(super::Cpal::of(cpal::HostId::Alsa))),
        #[cfg(feature = "cpal")]
        Choice::Cpal => Ok(Box::new(super::Cpal::default())),
        #[cfg(not(feature = "cpal"))]
        Choice::Cpal => Err(BackendError::Missing(
            "this build has no cpal back end; build it with the feature `cpal`",
        )),
        #[cfg(not(all(feature = "cpal", target_os = "linux")))]
        Choice::Alsa => Err(BackendError::Missing(
            "this build has no ALSA back end; it needs Linux and the feature `cpal`",
        )),
        #[cfg(all(feature = "pipewire", target_os = "linux"))]
        Choice::PipeWire => Ok(Box::new(super::Cpal::of(cpal::HostId::PipeWire))),
        #[cfg(not(all(feature = "pipewire", target_os = "linux")))]
        Choice::PipeWire => Err(BackendError::Missing(
            "this build does not speak PipeWire natively; build it with the feature `pipewire`, or use `--backend \
             alsa`, which goes through PipeWire's ALSA plugin (Debian: pipewire-alsa), or run sorl under `pw-jack` \
             with `--backend jack`",
        )),
        #[cfg(all(feature = "pulseaudio", target_os = "linux"))]
        Choice::PulseAudio => Ok(Box::new(super::Cpal::of(cpal::HostId::PulseAudio))),
        #[cfg(not(all(feature = "pulseaudio", target_os = "linux")))]
        Choice::PulseAudio => Err(BackendError::Missing(
            "this build does not speak to PulseAudio natively; build it with the feature `pulseaudio`, or use \
             `--backend alsa`, which goes through PulseAudio's ALSA plugin",
        )),
        #[cfg(all(feature = "asio", windows))]
        Choice::Asio => Ok(Box::new(super::Cpal::of(cpal::HostId::Asio))),
        #[cfg(not(all(feature = "asio", windows)))]
        Choice::Asio => Err(BackendError::Missing(
            "this build does not speak ASIO; on Windows, build it with the feature `asio` (which needs Steinberg's SDK), \
             or use `--backend cpal`, which is WASAPI",
        )),
        #[cfg(feature = "portaudio")]
        Choice::PortAudio => Ok(Box::new(super::Pa)),
        #[cfg(not(feature = "portaudio"))]
        Choice::PortAudio => Err(BackendError::Missing(
            "this build does not speak to PortAudio; build it with the feature `portaudio`, or use `--backend cpal`, \
             which takes the system's own sound",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;

    fn opened(choice: Choice) -> Result<Opened, BackendError> {
        let mut session = Session::new();
        open(choice, &Request::default(), &mut |setup| {
            Engine::new(setup, session.connect(setup))
        })
    }

    #[test]
    fn every_word_is_understood_and_others_get_the_list() {
        for (word, choice) in Choice::WORDS {
            assert_eq!(word.parse(), Ok(choice));
        }
        assert!(
            "oss"
                .parse::<Choice>()
                .unwrap_err()
                .contains("auto, jack, pipewire")
        );
    }

    #[test]
    fn the_null_back_end_says_its_line() {
        assert_eq!(
            opened(Choice::Null).unwrap().to_string(),
            "null back end, 48000 Hz, block 512"
        );
    }

    #[cfg(not(all(feature = "pipewire", feature = "portaudio")))]
    #[test]
    fn what_is_not_there_says_what_to_take_instead() {
        #[cfg(not(feature = "pipewire"))]
        {
            let error = opened(Choice::PipeWire).unwrap_err().to_string();
            assert!(error.contains("--backend alsa"), "{error}");
        }
        #[cfg(not(feature = "portaudio"))]
        {
            let error = opened(Choice::PortAudio).unwrap_err().to_string();
            assert!(error.contains("--backend cpal"), "{error}");
        }
    }
}
