//! Exact rational time of patterns.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A rational number of cycles, always in lowest terms with a positive denominator.
///
/// Intermediate results have 128 bits. A result that does not fit 64 saturates to the nearest representable
/// value with a smaller denominator; patterns are bounded while they are built so that this does not happen to
/// music. Nothing here allocates or panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i64,
    den: i64,
}

impl Ratio {
    /// Nought.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };
    /// One cycle.
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// A whole number.
    pub const fn whole(n: i64) -> Ratio {
        Ratio { num: n, den: 1 }
    }

    /// `num / den`; a zero denominator counts as one.
    pub fn new(num: i64, den: i64) -> Ratio {
        Ratio::reduce(num as i128, den as i128)
    }

    /// The simplest ratio within 10⁻¹² of a float, relative to it, or the nearest with a denominator up to 10⁶:
    /// `0.1` is 1/10, `2.5` is 5/2. NaN, infinities and what is beyond ±10¹² give `None`.
    pub fn from_f64(value: f64) -> Option<Ratio> {
        if !value.is_finite() || value.abs() > 1e12 {
            return None;
        }
        // Continued fractions: stop at the first convergent that is as near as a float of music gets.
        let (mut h0, mut k0, mut h1, mut k1) = (0i128, 1i128, 1i128, 0i128);
        let mut x = value;
        for _ in 0..40 {
            let a = x.floor();
            let (h, k) = (a as i128 * h1 + h0, a as i128 * k1 + k0);
            if k > 1_000_000 {
                break;
            }
            (h0, k0, h1, k1) = (h1, k1, h, k);
            if (h as f64 / k as f64 - value).abs() <= value.abs() * 1e-12 || x == a {
                break;
            }
            x = 1.0 / (x - a);
        }
        Some(Ratio::reduce(h1, k1))
    }

    /// Numerator.
    pub const fn num(self) -> i64 {
        self.num
    }
    /// Denominator, always positive.
    pub const fn den(self) -> i64 {
        self.den
    }
    /// The next lower whole number (or itself).
    pub const fn floor(self) -> i64 {
        if self.den == 1 {
            return self.num;
        }
        self.num.div_euclid(self.den)
    }
    /// The next higher whole number (or itself).
    pub const fn ceil(self) -> i64 {
        -((-(self.num as i128)).div_euclid(self.den as i128) as i64)
    }
    /// What is left above [`Ratio::floor`], 0 ≤ fract < 1.
    pub const fn fract(self) -> Ratio {
        Ratio {
            num: self.num.rem_euclid(self.den),
            den: self.den,
        }
    }
    /// As a float.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    fn reduce(num: i128, den: i128) -> Ratio {
        let (mut num, mut den) = match den.signum() {
            0 => (num, 1),
            -1 => (-num, -den),
            _ => (num, den),
        };
        let g = gcd(num.unsigned_abs(), den.unsigned_abs()) as i128;
        if g > 1 {
            num /= g;
            den /= g;
        }
        let most = i64::MAX as u128;
        let too_large =
            |num: i128, den: i128| den as u128 > most || (num.unsigned_abs() > most && den > 1);
        if too_large(num, den) {
            while too_large(num, den) {
                num >>= 1;
                den = (den >> 1).max(1);
            }
            // What was cut off may have left something in common.
            return Ratio::reduce(num, den);
        }
        Ratio {
            num: num.clamp(-(i64::MAX as i128), i64::MAX as i128) as i64,
            den: den as i64,
        }
    }
}

pub(super) fn gcd(mut a: u128, mut b: u128) -> u128 {
    // 64-bit division is many times faster than 128-bit, and nearly all of music fits it.
    while b != 0 {
        if a <= u64::MAX as u128 && b <= u64::MAX as u128 {
            let (mut x, mut y) = (a as u64, b as u64);
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return x as u128;
        }
        (a, b) = (b, a % b);
    }
    a
}

