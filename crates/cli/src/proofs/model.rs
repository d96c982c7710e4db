//! A model as it lies on the disk: listed, hashed, and ready to be signed or compared.

use std::path::{Path, PathBuf};

use chainwright_digests::{
    Cache, Found, Links, Plan, Progress as Read, Tree, Walking, digest, digest_stream, walk,
};
use chainwright_oms::{Exclusions, Left, Manifest, Method, Present, PresentFile, SINGLE_FILE};

use crate::progress::Bar;
use chainwright_engine::Progress as _;

/// Files and folders that a model may have.
const LIMIT: u64 = 4_000_000;

/// The path of a file relative to a model, if it lies in it.
pub(crate) fn inside(model: &Path, file: &Path) -> Option<String> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let real = std::fs::canonicalize(folder).ok()?.join(file.file_name()?);
    let below = real
        .strip_prefix(std::fs::canonicalize(model).ok()?)
        .ok()?
        .to_owned();
    let parts: Option<Vec<&str>> = below.iter().map(std::ffi::OsStr::to_str).collect();
    parts
        .map(|parts| parts.join("/"))
        .filter(|name| !name.is_empty())
}

/// The name of a model: the last part of its path.
pub(crate) fn name(model: &Path) -> Option<String> {
    let of = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    of(model).or_else(|| of(&std::fs::canonicalize(model).ok()?))
}

/// What lies there, without reading it.
pub(crate) fn list(
    model: &Path,
    allow_symlinks: bool,
    exclusions: &Exclusions,
    single: &str,
) -> anyhow::Result<Tree> {
    let walking = Walking {
        links: if allow_symlinks {
            Links::Follow
        } else {
            Links::Refuse
        },
        hidden: &|name| exclusions.of(name).is_some(),
        limit: LIMIT,
        single,
    };
    Ok(walk(model, &walking)?)
}

/// What the verifier calls the file if the model is one: as the signer called it.
pub(crate) fn single_name(model: &Path, signed: &Manifest) -> String {
    let is_dot = signed.paths().all(|path| path == SINGLE_FILE);
    if is_dot {
        return SINGLE_FILE.to_owned();
    }
    name(model).unwrap_or_else(|| SINGLE_FILE.to_owned())
}

/// Hashes what is chosen and shows how far it is.
pub(crate) fn hash(
    files: &[&Found],
    plan: Plan,
    cache: Option<&mut Cache>,
) -> Vec<Result<Vec<chainwright_oms::Piece>, Left>> {
    let bar = Bar::new();
    bar.begin(
        files.len() as u64,
        files.iter().map(|file| file.stamp.size).sum(),
    );
    let advance: Read<'_> = &|bytes| bar.advance(bytes);
    let digests = digest(files, plan, cache, advance);
    bar.end();
    digests
}

/// How a verifier treats the disk.
#[derive(Debug)]
pub(crate) struct Looking<'a> {
    pub(crate) model: &'a Path,
    pub(crate) signature: &'a Path,
    /// Where digests of unchanged files are kept.
    pub(crate) cache: Option<PathBuf>,
}

/// The model as it lies there, hashed as far as it is signed: what nobody signed needs no digest to be refused.
pub(crate) fn present(looking: &Looking<'_>, signed: &Manifest) -> anyhow::Result<Present> {
    let serialization = &signed.serialization;
    let exclusions = Exclusions::new(
        &serialization.ignore_paths,
        inside(looking.model, looking.signature),
    );
    let single = single_name(looking.model, signed);
    let tree = list(
        looking.model,
        serialization.allow_symlinks,
        &exclusions,
        &single,
    )?;
    let sizes = signed_sizes(signed);
    let is_wanted = |file: &&Found| match sizes.get(file.name.as_str()) {
        // Stretches of a file of another length are told by the length alone.
        Some(Some(size)) => *size == file.stamp.size,
        Some(None) => true,
        None => false,
    };
    let wanted: Vec<&Found> = tree.files.iter().filter(is_wanted).collect();
    let plan = Plan {
        hash: serialization.hash,
        method: serialization.method,
    };
    let mut cache = looking
        .cache
        .as_deref()
        .map(|folder| Cache::open(folder, looking.model));
    let digests = hash(&wanted, plan, cache.as_mut());
    if let Some(cache) = cache {
        // A cache that cannot be written costs time, nothing else.
        let _ = cache.save();
    }
    let mut others = tree.others;
    let mut pieces = std::collections::BTreeMap::new();
    for (file, digested) in wanted.iter().zip(digests) {
        match digested {
            Ok(found) => drop(pieces.insert(file.name.clone(), found)),
            Err(left) => others.push((file.name.clone(), left)),
        }
    }
    let failed: std::collections::BTreeSet<&str> = others
        .iter()
        .filter(|(_, left)| matches!(left, Left::Unreadable { .. } | Left::Changing))
        .map(|(name, _)| name.as_str())
        .collect();
    let files = tree
        .files
        .into_iter()
        .filter(|file| !failed.contains(file.name.as_str()))
        .map(|file| PresentFile {
            pieces: pieces.remove(&file.name).unwrap_or_default(),
            excluded: exclusions.of(&file.name).filter(|_| file.is_hidden),
            name: file.name,
            size: file.stamp.size,
            is_executable: file.is_executable,
        })
        .collect();
    Ok(Present { files, others })
}

/// What comes through standard input, as the one file of a model; it has no name of its own, so it takes the signed one.
pub(crate) fn streamed(signed: &Manifest) -> anyhow::Result<Present> {
    let plan = Plan {
        hash: signed.serialization.hash,
        method: signed.serialization.method,
    };
    let mut paths: Vec<&str> = signed.paths().collect();
    paths.dedup();
    let [name] = paths.as_slice() else {
        anyhow::bail!("the signature is over several files, and standard input is one");
    };
    let (pieces, size) = digest_stream(&mut std::io::stdin().lock(), plan)?;
    let file = PresentFile {
        name: (*name).to_owned(),
        size,
        pieces,
        is_executable: false,
        excluded: None,
    };
    Ok(Present {
        files: vec![file],
        others: Vec::new(),
    })
}

/// The signed paths, with the length that stretches give them.
fn signed_sizes(signed: &Manifest) -> std::collections::BTreeMap<&str, Option<u64>> {
    let mut sizes = std::collections::BTreeMap::new();
    for resource in &signed.resources {
        let end = match signed.serialization.method {
            Method::Files => None,
            Method::Shards(_) => {
                chainwright_oms::split_shard(&resource.name).map(|(_, _, end)| end)
            }
        };
        let size = sizes.entry(signed.path_of(&resource.name)).or_insert(end);
        *size = (*size).max(end);
    }
    sizes
}
