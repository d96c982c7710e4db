//! What is wrong with the name of a side file: it leaves the model's folder, or reads differently on another system.
//!
//! Model formats name files beside them, and loaders join that name to a folder. The name is judged as every system
//! would read it, since the model is made on one and loaded on another; nothing is opened.

use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_core::text::visible;

/// Files of Windows that are devices, whatever their extension.
const DEVICES: &[&str] = &[
    "aux", "com1", "com2", "com3", "com4", "con", "lpt1", "lpt2", "lpt3", "nul", "prn",
];

/// Parts of paths that are sensitive wherever they stand.
const SENSITIVE: &[&str] = &[
    "/etc/",
    "/proc/",
    "/sys/",
    "/dev/",
    "/root/",
    "/boot/",
    "/.ssh",
    ".bashrc",
    ".profile",
    ".aws/",
    ".kube/",
    ".netrc",
    ".git/",
    "/.config/",
    "/var/spool/",
    "crontab",
    "cron.d",
    "authorized_keys",
    "id_rsa",
    "site-packages",
    "dist-packages",
    ".pth",
    "/startup/",
    "/windows/",
    "/system32",
    "shadow",
    "passwd",
    ".env",
    "autostart",
    "systemd",
    "launchagents",
    "sitecustomize",
];

/// How often a percent-encoded name is decoded.
const DECODINGS: usize = 3;

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PathDoubt {
    /// Which hazard it is.
    pub(crate) kind: ModelHazardKind,
    /// Whether every loader that joins paths falls for it; otherwise only one that decodes or expands.
    pub(crate) is_certain: bool,
    /// What it does.
    pub(crate) detail: &'static str,
}

/// Judges the name of a side file; `None` for one that stays in the folder.
pub(crate) fn doubt(path: &str) -> Option<PathDoubt> {
    let certain = |kind, detail| PathDoubt {
        kind,
        is_certain: true,
        detail,
    };
    let plain = path.replace('\\', "/");
    if leaves_folder(&plain) {
        let detail = "leaves the folder of the model";
        return Some(certain(ModelHazardKind::PathEscape, detail));
    }
    if let Some(detail) = absolute(&plain) {
        return Some(certain(ModelHazardKind::PathAbsolute, detail));
    }
    if plain.chars().any(char::is_control) {
        let detail = "holds control characters, at which readers cut a name";
        return Some(certain(ModelHazardKind::Malformed, detail));
    }
    let decoded = decoded(&plain);
    let is_hidden_escape = leaves_folder(&decoded) || absolute(&decoded).is_some();
    if is_hidden_escape || expands(&plain) || plain.split('/').any(|part| part == "..") {
        return Some(PathDoubt {
            kind: ModelHazardKind::PathEscape,
            is_certain: false,
            detail: "leaves the folder of the model once it is decoded, expanded or led through a link",
        });
    }
    if plain.split('/').any(is_hidden_or_device) {
        let detail = "reads a hidden file or a device as if it were weights";
        return Some(certain(ModelHazardKind::FileRead, detail));
    }
    None
}

/// Notes a side file, and what is wrong with its name.
pub(crate) fn judge(
    facts: &mut ModelFacts,
    path: &str,
    place: &Place,
    effect: Effect,
    reference: &str,
) {
    // Thousands of tensors share one file; it is named once.
    let shown = visible(path, 200);
    if !facts.side_files.iter().any(|side| side.path == shown) {
        facts.side_file(path, place.clone());
    }
    let Some(doubt) = doubt(path) else {
        return;
    };
    let effect = if doubt.is_certain {
        effect
    } else {
        Effect::Conditional
    };
    facts.hazard(ModelHazard::new(
        doubt.kind,
        effect,
        place.clone(),
        path,
        doubt.detail,
        reference,
    ));
}

/// Whether a path leads to what no data set or snapshot is: accounts, keys, devices, what starts by itself. For fields
/// in which honest files name folders anywhere on their author's machine.
pub(crate) fn is_sensitive(path: &str) -> bool {
    let plain = path.replace('\\', "/").to_ascii_lowercase();
    SENSITIVE.iter().any(|part| plain.contains(part))
}

