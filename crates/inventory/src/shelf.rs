//! The seam between questions and where outlines lie.
//!
//! A shelf keeps states: what was known of a system from some moment on. It answers small questions quickly (who has a
//! package of this name, a digest, a licence, an identity) and leaves all judgement to the crate above it. Everything
//! that implements it passes one suite of tests.
//!
//! There are two times. `valid_from` is when a state began to be true, `recorded_at` when somebody wrote it down; a view
//! can be of any moment in both.

use std::collections::BTreeSet;
use std::sync::Arc;

use chainwright_core::package::Ecosystem;

use crate::error::InventoryError;
use crate::identity::Joining;
use crate::outline::{Link, Node, Outline, index};

/// The number of a state on its shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub i64);

/// A part of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The state.
    pub state: StateId,
    /// The part.
    pub node: u32,
}

/// What is put on a shelf.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What it is about.
    pub name: String,
    /// Its version; may be empty.
    pub version: String,
    /// Where it runs; empty if it is not deployed.
    pub environment: String,
    /// Where the document came from, for people.
    pub origin: String,
    /// The format of the document, for people.
    pub format: String,
    /// From when on it is true, in seconds since 1970.
    pub valid_from: i64,
    /// The document itself.
    pub document: Vec<u8>,
    /// What questions need of it.
    pub outline: Outline,
}

/// What was known of a system from some moment on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// Its number.
    pub id: StateId,
    /// What it is about.
    pub name: String,
    /// Where it runs; empty if it is not deployed.
    pub environment: String,
    /// Its version; may be empty.
    pub version: String,
    /// Where the document came from.
    pub origin: String,
    /// The format of the document.
    pub format: String,
    /// SHA-256 of the document.
    pub digest: [u8; 32],
    /// From when on it is true, in seconds since 1970.
    pub valid_from: i64,
    /// When it was written down, in seconds since 1970.
    pub recorded_at: i64,
    /// When it stopped being true, and when that was written down.
    pub ended: Option<(i64, i64)>,
    /// How many parts it has.
    pub components: u32,
    /// Whether it is the latest of its system in the view.
    pub is_current: bool,
}

/// A moment to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// What is true now, as far as is known now.
    #[default]
    Now,
    /// What was true at a moment, as far as was known at another, in seconds since 1970.
    At {
        /// True when.
        valid: i64,
        /// Known when.
        known: i64,
    },
    /// Everything that was ever written down and not purged.
    Ever,
}

/// What is taken off a shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It stopped being true at this moment; the past stays.
    Ended(i64),
    /// It should never have been there; nothing stays.
    Purged,
}

/// A part that has a package's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who gives the name.
    pub ecosystem: Ecosystem,
    /// The distribution, for packages of operating systems.
    pub distribution: String,
    /// The version; empty if unknown.
    pub version: String,
    /// Where it is.
    pub place: Place,
    /// How it may be the same as a part of another document.
    pub joining: Joining,
    /// Whether name and version are those of the source package that the part was built from.
    pub is_source: bool,
}

/// A part that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub place: Place,
    /// How it may be the same as a part of another document.
    pub joining: Joining,
}

/// What a walk needs to know of a state before it looks inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brief {
    /// The state.
    pub id: StateId,
    /// Whether it is the latest of its system.
    pub is_current: bool,
    /// Whether it is deployed.
    pub is_deployed: bool,
    /// Whether every part leads up to the subject, and nothing that holds parts is known to other states: then whatever
    /// is touched touches the subject and nothing elsewhere, and nobody has to look inside.
    pub is_plain: bool,
}

/// A name under which a part is known elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joint {
    /// The part.
    pub node: u32,
    /// The names; those that begin with `~` have no version.
    pub keys: Vec<String>,
    /// Whether the part has a version although the names that begin with `~` do not say it.
    pub has_version: bool,
}

