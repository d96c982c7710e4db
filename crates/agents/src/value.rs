//! Values of variables, headers and arguments: what may be shown of them, and what only shortened.

use chainwright_repository::secrets;

use crate::facts::Given;

/// Characters that a fact keeps of a text.
const KEPT: usize = 160;

/// The beginning of a text, on one line.
pub(crate) fn cut(text: &str) -> String {
    chainwright_core::text::visible(text, KEPT)
}

/// What a value is, as far as its name and form tell; a credential is only kept shortened.
#[must_use]
pub fn given(name: &str, text: &str) -> Given {
    let text = text.trim();
    if text.is_empty() {
        return Given::Empty;
    }
    if is_reference(text) {
        return Given::Reference(cut(text));
    }
    if let Some((family, shown)) = credential(name, text) {
        return Given::Secret { family, shown };
    }
    if text.contains("://") {
        return Given::Url(cut(&address(text)));
    }
    Given::Plain(cut(text))
}

/// The family and the shortened form of a credential.
pub(crate) fn credential(name: &str, text: &str) -> Option<(String, String)> {
    let bare = ["Bearer ", "bearer ", "Basic ", "Token ", "token "]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let name = match bare {
        Some(_) => "access_token".to_owned(),
        None => name.trim_start_matches('-').replace('-', "_"),
    };
    // A word alone tells as much here as a whole name does in a program.
    let name = match name.to_ascii_lowercase().as_str() {
        "token" | "key" | "secret" | "auth" | "authorization" | "pat" => "access_token".to_owned(),
        _ => name,
    };
    let line = format!("{name}=\"{}\"", bare.unwrap_or(text));
    let hit = secrets::find(&line).into_iter().next()?;
    Some((hit.pattern, hit.shown))
}

/// The beginning of a command or another text in which credentials may stand, with those shortened.
pub(crate) fn cut_command(text: &str) -> String {
    let is_part = |letter: char| {
        letter.is_whitespace()
            || matches!(letter, '"' | '\'' | '(' | ')' | '=' | ',' | ';' | '`' | '@')
    };
    let mut shortened: Option<String> = None;
    let start: String = text.chars().take(4_000).collect();
    for word in start.split(is_part).filter(|word| word.len() >= 16) {
        let is_path = word.starts_with(['/', '.', '~', '$', '-']) || word.contains("://");
        if is_path {
            continue;
        }
        let bare = word.rsplit(':').next().unwrap_or(word);
        if let Some((_, shown)) = credential("access_token", bare) {
            let whole = shortened.as_deref().unwrap_or(&start);
            shortened = Some(whole.replace(bare, &shown));
        }
    }
    cut(shortened.as_deref().unwrap_or(&start))
}

/// Whether the value is filled in from elsewhere.
pub(crate) fn is_reference(text: &str) -> bool {
    let text = text.trim_start_matches("Bearer ").trim();
    text.contains("${")
        || text.contains("$(")
        || text.contains("{{")
        || text.starts_with('$')
        || text.starts_with("op://")
        || text.starts_with("env:")
        || text.starts_with("vault:")
        || (text.starts_with('<') && text.ends_with('>'))
        || (text.len() > 2 && text.starts_with('%') && text.ends_with('%'))
}

/// An address without user name, password, query and fragment.
pub(crate) fn address(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = url.get(..end).unwrap_or(url);
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => (rest.get(..at).unwrap_or(rest), rest.get(at..).unwrap_or("")),
        None => (rest, ""),
    };
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Scheme and host of an address, in lower case, without port.
pub(crate) fn scheme_and_host(url: &str) -> Option<(String, String)> {
    let plain = address(url.trim());
    let (scheme, rest) = plain.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    (!host.is_empty()).then(|| (scheme.to_ascii_lowercase(), host.to_ascii_lowercase()))
}

/// Whether a host is this machine or a name that only resolves beside it.
#[must_use]
pub fn is_local_host(host: &str) -> bool {
    matches!(
        host,
        "localhost" | "::1" | "0.0.0.0" | "::" | "host.docker.internal" | "gateway.docker.internal"
    ) || host.starts_with("127.")
        || host.ends_with(".localhost")
        || !host.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart_and_credentials_shortened() {
        let token = format!("{}{}", "ghp_", "A7dk2LmQ9xZt4VbN8cRw3YpS6uHf1JgK0eTi");
        match given("GITHUB_TOKEN", &token) {
            Given::Secret { shown, .. } => assert!(!shown.contains("LmQ9")),
            other => panic!("{other:?}"),
        }
        let plain = format!("{}{}", "q8Zt2LmX", "7vRk4NpS9wYb3HcD");
        assert!(matches!(
            given("ACME_API_KEY", &plain),
            Given::Secret { .. }
        ));
        assert!(matches!(given("--api-key", &plain), Given::Secret { .. }));
        let bearer = format!("Bearer {plain}");
        assert!(matches!(
            given("Authorization", &bearer),
            Given::Secret { .. }
        ));
        for reference in [
            "${env:KEY}",
            "$KEY",
            "%KEY%",
            "<your key>",
            "Bearer ${TOKEN}",
        ] {
            assert!(
                matches!(given("API_KEY", reference), Given::Reference(_)),
                "{reference}"
            );
        }
        for plain in [
            "YOUR_API_KEY",
            "xxx",
            "/tmp/data",
            "info",
            "sk-your-key-here",
        ] {
            assert!(
                matches!(given("API_KEY", plain), Given::Plain(_)),
                "{plain}"
            );
        }
        let url = given("BASE_URL", "https://user:secret@example.org/v1?key=1");
        assert_eq!(url, Given::Url("https://example.org/v1".to_owned()));
    }

    #[test]
    fn credentials_in_commands_are_shortened() {
        let key = format!("{}{}", "q8Zt2LmX", "7vRk4NpS9wYb3HcD");
        for text in [
            format!("curl -H 'Authorization: Bearer {key}' https://a.example"),
            format!("Bash(TOKEN={key} make deploy)"),
            format!("login --password={key}"),
        ] {
            assert!(!cut_command(&text).contains(&key), "{text}");
        }
        let plain = "npx prettier --write ${CLAUDE_PROJECT_DIR}/src/components/long-name.ts";
        assert_eq!(cut_command(plain), plain);
    }

    #[test]
    fn hosts_are_cut_out_of_addresses() {
        for (url, scheme, host) in [
            ("http://LOCALHOST:3000/x", "http", "localhost"),
            ("wss://a.b:1/", "wss", "a.b"),
            ("http://[::1]:80/", "http", "::1"),
        ] {
            let found = scheme_and_host(url).unwrap();
            assert_eq!((found.0.as_str(), found.1.as_str()), (scheme, host));
        }
        assert!(is_local_host("127.0.0.1") && !is_local_host("10.0.0.1"));
    }
}
