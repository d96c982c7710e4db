//! One component or vulnerability as an SPDX 3 element.

use serde_json::Value as Json;

use crate::cyclonedx::card;
use crate::cyclonedx::iri;
use crate::cyclonedx::names::{EVIDENCE, UNKNOWN};
use crate::evidence::Field;
use crate::inventory::{Aspect, Component, Energy, Inventory, Kind, Listing, Value, Vulnerability};
use crate::json::Builder;
use crate::spdx3::slots::{DATASET_TYPES, REFERENCES, SLOTS, Shape, purpose};
use crate::time::Timestamp;

/// The element type of a kind.
pub(super) const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Model => "ai_AIPackage",
        Kind::Dataset => "dataset_DatasetPackage",
        Kind::File => "software_File",
        _ => "software_Package",
    }
}

/// A component without its makers, which are elements of their own.
pub(super) fn component(inventory: &Inventory, component: &Component) -> Builder {
    let mut out = Builder::new();
    let mut properties = vec![
        entry("chainwright:reference", component.reference.as_str()),
        entry("chainwright:kind", component.kind.as_str()),
    ];
    if component.listing == Listing::Ancestor {
        properties.push(entry("chainwright:listing", "ancestor"));
    }
    if !component.group.is_empty() {
        properties.push(entry("chainwright:group", &component.group));
    }
    out.put_text("name", &component.full_name())
        .put(
            "description",
            component.description.text().unwrap_or_default(),
        )
        .put("software_copyrightText", component.copyright.clone())
        .put("software_primaryPurpose", purpose(component.kind));
    identity(component, &mut out, &mut properties);
    hashes(component, &mut out);
    references(component, &mut out);
    aspects(component, &mut out, &mut properties);
    for (name, field) in [
        ("version", &component.version),
        ("purl", &component.purl),
        ("description", &component.description),
    ] {
        ground(inventory, name, field, &mut properties);
    }
    ground(inventory, "supplier", &component.supplier, &mut properties);
    for property in &component.properties {
        properties.push(entry(&property.name, &property.value));
    }
    let mut extension = Builder::new();
    extension
        .put("type", "extension_CdxPropertiesExtension")
        .put("extension_cdxProperty", properties);
    out.put("extension", vec![extension.value()]);
    if component.kind == Kind::Model {
        energy(component, &mut out);
    }
    out
}

fn entry(name: &str, value: &str) -> Json {
    let mut out = Builder::new();
    out.put("type", "extension_CdxPropertyEntry")
        .put_text("extension_cdxPropName", name)
        .put_text("extension_cdxPropValue", value);
    out.value()
}

fn ground<T>(inventory: &Inventory, name: &str, field: &Field<T>, properties: &mut Vec<Json>) {
    let origin = &inventory.metadata.origin;
    if let (Some(source), Some(_)) = (field.source(), field.value())
        && (origin.is_empty() || source.file != *origin)
    {
        let text = format!("{} {source}", field.evidence());
        properties.push(entry(&format!("{EVIDENCE}{name}"), &text));
    }
}

fn identity(component: &Component, out: &mut Builder, properties: &mut Vec<Json>) {
    let is_file = component.kind == Kind::File;
    if let Some(version) = component.version.text() {
        if is_file {
            properties.push(entry("chainwright:version", version));
        } else {
            out.put_text("software_packageVersion", version);
        }
    }
    let mut identifiers = Vec::new();
    if let Some(purl) = component.purl.text() {
        if !is_file && purl.starts_with("pkg:") && iri::is_reference(purl) {
            out.put("software_packageUrl", purl);
        } else {
            identifiers.push(identifier("packageUrl", purl));
        }
    }
    if let Some(cpe) = &component.cpe {
        identifiers.push(identifier("cpe23", cpe));
    }
    out.put("externalIdentifier", identifiers);
}

fn identifier(kind: &str, text: &str) -> Json {
    let mut out = Builder::new();
    out.put("type", "ExternalIdentifier")
        .put("externalIdentifierType", kind)
        .put_text("identifier", text);
    out.value()
}

fn hashes(component: &Component, out: &mut Builder) {
    let hashes = component.hashes.iter().filter_map(|(algorithm, field)| {
        let digits = field.value()?;
        let mut hash = Builder::new();
        hash.put("type", "Hash")
            .put("algorithm", algorithm.spdx())
            .put_text("hashValue", digits);
        if let Some(source) = field.source() {
            hash.put("comment", format!("{} {source}", field.evidence()));
        }
        Some(hash.value())
    });
    out.put("verifiedUsing", hashes.collect::<Vec<_>>());
}

fn references(component: &Component, out: &mut Builder) {
    let references = component.references.iter().map(|reference| {
        let kind = REFERENCES
            .iter()
            .find(|(ours, _)| *ours == reference.kind)
            .map_or("other", |(_, theirs)| theirs);
        let mut out = Builder::new();
        out.put("type", "ExternalRef")
            .put("externalRefType", kind)
            .put("locator", vec![reference.url.as_str()])
            .put("comment", reference.comment.as_str());
        out.value()
    });
    out.put("externalRef", references.collect::<Vec<_>>());
}

