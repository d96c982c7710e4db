//! Names of packages: how each ecosystem writes them, and when two are one.
//!
//! Similar names are not this module's business; here two names are the same package or they are not.

use chainwright_core::package::Ecosystem;

/// The form in which a name is shown and stored: the ecosystem's own normal form, case kept where users rely on it.
#[must_use]
pub fn normalise(ecosystem: Ecosystem, name: &str) -> String {
    let name = name.trim();
    match ecosystem {
        Ecosystem::PyPi => pep503(name),
        Ecosystem::Go => name.trim_end_matches('/').to_owned(),
        Ecosystem::Packagist
        | Ecosystem::Conda
        | Ecosystem::Debian
        | Ecosystem::Alpine
        | Ecosystem::Oci
        | Ecosystem::GitHub
        | Ecosystem::GitHubActions => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}

/// A form that is equal for two names exactly if the ecosystem takes them for the same package.
///
/// Names on npm and the Hub keep their case when shown, but no two live ones differ in case only; on crates.io `-` and
/// `_` are one.
#[must_use]
pub fn comparable(ecosystem: Ecosystem, name: &str) -> String {
    let name = normalise(ecosystem, name);
    match ecosystem {
        Ecosystem::Npm | Ecosystem::NuGet | Ecosystem::HuggingFace => name.to_ascii_lowercase(),
        Ecosystem::Cargo => name.to_ascii_lowercase().replace('-', "_"),
        _ => name,
    }
}

/// Whether both names are one package.
#[must_use]
pub fn same(ecosystem: Ecosystem, left: &str, right: &str) -> bool {
    comparable(ecosystem, left) == comparable(ecosystem, right)
}

/// PEP 503: lower case, runs of `-`, `_` and `.` as one `-`.
pub(crate) fn pep503(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.bytes().all(is_plain) {
        return name.to_owned();
    }
    let mut normal = String::with_capacity(name.len());
    let mut separated = false;
    for next in name.chars() {
        if matches!(next, '-' | '_' | '.') {
            if !separated {
                normal.push('-');
            }
            separated = true;
        } else {
            separated = false;
            normal.extend(next.to_lowercase());
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_the_normal_form_of_their_ecosystem() {
        for (ecosystem, name, expected) in [
            (
                Ecosystem::PyPi,
                " Typing_.-Extensions ",
                "typing-extensions",
            ),
            (Ecosystem::PyPi, "ruamel.yaml", "ruamel-yaml"),
            (Ecosystem::Npm, "@Scope/Name", "@Scope/Name"),
            (
                Ecosystem::Go,
                "github.com/Azure/azure-sdk-for-go/",
                "github.com/Azure/azure-sdk-for-go",
            ),
            (
                Ecosystem::HuggingFace,
                "EleutherAI/gpt-neo-1.3B",
                "EleutherAI/gpt-neo-1.3B",
            ),
            (
                Ecosystem::GitHub,
                "Package-Url/Purl-Spec",
                "package-url/purl-spec",
            ),
            (Ecosystem::Maven, "org.Apache:Log4j", "org.Apache:Log4j"),
        ] {
            assert_eq!(normalise(ecosystem, name), expected);
        }
    }

    #[test]
    fn names_are_compared_as_their_registry_does() {
        for (ecosystem, left, right, expected) in [
            (Ecosystem::Cargo, "serde-json", "serde_json", true),
            (
                Ecosystem::HuggingFace,
                "eleutherai/GPT-neo",
                "EleutherAI/gpt-neo",
                true,
            ),
            (Ecosystem::PyPi, "a.b", "A__b", true),
            (Ecosystem::Npm, "a-b", "a_b", false),
            (Ecosystem::Rpm, "ImageMagick", "imagemagick", false),
        ] {
            assert_eq!(same(ecosystem, left, right), expected, "{left} {right}");
        }
    }
}
