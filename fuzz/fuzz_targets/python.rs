//! Python, JavaScript, notebooks and shell.

#![no_main]

use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

fn limits() -> Limits {
    Limits {
        unpacked_bytes: 16 << 20,
        members: 1_000,
        ..Limits::default()
    }
}

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = chainwright_code::inspect_python(&text, &limits());
    let _ = chainwright_code::inspect_notebook(&text, &limits());
    let _ = chainwright_code::inspect_shell(&text, &limits());
    let _ = chainwright_code::inspect_javascript(&text, &limits());
    let _ = chainwright_code::inspect_gyp(&text, &limits());
});
