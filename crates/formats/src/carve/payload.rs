//! Strict recognition of pickles, zip members, scripts and program text in the middle of other data.
//!
//! Made for carving: each check needs so much structure that chance bytes do not pass it. A pickle has to import
//! something to count, since a pickle without imports can do nothing. What a pickle does is for its own parser.

use crate::executable;
use chainwright_core::fields::{first, u16_le, u32_le, u64_le};

/// Opcodes that are walked before a pickle without an import is given up.
const MAX_OPCODES: usize = 256;

/// Whether a script with a known interpreter starts here and goes on as text.
#[must_use]
pub fn is_script(bytes: &[u8]) -> bool {
    executable::interpreter(bytes).is_some()
        && first(bytes, 96).len() >= 16
        && first(bytes, 48).iter().all(|byte| is_text(*byte))
}

/// Whether the bytes around `at` are a run of program text that does something.
#[must_use]
pub fn is_code_text(around: &[u8], at: usize) -> bool {
    let (before, behind) = around.split_at_checked(at).unwrap_or_default();
    let before_count = before
        .iter()
        .rev()
        .take_while(|byte| is_text(**byte))
        .count();
    let behind_count = behind.iter().take_while(|byte| is_text(**byte)).count();
    let run_start = before.len().saturating_sub(before_count);
    let run_end = before.len().saturating_add(behind_count);
    let run = around.get(run_start..run_end).unwrap_or_default();
    let text = String::from_utf8_lossy(run);
    let signs = [
        "import os",
        "import subprocess",
        "import socket",
        "__import__(",
        "os.system(",
        "subprocess.",
        "base64",
        "/bin/sh",
        "/bin/bash",
        "/dev/tcp/",
        "http://",
        "https://",
        "-enc",
        "| sh",
        "|sh",
        "| bash",
        "|bash",
        "eval(",
        "exec(",
        "socket.socket(",
    ];
    run.len() >= 32 && signs.iter().filter(|sign| text.contains(**sign)).count() >= 2
}

const fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e)
}

/// Whether a sound local file header of a zip starts here (APPNOTE.TXT 4.3.7).
#[must_use]
pub fn is_zip_member(bytes: &[u8]) -> bool {
    let sound = || {
        let version = u16_le(bytes, 4)? & 0xff;
        let method = u16_le(bytes, 8)?;
        let name_length = usize::from(u16_le(bytes, 26)?);
        let name = bytes.get(30..30_usize.checked_add(name_length)?)?;
        let name = std::str::from_utf8(name).ok()?;
        Some(
            (10..=63).contains(&version)
                && matches!(method, 0 | 1 | 6 | 8 | 9 | 12 | 14 | 93 | 95 | 98 | 99)
                && (1..=1024).contains(&name_length)
                && !name.chars().any(char::is_control),
        )
    };
    bytes.starts_with(b"PK\x03\x04") && sound() == Some(true)
}

/// Whether a pickle starts here that imports something within its first opcodes.
#[must_use]
pub fn is_importing_pickle(bytes: &[u8]) -> bool {
    walk(bytes).is_some_and(|walk| walk.imports)
}

/// Whether these bytes are the beginning of a pickle: its protocol opcode and several sound opcodes, or an import
/// in protocol 0.
#[must_use]
pub fn is_pickle(bytes: &[u8]) -> bool {
    let has_protocol = matches!(bytes, [0x80, 2..=5, ..]);
    walk(bytes)
        .is_some_and(|walk| walk.imports || (has_protocol && (walk.opcodes >= 4 || walk.stopped)))
}

struct Walk {
    opcodes: usize,
    imports: bool,
    stopped: bool,
}

