//! Lookalike names: the first line is a name, the rest an index of names or its bytes.

#![no_main]

use chainwright_core::package::Ecosystem;
use chainwright_names::index::Index;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let ecosystem = Ecosystem::ALL[usize::from(*first) % Ecosystem::ALL.len()];
    let text = String::from_utf8_lossy(rest);
    let (name, list) = text.split_once('\n').unwrap_or((&text, ""));
    let index = Index::build(ecosystem, list.split('\n'));
    let found = index.look(name);
    assert!(found.is_none() || !index.knows(name));
    let again = Index::from_bytes(&index.to_bytes()).expect("an index comes back from its bytes");
    assert_eq!(again.look(name), found);
    let _ = Index::from_bytes(rest);
});
