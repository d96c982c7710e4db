//! Patterns that texts have to match, by the names of the table.

use serde_json::Value as Json;

use crate::cyclonedx::iri;
use crate::json;

/// Whether a text matches the pattern of this name.
pub(super) fn matches(name: &str, text: &str) -> bool {
    match name {
        "serial" => text.strip_prefix("urn:uuid:").is_some_and(is_uuid),
        "link" => is_link(text),
        "mime" => text.split_once('/').is_some_and(|(left, right)| {
            let is_part = |part: &str| {
                !part.is_empty()
                    && part.bytes().all(|byte| {
                        byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-+.".contains(&byte)
                    })
            };
            is_part(left) && is_part(right)
        }),
        "hash" => {
            matches!(text.len(), 32 | 40 | 64 | 96 | 128)
                && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
        "locale" => {
            let (language, region) = text.split_once('-').unwrap_or((text, "AA"));
            language.len() == 2
                && language.bytes().all(|byte| byte.is_ascii_lowercase())
                && region.len() == 2
                && region.bytes().all(|byte| byte.is_ascii_uppercase())
        }
        "cre" => text
            .strip_prefix("CRE:")
            .and_then(|rest| rest.split_once('-'))
            .is_some_and(|(left, right)| is_digits(left) && is_digits(right)),
        "patent" => {
            let is_end = |each: Option<char>| each.is_some_and(|each| each.is_ascii_alphanumeric());
            (2..=30).contains(&text.chars().count())
                && is_end(text.chars().next())
                && is_end(text.chars().last())
                && text.chars().all(|each| {
                    each.is_ascii_alphanumeric() || "-/.()".contains(each) || each.is_whitespace()
                })
        }
        "country" => text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
        _ => true,
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_uuid(text: &str) -> bool {
    let mut lengths = [8, 4, 4, 4, 12].into_iter();
    text.split('-').all(|part| {
        lengths.next() == Some(part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    }) && lengths.next().is_none()
}

fn is_link(text: &str) -> bool {
    let parts = text
        .strip_prefix("urn:cdx:")
        .and_then(|rest| rest.split_once('/'));
    let Some((uuid, rest)) = parts else {
        return false;
    };
    let (version, element) = match rest.split_once('#') {
        Some((version, element)) => (version, Some(element)),
        None => (rest, None),
    };
    is_uuid(uuid)
        && is_digits(version)
        && !version.starts_with('0')
        && element.is_none_or(|element| !element.is_empty())
}

/// Whether a text is a mail address in the loose sense of the schemas.
pub(super) fn is_mail(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
}

/// Whether a value is a signature: alone, or several of them as `signers` or `chain`.
pub(super) fn is_signature(value: &Json) -> bool {
    let Some(object) = value.as_object() else {
        return false;
    };
    let lists: Vec<_> = ["signers", "chain"]
        .into_iter()
        .filter_map(|key| object.get(key))
        .collect();
    match lists.as_slice() {
        [] => is_signer(value),
        [list] => {
            object.len() == 1
                && list
                    .as_array()
                    .is_some_and(|signers| signers.iter().all(is_signer))
        }
        _ => false,
    }
}

const ALGORITHMS: [&str; 14] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
    "Ed448", "HS256", "HS384", "HS512",
];

fn is_signer(value: &Json) -> bool {
    const KNOWN: [&str; 6] = [
        "algorithm",
        "keyId",
        "publicKey",
        "certificatePath",
        "excludes",
        "value",
    ];
    let Some(object) = value.as_object() else {
        return false;
    };
    let is_algorithm =
        |text: &str| ALGORITHMS.contains(&text) || (text.contains(':') && iri::is_reference(text));
    object.keys().all(|key| KNOWN.contains(&key.as_str()))
        && json::text(object, "algorithm").is_some_and(is_algorithm)
        && object.get("value").is_some_and(Json::is_string)
        && object.get("keyId").is_none_or(Json::is_string)
        && object.get("publicKey").is_none_or(is_key)
        && ["certificatePath", "excludes"]
            .iter()
            .all(|key| object.get(*key).is_none_or(are_texts))
}

fn are_texts(value: &Json) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.iter().all(Json::is_string))
}

/// A public key in the form of RFC 7517, of the kinds that the format knows.
fn is_key(value: &Json) -> bool {
    let Some(object) = value.as_object() else {
        return false;
    };
    let (parts, curves): (&[&str], &[&str]) = match json::text(object, "kty") {
        Some("EC") => (&["kty", "crv", "x", "y"], &["P-256", "P-384", "P-521"]),
        Some("OKP") => (&["kty", "crv", "x"], &["Ed25519", "Ed448"]),
        Some("RSA") => (&["kty", "n", "e"], &[]),
        _ => return false,
    };
    object.len() == parts.len()
        && parts.iter().all(|part| json::text(object, part).is_some())
        && json::text(object, "crv").is_none_or(|curve| curves.contains(&curve))
}
