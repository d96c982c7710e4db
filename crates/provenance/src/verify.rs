//! Which SLSA levels an artifact reaches, and every reason why not a higher one.
//!
//! Follows SLSA v1.2 "Verifying artifacts", "Verification Summary Attestation" and "Verifying source". Only what a
//! trusted signer said about these digests counts; what nobody signed is worth level 1 at most.

mod build;
mod parameters;
mod reason;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::descriptor::{Descriptor, Digests};
use crate::level::{Level, Track};
use crate::predicate::Kind;
use crate::trust::{Expectation, Trust};

pub use reason::Reason;

/// What is to be verified.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// What it is called; expectations are found by it.
    pub name: String,
    /// Its digests.
    pub digests: Digests,
}

/// A statement, with those whose signatures over it were checked. Who calls vouches for that.
#[derive(Debug, Clone, PartialEq)]
pub struct Attestation {
    /// Where it lies.
    pub name: String,
    /// Digests of the signed envelope.
    pub digests: Digests,
    /// What it is about.
    pub subjects: Vec<Descriptor>,
    /// What is said, as a type.
    pub predicate_type: String,
    /// What is said.
    pub predicate: Value,
    /// Who signed; nobody if no signature was good.
    pub signers: Vec<Signer>,
}

/// Somebody whose signature was checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Signer {
    /// Whoever has a key.
    Key {
        /// The SHA-256 of its public key in PEM form, in lower-case hexadecimal, as bundles hint at it.
        fingerprint: String,
    },
    /// Whoever a certificate names.
    Identity {
        /// The name.
        subject: String,
        /// Who vouches for it.
        issuer: String,
    },
}

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Steps from the artifact to a dependency; 0 looks at none.
    pub depth: u32,
    /// Dependencies that are looked at in all.
    pub most: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            depth: 8,
            most: 10_000,
        }
    }
}

/// What was reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The build track.
    pub build: Reached,
    /// The source track.
    pub source: Reached,
    /// What it was made from, each once.
    pub dependencies: Vec<Dependency>,
    /// Whether more dependencies were named than were looked at.
    pub is_cut: bool,
    /// Minima that are not met.
    pub unmet: Vec<Reason>,
    /// Attestations that counted, by where they lie.
    pub used: BTreeSet<String>,
}

impl Outcome {
    /// How many dependencies have each level, as a verification summary writes it.
    #[must_use]
    pub fn dependency_levels(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for dependency in &self.dependencies {
            let count: &mut u64 = counts.entry(dependency.level.to_string()).or_default();
            *count = count.saturating_add(1);
        }
        counts
    }
}

/// How far one track goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Reached {
    /// The level.
    pub level: u8,
    /// The builder or verifier that is believed.
    pub by: Option<String>,
    /// Why it is not higher.
    pub reasons: Vec<Reason>,
}

/// Something that an artifact was made from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dependency {
    /// What it is called.
    pub resource: String,
    /// The level that it reaches on its track.
    #[serde(serialize_with = "as_text")]
    pub level: Level,
    /// Steps from the artifact.
    pub depth: u32,
    /// Why the level is not higher.
    pub reasons: Vec<Reason>,
}

fn as_text<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(level)
}

/// Judges an artifact by what was said about it and about what it was made from.
#[must_use]
pub fn verify(
    artifact: &Artifact,
    attestations: &[Attestation],
    trust: &Trust,
    options: &Options,
) -> Outcome {
    let known = Known::new(attestations, trust);
    let expectation = trust.expectation(&artifact.name);
    let mut built = build::judge(&known, &artifact.digests, expectation, &artifact.name);
    if expectation.is_none() {
        built.reached.reasons.push(Reason::NothingExpected);
    }
    let mut used = built.used.clone();
    let source = source::judge(&known, built.provenance.as_ref(), expectation, &mut used);
    let (dependencies, is_cut) = dependencies(&known, &built.dependencies, options, &mut used);
    let mut outcome = Outcome {
        build: built.reached,
        source,
        dependencies,
        is_cut,
        unmet: Vec::new(),
        used,
    };
    outcome.unmet = expectation.map_or_else(Vec::new, |expectation| unmet(expectation, &outcome));
    outcome
}

