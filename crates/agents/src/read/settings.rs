//! Settings of assistants: what is allowed without asking, variables that are set, telemetry.
//!
//! Switches are a table over the settings of all clients. A key that no table knows and whose name says that nothing is
//! asked any more counts as well, so that a new client is not invisible.

use chainwright_repository::document::{Node, Value};

use super::environment::overridden;
use super::{MAX_ENTRIES, lookup, place, texts};
use crate::facts::{Bundle, GrantKind, Telemetry, TelemetryState};
use crate::launch::is_whole_folder;

/// What a switch must say.
enum Says {
    True,
    False,
    One(&'static [&'static str]),
}

/// Switches by their key (dots lead inside), what they must say, and what that allows.
const SWITCHES: &[(&str, Says, GrantKind)] = &[
    (
        "permissions.defaultMode",
        Says::One(&["bypassPermissions"]),
        GrantKind::AsksNothing,
    ),
    (
        "defaultMode",
        Says::One(&["bypassPermissions"]),
        GrantKind::AsksNothing,
    ),
    (
        "permissionMode",
        Says::One(&["bypassPermissions"]),
        GrantKind::AsksNothing,
    ),
    (
        "skipDangerousModePermissionPrompt",
        Says::True,
        GrantKind::AsksNothing,
    ),
    (
        "bypassPermissionsModeAccepted",
        Says::True,
        GrantKind::AsksNothing,
    ),
    (
        "enableAllProjectMcpServers",
        Says::True,
        GrantKind::TrustsServers,
    ),
    ("chat.tools.autoApprove", Says::True, GrantKind::AsksNothing),
    (
        "chat.tools.global.autoApprove",
        Says::True,
        GrantKind::AsksNothing,
    ),
    (
        "chat.tools.terminal.autoApprove",
        Says::True,
        GrantKind::EveryCommand,
    ),
    ("chat.agent.autoApprove", Says::True, GrantKind::AsksNothing),
    (
        "claudeCode.allowDangerouslySkipPermissions",
        Says::True,
        GrantKind::AsksNothing,
    ),
    (
        "claudeCode.initialPermissionMode",
        Says::One(&["bypassPermissions"]),
        GrantKind::AsksNothing,
    ),
    ("autoAccept", Says::True, GrantKind::AsksNothing),
    ("tools.autoAccept", Says::True, GrantKind::AsksNothing),
    (
        "general.defaultApprovalMode",
        Says::One(&["yolo"]),
        GrantKind::AsksNothing,
    ),
    (
        "approval_policy",
        Says::One(&["never"]),
        GrantKind::AsksNothing,
    ),
    (
        "sandbox_mode",
        Says::One(&["danger-full-access"]),
        GrantKind::SandboxOff,
    ),
    (
        "sandbox_workspace_write.network_access",
        Says::True,
        GrantKind::EveryHost,
    ),
    (
        "security.workspace.trust.enabled",
        Says::False,
        GrantKind::TrustsFolders,
    ),
    (
        "security.folderTrust.enabled",
        Says::False,
        GrantKind::TrustsFolders,
    ),
    (
        "task.allowAutomaticTasks",
        Says::One(&["on"]),
        GrantKind::TrustsFolders,
    ),
    (
        "amp.dangerouslyAllowAll",
        Says::True,
        GrantKind::AsksNothing,
    ),
    ("GOOSE_MODE", Says::One(&["auto"]), GrantKind::AsksNothing),
    ("yes-always", Says::True, GrantKind::AsksNothing),
    (
        "agent.always_allow_tool_actions",
        Says::True,
        GrantKind::AsksNothing,
    ),
    (
        "agent.tool_permissions.default",
        Says::One(&["allow"]),
        GrantKind::AsksNothing,
    ),
    ("permission", Says::One(&["allow"]), GrantKind::AsksNothing),
    (
        "permission.*",
        Says::One(&["allow"]),
        GrantKind::AsksNothing,
    ),
    (
        "permission.bash",
        Says::One(&["allow"]),
        GrantKind::EveryCommand,
    ),
    (
        "permission.bash.*",
        Says::One(&["allow"]),
        GrantKind::EveryCommand,
    ),
    (
        "autonomyLevel",
        Says::One(&["high", "auto-high", "skip-permissions-unsafe"]),
        GrantKind::AsksNothing,
    ),
    (
        "autonomyMode",
        Says::One(&["auto-high", "skip-permissions-unsafe"]),
        GrantKind::AsksNothing,
    ),
    (
        "approvalMode",
        Says::One(&["yolo", "unrestricted", "full-auto"]),
        GrantKind::AsksNothing,
    ),
];

