//! What is recorded of an engine that runs: the main output or a node, every frame of it, for a disk thread to read.
//!
//! A [`Track`] travels to the engine as a probe does and comes home when nobody reads it any more. A node is told to it by
//! number; when an edit replaces the node, the session tells the next number ahead of the Plan that brings it, and while the
//! two cross over the track holds their sum, which is what is heard. With an engine that takes the place of another the
//! track begins anew, and the reader goes on with it when it has read what the first one left.

use super::probe::Frame;
use super::queue::atomic::{AtomicU64, Ordering};
use super::queue::{Consumer, Producer, RingBuffer};
use crate::plan::NodeId;
use crate::signal::GRID;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Nodes that a track hears at once: that of its name, and those that still ring out.
const HEARD: usize = 4;
/// Numbers of nodes that may be on their way.
const TOLD: usize = 64;

/// The engine's end of a track. All of it is real-time safe.
pub struct Track {
    /// It hears the main output, not nodes.
    main: bool,
    heard: [Option<NodeId>; HEARD],
    told: Consumer<NodeId>,
    /// What the nodes gave in the piece, by place in the ring.
    sum: Box<[[f32; GRID]; 2]>,
    frames: Producer<Frame>,
    lost: Arc<AtomicU64>,
}

impl Track {
    /// Takes in which nodes it is to hear; the oldest is forgotten.
    pub(crate) fn begin_block(&mut self) {
        while let Ok(node) = self.told.pop() {
            self.heard.rotate_right(1);
            self.heard[0] = Some(node);
        }
    }
    /// Whether it hears the main output.
    pub(crate) fn is_main(&self) -> bool {
        self.main
    }
    /// Whether it hears a node.
    pub(crate) fn hears(&self, node: NodeId) -> bool {
        self.heard.contains(&Some(node))
    }
    /// A node it hears has given this.
    pub(crate) fn add(&mut self, sides: [&[f32]; 2], span: Range<usize>) {
        for (sum, side) in self.sum.iter_mut().zip(sides) {
            for (sum, x) in sum[span.clone()].iter_mut().zip(side) {
                *sum += x;
            }
        }
    }
    /// A piece is over: its frames go to the reader, whatever its nodes gave.
    pub(crate) fn end_piece(&mut self, span: Range<usize>) {
        let [left, right] = &mut *self.sum;
        let (left, right) = (&mut left[span.clone()], &mut right[span]);
        push(&mut self.frames, &self.lost, left, right);
        left.fill(0.0);
        right.fill(0.0);
    }
    /// The main output of a piece.
    pub(crate) fn take(&mut self, left: &[f32], right: &[f32]) {
        push(&mut self.frames, &self.lost, left, right);
    }
    /// Whether nobody reads it any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.frames.is_abandoned()
    }
}

/// What finds no room is lost and counted.
fn push(queue: &mut Producer<Frame>, lost: &AtomicU64, left: &[f32], right: &[f32]) {
    let mut frames = [[0.0; 2]; GRID];
    let count = left.len().min(right.len()).min(GRID);
    for (frame, (l, r)) in frames.iter_mut().zip(left.iter().zip(right)) {
        *frame = [*l, *r];
    }
    if queue.push_entire_slice(&frames[..count]).is_err() {
        lost.fetch_add(count as u64, Ordering::Relaxed);
    }
}

/// The queues from one engine after another, oldest first.
#[derive(Default)]
struct Feeds {
    queues: Mutex<VecDeque<Consumer<Frame>>>,
    lost: Arc<AtomicU64>,
}

