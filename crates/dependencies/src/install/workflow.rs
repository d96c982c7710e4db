//! Workflows and composite actions of GitHub (and its kin), and pipelines of GitLab: the actions and images that they
//! use, and what their scripts install.

use chainwright_core::package::Ecosystem;

use crate::document::{Node, parse_yaml};
use crate::facts::{Declared, Pinning, Relation, Scope, Source};
use crate::python::url::is_commit;
use crate::sink::{Sink, cut, line, package};

use super::dockerfile::image;
use super::shell::{Env, Word};
use super::{Installer, Where, variable};

/// Keys under which scripts stand.
const SCRIPTS: [&str; 4] = ["run", "script", "before_script", "after_script"];

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let parsed = parse_yaml(text);
    sink.facts.problems.extend(parsed.problems);
    let mut env = Env::default();
    walk(&parsed.root, None, &mut env, sink);
}

/// Depth is bounded by the document's.
fn walk(node: &Node<'_>, parent: Option<&str>, env: &mut Env, sink: &mut Sink<'_>) {
    if sink.is_full() {
        return;
    }
    let mark = env.mark();
    for key in ["variables", "env"] {
        for (name, value) in node.map_of(key) {
            let Some(text) = value.scalar().or(value.text_of("value")) else {
                continue;
            };
            let word = Word {
                text: text.to_owned(),
                is_dynamic: text.contains("${{"),
            };
            let mut installer = Installer::new(sink, Where::Fixed(line(value.line)));
            variable(name, &word, &mut installer);
            env.set(name, (!word.is_dynamic).then_some(word.text));
        }
    }
    for (key, value) in node.entries() {
        match &**key {
            key if SCRIPTS.contains(&key) => scripts(value, env, sink),
            "uses" => uses(value, sink),
            "container" | "image" => container(value, parent, sink),
            "env" | "variables" | "with" => {}
            key => walk(value, Some(key), env, sink),
        }
    }
    for item in node.items() {
        walk(item, parent, env, sink);
    }
    env.reset(mark);
}

/// One script, or a list of lines that run one after the other.
fn scripts(node: &Node<'_>, env: &mut Env, sink: &mut Sink<'_>) {
    let mark = env.mark();
    let all = match node.text() {
        Some(_) => std::slice::from_ref(node),
        None => node.items(),
    };
    for script in all {
        let Some(text) = script.text() else {
            scripts_within(script, env, sink);
            continue;
        };
        Installer::new(sink, Where::Lines).run(text, script.line, false, env);
    }
    env.reset(mark);
}

/// A key named `run` that holds no script (`defaults.run.shell`), or lists in lists.
fn scripts_within(node: &Node<'_>, env: &mut Env, sink: &mut Sink<'_>) {
    for item in node.items() {
        if let Some(text) = item.text() {
            Installer::new(sink, Where::Lines).run(text, item.line, false, env);
        }
    }
}

/// `owner/repository/path@reference`, `docker://image`; a path of the same repository is none of ours.
fn uses(node: &Node<'_>, sink: &mut Sink<'_>) {
    let Some(text) = node.text() else { return };
    if text.starts_with('.') {
        return;
    }
    if let Some(name) = text.strip_prefix("docker://") {
        if let Some(declared) = image(name, line(node.line)) {
            sink.declare(declared);
        }
        return;
    }
    let (path, reference) = text.split_once('@').unwrap_or((text, ""));
    let mut parts = path.split('/');
    let (Some(owner), Some(repository)) = (parts.next(), parts.next()) else {
        sink.malformed(line(node.line), format!("`{text}` is no action"));
        return;
    };
    let name = format!("{owner}/{repository}");
    let rest: Vec<&str> = parts.collect();
    let package = package(Ecosystem::GitHubActions, &name, Some(reference));
    let mut declared = Declared::new(package, cut(text), line(node.line));
    let commit = is_commit(reference);
    declared.pinning = Pinning::Vcs { commit };
    declared.source = Source::Vcs {
        system: "git".to_owned(),
        url: cut(&format!("https://github.com/{name}")),
        reference: (!reference.is_empty()).then(|| cut(reference)),
        commit: commit.then(|| reference.to_owned()),
        subdirectory: (!rest.is_empty()).then(|| cut(&rest.join("/"))),
    };
    declared.scope = Scope::Build;
    declared.relation = Relation::Direct;
    sink.declare(declared);
}

/// `image: name`, `container: name`, `container: {image: name}`, `image: {name: …}`.
fn container(node: &Node<'_>, parent: Option<&str>, sink: &mut Sink<'_>) {
    let name = node
        .text()
        .or(node.text_of("image"))
        .or(node.text_of("name"));
    let Some(name) = name else { return };
    if name.contains("${{") || name.contains('$') {
        let reason = "depends on a value of the run";
        sink.unresolved(name, reason, line(node.line));
        return;
    }
    // `runs.image` of an action names its Dockerfile.
    let name = name.strip_prefix("docker://").unwrap_or(name);
    if parent == Some("runs") && (name.ends_with("Dockerfile") || name.starts_with('.')) {
        return;
    }
    if let Some(declared) = image(name, line(node.line)) {
        sink.declare(declared);
    }
}
