//! Variables that change what an assistant does, wherever they are set; files of variables; settings of git.

use chainwright_core::limits::Limits;
use chainwright_core::location::Place;

use super::MAX_ENTRIES;
use crate::facts::{
    AutoCommand, Bundle, Effect, Endpoint, EndpointKind, Given, Overridden, Surface, Telemetry,
    TelemetryState, Trigger, Variable,
};
use crate::launch::judge;
use crate::value::{cut, cut_command, given};

pub(super) fn read(text: &str, bundle: &mut Bundle) {
    if bundle.surface == Surface::GitConfig {
        read_git(text, bundle);
        return;
    }
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if is_name {
            let value = value.trim().trim_matches(['"', '\'']);
            overridden(name, value, line_place(number), bundle);
        }
    }
    // `direnv` runs the whole file as a script when the folder is entered.
    if text.len() < 1_000_000 && bundle.client.is_none() {
        let behaviours = chainwright_code::inspect_shell(text, &Limits::default()).behaviours;
        if let Some(first) = behaviours.first() {
            bundle.commands.push(AutoCommand {
                trigger: Trigger::FolderOpen,
                event: ".envrc".to_owned(),
                command: cut_command(&first.evidence),
                place: first.place.clone(),
                behaviours,
            });
        }
    }
}

const fn line_place(line: u32) -> Place {
    Place::Line { line, column: 1 }
}

/// Notes a variable that is set; those without any effect that we know of are left out.
pub(super) fn overridden(name: &str, text: &str, place: Place, bundle: &mut Bundle) {
    let value = given(name, text);
    let effect = match (effect(name, text), &value) {
        (Effect::Other, Given::Secret { .. }) => Effect::Credential,
        (effect, _) => effect,
    };
    if effect == Effect::Other || bundle.environment.len() >= MAX_ENTRIES {
        return;
    }
    match effect {
        Effect::Telemetry => bundle.telemetry.push(telemetry(name, text, place.clone())),
        Effect::ModelAddress | Effect::Proxy => bundle.endpoints.push(Endpoint {
            kind: if effect == Effect::Proxy {
                EndpointKind::Proxy
            } else {
                EndpointKind::Model
            },
            provider: name.split('_').next().map(str::to_ascii_lowercase),
            model: None,
            url: Some(cut(value.shown())),
            credential: None,
            place: place.clone(),
        }),
        _ => {}
    }
    bundle.environment.push(Overridden {
        variable: Variable {
            name: cut(name),
            value,
            place,
        },
        effect,
    });
}

/// A switch of telemetry that is a variable. The vendor's `DISABLE_…` count as set whatever they are set to.
fn telemetry(name: &str, text: &str, place: Place) -> Telemetry {
    let says_no = matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "0" | "false" | "off" | "none" | "no"
    );
    let is_off = name.starts_with("DISABLE_")
        || name.contains("DISABLE_NONESSENTIAL")
        || name == "DO_NOT_TRACK"
        || says_no;
    Telemetry {
        setting: name.to_owned(),
        state: if is_off {
            TelemetryState::Off
        } else {
            TelemetryState::On
        },
        has_prompts: name.contains("PROMPT"),
        place,
    }
}

