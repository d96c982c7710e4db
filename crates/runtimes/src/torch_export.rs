//! PyTorch export archives (`pt2`): the JSON of their programs and of the tables of their payloads.
//!
//! Loading resolves the target of each node by walking attributes from `torch`, `math` or `operator`, which reaches
//! every module that those import; hands the texts of symbolic sizes to `sympify`, which evaluates them; and later
//! executes the texts of guards. So targets are held against what the exporter writes, and expressions against
//! their grammar. The pickles and libraries that lie in the same archive are inspected as the members they are.
//!
//! Sources: `torch/_export/serde/schema.py` and `serialize.py`, `torch/export/_unlift.py`,
//! `torch/export/pt2_archive/_package.py` of PyTorch 2.15. The class is CVE-2026-4538.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};

use crate::json::{Listener, Scalar, place, read as read_json};
use crate::paths::side_file;

mod expression;
mod target;

use expression::Doubt;

/// The advisory on what loading such an archive evaluates.
const ADVISORY: &str = "CVE-2026-4538";

/// Whether the head of a JSON file is that of a program or of a table of payloads.
pub(crate) fn is_one(head: &str) -> bool {
    let has = |key: &str| head.contains(key);
    let is_program = has("\"graph_module\"") && has("\"graph\"")
        || has("\"guards_code\"")
        || has("\"range_constraints\"") && has("\"opset_version\"")
        || has("\"graph_module\"") && (has("\"schema_version\"") || has("\"opset_version\""));
    let is_table = has("\"path_name\"") && has("\"use_pickle\"");
    let is_kernels =
        has("\"nodes\"") && has("\"target\"") && has("\"is_hop_single_tensor_return\"");
    is_program || is_table || is_kernels
}

/// Reads a program or a table of payloads.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::TorchExport);
    let mut heard = Heard {
        facts: ModelFacts::new(ModelFormat::TorchExport),
        catalogue: budget.catalogue(),
    };
    read_json(bytes, budget, &mut facts, &mut heard);
    facts.operators = heard.facts.operators;
    facts.version.clone_from(&heard.facts.version);
    facts.producer.clone_from(&heard.facts.producer);
    facts.side_files = heard.facts.side_files;
    facts.hazards = heard.facts.hazards;
    facts.hazards_left_out = heard.facts.hazards_left_out;
    facts
}

struct Heard {
    facts: ModelFacts,
    catalogue: Catalogue,
}

impl Listener for Heard {
    fn scalar(&mut self, path: &[String], value: Scalar<'_>) {
        let name = path
            .iter()
            .rev()
            .find(|step| !step.is_empty())
            .map_or("", String::as_str);
        match (name, value) {
            ("major", Scalar::Number(number)) => self.facts.version = number.to_string(),
            ("torch_version", Scalar::Text(text)) => {
                self.facts.producer =
                    format!("torch {}", chainwright_core::text::visible(text, 40));
            }
            ("target", Scalar::Text(text)) if !is_metadata(path) => {
                self.facts.operators = self.facts.operators.saturating_add(1);
                self.target(path, text);
            }
            ("as_operator", Scalar::Text(text)) => self.target(path, text),
            ("expr_str" | "as_expr", Scalar::Text(text)) => {
                let doubt = expression::symbolic(text);
                self.expression(path, text, doubt, Effect::OnLoad);
            }
            ("guards_code", Scalar::Text(text)) => {
                let doubt = expression::guard(text);
                self.expression(path, text, doubt, Effect::OnUse);
            }
            ("path_name", Scalar::Text(text)) => {
                side_file(&mut self.facts, text, Effect::OnLoad, &place(path));
            }
            _ if path
                .first()
                .is_some_and(|first| first == "range_constraints") =>
            {
                self.constraint(path);
            }
            _ => {}
        }
    }
}

/// Metadata of a node are texts for people; a `target` in them is a word.
fn is_metadata(path: &[String]) -> bool {
    path.iter().any(|step| step == "metadata")
}

impl Heard {
    fn target(&mut self, path: &[String], text: &str) {
        let (kind, effect, detail) = match target::judge(text, self.catalogue) {
            target::Verdict::Known => return,
            target::Verdict::Custom => (
                Kind::CustomOperator,
                Effect::OnUse,
                "an operator that some library has to register",
            ),
            target::Verdict::Unknown => (
                Kind::UnknownCallable,
                Effect::OnUse,
                "the graph calls a function that no exporter writes",
            ),
            target::Verdict::Dangerous => (
                Kind::DangerousCallable,
                Effect::OnUse,
                "the graph calls a function that runs commands, loads code or touches files",
            ),
        };
        self.facts.hazard(ModelHazard::new(
            kind,
            effect,
            place(path),
            text,
            detail,
            ADVISORY,
        ));
    }

    fn expression(&mut self, path: &[String], text: &str, doubt: Option<Doubt>, effect: Effect) {
        let (kind, detail) = match doubt {
            None => return,
            Some(Doubt::Code) => (
                Kind::EmbeddedCode,
                "a text that is evaluated as Python is more than an expression over sizes",
            ),
            Some(Doubt::Unknown) => (
                Kind::UnknownCallable,
                "an expression over sizes calls a function that no exporter writes",
            ),
        };
        self.facts.hazard(ModelHazard::new(
            kind,
            effect,
            place(path),
            text,
            detail,
            ADVISORY,
        ));
    }

    /// The names of constrained symbols go to `sympify` as well.
    fn constraint(&mut self, path: &[String]) {
        if let Some(name) = path.get(1) {
            let doubt = expression::symbolic(name);
            self.expression(
                &["range_constraints".to_owned()],
                name,
                doubt,
                Effect::OnLoad,
            );
        }
    }
}
