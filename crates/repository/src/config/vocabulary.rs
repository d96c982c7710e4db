//! The vocabulary and merges of `tokenizer.json`, read as a stream beside the tree.
//!
//! The two tables are large and plain, so they are read by a reader of their own that keeps borrowed words only. What is
//! looked for is what training never leaves behind: two words on one id, merges that make no word, a word in the middle
//! of the table that no merge makes and that speaks, a merge far out of the order of its neighbours. Whether a
//! vocabulary is the publisher's only a comparison can tell.
//!
//! Source: `tokenizers` 0.23, `models/bpe/serialization.rs` and `models/bpe/model.rs` for what its reader rejects.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_core::tokens;
use memchr::memchr2;

use super::facts::{Details, DocumentFacts, VocabularyDetails};

use crate::document::{Node, parse_json};
use crate::hazard::{Hazard, HazardKind};

/// LIMIT: words that are kept; the largest known vocabulary has 1.1 million.
const MAX_WORDS: usize = 1_500_000;
/// LIMIT: merges that are kept.
const MAX_MERGES: usize = 3_000_000;
/// Tables smaller than this are toys and have no order to speak of.
const GROWN: usize = 1000;
/// How far a merge must lie from both neighbours to stand out.
const FAR: u64 = 1000;
/// An id that no embedding table has.
const ABSURD_ID: u64 = 50_000_000;

/// The words of a vocabulary by text and by id.
pub(super) struct Vocabulary<'a> {
    words: Vec<(Cow<'a, str>, u64)>,
    by_text: HashMap<Box<str>, usize>,
    by_id: Vec<(u64, usize)>,
}

impl Vocabulary<'_> {
    /// The id of a word.
    pub(super) fn id(&self, text: &str) -> Option<u64> {
        let index = self.by_text.get(text)?;
        self.words.get(*index).map(|(_, id)| *id)
    }

    /// The word of an id.
    pub(super) fn text(&self, id: u64) -> Option<&str> {
        let at = self.by_id.partition_point(|(known, _)| *known < id);
        let (found, index) = self.by_id.get(at)?;
        let (text, _) = self.words.get(*index)?;
        (*found == id).then_some(text)
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }
}

/// Reads the tables of `text`; the tree gives what stands beside them.
pub(super) fn read<'a>(
    text: &'a str,
    root: &Node,
    facts: &mut DocumentFacts,
) -> Option<Vocabulary<'a>> {
    let model = root.get("model")?;
    let sections = sections(text);
    for name in ["vocab", "merges"] {
        if sections.iter().filter(|(key, _)| *key == name).count() > 1 {
            hazard(
                facts,
                HazardKind::DuplicateKey,
                &format!("/model/{name}"),
                name,
            );
        }
    }
    let start = |name: &str| sections.iter().rev().find(|(key, _)| *key == name);
    let (_, at) = start("vocab")?;
    let words = words(text, *at, facts);
    let vocabulary = index(words, facts);
    let mut details = VocabularyDetails {
        words: wide(vocabulary.len()),
        largest_id: vocabulary.by_id.last().map_or(0, |(id, _)| *id),
        ..VocabularyDetails::default()
    };
    let distinct = vocabulary.by_id.chunk_by(|left, right| left.0 == right.0);
    details.missing_ids = details
        .largest_id
        .saturating_add(1)
        .saturating_sub(wide(distinct.count()));
    if details.largest_id > ABSURD_ID {
        let value = details.largest_id.to_string();
        hazard(facts, HazardKind::UnreasonableSize, "/model/vocab", &value);
    }
    if let Some((_, at)) = start("merges") {
        let prefix = model
            .text_of("continuing_subword_prefix")
            .unwrap_or_default();
        let added = added_texts(root);
        merges(text, *at, prefix, &vocabulary, &added, &mut details, facts);
    } else if model.text_of("type") != Some("WordLevel") {
        // A word level's words are whatever its pre-tokenizer cuts, whole lines if it cuts little.
        for (word, _) in &vocabulary.words {
            if speaks(word) {
                hazard(facts, HazardKind::VocabularyTampered, "/model/vocab", word);
            }
        }
    }
    if let Details::Tokenizer(tokenizer) = &mut facts.details {
        tokenizer.vocabulary = Some(details);
    }
    Some(vocabulary)
}

