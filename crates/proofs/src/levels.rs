//! Which SLSA levels weights reach: as files by their digests, and as parts of folders by the root digest of those.

use std::collections::{BTreeMap, BTreeSet};

use chainwright_analysis::Inspected;
use chainwright_core::digest::Sha256;
use chainwright_core::proof::{Levels, Shortfall};
use chainwright_core::text::visible;
use chainwright_oms::{DEFAULT_SIGNATURE, Exclusions};
use chainwright_provenance::predicate::Kind;
use chainwright_provenance::{
    Artifact, Attestation, Digests, Options, Outcome, Reason, Trust, verify,
};
use sha2::Digest as _;

use crate::tree::Files;

/// LIMIT: folders whose root digests are made.
const MOST_FOLDERS: usize = 256;

/// LIMIT: reasons that are kept of one track.
const MOST_REASONS: usize = 50;

/// The digests by which statements may mean a folder.
pub(crate) type FolderDigests = BTreeMap<String, BTreeSet<Sha256>>;

/// The digests of a file as statements name them.
pub(crate) fn digests(artifact: &Inspected) -> Option<Digests> {
    let digests = artifact.digests?;
    let named = Digests::sha256(&digests.sha256.to_string());
    Some(named.and("blake3", &digests.blake3.to_string()))
}

/// Root digests of the folders that hold these files, made from the digests of the scan: of everything that a signature
/// would cover, and of the same without documents that carry signatures, which are put beside a model once it was
/// measured.
pub(crate) fn folder_digests(
    files: &Files<'_>,
    of: &[usize],
    proofs: &BTreeSet<String>,
    artifacts: &[Inspected],
) -> FolderDigests {
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for index in of {
        if let Some(artifact) = artifacts.get(*index) {
            folders.extend(files.upwards(artifact.location.folder()));
        }
        if folders.len() >= MOST_FOLDERS {
            break;
        }
    }
    let mut found = FolderDigests::new();
    for folder in folders {
        let roots: BTreeSet<Sha256> = [false, true]
            .into_iter()
            .filter_map(|is_without| root(files, &folder, proofs, is_without))
            .collect();
        if !roots.is_empty() {
            found.insert(folder, roots);
        }
    }
    found
}

fn root(
    files: &Files<'_>,
    folder: &str,
    proofs: &BTreeSet<String>,
    is_without: bool,
) -> Option<Sha256> {
    let exclusions = Exclusions::new(&[], Some(DEFAULT_SIGNATURE.to_owned()));
    let mut hasher = sha2::Sha256::new();
    let mut count = 0_u64;
    // The files come in the order of their names, by code points, as the specification wants.
    for (name, _, artifact) in files.below(folder) {
        let is_left = is_without && proofs.contains(artifact.location.path());
        if exclusions.of(name).is_some() || is_left {
            continue;
        }
        hasher.update(artifact.digests?.sha256.0);
        count = count.saturating_add(1);
    }
    (count > 0).then(|| Sha256(hasher.finalize().into()))
}

/// Judges files and the folders that they lie in by one trust file.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) trust: &'a Trust,
    pub(crate) options: Options,
    pub(crate) attestations: &'a [Attestation],
    pub(crate) folders: &'a FolderDigests,
    known: BTreeMap<String, Vec<Levels>>,
}

impl<'a> Judge<'a> {
    pub(crate) const fn new(
        trust: &'a Trust,
        options: Options,
        attestations: &'a [Attestation],
        folders: &'a FolderDigests,
    ) -> Self {
        Self {
            trust,
            options,
            attestations,
            folders,
            known: BTreeMap::new(),
        }
    }

    /// The best that is reached under any of the names that the file can be meant by.
    pub(crate) fn levels(&mut self, files: &Files<'_>, artifact: &Inspected) -> Option<Levels> {
        let name = artifact.location.file_name().to_owned();
        let mut all = vec![self.judge(name, digests(artifact)?)];
        for folder in files.upwards(artifact.location.folder()) {
            if !self.known.contains_key(&folder) {
                let roots = self.folders.get(&folder).into_iter().flatten();
                let name = files.name_of(&folder);
                let judged = roots
                    .map(|root| self.judge(name.clone(), Digests::sha256(&root.to_string())))
                    .collect();
                self.known.insert(folder.clone(), judged);
            }
            all.extend(self.known.get(&folder).cloned().unwrap_or_default());
        }
        all.into_iter().max_by_key(|levels| {
            (
                levels.has_provenance && levels.unmet.is_empty(),
                levels.has_provenance,
                levels.build,
                levels.source,
                levels.is_expected,
            )
        })
    }

    fn judge(&self, name: String, digests: Digests) -> Levels {
        let artifact = Artifact { name, digests };
        let outcome = verify(&artifact, self.attestations, self.trust, &self.options);
        let has_provenance = self.attestations.iter().any(|attestation| {
            let is_provenance = matches!(
                Kind::of(&attestation.predicate_type),
                Some(Kind::Provenance | Kind::OldProvenance | Kind::Summary | Kind::Svr)
            );
            let mut subjects = attestation.subjects.iter();
            is_provenance && subjects.any(|each| each.digests.matches(&artifact.digests))
        });
        self.written(&artifact.name, &outcome, has_provenance)
    }

    fn written(&self, name: &str, outcome: &Outcome, has_provenance: bool) -> Levels {
        let is_expected = self.trust.expectation(name).is_some();
        Levels {
            judged_as: visible(name, 300),
            build: outcome.build.level,
            source: outcome.source.level,
            builder: outcome.build.by.as_deref().map(|by| visible(by, 300)),
            has_provenance,
            is_expected,
            build_reasons: shortfalls(&outcome.build.reasons),
            source_reasons: shortfalls(&outcome.source.reasons),
            unmet: shortfalls(&outcome.unmet),
        }
    }
}

fn shortfalls(reasons: &[Reason]) -> Vec<Shortfall> {
    let shortfall = |reason: &Reason| Shortfall {
        code: reason.as_str().to_owned(),
        text: visible(&reason.to_string(), 500),
    };
    reasons.iter().take(MOST_REASONS).map(shortfall).collect()
}