/// What setting a variable changes.
#[must_use]
pub fn effect(name: &str, value: &str) -> Effect {
    let upper = name.to_ascii_uppercase();
    let loads = || {
        [
            "--require",
            "-r ",
            "--import",
            "--loader",
            "--experimental-loader",
            "--inspect",
            "--eval",
            "-e ",
        ]
        .iter()
        .any(|flag| value.contains(flag))
    };
    match upper.as_str() {
        "HTTP_PROXY" | "HTTPS_PROXY" | "ALL_PROXY" => Effect::Proxy,
        "NODE_OPTIONS" => {
            if loads() {
                Effect::LoadedCode
            } else {
                Effect::Other
            }
        }
        "LD_PRELOAD"
        | "LD_AUDIT"
        | "DYLD_INSERT_LIBRARIES"
        | "PYTHONSTARTUP"
        | "PYTHONHOME"
        | "BASH_ENV"
        | "ENV"
        | "PROMPT_COMMAND"
        | "PERL5OPT"
        | "PERL5LIB"
        | "RUBYOPT"
        | "RUBYLIB"
        | "JAVA_TOOL_OPTIONS"
        | "_JAVA_OPTIONS"
        | "NODE_PATH"
        | "BUN_OPTIONS"
        | "ZDOTDIR"
        | "PYTHONBREAKPOINT"
        | "NODE_REPL_EXTERNAL_MODULE" => Effect::LoadedCode,
        "GIT_SSH_COMMAND"
        | "GIT_SSH"
        | "GIT_ASKPASS"
        | "SSH_ASKPASS"
        | "GIT_EXTERNAL_DIFF"
        | "GIT_PAGER"
        | "GIT_EDITOR"
        | "GIT_PROXY_COMMAND"
        | "GIT_SEQUENCE_EDITOR"
        | "PAGER"
        | "MANPAGER"
        | "LESSOPEN"
        | "BROWSER"
        | "SHELL"
        | "COMSPEC"
        | "GIT_CONFIG_GLOBAL"
        | "GIT_TEMPLATE_DIR" => Effect::HelperProgram,
        "CODEX_HOME"
        | "CLAUDE_CONFIG_DIR"
        | "GEMINI_CONFIG_DIR"
        | "GEMINI_CLI_HOME"
        | "CURSOR_CONFIG_DIR"
        | "OPENCODE_CONFIG"
        | "OPENCODE_CONFIG_DIR"
        | "COPILOT_HOME"
        | "GOOSE_CONFIG_DIR"
        | "XDG_CONFIG_HOME"
        | "OPENCLAW_HOME"
        | "GEMINI_CLI_SYSTEM_SETTINGS_PATH" => Effect::AgentHome,
        "NODE_TLS_REJECT_UNAUTHORIZED" => {
            if value == "0" {
                Effect::Certificates
            } else {
                Effect::Other
            }
        }
        "PYTHONHTTPSVERIFY" => {
            if value == "0" {
                Effect::Certificates
            } else {
                Effect::Other
            }
        }
        "NODE_EXTRA_CA_CERTS"
        | "SSL_CERT_FILE"
        | "REQUESTS_CA_BUNDLE"
        | "CURL_CA_BUNDLE"
        | "GIT_SSL_NO_VERIFY"
        | "GIT_SSL_CAINFO" => Effect::Certificates,
        "PIP_INDEX_URL"
        | "PIP_EXTRA_INDEX_URL"
        | "UV_INDEX_URL"
        | "UV_EXTRA_INDEX_URL"
        | "UV_DEFAULT_INDEX"
        | "NPM_CONFIG_REGISTRY"
        | "YARN_NPM_REGISTRY_SERVER"
        | "GOPROXY"
        | "GOFLAGS" => Effect::PackageIndex,
        "DISABLE_TELEMETRY"
        | "DISABLE_ERROR_REPORTING"
        | "DISABLE_BUG_COMMAND"
        | "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"
        | "CLAUDE_CODE_ENABLE_TELEMETRY"
        | "OTEL_LOG_USER_PROMPTS"
        | "DO_NOT_TRACK"
        | "GEMINI_TELEMETRY_ENABLED"
        | "GEMINI_TELEMETRY_LOG_PROMPTS"
        | "AIDER_ANALYTICS"
        | "GOOSE_TELEMETRY_ENABLED"
        | "CLINE_TELEMETRY_ENABLED" => Effect::Telemetry,
        "PATH" => {
            if is_foreign_path(value) {
                Effect::SearchPath
            } else {
                Effect::Other
            }
        }
        _ if is_model_address(&upper) => Effect::ModelAddress,
        _ => Effect::Other,
    }
}

