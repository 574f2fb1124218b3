//! Euclidean rhythms: so many pulses spread over so many steps as evenly as can be.

/// The most steps of a Euclidean rhythm.
pub const MAX_STEPS: i64 = 256;

/// Which of `steps` steps (1…[`MAX_STEPS`]) have one of `pulses` pulses; a negative number of pulses is the
/// rhythm of its size turned inside out. `rotation` moves it later by so many steps. `None` if there are more
/// pulses than steps, or the number of steps is out of range.
///
/// E. Bjorklund's algorithm, as G. Toussaint found it in "The Euclidean Algorithm Generates Traditional Musical
/// Rhythms" (2005), in the order of Tidal's `bjorklund`. Control side: allocates.
pub fn euclid(pulses: i64, steps: i64, rotation: i64) -> Option<Vec<bool>> {
    if !(1..=MAX_STEPS).contains(&steps) || pulses.unsigned_abs() > steps.unsigned_abs() {
        return None;
    }
    let (steps, count) = (steps as usize, pulses.unsigned_abs() as usize);
    let mut heads = vec![vec![true]; count];
    let mut tails = vec![vec![false]; steps - count];
    // Each round deals the tails out to the heads; what is left over are the tails of the next.
    while heads.len().min(tails.len()) > 1 {
        let pairs = heads.len().min(tails.len());
        let (spare_heads, spare_tails) = (heads.split_off(pairs), tails.split_off(pairs));
        for (head, tail) in heads.iter_mut().zip(tails) {
            head.extend(tail);
        }
        tails = if spare_heads.is_empty() {
            spare_tails
        } else {
            spare_heads
        };
    }
    let mut rhythm: Vec<bool> = heads.into_iter().chain(tails).flatten().collect();
    if pulses < 0 {
        rhythm.iter_mut().for_each(|on| *on = !*on);
    }
    rhythm.rotate_right(rotation.rem_euclid(steps as i64) as usize);
    Some(rhythm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pulses: i64, steps: i64, rotation: i64) -> String {
        let rhythm = euclid(pulses, steps, rotation).unwrap();
        rhythm
            .iter()
            .map(|on| if *on { 'x' } else { '.' })
            .collect()
    }

    #[test]
    fn the_rhythms_are_those_of_tidal() {
        for (pulses, steps, rhythm) in [
            (1, 2, "x."),
            (2, 5, "x.x.."),
            (3, 4, "xxx."),
            (3, 5, "x.x.x"),
            (3, 7, "x.x.x.."),
            (3, 8, "x..x..x."),
            (4, 7, "x.x.x.x"),
            (4, 9, "x.x.x.x.."),
            (4, 11, "x..x..x..x."),
            (5, 6, "xxxxx."),
            (5, 7, "x.xx.xx"),
            (5, 8, "x.xx.xx."),
            (5, 9, "x.x.x.x.x"),
            (5, 12, "x..x.x..x.x."),
            (5, 16, "x..x..x..x..x..."),
            (7, 8, "xxxxxxx."),
            (7, 12, "x.xx.x.xx.x."),
            (7, 16, "x..x.x.x..x.x.x."),
            (9, 16, "x.xx.x.x.xx.x.x."),
            (0, 4, "...."),
            (4, 4, "xxxx"),
        ] {
            assert_eq!(shown(pulses, steps, 0), rhythm, "({pulses},{steps})");
        }
    }

    #[test]
    fn rotation_goes_later_and_negative_pulses_turn_the_rhythm_inside_out() {
        assert_eq!(shown(3, 8, 2), "x.x..x..");
        assert_eq!(shown(3, 8, -1), "..x..x.x");
        assert_eq!(shown(3, 8, 10), shown(3, 8, 2));
        assert_eq!(shown(-3, 8, 0), ".xx.xx.x");
    }

    #[test]
    fn every_rhythm_has_its_pulses_and_what_has_none_is_refused() {
        for steps in 1..40 {
            for pulses in 0..=steps {
                let rhythm = euclid(pulses, steps, 3).unwrap();
                assert_eq!(rhythm.len() as i64, steps);
                assert_eq!(rhythm.iter().filter(|on| **on).count() as i64, pulses);
            }
        }
        assert_eq!(euclid(9, 8, 0), None);
        assert_eq!(euclid(1, 0, 0), None);
        assert_eq!(euclid(i64::MIN, 8, 0), None);
        assert_eq!(euclid(1, MAX_STEPS + 1, 0), None);
    }
}
