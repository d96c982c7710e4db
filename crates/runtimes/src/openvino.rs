//! OpenVINO intermediate representation: the XML that describes a network whose constants lie in a `.bin`.
//!
//! Operators come from the operator sets of OpenVINO; others have to be registered by an extension library, which
//! the XML does not name. What an XML can do beyond: declare entities, point outside the constants, nest bodies
//! without end, name layers that do not exist. The `.bin` is not at hand, so that offsets are checked for what can
//! be seen from the XML alone.
//!
//! Sources: `src/core/docs` and `src/frontends/ir` of OpenVINO 2026.4; operator sets 1 to 17.

use std::collections::BTreeSet;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::fields::narrow;
use chainwright_core::location::Place;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};
use chainwright_core::problem::ProblemKind;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::facts::{line_of, whole_text};
use crate::paths::{is_native_library, side_file};

mod constants;
mod operators;

/// How deep elements of a network may be nested: bodies of `If` and `Loop` inside each other.
const DEPTH: usize = 200;
/// Events between two looks at the clock.
const STEPS: u64 = 4096;

/// Whether text is such an XML: its root is `net`, with layers.
pub(crate) fn is_one(head: &str) -> bool {
    let Some(at) = head.find("<net") else {
        return false;
    };
    let behind = head.get(at.saturating_add(4)..).unwrap_or_default();
    let before = head.get(..at).unwrap_or_default();
    let is_root = behind.starts_with([' ', '>', '\n', '\t', '\r']);
    // Documents of other kinds hold a `net` somewhere deep.
    let elements_before = before
        .match_indices('<')
        .filter(|(at, _)| {
            let next = before
                .get(at.saturating_add(1)..)
                .and_then(|rest| rest.chars().next());
            !matches!(next, Some('?' | '!'))
        })
        .count();
    let is_network = behind.contains("<layers")
        || behind.contains("<layer ")
        || behind
            .split('>')
            .next()
            .is_some_and(|tag| tag.contains("version="));
    is_root && elements_before == 0 && is_network
}

/// Reads such an XML.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::OpenVino);
    let Some(text) = whole_text(bytes, budget, &mut facts) else {
        return facts;
    };
    let mut document = Document {
        text: &text,
        facts: &mut facts,
        networks: Vec::new(),
        open: Vec::new(),
        layer: None,
        counted: (0, 1),
    };
    document.walk(budget);
    facts
}

/// The layers and edges of one network or body.
#[derive(Debug, Default)]
struct Network {
    layers: BTreeSet<String>,
    edges: BTreeSet<String>,
}

/// The layer whose parts are being read.
#[derive(Debug, Clone, Default)]
struct Layer {
    name: String,
    kind: String,
    version: String,
}

struct Document<'a> {
    text: &'a [u8],
    facts: &'a mut ModelFacts,
    networks: Vec<Network>,
    open: Vec<String>,
    layer: Option<Layer>,
    /// An offset and the line that it lies on, so that no stretch is counted twice.
    counted: (usize, u32),
}

