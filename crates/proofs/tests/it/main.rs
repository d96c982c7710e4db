//! Documents with signatures as attackers send them: cut, changed, many, and about things that are not there.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_core::digest::{Blake3, Digests, Sha256};
use chainwright_core::location::Location;
use chainwright_core::proof::{Proof, Standing, Vouched};
use chainwright_oms::{Hash, Method, Piece};
use chainwright_proofs::{Carrier, Checking, Contents, Root, look};
use chainwright_signing::{Moment, Time};
use chainwright_testkit::corpus::signatures::Bundle;
use proptest::prelude::*;
use sha2::Digest as _;

/// Nothing can be read again.
struct Gone;

impl Contents for Gone {
    fn rehash(&self, _path: &str, _hash: Hash, _method: Method) -> Option<Vec<Piece>> {
        None
    }

    fn content(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }
}

type File = (String, Vec<u8>);

fn file(name: &str, text: &str) -> File {
    (name.to_owned(), text.as_bytes().to_vec())
}

fn inspected((name, bytes): &File) -> Inspected {
    let digests = Digests {
        sha256: Sha256(sha2::Sha256::digest(bytes).into()),
        blake3: Blake3([0; 32]),
    };
    Inspected {
        location: Location::file(name.clone()),
        size: bytes.len() as u64,
        digests: Some(digests),
        outer: Some(digests.sha256),
        formats: Vec::new(),
        facts: Vec::new(),
        problems: Vec::new(),
    }
}

/// Looks at files of which one carries signatures.
fn looked(files: &[File], at: &str, document: &[u8], is_asked: bool) -> Vec<Inspected> {
    let mut artifacts: Vec<Inspected> = files.iter().map(inspected).collect();
    artifacts.push(inspected(&(at.to_owned(), document.to_vec())));
    let root = Root {
        shown: String::new(),
        name: "model".to_owned(),
        is_file: false,
    };
    let carrier = Carrier {
        path: at.to_owned(),
        bytes: document.to_vec(),
        is_outside: false,
    };
    let checking = is_asked.then(Checking::default);
    let now = Moment::now(Time(1_767_225_600));
    look(
        &mut artifacts,
        &[root],
        &[carrier],
        checking.as_ref(),
        now,
        &Gone,
    );
    artifacts
}

fn proof(artifacts: &[Inspected]) -> Option<Proof> {
    let mut facts = artifacts.iter().flat_map(|artifact| &artifact.facts);
    facts.find_map(|facts| match facts {
        Facts::Proofs(proofs) => proofs.first().cloned(),
        _ => None,
    })
}

fn vouched<'a>(artifacts: &'a [Inspected], name: &str) -> Option<&'a Vouched> {
    let artifact = artifacts.iter().find(|each| each.location.path() == name)?;
    artifact.facts.iter().find_map(|facts| match facts {
        Facts::Vouched(vouched) => Some(vouched.as_ref()),
        _ => None,
    })
}

fn files() -> Vec<File> {
    vec![
        file("a/w.bin", "weights"),
        file("a/c.json", "{}"),
        file("b/w.bin", "others"),
    ]
}

fn over_a() -> Bundle {
    let below: Vec<File> = vec![file("w.bin", "weights"), file("c.json", "{}")];
    Bundle::over(&below.iter().collect::<Vec<_>>())
}

#[test]
fn a_signature_speaks_of_the_folder_where_its_names_lie() {
    for (at, about) in [
        ("a/model.sig", Some("a")),
        ("a/signatures/model.sig", Some("a")),
        ("model.sig", None),
        ("b/model.sig", Some("b")),
    ] {
        let artifacts = looked(&files(), at, &over_a().build(), false);
        let proof = proof(&artifacts).unwrap();
        assert_eq!(proof.about.as_deref(), about, "{at}");
        assert_eq!(proof.standing, Standing::Unchecked, "{at}");
        let is_whole = about == Some("a");
        assert_eq!(
            proof.mismatches.is_empty(),
            is_whole || about.is_none(),
            "{at}"
        );
        assert_eq!(vouched(&artifacts, "a/w.bin").is_some(), is_whole, "{at}");
    }
}

#[test]
fn nobody_trusted_is_an_unknown_signer() {
    let artifacts = looked(&files(), "a/model.sig", &over_a().build(), true);
    assert_eq!(proof(&artifacts).unwrap().standing, Standing::Unknown);
    let vouched = vouched(&artifacts, "a/w.bin").unwrap();
    assert!(vouched.is_asked && !vouched.is_trusted());
}

#[test]
fn a_document_from_outside_becomes_an_artifact() {
    let mut artifacts: Vec<Inspected> = files().iter().map(inspected).collect();
    let carrier = Carrier {
        path: "elsewhere/a.sig".to_owned(),
        bytes: over_a().build(),
        is_outside: true,
    };
    let root = Root {
        shown: "a".to_owned(),
        name: "a".to_owned(),
        is_file: false,
    };
    let now = Moment::now(Time(0));
    look(&mut artifacts, &[root], &[carrier], None, now, &Gone);
    assert_eq!(artifacts.len(), 4);
    assert_eq!(proof(&artifacts).unwrap().about.as_deref(), Some("a"));
}

#[test]
fn cut_documents_say_nothing_and_harm_nothing() {
    let whole = over_a().build();
    for end in 0..whole.len() {
        let artifacts = looked(&files(), "a/model.sig", &whole[..end], true);
        assert_eq!(
            vouched(&artifacts, "a/w.bin").map(|each| each.by.len()),
            None,
            "{end}"
        );
    }
}

proptest! {
    #[test]
    fn changed_documents_never_panic_and_give_the_same_facts(
        place in 0_usize..2000, byte in any::<u8>(), is_asked in any::<bool>(),
    ) {
        let mut document = over_a().build();
        let place = place % document.len();
        document[place] = byte;
        let first = looked(&files(), "a/model.sig", &document, is_asked);
        let second = looked(&files(), "a/model.sig", &document, is_asked);
        prop_assert_eq!(first, second);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let artifacts = looked(&files(), "a/model.sig", &bytes, true);
        prop_assert!(proof(&artifacts).is_none());
    }
}
