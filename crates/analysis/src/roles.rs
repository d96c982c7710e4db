//! When the code of a package runs: while it is installed, when it is imported, or only when somebody asks for it.
//!
//! A package is a folder, in an archive or not, with `PKG-INFO`, `NAME.dist-info/METADATA`, or a `package.json` that has
//! a name and a version. What it runs while it is installed is judged as it stands, and so is what it imports from
//! there. Tests, documentation and tools that nothing of the package loads run only for those who ask for them, and
//! functions of a library only when they are called: their behaviours stay as notes. Flows that no library has (secrets
//! and the environment on their way out, decoded code) count wherever they stand.
//!
//! Deliberately not followed: calls from one file into another. What a set-up script imports from its own package counts
//! as if all of it were called.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_code::{Behaviour, BehaviourKind as Kind, JavaScriptFacts, PythonFacts, Reach};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_dependencies::{ManifestFacts, ManifestKind, ScriptHook};

use crate::facts::{Facts, Inspected};

/// Folders whose code nobody imports who only uses the package.
const ASIDE: &[&str] = &[
    "test",
    "tests",
    "testing",
    "_test",
    "_tests",
    "unittests",
    "test_data",
    "testdata",
    "t",
    "spec",
    "__tests__",
    "e2e",
    "it",
    "doc",
    "docs",
    "docs_src",
    "documentation",
    "example",
    "examples",
    "sample",
    "samples",
    "demo",
    "demos",
    "tutorial",
    "tutorials",
    "notebooks",
    "recipes",
    "benchmark",
    "benchmarks",
    "bench",
    "perf",
    "profiling",
    "tool",
    "tools",
    "util",
    "utils_dev",
    "script",
    "scripts",
    "ci",
    "devel",
    "dev",
    "hack",
    "packaging",
    "contrib",
    "maint",
    "maintainer",
    "misc",
    "third_party",
    "third-party",
    "3rdparty",
    "vendored-meson",
    "subprojects",
    "vendor",
    "deps",
    "extern",
    "external",
    "fixtures",
    ".github",
    ".circleci",
    ".ci",
    ".azure-pipelines",
    "changes",
    "website",
    "asv_bench",
    "fuzz",
    "fuzzing",
    "release",
    "releasing",
    "templates",
    "playground",
    "cmake",
    "admin",
    "buildscripts",
    "build_tools",
    "buildbot",
    "docker",
    "developer_tools",
    "dev_tools",
];

/// When code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// While the package is installed, or whenever the interpreter starts.
    Install,
    /// When the package is imported, as far as it stands outside of functions.
    Import,
    /// When somebody runs it by name.
    Aside,
}

/// Settles, for every file of code in a package, what its behaviours come to.
pub fn settle(artifacts: &mut [Inspected]) {
    let packages = packages(artifacts);
    if packages.is_empty() {
        return;
    }
    for artifact in artifacts.iter_mut() {
        let spot = artifact.location.to_string();
        let Some((root, package)) = root_of(&packages, &spot) else {
            continue;
        };
        let path = inside(root, &spot).unwrap_or_default().to_owned();
        if is_hook(&path) {
            // Nothing that the interpreter runs at every start has a reason to be bold.
            continue;
        }
        let is_called = package.role(&path) == Role::Install;
        let is_manifest = artifact.location.file_name() == "package.json";
        for facts in &mut artifact.facts {
            match facts {
                // Nobody imports a script of another language; it runs if the package starts it.
                Facts::JavaScript(script) if package.is_foreign(&path) => {
                    calibrate(&mut script.behaviours, Role::Aside);
                }
                Facts::Python(PythonFacts { behaviours, .. })
                | Facts::JavaScript(JavaScriptFacts { behaviours, .. }) => {
                    if is_called {
                        // Who loads a helper calls it, and what a set-up script defines serves the set-up.
                        for behaviour in behaviours.iter_mut() {
                            behaviour.reach = behaviour.reach.max(Reach::Constructor);
                        }
                    }
                    calibrate(behaviours, package.role(&path));
                }
                Facts::Shell(shell)
                    if is_manifest || path.ends_with(".gyp") || path.ends_with(".gypi") =>
                {
                    calibrate(&mut shell.behaviours, Role::Install);
                }
                // A shell script runs if something else starts it.
                Facts::Shell(shell) => {
                    let role = if package.starts(&path) && !is_aside(&path) {
                        Role::Install
                    } else {
                        Role::Aside
                    };
                    calibrate(&mut shell.behaviours, role);
                }
                _ => {}
            }
        }
    }
}

