//! The timestamp authority (RFC 3161): DER written by hand, so that tests do not share a writer with the program.

use chainwright_attestations::base64;
use der::asn1::AnyRef;
use der::{Decode, Encode, Reader as _};
use x509_cert::Certificate;

use crate::{State, now, sha256};

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OCTETS: u8 = 0x04;
const INTEGER: u8 = 0x02;
const OID: u8 = 0x06;
const FIRST: u8 = 0xa0;

const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 4];
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 47];
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 101, 3, 4, 2, 1];
const ECDSA_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const POLICY: &[u8] = &[0x2b, 6, 1, 4, 1, 0x83, 0xbf, 0x30, 2];

fn node(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = match body.len() {
        short @ 0..=127 => vec![u8::try_from(short).unwrap()],
        long => {
            let bytes = u16::try_from(long).unwrap().to_be_bytes();
            [&[0x82], bytes.as_slice()].concat()
        }
    };
    // Lengths below 256 take one byte in DER.
    let length = match length.as_slice() {
        [0x82, 0, low] => vec![0x81, *low],
        other => other.to_vec(),
    };
    [&[tag], length.as_slice(), &body].concat()
}

fn algorithm(oid: &[u8]) -> Vec<u8> {
    node(SEQUENCE, &[&node(OID, &[oid])])
}

fn attribute(oid: &[u8], value: &[u8]) -> Vec<u8> {
    node(SEQUENCE, &[&node(OID, &[oid]), &node(SET, &[value])])
}

fn children(der: &[u8]) -> Vec<Vec<u8>> {
    let read = AnyRef::from_der(der).unwrap().sequence(|reader| {
        let mut found = Vec::new();
        while !reader.is_finished() {
            found.push(AnyRef::decode(reader)?.to_der()?);
        }
        Ok(found)
    });
    read.unwrap()
}

/// `YYYYMMDDhhmmssZ`, from what times show.
fn general(seconds: u64) -> Vec<u8> {
    let shown = chainwright_signing::Time(i64::try_from(seconds).unwrap()).to_string();
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    node(0x18, &[digits.as_bytes(), b"Z"])
}

/// The answer to a request; `other` answers for other bytes.
pub(crate) fn answer(request: &[u8], other: bool, state: &State) -> Vec<u8> {
    let parts = children(request);
    let imprint = if other {
        let digest = node(OCTETS, &[&sha256(b"something else")]);
        node(SEQUENCE, &[&algorithm(SHA256), &digest])
    } else {
        parts[1].clone()
    };
    let nonce = parts.iter().skip(2).find(|part| part[0] == INTEGER);
    let nonce = nonce.cloned().unwrap_or_default();
    let time = now().as_secs() - state.late.as_secs();
    let info = node(
        SEQUENCE,
        &[
            &node(INTEGER, &[&[1]]),
            &node(OID, &[POLICY]),
            &imprint,
            &node(INTEGER, &[&[7]]),
            &general(time),
            &nonce,
        ],
    );
    let granted = node(SEQUENCE, &[&node(INTEGER, &[&[0]])]);
    node(SEQUENCE, &[&granted, &token(&info, state)])
}

fn token(info: &[u8], state: &State) -> Vec<u8> {
    let certificate = &state.stamper_certificate;
    let meant = node(SEQUENCE, &[&node(OCTETS, &[&sha256(certificate)])]);
    let meant = node(SEQUENCE, &[&node(SEQUENCE, &[&meant])]);
    let mut attributes = [
        attribute(CONTENT_TYPE, &node(OID, &[TST_INFO])),
        attribute(MESSAGE_DIGEST, &node(OCTETS, &[&sha256(info)])),
        attribute(SIGNING_CERTIFICATE, &meant),
    ];
    attributes.sort();
    let attributes = attributes.concat();
    let signature = state.stamper.sign(&node(SET, &[&attributes])).unwrap();
    let parsed = Certificate::from_der(certificate).unwrap().tbs_certificate;
    let (issuer, serial) = (parsed.issuer.to_der(), parsed.serial_number.to_der());
    let signer = node(
        SEQUENCE,
        &[
            &node(INTEGER, &[&[1]]),
            &node(SEQUENCE, &[&issuer.unwrap(), &serial.unwrap()]),
            &algorithm(SHA256),
            &node(FIRST, &[&attributes]),
            &algorithm(ECDSA_SHA256),
            &node(OCTETS, &[&signature]),
        ],
    );
    let content = node(FIRST, &[&node(OCTETS, &[info])]);
    let signed = node(
        SEQUENCE,
        &[
            &node(INTEGER, &[&[3]]),
            &node(SET, &[&algorithm(SHA256)]),
            &node(SEQUENCE, &[&node(OID, &[TST_INFO]), &content]),
            &node(FIRST, &[certificate]),
            &node(SET, &[&signer]),
        ],
    );
    node(
        SEQUENCE,
        &[&node(OID, &[SIGNED_DATA]), &node(FIRST, &[&signed])],
    )
}

/// What a trusted root says of the authority: leaf first.
pub(crate) fn chain(state: &State) -> [String; 2] {
    [
        base64::encode(&state.stamper_certificate),
        base64::encode(&state.stamps.certificate),
    ]
}
