//! The supply-chain graph as a picture has it: which cards there are, and which lines between them.
//!
//! A picture of thousands of cards says nothing, so kinds with many components are folded: by folder first, then
//! to one card per kind. Every card says how many components it stands for; the table below has each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chainwright_core::component::{Component, ComponentId, ComponentKind, EdgeKind, Origin};
use chainwright_core::location::Location;
use chainwright_core::scan::Scan;
use chainwright_core::severity::Severity;

use super::drawing;
use crate::text;

/// More cards than this are not looked at.
const CARDS: usize = 28;

/// More cards of one kind than this are folded.
const CARDS_OF_A_KIND: usize = 8;

/// A card: one component, or several of a kind.
#[derive(Debug, Clone)]
pub(super) struct Card {
    pub(super) kind: ComponentKind,
    pub(super) origin: Origin,
    /// The name in short.
    pub(super) label: String,
    /// The name in full.
    pub(super) title: String,
    /// How many components it stands for.
    pub(super) count: usize,
    /// The worst finding about them.
    pub(super) worst: Option<Severity>,
    /// The row of its first component.
    pub(super) row: usize,
}

/// A line between two cards. What a link of the chain is made from stands on the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) kind: EdgeKind,
    /// Whether the edge of the graph starts on the right.
    pub(super) points_left: bool,
    /// How many edges it stands for.
    pub(super) count: usize,
}

/// Everything to draw.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    pub(super) cards: Vec<Card>,
    pub(super) lines: Vec<Line>,
}

/// Writes the section and tells the width of its drawing.
pub(super) fn write(html: &mut String, scan: &Scan) -> f64 {
    html.push_str(
        "<section id=\"graph\" aria-labelledby=\"graph-title\">\n<h2 id=\"graph-title\">Supply-chain graph</h2>\n",
    );
    let components = scan.graph.components().len();
    if components == 0 {
        html.push_str("<p class=\"empty\">Nothing in the target was recognised as a component.</p>\n</section>\n");
        return 0.0;
    }
    let picture = picture(scan);
    let folded = if picture.cards.len() < components {
        format!(
            " Many components of a kind share a card: {} stand for {}.",
            text::counted(picture.cards.len(), "card", "cards"),
            text::number(components)
        )
    } else {
        String::new()
    };
    let _ = writeln!(
        html,
        "<p class=\"lead\">Sources on the left, what is built from them to the right. An arrow leads from a component to what it relies on.{folded}</p>"
    );
    let width = drawing::write(html, &picture);
    html.push_str("</section>\n");
    width
}

/// How far the components of a kind are folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    /// Each has a card.
    None,
    /// Those of a folder share one.
    Folder,
    /// Those below a folder this deep share one.
    Depth(usize),
    /// All share one.
    Kind,
}

impl Fold {
    const fn further(self) -> Self {
        match self {
            Self::None => Self::Folder,
            Self::Folder => Self::Depth(4),
            Self::Depth(depth) if depth > 1 => Self::Depth(depth - 1),
            Self::Depth(_) | Self::Kind => Self::Kind,
        }
    }
}

/// What components have in common that share a card.
type Shared<'a> = (ComponentKind, Origin, &'a str, Option<usize>);

fn shared<'a>(id: ComponentId, component: &'a Component, fold: Fold) -> Shared<'a> {
    let name = component.name.as_str();
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let (common, alone) = match fold {
        Fold::None => (name, Some(id.index())),
        Fold::Folder => (folder, None),
        Fold::Depth(depth) => (outermost(folder, depth), None),
        Fold::Kind => ("", None),
    };
    (component.kind, component.origin, common, alone)
}

/// The first folders of a path.
fn outermost(folder: &str, depth: usize) -> &str {
    let end = folder.match_indices('/').nth(depth.saturating_sub(1));
    end.map_or(folder, |(end, _)| folder.get(..end).unwrap_or(folder))
}

fn picture(scan: &Scan) -> Picture {
    let folds = folds(scan);
    let worst = worst_by_location(scan);
    let mut cards: Vec<Card> = Vec::new();
    let mut position_of_shared = BTreeMap::new();
    let mut position_of_component = Vec::with_capacity(scan.graph.components().len());
    for (id, component) in scan.graph.iter() {
        let fold = folds.get(&component.kind).copied().unwrap_or(Fold::None);
        let shared = shared(id, component, fold);
        let severity = component
            .location
            .as_ref()
            .and_then(|location| worst.get(location))
            .copied();
        let position = *position_of_shared.entry(shared).or_insert(cards.len());
        position_of_component.push(position);
        match cards.get_mut(position) {
            Some(card) => {
                card.count += 1;
                card.worst = card.worst.max(severity);
                card.label = folded_label(shared.2);
                card.title.clone_from(&card.label);
            }
            None => cards.push(card(id, component, severity)),
        }
    }
    sort(&mut cards, &mut position_of_component);
    let lines = lines(scan, &cards, &position_of_component);
    Picture { cards, lines }
}

