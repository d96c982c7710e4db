//! What signatures are held against, and the time that they were made.

use std::path::{Path, PathBuf};

use chainwright_attestations::{Bundle, Envelope, Material};
use chainwright_signing::certificates::key_of;
use chainwright_signing::timestamp::{self, Authority};
use chainwright_signing::{
    Moment, Policy, PublicKey, Refused, Time, TimeSource, Verified, verify_envelope_at,
};

use crate::proofs::keys;

/// Seconds that clocks of others may be ahead of ours.
const AHEAD: i64 = 600;

/// Timestamps of one signature that are checked; real bundles have one or two.
const MOST_TIMESTAMPS: usize = 64;

/// What a signature is held against.
#[derive(Debug, Default)]
pub(crate) struct Trust {
    /// Keys, roots, identities and issuers.
    pub(crate) policy: Policy,
    /// A trusted root of Sigstore as JSON; without one, the public-good instance as this program knows it.
    pub(crate) sigstore: Option<Vec<u8>>,
    /// Timestamp authorities for signatures by keys and certificates.
    pub(crate) authorities: Vec<Authority>,
}

impl Trust {
    /// A policy, the trusted root of a Sigstore instance, and roots of timestamp authorities beside those that it names.
    pub(crate) fn new(
        policy: Policy,
        trusted_root: Option<&Path>,
        tsa_roots: &[PathBuf],
    ) -> anyhow::Result<Self> {
        let sigstore = trusted_root.map(keys::read).transpose()?;
        let mut authorities = match &sigstore {
            Some(json) => authorities(json)?,
            None => Vec::new(),
        };
        if !tsa_roots.is_empty() {
            authorities.push(Authority::under(keys::roots(tsa_roots)?));
        }
        Ok(Self {
            policy,
            sigstore,
            authorities,
        })
    }

    /// Who signed a bundle, and when. Nothing is asked over the network.
    pub(crate) fn signer(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        envelope: &Envelope,
        clock: Moment,
    ) -> Result<Verified, Refused> {
        // With roots, or with keys alone, a certificate of Sigstore is a certificate like any other.
        let is_keyless = matches!(bundle.material, Material::Certificate(_))
            && self.policy.roots.is_empty()
            && !self.policy.identities.is_empty();
        if is_keyless {
            return identity(bytes, self);
        }
        let moments = self.moments(bytes, bundle, envelope, clock)?;
        verify_envelope_at(envelope, &bundle.material, &self.policy, &moments)
    }

    /// Every time that somebody who is trusted vouches for; if nobody does, the time of the check.
    pub(crate) fn moments(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        envelope: &Envelope,
        clock: Moment,
    ) -> Result<Vec<Moment>, Refused> {
        let mut moments = self.stamped(bundle, envelope)?;
        if let Some(at) = self.logged(bytes, bundle, envelope)? {
            let source = TimeSource::Log;
            moments.push(Moment { at, source });
        }
        let latest = Time(clock.at.0.saturating_add(AHEAD));
        if let Some(moment) = moments.iter().find(|moment| moment.at > latest) {
            let reason = format!("it says {}, which is still to come", moment.at);
            return Err(Refused::BadTimestamp { reason });
        }
        if moments.is_empty() {
            moments.push(clock);
        }
        Ok(moments)
    }

