//! Identities of findings that survive moved lines and renamed folders.
//!
//! A fingerprint is made from the rule, the file name without its folders, the members inside containers and
//! what was found, but from no line, offset or folder. Equal findings are told apart by their order.

use std::collections::BTreeMap;

use chainwright_core::finding::{Finding, Fingerprint};

/// Gives every finding its fingerprint; `findings` must be in report order.
pub fn assign(findings: &mut [Finding]) {
    let mut seen: BTreeMap<[u8; 16], u64> = BTreeMap::new();
    for finding in findings {
        let base = digest(finding, 0);
        let count = seen.entry(base).or_default();
        finding.fingerprint = Fingerprint(if *count == 0 {
            base
        } else {
            digest(finding, *count)
        });
        *count = count.saturating_add(1);
    }
}

fn digest(finding: &Finding, occurrence: u64) -> [u8; 16] {
    let location = &finding.subject.location;
    let file = location.path().rsplit('/').next().unwrap_or_default();
    let first = finding
        .evidence
        .first()
        .map_or("", |evidence| evidence.text.as_str());
    let mut hasher = blake3::Hasher::new();
    for part in [finding.rule, file]
        .into_iter()
        .chain(location.members().iter().map(String::as_str))
    {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(first.as_bytes());
    hasher.update(&occurrence.to_le_bytes());
    let mut out = [0; 16];
    hasher.finalize_xof().fill(&mut out);
    out
}
