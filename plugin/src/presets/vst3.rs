//! Presets as files that VST3 hosts list: `.vstpreset`.
//!
//! The layout is Steinberg's "VST 3 Preset Format": a head with the class, chunks, and a list of the chunks. What the
//! plugin saves of itself is the chunk `Comp`; `Info` tells the host's browser what the preset is.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

use super::Preset;
use crate::state::Document;
use crate::{Effect, Instrument, Kind};

/// Writes the factory's presets as hosts look for them in their folders of presets: `Sorl/PLUGIN/CATEGORY/NAME.vstpreset`.
/// Says how many.
///
/// # Errors
/// What the system says.
pub fn write_all(folder: &Path) -> io::Result<usize> {
    let mut written = 0;
    for preset in super::factory() {
        let plugin = if preset.is_effect() {
            Effect::NAME
        } else {
            Instrument::NAME
        };
        let place = folder.join("Sorl").join(plugin).join(&preset.category);
        fs::create_dir_all(&place)?;
        fs::write(
            place.join(format!("{}.vstpreset", preset.name)),
            file(&preset),
        )?;
        written += 1;
    }
    Ok(written)
}

/// The whole file.
pub fn file(preset: &Preset) -> Vec<u8> {
    let (class, kind) = if preset.is_effect() {
        (Effect::VST3_ID, "Fx")
    } else {
        (Instrument::VST3_ID, "Instrument|Synth")
    };
    chunks(&class, &component(preset), info(preset, kind).as_bytes())
}

/// The state of an instance that holds the preset, in the framework's form. Parameters stay as they are.
fn component(preset: &Preset) -> Vec<u8> {
    let document = Document::new(&preset.text, &preset.text, &Default::default()).to_json();
    let state = json!({
        "version": env!("CARGO_PKG_VERSION"), "params": {}, "fields": { "document": document },
    });
    state.to_string().into_bytes()
}

fn info(preset: &Preset, kind: &str) -> String {
    let attribute = |id: &str, value: &str| {
        let value = escaped(value);
        format!("  <Attribute id=\"{id}\" value=\"{value}\" type=\"string\" flags=\"\"/>\n")
    };
    let name = if preset.is_effect() {
        Effect::NAME
    } else {
        Instrument::NAME
    };
    let attributes = [
        ("MediaType", "VstPreset"),
        ("PlugInName", name),
        ("PlugInCategory", kind),
        ("PlugInVendor", "Sorl"),
        ("Name", &preset.name),
        ("Comment", &preset.description),
        ("MusicalCategory", &preset.category),
    ];
    let lines: String = attributes
        .iter()
        .map(|(id, value)| attribute(id, value))
        .collect();
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MetaInfo>\n{lines}</MetaInfo>\n")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn chunks(class: &[u8; 16], component: &[u8], info: &[u8]) -> Vec<u8> {
    const HEAD: usize = 48;
    let id: String = class.iter().map(|byte| format!("{byte:02X}")).collect();
    let list = HEAD + component.len() + info.len();
    let mut file = b"VST3".to_vec();
    file.extend(1i32.to_le_bytes());
    file.extend(id.as_bytes());
    file.extend((list as i64).to_le_bytes());
    file.extend(component);
    file.extend(info);
    file.extend(b"List");
    file.extend(2i32.to_le_bytes());
    for (name, at, length) in [
        (b"Comp", HEAD, component.len()),
        (b"Info", HEAD + component.len(), info.len()),
    ] {
        file.extend(name);
        file.extend((at as i64).to_le_bytes());
        file.extend((length as i64).to_le_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_file_lists_its_chunks_and_holds_the_score() {
        let preset = crate::presets::find("effects/tape-echo").unwrap();
        let file = file(&preset);
        let number = |at: usize| i64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize;
        assert_eq!(&file[..4], b"VST3");
        assert_eq!(&file[8..40], b"536F726C456666656374465830303031");
        let list = number(40);
        assert_eq!(&file[list..list + 8], b"List\x02\0\0\0");
        assert_eq!(&file[list + 8..list + 12], b"Comp");
        let (at, length) = (number(list + 12), number(list + 20));
        let state: serde_json::Value = serde_json::from_slice(&file[at..at + length]).unwrap();
        let document = state["fields"]["document"].as_str().unwrap();
        assert_eq!(Document::from_json(document).unwrap().score, preset.text);
        let (at, length) = (number(list + 32), number(list + 40));
        let info = String::from_utf8(file[at..at + length].to_vec()).unwrap();
        assert!(info.contains("value=\"Tape Echo\"") && info.ends_with("</MetaInfo>\n"));
        assert_eq!(at + length, list);
        assert_eq!(escaped("a<b>&\"c\""), "a&lt;b&gt;&amp;&quot;c&quot;");
    }
}
