//! Recording what an engine plays, the main output or a node, through every edit and from one engine to the next.

use super::{Live, Session};
use crate::message::Setup;
use crate::plan::{NodeId, Plan};
use crate::rt::{Probe, Track, TrackReader, TrackSender, track};

/// Seconds that a reader may keep silent.
const SECONDS: usize = 4;
/// Recordings that can run at a time, one of each probe's places in the engine.
const MOST: usize = 8;

/// Why nothing can be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackError {
    /// No engine is connected.
    #[error("nothing plays that could be recorded")]
    NoEngine,
    /// No such node is there.
    #[error("there is no node `{0}` to record")]
    NoNode(String),
    /// The node is in a graph of another rate.
    #[error("`{0}` runs at a rate of its own; record a node that it leads to")]
    OtherRate(String),
    /// As many run as can.
    #[error("{MOST} recordings run already")]
    Busy,
}

/// A recording that runs.
pub(super) struct Tracked {
    /// The node; the main output without one.
    node: Option<String>,
    /// The rate at which it began.
    rate: u32,
    sender: TrackSender,
}

impl Tracked {
    fn begin(&mut self, setup: Setup) -> Track {
        self.sender.renew(setup.rate as usize * SECONDS)
    }

    /// Tells the engine which node bears the name in a Plan. Before that is sent: then no frame is missed.
    fn follow(&mut self, live: &Live, plan: &Plan) {
        if let Some((id, 1)) = self.node.as_deref().and_then(|name| find(live, plan, name)) {
            self.sender.name(id);
        }
    }
}

/// The node of a name in a Plan, and the rate at which it runs in that of the engine.
fn find(live: &Live, plan: &Plan, name: &str) -> Option<(NodeId, u32)> {
    let is_it = |id: NodeId| live.compiler.name_of(id) == Some(name);
    let mut nodes = plan.nodes.iter();
    let node = nodes.find(|node| !node.leaving && is_it(node.id))?;
    Some((node.id, node.factor))
}

impl Session {
    /// Begins to record what leaves the main output, or what a node gives after its gain and pan: every frame from the
    /// engine's next block on, as long as the reader lives, silence where the node is not there. It is to be read at least
    /// every four seconds. An engine of the same rate that takes the place of this one goes on with it; one of another
    /// rate ends it.
    ///
    /// # Errors
    /// [`TrackError`].
    pub fn record(&mut self, node: Option<&str>) -> Result<TrackReader, TrackError> {
        self.tracks.retain(|tracked| tracked.sender.is_read());
        let live = self.live.as_mut().ok_or(TrackError::NoEngine)?;
        if let Some(name) = node {
            let plan = live.sent.as_deref();
            match plan.and_then(|plan| find(live, plan, name)) {
                Some((_, 1)) => {}
                Some(_) => return Err(TrackError::OtherRate(name.to_owned())),
                // Its sounds may still be on their way.
                None if self.patch.node(name).is_some() => {}
                None => return Err(TrackError::NoNode(name.to_owned())),
            }
        }
        if self.tracks.len() == MOST {
            return Err(TrackError::Busy);
        }
        let (sender, reader) = track(node.is_none());
        let mut tracked = Tracked {
            node: node.map(str::to_owned),
            rate: live.setup.rate,
            sender,
        };
        let track = tracked.begin(live.setup);
        if let Some(plan) = live.sent.clone() {
            tracked.follow(live, &plan);
        }
        let probe = Box::new(Probe::Track(track));
        live.end.send_probe(probe).map_err(|_| TrackError::Busy)?;
        self.tracks.push(tracked);
        Ok(reader)
    }

    /// What is recorded goes on with the engine that has just been connected.
    pub(super) fn record_on(&mut self) {
        let Some(live) = &mut self.live else { return };
        let rate = live.setup.rate;
        // A file has one rate.
        self.tracks.retain(|t| t.sender.is_read() && t.rate == rate);
        for tracked in &mut self.tracks {
            let track = tracked.begin(live.setup);
            // A new engine has room for all of them.
            drop(live.end.send_probe(Box::new(Probe::Track(track))));
        }
    }

    /// Ends what nobody reads, and tells what found no room.
    pub(super) fn tend_tracks(&mut self) {
        self.tracks.retain(|tracked| tracked.sender.is_read());
        if let Some(live) = &self.live
            && let Some(plan) = &live.sent
        {
            self.tracks.iter_mut().for_each(|t| t.follow(live, plan));
        }
    }

    /// A Plan is about to be sent.
    pub(super) fn tell_tracks(tracks: &mut [Tracked], live: &Live, plan: &Plan) {
        tracks.iter_mut().for_each(|t| t.follow(live, plan));
    }
}
