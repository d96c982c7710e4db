//! Which file is which: by its path, and where many things have one name, by its shape.

use serde::{Deserialize, Serialize};

use crate::clients::{Base, CLIENTS, Client};
use crate::document::Format;
use crate::facts::Surface;

/// For whom a file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// For everybody who opens the project: whoever writes to it decides.
    Project,
    /// For one user of the machine.
    User,
    /// For all users of the machine.
    Managed,
    /// For everybody who installs it.
    Shipped,
}

impl Scope {
    /// The lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::User => "user",
            Self::Managed => "managed",
            Self::Shipped => "shipped",
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recognised {
    /// The kind of file.
    pub surface: Surface,
    /// Whose it is.
    pub client: Option<Client>,
    /// For whom it counts.
    pub scope: Scope,
    /// The key under which servers stand.
    pub(crate) key: &'static str,
    pub(crate) format: Format,
}

/// What a file is, from its path below the scanned folder and its first bytes; a few thousand are enough.
#[must_use]
pub fn recognise(path: &str, head: &[u8]) -> Option<Recognised> {
    let path = path.replace('\\', "/");
    let name = path.rsplit('/').next().unwrap_or_default();
    by_client(&path)
        .or_else(|| by_name(&path, name, head))
        .or_else(|| by_shape(name, head))
}

fn format_of(name: &str) -> Format {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "toml" => Format::Toml,
        "yaml" | "yml" => Format::Yaml,
        "md" | "mdc" => Format::FrontMatter,
        "env" | "envrc" => Format::Lines,
        _ => Format::Json,
    }
}

/// Whether `path` is `tail`, or ends with it behind a `/`; letters count in either case.
fn ends_with(path: &str, tail: &str) -> bool {
    let tail = tail.trim_start_matches("C:").trim_start_matches('/');
    let Some(at) = path.len().checked_sub(tail.len()) else {
        return false;
    };
    let (Some(front), Some(end)) = (path.get(..at), path.get(at..)) else {
        return false;
    };
    end.eq_ignore_ascii_case(tail) && (front.is_empty() || front.ends_with('/'))
}

fn by_client(path: &str) -> Option<Recognised> {
    let mut best: Option<(usize, Recognised)> = None;
    for entry in CLIENTS {
        for file in entry.files {
            let is_better = best.is_none_or(|(length, _)| file.path.len() >= length);
            if !is_better || !ends_with(path, file.path) {
                continue;
            }
            let scope = match file.base {
                Base::System => Scope::Managed,
                Base::Config | Base::LocalAppData => Scope::User,
                Base::Home | Base::Project => scope_of(path, file.path, file.base),
            };
            // A file of both a home and a project is a project's unless the path says otherwise.
            let is_same = best.is_some_and(|(length, known)| {
                length == file.path.len() && known.client == Some(entry.client)
            });
            if is_same && file.base == Base::Home {
                continue;
            }
            let found = Recognised {
                surface: file.surface,
                client: Some(entry.client),
                scope,
                key: file.key,
                format: format_of(file.path),
            };
            // Two clients with one name: the first of the table, unless the later one is more exact.
            let is_tie = best.is_some_and(|(length, known)| {
                length == file.path.len() && known.client != Some(entry.client)
            });
            if !is_tie {
                best = Some((file.path.len(), found));
            }
        }
    }
    best.map(|(_, found)| found)
}

/// A home if the folder in which the file lies is one by its place.
fn scope_of(path: &str, tail: &str, base: Base) -> Scope {
    let front = path
        .len()
        .checked_sub(tail.len())
        .and_then(|at| path.get(..at));
    let front = front.unwrap_or_default().trim_end_matches('/');
    let parts: Vec<&str> = front.split('/').filter(|part| !part.is_empty()).collect();
    let is_home = match parts.as_slice() {
        ["root"] => true,
        [.., parent, _] => matches!(*parent, "home" | "Users"),
        _ => false,
    };
    match base {
        _ if is_home => Scope::User,
        Base::Home if tail.starts_with(".claude.json") || tail.contains("globalStorage") => {
            Scope::User
        }
        _ => Scope::Project,
    }
}

