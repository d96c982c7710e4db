//! The documents and schemas of the CycloneDX project, where they are at hand.

use std::fs;
use std::path::PathBuf;

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::schema::Schemas;
use chainwright_core::limits::Limits;
use serde_json::Value;

use crate::generate;

fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("CHAINWRIGHT_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = data.join("cyclonedx");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!(
        "skipped: no public CycloneDX documents in {}",
        folder.display()
    );
    None
}

fn schemas(folder: &std::path::Path) -> Schemas {
    let files: Vec<_> = fs::read_dir(folder.join("schema"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    Schemas::new(&files, &Limits::default()).unwrap()
}

/// Every document with its name, and whether it is meant to be valid.
fn documents(folder: &std::path::Path) -> Vec<(String, bool, Value)> {
    let mut documents = Vec::new();
    for version in ["1.5", "1.7"] {
        for entry in fs::read_dir(folder.join(version)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            documents.push((name.clone(), name.starts_with("valid"), value));
        }
    }
    assert_eq!(documents.len(), 148);
    documents
}

#[test]
fn our_check_and_the_schemas_agree_on_every_public_document() {
    let Some(folder) = folder() else { return };
    let schemas = schemas(&folder);
    let mut wrong = Vec::new();
    for (name, is_valid, document) in documents(&folder) {
        let ours: Vec<_> = cyclonedx::check(&document)
            .into_iter()
            .filter(|violation| violation.is_structural)
            .collect();
        let theirs = schemas.check(&document).unwrap();
        if ours.is_empty() != is_valid || theirs.is_empty() != is_valid {
            wrong.push(format!("{name}: ours {ours:?} theirs {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_we_write_passes_our_check_and_the_schemas() {
    let Some(folder) = folder() else { return };
    let schemas = schemas(&folder);
    let generated = (0..200).map(|seed| generate::inventory(seed, 1 + seed as usize % 12));
    for (index, inventory) in std::iter::once(generate::rich())
        .chain(generated)
        .enumerate()
    {
        for edition in [Edition::V1_6, Edition::V1_7] {
            let document = cyclonedx::to_value(&inventory, edition);
            let theirs = schemas.check(&document).unwrap();
            assert!(theirs.is_empty(), "{index} {edition:?}: {theirs:?}");
            let ours: Vec<_> = cyclonedx::check(&document)
                .into_iter()
                .filter(|violation| violation.is_structural)
                .collect();
            assert!(ours.is_empty(), "{index} {edition:?}: {ours:?}");
        }
    }
}

#[test]
fn public_documents_survive_being_read_and_written() {
    let Some(folder) = folder() else { return };
    for (name, is_valid, document) in documents(&folder) {
        if !is_valid {
            continue;
        }
        let inventory = cyclonedx::from_value(&document, &name).unwrap();
        let edition = Edition::V1_7;
        let written = cyclonedx::to_value(&inventory, edition);
        for (key, value) in document.as_object().unwrap() {
            if matches!(
                key.as_str(),
                "$schema" | "specVersion" | "serialNumber" | "version"
            ) {
                continue;
            }
            let found = written.get(key).unwrap_or(&Value::Null);
            assert!(is_within(value, found), "{name} {key}:\n{value}\n{found}");
        }
    }
}

/// Whether everything of the first stands in the second, which may hold more.
fn is_within(less: &Value, more: &Value) -> bool {
    match (less, more) {
        (Value::Object(less), Value::Object(more)) => less
            .iter()
            .all(|(key, value)| more.get(key).is_some_and(|other| is_within(value, other))),
        (Value::Array(less), Value::Array(more)) => {
            less.len() <= more.len()
                && less
                    .iter()
                    .zip(more)
                    .all(|(left, right)| is_within(left, right))
        }
        _ => less == more,
    }
}

#[test]
fn identifiers_that_are_written_are_known_to_the_schemas() {
    let Some(folder) = folder() else { return };
    let list: Value =
        serde_json::from_slice(&fs::read(folder.join("schema/spdx.schema.json")).unwrap()).unwrap();
    let known: Vec<&str> = list["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap())
        .collect();
    let unknown: Vec<_> = known
        .iter()
        .filter(|id| !chainwright_boms::licence::is_listed(id))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let young: Vec<_> = chainwright_boms::licence::identifiers()
        .filter(|id| {
            chainwright_boms::licence::classify(id) == chainwright_boms::licence::Term::Identifier
        })
        .filter(|id| !known.contains(id))
        .collect();
    assert!(young.is_empty(), "{young:?}");
}

/// Changes one place of a document: takes a key away, adds one, or puts something else there.
fn damage(value: &mut Value, dice: &mut generate::Dice, depth: usize) {
    let stop = dice.next().is_multiple_of(4) || depth > 12;
    let pick = |dice: &mut generate::Dice, length: usize| (dice.next() % length as u64) as usize;
    match value {
        Value::Object(object) if !object.is_empty() => {
            let key = object.keys().nth(pick(dice, object.len())).unwrap().clone();
            if !stop {
                return damage(object.get_mut(&key).unwrap(), dice, depth + 1);
            }
            match dice.next() % 4 {
                0 => drop(object.remove(&key)),
                1 => drop(object.insert("surprise".to_owned(), Value::from(1))),
                _ => drop(object.insert(key, other_value(dice))),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let index = pick(dice, items.len());
            if !stop {
                return damage(&mut items[index], dice, depth + 1);
            }
            if dice.next().is_multiple_of(2) {
                items[index] = other_value(dice);
            } else {
                let copy = items[index].clone();
                items.push(copy);
            }
        }
        other => *other = other_value(dice),
    }
}

fn other_value(dice: &mut generate::Dice) -> Value {
    let texts = [
        "",
        "x",
        "a b",
        "http://[x",
        "2020-01-01",
        "2026-01-01T00:00:00Z",
        "a@b",
        "MIT",
        "urn:uuid:1",
    ];
    match dice.next() % 8 {
        0 => Value::Null,
        1 => Value::from(-1),
        2 => Value::from(1.5),
        3 => Value::Bool(true),
        4 => Value::Array(Vec::new()),
        5 => Value::Object(serde_json::Map::new()),
        _ => Value::from(texts[(dice.next() % texts.len() as u64) as usize]),
    }
}

#[test]
fn our_check_and_the_schemas_agree_on_damaged_documents() {
    let Some(folder) = folder() else { return };
    let schemas = schemas(&folder);
    let mut seeds = documents(&folder);
    seeds.retain(|(_, is_valid, document)| *is_valid && document.to_string().len() < 30_000);
    let rich = cyclonedx::to_value(&generate::rich(), Edition::V1_6);
    seeds.extend((0..10).map(|_| ("rich".to_owned(), true, rich.clone())));
    let mut dice = generate::Dice::new(11);
    let mut wrong = Vec::new();
    let mut refused = 0;
    for (name, _, document) in &seeds {
        for _ in 0..40 {
            let mut damaged = document.clone();
            damage(&mut damaged, &mut dice, 0);
            let Ok(theirs) = schemas.check(&damaged) else {
                continue;
            };
            let ours: Vec<_> = cyclonedx::check(&damaged)
                .into_iter()
                .filter(|violation| violation.is_structural)
                // The schemas ask for a mail address, but the library passes over that format.
                .filter(|violation| violation.message != "no mail address")
                .collect();
            refused += usize::from(!theirs.is_empty());
            if ours.is_empty() != theirs.is_empty() {
                let places = ours.iter().chain(&theirs);
                let values: Vec<_> = places.map(|each| damaged.pointer(&each.pointer)).collect();
                wrong.push(format!(
                    "{name}: ours {ours:?} theirs {theirs:?} values {values:?}"
                ));
            }
        }
    }
    assert!(refused > 1000, "{refused}");
    assert!(
        wrong.is_empty(),
        "{} of {}: {wrong:#?}",
        wrong.len(),
        seeds.len() * 40
    );
}
