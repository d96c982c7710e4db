//! Which file is which: by name, by folder, and where the name says too little by the first bytes.

use serde::{Deserialize, Serialize};

/// The kinds of files that declare, lock or record packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ManifestKind {
    /// `requirements.txt` and `.in`: what pip installs.
    Requirements,
    /// `constraints.txt`: what pip may choose if something else asks.
    Constraints,
    /// `pyproject.toml` (PEP 518, 621, 735, and the tables of Poetry, PDM, uv, Hatch and pixi).
    Pyproject,
    /// `poetry.lock`.
    PoetryLock,
    /// `uv.lock`, and the `.lock` of a script.
    UvLock,
    /// `pdm.lock`.
    PdmLock,
    /// `pylock.toml` and `pylock.NAME.toml` (PEP 751).
    Pylock,
    /// `Pipfile`.
    Pipfile,
    /// `Pipfile.lock`.
    PipfileLock,
    /// `environment.yml` of conda.
    CondaEnvironment,
    /// `conda-lock.yml`.
    CondaLock,
    /// A list of URLs behind `@EXPLICIT`, or `conda list --export`.
    CondaExplicit,
    /// A record in `conda-meta` of an installed environment.
    CondaMeta,
    /// `pixi.toml`.
    Pixi,
    /// `pixi.lock`.
    PixiLock,
    /// `setup.cfg`.
    SetupCfg,
    /// `setup.py`.
    SetupPy,
    /// `METADATA` of an installed wheel, `PKG-INFO` of an sdist or egg (core metadata).
    Metadata,
    /// `RECORD` of an installed wheel.
    Record,
    /// `direct_url.json` of an installed wheel (PEP 610).
    DirectUrl,
    /// `INSTALLER` of an installed wheel.
    Installer,
    /// `requires.txt` of an egg.
    EggRequires,
    /// `installed-files.txt` or `SOURCES.txt` of an installed egg: its files, without digests.
    EggFiles,
    /// `pip.conf` and `pip.ini`.
    PipConf,
    /// `uv.toml`.
    UvToml,
    /// `package.json`.
    PackageJson,
    /// `package-lock.json`, `npm-shrinkwrap.json`, and npm's record in `node_modules`.
    NpmLock,
    /// `pnpm-lock.yaml`.
    PnpmLock,
    /// `yarn.lock` of any version.
    YarnLock,
    /// `bun.lock`.
    BunLock,
    /// `.npmrc`.
    Npmrc,
    /// `.yarnrc.yml`.
    Yarnrc,
    /// `.condarc`.
    Condarc,
    /// `Cargo.toml`.
    CargoToml,
    /// `Cargo.lock`.
    CargoLock,
    /// `go.mod`.
    GoMod,
    /// `go.sum`.
    GoSum,
    /// `Dockerfile`, `Containerfile`.
    Dockerfile,
    /// A Jupyter notebook.
    Notebook,
    /// A workflow or composite action of GitHub, or a GitLab pipeline.
    Workflow,
    /// A shell script.
    Shell,
}

impl ManifestKind {
    /// Whether the file says what was resolved, so that nothing in it may repeat.
    #[must_use]
    pub const fn is_lock(self) -> bool {
        matches!(
            self,
            Self::PoetryLock
                | Self::UvLock
                | Self::PdmLock
                | Self::Pylock
                | Self::PipfileLock
                | Self::CondaLock
                | Self::CondaExplicit
                | Self::PixiLock
                | Self::NpmLock
                | Self::PnpmLock
                | Self::YarnLock
                | Self::BunLock
                | Self::CargoLock
        )
    }

    /// Whether the file records what is installed rather than what is asked for.
    #[must_use]
    pub const fn is_installed(self) -> bool {
        matches!(
            self,
            Self::Metadata
                | Self::Record
                | Self::DirectUrl
                | Self::Installer
                | Self::EggRequires
                | Self::EggFiles
                | Self::CondaMeta
        )
    }
}

/// The kind of a file, from its path below the scanned folder and its first bytes; a few hundred are enough.
#[must_use]
pub fn recognise(path: &str, head: &[u8]) -> Option<ManifestKind> {
    let path = path.replace('\\', "/");
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let lower = name.to_ascii_lowercase();
    by_exact_name(name)
        .or_else(|| by_folder(folder, name, &lower))
        .or_else(|| by_shape(folder, &lower, head))
}

