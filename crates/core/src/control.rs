//! Controls: entries of the frameworks that findings are measured against, always with their edition.

use std::fmt;

/// A framework in one edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Framework {
    /// OWASP Top 10 for LLM Applications, 2025.
    OwaspLlm2025,
    /// OWASP Top 10 for the Model Context Protocol, 2025 (beta).
    OwaspMcp2025,
    /// OWASP Top 10 for Agentic Applications, 2026.
    OwaspAgentic2026,
    /// MITRE ATLAS 5.6.0.
    Atlas5_6,
    /// NIST AI Risk Management Framework 1.0.
    NistAiRmf1_0,
    /// SLSA 1.2.
    Slsa1_2,
    /// Common Weakness Enumeration 4.
    Cwe,
}

impl Framework {
    /// Every framework, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::OwaspLlm2025,
        Self::OwaspMcp2025,
        Self::OwaspAgentic2026,
        Self::Atlas5_6,
        Self::NistAiRmf1_0,
        Self::Slsa1_2,
        Self::Cwe,
    ];

    /// The name used in flags and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwaspLlm2025 => "owasp-llm-2025",
            Self::OwaspMcp2025 => "owasp-mcp-2025",
            Self::OwaspAgentic2026 => "owasp-agentic-2026",
            Self::Atlas5_6 => "atlas-5.6",
            Self::NistAiRmf1_0 => "nist-ai-rmf-1.0",
            Self::Slsa1_2 => "slsa-1.2",
            Self::Cwe => "cwe",
        }
    }

    /// The full title with the edition.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::OwaspLlm2025 => "OWASP Top 10 for LLM Applications 2025",
            Self::OwaspMcp2025 => "OWASP MCP Top 10 2025 (beta)",
            Self::OwaspAgentic2026 => "OWASP Top 10 for Agentic Applications 2026",
            Self::Atlas5_6 => "MITRE ATLAS 5.6.0",
            Self::NistAiRmf1_0 => "NIST AI Risk Management Framework 1.0",
            Self::Slsa1_2 => "SLSA 1.2",
            Self::Cwe => "Common Weakness Enumeration",
        }
    }
}

/// An entry of a framework. Made only by the generated modules in [`crate::controls`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Control {
    /// The framework and its edition.
    pub framework: Framework,
    /// The identifier within the framework, such as `LLM03` or `AML.T0010.003`.
    pub id: &'static str,
    /// The title the framework gives it.
    pub title: &'static str,
    /// Its public page.
    pub url: &'static str,
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.framework.as_str(), self.id)
    }
}
