//! Signatures in fixtures: written as text, signed when they are read, verified where the case says so.
//!
//! `NAME.proof` stands for the signed document `NAME`. Its lines: `by trusted`, `by stranger` or `by ended` (whose certificate
//! has ended); `model` with `cover FILE`, `ignore PATH`, `pretend FILE` (signs another digest) and `gone FILE`; or
//! `attestation TYPE` with `subject FILE`, `subject .` and `pretend FILE`, and below `predicate` its JSON; `tampered` changes
//! what was signed. A case with `verify.toml` is verified: against the key of `trusted` unless it holds `nobody`, and
//! against itself as a trust file for provenance, in which `TRUSTED` stands for that key. `recorded-checkpoint` was seen
//! before.

use std::fs;

use chainwright_analysis::Inspected;
use chainwright_attestations::{Content, Statement, Subject, dsse};
use chainwright_oms::{
    ALWAYS_EXCLUDED, Digest, Hash, Manifest, Method, Piece, Resource, Serialization,
    write_statement,
};
use chainwright_proofs::{
    Carrier, Checking, Contents, Recorded, Root, Trust, is_carrier, look, may_carry,
    note_checkpoints,
};
use chainwright_provenance::{Descriptor, Digests, Options};
use chainwright_signing::certificates::certificates_from_pem;
use chainwright_signing::{
    KeySigner, Moment, Policy, PrivateKey, Roots, Signer as _, Time, TimeSource,
};
use sha2::{Digest as _, Sha256};

use crate::harness::{Files, here};

/// What a case is verified with; no file of the model.
const ASKED: &str = "verify.toml";

/// A checkpoint that was seen before.
const RECORDED: &str = "recorded-checkpoint";

/// 2026-01-01.
const NOW: Moment = Moment {
    at: Time(1_767_225_600),
    source: TimeSource::Clock,
};

fn key(name: &str) -> Vec<u8> {
    let path = here().join("../signing/tests").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn private(name: &str) -> PrivateKey {
    PrivateKey::from_pem(&key(&format!("keys/{name}.pkcs8.pem")), None).expect("a key")
}

fn signer(who: &str) -> KeySigner<PrivateKey> {
    match who {
        "trusted" => KeySigner::new(private("p256")),
        "stranger" => KeySigner::new(private("p384")),
        "ended" => {
            let chain = certificates_from_pem(&key("certificates/ended.pem")).expect("a chain");
            KeySigner::with_certificates(private("p256"), chain).expect("a signer")
        }
        other => panic!("nobody is called `{other}`"),
    }
}

/// Replaces every `NAME.proof` by the document that it stands for.
pub(crate) fn signed(files: Files) -> Files {
    let (proofs, mut rest): (Files, Files) = files
        .into_iter()
        .partition(|(name, _)| name.ends_with(".proof"));
    let plain = rest.clone();
    for (name, text) in proofs {
        let name = name
            .strip_suffix(".proof")
            .expect("chosen by it")
            .to_owned();
        let text = String::from_utf8(text).expect("proofs are text");
        let bytes = Written::read(&text).document(&name, &plain);
        rest.push((name, bytes));
    }
    rest.sort();
    rest
}

#[derive(Default)]
struct Written {
    by: String,
    kind: String,
    covers: Vec<String>,
    ignores: Vec<String>,
    pretends: Vec<String>,
    gone: Vec<String>,
    is_tampered: bool,
    predicate: String,
}

impl Written {
    fn read(text: &str) -> Self {
        let (lines, predicate) = text.split_once("\npredicate\n").unwrap_or((text, "{}"));
        let mut written = Self {
            predicate: predicate.to_owned(),
            ..Self::default()
        };
        for line in lines.lines().filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let rest = rest.to_owned();
            match word {
                "by" => written.by = rest,
                "model" => written.kind = String::new(),
                "attestation" => written.kind = rest,
                "cover" | "subject" => written.covers.push(rest),
                "ignore" => written.ignores.push(rest),
                "pretend" => written.pretends.push(rest),
                "gone" => written.gone.push(rest),
                "tampered" => written.is_tampered = true,
                other => panic!("`{other}` is no word of proofs"),
            }
        }
        written
    }

    fn document(&self, at: &str, files: &Files) -> Vec<u8> {
        let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
        let payload = if self.kind.is_empty() {
            write_statement(&self.manifest(folder, files))
        } else {
            self.statement(folder, files)
        };
        let mut bundle = signer(&self.by)
            .sign_payload(dsse::IN_TOTO, &payload)
            .expect("signed");
        if let Content::Envelope(envelope) = &mut bundle.content
            && self.is_tampered
        {
            let text = String::from_utf8(envelope.payload.clone()).expect("JSON");
            envelope.payload = text.replacen('0', "1", 1).into_bytes();
        }
        bundle.write()
    }

    fn digest(&self, folder: &str, name: &str, files: &Files) -> [u8; 32] {
        if self.pretends.iter().any(|each| each == name)
            || self.gone.iter().any(|each| each == name)
        {
            return [7; 32];
        }
        let path = below(folder, name);
        let found = files.iter().find(|(other, _)| *other == path);
        let (_, bytes) = found.unwrap_or_else(|| panic!("no file `{path}`"));
        Sha256::digest(bytes).into()
    }

    fn manifest(&self, folder: &str, files: &Files) -> Manifest {
        let mut ignore_paths: Vec<String> = self.ignores.clone();
        ignore_paths.extend(ALWAYS_EXCLUDED.map(str::to_owned));
        ignore_paths.sort();
        let names = self.covers.iter().chain(&self.pretends).chain(&self.gone);
        let resources = names.map(|name| Resource {
            name: name.clone(),
            digest: Digest::Sha256(self.digest(folder, name, files)),
        });
        let serialization = Serialization {
            method: Method::Files,
            hash: Hash::Sha256,
            allow_symlinks: false,
            ignore_paths,
        };
        Manifest::new("model".to_owned(), serialization, resources.collect()).expect("a manifest")
    }

    fn statement(&self, folder: &str, files: &Files) -> Vec<u8> {
        let named = |name: &String| {
            let digest: String = self
                .digest(folder, name, files)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let subject = Descriptor::named(name.clone()).with(Digests::sha256(&digest));
            Subject::from_value(subject.write()).expect("a subject")
        };
        let subjects = self.covers.iter().chain(&self.pretends).map(named);
        let predicate = serde_json::from_str(&self.predicate).expect("JSON");
        Statement::new(subjects.collect(), &self.kind, predicate).write()
    }
}

