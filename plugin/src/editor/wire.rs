//! Wires: where each one runs, and how it is painted.
//!
//! A wire's colour is its kind, its thickness its level, its glow the signal that runs in it.

use egui::epaint::CubicBezierShape;
use egui::{Align2, Pos2, Rect, Shape, Stroke, StrokeKind, vec2};
use sorl_graph::patch::{Connection, Target};
use sorl_graph::signal::Outlet;

use super::card::{self, Card, Kind};
use super::lens::Lens;
use super::sheet::{Ends, Sheet};
use super::theme::{self, Palette};
use super::value::{self, meter_fraction};

/// Where a wire runs, on the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Route {
    /// Its index among the wires.
    pub wire: usize,
    /// The card it comes from.
    pub source: usize,
    /// The node it comes from, by its index in the Patch.
    pub node: usize,
    /// Where it begins.
    pub from: Pos2,
    /// Where it ends.
    pub to: Pos2,
    /// Whether it leads to a control.
    pub control: bool,
}

/// A route for every wire whose ends are on the canvas, with its cards standing at `places`. Wires
/// into one output are spread over its edge in the order of their sources, so that they do not
/// cross at the end.
pub(crate) fn routes(wires: &[Connection], sheet: &Sheet, places: &[Rect]) -> Vec<Route> {
    let cards = &sheet.cards;
    let mut routes = Vec::with_capacity(wires.len());
    let mut arrivals: Vec<Vec<usize>> = vec![Vec::new(); cards.len()];
    for (wire, (connection, ends)) in wires.iter().zip(&sheet.ends).enumerate() {
        let Some(Ends {
            source,
            target,
            node,
        }) = *ends
        else {
            continue;
        };
        if let Target::Out(_) = connection.to {
            arrivals[target].push(routes.len());
        }
        let to = cards[target].entry(&connection.to) + places[target].min.to_vec2();
        let from = cards[source].exit(&connection.from) + places[source].min.to_vec2();
        let control = matches!(connection.to, Target::Control { .. });
        routes.push(Route {
            wire,
            source,
            node,
            from,
            to,
            control,
        });
    }
    for (target, mut arriving) in arrivals.into_iter().enumerate() {
        arriving.sort_by(|&a, &b| routes[a].from.y.total_cmp(&routes[b].from.y));
        let edge = places[target].y_range().shrink(card::HEADER / 2.0);
        let step = edge.span() / (arriving.len() + 1) as f32;
        for (place, route) in arriving.into_iter().enumerate() {
            routes[route].to.y = edge.min + step * (place + 1) as f32;
        }
    }
    routes
}

/// The curve of a wire: it leaves to the right and arrives from the left, also where it runs back.
fn curve(from: Pos2, to: Pos2) -> [Pos2; 4] {
    let ahead = to.x - from.x;
    let reach = if ahead > 0.0 {
        (ahead * 0.5).max(36.0)
    } else {
        (-ahead * 0.6).clamp(60.0, 260.0)
    };
    [from, from + vec2(reach, 0.0), to - vec2(reach, 0.0), to]
}

/// How a wire is shown.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    /// The peak of what its source plays, linear.
    pub signal: f32,
    /// Whether one of its ends is selected.
    pub selected: bool,
    /// Whether its source is silenced by mute or solo.
    pub silent: bool,
}

/// How thick a wire of a level is at natural size, in points.
fn thickness(level: f32) -> f32 {
    1.1 + 1.7 * level.sqrt()
}

/// Paints a wire.
pub(crate) fn paint(lens: &Lens, p: &Palette, route: &Route, connection: &Connection, look: Look) {
    let points = curve(route.from, route.to).map(|point| lens.pos(point));
    let bounds = Rect::from_points(&points).expand(8.0);
    if !lens.sees(bounds) {
        return;
    }
    let level = if route.control {
        0.4
    } else {
        connection.level.abs().min(1.5)
    };
    let width = thickness(level) * lens.zoom().sqrt();
    let colour = if route.control { p.control } else { p.audio };
    let strength = match look {
        Look { silent: true, .. } => 0.25,
        Look { selected: true, .. } => 1.0,
        _ => 0.8,
    };
    let stroke = |width: f32, strength: f32| {
        let colour = colour.gamma_multiply(strength);
        let curve = CubicBezierShape::from_points_stroke(
            points,
            false,
            egui::Color32::TRANSPARENT,
            Stroke::new(width, colour),
        );
        Shape::CubicBezier(curve)
    };
    let glow = if look.silent {
        0.0
    } else {
        meter_fraction(look.signal * level)
    };
    if glow > 0.02 {
        lens.painter()
            .add(stroke(width + 5.0 * lens.zoom(), 0.16 * glow));
    }
    lens.painter().add(stroke(width, strength));
}

/// Whether a wire's level is shown without being asked for.
pub(crate) fn tells_level(connection: &Connection) -> bool {
    connection.send || (connection.level - 1.0).abs() > 1e-6
}

/// The middle of a wire, on the canvas.
pub(crate) fn middle(route: &Route) -> Pos2 {
    shape(curve(route.from, route.to)).sample(0.5)
}