/// Letters of keys that say that nothing is asked any more.
const TELLING: &[&str] = &[
    "dangerouslyskip",
    "dangerouslyallow",
    "dangerouslydisable",
    "bypasspermission",
    "skippermission",
    "skipapproval",
    "autoapprove",
    "autoaccept",
    "alwaysapprove",
    "alwaysallow",
    "approveall",
    "allowall",
    "trustall",
    "yolo",
    "noconfirm",
    "unattended",
];

pub(super) fn read(root: &Node, bundle: &mut Bundle) {
    let mut known: Vec<u32> = Vec::new();
    for (key, says, kind) in SWITCHES {
        let Some(node) = lookup(root, key) else {
            continue;
        };
        let holds = match says {
            Says::True => node.is_true(),
            Says::False => matches!(node.value, Value::Bool(false)),
            Says::One(texts) => node.text().is_some_and(|text| texts.contains(&text)),
        };
        if holds {
            known.push(node.line);
            let written = format!("{key} = {}", node.scalar().unwrap_or_default());
            bundle.grant(*kind, written, node);
        }
    }
    read_telling(root, "", 0, &known, bundle);
    read_permissions(root, bundle);
    for key in [
        "env",
        "containerEnv",
        "remoteEnv",
        "shell_environment_policy.set",
        "terminal.integrated.env.linux",
        "terminal.integrated.env.osx",
        "terminal.integrated.env.windows",
        "claudeCode.environmentVariables",
        "claude-code.environmentVariables",
    ] {
        if let Some(node) = lookup(root, key) {
            read_environment(node, bundle);
        }
    }
    read_projects(root, bundle);
    read_telemetry(root, bundle);
}

/// Keys that no table knows.
fn read_telling(node: &Node, key: &str, depth: u32, known: &[u32], bundle: &mut Bundle) {
    if depth > 4
        || matches!(
            key,
            "mcpServers"
                | "servers"
                | "mcp_servers"
                | "context_servers"
                | "projects"
                | "description"
        )
    {
        return;
    }
    let letters: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(80)
        .collect();
    let letters = letters.to_ascii_lowercase();
    let is_telling = TELLING.iter().any(|word| letters.contains(word));
    let is_turned = ["disable", "prevent", "deny", "forbid", "block"]
        .iter()
        .any(|word| letters.contains(word))
        && !letters.contains("dangerouslydisable");
    let is_all = node.is_true() || matches!(node.text(), Some("*" | "all" | "always" | "true"));
    if is_telling && is_all && !is_turned && !known.contains(&node.line) {
        bundle.grant(
            GrantKind::AsksNothing,
            format!("{key} = {}", node.scalar().unwrap_or_default()),
            node,
        );
    }
    for (name, child) in node.entries().iter().take(MAX_ENTRIES) {
        read_telling(child, name, depth.saturating_add(1), known, bundle);
    }
}

