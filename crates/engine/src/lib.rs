//! The pipeline: source → inspectors → facts → graph → rules → findings → policy → decision.
//!
//! The only place that knows this order. It reads every file once, in parallel, within limits; it keeps facts
//! of unchanged files in a private cache; and it leaves nothing half-done when it is interrupted.

mod adapters;
pub mod advisories;
mod architecture;
mod beside;
pub mod cache;
mod includes;
mod packages;
pub mod pipeline;
pub mod progress;
mod read;
pub mod verified;

pub use advisories::Advisories;
pub use cache::{Cache, CacheKey};
pub use pipeline::{EngineError, RawScan, Request, Target, collect, scan};
pub use progress::{Progress, Silent};
pub use verified::Verifying;
