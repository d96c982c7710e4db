//! Who signs: a key in a file, a key in a token, or an identity of Sigstore; and who says when.
//!
//! Secrets come from files, from the environment, or from the terminal, never from an argument. Nothing reaches a network
//! unless an option of this page names a service: `--keyless`, `--identity-token` or `--timestamp-authority`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use chainwright_attestations::Bundle;
use chainwright_signing::{KeyKind, KeySigner, SignError, Signer};

use crate::proofs::keys::{certificates, private_key};

/// The key, where no option names one.
const KEY_VARIABLE: &str = "CHAINWRIGHT_KEY";

/// The PIN of a token, where no file is named.
#[cfg(feature = "pkcs11")]
const PIN_VARIABLE: &str = "CHAINWRIGHT_PIN";

/// Who signs, on the command line.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(crate) struct Signing {
    /// The private key: PKCS#8 or EC in PEM form. Else it is taken from CHAINWRIGHT_KEY.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pkcs11_uri", "keyless", "identity_token"])]
    key: Option<PathBuf>,

    /// A file with the password of the key. Else it is taken from CHAINWRIGHT_KEY_PASSWORD, or asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// The certificate of the key, then those that issued it, in PEM form; verifiers then need the root alone.
    #[arg(long, value_name = "PEM", conflicts_with_all = ["keyless", "identity_token"])]
    certificate: Vec<PathBuf>,

    /// A key in a token, as RFC 7512 names it: pkcs11:token=LABEL;object=KEY. The PIN comes from the pin-source of the URI,
    /// from --pin-file, from CHAINWRIGHT_PIN, or from the terminal.
    #[arg(long, value_name = "URI", conflicts_with_all = ["keyless", "identity_token"])]
    pkcs11_uri: Option<String>,

    /// The driver of the token, if the URI has no module-path.
    #[arg(long, value_name = "FILE", requires = "pkcs11_uri")]
    pkcs11_module: Option<PathBuf>,

    /// A file with the PIN of the token.
    #[arg(long, value_name = "FILE", requires = "pkcs11_uri")]
    pin_file: Option<PathBuf>,

    /// Use the certificates that the token has for the key.
    #[arg(long, requires = "pkcs11_uri", conflicts_with = "certificate")]
    token_certificate: bool,

    /// Sign under an identity of Sigstore, over the network: the token of the identity comes from --identity-token, from
    /// SIGSTORE_ID_TOKEN, or is asked of the CI system (GitHub, GitLab, Buildkite …).
    #[arg(long)]
    keyless: bool,

    /// A file with the token of an identity; implies --keyless.
    #[arg(long, value_name = "FILE")]
    identity_token: Option<PathBuf>,

    /// The services of a Sigstore instance, as JSON (SigningConfig 0.2) [default: the public-good instance as this program
    /// knows it].
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_SIGNING_CONFIG")]
    signing_config: Option<PathBuf>,

    /// The trusted root of that instance: what its services answer is held against it before anything is written.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_TRUSTED_ROOT")]
    trusted_root: Option<PathBuf>,

    /// Ask this timestamp authority (RFC 3161) when the signature was made, for keys and certificates.
    #[arg(long, value_name = "URL", conflicts_with_all = ["keyless", "identity_token"])]
    timestamp_authority: Option<String>,
}

/// Somebody who signs.
pub(crate) struct Who {
    signer: Box<dyn Signer>,
    /// Its kind, if the key is known before it signs.
    pub(crate) kind: Option<KeyKind>,
    stamped_by: Option<String>,
    /// A trusted root to hold what was made against.
    held_against: Option<Vec<u8>>,
}

impl Signing {
    /// Whether somebody is named.
    pub(crate) fn names_somebody(&self) -> bool {
        self.is_keyless() || self.pkcs11_uri.is_some() || self.key_file().is_some()
    }

    fn is_keyless(&self) -> bool {
        self.keyless || self.identity_token.is_some()
    }

    fn key_file(&self) -> Option<PathBuf> {
        let set = || std::env::var_os(KEY_VARIABLE).filter(|value| !value.is_empty());
        self.key.clone().or_else(|| set().map(PathBuf::from))
    }

