//! What attestations claim about how something was made, and how far those claims can be trusted.
//!
//! Reads the predicates that supply chains exchange (SLSA provenance v0.2 and v1, verification summaries, SCAI, SVR, test
//! results, vulnerability reports, and the project's own three), writes them, and answers which level of the SLSA v1.2
//! build and source tracks an artifact reaches, with every reason why it is not higher.
//!
//! Signatures are not checked here: whoever calls says who signed what, and only what somebody signed is believed. The
//! crate knows no files, no keys, no network and no clock.

mod descriptor;
mod json;
mod level;
mod pattern;
pub mod predicate;
mod trust;
mod verify;

pub use descriptor::{Descriptor, Digests};
pub use level::{BUILD_TOP, Level, SOURCE_TOP, Track};
pub use pattern::Pattern;
pub use predicate::Malformed;
pub use trust::{Builder, Expectation, Expected, Floor, Signing, Trust, TrustError, Verifier};
pub use verify::{
    Artifact, Attestation, Dependency, Options, Outcome, Reached, Reason, Signer, verify,
};
