//! `sign`: a signature over a model by OpenSSF Model Signing.

mod gate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chainwright_analysis::RuleEntry;
use chainwright_attestations::dsse;
use chainwright_core::text::visible;
use chainwright_digests::{Cache, Found, Plan, digest_stream};
use chainwright_oms::{
    ALWAYS_EXCLUDED, DEFAULT_SHARD_SIZE, Difference, Exclusions, Hash, Left, Manifest, Method,
    Piece, Resource, SINGLE_FILE, Serialization, Weight, ignore_path, shard_name, write_statement,
};
use chainwright_signing::KeyKind;
use chainwright_signing::certificates::names_of;
use clap::{Args, ValueEnum};

use crate::gather::default_cache_folder;
use crate::output;
use crate::proofs::model::{hash, inside, list, name};
use crate::proofs::signers::{Signing, Who};
use crate::proofs::tell::{self, Made};
use crate::proofs::{STREAM, beside, blob, default_signature, image, is_stream, shown};
use gate::{Answer, Gating, Scanned};

/// Stretches that one signature may list.
const MOST_PIECES: u64 = 4_000_000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The models: folders or single files, or `-` for a file through standard input; or images in registries, as
    /// oci://registry/repository[:tag|@sha256:…].
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<PathBuf>,

    #[command(flatten)]
    signing: Signing,

    /// Where the signature goes [default: model.sig in the folder, FILE.sig beside a file].
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,

    /// One digest for each file, or one for each stretch of a file.
    #[arg(long, value_name = "METHOD", default_value = "files")]
    method: Cut,

    /// Bytes of a stretch.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_SHARD_SIZE)]
    shard_size: u64,

    /// How files are hashed. Released versions of model-signing verify sha256 alone.
    #[arg(long, value_name = "HASH", default_value = "sha256")]
    hash: HashName,

    /// Leave this path of the model out; exact, no pattern. It is part of what is signed.
    #[arg(long, value_name = "PATH")]
    ignore: Vec<String>,

    /// Take symbolic links for what they lead to. Without it a model with links is not signed.
    #[arg(long)]
    allow_symlinks: bool,

    /// Name the file of a model that is one file by its file name, as the specification says. Released versions of
    /// model-signing know it as `.` alone, which is the default.
    #[arg(long)]
    file_name: bool,

    /// Sign the bytes of a file as `cosign sign-blob` does, rather than as a model; the signature goes to
    /// FILE.sigstore.json.
    #[arg(long, conflicts_with_all = ["method", "shard_size", "hash", "ignore", "allow_symlinks", "file_name", "scan"])]
    blob: bool,

    /// Replace a signature that is there.
    #[arg(long)]
    overwrite: bool,

    #[command(flatten)]
    attaching: image::Attaching,

    /// How to tell what was done.
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    format: tell::Format,

    /// The same as --format json.
    #[arg(long, conflicts_with = "format")]
    json: bool,

    #[command(flatten)]
    gating: Gating,

    /// Do not remember digests for a later `verify`.
    #[arg(long)]
    no_cache: bool,

    /// Where digests are remembered.
    #[arg(long, value_name = "FOLDER", env = "CHAINWRIGHT_CACHE_DIR")]
    cache_dir: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cut {
    Files,
    Shards,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum HashName {
    Sha256,
    Blake2b,
    Blake3,
}

pub(crate) fn run(
    arguments: &Arguments,
    entries: &'static [RuleEntry],
) -> anyhow::Result<ExitCode> {
    let images = image::references(&arguments.models)?;
    if !images.is_empty() {
        return sign_images(arguments, &images);
    }
    if arguments.signature.is_some() && arguments.models.len() > 1 {
        bail!("--signature names one file, but there are several models");
    }
    if arguments.models.iter().any(|model| is_stream(model)) && arguments.signature.is_none() {
        bail!("--signature says where the signature of standard input goes");
    }
    for model in &arguments.models {
        let signature = place(arguments, model);
        if signature.exists() && !arguments.overwrite {
            bail!(
                "`{}` exists; give --overwrite to replace it",
                shown(&signature)
            );
        }
    }
    let signer = signer(arguments)?;
    // Everything is made before anything is written, so that a model that may not be signed leaves nothing behind.
    let mut drafts = Vec::new();
    let mut denied = None;
    for model in &arguments.models {
        let told = || format!("cannot sign `{}`", shown(model));
        match draft(arguments, model, &signer, entries).with_context(told)? {
            Drafted::Whole(draft) => drafts.push(draft),
            Drafted::Denied(code) => denied = denied.max(Some(code)),
        }
    }
    if let Some(code) = denied {
        return Ok(ExitCode::from(code));
    }
    let mut made = Vec::new();
    for draft in drafts {
        made.push(draft.write()?);
    }
    let format = if arguments.json {
        tell::Format::Json
    } else {
        arguments.format
    };
    tell::made(&made, format)?;
    Ok(ExitCode::SUCCESS)
}

fn sign_images(arguments: &Arguments, images: &[&str]) -> anyhow::Result<ExitCode> {
    if arguments.signature.is_some() {
        bail!("--signature names a file, but signatures of images go to their registry");
    }
    let format = if arguments.json {
        tell::Format::Json
    } else {
        arguments.format
    };
    image::sign_all(images, arguments.attaching, &signer(arguments)?, format)?;
    Ok(ExitCode::SUCCESS)
}

fn place(arguments: &Arguments, model: &Path) -> PathBuf {
    let given = arguments.signature.clone();
    given.unwrap_or_else(|| match arguments.blob {
        true => beside(model, blob::SUFFIX),
        false => default_signature(model),
    })
}

fn signer(arguments: &Arguments) -> anyhow::Result<Who> {
    arguments.signing.check()?;
    let signer = arguments.signing.signer()?;
    let signer = signer.context("who signs? give --key, --pkcs11-uri or --keyless")?;
    if signer.kind == Some(KeyKind::Ed25519) {
        bail!("the key is an Ed25519 key; model signatures are by ECDSA on P-256, P-384 or P-521");
    }
    Ok(signer)
}

/// A signature that is not written yet.
struct Draft {
    made: Made,
    /// Where documents go, and what they hold; the signature comes last.
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Draft {
    fn write(self) -> anyhow::Result<Made> {
        for (path, bytes) in &self.files {
            output::to_file(path, &|out| out.write_all(bytes))?;
        }
        Ok(self.made)
    }
}

/// What came of a model.
enum Drafted {
    Whole(Box<Draft>),
    /// What was found in it is told; the code is that of the process.
    Denied(u8),
}

/// The bytes of a file.
fn draft_blob(arguments: &Arguments, file: &Path, signer: &Who) -> anyhow::Result<Drafted> {
    let (bundle, digest, bytes) = blob::sign(file, signer)?;
    let signature = place(arguments, file);
    let made = Made {
        model: file.to_owned(),
        signature: signature.clone(),
        root: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        key: key_of(&bundle.material),
        files: 1,
        bytes,
        hash: Hash::Sha256.as_str(),
        warnings: Vec::new(),
    };
    Ok(Drafted::Whole(Box::new(Draft {
        made,
        files: vec![(signature, bundle.write())],
    })))
}

/// What comes through standard input, as a model of one file. It is read once and kept nowhere.
fn draft_stream(arguments: &Arguments, signer: &Who) -> anyhow::Result<Drafted> {
    if arguments.gating.is_asked() {
        bail!("--scan cannot look at standard input, which is read once; give the file");
    }
    let model = Path::new(STREAM);
    let serialization = serialization(arguments, model, None, true)?;
    let plan = Plan {
        hash: serialization.hash,
        method: serialization.method,
    };
    let read = digest_stream(&mut std::io::stdin().lock(), plan);
    let (pieces, bytes) = read.context("cannot read standard input")?;
    let resources = pieces.into_iter().map(|piece| Resource {
        name: match plan.method {
            Method::Files => SINGLE_FILE.to_owned(),
            Method::Shards(_) => shard_name(SINGLE_FILE, piece.start, piece.end),
        },
        digest: piece.digest,
    });
    let manifest = Manifest::new("stdin".to_owned(), serialization, resources.collect())?;
    let bundle = signer.sign_payload(dsse::IN_TOTO, &write_statement(&manifest))?;
    let signature = place(arguments, model);
    let made = Made {
        model: model.to_owned(),
        signature: signature.clone(),
        root: manifest.root().to_string(),
        key: key_of(&bundle.material),
        files: 1,
        bytes,
        hash: manifest.serialization.hash.as_str(),
        warnings: Vec::new(),
    };
    Ok(Drafted::Whole(Box::new(Draft {
        made,
        files: vec![(signature, bundle.write())],
    })))
}

fn draft(
    arguments: &Arguments,
    model: &Path,
    signer: &Who,
    entries: &'static [RuleEntry],
) -> anyhow::Result<Drafted> {
    if arguments.blob {
        return draft_blob(arguments, model, signer);
    }
    if is_stream(model) {
        return draft_stream(arguments, signer);
    }
    let signature = place(arguments, model);
    let is_file = model.is_file();
    if is_file && std::fs::canonicalize(&signature).ok() == std::fs::canonicalize(model).ok() {
        bail!("the signature would replace the model");
    }
    let own = if is_file {
        None
    } else {
        inside(model, &signature)
    };
    let serialization = serialization(arguments, model, own.as_deref(), is_file)?;
    let name = name(model).context("the model has no name that is text")?;
    let exclusions = Exclusions::new(&serialization.ignore_paths, own);
    let single = if arguments.file_name {
        name.as_str()
    } else {
        SINGLE_FILE
    };
    let tree = list(model, arguments.allow_symlinks, &exclusions, single)?;
    let warnings = refuse_odd(tree.others)?;
    let files: Vec<&Found> = tree.files.iter().filter(|file| !file.is_hidden).collect();
    let scanned = match arguments.gating.scan(model, entries)? {
        None => None,
        Some(Answer::Clean(scanned)) => Some(scanned),
        Some(Answer::Denied(code)) => return Ok(Drafted::Denied(code)),
    };
    let (resources, bytes) = digests(arguments, model, &files, &serialization, scanned.as_ref())?;
    let manifest = Manifest::new(name, serialization, resources)?;
    let bundle = signer.sign_payload(dsse::IN_TOTO, &write_statement(&manifest))?;
    let made = Made {
        model: model.to_owned(),
        signature: signature.clone(),
        root: manifest.root().to_string(),
        key: key_of(&bundle.material),
        files: files.len() as u64,
        bytes,
        hash: manifest.serialization.hash.as_str(),
        warnings,
    };
    let mut documents = Vec::new();
    if let Some(scanned) = &scanned {
        let of_file = match manifest.resources.as_slice() {
            [only] if is_file => Some(only.digest.to_string()),
            _ => None,
        };
        let subject = of_file.as_deref().unwrap_or(&made.root);
        documents.extend(
            arguments
                .gating
                .statement(scanned, &manifest, subject, signer)?,
        );
    }
    documents.push((signature, bundle.write()));
    Ok(Drafted::Whole(Box::new(Draft {
        made,
        files: documents,
    })))
}

/// How verifiers will know the signer.
fn key_of(material: &chainwright_attestations::Material) -> String {
    use chainwright_attestations::Material;
    match material {
        Material::PublicKey { hint, .. } => format!("key {hint}"),
        Material::Chain(chain) => format!("certificate, {} in the chain", chain.len()),
        Material::Certificate(leaf) => match names_of(leaf) {
            Ok(names) => format!("identity {}", visible(&names.join(", "), 300)),
            Err(_) => "certificate".to_owned(),
        },
    }
}

fn serialization(
    arguments: &Arguments,
    model: &Path,
    own: Option<&str>,
    is_file: bool,
) -> anyhow::Result<Serialization> {
    let mut ignore_paths: Vec<String> = Vec::new();
    for written in &arguments.ignore {
        ignore_paths.push(ignore_path(&below(model, written))?);
    }
    if !is_file {
        ignore_paths.extend(ALWAYS_EXCLUDED.map(str::to_owned));
        ignore_paths.extend(own.map(str::to_owned));
    }
    ignore_paths.sort();
    ignore_paths.dedup();
    Ok(Serialization {
        method: match arguments.method {
            Cut::Files => Method::Files,
            Cut::Shards => Method::Shards(arguments.shard_size),
        },
        hash: match arguments.hash {
            HashName::Sha256 => Hash::Sha256,
            HashName::Blake2b => Hash::Blake2b,
            HashName::Blake3 => Hash::Blake3,
        },
        allow_symlinks: arguments.allow_symlinks,
        ignore_paths,
    })
}

/// A path that begins with the model, as people type it with completion, is one below the model.
fn below(model: &Path, written: &str) -> String {
    let below = Path::new(written).strip_prefix(model).ok();
    below
        .and_then(Path::to_str)
        .map_or_else(|| written.to_owned(), str::to_owned)
}

/// What a signature cannot cover stops the signing; what it merely leaves out is told.
fn refuse_odd(others: Vec<(String, Left)>) -> anyhow::Result<Vec<String>> {
    let mut warnings = Vec::new();
    for (name, left) in others {
        let difference = Difference::NotAFile { name, left };
        let line = tell::line(&difference);
        if difference.weight() == Weight::Told {
            warnings.push(line);
        } else {
            bail!("{line}; {}", difference.remedy());
        }
    }
    Ok(warnings)
}

fn digests(
    arguments: &Arguments,
    model: &Path,
    files: &[&Found],
    serialization: &Serialization,
    scanned: Option<&Scanned>,
) -> anyhow::Result<(Vec<Resource>, u64)> {
    let bytes: u64 = files.iter().map(|file| file.stamp.size).sum();
    if let Method::Shards(size) = serialization.method
        && (size == 0 || bytes / size > MOST_PIECES)
    {
        bail!("--shard-size {size} cuts the model into too many stretches");
    }
    let plan = Plan {
        hash: serialization.hash,
        method: serialization.method,
    };
    // A signature is a claim about what was read: nothing is taken from the cache, but a later `verify` may use it.
    let folder = arguments.cache_dir.clone().or_else(default_cache_folder);
    let folder = folder.filter(|_| !arguments.no_cache);
    let mut cache = folder.map(|folder| Cache::open(&folder.join("digests"), model));
    if let Some(cache) = &mut cache {
        cache.forget();
    }
    let known: Vec<Option<Piece>> = files
        .iter()
        .map(|file| scanned.and_then(|scanned| scanned.piece(file, plan)))
        .collect();
    let unknown = files
        .iter()
        .zip(&known)
        .filter(|(_, known)| known.is_none());
    let unknown: Vec<&Found> = unknown.map(|(file, _)| *file).collect();
    let mut read = hash(&unknown, plan, cache.as_mut()).into_iter();
    let digests = known.into_iter().map(|known| match known {
        Some(piece) => Ok(vec![piece]),
        None => read.next().unwrap_or(Err(Left::Changing)),
    });
    let mut resources = Vec::new();
    for (file, digested) in files.iter().zip(digests) {
        let pieces = match digested {
            Ok(pieces) => pieces,
            Err(left) => {
                let name = file.name.clone();
                let difference = Difference::NotAFile { name, left };
                bail!("{}; {}", tell::line(&difference), difference.remedy());
            }
        };
        resources.extend(pieces.into_iter().map(|piece| Resource {
            name: match plan.method {
                Method::Files => file.name.clone(),
                Method::Shards(_) => shard_name(&file.name, piece.start, piece.end),
            },
            digest: piece.digest,
        }));
    }
    if let Some(cache) = cache {
        // A cache that cannot be written costs time, nothing else.
        let _ = cache.save();
    }
    Ok((resources, bytes))
}
