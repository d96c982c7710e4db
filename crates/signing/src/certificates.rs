//! Certificate chains: leaf first, up to a root that the user trusts.
//!
//! webpki builds the path, so that a leaf with the name of its issuer, or certificates in another order, do no harm.
//! The leaf must be made for signing code and valid at the time that counts. Revocation lists are not consulted: the
//! bundles carry none.

mod path;

use std::time::Duration;

use chainwright_attestations::Der;
use const_oid::db::rfc5280::ID_KP_CODE_SIGNING;
use der::{Decode, Encode};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, Error as PathError, KeyUsage as Purpose, anchor_from_trusted_cert};
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};

use crate::key::PublicKey;
use crate::pem;
use crate::private_key::KeyError;
use crate::refused::Refused;
use crate::time::{Moment, Time};
use crate::verify::Identity;

/// DER content of the OID 1.3.6.1.5.5.7.3.3, code signing.
const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];

/// Certificates in one chain; real ones have two to four.
const MOST_CERTIFICATES: usize = 32;

/// Root certificates that the user trusts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads every `CERTIFICATE` block of a text.
    pub fn from_pem(text: &[u8]) -> Result<Self, Refused> {
        let roots = certificates_from_pem(text)?;
        let mut found = Self::default();
        roots.into_iter().try_for_each(|root| found.add(root))?;
        Ok(found)
    }

    /// Trusts one more certificate.
    pub fn add(&mut self, root: Der) -> Result<(), Refused> {
        let root = CertificateDer::from(root.0);
        anchor_from_trusted_cert(&root).map_err(|error| Refused::BadTrust {
            reason: format!("a root certificate cannot be read: {error}"),
        })?;
        if !self.0.contains(&root) {
            self.0.push(root);
        }
        Ok(())
    }

    /// Trusts what another set trusts.
    pub fn extend(&mut self, others: Self) {
        for root in others.0 {
            if !self.0.contains(&root) {
                self.0.push(root);
            }
        }
    }

    /// True if nothing is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Every `CERTIFICATE` block of a text, in order; at least one.
pub fn certificates_from_pem(text: &[u8]) -> Result<Vec<Der>, Refused> {
    let refused = |reason: &str| Refused::BadTrust {
        reason: reason.to_owned(),
    };
    let mut found = Vec::new();
    for block in pem::blocks(text) {
        if block.label == "CERTIFICATE" {
            let bytes = block
                .bytes()
                .ok_or_else(|| refused("a certificate is not base64"))?;
            found.push(Der(bytes.to_vec()));
        }
    }
    if found.is_empty() {
        return Err(refused("no certificate in PEM form found"));
    }
    Ok(found)
}

/// A leaf whose chain was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedLeaf {
    /// Its key.
    pub key: PublicKey,
    /// Whom it names.
    pub identity: Identity,
}

/// Checks a chain, leaf first, against roots at a time.
pub fn check_chain(
    chain: &[Der],
    roots: &Roots,
    moment: Moment,
    allow_expired: bool,
) -> Result<CheckedLeaf, Refused> {
    let (leaf_der, others) = chain
        .split_first()
        .ok_or_else(|| malformed("there is no certificate"))?;
    if chain.len() > MOST_CERTIFICATES {
        return Err(malformed("there are too many certificates"));
    }
    let leaf = parse(leaf_der)?;
    let at = if allow_expired {
        last_valid(chain, moment.at)?
    } else {
        moment.at
    };
    check_validity(&leaf, at)?;
    check_usage(&leaf)?;
    if is_authority(&leaf)? {
        check_authority_path(&leaf, others, roots, at)?;
    } else {
        check_path(leaf_der, others, roots, at, &leaf)?;
    }
    Ok(CheckedLeaf {
        key: leaf_key(&leaf)?,
        identity: identity(&leaf)?,
    })
}

/// The key in a certificate. Nothing is checked.
pub fn key_of(certificate: &Der) -> Result<PublicKey, Refused> {
    leaf_key(&parse(certificate)?)
}

/// Whom a certificate names. Nothing is checked.
pub fn names_of(certificate: &Der) -> Result<Vec<String>, Refused> {
    Ok(identity(&parse(certificate)?)?.names)
}

