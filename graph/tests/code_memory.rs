//! Memory for machine code is never writable and executable at once, and goes with its kernel. One test to a
//! process: it looks at all of the process's memory.
#![cfg(all(feature = "jit", target_os = "linux"))]

use sorl_graph::signal::jit::Jit;
use sorl_graph::signal::{Builder, Kernel, Op};
use std::sync::Arc;

/// The permissions of all anonymous memory that may be executed.
fn executable() -> Vec<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let fields = maps
        .lines()
        .map(|l| l.split_whitespace().collect::<Vec<_>>());
    let anonymous = fields.filter(|f| f.len() == 5 && f[1].contains('x'));
    anonymous.map(|f| f[1].to_owned()).collect()
}

#[test]
fn code_is_never_writable_and_is_freed_with_its_last_owner() {
    let before = executable().len();
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
    assert!(during.len() > before);
    assert!(during.iter().all(|mode| !mode.contains('w')), "{during:?}");
    drop(plan);
    assert_eq!(executable().len(), before);
}
