//! `sorl nodes`: what signals are made of.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;
use sorl_graph::score::{LibraryEntry, signal_functions};

use super::{NodesArgs, Outcome};

/// Lists the library of signal functions, for people or for programs.
pub fn run(args: &NodesArgs) -> Outcome {
    let entries = signal_functions();
    let text = if args.json {
        as_json(&entries)?
    } else {
        as_lines(&entries)
    };
    // Who reads only the first lines and goes (`| head`) has what they want.
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn as_json(entries: &[LibraryEntry]) -> Result<String, serde_json::Error> {
    let entry =
        |e: &LibraryEntry| json!({"name": e.name, "parameters": e.parameters, "help": e.help});
    let list: Vec<_> = entries.iter().map(entry).collect();
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

fn as_lines(entries: &[LibraryEntry]) -> String {
    entries
        .iter()
        .map(|e| format!("{}\n    {}\n", e.usage, e.help))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_listed_for_people_and_for_programs() {
        let entries = signal_functions();
        let lines = as_lines(&entries);
        assert!(
            lines.contains("lowpass(sig, freq)\n    lets through"),
            "{lines}"
        );
        let list: serde_json::Value = serde_json::from_str(&as_json(&entries).unwrap()).unwrap();
        let saw = list
            .as_array()
            .and_then(|list| list.iter().find(|entry| entry["name"] == "saw"))
            .expect("a saw");
        assert_eq!(saw["parameters"], json!(["freq"]));
        assert!(saw["help"].as_str().is_some_and(|help| help.contains("Hz")));
    }
}
