//! The functions of signals, as scores call them: what each does to numbers whose result is known.

mod common;

use common::{Run, first, function, sound};
use sorl_graph::score::{evaluate, signal_functions};
use sorl_graph::signal::GRID;

/// What an expression of a frame's number `x` is worth at some frames.
fn of(expression: &str, xs: &[f32]) -> Vec<f32> {
    let text = format!("def f(x):\n    return {expression}\n");
    sound(&text, xs.len(), |_, i| Some(xs[i]))
}

fn close(got: &[f32], want: &[f32], error: f32) {
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g - w).abs() <= error, "{i}: {g}, not {w}");
    }
}

#[test]
fn operators_mean_what_python_s_mean() {
    let xs = [7.5, -7.5, 0.25, -0.25, 3.0];
    let by = |f: fn(f64) -> f64| xs.map(|x| f(f64::from(x)) as f32);
    close(&of("x // 2", &xs), &by(|x| (x / 2.0).floor()), 0.0);
    close(&of("x % 2", &xs), &by(|x| x.rem_euclid(2.0)), 0.0);
    close(&of("x % -2", &xs), &[-0.5, -1.5, -1.75, -0.25, -1.0], 0.0);
    close(&of("x ** 3", &xs), &by(|x| x.powi(3)), 1e-4);
    close(&of("2 ** x", &xs), &by(|x| 2f64.powf(x)), 2e-5);
    close(&of("-x + 1 - x * 2 / 4", &xs), &by(|x| 1.0 - 1.5 * x), 0.0);
    close(&of("x < 0", &xs), &[0.0, 1.0, 0.0, 1.0, 0.0], 0.0);
    close(&of("0 <= x", &xs), &[1.0, 0.0, 1.0, 0.0, 1.0], 0.0);
    close(&of("0 < x < 5", &xs), &[0.0, 0.0, 1.0, 0.0, 1.0], 0.0);
    close(
        &of("(x == 3) + (x != 3) * 5", &xs),
        &[5.0, 5.0, 5.0, 5.0, 1.0],
        0.0,
    );
    close(
        &of("(x > 0.25) - (x >= 0.25)", &xs),
        &[0.0, 0.0, -1.0, 0.0, 0.0],
        0.0,
    );
}

#[test]
fn mathematics_is_that_of_the_textbook() {
    let xs: Vec<f32> = (-400..400).map(|i| i as f32 / 37.0).collect();
    let check = |expression: &str, f: fn(f64) -> f64, error: f64| {
        for (x, got) in xs.iter().zip(of(expression, &xs)) {
            let want = f(f64::from(*x));
            let far = (f64::from(got) - want).abs() / want.abs().max(1.0);
            assert!(far <= error, "{expression} of {x}: {got}, not {want}");
        }
    };
    check("sin(x)", f64::sin, 3e-7);
    check("cos(x)", f64::cos, 3e-7);
    check("tan(x / 8)", |x| (x / 8.0).tan(), 1e-6);
    check("asin(x)", |x| x.clamp(-1.0, 1.0).asin(), 3e-7);
    check("acos(x)", |x| x.clamp(-1.0, 1.0).acos(), 3e-7);
    check("atan(x)", f64::atan, 3e-7);
    check("atan2(x, 2)", |x| x.atan2(2.0), 3e-7);
    check("atan2(x, -2)", |x| x.atan2(-2.0), 3e-7);
    check("sinh(x)", f64::sinh, 3e-7);
    check("cosh(x)", f64::cosh, 3e-7);
    check("tanh(x)", f64::tanh, 3e-7);
    check("exp(x)", f64::exp, 3e-7);
    check("exp2(x)", f64::exp2, 3e-7);
    check("log(abs(x) + 0.001)", |x| (x.abs() + 0.001).ln(), 1e-6);
    check("log2(abs(x) + 0.5)", |x| (x.abs() + 0.5).log2(), 3e-7);
    check("log10(abs(x) + 0.5)", |x| (x.abs() + 0.5).log10(), 3e-7);
    check("sqrt(x)", |x| x.max(0.0).sqrt(), 1e-7);
    check("floor(x)", f64::floor, 0.0);
    check("ceil(x)", f64::ceil, 0.0);
    check("round(x)", f64::round_ties_even, 0.0);
    check("abs(x)", f64::abs, 0.0);
    check("min(x, 2, -3)", |x| x.min(-3.0), 0.0);
    check("max(x, 2, -3)", |x| x.max(2.0), 0.0);
    check("min([x, 2, -3])", |x| x.min(-3.0), 0.0);
    check("max([2, x])", |x| x.max(2.0), 0.0);
    check(
        "pow(abs(x) + 0.1, 2.7)",
        |x| (x.abs() + 0.1).powf(2.7),
        1e-6,
    );
    check("pow(x, 3)", |x| x.powi(3), 1e-6);
    check("fmod(x, 1.5)", |x| x % 1.5, 1e-6);
    check("fmod(x, -1.5)", |x| x % -1.5, 1e-6);
    check(
        "remainder(x, 0.75)",
        |x| x - 0.75 * (x / 0.75).round_ties_even(),
        1e-6,
    );
    check(
        "select2(x > 0, 5, x)",
        |x| if x > 0.0 { x } else { 5.0 },
        0.0,
    );
}

