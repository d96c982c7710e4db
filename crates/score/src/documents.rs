//! Which files are read as a whole, besides what the scan saw in them.

use chainwright_history::is_weights;

/// LIMIT: bytes of one document.
pub const MAX_DOCUMENT: u64 = 32 << 20;

/// A file that a check reads itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path in the repository.
    pub path: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Document {
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    pub(crate) fn role(&self) -> Option<Role> {
        role(&self.path)
    }
}

/// What a document is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A model or dataset card.
    Card,
    /// How weaknesses are reported.
    Security,
    /// A bill of materials, if it is one.
    Bom,
    /// A signature or attestation, if it is one.
    Proof,
    /// A measured result in the hub's own form.
    Evaluation,
}

/// Whether a document of this path is wanted.
#[must_use]
pub fn is_wanted(path: &str) -> bool {
    role(path).is_some()
}

fn role(path: &str) -> Option<Role> {
    let path = path.to_lowercase();
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let is_prose = matches!(ending, "" | "md" | "rst" | "txt" | "markdown");
    let parent = folder.rsplit('/').next().unwrap_or_default();
    if is_prose && matches!(stem, "readme" | "model_card" | "modelcard" | "model-card") {
        return Some(Role::Card);
    }
    if is_prose && matches!(stem, "security" | "disclosure") || name == "security.txt" {
        return Some(Role::Security);
    }
    if parent == ".eval_results" && matches!(ending, "yaml" | "yml") {
        return Some(Role::Evaluation);
    }
    let is_json = matches!(
        ending,
        "json" | "jsonld" | "jsonl" | "sigstore" | "bundle" | "att"
    );
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if matches!(
        ending,
        "sig" | "asc" | "minisig" | "p7s" | "pem.sig" | "sigstore" | "bundle" | "att"
    ) || is_json
        && says(&[
            "sigstore",
            "intoto",
            "in-toto",
            "provenance",
            "attestation",
            "slsa",
            "model_sig",
        ])
    {
        return Some(Role::Proof);
    }
    let is_list = is_json && says(&["bom", "cdx", "cyclonedx", "spdx", "croissant"]);
    (is_list || ending == "spdx" && !is_weights(&path)).then_some(Role::Bom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_read() {
        for (path, expected) in [
            ("README.md", Some(Role::Card)),
            ("a/b/Model_Card.md", Some(Role::Card)),
            (".github/SECURITY.md", Some(Role::Security)),
            ("model.sig", Some(Role::Proof)),
            ("model.sigstore.json", Some(Role::Proof)),
            ("x.intoto.jsonl", Some(Role::Proof)),
            ("aibom.json", Some(Role::Bom)),
            ("model.cdx.json", Some(Role::Bom)),
            ("model.spdx.json", Some(Role::Bom)),
            ("model.spdx", Some(Role::Bom)),
            (".eval_results/gsm8k.yaml", Some(Role::Evaluation)),
            ("config.json", None),
            ("tokenizer.json", None),
            ("model.safetensors", None),
            ("LICENSE", None),
        ] {
            assert_eq!(role(path), expected, "{path}");
        }
    }
}
