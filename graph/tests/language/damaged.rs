//! Damaged scores: each is a Patch or an error, within the bounds.

use super::{evaluate_with_console, printed};
use proptest::prelude::*;
use sorl_graph::score::Cancel;

const BEAT: &str = include_str!("../../../examples/five-minute-beat.sorl");
/// Every kind of statement and expression there is.
const ALL: &str = r#"import math
def voice(*parts, detune=0.01, **named):
    """A voice."""
    def f():
        freq = control("freq", 55.0, 20, 800)
        saws = [saw(freq * (1 + detune * i)) for i in range(3) if i != 1]
        return sum(saws) / len(saws) * control('gate', 0, 0, 1)
    return f
levels = {"low": 0.2, 'high': .1, **{}}
nodes = {name: node(f"{name}_{i:02d}", voice(gain=level), gain=level)
         for i, (name, level) in enumerate(levels.items())}
first, *others = list(nodes.values())
notes = ["A2", None, *('C3', 'E3')][::-1] + ['D3'] * 2
count = 0
def more(n):
    global count
    count += n
    return more(n - 1) if n > 0 else count
while count < 5 and not False or count is None:
    more(1)
    if count % 3 == 0: continue
    elif count not in (1, 2, 3): break
else:
    print('never', f'{count!r:>8} {math.sqrt(2) = :.3f}', sep=', ')
assert 0 <= count < 100, "too many"
first @ seq(*notes[1:4]).over(2)
first @ (note(60, 64) + rest() + hit() * 2 | hit())
for n in others:
    n["gain"] = max(0.1, min(1, count / 10)) ** 2 // 1
    n @ ("freq", sine(200, 400).over(4))
words = sorted('b a c'.split(), key=lambda w: -len(w), reverse=True)
print('-'.join(w.upper() for w in words), '{:>5.1f}'.format(2), words[-1][0])
del words[0], levels['low']
with batch():
    tempo(120); meter(3, 4)
"#;

/// Every part of a session: groups, modules, patterns with patterned arguments, scenes, acts, knobs.
const SESSION: &str = r#"
def tone():
    cutoff = control("cutoff", 800, 100, 4000)
    return lowpass(saw(control("freq", 55, 20, 800)), cutoff) * control("gate", 0, 0, 1)
def duck(inp, key): return inp * (1 - smooth(key, 20))
@graph
def strip(g, level=0.5):
    a = g.node("a", tone, gain=level)
    b = g.bus("b", duck)
    a >> b
    g.inputs(b)
    g.outputs(b)
left = sub("left", strip, oversample=2)
t = voice("drums/tone", tone, count=4, cutoff=900)
d = node("drums/kit", sampler(), gain=0.5)
c = node("duck", duck)
left >> c
t >> (c, 0.4, "key")
t >> (left["a/cutoff"], 200)
t @ note("c3 [e3 g3]*2 <a3 b3>(3,8)", vel=0.5).every("<2 3>", rev).off(1/8, add(7)).set(cutoff=sine.range(200, 800))
d @ s("bd [hh? hh]*2 sd:<1 2>").chop("<2 4>").slice(8, run(4)).plyWith(2, lambda x: x.speed(2)).nudge(rand.range(0, 0.02))
t @ ("cutoff", n("0 .. 3").mul.out("1 <2 3>").add(choose(1, 2).segment(8)).range("<200 300>", 400).euclidLegato("<3 5>", 8))
midi_out(2) @ chord("<C^7 Am7>").voicing().arp("0 [1,2]").within("<0 0.25>", 0.5, fast(2)).echoWith(3, 1/8, lambda p, i: p.add(i))
play("drums", polymeter("c3 e3", "g3 a3 b3", steps=4).jux(rev).ribbon("<0 2>", 3), from_zero=True)
t["cutoff"] *= 0.5; kr.tempo += t["cutoff"] / 100
mod("drums/gain", [0, 1, 0.5], 0, 1, bars=2)
macro(1, "duck/gain"); midi_map(74, "left/a/cutoff", 200, 800)
with scene("break"):
    mute("drums"); tempo(90, at=4, ramp="linear")
with transition(2): c["gain"] = 0.3
at(8, recall("break", 2), fade("drums", 0))
m = capture()
instantiate(m, "again")
remove("again/drums"); unsend(t, c, "key"); rename("duck", "pump")
print(scenes(), kr["left/a"], f"{kr['pump/gain']:.2f}")
"#;

/// What mutations put in: pieces of the language, so that they reach further than letters would.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "*",
    "**",
    "=",
    "==",
    ".",
    "-",
    " 10 ** 9 ",
    "f'{",
    "}'",
    "f\"\"\"",
    "'",
    "\n",
    "\n    ",
    " for x in y ",
    " if x else ",
    "lambda: ",
    " in ",
    " is not ",
    "None",
    "range(99999)",
    "x",
    "more",
    "first",
    "[-1]",
    "[::2]",
    ".append(x)",
    ".items()",
    "*notes",
    "while True: ",
    "def f(x): ",
    "return ",
    "global ",
    "@",
    ">>",
    "|",
    "{x:9}",
    "\\",
    "#",
    "1e308",
    "<0 [1 2]*3>",
    ".fast(",
    ".every(2, rev)",
    ".off(1/8, ",
    "note('c3*64')",
    "sine",
    "kr['drums']",
    "(3,8)",
    "*1024",
    "\u{e5}",
];

/// How many damaged scores are tried; `SORL_MUTATIONS` says otherwise.
fn mutations() -> u32 {
    let asked = std::env::var("SORL_MUTATIONS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(5000)
}

#[test]
fn the_scores_that_are_damaged_below_are_whole() {
    assert_eq!(printed(ALL), ["B-A-C   2.0 c"]);
    assert_eq!(printed(SESSION), ["['break'] <node 'left/a'> 1.00"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: mutations(), ..ProptestConfig::default() })]
    #[test]
    fn a_damaged_score_is_an_error_or_a_patch_and_never_a_crash(
        score in prop::sample::select(&[BEAT, ALL, SESSION][..]),
        cuts in prop::collection::vec(
            (
                0usize..2400,
                0usize..40,
                prop_oneof![
                    "[ -~\n\\PC]{0,6}",
                    prop::sample::select(PIECES).prop_map(str::to_owned),
                ],
            ),
            1..6,
        )
    ) {
        let mut text = score.to_owned();
        for (at, len, new) in cuts {
            let floor = |mut i: usize| {
                i = i.min(text.len());
                while !text.is_char_boundary(i) {
                    i -= 1;
                }
                i
            };
            let (from, to) = (floor(at), floor(at + len));
            text.replace_range(from..to, &new);
        }
        let made = evaluate_with_console(&text, &Cancel::new());
        if let Err(errors) = made.patch {
            prop_assert!(!errors.0.is_empty());
            // Also the rendering must find its way around any text.
            prop_assert!(errors.render("score", &text).contains("error"));
        }
    }
}