fn by_name(path: &str, name: &str, head: &[u8]) -> Option<Recognised> {
    use Surface as S;
    let lower = name.to_ascii_lowercase();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let parent = folder.rsplit('/').next().unwrap_or_default();
    let below = |part: &str| format!("/{folder}/").contains(&format!("/{part}/"));
    let is_markdown = lower.ends_with(".md") || lower.ends_with(".mdc");
    let found = |surface, client, format| {
        Some(Recognised {
            surface,
            client,
            scope: if below("plugins")
                || matches!(
                    surface,
                    S::EditorExtension | S::DesktopExtension | S::BrowserExtension
                ) {
                Scope::Shipped
            } else {
                Scope::Project
            },
            key: "mcpServers",
            format,
        })
    };
    let (json, front) = (Format::Json, Format::FrontMatter);
    match lower.as_str() {
        "skill.md" => return found(S::Skill, None, front),
        "claude.md" | "claude.local.md" => return found(S::Rules, Some(Client::ClaudeCode), front),
        "agents.md" | "agents.override.md" | "agent.md" | "warp.md" | "qwen.md" | "crush.md" => {
            return found(S::Rules, None, front);
        }
        "gemini.md" => return found(S::Rules, Some(Client::GeminiCli), front),
        "copilot-instructions.md" => return found(S::Rules, Some(Client::VsCode), front),
        ".cursorrules" => return found(S::Rules, Some(Client::Cursor), front),
        ".windsurfrules" => return found(S::Rules, Some(Client::Windsurf), front),
        ".clinerules" | ".roorules" | ".rules" | ".goosehints" | ".aiderrules" => {
            return found(S::Rules, None, front);
        }
        "soul.md" | "memory.md" | "identity.md" | "heartbeat.md" | "bootstrap.md"
            if has_neighbourhood(folder) =>
        {
            return found(S::Memory, Some(Client::OpenClaw), front);
        }
        "marketplace.json" if parent == ".claude-plugin" || contains(head, b"\"plugins\"") => {
            return found(S::Marketplace, Some(Client::ClaudeCode), json);
        }
        "plugin.json" if parent == ".claude-plugin" => {
            return found(S::Plugin, Some(Client::ClaudeCode), json);
        }
        "hooks.json" if parent == "hooks" => {
            return found(S::ClientSettings, Some(Client::ClaudeCode), json);
        }
        "devcontainer.json" | ".devcontainer.json" => return found(S::Devcontainer, None, json),
        ".envrc" => return found(S::Environment, None, Format::Lines),
        ".env" | ".env.local" => return found(S::Environment, None, Format::Lines),
        ".gitconfig" | ".lfsconfig" => return found(S::GitConfig, None, Format::Lines),
        // A repository inside the project: git obeys its settings as soon as somebody enters the folder.
        "config" if contains(head, b"repositoryformatversion") => {
            return found(S::GitConfig, None, Format::Lines);
        }
        "server.json"
            if contains(head, b"modelcontextprotocol")
                || contains(head, b"\"registryType\"")
                || contains(head, b"\"registry_type\"") =>
        {
            return found(S::RegistryEntry, None, json);
        }
        "ai-plugin.json" => return found(S::WebPlugin, None, json),
        "agent-card.json" | "agent.json"
            if parent == ".well-known"
                || (contains(head, b"\"skills\"") && contains(head, b"\"capabilities\"")) =>
        {
            return found(S::AgentCard, None, json);
        }
        "package.json" if contains(head, b"\"engines\"") && contains(head, b"\"vscode\"") => {
            return found(S::EditorExtension, Some(Client::VsCode), json);
        }
        "manifest.json"
            if contains(head, b"\"manifest_version\"")
                && !contains(head, b"\"dxt_version\"")
                && !contains(head, b"\"mcp_config\"")
                && !contains(head, b"\"mcpb_version\"") =>
        {
            return found(S::BrowserExtension, None, json);
        }
        "manifest.json"
            if contains(head, b"\"dxt_version\"")
                || contains(head, b"\"mcp_config\"")
                || contains(head, b"\"mcpb_version\"") =>
        {
            return found(S::DesktopExtension, Some(Client::ClaudeDesktop), json);
        }
        "settings.json" | "tasks.json" | "launch.json" if below(".devcontainer") => return None,
        _ => {}
    }
    if lower.ends_with(".code-workspace") {
        return found(S::EditorSettings, Some(Client::VsCode), json);
    }
    if lower.ends_with(".instructions.md") || lower.ends_with(".mdc") || parent == ".clinerules" {
        return found(S::Rules, None, front);
    }
    if lower.ends_with(".prompt.md") {
        return found(S::Command, Some(Client::VsCode), front);
    }
    if lower.ends_with(".agent.md") || lower.ends_with(".chatmode.md") {
        return found(S::SubAgent, Some(Client::VsCode), front);
    }
    if below("commands") && is_markdown && (below(".claude") || below("plugins") || has_front(head))
    {
        return found(S::Command, Some(Client::ClaudeCode), front);
    }
    if below(".gemini/commands") && lower.ends_with(".toml") {
        return found(S::Command, Some(Client::GeminiCli), Format::Toml);
    }
    if parent == "agents" && is_markdown && (below(".claude") || has_front(head)) {
        return found(S::SubAgent, Some(Client::ClaudeCode), front);
    }
    let rules = [
        ".windsurf/rules",
        ".roo/rules",
        ".kiro/steering",
        ".continue/rules",
        ".amazonq/rules",
        ".augment/rules",
        ".trae/rules",
        ".junie",
        ".zed/rules",
        ".claude/rules",
    ];
    if is_markdown && rules.iter().any(|rules| below(rules)) {
        return found(S::Rules, None, front);
    }
    if is_markdown && (below(".windsurf/memories") || below(".claude/agent-memory")) {
        return found(S::Memory, None, front);
    }
    None
}

/// Whether a folder is an agent's own.
fn has_neighbourhood(folder: &str) -> bool {
    [
        ".openclaw",
        ".clawdbot",
        "workspace",
        "clawd",
        "agent",
        "agents",
    ]
    .iter()
    .any(|part| folder.split('/').any(|own| own.eq_ignore_ascii_case(part)))
        || folder.is_empty()
}