fn by_exact_name(name: &str) -> Option<ManifestKind> {
    use ManifestKind as Kind;
    Some(match name {
        "pyproject.toml" => Kind::Pyproject,
        "poetry.lock" => Kind::PoetryLock,
        "uv.lock" => Kind::UvLock,
        "pdm.lock" => Kind::PdmLock,
        "pylock.toml" => Kind::Pylock,
        "Pipfile" => Kind::Pipfile,
        "Pipfile.lock" => Kind::PipfileLock,
        "pixi.toml" => Kind::Pixi,
        "pixi.lock" => Kind::PixiLock,
        "setup.cfg" => Kind::SetupCfg,
        "setup.py" => Kind::SetupPy,
        "pip.conf" | "pip.ini" => Kind::PipConf,
        "uv.toml" => Kind::UvToml,
        "package.json" => Kind::PackageJson,
        "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json" => Kind::NpmLock,
        "pnpm-lock.yaml" => Kind::PnpmLock,
        "yarn.lock" => Kind::YarnLock,
        "bun.lock" => Kind::BunLock,
        ".npmrc" => Kind::Npmrc,
        ".yarnrc.yml" => Kind::Yarnrc,
        ".condarc" | "condarc" => Kind::Condarc,
        "Cargo.toml" => Kind::CargoToml,
        "Cargo.lock" => Kind::CargoLock,
        "go.mod" => Kind::GoMod,
        "go.sum" => Kind::GoSum,
        ".gitlab-ci.yml" => Kind::Workflow,
        "PKG-INFO" => Kind::Metadata,
        _ => return None,
    })
}

fn by_folder(folder: &str, name: &str, lower: &str) -> Option<ManifestKind> {
    use ManifestKind as Kind;
    let parent = folder.rsplit('/').next().unwrap_or_default();
    if parent.ends_with(".dist-info") {
        return match name {
            "METADATA" => Some(Kind::Metadata),
            "RECORD" => Some(Kind::Record),
            "direct_url.json" => Some(Kind::DirectUrl),
            "INSTALLER" => Some(Kind::Installer),
            _ => None,
        };
    }
    let is_yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");
    match parent {
        _ if parent.ends_with(".egg-info") || parent == "EGG-INFO" => {
            let is_installed = ["site-packages", "dist-packages"]
                .iter()
                .any(|place| folder.contains(place));
            match name {
                "requires.txt" => Some(Kind::EggRequires),
                "installed-files.txt" => Some(Kind::EggFiles),
                "SOURCES.txt" if is_installed => Some(Kind::EggFiles),
                _ => None,
            }
        }
        "conda-meta" => (lower.ends_with(".json")).then_some(Kind::CondaMeta),
        "workflows" if is_yaml && in_forge(folder) => Some(Kind::Workflow),
        "requirements" | "requires" | "reqs"
            if lower.ends_with(".txt") || lower.ends_with(".in") || lower.ends_with(".pip") =>
        {
            Some(if lower.contains("constraint") {
                Kind::Constraints
            } else {
                Kind::Requirements
            })
        }
        _ => None,
    }
}

fn in_forge(folder: &str) -> bool {
    [
        ".github/workflows",
        ".gitea/workflows",
        ".forgejo/workflows",
    ]
    .iter()
    .any(|forge| folder.ends_with(forge))
}

fn by_shape(folder: &str, lower: &str, head: &[u8]) -> Option<ManifestKind> {
    use ManifestKind as Kind;
    let (stem, extension) = lower.rsplit_once('.').unwrap_or((lower, ""));
    match extension {
        "txt" | "in" | "pip" => {
            if is_conda_list(head) {
                return Some(Kind::CondaExplicit);
            }
            let is_requirements = |word: &str| stem.contains(word);
            if is_requirements("constraint") {
                Some(Kind::Constraints)
            } else if is_requirements("requirement") || stem == "reqs" || stem == "test-reqs" {
                Some(Kind::Requirements)
            } else {
                None
            }
        }
        "lock" if contains(head, b"requires-python") && contains(head, b"revision") => {
            Some(Kind::UvLock)
        }
        "toml" if stem.starts_with("pylock.") => Some(Kind::Pylock),
        "yml" | "yaml" => by_yaml(folder, stem, head),
        "ipynb" => Some(Kind::Notebook),
        "sh" | "bash" | "zsh" | "ksh" => Some(Kind::Shell),
        "dockerfile" | "containerfile" => Some(Kind::Dockerfile),
        _ if is_dockerfile(lower) => Some(Kind::Dockerfile),
        "" if is_shell_script(head) => Some(Kind::Shell),
        _ => None,
    }
}

