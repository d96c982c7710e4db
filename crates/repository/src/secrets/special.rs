//! Credentials without a plain prefix: key blocks, addresses with a password, signed tokens, connection strings.

use super::plausible::{entropy, is_placeholder, looks_random};
use super::{Certainty, Found};

/// Looks around a literal for a credential.
pub(super) type Finder = for<'a> fn(&'a str, usize, usize) -> Option<Found<'a>>;

/// The literals and what looks around them.
pub(super) const FINDERS: &[(&str, Finder)] = &[
    ("-----BEGIN ", key_block),
    ("PuTTY-User-Key-File-", putty_key),
    ("://", address_password),
    ("eyJ", signed_token),
    ("AccountKey=", connection_string),
    ("SharedAccessKey=", connection_string),
    ("sig=", shared_access_signature),
    ("hooks.slack.com/services/", webhook),
    ("discord.com/api/webhooks/", webhook),
    ("discordapp.com/api/webhooks/", webhook),
    (":AA", telegram_token),
    ("wandb", wandb_key),
    ("Basic ", basic_authorization),
    ("Bearer ", bearer_authorization),
    ("_authToken=", registry_token),
    ("twilio", twilio_key),
    ("\"username\"", kaggle_key),
];

/// A private key with its body (RFC 7468, OpenSSH, PGP). Escaped line ends, as in JSON, count as line ends.
fn key_block(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    const MAX_BLOCK: usize = 16_384;
    const SHORTEST_BODY: usize = 40;
    let rest = window(text, end, MAX_BLOCK);
    let (label, body) = rest.split_once("-----")?;
    if !label.contains("PRIVATE KEY") || label.len() > 40 {
        return None;
    }
    // A block ends where the next one begins; this also keeps the work linear.
    let (body, is_cut) = match body.split_once("-----BEGIN") {
        Some((body, _)) => (body, true),
        None => (body, false),
    };
    let (body, is_complete) = match body.split_once("-----END") {
        Some((body, _)) => (body, true),
        None => (body, false),
    };
    if is_cut && !is_complete && body.len() < SHORTEST_BODY {
        return None;
    }
    let is_encrypted = label.contains("ENCRYPTED") || body.contains("ENCRYPTED");
    let data: String = body
        .replace("\\n", "")
        .replace("\\r", "")
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || "+/=".contains(*character))
        .take(SHORTEST_BODY.saturating_mul(4))
        .collect();
    let other = body
        .chars()
        .filter(|character| "<>{}…*$".contains(*character) || *character == '.')
        .count();
    if data.len() < SHORTEST_BODY
        || other > 3
        || entropy(&data) < 3.5
        || is_placeholder(body) && other > 0
    {
        return None;
    }
    let length = "-----"
        .len()
        .saturating_add(label.len())
        .saturating_add(body.len());
    let block = text.get(start..end.saturating_add(length))?;
    Some(Found {
        pattern: if text.contains("service_account") && text.contains("client_email") {
            "gcp-service-account-key"
        } else {
            "private-key"
        },
        start,
        secret: block,
        certainty: match (is_complete, is_encrypted) {
            (true, false) => Certainty::High,
            (false, false) | (true, true) => Certainty::Medium,
            (false, true) => Certainty::Low,
        },
    })
}

fn putty_key(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let rest = window(text, end, 8192);
    let lines = rest.find("Private-Lines:")?;
    let body = rest.get(lines..)?;
    (body.len() > 120).then_some(Found {
        pattern: "private-key",
        start,
        secret: body,
        certainty: Certainty::High,
    })
}

/// `scheme://user:password@host`.
fn address_password(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let authority = run(text, end, 256, |byte| {
        !byte.is_ascii_whitespace() && !b"/?#\"'<>`,;\\|)(".contains(&byte)
    });
    let (login, host) = authority.rsplit_once('@')?;
    let (user, password) = login.split_once(':')?;
    let is_host = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte));
    let scheme_is_letter = start
        .checked_sub(1)
        .and_then(|before| text.as_bytes().get(before))
        .is_some_and(u8::is_ascii_alphanumeric);
    if !is_host || !scheme_is_letter || password.len() < 5 || is_stand_in(user, password) {
        return None;
    }
    let is_plain_word = password.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_near = is_plain_word
        || host.starts_with("localhost")
        || host.starts_with("127.")
        || host.contains("example.")
        || !host.contains('.');
    Some(Found {
        pattern: "address-with-password",
        start: end.saturating_add(user.len()).saturating_add(1),
        secret: password,
        certainty: if is_near {
            Certainty::Low
        } else {
            Certainty::Medium
        },
    })
}

