//! Pinned-References and Vulnerable-Deps: what the repository takes from elsewhere.

use std::collections::BTreeMap;

use chainwright_analysis::facts::{Exposure, Facts};
use chainwright_core::package::Ecosystem;
use chainwright_core::problem::ProblemKind;
use chainwright_core::severity::Severity;
use chainwright_dependencies::{Pinning, Relation, Scope};
use chainwright_repository::config::ReferenceKind;
use chainwright_repository::hazard::{CodeOrigin, HazardKind};

use crate::answer::{Answer, Effect, Outcome, thousandths};
use crate::material::{Material, RepositoryKind, has_commit};

/// The mean over kinds of references of the share that is pinned.
///
/// What a model must say and doesn't counts as not pinned, so that saying it never costs anything.
pub(super) fn pinned(mut answer: Answer, material: &Material<'_>) -> Answer {
    let is_model = material.kind == RepositoryKind::Model;
    let mut shares = Vec::new();
    if is_model && !material.is_from_scratch() {
        shares.push(named(
            &mut answer,
            material,
            "base-models",
            ReferenceKind::BaseModel,
        ));
    }
    if is_model || !material.named(ReferenceKind::Dataset).is_empty() {
        shares.push(named(
            &mut answer,
            material,
            "datasets",
            ReferenceKind::Dataset,
        ));
    }
    shares.extend(code(&mut answer, material));
    shares.extend(packages(&mut answer, material, "packages", false));
    shares.extend(packages(&mut answer, material, "images", true));
    if is_model {
        shares.push(snippets(&mut answer, material));
    }
    if shares.is_empty() {
        return answer.inconclusive("the repository refers to nothing");
    }
    let count = u32::try_from(shares.len()).unwrap_or(u32::MAX);
    let mean = shares.iter().sum::<u32>() / count;
    if mean == 1000 {
        answer.raises("everything that is named is named by commit or digest");
    }
    answer.scored(mean / 100)
}

fn named(
    answer: &mut Answer,
    material: &Material<'_>,
    probe: &'static str,
    kind: ReferenceKind,
) -> u32 {
    let names = material.named(kind);
    if names.is_empty() {
        answer.probed(probe, Outcome::Share(0));
        let what = probe.replace('-', " ");
        answer.lowers(format!("no {what} are named, so none can be pinned"));
        return 0;
    }
    let mut count = 0;
    for name in &names {
        if is_pinned(name, kind, material) {
            count += 1;
        } else {
            answer.lowers(format!("`{name}` is named without a commit"));
        }
    }
    answer.share(probe, count, names.len() as u64)
}

/// Whether any document names the model or dataset together with a commit or digest.
fn is_pinned(name: &str, kind: ReferenceKind, material: &Material<'_>) -> bool {
    let by_reference = material.mentions.iter().any(|mention| {
        let reference = mention.reference;
        let is_it = reference.kind == kind && reference.name == name;
        is_it && reference.revision.as_deref().is_some_and(has_commit)
    });
    let bare = name.split(['@', '#']).next().unwrap_or(name);
    let by_card = material.card.as_ref().is_some_and(|card| {
        card.text.match_indices(bare).any(|(at, _)| {
            let behind = card.text.get(at + bare.len()..).unwrap_or_default();
            let behind = ["/tree/", "/resolve/", "/blob/", "/commit/", "@"]
                .iter()
                .find_map(|mark| behind.strip_prefix(mark));
            behind.is_some_and(|rest| has_commit(rest.split(is_end).next().unwrap_or_default()))
        })
    });
    let by_bom = material.boms.iter().any(|bom| {
        bom.inventory.components.values().any(|component| {
            let is_it = component.full_name() == bare
                || component
                    .purl
                    .text()
                    .is_some_and(|purl| purl.contains(bare));
            let version = component.version.text().is_some_and(has_commit);
            let purl = component.purl.text().is_some_and(has_commit);
            is_it && (version || purl || !component.hashes.is_empty())
        })
    });
    let by_provenance = material.statements.iter().any(|statement| {
        let inputs = statement
            .predicate
            .pointer("/buildDefinition/resolvedDependencies");
        let inputs = inputs.and_then(serde_json::Value::as_array);
        inputs.into_iter().flatten().any(|input| {
            let uri = input.get("uri").and_then(serde_json::Value::as_str);
            let digest = input.get("digest").and_then(serde_json::Value::as_object);
            uri.is_some_and(|uri| uri.contains(bare)) && digest.is_some_and(|all| !all.is_empty())
        })
    });
    has_commit(name) || by_reference || by_card || by_bom || by_provenance
}

