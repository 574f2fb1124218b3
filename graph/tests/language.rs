//! The language as Python: what expressions are worth, what is printed, and what stops a score.

use proptest::prelude::*;
use sorl_graph::score::{Cancel, Evaluation, evaluate_with};
use sorl_graph::ugen::Units;

fn evaluate_with_console(text: &str, cancel: &Cancel) -> Evaluation {
    evaluate_with(text, &Units::default(), cancel)
}
use std::time::{Duration, Instant};

/// The lines that a score prints.
fn printed(text: &str) -> Vec<String> {
    let made = evaluate_with_console(text, &Cancel::new());
    if let Err(why) = made.patch {
        panic!("{}", why.render("score", text));
    }
    made.console.into_iter().map(|line| line.text).collect()
}

/// Line, column, message and hint of the first thing that is wrong.
fn wrong(text: &str) -> (usize, usize, String, String) {
    let made = evaluate_with_console(text, &Cancel::new());
    let error = made.patch.expect_err(text);
    let d = &error.0[0];
    let (line, column) = d.place(text);
    (
        line,
        column,
        d.message.clone(),
        d.hint.clone().unwrap_or_default(),
    )
}

/// Expressions and what CPython 3 writes for `[…]` of them.
const WORTH: &[(&str, &str)] = &[
    (
        r"7 // 2, -7 // 2, 7 // -2, -7 // -2, 7 % 3, -7 % 3, 7 % -3, -7 % -3",
        r"[3, -4, -4, 3, 1, 2, -2, -1]",
    ),
    (
        r"7.5 // 2, -7.5 // 2, 7.5 % -2, -7.5 % 2, 1e300 % 7, 6.0 // 0.1",
        r"[3.0, -4.0, -0.5, 0.5, 1.0, 59.0]",
    ),
    (
        r"7 / 2, 8 / 2, 2 ** 10, 2 ** -1, 10 ** -3, 2.0 ** 0.5, True + 1, -(3)",
        r"[3.5, 4.0, 1024, 0.5, 0.001, 1.4142135623730951, 2, -3]",
    ),
    (
        r"divmod(-7, 2), divmod(7.5, 2), pow(2, 5), abs(-3), abs(-2.5)",
        r"[(-4, 1), (3.0, 1.5), 32, 3, 2.5]",
    ),
    (
        r"round(2.5), round(3.5), round(-0.5), round(2.675, 2), round(1234, -2), round(7, 2)",
        r"[2, 4, 0, 2.67, 1200, 7]",
    ),
    (
        r"int(3.9), int(-3.9), int('12'), float('1.5'), float(2), bool([]), bool('x'), str(1.0)",
        r"[3, -3, 12, 1.5, 2.0, False, True, '1.0']",
    ),
    (
        r"1e16, 1e15, 123456789.0, 0.0001, 0.00001, 1.5e-7, 100.0, 1/3, -0.0",
        r"[1e+16, 1000000000000000.0, 123456789.0, 0.0001, 1e-05, 1.5e-07, 100.0, 0.3333333333333333, -0.0]",
    ),
    (
        r"'a' + 'b' * 3, 'abc'[1], 'abc'[-1], 'åäö'[::-1], 'hello'[1:4], 'hello'[::2]",
        r"['abbb', 'b', 'c', 'öäå', 'ell', 'hlo']",
    ),
    (
        r"[1, 2, 3, 4][1:3], [1, 2, 3, 4][::-1], [1, 2, 3, 4][-2:], (1, 2, 3)[5:], [1, 2, 3, 4][3:0:-2], [1, 2][:100]",
        r"[[2, 3], [4, 3, 2, 1], [3, 4], (), [4, 2], [1, 2]]",
    ),
    (
        r"range(5), list(range(5)), list(range(10, 0, -3)), range(10)[2:8:3], len(range(0, 10, 3)), 4 in range(0, 10, 2), list(range(3, 1))",
        r"[range(0, 5), [0, 1, 2, 3, 4], [10, 7, 4, 1], range(2, 8, 3), 4, True, []]",
    ),
    (
        r"{'a': 1, 'b': [2, 3]}, {1: 'x', (1, 2): 'y'}, {}, {1: 'a', 1.0: 'b', True: 'c'}",
        r"[{'a': 1, 'b': [2, 3]}, {1: 'x', (1, 2): 'y'}, {}, {1: 'c'}]",
    ),
    (
        r"[x * x for x in range(4)], [(x, y) for x in range(3) for y in range(x)], {k: v for k, v in zip('ab', (1, 2))}, [x for x in range(10) if x % 2 if x > 3]",
        r"[[0, 1, 4, 9], [(1, 0), (2, 0), (2, 1)], {'a': 1, 'b': 2}, [5, 7, 9]]",
    ),
    (
        r"sum(x for x in range(5)), sum([1.5, 2]), sum([[1], [2]], []), max(3, 1, 2), min([4, 2]), max('a', 'b', key=lambda s: -len(s)), min([], default=5)",
        r"[10, 3.5, [1, 2], 3, 2, 'a', 5]",
    ),
    (
        r"sorted([3, 1, 2]), sorted('bca', reverse=True), sorted([(1, 'b'), (1, 'a'), (0, 'c')]), sorted([3, -1, 2], key=abs)",
        r"[[1, 2, 3], ['c', 'b', 'a'], [(0, 'c'), (1, 'a'), (1, 'b')], [-1, 2, 3]]",
    ),
    (
        r"list(enumerate('ab', 1)), list(zip([1, 2, 3], 'ab')), list(map(lambda x: x + 1, [1, 2])), list(filter(None, [0, 1, '', 'a'])), list(reversed([1, 2]))",
        r"[[(1, 'a'), (2, 'b')], [(1, 'a'), (2, 'b')], [2, 3], [1, 'a'], [2, 1]]",
    ),
    (
        r"any([0, 1]), all([]), all([1, 0]), 2 in [1, 2], 'b' in 'abc', 'x' not in {'x': 1}, None is None, [] is not [], 1 < 2 < 3, 3 > 2 > 2",
        r"[True, True, False, True, True, False, True, True, True, False]",
    ),
    (
        r"[1, [2, 3]] == [1, [2, 3]], (1, 2) < (1, 3), [1] < [1, 0], 'a' < 'b', {'a': 1} == {'a': 1.0}, 1 == 1.0, 1 == True, 'a' == 1",
        r"[True, True, True, True, True, True, True, False]",
    ),
    (
        r#"f'{3.14159:.2f}', f'{5:>4}|{5:<4}|{5:^4}|', f'{"a":>4}', f'{1234567:,}', f'{0.25:.0%}', f'{255:x} {5:b} {255:X} {8:o}', f'{3:03d}', f'{-3:+d} {3:+}', f'{1e-7:g} {123456789.0:g} {0.5:g}'"#,
        r#"['3.14', '   5|5   | 5  |', '   a', '1,234,567', '25%', 'ff 101 FF 10', '003', '-3 +3', '1e-07 1.23457e+08 0.5']"#,
    ),
    (
        r#"f'{1.0}', f'{2:.1f}', f'{1234.5:e}', f'{3.0:.3}', f'{12345.678:,.1f}', f'{-5:05d}', f'{"abc":*^7}', f'{True}', f'{"x"!r}', f'{{}}', f'{3:{4}}|', f'{12.5:08.2f}'"#,
        r#"['1.0', '2.0', '1.234500e+03', '3.0', '12,345.7', '-0005', '**abc**', 'True', "'x'", '{}', '   3|', '00012.50']"#,
    ),
    (
        r"'a b  c'.split(), 'a,b,,c'.split(','), 'a-b-c'.split('-', 1), ' a b c '.split(None, 1), '-'.join(['a', 'b']), '  x '.strip(), 'xxaxx'.strip('x'), 'aXb'.upper(), 'AbC'.lower(), 'hello world'.title(), 'hello'.capitalize()",
        r"[['a', 'b', 'c'], ['a', 'b', '', 'c'], ['a', 'b-c'], ['a', 'b c '], 'a-b', 'x', 'a', 'AXB', 'abc', 'Hello World', 'Hello']",
    ),
    (
        r"'a.b'.replace('.', '-'), 'aaa'.replace('a', 'b', 2), 'kick'.startswith('k'), 'kick'.endswith(('a', 'k')), 'hello'.find('l'), 'hello'.find('z'), 'hello'.count('l'), '7'.zfill(3), '12'.isdigit()",
        r"['a-b', 'bba', True, True, 2, -1, 2, '007', True]",
    ),
    (
        r"'{} and {}'.format(1, 2), '{1} {0} {name:.1f}'.format('a', 'b', name=2), '{{{}}}'.format(3)",
        r"['1 and 2', 'b a 2.0', '{3}']",
    ),
    (
        r#"'it\'s', "say \"hi\"", 'tab\t', r'\d', 'a' 'b' f'{1}'"#,
        r#"["it's", 'say "hi"', 'tab\t', '\\d', 'ab1']"#,
    ),
    (
        r"[*range(3), *'ab'], (*[1, 2], 3), {**{'a': 1}, 'b': 2}, dict(a=1, b=2), dict([(1, 2)]), list({'a': 1}), tuple([1]), list('ab')",
        r"[[0, 1, 2, 'a', 'b'], (1, 2, 3), {'a': 1, 'b': 2}, {'a': 1, 'b': 2}, {1: 2}, ['a'], (1,), ['a', 'b']]",
    ),
    (
        r"{'a': 1}.get('a'), {'a': 1}.get('b'), {'a': 1}.get('b', 7), {'a': 1}['a'], [1, 2, 1].count(1), [1, 2].index(2), (3, 4).index(4)",
        r"[1, None, 7, 1, 2, 1, 1]",
    ),
    (
        r"isinstance(1, int), isinstance(1.5, (int, str)), isinstance('a', str), isinstance(True, int), callable(len), callable(3)",
        r"[True, False, True, True, True, False]",
    ),
    (
        r"1 if [] else 2, not 0, 0 or 'x', 1 and 2, None or 0, [] and 1",
        r"[2, True, 'x', 2, 0, []]",
    ),
];