fn is_stand_in(user: &str, password: &str) -> bool {
    const COMMON: &[&str] = &[
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "admin",
        "root",
        "user",
        "guest",
        "postgres",
        "mysql",
        "redis",
        "test",
        "dev",
        "local",
        "mypassword",
        "my_password",
        "mypass",
        "rabbitmq",
        "minio",
        "minioadmin",
        "userpass",
        "dbpass",
        "dbpassword",
        "db_password",
        "access_token",
        "api_key",
        "apikey",
        "x-oauth-basic",
        "personal_access_token",
        "oauth2",
    ];
    let lower = password.to_ascii_lowercase();
    let bare = lower.trim_end_matches(|character: char| character.is_ascii_digit());
    lower == user.to_ascii_lowercase()
        || COMMON.contains(&lower.as_str())
        || COMMON.contains(&bare)
        || is_placeholder(password)
        || lower.contains("password")
        || password.starts_with('%')
        || password
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// A JSON web token with a readable header.
fn signed_token(text: &str, start: usize, _: usize) -> Option<Found<'_>> {
    if text.get(start..)?.starts_with("eyJ") && !is_inside(text, start) {
        let token = run(text, start, 4096, |byte| {
            byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
        });
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        let header = decode(header)?;
        let payload = decode(payload)?;
        let is_token =
            header.contains("\"alg\"") && payload.starts_with('{') && signature.len() >= 20;
        let is_example =
            payload.contains("John Doe") || (payload.contains("1234567890") && payload.len() < 120);
        let has_claims = [
            "\"exp\"", "\"iat\"", "\"iss\"", "\"sub\"", "\"aud\"", "\"jti\"", "\"nbf\"",
        ]
        .iter()
        .any(|claim| payload.contains(claim));
        if is_token && !is_example {
            return Some(Found {
                pattern: "json-web-token",
                start,
                secret: token,
                certainty: if has_claims {
                    Certainty::Medium
                } else {
                    Certainty::Low
                },
            });
        }
    }
    None
}

/// Azure storage and service-bus connection strings.
fn connection_string(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let key = run(text, end, 128, is_base64);
    let is_long = matches!(key.len(), 43 | 44 | 86 | 87 | 88);
    (is_long && !is_placeholder(key) && entropy(key) >= 4.0).then_some(Found {
        pattern: "azure-connection-string",
        start,
        secret: key,
        certainty: Certainty::High,
    })
}

/// An Azure shared access signature: `sig=` among `sv=` and `se=`.
fn shared_access_signature(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let signature = run(text, end, 200, |byte| is_base64(byte) || byte == b'%');
    let before = start.saturating_sub(300);
    let around = text
        .get(floor(text, before)..)
        .map(|rest| window(rest, 0, 800))?;
    let is_sas = around.contains("sv=20") && around.contains("se=20");
    (is_sas && signature.len() >= 43 && looks_random(signature)).then_some(Found {
        pattern: "azure-shared-access-signature",
        start,
        secret: signature,
        certainty: Certainty::High,
    })
}

fn webhook(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let path = run(text, end, 200, |byte| {
        byte.is_ascii_alphanumeric() || b"/-_".contains(&byte)
    });
    let secret = path.rsplit('/').next()?;
    let parts = path.split('/').count();
    (parts >= 2 && secret.len() >= 20 && !is_placeholder(secret) && looks_random(secret)).then_some(
        Found {
            pattern: "webhook-address",
            start,
            secret: path,
            certainty: Certainty::High,
        },
    )
}

/// `123456789:AA…`.
fn telegram_token(text: &str, start: usize, _: usize) -> Option<Found<'_>> {
    let bytes = text.as_bytes();
    let digits = bytes
        .get(..start)?
        .iter()
        .rev()
        .take(12)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let first = start.checked_sub(digits)?;
    let tail = run(text, start.saturating_add(1), 64, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
    });
    let fits = (8..=10).contains(&digits) && tail.len() == 35 && tail.starts_with("AA");
    (fits && !is_placeholder(tail) && looks_random(tail) && !is_inside(text, first)).then(|| {
        Found {
            pattern: "telegram-bot-token",
            start: first,
            secret: text
                .get(first..start.saturating_add(36))
                .unwrap_or_default(),
            certainty: Certainty::High,
        }
    })
}

/// 40 hexadecimal digits in the same line as `wandb` and a word for keys.
fn wandb_key(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let line = line_of(window(text, end, 160));
    let lower = line.to_ascii_lowercase();
    let says_key = ["key", "login", "password", "token"]
        .iter()
        .any(|word| lower.contains(word));
    if !says_key {
        return None;
    }
    hex_word(line, 40).map(|(at, key)| Found {
        pattern: "wandb-key",
        start: end.saturating_add(at).max(start),
        secret: key,
        certainty: Certainty::High,
    })
}

