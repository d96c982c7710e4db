//! Writes generated bills of materials into a folder, for checking them with other people's tools.
//!
//! `cargo run -p chainwright-boms --example bom_samples -- FOLDER [COUNT]`

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "an example that writes files, sharing its samples with the tests"
)]

#[path = "../tests/it/generate.rs"]
mod generate;

use std::fs;
use std::path::Path;

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::spdx3;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let count = arguments
        .next()
        .map_or(200, |count| count.parse().expect("a number"));
    let folder = Path::new(&folder);
    fs::create_dir_all(folder).unwrap();
    let rich = std::iter::once(("rich".to_owned(), generate::rich()));
    let generated = (0..count).map(|seed| {
        let size = usize::try_from(seed).unwrap() % 12 + 1;
        (format!("{seed:04}"), generate::inventory(seed, size))
    });
    for (name, inventory) in rich.chain(generated) {
        for (edition, label) in [(Edition::V1_6, "1.6"), (Edition::V1_7, "1.7")] {
            let bytes = cyclonedx::write(&inventory, edition);
            fs::write(folder.join(format!("{name}.cdx-{label}.json")), bytes).unwrap();
        }
        let bytes = spdx3::write(&inventory);
        fs::write(folder.join(format!("{name}.spdx3.json")), bytes).unwrap();
    }
}
