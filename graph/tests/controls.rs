//! What a score says of a control besides its range: step, unit, curve, labels, smoothing.

use sorl_graph::patch::{Patch, Source};
use sorl_graph::score::evaluate;
use sorl_graph::signal::{Control, Curve};
use sorl_graph::{Block, Engine, Session, Setup, When};

const SCORE: &str = r#"
def f():
    cutoff = control("cutoff", 800, 100, 4000)
    time = control("time", 250, 1, 2000, step=0.5, unit="ms", curve="log", smooth=5)
    bright = control("bright_hz", 5, 1, 9, unit="", curve="linear")
    wave = control("wave", "saw", labels=["sine", "saw", "square"])
    octave = control("octave", 8, 4, 16, 4, labels=("4'", "8'", "12'", "16'"))
    return sine_osc(cutoff + time + bright + wave + octave)
n = node("n", f)
"#;

fn controls(patch: &Patch) -> &[Control] {
    match &patch.nodes[0].source {
        Source::Function(f) => &f.controls,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_score_says_how_a_control_is_meant() {
    let patch = evaluate(SCORE).unwrap();
    let [cutoff, time, bright, wave, octave] = controls(&patch) else {
        panic!("five controls");
    };
    assert_eq!(
        (&*cutoff.unit, cutoff.curve, cutoff.step, cutoff.smooth),
        ("Hz", Curve::Logarithmic, 0.0, 20)
    );
    assert_eq!(
        (&*time.unit, time.curve, time.step, time.smooth),
        ("ms", Curve::Logarithmic, 0.5, 5)
    );
    assert_eq!((&*bright.unit, bright.curve), ("", Curve::Linear));
    assert_eq!(
        (wave.init, wave.lo, wave.hi, wave.step),
        (1.0, 0.0, 2.0, 1.0)
    );
    assert_eq!(wave.label(wave.init), Some("saw"));
    assert_eq!((octave.label(8.0), octave.smooth), (Some("8'"), 0));
    // A patch that is written down and read again knows it too.
    let read: Patch = serde_json::from_str(&serde_json::to_string(&patch).unwrap()).unwrap();
    assert_eq!(controls(&read), controls(&patch));
}

#[test]
fn what_plays_is_told_with_units_and_labels() {
    let mut session = Session::new();
    session.evaluate(SCORE, When::Now).unwrap();
    let setup = Setup { rate: 48_000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    let (mut left, mut right) = ([0.0; 64], [0.0; 64]);
    engine.process(Block {
        frames: 64,
        inputs: &[],
        outputs: &mut [&mut left, &mut right],
        host: None,
        notes: &[],
    });
    session.tick();
    let found = session.inspect().unwrap();
    let controls = &found.node("n").unwrap().controls;
    assert_eq!((&*controls[1].unit, &controls[1].label), ("ms", &None));
    assert_eq!(controls[3].label.as_deref(), Some("saw"));
    let text = found.to_string();
    assert!(
        text.contains("cutoff=800 Hz") && text.contains("wave=saw"),
        "{text}"
    );
}

#[test]
fn mistakes_are_told_with_a_way_out() {
    for (arguments, message, hint) in [
        (
            "0, 0, 4, step=5",
            "control `x`: a step lies above 0, and is at most the range, which is 4",
            "",
        ),
        (
            "0, 0, 4, step=-1",
            "control `x`: a step lies above 0, and is at most the range, which is 4",
            "",
        ),
        (
            "1, 0, 4, curve=\"log\"",
            "a logarithmic range begins above 0, not at 0",
            "raise lo, or leave curve=\"log\" out",
        ),
        (
            "1, 1, 4, curve=\"lineal\"",
            "a curve is \"linear\" or \"log\", not `lineal`",
            "did you mean `linear`?",
        ),
        (
            "1, 0, 4, unit=3",
            "`unit` must be a string, not the number 3",
            "",
        ),
        (
            "1, 0, 4, labels=3",
            "`labels` must be a list of strings, not the number 3",
            "",
        ),
        (
            "1, 0, 4, labels=[\"a\", 2]",
            "`labels` holds strings, not the number 2",
            "",
        ),
        (
            "1, 0, 4, labels=[\"a\", \"b\"]",
            "control `x`: there are 2 labels for 5 values; from lo to hi each step has one",
            "",
        ),
        (
            "labels=[\"a\"]",
            "control `x`: a choice has 2 to 128 labels, none of them empty",
            "",
        ),
        (
            "\"swa\", labels=[\"sine\", \"saw\"]",
            "`swa` is none of the labels of `x`",
            "did you mean `saw`?",
        ),
        ("\"saw\"", "`init` must be a number, not a string", ""),
        (
            "0, 0, 1, smooth=-1",
            "`smooth` is a time in milliseconds, 0 to 60000",
            "",
        ),
    ] {
        let text =
            format!("def f():\n    return control(\"x\", {arguments})\nn = node(\"n\", f)\n");
        let found = evaluate(&text).expect_err(arguments).0.remove(0);
        assert_eq!(found.message, message, "{arguments}");
        let said = found.hint.clone().unwrap_or_default();
        assert!(said.contains(hint), "{arguments}: {said}");
        assert_eq!(found.place(&text).0, 2, "{arguments}");
    }
}
