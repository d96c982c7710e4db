//! Whom to trust, as users say it: on the command line of `verify` and of verbs that scan, and in `chainwright.toml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chainwright_engine::Verifying;
use chainwright_policy::Verify;
use chainwright_proofs::{Checking, Recorded, Sigstore, Trust};
use chainwright_provenance::Options;
use chainwright_signing::timestamp::Authority;
use chainwright_signing::{Matcher, Policy, Refused, TimeSource};
use clap::ValueEnum;

use crate::proofs::{keys, now, shown};

/// A trust file larger than this is not read, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Whom to trust with signatures.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Trusting {
    /// A public key that may sign, in PEM form. Can be given more than once.
    #[arg(long, value_name = "PEM")]
    key: Vec<PathBuf>,

    /// Roots whose certificates may sign, in PEM form. Can be given more than once.
    #[arg(long, value_name = "PEM")]
    certificate_roots: Vec<PathBuf>,

    /// Who may sign with a certificate or under an identity of Sigstore: a mail address, URI or name, exactly. Can be given
    /// more than once.
    #[arg(long, value_name = "NAME")]
    identity: Vec<String>,

    /// Who may sign: a regular expression for the whole name. Can be given more than once.
    #[arg(long, value_name = "PATTERN")]
    identity_regex: Vec<String>,

    /// Who may vouch for the name, exactly. Can be given more than once.
    #[arg(long, value_name = "NAME")]
    issuer: Vec<String>,

    /// Who may vouch: a regular expression for the whole name. Can be given more than once.
    #[arg(long, value_name = "PATTERN")]
    issuer_regex: Vec<String>,

    /// The trusted root of a Sigstore instance, as JSON, for signatures under an identity [default: the public-good
    /// instance as this program knows it]. Nothing is asked over the network.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_TRUSTED_ROOT")]
    trusted_root: Option<PathBuf>,

    /// Roots of timestamp authorities (RFC 3161), in PEM form, for signatures by keys and certificates; those of
    /// --trusted-root count as well. Can be given more than once.
    #[arg(long, value_name = "PEM")]
    tsa_roots: Vec<PathBuf>,

    /// Who must at least vouch for the time of the signature [default: clock]. A timestamp is worth more than a log entry.
    #[arg(long, value_name = "SOURCE")]
    require_time: Option<Source>,

    /// Accept certificates that had ended, as long as they were valid once.
    #[arg(long)]
    allow_expired: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// Nobody: certificates are held against the time of the check.
    Clock,
    /// A transparency log.
    Log,
    /// A timestamp authority.
    Timestamp,
}

impl Trusting {
    /// Keys, roots and names as they are given.
    pub(crate) fn trust(&self) -> anyhow::Result<Trust> {
        let policy = Policy {
            keys: keys::public_keys(&self.key)?,
            roots: keys::roots(&self.certificate_roots)?,
            identities: matchers(&self.identity, &self.identity_regex)?,
            issuers: matchers(&self.issuer, &self.issuer_regex)?,
            allow_expired: self.allow_expired,
            least_time: match self.require_time {
                None | Some(Source::Clock) => TimeSource::Clock,
                Some(Source::Log) => TimeSource::Log,
                Some(Source::Timestamp) => TimeSource::Timestamp,
            },
        };
        let root = self.trusted_root.as_deref().map(keys::read).transpose()?;
        let mut authorities = match &root {
            Some(root) => authorities(root)?,
            None => Vec::new(),
        };
        if !self.tsa_roots.is_empty() {
            authorities.push(Authority::under(keys::roots(&self.tsa_roots)?));
        }
        Ok(Trust {
            policy,
            sigstore: sigstore_of(root),
            authorities,
        })
    }

    /// Whether anything is given but the root, which the environment of a machine may name.
    fn is_empty(&self) -> bool {
        self.key.is_empty()
            && self.certificate_roots.is_empty()
            && self.identity.is_empty()
            && self.identity_regex.is_empty()
            && self.issuer.is_empty()
            && self.issuer_regex.is_empty()
            && self.tsa_roots.is_empty()
            && self.require_time.is_none()
            && !self.allow_expired
    }

    /// The same with what the configuration says.
    fn with(&self, configured: &Verify) -> Self {
        let both = |ours: &[String], theirs: &[String]| [ours, theirs].concat();
        let paths = |ours: &[PathBuf], theirs: &[PathBuf]| [ours, theirs].concat();
        Self {
            key: paths(&self.key, &configured.keys),
            certificate_roots: paths(&self.certificate_roots, &configured.certificate_roots),
            identity: both(&self.identity, &configured.identities),
            identity_regex: both(&self.identity_regex, &configured.identity_patterns),
            issuer: both(&self.issuer, &configured.issuers),
            issuer_regex: both(&self.issuer_regex, &configured.issuer_patterns),
            trusted_root: self
                .trusted_root
                .clone()
                .or_else(|| configured.trusted_root.clone()),
            tsa_roots: self.tsa_roots.clone(),
            require_time: self.require_time,
            allow_expired: self.allow_expired || configured.allow_expired,
        }
    }
}

fn matchers(exact: &[String], patterns: &[String]) -> anyhow::Result<Vec<Matcher>> {
    let mut matchers: Vec<Matcher> = exact.iter().cloned().map(Matcher::Exact).collect();
    for pattern in patterns {
        matchers.push(Matcher::pattern(pattern)?);
    }
    Ok(matchers)
}

