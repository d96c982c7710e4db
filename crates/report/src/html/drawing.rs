//! The graph as SVG, with the legend that explains it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chainwright_core::component::{ComponentKind, EdgeKind, Origin};

use super::graph::{Card, Line, Picture};
use super::layout::{CARD_HEIGHT, CARD_WIDTH, Layout, Link, Point, layout};
use super::markup::{escaped, family};
use crate::text;

/// Characters of a name that fit on a card.
const NAME_ON_CARD: usize = 19;

/// Writes the figure and tells its width.
pub(super) fn write(html: &mut String, picture: &Picture) -> f64 {
    let preferred: Vec<usize> = picture.cards.iter().map(preferred_column).collect();
    let links: Vec<Link> = picture
        .lines
        .iter()
        .map(|line| Link {
            left: line.left,
            right: line.right,
            is_led: line.kind != EdgeKind::Contains,
        })
        .collect();
    let layout = layout(&preferred, &links);
    let (width, height) = (layout.width.ceil(), layout.height.ceil());
    let _ = writeln!(
        html,
        "<figure><div class=\"graph\" tabindex=\"0\" role=\"region\" aria-label=\"Graph, {} and {}; the components table lists them in words\">\
         <svg width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"group\">",
        text::counted(picture.cards.len(), "card", "cards"),
        text::counted(picture.lines.len(), "line", "lines"),
    );
    html.push_str("<defs>");
    for look in LOOKS {
        let _ = write!(
            html,
            "<marker id=\"tip-{look}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path class=\"tip {look}\" d=\"M0 .5 8 4 0 7.5z\"/></marker>"
        );
    }
    html.push_str("</defs>\n");
    edges(html, picture, &layout);
    for (card, corner) in picture.cards.iter().zip(&layout.cards) {
        draw_card(html, card, *corner);
    }
    html.push_str("</svg></div>\n");
    legend(html, picture);
    html.push_str("</figure>\n");
    width
}

/// Where a card stands if nothing is known of its relations.
const fn preferred_column(card: &Card) -> usize {
    match (card.kind, card.origin) {
        (ComponentKind::Dataset, _) => 0,
        (ComponentKind::Model, Origin::Declared) => 1,
        (ComponentKind::Weights | ComponentKind::Adapter, _) => 2,
        (ComponentKind::Model | ComponentKind::Repository, _) => 3,
        _ => 4,
    }
}

/// The looks of lines.
const LOOKS: [&str; 4] = ["lineage", "contains", "needs", "runs"];

const fn look(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::TrainedOn | EdgeKind::DerivedFrom | EdgeKind::Adapts => "lineage",
        EdgeKind::Contains => "contains",
        EdgeKind::Calls => "runs",
        _ => "needs",
    }
}

fn edges(html: &mut String, picture: &Picture, layout: &Layout) {
    let labelled = labelled(picture, layout);
    let mut labels = String::new();
    for (index, (line, points)) in picture.lines.iter().zip(&layout.lines).enumerate() {
        let look = look(line.kind);
        let tip = if line.points_left {
            "marker-start"
        } else {
            "marker-end"
        };
        let _ = writeln!(
            html,
            "<g class=\"edge {look}\"><title>{}</title><path d=\"{}\" {tip}=\"url(#tip-{look})\"/></g>",
            escaped(&sentence(picture, line)),
            curve(points)
        );
        if labelled.contains(&index) {
            let at = middle(points, line.points_left);
            let _ = writeln!(
                labels,
                "<g class=\"edge\"><text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{}</text></g>",
                at.x,
                at.y + 3.5,
                line.kind.as_str().replace('-', " ")
            );
        }
    }
    html.push_str(&labels);
}

/// One line of each bundle gets the label; *contains* is told by its look.
fn labelled(picture: &Picture, layout: &Layout) -> BTreeSet<usize> {
    let mut bundles: Vec<Vec<usize>> = Vec::new();
    for (index, line) in picture.lines.iter().enumerate() {
        if line.kind == EdgeKind::Contains {
            continue;
        }
        let joins = |other: &usize| {
            picture
                .lines
                .get(*other)
                .is_some_and(|other| is_bundled(line, other))
        };
        let (joined, mut rest): (Vec<_>, Vec<_>) = bundles
            .into_iter()
            .partition(|bundle| bundle.iter().any(joins));
        let mut bundle: Vec<usize> = joined.into_iter().flatten().collect();
        bundle.push(index);
        rest.push(bundle);
        bundles = rest;
    }
    bundles
        .into_iter()
        .filter_map(|mut bundle| {
            bundle.sort_by(|a, b| {
                height(layout, *a)
                    .total_cmp(&height(layout, *b))
                    .then(a.cmp(b))
            });
            bundle.get(bundle.len() / 2).copied()
        })
        .collect()
}

/// Lines of one kind that meet at one side of a card.
const fn is_bundled(a: &Line, b: &Line) -> bool {
    let is_alike = a.kind as u8 == b.kind as u8 && a.points_left == b.points_left;
    is_alike && (a.left == b.left || a.right == b.right)
}

fn height(layout: &Layout, line: usize) -> f64 {
    layout
        .lines
        .get(line)
        .and_then(|points| points.first())
        .map_or(0.0, |point| point.y)
}

