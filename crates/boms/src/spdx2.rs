//! SPDX 2.2 and 2.3, read only: JSON, and tags and values.
//!
//! Tag-value text is first brought into the form of the JSON, so that there is one reader.

mod tag_value;

use std::collections::BTreeMap;

use chainwright_core::location::Place;
use serde_json::Value as Json;

use crate::evidence::{Evidence, Field, Source};
use crate::inventory::{
    Acknowledgement, Component, Derivation, ExternalReference, HashAlgorithm, Inventory, Kind,
    Licence, Party, Property, Reference, Relation, RelationKind, Tool,
};
use crate::json::{self, Object};
use crate::read::ReadError;
use crate::time::Timestamp;
use crate::upstream::SOURCE_INFO;

pub use tag_value::from_tag_value;
pub(crate) use tag_value::is_tag_value;

/// Reads a JSON document; `origin` names it as the source of what it declares.
///
/// # Errors
/// When it is no SPDX 2 document.
pub fn from_value(document: &Json, origin: &str) -> Result<Inventory, ReadError> {
    let document = document.as_object().ok_or(ReadError::UnknownFormat)?;
    let version = json::text(document, "spdxVersion").unwrap_or_default();
    if !version.starts_with("SPDX-2.") {
        return Err(ReadError::UnsupportedVersion(version.to_owned()));
    }
    let mut reader = Reader {
        inventory: Inventory::default(),
        origin,
        names: licence_names(document),
        packages: BTreeMap::new(),
    };
    reader.metadata(document, version);
    for (key, is_file) in [("packages", false), ("files", true)] {
        for (index, object) in json::objects(document, key).enumerate() {
            reader.component(object, &format!("/{key}/{index}"), is_file);
        }
    }
    reader.relations(document);
    Ok(reader.inventory)
}

struct Reader<'a> {
    inventory: Inventory,
    origin: &'a str,
    names: BTreeMap<&'a str, &'a str>,
    packages: BTreeMap<String, Reference>,
}

/// The names of licences that the document defines itself.
fn licence_names(document: &Object) -> BTreeMap<&str, &str> {
    json::objects(document, "hasExtractedLicensingInfos")
        .filter_map(|licence| {
            let name = json::text(licence, "name").filter(|name| is_said(name))?;
            Some((json::text(licence, "licenseId")?, name))
        })
        .collect()
}

fn is_said(text: &str) -> bool {
    !matches!(text.trim(), "" | "NOASSERTION" | "NONE")
}

/// `Organization: Acme (mail@example.org)` as a party; none for `NOASSERTION`.
fn party(text: &str) -> Option<Party> {
    let (kind, rest) = text.split_once(':')?;
    let (name, email) = match rest
        .trim()
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
    {
        Some((name, email)) => (
            name.trim(),
            Some(email.trim()).filter(|email| !email.is_empty()),
        ),
        None => (rest.trim(), None),
    };
    let is_person = match kind.trim() {
        "Person" => true,
        "Organization" => false,
        _ => return None,
    };
    Some(Party {
        name: name.to_owned(),
        urls: Vec::new(),
        email: email.map(str::to_owned),
        is_person,
    })
}

fn kind(purpose: &str) -> Kind {
    match purpose.to_ascii_uppercase().replace('_', "-").as_str() {
        "APPLICATION" => Kind::Application,
        "FRAMEWORK" => Kind::Framework,
        "CONTAINER" => Kind::Container,
        "OPERATING-SYSTEM" => Kind::OperatingSystem,
        "DEVICE" => Kind::Device,
        "FIRMWARE" => Kind::Firmware,
        "FILE" => Kind::File,
        _ => Kind::Package,
    }
}

