//! From a question to an answer: find what is meant, walk to everything that holds it, tell the most pressing part.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chainwright_core::digest::Sha256;
use chainwright_core::package::Package;

use crate::answer::{Answer, Hit, Hop, Reached, Route, Tally, Upgrade};
use crate::error::InventoryError;
use crate::outline::{Link, Node, index};
use crate::question::{Options, Question, Settled, Verdict};
use crate::shelf::{Named, Place, Shelf, State, StateId, View};
use crate::walk::{Cause, Rank, Walk};

/// LIMIT: parts of one document from which routes are told.
const MOST_ENDS: usize = 64;
/// LIMIT: steps of a route.
const MOST_HOPS: usize = 256;

/// What a question touches on a shelf.
///
/// # Errors
/// When the shelf or what the judge knows is damaged.
pub fn affected(
    shelf: &dyn Shelf,
    question: &Question<'_>,
    options: &Options,
) -> Result<Answer, InventoryError> {
    let mut search = Search {
        shelf,
        question,
        hits: BTreeMap::new(),
        tallies: BTreeMap::new(),
    };
    search.find()?;
    let mut walk = Walk::new(shelf, options.view)?;
    walk.learn(&search.hits.keys().map(|place| place.state).collect())?;
    search
        .hits
        .retain(|place, _| walk.state(place.state).is_some());
    let mut nodes = Nodes {
        shelf,
        kept: HashMap::new(),
    };
    search.settle(&walk, &mut nodes)?;
    for rank in [Rank::Open, Rank::Unsure, Rank::Settled] {
        let places: Vec<Place> = search
            .hits
            .iter()
            .filter(|(_, hit)| rank_of(hit) == rank)
            .map(|(place, _)| *place)
            .collect();
        walk.from(&places, rank)?;
    }
    search.tell(&walk, &mut nodes, options)
}

fn rank_of(hit: &Hit) -> Rank {
    match (hit.settled.is_empty(), hit.doubt.is_empty()) {
        (false, _) => Rank::Settled,
        (true, true) => Rank::Open,
        (true, false) => Rank::Unsure,
    }
}

/// The parts of documents, read once each.
struct Nodes<'a> {
    shelf: &'a dyn Shelf,
    kept: HashMap<StateId, Vec<Node>>,
}

impl Nodes<'_> {
    fn of(&mut self, state: StateId) -> Result<&[Node], InventoryError> {
        if !self.kept.contains_key(&state) {
            let nodes = self.shelf.nodes(state)?;
            self.kept.insert(state, nodes);
        }
        Ok(self.kept.get(&state).map_or(&[], Vec::as_slice))
    }

    fn at(&mut self, place: Place) -> Result<Node, InventoryError> {
        let node = self.of(place.state)?.get(index(place.node)).cloned();
        node.ok_or_else(|| {
            InventoryError::Damaged(format!(
                "state {} has no part {}",
                place.state.0, place.node
            ))
        })
    }
}

struct Search<'a, 'q> {
    shelf: &'a dyn Shelf,
    question: &'a Question<'q>,
    hits: BTreeMap<Place, Hit>,
    /// The package of hits that were found by name.
    tallies: BTreeMap<Package, (Hit, BTreeSet<StateId>)>,
}

impl Search<'_, '_> {
    fn find(&mut self) -> Result<(), InventoryError> {
        self.find_packages()?;
        for digest in &self.question.digests {
            let evidence = format!("sha256:{}", Sha256(*digest));
            for place in self.shelf.with_digest(digest)? {
                self.hits.entry(place).or_insert_with(|| hit(&evidence));
            }
        }
        self.find_licences()?;
        self.find_statements()
    }

    fn find_packages(&mut self) -> Result<(), InventoryError> {
        let mut judged: HashMap<Package, Verdict> = HashMap::new();
        let selections: BTreeSet<_> = self.question.selections.iter().collect();
        for selection in selections {
            for named in self.shelf.named(selection.ecosystem, &selection.key)? {
                if !selection.distribution.is_empty()
                    && selection.distribution != named.distribution
                {
                    continue;
                }
                let package = package_of(&named, &selection.key);
                let verdict = match judged.get(&package) {
                    Some(verdict) => verdict.clone(),
                    None => {
                        let verdict = self.judge(&package)?;
                        judged.insert(package.clone(), verdict.clone());
                        verdict
                    }
                };
                let Some(found) = found(verdict) else {
                    continue;
                };
                let tally = self
                    .tallies
                    .entry(package)
                    .or_insert_with(|| (found.clone(), BTreeSet::new()));
                tally.1.insert(named.place.state);
                self.hits.insert(named.place, found);
            }
        }
        Ok(())
    }

