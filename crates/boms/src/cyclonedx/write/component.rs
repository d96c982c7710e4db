//! One component, service or ancestor as a JSON object, with the places of its evidence.

use serde_json::Value as Json;

use crate::cyclonedx::names::{
    ABSENT, CONTAINED_BY, HASH, LONGEST_VERSION, REFERENCES, RELATION, UNKNOWN, VERSION, type_of,
};
use crate::cyclonedx::{Edition, card, iri};
use crate::evidence::{Evidence, Field, Source};
use crate::inventory::{
    Component, HashAlgorithm, Inventory, Kind, Licence, Listing, Reference, RelationKind,
};
use crate::json::{Builder, Object};
use crate::licence::{self, Term};

/// How a field is known: its JSON pointer below the component, class and source.
pub(in crate::cyclonedx) type Note = (String, Evidence, Source);

/// An object with the evidence for its fields.
#[derive(Debug)]
pub(in crate::cyclonedx) struct Written {
    pub(in crate::cyclonedx) object: Object,
    pub(in crate::cyclonedx) notes: Vec<Note>,
}

struct Writer<'a> {
    inventory: &'a Inventory,
    component: &'a Component,
    edition: Edition,
    out: Builder,
    properties: Vec<Json>,
    notes: Vec<Note>,
}

/// Writes a component without the components that it holds.
pub(in crate::cyclonedx) fn component(
    inventory: &Inventory,
    component: &Component,
    containers: &[&Reference],
    edition: Edition,
) -> Written {
    let mut writer = Writer {
        inventory,
        component,
        edition,
        out: Builder::new(),
        properties: Vec::new(),
        notes: Vec::new(),
    };
    writer.identity();
    writer.hashes();
    writer.licences();
    writer.references();
    for property in &component.properties {
        writer.property(&property.name, &property.value);
    }
    writer.aspects();
    writer.lineage();
    writer.relations(containers);
    writer.silence();
    let Writer {
        mut out,
        properties,
        notes,
        ..
    } = writer;
    out.put("properties", properties);
    Written {
        object: out.object(),
        notes,
    }
}

/// A property as it is written.
pub(in crate::cyclonedx) fn property(name: &str, value: &str) -> Json {
    let mut builder = Builder::new();
    builder.put_text("name", name).put_text("value", value);
    builder.value()
}

