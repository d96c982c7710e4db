//! Which repository a folder is a copy of: from a hub address, a clone's `.git`, or the folders of a model cache.
//!
//! All of these are the word of whoever put the folder there. A path is weaker than what a tool has written down, so
//! it counts as inferred.

use chainwright_boms::evidence::{Evidence, Source};

use crate::naming::{is_commit, is_repository};

/// The repository that a folder is a copy of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `owner/name`; empty if only the revision is known.
    pub repository: String,
    /// Whether it is one of the Hugging Face Hub.
    pub is_hub: bool,
    /// Its commit, or the branch or tag that was asked for.
    pub revision: Option<String>,
    /// How it is known.
    pub evidence: Evidence,
    /// Where it was read.
    pub source: Source,
}

impl Origin {
    /// From the address of a repository: `hf://owner/name@revision`.
    #[must_use]
    pub fn of_address(address: &str) -> Option<Self> {
        let rest = address.strip_prefix("hf://")?;
        let (repository, revision) = match rest.split_once('@') {
            Some((repository, revision)) => (repository, Some(revision.to_owned())),
            None => (rest, None),
        };
        is_repository(repository).then(|| Self {
            repository: repository.to_owned(),
            is_hub: true,
            revision,
            evidence: Evidence::Declared,
            source: Source::file(address),
        })
    }

    /// From the folders of the hub's cache: `models--owner--name/snapshots/COMMIT`.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path
            .split(['/', '\\'])
            .filter(|part| !part.is_empty())
            .collect();
        let at = parts
            .iter()
            .rposition(|part| part.starts_with("models--") || part.starts_with("datasets--"))?;
        let (_, name) = parts.get(at)?.split_once("--")?;
        let repository = name.replacen("--", "/", 1);
        let revision = match parts.get(at + 1..)? {
            ["snapshots", commit, ..] if is_commit(commit) => Some((*commit).to_owned()),
            _ => None,
        };
        is_repository(&repository).then(|| Self {
            repository,
            is_hub: true,
            revision,
            evidence: Evidence::Inferred,
            source: Source::file(parts.get(at..).unwrap_or_default().join("/")),
        })
    }

    /// From a clone: the text of `.git/config`, and the commit that is checked out, if it could be told.
    #[must_use]
    pub fn of_clone(config: &str, commit: Option<&str>) -> Option<Self> {
        let mut is_origin = false;
        let mut url = None;
        for line in config.lines().map(str::trim) {
            if line.starts_with('[') {
                is_origin = line == "[remote \"origin\"]";
            } else if let Some(("url", value)) = line
                .split_once('=')
                .map(|(key, value)| (key.trim(), value.trim()))
                && is_origin
            {
                url = Some(value);
            }
        }
        let (host, repository) = split(url?)?;
        let repository = repository
            .strip_prefix("datasets/")
            .or(repository.strip_prefix("spaces/"))
            .unwrap_or(repository);
        is_repository(repository).then(|| Self {
            repository: repository.to_owned(),
            is_hub: matches!(host, "huggingface.co" | "hf.co"),
            revision: commit.filter(|commit| is_commit(commit)).map(str::to_owned),
            evidence: Evidence::Declared,
            source: Source::file(".git/config"),
        })
    }

    /// From what the hub's client writes beside every file that it fetches
    /// (`.cache/huggingface/download/FILE.metadata`): the commit on the first line.
    #[must_use]
    pub fn of_download(metadata: &str, file: &str) -> Option<Self> {
        let commit = metadata.lines().next()?.trim();
        is_commit(commit).then(|| Self {
            repository: String::new(),
            is_hub: true,
            revision: Some(commit.to_owned()),
            evidence: Evidence::Declared,
            source: Source::file(file),
        })
    }
}

/// Host and path of an address of a repository, in the forms that git takes.
fn split(url: &str) -> Option<(&str, &str)> {
    let (host, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?,
        None => url.split_once(':')?,
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    let host = host.split(':').next().unwrap_or(host);
    Some((host, path.trim_matches('/').trim_end_matches(".git")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn caches_clones_and_addresses_tell_their_repository() {
        let path =
            format!("/home/x/.cache/huggingface/hub/models--org--a-b/snapshots/{COMMIT}/sub");
        let found = Origin::of_path(&path).unwrap();
        assert_eq!(
            (found.repository.as_str(), found.revision.as_deref()),
            ("org/a-b", Some(COMMIT))
        );
        let config = "[core]\n\turl = x\n[remote \"origin\"]\n\turl = https://user:pw@huggingface.co/org/m.git\n";
        let found = Origin::of_clone(config, Some(COMMIT)).unwrap();
        assert_eq!((found.repository.as_str(), found.is_hub), ("org/m", true));
        let config = "[remote \"origin\"]\nurl = git@github.com:org/code.git\n";
        let found = Origin::of_clone(config, None).unwrap();
        assert_eq!(
            (found.repository.as_str(), found.is_hub),
            ("org/code", false)
        );
        let found = Origin::of_address("hf://org/m@main").unwrap();
        assert_eq!(found.revision.as_deref(), Some("main"));
        assert!(Origin::of_path("/a/models--x").is_none());
        assert!(Origin::of_address("hf://../x").is_none());
    }
}
