//! An SPDX 3 document as an inventory.

use std::collections::BTreeMap;

use chainwright_core::location::Place;
use serde_json::Value as Json;

use super::slots::{REFERENCES, SLOTS, Shape, kind};
use crate::cyclonedx::card;
use crate::cyclonedx::names::{ABSENT, ASPECT, EVIDENCE, UNKNOWN};
use crate::evidence::{Evidence, Field, Source};
use crate::inventory::{
    Acknowledgement, Affected, AnalysisState, Aspect, Component, Derivation, Exploitability,
    ExternalReference, HashAlgorithm, Inventory, Kind, Licence, Listing, Metric, Party, Property,
    Reference, Relation, RelationKind, Tool, Value, Vulnerability,
};
use crate::json::{self, Object};
use crate::read::ReadError;
use crate::time::Timestamp;
use crate::upstream::SOURCE_INFO;

/// Reads a document; `origin` names it as the source of what it declares.
///
/// # Errors
/// When it is no SPDX 3 document.
pub fn from_value(document: &Json, origin: &str) -> Result<Inventory, ReadError> {
    let document = document.as_object().ok_or(ReadError::UnknownFormat)?;
    if !super::is_document(document) {
        return Err(ReadError::UnknownFormat);
    }
    let graph: Vec<&Object> = if document.contains_key("@graph") {
        json::objects(document, "@graph").collect()
    } else {
        vec![document]
    };
    let mut reader = Reader {
        inventory: Inventory::default(),
        origin,
        by_id: graph
            .iter()
            .filter_map(|element| Some((id(element)?, *element)))
            .collect(),
        references: BTreeMap::new(),
        vulnerabilities: BTreeMap::new(),
    };
    reader.inventory.metadata.origin = origin.to_owned();
    for element in &graph {
        reader.element(element);
    }
    for element in &graph {
        reader.relationship(element);
    }
    reader.about(&graph);
    Ok(reader.inventory)
}

struct Reader<'a> {
    inventory: Inventory,
    origin: &'a str,
    by_id: BTreeMap<&'a str, &'a Object>,
    references: BTreeMap<&'a str, Reference>,
    vulnerabilities: BTreeMap<&'a str, usize>,
}

fn id(element: &Object) -> Option<&str> {
    ["spdxId", "@id"]
        .into_iter()
        .find_map(|key| json::text(element, key))
}

fn class(element: &Object) -> &str {
    let name = json::text(element, "type")
        .or_else(|| json::text(element, "@type"))
        .unwrap_or_default();
    name.rsplit('/').next().unwrap_or(name)
}

fn parse_ground(text: &str) -> Option<(Evidence, Source)> {
    let (evidence, source) = text.split_once(' ')?;
    Some((evidence.parse().ok()?, source.parse().ok()?))
}

impl<'a> Reader<'a> {
    fn here(&self, element: &Object, key: &str) -> Source {
        let place = format!("{}/{key}", id(element).unwrap_or_default());
        Source::at(self.origin, Place::Key(place))
    }

    fn field<T>(
        &self,
        element: &Object,
        key: &str,
        grounds: &BTreeMap<String, (Evidence, Source)>,
        value: Option<T>,
    ) -> Field<T> {
        let Some(value) = value else {
            return Field::absent();
        };
        match grounds.get(key) {
            Some((evidence, source)) => Field::of(value, *evidence, source.clone()),
            None => Field::declared(value, self.here(element, key)),
        }
    }

    fn element(&mut self, element: &'a Object) {
        let Some(name) = id(element) else {
            return;
        };
        let purpose = json::text(element, "software_primaryPurpose").unwrap_or_default();
        if let Some(kind) = kind(class(element), purpose) {
            let component = self.component(element, kind);
            let reference = self.inventory.add(component);
            self.references.insert(name, reference);
        } else if class(element) == "security_Vulnerability" {
            let index = self.inventory.vulnerabilities.len();
            self.inventory
                .vulnerabilities
                .push(read_vulnerability(element));
            self.vulnerabilities.insert(name, index);
        }
    }

