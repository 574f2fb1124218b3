//! Running the functions of a score by themselves.

use sorl_graph::patch::Source;
use sorl_graph::score::evaluate;
use sorl_graph::signal::{Function, GRID, Interpreter, Io, Kernel, Lane, Scratch};
use std::sync::Arc;

/// The sample rate of all of these.
pub const RATE: u32 = 48_000;

/// The function that a score calls `f`.
pub fn function(text: &str) -> Arc<Function> {
    let text = format!("{text}\nnode('n', f)\n");
    let patch = evaluate(&text).unwrap_or_else(|e| panic!("{}", e.render("score", &text)));
    match &patch.nodes[0].source {
        Source::Function(f) => Arc::clone(f),
        other => panic!("not a function: {other:?}"),
    }
}

/// A function that is being run.
pub struct Run {
    kernel: Interpreter,
    function: Arc<Function>,
    state: Vec<u32>,
    scratch: Scratch,
    frame: usize,
}

impl Run {
    /// At its beginning, with a seed.
    pub fn new(function: &Arc<Function>, seed: u64) -> Run {
        Run::at(function, RATE, seed)
    }

    /// The same at another rate in Hz.
    pub fn at(function: &Arc<Function>, rate: u32, seed: u64) -> Run {
        let kernel = Interpreter::new(Arc::clone(function), rate);
        let mut state = vec![0; kernel.state_words()];
        kernel.init(&mut state, seed);
        Run {
            kernel,
            function: Arc::clone(function),
            state,
            scratch: Scratch::new(),
            frame: 0,
        }
    }

    /// Runs so many frames: both outputs (one of them empty if there is one). Inputs and controls are asked by
    /// name and frame; a control that is not said moves nothing.
    pub fn frames(
        &mut self,
        frames: usize,
        span: usize,
        value: impl Fn(&str, usize) -> Option<f32>,
    ) -> [Vec<f32>; 2] {
        let f = &*self.function;
        let mut sound = [Vec::new(), Vec::new()];
        let mut lanes: Vec<Lane> = Vec::new();
        for c in &f.controls {
            let moving = value(&c.name, self.frame).is_some();
            lanes.push(Lane {
                moving,
                value: c.init,
                ..Lane::default()
            });
        }
        let mut inputs = vec![[0.0; GRID]; f.inputs.len()];
        let mut outputs = [[0.0; GRID]; 2];
        let end = self.frame + frames;
        while self.frame < end {
            let len = span.min(end - self.frame);
            for i in 0..len {
                let at = self.frame + i;
                for (lane, c) in lanes.iter_mut().zip(&f.controls) {
                    lane.frames[i] = value(&c.name, at).unwrap_or(c.init);
                }
                for (input, name) in inputs.iter_mut().zip(&f.inputs) {
                    input[i] = value(name, at).unwrap_or(0.0);
                }
            }
            let io = Io {
                from: 0,
                to: len,
                inputs: &inputs,
                controls: &lanes,
                outputs: &mut outputs[..f.outputs.len()],
                scratch: &mut self.scratch,
            };
            self.kernel.run(&mut self.state, io);
            for (sound, output) in sound.iter_mut().zip(&outputs[..f.outputs.len()]) {
                sound.extend_from_slice(&output[..len]);
            }
            self.frame += len;
        }
        sound
    }
}

/// The first output of a score's function `f` over so many frames.
pub fn sound(text: &str, frames: usize, value: impl Fn(&str, usize) -> Option<f32>) -> Vec<f32> {
    let [sound, _] = Run::new(&function(text), 1).frames(frames, GRID, value);
    sound
}

/// The first frames of a function without inputs.
pub fn first(text: &str, frames: usize) -> Vec<f32> {
    sound(text, frames, |_, _| None)
}
