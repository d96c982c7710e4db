//! One component or service as it was read.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Reader, parse_ground};
use crate::cyclonedx::card;
use crate::cyclonedx::names::{
    ABSENT, ASPECT, CONTAINED_BY, EVIDENCE, HASH, RELATION, UNKNOWN, VERSION, kind_of,
};
use crate::evidence::{Field, Source};
use crate::inventory::{
    Acknowledgement, Aspect, Component, Derivation, ExternalReference, HashAlgorithm, Kind,
    Licence, Listing, Party, Property, Reference, RelationKind,
};
use crate::json::{self, Object};

/// A relation that was read before its component had its reference: kind, other end, pointer, and whether the other
/// end is where it starts.
type Pending = (RelationKind, Reference, String, bool);

impl<'a> Reader<'a> {
    /// Reads a component with everything that it holds.
    pub(super) fn component(
        &mut self,
        object: &'a Object,
        pointer: &str,
        is_service: bool,
    ) -> Reference {
        let (component, pending) = self.read(object, pointer, is_service);
        let reference = self.inventory.add(component);
        self.raw.push((reference.clone(), object));
        let has_lineage = pending.iter().any(|(kind, ..)| kind.is_lineage());
        for (kind, other, place, starts_there) in pending {
            if starts_there {
                self.relate(&other, kind, reference.clone(), &place);
            } else {
                self.relate(&reference, kind, other, &place);
            }
        }
        self.datasets(object, &reference, pointer);
        if !has_lineage && let Some(pedigree) = json::object(object, "pedigree") {
            for (index, ancestor) in json::objects(pedigree, "ancestors").enumerate() {
                let place = format!("{pointer}/pedigree/ancestors/{index}");
                self.ancestors.push((reference.clone(), ancestor, place));
            }
        }
        for key in ["components", "services"] {
            for (index, held) in json::list(object, key).iter().enumerate() {
                let Some(held) = held.as_object() else {
                    continue;
                };
                let place = format!("{pointer}/{key}/{index}");
                let held = self.component(held, &place, key == "services");
                self.inventory.kept.order.push(held.clone());
                self.relate(&reference, RelationKind::Contains, held, &place);
            }
        }
        reference
    }

    /// Adds the ancestors once every listed component is known, so that one that is listed is not added again.
    pub(super) fn ancestors(&mut self) {
        let known: BTreeMap<String, Reference> = self
            .inventory
            .components
            .values()
            .filter_map(|each| Some((each.purl.text()?.to_owned(), each.reference.clone())))
            .collect();
        for (child, object, place) in std::mem::take(&mut self.ancestors) {
            let (mut ancestor, _) = self.read(object, &place, false);
            let listed = ancestor.purl.text().and_then(|purl| known.get(purl));
            let reference = match listed {
                Some(reference) => reference.clone(),
                None => {
                    ancestor.listing = Listing::Ancestor;
                    self.inventory.add(ancestor)
                }
            };
            let kind = RelationKind::DerivedFrom(Derivation::Unknown);
            self.relate(&child, kind, reference, &place);
        }
    }

    fn read(
        &mut self,
        object: &Object,
        pointer: &str,
        is_service: bool,
    ) -> (Component, Vec<Pending>) {
        self.evidence(object, pointer);
        let mut component = Component {
            reference: Reference::new(json::owned(object, "bom-ref")),
            kind: kind(object, is_service),
            group: json::owned(object, "group"),
            name: json::owned(object, "name"),
            cpe: json::text(object, "cpe").map(str::to_owned),
            copyright: json::text(object, "copyright").map(str::to_owned),
            authors: authors(object),
            ..Component::default()
        };
        let texts = [
            ("version", &mut component.version),
            ("purl", &mut component.purl),
            ("description", &mut component.description),
        ];
        for (key, field) in texts {
            let text = json::text(object, key).map(str::to_owned);
            *field = self.field(&format!("{pointer}/{key}"), text);
        }
        for key in ["supplier", "provider"] {
            let supplier = json::object(object, key).map(card::read_organisation);
            if supplier.is_some() {
                component.supplier = self.field(&format!("{pointer}/{key}"), supplier);
            }
        }
        self.hashes(object, pointer, &mut component);
        self.licences(object, pointer, &mut component);
        component.references = json::objects(object, "externalReferences")
            .map(|reference| ExternalReference {
                kind: json::owned(reference, "type"),
                url: json::owned(reference, "url"),
                comment: json::owned(reference, "comment"),
            })
            .collect();
        self.aspects(object, pointer, &mut component);
        let pending = self.properties(object, pointer, &mut component);
        (component, pending)
    }

    /// Takes in the properties that say how fields are known (1.6).
    fn evidence(&mut self, object: &Object, pointer: &str) {
        for property in json::objects(object, "properties") {
            let name = json::text(property, "name").unwrap_or_default();
            let Some(place) = name.strip_prefix(EVIDENCE) else {
                continue;
            };
            let ground = json::text(property, "value").and_then(parse_ground);
            let Some(ground) = ground else {
                continue;
            };
            let place = if place.starts_with("dependsOn/") {
                format!("{}/{place}", json::owned(object, "bom-ref"))
            } else if place.is_empty() {
                pointer.to_owned()
            } else {
                format!("{pointer}/{place}")
            };
            self.notes.insert(place, ground);
        }
    }

    fn hashes(&self, object: &Object, pointer: &str, component: &mut Component) {
        for (index, hash) in json::objects(object, "hashes").enumerate() {
            let name = json::text(hash, "alg").unwrap_or_default();
            let Some(algorithm) = HashAlgorithm::from_name(name) else {
                continue;
            };
            let digits = json::owned(hash, "content").to_ascii_lowercase();
            let field = self.field(&format!("{pointer}/hashes/{index}"), Some(digits));
            component.hashes.entry(algorithm).or_insert(field);
        }
    }

