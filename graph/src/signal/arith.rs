//! The words that operations are written in once, for the interpreter and for machine code.
//!
//! [`Plain`] computes at once, with the processor's own numbers; the code generator's words write the same steps
//! down as instructions. Every word is rounded by itself, so both give the same bits. Real-time safe.

/// Whole numbers up to here are turned into words: twice as much is where doubles have no halves any more.
pub const LARGEST_WHOLE: f64 = 2_251_799_813_685_248.0;

/// Numbers of single precision, 32-bit words that wrap, and truths.
pub trait Arith {
    /// A number of single precision.
    type Real: Copy;
    /// A 32-bit word.
    type Word: Copy;
    /// A truth.
    type Truth: Copy;

    fn real(&mut self, x: f32) -> Self::Real;
    fn word(&mut self, x: u32) -> Self::Word;

    fn add(&mut self, x: Self::Real, y: Self::Real) -> Self::Real;
    fn sub(&mut self, x: Self::Real, y: Self::Real) -> Self::Real;
    fn mul(&mut self, x: Self::Real, y: Self::Real) -> Self::Real;
    fn div(&mut self, x: Self::Real, y: Self::Real) -> Self::Real;
    fn neg(&mut self, x: Self::Real) -> Self::Real;
    fn abs(&mut self, x: Self::Real) -> Self::Real;
    fn sqrt(&mut self, x: Self::Real) -> Self::Real;
    fn floor(&mut self, x: Self::Real) -> Self::Real;
    fn ceil(&mut self, x: Self::Real) -> Self::Real;
    /// To the nearest whole number, a half to the even one.
    fn nearest(&mut self, x: Self::Real) -> Self::Real;

    fn is_less(&mut self, x: Self::Real, y: Self::Real) -> Self::Truth;
    fn is_at_most(&mut self, x: Self::Real, y: Self::Real) -> Self::Truth;
    fn is_equal(&mut self, x: Self::Real, y: Self::Real) -> Self::Truth;
    /// Whether a word is not nought.
    fn is_set(&mut self, x: Self::Word) -> Self::Truth;
    /// Whether a word without a sign is below a bound.
    fn is_below(&mut self, x: Self::Word, bound: Self::Word) -> Self::Truth;
    /// `x` where it is true, else `y`.
    fn choose(&mut self, truth: Self::Truth, x: Self::Real, y: Self::Real) -> Self::Real;
    /// `x` where it is true, else `y`.
    fn choose_word(&mut self, truth: Self::Truth, x: Self::Word, y: Self::Word) -> Self::Word;

