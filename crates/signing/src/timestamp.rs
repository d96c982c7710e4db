//! Timestamps by RFC 3161: asking for one, and what one proves.
//!
//! A timestamp authority signs the digest of a signature together with the time. What it signed is held against
//! authorities that the user trusts, never against certificates that come with it alone: those only help to build the
//! path. The certificate of the authority must be made for timestamps and nothing else (RFC 3161, section 2.3), and its
//! chain must be valid at the time that it states. Sending requests is the matter of `keyless`.

mod ask;
mod token;

use std::time::Duration;

use chainwright_attestations::Der;
use cms::cert::CertificateChoices;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::ID_KP_TIME_STAMPING;
use der::asn1::{AnyRef, ObjectIdentifier as Oid, OctetStringRef, SetOfVec};
use der::{Decode, Encode};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error as PathError, KeyUsage as Purpose};
use x509_cert::Certificate;
use x509_cert::attr::Attributes;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectKeyIdentifier};

use crate::certificates::{Roots, valid_anchors};
use crate::refused::Refused;
use crate::time::Time;

pub use ask::{AskError, Request};

/// DER content of the OID 1.3.6.1.5.5.7.3.8, timestamping.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

const CONTENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// Bytes of one timestamp; real ones have some thousands.
const LARGEST: usize = 1 << 20;

/// Certificates of one timestamp that are looked at.
const MOST_CERTIFICATES: usize = 32;

/// A timestamp authority that the user trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authority {
    /// Where its chain must end.
    pub roots: Roots,
    /// Certificates that help to get there.
    pub others: Vec<Der>,
    /// The one certificate that may sign, if it is known.
    pub leaf: Option<Der>,
    /// It is not trusted for times before this.
    pub begins: Option<Time>,
    /// It is not trusted for times after this.
    pub ends: Option<Time>,
}

impl Authority {
    /// Any authority under these roots, at any time.
    #[must_use]
    pub fn under(roots: Roots) -> Self {
        Self {
            roots,
            ..Self::default()
        }
    }
}

/// The time that a timestamp over a signature proves, by the first authority that made it.
pub fn check(token: &[u8], signature: &[u8], authorities: &[Authority]) -> Result<Time, Refused> {
    if token.len() > LARGEST {
        return Err(bad("it is too large"));
    }
    let token = token::read(token)?;
    token.covers(signature)?;
    let mut last = Refused::UntrustedTimestamp {
        authority: signer_name(&token.signed),
    };
    for authority in authorities {
        match by(&token, authority) {
            Ok(()) => return Ok(token.time),
            Err(Refused::UntrustedTimestamp { .. }) => {}
            Err(refused) => last = refused,
        }
    }
    Err(last)
}

fn bad(reason: &str) -> Refused {
    Refused::BadTimestamp {
        reason: reason.to_owned(),
    }
}

fn unreadable(error: der::Error) -> Refused {
    Refused::BadTimestamp {
        reason: error.to_string(),
    }
}

/// Whether an authority made a token: one signer, whose signature holds, whose chain ends at the roots.
fn by(token: &token::Token, authority: &Authority) -> Result<(), Refused> {
    let [signer] = token.signed.signer_infos.0.as_slice() else {
        return Err(bad("it has not one signer"));
    };
    let embedded = embedded(&token.signed)?;
    let known = authority.leaf.iter().map(|leaf| parse(&leaf.0));
    let known = known.collect::<Result<Vec<_>, _>>()?;
    // An authority whose certificate is known signs with that one alone.
    let candidates = if known.is_empty() { &embedded } else { &known };
    let untrusted = || Refused::UntrustedTimestamp {
        authority: signer_name(&token.signed),
    };
    let leaf = candidates
        .iter()
        .find(|one| is_meant(&signer.sid, one))
        .ok_or_else(untrusted)?;
    let mut others = embedded.clone();
    for other in &authority.others {
        others.push(parse(&other.0)?);
    }
    check_path(leaf, &others, authority, token.time)?;
    check_signature(token, signer, leaf)?;
    let is_early = authority.begins.is_some_and(|begins| token.time < begins);
    let is_late = authority.ends.is_some_and(|ends| token.time > ends);
    if is_early || is_late {
        return Err(Refused::BadTimestamp {
            reason: format!("the authority is not trusted for {}", token.time),
        });
    }
    Ok(())
}

fn parse(der: &[u8]) -> Result<Certificate, Refused> {
    Certificate::from_der(der).map_err(unreadable)
}

fn embedded(signed: &SignedData) -> Result<Vec<Certificate>, Refused> {
    let set = signed.certificates.iter().flat_map(|set| set.0.iter());
    let found: Vec<_> = set
        .filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
            CertificateChoices::Other(_) => None,
        })
        .take(MOST_CERTIFICATES + 1)
        .collect();
    if found.len() > MOST_CERTIFICATES {
        return Err(bad("it has too many certificates"));
    }
    Ok(found)
}

/// How the signer is named in the token.
fn signer_name(signed: &SignedData) -> String {
    let signer = signed.signer_infos.0.as_slice().first();
    match signer.map(|signer| &signer.sid) {
        Some(SignerIdentifier::IssuerAndSerialNumber(name)) => name.issuer.to_string(),
        _ => "an authority without a name".to_owned(),
    }
}

