//! Bundles as the `sigstore-*` crates want them.

use chainwright_attestations::{Bundle, Document, Limits, Material, ReadError, Version};
use chainwright_signing::Refused;
use serde_json::{Value, json};
use sigstore_types::Bundle as Theirs;

/// One bundle, read twice: strictly by us, and by the crate that checks it.
pub(crate) struct Converted {
    pub(crate) ours: Bundle,
    pub(crate) theirs: Theirs,
}

/// Reads a bundle of any version, or a legacy one of cosign.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Converted, Refused> {
    let Document::Bundle(ours) =
        Document::read(bytes, limits).map_err(|error| malformed(&error))?
    else {
        return Err(Refused::Unsupported {
            what: "an envelope without a certificate and a log entry".to_owned(),
        });
    };
    let is_legacy =
        ours.version == Version::V0_1 && !bytes.windows(9).any(|part| part == b"mediaType");
    let text = if is_legacy {
        legacy(&ours)
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    let theirs = Theirs::from_json(&text).map_err(|error| Refused::Malformed {
        what: "the bundle",
        reason: error.to_string(),
    })?;
    Ok(Converted { ours, theirs })
}

fn malformed(error: &ReadError) -> Refused {
    match error {
        ReadError::UnknownVersion(version) => Refused::Unsupported {
            what: format!("a bundle of version `{version}`"),
        },
        other => Refused::Malformed {
            what: "the bundle",
            reason: other.to_string(),
        },
    }
}

/// A legacy bundle of cosign as one of version 0.1, in which the log's promise suffices.
fn legacy(bundle: &Bundle) -> String {
    let mut value: Value = serde_json::from_slice(&bundle.write()).unwrap_or_default();
    value["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
    if let Material::Certificate(_) = bundle.material {
        let leaf = value["verificationMaterial"]["certificate"].take();
        value["verificationMaterial"]["x509CertificateChain"] = json!({ "certificates": [leaf] });
        if let Some(material) = value["verificationMaterial"].as_object_mut() {
            material.remove("certificate");
        }
    }
    value.to_string()
}
