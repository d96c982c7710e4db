//! A certificate authority with a certificate log, and a signature log of the first API, on a local port: small, and
//! only as right as a verifier asks.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use chainwright_attestations::base64;
use chainwright_signing::{KeyKind, PrivateKey, PublicKey};
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{BitString, Ia5String, OctetString, Utf8StringRef};
use der::{Decode, Encode};
use serde_json::{Value, json};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate, Version};

pub(crate) const IDENTITY: &str = "signer@example.com";
pub(crate) const ISSUER: &str = "https://tokens.example.com";
const LOG: &str = "log.example.com";

/// How the services answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Helpful,
    /// With an error that repeats the request.
    Refusing,
    /// With something else than was asked.
    Talking,
    /// Not at all.
    Silent,
}

pub(crate) struct StandIn {
    pub(crate) address: String,
    keys: Keys,
}

#[derive(Clone)]
struct Keys {
    authority: String,
    certificates: String,
    signatures: String,
    root: Vec<u8>,
}

/// A token as an identity provider would give it; nobody checks its signature here.
pub(crate) fn token() -> String {
    let claims = json!({"iss": ISSUER, "sub": "1", "aud": "sigstore", "exp": 4_000_000_000_u64, "iat": 1_700_000_000, "email": IDENTITY, "email_verified": true});
    let part = |bytes: &[u8]| {
        base64::encode(bytes)
            .replace('+', "-")
            .replace('/', "_")
            .replace('=', "")
    };
    format!(
        "{}.{}.{}",
        part(br#"{"alg":"none"}"#),
        part(claims.to_string().as_bytes()),
        part(b"a signature of some length")
    )
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fresh() -> String {
    PrivateKey::generate(KeyKind::EcdsaP256)
        .unwrap()
        .to_pem(None)
        .unwrap()
        .to_string()
}

fn key(pem: &str) -> PrivateKey {
    PrivateKey::from_pem(pem.as_bytes(), None).unwrap()
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

impl StandIn {
    pub(crate) fn start(mood: Mood) -> Self {
        let (authority, certificates, signatures) = (fresh(), fresh(), fresh());
        let signer = key(&authority);
        let extensions = vec![
            extension(
                &BasicConstraints {
                    ca: true,
                    path_len_constraint: None,
                },
                true,
            ),
            extension(&KeyUsage(KeyUsages::KeyCertSign.into()), true),
        ];
        let root = certificate(&body(signer.public(), "CN=Stand-in", extensions), &signer);
        let keys = Keys {
            authority,
            certificates,
            signatures,
            root,
        };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = keys.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, mood, &serving);
            }
        });
        Self { address, keys }
    }

    pub(crate) fn trusted_root(&self) -> String {
        let valid = json!({"start": "2020-01-01T00:00:00Z"});
        let log = |pem: &str| {
            let spki = key(pem).public().to_der().to_vec();
            json!({
                "baseUrl": "https://log.example.com",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {"rawBytes": base64::encode(&spki), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": valid},
                "logId": {"keyId": base64::encode(&sha256(&spki))},
            })
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [log(&self.keys.signatures)],
            "certificateAuthorities": [{
                "subject": {"organization": "example.com", "commonName": "Stand-in"},
                "uri": "https://authority.example.com",
                "certChain": {"certificates": [{"rawBytes": base64::encode(&self.keys.root)}]},
                "validFor": valid,
            }],
            "ctlogs": [log(&self.keys.certificates)],
            "timestampAuthorities": [],
        })
        .to_string()
    }
}

fn serve(mut stream: TcpStream, mood: Mood, keys: &Keys) {
    let Some((path, request)) = request(&mut stream) else {
        return;
    };
    let (status, answer) = match mood {
        Mood::Silent => return,
        Mood::Refusing => ("401 Unauthorized", request),
        Mood::Talking => ("200 OK", "good morning".to_owned()),
        Mood::Helpful => {
            let request: Value = serde_json::from_str(&request).unwrap();
            let answer = if path.contains("signingCert") {
                certify(&request, keys)
            } else {
                log(&request, keys)
            };
            ("201 Created", answer.to_string())
        }
    };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    let _ = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(answer.as_bytes()));
}

/// Path and body of a request.
fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
        seen.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&seen).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length: ")?
                .trim()
                .parse::<usize>()
                .ok()
        });
        if body.len() >= length.unwrap_or(0) {
            return Some((head.split(' ').nth(1)?.to_owned(), body.to_owned()));
        }
    }
}

fn extension<T: AssociatedOid + Encode>(value: &T, critical: bool) -> Extension {
    raw_extension(T::OID, critical, value.to_der().unwrap())
}

fn raw_extension(extn_id: ObjectIdentifier, critical: bool, value: Vec<u8>) -> Extension {
    Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value).unwrap(),
    }
}

fn ecdsa() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid: ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2"),
        parameters: None,
    }
}

