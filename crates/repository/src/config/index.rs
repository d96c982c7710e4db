//! Documents that name other files: shard indexes, diffusers pipelines, sentence-transformers modules.

use std::collections::BTreeSet;

use super::facts::{Details, DocumentFacts, ReferenceKind, ShardIndexDetails};
use super::keys::{code_origin, module_origin, runs_code};
use crate::bounded::quote;
use crate::callable::{Callable, judge};
use crate::document::{Node, Value};
use crate::hazard::{CodeMechanism, CodeOrigin, HazardKind};
use crate::path::{self, Escape};

/// LIMIT: shards named in the facts.
const MAX_SHARDS: usize = 4096;

/// Records how a file name leaves its folder; `true` when it does.
pub(super) fn file_name(name: &str, pointer: &str, node: &Node, facts: &mut DocumentFacts) -> bool {
    let kind = match path::escape(name) {
        None => return false,
        Some(Escape::Traversal) => HazardKind::PathTraversal,
        Some(Escape::Absolute) => HazardKind::AbsolutePath,
        Some(Escape::Url) => HazardKind::UrlReference,
    };
    facts.hazard_at(kind, pointer, node, name);
    true
}

/// `{"metadata": {…}, "weight_map": {"tensor": "file"}}` (CVE-2026-65920).
pub(super) fn read_shards(root: &Node, facts: &mut DocumentFacts) {
    let Some(map) = root.get("weight_map") else {
        return;
    };
    let mut shards = BTreeSet::new();
    let mut reported = BTreeSet::new();
    for (tensor, node) in map.entries() {
        let Some(name) = node.text() else { continue };
        if shards.insert(name) {
            let pointer = format!(
                "/weight_map/{}",
                tensor.replace('~', "~0").replace('/', "~1")
            );
            file_name(name, &pointer, node, facts);
            format_mismatch(&shards, name, &pointer, node, &mut reported, facts);
        }
    }
    let left_out = shards.len().saturating_sub(MAX_SHARDS);
    facts.details = Details::ShardIndex(ShardIndexDetails {
        shards: shards
            .iter()
            .take(MAX_SHARDS)
            .map(|name| quote(name))
            .collect(),
        shards_left_out: u64::try_from(left_out).unwrap_or(u64::MAX),
        tensors: u64::try_from(map.entries().len()).unwrap_or(u64::MAX),
        total_size: root
            .get("metadata")
            .and_then(|node| node.get("total_size"))
            .and_then(Node::integer),
    });
}

/// Loaders choose the reader by the shard's own extension: a pickle among safetensors is loaded as a pickle.
fn format_mismatch<'a>(
    shards: &BTreeSet<&str>,
    name: &'a str,
    pointer: &str,
    node: &Node,
    reported: &mut BTreeSet<&'a str>,
    facts: &mut DocumentFacts,
) {
    let is_safe = |name: &str| name.to_ascii_lowercase().ends_with(".safetensors");
    let others_are_safe = shards.iter().any(|shard| is_safe(shard));
    if !is_safe(name) && others_are_safe && reported.insert(name) {
        facts.hazard_at(HazardKind::ShardFormatMismatch, pointer, node, name);
    }
}

/// Libraries that diffusers looks components up in, and the names of its own pipeline modules.
const PIPELINE_LIBRARIES: &[&str] = &[
    "ace_step",
    "allegro",
    "alt_diffusion",
    "altdiffusion",
    "amused",
    "animatediff",
    "anyflow",
    "audioldm",
    "audioldm2",
    "aura_flow",
    "auto_pipeline",
    "blip_diffusion",
    "bria",
    "bria_fibo",
    "bria_fibo2",
    "chroma",
    "chronoedit",
    "cogvideo",
    "cogview3",
    "cogview4",
    "consisid",
    "consistency_models",
    "controlnet",
    "controlnet_aux",
    "controlnet_hunyuandit",
    "controlnet_sd3",
    "controlnet_xs",
    "cosmos",
    "dance_diffusion",
    "ddim",
    "ddpm",
    "deepfloyd_if",
    "deprecated",
    "diffusers",
    "diffusion_gemma",
    "dit",
    "dreamlite",
    "easyanimate",
    "ernie_image",
    "flax",
    "flux",
    "flux2",
    "glm_image",
    "helios",
    "hidream_image",
    "hunyuan_image",
    "hunyuan_video",
    "hunyuan_video1_5",
    "hunyuandit",
    "i2vgen_xl",
    "ideogram4",
    "ip_adapter",
    "joyimage",
    "k_diffusion",
    "kandinsky",
    "kandinsky2_2",
    "kandinsky3",
    "kandinsky5",
    "kandinsky6",
    "kolors",
    "krea2",
    "latent_consistency_models",
    "latent_diffusion",
    "latent_diffusion_uncond",
    "latte",
    "ledits_pp",
    "llada2",
    "longcat_audio_dit",
    "longcat_image",
    "ltx",
    "ltx2",
    "lucy",
    "lumina",
    "lumina2",
    "marigold",
    "mochi",
    "motif_video",
    "musicldm",
    "nucleusmoe_image",
    "omnigen",
    "onnx_utils",
    "onnxruntime",
    "open_clip",
    "optimum",
    "ovis_image",
    "pag",
    "paint_by_example",
    "pia",
    "pipeline_utils",
    "pixart_alpha",
    "pndm",
    "ppdiffusers",
    "prx",
    "qwenimage",
    "qwenimage21",
    "repaint",
    "rfd4_proteina",
    "sana",
    "sana_video",
    "sana_wm",
    "score_sde_ve",
    "semantic_stable_diffusion",
    "sentencepiece",
    "shap_e",
    "skyreels_v2",
    "spectrogram_diffusion",
    "stable_audio",
    "stable_audio_3",
    "stable_cascade",
    "stable_diffusion",
    "stable_diffusion_3",
    "stable_diffusion_attend_and_excite",
    "stable_diffusion_diffedit",
    "stable_diffusion_gligen",
    "stable_diffusion_k_diffusion",
    "stable_diffusion_ldm3d",
    "stable_diffusion_panorama",
    "stable_diffusion_safe",
    "stable_diffusion_sag",
    "stable_diffusion_variants",
    "stable_diffusion_xl",
    "stable_video_diffusion",
    "stochastic_karras_ve",
    "t2i_adapter",
    "text_to_video_synthesis",
    "transformers",
    "unclip",
    "unidiffuser",
    "versatile_diffusion",
    "visualcloze",
    "vq_diffusion",
    "wan",
    "wuerstchen",
    "z_image",
];

