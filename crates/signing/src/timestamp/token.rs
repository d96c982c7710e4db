//! The token of a timestamp, taken apart.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self as algorithms, UnparsedPublicKey, VerificationAlgorithm};
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{AnyRef, ObjectIdentifier as Oid, OctetStringRef};
use der::{Decode, Encode, Tag, Tagged};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::{bad, elements, unreadable};
use crate::refused::Refused;
use crate::time::{Time, of_civil};

pub(super) const TST_INFO: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.1.4");
const SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
const SHA1: Oid = Oid::new_unwrap("1.3.14.3.2.26");
pub(super) const SHA256: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.3");
const RSA: Oid = Oid::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: Oid = Oid::new_unwrap("1.2.840.113549.1.1.10");

/// What a timestamp says, unchecked.
pub(super) struct Token {
    pub(super) signed: SignedData,
    /// The bytes of the statement, which the authority hashed.
    pub(super) content: Vec<u8>,
    pub(super) time: Time,
    pub(super) hash: Oid,
    pub(super) imprint: Vec<u8>,
    pub(super) nonce: Option<Vec<u8>>,
}

impl Token {
    /// Whether the timestamp is over these bytes.
    pub(super) fn covers(&self, signature: &[u8]) -> Result<(), Refused> {
        if hash(&self.hash, signature)? == self.imprint {
            Ok(())
        } else {
            Err(bad("it is over something else"))
        }
    }
}

/// Reads an answer of an authority, or the bare token in it.
pub(super) fn read(bytes: &[u8]) -> Result<Token, Refused> {
    let whole = AnyRef::from_der(bytes).map_err(unreadable)?;
    let parts = elements(whole).map_err(unreadable)?;
    let first = parts.first().ok_or_else(|| bad("it is empty"))?;
    let info = if first.tag() == Tag::ObjectIdentifier {
        ContentInfo::from_der(bytes)
    } else {
        granted(*first)?;
        let token = parts.get(1).ok_or_else(|| bad("the answer has no token"))?;
        ContentInfo::from_der(&token.to_der().map_err(unreadable)?)
    };
    let info = info.map_err(unreadable)?;
    if info.content_type != SIGNED_DATA {
        return Err(bad("it is not signed data"));
    }
    let signed: SignedData = info.content.decode_as().map_err(unreadable)?;
    if signed.encap_content_info.econtent_type != TST_INFO {
        return Err(bad("something else than a timestamp is signed"));
    }
    let content = signed.encap_content_info.econtent.as_ref();
    let content = content.ok_or_else(|| bad("its content lies elsewhere"))?;
    let content: OctetStringRef<'_> = content.decode_as().map_err(unreadable)?;
    let content = content.as_bytes().to_vec();
    statement(signed.clone(), content)
}

/// Refuses answers that grant nothing: 0 is granted, 1 granted with changes.
fn granted(status: AnyRef<'_>) -> Result<(), Refused> {
    let parts = elements(status).map_err(unreadable)?;
    let number: u8 = parts
        .first()
        .ok_or_else(|| bad("the answer has no status"))?
        .decode_as()
        .map_err(unreadable)?;
    if number > 1 {
        return Err(bad(&format!("the authority refused with status {number}")));
    }
    Ok(())
}

/// `TSTInfo`: version, policy, imprint, serial number, time, then what is optional.
fn statement(signed: SignedData, content: Vec<u8>) -> Result<Token, Refused> {
    let whole = AnyRef::from_der(&content).map_err(unreadable)?;
    let parts = elements(whole).map_err(unreadable)?;
    let [version, _policy, imprint, _serial, time, rest @ ..] = parts.as_slice() else {
        return Err(bad("its statement is too short"));
    };
    if version.decode_as::<u8>().map_err(unreadable)? != 1 {
        return Err(bad("its version is not known"));
    }
    let imprint = elements(*imprint).map_err(unreadable)?;
    let [algorithm, digest] = imprint.as_slice() else {
        return Err(bad("its imprint is malformed"));
    };
    let algorithm = elements(*algorithm).map_err(unreadable)?;
    let hash = algorithm
        .first()
        .ok_or_else(|| bad("its imprint is malformed"))?;
    let digest: OctetStringRef<'_> = digest.decode_as().map_err(unreadable)?;
    if time.tag() != Tag::GeneralizedTime {
        return Err(bad("it states no time"));
    }
    let nonce = rest.iter().find(|part| part.tag() == Tag::Integer);
    Ok(Token {
        time: general(time.value()).ok_or_else(|| bad("its time is malformed"))?,
        hash: hash.decode_as().map_err(unreadable)?,
        imprint: digest.as_bytes().to_vec(),
        nonce: nonce.map(|nonce| nonce.value().to_vec()),
        signed,
        content,
    })
}

/// `YYYYMMDDhhmmss[.fraction]Z`; fractions are cut off.
fn general(text: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| whole.get(range)?.parse::<i64>().ok();
    let date = (part(0..4)?, part(4..6)?, part(6..8)?);
    let (hour, minute, second) = (part(8..10)?, part(10..12)?, part(12..14)?);
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = of_civil(date.0, date.1, date.2)?;
    Some(Time(
        days * 86_400 + hour * 3600 + minute * 60 + second.min(59),
    ))
}

