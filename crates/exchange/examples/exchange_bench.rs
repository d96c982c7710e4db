//! A file of many attestations, for measuring what a receiver pays: `exchange_bench write FOLDER COUNT`, then
//! `time exchange_bench import FOLDER`, which reads, judges and keeps it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool for measuring"
)]

use std::fs;
use std::path::Path;

use chainwright_attestations::dsse::IN_TOTO;
use chainwright_attestations::{Document, Statement, Subject};
use chainwright_exchange::{
    Artifact, Exchange, Kind, Receiver, Untrusted, Verdict, add_from_log, judge, keep, sha256,
};
use chainwright_ledger::{Directory, Entry, Log, Memory, Reader, add_signatures};
use chainwright_provenance::Signer;
use chainwright_signing::{
    KeyKind, KeySigner, Moment, Policy, PrivateKey, PublicKey, Signer as _, Time, verify_envelope,
};
use chainwright_transparency::SigningKey;
use chainwright_transparency::key::{KeyName, Kind as NoteKind};
use chainwright_transparency::policy::Policy as LogPolicy;
use serde_json::json;

fn key(name: &str, kind: NoteKind) -> SigningKey {
    SigningKey::from_seed(KeyName::new(name).unwrap(), kind, [7; 32]).unwrap()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let folder = Path::new(&arguments[2]);
    match arguments[1].as_str() {
        "write" => write(folder, arguments[3].parse().unwrap()),
        _ => import(folder),
    }
}

fn write(folder: &Path, count: u32) {
    fs::create_dir_all(folder).unwrap();
    let private = PrivateKey::generate(KeyKind::EcdsaP256).unwrap();
    fs::write(folder.join("key.pub"), private.public().to_pem()).unwrap();
    let signer = KeySigner::new(private);
    let log = key("example.com/log", NoteKind::Ed25519);
    let storage = Directory::new(&folder.join("log"));
    let mut exchange = Exchange::default();
    let mut entries = Vec::new();
    for number in 0..count {
        let name = format!("{number}.bin");
        let digest = sha256(name.as_bytes());
        let subjects = vec![Subject::new(name.as_str(), digest.as_str())];
        let payload = Statement::new(subjects, "https://example.com/v1", json!({"n": number}));
        let bundle = signer.sign_payload(IN_TOTO, &payload.write()).unwrap();
        let entry = Entry::new("attestation").with_envelope(&bundle.write());
        entries.push(entry.unwrap());
        let artifact = Artifact {
            kind: Kind::File,
            sha256: digest,
        };
        exchange.add_artifact(&name, artifact).unwrap();
    }
    let mut writer = Log::create(&storage, &log).unwrap();
    let appended = writer.append(&entries, None).unwrap();
    let witness = key("w.example", NoteKind::Cosignature);
    let line = witness.sign(appended.note.text(), 1).unwrap();
    add_signatures(&storage, &appended.note, &[line]).unwrap();
    let reader = Reader::open(&storage, log.verifier()).unwrap();
    add_from_log(&mut exchange, &reader, &[]).unwrap();
    let bytes = exchange.write();
    println!("{} bytes", bytes.len());
    fs::write(folder.join("many.exchange"), bytes).unwrap();
}

fn import(folder: &Path) {
    let bytes = fs::read(folder.join("many.exchange")).unwrap();
    let exchange = Exchange::read(bytes.as_slice()).unwrap();
    let policy = Policy {
        keys: vec![PublicKey::from_pem(&fs::read(folder.join("key.pub")).unwrap()).unwrap()],
        ..Policy::default()
    };
    let signers = |document: &Document, _: &[u8]| {
        let Document::Bundle(bundle) = document else {
            return Ok(Vec::new());
        };
        let envelope = bundle.envelope().unwrap();
        let moment = Moment::now(Time(0));
        verify_envelope(envelope, &bundle.material, &policy, moment)
            .map(|verified| {
                vec![Signer::Key {
                    fingerprint: verified.key.hint(),
                }]
            })
            .map_err(|refused| Untrusted {
                code: "refused",
                message: refused.to_string(),
                is_unjudged: false,
            })
    };
    let log = key("example.com/log", NoteKind::Ed25519).verifier().clone();
    let witness = key("w.example", NoteKind::Cosignature).verifier().clone();
    let logs = LogPolicy::of(&[log], &[witness], 1);
    let memory = Memory::new(&folder.join("seen"));
    let judged = judge(
        &exchange,
        &Receiver {
            signers: &signers,
            logs: Some(&logs),
            seen: &memory,
            trust: None,
            here: &[],
            require_logged: true,
            ignore_proofs: false,
        },
    );
    assert_eq!(judged.verdict(), Verdict::Accepted);
    judged.remember(&exchange, &memory).unwrap();
    let kept = keep(&exchange, &judged, b"{}\n", &folder.join("kept")).unwrap();
    println!(
        "{} items, kept in {}",
        judged.items.len(),
        kept.folder.display()
    );
}
