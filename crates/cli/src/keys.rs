//! Keys on the command line: those that sign, and those that are trusted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chainwright_core::text::visible;
use chainwright_signing::certificates::certificates_from_pem;
use chainwright_signing::{KeySigner, PrivateKey, PublicKey, Roots, Secret, Signer};

/// Key files larger than this are none, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The variable with the password of the key.
const PASSWORD: &str = "CHAINWRIGHT_KEY_PASSWORD";

/// Who signs.
#[derive(Debug, clap::Args)]
pub(crate) struct Signing {
    /// The private key, in PEM. The password of an encrypted one comes from --password-file or the variable
    /// CHAINWRIGHT_KEY_PASSWORD.
    #[arg(long, value_name = "FILE", env = "CHAINWRIGHT_KEY")]
    key: Option<PathBuf>,

    /// A file whose first line is the password of the key.
    #[arg(long, value_name = "FILE", requires = "key")]
    password_file: Option<PathBuf>,

    /// Certificates for the key in PEM, that of the signer first.
    #[arg(long, value_name = "FILE", requires = "key")]
    certificates: Option<PathBuf>,
}

impl Signing {
    /// Whoever signs, if anybody.
    pub(crate) fn signer(&self) -> anyhow::Result<Option<Box<dyn Signer>>> {
        let Some(path) = &self.key else {
            return Ok(None);
        };
        let password = match &self.password_file {
            Some(path) => {
                let text = read(path)?;
                let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
                Some(Secret::new(line.to_vec()))
            }
            None => std::env::var_os(PASSWORD).map(|text| Secret::new(text.into_encoded_bytes())),
        };
        let key = PrivateKey::from_pem(&read(path)?, password.as_ref())
            .with_context(|| format!("`{}`", visible(&path.to_string_lossy(), 300)))?;
        let signer: Box<dyn Signer> = match &self.certificates {
            Some(path) => {
                let chain = certificates_from_pem(&read(path)?)?;
                Box::new(KeySigner::with_certificates(key, chain)?)
            }
            None => Box::new(KeySigner::new(key)),
        };
        Ok(Some(signer))
    }
}

/// Public keys that are trusted.
pub(crate) fn public_keys(paths: &[PathBuf]) -> anyhow::Result<Vec<PublicKey>> {
    paths
        .iter()
        .map(|path| {
            PublicKey::from_pem(&read(path)?)
                .with_context(|| format!("`{}`", visible(&path.to_string_lossy(), 300)))
        })
        .collect()
}

/// Certificates that are trusted to vouch.
pub(crate) fn roots(paths: &[PathBuf]) -> anyhow::Result<Roots> {
    let mut roots = Roots::default();
    for path in paths {
        let found = Roots::from_pem(&read(path)?)
            .with_context(|| format!("`{}`", visible(&path.to_string_lossy(), 300)))?;
        roots.extend(found);
    }
    Ok(roots)
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = || visible(&path.to_string_lossy(), 300);
    let metadata = fs::metadata(path).with_context(|| format!("cannot read `{}`", shown()))?;
    if metadata.len() > LARGEST {
        bail!(
            "`{}` is too large for a key, password or certificate",
            shown()
        );
    }
    fs::read(path).with_context(|| format!("cannot read `{}`", shown()))
}
