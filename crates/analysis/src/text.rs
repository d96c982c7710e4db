//! Reads a text with every reader of text that its name or content calls for.

use std::borrow::Cow;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, Cursor, read_range};
use chainwright_core::limits::Limits;
use chainwright_core::location::{Location, Place};
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_formats::executable;
use chainwright_formats::signature::Signature;
use chainwright_repository::{card, config, hidden_text, licence, secrets};

use crate::facts::{CarriedTemplate, Facts, Inspected};
use crate::inspect::Artifact;
use crate::ownership::{self, Owner};

/// Bytes of a very large text that are searched at a time.
const CHUNK: usize = 4 * 1024 * 1024;

/// Credentials and hidden stretches kept from one very large text.
const MOST_HITS: usize = 200;

/// Reads the text of an artifact.
pub(crate) fn read(
    artifact: &Artifact,
    signatures: &[Signature],
    budget: &Budget,
    own: &mut Inspected,
) {
    let limits = budget.limits();
    if own.size > limits.text_bytes {
        read_large(artifact.bytes.as_ref(), budget, own);
        return;
    }
    let Ok(bytes) = read_range(
        artifact.bytes.as_ref(),
        0,
        usize::try_from(own.size).unwrap_or(usize::MAX),
    ) else {
        return;
    };
    let text = lossy(&bytes);
    let secrets: Vec<_> = secrets::find(&text).into_iter().collect();
    if !secrets.is_empty() {
        own.facts.push(Facts::Secrets(secrets));
    }
    let hidden: Vec<_> = hidden_text::find(&text).into_iter().collect();
    if !hidden.is_empty() {
        own.facts.push(Facts::HiddenText(hidden));
    }
    match language(
        &own.location.file_name().to_ascii_lowercase(),
        signatures,
        &bytes,
    ) {
        Language::Python => read_python(&text, limits, own),
        Language::Notebook => {
            let facts = chainwright_code::inspect_notebook(&text, limits);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::Python(facts));
        }
        Language::PathFile => {
            let facts = chainwright_code::inspect_pth(&text, limits);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::Python(facts));
        }
        Language::Shell => {
            let facts = chainwright_code::inspect_shell(&text, limits);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::Shell(facts));
        }
        Language::JavaScript => {
            let facts = chainwright_code::inspect_javascript(&text, limits);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::JavaScript(facts));
        }
        Language::Gyp => {
            let facts = chainwright_code::inspect_gyp(&text, limits);
            own.problems.extend(facts.problems.iter().cloned());
            own.facts.push(Facts::Shell(facts));
        }
        Language::Markdown => own.facts.push(Facts::Card(card::read(&text, limits))),
        Language::Licence => own
            .facts
            .extend(licence::recognise(&text).map(licence_fact)),
        Language::Other => read_configuration(&text, limits, own),
    }
}

/// Reads what is judged in a text that an installed package owns: credentials, and code that can attack on import.
pub(crate) fn read_owned(
    artifact: &Artifact,
    signatures: &[Signature],
    owner: &Owner,
    budget: &Budget,
    own: &mut Inspected,
) {
    let is_package = matches!(owner, Owner::Package(_));
    if !is_package && !ownership::is_settings(own.location.innermost()) {
        return;
    }
    let size = usize::try_from(own.size).unwrap_or(usize::MAX);
    let Ok(bytes) = read_range(artifact.bytes.as_ref(), 0, size) else {
        return;
    };
    let text = lossy(&bytes);
    let secrets: Vec<_> = secrets::find(&text).into_iter().collect();
    if !secrets.is_empty() {
        own.facts.push(Facts::Secrets(secrets));
    }
    let name = own.location.file_name().to_ascii_lowercase();
    let is_code = language(&name, signatures, &bytes) == Language::Python;
    if is_package && is_code && ownership::may_attack(&bytes) {
        read_python(&text, budget.limits(), own);
    }
}

/// The bytes as text, broken characters replaced; most texts have none, and looking is faster than replacing.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn licence_fact(identifier: &'static str) -> Facts {
    Facts::Licence(identifier.to_owned())
}

fn read_python(text: &str, limits: &Limits, own: &mut Inspected) {
    let facts = chainwright_code::inspect_python(text, limits);
    own.problems.extend(facts.problems.iter().cloned());
    own.facts.push(Facts::Python(facts));
}

fn read_configuration(text: &str, limits: &Limits, own: &mut Inspected) {
    let name = own.location.file_name().to_owned();
    let mut has_template = false;
    for mut facts in config::inspect(&name, text, limits) {
        own.problems.extend(facts.problems.iter().cloned());
        for template in std::mem::take(&mut facts.templates) {
            has_template = true;
            own.facts.push(carried(
                template.place,
                &template.text,
                &own.location,
                limits,
            ));
        }
        own.facts.push(Facts::Config(facts));
    }
    let is_page = own.has(Signature::Html) || own.has(Signature::Xml) || own.has(Signature::Json);
    if !has_template && !is_page && chainwright_templates::looks_like_template(text) {
        own.facts
            .push(carried(Place::Whole, text, &own.location, limits));
    }
}

