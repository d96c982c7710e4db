//! What manifests and lock files say, in one vocabulary for every ecosystem.
//!
//! A fact is what the text says. Whether a package is vulnerable, or an index a danger, is for rules.

use chainwright_core::location::Place;
use chainwright_core::package::Package;
use chainwright_core::problem::Problem;
pub use chainwright_packages::pinning::Pinning;
use serde::{Deserialize, Serialize};

use crate::kind::ManifestKind;

/// Everything that one manifest, lock file or installed record says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFacts {
    /// The kind of file.
    pub kind: ManifestKind,
    /// The version of a lock file's format, as written; empty where there is none.
    pub format: String,
    /// What the file is about: the project of a manifest, the distribution that was installed.
    pub project: Option<Project>,
    /// Every package that the file names, in its order.
    pub packages: Vec<Declared>,
    /// Which package needs which, as positions in `packages`; sorted, without repetitions.
    pub edges: Vec<Edge>,
    /// Where packages are looked for.
    pub indexes: Vec<Index>,
    /// Other files and groups that the file refers to, as written. Resolving them and seeing cycles is the caller's.
    pub includes: Vec<Include>,
    /// Code that runs when the package is built or installed.
    pub scripts: Vec<Script>,
    /// Switches that change what an installer accepts.
    pub settings: Vec<Setting>,
    /// The files of an installed distribution, from its RECORD.
    pub files: Vec<InstalledFile>,
    /// Where an installed distribution came from (`direct_url.json`).
    pub origin: Option<Origin>,
    /// Parts whose meaning only a build or a run could tell.
    pub unresolved: Vec<Unresolved>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl ManifestFacts {
    /// Nothing yet about a file of this kind.
    #[must_use]
    pub const fn new(kind: ManifestKind) -> Self {
        Self {
            kind,
            format: String::new(),
            project: None,
            packages: Vec::new(),
            edges: Vec::new(),
            indexes: Vec::new(),
            includes: Vec::new(),
            scripts: Vec::new(),
            settings: Vec::new(),
            files: Vec::new(),
            origin: None,
            unresolved: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The value of a setting, if the file has it; the last one when it repeats.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&str> {
        let found = self
            .settings
            .iter()
            .rev()
            .find(|setting| setting.key == key);
        found.map(|setting| setting.value.as_str())
    }
}

/// What a manifest is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Name and version; the version is missing where it is made by the build.
    pub package: Package,
    /// The licence as written.
    pub licence: Option<String>,
    /// Where the name stands.
    pub place: Place,
}

/// A package that a file names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The package in its ecosystem's normal form, with its version where exactly one is possible. The name is empty
    /// where the text does not tell it (`pip install .`, a URL of a repository).
    pub package: Package,
    /// The requirement as written, without marker and options; for a lock file what it locks (`name==version`).
    pub requirement: String,
    /// How far the text ties down what will be installed.
    pub pinning: Pinning,
    /// Where it comes from.
    pub source: Source,
    /// Files that may be installed, and digests that they must have.
    pub artifacts: Vec<Artifact>,
    /// The condition under which it is installed, as written: a PEP 508 marker, `os`/`cpu` of npm, a platform of conda.
    pub marker: Option<String>,
    /// Extras or features that are asked for.
    pub extras: Vec<String>,
    /// The groups or extras of the file in which it stands; empty for the main one.
    pub groups: Vec<String>,
    /// What it is needed for.
    pub scope: Scope,
    /// Whether the project asks for it itself.
    pub relation: Relation,
    /// The licence, if the file names it.
    pub licence: Option<String>,
    /// Whether the lock file says that installing it runs code of its own (npm's `hasInstallScript`, pnpm's
    /// `requiresBuild`).
    pub has_install_script: bool,
    /// Where it stands.
    pub place: Place,
}

impl Declared {
    /// A package of which only the name is known.
    #[must_use]
    pub fn new(package: Package, requirement: impl Into<String>, place: Place) -> Self {
        Self {
            package,
            requirement: requirement.into(),
            pinning: Pinning::Open,
            source: Source::Default,
            artifacts: Vec::new(),
            marker: None,
            extras: Vec::new(),
            groups: Vec::new(),
            scope: Scope::Runtime,
            relation: Relation::Unknown,
            licence: None,
            has_install_script: false,
            place,
        }
    }

    /// The digests that what is installed must have.
    pub fn hashes(&self) -> impl Iterator<Item = &Hash> {
        self.artifacts.iter().filter_map(|file| file.hash.as_ref())
    }

    /// Whether any digest is named.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        self.hashes().next().is_some()
    }
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The indexes that are configured when it is installed.
    Default,
    /// A registry, by URL or by the name under which the file configures it.
    Registry(String),
    /// A file behind a URL.
    Url(String),
    /// A source repository.
    Vcs {
        /// `git`, `hg`, `bzr` or `svn`.
        system: String,
        /// Where the repository lies.
        url: String,
        /// The branch, tag or commit that the file asks for.
        reference: Option<String>,
        /// The commit that was resolved.
        commit: Option<String>,
        /// The folder within.
        subdirectory: Option<String>,
    },
    /// A file or folder, relative to the manifest unless absolute.
    Path(String),
    /// Part of the same workspace.
    Workspace,
}

