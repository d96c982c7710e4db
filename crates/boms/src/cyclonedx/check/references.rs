//! References within a document: every name names one thing, and what is referred to exists.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{MOST, Violation};
use crate::cyclonedx::write::escape_pointer;
use crate::json;

/// Adds what is wrong with the references.
pub(super) fn check(document: &Json, found: &mut Vec<Violation>) {
    let mut names = BTreeSet::new();
    let mut todo = vec![(String::new(), document)];
    while let Some((pointer, value)) = todo.pop() {
        match value {
            Json::Object(object) => {
                if let Some(name) = json::text(object, "bom-ref")
                    && !names.insert(name)
                {
                    report(
                        found,
                        &pointer,
                        "its `bom-ref` names something else already",
                    );
                }
                for (key, value) in object {
                    if value.is_object() || value.is_array() {
                        todo.push((format!("{pointer}/{}", escape_pointer(key)), value));
                    }
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if item.is_object() || item.is_array() {
                        todo.push((format!("{pointer}/{index}"), item));
                    }
                }
            }
            _ => {}
        }
    }
    dependencies(document, &names, found);
    affected(document, &names, found);
}

fn dependencies(document: &Json, names: &BTreeSet<&str>, found: &mut Vec<Violation>) {
    let Some(document) = document.as_object() else {
        return;
    };
    let mut seen = BTreeSet::new();
    for (index, dependency) in json::objects(document, "dependencies").enumerate() {
        let pointer = format!("/dependencies/{index}");
        let Some(from) = json::text(dependency, "ref") else {
            continue;
        };
        if !seen.insert(from) {
            report(found, &pointer, "its `ref` has dependencies elsewhere too");
        }
        if !is_known(from, names) {
            report(found, &pointer, "its `ref` names nothing in the document");
        }
        for (target, to) in json::list(dependency, "dependsOn").iter().enumerate() {
            if let Some(to) = to.as_str()
                && !is_known(to, names)
            {
                let pointer = format!("{pointer}/dependsOn/{target}");
                report(found, &pointer, "names nothing in the document");
            }
        }
    }
}

fn affected(document: &Json, names: &BTreeSet<&str>, found: &mut Vec<Violation>) {
    let Some(document) = document.as_object() else {
        return;
    };
    for (index, vulnerability) in json::objects(document, "vulnerabilities").enumerate() {
        for (target, affected) in json::objects(vulnerability, "affects").enumerate() {
            if let Some(to) = json::text(affected, "ref")
                && !is_known(to, names)
            {
                let pointer = format!("/vulnerabilities/{index}/affects/{target}/ref");
                report(found, &pointer, "names nothing in the document");
            }
        }
    }
}

/// What stands in the document, or in another one that is named by a link.
fn is_known(name: &str, names: &BTreeSet<&str>) -> bool {
    names.contains(name) || name.starts_with("urn:cdx:")
}

fn report(found: &mut Vec<Violation>, pointer: &str, message: &str) {
    if found.len() < MOST {
        found.push(Violation {
            pointer: pointer.to_owned(),
            message: message.to_owned(),
            is_structural: false,
        });
    }
}
