//! What source text gives away before it is evaluated: code out of sight, names made by machines, code written with six
//! signs, lists of wallets beside replaced functions.

use std::collections::BTreeSet;

use chainwright_core::severity::Confidence;

use super::interp::Found;
use super::lex::{Kind, Token};
use crate::facts::{BehaviourKind, Reach};

/// Blanks before code on a line, beyond what any editor shows.
const FAR_RIGHT: usize = 150;
/// Machine-made names from which on a file is called obfuscated.
const MACHINE_NAMES: usize = 8;
/// Tokens from which on a text of six signs is code and no accident.
const SIX_SIGNS: usize = 400;

/// Judges the tokens.
pub(super) fn judge(source: &str, tokens: &[Token<'_>], reach: Reach) -> Vec<Found> {
    let mut found = Vec::new();
    let mut tell = |kind, confidence, at, evidence: String| {
        found.push(Found {
            kind,
            reach,
            confidence,
            at,
            evidence,
        });
    };
    let far = tokens.iter().find(|token| {
        token.blanks >= FAR_RIGHT
            && !token.is_after_line
            && !matches!(token.text, ")" | "}" | "]" | ";" | ",")
    });
    if let Some(token) = far {
        let text = format!("code behind {} blanks", token.blanks);
        tell(BehaviourKind::Obfuscation, Confidence::High, token.at, text);
    }
    let machine: BTreeSet<&str> = tokens
        .iter()
        .filter(|token| token.kind == Kind::Word && is_machine_made(token.text))
        .map(|token| token.text)
        .take(64)
        .collect();
    if machine.len() >= MACHINE_NAMES {
        let names: Vec<&str> = machine.into_iter().take(4).collect();
        let text = format!("names made by a machine: {}", names.join(", "));
        tell(BehaviourKind::Obfuscation, Confidence::Medium, 0, text);
    }
    if tokens.len() >= SIX_SIGNS {
        let six = tokens
            .iter()
            .filter(|token| matches!(token.text, "[" | "]" | "(" | ")" | "!" | "+" | "++"))
            .count();
        if six.saturating_mul(20) > tokens.len().saturating_mul(19) {
            tell(
                BehaviourKind::Obfuscation,
                Confidence::High,
                0,
                "code written with six signs".to_owned(),
            );
        }
    }
    if let Some(at) = source.find("eval(function(p,a,c,k,e,") {
        tell(
            BehaviourKind::ExecDecoded,
            Confidence::Low,
            at,
            "packed code".to_owned(),
        );
    }
    if swaps_wallets(source, tokens) {
        tell(
            BehaviourKind::Tampering,
            Confidence::High,
            0,
            "replaces requests, beside a list of wallets".to_owned(),
        );
    }
    found
}

/// Obfuscators name variables `_0x3fa2b1`.
fn is_machine_made(name: &str) -> bool {
    name.strip_prefix("_0x")
        .or_else(|| name.strip_prefix("a0_0x"))
        .is_some_and(|digits| {
            digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

/// Replaced requests of the browser beside many addresses of wallets.
fn swaps_wallets(source: &str, tokens: &[Token<'_>]) -> bool {
    let replaces = source.contains("XMLHttpRequest.prototype")
        || source.contains("window.fetch")
        || source.contains("ethereum.request");
    if !replaces {
        return false;
    }
    let wallets = tokens
        .iter()
        .filter(|token| token.kind == Kind::Text)
        .filter(|token| {
            let inner = token.text.trim_matches(['"', '\'']);
            let is_ethereum = inner.len() == 42
                && inner.starts_with("0x")
                && inner.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit());
            let is_bitcoin =
                (inner.starts_with("bc1") || inner.starts_with('1') || inner.starts_with('3'))
                    && (26..=62).contains(&inner.len())
                    && inner.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    && inner.bytes().any(|byte| byte.is_ascii_digit())
                    && inner.bytes().any(|byte| byte.is_ascii_lowercase());
            is_ethereum || is_bitcoin
        });
    wallets.take(10).count() >= 10
}
