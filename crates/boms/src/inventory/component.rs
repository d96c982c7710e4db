//! One component: what it is, who made it, what its bytes are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Field, Source};
use crate::inventory::aspect::{Aspect, Value};
use crate::inventory::kept::Original;

/// The name of a component within one document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Reference(String);

impl Reference {
    /// A reference as it is written.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether none was given yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What a component is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Kind {
    /// A model: weights, adapter, or the whole that its users name.
    Model,
    /// A set of examples.
    Dataset,
    /// A software package.
    #[default]
    Package,
    /// A file.
    File,
    /// A container image.
    Container,
    /// A program or system that people use.
    Application,
    /// An operating system.
    OperatingSystem,
    /// A software framework.
    Framework,
    /// A platform that something runs on.
    Platform,
    /// A device or accelerator.
    Device,
    /// Code that runs a device.
    Driver,
    /// Software of a device.
    Firmware,
    /// A key, certificate or algorithm.
    Cryptography,
    /// A service that is called.
    Service,
    /// Data that is no dataset, such as a configuration.
    Data,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Model,
        Self::Dataset,
        Self::Package,
        Self::File,
        Self::Container,
        Self::Application,
        Self::OperatingSystem,
        Self::Framework,
        Self::Platform,
        Self::Device,
        Self::Driver,
        Self::Firmware,
        Self::Cryptography,
        Self::Service,
        Self::Data,
    ];

    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Package => "package",
            Self::File => "file",
            Self::Container => "container",
            Self::Application => "application",
            Self::OperatingSystem => "operating-system",
            Self::Framework => "framework",
            Self::Platform => "platform",
            Self::Device => "device",
            Self::Driver => "driver",
            Self::Firmware => "firmware",
            Self::Cryptography => "cryptography",
            Self::Service => "service",
            Self::Data => "data",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The functions that a digest may be made with; the same in CycloneDX and SPDX but for their spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HashAlgorithm {
    /// MD5, broken.
    Md5,
    /// SHA-1, broken.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
    /// BLAKE2b with 256 bits.
    Blake2b256,
    /// BLAKE2b with 384 bits.
    Blake2b384,
    /// BLAKE2b with 512 bits.
    Blake2b512,
    /// BLAKE3.
    Blake3,
}

impl HashAlgorithm {
    /// Every algorithm with its name in CycloneDX, its name in SPDX 3, and the digits of a digest.
    pub const ALL: [(Self, &'static str, &'static str, usize); 12] = [
        (Self::Md5, "MD5", "md5", 32),
        (Self::Sha1, "SHA-1", "sha1", 40),
        (Self::Sha256, "SHA-256", "sha256", 64),
        (Self::Sha384, "SHA-384", "sha384", 96),
        (Self::Sha512, "SHA-512", "sha512", 128),
        (Self::Sha3_256, "SHA3-256", "sha3_256", 64),
        (Self::Sha3_384, "SHA3-384", "sha3_384", 96),
        (Self::Sha3_512, "SHA3-512", "sha3_512", 128),
        (Self::Blake2b256, "BLAKE2b-256", "blake2b256", 64),
        (Self::Blake2b384, "BLAKE2b-384", "blake2b384", 96),
        (Self::Blake2b512, "BLAKE2b-512", "blake2b512", 128),
        (Self::Blake3, "BLAKE3", "blake3", 64),
    ];

    fn row(self) -> (&'static str, &'static str, usize) {
        Self::ALL
            .into_iter()
            .find(|(algorithm, ..)| *algorithm == self)
            .map_or(("SHA-256", "sha256", 64), |(_, cyclonedx, spdx, digits)| {
                (cyclonedx, spdx, digits)
            })
    }

    /// The name in CycloneDX.
    #[must_use]
    pub fn cyclonedx(self) -> &'static str {
        self.row().0
    }

    /// The name in SPDX 3.
    #[must_use]
    pub fn spdx(self) -> &'static str {
        self.row().1
    }

    /// The hexadecimal digits of a digest.
    #[must_use]
    pub fn digits(self) -> usize {
        self.row().2
    }

    /// Reads a name in any usual spelling: case, `-` and `_` don't matter.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|each| each.to_ascii_lowercase())
                .collect()
        };
        let name = plain(name);
        Self::ALL
            .into_iter()
            .find(|(_, cyclonedx, ..)| plain(cyclonedx) == name)
            .map(|(algorithm, ..)| algorithm)
    }
}

