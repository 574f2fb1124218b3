//! `sorl nodes`: what scores may call (signals, statements, patterns and their methods), and the unit generators that
//! a node can be.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;
use sorl_graph::score::{Kind, LibraryEntry, library};
use sorl_graph::ugen::{Description, Units};

use super::{NodesArgs, Outcome};

/// Lists the library of scores and the unit generators, for people or for programs.
pub fn run(args: &NodesArgs) -> Outcome {
    let (entries, units) = (library(), Units::standard());
    let text = if args.json {
        as_json(&entries, &units)?
    } else {
        as_lines(&entries, &units)
    };
    // Who reads only the first lines and goes (`| head`) has what they want.
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn as_json(entries: &[LibraryEntry], units: &Units) -> Result<String, serde_json::Error> {
    let entry = |e: &LibraryEntry| {
        let mut entry = json!({
            "kind": kind(e.kind).0, "name": e.name, "usage": e.usage, "parameters": e.parameters,
            "help": e.help,
        });
        if let Some(facts) = e.facts {
            entry["range"] = facts.range.into();
            entry["error"] = facts.error.into();
            entry["source"] = facts.source.into();
        }
        entry
    };
    let unit = |about: &Description| {
        let names = about.inputs.iter();
        let names: Vec<&String> = names
            .chain(about.controls.iter().map(|c| &c.name))
            .collect();
        json!({
            "kind": "unit", "name": about.name, "parameters": names, "help": about.help,
            "inputs": about.inputs, "outputs": about.outputs, "controls": about.controls,
        })
    };
    let units = units.all().map(|u| unit(u.describe()));
    let list: Vec<_> = entries.iter().map(entry).chain(units).collect();
    Ok(serde_json::to_string_pretty(&list)? + "\n")
}

/// What programs call a kind of entry, and what people read above its part of the list.
fn kind(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Signal => ("function", "Signals, inside of functions that are sounds"),
        Kind::Session => ("statement", "Statements of the session"),
        Kind::Pattern => ("pattern", "Patterns"),
        Kind::Method => ("method", "Methods of patterns"),
        Kind::Handle => ("handle", "What a node can be told"),
    }
}

fn as_lines(entries: &[LibraryEntry], units: &Units) -> String {
    let mut text = String::new();
    let mut last = None;
    for entry in entries {
        if last.replace(entry.kind) != Some(entry.kind) {
            text += &heading(kind(entry.kind).1);
        }
        text += &format!("{}\n    {}\n", entry.usage, entry.help);
        if let Some(facts) = entry.facts {
            let (range, error, source) = (facts.range, facts.error, facts.source);
            text += &format!("    range: {range}\n    error: {error}\n    source: {source}\n");
        }
    }
    text += &heading("Unit generators");
    let units = units.all().map(|u| unit_lines(u.describe()));
    text + &units.collect::<String>()
}

fn heading(text: &str) -> String {
    format!("\n{text}\n{}\n\n", "-".repeat(text.chars().count()))
}

/// A unit generator: how a node is made of it, what it does, what leads into it, and where its controls start and
/// how far they go.
fn unit_lines(about: &Description) -> String {
    let mut text = format!("node(…, {})\n    {}\n", about.name, about.help);
    if !about.inputs.is_empty() {
        text += &format!("    inputs: {}\n", about.inputs.join(", "));
    }
    let controls = about.controls.iter();
    let controls: Vec<String> = controls
        .map(|c| {
            if let Some(label) = c.label(c.init) {
                return format!("{}={label} ({})", c.name, c.labels.join(", "));
            }
            let unit = if c.unit.is_empty() { "" } else { " " };
            format!(
                "{}={} ({} to {}{unit}{})",
                c.name, c.init, c.lo, c.hi, c.unit
            )
        })
        .collect();
    for line in controls.chunks(4) {
        text += &format!("    {}\n", line.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_listed_for_people_and_for_programs() {
        let (entries, units) = (library(), Units::standard());
        let lines = as_lines(&entries, &units);
        assert!(
            lines.contains("lowpass(sig, freq, order)\n    lets through"),
            "{lines}"
        );
        let list: serde_json::Value =
            serde_json::from_str(&as_json(&entries, &units).unwrap()).unwrap();
        let saw = list
            .as_array()
            .and_then(|list| list.iter().find(|entry| entry["name"] == "saw"))
            .expect("a saw");
        assert_eq!(saw["parameters"], json!(["freq"]));
        assert!(
            saw["error"]
                .as_str()
                .is_some_and(|error| error.contains("dB"))
        );
        assert!(lines.contains("    source: 440 * 2^((note - 69)/12)\n"));
        assert!(lines.contains("\nMethods of patterns\n-------------------\n"));
        assert!(lines.contains("\n.fast(factor)\n    so many times faster"));
        let every = list
            .as_array()
            .and_then(|list| list.iter().find(|entry| entry["name"] == "every"))
            .expect("a method");
        assert_eq!(
            (&every["kind"], &every["usage"]),
            (&json!("method"), &json!(".every(n, function)"))
        );
        assert!(saw["help"].as_str().is_some_and(|help| help.contains("Hz")));
        assert!(
            lines.contains("node(…, limiter)\n    holds peaks"),
            "{lines}"
        );
        assert!(lines.contains("    inputs: inp, key\n    threshold=-18 (-60 to 0 dB), "));
        let hall = list
            .as_array()
            .and_then(|list| list.iter().find(|entry| entry["name"] == "hall"))
            .expect("a hall");
        assert_eq!(hall["controls"][0]["name"], "decay");
    }
}
