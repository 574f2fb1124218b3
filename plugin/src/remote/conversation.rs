//! One client's conversation with a desk: lines in, lines out, no socket.
//!
//! Control threads only. Every answer is bounded by the size of the session; a line that cannot be understood gets an
//! error and changes nothing. A stranger gets one line to say the token and is then shown the door.

mod tell;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use sorl_graph::io::file::Bits;
use sorl_graph::score::{self, Diagnostics};
use sorl_graph::time::Beats;

use super::place::Token;
use super::request::{Hello, Id, Line, Request, Topic};
use crate::desk::{Desk, Take};

/// The version of the protocol; grows when something that was right before no longer is.
const PROTOCOL: u32 = 1;
/// Bytes of a request's name.
const MAX_ID: usize = 64;
/// Beats that a song can be sought to: more than a year at any tempo.
const MAX_BEAT: f64 = 1e9;
/// The longest recording that can be asked for.
const MAX_MINUTES: f64 = 100_000.0;
/// What a line brought.
#[derive(Debug, PartialEq)]
pub struct Reply {
    /// The answer, a line of JSON without its end.
    pub text: String,
    /// The conversation is over.
    pub close: bool,
    /// How much of the client's share it took.
    pub weight: u32,
}

/// One client's conversation.
pub struct Conversation {
    desk: Arc<Desk>,
    token: Arc<Token>,
    /// Where recordings go.
    folder: PathBuf,
    known: bool,
    topics: Vec<Topic>,
    /// What was told last, and when.
    revision: u64,
    problems: Vec<String>,
    status_told: Option<Duration>,
    meters_told: Option<Duration>,
}

impl Conversation {
    /// A conversation with a stranger; what is recorded goes into the folder in which the program runs.
    pub fn new(desk: Arc<Desk>, token: Arc<Token>) -> Conversation {
        Conversation {
            desk,
            token,
            folder: std::env::current_dir().unwrap_or_default(),
            known: false,
            topics: Vec::new(),
            revision: 0,
            problems: Vec::new(),
            status_told: None,
            meters_told: None,
        }
    }

    /// Whether the client has said the token.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// Whether the client is to be told of things unasked.
    pub fn is_subscribed(&self) -> bool {
        !self.topics.is_empty()
    }

    /// Takes a line, without its end, and gives the answer.
    pub fn line(&mut self, line: &[u8]) -> Reply {
        if !self.known {
            return self.greet(line);
        }
        let parsed = match serde_json::from_slice::<Line>(line) {
            Ok(parsed) => parsed,
            Err(error) => {
                // Serde's words name what was expected; the place in a line of our own is of use too.
                let text = failure(
                    None,
                    &format!("not a request: {error}; see docs/protocol.md"),
                );
                return reply(text, 1);
            }
        };
        if let Some(Id::Word(word)) = &parsed.id
            && word.len() > MAX_ID
        {
            let text = failure(None, "an id is a number or a word of at most 64 bytes");
            return reply(text, 1);
        }
        let weight = parsed.request.weight();
        let answer = match self.answer(parsed.request) {
            Ok(Json::Object(mut fields)) => {
                fields.insert("ok".to_owned(), Json::Bool(true));
                if let Some(id) = &parsed.id {
                    fields.insert("id".to_owned(), json!(id));
                }
                Json::Object(fields).to_string()
            }
            Ok(other) => json!({"id": parsed.id, "ok": true, "value": other}).to_string(),
            Err(error) => failure(parsed.id.as_ref(), &error),
        };
        reply(answer, weight)
    }

    /// The first line: the token, or the end.
    fn greet(&mut self, line: &[u8]) -> Reply {
        let said = serde_json::from_slice::<Hello>(line).ok();
        self.known = said.is_some_and(|hello| self.token.is(&hello.token));
        if self.known {
            let hello =
                json!({"ok": true, "sorl": env!("CARGO_PKG_VERSION"), "protocol": PROTOCOL});
            return reply(hello.to_string(), 1);
        }
        Reply {
            text: failure(
                None,
                "say {\"token\":\"…\"} first, with the token of this sorl's file",
            ),
            close: true,
            weight: 1,
        }
    }

