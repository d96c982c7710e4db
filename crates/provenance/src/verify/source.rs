//! The source track: what trusted verifiers say of the revision that an artifact was built from.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Known, Reached, Reason, build};
use crate::descriptor::Descriptor;
use crate::level::{SOURCE_TOP, Track};
use crate::predicate::{Kind, Provenance};
use crate::trust::Expectation;

/// Beginnings of addresses of repositories, as SPDX writes download locations.
const REPOSITORIES: [&str; 4] = ["git+", "hg+", "svn+", "bzr+"];

/// Whether something is a revision of a repository.
pub(super) fn is_revision(resource: &Descriptor) -> bool {
    let is_addressed = resource.uri.as_deref().is_some_and(|uri| {
        REPOSITORIES
            .iter()
            .any(|beginning| uri.starts_with(beginning))
    });
    is_addressed || resource.digests.get("gitCommit").is_some()
}

/// The address of a repository without a reference: `git+https://host/path@ref#part` is `git+https://host/path`. An `@`
/// before the path belongs to the host.
fn repository(uri: &str) -> &str {
    let uri = uri.split_once('#').map_or(uri, |(before, _)| before);
    let path = match uri.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or(uri.len(), |at| {
            uri.len().saturating_sub(rest.len()).saturating_add(at)
        }),
        None => 0,
    };
    let reference = uri.get(path..).and_then(|path| path.find('@'));
    reference
        .and_then(|at| uri.get(..path.saturating_add(at)))
        .unwrap_or(uri)
}

/// The reference in an address, such as `refs/heads/main`.
fn reference(uri: &str) -> Option<&str> {
    let uri = uri.split_once('#').map_or(uri, |(before, _)| before);
    uri.strip_prefix(repository(uri))?.strip_prefix('@')
}

/// The revisions that something was built from.
fn revisions(provenance: &Provenance) -> impl Iterator<Item = &Descriptor> {
    provenance
        .dependencies
        .iter()
        .filter(|resource| is_revision(resource))
}

/// Whether the source is as expected. An expected repository must be among the revisions that were used; other
/// revisions may be used beside it.
pub(super) fn differences(
    provenance: &Provenance,
    expectation: &Expectation,
    reasons: &mut Vec<Reason>,
) {
    let Some(expected) = &expectation.source else {
        return;
    };
    let addresses: Vec<&str> = revisions(provenance)
        .filter_map(|revision| revision.uri.as_deref())
        .collect();
    let meant: Vec<&str> = addresses
        .iter()
        .copied()
        .filter(|uri| expected.is_met_by(repository(uri)))
        .collect();
    if meant.is_empty() {
        reasons.push(match addresses.first() {
            Some(found) => Reason::WrongSource {
                found: (*found).to_owned(),
            },
            None => Reason::NoSource,
        });
        return;
    }
    if expectation.refs.is_empty() {
        return;
    }
    for uri in meant {
        let found = reference(uri).unwrap_or_default();
        if !expectation
            .refs
            .iter()
            .any(|wanted| wanted.is_met_by(found))
        {
            reasons.push(Reason::WrongRef {
                found: found.to_owned(),
            });
        }
    }
}

/// The source level of what an artifact was built from: the lowest of the revisions that are meant.
pub(super) fn judge(
    known: &Known<'_>,
    provenance: Option<&Provenance>,
    expectation: Option<&Expectation>,
    used: &mut BTreeSet<String>,
) -> Reached {
    let nothing = |reason| Reached {
        reasons: vec![reason],
        ..Reached::default()
    };
    let Some(provenance) = provenance else {
        return nothing(Reason::NoProvenance);
    };
    let expected = expectation.and_then(|expectation| expectation.source.as_ref());
    let meant = revisions(provenance).filter(|revision| match (expected, &revision.uri) {
        (Some(expected), Some(uri)) => expected.is_met_by(repository(uri)),
        (Some(_), None) => false,
        (None, _) => true,
    });
    let mut lowest: Option<Reached> = None;
    for revision in meant {
        let reached = of_revision(known, revision, expectation, used);
        lowest = Some(match lowest {
            Some(lowest) if lowest.level <= reached.level => lowest,
            _ => reached,
        });
    }
    lowest.unwrap_or_else(|| nothing(Reason::NoRevision))
}