/// How a state hangs together, without names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// The part that the document is about.
    pub root: Option<u32>,
    /// How many parts there are.
    pub nodes: u32,
    /// Holder, part and link, sorted.
    pub links: Vec<(u32, u32, Link)>,
    /// Parts that other states may hold as well.
    pub joints: Vec<Joint>,
}

impl Topology {
    /// The topology of an outline.
    #[must_use]
    pub fn of(outline: &Outline) -> Self {
        let joints = (0_u32..).zip(&outline.nodes).filter_map(|(node, each)| {
            let identities = each.identities();
            let has_version = identities.iter().any(|identity| identity.has_version);
            let keys: Vec<String> = identities
                .into_iter()
                .map(|identity| identity.key)
                .collect();
            (!keys.is_empty()).then_some(Joint {
                node,
                keys,
                has_version,
            })
        });
        Self {
            root: outline.root,
            nodes: u32::try_from(outline.nodes.len()).unwrap_or(u32::MAX),
            links: outline.links.clone(),
            joints: joints.collect(),
        }
    }
}

impl Topology {
    /// Whether every part leads up to the subject.
    pub(crate) fn is_connected(&self) -> bool {
        let Some(root) = self.root else { return false };
        let mut parts: Vec<Vec<u32>> = vec![Vec::new(); index(self.nodes)];
        for (holder, part, _) in &self.links {
            if let Some(list) = parts.get_mut(index(*holder)) {
                list.push(*part);
            }
        }
        let mut seen = vec![false; parts.len()];
        let mut open = vec![root];
        let mut count = 0;
        while let Some(node) = open.pop() {
            match seen.get_mut(index(node)) {
                Some(flag) if !*flag => *flag = true,
                _ => continue,
            }
            count += 1;
            open.extend(parts.get(index(node)).into_iter().flatten());
        }
        count == parts.len()
    }

    /// Whether a part holds others.
    pub(crate) fn is_holder(&self, node: u32) -> bool {
        let at = self.links.partition_point(|link| link.0 < node);
        self.links.get(at).is_some_and(|link| link.0 == node)
    }
}

/// A part that goes by an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Where it is.
    pub place: Place,
    /// Whether it has a version of its own.
    pub has_version: bool,
    /// How it may be the same as a part of another document.
    pub joining: Joining,
}

/// What a document says about a vulnerability in one of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The part.
    pub place: Place,
    /// Whether nothing has to be done about it.
    pub is_settled: bool,
    /// Why.
    pub reason: String,
}

/// Where states lie.
pub trait Shelf {
    /// Writes states down, all or none, and gives their numbers.
    ///
    /// A document that is on the shelf already, under the same name, version and environment and as the latest of its
    /// system, is not written again; its number is given.
    ///
    /// # Errors
    /// When the shelf cannot be written.
    fn add(&mut self, entries: &[Entry], recorded_at: i64) -> Result<Vec<StateId>, InventoryError>;

    /// Ends or removes states, all or none.
    ///
    /// # Errors
    /// When the shelf cannot be written.
    fn remove(
        &mut self,
        states: &[StateId],
        removal: Removal,
        recorded_at: i64,
    ) -> Result<(), InventoryError>;

    /// Does work that sees one state of the shelf from beginning to end, whoever writes meanwhile.
    ///
    /// # Errors
    /// What the work gives, or when the shelf cannot be read.
    fn hold(
        &self,
        work: &mut dyn FnMut() -> Result<(), InventoryError>,
    ) -> Result<(), InventoryError>;

    /// Every state that can be seen in a view, by name, environment and time.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn states(&self, view: View) -> Result<Vec<State>, InventoryError>;

    /// How many systems have a state in a view.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn count(&self, view: View) -> Result<usize, InventoryError>;

    /// States by number, as they are now, in the order of the question; unknown numbers are left out.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn lookup(&self, states: &[StateId]) -> Result<Vec<State>, InventoryError>;

    /// What a walk needs to know of states that have not ended; the others are left out.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn briefs(&self, states: &BTreeSet<StateId>) -> Result<Vec<Brief>, InventoryError>;

