//! The build track of one artifact.

use std::collections::BTreeSet;

use super::{Attestation, Known, Reached, Reason, parameters, source};
use crate::descriptor::{Descriptor, Digests};
use crate::level::{BUILD_TOP, Track};
use crate::predicate::{Kind, Malformed, Provenance, Summary, Verdict};
use crate::trust::{Expectation, Verifier};

/// The build of an artifact, and what it stands on.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) reached: Reached,
    /// The provenance that counted.
    pub(super) provenance: Option<Provenance>,
    /// What the artifact was made from, by every provenance that was not refused.
    pub(super) dependencies: Vec<Descriptor>,
    /// Where the attestations that counted lie.
    pub(super) used: BTreeSet<String>,
}

/// What one statement says of the build.
struct Said {
    level: u8,
    by: String,
    reasons: Vec<Reason>,
    provenance: Option<Provenance>,
}

/// Judges everything that was said about the artifact; what leads furthest counts.
pub(super) fn judge(
    known: &Known<'_>,
    digests: &Digests,
    expectation: Option<&Expectation>,
    name: &str,
) -> Built {
    let mut built = Built::default();
    let mut reasons = Vec::new();
    let mut has_any = false;
    for (attestation, _) in known.about(digests) {
        let said = match attestation.kind() {
            Some(Kind::Provenance | Kind::OldProvenance) => {
                of_provenance(known, attestation, expectation)
            }
            Some(Kind::Summary) => of_summary(known, attestation, expectation, name),
            _ => continue,
        };
        has_any = true;
        match said {
            Ok(said) => {
                built.used.insert(attestation.name.clone());
                let provenance = said.provenance.as_ref();
                built.dependencies.extend(
                    provenance
                        .map_or(&[][..], |provenance| &provenance.dependencies)
                        .to_vec(),
                );
                reasons.extend(said.reasons);
                let is_further = built.reached.by.is_none() || said.level > built.reached.level;
                if is_further {
                    built.reached.level = said.level;
                    built.reached.by = Some(said.by);
                }
                if said.provenance.is_some() && (is_further || built.provenance.is_none()) {
                    built.provenance = said.provenance;
                }
            }
            Err(refused) => reasons.extend(refused),
        }
    }
    if !has_any {
        reasons.push(Reason::NoProvenance);
    }
    if built.reached.level < BUILD_TOP {
        reasons.dedup();
        built.reached.reasons = reasons;
    }
    built
}

/// Provenance counts up to the level of its builder with its signer; without a signer that is trusted it is level 1, as
/// the specification defaults to.
fn of_provenance(
    known: &Known<'_>,
    attestation: &Attestation,
    expectation: Option<&Expectation>,
) -> Result<Said, Vec<Reason>> {
    let provenance = match attestation.kind() {
        Some(Kind::OldProvenance) => Provenance::read_old(&attestation.predicate),
        _ => Provenance::read(&attestation.predicate),
    }
    .map_err(|error| vec![malformed(attestation, error)])?;
    let refused = expectation.map_or_else(Vec::new, |expectation| {
        differences(&provenance, expectation)
    });
    if !refused.is_empty() {
        return Err(refused);
    }
    let builder = provenance.builder.clone();
    let roots = known.trust.builders.iter();
    let level = roots
        .filter(|root| root.id.is_met_by(&builder))
        .filter(|root| {
            attestation
                .signers
                .iter()
                .any(|signer| root.signing.means(signer))
        })
        .map(|root| root.level)
        .max();
    let mut reasons = Vec::new();
    match level {
        None if attestation.signers.is_empty() => reasons.push(Reason::Unsigned {
            attestation: attestation.name.clone(),
        }),
        None => reasons.push(Reason::UntrustedBuilder {
            builder: builder.clone(),
        }),
        Some(level) if level < BUILD_TOP => reasons.push(Reason::BuilderBelievedTo {
            builder: builder.clone(),
            level,
        }),
        Some(_) => {}
    }
    Ok(Said {
        level: level.unwrap_or(1),
        by: builder,
        reasons,
        provenance: Some(provenance),
    })
}

fn malformed(attestation: &Attestation, error: Malformed) -> Reason {
    Reason::Malformed {
        attestation: attestation.name.clone(),
        error,
    }
}

/// Everything about a build that is not as expected.
fn differences(provenance: &Provenance, expectation: &Expectation) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Some(build_type) = &expectation.build_type
        && !build_type.is_met_by(&provenance.build_type)
    {
        reasons.push(Reason::WrongBuildType {
            found: provenance.build_type.clone(),
        });
    }
    if let Some(expected) = &expectation.parameters {
        reasons.extend(parameters::differences(expected, &provenance.external));
    }
    source::differences(provenance, expectation, &mut reasons);
    reasons
}

/// A summary counts up to what its verifier is believed.
fn of_summary(
    known: &Known<'_>,
    attestation: &Attestation,
    expectation: Option<&Expectation>,
    name: &str,
) -> Result<Said, Vec<Reason>> {
    let (summary, verifier) = believed(known, attestation).map_err(|reason| vec![reason])?;
    let wanted = expectation.and_then(|expectation| expectation.resource.as_deref());
    if summary.resource != wanted.unwrap_or(name) {
        return Err(vec![Reason::WrongResource {
            found: summary.resource,
        }]);
    }
    let Some(claimed) = summary.level(Track::Build) else {
        return Err(vec![Reason::NoLevel {
            verifier: summary.verifier,
            track: Track::Build,
        }]);
    };
    let level = claimed.min(verifier.build);
    let mut reasons = Vec::new();
    if level < claimed {
        reasons.push(Reason::VerifierBelievedTo {
            verifier: summary.verifier.clone(),
            track: Track::Build,
            level,
        });
    }
    Ok(Said {
        level,
        by: summary.verifier,
        reasons,
        provenance: None,
    })
}

/// A summary of a trusted verifier that passed, about something of which the verifier may speak.
pub(super) fn believed<'a>(
    known: &Known<'a>,
    attestation: &Attestation,
) -> Result<(Summary, &'a Verifier), Reason> {
    let summary =
        Summary::read(&attestation.predicate).map_err(|error| malformed(attestation, error))?;
    if attestation.signers.is_empty() {
        return Err(Reason::Unsigned {
            attestation: attestation.name.clone(),
        });
    }
    let verifier = known.trust.verifiers.iter().find(|verifier| {
        let may = verifier.resources.is_empty()
            || verifier
                .resources
                .iter()
                .any(|resource| resource.is_met_by(&summary.resource));
        let mut signers = attestation.signers.iter();
        may && verifier.id.is_met_by(&summary.verifier)
            && signers.any(|signer| verifier.signing.means(signer))
    });
    let Some(verifier) = verifier else {
        return Err(Reason::UntrustedVerifier {
            verifier: summary.verifier,
        });
    };
    if summary.result == Verdict::Failed {
        return Err(Reason::VerificationFailed {
            verifier: summary.verifier,
        });
    }
    Ok((summary, verifier))
}
