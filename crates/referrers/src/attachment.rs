//! Where attachments lie, and what their layers are.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::document::{Descriptor, EMPTY, EMPTY_BYTES, Manifest};
use crate::legacy;

/// Media type of the bundles that are attached, and type of the manifest around one.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What all versions of bundles begin with.
const ANY_BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// Type of a payload that cosign signs.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";

/// Type of an envelope in a layer.
pub const ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";

/// Type of the claim that a signature of an image makes, as cosign writes it since version 3.
pub const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";

/// What a bundle holds: `message-signature` or `dsse-envelope`.
pub const CONTENT: &str = "dev.sigstore.bundle.content";

/// What kind of claim is in it.
pub const PREDICATE_TYPE: &str = "dev.sigstore.bundle.predicateType";

/// When it was made.
pub const CREATED: &str = "org.opencontainers.image.created";

/// The name of a file in a layer.
pub const TITLE: &str = "org.opencontainers.image.title";

/// Types of signatures of the Notary Project, which are another format.
pub const NOTARY: &str = "application/vnd.cncf.notary.signature";

/// Where an attachment lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In a manifest whose subject is the image, listed by the referrers API.
    Referrers,
    /// In such a manifest, listed under the tag of the image's digest.
    ReferrersTag,
    /// Under the tag `.sig` or `.att` of cosign.
    Legacy,
}

impl Place {
    /// A short name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Referrers => "referrers",
            Self::ReferrersTag => "referrers-tag",
            Self::Legacy => "legacy",
        }
    }
}

/// What a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A Sigstore bundle.
    Bundle,
    /// A payload whose signature stands in the annotations.
    Simple,
    /// An envelope whose certificate and log entry stand in the annotations.
    Envelope,
}

/// What a layer holds; `None` if it is nothing that carries signatures.
#[must_use]
pub fn shape_of(layer: &Descriptor) -> Option<Shape> {
    match layer.media_type.as_str() {
        SIMPLE_SIGNING => Some(Shape::Simple),
        ENVELOPE => Some(Shape::Envelope),
        other if other.starts_with(ANY_BUNDLE) => Some(Shape::Bundle),
        _ if layer.annotations.contains_key(legacy::SIGNATURE) => Some(Shape::Simple),
        _ => None,
    }
}

/// Whether a listed manifest may carry signatures that this crate reads. A type that says nothing may.
#[must_use]
pub fn may_hold(listed: &Descriptor) -> bool {
    let kind = listed.artifact_type.as_str();
    let known = [
        ANY_BUNDLE,
        "application/vnd.dev.cosign.artifact.",
        "application/vnd.in-toto",
        "application/vnd.dsse.envelope",
        "application/vnd.oci.empty",
        "application/vnd.oci.image.config",
    ];
    kind.is_empty() || known.iter().any(|known| kind.starts_with(known))
}

/// The manifest around a bundle that is about a subject.
#[must_use]
pub fn around_bundle(
    subject: Descriptor,
    bundle: &[u8],
    annotations: BTreeMap<String, String>,
) -> Manifest {
    let digest = Digest::of(bundle);
    let mut layer = Descriptor::new(BUNDLE, &digest, bundle.len());
    layer
        .annotations
        .insert(TITLE.to_owned(), digest.tag(".sigstore.json"));
    Manifest {
        artifact_type: BUNDLE.to_owned(),
        config: Descriptor::new(EMPTY, &Digest::of(EMPTY_BYTES), EMPTY_BYTES.len()),
        layers: vec![layer],
        subject: Some(subject),
        annotations,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_laid_out_as_cosign_does() {
        let subject = Descriptor::new(crate::document::MANIFEST, &Digest::of(b"image"), 5);
        let manifest = around_bundle(subject.clone(), b"{}", BTreeMap::new());
        assert_eq!(manifest.listed_type(), BUNDLE);
        assert_eq!(manifest.subject, Some(subject));
        assert_eq!(manifest.config.media_type, EMPTY);
        assert_eq!(manifest.config.size, 2);
        assert_eq!(shape_of(&manifest.layers[0]), Some(Shape::Bundle));
        let title = &manifest.layers[0].annotations[TITLE];
        assert!(title.starts_with("sha256-4413") && title.ends_with(".sigstore.json"));
    }

    #[test]
    fn other_artifacts_are_told_from_signatures() {
        let of = |kind: &str| Descriptor {
            artifact_type: kind.to_owned(),
            ..Descriptor::default()
        };
        for kind in [
            BUNDLE,
            "",
            "application/vnd.dev.cosign.artifact.sig.v1+json",
        ] {
            assert!(may_hold(&of(kind)), "{kind}");
        }
        for kind in [
            NOTARY,
            "application/spdx+json",
            "application/vnd.cncf.model",
        ] {
            assert!(!may_hold(&of(kind)), "{kind}");
        }
        let layer = |kind: &str| Descriptor::new(kind, &Digest::of(b"d"), 1);
        assert_eq!(
            shape_of(&layer(
                "application/vnd.dev.sigstore.bundle+json;version=0.1"
            )),
            Some(Shape::Bundle)
        );
        assert_eq!(shape_of(&layer(SIMPLE_SIGNING)), Some(Shape::Simple));
        assert_eq!(shape_of(&layer(ENVELOPE)), Some(Shape::Envelope));
        assert_eq!(shape_of(&layer("application/octet-stream")), None);
    }
}
