//! An inventory as a CycloneDX document.
//!
//! The bytes follow from the inventory alone: everything is sorted, the serial number is made from the content, and
//! the time is the one that the inventory carries.

mod component;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

pub(super) use component::{Written, component, property};

use super::names::{CONTEXT, EVIDENCE};
use super::{Edition, SpecVersion, card, overlay, security};
use crate::evidence::{Evidence, Source};
use crate::identity;
use crate::inventory::{Component, Inventory, Kind, Reference, RelationKind, Tool};
use crate::json::{Builder, Object};
use crate::time::EPOCH;
use tree::Tree;

/// The document as bytes, indented, with a line break at the end.
#[must_use]
pub fn write(inventory: &Inventory, edition: Edition) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&to_value(inventory, edition)).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// The document as a JSON value.
#[must_use]
pub fn to_value(inventory: &Inventory, edition: Edition) -> Json {
    let mut document = Document::new(inventory, edition);
    document.fill();
    let mut object = document.out.object();
    overlay::lay(
        &mut object,
        &inventory.kept.document,
        "bom",
        edition.version(),
    );
    let serial = inventory
        .metadata
        .serial
        .clone()
        .filter(|serial| is_serial(serial))
        .unwrap_or_else(|| serial(&object));
    object.insert("serialNumber".to_owned(), Json::from(serial));
    Json::Object(object)
}

/// The document before anything that was kept is laid over it; what a reader compares with.
pub(super) fn plain(inventory: &Inventory, edition: Edition) -> Object {
    let mut document = Document::new(inventory, edition);
    document.is_plain = true;
    document.fill();
    document.out.object()
}

fn serial(object: &Object) -> String {
    let content = serde_json::to_vec(object).unwrap_or_default();
    format!("urn:uuid:{}", identity::uuid("cyclonedx", &content))
}

fn is_serial(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:") else {
        return false;
    };
    let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12]
        && uuid
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// How a place in the document is known.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ground {
    evidence: Evidence,
    source: Source,
}

struct Document<'a> {
    inventory: &'a Inventory,
    edition: Edition,
    out: Builder,
    names: BTreeSet<String>,
    citations: BTreeMap<Ground, Vec<String>>,
    is_plain: bool,
}

impl<'a> Document<'a> {
    fn new(inventory: &'a Inventory, edition: Edition) -> Self {
        Self {
            inventory,
            edition,
            out: Builder::new(),
            names: inventory
                .components
                .keys()
                .map(|reference| reference.as_str().to_owned())
                .collect(),
            citations: BTreeMap::new(),
            is_plain: false,
        }
    }

