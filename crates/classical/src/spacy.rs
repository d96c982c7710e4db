//! spaCy pipelines: `config.cfg` and `meta.json`.
//!
//! Every `@registry = "name"` of the configuration is a function that is looked up and called when the pipeline is
//! built. Names of spaCy, Thinc and their companions are in a table; others come from code that somebody has to
//! supply and that runs then. Sources: spaCy's documentation of the configuration, `confection`. The weights and the
//! rules beside the configuration are not read here.

use std::collections::HashSet;
use std::sync::LazyLock;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::ByteSource;
use chainwright_core::catalogue::Catalogue;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};

use crate::json;
use crate::names::{self, is_dangerous};
use crate::note::{contains, hazard, is_remote, path_hazard, text_start, whole_text};

/// The functions that spaCy, Thinc and their companions register; see `data/mine_trusted.py`.
static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../data/spacy_names.txt")
        .lines()
        .filter_map(|line| line.split_once(' ').map(|(_, name)| name))
        .collect()
});

/// Prefixes of names that belong to the project and its companions.
const OWN: [&str; 9] = [
    "spacy.",
    "spacy-legacy.",
    "spacy-transformers.",
    "spacy-curated-transformers.",
    "spacy-loggers.",
    "spacy-experimental.",
    "spacy-llm.",
    "spacy-ray.",
    "spacy_wrap.",
];

/// What Thinc registers: initialisers, layers, losses, optimizers, schedules.
const THINC: [&str; 24] = [
    "Adam",
    "RAdam",
    "SGD",
    "compounding",
    "constant",
    "constant_then",
    "cyclic_triangular",
    "decaying",
    "linear",
    "slanted_triangular",
    "warmup_linear",
    "plateau",
    "CategoricalCrossentropy",
    "SequenceCategoricalCrossentropy",
    "L2Distance",
    "CosineDistance",
    "glorot_uniform_init",
    "uniform_init",
    "normal_init",
    "zero_init",
    "configure_normal_init",
    "Sigmoid",
    "Softmax",
    "Linear",
];

/// Layers of Thinc beyond those, whose names carry a version.
const LAYERS: [&str; 47] = [
    "Dropout",
    "Embed",
    "expand_window",
    "HashEmbed",
    "LayerNorm",
    "Maxout",
    "Mish",
    "MultiSoftmax",
    "ParametricAttention",
    "PyTorchLSTM",
    "PyTorchRNNWrapper",
    "PyTorchWrapper",
    "Relu",
    "Softmax_v2",
    "SparseLinear",
    "TensorFlowWrapper",
    "MXNetWrapper",
    "add",
    "bidirectional",
    "chain",
    "clone",
    "concatenate",
    "noop",
    "residual",
    "uniqued",
    "siamese",
    "list2ragged",
    "list2array",
    "ragged2list",
    "padded2list",
    "list2padded",
    "remap_ids",
    "strings2arrays",
    "array_getitem",
    "with_array",
    "with_array2d",
    "with_cpu",
    "with_flatten",
    "with_getitem",
    "with_list",
    "with_ragged",
    "with_padded",
    "with_reshape",
    "with_debug",
    "with_nvtx_range",
    "reduce_mean",
    "softmax_activation",
];

/// Whether a file is a pipeline's configuration.
pub(crate) fn is_config(head: &[u8], name: &str) -> bool {
    let text = text_start(head);
    let has = |mark: &str| contains(text, mark.as_bytes());
    let is_named = name.to_ascii_lowercase().ends_with(".cfg");
    let starts = matches!(text.first(), Some(b'[' | b'#' | b';'));
    starts && has("[nlp]") && (has("pipeline") || has("lang") || is_named)
        || starts && is_named && has("[components.") && has("@architectures")
}

/// Whether a file is a pipeline's `meta.json`.
pub(crate) fn is_meta(head: &[u8]) -> bool {
    let text = text_start(head);
    let has = |mark: &str| contains(text, mark.as_bytes());
    text.first() == Some(&b'{') && has("\"spacy_version\"") && has("\"lang\"")
}

/// Reads a configuration.
pub(crate) fn read_config(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Spacy);
    facts.producer = "spacy".to_owned();
    let bytes = whole_text(source, budget, &mut facts);
    let text = String::from_utf8_lossy(&bytes);
    let mut section = "";
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        let place = Place::Line {
            line: u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1),
            column: 1,
        };
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
            && !line.contains('=')
        {
            section = name;
            facts.operators = facts
                .operators
                .saturating_add(u64::from(name.starts_with("components.")));
        } else if let Some((key, value)) = line.split_once('=')
            && !line.starts_with(['#', ';'])
        {
            let key = key.trim().trim_matches('"');
            let value = value.trim();
            setting(
                section,
                key,
                value.trim_matches(['"', '\'']),
                place,
                budget.catalogue(),
                &mut facts,
            );
        }
    }
    facts
}

