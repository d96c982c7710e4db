//! What verifiers trust, and where signers go.

use chainwright_attestations::base64;
use chainwright_signing::{KeyKind, PrivateKey};
use serde_json::{Value, json};

use crate::{State, sha256, stamp};

pub(crate) fn root(state: &State) -> Value {
    let valid = json!({"start": "2020-01-01T00:00:00Z"});
    let log = |name: &str, key: &PrivateKey, id: &[u8]| {
        let details = match key.kind() {
            KeyKind::Ed25519 => "PKIX_ED25519",
            _ => "PKIX_ECDSA_P256_SHA_256",
        };
        json!({
            "baseUrl": format!("https://{name}"),
            "hashAlgorithm": "SHA2_256",
            "publicKey": {"rawBytes": base64::encode(key.public().to_der()), "keyDetails": details, "validFor": valid},
            "logId": {"keyId": base64::encode(id)},
        })
    };
    let chain = |certificates: &[String]| {
        let list = certificates.iter().map(|one| json!({"rawBytes": one}));
        json!({"certificates": list.collect::<Vec<_>>()})
    };
    let subject = |name: &str| json!({"organization": "example.com", "commonName": name});
    let (first, second) = (&state.first, &state.second);
    let certificates = &state.certificates;
    json!({
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [
            log(first.name, &first.key, &first.id()),
            log(second.name, &second.key, &second.id()),
        ],
        "certificateAuthorities": [{
            "subject": subject("Stand-in"),
            "uri": "https://authority.example.com",
            "certChain": chain(&[base64::encode(&state.authority.certificate)]),
            "validFor": valid,
        }],
        "ctlogs": [log("certificates.example.com", certificates, &sha256(certificates.public().to_der()))],
        "timestampAuthorities": [{
            "subject": subject("Stand-in times"),
            "uri": "https://times.example.com/timestamp",
            "certChain": chain(&stamp::chain(state)),
            "validFor": valid,
        }],
    })
}

pub(crate) fn config(address: &str, api: u8) -> Value {
    let service = |url: String, api: u8| {
        json!([{
            "url": url,
            "majorApiVersion": api,
            "validFor": {"start": "2020-01-01T00:00:00Z"},
            "operator": "example.com",
        }])
    };
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(address.to_owned(), 1),
        "oidcUrls": service("https://tokens.example.com".to_owned(), 1),
        "rekorTlogUrls": service(address.to_owned(), api),
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": service(format!("{address}/timestamp"), 1),
        "tsaConfig": {"selector": "ANY"},
    })
}