    /// A name that nothing in the document has yet.
    fn name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut count = 1_u32;
        while !self.names.insert(name.clone()) {
            count = count.saturating_add(1);
            name = format!("{wanted}~{count}");
        }
        name
    }

    fn fill(&mut self) {
        let inventory = self.inventory;
        let version: SpecVersion = self.edition.version();
        self.out
            .put(
                "$schema",
                format!("http://cyclonedx.org/schema/bom-{version}.schema.json"),
            )
            .put("bomFormat", "CycloneDX")
            .put("specVersion", version.as_str())
            .put("version", inventory.metadata.version.max(1));
        let tools: Vec<_> = inventory
            .metadata
            .tools
            .iter()
            .map(|tool| self.name(&tool_name(tool)))
            .collect();
        let tree = Tree::of(inventory);
        self.metadata(&tools, &tree);
        self.components(&tree);
        self.dependencies();
        self.compositions();
        self.made();
        if !self.is_plain {
            self.citations(&tools);
        }
        if let Some(signature) = &inventory.metadata.signature {
            self.out.put("signature", signature.clone());
        }
    }

    fn metadata(&mut self, tools: &[String], tree: &Tree<'_>) {
        let metadata = &self.inventory.metadata;
        let mut out = Builder::new();
        if let Some(timestamp) = &metadata.timestamp {
            out.put("timestamp", timestamp.as_str());
        }
        let lifecycles = metadata.lifecycles.iter().map(|phase| {
            let mut builder = Builder::new();
            builder.put("phase", phase.as_str());
            builder.value()
        });
        out.put("lifecycles", lifecycles.collect::<Vec<_>>());
        let written = metadata.tools.iter().zip(tools).map(|(tool, name)| {
            let mut builder = Builder::new();
            builder
                .put_text("type", "application")
                .put_text("bom-ref", name)
                .put("publisher", tool.vendor.as_str())
                .put_text("name", &tool.name)
                .put("version", tool.version.as_str());
            builder.value()
        });
        let written: Vec<_> = written.collect();
        if !written.is_empty() {
            let mut builder = Builder::new();
            builder.put("components", written);
            out.put("tools", builder.object());
        }
        let (people, organisations): (Vec<_>, Vec<_>) =
            metadata.authors.iter().partition(|author| author.is_person);
        let mut organisations = organisations.into_iter();
        if let Some(first) = organisations.next() {
            out.put("manufacturer", card::organisation(first));
        }
        let people = people.into_iter().chain(organisations);
        out.put("authors", people.map(card::contact).collect::<Vec<_>>());
        if let Some(supplier) = &metadata.supplier {
            out.put("supplier", card::organisation(supplier));
        }
        if let Some(subject) = self.inventory.subject() {
            let object = self.component(subject, "/metadata/component", tree, 0);
            out.put("component", object);
        }
        let mut properties: Vec<_> = metadata
            .properties
            .iter()
            .map(|each| property(&each.name, &each.value))
            .collect();
        if let Some(context) = &metadata.context {
            properties.push(property(CONTEXT, context));
        }
        out.put("properties", properties);
        let mut object = out.object();
        if !self.is_plain {
            overlay::lay(
                &mut object,
                &self.inventory.kept.metadata,
                "metadata",
                self.edition.version(),
            );
        }
        self.out.put("metadata", object);
    }

    fn components(&mut self, tree: &Tree<'_>) {
        let mut components = Vec::new();
        let mut services = Vec::new();
        for component in tree.roots() {
            if component.kind == Kind::Service {
                let pointer = format!("/services/{}", services.len());
                services.push(Json::Object(self.component(component, &pointer, tree, 0)));
            } else {
                let pointer = format!("/components/{}", components.len());
                components.push(Json::Object(self.component(component, &pointer, tree, 0)));
            }
        }
        if !components.is_empty() || services.is_empty() {
            self.out.put_any("components", Json::Array(components));
        }
        self.out.put("services", services);
    }

    fn component(
        &mut self,
        component: &Component,
        pointer: &str,
        tree: &Tree<'_>,
        depth: usize,
    ) -> Object {
        let containers = tree.flat_containers(&component.reference);
        let Written {
            mut object,
            mut notes,
        } = component::component(self.inventory, component, containers, self.edition);
        notes.extend(
            self.inventory
                .from(&component.reference)
                .filter_map(|each| {
                    let source = each.source.clone()?;
                    (each.kind == RelationKind::DependsOn).then(|| {
                        let place = format!("/dependsOn/{}", escape_pointer(each.to.as_str()));
                        (place, each.evidence, source)
                    })
                }),
        );
        self.ground(&mut object, notes, pointer);
        let class = if component.kind == Kind::Service {
            "service"
        } else {
            "component"
        };
        if !self.is_plain {
            overlay::lay(
                &mut object,
                &component.originals,
                class,
                self.edition.version(),
            );
        }
        if depth < tree::DEEPEST {
            let key = if component.kind == Kind::Service {
                "services"
            } else {
                "components"
            };
            let mut held = Vec::new();
            for child in tree.held_by(&component.reference) {
                let pointer = format!("{pointer}/{key}/{}", held.len());
                let next = depth.saturating_add(1);
                let mut child_object = self.component(child, &pointer, tree, next);
                let kind = RelationKind::Contains;
                let relation =
                    self.inventory
                        .relation(&component.reference, kind, &child.reference);
                if let Some((relation, source)) =
                    relation.and_then(|relation| Some((relation, relation.source.clone()?)))
                {
                    let note = (String::new(), relation.evidence, source);
                    self.ground(&mut child_object, vec![note], &pointer);
                }
                held.push(Json::Object(child_object));
            }
            if !held.is_empty() {
                object.insert(key.to_owned(), Json::Array(held));
            }
        }
        object
    }

    /// Notes down how fields are known: as citations in 1.7, as properties before.
    fn ground(&mut self, object: &mut Object, notes: Vec<component::Note>, pointer: &str) {
        let origin = &self.inventory.metadata.origin;
        let notes = notes
            .into_iter()
            .filter(|(_, _, source)| origin.is_empty() || source.file != *origin);
        match self.edition {
            Edition::V1_7 => {
                for (place, evidence, source) in notes {
                    if let Some(place) = cited(&place, pointer) {
                        self.citations
                            .entry(Ground { evidence, source })
                            .or_default()
                            .push(place);
                    } else {
                        add_property(object, &place, evidence, &source);
                    }
                }
            }
            Edition::V1_6 => {
                for (place, evidence, source) in notes {
                    add_property(object, &place, evidence, &source);
                }
            }
        }
    }

    fn dependencies(&mut self) {
        let inventory = self.inventory;
        let mut needed: BTreeMap<&Reference, Vec<&str>> = BTreeMap::new();
        for component in inventory.components.values() {
            if component.listing == crate::inventory::Listing::Part {
                needed.entry(&component.reference).or_default();
            }
        }
        for relation in &inventory.relations {
            if relation.kind == RelationKind::DependsOn {
                needed
                    .entry(&relation.from)
                    .or_default()
                    .push(relation.to.as_str());
            }
        }
        let dependencies: Vec<_> = needed
            .into_iter()
            .filter(|(reference, _)| !reference.is_empty())
            .map(|(reference, targets)| {
                let mut builder = Builder::new();
                builder.put_text("ref", reference.as_str());
                let targets = targets.into_iter().filter(|target| !target.is_empty());
                builder.put("dependsOn", targets.map(Json::from).collect::<Vec<_>>());
                builder.value()
            })
            .collect();
        self.out.put("dependencies", dependencies);
    }

    fn compositions(&mut self) {
        let metadata = &self.inventory.metadata;
        let Some(subject) = self.inventory.subject() else {
            return;
        };
        if !metadata.format.is_empty() {
            return;
        }
        let aggregate = match metadata.is_complete {
            Some(true) => "complete",
            Some(false) => "incomplete",
            None => "unknown",
        };
        let mut builder = Builder::new();
        builder
            .put("aggregate", aggregate)
            .put("assemblies", vec![subject.reference.as_str()]);
        self.out.put("compositions", vec![builder.value()]);
    }

    fn made(&mut self) {
        let inventory = self.inventory;
        let vulnerabilities = security::vulnerabilities(inventory, self.is_plain);
        self.out.put("vulnerabilities", vulnerabilities);
        let names: Vec<_> = inventory
            .workflows
            .iter()
            .map(|workflow| self.name(&format!("workflow:{}", workflow.name)))
            .collect();
        self.out
            .put("formulation", security::formulation(inventory, &names));
        let mut names = Vec::new();
        for index in 0..inventory.claims.len() {
            let claim = self.name(&format!("claim:{index}"));
            let grounds = inventory
                .claims
                .get(index)
                .map(|claim| claim.evidence.len())
                .unwrap_or_default();
            let grounds = (0..grounds)
                .map(|ground| self.name(&format!("claim:{index}:evidence:{ground}")))
                .collect();
            names.push((claim, grounds));
        }
        self.out
            .put("declarations", security::declarations(inventory, &names));
    }

    fn citations(&mut self, tools: &[String]) {
        let inventory = self.inventory;
        let subject = inventory.metadata.subject.as_ref();
        let attributed = tools
            .first()
            .map(String::as_str)
            .or_else(|| subject.map(Reference::as_str))
            .or_else(|| inventory.components.keys().next().map(Reference::as_str));
        let foreign = inventory.kept.document.get("citations");
        let foreign = foreign.and_then(|kept| kept.whole.as_array());
        let timestamp = inventory
            .metadata
            .timestamp
            .as_ref()
            .map_or(EPOCH, |timestamp| timestamp.as_str());
        let ours = std::mem::take(&mut self.citations).into_iter();
        let ours = ours.map(|(ground, pointers)| {
            let mut builder = Builder::new();
            builder
                .put("pointers", pointers)
                .put("timestamp", timestamp)
                .put("attributedTo", attributed.unwrap_or_default())
                .put("note", format!("{} {}", ground.evidence, ground.source));
            builder.value()
        });
        let mut citations: Vec<_> = ours.collect();
        citations.extend(foreign.into_iter().flatten().cloned());
        self.out.put("citations", citations);
    }
}

/// The absolute pointer for a citation; dependencies stand elsewhere and have none.
fn cited(place: &str, pointer: &str) -> Option<String> {
    (!place.starts_with("/dependsOn/")).then(|| format!("{pointer}{place}"))
}

fn add_property(object: &mut Object, place: &str, evidence: Evidence, source: &Source) {
    let name = format!("{EVIDENCE}{}", place.trim_start_matches('/'));
    let properties = object
        .entry("properties")
        .or_insert_with(|| Json::Array(Vec::new()));
    if let Json::Array(properties) = properties {
        properties.push(property(&name, &format!("{evidence} {source}")));
    }
}

/// A token of a JSON pointer (RFC 6901).
pub(super) fn escape_pointer(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

fn tool_name(tool: &Tool) -> String {
    if tool.version.is_empty() {
        format!("tool:{}", tool.name)
    } else {
        format!("tool:{}@{}", tool.name, tool.version)
    }
}
