//! Chance in patterns: a pure function of the seed and of the place.
//!
//! Nothing is remembered, so a seek, a loop or another cut into blocks plays the same. Real-time safe.

use crate::time::Ratio;

/// The seed that a name (a node's) gives its patterns (FNV-1a).
pub fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The seed of an operation of a pattern: that of the pattern and the operation's own.
pub fn of_operation(pattern: u64, operation: u32) -> u64 {
    mix(pattern ^ (u64::from(operation) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A number, 0 ≤ x < 1, for a place in time.
pub fn at(seed: u64, time: Ratio) -> f64 {
    let place = mix(seed ^ mix(time.num() as u64)) ^ (time.den() as u64);
    (mix(place) >> 11) as f64 / (1u64 << 53) as f64
}

/// A smooth random curve, 0 ≤ x < 1: a new value at each whole cycle, joined by K. Perlin's fifth-order slope
/// ("Improving Noise", 2002).
pub fn smooth(seed: u64, time: Ratio) -> f64 {
    let cycle = time.floor();
    let (a, b) = (
        at(seed, Ratio::whole(cycle)),
        at(seed, Ratio::whole(cycle + 1)),
    );
    let t = time.fract().to_f64();
    a + (b - a) * (t * t * t * (t * (t * 6.0 - 15.0) + 10.0))
}

/// The number in slot `slot` of `count` numbers shuffled anew each cycle: how many of the others drew less.
pub fn shuffled(seed: u64, cycle: i64, slot: u32, count: u32) -> u32 {
    let draw = |n: u32| {
        let place = Ratio::new(i64::from(n), i64::from(count));
        at(seed, Ratio::whole(cycle) + place)
    };
    let own = draw(slot);
    (0..count)
        .filter(|&n| {
            let other = draw(n);
            other < own || (other == own && n < slot)
        })
        .count() as u32
}

/// The seed of curves is another than that of what is drawn for events: else what chance leaves would be loud.
pub fn of_curve(pattern: u64, operation: u32) -> u64 {
    mix(of_operation(pattern, operation))
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffled_numbers_come_once_each_and_differ_from_cycle_to_cycle() {
        let seed = of_operation(seed_of("bass"), 0);
        let order = |cycle| {
            (0..8)
                .map(|slot| shuffled(seed, cycle, slot, 8))
                .collect::<Vec<_>>()
        };
        let mut different = std::collections::HashSet::new();
        for cycle in -50..50 {
            let mut numbers = order(cycle);
            different.insert(numbers.clone());
            numbers.sort_unstable();
            assert_eq!(numbers, (0..8).collect::<Vec<_>>());
        }
        assert!(different.len() > 95, "{}", different.len());
    }

    #[test]
    fn the_smooth_curve_meets_its_values_and_has_no_steps() {
        let seed = of_curve(seed_of("bass"), 0);
        let mut last = smooth(seed, Ratio::whole(-2));
        assert_eq!(last, at(seed, Ratio::whole(-2)));
        for n in -199..400 {
            let x = smooth(seed, Ratio::new(n, 100));
            assert!(
                (0.0..1.0).contains(&x) && (x - last).abs() < 0.02,
                "{x} after {last}"
            );
            last = x;
        }
    }

    #[test]
    fn chance_is_even_and_hangs_on_seed_and_place_alone() {
        let seed = of_operation(seed_of("bass"), 0);
        let mut buckets = [0u32; 10];
        for n in 0..10_000 {
            let x = at(seed, Ratio::new(n, 16));
            assert!((0.0..1.0).contains(&x));
            assert_eq!(x, at(seed, Ratio::new(2 * n, 32)));
            buckets[(x * 10.0) as usize] += 1;
        }
        assert!(
            buckets.iter().all(|b| (850..1150).contains(b)),
            "{buckets:?}"
        );
        assert_ne!(
            at(seed, Ratio::ONE),
            at(of_operation(seed_of("bass"), 1), Ratio::ONE)
        );
        assert_ne!(
            at(seed, Ratio::ONE),
            at(of_operation(seed_of("lead"), 0), Ratio::ONE)
        );
    }
}
