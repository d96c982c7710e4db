//! From what is meant to everything that holds it, within documents and from one into the next.
//!
//! The walk goes breadth first, so the way back from any part is a shortest one. Every name is followed once, every part
//! visited once: circles end, and what thousands of documents share costs no more than those documents. Nobody looks
//! inside a plain document until it is told.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use crate::error::InventoryError;
use crate::identity::Joining;
use crate::outline::{Link, index};
use crate::shelf::{Brief, Joint, Place, Shelf, State, StateId, Topology, View};

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

/// A part that is meant.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    pub(crate) place: Place,
    pub(crate) joining: Joining,
    /// The names that it is known by, if they are known without looking.
    pub(crate) joint: Option<Arc<Joint>>,
}

/// A part that is to be visited.
struct Step {
    seed: Seed,
    cause: Cause,
    /// Whether names without a version may be followed from there.
    may_be_loose: bool,
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
    fn of(topology: Arc<Topology>) -> Self {
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
            topology,
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

    fn check(&self, place: Place) -> Result<(), InventoryError> {
        if place.node < self.topology.nodes {
            return Ok(());
        }
        let (state, node) = (place.state.0, place.node);
        Err(InventoryError::Damaged(format!(
            "state {state} has no part {node}"
        )))
    }
}

/// What the walk knows of a plain document without having looked inside.
#[derive(Debug)]
struct Plain {
    rank: Rank,
    first: (u32, Cause, Rank),
    /// The rest; mostly there is none.
    more: Vec<(u32, Cause, Rank)>,
}

impl Plain {
    fn causes(&self) -> impl Iterator<Item = &(u32, Cause, Rank)> {
        std::iter::once(&self.first).chain(&self.more)
    }
}

/// A walk and what it came to.
pub(crate) struct Walk<'a> {
    shelf: &'a dyn Shelf,
    /// States of the view, or those that were asked about so far.
    known: HashMap<StateId, Option<Brief>>,
    is_whole_view: bool,
    visited: BTreeMap<StateId, Visited>,
    plain: BTreeMap<StateId, Plain>,
    /// Names that were followed, and whether to everybody or only to those without a version.
    followed: [HashMap<String, bool>; 2],
    queue: VecDeque<Step>,
    /// Parts of other documents that are the same as something settled in its own document.
    beyond: BTreeMap<(Place, Place, bool), Joining>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(shelf: &'a dyn Shelf, view: View) -> Result<Self, InventoryError> {
        let mut known = HashMap::new();
        let is_whole_view = view != View::Now;
        if is_whole_view {
            let brief = |state: State| Brief {
                id: state.id,
                is_current: state.is_current,
                is_deployed: !state.environment.is_empty(),
                // What is plain now need not have been then.
                is_plain: false,
            };
            let briefs = shelf.states(view)?.into_iter().map(brief);
            known.extend(briefs.map(|brief| (brief.id, Some(brief))));
        }
        Ok(Self {
            shelf,
            known,
            is_whole_view,
            visited: BTreeMap::new(),
            plain: BTreeMap::new(),
            followed: [HashMap::new(), HashMap::new()],
            queue: VecDeque::new(),
            beyond: BTreeMap::new(),
        })
    }

    /// Learns about states at once.
    pub(crate) fn learn(
        &mut self,
        states: impl Iterator<Item = StateId>,
    ) -> Result<(), InventoryError> {
        if self.is_whole_view {
            return Ok(());
        }
        let unknown: BTreeSet<StateId> = states.filter(|id| !self.known.contains_key(id)).collect();
        self.known.extend(unknown.iter().map(|id| (*id, None)));
        for brief in self.shelf.briefs(&unknown)? {
            self.known.insert(brief.id, Some(brief));
        }
        Ok(())
    }

    /// A state, if it can be seen in the view.
    pub(crate) fn brief(&self, id: StateId) -> Option<Brief> {
        self.known.get(&id).copied().flatten()
    }

    /// Walks from parts of one rank. Settled ones stay within their document; what is the same elsewhere is open.
    pub(crate) fn from(&mut self, hits: Vec<Seed>, rank: Rank) -> Result<(), InventoryError> {
        self.queue.extend(hits.into_iter().map(|seed| Step {
            seed,
            cause: Cause::Hit,
            may_be_loose: true,
        }));
        self.run(rank)?;
        if rank == Rank::Settled {
            for ((place, from, is_loose), joining) in std::mem::take(&mut self.beyond) {
                let seed = Seed {
                    place,
                    joining,
                    joint: None,
                };
                let cause = Cause::Same {
                    place: from,
                    is_loose,
                };
                self.queue.push_back(Step {
                    seed,
                    cause,
                    may_be_loose: !is_loose,
                });
            }
            self.run(Rank::Open)?;
        }
        Ok(())
    }

