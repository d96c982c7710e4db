//! Proof of an identity, and where it comes from.

use std::fmt;

use chainwright_signing::{Secret, SignError};
use sigstore_sign::oidc::IdentityToken;

use super::{failed, runtime};

/// Where GitLab and others leave a token for Sigstore.
pub const TOKEN_VARIABLE: &str = "SIGSTORE_ID_TOKEN";

/// Proof of an identity towards the certificate authority. Never shown.
pub struct Token(pub(super) IdentityToken);

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

    /// Whom it names, as the certificate will: the mail address, or else the subject. Not proof of anything.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.0.identity()
    }

    /// Whether its time is over.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.0.is_expired()
    }

    /// Asks the CI system that the process runs in (GitHub Actions, GitLab, Buildkite …); none if there is none.
    pub fn ambient() -> Result<Option<Self>, SignError> {
        let found = runtime()?.block_on(IdentityToken::detect_ambient());
        let found = found.map_err(|error| failed(&error.to_string(), None))?;
        Ok(found.map(Self))
    }
}
