//! Orbax checkpoints: their JSON metadata, zarr arrays, and OCDBT manifests; and functions that JAX exported.
//!
//! The metadata name handlers by their Python path, which readers may import, and arrays by paths. Sources:
//! `orbax/checkpoint/_src/metadata`, the zarr 2 and 3 specifications, TensorStore's OCDBT format. The B-tree of OCDBT
//! and the StableHLO of exported functions are recognised, not read.

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, read_range};
use chainwright_core::catalogue::Catalogue;
use chainwright_core::fields::u64_le;
use chainwright_core::location::Place;
use chainwright_core::model::{Effect, ModelFacts, ModelFormat, ModelHazardKind};
use chainwright_core::problem::ProblemKind;

use crate::json;
use crate::names::{self, is_dangerous};
use crate::note::{contains, hazard, path_hazard, text_start, whole_text};
use crate::value::Value;

/// The magic of an OCDBT manifest: 0x0cdb3a2a, big-endian.
pub(crate) const OCDBT: &[u8] = b"\x0c\xdb\x3a\x2a";
/// The start of MLIR bytecode.
const MLIR: &[u8] = b"ML\xefR";

/// Whether a text is one of the JSON files of a checkpoint or a zarr array.
pub(crate) fn is_metadata(head: &[u8]) -> bool {
    let text = text_start(head);
    if text.first() != Some(&b'{') {
        return false;
    }
    let has = |key: &str| contains(text, key.as_bytes());
    (has("\"tree_metadata\"") && has("\"key_metadata\""))
        || (has("\"item_handlers\"")
            && (has("\"commit_timestamp_nsecs\"") || has("\"init_timestamp_nsecs\"")))
        || (has("\"zarr_format\"")
            && (has("\"compressor\"")
                || has("\"codecs\"")
                || has("\"chunks\"")
                || has("\"node_type\"")))
}

/// Whether a head is a function that `jax.export` serialised.
pub(crate) fn is_jax_export(head: &[u8]) -> bool {
    let start = head.get(..head.len().min(16 * 1024)).unwrap_or_default();
    let root = chainwright_core::fields::u32_le(head, 0).unwrap_or(u32::MAX);
    (8..4096).contains(&root) && contains(start, MLIR) && contains(start, b"StableHLO_v")
}

/// The codecs of numcodecs and zarr 3.
const CODECS: [&str; 34] = [
    "blosc",
    "zstd",
    "zlib",
    "gzip",
    "bz2",
    "lz4",
    "lzma",
    "snappy",
    "bytes",
    "transpose",
    "sharding_indexed",
    "crc32c",
    "crc32",
    "adler32",
    "fletcher32",
    "shuffle",
    "delta",
    "fixedscaleoffset",
    "quantize",
    "packbits",
    "astype",
    "bitround",
    "vlen-utf8",
    "vlen-bytes",
    "vlen-array",
    "json2",
    "categorize",
    "base64",
    "endian",
    "bitround_v2",
    "jenkins_lookup3",
    "zfpy",
    "pcodec",
    "vlen_utf8",
];

/// Reads the metadata.
pub(crate) fn read(source: &dyn ByteSource, budget: &Budget) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Orbax);
    facts.producer = "orbax".to_owned();
    let text = whole_text(source, budget, &mut facts);
    let value = json::parse(&text, budget, &mut facts);
    handlers(&value, budget.catalogue(), &mut facts);
    zarr(&value, &mut facts);
    paths(&value, &mut facts);
    names::check_texts(&value, &mut facts);
    facts
}

/// Handlers are named by module and class.
fn handlers(value: &Value, catalogue: Catalogue, facts: &mut ModelFacts) {
    let mut named = Vec::new();
    if let Some(handlers) = value.get("item_handlers") {
        handlers.visit("", &mut |_, each| {
            if let Some(text) = each.text() {
                named.push(text.to_owned());
            }
        });
    }
    value.visit("", &mut |key, each| {
        if let Some(text) = each.text()
            && matches!(
                key,
                "handler_typestr"
                    | "type_handler"
                    | "handler"
                    | "__class__"
                    | "__module__"
                    | "_target_"
            )
        {
            named.push(text.to_owned());
        }
    });
    for name in named {
        let (module, class) = name.rsplit_once('.').unwrap_or(("", &name));
        let top = module.split('.').next().unwrap_or_default();
        if class.is_empty()
            || matches!(
                top,
                "orbax" | "flax" | "jax" | "" | "grain" | "t5x" | "maxtext" | "tunix"
            ) && !module.contains("__")
        {
            continue;
        }
        let kind = if is_dangerous(catalogue, module, class) {
            ModelHazardKind::DangerousCallable
        } else {
            ModelHazardKind::UnknownCallable
        };
        let detail = "the checkpoint names a handler that the library does not provide";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            Place::Key("item_handlers".to_owned()),
            &name,
            detail,
            "",
        );
    }
}