fn setting(
    section: &str,
    key: &str,
    value: &str,
    place: Place,
    catalogue: Catalogue,
    facts: &mut ModelFacts,
) {
    if let Some(registry) = key.strip_prefix('@') {
        registered(section, registry, value, place, catalogue, facts);
        return;
    }
    names::check_text(value, place.clone(), facts);
    if value.contains("__") && value.contains("${") {
        let detail = "a reference reaches for an internal attribute";
        hazard(
            facts,
            ModelHazardKind::Malformed,
            Effect::OnLoad,
            place.clone(),
            value,
            detail,
            "",
        );
    }
    let (module, class) = value.rsplit_once(['.', ':']).unwrap_or(("", value));
    let is_code = matches!(
        key,
        "code" | "code_path" | "import" | "imports" | "module" | "_target_" | "class_path"
    );
    if is_code && !value.is_empty() && value != "null" {
        let kind = if is_dangerous(catalogue, module, class) {
            ModelHazardKind::DangerousCallable
        } else {
            ModelHazardKind::UnknownCallable
        };
        let detail = "the configuration names code to import";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            place.clone(),
            value,
            detail,
            "",
        );
    }
    // Training paths keep where the user's data lay; they are read in training only.
    let is_training = ["paths", "corpora", "training", "initialize", "pretraining"]
        .iter()
        .any(|part| section == *part || section.starts_with(&format!("{part}.")));
    let Some(kind) = path_hazard(value).filter(|_| value.len() > 2) else {
        return;
    };
    if is_training && !is_remote(value) {
        facts.side_file(value, place);
    } else if !(is_remote(value) && is_training && key != "vectors" && key != "init_tok2vec") {
        let detail = "building the pipeline reads a place outside its folder";
        let is_path = kind != ModelHazardKind::PathAbsolute
            || key.contains("path")
            || key.contains("file")
            || key == "source";
        if is_path {
            let effect = if section == "nlp" || section.starts_with("components") {
                Effect::OnLoad
            } else {
                Effect::OnUse
            };
            hazard(facts, kind, effect, place, value, detail, "");
        }
    }
}

/// A function that is looked up by name.
fn registered(
    section: &str,
    registry: &str,
    name: &str,
    place: Place,
    catalogue: Catalogue,
    facts: &mut ModelFacts,
) {
    let stem = name.rsplit_once(".v").map_or(name, |(stem, _)| stem);
    let is_own = OWN.iter().any(|own| name.starts_with(own))
        || KNOWN.contains(name)
        || THINC.contains(&stem)
        || LAYERS.contains(&stem)
        || stem.starts_with("reduce_")
        || name.starts_with("srsly.");
    if is_own || name.starts_with("${") {
        return;
    }
    let (module, class) = name.rsplit_once('.').unwrap_or(("", name));
    let is_versioned = class.starts_with('v')
        && class
            .get(1..)
            .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    let kind = if !is_versioned && is_dangerous(catalogue, module, class) {
        ModelHazardKind::DangerousCallable
    } else {
        ModelHazardKind::UnknownCallable
    };
    // Readers, loggers and batchers run in training only.
    let is_training = section.starts_with("training")
        || section.starts_with("corpora")
        || section.starts_with("pretraining");
    let effect = if is_training {
        Effect::OnUse
    } else {
        Effect::OnLoad
    };
    let subject = format!("@{registry} {name}");
    let detail = "building the pipeline calls a function that spaCy does not provide";
    hazard(facts, kind, effect, place, &subject, detail, "");
}

/// Reads a `meta.json`.
pub(crate) fn read_meta(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Spacy);
    let bytes = whole_text(source, budget, &mut facts);
    let meta = json::parse(&bytes, budget, &mut facts);
    facts.producer = format!(
        "spacy {}",
        chainwright_core::text::visible(meta.text_at("spacy_version").unwrap_or_default(), 40)
    );
    facts.version =
        chainwright_core::text::visible(meta.text_at("version").unwrap_or_default(), 40);
    names::check_texts(&meta, &mut facts);
    for key in ["lang", "name"] {
        if let Some(text) = meta.text_at(key)
            && let Some(kind) = path_hazard(text)
        {
            let detail = "the name becomes part of a module's or folder's name and leads elsewhere";
            hazard(
                &mut facts,
                kind,
                Effect::OnLoad,
                Place::Key(key.to_owned()),
                text,
                detail,
                "",
            );
        }
    }
    // Requirements are installed with the package; addresses take code from anywhere.
    if let Some(requirements) = meta.get("requirements") {
        requirements.visit("", &mut |_, each| {
            if let Some(text) = each.text()
                && (text.contains("://")
                    || text.contains(" @ ")
                    || text.starts_with('-')
                    || text.contains("git+"))
            {
                let detail = "a requirement is installed from an address instead of an index";
                let place = Place::Key("requirements".to_owned());
                hazard(
                    &mut facts,
                    ModelHazardKind::NetworkUse,
                    Effect::Conditional,
                    place,
                    text,
                    detail,
                    "",
                );
            }
        });
    }
    facts
}