    fn run(&mut self, rank: Rank) -> Result<(), InventoryError> {
        while let Some(Step {
            seed,
            cause,
            may_be_loose,
        }) = self.queue.pop_front()
        {
            let place = seed.place;
            if !self.known.contains_key(&place.state) {
                self.learn(std::iter::once(place.state))?;
            }
            let Some(brief) = self.brief(place.state) else {
                continue;
            };
            let is_outside =
                brief.is_plain && rank != Rank::Settled && !self.visited.contains_key(&place.state);
            if is_outside && self.stays_outside(&seed, cause, rank)? {
                continue;
            }
            self.enter(place.state)?;
            self.complete(place.state)?;
            let Some(visited) = self.visited.get_mut(&place.state) else {
                continue;
            };
            visited.check(place)?;
            // What was reached before was reached by something more pressing, or settled by its own document.
            if visited.causes.contains_key(&place.node) {
                continue;
            }
            visited.causes.insert(place.node, (cause, rank));
            for (holder, link) in visited.holders(place.node) {
                let place = Place {
                    node: *holder,
                    ..place
                };
                self.queue.push_back(Step {
                    seed: Seed {
                        place,
                        joining: Joining::Otherwise,
                        joint: None,
                    },
                    cause: Cause::Holds(seed.place.node, *link),
                    may_be_loose: true,
                });
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

    /// Notes a part of a plain document without looking inside, if nothing there leads elsewhere.
    fn stays_outside(
        &mut self,
        seed: &Seed,
        cause: Cause,
        rank: Rank,
    ) -> Result<bool, InventoryError> {
        let place = seed.place;
        let joint = match (seed.joining, cause) {
            (Joining::Never, _) => None,
            // Whoever led here by a name has followed that name.
            (Joining::ByName, Cause::Same { .. }) => None,
            (Joining::ByName, _) if seed.joint.is_some() => seed.joint.clone(),
            (Joining::ByName | Joining::Otherwise, _) => return Ok(false),
        };
        let noted = (place.node, cause, rank);
        match self.plain.entry(place.state) {
            Entry::Vacant(entry) => {
                entry.insert(Plain {
                    rank,
                    first: noted,
                    more: Vec::new(),
                });
            }
            Entry::Occupied(entry) => {
                let plain = entry.into_mut();
                if plain.causes().any(|(node, ..)| *node == place.node) {
                    return Ok(true);
                }
                plain.more.push(noted);
            }
        }
        if let Some(joint) = joint {
            self.follow(place, &joint, true, rank)?;
        }
        Ok(true)
    }

    fn enter(&mut self, state: StateId) -> Result<(), InventoryError> {
        if !self.visited.contains_key(&state) {
            let topology = self.shelf.topology(state)?;
            self.visited.insert(state, Visited::of(topology));
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
            .brief(place.state)
            .is_some_and(|brief| brief.is_current);
        for key in &joint.keys {
            let is_loose = key.starts_with('~');
            // A state that was replaced speaks for its own version only.
            if is_loose && !(is_current && may_be_loose) {
                continue;
            }
            let open_to_all = !is_loose || !joint.has_version;
            let [open, settled] = &mut self.followed;
            let followed = if rank == Rank::Settled { settled } else { open };
            match followed.get_mut(key) {
                Some(done) if *done || !open_to_all => continue,
                Some(done) => *done = true,
                None => {
                    followed.insert(key.clone(), open_to_all);
                }
            }
            // Who shares a version that was replaced is not what goes by the name now; who shares bytes may be.
            let may_go_on = !is_loose && (is_current || key.starts_with("sha256:"));
            let known = self.shelf.known_as(key)?;
            self.learn(known.iter().map(|known| known.place.state))?;
            for known in known {
                let other = known.place;
                let is_meant = open_to_all || !known.has_version;
                if other == place || !is_meant || self.brief(other.state).is_none() {
                    continue;
                }
                if rank == Rank::Settled && other.state != place.state {
                    self.beyond.insert((other, place, is_loose), known.joining);
                } else {
                    self.queue.push_back(Step {
                        seed: Seed {
                            place: other,
                            joining: known.joining,
                            joint: None,
                        },
                        cause: Cause::Same { place, is_loose },
                        may_be_loose: may_go_on,
                    });
                }
            }
        }
        Ok(())
    }

    /// Every state whose subject is touched, and how pressing that is.
    pub(crate) fn reached(&self) -> BTreeMap<StateId, Rank> {
        let inside = self.visited.iter().filter_map(|(id, visited)| {
            let rank = match visited.topology.root {
                Some(root) => visited.causes.get(&root).map(|(_, rank)| *rank),
                None => visited.causes.values().map(|(_, rank)| *rank).min(),
            };
            Some((*id, rank?))
        });
        let mut reached: BTreeMap<StateId, Rank> = inside.collect();
        for (id, plain) in &self.plain {
            let rank = reached.entry(*id).or_insert(plain.rank);
            *rank = plain.rank.min(*rank);
        }
        reached
    }

    /// Looks inside a state that is to be told.
    pub(crate) fn complete(&mut self, state: StateId) -> Result<(), InventoryError> {
        let Some(plain) = self.plain.remove(&state) else {
            return Ok(());
        };
        self.enter(state)?;
        let Some(visited) = self.visited.get_mut(&state) else {
            return Ok(());
        };
        let mut queue: VecDeque<(u32, Cause, Rank)> = plain.causes().copied().collect();
        while let Some((node, cause, rank)) = queue.pop_front() {
            visited.check(Place { state, node })?;
            if visited
                .causes
                .get(&node)
                .is_some_and(|(_, known)| *known <= rank)
            {
                continue;
            }
            visited.causes.insert(node, (cause, rank));
            let holders = visited.holders(node).iter();
            queue.extend(holders.map(|(holder, link)| (*holder, Cause::Holds(node, *link), rank)));
        }
        Ok(())
    }

    /// A document that the walk looked into.
    pub(crate) fn visited(&self, state: StateId) -> Option<&Visited> {
        self.visited.get(&state)
    }

    /// Why a part is touched.
    pub(crate) fn cause(&self, place: Place) -> Option<Cause> {
        let inside = self
            .visited
            .get(&place.state)
            .and_then(|visited| visited.causes.get(&place.node));
        let outside = || {
            let plain = self.plain.get(&place.state)?;
            plain
                .causes()
                .find(|(node, ..)| *node == place.node)
                .map(|(_, cause, _)| *cause)
        };
        inside.map(|(cause, _)| *cause).or_else(outside)
    }
}
