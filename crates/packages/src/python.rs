//! What Python says about dependencies: requirements (PEP 508), specifiers of versions (PEP 440) and environment
//! markers.
//!
//! Answers are those of the library `packaging`, which pip uses; where it raises an exception, we answer "unknown".
//! Option lines of requirements files are not read here.

mod marker;
mod requirement;
mod specifiers;

pub use marker::{Marker, MarkerEnvironment, MarkerError, Variable};
pub use requirement::{LONGEST, Requirement, RequirementError, Wanted};
pub use specifiers::{Operator, Prereleases, Specifier, SpecifierError, Specifiers};
