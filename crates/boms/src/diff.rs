//! What changed between two inventories, and whether a pipeline should stop for it.
//!
//! Components are matched by identity, then by package URL or name without the version, so that an upgrade is a
//! change and not a removal beside an addition. Only meaning is compared: order, references and evidence alone are no
//! difference.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::inventory::{Component, Inventory, Kind, Reference, Severity};

/// A component by what people know it by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub kind: Kind,
    /// Its whole name.
    pub name: String,
    /// Its version; empty if unknown.
    pub version: String,
    /// Its package URL; empty if unknown.
    pub purl: String,
}

impl Item {
    fn of(component: &Component) -> Self {
        Self {
            kind: component.kind,
            name: component.full_name(),
            version: component.version.text().unwrap_or_default().to_owned(),
            purl: component.purl.text().unwrap_or_default().to_owned(),
        }
    }
}

/// What changed in a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Detail {
    /// Its version: before and after.
    Version(String, String),
    /// Its bytes, while its version stayed: before and after, each with its algorithm.
    Content(String, String),
    /// Its bytes, with its version.
    NewContent,
    /// A licence that came.
    LicenceAdded(String),
    /// A licence that went.
    LicenceRemoved(String),
    /// Who supplies it: before and after.
    Supplier(String, String),
    /// What is said of it: the question, before and after.
    Statement(String, Vec<String>, Vec<String>),
    /// A relation that came: its kind and the other end.
    RelationAdded(String, String),
    /// A relation that went.
    RelationRemoved(String, String),
}

/// A component that is in both and not the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Change {
    /// The component as it is now.
    pub item: Item,
    /// What changed.
    pub details: Vec<Detail>,
}

/// A vulnerability with a component that it touches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Exposure {
    /// The vulnerability.
    pub id: String,
    /// The whole name of the component; empty if it names none.
    pub component: String,
    /// How bad.
    pub severity: Severity,
    /// Whether it still needs attention.
    pub is_open: bool,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Difference {
    /// Components that came.
    pub added: Vec<Item>,
    /// Components that went.
    pub removed: Vec<Item>,
    /// Components that changed.
    pub changed: Vec<Change>,
    /// Vulnerabilities that came.
    pub exposed: Vec<Exposure>,
    /// Vulnerabilities that went or were settled.
    pub fixed: Vec<Exposure>,
}

/// What a pipeline stops for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// A component that came.
    pub added: bool,
    /// Other bytes under the same version.
    pub content: bool,
    /// A licence that came.
    pub licences: bool,
    /// Another base model, dataset or derivation.
    pub lineage: bool,
    /// A new open vulnerability of at least this severity.
    pub severity: Option<Severity>,
}

impl Default for Gate {
    /// What is never routine: changed bytes under one version, changed lineage, a new vulnerability of medium or
    /// worse.
    fn default() -> Self {
        Self {
            added: false,
            content: true,
            licences: false,
            lineage: true,
            severity: Some(Severity::Medium),
        }
    }
}

impl Difference {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.exposed.is_empty()
            && self.fixed.is_empty()
    }

    /// Why a pipeline should stop, one line each; empty means go on.
    #[must_use]
    pub fn stops(&self, gate: &Gate) -> Vec<String> {
        let mut reasons = Vec::new();
        if gate.added {
            let added = self.added.iter();
            reasons.extend(added.map(|item| format!("{} {} was added", item.kind, item.name)));
        }
        for change in &self.changed {
            let details = change.details.iter();
            let name = &change.item.name;
            reasons.extend(details.filter_map(|detail| reason(detail, name, gate)));
        }
        if let Some(least) = gate.severity {
            let exposed = self
                .exposed
                .iter()
                .filter(|each| each.is_open)
                .filter(|each| each.severity >= least || each.severity == Severity::Unknown);
            reasons.extend(exposed.map(|each| {
                format!(
                    "{} ({}) touches {}",
                    each.id,
                    each.severity.as_str(),
                    each.component
                )
            }));
        }
        reasons
    }
}

fn reason(detail: &Detail, name: &str, gate: &Gate) -> Option<String> {
    let is_lineage =
        |kind: &str| kind.starts_with("derived-from") || matches!(kind, "adapts" | "trained-on");
    match detail {
        Detail::Content(..) if gate.content => {
            Some(format!("{name} has other bytes under the same version"))
        }
        Detail::LicenceAdded(term) if gate.licences => {
            Some(format!("{name} came under the licence {term}"))
        }
        Detail::RelationAdded(kind, to) if gate.lineage && is_lineage(kind) => {
            Some(format!("{name} is now {kind} {to}"))
        }
        Detail::RelationRemoved(kind, to) if gate.lineage && is_lineage(kind) => {
            Some(format!("{name} is no longer {kind} {to}"))
        }
        _ => None,
    }
}

/// Compares two inventories.
#[must_use]
pub fn diff(before: &Inventory, after: &Inventory) -> Difference {
    let mut difference = Difference::default();
    let pairs = pair(before, after);
    for (old, new) in &pairs.both {
        let details = details((before, old), (after, new));
        if !details.is_empty() {
            difference.changed.push(Change {
                item: Item::of(new),
                details,
            });
        }
    }
    difference.removed = pairs.gone.iter().map(|each| Item::of(each)).collect();
    difference.added = pairs.new.iter().map(|each| Item::of(each)).collect();
    let (old, new) = (exposures(before), exposures(after));
    difference.exposed = new.difference(&old).cloned().collect();
    difference.fixed = old.difference(&new).cloned().collect();
    difference.added.sort();
    difference.removed.sort();
    difference.changed.sort();
    difference
}

