//! Signatures of cosign before version 3: a layer is the payload, its annotations are the signature.
//!
//! Source: `sigstore/cosign` specs/SIGNATURE_SPEC.md, pkg/oci/static/options.go; `containers/image`
//! internal/signature/sigstore.go writes the same. A layer becomes a Sigstore bundle of version 0.1, whose signed bytes
//! are the payload of the layer.

use std::collections::BTreeMap;

use chainwright_attestations::base64;
use chainwright_attestations::json::{self, Limits};
use chainwright_attestations::{
    Bundle, Content, Envelope, Material, MessageSignature, ReadError, Version, cosign,
};
use serde_json::{Value, json};

use crate::attachment::{ENVELOPE, SIMPLE_SIGNING};
use crate::digest::Digest;
use crate::document::{Descriptor, Manifest};

/// The signature in base64. Empty for envelopes, which carry their own.
pub const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// The certificate as PEM.
pub const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";

/// Those that issued it, as PEM.
pub const CHAIN: &str = "dev.sigstore.cosign/chain";

/// The log's promise as JSON.
pub const BUNDLE: &str = "dev.sigstore.cosign/bundle";

/// A timestamp after RFC 3161 as JSON.
pub const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// What an envelope claims.
pub const PREDICATE_TYPE: &str = "predicateType";

/// Type of the configuration of such a manifest.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// What a legacy layer cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitError {
    /// An entry of a log without a promise, as Rekor 2 gives it.
    #[error("the legacy layout has no place for a log entry without a promise")]
    NoPromise,
    /// More than one entry or timestamp.
    #[error("the legacy layout has place for one log entry and one timestamp")]
    Several,
}

/// A signature over a payload, from the annotations of its layer.
pub fn signature(annotations: &BTreeMap<String, String>) -> Result<Bundle, ReadError> {
    let field = || SIGNATURE.to_owned();
    let text = annotations
        .get(SIGNATURE)
        .ok_or_else(|| ReadError::Missing { field: field() })?;
    let signature = base64::decode(text.trim())
        .filter(|bytes| !bytes.is_empty())
        .ok_or_else(|| ReadError::NotBase64 { field: field() })?;
    let content = Content::Message(MessageSignature {
        digest: None,
        signature,
    });
    with_annotations(content, annotations)
}

/// An attestation: the envelope of a layer with its annotations.
pub fn attestation(
    envelope: &[u8],
    annotations: &BTreeMap<String, String>,
) -> Result<Bundle, ReadError> {
    let envelope = Envelope::read(envelope, &Limits::default())?;
    with_annotations(Content::Envelope(envelope), annotations)
}

fn with_annotations(
    content: Content,
    annotations: &BTreeMap<String, String>,
) -> Result<Bundle, ReadError> {
    let filled = |key: &str| annotations.get(key).filter(|text| !text.trim().is_empty());
    let material = match filled(CERTIFICATE) {
        None => Material::public_key(""),
        Some(leaf) => chain(leaf, filled(CHAIN))?,
    };
    let limits = Limits::default();
    let log_entries = filled(BUNDLE).map(|text| cosign::read_log_entry(text.as_bytes(), &limits));
    let timestamps = filled(TIMESTAMP).map(|text| timestamp(text));
    Ok(Bundle {
        version: Version::V0_1,
        log_entries: log_entries.transpose()?.into_iter().collect(),
        timestamps: timestamps.transpose()?.into_iter().collect(),
        ..Bundle::new(material, content)
    })
}

fn chain(leaf: &str, others: Option<&String>) -> Result<Material, ReadError> {
    let read = |text: &str, field: &str| {
        cosign::certificates(text).ok_or_else(|| ReadError::NotPem {
            field: field.to_owned(),
        })
    };
    let mut chain = read(leaf, CERTIFICATE)?;
    chain.truncate(1);
    if let Some(others) = others {
        chain.extend(read(others, CHAIN)?);
    }
    Ok(match chain.as_slice() {
        [leaf] => Material::Certificate(leaf.clone()),
        _ => Material::Chain(chain),
    })
}

fn timestamp(text: &str) -> Result<Vec<u8>, ReadError> {
    let value = json::parse(text.as_bytes(), &Limits::default())?;
    let written = value.get("SignedRFC3161Timestamp").and_then(Value::as_str);
    written
        .and_then(base64::decode)
        .ok_or_else(|| ReadError::NotBase64 {
            field: TIMESTAMP.to_owned(),
        })
}

/// The layer that carries a signature over a payload, or an envelope, and its bytes.
pub fn layer(bundle: &Bundle, payload: &[u8]) -> Result<(Descriptor, Vec<u8>), UnfitError> {
    let (kind, signature, bytes) = match &bundle.content {
        Content::Message(message) => (
            SIMPLE_SIGNING,
            base64::encode(&message.signature),
            payload.to_vec(),
        ),
        Content::Envelope(envelope) => (ENVELOPE, String::new(), envelope.write()),
    };
    let mut layer = Descriptor::new(kind, &Digest::of(&bytes), bytes.len());
    layer.annotations.insert(SIGNATURE.to_owned(), signature);
    if let Some((leaf, others)) = bundle.material.certificates().split_first() {
        let leaf = cosign::write_certificates(std::slice::from_ref(leaf));
        layer.annotations.insert(CERTIFICATE.to_owned(), leaf);
        if !others.is_empty() {
            let others = cosign::write_certificates(others);
            layer.annotations.insert(CHAIN.to_owned(), others);
        }
    }
    if bundle.log_entries.len() > 1 || bundle.timestamps.len() > 1 {
        return Err(UnfitError::Several);
    }
    if let Some(entry) = bundle.log_entries.first() {
        let written = cosign::write_log_entry(entry).ok_or(UnfitError::NoPromise)?;
        let written = String::from_utf8_lossy(&written).into_owned();
        layer.annotations.insert(BUNDLE.to_owned(), written);
    }
    if let Some(timestamp) = bundle.timestamps.first() {
        let written = json!({ "SignedRFC3161Timestamp": base64::encode(timestamp) });
        layer
            .annotations
            .insert(TIMESTAMP.to_owned(), written.to_string());
    }
    Ok((layer, bytes))
}

