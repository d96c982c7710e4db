//! Manifests and lock files: which packages a project declares, which were resolved, and from where.
//!
//! The crate reads text that it is given: requirements, project files, lock files, the records of installed packages,
//! and the install commands in Dockerfiles, notebooks, workflows and scripts. Every kind answers with the same
//! [`ManifestFacts`]. It resolves nothing, follows no include, fetches nothing and runs no build.

mod cargo;
mod document;
mod facts;
mod go;
mod graph;
mod hash;
mod install;
mod kind;
mod npm;
mod python;
mod sink;
mod text;

use chainwright_core::budget::Budget;

pub use facts::{
    Artifact, Declared, Edge, Hash, Include, IncludeKind, Index, IndexRole, InstalledFile,
    ManifestFacts, Origin, Pinning, Project, Relation, Scope, Script, ScriptHook, Setting, Source,
    Unresolved,
};
pub use install::install_commands;
pub use kind::{ManifestKind, recognise};

use sink::Sink;

/// Reads a file of a known kind. Broken input gives what could be understood, with problems.
#[must_use]
pub fn read(kind: ManifestKind, bytes: &[u8], budget: &Budget) -> ManifestFacts {
    let mut sink = Sink::new(kind, budget);
    let text = text::decode(bytes, &mut sink);
    let text = text.as_ref();
    dispatch(kind, text, &mut sink);
    sink.finish()
}

fn dispatch(kind: ManifestKind, text: &str, sink: &mut Sink<'_>) {
    use ManifestKind as Kind;
    match kind {
        Kind::Requirements | Kind::Constraints => python::requirements::read(text, sink),
        Kind::Pyproject => python::pyproject::read(text, sink),
        Kind::PoetryLock => python::poetry::read_lock(text, sink),
        Kind::UvLock => python::uv::read_lock(text, sink),
        Kind::PdmLock => python::pdm::read_lock(text, sink),
        Kind::Pylock => python::pylock::read(text, sink),
        Kind::Pipfile => python::pipenv::read_manifest(text, sink),
        Kind::PipfileLock => python::pipenv::read_lock(text, sink),
        Kind::CondaEnvironment => python::conda::read_environment(text, sink),
        Kind::CondaLock => python::conda::read_lock(text, sink),
        Kind::CondaExplicit => python::conda::read_list(text, sink),
        Kind::CondaMeta => python::conda::read_record(text, sink),
        Kind::Pixi => python::pixi::read_manifest(text, sink),
        Kind::PixiLock => python::pixi::read_lock(text, sink),
        Kind::SetupCfg => python::setup::read_cfg(text, sink),
        Kind::SetupPy => python::setup_py::read(text, sink),
        Kind::Metadata => python::installed::read_metadata(text, sink),
        Kind::Record => python::installed::read_record(text, sink),
        Kind::DirectUrl => python::installed::read_direct_url(text, sink),
        Kind::Installer => python::installed::read_installer(text, sink),
        Kind::EggRequires => python::installed::read_egg_requires(text, sink),
        Kind::EggFiles => python::installed::read_egg_files(text, sink),
        Kind::PipConf => python::config::read_pip(text, sink),
        Kind::UvToml => python::config::read_uv(text, sink),
        Kind::PackageJson => npm::manifest::read(text, sink),
        Kind::NpmLock => npm::lock::read(text, sink),
        Kind::PnpmLock => npm::pnpm::read(text, sink),
        Kind::YarnLock => npm::yarn::read(text, sink),
        Kind::BunLock => npm::bun::read(text, sink),
        Kind::Npmrc => npm::config::read_npmrc(text, sink),
        Kind::Yarnrc => npm::config::read_yarnrc(text, sink),
        Kind::Condarc => python::conda::read_condarc(text, sink),
        Kind::CargoToml => cargo::read_manifest(text, sink),
        Kind::CargoLock => cargo::read_lock(text, sink),
        Kind::GoMod => go::read_mod(text, sink),
        Kind::GoSum => go::read_sum(text, sink),
        Kind::Dockerfile => install::dockerfile::read(text, sink),
        Kind::Notebook => install::notebook::read(text, sink),
        Kind::Workflow => install::workflow::read(text, sink),
        Kind::Shell => install::read_shell(text, sink),
    }
}