impl Reader<'_> {
    fn source(&self, pointer: &str) -> Source {
        Source::at(self.origin, Place::Pointer(pointer.to_owned()))
    }

    fn field<T>(&self, pointer: &str, value: Option<T>) -> Field<T> {
        value.map_or_else(Field::absent, |value| {
            Field::declared(value, self.source(pointer))
        })
    }

    fn metadata(&mut self, document: &Object, version: &str) {
        let metadata = &mut self.inventory.metadata;
        metadata.format = version.replace("SPDX-", "SPDX ");
        metadata.origin = self.origin.to_owned();
        let Some(creation) = json::object(document, "creationInfo") else {
            return;
        };
        metadata.timestamp = json::text(creation, "created").and_then(Timestamp::parse);
        metadata.context = json::text(creation, "comment").map(str::to_owned);
        for creator in json::texts(creation, "creators") {
            if let Some(tool) = creator.strip_prefix("Tool:") {
                let tool = tool.trim();
                let (name, version) = tool.rsplit_once('-').unwrap_or((tool, ""));
                metadata.tools.push(Tool {
                    vendor: String::new(),
                    name: name.to_owned(),
                    version: version.to_owned(),
                });
            } else {
                metadata.authors.extend(party(&creator));
            }
        }
    }

    fn component(&mut self, object: &Object, pointer: &str, is_file: bool) {
        let id = json::owned(object, "SPDXID");
        let purpose = json::text(object, "primaryPackagePurpose").unwrap_or_default();
        let name = json::text(object, if is_file { "fileName" } else { "name" });
        let kind = if is_file { Kind::File } else { kind(purpose) };
        let name = name.unwrap_or_default();
        let name = if is_file {
            name.trim_start_matches("./")
        } else {
            name
        };
        let mut component = Component::new(kind, name);
        let said = |key: &str| json::text(object, key).filter(|text| is_said(text));
        component.version = self.field(
            &format!("{pointer}/versionInfo"),
            said("versionInfo").map(str::to_owned),
        );
        let description = said("description")
            .or_else(|| said("summary"))
            .or_else(|| said("comment"));
        component.description = self.field(pointer, description.map(str::to_owned));
        component.supplier = self.field(
            &format!("{pointer}/supplier"),
            said("supplier").and_then(party),
        );
        component.authors = said("originator").and_then(party).into_iter().collect();
        component.copyright = said("copyrightText").map(str::to_owned);
        self.hashes(object, pointer, &mut component);
        self.licences(object, pointer, &mut component);
        self.references(object, pointer, &mut component);
        component.reference = component
            .purl
            .text()
            .map_or_else(|| Reference::new(id.clone()), Reference::new);
        component
            .properties
            .push(Property::new("spdx:id", id.as_str()));
        if let Some(text) = said("sourceInfo") {
            component.properties.push(Property::new(SOURCE_INFO, text));
        }
        let reference = self.inventory.add(component);
        self.packages.insert(id, reference);
    }

    fn hashes(&self, object: &Object, pointer: &str, component: &mut Component) {
        for (index, checksum) in json::objects(object, "checksums").enumerate() {
            let name = json::text(checksum, "algorithm").unwrap_or_default();
            let Some(algorithm) = HashAlgorithm::from_name(name) else {
                continue;
            };
            let digits = json::owned(checksum, "checksumValue").to_ascii_lowercase();
            let field = self.field(&format!("{pointer}/checksums/{index}"), Some(digits));
            component.hashes.entry(algorithm).or_insert(field);
        }
    }

    fn licences(&self, object: &Object, pointer: &str, component: &mut Component) {
        for (key, acknowledgement) in [
            ("licenseDeclared", Acknowledgement::Declared),
            ("licenseConcluded", Acknowledgement::Concluded),
        ] {
            let Some(term) = json::text(object, key).filter(|term| is_said(term)) else {
                continue;
            };
            let term = self.names.get(term).copied().unwrap_or(term);
            component.licences.push(Licence {
                term: term.to_owned(),
                acknowledgement,
                url: None,
                evidence: Evidence::Declared,
                source: Some(self.source(&format!("{pointer}/{key}"))),
            });
        }
    }

    fn references(&self, object: &Object, pointer: &str, component: &mut Component) {
        for (index, reference) in json::objects(object, "externalRefs").enumerate() {
            let place = format!("{pointer}/externalRefs/{index}");
            let locator = json::owned(reference, "referenceLocator");
            match json::text(reference, "referenceType").unwrap_or_default() {
                "purl" if component.purl.is_absent() => {
                    component.purl = self.field(&place, Some(locator));
                }
                "cpe23Type" | "cpe22Type" if component.cpe.is_none() => {
                    component.cpe = Some(locator);
                }
                kind => {
                    component.references.insert(ExternalReference {
                        kind: match kind {
                            "advisory" => "advisories",
                            _ => "other",
                        }
                        .to_owned(),
                        url: locator,
                        comment: json::owned(reference, "comment"),
                    });
                }
            }
        }
        for (key, kind) in [
            ("homepage", "website"),
            ("downloadLocation", "distribution"),
        ] {
            if let Some(url) = json::text(object, key).filter(|url| is_said(url)) {
                component.references.insert(ExternalReference {
                    kind: kind.to_owned(),
                    url: url.to_owned(),
                    comment: String::new(),
                });
            }
        }
    }

    fn relations(&mut self, document: &Object) {
        let described = json::texts(document, "documentDescribes");
        self.describe(described.iter().map(String::as_str));
        for (index, object) in json::objects(document, "relationships").enumerate() {
            let from = json::text(object, "spdxElementId").unwrap_or_default();
            let to = json::text(object, "relatedSpdxElement").unwrap_or_default();
            let name = json::text(object, "relationshipType").unwrap_or_default();
            match name {
                "DESCRIBES" => self.describe(std::iter::once(to)),
                "DESCRIBED_BY" => self.describe(std::iter::once(from)),
                _ => {
                    if let Some((kind, is_reversed)) = relation(name) {
                        let (from, to) = if is_reversed { (to, from) } else { (from, to) };
                        self.relate(from, kind, to, &format!("/relationships/{index}"));
                    }
                }
            }
        }
        for (index, object) in json::objects(document, "packages").enumerate() {
            let from = json::text(object, "SPDXID").unwrap_or_default();
            for to in json::texts(object, "hasFiles") {
                let place = format!("/packages/{index}/hasFiles");
                self.relate(from, RelationKind::Contains, &to, &place);
            }
        }
    }

    fn describe<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for name in names {
            if let (Some(reference), None) =
                (self.packages.get(name), &self.inventory.metadata.subject)
            {
                self.inventory.metadata.subject = Some(reference.clone());
            }
        }
    }

    fn relate(&mut self, from: &str, kind: RelationKind, to: &str, pointer: &str) {
        if let (Some(from), Some(to)) = (self.packages.get(from), self.packages.get(to)) {
            let source = self.source(pointer);
            let relation =
                Relation::known(from.clone(), kind, to.clone(), Evidence::Declared, source);
            self.inventory.relate(relation);
        }
    }
}

/// The relation of a name, and whether it is read from right to left.
fn relation(name: &str) -> Option<(RelationKind, bool)> {
    let derived = RelationKind::DerivedFrom(Derivation::Unknown);
    Some(match name {
        "DEPENDS_ON" | "HAS_PREREQUISITE" | "DYNAMIC_LINK" | "STATIC_LINK" => {
            (RelationKind::DependsOn, false)
        }
        "DEPENDENCY_OF"
        | "RUNTIME_DEPENDENCY_OF"
        | "BUILD_DEPENDENCY_OF"
        | "DEV_DEPENDENCY_OF"
        | "OPTIONAL_DEPENDENCY_OF"
        | "PROVIDED_DEPENDENCY_OF"
        | "TEST_DEPENDENCY_OF"
        | "PREREQUISITE_FOR" => (RelationKind::DependsOn, true),
        "CONTAINS" => (RelationKind::Contains, false),
        "CONTAINED_BY" => (RelationKind::Contains, true),
        "DESCENDANT_OF" | "GENERATED_FROM" | "VARIANT_OF" => (derived, false),
        "ANCESTOR_OF" | "GENERATES" => (derived, true),
        _ => return None,
    })
}
