//! Signed bytes back into a manifest, whatever release wrote them.
//!
//! What is read beyond the text of the specification, because released signers write it: `shard_size` as a floating
//! number, `sha256-sharded-N` as the algorithm of a stretch, entries in the order of path parts, `.` as the name of a
//! single file, no `ignore_paths`, and the shape of release 0.2 ([`crate::older`]). The caller has checked the signature
//! before; a manifest that is signed but breaks a rule is refused all the same.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_core::digest::Sha256;

use crate::error::StatementError;
use crate::exclude::{IgnoreError, ignore_path};
use crate::hash::{Digest, Hash};
use crate::json::Json;
use crate::manifest::{Manifest, Method, Resource, Serialization};
use crate::name::{NameError, SINGLE_FILE, check_name, split_shard};
use crate::{PREDICATE_TYPE, STATEMENT_TYPE, older};

type Object = BTreeMap<String, Json>;

/// Which kind of statement it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `https://model_signing/signature/v1.0`.
    Signature,
    /// `https://model_signing/Digests/v0.1`: files are the subjects, and nothing says how they were hashed.
    Digests,
}

/// What a signed statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What is covered.
    pub manifest: Manifest,
    /// Which kind of statement it was.
    pub shape: Shape,
}

/// Reads the payload of a signature.
///
/// # Errors
/// When it is something else, or breaks a rule of the specification.
pub fn read_statement(payload: &[u8]) -> Result<Signed, StatementError> {
    let value = Json::read(payload).map_err(|error| StatementError::Json(error.to_string()))?;
    let mut statement = object(value, "the payload", "statement")?;
    const PLACE: &str = "the statement";
    let statement_type = take_text(&mut statement, PLACE, "_type")?;
    if statement_type != STATEMENT_TYPE {
        return Err(StatementError::StatementType(statement_type));
    }
    let predicate_type = take_text(&mut statement, PLACE, "predicateType")?;
    let subjects = take_list(&mut statement, PLACE, "subject")?;
    let predicate = take(&mut statement, PLACE, "predicate")?;
    refuse_rest(&statement, PLACE)?;
    let (manifest, shape) = match predicate_type.as_str() {
        PREDICATE_TYPE => (signature(subjects, predicate)?, Shape::Signature),
        older::PREDICATE_TYPE => (older::digests(subjects)?, Shape::Digests),
        _ => return Err(StatementError::PredicateType(predicate_type)),
    };
    check(&manifest)?;
    Ok(Signed { manifest, shape })
}

fn signature(subjects: Vec<Json>, predicate: Json) -> Result<Manifest, StatementError> {
    const PLACE: &str = "the predicate";
    let (model, root) = one_subject(subjects)?;
    let mut predicate = object(predicate, "the statement", "predicate")?;
    let block = take(&mut predicate, PLACE, "serialization")?;
    let serialization = serialization(object(block, PLACE, "serialization")?)?;
    let entries = take_list(&mut predicate, PLACE, "resources")?;
    refuse_rest(&predicate, PLACE)?;
    let resources = entries
        .into_iter()
        .map(|entry| resource(entry, &serialization))
        .collect::<Result<Vec<_>, _>>()?;
    let manifest = Manifest {
        model,
        serialization,
        resources,
    };
    // Nothing signed is told before the root, which is that of nothing.
    if manifest.resources.is_empty() {
        return Err(StatementError::Empty);
    }
    let computed = manifest.root();
    if computed == root {
        Ok(manifest)
    } else {
        Err(StatementError::RootMismatch {
            signed: root,
            computed,
        })
    }
}

/// Name and root digest of the model. Further fields of a subject are allowed and mean nothing here.
fn one_subject(subjects: Vec<Json>) -> Result<(String, Sha256), StatementError> {
    const PLACE: &str = "the subject";
    let count = subjects.len();
    let [subject] =
        <[Json; 1]>::try_from(subjects).map_err(|_| StatementError::SubjectCount(count))?;
    let mut subject = object(subject, "the statement", "subject")?;
    let name = take_text(&mut subject, PLACE, "name")?;
    if name.is_empty() {
        return Err(StatementError::SubjectNameless);
    }
    let digest = take(&mut subject, PLACE, "digest")?;
    let mut digests = object(digest, PLACE, "digest")?;
    let text = take_text(&mut digests, PLACE, "sha256")?;
    match Digest::from_hex(Hash::Sha256, &text) {
        Some(Digest::Sha256(bytes)) => Ok((name, Sha256(bytes))),
        _ => Err(StatementError::SubjectDigest(text)),
    }
}

