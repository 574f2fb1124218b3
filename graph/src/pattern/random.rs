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
