//! The probes that an engine holds: scopes, tracks and a measurement. Real-time safe throughout; while there are none, a
//! piece costs one comparison.

use super::mix::peak_of;
use super::table::Table;
use super::work::{Piece, Work};
use crate::message::NodeState;
use crate::plan::{Code, PlanNode};
use crate::rt::{AudioEnd, Measure, Probe, Scope, ScopePort, Track};
use std::ops::Range;
use std::time::Instant;

/// Scopes that an engine holds at once; more go home at once.
const SCOPES: usize = 16;
/// Tracks likewise.
pub(crate) const TRACKS: usize = 8;

/// The probes an engine holds.
pub struct Taps {
    scopes: [Option<Box<Probe>>; SCOPES],
    tracks: [Option<Box<Probe>>; TRACKS],
    measure: Option<Box<Probe>>,
    /// There is any.
    busy: bool,
    /// When the node before was done, while there is a measurement.
    before: Option<Instant>,
}

impl Taps {
    pub fn new() -> Taps {
        Taps {
            scopes: [const { None }; SCOPES],
            tracks: [const { None }; TRACKS],
            measure: None,
            busy: false,
            before: None,
        }
    }

    /// Takes in what has come, and sends home the tracks that nobody reads, the scopes too or if
    /// their node is gone.
    pub fn begin_block(&mut self, link: &mut AudioEnd, table: &Table) {
        while let Some(probe) = link.receive_probe() {
            let place = match *probe {
                Probe::Scope(_) => self.scopes.iter_mut().find(|place| place.is_none()),
                Probe::Track(_) => self.tracks.iter_mut().find(|place| place.is_none()),
                Probe::Measure(_) => Some(&mut self.measure).filter(|place| place.is_none()),
            };
            match place {
                Some(place) => *place = Some(probe),
                None => link.send_probe_home(probe),
            }
            self.busy = true;
        }
        if !self.busy {
            return;
        }
        for place in &mut self.scopes {
            let is_over = |probe: &mut Box<Probe>| {
                let Probe::Scope(scope) = &**probe else {
                    return true;
                };
                let is_gone = scope.node.is_some_and(|(node, slot)| {
                    table.get(slot).is_none_or(|state| state.id != node)
                });
                scope.is_abandoned() || is_gone
            };
            if let Some(probe) = place.take_if(is_over) {
                link.send_probe_home(probe);
            }
        }
        for place in &mut self.tracks {
            if let Some(probe) = place.take_if(|probe| track_of(probe).is_none()) {
                link.send_probe_home(probe);
            }
            if let Some(track) = place.as_deref_mut().and_then(track_of) {
                track.begin_block();
            }
        }
        let held = |places: &[Option<Box<Probe>>]| places.iter().any(Option::is_some);
        self.busy = self.measure.is_some() || held(&self.scopes) || held(&self.tracks);
    }

    /// The nodes of a piece begin to run.
    pub fn begin_nodes(&mut self) {
        if self.measure.is_some() {
            self.before = Some(Instant::now());
        }
    }

    /// Whether anybody looks.
    pub fn busy(&self) -> bool {
        self.busy
    }

    /// A node has run: its inputs and controls are still in the working memory, its output in its ring.
    #[inline]
    pub fn after(&mut self, node: &PlanNode, state: &NodeState, work: &Work, piece: &Piece) {
        if self.busy {
            self.look(node, state, work, piece);
        }
    }

    fn look(&mut self, node: &PlanNode, state: &NodeState, work: &Work, piece: &Piece) {
        // Where a node leads from one rate to another, its input and its output are of two lengths.
        let (input, output) = match node.code {
            Code::Up(factor) => (piece.slower(factor.into(), false), *piece),
            Code::Down(factor) => (*piece, piece.slower(factor.into(), true)),
            Code::Kernel(_) | Code::Unit(_) | Code::Input(_) => (*piece, *piece),
        };
        let (input, output) = (input.from..input.to, output.from..output.to);
        if let Some(Probe::Measure(measure)) = self.measure.as_deref_mut() {
            let nanos = self.before.map_or(0, |before| {
                let now = Instant::now();
                self.before = Some(now);
                now.duration_since(before).as_nanos() as u64
            });
            note(measure, node, state, work, (&input, &output), nanos);
        }
        for probe in self.scopes.iter_mut().flatten() {
            if let Probe::Scope(scope) = &mut **probe
                && scope.node.is_some_and(|(id, _)| id == node.id)
            {
                show(scope, node, state, work, (&input, &output), piece.local);
            }
        }
        // What runs at a rate of its own is no frame of a track's.
        if piece.factor != 1 {
            return;
        }
        for track in self
            .tracks
            .iter_mut()
            .flatten()
            .filter_map(|probe| track_of(probe))
        {
            if track.hears(node.id) {
                let right = usize::from(node.channels) - 1;
                let sides = [
                    &state.out[0][output.clone()],
                    &state.out[right][output.clone()],
                ];
                track.add(sides, output.clone());
            }
        }
    }

