//! Triton Inference Server: the description of a model (`config.pbtxt`, protobuf as text).
//!
//! It chooses the backend that runs the model and may name libraries of operators, an archive with a Python
//! environment, weights in other folders. Only names are judged; the files are inspected where they lie.
//!
//! Source: `model_config.proto` of triton-inference-server/common, the READMEs of the backends.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};
use chainwright_core::problem::ProblemKind;

use crate::facts::whole_text;
use crate::paths::{Reach, is_native_library, reach, side_file};

/// Backends of Triton.
const BACKENDS: &[&str] = &[
    "dali",
    "ensemble",
    "fil",
    "identity",
    "iterative_sequence",
    "onnxruntime",
    "openvino",
    "python",
    "pytorch",
    "query",
    "repeat",
    "sequence",
    "square",
    "tensorflow",
    "tensorrt",
    "tensorrtllm",
    "tensorrt_llm",
    "vllm",
    "distributed_addsub",
    "dyna_sequence",
    "implicit_state",
    "armnn_tflite",
    "paddle",
    "llm",
    "hugectr",
    "hps",
    "stateful",
    "checksum",
];
/// How deep messages may be nested.
const DEPTH: usize = 32;
/// Fields at the top of a description; two of them make one.
const FIELDS: &[&str] = &[
    "name",
    "platform",
    "backend",
    "max_batch_size",
    "input",
    "output",
    "instance_group",
    "version_policy",
    "dynamic_batching",
    "ensemble_scheduling",
    "sequence_batching",
    "parameters",
    "default_model_filename",
    "optimization",
    "model_transaction_policy",
    "model_warmup",
    "runtime",
    "model_operations",
    "cc_model_filenames",
    "model_repository_agents",
    "response_cache",
    "metric_tags",
    "batch_input",
    "batch_output",
];

