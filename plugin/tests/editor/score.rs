//! The score pane and the console: what is written, and when it is heard.

use egui::{Color32, Event, Key, Modifiers, Shape};
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, evaluate, open, typed, write};
use super::learn::{engine, run};

#[test]
fn a_changed_score_sounds_after_ctrl_enter_and_not_before() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let before = desk.session().patch().clone();
    let changed = BEAT.replace("gain=0.8)", "gain=0.6)") + "t = kr.node(\"tick\", hat)\n";
    write(&mut harness, &changed);
    harness.get_by_label("edited, not heard yet");
    assert_eq!(*desk.session().patch(), before);
    assert_eq!(desk.draft(), changed);

    evaluate(&mut harness);
    assert_eq!(desk.session().score(), changed);
    assert_eq!(desk.session().value("kick", "gain"), Some(0.6));
    harness.get_by_label("evaluated");
    harness.get_by_label("tick on the canvas");
}

#[test]
fn the_button_evaluates_too() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, &BEAT.replace("tempo = 128", "tempo = 90"));
    harness.get_by_label("evaluate").click();
    harness.run();
    assert_eq!(desk.session().patch().tempo, Some(90.0));
}

#[test]
fn a_broken_score_says_why_and_leaves_the_sound() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let before = desk.session().patch().clone();
    write(
        &mut harness,
        &BEAT.replace("krs.saw(freq), cutoff)", "krs.saw(freq), cutof)"),
    );
    evaluate(&mut harness);
    assert_eq!(*desk.session().patch(), before);
    assert_eq!(desk.session().score(), BEAT);
    harness.get_by_label_contains("line 17: ");

    write(&mut harness, BEAT);
    let finding = harness.query_by_label_contains("line 17: ");
    assert!(
        finding.is_none(),
        "what was found belongs to the text it was found in"
    );
    evaluate(&mut harness);
    harness.get_by_label("evaluated");
}

#[test]
fn what_is_typed_and_not_evaluated_stays_while_hands_change_the_score() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let half = BEAT.replace("kr.tempo = 128", "kr.tempo = 12");
    write(&mut harness, &half);
    harness.get_by_label("hat mute").click();
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(\"hat\")\n"));
    assert_eq!(desk.draft(), format!("{half}mute(\"hat\")\n"));
    assert_eq!(desk.session().patch().tempo, Some(128.0));
}

#[test]
fn one_statement_sounds_while_another_is_half_written() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let text = format!("x = (\n\n{BEAT}mute(k)");
    write(&mut harness, &text.replace("x = (\n\n", "x = 'half\n\n"));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(k)\n"));
    assert!(desk.session().patch().node("kick").is_some_and(|n| n.mute));
    assert!(
        desk.draft().starts_with("x = 'half"),
        "what is being written stays"
    );
}

#[test]
fn names_are_completed_and_explained() {
    let desk = Desk::new("");
    let mut harness = open(&desk);
    write(&mut harness, "def a(inp):\n    return ");
    typed(&mut harness, "low");
    harness.get_by_label("complete lowpass");
    harness.key_press(Key::Tab);
    harness.run();
    typed(&mut harness, "(");
    assert_eq!(desk.draft(), "def a(inp):\n    return lowpass(");
    harness.get_by_label_contains("lowpass(sig, freq");
    assert!(harness.query_by_label("complete lowpass").is_none());
}

#[test]
fn lines_are_commented_found_and_replaced() {
    let desk = Desk::new("");
    let mut harness = open(&desk);
    write(&mut harness, "a = 1\nb = 1");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Slash);
    harness.run();
    assert_eq!(desk.draft(), "a = 1\n# b = 1");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
    harness.run();
    typed(&mut harness, "1");
    harness.get_by_label("2 places");
    harness.get_by_label("replace by").focus();
    harness.run();
    typed(&mut harness, "22");
    harness.get_by_label("replace all").click();
    harness.run();
    assert_eq!(desk.draft(), "a = 22\n# b = 22");
}

#[test]
fn the_console_takes_one_statement_and_remembers_it() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("console").focus();
    harness.run();
    typed(&mut harness, "mute(\"hat\")");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(\"hat\")\n"));
    assert_eq!(desk.draft(), desk.session().score());
    harness.key_press(Key::ArrowUp);
    harness.run();
    assert_eq!(
        harness.get_by_label("console").value().as_deref(),
        Some("mute(\"hat\")")
    );
}

#[test]
fn space_belongs_to_the_text_while_somebody_writes() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, "# one");
    harness.key_down(Key::Space);
    harness.event(Event::Text(" ".to_owned()));
    harness.key_up(Key::Space);
    harness.run();
    assert_eq!(desk.draft(), "# one ");
}

#[test]
fn enter_and_tab_care_for_indentation() {
    let desk = Desk::new("");
    let mut harness = open(&desk);
    write(&mut harness, "def a():");
    harness.key_press(Key::Enter);
    harness.event(Event::Text("x".to_owned()));
    harness.run();
    assert_eq!(desk.draft(), "def a():\n    x");
    harness.key_press(Key::Enter);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    harness.key_press(Key::Tab);
    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(desk.draft(), "def a():\n    x\n        ");
}

