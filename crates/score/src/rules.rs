//! Which check a finding speaks to, by the name of its rule.
//!
//! Every rule has its place; a test says which one lacks it. Until then it speaks to No-Known-Malicious, because a
//! sign of malice that counts nowhere is worse than a fault of care that counts too much.

use crate::check::Check;

/// Where a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// For this check, as evidence.
    For(Check),
    /// Nowhere: another tool's business, or the check looks at the facts itself.
    Nowhere,
}

/// Every rule.
pub(crate) const TABLE: &[(&str, Counts)] = &[
    (
        "server-launch-unpinned",
        Counts::For(Check::PinnedReferences),
    ),
    (
        "server-launch-runs-shell",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("server-over-plain-http", Counts::Nowhere),
    ("server-without-authentication", Counts::Nowhere),
    ("secret-in-agent-config", Counts::For(Check::NoSecrets)),
    (
        "server-name-lookalike",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("tool-approval-bypassed", Counts::Nowhere),
    ("permissions-too-broad", Counts::Nowhere),
    ("command-runs-on-open", Counts::For(Check::NoKnownMalicious)),
    (
        "agent-endpoint-redirected",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("link-leaves-repository", Counts::Nowhere),
    ("extension-activates-everywhere", Counts::Nowhere),
    ("extension-adds-others", Counts::Nowhere),
    ("action-domain-mismatch", Counts::Nowhere),
    ("agent-card-mismatch", Counts::Nowhere),
    ("server-exposed", Counts::Nowhere),
    ("telemetry-on", Counts::Nowhere),
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
    // Signed and Provenance look at these facts themselves.
    ("base-differs-from-attested", Counts::Nowhere),
    ("checkpoint-rolled-back", Counts::Nowhere),
    ("provenance-mismatch", Counts::Nowhere),
    ("provenance-missing", Counts::Nowhere),
    ("signature-expired", Counts::Nowhere),
    ("signature-invalid", Counts::Nowhere),
    ("signature-leaves-out-loadable", Counts::Nowhere),
    ("signature-mismatch", Counts::Nowhere),
    ("signer-unknown", Counts::Nowhere),
    ("slsa-level-below", Counts::Nowhere),
    ("weights-unsigned", Counts::Nowhere),
    ("image-base-untrusted", Counts::Nowhere),
    ("image-build-unchecked", Counts::Nowhere),
    ("image-built-from-untrusted-source", Counts::Nowhere),
    ("image-login-exposed", Counts::Nowhere),
    ("image-runs-as-root", Counts::Nowhere),
    ("image-unusual-setuid", Counts::Nowhere),
    (
        "adapter-extreme-change",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("archive-bomb", Counts::For(Check::NoKnownMalicious)),
    (
        "archive-loader-conflict",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("archive-path-escape", Counts::For(Check::NoKnownMalicious)),
    ("code-acts-on-import", Counts::For(Check::NoKnownMalicious)),
    ("code-conceals-itself", Counts::For(Check::NoKnownMalicious)),
    ("code-opens-backdoor", Counts::For(Check::NoKnownMalicious)),
    (
        "code-runs-hidden-payload",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "code-steals-credentials",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("config-ambiguous", Counts::For(Check::NoKnownMalicious)),
    ("config-path-escape", Counts::For(Check::NoKnownMalicious)),
    ("content-unknown", Counts::For(Check::NoKnownMalicious)),
    ("dependency-unhashed", Counts::For(Check::PinnedReferences)),
    (
        "document-gives-orders",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("embedded-program", Counts::For(Check::NoKnownMalicious)),
    (
        "executable-beside-weights",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("format-mismatch", Counts::For(Check::NoKnownMalicious)),
    (
        "generation-settings-hostile",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("hidden-text", Counts::For(Check::NoKnownMalicious)),
    ("image-system-unsupported", Counts::Nowhere),
    (
        "installed-file-altered",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("internal-name-public", Counts::Nowhere),
    ("lookalike-name", Counts::For(Check::NoKnownMalicious)),
    ("malicious-package", Counts::For(Check::NoKnownMalicious)),
    (
        "model-calls-interpreter",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "model-custom-operator",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "model-external-entity",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "model-loads-native-code",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("model-path-escape", Counts::For(Check::NoKnownMalicious)),
    ("model-protection-off", Counts::For(Check::NoKnownMalicious)),
    (
        "model-resource-exhaustion",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("model-runs-code", Counts::For(Check::NoKnownMalicious)),
    ("model-touches-files", Counts::For(Check::NoKnownMalicious)),
    (
        "model-unknown-callable",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("model-uses-network", Counts::For(Check::NoKnownMalicious)),
    (
        "package-runs-install-script",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "pattern-resource-exhaustion",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "pickle-ambiguous-stream",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "pickle-code-execution",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "pickle-dangerous-reference",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("pickle-indirection", Counts::For(Check::NoKnownMalicious)),
    (
        "pickle-serialized-code",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("pickle-trailing-data", Counts::For(Check::NoKnownMalicious)),
    (
        "pickle-unknown-callable",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("pickle-unknown-class", Counts::For(Check::NoKnownMalicious)),
    (
        "template-code-injection",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "template-hidden-behaviour",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "template-resource-exhaustion",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "tokenizer-rewrites-text",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("unsafe-yaml-tag", Counts::For(Check::NoKnownMalicious)),
    ("vocabulary-tampered", Counts::For(Check::NoKnownMalicious)),
    (
        "weights-hidden-payload",
        Counts::For(Check::NoKnownMalicious),
    ),
    (
        "weights-metadata-injection",
        Counts::For(Check::NoKnownMalicious),
    ),
    ("weights-unusual", Counts::For(Check::NoKnownMalicious)),
];

/// Where the findings of a rule count.
pub(crate) fn counts(rule: &str) -> Counts {
    let known = TABLE.iter().find(|(name, _)| *name == rule);
    known.map_or(Counts::For(Check::NoKnownMalicious), |(_, counts)| *counts)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_one_place_and_every_place_a_rule() {
        let rules: BTreeSet<&str> = chainwright_rules::ALL
            .iter()
            .map(|entry| entry.rule.id)
            .collect();
        let placed: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            placed.len(),
            TABLE.len(),
            "a rule stands in the table twice"
        );
        let lacking: Vec<_> = rules.difference(&placed).collect();
        assert!(
            lacking.is_empty(),
            "say in crates/score/src/rules.rs where these rules count: {lacking:?}"
        );
        let gone: Vec<_> = placed.difference(&rules).collect();
        assert!(gone.is_empty(), "there are no such rules: {gone:?}");
    }
}