/// Walks over opcodes by their argument sizes (CPython `pickletools.opcodes`); `None` at the first that is none.
fn walk(bytes: &[u8]) -> Option<Walk> {
    let mut rest = bytes;
    let mut strings = 0_usize;
    let mut state = Walk {
        opcodes: 0,
        imports: false,
        stopped: false,
    };
    while state.opcodes < MAX_OPCODES {
        let Some((opcode, behind)) = rest.split_first() else {
            break;
        };
        let Some(length) = argument(*opcode, behind)? else {
            break;
        };
        match opcode {
            b'c' | b'i' => {
                state.imports = true;
                return Some(state);
            }
            0x8c | b'X' | b'V' | b'U' | b'S' => strings = strings.saturating_add(1),
            0x93 if strings >= 2 => {
                state.imports = true;
                return Some(state);
            }
            b'.' => {
                state.stopped = true;
                return Some(state);
            }
            _ => {}
        }
        state.opcodes = state.opcodes.saturating_add(1);
        rest = behind.get(length..).unwrap_or_default();
    }
    Some(state)
}

/// The length of an opcode's argument; `Some(None)` when the bytes end within it.
fn argument(opcode: u8, behind: &[u8]) -> Option<Option<usize>> {
    let fixed = |count: usize| Some(Some(count));
    match opcode {
        b'('
        | b'.'
        | b'0'
        | b'1'
        | b'2'
        | b'N'
        | b'Q'
        | b'R'
        | b'a'
        | b'b'
        | b'd'
        | b'e'
        | b'l'
        | b'o'
        | b's'
        | b't'
        | b'u'
        | b')'
        | b']'
        | b'}'
        | 0x81
        | 0x85..=0x89
        | 0x8f..=0x94
        | 0x97
        | 0x98 => fixed(0),
        0x80 => behind.first().map_or(Some(None), |protocol| {
            matches!(protocol, 0..=5).then_some(Some(1))
        }),
        b'K' | b'h' | b'q' | 0x82 => fixed(1),
        b'M' | 0x83 => fixed(2),
        b'J' | b'j' | b'r' | 0x84 => fixed(4),
        b'G' => fixed(8),
        0x95 => match u64_le(behind, 0) {
            Some(length) => (1..1 << 40).contains(&length).then_some(Some(8)),
            None => Some(None),
        },
        0x8a | b'C' | b'U' => Some(
            behind
                .first()
                .map(|length| usize::from(*length).saturating_add(1)),
        ),
        0x8c => Some(short_text(behind)?),
        b'B' | b'T' | b'X' | 0x8b => match u32_le(behind, 0) {
            Some(length) => {
                (length < 1 << 31).then_some(usize::try_from(length).ok()?.checked_add(4))
            }
            None => Some(None),
        },
        0x8d | 0x8e | 0x96 => match u64_le(behind, 0) {
            Some(length) => {
                (length < 1 << 40).then_some(usize::try_from(length).ok()?.checked_add(8))
            }
            None => Some(None),
        },
        b'I' | b'L' | b'F' | b'p' | b'g' | b'P' | b'S' | b'V' => {
            line(behind, |byte| byte >= 0x20 && byte != 0x7f)
        }
        b'c' | b'i' => import(behind),
        _ => None,
    }
}

/// A short text must be text: `None` if it is not, as it would be by chance.
fn short_text(behind: &[u8]) -> Option<Option<usize>> {
    let Some((length, text)) = behind.split_first() else {
        return Some(None);
    };
    let length = usize::from(*length);
    let text = first(text, length);
    match std::str::from_utf8(text) {
        Ok(_) => Some(length.checked_add(1)),
        Err(error) if error.error_len().is_none() => Some(None),
        Err(_) => None,
    }
}

fn line(behind: &[u8], allowed: impl Fn(u8) -> bool) -> Option<Option<usize>> {
    let length = behind
        .iter()
        .take(1024)
        .take_while(|byte| allowed(**byte))
        .count();
    match behind.get(length) {
        Some(b'\n') => Some(length.checked_add(1)),
        Some(_) => None,
        None => Some(None),
    }
}

/// Two lines that are dotted names, at least five characters together.
fn import(behind: &[u8]) -> Option<Option<usize>> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let Some(module) = line(behind, allowed)? else {
        return Some(None);
    };
    let Some(name) = line(behind.get(module..).unwrap_or_default(), allowed)? else {
        return Some(None);
    };
    (module >= 2 && name >= 2 && module.saturating_add(name) >= 7)
        .then_some(module.checked_add(name))
}
