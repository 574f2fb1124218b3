//! What is told of mistakes: the place, what is wrong, a way out.

use super::{evaluate_with_console, printed, wrong};
use sorl_graph::score::Cancel;

#[test]
fn mistakes_of_the_new_kinds_are_told_with_their_place_and_a_way_out() {
    let mut other = Vec::new();
    for (text, line, column, message, hint) in [
        (
            "d = {'cutoff': 1}\nd['cutof']",
            2,
            3,
            "there is no entry `cutof`",
            "did you mean `cutoff`?",
        ),
        (
            "{[1]: 2}",
            1,
            2,
            "a list cannot be a dictionary's key",
            "a tuple can: tuple(items)",
        ),
        (
            "x = {1, 2}",
            1,
            5,
            "scores have no sets",
            "a list is written [1, 2], a dictionary {\"a\": 1}",
        ),
        ("x = [1][3]", 1, 9, "index 3 is outside of 1 items", ""),
        (
            "x = 'abc'[1.5]",
            1,
            11,
            "an index is a whole number, not the number 1.5",
            "",
        ),
        ("x = [1][::0]", 1, 11, "a slice cannot go in steps of 0", ""),
        (
            "x = [1]\nx[0:1] = 5",
            2,
            1,
            "a slice cannot be assigned to",
            "make a new list of its parts: x[:2] + new + x[4:]",
        ),
        (
            "for x in 5: pass",
            1,
            10,
            "the number 5 has no items to go through",
            "to count, write range(5)",
        ),
        ("a, b = 1, 2, 3", 1, 1, "2 names for 3 values", ""),
        (
            "f'{x'",
            1,
            3,
            "this `{` is never closed in the string",
            "a brace that is meant is written twice: {{",
        ),
        (
            "f'a}'",
            1,
            4,
            "this `}` closes nothing in the string",
            "a brace that is meant is written twice: }}",
        ),
        (
            "f'{}'",
            1,
            3,
            "there is no value between these braces",
            "a brace that is meant is written twice: {{",
        ),
        (
            "x = f'{nam}'\nname = 1",
            1,
            8,
            "there is no name `nam` here",
            "",
        ),
        (
            "f'{1.5:d}'",
            1,
            4,
            "the format `d` does not fit the number 1.5",
            "formats are written {x:.2f}, {x:>8}, {n:03d}, {x:.0%}",
        ),
        (
            "f'{1:99999}'",
            1,
            4,
            "the format `99999` is too wide",
            "formats are written {x:.2f}, {x:>8}, {n:03d}, {x:.0%}",
        ),
        (
            "'a %d' % 3",
            1,
            1,
            "scores do not format with `%`",
            "write an f-string: f\"{x:.2f} Hz\"",
        ),
        (
            "'a' + 3",
            1,
            1,
            "`+` does not go between a string and the number 3",
            "make a string of the number: str(x), or f\"{x}\"",
        ),
        (
            "'abc'.uper()",
            1,
            7,
            "a string has no `uper`",
            "did you mean `upper`?",
        ),
        (
            "[].append(1, 2)",
            1,
            14,
            "`append` takes at most one argument",
            "append(item)",
        ),
        (
            "[].apend(1)",
            1,
            4,
            "a list has no `apend`",
            "did you mean `append`?",
        ),
        (
            "[].pop()",
            1,
            1,
            "there is nothing to take from an empty list",
            "",
        ),
        ("int('x')", 1, 5, "`x` is not a whole number", ""),
        ("max([])", 1, 1, "nothing is given to choose from", ""),
        (
            "sorted([1, 'a'])",
            1,
            1,
            "a string and the number 1 have no order",
            "",
        ),
        (
            "x = 9223372036854775807 + 1",
            1,
            5,
            "this number is too large",
            "",
        ),
        ("x = 2.0 ** 5000", 1, 12, "this number is too large", ""),
        (
            "x = (-2) ** 0.5",
            1,
            13,
            "this power has no real result",
            "",
        ),
        ("x = 5 % 0.0", 1, 9, "this is a division by nought", ""),
        (
            "import math\nmath.log(0)",
            2,
            1,
            "a logarithm is of a number above 0",
            "",
        ),
        (
            "math.sinus(1)",
            1,
            6,
            "a module has no `sinus`",
            "did you mean `sin`?",
        ),
        ("assert 1 > 2, 'too few notes'", 1, 8, "too few notes", ""),
        ("assert 1 > 2", 1, 8, "`1 > 2` does not hold", ""),
        (
            "import numpy as np",
            1,
            8,
            "scores cannot import `numpy`",
            "there are `math` and `krach`, and what they hold is there without an import",
        ),
        (
            "from math import *",
            1,
            18,
            "name what is needed of `math`",
            "from math import pi, sin",
        ),
        (
            "from math import sinus",
            1,
            18,
            "a module has no `sinus`",
            "did you mean `sin`?",
        ),
        (
            "class A: pass",
            1,
            1,
            "scores have no `class`",
            "a function that returns functions keeps things together",
        ),
        (
            "try:\n    x = 1",
            1,
            1,
            "scores have no `try`",
            "a mistake ends the evaluation and the last good sound goes on",
        ),
        (
            "open('a')",
            1,
            1,
            "there is no name `open` here",
            "scores read no files and run no other programs",
        ),
        (
            "def f(a): pass\nf(b=1)",
            2,
            5,
            "`f` has no argument `b`",
            "did you mean `a`?",
        ),
        (
            "def f(**k): pass\nf(**[1])",
            2,
            5,
            "`**` takes a dictionary, not a list",
            "",
        ),
        (
            "def f(): nonlocal q\nf()",
            1,
            19,
            "no function around this one has a name `q`",
            "`global` is for names outside of all functions; called from line 2",
        ),
        ("global x", 1, 8, "`global` stands inside functions", ""),
        (
            "a = b = 1",
            1,
            7,
            "one assignment to a statement",
            "give the second name its value in a line of its own",
        ),
        (
            "f(x for x in [1], 2)",
            1,
            3,
            "beside other arguments this needs brackets of its own",
            "write [… for … in …]",
        ),
        (
            "x = *[1]",
            1,
            5,
            "a `*` stands in a list, a tuple or a call",
            "",
        ),
        (
            "isinstance(1, 2)",
            1,
            15,
            "`kind` must be int, float, str, bool, list, tuple or dict, not the number 2",
            "",
        ),
        (
            "d = {1: 2}\nfor k in d: d[k + 1] = 1",
            2,
            10,
            "this dictionary changed its size while a loop went through it",
            "go through a copy: for k in list(d)",
        ),
    ] {
        let found = wrong(&format!("{text}\n"));
        let told = (line, column, message.to_owned(), hint.to_owned());
        if found != told {
            other.push((text, told, found));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn a_mistake_in_a_function_says_where_the_function_was_called() {
    let text =
        "def inner(x):\n    return x / 0\n\ndef outer(x):\n    return inner(x)\n\nouter(1)\n";
    assert_eq!(
        wrong(text),
        (
            2,
            16,
            "this is a division by nought".into(),
            "called from line 5, from line 7".into()
        )
    );
    let text = "def f():\n    return zyxwv(5)\n\nnode('a', f)\n";
    let (line, _, message, hint) = wrong(text);
    assert_eq!(
        (line, message.as_str()),
        (2, "there is no name `zyxwv` here")
    );
    assert_eq!(hint, "called from line 4");
    let text = "def f(x):\n    return lenn(x)\nlist(map(f, [1]))\n";
    assert_eq!(wrong(text).3, "did you mean `len`?; called from line 3");
}

#[test]
fn a_function_without_end_is_named() {
    let (line, _, message, hint) = wrong("def up(n):\n    return up(n + 1)\nup(0)\n");
    assert_eq!(line, 2);
    assert!(
        message.starts_with("`up` calls itself without end, or too deep ("),
        "{message}"
    );
    assert!(
        hint.starts_with("it needs a case in which it does not call itself"),
        "{hint}"
    );
    let each_other = "def a(): return b()\ndef b():\n    for x in [1]:\n        if x:\n            with batch(): return [a() for y in [1]]\na()\n";
    assert!(wrong(each_other).2.contains("calls itself without end"));
    let deep = "def f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(20))\n";
    assert_eq!(printed(deep), ["20"]);
    let by_key = "def f(x): return sorted([1, 2], key=f)\nf(1)\n";
    assert!(wrong(by_key).2.contains("`f` calls itself"));
}

#[test]
fn what_a_score_prints_is_kept_with_its_place_also_before_a_mistake() {
    let text = "print('one', 2)\nx = 1\nprint(x)\ny = nothing\n";
    let made = evaluate_with_console(text, &Cancel::new());
    assert!(made.patch.is_err());
    let lines: Vec<_> = made
        .console
        .iter()
        .map(|l| {
            (
                l.text.as_str(),
                &text[l.span.start as usize..l.span.end as usize],
            )
        })
        .collect();
    assert_eq!(lines, [("one 2", "print('one', 2)"), ("1", "print(x)")]);
}
