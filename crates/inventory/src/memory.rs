//! A shelf in memory: for one document, a folder of them, or a scanned target. Documents themselves are not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chainwright_core::package::{Ecosystem, Package};
use sha2::{Digest as _, Sha256};

use crate::error::InventoryError;
use crate::identity::Joining;
use crate::outline::{Node, Outline, key};
use crate::shelf::{
    Brief, Entry, Found, Known, Named, Place, Removal, Said, Shelf, State, StateId, Topology, View,
    is_seen, mark_current,
};

/// A shelf in memory.
#[derive(Debug, Default)]
pub struct Memory {
    /// Whether states stand beside each other instead of replacing those of the same name.
    is_timeless: bool,
    states: Vec<Kept>,
    named: BTreeMap<String, Vec<Place>>,
    sources: BTreeMap<String, Vec<(Place, usize)>>,
    digests: BTreeMap<[u8; 32], Vec<Place>>,
    terms: BTreeMap<String, Vec<Place>>,
    identities: BTreeMap<String, Vec<Known>>,
    statements: BTreeMap<String, Vec<(Place, usize)>>,
}

#[derive(Debug)]
struct Kept {
    state: State,
    outline: Outline,
    topology: Arc<Topology>,
    is_purged: bool,
}

impl Memory {
    /// An empty shelf on which a state replaces the one before.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty shelf on which all states stand beside each other, as documents in a folder do.
    #[must_use]
    pub fn timeless() -> Self {
        Self {
            is_timeless: true,
            ..Self::default()
        }
    }

    fn kept(&self, state: StateId) -> Option<&Kept> {
        let place = usize::try_from(state.0).ok()?;
        self.states.get(place).filter(|kept| !kept.is_purged)
    }

    fn living(&self, places: Option<&Vec<Place>>) -> Vec<Place> {
        places
            .into_iter()
            .flatten()
            .copied()
            .filter(|place| self.kept(place.state).is_some())
            .collect()
    }

    fn found(&self, places: Option<&Vec<Place>>) -> Vec<Found> {
        let found = |place| Found {
            place,
            joining: self.node(place).map_or(Joining::Never, Node::joining),
        };
        self.living(places).into_iter().map(found).collect()
    }

    fn node(&self, place: Place) -> Option<&Node> {
        self.kept(place.state)?
            .outline
            .nodes
            .get(place.node as usize)
    }

    fn source(&self, place: Place, index: usize) -> Option<Named> {
        let (node, package) = self.kept(place.state)?.outline.sources.get(index)?;
        (*node == place.node).then(|| Named {
            joining: self
                .node(place)
                .map_or(Joining::Never, Node::joining)
                .by_source(),
            ..named(package, place, true)
        })
    }

    fn same(&self, entry: &Entry, digest: &[u8; 32]) -> Option<StateId> {
        let mut latest: Vec<State> = self.states(View::Now).ok()?;
        latest.retain(|state| state.is_current);
        let same = latest.into_iter().find(|state| {
            (&state.name, &state.environment, &state.version)
                == (&entry.name, &entry.environment, &entry.version)
                && state.digest == *digest
        });
        same.map(|state| state.id)
    }

