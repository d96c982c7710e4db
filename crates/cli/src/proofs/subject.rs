//! What attestations speak of: a file by its SHA-256, a folder by the root digest of OpenSSF Model Signing.

use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use chainwright_core::text::visible;
use chainwright_digests::{Found, Plan, Tree};
use chainwright_oms::{
    DEFAULT_SIGNATURE, Exclusions, Hash, Left, Manifest, Method, Resource, SINGLE_FILE,
    Serialization,
};
use chainwright_provenance::{Descriptor, Digests};

use crate::proofs::model::{hash, list, name};
use crate::proofs::shown;
use crate::proofs::tell::what;

/// Something that lies here, with what it hashes to.
#[derive(Debug)]
pub(crate) struct Measured {
    /// What it is called.
    pub(crate) name: String,
    /// Its digests.
    pub(crate) digests: Digests,
    /// The SHA-256 of every file, in lower-case hexadecimal.
    pub(crate) files: Vec<(String, String)>,
}

impl Measured {
    /// As the subject of a statement.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor::named(self.name.clone()).with(self.digests.clone())
    }
}

/// Reads a file or folder. What no signature covers (`.git` and its kin, the signature itself) does not count, so that
/// the digest of a folder is the one that `sign` signs; links are refused.
pub(crate) fn measure(path: &Path) -> anyhow::Result<Measured> {
    let signature = Some(DEFAULT_SIGNATURE.to_owned());
    let exclusions = Exclusions::new(&[], signature);
    let Tree { files, others } = list(path, false, &exclusions, SINGLE_FILE)?;
    if let Some((name, left)) = others.iter().find(|(_, left)| *left != Left::EmptyFolder) {
        bail!(
            "`{}` cannot be attested: {}",
            visible(name, 300),
            what(left)
        );
    }
    let covered: Vec<&Found> = files.iter().filter(|file| !file.is_hidden).collect();
    let plan = Plan {
        hash: Hash::Sha256,
        method: Method::Files,
    };
    let mut resources = Vec::new();
    for (file, pieces) in covered.iter().zip(hash(&covered, plan, None)) {
        let told = || visible(&file.name, 300);
        let pieces =
            pieces.map_err(|left| anyhow!("`{}` cannot be attested: {}", told(), what(&left)))?;
        let piece = pieces
            .first()
            .with_context(|| format!("`{}` is empty", told()))?;
        resources.push(Resource {
            name: file.name.clone(),
            digest: piece.digest,
        });
    }
    let of_file = |resource: &Resource| (resource.name.clone(), resource.digest.to_string());
    let hashed = resources.iter().map(of_file).collect();
    let name = name(path).with_context(|| format!("`{}` has no name", shown(path)))?;
    let digests = match resources.as_slice() {
        [only] if path.is_file() => Digests::sha256(&only.digest.to_string()),
        _ => {
            let serialization = Serialization {
                method: Method::Files,
                hash: Hash::Sha256,
                allow_symlinks: false,
                ignore_paths: Vec::new(),
            };
            let manifest = Manifest::new(name.clone(), serialization, resources)?;
            Digests::sha256(&manifest.root().to_string())
        }
    };
    Ok(Measured {
        name,
        digests,
        files: hashed,
    })
}