    fn judge(&self, package: &Package) -> Result<Verdict, InventoryError> {
        match self.question.judge {
            Some(judge) => judge
                .judge(package)
                .map_err(|error| InventoryError::Damaged(error.to_string())),
            None => Ok(Verdict::Touched {
                evidence: String::new(),
                fixed: None,
                clean: None,
            }),
        }
    }

    fn find_licences(&mut self) -> Result<(), InventoryError> {
        let Some(question) = &self.question.licence else {
            return Ok(());
        };
        let mut terms: BTreeMap<Place, Vec<String>> = BTreeMap::new();
        for term in self.shelf.terms()? {
            if question.concerns(&term) {
                for place in self.shelf.under_term(&term)? {
                    terms.entry(place).or_default().push(term.clone());
                }
            }
        }
        for (place, terms) in terms {
            if question.holds(&terms) {
                self.hits
                    .entry(place)
                    .or_insert_with(|| hit(&terms.join(", ")));
            }
        }
        Ok(())
    }

    /// What documents say themselves: a part that is touched, or that nothing has to be done. A word about the subject
    /// is about everything in the document.
    fn find_statements(&mut self) -> Result<(), InventoryError> {
        let mut settled: BTreeMap<Place, String> = BTreeMap::new();
        let mut open: BTreeSet<Place> = BTreeSet::new();
        for name in &self.question.vulnerability {
            for said in self.shelf.said_about(&name.to_ascii_lowercase())? {
                if said.is_settled {
                    settled.entry(said.place).or_insert(said.reason);
                } else {
                    open.insert(said.place);
                }
            }
        }
        settled.retain(|place, _| !open.contains(place));
        let mut whole: BTreeMap<StateId, String> = BTreeMap::new();
        for (place, reason) in &settled {
            if self.shelf.topology(place.state)?.root == Some(place.node) {
                whole.insert(place.state, reason.clone());
            }
            self.hits
                .entry(*place)
                .or_insert_with(|| hit("the document says so"))
                .settled = told(reason);
        }
        for place in open {
            let found = self
                .hits
                .entry(place)
                .or_insert_with(|| hit("the document says so"));
            found.doubt.clear();
        }
        for (place, hit) in &mut self.hits {
            if let Some(reason) = whole.get(&place.state)
                && hit.settled.is_empty()
            {
                hit.settled = told(reason);
            }
        }
        Ok(())
    }

    /// Asks whoever knows statements from elsewhere.
    fn settle(&mut self, walk: &Walk<'_>, nodes: &mut Nodes<'_>) -> Result<(), InventoryError> {
        let Some(settle) = self.question.settle else {
            return Ok(());
        };
        for (place, hit) in &mut self.hits {
            let Some(state) = walk.state(place.state) else {
                continue;
            };
            let part = nodes.at(*place)?;
            let root = match self.shelf.topology(place.state)?.root {
                Some(root) => Some(nodes.at(Place {
                    node: root,
                    ..*place
                })?),
                None => None,
            };
            let shown = |digests: &[[u8; 32]]| {
                digests
                    .iter()
                    .map(|digest| Sha256(*digest).to_string())
                    .collect()
            };
            let settled = settle.settles(&Settled {
                roots: roots(state, root.as_ref()),
                root_digests: root
                    .as_ref()
                    .map_or_else(Vec::new, |root| shown(&root.digests)),
                digests: shown(&part.digests),
                package: part.package,
            });
            if let Some(reason) = settled {
                hit.settled = told(&reason);
            }
        }
        Ok(())
    }

    fn tell(
        mut self,
        walk: &Walk<'_>,
        nodes: &mut Nodes<'_>,
        options: &Options,
    ) -> Result<Answer, InventoryError> {
        let mut answer = Answer {
            documents: self.documents(options.view)?,
            ..Answer::default()
        };
        let mut reached: Vec<(Rank, &State)> = walk
            .visited
            .iter()
            .filter_map(|(id, visited)| {
                let state = walk.state(*id).filter(|state| state.is_current)?;
                let rank = match visited.topology.root {
                    Some(root) => visited.causes.get(&root).map(|(_, rank)| *rank),
                    None => visited.causes.values().map(|(_, rank)| *rank).min(),
                };
                Some((rank?, state))
            })
            .collect();
        for (rank, state) in &reached {
            match rank {
                Rank::Open => answer.open += 1,
                Rank::Unsure => answer.unsure += 1,
                Rank::Settled => answer.settled += 1,
            }
            answer.deployed += usize::from(*rank == Rank::Open && !state.environment.is_empty());
        }
        reached.sort_by_key(|(rank, state)| {
            (
                *rank,
                state.environment.is_empty(),
                &state.name,
                &state.environment,
                &state.version,
                state.id,
            )
        });
        let most = if options.most_documents == 0 {
            usize::MAX
        } else {
            options.most_documents
        };
        for (rank, state) in reached.into_iter().take(most) {
            let told = Telling {
                walk,
                hits: &self.hits,
                nodes,
                most_routes: options.most_routes.max(1),
            };
            answer.reached.push(told.document(state, rank)?);
        }
        self.tally_told(&answer, walk);
        let is_seen = |id: &StateId| walk.state(*id).is_some_and(|state| state.is_current);
        answer.tallies = self
            .tallies
            .into_iter()
            .map(|(package, (hit, states))| Tally {
                package,
                documents: states.iter().filter(|id| is_seen(id)).count(),
                fixed: hit.fixed,
                clean: hit.clean,
                doubt: hit.doubt,
                evidence: hit.evidence,
            })
            .filter(|tally| tally.documents > 0)
            .collect();
        Ok(answer)
    }