/// Whether and how a scan verifies.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Vouching {
    /// Verify the signatures and attestations in the targets, offline: who signed, and is it what was signed?
    #[arg(long)]
    pub(crate) verify: bool,

    #[command(flatten)]
    trusting: Trusting,

    /// A signature that lies outside of the targets; may be repeated.
    #[arg(long, value_name = "FILE")]
    signature: Vec<PathBuf>,

    /// Attestations that lie outside of the targets, a file or folder; may be repeated.
    #[arg(long, value_name = "PATH")]
    attestation: Vec<PathBuf>,

    /// Whom to trust how far with provenance, and what to expect of it, in TOML (docs/slsa.md).
    #[arg(long, value_name = "TRUST")]
    slsa: Option<PathBuf>,
}

impl Vouching {
    /// What the run is to verify; nothing if nobody asked for it.
    pub(crate) fn verifying(&self, configured: &Verify) -> anyhow::Result<Option<Verifying>> {
        if !self.verify && !configured.always {
            let is_given = !self.trusting.is_empty()
                || !self.signature.is_empty()
                || !self.attestation.is_empty()
                || self.slsa.is_some();
            if is_given {
                bail!("whom to trust matters only with --verify");
            }
            return Ok(None);
        }
        let slsa = self.slsa.as_deref().or(configured.slsa.as_deref());
        let named = [
            &self.signature,
            &self.attestation,
            &configured.signatures,
            &configured.attestations,
        ];
        let named: Vec<PathBuf> = named.into_iter().flatten().cloned().collect();
        for path in &named {
            // What is named and not there is a mistake, not an unsigned model.
            std::fs::metadata(path).with_context(|| format!("cannot read `{}`", shown(path)))?;
        }
        let recorded = configured.checkpoints.iter().map(|path| recorded(path));
        Ok(Some(Verifying {
            checking: Checking {
                trust: self.trusting.with(configured).trust()?,
                slsa: slsa.map(slsa_trust).transpose()?,
                options: Options::default(),
            },
            named,
            recorded: recorded.collect::<anyhow::Result<_>>()?,
            now: now(),
        }))
    }
}

/// Reads a trust file for provenance.
pub(crate) fn slsa_trust(path: &Path) -> anyhow::Result<chainwright_provenance::Trust> {
    let text = slsa_text(path)?;
    chainwright_provenance::Trust::read(&text).with_context(|| format!("`{}`", shown(path)))
}

/// The text of a trust file.
pub(crate) fn slsa_text(path: &Path) -> anyhow::Result<String> {
    let shown = shown(path);
    let size = std::fs::metadata(path).map(|metadata| metadata.len());
    if size.with_context(|| format!("cannot read `{shown}`"))? > LARGEST {
        bail!("`{shown}` has more than {LARGEST} bytes");
    }
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"))
}

fn recorded(path: &Path) -> anyhow::Result<Recorded> {
    let bytes = keys::read(path)?;
    Recorded::read(&bytes).with_context(|| format!("`{}` is no checkpoint of a log", shown(path)))
}

/// Who checks identities of Sigstore; without a root, the public-good instance as this program knows it counts.
#[cfg(feature = "keyless")]
fn sigstore_of(root: Option<Vec<u8>>) -> Option<Arc<dyn Sigstore>> {
    Some(Arc::new(Keyless { root }))
}

#[cfg(not(feature = "keyless"))]
fn sigstore_of(_root: Option<Vec<u8>>) -> Option<Arc<dyn Sigstore>> {
    None
}

/// The timestamp authorities of a trusted root.
#[cfg(feature = "keyless")]
fn authorities(root: &[u8]) -> Result<Vec<Authority>, Refused> {
    chainwright_keyless::TrustedRoot::from_json(root)?.authorities()
}

#[cfg(not(feature = "keyless"))]
fn authorities(_root: &[u8]) -> Result<Vec<Authority>, Refused> {
    Err(Refused::Unsupported {
        what: "a root of Sigstore, in this build,".to_owned(),
    })
}

/// Sigstore, with the root that counts.
#[cfg(feature = "keyless")]
#[derive(Debug)]
struct Keyless {
    root: Option<Vec<u8>>,
}

#[cfg(feature = "keyless")]
impl Keyless {
    fn verifier(&self) -> Result<chainwright_keyless::Verifier, Refused> {
        use chainwright_keyless::{TrustedRoot, Verifier};
        let root = match &self.root {
            Some(json) => TrustedRoot::from_json(json)?,
            None => TrustedRoot::public_good()?,
        };
        Verifier::new(&root)
    }
}

#[cfg(feature = "keyless")]
fn artifact(about: chainwright_proofs::About<'_>) -> chainwright_keyless::Artifact<'_> {
    use chainwright_keyless::Artifact;
    use chainwright_proofs::About;
    match about {
        About::OwnSubject => Artifact::OwnSubject,
        About::Sha256(digest) => Artifact::Sha256(digest),
        About::Bytes(bytes) => Artifact::Bytes(bytes),
    }
}

#[cfg(feature = "keyless")]
impl Sigstore for Keyless {
    fn verify(
        &self,
        bundle: &[u8],
        about: chainwright_proofs::About<'_>,
        policy: &Policy,
    ) -> Result<chainwright_signing::Verified, Refused> {
        self.verifier()?.verify(bundle, artifact(about), policy)
    }

    fn time_of_log(
        &self,
        bundle: &[u8],
        about: chainwright_proofs::About<'_>,
        key: &chainwright_signing::PublicKey,
    ) -> Result<Option<chainwright_signing::Time>, Refused> {
        self.verifier()?.time_of_log(bundle, artifact(about), key)
    }

    fn is_named(&self) -> bool {
        self.root.is_some()
    }
}