/// Sorts cards by kind and name, which is the order in which a column starts out.
fn sort(cards: &mut [Card], position_of_component: &mut [usize]) {
    cards.sort_by(|a, b| (a.kind, &a.label, a.row).cmp(&(b.kind, &b.label, b.row)));
    let by_row: BTreeMap<usize, usize> = cards.iter().map(|card| card.row).zip(0..).collect();
    // A card is found again by the row of its first component.
    let mut first_rows = BTreeMap::new();
    for (row, position) in position_of_component.iter_mut().enumerate() {
        let first = *first_rows.entry(*position).or_insert(row);
        *position = by_row.get(&first).copied().unwrap_or(0);
    }
}

fn card(id: ComponentId, component: &Component, worst: Option<Severity>) -> Card {
    let short = component
        .location
        .as_ref()
        .map_or(component.name.as_str(), Location::file_name);
    Card {
        kind: component.kind,
        origin: component.origin,
        label: text::shown_name(short, text::NAME),
        title: text::shown_name(&component.name, text::NAME),
        count: 1,
        worst,
        row: id.index(),
    }
}

fn folded_label(common: &str) -> String {
    match common {
        "" => "in several places".to_owned(),
        folder => format!("{}/", text::shown_name(folder, text::NAME)),
    }
}

/// Folds the kinds with the most cards until the picture can be taken in.
fn folds(scan: &Scan) -> BTreeMap<ComponentKind, Fold> {
    let mut folds: BTreeMap<ComponentKind, Fold> = scan
        .graph
        .components()
        .iter()
        .map(|component| (component.kind, Fold::None))
        .collect();
    loop {
        let mut sets: BTreeMap<ComponentKind, BTreeSet<Shared<'_>>> = BTreeMap::new();
        for (id, component) in scan.graph.iter() {
            let fold = folds.get(&component.kind).copied().unwrap_or(Fold::None);
            let cards = sets.entry(component.kind).or_default();
            cards.insert(shared(id, component, fold));
        }
        let total: usize = sets.values().map(BTreeSet::len).sum();
        let largest = sets
            .iter()
            .filter(|(kind, _)| folds.get(kind) != Some(&Fold::Kind))
            .max_by_key(|(_, cards)| cards.len());
        let Some((kind, cards)) = largest else {
            return folds;
        };
        if cards.len() <= CARDS_OF_A_KIND && total <= CARDS {
            return folds;
        }
        let kind = *kind;
        let fold = folds.entry(kind).or_insert(Fold::None);
        *fold = fold.further();
    }
}

/// The worst finding about each artifact or anything inside it.
fn worst_by_location(scan: &Scan) -> BTreeMap<Location, Severity> {
    let mut worst: BTreeMap<Location, Severity> = BTreeMap::new();
    let mut note = |location: Location, severity: Severity| {
        let known = worst.entry(location).or_insert(severity);
        *known = severity.max(*known);
    };
    for finding in &scan.findings {
        let mut around = Location::file(finding.subject.location.path());
        for member in finding.subject.location.members() {
            let inside = around.member(member);
            note(std::mem::replace(&mut around, inside), finding.severity);
        }
        note(around, finding.severity);
    }
    worst
}

fn lines(scan: &Scan, cards: &[Card], position_of_component: &[usize]) -> Vec<Line> {
    let mut counts: BTreeMap<(usize, EdgeKind, usize), usize> = BTreeMap::new();
    for edge in scan.graph.edges() {
        let from = position_of_component.get(edge.from.index());
        let to = position_of_component.get(edge.to.index());
        if let (Some(from), Some(to)) = (from, to)
            && from != to
        {
            *counts.entry((*from, edge.kind, *to)).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .filter_map(|((from, kind, to), count)| {
            let upstream = is_upstream(kind, cards.get(to)?.kind);
            let (left, right) = if upstream { (to, from) } else { (from, to) };
            Some(Line {
                left,
                right,
                kind,
                points_left: upstream,
                count,
            })
        })
        .collect()
}

/// Whether an edge leads to a source of what it starts from, which is drawn on its left, rather than to
/// something that goes along with it.
const fn is_upstream(edge: EdgeKind, to: ComponentKind) -> bool {
    match edge {
        EdgeKind::TrainedOn | EdgeKind::DerivedFrom | EdgeKind::Adapts => true,
        EdgeKind::Calls | EdgeKind::LicensedUnder => false,
        _ => matches!(
            to,
            ComponentKind::Dataset
                | ComponentKind::Weights
                | ComponentKind::Adapter
                | ComponentKind::Model
        ),
    }
}
