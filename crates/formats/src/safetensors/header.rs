//! The JSON of the header, key by key, so that a repeated key is seen and not silently the last one.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use chainwright_core::budget::Budget;
use chainwright_core::location::Place;
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::{DtypeCount, MetadataEntry, SafetensorsFacts, SafetensorsFlaw, TensorEntry, dtype};
use crate::json::{JsonError, JsonErrorKind, Token, Tokens};
use crate::signs::{self, TextSign};
use chainwright_core::fields::wide;

/// The header needs four levels; the reference's JSON reader stops at 128.
const MAX_DEPTH: usize = 128;
/// Tensors that are listed in the facts.
const LISTED_TENSORS: usize = 64;
/// Entries of the metadata that are listed whatever they hold.
const LISTED_METADATA: usize = 48;
/// Further entries that are listed because they show a sign.
const LISTED_WITH_SIGNS: usize = 96;
/// Dimensions that are listed.
const LISTED_DIMENSIONS: usize = 8;
/// Distinct element types that are counted one by one.
const COUNTED_DTYPES: usize = 64;
/// Characters of hostile text that are quoted.
const QUOTED: usize = 200;

/// The bytes that a tensor claims, relative to the start of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    pub begin: u64,
    pub end: u64,
    pub name: &'a str,
}

/// What one tensor's object said.
#[derive(Default)]
struct Entry<'a> {
    dtype: Option<Cow<'a, str>>,
    shape: Option<Shape>,
    offsets: Option<(u64, u64)>,
}

struct Shape {
    listed: Vec<u64>,
    elements: Option<u64>,
}

/// A name that may borrow from the header, kept for the layout.
#[derive(Debug)]
pub(super) struct Named<'a> {
    pub begin: u64,
    pub end: u64,
    pub name: Cow<'a, str>,
}

impl Named<'_> {
    pub(super) fn claim(&self) -> Claim<'_> {
        Claim {
            begin: self.begin,
            end: self.end,
            name: &self.name,
        }
    }
}

struct Parser<'a, 'f> {
    budget: &'f Budget,
    tokens: Tokens<'a>,
    facts: &'f mut SafetensorsFacts,
    claims: Vec<Named<'a>>,
    dtypes: BTreeMap<String, DtypeCount>,
}

/// Reads the whole header into `facts`; returns what every tensor claims.
pub(super) fn parse<'a>(
    text: &'a str,
    budget: &Budget,
    facts: &mut SafetensorsFacts,
) -> Vec<Named<'a>> {
    let mut parser = Parser {
        budget,
        tokens: Tokens::new(text, MAX_DEPTH),
        facts,
        claims: Vec::new(),
        dtypes: BTreeMap::new(),
    };
    if let Err(error) = parser.header() {
        parser.broken(error);
    }
    let (claims, dtypes) = (parser.claims, parser.dtypes);
    facts.dtypes = dtypes.into_values().collect();
    claims
}

