//! Bills of materials of any format: read, checked, written again, measured.

#![no_main]

use chainwright_boms::cyclonedx::{self, Edition};
use chainwright_boms::{Standard, diff, measure, merge, read, spdx3};
use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(value) = serde_json::from_slice(data) {
        let _ = cyclonedx::check(&value);
    }
    let limits = Limits::default();
    let Ok((_, inventory)) = read(data, "fuzz", &limits) else {
        return;
    };
    for edition in [Edition::V1_6, Edition::V1_7] {
        let written = cyclonedx::write(&inventory, edition);
        read(&written, "again", &limits).expect("what is written can be read");
    }
    let written = spdx3::write(&inventory);
    read(&written, "again", &limits).expect("what is written can be read");
    let merged = merge(&[inventory.clone(), inventory.clone()]);
    let _ = diff(&inventory, &merged);
    let _ = measure(&merged, Standard::G7);
});
