//! Networks and solvers as text: the text form of protobuf, read token by token without building a tree.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{first, narrow};
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use super::layer::{KEPT_PATHS, Layer, judge_snapshot, judge_source, note};
use super::operators;

/// How deep blocks may be nested; the parser of protobuf has the same bound.
const DEEP: usize = 100;
/// Bytes of a text that are kept.
const KEPT: usize = 16 * 1024;
/// What networks and solvers begin with.
const FIRST_WORDS: &[&[u8]] = &[
    b"name",
    b"layer",
    b"layers",
    b"input",
    b"input_dim",
    b"input_shape",
    b"force_backward",
    b"state",
    b"net",
    b"train_net",
    b"test_net",
    b"base_lr",
    b"test_iter",
    b"lr_policy",
    b"train_state",
    b"test_state",
    b"op",
    b"debug_info",
    b"random_seed",
    b"momentum",
    b"weight_decay",
    b"gamma",
    b"power",
    b"stepsize",
    b"stepvalue",
    b"display",
    b"snapshot",
    b"test_interval",
    b"solver_type",
    b"average_loss",
    b"iter_size",
    b"regularization_type",
    b"device_id",
    b"delta",
    b"train_net_param",
    b"test_net_param",
    b"solver_mode",
    b"snapshot_prefix",
    b"net_param",
    b"type",
    b"max_iter",
];
/// Fields of data layers that name what is read.
const SOURCES: &[&str] = &["source", "mean_file", "root_folder", "meanfile"];

/// Whether a text is a network or solver of Caffe.
pub(super) fn is_network(head: &[u8]) -> bool {
    let start = behind_comments(first(head, 16 * 1024));
    let word = start
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        .and_then(|end| start.get(..end))
        .unwrap_or_default();
    if !FIRST_WORDS.contains(&word) || head.contains(&0) {
        return false;
    }
    let rest = start
        .get(word.len()..)
        .unwrap_or_default()
        .trim_ascii_start();
    if !matches!(rest.first(), Some(b':' | b'{')) {
        return false;
    }
    let mut blocks = false;
    let mut kinds = false;
    let mut solver = 0_usize;
    for line in first(head, 64 * 1024).split(|byte| matches!(byte, b'\n' | b';')) {
        let line = line.trim_ascii_start();
        let is_key = |key: &[u8]| {
            line.strip_prefix(key)
                .is_some_and(|rest| matches!(rest.trim_ascii_start().first(), Some(b':' | b'{')))
        };
        blocks |= is_key(b"layer") || is_key(b"layers") || is_key(b"op");
        kinds |= is_key(b"type") || contains(line, b"type:");
        let is_solver = [
            &b"base_lr"[..],
            b"lr_policy",
            b"max_iter",
            b"snapshot_prefix",
            b"train_net",
            b"net",
        ]
        .iter()
        .any(|key| is_key(key));
        solver = solver.saturating_add(usize::from(is_solver));
    }
    (blocks && kinds) || solver >= 2
}

fn contains(line: &[u8], needle: &[u8]) -> bool {
    line.windows(needle.len()).any(|window| window == needle)
}

fn behind_comments(mut text: &[u8]) -> &[u8] {
    text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    loop {
        text = text.trim_ascii_start();
        if text.first() != Some(&b'#') {
            return text;
        }
        let end = text.iter().position(|byte| *byte == b'\n');
        text = end.and_then(|end| text.get(end..)).unwrap_or_default();
    }
}

pub(super) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Caffe);
    let limit = budget.limits().text_bytes;
    if bytes.size() > limit {
        let detail = "the network is longer than a text that is read as a whole";
        facts.problem(ProblemKind::LimitReached, Place::Byte(limit), detail);
    }
    match read_range(bytes.as_ref(), 0, narrow(limit)) {
        Ok(raw) => Reader::new(&raw, budget, &mut facts).run(),
        Err(error) => facts.problem(ProblemKind::Unreadable, Place::Whole, error.to_string()),
    }
    facts
}

/// A token of the text form.
enum Token {
    Word(String),
    Text(String),
    Mark(u8),
}

struct Reader<'a> {
    rest: &'a [u8],
    line: u32,
    budget: &'a Budget,
    facts: &'a mut ModelFacts,
    /// Names of the open blocks.
    open: Vec<String>,
    /// The layer or operator that is being read, and how many blocks were open before it.
    layer: Option<(Layer, usize, u32)>,
    argument: String,
}

impl<'a> Reader<'a> {
    const fn new(raw: &'a [u8], budget: &'a Budget, facts: &'a mut ModelFacts) -> Self {
        Self {
            rest: raw,
            line: 1,
            budget,
            facts,
            open: Vec::new(),
            layer: None,
            argument: String::new(),
        }
    }

    fn run(mut self) {
        let mut key = String::new();
        let mut steps = 0_u32;
        while let Some(token) = self.token() {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(4096)
                && let Err(error) = self.budget.check_time()
            {
                let place = self.place();
                self.facts
                    .problem(ProblemKind::LimitReached, place, error.to_string());
                return;
            }
            match token {
                Token::Mark(b'{' | b'<') => {
                    if !self.enter(std::mem::take(&mut key)) {
                        return;
                    }
                }
                Token::Mark(b'}' | b'>') => self.leave(),
                Token::Mark(_) => {}
                Token::Text(text) => self.value(&key, text),
                Token::Word(word) => {
                    if self.is_key() {
                        key = word;
                    } else {
                        self.value(&key, word);
                    }
                }
            }
        }
        while !self.open.is_empty() {
            self.leave();
        }
    }

    /// Whether the word just read is followed by a colon or a block.
    fn is_key(&self) -> bool {
        matches!(
            self.rest.trim_ascii_start().first(),
            Some(b':' | b'{' | b'<')
        )
    }

