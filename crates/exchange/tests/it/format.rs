//! The file itself: one spelling, and nothing that is cut or changed is read.

use chainwright_exchange::{Artifact, Exchange, FormatError, Growth, Hint, HintKind, Kind, sha256};
use proptest::prelude::*;

/// One item of each kind.
pub(crate) fn small() -> Exchange {
    let mut exchange = Exchange::default();
    let artifact = Artifact {
        kind: Kind::Folder,
        sha256: sha256(b"x"),
    };
    exchange.add_artifact("n\u{e4}me", artifact).unwrap();
    exchange.add_attestation(b"{\"a\": 1}").unwrap();
    exchange
        .proofs
        .insert(sha256(b"proof\n"), "proof\n".to_owned());
    let growth = Growth {
        to: 9,
        hashes: vec!["AA==".to_owned()],
    };
    exchange.growths.insert(("log".to_owned(), 3), growth);
    exchange.hints.insert(Hint {
        kind: HintKind::LogKey,
        name: "log".to_owned(),
        value: "log+1+2".to_owned(),
    });
    exchange
}

pub(crate) fn read(bytes: &[u8]) -> Result<Exchange, FormatError> {
    Exchange::read(bytes)
}

#[test]
fn what_is_written_is_read_and_written_again() {
    let exchange = small();
    let bytes = exchange.write();
    let again = read(&bytes).unwrap();
    assert_eq!(again, exchange);
    assert_eq!(again.write(), bytes);
    assert_eq!(
        read(&Exchange::default().write()).unwrap(),
        Exchange::default()
    );
}

#[test]
fn a_file_that_is_cut_anywhere_is_not_read() {
    let bytes = small().write();
    for length in 0..bytes.len() {
        let error = read(&bytes[..length]).unwrap_err();
        let expected = match length {
            0 => "not-an-exchange",
            _ if !bytes[..length].contains(&b'\n') => "not-an-exchange",
            _ => "truncated",
        };
        assert_eq!(error.code(), expected, "{length}");
    }
}

#[test]
fn no_single_changed_byte_goes_unnoticed() {
    let bytes = small().write();
    for place in 0..bytes.len() {
        for bit in [1_u8, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[place] ^= bit;
            assert!(read(&changed).is_err(), "{place} {bit}");
        }
    }
}

proptest! {
    #[test]
    fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..600) {
        let whole = small().write();
        let at = at.min(whole.len());
        let mixed = [&whole[..at], &bytes, &whole[at..]].concat();
        for input in [&bytes, &mixed] {
            let (one, other) = (read(input), read(input));
            prop_assert_eq!(format!("{one:?}"), format!("{other:?}"));
            if let Ok(exchange) = one {
                prop_assert_eq!(&exchange.write(), input);
            }
        }
    }
}
