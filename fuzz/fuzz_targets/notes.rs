//! The readers of logs: notes, checkpoints, proofs, policies, requests to witnesses, keys, bundles, names of tiles.

#![no_main]

use chainwright_transparency::note::Note;
use chainwright_transparency::policy::Policy;
use chainwright_transparency::proof::LogProof;
use chainwright_transparency::tile::Tile;
use chainwright_transparency::witness::AddCheckpoint;
use chainwright_transparency::{Checkpoint, VerifierKey, bundle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(note) = Note::parse(data) {
        assert_eq!(Note::parse(note.to_string().as_bytes()).as_ref(), Ok(&note));
    }
    if let Ok(proof) = LogProof::parse(data) {
        assert_eq!(LogProof::parse(proof.to_string().as_bytes()).as_ref(), Ok(&proof));
    }
    if let Ok(request) = AddCheckpoint::parse(data) {
        assert_eq!(AddCheckpoint::parse(request.to_string().as_bytes()).as_ref(), Ok(&request));
        let _ = request.judge(&[], None);
    }
    let _ = Policy::parse(data);
    for width in [1, 2, 256] {
        let _ = bundle::entries(data, width);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(checkpoint) = Checkpoint::parse(text) {
            assert_eq!(checkpoint.to_string(), text);
        }
        if let Ok(key) = text.parse::<VerifierKey>() {
            assert_eq!(key.to_string(), text);
            let _ = key.verify("text\n", data);
        }
        if let Ok(tile) = text.parse::<Tile>() {
            assert_eq!(tile.to_string(), text);
        }
    }
});