/// When a certificate begins and ends. Nothing is checked.
pub fn validity_of(certificate: &Der) -> Result<(Time, Time), Refused> {
    Ok(validity(&parse(certificate)?))
}

/// A leaf and those that issued it, one after the other, as far as they are among others. Only names are compared, and
/// nothing is checked: it puts in order what a verifier will check. A certificate that names itself ends the chain and is
/// left out.
#[must_use]
pub fn chain_of(leaf: Der, others: &[Der]) -> Vec<Der> {
    let mut chain = vec![leaf];
    let parsed: Vec<_> = others
        .iter()
        .filter_map(|other| Some((other, parse(other).ok()?.tbs_certificate)))
        .filter(|(_, body)| body.subject != body.issuer)
        .collect();
    while chain.len() < MOST_CERTIFICATES {
        let Some(Ok(last)) = chain.last().map(parse) else {
            break;
        };
        let issuer = last.tbs_certificate.issuer;
        let next = parsed
            .iter()
            .find(|(der, body)| body.subject == issuer && !chain.contains(der));
        let Some((der, _)) = next else { break };
        chain.push((*der).clone());
    }
    chain
}

fn parse(certificate: &Der) -> Result<Certificate, Refused> {
    Certificate::from_der(&certificate.0).map_err(|error| malformed(&error.to_string()))
}

fn malformed(reason: &str) -> Refused {
    Refused::Malformed {
        what: "the certificate",
        reason: reason.to_owned(),
    }
}

fn seconds(duration: Duration) -> Time {
    Time(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX))
}

fn validity(certificate: &Certificate) -> (Time, Time) {
    let validity = &certificate.tbs_certificate.validity;
    let time = |time: x509_cert::time::Time| seconds(time.to_unix_duration());
    (time(validity.not_before), time(validity.not_after))
}

/// The last time before `now` at which no certificate of the chain had ended.
fn last_valid(chain: &[Der], now: Time) -> Result<Time, Refused> {
    chain.iter().try_fold(now, |last, certificate| {
        let (_, ended) = validity(&parse(certificate)?);
        Ok(last.min(ended))
    })
}

fn check_validity(certificate: &Certificate, at: Time) -> Result<(), Refused> {
    let (begins, ended) = validity(certificate);
    if at < begins {
        return Err(Refused::NotYetValid { at, begins });
    }
    if at > ended {
        return Err(Refused::Expired { at, ended });
    }
    Ok(())
}

fn check_usage(leaf: &Certificate) -> Result<(), Refused> {
    let body = &leaf.tbs_certificate;
    let usage = body
        .get::<KeyUsage>()
        .map_err(|error| malformed(&error.to_string()))?;
    if usage.is_some_and(|(_, usage)| !usage.digital_signature()) {
        return Err(Refused::WrongUsage {
            lacks: "digital signature",
        });
    }
    let purposes = body
        .get::<ExtendedKeyUsage>()
        .map_err(|error| malformed(&error.to_string()))?;
    if !purposes.is_some_and(|(_, purposes)| purposes.0.contains(&ID_KP_CODE_SIGNING)) {
        return Err(Refused::WrongUsage {
            lacks: "code signing",
        });
    }
    Ok(())
}

fn check_path(
    leaf_der: &Der,
    others: &[Der],
    roots: &Roots,
    at: Time,
    leaf: &Certificate,
) -> Result<(), Refused> {
    let unknown = || Refused::UnknownIssuer {
        issuer: leaf.tbs_certificate.issuer.to_string(),
    };
    let seconds = u64::try_from(at.0).map_err(|_| unknown())?;
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let leaf_der = CertificateDer::from(leaf_der.0.as_slice());
    let end = EndEntityCert::try_from(&leaf_der).map_err(|error| malformed(&error.to_string()))?;
    let others: Vec<_> = others
        .iter()
        .map(|der| CertificateDer::from(der.0.as_slice()))
        .collect();
    let anchors: Vec<TrustAnchor<'_>> = valid_anchors(roots, at)?;
    let path = end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &others,
        time,
        Purpose::required_if_present(CODE_SIGNING),
        None,
        None,
    );
    path.map(drop).map_err(|error| match error {
        PathError::UnknownIssuer => unknown(),
        PathError::CertExpired { not_after, .. } => Refused::Expired {
            at,
            ended: self::seconds(Duration::from_secs(not_after.as_secs())),
        },
        PathError::CertNotValidYet { not_before, .. } => Refused::NotYetValid {
            at,
            begins: self::seconds(Duration::from_secs(not_before.as_secs())),
        },
        other => Refused::BadChain {
            reason: other.to_string(),
        },
    })
}