/// Words of a flat map, such as `vocab.json`; `None` when it is none.
pub(super) fn read_flat(text: &str, facts: &mut DocumentFacts) {
    let words = words(text, 0, facts);
    index(words, facts);
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn hazard(facts: &mut DocumentFacts, kind: HazardKind, pointer: &str, value: &str) {
    let place = Place::Pointer(pointer.to_owned());
    facts.hazards.push(Hazard::new(kind, place, 0, value));
}

fn added_texts(root: &Node) -> HashSet<&str> {
    let added = root.get("added_tokens").map_or(&[][..], Node::items);
    added
        .iter()
        .filter_map(|token| token.text_of("content"))
        .collect()
}

fn index<'a>(words: Vec<(Cow<'a, str>, u64)>, facts: &mut DocumentFacts) -> Vocabulary<'a> {
    let mut by_text: HashMap<Box<str>, usize> = HashMap::with_capacity(words.len());
    let mut by_id: Vec<(u64, usize)> = Vec::with_capacity(words.len());
    for (index, (word, id)) in words.iter().enumerate() {
        if let Some(other) = by_text.insert(word.as_ref().into(), index)
            && let Some((_, other)) = words.get(other).filter(|(_, other)| other != id)
        {
            let value = format!("{word}: {other} and {id}");
            hazard(
                facts,
                HazardKind::VocabularyConflict,
                "/model/vocab",
                &value,
            );
        }
        by_id.push((*id, index));
    }
    by_id.sort_unstable();
    for pair in by_id.windows(2) {
        let [first, second] = pair else { continue };
        let text = |index: usize| words.get(index).map(|(word, _)| word.as_ref());
        let (Some(left), Some(right)) = (text(first.1), text(second.1)) else {
            continue;
        };
        if first.0 == second.0 && left != right {
            let value = format!("{}: {left} and {right}", first.0);
            hazard(
                facts,
                HazardKind::VocabularyConflict,
                "/model/vocab",
                &value,
            );
        }
    }
    Vocabulary {
        words,
        by_text,
        by_id,
    }
}

/// Short words are never sentences, and there are many of them.
fn speaks(word: &str) -> bool {
    const LONG: usize = 24;
    word.len() >= LONG && tokens::words::speaks(word)
}

fn merges(
    text: &str,
    at: usize,
    prefix: &str,
    vocabulary: &Vocabulary<'_>,
    added: &HashSet<&str>,
    details: &mut VocabularyDetails,
    facts: &mut DocumentFacts,
) {
    let mut order: Vec<u64> = Vec::new();
    let mut made: HashSet<u64> = HashSet::new();
    let mut pairs: HashSet<(u64, u64)> = HashSet::new();
    let mut scan = Scan { text, at };
    let mut problem = None;
    each_merge(&mut scan, &mut |left, right| {
        details.merges = details.merges.saturating_add(1);
        if pairs.len() >= MAX_MERGES {
            problem = Some("too many merges; the rest was not read");
            return;
        }
        let tail = right.strip_prefix(prefix).unwrap_or(right);
        let product = vocabulary.id(&format!("{left}{tail}"));
        let (Some(product), Some(first), Some(second)) =
            (product, vocabulary.id(left), vocabulary.id(right))
        else {
            let value = format!("{left} {right}");
            hazard(
                facts,
                HazardKind::VocabularyConflict,
                "/model/merges",
                &value,
            );
            return;
        };
        if !pairs.insert((first, second)) {
            let value = format!("{left} {right}");
            hazard(
                facts,
                HazardKind::VocabularyConflict,
                "/model/merges",
                &value,
            );
        }
        if made.insert(product) {
            order.push(product);
        }
    });
    if let Some(detail) = problem {
        limit(detail, facts);
    }
    for (word, id) in &vocabulary.words {
        let is_base = word.chars().nth(1).is_none() || word.starts_with("<0x");
        if is_base || made.contains(id) || added.contains(word.as_ref()) {
            continue;
        }
        details.unmade = details.unmade.saturating_add(1);
        if speaks(word) {
            hazard(facts, HazardKind::VocabularyTampered, "/model/vocab", word);
        }
    }
    for id in out_of_order(&order) {
        let word = vocabulary.text(id).unwrap_or_default();
        hazard(facts, HazardKind::VocabularyTampered, "/model/merges", word);
    }
}

