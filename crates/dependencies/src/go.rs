//! `go.mod` and `go.sum` (Go Modules Reference).

use chainwright_core::package::Ecosystem;

use crate::facts::{Declared, Pinning, Project, Relation, Scope, Source};
use crate::hash;
use crate::sink::{Sink, cut, line, number, package};

/// Reads `go.mod`.
pub(crate) fn read_mod(text: &str, sink: &mut Sink<'_>) {
    let mut block = String::new();
    let mut replacements = Vec::new();
    for (at, content) in text.lines().enumerate() {
        let (code, comment) = content.split_once("//").unwrap_or((content, ""));
        let mut words: Vec<&str> = code
            .split_whitespace()
            .take(8)
            .map(|word| word.trim_matches(['"', '`']))
            .collect();
        if sink.is_full() {
            return;
        }
        if words.first() == Some(&")") {
            block.clear();
            continue;
        }
        if words.last() == Some(&"(") {
            block = words.first().copied().unwrap_or_default().to_owned();
            continue;
        }
        let directive = match block.as_str() {
            "" if words.is_empty() => continue,
            "" => words.remove(0),
            block => block,
        };
        directive_line(
            directive,
            &words,
            comment.trim(),
            number(at),
            &mut replacements,
            sink,
        );
    }
    for replacement in &replacements {
        replace(replacement, sink);
    }
}

struct Replacement {
    old: String,
    old_version: Option<String>,
    new: String,
    new_version: Option<String>,
    line: u32,
}

fn directive_line(
    directive: &str,
    words: &[&str],
    comment: &str,
    at: u32,
    replacements: &mut Vec<Replacement>,
    sink: &mut Sink<'_>,
) {
    match (directive, words) {
        ("module", [name, ..]) => {
            sink.facts.project = Some(Project {
                package: package(Ecosystem::Go, name, None),
                licence: None,
                place: line(at),
            });
        }
        ("require", [name, version, ..]) => {
            let requirement = format!("{name} {version}");
            let package = package(Ecosystem::Go, name, Some(version));
            let mut declared = Declared::new(package, requirement, line(at));
            declared.pinning = Pinning::Exact;
            declared.relation = match comment.split(';').any(|part| part.trim() == "indirect") {
                true => Relation::Transitive,
                false => Relation::Direct,
            };
            sink.declare(declared);
        }
        ("replace", words) => {
            let mut sides = words.split(|word| *word == "=>");
            let (old, new) = (
                sides.next().unwrap_or_default(),
                sides.next().unwrap_or_default(),
            );
            if let ([old, old_version @ ..], [new, new_version @ ..]) = (old, new)
                && replacements.len() < 1_000
            {
                replacements.push(Replacement {
                    old: cut(old),
                    old_version: old_version.first().map(|text| cut(text)),
                    new: cut(new),
                    new_version: new_version.first().map(|text| cut(text)),
                    line: at,
                });
            }
        }
        ("go" | "toolchain", [version, ..]) => sink.setting(directive, version, line(at)),
        ("exclude" | "retract" | "tool" | "godebug" | "ignore", _) => {}
        _ => sink.malformed(line(at), format!("`{directive}` is no directive")),
    }
}

/// What is replaced is not what is built: the package becomes the one that stands behind the arrow.
fn replace(replacement: &Replacement, sink: &mut Sink<'_>) {
    let is_path = replacement.new.starts_with(['.', '/']) || replacement.new_version.is_none();
    let text = format!("{} => {}", replacement.old, replacement.new);
    let apply = |declared: &mut Declared| {
        declared.requirement.clone_from(&text);
        if is_path {
            declared.source = Source::Path(replacement.new.clone());
            declared.pinning = Pinning::Path;
        } else {
            let version = replacement.new_version.as_deref();
            declared.package = package(Ecosystem::Go, &replacement.new, version);
        }
    };
    let mut is_used = false;
    for declared in &mut sink.facts.packages {
        let version = replacement.old_version.as_ref();
        let fits = version.is_none() || declared.package.version.as_ref() == version;
        if declared.package.name == replacement.old && fits {
            apply(declared);
            is_used = true;
        }
    }
    if !is_used {
        let version = replacement.old_version.as_deref();
        let package = package(Ecosystem::Go, &replacement.old, version);
        let mut declared = Declared::new(package, text.clone(), line(replacement.line));
        declared.pinning = Pinning::Exact;
        declared.scope = Scope::Constraint;
        apply(&mut declared);
        sink.declare(declared);
    }
}

/// Reads `go.sum`, which lists what was ever looked at; lines that sum up a `go.mod` alone are left out.
pub(crate) fn read_sum(text: &str, sink: &mut Sink<'_>) {
    for (at, content) in text.lines().enumerate() {
        let mut words = content.split_whitespace();
        let (Some(name), Some(version), Some(sum)) = (words.next(), words.next(), words.next())
        else {
            if !content.trim().is_empty() {
                sink.malformed(line(number(at)), "a line without three words");
            }
            continue;
        };
        if !version.starts_with('v') {
            sink.malformed(line(number(at)), format!("`{version}` is no version"));
            continue;
        }
        if version.ends_with("/go.mod") {
            continue;
        }
        let package = package(Ecosystem::Go, name, Some(version));
        let mut declared = Declared::new(package, format!("{name} {version}"), line(number(at)));
        declared.artifacts = hash::plain("", hash::named(sum));
        declared.pinning = match declared.is_hashed() {
            true => Pinning::Hash,
            false => Pinning::Exact,
        };
        if sink.declare(declared).is_none() {
            return;
        }
    }
}
