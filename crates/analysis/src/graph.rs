//! The first graph: what the target holds, and what its files say about what they came from.

use std::collections::BTreeMap;

use chainwright_core::component::{Component, ComponentId, ComponentKind, EdgeKind, Graph};
use chainwright_core::model::ModelFormat;
use chainwright_core::package::Package;
use chainwright_core::proof::ProofKind;
use chainwright_dependencies::Relation;
use chainwright_formats::signature::Signature;
use chainwright_packages::purl;
use chainwright_repository::card::CardFacts;
use chainwright_repository::config::{Details, DocumentFacts, DocumentKind, ReferenceKind};

use crate::agents;
use crate::facts::{Facts, Format, Inspected, ReviewedAdapter};
use crate::packages::{Named, Systems};
use crate::tree::Tree;

mod proofs;

/// Builds the graph of everything that was inspected.
#[must_use]
pub fn build(targets: &[String], tree: &Tree<'_>) -> Graph {
    let mut builder = Builder::default();
    for target in targets {
        let mut root = Component::declared(ComponentKind::Repository, target.clone());
        root.origin = chainwright_core::component::Origin::Present;
        let id = builder.graph.add(root);
        builder.roots.push((target.clone(), id));
    }
    let mut present = Vec::new();
    for artifact in tree.artifacts() {
        if let Some(kind) = kind_of(artifact) {
            let id = builder.add(artifact, kind);
            builder
                .folders
                .entry(artifact.location.surroundings())
                .or_default()
                .push((kind, id));
            present.push((artifact, id));
        }
    }
    for (artifact, id) in present {
        builder.relate(artifact, id);
    }
    builder.relate_packages(tree.artifacts());
    proofs::relate(&mut builder.graph, tree);
    builder.graph
}

#[derive(Default)]
struct Builder {
    graph: Graph,
    roots: Vec<(String, ComponentId)>,
    folders: BTreeMap<String, Vec<(ComponentKind, ComponentId)>>,
}

impl Builder {
    fn add(&mut self, artifact: &Inspected, kind: ComponentKind) -> ComponentId {
        let mut component =
            Component::present(kind, &artifact.location, artifact.size, artifact.digests);
        attributes(artifact, &mut component);
        let id = self.graph.add(component);
        if let Some(root) = self.root_of(artifact) {
            self.graph.connect(root, EdgeKind::Contains, id);
        }
        id
    }

    fn relate(&mut self, artifact: &Inspected, id: ComponentId) {
        for facts in &artifact.facts {
            match facts {
                Facts::Image(image) => {
                    for tag in &image.facts.tags {
                        let named = self.graph.declare(ComponentKind::Image, tag);
                        self.graph.connect(named, EdgeKind::Contains, id);
                    }
                }
                Facts::Config(document) => self.relate_document(artifact, id, document),
                Facts::Card(card) => self.relate_card(artifact, id, card),
                Facts::Agent(bundle) => agents::relate(&mut self.graph, id, bundle),
                Facts::Licence(identifier) => {
                    let licence = self.graph.declare(ComponentKind::Licence, identifier);
                    let owner = self.owner_of(artifact).unwrap_or(id);
                    self.graph.connect(owner, EdgeKind::LicensedUnder, licence);
                }
                Facts::Gguf(gguf) => {
                    for (name, _) in &gguf.base_models {
                        let base = self.graph.declare(ComponentKind::Model, name);
                        self.graph.connect(id, EdgeKind::DerivedFrom, base);
                    }
                    if let Some(identifier) = &gguf.license {
                        let licence = self.graph.declare(ComponentKind::Licence, identifier);
                        self.graph.connect(id, EdgeKind::LicensedUnder, licence);
                    }
                }
                _ => {}
            }
        }
    }