    /// Checks what can be known before any work is done: keys are opened; an identity is not asked for, since its token
    /// lives for minutes.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.is_keyless() {
            return check_identity(self);
        }
        self.signer().map(drop)
    }

    /// Whoever signs, if somebody is named.
    pub(crate) fn signer(&self) -> anyhow::Result<Option<Who>> {
        if self.is_keyless() {
            return identity(self).map(Some);
        }
        if let Some(uri) = &self.pkcs11_uri {
            return token(self, uri).map(Some);
        }
        let Some(path) = self.key_file() else {
            return Ok(None);
        };
        let key = private_key(&path, self.password_file.as_ref())?;
        let kind = key.kind();
        let signer = if self.certificate.is_empty() {
            KeySigner::new(key)
        } else {
            KeySigner::with_certificates(key, certificates(&self.certificate)?)?
        };
        Ok(Some(self.who(Box::new(signer), kind)))
    }

    fn who(&self, signer: Box<dyn Signer>, kind: KeyKind) -> Who {
        Who {
            signer,
            kind: Some(kind),
            stamped_by: self.timestamp_authority.clone(),
            held_against: None,
        }
    }
}

impl Who {
    /// Signs a payload, with a timestamp if one was asked for.
    pub(crate) fn sign_payload(
        &self,
        payload_type: &str,
        payload: &[u8],
    ) -> anyhow::Result<Bundle> {
        self.completed(self.signer.sign_payload(payload_type, payload)?, None)
    }

    /// Signs the bytes of an artifact, with a timestamp if one was asked for.
    pub(crate) fn sign_artifact(&self, artifact: &[u8]) -> anyhow::Result<Bundle> {
        self.completed(self.signer.sign_artifact(artifact)?, Some(artifact))
    }

    fn completed(&self, mut bundle: Bundle, artifact: Option<&[u8]>) -> anyhow::Result<Bundle> {
        if let Some(authority) = &self.stamped_by {
            stamp(authority, &mut bundle)?;
        }
        if let Some(root) = &self.held_against {
            hold(&bundle, artifact, root)
                .context("what the services answered does not hold against --trusted-root")?;
        }
        Ok(bundle)
    }
}

#[cfg(feature = "pkcs11")]
fn token(asked: &Signing, uri: &str) -> anyhow::Result<Who> {
    use std::io::IsTerminal as _;

    use chainwright_pkcs11::{TokenError, TokenKey, Uri};
    use chainwright_signing::{RawSigner as _, Secret};

    use crate::proofs::keys;

    let mut uri = Uri::parse(uri)?;
    if uri.pin.is_some() {
        bail!(
            "the PIN stands in the URI, where every user of the machine can read it: give --pin-file or `pin-source=file:PATH`"
        );
    }
    if let Some(module) = &asked.pkcs11_module {
        uri.module = Some(module.clone());
    }
    let set = || std::env::var_os(PIN_VARIABLE).filter(|value| !value.is_empty());
    let pin = match &asked.pin_file {
        Some(file) => Some(Secret::new(keys::read(file)?)),
        None if uri.pin_source.is_some() => None,
        None => set().map(|value| Secret::new(value.into_encoded_bytes())),
    };
    let key = match TokenKey::open(&uri, pin.as_ref()) {
        Err(TokenError::PinNeeded) if std::io::stdin().is_terminal() => {
            TokenKey::open(&uri, Some(&keys::prompt("PIN of the token: ")?))
        }
        opened => opened,
    };
    let key = key.context("cannot use the token")?;
    let kind = key.public().kind();
    let chain = if asked.token_certificate {
        key.certificates()?
    } else {
        certificates(&asked.certificate)?
    };
    let signer = if chain.is_empty() {
        KeySigner::new(key)
    } else {
        KeySigner::with_certificates(key, chain)?
    };
    Ok(asked.who(Box::new(signer), kind))
}

#[cfg(not(feature = "pkcs11"))]
fn token(_asked: &Signing, _uri: &str) -> anyhow::Result<Who> {
    bail!("this build cannot use tokens")
}

#[cfg(feature = "sign")]
mod network {
    use chainwright_attestations::Content;
    use chainwright_keyless::sign::{IdentitySigner, Services, TOKEN_VARIABLE, Token, timestamp};
    use chainwright_keyless::{Artifact, TrustedRoot, Verifier};
    use chainwright_signing::timestamp::Request;
    use chainwright_signing::{Matcher, Policy, Secret};

    use super::*;
    use crate::proofs::keys;

    fn services(asked: &Signing) -> anyhow::Result<Services> {
        Ok(match &asked.signing_config {
            Some(path) => Services::from_config(&keys::read(path)?)?,
            None => Services::public_good()?,
        })
    }

