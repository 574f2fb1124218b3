//! What a client can say. One request is one line; `docs/protocol.md` lists them all.

use std::path::PathBuf;

use serde::Deserialize;
use sorl_graph::When;

/// The first line of every conversation.
#[derive(Debug, Deserialize)]
pub(super) struct Hello {
    pub(super) token: String,
}

/// A line after that.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    /// Comes back with the answer: a number or a short word.
    #[serde(default)]
    pub(super) id: Option<Id>,
    #[serde(flatten)]
    pub(super) request: Request,
}

/// What a client calls its request.
#[derive(Clone, Debug, PartialEq, Deserialize, serde::Serialize)]
#[serde(untagged)]
pub(super) enum Id {
    Number(i64),
    Word(String),
}

/// When an edit takes effect.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Moment {
    #[default]
    Now,
    Beat,
    Bar,
}

impl From<Moment> for When {
    fn from(moment: Moment) -> When {
        match moment {
            Moment::Now => When::Now,
            Moment::Beat => When::NextBeat,
            Moment::Bar => When::NextBar,
        }
    }
}

/// What a client may be told of without asking each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Topic {
    Status,
    Meters,
    Score,
    Problems,
}

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(super) enum Request {
    Ping,
    Evaluate {
        score: String,
        #[serde(default)]
        when: Moment,
    },
    Run {
        statement: String,
        #[serde(default)]
        when: Moment,
    },
    Status,
    Score,
    Export,
    Nodes,
    Meters,
    Names,
    Set {
        path: String,
        value: f32,
    },
    Play,
    Stop,
    Rewind,
    Seek {
        beat: f64,
    },
    Tempo {
        bpm: Option<f64>,
    },
    Record {
        file: PathBuf,
        node: Option<String>,
        bits: Option<String>,
        minutes: Option<f64>,
    },
    Unrecord {
        file: Option<String>,
    },
    Subscribe {
        to: Vec<Topic>,
    },
    Unsubscribe {
        from: Vec<Topic>,
    },
}

impl Request {
    /// How much of a client's share it takes: what evaluates works longer than what looks.
    pub(super) fn weight(&self) -> u32 {
        match self {
            Request::Evaluate { .. } | Request::Run { .. } => 20,
            _ => 1,
        }
    }
}
