//! What a checkpoint may look like, and whose it is.

use super::*;
use crate::SigningKey;
use crate::key::{KeyName, Kind};

const TEXT: &str =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

#[test]
fn the_example_of_the_specification_is_read_and_written_back() {
    let checkpoint = Checkpoint::parse(TEXT).unwrap();
    assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.to_string(), TEXT);
    let extended = format!("{TEXT}one\ntwo \n");
    let checkpoint = Checkpoint::parse(&extended).unwrap();
    assert_eq!(checkpoint.extensions, ["one", "two "]);
    assert_eq!(checkpoint.to_string(), extended);
}

#[test]
fn what_the_specification_forbids_is_refused() {
    let cases = [
        (String::new(), CheckpointError::Lines),
        ("\n".to_owned(), CheckpointError::Lines),
        (TEXT.trim_end().to_owned(), CheckpointError::Lines),
        (
            TEXT.replacen("example.com/behind-the-sofa", "", 1),
            CheckpointError::Lines,
        ),
        (TEXT.replacen("20852163", "", 1), CheckpointError::Lines),
        (format!("{TEXT}\n"), CheckpointError::Lines),
        (format!("{TEXT}one\n\ntwo\n"), CheckpointError::Lines),
        (TEXT.replace("2085", "02085"), CheckpointError::Size),
        (TEXT.replace("2085", "+2085"), CheckpointError::Size),
        (TEXT.replace("2085", "-2085"), CheckpointError::Size),
        (TEXT.replace("20852163", "20852163 "), CheckpointError::Size),
        (
            TEXT.replace("20852163", "9223372036854775808"),
            CheckpointError::HugeSize,
        ),
        (TEXT.replace("q2I=", "q2I"), CheckpointError::Root),
        (TEXT.replace("q2I=", "q2J="), CheckpointError::Root),
        (TEXT.replace("CsUY", "CsUYAAAA"), CheckpointError::Root),
        (TEXT.replace("CsUY", ""), CheckpointError::Root),
    ];
    for (text, expected) in cases {
        assert_eq!(Checkpoint::parse(&text), Err(expected), "{text:?}");
    }
    for length in 0..TEXT.len() {
        assert!(Checkpoint::parse(&TEXT[..length]).is_err(), "{length}");
    }
}

#[test]
fn a_log_speaks_for_itself_only() {
    let key = |name: &str| {
        SigningKey::from_seed(KeyName::new(name).unwrap(), Kind::Ed25519, [1; 32]).unwrap()
    };
    let (ours, other) = (key("example.com/behind-the-sofa"), key("example.com/other"));
    let mut note = Note::unsigned(TEXT).unwrap();
    note.add(other.sign(TEXT, 0).unwrap());
    let bytes = note.to_string().into_bytes();
    let wrong = Checkpoint::open(&bytes, other.verifier());
    assert!(matches!(wrong, Err(OpenError::WrongOrigin { .. })));
    let unsigned = Checkpoint::open(&bytes, ours.verifier());
    assert_eq!(
        unsigned.unwrap_err(),
        OpenError::Signature(VerifyError::NoTrustedSignature)
    );

    let empty = TEXT.replace("20852163", "0");
    let mut note = Note::unsigned(&empty).unwrap();
    note.add(ours.sign(&empty, 0).unwrap());
    let wrong = Checkpoint::open(note.to_string().as_bytes(), ours.verifier());
    assert_eq!(
        wrong.unwrap_err(),
        OpenError::Checkpoint(CheckpointError::EmptyRoot)
    );
}