/// `{"_class_name": …, "unet": ["diffusers", "UNet2DConditionModel"]}`.
pub(super) fn read_pipeline(root: &Node, facts: &mut DocumentFacts) {
    const KEPT: usize = 256;
    let names = root.entries().iter().map(|(name, _)| quote(name));
    facts.details = Details::Pipeline(names.take(KEPT).collect());
    if let Some(node) = root.get("_class_name") {
        pipeline_class(node, facts);
    }
    for (name, node) in root.entries() {
        if name.starts_with('_') {
            continue;
        }
        if let [library, class] = node.items()
            && let Some(library) = library.text()
        {
            component(name, library, class.text().unwrap_or_default(), node, facts);
        }
    }
}

/// A list names a file beside the index and a class in it (CVE-2026-45804).
fn pipeline_class(node: &Node, facts: &mut DocumentFacts) {
    if let Value::List(items) = &node.value
        && let Some(module) = items.first().and_then(Node::text)
    {
        let origin = code_origin(&format!("{module}.{}", "Pipeline"));
        let origin = match origin {
            CodeOrigin::Local { .. } => CodeOrigin::Local {
                file: format!("{module}.py"),
            },
            other => other,
        };
        runs_code(
            CodeMechanism::CustomPipeline,
            origin,
            "/_class_name",
            node,
            module,
            facts,
        );
    }
    if let Some(text) = node.text()
        && (path::escape(text).is_some() || text.contains(['/', '.']))
    {
        let origin = CodeOrigin::Outside {
            path: text.to_owned(),
        };
        runs_code(
            CodeMechanism::CustomPipeline,
            origin,
            "/_class_name",
            node,
            text,
            facts,
        );
    }
}

fn component(name: &str, library: &str, class: &str, node: &Node, facts: &mut DocumentFacts) {
    let class_is_plain = class
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_')
        && !class.starts_with("__");
    let is_saved_custom = library.starts_with("diffusers_modules.");
    let top = library.split('.').next().unwrap_or_default();
    let is_known =
        PIPELINE_LIBRARIES.binary_search(&top).is_ok() || judge(library) == Callable::Known;
    if is_known && class_is_plain {
        return;
    }
    let dotted = format!("{library}.{class}");
    let origin = if path::escape(library).is_some() {
        CodeOrigin::Outside {
            path: library.to_owned(),
        }
    } else if judge(&dotted) == Callable::Dangerous
        || judge(library) == Callable::Dangerous
        || !class_is_plain
    {
        CodeOrigin::Dangerous {
            callable: dotted.clone(),
        }
    } else if library.contains('.') && !is_saved_custom {
        CodeOrigin::Unknown {
            callable: dotted.clone(),
        }
    } else {
        let module = library.rsplit('.').next().unwrap_or(library);
        CodeOrigin::Local {
            file: format!("{name}/{module}.py"),
        }
    };
    let pointer = format!("/{name}");
    runs_code(
        CodeMechanism::PipelineComponent,
        origin,
        &pointer,
        node,
        &dotted,
        facts,
    );
}

/// `[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]` (CVE-2026-68770).
pub(super) fn read_modules(root: &Node, facts: &mut DocumentFacts) {
    for (index, item) in root.items().iter().enumerate() {
        if let Some(node) = item.get("type")
            && let Some(text) = node.text()
        {
            let pointer = format!("/{index}/type");
            if let Some(origin) = sentence_module(text) {
                runs_code(
                    CodeMechanism::SentenceModule,
                    origin,
                    &pointer,
                    node,
                    text,
                    facts,
                );
            }
        }
        if let Some(node) = item.get("path")
            && let Some(text) = node.text()
            && !file_name(text, &format!("/{index}/path"), node, facts)
            && !text.is_empty()
        {
            facts.reference(ReferenceKind::File, text, None, &format!("/{index}/path"));
        }
    }
}

fn sentence_module(text: &str) -> Option<CodeOrigin> {
    if text.starts_with("sentence_transformers.") && judge(text) == Callable::Known {
        return None;
    }
    match judge(text) {
        // A library that is known elsewhere is still not one that a module may come from.
        Callable::Known => Some(CodeOrigin::Unknown {
            callable: text.to_owned(),
        }),
        Callable::Unknown | Callable::Dangerous => module_origin(text),
    }
}