    const fn place(&self) -> Place {
        Place::Line {
            line: self.line,
            column: 1,
        }
    }

    fn enter(&mut self, name: String) -> bool {
        if self.open.len() >= DEEP {
            let place = self.place();
            let detail = "nests blocks deeper than any reader allows";
            note(
                self.facts,
                ModelHazardKind::ResourceExhaustion,
                Effect::OnLoad,
                &place,
                "blocks",
                detail,
            );
            return false;
        }
        let is_layer = matches!(name.as_str(), "layer" | "layers" | "op");
        // The oldest networks wrap `layer { … }` in `layers { … }`.
        if is_layer && self.layer.is_none() {
            self.layer = Some((Layer::default(), self.open.len(), self.line));
        }
        self.open.push(name);
        true
    }

    fn leave(&mut self) {
        let name = self.open.pop();
        let is_end = self
            .layer
            .as_ref()
            .is_some_and(|(_, depth, _)| *depth == self.open.len());
        if !is_end {
            return;
        }
        if let Some((layer, _, line)) = self.layer.take() {
            let place = Place::Line { line, column: 1 };
            if name.as_deref() == Some("op") {
                self.facts.operators = self.facts.operators.saturating_add(1);
                operators::judge(&layer.kind, &place, self.budget.catalogue(), self.facts);
            } else {
                layer.judge(&place, self.budget.catalogue(), self.facts);
            }
        }
    }

    fn value(&mut self, key: &str, text: String) {
        let block = self.open.last().map_or("", String::as_str);
        let place = self.place();
        let Some((layer, _, _)) = self.layer.as_mut() else {
            match key {
                "net" | "train_net" | "test_net" | "weights" | "learned_net" => {
                    judge_source(self.facts, &text, &place);
                }
                "snapshot_prefix" => judge_snapshot(self.facts, &text, &place),
                _ => {}
            }
            return;
        };
        let push = |list: &mut Vec<String>, path: String| {
            if list.len() < KEPT_PATHS {
                list.push(path);
            }
        };
        match (block, key) {
            ("layer" | "layers" | "op", "type") => layer.kind = text,
            ("python_param", "module") => layer.module = text,
            ("python_param", "layer") => layer.class = text,
            // Adjacent texts are one text.
            ("python_param", "param_str") if layer.parameter.len() < KEPT => {
                layer.parameter.push_str(&text);
            }
            ("hdf5_output_param", "file_name") => push(&mut layer.outputs, text),
            ("arg", "name") => self.argument = text,
            ("arg", "s" | "strings") => {
                operators::judge_argument(&self.argument, &text, &layer.kind, &place, self.facts);
            }
            (_, key) if SOURCES.contains(&key) => push(&mut layer.sources, text),
            _ => {}
        }
    }

    fn token(&mut self) -> Option<Token> {
        loop {
            let (&byte, after) = self.rest.split_first()?;
            match byte {
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.rest = after;
                }
                b'#' => {
                    let end = after.iter().position(|byte| *byte == b'\n');
                    self.rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
                }
                b'"' | b'\'' => {
                    self.rest = after;
                    return Some(Token::Text(self.quoted(byte)));
                }
                b'{' | b'}' | b'<' | b'>' | b':' | b'[' | b']' | b',' | b';' => {
                    self.rest = after;
                    return Some(Token::Mark(byte));
                }
                _ if is_word(byte) => {
                    let end = self.rest.iter().position(|byte| !is_word(*byte));
                    let end = end.unwrap_or(self.rest.len());
                    let (word, rest) = self.rest.split_at_checked(end)?;
                    self.rest = rest;
                    return Some(Token::Word(
                        String::from_utf8_lossy(first(word, KEPT)).into_owned(),
                    ));
                }
                _ => self.rest = after,
            }
        }
    }

    fn quoted(&mut self, quote: u8) -> String {
        let mut text = Vec::new();
        while let Some((&byte, after)) = self.rest.split_first() {
            self.rest = after;
            match byte {
                b'\\' => {
                    let (byte, rest) = escaped(after);
                    self.rest = rest;
                    text.extend(byte);
                }
                // A text does not go on behind its line.
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    break;
                }
                _ if byte == quote => break,
                _ if text.len() < KEPT => text.push(byte),
                _ => {}
            }
        }
        String::from_utf8_lossy(&text).into_owned()
    }
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+') || byte >= 0x80
}

/// One escaped byte: C's letters, octal and hexadecimal numbers.
fn escaped(text: &[u8]) -> (Option<u8>, &[u8]) {
    let Some((&byte, after)) = text.split_first() else {
        return (None, text);
    };
    let number = |digits: &[u8], radix: u32| {
        std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| u32::from_str_radix(digits, radix).ok())
            .and_then(|number| u8::try_from(number & 0xff).ok())
    };
    let count = |from: &[u8], is_digit: fn(&u8) -> bool, most: usize| {
        from.iter()
            .take(most)
            .take_while(|byte| is_digit(byte))
            .count()
    };
    match byte {
        b'n' => (Some(b'\n'), after),
        b't' => (Some(b'\t'), after),
        b'r' => (Some(b'\r'), after),
        b'x' | b'X' => {
            let digits = count(after, u8::is_ascii_hexdigit, 2);
            let (digits, rest) = after.split_at_checked(digits).unwrap_or((&[], after));
            (number(digits, 16), rest)
        }
        b'0'..=b'7' => {
            let digits = count(text, |byte| matches!(byte, b'0'..=b'7'), 3);
            let (digits, rest) = text.split_at_checked(digits).unwrap_or((&[], after));
            (number(digits, 8), rest)
        }
        _ => (Some(byte), after),
    }
}
