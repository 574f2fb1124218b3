//! Writing stereo sound files, so that a half-written one never has the name of a whole one: FLAC where the name ends in
//! `.flac`, else WAV.
//!
//! Control threads only.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use flac_codec::encode::{FlacSampleWriter, Options};
use hound::{SampleFormat, WavSpec, WavWriter};
use thiserror::Error;

/// How samples are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bits {
    /// 16-bit integers.
    Int16,
    /// 24-bit integers.
    Int24,
    /// 32-bit floats: what was rendered, bit for bit.
    #[default]
    Float32,
}

impl Bits {
    /// What a file of this name holds: FLAC knows no floats, and takes 24 bits in their place.
    pub fn in_file(self, path: &Path) -> Bits {
        match self {
            Bits::Float32 if is_flac(path) => Bits::Int24,
            bits => bits,
        }
    }

    /// The most frames that a file of this name holds: WAV counts its bytes in 32 bits, the header's own among them,
    /// FLAC its frames in 36.
    pub fn most_frames(self, path: &Path) -> u64 {
        match is_flac(path) {
            true => (1 << 36) - 1,
            false => (u64::from(u32::MAX) - 1024) / (2 * u64::from(self.count() / 8)),
        }
    }

    fn count(self) -> u16 {
        match self {
            Bits::Int16 => 16,
            Bits::Int24 => 24,
            Bits::Float32 => 32,
        }
    }

    /// In words: `24-bit`, `32-bit float`.
    pub fn words(self) -> &'static str {
        match self {
            Bits::Int16 => "16-bit",
            Bits::Int24 => "24-bit",
            Bits::Float32 => "32-bit float",
        }
    }
}

impl FromStr for Bits {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Bits, &'static str> {
        match word {
            "16" => Ok(Bits::Int16),
            "24" => Ok(Bits::Int24),
            "32f" => Ok(Bits::Float32),
            _ => Err("take 16, 24 or 32f"),
        }
    }
}

/// Why a file could not be written.
#[derive(Debug, Error)]
pub enum FileError {
    /// The system refused.
    #[error("cannot write {path}: {error}; choose a folder that exists and may be written to")]
    Write {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// WAV counts its bytes in 32 bits.
    #[error(
        "{0} frames are more than a WAV file can hold; render less at a time, with --bits 16, or a .flac"
    )]
    TooLong(u64),
}

fn is_flac(path: &Path) -> bool {
    path.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("flac"))
}

/// What turns frames into bytes.
enum Encoder {
    Wav(WavWriter<BufWriter<File>>),
    Flac(Box<FlacSampleWriter<BufWriter<File>>>),
}

/// A stereo sound file that is being written.
///
/// Samples go to a file beside the one that was asked for, which takes its place in
/// [`SoundFile::finish`]. Dropped before that, it leaves nothing behind.
pub struct SoundFile {
    encoder: Option<Encoder>,
    /// Integers of a piece, for FLAC.
    whole: Vec<i32>,
    path: PathBuf,
    /// Where the samples go until the end; `None` for a device such as `/dev/null`, which nothing
    /// may replace.
    beside: Option<PathBuf>,
    bits: Bits,
    clipped: u64,
}