    fn relate_document(&mut self, artifact: &Inspected, id: ComponentId, document: &DocumentFacts) {
        for reference in document.references.items() {
            let (kind, edge) = match reference.kind {
                ReferenceKind::BaseModel if document.kind == DocumentKind::AdapterConfig => {
                    (ComponentKind::Model, EdgeKind::Adapts)
                }
                ReferenceKind::BaseModel => (ComponentKind::Model, EdgeKind::DerivedFrom),
                ReferenceKind::Model => (ComponentKind::Model, EdgeKind::DependsOn),
                ReferenceKind::Dataset => (ComponentKind::Dataset, EdgeKind::TrainedOn),
                ReferenceKind::Code => (ComponentKind::Code, EdgeKind::Calls),
                ReferenceKind::File => continue,
            };
            let other = self.graph.declare(kind, &reference.name);
            if let (Some(revision), Some(component)) =
                (&reference.revision, self.graph.component_mut(other))
            {
                component.attributes.insert("revision", revision.clone());
            }
            self.graph.connect(id, edge, other);
        }
        match document.kind {
            DocumentKind::ModelConfig | DocumentKind::AdapterConfig => {
                let kinds = [ComponentKind::Weights, ComponentKind::Adapter];
                for weights in self.beside(artifact, &kinds) {
                    self.graph.connect(weights, EdgeKind::DependsOn, id);
                }
            }
            DocumentKind::TokenizerConfig => {
                for model in self.beside(artifact, &[ComponentKind::Weights]) {
                    self.graph.connect(model, EdgeKind::DependsOn, id);
                }
            }
            _ => {}
        }
    }

    fn relate_card(&mut self, artifact: &Inspected, id: ComponentId, card: &CardFacts) {
        let owner = self.owner_of(artifact).unwrap_or(id);
        for reference in card.references.items() {
            let (kind, edge) = match reference.kind {
                ReferenceKind::BaseModel => (ComponentKind::Model, EdgeKind::DerivedFrom),
                ReferenceKind::Model => (ComponentKind::Model, EdgeKind::DependsOn),
                ReferenceKind::Dataset => (ComponentKind::Dataset, EdgeKind::TrainedOn),
                ReferenceKind::Code | ReferenceKind::File => continue,
            };
            let other = self.graph.declare(kind, &reference.name);
            self.graph.connect(owner, edge, other);
        }
        for licence in &card.licences {
            let licence = self.graph.declare(ComponentKind::Licence, licence);
            self.graph.connect(owner, EdgeKind::LicensedUnder, licence);
        }
    }

    /// Every package with a version, whoever names it: the target needs what it asks for itself, and packages need
    /// each other as lock files say.
    fn relate_packages(&mut self, artifacts: &[Inspected]) {
        let systems = Systems::of(artifacts);
        for artifact in artifacts {
            let named = systems.named(artifact);
            if named.is_empty() {
                continue;
            }
            let Some(root) = self.root_of(artifact) else {
                continue;
            };
            let ids: Vec<Option<ComponentId>> =
                named.iter().map(|each| self.package(each)).collect();
            for (each, id) in named.iter().zip(&ids) {
                let is_own = match each.relation {
                    Relation::Direct | Relation::Unknown => true,
                    Relation::Root | Relation::Transitive => false,
                };
                if let Some(id) = id.filter(|_| is_own) {
                    self.graph.connect(root, EdgeKind::DependsOn, id);
                }
            }
            self.relate_locked(artifact, root);
        }
    }

    /// The edges of a lock file.
    fn relate_locked(&mut self, artifact: &Inspected, root: ComponentId) {
        for facts in &artifact.facts {
            let Facts::Manifest(manifest) = facts else {
                continue;
            };
            let at = |index: u32| manifest.packages.get(usize::try_from(index).ok()?);
            for edge in &manifest.edges {
                let (Some(from), Some(to)) = (at(edge.from), at(edge.to)) else {
                    continue;
                };
                let Some(to) = self.package_of(&to.package) else {
                    continue;
                };
                let from = match from.relation {
                    Relation::Root => Some(root),
                    Relation::Direct | Relation::Transitive | Relation::Unknown => {
                        self.package_of(&from.package)
                    }
                };
                if let Some(from) = from {
                    self.graph.connect(from, EdgeKind::DependsOn, to);
                }
            }
        }
    }

    fn package(&mut self, named: &Named) -> Option<ComponentId> {
        self.package_of(&named.package)
    }

    /// The component of a package, named by its package URL; `None` while its version is open.
    fn package_of(&mut self, package: &Package) -> Option<ComponentId> {
        let version = package.version.clone()?;
        if package.name.is_empty() {
            return None;
        }
        let url = purl::write(package);
        let id = self.graph.declare(ComponentKind::Package, &url);
        if let Some(component) = self.graph.component_mut(id) {
            component.attributes.insert("version", version);
        }
        Some(id)
    }

    /// The components in the same folder that are of one of these kinds.
    fn beside(&self, artifact: &Inspected, kinds: &[ComponentKind]) -> Vec<ComponentId> {
        let near = self.folders.get(&artifact.location.surroundings());
        let wanted = near
            .into_iter()
            .flatten()
            .filter(|(kind, _)| kinds.contains(kind));
        wanted.map(|(_, id)| *id).collect()
    }