    fn component(&self, element: &Object, kind: Kind) -> Component {
        let properties = read_properties(element);
        let find = |wanted: &str| {
            properties
                .iter()
                .find(|property| property.name == wanted)
                .map(|property| property.value.as_str())
        };
        let kind = find("chainwright:kind")
            .and_then(|name| Kind::ALL.into_iter().find(|each| each.as_str() == name))
            .unwrap_or(kind);
        let grounds: BTreeMap<_, _> = properties
            .iter()
            .filter_map(|property| {
                let name = property.name.strip_prefix(EVIDENCE)?;
                Some((name.to_owned(), parse_ground(&property.value)?))
            })
            .collect();
        let mut component = Component::new(kind, json::owned(element, "name"));
        let reference = find("chainwright:reference").or_else(|| id(element));
        component.reference = Reference::new(reference.unwrap_or_default());
        if let Some(group) = find("chainwright:group")
            && let Some(rest) = component.name.strip_prefix(group)
        {
            component.name = rest.strip_prefix('/').unwrap_or(rest).to_owned();
            component.group = group.to_owned();
        }
        if find("chainwright:listing").is_some() {
            component.listing = Listing::Ancestor;
        }
        let version = json::text(element, "software_packageVersion")
            .or_else(|| find("chainwright:version"))
            .map(str::to_owned);
        component.version = self.field(element, "version", &grounds, version);
        let purl = json::text(element, "software_packageUrl")
            .or_else(|| identifier(element, "packageUrl"))
            .map(str::to_owned);
        component.purl = self.field(element, "purl", &grounds, purl);
        let description = json::text(element, "description").map(str::to_owned);
        component.description = self.field(element, "description", &grounds, description);
        let supplier = json::text(element, "suppliedBy").and_then(|agent| self.party(agent));
        component.supplier = self.field(element, "supplier", &grounds, supplier);
        component.authors = json::texts(element, "originatedBy")
            .iter()
            .filter_map(|agent| self.party(agent))
            .collect();
        component.cpe = ["cpe23", "cpe22"]
            .into_iter()
            .find_map(|kind| identifier(element, kind))
            .map(str::to_owned);
        component.copyright = json::text(element, "software_copyrightText").map(str::to_owned);
        self.hashes(element, &mut component);
        component.references = references(element);
        self.aspects(element, &properties, &grounds, &mut component);
        component.properties = properties
            .into_iter()
            .filter(|property| !is_ours(&property.name))
            .collect();
        if let Some(text) = json::text(element, "software_sourceInfo") {
            let info = Property::new(SOURCE_INFO, text);
            if !component.properties.contains(&info) {
                component.properties.push(info);
            }
        }
        component
    }

    fn hashes(&self, element: &Object, component: &mut Component) {
        for hash in json::objects(element, "verifiedUsing") {
            let algorithm = json::text(hash, "algorithm").unwrap_or_default();
            let Some(algorithm) = HashAlgorithm::from_name(algorithm) else {
                continue;
            };
            let digits = json::owned(hash, "hashValue").to_ascii_lowercase();
            let ground = json::text(hash, "comment").and_then(parse_ground);
            let field = match ground {
                Some((evidence, source)) => Field::of(digits, evidence, source),
                None => Field::declared(digits, self.here(element, "verifiedUsing")),
            };
            component.hashes.entry(algorithm).or_insert(field);
        }
    }

    fn aspects(
        &self,
        element: &Object,
        properties: &[Property],
        grounds: &BTreeMap<String, (Evidence, Source)>,
        component: &mut Component,
    ) {
        let mut lines: BTreeMap<Aspect, Vec<String>> = BTreeMap::new();
        for property in properties {
            if let Some(Ok(aspect)) = property.name.strip_prefix(ASPECT).map(str::parse::<Aspect>) {
                lines
                    .entry(aspect)
                    .or_default()
                    .push(property.value.clone());
            } else if let Some(Ok(aspect)) = property
                .name
                .strip_prefix(UNKNOWN)
                .map(str::parse::<Aspect>)
                && let Ok(source) = property.value.parse()
            {
                component.state(aspect, Field::stated_unknown(source));
            }
        }
        for (aspect, lines) in lines {
            let value = card::from_property_values(aspect, lines);
            let field = self.field(element, aspect.as_str(), grounds, value);
            component.state(aspect, field);
        }
        for (kind, aspect, name, shape) in SLOTS {
            let is_said = component
                .aspect(*aspect)
                .is_some_and(|field| field.value().is_some());
            if *kind != component.kind || is_said {
                continue;
            }
            let value = element
                .get(*name)
                .and_then(|json| slot(*aspect, *shape, json));
            let field = self.field(element, aspect.as_str(), grounds, value);
            if !field.is_absent() {
                component.state(*aspect, field);
            }
        }
    }

    fn party(&self, name: &str) -> Option<Party> {
        let agent = self.by_id.get(name)?;
        Some(Party {
            name: json::owned(agent, "name"),
            urls: json::objects(agent, "externalIdentifier")
                .filter(|each| json::text(each, "externalIdentifierType") == Some("urlScheme"))
                .map(|each| json::owned(each, "identifier"))
                .collect(),
            email: identifier(agent, "email").map(str::to_owned),
            is_person: class(agent) == "Person",
        })
    }

