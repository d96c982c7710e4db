//! Whom to trust: the keys and certificates of one Sigstore instance.

use chainwright_signing::Refused;
use sigstore_trust_root::{SigstoreInstance, TrustedRoot as Inner};

/// Keys and certificates of one Sigstore instance, as `trusted_root.json` has them.
#[derive(Debug, Clone)]
pub struct TrustedRoot(pub(crate) Inner);

impl TrustedRoot {
    /// The public-good instance, as it was when this program was built.
    pub fn public_good() -> Result<Self, Refused> {
        embedded(SigstoreInstance::PublicGood)
    }

    /// GitHub's instance for attestations of private repositories.
    pub fn github() -> Result<Self, Refused> {
        embedded(SigstoreInstance::GitHub)
    }

    /// Reads a trusted root, as `--trusted-root FILE` gives it.
    pub fn from_json(text: &[u8]) -> Result<Self, Refused> {
        let text = std::str::from_utf8(text).map_err(|_| refused("it is not UTF-8"))?;
        let root = Inner::from_json(text).map_err(|error| refused(&error.to_string()))?;
        Ok(Self(root))
    }
}

fn embedded(instance: SigstoreInstance) -> Result<TrustedRoot, Refused> {
    let root = Inner::from_embedded(instance);
    root.map(TrustedRoot)
        .map_err(|error| refused(&error.to_string()))
}

fn refused(reason: &str) -> Refused {
    Refused::BadTrust {
        reason: format!("the trusted root cannot be read: {reason}"),
    }
}
