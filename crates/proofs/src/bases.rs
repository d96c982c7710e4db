//! What a signed statement says the subject was made from: base models of SLSA provenance and of the lineage predicate.

use chainwright_core::proof::AttestedBase;
use chainwright_provenance::predicate::{Kind, Lineage, Provenance};
use chainwright_provenance::{Attestation, Descriptor};

/// LIMIT: bases of one statement.
const MOST: usize = 100;

/// The bases that a statement names.
pub(crate) fn bases(attestation: &Attestation, is_trusted: bool) -> Vec<AttestedBase> {
    let base = |descriptor: &Descriptor, relation: &str| AttestedBase {
        proof: attestation.name.clone(),
        is_trusted,
        name: descriptor
            .uri
            .as_deref()
            .and_then(hub_name)
            .unwrap_or_else(|| descriptor.shown()),
        revision: revision(descriptor),
        digests: descriptor
            .digests
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        relation: relation.to_owned(),
    };
    let predicate = &attestation.predicate;
    let mut found: Vec<AttestedBase> = match Kind::of(&attestation.predicate_type) {
        Some(Kind::Provenance) => dependencies(Provenance::read(predicate).ok())
            .iter()
            .filter(|each| is_model(each))
            .map(|each| base(each, ""))
            .collect(),
        Some(Kind::OldProvenance) => dependencies(Provenance::read_old(predicate).ok())
            .iter()
            .filter(|each| is_model(each))
            .map(|each| base(each, ""))
            .collect(),
        Some(Kind::Lineage) => {
            let lineage = Lineage::read(predicate).ok();
            let parents = lineage.into_iter().flat_map(|lineage| lineage.parents);
            parents
                .map(|parent| base(&parent.resource, parent.relation.as_str()))
                .collect()
        }
        _ => Vec::new(),
    };
    found.truncate(MOST);
    found
}

fn dependencies(provenance: Option<Provenance>) -> Vec<Descriptor> {
    provenance.map_or_else(Vec::new, |provenance| provenance.dependencies)
}

/// Whether a dependency of a build is a model on the hub; data and code have addresses of their own.
fn is_model(descriptor: &Descriptor) -> bool {
    let uri = descriptor.uri.as_deref().unwrap_or_default();
    hub_name(uri).is_some()
}

/// `org/name` of a model on the hub, out of an address.
fn hub_name(uri: &str) -> Option<String> {
    let rest = [
        "pkg:huggingface/",
        "hf://models/",
        "hf://",
        "git+https://huggingface.co/",
        "https://huggingface.co/",
        "https://hf.co/",
    ]
    .iter()
    .find_map(|front| uri.strip_prefix(front))?;
    let rest = rest.split(['@', '?', '#']).next().unwrap_or(rest);
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let (first, second) = (parts.next()?, parts.next());
    if matches!(first, "datasets" | "spaces") {
        return None;
    }
    Some(match second {
        Some(name) => format!("{first}/{name}"),
        None => first.to_owned(),
    })
}

/// The commit that a descriptor names: by a digest, else in its address.
fn revision(descriptor: &Descriptor) -> Option<String> {
    for name in ["gitCommit", "sha1"] {
        if let Some(digest) = descriptor.digests.get(name) {
            return Some(digest.to_owned());
        }
    }
    let uri = descriptor.uri.as_deref()?;
    let after = uri.rsplit_once('@').map(|(_, after)| after);
    let after = after.or_else(|| {
        let rest = uri.split_once("/resolve/").or(uri.split_once("/tree/"))?.1;
        rest.split('/').next()
    })?;
    let digits = after.split(['?', '#', '/']).next().unwrap_or(after);
    let is_commit = digits.len() == 40 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| digits.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use chainwright_provenance::Digests;

    use super::*;

    #[test]
    fn addresses_of_the_hub_give_names_and_commits() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (uri, name, is_pinned) in [
            (
                format!("pkg:huggingface/acme/base@{commit}"),
                Some("acme/base"),
                true,
            ),
            (format!("hf://acme/base@{commit}"), Some("acme/base"), true),
            (
                "https://huggingface.co/acme/base".to_owned(),
                Some("acme/base"),
                false,
            ),
            (
                format!("https://huggingface.co/acme/base/resolve/{commit}/x.bin"),
                Some("acme/base"),
                true,
            ),
            (
                "https://huggingface.co/gpt2".to_owned(),
                Some("gpt2"),
                false,
            ),
            (
                "https://huggingface.co/datasets/a/b".to_owned(),
                None,
                false,
            ),
            ("git+https://github.com/acme/train".to_owned(), None, false),
            (
                "pkg:huggingface/acme/base@main".to_owned(),
                Some("acme/base"),
                false,
            ),
        ] {
            assert_eq!(hub_name(&uri).as_deref(), name, "{uri}");
            let found = revision(&Descriptor::of_uri(uri.clone()));
            assert_eq!(found.is_some(), is_pinned, "{uri}");
        }
        let by_digest = Descriptor::named("base").with(Digests::default().and("gitCommit", commit));
        assert_eq!(revision(&by_digest).as_deref(), Some(commit));
    }
}
