//! The clients: where each keeps its configuration on Linux, macOS and Windows, and under which key its servers stand.
//!
//! A table of data, so that a client is one entry. Sources: the vendors' documentation and the lists that other public
//! scanners and gateways keep (Snyk agent-scan `well_known_clients.py`, ToolHive `pkg/client/config.go`, CodeGate
//! `knowledge-base`); the store package of Claude Desktop from anthropics/claude-code issue 26073. Nothing is opened here.

use serde::{Deserialize, Serialize};

use crate::facts::Surface;

/// A client: an assistant, or an editor with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Client {
    /// Claude Desktop.
    ClaudeDesktop,
    /// Claude Code.
    ClaudeCode,
    /// Cursor.
    Cursor,
    /// Visual Studio Code.
    VsCode,
    /// Visual Studio Code Insiders.
    VsCodeInsiders,
    /// VSCodium.
    VsCodium,
    /// GitHub Copilot CLI.
    CopilotCli,
    /// Cline.
    Cline,
    /// Roo Code.
    RooCode,
    /// Kilo Code.
    KiloCode,
    /// Windsurf.
    Windsurf,
    /// JetBrains AI Assistant and Junie.
    JetBrains,
    /// Visual Studio.
    VisualStudio,
    /// Gemini CLI.
    GeminiCli,
    /// Antigravity.
    Antigravity,
    /// Codex.
    Codex,
    /// Zed.
    Zed,
    /// Continue.
    Continue,
    /// Kiro.
    Kiro,
    /// OpenCode.
    OpenCode,
    /// Crush.
    Crush,
    /// Amp.
    Amp,
    /// Amazon Q Developer.
    AmazonQ,
    /// Goose.
    Goose,
    /// LM Studio.
    LmStudio,
    /// Trae.
    Trae,
    /// Factory.
    Factory,
    /// Mistral Vibe.
    MistralVibe,
    /// Qwen Code.
    QwenCode,
    /// OpenClaw.
    OpenClaw,
    /// Warp.
    Warp,
    /// Augment.
    Augment,
    /// Witsy.
    Witsy,
    /// BoltAI.
    BoltAi,
    /// Msty.
    Msty,
    /// LibreChat.
    LibreChat,
    /// Aider.
    Aider,
}

/// What a path is relative to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The home folder.
    Home,
    /// `~/.config`, `~/Library/Application Support` or `%APPDATA%`.
    Config,
    /// `%LOCALAPPDATA%`.
    LocalAppData,
    /// Nothing: it is the same for all users.
    System,
    /// The folder of a project.
    Project,
}

/// A system with paths of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// Linux and other systems that keep to the XDG folders.
    Linux,
    /// macOS.
    Mac,
    /// Windows.
    Windows,
}

/// A file in which a client keeps settings.
#[derive(Debug, Clone, Copy)]
pub struct ConfigFile {
    /// What the path is relative to.
    pub base: Base,
    /// The only system that has it; `None` for every one.
    pub os: Option<Os>,
    /// The path, with `/`.
    pub path: &'static str,
    /// What kind of file it is.
    pub surface: Surface,
    /// The key under which servers stand; empty if there are none.
    pub key: &'static str,
}

/// A client with its files.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The client.
    pub client: Client,
    /// Its name in output.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// How its telemetry is switched off, if its vendor says how.
    pub telemetry_off: &'static str,
    /// Its files.
    pub files: &'static [ConfigFile],
}

impl Client {
    /// The entry of the client.
    #[must_use]
    pub fn entry(self) -> Option<&'static Entry> {
        CLIENTS.iter().find(|entry| entry.client == self)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.entry().map_or("", |entry| entry.title)
    }

    /// Its name in output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.entry().map_or("", |entry| entry.id)
    }
}

const fn file(
    base: Base,
    os: Option<Os>,
    path: &'static str,
    surface: Surface,
    key: &'static str,
) -> ConfigFile {
    ConfigFile {
        base,
        os,
        path,
        surface,
        key,
    }
}