    fn documents(&self, view: View) -> Result<usize, InventoryError> {
        self.shelf.count(view)
    }

    /// Counts what was not found by name, as far as it is told.
    fn tally_told(&mut self, answer: &Answer, walk: &Walk<'_>) {
        let by_name: BTreeSet<Package> = self.tallies.keys().map(tally_key).collect();
        for reached in &answer.reached {
            for route in &reached.routes {
                let Some(last) = route.hops.last() else {
                    continue;
                };
                let is_own = route.hops.iter().skip(1).all(|hop| hop.document.is_none());
                if by_name.contains(&tally_key(&last.package))
                    || walk.state(reached.state.id).is_none()
                {
                    continue;
                }
                let entry = self.tallies.entry(last.package.clone());
                let (_, states) = entry.or_insert_with(|| (route.hit.clone(), BTreeSet::new()));
                if is_own {
                    states.insert(reached.state.id);
                }
            }
        }
    }
}

fn tally_key(package: &Package) -> Package {
    Package {
        name: crate::outline::key(package.ecosystem, &package.name),
        ..package.clone()
    }
}

fn package_of(named: &Named, key: &str) -> Package {
    Package {
        ecosystem: named.ecosystem,
        distribution: named.distribution.clone(),
        name: key.to_owned(),
        version: (!named.version.is_empty()).then(|| named.version.clone()),
    }
}

fn hit(evidence: &str) -> Hit {
    Hit {
        evidence: evidence.to_owned(),
        fixed: None,
        clean: None,
        doubt: String::new(),
        settled: String::new(),
    }
}

fn found(verdict: Verdict) -> Option<Hit> {
    match verdict {
        Verdict::Untouched => None,
        Verdict::Touched {
            evidence,
            fixed,
            clean,
        } => Some(Hit {
            fixed,
            clean,
            ..hit(&evidence)
        }),
        Verdict::Unknown { why, fixed } => Some(Hit {
            doubt: why,
            fixed,
            ..hit("")
        }),
    }
}

/// A reason is never empty: emptiness means that there is none.
fn told(reason: &str) -> String {
    if reason.is_empty() {
        "a statement says so".to_owned()
    } else {
        reason.to_owned()
    }
}

