//! The labelled corpus: malicious cases over all known classes, and near misses that must stay clean.
//!
//! Every area adds its cases in a module of its own. `cargo run -p chainwright-testkit --bin corpus -- DIR`
//! writes them all, so that other scanners can be run over the same files.

pub mod adapters;
pub mod agents;
pub mod architecture;
pub mod classical;
pub mod code;
pub mod containers;
pub mod dependencies;
pub mod formats;
pub mod images;
pub mod keras;
pub mod networks;
pub mod packages;
pub mod pickle;
pub mod repository;
pub mod runtimes;
pub mod signatures;
pub mod templates;
pub mod weights;

/// What a scanner should say about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// At or above the default gate (medium).
    Malicious,
    /// Honest, though it may look odd: below the default gate.
    Benign,
}

/// One case: a small folder with the files of a model repository.
#[derive(Debug, Clone)]
pub struct Case {
    /// The class of the attack or look-alike, such as `gadget-stdlib`; kebab-case.
    pub class: &'static str,
    /// The name of the case within its class; kebab-case, unique.
    pub name: String,
    /// What a scanner should say.
    pub label: Label,
    /// The file that carries the case; judged together with the other files.
    pub subject: String,
    /// Every file, as relative path and content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl Case {
    /// A case of one file.
    #[must_use]
    pub fn single(
        class: &'static str,
        name: impl Into<String>,
        label: Label,
        file: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        let subject = file.into();
        Self {
            class,
            name: name.into(),
            label,
            subject: subject.clone(),
            files: vec![(subject, bytes.into())],
        }
    }
}

/// Every case of every area, sorted by class and name.
#[must_use]
pub fn all() -> Vec<Case> {
    let mut cases = [
        adapters::cases(),
        agents::cases(),
        architecture::cases(),
        classical::cases(),
        code::cases(),
        containers::cases(),
        dependencies::cases(),
        formats::cases(),
        images::cases(),
        keras::cases(),
        networks::cases(),
        packages::cases(),
        pickle::cases(),
        repository::cases(),
        runtimes::cases(),
        templates::cases(),
        signatures::cases(),
        weights::cases(),
    ]
    .concat();
    cases.sort_by(|left, right| (left.class, &left.name).cmp(&(right.class, &right.name)));
    cases
}
