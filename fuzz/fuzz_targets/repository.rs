//! Configuration, cards, secrets, hidden text.

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
    for name in [
        "config.json",
        "tokenizer.json",
        "recipe.yaml",
        "requirements.txt",
        "Modelfile",
        "vocab.json",
        "unknown",
    ] {
        let _ = chainwright_repository::config::inspect(name, &text, &limits());
    }
    let _ = chainwright_repository::card::read(&text, &limits());
    let _ = chainwright_repository::secrets::find(&text);
    let _ = chainwright_repository::hidden_text::find(&text);
});
