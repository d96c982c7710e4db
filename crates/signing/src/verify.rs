//! A signature and its material, held against a policy.

use chainwright_attestations::dsse::faulty_pae_of_oms_0_2;
use chainwright_attestations::{Envelope, Material};

use crate::certificates::{check_chain, key_of};
use crate::key::PublicKey;
use crate::policy::Policy;
use crate::refused::Refused;
use crate::time::Moment;

/// Signatures of one envelope that are tried.
const MOST_SIGNATURES: usize = 64;

/// Whom a certificate names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Addresses of the certificate: mail, URI or host name; the common name if there are none.
    pub names: Vec<String>,
    /// Who vouches: the name of the issuing authority, or the token's issuer for Sigstore.
    pub issuer: Option<String>,
}

/// The signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whom the certificate names; none if a key was given.
    pub identity: Option<Identity>,
    /// The key that signed.
    pub key: PublicKey,
    /// The time that the certificate was held against, and who says so.
    pub moment: Moment,
}

/// Checks that at least one signature of an envelope is by somebody whom the policy accepts.
pub fn verify_envelope(
    envelope: &Envelope,
    material: &Material,
    policy: &Policy,
    moment: Moment,
) -> Result<Verified, Refused> {
    verify_envelope_at(envelope, material, policy, &[moment])
}

/// As [`verify_envelope`], where more than one time is known: certificates must be valid at every one of them, and the best
/// known counts.
pub fn verify_envelope_at(
    envelope: &Envelope,
    material: &Material,
    policy: &Policy,
    moments: &[Moment],
) -> Result<Verified, Refused> {
    let signatures = envelope.signatures.iter();
    let signatures: Vec<_> = signatures
        .map(|signature| signature.signature.as_slice())
        .collect();
    let message = envelope.pae();
    let verifies = |key: &PublicKey, signature: &[u8]| key.verify(&message, signature).is_ok();
    verify(&verifies, &signatures, material, policy, moments)
}

/// Checks an envelope that model-signing 0.2 signed: over a faulty encoding, and with certificates always over SHA-256,
/// whatever the key. For predicates of that version only.
pub fn verify_envelope_of_oms_0_2(
    envelope: &Envelope,
    material: &Material,
    policy: &Policy,
    moment: Moment,
) -> Result<Verified, Refused> {
    let signatures = envelope.signatures.iter();
    let signatures: Vec<_> = signatures
        .map(|signature| signature.signature.as_slice())
        .collect();
    let message = faulty_pae_of_oms_0_2(&envelope.payload_type, &envelope.payload);
    let verifies = |key: &PublicKey, signature: &[u8]| {
        key.verify(&message, signature).is_ok() || key.verify_with_sha256(&message, signature)
    };
    verify(&verifies, &signatures, material, policy, &[moment])
}

/// Checks that a signature over these bytes is by somebody whom the policy accepts.
pub fn verify_message(
    message: &[u8],
    signature: &[u8],
    material: &Material,
    policy: &Policy,
    moment: Moment,
) -> Result<Verified, Refused> {
    let verifies = |key: &PublicKey, signature: &[u8]| key.verify(message, signature).is_ok();
    verify(&verifies, &[signature], material, policy, &[moment])
}

/// Checks that a signature over a file is by somebody whom the policy accepts, at every one of these times. `verifies` says
/// whether it is by a key, such as [`PublicKey::verify_prehashed`].
pub fn verify_blob_at(
    verifies: &dyn Fn(&PublicKey, &[u8]) -> bool,
    signature: &[u8],
    material: &Material,
    policy: &Policy,
    moments: &[Moment],
) -> Result<Verified, Refused> {
    verify(verifies, &[signature], material, policy, moments)
}

/// Checks a signature over a payload as cosign made it before version 3: over SHA-256 whatever the key, or as the key has
/// it.
pub fn verify_message_of_cosign(
    message: &[u8],
    signature: &[u8],
    material: &Material,
    policy: &Policy,
    moment: Moment,
) -> Result<Verified, Refused> {
    let verifies = |key: &PublicKey, signature: &[u8]| {
        key.verify(message, signature).is_ok() || key.verify_with_sha256(message, signature)
    };
    verify(&verifies, &[signature], material, policy, &[moment])
}

