//! The saved state: one self-contained, versioned document, and how it is read.
//!
//! Control threads only. Reading is strict about what it understands and says why it refuses; the
//! values of the host's parameters are saved by the host's format beside it.

use std::collections::BTreeMap;

use nice_plug::plugin::PluginState;
use serde::Deserialize;
use serde_json::Value;
use sorl_graph::session::State;
use thiserror::Error;

use crate::sounds::SavedSound;

/// The version this program writes.
pub const VERSION: u32 = 2;

/// The field of a host's saved state that holds the document.
const FIELD: &str = "document";

/// Everything of an instance that outlives it, apart from the host's parameters.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Document {
    /// Which shape the document has; see [`VERSION`].
    pub version: u32,
    /// The score that sounds.
    pub score: String,
    /// Text in the score pane that was not evaluated, or refused; absent if it is the score.
    #[serde(default)]
    pub draft: Option<String>,
    /// Where the nodes stand on the canvas, by name, in points.
    #[serde(default)]
    pub positions: BTreeMap<String, [f32; 2]>,
    /// What hands, acts and macros have left beside the score.
    #[serde(default)]
    pub session: State,
    /// The sound files that the score uses; since version 2.
    #[serde(default)]
    pub sounds: Vec<SavedSound>,
}

/// Why a saved state was refused.
#[derive(Debug, Error)]
pub enum StateError {
    /// A later version of Sorl wrote it.
    #[error(
        "The saved state was written by a newer Sorl (format {found}, this one reads up to \
         {VERSION}); update Sorl to load it. What sounded before goes on."
    )]
    Newer {
        /// The version that the document claims.
        found: u64,
    },
    /// It has no version, and so was not written by Sorl.
    #[error("The saved state is not a document of Sorl; what sounded before goes on.")]
    Foreign,
    /// It is damaged.
    #[error("The saved state is damaged ({0}); what sounded before goes on.")]
    Damaged(#[from] serde_json::Error),
}

impl Document {
    /// A document of the present version. The draft is kept only where it differs from the score.
    pub fn new(score: &str, draft: &str, positions: &BTreeMap<String, [f32; 2]>) -> Document {
        Document {
            version: VERSION,
            score: score.to_owned(),
            draft: (draft != score).then(|| draft.to_owned()),
            positions: positions.clone(),
            session: State::default(),
            sounds: Vec::new(),
        }
    }

    /// Reads a document of this or an earlier version from JSON text.
    pub fn from_json(text: &str) -> Result<Document, StateError> {
        Document::from_value(serde_json::from_str(text)?)
    }

    /// Reads a document of this or an earlier version. The version is looked at first: a newer
    /// document may have any other shape.
    pub fn from_value(value: Value) -> Result<Document, StateError> {
        match value.get("version").and_then(Value::as_u64) {
            None => Err(StateError::Foreign),
            Some(found) if found > u64::from(VERSION) => Err(StateError::Newer { found }),
            Some(found) => Ok(serde_json::from_value(migrated(value, found))?),
        }
    }

    /// The document as JSON. A position that is no number, which a desk does not take, is left out.
    pub fn to_value(&self) -> Value {
        let mut document = serde_json::Map::new();
        document.insert("version".to_owned(), self.version.into());
        document.insert("score".to_owned(), self.score.clone().into());
        if let Some(draft) = &self.draft {
            document.insert("draft".to_owned(), draft.clone().into());
        }
        let positions = self
            .positions
            .iter()
            .filter(|(_, at)| at.iter().all(|x| x.is_finite()));
        let positions = positions.map(|(name, at)| (name.clone(), Value::from(at.to_vec())));
        document.insert("positions".to_owned(), Value::Object(positions.collect()));
        if self.session != State::default()
            && let Ok(session) = serde_json::to_value(&self.session)
        {
            document.insert("session".to_owned(), session);
        }
        if !self.sounds.is_empty()
            && let Ok(sounds) = serde_json::to_value(&self.sounds)
        {
            document.insert("sounds".to_owned(), sounds);
        }
        Value::Object(document)
    }

