//! Sigstore without keys: signatures under an identity that a certificate of some minutes vouches for.
//!
//! A [`Verifier`] holds bundles against a [`TrustedRoot`] (the public-good instance is embedded) and against the
//! identities and issuers of a policy. It needs no network: the certificate's issuer, its transparency timestamp, the
//! proof that the signature is in a log, and the time come with the bundle.
//!
//! This is the only crate that knows the `sigstore-*` crates; none of their types shows. Bundles are first read by
//! `attestations`, so that whatever it refuses (repeated keys, unknown versions) is refused here too.

mod convert;
mod explain;
#[cfg(feature = "sign")]
pub mod sign;
pub mod trust;
mod verifier;

pub use trust::TrustedRoot;
pub use verifier::{Artifact, Verifier};
