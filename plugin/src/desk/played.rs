//! A desk with an engine that plays it, for tests.

use std::sync::Arc;

use sorl_graph::{Block, Engine, Setup};

use super::Desk;

/// Frames of a block: a hundredth of a second.
pub(crate) const BLOCK: usize = 480;

/// A desk and its engine, which runs when it is told to.
pub(crate) struct Played {
    pub desk: Arc<Desk>,
    engine: Engine,
}

impl Played {
    /// A score, connected; nothing has been played yet.
    pub fn new(score: &str) -> Played {
        let desk = Desk::new(score);
        let setup = Setup { rate: 48_000 };
        let end = desk.session().connect(setup);
        let engine = Engine::new(setup, end);
        Played { desk, engine }
    }

    /// Plays a block, of which the session hears.
    pub fn block(&mut self) {
        let (mut left, mut right) = ([0.0; BLOCK], [0.0; BLOCK]);
        self.engine.process(Block {
            inputs: &[],
            outputs: &mut [&mut left, &mut right],
            frames: BLOCK,
            host: None,
            notes: &[],
        });
        self.desk.session().tick();
    }
}
