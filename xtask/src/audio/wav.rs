//! Stereo WAV files of 32-bit floats, and where one lies in another.

use std::fs;
use std::path::Path;

use crate::Result;

/// Frames that find the place.
const KEY: usize = 64;

/// The frames of a file that `sorl` wrote, as bits.
pub fn frames(path: &Path) -> Result<Vec<[u32; 2]>> {
    let bytes =
        fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        if &head[..4] == b"data" {
            let data = bytes.get(at + 8..).unwrap_or_default();
            return Ok(raw(&data[..length.min(data.len())]));
        }
        at += 8 + length + length % 2;
    }
    Err(format!("{} has no sound in it", path.display()))
}

/// Interleaved stereo floats, as bits.
pub fn raw(bytes: &[u8]) -> Vec<[u32; 2]> {
    let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    bytes
        .chunks_exact(8)
        .map(|frame| [word(&frame[..4]), word(&frame[4..])])
        .collect()
}

/// Checks that `count` frames of what was heard, from one second after its sound begins, are those of what was rendered.
pub fn compare(
    heard: &[[u32; 2]],
    rendered: &[[u32; 2]],
    rate: usize,
    count: usize,
) -> Result<String> {
    let begin = heard
        .iter()
        .position(|f| f.iter().any(|x| f32::from_bits(*x) != 0.0));
    let begin = begin.ok_or("only silence was heard")? + rate;
    // A place that is not silence.
    let begin = (begin..heard.len().saturating_sub(KEY))
        .find(|&i| {
            heard[i..i + KEY]
                .iter()
                .all(|f| f32::from_bits(f[0]) != 0.0)
        })
        .ok_or("too little was heard")?;
    let key = &heard[begin..begin + KEY];
    let place = rendered.windows(KEY).position(|w| w == key);
    let place = place.ok_or("what was heard is not in what was rendered")?;
    let frames = count.min(heard.len() - begin).min(rendered.len() - place);
    if frames < count {
        return Err(format!("only {frames} frames of {count} could be compared"));
    }
    let (a, b) = (
        &heard[begin..begin + frames],
        &rendered[place..place + frames],
    );
    match a.iter().zip(b).position(|(a, b)| a != b) {
        Some(i) => Err(format!("frame {i} of {frames} differs")),
        None => Ok(format!(
            "{frames} frames are the same, bit for bit, {place} frames into the song"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_found_and_what_differs_is_told() {
        let rendered: Vec<[u32; 2]> = (1..5000u32)
            .map(|i| [(i as f32).sqrt().to_bits(); 2])
            .collect();
        let mut heard = vec![[0; 2]; 100];
        heard.extend_from_slice(&rendered[50..3000]);
        let said = compare(&heard, &rendered, 200, 1000).unwrap();
        assert!(said.contains("250 frames into the song"), "{said}");
        heard[900][1] ^= 1;
        assert!(
            compare(&heard, &rendered, 200, 1000)
                .unwrap_err()
                .contains("differs")
        );
        assert!(compare(&[[0; 2]; 10], &rendered, 200, 1000).is_err());
    }
}
