//! Conversations without a socket: strangers, requests, recordings, subscribers, and messages that are damaged.

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