/// The manifest of all signatures of an image with one more, and its configuration; `None` if it is there already.
#[must_use]
pub fn with_layer(manifest: Option<Manifest>, layer: Descriptor) -> Option<(Manifest, Vec<u8>)> {
    let mut manifest = manifest.unwrap_or_default();
    if manifest.layers.contains(&layer) {
        return None;
    }
    manifest.layers.push(layer);
    // Layers are not compressed, so their digests are those of what is in them.
    let digests: Vec<&str> = manifest
        .layers
        .iter()
        .map(|layer| layer.digest.as_str())
        .collect();
    let config = json!({
        "architecture": "",
        "os": "",
        "config": {},
        "rootfs": { "type": "layers", "diff_ids": digests },
    });
    let config = config.to_string().into_bytes();
    manifest.config = Descriptor::new(CONFIG, &Digest::of(&config), config.len());
    Some((manifest, config))
}

#[cfg(test)]
mod tests {
    use chainwright_attestations::{Der, LogEntry};
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Bundle {
        let content = Content::Message(MessageSignature {
            digest: None,
            signature: vec![1, 2, 3],
        });
        Bundle {
            version: Version::V0_1,
            log_entries: vec![LogEntry {
                log_index: 7,
                log_id: vec![0xc0],
                kind: "hashedrekord".to_owned(),
                kind_version: "0.0.1".to_owned(),
                integrated_time: 9,
                inclusion_promise: Some(vec![5]),
                canonical_body: br#"{"apiVersion":"0.0.1","kind":"hashedrekord"}"#.to_vec(),
                ..LogEntry::default()
            }],
            timestamps: vec![vec![8; 4]],
            ..Bundle::new(
                Material::Chain(vec![Der(vec![1]), Der(vec![2]), Der(vec![3])]),
                content,
            )
        }
    }

    #[test]
    fn a_signature_survives_in_annotations() {
        let (layer, bytes) = layer(&sample(), b"payload").unwrap();
        assert_eq!(layer.digest, Digest::of(b"payload").to_string());
        assert_eq!(bytes, b"payload");
        assert_eq!(signature(&layer.annotations), Ok(sample()));
    }

    #[test]
    fn an_envelope_survives_in_a_layer() {
        let envelope = Envelope::signed("t", b"p".to_vec(), vec![1]);
        let bundle = Bundle {
            version: Version::V0_1,
            ..Bundle::new(
                Material::Certificate(Der(vec![1])),
                Content::Envelope(envelope),
            )
        };
        let (layer, bytes) = layer(&bundle, b"").unwrap();
        assert_eq!(layer.media_type, ENVELOPE);
        assert_eq!(layer.annotations[SIGNATURE], "");
        assert_eq!(attestation(&bytes, &layer.annotations), Ok(bundle));
    }

    #[test]
    fn what_the_layout_cannot_hold_is_refused() {
        let mut bundle = sample();
        bundle.log_entries[0].inclusion_promise = None;
        assert_eq!(layer(&bundle, b""), Err(UnfitError::NoPromise));
        let mut bundle = sample();
        bundle.timestamps.push(vec![1]);
        assert_eq!(layer(&bundle, b""), Err(UnfitError::Several));
    }

    #[test]
    fn broken_annotations_are_named() {
        let (layer, _) = layer(&sample(), b"payload").unwrap();
        for key in [SIGNATURE, CERTIFICATE, CHAIN, BUNDLE, TIMESTAMP] {
            let mut annotations = layer.annotations.clone();
            annotations.insert(key.to_owned(), "%".to_owned());
            assert!(signature(&annotations).is_err(), "{key}");
        }
        assert!(signature(&BTreeMap::new()).is_err());
    }

    #[test]
    fn signatures_gather_in_one_manifest() {
        let of = |text: &[u8]| Descriptor::new(SIMPLE_SIGNING, &Digest::of(text), 1);
        let (one, _) = with_layer(None, of(b"1")).unwrap();
        let (two, config) = with_layer(Some(one.clone()), of(b"2")).unwrap();
        assert_eq!(two.layers, vec![of(b"1"), of(b"2")]);
        assert_eq!(two.config.digest, Digest::of(&config).to_string());
        assert_eq!(with_layer(Some(one), of(b"1")), None);
    }

    proptest! {
        #[test]
        fn any_annotations_are_read_or_refused_alike(values in proptest::collection::vec(".*", 5), bytes: Vec<u8>) {
            let keys = [SIGNATURE, CERTIFICATE, CHAIN, BUNDLE, TIMESTAMP];
            let annotations: BTreeMap<String, String> = keys
                .into_iter()
                .map(str::to_owned)
                .zip(values)
                .collect();
            prop_assert_eq!(signature(&annotations), signature(&annotations));
            let _ = attestation(&bytes, &annotations);
        }
    }
}
