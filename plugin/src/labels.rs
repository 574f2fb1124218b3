//! What hosts show of macros and scenes: the names and values that the score gives them.
//!
//! Control threads; each call looks at the session for a moment.

use sorl_graph::patch::Mapping;
use sorl_graph::session::Session;
use sorl_graph::signal::Knob;

use crate::desk::Desk;

/// What a macro is mapped to first, with how many more there are, and the unit of its values.
fn target(session: &Session, index: u8) -> Option<(&Mapping, usize, String)> {
    let mut own = session
        .patch()
        .mappings
        .iter()
        .filter(|m| m.knob == Knob::Macro(index));
    let first = own.next()?;
    let node = session.patch().node(&first.node)?;
    let control = node.controls().iter().find(|c| c.name == first.control);
    let unit = control.map_or_else(String::new, |control| control.unit.clone());
    Some((first, own.count(), unit))
}

/// The name of a macro's parameter: `M3 bass/cutoff` where the score maps it, with `+2` if it moves two more controls.
pub fn macro_name(desk: &Desk, index: u8) -> String {
    let session = desk.session();
    match target(&session, index) {
        None => format!("Macro {index}"),
        Some((to, 0, _)) => format!("M{index} {}/{}", to.node, to.control),
        Some((to, more, _)) => format!("M{index} {}/{} +{more}", to.node, to.control),
    }
}

/// What all macros are mapped to, in the order of the score: another list where they have other names.
pub(crate) fn mapped(session: &Session) -> Vec<String> {
    let all = session.patch().mappings.iter();
    let macros = all.filter(|m| matches!(m.knob, Knob::Macro(_)));
    macros
        .map(|m| format!("{:?} {}/{}", m.knob, m.node, m.control))
        .collect()
}

/// A macro's place, 0…1, as the value that its first target has there.
pub fn macro_text(desk: &Desk, index: u8, turn: f32) -> String {
    let session = desk.session();
    match target(&session, index) {
        // A plain number, from which hosts that read texts learn the range.
        None => number(turn),
        Some((to, _, unit)) if unit.is_empty() => number(to.value(turn)),
        Some((to, _, unit)) => format!("{} {unit}", number(to.value(turn))),
    }
}

/// The place of a macro at which its first target has a value that somebody typed.
pub fn macro_place(desk: &Desk, index: u8, text: &str) -> Option<f32> {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    let text = text.trim();
    let end = text.find(|c| !digits(c)).unwrap_or(text.len());
    let value: f32 = text[..end].parse().ok().filter(|v: &f32| v.is_finite())?;
    let session = desk.session();
    let Some((to, ..)) = target(&session, index) else {
        return Some(value.clamp(0.0, 1.0));
    };
    // Every curve goes one way only: halve the interval until it is as fine as the numbers are.
    let (mut low, mut high) = (0.0f32, 1.0f32);
    let rises = to.hi >= to.lo;
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        if (to.value(middle) < value) == rises {
            low = middle;
        } else {
            high = middle;
        }
    }
    let near = |turn: f32| (to.value(turn) - value).abs();
    [0.0, high, 1.0]
        .into_iter()
        .min_by(|a, b| near(*a).total_cmp(&near(*b)))
}

/// A scene's name by its number.
pub fn scene_name(desk: &Desk, scene: i32) -> String {
    let session = desk.session();
    let names = session.scenes();
    match usize::try_from(scene).unwrap_or(0).checked_sub(1) {
        None => "0 (score)".to_owned(),
        Some(i) => match names.get(i) {
            Some(name) => format!("{scene} {name}"),
            None => format!("{scene} (none)"),
        },
    }
}

/// The number of a scene by its name or number.
pub fn scene_number(desk: &Desk, text: &str) -> Option<i32> {
    let text = text.trim();
    let place = desk
        .session()
        .scenes()
        .iter()
        .position(|name| *name == text);
    let first = || text.split_whitespace().next()?.parse().ok();
    place.map(|i| i as i32 + 1).or_else(first)
}

/// Four figures, as many as an eye takes in.
fn number(value: f32) -> String {
    let decimals = match value.abs() {
        x if x >= 1000.0 => 0,
        x if x >= 100.0 => 1,
        x if x >= 10.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORE: &str = "def bass():\n    cutoff = control(\"cutoff\", 800, 100, 4000)\n    \
        return lowpass(saw(110), cutoff) * control(\"level\", 0.5, 0, 1)\n\nb = node(\"bass\", bass)\n\
        macro(3, \"bass/cutoff\", 200, 3200, curve=\"exp\")\nmacro(3, \"bass/gain\", 1, 0)\n\
        macro(4, \"bass/level\", 1, 0)\nwith scene(\"break\"):\n    mute(\"bass\")\n";

    #[test]
    fn a_mapped_macro_has_the_name_and_values_of_its_target() {
        let desk = Desk::new(SCORE);
        assert_eq!(macro_name(&desk, 1), "Macro 1");
        assert_eq!(macro_text(&desk, 1, 0.25), "0.250");
        assert_eq!(macro_place(&desk, 1, "0.25"), Some(0.25));
        assert_eq!(macro_name(&desk, 3), "M3 bass/cutoff +1");
        assert_eq!(macro_text(&desk, 3, 0.0), "200.0 Hz");
        assert_eq!(macro_text(&desk, 3, 1.0), "3200 Hz");
        assert_eq!(macro_text(&desk, 4, 0.25), "0.750");
        for turn in [0.0, 0.1, 0.5, 0.77, 1.0] {
            for index in [3, 4] {
                let text = macro_text(&desk, index, turn);
                let place = macro_place(&desk, index, &text).expect("it is a number");
                assert!((place - turn).abs() < 2e-3, "{text}: {place} for {turn}");
            }
        }
        assert_eq!(macro_place(&desk, 3, "loud"), None);
        assert_eq!(macro_place(&desk, 3, "90000 Hz"), Some(1.0));
    }

    #[test]
    fn scenes_are_known_by_name_and_number() {
        let desk = Desk::new(SCORE);
        let names = [0, 1, 2].map(|scene| scene_name(&desk, scene));
        assert_eq!(names, ["0 (score)", "1 break", "2 (none)"]);
        assert_eq!(scene_number(&desk, "break"), Some(1));
        assert_eq!(scene_number(&desk, "1 break"), Some(1));
        assert_eq!(scene_number(&desk, "nothing"), None);
    }
}
