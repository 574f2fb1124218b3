//! The factory's presets, as they lie in `plugin/presets`: their ids and their scores.
//!
//! An id is never changed and none is removed: hosts keep them in projects and favourites.

/// Writes the table: a file is named once.
macro_rules! scores {
    ($($id:literal)*) => {
        &[$(($id, include_str!(concat!("../../presets/", $id, ".sorl"))),)*]
    };
}

/// Ids and scores, by category.
pub const SCORES: &[(&str, &str)] = scores! {
    "bass/acid"
    "bass/deep-sub"
    "bass/fm-bass"
    "bass/pluck"
    "bass/reese"
    "leads/bright-sync"
    "leads/folded-sine"
    "leads/glide-square"
    "leads/saw-stack"
    "pads/choir"
    "pads/drift"
    "pads/glass"
    "pads/warm"
    "keys/bells"
    "keys/electric-piano"
    "keys/marimba"
    "keys/organ"
    "keys/steel-string"
    "drums/broken-beat"
    "drums/electro-kit"
    "drums/house"
    "sequences/arpeggiator"
    "sequences/berlin"
    "sequences/clockwork"
    "sequences/dub-chords"
    "sequences/garden"
    "effects/frozen"
    "effects/great-hall"
    "effects/lo-fi"
    "effects/pump"
    "effects/slow-sweep"
    "effects/tape-echo"
    "effects/warm-drive"
    "effects/wide-chorus"
};