impl Document<'_> {
    fn walk(&mut self, budget: &Budget) {
        let mut reader = Reader::from_reader(self.text);
        let mut steps = 0_u64;
        loop {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(STEPS) && budget.check_time().is_err() {
                let detail = "time was up within the document";
                self.facts
                    .problem(ProblemKind::LimitReached, Place::Whole, detail);
                return;
            }
            let at = reader.buffer_position();
            match reader.read_event() {
                Ok(Event::Start(element)) => {
                    if self.open.len() >= DEPTH {
                        self.say(
                            Kind::ResourceExhaustion,
                            at,
                            "nesting",
                            "elements are nested deeper than any network is",
                            "CWE-674",
                        );
                        return;
                    }
                    let name = local_name(&element);
                    self.element(&name, &element, at);
                    self.open.push(name);
                }
                Ok(Event::Empty(element)) => {
                    let name = local_name(&element);
                    self.element(&name, &element, at);
                    if name == "layer" {
                        self.layer = None;
                    }
                }
                Ok(Event::End(_)) => self.close(at),
                Ok(Event::DocType(kind)) => self.document_type(&kind, at),
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(error) => {
                    let place = self.place(at);
                    let detail = chainwright_core::text::visible(&error.to_string(), 120);
                    self.facts.problem(ProblemKind::Malformed, place, detail);
                    return;
                }
            }
        }
        if !self.open.is_empty() {
            let detail = "the document ends within an element";
            self.facts
                .problem(ProblemKind::Truncated, Place::Whole, detail);
        }
    }

    fn place(&mut self, at: u64) -> Place {
        let (from, line) = self.counted;
        let at = narrow(at);
        if at > from {
            let between = self.text.get(from..at).unwrap_or_default();
            let more = line_of(between, between.len()).saturating_sub(1);
            self.counted = (at, line.saturating_add(more));
        }
        Place::Line {
            line: self.counted.1,
            column: 1,
        }
    }

    fn say(&mut self, kind: Kind, at: u64, subject: &str, detail: &str, reference: &str) {
        let place = self.place(at);
        self.facts.hazard(ModelHazard::new(
            kind,
            Effect::OnLoad,
            place,
            subject,
            detail,
            reference,
        ));
    }

    fn document_type(&mut self, text: &str, at: u64) {
        let has_entity = text.contains("<!ENTITY") || text.contains('%');
        let is_external = text.contains("SYSTEM") || text.contains("PUBLIC");
        if is_external {
            let detail = "the document refers to an external document type or entity";
            self.say(Kind::ExternalEntity, at, "DOCTYPE", detail, "CWE-611");
        }
        if has_entity {
            let detail = "the document declares entities, which no exporter does";
            self.say(Kind::EntityExpansion, at, "ENTITY", detail, "CWE-776");
        }
        if !is_external && !has_entity {
            let detail = "the document has a document type, which no exporter writes";
            self.facts
                .problem(ProblemKind::Malformed, Place::Whole, detail);
        }
    }

    fn element(&mut self, name: &str, element: &BytesStart<'_>, at: u64) {
        match name {
            "net" | "body" | "then_body" | "else_body" => {
                if name == "net" {
                    self.facts.version = attribute(element, "version").unwrap_or_default();
                }
                self.networks.push(Network::default());
            }
            "layer" => self.begin_layer(element, at),
            "data" => self.data(element, at),
            "edge" => self.edge(element),
            "weights_path" => {
                if let Some(path) = attribute(element, "value") {
                    let place = self.place(at);
                    side_file(self.facts, &path, Effect::OnLoad, &place);
                }
            }
            "MO_version" | "Runtime_version" => {
                if let Some(version) = attribute(element, "value") {
                    self.facts.producer =
                        format!("OpenVINO {}", chainwright_core::text::visible(&version, 60));
                }
            }
            _ => {}
        }
    }

    fn begin_layer(&mut self, element: &BytesStart<'_>, at: u64) {
        self.facts.operators = self.facts.operators.saturating_add(1);
        let layer = Layer {
            name: attribute(element, "name").unwrap_or_default(),
            kind: attribute(element, "type").unwrap_or_default(),
            version: attribute(element, "version").unwrap_or_default(),
        };
        let id = attribute(element, "id").unwrap_or_default();
        if let Some(network) = self.networks.last_mut()
            && !network.layers.insert(id.clone())
        {
            let detail =
                "two layers have the same number, and readers disagree about which one counts";
            self.say(Kind::Ambiguous, at, &format!("layer {id}"), detail, "");
        }
        if !operators::is_known(&layer.kind, &layer.version) {
            let subject = format!("{} ({})", layer.kind, layer.version);
            let place = self.place(at);
            self.facts.hazard(ModelHazard::new(
                Kind::CustomOperator,
                Effect::OnUse,
                place,
                &subject,
                "an operator that an extension library has to provide",
                "",
            ));
        }
        self.layer = Some(layer);
    }

    fn data(&mut self, element: &BytesStart<'_>, at: u64) {
        let Some(layer) = self.layer.clone() else {
            return;
        };
        for found in element.attributes().with_checks(false).flatten() {
            let value = found.value.to_string();
            if is_native_library(&value) {
                let detail = "a layer names a native library";
                self.say(Kind::NativeLibrary, at, &value, detail, "");
            }
        }
        if layer.kind == "Const" {
            let claim = constants::Claim {
                kind: attribute(element, "element_type")
                    .or_else(|| attribute(element, "precision")),
                shape: attribute(element, "shape"),
                offset: attribute(element, "offset"),
                size: attribute(element, "size"),
            };
            match claim.check() {
                Ok(count) => {
                    self.facts.parameters = self.facts.parameters.saturating_add(count);
                }
                Err((kind, detail)) => self.say(kind, at, &layer.name, detail, "CWE-190"),
            }
        }
    }

    fn edge(&mut self, element: &BytesStart<'_>) {
        // The edges from one turn of a loop to the next are told before the body that they are about.
        if self.open.iter().any(|name| name == "back_edges") {
            return;
        }
        for end in ["from-layer", "to-layer"] {
            let id = attribute(element, end).unwrap_or_default();
            if let Some(network) = self.networks.last_mut() {
                network.edges.insert(id);
            }
        }
    }

    fn close(&mut self, at: u64) {
        let Some(name) = self.open.pop() else { return };
        match name.as_str() {
            "layer" => self.layer = None,
            "net" | "body" | "then_body" | "else_body" => {
                let network = self.networks.pop().unwrap_or_default();
                let missing = network
                    .edges
                    .iter()
                    .find(|id| !network.layers.contains(*id));
                if let Some(id) = missing {
                    let subject = format!("layer {id}");
                    let detail = "an edge leads to a layer that does not exist";
                    self.say(Kind::OutOfBounds, at, &subject, detail, "CWE-129");
                }
            }
            _ => {}
        }
    }
}

fn local_name(element: &BytesStart<'_>) -> String {
    element.local_name().as_ref().to_owned()
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    element
        .attributes()
        .with_checks(false)
        .flatten()
        .find(|each| each.key.as_ref() == name)
        .map(|each| each.value.to_string())
}