fn sentence(picture: &Picture, line: &Line) -> String {
    let (from, to) = if line.points_left {
        (line.right, line.left)
    } else {
        (line.left, line.right)
    };
    let title = |card: usize| {
        picture
            .cards
            .get(card)
            .map_or_else(String::new, |card| format!("{} {}", card.kind, card.title))
    };
    let times = match line.count {
        1 => String::new(),
        count => format!(" ({})", text::counted(count, "relation", "relations")),
    };
    format!(
        "{} {} {}{times}",
        title(from),
        line.kind.as_str().replace('-', " "),
        title(to)
    )
}

/// A smooth line through the points: level inside columns, curved between them.
fn curve(points: &[Point]) -> String {
    let mut path = String::new();
    let mut before: Option<Point> = None;
    for (index, point) in points.iter().enumerate() {
        let _ = match before {
            None => write!(path, "M{:.1} {:.1}", point.x, point.y),
            Some(before) if index % 2 == 1 => {
                let bend = ((point.x - before.x) / 2.0).max(24.0);
                write!(
                    path,
                    "C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
                    before.x + bend,
                    before.y,
                    point.x - bend,
                    point.y,
                    point.x,
                    point.y
                )
            }
            Some(_) => write!(path, "L{:.1} {:.1}", point.x, point.y),
        };
        before = Some(*point);
    }
    path
}

/// The middle of the first gap after the card where the relation starts.
fn middle(points: &[Point], points_left: bool) -> Point {
    let gap = if points_left {
        points
            .len()
            .checked_sub(2)
            .and_then(|start| points.get(start..))
    } else {
        points.get(..2)
    };
    match gap {
        Some([a, b]) => Point {
            x: (a.x + b.x) / 2.0,
            y: (a.y + b.y) / 2.0,
        },
        _ => Point { x: 0.0, y: 0.0 },
    }
}

fn draw_card(html: &mut String, card: &Card, corner: Point) {
    let declared = match card.origin {
        Origin::Declared => " declared",
        Origin::Present => "",
    };
    let _ = write!(
        html,
        "<g class=\"node {}{declared}\" transform=\"translate({:.1} {:.1})\"><a href=\"#c-{}\"><title>{}</title>",
        family(card.kind),
        corner.x,
        corner.y,
        card.row,
        escaped(&title(card))
    );
    if card.count > 1 {
        let _ = write!(
            html,
            "<rect class=\"stack\" x=\"5\" y=\"5\" width=\"{CARD_WIDTH}\" height=\"{CARD_HEIGHT}\" rx=\"11\"/>"
        );
    }
    let _ = write!(
        html,
        "<rect class=\"card\" width=\"{CARD_WIDTH}\" height=\"{CARD_HEIGHT}\" rx=\"11\"/>\
         <rect class=\"tint\" x=\"8\" y=\"9\" width=\"32\" height=\"32\" rx=\"8\"/>\
         <use href=\"#k-{}\" x=\"15\" y=\"16\" width=\"18\" height=\"18\"/>\
         <text class=\"kind\" x=\"49\" y=\"20\">{}</text>\
         <text class=\"name\" x=\"49\" y=\"36\">{}</text>",
        card.kind,
        what(card),
        escaped(&name_on_card(&card.label))
    );
    if let Some(worst) = card.worst {
        let wide = 14.0 + 6.3 * worst.as_str().len() as f64;
        let _ = write!(
            html,
            "<g class=\"{worst}\"><rect class=\"flag\" x=\"{:.1}\" y=\"-8\" width=\"{wide:.1}\" height=\"16\" rx=\"8\"/>\
             <text class=\"flagged\" x=\"{:.1}\" y=\"3.5\" text-anchor=\"middle\">{worst}</text></g>",
            CARD_WIDTH - wide - 10.0,
            CARD_WIDTH - wide / 2.0 - 10.0
        );
    }
    html.push_str("</a></g>\n");
}

/// A name that fits; a long one loses its extension first, because the kind says as much.
fn name_on_card(label: &str) -> String {
    let stem = match label.rsplit_once('.') {
        Some((stem, _)) if text::columns(label) > NAME_ON_CARD && !stem.is_empty() => stem,
        _ => label,
    };
    text::middle(stem, NAME_ON_CARD)
}

/// The kind, how many there are, and whether they are elsewhere.
fn what(card: &Card) -> String {
    let mut what = card.kind.to_string();
    if card.count > 1 {
        what = format!("{what} × {}", text::number(card.count));
    }
    if card.origin == Origin::Declared {
        what.push_str(", declared");
    }
    what
}

fn title(card: &Card) -> String {
    let worst = match card.worst {
        Some(worst) => format!("; worst finding: {worst}"),
        None => String::new(),
    };
    format!("{}: {}{worst}", what(card), card.title)
}

fn legend(html: &mut String, picture: &Picture) {
    html.push_str("<figcaption><ul class=\"legend\">");
    let mut kinds: Vec<ComponentKind> = picture.cards.iter().map(|card| card.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let _ = write!(html, "<li>{}</li>", super::markup::kind(kind));
    }
    for (look, words) in [
        ("lineage", "made from"),
        ("needs", "needs"),
        ("runs", "runs"),
        ("contains", "contains"),
    ] {
        if picture
            .lines
            .iter()
            .any(|line| self::look(line.kind) == look)
        {
            let _ = write!(
                html,
                "<li><svg class=\"stroke\" viewBox=\"0 0 24 8\" aria-hidden=\"true\"><g class=\"edge {look}\"><path d=\"M0 4h24\"/></g></svg>{words}</li>"
            );
        }
    }
    if picture
        .cards
        .iter()
        .any(|card| card.origin == Origin::Declared)
    {
        html.push_str("<li>dashed frame: declared, not present</li>");
    }
    html.push_str("</ul></figcaption>\n");
}
