//! `Dockerfile` and `Containerfile`: base images, and what `RUN` installs (Dockerfile reference, BuildKit syntax 1.7).

use std::collections::HashMap;

use chainwright_core::location::Place;
use chainwright_core::package::Ecosystem;

use crate::document::parse_json;
use crate::facts::{Declared, Pinning, Relation, Scope};
use crate::hash;
use crate::sink::{Sink, cut, line, package};

use super::shell::{Env, Word};
use super::{Installer, Where, variable};

/// LIMIT: stages.
const MAX_STAGES: usize = 500;

/// An instruction with the texts that are fed into it. Line ends stay, so that lines can be counted.
struct Instruction {
    name: String,
    /// Lines joined by a backslash.
    body: String,
    line: u32,
}

/// Reads the file.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let mut reader = Reader {
        global: Env::default(),
        env: Env::default(),
        stages: HashMap::new(),
        current: None,
    };
    for instruction in instructions(text) {
        if sink.is_full() {
            return;
        }
        reader.take(&instruction, sink);
    }
}

struct Reader {
    /// `ARG` before the first `FROM`.
    global: Env,
    env: Env,
    /// The variables at the end of each named stage, and of each by its number.
    stages: HashMap<String, Env>,
    current: Option<(usize, Option<String>)>,
}

impl Reader {
    fn take(&mut self, instruction: &Instruction, sink: &mut Sink<'_>) {
        let body = instruction.body.trim();
        match instruction.name.as_str() {
            "FROM" => self.from(body, instruction.line, sink),
            "ARG" => self.arg(body, instruction.line, sink),
            "ENV" => self.env(body, instruction.line, sink),
            "RUN" | "CMD" | "ENTRYPOINT" => self.run(instruction, sink),
            "COPY" | "ADD" => self.copy(body, instruction.line, sink),
            "ONBUILD" => {
                if let Some((name, rest)) = body.split_once(char::is_whitespace) {
                    let inner = Instruction {
                        name: name.to_ascii_uppercase(),
                        body: rest.to_owned(),
                        line: instruction.line,
                    };
                    if inner.name != "ONBUILD" && inner.name != "FROM" {
                        self.take(&inner, sink);
                    }
                }
            }
            _ => {}
        }
    }

