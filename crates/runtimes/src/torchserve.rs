//! TorchServe: the manifest of a model archive (`MAR-INF/MANIFEST.json`).
//!
//! It names the handler that runs for every request, the files beside it and a list of packages to install. Those
//! files are members of the same archive and inspected as such; what matters here is whether a name leaves the
//! archive. A handler of its own is the ordinary case and said quietly.
//!
//! Source: `model-archiver/model_archiver/manifest_components` of pytorch/serve 0.12.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::model::{
    Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind as Kind,
};

use crate::json::{Listener, Scalar, place, read as read_json};
use crate::paths::side_file;

/// Handlers that come with TorchServe.
const HANDLERS: &[&str] = &[
    "image_classifier",
    "image_segmenter",
    "object_detector",
    "text_classifier",
    "vision_handler",
    "text_handler",
    "base_handler",
    "dali_image_classifier",
    "pt2e_handler",
    "ts.torch_handler.distributed.base_pippy_handler",
    "ts.torch_handler.distributed.base_deepspeed_handler",
    "ts.torch_handler.distributed.base_neuronx_microbatching_handler",
    "ts.torch_handler.vllm_handler",
];

/// Whether the head of a JSON file is that of a manifest.
pub(crate) fn is_one(head: &str) -> bool {
    let has = |key: &str| head.contains(key);
    has("\"archiverVersion\"") && has("\"model\"")
        || has("\"handler\"") && (has("\"serializedFile\"") || has("\"modelVersion\""))
}

/// Reads a manifest.
pub(crate) fn read(bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Other);
    let mut heard = Heard(ModelFacts::new(ModelFormat::Other));
    read_json(bytes, budget, &mut facts, &mut heard);
    heard.0.problems = facts.problems;
    heard.0
}

struct Heard(ModelFacts);

impl Listener for Heard {
    fn scalar(&mut self, path: &[String], value: Scalar<'_>) {
        let Some(text) = value.text() else { return };
        let name = path
            .iter()
            .rev()
            .find(|step| !step.is_empty())
            .map_or("", String::as_str);
        match name {
            "archiverVersion" => {
                self.0.producer = format!(
                    "TorchServe archiver {}",
                    chainwright_core::text::visible(text, 40)
                );
            }
            "handler" => self.handler(path, text),
            "modelFile" | "serializedFile" | "requirementsFile" | "configFile" => {
                side_file(&mut self.0, text, Effect::OnLoad, &place(path));
            }
            "extraFiles" => {
                for each in text.split(',').filter(|each| !each.is_empty()) {
                    side_file(&mut self.0, each.trim(), Effect::OnLoad, &place(path));
                }
            }
            _ => {}
        }
    }
}

impl Heard {
    /// `name`, `file.py` or `module:function`.
    fn handler(&mut self, path: &[String], text: &str) {
        if HANDLERS.contains(&text) {
            return;
        }
        let file = match text.rsplit_once(':') {
            Some((file, function)) if !function.contains(['/', '\\']) => file,
            _ => text,
        };
        side_file(&mut self.0, file, Effect::OnLoad, &place(path));
        self.0.hazard(ModelHazard::new(
            Kind::CustomOperator,
            Effect::OnLoad,
            place(path),
            text,
            "the server runs a handler that the archive brings along",
            "",
        ));
    }
}