fn is_meant(sid: &SignerIdentifier, certificate: &Certificate) -> bool {
    let body = &certificate.tbs_certificate;
    match sid {
        SignerIdentifier::IssuerAndSerialNumber(name) => {
            name.issuer == body.issuer && name.serial_number == body.serial_number
        }
        SignerIdentifier::SubjectKeyIdentifier(wanted) => body
            .get::<SubjectKeyIdentifier>()
            .is_ok_and(|found| found.is_some_and(|(_, found)| found == *wanted)),
    }
}

fn check_path(
    leaf: &Certificate,
    others: &[Certificate],
    authority: &Authority,
    at: Time,
) -> Result<(), Refused> {
    let purposes = leaf.tbs_certificate.get::<ExtendedKeyUsage>();
    let is_for_timestamps = matches!(
        purposes.map_err(unreadable)?,
        Some((true, purposes)) if purposes.0 == [ID_KP_TIME_STAMPING]
    );
    if !is_for_timestamps {
        return Err(bad(
            "the certificate of the authority is not made for timestamps alone",
        ));
    }
    let untrusted = || Refused::UntrustedTimestamp {
        authority: leaf.tbs_certificate.issuer.to_string(),
    };
    let seconds = u64::try_from(at.0).map_err(|_| bad("its time is before 1970"))?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let leaf_der = leaf.to_der().map_err(unreadable)?;
    let leaf_der = CertificateDer::from(leaf_der);
    let end = EndEntityCert::try_from(&leaf_der).map_err(|error| bad(&error.to_string()))?;
    let others: Vec<_> = others
        .iter()
        .map(|other| other.to_der().map(CertificateDer::from))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    let anchors: Vec<TrustAnchor<'_>> = match valid_anchors(&authority.roots, at) {
        Ok(anchors) => anchors,
        Err(refused) => return Err(bad(&refused.to_string())),
    };
    let path = end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &others,
        time,
        Purpose::required(TIME_STAMPING),
        None,
        None,
    );
    path.map(drop).map_err(|error| match error {
        // Somebody else may have the name of a root that is trusted.
        PathError::UnknownIssuer | PathError::InvalidSignatureForPublicKey => untrusted(),
        other => bad(&format!("the chain of the authority: {other}")),
    })
}

fn check_signature(
    token: &token::Token,
    signer: &SignerInfo,
    leaf: &Certificate,
) -> Result<(), Refused> {
    let attributes = signer.signed_attrs.as_ref();
    let attributes = attributes.ok_or_else(|| bad("nothing of it is signed"))?;
    let kind = Oid::from_der(&value(attributes, CONTENT_TYPE)?).map_err(unreadable)?;
    if kind != token::TST_INFO {
        return Err(bad("something else than a timestamp is signed"));
    }
    let digest = value(attributes, MESSAGE_DIGEST)?;
    let digest = OctetStringRef::from_der(&digest).map_err(unreadable)?;
    if token::hash(&signer.digest_alg.oid, &token.content)? != digest.as_bytes() {
        return Err(bad("its content was changed"));
    }
    check_certificate_attribute(attributes, leaf)?;
    // What is signed is the set itself, not the place where it stands (RFC 5652, section 5.4).
    let set: Vec<_> = attributes.iter().cloned().collect();
    let set = SetOfVec::try_from(set).map_err(unreadable)?;
    let message = set.to_der().map_err(unreadable)?;
    let key = &leaf.tbs_certificate.subject_public_key_info;
    let signature = signer.signature.as_bytes();
    token::verify(
        key,
        &signer.digest_alg.oid,
        &signer.signature_algorithm.oid,
        &message,
        signature,
    )
}

/// The one value of an attribute that stands once.
fn value(attributes: &Attributes, wanted: ObjectIdentifier) -> Result<Vec<u8>, Refused> {
    let mut found = attributes
        .iter()
        .filter(|attribute| attribute.oid == wanted);
    let (Some(attribute), None) = (found.next(), found.next()) else {
        return Err(bad("a signed attribute is missing or stands twice"));
    };
    let [value] = attribute.values.as_slice() else {
        return Err(bad("a signed attribute has not one value"));
    };
    value.to_der().map_err(unreadable)
}

/// If the signer says which certificate it meant, it must be this one (RFC 2634, RFC 5035).
fn check_certificate_attribute(attributes: &Attributes, leaf: &Certificate) -> Result<(), Refused> {
    let der = leaf.to_der().map_err(unreadable)?;
    for attribute in attributes.iter() {
        let is_second = attribute.oid == SIGNING_CERTIFICATE_V2;
        if !is_second && attribute.oid != SIGNING_CERTIFICATE {
            continue;
        }
        let value = value(attributes, attribute.oid)?;
        let meant = token::certificate_digest(&value, is_second, &der);
        if !meant.map_err(unreadable)? {
            return Err(bad("it names another certificate than the one that signed"));
        }
    }
    Ok(())
}

/// The elements of a DER sequence.
fn elements(sequence: AnyRef<'_>) -> der::Result<Vec<AnyRef<'_>>> {
    sequence.sequence(|reader| {
        let mut found = Vec::new();
        while !der::Reader::is_finished(reader) {
            found.push(AnyRef::decode(reader)?);
        }
        Ok(found)
    })
}
