//! What looks into a running engine: probes that travel there, collect, and come home.
//!
//! A probe is made on the control thread with all the memory that it needs. The engine holds it while it collects
//! and sends it home, so nothing is freed on the audio thread; while there is none, the engine does nothing for it.

use super::Track;
use super::queue::atomic::{AtomicU64, Ordering};
use super::queue::{Arc, Consumer, Producer, RingBuffer};
use crate::plan::{ControlIndex, NodeId, Plan, Slot};
use crate::signal::{GRID, MAX_INPUTS};

/// A frame of a scope: left and right; the same twice for mono and for controls.
pub type Frame = [f32; 2];

/// A probe on its way.
pub enum Probe {
    /// Collects the frames of one port.
    Scope(Scope),
    /// Collects every frame of the main output or of a node, for a recording.
    Track(Track),
    /// Measures all nodes for a while.
    Measure(Measure),
}

/// Where a scope looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopePort {
    /// The main pair, as it goes out.
    Main,
    /// What a node gives, after its gain and pan.
    Output,
    /// What reaches an audio input: the sum of its connections.
    Input(u16),
    /// The value of a control: base or pattern, with what connections add.
    Control(ControlIndex),
}

/// The engine's end of a scope.
pub struct Scope {
    /// The node that it looks at, and where that one's state lies; none for the main pair.
    pub(crate) node: Option<(NodeId, Slot)>,
    pub(crate) port: ScopePort,
    frames: Producer<Frame>,
    lost: Arc<AtomicU64>,
}

impl Scope {
    /// Takes a stretch of at most [`GRID`] frames; what finds no room is lost and counted. Real-time safe.
    pub(crate) fn take(&mut self, left: &[f32], right: &[f32]) {
        let mut frames = [[0.0; 2]; GRID];
        let count = left.len().min(right.len()).min(GRID);
        for (frame, (l, r)) in frames.iter_mut().zip(left.iter().zip(right)) {
            *frame = [*l, *r];
        }
        if self.frames.push_entire_slice(&frames[..count]).is_err() {
            self.lost.fetch_add(count as u64, Ordering::Relaxed);
        }
    }
    /// Whether nobody reads it any more. Real-time safe.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.frames.is_abandoned()
    }
}

/// The reader's end of a scope. Dropping it ends the scope.
pub struct ScopeReader {
    frames: Consumer<Frame>,
    lost: Arc<AtomicU64>,
}

impl ScopeReader {
    /// Takes up to `most` of the frames that have come since the last call, oldest first.
    pub fn read(&mut self, most: usize) -> impl Iterator<Item = Frame> + '_ {
        let there = self.frames.slots().min(most);
        (0..there).map_while(|_| self.frames.pop().ok())
    }
    /// How many frames were lost because they were not read in time.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
    /// Whether no more will come: the node is gone, or the engine.
    pub fn is_over(&self) -> bool {
        self.frames.is_abandoned()
    }
}

/// The two ends of a scope that has room for so many frames. Allocates.
pub fn scope(node: Option<(NodeId, Slot)>, port: ScopePort, room: usize) -> (Scope, ScopeReader) {
    let (producer, consumer) = RingBuffer::new(if cfg!(loom) { room } else { room.max(GRID) });
    let lost = Arc::new(AtomicU64::new(0));
    let scope = Scope {
        node,
        port,
        frames: producer,
        lost: Arc::clone(&lost),
    };
    let reader = ScopeReader {
        frames: consumer,
        lost,
    };
    (scope, reader)
}

/// What a measurement found of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeMeasure {
    /// The node.
    pub node: NodeId,
    /// Nanoseconds that it took.
    pub nanos: u64,
    /// Peaks of each audio input, left and right.
    pub inputs: [[f32; 2]; MAX_INPUTS],
    /// Peaks of its output.
    pub output: [f32; 2],
    /// Whether it is silenced because of a value that is no number.
    pub broken: bool,
    /// Where its controls' values are in [`Measure::controls`], and how many.
    pub(crate) controls: (u32, u32),
}

/// A measurement of all nodes of a Plan over some frames.
pub struct Measure {
    /// Frames still to go; whole blocks are measured.
    pub(crate) left: u32,
    /// Frames measured.
    pub frames: u64,
    /// Nanoseconds that the engine took for them, everything included.
    pub nanos: u64,
    /// The nodes.
    pub nodes: Box<[NodeMeasure]>,
    /// The last value of each control of each node.
    pub(crate) controls: Box<[f32]>,
    /// The node at each slot, by place in `nodes`.
    pub(crate) places: Box<[Option<u32>]>,
}

impl Measure {
    /// A measurement of the nodes of a Plan over at least so many frames. Allocates.
    pub fn new(plan: &Plan, frames: u32) -> Measure {
        let slots = plan.nodes.iter().map(|n| n.slot.0 as usize + 1).max();
        let mut places = vec![None; slots.unwrap_or(0)];
        let mut controls = 0;
        let mut nodes = Vec::with_capacity(plan.nodes.len());
        for (place, node) in plan.nodes.iter().enumerate() {
            places[node.slot.0 as usize] = Some(place as u32);
            let count = node.controls.len() as u32;
            nodes.push(NodeMeasure {
                node: node.id,
                nanos: 0,
                inputs: [[0.0; 2]; MAX_INPUTS],
                output: [0.0; 2],
                broken: false,
                controls: (controls, count),
            });
            controls += count;
        }
        Measure {
            left: frames.max(1),
            frames: 0,
            nanos: 0,
            nodes: nodes.into(),
            controls: vec![0.0; controls as usize].into(),
            places: places.into(),
        }
    }
    /// The last values of a measured node's controls, in their order, gain and pan last.
    pub fn controls_of(&self, node: &NodeMeasure) -> &[f32] {
        let (from, count) = node.controls;
        &self.controls[from as usize..(from + count) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::super::queue::{TURNS, every_order, thread};
    use super::*;

    #[test]
    fn a_scope_gives_whole_stretches_in_order_and_counts_what_it_loses() {
        every_order(|| {
            const STRETCH: usize = 2;
            let (mut scope, mut reader) = scope(None, ScopePort::Main, 4);
            let engine = thread::spawn(move || {
                for stretch in 0..=TURNS {
                    let frames = [(stretch * STRETCH) as f32, (stretch * STRETCH + 1) as f32];
                    scope.take(&frames, &frames);
                }
            });
            let mut seen = Vec::new();
            for _ in 0..TURNS {
                seen.extend(reader.read(usize::MAX).map(|frame| frame[0]));
                thread::yield_now();
            }
            engine.join().unwrap();
            assert!(reader.is_over());
            seen.extend(reader.read(usize::MAX).map(|frame| frame[0]));
            assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
            for pair in seen.chunks(STRETCH) {
                assert_eq!(pair[1], pair[0] + 1.0);
            }
            let all = (TURNS + 1) * STRETCH;
            assert_eq!(seen.len() as u64 + reader.lost(), all as u64);
        });
    }
}