    fn relationship(&mut self, element: &'a Object) {
        let Some(kind) = json::text(element, "relationshipType") else {
            return;
        };
        let kind = kind.rsplit('/').next().unwrap_or(kind);
        let from = json::text(element, "from").unwrap_or_default();
        let targets = json::texts(element, "to");
        if let Some(index) = self.vulnerabilities.get(from).copied() {
            self.assessment(index, kind, element);
            return;
        }
        let Some(reference) = self.references.get(from).cloned() else {
            return;
        };
        for target in targets {
            match kind {
                "hasDeclaredLicense" | "hasConcludedLicense" => {
                    self.licence(&reference, kind, &target, element);
                }
                "hasAssociatedVulnerability" => self.affected(&reference, &target),
                _ => self.relation(&reference, kind, &target, element),
            }
        }
    }

    fn relation(&mut self, from: &Reference, kind: &str, target: &str, element: &Object) {
        let Some(to) = self.references.get(target).cloned() else {
            return;
        };
        let comment = json::text(element, "comment").unwrap_or_default();
        let (word, rest) = comment.split_once(' ').unwrap_or((comment, ""));
        let stated: Option<RelationKind> = word.parse().ok();
        let unknown = RelationKind::DerivedFrom(Derivation::Unknown);
        let (known, is_reversed) = match kind {
            "dependsOn" | "hasPrerequisite" | "hasDynamicLink" | "hasStaticLink" => {
                (RelationKind::DependsOn, false)
            }
            "contains" | "hasDataFile" => (RelationKind::Contains, false),
            "trainedOn" => (RelationKind::TrainedOn, false),
            "testedOn" => (RelationKind::TestedOn, false),
            "descendantOf" => (stated.unwrap_or(unknown), false),
            "ancestorOf" => (unknown, true),
            "other" => match stated {
                Some(stated) => (stated, false),
                None => return,
            },
            _ => return,
        };
        let (evidence, source) = parse_ground(rest)
            .unwrap_or_else(|| (Evidence::Declared, self.here(element, "relationshipType")));
        let (from, to) = if is_reversed {
            (to, from.clone())
        } else {
            (from.clone(), to)
        };
        self.inventory
            .relate(Relation::known(from, known, to, evidence, source));
    }

    fn licence(&mut self, component: &Reference, kind: &str, target: &str, element: &Object) {
        let licence = self.by_id.get(target);
        let term = licence
            .and_then(|licence| {
                json::text(licence, "name")
                    .or_else(|| json::text(licence, "simplelicensing_licenseExpression"))
            })
            .unwrap_or_else(|| target.rsplit('/').next().unwrap_or(target));
        let (evidence, source) = json::text(element, "comment")
            .and_then(parse_ground)
            .unwrap_or_else(|| (Evidence::Declared, self.here(element, "to")));
        let licence = Licence {
            term: term.to_owned(),
            acknowledgement: if kind == "hasConcludedLicense" {
                Acknowledgement::Concluded
            } else {
                Acknowledgement::Declared
            },
            url: None,
            evidence,
            source: Some(source),
        };
        if let Some(component) = self.inventory.components.get_mut(component) {
            component.licences.push(licence);
        }
    }

    fn affected(&mut self, component: &Reference, target: &str) {
        let vulnerability = self
            .vulnerabilities
            .get(target)
            .and_then(|index| self.inventory.vulnerabilities.get_mut(*index));
        if let Some(vulnerability) = vulnerability {
            vulnerability.affects.push(Affected {
                component: component.clone(),
                versions: Vec::new(),
            });
        }
    }

    fn assessment(&mut self, index: usize, kind: &str, element: &Object) {
        let state = match kind {
            "fixedIn" => AnalysisState::Resolved,
            "underInvestigationFor" => AnalysisState::InTriage,
            "affects" => AnalysisState::Exploitable,
            "doesNotAffect" => AnalysisState::NotAffected,
            _ => return,
        };
        let justification = match json::text(element, "security_justificationType") {
            Some("vulnerableCodeNotPresent" | "componentNotPresent") => "code_not_present",
            Some(
                "vulnerableCodeNotInExecutePath" | "vulnerableCodeCannotBeControlledByAdversary",
            ) => "code_not_reachable",
            Some("inlineMitigationsAlreadyExist") => "protected_by_mitigating_control",
            _ => "",
        };
        if let Some(vulnerability) = self.inventory.vulnerabilities.get_mut(index) {
            vulnerability.analysis = Some(Exploitability {
                state,
                justification: justification.to_owned(),
                responses: std::collections::BTreeSet::new(),
                detail: json::owned(element, "security_statusNotes"),
            });
        }
    }

