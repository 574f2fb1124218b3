//! What an edit costs: on the control thread, and on the audio thread in blocks' worth.

use crate::measure::{ROUNDS, median, time};
use crate::overhead::{block, engine, patch, tone};
use sorl_graph::When;
use sorl_graph::patch::Source;
use std::time::Duration;

/// The figures of one size of Patch.
pub struct Edit {
    /// Nodes in the Patch.
    pub nodes: usize,
    /// Comparing the new Patch with what runs, and making and sending the Plan.
    pub compile: Duration,
    /// A block in which nothing is adopted, after the control thread's work for an edit of another engine: what that
    /// touched is out of the processor's caches, as it is for the adopting block.
    pub block: Duration,
    /// The block that adopts the edit.
    pub adopting: Duration,
}

/// Patches of 1,000 and of 10,000 nodes.
pub fn measure() -> [Edit; 2] {
    [1000, 10_000].map(edit)
}

/// One node after the other gets another function; everything else stays.
fn edit(nodes: usize) -> Edit {
    let mut patch = patch(nodes);
    let (mut session, mut engine) = engine(patch.clone());
    let (mut other_session, mut other_engine) = self::engine(patch.clone());
    let (mut compile, mut plain, mut adopting) = (Vec::new(), Vec::new(), Vec::new());
    let other = tone(0.5);
    for round in 0..=ROUNDS {
        patch.nodes[(round * 29) % nodes].source = Source::Function(other.clone());
        let edited = patch.clone();
        let compiled = time(|| session.apply(edited, When::Now).expect("it compiles"));
        let adopted = time(|| block(&mut engine));
        // The predecessor fades and is let go before the next round.
        for _ in 0..50 {
            block(&mut engine);
            session.tick();
        }
        other_session
            .apply(patch.clone(), When::Now)
            .expect("it compiles");
        let taken = time(|| block(&mut engine));
        for _ in 0..50 {
            block(&mut other_engine);
            other_session.tick();
        }
        if round > 0 {
            compile.push(compiled);
            adopting.push(adopted);
            plain.push(taken);
        }
    }
    Edit {
        nodes,
        compile: median(compile),
        block: median(plain),
        adopting: median(adopting),
    }
}
