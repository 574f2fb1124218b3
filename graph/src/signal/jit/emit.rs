//! Arithmetic in Cranelift's words: the operations that `lower` is written in.
//!
//! Written once for one voice, where a value is one number, and for four voices, where it is a vector with a number
//! of each. Nothing here is fused or reordered: each word is one rounding, and it is the same in every lane.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F32X4, F64, I32, I32X4, I64};
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Type, Value};
use cranelift_frontend::FunctionBuilder;

/// What a value is, in each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number of single precision.
    Real,
    /// A 32-bit integer that wraps.
    Word,
}

/// An address, or a distance in memory.
pub const ADDRESS: Type = I64;

/// Frames of one voice that a wide stage of the monophonic schedule computes at once.
pub const FOUR_FRAMES: usize = 4;

/// An address for each lane, or one for all of them.
#[derive(Clone, Debug)]
pub struct Address(pub Vec<Value>);

/// Single-precision numbers (*real*), 32-bit words (*word*) and truths, one instruction after the other.
pub struct Emit<'a, 'b> {
    pub b: &'a mut FunctionBuilder<'b>,
    /// Voices at once: 1, or 4.
    pub lanes: usize,
}

impl Emit<'_, '_> {
    fn is_wide(&self) -> bool {
        self.lanes > 1
    }
    fn reals(&self) -> Type {
        if self.is_wide() { F32X4 } else { F32 }
    }
    fn words(&self) -> Type {
        if self.is_wide() { I32X4 } else { I32 }
    }
    /// The same 32 bits in every lane.
    fn constant(&mut self, ty: Type, bits: u32) -> Value {
        let bytes: Vec<u8> = (0..4).flat_map(|_| bits.to_le_bytes()).collect();
        let handle = self.b.func.dfg.constants.insert(bytes.into());
        self.b.ins().vconst(ty, handle)
    }

    pub fn real(&mut self, x: f32) -> Value {
        if self.is_wide() {
            return self.constant(F32X4, x.to_bits());
        }
        self.b.ins().f32const(x)
    }
    pub fn word(&mut self, x: u32) -> Value {
        if self.is_wide() {
            return self.constant(I32X4, x);
        }
        self.b.ins().iconst(I32, i64::from(x))
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
        let nought = self.word(0);
        self.b.ins().icmp(IntCC::NotEqual, x, nought)
    }
    pub fn select(&mut self, truth: Value, x: Value, y: Value) -> Value {
        if !self.is_wide() {
            return self.b.ins().select(truth, x, y);
        }
        // A truth of vectors is a mask of words.
        let ty = self.b.func.dfg.value_type(x);
        let mask = if ty == F32X4 {
            let same_bits = MemFlagsData::new().with_endianness(Endianness::Little);
            self.b.ins().bitcast(F32X4, same_bits, truth)
        } else {
            truth
        };
        self.b.ins().bitselect(mask, x, y)
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
        let bits = self.b.ins().iconst(I32, i64::from(bits));
        self.b.ins().ushr(x, bits)
    }
    /// The nearest number to a word with a sign.
    pub fn real_of_signed(&mut self, x: Value) -> Value {
        let ty = self.reals();
        self.b.ins().fcvt_from_sint(ty, x)
    }
    /// The nearest number to a word without a sign.
    pub fn real_of_unsigned(&mut self, x: Value) -> Value {
        if self.is_wide() {
            return self.b.ins().fcvt_from_uint(F32X4, x);
        }
        let wide = self.b.ins().uextend(I64, x);
        self.b.ins().fcvt_from_sint(F32, wide)
    }
    /// `x · scale` in double precision, towards nought as a 64-bit integer, the low word of it.
    pub fn word_of_scaled(&mut self, x: Value, scale: f64) -> Value {
        let scale = self.b.ins().f64const(scale);
        let lanes = self.each_lane(x).into_iter().map(|x| {
            let wide = self.b.ins().fpromote(F64, x);
            let scaled = self.b.ins().fmul(wide, scale);
            let whole = self.b.ins().fcvt_to_sint_sat(I64, scaled);
            self.b.ins().ireduce(I32, whole)
        });
        let lanes = lanes.collect();
        self.joined(I32X4, lanes)
    }

