//! Statements that a weakness does or does not matter for a product (VEX), and what they mean for our matches.
//!
//! Read are OpenVEX 0.2.0, CycloneDX (`vulnerabilities[].analysis`) and CSAF 2.0; OpenVEX is written. A statement is for
//! a weakness under any of its names and for a product by package URL or digest, perhaps for a part of it only. The
//! later of two statements about the same wins. Whether an author is believed is decided above: this module knows no
//! signatures.

mod csaf;
mod cyclonedx;
mod openvex;

use chainwright_core::package::Package;
use chainwright_packages::{name, purl, version};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::index::Match;

pub use openvex::write;

/// LIMIT: statements of one document.
const MAX_STATEMENTS: usize = 200_000;
/// LIMIT: products of one statement.
const MAX_PRODUCTS: usize = 200_000;
/// LIMIT: bytes of a reason.
const MAX_TEXT: usize = 8 * 1024;

/// Why a document is no VEX document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VexError {
    /// No JSON.
    #[error("no valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Another kind of document.
    #[error("the document is neither OpenVEX, nor CycloneDX with vulnerabilities, nor CSAF 2.0")]
    OtherDocument,
}

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// OpenVEX.
    OpenVex,
    /// CycloneDX.
    CycloneDx,
    /// CSAF 2.0.
    Csaf,
}

/// What a document states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its form.
    pub form: Form,
    /// Who made it, as it says.
    pub author: String,
    /// What it states, in its order.
    pub statements: Vec<Statement>,
    /// Statements that cannot be used, and why.
    pub rejected: Vec<String>,
}

/// A statement about a weakness in products.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The weakness under all names that the statement gives.
    pub vulnerability: Vec<String>,
    /// The products that it is for; one is enough.
    pub products: Vec<Product>,
    /// What is stated.
    pub status: Status,
    /// Why it does not matter, as one of the format's labels.
    pub justification: String,
    /// Why it does not matter, in words.
    pub impact: String,
    /// What to do about it.
    pub action: String,
    /// When it was stated, in seconds since 1970.
    pub at: Option<i64>,
    /// Who states it, as the document says.
    pub author: String,
}

/// What is stated about a weakness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does not matter here.
    NotAffected,
    /// It matters.
    Affected,
    /// It is repaired in this product.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl Status {
    /// The name in OpenVEX.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAffected => "not_affected",
            Self::Affected => "affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }
}

/// A product, and the part of it that a statement is for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Product {
    /// The product.
    pub identity: Identity,
    /// Parts of it; empty means all of it.
    pub parts: Vec<Identity>,
}

/// How a document names a product.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// Package URLs and other names.
    pub names: Vec<String>,
    /// SHA-256 digests in lower-case hexadecimal.
    pub sha256: Vec<String>,
}

/// What a match is about, as far as statements can name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// What is scanned, by package URL or any other name that a statement may use.
    pub roots: Vec<String>,
    /// Digests of what is scanned.
    pub root_digests: Vec<String>,
    /// The package with the weakness.
    pub package: Option<Package>,
    /// Digests of the package or file with the weakness.
    pub digests: Vec<String>,
}

/// Why a match needs no attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// `not_affected` or `fixed`.
    pub status: Status,
    /// The label or the words that say why.
    pub reason: String,
    /// Who says so.
    pub author: String,
    /// When, in seconds since 1970.
    pub at: Option<i64>,
}

/// A match, and why it needs no attention, if so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The match.
    pub matched: Match,
    /// Why it needs no attention.
    pub suppressed: Option<Suppression>,
}

/// Reads a document of any of the three forms.
///
/// # Errors
/// When it is none of them.
pub fn parse(bytes: &[u8]) -> Result<Document, VexError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value: Value = serde_json::from_slice(bytes)?;
    let mut document = if openvex::recognise(&value) {
        openvex::read(&value)
    } else if cyclonedx::recognise(&value) {
        cyclonedx::read(&value)
    } else if csaf::recognise(&value) {
        csaf::read(&value)
    } else {
        return Err(VexError::OtherDocument);
    };
    document.check();
    Ok(document)
}

