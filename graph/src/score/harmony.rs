//! Scales, chords and intervals: the tables and the arithmetic of public music theory. Plain data.

/// Scales by name: semitones above the tonic within an octave. Names of several words are joined by spaces here;
/// in mini-notation by colons: `C:minor:pentatonic`.
pub const SCALES: &[(&str, &[i8])] = &[
    ("major", &[0, 2, 4, 5, 7, 9, 11]),
    ("ionian", &[0, 2, 4, 5, 7, 9, 11]),
    ("minor", &[0, 2, 3, 5, 7, 8, 10]),
    ("aeolian", &[0, 2, 3, 5, 7, 8, 10]),
    ("dorian", &[0, 2, 3, 5, 7, 9, 10]),
    ("phrygian", &[0, 1, 3, 5, 7, 8, 10]),
    ("lydian", &[0, 2, 4, 6, 7, 9, 11]),
    ("mixolydian", &[0, 2, 4, 5, 7, 9, 10]),
    ("dominant", &[0, 2, 4, 5, 7, 9, 10]),
    ("locrian", &[0, 1, 3, 5, 6, 8, 10]),
    ("harmonic minor", &[0, 2, 3, 5, 7, 8, 11]),
    ("melodic minor", &[0, 2, 3, 5, 7, 9, 11]),
    ("harmonic major", &[0, 2, 4, 5, 7, 8, 11]),
    ("double harmonic major", &[0, 1, 4, 5, 7, 8, 11]),
    ("gypsy", &[0, 1, 4, 5, 7, 8, 11]),
    ("major pentatonic", &[0, 2, 4, 7, 9]),
    ("pentatonic", &[0, 2, 4, 7, 9]),
    ("minor pentatonic", &[0, 3, 5, 7, 10]),
    ("minor blues", &[0, 3, 5, 6, 7, 10]),
    ("blues", &[0, 3, 5, 6, 7, 10]),
    ("major blues", &[0, 2, 3, 4, 7, 9]),
    ("whole tone", &[0, 2, 4, 6, 8, 10]),
    ("chromatic", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    ("diminished", &[0, 2, 3, 5, 6, 8, 9, 11]),
    ("whole-half diminished", &[0, 2, 3, 5, 6, 8, 9, 11]),
    ("half-whole diminished", &[0, 1, 3, 4, 6, 7, 9, 10]),
    ("dominant diminished", &[0, 1, 3, 4, 6, 7, 9, 10]),
    ("augmented", &[0, 3, 4, 7, 8, 11]),
    ("phrygian dominant", &[0, 1, 4, 5, 7, 8, 10]),
    ("spanish", &[0, 1, 4, 5, 7, 8, 10]),
    ("lydian dominant", &[0, 2, 4, 6, 7, 9, 10]),
    ("lydian b7", &[0, 2, 4, 6, 7, 9, 10]),
    ("lydian augmented", &[0, 2, 4, 6, 8, 9, 11]),
    ("mixolydian b6", &[0, 2, 4, 5, 7, 8, 10]),
    ("dorian b2", &[0, 1, 3, 5, 7, 9, 10]),
    ("locrian #2", &[0, 2, 3, 5, 6, 8, 10]),
    ("altered", &[0, 1, 3, 4, 6, 8, 10]),
    ("super locrian", &[0, 1, 3, 4, 6, 8, 10]),
    ("hungarian minor", &[0, 2, 3, 6, 7, 8, 11]),
    ("hungarian major", &[0, 3, 4, 6, 7, 9, 10]),
    ("neapolitan minor", &[0, 1, 3, 5, 7, 8, 11]),
    ("neapolitan major", &[0, 1, 3, 5, 7, 9, 11]),
    ("romanian minor", &[0, 2, 3, 6, 7, 9, 10]),
    ("ukrainian dorian", &[0, 2, 3, 6, 7, 9, 10]),
    ("enigmatic", &[0, 1, 4, 6, 8, 10, 11]),
    ("persian", &[0, 1, 4, 5, 6, 8, 11]),
    ("prometheus", &[0, 2, 4, 6, 9, 10]),
    ("oriental", &[0, 1, 4, 5, 6, 9, 10]),
    ("flamenco", &[0, 1, 3, 4, 6, 7, 10]),
    ("bebop", &[0, 2, 4, 5, 7, 9, 10, 11]),
    ("bebop major", &[0, 2, 4, 5, 7, 8, 9, 11]),
    ("bebop minor", &[0, 2, 3, 4, 5, 7, 9, 10]),
    ("egyptian", &[0, 2, 5, 7, 10]),
    ("ritusen", &[0, 2, 5, 7, 9]),
    ("hirajoshi", &[0, 2, 3, 7, 8]),
    ("in-sen", &[0, 1, 5, 7, 10]),
    ("iwato", &[0, 1, 5, 6, 10]),
    ("kumoijoshi", &[0, 1, 5, 7, 8]),
    ("pelog", &[0, 1, 3, 7, 8]),
    ("scriabin", &[0, 1, 4, 7, 9]),
];

/// Chords by the symbol after the root: semitones above it, stacked in thirds as far as there are.
pub const CHORDS: &[(&str, &[i8])] = &[
    ("", &[0, 4, 7]),
    ("M", &[0, 4, 7]),
    ("maj", &[0, 4, 7]),
    ("^", &[0, 4, 7]),
    ("m", &[0, 3, 7]),
    ("-", &[0, 3, 7]),
    ("min", &[0, 3, 7]),
    ("o", &[0, 3, 6]),
    ("dim", &[0, 3, 6]),
    ("+", &[0, 4, 8]),
    ("aug", &[0, 4, 8]),
    ("sus", &[0, 5, 7]),
    ("sus4", &[0, 5, 7]),
    ("sus2", &[0, 2, 7]),
    ("2", &[0, 2, 7]),
    ("5", &[0, 7]),
    ("6", &[0, 4, 7, 9]),
    ("m6", &[0, 3, 7, 9]),
    ("-6", &[0, 3, 7, 9]),
    ("7", &[0, 4, 7, 10]),
    ("^7", &[0, 4, 7, 11]),
    ("M7", &[0, 4, 7, 11]),
    ("maj7", &[0, 4, 7, 11]),
    ("m7", &[0, 3, 7, 10]),
    ("-7", &[0, 3, 7, 10]),
    ("min7", &[0, 3, 7, 10]),
    ("mM7", &[0, 3, 7, 11]),
    ("m^7", &[0, 3, 7, 11]),
    ("-^7", &[0, 3, 7, 11]),
    ("o7", &[0, 3, 6, 9]),
    ("dim7", &[0, 3, 6, 9]),
    ("m7b5", &[0, 3, 6, 10]),
    ("-7b5", &[0, 3, 6, 10]),
    ("h", &[0, 3, 6, 10]),
    ("h7", &[0, 3, 6, 10]),
    ("7sus", &[0, 5, 7, 10]),
    ("7sus4", &[0, 5, 7, 10]),
    ("7b5", &[0, 4, 6, 10]),
    ("7#5", &[0, 4, 8, 10]),
    ("+7", &[0, 4, 8, 10]),
    ("aug7", &[0, 4, 8, 10]),
    ("add9", &[0, 4, 7, 14]),
    ("madd9", &[0, 3, 7, 14]),
    ("69", &[0, 4, 7, 9, 14]),
    ("m69", &[0, 3, 7, 9, 14]),
    ("9", &[0, 4, 7, 10, 14]),
    ("^9", &[0, 4, 7, 11, 14]),
    ("M9", &[0, 4, 7, 11, 14]),
    ("maj9", &[0, 4, 7, 11, 14]),
    ("m9", &[0, 3, 7, 10, 14]),
    ("-9", &[0, 3, 7, 10, 14]),
    ("7b9", &[0, 4, 7, 10, 13]),
    ("7#9", &[0, 4, 7, 10, 15]),
    ("7#11", &[0, 4, 7, 10, 18]),
    ("7b13", &[0, 4, 7, 10, 20]),
    ("9sus", &[0, 5, 7, 10, 14]),
    ("11", &[0, 4, 7, 10, 14, 17]),
    ("m11", &[0, 3, 7, 10, 14, 17]),
    ("-11", &[0, 3, 7, 10, 14, 17]),
    ("13", &[0, 4, 7, 10, 14, 21]),
    ("m13", &[0, 3, 7, 10, 14, 21]),
    ("^13", &[0, 4, 7, 11, 14, 21]),
    ("M13", &[0, 4, 7, 11, 14, 21]),
];

/// The semitones of a scale.
pub fn scale(name: &str) -> Option<&'static [i8]> {
    let name = name.to_lowercase().replace('_', " ");
    SCALES.iter().find(|s| s.0 == name).map(|s| s.1)
}