    /// The document as JSON text.
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }
}

/// A document of an earlier version in the shape of this one, step by step.
fn migrated(mut document: Value, found: u64) -> Value {
    if found < 2
        && let Some(fields) = document.as_object_mut()
    {
        // Version 1 took no sounds along: what is called so there is none of ours.
        fields.remove("sounds");
        fields.insert("version".to_owned(), 2.into());
    }
    document
}

/// Prepares a host's saved state for reading: a document that is missing or no JSON at all still
/// reaches the reader, which then says so; and where the document will be refused, the parameters
/// are left as they are too, so that the sound stays what it was.
pub fn filter(state: &mut PluginState) {
    let text = state
        .fields
        .entry(FIELD.to_owned())
        .or_insert_with(|| Value::Null.to_string());
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
    *text = value.to_string();
    if Document::from_value(value).is_err() {
        state.params.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nice_plug::plugin::ParamValue;

    fn document() -> Document {
        let positions = [("bass".to_owned(), [12.5, -0.1])].into();
        Document::new("tempo(128)\n", "tempo(12", &positions)
    }

    fn state(document: Option<&str>) -> PluginState {
        let fields = document.map(|text| (FIELD.to_owned(), text.to_owned()));
        PluginState {
            version: String::new(),
            params: [("gain".to_owned(), ParamValue::F32(0.5))].into(),
            fields: fields.into_iter().collect(),
        }
    }

    #[test]
    fn a_document_reads_back_equal() {
        let document = document();
        assert_eq!(
            Document::from_json(&document.to_json()).expect("it was just written"),
            document
        );
        let plain = Document::new("a", "a", &BTreeMap::new());
        assert_eq!(
            plain.to_json(),
            r#"{"positions":{},"score":"a","version":2}"#
        );
        assert_eq!(
            Document::from_json(&plain.to_json()).expect("it was just written"),
            plain
        );
    }

    #[test]
    fn a_newer_document_is_refused_whatever_its_shape() {
        let error = Document::from_json(r#"{"version":3,"scores":[]}"#).expect_err("it is newer");
        assert!(matches!(error, StateError::Newer { found: 3 }));
        assert!(error.to_string().contains("update Sorl"), "{error}");
    }

    #[test]
    fn a_document_of_version_1_becomes_one_of_this_version() {
        let text = r#"{"version":1,"score":"a","positions":{"b":[1,2]},"sounds":"no list"}"#;
        let document = Document::from_json(text).expect("version 1 loads");
        assert_eq!(document.version, VERSION);
        assert!(document.sounds.is_empty() && document.positions.len() == 1);
    }

    #[test]
    fn damage_and_foreign_states_are_told_apart() {
        let error = |text| Document::from_json(text).expect_err("it cannot be read");
        assert!(matches!(error("{\"version\":1"), StateError::Damaged(_)));
        assert!(matches!(error("{\"version\":1}"), StateError::Damaged(_)));
        assert!(matches!(error("{\"preset\":3}"), StateError::Foreign));
        assert!(matches!(error("null"), StateError::Foreign));
    }

    #[test]
    fn a_readable_state_passes_the_filter_untouched() {
        let text = document().to_json();
        let mut state = state(Some(&text));
        filter(&mut state);
        assert_eq!(state.fields[FIELD], text);
        assert_eq!(state.params.len(), 1);
    }

    #[test]
    fn a_state_that_will_be_refused_changes_no_parameter_and_reaches_the_reader() {
        for document in [None, Some("}{ not json"), Some(r#"{"version":99}"#)] {
            let mut state = state(document);
            filter(&mut state);
            assert!(state.params.is_empty(), "{document:?}");
            let value =
                serde_json::from_str(&state.fields[FIELD]).expect("the filter made it JSON");
            assert!(Document::from_value(value).is_err(), "{document:?}");
        }
    }
}
