//! Images in registries: `oci://registry/repository[:tag|@sha256:…]` as a scan target, and what is attached to it.
//!
//! [`pull`] fetches one image into an image layout in a private temporary folder, which goes away with the [`Pulled`]
//! value. [`Repository`] reads signatures and attestations beside an image, and puts them there.
//! The registry is hostile: every blob is compared with its digest while it is written, none may be larger than its
//! descriptor says, all together are bounded, and redirects lead to no place that the registry could not be reached
//! by itself. Plain HTTP is spoken with this machine only. Credentials go to the host they were saved for and to the
//! token service it names, never along a redirect. The crate talks to nobody unless it is asked for an image, runs
//! no credential helpers, and unpacks nothing. It speaks the OCI distribution specification 1.1.

mod attachments;
mod authentication;
mod credentials;
mod document;
mod reference;
mod repository;
mod transport;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chainwright_images::document::ImageDocument;
use chainwright_images::{Descriptor, Manifest};
use tempfile::TempDir;

pub use attachments::{Attached, Attachment, Attachments, Skipped};
pub use credentials::{Credentials, saved, saved_by_user};
pub use reference::{Platform, Reference, is_image};
pub use repository::{Document, Repository};
pub use transport::{Right, Settings};

use document::{MANIFESTS, Received, sha256};
use transport::Registry;

/// Indexes that may lie in one another.
const DEEPEST: u32 = 3;

/// Bytes of a manifest, an index or a configuration; registries accept no larger ones.
const MOST_DOCUMENT: u64 = 4 * 1024 * 1024;

/// Layers of one image; runtimes mount at most 128.
const MOST_LAYERS: usize = 512;

/// An image cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PullError {
    /// The target does not name an image.
    #[error("`{0}` does not name an image; write oci://registry/repository[:tag|@sha256:…]")]
    Reference(String),
    /// The platform is not written as one.
    #[error("`{0}` is no platform; write os/architecture, such as linux/amd64")]
    Platform(String),
    /// The registry cannot be reached.
    #[error("cannot reach {host}")]
    Unreachable {
        /// The host.
        host: String,
        /// What went wrong.
        #[source]
        source: Box<reqwest::Error>,
    },
    /// The registry refuses.
    #[error("{host} answers {status} to {what}")]
    Refused {
        /// The host.
        host: String,
        /// The status.
        status: u16,
        /// What was asked for.
        what: String,
    },
    /// The registry takes too long.
    #[error("{0} takes too long to answer")]
    TooSlow(String),
    /// There is no such image.
    #[error("there is no image `{0}`")]
    NoSuchImage(String),
    /// What others write at the same time is lost again and again.
    #[error("others write the list of attachments at the same time, and {0} attempts were lost")]
    Contended(usize),
    /// The registry wants credentials, and there are none, or they are wrong.
    #[error("{0} wants credentials that are not there or not accepted")]
    Unauthorised(String),
    /// The registry sends the client to a place where it must not go.
    #[error("{host} redirects to {place}, which is not followed")]
    Redirect {
        /// The host.
        host: String,
        /// Where it points.
        place: String,
    },
    /// The content is not what its digest says.
    #[error("the registry serves other content for {expected}: its digest is {found}")]
    Digest {
        /// The digest that was asked for.
        expected: String,
        /// The digest of what came.
        found: String,
    },
    /// The content is longer or shorter than its descriptor says.
    #[error("{digest} has not the {size} bytes that its descriptor says")]
    Size {
        /// The digest.
        digest: String,
        /// The size that the descriptor says.
        size: u64,
    },
    /// The image is larger than allowed.
    #[error("there is more than {0}")]
    TooLarge(String),
    /// An answer cannot be understood.
    #[error("{host} sends {what}")]
    Answer {
        /// The host.
        host: String,
        /// What is wrong with it.
        what: String,
    },
    /// The index names no image for the platform.
    #[error("there is no image for {wanted}; there are {there}")]
    NoSuchPlatform {
        /// The platform that was asked for.
        wanted: String,
        /// The platforms that are there.
        there: String,
    },
    /// The connection broke while a body was read.
    #[error("the connection to {0} broke")]
    Broken(String, #[source] io::Error),
    /// The temporary folder cannot be written.
    #[error("cannot write the image into a temporary folder")]
    Folder(#[source] io::Error),
}

impl PullError {
    /// What the user can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchImage(_) => Some("check the name and the tag"),
            Self::Unauthorised(_) => Some(
                "log in with docker, podman or skopeo; their saved credentials are used, for this host alone",
            ),
            Self::Digest { .. } | Self::Size { .. } => {
                Some("do not rely on this registry; it serves something else than it names")
            }
            Self::Unreachable { .. } | Self::TooSlow(_) | Self::Broken(..) => {
                Some("check the address, and whether the registry answers")
            }
            Self::Contended(_) => Some("try again when the others are done"),
            _ => None,
        }
    }
}

/// A fetched image; its folder is removed when this value goes.
#[derive(Debug)]
pub struct Pulled {
    folder: TempDir,
    /// The digest of its manifest.
    pub digest: String,
    /// Layers that the registry does not hand out, such as those of Windows; they are not there.
    pub foreign: Vec<String>,
}