impl Writer<'_> {
    fn note<T>(&mut self, pointer: impl Into<String>, field: &Field<T>) {
        if let (Some(source), true) = (field.source(), field.value().is_some()) {
            self.notes
                .push((pointer.into(), field.evidence(), source.clone()));
        }
    }

    fn property(&mut self, name: &str, value: &str) -> String {
        let pointer = format!("/properties/{}", self.properties.len());
        self.properties.push(property(name, value));
        pointer
    }

    fn identity(&mut self) {
        let component = self.component;
        let is_service = component.kind == Kind::Service;
        self.out
            .put("bom-ref", component.reference.as_str())
            .put("group", component.group.as_str())
            .put_text("name", &component.name);
        if !is_service {
            self.out
                .put_text("type", type_of(component.kind))
                .put("cpe", component.cpe.clone())
                .put("copyright", component.copyright.clone())
                .put("purl", component.purl.text().unwrap_or_default());
            self.note("/purl", &component.purl);
            self.makers();
        }
        self.version();
        self.out.put(
            "description",
            component.description.text().unwrap_or_default(),
        );
        self.note("/description", &component.description);
        if let Some(supplier) = component.supplier.value() {
            let key = if is_service { "provider" } else { "supplier" };
            self.out.put(key, card::organisation(supplier));
            self.note(format!("/{key}"), &component.supplier);
        }
    }

    fn makers(&mut self) {
        let (people, organisations): (Vec<_>, Vec<_>) = self
            .component
            .authors
            .iter()
            .partition(|author| author.is_person);
        let mut organisations = organisations.into_iter();
        if let Some(first) = organisations.next() {
            self.out.put("manufacturer", card::organisation(first));
        }
        let people = people.into_iter().chain(organisations);
        self.out
            .put("authors", people.map(card::contact).collect::<Vec<_>>());
    }

    fn version(&mut self) {
        let component = self.component;
        let Some(version) = component.version.text() else {
            return;
        };
        if version.chars().count() <= LONGEST_VERSION {
            self.out.put_text("version", version);
            self.note("/version", &component.version);
        } else {
            let pointer = self.property(VERSION, version);
            self.note(pointer, &component.version);
        }
    }

    fn hashes(&mut self) {
        if self.component.kind == Kind::Service {
            return;
        }
        let mut hashes = Vec::new();
        for (algorithm, field) in &self.component.hashes {
            let Some(digits) = field.value() else {
                continue;
            };
            let is_whole = digits.len() == algorithm.digits()
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let pointer = if is_whole {
                hashes.push(hash(*algorithm, digits));
                format!("/hashes/{}", hashes.len().saturating_sub(1))
            } else {
                self.property(&format!("{HASH}{}", algorithm.cyclonedx()), digits)
            };
            self.note(pointer, field);
        }
        self.out.put("hashes", hashes);
    }

    fn licences(&mut self) {
        let licences = &self.component.licences;
        let is_mixed = licences.len() > 1 && self.edition == Edition::V1_6;
        let written: Vec<_> = licences
            .iter()
            .map(|licence| write_licence(licence, is_mixed))
            .collect();
        for (index, licence) in licences.iter().enumerate() {
            if let Some(source) = &licence.source {
                self.notes.push((
                    format!("/licenses/{index}"),
                    licence.evidence,
                    source.clone(),
                ));
            }
        }
        self.out.put("licenses", written);
    }

    fn references(&mut self) {
        let references = self.component.references.iter().map(|reference| {
            let kind = if REFERENCES.contains(&reference.kind.as_str()) {
                reference.kind.as_str()
            } else {
                "other"
            };
            let mut builder = Builder::new();
            builder
                .put_text("type", kind)
                .put_text("url", &iri::reference(&reference.url))
                .put("comment", reference.comment.as_str());
            builder.value()
        });
        self.out
            .put("externalReferences", references.collect::<Vec<_>>());
    }

    fn aspects(&mut self) {
        let component = self.component;
        let mut card = Object::new();
        let mut data = Object::new();
        for (aspect, field) in &component.aspects {
            let Some(value) = field.value() else {
                continue;
            };
            let place = card::path(component.kind, *aspect).zip(card::encode(*aspect, value));
            if let Some((path, json)) = place {
                match path {
                    ["data", _, rest @ ..] => insert(&mut data, rest, json),
                    [_, rest @ ..] => insert(&mut card, rest, json),
                    [] => {}
                }
                self.note(format!("/{}", path.join("/")), field);
                continue;
            }
            let name = card::property_name(*aspect);
            for (index, line) in card::property_values(value).iter().enumerate() {
                let pointer = self.property(&name, line);
                if index == 0 {
                    self.note(pointer, field);
                }
            }
        }
        self.datasets(&mut card);
        if component.kind == Kind::Dataset {
            data.insert("type".to_owned(), Json::from("dataset"));
            self.out.put("data", vec![Json::Object(data)]);
        }
        self.out.put("modelCard", card);
    }

    fn datasets(&mut self, card: &mut Object) {
        let mut datasets = Vec::new();
        for relation in self.inventory.from(&self.component.reference) {
            if relation.kind != RelationKind::TrainedOn || self.component.kind != Kind::Model {
                continue;
            }
            if let Some(source) = &relation.source {
                let pointer = format!("/modelCard/modelParameters/datasets/{}", datasets.len());
                self.notes
                    .push((pointer, relation.evidence, source.clone()));
            }
            datasets.push(dataset(self.inventory, &relation.to));
        }
        if !datasets.is_empty() {
            insert(
                card,
                &["modelParameters", "datasets"],
                Json::Array(datasets),
            );
        }
    }

    fn lineage(&mut self) {
        let ancestors: Vec<_> = self
            .inventory
            .from(&self.component.reference)
            .filter(|relation| relation.kind.is_lineage())
            .map(|relation| ancestor(self.inventory, &relation.to))
            .collect();
        if ancestors.is_empty() || self.component.kind == Kind::Service {
            return;
        }
        let mut pedigree = Builder::new();
        pedigree.put("ancestors", ancestors);
        self.out.put("pedigree", pedigree.object());
    }

    fn relations(&mut self, containers: &[&Reference]) {
        let is_model = self.component.kind == Kind::Model;
        for relation in self.inventory.from(&self.component.reference) {
            match relation.kind {
                RelationKind::DependsOn => continue,
                // The one that is held says so itself, unless it is not in the document.
                RelationKind::Contains if self.inventory.component(&relation.to).is_some() => {
                    continue;
                }
                RelationKind::TrainedOn if is_model => continue,
                _ => {}
            }
            let pointer = self.property(
                &format!("{RELATION}{}", relation.kind),
                relation.to.as_str(),
            );
            if let Some(source) = &relation.source {
                self.notes
                    .push((pointer, relation.evidence, source.clone()));
            }
        }
        for container in containers {
            let pointer = self.property(CONTAINED_BY, container.as_str());
            let kind = RelationKind::Contains;
            let relation = self
                .inventory
                .relation(container, kind, &self.component.reference);
            if let Some((relation, source)) =
                relation.and_then(|relation| Some((relation, relation.source.clone()?)))
            {
                self.notes.push((pointer, relation.evidence, source));
            }
        }
    }

    fn silence(&mut self) {
        for (aspect, field) in &self.component.aspects {
            if let (Some(source), true) = (field.source(), field.is_stated_unknown()) {
                self.property(&format!("{UNKNOWN}{aspect}"), &source.to_string());
            }
        }
        let absent = card::absent(self.component);
        if !absent.is_empty() {
            self.property(ABSENT, &absent.join(","));
        }
    }
}