#[test]
fn keys_that_arrive_in_one_frame_act_in_their_order() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, "");
    let key = |key, modifiers| Event::Key {
        key,
        physical_key: None,
        pressed: true,
        repeat: false,
        modifiers,
    };
    let text = |text: &str| Event::Text(text.to_owned());
    // All at once, as on a machine that draws slowly.
    harness.input_mut().events.extend([
        text("if True:"),
        key(Key::Enter, Modifiers::NONE),
        text("tempo(90)"),
        key(Key::Enter, Modifiers::NONE),
        key(Key::Tab, Modifiers::SHIFT),
        text("# end"),
        key(Key::Enter, Modifiers::COMMAND),
    ]);
    harness.run_steps(8);
    assert_eq!(desk.draft(), "if True:\n    tempo(90)\n# end");
    assert_eq!(desk.session().score(), desk.draft());
    assert_eq!(desk.session().patch().tempo, Some(90.0));
}

#[test]
fn shift_enter_runs_what_is_selected() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    write(&mut harness, &format!("x = 'half\n{BEAT}mute(k)\nmute(h)"));
    // Back over both lines.
    for key in [Key::ArrowUp, Key::Home] {
        harness.key_press_modifiers(Modifiers::SHIFT, key);
        harness.run();
    }
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    harness.run();
    assert_eq!(desk.session().score(), format!("{BEAT}mute(k)\nmute(h)\n"));
    let muted = |name: &str| desk.session().patch().node(name).is_some_and(|n| n.mute);
    assert!(muted("kick") && muted("hat"));
}

#[test]
fn a_mistake_in_a_pattern_is_found_at_its_place_in_the_string() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    let text = format!("{BEAT}k @ \"x [x x ~ x\"\n");
    write(&mut harness, &text);
    evaluate(&mut harness);
    harness.get_by_label_contains("line 37: ");
    let found = desk.diagnostics().expect("a finding");
    let span = found.0[0].span;
    let string = text.rfind("\"x [").expect("it is there");
    let end = text.len() - 1;
    assert!(
        string < span.start as usize && (span.end as usize) < end,
        "{span:?} is within the string, which is at {string}…{end}"
    );
    assert_eq!(desk.session().score(), BEAT);
}

#[test]
fn older_statements_of_the_console_are_found_and_run_again() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    harness.get_by_label("console").focus();
    harness.run();
    for statement in ["mute(\"hat\")", "tempo(90)"] {
        typed(&mut harness, statement);
        harness.key_press(Key::Enter);
        harness.run();
    }
    let shown = |h: &egui_kittest::Harness<'_>| h.get_by_label("console").value();
    for (key, statement) in [
        (Key::ArrowUp, "tempo(90)"),
        (Key::ArrowUp, "mute(\"hat\")"),
        (Key::ArrowUp, "mute(\"hat\")"),
        (Key::ArrowDown, "tempo(90)"),
        (Key::ArrowDown, ""),
    ] {
        harness.key_press(key);
        harness.run();
        assert_eq!(shown(&harness).unwrap_or_default(), statement);
    }
    // What acts, acts again; what is said already is not said twice.
    harness.key_press(Key::ArrowUp);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let score = desk.session().score().to_owned();
    assert_eq!(score.matches("tempo(90)").count(), 1);
}

/// How many frames around stretches of the text are painted with this fill and line.
fn frames(harness: &egui_kittest::Harness<'_>, fill: Color32, line: Color32) -> usize {
    let shapes = harness.output().shapes.iter();
    let are = shapes.filter(|clipped| match &clipped.shape {
        Shape::Rect(rect) => rect.fill == fill && rect.stroke.color == line,
        _ => false,
    });
    are.count()
}

#[test]
fn the_brackets_at_the_caret_are_framed() {
    // The colour of what explains, in the dark.
    let line = Color32::from_rgb(0x8a, 0x92, 0x9d);
    let desk = Desk::new("");
    let mut harness = open(&desk);
    harness.ctx.set_theme(egui::Theme::Dark);
    write(&mut harness, "a = f(1, [2])");
    let framed = |h: &egui_kittest::Harness<'_>| frames(h, Color32::TRANSPARENT, line);
    assert_eq!(framed(&harness), 2, "behind the last bracket");
    harness.key_press(Key::Home);
    harness.run();
    assert_eq!(framed(&harness), 0);
}

#[test]
fn the_steps_that_sound_are_lit_in_the_text_while_it_plays() {
    let audio = Color32::from_rgb(0x5c, 0xc8, 0xbd);
    let desk = Desk::new(BEAT);
    let mut engine = engine(&desk);
    run(&desk, &mut engine, &[]);
    let mut harness = open(&desk);
    harness.ctx.set_theme(egui::Theme::Dark);
    // The caret comes to the last lines, where the patterns are.
    write(&mut harness, BEAT);
    let lit = |h: &egui_kittest::Harness<'_>| frames(h, audio.gamma_multiply(0.25), audio);
    desk.session().play();
    run(&desk, &mut engine, &[]);
    harness.step();
    assert!(lit(&harness) >= 2, "kick and bass: {}", lit(&harness));
    desk.session().stop();
    run(&desk, &mut engine, &[]);
    harness.run();
    assert_eq!(lit(&harness), 0);
}