/// Lists of what is allowed.
fn read_permissions(root: &Node, bundle: &mut Bundle) {
    for key in [
        "permissions.allow",
        "allowedTools",
        "allowed-tools",
        "allowed_tools",
        "tools.allowed",
        "commandAllowlist",
        "roo-cline.allowedCommands",
        "kilo-code.allowedCommands",
        "permissions.autoApprove",
    ] {
        for item in lookup(root, key)
            .map_or(&[][..], Node::items)
            .iter()
            .take(MAX_ENTRIES)
        {
            if let Some(text) = item.text() {
                let is_command = key.to_ascii_lowercase().contains("command");
                bundle.grant(kind_of(text, is_command), text, item);
            }
        }
    }
    for key in [
        "permissions.additionalDirectories",
        "additionalDirectories",
        "context.includeDirectories",
        "sandbox_workspace_write.writable_roots",
    ] {
        for item in lookup(root, key)
            .map_or(&[][..], Node::items)
            .iter()
            .take(MAX_ENTRIES)
        {
            let text = item.text().unwrap_or_default();
            let kind = if is_whole_folder(text) {
                GrantKind::EveryFile
            } else {
                GrantKind::Files
            };
            bundle.grant(kind, text, item);
        }
    }
    let terminal = lookup(root, "chat.tools.terminal.autoApprove");
    for (pattern, node) in terminal.map_or(&[][..], Node::entries) {
        let approves = node.is_true() || node.get("approve").is_some_and(Node::is_true);
        let bare = pattern
            .trim_matches('/')
            .trim_start_matches('^')
            .trim_end_matches('$');
        let is_all = matches!(bare, "" | ".*" | ".+" | ".");
        if approves && is_all {
            bundle.grant(
                GrantKind::EveryCommand,
                format!("chat.tools.terminal.autoApprove {pattern}"),
                node,
            );
        }
    }
}

/// What a permission by its text allows.
pub(super) fn kind_of(text: &str, is_command: bool) -> GrantKind {
    let text = text.trim();
    let (tool, argument) = match text.split_once('(') {
        Some((tool, rest)) => (tool, rest.trim_end_matches(')').trim()),
        None => (text, ""),
    };
    let is_any = matches!(argument, "" | "*" | ":*" | "**" | "*:*" | "* *");
    let is_root =
        is_whole_folder(argument) || matches!(argument, "//**" | "/**" | "~/**" | "//" | "**/*");
    match tool.trim() {
        "*" if is_command => GrantKind::EveryCommand,
        "*" | "mcp__*" | "mcp:*" => GrantKind::EveryTool,
        "Bash" | "Shell" | "bash" | "shell" | "run_shell_command" | "ShellTool" | "execute"
        | "Execute" | "PowerShell" | "terminal"
            if is_any =>
        {
            GrantKind::EveryCommand
        }
        "Bash" | "Shell" | "bash" | "shell" | "run_shell_command" | "PowerShell" => {
            if runs_anything(argument) {
                GrantKind::EveryCommand
            } else {
                GrantKind::Command
            }
        }
        "Read" | "Write" | "Edit" | "MultiEdit" | "NotebookEdit"
            if is_root && !argument.is_empty() =>
        {
            GrantKind::EveryFile
        }
        "Read" | "Write" | "Edit" | "MultiEdit" | "NotebookEdit" => GrantKind::Files,
        "WebFetch" if is_any || argument == "domain:*" => GrantKind::EveryHost,
        "WebFetch" => GrantKind::Host,
        _ if is_command => {
            if runs_anything(text) {
                GrantKind::EveryCommand
            } else {
                GrantKind::Command
            }
        }
        _ => GrantKind::Tool,
    }
}

/// Whether an allowed command starts a shell or an interpreter with anything that follows.
fn runs_anything(argument: &str) -> bool {
    let mut words = argument.split([' ', ':']).filter(|word| !word.is_empty());
    let (first, second) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let is_shell = matches!(
        first,
        "bash" | "sh" | "zsh" | "sudo" | "eval" | "powershell" | "pwsh" | "cmd" | "xargs"
    );
    is_shell
        && (second.is_empty() || matches!(second, "*" | "-c"))
        && (argument.contains('*') || second.is_empty())
}

