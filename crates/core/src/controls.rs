//! Generated constants for every control that rules may name; a wrong id does not compile.

use crate::control::{Control, Framework};

pub mod atlas_5_6;
pub mod cwe;
pub mod nist_ai_rmf_1_0;
pub mod owasp_agentic_2026;
pub mod owasp_llm_2025;
pub mod owasp_mcp_2025;
pub mod slsa_1_2;

/// Every known control of a framework, in the framework's order.
#[must_use]
pub const fn of(framework: Framework) -> &'static [Control] {
    match framework {
        Framework::OwaspLlm2025 => owasp_llm_2025::ALL,
        Framework::OwaspMcp2025 => owasp_mcp_2025::ALL,
        Framework::OwaspAgentic2026 => owasp_agentic_2026::ALL,
        Framework::Atlas5_6 => atlas_5_6::ALL,
        Framework::NistAiRmf1_0 => nist_ai_rmf_1_0::ALL,
        Framework::Slsa1_2 => slsa_1_2::ALL,
        Framework::Cwe => cwe::ALL,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The parts of an id, so that `MEASURE 2.10` follows `MEASURE 2.9`.
    fn numbers(id: &str) -> Vec<u32> {
        id.split(|character: char| !character.is_ascii_digit())
            .filter_map(|digits| digits.parse().ok())
            .collect()
    }

    #[test]
    fn frameworks_are_complete() {
        let counts = Framework::ALL.map(|framework| of(framework).len());
        assert_eq!(counts, [10, 10, 10, 170, 72, 29, 90]);
    }

    #[test]
    fn ids_are_unique_and_belong_to_their_framework() {
        for framework in Framework::ALL {
            let ids: BTreeSet<_> = of(framework).iter().map(|control| control.id).collect();
            assert_eq!(ids.len(), of(framework).len(), "{}", framework.as_str());
            for control in of(framework) {
                assert_eq!(control.framework, framework);
                assert!(control.url.starts_with("https://"), "{control}");
                assert!(!control.title.is_empty(), "{control}");
            }
        }
    }

    #[test]
    fn numbered_frameworks_are_sorted() {
        for framework in [Framework::OwaspLlm2025, Framework::Atlas5_6, Framework::Cwe] {
            assert!(of(framework).is_sorted_by_key(|control| numbers(control.id)));
        }
        for function in ["GOVERN", "MAP", "MEASURE", "MANAGE"] {
            let mut ids = of(Framework::NistAiRmf1_0)
                .iter()
                .map(|control| control.id)
                .filter(|id| id.starts_with(function));
            assert!(ids.by_ref().is_sorted_by_key(numbers), "{function}");
        }
    }

    #[test]
    fn constants_carry_their_edition() {
        assert_eq!(owasp_llm_2025::LLM03.to_string(), "owasp-llm-2025:LLM03");
        assert_eq!(atlas_5_6::T0010_003.id, "AML.T0010.003");
        assert_eq!(nist_ai_rmf_1_0::GOVERN_6_1.id, "GOVERN 6.1");
        assert_eq!(slsa_1_2::BUILD_L3.id, "Build L3");
        assert_eq!(cwe::CWE_502.title, "Deserialization of Untrusted Data");
    }
}
