//! `setup.cfg`, and the INI dialect that it shares with `pip.conf`.

use chainwright_core::package::Ecosystem;

use crate::facts::{IncludeKind, Project, Relation, Scope};
use crate::sink::{Sink, cut, line, number, package};

use super::pep508;

/// A key of an INI file with everything that follows it.
pub(crate) struct Entry {
    pub(crate) section: String,
    pub(crate) key: String,
    /// Lines of the value, without comments.
    pub(crate) value: String,
    pub(crate) line: u32,
}

/// The entries as Python's `configparser` gives them: indented lines go on, `#` and `;` begin comments.
pub(crate) fn ini(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut is_open = false;
    for (at, content) in text.lines().enumerate() {
        let body = content.trim();
        if body.starts_with(['#', ';']) {
            continue;
        }
        if body.is_empty() {
            continue;
        }
        let is_indented = content.starts_with([' ', '\t']);
        if let (true, true, Some(entry)) = (is_indented, is_open, entries.last_mut()) {
            entry.value.push('\n');
            entry.value.push_str(body);
            continue;
        }
        if let Some(name) = body.strip_prefix('[') {
            section = cut(name.split(']').next().unwrap_or(name));
            is_open = false;
            continue;
        }
        let split = body
            .find(['=', ':'])
            .and_then(|at| body.split_at_checked(at));
        let (key, value) = match split {
            Some((key, value)) => (key, value.get(1..).unwrap_or_default()),
            None => (body, ""),
        };
        if entries.len() >= 100_000 {
            break;
        }
        is_open = true;
        entries.push(Entry {
            section: section.clone(),
            key: key.trim().to_ascii_lowercase(),
            value: value.trim().to_owned(),
            line: number(at),
        });
    }
    entries
}

/// Reads `setup.cfg` (setuptools, "Configuring setuptools using setup.cfg files").
pub(crate) fn read_cfg(text: &str, sink: &mut Sink<'_>) {
    let (mut name, mut version, mut licence, mut place) = (None, None, None, 1);
    for entry in ini(text) {
        if sink.is_full() {
            return;
        }
        match (entry.section.as_str(), entry.key.as_str()) {
            ("metadata", "name") => (name, place) = (Some(entry.value), entry.line),
            ("metadata", "version") => {
                let is_made = entry.value.starts_with("attr:") || entry.value.starts_with("file:");
                version = Some(entry.value).filter(|_| !is_made);
            }
            ("metadata", "license") => licence = Some(entry.value),
            ("options", "install_requires" | "requires") => {
                list(&entry, Scope::Runtime, None, sink);
            }
            ("options", "setup_requires") => list(&entry, Scope::Build, None, sink),
            ("options", "tests_require") => {
                list(&entry, Scope::Development, Some("tests"), sink);
            }
            ("options.extras_require", extra) => {
                let extra = extra.to_owned();
                list(&entry, Scope::Optional, Some(&extra), sink);
            }
            ("options", "python_requires") => {
                sink.setting("requires-python", &entry.value, line(entry.line));
            }
            ("easy_install", "index_url" | "find_links") => {
                let role = crate::facts::IndexRole::Primary;
                sink.index(role, &entry.value, line(entry.line));
            }
            _ => {}
        }
    }
    if let Some(name) = name {
        sink.facts.project = Some(Project {
            package: package(Ecosystem::PyPi, &name, version.as_deref()),
            licence: licence.as_deref().map(cut),
            place: line(place),
        });
    }
}

/// A list of requirements, one for each line or divided by `;`, or the file that holds them.
fn list(entry: &Entry, scope: Scope, group: Option<&str>, sink: &mut Sink<'_>) {
    let place = line(entry.line);
    if let Some(files) = entry.value.trim().strip_prefix("file:") {
        for file in files.split([',', '\n']).map(str::trim) {
            sink.include(IncludeKind::Requirements, file, place.clone());
        }
        return;
    }
    for text in entry.value.lines() {
        let text = text.split(" #").next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        let Some(mut declared) = pep508::declare(text, place.clone()) else {
            sink.malformed(place.clone(), format!("`{text}` is no requirement"));
            continue;
        };
        declared.scope = scope;
        declared.relation = Relation::Direct;
        declared.groups.extend(group.map(cut));
        if sink.declare(declared).is_none() {
            return;
        }
    }
}
