//! How a registry asks for credentials: `WWW-Authenticate` (RFC 9110 section 11.6.1; distribution specification,
//! token authentication).

/// What a registry asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token from a service.
    Token {
        /// Where tokens are given.
        realm: String,
        /// The name of the registry at that service; may be empty.
        service: String,
    },
}

/// Reads the value of the header; the token service is preferred.
pub(crate) fn challenge(value: &str) -> Option<Challenge> {
    let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    if scheme.eq_ignore_ascii_case("basic") {
        return Some(Challenge::Basic);
    }
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let parameters = parameters(rest);
    let find = |name: &str| {
        let found = parameters
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let realm = find("realm");
    (!realm.is_empty()).then(|| Challenge::Token {
        realm,
        service: find("service"),
    })
}

/// `key="value",key=value …`; commas inside quotes belong to the value.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((key, behind)) = rest.split_once('=') {
        let behind = behind.trim_start();
        let (value, behind) = match behind.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => behind.split_once(',').unwrap_or((behind, "")),
        };
        let key = key.trim_matches(|each: char| each == ',' || each.is_whitespace());
        found.push((key.to_owned(), value.trim().to_owned()));
        rest = behind;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_as_registries_write_them() {
        let token = |realm: &str, service: &str| {
            Some(Challenge::Token {
                realm: realm.to_owned(),
                service: service.to_owned(),
            })
        };
        let cases = [
            (
                r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                token("https://auth.docker.io/token", "registry.docker.io"),
            ),
            (
                r#"bearer service=x, realm="https://a.example/t?y=1,2""#,
                token("https://a.example/t?y=1,2", "x"),
            ),
            (r#"Basic realm="Registry""#, Some(Challenge::Basic)),
            ("Basic", Some(Challenge::Basic)),
            ("Bearer", None),
            ("Negotiate", None),
            (r#"Bearer realm="unended"#, token("unended", "")),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(challenge(written), expected, "{written}");
        }
    }
}