/// Makes behaviours as mild as the moment in which they run.
fn calibrate(behaviours: &mut [Behaviour], role: Role) {
    let takes = behaviours
        .iter()
        .any(|each| each.kind == Kind::CredentialAccess && each.severity() >= Severity::Medium);
    let sends = behaviours.iter().any(|each| {
        matches!(
            each.kind,
            Kind::NetworkSend | Kind::SuspiciousEndpoint | Kind::Exfiltration
        ) && each.severity() >= Severity::Medium
    });
    for behaviour in behaviours.iter_mut() {
        let counts = match role {
            Role::Install => counts_at_install(behaviour) || (takes && sends),
            Role::Import => {
                counts_at_import(behaviour) || (takes && sends && behaviour.at_import())
            }
            Role::Aside => false,
        };
        if !counts {
            behaviour.confidence = Confidence::Low;
            if role == Role::Aside || behaviour.reach != Reach::Import {
                behaviour.reach = behaviour.reach.min(Reach::Function);
            }
            if matches!(behaviour.kind, Kind::ProcessStart | Kind::NetworkSend) {
                behaviour.reach = behaviour.reach.min(Reach::Constructor);
            }
        }
    }
}

/// Builds start compilers and unpack archives; what they do not do is run what they decode or fetch, or send anything.
fn counts_at_install(behaviour: &Behaviour) -> bool {
    if behaviour.kind == Kind::DownloadAndRun
        && behaviour.confidence != Confidence::High
        && behaviour.evidence.starts_with("os.chmod")
    {
        return false;
    }
    !matches!(
        (behaviour.kind, behaviour.confidence),
        (
            Kind::ProcessStart
                | Kind::FileWrite
                | Kind::PackageInstall
                | Kind::ExecDynamic
                | Kind::ExecDataFile
                | Kind::Tampering
                | Kind::ExecInput
                | Kind::RemoteCodeTrust,
            _
        ) | (
            Kind::HiddenCall | Kind::UnsafeDeserialise,
            Confidence::Medium | Confidence::Low
        )
    )
}

/// What a library does not do, wherever it stands; and what it does not do by itself.
fn counts_at_import(behaviour: &Behaviour) -> bool {
    let is_sure = matches!(behaviour.confidence, Confidence::High);
    match behaviour.kind {
        Kind::Miner | Kind::Obfuscation => true,
        Kind::ExecDecoded | Kind::Exfiltration | Kind::SuspiciousEndpoint => {
            is_sure || matches!(behaviour.reach, Reach::Import)
        }
        // A fetched file that is made executable is what installers of tools are for.
        Kind::DownloadAndRun if behaviour.evidence.starts_with("os.chmod") => false,
        Kind::ExecFetched
        | Kind::ReverseShell
        | Kind::DownloadAndRun
        | Kind::Persistence
        | Kind::Destruction
        | Kind::NativeCode => {
            is_sure && matches!(behaviour.reach, Reach::Import | Reach::Constructor)
        }
        Kind::HiddenCall | Kind::NetworkSend | Kind::UnsafeDeserialise => {
            is_sure && matches!(behaviour.reach, Reach::Import)
        }
        Kind::NetworkAccess => is_sure && matches!(behaviour.reach, Reach::Import),
        Kind::Tampering
        | Kind::CredentialAccess
        | Kind::ExecInput
        | Kind::ExecDynamic
        | Kind::ExecDataFile
        | Kind::ProcessStart
        | Kind::PackageInstall
        | Kind::AntiAnalysis
        | Kind::FileWrite
        | Kind::RemoteCodeTrust => false,
    }
}

/// One package.
#[derive(Debug, Default)]
struct Package {
    /// Files that run while it is installed, without their endings.
    install: BTreeSet<String>,
    /// Modules that files outside of [`ASIDE`] load, with `/` for dots.
    loaded: BTreeSet<String>,
    /// Commands and code that run while it is installed.
    commands: String,
    /// Commands and code that run when it is imported.
    started: String,
    /// What the packages at this root are called, as the folders of their code would be.
    names: BTreeSet<String>,
    is_npm: bool,
    has_metadata: bool,
}

impl Package {
    fn role(&self, path: &str) -> Role {
        let stem = stem(path);
        if self.install.contains(stem) || is_hook(path) || self.is_npm && self.starts(path) {
            return Role::Install;
        }
        if !self.is_aside(path) && is_importable(path) || self.is_loaded(stem) {
            return Role::Import;
        }
        Role::Aside
    }

