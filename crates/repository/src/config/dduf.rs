//! DDUF: a diffusers pipeline in one zip, in which every member is stored as it is so that it can be mapped.
//!
//! The zip is opened elsewhere; these are the rules over its members. Readers of hubs enforce them, other tools that
//! open the file as a plain zip do not, so a member that breaks one is what such a tool alone would see.
//!
//! Source: `huggingface_hub` 1, `serialization/_dduf.py`.

use serde::{Deserialize, Serialize};

use crate::path;

/// A member of the zip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DdufMember<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it is stored without compression.
    pub is_stored: bool,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
}

/// A rule of DDUF that a member breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DdufFlaw {
    /// It is compressed or encrypted.
    NotStored,
    /// Its extension is none of those that carry data; code and pickles have no place here.
    Extension,
    /// It lies deeper than one folder.
    Depth,
    /// Its name leaves the folder or uses other separators than `/`.
    Name,
    /// Its name stands twice.
    Twice,
    /// Its folder is no component of the pipeline.
    Folder,
    /// There is no `model_index.json`, or it is no map.
    Index,
}

/// Extensions that carry data.
const EXTENSIONS: [&str; 5] = ["json", "model", "safetensors", "txt", "gguf"];
/// LIMIT: flaws that are named.
const KEPT: usize = 256;

/// What is wrong with the members of a DDUF file; `components` are those that `model_index.json` names, if it could be
/// read.
#[must_use]
pub fn flaws(members: &[DdufMember<'_>], components: Option<&[String]>) -> Vec<(String, DdufFlaw)> {
    let mut found = Vec::new();
    if components.is_none() {
        found.push(("model_index.json".to_owned(), DdufFlaw::Index));
    }
    let mut names: Vec<&str> = members.iter().map(|member| member.name).collect();
    names.sort_unstable();
    for member in members {
        let mut add = |is_broken: bool, flaw| {
            if is_broken && found.len() < KEPT {
                found.push((crate::bounded::quote(member.name), flaw));
            }
        };
        let name = member.name.trim_matches('/');
        let extension = name.rsplit('.').next().unwrap_or_default();
        let folder = name.split_once('/').map(|(folder, _)| folder);
        let is_folder = member.name.ends_with('/');
        add(
            !member.is_stored || member.is_encrypted,
            DdufFlaw::NotStored,
        );
        add(
            !is_folder && !EXTENSIONS.contains(&extension),
            DdufFlaw::Extension,
        );
        add(name.matches('/').count() > 1, DdufFlaw::Depth);
        add(
            name.contains('\\') || path::escape(member.name).is_some(),
            DdufFlaw::Name,
        );
        let first = names.partition_point(|known| *known < member.name);
        add(
            names.get(first.saturating_add(1)) == Some(&member.name),
            DdufFlaw::Twice,
        );
        let is_known = folder
            .zip(components)
            .is_none_or(|(folder, known)| known.iter().any(|component| component == folder));
        add(!is_known, DdufFlaw::Folder);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str) -> DdufMember<'_> {
        DdufMember {
            name,
            is_stored: true,
            is_encrypted: false,
        }
    }

    #[test]
    fn members_that_break_the_rules_are_named() {
        let index = ["vae".to_owned()];
        let honest = [
            member("model_index.json"),
            member("vae/config.json"),
            member("vae/a.safetensors"),
        ];
        assert_eq!(flaws(&honest, Some(&index)), []);
        for (name, flaw) in [
            ("vae/payload.py", DdufFlaw::Extension),
            ("vae/model.pkl", DdufFlaw::Extension),
            ("vae/deep/er.json", DdufFlaw::Depth),
            ("vae\\x.json", DdufFlaw::Name),
            ("../x.json", DdufFlaw::Name),
            ("other/config.json", DdufFlaw::Folder),
        ] {
            let broken = flaws(&[member("model_index.json"), member(name)], Some(&index));
            assert!(
                broken.contains(&(name.to_owned(), flaw)),
                "{name}: {broken:?}"
            );
        }
        let packed = DdufMember {
            is_stored: false,
            ..member("vae/config.json")
        };
        assert_eq!(flaws(&[packed], None).len(), 2, "no index, not stored");
        let twice = flaws(
            &[member("model_index.json"), member("model_index.json")],
            Some(&index),
        );
        assert_eq!(twice.len(), 2);
    }
}
