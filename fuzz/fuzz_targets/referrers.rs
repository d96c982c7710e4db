//! What lies beside images in registries: any bytes are read or refused, alike each time, and never a reason to stop.

#![no_main]

use std::collections::BTreeMap;

use chainwright_attestations::{Bundle, Limits};
use chainwright_referrers::{Claim, Descriptor, Digest, Manifest, document, legacy, logged};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(Manifest::read(bytes), Manifest::read(bytes));
    let _ = document::read_index(bytes);
    let entry = Descriptor::new("t", &Digest::of(bytes), bytes.len());
    if let Ok(Some(index)) = document::add_to_index(Some(bytes), &entry) {
        let again = document::add_to_index(Some(&index), &entry);
        assert!(!matches!(again, Ok(Some(_))));
    }
    if let Ok(claim) = Claim::read(bytes) {
        assert!(Claim::read(&claim.write()).is_ok());
    }
    let text = String::from_utf8_lossy(bytes).into_owned();
    let keys = [
        legacy::SIGNATURE,
        legacy::CERTIFICATE,
        legacy::CHAIN,
        legacy::BUNDLE,
        legacy::TIMESTAMP,
    ];
    for key in keys {
        let annotations = BTreeMap::from([
            (legacy::SIGNATURE.to_owned(), "AA==".to_owned()),
            (key.to_owned(), text.clone()),
        ]);
        if let Ok(bundle) = legacy::signature(&annotations) {
            let _ = logged::entries(&bundle, bytes);
        }
    }
    if let Ok(bundle) = Bundle::read(bytes, &Limits::default()) {
        assert_eq!(logged::entries(&bundle, b""), logged::entries(&bundle, b""));
        let _ = legacy::layer(&bundle, b"");
    }
});
