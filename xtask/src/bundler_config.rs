//! `bundler.toml`: how the bundles are called.

use crate::Result;

/// The settings of the plugin library.
#[derive(Debug, PartialEq, Eq)]
pub struct BundlerConfig {
    /// The bundles' name, which file managers show.
    pub name: String,
    /// The bundles' identifier, which macOS keeps them apart by.
    pub identifier: String,
}

impl BundlerConfig {
    /// Reads the file's text, which is one table of strings.
    pub fn read(text: &str) -> Result<BundlerConfig> {
        let value = |key: &str| {
            text.lines()
                .filter_map(|line| line.split_once('='))
                .find(|(name, _)| name.trim() == key)
                .and_then(|(_, value)| value.trim().strip_prefix('"')?.strip_suffix('"'))
                .map(str::to_owned)
                .ok_or_else(|| format!("bundler.toml has no line `{key} = \"…\"`."))
        };
        Ok(BundlerConfig {
            name: value("name")?,
            identifier: value("identifier")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_this_workspace_names_sorl() {
        let config = BundlerConfig::read(include_str!("../../bundler.toml")).unwrap();
        assert_eq!(config.name, "Sorl");
        assert!(config.identifier.contains('.'));
    }

    #[test]
    fn a_missing_line_is_named() {
        let message = BundlerConfig::read("[sorl_plugin]\nname = \"Sorl\"\n").unwrap_err();
        assert!(message.contains("identifier"));
    }
}
