//! Pickles and programs in base64 or hexadecimal: each run of such characters is decoded at its head and looked at.

use super::TextSign;
use crate::carve::payload;
use crate::executable;
use chainwright_core::fields::first;

/// Shorter runs hold no payload.
const MIN_RUN: usize = 24;
/// Characters of a run that are decoded.
const DECODED: usize = 8192;
/// Runs that are longer are worth knowing even if nothing is recognised in them.
const BLOB: usize = 4096;

pub(super) fn signs(text: &str) -> Vec<TextSign> {
    let mut found = Vec::new();
    let mut is_data_uri = false;
    for run in text.as_bytes().split(|byte| !is_base64(*byte)) {
        if run.len() >= MIN_RUN {
            let head = first(run, DECODED);
            let decoded = [from_base64(head), from_hex(head)];
            found.extend(decoded.iter().filter_map(|bytes| judge(bytes)));
            if run.len() >= BLOB && !is_data_uri {
                found.push(TextSign::EncodedBlob);
            }
        }
        // LIMIT: a data URI is `…;base64,` directly before the run; the comma separates the two.
        is_data_uri = run == b"base64";
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn judge(bytes: &[u8]) -> Option<TextSign> {
    if payload::is_importing_pickle(bytes) {
        return Some(TextSign::EncodedPickle);
    }
    executable::recognise(bytes).map(|_| TextSign::EncodedProgram)
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=')
}

fn from_base64(run: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(run.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in run {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        held = held.wrapping_add(6);
        if held >= 8 {
            held = held.wrapping_sub(8);
            let [.., low] = (bits >> held).to_be_bytes();
            bytes.push(low);
        }
    }
    bytes
}

/// Empty if the run is not all hexadecimal.
fn from_hex(run: &[u8]) -> Vec<u8> {
    let value = |byte: &u8| char::from(*byte).to_digit(16);
    run.chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(value(high)? << 4 | value(low)?).ok(),
            _ => None,
        })
        .collect::<Option<_>>()
        .unwrap_or_default()
}
