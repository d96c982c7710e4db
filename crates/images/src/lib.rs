//! Container images: their documents, layers, installed packages and settings.
//!
//! An image is a stack of archives and a few JSON documents. What runs is what the stack leaves over; what was
//! deleted or replaced on the way up still lies in its layer for everyone who pulls the image. This crate reads the
//! documents (OCI image specification 1.1, `docker save`), stacks layers with their whiteouts, reads the databases
//! of dpkg, apk and rpm, and says what is odd about the settings. It unpacks nothing, pulls nothing and judges no
//! severity; archives are opened by `containers`, advisories are matched elsewhere.

pub mod base;
pub mod databases;
pub mod document;
pub mod image;
pub mod layer;
pub mod os_release;
pub mod settings;
pub mod support;

pub use databases::sums::{FileSum, Sum};
pub use databases::{Database, InstalledFacts, InstalledPackage};
pub use document::{Descriptor, ImageConfig, ImageDocument, Manifest};
pub use image::{ImageFacts, LayerSummary};
pub use layer::{EntryKind, Fate, LayerEntry, LayerFacts, Stack};
pub use os_release::OsRelease;
pub use settings::{Sign, SignKind};
