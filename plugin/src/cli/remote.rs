//! Finding a running `sorl`, listening for others as one, and `sorl status`.

use std::error::Error;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use sorl_plugin::desk::Desk;
use sorl_plugin::remote::{Client, ClientError, Limits, Place, Server, is_loopback};

use super::{Outcome, RemoteArgs, StatusArgs};

/// Listens for `sorl repl` and `sorl status`, and says where. That nobody can be let in is told and no reason not to
/// play.
pub fn listen(desk: &Arc<Desk>, address: &str, score: &str) -> Option<Server> {
    if address == "off" {
        return None;
    }
    let started = Server::start(desk, address, Limits::default()).and_then(|mut server| {
        if let Some(folder) = Place::folder() {
            server.publish(&folder, score)?;
        }
        Ok(server)
    });
    match started {
        Ok(server) => {
            let far = if is_loopback(&server.address().to_string()) {
                ""
            } else {
                ", open to the network and not encrypted"
            };
            eprintln!("remote: `sorl repl` on {}{far}", server.address());
            Some(server)
        }
        Err(error) => {
            eprintln!("remote: {error}");
            None
        }
    }
}

/// Connects to the `sorl` that was named, or to the one that was started last.
pub fn connect(args: &RemoteArgs) -> Result<(Client, Place), Box<dyn Error>> {
    let folder = Place::folder();
    let Some(address) = &args.address else {
        return Ok(Client::find(&folder.ok_or(ClientError::Nobody)?)?);
    };
    let token = match &args.token_file {
        Some(path) => {
            let text = fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            // Either the file that sorl writes, or the bare token.
            let file = serde_json::from_str::<Json>(&text).ok();
            let token = file.and_then(|file| Some(file["token"].as_str()?.to_owned()));
            token.unwrap_or_else(|| text.trim().to_owned())
        }
        None => {
            let known = folder.map(|folder| Place::all(&folder)).unwrap_or_default();
            let known = known
                .into_iter()
                .find(|(_, place)| place.address == *address);
            let (_, place) = known.ok_or_else(|| {
                format!(
                    "no token is known for {address}; copy the file that the other sorl keeps in its runtime folder, \
                     and name it with --token-file"
                )
            })?;
            place.token
        }
    };
    let place = Place {
        address: address.clone(),
        token,
        score: String::new(),
    };
    Ok((Client::connect(&place)?, place))
}

/// `sorl status`: what a running `sorl` does, in a few lines.
pub fn status(args: &StatusArgs) -> Outcome {
    let (mut client, place) = connect(&args.remote)?;
    let status = client.ask(&json!({"do": "status"}))?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&status)?);
    } else {
        print!("{}", in_words(&status, &place.score));
    }
    Ok(ExitCode::SUCCESS)
}

/// The status for people.
pub fn in_words(status: &Json, score: &str) -> String {
    let number = |field: &str| status[field].as_f64().unwrap_or_default();
    let db = |peak: &Json| match peak.as_f64().unwrap_or_default() {
        x if x > 0.0 => format!("{:.1} dB", 20.0 * x.log10()),
        _ => "silent".to_owned(),
    };
    let mut text = String::new();
    if !score.is_empty() {
        text += &format!("score: {score}, {} nodes\n", status["nodes"]);
    }
    let plays = if status["playing"] == true {
        "plays"
    } else {
        "stands still"
    };
    text += &format!(
        "song: {plays} at bar {:.2}, {:.2} bpm, {}\n",
        number("bar") + 1.0,
        number("tempo"),
        status["meter"].as_str().unwrap_or_default(),
    );
    let sound = &status["sound"];
    if !sound.is_null() {
        let rate = sound["rate"].as_f64().unwrap_or_default().max(1.0);
        text += &format!(
            "audio: {} back end, {rate:.0} Hz, block {}, {} xruns",
            sound["backend"].as_str().unwrap_or_default(),
            sound["block"],
            sound["xruns"],
        );
        if let Some(frames) = sound["round_trip"].as_f64() {
            text += &format!(", round trip {:.1} ms", frames / rate * 1000.0);
        }
        if let Some(drift) = sound["drift"].as_f64() {
            text += &format!(", input {drift:+.0} ppm");
        }
        if let Some(reason) = sound["reason"].as_str() {
            text += &format!(" ({reason})");
        }
        text.push('\n');
    }
    text += &format!(
        "load: {:.1} %, peak {} {}\n",
        number("load") * 100.0,
        db(&status["peak"][0]),
        db(&status["peak"][1]),
    );
    for take in status["recordings"].as_array().into_iter().flatten() {
        text += &format!(
            "recording: {}{}, {:.1} s\n",
            take["node"]
                .as_str()
                .map_or(String::new(), |node| format!("{node} to ")),
            take["file"].as_str().unwrap_or_default(),
            take["seconds"].as_f64().unwrap_or_default(),
        );
    }
    for problem in status["problems"].as_array().into_iter().flatten() {
        text += &format!("problem: {}\n", problem.as_str().unwrap_or_default());
    }
    text
}

/// A recording that has ended, for people.
pub fn recorded(take: &Json) -> String {
    let reason = take["reason"].as_str().map(|reason| format!(" ({reason})"));
    let lost = match take["lost"].as_u64() {
        None | Some(0) => String::new(),
        Some(lost) => format!(", {lost} lost because the disk was slow"),
    };
    format!(
        "{}: {} frames{lost}{}\n",
        take["file"].as_str().unwrap_or_default(),
        take["frames"],
        reason.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_in_a_few_lines() {
        let status = json!({
            "playing": true, "bar": 3.5, "tempo": 128.0, "meter": "4/4", "load": 0.034, "nodes": 2,
            "peak": [0.5, 0.0], "problems": ["node `x` is silent"],
            "recordings": [{"file": "a.flac", "node": "bass", "seconds": 2.0}],
            "sound": {"backend": "JACK", "device": "", "rate": 48000, "block": 256, "xruns": 3, "round_trip": 768,
                      "reason": null},
        });
        assert_eq!(
            in_words(&status, "beat.sorl"),
            "score: beat.sorl, 2 nodes\n\
             song: plays at bar 4.50, 128.00 bpm, 4/4\n\
             audio: JACK back end, 48000 Hz, block 256, 3 xruns, round trip 16.0 ms\n\
             load: 3.4 %, peak -6.0 dB silent\n\
             recording: bass to a.flac, 2.0 s\n\
             problem: node `x` is silent\n"
        );
    }
}