    /// Whether nobody imports the file who only uses the package. A package may be called `tools`; its own folder is then
    /// no folder of tools.
    fn is_aside(&self, path: &str) -> bool {
        let own = path
            .split_once('/')
            .filter(|(folder, _)| self.names.contains(&importable(folder)));
        is_aside(own.map_or(path, |(_, rest)| rest))
    }

    /// Whether a script lies in a package of Python that starts it neither while it is installed nor when it is imported.
    fn is_foreign(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        !self.is_npm && !self.starts(path) && !self.started.contains(name)
    }

    fn is_loaded(&self, stem: &str) -> bool {
        let stem = stem
            .trim_end_matches("/__init__")
            .trim_end_matches("/index");
        let ends = stem
            .match_indices('/')
            .filter_map(|(at, _)| stem.get(at.saturating_add(1)..));
        std::iter::once(stem)
            .chain(ends)
            .any(|module| self.loaded.contains(module))
    }

    /// Whether a command that runs while the package is installed names the file.
    fn starts(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let bare = stem(name);
        self.commands.contains(name)
            || self.is_npm
                && bare.len() >= 4
                && self
                    .commands
                    .split([' ', '/', '\n', '"', '\''])
                    .any(|word| word == bare)
    }
}

/// Whether the name is one that an import can find. What has no ending is a command.
fn is_importable(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains('.')
}

/// A name as the folder of its code would be written.
fn importable(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((front, end)) if !front.is_empty() => path
            .get(..path.len().saturating_sub(end.len().saturating_add(1)))
            .unwrap_or(path),
        _ => path,
    }
}

/// Hooks of the interpreter.
fn is_hook(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.ends_with(".pth") || matches!(name, "sitecustomize.py" | "usercustomize.py")
}

fn is_aside(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let in_folder = folder.split('/').any(|part| {
        let lower = part.to_ascii_lowercase();
        ASIDE.contains(&lower.as_str())
            || lower.starts_with("test_")
            || lower.ends_with("_tests")
            || lower.ends_with("_test")
            || lower.starts_with("vendored")
    });
    in_folder
        || name.starts_with("test_")
        || name.ends_with("_test.py")
        || [".test.js", ".spec.js", ".min.js", ".bundle.js"]
            .iter()
            .any(|end| name.ends_with(end))
        || matches!(
            name,
            "conftest.py"
                | "noxfile.py"
                | "fabfile.py"
                | "tasks.py"
                | "runtests.py"
                | "gulpfile.js"
                | "Gruntfile.js"
                | "dodo.py"
                | "make.py"
                | "test.py"
                | "tests.py"
                | "testing.py"
                | "waf"
        )
        || (name == "setup.py" && !folder.is_empty())
}

/// Every package by its root.
fn packages(artifacts: &[Inspected]) -> BTreeMap<String, Package> {
    let mut found: BTreeMap<String, Package> = BTreeMap::new();
    for artifact in artifacts {
        for facts in &artifact.facts {
            if let Facts::Manifest(manifest) = facts
                && let Some(root) = root(artifact, manifest)
            {
                let package = found.entry(root).or_default();
                package.has_metadata = true;
                let project = manifest.project.as_ref();
                package
                    .names
                    .extend(project.map(|project| importable(&project.package.name)));
                package.is_npm |= manifest.kind == ManifestKind::PackageJson;
            }
        }
    }
    let mut learned: Vec<(String, String, &Inspected)> = Vec::new();
    for artifact in artifacts {
        let spot = artifact.location.to_string();
        if let Some((root, _)) = root_of(&found, &spot) {
            let path = inside(root, &spot).unwrap_or_default().to_owned();
            learned.push((root.to_owned(), path, artifact));
        }
    }
    for (root, path, artifact) in &learned {
        if let Some(package) = found.get_mut(root) {
            learn(package, path, artifact);
        }
    }
    // What install files load from their own package runs with them, and what that loads, three files deep.
    for _ in 0..3 {
        for (root, path, artifact) in &learned {
            let Some(package) = found.get_mut(root) else {
                continue;
            };
            if package.role(path) == Role::Install {
                follow(package, path, artifact);
            }
        }
    }
    found
}

