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
