//! PMML: models as XML.
//!
//! What makes XML dangerous (document types, entities, includes, style sheets) is no part of PMML, and neither is
//! code; but evaluators such as JPMML call Java classes that functions name. Sources: PMML 4.4 (functions, table
//! locators, extensions), the JPMML evaluator's user-defined functions. The arithmetic of models is not judged.

use std::collections::{BTreeSet, HashSet};

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::wide;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::names;
use crate::note::{contains, hazard, is_remote, out_of_time, path_hazard, text_start, whole_text};

mod functions;
mod regex;

/// Elements nested deeper make recursive evaluators run out of stack; trees of honest models stay below.
const MAX_DEPTH: u32 = 4000;

/// Whether a text is PMML.
pub(crate) fn is_pmml(head: &[u8]) -> bool {
    let text = text_start(head);
    text.first() == Some(&b'<')
        && (contains(text, b"<PMML")
            || contains(text, b":PMML")
            || contains(text, b"!DOCTYPE PMML")
            || contains(text, b"dmg.org/PMML"))
}

/// Reads a model.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Pmml);
    let bytes = whole_text(source, budget, &mut facts);
    let text = decode(&bytes, &mut facts);
    Document {
        facts: &mut facts,
        open: Vec::new(),
        defined: HashSet::new(),
        applied: BTreeSet::new(),
    }
    .read(&text, budget);
    facts
}

/// UTF-8, or UTF-16 with a mark; scanners that see only one of them are fooled by the other.
fn decode(bytes: &[u8], facts: &mut ModelFacts) -> String {
    let units = |big: bool, bytes: &[u8]| -> Vec<u16> {
        bytes
            .chunks_exact(2)
            .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
            .map(|pair| {
                if big {
                    u16::from_be_bytes(pair)
                } else {
                    u16::from_le_bytes(pair)
                }
            })
            .collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => String::from_utf16_lossy(&units(false, rest)),
        [0xfe, 0xff, rest @ ..] => String::from_utf16_lossy(&units(true, rest)),
        [b'<', 0, ..] => String::from_utf16_lossy(&units(false, bytes)),
        [0, b'<', ..] => String::from_utf16_lossy(&units(true, bytes)),
        _ => {
            if std::str::from_utf8(bytes).is_err()
                && !contains(
                    bytes.get(..bytes.len().min(200)).unwrap_or_default(),
                    b"encoding=",
                )
            {
                facts.problem(
                    ProblemKind::Malformed,
                    Place::Whole,
                    "the text is not UTF-8",
                );
            }
            String::from_utf8_lossy(bytes).into_owned()
        }
    }
}

struct Document<'f> {
    facts: &'f mut ModelFacts,
    open: Vec<String>,
    defined: HashSet<String>,
    applied: BTreeSet<(String, u64)>,
}