fn aspects(component: &Component, out: &mut Builder, properties: &mut Vec<Json>) {
    for (aspect, field) in &component.aspects {
        let Some(value) = field.value() else {
            if let Some(source) = field.source() {
                let name = format!("{UNKNOWN}{aspect}");
                properties.push(entry(&name, &source.to_string()));
            }
            continue;
        };
        let slot = SLOTS
            .iter()
            .find(|(kind, each, ..)| *kind == component.kind && each == aspect);
        let is_whole = slot.is_some_and(|(_, _, name, shape)| fill(out, name, *shape, value));
        if !is_whole {
            let name = card::property_name(*aspect);
            for line in card::property_values(value) {
                properties.push(entry(&name, &line));
            }
        }
        if let Some(source) = field.source() {
            let text = format!("{} {source}", field.evidence());
            properties.push(entry(&format!("{EVIDENCE}{aspect}"), &text));
        }
    }
    if component.kind == Kind::Dataset && !out.has("dataset_datasetType") {
        out.put("dataset_datasetType", vec!["noAssertion"]);
    }
}

/// Writes an answer into its property; whether nothing of it was lost.
fn fill(out: &mut Builder, name: &str, shape: Shape, value: &Value) -> bool {
    let lines = value.lines();
    match (shape, value) {
        (Shape::Text, _) => {
            out.put(name, lines.join("\n"));
            lines.len() == 1 && lines.iter().all(|line| !line.is_empty())
        }
        (Shape::Texts, _) => {
            let is_whole = lines.iter().all(|line| !line.is_empty()) && !lines.is_empty();
            out.put(name, lines);
            is_whole
        }
        (Shape::Word(words), _) => match lines.as_slice() {
            [line] if words.contains(&line.as_str()) => {
                out.put(name, line.as_str());
                true
            }
            _ => false,
        },
        (Shape::Words(words), _) => {
            let known: Vec<_> = lines
                .iter()
                .filter(|line| words.contains(&line.as_str()))
                .cloned()
                .collect();
            let is_whole = known.len() == lines.len() && !lines.is_empty();
            let known = if known.is_empty() && words == DATASET_TYPES {
                vec!["other".to_owned()]
            } else {
                known
            };
            out.put(name, known);
            is_whole
        }
        (Shape::Count, Value::Count(count)) => {
            out.put(name, *count);
            true
        }
        (Shape::Count, _) => false,
        (Shape::Entries, Value::Metrics(metrics)) => {
            let entries = metrics
                .iter()
                .map(|metric| pair(&metric.name, &metric.value));
            out.put(name, entries.collect::<Vec<_>>());
            false
        }
        (Shape::Entries, _) => {
            let entries = lines.iter().map(|line| {
                let (key, value) = line.split_once(" = ").unwrap_or((line, ""));
                pair(key, value)
            });
            out.put(name, entries.collect::<Vec<_>>());
            false
        }
        (Shape::Time, _) => {
            let time = lines
                .first()
                .and_then(|line| Timestamp::parse(line))
                .and_then(|time| time.in_utc_seconds());
            let is_whole = time.as_ref() == lines.first();
            out.put(name, time);
            is_whole
        }
    }
}

fn pair(key: &str, value: &str) -> Json {
    let mut out = Builder::new();
    out.put("type", "DictionaryEntry")
        .put_text("key", key)
        .put("value", value);
    out.value()
}

fn energy(component: &Component, out: &mut Builder) {
    let Some(Value::Energy(uses)) = component
        .aspect(Aspect::Energy)
        .and_then(|field| field.value())
    else {
        return;
    };
    let of = |activity: &str| -> Vec<Json> {
        let describe = |each: &Energy| {
            let mut out = Builder::new();
            out.put("type", "ai_EnergyConsumptionDescription")
                .put("ai_energyQuantity", each.kilowatt_hours.amount())
                .put("ai_energyUnit", "kilowattHour");
            out.value()
        };
        uses.iter()
            .filter(|each| each.activity == activity)
            .map(describe)
            .collect()
    };
    let mut consumption = Builder::new();
    consumption
        .put("ai_trainingEnergyConsumption", of("training"))
        .put("ai_finetuningEnergyConsumption", of("fine-tuning"))
        .put("ai_inferenceEnergyConsumption", of("inference"));
    let mut object = consumption.object();
    if !object.is_empty() {
        object.insert("type".to_owned(), Json::from("ai_EnergyConsumption"));
        out.put("ai_energyConsumption", object);
    }
}

/// A vulnerability.
pub(super) fn vulnerability(vulnerability: &Vulnerability) -> Builder {
    let mut out = Builder::new();
    let time = |time: &Option<Timestamp>| time.as_ref().and_then(Timestamp::in_utc_seconds);
    let names = std::iter::once(&vulnerability.id).chain(&vulnerability.aliases);
    let identifiers = names.map(|name| {
        let kind = if name.starts_with("CVE-") {
            "cve"
        } else {
            "securityOther"
        };
        identifier(kind, name)
    });
    out.put_text("name", &vulnerability.id)
        .put("description", vulnerability.description.as_str())
        .put("security_publishedTime", time(&vulnerability.published))
        .put("security_modifiedTime", time(&vulnerability.updated))
        .put("externalIdentifier", identifiers.collect::<Vec<_>>());
    out
}

/// The justification of SPDX for one of CycloneDX.
pub(super) fn justification(name: &str) -> Option<&'static str> {
    Some(match name {
        "code_not_present" => "vulnerableCodeNotPresent",
        "code_not_reachable" => "vulnerableCodeNotInExecutePath",
        "protected_by_compiler"
        | "protected_at_runtime"
        | "protected_at_perimeter"
        | "protected_by_mitigating_control" => "inlineMitigationsAlreadyExist",
        _ => return None,
    })
}