    /// The token that is given, as opposed to asked for.
    fn given(asked: &Signing) -> anyhow::Result<Option<Token>> {
        let set = || std::env::var_os(TOKEN_VARIABLE).filter(|value| !value.is_empty());
        let secret = match &asked.identity_token {
            Some(path) => Some(Secret::new(keys::read(path)?)),
            None => set().map(|value| Secret::new(value.into_encoded_bytes())),
        };
        let Some(secret) = secret else {
            return Ok(None);
        };
        let token = Token::new(&secret).context("the identity token cannot be used")?;
        if token.is_expired() {
            bail!("the identity token is too old; fetch another");
        }
        Ok(Some(token))
    }

    pub(super) fn check_identity(asked: &Signing) -> anyhow::Result<()> {
        services(asked)?;
        if let Some(path) = &asked.trusted_root {
            TrustedRoot::from_json(&keys::read(path)?)?;
        }
        given(asked).map(drop)
    }

    pub(super) fn identity(asked: &Signing) -> anyhow::Result<Who> {
        let services = services(asked)?;
        let token = match given(asked)? {
            Some(token) => token,
            None => Token::ambient()
                .context("the CI system gave no identity")?
                .context(
                    "there is no identity: give --identity-token or SIGSTORE_ID_TOKEN, or run in a CI system that has one",
                )?,
        };
        let held_against = asked.trusted_root.as_deref().map(keys::read).transpose()?;
        Ok(Who {
            signer: Box::new(IdentitySigner::new(services, token)?),
            kind: None,
            stamped_by: None,
            held_against,
        })
    }

    pub(super) fn stamp(authority: &str, bundle: &mut Bundle) -> anyhow::Result<()> {
        let signature = match &bundle.content {
            Content::Envelope(envelope) => envelope.signatures.first().map(|one| &one.signature),
            Content::Message(message) => Some(&message.signature),
        };
        let signature = signature.context("there is no signature to stamp")?;
        let nonce = getrandom::u64().context("the machine has no randomness")?;
        let request = Request::new(signature, nonce)?;
        bundle.timestamps.push(timestamp(authority, &request)?);
        Ok(())
    }

    /// Whether others will accept it: a faulty service is found out here, not by them.
    pub(super) fn hold(
        bundle: &Bundle,
        artifact: Option<&[u8]>,
        root: &[u8],
    ) -> anyhow::Result<()> {
        let anybody = || Ok::<_, anyhow::Error>(vec![Matcher::pattern("(?s).*")?]);
        let policy = Policy {
            identities: anybody()?,
            issuers: anybody()?,
            ..Policy::default()
        };
        let verifier = Verifier::new(&TrustedRoot::from_json(root)?)?;
        let artifact = artifact.map_or(Artifact::OwnSubject, Artifact::Bytes);
        verifier.verify(&bundle.write(), artifact, &policy)?;
        Ok(())
    }
}

#[cfg(feature = "sign")]
use network::{check_identity, hold, identity, stamp};

#[cfg(not(feature = "sign"))]
mod no_network {
    use super::*;

    pub(super) fn check_identity(_asked: &Signing) -> anyhow::Result<()> {
        bail!("this build cannot sign under an identity")
    }

    pub(super) fn identity(_asked: &Signing) -> anyhow::Result<Who> {
        bail!("this build cannot sign under an identity")
    }

    pub(super) fn stamp(_authority: &str, _bundle: &mut Bundle) -> anyhow::Result<()> {
        bail!("this build cannot ask for timestamps")
    }

    pub(super) fn hold(_: &Bundle, _: Option<&[u8]>, _: &[u8]) -> anyhow::Result<()> {
        bail!("this build cannot sign under an identity")
    }
}

#[cfg(not(feature = "sign"))]
use no_network::{check_identity, hold, identity, stamp};

/// What the user can do about a service that failed.
pub(crate) fn hint(error: &SignError) -> Option<&'static str> {
    match error {
        SignError::Service { .. } => Some(
            "check the address and the network; an identity needs a token that is minutes old and made for `sigstore`",
        ),
        SignError::OtherKey { .. } => Some("give the certificate of this key first"),
        SignError::Certificates(refused) => Some(refused.hint()),
        SignError::Key(error) => Some(error.hint()),
        _ => None,
    }
}
