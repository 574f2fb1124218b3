//! `sorl nodes`: what signals are made of, and the unit generators that a node can be.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;
use sorl_graph::score::{LibraryEntry, signal_functions};
use sorl_graph::ugen::{Description, Units};

use super::{NodesArgs, Outcome};

/// Lists the library of signal functions and unit generators, for people or for programs.
pub fn run(args: &NodesArgs) -> Outcome {
    let (entries, units) = (signal_functions(), Units::standard());
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
    let entry = |e: &LibraryEntry| json!({"kind": "function", "name": e.name, "parameters": e.parameters, "help": e.help});
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

fn as_lines(entries: &[LibraryEntry], units: &Units) -> String {
    let functions = entries.iter();
    let functions = functions.map(|e| format!("{}\n    {}\n", e.usage, e.help));
    let units = units.all().map(|u| unit_lines(u.describe()));
    functions.chain(units).collect()
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
        let (entries, units) = (signal_functions(), Units::standard());
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
