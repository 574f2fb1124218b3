//! Sounds at another rate, by rubato. Worker thread.

use super::{Sound, SoundError};
use rubato::audioadapter_buffers::direct::SequentialSliceOfVecs;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

impl Sound {
    /// The same sound at another rate, through rubato's synchronous FFT resampler: what lies above either rate's
    /// half is gone, the rest is as it was, and the sound begins and ends where it did.
    ///
    /// # Errors
    /// [`SoundError::Conversion`] for a rate that is none.
    pub fn at_rate(&self, rate: u32) -> Result<Sound, SoundError> {
        if rate == self.rate() || self.frames() == 0 {
            return Ok(
                Sound::new(rate, self.channels().to_vec())?.recorded_at(self.recorded_rate())
            );
        }
        let failed = |reason: String| SoundError::Conversion { rate, reason };
        let (channels, frames) = (self.channels().len(), self.frames());
        // Of an even number of the smallest blocks that come out whole, so that half of one, which is the filter's
        // delay, is a whole number of frames on both sides.
        let smallest = (self.rate() / gcd(self.rate(), rate)) as usize;
        let mut resampler = Fft::<f32>::new_custom(
            self.rate() as usize,
            rate as usize,
            2 * smallest * 512usize.div_ceil(smallest),
            1,
            channels,
            WindowFunction::BlackmanHarris2,
            FixedSync::Both,
        )
        .map_err(|e| failed(e.to_string()))?;
        let input = SequentialSliceOfVecs::new(self.channels(), channels, frames)
            .map_err(|e| failed(e.to_string()))?;
        let made = resampler
            .process_all(&input, frames, None)
            .map_err(|e| failed(e.to_string()))?;
        let interleaved = made.take_data();
        let channel = |c: usize| interleaved.iter().skip(c).step_by(channels).copied();
        let sound = Sound::new(rate, (0..channels).map(|c| channel(c).collect()).collect())?;
        Ok(sound.recorded_at(self.recorded_rate()))
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(rate: u32, hertz: f64, frames: usize) -> Vec<f32> {
        let w = TAU * hertz / f64::from(rate);
        (0..frames).map(|i| (w * i as f64).sin() as f32).collect()
    }

    #[test]
    fn a_sine_converted_is_the_sine_at_the_other_rate_and_in_its_place() {
        for (from, to) in [
            (44_100, 48_000),
            (48_000, 44_100),
            (22_050, 96_000),
            (44_101, 48_000),
        ] {
            let channels = vec![
                sine(from, 1000.0, from as usize),
                sine(from, 3000.0, from as usize),
            ];
            let sound = Sound::new(from, channels).unwrap().at_rate(to).unwrap();
            assert_eq!(sound.rate(), to);
            assert!((sound.seconds() - 1.0).abs() < 1.0 / f64::from(to) * 1.5);
            for (channel, hertz) in sound.channels().iter().zip([1000.0, 3000.0]) {
                let want = sine(to, hertz, channel.len());
                // Away from the ends, where the sine is cut off.
                let middle = 2000..channel.len() - 2000;
                let worst = middle
                    .map(|i| (channel[i] - want[i]).abs())
                    .fold(0.0, f32::max);
                assert!(worst < 2e-4, "{from} → {to}, {hertz} Hz: {worst}");
            }
        }
    }

    #[test]
    fn what_the_new_rate_cannot_hold_is_gone() {
        let high = Sound::new(48_000, vec![sine(48_000, 15_000.0, 48_000)]).unwrap();
        let low = high.at_rate(22_050).unwrap();
        let inner = &low.channels()[0][2000..low.frames() - 2000];
        let peak = inner.iter().fold(0.0f32, |p, x| p.max(x.abs()));
        assert!(peak < 1e-4, "{peak}");
    }
}