    /// All nodes of a piece have run, and the outputs are what is heard.
    pub fn end_piece(&mut self, work: &Work, piece: &Piece) {
        if !self.busy {
            return;
        }
        for probe in self.scopes.iter_mut().flatten() {
            if let Probe::Scope(scope) = &mut **probe
                && scope.port == ScopePort::Main
            {
                let [left, right] = &work.outs[0];
                scope.take(&left[piece.from..piece.to], &right[piece.from..piece.to]);
            }
        }
        let span = piece.from..piece.to;
        for track in self
            .tracks
            .iter_mut()
            .flatten()
            .filter_map(|probe| track_of(probe))
        {
            if track.is_main() {
                let [left, right] = &work.outs[0];
                track.take(&left[span.clone()], &right[span.clone()]);
            } else {
                track.end_piece(span.clone());
            }
        }
    }

    /// A block is done: a measurement that has seen enough goes home.
    pub fn end_block(&mut self, link: &mut AudioEnd, frames: usize, started: Instant) {
        let Some(Probe::Measure(measure)) = self.measure.as_deref_mut() else {
            return;
        };
        measure.frames += frames as u64;
        measure.nanos += started.elapsed().as_nanos() as u64;
        measure.left = measure.left.saturating_sub(frames as u32);
        if measure.left == 0
            && let Some(probe) = self.measure.take()
        {
            self.before = None;
            link.send_probe_home(probe);
        }
    }
}

/// The track in a probe, as long as somebody reads it.
fn track_of(probe: &mut Probe) -> Option<&mut Track> {
    match probe {
        Probe::Track(track) => Some(track).filter(|track| !track.is_abandoned()),
        Probe::Scope(_) | Probe::Measure(_) => None,
    }
}

/// Enters what a node did in a piece.
fn note(
    measure: &mut Measure,
    node: &PlanNode,
    state: &NodeState,
    work: &Work,
    (input, output): (&Range<usize>, &Range<usize>),
    nanos: u64,
) {
    let place = measure.places.get(node.slot.0 as usize).copied().flatten();
    // A node that came with a later Plan is not measured.
    let Some(found) = place
        .and_then(|place| measure.nodes.get_mut(place as usize))
        .filter(|found| found.node == node.id)
    else {
        return;
    };
    found.nanos += nanos;
    found.broken = state.broken;
    for (k, peaks) in found.inputs.iter_mut().enumerate().take(node.inputs.into()) {
        for (side, peak) in peaks.iter_mut().enumerate() {
            let buffers = &work.inputs[side.min(usize::from(node.sides()) - 1)];
            *peak = peak.max(peak_of(&buffers[k][input.clone()]).unwrap_or(0.0));
        }
    }
    for (side, peak) in found.output.iter_mut().enumerate() {
        let out = &state.out[side.min(usize::from(node.channels) - 1)];
        *peak = peak.max(peak_of(&out[output.clone()]).unwrap_or(0.0));
    }
    if matches!(node.code, Code::Up(_) | Code::Down(_)) {
        return; // They have no controls to speak of.
    }
    let (from, count) = found.controls;
    let values = &mut measure.controls[from as usize..(from + count) as usize];
    for (value, lane) in values.iter_mut().zip(work.lanes.iter()) {
        *value = if lane.moving {
            lane.frames[input.end - 1]
        } else {
            lane.value
        };
    }
}

/// What the newest note of a node says of a control, as of the piece's end, and the frame at which it began; gain and pan
/// are the node's.
fn said_by_the_newest_note(node: &PlanNode, state: &NodeState, k: usize) -> Option<(f32, i64)> {
    if k + 2 >= node.controls.len() {
        return None;
    }
    let newest = state.voices.iter().max_by_key(|voice| voice.since)?;
    let said = newest.values.get(k).copied().flatten()?;
    Some((said, newest.since))
}

/// Hands a piece of a port to its scope; `local` is the piece's first frame at the node's rate.
fn show(
    scope: &mut Scope,
    node: &PlanNode,
    state: &NodeState,
    work: &Work,
    (input, output): (&Range<usize>, &Range<usize>),
    local: i64,
) {
    match scope.port {
        ScopePort::Output => {
            let right = usize::from(node.channels) - 1;
            scope.take(
                &state.out[0][output.clone()],
                &state.out[right][output.clone()],
            );
        }
        ScopePort::Input(port) if port < node.inputs => {
            let right = usize::from(node.sides()) - 1;
            let port = usize::from(port);
            scope.take(
                &work.inputs[0][port][input.clone()],
                &work.inputs[right][port][input.clone()],
            );
        }
        ScopePort::Control(control) if usize::from(control.0) < node.controls.len() => {
            let k = usize::from(control.0);
            let lane = &work.lanes[k];
            if let Some((said, since)) = said_by_the_newest_note(node, state, k) {
                let mut frames = [said; crate::signal::GRID];
                // As envelopes hear it: a note that follows another at once begins with a gate of 0.
                let begun = usize::try_from(since - local).ok();
                if let Some(begun) = begun.filter(|at| *at < input.len())
                    && node.note_controls.gate == Some(control)
                {
                    frames[begun] = 0.0;
                }
                if work.added[k] {
                    let adds = &work.adds[k][input.clone()];
                    frames.iter_mut().zip(adds).for_each(|(x, add)| *x += add);
                }
                scope.take(&frames[..input.len()], &frames[..input.len()]);
            } else if lane.moving {
                scope.take(&lane.frames[input.clone()], &lane.frames[input.clone()]);
            } else {
                let steady = [lane.value; crate::signal::GRID];
                let steady = &steady[..input.len()];
                scope.take(steady, steady);
            }
        }
        ScopePort::Main | ScopePort::Input(_) | ScopePort::Control(_) => {}
    }
}
