//! How two components are related.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Source};
use crate::inventory::component::Reference;

/// How a model was made from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Derivation {
    /// Somehow.
    Unknown,
    /// Trained further.
    FineTune,
    /// An adapter merged into it.
    Adapter,
    /// Several models combined.
    Merge,
    /// Numbers made smaller.
    Quantisation,
    /// A student of it.
    Distillation,
    /// The same numbers in another format.
    Conversion,
}

/// How two components are related; read as *from* — kind — *to*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RelationKind {
    /// One needs the other.
    DependsOn,
    /// One holds the other.
    Contains,
    /// A model learned from a dataset.
    TrainedOn,
    /// A model was measured on a dataset.
    TestedOn,
    /// A model or dataset was made from another.
    DerivedFrom(Derivation),
    /// An adapter changes a base model.
    Adapts,
    /// A model runs as a service.
    DeployedAs,
    /// A file holds the terms of use.
    LicensedUnder,
}

impl RelationKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::DependsOn,
        Self::Contains,
        Self::TrainedOn,
        Self::TestedOn,
        Self::DerivedFrom(Derivation::Unknown),
        Self::DerivedFrom(Derivation::FineTune),
        Self::DerivedFrom(Derivation::Adapter),
        Self::DerivedFrom(Derivation::Merge),
        Self::DerivedFrom(Derivation::Quantisation),
        Self::DerivedFrom(Derivation::Distillation),
        Self::DerivedFrom(Derivation::Conversion),
        Self::Adapts,
        Self::DeployedAs,
        Self::LicensedUnder,
    ];

    /// The lower-case name with hyphens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DependsOn => "depends-on",
            Self::Contains => "contains",
            Self::TrainedOn => "trained-on",
            Self::TestedOn => "tested-on",
            Self::DerivedFrom(Derivation::Unknown) => "derived-from",
            Self::DerivedFrom(Derivation::FineTune) => "derived-from:fine-tune",
            Self::DerivedFrom(Derivation::Adapter) => "derived-from:adapter",
            Self::DerivedFrom(Derivation::Merge) => "derived-from:merge",
            Self::DerivedFrom(Derivation::Quantisation) => "derived-from:quantisation",
            Self::DerivedFrom(Derivation::Distillation) => "derived-from:distillation",
            Self::DerivedFrom(Derivation::Conversion) => "derived-from:format-conversion",
            Self::Adapts => "adapts",
            Self::DeployedAs => "deployed-as",
            Self::LicensedUnder => "licensed-under",
        }
    }

    /// Whether the other is an ancestor: what it was made from or changes.
    #[must_use]
    pub const fn is_lineage(self) -> bool {
        matches!(self, Self::DerivedFrom(_) | Self::Adapts)
    }
}

impl fmt::Display for RelationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for RelationKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|each| each.as_str() == name)
            .ok_or(())
    }
}

/// A relation between two components, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Relation {
    /// Where it starts.
    pub from: Reference,
    /// What it says.
    pub kind: RelationKind,
    /// Where it leads.
    pub to: Reference,
    /// How it is known.
    pub evidence: Evidence,
    /// Where it was read; none if the document does not say.
    pub source: Option<Source>,
}

impl Relation {
    /// A relation of unknown origin, as most documents state them.
    #[must_use]
    pub const fn plain(from: Reference, kind: RelationKind, to: Reference) -> Self {
        Self {
            from,
            kind,
            to,
            evidence: Evidence::Absent,
            source: None,
        }
    }

    /// A relation with its evidence.
    #[must_use]
    pub const fn known(
        from: Reference,
        kind: RelationKind,
        to: Reference,
        evidence: Evidence,
        source: Source,
    ) -> Self {
        Self {
            from,
            kind,
            to,
            evidence,
            source: Some(source),
        }
    }

    /// The smallest relation that starts at a component.
    pub(crate) fn first_from(from: &Reference) -> Self {
        Self::plain(from.clone(), RelationKind::DependsOn, Reference::default())
    }

    /// Whether both say the same, however it is known.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.from == other.from && self.kind == other.kind && self.to == other.to
    }
}