/// Variables that are set for the assistant.
pub(super) fn read_environment(node: &Node, bundle: &mut Bundle) {
    for (name, value) in node.entries().iter().take(MAX_ENTRIES) {
        if let Some(text) = value.scalar() {
            overridden(name, text, place(value), bundle);
        }
    }
    for item in node.items().iter().take(MAX_ENTRIES) {
        let pair = item.text().and_then(|text| text.split_once('='));
        let named = (item.get("name"), item.get("value"));
        if let Some((name, text)) = pair {
            overridden(name, text, place(item), bundle);
        } else if let (Some(name), Some(value)) = named {
            overridden(
                name.scalar().unwrap_or_default(),
                value.scalar().unwrap_or_default(),
                place(item),
                bundle,
            );
        }
    }
}

/// Folders whose trust is settled.
fn read_projects(root: &Node, bundle: &mut Bundle) {
    for (path, project) in root.get("projects").map_or(&[][..], Node::entries) {
        let is_trusted = project.get("trust_level").and_then(Node::text) == Some("trusted");
        if is_trusted && is_whole_folder(path) {
            bundle.grant(
                GrantKind::TrustsFolders,
                format!("{path} is trusted"),
                project,
            );
        }
        for tool in project.get("allowedTools").map_or(&[][..], Node::items) {
            let text = tool.text().unwrap_or_default();
            bundle.grant(kind_of(text, false), text, tool);
        }
    }
    for key in ["mcp.allowed", "enabledMcpjsonServers"] {
        for text in lookup(root, key).map_or_else(Vec::new, texts) {
            if text == "*"
                && let Some(node) = lookup(root, key)
            {
                bundle.grant(GrantKind::TrustsServers, format!("{key} = *"), node);
            }
        }
    }
}

/// Switches of telemetry: the key, whether `true` means on, and whether prompts are part of it.
const TELEMETRY: &[(&str, bool, bool)] = &[
    ("telemetry.enabled", true, false),
    ("telemetry.logPrompts", true, true),
    ("telemetry.diagnostics", true, false),
    ("telemetry.metrics", true, false),
    ("usageStatisticsEnabled", true, false),
    ("privacy.usageStatisticsEnabled", true, false),
    ("allowAnonymousTelemetry", true, false),
    ("telemetry.enableTelemetry", true, false),
    ("telemetry.enableCrashReporter", true, false),
    ("analytics.enabled", true, false),
    ("otel.log_user_prompt", true, true),
    ("feedback.enabled", true, false),
    ("analytics-disable", false, false),
    ("analytics", true, false),
    ("options.disable_metrics", false, false),
    ("GOOSE_TELEMETRY_ENABLED", true, false),
    ("enableDroidTelemetry", true, false),
    ("redhat.telemetry.enabled", true, false),
    ("amazonQ.telemetry", true, false),
    ("kiro.telemetry.enabled", true, false),
    ("roo-cline.telemetry", true, false),
    (
        "telemetry.dataSharingAndPromptLogging.contentCollectionForServiceImprovement",
        true,
        true,
    ),
    (
        "telemetry.dataSharingAndPromptLogging.usageAnalyticsAndPerformanceMetrics",
        true,
        false,
    ),
];

fn read_telemetry(root: &Node, bundle: &mut Bundle) {
    let mut note = |setting: &str, state, has_prompts, node: &Node| {
        bundle.telemetry.push(Telemetry {
            setting: setting.to_owned(),
            state,
            has_prompts,
            place: place(node),
        });
    };
    for (key, when_on, has_prompts) in TELEMETRY {
        let Some(node) = lookup(root, key) else {
            continue;
        };
        let Value::Bool(value) = node.value else {
            continue;
        };
        let state = if value == *when_on {
            TelemetryState::On
        } else {
            TelemetryState::Off
        };
        note(key, state, *has_prompts, node);
    }
    if let Some(node) = lookup(root, "telemetry.telemetryLevel") {
        let state = match node.text() {
            Some("off") => TelemetryState::Off,
            Some("crash" | "error") => TelemetryState::Reduced,
            _ => TelemetryState::On,
        };
        note("telemetry.telemetryLevel", state, false, node);
    }
}