/// Codecs, types and sizes of zarr arrays.
fn zarr(value: &Value, facts: &mut ModelFacts) {
    if value.get("zarr_format").is_none() {
        return;
    }
    let mut codecs = Vec::new();
    for key in ["compressor", "filters", "codecs"] {
        let Some(part) = value.get(key) else { continue };
        part.visit("", &mut |key, each| {
            if let Some(text) = each.text()
                && matches!(key, "id" | "name")
            {
                codecs.push(text.to_owned());
            }
        });
    }
    for codec in codecs {
        let plain = codec.strip_prefix("numcodecs.").unwrap_or(&codec);
        if matches!(plain, "pickle" | "dill") {
            let detail = "the elements of the array are pickles";
            hazard(
                facts,
                ModelHazardKind::EmbeddedCode,
                Effect::OnLoad,
                Place::Key("filters".to_owned()),
                &codec,
                detail,
                "",
            );
        } else if !CODECS.contains(&plain)
            && !plain.starts_with("imagecodecs")
            && plain != "msgpack2"
            && plain != "n5_wrapper"
        {
            let detail = "a codec that zarr does not provide is looked up by name";
            hazard(
                facts,
                ModelHazardKind::CustomOperator,
                Effect::OnLoad,
                Place::Key("codecs".to_owned()),
                &codec,
                detail,
                "",
            );
        }
    }
    let is_negative = |value: &Value| match value {
        Value::Numbers(numbers) => numbers.whole.iter().flatten().any(|each| *each < 0),
        Value::Int(number) => *number < 0,
        _ => false,
    };
    for key in ["shape", "chunks"] {
        if value.get(key).is_some_and(is_negative) {
            let detail = "a length is negative";
            hazard(
                facts,
                ModelHazardKind::SizeLie,
                Effect::OnLoad,
                Place::Key(key.to_owned()),
                key,
                detail,
                "",
            );
        }
    }
    if let Some(chunks) = value.get("chunks")
        && let Value::Numbers(numbers) = chunks
        && numbers.whole.iter().flatten().any(|each| *each == 0)
        && value.get("shape").is_some_and(|shape| matches!(shape, Value::Numbers(held) if held.whole.iter().flatten().all(|each| *each > 0)))
    {
        let detail = "chunks without elements make readers divide by zero";
        hazard(facts, ModelHazardKind::SizeLie, Effect::OnLoad, Place::Key("chunks".to_owned()), "chunks 0", detail, "");
    }
}

/// Keys of the tree become names of folders, and some values are paths.
fn paths(value: &Value, facts: &mut ModelFacts) {
    let mut found = Vec::new();
    let mut look = |key: &str, text: &str| {
        let escapes = path_hazard(text).filter(|kind| *kind == ModelHazardKind::PathEscape);
        if let Some(kind) = escapes {
            found.push((kind, key.to_owned(), text.to_owned()));
        }
    };
    for part in ["tree_metadata", "kvstore", "path", "base", "item_metadata"] {
        let Some(tree) = value.get(part) else {
            continue;
        };
        tree.visit("", &mut |key, each| {
            if let Some(text) = each.text()
                && matches!(key, "key" | "path" | "file" | "base" | "base_path" | "")
            {
                look(key, text);
            }
            look(part, key);
        });
    }
    for (kind, key, text) in found {
        let detail = "a parameter's name or path leads out of the checkpoint";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            Place::Key(key),
            &text,
            detail,
            "",
        );
    }
    let store = value.at(&["kvstore", "path"]).or_else(|| value.get("base"));
    if let Some(path) = store.and_then(Value::text)
        && let Some(kind) = path_hazard(path).filter(|kind| *kind != ModelHazardKind::PathEscape)
    {
        let detail = "the arrays lie outside the checkpoint";
        hazard(
            facts,
            kind,
            Effect::OnLoad,
            Place::Key("kvstore".to_owned()),
            path,
            detail,
            "",
        );
    }
}

/// Compares the length in a manifest's header with the file.
pub(crate) fn read_manifest(source: &dyn ByteSource) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Orbax);
    facts.producer = "ocdbt".to_owned();
    let head = read_range(source, 0, 12).unwrap_or_default();
    match u64_le(&head, 4) {
        Some(length) if length > source.size() => {
            let subject = format!("length {length}");
            let detail = "the stated length of the manifest reaches beyond the file";
            hazard(
                &mut facts,
                ModelHazardKind::SizeLie,
                Effect::OnLoad,
                Place::Byte(4),
                &subject,
                detail,
                "",
            );
        }
        Some(length) if length < source.size() => {
            hazard(
                &mut facts,
                ModelHazardKind::StrayData,
                Effect::OnLoad,
                Place::Byte(length),
                "",
                "bytes follow the manifest",
                "",
            );
        }
        Some(_) => {}
        None => facts.problem(
            ProblemKind::Truncated,
            Place::Byte(4),
            "the file ends within its header",
        ),
    }
    facts
}

/// Says what an exported function is; its operations are not read.
pub(crate) fn read_jax_export(source: &dyn ByteSource) -> ModelFacts {
    let mut facts = ModelFacts::new(ModelFormat::Other);
    facts.producer = "jax.export".to_owned();
    // Operations that call back into Python are the one way out of a compiled function.
    let bytes = read_range(source, 0, 1 << 20).unwrap_or_default();
    for target in [
        "xla_python_cpu_callback",
        "xla_python_gpu_callback",
        "xla_ffi_python_cpu_callback",
        "xla_ffi_python_gpu_callback",
        "xla_ffi_partitioned_python_cpu_callback",
    ] {
        if contains(&bytes, target.as_bytes()) {
            let detail = "the exported function calls back into Python";
            hazard(
                &mut facts,
                ModelHazardKind::InterpreterCallback,
                Effect::OnUse,
                Place::Whole,
                target,
                detail,
                "",
            );
        }
    }
    facts
}
