//! One client's conversation with a desk: lines in, lines out, no socket.
//!
//! Control threads only. Every answer is bounded by the size of the session; a line that cannot be understood gets an
//! error and changes nothing. A stranger gets one line to say the token and is then shown the door.

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
/// Between two events of status and of meters.
const STATUS_PERIOD: Duration = Duration::from_millis(100);
const METERS_PERIOD: Duration = Duration::from_millis(33);

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

    fn status(&self) -> Json {
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

    fn nodes(&self) -> Json {
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

    fn meters(&self) -> Json {
        let session = self.desk.session();
        let nodes = session.patch().nodes.iter();
        let nodes = nodes.map(|n| (n.name.clone(), json!(session.meter(&n.name))));
        json!({"peak": session.status().peak, "nodes": nodes.collect::<serde_json::Map<_, _>>()})
    }

    /// What can be typed in a score, for whoever completes words.
    fn names(&self) -> Json {
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
    fn forget(&mut self, topic: Topic) {
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

fn event(name: &str, body: Json) -> String {
    json!({"event": name, "of": body}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::io::offline::Renderer;

    const SCORE: &str = "def one():\n    return sine_osc(control(\"freq\", 220, 20, 2000)) * 0.1\n\no = node(\"one\", one)\n";

    fn talk() -> (Arc<Desk>, Conversation) {
        let desk = Desk::new(SCORE);
        let token = Arc::new(Token::new().unwrap());
        let mut talk = Conversation::new(Arc::clone(&desk), Arc::clone(&token));
        let hello = talk.line(json!({"token": token.text()}).to_string().as_bytes());
        assert!(
            !hello.close && hello.text.contains("\"protocol\":1"),
            "{hello:?}"
        );
        (desk, talk)
    }

    fn ask(talk: &mut Conversation, request: Json) -> Json {
        serde_json::from_str(&talk.line(request.to_string().as_bytes()).text).unwrap()
    }

    #[test]
    fn a_stranger_who_does_not_know_the_token_is_shown_the_door() {
        let desk = Desk::new(SCORE);
        let token = Arc::new(Token::new().unwrap());
        let mut almost = token.text().to_owned();
        almost.pop();
        for line in [
            "",
            "GET / HTTP/1.1",
            "{\"token\":\"\"}",
            "{\"do\":\"status\"}",
            &json!({"token": almost}).to_string(),
        ] {
            let mut talk = Conversation::new(Arc::clone(&desk), Arc::clone(&token));
            let reply = talk.line(line.as_bytes());
            assert!(reply.close && !talk.is_known(), "{line}");
            assert!(!reply.text.contains(token.text()));
        }
    }

    #[test]
    fn what_is_asked_is_answered_and_what_is_wrong_is_said() {
        let (desk, mut talk) = talk();
        assert_eq!(
            ask(&mut talk, json!({"id": 7, "do": "ping"})),
            json!({"id": 7, "ok": true})
        );
        let nodes = ask(&mut talk, json!({"do": "nodes"}));
        assert_eq!(nodes["nodes"][0]["name"], "one");
        assert_eq!(nodes["nodes"][0]["controls"][0]["name"], "freq");
        assert_eq!(
            ask(
                &mut talk,
                json!({"do": "set", "path": "one/gain", "value": 0.5})
            )["ok"],
            true
        );
        assert_eq!(desk.session().value("one", "gain"), Some(0.5));
        let refused = ask(
            &mut talk,
            json!({"id": "a", "do": "set", "path": "two/gain", "value": 0.5}),
        );
        assert_eq!(
            (&refused["ok"], &refused["id"]),
            (&json!(false), &json!("a"))
        );
        let wrong = ask(
            &mut talk,
            json!({"do": "run", "statement": "p = nod(\"p\", one)"}),
        );
        let error = wrong["error"].as_str().unwrap();
        assert!(
            error.contains("statement:5:5") && error.contains("^^^"),
            "{error}"
        );
        let ran = ask(
            &mut talk,
            json!({"do": "run", "statement": "print(3 + 4)\np = node(\"p\", one)"}),
        );
        assert_eq!((&ran["printed"], &ran["nodes"]), (&json!(["7"]), &json!(2)));
        assert_eq!(desk.draft(), desk.session().score());
        assert_eq!(
            ask(
                &mut talk,
                json!({"do": "evaluate", "score": "", "when": "bar"})
            )["nodes"],
            0
        );
        let status = ask(&mut talk, json!({"do": "status"}));
        assert_eq!(
            (&status["tempo"], &status["meter"]),
            (&json!(120.0), &json!("4/4"))
        );
        assert_eq!(
            ask(&mut talk, json!({"do": "tempo", "bpm": 0}))["ok"],
            false
        );
        assert!(
            ask(&mut talk, json!({"do": "fly"}))["error"]
                .as_str()
                .unwrap()
                .contains("fly")
        );
    }

    #[test]
    fn recordings_begin_and_end_on_request_within_their_folder() {
        let (desk, mut talk) = talk();
        let folder = std::env::temp_dir().join(format!("sorl-talk-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        talk.folder = folder.clone();
        let refused = ask(&mut talk, json!({"do": "record", "file": "a.wav"}));
        assert!(refused["error"].as_str().unwrap().contains("nothing plays"));
        let mut renderer = Renderer::new(&mut desk.session(), 48_000);
        for name in [
            "../a.wav",
            "/tmp/a.wav",
            "a.txt",
            "wav",
            "..",
            "x/../a.wav",
            "a\\b.wav",
        ] {
            let refused = ask(&mut talk, json!({"do": "record", "file": name}));
            assert!(
                refused["error"].as_str().unwrap().contains("not the name"),
                "{refused}"
            );
        }
        let begun = ask(
            &mut talk,
            json!({"do": "record", "file": "a.wav", "bits": "16"}),
        );
        assert_eq!(begun["file"], json!(folder.join("a.wav")));
        let node = json!({"do": "record", "file": "one.flac", "node": "one", "minutes": 1});
        assert_eq!(ask(&mut talk, node)["ok"], true);
        assert_eq!(
            ask(&mut talk, json!({"do": "record", "file": "a.wav"}))["ok"],
            false
        );
        let unknown = json!({"do": "record", "file": "two.wav", "node": "two"});
        assert!(
            ask(&mut talk, unknown)["error"]
                .as_str()
                .unwrap()
                .contains("`two`")
        );
        let running = ask(&mut talk, json!({"do": "status"}))["recordings"].clone();
        assert_eq!(
            (&running[0]["node"], &running[1]["node"]),
            (&json!(null), &json!("one"))
        );
        for _ in 0..10 {
            renderer.advance(&mut desk.session(), 100, &[]);
        }
        assert_eq!(
            ask(&mut talk, json!({"do": "unrecord", "file": "b.wav"}))["ok"],
            false
        );
        let ended = ask(&mut talk, json!({"do": "unrecord", "file": "one.flac"}));
        assert_eq!(ended["recorded"].as_array().map(Vec::len), Some(1));
        let ended = ask(&mut talk, json!({"do": "unrecord"}))["recorded"].clone();
        assert_eq!(
            (&ended[0]["frames"], &ended[0]["reason"]),
            (&json!(1000), &json!(null))
        );
        assert!(desk.recordings().is_empty());
        let there = ask(&mut talk, json!({"do": "record", "file": "a.wav"}));
        assert!(
            there["error"].as_str().unwrap().contains("there already"),
            "{there}"
        );
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["a.wav", "one.flac"]);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_subscriber_is_told_at_once_and_then_of_what_changes() {
        let (desk, mut talk) = talk();
        let at = Duration::from_millis;
        assert!(talk.events(at(0)).is_empty());
        ask(
            &mut talk,
            json!({"do": "subscribe", "to": ["status", "meters", "score", "score"]}),
        );
        assert_eq!(talk.events(at(0)).len(), 3);
        assert!(talk.events(at(1)).is_empty());
        assert_eq!(talk.events(at(40)).len(), 1, "meters alone");
        assert_eq!(talk.events(at(140)).len(), 2);
        desk.evaluate("tempo(99)\n").unwrap();
        let told = talk.events(at(141));
        assert!(told.len() == 1 && told[0].contains("tempo(99)"), "{told:?}");
        ask(
            &mut talk,
            json!({"do": "unsubscribe", "from": ["status", "meters", "score"]}),
        );
        assert!(!talk.is_subscribed());
    }

    /// Small changes of a sound message: a byte flipped, a part cut, doubled, or put elsewhere.
    fn mutate(seed: &mut u64, messages: &[String]) -> Vec<u8> {
        let mut dice = |n: usize| {
            *seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*seed >> 33) as usize % n.max(1)
        };
        let mut line = messages[dice(messages.len())].clone().into_bytes();
        for _ in 0..=dice(4) {
            let (a, b) = (dice(line.len()), dice(line.len()));
            let (a, b) = (a.min(b), a.max(b));
            match dice(6) {
                0 => line[a..=b]
                    .iter_mut()
                    .take(1)
                    .for_each(|x| *x ^= 1 << dice(8)),
                1 => drop(line.drain(a..b)),
                2 => {
                    let part = line[a..b].to_vec();
                    line.splice(a..a, part);
                }
                3 => line
                    .splice(a..a, messages[dice(messages.len())].bytes())
                    .for_each(drop),
                4 => line.insert(a, b"\"{}[],:\\\0\xff9e"[dice(12)]),
                _ => {
                    let nest = "[".repeat(dice(300));
                    line.splice(a..a, nest.into_bytes()).for_each(drop);
                }
            }
            line.truncate(4096);
            if line.is_empty() {
                line.push(b'{');
            }
        }
        line
    }

    #[test]
    fn damaged_messages_are_answered_and_the_sound_goes_on() {
        let count = std::env::var("SORL_MESSAGES")
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(5000);
        let (desk, mut talk) = talk();
        let mut renderer = Renderer::new(&mut desk.session(), 48_000);
        let messages: Vec<String> = [
            json!({"id": 1, "do": "evaluate", "score": SCORE, "when": "bar"}),
            json!({"id": "x", "do": "run", "statement": "o @ (\"freq\", sine(200, 400))"}),
            json!({"do": "set", "path": "one/freq", "value": 300.5}),
            json!({"do": "seek", "beat": 4.25}),
            json!({"do": "tempo", "bpm": 140}),
            json!({"do": "subscribe", "to": ["status", "meters", "score", "problems"]}),
            json!({"do": "unsubscribe", "from": ["meters"]}),
            json!({"do": "status"}),
            json!({"do": "nodes"}),
            json!({"do": "play"}),
        ]
        .iter()
        .map(Json::to_string)
        .collect();
        let mut seed = 1;
        let mut refused = 0;
        for i in 0..count {
            let line = mutate(&mut seed, &messages);
            let reply = talk.line(&line);
            let answer: Json = serde_json::from_str(&reply.text).expect("an answer is JSON");
            assert!(!reply.close && !reply.text.contains('\n'));
            refused += usize::from(answer["ok"] == false);
            for told in talk.events(Duration::from_millis(i)) {
                assert!(serde_json::from_str::<Json>(&told).is_ok());
            }
            let (left, right) = renderer.advance(&mut desk.session(), 64, &[]);
            assert!(left.iter().chain(right).all(|x| x.is_finite()));
        }
        assert!(refused > 0 && refused < count as usize);
        // After all of it the session does what it is asked.
        assert_eq!(
            ask(&mut talk, json!({"do": "evaluate", "score": SCORE}))["ok"],
            true
        );
        ask(&mut talk, json!({"do": "play"}));
        let heard = (0..200).any(|_| {
            renderer
                .advance(&mut desk.session(), 64, &[])
                .0
                .iter()
                .any(|x| x.abs() > 0.05)
        });
        assert!(heard);
    }
}