impl Document<'_> {
    fn note(
        &mut self,
        kind: ModelHazardKind,
        effect: Effect,
        at: u64,
        subject: &str,
        detail: &str,
        reference: &str,
    ) {
        hazard(
            self.facts,
            kind,
            effect,
            Place::Byte(at),
            subject,
            detail,
            reference,
        );
    }

    fn read(mut self, text: &str, budget: &Budget) {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = false;
        reader.config_mut().allow_unmatched_ends = true;
        let mut count = 0_u32;
        loop {
            let at = reader.buffer_position();
            count = count.saturating_add(1);
            if count.is_multiple_of(8192) && out_of_time(budget, at, self.facts) {
                break;
            }
            match reader.read_event() {
                Ok(Event::Eof) => break,
                Ok(event) => {
                    if !self.event(&event, at) {
                        break;
                    }
                }
                Err(error) => {
                    let detail = format!("xml: {error}");
                    self.facts.problem(
                        ProblemKind::Malformed,
                        Place::Byte(at),
                        chainwright_core::text::visible(&detail, 200),
                    );
                    self.leftover(text, at);
                    break;
                }
            }
        }
        self.functions(budget.catalogue());
    }

    /// Behind damage the text is still searched for document types, which lenient readers may reach.
    fn leftover(&mut self, text: &str, at: u64) {
        let rest = usize::try_from(at)
            .ok()
            .and_then(|at| text.get(at..))
            .unwrap_or_default();
        if let Some(start) = rest.find("<!DOCTYPE").or_else(|| rest.find("<!ENTITY")) {
            let part: String = rest
                .get(start..)
                .unwrap_or_default()
                .chars()
                .take(4096)
                .collect();
            self.document_type(&part, at.saturating_add(wide(start)));
        }
    }

    /// Judges one event; false if reading should stop.
    fn event(&mut self, event: &Event<'_>, at: u64) -> bool {
        match event {
            Event::DocType(text) => {
                let text = text.to_string();
                self.document_type(&text, at);
            }
            Event::PI(instruction) => self.instruction(instruction, at),
            Event::Start(start) => {
                if self.open.len() >= usize::try_from(MAX_DEPTH).unwrap_or(usize::MAX) {
                    let detail =
                        "elements are nested so deeply that recursive readers run out of stack";
                    self.note(
                        ModelHazardKind::ResourceExhaustion,
                        Effect::OnLoad,
                        at,
                        "nesting",
                        detail,
                        "",
                    );
                    let detail = format!("elements are nested more than {MAX_DEPTH} deep");
                    self.facts
                        .problem(ProblemKind::LimitReached, Place::Byte(at), detail);
                    return false;
                }
                self.element(start, at);
                self.open.push(local(start));
            }
            Event::Empty(start) => self.element(start, at),
            Event::End(_) => {
                self.open.pop();
            }
            Event::Text(text) => self.text(text, at),
            Event::CData(text) => self.text(text, at),
            Event::GeneralRef(name) => self.reference(name, at),
            Event::Decl(_) | Event::Comment(_) | Event::Eof => {}
        }
        true
    }

    fn document_type(&mut self, text: &str, at: u64) {
        let lower = text.to_ascii_lowercase();
        let reference = "CWE-611";
        let before_subset = lower.split('[').next().unwrap_or_default();
        if before_subset.contains(" system") || before_subset.contains(" public") {
            let detail = "an external document type is loaded";
            self.note(
                ModelHazardKind::ExternalEntity,
                Effect::OnLoad,
                at,
                text,
                detail,
                reference,
            );
        }
        let mut entities = 0_u32;
        for (position, _) in lower.match_indices("<!entity") {
            entities = entities.saturating_add(1);
            let rest = text.get(position..).unwrap_or_default();
            let declaration = rest.split('>').next().unwrap_or_default();
            let words = declaration.to_ascii_lowercase();
            let outside_quotes: String = words.split(['"', '\'']).step_by(2).collect();
            if outside_quotes.contains("system") || outside_quotes.contains("public") {
                let detail = "an external entity is declared, which readers fetch from a file or the network";
                self.note(
                    ModelHazardKind::ExternalEntity,
                    Effect::OnLoad,
                    at,
                    declaration,
                    detail,
                    reference,
                );
            } else {
                let detail = "an entity is declared, which expands wherever it is used";
                self.note(
                    ModelHazardKind::EntityExpansion,
                    Effect::OnLoad,
                    at,
                    declaration,
                    detail,
                    "CWE-776",
                );
            }
        }
        if entities == 0 && lower.contains('[') && lower.contains('%') {
            let detail = "parameter entities are used";
            self.note(
                ModelHazardKind::ExternalEntity,
                Effect::OnLoad,
                at,
                text,
                detail,
                reference,
            );
        }
    }

    fn instruction(&mut self, text: &str, at: u64) {
        let target = text.split_ascii_whitespace().next().unwrap_or_default();
        if target.eq_ignore_ascii_case("xml-stylesheet") {
            let detail = "a style sheet is applied to the model, and style sheets may call code";
            self.note(
                ModelHazardKind::ExternalEntity,
                Effect::OnLoad,
                at,
                text,
                detail,
                "",
            );
        } else if matches!(
            target.to_ascii_lowercase().as_str(),
            "php" | "import" | "mso-application" | "xml-model"
        ) {
            let detail = "a processing instruction addresses another program";
            self.note(
                ModelHazardKind::ExternalEntity,
                Effect::Conditional,
                at,
                text,
                detail,
                "",
            );
        }
    }

    fn reference(&mut self, name: &str, at: u64) {
        let is_plain =
            matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") || name.starts_with('#');
        if !is_plain && self.facts.has(ModelHazardKind::EntityExpansion) {
            return;
        }
        if !is_plain {
            self.facts.problem(
                ProblemKind::Malformed,
                Place::Byte(at),
                "an entity without a declaration",
            );
        }
    }

    fn text(&mut self, text: &str, at: u64) {
        let trimmed = text.trim();
        if trimmed.len() < 4 {
            return;
        }
        let inside = |names: &[&str]| self.open.iter().any(|open| names.contains(&open.as_str()));
        if inside(&["script", "Script", "code", "Code"]) {
            let detail = "a script lies in the model, for evaluators that run such extensions";
            self.note(
                ModelHazardKind::EmbeddedCode,
                Effect::OnUse,
                at,
                trimmed,
                detail,
                "",
            );
            return;
        }
        // Patterns stand as constants in functions and in tables of text normalisation.
        let is_pattern = inside(&["TextIndexNormalization", "TextIndex"])
            || (inside(&["Constant"]) && inside(&["Apply"]));
        if is_pattern && regex::explodes(trimmed) {
            self.exploding(trimmed, at);
        }
        names::check_text(trimmed, Place::Byte(at), self.facts);
    }

    fn element(&mut self, start: &BytesStart<'_>, at: u64) {
        let name = local(start);
        self.facts.operators = self.facts.operators.saturating_add(1);
        let mut attributes = Vec::new();
        for attribute in start.attributes().with_checks(false).flatten().take(1000) {
            let key = attribute.key.local_name().as_ref().to_owned();
            let value = attribute.value.clone().into_owned();
            attributes.push((key, value));
        }
        let get = |key: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.as_str())
        };
        match name.as_str() {
            "PMML" => self.facts.version = short(get("version").unwrap_or_default()),
            "Application" => {
                self.facts.producer = short(&format!(
                    "{} {}",
                    get("name").unwrap_or_default(),
                    get("version").unwrap_or_default()
                ));
            }
            "DefineFunction" => {
                self.defined
                    .insert(get("name").unwrap_or_default().to_owned());
            }
            "Apply" => {
                self.apply(get("function").unwrap_or_default(), at);
            }
            "TextIndex" => self.text_index(&attributes, at),
            "include" | "fallback"
                if start.name().as_ref().starts_with("xi:") || get("href").is_some() =>
            {
                let detail = "another document is included";
                self.note(
                    ModelHazardKind::ExternalEntity,
                    Effect::OnLoad,
                    at,
                    get("href").unwrap_or("xi:include"),
                    detail,
                    "CWE-611",
                );
            }
            "TableLocator" => self.locator(&attributes, at),
            "script" | "Script" | "stylesheet" | "transform" => {
                let detail = "a script lies in the model";
                self.note(
                    ModelHazardKind::EmbeddedCode,
                    Effect::OnUse,
                    at,
                    &name,
                    detail,
                    "",
                );
            }
            "Constant" | "Extension" => self.extension(&name, &attributes, at),
            "Array" | "REAL-SparseArray" | "INT-SparseArray" => self.count(&attributes, at),
            _ => {}
        }
        for (key, value) in &attributes {
            self.attribute(&name, key, value, at);
        }
    }

    /// Addresses where PMML has none.
    fn attribute(&mut self, name: &str, key: &str, value: &str, at: u64) {
        // JPMML reads a `class` or Java name in extensions of functions only.
        if matches!(key, "schemaLocation" | "noNamespaceSchemaLocation") {
            for word in value.split_ascii_whitespace() {
                let is_known = word.contains("dmg.org")
                    || word.contains("w3.org")
                    || word.ends_with("pmml-4-4.xsd")
                    || word.ends_with(".xsd") && !word.contains(['/', ':', '\\']);
                let points_out = path_hazard(word).is_some() && !is_known;
                if points_out {
                    let detail = "the schema is fetched from another place than the standard's";
                    self.note(
                        ModelHazardKind::NetworkUse,
                        Effect::Conditional,
                        at,
                        word,
                        detail,
                        "CWE-611",
                    );
                }
            }
            return;
        }
        let is_address = matches!(
            key,
            "href" | "src" | "url" | "uri" | "location" | "file" | "path" | "dataSource" | "jndi"
        );
        if is_address
            && let Some(kind) = path_hazard(value)
            && name != "Extension"
        {
            let detail = "an element names a place outside the model";
            self.note(kind, Effect::OnUse, at, value, detail, "");
        }
        if value.len() > 8 {
            names::check_text(value, Place::Byte(at), self.facts);
        }
        let lower = value
            .get(..value.len().min(16))
            .unwrap_or_default()
            .to_ascii_lowercase();
        if ["javascript:", "vbscript:", "jndi:", "ldap://", "rmi://"]
            .iter()
            .any(|scheme| lower.starts_with(scheme))
            || value.contains("${jndi:")
        {
            let detail = "an attribute is an address that runs or loads code";
            self.note(
                ModelHazardKind::DangerousCallable,
                Effect::OnUse,
                at,
                value,
                detail,
                "",
            );
        }
    }

    /// A table that lies elsewhere.
    fn locator(&mut self, attributes: &[(String, String)], at: u64) {
        let remote = attributes
            .iter()
            .find(|(_, value)| path_hazard(value).is_some() || is_remote(value));
        match remote {
            Some((_, value)) => {
                let kind = path_hazard(value).unwrap_or(ModelHazardKind::NetworkUse);
                self.note(
                    kind,
                    Effect::OnUse,
                    at,
                    value,
                    "a table is read from outside the model",
                    "",
                );
            }
            None => {
                let detail = "a table lies in an external source";
                self.note(
                    ModelHazardKind::FileRead,
                    Effect::Conditional,
                    at,
                    "TableLocator",
                    detail,
                    "",
                );
            }
        }
    }

    fn extension(&mut self, name: &str, attributes: &[(String, String)], at: u64) {
        if name != "Extension" {
            return;
        }
        let mut is_code = None;
        for (key, value) in attributes {
            let lower = value.to_ascii_lowercase();
            let names_code = key == "name"
                && [
                    "script",
                    "code",
                    "java",
                    "python",
                    "exec",
                    "command",
                    "javaclass",
                    "class",
                ]
                .contains(&lower.as_str());
            if names_code {
                is_code = Some(lower);
            } else if matches!(key.as_str(), "value" | "extender")
                && let Some(kind) = path_hazard(value)
                && kind != ModelHazardKind::PathAbsolute
                && !(is_remote(value) && (lower.contains("dmg.org") || key == "extender"))
            {
                let detail = "an extension names a place outside the model";
                self.note(kind, Effect::Conditional, at, value, detail, "");
            }
        }
        if let Some(what) = is_code {
            let detail = "an extension holds code for evaluators that run it";
            self.note(
                ModelHazardKind::EmbeddedCode,
                Effect::Conditional,
                at,
                &what,
                detail,
                "",
            );
        }
    }

    /// Arrays state how many values they hold.
    fn count(&mut self, attributes: &[(String, String)], at: u64) {
        for (key, value) in attributes {
            if key != "n" {
                continue;
            }
            let is_sane = value
                .trim()
                .parse::<u64>()
                .is_ok_and(|count| count < 1 << 31);
            if !is_sane {
                let detail = "the number of values cannot be true";
                self.note(
                    ModelHazardKind::SizeLie,
                    Effect::OnLoad,
                    at,
                    value,
                    detail,
                    "",
                );
            }
        }
    }

    fn text_index(&mut self, attributes: &[(String, String)], at: u64) {
        for (key, value) in attributes {
            if key == "wordSeparatorCharacterRE" && regex::explodes(value) {
                self.exploding(value, at);
            }
        }
    }

    fn exploding(&mut self, pattern: &str, at: u64) {
        let detail = "a pattern takes exponential time on chosen input";
        self.note(
            ModelHazardKind::ResourceExhaustion,
            Effect::OnUse,
            at,
            pattern,
            detail,
            "CWE-1333",
        );
    }

    fn apply(&mut self, function: &str, at: u64) {
        if self.applied.len() < 4096 {
            self.applied.insert((function.to_owned(), at));
        }
    }

    /// Functions that neither the standard nor the document defines.
    fn functions(mut self, catalogue: Catalogue) {
        for (name, at) in std::mem::take(&mut self.applied) {
            if self.defined.contains(&name) || functions::is_standard(&name) {
                continue;
            }
            if functions::is_java(&name) {
                let is_dangerous =
                    catalogue.has("java-names") && functions::is_dangerous_java(&name);
                let (kind, detail) = if is_dangerous {
                    (
                        ModelHazardKind::DangerousCallable,
                        "evaluators load the Java class by its name and call it",
                    )
                } else {
                    (
                        ModelHazardKind::UnknownCallable,
                        "evaluators load a Java class by its name and call it",
                    )
                };
                self.note(kind, Effect::OnUse, at, &name, detail, "");
            } else {
                let detail = "a function that neither the standard nor the document defines";
                self.note(
                    ModelHazardKind::UnknownCallable,
                    Effect::OnUse,
                    at,
                    &name,
                    detail,
                    "",
                );
            }
        }
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().chars().take(64).collect()
}

fn short(text: &str) -> String {
    chainwright_core::text::visible(text.trim(), 60)
}
