//! The labelled corpus, judged as the labels say.

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::severity::Severity;
use chainwright_testkit::corpus::{Label, adapters};
use chainwright_weights::{Dtype, Tensor};
use serde_json::Value;

use crate::{AdapterInput, review};

/// The tensors of a sound safetensors file.
fn read(bytes: &[u8]) -> Vec<Tensor> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("header");
    let entries = header.as_object().expect("object").iter();
    entries
        .filter(|(name, _)| *name != "__metadata__")
        .map(|(name, entry)| {
            let numbers = |key: &str| -> Vec<u64> {
                let items = entry[key].as_array().expect("numbers").iter();
                items.map(|each| each.as_u64().expect("number")).collect()
            };
            let offsets = numbers("data_offsets");
            let data = &bytes[8 + length..];
            Tensor {
                name: name.clone(),
                dtype: Dtype::from_safetensors(entry["dtype"].as_str().expect("type"))
                    .expect("known"),
                shape: numbers("shape"),
                bytes: Arc::new(data[offsets[0] as usize..offsets[1] as usize].to_vec()),
            }
        })
        .collect()
}

#[test]
fn every_case_is_judged_as_labelled() {
    let mut wrong = Vec::new();
    for case in adapters::cases() {
        let find = |name: &str| {
            case.files
                .iter()
                .find(|(file, _)| file == name)
                .map(|(_, bytes)| bytes)
        };
        let tensors = read(find(&case.subject).expect("subject"));
        let config =
            find("adapter_config.json").map(|bytes| serde_json::from_slice(bytes).expect("JSON"));
        let files: Vec<String> = case.files.iter().map(|(name, _)| name.clone()).collect();
        let input = AdapterInput {
            config: config.as_ref(),
            tensors: &tensors,
            base: None,
            files: &files,
        };
        let facts = review(&input, &Budget::untimed(Limits::default()));
        let is_reported = facts.severity() >= Some(Severity::Medium);
        if is_reported != (case.label == Label::Malicious) {
            wrong.push(format!("{}/{}: {:?}", case.class, case.name, facts.signs));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
