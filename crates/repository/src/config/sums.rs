//! Lists of SHA-256 digests: what `sha256sum` and `shasum` write, in GNU and in BSD form.

use super::facts::{Details, DocumentFacts, NamedDigest};
use super::kind::base_name;
use crate::bounded::quote;

/// LIMIT: digests of one list.
const KEPT: usize = 4096;

/// Whether a file of this name is such a list.
pub(super) fn is_list(file_name: &str) -> bool {
    let name = base_name(file_name);
    let stem = name.strip_suffix(".txt").unwrap_or(&name);
    let is_named = matches!(
        stem,
        "sha256" | "sha256sum" | "sha256sums" | "checksum" | "checksums"
    );
    is_named || stem.ends_with(".sha256") || stem.ends_with(".sha256sum")
}

/// Reads the list. A digest alone is that of the file whose name the list has.
pub(super) fn read(file_name: &str, text: &str, facts: &mut DocumentFacts) {
    let digests = text.lines().filter_map(|line| entry(file_name, line));
    facts.details = Details::Digests(digests.take(KEPT).collect());
}

fn entry(list: &str, line: &str) -> Option<NamedDigest> {
    let line = line.trim();
    let bsd = line
        .strip_prefix("SHA256 (")
        .and_then(|rest| rest.rsplit_once(") = "));
    let (digest, file) = match bsd {
        Some((file, digest)) => (digest, file),
        None => line.split_once([' ', '\t']).unwrap_or((line, "")),
    };
    let file = file.trim_start().trim_start_matches('*');
    let file = file.strip_prefix("./").unwrap_or(file);
    let own = list.rsplit(['/', '\\']).next().unwrap_or_default();
    let own = own.rsplit_once(".sha256").map(|(stem, _)| stem);
    let file = if file.is_empty() { own? } else { file };
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then(|| NamedDigest {
        file: quote(file),
        sha256: digest.to_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_other_lines_passed_over() {
        let digest = "A".repeat(64);
        let lower = digest.to_lowercase();
        for (name, line, file) in [
            (
                "SHA256SUMS",
                format!("{digest}  model.safetensors"),
                Some("model.safetensors"),
            ),
            (
                "sha256sum.txt",
                format!("{digest} *./a b.bin"),
                Some("a b.bin"),
            ),
            (
                "CHECKSUMS",
                format!("SHA256 (x.gguf) = {digest}"),
                Some("x.gguf"),
            ),
            ("x/model.bin.sha256", lower.clone(), Some("model.bin")),
            ("SHA256SUMS", digest, None),
            ("SHA256SUMS", "# made by hand".to_owned(), None),
            ("SHA256SUMS", format!("{lower}g  a"), None),
        ] {
            assert!(is_list(name), "{name}");
            let expected = file.map(|file| NamedDigest {
                file: file.to_owned(),
                sha256: lower.clone(),
            });
            assert_eq!(entry(name, &line), expected, "{line}");
        }
        assert!(!is_list("requirements.txt"));
    }
}
