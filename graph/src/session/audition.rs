//! A sound to be tried, beside what plays: neither score nor Patch hear of it.
//!
//! Its nodes are put to the Patch when a Plan is made, and are gone from the one that follows its end: they fade like any
//! node that is removed. What plays goes on, bit for bit, unless a node of the sound has a latency.

use super::Session;
use crate::compile::CompileError;
use crate::patch::{Connection, Patch, Target};
use crate::plan::When;
use std::borrow::Cow;

/// What the names of its nodes begin with: no node of a score can be called so.
const PATH: &str = "/audition";
/// The control that is high while the sound is held.
const GATE: &str = "gate";

/// A sound that is tried now.
#[derive(Debug)]
pub(super) struct Audition {
    patch: Patch,
    /// It is held until this frame, and over at that one.
    release: i64,
    end: i64,
    held: bool,
}

impl Session {
    /// Plays the nodes of a Patch beside what plays: held for so many seconds (their `gate` is 1), then as long again
    /// to ring out, at most ten seconds each. Its patterns, tempo, mappings and scenes do not count. Another one that is
    /// tried ends. The score, the Patch and what hands have set stay as they are; the sound ends by itself, in
    /// [`Session::tick`].
    ///
    /// # Errors
    /// [`CompileError`] for what the Patch names and is not there; then nothing has changed. Without an engine there is
    /// nothing to hear, and nothing happens.
    pub fn audition(&mut self, patch: &Patch, held: f64, rings: f64) -> Result<(), CompileError> {
        let Some(setup) = self.setup() else {
            return Ok(());
        };
        let mut nodes = Patch {
            nodes: patch.nodes.clone(),
            connections: patch.connections.clone(),
            ..Patch::default()
        };
        nodes.rename(|name| format!("{PATH}/{name}"));
        for node in &mut nodes.nodes {
            // It is heard where others are soloed, and mutes nobody.
            (node.mute, node.solo) = (false, false);
            if node.range(GATE).is_some() {
                node.values.insert(GATE.to_owned(), 1.0);
            }
        }
        let frames = |seconds: f64| (seconds.clamp(0.0, 10.0) * f64::from(setup.rate)) as i64;
        let release = self.status.frame + frames(held);
        let before = self.audition.replace(Audition {
            patch: nodes,
            release,
            end: release + frames(rings),
            held: true,
        });
        let sent = self.send_patch(When::Now);
        if sent.is_err() {
            self.audition = before;
        }
        sent
    }

    /// Ends the sound that is tried, if there is one.
    pub fn end_audition(&mut self) {
        if self.audition.take().is_some() {
            self.send_again();
        }
    }

    /// Whether a sound is tried now.
    pub fn is_auditioning(&self) -> bool {
        self.audition.is_some()
    }

    /// Lets the gate of what is tried fall, and ends it, when it is time.
    pub(super) fn run_audition(&mut self) {
        let frame = self.status.frame;
        let Some(audition) = &mut self.audition else {
            return;
        };
        if frame >= audition.end || !self.status.connected {
            self.end_audition();
        } else if audition.held && frame >= audition.release {
            audition.held = false;
            for node in &mut audition.patch.nodes {
                if let Some(gate) = node.values.get_mut(GATE) {
                    *gate = 0.0;
                }
            }
            self.send_again();
        }
    }

    /// The same Patch, with or without what is tried.
    fn send_again(&mut self) {
        let sent = self.send_patch(When::Now);
        debug_assert!(sent.is_ok(), "{sent:?}");
    }
}

/// A Patch with what is tried beside it.
pub(super) fn beside<'a>(audition: Option<&Audition>, patch: Cow<'a, Patch>) -> Cow<'a, Patch> {
    let Some(audition) = audition else {
        return patch;
    };
    let mut all = patch.into_owned();
    let soloed = all.nodes.iter().any(|node| node.solo);
    let nodes = audition.patch.nodes.iter().cloned();
    all.nodes.extend(nodes.map(|mut node| {
        node.solo = soloed;
        node
    }));
    let wires = audition.patch.connections.iter().filter(leads_on);
    all.connections.extend(wires.cloned());
    Cow::Owned(all)
}

/// Whatever it says of outputs, what is tried is heard at the main one: that is where a wire leads that is not there.
fn leads_on(wire: &&Connection) -> bool {
    !matches!(wire.to, Target::Out(_))
}