    fn from(&mut self, body: &str, at: u32, sink: &mut Sink<'_>) {
        self.end_stage();
        let words: Vec<&str> = flat(body).take(16).collect();
        let mut words = words.into_iter().skip_while(|word| word.starts_with("--"));
        let Some(image) = words.next() else { return };
        let is_named = words
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("as"));
        let name = words
            .next()
            .filter(|_| is_named)
            .map(str::to_ascii_lowercase);
        let number = self
            .current
            .as_ref()
            .map_or(0, |(number, _)| number.saturating_add(1));
        self.current = Some((number, name));
        let word = self.global.expand(image);
        match self.stages.get(&word.text.to_ascii_lowercase()) {
            Some(base) => self.env = base.clone(),
            None => {
                self.env = Env::default();
                image_word(&word, line(at), sink);
            }
        }
    }

    fn end_stage(&mut self) {
        let Some((number, name)) = self.current.clone() else {
            return;
        };
        if self.stages.len() < MAX_STAGES {
            self.stages.insert(number.to_string(), self.env.clone());
            if let Some(name) = name {
                self.stages.insert(name, std::mem::take(&mut self.env));
            }
        }
    }

    fn arg(&mut self, body: &str, at: u32, sink: &mut Sink<'_>) {
        for word in split(body) {
            let (name, default) = match word.split_once('=') {
                Some((name, default)) => (name, Some(default)),
                None => (word.as_str(), None),
            };
            let env = if self.current.is_some() {
                &self.env
            } else {
                &self.global
            };
            let value = match default {
                Some(default) => Some(env.expand(default)).filter(|word| !word.is_dynamic),
                None => self.global.get(name).map(|text| Word {
                    text: text.to_owned(),
                    is_dynamic: false,
                }),
            };
            if let Some(value) = &value {
                note(name, value, at, sink);
            }
            let value = value.map(|word| word.text);
            match self.current.is_some() {
                true => self.env.set(name, value),
                false => self.global.set(name, value),
            }
        }
    }

    /// `ENV a=b c=d`, or `ENV a b` of old.
    fn env(&mut self, body: &str, at: u32, sink: &mut Sink<'_>) {
        let words = split(body);
        let is_old = words.first().is_some_and(|word| !word.contains('='));
        let pairs: Vec<(String, String)> = if is_old {
            let (name, value) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
            vec![(name.to_owned(), value.trim().to_owned())]
        } else {
            let pairs = words.iter().filter_map(|word| word.split_once('='));
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        };
        for (name, value) in pairs {
            let word = self.env.expand(&value);
            note(&name, &word, at, sink);
            self.env.set(&name, (!word.is_dynamic).then_some(word.text));
        }
    }

    fn run(&mut self, instruction: &Instruction, sink: &mut Sink<'_>) {
        let mut body = instruction.body.trim_start();
        let skipped = instruction.body.len().saturating_sub(body.len());
        let ahead = instruction.body.get(..skipped).unwrap_or_default();
        let mut at = instruction.line.saturating_add(lines_in(ahead));
        // `--mount=type=bind,from=image`, `--network=none`.
        while body.starts_with("--") {
            let end = body.find(char::is_whitespace).unwrap_or(body.len());
            let (flag, rest) = body.split_at_checked(end).unwrap_or((body, ""));
            let image = flag
                .split([',', '='])
                .skip_while(|part| *part != "from")
                .nth(1);
            if let Some(image) = image {
                self.foreign(image, line(at), sink);
            }
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
            let between = rest.get(..rest.len().saturating_sub(trimmed.len()));
            at = at.saturating_add(lines_in(between.unwrap_or_default()));
            body = trimmed;
        }
        let mark = self.env.mark();
        let mut installer = Installer::new(sink, Where::Lines);
        match exec_form(body) {
            Some(words) => installer.run_words(&words, at, &mut self.env),
            None => installer.run(body, at, true, &mut self.env),
        }
        self.env.reset(mark);
    }

    /// `COPY --from=image`.
    fn copy(&mut self, body: &str, at: u32, sink: &mut Sink<'_>) {
        for word in flat(body) {
            if let Some(image) = word.strip_prefix("--from=") {
                self.foreign(image, line(at), sink);
            }
            if !word.starts_with("--") {
                return;
            }
        }
    }

    fn foreign(&self, image: &str, place: Place, sink: &mut Sink<'_>) {
        let word = self.env.expand(image);
        let lower = word.text.to_ascii_lowercase();
        let (number, name) = self.current.clone().unwrap_or_default();
        let is_own = lower == number.to_string() || Some(&lower) == name.as_ref();
        if !self.stages.contains_key(&lower) && !is_own {
            image_word(&word, place, sink);
        }
    }
}

fn lines_in(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}

fn note(name: &str, value: &Word, at: u32, sink: &mut Sink<'_>) {
    let mut installer = Installer::new(sink, Where::Fixed(line(at)));
    variable(name, value, &mut installer);
}

/// Words between white space, backslashes at line ends left out.
fn flat(body: &str) -> impl Iterator<Item = &str> {
    body.split_whitespace().filter(|word| *word != "\\")
}

/// Words as Docker divides `ENV` and `ARG`: quotes are resolved, variables are not.
fn split(body: &str) -> Vec<String> {
    crate::python::requirements::split_words(&body.replace("\\\n", " "))
}

/// `["pip", "install", "x"]`.
fn exec_form(body: &str) -> Option<Vec<String>> {
    let body = body.trim();
    if !(body.starts_with('[') && body.ends_with(']')) {
        return None;
    }
    let joined = format!("{{\"words\": {}}}", body.replace("\\\n", " "));
    let parsed = parse_json(&joined);
    let items = parsed.root.list_of("words");
    let is_valid = parsed.problems.is_empty() && !items.is_empty();
    let words = items.iter().map(|item| item.text().map(str::to_owned));
    is_valid.then(|| words.collect()).flatten()
}

fn image_word(word: &Word, place: Place, sink: &mut Sink<'_>) {
    if word.text.eq_ignore_ascii_case("scratch") {
        return;
    }
    if word.is_dynamic {
        let reason = "depends on an argument of the build";
        sink.unresolved(&word.text, reason, place.clone());
        if word.text.starts_with('$') {
            return;
        }
    }
    if let Some(declared) = image(&word.text, place) {
        sink.declare(declared);
    }
}

