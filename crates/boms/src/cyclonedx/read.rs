//! A CycloneDX document as an inventory.
//!
//! What has no home in the inventory is kept beside it, key by key, so that writing the document again loses nothing.
//! Reading is lenient: whether a document is valid is another question ([`super::check`]).

mod component;

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::location::Place;
use serde_json::Value as Json;

use super::names::{CONTEXT, EVIDENCE};
use super::{Edition, SpecVersion, card, overlay, security, write};
use crate::evidence::{Evidence, Field, Source};
use crate::inventory::{Inventory, Lifecycle, Property, Reference, Relation, RelationKind, Tool};
use crate::json::{self, Object};
use crate::read::ReadError;
use crate::time::Timestamp;

/// Reads a document; `origin` names it as the source of what it declares.
///
/// # Errors
/// When it is no CycloneDX document, or of a version that is not read.
pub fn from_value(document: &Json, origin: &str) -> Result<Inventory, ReadError> {
    let document = document.as_object().ok_or(ReadError::UnknownFormat)?;
    if json::text(document, "bomFormat") != Some("CycloneDX") {
        return Err(ReadError::UnknownFormat);
    }
    let version = json::text(document, "specVersion").unwrap_or_default();
    let version: SpecVersion = version
        .parse()
        .map_err(|()| ReadError::UnsupportedVersion(format!("CycloneDX {version}")))?;
    let mut reader = Reader {
        inventory: Inventory::default(),
        origin,
        notes: notes(document),
        raw: Vec::new(),
        ancestors: Vec::new(),
    };
    reader.document(document, version);
    reader.keep(document, version);
    Ok(reader.inventory)
}

