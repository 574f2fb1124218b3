//! A control that waits for a MIDI controller to be moved, and is mapped to it then.
//!
//! What was moved is told by the engine, whatever port or host it came from: the editor only sees that another one was
//! heard since it began to wait.

use sorl_graph::patch::Mapping;
use sorl_graph::score::edit::Gesture;
use sorl_graph::session::Heard;
use sorl_graph::signal::Knob;

use super::edit::Edit;
use super::view::View;

/// Controllers that say something of others or of a whole channel: data entry, parameter numbers, channel modes.
const NOT_ONES_OWN: [std::ops::RangeInclusive<u8>; 4] = [6..=6, 38..=38, 96..=101, 120..=127];

/// Whether a control waits, and which.
#[derive(Debug, Default)]
pub(crate) struct Learn {
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// What is to be mapped; its knob does not count yet.
    mapping: Mapping,
    /// What had been heard when it began to wait.
    before: Option<Heard>,
}

impl Learn {
    /// Begins to wait; for the control that waits already it ends.
    pub fn toggle(&mut self, mapping: Mapping, view: &View) {
        self.waiting = match self.is_for(&mapping.node, &mapping.control) {
            true => None,
            false => Some(Waiting {
                mapping,
                before: view.status.controller,
            }),
        };
    }

    /// Whether this control waits.
    pub fn is_for(&self, node: &str, control: &str) -> bool {
        let waiting = self.waiting.as_ref();
        waiting.is_some_and(|w| w.mapping.node == node && w.mapping.control == control)
    }

    /// Nothing waits any more; says whether something did.
    pub fn stop(&mut self) -> bool {
        self.waiting.take().is_some()
    }

    /// What a controller that was moved since then means.
    pub fn hear(&mut self, view: &View) -> Option<Edit> {
        let waiting = self.waiting.as_mut()?;
        let heard = view.status.controller?;
        if waiting.before.is_some_and(|b| b.count == heard.count) {
            return None;
        }
        if NOT_ONES_OWN.iter().any(|range| range.contains(&heard.cc)) {
            waiting.before = Some(heard);
            return None;
        }
        let knob = Knob::Controller {
            cc: heard.cc,
            channel: None,
        };
        let mapping = self.waiting.take()?.mapping;
        Some(Edit::gesture(Gesture::Map {
            instead_of: None,
            mapping: Mapping { knob, ..mapping },
        }))
    }
}
