//! Published statements and manifests of the reference and of the specification.

use std::fs;
use std::path::{Path, PathBuf};

use chainwright_oms::{
    Digest, Hash, Manifest, Resource, Serialization, Shape, StatementError, read_statement,
    write_statement,
};
use serde_json::Value;

use crate::{files, manifest, shards};

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The shared public data; `None`, said aloud, where it is not.
fn shared() -> Option<PathBuf> {
    let folder = std::env::var_os("CHAINWRIGHT_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let oms = folder.join("oms");
    if oms.is_dir() {
        return Some(oms);
    }
    eprintln!("skipped: no public data at {}", oms.display());
    None
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn decode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut bits = 0_u32;
    let mut held = 0_u32;
    for digit in text.bytes().take_while(|digit| *digit != b'=') {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).expect("a byte"));
        }
    }
    bytes
}

fn payload(bundle: &Path) -> Vec<u8> {
    let bundle: Value = serde_json::from_slice(&fs::read(bundle).expect("a bundle")).expect("JSON");
    decode(
        bundle["dsseEnvelope"]["payload"]
            .as_str()
            .expect("a payload"),
    )
}

/// Thirteen signed models of releases 0.2.0 to 1.1.0: each statement names the files that lie beside it with their digests.
#[test]
fn statements_of_every_release_are_read() {
    let mut folders = list(&here().join("models"));
    if let Some(shared) = shared() {
        let signed = list(&shared)
            .into_iter()
            .filter(|folder| folder.join("model.sig").is_file());
        folders.extend(signed);
        assert_eq!(folders.len(), 13);
    }
    for folder in folders {
        let signed = read_statement(&payload(&folder.join("model.sig"))).expect("sound");
        let is_oldest = folder.ends_with("v0.2.0-certificate");
        assert_eq!(
            signed.shape == Shape::Digests,
            is_oldest,
            "{}",
            folder.display()
        );
        for resource in &signed.manifest.resources {
            let file = match resource.name.as_str() {
                "." => folder.join("signme-1"),
                name => folder.join(name),
            };
            let bytes = fs::read(&file).expect("the file lies there");
            let found = Digest::Sha256(<sha2::Sha256 as sha2::Digest>::digest(&bytes).into());
            assert_eq!(found, resource.digest, "{}", file.display());
        }
    }
}

/// Statements as the tests of the reference expect them: read with all their quirks, except those over nothing.
#[test]
fn payloads_of_the_reference_are_read() {
    let paths = list(&here().join("payloads"));
    assert_eq!(paths.len(), 21);
    let mut empty = 0;
    for path in paths {
        let bytes = fs::read(&path).expect("a file");
        match read_statement(&bytes) {
            Ok(signed) => {
                let expected: Value = serde_json::from_slice(&bytes).expect("JSON");
                let root = expected["subject"][0]["digest"]["sha256"].as_str();
                assert_eq!(Some(signed.manifest.root().to_string().as_str()), root);
            }
            Err(error) => {
                assert_eq!(error, StatementError::Empty, "{}", path.display());
                empty += 1;
            }
        }
    }
    assert_eq!(empty, 7);
}

/// Names and digests as the tests of the reference expect them: signed and read back unchanged.
#[test]
fn manifests_of_the_reference_can_be_signed() {
    let mut count = 0;
    for (kind, of_kind) in [("file", 7), ("file_shard", 14)] {
        let paths = list(&here().join("manifests").join(kind));
        assert_eq!(paths.len(), of_kind);
        for path in paths {
            count += 1;
            let text = fs::read_to_string(&path).expect("text");
            let is_small = path.to_string_lossy().contains("small_shards");
            let serialization = match (kind, is_small) {
                ("file", _) => files(),
                (_, true) => shards(8),
                (_, false) => shards(1_000_000_000),
            };
            let resources: Vec<Resource> = text.lines().map(resource).collect();
            let built = Manifest::new("m".to_owned(), serialization, resources.clone());
            if resources.is_empty() {
                assert!(built.is_err());
                continue;
            }
            let built = built.expect("sound");
            let again = read_statement(&write_statement(&built)).expect("sound");
            assert_eq!(again.manifest.resources, built.resources);
            assert_eq!(again.manifest.resources.len(), resources.len());
        }
    }
    assert_eq!(count, 21);
}

fn resource(line: &str) -> Resource {
    let (name, digest) = line.rsplit_once(':').expect("a digest at the end");
    Resource {
        name: name.to_owned(),
        digest: Digest::from_hex(Hash::Sha256, digest).expect("a digest"),
    }
}

/// The vectors of the specification are about shapes alone; their payload is a sound statement or says why not.
#[test]
fn payloads_of_the_specification_are_told_apart() {
    let Some(shared) = shared() else { return };
    let folder = shared.join("spec-vectors/v1.0");
    for path in list(&folder.join("valid")) {
        let read = read_statement(&payload(&path));
        // The digests of the published examples are made up, so that no root can fit.
        assert!(
            matches!(read, Ok(_) | Err(StatementError::RootMismatch { .. })),
            "{}: {read:?}",
            path.display()
        );
    }
    let wrong = folder.join("invalid-payload/wrong-predicate.bundle.json");
    let error = read_statement(&payload(&wrong)).expect_err("another predicate");
    assert_eq!(error.code(), "unknown-predicate-type");
}

/// Everything that we write passes the published schemas.
#[test]
fn what_is_written_passes_the_schemas_of_the_specification() {
    let Some(shared) = shared() else { return };
    let schema = |name: &str| -> Value {
        let path = shared.join(format!("schemas/v1.0/{name}.schema.json"));
        serde_json::from_slice(&fs::read(path).expect("a schema")).expect("JSON")
    };
    let mut whole = schema("statement");
    whole["properties"]["predicate"] = Value::Bool(true);
    let statements = jsonschema::validator_for(&whole).expect("a schema");
    let predicates = jsonschema::validator_for(&schema("predicate")).expect("a schema");
    let mut ignoring = files();
    ignoring.ignore_paths = vec![".git".to_owned()];
    let blake3 = Serialization {
        hash: Hash::Blake3,
        ..files()
    };
    let resources = vec![Resource {
        name: "a".to_owned(),
        digest: Digest::Blake3([7; 32]),
    }];
    for manifest in [
        manifest(files(), &["a", "b/c"]),
        manifest(ignoring, &["."]),
        manifest(shards(10), &["a:0:10", "a:10:11"]),
        Manifest::new("m".to_owned(), blake3, resources).expect("sound"),
    ] {
        let written: Value = serde_json::from_slice(&write_statement(&manifest)).expect("JSON");
        assert!(statements.is_valid(&written), "{written}");
        assert!(predicates.is_valid(&written["predicate"]), "{written}");
    }
}