#[test]
fn expressions_are_worth_what_python_makes_of_them() {
    let mut other = Vec::new();
    for (expressions, worth) in WORTH {
        let found = printed(&format!("print([{expressions}])\n"));
        if found != [*worth] {
            other.push((expressions, worth, found));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn statements_do_what_python_s_do() {
    let mut other = Vec::new();
    for (text, lines) in [
        (
            "x = [3, 1, 2]\nx.append(5)\nx.extend((7, 8))\nx.insert(1, 9)\nprint(x, x.pop(), x.pop(0))\nx.remove(9)\nx.reverse()\nprint(x)\nx.sort(reverse=True)\nprint(x)\ny = x.copy()\ny.clear()\nprint(len(x), y)\n",
            &[
                "[9, 1, 2, 5, 7] 8 3",
                "[7, 5, 2, 1]",
                "[7, 5, 2, 1]",
                "4 []",
            ][..],
        ),
        (
            "d = {'a': 1}\nd['b'] = 2\nd['a'] += 5\nd.update({'c': 3}, d=4)\nprint(d.pop('b'), d.pop('z', None), d.setdefault('e', 9), d)\nfor k, v in d.items():\n    print(k, v, sep='=', end=';')\nprint()\ndel d['a']\nprint(d.keys(), d.values(), 'a' in d, len(d))\n",
            &[
                "2 None 9 {'a': 6, 'c': 3, 'd': 4, 'e': 9}",
                "a=6;c=3;d=4;e=9;",
                "['c', 'd', 'e'] [3, 4, 9] False 3",
            ][..],
        ),
        (
            "a, *b, c = range(5)\n(x, y), z = (1, 2), [3]\nprint(a, b, c, x, y, z)\nfor i, (j, k) in enumerate([(1, 2)]): print(i, j, k)\n",
            &["0 [1, 2, 3] 4 1 2 [3]", "0 1 2"][..],
        ),
        (
            "def f(a, *rest, k=1, **names): return (a, rest, k, names)\nprint(f(1), f(1, 2, 3, k=4, z=5))\nprint(f(*[1, 2], **{'k': 3, 'w': 4}))\ndef g(a, *, b): return a + b\nprint(g(1, b=2), (lambda *xs: len(xs))(1, 2))\n",
            &[
                "(1, (), 1, {}) (1, (2, 3), 4, {'z': 5})",
                "(1, (2,), 3, {'w': 4})",
                "3 2",
            ][..],
        ),
        (
            "n = 0\ndef count():\n    global n\n    n += 1\ndef make():\n    total = 0\n    def add(x):\n        nonlocal total\n        total += x\n        return total\n    return add\ncount(); count()\nadd = make()\nadd(2)\nprint(n, add(3))\n",
            &["2 5"][..],
        ),
        (
            "for i in [1, 2]:\n    pass\nelse:\n    print('all')\nfor i in [1, 2]:\n    break\nelse:\n    print('never')\nwhile i < 3:\n    i += 1\nelse: print('end', i)\n",
            &["all", "end 3"][..],
        ),
        (
            "x = 2.5\nname = 'cutoff'\nw = 8\nprint(f'{name}: {x:{w}.2f}|{x=}|{x + 1 = :.1f}|{[y for y in range(3)]}|{\"in\" if x else 1}')\nprint(f\"\"\"a\n{x}\"\"\")\n",
            &[
                "cutoff:     2.50|x=2.5|x + 1 = 3.5|[0, 1, 2]|in",
                "a",
                "2.5",
            ][..],
        ),
        (
            "import math\nprint(math.floor(-2.5), math.ceil(2.1), math.sqrt(16), math.pi, f'{math.sin(1):.12f} {math.cos(1):.12f} {math.log(10):.12f} {math.log2(8)} {math.log10(1000):.9f} {math.exp(1):.12f}', math.log(8, 2), math.pow(2, 3))\n",
            &[
                "-3 3 4.0 3.141592653589793 0.841470984808 0.540302305868 2.302585092994 3.0 3.000000000 2.718281828459 3.0 8.0",
            ][..],
        ),
        (
            "x = [1]\nx.append(x)\ny = [i for i in range(3)]\nfor i in y:\n    if i < 3: y.append(i + 3)\nprint(y, len(x))\n[i for i in range(9)]\nprint(i)\n",
            &["[0, 1, 2, 3, 4, 5] 2", "5"][..],
        ),
        (
            "x = 'outside'\nfs = [lambda n=n: n for n in range(3)]\nprint([f() for f in fs], [x for x in 'ab'], x)\nassert fs, 'there are functions'\n",
            &["[0, 1, 2] ['a', 'b'] outside"][..],
        ),
    ] {
        let found = printed(text);
        if found != lines {
            other.push((text, lines, found));
        }
    }
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn an_import_gives_what_is_there_another_name() {
    let text = "import math as m, krach\nfrom math import pi, sin as s\nfrom krach import (kr, krs, pattern as krp)\nimport krach.signal as k\nfrom typing import List\nimport krach as kr; from krach import *\nprint(m.sqrt(4), pi > 3, s(0), k, kr)\n";
    assert_eq!(
        printed(text),
        ["2.0 True 0.0 <module signal> <module session>"]
    );
}

#[test]
fn python_s_functions_build_music() {
    let text = "
def voice(detune=0.0):
    def f():
        freq = control('freq', 55, 20, 800)
        parts = [saw(freq * (1 + detune * i)) for i in range(3)]
        return sum(parts) / len(parts) * control('gate', 0, 0, 1)
    return f

levels = {'low': 0.2, 'high': 0.1}
nodes = {name: node(f'{name}_voice', voice(level / 100), gain=level) for name, level in levels.items()}
notes = ['A2', None, *('C3', 'E3')]
for i, (name, n) in enumerate(nodes.items()):
    n @ seq(*notes[i:]).over(2)
n @ sum([note(60), note(64)])
n @ sum(note(60 + i) for i in range(4) if i != 2)
";
    let made = evaluate_with_console(text, &Cancel::new());
    let patch = made
        .patch
        .unwrap_or_else(|e| panic!("{}", e.render("score", text)));
    let names: Vec<&str> = patch.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["low_voice", "high_voice"]);
    assert_eq!(patch.bindings.len(), 2);
}

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

#[test]
fn an_evaluation_is_stopped_from_another_thread() {
    let cancel = Cancel::new();
    let told = cancel.clone();
    let began = Instant::now();
    // Slow steps: each makes a pattern of many parts.
    let text = "p = stack(*[hit() * 16 for i in range(60)])\nwhile True: q = seq(p, p).fast(1)\n";
    let evaluating = std::thread::spawn(move || evaluate_with_console(text, &told));
    std::thread::sleep(Duration::from_millis(20));
    cancel.cancel();
    let made = evaluating.join().unwrap();
    let why = made.patch.unwrap_err().0.remove(0);
    // A machine may be too busy for the 50 ms; that it ends at all, and why, is what counts here.
    assert!(began.elapsed() < Duration::from_secs(60));
    assert!(cancel.is_cancelled());
    assert_eq!(why.message, "this evaluation was stopped from outside");
    assert!(evaluate_with_console("x = 1\n", &cancel).patch.is_err());
}

const BEAT: &str = include_str!("../../examples/five-minute-beat.sorl");
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
    "\u{e5}",
];

/// How many damaged scores are tried; `SORL_MUTATIONS` says otherwise.
fn mutations() -> u32 {
    let asked = std::env::var("SORL_MUTATIONS").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(5000)
}

#[test]
fn the_score_that_is_damaged_below_is_whole() {
    assert_eq!(printed(ALL), ["B-A-C   2.0 c"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: mutations(), ..ProptestConfig::default() })]
    #[test]
    fn a_damaged_score_is_an_error_or_a_patch_and_never_a_crash(
        all in any::<bool>(),
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
        let mut text = if all { ALL } else { BEAT }.to_owned();
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
