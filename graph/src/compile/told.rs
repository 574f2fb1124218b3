//! What a compiler tells of what runs: names, numbers and places.

use super::Compiler;
use crate::message::Address;
use crate::patch::Source;
use crate::plan::{Code, ControlIndex, NodeId, Slot};
use crate::signal::{Backend, Control};

/// The names behind a node's numbers.
pub struct Described<'a> {
    /// The node.
    pub id: NodeId,
    /// Its name.
    pub name: &'a str,
    /// The names of its audio inputs.
    pub inputs: &'a [String],
    /// The names of its controls, gain and pan last.
    pub controls: &'a [String],
    /// The controls of its own, as its function or unit generator describes them.
    pub own: &'a [Control],
}
/// A node's name, where it is, and its controls in order, each with its lowest and highest value.
pub type Addressed<'a> = (&'a str, Address, Vec<(&'a str, f32, f32)>);

impl Compiler {
    /// The name of a control of a live node.
    pub fn control_name(&self, id: NodeId, control: ControlIndex) -> Option<(&str, &str)> {
        let name = self.nodes.name_of(id)?;
        let names = &self.nodes.live(name)?.control_names;
        Some((name, names.get(usize::from(control.0))?))
    }

    /// The message behind a number of the engine's.
    pub fn message(&self, number: u32) -> Option<&crate::pattern::Message> {
        self.messages.get(number)
    }

    /// How many nodes run, those on their way out included.
    pub fn running(&self) -> usize {
        self.nodes.all().count()
    }

    /// What runs the function of a live node; `None` for a node without one.
    pub fn backend_of(&self, name: &str) -> Option<Backend> {
        match &self.nodes.live(name)?.code {
            Code::Kernel(kernel) => Some(kernel.backend()),
            Code::Input(_) | Code::Unit(_) | Code::Up(_) | Code::Down(_) => None,
        }
    }

    /// Why the interpreter runs the function of a live node, where machine code was wanted.
    pub fn why_interpreted(&self, name: &str) -> Option<&str> {
        match &self.nodes.live(name)?.code {
            Code::Kernel(kernel) => kernel.why_interpreted(),
            Code::Input(_) | Code::Unit(_) | Code::Up(_) | Code::Down(_) => None,
        }
    }

    /// The Plan made last; they count up.
    pub fn serial(&self) -> u64 {
        self.serial
    }

    /// How many states of nodes are with the engine that no Plan needs any more.
    pub fn unreturned(&self) -> usize {
        self.nodes.unreturned()
    }

    /// All that runs, the nodes on their way out included.
    pub fn describe(&self) -> impl Iterator<Item = Described<'_>> {
        self.nodes.all().map(|n| Described {
            id: n.id,
            name: &n.name,
            inputs: match &n.source {
                Source::Function(f) => &f.inputs,
                Source::Unit(about) => &about.inputs,
                Source::Input(_) => &[],
            },
            controls: &n.control_names,
            own: match &n.source {
                Source::Function(f) => &f.controls,
                Source::Unit(about) => &about.controls,
                Source::Input(_) => &[],
            },
        })
    }

    /// Where a control of a live node is.
    pub fn find(&self, name: &str, control: &str) -> Option<(NodeId, Slot, ControlIndex)> {
        let node = self.nodes.live(name)?;
        Some((node.id, node.slot, node.control(control)?))
    }

    /// A live node: its name, where it is, and its controls in order, each with its lowest and highest value.
    pub fn address_of(&self, id: NodeId) -> Option<Addressed<'_>> {
        let node = self.nodes.live(self.nodes.name_of(id)?)?;
        let address = Address {
            id,
            slot: node.slot,
        };
        let names = node.control_names.iter().zip(&node.controls);
        let controls = names.map(|(name, c)| (name.as_str(), c.lo, c.hi));
        Some((&node.name, address, controls.collect()))
    }

    /// The name of a live node.
    pub fn name_of(&self, id: NodeId) -> Option<&str> {
        self.nodes.name_of(id)
    }
}