/// The root of the package that a manifest describes.
fn root(artifact: &Inspected, manifest: &ManifestFacts) -> Option<String> {
    let around = artifact.location.surroundings();
    match manifest.kind {
        ManifestKind::Metadata if around.ends_with(".egg-info") || around.ends_with("EGG-INFO") => {
            None
        }
        ManifestKind::Metadata | ManifestKind::Record if around.ends_with(".dist-info") => Some(
            around
                .rsplit_once('/')
                .map_or(String::new(), |(front, _)| front.to_owned()),
        ),
        ManifestKind::Metadata => Some(around),
        ManifestKind::PackageJson => {
            let project = manifest.project.as_ref()?;
            project.package.version.as_ref().map(|_| around)
        }
        _ => None,
    }
    .map(|root| root.trim_end_matches('/').to_owned())
}

/// The package with the longest root around a place.
fn root_of<'p>(
    packages: &'p BTreeMap<String, Package>,
    spot: &str,
) -> Option<(&'p str, &'p Package)> {
    let mut front = spot;
    loop {
        front = front.rsplit_once('/').map_or("", |(front, _)| front);
        if let Some((root, package)) = packages.get_key_value(front) {
            return Some((root, package));
        }
        if front.is_empty() {
            return None;
        }
    }
}

/// The path below a root.
fn inside<'s>(root: &str, spot: &'s str) -> Option<&'s str> {
    spot.strip_prefix(root)
        .map(|rest| rest.trim_start_matches('/'))
}

fn learn(package: &mut Package, path: &str, artifact: &Inspected) {
    for facts in &artifact.facts {
        match facts {
            Facts::Manifest(manifest) => {
                for script in &manifest.scripts {
                    let runs = script.hook == ScriptHook::Install
                        || script.name == "prepare"
                        || manifest.kind != ManifestKind::PackageJson;
                    if runs {
                        package.commands.push_str(&script.command);
                        package.commands.push('\n');
                    }
                    if matches!(script.name.as_str(), "hatch hook" | "custom-hook" | "build") {
                        package.install.insert(stem(&script.command).to_owned());
                    }
                    // `backend in folder`
                    if let Some((backend, folder)) = script
                        .command
                        .split_once(" in ")
                        .filter(|_| script.name == "build-backend")
                    {
                        let module = backend
                            .split(':')
                            .next()
                            .unwrap_or(backend)
                            .replace('.', "/");
                        let folder = folder.trim_start_matches("./").trim_end_matches('/');
                        let at = if matches!(folder, "." | "") {
                            module
                        } else {
                            format!("{folder}/{module}")
                        };
                        package.install.insert(format!("{at}/__init__"));
                        package.install.insert(at);
                    }
                }
            }
            Facts::Python(python) => {
                if path == "setup.py" && !package.is_npm {
                    package.install.insert("setup".to_owned());
                    for behaviour in &python.behaviours {
                        package.commands.push_str(&behaviour.evidence);
                        package.commands.push('\n');
                    }
                }
                if !package.is_aside(path) {
                    for behaviour in python.behaviours.iter().filter(|each| each.at_import()) {
                        package.started.push_str(&behaviour.evidence);
                        package.started.push('\n');
                    }
                    let modules = python
                        .loads
                        .iter()
                        .map(|module| module.trim_start_matches('.').replace('.', "/"));
                    package
                        .loaded
                        .extend(modules.filter(|module| !module.is_empty()));
                }
            }
            Facts::JavaScript(script) if !package.is_aside(path) => {
                let files = script.requires.iter().filter(|name| name.starts_with('.'));
                let files = files.map(|name| stem(name.trim_start_matches(['.', '/'])).to_owned());
                package.loaded.extend(files.filter(|name| !name.is_empty()));
            }
            _ => {}
        }
    }
}

/// Files of the package that an install file loads.
fn follow(package: &mut Package, path: &str, artifact: &Inspected) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = |name: &str| {
        if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        }
    };
    for facts in &artifact.facts {
        match facts {
            Facts::Python(python) if !path.ends_with(".pth") => {
                for module in &python.loads {
                    let name = module.trim_start_matches('.').replace('.', "/");
                    if !name.is_empty() && package.install.len() < 200 {
                        package.install.insert(below(&name));
                    }
                }
            }
            Facts::JavaScript(script) => {
                for name in script.requires.iter().filter(|name| name.starts_with("./")) {
                    if package.install.len() < 200 {
                        let name = name.trim_start_matches("./");
                        let bare = name
                            .trim_end_matches(".js")
                            .trim_end_matches(".cjs")
                            .trim_end_matches(".mjs");
                        package.install.insert(below(bare));
                    }
                }
            }
            _ => {}
        }
    }
}
