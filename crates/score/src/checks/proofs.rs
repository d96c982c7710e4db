//! Signed, Provenance and AI-BOM: what others can check about these bytes.
//!
//! Keys, certificates and logs are not verified here. Where the scan has verified them, its facts count; otherwise Signed
//! and Provenance stop at what the form alone shows.

use chainwright_analysis::Inspected;
use chainwright_analysis::facts::Facts;
use chainwright_boms::completeness::{Standard, measure};
use chainwright_boms::cyclonedx;
use chainwright_boms::inventory::{HashAlgorithm, Kind};
use chainwright_boms::read::Format as BomFormat;
use chainwright_core::proof::{Proof, ProofKind, SignerKind, Standing, Vouched, Voucher};
use serde_json::Value;

use crate::answer::{Answer, Effect, Outcome};
use crate::material::{Bom, Material, RepositoryKind};
use crate::signatures::{Fit, Statement};

/// The most that a signature gives before it is verified.
const UNVERIFIED_SIGNATURE: u32 = 5;
/// The most that provenance gives before it is verified.
const UNVERIFIED_PROVENANCE: u32 = 5;
/// What a signature by somebody trusted gives.
const VERIFIED_SIGNATURE: u32 = 8;
/// What provenance by somebody trusted gives by the build level that it reaches.
const BY_BUILD_LEVEL: [u32; 4] = [5, 6, 8, 10];

/// Whether a model signature covers the weights.
pub(super) fn signed(mut answer: Answer, material: &Material<'_>) -> Answer {
    if material.weights.is_empty() {
        if material.kind == RepositoryKind::Model {
            return answer.inconclusive("there are no weights here that a signature could cover");
        }
        return answer.inconclusive("there are no weights");
    }
    let found: Vec<&Statement> = material
        .statements
        .iter()
        .filter(|statement| statement.is_model_signature() && statement.is_signed)
        .collect();
    if !answer.probe("model-signature", !found.is_empty()) {
        if is_asked(material) {
            let verified = verified_signature(&mut answer, material);
            if verified > 0 {
                return answer.scored(verified);
            }
        }
        for path in &material.other_proofs {
            answer.raises_in(
                "may be a signature, of a form that says nothing of the weights",
                path,
            );
        }
        answer.lowers("no OpenSSF Model Signing bundle covers the weights");
        return answer.scored(u32::from(!material.other_proofs.is_empty()));
    }
    let best = found.iter().map(|statement| coverage(statement, material));
    let best = best.max_by_key(|cover| (!cover.is_broken(), cover.covered));
    let Some(cover) = best else {
        return answer.scored(0);
    };
    let share = answer.share("bytes-covered", cover.covered, material.weight_bytes());
    answer.probe("digests-agree", cover.different.is_empty());
    answer.probe("root-digest-agrees", cover.is_rooted);
    answer.probe("nothing-loadable-ignored", cover.hidden.is_empty());
    answer.probe("certificate-present", cover.statement.has_certificate);
    answer.probe("log-or-timestamp-present", cover.statement.has_witness);
    let verified = verified_signature(&mut answer, material);
    for path in &cover.different {
        answer.lowers_in("differs from what was signed", path);
    }
    for path in &cover.hidden {
        answer.lowers_in("is loadable, and the signature leaves it out", path);
    }
    if !cover.is_rooted {
        answer.lowers_in(
            "the root digest is not that of the files it lists",
            &cover.statement.path,
        );
    }
    let is_invalid = proofs_of(material)
        .any(|(path, proof)| proof.standing == Standing::Invalid && path == cover.statement.path);
    if is_invalid {
        answer.lowers_in("the signature does not hold", &cover.statement.path);
    }
    if cover.is_broken() || is_invalid {
        return answer.scored(0);
    }
    answer.raises_in("covers weights by digest", &cover.statement.path);
    if verified == 0 {
        answer.note(
            Effect::Lowers,
            "the signature itself is not verified here: who signed, and when, is not known",
            Some(cover.statement.path.clone()),
            None,
        );
    }
    if share < 1000 {
        answer.lowers("not every byte of the weights is covered");
    } else if verified == 0 {
        answer.remedy = Some("check who signed before you trust the signature".to_owned());
    }
    answer.scored(verified.max(share * UNVERIFIED_SIGNATURE / 1000))
}