fn verify(
    verifies: &dyn Fn(&PublicKey, &[u8]) -> bool,
    signatures: &[&[u8]],
    material: &Material,
    policy: &Policy,
    moments: &[Moment],
) -> Result<Verified, Refused> {
    if signatures.len() > MOST_SIGNATURES {
        return Err(Refused::Unsupported {
            what: format!("an envelope with more than {MOST_SIGNATURES} signatures"),
        });
    }
    let moment = best(moments, policy)?;
    let signed_by = |key: &PublicKey| signatures.iter().any(|signature| verifies(key, signature));
    match material {
        Material::PublicKey { hint, raw } => {
            let key = with_key(policy, hint, raw.as_deref(), signed_by)?;
            Ok(Verified {
                identity: None,
                key,
                moment,
            })
        }
        Material::Chain(_) | Material::Certificate(_) => {
            let chain = material.certificates();
            if policy.roots.is_empty() {
                return with_pinned_leaf(policy, material, signed_by, moment);
            }
            let leaf = check_chain(chain, &policy.roots, moment, policy.allow_expired)?;
            for other in moments.iter().filter(|other| **other != moment) {
                check_chain(chain, &policy.roots, *other, policy.allow_expired)?;
            }
            policy.check_identity(&leaf.identity)?;
            if !signed_by(&leaf.key) {
                return Err(Refused::BadSignature);
            }
            Ok(Verified {
                identity: Some(leaf.identity),
                key: leaf.key,
                moment,
            })
        }
    }
}

/// The time that somebody vouches for best, the earliest of those; it must be known as well as the policy asks for.
pub(crate) fn best(moments: &[Moment], policy: &Policy) -> Result<Moment, Refused> {
    let sources = moments.iter().map(|moment| moment.source);
    let found = sources.max().ok_or(Refused::NoTimestamp)?;
    policy.check_time(found)?;
    let of_source = moments.iter().filter(|moment| moment.source == found);
    let earliest = of_source.min_by_key(|moment| moment.at);
    earliest.copied().ok_or(Refused::NoTimestamp)
}

/// The key of the policy that signed. A hint or a key in the bundle is never believed; it only explains a refusal.
fn with_key(
    policy: &Policy,
    hint: &str,
    raw: Option<&[u8]>,
    signed_by: impl Fn(&PublicKey) -> bool,
) -> Result<PublicKey, Refused> {
    if policy.keys.is_empty() {
        return Err(Refused::NothingTrusted {
            found: "a public key",
            needed: "public key",
        });
    }
    if let Some(key) = policy.keys.iter().find(|key| signed_by(key)) {
        return Ok(key.clone());
    }
    let expected: Vec<_> = policy.keys.iter().map(PublicKey::hint).collect();
    let named = raw.and_then(|text| PublicKey::from_pem(text).ok());
    let found = named.map_or_else(|| hint.to_owned(), |key| key.hint());
    if found.is_empty() || expected.contains(&found) {
        return Err(Refused::BadSignature);
    }
    Err(Refused::WrongKey { expected, found })
}

/// A certificate, but only keys to hold it against: its key must be one of them.
fn with_pinned_leaf(
    policy: &Policy,
    material: &Material,
    signed_by: impl Fn(&PublicKey) -> bool,
    moment: Moment,
) -> Result<Verified, Refused> {
    let Some(leaf) = material
        .certificates()
        .first()
        .filter(|_| !policy.keys.is_empty())
    else {
        return Err(Refused::NothingTrusted {
            found: "a certificate",
            needed: "root certificate",
        });
    };
    if !policy.identities.is_empty() || !policy.issuers.is_empty() {
        return Err(Refused::NothingTrusted {
            found: "a certificate",
            needed: "root certificate for the identities of the policy",
        });
    }
    let key = key_of(leaf)?;
    if !policy.keys.contains(&key) {
        return Err(Refused::WrongKey {
            expected: policy.keys.iter().map(PublicKey::hint).collect(),
            found: key.hint(),
        });
    }
    if !signed_by(&key) {
        return Err(Refused::BadSignature);
    }
    Ok(Verified {
        identity: None,
        key,
        moment,
    })
}