    fn about(&mut self, graph: &[&'a Object]) {
        self.inventory.metadata.format = "SPDX 3".to_owned();
        for element in graph {
            match class(element) {
                "CreationInfo" => self.creation(element),
                "software_Sbom" | "Bom" | "SpdxDocument" => {
                    let root = json::texts(element, "rootElement");
                    let subject = root
                        .iter()
                        .find_map(|root| self.references.get(root.as_str()));
                    if let (Some(subject), [_]) = (subject, root.as_slice()) {
                        self.inventory.metadata.subject = Some(subject.clone());
                    }
                }
                _ => {}
            }
        }
    }

    fn creation(&mut self, element: &Object) {
        let version = json::owned(element, "specVersion");
        self.inventory.metadata.format = format!("SPDX {version}");
        self.inventory.metadata.timestamp =
            json::text(element, "created").and_then(Timestamp::parse);
        self.inventory.metadata.context = json::text(element, "comment").map(str::to_owned);
        self.inventory.metadata.authors = json::texts(element, "createdBy")
            .iter()
            .filter(|agent| {
                self.by_id
                    .get(agent.as_str())
                    .is_some_and(|agent| class(agent) != "SoftwareAgent")
            })
            .filter_map(|agent| self.party(agent))
            .collect();
        self.inventory.metadata.tools = json::texts(element, "createdUsing")
            .iter()
            .filter_map(|tool| {
                let name = json::text(self.by_id.get(tool.as_str())?, "name")?;
                let (name, version) = name.rsplit_once(' ').unwrap_or((name, ""));
                Some(Tool {
                    vendor: String::new(),
                    name: name.to_owned(),
                    version: version.to_owned(),
                })
            })
            .collect();
    }
}

fn is_ours(name: &str) -> bool {
    [EVIDENCE, ASPECT, UNKNOWN, ABSENT]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "chainwright:reference"
                | "chainwright:kind"
                | "chainwright:group"
                | "chainwright:listing"
                | "chainwright:version"
        )
}

fn read_properties(element: &Object) -> Vec<Property> {
    json::objects(element, "extension")
        .flat_map(|extension| json::objects(extension, "extension_cdxProperty"))
        .map(|property| {
            Property::new(
                json::owned(property, "extension_cdxPropName"),
                json::owned(property, "extension_cdxPropValue"),
            )
        })
        .collect()
}

fn identifier<'o>(element: &'o Object, kind: &str) -> Option<&'o str> {
    json::objects(element, "externalIdentifier")
        .find(|each| json::text(each, "externalIdentifierType") == Some(kind))
        .and_then(|each| json::text(each, "identifier"))
}

fn references(element: &Object) -> std::collections::BTreeSet<ExternalReference> {
    json::objects(element, "externalRef")
        .flat_map(|reference| {
            let theirs = json::text(reference, "externalRefType").unwrap_or_default();
            let kind = REFERENCES
                .iter()
                .find(|(_, each)| *each == theirs)
                .map_or("other", |(ours, _)| ours);
            let comment = json::owned(reference, "comment");
            let urls = json::texts(reference, "locator").into_iter();
            urls.map(move |url| ExternalReference {
                kind: kind.to_owned(),
                url,
                comment: comment.clone(),
            })
        })
        .collect()
}

fn slot(aspect: Aspect, shape: Shape, json: &Json) -> Option<Value> {
    let texts = |json: &Json| -> Vec<String> {
        match json {
            Json::String(text) => vec![text.clone()],
            Json::Array(items) => items
                .iter()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    };
    let entries = |json: &Json| -> Vec<(String, String)> {
        let items = json.as_array().map(Vec::as_slice).unwrap_or_default();
        items
            .iter()
            .filter_map(Json::as_object)
            .map(|entry| (json::owned(entry, "key"), json::owned(entry, "value")))
            .collect()
    };
    match shape {
        Shape::Text | Shape::Texts | Shape::Word(_) | Shape::Words(_) | Shape::Time => {
            Value::from_lines(aspect.form(), texts(json))
        }
        Shape::Count => json.as_u64().map(Value::Count),
        Shape::Entries if aspect == Aspect::Metrics => {
            let metrics = entries(json).into_iter().map(|(name, value)| Metric {
                name,
                value,
                slice: String::new(),
            });
            Some(Value::Metrics(metrics.collect()))
        }
        Shape::Entries => Some(Value::List(
            entries(json)
                .into_iter()
                .map(|(key, value)| format!("{key} = {value}"))
                .collect(),
        )),
    }
}

fn read_vulnerability(element: &Object) -> Vulnerability {
    let time = |key: &str| json::text(element, key).and_then(Timestamp::parse);
    let id = json::owned(element, "name");
    Vulnerability {
        aliases: json::objects(element, "externalIdentifier")
            .filter_map(|each| json::text(each, "identifier"))
            .filter(|name| *name != id)
            .map(str::to_owned)
            .collect(),
        id,
        description: json::owned(element, "description"),
        published: time("security_publishedTime"),
        updated: time("security_modifiedTime"),
        ..Vulnerability::default()
    }
}
