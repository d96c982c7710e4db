//! The list of names and digests that one signature covers.

use chainwright_core::digest::Sha256;
use sha2::Digest as _;

use crate::hash::{Digest, Hash};
use crate::name::{NameError, check_name, split_shard};

/// Bytes of a stretch unless the signer says otherwise.
pub const DEFAULT_SHARD_SIZE: u64 = 1_000_000_000;

/// How files become entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One digest for each file.
    Files,
    /// One digest for each stretch of this many bytes; empty files have none.
    Shards(u64),
}

/// How a model was enumerated and hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serialization {
    /// How files become entries.
    pub method: Method,
    /// How they are hashed.
    pub hash: Hash,
    /// Whether symbolic links stand for what they lead to.
    pub allow_symlinks: bool,
    /// Relative paths that are left out, as signed.
    pub ignore_paths: Vec<String>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The path, or path and stretch.
    pub name: String,
    /// What it must hash to.
    pub digest: Digest,
}

/// In which order the entries stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By code points of names, as the specification wants.
    CodePoints,
    /// By the parts of paths, as releases of model-signing write them.
    PathParts,
    /// Neither.
    Other,
}

/// What a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The name of the model; says nothing about it.
    pub model: String,
    /// How it was enumerated and hashed.
    pub serialization: Serialization,
    /// The entries in the order in which they are signed.
    pub resources: Vec<Resource>,
}

/// A manifest that may not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is nothing to sign.
    #[error("the model holds no file that a signature would cover")]
    Empty,
    /// The model has no name.
    #[error("the model has no name")]
    Nameless,
    /// A name cannot be signed.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A name stands twice.
    #[error("`{0}` stands twice")]
    Duplicate(String),
    /// A digest is of another kind than the rest.
    #[error("`{0}` was hashed in another way than the rest")]
    MixedHashes(String),
    /// Stretches of no bytes.
    #[error("stretches have to be one byte long at least")]
    ShardSize,
}

impl Manifest {
    /// A manifest to be signed: entries are sorted as the specification wants.
    ///
    /// # Errors
    /// When it could not be verified: nothing in it, names twice or leading out.
    pub fn new(
        model: String,
        serialization: Serialization,
        mut resources: Vec<Resource>,
    ) -> Result<Self, BuildError> {
        if model.is_empty() {
            return Err(BuildError::Nameless);
        }
        if resources.is_empty() {
            return Err(BuildError::Empty);
        }
        if serialization.method == Method::Shards(0) {
            return Err(BuildError::ShardSize);
        }
        // Rust orders strings by their UTF-8 bytes, which is the order of code points.
        resources.sort_by(|left, right| left.name.cmp(&right.name));
        for resource in &resources {
            check_name(path_of(&resource.name, serialization.method))?;
            if resource.digest.hash() != serialization.hash {
                return Err(BuildError::MixedHashes(resource.name.clone()));
            }
        }
        let pairs = resources.iter().zip(resources.iter().skip(1));
        if let Some((twice, _)) = pairs
            .into_iter()
            .find(|(left, right)| left.name == right.name)
        {
            return Err(BuildError::Duplicate(twice.name.clone()));
        }
        Ok(Self {
            model,
            serialization,
            resources,
        })
    }

    /// The one digest that stands for the model: SHA-256 over the raw digests in their order, however files are hashed.
    #[must_use]
    pub fn root(&self) -> Sha256 {
        let mut hasher = sha2::Sha256::new();
        for resource in &self.resources {
            hasher.update(resource.digest.as_bytes());
        }
        Sha256(hasher.finalize().into())
    }

    /// In which order the entries stand.
    #[must_use]
    pub fn order(&self) -> Order {
        let is_sorted_by = |by: &dyn Fn(&str, &str) -> std::cmp::Ordering| {
            let pairs = self.resources.iter().zip(self.resources.iter().skip(1));
            pairs
                .into_iter()
                .all(|(left, right)| by(&left.name, &right.name).is_le())
        };
        if is_sorted_by(&|left, right| left.cmp(right)) {
            Order::CodePoints
        } else if is_sorted_by(&|left, right| self.parts(left).cmp(&self.parts(right))) {
            Order::PathParts
        } else {
            Order::Other
        }
    }

    fn parts<'a>(&self, name: &'a str) -> (Vec<&'a str>, u64, u64) {
        let (path, start, end) = match self.serialization.method {
            Method::Files => (name, 0, 0),
            Method::Shards(_) => split_shard(name).unwrap_or((name, 0, 0)),
        };
        (path.split('/').collect(), start, end)
    }

    /// The path of an entry, without the stretch.
    #[must_use]
    pub fn path_of<'a>(&self, name: &'a str) -> &'a str {
        path_of(name, self.serialization.method)
    }

    /// The paths that are signed, each once for each run of entries.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.resources
            .iter()
            .map(|resource| self.path_of(&resource.name))
    }
}

fn path_of(name: &str, method: Method) -> &str {
    match method {
        Method::Files => name,
        Method::Shards(_) => split_shard(name).map_or(name, |(path, _, _)| path),
    }
}
