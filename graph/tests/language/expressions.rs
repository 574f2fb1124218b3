//! What expressions are worth, and what statements do.

use super::{evaluate_with_console, printed};
use sorl_graph::score::Cancel;

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