/// Whether text is such a description.
pub(crate) fn is_one(head: &str, name: &str) -> bool {
    let mut depth = 0_i32;
    let mut known = 0_u32;
    let mut is_distinct = false;
    for line in head.lines().take(2000) {
        let line = line.trim();
        if depth == 0 && !line.is_empty() && !line.starts_with('#') {
            let end = line
                .find(|each: char| !each.is_ascii_alphanumeric() && each != '_')
                .unwrap_or(line.len());
            let (field, behind) = line.split_at_checked(end).unwrap_or((line, ""));
            let is_field = behind.trim_start().starts_with([':', '{', '[']);
            match () {
                () if !is_field && line.starts_with(['}', ']', ',', '{', '[']) => {}
                () if is_field && FIELDS.contains(&field) => {
                    known = known.saturating_add(1);
                    is_distinct |= !matches!(field, "name" | "input" | "output" | "parameters");
                }
                // Nothing else stands at the top of a description.
                () => return false,
            }
        }
        for each in line.chars() {
            match each {
                '{' | '[' => depth = depth.saturating_add(1),
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    let is_named = name.ends_with(".pbtxt");
    is_distinct && (known >= 2 || is_named && known >= 1)
}

/// Reads a description.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Other);
    facts.producer = "Triton".to_owned();
    let Some(text) = whole_text(bytes, budget, &mut facts) else {
        return facts;
    };
    let text = String::from_utf8_lossy(&text);
    let mut parser = Parser {
        rest: &text,
        line: 1,
        path: Vec::new(),
        key: String::new(),
        facts: &mut facts,
    };
    parser.run(budget);
    facts
}

/// A word of the language.
enum Token<'a> {
    Name(&'a str),
    Text(String),
    Sign(char),
}

struct Parser<'a, 'b> {
    rest: &'a str,
    line: u32,
    /// Fields that are open, outermost first.
    path: Vec<String>,
    /// The key of the map entry that is being read.
    key: String,
    facts: &'b mut ModelFacts,
}

impl<'a> Parser<'a, '_> {
    fn run(&mut self, budget: &Budget) {
        let mut field = String::new();
        let mut awaits_value = false;
        while let Some(token) = self.token() {
            if budget.check_time().is_err() {
                let detail = "time was up within the description";
                self.facts
                    .problem(ProblemKind::LimitReached, Place::Whole, detail);
                return;
            }
            match token {
                Token::Sign(':') => awaits_value = true,
                Token::Sign('{' | '<') => {
                    if self.path.len() >= DEPTH {
                        let detail = "messages are nested deeper than is read";
                        self.facts
                            .problem(ProblemKind::LimitReached, Place::Whole, detail);
                        return;
                    }
                    self.path.push(field.clone());
                    awaits_value = false;
                }
                Token::Sign('}' | '>') => {
                    if let Some(closed) = self.path.pop() {
                        // Members of a list share the name of the field.
                        field = closed;
                    }
                    awaits_value = false;
                }
                Token::Sign(_) => {}
                Token::Name(name) if !awaits_value => name.clone_into(&mut field),
                Token::Name(_) => awaits_value = false,
                Token::Text(text) => {
                    self.value(&field, &text);
                    awaits_value = false;
                }
            }
        }
    }

    fn token(&mut self) -> Option<Token<'a>> {
        loop {
            let first = self.rest.chars().next()?;
            match first {
                '\n' => {
                    self.line = self.line.saturating_add(1);
                    self.advance(1);
                }
                '#' => {
                    let end = self.rest.find('\n').unwrap_or(self.rest.len());
                    self.advance(end);
                }
                _ if first.is_whitespace() || matches!(first, ',' | ';' | '[' | ']') => {
                    self.advance(first.len_utf8());
                }
                '"' | '\'' => return Some(Token::Text(self.quoted(first))),
                _ if first.is_alphanumeric() || matches!(first, '_' | '-' | '.' | '+') => {
                    let end = self
                        .rest
                        .find(|each: char| {
                            !each.is_alphanumeric() && !matches!(each, '_' | '-' | '.' | '+')
                        })
                        .unwrap_or(self.rest.len());
                    let (word, rest) = self.rest.split_at_checked(end)?;
                    self.rest = rest;
                    return Some(Token::Name(word));
                }
                _ => {
                    self.advance(first.len_utf8());
                    return Some(Token::Sign(first));
                }
            }
        }
    }

    fn advance(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut length = 1_usize;
        let mut is_escaped = false;
        for each in self.rest.chars().skip(1) {
            length = length.saturating_add(each.len_utf8());
            match each {
                '\n' => {
                    self.line = self.line.saturating_add(1);
                    text.push(each);
                }
                _ if is_escaped => {
                    text.push(each);
                    is_escaped = false;
                }
                '\\' => is_escaped = true,
                _ if each == quote => break,
                _ => text.push(each),
            }
        }
        self.advance(length);
        text
    }

    fn say(&mut self, kind: Kind, effect: Effect, subject: &str, detail: &str) {
        let place = self.place();
        self.facts
            .hazard(ModelHazard::new(kind, effect, place, subject, detail, ""));
    }

    const fn place(&self) -> Place {
        Place::Line {
            line: self.line,
            column: 1,
        }
    }

    fn value(&mut self, field: &str, text: &str) {
        let outer = self.path.first().map_or("", String::as_str).to_owned();
        match (outer.as_str(), field) {
            ("", "backend") => self.backend(text),
            ("", "runtime") => self.runtime(text),
            ("", "default_model_filename") | ("cc_model_filenames", "value") => self.file(text),
            ("model_operations", "op_library_filename") => {
                let detail = "the server loads a library of operators by this name";
                self.say(Kind::NativeLibrary, Effect::OnLoad, text, detail);
            }
            ("model_warmup", "input_data_file") => self.file(text),
            ("model_repository_agents", "name") if text != "checksum" => {
                let detail = "the server loads an agent that the installation has to bring along";
                self.say(Kind::CustomOperator, Effect::OnLoad, text, detail);
            }
            ("parameters", "key") => text.clone_into(&mut self.key),
            ("parameters", "string_value") => {
                let key = std::mem::take(&mut self.key);
                self.parameter(&key, text);
            }
            _ => {}
        }
    }

    fn backend(&mut self, text: &str) {
        if text.contains(['/', '\\']) || text.contains("..") {
            let detail = "the backend is looked for outside the folder of backends";
            self.say(Kind::PathEscape, Effect::OnLoad, text, detail);
        } else if !BACKENDS.contains(&text) {
            let detail = "a backend that the installation or the model's folder has to bring along";
            self.say(Kind::CustomOperator, Effect::OnLoad, text, detail);
        }
    }

    /// The library or script that stands in for a backend.
    fn runtime(&mut self, text: &str) {
        let name = text
            .strip_prefix("libtriton_")
            .and_then(|rest| rest.strip_suffix(".so"));
        let is_known = name.is_some_and(|name| BACKENDS.contains(&name)) || text == "model.py";
        if !is_known && !text.is_empty() {
            let kind = match is_native_library(text) {
                true => Kind::NativeLibrary,
                false => Kind::UnknownCallable,
            };
            let detail = "the model runs on a library that is not a backend of the server";
            self.say(kind, Effect::OnLoad, text, detail);
        }
    }

    fn file(&mut self, text: &str) {
        let place = self.place();
        side_file(self.facts, text, Effect::OnLoad, &place);
        if is_native_library(text) {
            let detail = "the model itself is a native library";
            self.say(Kind::NativeLibrary, Effect::OnLoad, text, detail);
        }
    }

    fn parameter(&mut self, key: &str, text: &str) {
        if key.eq_ignore_ascii_case("EXECUTION_ENV_PATH") {
            let inside = text
                .strip_prefix("$$TRITON_MODEL_DIRECTORY")
                .map(|rest| rest.trim_start_matches('/'));
            let path = inside.unwrap_or(text);
            self.facts.side_file(text, self.place());
            let detail = "the server unpacks a Python environment from here and runs it";
            match reach(path) {
                Reach::Inside => {}
                Reach::Escapes => self.say(Kind::PathEscape, Effect::OnLoad, text, detail),
                // Environments are shared between models by their absolute path.
                Reach::Absolute => self.say(Kind::PathAbsolute, Effect::Conditional, text, detail),
                Reach::Remote => self.say(Kind::NetworkUse, Effect::OnLoad, text, detail),
            }
        } else if is_native_library(text) {
            let detail = "a parameter names a native library";
            self.say(Kind::NativeLibrary, Effect::Conditional, text, detail);
        }
    }
}
