//! Packages against advisories: which questions a run asks, and what their answers add to the facts.
//!
//! Where the advisories come from is the caller's business; the same questions go to a store on disk and to an index
//! in memory.

use std::collections::BTreeMap;

use chainwright_advisories::Findings;
use chainwright_advisories::vex::{self, Statement, Subject};
use chainwright_core::package::{Ecosystem, Package};

use crate::facts::{Exposure, Facts, Inspected, Known};
use crate::packages::{Named, Systems};

/// A package that is compared with advisories.
#[derive(Debug, Clone)]
pub struct Question {
    /// The place of the artifact that names it.
    pub artifact: usize,
    /// The package as it is named there.
    pub named: Named,
    /// The package under the name by which advisories are filed.
    pub asked: Package,
}

/// Every package that can be compared: its version is known, and its ecosystem files advisories.
#[must_use]
pub fn questions(artifacts: &[Inspected]) -> Vec<Question> {
    let systems = Systems::of(artifacts);
    let mut questions = Vec::new();
    for (index, artifact) in artifacts.iter().enumerate() {
        let named = systems.named(artifact).into_iter();
        questions.extend(named.filter(is_comparable).map(|named| Question {
            artifact: index,
            asked: filed(&named),
            named,
        }));
    }
    questions
}

fn is_comparable(named: &Named) -> bool {
    let is_filed = matches!(
        named.package.ecosystem,
        Ecosystem::PyPi
            | Ecosystem::Npm
            | Ecosystem::Cargo
            | Ecosystem::Go
            | Ecosystem::Maven
            | Ecosystem::NuGet
            | Ecosystem::RubyGems
            | Ecosystem::Packagist
            | Ecosystem::Conda
            | Ecosystem::Debian
            | Ecosystem::Alpine
            | Ecosystem::Rpm
    );
    is_filed && named.filed_as.version.is_some()
}

/// Conda builds most of its packages from those of PyPI, and files no advisories of its own.
fn filed(named: &Named) -> Package {
    let mut package = named.filed_as.clone();
    if package.ecosystem == Ecosystem::Conda {
        package.ecosystem = Ecosystem::PyPi;
        if package.name == "pytorch" {
            "torch".clone_into(&mut package.name);
        }
    }
    package
}

/// Adds what advisories say to the facts of the artifacts that asked; `findings` are in the order of the questions.
///
/// What a statement settles is left out and counted. `roots` are the names of what is scanned, as statements may use
/// them for the product.
pub fn note(
    questions: Vec<Question>,
    findings: Vec<Findings>,
    statements: &[Statement],
    roots: &[String],
    artifacts: &mut [Inspected],
) -> usize {
    let mut settled = 0;
    let mut exposures: BTreeMap<usize, Vec<Exposure>> = BTreeMap::new();
    for (question, findings) in questions.into_iter().zip(findings) {
        if findings.matches.is_empty() {
            continue;
        }
        let subject = Subject {
            roots: roots.to_vec(),
            root_digests: Vec::new(),
            package: Some(question.named.package.clone()),
            digests: Vec::new(),
        };
        let applied = vex::apply(statements, &subject, findings.matches);
        let (open, closed): (Vec<_>, Vec<_>) = applied
            .into_iter()
            .partition(|each| each.suppressed.is_none());
        settled += closed.len();
        if open.is_empty() {
            continue;
        }
        let known = open.into_iter().map(|each| Known {
            advisory: each.matched.advisory.as_ref().clone(),
            is_uncertain: each.matched.unknown,
            evidence: each.matched.evidence,
            fixed: each.matched.fixed,
        });
        let exposure = Exposure {
            package: question.named.package,
            place: question.named.place,
            relation: question.named.relation,
            scope: question.named.scope,
            known: known.collect(),
            clean: findings.clean,
        };
        exposures
            .entry(question.artifact)
            .or_default()
            .push(exposure);
    }
    for (index, exposures) in exposures {
        if let Some(artifact) = artifacts.get_mut(index) {
            artifact.facts.push(Facts::Exposed(exposures));
        }
    }
    settled
}
