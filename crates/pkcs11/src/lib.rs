//! Signing with a key that never leaves its token: a smart card, a security module, or SoftHSM.
//!
//! A key is named by a `pkcs11:` URI (RFC 7512) and used through the vendor's driver (PKCS#11). [`TokenKey`] is a
//! `signing::RawSigner`; with `signing::KeySigner` it signs whatever other keys sign. The driver is foreign code that is
//! loaded into the process: only the one that the user names is. Keys are neither made nor changed here.

mod token;
mod uri;

pub use token::{TokenError, TokenKey};
pub use uri::{Uri, UriError};