/// The source level of one revision.
pub(super) fn of_revision(
    known: &Known<'_>,
    revision: &Descriptor,
    expectation: Option<&Expectation>,
    used: &mut BTreeSet<String>,
) -> Reached {
    let mut reached = Reached::default();
    let mut reasons = Vec::new();
    let mut has_any = false;
    for (attestation, subject) in known.about(&revision.digests) {
        if attestation.kind() != Some(Kind::Summary) {
            continue;
        }
        has_any = true;
        match summed_up(known, attestation, subject, revision, expectation) {
            Ok((level, by, reason)) => {
                used.insert(attestation.name.clone());
                reasons.extend(reason);
                if reached.by.is_none() || level > reached.level {
                    reached.level = level;
                    reached.by = Some(by);
                }
            }
            Err(reason) => reasons.push(reason),
        }
    }
    if !has_any {
        reasons.push(if revision.digests.is_empty() {
            Reason::NoRevision
        } else {
            Reason::NoSourceSummary {
                revision: revision.shown(),
            }
        });
    }
    if reached.level < SOURCE_TOP {
        reached.reasons = reasons;
    }
    reached
}

fn summed_up(
    known: &Known<'_>,
    attestation: &super::Attestation,
    subject: &Descriptor,
    revision: &Descriptor,
    expectation: Option<&Expectation>,
) -> Result<(u8, String, Option<Reason>), Reason> {
    let (summary, verifier) = build::believed(known, attestation)?;
    let is_meant = revision
        .uri
        .as_deref()
        .is_some_and(|uri| repository(uri) == repository(&summary.resource));
    if !is_meant {
        return Err(Reason::WrongResource {
            found: summary.resource,
        });
    }
    let Some(claimed) = summary.level(Track::Source) else {
        return Err(Reason::NoLevel {
            verifier: summary.verifier,
            track: Track::Source,
        });
    };
    let refs = expectation.map_or(&[][..], |expectation| &expectation.refs);
    if !refs.is_empty() {
        let pointed = source_refs(subject);
        let is_pointed = pointed
            .iter()
            .any(|found| refs.iter().any(|wanted| wanted.is_met_by(found)));
        if !is_pointed {
            return Err(Reason::WrongRef {
                found: pointed.first().copied().unwrap_or_default().to_owned(),
            });
        }
    }
    let level = claimed.min(verifier.source);
    let reason = (level < claimed).then(|| Reason::VerifierBelievedTo {
        verifier: summary.verifier.clone(),
        track: Track::Source,
        level,
    });
    Ok((level, summary.verifier, reason))
}

/// References that pointed to the revision when it was summed up.
fn source_refs(subject: &Descriptor) -> Vec<&str> {
    match subject.annotations.get("sourceRefs") {
        Some(Value::Array(refs)) => refs.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (uri, expected, pointed) in [
            (
                "git+https://github.com/acme/bot@refs/heads/main",
                "git+https://github.com/acme/bot",
                Some("refs/heads/main"),
            ),
            (
                "git+https://github.com/acme/bot",
                "git+https://github.com/acme/bot",
                None,
            ),
            (
                "git+https://github.com/acme/bot@refs/tags/v1#sub/dir",
                "git+https://github.com/acme/bot",
                Some("refs/tags/v1"),
            ),
            (
                "git+ssh://git@github.com/acme/bot@main",
                "git+ssh://git@github.com/acme/bot",
                Some("main"),
            ),
            ("git+https://github.com", "git+https://github.com", None),
            ("", "", None),
        ] {
            assert_eq!(repository(uri), expected);
            assert_eq!(reference(uri), pointed, "{uri}");
        }
    }
}
