//! What to do with findings: the gate, the allow-list, the baseline, and the configuration they come from.
//!
//! Rules say what is; policy says what of it matters here. Whatever policy hides is counted, so that a report
//! can show the number. This crate asks for no clock: the caller says which day it is.

pub mod allow;
pub mod apply;
pub mod baseline;
pub mod config;

pub use allow::{AllowEntry, Date};
pub use apply::{Judged, Policy, decide};
pub use baseline::{Baseline, BaselineError};
pub use config::{Config, ConfigError, Verify};
