//! What a renderer is given.

use chainwright_core::control::Control;
use chainwright_core::scan::Scan;
use chainwright_core::severity::Severity;
use chainwright_core::stage::Stage;

/// What reports say about a rule beyond its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDescription {
    /// The rule's name.
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The stage whose owner acts on its findings.
    pub stage: Stage,
    /// How bad its findings are by default.
    pub severity: Severity,
    /// The documentation page, in Markdown.
    pub page: &'static str,
    /// Where the page can be read.
    pub help_uri: String,
    /// The entries of frameworks it speaks to.
    pub controls: &'static [Control],
}

/// One scan and what is known around it.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The result to translate.
    pub scan: &'a Scan,
    /// The rules that ran; findings of rules that are missing here are reported all the same.
    pub rules: &'a [RuleDescription],
    /// The version of chainwright.
    pub tool_version: &'a str,
    /// When the run ended (RFC 3339), as told by the caller; left out of the report if absent.
    pub finished_at: Option<String>,
}

/// How text for people is laid out. Only [`crate::Format::Human`] looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Colours and bold type by ANSI escape sequences.
    pub colour: bool,
    /// Columns of the terminal; taken as 40 to 200.
    pub width: usize,
    /// Everything in full: each finding by itself, info findings, all evidence.
    pub verbose: bool,
    /// Symbols and lines beyond ASCII; without it the output is pure ASCII.
    pub unicode: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            colour: false,
            width: 100,
            verbose: false,
            unicode: true,
        }
    }
}
