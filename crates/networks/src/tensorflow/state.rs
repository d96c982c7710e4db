//! The `checkpoint` file beside checkpoints, which says which one is the latest.
//!
//! Loaders read the checkpoint that it names, wherever that is. Old releases wrote absolute paths, so those say
//! nothing; addresses of other machines do.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazard, ModelHazardKind};

use super::paths::{self, Where};
use super::prototext;
use crate::Kind;
use crate::wire::Wire;

/// Reads the file.
pub(super) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::TensorFlowCheckpoint);
    let (binary, problems) = prototext::transcode(Kind::Checkpoint, source, budget);
    facts.problems = problems;
    let wire = Wire::new(&binary, budget);
    for field in wire.fields(wire.whole()).filter(|each| each.number <= 2) {
        let Some(at) = field.message() else {
            continue;
        };
        let path = wire.text(at, 4096);
        let place = Place::Key("model_checkpoint_path".to_owned());
        facts.side_file(&path, place.clone());
        let (kind, detail) = match paths::lead(&path) {
            Where::Network => (
                ModelHazardKind::NetworkUse,
                "the latest checkpoint lies on another machine",
            ),
            Where::Sensitive => (
                ModelHazardKind::FileRead,
                "the latest checkpoint is a file of the system",
            ),
            _ if path.contains("..") => (
                ModelHazardKind::FileRead,
                "the latest checkpoint lies outside of the folder",
            ),
            _ => continue,
        };
        let is_network = kind == ModelHazardKind::NetworkUse;
        let effect = if is_network {
            Effect::OnLoad
        } else {
            Effect::Conditional
        };
        facts.hazard(ModelHazard::new(kind, effect, place, &path, detail, ""));
    }
    facts
}
