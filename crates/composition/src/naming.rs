//! What models and datasets are called, and where they come from by their names.

use chainwright_boms::evidence::{Field, Source};
use chainwright_boms::inventory::{Component, ExternalReference, Kind, Party};
use chainwright_core::package::{Ecosystem, Package};
use chainwright_packages::purl;

use crate::{Origin, quoted};

/// The last part of a path or address.
pub(crate) fn last(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path)
}

/// Whether a text names a repository of the hub: `owner/name` in the characters that it allows.
pub(crate) fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.len() <= 96
            && !part.starts_with(['.', '-'])
            && part
                .chars()
                .all(|each| each.is_ascii_alphanumeric() || "-_.".contains(each))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

/// A commit of a repository: 40 hexadecimal digits.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A model or dataset that a file names and that is not here.
pub(crate) fn named(kind: Kind, name: &str, revision: Option<&str>, source: &Source) -> Component {
    let mut component = Component::new(kind, quoted(name));
    if is_repository(name) {
        let (owner, rest) = name.split_once('/').unwrap_or(("", name));
        owner.clone_into(&mut component.group);
        rest.clone_into(&mut component.name);
        let party = Party::organisation(owner);
        component.supplier = Field::inferred(party, source.clone());
        if kind == Kind::Model {
            component.purl = Field::declared(model_purl(name, revision), source.clone());
        }
        component.references.insert(hub_page(kind, name));
    }
    if let Some(revision) = revision {
        component.version = Field::declared(quoted(revision), source.clone());
    }
    component
}

/// The package URL of a model on the hub.
pub(crate) fn model_purl(repository: &str, revision: Option<&str>) -> String {
    let commit = revision
        .filter(|revision| is_commit(revision))
        .map(str::to_ascii_lowercase);
    purl::write(&Package::new(Ecosystem::HuggingFace, repository, commit))
}

pub(crate) fn hub_page(kind: Kind, repository: &str) -> ExternalReference {
    let folder = if kind == Kind::Dataset {
        "datasets/"
    } else {
        ""
    };
    ExternalReference {
        kind: "distribution".to_owned(),
        url: format!("https://huggingface.co/{folder}{repository}"),
        comment: String::new(),
    }
}

/// Puts down the repository that a component is a copy of.
pub(crate) fn note_origin(component: &mut Component, origin: &Origin) {
    let source = || origin.source.clone();
    if is_repository(&origin.repository) {
        let (owner, name) = origin
            .repository
            .split_once('/')
            .unwrap_or(("", &origin.repository));
        owner.clone_into(&mut component.group);
        name.clone_into(&mut component.name);
        component
            .supplier
            .strengthen(Field::inferred(Party::organisation(owner), source()));
        if origin.is_hub {
            if component.kind == Kind::Model {
                let url = model_purl(&origin.repository, origin.revision.as_deref());
                component.purl = Field::of(url, origin.evidence, source());
            }
            component
                .references
                .insert(hub_page(component.kind, &origin.repository));
        }
    }
    if let Some(revision) = &origin.revision {
        component.version = Field::of(quoted(revision), origin.evidence, source());
    }
}

/// The name in the title of a card: without the words of the hub's form, and nothing if nothing else stands there.
pub(crate) fn titled(title: &str) -> Option<&str> {
    let lower = title.to_ascii_lowercase();
    let forms = [
        "model card for",
        "dataset card for",
        "model card of",
        "model card:",
        "dataset card:",
    ];
    let form = forms.iter().find(|form| lower.starts_with(**form));
    let name = form
        .map_or(title, |form| title.get(form.len()..).unwrap_or_default())
        .trim();
    let is_empty_form = matches!(
        name.to_ascii_lowercase().as_str(),
        "" | "model id" | "dataset name" | "model card" | "dataset card" | "readme"
    );
    (!is_empty_form).then_some(name)
}

/// Letters and digits of the last part of a name, for telling whether two names mean the same.
pub(crate) fn slug(name: &str) -> String {
    last(name)
        .chars()
        .filter(|each| each.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_of_empty_forms_name_nothing() {
        assert_eq!(titled("Model Card for Model ID"), None);
        assert_eq!(titled("Model Card for Tiny"), Some("Tiny"));
        assert_eq!(titled("Support bot"), Some("Support bot"));
    }

    #[test]
    fn names_of_the_hub_become_package_urls() {
        let commit = "559062AD13D311B87B2C455E67DCD5F1C8F65111";
        assert_eq!(
            model_purl("microsoft/deberta-v3-base", Some(commit)),
            "pkg:huggingface/microsoft/deberta-v3-base@559062ad13d311b87b2c455e67dcd5f1c8f65111"
        );
        assert_eq!(model_purl("a/b", Some("main")), "pkg:huggingface/a/b");
        for text in ["", "a", "/a", "a/", "a/b/c", "../x", "a b/c", "./a"] {
            assert!(!is_repository(text), "{text}");
        }
    }
}
