//! Signatures and attestations of an image: gathered from every place where tools put them, and put there.
//!
//! What one attachment lacks doesn't hide another: it is told with its reason. Nothing here is verified but digests.

use std::collections::BTreeMap;

use chainwright_core::text::visible;
use chainwright_referrers::attachment::{self, NOTARY, may_hold, shape_of};
use chainwright_referrers::document::{EMPTY_BYTES, MANIFEST, add_to_index};
use chainwright_referrers::{Descriptor, Digest, Manifest, Place, Shape, document, legacy};

use crate::{Document, PullError, Repository};

/// Attachments of one image that are read; the others are counted.
const MOST: usize = 256;

/// Bytes of one layer; bills of materials in attestations are large.
const MOST_LAYER: u64 = 64 * 1024 * 1024;

/// How often the list of attachments is written again when others write it too.
const ATTEMPTS: usize = 5;

/// Something that is attached, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it was found.
    pub place: Place,
    /// The manifest that it lies in.
    pub manifest: Digest,
    /// What it is.
    pub shape: Shape,
    /// Annotations of its layer, in which legacy signatures stand.
    pub annotations: BTreeMap<String, String>,
    /// The bundle, payload or envelope.
    pub bytes: Vec<u8>,
}

/// Something that is listed but cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Where it was found.
    pub place: Place,
    /// What it is: a digest or tag.
    pub what: String,
    /// Why.
    pub reason: String,
}

/// What is attached to an image.
#[derive(Debug, Default)]
pub struct Attachments {
    /// What was read.
    pub found: Vec<Attachment>,
    /// What could not be.
    pub skipped: Vec<Skipped>,
    /// Signatures of the Notary Project, which are not read.
    pub notary: usize,
    /// Whether there is more than was looked at.
    pub is_cut: bool,
}

/// Where something was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The manifest that it lies in.
    pub manifest: Digest,
    /// How it can be found.
    pub place: Place,
}