/// Folders below a home in which skills, plugins, commands and memories lie.
pub const HOME_FOLDERS: &[&str] = &[
    ".claude/skills",
    ".claude/commands",
    ".claude/agents",
    ".claude/plugins",
    ".copilot/skills",
    ".copilot/agents",
    ".agents/skills",
    ".codex/skills",
    ".codex/prompts",
    ".cursor/rules",
    ".cursor/skills",
    ".gemini/commands",
    ".gemini/extensions",
    ".gemini/skills",
    ".openclaw/skills",
    ".openclaw/workspace",
    ".clawdbot/skills",
    ".kiro/steering",
    ".roo/rules",
    ".continue/rules",
    ".config/opencode/skills",
    ".config/opencode/agent",
    ".config/opencode/command",
    ".factory/skills",
    ".factory/droids",
    ".codeium/windsurf/memories",
];

/// Files below a home that are put before every conversation.
pub const HOME_FILES: &[&str] = &[
    ".claude/CLAUDE.md",
    ".gemini/GEMINI.md",
    ".codex/AGENTS.md",
    ".config/opencode/AGENTS.md",
    ".config/AGENTS.md",
    ".factory/AGENTS.md",
    ".copilot/copilot-instructions.md",
];

/// Every client.
pub static CLIENTS: &[Entry] = &[
    Entry {
        client: Client::ClaudeDesktop,
        id: "claude-desktop",
        title: "Claude Desktop",
        telemetry_off: "",
        files: &[
            file(
                Base::Config,
                None,
                "Claude/claude_desktop_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::LocalAppData,
                Some(Os::Windows),
                "Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::ClaudeCode,
        id: "claude-code",
        title: "Claude Code",
        telemetry_off: "set DISABLE_TELEMETRY=1 and DISABLE_ERROR_REPORTING=1, or CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1",
        files: &[
            file(
                Base::Home,
                None,
                ".claude.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".claude/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".claude/settings.local.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".claude/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".claude/settings.local.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Linux),
                "/etc/claude-code/managed-mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Linux),
                "/etc/claude-code/managed-settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Mac),
                "/Library/Application Support/ClaudeCode/managed-mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Mac),
                "/Library/Application Support/ClaudeCode/managed-settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Windows),
                "C:/Program Files/ClaudeCode/managed-mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Windows),
                "C:/Program Files/ClaudeCode/managed-settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Cursor,
        id: "cursor",
        title: "Cursor",
        telemetry_off: "turn on Privacy Mode in the settings of Cursor",
        files: &[
            file(
                Base::Home,
                None,
                ".cursor/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".cursor/hooks.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".cursor/cli-config.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".cursor/permissions.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Config,
                None,
                "Cursor/User/settings.json",
                Surface::EditorSettings,
                "mcp.servers",
            ),
            file(
                Base::Project,
                None,
                ".cursor/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".cursor/hooks.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".cursor/cli.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".cursor/environment.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::VsCode,
        id: "vscode",
        title: "Visual Studio Code",
        telemetry_off: "set \"telemetry.telemetryLevel\": \"off\"",
        files: &[
            file(
                Base::Config,
                None,
                "Code/User/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
            file(
                Base::Config,
                None,
                "Code/User/settings.json",
                Surface::EditorSettings,
                "mcp.servers",
            ),
            file(
                Base::Config,
                None,
                "Code/User/tasks.json",
                Surface::EditorTasks,
                "",
            ),
            file(
                Base::Home,
                Some(Os::Linux),
                ".vscode-server/data/User/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
            file(
                Base::Home,
                Some(Os::Linux),
                ".vscode-server/data/Machine/settings.json",
                Surface::EditorSettings,
                "mcp.servers",
            ),
            file(
                Base::Project,
                None,
                ".vscode/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
            file(
                Base::Project,
                None,
                ".vscode/settings.json",
                Surface::EditorSettings,
                "mcp.servers",
            ),
            file(
                Base::Project,
                None,
                ".vscode/tasks.json",
                Surface::EditorTasks,
                "",
            ),
            file(
                Base::Project,
                None,
                ".vscode/launch.json",
                Surface::EditorLaunch,
                "",
            ),
            file(
                Base::Project,
                None,
                ".vscode/extensions.json",
                Surface::EditorExtensions,
                "",
            ),
        ],
    },
    Entry {
        client: Client::VsCodeInsiders,
        id: "vscode-insiders",
        title: "Visual Studio Code Insiders",
        telemetry_off: "set \"telemetry.telemetryLevel\": \"off\"",
        files: &[
            file(
                Base::Config,
                None,
                "Code - Insiders/User/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
            file(
                Base::Config,
                None,
                "Code - Insiders/User/settings.json",
                Surface::EditorSettings,
                "mcp.servers",
            ),
        ],
    },
    Entry {
        client: Client::VsCodium,
        id: "vscodium",
        title: "VSCodium",
        telemetry_off: "set \"telemetry.telemetryLevel\": \"off\"",
        files: &[
            file(
                Base::Config,
                None,
                "VSCodium/User/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
            file(
                Base::Config,
                None,
                "VSCodium/User/settings.json",
                Surface::EditorSettings,
                "mcp.servers",
            ),
        ],
    },
    Entry {
        client: Client::CopilotCli,
        id: "copilot-cli",
        title: "GitHub Copilot CLI",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".copilot/mcp-config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".copilot/config.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".github/copilot/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".github/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Cline,
        id: "cline",
        title: "Cline",
        telemetry_off: "set \"telemetry.telemetryLevel\": \"off\" in the editor, and switch telemetry off in the settings of Cline",
        files: &[
            file(
                Base::Config,
                None,
                "Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Config,
                None,
                "Cursor/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".cline/data/settings/cline_mcp_settings.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::RooCode,
        id: "roo-code",
        title: "Roo Code",
        telemetry_off: "switch telemetry off in the settings of Roo Code",
        files: &[
            file(
                Base::Config,
                None,
                "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".roo/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::KiloCode,
        id: "kilo-code",
        title: "Kilo Code",
        telemetry_off: "",
        files: &[
            file(
                Base::Config,
                None,
                "Code/User/globalStorage/kilocode.kilo-code/settings/mcp_settings.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".kilocode/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Windsurf,
        id: "windsurf",
        title: "Windsurf",
        telemetry_off: "switch telemetry off in the settings of Windsurf",
        files: &[
            file(
                Base::Home,
                None,
                ".codeium/windsurf/mcp_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".codeium/mcp_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".codeium/windsurf/hooks.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".windsurf/hooks.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".windsurf/mcp_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::JetBrains,
        id: "jetbrains",
        title: "JetBrains AI Assistant and Junie",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".junie/mcp/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".junie/mcp/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".idea/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Config,
                None,
                "github-copilot/intellij/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
        ],
    },
    Entry {
        client: Client::VisualStudio,
        id: "visual-studio",
        title: "Visual Studio",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                Some(Os::Windows),
                ".mcp.json",
                Surface::ClientServers,
                "servers",
            ),
            file(
                Base::Project,
                None,
                ".vs/mcp.json",
                Surface::ClientServers,
                "servers",
            ),
        ],
    },
    Entry {
        client: Client::GeminiCli,
        id: "gemini-cli",
        title: "Gemini CLI",
        telemetry_off: "set \"privacy\": {\"usageStatisticsEnabled\": false} and \"telemetry\": {\"enabled\": false}",
        files: &[
            file(
                Base::Home,
                None,
                ".gemini/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".gemini/hooks.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".gemini/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".gemini/hooks.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                "gemini-extension.json",
                Surface::Plugin,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Linux),
                "/etc/gemini-cli/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Mac),
                "/Library/Application Support/GeminiCli/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::System,
                Some(Os::Windows),
                "C:/ProgramData/gemini-cli/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Antigravity,
        id: "antigravity",
        title: "Antigravity",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".gemini/antigravity/mcp_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".agent/mcp_config.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Codex,
        id: "codex",
        title: "Codex",
        telemetry_off: "set [otel] log_user_prompt = false and [analytics] enabled = false",
        files: &[
            file(
                Base::Home,
                None,
                ".codex/config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
            file(
                Base::Project,
                None,
                ".codex/config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
            file(
                Base::Home,
                None,
                ".codex/hooks.json",
                Surface::ClientSettings,
                "",
            ),
            file(
                Base::Project,
                None,
                ".codex/hooks.json",
                Surface::ClientSettings,
                "",
            ),
            file(
                Base::System,
                Some(Os::Linux),
                "/etc/codex/config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
            file(
                Base::System,
                Some(Os::Linux),
                "/etc/codex/managed_config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
            file(
                Base::System,
                Some(Os::Windows),
                "C:/ProgramData/OpenAI/Codex/config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
        ],
    },
    Entry {
        client: Client::Zed,
        id: "zed",
        title: "Zed",
        telemetry_off: "set \"telemetry\": {\"diagnostics\": false, \"metrics\": false}",
        files: &[
            file(
                Base::Home,
                None,
                ".config/zed/settings.json",
                Surface::ClientSettings,
                "context_servers",
            ),
            file(
                Base::Config,
                Some(Os::Windows),
                "Zed/settings.json",
                Surface::ClientSettings,
                "context_servers",
            ),
            file(
                Base::Project,
                None,
                ".zed/settings.json",
                Surface::ClientSettings,
                "context_servers",
            ),
            file(
                Base::Project,
                None,
                ".zed/tasks.json",
                Surface::EditorTasks,
                "",
            ),
        ],
    },
    Entry {
        client: Client::Continue,
        id: "continue",
        title: "Continue",
        telemetry_off: "set \"allowAnonymousTelemetry\": false",
        files: &[
            file(
                Base::Home,
                None,
                ".continue/config.yaml",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".continue/config.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".continue/config.yaml",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".continue/config.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Kiro,
        id: "kiro",
        title: "Kiro",
        telemetry_off: "set \"telemetry.dataSharingAndPromptLogging.contentCollectionForServiceImprovement\": false",
        files: &[
            file(
                Base::Home,
                None,
                ".kiro/settings/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".kiro/settings/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::OpenCode,
        id: "opencode",
        title: "OpenCode",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".config/opencode/opencode.json",
                Surface::ClientSettings,
                "mcp",
            ),
            file(
                Base::Home,
                None,
                ".config/opencode/opencode.jsonc",
                Surface::ClientSettings,
                "mcp",
            ),
            file(
                Base::Project,
                None,
                "opencode.json",
                Surface::ClientSettings,
                "mcp",
            ),
            file(
                Base::Project,
                None,
                "opencode.jsonc",
                Surface::ClientSettings,
                "mcp",
            ),
        ],
    },
    Entry {
        client: Client::Crush,
        id: "crush",
        title: "Crush",
        telemetry_off: "set \"options\": {\"disable_metrics\": true}",
        files: &[
            file(
                Base::Home,
                None,
                ".config/crush/crush.json",
                Surface::ClientSettings,
                "mcp",
            ),
            file(
                Base::Project,
                None,
                "crush.json",
                Surface::ClientSettings,
                "mcp",
            ),
            file(
                Base::Project,
                None,
                ".crush.json",
                Surface::ClientSettings,
                "mcp",
            ),
        ],
    },
    Entry {
        client: Client::Amp,
        id: "amp",
        title: "Amp",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".config/amp/settings.json",
                Surface::ClientSettings,
                "amp.mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".amp/settings.json",
                Surface::ClientSettings,
                "amp.mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::AmazonQ,
        id: "amazon-q",
        title: "Amazon Q Developer",
        telemetry_off: "set \"telemetry.enabled\": false with `q settings`",
        files: &[
            file(
                Base::Home,
                None,
                ".aws/amazonq/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".aws/amazonq/default.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".aws/amazonq/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".amazonq/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".amazonq/default.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Goose,
        id: "goose",
        title: "Goose",
        telemetry_off: "set GOOSE_TELEMETRY_ENABLED: false",
        files: &[
            file(
                Base::Home,
                None,
                ".config/goose/config.yaml",
                Surface::ClientSettings,
                "extensions",
            ),
            file(
                Base::Config,
                Some(Os::Windows),
                "Block/goose/config/config.yaml",
                Surface::ClientSettings,
                "extensions",
            ),
        ],
    },
    Entry {
        client: Client::LmStudio,
        id: "lm-studio",
        title: "LM Studio",
        telemetry_off: "",
        files: &[file(
            Base::Home,
            None,
            ".lmstudio/mcp.json",
            Surface::ClientServers,
            "mcpServers",
        )],
    },
    Entry {
        client: Client::Trae,
        id: "trae",
        title: "Trae",
        telemetry_off: "",
        files: &[
            file(
                Base::Config,
                None,
                "Trae/User/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".trae/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Factory,
        id: "factory",
        title: "Factory",
        telemetry_off: "set \"enableDroidTelemetry\": false",
        files: &[
            file(
                Base::Home,
                None,
                ".factory/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Home,
                None,
                ".factory/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".factory/mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".factory/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::MistralVibe,
        id: "mistral-vibe",
        title: "Mistral Vibe",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".vibe/config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
            file(
                Base::Project,
                None,
                ".vibe/config.toml",
                Surface::ClientSettings,
                "mcp_servers",
            ),
        ],
    },
    Entry {
        client: Client::QwenCode,
        id: "qwen-code",
        title: "Qwen Code",
        telemetry_off: "set \"privacy\": {\"usageStatisticsEnabled\": false}",
        files: &[
            file(
                Base::Home,
                None,
                ".qwen/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".qwen/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::OpenClaw,
        id: "openclaw",
        title: "OpenClaw",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".openclaw/openclaw.json",
                Surface::ClientSettings,
                "mcp.servers",
            ),
            file(
                Base::Home,
                None,
                ".clawdbot/clawdbot.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(Base::Home, None, ".clawdbot/.env", Surface::Environment, ""),
            file(Base::Home, None, ".openclaw/.env", Surface::Environment, ""),
        ],
    },
    Entry {
        client: Client::Warp,
        id: "warp",
        title: "Warp",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".warp/.mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".warp/.mcp.json",
                Surface::ClientServers,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Augment,
        id: "augment",
        title: "Augment",
        telemetry_off: "",
        files: &[
            file(
                Base::Home,
                None,
                ".augment/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
            file(
                Base::Project,
                None,
                ".augment/settings.json",
                Surface::ClientSettings,
                "mcpServers",
            ),
        ],
    },
    Entry {
        client: Client::Witsy,
        id: "witsy",
        title: "Witsy",
        telemetry_off: "",
        files: &[file(
            Base::Config,
            None,
            "Witsy/settings.json",
            Surface::ClientSettings,
            "mcpServers",
        )],
    },
    Entry {
        client: Client::BoltAi,
        id: "boltai",
        title: "BoltAI",
        telemetry_off: "",
        files: &[file(
            Base::Home,
            Some(Os::Mac),
            ".boltai/mcp.json",
            Surface::ClientServers,
            "mcpServers",
        )],
    },
    Entry {
        client: Client::Msty,
        id: "msty",
        title: "Msty",
        telemetry_off: "",
        files: &[file(
            Base::Config,
            None,
            "MstyStudio/mcp.json",
            Surface::ClientServers,
            "mcpServers",
        )],
    },
    Entry {
        client: Client::LibreChat,
        id: "librechat",
        title: "LibreChat",
        telemetry_off: "",
        files: &[file(
            Base::Project,
            None,
            "librechat.yaml",
            Surface::ClientSettings,
            "mcpServers",
        )],
    },
    Entry {
        client: Client::Aider,
        id: "aider",
        title: "Aider",
        telemetry_off: "set analytics-disable: true",
        files: &[
            file(
                Base::Home,
                None,
                ".aider.conf.yml",
                Surface::ClientSettings,
                "",
            ),
            file(
                Base::Project,
                None,
                ".aider.conf.yml",
                Surface::ClientSettings,
                "",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_client_has_an_entry_of_its_own() {
        let ids: BTreeSet<&str> = CLIENTS.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), CLIENTS.len());
        assert!(CLIENTS.len() >= 30, "only {}", CLIENTS.len());
        for entry in CLIENTS {
            assert_eq!(entry.client.as_str(), entry.id);
            assert!(!entry.files.is_empty(), "{}", entry.id);
        }
    }
}
