//! Croissant 1.0 and 1.1: datasets as JSON-LD, with the responsible-AI vocabulary and a digest for every file.
//!
//! Read only. Terms are known by their prefix or without it; the context is not resolved, since that would need the
//! network.

use chainwright_core::location::Place;
use serde_json::Value as Json;

use crate::evidence::{Evidence, Field, Source};
use crate::inventory::{
    Aspect, Component, ExternalReference, HashAlgorithm, Inventory, Kind, Licence, Party, Relation,
    RelationKind, Value,
};
use crate::json::{self, Object};
use crate::read::ReadError;

/// The terms that answer a question about the dataset as a whole, with their namespace left out.
const TERMS: &[(&str, Aspect)] = &[
    ("dataCollection", Aspect::Collection),
    ("dataCollectionType", Aspect::Collection),
    ("dataCollectionRawData", Aspect::Provenance),
    ("wasDerivedFrom", Aspect::Provenance),
    ("isBasedOn", Aspect::Provenance),
    ("dataImputationProtocol", Aspect::Preprocessing),
    ("dataManipulationProtocol", Aspect::Preprocessing),
    ("dataPreprocessingProtocol", Aspect::Preprocessing),
    ("dataAnnotationProtocol", Aspect::Annotation),
    ("dataAnnotationPlatform", Aspect::Annotation),
    ("dataAnnotationAnalysis", Aspect::Annotation),
    ("machineAnnotationTools", Aspect::Tools),
    ("annotationsPerItem", Aspect::Annotation),
    ("annotatorDemographics", Aspect::Annotation),
    ("dataUseCases", Aspect::IntendedUse),
    ("dataSocialImpact", Aspect::Tradeoffs),
    ("dataBiases", Aspect::Bias),
    ("dataLimitations", Aspect::Limitations),
    ("personalSensitiveInformation", Aspect::Sensitivity),
    ("inLanguage", Aspect::Languages),
    ("datePublished", Aspect::Released),
    ("dateCreated", Aspect::Built),
    ("description", Aspect::Contents),
    ("dataReleaseMaintenancePlan", Aspect::Updates),
];

/// Whether the object is a Croissant dataset.
pub(crate) fn is_document(object: &Object) -> bool {
    let is_dataset = types(object).iter().any(|name| name == "Dataset");
    let conforms = texts(object, "conformsTo")
        .iter()
        .any(|uri| uri.contains("mlcommons.org/croissant"));
    let context = object.get("@context").is_some_and(|context| {
        let uses = |text: &str| text.contains("mlcommons.org/croissant");
        match context {
            Json::String(text) => uses(text),
            Json::Object(terms) => terms.values().filter_map(Json::as_str).any(uses),
            Json::Array(items) => items.iter().any(|item| match item {
                Json::String(text) => uses(text),
                Json::Object(terms) => terms.values().filter_map(Json::as_str).any(uses),
                _ => false,
            }),
            _ => false,
        }
    });
    is_dataset && (conforms || context)
}

/// Reads a dataset; `origin` names the document as the source of what it declares.
///
/// # Errors
/// When it is no Croissant document.
pub fn from_value(document: &Json, origin: &str) -> Result<Inventory, ReadError> {
    let document = document.as_object().ok_or(ReadError::UnknownFormat)?;
    if !is_document(document) {
        return Err(ReadError::UnknownFormat);
    }
    let source = |key: &str| Source::at(origin, Place::Pointer(format!("/{key}")));
    let mut inventory = Inventory::default();
    let version = texts(document, "conformsTo")
        .iter()
        .find_map(|uri| uri.rsplit('/').next().map(str::to_owned))
        .unwrap_or_else(|| "1.0".to_owned());
    inventory.metadata.format = format!("Croissant {version}");
    inventory.metadata.origin = origin.to_owned();
    let dataset = dataset(document, &source);
    let dataset = inventory.add(dataset);
    for (index, file) in objects(document, "distribution").enumerate() {
        let place = format!("distribution/{index}");
        if !types(file).iter().any(|name| name == "FileObject") {
            continue;
        }
        let file = file_object(file, &source(&place));
        let file = inventory.add(file);
        inventory.relate(Relation::known(
            dataset.clone(),
            RelationKind::Contains,
            file,
            Evidence::Declared,
            source(&place),
        ));
    }
    inventory.metadata.subject = Some(dataset);
    Ok(inventory)
}

