//! `sorl pattern`: the events of a string of mini-notation.

use std::process::ExitCode;

use serde_json::{Value as Json, json};
use sorl_graph::pattern::{Atom, Event, Program, Said, Value};
use sorl_graph::time::Ratio;

use super::{Outcome, PatternArgs};

/// Prints the events of some cycles, sorted by their parts. Exit status 1 if the string has an error.
pub fn run(args: &PatternArgs) -> Outcome {
    let pattern = match sorl_graph::score::mini(&args.mini) {
        Ok(pattern) => pattern,
        Err(diagnostics) => {
            eprintln!("{}", diagnostics.render("pattern", &args.mini).trim_end());
            return Ok(ExitCode::FAILURE);
        }
    };
    let program = Program::new(&pattern);
    let end = args.from + Ratio::whole(i64::from(args.cycles));
    let mut events = Vec::new();
    program.query(args.from, end, &mut |event| events.push(event));
    events.sort_by_key(|event| event.part);
    if args.json {
        let rows = events.iter().map(|event| row(&program, event)).collect();
        println!("{}", Json::Array(rows));
    } else {
        for event in &events {
            println!("{}", line(&program, event));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn span((begin, end): (Ratio, Ratio)) -> Json {
    json!([begin.to_string(), end.to_string()])
}

fn row(program: &Program, event: &Event) -> Json {
    json!({
        "whole": event.whole.map(span),
        "part": span(event.part),
        "value": value(program, event),
    })
}

/// `1/4 → 1/2  bd:3`, with the part where it is less than the whole.
fn line(program: &Program, event: &Event) -> String {
    let shown = |(begin, end): (Ratio, Ratio)| format!("{begin} → {end}");
    let value = match value(program, event) {
        Json::String(word) => word,
        Json::Array(parts) => {
            let parts = parts.iter().map(|part| match part {
                Json::String(word) => word.clone(),
                other => other.to_string(),
            });
            parts.collect::<Vec<_>>().join(":")
        }
        other => other.to_string(),
    };
    match event.whole {
        Some(whole) if whole != event.part => {
            format!("{}  {value}  (of {})", shown(event.part), shown(whole))
        }
        _ => format!("{}  {value}", shown(event.part)),
    }
}

/// A value as written: words and notes are strings, numbers numbers, `bd:3` is a list.
fn value(program: &Program, event: &Event) -> Json {
    let atom: &Atom = match event.value {
        Value::Number(x) => return number(x),
        Value::Atom(index) => &program.atoms()[index as usize],
    };
    let mut parts: Vec<Json> = atom
        .said
        .iter()
        .map(|said| match said {
            Said::Word(word) => json!(word),
            Said::Number(x) => number(*x),
        })
        .collect();
    match parts.len() {
        0 => atom.number.map_or(Json::Null, number),
        1 => parts.remove(0),
        _ => Json::Array(parts),
    }
}

/// A whole number without a point.
fn number(x: f64) -> Json {
    if x.fract() == 0.0 && x.abs() < 1e15 {
        json!(x as i64)
    } else {
        json!(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_and_lines_say_whole_part_and_value() {
        let program = Program::new(&sorl_graph::score::mini("bd:3 7/2 a2 -0.5").unwrap());
        let mut events = Vec::new();
        program.query(Ratio::ZERO, Ratio::ONE, &mut |event| events.push(event));
        let rows: Vec<Json> = events.iter().map(|event| row(&program, event)).collect();
        assert_eq!(
            Json::Array(rows),
            json!([
                {"whole": ["0/1", "1/4"], "part": ["0/1", "1/4"], "value": ["bd", 3]},
                {"whole": ["1/4", "3/4"], "part": ["1/4", "1/2"], "value": 7},
                {"whole": ["1/2", "3/4"], "part": ["1/2", "3/4"], "value": "a2"},
                {"whole": ["3/4", "1/1"], "part": ["3/4", "1/1"], "value": -0.5},
            ])
        );
        assert_eq!(line(&program, &events[0]), "0/1 → 1/4  bd:3");
        assert_eq!(line(&program, &events[1]), "1/4 → 1/2  7  (of 1/4 → 3/4)");
    }
}