fn body(subject_key: &PublicKey, subject: &str, extensions: Vec<Extension>) -> TbsCertificate {
    let name = |text: &str| {
        if text.is_empty() {
            Name::default()
        } else {
            text.parse().unwrap()
        }
    };
    let time = |seconds: u64| Time::try_from(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    let now = now().as_secs();
    TbsCertificate {
        version: Version::V3,
        serial_number: SerialNumber::new(&[1, 2, 3]).unwrap(),
        signature: ecdsa(),
        issuer: name("CN=Stand-in"),
        validity: Validity {
            not_before: time(now - 60),
            not_after: time(now + 540),
        },
        subject: name(subject),
        subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(subject_key.to_der()).unwrap(),
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions),
    }
}

fn certificate(body: &TbsCertificate, authority: &PrivateKey) -> Vec<u8> {
    let signature = authority.sign(&body.to_der().unwrap()).unwrap();
    let certificate = Certificate {
        tbs_certificate: body.clone(),
        signature_algorithm: ecdsa(),
        signature: BitString::from_bytes(&signature).unwrap(),
    };
    certificate.to_der().unwrap()
}

/// A certificate with the promise of the certificate log in it (RFC 6962, section 3.3).
fn certify(request: &Value, keys: &Keys) -> Value {
    let pem = request["publicKeyRequest"]["publicKey"]["content"]
        .as_str()
        .unwrap();
    let subject = PublicKey::from_pem(pem.as_bytes()).unwrap();
    let proof = base64::decode(
        request["publicKeyRequest"]["proofOfPossession"]
            .as_str()
            .unwrap(),
    )
    .unwrap();
    subject.verify(IDENTITY.as_bytes(), &proof).unwrap();
    let authority = key(&keys.authority);
    let code_signing = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
    let issuer = Utf8StringRef::new(ISSUER).unwrap().to_der().unwrap();
    let mut extensions = vec![
        extension(&KeyUsage(KeyUsages::DigitalSignature.into()), true),
        extension(&ExtendedKeyUsage(vec![code_signing]), false),
        extension(
            &SubjectAltName(vec![GeneralName::Rfc822Name(
                Ia5String::new(IDENTITY).unwrap(),
            )]),
            true,
        ),
        raw_extension(
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.1"),
            false,
            ISSUER.as_bytes().to_vec(),
        ),
        raw_extension(
            ObjectIdentifier::new_unwrap("1.3.6.1.4.1.57264.1.8"),
            false,
            issuer,
        ),
    ];
    let before = body(&subject, "", extensions.clone()).to_der().unwrap();
    let promise = OctetString::new(promise(&before, keys))
        .unwrap()
        .to_der()
        .unwrap();
    extensions.push(raw_extension(
        ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2"),
        false,
        promise,
    ));
    let leaf = certificate(&body(&subject, "", extensions), &authority);
    let pem = |der: &[u8]| {
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines(&base64::encode(der))
        )
    };
    json!({"signedCertificateEmbeddedSct": {"chain": {"certificates": [pem(&leaf), pem(&keys.root)]}}})
}

fn lines(text: &str) -> String {
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    lines.join("\n")
}

fn promise(before: &[u8], keys: &Keys) -> Vec<u8> {
    let log = key(&keys.certificates);
    let millis = u64::try_from(now().as_millis()).unwrap().to_be_bytes();
    let length = u32::try_from(before.len()).unwrap().to_be_bytes();
    let issuer = sha256(key(&keys.authority).public().to_der());
    let signed = [
        &[0, 0],
        millis.as_slice(),
        &[0, 1],
        &issuer,
        &length[1..],
        before,
        &[0, 0],
    ]
    .concat();
    let signature = log.sign(&signed).unwrap();
    let short = |bytes: &[u8]| {
        [
            u16::try_from(bytes.len()).unwrap().to_be_bytes().as_slice(),
            bytes,
        ]
        .concat()
    };
    let id = sha256(log.public().to_der());
    let promise = [
        &[0],
        id.as_slice(),
        &millis,
        &[0, 0, 4, 3],
        &short(&signature),
    ]
    .concat();
    short(&short(&promise))
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
        "signatures": [{"signature": envelope["signatures"][0]["sig"], "verifier": content["verifiers"][0]}],
    }})
}

/// The only entry of a log: its hash is the root.
fn log(request: &Value, keys: &Keys) -> Value {
    let log = key(&keys.signatures);
    let id = sha256(log.public().to_der());
    let body = entry(request).to_string();
    let root = sha256(&[&[0], body.as_bytes()].concat());
    let note = format!("{LOG} - 1\n1\n{}\n", base64::encode(&root));
    let signature = [&id[..4], &log.sign(note.as_bytes()).unwrap()].concat();
    let checkpoint = format!("{note}\n\u{2014} {LOG} {}\n", base64::encode(&signature));
    let (body, time) = (base64::encode(body.as_bytes()), now().as_secs());
    let promised = format!(
        r#"{{"body":"{body}","integratedTime":{time},"logID":"{}","logIndex":0}}"#,
        hex(&id)
    );
    json!({"0123456789abcdef": {
        "body": body,
        "integratedTime": time,
        "logID": hex(&id),
        "logIndex": 0,
        "verification": {
            "signedEntryTimestamp": base64::encode(&log.sign(promised.as_bytes()).unwrap()),
            "inclusionProof": {"checkpoint": checkpoint, "hashes": [], "logIndex": 0, "rootHash": hex(&root), "treeSize": 1},
        },
    }})
}
