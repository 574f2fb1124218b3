//! How far two sounds are apart.

use serde::{Deserialize, Serialize};

/// What [`compare`] found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The first frame that is not the same, to the bit; `None` if all are.
    pub first: Option<usize>,
    /// The largest difference of two samples, linear.
    pub peak: f32,
    /// The frame of the largest difference.
    pub at: usize,
    /// The root of the mean square of the difference over all frames, linear.
    pub rms: f64,
}

impl Difference {
    /// Whether both are the same, to the bit.
    pub fn is_none(&self) -> bool {
        self.first.is_none()
    }
    /// The largest difference in dB of full scale; minus infinity for none.
    pub fn peak_dbfs(&self) -> f64 {
        20.0 * f64::from(self.peak).log10()
    }
}

/// Compares two sounds, channel by channel and frame by frame. What one has and the other has not (frames or whole
/// channels) counts as silence in the other; its first frame is then a difference, also where it is silent itself.
pub fn compare<A: AsRef<[f32]>, B: AsRef<[f32]>>(a: &[A], b: &[B]) -> Difference {
    let none: &[f32] = &[];
    let mut found = Difference {
        first: None,
        peak: 0.0,
        at: 0,
        rms: 0.0,
    };
    let (mut squares, mut count) = (0.0, 0usize);
    for channel in 0..a.len().max(b.len()) {
        let a = a.get(channel).map_or(none, AsRef::as_ref);
        let b = b.get(channel).map_or(none, AsRef::as_ref);
        for frame in 0..a.len().max(b.len()) {
            let (x, y) = (a.get(frame), b.get(frame));
            if x.map(|x| x.to_bits()) != y.map(|y| y.to_bits()) {
                found.first = Some(found.first.map_or(frame, |first| first.min(frame)));
            }
            let apart = (x.unwrap_or(&0.0) - y.unwrap_or(&0.0)).abs();
            // A sample that is no number is as far apart as can be.
            let apart = if apart.is_nan() { f32::INFINITY } else { apart };
            if apart > found.peak {
                (found.peak, found.at) = (apart, frame);
            }
            squares += f64::from(apart) * f64::from(apart);
            count += 1;
        }
    }
    found.rms = (squares / count.max(1) as f64).sqrt();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sounds_have_no_difference_and_the_sign_of_nought_is_one() {
        let a = [vec![0.0, 1.0], vec![0.5, -0.5]];
        assert!(compare(&a, &a).is_none());
        assert_eq!(compare(&a, &a).peak_dbfs(), f64::NEG_INFINITY);
        let found = compare(&[[0.0f32]], &[[-0.0f32]]);
        assert_eq!((found.first, found.peak), (Some(0), 0.0));
    }

    #[test]
    fn the_largest_and_the_first_are_found_in_any_channel() {
        let (a, b) = ([[0.0, 0.0, 0.5], [0.0; 3]], [[0.0; 3], [0.0, 0.25, 0.0]]);
        let found = compare(&a, &b);
        assert_eq!((found.first, found.at, found.peak), (Some(1), 2, 0.5));
        assert!((found.rms - (0.3125f64 / 6.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn what_only_one_has_is_a_difference_and_so_is_nan() {
        assert_eq!(compare(&[[0.0f32; 3]], &[[0.0f32; 2]]).first, Some(2));
        assert_eq!(compare(&[[1.0f32]], &[] as &[[f32; 1]]).peak, 1.0);
        assert_eq!(compare(&[[f32::NAN]], &[[0.0]]).peak, f32::INFINITY);
    }
}
