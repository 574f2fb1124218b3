//! Arithmetic in Cranelift's words: the operations that `lower` is written in.
//!
//! One number each, today; a width of four numbers is another `Emit` behind the same words. Nothing here is fused
//! or reordered: each word is one rounding.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F64, I32, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::FunctionBuilder;

/// Single-precision numbers (*real*), 32-bit words (*word*) and truths, one instruction after the other.
pub struct Emit<'a, 'b> {
    pub b: &'a mut FunctionBuilder<'b>,
}

/// A number of single precision.
pub const REAL: Type = F32;
/// A 32-bit integer that wraps.
pub const WORD: Type = I32;
/// An address, or a distance in memory.
pub const ADDRESS: Type = I64;

impl Emit<'_, '_> {
    pub fn real(&mut self, x: f32) -> Value {
        self.b.ins().f32const(x)
    }
    pub fn word(&mut self, x: u32) -> Value {
        self.b.ins().iconst(WORD, i64::from(x))
    }

    pub fn add(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fadd(x, y)
    }
    pub fn sub(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fsub(x, y)
    }
    pub fn mul(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fmul(x, y)
    }
    pub fn div(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fdiv(x, y)
    }
    pub fn neg(&mut self, x: Value) -> Value {
        self.b.ins().fneg(x)
    }
    pub fn abs(&mut self, x: Value) -> Value {
        self.b.ins().fabs(x)
    }
    /// x + y·z, rounded twice.
    pub fn add_mul(&mut self, x: Value, y: Value, z: Value) -> Value {
        let product = self.mul(y, z);
        self.add(x, product)
    }
    /// x − y·z, rounded twice.
    pub fn sub_mul(&mut self, x: Value, y: Value, z: Value) -> Value {
        let product = self.mul(y, z);
        self.sub(x, product)
    }

    pub fn is_less(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fcmp(FloatCC::LessThan, x, y)
    }
    pub fn is_at_least(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, x, y)
    }
    /// Whether a word is not nought.
    pub fn is_set(&mut self, x: Value) -> Value {
        self.b.ins().icmp_imm_u(IntCC::NotEqual, x, 0)
    }
    pub fn select(&mut self, truth: Value, x: Value, y: Value) -> Value {
        self.b.ins().select(truth, x, y)
    }
    /// [`crate::math::max`]; as compare and select it is one instruction.
    pub fn max(&mut self, x: Value, y: Value) -> Value {
        let larger = self.is_less(y, x);
        self.select(larger, x, y)
    }
    /// [`crate::math::min`].
    pub fn min(&mut self, x: Value, y: Value) -> Value {
        let smaller = self.is_less(x, y);
        self.select(smaller, x, y)
    }
    /// [`f32::clamp`]: what is no number stays none.
    pub fn clamp(&mut self, x: Value, lo: f32, hi: f32) -> Value {
        // `max(lo, x)` is `lo` only where lo > x, so it hands on what is no number; so does `min(hi, x)`.
        let lo = self.real(lo);
        let x = self.max(lo, x);
        let hi = self.real(hi);
        self.min(hi, x)
    }
    /// A polynomial in `z` by Horner's rule, the constant term first.
    pub fn polynomial(&mut self, z: Value, terms: &[f32]) -> Value {
        let mut terms = terms.iter().rev();
        let last = terms.next().copied().unwrap_or_default();
        let mut sum = self.real(last);
        for term in terms {
            let term = self.real(*term);
            sum = self.add_mul(term, z, sum);
        }
        sum
    }

    pub fn word_add(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().iadd(x, y)
    }
    pub fn word_mul(&mut self, x: Value, y: u32) -> Value {
        let y = self.word(y);
        self.b.ins().imul(x, y)
    }
    pub fn word_xor(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().bxor(x, y)
    }
    pub fn word_shift_right(&mut self, x: Value, bits: u32) -> Value {
        self.b.ins().ushr_imm_u(x, i64::from(bits))
    }
    pub fn word_is_below(&mut self, x: Value, bound: u32) -> Value {
        let bound = self.word(bound);
        self.b.ins().icmp(IntCC::UnsignedLessThan, x, bound)
    }
    /// The nearest number to a word with a sign.
    pub fn real_of_signed(&mut self, x: Value) -> Value {
        self.b.ins().fcvt_from_sint(REAL, x)
    }
    /// The nearest number to a word without a sign.
    pub fn real_of_unsigned(&mut self, x: Value) -> Value {
        let wide = self.b.ins().uextend(I64, x);
        self.b.ins().fcvt_from_sint(REAL, wide)
    }
    /// `x · scale` in double precision, towards nought as a 64-bit integer, the low word of it.
    pub fn word_of_scaled(&mut self, x: Value, scale: f64) -> Value {
        let wide = self.b.ins().fpromote(F64, x);
        let scale = self.b.ins().f64const(scale);
        let scaled = self.b.ins().fmul(wide, scale);
        let whole = self.b.ins().fcvt_to_sint_sat(I64, scaled);
        self.b.ins().ireduce(WORD, whole)
    }

    /// An address some bytes further.
    pub fn further(&mut self, address: Value, bytes: usize) -> Value {
        self.b.ins().iadd_imm_s(address, bytes as i64)
    }
    /// The address of an element of four bytes.
    pub fn element(&mut self, address: Value, index: Value) -> Value {
        let index = self.b.ins().uextend(ADDRESS, index);
        let bytes = self.b.ins().ishl_imm_u(index, 2);
        self.b.ins().iadd(address, bytes)
    }
    pub fn load(&mut self, ty: Type, address: Value) -> Value {
        self.b.ins().load(ty, MemFlagsData::trusted(), address, 0)
    }
    pub fn store(&mut self, x: Value, address: Value) {
        self.b.ins().store(MemFlagsData::trusted(), x, address, 0);
    }
}
