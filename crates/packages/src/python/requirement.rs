//! Requirements: `name[extra] >=1,<2; marker` and `name @ URL` (PEP 508).

use thiserror::Error;

use super::marker::Marker;
use super::specifiers::{Specifier, Specifiers};
use crate::name::pep503;
use crate::pinning::{Pinning, of_url};
use crate::scan::Scan;

/// The longest text that is read as a requirement, a marker or a list of specifiers, in bytes.
pub const LONGEST: usize = 8192;

/// What a requirement asks for.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// Versions from an index.
    Versions(Specifiers),
    /// The archive or repository at a URL.
    Url(String),
}

/// A requirement.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The name as written.
    pub name: String,
    /// The extras as written.
    pub extras: Vec<String>,
    /// Versions, or a URL.
    pub wanted: Wanted,
    /// When it counts.
    pub marker: Option<Marker>,
}

/// Text that is no requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RequirementError {
    /// It begins with no name.
    #[error("a requirement begins with a name")]
    Name,
    /// The list of extras is broken.
    #[error("extras are names between brackets, divided by commas")]
    Extras,
    /// No URL follows the `@`.
    #[error("a URL has to follow `@`")]
    Url,
    /// What follows the name is neither a list of specifiers nor a marker.
    #[error("not a list of version specifiers")]
    Specifiers,
    /// What follows the semicolon is no marker.
    #[error("not an environment marker")]
    Marker,
    /// Longer than any honest one.
    #[error("a requirement may have {LONGEST} bytes")]
    Length,
}

impl Requirement {
    /// Reads a requirement.
    ///
    /// # Errors
    ///
    /// If it breaks the grammar of PEP 508.
    pub fn parse(text: &str) -> Result<Self, RequirementError> {
        Self::read(text, read_specifiers)
    }

    /// Reads a requirement whose specifiers may have the form of old installers; see
    /// [`Specifiers::parse_lenient`].
    ///
    /// # Errors
    ///
    /// If it is none even so.
    pub fn parse_lenient(text: &str) -> Result<Self, RequirementError> {
        Self::parse(text).or_else(|error| {
            if error == RequirementError::Specifiers {
                Self::read(text, read_lenient)
            } else {
                Err(error)
            }
        })
    }

    fn read(
        text: &str,
        specifiers: impl Fn(&mut Scan<'_>) -> Option<Specifiers>,
    ) -> Result<Self, RequirementError> {
        if text.len() > LONGEST {
            return Err(RequirementError::Length);
        }
        let mut scan = Scan::new(text);
        skip(&mut scan);
        let name = identifier(&mut scan)
            .ok_or(RequirementError::Name)?
            .to_owned();
        skip(&mut scan);
        let extras = extras(&mut scan).ok_or(RequirementError::Extras)?;
        skip(&mut scan);
        let wanted = if scan.eat("@") {
            Wanted::Url(url(&mut scan)?)
        } else {
            Wanted::Versions(specifiers(&mut scan).ok_or(RequirementError::Specifiers)?)
        };
        skip(&mut scan);
        let marker = if scan.eat(";") {
            Some(Marker::read(&mut scan).ok_or(RequirementError::Marker)?)
        } else {
            None
        };
        match (scan.done(), &marker) {
            (true, _) => Ok(Self {
                name,
                extras,
                wanted,
                marker,
            }),
            (false, Some(_)) => Err(RequirementError::Marker),
            (false, None) => Err(RequirementError::Specifiers),
        }
    }

    /// The name in its normal form (PEP 503).
    #[must_use]
    pub fn normal_name(&self) -> String {
        pep503(&self.name)
    }

    /// The specifiers, if versions are wanted.
    #[must_use]
    pub const fn specifiers(&self) -> Option<&Specifiers> {
        match &self.wanted {
            Wanted::Versions(specifiers) => Some(specifiers),
            Wanted::Url(_) => None,
        }
    }

    /// The URL, if one is wanted.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match &self.wanted {
            Wanted::Url(url) => Some(url),
            Wanted::Versions(_) => None,
        }
    }

    /// How firmly the requirement holds its package.
    #[must_use]
    pub fn pinning(&self) -> Pinning {
        match &self.wanted {
            Wanted::Versions(specifiers) => specifiers.pinning(),
            Wanted::Url(url) => of_url(url),
        }
    }
}

fn skip(scan: &mut Scan<'_>) {
    scan.take_while(|next| next == ' ' || next == '\t');
}

/// A name begins and ends with a letter or digit.
fn identifier<'text>(scan: &mut Scan<'text>) -> Option<&'text str> {
    let start = scan.rest();
    let mut ahead = *scan;
    let run =
        ahead.take_while(|next| next.is_ascii_alphanumeric() || matches!(next, '.' | '_' | '-'));
    // An underscore is a word's part to Python's `\b`, so a name may end with it.
    let name = run.trim_end_matches(['.', '-']);
    let follows_word = ahead
        .peek()
        .is_some_and(|next| next.is_alphanumeric() || next == '_');
    if !name.starts_with(|next: char| next.is_ascii_alphanumeric())
        || (name.len() == run.len() && follows_word)
    {
        return None;
    }
    let (name, rest) = start.split_at_checked(name.len())?;
    *scan = Scan::new(rest);
    Some(name)
}

fn extras(scan: &mut Scan<'_>) -> Option<Vec<String>> {
    let mut found = Vec::new();
    if !scan.eat("[") {
        return Some(found);
    }
    skip(scan);
    if let Some(first) = identifier(scan) {
        found.push(first.to_owned());
        skip(scan);
        while scan.eat(",") {
            skip(scan);
            found.push(identifier(scan)?.to_owned());
            skip(scan);
        }
    }
    scan.eat("]").then_some(found)
}

fn url(scan: &mut Scan<'_>) -> Result<String, RequirementError> {
    skip(scan);
    let url = scan
        .take_while(|next| next != ' ' && next != '\t')
        .to_owned();
    let marker_or_end = scan.done() || scan.rest().trim_start_matches([' ', '\t']).starts_with(';');
    let at_end = scan.rest().trim_matches([' ', '\t']).is_empty();
    if url.is_empty() || !(marker_or_end || at_end) {
        return Err(RequirementError::Url);
    }
    Ok(url)
}

fn read_specifiers(scan: &mut Scan<'_>) -> Option<Specifiers> {
    let enclosed = scan.eat("(");
    skip(scan);
    let mut found = Specifiers::default();
    while let Some(specifier) = Specifier::read(scan) {
        // The text of `===` may hold commas, which divide it all the same.
        let text = specifier.to_string();
        if text.contains(',') {
            for part in Specifiers::parse(&text).ok()?.list() {
                found.push(part.clone());
            }
        } else {
            found.push(specifier);
        }
        skip(scan);
        if !scan.eat(",") {
            break;
        }
        skip(scan);
    }
    skip(scan);
    (!enclosed || scan.eat(")")).then_some(found)
}

fn read_lenient(scan: &mut Scan<'_>) -> Option<Specifiers> {
    let text = scan.take_while(|next| next != ';').trim();
    let inner = match text.strip_prefix('(') {
        Some(rest) => rest.strip_suffix(')')?,
        None => text,
    };
    Specifiers::parse_lenient(inner).ok()
}
