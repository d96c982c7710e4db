//! The graph under everything: components and the edges between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::digest::Digests;
use crate::location::Location;
use crate::stage::Stage;

/// What a node of the graph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ComponentKind {
    /// The scanned target itself: a repository, folder or archive.
    Repository,
    /// A set of examples a model learns from or answers with.
    Dataset,
    /// A model as its users name it: weights, configuration and tokenizer together.
    Model,
    /// A file of weights.
    Weights,
    /// A LoRA or other adapter over a base model.
    Adapter,
    /// A tokenizer.
    Tokenizer,
    /// A chat or prompt template.
    Template,
    /// Configuration that decides what is loaded and how.
    Configuration,
    /// Source code.
    Code,
    /// A licence.
    Licence,
    /// A software package.
    Package,
    /// A container image.
    Image,
    /// A document for people, such as a model card.
    Document,
    /// An assistant, or an agent that others may call.
    Agent,
    /// A server of tools, or a web interface.
    Service,
    /// Something that an assistant can call.
    Tool,
    /// Somebody who stands behind a thing, signs or builds it: a publisher, a key, a name in a certificate.
    Identity,
    /// Something that may be read, changed or reached: files, commands, hosts.
    Resource,
    /// A signature over files.
    Signature,
    /// A signed statement about files.
    Attestation,
}

impl ComponentKind {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Repository => "repository",
            Self::Dataset => "dataset",
            Self::Model => "model",
            Self::Weights => "weights",
            Self::Adapter => "adapter",
            Self::Tokenizer => "tokenizer",
            Self::Template => "template",
            Self::Configuration => "configuration",
            Self::Code => "code",
            Self::Licence => "licence",
            Self::Package => "package",
            Self::Image => "image",
            Self::Document => "document",
            Self::Agent => "agent",
            Self::Service => "service",
            Self::Tool => "tool",
            Self::Identity => "identity",
            Self::Resource => "resource",
            Self::Signature => "signature",
            Self::Attestation => "attestation",
        }
    }

    /// The stage whose owner looks after such a component.
    #[must_use]
    pub const fn stage(self) -> Stage {
        match self {
            Self::Dataset => Stage::Data,
            Self::Adapter | Self::Code | Self::Package => Stage::Training,
            Self::Image => Stage::Serving,
            Self::Agent | Self::Service | Self::Tool | Self::Resource => Stage::Extensions,
            Self::Repository
            | Self::Model
            | Self::Weights
            | Self::Tokenizer
            | Self::Template
            | Self::Configuration
            | Self::Licence
            | Self::Document
            | Self::Signature
            | Self::Attestation
            | Self::Identity => Stage::Packaging,
        }
    }
}

impl fmt::Display for ComponentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How we know of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Its bytes lie in the target.
    Present,
    /// Something in the target names it; its bytes are elsewhere.
    Declared,
}

impl Origin {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Declared => "declared",
        }
    }
}

/// The number of a component in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComponentId(u32);

impl ComponentId {
    /// The position in [`Graph::components`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it is.
    pub kind: ComponentKind,
    /// Its name: a path in the target, or the name something declares, such as `meta-llama/Llama-3.2-1B`.
    pub name: String,
    /// How we know of it.
    pub origin: Origin,
    /// Where its bytes lie, when they are present.
    pub location: Option<Location>,
    /// Its size in bytes, when present.
    pub size: Option<u64>,
    /// Its digests, when present and hashed.
    pub digests: Option<Digests>,
    /// Further facts for readers: `format`, `licence`, `revision`, `parameters` …
    pub attributes: BTreeMap<&'static str, String>,
}

impl Component {
    /// A component that something names.
    #[must_use]
    pub fn declared(kind: ComponentKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            origin: Origin::Declared,
            location: None,
            size: None,
            digests: None,
            attributes: BTreeMap::new(),
        }
    }

    /// A component whose bytes lie at `location`.
    #[must_use]
    pub fn present(
        kind: ComponentKind,
        location: &Location,
        size: u64,
        digests: Option<Digests>,
    ) -> Self {
        Self {
            kind,
            name: location.to_string(),
            origin: Origin::Present,
            location: Some(location.clone()),
            size: Some(size),
            digests,
            attributes: BTreeMap::new(),
        }
    }
}

/// How two components are related; read as *from* — edge — *to*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EdgeKind {
    /// A model or adapter was trained on a dataset.
    TrainedOn,
    /// Weights were made from other weights.
    DerivedFrom,
    /// An adapter changes a base model.
    Adapts,
    /// One needs the other.
    DependsOn,
    /// One holds the other.
    Contains,
    /// Loading the one runs the other.
    Calls,
    /// The terms under which it may be used.
    LicensedUnder,
    /// Somebody stands behind it.
    OwnedBy,
    /// It may read, change or reach it without asking.
    MayTouch,
    /// A signature covers it; or somebody's signature is on it.
    SignedBy,
    /// A signed statement is about it.
    AttestedBy,
    /// A builder made it.
    BuiltBy,
}

impl EdgeKind {
    /// The lower-case name with hyphens.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TrainedOn => "trained-on",
            Self::DerivedFrom => "derived-from",
            Self::Adapts => "adapts",
            Self::DependsOn => "depends-on",
            Self::Contains => "contains",
            Self::Calls => "calls",
            Self::LicensedUnder => "licensed-under",
            Self::OwnedBy => "owned-by",
            Self::MayTouch => "may-touch",
            Self::SignedBy => "signed-by",
            Self::AttestedBy => "attested-by",
            Self::BuiltBy => "built-by",
        }
    }
}

/// A relation between two components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Where it starts.
    pub from: ComponentId,
    /// What it says.
    pub kind: EdgeKind,
    /// Where it leads.
    pub to: ComponentId,
}

/// Components and edges, in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    components: Vec<Component>,
    edges: Vec<Edge>,
    known: BTreeSet<Edge>,
    declared: BTreeMap<(ComponentKind, String), ComponentId>,
}

impl Graph {
    /// Adds a component whose bytes are present.
    pub fn add(&mut self, component: Component) -> ComponentId {
        let id = ComponentId(u32::try_from(self.components.len()).unwrap_or(u32::MAX));
        self.components.push(component);
        id
    }

    /// Adds a component that something names; naming it again gives the same node.
    pub fn declare(&mut self, kind: ComponentKind, name: &str) -> ComponentId {
        if let Some(id) = self.declared.get(&(kind, name.to_owned())) {
            return *id;
        }
        let id = self.add(Component::declared(kind, name));
        self.declared.insert((kind, name.to_owned()), id);
        id
    }

    /// Adds an edge once.
    pub fn connect(&mut self, from: ComponentId, kind: EdgeKind, to: ComponentId) {
        let edge = Edge { from, kind, to };
        if from != to && self.known.insert(edge) {
            self.edges.push(edge);
        }
    }

    /// Every component, in order of its number.
    #[must_use]
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// Every component with its number.
    pub fn iter(&self) -> impl Iterator<Item = (ComponentId, &Component)> {
        (0..).map(ComponentId).zip(&self.components)
    }

    /// Every edge.
    #[must_use]
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The component with this number.
    #[must_use]
    pub fn component(&self, id: ComponentId) -> Option<&Component> {
        self.components.get(id.index())
    }

    /// Access for adding attributes.
    pub fn component_mut(&mut self, id: ComponentId) -> Option<&mut Component> {
        self.components.get_mut(id.index())
    }
}