/// `registry/repository:tag@digest` as a package; a tag can be moved, a digest cannot.
pub(crate) fn image(text: &str, place: Place) -> Option<Declared> {
    let text = text.trim().trim_matches(['"', '\'']);
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    let start = rest.rfind('/').map_or(0, |at| at.saturating_add(1));
    let colon = rest
        .get(start..)?
        .find(':')
        .map(|at| at.saturating_add(start));
    let (name, tag) = match colon.and_then(|at| rest.split_at_checked(at)) {
        Some((name, tag)) => (name, tag.strip_prefix(':')),
        None => (rest, None),
    };
    let is_word =
        |c: char| c.is_ascii_alphanumeric() || "._-/:$".contains(c) || c == '{' || c == '}';
    if name.is_empty() || !name.chars().all(is_word) {
        return None;
    }
    let tag = tag.filter(|tag| !tag.is_empty());
    let known = tag.filter(|tag| !tag.contains('$')).or(digest);
    let mut declared = Declared::new(package(Ecosystem::Oci, name, known), cut(text), place);
    let hash = digest.and_then(hash::named);
    declared.pinning = match (&hash, tag) {
        (Some(_), _) => Pinning::Hash,
        (None, None | Some("latest")) => Pinning::Open,
        (None, Some(_)) => Pinning::Bounded,
    };
    declared.artifacts = hash::plain("", hash);
    declared.scope = Scope::Platform;
    declared.relation = Relation::Direct;
    Some(declared)
}

/// Instructions with their continued lines and the texts that are fed into them.
fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape_of(text);
    let mut all = Vec::new();
    let mut lines = text.lines().zip(1_u32..).peekable();
    while let Some((content, at)) = lines.next() {
        let trimmed = content.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let mut body = String::new();
        let mut content = content;
        loop {
            let stripped = content.trim_end();
            match stripped.strip_suffix(escape) {
                Some(front) => {
                    body.push_str(front);
                    body.push_str("\\\n");
                }
                None => {
                    body.push_str(stripped);
                    break;
                }
            }
            // Comments and empty lines between continued lines are passed over.
            let next = loop {
                match lines.next() {
                    Some((next, _))
                        if next.trim_start().starts_with('#') || next.trim().is_empty() =>
                    {
                        body.push_str("\\\n");
                    }
                    other => break other,
                }
            };
            match next {
                Some((next, _)) => content = next,
                None => break,
            }
        }
        feed(&mut body, &mut lines);
        let body = body.trim_start();
        let (name, rest) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
        all.push(Instruction {
            name: name.to_ascii_uppercase(),
            body: rest.to_owned(),
            line: at,
        });
    }
    all
}

/// The parser directive `# escape=` at the top of the file.
fn escape_of(text: &str) -> char {
    let directives = text
        .lines()
        .take_while(|line| line.trim_start().starts_with('#'));
    let escape = directives.filter_map(|line| {
        let (name, value) = line.trim_start().strip_prefix('#')?.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("escape")
            .then(|| value.trim() == "`")
    });
    match escape.last() {
        Some(true) => '`',
        _ => '\\',
    }
}

type Lines<'t> = std::iter::Peekable<std::iter::Zip<std::str::Lines<'t>, std::ops::RangeFrom<u32>>>;

/// Adds the lines up to the delimiters of `<<EOF`, for the instructions that take such texts.
fn feed(body: &mut String, lines: &mut Lines<'_>) {
    let name = body
        .trim_start()
        .get(..4)
        .unwrap_or_default()
        .to_ascii_uppercase();
    if !matches!(name.trim(), "RUN" | "COPY" | "ADD") {
        return;
    }
    let delimiters: Vec<String> = body
        .split("<<")
        .skip(1)
        .take(8)
        .filter_map(|tail| {
            let tail = tail
                .strip_prefix('-')
                .unwrap_or(tail)
                .trim_start_matches(['"', '\'']);
            let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
            let word = tail.get(..end.unwrap_or(tail.len()))?;
            (!word.is_empty()).then(|| word.to_owned())
        })
        .collect();
    for delimiter in delimiters {
        for (content, _) in lines.by_ref() {
            body.push('\n');
            body.push_str(content);
            if content.trim_start_matches('\t').trim_end() == delimiter {
                break;
            }
        }
    }
}