    fn licences(&self, object: &Object, pointer: &str, component: &mut Component) {
        for (index, choice) in json::objects(object, "licenses").enumerate() {
            let inner = json::object(choice, "license").unwrap_or(choice);
            let term = ["id", "name", "expression"]
                .into_iter()
                .find_map(|key| json::text(inner, key));
            let Some(term) = term else {
                continue;
            };
            let (evidence, source) = self.ground(&format!("{pointer}/licenses/{index}"));
            component.licences.push(Licence {
                term: term.to_owned(),
                acknowledgement: match json::text(inner, "acknowledgement") {
                    Some("declared") => Acknowledgement::Declared,
                    Some("concluded") => Acknowledgement::Concluded,
                    _ => Acknowledgement::Unstated,
                },
                url: json::text(inner, "url").map(str::to_owned),
                evidence,
                source: Some(source),
            });
        }
    }

    fn aspects(&self, object: &Object, pointer: &str, component: &mut Component) {
        for aspect in Aspect::ALL {
            let Some(path) = card::path(component.kind, *aspect) else {
                continue;
            };
            let place = format!("/{}", path.join("/"));
            let found = descend(object, path);
            let Some(value) = found.and_then(|json| card::decode(*aspect, json)) else {
                continue;
            };
            let field = self.field(&format!("{pointer}{place}"), Some(value));
            component.state(*aspect, field);
        }
    }

    fn datasets(&mut self, object: &Object, reference: &Reference, pointer: &str) {
        let parameters = json::object(object, "modelCard")
            .and_then(|card| json::object(card, "modelParameters"));
        let Some(parameters) = parameters else {
            return;
        };
        for (index, dataset) in json::objects(parameters, "datasets").enumerate() {
            let place = format!("{pointer}/modelCard/modelParameters/datasets/{index}");
            let to = match json::text(dataset, "ref") {
                Some(to) => Reference::new(to),
                None => {
                    let mut component = Component::new(Kind::Dataset, json::owned(dataset, "name"));
                    component.listing = Listing::Ancestor;
                    self.inventory.add(component)
                }
            };
            self.relate(reference, RelationKind::TrainedOn, to, &place);
        }
    }

    fn properties(
        &self,
        object: &Object,
        pointer: &str,
        component: &mut Component,
    ) -> Vec<Pending> {
        let mut pending = Vec::new();
        let mut aspects: BTreeMap<Aspect, (usize, Vec<String>)> = BTreeMap::new();
        for (index, property) in json::objects(object, "properties").enumerate() {
            let place = format!("{pointer}/properties/{index}");
            let (name, value) = (
                json::owned(property, "name"),
                json::owned(property, "value"),
            );
            if name.starts_with(EVIDENCE) || name == ABSENT {
                continue;
            }
            if name == VERSION && component.version.is_absent() {
                component.version = self.field(&place, Some(value));
            } else if name == CONTAINED_BY {
                pending.push((RelationKind::Contains, Reference::new(value), place, true));
            } else if let Some(kind) = parsed(&name, RELATION) {
                pending.push((kind, Reference::new(value), place, false));
            } else if let Some(aspect) = parsed::<Aspect>(&name, ASPECT) {
                let lines = aspects.entry(aspect).or_insert((index, Vec::new()));
                lines.1.push(value);
            } else if let (Some(aspect), Ok(source)) =
                (parsed::<Aspect>(&name, UNKNOWN), value.parse::<Source>())
            {
                component.state(aspect, Field::stated_unknown(source));
            } else if let Some(algorithm) =
                name.strip_prefix(HASH).and_then(HashAlgorithm::from_name)
            {
                let field = self.field(&place, Some(value));
                component.hashes.entry(algorithm).or_insert(field);
            } else {
                component.properties.push(Property::new(name, value));
            }
        }
        for (aspect, (index, lines)) in aspects {
            let value = card::from_property_values(aspect, lines);
            let field = self.field(&format!("{pointer}/properties/{index}"), value);
            component.state(aspect, field);
        }
        pending
    }
}

fn parsed<T: std::str::FromStr>(name: &str, prefix: &str) -> Option<T> {
    name.strip_prefix(prefix)?.parse().ok()
}

fn kind(object: &Object, is_service: bool) -> Kind {
    if is_service {
        return Kind::Service;
    }
    let name = json::text(object, "type").unwrap_or_default();
    let is_dataset =
        json::objects(object, "data").any(|data| json::text(data, "type") == Some("dataset"));
    match kind_of(name).unwrap_or_default() {
        Kind::Data if is_dataset => Kind::Dataset,
        kind => kind,
    }
}

fn authors(object: &Object) -> Vec<Party> {
    let mut authors: Vec<_> = json::object(object, "manufacturer")
        .map(card::read_organisation)
        .into_iter()
        .collect();
    authors.extend(json::objects(object, "authors").map(card::read_contact));
    if let (Some(author), true) = (json::text(object, "author"), authors.is_empty()) {
        authors.push(Party::person(author));
    }
    authors
}

/// The value at a path of keys and positions.
fn descend<'j>(object: &'j Object, path: &[&str]) -> Option<&'j Json> {
    let (first, rest) = path.split_first()?;
    let mut current = object.get(*first)?;
    for key in rest {
        current = match current {
            Json::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            Json::Object(object) => object.get(*key)?,
            _ => return None,
        };
    }
    Some(current)
}