fn below(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    format!("{folder}/{name}")
}

/// Holds what a case carries against its files, as the engine would.
pub(crate) fn verify(all: &mut Vec<Inspected>, files: &Files) {
    let text_of = |wanted: &str| {
        let found = files.iter().find(|(name, _)| name == wanted);
        found.map(|(_, bytes)| bytes.clone())
    };
    if let Some(recorded) = text_of(RECORDED).as_deref().and_then(Recorded::read) {
        for (name, bytes) in files.iter().filter(|(name, _)| name != RECORDED) {
            note_checkpoints(all, name, bytes, std::slice::from_ref(&recorded));
        }
    }
    let asked = text_of(ASKED).map(|bytes| String::from_utf8(bytes).expect("TOML is text"));
    all.retain(|artifact| artifact.location.path() != ASKED);
    let carriers: Vec<Carrier> = files
        .iter()
        .filter(|(name, bytes)| may_carry(name) && is_carrier(bytes))
        .map(|(name, bytes)| Carrier {
            path: name.clone(),
            bytes: bytes.clone(),
            is_outside: false,
        })
        .collect();
    if carriers.is_empty() && asked.is_none() {
        return;
    }
    let checking = asked.as_deref().map(checking);
    let root = Root {
        shown: String::new(),
        name: "model".to_owned(),
        is_file: false,
    };
    look(
        all,
        &[root],
        &carriers,
        checking.as_ref(),
        NOW,
        &Memory(files),
    );
}

fn checking(asked: &str) -> Checking {
    let trusted = private("p256");
    let text = asked.replace("TRUSTED", &trusted.public().hint());
    let is_nobody = text.contains("# nobody");
    let policy = Policy {
        keys: if is_nobody {
            Vec::new()
        } else {
            vec![trusted.public().clone()]
        },
        roots: if text.contains("# root") {
            Roots::from_pem(&key("certificates/root.pem")).expect("roots")
        } else {
            Roots::default()
        },
        ..Policy::default()
    };
    let slsa = text
        .contains("[[")
        .then(|| chainwright_provenance::Trust::read(&text).expect("a trust file"));
    Checking {
        trust: Trust {
            policy,
            ..Trust::default()
        },
        slsa,
        options: Options::default(),
    }
}

struct Memory<'a>(&'a Files);

impl Contents for Memory<'_> {
    fn rehash(&self, _path: &str, _hash: Hash, _method: Method) -> Option<Vec<Piece>> {
        None
    }

    fn content(&self, path: &str) -> Option<Vec<u8>> {
        let found = self.0.iter().find(|(name, _)| name == path);
        found.map(|(_, bytes)| bytes.clone())
    }
}
