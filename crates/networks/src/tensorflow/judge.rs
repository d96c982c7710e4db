//! What the nodes of a graph do beyond arithmetic.
//!
//! The names of operators alone say little: every SavedModel writes and restores checkpoints, many read a vocabulary.
//! So it is asked which file, and who chooses it: the loader (an asset, the name of a checkpoint), the caller, or the
//! model itself.

use std::collections::{HashMap, HashSet};

use chainwright_core::budget::Budget;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelHazard, ModelHazardKind};
use chainwright_core::problem::ProblemKind;
use chainwright_core::text::visible;

use super::graph::{Graph, Node, Reader, Scope};
use super::ops::{self, Does, Effects, Operand, Standing};
use super::paths::{self, Where};
use super::reach::{self, Growth, Loaded};
use super::tensor::{SizeDoubt, Text};
use super::values::{Bound, Reaching, Rest, Values};
use crate::wire::{Message, Wire};

/// Nodes between two looks at the clock.
const NODES_PER_CHECK: usize = 256;
/// Elements that no graph asks for at once.
const HUGE: u64 = 1 << 40;

/// What a graph is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Serving: its files are bound by the loader.
    Serving,
    /// A bare graph; constants are what is left of paths.
    Bare,
    /// Training: pipelines read files by constant names.
    Training,
}

/// What is known around a graph.
#[derive(Debug)]
pub(super) struct Setting<'s> {
    /// What it is used for.
    pub(super) purpose: Purpose,
    /// Nodes that the loader feeds with the paths of assets.
    pub(super) assets: &'s HashSet<String>,
    /// What is bound to functions.
    pub(super) bound: &'s HashMap<String, Vec<Bound>>,
    /// Nodes that run on loading.
    pub(super) roots: &'s HashSet<String>,
    /// Functions that run on loading.
    pub(super) initialisers: &'s HashSet<String>,
}

/// Judges a graph.
pub(super) fn judge(
    graph: &Graph,
    setting: &Setting<'_>,
    wire: &Wire<'_>,
    reader: &Reader<'_, '_>,
    budget: &Budget,
    facts: &mut ModelFacts,
) {
    let mut court = Court {
        graph,
        setting,
        values: Values::new(graph, setting.assets, setting.bound),
        loaded: reach::loaded(graph, setting.roots, setting.initialisers),
        wire,
        reader,
        file: wire.source().size(),
        catalogue: budget.catalogue(),
        facts,
    };
    for (scope_index, scope) in graph.scopes.iter().enumerate() {
        court.names(scope);
        for (index, node) in scope.nodes.iter().enumerate() {
            if index % NODES_PER_CHECK == 0
                && let Err(error) = budget.check_time()
            {
                let detail = error.to_string();
                court
                    .facts
                    .problem(ProblemKind::LimitReached, Place::Whole, detail);
                return;
            }
            court.node(scope_index, scope, index, node);
        }
    }
    court.growth();
    court.beyond();
}

struct Court<'c> {
    graph: &'c Graph,
    setting: &'c Setting<'c>,
    values: Values<'c>,
    loaded: Loaded,
    wire: &'c Wire<'c>,
    reader: &'c Reader<'c, 'c>,
    file: u64,
    catalogue: Catalogue,
    facts: &'c mut ModelFacts,
}

/// One node under judgement.
#[derive(Clone, Copy)]
struct Case<'c> {
    scope: usize,
    node: &'c Node,
    op: &'c str,
    place: &'c Place,
    effect: Effect,
}

impl<'c> Court<'c> {
    fn hazard(
        &mut self,
        kind: ModelHazardKind,
        effect: Effect,
        place: &Place,
        subject: &str,
        detail: &str,
        reference: &str,
    ) {
        let hazard = ModelHazard::new(kind, effect, place.clone(), subject, detail, reference);
        self.facts.hazard(hazard);
    }