fn carried(carrier: Place, text: &str, location: &Location, limits: &Limits) -> Facts {
    let mut facts = chainwright_templates::inspect(text, limits);
    if carrier != Place::Whole || is_chat_carrier(location) {
        facts = facts.in_chat_carrier();
    }
    Facts::Template(CarriedTemplate { carrier, facts })
}

/// Whether loaders take the templates of this file for chat templates, whatever they read.
fn is_chat_carrier(location: &Location) -> bool {
    let name = location.file_name();
    matches!(name, "tokenizer_config.json" | "processor_config.json")
        || name.starts_with("chat_template")
        || location.folder().ends_with("additional_chat_templates")
}

/// Which reader a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Python,
    Notebook,
    PathFile,
    Shell,
    JavaScript,
    Gyp,
    Markdown,
    Licence,
    Other,
}

/// The name decides where it is plain; otherwise the interpreter line or the look of the text.
fn language(name: &str, signatures: &[Signature], bytes: &[u8]) -> Language {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "py" | "pyw" | "pyi" => return Language::Python,
        "ipynb" => return Language::Notebook,
        "pth" => return Language::PathFile,
        "sh" | "bash" | "zsh" | "ksh" | "dockerfile" | "mk" => return Language::Shell,
        "js" | "cjs" | "mjs" | "jsx" => return Language::JavaScript,
        "gyp" | "gypi" => return Language::Gyp,
        "md" | "markdown" | "rst" => return Language::Markdown,
        _ => {}
    }
    if matches!(name, "makefile" | "gnumakefile" | "containerfile")
        || name.starts_with("dockerfile")
    {
        return Language::Shell;
    }
    if licence::is_licence_file(name) {
        return Language::Licence;
    }
    // Metadata of packages carry descriptions with examples of code, which nothing runs.
    if matches!(name, "pkg-info" | "metadata") {
        return Language::Other;
    }
    if let Some(interpreter) = executable::interpreter(bytes) {
        return if interpreter.contains("python") {
            Language::Python
        } else if ["node", "bun", "deno"]
            .iter()
            .any(|name| interpreter.contains(name))
        {
            Language::JavaScript
        } else {
            Language::Shell
        };
    }
    if signatures.contains(&Signature::Python) {
        Language::Python
    } else {
        Language::Other
    }
}

/// Searches a text that is too large to be read as a whole, such as a dataset, piece by piece.
fn read_large(source: &dyn ByteSource, budget: &Budget, own: &mut Inspected) {
    let mut secrets = Vec::new();
    let mut hidden = Vec::new();
    let mut cursor = Cursor::new(source);
    let mut first_line = 0;
    let mut rest = Vec::new();
    while cursor.remaining() > 0 {
        if let Err(error) = budget.check_time() {
            let detail = error.to_string();
            own.problems.push(Problem::new(
                ProblemKind::LimitReached,
                Place::Whole,
                detail,
            ));
            break;
        }
        let Ok(piece) = read_range(source, cursor.position(), CHUNK) else {
            break;
        };
        if piece.is_empty() {
            break;
        }
        cursor.skip(piece.len() as u64);
        rest.extend_from_slice(&piece);
        let end = match rest.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) if cursor.remaining() > 0 => newline.saturating_add(1),
            _ => rest.len(),
        };
        let behind = rest.split_off(end);
        let text = String::from_utf8_lossy(&rest);
        let place = |place: &mut Place| {
            if let Place::Line { line, .. } = place {
                *line = line.saturating_add(first_line);
            }
        };
        if secrets.len() < MOST_HITS {
            secrets.extend(secrets::find(&text).into_iter().map(|mut hit| {
                place(&mut hit.place);
                hit
            }));
        }
        if hidden.len() < MOST_HITS {
            hidden.extend(hidden_text::find(&text).into_iter().map(|mut hit| {
                place(&mut hit.place);
                hit
            }));
        }
        let lines = text.bytes().filter(|byte| *byte == b'\n').count();
        first_line = first_line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        rest = behind;
    }
    secrets.truncate(MOST_HITS);
    hidden.truncate(MOST_HITS);
    if !secrets.is_empty() {
        own.facts.push(Facts::Secrets(secrets));
    }
    if !hidden.is_empty() {
        own.facts.push(Facts::HiddenText(hidden));
    }
    if is_obeyed(&own.location.extension()) {
        let detail = format!("a text of {} bytes was searched but not parsed", own.size);
        own.problems.push(Problem::new(
            ProblemKind::LimitReached,
            Place::Whole,
            detail,
        ));
    }
}

/// Extensions of texts that some loader obeys; others, such as datasets, are only searched when they are large.
fn is_obeyed(extension: &str) -> bool {
    matches!(
        extension,
        "py" | "ipynb"
            | "json"
            | "yaml"
            | "yml"
            | "jinja"
            | "jinja2"
            | "j2"
            | "sh"
            | "toml"
            | "pth"
    )
}
