//! Text armour (RFC 7468) around keys and certificates.
//!
//! Text before, between and after blocks is passed over: `certtool` and `openssl -text` write some.

use chainwright_attestations::base64;
use zeroize::Zeroizing;

/// Largest key or certificate file that is read.
pub(crate) const MOST_BYTES: usize = 16 << 20;

/// One armoured block.
pub(crate) struct Block<'a> {
    /// What it says it is, such as `PUBLIC KEY`.
    pub(crate) label: &'a str,
    /// Its header lines (`Proc-Type: 4,ENCRYPTED` …), which only old formats have.
    pub(crate) has_headers: bool,
    body: &'a str,
}

impl Block<'_> {
    /// The bytes within, or nothing if they are not base64.
    pub(crate) fn bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        let mut text = Zeroizing::new(String::with_capacity(self.body.len()));
        text.extend(
            self.body
                .chars()
                .filter(|symbol| !symbol.is_ascii_whitespace()),
        );
        base64::decode(&text).map(Zeroizing::new)
    }
}

/// The blocks of a text in their order; a block without an end is left out.
pub(crate) fn blocks(bytes: &[u8]) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    if bytes.len() > MOST_BYTES {
        return found;
    }
    let Ok(mut text) = std::str::from_utf8(bytes) else {
        return found;
    };
    while let Some((_, after)) = text.split_once("-----BEGIN ") {
        let Some((label, rest)) = after.split_once("-----") else {
            break;
        };
        let Some((body, after)) = rest.split_once("-----END ") else {
            break;
        };
        if let Some(after) = after
            .strip_prefix(label)
            .and_then(|after| after.strip_prefix("-----"))
        {
            let has_headers = body.contains(':');
            found.push(Block {
                label,
                has_headers,
                body,
            });
            text = after;
        } else {
            text = rest;
        }
    }
    found
}

/// Bytes as a block of 64 symbols a line.
pub(crate) fn write(label: &str, bytes: &[u8]) -> Zeroizing<String> {
    let body = Zeroizing::new(base64::encode(bytes));
    let mut text = Zeroizing::new(String::with_capacity(
        body.len() + body.len() / 64 + 2 * label.len() + 40,
    ));
    text.extend(["-----BEGIN ", label, "-----\n"]);
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.extend([line, "\n"]);
        rest = after;
    }
    text.extend(["-----END ", label, "-----\n"]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_among_other_text() {
        let text = "Key:\n\t00:01\n-----BEGIN A-----\neHh4\n-----END A-----\nx\n-----BEGIN B C-----\nK: v\n\neA==\n-----END B C-----";
        let found = blocks(text.as_bytes());
        let seen: Vec<_> = found
            .iter()
            .map(|block| (block.label, block.has_headers))
            .collect();
        assert_eq!(seen, [("A", false), ("B C", true)]);
        assert_eq!(
            found[0].bytes().as_deref().map(Vec::as_slice),
            Some(b"xxx".as_slice())
        );
        assert!(found[1].bytes().is_none());
    }

    #[test]
    fn broken_armour_gives_no_block() {
        for text in [
            "-----BEGIN A",
            "-----BEGIN A-----\neA==",
            "-----BEGIN A-----\n-----END B-----\n",
            "\u{e4}-----BEGIN ",
        ] {
            assert_eq!(blocks(text.as_bytes()).len(), 0, "{text}");
        }
        let many = "-----BEGIN A-----".repeat(20_000);
        assert_eq!(blocks(many.as_bytes()).len(), 0);
    }

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 47, 48, 49, 200] {
            let bytes = vec![7; length];
            let text = write("X", &bytes);
            assert_eq!(blocks(text.as_bytes())[0].bytes().as_deref(), Some(&bytes));
        }
    }
}