impl Default for Ratio {
    fn default() -> Self {
        Ratio::ZERO
    }
}
impl From<i64> for Ratio {
    fn from(n: i64) -> Self {
        Ratio::whole(n)
    }
}
// Arithmetic takes the short ways of Knuth (The Art of Computer Programming 2, 4.5.1) where everything fits 64 bits:
// operands are in lowest terms, so only what they can have in common is looked for, and that between small numbers.
// What does not fit goes the long way through `reduce`. Both give the same ratio.
impl Ratio {
    /// The ratio of a result in lowest terms, if it is one.
    fn short(num: i64, den: i64) -> Option<Ratio> {
        // The least number has no opposite, and `reduce` never gives it.
        (num != i64::MIN).then_some(Ratio { num, den })
    }

    fn sum(self, o: Ratio) -> Option<Ratio> {
        if o.den == 1 {
            return Ratio::short(
                self.num.checked_add(o.num.checked_mul(self.den)?)?,
                self.den,
            );
        }
        if self.den == 1 {
            return Ratio::short(o.num.checked_add(self.num.checked_mul(o.den)?)?, o.den);
        }
        let common = common(self.den, o.den);
        let (p, q) = (over(self.den, common), over(o.den, common));
        let num = (self.num.checked_mul(q)?).checked_add(o.num.checked_mul(p)?)?;
        // Only what the denominators share can be left over.
        let rest = common_of(num, common);
        Ratio::short(over(num, rest), p.checked_mul(over(o.den, rest))?)
    }

    fn product(self, o: Ratio) -> Option<Ratio> {
        let (a, b) = (common_of(self.num, o.den), common_of(o.num, self.den));
        let num = over(self.num, a).checked_mul(over(o.num, b))?;
        Ratio::short(num, over(self.den, b).checked_mul(over(o.den, a))?)
    }

    /// Turned upside down; nothing if it is nought.
    fn inverse(self) -> Option<Ratio> {
        match self.num.signum() {
            1 => Some(Ratio {
                num: self.den,
                den: self.num,
            }),
            -1 => Some(Ratio {
                num: -self.den,
                den: self.num.checked_neg()?,
            }),
            _ => None,
        }
    }
}

/// A quotient without remainder. Mostly the divisor is 1, and a division is slow.
fn over(a: i64, b: i64) -> i64 {
    if b == 1 { a } else { a / b }
}

/// What two numbers above 0 have in common.
fn common(a: i64, b: i64) -> i64 {
    let (large, small) = (a.max(b) as u64, a.min(b) as u64);
    if small == 1 {
        return 1;
    }
    // One division brings both to the size of the smaller; from there by halves (Stein's algorithm, 1967).
    let (mut x, mut y) = (small, large % small);
    if y == 0 {
        return x as i64;
    }
    let twos = (x | y).trailing_zeros();
    x >>= x.trailing_zeros();
    while y != 0 {
        y >>= y.trailing_zeros();
        (x, y) = (x.min(y), x.abs_diff(y));
    }
    (x << twos) as i64
}

/// What any number has in common with one above 0.
fn common_of(a: i64, b: i64) -> i64 {
    if b == 1 {
        return 1;
    }
    match a.unsigned_abs() % b.unsigned_abs() {
        0 => b,
        rest => common(b, rest as i64),
    }
}

impl Add for Ratio {
    type Output = Ratio;
    fn add(self, o: Ratio) -> Ratio {
        self.sum(o).unwrap_or_else(|| {
            let (a, b) = (
                self.num as i128 * o.den as i128,
                o.num as i128 * self.den as i128,
            );
            Ratio::reduce(a + b, self.den as i128 * o.den as i128)
        })
    }
}
impl Neg for Ratio {
    type Output = Ratio;
    fn neg(self) -> Ratio {
        Ratio {
            num: -self.num,
            den: self.den,
        }
    }
}
impl Sub for Ratio {
    type Output = Ratio;
    fn sub(self, o: Ratio) -> Ratio {
        self + -o
    }
}
impl Mul for Ratio {
    type Output = Ratio;
    fn mul(self, o: Ratio) -> Ratio {
        self.product(o).unwrap_or_else(|| {
            Ratio::reduce(
                self.num as i128 * o.num as i128,
                self.den as i128 * o.den as i128,
            )
        })
    }
}
impl Div for Ratio {
    type Output = Ratio;
    /// Division by nought gives nought's neighbour at the end of the range, never a panic.
    fn div(self, o: Ratio) -> Ratio {
        let short = o.inverse().and_then(|inverse| self.product(inverse));
        short.unwrap_or_else(|| {
            Ratio::reduce(
                self.num as i128 * o.den as i128,
                self.den as i128 * o.num as i128,
            )
        })
    }
}
impl PartialOrd for Ratio {
    fn partial_cmp(&self, o: &Ratio) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}