impl SoundFile {
    /// Opens a file for `frames` frames (0 where nobody knows yet) at `rate` Hz; its samples are [`Bits::in_file`].
    ///
    /// # Errors
    /// [`FileError`] when the folder cannot be written to, or the file would be longer than WAV
    /// allows.
    pub fn create(path: &Path, rate: u32, bits: Bits, frames: u64) -> Result<SoundFile, FileError> {
        let bits = bits.in_file(path);
        if frames > bits.most_frames(path) {
            return Err(FileError::TooLong(frames));
        }
        let spec = WavSpec {
            channels: 2,
            sample_rate: rate,
            bits_per_sample: bits.count(),
            sample_format: if bits == Bits::Float32 {
                SampleFormat::Float
            } else {
                SampleFormat::Int
            },
        };
        let failed = |error| FileError::Write {
            path: path.to_owned(),
            error,
        };
        // A link is followed, so that the file it names is replaced and not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if target.is_dir() {
            return Err(failed(io::Error::other("it is a folder")));
        }
        let beside = if target.exists() && !target.is_file() {
            None
        } else {
            Some(beside(&target))
        };
        let file = File::create(beside.as_ref().unwrap_or(&target)).map_err(failed)?;
        let mut made = SoundFile {
            encoder: None,
            whole: Vec::new(),
            path: target,
            beside,
            bits,
            clipped: 0,
        };
        let writer = BufWriter::new(file);
        let encoder = if is_flac(path) {
            let options = Options::default();
            let encoder =
                FlacSampleWriter::new(writer, options, rate, bits.count().into(), 2, None);
            encoder.map(|e| Encoder::Flac(Box::new(e))).map_err(of_flac)
        } else {
            WavWriter::new(writer, spec)
                .map(Encoder::Wav)
                .map_err(of_wav)
        };
        made.encoder = Some(encoder.map_err(|error| made.failed(error))?);
        Ok(made)
    }

    /// Writes frames. Integers are rounded to nearest; what is beyond full scale is clipped and
    /// counted.
    ///
    /// # Errors
    /// [`FileError::Write`] when the disk is full or gone.
    pub fn write(&mut self, left: &[f32], right: &[f32]) -> Result<(), FileError> {
        let full = match self.bits {
            Bits::Int16 => 32_768.0,
            Bits::Int24 => 8_388_608.0,
            Bits::Float32 => 0.0,
        };
        let clipped = &mut self.clipped;
        let samples = left.iter().zip(right).flat_map(|(&l, &r)| [l, r]);
        let mut integers = samples.clone().map(|x| {
            *clipped += u64::from(x.abs() > 1.0);
            (x * full).round().clamp(-full, full - 1.0) as i32
        });
        let outcome = match &mut self.encoder {
            None => Ok(()),
            Some(Encoder::Wav(writer)) if self.bits == Bits::Float32 => {
                let mut samples = samples;
                samples
                    .try_for_each(|x| writer.write_sample(x))
                    .map_err(of_wav)
            }
            Some(Encoder::Wav(writer)) => integers
                .try_for_each(|x| writer.write_sample(x))
                .map_err(of_wav),
            Some(Encoder::Flac(writer)) => {
                self.whole.clear();
                self.whole.extend(integers);
                writer.write(&self.whole).map_err(of_flac)
            }
        };
        outcome.map_err(|error| self.failed(error))
    }

    /// Completes the file under its name and returns how many samples were clipped.
    ///
    /// # Errors
    /// [`FileError::Write`] when the last bytes or the name cannot be written.
    pub fn finish(mut self) -> Result<u64, FileError> {
        let finished = match self.encoder.take() {
            Some(Encoder::Wav(writer)) => writer.finalize().map_err(of_wav),
            Some(Encoder::Flac(writer)) => writer.finalize().map_err(of_flac),
            None => Ok(()),
        };
        // A device has no length to go back to; everything else must succeed.
        if let Err(error) = finished
            && self.beside.is_some()
        {
            return Err(self.failed(error));
        }
        if let Some(beside) = &self.beside {
            fs::rename(beside, &self.path).map_err(|error| self.failed(error))?;
            self.beside = None;
        }
        Ok(self.clipped)
    }

    fn failed(&self, error: io::Error) -> FileError {
        FileError::Write {
            path: self.path.clone(),
            error,
        }
    }
}

