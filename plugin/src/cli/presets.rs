//! `sorl presets`: the factory's presets and the user's.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::json;
use sorl_plugin::presets::{self, Preset, Shelf};

use super::{Outcome, PresetsArgs};

/// Lists presets for people or for programs.
pub fn run(args: &PresetsArgs) -> Outcome {
    if let Some(folder) = &args.vst3 {
        let written = presets::vst3::write_all(folder)
            .map_err(|error| format!("cannot write presets to {}: {error}", folder.display()))?;
        println!("{}: {written} presets", folder.display());
        return Ok(ExitCode::SUCCESS);
    }
    let made: Vec<Preset> = presets::factory().collect();
    let own = Shelf::user().map(|shelf| shelf.list()).unwrap_or_default();
    let text = if args.json {
        let entry = |preset: &Preset, user: bool| {
            json!({
                "id": preset.id, "category": preset.category, "name": preset.name,
                "description": preset.description, "tags": preset.tags,
                "effect": preset.is_effect(), "user": user,
            })
        };
        let made = made.iter().map(|preset| entry(preset, false));
        let list: Vec<_> = made
            .chain(own.iter().map(|preset| entry(preset, true)))
            .collect();
        serde_json::to_string_pretty(&list)? + "\n"
    } else {
        made.iter().chain(&own).map(line).collect()
    };
    // Who reads only the first lines and goes (`| head`) has what they want.
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// `preset:bass/acid              A squelching line machine: …`
fn line(preset: &Preset) -> String {
    let id = format!("{}{}", presets::SCHEME, preset.id);
    let what = if preset.description.is_empty() {
        &preset.name
    } else {
        &preset.description
    };
    format!("{id:32}  {what}\n")
}
