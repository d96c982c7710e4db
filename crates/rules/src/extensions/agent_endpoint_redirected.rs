//! A file sets where an assistant sends its requests, which code its tools load, or where it keeps its settings.
//!
//! ## Why it matters
//!
//! A base address in the settings of a project sends every prompt and the key to somebody else before the folder is
//! trusted (CVE-2026-21852). A variable that loads code or names a helper program runs with every command; a home
//! that lies in the project makes the project's settings those of the user (CVE-2025-61260).
//!
//! ## What to do
//!
//! Remove the variable from the project. Set addresses, proxies and homes in the settings of the user.
//!
//! ## Limits
//!
//! Addresses of the providers themselves, of known gateways and of the same machine are quiet. Values that are
//! filled in elsewhere cannot be judged.

use chainwright_agents::{
    Bundle, Effect, EndpointKind, Given, Surface, Variable, effect_of, is_local_host,
    registered_domain,
};
use chainwright_analysis::Inspected;
use chainwright_analysis::rule::{Check, Rule, Sink, Status};
use chainwright_core::controls::{atlas_5_6, cwe, owasp_agentic_2026, owasp_mcp_2025};
use chainwright_core::severity::{Confidence, Severity};
use chainwright_core::stage::Stage;

use crate::agent_facts::{bundles, comes_from_others, judged};
use crate::shared::{Judged, quoted, report_worst};

pub(crate) static RULE: Rule = Rule {
    id: "agent-endpoint-redirected",
    stage: Stage::Extensions,
    summary: "requests, code or settings of an assistant are redirected",
    severity: Severity::High,
    remedy: "remove the variable from the project",
    status: Status::Preview { since: "0.1.0" },
    controls: &[
        owasp_mcp_2025::MCP06,
        owasp_agentic_2026::ASI05,
        atlas_5_6::T0081,
        atlas_5_6::T0086,
        cwe::CWE_15,
        cwe::CWE_829,
    ],
    check: Check::Artifact(check),
};

fn check(artifact: &Inspected, sink: &mut Sink<'_>) {
    let mut found: Vec<Judged> = Vec::new();
    for bundle in bundles(artifact) {
        for set in &bundle.environment {
            let severity = severity(bundle, set.effect, &set.variable.value);
            found.extend(severity.map(|severity| tell(severity, set.effect, &set.variable)));
        }
        for server in bundle.servers.iter().filter(|server| !server.is_disabled) {
            for variable in &server.environment {
                let effect = effect_of(&variable.name, variable.value.shown());
                if effect == Effect::LoadedCode {
                    found.push(tell(Severity::Medium, effect, variable));
                }
            }
        }
        let is_settings = comes_from_others(bundle)
            && matches!(
                bundle.surface,
                Surface::ClientSettings | Surface::EditorSettings
            );
        for endpoint in &bundle.endpoints {
            let url = endpoint.url.as_deref().unwrap_or_default();
            let is_set = bundle
                .environment
                .iter()
                .any(|set| set.variable.place == endpoint.place);
            if is_settings && !is_set && endpoint.kind == EndpointKind::Model && is_foreign(url) {
                let text = format!("requests to a model go to {}", quoted(url));
                found.push(judged(Severity::Medium, &endpoint.place, text));
            }
        }
    }
    report_worst(found, Confidence::High, str::to_owned, sink);
}

fn tell(severity: Severity, effect: Effect, variable: &Variable) -> Judged {
    let what = match effect {
        Effect::ModelAddress => "sends requests to a model elsewhere",
        Effect::Proxy => "sends all requests through somebody",
        Effect::LoadedCode => "loads code into every program that starts",
        Effect::HelperProgram => "names a program that others start",
        Effect::AgentHome => "moves the settings of the assistant",
        Effect::Certificates => "changes whose certificates are believed",
        Effect::PackageIndex => "changes from where packages come",
        Effect::SearchPath => "puts a folder of the project before the programs of the system",
        Effect::Telemetry | Effect::Credential | Effect::Other => "is set",
    };
    let text = format!(
        "{} {what}: {}",
        quoted(&variable.name),
        quoted(variable.value.shown())
    );
    judged(severity, &variable.place, text)
}

