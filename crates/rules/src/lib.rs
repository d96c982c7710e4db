//! Every rule in a file of its own, grouped by the stage whose owner has to act.
//!
//! A rule looks at facts and reports; it doesn't parse, fetch, print or decide. To add one, see
//! `CONTRIBUTING.md`: the list below and the stage modules are written by the tests of this crate.

#[path = "generated/registry.rs"]
mod registry;

mod adapter_signs;
mod agent_facts;
mod architecture_signs;
mod archive_anomalies;
mod config_hazards;
mod content_names;
mod credential_names;
mod exposures;
mod image_signs;
mod model_hazards;
mod pickle_uses;
mod proof_signs;
mod shared;
mod template_behaviours;
mod training_code;
mod weight_signs;

pub use registry::ALL;
