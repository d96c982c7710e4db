//! Claims by someone about an artifact: *claimed* until checked, then *verified*.

use std::marker::PhantomData;

use crate::digest::Sha256;

/// Nobody has checked the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed;

/// The signature, the identity and the subject were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified;

/// Who is found to stand behind a verified claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(pub String);

/// A claim about artifacts. Only a checker turns a claimed one into a verified one, by naming the identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation<State> {
    predicate_type: String,
    subjects: Vec<Sha256>,
    identity: Option<Identity>,
    state: PhantomData<State>,
}

impl<State> Attestation<State> {
    /// The in-toto predicate type, a URI.
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// The digests the claim is about.
    #[must_use]
    pub fn subjects(&self) -> &[Sha256] {
        &self.subjects
    }
}

impl Attestation<Claimed> {
    /// A claim as it was found.
    #[must_use]
    pub fn claimed(predicate_type: impl Into<String>, subjects: Vec<Sha256>) -> Self {
        Self {
            predicate_type: predicate_type.into(),
            subjects,
            identity: None,
            state: PhantomData,
        }
    }

    /// The claim after a successful check of `identity`.
    #[must_use]
    pub fn verified_as(self, identity: Identity) -> Attestation<Verified> {
        Attestation {
            predicate_type: self.predicate_type,
            subjects: self.subjects,
            identity: Some(identity),
            state: PhantomData,
        }
    }
}

impl Attestation<Verified> {
    /// Who stands behind the claim.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        self.identity
            .as_ref()
            .expect("only `verified_as` makes a verified attestation, and it sets the identity")
    }
}
