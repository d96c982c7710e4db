//! From what is meant to everything that holds it, within documents and from one into the next.
//!
//! The walk goes breadth first, so the way back from any part is a shortest one. Every name is followed once, every part
//! visited once: circles end, and what thousands of documents share costs no more than those documents.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::error::InventoryError;
use crate::outline::{Link, index};
use crate::shelf::{Joint, Place, Shelf, State, StateId, Topology, View};

/// Why a part is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It is meant itself.
    Hit,
    /// It holds a part of the same document.
    Holds(u32, Link),
    /// It is the same as a part of another document, or another part of the same.
    Same {
        /// That part.
        place: Place,
        /// Whether one of them is named without a version.
        is_loose: bool,
    },
}

/// How pressing a touch is; the first that reaches a part stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    Open,
    Unsure,
    Settled,
}

/// A document that the walk came into.
#[derive(Debug)]
pub(crate) struct Visited {
    pub(crate) topology: Arc<Topology>,
    /// Holders of each part: the beginning of its stretch, then holder and link.
    starts: Vec<u32>,
    holders: Vec<(u32, Link)>,
    pub(crate) causes: BTreeMap<u32, (Cause, Rank)>,
}

impl Visited {
    fn of(topology: Topology) -> Self {
        let count = index(topology.nodes);
        let mut starts = vec![0_u32; count + 1];
        for (_, part, _) in &topology.links {
            if let Some(start) = starts.get_mut(index(*part) + 1) {
                *start += 1;
            }
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut next = starts.clone();
        let mut holders = vec![(0, Link::Lists); topology.links.len()];
        for (holder, part, link) in &topology.links {
            if let Some(at) = next.get_mut(index(*part))
                && let Some(slot) = holders.get_mut(index(*at))
            {
                *slot = (*holder, *link);
                *at += 1;
            }
        }
        Self {
            topology: Arc::new(topology),
            starts,
            holders,
            causes: BTreeMap::new(),
        }
    }

    /// What holds a part, and how.
    pub(crate) fn holders(&self, part: u32) -> &[(u32, Link)] {
        let at = |place: usize| self.starts.get(place).map_or(0, |start| index(*start));
        self.holders
            .get(at(index(part))..at(index(part) + 1))
            .unwrap_or_default()
    }
}

/// A walk and what it came to.
pub(crate) struct Walk<'a> {
    shelf: &'a dyn Shelf,
    /// States of the view, or those that were looked up so far.
    known: HashMap<StateId, Option<State>>,
    is_whole_view: bool,
    pub(crate) visited: BTreeMap<StateId, Visited>,
    /// Names that were followed, and whether to everybody or only to those without a version.
    followed: HashSet<(String, bool)>,
    followed_settled: HashSet<(String, bool)>,
    /// Parts to visit, why, and whether names without a version may be followed from there.
    queue: VecDeque<(Place, Cause, bool)>,
    /// Parts of other documents that are the same as something settled in its own document.
    beyond: BTreeSet<(Place, Place, bool)>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(shelf: &'a dyn Shelf, view: View) -> Result<Self, InventoryError> {
        let mut known = HashMap::new();
        let is_whole_view = view != View::Now;
        if is_whole_view {
            known.extend(
                shelf
                    .states(view)?
                    .into_iter()
                    .map(|state| (state.id, Some(state))),
            );
        }
        Ok(Self {
            shelf,
            known,
            is_whole_view,
            visited: BTreeMap::new(),
            followed: HashSet::new(),
            followed_settled: HashSet::new(),
            queue: VecDeque::new(),
            beyond: BTreeSet::new(),
        })
    }

    /// Learns about states at once.
    pub(crate) fn learn(&mut self, states: &BTreeSet<StateId>) -> Result<(), InventoryError> {
        if self.is_whole_view {
            return Ok(());
        }
        let unknown: Vec<StateId> = states
            .iter()
            .copied()
            .filter(|id| !self.known.contains_key(id))
            .collect();
        for id in &unknown {
            self.known.insert(*id, None);
        }
        for state in self.shelf.lookup(&unknown)? {
            let seen = state.ended.is_none().then_some(state);
            if let Some(state) = seen {
                self.known.insert(state.id, Some(state));
            }
        }
        Ok(())
    }

