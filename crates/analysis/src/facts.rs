//! What the parsers saw in one artifact.

use chainwright_adapters::{AdapterFacts, Screening};
use chainwright_advisories::class::Advisory;
use chainwright_agents::Bundle;
use chainwright_architecture::ArchitectureFacts;
use chainwright_code::{JavaScriptFacts, PythonFacts, ShellFacts};
use chainwright_containers::{Anomaly, ContainerFacts, ContainerKind};
use chainwright_core::digest::{Digests, Sha256};
use chainwright_core::location::{Location, Place};
use chainwright_core::model::{ModelFacts, ModelFormat};
use chainwright_core::package::Package;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::proof::{Proof, Regression, Vouched};
use chainwright_dependencies::{ManifestFacts, Relation, Scope};
use chainwright_formats::carve::EmbeddedFacts;
use chainwright_formats::gguf::GgufFacts;
use chainwright_formats::lfs::LfsPointer;
use chainwright_formats::npy::NpyFacts;
use chainwright_formats::safetensors::SafetensorsFacts;
use chainwright_formats::signature::{Mismatch, Signature};
use chainwright_images::{Fate, ImageDocument, ImageFacts, InstalledFacts, LayerFacts, OsRelease};
use chainwright_pickle::PickleFacts;
use chainwright_repository::card::CardFacts;
use chainwright_repository::config::DocumentFacts;
use chainwright_repository::hidden_text::HiddenText;
use chainwright_repository::secrets::SecretHit;
use chainwright_templates::TemplateFacts;
use serde::{Deserialize, Serialize};

use crate::ownership::{AlteredFile, Owner};
use crate::weights::WeightsFacts;

pub use chainwright_images::base::TrustedBase;

/// What the content of an artifact was read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Format {
    /// By its signature.
    Content(Signature),
    /// By a container reader.
    Container(ContainerKind),
    /// By the parser of a model format.
    Model(ModelFormat),
    /// By the pickle machine.
    Pickle,
}

impl Format {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Content(signature) => signature.name(),
            Self::Container(kind) => kind.as_str(),
            Self::Model(format) => format.as_str(),
            Self::Pickle => "pickle",
        }
    }
}

/// A template and where it stands in its artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedTemplate {
    /// Where the template stands; the whole artifact for a file of its own.
    pub carrier: Place,
    /// What it does.
    pub facts: TemplateFacts,
}

/// An adapter's review, and its screening for backdoors if it could be screened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewedAdapter {
    /// The review.
    pub review: AdapterFacts,
    /// The screening.
    pub screening: Option<Screening>,
}

/// An advisory that touches a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The weakness.
    pub advisory: Advisory,
    /// Whether it only may touch the package: its version has no order, or a bound has none.
    pub is_uncertain: bool,
    /// The range that the version lies in.
    pub evidence: String,
    /// The smallest version above this one that the weakness does not touch.
    pub fixed: Option<String>,
}

/// A package that advisories touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// The package.
    pub package: Package,
    /// Where it stands in the artifact.
    pub place: Place,
    /// Whether the project asks for it itself.
    pub relation: Relation,
    /// What it is needed for.
    pub scope: Scope,
    /// The advisories, the worst first.
    pub known: Vec<Known>,
    /// The smallest version above this one that no advisory touches.
    pub clean: Option<String>,
}

/// A package whose name looks like that of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resemblance {
    /// The package.
    pub package: Package,
    /// Where it stands in the artifact.
    pub place: Place,
    /// The name that it looks like, or the product.
    pub target: String,
    /// How it looks like it.
    pub kind: chainwright_names::index::Kind,
    /// Whether many honest names look like this, so that it is a hint and no alarm.
    pub is_hint: bool,
}

/// A package of one's own that an index of strangers may answer for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternalName {
    /// The package.
    pub package: Package,
    /// Where it stands in the artifact.
    pub place: Place,
    /// Which index may answer.
    pub route: Route,
}

/// Which index may answer for a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// A public one, by its address.
    Public(String),
    /// No file names an index, so the public one unless the machine knows better.
    Default,
    /// This one and another on an equal footing: the higher version wins.
    Second(String),
    /// The public one before or after this one, whichever has the name first.
    InTurn(String),
}

/// An image with what reading its layers has shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackedImage {
    /// Documents, layers and settings.
    pub facts: ImageFacts,
    /// Whether trusted bases were named, so that standing on none of them means something.
    pub asked_for_trust: bool,
    /// Artifacts of layers that the running file system no longer shows, by location, with the layer that took them
    /// away; only those in which something was seen.
    pub lost: Vec<LostArtifact>,
    /// Records of packages that the package manager of the operating system installed, so that the database lists
    /// them already; by location.
    pub owned_by_system: Vec<String>,
}

/// Something that lies in a layer for everyone who pulls the image, and that a running container does not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostArtifact {
    /// Where it lies.
    pub location: String,
    /// Its path in the file system.
    pub path: String,
    /// Its layer, the lowest being 0.
    pub layer: usize,
    /// What became of it.
    pub fate: Fate,
    /// Whether it holds credentials.
    pub has_secrets: bool,
}

/// A distribution whose support had ended on the day of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// What it calls itself.
    pub title: String,
    /// The last day of its support.
    pub until: String,
    /// How many days ago that was.
    pub days: i32,
}

