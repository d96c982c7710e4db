//! The egress inventory: which assistants are configured, which models and hosts they use, what they report about
//! their use, and how that is switched off.
//!
//! It is made from configuration alone. What a vendor's program does beyond its settings, and what went over the wire, it
//! does not know: a default is called one.

use std::collections::BTreeMap;

use crate::clients::Client;
use crate::facts::{Bundle, EndpointKind, TelemetryState};
use crate::value::scheme_and_host;

/// An assistant with everything that its files say about what leaves the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assistant {
    /// The client.
    pub client: Client,
    /// The files that configure it.
    pub files: Vec<String>,
    /// The models, hosts, servers and proxies that it uses.
    pub uses: Vec<Use>,
    /// The hosts that it talks to unless it is told otherwise.
    pub default_hosts: &'static [&'static str],
    /// Whether it reports its use.
    pub telemetry: Reported,
    /// How that is switched off; empty if the vendor does not say.
    pub how_off: &'static str,
}

/// One thing outside of the machine that an assistant uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// What it is: a model, a server, a proxy, telemetry.
    pub kind: &'static str,
    /// Who runs it, or the name of the server.
    pub provider: String,
    /// The model, if one is named.
    pub model: String,
    /// The host; empty if it is the provider's own.
    pub host: String,
    /// From where the credential comes.
    pub credential: String,
    /// The file and line that say so.
    pub evidence: String,
}

/// What is known about reports of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// A setting says so.
    Set {
        /// What it says.
        state: TelemetryState,
        /// Whether prompts are part of it.
        has_prompts: bool,
        /// The setting, with file and line.
        evidence: String,
    },
    /// No setting says anything: the vendor's default counts.
    Default {
        /// What the default is.
        is_on: bool,
    },
}

/// Hosts that a client talks to by default, and whether it reports its use by default; from the vendors' documentation.
const DEFAULTS: &[(Client, &[&str], bool)] = &[
    (
        Client::ClaudeDesktop,
        &["claude.ai", "api.anthropic.com"],
        true,
    ),
    (
        Client::ClaudeCode,
        &["api.anthropic.com", "statsig.anthropic.com", "sentry.io"],
        true,
    ),
    (
        Client::Cursor,
        &["api2.cursor.sh", "api3.cursor.sh", "repo42.cursor.sh"],
        true,
    ),
    (
        Client::VsCode,
        &[
            "*.githubcopilot.com",
            "copilot-proxy.githubusercontent.com",
            "copilot-telemetry.githubusercontent.com",
            "default.exp-tas.com",
        ],
        true,
    ),
    (
        Client::VsCodeInsiders,
        &[
            "*.githubcopilot.com",
            "copilot-telemetry.githubusercontent.com",
            "default.exp-tas.com",
        ],
        true,
    ),
    (Client::VsCodium, &[], false),
    (
        Client::CopilotCli,
        &["*.githubcopilot.com", "api.github.com"],
        true,
    ),
    (Client::Cline, &["api.cline.bot", "data.cline.bot"], true),
    (Client::RooCode, &["us.i.posthog.com"], true),
    (
        Client::Windsurf,
        &["server.codeium.com", "inference.codeium.com"],
        true,
    ),
    (
        Client::GeminiCli,
        &[
            "generativelanguage.googleapis.com",
            "cloudcode-pa.googleapis.com",
            "play.googleapis.com",
        ],
        true,
    ),
    (Client::Antigravity, &["cloudcode-pa.googleapis.com"], true),
    (Client::Codex, &["api.openai.com", "chatgpt.com"], true),
    (Client::Zed, &["cloud.zed.dev", "collab.zed.dev"], true),
    (Client::Continue, &["app.posthog.com"], true),
    (Client::Kiro, &["q.us-east-1.amazonaws.com"], true),
    (Client::OpenCode, &["models.dev"], false),
    (Client::Crush, &["data.charm.land"], true),
    (Client::Amp, &["ampcode.com"], true),
    (
        Client::AmazonQ,
        &[
            "q.us-east-1.amazonaws.com",
            "codewhisperer.us-east-1.amazonaws.com",
        ],
        true,
    ),
    (Client::Goose, &[], false),
    (Client::LmStudio, &[], false),
    (Client::Factory, &["api.factory.ai"], true),
    (Client::MistralVibe, &["api.mistral.ai"], true),
    (Client::QwenCode, &["dashscope.aliyuncs.com"], true),
    (Client::Aider, &[], false),
    (Client::JetBrains, &["api.jetbrains.ai"], true),
    (Client::Trae, &["api.trae.ai"], true),
    (Client::Warp, &["app.warp.dev"], true),
    (Client::Augment, &["api.augmentcode.com"], true),
];

/// The assistants that files configure, in the order of the table of clients.
#[must_use]
pub fn inventory<'a>(files: impl IntoIterator<Item = (String, &'a Bundle)>) -> Vec<Assistant> {
    let mut found: BTreeMap<Client, Assistant> = BTreeMap::new();
    for (file, bundle) in files {
        let Some(client) = bundle.client else {
            continue;
        };
        if bundle.is_empty() {
            continue;
        }
        let assistant = found.entry(client).or_insert_with(|| empty(client));
        add(assistant, &file, bundle);
    }
    let mut all: Vec<Assistant> = found.into_values().collect();
    for assistant in &mut all {
        assistant.uses.sort();
        assistant.uses.dedup();
    }
    all
}

fn empty(client: Client) -> Assistant {
    let known = DEFAULTS.iter().find(|(known, _, _)| *known == client);
    Assistant {
        client,
        files: Vec::new(),
        uses: Vec::new(),
        default_hosts: known.map_or(&[], |(_, hosts, _)| hosts),
        telemetry: Reported::Default {
            is_on: known.is_some_and(|(_, _, is_on)| *is_on),
        },
        how_off: client.entry().map_or("", |entry| entry.telemetry_off),
    }
}

fn add(assistant: &mut Assistant, file: &str, bundle: &Bundle) {
    for endpoint in &bundle.endpoints {
        let host = endpoint
            .url
            .as_deref()
            .and_then(scheme_and_host)
            .map(|(_, host)| host);
        assistant.uses.push(Use {
            kind: endpoint.kind.as_str(),
            provider: endpoint.provider.clone().unwrap_or_default(),
            model: endpoint.model.clone().unwrap_or_default(),
            host: host.unwrap_or_default(),
            credential: match endpoint.kind {
                EndpointKind::Server => String::new(),
                EndpointKind::Model | EndpointKind::Telemetry | EndpointKind::Proxy => {
                    endpoint.credential.clone().unwrap_or_default()
                }
            },
            evidence: format!("{file}:{}", endpoint.place),
        });
    }
    for telemetry in &bundle.telemetry {
        let is_worse = match &assistant.telemetry {
            Reported::Default { .. } => true,
            Reported::Set {
                state, has_prompts, ..
            } => {
                (telemetry.state == TelemetryState::On && *state != TelemetryState::On)
                    || (telemetry.has_prompts
                        && !has_prompts
                        && telemetry.state == TelemetryState::On)
            }
        };
        // A switch for prompts that is off says nothing about the rest.
        let is_partial = telemetry.has_prompts && telemetry.state == TelemetryState::Off;
        if is_worse && !is_partial {
            assistant.telemetry = Reported::Set {
                state: telemetry.state,
                has_prompts: telemetry.has_prompts && telemetry.state == TelemetryState::On,
                evidence: format!("{} ({file}:{})", telemetry.setting, telemetry.place),
            };
        }
    }
    assistant.files.push(file.to_owned());
}