/// Whether the first folder of a search path lies in the project.
fn is_foreign_path(value: &str) -> bool {
    let first = value.split([':', ';']).next().unwrap_or_default();
    first.starts_with('.')
        || first.contains("workspaceFolder")
        || first.contains("CLAUDE_PROJECT_DIR")
        || first.starts_with("/tmp")
}

/// Providers of models, as their variables begin.
const PROVIDERS: &[&str] = &[
    "ANTHROPIC",
    "OPENAI",
    "AZURE_OPENAI",
    "GEMINI",
    "GOOGLE_GEMINI",
    "GOOGLE_VERTEX",
    "VERTEX",
    "MISTRAL",
    "GROQ",
    "OPENROUTER",
    "DEEPSEEK",
    "OLLAMA",
    "CODEX",
    "COPILOT",
    "GITHUB_COPILOT",
    "XAI",
    "COHERE",
    "TOGETHER",
    "FIREWORKS",
    "BEDROCK",
    "AWS_BEDROCK",
    "LITELLM",
    "LLM",
    "DASHSCOPE",
    "CURSOR",
    "CLAUDE",
    "CLAUDE_CODE",
    "PERPLEXITY",
    "HUGGINGFACE",
    "HF",
    "AI_GATEWAY",
    "MOONSHOT",
    "QWEN",
    "ANTHROPIC_BEDROCK",
    "ANTHROPIC_VERTEX",
];

/// Whether a variable says where requests to a model go.
fn is_model_address(upper: &str) -> bool {
    [
        "_BASE_URL",
        "_API_BASE",
        "_API_URL",
        "_API_HOST",
        "_ENDPOINT",
        "_API_ENDPOINT",
        "_API_BASE_URL",
        "_HOST",
        "_PROXY_URL",
    ]
    .iter()
    .filter_map(|ending| upper.strip_suffix(ending))
    .any(|provider| PROVIDERS.contains(&provider))
}

/// Keys of git's settings whose value is a command, with the section that holds them.
const GIT_COMMANDS: &[(&str, &str)] = &[
    ("core", "fsmonitor"),
    ("core", "sshcommand"),
    ("core", "editor"),
    ("core", "pager"),
    ("core", "askpass"),
    ("core", "hookspath"),
    ("core", "gitproxy"),
    ("credential", "helper"),
    ("filter", "clean"),
    ("filter", "smudge"),
    ("filter", "process"),
    ("diff", "textconv"),
    ("diff", "command"),
    ("diff", "external"),
    ("merge", "driver"),
    ("gpg", "program"),
    ("uploadpack", "packobjectshook"),
    ("sequence", "editor"),
    ("sendemail", "sendmailcmd"),
];

fn read_git(text: &str, bundle: &mut Bundle) {
    let mut section = String::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        let line = line.trim();
        if let Some(head) = line.strip_prefix('[') {
            let name = head.split([']', ' ', '.', '"']).next().unwrap_or_default();
            section = name.to_ascii_lowercase();
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        let is_command = GIT_COMMANDS.contains(&(section.as_str(), key.as_str()))
            && !matches!(value, "true" | "false" | "");
        let is_alias = section == "alias" && value.starts_with('!');
        // A helper by its bare name is one of git's own; the large files of git come with filters of one name.
        let is_usual = (section == "credential" && !value.starts_with(['!', '/', '.']))
            || value.starts_with("git-lfs")
            || value.starts_with("git lfs");
        if (is_command && !is_usual) || (is_alias && bundle.commands.len() < 50) {
            let place = line_place(number);
            let command = value.trim_matches('"').trim_start_matches('!');
            bundle.commands.push(AutoCommand {
                trigger: if is_alias {
                    Trigger::Called
                } else {
                    Trigger::Git
                },
                event: format!("{section}.{key}"),
                behaviours: judge(command, &place),
                command: cut_command(command),
                place,
            });
        }
    }
}
