//! The installed database of apk: paragraphs of `X:value` (apk-tools, `apk_db`; Alpine wiki, Apk spec).

use chainwright_core::package::{Ecosystem, Package};

use super::{Database, InstalledFacts, InstalledPackage, sums};

/// Reads `lib/apk/db/installed`.
#[must_use]
pub fn read(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::Apk);
    let text = String::from_utf8_lossy(bytes);
    let mut fields = Fields::default();
    let mut folder = "";
    let mut file = String::new();
    for line in text.lines() {
        if line.is_empty() {
            facts_of(std::mem::take(&mut fields), &mut facts);
            continue;
        }
        let Some((field, value)) = line.split_once(':') else {
            continue;
        };
        let slot = match field {
            "F" => {
                folder = value;
                continue;
            }
            "R" => {
                file = format!("{folder}/{value}");
                facts.push_file(&file);
                continue;
            }
            "Z" => {
                if let Some(sum) = sums::of_apk(value) {
                    facts.push_sum(&file, sum);
                }
                continue;
            }
            "P" => &mut fields.name,
            "V" => &mut fields.version,
            "A" => &mut fields.architecture,
            "o" => &mut fields.origin,
            "L" => &mut fields.licence,
            "m" => &mut fields.maintainer,
            _ => continue,
        };
        *slot = value.trim().chars().take(512).collect();
    }
    facts_of(fields, &mut facts);
    facts
}

#[derive(Default)]
struct Fields {
    name: String,
    version: String,
    architecture: String,
    origin: String,
    licence: String,
    maintainer: String,
}

fn facts_of(fields: Fields, facts: &mut InstalledFacts) {
    if fields.name.is_empty() || fields.version.is_empty() {
        return;
    }
    let source = if fields.origin.is_empty() {
        fields.name.clone()
    } else {
        fields.origin
    };
    facts.push(InstalledPackage {
        package: Package::new(Ecosystem::Alpine, fields.name, Some(fields.version.clone())),
        architecture: fields.architecture,
        source,
        source_version: fields.version,
        licence: fields.licence,
        maintainer: fields.maintainer,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_keep_their_origin_and_licence() {
        let installed = "C:Q1abc=\nP:libcrypto3\nV:3.3.2-r1\nA:x86_64\no:openssl\nL:Apache-2.0\nF:lib\nR:x\na:0:0:755\nZ:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\n\n\
                         P:musl\nV:1.2.5-r0\n";
        let facts = read(installed.as_bytes());
        let shown: Vec<String> = facts
            .packages
            .iter()
            .map(|each| format!("{} <- {} {}", each.package, each.source, each.licence))
            .collect();
        assert_eq!(
            shown,
            [
                "libcrypto3@3.3.2-r1 <- openssl Apache-2.0",
                "musl@1.2.5-r0 <- musl "
            ]
        );
        assert_eq!(facts.files, ["lib/x"]);
        assert_eq!(
            format!("{:?}", facts.sums),
            "[FileSum { path: \"lib/x\", sum: da39a3ee5e6b4b0d3255bfef95601890afd80709 }]"
        );
    }
}
