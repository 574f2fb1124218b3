//! What macOS wants of a bundle besides the library.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::bundler_config::BundlerConfig;
use crate::{Result, process};

/// Writes the bundle's description and signs it for this machine.
pub fn finish(bundle: &Path, config: &BundlerConfig) -> Result {
    let contents = bundle.join("Contents");
    let write = |name: &str, text: &str| {
        let path = contents.join(name);
        fs::write(&path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    write("PkgInfo", "BNDL????")?;
    write("Info.plist", &info(config, env!("CARGO_PKG_VERSION")))?;

    // Apple's processors run nothing unsigned. A signature of this machine's own is enough here;
    // a host that wants more says so itself.
    let mut sign = Command::new("codesign");
    sign.args(["--force", "--sign", "-"]).arg(bundle);
    if let Err(message) = process::run(&mut sign) {
        eprintln!("warning: {message} Hosts may refuse the unsigned plugin.");
    }
    Ok(())
}

fn info(config: &BundlerConfig, version: &str) -> String {
    let BundlerConfig { name, identifier } = config;
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>CFBundleExecutable</key><string>{name}</string>
  <key>CFBundleIdentifier</key><string>{identifier}</string>
  <key>CFBundleName</key><string>{name}</string>
  <key>CFBundlePackageType</key><string>BNDL</string>
  <key>CFBundleShortVersionString</key><string>{version}</string>
  <key>CFBundleSignature</key><string>????</string>
  <key>CFBundleVersion</key><string>{version}</string>
  <key>NSHighResolutionCapable</key><true/>
</dict>
</plist>
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_description_names_library_and_version() {
        let config = BundlerConfig {
            name: "Sorl".into(),
            identifier: "a.b".into(),
        };
        let text = info(&config, "1.2.3");
        assert!(text.contains("<key>CFBundleExecutable</key><string>Sorl</string>"));
        assert!(text.contains("<key>CFBundleIdentifier</key><string>a.b</string>"));
        assert!(text.contains("<key>CFBundleVersion</key><string>1.2.3</string>"));
    }
}
