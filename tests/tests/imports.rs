//! The import rule of `ARCHITECTURE.md`, held against every `crate::…` path.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Module → what it may import, from the table under "The import rule".
fn rule() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = text
        .split("## The import rule")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let rows = table
        .lines()
        .filter(|l| l.starts_with("| ") && !l.contains("may import"));
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let module = cells.next().unwrap().to_owned();
        let imports = cells
            .next()
            .unwrap()
            .split(',')
            .map(|m| m.trim().to_owned());
        (module, imports.filter(|m| !m.is_empty()).collect())
    })
    .collect()
}

fn rust_files(at: &Path) -> Vec<PathBuf> {
    if at.is_file() {
        return vec![at.to_owned()];
    }
    let entries = fs::read_dir(at).unwrap().map(|e| e.unwrap().path());
    entries
        .filter(|p| p.is_dir() || p.extension().is_some_and(|e| e == "rs"))
        .flat_map(|p| rust_files(&p))
        .collect()
}

/// The program part of a file: without comments and without its tests.
fn program(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let text = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap()
        .to_owned();
    text.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first segments after every `prefix`, groups in braces included.
fn imports(text: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(prefix) {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + prefix.len()..];
        let name = |s: &str| {
            s.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect::<String>()
        };
        match rest.strip_prefix('{') {
            // `crate::{a::B, c}`: the names at depth one.
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (i, c) in group.char_indices() {
                    match c {
                        '}' if depth == 0 => break,
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && !c.is_whitespace() => {
                            found.insert(name(&group[i..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            // A macro belongs to the crate, not to a module.
            None if rest[name(rest).len()..].starts_with('!') => {}
            None => drop(found.insert(name(rest))),
        }
    }
    found
}

#[test]
fn every_module_imports_only_what_its_row_allows() {
    let rule = rule();
    assert!(rule.len() > 10, "the table was not found: {rule:?}");
    let src = root().join("graph/src");
    let mut seen = BTreeSet::new();
    for entry in fs::read_dir(&src).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if module == "lib" {
            continue;
        }
        let allowed = rule
            .get(&module)
            .unwrap_or_else(|| panic!("`{module}` has no row in ARCHITECTURE.md"));
        for file in rust_files(&path) {
            for import in imports(&program(&file), "crate::") {
                assert!(
                    import == module || allowed.contains(&import),
                    "{} imports `{import}`, which the row of `{module}` does not allow",
                    file.display()
                );
            }
        }
        seen.insert(module);
    }
    assert_eq!(seen, rule.into_keys().collect(), "modules and rows");
}

#[test]
fn the_editor_knows_no_engine() {
    let src = root().join("plugin/src");
    let mut files = rust_files(&src.join("editor"));
    files.push(src.join("editor.rs"));
    for file in files {
        let found = imports(&program(&file), "sorl_graph::");
        for hidden in [
            "engine", "Engine", "Block", "rt", "plan", "message", "compile",
        ] {
            assert!(
                !found.contains(hidden),
                "{} imports `{hidden}`",
                file.display()
            );
        }
    }
}

#[test]
fn groups_and_nested_paths_are_read() {
    let text = "use crate::{a::{B, c}, d};\nlet x = crate::e::F; use mycrate::no;";
    assert_eq!(
        imports(text, "crate::").into_iter().collect::<Vec<_>>(),
        ["a", "d", "e"]
    );
}