fn serialization(mut block: Object) -> Result<Serialization, StatementError> {
    const PLACE: &str = "the serialization";
    let method = take_text(&mut block, PLACE, "method")?;
    let hash_type = take_text(&mut block, PLACE, "hash_type")?;
    let hash = Hash::from_name(&hash_type).ok_or(StatementError::HashType(hash_type))?;
    let allow_symlinks = match take(&mut block, PLACE, "allow_symlinks")? {
        Json::Bool(value) => value,
        other => return Err(wrong(PLACE, "allow_symlinks", "a boolean", &other)),
    };
    let size = block.remove("shard_size");
    let method = match (method.as_str(), size) {
        ("files", None) => Method::Files,
        ("files", Some(_)) => {
            let told = "given although whole files are hashed".to_owned();
            return Err(StatementError::ShardSize(told));
        }
        ("shards", Some(size)) => Method::Shards(shard_size(&size)?),
        ("shards", None) => return Err(StatementError::ShardSize("missing".to_owned())),
        _ => return Err(StatementError::Method(method)),
    };
    let ignore_paths = match block.remove("ignore_paths") {
        None => Vec::new(),
        Some(Json::List(paths)) => paths
            .into_iter()
            .map(|path| ignored(path, PLACE))
            .collect::<Result<_, _>>()?,
        Some(other) => return Err(wrong(PLACE, "ignore_paths", "a list", &other)),
    };
    refuse_rest(&block, PLACE)?;
    Ok(Serialization {
        method,
        hash,
        allow_symlinks,
        ignore_paths,
    })
}

/// model-signing writes the size as a floating number (`1000000000.0`).
fn shard_size(value: &Json) -> Result<u64, StatementError> {
    let size = match value {
        Json::Whole(size) => Some(*size),
        Json::Number(number) => whole(*number),
        _ => None,
    };
    size.filter(|size| *size > 0)
        .ok_or_else(|| StatementError::ShardSize("no positive whole number".to_owned()))
}

/// A floating number without fraction, as far as such numbers are exact.
fn whole(number: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.fract() == 0.0 && (0.0..=EXACT).contains(&number);
    // Written without fraction and exponent, it reads as what it is.
    is_whole
        .then(|| format!("{number:.0}").parse().ok())
        .flatten()
}

/// A path that is left out. What a reader would take for a pattern is an exact name here, as it was for the signer.
fn ignored(path: Json, place: &'static str) -> Result<String, StatementError> {
    let Json::Text(path) = path else {
        return Err(wrong(place, "ignore_paths", "a list of strings", &path));
    };
    match ignore_path(&path) {
        Ok(path) => Ok(path),
        Err(IgnoreError::Pattern(_)) if is_inside(&path) => Ok(path),
        Err(error) => Err(error.into()),
    }
}

fn is_inside(path: &str) -> bool {
    path != SINGLE_FILE && check_name(path).is_ok()
}

/// One entry. Further fields are allowed and mean nothing here.
fn resource(entry: Json, serialization: &Serialization) -> Result<Resource, StatementError> {
    const PLACE: &str = "a resource";
    let hash = serialization.hash;
    let mut entry = object(entry, "the predicate", "resources")?;
    let name = take_text(&mut entry, PLACE, "name")?;
    let algorithm = take_text(&mut entry, PLACE, "algorithm")?;
    if !is_algorithm(&algorithm, serialization) {
        return Err(StatementError::Algorithm {
            name,
            algorithm,
            hash_type: hash.as_str(),
        });
    }
    let digest = take_text(&mut entry, PLACE, "digest")?;
    match Digest::from_hex(hash, &digest) {
        Some(digest) => Ok(Resource { name, digest }),
        None => Err(StatementError::Digest {
            name,
            hash_type: hash.as_str(),
        }),
    }
}