/// How far a point of the canvas is from a wire.
pub(crate) fn distance(route: &Route, at: Pos2) -> f32 {
    let points = curve(route.from, route.to);
    if !Rect::from_points(&points).expand(12.0).contains(at) {
        return f32::INFINITY;
    }
    let curve = shape(points);
    let point = |i: u8| curve.sample(f32::from(i) / 24.0);
    let pieces = (0..24).map(|i| {
        let (a, b) = (point(i), point(i + 1));
        let way = b - a;
        let along = ((at - a).dot(way) / way.length_sq().max(1e-6)).clamp(0.0, 1.0);
        (a + way * along).distance(at)
    });
    pieces.fold(f32::INFINITY, f32::min)
}

/// A wire that a hand draws.
pub(crate) fn draw(lens: &Lens, from: Pos2, to: Pos2, colour: egui::Color32) {
    let points = curve(from, to).map(|point| lens.pos(point));
    let mut shape = shape(points);
    shape.stroke = Stroke::new(2.0 * lens.zoom().sqrt(), colour).into();
    lens.painter().add(Shape::CubicBezier(shape));
}

fn shape(points: [Pos2; 4]) -> CubicBezierShape {
    CubicBezierShape::from_points_stroke(points, false, egui::Color32::TRANSPARENT, Stroke::NONE)
}

/// The place of a level on a wire, on the screen.
pub(crate) fn label_place(lens: &Lens, route: &Route, level: f32) -> Rect {
    let galley = lens.galley(value::level(level), theme::mono(10.5), egui::Color32::WHITE);
    let size = galley.map_or(vec2(8.0, 8.0), |galley| galley.size());
    Rect::from_center_size(lens.pos(middle(route)), size).expand2(vec2(6.0, 2.0) * lens.zoom())
}

/// A level on its wire.
pub(crate) fn label(lens: &Lens, p: &Palette, frame: Rect, level: f32, touched: bool) {
    let ink = if touched { p.text } else { p.secondary };
    let Some(galley) = lens.galley(value::level(level), theme::mono(10.5), ink) else {
        return;
    };
    let line = Stroke::new(1.0, if touched { p.faint } else { p.line });
    let round = frame.height() / 2.0;
    lens.painter()
        .rect(frame, round, p.panel, line, StrokeKind::Middle);
    let at = Align2::CENTER_CENTER.anchor_size(frame.center(), galley.size());
    lens.painter().galley(at.min, galley, ink);
}

/// Where a wire leads, in words.
pub(crate) fn end_name(connection: &Connection) -> String {
    match &connection.to {
        Target::Input { node, .. } => node.clone(),
        Target::Control { node, control } => format!("{node} {control}"),
        Target::Out(number) => Outlet::written(*number),
    }
}

/// Where a wire leads and how much of it, for those who cannot see it.
pub(crate) fn describe(connection: &Connection) -> String {
    let end = end_name(connection);
    if connection.send {
        format!("{end} {}", value::level(connection.level))
    } else {
        end
    }
}

/// The ports of a card: events, inputs, driven controls, output.
pub(crate) fn ports(lens: &Lens, p: &Palette, card: &Card, place: Rect, sounds: bool) {
    let at = |port: Pos2| lens.pos(port + place.min.to_vec2());
    let zoom = lens.zoom();
    let dot = |centre: Pos2, colour| {
        lens.painter().circle(
            centre,
            3.2 * zoom,
            colour,
            Stroke::new(1.5 * zoom, p.ground),
        );
    };
    if card.notes.is_some() {
        let square = Rect::from_center_size(at(card.events()), vec2(6.0, 9.0) * zoom);
        let fill = if sounds {
            p.text.lerp_to_gamma(p.event, 0.35)
        } else {
            p.event
        };
        lens.painter().rect_filled(square, 1.0, fill);
    }
    for port in 0..card.inputs {
        dot(at(card.input(port)), p.audio);
    }
    for row in card
        .rows
        .iter()
        .filter(|row| row.wired || row.binding.is_some())
    {
        dot(at(card.control(&row.control)), p.control);
    }
    match card.kind {
        Kind::Node(_) => dot(at(card.output()), p.audio),
        Kind::Group => {
            for member in card.shown() {
                dot(at(card.exit(&member.name)), p.audio);
                if member.inputs > 0 {
                    let way = card.exit(&member.name) - vec2(card.size.x, 0.0);
                    dot(at(way), p.audio);
                }
            }
        }
        Kind::Beyond { source: true } => dot(at(card.exit("")), p.faint),
        Kind::Beyond { source: false } => dot(at(card.exit("") - vec2(card.size.x, 0.0)), p.faint),
        Kind::Out(_) => {}
    }
}

