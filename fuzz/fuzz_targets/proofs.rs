//! Documents with signatures of any kind, held against files that they may be about.

#![no_main]

use chainwright_analysis::Inspected;
use chainwright_core::digest::{Blake3, Digests, Sha256};
use chainwright_core::location::Location;
use chainwright_oms::{Hash, Method, Piece};
use chainwright_proofs::{Carrier, Checking, Contents, Root, look};
use chainwright_signing::{Moment, Time};
use libfuzzer_sys::fuzz_target;

struct Gone;

impl Contents for Gone {
    fn rehash(&self, _path: &str, _hash: Hash, _method: Method) -> Option<Vec<Piece>> {
        None
    }

    fn content(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
}

fuzz_target!(|data: &[u8]| {
    let inspected = |path: &str| Inspected {
        location: Location::file(path),
        size: 4,
        digests: Some(Digests {
            sha256: Sha256([7; 32]),
            blake3: Blake3([7; 32]),
        }),
        outer: None,
        formats: Vec::new(),
        facts: Vec::new(),
        problems: Vec::new(),
    };
    let mut artifacts = vec![inspected("m/w.bin"), inspected("m/model.sig")];
    let root = Root {
        shown: String::new(),
        name: "m".to_owned(),
        is_file: false,
    };
    let carrier = Carrier {
        path: "m/model.sig".to_owned(),
        bytes: data.to_vec(),
        is_outside: false,
    };
    let checking = Checking::default();
    let now = Moment::now(Time(0));
    look(&mut artifacts, &[root], &[carrier], Some(&checking), now, &Gone);
});