impl Pulled {
    /// The image layout.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Fetches an image for a platform, of at most `most` bytes; `credentials` are asked for by host.
///
/// # Errors
/// When the registry refuses, cannot be reached, or serves something else than the digests say.
pub fn pull(
    reference: &Reference,
    platform: &Platform,
    most: u64,
    credentials: &dyn Fn(&str) -> Option<Credentials>,
) -> Result<Pulled, PullError> {
    let mut registry = Registry::new(reference, transport::Settings::default(), credentials)?;
    let folder = tempfile::Builder::new()
        .prefix("chainwright-")
        .tempdir()
        .map_err(PullError::Folder)?;
    let mut pulling = Pulling {
        registry: &mut registry,
        blobs: folder.path().join("blobs").join("sha256"),
        left: most,
        most,
    };
    fs::create_dir_all(&pulling.blobs).map_err(PullError::Folder)?;
    let received = pulling.manifest(reference, platform)?;
    let foreign = pulling.image(&received)?;
    write_layout(folder.path(), reference, platform, &received)?;
    Ok(Pulled {
        folder,
        digest: received.digest,
        foreign,
    })
}

struct Pulling<'a, 'b> {
    registry: &'a mut Registry<'b>,
    blobs: PathBuf,
    left: u64,
    most: u64,
}

impl Pulling<'_, '_> {
    /// The manifest of the image, through indexes if need be; every document on the way is compared with its digest.
    fn manifest(
        &mut self,
        reference: &Reference,
        platform: &Platform,
    ) -> Result<Received, PullError> {
        let mut wanted = reference.wanted().to_owned();
        for _ in 0..=DEEPEST {
            let received = self.document(&wanted)?;
            let Some(ImageDocument::Index(entries)) = &received.document else {
                return Ok(received);
            };
            let chosen = platform.choose(entries)?;
            wanted.clone_from(&chosen.digest);
        }
        let what = "indexes that lie in one another".to_owned();
        Err(self.registry.answer(what))
    }

    fn document(&mut self, wanted: &str) -> Result<Received, PullError> {
        let path = format!("manifests/{wanted}");
        let (announced, bytes) = self.registry.document(&path, &MANIFESTS, MOST_DOCUMENT)?;
        let digest = sha256(&bytes);
        for expected in [Some(wanted.to_owned()), announced].into_iter().flatten() {
            if expected.starts_with("sha256:") && expected != digest {
                return Err(PullError::Digest {
                    expected,
                    found: digest,
                });
            }
        }
        Received::read(digest, bytes).ok_or_else(|| {
            let what = "a manifest that is none, or one of the first schema, which is not read";
            self.registry.answer(what.to_owned())
        })
    }

    /// Fetches everything that the manifest names; gives back what the registry does not hand out.
    fn image(&mut self, received: &Received) -> Result<Vec<String>, PullError> {
        let Some(ImageDocument::Manifest(manifest)) = &received.document else {
            return Err(self.registry.answer("no manifest of an image".to_owned()));
        };
        let Manifest { config, layers, .. } = manifest.as_ref();
        if layers.len() > MOST_LAYERS {
            return Err(PullError::TooLarge(format!("{MOST_LAYERS} layers")));
        }
        let all = std::iter::once(config).chain(layers);
        let announced = all.fold(0_u64, |sum, each| sum.saturating_add(each.size));
        if announced > self.most {
            return Err(PullError::TooLarge(format!("{} bytes", self.most)));
        }
        self.keep(received)?;
        if config.size > MOST_DOCUMENT {
            return Err(PullError::TooLarge(format!(
                "{MOST_DOCUMENT} bytes of configuration"
            )));
        }
        self.blob(config)?;
        let mut foreign = Vec::new();
        for layer in layers {
            if layer.media_type.contains("foreign") || layer.media_type.contains("nondistributable")
            {
                foreign.push(layer.digest.clone());
            } else {
                self.blob(layer)?;
            }
        }
        Ok(foreign)
    }

    fn keep(&self, received: &Received) -> Result<(), PullError> {
        let name = received.digest.trim_start_matches("sha256:");
        fs::write(self.blobs.join(name), &received.bytes).map_err(PullError::Folder)
    }

    fn blob(&mut self, descriptor: &Descriptor) -> Result<(), PullError> {
        let name = document::hexadecimal(&descriptor.digest).ok_or_else(|| {
            let digest = chainwright_core::text::visible(&descriptor.digest, 100);
            self.registry
                .answer(format!("a digest of another kind: `{digest}`"))
        })?;
        let path = self.blobs.join(name);
        if path.exists() {
            return Ok(());
        }
        if descriptor.size > self.left {
            return Err(PullError::TooLarge(format!("{} bytes", self.most)));
        }
        self.left = self.left.saturating_sub(descriptor.size);
        let mut file = File::create(&path).map_err(PullError::Folder)?;
        self.registry
            .blob(&descriptor.digest, descriptor.size, &mut file)?;
        file.flush().map_err(PullError::Folder)
    }
}

fn write_layout(
    folder: &Path,
    reference: &Reference,
    platform: &Platform,
    received: &Received,
) -> Result<(), PullError> {
    let index = serde_json::json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": received.media_type(),
            "digest": received.digest,
            "size": received.bytes.len(),
            "platform": { "os": platform.os, "architecture": platform.architecture },
            "annotations": { "org.opencontainers.image.ref.name": reference.name() },
        }],
    });
    let write =
        |name: &str, text: String| fs::write(folder.join(name), text).map_err(PullError::Folder);
    write("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#.to_owned())?;
    write("index.json", index.to_string())
}
