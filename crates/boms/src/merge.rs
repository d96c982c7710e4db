//! Several inventories as one.
//!
//! Two components are the same if their identity is: package URL in its normal form, else kind, whole name and version.
//! Where both say something, the better known statement stays; nothing is averaged and nothing is dropped silently.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Component, Inventory, Kept, Reference, Relation};

/// What makes a component the same in two documents.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// By its package URL with the version.
    Purl(String),
    /// By kind, whole name and version.
    Name(&'static str, String, String),
}

impl Identity {
    /// The identity of a component.
    #[must_use]
    pub fn of(component: &Component) -> Self {
        if let Some(purl) = component.purl.text() {
            let normal = chainwright_packages::purl::parse(purl).map(|mut purl| {
                // What a package was built from does not tell it from others; many tools leave it out.
                purl.qualifiers.remove("upstream");
                purl.to_string()
            });
            return Self::Purl(normal.unwrap_or_else(|_| purl.to_owned()));
        }
        Self::Name(
            component.kind.as_str(),
            component.full_name(),
            component.version.text().unwrap_or_default().to_owned(),
        )
    }
}

/// Merges inventories; the first one gives the subject and its metadata, unless it has none.
///
/// What was kept of the documents beyond the inventories, their serial numbers and signatures do not survive: the
/// result is a new document.
#[must_use]
pub fn merge(inventories: &[Inventory]) -> Inventory {
    let mut merged = Inventory::default();
    let mut known: BTreeMap<Identity, Reference> = BTreeMap::new();
    for inventory in inventories {
        let mut renamed: BTreeMap<&Reference, Reference> = BTreeMap::new();
        for component in inventory.components.values() {
            let identity = Identity::of(component);
            let reference = match known.get(&identity) {
                Some(reference) => {
                    if let Some(present) = merged.components.get_mut(reference) {
                        join(present, component);
                    }
                    reference.clone()
                }
                None => {
                    let mut component = component.clone();
                    component.originals.clear();
                    let reference = merged.add(component);
                    known.insert(identity, reference.clone());
                    reference
                }
            };
            renamed.insert(&component.reference, reference);
        }
        let rename = |reference: &Reference| {
            renamed
                .get(reference)
                .cloned()
                .unwrap_or_else(|| reference.clone())
        };
        for relation in &inventory.relations {
            merged.relate(Relation {
                from: rename(&relation.from),
                kind: relation.kind,
                to: rename(&relation.to),
                evidence: relation.evidence,
                source: relation.source.clone(),
            });
        }
        rest(&mut merged, inventory, rename);
    }
    merged.kept = Kept::default();
    merged
}

fn rest(merged: &mut Inventory, inventory: &Inventory, rename: impl Fn(&Reference) -> Reference) {
    for vulnerability in &inventory.vulnerabilities {
        let mut vulnerability = vulnerability.clone();
        vulnerability.original = None;
        for affected in &mut vulnerability.affects {
            affected.component = rename(&affected.component);
        }
        let same = merged
            .vulnerabilities
            .iter_mut()
            .find(|each| each.id == vulnerability.id && each.analysis == vulnerability.analysis);
        match same {
            Some(present) => {
                let known: BTreeSet<_> = present
                    .affects
                    .iter()
                    .map(|each| each.component.clone())
                    .collect();
                let new = vulnerability.affects.into_iter();
                present
                    .affects
                    .extend(new.filter(|each| !known.contains(&each.component)));
                present.aliases.extend(vulnerability.aliases);
            }
            None => merged.vulnerabilities.push(vulnerability),
        }
    }
    for workflow in &inventory.workflows {
        let mut workflow = workflow.clone();
        workflow.inputs = workflow.inputs.iter().map(&rename).collect();
        workflow.outputs = workflow.outputs.iter().map(&rename).collect();
        if !merged.workflows.contains(&workflow) {
            merged.workflows.push(workflow);
        }
    }
    for claim in &inventory.claims {
        let mut claim = claim.clone();
        claim.target = rename(&claim.target);
        if !merged.claims.contains(&claim) {
            merged.claims.push(claim);
        }
    }
    let theirs = &inventory.metadata;
    let ours = &mut merged.metadata;
    if ours.subject.is_none() {
        ours.subject = theirs.subject.as_ref().map(&rename);
    }
    ours.timestamp = ours.timestamp.clone().max(theirs.timestamp.clone());
    if ours.supplier.is_none() {
        ours.supplier.clone_from(&theirs.supplier);
    }
    if ours.context.is_none() {
        ours.context.clone_from(&theirs.context);
    }
    for tool in &theirs.tools {
        if !ours.tools.contains(tool) {
            ours.tools.push(tool.clone());
        }
    }
    for author in &theirs.authors {
        if !ours.authors.contains(author) {
            ours.authors.push(author.clone());
        }
    }
    for property in &theirs.properties {
        if !ours.properties.contains(property) {
            ours.properties.push(property.clone());
        }
    }
    ours.lifecycles.extend(theirs.lifecycles.iter().copied());
    ours.is_complete = match (ours.is_complete, theirs.is_complete) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, other) | (other, None) => other,
        (Some(true), Some(true)) => Some(true),
    };
}

/// Takes over what another document knows better of the same component.
fn join(present: &mut Component, other: &Component) {
    present.version.strengthen(other.version.clone());
    present.purl.strengthen(other.purl.clone());
    present.description.strengthen(other.description.clone());
    present.supplier.strengthen(other.supplier.clone());
    present.listing = present.listing.min(other.listing);
    if present.cpe.is_none() {
        present.cpe.clone_from(&other.cpe);
    }
    if present.copyright.is_none() {
        present.copyright.clone_from(&other.copyright);
    }
    for (algorithm, field) in &other.hashes {
        present
            .hashes
            .entry(*algorithm)
            .or_default()
            .strengthen(field.clone());
    }
    for (aspect, field) in &other.aspects {
        present.state(*aspect, field.clone());
    }
    for licence in &other.licences {
        let same = present.licences.iter_mut().find(|each| {
            each.term == licence.term && each.acknowledgement == licence.acknowledgement
        });
        match same {
            Some(each) if each.evidence < licence.evidence => *each = licence.clone(),
            Some(_) => {}
            None => present.licences.push(licence.clone()),
        }
    }
    for author in &other.authors {
        if !present.authors.contains(author) {
            present.authors.push(author.clone());
        }
    }
    for property in &other.properties {
        if !present.properties.contains(property) {
            present.properties.push(property.clone());
        }
    }
    present.references.extend(other.references.iter().cloned());
}
