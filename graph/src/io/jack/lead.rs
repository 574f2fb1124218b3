//! Sorl leads JACK's transport: what its own transport is told, the server's is, and the song follows that.
//!
//! Process thread, real-time safe. So every client begins at the same frame, Sorl among them, and what others do to the
//! transport is followed as well; where bars and beats are is Sorl's to say ([`super::timebase`]).

use std::sync::Arc;

use jack::{Client, TransportState};

use super::timebase::Told;
use crate::engine::{Engine, Wish};
use crate::time::{Beats, HostTime};

/// The leader's state.
pub(super) struct Lead {
    told: Arc<Told>,
    /// What the engine was told when last looked at.
    seen: Wish,
    /// Where the transport is at the next block, if it goes on.
    expected: Option<u32>,
    /// The frame that was asked for, and the beat it stands for.
    asked: Option<(u32, Beats)>,
    /// The transport is not there yet.
    arriving: bool,
    rolling: bool,
}

impl Lead {
    pub(super) fn new(told: Arc<Told>, engine: &Engine) -> Lead {
        Lead {
            told,
            // Whatever is said before the first block is said to the server after it.
            seen: engine.wish(),
            expected: None,
            asked: None,
            arriving: false,
            rolling: false,
        }
    }

    /// What the transport says of the block that comes; the tempo is the score's, or what overrules it.
    pub(super) fn host(&mut self, client: &Client, engine: &Engine, frames: u32) -> HostTime {
        let Ok(now) = client.transport().query() else {
            return HostTime {
                playing: false,
                beat: None,
                tempo: None,
                meter: None,
                bar: None,
            };
        };
        self.rolling = now.state == TransportState::Rolling;
        let frame = now.pos.frame();
        // Only where it goes elsewhere does it say where the song is: in between the song counts for itself.
        let beat = (self.expected != Some(frame)).then(|| match self.asked {
            Some((asked, beat)) if asked == frame => beat,
            _ => engine.timeline().beat_of(frame.into()),
        });
        let moves = if self.rolling { frames } else { 0 };
        self.arriving &= beat.is_none();
        self.expected = Some(frame.wrapping_add(moves));
        HostTime {
            playing: self.rolling,
            beat,
            tempo: engine.wish().tempo,
            meter: None,
            bar: None,
        }
    }

    /// The block has been played: hands on what was asked of Sorl meanwhile, and says where the song is.
    pub(super) fn after(&mut self, client: &Client, engine: &Engine) {
        let (wish, transport) = (engine.wish(), client.transport());
        // Who cannot be reached calls no more, which is seen elsewhere.
        if wish.seeks != self.seen.seeks {
            let frame = engine.timeline().frame_of(wish.beat).max(0);
            let frame = u32::try_from(frame).unwrap_or(u32::MAX);
            (self.asked, self.arriving) = (Some((frame, wish.beat)), true);
            let _ = transport.locate(frame);
        }
        if wish.orders != self.seen.orders && wish.playing != self.rolling {
            let _ = match wish.playing {
                true => transport.start(),
                false => transport.stop(),
            };
        }
        self.seen = wish;
        let (cycle, tempo, meter) = engine.place();
        let (frame, cycle) = match self.asked.filter(|_| self.arriving) {
            Some((frame, beat)) => (frame, engine.bars().cycle_of(beat)),
            None => (self.expected.unwrap_or(0), cycle),
        };
        self.told.tell(frame, cycle.to_f64(), tempo.bpm(), meter);
    }
}
