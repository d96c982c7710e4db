//! Names of members: bytes made text, and the forms in which loaders compare them.

use chainwright_core::text::visible;

/// LIMIT: longer names are cut; no file system takes them.
pub(crate) const LONGEST_NAME: usize = 4096;

/// A name as text: UTF-8 where it is, everything else as `\xNN`; ends at the first NUL, as Python and C do.
pub(crate) fn text(raw: &[u8]) -> String {
    let end = memchr::memchr(0, raw)
        .unwrap_or(raw.len())
        .min(LONGEST_NAME);
    let mut name = String::with_capacity(end);
    for chunk in raw.get(..end).unwrap_or_default().utf8_chunks() {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            name.push_str(&format!("\\x{byte:02x}"));
        }
    }
    name
}

/// A name in backticks for a detail line.
pub(crate) fn quoted(raw: &[u8]) -> String {
    let end = raw.len().min(800);
    let shown = String::from_utf8_lossy(raw.get(..end).unwrap_or_default());
    format!("`{}`", visible(&shown, 200))
}

/// The name after `.` segments, doubled slashes and backslashes are resolved; `..` is kept.
pub(crate) fn normalised(name: &str) -> String {
    let parts: Vec<&str> = name
        .split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    parts.join("/")
}

/// Whether a loader of models looks the name up without regard to case: miniz in `torch.load`, Keras on some systems.
pub(crate) fn is_looked_up(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let file = name.rsplit('/').next().unwrap_or_default();
    [".pkl", ".pickle"].iter().any(|end| file.ends_with(end))
        || [
            "config.json",
            "metadata.json",
            "model.weights.h5",
            "manifest.json",
        ]
        .contains(&file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_text_without_losing_bytes() {
        assert_eq!(text(b"a/\xff\xfeb"), "a/\\xff\\xfeb");
        assert_eq!(text("größe".as_bytes()), "größe");
        assert_eq!(text(b"data.pkl\0.txt"), "data.pkl");
        assert_eq!(normalised("./a//b\\c/../d"), "a/b/c/../d");
    }
}
