//! A block of an engine on its own clock: no host, no notes, nothing comes in.

use assert_no_alloc::assert_no_alloc;
use sorl_graph::{Block, Engine};

/// Plays so many frames, under whatever watches over allocations; what is heard left and right.
pub fn block(engine: &mut Engine, frames: usize) -> [Vec<f32>; 2] {
    let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
    let outputs = &mut [&mut left[..], &mut right[..]];
    assert_no_alloc(|| {
        engine.process(Block {
            inputs: &[],
            outputs,
            frames,
            host: None,
            notes: &[],
        });
    });
    [left, right]
}