    /// What timestamp authorities say. Those that nobody trusts say nothing; a bad stamp of a trusted one is refused.
    fn stamped(&self, bundle: &Bundle, envelope: &Envelope) -> Result<Vec<Moment>, Refused> {
        let (mut moments, mut strange) = (Vec::new(), None);
        let signature = envelope.signatures.first();
        if self.authorities.is_empty() {
            return Ok(moments);
        }
        if bundle.timestamps.len() > MOST_TIMESTAMPS {
            let what = format!("a bundle with more than {MOST_TIMESTAMPS} timestamps");
            return Err(Refused::Unsupported { what });
        }
        for (token, signature) in bundle.timestamps.iter().zip(signature.into_iter().cycle()) {
            match timestamp::check(token, &signature.signature, &self.authorities) {
                Ok(at) => moments.push(Moment {
                    at,
                    source: TimeSource::Timestamp,
                }),
                Err(refused @ Refused::UntrustedTimestamp { .. }) => strange = Some(refused),
                Err(refused) => return Err(refused),
            }
        }
        match strange {
            // Whoever asks for a timestamp hears whose it is that does not count.
            Some(refused)
                if moments.is_empty() && self.policy.least_time == TimeSource::Timestamp =>
            {
                Err(refused)
            }
            _ => Ok(moments),
        }
    }

    /// What logs of the trusted root say.
    fn logged(
        &self,
        bytes: &[u8],
        bundle: &Bundle,
        envelope: &Envelope,
    ) -> Result<Option<Time>, Refused> {
        if bundle.log_entries.is_empty() || self.sigstore.is_none() {
            return Ok(None);
        }
        let key = match bundle.material.certificates().first() {
            Some(leaf) => Some(key_of(leaf)?),
            None => self.key_that_signed(envelope),
        };
        match key {
            Some(key) => time_of_log(bytes, self, &key),
            None => Ok(None),
        }
    }

    fn key_that_signed(&self, envelope: &Envelope) -> Option<PublicKey> {
        let message = envelope.pae();
        let signature = envelope.signatures.first()?;
        let mut keys = self.policy.keys.iter();
        let signed = |key: &&PublicKey| key.verify(&message, &signature.signature).is_ok();
        keys.find(signed).cloned()
    }
}

/// The timestamp authorities of a trusted root.
#[cfg(feature = "keyless")]
fn authorities(trusted_root: &[u8]) -> Result<Vec<Authority>, Refused> {
    chainwright_keyless::TrustedRoot::from_json(trusted_root)?.authorities()
}

#[cfg(feature = "keyless")]
fn verifier(trust: &Trust) -> Result<chainwright_keyless::Verifier, Refused> {
    use chainwright_keyless::{TrustedRoot, Verifier};
    let root = match &trust.sigstore {
        Some(json) => TrustedRoot::from_json(json)?,
        None => TrustedRoot::public_good()?,
    };
    Verifier::new(&root)
}

/// Who signed under an identity of Sigstore.
#[cfg(feature = "keyless")]
fn identity(bundle: &[u8], trust: &Trust) -> Result<Verified, Refused> {
    use chainwright_keyless::Artifact;
    // The subject is the root digest of the manifest; what is on the disk is held against the manifest itself.
    verifier(trust)?.verify(bundle, Artifact::OwnSubject, &trust.policy)
}

#[cfg(feature = "keyless")]
fn time_of_log(bundle: &[u8], trust: &Trust, key: &PublicKey) -> Result<Option<Time>, Refused> {
    verifier(trust)?.time_of_log(bundle, key)
}

#[cfg(not(feature = "keyless"))]
mod without {
    use super::*;

    const WHAT: &str = "an identity of Sigstore, in this build,";

    pub(super) fn authorities(_trusted_root: &[u8]) -> Result<Vec<Authority>, Refused> {
        Err(Refused::Unsupported {
            what: WHAT.to_owned(),
        })
    }

    pub(super) fn identity(_bundle: &[u8], _trust: &Trust) -> Result<Verified, Refused> {
        Err(Refused::Unsupported {
            what: WHAT.to_owned(),
        })
    }

    pub(super) fn time_of_log(
        _bundle: &[u8],
        _trust: &Trust,
        _key: &PublicKey,
    ) -> Result<Option<Time>, Refused> {
        Err(Refused::Unsupported {
            what: WHAT.to_owned(),
        })
    }
}

#[cfg(not(feature = "keyless"))]
use without::{authorities, identity, time_of_log};
