//! Commands that assistants run by themselves: hooks, helpers, status lines, notifications.

use chainwright_repository::document::Node;

use super::{MAX_ENTRIES, command_text, lookup, place, text_of, texts};
use crate::facts::{AutoCommand, Bundle, Trigger};
use crate::launch::judge;
use crate::value::{cut, cut_command};

/// Keys whose value is a command.
const HELPERS: &[(&str, Trigger)] = &[
    ("apiKeyHelper", Trigger::Helper),
    ("awsAuthRefresh", Trigger::Helper),
    ("awsCredentialExport", Trigger::Helper),
    ("gcpAuthRefresh", Trigger::Helper),
    ("otelHeadersHelper", Trigger::Helper),
    ("headersHelper", Trigger::Helper),
    ("statusLine.command", Trigger::Helper),
    ("subagentStatusLine.command", Trigger::Helper),
    ("fileSuggestion.command", Trigger::Helper),
    ("notify", Trigger::Stop),
    ("toolDiscoveryCommand", Trigger::Session),
    ("toolCallCommand", Trigger::ToolUse),
    ("tools.discoveryCommand", Trigger::Session),
    ("tools.callCommand", Trigger::ToolUse),
    ("install", Trigger::FolderOpen),
    ("start", Trigger::FolderOpen),
    ("notifications-command", Trigger::Stop),
    ("experimental.hook", Trigger::ToolUse),
];

pub(super) fn read(root: &Node, bundle: &mut Bundle) {
    for (key, trigger) in HELPERS {
        let is_environment = matches!(*key, "install" | "start");
        if is_environment && bundle.client != Some(crate::clients::Client::Cursor) {
            continue;
        }
        let Some(node) = lookup(root, key).filter(|node| !node.is_map()) else {
            continue;
        };
        let command = command_text(node);
        if !command.is_empty() {
            add(bundle, *trigger, key, &command, node);
        }
    }
    if let Some(hooks) = root.get("hooks") {
        read_events(hooks, bundle);
    } else if root
        .entries()
        .iter()
        .any(|(name, node)| is_event(name) && !node.items().is_empty())
    {
        read_events(root, bundle);
    }
}

/// Names that only events have.
fn is_event(name: &str) -> bool {
    trigger(name).is_some() && name.chars().any(char::is_uppercase)
}

/// Events with lists of hooks; a hook is a command, or a matcher with a list of commands.
fn read_events(hooks: &Node, bundle: &mut Bundle) {
    for (event, list) in hooks.entries().iter().take(MAX_ENTRIES) {
        let own = trigger(event).unwrap_or(Trigger::ToolUse);
        read_hook(list, own, event, 0, bundle);
    }
    for item in hooks.items().iter().take(MAX_ENTRIES) {
        let event = text_of(item, &["event", "name", "on"]).unwrap_or_default();
        read_hook(
            item,
            trigger(event).unwrap_or(Trigger::ToolUse),
            event,
            0,
            bundle,
        );
    }
}

fn read_hook(node: &Node, own: Trigger, event: &str, depth: u32, bundle: &mut Bundle) {
    if depth > 4 || bundle.commands.len() >= MAX_ENTRIES {
        return;
    }
    if let Some(text) = node.text() {
        add(bundle, own, event, text, node);
    }
    for key in ["command", "bash", "powershell", "windows", "linux", "osx"] {
        if let Some(found) = node.get(key) {
            let command = command_text(found);
            let arguments = node.get("args").map_or_else(Vec::new, texts).join(" ");
            let whole = format!("{command} {arguments}");
            if !command.is_empty() {
                add(bundle, own, event, whole.trim_end(), found);
            }
        }
    }
    if let Some(inner) = node.get("hooks") {
        read_hook(inner, own, event, depth.saturating_add(1), bundle);
    }
    for item in node.items().iter().take(MAX_ENTRIES) {
        read_hook(item, own, event, depth.saturating_add(1), bundle);
    }
}

/// When an event happens, in the words of all clients.
fn trigger(event: &str) -> Option<Trigger> {
    let letters: String = event.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| letters.contains(word));
    if has(&[
        "session",
        "setup",
        "startup",
        "worktree",
        "instructionsloaded",
        "configchange",
    ]) {
        Some(Trigger::Session)
    } else if has(&["prompt", "beforemodel", "aftermodel"]) {
        Some(Trigger::Prompt)
    } else if has(&[
        "tool",
        "shell",
        "mcpexecution",
        "readfile",
        "fileedit",
        "precommand",
        "postcommand",
        "preread",
        "prewrite",
        "postwrite",
        "permissionrequest",
        "precompact",
        "readcode",
        "writecode",
        "runcommand",
    ]) {
        Some(Trigger::ToolUse)
    } else if has(&[
        "stop",
        "notification",
        "idle",
        "afteragent",
        "agentresponse",
        "taskcompleted",
    ]) {
        Some(Trigger::Stop)
    } else {
        None
    }
}

/// Notes a command that runs by itself.
pub(super) fn add(bundle: &mut Bundle, trigger: Trigger, event: &str, command: &str, node: &Node) {
    if bundle.commands.len() >= MAX_ENTRIES {
        return;
    }
    let place = place(node);
    bundle.commands.push(AutoCommand {
        trigger,
        event: cut(event),
        behaviours: judge(command, &place),
        command: cut_command(command),
        place,
    });
}
