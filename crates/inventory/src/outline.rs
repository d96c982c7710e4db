//! A document reduced to what questions need: parts, what holds what, and who they are elsewhere.
//!
//! Everything points from the holder to the part, whatever the direction in the document, so that "what does this
//! touch" is one walk against the arrows. What a document lists without saying how it hangs together belongs to its
//! subject. How the answer is known is not kept: that is in the document itself.

use std::collections::BTreeMap;

use chainwright_boms::inventory::{
    AnalysisState, Component, Derivation, Inventory, Kind, Listing, Reference, RelationKind,
};
use chainwright_boms::source_package;
use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::{name, purl};

use crate::identity::{self, Identity, Joining};

/// LIMIT: bytes of a name, version or reason that are kept.
const MOST_TEXT: usize = 2048;
/// LIMIT: licences of one component.
const MOST_LICENCES: usize = 64;

/// How a part hangs on its holder; read as *holder* — link — *part*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// The holder needs the part.
    DependsOn,
    /// The holder has the part inside.
    Contains,
    /// The document lists the part and does not say how it belongs to its subject.
    Lists,
    /// The holder learned from the part.
    TrainedOn,
    /// The holder was made from the part somehow.
    DerivedFrom,
    /// The holder is the part, trained further.
    FineTunedFrom,
    /// The part is an adapter or base that was merged into the holder.
    AdaptedFrom,
    /// The holder was combined from several, the part among them.
    MergedFrom,
    /// The holder has the part's numbers made smaller.
    QuantisedFrom,
    /// The holder learned to answer as the part does.
    DistilledFrom,
    /// The holder has the part's numbers in another format.
    ConvertedFrom,
    /// The holder is an adapter for the part.
    Adapts,
    /// The holder is a service that runs the part.
    Runs,
}

impl Link {
    /// Every link, in the order of their codes on disk; only ever add at the end.
    const ALL: [Self; 13] = [
        Self::DependsOn,
        Self::Contains,
        Self::Lists,
        Self::TrainedOn,
        Self::DerivedFrom,
        Self::FineTunedFrom,
        Self::AdaptedFrom,
        Self::MergedFrom,
        Self::QuantisedFrom,
        Self::DistilledFrom,
        Self::ConvertedFrom,
        Self::Adapts,
        Self::Runs,
    ];

    /// The name with hyphens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DependsOn => "depends-on",
            Self::Contains => "contains",
            Self::Lists => "lists",
            Self::TrainedOn => "trained-on",
            Self::DerivedFrom => "derived-from",
            Self::FineTunedFrom => "fine-tuned-from",
            Self::AdaptedFrom => "adapted-from",
            Self::MergedFrom => "merged-from",
            Self::QuantisedFrom => "quantised-from",
            Self::DistilledFrom => "distilled-from",
            Self::ConvertedFrom => "converted-from",
            Self::Adapts => "adapts",
            Self::Runs => "runs",
        }
    }

    /// Whether the part is an ancestor of the holder.
    #[must_use]
    pub const fn is_lineage(self) -> bool {
        matches!(
            self,
            Self::DerivedFrom
                | Self::FineTunedFrom
                | Self::AdaptedFrom
                | Self::MergedFrom
                | Self::QuantisedFrom
                | Self::DistilledFrom
                | Self::ConvertedFrom
                | Self::Adapts
        )
    }

    pub(crate) fn code(self) -> u8 {
        let place = Self::ALL.iter().position(|each| *each == self);
        place
            .and_then(|place| u8::try_from(place).ok())
            .unwrap_or_default()
    }

    pub(crate) fn from_code(code: u8) -> Self {
        Self::ALL
            .get(usize::from(code))
            .copied()
            .unwrap_or(Self::Lists)
    }

    /// The link of a relation, and whether the relation starts at the holder; `None` if nothing bad travels along it.
    const fn of(kind: RelationKind) -> Option<(Self, bool)> {
        Some(match kind {
            RelationKind::DependsOn => (Self::DependsOn, true),
            RelationKind::Contains => (Self::Contains, true),
            RelationKind::TrainedOn => (Self::TrainedOn, true),
            RelationKind::Adapts => (Self::Adapts, true),
            RelationKind::DeployedAs => (Self::Runs, false),
            RelationKind::DerivedFrom(derivation) => {
                let link = match derivation {
                    Derivation::Unknown => Self::DerivedFrom,
                    Derivation::FineTune => Self::FineTunedFrom,
                    Derivation::Adapter => Self::AdaptedFrom,
                    Derivation::Merge => Self::MergedFrom,
                    Derivation::Quantisation => Self::QuantisedFrom,
                    Derivation::Distillation => Self::DistilledFrom,
                    Derivation::Conversion => Self::ConvertedFrom,
                };
                (link, true)
            }
            RelationKind::TestedOn | RelationKind::LicensedUnder => return None,
        })
    }
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its name and version; the ecosystem is `generic` where nobody gave one.
    pub package: Package,
    /// Its package URL as written; empty if it has none.
    pub purl: String,
    /// SHA-256 digests of its bytes.
    pub digests: Vec<[u8; 32]>,
    /// Its terms of use as written.
    pub licences: Vec<String>,
}