    /// What a card or licence speaks for: the target if it lies at its top, else the weights beside it.
    fn owner_of(&self, artifact: &Inspected) -> Option<ComponentId> {
        let folder = artifact.location.folder();
        let is_top =
            |target: &str| clean(target) == folder || (is_here(target) && folder.is_empty());
        let root = self
            .roots
            .iter()
            .find(|(target, _)| is_top(target))
            .map(|(_, id)| *id);
        root.or_else(|| {
            let kinds = [ComponentKind::Weights, ComponentKind::Adapter];
            self.beside(artifact, &kinds).first().copied()
        })
    }

    fn root_of(&self, artifact: &Inspected) -> Option<ComponentId> {
        let path = artifact.location.path();
        let root = self
            .roots
            .iter()
            .rev()
            .find(|(target, _)| lies_in(path, target));
        root.or(self.roots.first()).map(|(_, id)| *id)
    }
}

fn lies_in(path: &str, target: &str) -> bool {
    let target = clean(target);
    is_here(target) || path == target || path.starts_with(&format!("{target}/"))
}

/// The target as paths of files begin with it.
fn clean(target: &str) -> &str {
    target.trim_start_matches("./").trim_end_matches('/')
}

/// Whether the target is the working folder, so that paths of files begin without it.
fn is_here(target: &str) -> bool {
    matches!(clean(target), "" | ".")
}

/// What an artifact is in the supply chain; `None` for what is no component of its own.
///
/// Members of weight containers belong to their container.
#[must_use]
pub fn kind_of(artifact: &Inspected) -> Option<ComponentKind> {
    if !artifact.location.members().is_empty() && is_part_of_weights(artifact) {
        return None;
    }
    let name = artifact.location.file_name().to_ascii_lowercase();
    let by_document = artifact.facts.iter().find_map(|facts| match facts {
        Facts::Config(document) => Some(kind_of_document(document)),
        _ => None,
    });
    let weights = artifact
        .formats
        .iter()
        .any(|format| is_weights(*format, &name));
    if weights {
        let is_adapter = name.starts_with("adapter_model") || name.contains("lora");
        return Some(if is_adapter {
            ComponentKind::Adapter
        } else {
            ComponentKind::Weights
        });
    }
    if name == "tokenizer.model"
        || name == "vocab.txt"
        || name == "merges.txt"
        || name == "vocab.json"
    {
        return Some(ComponentKind::Tokenizer);
    }
    if let Some(kind) = by_document {
        return Some(kind);
    }
    let extension = artifact.location.extension();
    match extension.as_str() {
        "jsonl" | "parquet" | "arrow" | "csv" | "tsv" => return Some(ComponentKind::Dataset),
        _ => {}
    }
    artifact.facts.iter().find_map(|facts| match facts {
        Facts::Python(_) | Facts::Shell(_) | Facts::JavaScript(_) => Some(ComponentKind::Code),
        Facts::Template(_) => Some(ComponentKind::Template),
        Facts::Card(_) | Facts::Licence(_) => Some(ComponentKind::Document),
        Facts::LfsPointer(_) => Some(ComponentKind::Weights),
        Facts::Agent(_) => Some(ComponentKind::Configuration),
        Facts::Proofs(proofs) => proofs.first().map(|proof| match proof.kind {
            ProofKind::ModelSignature | ProofKind::FileSignature => ComponentKind::Signature,
            ProofKind::Attestation => ComponentKind::Attestation,
        }),
        _ => None,
    })
}

const fn kind_of_document(document: &DocumentFacts) -> ComponentKind {
    match document.kind {
        DocumentKind::TokenizerConfig | DocumentKind::Tokenizer => ComponentKind::Tokenizer,
        DocumentKind::ChatTemplate => ComponentKind::Template,
        DocumentKind::DatasetInfos => ComponentKind::Dataset,
        DocumentKind::ModelConfig
        | DocumentKind::GenerationConfig
        | DocumentKind::ProcessorConfig
        | DocumentKind::AdapterConfig
        | DocumentKind::ShardIndex
        | DocumentKind::PipelineIndex
        | DocumentKind::SentenceModules
        | DocumentKind::Instantiation
        | DocumentKind::MlflowModel
        | DocumentKind::Settings => ComponentKind::Configuration,
    }
}

