//! Counts disagreements in folders of honest models, and after tampering with them.
//!
//! `cargo run -p chainwright-architecture --example tamper -- DIR [--list]` with the folders of
//! `tests/architecture/make_models.py`. Nothing is written: tampering happens to what was read.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for people that measures the crate"
)]

use std::collections::BTreeMap;
use std::path::Path;

use chainwright_architecture::{Declared, Model, TensorEntry, TokenizerClaims, check};
use chainwright_core::limits::Limits;
use chainwright_repository::config;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let lists = arguments.next().is_some();
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut honest = BTreeMap::new();
    let mut folders: Vec<_> = std::fs::read_dir(&folder)
        .expect("readable")
        .flatten()
        .collect();
    folders.sort_by_key(std::fs::DirEntry::path);
    for entry in folders {
        let Some((declared, tensors)) = read(&entry.path()) else {
            continue;
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        for (tampering, (declared, tensors, tokenizer)) in variants(&declared, &tensors) {
            let model = Model {
                declared: &declared,
                tensors: &tensors,
                index: None,
                tokenizer: Some(&tokenizer),
            };
            let facts = check(&model);
            let (seen, all) = counts.entry(tampering).or_default();
            *all += 1;
            *seen += usize::from(!facts.disagreements.is_empty());
            if tampering == "honest" {
                for each in &facts.disagreements {
                    *honest.entry(each.kind).or_insert(0) += 1;
                    if lists {
                        println!("{name}\t{:?}\t{}\t{}", each.kind, each.tensor, each.detail);
                    }
                }
            } else if lists && facts.disagreements.is_empty() {
                println!("{name}\tmissed\t{tampering}");
            }
        }
    }
    for (tampering, (seen, all)) in counts {
        eprintln!("{tampering}: {seen} of {all}");
    }
    eprintln!("{honest:?}");
}

fn read(folder: &Path) -> Option<(Declared, Vec<TensorEntry>)> {
    use std::io::Read as _;
    let text = std::fs::read_to_string(folder.join("config.json")).ok()?;
    let facts = config::inspect("config.json", &text, &Limits::default());
    let declared = facts.iter().find_map(|facts| match &facts.details {
        config::Details::Model(details) => Some(Declared::of(details)),
        _ => None,
    })?;
    let mut file = std::fs::File::open(folder.join("model.safetensors")).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let mut header = vec![0; usize::try_from(u64::from_le_bytes(length)).ok()?];
    file.read_exact(&mut header).ok()?;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&header).ok()?;
    let tensors = header
        .into_iter()
        .filter(|(name, _)| name != "__metadata__");
    let entry = |(name, value): (String, serde_json::Value)| TensorEntry {
        name,
        shape: value["shape"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_u64)
            .collect(),
        is_float: value["dtype"]
            .as_str()
            .is_some_and(|dtype| dtype.contains('F')),
        bytes: 0,
    };
    Some((declared, tensors.map(entry).collect()))
}

type Variant = (Declared, Vec<TensorEntry>, TokenizerClaims);

const LAYER_KEYS: [&str; 4] = ["/num_hidden_layers", "/n_layer", "/n_layers", "/num_layers"];
const WIDTH_KEYS: [&str; 4] = ["/hidden_size", "/n_embd", "/d_model", "/dim"];