impl Node {
    fn of(component: &Component) -> Self {
        let mut package = identity::package_of(component);
        package.name = cut(&package.name);
        package.distribution = cut(&package.distribution);
        package.version = package.version.as_deref().map(cut);
        let digests = identity::digests_of(component, &package);
        let mut licences: Vec<String> = component
            .licences
            .iter()
            .map(|licence| cut(&licence.term))
            .take(MOST_LICENCES)
            .collect();
        licences.sort();
        licences.dedup();
        Self {
            kind: component.kind,
            package,
            purl: component.purl.text().map(cut).unwrap_or_default(),
            digests,
            licences,
        }
    }

    /// A part that a document points at by package URL without listing it.
    fn pointed_at(reference: &Reference) -> Option<Self> {
        let parsed = purl::parse(reference.as_str()).ok()?;
        let package = parsed.to_package()?;
        let kind = match package.ecosystem {
            Ecosystem::HuggingFace | Ecosystem::Mlflow => Kind::Model,
            Ecosystem::Oci => Kind::Container,
            _ => Kind::Package,
        };
        Some(Self {
            kind,
            package,
            purl: cut(reference.as_str()),
            digests: Vec::new(),
            licences: Vec::new(),
        })
    }

    /// The name by which questions find it.
    #[must_use]
    pub fn key(&self) -> String {
        key(self.package.ecosystem, &self.package.name)
    }

    /// How it may be the same as a part of another document.
    #[must_use]
    pub fn joining(&self) -> Joining {
        Joining::of(self.kind, &self.package, &self.digests)
    }

    pub(crate) fn identities(&self) -> Vec<Identity> {
        identity::identities(self.kind, &self.package, &self.digests)
    }
}

/// The form of a name in which equal names are equal.
pub(crate) fn key(ecosystem: Ecosystem, written: &str) -> String {
    match ecosystem {
        Ecosystem::Generic => written.trim().to_ascii_lowercase(),
        _ => name::comparable(ecosystem, written),
    }
}

/// What a document itself says about a vulnerability in one of its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// The vulnerability by every name that the document gives, in lower case.
    pub names: Vec<String>,
    /// The part.
    pub node: u32,
    /// Whether nothing has to be done about it.
    pub is_settled: bool,
    /// What was concluded and why, in words; empty if nothing was.
    pub reason: String,
}

/// A document reduced to what questions need.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// The part that the document is about.
    pub root: Option<u32>,
    /// Its parts.
    pub nodes: Vec<Node>,
    /// Holder, part, and how they hang together; sorted, each once.
    pub links: Vec<(u32, u32, Link)>,
    /// What it says about vulnerabilities.
    pub statements: Vec<Statement>,
    /// Parts that were built from a source package of another name or version: distributions file their advisories
    /// under sources. Sorted by part, at most one for each.
    pub sources: Vec<(u32, Package)>,
}

