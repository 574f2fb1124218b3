//! Presets: the factory's scores, which are part of this library, and the user's, which are files.
//!
//! Control threads only; the factory's presets need no file and no allocation until they are asked for. A preset is
//! a score and nothing else: its first three lines of comment are its name, what it is, and `tags: one, two`.

mod factory;
mod shelf;
pub mod vst3;

use sorl_graph::score::Diagnostics;

pub use shelf::{Shelf, ShelfError};

/// The category of presets that sound goes through.
const EFFECTS: &str = "effects";
/// What a command line and a host's key begin with to mean a preset rather than a file.
pub const SCHEME: &str = "preset:";

/// A score with what a person wants to know before hearing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// `category/file`, the same for ever: projects and hosts refer to it.
    pub id: String,
    /// Its folder: `bass`, `leads`, `pads`, `keys`, `drums`, `sequences`, `effects`, or the user's own word.
    pub category: String,
    /// What it is called.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// Words to look for.
    pub tags: Vec<String>,
    /// The score, these comments included.
    pub text: String,
}

impl Preset {
    /// Reads what the comments at the top of a score say. One without them is called by its file's name.
    pub fn read(id: &str, text: &str) -> Preset {
        let (category, file) = id.rsplit_once('/').unwrap_or(("", id));
        let mut head = text
            .lines()
            .map_while(|line| Some(line.strip_prefix('#')?.trim()))
            .filter(|line| !line.is_empty())
            .peekable();
        let is_tags = |line: &&str| line.starts_with("tags:");
        let name = head.next_if(|line| !is_tags(line)).unwrap_or(file);
        let description = head.next_if(|line| !is_tags(line)).unwrap_or_default();
        let tags = head.find(is_tags).unwrap_or_default();
        let tags = tags.trim_start_matches("tags:").split(',').map(str::trim);
        Preset {
            id: id.to_owned(),
            category: category.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            tags: tags
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
            text: text.to_owned(),
        }
    }

    /// Whether sound goes through it (for *Sorl FX*), or it is played.
    pub fn is_effect(&self) -> bool {
        self.category == EFFECTS
            || self.text.lines().any(|line| {
                let code = line.split('#').next().unwrap_or_default();
                code.contains("input()")
            })
    }

    /// What is wrong with its score, if anything.
    ///
    /// # Errors
    /// [`Diagnostics`] as the evaluator gives them.
    pub fn check(&self) -> Result<(), Diagnostics> {
        sorl_graph::score::evaluate(&self.text).map(drop)
    }
}

/// The factory's presets, by category.
pub fn factory() -> impl Iterator<Item = Preset> {
    factory::SCORES
        .iter()
        .map(|(id, text)| Preset::read(id, text))
}

/// A preset by its id, with or without `preset:` before it: one of the factory's, or else one of the user's.
pub fn find(id: &str) -> Option<Preset> {
    let id = id.strip_prefix(SCHEME).unwrap_or(id);
    let made = factory::SCORES.iter().find(|(known, _)| *known == id);
    match made {
        Some((id, text)) => Some(Preset::read(id, text)),
        None => Shelf::user()?.load(id).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_score_in_the_folder_is_a_factory_preset_and_says_what_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("presets");
        let mut files = BTreeSet::new();
        for folder in fs::read_dir(&root).unwrap().flatten() {
            for file in fs::read_dir(folder.path()).unwrap().flatten() {
                let file = file.path();
                let id = file.strip_prefix(&root).unwrap().with_extension("");
                files.insert(id.to_string_lossy().replace('\\', "/"));
            }
        }
        let known: BTreeSet<String> = factory().map(|preset| preset.id).collect();
        assert_eq!(known, files);
        assert_eq!(known.len(), factory().count());
        assert!(known.len() >= 24);
        for preset in factory() {
            let head = format!("# {}\n# {}\n# tags: ", preset.name, preset.description);
            assert!(preset.text.starts_with(&head), "{}", preset.id);
            assert!(preset.description.ends_with('.') && preset.tags.len() >= 2);
            assert_eq!(
                preset.is_effect(),
                preset.category == EFFECTS,
                "{}",
                preset.id
            );
            assert_eq!(
                find(&format!("preset:{}", preset.id)).as_ref(),
                Some(&preset)
            );
        }
        let names: BTreeSet<String> = factory().map(|preset| preset.name).collect();
        assert_eq!(names.len(), known.len(), "two presets bear one name");
    }

    #[test]
    fn a_score_without_comments_is_called_by_its_file() {
        let plain = Preset::read("mine/loud one", "tempo(120)\n# not a head\n");
        assert_eq!(
            (&*plain.name, &*plain.category, &*plain.description),
            ("loud one", "mine", "")
        );
        assert!(plain.tags.is_empty() && !plain.is_effect());
        let tagged = Preset::read("x", "#Name\n#\n# tags: a , b\n# more\ni = input()\n");
        assert_eq!((&*tagged.name, &*tagged.description), ("Name", ""));
        assert_eq!(tagged.tags, ["a", "b"]);
        assert!(tagged.is_effect());
        assert!(find("no/such").is_none());
    }
}