    fn word_add(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    fn word_sub(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    fn word_and(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    fn word_xor(&mut self, x: Self::Word, y: Self::Word) -> Self::Word;
    fn shift_left(&mut self, x: Self::Word, bits: u32) -> Self::Word;
    fn shift_right(&mut self, x: Self::Word, bits: u32) -> Self::Word;
    /// The bits of a number.
    fn bits_of(&mut self, x: Self::Real) -> Self::Word;
    /// The number with these bits.
    fn of_bits(&mut self, x: Self::Word) -> Self::Real;
    /// The nearest number to a word with a sign.
    fn of_signed(&mut self, x: Self::Word) -> Self::Real;
    /// The nearest number to a word without a sign.
    fn of_unsigned(&mut self, x: Self::Word) -> Self::Real;
    /// A number towards nought as a word with a sign: the nearest there is, 0 for what is no number.
    fn signed_of(&mut self, x: Self::Real) -> Self::Word;
    /// `x · scale` in double precision, held to ±[`LARGEST_WHOLE`] and towards nought as an integer, the low word of it.
    /// What is no number gives 0.
    fn word_of_scaled(&mut self, x: Self::Real, scale: f64) -> Self::Word;

    /// What `work` gives. Where the truth holds in no lane that must be 0, and the work may be left out.
    fn where_any(
        &mut self,
        truth: Self::Truth,
        work: impl FnOnce(&mut Self) -> Self::Real,
    ) -> Self::Real;

    /// [`crate::math::max`]
    #[inline(always)]
    fn max(&mut self, x: Self::Real, y: Self::Real) -> Self::Real {
        let larger = self.is_less(y, x);
        self.choose(larger, x, y)
    }
    /// [`crate::math::min`]
    #[inline(always)]
    fn min(&mut self, x: Self::Real, y: Self::Real) -> Self::Real {
        let smaller = self.is_less(x, y);
        self.choose(smaller, x, y)
    }
    /// Held between two numbers; what is no number stays none.
    #[inline(always)]
    fn held(&mut self, x: Self::Real, lo: f32, hi: f32) -> Self::Real {
        let (lo, hi) = (self.real(lo), self.real(hi));
        let x = self.max(lo, x);
        self.min(hi, x)
    }
    /// x + y·z, rounded twice.
    #[inline(always)]
    fn add_mul(&mut self, x: Self::Real, y: Self::Real, z: Self::Real) -> Self::Real {
        let product = self.mul(y, z);
        self.add(x, product)
    }
    /// x − y·z, rounded twice.
    #[inline(always)]
    fn sub_mul(&mut self, x: Self::Real, y: Self::Real, z: Self::Real) -> Self::Real {
        let product = self.mul(y, z);
        self.sub(x, product)
    }
    /// A polynomial in `z` by Horner's rule, the constant term first.
    #[inline(always)]
    fn horner(&mut self, z: Self::Real, terms: &[f32]) -> Self::Real {
        let mut terms = terms.iter().rev();
        let last = terms.next().copied().unwrap_or_default();
        let mut sum = self.real(last);
        for term in terms {
            let term = self.real(*term);
            sum = self.add_mul(term, z, sum);
        }
        sum
    }
    /// 1 where it is true, else 0.
    #[inline(always)]
    fn one_if(&mut self, truth: Self::Truth) -> Self::Real {
        let (one, nought) = (self.real(1.0), self.real(0.0));
        self.choose(truth, one, nought)
    }
    /// `x` with the sign of `sign` put on top of its own: the product of both signs.
    #[inline(always)]
    fn signed_like(&mut self, x: Self::Real, sign: Self::Real) -> Self::Real {
        let (bits, top) = (self.bits_of(sign), self.word(0x8000_0000));
        let (sign, x) = (self.word_and(bits, top), self.bits_of(x));
        let x = self.word_xor(x, sign);
        self.of_bits(x)
    }
}

/// Computes at once.
pub struct Plain;

impl Arith for Plain {
    type Real = f32;
    type Word = u32;
    type Truth = bool;

    #[inline(always)]
    fn real(&mut self, x: f32) -> f32 {
        x
    }
    #[inline(always)]
    fn word(&mut self, x: u32) -> u32 {
        x
    }
    #[inline(always)]
    fn add(&mut self, x: f32, y: f32) -> f32 {
        x + y
    }
    #[inline(always)]
    fn sub(&mut self, x: f32, y: f32) -> f32 {
        x - y
    }
    #[inline(always)]
    fn mul(&mut self, x: f32, y: f32) -> f32 {
        x * y
    }
    #[inline(always)]
    fn div(&mut self, x: f32, y: f32) -> f32 {
        x / y
    }
    #[inline(always)]
    fn neg(&mut self, x: f32) -> f32 {
        -x
    }
    #[inline(always)]
    fn abs(&mut self, x: f32) -> f32 {
        x.abs()
    }
    #[inline(always)]
    fn sqrt(&mut self, x: f32) -> f32 {
        x.sqrt()
    }
    #[inline(always)]
    fn floor(&mut self, x: f32) -> f32 {
        x.floor()
    }
    #[inline(always)]
    fn ceil(&mut self, x: f32) -> f32 {
        x.ceil()
    }
    #[inline(always)]
    fn nearest(&mut self, x: f32) -> f32 {
        x.round_ties_even()
    }
    #[inline(always)]
    fn is_less(&mut self, x: f32, y: f32) -> bool {
        x < y
    }
    #[inline(always)]
    fn is_at_most(&mut self, x: f32, y: f32) -> bool {
        x <= y
    }
    #[inline(always)]
    #[allow(clippy::float_cmp)] // That is what is asked.
    fn is_equal(&mut self, x: f32, y: f32) -> bool {
        x == y
    }
    #[inline(always)]
    fn is_set(&mut self, x: u32) -> bool {
        x != 0
    }
    #[inline(always)]
    fn is_below(&mut self, x: u32, bound: u32) -> bool {
        x < bound
    }
    #[inline(always)]
    fn choose(&mut self, truth: bool, x: f32, y: f32) -> f32 {
        if truth { x } else { y }
    }
    #[inline(always)]
    fn choose_word(&mut self, truth: bool, x: u32, y: u32) -> u32 {
        if truth { x } else { y }
    }
    #[inline(always)]
    fn word_add(&mut self, x: u32, y: u32) -> u32 {
        x.wrapping_add(y)
    }
    #[inline(always)]
    fn word_sub(&mut self, x: u32, y: u32) -> u32 {
        x.wrapping_sub(y)
    }
    #[inline(always)]
    fn word_and(&mut self, x: u32, y: u32) -> u32 {
        x & y
    }
    #[inline(always)]
    fn word_xor(&mut self, x: u32, y: u32) -> u32 {
        x ^ y
    }
    #[inline(always)]
    fn shift_left(&mut self, x: u32, bits: u32) -> u32 {
        x << bits
    }
    #[inline(always)]
    fn shift_right(&mut self, x: u32, bits: u32) -> u32 {
        x >> bits
    }
    #[inline(always)]
    fn bits_of(&mut self, x: f32) -> u32 {
        x.to_bits()
    }
    #[inline(always)]
    fn of_bits(&mut self, x: u32) -> f32 {
        f32::from_bits(x)
    }
    #[inline(always)]
    fn of_signed(&mut self, x: u32) -> f32 {
        x as i32 as f32
    }
    #[inline(always)]
    fn of_unsigned(&mut self, x: u32) -> f32 {
        x as f32
    }
    #[inline(always)]
    fn word_of_scaled(&mut self, x: f32, scale: f64) -> u32 {
        let scaled = f64::from(x) * scale;
        scaled.clamp(-LARGEST_WHOLE, LARGEST_WHOLE) as i64 as u32
    }
    #[inline(always)]
    fn signed_of(&mut self, x: f32) -> u32 {
        x as i32 as u32
    }
    /// Without a branch, so that loops of it become vectors.
    #[inline(always)]
    fn where_any(&mut self, _: bool, work: impl FnOnce(&mut Plain) -> f32) -> f32 {
        work(self)
    }
}
