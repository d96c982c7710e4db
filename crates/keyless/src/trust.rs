//! Whom to trust: the keys and certificates of one Sigstore instance.

use chainwright_attestations::Der;
use chainwright_signing::timestamp::Authority;
use chainwright_signing::{Refused, Roots, Time};
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

    /// Its timestamp authorities, for signatures that are not of Sigstore.
    pub fn authorities(&self) -> Result<Vec<Authority>, Refused> {
        let mut found = Vec::new();
        for authority in &self.0.timestamp_authorities {
            let chain = authority.cert_chain.certificates.iter();
            let mut chain: Vec<Der> = chain
                .map(|one| Der(one.raw_bytes.as_bytes().to_vec()))
                .collect();
            let root = chain.pop();
            let root = root.ok_or_else(|| refused("an authority has no certificate"))?;
            let mut roots = Roots::default();
            roots.add(root.clone())?;
            // A chain of one is an authority that signs itself.
            let leaf = if chain.is_empty() {
                root
            } else {
                chain.remove(0)
            };
            found.push(Authority {
                roots,
                others: chain,
                leaf: Some(leaf),
                begins: authority
                    .valid_for
                    .map(|range| Time(range.start.as_second())),
                ends: authority
                    .valid_for
                    .and_then(|range| range.end)
                    .map(|end| Time(end.as_second())),
            });
        }
        Ok(found)
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
