//! Takes over an edition of MITRE ATLAS: reads `dist/ATLAS.yaml` of `mitre-atlas/atlas-data` and writes our table.
//!
//! Only the techniques' ids and names are read, from the layout that file has: a list under `techniques:` whose
//! items start with `- id:` and carry `name:` and, for sub-techniques, `subtechnique-of:` at the same depth.
//! It is no YAML parser; a file of another layout gives an error, not a wrong table.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

#[derive(Default)]
struct Technique {
    name: String,
    parent: Option<String>,
}

/// Rewrites `table` from `source`.
pub(super) fn take_over(source: &Path, table: &Path) -> Result<()> {
    let text =
        fs::read_to_string(source).with_context(|| format!("reading {}", source.display()))?;
    fs::write(table, to_table(&text)?).with_context(|| format!("writing {}", table.display()))
}

fn to_table(text: &str) -> Result<String> {
    let techniques = read(text);
    ensure!(!techniques.is_empty(), "no techniques found");
    techniques
        .iter()
        .map(|(id, technique)| {
            ensure!(!technique.name.is_empty(), "{id} has no name");
            let title = match &technique.parent {
                Some(parent) => {
                    let parent = techniques
                        .get(parent)
                        .with_context(|| format!("{id} has an unknown parent `{parent}`"))?;
                    format!("{}: {}", parent.name, technique.name)
                }
                None => technique.name.clone(),
            };
            Ok(format!(
                "{id}\t{title}\thttps://atlas.mitre.org/techniques/{id}\n"
            ))
        })
        .collect()
}

fn read(text: &str) -> BTreeMap<String, Technique> {
    let items = text
        .lines()
        .skip_while(|line| *line != "  techniques:")
        .skip(1)
        .take_while(|line| line.starts_with("  - ") || line.starts_with("    ") || line.is_empty());
    let mut techniques = BTreeMap::new();
    let mut current = String::new();
    for line in items {
        if let Some(id) = line.strip_prefix("  - id: ") {
            current = id.to_owned();
            techniques.insert(current.clone(), Technique::default());
        }
        let Some(technique) = techniques.get_mut(&current) else {
            continue;
        };
        if let Some(name) = line.strip_prefix("    name: ") {
            technique.name = name.trim_matches(['\'', '"']).to_owned();
        }
        if let Some(parent) = line.strip_prefix("    subtechnique-of: ") {
            technique.parent = Some(parent.to_owned());
        }
    }
    techniques
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_techniques_carry_the_name_of_their_parent() {
        let text = "matrices:\n- id: ATLAS\n  techniques:\n  - id: AML.T0010\n    name: Supply Chain\n    \
                    description: 'name: no\n\n      text'\n  - id: AML.T0010.003\n    name: Model\n    \
                    subtechnique-of: AML.T0010\n  mitigations:\n  - id: AML.M0000\n    name: no\n";
        assert_eq!(
            to_table(text).unwrap(),
            "AML.T0010\tSupply Chain\thttps://atlas.mitre.org/techniques/AML.T0010\n\
             AML.T0010.003\tSupply Chain: Model\thttps://atlas.mitre.org/techniques/AML.T0010.003\n"
        );
    }

    #[test]
    fn another_layout_is_refused() {
        assert!(to_table("techniques: []\n").is_err());
    }
}
