//! Every score in the documents is evaluated and heard.

use sorl_graph::io::offline::{Length, Options, render_to_memory};
use std::fs;
use std::path::Path;

/// The text of every code block of a language in a document.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join(document)).unwrap();
    let open = format!("```{language}\n");
    let parts = text.split(&open).skip(1);
    parts
        .map(|p| p.split("```").next().unwrap().to_owned())
        .collect()
}

/// Evaluates every score of a document and listens to two bars of it.
fn hear(document: &str) {
    let scores = blocks(document, "python");
    assert!(!scores.is_empty());
    for score in scores {
        let options = Options {
            length: Length::Bars(2),
            ..Options::default()
        };
        let [left, right] =
            render_to_memory(&score, &options).unwrap_or_else(|e| panic!("{e}\n{score}"));
        assert!(
            left.iter().chain(&right).any(|x| x.abs() > 0.01),
            "silent:\n{score}"
        );
        assert!(
            left.iter().chain(&right).all(|x| x.abs() <= 1.0),
            "beyond full scale:\n{score}"
        );
    }
}

#[test]
fn the_scores_of_the_readme_sound() {
    hear("README.md");
}

#[test]
fn the_scores_about_daws_sound() {
    hear("docs/daw.md");
}

#[test]
fn the_scores_of_the_manual_sound() {
    hear("docs/manual.md");
}

#[test]
fn the_functions_that_the_readme_names_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("README.md")).unwrap();
    let list = text
        .split("Functions that make signals:")
        .nth(1)
        .unwrap()
        .split("The language is")
        .next()
        .unwrap();
    let mut words = 0;
    for quoted in list.split('`').skip(1).step_by(2) {
        for word in quoted
            .split_whitespace()
            .filter(|w| w.starts_with(char::is_alphabetic))
        {
            // A call without arguments may fail, but never for the name.
            if let Err(error) =
                sorl_graph::score::evaluate(&format!("def f():\n    {word}()\n{word}\n"))
            {
                panic!("{word}: {error}");
            }
            words += 1;
        }
    }
    assert!(words > 30, "{words}");
}

/// What stands in backquotes in the first column of a document's tables, from a line of it on.
fn in_tables(document: &str, from: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join(document)).unwrap();
    let text = &text[text.find(from).unwrap()..];
    // A bar of the code is written `\\|` there.
    let rows = text.lines().filter_map(|line| {
        let row = line.strip_prefix("| ")?.replace("\\|", "\u{0}");
        Some(row.split_once(" |")?.0.replace('\u{0}', "|"))
    });
    let codes = |row: String| -> Vec<String> {
        row.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect()
    };
    rows.flat_map(codes).collect()
}

#[test]
fn the_mini_notation_of_the_readme_is_well() {
    let codes = in_tables("README.md", "| written | heard |");
    assert!(codes.len() > 25, "{}", codes.len());
    for code in codes {
        if let Err(why) = sorl_graph::score::mini(&code) {
            panic!("{}", why.render("README.md", &code));
        }
    }
}

#[test]
fn every_example_in_the_tables_about_patterns_is_well() {
    const BEFORE: &str = "f = lambda x: x.rev()\ng = add(7)\nmelody = note(\"c4 e4\")\na = note(\"c4\")\nb = note(\"e4\")\nc = rest()\n";
    const BASES: [&str; 5] = [
        "note(\"c4 e4 g4\")",
        "n(\"0 2 4\")",
        "chord(\"<C^7 Am7>\")",
        "s(\"bd hh\")",
        "sine",
    ];
    let codes = in_tables("docs/patterns.md", "# Patterns");
    assert!(codes.len() > 100, "{}", codes.len());
    let mut wrong = Vec::new();
    // Dots stand for what is said elsewhere.
    for code in codes.into_iter().filter(|code| !code.contains('…')) {
        let lines: Vec<String> = match code.chars().next() {
            Some('.' | '*') => BASES.map(|base| format!("x = {base}{code}")).into(),
            _ if code.contains(" @ ") => vec![code.clone()],
            _ => vec![format!("x = {code}")],
        };
        let why = |line: &String| {
            let text = format!("{BEFORE}{line}\n");
            let said = sorl_graph::score::evaluate(&text).err();
            said.map(|why| why.render("docs", &text))
        };
        let said: Vec<Option<String>> = lines.iter().map(why).collect();
        if !said.contains(&None) {
            wrong.push(format!(
                "{code}: {}",
                said[0].as_deref().unwrap_or_default()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