fn is_authority(leaf: &Certificate) -> Result<bool, Refused> {
    let constraints = leaf.tbs_certificate.get::<BasicConstraints>();
    let constraints = constraints.map_err(|error| malformed(&error.to_string()))?;
    Ok(constraints.is_some_and(|(_, constraints)| constraints.ca))
}

/// webpki takes no authority as a leaf; OpenSSL and the reference implementation do.
fn check_authority_path(
    leaf: &Certificate,
    others: &[Der],
    roots: &Roots,
    at: Time,
) -> Result<(), Refused> {
    let others: Vec<_> = others.iter().map(parse).collect::<Result<_, _>>()?;
    let mut trusted = Vec::new();
    for root in &roots.0 {
        trusted.push(parse_root(root)?);
    }
    let builder = path::Builder {
        others: &others,
        roots: &trusted,
        at,
    };
    if builder.reaches_root(leaf) {
        return Ok(());
    }
    Err(Refused::UnknownIssuer {
        issuer: leaf.tbs_certificate.issuer.to_string(),
    })
}

fn parse_root(root: &CertificateDer<'_>) -> Result<Certificate, Refused> {
    Certificate::from_der(root).map_err(|error| Refused::BadTrust {
        reason: format!("a root certificate cannot be read: {error}"),
    })
}

/// The roots that were valid at the time: webpki doesn't look at theirs. If none was, the first says why.
pub(crate) fn valid_anchors(roots: &Roots, at: Time) -> Result<Vec<TrustAnchor<'_>>, Refused> {
    let mut anchors = Vec::new();
    let mut reason = None;
    for root in &roots.0 {
        let parsed = parse_root(root)?;
        match check_validity(&parsed, at) {
            Ok(()) => anchors.extend(anchor_from_trusted_cert(root)),
            Err(refused) => reason = reason.or(Some(refused)),
        }
    }
    match reason {
        Some(refused) if anchors.is_empty() => Err(refused),
        _ => Ok(anchors),
    }
}

fn leaf_key(leaf: &Certificate) -> Result<PublicKey, Refused> {
    let spki = &leaf.tbs_certificate.subject_public_key_info;
    let spki = spki
        .to_der()
        .map_err(|error| malformed(&error.to_string()))?;
    PublicKey::from_der(&spki).map_err(|error| match error {
        KeyError::Unsupported(what) => Refused::Unsupported { what },
        other => malformed(&other.to_string()),
    })
}

/// Alternative names are the identity; the common name counts only where there are none.
fn identity(leaf: &Certificate) -> Result<Identity, Refused> {
    let body = &leaf.tbs_certificate;
    let names = body
        .get::<SubjectAltName>()
        .map_err(|error| malformed(&error.to_string()))?;
    let mut found: Vec<String> = Vec::new();
    for name in names.map(|(_, names)| names.0).unwrap_or_default() {
        match name {
            GeneralName::Rfc822Name(text)
            | GeneralName::DnsName(text)
            | GeneralName::UniformResourceIdentifier(text) => {
                found.push(text.as_str().to_owned());
            }
            _ => {}
        }
    }
    if found.is_empty() {
        found.extend(common_name(leaf));
    }
    if found.is_empty() {
        found.push(body.subject.to_string());
    }
    Ok(Identity {
        names: found,
        issuer: Some(body.issuer.to_string()),
    })
}

fn common_name(leaf: &Certificate) -> Option<String> {
    let attributes = leaf
        .tbs_certificate
        .subject
        .0
        .iter()
        .flat_map(|part| part.0.iter());
    let mut names = attributes.filter(|attribute| attribute.oid == const_oid::db::rfc4519::CN);
    let name = names.next()?;
    let text = std::str::from_utf8(name.value.value()).ok()?;
    names.next().is_none().then(|| text.to_owned())
}
