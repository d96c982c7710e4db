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
pub enum Wanted<'text> {
    /// Versions from an index.
    Versions(Specifiers),
    /// The archive or repository at a URL.
    Url(&'text str),
}

/// A requirement.
#[derive(Debug, Clone)]
pub struct Requirement<'text> {
    /// The name as written.
    pub name: &'text str,
    /// The extras as written.
    pub extras: Vec<&'text str>,
    /// Versions, or a URL.
    pub wanted: Wanted<'text>,
    /// When it counts.
    pub marker: Option<Marker>,
    /// What stands before the marker, as written.
    pub head: &'text str,
    /// What stands after the semicolon, as written, even where it is no marker.
    pub condition: Option<&'text str>,
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

/// How closely a text has to follow the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rigour {
    Grammar,
    Tolerant,
}

impl<'text> Requirement<'text> {
    /// Reads a requirement.
    ///
    /// # Errors
    ///
    /// If it breaks the grammar of PEP 508.
    pub fn parse(text: &'text str) -> Result<Self, RequirementError> {
        if text.len() > LONGEST {
            return Err(RequirementError::Length);
        }
        Self::read(text, Rigour::Grammar)
    }

    /// Reads a requirement as manifests of all years have them: specifiers may have the form of old installers (see
    /// [`Specifiers::parse_lenient`]), extras any form, and what is no marker stays a text.
    ///
    /// # Errors
    ///
    /// If it is none even so.
    pub fn parse_lenient(text: &'text str) -> Result<Self, RequirementError> {
        Self::read(text, Rigour::Tolerant)
    }

    fn read(text: &'text str, rigour: Rigour) -> Result<Self, RequirementError> {
        let mut scan = Scan::new(text);
        skip(&mut scan);
        let start = scan.rest();
        let name = identifier(&mut scan).ok_or(RequirementError::Name)?;
        skip(&mut scan);
        let extras = match rigour {
            Rigour::Grammar => extras(&mut scan),
            Rigour::Tolerant => any_extras(&mut scan),
        };
        let extras = extras.ok_or(RequirementError::Extras)?;
        skip(&mut scan);
        let wanted = if scan.eat("@") {
            Wanted::Url(url(&mut scan)?)
        } else {
            let specifiers = match rigour {
                Rigour::Grammar => read_specifiers(&mut scan),
                Rigour::Tolerant => read_lenient(&mut scan),
            };
            Wanted::Versions(specifiers.ok_or(RequirementError::Specifiers)?)
        };
        let used = start.len().saturating_sub(scan.rest().len());
        let head = start.get(..used).unwrap_or(start).trim_end();
        skip(&mut scan);
        let condition = scan.eat(";").then(|| scan.rest().trim());
        let marker = match (condition, rigour) {
            (None, _) if !scan.done() => return Err(RequirementError::Specifiers),
            (None, _) => None,
            (Some(condition), Rigour::Tolerant) => Marker::parse(condition).ok(),
            (Some(_), Rigour::Grammar) => {
                let marker = Marker::read(&mut scan).filter(|_| scan.done());
                Some(marker.ok_or(RequirementError::Marker)?)
            }
        };
        Ok(Self {
            name,
            extras,
            wanted,
            marker,
            head,
            condition: condition.filter(|condition| !condition.is_empty()),
        })
    }

    /// The name in its normal form (PEP 503).
    #[must_use]
    pub fn normal_name(&self) -> String {
        pep503(self.name)
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
    pub const fn url(&self) -> Option<&'text str> {
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

fn extras<'text>(scan: &mut Scan<'text>) -> Option<Vec<&'text str>> {
    let mut found = Vec::new();
    if !scan.eat("[") {
        return Some(found);
    }
    skip(scan);
    if let Some(first) = identifier(scan) {
        found.push(first);
        skip(scan);
        while scan.eat(",") {
            skip(scan);
            found.push(identifier(scan)?);
            skip(scan);
        }
    }
    scan.eat("]").then_some(found)
}

/// Whatever stands between the brackets, divided at its commas.
fn any_extras<'text>(scan: &mut Scan<'text>) -> Option<Vec<&'text str>> {
    if !scan.eat("[") {
        return Some(Vec::new());
    }
    let list = scan.take_while(|next| next != ']');
    let names = list.split(',').map(str::trim);
    let names = names.filter(|name| !name.is_empty()).collect();
    scan.eat("]").then_some(names)
}

fn url<'text>(scan: &mut Scan<'text>) -> Result<&'text str, RequirementError> {
    skip(scan);
    let url = scan.take_while(|next| next != ' ' && next != '\t');
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
