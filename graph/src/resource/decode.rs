//! Sound files → samples, by symphonia. Worker thread, and for a look at a file's head the control thread.

use super::{MAX_SAMPLES, Sound, SoundError};
use std::fs::File;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;

struct Opened {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
}

fn open(path: &Path) -> Result<Opened, SoundError> {
    let file = File::open(path).map_err(|error| SoundError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    open_source(Box::new(file), path)
}

/// Opens what a file of this name holds, wherever its bytes are.
fn open_source(source: Box<dyn MediaSource>, path: &Path) -> Result<Opened, SoundError> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, Default::default());
    let (formats, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let format = symphonia::default::get_probe()
        .probe(&hint, stream, formats, metadata)
        .map_err(|error| match error {
            Error::Unsupported(_) => broken(path, "it begins like none of these"),
            other => broken(path, &other.to_string()),
        })?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| broken(path, "there is no sound in it"))?;
    let parameters = track.codec_params.as_ref().and_then(|p| p.audio());
    let parameters = parameters.ok_or_else(|| broken(path, "it does not say how it is coded"))?;
    let decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(|error| broken(path, &error.to_string()))?;
    let track = track.id;
    Ok(Opened {
        format,
        decoder,
        track,
    })
}

fn broken(path: &Path, reason: &str) -> SoundError {
    SoundError::NoSound {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Whether a file begins as a sound file does: reads its head and decodes what comes first. Takes about a
/// millisecond, whatever the file's length.
pub fn probe(path: &Path) -> Result<(), SoundError> {
    let mut opened = open(path)?;
    let mut first = None;
    opened.each_packet(path, &mut |_, channels| {
        first = Some(channels.len());
        false
    })?;
    match first {
        Some(1..) => Ok(()),
        _ => Err(broken(path, "there is no sound in it")),
    }
}

/// The whole file in memory, at its own rate. A file that ends early gives what there is.
pub fn read(path: &Path) -> Result<Sound, SoundError> {
    whole(open(path)?, path)
}

/// The same of a file's bytes; its name tells what they are likely to be.
pub fn read_bytes(bytes: &Arc<[u8]>, name: &Path) -> Result<Sound, SoundError> {
    whole(
        open_source(Box::new(Cursor::new(Arc::clone(bytes))), name)?,
        name,
    )
}

fn whole(mut opened: Opened, path: &Path) -> Result<Sound, SoundError> {
    let mut all: Vec<Vec<f32>> = Vec::new();
    let (mut rate, mut too_long, mut uneven) = (0, false, false);
    opened.each_packet(path, &mut |at, channels| {
        if all.is_empty() {
            (rate, all) = (at, vec![Vec::new(); channels.len()]);
        }
        uneven |= rate != at || all.len() != channels.len();
        all.iter_mut()
            .zip(channels)
            .for_each(|(to, c)| to.extend(c));
        too_long = all.len() * all[0].len() > MAX_SAMPLES;
        !too_long && !uneven
    })?;
    match () {
        () if too_long => Err(SoundError::TooLong),
        () if uneven => Err(broken(path, "its rate or its channels change on the way")),
        () if all.is_empty() => Err(broken(path, "there is no sound in it")),
        () => Sound::new(rate, all),
    }
}

impl Opened {
    /// Calls `take` with the rate and the channels of each packet, until it has enough. Packets that do not decode
    /// are left out, as players do; a file of nothing else gives none.
    fn each_packet(
        &mut self,
        path: &Path,
        take: &mut dyn FnMut(u32, &[Vec<f32>]) -> bool,
    ) -> Result<(), SoundError> {
        let mut channels: Vec<Vec<f32>> = Vec::new();
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => return Ok(()),
                Err(Error::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                    return Ok(());
                }
                Err(error) => return Err(broken(path, &error.to_string())),
            };
            if packet.track_id != self.track {
                continue;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) if buffer.frames() == 0 => {}
                Ok(buffer) => {
                    buffer.copy_to_vecs_planar(&mut channels);
                    if !take(buffer.spec().rate(), &channels) {
                        return Ok(());
                    }
                }
                Err(Error::DecodeError(_)) => {}
                Err(error) => return Err(broken(path, &error.to_string())),
            }
        }
    }
}