fn leaves_folder(path: &str) -> bool {
    let mut depth = 0_i64;
    for part in path.split('/') {
        // Windows drops spaces and dots at the end of a name.
        match part.trim_end_matches(' ') {
            "" | "." => {}
            ".." => depth = depth.saturating_sub(1),
            _ => depth = depth.saturating_add(1),
        }
        if depth < 0 {
            return true;
        }
    }
    false
}

fn absolute(path: &str) -> Option<&'static str> {
    let bytes = path.as_bytes();
    let has_drive =
        bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    if path.starts_with("//") {
        Some("names a network share")
    } else if path.starts_with('/') {
        Some("names a file by an absolute path")
    } else if has_drive {
        Some("names a file on a drive")
    } else if path.contains("://") || path.to_ascii_lowercase().starts_with("file:") {
        Some("names an address instead of a file")
    } else {
        None
    }
}

fn expands(path: &str) -> bool {
    let percent_pairs = path.split('/').any(|part| {
        let mut inner = part.split('%');
        let _before = inner.next();
        let name = inner.next().unwrap_or_default();
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        is_name && inner.next().is_some()
    });
    path.starts_with("~/")
        || path == "~"
        || path.contains("${")
        || path.starts_with("$HOME")
        || percent_pairs
}

fn is_hidden_or_device(part: &str) -> bool {
    let stem = part.split(['.', ':']).next().unwrap_or_default();
    let is_hidden = part.len() > 1 && part.starts_with('.') && part != "..";
    is_hidden || DEVICES.contains(&stem.to_ascii_lowercase().as_str())
}

/// The name with percent-encoding undone and look-alikes of dots and slashes replaced.
fn decoded(path: &str) -> String {
    let mut text = path.to_owned();
    for _ in 0..DECODINGS {
        if !text.contains('%') {
            break;
        }
        text = percent_decoded(&text);
    }
    text.chars()
        .map(|character| match character {
            '\\' | '\u{2044}' | '\u{2215}' | '\u{ff0f}' | '\u{ff3c}' => '/',
            '\u{2024}' | '\u{ff0e}' => '.',
            other => other,
        })
        .collect::<String>()
        .replace('\u{2025}', "..")
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let value = digits.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match value {
            Some(value) if byte == b'%' => {
                out.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ModelHazardKind::{FileRead, Malformed, PathAbsolute, PathEscape};

    #[test]
    fn names_are_judged_as_every_system_reads_them() {
        let cases = [
            ("weights.bin", None),
            ("./weights.bin", None),
            ("sub/weights.bin", None),
            ("model.onnx.data", None),
            ("onnx::MatMul_12", None),
            ("a..b", None),
            ("100%.bin", None),
            ("../weights.bin", Some((PathEscape, true))),
            ("a/../../etc/passwd", Some((PathEscape, true))),
            ("..\\..\\secret", Some((PathEscape, true))),
            ("a\\..\\..\\secret", Some((PathEscape, true))),
            (".. /x", Some((PathEscape, true))),
            ("a/../b", Some((PathEscape, false))),
            ("%2e%2e%2fetc", Some((PathEscape, false))),
            ("%252e%252e/etc", Some((PathEscape, false))),
            ("．．/etc", Some((PathEscape, false))),
            ("~/.ssh/id_rsa", Some((PathEscape, false))),
            ("${HOME}/x", Some((PathEscape, false))),
            ("%USERPROFILE%/x", Some((PathEscape, false))),
            ("/etc/passwd", Some((PathAbsolute, true))),
            ("C:\\Windows\\win.ini", Some((PathAbsolute, true))),
            ("C:secret", Some((PathAbsolute, true))),
            ("\\\\host\\share\\x", Some((PathAbsolute, true))),
            ("https://example.test/w", Some((PathAbsolute, true))),
            ("file:/etc/passwd", Some((PathAbsolute, true))),
            ("weights.bin\0/../x", Some((Malformed, true))),
            (".env", Some((FileRead, true))),
            (".git/config", Some((FileRead, true))),
            ("NUL.bin", Some((FileRead, true))),
        ];
        for (path, expected) in cases {
            let found = doubt(path).map(|doubt| (doubt.kind, doubt.is_certain));
            assert_eq!(found, expected, "{path}");
        }
    }
}
