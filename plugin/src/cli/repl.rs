//! `sorl repl`: statements typed into a running `sorl`.
//!
//! A line that opens a bracket or a block goes on until it is closed (a block: with an empty line). Lines that begin
//! with `:` ask for something else than a statement.

use std::borrow::Cow;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Editor, Helper};
use serde_json::{Value as Json, json};
use sorl_plugin::remote::{Client, ClientError, Place};

use super::remote::{connect, in_words, recorded};
use super::{Outcome, RemoteArgs};

const HELP: &str = "\
A statement is put into the score that plays: a definition takes the place of the one of its name.
:status  :nodes  :meters  :score     what plays
:play  :stop  :rewind  :seek BEAT    the transport
:tempo BPM                           rules over the score's; alone it gives the score its say back
:set PATH VALUE                      turns a control: :set bass/cutoff 900
:load FILE                           evaluates a whole score
:export FILE                         writes what plays as a score: with what hands and fades have left
:record FILE [NODE]                  records what is heard, or a node, where sorl was started
:unrecord [FILE]                     ends all recordings, or one
:help  :quit
";

/// Reads, sends, prints, until the end of the input. Exit status 1 if input that is not typed had an error.
pub fn run(args: &RemoteArgs) -> Outcome {
    let (mut client, place) = connect(args)?;
    let mut editor: Editor<Words, FileHistory> = Editor::new()?;
    let names = client.ask(&json!({"do": "names"}))?;
    editor.set_helper(Some(Words::new(&names)));
    let history = history();
    if let Some(path) = &history {
        // None yet, the first time.
        let _ = editor.load_history(path);
    }
    eprintln!(
        "connected to sorl at {}; :help says what can be said",
        place.address
    );
    let mut status = ExitCode::SUCCESS;
    loop {
        let line = match editor.readline("sorl> ") {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        };
        if line.trim().is_empty() {
            continue;
        }
        let _ = editor.add_history_entry(line.trim_end());
        if matches!(line.trim(), ":quit" | ":q" | ":exit") {
            break;
        }
        match say(&mut client, &place, line.trim_end()) {
            Ok(text) => print!("{text}"),
            Err(error) => {
                eprintln!("{error}");
                status = ExitCode::FAILURE;
            }
        }
        if let (Some(words), Ok(names)) = (editor.helper_mut(), client.ask(&json!({"do": "names"})))
        {
            *words = Words::new(&names);
        }
    }
    if let Some(path) = &history {
        if let Some(folder) = path.parent() {
            let _ = fs::create_dir_all(folder);
        }
        // What cannot be kept is no reason to fail.
        let _ = editor.save_history(path);
    }
    Ok(status)
}

/// The file of what was typed before.
fn history() -> Option<PathBuf> {
    sorl_plugin::folders::library().map(|folder| folder.join("history.txt"))
}

/// Says a line, on a new connection if the old one has ended.
fn say(client: &mut Client, place: &Place, line: &str) -> Result<String, Box<dyn Error>> {
    let request = request(line)?;
    let Some(request) = request else {
        return Ok(HELP.to_owned());
    };
    let answer = match client.ask(&request) {
        Err(ClientError::Gone(_)) => {
            *client = Client::connect(place)?;
            client.ask(&request)?
        }
        other => other?,
    };
    if request["do"] == "export" {
        return exported(line, &answer);
    }
    Ok(shown(&request, &answer))
}

/// Writes what was exported to the file that the line names, or shows it.
fn exported(line: &str, answer: &Json) -> Result<String, Box<dyn Error>> {
    let path = line.trim().trim_start_matches(":export").trim();
    let score = answer["score"].as_str().unwrap_or_default();
    if path.is_empty() {
        return Ok(format!("{}\n", score.trim_end()));
    }
    fs::write(path, score).map_err(|error| format!("cannot write {path}: {error}"))?;
    Ok(String::new())
}

/// The request that a line means; none for a call for help.
fn request(line: &str) -> Result<Option<Json>, Box<dyn Error>> {
    let Some(command) = line.trim_start().strip_prefix(':') else {
        return Ok(Some(json!({"do": "run", "statement": line})));
    };
    let words: Vec<&str> = command.split_whitespace().collect();
    let number = |word: &str| {
        word.parse::<f64>()
            .map_err(|_| format!("`{word}` is not a number"))
    };
    Ok(Some(match words[..] {
        ["help" | "h" | "?"] | [] => return Ok(None),
        [word @ ("status" | "nodes" | "meters" | "score" | "play" | "stop" | "rewind")] => {
            json!({"do": word})
        }
        ["seek", beat] => json!({"do": "seek", "beat": number(beat)?}),
        ["tempo"] => json!({"do": "tempo", "bpm": null}),
        ["tempo", bpm] => json!({"do": "tempo", "bpm": number(bpm)?}),
        ["set", path, value] => json!({"do": "set", "path": path, "value": number(value)?}),
        ["record", file] => json!({"do": "record", "file": file}),
        ["record", file, node] => json!({"do": "record", "file": file, "node": node}),
        ["unrecord"] => json!({"do": "unrecord"}),
        ["unrecord", file] => json!({"do": "unrecord", "file": file}),
        ["load", ..] => {
            let path = command.trim_start().trim_start_matches("load").trim();
            let score =
                fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
            json!({"do": "evaluate", "score": score})
        }
        ["export", ..] => json!({"do": "export"}),
        [word, ..] => {
            return Err(format!("there is no `:{word}`; :help lists what there is").into());
        }
    }))
}