fn is_end(character: char) -> bool {
    character.is_whitespace() || matches!(character, '/' | ')' | '"' | '\'' | '`' | ',')
}

/// Code of other repositories that loading runs.
fn code(answer: &mut Answer, material: &Material<'_>) -> Option<u32> {
    let mut all: BTreeMap<String, bool> = BTreeMap::new();
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            let Facts::Config(document) = facts else {
                continue;
            };
            for hazard in &document.hazards {
                let HazardKind::RunsCode { origin, .. } = &hazard.kind else {
                    continue;
                };
                if let CodeOrigin::Remote { repository }
                | CodeOrigin::HubCollection { repository } = origin
                {
                    all.insert(repository.clone(), has_commit(repository));
                }
            }
        }
    }
    share(answer, "code", &all)
}

/// Packages that the project asks for itself, by their best pinning; or images that it builds on.
fn packages(
    answer: &mut Answer,
    material: &Material<'_>,
    probe: &'static str,
    images: bool,
) -> Option<u32> {
    let mut best: BTreeMap<(Ecosystem, &str), u64> = BTreeMap::new();
    for artifact in material.subject.artifacts {
        for facts in &artifact.facts {
            let Facts::Manifest(manifest) = facts else {
                continue;
            };
            if manifest.kind.is_installed() {
                continue;
            }
            for declared in &manifest.packages {
                let package = &declared.package;
                let is_image = package.ecosystem == Ecosystem::Oci;
                let is_own = matches!(declared.relation, Relation::Direct | Relation::Unknown);
                let is_asked = is_own && (declared.scope != Scope::Platform || is_image);
                if package.name.is_empty()
                    || is_image != images
                    || !is_asked
                    || package.ecosystem == Ecosystem::GitHubActions
                {
                    continue;
                }
                let points = match declared.pinning {
                    Pinning::Hash | Pinning::Vcs { commit: true } => 1000,
                    Pinning::Url if declared.is_hashed() => 1000,
                    Pinning::Path | Pinning::Editable => continue,
                    Pinning::Exact => 500,
                    Pinning::Bounded | Pinning::Open | Pinning::Url | Pinning::Vcs { .. } => 0,
                };
                let entry = best.entry((package.ecosystem, &package.name)).or_default();
                *entry = points.max(*entry);
            }
        }
    }
    if best.is_empty() {
        answer.probed(probe, Outcome::NotApplicable);
        return None;
    }
    for ((_, name), points) in best.iter().filter(|(_, points)| **points < 1000) {
        let what = if *points == 0 {
            "is not pinned to one version"
        } else {
            "is pinned to a version, not to a digest"
        };
        answer.lowers(format!("`{name}` {what}"));
    }
    let whole = best.len() as u64 * 1000;
    Some(answer.share(probe, best.values().sum(), whole))
}

/// Calls in the card that fetch something: readers paste them.
fn snippets(answer: &mut Answer, material: &Material<'_>) -> u32 {
    const CALLS: [&str; 5] = [
        "from_pretrained(",
        "load_dataset(",
        "snapshot_download(",
        "hf_hub_download(",
        "hf download ",
    ];
    let text = material.card.as_ref().map_or("", |card| card.text.as_str());
    let (mut count, mut pinned) = (0, 0);
    for call in CALLS {
        for (at, _) in text.match_indices(call) {
            let rest = text.get(at + call.len()..).unwrap_or_default();
            let end = if call.ends_with('(') { ')' } else { '\n' };
            let arguments = rest.split(end).next().unwrap_or_default();
            let is_pinned = arguments.contains("revision") && has_commit(arguments);
            count += 1;
            pinned += u64::from(is_pinned);
        }
    }
    if count == 0 {
        answer.probed("snippets", Outcome::Share(0));
        answer.lowers("the card shows no call that loads it at a fixed revision");
        return 0;
    }
    if pinned < count {
        let left = count - pinned;
        answer.lowers(format!(
            "{left} of {count} calls in the card give no revision"
        ));
    }
    answer.share("snippets", pinned, count)
}

