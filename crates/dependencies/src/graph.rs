//! What follows from the edges of a resolved graph: which packages are asked for, and for what.

use std::collections::HashSet;

use crate::facts::{Declared, Relation, Scope};
use crate::sink::Sink;

/// How the project itself reaches packages.
#[derive(Debug, Default)]
pub(crate) struct Wants {
    /// Packages that are the project, or parts of it.
    pub(crate) roots: HashSet<u32>,
    /// What the roots ask for, for what, and in which group.
    pub(crate) direct: Vec<(u32, Scope, Option<String>)>,
}

impl Wants {
    pub(crate) fn ask(&mut self, to: u32, scope: Scope, group: Option<&str>) {
        self.direct.push((to, scope, group.map(str::to_owned)));
    }

    /// Marks every package with its relation and with the strongest scope under which it is reached.
    pub(crate) fn apply(&self, edges: &[(u32, u32)], sink: &mut Sink<'_>) {
        let packages = &mut sink.facts.packages;
        for (index, declared) in packages.iter_mut().enumerate() {
            let is_root = u32::try_from(index).is_ok_and(|index| self.roots.contains(&index));
            declared.relation = if is_root {
                Relation::Root
            } else {
                Relation::Transitive
            };
        }
        for (to, _, group) in &self.direct {
            if let Some(declared) = get(packages, *to)
                && declared.relation != Relation::Root
            {
                declared.relation = Relation::Direct;
                add_group(declared, group.as_deref());
            }
        }
        for (index, scope) in reach(packages.len(), edges, self).into_iter().enumerate() {
            if let (Some(declared), Some(scope)) = (packages.get_mut(index), scope) {
                declared.scope = scope;
            }
        }
    }
}

/// For lock files that do not say what the project asks for: what nobody needs must be asked for by the project, what
/// somebody needs may be.
pub(crate) fn relate_by_need(edges: &[(u32, u32)], sink: &mut Sink<'_>) {
    let needed: HashSet<u32> = edges
        .iter()
        .filter(|(from, to)| from != to)
        .map(|(_, to)| *to)
        .collect();
    for (index, declared) in sink.facts.packages.iter_mut().enumerate() {
        let is_needed = u32::try_from(index).is_ok_and(|index| needed.contains(&index));
        if declared.relation == Relation::Unknown && !is_needed {
            declared.relation = Relation::Direct;
        }
    }
}

pub(crate) fn add_group(declared: &mut Declared, group: Option<&str>) {
    if let Some(group) = group
        && declared.groups.len() < 64
        && !declared.groups.iter().any(|known| known == group)
    {
        declared.groups.push(group.to_owned());
    }
}

fn get(packages: &mut [Declared], index: u32) -> Option<&mut Declared> {
    packages.get_mut(usize::try_from(index).ok()?)
}

/// The strongest scope under which each package is reached; packages are walked once, strongest scope first.
fn reach(count: usize, edges: &[(u32, u32)], wants: &Wants) -> Vec<Option<Scope>> {
    let mut next: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (from, to) in edges {
        let from_root = wants.roots.contains(from);
        let slot = usize::try_from(*from).ok().and_then(|at| next.get_mut(at));
        if let Some(list) = slot.filter(|_| !from_root) {
            list.push(*to);
        }
    }
    let mut found = vec![None; count];
    let mut starts: Vec<(Scope, u32)> = wants
        .direct
        .iter()
        .map(|(to, scope, _)| (*scope, *to))
        .collect();
    starts.sort_unstable();
    for (scope, start) in starts {
        let mut waiting = vec![start];
        while let Some(index) = waiting.pop() {
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let Some(slot @ None) = found.get_mut(at) else {
                continue;
            };
            *slot = Some(scope);
            waiting.extend(next.get(at).into_iter().flatten());
        }
    }
    found
}
