//! Writes notes and proofs for Go to check, and checks those of Go: `log_samples write|check FILE`. See `tests/log`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a test outside of cargo's"
)]

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chainwright_transparency::key::{KeyName, Kind};
use chainwright_transparency::tree::{
    Nodes, check_consistency, check_inclusion, prove_consistency, prove_inclusion, root,
};
use chainwright_transparency::{Checkpoint, Hash, Note, SigningKey};

const SIZES: u64 = 1000;

/// The complete subtrees over numbered entries, by level.
struct Numbers(Vec<Vec<Hash>>);

impl Numbers {
    fn new() -> Self {
        let mut levels: Vec<Vec<Hash>> = vec![(0..SIZES).map(leaf).collect()];
        while levels.last().is_some_and(|level| level.len() > 1) {
            let below = &levels[levels.len() - 1];
            let (pairs, _) = below.as_chunks::<2>();
            levels.push(
                pairs
                    .iter()
                    .map(|[left, right]| Hash::of_node(left, right))
                    .collect(),
            );
        }
        Self(levels)
    }
}

impl Nodes for Numbers {
    type Error = Infallible;

    fn node(&self, level: u8, index: u64) -> Result<Hash, Infallible> {
        let place = usize::try_from(index).expect("a small tree");
        Ok(self.0[usize::from(level)][place])
    }
}

fn leaf(number: u64) -> Hash {
    Hash::of_leaf(format!("entry {number}").as_bytes())
}

fn key() -> SigningKey {
    let name = KeyName::new("example.com/log").expect("a name");
    SigningKey::from_seed(name, Kind::Ed25519, [42; 32]).expect("a key")
}

fn words(hashes: &[Hash]) -> String {
    let words: Vec<String> = hashes.iter().map(ToString::to_string).collect();
    words.join(" ")
}

fn write() -> String {
    let (numbers, key) = (Numbers::new(), key());
    let mut out = format!("key\t{}\n", key.verifier());
    for size in 1..=SIZES {
        let Ok(root) = root(&numbers, size);
        let origin = "example.com/log".to_owned();
        let text = Checkpoint {
            origin,
            size,
            root,
            extensions: Vec::new(),
        }
        .to_string();
        let mut note = Note::unsigned(&text).expect("a text");
        note.add(key.sign(&text, 0).expect("signed"));
        let _ = writeln!(out, "note\t{}", STANDARD.encode(note.to_string()));
        for index in [0, size / 3, size / 2, size - 1] {
            let Ok(proof) = prove_inclusion(&numbers, index, size);
            let _ = writeln!(out, "inclusion\t{size}\t{index}\t{}", words(&proof));
            if index > 0 {
                let Ok(proof) = prove_consistency(&numbers, index, size);
                let _ = writeln!(out, "consistency\t{size}\t{index}\t{}", words(&proof));
            }
        }
    }
    out
}

fn check(text: &str) -> usize {
    let key = key();
    let mut roots = BTreeMap::new();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let proof = |text: &str| -> Vec<Hash> {
            text.split_whitespace()
                .map(|word| Hash::read(word).expect("a hash"))
                .collect()
        };
        match fields[..] {
            ["note", note] => {
                let bytes = STANDARD.decode(note).expect("base64");
                let opened = Checkpoint::open(&bytes, key.verifier());
                let (checkpoint, ..) = opened.unwrap_or_else(|error| panic!("{line}: {error}"));
                roots.insert(checkpoint.size, checkpoint.root);
            }
            ["inclusion", size, index, hashes] => {
                let (size, index) = (number(size), number(index));
                let held =
                    check_inclusion(index, size, &leaf(index), &proof(hashes), &roots[&size]);
                held.unwrap_or_else(|error| panic!("{line}: {error}"));
            }
            ["consistency", new, old, hashes] => {
                let (new, old) = (number(new), number(old));
                let held = check_consistency(old, &roots[&old], new, &roots[&new], &proof(hashes));
                held.unwrap_or_else(|error| panic!("{line}: {error}"));
            }
            _ => panic!("{line}"),
        }
    }
    text.lines().count()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [word, path] if word == "write" => {
            std::fs::write(path, write()).expect("writable");
            println!("{}", key().reveal().as_str());
        }
        [word, path] if word == "check" => {
            let text = std::fs::read_to_string(path).expect("readable");
            println!("we accept {} notes and proofs of Go", check(&text));
        }
        _ => panic!("log_samples write|check FILE"),
    }
}
