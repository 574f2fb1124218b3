//! Sound goes out on the pairs and the channels that a score names, and nowhere else.

use sorl_graph::{Block, Engine, Session, Setup, When};

const SETUP: Setup = Setup { rate: 48_000 };
const STEADY: &str = "def one():\n    return control(\"x\", 0.25, 0, 1)\n\ndef two():\n    return (control(\"l\", 0.5, 0, 1), control(\"r\", 0.125, 0, 1))\n\n\
                      a = node(\"a\", one)\nb = node(\"b\", two)\n";

/// What 32 channels hear of a score once its edits have settled.
fn heard(session: &mut Session, engine: &mut Engine, score: &str) -> Vec<f32> {
    session
        .evaluate(&format!("{STEADY}{score}"), When::Now)
        .unwrap();
    let mut channels = vec![[9.0f32; 256]; 32];
    for _ in 0..12 {
        let mut outputs: Vec<&mut [f32]> = channels.iter_mut().map(|c| &mut c[..]).collect();
        engine.process(Block {
            inputs: &[],
            outputs: &mut outputs,
            frames: 256,
            host: None,
            notes: &[],
        });
        session.tick();
    }
    channels.iter().map(|channel| channel[255]).collect()
}

/// Silence, but for what is told by channel from 1.
fn only(told: &[(usize, f32)]) -> Vec<f32> {
    let mut channels = vec![0.0; 32];
    told.iter()
        .for_each(|&(channel, x)| channels[channel - 1] += x);
    channels
}

#[test]
fn pairs_and_channels_get_what_is_led_to_them() {
    let mut session = Session::new();
    let mut engine = Engine::new(SETUP, session.connect(SETUP));
    let mut hear = |score: &str| heard(&mut session, &mut engine, score);
    assert_eq!(
        hear("a >> out(16)\nb >> out(2)\n"),
        only(&[(31, 0.25), (32, 0.25), (3, 0.5), (4, 0.125)])
    );
    // A channel gets the mean of both sides, and parts the two of its pair.
    assert_eq!(
        hear("a >> out(channel=5)\nb >> out(channel=2)\n"),
        only(&[(5, 0.25), (2, 0.3125)])
    );
    assert_eq!(
        hear("a >> out(3)\na >> (out(channel=6), 0.5)\nb >> out(channel=32)\n"),
        only(&[(5, 0.25), (6, 0.25), (6, 0.125), (32, 0.3125)])
    );
    // What nothing leads to any more is silent.
    assert_eq!(
        hear("a >> out\nb >> out(channel=1)\n"),
        only(&[(1, 0.25), (2, 0.25), (1, 0.3125)])
    );
}

#[test]
fn what_is_no_output_is_refused_with_what_there_is() {
    for wrong in [
        "out(0)",
        "out(17)",
        "out(channel=0)",
        "out(channel=33)",
        "out(1, channel=2)",
        "out(side=1)",
        "out(1.5)",
    ] {
        let refused = Session::new().evaluate(&format!("{STEADY}a >> {wrong}\n"), When::Now);
        let message = refused.unwrap_err().to_string();
        assert!(
            message.contains("1 to 16") && message.contains("1 to 32"),
            "{wrong}: {message}"
        );
    }
}