/// A file that may be installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Artifact {
    /// Its URL, path or file name; empty where only digests are listed.
    pub location: String,
    /// Its digest.
    pub hash: Option<Hash>,
}

/// A digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hash {
    /// `sha256`, `sha512`, `md5` … in lower case; `h1` for the tree digests of Go and `yarn-zip` for those that yarn
    /// makes of its own archives, both of which say nothing about the file that was downloaded.
    pub algorithm: String,
    /// Lower-case hexadecimal digits, whatever the file writes; as written for `h1`.
    pub digest: String,
}

/// What a package is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// By the product as it runs.
    Runtime,
    /// By an extra or feature that users may ask for.
    Optional,
    /// By those who work on the project.
    Development,
    /// To build it.
    Build,
    /// Expected to be there already (npm's peers).
    Peer,
    /// Not asked for: if something else asks, this version counts.
    Constraint,
    /// An image or service that something is built on or run in.
    Platform,
}

/// Whether the project asks for a package itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Relation {
    /// The package is the project, or a member of its workspace.
    Root,
    /// It does.
    Direct,
    /// Another package does.
    Transitive,
    /// The file does not tell.
    Unknown,
}

/// One package needs another; both are positions in [`ManifestFacts::packages`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// The package that needs.
    pub from: u32,
    /// The package that is needed.
    pub to: u32,
}

/// A place where packages are looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Index {
    /// Its part in the search.
    pub role: IndexRole,
    /// The name that the file gives it.
    pub name: Option<String>,
    /// The URL, channel, folder or host as written, passwords blotted out.
    pub url: String,
    /// The npm scope, or the package, for which alone it is asked.
    pub only_for: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// The part that an index has in the search for a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IndexRole {
    /// Instead of the public one.
    Primary,
    /// Beside others, on an equal footing: the better version wins wherever it lies (`--extra-index-url`).
    Extra,
    /// Asked only when the others do not have the package, or in the file's order until one has it.
    Fallback,
    /// Asked only for packages that name it.
    Explicit,
    /// A page or folder of files (`--find-links`).
    FindLinks,
    /// A host whose certificate is not checked (`--trusted-host`).
    TrustedHost,
    /// A conda channel, in the file's order.
    Channel,
    /// A registry for one npm scope.
    Scoped,
}

/// A reference to another file, group or project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Include {
    /// What is included.
    pub kind: IncludeKind,
    /// The file as written, relative to the including one unless absolute or a URL.
    pub target: String,
    /// Where the reference stands.
    pub place: Place,
}

/// What an include brings in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IncludeKind {
    /// Requirements (`-r`).
    Requirements,
    /// Constraints (`-c`).
    Constraints,
    /// A manifest whose project is installed with its dependencies (`npm ci`, `uv sync`, `conda env create -f`).
    Manifest,
}

/// Code that runs when the package is built or installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Script {
    /// When it runs.
    pub hook: ScriptHook,
    /// The hook by its name in the file: `postinstall`, `build-backend`, `build.rs`.
    pub name: String,
    /// The command, module or file.
    pub command: String,
    /// Where it stands.
    pub place: Place,
}

/// When code of a package runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScriptHook {
    /// On every machine that installs the package.
    Install,
    /// Where the package is built from source, which is also where no binary fits.
    Build,
}

/// A switch that changes what an installer accepts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Setting {
    /// The name of the option without dashes: `require-hashes`, `no-binary`, `index-strategy`, `requires-python`.
    pub key: String,
    /// Its value; `true` for a switch.
    pub value: String,
    /// Where it stands.
    pub place: Place,
}

/// A file of an installed distribution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstalledFile {
    /// The path as written, relative to the folder that holds the `.dist-info` unless absolute.
    pub path: String,
    /// The digest that the file should have.
    pub hash: Option<Hash>,
    /// The size that it should have.
    pub size: Option<u64>,
    /// Where it stands.
    pub place: Place,
}

impl InstalledFile {
    /// The path of the file as seen from where `base` begins, the folder that holds the `.dist-info`; `None` if it leads
    /// above that. An absolute path stays one: it begins with `/`.
    #[must_use]
    pub fn path_from(&self, base: &str) -> Option<String> {
        let is_absolute = self.path.starts_with('/');
        let around = if is_absolute { "" } else { base };
        let mut parts: Vec<&str> = around.split('/').filter(|part| !part.is_empty()).collect();
        for part in self.path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        let path = parts.join("/");
        let is_below_root = is_absolute || base.starts_with('/');
        Some(if is_below_root {
            format!("/{path}")
        } else {
            path
        })
    }
}

/// Where an installed distribution came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The archive, repository or folder.
    pub source: Source,
    /// How it was tied down.
    pub pinning: Pinning,
    /// Digests of the archive.
    pub hashes: Vec<Hash>,
}

/// A part whose meaning only a build or a run could tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unresolved {
    /// What stands there, shortened.
    pub text: String,
    /// Why it cannot be told, in a few words.
    pub reason: String,
    /// Where it stands.
    pub place: Place,
}
