//! Which check a finding speaks to, by the name of its rule.
//!
//! A rule that is not in the table speaks to No-Known-Malicious, so that a new rule counts there until somebody says
//! otherwise.

use crate::check::Check;

/// Where a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// For this check, as evidence.
    For(Check),
    /// Nowhere: another tool's business, or the check looks at the facts itself.
    Nowhere,
}

/// Rules that are about care rather than malice.
pub(crate) const TABLE: &[(&str, Counts)] = &[
    ("config-runs-remote-code", Counts::For(Check::NoRemoteCode)),
    ("config-runs-local-code", Counts::For(Check::NoRemoteCode)),
    (
        "config-trusts-remote-code",
        Counts::For(Check::NoRemoteCode),
    ),
    ("secret-exposed", Counts::For(Check::NoSecrets)),
    ("image-secret-in-lower-layer", Counts::For(Check::NoSecrets)),
    ("image-secret-in-settings", Counts::For(Check::NoSecrets)),
    (
        "content-contradicts-digest",
        Counts::For(Check::ArtifactIntegrity),
    ),
    ("content-not-fetched", Counts::For(Check::ArtifactIntegrity)),
    ("shards-missing", Counts::For(Check::ArtifactIntegrity)),
    (
        "safetensors-malformed",
        Counts::For(Check::ArtifactIntegrity),
    ),
    ("gguf-malformed", Counts::For(Check::ArtifactIntegrity)),
    ("array-malformed", Counts::For(Check::ArtifactIntegrity)),
    ("dduf-malformed", Counts::For(Check::ArtifactIntegrity)),
    ("model-malformed", Counts::For(Check::ArtifactIntegrity)),
    ("digest-unusable", Counts::For(Check::ArtifactIntegrity)),
    ("weights-not-finite", Counts::For(Check::ArtifactIntegrity)),
    (
        "adapter-base-unpinned",
        Counts::For(Check::PinnedReferences),
    ),
    ("dependency-unpinned", Counts::For(Check::PinnedReferences)),
    ("image-tag-moves", Counts::For(Check::PinnedReferences)),
    ("known-vulnerability", Counts::For(Check::VulnerableDeps)),
    ("dependency-unmaintained", Counts::Nowhere),
    ("package-source-untrusted", Counts::Nowhere),
    ("licence-missing", Counts::For(Check::License)),
    ("licence-conflict", Counts::For(Check::License)),
    ("adapter-contradicts-config", Counts::For(Check::Lineage)),
    ("adapter-replaces-weights", Counts::For(Check::Lineage)),
    (
        "architecture-contradicts-weights",
        Counts::For(Check::Lineage),
    ),
    ("tensors-outside-architecture", Counts::For(Check::Lineage)),
    ("vocabulary-exceeds-embedding", Counts::For(Check::Lineage)),
    ("tokenizer-files-disagree", Counts::For(Check::Lineage)),
    ("image-base-untrusted", Counts::Nowhere),
    ("image-build-unchecked", Counts::Nowhere),
    ("image-built-from-untrusted-source", Counts::Nowhere),
    ("image-login-exposed", Counts::Nowhere),
    ("image-runs-as-root", Counts::Nowhere),
    ("image-unusual-setuid", Counts::Nowhere),
];

/// Where the findings of a rule count.
pub(crate) fn counts(rule: &str) -> Counts {
    let known = TABLE.iter().find(|(name, _)| *name == rule);
    known.map_or(Counts::For(Check::NoKnownMalicious), |(_, counts)| *counts)
}
