//! A package runs commands of its own while it is installed.
//!
//! ## Why it matters
//!
//! Install scripts run with the rights of whoever installs, before anybody has looked at the package, on laptops and build machines
//! with keys at hand. Most worms of npm spread by them.
//!
//! ## What to do
//!
//! Read the commands. Switch scripts off (`npm config set ignore-scripts true`, `onlyBuiltDependencies` of pnpm) and allow the few
//! packages that need them.
//!
//! ## Limits
//!
//! That scripts exist is informative, since native modules are built by them. Commands that fetch and run, or that hide what they
//! run, are high. Scripts that the lock file only mentions are not seen; code that they start is judged where it lies.

use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status, evidence};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_llm_2025};
use chainwright_core::finding::Evidence;
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;
use chainwright_dependencies::{Script, ScriptHook};

use crate::exposures::manifests;
use crate::shared::{quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "package-runs-install-script",
    stage: Stage::Training,
    summary: "installing a package runs commands",
    severity: Severity::Info,
    remedy: "read the commands, switch install scripts off and allow the few that are needed",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_llm_2025::LLM03,
        atlas_5_6::T0010_001,
        cwe::CWE_829,
        cwe::CWE_506,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    for manifest in manifests(artifact) {
        let own = manifest
            .scripts
            .iter()
            .filter(|script| script.hook == ScriptHook::Install)
            .map(judge);
        let locked = manifest
            .packages
            .iter()
            .filter(|each| each.has_install_script)
            .map(|each| {
                let text = format!("{} has install scripts", quoted(&each.package.to_string()));
                (Severity::Info, evidence(&each.place, text))
            });
        let judged = own.chain(locked).collect();
        report_worst(judged, Confidence::High, str::to_owned, sink);
    }
}

fn judge(script: &Script) -> (Severity, Evidence) {
    let (name, command) = (quoted(&script.name), quoted(&script.command));
    let (severity, text) = match sign(&script.command) {
        Some(sign) => (
            Severity::High,
            format!("the script {name} {sign}: {command}"),
        ),
        None => (
            Severity::Info,
            format!("installing runs the script {name}: {command}"),
        ),
    };
    (severity, evidence(&script.place, text))
}

/// What honest install scripts do not do.
fn sign(command: &str) -> Option<&'static str> {
    let lower = command.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/')))
        .filter(|word| !word.is_empty())
        .collect();
    let has = |word: &str| words.contains(&word);
    let fetches = has("curl") || has("wget") || has("iwr") || has("invoke-webrequest");
    let shells = [
        "sh",
        "bash",
        "zsh",
        "/bin/sh",
        "/bin/bash",
        "python",
        "python3",
        "node",
        "iex",
    ];
    let piped =
        lower.contains('|') || lower.contains("$(") || lower.contains('`') || lower.contains("<(");
    let decodes =
        lower.contains("base64") || lower.contains("frombase64string") || lower.contains("atob(");
    let evaluates = lower.contains("eval(") || lower.contains("eval ") || lower.contains("exec(");
    let is_powershell = has("powershell") || has("pwsh") || has("powershell.exe");
    let encoded = ["-enc", "-e", "-ec", "-encodedcommand"]
        .iter()
        .any(|option| has(option));
    if fetches && piped && shells.iter().any(|shell| has(shell)) {
        Some("fetches and runs")
    } else if (decodes && (evaluates || piped)) || (is_powershell && encoded) {
        Some("hides what it runs")
    } else if lower.contains("/dev/tcp/") || (fetches && is_number_host(&lower)) {
        Some("talks to an address")
    } else {
        None
    }
}

/// Whether an address in the text is a number rather than a name.
fn is_number_host(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| {
        let host = rest
            .split(['/', ':', ' ', '"', '\''])
            .next()
            .unwrap_or_default();
        host.contains('.')
            && host.chars().all(|c| c.is_ascii_digit() || c == '.')
            && !host.starts_with("127.")
    })
}
