//! The values in a running function: the same function once more, in the editor, fed with what the running one is fed.
//!
//! The engine sends the controls and inputs of the node by scopes, as it does for the scope window; a [`Watch`] computes
//! what its operations make of them. So the audio thread does no more than for a scope, and nothing that one looks at is
//! waited for. Where nothing runs, the values that hands and score set are all there is.

use std::collections::VecDeque;
use std::sync::Arc;

use sorl_graph::patch::{Node, Source, Target};
use sorl_graph::session::{Look, ScopeReader, Session};
use sorl_graph::signal::{Function, GRID, Lane, Seen, Time, Watch};

use super::card::FED_BY_NOTES;
use super::view::View;

/// Scopes that are opened at most: the engine has sixteen, and others may look too.
const SCOPES: usize = 6;
/// Frames that are computed at most for one frame of the window.
const MOST: usize = 4096;
/// Room of a scope.
const ROOM: usize = 1 << 14;
/// Operations times frames that are computed at most for one frame of the window.
const WORK: usize = 400_000;

/// One function's values.
pub(crate) struct Shadow {
    watch: Watch,
    inputs: Vec<Feed>,
    controls: Vec<Feed>,
    /// The engine is to feed something of it.
    wants: bool,
}

/// What reaches one input or control.
struct Feed {
    reader: Option<ScopeReader>,
    frames: VecDeque<f32>,
}

impl Feed {
    fn new(reader: Option<ScopeReader>) -> Feed {
        Feed {
            reader,
            frames: VecDeque::new(),
        }
    }

    fn read(&mut self) {
        if let Some(reader) = &mut self.reader {
            self.frames.extend(reader.read(ROOM).map(|frame| frame[0]));
        }
    }
}

impl Shadow {
    /// A shadow of a node's function, fed by the engine if it runs.
    pub fn new(
        session: &mut Session,
        node: &Node,
        function: &Arc<Function>,
        view: &View,
    ) -> Shadow {
        let mut left = SCOPES;
        let mut open = |look: Look<'_>| {
            left = left.checked_sub(1)?;
            session.scope(&node.name, look, ROOM).ok()
        };
        let inputs = function
            .inputs
            .iter()
            .map(|name| Feed::new(open(Look::Input(name))));
        let inputs = inputs.collect();
        // What only hands turn is known without the engine.
        let moves = |name: &str| {
            let to = Target::Control {
                node: node.name.clone(),
                control: name.to_owned(),
            };
            FED_BY_NOTES.contains(&name)
                || view.binding(&node.name, Some(name)).is_some()
                || view.wires.iter().any(|wire| wire.to == to)
                || view
                    .patch
                    .mods
                    .iter()
                    .any(|m| m.node == node.name && m.control == name)
        };
        let controls = function.controls.iter().map(|c| {
            let reader = moves(&c.name).then(|| open(Look::Control(&c.name)));
            Feed::new(reader.flatten())
        });
        let controls: Vec<Feed> = controls.collect();
        let wants = !function.inputs.is_empty() || function.controls.iter().any(|c| moves(&c.name));
        let graphs = view.patch.graphs_of(node);
        let factor: u32 = graphs
            .map(|(_, graph)| u32::from(graph.oversample))
            .product();
        let rate = match view.status.rate {
            0 => 48_000,
            rate => rate,
        };
        Shadow {
            watch: Watch::new(Arc::clone(function), rate * factor, 0),
            inputs,
            controls,
            wants,
        }
    }

    /// Whether it is of this function, and still fed.
    pub fn is_of(&self, node: &Node) -> bool {
        let Source::Function(function) = &node.source else {
            return false;
        };
        let mut feeds = self.inputs.iter().chain(&self.controls);
        let over = feeds.any(|f| f.reader.as_ref().is_some_and(ScopeReader::is_over));
        Arc::ptr_eq(function, self.watch.function()) && !over
    }

    /// Whether the engine does not feed it yet, though it should.
    pub fn is_starved(&self) -> bool {
        let mut feeds = self.inputs.iter().chain(&self.controls);
        self.wants && feeds.all(|feed| feed.reader.is_none())
    }

    /// Computes what has come since the last call. `values` are what the controls are where no engine tells.
    pub fn run(&mut self, values: &[f32], view: &View) {
        let mut fed = usize::MAX;
        for feed in self.inputs.iter_mut().chain(&mut self.controls) {
            feed.read();
            if feed.reader.is_some() {
                fed = fed.min(feed.frames.len());
            }
        }
        let most = (WORK / self.watch.function().ops.len().max(1)).clamp(GRID, MOST);
        let frames = match fed {
            // Nothing moves it but time; without an engine a step shows what hangs on values alone.
            usize::MAX if view.status.connected => most.min(view.status.rate as usize / 30),
            usize::MAX => GRID,
            fed => {
                // What cannot be computed in time is left out.
                let late = fed.saturating_sub(most);
                for feed in self.inputs.iter_mut().chain(&mut self.controls) {
                    feed.frames.drain(..late.min(feed.frames.len()));
                }
                fed.min(most)
            }
        };
        let beat = view.status.beat;
        let mut time = [0.0; Time::COUNT];
        time[Time::Beat.index()] = beat.floor() as f32;
        time[Time::Part.index()] = (beat - beat.floor()) as f32;
        time[Time::Tempo.index()] = view.status.tempo as f32;
        if frames > 0 {
            self.watch.look_anew();
        }
        let mut done = 0;
        while done < frames {
            let count = (frames - done).min(GRID);
            let inputs: Vec<[f32; GRID]> = self
                .inputs
                .iter_mut()
                .map(|feed| {
                    let mut buffer = [0.0; GRID];
                    let there = feed.frames.len().min(count);
                    let come = feed.frames.drain(..there);
                    buffer.iter_mut().zip(come).for_each(|(to, x)| *to = x);
                    buffer
                })
                .collect();
            let controls: Vec<Lane> = self
                .controls
                .iter_mut()
                .zip(values)
                .map(|(feed, value)| lane(feed, *value, count))
                .collect();
            self.watch.run(&inputs, &controls, time, count);
            done += count;
        }
    }

    /// What an operation gave lately.
    pub fn seen(&self, operation: usize) -> Option<Seen> {
        self.watch.seen(operation)
    }
}

/// A control over so many frames.
fn lane(feed: &mut Feed, value: f32, count: usize) -> Lane {
    let mut lane = Lane {
        value,
        ..Lane::default()
    };
    if feed.reader.is_none() {
        return lane;
    }
    let there = feed.frames.len().min(count);
    for (to, x) in lane.frames.iter_mut().zip(feed.frames.drain(..there)) {
        *to = x;
    }
    lane.moving = lane.frames[..there]
        .windows(2)
        .any(|pair| pair[0] != pair[1]);
    lane.value = lane.frames[0];
    lane
}
