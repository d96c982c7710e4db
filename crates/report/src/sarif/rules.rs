//! The rules and the frameworks they speak to.

use std::collections::BTreeMap;

use chainwright_core::control::{Control, Framework};
use chainwright_core::finding::Finding;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use serde_json::{Value, json};

use super::HOME;
use crate::context::Context;

/// GitHub shows ten tags of a rule and refuses files with more than twenty.
const TAGS: usize = 10;

/// What is said of one rule.
#[derive(Debug)]
struct Rule<'a> {
    id: &'static str,
    summary: &'static str,
    stage: Stage,
    page: &'a str,
    help_uri: Option<&'a str>,
    controls: &'static [Control],
    /// The worst severity in this run, or the rule's own where it found nothing. GitHub knows severities of
    /// rules only, not of results.
    severity: Severity,
    /// The weakest confidence in this run.
    confidence: Option<Confidence>,
}

/// The rules of a run in a fixed order: as described by the caller, then those only findings know.
#[derive(Debug)]
pub(super) struct Rules<'a> {
    rules: Vec<Rule<'a>>,
    positions: BTreeMap<&'static str, usize>,
    frameworks: Vec<(Framework, Vec<Control>)>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(context: &'a Context<'_>) -> Self {
        let mut table = Self {
            rules: Vec::new(),
            positions: BTreeMap::new(),
            frameworks: Vec::new(),
        };
        for rule in context.rules {
            table.add(Rule {
                id: rule.id,
                summary: rule.summary,
                stage: rule.stage,
                page: rule.page,
                help_uri: Some(&rule.help_uri),
                controls: rule.controls,
                severity: rule.severity,
                confidence: None,
            });
        }
        for finding in &context.scan.findings {
            table.add(Rule {
                id: finding.rule,
                summary: finding.summary,
                stage: finding.stage,
                page: finding.remedy,
                help_uri: None,
                controls: finding.controls,
                severity: finding.severity,
                confidence: None,
            });
            table.heed(finding);
        }
        table.frameworks = frameworks(&table.rules);
        table
    }

    fn add(&mut self, rule: Rule<'a>) {
        if let std::collections::btree_map::Entry::Vacant(free) = self.positions.entry(rule.id) {
            free.insert(self.rules.len());
            self.rules.push(rule);
        }
    }

    /// Takes over severity and confidence of a finding.
    fn heed(&mut self, finding: &Finding) {
        let Some(rule) = self
            .positions
            .get(finding.rule)
            .and_then(|position| self.rules.get_mut(*position))
        else {
            return;
        };
        let first = rule.confidence.is_none();
        rule.severity = if first {
            finding.severity
        } else {
            rule.severity.max(finding.severity)
        };
        rule.confidence = Some(rule.confidence.map_or(finding.confidence, |confidence| {
            confidence.min(finding.confidence)
        }));
    }

    /// The position of a rule in `tool.driver.rules`.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// The tool component with all rules.
    pub(super) fn driver(&self, context: &Context<'_>) -> Value {
        let supported: Vec<Value> = self
            .frameworks
            .iter()
            .enumerate()
            .map(|(index, (framework, _))| json!({ "name": framework.title(), "index": index }))
            .collect();
        json!({
            "name": "chainwright",
            "version": context.tool_version,
            "informationUri": HOME,
            "rules": self.rules.iter().map(|rule| self.descriptor(rule)).collect::<Vec<_>>(),
            "supportedTaxonomies": supported,
        })
    }

    /// The frameworks with the controls that rules name.
    pub(super) fn taxonomies(&self) -> Vec<Value> {
        self.frameworks
            .iter()
            .map(|(framework, controls)| {
                let taxa: Vec<Value> = controls.iter().map(taxon).collect();
                json!({ "name": framework.title(), "isComprehensive": false, "taxa": taxa })
            })
            .collect()
    }

    fn descriptor(&self, rule: &Rule<'_>) -> Value {
        let sentence = sentence(rule.summary);
        let mut descriptor = json!({
            "id": rule.id,
            "name": pascal_case(rule.id),
            "shortDescription": { "text": sentence },
            "fullDescription": { "text": sentence },
            "help": { "text": rule.page, "markdown": rule.page },
            "defaultConfiguration": { "level": level(rule.severity) },
            "relationships": self.relationships(rule),
            "properties": {
                "tags": tags(rule),
                "precision": precision(rule.confidence),
                "security-severity": security_severity(rule.severity),
                "stage": rule.stage.as_str(),
            },
        });
        if let (Some(fields), Some(uri)) = (descriptor.as_object_mut(), rule.help_uri) {
            fields.insert("helpUri".to_owned(), json!(uri));
        }
        descriptor
    }

    fn relationships(&self, rule: &Rule<'_>) -> Vec<Value> {
        let mut relationships = Vec::new();
        for control in rule.controls {
            for (index, (framework, taxa)) in self.frameworks.iter().enumerate() {
                let Some(taxon) = taxa.iter().position(|taxon| taxon == control) else {
                    continue;
                };
                relationships.push(json!({
                    "target": {
                        "id": control.id,
                        "index": taxon,
                        "toolComponent": { "name": framework.title(), "index": index },
                    },
                    "kinds": ["relevant"],
                }));
            }
        }
        relationships
    }
}

fn frameworks(rules: &[Rule<'_>]) -> Vec<(Framework, Vec<Control>)> {
    let mut named: BTreeMap<Framework, Vec<Control>> = BTreeMap::new();
    for control in rules.iter().flat_map(|rule| rule.controls) {
        named.entry(control.framework).or_default().push(*control);
    }
    for controls in named.values_mut() {
        controls.sort_unstable();
        controls.dedup();
    }
    named.into_iter().collect()
}

fn taxon(control: &Control) -> Value {
    json!({
        "id": control.id,
        "name": control.title,
        "shortDescription": { "text": control.title },
        "helpUri": control.url,
    })
}

/// `security` makes GitHub read `security-severity`; `external/cwe/…` is the form it shows as a CWE.
fn tags(rule: &Rule<'_>) -> Vec<String> {
    let mut tags = vec![
        "security".to_owned(),
        "supply-chain".to_owned(),
        rule.stage.as_str().to_owned(),
    ];
    let controls = rule.controls.iter().map(|control| match control.framework {
        Framework::Cwe => format!("external/cwe/{}", control.id.to_ascii_lowercase()),
        _ => control.to_string(),
    });
    tags.extend(controls);
    tags.dedup();
    tags.truncate(TAGS);
    tags
}

/// GitHub's scale: over 9.0 critical, 7.0 to 8.9 high, 4.0 to 6.9 medium, 0.1 to 3.9 low.
pub(super) const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}

/// The three levels of SARIF.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

const fn precision(confidence: Option<Confidence>) -> &'static str {
    match confidence {
        Some(Confidence::High) => "very-high",
        None | Some(Confidence::Medium) => "high",
        Some(Confidence::Low) => "medium",
    }
}

fn sentence(summary: &str) -> String {
    let mut characters = summary.chars();
    let first: String = characters
        .next()
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default();
    format!("{first}{}.", characters.as_str().trim_end_matches('.'))
}

fn pascal_case(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut characters = word.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(characters)
        })
        .collect()
}