/// Whether an entry says that it was hashed as the whole was; stretches may say so as `sha256-sharded-1000000000`.
fn is_algorithm(algorithm: &str, serialization: &Serialization) -> bool {
    let (name, size) = match (algorithm.split_once("-sharded-"), serialization.method) {
        (None, _) => (algorithm, None),
        (Some(_), Method::Files) => return false,
        (Some((name, size)), Method::Shards(expected)) => (name, Some((size, expected))),
    };
    let is_size = size.is_none_or(|(size, expected)| {
        size == expected.to_string() || size.strip_suffix(".0") == Some(&expected.to_string())
    });
    Hash::from_name(name) == Some(serialization.hash) && is_size
}

/// The rules that hold for entries of every shape.
fn check(manifest: &Manifest) -> Result<(), StatementError> {
    if manifest.resources.is_empty() {
        return Err(StatementError::Empty);
    }
    let mut names = BTreeSet::new();
    let mut stretches: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for resource in &manifest.resources {
        if !names.insert(resource.name.as_str()) {
            return Err(StatementError::DuplicateName(resource.name.clone()));
        }
        let (path, start, end) = match manifest.serialization.method {
            Method::Files => (resource.name.as_str(), 0, 0),
            Method::Shards(_) => split_shard(&resource.name)
                .ok_or_else(|| StatementError::ShardName(resource.name.clone()))?,
        };
        check_name(path)?;
        stretches.entry(path).or_default().push((start, end));
    }
    if stretches.len() > 1 && stretches.contains_key(SINGLE_FILE) {
        return Err(NameError::NotCanonical(SINGLE_FILE.to_owned()).into());
    }
    if let Method::Shards(size) = manifest.serialization.method {
        for (path, ranges) in stretches {
            check_ranges(path, ranges, size)?;
        }
    }
    Ok(())
}

/// Stretches begin at the start of the file, follow each other, and all but the last have the full size.
fn check_ranges(path: &str, mut ranges: Vec<(u64, u64)>, size: u64) -> Result<(), StatementError> {
    ranges.sort_unstable();
    let last = ranges.last().copied();
    let mut expected = 0;
    for range @ (start, end) in ranges {
        let length = end.saturating_sub(start);
        let is_full = length == size || (Some(range) == last && length > 0 && length < size);
        if start != expected || !is_full {
            return Err(StatementError::ShardRange(format!("{path}:{start}:{end}")));
        }
        expected = end;
    }
    Ok(())
}

pub(crate) fn object(
    value: Json,
    place: &'static str,
    field: &'static str,
) -> Result<Object, StatementError> {
    match value {
        Json::Object(object) => Ok(object),
        other => Err(wrong(place, field, "an object", &other)),
    }
}

pub(crate) fn take(
    object: &mut Object,
    place: &'static str,
    field: &'static str,
) -> Result<Json, StatementError> {
    object
        .remove(field)
        .ok_or(StatementError::MissingField { place, field })
}

pub(crate) fn take_text(
    object: &mut Object,
    place: &'static str,
    field: &'static str,
) -> Result<String, StatementError> {
    match take(object, place, field)? {
        Json::Text(text) => Ok(text),
        other => Err(wrong(place, field, "a string", &other)),
    }
}

fn take_list(
    object: &mut Object,
    place: &'static str,
    field: &'static str,
) -> Result<Vec<Json>, StatementError> {
    match take(object, place, field)? {
        Json::List(list) => Ok(list),
        other => Err(wrong(place, field, "a list", &other)),
    }
}

const fn wrong(
    place: &'static str,
    field: &'static str,
    expected: &'static str,
    found: &Json,
) -> StatementError {
    StatementError::WrongType {
        place,
        field,
        expected,
        found: found.kind(),
    }
}

/// What was not taken is a field that the schema of the specification forbids.
fn refuse_rest(object: &Object, place: &'static str) -> Result<(), StatementError> {
    match object.keys().next() {
        None => Ok(()),
        Some(field) => Err(StatementError::ExtraField {
            place,
            field: field.clone(),
        }),
    }
}