/// A person or an organisation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Party {
    /// The name; empty if unknown.
    pub name: String,
    /// Where it is found.
    pub urls: Vec<String>,
    /// An address for mail.
    pub email: Option<String>,
    /// Whether it is a person.
    pub is_person: bool,
}

impl Party {
    /// An organisation.
    #[must_use]
    pub fn organisation(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// A person.
    #[must_use]
    pub fn person(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            is_person: true,
            ..Self::default()
        }
    }
}

/// Whether a licence is the owner's word or somebody's conclusion.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Acknowledgement {
    /// The document does not say.
    #[default]
    Unstated,
    /// By the owner.
    Declared,
    /// After looking.
    Concluded,
}

impl Acknowledgement {
    /// The name in CycloneDX; empty when unstated.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unstated => "",
            Self::Declared => "declared",
            Self::Concluded => "concluded",
        }
    }
}

/// Terms of use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Licence {
    /// An SPDX expression or identifier if it is one, else the name as written.
    pub term: String,
    /// Whose word it is.
    pub acknowledgement: Acknowledgement,
    /// Where its text is found.
    pub url: Option<String>,
    /// How it is known.
    pub evidence: Evidence,
    /// Where it was read; none if the document does not say.
    pub source: Option<Source>,
}

impl Licence {
    /// What an owner declares in a file.
    #[must_use]
    pub fn declared(term: impl Into<String>, source: Source) -> Self {
        Self {
            term: term.into(),
            acknowledgement: Acknowledgement::Declared,
            url: None,
            evidence: Evidence::Declared,
            source: Some(source),
        }
    }
}

/// A place outside that belongs to a component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalReference {
    /// The kind in the words of CycloneDX (`vcs`, `website`, `distribution`, `model-card` …); others become `other`.
    pub kind: String,
    /// Where.
    pub url: String,
    /// A remark; may be empty.
    pub comment: String,
}

/// A named text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Property {
    /// The name.
    pub name: String,
    /// The text.
    pub value: String,
}

impl Property {
    /// A named text.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}

/// Whether a component is a part of the system or only mentioned.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Listing {
    /// It is listed.
    #[default]
    Part,
    /// It is named in the pedigree of another only.
    Ancestor,
}

/// A component.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Component {
    /// Its name within the document; empty until it is added to an inventory.
    pub reference: Reference,
    /// What it is.
    pub kind: Kind,
    /// Whether it is a part or only mentioned.
    pub listing: Listing,
    /// Its namespace; empty if it has none.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its version; for models and datasets the commit.
    pub version: Field<String>,
    /// Its package URL.
    pub purl: Field<String>,
    /// Its name in the Common Platform Enumeration.
    pub cpe: Option<String>,
    /// What it is for, in words.
    pub description: Field<String>,
    /// Who supplies it.
    pub supplier: Field<Party>,
    /// Who made it.
    pub authors: Vec<Party>,
    /// The digests of its bytes, in lower-case hexadecimal digits.
    pub hashes: BTreeMap<HashAlgorithm, Field<String>>,
    /// Its terms of use.
    pub licences: Vec<Licence>,
    /// A line about the owner of the rights.
    pub copyright: Option<String>,
    /// Places outside that belong to it.
    pub references: BTreeSet<ExternalReference>,
    /// What is said of it as a model, dataset or system.
    pub aspects: BTreeMap<Aspect, Field<Value>>,
    /// Further facts, in order.
    pub properties: Vec<Property>,
    /// What the document said in a form that the fields above cannot hold.
    pub originals: BTreeMap<String, Original>,
}

impl Component {
    /// A component without details.
    #[must_use]
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            ..Self::default()
        }
    }

    /// The whole name with its namespace.
    #[must_use]
    pub fn full_name(&self) -> String {
        if self.group.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.group, self.name)
        }
    }

    /// Says something about the component; what was said before stays if it is better known.
    pub fn state(&mut self, aspect: Aspect, field: Field<Value>) {
        self.aspects.entry(aspect).or_default().strengthen(field);
    }

    /// What is said under an aspect.
    #[must_use]
    pub fn aspect(&self, aspect: Aspect) -> Option<&Field<Value>> {
        self.aspects.get(&aspect)
    }

    /// Adds a digest that was made from the bytes.
    pub fn hash(&mut self, algorithm: HashAlgorithm, digits: impl Into<String>, field: Source) {
        let digits = digits.into().to_ascii_lowercase();
        self.hashes
            .entry(algorithm)
            .or_default()
            .strengthen(Field::verified(digits, field));
    }
}
