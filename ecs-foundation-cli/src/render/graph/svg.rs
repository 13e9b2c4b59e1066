//! Writes the graph as an SVG image. `layout-rs` computes the positions and curves, and this module
//! draws them.
//!
//! `layout-rs` has no dependencies and does not need Graphviz. Its own SVG writer is not used,
//! because it doubles the size of the canvas, places text off center and writes styles in an order
//! that differs between runs.

use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::StyleAttr;
use layout::std_shapes::shapes::{Arrow, Element, ShapeKind};
use layout::topo::layout::VisualGraph;

use super::super::fold::width;
use super::{Edge, Node};

/// The font size and the line height.
const LETTER: f64 = 12.0;
const LINE: f64 = 16.0;
/// The maximum width of a letter in a monospace font of this size.
const WIDTH: f64 = 7.3;
/// The space around the text in a box, and around the whole image.
const PADDING: f64 = 12.0;
const MARGIN: f64 = 20.0;

pub(super) fn draw(nodes: &[Node], edges: &[Edge]) -> String {
    let mut graph = VisualGraph::new(Orientation::LeftToRight);
    let handles: Vec<_> = nodes
        .iter()
        .map(|node| {
            let (fill, line) = node.colours();
            let style = StyleAttr::new(Color::fast(line), 1, Some(Color::fast(fill)), 8, 12);
            let lines = node.lines();
            let longest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
            let width = number(longest) * WIDTH + 2.0 * PADDING;
            let size = Point::new(width, number(lines.len()) * LINE + 2.0 * PADDING);
            let shape = ShapeKind::new_box(&lines.join("\n"));
            graph.add_node(Element::create(shape, style, Orientation::LeftToRight, size))
        })
        .collect();
    for Edge { first, then } in edges {
        graph.add_edge(Arrow::simple(""), handles[*first], handles[*then]);
    }
    let mut canvas = Canvas::default();
    graph.do_it(false, false, false, &mut canvas);
    canvas.finish()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The shapes drawn so far and their bounds.
#[derive(Debug, Default)]
struct Canvas {
    shapes: Vec<String>,
    /// The bounds of the shapes: left, top, right, bottom.
    reach: Option<[f64; 4]>,
}

impl Canvas {
    fn finish(self) -> String {
        let [left, top, right, bottom] = self.reach.unwrap_or_default();
        let (x, y) = (left - MARGIN, top - MARGIN);
        let (width, height) = (right - left + 2.0 * MARGIN, bottom - top + 2.0 * MARGIN);
        let head = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"{x:.1} {y:.1} {width:.1} {height:.1}\" font-family=\"monospace\" \
             font-size=\"{LETTER}\" text-anchor=\"middle\">\n\
             <defs><marker id=\"head\" markerWidth=\"8\" markerHeight=\"6\" refX=\"8\" refY=\"3\" \
             orient=\"auto\"><path d=\"M0 0 L8 3 L0 6 z\" fill=\"#57606a\"/></marker></defs>\n\
             <rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" \
             fill=\"#ffffff\"/>\n"
        );
        head + &self.shapes.concat() + "</svg>\n"
    }
}

impl RenderBackend for Canvas {
    fn draw_rect(
        &mut self,
        xy: Point,
        size: Point,
        look: &StyleAttr,
        _properties: Option<String>,
        _clip: Option<ClipHandle>,
    ) {
        let (right, bottom) = (xy.x + size.x, xy.y + size.y);
        let [l, t, r, b] = self.reach.unwrap_or([xy.x, xy.y, right, bottom]);
        self.reach = Some([l.min(xy.x), t.min(xy.y), r.max(right), b.max(bottom)]);
        let fill = look.fill_color.map_or_else(|| "none".to_owned(), opaque);
        self.shapes.push(format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"{}\" fill=\"{fill}\" \
             stroke=\"{}\"/>\n",
            xy.x,
            xy.y,
            size.x,
            size.y,
            look.rounded,
            opaque(look.line_color)
        ));
    }

    fn draw_text(&mut self, xy: Point, text: &str, _look: &StyleAttr) {
        let lines: Vec<&str> = text.lines().collect();
        // The baseline of the first line is chosen so that the block of lines is centered.
        let first = xy.y - (number(lines.len()) - 1.0) * LINE / 2.0 + LETTER / 3.0;
        for (index, line) in lines.into_iter().enumerate() {
            let (x, y) = (xy.x, first + number(index) * LINE);
            // The address is bold, but the name and the action are not.
            let weight = if index == 0 { " font-weight=\"bold\"" } else { "" };
            let line = escaped(line);
            self.shapes.push(format!("<text x=\"{x:.1}\" y=\"{y:.1}\"{weight}>{line}</text>\n"));
        }
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        _dashed: bool,
        _head: (bool, bool),
        _look: &StyleAttr,
        _properties: Option<String>,
        _text: &str,
    ) {
        // The first pair consists of a start point and its control point. Every other pair consists
        // of a control point and an end point.
        let [(start, leave), (control, end), rest @ ..] = path else { return };
        let at = |point: &Point| format!("{:.1} {:.1}", point.x, point.y);
        let mut curve = format!("M{} C{}, {}, {}", at(start), at(leave), at(control), at(end));
        for (control, end) in rest {
            curve.push_str(" S");
            curve.push_str(&[at(control), at(end)].join(", "));
        }
        self.shapes.push(format!(
            "<path d=\"{curve}\" fill=\"none\" stroke=\"#57606a\" marker-end=\"url(#head)\"/>\n"
        ));
    }

    // The graph consists of boxes and arrows only.
    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn create_clip(&mut self, _: Point, _: Point, _: usize) -> ClipHandle {
        0
    }
}

/// Formats a color without its alpha byte.
fn opaque(colour: Color) -> String {
    colour.to_web_color().chars().take(7).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