impl Repository<'_> {
    /// Everything about an image that may carry signatures.
    ///
    /// # Errors
    /// When the lists themselves cannot be read.
    pub fn attachments(&mut self, image: &Document) -> Result<Attachments, PullError> {
        let mut all = Attachments::default();
        let listing = self.referrers(&image.digest)?;
        all.is_cut = listing.is_cut;
        for (listed, place) in listing.entries {
            if listed.artifact_type.starts_with(NOTARY) {
                all.notary = all.notary.saturating_add(1);
            } else if may_hold(&listed) {
                self.one(&mut all, image, &listed.digest, place);
            }
        }
        for suffix in [".sig", ".att"] {
            self.one(&mut all, image, &image.digest.tag(suffix), Place::Legacy);
        }
        Ok(all)
    }

    fn one(&mut self, all: &mut Attachments, image: &Document, name: &str, place: Place) {
        if all.found.len() >= MOST {
            all.is_cut = true;
            return;
        }
        if let Err(reason) = self.layers_of(all, image, name, place) {
            all.skipped.push(Skipped {
                place,
                what: visible(name, 100),
                reason,
            });
        }
    }

    fn layers_of(
        &mut self,
        all: &mut Attachments,
        image: &Document,
        name: &str,
        place: Place,
    ) -> Result<(), String> {
        if place != Place::Legacy && Digest::parse(name).is_none() {
            return Err("it is named by a digest of another kind".to_owned());
        }
        let told = |error: &PullError| full(error);
        let Some(found) = self.manifest(name).map_err(|error| told(&error))? else {
            return match place {
                Place::Legacy => Ok(()),
                Place::Referrers | Place::ReferrersTag => {
                    Err("it is listed, but not there".to_owned())
                }
            };
        };
        let manifest = Manifest::read(&found.bytes).map_err(|error| error.to_string())?;
        let about = manifest.subject.as_ref().map(|subject| &subject.digest);
        if place != Place::Legacy && about != Some(&image.digest.to_string()) {
            return Err("its subject is not this image".to_owned());
        }
        for layer in &manifest.layers {
            let Some(shape) = shape_of(layer) else {
                continue;
            };
            if all.found.len() >= MOST {
                all.is_cut = true;
                return Ok(());
            }
            match self.blob(layer, MOST_LAYER) {
                Ok(bytes) => all.found.push(Attachment {
                    place,
                    manifest: found.digest,
                    shape,
                    annotations: layer.annotations.clone(),
                    bytes,
                }),
                Err(error) => all.skipped.push(Skipped {
                    place,
                    what: visible(&layer.digest, 100),
                    reason: told(&error),
                }),
            }
        }
        Ok(())
    }

    /// Attaches a bundle as a referrer of the image. Where the registry keeps no list, the tag of the digest does.
    ///
    /// # Errors
    /// When the registry refuses, or the list is written by others again and again.
    pub fn attach(
        &mut self,
        image: &Document,
        bundle: &[u8],
        annotations: BTreeMap<String, String>,
    ) -> Result<Attached, PullError> {
        let manifest = attachment::around_bundle(image.descriptor(), bundle, annotations);
        self.push_blob(EMPTY_BYTES)?;
        self.push_blob(bundle)?;
        let bytes = manifest.write();
        let digest = Digest::of(&bytes);
        let is_listed = self.push_manifest(&digest.to_string(), MANIFEST, &bytes)?;
        if is_listed || self.has_referrers(&image.digest)? {
            return Ok(Attached {
                manifest: digest,
                place: Place::Referrers,
            });
        }
        let mut entry = Descriptor::new(MANIFEST, &digest, bytes.len());
        manifest.listed_type().clone_into(&mut entry.artifact_type);
        entry.annotations.clone_from(&manifest.annotations);
        self.list_under_tag(image, &entry)?;
        Ok(Attached {
            manifest: digest,
            place: Place::ReferrersTag,
        })
    }

    /// The tag has no lock: what was written is read again, and written again if somebody else was faster.
    fn list_under_tag(&mut self, image: &Document, entry: &Descriptor) -> Result<(), PullError> {
        let tag = image.digest.tag("");
        for _ in 0..ATTEMPTS {
            let there = self.manifest(&tag)?;
            let there = there.as_ref().map(|index| index.bytes.as_slice());
            let index = add_to_index(there, entry).map_err(|error| {
                let what = format!("a list of attachments that is none: {error}");
                self.registry.answer(what)
            })?;
            let Some(index) = index else {
                return Ok(());
            };
            self.push_manifest(&tag, document::INDEX, &index)?;
        }
        let last = self.manifest(&tag)?;
        let is_there =
            last.is_some_and(|index| matches!(add_to_index(Some(&index.bytes), entry), Ok(None)));
        if is_there {
            return Ok(());
        }
        Err(PullError::Contended(ATTEMPTS))
    }

    /// Adds a layer to the manifest under the tag `.sig` or `.att` of the image, as cosign did before version 3.
    ///
    /// # Errors
    /// When the registry refuses, or what lies under the tag is no manifest.
    pub fn attach_legacy(
        &mut self,
        image: &Document,
        suffix: &str,
        layer: &Descriptor,
        bytes: &[u8],
    ) -> Result<Attached, PullError> {
        let tag = image.digest.tag(suffix);
        self.push_blob(bytes)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let there = self.manifest(&tag)?;
            let read = there.as_ref().map(|there| Manifest::read(&there.bytes));
            let read = read.transpose().map_err(|error| {
                self.registry
                    .answer(format!("no manifest under the tag `{tag}`: {error}"))
            })?;
            let Some((manifest, config)) = legacy::with_layer(read, layer.clone()) else {
                last = there.map(|there| there.digest);
                break;
            };
            self.push_blob(&config)?;
            self.push_manifest(&tag, MANIFEST, &manifest.write())?;
        }
        last.map(|manifest| Attached {
            manifest,
            place: Place::Legacy,
        })
        .ok_or(PullError::Contended(ATTEMPTS))
    }
}

/// An error with its causes, in one line.
fn full(error: &PullError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    visible(&text, 500)
}
