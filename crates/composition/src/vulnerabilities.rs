//! Known weaknesses of packages, with what statements (VEX) say of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chainwright_advisories::Match;
use chainwright_advisories::class::Advisory;
use chainwright_advisories::vex::{self, Status, Subject, Suppression};
use chainwright_analysis::facts::{Exposure, Facts, Known};
use chainwright_boms::inventory::{
    Affected, AnalysisState, Exploitability, Rating, Reference, Severity, Vulnerability,
};
use chainwright_boms::time::Timestamp;
use chainwright_core::severity::Severity as Grade;
use chainwright_packages::purl;

use crate::{Composer, quoted};

/// A weakness under one conclusion: the name, and the conclusion as text so that it can be a key.
type Key = (String, String);

impl Composer<'_> {
    /// Every weakness that advisories know of the packages.
    pub(crate) fn vulnerabilities(&mut self) {
        let mut found: BTreeMap<Key, Vulnerability> = BTreeMap::new();
        for artifact in self.request.artifacts {
            for facts in &artifact.facts {
                if let Facts::Exposed(exposures) = facts {
                    for exposure in exposures {
                        self.exposure(exposure, &mut found);
                    }
                }
            }
        }
        self.inventory.vulnerabilities = found.into_values().collect();
    }

    fn exposure(&self, exposure: &Exposure, found: &mut BTreeMap<Key, Vulnerability>) {
        let component = Reference::new(purl::write(&exposure.package));
        if self.inventory.component(&component).is_none() {
            return;
        }
        let subject = Subject {
            roots: self
                .request
                .targets
                .iter()
                .map(|target| target.written.clone())
                .collect(),
            root_digests: Vec::new(),
            package: Some(exposure.package.clone()),
            digests: Vec::new(),
        };
        let matches = exposure.known.iter().map(|known| Match {
            advisory: Arc::new(known.advisory.clone()),
            unknown: known.is_uncertain,
            evidence: known.evidence.clone(),
            fixed: known.fixed.clone(),
        });
        let applied = vex::apply(self.request.statements, &subject, matches.collect());
        for (known, applied) in exposure.known.iter().zip(applied) {
            let analysis = conclusion(known, applied.suppressed.as_ref());
            let key = (known.advisory.id.clone(), format!("{analysis:?}"));
            let entry = found
                .entry(key)
                .or_insert_with(|| describe(known, analysis));
            let version = exposure.package.version.clone().unwrap_or_default();
            let status = if known.is_uncertain {
                "unknown"
            } else {
                "affected"
            };
            let affected = Affected {
                component: component.clone(),
                versions: vec![(version, status.to_owned())],
            };
            if !entry.affects.contains(&affected) {
                entry.affects.push(affected);
            }
        }
    }
}

fn describe(known: &Known, analysis: Option<Exploitability>) -> Vulnerability {
    let advisory = &known.advisory;
    let is_numbered = |name: &&String| name.starts_with("CWE-");
    Vulnerability {
        id: advisory.id.clone(),
        source: database(&advisory.id).to_owned(),
        url: Some(advisory.url()),
        aliases: advisory.aliases.iter().cloned().collect(),
        ratings: vec![rating(advisory)],
        cwes: advisory
            .cwes
            .iter()
            .filter(is_numbered)
            .filter_map(|name| name.get(4..)?.parse().ok())
            .collect(),
        description: quoted(&advisory.summary),
        recommendation: known
            .fixed
            .as_ref()
            .map(|version| format!("Upgrade to {} or later.", quoted(version)))
            .unwrap_or_default(),
        published: advisory
            .published
            .and_then(|day| Timestamp::parse(&format!("{day}T00:00:00Z"))),
        analysis,
        ..Vulnerability::default()
    }
}

/// Who gives names of this form.
fn database(id: &str) -> &'static str {
    let known = [
        ("CVE-", "NVD"),
        ("GHSA-", "GitHub"),
        ("PYSEC-", "PyPI"),
        ("RUSTSEC-", "RustSec"),
        ("MAL-", "OSV"),
        ("GO-", "Go"),
        ("DSA-", "Debian"),
    ];
    let found = known.iter().find(|(prefix, _)| id.starts_with(prefix));
    found.map_or("OSV", |(_, name)| name)
}

fn rating(advisory: &Advisory) -> Rating {
    let severity = advisory
        .severity
        .map_or(Severity::Unknown, |severity| match severity {
            Grade::Info => Severity::Info,
            Grade::Low => Severity::Low,
            Grade::Medium => Severity::Medium,
            Grade::High => Severity::High,
            Grade::Critical => Severity::Critical,
        });
    match &advisory.cvss {
        Some(cvss) => Rating {
            method: method(&cvss.vector).to_owned(),
            score: Some(cvss.score()),
            severity,
            vector: cvss.vector.clone(),
            source: String::new(),
        },
        None => Rating {
            severity,
            ..Rating::default()
        },
    }
}

fn method(vector: &str) -> &'static str {
    let known = [
        ("CVSS:4.0/", "CVSSv4"),
        ("CVSS:3.1/", "CVSSv31"),
        ("CVSS:3.0/", "CVSSv3"),
    ];
    let found = known.iter().find(|(prefix, _)| vector.starts_with(prefix));
    found.map_or("CVSSv2", |(_, name)| name)
}

/// What a statement concludes; without one, whether it is used against people out there.
fn conclusion(known: &Known, suppressed: Option<&Suppression>) -> Option<Exploitability> {
    if let Some(suppressed) = suppressed {
        let state = match suppressed.status {
            Status::Fixed => AnalysisState::Resolved,
            _ => AnalysisState::NotAffected,
        };
        let author = quoted(&suppressed.author);
        return Some(Exploitability {
            state,
            justification: justification(&suppressed.reason).to_owned(),
            responses: std::collections::BTreeSet::new(),
            detail: format!("{} (stated by {author})", quoted(&suppressed.reason)),
        });
    }
    known
        .advisory
        .exploited
        .as_ref()
        .map(|exploited| Exploitability {
            state: AnalysisState::InTriage,
            justification: String::new(),
            responses: std::collections::BTreeSet::new(),
            detail: format!("used in attacks: {}", quoted(&exploited.name)),
        })
}

/// The justifications of OpenVEX and CSAF in the words of CycloneDX.
fn justification(label: &str) -> &'static str {
    match label {
        "component_not_present" | "vulnerable_code_not_present" | "code_not_present" => {
            "code_not_present"
        }
        "vulnerable_code_not_in_execute_path" | "code_not_reachable" => "code_not_reachable",
        "vulnerable_code_cannot_be_controlled_by_adversary" | "requires_configuration" => {
            "requires_configuration"
        }
        "inline_mitigations_already_exist" | "protected_by_mitigating_control" => {
            "protected_by_mitigating_control"
        }
        "requires_dependency" => "requires_dependency",
        "requires_environment" => "requires_environment",
        "protected_by_compiler" => "protected_by_compiler",
        "protected_at_runtime" => "protected_at_runtime",
        "protected_at_perimeter" => "protected_at_perimeter",
        _ => "",
    }
}
