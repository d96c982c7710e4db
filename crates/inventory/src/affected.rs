//! From a question to an answer: find what is meant, walk to everything that holds it, tell the most pressing part.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chainwright_boms::inventory::Kind;
use chainwright_core::digest::Sha256;
use chainwright_core::package::Package;

use crate::answer::{Answer, Hit, Hop, Reached, Route, Tally, Upgrade};
use crate::error::InventoryError;
use crate::identity::{Joining, identities};
use crate::outline::{Link, Node};
use crate::question::{Options, Question, Settled, Verdict};
use crate::shelf::{Found, Joint, Named, Place, Shelf, State, StateId};
use crate::walk::{Cause, Rank, Seed, Walk};

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
    let mut answer = Answer::default();
    shelf.hold(&mut || {
        answer = asked(shelf, question, options)?;
        Ok(())
    })?;
    Ok(answer)
}

fn asked(
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
    walk.learn(search.hits.keys().map(|place| place.state))?;
    search
        .hits
        .retain(|place, _| walk.brief(place.state).is_some());
    let mut nodes = Nodes {
        shelf,
        kept: HashMap::new(),
    };
    search.settle(&mut nodes)?;
    for rank in [Rank::Open, Rank::Unsure, Rank::Settled] {
        let of_rank = search
            .hits
            .iter()
            .filter(|(_, meant)| rank_of(&meant.hit) == rank);
        let seeds = of_rank.map(|(place, meant)| Seed {
            place: *place,
            joining: meant.joining,
            joint: meant.joint.clone(),
        });
        walk.from(seeds.collect(), rank)?;
    }
    search.tell(&mut walk, &mut nodes, options)
}

/// A package that was judged, and what follows for all that have it.
struct Judged {
    package: Package,
    hit: Option<Arc<Hit>>,
    /// The names that it is known by elsewhere.
    joint: Arc<Joint>,
    states: Vec<StateId>,
    /// Whether parts have it as their source.
    is_source: bool,
}

impl Judged {
    fn new(package: Package, hit: Option<Arc<Hit>>, is_source: bool) -> Self {
        // The kind only matters where there is no ecosystem.
        let identities = identities(Kind::Model, &package, &[]);
        let joint = Joint {
            node: 0,
            has_version: identities.iter().any(|identity| identity.has_version),
            keys: identities
                .into_iter()
                .map(|identity| identity.key)
                .collect(),
        };
        Self {
            package,
            hit,
            joint: Arc::new(joint),
            states: Vec::new(),
            is_source,
        }
    }

    /// Whether a part has this package, but for its name.
    fn is_of(&self, named: &Named) -> bool {
        let package = &self.package;
        self.is_source == named.is_source
            && package.ecosystem == named.ecosystem
            && package.version.as_deref().unwrap_or_default() == named.version
            && package.distribution == named.distribution
    }
}

/// A part that is meant.
struct Meant {
    hit: Arc<Hit>,
    joining: Joining,
    joint: Option<Arc<Joint>>,
}

impl Meant {
    fn of(found: &Found, evidence: &str) -> Self {
        Self {
            hit: Arc::new(hit(evidence)),
            joining: found.joining,
            joint: None,
        }
    }
}

fn rank_of(hit: &Hit) -> Rank {
    match (hit.settled.is_empty(), hit.doubt.is_empty()) {
        (false, _) => Rank::Settled,
        (true, true) => Rank::Open,
        (true, false) => Rank::Unsure,
    }
}

/// Parts of documents, read once each.
struct Nodes<'a> {
    shelf: &'a dyn Shelf,
    kept: HashMap<Place, Node>,
}

impl Nodes<'_> {
    /// Reads several parts of a document at once.
    fn fetch(&mut self, state: StateId, nodes: &BTreeSet<u32>) -> Result<(), InventoryError> {
        let at = |node: u32| Place { state, node };
        let missing: Vec<u32> = nodes
            .iter()
            .copied()
            .filter(|node| !self.kept.contains_key(&at(*node)))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let read = self.shelf.nodes_at(state, &missing)?;
        self.kept.extend(missing.into_iter().map(at).zip(read));
        Ok(())
    }

    fn at(&mut self, place: Place) -> Result<Node, InventoryError> {
        self.fetch(place.state, &BTreeSet::from([place.node]))?;
        let node = self.kept.get(&place).cloned();
        node.ok_or_else(|| {
            let (state, node) = (place.state.0, place.node);
            InventoryError::Damaged(format!("state {state} has no part {node}"))
        })
    }
}

