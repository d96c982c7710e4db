//! Credentials that the user has saved for a registry.

use std::path::PathBuf;

use chainwright_core::text::visible;
use serde_json::Value;

/// The key under which Docker saves credentials for its own registry.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// A user and a password for one host.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user.
    pub user: String,
    /// The password or token.
    pub password: String,
    /// Whether it is a token that a token service takes in place of a password (`identitytoken` of Docker).
    pub is_identity_token: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &visible(&self.user, 40))
            .finish_non_exhaustive()
    }
}

/// What a configuration of Docker or Podman (`auths` of `config.json`, `auth.json`) has saved for a host, exactly.
///
/// Entries that leave the credential to a helper hold none, and no helper is run.
#[must_use]
pub fn saved(configuration: &str, host: &str) -> Option<Credentials> {
    let value: Value = serde_json::from_str(configuration).ok()?;
    let entries = value.get("auths")?.as_object()?;
    let (_, entry) = entries.iter().find(|(key, _)| is_for(key, host))?;
    let identity_token = entry.get("identitytoken").and_then(Value::as_str);
    if let Some(token) = identity_token.filter(|token| !token.is_empty()) {
        return Some(Credentials {
            user: String::new(),
            password: token.to_owned(),
            is_identity_token: true,
        });
    }
    let decoded = base64(entry.get("auth")?.as_str()?)?;
    let (user, password) = decoded.split_once(':')?;
    let password = password.trim_end_matches('\0');
    (!user.is_empty() && !password.is_empty()).then(|| Credentials {
        user: user.to_owned(),
        password: password.to_owned(),
        is_identity_token: false,
    })
}

/// What the tools of Docker and Podman have saved for exactly this host, where they save it.
#[must_use]
pub fn saved_by_user(host: &str) -> Option<Credentials> {
    let set = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let places = [
        set("REGISTRY_AUTH_FILE"),
        set("DOCKER_CONFIG").map(|folder| folder.join("config.json")),
        set("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
        set("HOME").map(|folder| folder.join(".docker/config.json")),
    ];
    places.into_iter().flatten().find_map(|place| {
        let configuration = std::fs::read_to_string(place).ok()?;
        saved(&configuration, host)
    })
}

fn is_for(key: &str, host: &str) -> bool {
    if host == "registry-1.docker.io" || host == "docker.io" {
        return key == DOCKER_HUB_KEY || key == "docker.io";
    }
    let bare = key.strip_prefix("https://").unwrap_or(key);
    let bare = bare
        .strip_suffix("/v2/")
        .or_else(|| bare.strip_suffix("/v1/"))
        .unwrap_or(bare);
    bare.trim_end_matches('/') == host
}

/// RFC 4648 section 4, with or without padding.
fn base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
        bits &= 0xffff;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAVED: &str = r#"{
        "auths": {
            "https://index.docker.io/v1/": { "auth": "aHViOnB3" },
            "registry.example": { "auth": "dXNlcjpwYXNzOndvcmQ=" },
            "token.example": { "auth": "MDAwMDo=", "identitytoken": "inert-refresh" },
            "helper.example": {}
        },
        "credsStore": "desktop"
    }"#;

    #[test]
    fn credentials_are_only_for_the_host_they_were_saved_for() {
        let shown = |host: &str| saved(SAVED, host).map(|found| (found.user, found.password));
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(shown("registry.example"), pair("user", "pass:word"));
        assert_eq!(shown("registry-1.docker.io"), pair("hub", "pw"));
        for other in [
            "example",
            "registry.example:5000",
            "evil.registry.example",
            "helper.example",
            "x",
        ] {
            assert_eq!(shown(other), None, "{other}");
        }
    }

    #[test]
    fn an_identity_token_stands_for_the_password() {
        let credentials = saved(SAVED, "token.example").expect("credentials");
        assert!(credentials.is_identity_token);
        assert_eq!(credentials.password, "inert-refresh");
    }

    #[test]
    fn broken_configurations_hold_no_credentials() {
        for broken in [
            "",
            "{",
            "[]",
            r#"{"auths":{"h":{"auth":"%"}}}"#,
            r#"{"auths":{"h":{"auth":"QQ=="}}}"#,
        ] {
            assert_eq!(saved(broken, "h"), None, "{broken}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let credentials = Credentials {
            user: "u".to_owned(),
            password: "inert-password".to_owned(),
            is_identity_token: false,
        };
        assert!(!format!("{credentials:?}").contains("inert-password"));
    }
}
