//! Development containers: commands of their life, features, mounts, and what is given up of the isolation.

use chainwright_repository::document::Node;

use super::{MAX_ENTRIES, command_text, editor, first_of, hooks, lookup, place, settings, texts};
use crate::facts::{Bundle, GrantKind, Pin, ReferenceKind, Trigger};
use crate::launch::{is_whole_folder, launch};

/// Commands of the life of a container.
const COMMANDS: &[(&str, Trigger)] = &[
    ("initializeCommand", Trigger::HostCreate),
    ("onCreateCommand", Trigger::Container),
    ("updateContentCommand", Trigger::Container),
    ("postCreateCommand", Trigger::Container),
    ("postStartCommand", Trigger::Container),
    ("postAttachCommand", Trigger::Container),
];

pub(super) fn read(root: &Node, bundle: &mut Bundle) {
    bundle.title(root, &["name"]);
    for (key, trigger) in COMMANDS {
        let Some(node) = root.get(key) else { continue };
        for (_, inner) in node.entries() {
            add(bundle, *trigger, key, inner);
        }
        if !node.is_map() {
            add(bundle, *trigger, key, node);
        }
    }
    for (name, node) in root
        .get("features")
        .map_or(&[][..], Node::entries)
        .iter()
        .take(MAX_ENTRIES)
    {
        bundle.refer(ReferenceKind::Feature, name, image_pin(name), node);
    }
    if let Some((node, image)) = root
        .get("image")
        .and_then(|node| Some((node, node.text()?)))
    {
        bundle.refer(ReferenceKind::Image, image, image_pin(image), node);
    }
    read_isolation(root, bundle);
    for key in ["containerEnv", "remoteEnv"] {
        if let Some(node) = root.get(key) {
            settings::read_environment(node, bundle);
        }
    }
    if let Some(inner) = lookup(root, "customizations.vscode.settings") {
        editor::read_settings_of(inner, "mcp.servers", bundle);
    }
    if let Some(inner) = lookup(root, "customizations.vscode.mcp.servers") {
        super::servers::read_list(inner, bundle);
    }
    for item in lookup(root, "customizations.vscode.extensions").map_or(&[][..], Node::items) {
        if let Some(text) = item.text().filter(|text| !text.starts_with('-')) {
            bundle.refer(ReferenceKind::RecommendedExtension, text, Pin::Open, item);
        }
    }
}

fn add(bundle: &mut Bundle, trigger: Trigger, key: &str, node: &Node) {
    let command = command_text(node);
    if !command.is_empty() {
        hooks::add(bundle, trigger, key, &command, node);
    }
}

fn image_pin(name: &str) -> Pin {
    if name.contains('@') {
        return Pin::Digest;
    }
    let tag = name
        .rsplit('/')
        .next()
        .and_then(|last| last.split_once(':'))
        .map(|(_, tag)| tag);
    match tag {
        None if name.starts_with(['.', '/']) => Pin::Local,
        None => Pin::Open,
        Some("latest") => Pin::Moving,
        Some(_) => Pin::Exact,
    }
}

/// What opens the container to the host.
fn read_isolation(root: &Node, bundle: &mut Bundle) {
    if let Some(node) = root.get("privileged").filter(|node| node.is_true()) {
        bundle.grant(GrantKind::SandboxOff, "privileged = true", node);
    }
    for node in root.get("capAdd").map_or(&[][..], Node::items) {
        if matches!(node.text(), Some("ALL" | "SYS_ADMIN")) {
            bundle.grant(
                GrantKind::SandboxOff,
                format!("capAdd {}", node.text().unwrap_or_default()),
                node,
            );
        }
    }
    if let Some(node) = root.get("runArgs") {
        let mut words: Vec<String> = vec!["run".to_owned()];
        words.extend(texts(node).into_iter().map(str::to_owned));
        words.push("image:1".to_owned());
        let launched = launch("docker", &words, &place(node));
        for open in launched.exposed.iter().filter(|open| {
            open.contains("privileged") || open.contains("ALL") || open.contains("ADMIN")
        }) {
            bundle.grant(GrantKind::SandboxOff, open, node);
        }
        for folder in launched
            .folders
            .iter()
            .filter(|folder| is_whole_folder(folder))
        {
            bundle.grant(GrantKind::EveryFile, folder, node);
        }
    }
    for item in root.get("mounts").map_or(&[][..], Node::items) {
        let text = item.text().unwrap_or_default();
        let source = text
            .split(',')
            .find_map(|part| {
                part.trim()
                    .strip_prefix("source=")
                    .or_else(|| part.trim().strip_prefix("src="))
            })
            .or_else(|| first_of(item, &["source"]).and_then(Node::text));
        if let Some(source) = source {
            let bare = source
                .replace("${localEnv:HOME}${localEnv:USERPROFILE}", "~")
                .replace("${localEnv:HOME}", "~")
                .replace("${localEnv:USERPROFILE}", "~");
            if is_whole_folder(&bare) {
                bundle.grant(GrantKind::EveryFile, text, item);
            } else if bare.contains(".ssh") || bare.contains(".aws") || bare.contains(".kube") {
                bundle.grant(GrantKind::Files, text, item);
            }
        }
    }
}