#[test]
fn what_has_no_real_result_does_not_silence_a_node() {
    let xs = [-1e30, -5.0, -0.0, 0.0, 1e-40, 5.0, 1e30];
    for expression in [
        "sqrt(x)",
        "log(x)",
        "log2(x)",
        "log10(x)",
        "asin(x)",
        "acos(x)",
        "pow(x, 0.5)",
        "sin(x)",
        "cos(x)",
        "atan2(x, 0)",
        "tanh(x)",
    ] {
        let got = of(expression, &xs);
        assert!(got.iter().all(|y| y.is_finite()), "{expression}: {got:?}");
    }
    close(
        &of("2 ** x", &[10.0, -3.0, 0.0]),
        &[1024.0, 0.125, 1.0],
        0.0,
    );
}

#[test]
fn memory_and_loops_are_one_frame_long() {
    close(&of("mem(x)", &[1.0, 2.0, 3.0]), &[0.0, 1.0, 2.0], 0.0);
    let ramp = "def f():\n    return feedback(lambda y: y + 1)\n";
    close(&first(ramp, 5), &[1.0, 2.0, 3.0, 4.0, 5.0], 0.0);
    let pair = "def f():\n    return feedback(lambda y: (y * 10, y + 1))\n";
    close(&first(pair, 4), &[0.0, 10.0, 20.0, 30.0], 0.0);
    let nested = "def f():\n    return feedback(lambda y: feedback(lambda z: z + y * 0 + 1) + y)\n";
    close(&first(nested, 4), &[1.0, 3.0, 6.0, 10.0], 0.0);
}

#[test]
fn a_loop_of_a_filter_is_the_same_in_spans_of_any_length() {
    let text = "def f(x):
    time = control('time', 40, 0, 90)
    n = white_noise()
    return feedback(lambda y: lowpass(x + n * 0.1 + delay(y, time) * 0.7, 3000)), x * feedback(lambda z: 1 - z)
";
    let f = function(text);
    let value = |name: &str, i: usize| {
        Some(match name {
            "time" => 40.0 + 30.0 * (i as f32 / 500.0).sin(),
            _ => (i % 50) as f32 / 50.0,
        })
    };
    let whole = Run::new(&f, 3).frames(3000, GRID, value);
    for span in [1, 7, 63] {
        assert_eq!(Run::new(&f, 3).frames(3000, span, value), whole, "{span}");
    }
}

#[test]
fn a_delay_is_exact_at_whole_frames_and_smooth_between() {
    let xs: Vec<f32> = (0..200).map(|i| (i as f32 * 0.1).sin()).collect();
    for n in [0usize, 1, 2, 17] {
        let late = of(&format!("delay(x, {n})"), &xs);
        for i in 0..200 {
            assert_eq!(late[i], if i >= n { xs[i - n] } else { 0.0 }, "{n} at {i}");
        }
    }
    let late = of("delay(x, 10.25)", &xs);
    for (i, y) in late.iter().enumerate().skip(20) {
        assert!((y - ((i as f32 - 10.25) * 0.1).sin()).abs() < 1e-4);
    }
    // Beyond its ends it is held: a control says how long the line must be.
    let text = "def f(x):\n    return delay(x, control('n', 0, 0, 20))\n";
    let far = sound(text, 50, |name, i| {
        Some(if name == "n" { 1e9 } else { i as f32 })
    });
    assert_eq!(far[49], 29.0);
    let before = sound(text, 50, |name, i| {
        Some(if name == "n" { -5.0 } else { i as f32 })
    });
    assert_eq!(before[49], 49.0);
}

