//! Configuration of assistants: the first byte chooses the file, the rest is the text.

#![no_main]

use chainwright_agents::{read, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 20] = [
    ".mcp.json",
    ".cursor/mcp.json",
    ".claude/settings.json",
    ".codex/config.toml",
    ".continue/config.yaml",
    ".zed/settings.json",
    ".gemini/settings.json",
    ".gemini/commands/x.toml",
    "skills/x/SKILL.md",
    ".claude/commands/x.md",
    ".vscode/settings.json",
    ".vscode/tasks.json",
    ".devcontainer/devcontainer.json",
    ".envrc",
    ".gitconfig",
    ".claude-plugin/marketplace.json",
    ".claude-plugin/plugin.json",
    ".well-known/ai-plugin.json",
    ".well-known/agent-card.json",
    ".github/mcp.json",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let text = String::from_utf8_lossy(rest);
    if let Some(found) = recognise(path, rest) {
        let budget = Budget::untimed(Limits::default());
        assert_eq!(read(found, &text, &budget), read(found, &text, &budget));
    }
});
