//! How long the bill of materials of a model repository with many files takes.
//!
//! `cargo run --release -p chainwright-boms --example bom_bench -- [FILES]`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example that measures and prints"
)]

use std::time::Instant;

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::inventory::{Component, HashAlgorithm, Kind, Relation, RelationKind};
use chainwright_boms::{Evidence, Inventory, Source, Standard, diff, measure, merge, read, spdx3};
use chainwright_core::limits::Limits;

fn main() {
    let files = std::env::args()
        .nth(1)
        .map_or(5000, |count| count.parse().expect("a number"));
    let inventory = timed("inventory", || repository(files));
    let cyclonedx = timed("write CycloneDX 1.7", || {
        cyclonedx::write(&inventory, Edition::V1_7)
    });
    let _ = timed("write CycloneDX 1.6", || {
        cyclonedx::write(&inventory, Edition::V1_6)
    });
    let spdx = timed("write SPDX 3.0.1", || spdx3::write(&inventory));
    println!(
        "{:>24} {} bytes CycloneDX, {} bytes SPDX",
        "",
        cyclonedx.len(),
        spdx.len()
    );
    let limits = Limits::default();
    let (_, again) = timed("read CycloneDX", || {
        read(&cyclonedx, "bom.json", &limits).expect("our own document")
    });
    let _ = timed("read SPDX", || {
        read(&spdx, "bom.json", &limits).expect("our own document")
    });
    let value = serde_json::from_slice(&cyclonedx).expect("our own document");
    let violations = timed("check", || cyclonedx::check(&value));
    let _ = timed("diff", || diff(&inventory, &again));
    let _ = timed("merge", || merge(&[inventory.clone(), again.clone()]));
    let result = timed("completeness", || measure(&inventory, Standard::G7));
    println!(
        "{:>24} {} violations, score {}",
        "",
        violations.len(),
        result.score()
    );
}

fn timed<T>(label: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    println!(
        "{label:>24} {:8.1} ms",
        start.elapsed().as_secs_f64() * 1000.0
    );
    result
}

fn repository(files: usize) -> Inventory {
    let mut inventory = Inventory::default();
    let mut model = Component::new(Kind::Model, "acme/large");
    model.hash(HashAlgorithm::Sha256, "ab".repeat(32), Source::file("."));
    let model = inventory.add(model);
    for index in 0..files {
        let path = format!("shards/{:03}/model-{index:05}.safetensors", index / 100);
        let mut file = Component::new(Kind::File, path.clone());
        let source = Source::file(path);
        file.hash(
            HashAlgorithm::Sha256,
            format!("{index:064x}"),
            source.clone(),
        );
        file.hash(
            HashAlgorithm::Blake3,
            format!("{index:064x}"),
            source.clone(),
        );
        let file = inventory.add(file);
        inventory.relate(Relation::known(
            model.clone(),
            RelationKind::Contains,
            file,
            Evidence::Verified,
            source,
        ));
    }
    inventory.metadata.subject = Some(model);
    inventory
}
