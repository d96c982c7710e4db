//! `chainwright rules list|explain|coverage`.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::anyhow;
use chainwright_analysis::{RuleEntry, Status};
use chainwright_core::control::Framework;
use chainwright_core::controls;
use chainwright_core::stage::Stage;
use clap::Subcommand;

use crate::output;

/// List and explain rules, and show what they cover.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Every rule, a line each.
    List {
        /// Only the rules of this stage.
        #[arg(long)]
        stage: Option<Stage>,
    },
    /// The page of one rule: what it finds, why it matters, what to do.
    Explain {
        /// The name of the rule.
        rule: String,
    },
    /// Every control of a framework: covered by which rules, or a gap.
    Coverage {
        /// owasp-llm-2025, owasp-mcp-2025, owasp-agentic-2026, atlas-5.6, nist-ai-rmf-1.0, slsa-1.2 or cwe.
        framework: String,
    },
}

pub(crate) fn run(arguments: &Arguments, rules: &'static [RuleEntry]) -> anyhow::Result<ExitCode> {
    let text = match &arguments.question {
        Question::List { stage } => list(rules, *stage),
        Question::Explain { rule } => explain(rules, rule)?,
        Question::Coverage { framework } => coverage(rules, framework)?,
    };
    output::to_stdout(&|out| out.write_all(text.as_bytes()))?;
    Ok(ExitCode::SUCCESS)
}

fn list(rules: &[RuleEntry], stage: Option<Stage>) -> String {
    let mut text = String::new();
    for wanted in Stage::ALL
        .into_iter()
        .filter(|each| stage.is_none_or(|only| only == *each))
    {
        let of_stage: Vec<_> = rules
            .iter()
            .filter(|entry| entry.rule.stage == wanted)
            .collect();
        if of_stage.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{wanted}");
        for entry in of_stage {
            let rule = entry.rule;
            let preview = if matches!(rule.status, Status::Preview { .. }) {
                " (preview)"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "  {:<8} {:<34} {}{preview}",
                rule.severity, rule.id, rule.summary
            );
        }
    }
    text
}

fn explain(rules: &[RuleEntry], name: &str) -> anyhow::Result<String> {
    let entry = rules
        .iter()
        .find(|entry| entry.rule.id == name)
        .ok_or_else(|| {
            anyhow!("there is no rule `{name}`; `chainwright rules list` shows all of them")
        })?;
    let rule = entry.rule;
    let controls: Vec<String> = rule.controls.iter().map(ToString::to_string).collect();
    let status = match rule.status {
        Status::Preview { since } => format!("preview since {since}"),
        Status::Stable { since } => format!("stable since {since}"),
    };
    Ok(format!(
        "# {}\n\nstage {}, severity {}, {status}\ncontrols: {}\n\n{}",
        rule.id,
        rule.stage,
        rule.severity,
        controls.join(", "),
        entry.page()
    ))
}

fn coverage(rules: &[RuleEntry], name: &str) -> anyhow::Result<String> {
    let known: Vec<&str> = Framework::ALL.into_iter().map(Framework::as_str).collect();
    let framework = Framework::ALL
        .into_iter()
        .find(|framework| framework.as_str() == name)
        .ok_or_else(|| {
            anyhow!(
                "there is no framework `{name}`; known are {}",
                known.join(", ")
            )
        })?;
    let mut text = format!("{}\n\n", framework.title());
    let mut covered = 0;
    let all = controls::of(framework);
    for control in all {
        let by: Vec<&str> = rules
            .iter()
            .filter(|entry| entry.rule.controls.contains(control))
            .map(|entry| entry.rule.id)
            .collect();
        covered += usize::from(!by.is_empty());
        let shown = if by.is_empty() {
            "gap".to_owned()
        } else {
            by.join(", ")
        };
        let _ = writeln!(
            text,
            "{:<16} {}\n{:<16}   {shown}",
            control.id, control.title, ""
        );
    }
    let _ = writeln!(
        text,
        "\n{covered} of {} controls are covered by at least one rule",
        all.len()
    );
    Ok(text)
}