    fn say(
        &mut self,
        case: Case<'_>,
        kind: ModelHazardKind,
        effect: Effect,
        what: &str,
        detail: &str,
    ) {
        let subject = if what.is_empty() {
            case.op.to_owned()
        } else {
            format!("{} {what}", case.op)
        };
        let reference = ops::effects(case.op).map_or("", |effects| effects.reference);
        self.hazard(kind, effect, case.place, &subject, detail, reference);
    }

    /// Names that stand for two things.
    fn names(&mut self, scope: &Scope) {
        for name in &scope.twice {
            let place = Place::Key(key(scope, name));
            let detail = "two nodes have this name; importers differ in which one counts";
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                &place,
                name,
                detail,
                "",
            );
        }
        if scope.name.is_empty() {
            return;
        }
        let place = Place::Key(visible(&scope.name, 200));
        if ops::is_registered(&scope.name) {
            let detail = "a function of the model takes the name of an operator of TensorFlow";
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                &place,
                &scope.name,
                detail,
                "",
            );
        }
        if self
            .graph
            .functions
            .get(&scope.name)
            .is_some_and(|same| same.len() > 1)
        {
            let detail = "two functions have this name";
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                &place,
                &scope.name,
                detail,
                "",
            );
        }
    }

    fn node(&mut self, scope_index: usize, scope: &Scope, index: usize, node: &'c Node) {
        let place = Place::Key(key(scope, &node.name));
        let effect = if self.loaded.contains(scope_index, index) {
            Effect::OnLoad
        } else {
            Effect::OnUse
        };
        if let Some(twice) = &node.has_twice {
            let detail = "an attribute is given twice; readers differ in which one counts";
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                &place,
                twice,
                detail,
                "",
            );
        }
        if !node.other_ops.is_empty() {
            let detail = "a node names two operators; readers differ in which one counts";
            self.hazard(
                ModelHazardKind::Ambiguous,
                Effect::OnLoad,
                &place,
                &node.op,
                detail,
                "",
            );
        }
        for op in node.other_ops.iter().chain([&node.op]) {
            self.operator(Case {
                scope: scope_index,
                node,
                op,
                place: &place,
                effect,
            });
        }
        self.sizes(node, &place);
        self.loops(node, &place);
        self.asked(scope_index, node, &place);
    }

    fn operator(&mut self, case: Case<'_>) {
        match ops::standing(case.op, self.catalogue) {
            Standing::Acts(effects) => self.effects(case, effects),
            Standing::Unjudged => self.unjudged(case),
            Standing::Plain => {}
            // What no runtime takes either: what is left of a node behind a cut.
            _ if case.op.is_empty() => {}
            Standing::Library | Standing::Stranger
                if self.graph.functions.contains_key(case.op) => {}
            Standing::Library => self.custom(case, true),
            Standing::Stranger => self.custom(case, false),
        }
    }

    /// An operator of TensorFlow that is neither plain nor in the table of effects.
    fn unjudged(&mut self, case: Case<'_>) {
        let place = Place::Key(visible(case.op, 200));
        let detail = "an operator of TensorFlow whose effect is not known";
        let kind = ModelHazardKind::UnknownCallable;
        self.hazard(kind, Effect::OnUse, &place, case.op, detail, "");
    }

    /// An operator of a library that the user has to load, one that is well known or not.
    fn custom(&mut self, case: Case<'_>, is_known: bool) {
        let place = Place::Key(visible(case.op, 200));
        let (kind, detail) = if is_known {
            let detail = "an operator of a library that is loaded beside TensorFlow";
            (ModelHazardKind::CustomOperator, detail)
        } else {
            let detail = "an operator that neither TensorFlow nor a known library has; native code must be loaded for it";
            (ModelHazardKind::UnknownCallable, detail)
        };
        self.hazard(kind, Effect::OnUse, &place, case.op, detail, "");
        let attributes = case.node.texts.iter().flat_map(|(_, texts)| texts);
        let mut texts: Vec<String> = attributes.map(Text::to_text).collect();
        for input in 0..case.node.inputs.len().min(16) {
            let reaching = self.values.reaching(case.scope, case.node, input);
            texts.extend(reaching.into_iter().map(|each| each.known));
        }
        texts.retain(|text| paths::looks_like_path(text));
        let effect = match self.setting.purpose {
            Purpose::Training => Effect::Conditional,
            Purpose::Serving | Purpose::Bare => case.effect,
        };
        for text in texts.iter().take(4) {
            let detail = "an operator that TensorFlow does not have is given a path or an address";
            self.say(case, ModelHazardKind::UnknownCallable, effect, text, detail);
        }
    }

    fn effects(&mut self, case: Case<'_>, effects: &Effects) {
        let reaching = self.operands(case, effects);
        match effects.does {
            Does::Read
            | Does::Match
            | Does::Records
            | Does::Table
            | Does::Restore
            | Does::Save
            | Does::Write
            | Does::Cache
            | Does::Log => {
                if effects.operands.is_empty() {
                    let effect = self.relaxed(case.effect);
                    let detail = "reads files whose names are out of sight";
                    self.say(case, ModelHazardKind::FileRead, effect, "", detail);
                }
                for each in &reaching {
                    self.file(case, effects.does, each);
                }
            }
            Does::Print | Does::Urls => self.streams(case, &reaching),
            Does::Python => {
                let effect = self.relaxed(case.effect);
                let detail = "calls a Python function of the process that runs the graph";
                self.say(
                    case,
                    ModelHazardKind::InterpreterCallback,
                    effect,
                    "",
                    detail,
                );
            }
            Does::Network => self.network(case, &reaching),
            Does::Remote => self.remote(case, &reaching),
            Does::Descriptor | Does::Region => self.sources(case, effects.does, &reaching),
            Does::Process => {
                let detail = "runs the program `ffmpeg` over a file that it writes";
                self.say(
                    case,
                    ModelHazardKind::ProcessStart,
                    Effect::Conditional,
                    "",
                    detail,
                );
            }
            Does::Module => self.module(case),
            Does::Target => self.target(case, &reaching),
            Does::Graph => self.inner_graph(case),
        }
    }

    fn operands(&self, case: Case<'_>, effects: &Effects) -> Vec<Reaching> {
        let mut found = Vec::new();
        for operand in &effects.operands {
            match operand {
                Operand::Input(index) => {
                    found.extend(self.values.reaching(case.scope, case.node, *index));
                }
                Operand::Attribute(name) => {
                    found.extend(case.node.attribute(name).map(|text| Reaching {
                        known: text.to_text(),
                        rest: Rest::Nothing,
                    }));
                }
            }
        }
        found
    }

    /// What honest graphs for training do as well acts only if that part is run.
    fn relaxed(&self, effect: Effect) -> Effect {
        match self.setting.purpose {
            Purpose::Training => Effect::Conditional,
            Purpose::Serving | Purpose::Bare => effect,
        }
    }

    fn file(&mut self, case: Case<'_>, does: Does, name: &Reaching) {
        let lead = paths::lead(&name.known);
        if name.known.is_empty() && name.rest != Rest::Nothing {
            self.unknown_file(case, does, name.rest);
            return;
        }
        let kind = does.file_hazard();
        let (is_bound, is_store) = (
            does == Does::Restore || does == Does::Save,
            lead == Where::Store,
        );
        let effect = match (does, lead) {
            (Does::Cache | Does::Log, Where::Nowhere) => return,
            (Does::Save | Does::Restore, Where::Inside | Where::Nowhere) => return,
            (Does::Restore, Where::Outside | Where::Store | Where::Sensitive) => {
                Effect::Conditional
            }
            (Does::Table, Where::Inside) => Effect::Conditional,
            (_, Where::Network | Where::Sensitive) => case.effect,
            (Does::Table, _) if self.setting.purpose != Purpose::Serving => Effect::Conditional,
            (Does::Log, _) => self.relaxed(case.effect),
            (does, _) if does.only_reads() => self.relaxed(case.effect),
            _ => case.effect,
        };
        let detail = match (kind, is_bound) {
            (ModelHazardKind::FileWrite, true) => {
                "writes a checkpoint to a path that the model chooses"
            }
            (ModelHazardKind::FileWrite, false) => "writes a file that the model chooses",
            (_, true) => "reads a checkpoint from a path that the model chooses",
            (_, false) => "reads a file that the model chooses",
        };
        self.say(case, kind, effect, &name.known, detail);
        let is_remote =
            lead == Where::Network || is_store && self.setting.purpose != Purpose::Training;
        if is_remote && !(is_bound && is_store) {
            let detail = "goes to an address that the model chooses";
            let effect = if is_store {
                Effect::Conditional
            } else {
                effect
            };
            self.say(
                case,
                ModelHazardKind::NetworkUse,
                effect,
                &name.known,
                detail,
            );
        }
    }

    /// A name of which not even the beginning is known.
    fn unknown_file(&mut self, case: Case<'_>, does: Does, rest: Rest) {
        let kind = does.file_hazard();
        let computed = "a file whose name the model computes";
        let chosen = "a file that the caller names";
        let (effect, detail) = match (does, rest) {
            (Does::Write, Rest::Computed) => (case.effect, computed),
            (Does::Write, _) => (case.effect, chosen),
            (_, Rest::Asset | Rest::Nothing) => return,
            (Does::Read | Does::Match, Rest::Caller) => (self.relaxed(case.effect), chosen),
            (Does::Read | Does::Match | Does::Records, Rest::Computed) => {
                (self.relaxed(case.effect), computed)
            }
            (Does::Save, Rest::Computed) => (case.effect, computed),
            (Does::Records, Rest::Caller) => (Effect::Conditional, chosen),
            _ => return,
        };
        self.say(case, kind, effect, "", detail);
    }

    /// Streams and addresses that a node prints to.
    fn streams(&mut self, case: Case<'_>, names: &[Reaching]) {
        for name in names {
            let text = name.known.as_str();
            if text.starts_with("file:") {
                let detail = "appends what it sees to a file";
                self.say(case, ModelHazardKind::FileWrite, case.effect, text, detail);
            } else if text.contains("://") && !text.starts_with("memcbk:") {
                let detail = "sends what it sees to an address";
                self.say(case, ModelHazardKind::NetworkUse, case.effect, text, detail);
            }
        }
    }

    fn network(&mut self, case: Case<'_>, names: &[Reaching]) {
        let known = names.iter().find(|name| !name.known.is_empty());
        let name = known.map(|name| name.known.clone()).unwrap_or_default();
        let detail = "talks to another machine";
        self.say(
            case,
            ModelHazardKind::NetworkUse,
            case.effect,
            &name,
            detail,
        );
    }

    fn remote(&mut self, case: Case<'_>, names: &[Reaching]) {
        for name in names {
            let is_other = name.known.contains("://")
                || name.known.contains("/job:") && !name.known.contains("/job:localhost");
            if is_other {
                let detail = "runs a function on another machine";
                let effect = self.relaxed(case.effect);
                self.say(
                    case,
                    ModelHazardKind::NetworkUse,
                    effect,
                    &name.known,
                    detail,
                );
            }
        }
    }

    fn sources(&mut self, case: Case<'_>, does: Does, names: &[Reaching]) {
        for name in names {
            let text = name.known.as_str();
            let is_inside = text.is_empty()
                || ["local://", "bytes://", "memmapped_package://"]
                    .iter()
                    .any(|scheme| text.starts_with(scheme));
            if !is_inside {
                let detail = if does == Does::Region {
                    "maps a file into memory and takes it for a tensor"
                } else {
                    "reads a descriptor from a file that the model chooses"
                };
                self.say(case, ModelHazardKind::FileRead, case.effect, text, detail);
            }
        }
    }

    /// Compiled modules call back into Python by the names of these targets (`jax.pure_callback` and its kin).
    fn module(&mut self, case: Case<'_>) {
        const CALLBACKS: &[&[u8]] = &[
            b"xla_python_cpu_callback",
            b"xla_python_gpu_callback",
            b"xla_ffi_python",
            b"xla_ffi_partitioned_python",
        ];
        let modules: Vec<Message> = case.node.attribute("module").map(|text| text.at).collect();
        for module in modules {
            if contains(self.wire, module, CALLBACKS) {
                let detail = "a compiled module calls a Python function by its address";
                self.say(
                    case,
                    ModelHazardKind::InterpreterCallback,
                    case.effect,
                    "",
                    detail,
                );
            }
        }
    }

    fn target(&mut self, case: Case<'_>, names: &[Reaching]) {
        for name in names {
            let (kind, detail) = if name.known.contains("python") {
                let detail = "calls a Python function by its address";
                (ModelHazardKind::InterpreterCallback, detail)
            } else {
                let detail = "calls native code that a library must register";
                (ModelHazardKind::CustomOperator, detail)
            };
            self.say(case, kind, case.effect, &name.known, detail);
        }
    }

    fn inner_graph(&mut self, case: Case<'_>) {
        let input = case.node.inputs.first();
        let constant = input.and_then(|input| self.values.constant(case.scope, input));
        let tensors = constant.into_iter().filter_map(|node| node.tensor.as_ref());
        let texts = case.node.texts.iter().flat_map(|(_, texts)| texts);
        let texts: Vec<Message> = texts
            .chain(tensors.flat_map(|tensor| &tensor.texts))
            .map(|text| text.at)
            .collect();
        for text in texts {
            self.reader.part("graph.pb", text, self.facts);
        }
        let detail = "runs a graph that is hidden in a text";
        self.say(
            case,
            ModelHazardKind::CustomOperator,
            case.effect,
            "",
            detail,
        );
    }

    fn sizes(&mut self, node: &Node, place: &Place) {
        if matches!(node.op.as_str(), "VarHandleOp" | "VariableV2" | "Variable") {
            let elements = node.shape.as_ref().and_then(super::tensor::Shape::elements);
            let sum = self.facts.parameters.saturating_add(elements.unwrap_or(0));
            self.facts.parameters = sum;
        }
        let Some(tensor) = &node.tensor else {
            return;
        };
        self.facts.parameters = self.facts.parameters.saturating_add(tensor.elements());
        if node.op != "Const" {
            return;
        }
        let (kind, detail) = match tensor.doubt(self.file) {
            None => return,
            Some(SizeDoubt::Negative) => (
                ModelHazardKind::Malformed,
                "a constant with a negative size".to_owned(),
            ),
            Some(SizeDoubt::Overflow) => (
                ModelHazardKind::SizeLie,
                "a constant whose size overflows".to_owned(),
            ),
            Some(SizeDoubt::Mismatch) => (
                ModelHazardKind::SizeLie,
                "the content of a constant is not as long as its shape says".to_owned(),
            ),
            Some(SizeDoubt::Expands(bytes)) => (
                ModelHazardKind::ResourceExhaustion,
                format!("a few bytes become a constant of {bytes} bytes"),
            ),
        };
        let hazard = ModelHazard::new(kind, Effect::OnLoad, place.clone(), &node.name, detail, "");
        self.facts.hazard(hazard);
    }

    /// Loops whose condition is the constant *true*.
    fn loops(&mut self, node: &Node, place: &Place) {
        if !matches!(node.op.as_str(), "While" | "StatelessWhile" | "_While") {
            return;
        }
        let graph = self.graph;
        let scopes = node
            .functions
            .iter()
            .filter_map(|name| graph.functions.get(name));
        for &index in scopes.flatten() {
            let Some(scope) = graph.scopes.get(index) else {
                continue;
            };
            let [(_, only)] = scope.results.as_slice() else {
                continue;
            };
            let constant = self.values.constant(index, only);
            let is_true = constant.and_then(|node| node.tensor.as_ref());
            if is_true.is_some_and(super::tensor::Tensor::is_true) && scope.outputs.len() == 1 {
                let detail = "a loop whose condition is always true";
                let kind = ModelHazardKind::ResourceExhaustion;
                self.hazard(kind, Effect::OnUse, place, &node.name, detail, "");
            }
        }
    }

    /// Tensors of a constant shape that no machine holds.
    fn asked(&mut self, scope: usize, node: &Node, place: &Place) {
        let input = match node.op.as_str() {
            "Fill"
            | "RandomUniform"
            | "RandomStandardNormal"
            | "TruncatedNormal"
            | "Empty"
            | "RandomUniformInt"
            | "StatelessRandomUniform"
            | "StatelessRandomNormal" => 0,
            "BroadcastTo" | "Tile" => 1,
            _ => return,
        };
        let name = node.inputs.get(input);
        let constant = name.and_then(|name| self.values.constant(scope, name));
        let Some(tensor) = constant.and_then(|node| node.tensor.as_ref()) else {
            return;
        };
        let sizes = tensor
            .numbers
            .iter()
            .map(|&size| u64::try_from(size).unwrap_or(0));
        let asked = sizes.fold(1_u64, u64::saturating_mul);
        if asked >= HUGE {
            let detail = format!("asks for {asked} elements at once");
            let kind = ModelHazardKind::ResourceExhaustion;
            self.hazard(kind, Effect::OnUse, place, &node.op, &detail, "");
        }
    }

    fn growth(&mut self) {
        let (subject, detail) = match reach::growth(self.graph) {
            Growth::Modest => return,
            Growth::Endless(name) => (name, "a function leads back to itself".to_owned()),
            Growth::Large(nodes) => (String::new(), format!("calls unfold to {nodes} nodes")),
        };
        let kind = ModelHazardKind::ResourceExhaustion;
        self.hazard(kind, Effect::OnUse, &Place::Whole, &subject, &detail, "");
    }

    /// Nodes that were too many to follow.
    fn beyond(&mut self) {
        let graph = self.graph;
        for op in &graph.beyond {
            let (kind, reference) = match ops::standing(op, self.catalogue) {
                Standing::Acts(effects) => match effects.does {
                    Does::Write => (ModelHazardKind::FileWrite, effects.reference),
                    Does::Python => (ModelHazardKind::InterpreterCallback, effects.reference),
                    Does::Network => (ModelHazardKind::NetworkUse, effects.reference),
                    Does::Read | Does::Match => (ModelHazardKind::FileRead, effects.reference),
                    _ => continue,
                },
                Standing::Unjudged => (ModelHazardKind::UnknownCallable, ""),
                Standing::Stranger if !graph.functions.contains_key(op) => {
                    (ModelHazardKind::UnknownCallable, "")
                }
                Standing::Plain | Standing::Library | Standing::Stranger => continue,
            };
            let detail = "stands among nodes that were too many to follow";
            self.hazard(kind, Effect::OnUse, &Place::Whole, op, detail, reference);
        }
    }
}

fn key(scope: &Scope, node: &str) -> String {
    if scope.name.is_empty() {
        visible(node, 200)
    } else {
        visible(&format!("{}/{node}", scope.name), 200)
    }
}

/// Whether one of these words stands in a stretch.
fn contains(wire: &Wire<'_>, at: Message, words: &[&[u8]]) -> bool {
    const STEP: u64 = 1 << 20;
    const OVERLAP: u64 = 64;
    let mut start = at.start;
    while start < at.end {
        let piece = Message { start, ..at };
        let length = usize::try_from(STEP.saturating_add(OVERLAP)).unwrap_or(usize::MAX);
        let bytes = wire.bytes(piece, length);
        let is_here = |word: &&[u8]| bytes.windows(word.len()).any(|window| window == *word);
        if words.iter().any(is_here) {
            return true;
        }
        start = start.saturating_add(STEP);
    }
    false
}