#[test]
fn tables_are_read_and_written_within_their_ends() {
    let xs = [0.0, 1.9, 2.0, -7.0, 99.0, f32::INFINITY];
    let got = of("rdtable([5, 6, 7], x)", &xs);
    close(&got, &[5.0, 6.0, 7.0, 5.0, 7.0, 7.0], 0.0);
    // Written each frame at its index, read two further back.
    let got = of("rwtable(4, x, x * 10, x - 2)", &[0.0, 1.0, 2.0, 3.0]);
    close(&got, &[0.0, 0.0, 0.0, 10.0], 0.0);
    let got = of("rwtable([1, 2, 3], x, x, 2)", &[-9.0, 1.0, 99.0]);
    close(&got, &[3.0, 3.0, 99.0], 0.0);
}

/// The message and hint about a function's body.
fn wrong(body: &str) -> String {
    let text = format!("def f(x):\n    {body}\nnode('n', f)\n");
    let error = evaluate(&text).expect_err(body);
    format!(
        "{} {}",
        error.0[0].message,
        error.0[0].hint.clone().unwrap_or_default()
    )
}

#[test]
fn mistakes_are_told() {
    assert!(wrong("return x if x > 0 else 1").contains("select2"));
    assert!(wrong("return (x > 0) and (x < 1)").contains("a * b"));
    assert!(wrong("return x or 1").contains("max(a, b)"));
    assert!(wrong("return any([x > 0])").contains("max(a, b)"));
    assert!(wrong("return all([1, x > 0])").contains("a * b"));
    assert!(wrong("return bool(x)").contains("x != 0"));
    assert!(wrong("return control('c', labels=[])").contains("two strings or more"));
    let bare = evaluate("node('n', reverb)\n").expect_err("no function of the score");
    assert!(bare.to_string().contains("function of the score"));
    assert!(
        bare.0[0]
            .hint
            .as_deref()
            .unwrap()
            .contains("lambda inp: reverb(inp)")
    );
    assert!(wrong("return feedback(lambda y: (y, y, y))").contains("what comes back"));
    assert!(wrong("return feedback(lambda: 1)").contains("takes 0 arguments"));
    assert!(wrong("return rdtable(['a'], x)").contains("numbers"));
    assert!(wrong("return rdtable([], x)").contains("empty"));
    assert!(wrong("return sum([delay(x, 900000 + i) for i in range(9)])").contains("60 seconds"));
}

#[test]
fn functions_are_put_together() {
    close(&of("merge(*split(x, 3))", &[2.0]), &[6.0], 0.0);
    close(
        &of("chain(lambda a: a + 1, lambda b: b * 10)(x)", &[2.0]),
        &[30.0],
        0.0,
    );
    let text = "def f(a, b):
    crossed = route(2, 2, [(0, 1), (1, 0), (0, 0)])
    both = parallel(lambda x: x * 2, bus(1))
    return chain(crossed, both)(a, b)
";
    let [left, right] = Run::new(&function(text), 1)
        .frames(1, 1, |name, _| Some(if name == "a" { 1.0 } else { 5.0 }));
    assert_eq!((left[0], right[0]), (12.0, 1.0));
    // A node is made of them too.
    let patch = evaluate(
        "def twice(x):
    return x * 2
node('n', chain(twice, twice))
",
    )
    .unwrap();
    assert_eq!(patch.nodes[0].inputs(), ["inp"]);
    assert!(wrong("return parallel(lambda a: a, lambda b: b)(x)").contains("more signals"));
    assert!(wrong("return route(1, 1, [(0, 5)])(x)").contains("counted from 0"));
}

#[test]
fn derivatives_are_the_limits_of_differences() {
    let xs: Vec<f32> = (0..60)
        .map(|i| (i as f32 * 0.37).sin() * 0.8 + 0.1)
        .collect();
    for expression in [
        "x * x * 3 - x / (x + 3)",
        "sin(x) * cos(x * 2) + tan(x / 2)",
        "exp(x) + log(x + 2) + sqrt(x + 2)",
        "tanh(x * 2) + atan(x) + asin(x / 2)",
        "(x + 2) ** 2.5 + 2 ** x",
        "max(x, 0.3) + min(x, 0.1) + abs(x)",
        "select2(x > 0.2, x * 5, -x)",
        "mem(x) * x + delay(x, 3)",
        "feedback(lambda y: x + y * 0.7 * x)",
        "onepole(x, 900) + lowpass(x, 500, 3)",
        "fmod(x * 3, 2.2)",
    ] {
        let slope = of(&format!("jvp(lambda x: {expression})(x, 1)[1]"), &xs);
        let h = 1.0 / 512.0;
        let above: Vec<f32> = xs.iter().map(|x| x + h).collect();
        let below: Vec<f32> = xs.iter().map(|x| x - h).collect();
        let (above, below) = (of(expression, &above), of(expression, &below));
        let wrong = |i: &usize| {
            let limit = (above[*i] - below[*i]) / (2.0 * h);
            (slope[*i] - limit).abs() > 0.02 * limit.abs().max(1.0)
        };
        // At a corner or a step the difference spans both sides.
        let wrong: Vec<usize> = (0..xs.len()).filter(wrong).collect();
        assert!(wrong.len() <= 3, "{expression}: frames {wrong:?}");
    }
    // Numbers too are differentiated by.
    let at = first(
        "def f():
    return jvp(lambda x, y: x * y)(3, 4, 1, 0)[1]
",
        1,
    );
    assert_eq!(at, [4.0]);
    let only = first(
        "def f():
    return jvp(lambda x, y: x * y, wrt=[1])(3, 4, 1)[1]
",
        1,
    );
    assert_eq!(only, [3.0]);
    assert!(wrong("return jvp(lambda c: lowpass(x, c))(800, 1)[1]").contains("cutoff"));
}