fn severity(bundle: &Bundle, effect: Effect, value: &Given) -> Option<Severity> {
    if matches!(value, Given::Reference(text) if !text.contains("workspaceFolder") && !text.contains("PROJECT_DIR"))
        || *value == Given::Empty
    {
        return None;
    }
    let text = value.shown();
    let by_others = comes_from_others(bundle);
    let is_file = bundle.surface == Surface::Environment;
    let is_container = bundle.surface == Surface::Devcontainer;
    let is_inside = text.starts_with('.')
        || text.contains("workspaceFolder")
        || text.contains("PROJECT_DIR")
        || !text.contains(['/', '\\', ':']);
    let full = |worse, milder| Some(if by_others && !is_file { worse } else { milder });
    match effect {
        Effect::ModelAddress if !is_foreign(text) => None,
        Effect::ModelAddress => full(Severity::High, Severity::Low),
        Effect::Proxy if !is_foreign(text) || is_container => Some(Severity::Info),
        Effect::Proxy => full(Severity::Medium, Severity::Low),
        Effect::LoadedCode => full(Severity::High, Severity::Medium),
        Effect::HelperProgram if is_harmless(text) => None,
        Effect::HelperProgram => full(Severity::Medium, Severity::Low),
        Effect::AgentHome if is_inside && by_others && !is_container => Some(Severity::High),
        Effect::AgentHome => (!is_container).then_some(Severity::Low),
        Effect::Certificates if is_container => Some(Severity::Low),
        Effect::Certificates => full(Severity::Medium, Severity::Low),
        Effect::PackageIndex => full(Severity::Low, Severity::Info),
        Effect::SearchPath if is_file || is_container => None,
        Effect::SearchPath => full(Severity::Medium, Severity::Low),
        Effect::Telemetry | Effect::Credential | Effect::Other => None,
    }
}

/// Programs that show or edit text, and the one that everybody means.
fn is_harmless(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words
        .next()
        .unwrap_or_default()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    let is_plain = !text.contains([';', '|', '&', '`', '$', '>']);
    let is_reader = matches!(
        first,
        "cat"
            | "less"
            | "more"
            | "most"
            | "delta"
            | "bat"
            | "true"
            | "echo"
            | ":"
            | "vim"
            | "vi"
            | "nvim"
            | "nano"
            | "code"
            | "emacs"
            | "bash"
            | "zsh"
            | "fish"
            | "sh"
            | "pwsh"
            | "none"
            | "false"
    );
    let is_ssh = first == "ssh"
        && !text.to_ascii_lowercase().contains("proxycommand")
        && !text.contains("StrictHostKeyChecking=no");
    is_plain && ((is_reader && words.all(|word| word.starts_with('-'))) || is_ssh)
}

/// Providers of models and gateways that people choose for themselves.
const KNOWN: &[&str] = &[
    "anthropic.com",
    "openai.com",
    "chatgpt.com",
    "googleapis.com",
    "azure.com",
    "microsoft.com",
    "amazonaws.com",
    "mistral.ai",
    "groq.com",
    "openrouter.ai",
    "deepseek.com",
    "x.ai",
    "cohere.com",
    "cohere.ai",
    "together.xyz",
    "together.ai",
    "fireworks.ai",
    "perplexity.ai",
    "huggingface.co",
    "githubcopilot.com",
    "github.com",
    "aliyuncs.com",
    "moonshot.ai",
    "moonshot.cn",
    "z.ai",
    "bigmodel.cn",
    "cloudflare.com",
    "vercel.sh",
    "vercel.com",
    "cerebras.ai",
    "nvidia.com",
    "sambanova.ai",
    "ollama.com",
    "databricks.com",
    "portkey.ai",
    "helicone.ai",
    "minimax.io",
    "minimaxi.com",
    "siliconflow.cn",
    "deepinfra.com",
    "replicate.com",
    "kimi.com",
    "volces.com",
    "requesty.ai",
    "azure-api.net",
];

fn is_foreign(url: &str) -> bool {
    let Some(rest) = url.split("://").nth(1) else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    if is_local_host(host) || host.contains(['$', '{', '<']) {
        return false;
    }
    let own = registered_domain(host);
    let is_known = KNOWN
        .iter()
        .any(|known| own == *known || own.ends_with(&format!(".{known}")));
    let is_private = ["10.", "192.168."]
        .iter()
        .any(|front| host.starts_with(front))
        || [".internal", ".local", ".lan", ".corp"]
            .iter()
            .any(|end| host.ends_with(end));
    !is_known && !is_private
}
