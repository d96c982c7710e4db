//! Signed statements of models: read, held against nothing, written again.

#![no_main]

use chainwright_oms::{Present, compare, read_statement, write_statement};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(signed) = read_statement(data) else {
        return;
    };
    let found = compare(&signed.manifest, &Present::default(), false);
    assert!(!found.differences.is_empty(), "what is signed is missing");
    let written = write_statement(&signed.manifest);
    let again = read_statement(&written).expect("what is written can be read");
    assert_eq!(again.manifest, signed.manifest);
});