    fn answer(&mut self, request: Request) -> Result<Json, String> {
        let desk = &self.desk;
        match request {
            Request::Ping => {}
            Request::Evaluate { score, when } => {
                let outcome = desk.evaluate_at(&score, when.into());
                return self.evaluated(outcome, "score", &score);
            }
            Request::Run { statement, when } => {
                let whole = score::edit::put(desk.session().score(), &statement);
                let outcome = desk.run(&statement, when.into());
                return self.evaluated(outcome, "statement", &whole.unwrap_or(statement));
            }
            Request::Status => return Ok(self.status()),
            Request::Score => return Ok(json!({"score": desk.session().score()})),
            Request::Export => {
                let text = desk.session().export().map_err(|error| error.to_string())?;
                return Ok(json!({"score": text}));
            }
            Request::Nodes => return Ok(self.nodes()),
            Request::Meters => return Ok(self.meters()),
            Request::Names => return Ok(self.names()),
            Request::Set { path, value } => desk
                .session()
                .set(&path, value)
                .map_err(|error| error.to_string())?,
            Request::Play => desk.session().play(),
            Request::Stop => desk.session().stop(),
            Request::Rewind => desk.session().rewind(),
            Request::Seek { beat } => {
                let beat = Some(beat).filter(|beat| beat.abs() <= MAX_BEAT);
                let beat = beat.ok_or("a beat is a number up to a billion")?;
                desk.session().seek(Beats::from_f64(beat));
            }
            Request::Tempo { bpm } => {
                if bpm.is_some_and(|bpm| !(1.0..=1000.0).contains(&bpm)) {
                    return Err(
                        "a tempo is a number from 1 to 1000, or null for the score's".into(),
                    );
                }
                desk.session().set_tempo_override(bpm);
            }
            Request::Record {
                file,
                node,
                bits,
                minutes,
            } => {
                let bits = bits.map_or(Ok(Bits::default()), |word| word.parse())?;
                if minutes.is_some_and(|m| !(0.0..=MAX_MINUTES).contains(&m)) {
                    return Err("minutes are a number up to 100000".to_owned());
                }
                let take = Take {
                    file,
                    node,
                    bits,
                    limit: minutes.map(|m| Duration::from_secs_f64(m * 60.0)),
                };
                let file = desk.record_named(&self.folder, take);
                return Ok(json!({"file": file.map_err(|error| error.to_string())?}));
            }
            Request::Unrecord { file } => {
                let ended = desk.end_recordings(file.as_deref());
                if let (Some(file), []) = (&file, &ended[..]) {
                    return Err(format!("nothing is recorded to `{file}`"));
                }
                return Ok(json!({"recorded": ended}));
            }
            Request::Subscribe { to } => {
                for topic in to {
                    if !self.topics.contains(&topic) {
                        self.topics.push(topic);
                        self.forget(topic);
                    }
                }
            }
            Request::Unsubscribe { from } => self.topics.retain(|topic| !from.contains(topic)),
        }
        Ok(json!({}))
    }

    /// What an evaluation brought: what it printed, and what is wrong with it.
    fn evaluated(
        &self,
        outcome: Result<(), Arc<Diagnostics>>,
        name: &str,
        text: &str,
    ) -> Result<Json, String> {
        outcome.map_err(|diagnostics| diagnostics.render(name, text).trim_end().to_owned())?;
        let session = self.desk.session();
        let printed: Vec<&str> = session.console().iter().map(|l| l.text.as_str()).collect();
        Ok(json!({"printed": printed, "nodes": session.patch().nodes.len()}))
    }
}

fn reply(text: String, weight: u32) -> Reply {
    Reply {
        text,
        close: false,
        weight,
    }
}

fn failure(id: Option<&Id>, error: &str) -> String {
    match id {
        Some(id) => json!({"id": id, "ok": false, "error": error}).to_string(),
        None => json!({"ok": false, "error": error}).to_string(),
    }
}
