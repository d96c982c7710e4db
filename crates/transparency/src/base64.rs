//! Base 64 as RFC 4648 section 4 has it, and nothing beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The text of bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a text, if it is the one way to write them: padded, no spaces, unused bits zero.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