/// The honest model, and what an attacker or an accident makes of it.
fn variants(declared: &Declared, tensors: &[TensorEntry]) -> Vec<(&'static str, Variant)> {
    let none = TokenizerClaims::default();
    let vocabulary = find(declared, &["/vocab_size"]);
    let within = |ids: u64| TokenizerClaims {
        largest_word: Some(ids),
        added: vec![],
    };
    let has_rows = |size: &u64| {
        tensors
            .iter()
            .any(|tensor| tensor.shape.first() == Some(size))
    };
    let honest = vocabulary
        .filter(has_rows)
        .map_or_else(|| none.clone(), |size| within(size.saturating_sub(1)));
    let mut all = vec![("honest", (declared.clone(), tensors.to_vec(), honest))];
    let foreign = |name: &str| {
        let shape = vec![513, 1024];
        let mut tensors = tensors.to_vec();
        tensors.push(TensorEntry {
            name: name.to_owned(),
            shape,
            is_float: true,
            bytes: 0,
        });
        tensors
    };
    all.push((
        "foreign at the top",
        (
            declared.clone(),
            foreign("extra_state.payload"),
            none.clone(),
        ),
    ));
    all.push((
        "foreign among modules",
        (
            declared.clone(),
            foreign("model.cache.weight"),
            none.clone(),
        ),
    ));
    if let Some(stack) = stack(tensors) {
        let (prefix, count) = stack;
        if count >= 5 {
            let name = format!("{prefix}.{}.adapter_gate.weight", count / 2);
            all.push((
                "foreign in one layer",
                (declared.clone(), foreign(&name), none.clone()),
            ));
        }
        let of = |name: &str, layer: u64| name.starts_with(&format!("{prefix}.{layer}."));
        if find(declared, &LAYER_KEYS).is_some() && count >= 2 {
            let without = |layer| {
                tensors
                    .iter()
                    .filter(|tensor| !of(&tensor.name, layer))
                    .cloned()
                    .collect::<Vec<_>>()
            };
            all.push((
                "last layer dropped",
                (declared.clone(), without(count - 1), none.clone()),
            ));
            if count >= 3 {
                all.push((
                    "inner layer dropped",
                    (declared.clone(), without(count / 2), none.clone()),
                ));
            }
            let mut more = tensors.to_vec();
            more.extend(
                tensors
                    .iter()
                    .filter(|tensor| of(&tensor.name, count - 1))
                    .cloned()
                    .map(|mut tensor| {
                        let old = format!("{prefix}.{}.", count - 1);
                        tensor.name = tensor.name.replacen(&old, &format!("{prefix}.{count}."), 1);
                        tensor
                    }),
            );
            all.push(("layer beyond", (declared.clone(), more, none.clone())));
        }
    }
    let with = |keys: &[&str], change: &dyn Fn(u64) -> u64| {
        let mut declared = declared.clone();
        for (pointer, number) in &mut declared.numbers {
            if keys.contains(&pointer.as_str()) {
                *number = change(*number);
            }
        }
        declared
    };
    if find(declared, &WIDTH_KEYS).is_some() {
        let change = |width| width / 2 + width / 8 + 8;
        all.push((
            "other width",
            (with(&WIDTH_KEYS, &change), tensors.to_vec(), none.clone()),
        ));
    }
    if let Some(size) = vocabulary.filter(|size| {
        tensors
            .iter()
            .any(|t| t.shape.len() == 2 && t.shape[0] == *size)
    }) {
        all.push((
            "smaller vocabulary",
            (
                with(&["/vocab_size"], &|size: u64| size.saturating_sub(37)),
                tensors.to_vec(),
                none.clone(),
            ),
        ));
        all.push((
            "larger vocabulary",
            (
                with(&["/vocab_size"], &|size| size + 41),
                tensors.to_vec(),
                none,
            ),
        ));
        all.push((
            "tokenizer beyond",
            (declared.clone(), tensors.to_vec(), within(size + 200)),
        ));
    }
    all
}

fn find(declared: &Declared, keys: &[&str]) -> Option<u64> {
    let numbers = declared.numbers.iter();
    numbers
        .filter(|(pointer, _)| keys.contains(&pointer.as_str()))
        .map(|(_, number)| *number)
        .next()
}

/// The largest stack of layers, by counting names.
fn stack(tensors: &[TensorEntry]) -> Option<(String, u64)> {
    let mut stacks: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for tensor in tensors {
        let parts: Vec<&str> = tensor.name.split('.').collect();
        let Some(at) = parts.iter().position(|part| part.parse::<u64>().is_ok()) else {
            continue;
        };
        let at = at.max(1);
        if let Some(index) = parts.get(at).and_then(|part| part.parse::<u64>().ok()) {
            let (elements, count) = stacks.entry(parts[..at].join(".")).or_default();
            *elements += tensor.elements();
            *count = (*count).max(index + 1);
        }
    }
    let largest = stacks
        .into_iter()
        .max_by_key(|(_, (elements, _))| *elements)?;
    Some((largest.0, largest.1.1))
}