    fn put(&mut self, entry: &Entry, digest: [u8; 32], recorded_at: i64) -> StateId {
        let id = StateId(i64::try_from(self.states.len()).unwrap_or(i64::MAX));
        let topology = Arc::new(Topology::of(&entry.outline));
        for (node, each) in (0_u32..).zip(&entry.outline.nodes) {
            let place = Place { state: id, node };
            self.named.entry(each.key()).or_default().push(place);
            for digest in &each.digests {
                self.digests.entry(*digest).or_default().push(place);
            }
            for term in &each.licences {
                self.terms.entry(term.clone()).or_default().push(place);
            }
        }
        for (index, (node, source)) in entry.outline.sources.iter().enumerate() {
            let place = Place {
                state: id,
                node: *node,
            };
            let key = key(source.ecosystem, &source.name);
            self.sources.entry(key).or_default().push((place, index));
        }
        for joint in &topology.joints {
            let place = Place {
                state: id,
                node: joint.node,
            };
            for key in &joint.keys {
                let has_version = joint.has_version;
                let joining = entry
                    .outline
                    .nodes
                    .get(joint.node as usize)
                    .map_or(Joining::Never, Node::joining);
                self.identities.entry(key.clone()).or_default().push(Known {
                    place,
                    has_version,
                    joining,
                });
            }
        }
        for (index, statement) in entry.outline.statements.iter().enumerate() {
            let place = Place {
                state: id,
                node: statement.node,
            };
            for name in &statement.names {
                self.statements
                    .entry(name.clone())
                    .or_default()
                    .push((place, index));
            }
        }
        let state = State {
            id,
            name: entry.name.clone(),
            environment: entry.environment.clone(),
            version: entry.version.clone(),
            origin: entry.origin.clone(),
            format: entry.format.clone(),
            digest,
            valid_from: entry.valid_from,
            recorded_at,
            ended: None,
            components: topology.nodes,
            is_current: false,
        };
        self.states.push(Kept {
            state,
            outline: entry.outline.clone(),
            topology,
            is_purged: false,
        });
        id
    }

    fn damaged(state: StateId) -> InventoryError {
        InventoryError::Damaged(format!("there is no state {}", state.0))
    }

    /// Brings the marks of the latest states up to date.
    fn mark(&mut self) {
        let current: Vec<StateId> = self
            .states(View::Now)
            .unwrap_or_default()
            .into_iter()
            .filter(|state| state.is_current)
            .map(|state| state.id)
            .collect();
        for kept in &mut self.states {
            kept.state.is_current = false;
        }
        for id in current {
            let place = usize::try_from(id.0).unwrap_or(usize::MAX);
            if let Some(kept) = self.states.get_mut(place) {
                kept.state.is_current = true;
            }
        }
    }
}

fn named(package: &Package, place: Place, is_source: bool) -> Named {
    Named {
        ecosystem: package.ecosystem,
        distribution: package.distribution.clone(),
        version: package.version.clone().unwrap_or_default(),
        place,
        joining: Joining::Never,
        is_source,
    }
}

impl Shelf for Memory {
    fn add(&mut self, entries: &[Entry], recorded_at: i64) -> Result<Vec<StateId>, InventoryError> {
        let mut ids = Vec::with_capacity(entries.len());
        let is_first = self.states.is_empty();
        let mut fresh: BTreeMap<(&str, &str, &str, [u8; 32]), StateId> = BTreeMap::new();
        for entry in entries {
            let digest: [u8; 32] = Sha256::digest(&entry.document).into();
            let key = (
                entry.name.as_str(),
                entry.environment.as_str(),
                entry.version.as_str(),
                digest,
            );
            let same = match fresh.get(&key) {
                Some(id) if !entry.document.is_empty() => Some(*id),
                _ if is_first || self.is_timeless => None,
                _ => self.same(entry, &digest),
            };
            let id = same.unwrap_or_else(|| self.put(entry, digest, recorded_at));
            fresh.insert(key, id);
            ids.push(id);
        }
        self.mark();
        Ok(ids)
    }

    fn remove(
        &mut self,
        states: &[StateId],
        removal: Removal,
        recorded_at: i64,
    ) -> Result<(), InventoryError> {
        for id in states {
            let place = usize::try_from(id.0).unwrap_or(usize::MAX);
            let kept = self
                .states
                .get_mut(place)
                .ok_or_else(|| Self::damaged(*id))?;
            match removal {
                Removal::Ended(at) => kept.state.ended = Some((at, recorded_at)),
                Removal::Purged => kept.is_purged = true,
            }
        }
        self.mark();
        Ok(())
    }

    fn hold(
        &self,
        work: &mut dyn FnMut() -> Result<(), InventoryError>,
    ) -> Result<(), InventoryError> {
        work()
    }

