//! Modules: nodes that become one, and one that is opened and changed where it is written.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use sorl_plugin::desk::Desk;

use super::hands::{BEAT, centre, click, drag, header, open, typed, undo};

/// Two clicks on one place, one after the other.
pub fn double_click(harness: &mut Harness<'_>, at: Pos2) {
    harness.hover_at(at);
    harness.run();
    // In one frame: those of the tests are too far apart for two clicks to be one.
    let button = |pressed| Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let clicks = [true, false, true, false].map(button);
    harness.input_mut().events.extend(clicks);
    harness.run();
}

fn select(harness: &mut Harness<'_>, nodes: &[&str]) {
    for (i, node) in nodes.iter().enumerate() {
        let at = header(harness, &format!("{node} on the canvas"));
        harness.hover_at(at);
        harness.run();
        let modifiers = if i == 0 {
            Modifiers::NONE
        } else {
            Modifiers::SHIFT
        };
        harness.event(Event::ModifiersChanged(modifiers));
        for pressed in [true, false] {
            harness.event(Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed,
                modifiers,
            });
        }
        harness.run();
        harness.event(Event::ModifiersChanged(Modifiers::NONE));
        harness.run();
    }
}

fn key(harness: &mut Harness<'_>, key: Key) {
    harness.key_press(key);
    harness.run();
}

#[test]
fn selected_nodes_become_a_module_that_is_opened_and_changed_in_its_own_text() {
    let desk = Desk::new(BEAT);
    let mut harness = open(&desk);
    select(&mut harness, &["bass", "verb"]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::G);
    harness.run();
    let grouped = desk.session().score().to_owned();
    assert!(
        grouped.contains("@graph\ndef group1():\n    b = kr.node(\"bass\""),
        "{grouped}"
    );
    assert!(grouped.contains("\nsub(\"group1\", group1)\n"), "{grouped}");
    assert!(
        desk.positions().contains_key("group1/"),
        "it stands where they stood"
    );
    assert!(harness.query_by_label("bass on the canvas").is_none());

    let card = header(&harness, "group1 on the canvas");
    double_click(&mut harness, card);
    harness.get_by_label("in group1");
    harness.get_by_label("verb on the canvas");
    assert!(harness.query_by_label("kick on the canvas").is_none());
    harness.get_by_label("out 1–2 on the canvas");

    // A value is written where the module says it.
    harness.get_by_label("group1 bass gain").focus();
    harness.run();
    typed(&mut harness, "0.5");
    key(&mut harness, Key::Enter);
    let louder = grouped.replacen("gain=0.3", "gain=0.5", 1);
    assert_eq!(desk.session().score(), louder);
    undo(&mut harness);

    // A new node, a mute, a wire: lines of the module.
    let ground = header(&harness, "out 1–2 on the canvas") - Vec2::new(0.0, 60.0);
    click(&mut harness, ground);
    key(&mut harness, Key::N);
    typed(&mut harness, "limiter");
    key(&mut harness, Key::Enter);
    let text = desk.session().score().to_owned();
    assert!(
        text.contains("    node(\"limiter\", limiter)\n\nsub("),
        "{text}"
    );
    assert!(desk.session().patch().node("group1/limiter").is_some());
    let from = centre(&harness, "group1/verb output");
    let to = centre(&harness, "group1/limiter input 1");
    drag(&mut harness, from, to - from);
    let text = desk.session().score().to_owned();
    assert!(
        text.contains("    connect(\"verb\", \"limiter\")\n\nsub("),
        "{text}"
    );
    undo(&mut harness);
    undo(&mut harness);

    key(&mut harness, Key::Escape);
    harness.get_by_label("kick on the canvas");
    harness.get_by_label("group1 on the canvas");
    undo(&mut harness);
    assert_eq!(desk.session().score(), BEAT, "one step made the module");
    harness.get_by_label("bass on the canvas");
}

const TWO: &str = "def drive(inp):
    return inp * control(\"amount\", 2, 0, 10)

def tone():
    return saw(110)

@graph
def strip():
    pre = node(\"pre\", drive, gain=0.5)
    inputs(pre)
    return pre

t = node(\"tone\", tone)
left = sub(\"left\", strip)
right = sub(\"right\", strip)
t >> left
";

#[test]
fn what_is_done_in_an_open_module_is_done_in_all_that_its_function_made() {
    let desk = Desk::new(TWO);
    let mut harness = open(&desk);
    let from = centre(&harness, "tone output");
    let to = centre(&harness, "right/pre input 1");
    drag(&mut harness, from, to - from);
    let wired = desk.session().score().to_owned();
    assert_eq!(wired, format!("{TWO}connect(\"tone\", \"right/pre\")\n"));
    let card = header(&harness, "right on the canvas");
    click(&mut harness, card);
    harness.get_by_label("open right").click();
    harness.run();
    harness.get_by_label_contains("put in 2 times");
    harness.get_by_label("tone on the canvas");
    harness.get_by_label("right/pre mute").click();
    harness.run();
    let muted = wired.replacen("    return pre", "    mute(\"pre\")\n    return pre", 1);
    assert_eq!(desk.session().score(), muted);
    assert!(
        desk.session().patch().nodes[1..]
            .iter()
            .all(|node| node.mute)
    );
    // Beyond it: the way back.
    let tone = centre(&harness, "tone on the canvas");
    double_click(&mut harness, tone);
    harness.get_by_label("left on the canvas");
    // From outside a value is that of one of them.
    undo(&mut harness);
    let card = header(&harness, "left on the canvas");
    click(&mut harness, card);
    key(&mut harness, Key::M);
    assert_eq!(desk.session().score(), format!("{wired}mute(\"left\")\n"));
}

#[test]
fn a_module_is_renamed_and_taken_away_as_a_whole_and_keeps_its_place() {
    let desk = Desk::new(TWO);
    let mut harness = open(&desk);
    let card = header(&harness, "left on the canvas");
    drag(&mut harness, card, Vec2::new(24.0, 10.0));
    let place = desk.positions()["left/"];
    key(&mut harness, Key::F2);
    typed(&mut harness, "warm");
    key(&mut harness, Key::Enter);
    assert_eq!(desk.session().score(), TWO.replace("\"left\"", "\"warm\""));
    assert_eq!(desk.positions().get("warm/"), Some(&place));
    harness.get_by_label("warm on the canvas");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::D);
    harness.run();
    let twice = TWO.replace("\"left\"", "\"warm\"");
    assert_eq!(
        desk.session().score(),
        format!("{twice}sub(\"warm2\", strip)\n")
    );
    assert!(desk.positions().contains_key("warm2/"));
    undo(&mut harness);
    let card = header(&harness, "warm on the canvas");
    click(&mut harness, card);
    key(&mut harness, Key::Delete);
    let gone = TWO
        .replace("left = sub(\"left\", strip)\n", "")
        .replace("t >> left\n", "");
    assert_eq!(desk.session().score(), gone);
}
