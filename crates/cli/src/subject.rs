//! What attestations speak of: a file by its SHA-256, a folder by the root digest of OpenSSF Model Signing.

use std::path::Path;

use anyhow::{Context as _, bail};
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use chainwright_digests::{Found, Links, Plan, Tree, Walking, digest, walk};
use chainwright_oms::{
    Digest, Exclusions, Hash, Manifest, Method, Resource, SINGLE_FILE, Serialization,
};
use chainwright_provenance::{Descriptor, Digests};

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

/// Reads a file or folder. What no signature covers (`.git` and its kin) does not count; links are refused.
pub(crate) fn measure(path: &Path) -> anyhow::Result<Measured> {
    let exclusions = Exclusions::new(&[], None);
    let tree = walk(
        path,
        &Walking {
            links: Links::Refuse,
            hidden: &|name| exclusions.of(name).is_some(),
            limit: Limits::default().files,
            single: SINGLE_FILE,
        },
    )?;
    let Tree { files, others } = &tree;
    if let Some((name, left)) = others.iter().find(|(_, left)| !is_harmless(left)) {
        bail!("`{}`: {left:?}", visible(name, 300));
    }
    let covered: Vec<&Found> = files.iter().filter(|file| !file.is_hidden).collect();
    let plan = Plan {
        hash: Hash::Sha256,
        method: Method::Files,
    };
    let mut resources = Vec::new();
    for (file, pieces) in covered.iter().zip(digest(&covered, plan, None, &|_| {})) {
        let shown = || visible(&file.name, 300);
        let pieces = pieces.map_err(|left| anyhow::anyhow!("`{}`: {left:?}", shown()))?;
        let piece = pieces
            .first()
            .with_context(|| format!("`{}` is empty", shown()))?;
        resources.push(Resource {
            name: file.name.clone(),
            digest: piece.digest,
        });
    }
    let of_file = |resource: &Resource| (resource.name.clone(), hex(&resource.digest));
    let hashed = resources.iter().map(of_file).collect();
    let name = name_of(path);
    let digests = match resources.as_slice() {
        [only] if path.is_file() => Digests::sha256(&hex(&only.digest)),
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

fn is_harmless(left: &chainwright_oms::Left) -> bool {
    matches!(left, chainwright_oms::Left::EmptyFolder)
}

fn hex(digest: &Digest) -> String {
    let bytes = digest.as_bytes().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

fn name_of(path: &Path) -> String {
    let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = real.file_name().unwrap_or(real.as_os_str());
    name.to_string_lossy().into_owned()
}
