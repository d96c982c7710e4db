//! A random text assigned to a telling name: `api_key = "…"`. Only a hint, unless the name says whose key it is.

use super::plausible::{entropy, is_hash, is_placeholder, is_worded, looks_random};
use super::{Certainty, Found};

/// Names (or their endings) that say that what follows is secret. Searched without regard to case.
pub(super) const KEYWORDS: &[&str] = &[
    "api_key",
    "apikey",
    "api-key",
    "api_token",
    "api-token",
    "apitoken",
    "access_token",
    "access-token",
    "accesstoken",
    "auth_token",
    "auth-token",
    "authtoken",
    "secret_key",
    "secret-key",
    "secretkey",
    "client_secret",
    "client-secret",
    "clientsecret",
    "secret_access_key",
    "secretaccesskey",
    "access_key",
    "accesskey",
    "private_key",
    "encryption_key",
    "signing_key",
    "account_key",
    "storage_key",
    "bot_token",
    "refresh_token",
    "session_token",
    "hf_token",
    "hub_token",
    "github_token",
    "gitlab_token",
    "slack_token",
    "password",
    "passwd",
    "passphrase",
    "db_pass",
    "webhook_secret",
    "jwt_secret",
    "app_secret",
    "consumer_secret",
    "shared_secret",
    "credential",
    "secret",
    "pwd",
];

/// What people choose as a password in examples and tests.
const WEAK: &[&str] = &[
    "password",
    "passwd",
    "passw0rd",
    "secret",
    "admin",
    "root",
    "user",
    "test",
    "guest",
    "postgres",
    "mysql",
    "none",
    "null",
    "true",
    "false",
    "string",
    "required",
    "optional",
    "hidden",
    "default",
    "empty",
    "value",
    "minioadmin",
    "letmein",
    "welcome",
    "changeit",
    "123456",
    "12345678",
    "pass",
    "token",
    "key",
    "login",
];

/// The value assigned to the name that ends at `end`.
pub(super) fn value_of(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let keyword = text.get(start..end)?.to_ascii_lowercase();
    let (at, is_quoted, value) = assigned(text, end)?;
    let is_password = keyword.starts_with("pass") || keyword == "pwd" || keyword == "db_pass";
    let least = if is_password { 8 } else { 16 };
    if value.len() < least || value.len() > 512 || is_placeholder(value) || is_weak(value) {
        return None;
    }
    if keyword.replace(['_', '-'], "").ends_with("secretaccesskey") && is_aws_secret(value) {
        return Some(found("aws-secret-access-key", at, value, Certainty::High));
    }
    if value.contains("://") || value.contains(char::is_whitespace) || is_reference(value) {
        return None;
    }
    if is_password {
        // A password need not be long; it must be quoted or look random to be told from prose.
        let strong = has_classes(value) && !is_worded(value);
        return (is_quoted && strong && entropy(value) >= 2.5)
            .then(|| found("password", at, value, Certainty::Low));
    }
    let is_random =
        looks_random(value) && entropy(value) >= 3.3 && has_classes(value) && !is_worded(value);
    let is_hex_key = is_hash(value) && value.len() >= 32 && is_quoted && keyword != "secret";
    if keyword == "credential" || keyword == "pwd" || !(is_random || is_hex_key) {
        return None;
    }
    Some(found("assigned-secret", at, value, Certainty::Low))
}

const fn found<'a>(
    pattern: &'static str,
    start: usize,
    secret: &'a str,
    certainty: Certainty,
) -> Found<'a> {
    Found {
        pattern,
        start,
        secret,
        certainty,
    }
}

/// Passes over the rest of the name, quotes, `:`, `=`, `=>`, `:=`, `(` and spaces to the value.
fn assigned(text: &str, end: usize) -> Option<(usize, bool, &str)> {
    let rest = text.get(end..)?;
    let name = rest
        .bytes()
        .take(24)
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-')
        .count();
    let mut at = end.saturating_add(name);
    let mut seen_operator = false;
    for byte in text.as_bytes().get(at..)?.iter().take(16) {
        match byte {
            b':' | b'=' | b'>' => seen_operator = true,
            b'"' | b'\'' | b' ' | b'\t' | b'(' | b'[' | b']' | b'\\' => {}
            _ => break,
        }
        at = at.saturating_add(1);
    }
    if !seen_operator {
        return None;
    }
    let quote = at
        .checked_sub(1)
        .and_then(|before| text.as_bytes().get(before))
        .filter(|byte| **byte == b'"' || **byte == b'\'');
    let value = text.get(at..)?;
    let length = value
        .bytes()
        .take(600)
        .take_while(|byte| match quote {
            Some(quote) => byte != quote && *byte != b'\n' && *byte != b'\\',
            None => !byte.is_ascii_whitespace() && !b"\"'`,;)}]<>&|=".contains(byte),
        })
        .count();
    // `=` ends an unquoted value, except as the padding of base 64.
    let padding = match quote {
        Some(_) => 0,
        None => value
            .bytes()
            .skip(length)
            .take(2)
            .take_while(|byte| *byte == b'=')
            .count(),
    };
    let value = value.get(..length.saturating_add(padding))?;
    Some((at, quote.is_some(), value))
}

fn is_weak(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let bare = lower.trim_matches(|character: char| !character.is_ascii_alphabetic());
    WEAK.contains(&lower.as_str()) || WEAK.contains(&bare)
}

/// `os.environ[...]`, `config.key`, `func(...)`, `%s`: code that fetches the value from elsewhere.
fn is_reference(value: &str) -> bool {
    value.contains("environ")
        || value.contains("getenv")
        || value.contains("%s")
        || value.contains('(')
        || value.starts_with("self.")
        || value.starts_with("args.")
        || value.starts_with("vault:")
        || value.starts_with("secrets.")
        || value.starts_with('/')
        || value.starts_with("./")
}

/// At least three of: lower case, upper case, digits, others; or long hexadecimal.
fn has_classes(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| u8::from(value.as_bytes().iter().any(test));
    let classes = has(u8::is_ascii_lowercase)
        .saturating_add(has(u8::is_ascii_uppercase))
        .saturating_add(has(u8::is_ascii_digit))
        .saturating_add(has(u8::is_ascii_punctuation));
    classes >= 3 || (value.len() >= 24 && classes >= 2)
}

fn is_aws_secret(value: &str) -> bool {
    value.len() == 40
        && looks_random(value)
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/+=".contains(&byte))
}