/// The points for weights under signatures by somebody trusted; nothing if the scan did not verify.
fn verified_signature(answer: &mut Answer, material: &Material<'_>) -> u32 {
    if !is_asked(material) {
        answer.probed("identity-verified", Outcome::Unknown);
        return 0;
    }
    let (mut trusted, mut lasting) = (0_u64, 0_u64);
    for artifact in material.weights.iter().map(|weight| weight.artifact) {
        let by = vouched(artifact).map(|vouched| vouched.by.as_slice());
        let good = by.unwrap_or_default().iter().filter(|voucher| {
            voucher.standing == Standing::Trusted && voucher.kind != ProofKind::Attestation
        });
        let good: Vec<&Voucher> = good.collect();
        if !good.is_empty() {
            trusted = trusted.saturating_add(artifact.size);
        }
        if good.iter().any(|voucher| is_lasting(material, voucher)) {
            lasting = lasting.saturating_add(artifact.size);
        }
    }
    let all = material.weight_bytes();
    let share = answer.share("bytes-verified", trusted, all);
    let lasting = answer.share("bytes-verified-in-time", lasting, all);
    if answer.probe("identity-verified", share == 1000) {
        answer.raises("signed by somebody whom the policy trusts");
    } else {
        answer.lowers("not every byte is signed by somebody whom the policy trusts");
    }
    if share > 0 && lasting < share {
        answer.lowers(
            "nobody vouches for the time of the signature, so that it ends with its certificate",
        );
    }
    (share * VERIFIED_SIGNATURE + lasting * (10 - VERIFIED_SIGNATURE)) / 1000
}

/// Whether the scan was asked to verify.
fn is_asked(material: &Material<'_>) -> bool {
    material
        .weights
        .iter()
        .any(|weight| vouched(weight.artifact).is_some_and(|vouched| vouched.is_asked))
}

/// Every signature and statement of the scan with the path of its document.
fn proofs_of<'a>(material: &Material<'a>) -> impl Iterator<Item = (&'a str, &'a Proof)> {
    material.subject.artifacts.iter().flat_map(|artifact| {
        let path = artifact.location.path();
        let lists = artifact.facts.iter().filter_map(|facts| match facts {
            Facts::Proofs(proofs) => Some(proofs),
            _ => None,
        });
        lists.flatten().map(move |proof| (path, proof))
    })
}

/// Whether the signature holds for as long as the policy trusts its signer: a key has no end, a certificate needs a time
/// that somebody vouches for.
fn is_lasting(material: &Material<'_>, voucher: &Voucher) -> bool {
    let is_key = voucher
        .signers
        .iter()
        .all(|signer| signer.kind == SignerKind::Key);
    let mut good = proofs_of(material).map(|(_, proof)| proof).filter(|proof| {
        proof.standing == Standing::Trusted
            && proof.kind == voucher.kind
            && proof.signers == voucher.signers
    });
    is_key
        || good.any(|proof| {
            proof
                .since
                .as_ref()
                .is_some_and(|since| since.source != "clock")
        })
}

fn vouched(artifact: &Inspected) -> Option<&Vouched> {
    artifact.facts.iter().find_map(|facts| match facts {
        Facts::Vouched(vouched) => Some(vouched.as_ref()),
        _ => None,
    })
}

/// What a model signature covers.
struct Cover<'a> {
    statement: &'a Statement,
    covered: u64,
    different: Vec<String>,
    hidden: Vec<String>,
    is_rooted: bool,
}

impl Cover<'_> {
    fn is_broken(&self) -> bool {
        !self.different.is_empty() || !self.hidden.is_empty() || !self.is_rooted
    }
}

fn coverage<'a>(statement: &'a Statement, material: &Material<'_>) -> Cover<'a> {
    let files = statement.files();
    let ignored = statement.ignored();
    let mut cover = Cover {
        statement,
        covered: 0,
        different: Vec::new(),
        hidden: Vec::new(),
        is_rooted: statement.is_rooted() != Some(false),
    };
    for artifact in material.weights.iter().map(|weight| weight.artifact) {
        let about = files
            .iter()
            .filter(|file| file.is_about(&statement.path, artifact));
        let fits: Vec<Fit> = artifact
            .digests
            .as_ref()
            .map(|digests| about.map(|file| file.fits(digests)).collect())
            .unwrap_or_default();
        if fits.contains(&Fit::Different) {
            cover.different.push(artifact.location.to_string());
        } else if fits.contains(&Fit::Equal) {
            cover.covered = cover.covered.saturating_add(artifact.size);
        }
    }
    for artifact in loadable(material) {
        let path = artifact.location.path();
        let is_ignored = ignored.iter().any(|ignored| {
            let ignored = ignored.trim_matches('/');
            path == ignored
                || path
                    .strip_prefix(ignored)
                    .is_some_and(|rest| rest.starts_with('/'))
        });
        if is_ignored {
            cover.hidden.push(path.to_owned());
        }
    }
    cover
}