/// A short dashed line for a pattern that drives a control.
pub(crate) fn pattern_lead(lens: &Lens, p: &Palette, end: Pos2) {
    let begin = end + vec2(-46.0, 6.0);
    let [a, b, c, d] =
        [begin, begin + vec2(18.0, 0.0), end - vec2(20.0, 0.0), end].map(|q| lens.pos(q));
    let curve = CubicBezierShape::from_points_stroke(
        [a, b, c, d],
        false,
        egui::Color32::TRANSPARENT,
        Stroke::NONE,
    );
    let points = curve.flatten(Some(0.5));
    let zoom = lens.zoom();
    let stroke = Stroke::new(1.6 * zoom.sqrt(), p.control);
    lens.painter()
        .extend(Shape::dashed_line(&points, stroke, 5.0 * zoom, 3.5 * zoom));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Desk;
    use crate::editor::inset::Insets;
    use crate::editor::view::View;

    const BEAT: &str = include_str!("../../../examples/five-minute-beat.sorl");

    fn beat() -> (View, Sheet) {
        let mut view = View::new();
        view.refresh(&Desk::new(BEAT), 0.0);
        let mut sheet = Sheet::default();
        assert!(sheet.refresh(&view, "", &Insets::default()));
        (view, sheet)
    }

    #[test]
    fn a_wire_is_as_thick_as_its_level_and_has_the_colour_of_its_kind() {
        let score = format!("{BEAT}connect(\"hat\", \"verb/room\", level=0.2)\n");
        let mut view = View::new();
        view.refresh(&Desk::new(&score), 0.0);
        let mut sheet = Sheet::default();
        sheet.refresh(&view, "", &Insets::default());
        let routes = routes(&view.wires, &sheet, &sheet.places);
        let ctx = egui::Context::default();
        let mut strokes = Vec::new();
        let mut output = ctx.run_ui(Default::default(), |ui| {
            let window = Rect::from_min_size(Pos2::ZERO, vec2(4000.0, 4000.0));
            let painter = ui.painter().with_clip_rect(window);
            let lens = Lens::new(painter, Default::default());
            for route in &routes {
                let look = Look {
                    signal: 0.0,
                    selected: true,
                    silent: false,
                };
                paint(&lens, &theme::DARK, route, &view.wires[route.wire], look);
            }
        });
        for shape in output.shapes.drain(..) {
            if let Shape::CubicBezier(curve) = shape.shape {
                strokes.push(curve.stroke);
            }
        }
        output.textures_delta.clear();
        let of = |from: &str, to: Option<&str>| {
            let is =
                |r: &Route| view.wires[r.wire].from == from && view.wires[r.wire].to.node() == to;
            let at = routes.iter().position(is).expect("a wire");
            strokes[at].clone()
        };
        let (whole, part) = (of("bass", None), of("bass", Some("verb")));
        assert!(part.width < 0.85 * whole.width, "{part:?} {whole:?}");
        let moving = of("hat", Some("verb"));
        let colour = |stroke: &egui::epaint::PathStroke| match stroke.color {
            egui::epaint::ColorMode::Solid(colour) => colour,
            _ => panic!("wires have one colour"),
        };
        assert_eq!(colour(&whole), theme::DARK.audio);
        assert_eq!(colour(&moving), theme::DARK.control);
    }

    #[test]
    fn every_wire_of_the_patch_is_drawn_once() {
        let (view, sheet) = beat();
        let (cards, places) = (&sheet.cards, &sheet.places);
        assert_eq!(view.wires, view.patch.wires());
        assert_eq!(view.wires.len(), 5, "four to out, one send");
        let routes = routes(&view.wires, &sheet, places);
        let drawn: Vec<usize> = routes.iter().map(|route| route.wire).collect();
        assert_eq!(drawn, [0, 1, 2, 3, 4]);
        for route in &routes {
            let wire = &view.wires[route.wire];
            assert_eq!(cards[route.source].key, wire.from);
            assert!(!route.control);
            assert_eq!(route.from.x, places[route.source].right());
            let target = sheet.ends[route.wire].expect("its ends are there").target;
            assert_eq!(route.to.x, places[target].left());
            assert!(places[target].y_range().contains(route.to.y));
        }
    }

    #[test]
    fn wires_into_an_output_arrive_in_the_order_of_their_sources() {
        let (view, sheet) = beat();
        let mut arriving = routes(&view.wires, &sheet, &sheet.places);
        arriving.retain(|route| matches!(view.wires[route.wire].to, Target::Out(_)));
        arriving.sort_by(|a, b| a.from.y.total_cmp(&b.from.y));
        assert!(arriving.windows(2).all(|pair| pair[0].to.y < pair[1].to.y));
    }

    #[test]
    fn cards_show_what_the_score_says_and_leave_out_what_notes_feed() {
        let (_, sheet) = beat();
        let cards = &sheet.cards;
        let rows = |name: &str| -> Vec<String> {
            let card = cards
                .iter()
                .find(|card| card.key == name)
                .expect("there is such a card");
            card.rows.iter().map(|row| row.control.clone()).collect()
        };
        assert_eq!(rows("kick"), ["gain"]);
        assert_eq!(rows("bass"), ["gain", "cutoff"]);
        assert_eq!(rows("verb"), ["gain", "room"]);
        let bass = cards
            .iter()
            .find(|card| card.key == "bass")
            .expect("bass is there");
        assert!(bass.notes.is_some() && bass.rows[1].binding.is_some());
    }
}