    /// A state, if it can be seen in the view.
    pub(crate) fn state(&self, id: StateId) -> Option<&State> {
        self.known.get(&id)?.as_ref()
    }

    /// Walks from parts of one rank. Settled ones stay within their document; what is the same elsewhere is open.
    pub(crate) fn from(&mut self, hits: &[Place], rank: Rank) -> Result<(), InventoryError> {
        self.queue
            .extend(hits.iter().map(|place| (*place, Cause::Hit, true)));
        self.run(rank)?;
        if rank == Rank::Settled {
            let beyond = std::mem::take(&mut self.beyond);
            let same = beyond.into_iter().map(|(to, from, is_loose)| {
                let cause = Cause::Same {
                    place: from,
                    is_loose,
                };
                (to, cause, !is_loose)
            });
            self.queue.extend(same);
            self.run(Rank::Open)?;
        }
        Ok(())
    }

    fn run(&mut self, rank: Rank) -> Result<(), InventoryError> {
        while let Some((place, cause, may_be_loose)) = self.queue.pop_front() {
            if !self.known.contains_key(&place.state) {
                self.learn(&BTreeSet::from([place.state]))?;
            }
            if self.state(place.state).is_none() {
                continue;
            }
            if !self.visited.contains_key(&place.state) {
                let topology = self.shelf.topology(place.state)?;
                self.visited.insert(place.state, Visited::of(topology));
            }
            let Some(visited) = self.visited.get_mut(&place.state) else {
                continue;
            };
            if place.node >= visited.topology.nodes {
                return Err(InventoryError::Damaged(format!(
                    "state {} has no part {}",
                    place.state.0, place.node
                )));
            }
            // What was reached before was reached by something more pressing, or settled by its own document.
            if visited.causes.contains_key(&place.node) {
                continue;
            }
            visited.causes.insert(place.node, (cause, rank));
            for (holder, link) in visited.holders(place.node) {
                let holder = Place {
                    node: *holder,
                    ..place
                };
                self.queue
                    .push_back((holder, Cause::Holds(place.node, *link), true));
            }
            let topology = Arc::clone(&visited.topology);
            let joint = topology
                .joints
                .binary_search_by_key(&place.node, |joint| joint.node);
            if let Ok(at) = joint
                && let Some(joint) = topology.joints.get(at)
            {
                self.follow(place, joint, may_be_loose, rank)?;
            }
        }
        Ok(())
    }

    /// Goes to every part that is the same.
    fn follow(
        &mut self,
        place: Place,
        joint: &Joint,
        may_be_loose: bool,
        rank: Rank,
    ) -> Result<(), InventoryError> {
        let is_current = self
            .state(place.state)
            .is_some_and(|state| state.is_current);
        for key in &joint.keys {
            let is_loose = key.starts_with('~');
            // A state that was replaced speaks for its own version only.
            if is_loose && !(is_current && may_be_loose) {
                continue;
            }
            let open_to_all = !is_loose || !joint.has_version;
            let followed = match rank {
                Rank::Open | Rank::Unsure => &mut self.followed,
                Rank::Settled => &mut self.followed_settled,
            };
            let is_done = followed.contains(&(key.clone(), true))
                || !followed.insert((key.clone(), open_to_all));
            if is_done {
                continue;
            }
            // Who shares a version that was replaced is not what goes by the name now; who shares bytes may be.
            let may_go_on = !is_loose && (is_current || key.starts_with("sha256:"));
            let known = self.shelf.known_as(key)?;
            self.learn(&known.iter().map(|known| known.place.state).collect())?;
            for known in known {
                let other = known.place;
                if other == place
                    || (!open_to_all && known.has_version)
                    || self.state(other.state).is_none()
                {
                    continue;
                }
                if rank == Rank::Settled && other.state != place.state {
                    self.beyond.insert((other, place, is_loose));
                } else {
                    self.queue
                        .push_back((other, Cause::Same { place, is_loose }, may_go_on));
                }
            }
        }
        Ok(())
    }
}