fn roots(state: &State, root: Option<&Node>) -> Vec<String> {
    let mut names = vec![state.name.clone(), state.origin.clone()];
    if let Some(root) = root {
        names.push(root.package.name.clone());
        if !root.purl.is_empty() {
            names.push(root.purl.clone());
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Tells of one document.
struct Telling<'a, 'n, 's> {
    walk: &'a Walk<'a>,
    hits: &'a BTreeMap<Place, Hit>,
    nodes: &'n mut Nodes<'s>,
    most_routes: usize,
}

impl Telling<'_, '_, '_> {
    fn document(mut self, state: &State, rank: Rank) -> Result<Reached, InventoryError> {
        let mut routes = Vec::new();
        let mut more = 0;
        if let Some(visited) = self.walk.visited.get(&state.id) {
            let ends = visited
                .causes
                .iter()
                .filter(|(_, (cause, _))| !matches!(cause, Cause::Holds(..)));
            let mut ends: Vec<(Rank, u32)> = ends.map(|(node, (_, rank))| (*rank, *node)).collect();
            ends.sort_unstable();
            more += ends.len().saturating_sub(MOST_ENDS);
            for (_, end) in ends.into_iter().take(MOST_ENDS) {
                for inner in inner_routes(visited, end, self.most_routes) {
                    routes.push(self.route(
                        state.id,
                        &inner,
                        Place {
                            state: state.id,
                            node: end,
                        },
                    )?);
                }
            }
        }
        routes.sort_by(|left, right| {
            (rank_of(&left.hit), left.hops.len(), left).cmp(&(
                rank_of(&right.hit),
                right.hops.len(),
                right,
            ))
        });
        routes.dedup();
        let upgrades = upgrades(&routes);
        more += routes.len().saturating_sub(self.most_routes);
        routes.truncate(self.most_routes);
        let settled = (rank == Rank::Settled).then(|| {
            routes
                .first()
                .map_or_else(String::new, |route| route.hit.settled.clone())
        });
        Ok(Reached {
            state: state.clone(),
            routes,
            more_routes: more,
            settled,
            is_unsure: rank == Rank::Unsure,
            upgrades,
        })
    }

    /// The steps within the document, then the way on from its end.
    fn route(
        &mut self,
        state: StateId,
        inner: &[(u32, Option<Link>)],
        end: Place,
    ) -> Result<Route, InventoryError> {
        let mut hops = Vec::new();
        for (node, link) in inner {
            hops.push(self.hop(Place { state, node: *node }, *link)?);
        }
        let mut at = end;
        while hops.len() < MOST_HOPS {
            let cause = self
                .walk
                .visited
                .get(&at.state)
                .and_then(|visited| visited.causes.get(&at.node));
            match cause {
                Some((Cause::Holds(part, link), _)) => {
                    at.node = *part;
                    hops.push(self.hop(at, Some(*link))?);
                }
                Some((Cause::Same { place, is_loose }, _)) => {
                    let is_elsewhere = place.state != at.state;
                    at = *place;
                    let link = hops.pop().and_then(|hop: Hop| hop.link);
                    let mut hop = self.hop(at, link)?;
                    hop.is_loose = *is_loose;
                    if is_elsewhere && let Some(state) = self.walk.state(at.state) {
                        hop.document = Some((
                            state.name.clone(),
                            state.version.clone(),
                            state.environment.clone(),
                        ));
                    }
                    hops.push(hop);
                }
                Some((Cause::Hit, _)) | None => break,
            }
        }
        let hit = self.hits.get(&at).cloned().unwrap_or_else(|| hit(""));
        Ok(Route { hops, hit })
    }

    fn hop(&mut self, place: Place, link: Option<Link>) -> Result<Hop, InventoryError> {
        let node = self.nodes.at(place)?;
        Ok(Hop {
            link,
            kind: node.kind,
            package: node.package,
            purl: node.purl,
            document: None,
            is_loose: false,
        })
    }
}

/// The shortest way from the subject to a part through each of the subject's own parts, shortest first.
fn inner_routes(
    visited: &crate::walk::Visited,
    end: u32,
    most: usize,
) -> Vec<Vec<(u32, Option<Link>)>> {
    let Some(root) = visited.topology.root.filter(|root| *root != end) else {
        return vec![vec![(end, None)]];
    };
    // From each part that holds the end, the next step towards it.
    let mut next: BTreeMap<u32, Option<(u32, Link)>> = BTreeMap::from([(end, None)]);
    let mut order = std::collections::VecDeque::from([end]);
    let mut direct: Vec<(u32, Link)> = Vec::new();
    while let Some(part) = order.pop_front() {
        for (holder, link) in visited.holders(part) {
            if *holder == root {
                if !direct.iter().any(|(known, _)| *known == part) {
                    direct.push((part, *link));
                }
            } else if !next.contains_key(holder) {
                next.insert(*holder, Some((part, *link)));
                order.push_back(*holder);
            }
        }
    }
    let route = |(first, link): (u32, Link)| {
        let mut steps = vec![(root, None), (first, Some(link))];
        let mut at = first;
        while let Some(Some((part, link))) = next.get(&at) {
            if steps.len() >= MOST_HOPS {
                break;
            }
            steps.push((*part, Some(*link)));
            at = *part;
        }
        steps
    };
    if direct.is_empty() {
        return Vec::new();
    }
    direct.into_iter().take(most).map(route).collect()
}

/// What to move: each package that has a fixed version, and what the subject asks for on the way to it.
fn upgrades(routes: &[Route]) -> Vec<Upgrade> {
    let mut moves: BTreeMap<(Package, String), BTreeSet<Package>> = BTreeMap::new();
    for route in routes.iter().filter(|route| route.hit.settled.is_empty()) {
        let (Some(last), Some(to)) = (route.hops.last(), &route.hit.fixed) else {
            continue;
        };
        let through = moves.entry((last.package.clone(), to.clone())).or_default();
        let is_elsewhere = route.hops.iter().any(|hop| hop.document.is_some());
        let first = route
            .hops
            .get(1)
            .filter(|first| first.package != last.package && !is_elsewhere);
        if let Some(first) = first {
            through.insert(first.package.clone());
        }
    }
    let moves = moves.into_iter();
    moves
        .map(|((package, to), through)| Upgrade {
            package,
            to,
            through: through.into_iter().collect(),
        })
        .collect()
}
