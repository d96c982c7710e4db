//! Signatures and attestations beside an image: how registries hold them.
//!
//! A registry knows no signatures. Tools agree on places instead: manifests whose `subject` is the image, listed by the
//! referrers API or under a tag of the image's digest ([`document`], [`attachment`]); and the older tags `.sig` and
//! `.att` of cosign, whose layers carry signatures in annotations ([`legacy`]) over a payload that names the image
//! ([`claim`]). This crate reads and writes those documents and turns what it finds into Sigstore bundles, so that one
//! verifier suffices. [`logged`] says whether an entry of a log is about the signature that it comes with.
//!
//! It talks to no registry and checks no signature. Nothing that it reads may be believed before that is done.
//!
//! Sources: OCI image and distribution specifications 1.1, `sigstore/cosign` specs/BUNDLE_SPEC.md and
//! specs/SIGNATURE_SPEC.md.

pub mod attachment;
pub mod claim;
pub mod digest;
pub mod document;
pub mod legacy;
pub mod logged;

pub use attachment::{Place, Shape};
pub use claim::{Claim, ClaimError, References};
pub use digest::Digest;
pub use document::{Descriptor, Manifest};
