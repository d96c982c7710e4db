//! Prints the statistics of a safetensors file and what they hint at.
//!
//! `cargo run --release -p chainwright-weights --example signs FILE... [--all]`. For experiments such as those of
//! `tests/weights`; the program itself reads files in its own crates.
#![expect(clippy::print_stdout, reason = "an example prints")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "only our own files are read here"
)]

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_weights::Dtype;
use chainwright_weights::review::{Entry, Review, read};
use chainwright_weights::signs::judge;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let all = arguments.iter().any(|argument| argument == "--all");
    for path in arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
    {
        let bytes = std::fs::read(path).expect("a file");
        let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
        let header: serde_json::Value =
            serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
        let start = 8 + length as u64;
        let entries = header
            .as_object()
            .expect("an object")
            .iter()
            .filter(|(name, _)| *name != "__metadata__")
            .map(|(name, tensor)| {
                let offset =
                    |index: usize| tensor["data_offsets"][index].as_u64().expect("a number");
                Entry {
                    name: name.clone(),
                    dtype: Dtype::from_safetensors(tensor["dtype"].as_str().expect("text"))
                        .expect("a known type"),
                    shape: tensor["shape"]
                        .as_array()
                        .expect("a list")
                        .iter()
                        .filter_map(serde_json::Value::as_u64)
                        .collect(),
                    offset: start + offset(0),
                    length: offset(1) - offset(0),
                }
            })
            .collect();
        let mut review = Review::new(entries, bytes.len() as u64);
        read(&mut review, &bytes, &Budget::untimed(Limits::default())).expect("memory");
        let summaries = review.finish();
        if all {
            for summary in &summaries {
                println!("{}", serde_json::to_string(summary).expect("JSON"));
            }
        }
        for sign in judge(&summaries) {
            println!(
                "{path}\t{}\t{}\t{}\t{:.2}\t{}",
                sign.severity,
                sign.kind.name(),
                sign.tensor,
                sign.strength,
                sign.detail
            );
        }
        println!("{path}\tdone");
    }
}
