//! How the desk of an instance reaches what stands around the instance.
//!
//! The framework makes an instance inside a call of ours and keeps it to itself. The instance leaves its desk here, and
//! whoever asked for it on the same thread takes it, at once. Main thread; nothing is kept alive by this.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use crate::desk::Desk;

thread_local! {
    static MADE: RefCell<Weak<Desk>> = const { RefCell::new(Weak::new()) };
}

/// Leaves the desk of the instance that is being made.
pub(crate) fn leave(desk: &Arc<Desk>) {
    MADE.with(|made| made.replace(Arc::downgrade(desk)));
}

/// The desk of the instance that was made last on this thread, once.
pub(crate) fn take() -> Option<Arc<Desk>> {
    MADE.with(|made| made.replace(Weak::new())).upgrade()
}
