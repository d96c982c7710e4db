//! Where a name leads that an operator opens: TensorFlow opens any path and any address that a file system plugin
//! serves, relative to the folder of the process and not to the model.

/// Where a path lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Below the working folder.
    Inside,
    /// Outside of it, or at home.
    Outside,
    /// A file that holds secrets, or that the system acts upon.
    Sensitive,
    /// A store that honest training uses.
    Store,
    /// Another address or a network share.
    Network,
    /// Nowhere: memory, or empty.
    Nowhere,
}

/// Schemes of stores that training jobs read and write.
const STORES: &[&str] = &[
    "gs", "s3", "s3e", "hdfs", "viewfs", "har", "oss", "az", "azfs", "cns",
];
/// Schemes that stay in the process.
const MEMORY: &[&str] = &["ram", "memmapped_package", "memory"];
/// Pieces of paths to secrets and to what a system starts by itself.
const SENSITIVE: &[&str] = &[
    "/etc/",
    "/proc/",
    "/sys/",
    "/dev/",
    "/root/",
    "/boot/",
    "/var/run/",
    "/run/secrets",
    "/.ssh",
    "/.aws",
    "/.gnupg",
    "/.kube",
    "/.docker",
    "/.config/",
    "/.netrc",
    "/.env",
    "/.git",
    "/.bash",
    "/.profile",
    "/.zsh",
    "/.npmrc",
    "/.pypirc",
    "/.huggingface",
    "/.cache/huggingface",
    "/.local/",
    "id_rsa",
    "id_ed25519",
    "authorized_keys",
    "/cron",
    "/spool/",
    "/site-packages/",
    "/dist-packages/",
    "/windows/",
    "/system32/",
    "/appdata/",
    "/launchagents",
    "/launchdaemons",
    "serviceaccount",
    "credentials",
    "/startup/",
    "/shadow",
    "/passwd",
];

/// Where a path leads.
pub(super) fn lead(path: &str) -> Where {
    let path = path.trim_matches(|character: char| character.is_whitespace() || character == '\0');
    let plain = path.replace('\\', "/").to_lowercase();
    if let Some((scheme, rest)) = plain.split_once("://")
        && scheme.len() > 1
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return match scheme {
            "file" => lead_plain(&format!("/{}", rest.trim_start_matches('/'))),
            _ if MEMORY.contains(&scheme) => Where::Nowhere,
            _ if STORES.contains(&scheme) => Where::Store,
            _ => Where::Network,
        };
    }
    lead_plain(&plain)
}

fn lead_plain(plain: &str) -> Where {
    let bytes = plain.as_bytes();
    let has_drive =
        bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    let climbs = plain.split('/').any(|part| part.trim() == "..");
    let is_home = plain.starts_with('~') || plain.starts_with('$');
    let anchored = format!("/{}", plain.trim_start_matches("./"));
    let is_sensitive = SENSITIVE.iter().any(|piece| anchored.contains(piece));
    if plain.is_empty() {
        Where::Nowhere
    } else if is_sensitive {
        Where::Sensitive
    } else if plain.starts_with("//") && plain.get(2..3).is_some_and(|next| next != "/") {
        Where::Network
    } else if plain.starts_with('/') || has_drive || climbs || is_home {
        Where::Outside
    } else {
        Where::Inside
    }
}

/// Whether a text looks like a path or an address that leads outside, and not like any other text.
pub(super) fn looks_like_path(text: &str) -> bool {
    let is_short = text.len() > 3 && text.len() < 1024;
    let is_plain = !text
        .chars()
        .any(|each| each.is_whitespace() || each.is_control());
    let has_name = text
        .chars()
        .filter(|each| each.is_ascii_alphanumeric())
        .count()
        > 2;
    let is_pattern = text.contains(['(', '[', '|', '^', '+']);
    is_short
        && is_plain
        && has_name
        && !is_pattern
        && !matches!(lead(text), Where::Inside | Where::Nowhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_tensorflow_goes() {
        let cases = [
            ("model", Where::Inside),
            ("vocab/words.txt", Where::Inside),
            ("", Where::Nowhere),
            ("ram://x", Where::Nowhere),
            ("/data/train-0001", Where::Outside),
            ("../x", Where::Outside),
            ("a\\..\\..\\x", Where::Outside),
            ("C:\\data\\x", Where::Outside),
            ("file:///data/x", Where::Outside),
            ("file:///etc/hostname", Where::Sensitive),
            ("/home/me/.ssh/id_rsa", Where::Sensitive),
            (".env", Where::Sensitive),
            ("gs://bucket/data", Where::Store),
            ("http://example.test/x", Where::Network),
            ("\\\\host\\share\\x", Where::Network),
        ];
        for (path, expected) in cases {
            assert_eq!(lead(path), expected, "{path}");
        }
        assert!(looks_like_path("/etc/hostname") && !looks_like_path("/ab (c)"));
        assert!(!looks_like_path("NHWC") && !looks_like_path("//"));
    }
}