struct Search<'a, 'q> {
    shelf: &'a dyn Shelf,
    question: &'a Question<'q>,
    hits: BTreeMap<Place, Meant>,
    /// The package of hits that were found by name.
    tallies: BTreeMap<Package, (Arc<Hit>, Vec<StateId>)>,
}

impl Search<'_, '_> {
    fn find(&mut self) -> Result<(), InventoryError> {
        self.find_packages()?;
        for digest in &self.question.digests {
            let evidence = format!("sha256:{}", Sha256(*digest));
            for found in self.shelf.with_digest(digest)? {
                let meant = || Meant::of(&found, &evidence);
                self.hits.entry(found.place).or_insert_with(meant);
            }
        }
        self.find_licences()?;
        self.find_statements()
    }

    fn find_packages(&mut self) -> Result<(), InventoryError> {
        let selections: BTreeSet<_> = self.question.selections.iter().collect();
        for selection in selections {
            let found = self.shelf.named(selection.ecosystem, &selection.key)?;
            // They come by version, so what was judged last is mostly what is asked next.
            let mut last: Option<Judged> = None;
            let (mut meant, mut by_source) = (Vec::new(), Vec::new());
            for named in found {
                let distribution = &selection.distribution;
                if !distribution.is_empty() && *distribution != named.distribution {
                    continue;
                }
                if !last.as_ref().is_some_and(|last| last.is_of(&named)) {
                    self.tally(last.take());
                    let package = package_of(&named, &selection.key);
                    let mut hit = found_by(self.judge(&package)?);
                    if let Some(hit) = hit.as_mut().filter(|_| named.is_source) {
                        hit.source = Some(package.clone());
                    }
                    last = Some(Judged::new(package, hit.map(Arc::new), named.is_source));
                }
                if let Some(judged) = &mut last
                    && let Some(hit) = &judged.hit
                {
                    judged.states.push(named.place.state);
                    let joint = (named.joining == Joining::ByName).then(|| judged.joint.clone());
                    let joining = named.joining;
                    let hit = Arc::clone(hit);
                    let list = if named.is_source {
                        &mut by_source
                    } else {
                        &mut meant
                    };
                    list.push((
                        named.place,
                        Meant {
                            hit,
                            joining,
                            joint,
                        },
                    ));
                }
            }
            self.tally(last);
            if self.hits.is_empty() {
                self.hits = meant.into_iter().collect();
            } else {
                self.hits.extend(meant);
            }
            // What a part is called itself tells more than what it was built from.
            for (place, found) in by_source {
                self.hits.entry(place).or_insert(found);
            }
        }
        Ok(())
    }

