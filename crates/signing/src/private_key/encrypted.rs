//! Encrypted PKCS#8 (RFC 5958) with PBES2 (RFC 8018, RFC 7914).

use aws_lc_rs::rand;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo};
use zeroize::Zeroizing;

use super::KeyError;
use crate::secret::Secret;

/// Rounds of PBKDF2 for keys that are written: what OWASP's password storage cheat sheet asks for with SHA-256.
const ROUNDS: u32 = 600_000;

/// Rounds that are run for a key that is read: some seconds.
const MOST_ROUNDS: u32 = 10_000_000;

/// Memory that scrypt may take for a key that is read.
pub(super) const MOST_SCRYPT_BYTES: u64 = 256 << 20;

/// LIMIT: what scrypt may cost. Memory is 128·N·r bytes; parallel runs multiply the time.
pub(super) fn check_scrypt(n: u64, r: u64, p: u64) -> Result<(), KeyError> {
    let memory = n.saturating_mul(r).saturating_mul(128);
    if memory > MOST_SCRYPT_BYTES || p > 16 {
        return Err(KeyError::TooCostly(format!(
            "scrypt with N={n}, r={r}, p={p}"
        )));
    }
    Ok(())
}

pub(super) fn open(der: &[u8], password: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let info = EncryptedPrivateKeyInfo::try_from(der);
    let info = info.map_err(|_| KeyError::Unsupported("this encryption of keys".to_owned()))?;
    let unsupported = || KeyError::Unsupported("encryption older than PBES2".to_owned());
    let parameters = info.encryption_algorithm.pbes2().ok_or_else(unsupported)?;
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) if kdf.iteration_count > MOST_ROUNDS => {
            let cost = format!("PBKDF2 with {} rounds", kdf.iteration_count);
            return Err(KeyError::TooCostly(cost));
        }
        Kdf::Pbkdf2(_) => {}
        Kdf::Scrypt(kdf) => check_scrypt(
            kdf.cost_parameter,
            kdf.block_size.into(),
            kdf.parallelization.into(),
        )?,
        _ => return Err(unsupported()),
    }
    let opened = info.decrypt(password.expose());
    let opened = opened.map_err(|_| KeyError::WrongPassword)?;
    Ok(Zeroizing::new(opened.as_bytes().to_vec()))
}

pub(super) fn seal(der: &[u8], password: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    rand::fill(&mut salt).map_err(|_| KeyError::Failed)?;
    rand::fill(&mut iv).map_err(|_| KeyError::Failed)?;
    let parameters = Parameters::pbkdf2_sha256_aes256cbc(ROUNDS, &salt, &iv);
    let parameters = parameters.map_err(|_| KeyError::Failed)?;
    let info = PrivateKeyInfo::try_from(der).map_err(|_| KeyError::Malformed)?;
    let sealed = info.encrypt_with_params(parameters, password.expose());
    let sealed = sealed.map_err(|_| KeyError::Failed)?;
    Ok(Zeroizing::new(sealed.as_bytes().to_vec()))
}
