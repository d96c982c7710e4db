//! What a system is made of, in words that belong to no format.
//!
//! CycloneDX, SPDX and Croissant each know a part of this and name it differently. The inventory is what the rest of
//! the program fills in and asks; the formats translate. What a document holds beyond it is kept beside it
//! ([`Kept`]), so that reading and writing a CycloneDX document loses nothing.

mod aspect;
mod component;
mod kept;
mod relation;
mod security;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use aspect::{Aspect, Energy, Form, Measure, Metric, Risk, Value};
pub use component::{
    Acknowledgement, Component, ExternalReference, HashAlgorithm, Kind, Licence, Listing, Party,
    Property, Reference,
};
pub use kept::{Kept, Original};
pub use relation::{Derivation, Relation, RelationKind};
pub use security::{
    Affected, AnalysisState, Claim, Exploitability, Rating, Severity, Step, Vulnerability, Workflow,
};

use crate::identity;
use crate::time::Timestamp;

/// When in the life of the system a document was made (CycloneDX `lifecycles`, the G7 generation context).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lifecycle {
    /// Before there is anything.
    Design,
    /// From sources, before a build.
    PreBuild,
    /// During a build.
    Build,
    /// From the finished artifact.
    PostBuild,
    /// From a running system.
    Operations,
    /// By looking at what is there.
    Discovery,
    /// At the end.
    Decommission,
}

impl Lifecycle {
    /// Every phase.
    pub const ALL: [Self; 7] = [
        Self::Design,
        Self::PreBuild,
        Self::Build,
        Self::PostBuild,
        Self::Operations,
        Self::Discovery,
        Self::Decommission,
    ];

    /// The name in CycloneDX.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Design => "design",
            Self::PreBuild => "pre-build",
            Self::Build => "build",
            Self::PostBuild => "post-build",
            Self::Operations => "operations",
            Self::Discovery => "discovery",
            Self::Decommission => "decommission",
        }
    }
}

/// A program that made the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tool {
    /// Who makes it; empty if unknown.
    pub vendor: String,
    /// Its name.
    pub name: String,
    /// Its version; empty if unknown.
    pub version: String,
}

/// About the document itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Metadata {
    /// The component that the document is about.
    pub subject: Option<Reference>,
    /// When it was made; writers never ask a clock.
    pub timestamp: Option<Timestamp>,
    /// The programs that made it.
    pub tools: Vec<Tool>,
    /// Who answers for it.
    pub authors: Vec<Party>,
    /// Who supplies what it describes.
    pub supplier: Option<Party>,
    /// When in the life of the system.
    pub lifecycles: BTreeSet<Lifecycle>,
    /// How it was made, in words (the G7 generation context).
    pub context: Option<String>,
    /// The serial number of the document that was read; a written one has its own unless this is set.
    pub serial: Option<String>,
    /// The version of the document under its serial number.
    pub version: u64,
    /// The specification version of the document that was read, such as `CycloneDX 1.6`; empty for a new one.
    pub format: String,
    /// Whether everything that the subject holds is listed; none if nobody says.
    pub is_complete: Option<bool>,
    /// The name of the document that was read; statements that come from it need no citation when it is written.
    pub origin: String,
    /// Further facts.
    pub properties: Vec<Property>,
    /// A signature over the document (JSF) that the caller made; written as it is.
    pub signature: Option<serde_json::Value>,
    /// Whether the document that was read bears a signature. It is not written again: what it covers has changed.
    pub is_signed: bool,
}

/// Components, how they are related, and what is known against them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Inventory {
    /// About the document.
    pub metadata: Metadata,
    /// Every component by its reference.
    pub components: BTreeMap<Reference, Component>,
    /// How they are related.
    pub relations: BTreeSet<Relation>,
    /// Known vulnerabilities with what was concluded about them.
    pub vulnerabilities: Vec<Vulnerability>,
    /// How things were made: training, conversion, evaluation.
    pub workflows: Vec<Workflow>,
    /// Claims about components with their grounds.
    pub claims: Vec<Claim>,
    /// What a document held beyond these.
    pub kept: Kept,
}

impl Inventory {
    /// Adds a component and returns its reference: the one it has, or one made from its package URL, or from kind,
    /// name and version. Adding an equal component again gives the same reference; a different one under a reference
    /// that is taken gets a suffix made from its content.
    pub fn add(&mut self, mut component: Component) -> Reference {
        if component.reference.is_empty() {
            component.reference = identity::reference(&component);
        }
        let mut reference = component.reference.clone();
        match self.components.get(&reference) {
            Some(known) if *known == component => return reference,
            Some(_) => {
                let suffix = identity::short_digest(&component);
                reference = Reference::new(format!("{reference}~{suffix}"));
                component.reference = reference.clone();
            }
            None => {}
        }
        self.components.insert(reference.clone(), component);
        reference
    }

    /// The component of this reference.
    #[must_use]
    pub fn component(&self, reference: &Reference) -> Option<&Component> {
        self.components.get(reference)
    }

    /// The component that the document is about.
    #[must_use]
    pub fn subject(&self) -> Option<&Component> {
        self.components.get(self.metadata.subject.as_ref()?)
    }

    /// Adds a relation; of two equal ones the better known stays. A component is never related to itself.
    pub fn relate(&mut self, relation: Relation) {
        if relation.from == relation.to {
            return;
        }
        let known = self.relation(&relation.from, relation.kind, &relation.to);
        let known = known.cloned();
        if let Some(known) = known {
            if known.evidence >= relation.evidence {
                return;
            }
            self.relations.remove(&known);
        }
        self.relations.insert(relation);
    }

    /// The relations that start at a component.
    pub fn from(&self, reference: &Reference) -> impl Iterator<Item = &Relation> {
        self.relations
            .range(Relation::first_from(reference)..)
            .take_while(move |relation| relation.from == *reference)
    }

    /// The relation of a kind between two components.
    #[must_use]
    pub fn relation(
        &self,
        from: &Reference,
        kind: RelationKind,
        to: &Reference,
    ) -> Option<&Relation> {
        let wanted = Relation::plain(from.clone(), kind, to.clone());
        self.relations
            .range(&wanted..)
            .next()
            .filter(|relation| relation.is_same(&wanted))
    }

    /// The components of a kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Component> {
        self.components
            .values()
            .filter(move |component| component.kind == kind)
    }
}