fn by_yaml(folder: &str, stem: &str, head: &[u8]) -> Option<ManifestKind> {
    use ManifestKind as Kind;
    if stem.contains("conda-lock") {
        return Some(Kind::CondaLock);
    }
    if stem == "action" && (contains(head, b"runs:") || contains(head, b"name:")) {
        return Some(Kind::Workflow);
    }
    let named = ["environment", "conda"]
        .iter()
        .any(|word| stem.contains(word))
        || stem == "env"
        || folder.ends_with("conda")
        || folder.ends_with("envs");
    let looks = contains(head, b"dependencies:")
        && (contains(head, b"channels:")
            || contains(head, b"- pip")
            || contains(head, b"- python"));
    (named && looks).then_some(Kind::CondaEnvironment)
}

fn is_dockerfile(lower: &str) -> bool {
    ["dockerfile", "containerfile"].iter().any(|word| {
        let is_separator = |next: char| matches!(next, '.' | '-' | '_');
        match lower.strip_prefix(word) {
            Some("") => true,
            Some(rest) => {
                rest.starts_with(is_separator)
                    && !rest.ends_with("ignore")
                    && !rest.ends_with(".md")
            }
            None => lower
                .strip_suffix(word)
                .is_some_and(|rest| rest.ends_with(is_separator)),
        }
    })
}

fn is_shell_script(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"#!") && (line.ends_with(b"sh") || contains(line, b"sh "))
}

/// `conda list --explicit` and `--export` begin with comments that say so.
fn is_conda_list(head: &[u8]) -> bool {
    contains(head, b"\n@EXPLICIT")
        || head.starts_with(b"@EXPLICIT")
        || contains(head, b"$ conda create --name")
}

fn contains(head: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(head, needle).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders_tell_the_kind() {
        use ManifestKind as Kind;
        for (path, head, kind) in [
            ("requirements.txt", "", Some(Kind::Requirements)),
            ("a/requirements/gpu.txt", "", Some(Kind::Requirements)),
            ("requirements-dev.in", "", Some(Kind::Requirements)),
            ("requirements/constraints.txt", "", Some(Kind::Constraints)),
            ("a/notes.txt", "torch\n", None),
            (
                "spec-file.txt",
                "# comment\n@EXPLICIT\n",
                Some(Kind::CondaExplicit),
            ),
            ("x-1.0.dist-info/METADATA", "", Some(Kind::Metadata)),
            ("METADATA", "", None),
            ("x-1.0.dist-info/entry_points.txt", "", None),
            ("x.egg-info/requires.txt", "", Some(Kind::EggRequires)),
            ("x.egg-info/installed-files.txt", "", Some(Kind::EggFiles)),
            (
                "site-packages/x.egg-info/SOURCES.txt",
                "",
                Some(Kind::EggFiles),
            ),
            ("x.egg-info/SOURCES.txt", "", None),
            ("docker/Dockerfile.gpu", "", Some(Kind::Dockerfile)),
            ("gpu.Dockerfile", "", Some(Kind::Dockerfile)),
            (".dockerignore", "", None),
            ("Dockerfile.dockerignore", "", None),
            (".github/workflows/ci.yml", "", Some(Kind::Workflow)),
            ("workflows/ci.yml", "", None),
            (
                "environment.yml",
                "name: x\ndependencies:\n  - python=3\n",
                Some(Kind::CondaEnvironment),
            ),
            ("environment.yml", "PATH: /bin\n", None),
            ("install", "#!/usr/bin/env bash\n", Some(Kind::Shell)),
            ("pylock.dev.toml", "", Some(Kind::Pylock)),
            ("C:\\x\\package-lock.json", "", Some(Kind::NpmLock)),
            ("node_modules/.package-lock.json", "", Some(Kind::NpmLock)),
            ("README.md", "", None),
        ] {
            assert_eq!(recognise(path, head.as_bytes()), kind, "{path}");
        }
    }
}