pub(super) fn hash(algorithm: &Oid, bytes: &[u8]) -> Result<Vec<u8>, Refused> {
    let algorithm = match *algorithm {
        SHA256 => &digest::SHA256,
        SHA384 => &digest::SHA384,
        SHA512 => &digest::SHA512,
        SHA1 => return Err(bad("it is over a SHA-1 digest, which can be forged")),
        other => return Err(bad(&format!("the hash {other} is not supported"))),
    };
    Ok(digest::digest(algorithm, bytes).as_ref().to_vec())
}

/// Whether the first certificate that an attribute names is this one. The first form hashes with SHA-1, the second with
/// SHA-256 unless it says otherwise.
pub(super) fn certificate_digest(
    attribute: &[u8],
    is_second: bool,
    certificate: &[u8],
) -> der::Result<bool> {
    let outer = elements(AnyRef::from_der(attribute)?)?;
    let Some(list) = outer.first() else {
        return Ok(false);
    };
    let list = elements(*list)?;
    let Some(first) = list.first() else {
        return Ok(false);
    };
    let parts = elements(*first)?;
    let mut algorithm = if is_second { SHA256 } else { SHA1 };
    let mut digest = None;
    for part in parts.iter().take(2) {
        match part.tag() {
            Tag::OctetString if digest.is_none() => digest = Some(part.value()),
            Tag::Sequence if is_second && digest.is_none() => {
                if let Some(stated) = elements(*part)?.first() {
                    algorithm = stated.decode_as()?;
                }
            }
            _ => {}
        }
    }
    // SHA-1 only narrows which certificate was meant; its signature is checked beside it.
    let found = match algorithm {
        SHA1 => digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate)
            .as_ref()
            .to_vec(),
        other => hash(&other, certificate).unwrap_or_default(),
    };
    Ok(digest == Some(found.as_slice()))
}

/// Checks a signature of an authority: RSA with PKCS#1 padding, ECDSA, Ed25519.
pub(super) fn verify(
    key: &SubjectPublicKeyInfoOwned,
    hash: &Oid,
    stated: &Oid,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refused> {
    let curve = key.algorithm.parameters.as_ref();
    let curve = curve.and_then(|parameters| parameters.decode_as::<Oid>().ok());
    let unsupported = || Refused::BadTimestamp {
        reason: format!("the signature algorithm {stated} with this key is not supported"),
    };
    let algorithm: &dyn VerificationAlgorithm = match (key.algorithm.oid, curve, *hash) {
        (RSA, _, _) if *stated == RSA_PSS => return Err(unsupported()),
        (RSA, _, SHA256) => &algorithms::RSA_PKCS1_2048_8192_SHA256,
        (RSA, _, SHA384) => &algorithms::RSA_PKCS1_2048_8192_SHA384,
        (RSA, _, SHA512) => &algorithms::RSA_PKCS1_2048_8192_SHA512,
        (crate::key::ED25519, _, _) => &algorithms::ED25519,
        (crate::key::EC_PUBLIC_KEY, Some(curve), hash) => {
            elliptic(curve, hash).ok_or_else(unsupported)?
        }
        _ => return Err(unsupported()),
    };
    let key = key.subject_public_key.as_bytes().ok_or_else(unsupported)?;
    UnparsedPublicKey::new(algorithm, key)
        .verify(message, signature)
        .map_err(|_| bad("the signature of the authority does not hold"))
}

fn elliptic(curve: Oid, hash: Oid) -> Option<&'static dyn VerificationAlgorithm> {
    use crate::key::{P256, P384, P521};
    Some(match (curve, hash) {
        (P256, SHA256) => &algorithms::ECDSA_P256_SHA256_ASN1,
        (P256, SHA384) => &algorithms::ECDSA_P256_SHA384_ASN1,
        (P384, SHA256) => &algorithms::ECDSA_P384_SHA256_ASN1,
        (P384, SHA384) => &algorithms::ECDSA_P384_SHA384_ASN1,
        (P521, SHA256) => &algorithms::ECDSA_P521_SHA256_ASN1,
        (P521, SHA384) => &algorithms::ECDSA_P521_SHA384_ASN1,
        (P521, SHA512) => &algorithms::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_fractions() {
        let read = |text: &str| general(text.as_bytes()).map(|time| time.to_string());
        let first = Some("2026-02-28T23:59:59Z".to_owned());
        assert_eq!(read("20260228235959Z"), first);
        assert_eq!(read("20260228235959.987Z"), first);
        assert_eq!(read("20260228235960Z"), first);
        for text in [
            "20260228235959",
            "20260228235959.Z",
            "202602282359Z",
            "20261328235959Z",
            "20260230000000Z",
            "20260228245959Z",
            "2026022823595xZ",
            "+0260228235959Z",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
