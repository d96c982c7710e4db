//! Settings, tasks and recommendations of editors in the family of Visual Studio Code.

use chainwright_repository::document::Node;

use super::{MAX_ENTRIES, hooks, lookup, models, servers, settings, text_of, texts};
use crate::facts::{Bundle, Pin, ReferenceKind, Trigger};

pub(super) fn read_settings(root: &Node, key: &str, bundle: &mut Bundle) {
    // A workspace file holds settings, tasks and recommendations of its own.
    if let Some(inner) = root.get("settings").filter(|inner| inner.is_map()) {
        read_settings_of(inner, key, bundle);
        if let Some(tasks) = root.get("tasks") {
            read_tasks(tasks, bundle);
        }
        if let Some(extensions) = root.get("extensions") {
            read_extensions(extensions, bundle);
        }
    }
    read_settings_of(root, key, bundle);
}

/// The settings themselves.
pub(super) fn read_settings_of(root: &Node, key: &str, bundle: &mut Bundle) {
    servers::read(root, key, bundle);
    settings::read(root, bundle);
    models::read(root, bundle);
    if let Some((node, text)) =
        lookup(root, "http.proxy").and_then(|node| Some((node, node.text()?)))
        && !text.is_empty()
    {
        super::environment::overridden("HTTPS_PROXY", text, super::place(node), bundle);
    }
    if let Some((node, path)) = lookup(root, "git.path")
        .and_then(|node| Some((node, node.text()?)))
        .filter(|(_, path)| path.starts_with(['.', '$']))
    {
        hooks::add(bundle, Trigger::Git, "git.path", path, node);
    }
}

pub(super) fn read_tasks(root: &Node, bundle: &mut Bundle) {
    let tasks = root.get("tasks").unwrap_or(root);
    for task in tasks.items().iter().take(MAX_ENTRIES) {
        let runs = lookup(task, "runOptions.runOn").and_then(Node::text);
        if runs != Some("folderOpen") {
            continue;
        }
        let label = text_of(task, &["label", "taskName"]).unwrap_or("folderOpen");
        let mut found = false;
        for part in [
            Some(task),
            task.get("windows"),
            task.get("linux"),
            task.get("osx"),
        ]
        .into_iter()
        .flatten()
        {
            let Some(command) = part.get("command") else {
                continue;
            };
            let words = command
                .scalar()
                .map_or_else(|| texts(command).join(" "), str::to_owned);
            let arguments = part
                .get("args")
                .or_else(|| task.get("args"))
                .map_or_else(Vec::new, arguments);
            let whole = format!("{words} {}", arguments.join(" "));
            hooks::add(bundle, Trigger::FolderOpen, label, whole.trim(), command);
            found = true;
        }
        if !found {
            let script = text_of(task, &["script", "task"]).unwrap_or_default();
            let kind = text_of(task, &["type"]).unwrap_or("task");
            hooks::add(
                bundle,
                Trigger::FolderOpen,
                label,
                &format!("{kind} {script}"),
                task,
            );
        }
    }
}

/// Arguments of a task: texts, or values with a way to quote them.
fn arguments(node: &Node) -> Vec<String> {
    let word = |item: &Node| {
        let text = item.scalar().or_else(|| text_of(item, &["value"]))?;
        Some(if text.contains(' ') {
            format!("'{}'", text.replace('\'', "'\\''"))
        } else {
            text.to_owned()
        })
    };
    match node.scalar() {
        Some(text) => vec![text.to_owned()],
        None => node
            .items()
            .iter()
            .take(MAX_ENTRIES)
            .filter_map(word)
            .collect(),
    }
}

pub(super) fn read_extensions(root: &Node, bundle: &mut Bundle) {
    for item in root.get("recommendations").map_or(&[][..], Node::items) {
        if let Some(text) = item.text() {
            bundle.refer(ReferenceKind::RecommendedExtension, text, Pin::Open, item);
        }
    }
}
