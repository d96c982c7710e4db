//! How images are named, and which of several platforms is meant.

use std::fmt;
use std::str::FromStr;

use chainwright_core::text::visible;
use chainwright_images::Descriptor;

use crate::PullError;
use crate::document::hexadecimal;

/// What targets in registries begin with; the second is what other tools write.
const SCHEMES: [&str; 2] = ["oci://", "docker://"];

/// The registry of names without one.
const DOCKER_HUB: &str = "docker.io";

/// Where that registry answers.
const DOCKER_HUB_HOST: &str = "registry-1.docker.io";

/// Whether a target names an image in a registry.
#[must_use]
pub fn is_image(target: &str) -> bool {
    SCHEMES.iter().any(|scheme| target.starts_with(scheme))
}

/// An image in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// `HOST[:PORT]`.
    pub registry: String,
    /// The repository.
    pub repository: String,
    /// The tag; `latest` if neither tag nor digest is given.
    pub tag: Option<String>,
    /// The digest of the manifest or index.
    pub digest: Option<String>,
}

impl Reference {
    /// What the registry is asked for: the digest, or else the tag.
    #[must_use]
    pub fn wanted(&self) -> &str {
        let tag = || self.tag.as_deref().unwrap_or("latest");
        self.digest.as_deref().unwrap_or_else(tag)
    }

    /// The name without the scheme.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = format!("{}/{}", self.registry, self.repository);
        if let Some(tag) = self
            .tag
            .as_deref()
            .or(self.digest.is_none().then_some("latest"))
        {
            name = format!("{name}:{tag}");
        }
        self.digest
            .as_ref()
            .map_or(name.clone(), |digest| format!("{name}@{digest}"))
    }

    /// Where the registry answers.
    pub(crate) fn host(&self) -> &str {
        if self.registry == DOCKER_HUB {
            DOCKER_HUB_HOST
        } else {
            &self.registry
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}", self.name())
    }
}

impl FromStr for Reference {
    type Err = PullError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| PullError::Reference(visible(text, 200)))
    }
}

fn read(text: &str) -> Option<Reference> {
    let rest = SCHEMES
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let (rest, digest) = match rest.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (rest, None),
    };
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match rest.get(slash..)?.split_once(':') {
        // `host:port` alone names no repository.
        Some(_) if slash == 0 && !is_short_name(rest) => return None,
        Some((last, tag)) => (rest.get(..slash + last.len())?, Some(tag)),
        None => (rest, None),
    };
    let (registry, repository) = match path.split_once('/') {
        Some((first, repository)) if is_host(first) => (first, repository.to_owned()),
        Some(_) => (DOCKER_HUB, path.to_owned()),
        // A host alone names no repository.
        None if is_host(path) => return None,
        None => (DOCKER_HUB, format!("library/{path}")),
    };
    let registry = if registry == "index.docker.io" {
        DOCKER_HUB
    } else {
        registry
    };
    let repository = match repository.split_once('/') {
        None if registry == DOCKER_HUB => format!("library/{repository}"),
        _ => repository,
    };
    let is_valid = is_repository(&repository)
        && is_plain_host(registry)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(|digest| hexadecimal(digest).is_some());
    is_valid.then(|| Reference {
        registry: registry.to_owned(),
        repository,
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

/// `name:tag` and not `host:port`.
fn is_short_name(text: &str) -> bool {
    text.split_once(':')
        .is_some_and(|(name, tag)| !name.contains('.') && name != "localhost" && !tag.is_empty())
}

/// As Docker tells a registry from the first part of a repository.
fn is_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost"
}

fn is_plain_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !name.ends_with(':') => (name, Some(port)),
        _ => (host, None),
    };
    let inner = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_address = |byte: u8| byte.is_ascii_hexdigit() || byte == b':';
    let has_name = match inner {
        Some(address) => !address.is_empty() && address.bytes().all(is_address),
        None => !name.is_empty() && name.bytes().all(is_name),
    };
    has_name && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// The specification's pattern, in so far as it keeps requests what they are.
fn is_repository(name: &str) -> bool {
    let is_part = |part: &str| {
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
        };
        !part.is_empty()
            && part.bytes().all(allowed)
            && part.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    name.len() <= 255 && name.split('/').all(is_part)
}

fn is_tag(tag: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !tag.is_empty() && tag.len() <= 128 && tag.bytes().all(allowed) && !tag.starts_with(['.', '-'])
}

