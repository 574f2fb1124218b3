//! Values: control wires, patterns and curves on controls, hands.

use super::{Rig, left, runs, score};

#[test]
fn control_wires_add_to_the_base_and_the_range_holds() {
    let text = "v = node('v', value, x=0.5)\na = node('a', one)\na >> (v['x'], 0.2)";
    assert!((left(&score(text), 10)[9] - 0.7).abs() < 1e-6);
    let text = "v = node('v', value, x=0.5)\na = node('a', one)\na >> (v['x'], -9)";
    assert_eq!(left(&score(text), 10)[9], 0.0);
}

#[test]
fn a_pattern_on_a_control_replaces_its_base_and_steps_at_its_frame() {
    let text = "v = node('v', value)\nv @ ('x', seq(0.5, 0.75, 0.125, 2.0))";
    let sound = left(&score(text), 96_000);
    assert_eq!(
        runs(&sound),
        [
            (0.5, 0, 24000),
            (0.75, 24000, 48000),
            (0.125, 48000, 72000),
            (1.0, 72000, 96000), // Held to the range.
        ]
    );
}

#[test]
fn a_curve_is_a_line_within_each_grid_step() {
    let sound = left(
        &score("v = node('v', value)\nv @ ('x', ramp(0, 1))"),
        90_000,
    );
    for (i, x) in sound.iter().enumerate() {
        assert!(
            (f64::from(*x) - i as f64 / 96_000.0).abs() < 1e-6,
            "{i}: {x}"
        );
    }
}

#[test]
fn a_hand_s_movement_is_smoothed_and_stays_until_its_statement_changes() {
    let text = "v = node('v', value, x=0.5)";
    let mut rig = Rig::new(&score(text));
    rig.run(100);
    rig.session.set("v/x", 1.0).unwrap();
    rig.run(2000);
    let moved = &rig.left[100..];
    assert!(
        moved
            .windows(2)
            .all(|w| (0.0..=0.5 / 950.0).contains(&(w[1] - w[0])))
    );
    assert_eq!((moved[0], moved[480], moved[960]), (0.5, 0.75, 1.0));
    // An edit elsewhere does not speak for it; a new value does.
    rig.edit(&score(&format!("{text}\nh = node('h', half)")))
        .run(2000);
    assert_eq!(*rig.left.last().unwrap(), 1.0);
    rig.edit(&score("v = node('v', value, x=0.25)")).run(2000);
    assert_eq!(*rig.left.last().unwrap(), 0.25);
    assert!(rig.session.set("v/y", 0.0).is_err());
    assert!(rig.session.set("v/x", 7.0).is_err());
}