    /// The document of a state.
    ///
    /// # Errors
    /// When the shelf is damaged, or does not keep documents.
    fn document(&self, state: StateId) -> Result<Vec<u8>, InventoryError>;

    /// Parts by the name of their package, as [`Node::key`] gives it; of any ecosystem if none is given.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn named(&self, ecosystem: Option<Ecosystem>, key: &str) -> Result<Vec<Named>, InventoryError>;

    /// Parts by a SHA-256 digest.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn with_digest(&self, digest: &[u8; 32]) -> Result<Vec<Found>, InventoryError>;

    /// Every term of use that any part has, as written.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn terms(&self) -> Result<Vec<String>, InventoryError>;

    /// Parts with exactly this term of use.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn under_term(&self, term: &str) -> Result<Vec<Found>, InventoryError>;

    /// Parts that go by an identity.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn known_as(&self, key: &str) -> Result<Vec<Known>, InventoryError>;

    /// What documents say about a vulnerability, by its name in lower case.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn said_about(&self, vulnerability: &str) -> Result<Vec<Said>, InventoryError>;

    /// How a state hangs together.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn topology(&self, state: StateId) -> Result<Arc<Topology>, InventoryError>;

    /// Some parts of a state, in the order of the question.
    ///
    /// # Errors
    /// When the shelf is damaged, or there are no such parts.
    fn nodes_at(&self, state: StateId, nodes: &[u32]) -> Result<Vec<Node>, InventoryError>;

    /// The parts of a state.
    ///
    /// # Errors
    /// When the shelf is damaged.
    fn nodes(&self, state: StateId) -> Result<Vec<Node>, InventoryError>;
}

/// Whether a state can be seen in a view.
pub(crate) fn is_seen(state: &State, view: View) -> bool {
    match view {
        View::Now => state.ended.is_none(),
        View::Ever => true,
        View::At { valid, known } => {
            let is_over = state
                .ended
                .is_some_and(|(at, recorded)| at <= valid && recorded <= known);
            state.recorded_at <= known && state.valid_from <= valid && !is_over
        }
    }
}

/// Marks the latest state of each system among those that are seen, and sorts.
pub(crate) fn mark_current(states: &mut [State]) {
    states.sort_by(|left, right| {
        let key = |state: &State| (state.valid_from, state.recorded_at, state.id);
        (&left.name, &left.environment)
            .cmp(&(&right.name, &right.environment))
            .then_with(|| key(left).cmp(&key(right)))
    });
    for place in 0..states.len() {
        let next = states
            .get(place + 1)
            .map(|next| (next.name.clone(), next.environment.clone()));
        if let Some(state) = states.get_mut(place) {
            state.is_current =
                next.is_none_or(|next| next != (state.name.clone(), state.environment.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(valid_from: i64, recorded_at: i64, ended: Option<(i64, i64)>) -> State {
        State {
            id: StateId(valid_from * 100 + recorded_at),
            name: "a".to_owned(),
            environment: String::new(),
            version: String::new(),
            origin: String::new(),
            format: String::new(),
            digest: [0; 32],
            valid_from,
            recorded_at,
            ended,
            components: 0,
            is_current: false,
        }
    }

    #[test]
    fn a_view_sees_what_was_true_and_known() {
        let at = |valid, known| View::At { valid, known };
        let one = state(10, 20, Some((30, 40)));
        for (view, seen) in [
            (at(10, 20), true),
            (at(9, 20), false),
            (at(10, 19), false),
            (at(29, 99), true),
            (at(30, 39), true),
            (at(30, 40), false),
            (View::Now, false),
        ] {
            assert_eq!(is_seen(&one, view), seen, "{view:?}");
        }
    }

    #[test]
    fn what_began_last_is_current_whenever_it_was_written_down() {
        let mut states = [state(10, 50, None), state(20, 30, None)];
        mark_current(&mut states);
        let current: Vec<i64> = states
            .iter()
            .filter(|state| state.is_current)
            .map(|state| state.valid_from)
            .collect();
        assert_eq!(current, [20]);
    }
}