fn dataset(document: &Object, source: &impl Fn(&str) -> Source) -> Component {
    let mut component = Component::new(Kind::Dataset, first(document, "name").unwrap_or_default());
    let stated = |key: &str| {
        first(document, key).map_or_else(Field::absent, |text| Field::declared(text, source(key)))
    };
    component.version = stated("version");
    component.description = stated("description");
    let creators = parties(document, "creator");
    component.supplier = ["publisher", "creator"]
        .into_iter()
        .find_map(|key| {
            Some(Field::declared(
                parties(document, key).into_iter().next()?,
                source(key),
            ))
        })
        .unwrap_or_default();
    component.authors = creators;
    for term in texts(document, "license") {
        component
            .licences
            .push(Licence::declared(licence(&term), source("license")));
    }
    for (key, kind) in [
        ("url", "website"),
        ("sameAs", "website"),
        ("citeAs", "citation"),
    ] {
        for url in texts(document, key) {
            component.references.insert(ExternalReference {
                kind: kind.to_owned(),
                url,
                comment: String::new(),
            });
        }
    }
    let mut lines: std::collections::BTreeMap<Aspect, (Vec<String>, &str)> =
        std::collections::BTreeMap::new();
    for (term, aspect) in TERMS {
        let texts = texts(document, term);
        if !texts.is_empty() {
            let entry = lines.entry(*aspect).or_insert((Vec::new(), term));
            entry.0.extend(texts);
        }
    }
    for (aspect, (lines, term)) in lines {
        if let Some(value) = Value::from_lines(aspect.form(), lines) {
            component.state(aspect, Field::declared(value, source(term)));
        }
    }
    size(document, &mut component, source);
    types_of_data(document, &mut component, source);
    component
}

/// The bytes of all files, if every one of them says its size in a form that is understood.
fn size(document: &Object, component: &mut Component, source: &impl Fn(&str) -> Source) {
    let mut total = 0_u64;
    let mut count = 0_usize;
    for file in objects(document, "distribution") {
        if !types(file).iter().any(|name| name == "FileObject") || file.contains_key("containedIn")
        {
            continue;
        }
        let Some(bytes) = first(file, "contentSize").and_then(|text| parse_size(&text)) else {
            return;
        };
        total = total.saturating_add(bytes);
        count = count.saturating_add(1);
    }
    if count > 0 {
        let field = Field::inferred(Value::Count(total), source("distribution"));
        component.state(Aspect::Size, field);
    }
}

/// The kinds of data by the types of the fields of the records.
fn types_of_data(document: &Object, component: &mut Component, source: &impl Fn(&str) -> Source) {
    let mut found = std::collections::BTreeSet::new();
    for records in objects(document, "recordSet") {
        for field in objects(records, "field") {
            for name in texts(field, "dataType") {
                let name = name.rsplit([':', '/', '#']).next().unwrap_or_default();
                found.insert(match name {
                    "Text" => "text",
                    "ImageObject" | "BoundingBox" => "image",
                    "AudioObject" => "audio",
                    "VideoObject" => "video",
                    "Integer" | "Float" | "Number" | "Int64" | "Float32" | "Float64" => "numeric",
                    "Date" | "DateTime" | "Time" => "timestamp",
                    "Boolean" | "Enumeration" | "Label" => "categorical",
                    _ => continue,
                });
            }
        }
    }
    if !found.is_empty() {
        let field = Field::inferred(Value::list(found), source("recordSet"));
        component.state(Aspect::DatasetTypes, field);
    }
}