    fn tally(&mut self, judged: Option<Judged>) {
        let Some(Judged {
            package,
            hit: Some(hit),
            states,
            ..
        }) = judged
        else {
            return;
        };
        let tally = self
            .tallies
            .entry(package)
            .or_insert_with(|| (hit, Vec::new()));
        tally.1.extend(states);
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
        let concerned: Vec<String> = self
            .shelf
            .terms()?
            .into_iter()
            .filter(|term| question.concerns(term))
            .collect();
        let mut terms: BTreeMap<Place, (Found, Vec<usize>)> = BTreeMap::new();
        for (number, term) in concerned.iter().enumerate() {
            for found in self.shelf.under_term(term)? {
                let entry = terms.entry(found.place);
                entry.or_insert_with(|| (found, Vec::new())).1.push(number);
            }
        }
        let mut judged: BTreeMap<Vec<usize>, Option<Arc<Hit>>> = BTreeMap::new();
        for (place, (found, numbers)) in terms {
            let judge = || {
                let of = |number: &usize| concerned.get(*number).cloned();
                let terms: Vec<String> = numbers.iter().filter_map(of).collect();
                question
                    .holds(&terms)
                    .then(|| Arc::new(hit(&terms.join(", "))))
            };
            let hit = judged.entry(numbers.clone()).or_insert_with(judge);
            if let Some(hit) = hit {
                let joining = found.joining;
                let meant = || Meant {
                    hit: Arc::clone(hit),
                    joining,
                    joint: None,
                };
                self.hits.entry(place).or_insert_with(meant);
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
            Arc::make_mut(&mut self.said(*place).hit).settled = told(reason);
        }
        for place in open {
            Arc::make_mut(&mut self.said(place).hit).doubt.clear();
        }
        for (place, meant) in &mut self.hits {
            if let Some(reason) = whole.get(&place.state)
                && meant.hit.settled.is_empty()
            {
                Arc::make_mut(&mut meant.hit).settled = told(reason);
            }
        }
        Ok(())
    }

    /// A part that its document speaks of.
    fn said(&mut self, place: Place) -> &mut Meant {
        let found = Found {
            place,
            joining: Joining::Otherwise,
        };
        let meant = || Meant::of(&found, "the document says so");
        self.hits.entry(place).or_insert_with(meant)
    }

    /// Asks whoever knows statements from elsewhere.
    fn settle(&mut self, nodes: &mut Nodes<'_>) -> Result<(), InventoryError> {
        let Some(settle) = self.question.settle else {
            return Ok(());
        };
        let states: BTreeSet<StateId> = self.hits.keys().map(|place| place.state).collect();
        let states: Vec<StateId> = states.into_iter().collect();
        let states = self.shelf.lookup(&states)?;
        let states: HashMap<StateId, State> =
            states.into_iter().map(|state| (state.id, state)).collect();
        for (place, meant) in &mut self.hits {
            let Some(state) = states.get(&place.state) else {
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
            let shown = |digests: &[[u8; 32]]| -> Vec<String> {
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
                source: meant.hit.source.clone(),
            });
            if let Some(reason) = settled {
                Arc::make_mut(&mut meant.hit).settled = told(&reason);
            }
        }
        Ok(())
    }

    fn tell(
        mut self,
        walk: &mut Walk<'_>,
        nodes: &mut Nodes<'_>,
        options: &Options,
    ) -> Result<Answer, InventoryError> {
        let mut answer = Answer {
            documents: self.shelf.count(options.view)?,
            ..Answer::default()
        };
        let mut reached: Vec<(Rank, bool, StateId)> = Vec::new();
        for (id, rank) in walk.reached() {
            let Some(brief) = walk.brief(id).filter(|brief| brief.is_current) else {
                continue;
            };
            match rank {
                Rank::Open => answer.open += 1,
                Rank::Unsure => answer.unsure += 1,
                Rank::Settled => answer.settled += 1,
            }
            answer.deployed += usize::from(rank == Rank::Open && brief.is_deployed);
            reached.push((rank, !brief.is_deployed, id));
        }
        reached.sort_unstable();
        if options.most_documents > 0 {
            reached.truncate(options.most_documents);
        }
        let ranks: HashMap<StateId, Rank> =
            reached.iter().map(|(rank, _, id)| (*id, *rank)).collect();
        let ids: Vec<StateId> = reached.into_iter().map(|(.., id)| id).collect();
        for id in &ids {
            walk.complete(*id)?;
        }
        for mut state in self.shelf.lookup(&ids)? {
            state.is_current = true;
            let rank = ranks.get(&state.id).copied().unwrap_or(Rank::Open);
            let telling = Telling {
                walk,
                hits: &self.hits,
                nodes,
                most_routes: options.most_routes.max(1),
            };
            answer.reached.push(telling.document(&state, rank)?);
        }
        answer.reached.sort_by(|left, right| {
            let key = |reached: &Reached| {
                let rank = ranks.get(&reached.state.id).copied();
                (rank, reached.state.environment.is_empty())
            };
            let name = |reached: &Reached| {
                let state = &reached.state;
                (
                    state.name.clone(),
                    state.environment.clone(),
                    state.version.clone(),
                    state.id,
                )
            };
            key(left)
                .cmp(&key(right))
                .then_with(|| name(left).cmp(&name(right)))
        });
        self.tally_told(&answer);
        let is_seen = |id: &StateId| walk.brief(*id).is_some_and(|brief| brief.is_current);
        let tallies = self
            .tallies
            .into_iter()
            .map(|(package, (hit, mut states))| {
                states.sort_unstable();
                states.dedup();
                Tally {
                    package,
                    documents: states.iter().filter(|id| is_seen(id)).count(),
                    fixed: hit.fixed.clone(),
                    clean: hit.clean.clone(),
                    doubt: hit.doubt.clone(),
                    evidence: hit.evidence.clone(),
                }
            });
        answer.tallies = tallies.filter(|tally| tally.documents > 0).collect();
        Ok(answer)
    }

    /// Counts what was not found by name, as far as it is told.
    fn tally_told(&mut self, answer: &Answer) {
        let by_name: BTreeSet<Package> = self.tallies.keys().map(tally_key).collect();
        for reached in &answer.reached {
            for route in &reached.routes {
                let Some(last) = route.hops.last() else {
                    continue;
                };
                if route.hit.source.is_some() || by_name.contains(&tally_key(&last.package)) {
                    continue;
                }
                let entry = self.tallies.entry(last.package.clone());
                let tally = || (Arc::new(route.hit.clone()), Vec::new());
                let (_, states) = entry.or_insert_with(tally);
                if route.hops.iter().skip(1).all(|hop| hop.document.is_none()) {
                    states.push(reached.state.id);
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
        source: None,
    }
}

fn found_by(verdict: Verdict) -> Option<Hit> {
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

/// Parts of one document on the way, each with how the one before hangs on it.
type Steps = Vec<(u32, Option<Link>)>;

/// Tells of one document.
struct Telling<'a, 'n, 's> {
    walk: &'a Walk<'a>,
    hits: &'a BTreeMap<Place, Meant>,
    nodes: &'n mut Nodes<'s>,
    most_routes: usize,
}

impl Telling<'_, '_, '_> {
    fn document(mut self, state: &State, rank: Rank) -> Result<Reached, InventoryError> {
        let mut routes = Vec::new();
        let mut more = 0;
        if let Some(visited) = self.walk.visited(state.id) {
            let ends = visited
                .causes
                .iter()
                .filter(|(_, (cause, _))| !matches!(cause, Cause::Holds(..)));
            let mut ends: Vec<(Rank, u32)> = ends.map(|(node, (_, rank))| (*rank, *node)).collect();
            ends.sort_unstable();
            more += ends.len().saturating_sub(MOST_ENDS);
            let ends = ends.into_iter().take(MOST_ENDS).map(|(_, end)| end);
            let inner: Vec<(u32, Steps)> = ends
                .flat_map(|end| {
                    let routes = inner_routes(visited, end, self.most_routes);
                    routes.into_iter().map(move |route| (end, route))
                })
                .collect();
            let wanted = inner
                .iter()
                .flat_map(|(_, route)| route)
                .map(|(node, _)| *node);
            self.nodes.fetch(state.id, &wanted.collect())?;
            for (end, inner) in inner {
                let end = Place {
                    state: state.id,
                    node: end,
                };
                routes.push(self.route(state.id, &inner, end)?);
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
            let cause = self.walk.cause(at);
            match cause {
                Some(Cause::Holds(part, link)) => {
                    at.node = part;
                    hops.push(self.hop(at, Some(link))?);
                }
                Some(Cause::Same { place, is_loose }) => {
                    let is_elsewhere = place.state != at.state;
                    at = place;
                    let link = hops.pop().and_then(|hop: Hop| hop.link);
                    let mut hop = self.hop(at, link)?;
                    hop.is_loose = is_loose;
                    if is_elsewhere && let Some(state) = self.state(at.state)? {
                        hop.document = Some((
                            state.name.clone(),
                            state.version.clone(),
                            state.environment.clone(),
                        ));
                    }
                    hops.push(hop);
                }
                Some(Cause::Hit) | None => break,
            }
        }
        let meant = self.hits.get(&at);
        let hit = meant.map_or_else(|| hit(""), |meant| Hit::clone(&meant.hit));
        Ok(Route { hops, hit })
    }

    fn state(&mut self, id: StateId) -> Result<Option<State>, InventoryError> {
        Ok(self.nodes.shelf.lookup(&[id])?.pop())
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
fn inner_routes(visited: &crate::walk::Visited, end: u32, most: usize) -> Vec<Steps> {
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
        // A version of the source is no version of the part where the two are counted differently.
        let source = route.hit.source.as_ref();
        let moved = source
            .filter(|source| source.version != last.package.version)
            .unwrap_or(&last.package);
        let through = moves.entry((moved.clone(), to.clone())).or_default();
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
