//! The parts of operations with state that both the interpreter and machine code run, written once in [`Arith`]'s
//! words. Real-time safe.

use super::arith::Arith;
use super::layout::Line;

/// A place in a line of `length` words, brought into it whatever it was.
#[inline(always)]
pub fn at_home<A: Arith>(a: &mut A, at: A::Word, length: u32) -> A::Word {
    let (start, end) = (a.word(0), a.word(length));
    let inside = a.is_below(at, end);
    a.choose_word(inside, at, start)
}

/// The place after one in a line of `length` words.
#[inline(always)]
pub fn next_place<A: Arith>(a: &mut A, at: A::Word, length: u32) -> A::Word {
    let one = a.word(1);
    let next = a.word_add(at, one);
    at_home(a, next, length)
}

/// The place in a table of `length` numbers that an index means: cut to a whole number, and held to the table.
#[inline(always)]
pub fn place<A: Arith>(a: &mut A, index: A::Real, length: u32) -> A::Word {
    // A table is shorter than what a number counts exactly, and what is no number is 0.
    let held = a.held(index, 0.0, (length - 1) as f32);
    a.signed_of(held)
}

/// Where a delay reads that has just written at `at`: the four places around, the latest first, and how far between
/// the middle two it is, 0 to 1.
#[inline(always)]
pub fn delayed<A: Arith>(
    a: &mut A,
    frames: A::Real,
    at: A::Word,
    line: Line,
) -> ([A::Word; 4], A::Real) {
    let longest = line.longest_delay();
    let frames = a.held(frames, 0.0, longest as f32);
    let whole = a.floor(frames);
    let between = a.sub(frames, whole);
    // A long line has more frames than a number counts exactly; then rounding may be beyond its end.
    let most = a.word(longest);
    let back = a.signed_of(whole);
    let inside = a.is_below(back, most);
    let back = a.choose_word(inside, back, most);
    let (length, one) = (a.word(line.length), a.word(1));
    // A step back of less than a line, and around its start.
    let step = |a: &mut A, from, by| {
        let around = a.word_add(from, length);
        let (before, around) = (a.word_sub(from, by), a.word_sub(around, by));
        let fits = a.is_below(before, length);
        a.choose_word(fits, before, around)
    };
    let second = step(a, at, back);
    let third = step(a, second, one);
    let fourth = step(a, third, one);
    // The frame before is the future where nothing is delayed: then the present takes its place.
    let later = next_place(a, second, line.length);
    let any = a.is_set(back);
    let first = a.choose_word(any, later, second);
    ([first, second, third, fourth], between)
}

/// The cubic through the second number (at 0) and the third (at 1), with the slopes that their neighbours give
/// (Hermite; Catmull and Rom, 1974). Exactly the second number at 0.
#[inline(always)]
pub fn cubic<A: Arith>(a: &mut A, [x0, x1, x2, x3]: [A::Real; 4], t: A::Real) -> A::Real {
    let half = a.real(0.5);
    let rise = a.sub(x2, x0);
    let c1 = a.mul(half, rise);
    let (middle, outer) = (a.sub(x1, x2), a.sub(x3, x0));
    let (three_halves, outer) = (a.real(1.5), a.mul(half, outer));
    let c3 = a.add_mul(outer, three_halves, middle);
    let step = a.sub(x2, x1);
    let c2 = a.sub(step, c1);
    let c2 = a.sub(c2, c3);
    let y = a.add_mul(c2, t, c3);
    let y = a.add_mul(c1, t, y);
    a.add_mul(x1, t, y)
}
