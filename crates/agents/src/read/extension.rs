//! Manifests of extensions of editors and browsers.

use chainwright_repository::document::Node;

use super::{MAX_ENTRIES, first_of, lookup, place, text_of};
use crate::facts::{
    Bundle, Given, GrantKind, IdentityKind, Pin, ReferenceKind, Tool, ToolKind, Variable,
};
use crate::value::cut;

pub(super) fn read_editor(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    bundle.identify(IdentityKind::Publisher, root.get("publisher"));
    bundle.identify(IdentityKind::Author, root.get("author"));
    bundle.identify(IdentityKind::Repository, root.get("repository"));
    bundle.identify(IdentityKind::Licence, root.get("license"));
    for item in root
        .get("activationEvents")
        .map_or(&[][..], Node::items)
        .iter()
        .take(MAX_ENTRIES)
    {
        activation(bundle, "activationEvents", item);
    }
    for (key, kind) in [
        ("extensionPack", ReferenceKind::BundledExtension),
        ("extensionDependencies", ReferenceKind::NeededExtension),
    ] {
        for item in root.get(key).map_or(&[][..], Node::items) {
            if let Some(text) = item.text() {
                bundle.refer(kind, text, Pin::Open, item);
            }
        }
    }
    for (key, kind) in [
        ("contributes.languageModelTools", ToolKind::Tool),
        ("contributes.chatParticipants", ToolKind::Agent),
        ("contributes.commands", ToolKind::Command),
        ("contributes.mcpServerDefinitionProviders", ToolKind::Tool),
    ] {
        for node in lookup(root, key)
            .map_or(&[][..], Node::items)
            .iter()
            .take(MAX_ENTRIES)
        {
            let Some(name) = text_of(node, &["name", "id", "command"]) else {
                continue;
            };
            bundle.tools.push(Tool {
                kind,
                name: cut(name),
                method: None,
                is_destructive: false,
                described_at: first_of(node, &["modelDescription", "description", "title"])
                    .map(place),
                place: place(node),
            });
        }
    }
}

fn activation(bundle: &mut Bundle, key: &str, item: &Node) {
    if let Some(text) = item.text() {
        bundle.activation.push(Variable {
            name: key.to_owned(),
            value: Given::Plain(cut(text)),
            place: place(item),
        });
    }
}

/// Patterns that are every page.
fn is_everywhere(text: &str) -> bool {
    matches!(
        text,
        "<all_urls>" | "*://*/*" | "https://*/*" | "http://*/*" | "*://*/" | "https://*/"
    )
}

pub(super) fn read_browser(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    bundle.identify(IdentityKind::Author, root.get("author"));
    bundle.identify(IdentityKind::Homepage, root.get("homepage_url"));
    for key in [
        "permissions",
        "optional_permissions",
        "host_permissions",
        "optional_host_permissions",
    ] {
        for item in root
            .get(key)
            .map_or(&[][..], Node::items)
            .iter()
            .take(MAX_ENTRIES)
        {
            let Some(text) = item.text() else { continue };
            let kind = match text {
                text if is_everywhere(text) => GrantKind::EveryHost,
                text if text.contains("://") => GrantKind::Host,
                _ => GrantKind::Permission,
            };
            let kind = if key.starts_with("optional") {
                GrantKind::Permission
            } else {
                kind
            };
            bundle.grant(kind, text, item);
        }
    }
    for script in root
        .get("content_scripts")
        .map_or(&[][..], Node::items)
        .iter()
        .take(MAX_ENTRIES)
    {
        for item in script.get("matches").map_or(&[][..], Node::items) {
            if item.text().is_some_and(is_everywhere) {
                activation(bundle, "content_scripts", item);
            }
        }
    }
    for item in lookup(root, "externally_connectable.matches").map_or(&[][..], Node::items) {
        if item.text().is_some_and(is_everywhere) {
            activation(bundle, "externally_connectable", item);
        }
    }
}