/// Merges whose word lies far from those of both neighbours, where all others rise. Tables that are in no such order
/// (RoBERTa sorts by frequency) have none, and a table in which many stand out was made that way.
fn out_of_order(order: &[u64]) -> Vec<u64> {
    const FEW: usize = 8;
    let descents = order.windows(2).filter(|pair| match pair {
        [first, second] => second < first,
        _ => false,
    });
    if order.len() < GROWN || descents.count().saturating_mul(50) > order.len() {
        return Vec::new();
    }
    let edged = [&[0][..], order, &[u64::MAX][..]].concat();
    let stray: Vec<u64> = edged
        .windows(3)
        .filter_map(|three| match three {
            [before, it, after] => {
                let is_high = it > after && it.saturating_sub(*after) > FAR;
                let is_low = it < before && before.saturating_sub(*it) > FAR;
                (before < after && (is_high || is_low)).then_some(*it)
            }
            _ => None,
        })
        .collect();
    if stray.len() > FEW { Vec::new() } else { stray }
}

fn limit(detail: &str, facts: &mut DocumentFacts) {
    let place = Place::Pointer("/model".to_owned());
    let problem = Problem::new(ProblemKind::LimitReached, place, detail);
    facts.problems.push(problem);
}

/// Hands on each merge, written as `"a b"` or as `["a", "b"]`.
fn each_merge(scan: &mut Scan<'_>, hand_on: &mut dyn FnMut(&str, &str)) {
    let mut depth = 0_u32;
    let mut first: Option<Cow<'_, str>> = None;
    loop {
        match scan.next() {
            Token::Open => {
                depth = depth.saturating_add(1);
                first = None;
            }
            Token::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return;
                }
            }
            Token::Text(text) if depth == 1 => {
                // Words with a space in them cannot be told apart here.
                if let Some((left, right)) = text.split_once(' ')
                    && !right.contains(' ')
                {
                    hand_on(left, right);
                }
            }
            Token::Text(text) => match first.take() {
                Some(left) => hand_on(&left, &text),
                None => first = Some(text),
            },
            Token::Word(_) | Token::Mark => {}
            Token::End => return,
        }
    }
}

/// The words of `{"word": id}` or `[["word", score]]`, where the place in the list is the id.
fn words<'a>(text: &'a str, at: usize, facts: &mut DocumentFacts) -> Vec<(Cow<'a, str>, u64)> {
    let mut scan = Scan { text, at };
    let mut words = Vec::new();
    let mut depth = 0_u32;
    let mut pending: Option<Cow<'a, str>> = None;
    loop {
        match scan.next() {
            Token::Open => depth = depth.saturating_add(1),
            Token::Close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return words;
                }
            }
            Token::Text(text) if pending.is_none() => pending = Some(text),
            Token::Text(_) => {}
            Token::Word(number) => {
                let Some(word) = pending.take() else { continue };
                let id = if depth == 1 {
                    number.parse::<u64>().ok()
                } else {
                    Some(wide(words.len()))
                };
                if words.len() >= MAX_WORDS {
                    limit("too many words; the rest was not read", facts);
                    return words;
                }
                if let Some(id) = id {
                    words.push((word, id));
                }
            }
            Token::Mark => {}
            Token::End => return words,
        }
    }
}