/// The note of a degree of a scale, in semitones above its tonic; degrees beyond the scale go on in the next octave,
/// those below nought in the one below.
pub fn degree(steps: &[i8], degree: i64) -> i64 {
    let count = steps.len() as i64;
    let octave = degree.div_euclid(count).clamp(-100, 100);
    i64::from(steps[degree.rem_euclid(count) as usize]) + 12 * octave
}

/// A degree as written: a whole number, and after it sharps or flats: `3`, `-2`, `3#`, `6bb`. The second number is
/// the semitones that these add.
pub fn altered_degree(word: &str) -> Option<(i64, i64)> {
    let end = word.find(['#', 'b']).unwrap_or(word.len());
    let (number, signs) = word.split_at(end);
    let degree = number.parse().ok()?;
    let sharps = signs.chars().all(|c| c == '#');
    let flats = signs.chars().all(|c| c == 'b');
    let count = signs.len() as i64;
    match (sharps, flats) {
        _ if signs.is_empty() => Some((degree, 0)),
        (true, false) => Some((degree, count)),
        (false, true) => Some((degree, -count)),
        _ => None,
    }
}

/// The semitones of an interval as written: a number of steps (1 is the unison), downwards if negative, and its
/// kind: `P` perfect, `M` major, `m` minor, `A` augmented, `d` diminished, as in `3M`, `-5P`, `4A`.
pub fn interval(word: &str) -> Option<i64> {
    let split = word.find(|c: char| !c.is_ascii_digit() && c != '-')?;
    let (number, kind) = word.split_at(split);
    let number: i64 = number.parse().ok()?;
    if number == 0 || number.abs() > 100 {
        return None;
    }
    let step = number.abs() - 1;
    let major = [0, 2, 4, 5, 7, 9, 11][(step % 7) as usize] + 12 * (step / 7);
    let perfect = matches!(step % 7, 0 | 3 | 4);
    let count = kind.len() as i64;
    let by = match kind {
        "P" if perfect => 0,
        "M" if !perfect => 0,
        "m" if !perfect => -1,
        _ if kind.bytes().all(|k| k == b'A') => count,
        _ if kind.bytes().all(|k| k == b'd') => -count - i64::from(!perfect),
        _ => return None,
    };
    Some((major + by) * number.signum())
}

