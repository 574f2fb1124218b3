//! How the window looks, remembered from one opening to the next: its size, scale and theme, the size of the score's
//! text, and which rooms are shown. Never part of a score or of a host's project.
//!
//! Control threads only. A small file in the user's folder of settings; several windows share it, and what was changed
//! last counts. Without a file, or with one that cannot be read, everything is as on the first day.

use std::fs;
use std::path::{Path, PathBuf};

use egui::ThemePreference;
use serde::{Deserialize, Serialize};

/// The sizes that everything can have, in parts of what the system or the host says.
pub const SCALES: std::ops::RangeInclusive<f32> = 0.75..=2.5;
/// The sizes that the score's text can have, in points.
pub const SCORE_SIZES: std::ops::RangeInclusive<f32> = 9.0..=28.0;
/// The size of a window when nothing else is known, in the system's points.
pub const SIZE: [f32; 2] = [1180.0, 760.0];
/// The smallest window at which everything can be reached, in the system's points.
pub const MIN_SIZE: [f32; 2] = [640.0, 420.0];
/// A larger window is a mistake.
const MAX_SIZE: f32 = 16_384.0;

/// How the window looks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// The size of the window in the system's points, whatever the scale.
    pub size: [f32; 2],
    /// How large everything is, in parts of what the system or the host says.
    pub scale: f32,
    /// Dark, light, or as the system is.
    pub theme: Look,
    /// The size of the score's text, in points.
    pub score_size: f32,
    /// Which rooms are shown.
    pub rooms: Rooms,
}

/// Dark, light, or as the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// As on stages and in studios.
    Dark,
    /// For daylight.
    Light,
    /// As the system is.
    #[default]
    System,
}

impl Look {
    /// The same for egui.
    pub fn preference(self) -> ThemePreference {
        match self {
            Look::Dark => ThemePreference::Dark,
            Look::Light => ThemePreference::Light,
            Look::System => ThemePreference::System,
        }
    }
}

/// Which rooms of the editor are shown; the canvas always is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rooms {
    /// What can become a node, left.
    pub library: bool,
    /// What is selected, right.
    pub inspector: bool,
    /// The text.
    pub score: bool,
    /// The lanes.
    pub timeline: bool,
}

impl Default for Rooms {
    fn default() -> Rooms {
        Rooms {
            library: true,
            inspector: true,
            score: true,
            timeline: true,
        }
    }
}

impl Default for Preferences {
    fn default() -> Preferences {
        Preferences {
            size: SIZE,
            scale: 1.0,
            theme: Look::default(),
            score_size: 12.5,
            rooms: Rooms::default(),
        }
    }
}

impl Preferences {
    /// What a folder of settings remembers; what makes no sense is as on the first day.
    pub fn read(folder: Option<&Path>) -> Preferences {
        let text = folder.and_then(|folder| fs::read_to_string(file(folder)).ok());
        let read = text.and_then(|text| serde_json::from_str::<Preferences>(&text).ok());
        read.unwrap_or_default().within_bounds()
    }

    /// Keeps them in a folder of settings. Without room on the disk nothing is kept: there are worse things.
    pub fn write(&self, folder: &Path) {
        if let Ok(json) = serde_json::to_string_pretty(self)
            && fs::create_dir_all(folder).is_ok()
        {
            let _ = crate::project::write(&file(folder), json.as_bytes());
        }
    }

    fn within_bounds(mut self) -> Preferences {
        let first = Preferences::default();
        for (i, size) in self.size.iter_mut().enumerate() {
            let fits = (MIN_SIZE[i]..=MAX_SIZE).contains(size);
            *size = if fits { *size } else { first.size[i] };
        }
        // A number that is none is in no range.
        let kept = |value: f32, range: std::ops::RangeInclusive<f32>, other| {
            if range.contains(&value) { value } else { other }
        };
        self.scale = kept(self.scale, SCALES, first.scale);
        self.score_size = kept(self.score_size, SCORE_SIZES, first.score_size);
        self
    }
}

fn file(folder: &Path) -> PathBuf {
    folder.join("window.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_again_and_nonsense_is_not() {
        let folder = std::env::temp_dir().join(format!("sorl-preferences-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        assert_eq!(Preferences::read(None), Preferences::default());
        assert_eq!(Preferences::read(Some(&folder)), Preferences::default());
        let mut kept = Preferences {
            size: [900.0, 600.0],
            scale: 1.5,
            theme: Look::Light,
            ..Preferences::default()
        };
        kept.rooms.library = false;
        kept.write(&folder);
        assert_eq!(Preferences::read(Some(&folder)), kept);

        let said = r#"{"size":[10,600],"scale":40,"score_size":14,"theme":"light","more":1}"#;
        fs::write(file(&folder), said).expect("a file");
        let read = Preferences::read(Some(&folder));
        assert_eq!(read.size, [SIZE[0], 600.0]);
        assert_eq!((read.scale, read.score_size), (1.0, 14.0));
        assert_eq!(read.theme, Look::Light);
        fs::write(file(&folder), "{").expect("a file");
        assert_eq!(Preferences::read(Some(&folder)), Preferences::default());
        fs::remove_dir_all(&folder).expect("our own folder");
    }
}
