//! The bounds: steps, depth, memory, and being stopped.

use super::{evaluate_with_console, wrong};
use sorl_graph::score::{Cancel, evaluate_with};
use sorl_graph::ugen::{Description, Resource, UGen, Unit, Units};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

#[test]
fn no_score_takes_more_than_its_share() {
    let mut other = Vec::new();
    let takes_long = "this score takes too long: it was stopped after two million steps";
    let too_much = "this score needs too much memory";
    for (text, message) in [
        ("x = [i for i in range(10 ** 15)]", too_much),
        ("x = 'ab' * 10 ** 12", too_much),
        ("x = 'ab'\nwhile True: x = x + x", too_much),
        (
            "x = 'ab'\nwhile True: x = x.replace('a', 'aaaaaaaa')",
            too_much,
        ),
        ("x = [0]\nwhile True: x = x * 2", too_much),
        ("x = (0,) * 10 ** 9", too_much),
        (
            "d = {}\ni = 0\nwhile True:\n    d[i] = i\n    i += 1",
            takes_long,
        ),
        ("x = []\nwhile True: x.append(f'{x!r:.99}')", too_much),
        ("for i in range(10 ** 15): pass", takes_long),
        ("x = [0] * 3000\nfor i in x: 1 in x", takes_long),
        (
            "x = [0]\nfor i in range(40): x = [x, x]\ny = [0]\nfor i in range(40): y = [y, y]\nx == y",
            takes_long,
        ),
        ("x = [1]\nfor y in x: x.append(y)", takes_long),
        ("while True: len('a' * 100)", takes_long),
        ("sorted([-i for i in range(200000)])", takes_long),
        ("while True: print('x' * 1000)", too_much),
        ("x = range(10 ** 18)\nprint(x[::2])\ny = list(x)", too_much),
        (
            "range(-9 * 10 ** 18, 9 * 10 ** 18)",
            "this range is too large",
        ),
    ] {
        let found = wrong(text).2;
        if found != message {
            other.push((text, message, found));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn what_is_nested_without_end_is_freed_without_a_crash() {
    for text in [
        "x = []\nfor i in range(100000): x = [x]\n",
        "x = ()\nfor i in range(100000): x = (x,)\n",
        "x = {}\nfor i in range(60000): x = {1: x}\n",
        "f = None\nfor i in range(50000): f = lambda a=f: a\n",
        "x = []\nx.append(x)\ny = {1: x}\ny[2] = y\nx.append(y)\nprint(x == x, len(str(x)) > 0)\n",
    ] {
        assert!(
            evaluate_with_console(text, &Cancel::new()).patch.is_ok(),
            "{text}"
        );
    }
    let x = "x = 0\nfor i in range(100): x = [x]\ny = 0\nfor i in range(100): y = [y]\n";
    let compared = wrong(&format!("{x}x == y\n"));
    assert_eq!(compared.2, "these are nested too deep to be compared");
    let sum = format!("x = {}1\n", "1 + ".repeat(100_000));
    assert_eq!(wrong(&sum).2, "more than 120 operands stand in one row");
    let strings = format!("x = {}1{}\n", "f'{f\"{".repeat(2000), "}\"}'".repeat(2000));
    assert!(wrong(&strings).2.contains("deep"));
    let keys = "k = ()\nfor i in range(50): k = (k,)\n{k: 1}\n";
    assert_eq!(wrong(keys).2, "a tuple cannot be a dictionary's key");
}

/// A unit generator that is asked for its sounds in the middle of an evaluation, and tells another thread.
struct Meeting {
    about: Description,
    here: Mutex<(Sender<()>, Receiver<()>)>,
}

impl Unit for Meeting {
    fn describe(&self) -> &Description {
        &self.about
    }
    fn accepts(&self, _: &[Resource]) -> Result<(), &'static str> {
        let here = self.here.lock().expect("nobody else is here");
        here.0.send(()).expect("somebody waits");
        here.1.recv().map_err(|_| "an answer")
    }
    fn make(&self, _: u32, _: u64) -> Box<dyn UGen> {
        unreachable!("a score only names it")
    }
}

#[test]
fn an_evaluation_is_stopped_from_another_thread_at_its_next_step() {
    let (arrive, arrived) = channel();
    let (go_on, told) = channel();
    let mut units = Units::default();
    units.add(Arc::new(Meeting {
        about: Description::new("meeting"),
        here: Mutex::new((arrive, told)),
    }));
    let cancel = Cancel::new();
    let other = cancel.clone();
    let stopper = std::thread::spawn(move || {
        arrived.recv().expect("the score gets there");
        other.cancel();
        go_on.send(()).expect("the score waits");
    });
    // Without being stopped the first would print, the second take two million steps.
    for text in ["meeting(1)\nprint('on')\n", "while True: pass\n"] {
        let made = evaluate_with(text, &units, &cancel);
        let why = made.patch.unwrap_err().0.remove(0);
        assert_eq!(why.message, "this evaluation was stopped from outside");
        assert!(made.console.is_empty());
    }
    stopper.join().expect("it stopped the score");
    assert!(cancel.is_cancelled());
}
