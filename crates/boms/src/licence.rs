//! What a licence is called: SPDX identifiers, expressions, or just a name.

/// How a term can be written in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// One identifier of the SPDX list.
    Identifier,
    /// An SPDX expression.
    Expression,
    /// A name that SPDX does not know.
    Name,
}

/// Identifiers that the list of the CycloneDX schemas lacks, being younger or spelled otherwise there; as expressions
/// or names they are welcome everywhere.
const YOUNG: &[&str] = &[
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-Source-Code-no-disclaimer",
    "BSD-Source-alt-GPL",
    "BSD-ask-to-endorse",
    "Brian-Gladman-3-Clause-no-conversion",
    "Bugroff",
    "CC-BY-NC-3.0-IGO",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "Hippocratic-3.0-core",
    "Informatica",
    "MVT-1.1",
    "atc-game",
    "Google-Patent-WebM",
    "Spelling-Provider-LGPL-exception",
];

/// Longest text that is tried as an expression.
const LONGEST_EXPRESSION: usize = 4096;

/// What a term is; never fails.
#[must_use]
pub fn classify(term: &str) -> Term {
    if is_listed(term) && !YOUNG.contains(&term) {
        return Term::Identifier;
    }
    if term.len() <= LONGEST_EXPRESSION
        && term.bytes().filter(|byte| *byte == b'(').count() <= 64
        && spdx::Expression::parse_mode(term, spdx::ParseMode::STRICT).is_ok()
    {
        return Term::Expression;
    }
    Term::Name
}

/// Whether SPDX lists the text as a licence or an exception, in exactly this spelling. Deprecated identifiers count.
#[must_use]
pub fn is_listed(term: &str) -> bool {
    if matches!(term, "NOASSERTION" | "NONE") {
        return false;
    }
    let is_licence = spdx::license_id(term).is_some_and(|licence| licence.name == term);
    is_licence
        || spdx::exception_id(term).is_some_and(|exception| exception.name == term)
        || is_old_gnu(term)
}

/// Every identifier that this program knows, for comparing with the lists of others.
pub fn identifiers() -> impl Iterator<Item = &'static str> {
    spdx::identifiers::LICENSES
        .iter()
        .map(|licence| licence.name)
        .chain(spdx::identifiers::EXCEPTIONS.iter().map(|each| each.name))
        .filter(|name| is_listed(name))
}

/// The identifiers of SPDX 2 for GNU licences, which the crate's list spells as expressions.
fn is_old_gnu(term: &str) -> bool {
    let base = term.strip_suffix('+').unwrap_or(term);
    ["GPL-", "LGPL-", "AGPL-", "GFDL-"]
        .iter()
        .any(|family| base.starts_with(family))
        && spdx::license_id(base).is_some_and(|licence| licence.name == base)
}