/// An answer for people.
fn shown(request: &Json, answer: &Json) -> String {
    let rows = |list: &Json| list.as_array().cloned().unwrap_or_default();
    match request["do"].as_str().unwrap_or_default() {
        "run" | "evaluate" => rows(&answer["printed"])
            .iter()
            .map(|line| format!("{}\n", line.as_str().unwrap_or_default()))
            .collect(),
        "status" => in_words(answer, ""),
        "score" => format!(
            "{}\n",
            answer["score"].as_str().unwrap_or_default().trim_end()
        ),
        "record" => format!(
            "recording {}\n",
            answer["file"].as_str().unwrap_or_default()
        ),
        "unrecord" => rows(&answer["recorded"]).iter().map(recorded).collect(),
        "nodes" => rows(&answer["nodes"])
            .iter()
            .map(|node| {
                let controls = rows(&node["controls"]);
                let controls: Vec<String> = controls
                    .iter()
                    .map(|c| format!("{}={}", c["name"].as_str().unwrap_or_default(), c["value"]))
                    .collect();
                format!(
                    "{}: {}\n",
                    node["name"].as_str().unwrap_or_default(),
                    controls.join(" ")
                )
            })
            .collect(),
        "meters" => answer["nodes"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, peak)| format!("{name}: {} {}\n", peak[0], peak[1]))
            .collect(),
        _ => String::new(),
    }
}

/// What helps while typing.
struct Words {
    names: Vec<String>,
}

impl Words {
    fn new(answer: &Json) -> Words {
        let names = answer["names"].as_array().into_iter().flatten();
        Words {
            names: names
                .filter_map(|name| Some(name.as_str()?.to_owned()))
                .collect(),
        }
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(complete(&self.names, line, at))
    }
}

/// Where the word before `at` begins, and the names that begin with it.
fn complete(names: &[String], line: &str, at: usize) -> (usize, Vec<String>) {
    let before = &line[..at];
    let begin = before
        .rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '/'))
        .map_or(0, |i| {
            i + before[i..].chars().next().map_or(1, char::len_utf8)
        });
    let word = &before[begin..];
    let found = names
        .iter()
        .filter(|name| !word.is_empty() && name.starts_with(word));
    (begin, found.cloned().collect())
}

impl Helper for Words {}

impl Highlighter for Words {}

impl Hinter for Words {
    type Hint = String;
}

impl Validator for Words {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if is_open(context.input()) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

/// Whether more lines must follow: an open bracket, or a block that no empty line has ended.
fn is_open(text: &str) -> bool {
    if text.trim_start().starts_with(':') {
        return false;
    }
    let mut depth = 0i64;
    let mut quote: Option<char> = None;
    let mut block = false;
    for line in text.lines() {
        let mut comment = false;
        let mut escaped = false;
        for c in line.chars() {
            match (quote, c) {
                _ if comment => {}
                (Some(_), '\\') if !escaped => {
                    escaped = true;
                    continue;
                }
                (Some(q), c) if c == q && !escaped => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '#') => comment = true,
                (None, '(' | '[' | '{') => depth += 1,
                (None, ')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            escaped = false;
        }
        // A string ends with its line; that it is open is for the score's own words to say.
        quote = None;
        let code: Cow<'_, str> = match line.split_once('#') {
            Some((code, _)) if comment => code.into(),
            _ => line.into(),
        };
        block |= depth <= 0 && code.trim_end().ends_with(':');
    }
    let last = text.lines().last().unwrap_or_default();
    depth > 0 || (block && !(last.trim().is_empty() || text.ends_with('\n')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_blocks_go_on_until_they_are_closed() {
        for open in [
            "node(",
            "x = [1,\n2",
            "def f():",
            "def f():\n    return 1",
            "with batch():  # all",
        ] {
            assert!(is_open(open), "{open:?}");
        }
        for whole in [
            "tempo(120)",
            "s(\"bd (\")",
            "x = 1 # (",
            "def f():\n    return 1\n",
            ":set a(",
            "a)",
            "print(\"a\\\"(\")",
        ] {
            assert!(!is_open(whole), "{whole:?}");
        }
    }

    #[test]
    fn words_are_completed_from_where_they_begin() {
        let names = ["saw", "saw2", "sine", "bass/cutoff"].map(str::to_owned);
        assert_eq!(
            complete(&names, "x = sa", 6),
            (4, vec!["saw".to_owned(), "saw2".to_owned()])
        );
        assert_eq!(
            complete(&names, "set(\"bass/c", 11),
            (5, vec!["bass/cutoff".to_owned()])
        );
        assert_eq!(complete(&names, "é ", 3).1, Vec::<String>::new());
    }

    #[test]
    fn commands_are_requests_and_the_rest_are_statements() {
        let asked = |line: &str| request(line).unwrap().unwrap();
        assert_eq!(
            asked("tempo(99)"),
            json!({"do": "run", "statement": "tempo(99)"})
        );
        assert_eq!(
            asked(":set a/b 0.5"),
            json!({"do": "set", "path": "a/b", "value": 0.5})
        );
        assert_eq!(asked(":tempo"), json!({"do": "tempo", "bpm": null}));
        assert!(request(":help").unwrap().is_none());
        assert!(request(":dance").is_err() && request(":seek soon").is_err());
        assert!(request(":load /nowhere/at.all").is_err());
    }
}