impl Document {
    const fn new(form: Form, author: String) -> Self {
        Self {
            form,
            author,
            statements: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// Takes out what cannot be used: statements about nothing, and claims without a reason.
    fn check(&mut self) {
        let rejected = &mut self.rejected;
        self.statements.retain(|statement| {
            let name = statement.vulnerability.first().map_or("?", String::as_str);
            let unexplained = statement.justification.is_empty() && statement.impact.is_empty();
            let fault = if statement.vulnerability.is_empty() {
                "it names no vulnerability"
            } else if statement.products.is_empty() {
                "it names no product"
            } else if statement.status == Status::NotAffected && unexplained {
                "`not_affected` needs a justification or an impact statement"
            } else {
                return true;
            };
            if rejected.len() < 1000 {
                rejected.push(format!("statement about `{name}`: {fault}"));
            }
            false
        });
    }
}

/// Says which matches need no attention. The latest statement that is about the match decides; of several of the same
/// moment, the last.
#[must_use]
pub fn apply(statements: &[Statement], subject: &Subject, matches: Vec<Match>) -> Vec<Applied> {
    matches
        .into_iter()
        .map(|matched| {
            let about = statements.iter().filter(|statement| {
                let named = |name: &String| {
                    matched
                        .advisory
                        .ids()
                        .any(|id| id.eq_ignore_ascii_case(name))
                };
                statement.vulnerability.iter().any(named) && statement.is_for(subject)
            });
            let latest = about.max_by_key(|statement| statement.at);
            Applied {
                suppressed: latest.and_then(|statement| statement.suppression(subject)),
                matched,
            }
        })
        .collect()
}

impl Statement {
    fn is_for(&self, subject: &Subject) -> bool {
        self.products.iter().any(|product| product.covers(subject))
    }

    fn suppression(&self, subject: &Subject) -> Option<Suppression> {
        let settled = match self.status {
            Status::NotAffected => true,
            // Repaired in which version? Without one, the statement would hold for the broken one as well.
            Status::Fixed => self
                .products
                .iter()
                .any(|product| product.covers(subject) && product.is_exact()),
            Status::Affected | Status::UnderInvestigation => false,
        };
        settled.then(|| Suppression {
            status: self.status,
            reason: if self.justification.is_empty() {
                self.impact.clone()
            } else {
                self.justification.clone()
            },
            author: self.author.clone(),
            at: self.at,
        })
    }
}

impl Product {
    /// The product is what is scanned and its part the package, or the product is the package itself.
    fn covers(&self, subject: &Subject) -> bool {
        let is_root = self.identity.is_root(subject);
        let is_package = self.identity.is_package(subject);
        let part = self.parts.is_empty() || self.parts.iter().any(|part| part.is_package(subject));
        (is_root || is_package) && part
    }

    fn is_exact(&self) -> bool {
        let exact = |identity: &Identity| {
            let versioned =
                |name: &String| purl::parse(name).is_ok_and(|purl| purl.version.is_some());
            !identity.sha256.is_empty() || identity.names.iter().any(versioned)
        };
        exact(&self.identity) || self.parts.iter().any(exact)
    }
}

impl Identity {
    fn is_root(&self, subject: &Subject) -> bool {
        self.sha256
            .iter()
            .any(|digest| subject.root_digests.contains(digest))
            || self.names.iter().any(|named| {
                subject
                    .roots
                    .iter()
                    .any(|root| named == root || same_purl(named, root))
            })
    }

    fn is_package(&self, subject: &Subject) -> bool {
        if self
            .sha256
            .iter()
            .any(|digest| subject.digests.contains(digest))
        {
            return true;
        }
        let Some(package) = &subject.package else {
            return false;
        };
        self.names
            .iter()
            .filter_map(|named| purl::parse(named).ok()?.to_package())
            .any(|named| names_package(&named, package))
    }
}

/// Whether the first, which may have no version, names the second.
fn names_package(named: &Package, package: &Package) -> bool {
    let same_version = match (&named.version, &package.version) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(one), Some(other)) => {
            one == other
                || version::compare(package.ecosystem, one, other)
                    .is_some_and(std::cmp::Ordering::is_eq)
        }
    };
    named.ecosystem == package.ecosystem
        && same_version
        && name::same(package.ecosystem, &named.name, &package.name)
        && (named.distribution.is_empty() || named.distribution == package.distribution)
}

fn same_purl(named: &str, root: &str) -> bool {
    let package = |text: &str| purl::parse(text).ok()?.to_package();
    match (package(named), package(root)) {
        (Some(named), Some(root)) => names_package(&named, &root),
        _ => false,
    }
}

fn text(value: &Value, key: &str) -> String {
    let text = value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    text.get(..text.floor_char_boundary(MAX_TEXT))
        .unwrap_or_default()
        .to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A SHA-256 digest in lower-case hexadecimal, if it is one.
fn sha256(text: &str) -> Option<String> {
    let hex = text.trim().to_ascii_lowercase();
    (hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hex)
}

/// Whether an algorithm's name means SHA-256.
fn is_sha256(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "sha-256" | "sha256" | "sha2-256"
    )
}

#[cfg(test)]
#[path = "vex/tests.rs"]
mod tests;