/// Weight files and code.
fn loadable<'a>(material: &Material<'a>) -> impl Iterator<Item = &'a Inspected> {
    let weights = material.weights.iter().map(|weight| weight.artifact);
    let code = material.subject.artifacts.iter().filter(|artifact| {
        artifact.location.members().is_empty() && artifact.location.extension() == "py"
    });
    weights.chain(code).collect::<Vec<_>>().into_iter()
}

/// Whether an attestation tells how these weights were made.
pub(super) fn provenance(mut answer: Answer, material: &Material<'_>) -> Answer {
    if material.weights.is_empty() {
        return answer.inconclusive("there are no weights whose making could be attested");
    }
    let found: Vec<&Statement> = material
        .statements
        .iter()
        .filter(|statement| statement.is_provenance())
        .collect();
    if !answer.probe("provenance", !found.is_empty()) {
        answer.lowers("no SLSA provenance was found");
        return answer.scored(0);
    }
    let root: Vec<&str> = material
        .statements
        .iter()
        .filter(|statement| statement.is_model_signature() && statement.is_rooted() == Some(true))
        .filter_map(|statement| Some(statement.subjects.first()?.digest.as_str()))
        .collect();
    let weights = || material.weights.iter().map(|weight| weight.artifact);
    let covered: u64 = weights()
        .filter(|artifact| {
            let Some(digests) = &artifact.digests else {
                return false;
            };
            let mut subjects = found.iter().flat_map(|statement| &statement.subjects);
            subjects.any(|subject| {
                // The name of a subject is free; the digest counts.
                subject.fits(digests) == Fit::Equal || root.contains(&subject.digest.as_str())
            })
        })
        .map(|artifact| artifact.size)
        .sum();
    let share = answer.share("bytes-attested", covered, material.weight_bytes());
    let is_signed = found.iter().any(|statement| statement.is_signed);
    let names_builder = found
        .iter()
        .any(|statement| builder(&statement.predicate).is_some());
    let has_digests = found
        .iter()
        .any(|statement| dependencies_digested(&statement.predicate));
    answer.probe("signed", is_signed);
    answer.probe("builder-named", names_builder);
    answer.probe("dependencies-digested", has_digests);
    let verified = verified_provenance(&mut answer, material);
    for statement in &found {
        answer.raises_in("tells how something was made", &statement.path);
    }
    let notes = [
        (
            share == 1000,
            "not every byte of the weights is a subject of provenance",
        ),
        (is_signed, "nobody signed the provenance"),
        (names_builder, "the provenance names no builder"),
        (
            has_digests,
            "the provenance names no base models and data with digests",
        ),
    ];
    for (_, text) in notes.iter().filter(|(is_met, _)| !is_met) {
        answer.lowers(*text);
    }
    if verified == 0 {
        answer.lowers("signature and builder are not verified here, so the level is not known");
    }
    // 3 for the subjects, and one each that only counts beside them.
    let extra = u32::from(names_builder) + u32::from(has_digests);
    let extra = if share == 0 || !is_signed { 0 } else { extra };
    answer.scored(verified.max((share * 3 / 1000 + extra).min(UNVERIFIED_PROVENANCE)))
}

/// The points for weights whose provenance somebody trusted signed, by the build level that they reach; nothing if the
/// scan did not verify.
fn verified_provenance(answer: &mut Answer, material: &Material<'_>) -> u32 {
    let all: Vec<(&Inspected, Option<&Vouched>)> = material
        .weights
        .iter()
        .map(|weight| (weight.artifact, vouched(weight.artifact)))
        .collect();
    if !is_asked(material) {
        answer.probed("builder-trusted", Outcome::Unknown);
        return 0;
    }
    let mut points = 0_u64;
    for (artifact, vouched) in &all {
        let mut by = vouched.iter().flat_map(|vouched| &vouched.by);
        let is_trusted = by.any(|each| each.standing == Standing::Trusted && each.is_provenance());
        if !is_trusted {
            continue;
        }
        let levels = vouched.and_then(|vouched| vouched.levels.as_ref());
        let level = usize::from(levels.map_or(0, |levels| levels.build));
        let worth = BY_BUILD_LEVEL.get(level).copied().unwrap_or(10);
        points = points.saturating_add(artifact.size.saturating_mul(u64::from(worth)));
    }
    let bytes = material.weight_bytes().max(1);
    let points = u32::try_from(points / bytes).unwrap_or(0);
    if answer.probe("builder-trusted", points >= 6) {
        answer.raises("the provenance is by a builder whom the trust file names");
    } else {
        answer.lowers("no trust file names the signer of the provenance with its builder");
    }
    points
}

