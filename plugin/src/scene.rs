//! The scene that a host wishes for, on its way from the audio thread to whoever may recall it.
//!
//! A host's *Scene* parameter moves on the audio thread; to recall a scene compiles. The wish waits here, the last one
//! alone, until a control thread takes it.

use std::sync::atomic::{AtomicI32, Ordering};

/// Nobody wishes for anything.
const NONE: i32 = -1;

/// A wish for a scene.
#[derive(Debug)]
pub(crate) struct Wish(AtomicI32);

impl Default for Wish {
    fn default() -> Wish {
        Wish(AtomicI32::new(NONE))
    }
}

impl Wish {
    /// Wishes for a scene, 0 being the score itself. One atomic store: safe on the audio thread.
    pub(crate) fn make(&self, scene: i32) {
        self.0.store(scene.max(0), Ordering::Release);
    }

    /// The last wish, once.
    pub(crate) fn take(&self) -> Option<usize> {
        usize::try_from(self.0.swap(NONE, Ordering::AcqRel)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_wish_is_heard_once() {
        let wish = Wish::default();
        assert_eq!(wish.take(), None);
        (3..=5).for_each(|scene| wish.make(scene));
        assert_eq!((wish.take(), wish.take()), (Some(5), None));
    }
}