/// krach's functions of signals with their parameters, which scores written for it name. What Sorl adds comes after them.
const KRACH: &str = "
    abs_(sig) acos(sig) asin(sig) atan(sig) atan2(y,x) ceil(sig) cos(sig) delay(sig,n) exp(sig) feedback(body_fn) floor(sig)
    fmod(a,b) ge(a,b) gt(a,b) le(a,b) log(sig) log10(sig) lt(a,b) max_(a,b) mem(sig) min_(a,b) ne(a,b) pow_(base,exponent)
    remainder(a,b) round_(sig) sample_rate() select2(selector,when_zero,when_one) sin(sig) sqrt(sig) sr() tan(sig)
    unit_delay(sig) control(name,init,lo,hi,step) bandpass(sig,freq,q) dcblock(sig,coeff) highpass(sig,freq,order)
    lowpass(sig,freq,order) onepole(sig,cutoff) resonant(sig,freq,q) pink_noise() white_noise() lfo(freq,lo,hi) phasor(freq)
    pulse(freq,width) saw(freq) sine_osc(freq) square(freq,duty) triangle(freq) wavetable(data,index) clip(sig,lo,hi)
    db_to_linear(db) lerp(a,b,t) linear_to_db(amp) smooth(sig,time_ms) wrap(sig,lo,hi) chorus(sig,rate,depth)
    echo(sig,delay_ms,feedback_amt) flanger(sig,rate,depth,feedback_amt) reverb(sig,room_size,damping)
    adsr(attack,decay_time,sustain,release,gate) ar(attack,release,gate) decay(rate) edge_trigger(sig) latch(sig,trig)
    trigger(sig) freq_to_midi(freq) midi_to_freq(note) pan(sig,pos) stereo_width(left,right,width) split(sig,n)
    merge(*signals) bus(n) chain(*fns) parallel(*fns) route(n_in,n_out,pairs)";

#[test]
fn krach_s_functions_have_its_names_and_parameters_in_its_order() {
    let ours = signal_functions();
    for theirs in KRACH.split_whitespace() {
        let (name, parameters) = theirs.trim_end_matches(')').split_once('(').unwrap();
        let parameters: Vec<&str> = parameters.split(',').filter(|p| !p.is_empty()).collect();
        let own = ours.iter().find(|entry| entry.name == name);
        let own = own.unwrap_or_else(|| panic!("there is no `{name}`"));
        let kept = own.parameters.get(..parameters.len());
        assert_eq!(kept, Some(&parameters[..]), "{name}");
    }
}

#[test]
fn what_is_beyond_its_range_does_not_grow_by_itself() {
    let xs: Vec<f32> = (0..20_000u16).map(|i| f32::from(i % 3)).collect();
    let below = of("onepole(x, -400)", &xs);
    assert_eq!(below, of("onepole(x, 48000 * 1e-5)", &xs));
    assert!(below.iter().all(|y| (0.0..1.0).contains(y)));
    let far = of("onepole(x, 1e9)", &xs);
    assert_eq!(far, xs, "nothing is left to filter");
    assert_eq!(of("wavetable_osc([2, 2, 2], 100) + x * 0", &[1.0]), [0.0]);
}

#[test]
fn a_room_beyond_its_range_is_held_to_it() {
    let impulse = |_: &str, i: usize| Some(f32::from(u8::from(i == 0)));
    for (beyond, held) in [
        ("4, 0.5", "1, 0.5"),
        ("0.5, 9", "0.5, 1"),
        ("-3, -1", "0, 0"),
    ] {
        let of = |room: &str| {
            let text = format!("def f(x):\n    return reverb(x, {room})\n");
            sound(&text, 20_000, impulse)
        };
        assert_eq!(of(beyond), of(held), "{beyond}");
    }
}