/// The builder in provenance v1 or v0.2.
fn builder(predicate: &Value) -> Option<&str> {
    let v1 = predicate.pointer("/runDetails/builder/id");
    let v0 = predicate.pointer("/builder/id");
    v1.or(v0)?.as_str().filter(|id| !id.is_empty())
}

/// Whether everything that went in has a digest, and something did.
fn dependencies_digested(predicate: &Value) -> bool {
    let v1 = predicate.pointer("/buildDefinition/resolvedDependencies");
    let v0 = predicate.pointer("/materials");
    let all = v1.or(v0).and_then(Value::as_array);
    all.is_some_and(|all| {
        !all.is_empty()
            && all.iter().all(|each| {
                let digest = each.get("digest").and_then(Value::as_object);
                digest.is_some_and(|digests| !digests.is_empty())
            })
    })
}

/// Whether there is a bill of materials, and how far it holds.
pub(super) fn bom(mut answer: Answer, material: &Material<'_>) -> Answer {
    let boms = material
        .boms
        .iter()
        .filter(|bom| bom.format != BomFormat::Croissant);
    let mut judged: Vec<(u32, Answer)> = boms
        .map(|bom| judge_bom(answer.clone(), bom, material))
        .collect();
    judged.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    match judged.into_iter().next() {
        Some((points, answer)) => answer.scored(points),
        None => {
            answer.probe("present", false);
            answer.lowers("no bill of materials was found");
            answer.scored(0)
        }
    }
}

fn judge_bom(mut answer: Answer, bom: &Bom<'_>, material: &Material<'_>) -> (u32, Answer) {
    let path = bom.document.path.as_str();
    answer.probe("present", true);
    answer.raises_in(format!("is {}", bom.format.as_str()), path);
    let mut of_kind = bom.inventory.components.values();
    let is_about = of_kind.any(|each| matches!(each.kind, Kind::Model | Kind::Dataset));
    if !answer.probe("names-model-or-data", is_about) {
        answer.lowers_in("lists no model and no dataset", path);
        return (3, answer);
    }
    let violations = violations(bom);
    if !answer.probe("valid", violations.is_empty()) {
        for violation in violations.iter().take(3) {
            answer.lowers_in(violation.clone(), path);
        }
        return (3, answer);
    }
    let (missing, foreign) = compared(bom, material);
    let has_bytes = !material.weights.is_empty();
    let fits = missing.is_empty() && foreign.is_empty();
    if has_bytes && !answer.probe("digests-agree", fits) {
        for each in missing {
            answer.lowers_in("its digest is not in the bill of materials", &each);
        }
        for each in foreign {
            answer.lowers_in(
                format!("lists `{each}` with a digest that nothing here has"),
                path,
            );
        }
        return (6, answer);
    }
    let complete = measure(&bom.inventory, Standard::G7);
    if answer.probe("g7-complete", complete.is_met()) {
        return (10, answer);
    }
    let lacking: Vec<&str> = complete.missing().map(|each| each.name.as_str()).collect();
    let shown = lacking
        .iter()
        .take(5)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    let count = lacking.len();
    answer.lowers_in(
        format!("lacks {count} of the G7 minimum elements: {shown}"),
        path,
    );
    (if has_bytes { 9 } else { 8 }, answer)
}

fn violations(bom: &Bom<'_>) -> Vec<String> {
    if bom.format != BomFormat::CycloneDx {
        return Vec::new();
    }
    let Ok(document) = serde_json::from_slice::<Value>(&bom.document.bytes) else {
        return vec!["is no JSON".to_owned()];
    };
    cyclonedx::check(&document)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Weight files that the bill does not list by digest, and files of the bill's that have another digest here.
fn compared(bom: &Bom<'_>, material: &Material<'_>) -> (Vec<String>, Vec<String>) {
    let listed: Vec<(&str, &str)> = bom
        .inventory
        .components
        .values()
        .filter_map(|each| {
            Some((
                each.name.as_str(),
                each.hashes.get(&HashAlgorithm::Sha256)?.text()?,
            ))
        })
        .collect();
    let (mut missing, mut foreign) = (Vec::new(), Vec::new());
    for weight in &material.weights {
        let Some(digests) = &weight.artifact.digests else {
            continue;
        };
        let own = digests.sha256.to_string();
        let path = weight.artifact.location.path();
        if listed.iter().any(|(_, digest)| *digest == own) {
            continue;
        }
        if listed.iter().any(|(name, _)| *name == path) {
            foreign.push(path.to_owned());
        } else {
            missing.push(path.to_owned());
        }
    }
    (missing, foreign)
}