struct Reader<'a> {
    inventory: Inventory,
    origin: &'a str,
    notes: BTreeMap<String, (Evidence, Source)>,
    raw: Vec<(Reference, &'a Object)>,
    ancestors: Vec<(Reference, &'a Object, String)>,
}

impl<'a> Reader<'a> {
    fn ground(&self, pointer: &str) -> (Evidence, Source) {
        self.notes.get(pointer).cloned().unwrap_or_else(|| {
            let place = Place::Pointer(pointer.to_owned());
            (Evidence::Declared, Source::at(self.origin, place))
        })
    }

    fn field<T>(&self, pointer: &str, value: Option<T>) -> Field<T> {
        let Some(value) = value else {
            return Field::absent();
        };
        let (evidence, source) = self.ground(pointer);
        Field::of(value, evidence, source)
    }

    fn relate(&mut self, from: &Reference, kind: RelationKind, to: Reference, pointer: &str) {
        if to.is_empty() {
            return;
        }
        let (evidence, source) = self.ground(pointer);
        self.inventory
            .relate(Relation::known(from.clone(), kind, to, evidence, source));
    }

    fn document(&mut self, document: &'a Object, version: SpecVersion) {
        let metadata = &mut self.inventory.metadata;
        metadata.format = format!("CycloneDX {version}");
        metadata.origin = self.origin.to_owned();
        metadata.version = document.get("version").and_then(Json::as_u64).unwrap_or(1);
        metadata.serial = json::text(document, "serialNumber").map(str::to_owned);
        metadata.is_signed = document.get("signature").is_some_and(Json::is_object);
        if let Some(metadata) = json::object(document, "metadata") {
            self.metadata(metadata);
        }
        for key in ["components", "services"] {
            for (index, object) in json::list(document, key).iter().enumerate() {
                if let Some(object) = object.as_object() {
                    let pointer = format!("/{key}/{index}");
                    let is_service = key == "services";
                    let reference = self.component(object, &pointer, is_service);
                    self.inventory.kept.order.push(reference);
                }
            }
        }
        self.ancestors();
        self.dependencies(document);
        self.inventory.vulnerabilities = json::objects(document, "vulnerabilities")
            .map(security::read_vulnerability)
            .collect();
        self.inventory.workflows = security::read_workflows(document);
        self.inventory.claims = security::read_claims(document);
    }

    fn metadata(&mut self, object: &'a Object) {
        let metadata = &mut self.inventory.metadata;
        metadata.timestamp = json::text(object, "timestamp").and_then(Timestamp::parse);
        metadata.tools = read_tools(object);
        metadata.supplier = json::object(object, "supplier").map(card::read_organisation);
        metadata.lifecycles = json::objects(object, "lifecycles")
            .filter_map(|each| json::text(each, "phase"))
            .filter_map(|name| {
                Lifecycle::ALL
                    .into_iter()
                    .find(|each| each.as_str() == name)
            })
            .collect();
        for author in json::objects(object, "authors") {
            metadata.authors.push(card::read_contact(author));
        }
        for key in ["manufacturer", "manufacture"] {
            if let Some(maker) = json::object(object, key) {
                metadata.authors.push(card::read_organisation(maker));
            }
        }
        for property in json::objects(object, "properties") {
            let (name, value) = (
                json::owned(property, "name"),
                json::owned(property, "value"),
            );
            if name == CONTEXT && metadata.context.is_none() {
                metadata.context = Some(value);
            } else {
                metadata.properties.push(Property::new(name, value));
            }
        }
        if let Some(component) = json::object(object, "component") {
            let subject = self.component(component, "/metadata/component", false);
            self.inventory.metadata.subject = Some(subject);
        }
    }

    fn dependencies(&mut self, document: &Object) {
        for (index, object) in json::objects(document, "dependencies").enumerate() {
            let from = Reference::new(json::owned(object, "ref"));
            for (target, to) in json::texts(object, "dependsOn").into_iter().enumerate() {
                let noted = format!("{}/dependsOn/{}", from.as_str(), write::escape_pointer(&to));
                let pointer = if self.notes.contains_key(&noted) {
                    noted
                } else {
                    format!("/dependencies/{index}/dependsOn/{target}")
                };
                if !from.is_empty() {
                    self.relate(&from, RelationKind::DependsOn, Reference::new(to), &pointer);
                }
            }
        }
    }

    /// Keeps what would be lost: compares what was read with what would be written for it.
    fn keep(&mut self, document: &Object, version: SpecVersion) {
        let edition = if version == SpecVersion::V1_7 {
            Edition::V1_7
        } else {
            Edition::V1_6
        };
        let plain = write::plain(&self.inventory, edition);
        let mut originals = BTreeMap::new();
        for (reference, read) in &self.raw {
            let Some(component) = self.inventory.component(reference) else {
                continue;
            };
            let containers = self.containers(component.reference.as_str(), read);
            let containers: Vec<_> = containers.iter().collect();
            let written = write::component(&self.inventory, component, &containers, edition).object;
            let kept = overlay::difference(
                &without_evidence(read),
                &written,
                &["components", "services"],
            );
            if !kept.is_empty() {
                originals.insert(reference.clone(), kept);
            }
        }
        for (reference, kept) in originals {
            if let Some(component) = self.inventory.components.get_mut(&reference) {
                component.originals = kept;
            }
        }
        let mut whole = document.clone();
        let foreign = foreign_citations(document);
        whole.remove("citations");
        if !foreign.is_empty() {
            whole.insert("citations".to_owned(), Json::Array(foreign));
        }
        const OURS: [&str; 8] = [
            "$schema",
            "bomFormat",
            "specVersion",
            "serialNumber",
            "version",
            "metadata",
            "components",
            "services",
        ];
        self.inventory.kept.document = overlay::difference(&whole, &plain, &OURS);
        if let Some(read) = json::object(document, "metadata") {
            let empty = Object::new();
            let written = json::object(&plain, "metadata").unwrap_or(&empty);
            self.inventory.kept.metadata = overlay::difference(read, written, &["component"]);
        }
    }

    fn containers(&self, reference: &str, read: &Object) -> Vec<Reference> {
        let named: BTreeSet<_> = json::objects(read, "properties")
            .filter(|property| json::text(property, "name") == Some(super::names::CONTAINED_BY))
            .filter_map(|property| json::text(property, "value"))
            .filter(|holder| *holder != reference)
            .collect();
        named.into_iter().map(Reference::new).collect()
    }
}

/// The component without the properties that say how its fields are known.
fn without_evidence(object: &Object) -> Object {
    let mut object = object.clone();
    let mut is_empty = false;
    if let Some(Json::Array(properties)) = object.get_mut("properties") {
        properties.retain(|property| {
            let name = property.get("name").and_then(Json::as_str);
            !name.unwrap_or_default().starts_with(EVIDENCE)
        });
        is_empty = properties.is_empty();
    }
    if is_empty {
        object.remove("properties");
    }
    object
}

/// How places of the document are known, from citations that this crate wrote.
fn notes(document: &Object) -> BTreeMap<String, (Evidence, Source)> {
    let mut notes = BTreeMap::new();
    for citation in json::objects(document, "citations") {
        let Some(ground) = json::text(citation, "note").and_then(parse_ground) else {
            continue;
        };
        for pointer in json::texts(citation, "pointers") {
            notes.insert(pointer, ground.clone());
        }
    }
    notes
}

fn foreign_citations(document: &Object) -> Vec<Json> {
    json::list(document, "citations")
        .iter()
        .filter(|citation| {
            let note = citation.get("note").and_then(Json::as_str);
            note.and_then(parse_ground).is_none()
        })
        .cloned()
        .collect()
}

fn parse_ground(text: &str) -> Option<(Evidence, Source)> {
    let (evidence, source) = text.split_once(' ')?;
    if source.contains(char::is_whitespace) {
        return None;
    }
    Some((evidence.parse().ok()?, source.parse().ok()?))
}

fn read_tools(metadata: &Object) -> Vec<Tool> {
    let read = |object: &Object| Tool {
        vendor: json::text(object, "publisher")
            .or_else(|| json::text(object, "vendor"))
            .unwrap_or_default()
            .to_owned(),
        name: json::owned(object, "name"),
        version: json::owned(object, "version"),
    };
    match metadata.get("tools") {
        Some(Json::Array(_)) => json::objects(metadata, "tools").map(read).collect(),
        Some(Json::Object(tools)) => json::objects(tools, "components").map(read).collect(),
        _ => Vec::new(),
    }
}
