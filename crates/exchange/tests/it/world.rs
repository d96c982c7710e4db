//! A sender with a log and two witnesses, and a receiver with a policy.

use std::cell::RefCell;

use chainwright_attestations::dsse::IN_TOTO;
use chainwright_attestations::{Document, Material, Statement, Subject};
use chainwright_exchange::{
    Artifact, Exchange, Here, Judged, Kind, Receiver, Untrusted, add_from_log, judge, sha256,
};
use chainwright_ledger::{Directory, Entry, Log, Memory, NewEntry, Reader};
use chainwright_provenance::{Options, Signer, Trust};
use chainwright_signing::{
    KeyKind, KeySigner, Moment, Policy, PrivateKey, Refused, Signer as _, Time, verify_envelope,
};
use chainwright_transparency::SigningKey;
use chainwright_transparency::key::{KeyName, Kind as NoteKind};
use chainwright_transparency::policy::Policy as LogPolicy;
use serde_json::json;

pub(crate) const ORIGIN: &str = "example.com/log";

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    /// Who signs attestations, and somebody whom the receiver does not know.
    pub(crate) signer: KeySigner<PrivateKey>,
    pub(crate) stranger: KeySigner<PrivateKey>,
    pub(crate) log: SigningKey,
    pub(crate) witnesses: Vec<SigningKey>,
    policy: Policy,
    /// How a receiver judges, which a test can change.
    pub(crate) receiving: RefCell<Receiving>,
}

pub(crate) struct Receiving {
    pub(crate) logs: Option<LogPolicy>,
    pub(crate) trust: Option<Trust>,
    pub(crate) here: Vec<Here>,
    pub(crate) require_logged: bool,
}

pub(crate) fn note_key(name: &str, kind: NoteKind, seed: u8) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).unwrap(), kind, [seed; 32]).unwrap()
}

fn key() -> (KeySigner<PrivateKey>, chainwright_signing::PublicKey) {
    let key = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    let public = key.public().clone();
    (KeySigner::new(key), public)
}

impl World {
    pub(crate) fn new() -> Self {
        let (signer, public) = key();
        let (stranger, _) = key();
        let log = note_key(ORIGIN, NoteKind::Ed25519, 1);
        let witnesses: Vec<SigningKey> = (2..4)
            .map(|seed| note_key(&format!("w{seed}.example"), NoteKind::Cosignature, seed))
            .collect();
        let known: Vec<_> = witnesses
            .iter()
            .map(|witness| witness.verifier().clone())
            .collect();
        let logs = LogPolicy::of(&[log.verifier().clone()], &known, 2);
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            signer,
            stranger,
            log,
            witnesses,
            policy: Policy {
                keys: vec![public],
                ..Policy::default()
            },
            receiving: RefCell::new(Receiving {
                logs: Some(logs),
                trust: None,
                here: Vec::new(),
                require_logged: false,
            }),
        };
        Log::create(&world.storage(), &world.log).unwrap();
        world
    }

    pub(crate) fn storage(&self) -> Directory {
        Directory::new(&self.folder.path().join("log"))
    }

    pub(crate) fn memory(&self) -> Memory {
        Memory::new(&self.folder.path().join("seen"))
    }

    /// An attestation about things of these names and bytes.
    pub(crate) fn attest(
        &self,
        signer: &KeySigner<PrivateKey>,
        about: &[(&str, &[u8])],
    ) -> Vec<u8> {
        let subjects = about
            .iter()
            .map(|(name, bytes)| Subject::new(*name, sha256(bytes)))
            .collect();
        let predicate = json!({"says": "tested"});
        let payload = Statement::new(subjects, "https://example.com/test/v1", predicate).write();
        signer.sign_payload(IN_TOTO, &payload).unwrap().write()
    }

    pub(crate) fn append(&self, entries: &[NewEntry]) {
        let storage = self.storage();
        Log::open(&storage, &self.log)
            .append(entries, None)
            .unwrap();
    }

    pub(crate) fn log_attestation(&self, bytes: &[u8]) {
        self.append(&[Entry::new("attestation").with_envelope(bytes).unwrap()]);
    }

    /// Publishes the newest checkpoint with all cosignatures.
    pub(crate) fn publish(&self) {
        let storage = self.storage();
        let reader = Reader::open(&storage, self.log.verifier()).unwrap();
        let lines: Vec<_> = self
            .witnesses
            .iter()
            .map(|witness| witness.sign(reader.note().text(), 100).unwrap())
            .collect();
        chainwright_ledger::add_signatures(&storage, reader.note(), &lines).unwrap();
    }

    /// An exchange about two files: an attestation of each, and all proofs.
    pub(crate) fn exchange(&self) -> Exchange {
        let one = self.attest(&self.signer, &[("one.bin", b"one")]);
        let two = self.attest(&self.signer, &[("two.bin", b"two")]);
        self.log_attestation(&one);
        self.log_attestation(&two);
        self.publish();
        self.exported(&[("one.bin", b"one"), ("two.bin", b"two")], &[])
    }

    pub(crate) fn exported(&self, about: &[(&str, &[u8])], since: &[u64]) -> Exchange {
        let mut exchange = Exchange::default();
        for (name, bytes) in about {
            let artifact = Artifact {
                kind: Kind::File,
                sha256: sha256(bytes),
            };
            exchange.add_artifact(name, artifact).unwrap();
        }
        let storage = self.storage();
        let reader = Reader::open(&storage, self.log.verifier()).unwrap();
        add_from_log(&mut exchange, &reader, since).unwrap();
        exchange
    }

    pub(crate) fn judge(&self, exchange: &Exchange) -> Judged {
        let receiving = self.receiving.borrow();
        let memory = self.memory();
        let receiver = Receiver {
            signers: &|document, _| self.signers(document),
            logs: receiving.logs.as_ref(),
            seen: &memory,
            trust: receiving
                .trust
                .as_ref()
                .map(|trust| (trust, Options::default())),
            here: &receiving.here,
            require_logged: receiving.require_logged,
            ignore_proofs: false,
        };
        judge(exchange, &receiver)
    }

    /// Judges, and remembers the logs as an import does.
    pub(crate) fn import(&self, exchange: &Exchange) -> Judged {
        let judged = self.judge(exchange);
        judged.remember(exchange, &self.memory()).unwrap();
        judged
    }

    fn signers(&self, document: &Document) -> Result<Vec<Signer>, Untrusted> {
        let verified = match document {
            Document::Bundle(bundle) => bundle.envelope().map(|envelope| {
                let moment = Moment::now(Time(0));
                verify_envelope(envelope, &bundle.material, &self.policy, moment)
            }),
            Document::Envelope(envelope) => {
                let hint = self.policy.keys[0].hint();
                let material = Material::public_key(hint);
                let moment = Moment::now(Time(0));
                Some(verify_envelope(envelope, &material, &self.policy, moment))
            }
        };
        let verified = verified
            .expect("an envelope")
            .map_err(|refused| Untrusted {
                code: match refused {
                    Refused::WrongKey { .. } => "wrong-key",
                    Refused::BadSignature => "bad-signature",
                    _ => "refused",
                },
                message: refused.to_string(),
                is_unjudged: false,
            })?;
        Ok(vec![Signer::Key {
            fingerprint: verified.key.hint(),
        }])
    }
}

/// The codes of everything that is not accepted.
pub(crate) fn codes(judged: &Judged) -> Vec<&'static str> {
    let reasons = judged.items.iter().filter_map(|item| item.reason.as_ref());
    let mut codes: Vec<&'static str> = reasons.map(|reason| reason.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}