fn of_wav(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

fn of_flac(error: flac_codec::Error) -> io::Error {
    match error {
        flac_codec::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

impl Drop for SoundFile {
    fn drop(&mut self) {
        self.encoder = None;
        if let Some(beside) = &self.beside {
            // If it cannot be removed there is nobody left to tell.
            let _ = fs::remove_file(beside);
        }
    }
}

/// A name in the same folder, hidden and of this process alone.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path =
                std::env::temp_dir().join(format!("sorl-file-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn names(&self) -> Vec<String> {
            fs::read_dir(&self.0)
                .unwrap()
                .map(|e| e.unwrap().file_name().into_string().unwrap())
                .collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn written(bits: Bits, left: &[f32], right: &[f32]) -> (Vec<i32>, u64) {
        let folder = Folder::new(bits.words());
        let path = folder.0.join("x.wav");
        let mut wav = SoundFile::create(&path, 48_000, bits, left.len() as u64).unwrap();
        wav.write(left, right).unwrap();
        let clipped = wav.finish().unwrap();
        assert_eq!(folder.names(), ["x.wav"]);
        let mut reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(
            (reader.spec().channels, reader.spec().bits_per_sample),
            (2, bits.count())
        );
        let samples = match bits {
            Bits::Float32 => reader
                .samples::<f32>()
                .map(|x| x.unwrap().to_bits() as i32)
                .collect(),
            _ => reader.samples::<i32>().map(Result::unwrap).collect(),
        };
        (samples, clipped)
    }

    #[test]
    fn integers_are_rounded_and_clipping_is_counted() {
        let step = 1.0 / 32_768.0;
        let (samples, clipped) = written(
            Bits::Int16,
            &[0.6 * step, 1.0, 1.5],
            &[-0.6 * step, -1.0, -1.5],
        );
        assert_eq!(samples, [1, -1, 32_767, -32_768, 32_767, -32_768]);
        assert_eq!(clipped, 2);
        let (samples, clipped) = written(Bits::Int24, &[0.5, 2.0], &[-0.5, 0.0]);
        assert_eq!(samples, [4_194_304, -4_194_304, 8_388_607, 0]);
        assert_eq!(clipped, 1);
    }

    #[test]
    fn floats_are_written_bit_for_bit() {
        let (samples, clipped) = written(Bits::Float32, &[0.1, 3.5], &[-1e-30, 0.0]);
        assert_eq!(
            samples,
            [0.1f32, -1e-30, 3.5, 0.0].map(|x| x.to_bits() as i32)
        );
        assert_eq!(clipped, 0);
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_behind_and_harms_no_older_one() {
        let folder = Folder::new("unfinished");
        let path = folder.0.join("x.wav");
        fs::write(&path, "older").unwrap();
        let mut wav = SoundFile::create(&path, 48_000, Bits::Int16, 1).unwrap();
        wav.write(&[0.0], &[0.0]).unwrap();
        assert_eq!(folder.names().len(), 2);
        drop(wav);
        assert_eq!(folder.names(), ["x.wav"]);
        assert_eq!(fs::read(&path).unwrap(), b"older");
    }

    #[test]
    fn flac_holds_every_sample_of_its_integers() {
        for (bits, full) in [(Bits::Int16, 32_768.0f32), (Bits::Float32, 8_388_608.0)] {
            let folder = Folder::new(if bits == Bits::Int16 {
                "flac-16"
            } else {
                "flac-24"
            });
            let path = folder.0.join("x.flac");
            // Longer than two of its frames, with an end of its own, written in pieces that are none.
            let wave = |i: usize, step: f32| ((i as f32 * step).sin() * full * 0.7).round() / full;
            let left: Vec<f32> = (0..10_007).map(|i| wave(i, 0.01)).collect();
            let right: Vec<f32> = (0..10_007).map(|i| wave(i, 0.37)).collect();
            let mut file = SoundFile::create(&path, 44_100, bits, 0).unwrap();
            for (l, r) in left.chunks(997).zip(right.chunks(997)) {
                file.write(l, r).unwrap();
            }
            assert_eq!(file.finish().unwrap(), 0);
            assert_eq!(folder.names(), ["x.flac"]);
            let file = io::BufReader::new(File::open(&path).unwrap());
            let mut reader = flac_codec::decode::FlacSampleReader::new(file).unwrap();
            let mut heard = Vec::new();
            let mut piece = [0; 4096];
            loop {
                match reader.read(&mut piece).unwrap() {
                    0 => break,
                    n => heard.extend(piece[..n].iter().map(|&x| x as f32 / full)),
                }
            }
            let said: Vec<f32> = left
                .iter()
                .zip(&right)
                .flat_map(|(&l, &r)| [l, r])
                .collect();
            assert!(heard == said, "{} of {} samples", heard.len(), said.len());
        }
    }

    #[test]
    fn what_wav_cannot_hold_is_refused_at_once() {
        let path = std::env::temp_dir().join("sorl-never.wav");
        let error = SoundFile::create(&path, 48_000, Bits::Float32, 600_000_000).err();
        assert!(matches!(error, Some(FileError::TooLong(_))));
        assert!(SoundFile::create(&std::env::temp_dir(), 48_000, Bits::Int16, 1).is_err());
    }
}
