//! Which property of SPDX 3 holds which aspect.

use crate::inventory::{Aspect, Kind};

/// How a property holds an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One text; several are joined by a line break, so only one text survives.
    Text,
    /// Several texts.
    Texts,
    /// One word of a list.
    Word(&'static [&'static str]),
    /// Several words of a list.
    Words(&'static [&'static str]),
    /// A whole number.
    Count,
    /// Keys with values: `name = value`.
    Entries,
    /// A date and time.
    Time,
}

const PRESENCE: &[&str] = &["yes", "no", "noAssertion"];

/// Kinds of data in a dataset.
pub(super) const DATASET_TYPES: &[&str] = &[
    "audio",
    "categorical",
    "graph",
    "image",
    "noAssertion",
    "numeric",
    "other",
    "sensor",
    "structured",
    "syntactic",
    "text",
    "timeseries",
    "timestamp",
    "video",
];

/// The properties of an AI package, a dataset, and of both.
pub(super) const SLOTS: &[(Kind, Aspect, &str, Shape)] = &[
    (
        Kind::Model,
        Aspect::Autonomy,
        "ai_autonomyType",
        Shape::Word(PRESENCE),
    ),
    (Kind::Model, Aspect::Domains, "ai_domain", Shape::Texts),
    (
        Kind::Model,
        Aspect::Hyperparameters,
        "ai_hyperparameter",
        Shape::Entries,
    ),
    (
        Kind::Model,
        Aspect::IntendedUse,
        "ai_informationAboutApplication",
        Shape::Text,
    ),
    (
        Kind::Model,
        Aspect::Training,
        "ai_informationAboutTraining",
        Shape::Text,
    ),
    (
        Kind::Model,
        Aspect::Limitations,
        "ai_limitation",
        Shape::Text,
    ),
    (Kind::Model, Aspect::Metrics, "ai_metric", Shape::Entries),
    (
        Kind::Model,
        Aspect::DecisionThresholds,
        "ai_metricDecisionThreshold",
        Shape::Entries,
    ),
    (
        Kind::Model,
        Aspect::Preprocessing,
        "ai_modelDataPreprocessing",
        Shape::Texts,
    ),
    (
        Kind::Model,
        Aspect::Explainability,
        "ai_modelExplainability",
        Shape::Texts,
    ),
    (
        Kind::Model,
        Aspect::SafetyRisk,
        "ai_safetyRiskAssessment",
        Shape::Word(&["high", "low", "medium", "serious"]),
    ),
    (
        Kind::Model,
        Aspect::Standards,
        "ai_standardCompliance",
        Shape::Texts,
    ),
    (
        Kind::Model,
        Aspect::Architecture,
        "ai_typeOfModel",
        Shape::Texts,
    ),
    (
        Kind::Model,
        Aspect::PersonalData,
        "ai_useSensitivePersonalInformation",
        Shape::Word(PRESENCE),
    ),
    (Kind::Model, Aspect::Released, "releaseTime", Shape::Time),
    (Kind::Model, Aspect::Built, "builtTime", Shape::Time),
    (Kind::Dataset, Aspect::Released, "releaseTime", Shape::Time),
    (Kind::Dataset, Aspect::Built, "builtTime", Shape::Time),
    (
        Kind::Dataset,
        Aspect::Anonymisation,
        "dataset_anonymizationMethodUsed",
        Shape::Texts,
    ),
    (
        Kind::Dataset,
        Aspect::Confidentiality,
        "dataset_confidentialityLevel",
        Shape::Word(&["amber", "clear", "green", "red"]),
    ),
    (
        Kind::Dataset,
        Aspect::Collection,
        "dataset_dataCollectionProcess",
        Shape::Text,
    ),
    (
        Kind::Dataset,
        Aspect::Preprocessing,
        "dataset_dataPreprocessing",
        Shape::Texts,
    ),
    (
        Kind::Dataset,
        Aspect::Availability,
        "dataset_datasetAvailability",
        Shape::Word(&[
            "clickthrough",
            "directDownload",
            "query",
            "registration",
            "scrapingScript",
        ]),
    ),
    (
        Kind::Dataset,
        Aspect::Noise,
        "dataset_datasetNoise",
        Shape::Text,
    ),
    (
        Kind::Dataset,
        Aspect::Size,
        "dataset_datasetSize",
        Shape::Count,
    ),
    (
        Kind::Dataset,
        Aspect::DatasetTypes,
        "dataset_datasetType",
        Shape::Words(DATASET_TYPES),
    ),
    (
        Kind::Dataset,
        Aspect::Updates,
        "dataset_datasetUpdateMechanism",
        Shape::Text,
    ),
    (
        Kind::Dataset,
        Aspect::PersonalData,
        "dataset_hasSensitivePersonalInformation",
        Shape::Word(PRESENCE),
    ),
    (
        Kind::Dataset,
        Aspect::IntendedUse,
        "dataset_intendedUse",
        Shape::Text,
    ),
    (
        Kind::Dataset,
        Aspect::Bias,
        "dataset_knownBias",
        Shape::Texts,
    ),
];

/// The purpose of a package of a kind.
pub(super) const fn purpose(kind: Kind) -> &'static str {
    match kind {
        Kind::Model => "model",
        Kind::Dataset | Kind::Data => "data",
        Kind::Package => "library",
        Kind::File => "file",
        Kind::Container => "container",
        Kind::Application => "application",
        Kind::OperatingSystem => "operatingSystem",
        Kind::Framework => "framework",
        Kind::Platform => "platform",
        Kind::Device => "device",
        Kind::Driver => "deviceDriver",
        Kind::Firmware => "firmware",
        Kind::Cryptography | Kind::Service => "other",
    }
}

/// The kind of an element by its type and purpose.
pub(super) fn kind(element: &str, purpose: &str) -> Option<Kind> {
    Some(match element {
        "ai_AIPackage" => Kind::Model,
        "dataset_DatasetPackage" => Kind::Dataset,
        "software_File" => Kind::File,
        "software_Package" => match purpose {
            "model" => Kind::Model,
            "data" => Kind::Data,
            "container" => Kind::Container,
            "application" | "executable" => Kind::Application,
            "operatingSystem" => Kind::OperatingSystem,
            "framework" => Kind::Framework,
            "platform" => Kind::Platform,
            "device" => Kind::Device,
            "deviceDriver" => Kind::Driver,
            "firmware" => Kind::Firmware,
            _ => Kind::Package,
        },
        _ => return None,
    })
}

/// The kinds of external references that both worlds know.
pub(super) const REFERENCES: &[(&str, &str)] = &[
    ("vcs", "vcs"),
    ("website", "altWebPage"),
    ("documentation", "documentation"),
    ("issue-tracker", "issueTracker"),
    ("license", "license"),
    ("distribution", "altDownloadLocation"),
    ("release-notes", "releaseNotes"),
    ("advisories", "securityAdvisory"),
    ("support", "support"),
    ("mailing-list", "mailingList"),
    ("chat", "chat"),
    ("social", "socialMedia"),
    ("model-card", "productMetadata"),
];
