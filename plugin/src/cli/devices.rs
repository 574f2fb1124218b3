//! `sorl devices`: back ends, their devices, and the MIDI ports.

use std::process::ExitCode;

use serde_json::json;
use sorl_graph::io::midi::ports::MidiPorts;
use sorl_graph::io::{BackendDevices, devices};

use super::{DevicesArgs, Outcome};

/// Lists what there is to play on and to hear, for people or for programs.
pub fn run(args: &DevicesArgs) -> Outcome {
    let (all, [hear, play]) = (devices(), MidiPorts::names());
    if args.json {
        let backends: Vec<_> = all
            .iter()
            .map(|b| json!({"backend": b.backend, "problem": b.state.as_ref().err(), "devices": b.devices}))
            .collect();
        let list = json!({"backends": backends, "midi": {"in": hear, "out": play}});
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(ExitCode::SUCCESS);
    }
    print!("{}", lines(&all));
    for (names, way) in [(hear, "in"), (play, "out")] {
        println!(
            "MIDI {way}:{}",
            if names.is_empty() { " no ports" } else { "" }
        );
        names.iter().for_each(|name| println!("    {name}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(all: &[BackendDevices]) -> String {
    let mut text = String::new();
    for backend in all {
        text += &format!("--backend {}", backend.backend);
        match &backend.state {
            Ok(()) => text.push('\n'),
            Err(why) => text += &format!(": {why}\n"),
        }
        for device in &backend.devices {
            text += &format!(
                "    {}: {} in, {} out",
                device.name, device.inputs, device.outputs
            );
            let span = |(lo, hi): (u32, u32)| match lo == hi {
                true => lo.to_string(),
                false => format!("{lo} to {hi}"),
            };
            if let Some(rates) = device.rates {
                text += &format!(", {} Hz", span(rates));
            }
            if let Some(blocks) = device.blocks {
                text += &format!(", blocks of {}", span(blocks));
            }
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::io::Device;

    #[test]
    fn devices_are_told_with_what_they_can() {
        let all = [
            BackendDevices {
                backend: "jack",
                state: Err("no server is running".to_owned()),
                devices: Vec::new(),
            },
            BackendDevices {
                backend: "alsa",
                state: Ok(()),
                devices: vec![Device {
                    name: "hw:0".to_owned(),
                    inputs: 2,
                    outputs: 8,
                    rates: Some((44_100, 192_000)),
                    blocks: Some((64, 64)),
                }],
            },
        ];
        assert_eq!(
            lines(&all),
            "--backend jack: no server is running\n--backend alsa\n    hw:0: 2 in, 8 out, 44100 to 192000 Hz, blocks of 64\n"
        );
    }
}
