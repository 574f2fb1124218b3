//! What a client is told: what it asks for, and what it has subscribed to, when that is due.

use std::time::Duration;

use serde_json::{Value as Json, json};
use sorl_graph::score;

use super::Conversation;
use crate::remote::request::Topic;

/// Between two events of status and of meters.
const STATUS_PERIOD: Duration = Duration::from_millis(100);
const METERS_PERIOD: Duration = Duration::from_millis(33);

impl Conversation {
    pub(super) fn status(&self) -> Json {
        let session = self.desk.session();
        let status = session.status();
        json!({
            "playing": status.playing,
            "hosted": status.hosted,
            "beat": status.beat,
            "bar": status.cycle.to_f64(),
            "tempo": status.tempo,
            "meter": format!("{}/{}", status.meter.beats, status.meter.unit),
            "load": status.load,
            "peak": status.peak,
            "rate": status.rate,
            "latency": session.latency(),
            "nodes": session.patch().nodes.len(),
            "problems": status.problems,
            "sound": self.desk.sound(),
            "recordings": self.desk.recordings(),
        })
    }

    pub(super) fn nodes(&self) -> Json {
        let session = self.desk.session();
        let node = |node: &sorl_graph::patch::Node| {
            let controls = node.controls().iter().map(|c| c.name.as_str());
            let controls = controls.chain(["gain", "pan"]).map(|name| {
                let (_, lo, hi) = node.range(name).unwrap_or((0.0, 0.0, 0.0));
                let value = session.value(&node.name, name);
                json!({"name": name, "value": value, "lo": lo, "hi": hi})
            });
            json!({
                "name": node.name, "function": node.label, "voices": node.count,
                "mute": node.mute, "solo": node.solo, "inputs": node.inputs(),
                "controls": controls.collect::<Vec<_>>(),
            })
        };
        json!({"nodes": session.patch().nodes.iter().map(node).collect::<Vec<_>>()})
    }

    pub(super) fn meters(&self) -> Json {
        let session = self.desk.session();
        let nodes = session.patch().nodes.iter();
        let nodes = nodes.map(|n| (n.name.clone(), json!(session.meter(&n.name))));
        json!({"peak": session.status().peak, "nodes": nodes.collect::<serde_json::Map<_, _>>()})
    }

    /// What can be typed in a score, for whoever completes words.
    pub(super) fn names(&self) -> Json {
        let mut names: Vec<String> = score::signal_functions()
            .iter()
            .chain(&score::session_functions())
            .map(|entry| entry.name.to_owned())
            .collect();
        let session = self.desk.session();
        for node in &session.patch().nodes {
            names.push(node.name.clone());
            names.extend(
                node.controls()
                    .iter()
                    .map(|c| format!("{}/{}", node.name, c.name)),
            );
        }
        names.sort_unstable();
        names.dedup();
        json!({"names": names})
    }

    /// A new subscriber is told at once.
    pub(super) fn forget(&mut self, topic: Topic) {
        match topic {
            Topic::Status => self.status_told = None,
            Topic::Meters => self.meters_told = None,
            Topic::Score => self.revision = 0,
            Topic::Problems => self.problems.clear(),
        }
    }

    /// What the client has subscribed to and is due, as lines; `now` counts from any beginning.
    pub fn events(&mut self, now: Duration) -> Vec<String> {
        let mut lines = Vec::new();
        let due = |told: Option<Duration>, period: Duration| {
            told.is_none_or(|told| now.saturating_sub(told) >= period)
        };
        for topic in self.topics.clone() {
            match topic {
                Topic::Status if due(self.status_told, STATUS_PERIOD) => {
                    self.status_told = Some(now);
                    lines.push(event("status", self.status()));
                }
                Topic::Meters if due(self.meters_told, METERS_PERIOD) => {
                    self.meters_told = Some(now);
                    lines.push(event("meters", self.meters()));
                }
                Topic::Score => {
                    let revision = self.desk.revision() + 1;
                    if revision != self.revision {
                        self.revision = revision;
                        let score = self.desk.session().score().to_owned();
                        lines.push(event("score", json!({"score": score})));
                    }
                }
                Topic::Problems => {
                    let problems = self.desk.session().status().problems.clone();
                    if problems != self.problems {
                        lines.push(event("problems", json!({"problems": problems})));
                        self.problems = problems;
                    }
                }
                _ => {}
            }
        }
        lines
    }
}

fn event(name: &str, body: Json) -> String {
    json!({"event": name, "of": body}).to_string()
}
