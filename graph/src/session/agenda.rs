//! Where the song is as far as the session knows, and the edits whose time comes.

use super::schedule::LEAD;
use super::{Session, schedule};
use crate::message::{Moment, Span};
use crate::patch::PAN;
use crate::plan::When;
use crate::time::{Beats, Seconds};

impl Session {
    /// Song position in beats and the tempo in beats a second, while the song runs or is about to start: by what the
    /// engine told last.
    pub(super) fn running(&self) -> Option<(f64, f64)> {
        let status = &self.status;
        let starts = self.playing && !status.hosted;
        let runs = status.connected && (status.playing || starts);
        let tempo = if status.frame == 0 {
            self.tempo().bpm()
        } else {
            status.tempo
        };
        runs.then_some((status.beat, tempo / 60.0))
    }

    /// Whether an edit for a moment goes to the engine now. What counts from now is told from where on first.
    fn is_near(&self, moment: &mut Moment) -> bool {
        let status = &self.status;
        let rate = f64::from(status.rate);
        let tempo = status.tempo / 60.0;
        match moment.when {
            When::After(time) if status.connected => {
                let frame = status.frame.saturating_add((time.to_f64() * rate) as i64);
                moment.when = When::Frame(frame);
            }
            When::AfterBeats(beats) if status.connected => {
                moment.when = When::Beat(Beats::from_f64(status.beat) + beats);
            }
            _ => {}
        }
        let seconds = |frames: i64| frames as f64 / rate;
        let offset = match moment.offset {
            None => 0.0,
            Some(Span::Seconds(time)) => time.to_f64(),
            Some(Span::Beats(beats)) => beats.to_f64() / tempo,
        };
        let ahead = match moment.when {
            When::Now | When::NextBeat | When::NextBar => return true,
            _ if !status.connected => return false,
            When::After(_) | When::AfterBeats(_) => return false,
            When::Frame(frame) => seconds(frame.saturating_sub(status.frame)),
            When::Seconds(at) => (at - Seconds::from_f64(seconds(status.frame))).to_f64(),
            When::Beat(beat) => match self.running() {
                Some((at, tempo)) => (beat.to_f64() - at) / tempo,
                None => return false,
            },
        };
        ahead + offset <= LEAD
    }

    /// Compiles and sends the edits whose moment is near.
    pub(super) fn run_agenda(&mut self) {
        let panned = self.scheduler.lock().take_panned();
        self.widen(panned);
        let near = self
            .scheduler
            .lock()
            .take_near(|moment| self.is_near(moment));
        for batch in near {
            let schedule::Due {
                moment,
                patch,
                rest,
            } = batch.carry_out(self.said().clone());
            let checked = rest.check(&patch).map_err(|error| error.to_string());
            let done = checked.and_then(|()| {
                self.rest = Some(rest);
                let applied = self.apply(patch, moment);
                applied.map_err(|error| error.to_string())
            });
            if let Err(error) = done {
                self.rest = None;
                self.status
                    .tell(format!("a scheduled edit is left out: {error}"));
            }
        }
        if let Some(why) = self.refused.take() {
            self.status.tell(format!(
                "what belongs to a scheduled edit is left out: {why}"
            ));
        }
    }

    /// Nodes whose pan a command moves become stereo, if they are not.
    fn widen(&mut self, nodes: Vec<String>) {
        let mut new = false;
        for name in nodes {
            let Some(node) = self.patch.node(&name) else {
                continue;
            };
            let speaks = node.values.contains_key(PAN);
            let value = node.value(PAN).unwrap_or_default();
            let key = (name, PAN.to_owned());
            if !speaks && !self.hand.contains_key(&key) {
                self.hand.insert(key, value);
                new = true;
            }
        }
        if new {
            let sent = self.send_patch(When::Now);
            debug_assert!(sent.is_ok(), "{sent:?}");
        }
    }
}