fn file_object(object: &Object, source: &Source) -> Component {
    let name = first(object, "name")
        .or_else(|| first(object, "@id"))
        .unwrap_or_default();
    let mut component = Component::new(Kind::File, name);
    for (key, algorithm) in [
        ("sha256", HashAlgorithm::Sha256),
        ("md5", HashAlgorithm::Md5),
    ] {
        let digits = first(object, key).map(|digits| digits.to_ascii_lowercase());
        let is_digest = |digits: &String| {
            digits.len() == algorithm.digits()
                && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        if let Some(digits) = digits.filter(is_digest) {
            let field = Field::declared(digits, source.clone());
            component.hashes.insert(algorithm, field);
        }
    }
    if let Some(url) = first(object, "contentUrl") {
        component.references.insert(ExternalReference {
            kind: "distribution".to_owned(),
            url,
            comment: String::new(),
        });
    }
    if let Some(bytes) = first(object, "contentSize").and_then(|text| parse_size(&text)) {
        let field = Field::declared(Value::Count(bytes), source.clone());
        component.state(Aspect::Size, field);
    }
    if let Some(format) = first(object, "encodingFormat") {
        let field = Field::declared(Value::list([format]), source.clone());
        component.state(Aspect::Formats, field);
    }
    component
}

/// `117743037 B`, `12.5 MB`, `3`: bytes.
fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text
        .find(|each: char| !each.is_ascii_digit() && each != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let factor: u64 = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" | "BYTES" => 1,
        "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KIB" => 1024,
        "MIB" => 1_048_576,
        "GIB" => 1_073_741_824,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    let fraction: String = fraction.chars().take(6).collect();
    let tail = if fraction.is_empty() {
        0
    } else {
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let part: u64 = fraction.parse().ok()?;
        part.checked_mul(factor)?.checked_div(scale)?
    };
    whole.checked_mul(factor)?.checked_add(tail)
}

/// The SPDX identifier behind a licence URL, or the text as it is.
fn licence(text: &str) -> String {
    let plain = text
        .trim_end_matches('/')
        .trim_end_matches("/legalcode")
        .trim_end_matches(".html")
        .trim_end_matches(".txt");
    if let Some(rest) = plain
        .split_once("creativecommons.org/licenses/")
        .map(|(_, rest)| rest)
    {
        let mut parts = rest.split('/');
        if let (Some(kind), Some(version)) = (parts.next(), parts.next()) {
            let id = format!("CC-{}-{version}", kind.to_ascii_uppercase());
            if crate::licence::is_listed(&id) {
                return id;
            }
        }
    }
    if plain.contains("creativecommons.org/publicdomain/zero/1.0") {
        return "CC0-1.0".to_owned();
    }
    let last = plain.rsplit('/').next().unwrap_or(plain);
    let is_spdx =
        plain.contains("spdx.org/licenses/") || plain.contains("opensource.org/licenses/");
    if is_spdx && crate::licence::is_listed(last) {
        return last.to_owned();
    }
    text.to_owned()
}

/// The local name of a term or type: what follows the last `:`, `/` or `#`.
fn local(name: &str) -> &str {
    name.rsplit([':', '/', '#']).next().unwrap_or(name)
}

fn types(object: &Object) -> Vec<String> {
    json::texts(object, "@type")
        .iter()
        .map(|name| local(name).to_owned())
        .collect()
}

/// The value of a term, with or without a prefix.
fn value<'o>(object: &'o Object, term: &str) -> Option<&'o Json> {
    object.get(term).or_else(|| {
        object
            .iter()
            .find(|(key, _)| !key.starts_with('@') && local(key) == term)
            .map(|(_, value)| value)
    })
}

/// The texts of a term: plain, in `@value`, or as names or identifiers of nodes.
fn texts(object: &Object, term: &str) -> Vec<String> {
    let one = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Object(node) => ["@value", "name", "url", "@id"]
            .into_iter()
            .find_map(|key| json::text(node, key))
            .map(str::to_owned),
        _ => None,
    };
    match value(object, term) {
        Some(Json::Array(items)) => items.iter().filter_map(one).collect(),
        Some(single) => one(single).into_iter().collect(),
        None => Vec::new(),
    }
}

fn first(object: &Object, term: &str) -> Option<String> {
    texts(object, term).into_iter().next()
}

fn objects<'o>(object: &'o Object, term: &str) -> impl Iterator<Item = &'o Object> {
    let items: Vec<&Object> = match value(object, term) {
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_object).collect(),
        Some(Json::Object(single)) => vec![single],
        _ => Vec::new(),
    };
    items.into_iter()
}

fn parties(object: &Object, term: &str) -> Vec<Party> {
    let nodes: Vec<_> = objects(object, term).collect();
    if nodes.is_empty() {
        return texts(object, term)
            .into_iter()
            .map(Party::organisation)
            .collect();
    }
    nodes
        .into_iter()
        .map(|node| Party {
            name: first(node, "name").unwrap_or_default(),
            urls: texts(node, "url"),
            email: first(node, "email"),
            is_person: types(node).iter().any(|name| name == "Person"),
        })
        .collect()
}