impl Ord for Ratio {
    fn cmp(&self, o: &Ratio) -> Ordering {
        if self.den == o.den {
            return self.num.cmp(&o.num);
        }
        (self.num as i128 * o.den as i128).cmp(&(o.num as i128 * self.den as i128))
    }
}
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

// Serialised as `[num, den]`, and reduced again on the way in: a file may say anything.
impl Serialize for Ratio {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        (self.num, self.den).serialize(s)
    }
}
impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let (num, den) = <(i64, i64)>::deserialize(d)?;
        Ok(Ratio::new(num, den))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn floats_of_music_become_simple_ratios() {
        for (x, n, d) in [
            (0.1, 1, 10),
            (2.5, 5, 2),
            (-0.75, -3, 4),
            (1.0 / 3.0, 1, 3),
            (4.0, 4, 1),
            (0.0, 0, 1),
        ] {
            assert_eq!(Ratio::from_f64(x), Some(Ratio::new(n, d)), "{x}");
        }
        assert_eq!(Ratio::from_f64(f64::NAN), None);
    }

    #[test]
    fn extremes_saturate_instead_of_panicking() {
        let big = Ratio::whole(i64::MAX);
        let tiny = Ratio::new(1, i64::MAX);
        let _ = (
            big * big,
            tiny * tiny,
            big + tiny,
            big / tiny,
            Ratio::ONE / Ratio::ZERO,
            Ratio::new(i64::MIN, -1),
        );
        assert_eq!(Ratio::new(1, 0), Ratio::ONE);
    }

    /// Numbers of every size, the ends of the range among them.
    fn any_number() -> impl Strategy<Value = i64> {
        prop_oneof![
            -20i64..20,
            -100_000i64..100_000,
            any::<i64>(),
            Just(i64::MIN),
            Just(i64::MAX),
        ]
    }

    proptest! {
        #[test]
        fn the_short_way_gives_what_the_long_way_gives(
            a in any_number(), b in any_number(), c in any_number(), d in any_number()
        ) {
            let (x, y) = (Ratio::new(a, b), Ratio::new(c, d));
            let [a, b, c, d] = [x.num, x.den, y.num, y.den].map(i128::from);
            prop_assert_eq!(x + y, Ratio::reduce(a * d + c * b, b * d));
            prop_assert_eq!(x - y, Ratio::reduce(a * d - c * b, b * d));
            prop_assert_eq!(x * y, Ratio::reduce(a * c, b * d));
            prop_assert_eq!(x / y, Ratio::reduce(a * d, b * c));
            prop_assert_eq!(x.cmp(&y), (a * d).cmp(&(c * b)));
        }

        #[test]
        fn arithmetic_is_exact(a in -1000i64..1000, b in 1i64..1000, c in -1000i64..1000, d in 1i64..1000) {
            let (x, y) = (Ratio::new(a, b), Ratio::new(c, d));
            prop_assert_eq!(x + y - y, x);
            prop_assert_eq!(x * y, y * x);
            if c != 0 { prop_assert_eq!(x / y * y, x); }
            prop_assert_eq!(Ratio::whole(x.floor()) + x.fract(), x);
            prop_assert!(Ratio::whole(x.ceil()) >= x && Ratio::whole(x.ceil()) - x < Ratio::ONE);
        }
    }
}
