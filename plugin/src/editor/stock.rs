//! Everything that can become a node: the score's own functions, unit generators, and ready-made
//! functions whose text goes into the score with the first node of them.
//!
//! Plain data. Presets are scores; what is taken from one is its functions.

use std::path::Path;
use std::sync::Arc;

use sorl_graph::score::{Cancel, evaluate_with};
use sorl_graph::ugen::Units;

use crate::presets::{self, Preset, Shelf};

/// Ready-made functions, each under a line `# group / name / help`.
const READY: &str = include_str!("../../scores/library.sorl");

/// The group of the score's own functions.
const OWN: &str = "Functions here";

/// How a node is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    /// A function that the score has, or a unit generator, by name.
    Named(String),
    /// A function of this name and text, which the score may have to get first.
    Define(String, String),
}

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Under which heading it stands.
    pub group: String,
    /// What a node of it is called.
    pub name: String,
    /// What it is, in a line.
    pub help: String,
    /// How it is made.
    pub make: Make,
    /// Whether it has an audio input.
    pub has_input: bool,
    /// The preset that it is from: a node of it has the voices and values that this says.
    pub preset: Option<Arc<str>>,
}

/// What is said of a new node beside its sound.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    /// How many voices it has.
    pub voices: Option<u16>,
    /// The values of its controls.
    pub values: Vec<(String, f32)>,
}

impl Entry {
    /// What its preset says of the first node with its sound; nothing for what is from no preset, and where the score
    /// has another function of that name.
    pub fn said(&self, score: &str, units: &Units) -> Said {
        let (Some(preset), Make::Define(function, text)) = (&self.preset, &self.make) else {
            return Said::default();
        };
        let own = definition(score, function);
        if own.is_some_and(|own| definition(text, function) != Some(own)) {
            return Said::default();
        }
        let Ok(patch) = evaluate_with(preset, units, &Cancel::new()).patch else {
            return Said::default();
        };
        let mut nodes = patch.nodes.into_iter();
        let Some(node) = nodes.find(|node| node.label == *function) else {
            return Said::default();
        };
        Said {
            voices: Some(node.count),
            values: node.values.into_iter().collect(),
        }
    }
}

/// All that does not hang on the score: ready-made functions, unit generators, the functions of presets.
pub(crate) fn fixed(units: &Units, presets: Option<&Path>) -> Vec<Entry> {
    let mut entries = ready(READY);
    let units = units.all().map(|unit| unit.describe());
    entries.extend(units.map(|about| Entry {
        group: "Units".to_owned(),
        name: about.name.clone(),
        help: about.help.clone(),
        make: Make::Named(about.name.clone()),
        has_input: !about.inputs.is_empty(),
        preset: None,
    }));
    let mine = presets.map(|folder| Shelf::at(folder).list());
    for preset in mine.into_iter().flatten().chain(presets::factory()) {
        entries.extend(of_preset(&preset));
    }
    entries
}

/// The functions of a preset, each as a node of its own.
fn of_preset(preset: &Preset) -> impl Iterator<Item = Entry> {
    let group = format!("Presets: {}", preset.category);
    let help = match preset.description.is_empty() {
        true => preset.name.clone(),
        false => format!("{}: {}", preset.name, preset.description),
    };
    let all = definitions(&preset.text);
    let text: Arc<str> = preset.text.as_str().into();
    let used = |name: &str| {
        let ends = [format!("\", {name},"), format!("\", {name})")];
        ends.iter().any(|end| preset.text.contains(end))
    };
    let nodes: Vec<Entry> = all
        .iter()
        .filter(|(name, ..)| used(name))
        .map(|(name, has_input, _)| Entry {
            group: group.clone(),
            help: help.clone(),
            make: Make::Define(name.clone(), with_helpers(&all, name)),
            has_input: *has_input,
            name: name.clone(),
            preset: Some(Arc::clone(&text)),
        })
        .collect();
    nodes.into_iter()
}

/// The text of a function, after those of the functions that it calls.
fn with_helpers(all: &[(String, bool, String)], name: &str) -> String {
    let mut wanted: Vec<&str> = vec![name];
    let mut at = 0;
    while let Some(name) = wanted.get(at).copied() {
        at += 1;
        let Some((.., text)) = all.iter().find(|other| other.0 == name) else {
            continue;
        };
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let called = words.filter(|word| all.iter().any(|other| other.0 == **word));
        for word in called {
            if !wanted.contains(&word) {
                wanted.push(word);
            }
        }
    }
    let texts = all
        .iter()
        .filter(|(name, ..)| wanted.contains(&name.as_str()));
    texts
        .map(|(.., text)| text.as_str())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The functions that a score defines at its top level, to make further nodes of.
pub(crate) fn own(score: &str) -> Vec<Entry> {
    let found = definitions(score).into_iter();
    found
        .map(|(name, has_input, _)| Entry {
            group: OWN.to_owned(),
            help: match has_input {
                true => "an effect of this score".to_owned(),
                false => "a sound of this score".to_owned(),
            },
            make: Make::Named(name.clone()),
            has_input,
            name,
            preset: None,
        })
        .collect()
}

/// The text of a function that a score defines at its top level.
pub(crate) fn definition(score: &str, name: &str) -> Option<String> {
    let mut found = definitions(score).into_iter();
    found.find(|own| own.0 == name).map(|own| own.2)
}

/// The entries whose name begins with, contains, or whose help contains what was typed, in this
/// order; all of them if nothing was.
pub(crate) fn search<'a>(entries: &'a [Entry], typed: &str) -> Vec<&'a Entry> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return entries.iter().collect();
    }
    let rank = |entry: &Entry| {
        let name = entry.name.to_lowercase();
        if name.starts_with(&typed) {
            Some(0)
        } else if name.contains(&typed) {
            Some(1)
        } else if is_within(&typed, &name) {
            Some(2)
        } else {
            let rest = format!("{} {}", entry.group, entry.help).to_lowercase();
            rest.contains(&typed).then_some(3)
        }
    };
    let ranked = entries
        .iter()
        .filter_map(|entry| Some((rank(entry)?, entry)));
    let mut found: Vec<(i32, &Entry)> = ranked.collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, entry)| entry).collect()
}