    fn states(&self, view: View) -> Result<Vec<State>, InventoryError> {
        let mut seen: Vec<State> = self
            .states
            .iter()
            .filter(|kept| !kept.is_purged && is_seen(&kept.state, view))
            .map(|kept| kept.state.clone())
            .collect();
        mark_current(&mut seen);
        if self.is_timeless {
            seen.iter_mut().for_each(|state| state.is_current = true);
        }
        Ok(seen)
    }

    fn count(&self, view: View) -> Result<usize, InventoryError> {
        Ok(self
            .states(view)?
            .iter()
            .filter(|state| state.is_current)
            .count())
    }

    fn lookup(&self, states: &[StateId]) -> Result<Vec<State>, InventoryError> {
        Ok(states
            .iter()
            .filter_map(|id| Some(self.kept(*id)?.state.clone()))
            .collect())
    }

    fn briefs(&self, states: &BTreeSet<StateId>) -> Result<Vec<Brief>, InventoryError> {
        let living = states.iter().filter_map(|id| Some(&self.kept(*id)?.state));
        let brief = |state: &State| Brief {
            id: state.id,
            is_current: state.is_current,
            is_deployed: !state.environment.is_empty(),
            // Looking inside costs nothing here.
            is_plain: false,
        };
        Ok(living
            .filter(|state| state.ended.is_none())
            .map(brief)
            .collect())
    }

    fn document(&self, state: StateId) -> Result<Vec<u8>, InventoryError> {
        Err(Self::damaged(state))
    }

    fn named(&self, ecosystem: Option<Ecosystem>, key: &str) -> Result<Vec<Named>, InventoryError> {
        let places = self.living(self.named.get(key));
        let own = places.into_iter().filter_map(|place| {
            let node = self.node(place)?;
            Some(Named {
                joining: node.joining(),
                ..named(&node.package, place, false)
            })
        });
        let sources = self.sources.get(key).into_iter().flatten();
        let by_source = sources.filter_map(|(place, index)| self.source(*place, *index));
        Ok(own
            .chain(by_source)
            .filter(|named| ecosystem.is_none_or(|wanted| wanted == named.ecosystem))
            .collect())
    }

    fn with_digest(&self, digest: &[u8; 32]) -> Result<Vec<Found>, InventoryError> {
        Ok(self.found(self.digests.get(digest)))
    }

    fn terms(&self) -> Result<Vec<String>, InventoryError> {
        Ok(self.terms.keys().cloned().collect())
    }

    fn under_term(&self, term: &str) -> Result<Vec<Found>, InventoryError> {
        Ok(self.found(self.terms.get(term)))
    }

    fn known_as(&self, key: &str) -> Result<Vec<Known>, InventoryError> {
        let known = self.identities.get(key).into_iter().flatten().copied();
        Ok(known
            .filter(|known| self.kept(known.place.state).is_some())
            .collect())
    }

    fn said_about(&self, vulnerability: &str) -> Result<Vec<Said>, InventoryError> {
        let said = self.statements.get(vulnerability).into_iter().flatten();
        let said = said.filter_map(|(place, index)| {
            let statement = self.kept(place.state)?.outline.statements.get(*index)?;
            Some(Said {
                place: *place,
                is_settled: statement.is_settled,
                reason: statement.reason.clone(),
            })
        });
        Ok(said.collect())
    }

    fn topology(&self, state: StateId) -> Result<Arc<Topology>, InventoryError> {
        self.kept(state)
            .map(|kept| Arc::clone(&kept.topology))
            .ok_or_else(|| Self::damaged(state))
    }

    fn nodes_at(&self, state: StateId, nodes: &[u32]) -> Result<Vec<Node>, InventoryError> {
        let node = |node: &u32| self.node(Place { state, node: *node }).cloned();
        let nodes: Option<Vec<Node>> = nodes.iter().map(node).collect();
        nodes.ok_or_else(|| Self::damaged(state))
    }

    fn nodes(&self, state: StateId) -> Result<Vec<Node>, InventoryError> {
        self.kept(state)
            .map(|kept| kept.outline.nodes.clone())
            .ok_or_else(|| Self::damaged(state))
    }
}