impl Feeds {
    fn queues(&self) -> MutexGuard<'_, VecDeque<Consumer<Frame>>> {
        // What is kept is whole between any two statements.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The session's end of a track.
pub struct TrackSender {
    main: bool,
    feeds: Arc<Feeds>,
    tell: Option<Producer<NodeId>>,
    /// The node that was named last, and whether it has still to be told.
    node: Option<NodeId>,
    untold: bool,
}

impl TrackSender {
    /// The engine's end, for a new engine, with room for so many frames. Allocates.
    pub fn renew(&mut self, room: usize) -> Track {
        let (tell, told) = RingBuffer::new(TOLD);
        let (frames, queue) = RingBuffer::new(room.max(GRID));
        self.feeds.queues().push_back(queue);
        (self.tell, self.node, self.untold) = (Some(tell), None, false);
        Track {
            main: self.main,
            heard: [None; HEARD],
            told,
            sum: Box::new([[0.0; GRID]; 2]),
            frames,
            lost: Arc::clone(&self.feeds.lost),
        }
    }
    /// The node that is to be heard from when it is there.
    pub fn name(&mut self, node: NodeId) {
        if self.node != Some(node) {
            (self.node, self.untold) = (Some(node), true);
        }
        let (Some(tell), Some(node), true) = (&mut self.tell, self.node, self.untold) else {
            return;
        };
        // An engine that does not run yet is told the last one later.
        self.untold = tell.push(node).is_err();
    }
    /// Whether somebody reads it.
    pub fn is_read(&self) -> bool {
        Arc::strong_count(&self.feeds) > 1
    }
}

/// The reader's end of a track. Dropping it ends the track.
pub struct TrackReader {
    feeds: Arc<Feeds>,
}

impl TrackReader {
    /// Appends up to `most` of the frames that have come, oldest first; how many.
    pub fn read(&mut self, most: usize, into: &mut Vec<Frame>) -> usize {
        let mut queues = self.feeds.queues();
        let mut left = most;
        while let Some(queue) = queues.front_mut() {
            // Asked before it is read: then nothing comes after what is read.
            let over = queue.is_abandoned();
            let count = queue.slots().min(left);
            into.extend((0..count).map_while(|_| queue.pop().ok()));
            left -= count;
            if left == 0 || !over {
                break;
            }
            queues.pop_front();
        }
        most - left
    }
    /// How many frames were lost because they were not read in time.
    pub fn lost(&self) -> u64 {
        self.feeds.lost.load(Ordering::Relaxed)
    }
    /// Whether no more will come: all is read, the engine is gone, and the session expects no other for it.
    pub fn is_over(&self) -> bool {
        Arc::strong_count(&self.feeds) == 1 && self.feeds.queues().is_empty()
    }
}

/// A track of the main output or, named by [`TrackSender::name`], of nodes.
pub fn track(main: bool) -> (TrackSender, TrackReader) {
    let feeds = Arc::new(Feeds::default());
    let sender = TrackSender {
        main,
        feeds: Arc::clone(&feeds),
        tell: None,
        node: None,
        untold: false,
    };
    (sender, TrackReader { feeds })
}

#[cfg(test)]
mod tests {
    use super::super::queue::{TURNS, every_order, thread};
    use super::*;

    #[test]
    fn a_reader_gets_every_frame_in_order_also_of_the_next_engine() {
        every_order(|| {
            let (mut sender, mut reader) = track(true);
            let room = if cfg!(loom) { GRID } else { GRID * TURNS };
            let (mut first, mut second) = (sender.renew(room), sender.renew(room));
            let engine = thread::spawn(move || {
                for i in 0..TURNS {
                    first.take(&[i as f32], &[0.0]);
                }
                drop(first);
                second.take(&[TURNS as f32], &[0.0]);
            });
            let mut seen = Vec::new();
            reader.read(TURNS, &mut seen);
            engine.join().unwrap();
            drop(sender);
            while !reader.is_over() {
                reader.read(1, &mut seen);
            }
            let lefts: Vec<usize> = seen.iter().map(|frame| frame[0] as usize).collect();
            assert_eq!(lefts, (0..=TURNS).collect::<Vec<_>>());
            assert_eq!(reader.lost(), 0);
        });
    }
}