/// What the shape tells: a list of servers, or the description of an interface.
fn by_shape(name: &str, head: &[u8]) -> Option<Recognised> {
    let lower = name.to_ascii_lowercase();
    let format = format_of(&lower);
    let found = |surface, key| {
        Some(Recognised {
            surface,
            client: None,
            scope: Scope::Project,
            key,
            format,
        })
    };
    let is_json =
        lower.ends_with(".json") || lower.ends_with(".jsonc") || lower.ends_with(".json5");
    let is_yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
    if is_json && contains(head, b"\"mcpServers\"") {
        return found(Surface::ClientServers, "mcpServers");
    }
    let is_named = lower.contains("mcp");
    if is_json && is_named && contains(head, b"\"servers\"") {
        return found(Surface::ClientServers, "servers");
    }
    if is_yaml && is_named && contains(head, b"mcpServers:") {
        return found(Surface::ClientServers, "mcpServers");
    }
    let is_interface = (is_json
        && (contains(head, b"\"openapi\"") || contains(head, b"\"swagger\"")))
        || (is_yaml && (contains(head, b"openapi:") || contains(head, b"swagger:")));
    if is_interface && (contains(head, b"paths") || contains(head, b"info")) {
        return found(Surface::OpenApi, "");
    }
    None
}

fn has_front(head: &[u8]) -> bool {
    head.starts_with(b"---\n") || head.starts_with(b"---\r\n")
}

fn contains(head: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(head, needle).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, head: &str) -> Option<(Surface, Option<Client>, Scope)> {
        recognise(path, head.as_bytes()).map(|found| (found.surface, found.client, found.scope))
    }

    #[test]
    fn paths_tell_the_kind_the_client_and_for_whom_it_counts() {
        use Scope::{Managed, Project, Shipped, User};
        use Surface as S;
        for (path, surface, client, scope) in [
            (
                ".mcp.json",
                S::ClientServers,
                Some(Client::ClaudeCode),
                Project,
            ),
            (
                "x/.cursor/mcp.json",
                S::ClientServers,
                Some(Client::Cursor),
                Project,
            ),
            (
                "/home/ada/.cursor/mcp.json",
                S::ClientServers,
                Some(Client::Cursor),
                User,
            ),
            (
                "/root/.codex/config.toml",
                S::ClientSettings,
                Some(Client::Codex),
                User,
            ),
            (
                "C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json",
                S::ClientServers,
                Some(Client::ClaudeDesktop),
                User,
            ),
            (
                "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
                S::ClientServers,
                Some(Client::ClaudeDesktop),
                User,
            ),
            (
                "/Users/ada/Library/Application Support/Code/User/mcp.json",
                S::ClientServers,
                Some(Client::VsCode),
                User,
            ),
            (
                "/etc/claude-code/managed-mcp.json",
                S::ClientServers,
                Some(Client::ClaudeCode),
                Managed,
            ),
            (
                "a/.claude/settings.local.json",
                S::ClientSettings,
                Some(Client::ClaudeCode),
                Project,
            ),
            (
                ".vscode/tasks.json",
                S::EditorTasks,
                Some(Client::VsCode),
                Project,
            ),
            ("skills/pdf/SKILL.md", S::Skill, None, Project),
            ("plugins/x/skills/y/SKILL.md", S::Skill, None, Shipped),
            (".cursor/rules/a.mdc", S::Rules, None, Project),
            (
                ".devcontainer/devcontainer.json",
                S::Devcontainer,
                None,
                Project,
            ),
            ("AGENTS.md", S::Rules, None, Project),
        ] {
            assert_eq!(check(path, ""), Some((surface, client, scope)), "{path}");
        }
        for path in [
            "settings.json",
            "src/mcp.rs",
            "README.md",
            "tasks.json",
            "package.json",
            "manifest.json",
            "docs/memory.md",
        ] {
            assert_eq!(check(path, "{}"), None, "{path}");
        }
    }

    #[test]
    fn shapes_tell_where_names_do_not() {
        for (path, head, surface) in [
            (
                "examples/config.json",
                "{\"mcpServers\": {}}",
                Surface::ClientServers,
            ),
            ("api.yaml", "openapi: 3.1.0\ninfo:\n", Surface::OpenApi),
            (
                "server.json",
                "{\"$schema\": \"https://static.modelcontextprotocol.io/x\"}",
                Surface::RegistryEntry,
            ),
            (
                "extension/package.json",
                "{\"engines\": {\"vscode\": \"^1\"}}",
                Surface::EditorExtension,
            ),
            (
                "manifest.json",
                "{\"manifest_version\": 3}",
                Surface::BrowserExtension,
            ),
            (
                "manifest.json",
                "{\"manifest_version\": \"0.2\", \"server\": {\"mcp_config\": {}}}",
                Surface::DesktopExtension,
            ),
        ] {
            assert_eq!(
                check(path, head).map(|found| found.0),
                Some(surface),
                "{path}"
            );
        }
    }
}
