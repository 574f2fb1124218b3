//! Memory for machine code is never writable and executable at once, and goes with its kernel, which an engine's Plan
//! keeps until it is home. One test to a process: it looks at all of the process's memory.
#![cfg(all(feature = "jit", target_os = "linux"))]

#[path = "common/block.rs"]
mod block;

use block::block;
use sorl_graph::signal::jit::Jit;
use sorl_graph::signal::{Backend, Builder, Function, Kernel, Maker, Op};
use sorl_graph::{Engine, Session, Setup, When};
use std::sync::Arc;

/// All memory without a file that may be executed: its permissions, and its bytes.
fn executable() -> Vec<(String, usize)> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let fields = maps
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>());
    let own = fields.filter(|f| f.get(5).is_none_or(|name| *name == "[heap]"));
    let executable = own.filter(|f| f[1].contains('x'));
    let sized = executable.map(|f| {
        let (from, to) = f[0].split_once('-').unwrap();
        let address = |hex| usize::from_str_radix(hex, 16).unwrap();
        (f[1].to_owned(), address(to) - address(from))
    });
    sized.collect()
}

fn bytes() -> usize {
    executable().iter().map(|(_, bytes)| bytes).sum()
}

#[test]
fn code_is_never_writable_and_is_freed_with_its_last_owner() {
    let before = bytes();
    let mut b = Builder::new();
    let x = b.input("x").unwrap();
    let out = b.add(Op::Sine(x)).unwrap();
    let function = Arc::new(b.finish(vec![out]));
    let jit = Jit::new().unwrap();
    let mut kernels: Vec<Arc<dyn Kernel>> = Vec::new();
    for _ in 0..20 {
        kernels.push(Arc::new(jit.compile(&function, 48000, 1).unwrap()));
    }
    let plan = kernels.clone();
    drop(kernels);
    let during = executable();
    assert!(bytes() > before);
    let writable = during.iter().any(|(mode, _)| mode.contains('w'));
    assert!(!writable, "{during:?}");
    drop(plan);
    assert_eq!(bytes(), before);
    what_one_voice_plays_is_not_compiled_again_for_four(&function);
    code_that_an_engine_plays_stays_until_its_plan_is_home(before);
}

fn what_one_voice_plays_is_not_compiled_again_for_four(function: &Arc<Function>) {
    let before = bytes();
    let both = Jit::new().unwrap().compile(function, 48000, 4).unwrap();
    let together = bytes() - before;
    drop(both);
    let mut maker = Maker::new(Backend::MachineCode);
    let mut after = |voices| {
        let kernel = maker.make(function, 48000, voices);
        maker.wait();
        (kernel, bytes() - before)
    };
    let (one, alone) = after(1);
    assert!(0 < alone && alone < together);
    let (four, all) = after(4);
    assert_eq!(all, together);
    drop((one, four));
    assert_eq!(bytes(), before);
}

fn code_that_an_engine_plays_stays_until_its_plan_is_home(before: usize) {
    let score =
        |pitch: usize| format!("def f():\n    return lowpass(saw({pitch}), 900)\nnode('n', f)\n");
    let mut session = Session::new();
    session.evaluate(&score(100), When::Now).unwrap();
    let setup = Setup { rate: 48_000 };
    let mut engine = Engine::new(setup, session.connect(setup));
    let play = |engine: &mut Engine| {
        let [left, _] = block(engine, 1000);
        assert!(left.iter().any(|x| *x != 0.0));
    };
    play(&mut engine);
    session.tick();
    let mut all = bytes();
    assert!(all > before && session.backend() == Some(Backend::MachineCode));
    // An engine that takes no Plan keeps what it plays, whatever comes after it.
    for pitch in 101..130 {
        session.evaluate(&score(pitch), When::Now).unwrap();
        let compiled = (0..50_000_000u32).any(|_| {
            session.tick();
            std::thread::yield_now();
            bytes() > all
        });
        assert!(compiled, "{pitch}");
        all = bytes();
    }
    // It takes them all, and they go home: nothing is freed by it, nor before they are there.
    for _ in 0..4 {
        play(&mut engine);
        assert_eq!(bytes(), all);
    }
    for _ in 0..10 {
        session.tick();
        play(&mut engine);
    }
    // What was played lately is kept, the rest is not.
    assert!(bytes() < all, "{} of {all}", bytes());
    drop(session);
    assert!(bytes() > before);
    play(&mut engine);
    drop(engine);
    assert_eq!(bytes(), before);
}
