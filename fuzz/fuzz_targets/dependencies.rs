//! Manifests and lock files: the first byte chooses the kind, the rest is the text.

#![no_main]

use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_dependencies::{ManifestKind, read};
use libfuzzer_sys::fuzz_target;

const KINDS: [ManifestKind; 40] = [
    ManifestKind::Requirements,
    ManifestKind::Constraints,
    ManifestKind::Pyproject,
    ManifestKind::PoetryLock,
    ManifestKind::UvLock,
    ManifestKind::PdmLock,
    ManifestKind::Pylock,
    ManifestKind::Pipfile,
    ManifestKind::PipfileLock,
    ManifestKind::CondaEnvironment,
    ManifestKind::CondaLock,
    ManifestKind::CondaExplicit,
    ManifestKind::CondaMeta,
    ManifestKind::Pixi,
    ManifestKind::PixiLock,
    ManifestKind::SetupCfg,
    ManifestKind::SetupPy,
    ManifestKind::Metadata,
    ManifestKind::Record,
    ManifestKind::DirectUrl,
    ManifestKind::Installer,
    ManifestKind::EggRequires,
    ManifestKind::PipConf,
    ManifestKind::UvToml,
    ManifestKind::PackageJson,
    ManifestKind::NpmLock,
    ManifestKind::PnpmLock,
    ManifestKind::YarnLock,
    ManifestKind::BunLock,
    ManifestKind::Npmrc,
    ManifestKind::Yarnrc,
    ManifestKind::Condarc,
    ManifestKind::CargoToml,
    ManifestKind::CargoLock,
    ManifestKind::GoMod,
    ManifestKind::GoSum,
    ManifestKind::Dockerfile,
    ManifestKind::Notebook,
    ManifestKind::Workflow,
    ManifestKind::Shell,
];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let kind = KINDS[usize::from(*first) % KINDS.len()];
    let facts = read(kind, text, &Budget::untimed(Limits::default()));
    for edge in &facts.edges {
        assert!((edge.from.max(edge.to) as usize) < facts.packages.len());
    }
});