/// A component that another was made from, by what identifies it.
fn ancestor(inventory: &Inventory, reference: &Reference) -> Json {
    let mut out = Builder::new();
    let Some(component) = inventory.component(reference) else {
        out.put_text("type", type_of(Kind::Model))
            .put_text("name", reference.as_str());
        return out.value();
    };
    out.put_text("type", type_of(component.kind))
        .put("group", component.group.as_str())
        .put_text("name", &component.name)
        .put("purl", component.purl.text().unwrap_or_default());
    if let Some(version) = component.version.text()
        && version.chars().count() <= LONGEST_VERSION
    {
        out.put_text("version", version);
    }
    let hashes = component.hashes.iter().filter_map(|(algorithm, field)| {
        let digits = field.value()?;
        let is_whole = digits.len() == algorithm.digits()
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_whole.then(|| hash(*algorithm, digits))
    });
    out.put("hashes", hashes.collect::<Vec<_>>());
    out.value()
}

/// A dataset that a model learned from: by reference, or by name if it is only mentioned.
fn dataset(inventory: &Inventory, reference: &Reference) -> Json {
    let mut builder = Builder::new();
    match inventory.component(reference) {
        Some(dataset) if dataset.listing == Listing::Ancestor => builder
            .put_text("type", "dataset")
            .put_text("name", &dataset.full_name()),
        _ => builder.put_text("ref", reference.as_str()),
    };
    builder.value()
}

fn hash(algorithm: HashAlgorithm, digits: &str) -> Json {
    let mut builder = Builder::new();
    builder
        .put_text("alg", algorithm.cyclonedx())
        .put_text("content", digits);
    builder.value()
}

fn write_licence(licence: &Licence, is_mixed: bool) -> Json {
    let mut inner = Builder::new();
    let term = licence::classify(&licence.term);
    if term == Term::Expression && !is_mixed && licence.url.is_none() {
        inner
            .put_text("expression", &licence.term)
            .put("acknowledgement", licence.acknowledgement.as_str());
        return inner.value();
    }
    let key = if term == Term::Identifier {
        "id"
    } else {
        "name"
    };
    inner
        .put_text(key, &licence.term)
        .put("acknowledgement", licence.acknowledgement.as_str());
    if let Some(url) = &licence.url {
        inner.put("url", iri::reference(url));
    }
    let mut outer = Builder::new();
    outer.put("license", inner.object());
    outer.value()
}

/// Puts a value at a path of keys, making the objects on the way.
fn insert(object: &mut Object, path: &[&str], value: Json) {
    match path {
        [] => {}
        [key] => {
            object.insert((*key).to_owned(), value);
        }
        [key, rest @ ..] => {
            let inner = object
                .entry(*key)
                .or_insert_with(|| Json::Object(Object::new()));
            if let Json::Object(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
