//! What a rule is: a question with its metadata, and the sink it answers into.

use chainwright_core::control::Control;
use chainwright_core::finding::{Evidence, Finding, Fingerprint, Subject};
use chainwright_core::location::Place;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::facts::Inspected;
use crate::tree::Tree;

/// How far a rule has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not yet measured on the labelled corpus.
    Preview {
        /// The version that introduced it.
        since: &'static str,
    },
    /// Its precision and recall are recorded in `docs/accuracy.md`.
    Stable {
        /// The version that introduced it.
        since: &'static str,
    },
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// One artifact at a time.
    Artifact(fn(&Inspected, &mut Sink<'_>)),
    /// One artifact at a time, with its neighbours in the tree.
    InTree(fn(&Inspected, &Tree<'_>, &mut Sink<'_>)),
}

/// A question we ask of every supply chain.
#[derive(Debug)]
pub struct Rule {
    /// The name of the bad thing, kebab-case, equal to the file name.
    pub id: &'static str,
    /// The stage whose owner has to act.
    pub stage: Stage,
    /// One line: what was found if it fires.
    pub summary: &'static str,
    /// How bad it usually is.
    pub severity: Severity,
    /// What to do about it, one line.
    pub remedy: &'static str,
    /// How far it has come.
    pub status: Status,
    /// The entries of frameworks it speaks to.
    pub controls: &'static [Control],
    /// How it looks.
    pub check: Check,
}

/// A rule with its documentation page.
#[derive(Debug, Clone, Copy)]
pub struct RuleEntry {
    /// The rule.
    pub rule: &'static Rule,
    /// The source file whose module comment is the page.
    pub source: &'static str,
}

impl RuleEntry {
    /// The documentation page, in Markdown: the module comment without its comment marks.
    #[must_use]
    pub fn page(&self) -> String {
        let lines = self
            .source
            .lines()
            .map_while(|line| line.strip_prefix("//!"));
        lines
            .flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"])
            .collect()
    }
}

/// Takes the answers of one rule about one artifact. The sink knows the rule, so a rule cannot report under
/// another name.
#[derive(Debug)]
pub struct Sink<'a> {
    rule: &'static Rule,
    subject: &'a Subject,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Sink<'a> {
    /// A sink for `rule` about `subject`.
    pub const fn new(
        rule: &'static Rule,
        subject: &'a Subject,
        findings: &'a mut Vec<Finding>,
    ) -> Self {
        Self {
            rule,
            subject,
            findings,
        }
    }

    /// Reports with the rule's own severity.
    pub fn report(
        &mut self,
        confidence: Confidence,
        message: impl Into<String>,
        evidence: Vec<Evidence>,
    ) {
        self.report_as(self.rule.severity, confidence, message, evidence);
    }

    /// Reports with a severity that the evidence calls for.
    pub fn report_as(
        &mut self,
        severity: Severity,
        confidence: Confidence,
        message: impl Into<String>,
        mut evidence: Vec<Evidence>,
    ) {
        let message = message.into();
        if evidence.is_empty() {
            evidence.push(Evidence {
                place: Place::Whole,
                text: message.clone(),
            });
        }
        self.findings.push(Finding {
            rule: self.rule.id,
            summary: self.rule.summary,
            stage: self.rule.stage,
            subject: self.subject.clone(),
            severity,
            confidence,
            message,
            evidence,
            remedy: self.rule.remedy,
            controls: self.rule.controls,
            fingerprint: Fingerprint([0; 16]),
        });
    }
}

/// Evidence at a place.
#[must_use]
pub fn evidence(place: &Place, text: impl Into<String>) -> Evidence {
    Evidence {
        place: place.clone(),
        text: text.into(),
    }
}