impl Outline {
    /// Reduces a document.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        let mut outline = Self::default();
        let mut places: BTreeMap<&Reference, u32> = BTreeMap::new();
        let mut is_part = Vec::new();
        for (reference, component) in &inventory.components {
            let node = Node::of(component);
            let source = source_of(component, &node.package);
            let place = outline.push(node);
            outline.sources.extend(source.map(|source| (place, source)));
            places.insert(reference, place);
            is_part.push(component.listing == Listing::Part);
        }
        outline.root = inventory
            .metadata
            .subject
            .as_ref()
            .and_then(|subject| places.get(subject).copied());
        let mut mentioned = vec![false; outline.nodes.len()];
        for relation in &inventory.relations {
            for end in [&relation.from, &relation.to] {
                if !places.contains_key(end)
                    && let Some(node) = Node::pointed_at(end)
                {
                    places.insert(end, outline.push(node));
                    is_part.push(false);
                    mentioned.push(false);
                }
            }
            let (Some(from), Some(to)) = (places.get(&relation.from), places.get(&relation.to))
            else {
                continue;
            };
            match Link::of(relation.kind) {
                Some((link, true)) => outline.links.push((*from, *to, link)),
                Some((link, false)) => outline.links.push((*to, *from, link)),
                None => {
                    if let Some(flag) = mentioned.get_mut(index(*to)) {
                        *flag = true;
                    }
                }
            }
        }
        for (part, mentioned) in is_part.iter_mut().zip(mentioned) {
            *part &= !mentioned;
        }
        outline.links.retain(|(holder, part, _)| holder != part);
        outline.links.sort_unstable();
        outline.links.dedup();
        outline.hang_loose_parts(&is_part);
        outline.state(inventory, &places);
        outline
    }

    fn push(&mut self, node: Node) -> u32 {
        let place = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        place
    }

    /// Links every part that nothing leads to from the subject to the subject itself: first those that nothing holds,
    /// then one of each circle.
    fn hang_loose_parts(&mut self, is_part: &[bool]) {
        let Some(root) = self.root else { return };
        let mut parts: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        let mut is_held = vec![false; self.nodes.len()];
        for (holder, part, _) in &self.links {
            if let (Some(list), Some(held)) =
                (parts.get_mut(index(*holder)), is_held.get_mut(index(*part)))
            {
                list.push(*part);
                *held = true;
            }
        }
        let mut seen = vec![false; self.nodes.len()];
        mark(root, &parts, &mut seen);
        for only_unheld in [true, false] {
            for place in 0..self.nodes.len() {
                let flag = |list: &[bool]| list.get(place).copied().unwrap_or_default();
                if flag(&seen) || !flag(is_part) || (only_unheld && flag(&is_held)) {
                    continue;
                }
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                self.links.push((root, place, Link::Lists));
                mark(place, &parts, &mut seen);
            }
        }
        self.links.sort_unstable();
    }

    fn state(&mut self, inventory: &Inventory, places: &BTreeMap<&Reference, u32>) {
        for vulnerability in &inventory.vulnerabilities {
            let mut names: Vec<String> = std::iter::once(&vulnerability.id)
                .chain(&vulnerability.aliases)
                .filter(|name| !name.is_empty())
                .map(|name| cut(name).to_ascii_lowercase())
                .collect();
            names.sort();
            names.dedup();
            let analysis = vulnerability.analysis.as_ref();
            let reason = analysis.map_or_else(String::new, |analysis| {
                let why = [&analysis.justification, &analysis.detail]
                    .into_iter()
                    .find(|text| !text.is_empty());
                let state = analysis.state.as_str();
                cut(&why.map_or_else(|| state.to_owned(), |why| format!("{state}: {why}")))
            });
            let settled = analysis.is_some_and(|analysis| is_settled(analysis.state));
            let touched = vulnerability.affects.iter().map(|each| {
                let says_unaffected = !each.versions.is_empty()
                    && each
                        .versions
                        .iter()
                        .all(|(_, status)| status == "unaffected");
                (places.get(&each.component).copied(), says_unaffected)
            });
            for (node, says_unaffected) in touched {
                let Some(node) = node else { continue };
                self.statements.push(Statement {
                    names: names.clone(),
                    node,
                    is_settled: settled || says_unaffected,
                    reason: reason.clone(),
                });
            }
        }
        self.statements.sort();
        self.statements.dedup();
    }
}

/// The source package of a part, if it tells more than the part's own name and version.
fn source_of(component: &Component, package: &Package) -> Option<Package> {
    let mut source = source_package(component, package)?;
    source.name = cut(&source.name);
    source.version = source.version.as_deref().map(cut);
    (source != *package).then_some(source)
}

const fn is_settled(state: AnalysisState) -> bool {
    state.is_settled()
}

fn mark(from: u32, parts: &[Vec<u32>], seen: &mut [bool]) {
    let mut open = vec![from];
    while let Some(place) = open.pop() {
        match seen.get_mut(index(place)) {
            Some(flag) if !*flag => *flag = true,
            _ => continue,
        }
        open.extend(parts.get(index(place)).into_iter().flatten());
    }
}

/// The place of a node in a list.
pub(crate) const fn index(node: u32) -> usize {
    node as usize
}

fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(MOST_TEXT))
        .unwrap_or_default()
        .to_owned()
}
