//! Which services take part in signing.

use chainwright_signing::SignError;
use sigstore_sign::SigningServices;
use sigstore_sign::rekor::RekorApiVersion;
use sigstore_sign::reqwest::Url;
use sigstore_trust_root::{SigningConfig, SigstoreInstance};

use super::failed;

/// The services that take part: who certifies, which log, who says the time.
#[derive(Debug, Clone)]
pub struct Services(pub(super) SigningServices);

impl Services {
    /// The public-good instance, as it was when this program was built.
    pub fn public_good() -> Result<Self, SignError> {
        let services = SigningServices::from_embedded(SigstoreInstance::PublicGood);
        services
            .map(Self)
            .map_err(|error| failed(&error.to_string(), None))
    }

    /// A certificate authority and a log of the first API, by their addresses.
    #[must_use]
    pub fn at(authority: &str, log: &str) -> Self {
        Self(SigningServices::new(authority, log))
    }

    /// Asks this authority for a timestamp too.
    #[must_use]
    pub fn with_timestamps(self, authority: &str) -> Self {
        Self(self.0.with_tsa_url(authority))
    }

    /// Reads a signing configuration of Sigstore (`SigningConfig`, 0.2): the newest API that is known, of what is valid
    /// today. A timestamp authority may be missing if the log is of the first API, which states the time itself.
    pub fn from_config(json: &[u8]) -> Result<Self, SignError> {
        let refused = |reason: &str| failed(&format!("the signing configuration: {reason}"), None);
        let text = std::str::from_utf8(json).map_err(|_| refused("it is not UTF-8"))?;
        let config = SigningConfig::from_json(text).map_err(|error| refused(&error.to_string()))?;
        let services = if config.tsa_urls.is_empty() {
            let authority = config.fulcio_url();
            let authority = authority.ok_or_else(|| refused("no certificate authority"))?;
            let log = config.rekor_url(Some(1));
            let log = log.ok_or_else(|| refused("no timestamp authority, which the log needs"))?;
            SigningServices::new(&authority.url, &log.url).with_rekor(&log.url, RekorApiVersion::V1)
        } else {
            let chosen = SigningServices::from_signing_config(&config);
            chosen.map_err(|error| refused(&error.to_string()))?
        };
        Self(services).checked()
    }

    /// A token is only sent where nobody on the way can read it: over TLS, or to this machine.
    fn checked(self) -> Result<Self, SignError> {
        for address in [self.0.fulcio_url(), self.0.rekor_url()] {
            let url = Url::parse(address);
            let is_safe = url.is_ok_and(|url| {
                let is_here = matches!(url.host_str(), Some("127.0.0.1" | "[::1]" | "localhost"));
                url.scheme() == "https" || (url.scheme() == "http" && is_here)
            });
            if !is_safe {
                return Err(failed(
                    &format!("`{address}` is not an https address"),
                    None,
                ));
            }
        }
        Ok(self)
    }
}
