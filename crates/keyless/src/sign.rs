//! Signing under an identity: a certificate for some minutes, an entry in a log, a timestamp.
//!
//! The identity token is given by the caller or by the CI system that the process runs in; nobody is asked in a browser.
//! The key lives as long as one signature. This is the only part of the crate that uses the network, and it is only
//! there with the feature `sign`.

use std::fmt;

use chainwright_attestations::{Bundle, Limits, dsse};
use chainwright_signing::{KeyError, Secret, SignError, Signer};
use sigstore_sign::oidc::IdentityToken;
use sigstore_sign::{SigningContext, SigningServices};
use sigstore_trust_root::SigstoreInstance;
use sigstore_types::Bundle as Theirs;
use tokio::runtime::{Builder, Runtime};

/// Longest part of a service's answer that is shown.
const MOST_SHOWN: usize = 300;

/// The services that take part: who certifies, which log, who says the time.
#[derive(Debug, Clone)]
pub struct Services(SigningServices);

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
}

/// Proof of an identity towards the certificate authority. Never shown.
pub struct Token(IdentityToken);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

impl Token {
    /// Takes a token (a JWT) that the caller has. Its signature is checked by the authority, not here.
    pub fn new(token: &Secret) -> Result<Self, SignError> {
        let refused = || failed("it is not a JSON web token", None);
        let text = std::str::from_utf8(token.expose()).map_err(|_| refused())?;
        IdentityToken::from_jwt(text.trim())
            .map(Self)
            .map_err(|_| refused())
    }

    /// Asks the CI system that the process runs in (GitHub Actions, GitLab, Buildkite …); none if there is none.
    pub fn ambient() -> Result<Option<Self>, SignError> {
        let found = runtime()?.block_on(IdentityToken::detect_ambient());
        let found = found.map_err(|error| failed(&error.to_string(), None))?;
        Ok(found.map(Self))
    }
}

/// Signs under an identity; each signature has a key and a certificate of its own.
pub struct IdentitySigner {
    inner: sigstore_sign::Signer,
    token: Token,
    runtime: Runtime,
}

impl fmt::Debug for IdentitySigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentitySigner").finish_non_exhaustive()
    }
}

impl IdentitySigner {
    /// A signer for one identity.
    pub fn new(services: Services, token: Token) -> Result<Self, SignError> {
        let inner = SigningContext::new(services.0).signer(token.0.clone());
        Ok(Self {
            inner,
            token,
            runtime: runtime()?,
        })
    }

    fn finish(&self, signed: sigstore_sign::Result<Theirs>) -> Result<Bundle, SignError> {
        let failed = |reason: String| failed(&reason, Some(&self.token));
        let text = signed.map_err(|error| failed(error.to_string()))?.to_json();
        let text = text.map_err(|error| failed(error.to_string()))?;
        Bundle::read(text.as_bytes(), &Limits::default()).map_err(|error| failed(error.to_string()))
    }
}

impl Signer for IdentitySigner {
    fn sign_payload(&self, payload_type: &str, payload: &[u8]) -> Result<Bundle, SignError> {
        if payload_type != dsse::IN_TOTO {
            let what = format!("signing `{payload_type}` under an identity");
            return Err(KeyError::Unsupported(what).into());
        }
        let signed = self
            .runtime
            .block_on(self.inner.sign_raw_statement(payload));
        self.finish(signed)
    }

    fn sign_artifact(&self, artifact: &[u8]) -> Result<Bundle, SignError> {
        let signed = self.runtime.block_on(self.inner.sign(artifact));
        self.finish(signed)
    }
}

fn runtime() -> Result<Runtime, SignError> {
    let built = Builder::new_current_thread().enable_all().build();
    built.map_err(|error| failed(&error.to_string(), None))
}

/// What a service said, in one line, without the token: some services repeat what they were sent.
fn failed(reason: &str, token: Option<&Token>) -> SignError {
    let mut reason = reason.to_owned();
    if let Some(token) = token {
        for part in token
            .0
            .expose_secret()
            .split('.')
            .filter(|part| part.len() > 8)
        {
            reason = reason.replace(part, "…");
        }
    }
    let line = reason
        .chars()
        .map(|symbol| if symbol.is_control() { ' ' } else { symbol });
    SignError::Service {
        service: "the signing service",
        reason: line.take(MOST_SHOWN).collect(),
    }
}
