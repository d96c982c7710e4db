//! Keys as `cosign generate-key-pair` writes them: JSON in text armour, scrypt and NaCl's secretbox around PKCS#8.
//!
//! Source: `sigstore/sigstore` pkg/cryptoutils/password.go, `theupdateframework/go-tuf` encrypted package.

use chainwright_attestations::json::{self, Limits};
use crypto_secretbox::aead::{Aead, KeyInit};
use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};
use serde_json::Value;
use zeroize::Zeroizing;

use super::KeyError;
use super::encrypted::check_scrypt;
use crate::secret::Secret;

pub(super) const LABEL: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
pub(super) const OLD_LABEL: &str = "ENCRYPTED COSIGN PRIVATE KEY";

pub(super) fn open(document: &[u8], password: &Secret) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let document = json::parse(document, &Limits::default()).map_err(|_| KeyError::Malformed)?;
    let text = |pointer: &str| {
        document
            .pointer(pointer)
            .and_then(Value::as_str)
            .ok_or(KeyError::Malformed)
    };
    let bytes = |pointer: &str| {
        let decoded = chainwright_attestations::base64::decode(text(pointer)?);
        decoded.ok_or(KeyError::Malformed)
    };
    if text("/kdf/name")? != "scrypt" || text("/cipher/name")? != "nacl/secretbox" {
        return Err(KeyError::Unsupported(
            "this encryption of cosign keys".to_owned(),
        ));
    }
    let key = derive(&document, &bytes("/kdf/salt")?, password)?;
    let nonce: [u8; 24] = bytes("/cipher/nonce")?
        .try_into()
        .map_err(|_| KeyError::Malformed)?;
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key.as_slice()));
    let opened = cipher.decrypt(Nonce::from_slice(&nonce), bytes("/ciphertext")?.as_slice());
    opened
        .map(Zeroizing::new)
        .map_err(|_| KeyError::WrongPassword)
}

fn derive(
    document: &Value,
    salt: &[u8],
    password: &Secret,
) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let number = |key: &str| {
        let value = document.pointer(&format!("/kdf/params/{key}"));
        value.and_then(Value::as_u64).ok_or(KeyError::Malformed)
    };
    let (n, r, p) = (number("N")?, number("r")?, number("p")?);
    check_scrypt(n, r, p)?;
    if !n.is_power_of_two() {
        return Err(KeyError::Malformed);
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| KeyError::Malformed)?;
    let narrow = |value: u64| u32::try_from(value).map_err(|_| KeyError::Malformed);
    let parameters = scrypt::Params::new(log_n, narrow(r)?, narrow(p)?, 32);
    let parameters = parameters.map_err(|_| KeyError::Malformed)?;
    let mut key = Zeroizing::new([0; 32]);
    let derived = scrypt::scrypt(password.expose(), salt, &parameters, key.as_mut_slice());
    derived.map_err(|_| KeyError::Malformed)?;
    Ok(key)
}
