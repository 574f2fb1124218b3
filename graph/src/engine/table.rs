//! The states of the nodes, each at its slot. Real-time safe.

use crate::message::NodeState;
use crate::plan::Slot;

/// The states of the nodes. What changes one from outside its own run goes through [`Table::wake`], so that a
/// steady node (`steady`) looks around again.
pub struct Table(Vec<Option<Box<NodeState>>>);

impl Table {
    pub fn new() -> Table {
        Table(Vec::new())
    }
    /// A state to look at.
    pub fn get(&self, slot: Slot) -> Option<&NodeState> {
        self.0.get(slot.0 as usize)?.as_deref()
    }
    /// A state that runs, or is asked for its news: a steady node stays so.
    pub fn at(&mut self, slot: Slot) -> Option<&mut NodeState> {
        self.0.get_mut(slot.0 as usize)?.as_deref_mut()
    }
    /// A state to change.
    pub fn wake(&mut self, slot: Slot) -> Option<&mut NodeState> {
        let state = self.at(slot)?;
        state.steady = false;
        Some(state)
    }
    /// Moves all states to a larger table, which takes the place of this one; the empty one is left where it was.
    pub fn move_to(&mut self, larger: &mut Vec<Option<Box<NodeState>>>) {
        for (new, old) in larger.iter_mut().zip(&mut self.0) {
            std::mem::swap(new, old);
        }
        std::mem::swap(larger, &mut self.0);
    }
    /// Takes a state out.
    pub fn take(&mut self, slot: Slot) -> Option<Box<NodeState>> {
        self.0.get_mut(slot.0 as usize)?.take()
    }
    /// Puts a state in; its slot is empty.
    pub fn put(&mut self, slot: Slot, state: Box<NodeState>) {
        if let Some(place) = self.0.get_mut(slot.0 as usize) {
            debug_assert!(place.is_none(), "a slot has one state");
            *place = Some(state);
        }
    }
}
