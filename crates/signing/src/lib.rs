//! Keys, certificates and policy: who signed these bytes, and may they.
//!
//! A [`Signer`] turns a payload or an artifact into a bundle. [`verify_envelope`] and [`verify_message`] hold a
//! signature and its material against a [`Policy`] at a [`Moment`], and answer either who signed ([`Verified`]) or why
//! not ([`Refused`], every reason a variant of its own with what to do about it).
//!
//! Cryptography is aws-lc's; chains are built by webpki. The crate trusts nothing by itself: keys, roots and identities
//! come from the policy, the clock comes in as an argument, and there is no network. What timestamp authorities say of the
//! time is read here ([`timestamp`]); Sigstore's identities and its logs belong to `keyless`.

mod blob;
pub mod certificates;
pub mod key;
mod pem;
pub mod policy;
pub mod private_key;
pub mod refused;
pub mod secret;
pub mod signer;
pub mod time;
pub mod timestamp;
pub mod verify;

pub use blob::Prehashed;
pub use certificates::Roots;
pub use key::{KeyKind, PublicKey};
pub use policy::{Matcher, Policy};
pub use private_key::{KeyError, PrivateKey};
pub use refused::Refused;
pub use secret::Secret;
pub use signer::{KeySigner, RawSigner, SignError, Signer};
pub use time::{Moment, Time, TimeSource};
pub use verify::{
    Identity, Verified, verify_blob_at, verify_envelope, verify_envelope_at,
    verify_envelope_of_oms_0_2, verify_message, verify_message_of_cosign,
};
