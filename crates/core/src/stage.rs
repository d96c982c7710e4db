//! The six stages of an LLM's supply chain; the same names in folders, flags, documents and reports.

use std::fmt;
use std::str::FromStr;

/// A stage of the supply chain, in the order in which a model passes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Crawls, corpora, fine-tuning sets, retrieval stores.
    Data,
    /// Base models, adapters, training code, dependencies, continuous integration.
    Training,
    /// Weight files, tokenizers, model cards, signatures, provenance, bills of materials.
    Packaging,
    /// Images, inference servers, clusters, cloud accounts, endpoints, keys.
    Serving,
    /// MCP servers, plugins, skills, IDE extensions, coding assistants.
    Extensions,
    /// Traffic, logs, monitoring, incidents.
    Runtime,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 6] = [
        Self::Data,
        Self::Training,
        Self::Packaging,
        Self::Serving,
        Self::Extensions,
        Self::Runtime,
    ];

    /// The name used in folders, flags and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Training => "training",
            Self::Packaging => "packaging",
            Self::Serving => "serving",
            Self::Extensions => "extensions",
            Self::Runtime => "runtime",
        }
    }

    /// The links of the chain that belong to the stage, for readers of a report.
    #[must_use]
    pub const fn links(self) -> &'static str {
        match self {
            Self::Data => "crawls, corpora, fine-tuning sets, RAG stores",
            Self::Training => "base models, adapters, training code, dependencies",
            Self::Packaging => "weight files, tokenizers, model cards, signatures",
            Self::Serving => "images, inference servers, clusters, endpoints",
            Self::Extensions => "MCP servers, plugins, skills, coding assistants",
            Self::Runtime => "traffic, logs, monitoring, incidents",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is not the name of a stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown stage `{0}`, expected data, training, packaging, serving, extensions or runtime")]
pub struct UnknownStageError(pub String);

impl FromStr for Stage {
    type Err = UnknownStageError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|stage| stage.as_str() == text)
            .ok_or_else(|| UnknownStageError(text.to_owned()))
    }
}