fn unmet(expectation: &Expectation, outcome: &Outcome) -> Vec<Reason> {
    let minimum = expectation.minimum;
    let mut unmet = Vec::new();
    for (track, wanted, reached) in [
        (Track::Build, minimum.build, outcome.build.level),
        (Track::Source, minimum.source, outcome.source.level),
    ] {
        if reached < wanted {
            unmet.push(Reason::BelowMinimum {
                track,
                wanted,
                reached,
            });
        }
    }
    let low = outcome.dependencies.iter().filter(|dependency| {
        dependency.level.track == Track::Build && dependency.level.number < minimum.dependencies
    });
    unmet.extend(low.map(|dependency| Reason::DependencyBelowMinimum {
        resource: dependency.resource.clone(),
        wanted: minimum.dependencies,
        reached: dependency.level.number,
    }));
    if minimum.dependencies > 0 && outcome.is_cut {
        unmet.push(Reason::DependenciesNotAllLookedAt);
    }
    unmet
}

/// What there is to judge by.
struct Known<'a> {
    trust: &'a Trust,
    /// Attestations by the digests of their subjects.
    by_subject: BTreeMap<(&'a str, &'a str), Vec<About<'a>>>,
}

/// An attestation and the subject of it that is meant.
type About<'a> = (&'a Attestation, &'a Descriptor);

impl<'a> Known<'a> {
    fn new(attestations: &'a [Attestation], trust: &'a Trust) -> Self {
        let mut by_subject: BTreeMap<_, Vec<About<'a>>> = BTreeMap::new();
        for attestation in attestations {
            for subject in &attestation.subjects {
                for digest in subject.digests.accepted() {
                    let about = by_subject.entry(digest).or_default();
                    about.push((attestation, subject));
                }
            }
        }
        Self { trust, by_subject }
    }

    /// Attestations about something, each once.
    fn about(&self, digests: &Digests) -> Vec<About<'a>> {
        let mut found: Vec<About<'a>> = Vec::new();
        for digest in digests.accepted() {
            let about = self.by_subject.get(&digest).into_iter().flatten();
            for (attestation, subject) in about {
                let is_known = found
                    .iter()
                    .any(|(known, _)| std::ptr::eq(*known, *attestation));
                if !is_known && subject.digests.matches(digests) {
                    found.push((attestation, subject));
                }
            }
        }
        found
    }
}

impl Attestation {
    /// Its kind, if it is known.
    fn kind(&self) -> Option<Kind> {
        Kind::of(&self.predicate_type)
    }
}

/// Looks at dependencies, and at what they were made from in turn; each thing once, nearest first.
fn dependencies(
    known: &Known<'_>,
    first: &[Descriptor],
    options: &Options,
    used: &mut BTreeSet<String>,
) -> (Vec<Dependency>, bool) {
    let mut found: Vec<Dependency> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut now = first.to_vec();
    let mut is_cut = false;
    for depth in 1..=options.depth {
        let mut next = Vec::new();
        for resource in std::mem::take(&mut now) {
            let names = names(&resource);
            if names.iter().any(|name| seen.contains(name)) {
                continue;
            }
            if found.len() >= options.most {
                is_cut = true;
                break;
            }
            seen.extend(names);
            found.push(dependency(known, &resource, depth, &mut next, used));
        }
        now = next;
    }
    (found, is_cut || !now.is_empty())
}

/// What tells a resource from others: its digests, or without any what it is called.
fn names(resource: &Descriptor) -> Vec<String> {
    let digests = resource.digests.accepted();
    let names: Vec<String> = digests
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    if names.is_empty() {
        return vec![resource.shown()];
    }
    names
}

fn dependency(
    known: &Known<'_>,
    resource: &Descriptor,
    depth: u32,
    next: &mut Vec<Descriptor>,
    used: &mut BTreeSet<String>,
) -> Dependency {
    let shown = resource.shown();
    let (track, reached) = if resource.digests.is_empty() {
        let reached = Reached {
            reasons: vec![Reason::NoDigest],
            ..Reached::default()
        };
        (Track::Build, reached)
    } else if source::is_revision(resource) {
        (
            Track::Source,
            source::of_revision(known, resource, None, used),
        )
    } else {
        let expectation = resource
            .uri
            .as_deref()
            .and_then(|uri| known.trust.expectation(uri));
        let built = build::judge(known, &resource.digests, expectation, &shown);
        used.extend(built.used);
        next.extend(built.dependencies);
        (Track::Build, built.reached)
    };
    Dependency {
        resource: shown,
        level: Level {
            track,
            number: reached.level,
        },
        depth,
        reasons: reached.reasons,
    }
}

#[cfg(test)]
mod tests;
