//! Skills, commands, sub-agents, rules and memories: what their heads declare, and commands that their text runs when it
//! is called.
//!
//! The prose itself is not judged here.

use chainwright_core::location::Place;
use chainwright_repository::document::Node;

use super::{first_of, hooks, place, servers, text_of};
use crate::facts::{AutoCommand, Bundle, IdentityKind, Surface, Tool, ToolKind, Trigger};
use crate::launch::judge;
use crate::read::settings::kind_of;
use crate::value::{cut, cut_command};

/// LIMIT: commands that one text runs.
const MAX_COMMANDS: usize = 200;

pub(super) fn read(head: &Node, text: &str, bundle: &mut Bundle) {
    bundle.title(head, &["name"]);
    bundle.identify(
        IdentityKind::Author,
        first_of(head, &["author", "metadata"]),
    );
    bundle.identify(IdentityKind::Licence, head.get("license"));
    bundle.identify(IdentityKind::Homepage, head.get("homepage"));
    let kind = match bundle.surface {
        Surface::Skill => Some(ToolKind::Skill),
        Surface::Command => Some(ToolKind::Command),
        Surface::SubAgent => Some(ToolKind::Agent),
        _ => None,
    };
    if let (Some(kind), Some(name)) = (kind, bundle.name.clone()) {
        bundle.tools.push(Tool {
            kind,
            name,
            method: None,
            is_destructive: false,
            described_at: head.get("description").map(place),
            place: head.get("name").map_or(Place::Whole, place),
        });
    }
    for key in ["allowed-tools", "allowed_tools", "tools"] {
        let Some(node) = head.get(key) else { continue };
        for tool in list_of_tools(node) {
            bundle.grant(kind_of(&tool, false), tool, node);
        }
    }
    if text_of(head, &["permissionMode"]) == Some("bypassPermissions")
        && let Some(node) = head.get("permissionMode")
    {
        bundle.grant(
            crate::facts::GrantKind::AsksNothing,
            "permissionMode = bypassPermissions",
            node,
        );
    }
    hooks::read(head, bundle);
    if let Some(list) = head.get("mcpServers") {
        servers::read_list(list, bundle);
    }
    if bundle.surface == Surface::Command || bundle.surface == Surface::Skill {
        read_inline(text, bundle);
    }
}

/// Tools in a list, or in one text with commas; commas inside parentheses do not part.
fn list_of_tools(node: &Node) -> Vec<String> {
    let Some(text) = node.text() else {
        return node
            .items()
            .iter()
            .filter_map(Node::text)
            .map(str::to_owned)
            .collect();
    };
    let mut tools = vec![String::new()];
    let mut depth = 0_i32;
    for next in text.chars().take(20_000) {
        match next {
            '(' => depth = depth.saturating_add(1),
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth <= 0 && (next == ',' || next == ' ') {
            tools.push(String::new());
        } else if let Some(last) = tools.last_mut() {
            last.push(next);
        }
    }
    tools.retain(|tool| !tool.trim().is_empty());
    tools
}

/// `` !`command` ``: run before the text is handed to the model.
fn read_inline(text: &str, bundle: &mut Bundle) {
    for (number, line) in (1_u32..).zip(text.lines()) {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("!`") {
            let Some((command, behind)) = after.split_once('`') else {
                break;
            };
            if bundle.commands.len() >= MAX_COMMANDS {
                return;
            }
            let place = Place::Line {
                line: number,
                column: 1,
            };
            bundle.commands.push(AutoCommand {
                trigger: Trigger::Called,
                event: "!`…`".to_owned(),
                behaviours: judge(command, &place),
                command: cut_command(command),
                place,
            });
            rest = behind;
        }
    }
}

/// A command in TOML (Gemini): its prompt may run `!{command}`.
pub(super) fn read_command(root: &Node, bundle: &mut Bundle) {
    bundle.description = text_of(root, &["description"]).map(cut);
    let Some((node, prompt)) = root
        .get("prompt")
        .and_then(|node| Some((node, node.text()?)))
    else {
        return;
    };
    let mut rest = prompt;
    while let Some((_, after)) = rest.split_once("!{") {
        let Some((command, behind)) = after.split_once('}') else {
            break;
        };
        if bundle.commands.len() >= MAX_COMMANDS {
            return;
        }
        hooks::add(bundle, Trigger::Called, "!{…}", command, node);
        rest = behind;
    }
}
