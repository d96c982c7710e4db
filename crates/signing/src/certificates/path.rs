//! Paths for leaves that are authorities themselves, which webpki refuses.
//!
//! The certificates of model-signing's own vectors say `CA:TRUE` in the leaf, as do many that people make by hand, and
//! OpenSSL accepts them. This builder is for them alone and is narrow: it refuses name constraints and critical
//! extensions that it doesn't know, and checks no more signatures than a budget.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280::{
    ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_NAME_CONSTRAINTS,
    ID_CE_SUBJECT_ALT_NAME, ID_KP_CODE_SIGNING,
};
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::check_validity;
use crate::time::Time;

/// Signatures that are checked for one path, as in webpki.
const MOST_CHECKS: u32 = 100;

const KNOWN: [ObjectIdentifier; 4] = [
    ID_CE_BASIC_CONSTRAINTS,
    ID_CE_KEY_USAGE,
    ID_CE_EXT_KEY_USAGE,
    ID_CE_SUBJECT_ALT_NAME,
];

/// Certificates to build a path from.
pub(super) struct Builder<'a> {
    pub(super) others: &'a [Certificate],
    pub(super) roots: &'a [Certificate],
    pub(super) at: Time,
}

impl Builder<'_> {
    /// True if a path leads from the leaf to a root.
    pub(super) fn reaches_root(&self, leaf: &Certificate) -> bool {
        let mut checks = MOST_CHECKS;
        has_only_known(leaf) && self.climb(leaf, &mut Vec::new(), &mut checks)
    }

    /// `below` holds the positions of the intermediates that are part of the path already.
    fn climb(&self, current: &Certificate, below: &mut Vec<usize>, checks: &mut u32) -> bool {
        let issued = |issuer: &Certificate, checks: &mut u32| {
            issuer.tbs_certificate.subject == current.tbs_certificate.issuer
                && may_issue(issuer, below.len(), self.at)
                && checks.checked_sub(1).is_some_and(|left| {
                    *checks = left;
                    is_signed_by(current, issuer)
                })
        };
        if self.roots.iter().any(|root| issued(root, checks)) {
            return true;
        }
        let candidates = self.others.iter().enumerate();
        let candidates = candidates.filter(|(position, _)| !below.contains(position));
        let issuers: Vec<_> = candidates
            .filter(|(_, other)| issued(other, checks))
            .collect();
        issuers.into_iter().any(|(position, issuer)| {
            below.push(position);
            let reached = self.climb(issuer, below, checks);
            below.pop();
            reached
        })
    }
}

fn has_only_known(certificate: &Certificate) -> bool {
    let extensions = certificate.tbs_certificate.extensions.iter().flatten();
    extensions.into_iter().all(|extension| {
        extension.extn_id != ID_CE_NAME_CONSTRAINTS
            && (!extension.critical || KNOWN.contains(&extension.extn_id))
    })
}

/// Whether an authority may issue certificates for signing code, with so many intermediates below it.
fn may_issue(issuer: &Certificate, below: usize, at: Time) -> bool {
    let body = &issuer.tbs_certificate;
    let (Ok(constraints), Ok(usage), Ok(purposes)) = (
        body.get::<BasicConstraints>(),
        body.get::<KeyUsage>(),
        body.get::<ExtendedKeyUsage>(),
    ) else {
        return false;
    };
    let is_authority = constraints.is_some_and(|(_, constraints)| {
        let length = constraints.path_len_constraint;
        constraints.ca && length.is_none_or(|length| below <= usize::from(length))
    });
    is_authority
        && usage.is_none_or(|(_, usage)| usage.key_cert_sign())
        && purposes.is_none_or(|(_, purposes)| purposes.0.contains(&ID_KP_CODE_SIGNING))
        && has_only_known(issuer)
        && check_validity(issuer, at).is_ok()
}

fn is_signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    if certificate.signature_algorithm != certificate.tbs_certificate.signature {
        return false;
    }
    let key = &issuer.tbs_certificate.subject_public_key_info;
    let (Ok(signature_id), Ok(key_id)) = (
        certificate.signature_algorithm.to_der(),
        key.algorithm.to_der(),
    ) else {
        return false;
    };
    let (Ok(message), Some(key), Some(signature)) = (
        certificate.tbs_certificate.to_der(),
        key.subject_public_key.as_bytes(),
        certificate.signature.as_bytes(),
    ) else {
        return false;
    };
    let algorithms = webpki::ALL_VERIFICATION_ALGS.iter();
    let mut fitting = algorithms.filter(|algorithm| {
        is_body(&signature_id, algorithm.signature_alg_id().as_ref())
            && is_body(&key_id, algorithm.public_key_alg_id().as_ref())
    });
    fitting.any(|algorithm| algorithm.verify_signature(key, &message, signature).is_ok())
}

/// True if `sequence` is a DER sequence of exactly `body`.
fn is_body(sequence: &[u8], body: &[u8]) -> bool {
    der::asn1::AnyRef::from_der(sequence).is_ok_and(|any| any.value() == body)
}
