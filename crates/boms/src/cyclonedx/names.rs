//! The words of CycloneDX, and our own names for properties.

use crate::inventory::Kind;

/// A statement of an [`crate::inventory::Aspect`] that has no field of its own.
pub(crate) const ASPECT: &str = "chainwright:aspect:";
/// A relation that has no field of its own.
pub(crate) const RELATION: &str = "chainwright:relation:";
/// The component that holds this one, where it is not nested.
pub(crate) const CONTAINED_BY: &str = "chainwright:contained-by";
/// How a field is known (1.6); the rest of the name is a JSON pointer relative to the component.
pub(crate) const EVIDENCE: &str = "chainwright:evidence:";
/// A question whose source says that it does not know; the value is the source.
pub(crate) const UNKNOWN: &str = "chainwright:stated-unknown:";
/// Questions about which nothing was found.
pub(crate) const ABSENT: &str = "chainwright:absent";
/// A digest that CycloneDX has no name or length for.
pub(crate) const HASH: &str = "chainwright:hash:";
/// A version too long for its field.
pub(crate) const VERSION: &str = "chainwright:version";
/// How a document was made.
pub(crate) const CONTEXT: &str = "chainwright:generation-context";
/// Tells equal steps of a workflow apart.
pub(crate) const STEP: &str = "chainwright:step";

/// Characters that a version may have.
pub(crate) const LONGEST_VERSION: usize = 1024;

const KINDS: [(Kind, &str); 14] = [
    (Kind::Model, "machine-learning-model"),
    (Kind::Dataset, "data"),
    (Kind::Package, "library"),
    (Kind::File, "file"),
    (Kind::Container, "container"),
    (Kind::Application, "application"),
    (Kind::OperatingSystem, "operating-system"),
    (Kind::Framework, "framework"),
    (Kind::Platform, "platform"),
    (Kind::Device, "device"),
    (Kind::Driver, "device-driver"),
    (Kind::Firmware, "firmware"),
    (Kind::Cryptography, "cryptographic-asset"),
    (Kind::Data, "data"),
];

/// The component type of a kind; a service is none and stands in a list of its own.
pub(crate) fn type_of(kind: Kind) -> &'static str {
    KINDS
        .into_iter()
        .find(|(each, _)| *each == kind)
        .map_or("library", |(_, name)| name)
}

/// The kind of a component type; `data` is a dataset only if its content says so, which the reader asks.
pub(crate) fn kind_of(name: &str) -> Option<Kind> {
    if name == "data" {
        return Some(Kind::Data);
    }
    KINDS
        .into_iter()
        .find(|(_, each)| *each == name)
        .map(|(kind, _)| kind)
}

/// What a model can have learned by.
pub(crate) const APPROACHES: [&str; 5] = [
    "supervised",
    "unsupervised",
    "reinforcement-learning",
    "semi-supervised",
    "self-supervised",
];

/// What energy can be used for.
pub(crate) const ACTIVITIES: [&str; 9] = [
    "design",
    "data-collection",
    "data-preparation",
    "training",
    "fine-tuning",
    "validation",
    "deployment",
    "inference",
    "other",
];

/// What a workflow can do.
pub(crate) const TASKS: [&str; 12] = [
    "copy", "clone", "lint", "scan", "merge", "build", "test", "deliver", "deploy", "release",
    "clean", "other",
];

/// How a rating can be made.
pub(crate) const METHODS: [&str; 7] = [
    "CVSSv2", "CVSSv3", "CVSSv31", "CVSSv4", "OWASP", "SSVC", "other",
];

/// Why a vulnerability does no harm.
pub(crate) const JUSTIFICATIONS: [&str; 9] = [
    "code_not_present",
    "code_not_reachable",
    "requires_configuration",
    "requires_dependency",
    "requires_environment",
    "protected_by_compiler",
    "protected_at_runtime",
    "protected_at_perimeter",
    "protected_by_mitigating_control",
];

/// What can be done about a vulnerability.
pub(crate) const RESPONSES: [&str; 5] = [
    "can_not_fix",
    "will_not_fix",
    "update",
    "rollback",
    "workaround_available",
];

/// What an external reference of 1.6 can be.
pub(crate) const REFERENCES: [&str; 42] = [
    "vcs",
    "issue-tracker",
    "website",
    "advisories",
    "bom",
    "mailing-list",
    "social",
    "chat",
    "documentation",
    "support",
    "source-distribution",
    "distribution",
    "distribution-intake",
    "license",
    "build-meta",
    "build-system",
    "release-notes",
    "security-contact",
    "model-card",
    "log",
    "configuration",
    "evidence",
    "formulation",
    "attestation",
    "threat-model",
    "adversary-model",
    "risk-assessment",
    "vulnerability-assertion",
    "exploitability-statement",
    "pentest-report",
    "static-analysis-report",
    "dynamic-analysis-report",
    "runtime-analysis-report",
    "component-analysis-report",
    "maturity-report",
    "certification-report",
    "codified-infrastructure",
    "quality-metrics",
    "poam",
    "electronic-signature",
    "digital-signature",
    "rfc-9116",
];
