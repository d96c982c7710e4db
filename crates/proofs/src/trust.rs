//! Whom a run trusts, and the seam to Sigstore, whose checks are too heavy to live here.

use std::fmt::Debug;
use std::sync::Arc;

use chainwright_signing::{Policy, Refused, Verified};

/// What a bundle of Sigstore must be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Whatever its statement says: the caller compares the subjects itself.
    OwnSubject,
    /// The artifact with this SHA-256.
    Sha256([u8; 32]),
}

/// Checks signatures under identities of Sigstore. Asks nothing over a network.
pub trait Sigstore: Debug + Send + Sync {
    /// Holds a bundle against the policy.
    ///
    /// # Errors
    /// When it is not accepted.
    fn verify(&self, bundle: &[u8], about: About, policy: &Policy) -> Result<Verified, Refused>;
}

/// What signatures are held against.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Keys, roots, identities and issuers.
    pub policy: Policy,
    /// Who checks identities of Sigstore; nobody in builds without it.
    pub sigstore: Option<Arc<dyn Sigstore>>,
}

impl Trust {
    /// Who signed a bundle under an identity of Sigstore.
    pub(crate) fn sigstore(&self, bundle: &[u8], about: About) -> Result<Verified, Refused> {
        match &self.sigstore {
            Some(sigstore) => sigstore.verify(bundle, about, &self.policy),
            None => Err(Refused::Unsupported {
                what: "an identity of Sigstore, in this build,".to_owned(),
            }),
        }
    }

    /// Whether anybody is trusted at all.
    #[must_use]
    pub fn names_somebody(&self) -> bool {
        let policy = &self.policy;
        !policy.keys.is_empty()
            || !policy.roots.is_empty()
            || !policy.identities.is_empty() && !policy.issuers.is_empty()
    }
}
