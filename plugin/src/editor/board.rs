//! A signal function as boxes and wires: its operations, each with what it is given.
//!
//! Plain data, computed once for each function. Constants stand in the boxes that use them.

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use sorl_graph::signal::{Function, Op, Sig};

use super::layout::Diagram;

/// The height of a box.
const HEIGHT: f32 = 38.0;
/// The narrowest box.
const WIDTH: f32 = 84.0;
/// The room between columns.
const COLUMN_GAP: f32 = 40.0;
/// How much closer rows are than those of cards.
const ROWS: f32 = 0.62;
/// The room of a letter in a title.
const LETTER: f32 = 7.2;

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The control with this index.
    Control(usize),
    /// The audio input with this index.
    Input(usize),
    /// What keeps a state from frame to frame.
    State,
    /// What hangs on its operands alone.
    Pure,
    /// An output.
    Output,
}

/// One box.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    /// Its place in the function; for an output the operation that it gives.
    pub index: usize,
    /// What is written on it.
    pub title: String,
    /// What it is.
    pub kind: Kind,
}

/// A function laid out.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// The boxes, in the order of the function, then the outputs.
    pub boxes: Vec<Operation>,
    /// Where they stand.
    pub places: Vec<Rect>,
    /// From which box to which, and whether it is for the next frame.
    pub wires: Vec<(usize, usize, bool)>,
}

impl Board {
    /// The boxes and wires of a function.
    pub fn of(function: &Function) -> Board {
        let mut boxes = Vec::new();
        let mut place: Vec<Option<usize>> = Vec::new();
        for (index, op) in function.ops.iter().enumerate() {
            let shown = !matches!(op, Op::Const(_) | Op::Rate);
            place.push(shown.then_some(boxes.len()));
            if shown {
                boxes.push(Operation {
                    index,
                    title: title(function, op),
                    kind: kind(op),
                });
            }
        }
        let mut wires = Vec::new();
        for (index, op) in function.ops.iter().enumerate() {
            let Some(to) = place[index] else { continue };
            if let Op::Feed(last, next, result) = *op {
                // What is given now, and what comes back in the next frame.
                wires.extend(place[result.0 as usize].map(|from| (from, to, false)));
                let back = place[next.0 as usize].zip(place[last.0 as usize]);
                wires.extend(back.map(|(from, to)| (from, to, true)));
                continue;
            }
            op.each_operand(|sig| {
                wires.extend(place[sig.0 as usize].map(|from| (from, to, false)))
            });
        }
        let exits = boxes.len();
        for (i, sig) in function.outputs.iter().enumerate() {
            let title = match (function.outputs.len(), i) {
                (1, _) => "out".to_owned(),
                (_, 0) => "out left".to_owned(),
                _ => "out right".to_owned(),
            };
            wires.extend(place[sig.0 as usize].map(|from| (from, boxes.len(), false)));
            boxes.push(Operation {
                index: sig.0 as usize,
                title,
                kind: Kind::Output,
            });
        }
        wires.sort_unstable();
        wires.dedup();
        let sizes: Vec<Vec2> = boxes.iter().map(size).collect();
        let ahead = wires.iter().filter(|wire| !wire.2);
        let edges: Vec<(usize, usize)> = ahead.map(|wire| (wire.0, wire.1)).collect();
        let fixed = vec![None; boxes.len()];
        let corners = Diagram {
            sizes: &sizes,
            edges: &edges,
            exits,
            fixed: &fixed,
        }
        .arrange();
        Board {
            places: closer(&corners, &sizes),
            boxes,
            wires,
        }
    }

    /// The smallest rectangle around all boxes.
    pub fn bounds(&self) -> Rect {
        let places = self.places.iter().copied();
        places.fold(Rect::NOTHING, Rect::union)
    }
}

/// The canvas's layout leaves room for cards and the levels on their wires; here columns and rows stand closer.
fn closer(corners: &[Pos2], sizes: &[Vec2]) -> Vec<Rect> {
    let mut columns: Vec<(f32, f32)> = Vec::new();
    for (at, size) in corners.iter().zip(sizes) {
        match columns.iter_mut().find(|column| column.0 == at.x) {
            Some(column) => column.1 = column.1.max(size.x),
            None => columns.push((at.x, size.x)),
        }
    }
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    let left = |x: f32| {
        let before = columns.iter().take_while(|column| column.0 < x);
        before.map(|column| column.1 + COLUMN_GAP).sum()
    };
    let place =
        |(at, size): (&Pos2, &Vec2)| Rect::from_min_size(pos2(left(at.x), at.y * ROWS), *size);
    corners.iter().zip(sizes).map(place).collect()
}

fn size(of: &Operation) -> Vec2 {
    let words = of.title.chars().count() as f32 * LETTER + 20.0;
    vec2(words.clamp(WIDTH, 170.0), HEIGHT)
}

fn kind(op: &Op) -> Kind {
    match op {
        Op::Control(index) => Kind::Control(usize::from(*index)),
        Op::Input(index) => Kind::Input(usize::from(*index)),
        op if op.is_pure() => Kind::Pure,
        _ => Kind::State,
    }
}

