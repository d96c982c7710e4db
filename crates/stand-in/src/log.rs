//! Signature logs: a tree in memory, its checkpoints, and the answers of both APIs.

use std::sync::Mutex;

use chainwright_attestations::base64;
use chainwright_signing::certificates::certificates_from_pem;
use chainwright_signing::{KeyKind, PrivateKey};
use serde_json::{Value, json};

use crate::certificates::pem;
use crate::{hex, now, sha256};

/// A log whose tree grows with every entry.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) name: &'static str,
    pub(crate) key: PrivateKey,
    leaves: Mutex<Vec<Vec<u8>>>,
}

/// An entry with what shows that it is there.
struct Included {
    index: usize,
    size: usize,
    root: Vec<u8>,
    path: Vec<Vec<u8>>,
    checkpoint: String,
}

impl Log {
    pub(crate) fn new(name: &'static str, kind: KeyKind) -> Self {
        // Entries of others come first, so that proofs have something to prove.
        let others = (0..5_u8).map(|number| leaf(&[number])).collect();
        Self {
            name,
            key: PrivateKey::generate(kind).unwrap(),
            leaves: Mutex::new(others),
        }
    }

    /// The name of its key: that of RFC 6962 for ECDSA, and that of signed notes for Ed25519.
    pub(crate) fn id(&self) -> Vec<u8> {
        match self.key.kind() {
            KeyKind::Ed25519 => {
                let name = format!("{}\n\u{1}", self.name);
                sha256(&[name.as_bytes(), self.key.public().raw()].concat())
            }
            _ => sha256(self.key.public().to_der()),
        }
    }

    fn include(&self, body: &[u8]) -> Included {
        let mut leaves = self.leaves.lock().unwrap();
        leaves.push(leaf(body));
        let (index, size) = (leaves.len() - 1, leaves.len());
        let (root, path) = (root(&leaves), path(&leaves, index));
        let origin = match self.key.kind() {
            KeyKind::Ed25519 => self.name.to_owned(),
            _ => format!("{} - 1", self.name),
        };
        let note = format!("{origin}\n{size}\n{}\n", base64::encode(&root));
        let signature = self.key.sign(note.as_bytes()).unwrap();
        let signature = base64::encode(&[&self.id()[..4], &signature].concat());
        let name = self.name;
        let checkpoint = format!("{note}\n\u{2014} {name} {signature}\n");
        Included {
            index,
            size,
            root,
            path,
            checkpoint,
        }
    }

    /// The answer of the first API.
    pub(crate) fn first(&self, request: &Value) -> Value {
        let body = entry(request).to_string();
        let included = self.include(body.as_bytes());
        let (body, time) = (base64::encode(body.as_bytes()), now().as_secs());
        let (index, id) = (included.index, hex(&self.id()));
        let promised = format!(
            r#"{{"body":"{body}","integratedTime":{time},"logID":"{id}","logIndex":{index}}}"#
        );
        let hashes: Vec<_> = included.path.iter().map(|hash| hex(hash)).collect();
        json!({"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef": {
            "body": body,
            "integratedTime": time,
            "logID": id,
            "logIndex": index,
            "verification": {
                "signedEntryTimestamp": base64::encode(&self.key.sign(promised.as_bytes()).unwrap()),
                "inclusionProof": {"checkpoint": included.checkpoint, "hashes": hashes, "logIndex": index, "rootHash": hex(&included.root), "treeSize": included.size},
            },
        }})
    }

    /// The answer of the second API.
    pub(crate) fn second(&self, request: &Value) -> Value {
        let asked = &request["hashedRekordRequestV002"];
        let body =
            json!({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
                "data": {"algorithm": "SHA2_256", "digest": asked["digest"]},
                "signature": asked["signature"],
            }}})
            .to_string();
        let included = self.include(body.as_bytes());
        let hashes: Vec<_> = included
            .path
            .iter()
            .map(|hash| base64::encode(hash))
            .collect();
        let index = included.index.to_string();
        json!({
            "logIndex": index,
            "logId": {"keyId": base64::encode(&self.id())},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
            "inclusionProof": {
                "logIndex": index,
                "rootHash": base64::encode(&included.root),
                "treeSize": included.size.to_string(),
                "hashes": hashes,
                "checkpoint": {"envelope": included.checkpoint},
            },
            "canonicalizedBody": base64::encode(body.as_bytes()),
        })
    }
}

/// The entry as the log would keep it: its own form of an envelope, or what it was given.
fn entry(request: &Value) -> Value {
    if request["kind"] != "dsse" {
        return request.clone();
    }
    let content = &request["spec"]["proposedContent"];
    let text = content["envelope"].as_str().unwrap();
    let envelope: Value = serde_json::from_str(text).unwrap();
    let payload = base64::decode(envelope["payload"].as_str().unwrap()).unwrap();
    let hash = |bytes: &[u8]| json!({"algorithm": "sha256", "value": hex(&sha256(bytes))});
    json!({"apiVersion": "0.0.1", "kind": "dsse", "spec": {
        "envelopeHash": hash(text.as_bytes()),
        "payloadHash": hash(&payload),
        "signatures": [{"signature": envelope["signatures"][0]["sig"], "verifier": verifier(&content["verifiers"][0])}],
    }})
}

/// An entry of the first API as bundles have it.
pub(crate) fn as_bundled(entry: &Value, id: &[u8]) -> Value {
    let proof = &entry["verification"]["inclusionProof"];
    let again = |text: &Value| {
        let text = text.as_str().unwrap().as_bytes();
        let pairs = text
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect();
        base64::encode(&bytes)
    };
    let hashes = proof["hashes"].as_array().unwrap().iter().map(again);
    json!({
        "logIndex": entry["logIndex"].to_string(),
        "logId": {"keyId": base64::encode(id)},
        "kindVersion": {"kind": "dsse", "version": "0.0.1"},
        "integratedTime": entry["integratedTime"].to_string(),
        "inclusionPromise": {"signedEntryTimestamp": entry["verification"]["signedEntryTimestamp"]},
        "inclusionProof": {
            "logIndex": entry["logIndex"].to_string(),
            "rootHash": again(&proof["rootHash"]),
            "treeSize": proof["treeSize"].to_string(),
            "hashes": hashes.collect::<Vec<_>>(),
            "checkpoint": {"envelope": proof["checkpoint"]},
        },
        "canonicalizedBody": entry["body"],
    })
}

/// A certificate as the log writes it, whatever lines it came in.
fn verifier(given: &Value) -> String {
    let text = base64::decode(given.as_str().unwrap()).unwrap();
    match certificates_from_pem(&text) {
        Ok(chain) => base64::encode(pem(&chain[0].0).as_bytes()),
        // A key without a certificate.
        Err(_) => base64::encode(&text),
    }
}

fn leaf(body: &[u8]) -> Vec<u8> {
    sha256(&[&[0], body].concat())
}

/// Where a tree of RFC 6962 is cut: the largest power of two below its size.
fn cut(size: usize) -> usize {
    size.next_power_of_two() / 2
}

fn root(leaves: &[Vec<u8>]) -> Vec<u8> {
    match leaves {
        [only] => only.clone(),
        _ => {
            let (left, right) = leaves.split_at(cut(leaves.len()));
            sha256(&[&[1], root(left).as_slice(), &root(right)].concat())
        }
    }
}

fn path(leaves: &[Vec<u8>], index: usize) -> Vec<Vec<u8>> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(cut(leaves.len()));
    let (mut below, beside) = if index < left.len() {
        (path(left, index), root(right))
    } else {
        (path(right, index - left.len()), root(left))
    };
    below.push(beside);
    below
}
