//! How topologies and parts lie in the store: compact, and independent of the order of anybody's enums.

use std::collections::BTreeMap;

use chainwright_boms::inventory::Kind;
use chainwright_core::package::{Ecosystem, Package};
use serde::{Deserialize, Serialize};

use crate::error::InventoryError;
use crate::outline::{Link, Node};
use crate::shelf::{Joint, Topology};

#[derive(Serialize, Deserialize)]
struct StoredTopology {
    root: Option<u32>,
    nodes: u32,
    links: Vec<(u32, u32, u8)>,
    joints: Vec<(u32, bool, Vec<String>)>,
}

/// Texts are kept once and named by number; number 0 is the empty text.
#[derive(Serialize, Deserialize)]
struct StoredNodes<'a> {
    #[serde(borrow)]
    texts: Vec<&'a str>,
    nodes: Vec<StoredNode>,
}

#[derive(Serialize, Deserialize)]
struct StoredNode {
    kind: u32,
    ecosystem: u32,
    distribution: u32,
    name: u32,
    version: u32,
    purl: u32,
    digests: Vec<[u8; 32]>,
    licences: Vec<u32>,
}

pub(crate) fn write_topology(topology: &Topology) -> Result<Vec<u8>, InventoryError> {
    encode(&StoredTopology {
        root: topology.root,
        nodes: topology.nodes,
        links: topology
            .links
            .iter()
            .map(|(holder, part, link)| (*holder, *part, link.code()))
            .collect(),
        joints: topology
            .joints
            .iter()
            .map(|joint| (joint.node, joint.has_version, joint.keys.clone()))
            .collect(),
    })
}

pub(crate) fn read_topology(bytes: &[u8]) -> Result<Topology, InventoryError> {
    let stored: StoredTopology = decode(bytes)?;
    let nodes = stored.nodes;
    let is_sound = stored
        .links
        .iter()
        .all(|(holder, part, _)| *holder < nodes && *part < nodes)
        && stored.joints.iter().all(|(node, ..)| *node < nodes)
        && stored.joints.is_sorted_by_key(|(node, ..)| *node)
        && stored.root.is_none_or(|root| root < nodes);
    if !is_sound {
        return Err(InventoryError::Damaged(
            "a document hangs on parts that it does not have".to_owned(),
        ));
    }
    let links = stored
        .links
        .into_iter()
        .map(|(holder, part, code)| (holder, part, Link::from_code(code)));
    let joints = stored
        .joints
        .into_iter()
        .map(|(node, has_version, keys)| Joint {
            node,
            keys,
            has_version,
        });
    Ok(Topology {
        root: stored.root,
        nodes,
        links: links.collect(),
        joints: joints.collect(),
    })
}

pub(crate) fn write_nodes(nodes: &[Node]) -> Result<Vec<u8>, InventoryError> {
    let mut texts = Texts::default();
    texts.number("");
    let nodes: Vec<StoredNode> = nodes
        .iter()
        .map(|node| StoredNode {
            kind: texts.number(node.kind.as_str()),
            ecosystem: texts.number(node.package.ecosystem.purl_type()),
            distribution: texts.number(&node.package.distribution),
            name: texts.number(&node.package.name),
            version: texts.number(node.package.version.as_deref().unwrap_or_default()),
            purl: texts.number(&node.purl),
            digests: node.digests.clone(),
            licences: node
                .licences
                .iter()
                .map(|term| texts.number(term))
                .collect(),
        })
        .collect();
    encode(&StoredNodes {
        texts: texts.list.iter().map(String::as_str).collect(),
        nodes,
    })
}

pub(crate) fn read_nodes(bytes: &[u8]) -> Result<Vec<Node>, InventoryError> {
    let stored: StoredNodes<'_> = decode(bytes)?;
    stored.nodes.iter().map(|node| stored.node(node)).collect()
}

pub(crate) fn read_nodes_at(bytes: &[u8], wanted: &[u32]) -> Result<Vec<Node>, InventoryError> {
    let stored: StoredNodes<'_> = decode(bytes)?;
    let missing =
        || InventoryError::Damaged("a document lacks a part that it should have".to_owned());
    let node = |node: &u32| stored.node(stored.nodes.get(*node as usize).ok_or_else(missing)?);
    wanted.iter().map(node).collect()
}

impl StoredNodes<'_> {
    fn text(&self, number: u32) -> Result<&str, InventoryError> {
        let missing = || InventoryError::Damaged("a part has a name that is not there".to_owned());
        self.texts.get(number as usize).copied().ok_or_else(missing)
    }

    fn node(&self, node: &StoredNode) -> Result<Node, InventoryError> {
        let text = |number: u32| self.text(number);
        let kind = text(node.kind)?;
        let version = text(node.version)?;
        let ecosystem = Ecosystem::from_purl_type(text(node.ecosystem)?);
        let licences = node.licences.iter().map(|term| Ok(text(*term)?.to_owned()));
        Ok(Node {
            kind: Kind::ALL
                .into_iter()
                .find(|each| each.as_str() == kind)
                .unwrap_or_default(),
            package: Package {
                ecosystem: ecosystem.unwrap_or(Ecosystem::Generic),
                distribution: text(node.distribution)?.to_owned(),
                name: text(node.name)?.to_owned(),
                version: (!version.is_empty()).then(|| version.to_owned()),
            },
            purl: text(node.purl)?.to_owned(),
            digests: node.digests.clone(),
            licences: licences.collect::<Result<_, InventoryError>>()?,
        })
    }
}

#[derive(Default)]
struct Texts {
    list: Vec<String>,
    known: BTreeMap<String, u32>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(text.to_owned());
        self.known.insert(text.to_owned(), number);
        number
    }
}

fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, InventoryError> {
    postcard::to_stdvec(value).map_err(|error| InventoryError::Damaged(error.to_string()))
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, InventoryError> {
    postcard::from_bytes(bytes)
        .map_err(|error| InventoryError::Damaged(format!("a document cannot be read: {error}")))
}
