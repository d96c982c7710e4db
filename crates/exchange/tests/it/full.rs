//! What is kept is kept whole or not at all.

use std::fs;

use chainwright_exchange::{Verdict, keep};

use crate::world::World;

#[test]
fn what_is_accepted_is_kept_once_and_whole() {
    let world = World::new();
    let exchange = world.exchange();
    let judged = world.import(&exchange);
    let folder = world.folder.path().join("kept");
    let kept = keep(&exchange, &judged, b"{}\n", &folder).unwrap();
    assert!(!kept.is_known);
    for (digest, bytes) in &exchange.attestations {
        let path = kept.folder.join(format!("attestations/{digest}.json"));
        assert_eq!(&fs::read(path).unwrap(), bytes);
    }
    for (digest, text) in &exchange.proofs {
        let path = kept.folder.join(format!("proofs/{digest}.tlog-proof"));
        assert_eq!(&fs::read_to_string(path).unwrap(), text);
    }
    let again = keep(&exchange, &judged, b"{}\n", &folder).unwrap();
    assert!(again.is_known);
    assert_eq!(again.folder, kept.folder);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn what_is_not_accepted_is_not_kept() {
    let world = World::new();
    let mut exchange = world.exchange();
    let stranger = world.attest(&world.stranger, &[("one.bin", b"one")]);
    exchange.add_attestation(&stranger).unwrap();
    let judged = world.judge(&exchange);
    assert_eq!(judged.verdict(), Verdict::Refused);
    assert_eq!(judged.attestations(&exchange).len(), 2);
    let folder = world.folder.path().join("kept");
    let kept = keep(&exchange, &judged, b"{}\n", &folder).unwrap();
    assert_eq!(
        fs::read_dir(kept.folder.join("attestations"))
            .unwrap()
            .count(),
        2
    );
}
