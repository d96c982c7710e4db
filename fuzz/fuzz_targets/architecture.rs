//! A configuration against tensors: a configuration, a zero byte, then a tensor on each line.

#![no_main]

use chainwright_architecture::{
    Declared, GgufDeclared, IndexClaims, Model, TensorEntry, TokenizerClaims, check, check_gguf,
};
use chainwright_core::limits::Limits;
use chainwright_repository::config::{Details, inspect};
use libfuzzer_sys::fuzz_target;

/// The first two bytes of a line are the shape, the rest is the name.
fn tensor(line: &[u8]) -> Option<TensorEntry> {
    let [rows, columns, name @ ..] = line else {
        return None;
    };
    Some(TensorEntry {
        name: String::from_utf8_lossy(name).into_owned(),
        shape: vec![u64::from(*rows), u64::from(*columns)],
        is_float: rows % 2 == 0,
        bytes: u64::from(*rows),
    })
}

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == 0);
    let text = String::from_utf8_lossy(parts.next().unwrap_or_default());
    let lines = parts.next().unwrap_or_default().split(|byte| *byte == b'\n');
    let tensors: Vec<TensorEntry> = lines.filter_map(tensor).collect();
    for document in inspect("config.json", &text, &Limits::default()) {
        let Details::Model(details) = &document.details else {
            continue;
        };
        let declared = Declared::of(details);
        let tokenizer = TokenizerClaims {
            largest_word: details.vocab_size,
            added: Vec::new(),
        };
        let model = Model {
            declared: &declared,
            tensors: &tensors,
            index: Some(IndexClaims {
                tensors: 3,
                total_size: details.vocab_size,
            }),
            tokenizer: Some(&tokenizer),
        };
        assert_eq!(check(&model), check(&model));
        let gguf = GgufDeclared {
            architecture: "llama".to_owned(),
            numbers: declared.numbers,
            tokens: details.vocab_size,
            is_split: false,
        };
        assert_eq!(check_gguf(&gguf, &tensors), check_gguf(&gguf, &tensors));
    }
});