    /// The same value in every lane.
    pub fn spread(&mut self, x: Value) -> Value {
        let ty = self.b.func.dfg.value_type(x);
        let ty = ty.by(4).expect("there are vectors of four");
        self.b.ins().splat(ty, x)
    }
    /// 0, 1, 2 and 3 as numbers.
    pub fn real_steps(&mut self) -> Value {
        let bytes: Vec<u8> = (0..4).flat_map(|n| (n as f32).to_le_bytes()).collect();
        let handle = self.b.func.dfg.constants.insert(bytes.into());
        self.b.ins().vconst(F32X4, handle)
    }
    /// A word that grows by a stride from lane to lane.
    pub fn ramp(&mut self, first: Value, stride: Value) -> Value {
        let mut lanes = vec![first];
        for _ in 1..4 {
            let last = lanes[lanes.len() - 1];
            lanes.push(self.b.ins().iadd(last, stride));
        }
        self.joined(I32X4, lanes)
    }
    /// From word to word what was there and all strides before; and the sum of all.
    pub fn summed(&mut self, first: Value, strides: Value) -> (Value, Value) {
        let (mut sum, mut lanes) = (first, Vec::new());
        for stride in self.each_lane(strides) {
            lanes.push(sum);
            sum = self.b.ins().iadd(sum, stride);
        }
        (self.joined(I32X4, lanes), sum)
    }

    /// The lanes of a value one by one.
    fn each_lane(&mut self, x: Value) -> Vec<Value> {
        if !self.is_wide() {
            return vec![x];
        }
        let lanes = (0..self.lanes).map(|n| self.b.ins().extractlane(x, n as u8));
        lanes.collect()
    }
    /// One value of one lane each, or of one for all of them.
    fn joined(&mut self, ty: Type, lanes: Vec<Value>) -> Value {
        if !self.is_wide() {
            return lanes[0];
        }
        let mut all = self.b.ins().splat(ty, lanes[0]);
        for (n, lane) in lanes.into_iter().enumerate().skip(1) {
            all = self.b.ins().insertlane(all, lane, n as u8);
        }
        all
    }

    /// An address some bytes further.
    pub fn further(&mut self, address: &Address, bytes: usize) -> Address {
        let further = address
            .0
            .iter()
            .map(|a| self.b.ins().iadd_imm_s(*a, bytes as i64));
        Address(further.collect())
    }
    /// An address further by as much.
    pub fn shifted(&mut self, address: &Address, bytes: Value) -> Address {
        let shifted = address.0.iter().map(|a| self.b.ins().iadd(*a, bytes));
        Address(shifted.collect())
    }
    /// The address of an element of four bytes, in each lane its own.
    pub fn element(&mut self, address: &Address, index: Value) -> Address {
        let indices = self.each_lane(index);
        let elements = address.0.iter().zip(indices).map(|(address, index)| {
            let index = self.b.ins().uextend(ADDRESS, index);
            let bytes = self.b.ins().ishl_imm_u(index, 2);
            self.b.ins().iadd(*address, bytes)
        });
        Address(elements.collect())
    }
    pub fn load(&mut self, kind: Kind, address: &Address) -> Value {
        let (one, all) = match kind {
            Kind::Real => (F32, self.reals()),
            Kind::Word => (I32, self.words()),
        };
        let lanes = address.0.iter();
        let lanes = lanes.map(|a| self.b.ins().load(one, MemFlagsData::trusted(), *a, 0));
        let lanes = lanes.collect();
        self.joined(all, lanes)
    }
    pub fn store(&mut self, x: Value, address: &Address) {
        let lanes = self.each_lane(x);
        for (lane, address) in lanes.into_iter().zip(&address.0) {
            self.b
                .ins()
                .store(MemFlagsData::trusted(), lane, *address, 0);
        }
    }
}
