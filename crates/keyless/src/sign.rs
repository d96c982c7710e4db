//! Signing under an identity: a certificate for some minutes, an entry in a log, a timestamp. And timestamps for
//! signatures of any kind.
//!
//! The identity token is given by the caller or by the CI system that the process runs in; nobody is asked in a browser.
//! The key lives as long as one signature. This is the only part of the crate that uses the network, and it is only
//! there with the feature `sign`. Redirections are not followed: a token goes to the address that was given, or nowhere.

mod services;
mod stamp;
mod token;

use std::fmt;
use std::time::Duration;

use chainwright_attestations::{Bundle, Limits, dsse};
use chainwright_signing::{KeyError, SignError, Signer};
use sigstore_sign::reqwest::{Client, redirect};
use sigstore_sign::{SigningContext, reqwest};
use sigstore_types::Bundle as Theirs;
use tokio::runtime::{Builder, Runtime};

pub use services::Services;
pub use stamp::timestamp;
pub use token::{TOKEN_VARIABLE, Token};

/// Longest part of a service's answer that is shown.
const MOST_SHOWN: usize = 300;

/// One request takes no longer.
const PATIENCE: Duration = Duration::from_secs(60);

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
        let context = SigningContext::new(services.0).with_http_client(client()?);
        let inner = context.signer(token.0.clone());
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

fn client() -> Result<Client, SignError> {
    let built: reqwest::Result<Client> = Client::builder()
        .timeout(PATIENCE)
        .redirect(redirect::Policy::none())
        .build();
    built.map_err(|error| failed(&error.to_string(), None))
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