fn twilio_key(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let line = line_of(window(text, end, 200));
    let lower = line.to_ascii_lowercase();
    let says_key = ["key", "token", "secret"]
        .iter()
        .any(|word| lower.contains(word));
    let (at, key) = hex_word(line, 32)?;
    says_key.then_some(Found {
        pattern: "twilio-key",
        start: end.saturating_add(at).max(start),
        secret: key,
        certainty: Certainty::Medium,
    })
}

/// `{"username": "…", "key": "32 hexadecimal digits"}`.
fn kaggle_key(text: &str, _: usize, end: usize) -> Option<Found<'_>> {
    let rest = window(text, end, 160);
    let (before, behind) = rest.split_once("\"key\"")?;
    let (at, key) = hex_word(behind, 32)?;
    (at < 8).then_some(Found {
        pattern: "kaggle-key",
        start: end
            .saturating_add(before.len())
            .saturating_add("\"key\"".len())
            .saturating_add(at),
        secret: key,
        certainty: Certainty::High,
    })
}

/// `Authorization: Basic …` with a readable user and password.
fn basic_authorization(text: &str, _: usize, end: usize) -> Option<Found<'_>> {
    let value = run(text, end, 400, is_base64);
    if value.len() < 12 {
        return None;
    }
    let login = decode(value)?;
    let (user, password) = login.split_once(':')?;
    // RFC 7617 gives the example `Aladdin:open sesame`.
    let is_readable = login
        .chars()
        .all(|character| !character.is_control() && !character.is_whitespace())
        && !login.contains("opensesame");
    (is_readable && password.len() >= 5 && !is_stand_in(user, password)).then_some(Found {
        pattern: "basic-authorization",
        start: end,
        secret: value,
        certainty: Certainty::Medium,
    })
}

fn bearer_authorization(text: &str, _: usize, end: usize) -> Option<Found<'_>> {
    let value = run(text, end, 600, |byte| {
        byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte)
    });
    // Tokens with a form of their own are found by it.
    let has_own_form =
        value.starts_with("eyJ") || value.starts_with("hf_") || value.starts_with("sk-");
    let is_token = value.len() >= 24 && !has_own_form && !is_placeholder(value);
    (is_token
        && looks_random(value)
        && entropy(value) >= 3.5
        && !super::plausible::is_worded(value))
    .then_some(Found {
        pattern: "bearer-authorization",
        start: end,
        secret: value,
        certainty: Certainty::Low,
    })
}

/// `//registry.npmjs.org/:_authToken=…`.
fn registry_token(text: &str, _: usize, end: usize) -> Option<Found<'_>> {
    let value = run(text, end, 200, |byte| {
        byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
    });
    (value.len() >= 20 && !is_placeholder(value) && looks_random(value)).then_some(Found {
        pattern: "package-registry-token",
        start: end,
        secret: value,
        certainty: Certainty::High,
    })
}

/// At most `length` bytes from `start`, ending between characters.
fn window(text: &str, start: usize, length: usize) -> &str {
    let end = floor(text, start.saturating_add(length));
    text.get(start..end).unwrap_or_default()
}

/// The nearest boundary between characters at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The characters from `start` on that are allowed, at most `most` of them.
fn run(text: &str, start: usize, most: usize, allowed: impl Fn(u8) -> bool) -> &str {
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let length = rest
        .iter()
        .take(most)
        .take_while(|byte| allowed(**byte))
        .count();
    text.get(start..floor(text, start.saturating_add(length)))
        .unwrap_or_default()
}

fn line_of(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// The first word of exactly `length` hexadecimal digits, and where it starts.
fn hex_word(text: &str, length: usize) -> Option<(usize, &str)> {
    let mut at = 0_usize;
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        let is_hex = word.len() == length
            && word
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_hex && !is_placeholder(word) && looks_random(word) {
            return Some((at, word));
        }
        // Separators here are single bytes or the first byte of a character that `get` will not cut.
        at = text
            .get(at.saturating_add(word.len())..)
            .and_then(|rest| rest.chars().next())
            .map_or(text.len(), |next| {
                at.saturating_add(word.len())
                    .saturating_add(next.len_utf8())
            });
    }
    None
}

fn is_inside(text: &str, start: usize) -> bool {
    start
        .checked_sub(1)
        .and_then(|before| text.as_bytes().get(before))
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/_-.".contains(byte))
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' || byte == b'='
}

/// Base 64 of either alphabet, as text.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut held = 0_u32;
    let mut bits = 0_u32;
    for byte in text.bytes().take_while(|byte| *byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte.checked_sub(b'A')?,
            b'a'..=b'z' => byte.checked_sub(b'a')?.checked_add(26)?,
            b'0'..=b'9' => byte.checked_sub(b'0')?.checked_add(52)?,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = held.wrapping_shl(6) | u32::from(value);
        bits = bits.saturating_add(6);
        if bits >= 8 {
            bits = bits.saturating_sub(8);
            bytes.push(u8::try_from(held.wrapping_shr(bits) & 0xFF).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}