/// What an image runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// Such as `linux`.
    pub os: String,
    /// Such as `amd64`.
    pub architecture: String,
    /// Such as `v7`.
    pub variant: Option<String>,
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            variant: None,
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant
            .iter()
            .try_for_each(|variant| write!(f, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = PullError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |word: &&str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let parts: Vec<&str> = text.split('/').collect();
        let failed = || PullError::Platform(visible(text, 100));
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some(variant)),
            _ => return Err(failed()),
        };
        if !parts.iter().all(is_word) {
            return Err(failed());
        }
        Ok(Self {
            os: (*os).to_owned(),
            architecture: (*architecture).to_owned(),
            variant: variant.map(|variant| (*variant).to_owned()),
        })
    }
}

impl Platform {
    /// The entry of an index for the platform; one without a platform only if it is the only one.
    pub(crate) fn choose<'a>(
        &self,
        entries: &'a [Descriptor],
    ) -> Result<&'a Descriptor, PullError> {
        let matches = |entry: &&Descriptor| {
            let mut parts = entry.platform.split('/');
            parts.next() == Some(&self.os)
                && parts.next() == Some(&self.architecture)
                && self
                    .variant
                    .as_deref()
                    .is_none_or(|variant| parts.next() == Some(variant))
        };
        let alone = || match entries {
            [only] if only.platform.is_empty() => Some(only),
            _ => None,
        };
        entries.iter().find(matches).or_else(alone).ok_or_else(|| {
            let mut there: Vec<String> = entries
                .iter()
                .filter(|entry| {
                    !entry.platform.is_empty() && !entry.platform.starts_with("unknown")
                })
                .take(20)
                .map(|entry| visible(&entry.platform, 40))
                .collect();
            there.sort();
            there.dedup();
            let there = if there.is_empty() {
                "none".to_owned()
            } else {
                there.join(", ")
            };
            PullError::NoSuchPlatform {
                wanted: self.to_string(),
                there,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_other_tools_read_them() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let cases = [
            ("oci://ghcr.io/a/b", "ghcr.io/a/b:latest"),
            ("oci://ghcr.io/a/b:1.2", "ghcr.io/a/b:1.2"),
            ("docker://nginx", "docker.io/library/nginx:latest"),
            ("docker://nginx:1", "docker.io/library/nginx:1"),
            (
                "docker://vllm/vllm-openai:v0.6.1",
                "docker.io/vllm/vllm-openai:v0.6.1",
            ),
            ("oci://docker.io/nginx", "docker.io/library/nginx:latest"),
            ("oci://localhost:5000/x", "localhost:5000/x:latest"),
            ("oci://[::1]:5000/x:t", "[::1]:5000/x:t"),
        ];
        for (written, expected) in cases {
            let read: Reference = written.parse().expect(written);
            assert_eq!(read.name(), expected);
        }
        let pinned: Reference = format!("oci://r.example/a:t@{digest}")
            .parse()
            .expect("a reference");
        assert_eq!(
            (pinned.wanted(), pinned.tag.as_deref()),
            (digest.as_str(), Some("t"))
        );
    }

    #[test]
    fn what_could_change_a_request_is_no_name() {
        let hostile = [
            "oci://",
            "oci://host.example",
            "oci://host.example/",
            "oci://host.example/../x",
            "oci://host.example/a/..%2fb",
            "oci://host.example/A",
            "oci://user@host.example/a",
            "oci://host.example/a:b/c",
            "oci://host.example/a?x",
            "oci://host.example/a@sha256:short",
            "oci://host.example/a@md5:00",
            "oci://host.example:99999/a",
            "oci://host.example/a:-t",
            "hf://a/b",
        ];
        for written in hostile {
            assert!(written.parse::<Reference>().is_err(), "{written}");
        }
    }

    #[test]
    fn the_entry_of_the_platform_is_chosen() {
        let entry = |digest: &str, platform: &str| Descriptor {
            digest: digest.to_owned(),
            platform: platform.to_owned(),
            ..Descriptor::default()
        };
        let entries = [
            entry("a", "linux/arm64/v8"),
            entry("b", "linux/amd64"),
            entry("c", "unknown/unknown"),
        ];
        let chosen = |text: &str| {
            let platform: Platform = text.parse().expect("a platform");
            platform
                .choose(&entries)
                .map(|entry| entry.digest.clone())
                .map_err(|error| error.to_string())
        };
        assert_eq!(chosen("linux/amd64").as_deref(), Ok("b"));
        assert_eq!(chosen("linux/arm64").as_deref(), Ok("a"));
        assert_eq!(
            chosen("linux/s390x"),
            Err(
                "there is no image for linux/s390x; there are linux/amd64, linux/arm64/v8"
                    .to_owned()
            )
        );
        assert!("linux".parse::<Platform>().is_err());
    }
}
