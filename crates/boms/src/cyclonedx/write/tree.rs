//! Which component is nested in which.
//!
//! A component is nested where exactly one other holds it and the nesting stays shallow; otherwise it stands at the
//! top and names its holders. What the subject holds stands at the top too, where every reader looks for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Component, Inventory, Kind, Listing, Reference, RelationKind};

/// How deep components are nested.
pub(super) const DEEPEST: usize = 8;

pub(super) struct Tree<'a> {
    roots: Vec<&'a Component>,
    held: BTreeMap<&'a Reference, Vec<&'a Component>>,
    flat: BTreeMap<&'a Reference, Vec<&'a Reference>>,
}

impl<'a> Tree<'a> {
    pub(super) fn of(inventory: &'a Inventory) -> Self {
        let mut containers: BTreeMap<&Reference, Vec<&Reference>> = BTreeMap::new();
        for relation in &inventory.relations {
            if relation.kind == RelationKind::Contains {
                containers
                    .entry(&relation.to)
                    .or_default()
                    .push(&relation.from);
            }
        }
        let subject = inventory.metadata.subject.as_ref();
        let parents = parents(inventory, &containers);
        let mut tree = Self {
            roots: Vec::new(),
            held: BTreeMap::new(),
            flat: BTreeMap::new(),
        };
        for component in ordered(inventory) {
            let reference = &component.reference;
            if component.listing == Listing::Ancestor {
                continue;
            }
            if let Some(parent) = parents.get(reference)
                && is_shallow(reference, &parents)
            {
                tree.held.entry(parent).or_default().push(component);
                continue;
            }
            if let Some(holders) = containers.remove(reference) {
                tree.flat.insert(reference, holders);
            }
            if Some(reference) != subject {
                tree.roots.push(component);
            }
        }
        tree
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = &'a Component> + use<'a> {
        self.roots.clone().into_iter()
    }

    pub(super) fn held_by(&self, reference: &Reference) -> Vec<&'a Component> {
        self.held.get(reference).cloned().unwrap_or_default()
    }

    pub(super) fn flat_containers(&self, reference: &Reference) -> &[&'a Reference] {
        self.flat
            .get(reference)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// Components in the order in which they were read, then the others by reference.
fn ordered(inventory: &Inventory) -> Vec<&Component> {
    let mut seen = BTreeSet::new();
    let mut components: Vec<_> = inventory
        .kept
        .order
        .iter()
        .filter(|reference| seen.insert(*reference))
        .filter_map(|reference| inventory.component(reference))
        .collect();
    components.extend(
        inventory
            .components
            .values()
            .filter(|component| !seen.contains(&component.reference)),
    );
    components
}

/// The one holder of each component that can be nested.
fn parents<'a>(
    inventory: &'a Inventory,
    containers: &BTreeMap<&'a Reference, Vec<&'a Reference>>,
) -> BTreeMap<&'a Reference, &'a Reference> {
    let subject = inventory.metadata.subject.as_ref();
    let mut parents = BTreeMap::new();
    for (child, holders) in containers {
        let [holder] = holders.as_slice() else {
            continue;
        };
        if Some(*holder) == subject || Some(*child) == subject {
            continue;
        }
        let (Some(inner), Some(outer)) = (inventory.component(child), inventory.component(holder))
        else {
            continue;
        };
        let is_alike = (inner.kind == Kind::Service) == (outer.kind == Kind::Service);
        if is_alike && inner.listing == Listing::Part && outer.listing == Listing::Part {
            parents.insert(*child, *holder);
        }
    }
    parents
}

fn is_shallow(child: &Reference, parents: &BTreeMap<&Reference, &Reference>) -> bool {
    let mut current = child;
    for _ in 0..=DEEPEST {
        match parents.get(current) {
            Some(parent) => current = parent,
            None => return true,
        }
    }
    false
}
