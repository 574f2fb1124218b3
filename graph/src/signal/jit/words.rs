//! [`Arith`]'s words in Cranelift's: what is written once for the interpreter and for machine code comes through here.

use super::emit::Emit;
use crate::signal::arith::Arith;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::I32;
use cranelift_codegen::ir::{InstBuilder, Value};

impl Arith for Emit<'_, '_> {
    type Real = Value;
    type Word = Value;
    type Truth = Value;

    fn real(&mut self, x: f32) -> Value {
        Emit::real(self, x)
    }
    fn word(&mut self, x: u32) -> Value {
        Emit::word(self, x)
    }
    fn add(&mut self, x: Value, y: Value) -> Value {
        Emit::add(self, x, y)
    }
    fn sub(&mut self, x: Value, y: Value) -> Value {
        Emit::sub(self, x, y)
    }
    fn mul(&mut self, x: Value, y: Value) -> Value {
        Emit::mul(self, x, y)
    }
    fn div(&mut self, x: Value, y: Value) -> Value {
        Emit::div(self, x, y)
    }
    fn neg(&mut self, x: Value) -> Value {
        self.b.ins().fneg(x)
    }
    fn abs(&mut self, x: Value) -> Value {
        if self.lanes == 1 {
            return self.b.ins().fabs(x);
        }
        // All but the sign; of vectors `fabs` would make this mask anew each time.
        let size = Emit::real(self, f32::from_bits(0x7fff_ffff));
        self.b.ins().band(x, size)
    }
    fn sqrt(&mut self, x: Value) -> Value {
        self.b.ins().sqrt(x)
    }
    fn floor(&mut self, x: Value) -> Value {
        self.b.ins().floor(x)
    }
    fn ceil(&mut self, x: Value) -> Value {
        self.b.ins().ceil(x)
    }
    fn nearest(&mut self, x: Value) -> Value {
        self.b.ins().nearest(x)
    }
    fn is_less(&mut self, x: Value, y: Value) -> Value {
        Emit::is_less(self, x, y)
    }
    fn is_at_most(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fcmp(FloatCC::LessThanOrEqual, x, y)
    }
    fn is_equal(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().fcmp(FloatCC::Equal, x, y)
    }
    fn is_set(&mut self, x: Value) -> Value {
        Emit::is_set(self, x)
    }
    fn is_below(&mut self, x: Value, bound: Value) -> Value {
        self.b.ins().icmp(IntCC::UnsignedLessThan, x, bound)
    }
    fn choose(&mut self, truth: Value, x: Value, y: Value) -> Value {
        self.select(truth, x, y)
    }
    fn choose_word(&mut self, truth: Value, x: Value, y: Value) -> Value {
        self.select(truth, x, y)
    }
    fn word_add(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().iadd(x, y)
    }
    fn word_sub(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().isub(x, y)
    }
    fn word_and(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().band(x, y)
    }
    fn word_xor(&mut self, x: Value, y: Value) -> Value {
        self.b.ins().bxor(x, y)
    }
    fn shift_left(&mut self, x: Value, bits: u32) -> Value {
        let bits = self.b.ins().iconst(I32, i64::from(bits));
        self.b.ins().ishl(x, bits)
    }
    fn shift_right(&mut self, x: Value, bits: u32) -> Value {
        self.word_shift_right(x, bits)
    }
    fn bits_of(&mut self, x: Value) -> Value {
        let ty = self.words();
        self.same_bits(ty, x)
    }
    fn of_bits(&mut self, x: Value) -> Value {
        let ty = self.reals();
        self.same_bits(ty, x)
    }
    fn of_signed(&mut self, x: Value) -> Value {
        self.real_of_signed(x)
    }
    fn of_unsigned(&mut self, x: Value) -> Value {
        self.real_of_unsigned(x)
    }
    fn word_of_scaled(&mut self, x: Value, scale: f64) -> Value {
        Emit::word_of_scaled(self, x, scale)
    }
    fn signed_of(&mut self, x: Value) -> Value {
        let ty = self.words();
        self.b.ins().fcvt_to_sint_sat(ty, x)
    }
    fn where_any(&mut self, truth: Value, work: impl FnOnce(&mut Self) -> Value) -> Value {
        let nought = Emit::real(self, 0.0);
        let [found] = self.where_one(truth, [nought], |e| [work(e)]);
        found
    }
}
