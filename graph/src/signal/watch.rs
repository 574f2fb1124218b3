//! A function that runs beside the engine, so that the result of each of its operations can be seen.
//!
//! It is the interpreter, whose results are the engine's bit for bit where it is given the same controls and inputs from
//! the beginning. Control side: it allocates when it is made, and whoever looks pays for what it computes.

use super::{Function, GRID, Interpreter, Io, Kernel, Lane, Scratch, Time};
use std::sync::Arc;

/// What an operation gave since one last looked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seen {
    /// The value of the last frame.
    pub last: f32,
    /// The lowest value.
    pub lo: f32,
    /// The highest value.
    pub hi: f32,
}

/// A running instance of a function.
pub struct Watch {
    function: Arc<Function>,
    interpreter: Interpreter,
    state: Vec<u32>,
    scratch: Scratch,
    outputs: Vec<[f32; GRID]>,
    seen: Vec<Option<Seen>>,
}

impl Watch {
    /// An instance at its beginning, for a rate in Hz. Allocates.
    ///
    /// # Panics
    /// As [`Interpreter::new`]: for what is no function by the rules of [`super::verify`].
    pub fn new(function: Arc<Function>, rate: u32, seed: u64) -> Watch {
        let interpreter = Interpreter::new(Arc::clone(&function), rate);
        let mut state = vec![0; interpreter.state_words()];
        interpreter.init(&mut state, seed);
        Watch {
            outputs: vec![[0.0; GRID]; function.outputs.len()],
            seen: vec![None; function.ops.len()],
            scratch: Scratch::new(),
            interpreter,
            state,
            function,
        }
    }

    /// The function.
    pub fn function(&self) -> &Arc<Function> {
        &self.function
    }

    /// Runs so many frames, at most [`GRID`], with a buffer for each input, a lane for each control, and what the song's
    /// clock says, by [`Time::index`].
    ///
    /// # Panics
    /// If there are fewer inputs or controls than the function has, or more frames.
    pub fn run(
        &mut self,
        inputs: &[[f32; GRID]],
        controls: &[Lane],
        time: [f32; Time::COUNT],
        frames: usize,
    ) {
        if frames == 0 {
            return;
        }
        for (buffer, value) in self.scratch.time.iter_mut().zip(time) {
            buffer[..frames].fill(value);
        }
        self.interpreter.run(
            &mut self.state,
            Io {
                from: 0,
                to: frames,
                inputs,
                controls,
                outputs: &mut self.outputs,
                scratch: &mut self.scratch,
            },
        );
        let last = self.function.ops.len() - 1;
        for (i, seen) in self.seen.iter_mut().enumerate() {
            let values = match self.scratch.uniform[i] {
                true => std::slice::from_ref(&self.scratch.values[i]),
                // The interpreter puts it where it belongs at once.
                false if i == last && self.interpreter.writes_output_at_once() => {
                    &self.outputs[0][..frames]
                }
                false => &self.scratch.registers[i][..frames],
            };
            let first = Seen {
                last: values[values.len() - 1],
                lo: f32::INFINITY,
                hi: f32::NEG_INFINITY,
            };
            let before = seen.map_or(first, |seen| Seen {
                last: first.last,
                ..seen
            });
            *seen = Some(values.iter().fold(before, |seen, x| Seen {
                lo: seen.lo.min(*x),
                hi: seen.hi.max(*x),
                ..seen
            }));
        }
    }

    /// What an operation gave, by its place in the function; none before anything ran.
    pub fn seen(&self, operation: usize) -> Option<Seen> {
        self.seen.get(operation).copied().flatten()
    }

    /// Lowest and highest values count from here on.
    pub fn look_anew(&mut self) {
        self.seen.fill(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{Builder, Control, Op};

    #[test]
    fn every_operation_is_seen_and_the_last_is_what_the_kernel_gives() {
        let mut b = Builder::new();
        let gain = b.control(Control::new("gain", 0.5, 0.0, 1.0)).unwrap();
        let inp = b.input("inp").unwrap();
        let out = b.add(Op::Mul(inp, gain)).unwrap();
        let function = Arc::new(b.finish(vec![out]));
        let mut watch = Watch::new(Arc::clone(&function), 48_000, 1);
        assert_eq!(watch.seen(0), None);
        let mut ramp = [[0.0; GRID]];
        for (i, x) in ramp[0].iter_mut().enumerate() {
            *x = i as f32;
        }
        let half = Lane {
            value: 0.5,
            ..Lane::default()
        };
        watch.run(&ramp, &[half], [0.0; Time::COUNT], GRID);
        let at = |is: fn(&Op) -> bool| function.ops.iter().position(is).unwrap();
        let seen = |op| watch.seen(op).unwrap();
        assert_eq!(seen(at(|op| matches!(op, Op::Control(_)))).last, 0.5);
        let product = seen(at(|op| matches!(op, Op::Mul(..))));
        assert_eq!((product.lo, product.hi, product.last), (0.0, 31.5, 31.5));
        watch.look_anew();
        assert_eq!(watch.seen(0), None);
    }
}