/// What one parser saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Facts {
    /// The symbolic machine's account of a pickle.
    Pickle(PickleFacts),
    /// A container as a whole.
    Container(ContainerFacts),
    /// What reading the members of a container has brought to light.
    ContainerContent(Vec<Anomaly>),
    /// A safetensors header.
    Safetensors(SafetensorsFacts),
    /// A GGUF header.
    Gguf(GgufFacts),
    /// A model file and what it does beyond arithmetic.
    Model(ModelFacts),
    /// Weights as numbers.
    Weights(WeightsFacts),
    /// An adapter: its configuration against its weights.
    Adapter(Box<ReviewedAdapter>),
    /// A model: what its configuration declares against its weights.
    Architecture(Box<ArchitectureFacts>),
    /// A NumPy array header.
    Npy(NpyFacts),
    /// Programs and payloads inside other data.
    Embedded(EmbeddedFacts),
    /// A note that the content was not fetched.
    LfsPointer(LfsPointer),
    /// The content is not what the name says.
    Mismatch(Mismatch),
    /// A chat template.
    Template(CarriedTemplate),
    /// Python source.
    Python(PythonFacts),
    /// A shell script.
    Shell(ShellFacts),
    /// JavaScript.
    JavaScript(JavaScriptFacts),
    /// A configuration file that a loader obeys.
    Config(DocumentFacts),
    /// A model or dataset card, or another document.
    Card(CardFacts),
    /// The licence that a licence file contains: its SPDX identifier.
    Licence(String),
    /// Credentials in text.
    Secrets(Vec<SecretHit>),
    /// Text that people cannot see.
    HiddenText(Vec<HiddenText>),
    /// A manifest, lock file, or record of an installed package.
    Manifest(Box<ManifestFacts>),
    /// Packages that the artifact names and that advisories touch.
    Exposed(Vec<Exposure>),
    /// Packages whose names look like others.
    Resembling(Vec<Resemblance>),
    /// Packages of one's own that an index of strangers may answer for.
    Internal(Vec<InternalName>),
    /// What a package manager of an operating system says is installed.
    Installed(InstalledFacts),
    /// Which distribution a file system is.
    OsRelease(OsRelease),
    /// What a layer of an image holds.
    Layer(LayerFacts),
    /// A document of an image.
    ImageDocument(ImageDocument),
    /// An image as a whole, at its manifest.
    Image(Box<StackedImage>),
    /// The distribution is no longer mended.
    Unsupported(Unsupported),
    /// A package manager has put the file here; what is judged by the package was taken off.
    InstalledBy(Owner),
    /// A native library of a package in a folder that has no symbols and no debug sections.
    StrippedLibrary,
    /// What an assistant is wired to.
    Agent(Box<Bundle>),
    /// A link that leads out of what was scanned, and where to.
    LeavesTarget(String),
    /// Files that are not what this record of a package says.
    Altered(Vec<AlteredFile>),
    /// Signatures and signed statements that the artifact carries, and how far they hold.
    Proofs(Vec<Proof>),
    /// What signatures and statements say of the artifact.
    Vouched(Box<Vouched>),
    /// A checkpoint that contradicts one that was seen before.
    Regressed(Regression),
}

/// One artifact and everything that was seen in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspected {
    /// Where it lies.
    pub location: Location,
    /// Its size in bytes.
    pub size: u64,
    /// Its digests; only whole files have them.
    pub digests: Option<Digests>,
    /// The digest of the file that it lies in.
    pub outer: Option<Sha256>,
    /// What its content was read as.
    pub formats: Vec<Format>,
    /// What the parsers saw.
    pub facts: Vec<Facts>,
    /// What was broken or beyond a limit.
    pub problems: Vec<Problem>,
}

impl Inspected {
    /// An artifact that could not be read at all.
    #[must_use]
    pub fn unread(location: Location, problem: Problem) -> Self {
        Self {
            location,
            size: 0,
            digests: None,
            outer: None,
            formats: Vec::new(),
            facts: Vec::new(),
            problems: vec![problem],
        }
    }

    /// Whether no parser recognised or saw anything, so that no rule needs to look.
    #[must_use]
    pub const fn is_dull(&self) -> bool {
        self.formats.is_empty() && self.facts.is_empty()
    }

    /// Whether another run over the same bytes would give the same facts.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        !self.problems.iter().any(|problem| match problem.kind {
            ProblemKind::Unreadable | ProblemKind::LimitReached | ProblemKind::InternalFailure => {
                true
            }
            ProblemKind::Malformed
            | ProblemKind::Truncated
            | ProblemKind::Encrypted
            | ProblemKind::Unsupported
            | ProblemKind::Unchecked => false,
        })
    }

    /// The same, found under another path.
    #[must_use]
    pub fn relocated(&self, path: &str) -> Self {
        Self {
            location: self.location.below(path),
            ..self.clone()
        }
    }

    /// The digest of the file that holds the artifact, if it was hashed.
    #[must_use]
    pub const fn outer_sha256(&self) -> Option<Sha256> {
        self.outer
    }

    /// Whether the content was recognised as this.
    #[must_use]
    pub fn has(&self, signature: Signature) -> bool {
        self.formats.contains(&Format::Content(signature))
    }
}
