//! Marshalled bytecode: told by its first bytes, and looked through for names. Never unmarshalled.
//!
//! The layout of code objects changes with every Python; how strings are stored in the stream does not, so the names
//! are found without following the rest. Source: CPython `Python/marshal.c`.

use std::collections::BTreeSet;

use chainwright_core::fields::narrow;

/// Names that are kept of one code object.
const NAMES: usize = 256;

/// Decodes base64 as Python's codec does, which passes over every character outside the alphabet.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len().saturating_mul(3).div_euclid(4));
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte.saturating_sub(b'A'),
            b'a'..=b'z' => byte.saturating_sub(b'a').saturating_add(26),
            b'0'..=b'9' => byte.saturating_sub(b'0').saturating_add(52),
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        held = held.saturating_add(6);
        if held >= 8 {
            held = held.saturating_sub(8);
            decoded.push(u8::try_from(bits.checked_shr(held)? & 0xff).ok()?);
        }
    }
    (!decoded.is_empty()).then_some(decoded)
}

/// Whether bytes begin like a marshalled code object: its type, then small counts of arguments.
pub(super) fn is_code(bytes: &[u8]) -> bool {
    let small =
        |at: usize| chainwright_core::fields::u32_le(bytes, at).is_some_and(|count| count < 256);
    bytes.first().is_some_and(|kind| kind & 0x7f == b'c')
        && bytes.len() > 24
        && small(1)
        && small(5)
}

/// Whether a text begins like a code object in base64, without decoding it all.
pub(super) fn is_encoded_code(text: &str) -> bool {
    if text.len() < 40 {
        return false;
    }
    let head: String = text.chars().take(512).collect();
    base64(&head).is_some_and(|bytes| is_code(&bytes))
}

/// The texts in a marshal stream: names, constants, file names; sorted, without doubles.
pub(super) fn names(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut at = 0_usize;
    while let Some(&kind) = bytes.get(at) {
        let after = at.saturating_add(1);
        let stretch = match kind & 0x7f {
            b'z' | b'Z' => bytes
                .get(after)
                .map(|&length| (after.saturating_add(1), usize::from(length))),
            b's' | b't' | b'u' | b'a' | b'A' => chainwright_core::fields::u32_le(bytes, after)
                .map(|length| (after.saturating_add(4), narrow(u64::from(length)))),
            _ => None,
        };
        let text = stretch
            .filter(|&(_, length)| (2..4_096).contains(&length))
            .and_then(|(start, length)| bytes.get(start..start.checked_add(length)?))
            .filter(|text| {
                text.iter()
                    .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
            });
        match text {
            Some(text) => {
                if found.len() < NAMES {
                    found.insert(String::from_utf8_lossy(text).into_owned());
                }
                let start = stretch.map_or(after, |(start, _)| start);
                at = start.saturating_add(text.len());
            }
            None => at = after,
        }
    }
    found
}

/// Names that reach beyond arithmetic when bytecode holds them.
const TELLING: &[&str] = &[
    "__builtins__",
    "__globals__",
    "__import__",
    "__subclasses__",
    "b64decode",
    "builtins",
    "check_call",
    "check_output",
    "cloudpickle",
    "compile",
    "connect",
    "ctypes",
    "dill",
    "environ",
    "eval",
    "exec",
    "execfile",
    "execv",
    "execve",
    "execvp",
    "fork",
    "getattr",
    "getoutput",
    "import_module",
    "importlib",
    "listdir",
    "makedirs",
    "marshal",
    "open",
    "os",
    "pickle",
    "popen",
    "Popen",
    "posix",
    "posix_spawn",
    "pty",
    "remove",
    "requests",
    "rmtree",
    "runpy",
    "shutil",
    "socket",
    "spawn",
    "startfile",
    "subprocess",
    "sys",
    "system",
    "unlink",
    "urlopen",
    "urlretrieve",
    "urllib",
    "webbrowser",
];

/// The telling ones among the names.
pub(super) fn telling(names: &BTreeSet<String>) -> Vec<&str> {
    names
        .iter()
        .map(String::as_str)
        .filter(|name| {
            TELLING.contains(name)
                || TELLING.contains(&name.split('.').next().unwrap_or_default())
                    && name.contains('.')
                    && !name.contains(' ')
                    && !name.ends_with(".py")
        })
        .collect()
}
