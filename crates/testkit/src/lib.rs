//! Builders for fixtures: inert bytes that look hostile. For tests and measurements only.
//!
//! Nothing here is ever executed. Payloads are harmless by construction (`echo`, `id`, names of functions that
//! are never called); what makes a fixture hostile is its shape, which is what the detectors must see.

pub mod adapters;
pub mod archive;
pub mod checkpoint;
pub mod classical;
pub mod corpus;
pub mod dependencies;
pub mod elf;
pub mod example;
pub mod gguf;
pub mod hdf5;
pub mod image;
pub mod keras;
pub mod lineage;
pub mod npy;
pub mod onnx;
pub mod pickle;
pub mod protobuf;
pub mod recipe;
pub mod registry;
pub mod runtimes;
pub mod safetensors;
pub mod sentencepiece;
pub mod tensorflow;
pub mod weights;