#[derive(Default)]
struct Pairs<'a> {
    both: Vec<(&'a Component, &'a Component)>,
    gone: Vec<&'a Component>,
    new: Vec<&'a Component>,
}

/// Matches components: exactly first, then without the version, in order.
fn pair<'a>(before: &'a Inventory, after: &'a Inventory) -> Pairs<'a> {
    let mut pairs = Pairs::default();
    let mut rest_old: Vec<&Component> = before.components.values().collect();
    let mut rest_new: Vec<&Component> = after.components.values().collect();
    let keys: [fn(&Component) -> String; 2] = [exact, loose];
    for key in keys {
        let mut waiting: BTreeMap<String, Vec<&Component>> = BTreeMap::new();
        for component in rest_new.drain(..).rev() {
            waiting.entry(key(component)).or_default().push(component);
        }
        let mut unmatched = Vec::new();
        for old in rest_old.drain(..) {
            match waiting.get_mut(&key(old)).and_then(Vec::pop) {
                Some(new) => pairs.both.push((old, new)),
                None => unmatched.push(old),
            }
        }
        rest_old = unmatched;
        rest_new = waiting.into_values().flatten().collect();
        rest_new.sort_by(|left, right| left.reference.cmp(&right.reference));
    }
    pairs.gone = rest_old;
    pairs.new = rest_new;
    pairs
}

fn exact(component: &Component) -> String {
    format!("{:?}", crate::merge::Identity::of(component))
}

/// The identity without the version: the package URL without it, else kind and name.
fn loose(component: &Component) -> String {
    let purl = component.purl.text().map(chainwright_packages::purl::parse);
    match purl {
        Some(Ok(purl)) => {
            let namespace = purl.namespace.unwrap_or_default();
            format!("{}\n{namespace}\n{}", purl.kind, purl.name)
        }
        _ => format!("{}\n{}", component.kind, component.full_name()),
    }
}

fn details(
    (before, old): (&Inventory, &Component),
    (after, new): (&Inventory, &Component),
) -> Vec<Detail> {
    let mut details = Vec::new();
    let text = |component: &Component| component.version.text().unwrap_or_default().to_owned();
    let (was, is) = (text(old), text(new));
    let is_same_version = was == is;
    if !is_same_version {
        details.push(Detail::Version(was, is));
    }
    content(old, new, is_same_version, &mut details);
    let terms = |component: &Component| -> BTreeSet<String> {
        component
            .licences
            .iter()
            .map(|licence| licence.term.clone())
            .collect()
    };
    let (was, is) = (terms(old), terms(new));
    details.extend(is.difference(&was).cloned().map(Detail::LicenceAdded));
    details.extend(was.difference(&is).cloned().map(Detail::LicenceRemoved));
    let supplier = |component: &Component| {
        component
            .supplier
            .value()
            .map(|party| party.name.clone())
            .unwrap_or_default()
    };
    let (was, is) = (supplier(old), supplier(new));
    if was != is {
        details.push(Detail::Supplier(was, is));
    }
    statements(old, new, &mut details);
    let (was, is) = (relations(before, old), relations(after, new));
    let added = is.difference(&was).cloned();
    details.extend(added.map(|(kind, to)| Detail::RelationAdded(kind, to)));
    let removed = was.difference(&is).cloned();
    details.extend(removed.map(|(kind, to)| Detail::RelationRemoved(kind, to)));
    details
}

fn content(old: &Component, new: &Component, is_same_version: bool, details: &mut Vec<Detail>) {
    for (algorithm, field) in &old.hashes {
        let (Some(was), Some(is)) = (
            field.value(),
            new.hashes.get(algorithm).and_then(|field| field.value()),
        ) else {
            continue;
        };
        if was.eq_ignore_ascii_case(is) {
            continue;
        }
        let name = algorithm.cyclonedx();
        details.push(if is_same_version {
            Detail::Content(format!("{name} {was}"), format!("{name} {is}"))
        } else {
            Detail::NewContent
        });
        return;
    }
}

fn statements(old: &Component, new: &Component, details: &mut Vec<Detail>) {
    let aspects: BTreeSet<_> = old.aspects.keys().chain(new.aspects.keys()).collect();
    for aspect in aspects {
        let lines = |component: &Component| {
            component
                .aspect(*aspect)
                .and_then(|field| field.value())
                .map(|value| value.lines())
                .unwrap_or_default()
        };
        let (was, is) = (lines(old), lines(new));
        if was != is {
            details.push(Detail::Statement(aspect.as_str().to_owned(), was, is));
        }
    }
}

/// The relations of a component, the other end by its name without the version.
fn relations(inventory: &Inventory, component: &Component) -> BTreeSet<(String, String)> {
    inventory
        .from(&component.reference)
        .map(|relation| {
            let name = name_of(inventory, &relation.to);
            (relation.kind.as_str().to_owned(), name)
        })
        .collect()
}

fn name_of(inventory: &Inventory, reference: &Reference) -> String {
    inventory
        .component(reference)
        .map_or_else(|| reference.as_str().to_owned(), Component::full_name)
}

fn exposures(inventory: &Inventory) -> BTreeSet<Exposure> {
    let mut exposures = BTreeSet::new();
    for vulnerability in &inventory.vulnerabilities {
        let exposure = |component: String| Exposure {
            id: vulnerability.id.clone(),
            component,
            severity: vulnerability.severity(),
            is_open: vulnerability.is_open(),
        };
        if vulnerability.affects.is_empty() {
            exposures.insert(exposure(String::new()));
        }
        for affected in &vulnerability.affects {
            exposures.insert(exposure(name_of(inventory, &affected.component)));
        }
    }
    exposures
}
