//! Samples in memory.

use std::path::PathBuf;

/// The most samples of a sound, all channels together: a gibibyte of memory.
pub const MAX_SAMPLES: usize = 1 << 28;

/// The most channels of a sound.
const MAX_CHANNELS: usize = 64;

/// Why there is no sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoundError {
    /// A file that cannot be opened or read.
    #[error("cannot read the sound file {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file that is no sound file, or a damaged one.
    #[error("{} is not a sound file that Sorl can read (wav, aiff, flac, ogg, mp3): {reason}", path.display())]
    NoSound {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// No file is read without the feature `files`.
    #[error("cannot read {}: this build of Sorl reads no sound files", path.display())]
    NoFiles {
        /// The file.
        path: PathBuf,
    },
    /// More than [`MAX_SAMPLES`].
    #[error("this sound is too long: Sorl keeps sounds in memory, up to {MAX_SAMPLES} samples")]
    TooLong,
    /// No channels, too many, or of different lengths.
    #[error("a sound has 1 to {MAX_CHANNELS} channels, all of one length")]
    Channels,
    /// A sample rate that is none.
    #[error("a sample rate of {0} Hz is out of range; take one from 1000 to 768000")]
    Rate(u32),
    /// The conversion to the engine's rate failed.
    #[error("this sound cannot be converted to {rate} Hz: {reason}")]
    Conversion {
        /// The rate asked for.
        rate: u32,
        /// What is wrong.
        reason: String,
    },
}

/// Channels with their levels.
type Parts = [(usize, f32)];

/// A sound: channels of samples at a rate. Immutable.
#[derive(Clone, PartialEq)]
pub struct Sound {
    rate: u32,
    /// The rate before it was converted.
    recorded: u32,
    channels: Vec<Vec<f32>>,
}

impl std::fmt::Debug for Sound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (channels, frames) = (self.channels.len(), self.frames());
        write!(f, "Sound({channels} × {frames} at {} Hz)", self.rate)
    }
}

impl Sound {
    /// A sound of one or more channels of equal length, at a rate in Hz. What is no finite number becomes nought.
    ///
    /// # Errors
    /// [`SoundError::Rate`], [`SoundError::Channels`] and [`SoundError::TooLong`].
    pub fn new(rate: u32, mut channels: Vec<Vec<f32>>) -> Result<Sound, SoundError> {
        if !(1_000..=768_000).contains(&rate) {
            return Err(SoundError::Rate(rate));
        }
        let frames = channels.first().map_or(0, Vec::len);
        let equal = channels.iter().all(|c| c.len() == frames);
        if !equal || !(1..=MAX_CHANNELS).contains(&channels.len()) {
            return Err(SoundError::Channels);
        }
        if frames.saturating_mul(channels.len()) > MAX_SAMPLES {
            return Err(SoundError::TooLong);
        }
        for x in channels.iter_mut().flatten().filter(|x| !x.is_finite()) {
            *x = 0.0;
        }
        Ok(Sound {
            rate,
            recorded: rate,
            channels,
        })
    }

    /// Its rate in Hz.
    pub fn rate(&self) -> u32 {
        self.rate
    }
    /// The rate in Hz at which it was recorded, before it was converted.
    pub fn recorded_rate(&self) -> u32 {
        self.recorded
    }
    #[cfg(feature = "files")]
    pub(super) fn recorded_at(mut self, rate: u32) -> Sound {
        self.recorded = rate;
        self
    }
    /// How many frames it has.
    pub fn frames(&self) -> usize {
        self.channels[0].len()
    }
    /// How long it is, in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames() as f64 / f64::from(self.rate)
    }
    /// Its channels, at least one.
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// The same sound in one or two channels. Up to six are taken as left, right, centre, low, surround left and
    /// right (three: without the last three; four: without centre and low; five: without low) and mixed as ITU-R
    /// BS.775 says, without the low channel; of more, the even ones are left and the odd ones right, at their mean.
    pub fn to_stereo(&self) -> Sound {
        const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
        let (left, right): (&Parts, &Parts) = match self.channels.len() {
            1 | 2 => return self.clone(),
            3 => (&[(0, 1.0), (2, HALF)], &[(1, 1.0), (2, HALF)]),
            4 => (&[(0, 1.0), (2, HALF)], &[(1, 1.0), (3, HALF)]),
            5 => (
                &[(0, 1.0), (2, HALF), (3, HALF)],
                &[(1, 1.0), (2, HALF), (4, HALF)],
            ),
            6 => (
                &[(0, 1.0), (2, HALF), (4, HALF)],
                &[(1, 1.0), (2, HALF), (5, HALF)],
            ),
            many => {
                let side = |first: usize| {
                    let own: Vec<usize> = (first..many).step_by(2).collect();
                    let level = 1.0 / own.len() as f32;
                    own.into_iter().map(|c| (c, level)).collect::<Vec<_>>()
                };
                return self.mixed(&side(0), &side(1));
            }
        };
        self.mixed(left, right)
    }

    fn mixed(&self, left: &Parts, right: &Parts) -> Sound {
        let side = |parts: &Parts| {
            let mut sum = vec![0.0; self.frames()];
            for (channel, level) in parts {
                let from = self.channels[*channel].iter();
                sum.iter_mut().zip(from).for_each(|(s, x)| *s += x * level);
            }
            sum
        };
        Sound {
            rate: self.rate,
            recorded: self.recorded,
            channels: vec![side(left), side(right)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sound_is_refused_and_no_infinity_gets_in() {
        assert_eq!(Sound::new(48000, Vec::new()), Err(SoundError::Channels));
        let uneven = vec![vec![0.0; 3], vec![0.0; 2]];
        assert_eq!(Sound::new(48000, uneven), Err(SoundError::Channels));
        assert_eq!(Sound::new(0, vec![Vec::new()]), Err(SoundError::Rate(0)));
        let odd = Sound::new(8000, vec![vec![f32::NAN, 0.5, f32::INFINITY]]).unwrap();
        assert_eq!(odd.channels(), [vec![0.0, 0.5, 0.0]]);
    }

    #[test]
    fn surround_is_mixed_to_stereo_by_the_standard() {
        let of = |values: &[f32]| {
            let channels = values.iter().map(|x| vec![*x]).collect();
            let stereo = Sound::new(48000, channels).unwrap().to_stereo();
            (stereo.channels()[0][0], stereo.channels()[1][0])
        };
        let half = std::f32::consts::FRAC_1_SQRT_2;
        assert_eq!(of(&[0.1, 0.2]), (0.1, 0.2));
        assert_eq!(of(&[0.0, 0.0, 1.0, 0.0, 0.0, 0.0]), (half, half));
        assert_eq!(of(&[0.0, 0.0, 0.0, 9.0, 1.0, 0.0]), (half, 0.0));
        assert_eq!(of(&[1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0]), (0.375, 0.25));
    }
}
