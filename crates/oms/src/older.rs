//! What release 0.2 of model-signing wrote: files as subjects, and nothing about how they were hashed.
//!
//! Such statements mean SHA-256 over whole files. That their signatures are over the wrong bytes is the business of
//! `chainwright-signing`. Never written.

use crate::error::StatementError;
use crate::hash::{Digest, Hash};
use crate::json::Json;
use crate::manifest::{Manifest, Method, Resource, Serialization};
use crate::read::{object, take, take_text};

/// The type of the predicate of release 0.2.
pub(crate) const PREDICATE_TYPE: &str = "https://model_signing/Digests/v0.1";

/// What a manifest of this shape is called, since the statement does not say.
const NAMELESS: &str = "model";

pub(crate) fn digests(subjects: Vec<Json>) -> Result<Manifest, StatementError> {
    let resources = subjects
        .into_iter()
        .map(resource)
        .collect::<Result<_, _>>()?;
    Ok(Manifest {
        model: NAMELESS.to_owned(),
        serialization: Serialization {
            method: Method::Files,
            hash: Hash::Sha256,
            allow_symlinks: false,
            ignore_paths: Vec::new(),
        },
        resources,
    })
}

fn resource(subject: Json) -> Result<Resource, StatementError> {
    const PLACE: &str = "a subject";
    let mut subject = object(subject, "the statement", "subject")?;
    let name = take_text(&mut subject, PLACE, "name")?;
    if let Some(annotations) = subject.remove("annotations") {
        let mut annotations = object(annotations, PLACE, "annotations")?;
        if annotations.contains_key("actual_hash_algorithm") {
            let algorithm = take_text(&mut annotations, PLACE, "actual_hash_algorithm")?;
            // Anything else means that `sha256` below holds a digest of another kind.
            if !matches!(algorithm.as_str(), "file-sha256" | "sha256") {
                return Err(StatementError::Algorithm {
                    name,
                    algorithm,
                    hash_type: "sha256",
                });
            }
        }
    }
    let mut digests = object(take(&mut subject, PLACE, "digest")?, PLACE, "digest")?;
    let text = take_text(&mut digests, PLACE, "sha256")?;
    match Digest::from_hex(Hash::Sha256, &text) {
        Some(digest) => Ok(Resource { name, digest }),
        None => Err(StatementError::Digest {
            name,
            hash_type: "sha256",
        }),
    }
}
