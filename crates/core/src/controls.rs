//! Generated constants for every control that rules may name; a wrong id does not compile.

use crate::control::{Control, Framework};

pub mod atlas_5_6;
pub mod cwe;
pub mod nist_ai_rmf_1_0;
pub mod owasp_llm_2025;
pub mod slsa_1_2;

/// Every known control of a framework, in the framework's order.
#[must_use]
pub const fn of(framework: Framework) -> &'static [Control] {
    match framework {
        Framework::OwaspLlm2025 => owasp_llm_2025::ALL,
        Framework::Atlas5_6 => atlas_5_6::ALL,
        Framework::NistAiRmf1_0 => nist_ai_rmf_1_0::ALL,
        Framework::Slsa1_2 => slsa_1_2::ALL,
        Framework::Cwe => cwe::ALL,
    }
}
