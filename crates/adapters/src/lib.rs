//! Adapters: configuration against weights, what they touch and how strongly, and the screening for backdoors.
//!
//! An adapter is a small file that changes what a large, reviewed model does. [`review`] answers what a reviewer
//! wants to know before it is loaded: whether the weights are what `adapter_config.json` says, which parts of the base
//! they change and how strongly, and whether something lies in the file that is no adapter at all. [`screen`] compares
//! the spectra of the changes with a bank of adapters whose upbringing is known.
//!
//! Not done here: code that a configuration makes a loader import, costly patterns and where the base is fetched from
//! (the configuration's own inspection reports those), and running anything. A screening score is a hint, never proof;
//! `docs/detectors/adapter-screening.md` says how good it is.

mod bank;
mod beside;
mod config;
mod facts;
mod judge;
mod kind;
mod measure;
mod name;
mod review;
mod screen;
mod spectrum;
mod target;
#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    reason = "tests compute with sizes that they chose"
)]
mod tests;

pub use bank::{Bank, BankError, FeatureStatistics};
pub use config::AdapterConfig;
pub use facts::{
    AdapterFacts, AdapterSign, AdapterSignKind, BaseClaim, BaseInfo, BaseMatch, FullTensor,
    FullTensorKind, ModuleFacts, Projection, Share, Spectrum,
};
pub use kind::{looks_like_adapter, peft_types};
pub use review::{AdapterInput, review};
pub use screen::{FeatureScore, Screening, screen};
pub use spectrum::features;