fn share(answer: &mut Answer, probe: &'static str, all: &BTreeMap<String, bool>) -> Option<u32> {
    if all.is_empty() {
        answer.probed(probe, Outcome::NotApplicable);
        return None;
    }
    for (name, _) in all.iter().filter(|(_, is_pinned)| !**is_pinned) {
        answer.lowers(format!("`{name}` is named without a commit"));
    }
    let pinned = all.values().filter(|is_pinned| **is_pinned).count() as u64;
    answer.share(probe, pinned, all.len() as u64);
    thousandths(pinned, all.len() as u64)
}

/// What advisories cost: five points for what is exploited or critical, three for high, two for medium, one else.
pub(super) fn vulnerable(mut answer: Answer, material: &Material<'_>) -> Answer {
    let artifacts = material.subject.artifacts;
    let names_packages = artifacts.iter().flat_map(|each| &each.facts).any(|facts| {
        let listed = |manifest: &chainwright_dependencies::ManifestFacts| {
            manifest
                .packages
                .iter()
                .any(|each| !each.package.name.is_empty())
                || manifest.kind.is_installed()
        };
        matches!(facts, Facts::Manifest(manifest) if listed(manifest))
            || matches!(facts, Facts::Installed(_))
    });
    if !names_packages {
        return answer.inconclusive("no packages are named");
    }
    let mut unchecked = false;
    for artifact in artifacts {
        let problems = artifact.problems.iter();
        for problem in problems.filter(|problem| problem.kind == ProblemKind::Unchecked) {
            let path = Some(artifact.location.to_string());
            answer.note(Effect::Opens, problem.detail.clone(), path, None);
            unchecked = true;
        }
    }
    if !material.subject.asked_advisories {
        return answer.inconclusive("packages were not compared with advisories");
    }
    let mut costs: BTreeMap<String, u32> = BTreeMap::new();
    for artifact in artifacts {
        for facts in &artifact.facts {
            let Facts::Exposed(exposures) = facts else {
                continue;
            };
            for exposure in exposures {
                let name = format!("{}:{}", exposure.package.ecosystem, exposure.package);
                let entry = costs.entry(name).or_default();
                *entry = (*entry).max(cost(exposure));
                answer.lowers_at(told(exposure), &artifact.location, &exposure.place);
            }
        }
    }
    answer.probe("no-known-vulnerabilities", costs.is_empty());
    answer.probe("all-packages-compared", !unchecked);
    if costs.is_empty() && unchecked {
        return answer
            .inconclusive("what was not compared cannot be called free of vulnerabilities");
    }
    if costs.is_empty() {
        answer.raises("no advisory touches a package that is named");
    }
    let cost = costs.values().sum::<u32>().min(10);
    answer.scored(10 - cost)
}

fn cost(exposure: &Exposure) -> u32 {
    let of = |known: &chainwright_analysis::facts::Known| {
        let advisory = &known.advisory;
        match advisory.severity {
            _ if known.is_uncertain => 1,
            _ if advisory.exploited.is_some() => 5,
            Some(Severity::Critical) => 5,
            Some(Severity::High) => 3,
            Some(Severity::Medium) => 2,
            Some(Severity::Low | Severity::Info) | None => 1,
        }
    };
    exposure.known.iter().map(of).max().unwrap_or(0)
}

fn told(exposure: &Exposure) -> String {
    let ids: Vec<&str> = exposure
        .known
        .iter()
        .map(|known| known.advisory.id.as_str())
        .collect();
    let shown = ids.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let more = ids.len().saturating_sub(3);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let fix = exposure.clean.as_ref().map_or_else(String::new, |version| {
        format!("; {version} is touched by none")
    });
    format!("{} has {shown}{more}{fix}", exposure.package)
}