/// Whether the letters stand in a word in their order: `hpf` does not in `highpass`, `hps` does.
fn is_within(letters: &str, word: &str) -> bool {
    let mut rest = word.chars();
    letters.chars().all(|letter| rest.any(|c| c == letter))
}

fn ready(text: &str) -> Vec<Entry> {
    let blocks = text.split("\n\n").filter_map(|block| {
        let (head, text) = block.trim().split_once('\n')?;
        let mut words = head.trim_start_matches('#').split('/').map(str::trim);
        let (group, name, help) = (words.next()?, words.next()?, words.next()?);
        let (function, has_input, text) = definitions(text).pop()?;
        Some(Entry {
            group: group.to_owned(),
            name: name.to_owned(),
            help: help.to_owned(),
            make: Make::Define(function, text),
            has_input,
            preset: None,
        })
    });
    blocks.collect()
}

/// The top-level functions of a text: name, whether it takes a signal, text.
pub(crate) fn definitions(text: &str) -> Vec<(String, bool, String)> {
    let mut found: Vec<(String, bool, String)> = Vec::new();
    let mut inside = false;
    let mut module = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("def ")
            && let Some((name, rest)) = rest.split_once('(')
        {
            inside = !module;
            if inside {
                let inputs = !rest.trim_start().starts_with(')');
                found.push((name.trim().to_owned(), inputs, format!("{line}\n")));
            }
        } else if line.starts_with([' ', '\t']) || line.trim().is_empty() {
            if let Some((.., text)) = found.last_mut().filter(|_| inside) {
                text.push_str(line);
                text.push('\n');
            }
        } else {
            inside = false;
        }
        // A module is not a node.
        module = line.starts_with("@graph") || line.starts_with("@module");
    }
    for (.., text) in &mut found {
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::score::evaluate;

    #[test]
    fn every_ready_made_function_is_a_good_node() {
        let entries = ready(READY);
        assert!(entries.len() > 20, "{}", entries.len());
        for entry in &entries {
            let Make::Define(name, text) = &entry.make else {
                panic!("{} has no text", entry.name);
            };
            let patch = evaluate(&format!("{text}\nnode(\"x\", {name})\n"))
                .unwrap_or_else(|why| panic!("{}: {why}", entry.name));
            assert_eq!(patch.nodes[0].inputs().is_empty(), !entry.has_input);
            assert!(!entry.help.is_empty());
        }
    }

    #[test]
    fn what_is_from_a_preset_has_the_voices_and_values_it_has_there() {
        let text = "# A pad\ndef soft():\n    return saw(control(\"freq\", 110, 20, 2000)) * control(\"gate\", 0, 0, 1) * control(\"depth\", 0.5, 0, 1)\n\np = node(\"lead\", soft, count=6, gain=0.4)\np[\"depth\"] = 0.25\n";
        let preset = Preset::read("mine/pad", text);
        let entry = of_preset(&preset).next().expect("its function");
        let said = |score: &str| entry.said(score, &Units::standard());
        let there = Said {
            voices: Some(6),
            values: vec![("depth".to_owned(), 0.25), ("gain".to_owned(), 0.4)],
        };
        assert_eq!(said(""), there);
        let function = definition(text, "soft").expect("it is there");
        assert_eq!(said(&function), there, "it is there already");
        let other = said("def soft():\n    return saw(110)\n");
        assert_eq!(other, Said::default(), "another of that name is not it");
    }

    #[test]
    fn a_few_letters_find_it_and_the_best_comes_first() {
        let entries = fixed(&Units::standard(), None);
        let names = |typed: &str| -> Vec<String> {
            let found = search(&entries, typed);
            found.iter().map(|e| e.name.clone()).collect()
        };
        assert_eq!(names("low")[0], "lowpass");
        assert_eq!(names("ldr")[0], "ladder");
        assert!(names("room").contains(&"reverb".to_owned()), "by its help");
        assert!(names("zzz").is_empty());
        assert_eq!(names("").len(), entries.len());
        assert!(entries.iter().any(|e| e.name == "limiter" && e.has_input));
    }

    #[test]
    fn the_scores_own_functions_are_found_and_modules_are_not() {
        let score = "def one():\n    x = 1\n\n    return saw(x)\n\n@graph\ndef both():\n    pass\n\ndef two(inp): return inp\na = 1\n";
        let own = own(score);
        let found: Vec<(&str, bool)> = own.iter().map(|e| (&*e.name, e.has_input)).collect();
        assert_eq!(found, [("one", false), ("two", true)]);
        let text = &definitions(score)[0].2;
        assert_eq!(text, "def one():\n    x = 1\n\n    return saw(x)\n");
    }
}
