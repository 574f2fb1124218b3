//! Arithmetic in Cranelift's words: the operations that `lower` is written in.
//!
//! Written once for one voice, where a value is one number, and for four voices, where it is a vector with a number
//! of each. Nothing here is fused or reordered: each word is one rounding, and it is the same in every lane.

use crate::signal::arith::LARGEST_WHOLE;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F32, F32X4, F64, F64X2, I8, I8X16, I32, I32X4, I64, I64X2};
use cranelift_codegen::ir::{
    BlockArg, Endianness, InstBuilder, InstructionData, MemFlagsData, Type, Value,
};
use cranelift_frontend::FunctionBuilder;

/// What a value is, in each lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number of single precision.
    Real,
    /// A 32-bit integer that wraps.
    Word,
}

/// A vector of four.
pub fn four_of(ty: Type) -> Type {
    ty.by(4).expect("there are vectors of four")
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
    pub fn reals(&self) -> Type {
        if self.is_wide() { F32X4 } else { F32 }
    }
    pub fn words(&self) -> Type {
        if self.is_wide() { I32X4 } else { I32 }
    }
    /// The same 32 bits in every lane.
    fn constant(&mut self, ty: Type, bits: u32) -> Value {
        self.lanes_of(ty, [bits; 4])
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

    /// The bits of a constant, if they are the same in every lane.
    pub fn known_bits(&self, x: Value) -> Option<u32> {
        let dfg = &self.b.func.dfg;
        match dfg.insts[dfg.value_def(x).inst()?] {
            InstructionData::UnaryIeee32 { imm, .. } => Some(imm.bits()),
            InstructionData::UnaryImm { imm, .. } => Some(imm.bits() as u32),
            InstructionData::UnaryConst {
                constant_handle, ..
            } => {
                let (lanes, _) = dfg.constants.get(constant_handle).as_slice().as_chunks();
                let first = lanes.first()?;
                let same = lanes.iter().all(|lane| lane == first);
                same.then(|| u32::from_le_bytes(*first))
            }
            _ => None,
        }
    }
    /// The same value; a vector constant is written again, since one from before a loop would take a register all through
    /// it.
    pub fn anew(&mut self, x: Value) -> Value {
        match self.known_bits(x) {
            Some(bits) if self.is_wide() => {
                let ty = self.b.func.dfg.value_type(x);
                self.constant(ty, bits)
            }
            _ => x,
        }
    }
    /// The number that a constant is. What is infinite, no number, or denormal (the audio thread flushes those) is left to
    /// the code.
    fn known(&self, x: Value) -> Option<f32> {
        let x = self.known_bits(x).map(f32::from_bits);
        x.filter(|x| x.is_normal() || *x == 0.0)
    }
    /// What two constants give, computed now: by the same rounding.
    fn folded(&mut self, x: Value, y: Value, of: fn(f32, f32) -> f32) -> Option<Value> {
        let result = of(self.known(x)?, self.known(y)?);
        (result.is_normal() || result == 0.0).then(|| self.real(result))
    }

    pub fn add(&mut self, x: Value, y: Value) -> Value {
        let known = self.folded(x, y, |x, y| x + y);
        known.unwrap_or_else(|| self.b.ins().fadd(x, y))
    }
    pub fn sub(&mut self, x: Value, y: Value) -> Value {
        let known = self.folded(x, y, |x, y| x - y);
        known.unwrap_or_else(|| self.b.ins().fsub(x, y))
    }
    pub fn mul(&mut self, x: Value, y: Value) -> Value {
        let known = self.folded(x, y, |x, y| x * y);
        known.unwrap_or_else(|| self.b.ins().fmul(x, y))
    }
    pub fn div(&mut self, x: Value, y: Value) -> Value {
        let known = self.folded(x, y, |x, y| x / y);
        known.unwrap_or_else(|| self.b.ins().fdiv(x, y))
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
        match (self.known(x), self.known(y)) {
            (Some(x), Some(y)) => self.truth(x < y),
            _ => self.b.ins().fcmp(FloatCC::LessThan, x, y),
        }
    }
    /// A truth that is known; of vectors it is a mask of words.
    fn truth(&mut self, truth: bool) -> Value {
        if self.is_wide() {
            return self.word(if truth { u32::MAX } else { 0 });
        }
        self.b.ins().iconst(I8, i64::from(truth))
    }
    pub fn is_at_least(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, x, y)
    }
    /// Whether only one of two truths holds.
    pub fn is_other(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().bxor(x, y)
    }
    /// Whether a word is not nought.
    pub fn is_set(&mut self, x: Value) -> Value {
        let nought = self.word(0);
        self.b.ins().icmp(IntCC::NotEqual, x, nought)
    }
    pub fn select(&mut self, truth: Value, x: Value, y: Value) -> Value {
        match self.known_bits(truth) {
            Some(0) => return y,
            Some(_) => return x,
            None => {}
        }
        if !self.is_wide() {
            return self.b.ins().select(truth, x, y);
        }
        let ty = self.b.func.dfg.value_type(x);
        let mask = if ty.lane_type().is_float() {
            self.same_bits(ty, truth)
        } else {
            truth
        };
        self.b.ins().bitselect(mask, x, y)
    }
    /// What `work` gives where a truth holds in one lane, else what there is: the work is then left out.
    pub fn where_one<const N: usize>(
        &mut self,
        truth: Value,
        there_is: [Value; N],
        work: impl FnOnce(&mut Self) -> [Value; N],
    ) -> [Value; N] {
        let one = if self.is_wide() {
            self.b.ins().vany_true(truth)
        } else {
            truth
        };
        let [there, on] = [self.b.create_block(), self.b.create_block()];
        let results = there_is.map(|value| {
            let ty = self.b.func.dfg.value_type(value);
            self.b.append_block_param(on, ty)
        });
        let otherwise = there_is.map(BlockArg::from);
        self.b.ins().brif(one, there, &[], on, &otherwise);
        self.b.switch_to_block(there);
        let found = work(self).map(BlockArg::from);
        self.b.ins().jump(on, &found);
        self.b.switch_to_block(on);
        results
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
    /// [`Arith::word_of_scaled`](crate::signal::arith::Arith::word_of_scaled): in doubles, of which a vector has two.
    pub fn word_of_scaled(&mut self, x: Value, scale: f64) -> Value {
        if !self.is_wide() {
            let x = self.b.ins().fpromote(F64, x);
            let bits = self.whole_bits(x, F64, I64, scale);
            return self.b.ins().ireduce(I32, bits);
        }
        let words = self.same_bits(I32X4, x);
        let high = self.shuffled(words, words, |n| 2 + n % 2);
        let high = self.same_bits(F32X4, high);
        let [low, high] = [x, high].map(|two| {
            let two = self.b.ins().fvpromote_low(two);
            let bits = self.whole_bits(two, F64X2, I64X2, scale);
            self.same_bits(I32X4, bits)
        });
        self.shuffled(low, high, |n| 2 * n)
    }
    /// Bits of doubles of which the low words are those of `x · scale` towards nought.
    fn whole_bits(&mut self, x: Value, reals: Type, words: Type, scale: f64) -> Value {
        let mut constant = |x: f64| match reals {
            F64 => self.b.ins().f64const(x),
            _ => self.vector(reals, [x; 2].into_iter().flat_map(f64::to_le_bytes)),
        };
        let [scale, least, most] = [scale, -LARGEST_WHOLE, LARGEST_WHOLE].map(&mut constant);
        // Added to a whole number that is not larger, its lowest bit is a unit.
        let unit = constant(3.0 * LARGEST_WHOLE);
        let scaled = self.b.ins().fmul(x, scale);
        let larger = self.b.ins().fcmp(FloatCC::LessThan, least, scaled);
        let held = self.select(larger, scaled, least);
        let smaller = self.b.ins().fcmp(FloatCC::LessThan, held, most);
        let held = self.select(smaller, held, most);
        let whole = self.b.ins().trunc(held);
        let sum = self.b.ins().fadd(whole, unit);
        self.same_bits(words, sum)
    }

    /// The same value in every lane.
    pub fn spread(&mut self, x: Value) -> Value {
        let ty = self.b.func.dfg.value_type(x);
        let ty = four_of(ty);
        match self.known_bits(x) {
            Some(bits) => self.constant(ty, bits),
            None => self.b.ins().splat(ty, x),
        }
    }
    /// 0, 1, 2 and 3 as numbers.
    pub fn real_steps(&mut self) -> Value {
        self.lanes_of(F32X4, [0.0, 1.0, 2.0, 3.0].map(f32::to_bits))
    }
    /// 0, 1, 2 and 3 frames in bytes.
    pub fn byte_steps(&mut self) -> Value {
        self.lanes_of(I32X4, [0, 4, 8, 12])
    }
    fn lanes_of(&mut self, ty: Type, lanes: [u32; 4]) -> Value {
        self.vector(ty, lanes.into_iter().flat_map(u32::to_le_bytes))
    }
    fn vector(&mut self, ty: Type, bytes: impl Iterator<Item = u8>) -> Value {
        let bytes: Vec<u8> = bytes.collect();
        let handle = self.b.func.dfg.constants.insert(bytes.into());
        self.b.ins().vconst(ty, handle)
    }
    /// The same bits as another type.
    pub fn same_bits(&mut self, ty: Type, x: Value) -> Value {
        let flags = MemFlagsData::new().with_endianness(Endianness::Little);
        self.b.ins().bitcast(ty, flags, x)
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
    /// From word to word what was there, the same in each lane, and all strides before; and what is there after all of
    /// them, in each lane.
    pub fn summed(&mut self, before: Value, strides: Value) -> (Value, Value) {
        let nought = self.word(0);
        let mut sums = strides;
        for lanes in [1, 2] {
            let moved = self.shuffled(nought, sums, |n| 4 + n - lanes);
            sums = self.b.ins().iadd(sums, moved);
        }
        let behind = self.b.ins().isub(sums, strides);
        let all = self.shuffled(sums, sums, |_| 3);
        let now = self.b.ins().iadd(before, behind);
        (now, self.b.ins().iadd(before, all))
    }
    /// Words of two values: from lane to lane the one of this number, where those of `y` come after those of `x`.
    fn shuffled(&mut self, x: Value, y: Value, number: impl Fn(u8) -> u8) -> Value {
        let bytes: Vec<u8> = (0..16).map(|n| 4 * number(n / 4) + n % 4).collect();
        let [x, y] = [x, y].map(|v| self.same_bits(I8X16, v));
        let mask = self.b.func.dfg.immediates.push(bytes.into());
        let mixed = self.b.ins().shuffle(x, y, mask);
        self.same_bits(I32X4, mixed)
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