/// What an operation is called: with its constants, and a dot for each operand that comes by a wire.
fn title(function: &Function, op: &Op) -> String {
    let constant = |sig: Sig| match function.ops.get(sig.0 as usize) {
        Some(Op::Const(bits)) => Some(number(f32::from_bits(*bits))),
        Some(Op::Rate) => Some("rate".to_owned()),
        _ => None,
    };
    let between = |a: Sig, b: Sig, sign: &str| match (constant(a), constant(b)) {
        (None, None) => sign.to_owned(),
        (Some(a), None) => format!("{a} {sign}"),
        (_, Some(b)) => format!("{sign} {b}"),
    };
    let name = match op {
        Op::Add(a, b) => return between(*a, *b, "+"),
        Op::Sub(a, b) => return between(*a, *b, "−"),
        Op::Mul(a, b) => return between(*a, *b, "×"),
        Op::Div(a, b) => return between(*a, *b, "÷"),
        Op::Neg(_) => return "−".to_owned(),
        Op::Control(index) => {
            let control = function.controls.get(usize::from(*index));
            return control.map_or_else(String::new, |c| c.name.clone());
        }
        Op::Input(index) => {
            let name = function.inputs.get(usize::from(*index));
            return name.cloned().unwrap_or_default();
        }
        Op::Unary(kind, _) => kind.name().to_owned(),
        Op::Binary(kind, ..) => kind.name().to_owned(),
        Op::Time(kind) => kind.name().to_owned(),
        Op::Last(_) => "a frame ago".to_owned(),
        Op::Feed(..) => "feedback".to_owned(),
        other => name_of(other),
    };
    let mut given = Vec::new();
    op.each_operand(|sig| given.push(constant(sig)));
    if given.iter().all(Option::is_none) || matches!(op, Op::Feed(..)) {
        return name;
    }
    let given = given
        .into_iter()
        .map(|given| given.unwrap_or_else(|| "·".to_owned()));
    format!("{name} {}", given.collect::<Vec<_>>().join(" "))
}

/// The name of an operation as its type says it: `RwTable` as `rw table`.
fn name_of(op: &Op) -> String {
    let words = format!("{op:?}");
    let end = words
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(words.len());
    let mut name = String::new();
    for c in words[..end].chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push(' ');
        }
        name.extend(c.to_lowercase());
    }
    name
}

/// A number with as many digits as can be told apart at a glance.
pub(crate) fn number(x: f32) -> String {
    let size = x.abs();
    let digits = match size {
        _ if !x.is_finite() => return "∞".to_owned(),
        _ if x.fract() == 0.0 && size < 1e6 => return format!("{x}"),
        _ if size >= 1000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 1.0 => 2,
        _ if size >= 0.001 => 4,
        _ => return format!("{x:.0e}"),
    };
    let text = format!("{x:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sorl_graph::patch::Source;
    use sorl_graph::score::evaluate;

    fn board(body: &str) -> Board {
        let score = format!("def f(inp):\n    return {body}\n\nnode(\"f\", f)\n");
        let patch = evaluate(&score).unwrap_or_else(|why| panic!("{why}"));
        match &patch.nodes[0].source {
            Source::Function(function) => Board::of(function),
            _ => panic!("a function"),
        }
    }

    fn titles(board: &Board) -> Vec<&str> {
        board.boxes.iter().map(|b| b.title.as_str()).collect()
    }

    #[test]
    fn operations_are_boxes_and_constants_stand_in_them() {
        let board = board("lowpass(inp, control(\"cutoff\", 800, 100, 4000)) * 0.5");
        let titles = titles(&board);
        assert!(
            titles.contains(&"cutoff") && titles.contains(&"inp"),
            "{titles:?}"
        );
        assert!(titles.contains(&"× 0.5"), "{titles:?}");
        assert!(
            titles.iter().any(|t| t.starts_with("lowpass · · ")),
            "{titles:?}"
        );
        let named = |title: &str| titles.iter().position(|t| t.starts_with(title)).unwrap();
        let wire = (named("inp"), named("lowpass"), false);
        assert!(board.wires.contains(&wire), "{:?}", board.wires);
        let out = *board.places.last().unwrap();
        assert!(board.places.iter().all(|place| place.left() <= out.left()));
        for (i, a) in board.places.iter().enumerate() {
            for b in &board.places[i + 1..] {
                assert!(!a.intersects(*b), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn what_is_fed_back_runs_back_to_where_it_is_read_in_the_next_frame() {
        let board = board("feedback(lambda y: inp + y * 0.5)");
        let titles = titles(&board);
        let named = |title: &str| titles.iter().position(|t| *t == title).unwrap();
        let back: Vec<_> = board.wires.iter().filter(|wire| wire.2).collect();
        assert_eq!(back.len(), 1, "{titles:?}");
        assert_eq!(back[0].1, named("a frame ago"));
    }
}