/// Root (pitch class 0…11) and tones of a chord symbol: `C`, `Am7`, `F#^7`, `Ebm7b5`.
pub fn chord(symbol: &str) -> Option<(i64, &'static [i8])> {
    let mut chars = symbol.chars();
    let root = match chars.next()? {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let rest = chars.as_str();
    let end = rest.find(|c| c != '#' && c != 'b').unwrap_or(rest.len());
    let signs: i64 = rest[..end]
        .chars()
        .map(|c| if c == '#' { 1 } else { -1 })
        .sum();
    let tones = CHORDS.iter().find(|c| c.0 == &rest[end..])?.1;
    Some(((root + signs).rem_euclid(12), tones))
}

/// The MIDI notes of a chord in the inversion whose top note comes nearest to an anchor from below, or is it; with
/// `above` the one whose lowest note comes nearest from above.
pub fn voiced(root: i64, tones: &[i8], anchor: i64, above: bool) -> Vec<i64> {
    let mut tones: Vec<i64> = tones.iter().map(|t| i64::from(*t)).collect();
    let mut best: Option<(i64, Vec<i64>)> = None;
    for _ in 0..tones.len() {
        let reference = if above {
            tones[0]
        } else {
            tones[tones.len() - 1]
        };
        let distance = if above {
            (root + reference - anchor).rem_euclid(12)
        } else {
            (anchor - root - reference).rem_euclid(12)
        };
        let target = if above {
            anchor + distance
        } else {
            anchor - distance
        };
        if best.as_ref().is_none_or(|b| distance < b.0) {
            let notes = tones.iter().map(|t| target - reference + t).collect();
            best = Some((distance, notes));
        }
        // The lowest note goes up by octaves until it is no longer below the next.
        let lowest = tones.remove(0);
        let mut up = lowest + 12;
        while tones.contains(&up) {
            up += 12;
        }
        tones.push(up);
        tones.sort_unstable();
    }
    best.map(|b| b.1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_rise_within_an_octave_and_go_on_beyond_it() {
        for (name, steps) in SCALES {
            assert_eq!(steps[0], 0, "{name}");
            assert!(steps.windows(2).all(|w| w[0] < w[1]), "{name}");
            assert!(steps[steps.len() - 1] < 12, "{name}");
        }
        let minor = scale("minor").unwrap();
        assert_eq!(
            [0, 2, 7, 9, -1].map(|d| degree(minor, d)),
            [0, 3, 12, 15, -2]
        );
        assert_eq!(scale("Minor_Pentatonic"), scale("minor pentatonic"));
    }

    #[test]
    fn intervals_and_altered_degrees_are_read_as_musicians_write_them() {
        for (word, semitones) in [
            ("1P", 0),
            ("2m", 1),
            ("3M", 4),
            ("4A", 6),
            ("5d", 6),
            ("5P", 7),
            ("7d", 9),
            ("8P", 12),
            ("9M", 14),
            ("-2M", -2),
            ("-5P", -7),
        ] {
            assert_eq!(interval(word), Some(semitones), "{word}");
        }
        for bad in ["", "P", "0P", "3P", "5M", "3x", "5"] {
            assert_eq!(interval(bad), None, "{bad}");
        }
        assert_eq!(altered_degree("3#"), Some((3, 1)));
        assert_eq!(altered_degree("-2bb"), Some((-2, -2)));
        assert_eq!(altered_degree("3#b"), None);
    }

    #[test]
    fn a_voicing_is_the_inversion_nearest_to_its_anchor() {
        let (root, tones) = chord("C").unwrap();
        assert_eq!(voiced(root, tones, 72, false), [64, 67, 72]);
        assert_eq!(voiced(root, tones, 71, false), [60, 64, 67]);
        assert_eq!(voiced(root, tones, 60, true), [60, 64, 67]);
        let (root, tones) = chord("F#m7b5").unwrap();
        assert_eq!((root, tones), (6, &[0i8, 3, 6, 10][..]));
        for (symbol, tones) in CHORDS {
            for root in 0..12 {
                let notes = voiced(root, tones, 72, false);
                assert_eq!(notes.len(), tones.len(), "{symbol}");
                assert!(notes.windows(2).all(|w| w[0] < w[1]), "{symbol}: {notes:?}");
                let top = notes[notes.len() - 1];
                assert!((60..=72).contains(&top), "{symbol}: {notes:?}");
            }
        }
    }
}
