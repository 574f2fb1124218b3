//! The examples do what they say.

#[allow(dead_code)]
#[path = "../examples/tone.rs"]
mod tone;

#[allow(dead_code)]
#[path = "../examples/offline.rs"]
mod offline;

#[test]
fn the_offline_example_renders_stops_and_compares() {
    let mut lines = Vec::new();
    offline::show(&mut |line| lines.push(line)).unwrap();
    assert_eq!(
        lines,
        [
            "1 %",
            "26 %",
            "50 %",
            "76 %",
            "100 %",
            "stopped after 24000 frames",
            "in other blocks it is the same",
            "its peak is -6.0 dB",
        ]
    );
}

#[test]
fn the_tone_is_440_hz_at_its_level() {
    let (mut peak, mut rises, mut last) = (0.0f32, 0, 1.0);
    let mut frames = 0;
    tone::play(100, &mut |left, right| {
        assert_eq!(left, right);
        peak = peak.max(left);
        rises += u32::from(last <= 0.0 && left > 0.0);
        (last, frames) = (left, frames + 1);
    })
    .unwrap();
    assert_eq!(frames, 48_000);
    assert!((0.2999..0.3001).contains(&peak), "{peak}");
    assert!((439..=441).contains(&rises), "{rises}");
}
