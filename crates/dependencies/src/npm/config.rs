//! `.npmrc` and `.yarnrc.yml`: which registry is asked, and for which scope. Credentials are not kept.

use crate::document::parse_yaml;
use crate::facts::IndexRole;
use crate::sink::{Sink, line, number};

/// Reads `.npmrc`.
pub(crate) fn read_npmrc(text: &str, sink: &mut Sink<'_>) {
    for (at, content) in text.lines().enumerate() {
        let content = content.trim();
        if content.starts_with(['#', ';', '[']) || sink.is_full() {
            continue;
        }
        let Some((key, value)) = content.split_once('=') else {
            continue;
        };
        let (key, value) = (key.trim(), value.trim().trim_matches('"'));
        let place = line(number(at));
        match key.rsplit_once(':') {
            Some((scope, "registry")) if scope.starts_with('@') => {
                sink.named_index(IndexRole::Scoped, None, value, Some(scope), place);
            }
            Some(_) => {}
            None if key == "registry" => sink.index(IndexRole::Primary, value, place),
            None if key == "strict-ssl" && value == "false" => {
                sink.index(IndexRole::TrustedHost, "*", place);
            }
            None if key.starts_with('_') || key.contains("password") => {}
            None => sink.setting(key, value, place),
        }
    }
}

/// Reads `.yarnrc.yml`.
pub(crate) fn read_yarnrc(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let root = parsed.root;
    if let Some(node) = root.get("npmRegistryServer") {
        let url = node.text().unwrap_or_default();
        sink.index(IndexRole::Primary, url, line(node.line));
    }
    for (scope, node) in root.map_of("npmScopes") {
        let url = node.text_of("npmRegistryServer").unwrap_or_default();
        let scope = format!("@{scope}");
        sink.named_index(IndexRole::Scoped, None, url, Some(&scope), line(node.line));
    }
    for host in root.list_of("unsafeHttpWhitelist") {
        let host_name = host.text().unwrap_or_default();
        sink.index(IndexRole::TrustedHost, host_name, line(host.line));
    }
    for key in [
        "enableScripts",
        "enableStrictSsl",
        "checksumBehavior",
        "enableHardenedMode",
    ] {
        let Some(node) = root.get(key) else { continue };
        let value = match node.scalar() {
            Some(text) => text.to_owned(),
            None => root.is_true(key).to_string(),
        };
        sink.setting(key, &value, line(node.line));
    }
}