impl<'a> Parser<'a, '_> {
    fn header(&mut self) -> Result<(), JsonError> {
        match self.tokens.next_token()? {
            Some(Token::ObjectStart) => {}
            _ => {
                self.flaw(SafetensorsFlaw::WrongType, || {
                    "the header is no object".to_owned()
                });
                return Ok(());
            }
        }
        let mut names: HashSet<Cow<'a, str>> = HashSet::new();
        let mut has_metadata = false;
        while let Some(Token::Key(name)) = self.tokens.next_token()? {
            if self.facts.tensor_count.is_multiple_of(4096) && self.is_time_up() {
                return Ok(());
            }
            if name == "__metadata__" {
                if has_metadata {
                    self.flaw(SafetensorsFlaw::DuplicateMetadata, || {
                        "`__metadata__` stands here again".to_owned()
                    });
                }
                has_metadata = true;
                self.metadata()?;
                if self.is_time_up() {
                    return Ok(());
                }
                continue;
            }
            if !names.insert(name.clone()) {
                let shown = visible(&name, QUOTED);
                self.flaw(SafetensorsFlaw::DuplicateTensor, || {
                    format!("tensor `{shown}` stands here again")
                });
            }
            self.tensor(name)?;
        }
        // Anything but white space behind the object is an error of the tokenizer.
        self.tokens.next_token().map(|_| ())
    }

    fn tensor(&mut self, name: Cow<'a, str>) -> Result<(), JsonError> {
        self.facts.tensor_count = self.facts.tensor_count.saturating_add(1);
        let shown = visible(&name, QUOTED);
        if signs::is_odd_name(&name) {
            self.flaw(SafetensorsFlaw::OddName, || {
                format!("tensor name `{shown}`")
            });
        }
        let depth = self.tokens.depth();
        let Some(entry) = self.entry(&shown)? else {
            return self.tokens.leave_to(depth);
        };
        let elements = entry.shape.as_ref().and_then(|shape| shape.elements);
        self.check_size(&entry, elements, &shown);
        self.count(&entry, elements.unwrap_or(0));
        let (begin, end) = entry.offsets.unwrap_or((0, 0));
        if self.facts.tensors.len() < LISTED_TENSORS {
            self.facts.tensors.push(TensorEntry {
                name: shown,
                dtype: visible(entry.dtype.as_deref().unwrap_or_default(), 32),
                shape: entry.shape.map(|shape| shape.listed).unwrap_or_default(),
                offset: self
                    .facts
                    .header_length
                    .saturating_add(8)
                    .saturating_add(begin),
                length: end.saturating_sub(begin),
            });
        }
        if entry.offsets.is_some() && begin <= end {
            self.claims.push(Named { begin, end, name });
        }
        Ok(())
    }

    /// The object of one tensor; `None` if it is none.
    fn entry(&mut self, shown: &str) -> Result<Option<Entry<'a>>, JsonError> {
        if self.tokens.next_token()? != Some(Token::ObjectStart) {
            self.flaw(SafetensorsFlaw::WrongType, || {
                format!("`{shown}` is no object")
            });
            return Ok(None);
        }
        let mut entry = Entry::default();
        let mut seen: Vec<Cow<'a, str>> = Vec::new();
        while let Some(Token::Key(field)) = self.tokens.next_token()? {
            if seen.contains(&field) {
                let field = visible(&field, 32);
                self.flaw(SafetensorsFlaw::DuplicateField, || {
                    format!("`{field}` of `{shown}` stands here again")
                });
            }
            let depth = self.tokens.depth();
            let known = match field.as_ref() {
                "dtype" => match self.tokens.next_token()? {
                    Some(Token::String(dtype)) => {
                        entry.dtype = Some(dtype);
                        true
                    }
                    _ => false,
                },
                "shape" => {
                    entry.shape = self.shape()?;
                    entry.shape.is_some()
                }
                "data_offsets" => {
                    entry.offsets = self.offsets()?;
                    entry.offsets.is_some()
                }
                _ => {
                    self.flaw(SafetensorsFlaw::UnknownField, || {
                        format!("`{shown}` has a field `{}`", visible(&field, 64))
                    });
                    self.tokens.skip_value()?;
                    true
                }
            };
            self.tokens.leave_to(depth)?;
            if !known {
                let field = visible(&field, 32);
                self.flaw(SafetensorsFlaw::WrongType, || {
                    format!("`{field}` of `{shown}` has the wrong type")
                });
            }
            // The format has three fields; a long list of others need not be remembered.
            if seen.len() < 16 {
                seen.push(field);
            }
        }
        for (field, is_missing) in [
            ("dtype", !seen.iter().any(|name| name == "dtype")),
            ("shape", !seen.iter().any(|name| name == "shape")),
            (
                "data_offsets",
                !seen.iter().any(|name| name == "data_offsets"),
            ),
        ] {
            if is_missing {
                self.flaw(SafetensorsFlaw::MissingField, || {
                    format!("`{shown}` has no `{field}`")
                });
            }
        }
        Ok(Some(entry))
    }

    /// An array of non-negative integers; `None` if it is something else, which is left half read.
    fn shape(&mut self) -> Result<Option<Shape>, JsonError> {
        if self.tokens.next_token()? != Some(Token::ArrayStart) {
            return Ok(None);
        }
        let mut shape = Shape {
            listed: Vec::new(),
            elements: Some(1),
        };
        loop {
            match self.tokens.next_token()? {
                Some(Token::Number(number)) => match number.parse::<u64>() {
                    Ok(dimension) => {
                        shape.elements = shape
                            .elements
                            .and_then(|elements| elements.checked_mul(dimension));
                        if shape.listed.len() < LISTED_DIMENSIONS {
                            shape.listed.push(dimension);
                        }
                    }
                    Err(_) => return Ok(None),
                },
                Some(Token::ArrayEnd) => return Ok(Some(shape)),
                _ => return Ok(None),
            }
        }
    }

    fn offsets(&mut self) -> Result<Option<(u64, u64)>, JsonError> {
        if self.tokens.next_token()? != Some(Token::ArrayStart) {
            return Ok(None);
        }
        let mut offset = || -> Result<Option<u64>, JsonError> {
            Ok(match self.tokens.next_token()? {
                Some(Token::Number(number)) => number.parse().ok(),
                _ => None,
            })
        };
        let (Some(begin), Some(end)) = (offset()?, offset()?) else {
            return Ok(None);
        };
        Ok((self.tokens.next_token()? == Some(Token::ArrayEnd)).then_some((begin, end)))
    }

    fn check_size(&mut self, entry: &Entry<'_>, elements: Option<u64>, shown: &str) {
        if let Some((begin, end)) = entry.offsets
            && end < begin
        {
            self.flaw(SafetensorsFlaw::NegativeRange, || {
                format!("`{shown}` lies at {begin}..{end}")
            });
        }
        let bits = entry.dtype.as_deref().map(dtype::bits);
        if bits == Some(None) {
            let dtype = visible(entry.dtype.as_deref().unwrap_or_default(), 64);
            self.flaw(SafetensorsFlaw::UnknownDtype, || {
                format!("`{shown}` is of type `{dtype}`")
            });
        }
        if entry.shape.is_none() {
            return;
        }
        let bits = bits.flatten();
        let total = elements.and_then(|elements| elements.checked_mul(bits.unwrap_or(1)));
        match (total, bits, entry.offsets) {
            (None, _, _) => {
                self.flaw(SafetensorsFlaw::Overflow, || {
                    format!("the shape of `{shown}` overflows")
                });
            }
            (Some(total), Some(_), _) if total % 8 != 0 => {
                self.flaw(SafetensorsFlaw::PartialByte, || {
                    format!("`{shown}` has {total} bits")
                });
            }
            (Some(total), Some(_), Some((begin, end)))
                if end >= begin && end.saturating_sub(begin) != total / 8 =>
            {
                self.flaw(SafetensorsFlaw::SizeMismatch, || {
                    format!(
                        "the shape of `{shown}` needs {} bytes, its offsets give {}",
                        total / 8,
                        end.saturating_sub(begin)
                    )
                });
            }
            _ => {}
        }
    }

    fn count(&mut self, entry: &Entry<'_>, elements: u64) {
        self.facts.parameters = self.facts.parameters.saturating_add(elements);
        let mut dtype = visible(entry.dtype.as_deref().unwrap_or_default(), 32);
        if self.dtypes.len() >= COUNTED_DTYPES && !self.dtypes.contains_key(&dtype) {
            dtype = "other".to_owned();
        }
        let count = self.dtypes.entry(dtype.clone()).or_insert(DtypeCount {
            dtype,
            tensors: 0,
            parameters: 0,
        });
        count.tensors = count.tensors.saturating_add(1);
        count.parameters = count.parameters.saturating_add(elements);
    }

    fn metadata(&mut self) -> Result<(), JsonError> {
        let depth = self.tokens.depth();
        match self.tokens.next_token()? {
            Some(Token::ObjectStart) => {}
            Some(Token::Null) => return Ok(()),
            _ => {
                self.flaw(SafetensorsFlaw::MetadataType, || {
                    "`__metadata__` is no object".to_owned()
                });
                return self.tokens.leave_to(depth);
            }
        }
        let mut keys: HashSet<Cow<'a, str>> = HashSet::new();
        while let Some(Token::Key(key)) = self.tokens.next_token()? {
            if self.is_time_up() {
                return Ok(());
            }
            let inner = self.tokens.depth();
            match self.tokens.next_token()? {
                Some(Token::String(value)) => self.metadata_entry(&key, &value),
                _ => {
                    let shown = visible(&key, QUOTED);
                    self.flaw(SafetensorsFlaw::MetadataType, || {
                        format!("metadata `{shown}` is no string")
                    });
                    self.tokens.leave_to(inner)?;
                }
            }
            if !keys.insert(key.clone()) {
                let shown = visible(&key, QUOTED);
                self.flaw(SafetensorsFlaw::DuplicateMetadata, || {
                    format!("metadata `{shown}` stands here again")
                });
            }
        }
        Ok(())
    }

    fn metadata_entry(&mut self, key: &str, value: &str) {
        self.facts.metadata_count = self.facts.metadata_count.saturating_add(1);
        let mut found = signs::signs(value);
        found.extend(signs::signs(key));
        found.sort_unstable();
        found.dedup();
        let has_grave = found.iter().any(|sign| *sign < TextSign::Template);
        let listed = self.facts.metadata.len();
        if listed < LISTED_METADATA
            || (has_grave && listed < LISTED_METADATA.saturating_add(LISTED_WITH_SIGNS))
        {
            self.facts.metadata.push(MetadataEntry {
                key: visible(key, QUOTED),
                value: visible(value, QUOTED),
                length: wide(value.len()),
                signs: found,
            });
        }
    }

    /// Notes it, too.
    fn is_time_up(&mut self) -> bool {
        let Err(reason) = self.budget.check_time() else {
            return false;
        };
        let place = self.place();
        if self.facts.problems.is_empty() {
            self.facts
                .problem(ProblemKind::LimitReached, place, reason.to_string());
        }
        true
    }

    fn broken(&mut self, error: JsonError) {
        let place = Place::Byte(wide(error.position).saturating_add(8));
        let kind = match error.kind {
            JsonErrorKind::TooDeep => SafetensorsFlaw::TooDeep,
            _ => SafetensorsFlaw::InvalidJson,
        };
        self.facts.flaw(kind, place, || error.to_string());
    }

    fn place(&self) -> Place {
        Place::Byte(wide(self.tokens.position()).saturating_add(8))
    }

    fn flaw(&mut self, kind: SafetensorsFlaw, detail: impl FnOnce() -> String) {
        let place = self.place();
        self.facts.flaw(kind, place, detail);
    }
}