fn is_weights(format: Format, name: &str) -> bool {
    match format {
        Format::Pickle => true,
        Format::Content(signature) => match signature {
            Signature::Safetensors
            | Signature::Gguf
            | Signature::Ggml
            | Signature::Npy
            | Signature::Hdf5
            | Signature::Onnx
            | Signature::TfLite
            | Signature::ExecuTorch => true,
            Signature::SentencePiece => false,
            Signature::Zip => has_weight_name(name),
            _ => false,
        },
        Format::Model(format) => is_model(format),
        Format::Container(_) => has_weight_name(name),
    }
}

/// Whether the format is a model itself, not a description beside one.
const fn is_model(format: ModelFormat) -> bool {
    !matches!(
        format,
        ModelFormat::KerasConfig
            | ModelFormat::KerasMetadata
            | ModelFormat::Orbax
            | ModelFormat::SentencePiece
            | ModelFormat::Other
    )
}

fn has_weight_name(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "pt" | "pth"
            | "bin"
            | "ckpt"
            | "npz"
            | "keras"
            | "joblib"
            | "pkl"
            | "pickle"
            | "mar"
            | "nemo"
            | "pt2"
    )
}

/// Whether an artifact is a member of a weight container, such as `archive/data.pkl`.
fn is_part_of_weights(artifact: &Inspected) -> bool {
    let outer = artifact.location.path().to_ascii_lowercase();
    has_weight_name(outer.rsplit('/').next().unwrap_or_default())
}

fn attributes(artifact: &Inspected, component: &mut Component) {
    let formats: Vec<&str> = artifact
        .formats
        .iter()
        .map(|format| format.as_str())
        .collect();
    if !formats.is_empty() {
        component.attributes.insert("format", formats.join(", "));
    }
    for facts in &artifact.facts {
        match facts {
            Facts::Safetensors(facts) => {
                component
                    .attributes
                    .insert("parameters", facts.parameters.to_string());
                component
                    .attributes
                    .insert("tensors", facts.tensor_count.to_string());
            }
            Facts::Gguf(facts) => {
                component
                    .attributes
                    .insert("parameters", facts.parameters.to_string());
                component
                    .attributes
                    .insert("tensors", facts.tensor_count.to_string());
                for (key, value) in [
                    ("architecture", &facts.architecture),
                    ("name", &facts.name),
                    ("quantisation", &facts.file_type),
                ] {
                    component
                        .attributes
                        .extend(value.iter().map(|value| (key, value.clone())));
                }
            }
            Facts::Model(facts) => {
                for (key, value) in [("version", &facts.version), ("producer", &facts.producer)] {
                    if !value.is_empty() {
                        component.attributes.insert(key, value.clone());
                    }
                }
                for (key, count) in [
                    ("operators", facts.operators),
                    ("parameters", facts.parameters),
                ] {
                    if count > 0 {
                        component.attributes.insert(key, count.to_string());
                    }
                }
            }
            Facts::Adapter(adapter) => adapter_attributes(adapter, component),
            Facts::Config(document) => document_attributes(document, component),
            Facts::Proofs(found) => proofs::attributes(found, component),
            _ => {}
        }
    }
}

/// What an adapter is, and what the screening says of it; a score is no finding.
fn adapter_attributes(adapter: &ReviewedAdapter, component: &mut Component) {
    let review = &adapter.review;
    let mut set = |key, value: String| component.attributes.insert(key, value);
    if let Some(kind) = &review.kind {
        set("method", kind.clone());
    }
    set("modules", review.modules_in_all.to_string());
    if let Some(screening) = &adapter.screening {
        let standing = if screening.is_calibrated {
            format!("above {:.0} % of the honest", 100.0 * screening.percentile)
        } else {
            "not calibrated for this base".to_owned()
        };
        set(
            "backdoor-screening",
            format!(
                "{:.2} ({standing}; bank {})",
                screening.score, screening.bank
            ),
        );
    }
}

fn document_attributes(document: &DocumentFacts, component: &mut Component) {
    let mut set = |key, value: &Option<String>| {
        component
            .attributes
            .extend(value.iter().map(|value| (key, value.clone())));
    };
    match &document.details {
        Details::Model(model) => {
            set("architecture", &model.architectures.first().cloned());
            set("dtype", &model.dtype);
            set("quantisation", &model.quantization);
        }
        Details::Adapter(adapter) => {
            set("method", &adapter.peft_type);
            set("base", &adapter.base_model);
            set("rank", &adapter.rank.map(|rank| rank.to_string()));
        }
        Details::Tokenizer(tokenizer) => set("class", &tokenizer.class),
        Details::ShardIndex(_) | Details::Pipeline(_) | Details::Digests(_) | Details::None => {}
    }
}
