//! Keys, certificates and passwords as users give them: in files, in the environment, at the terminal.
//!
//! A password never comes as an argument, since every user of the machine can read those.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use chainwright_attestations::Der;
use chainwright_signing::certificates::certificates_from_pem;
use chainwright_signing::{KeyError, PrivateKey, PublicKey, Roots, Secret};

use crate::proofs::shown;

/// The password of a private key, where no file is named.
pub(crate) const PASSWORD_VARIABLE: &str = "CHAINWRIGHT_KEY_PASSWORD";

/// A key or a list of certificates is never larger.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Reads a small file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let told = || format!("cannot read `{}`", shown(path));
    let file = std::fs::File::open(path).with_context(told)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .with_context(told)?;
    if bytes.len() as u64 > LARGEST {
        bail!("`{}` is too large for a key", shown(path));
    }
    Ok(bytes)
}

/// The private key in a file; the password is asked for only if the key needs one.
pub(crate) fn private_key(
    path: &Path,
    password_file: Option<&PathBuf>,
) -> anyhow::Result<PrivateKey> {
    let text = read(path)?;
    let told = || format!("cannot use the key `{}`", shown(path));
    let given = given_password(password_file)?;
    let key = match PrivateKey::from_pem(&text, given.as_ref()) {
        Err(KeyError::PasswordNeeded) if std::io::stdin().is_terminal() => {
            let typed = prompt(&format!("Password for {}: ", shown(path)))?;
            PrivateKey::from_pem(&text, Some(&typed))
        }
        read => read,
    };
    key.with_context(told)
}

/// The password that is given in a file or in the environment.
pub(crate) fn given_password(file: Option<&PathBuf>) -> anyhow::Result<Option<Secret>> {
    if let Some(file) = file {
        return Ok(Some(Secret::new(read(file)?)));
    }
    let set = std::env::var_os(PASSWORD_VARIABLE).filter(|value| !value.is_empty());
    Ok(set.map(|value| Secret::new(value.into_encoded_bytes())))
}

/// Asks at the terminal, without showing what is typed.
pub(crate) fn prompt(question: &str) -> anyhow::Result<Secret> {
    let terminal = console::Term::stderr();
    terminal.write_str(question)?;
    let typed = terminal.read_secure_line()?;
    Ok(Secret::new(typed))
}

/// The certificates in files, in the order of the files.
pub(crate) fn certificates(paths: &[PathBuf]) -> anyhow::Result<Vec<Der>> {
    let mut chain = Vec::new();
    for path in paths {
        let found = certificates_from_pem(&read(path)?)
            .with_context(|| format!("cannot use the certificates in `{}`", shown(path)))?;
        chain.extend(found);
    }
    Ok(chain)
}

/// The public keys in files.
pub(crate) fn public_keys(paths: &[PathBuf]) -> anyhow::Result<Vec<PublicKey>> {
    let key = |path: &PathBuf| {
        PublicKey::from_pem(&read(path)?)
            .with_context(|| format!("cannot use the key `{}`", shown(path)))
    };
    paths.iter().map(key).collect()
}

/// The roots in files.
pub(crate) fn roots(paths: &[PathBuf]) -> anyhow::Result<Roots> {
    let mut roots = Roots::default();
    for path in paths {
        let found = Roots::from_pem(&read(path)?)
            .with_context(|| format!("cannot use the certificates in `{}`", shown(path)))?;
        roots.extend(found);
    }
    Ok(roots)
}