/// Where the values of the keys of `model` begin.
fn sections(text: &str) -> Vec<(&'static str, usize)> {
    const NAMES: [&str; 2] = ["vocab", "merges"];
    let mut scan = Scan { text, at: 0 };
    let mut found = Vec::new();
    let mut depth = 0_u32;
    let mut in_model = false;
    let mut last: Option<Cow<'_, str>> = None;
    loop {
        let before = scan.at;
        match scan.next() {
            Token::Open => {
                let key = last.take();
                let name = NAMES.iter().find(|name| key.as_deref() == Some(**name));
                if depth == 1 {
                    in_model = key.as_deref() == Some("model");
                }
                match name {
                    Some(name) if depth == 2 && in_model && found.len() < 16 => {
                        found.push((*name, before));
                        scan.at = before;
                        scan.skip();
                    }
                    _ => depth = depth.saturating_add(1),
                }
            }
            Token::Close => {
                depth = depth.saturating_sub(1);
                last = None;
            }
            Token::Text(text) => last = Some(text),
            Token::Word(_) => last = None,
            Token::Mark => {}
            Token::End => return found,
        }
    }
}

/// What stands next in a JSON text.
enum Token<'a> {
    Open,
    Close,
    Text(Cow<'a, str>),
    Word(&'a str),
    Mark,
    End,
}

/// A reader of JSON that builds nothing.
struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn next(&mut self) -> Token<'a> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let start = rest.len().saturating_sub(rest.trim_start().len());
        let rest = rest.get(start..).unwrap_or_default();
        self.at = self.at.saturating_add(start);
        let Some(byte) = rest.bytes().next() else {
            return Token::End;
        };
        match byte {
            b'{' | b'[' => self.take(1, Token::Open),
            b'}' | b']' => self.take(1, Token::Close),
            b':' | b',' => self.take(1, Token::Mark),
            b'"' => self.string(rest),
            _ => {
                let is_end = |c: char| c.is_whitespace() || ",:{}[]\"".contains(c);
                let end = rest.find(is_end).unwrap_or(rest.len());
                let word = rest.get(..end).unwrap_or_default();
                self.take(end, Token::Word(word))
            }
        }
    }

    fn take(&mut self, length: usize, token: Token<'a>) -> Token<'a> {
        self.at = self.at.saturating_add(length);
        token
    }

    fn string(&mut self, rest: &'a str) -> Token<'a> {
        let bytes = rest.as_bytes();
        let mut end = 1_usize;
        let mut is_plain = true;
        loop {
            let behind = bytes.get(end..).unwrap_or_default();
            let Some(found) = memchr2(b'"', b'\\', behind) else {
                self.at = self.text.len();
                return Token::End;
            };
            let is_quote = behind.get(found) == Some(&b'"');
            end = end.saturating_add(found);
            if is_quote {
                break;
            }
            is_plain = false;
            end = end.saturating_add(2);
        }
        let inner = rest.get(1..end).unwrap_or_default();
        self.at = self.at.saturating_add(end).saturating_add(1);
        if is_plain {
            return Token::Text(Cow::Borrowed(inner));
        }
        let quoted = rest.get(..end.saturating_add(1)).unwrap_or_default();
        let document = parse_json(quoted, &[]);
        let decoded = document.roots.first().and_then(Node::text);
        Token::Text(Cow::Owned(decoded.unwrap_or(inner).to_owned()))
    }

    /// Passes over one value.
    fn skip(&mut self) {
        let mut depth = 0_u32;
        loop {
            match self.next() {
                Token::Open => depth = depth.saturating_add(1),
                Token::Close => depth = depth.saturating_sub(1),
                Token::End => return,
                Token::Text(_) | Token::Word(_) | Token::Mark => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}
