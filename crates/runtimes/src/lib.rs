//! Formats of inference runtimes: TensorFlow Lite, ExecuTorch, PyTorch mobile and export, OpenVINO, TensorRT, MXNet,
//! ncnn, MNN, the formats before GGUF, llamafile, and the descriptions that TorchServe and Triton serve models by.
//!
//! All answer with the facts that model formats share. Nothing is run, and weights are passed over: the questions
//! are what a model makes its runtime do, and whether its numbers lie. Archives that hold these files are opened
//! elsewhere; their members come here under their own names.

use std::borrow::Cow;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::fields::{first, u32_le, u64_le};
use chainwright_core::model::ModelFacts;

mod executorch;
mod facts;
mod flat;
mod ggml;
mod json;
mod kernels;
mod llamafile;
mod mnn;
mod mxnet;
mod ncnn;
mod opaque;
mod openvino;
mod paths;
mod tensorrt;
mod tflite;
mod torch_export;
mod torch_mobile;
mod torchserve;
mod triton;

/// Bytes of a text by which it is recognised.
const TEXT_HEAD: usize = 64 * 1024;

/// A format of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TensorFlow Lite model.
    TfLite,
    /// ExecuTorch program.
    ExecuTorch,
    /// Tensors beside an ExecuTorch program.
    ExecuTorchTensors,
    /// PyTorch mobile program as a flatbuffer.
    TorchMobile,
    /// JSON of a PyTorch export archive: a program, or a table of payloads.
    TorchExport,
    /// OpenVINO network as XML.
    OpenVino,
    /// TensorRT engine plan.
    TensorRt,
    /// MXNet graph.
    MxnetSymbol,
    /// MXNet parameters.
    MxnetParams,
    /// ncnn network as text.
    NcnnText,
    /// ncnn network as numbers.
    NcnnBinary,
    /// MNN network.
    Mnn,
    /// GGML, GGMF, GGJT or GGLA.
    Ggml,
    /// llamafile.
    Llamafile,
    /// The arguments inside a llamafile.
    LlamafileArgs,
    /// Manifest of a TorchServe archive.
    TorchServe,
    /// Description of a model for Triton.
    Triton,
    /// A compiled network that is only recognised.
    Opaque,
}

/// What a file may be, by its first and last bytes; the name only tells formats without any mark.
#[must_use]
pub fn recognise(head: &[u8], tail: &[u8], name: &str) -> Vec<Kind> {
    let mut kinds = Vec::new();
    binary(head, tail, name, &mut kinds);
    if kinds.is_empty() {
        text(head, name, &mut kinds);
    }
    kinds
}

fn binary(head: &[u8], tail: &[u8], name: &str, kinds: &mut Vec<Kind>) {
    let by_identifier = [
        (Kind::TfLite, flat::has_identifier(head, |id| id == b"TFL3")),
        (Kind::ExecuTorch, flat::has_identifier(head, is_executorch)),
        (
            Kind::ExecuTorchTensors,
            flat::has_identifier(head, |id| id == b"FT01"),
        ),
        (
            Kind::TorchMobile,
            flat::has_identifier(head, |id| id == b"PTMF"),
        ),
        (Kind::Llamafile, llamafile::is_one(head, tail)),
        (Kind::TensorRt, tensorrt::is_one(head)),
        (
            Kind::MxnetParams,
            u64_le(head, 0) == Some(mxnet::params::MAGIC) && u64_le(head, 8) == Some(0),
        ),
        (Kind::NcnnBinary, is_ncnn_binary(head)),
        (Kind::Ggml, is_ggml(head)),
        (Kind::Opaque, opaque::is_one(head)),
        (Kind::Mnn, is_mnn(head, name)),
    ];
    kinds.extend(
        by_identifier
            .iter()
            .filter(|(_, is_one)| *is_one)
            .map(|(kind, _)| *kind),
    );
}

/// `ET` and a number, which says which changes of the schema a program has seen.
fn is_executorch(identifier: &[u8; 4]) -> bool {
    matches!(identifier, [b'E', b'T', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit())
}

fn is_ncnn_binary(head: &[u8]) -> bool {
    let counts = (u32_le(head, 4), u32_le(head, 8));
    u32_le(head, 0) == Some(ncnn::MAGIC)
        && matches!(counts, (Some(layers), Some(blobs)) if layers > 0 && blobs > 0)
}

fn is_ggml(head: &[u8]) -> bool {
    let magic = u32_le(head, 0).unwrap_or_default();
    let is_known = [ggml::GGML, ggml::GGMF, ggml::GGJT, ggml::GGLA].contains(&magic);
    // Text may begin with the same letters.
    is_known && head.get(4..16).is_some_and(|rest| rest.contains(&0))
}

/// MNN has no mark: the name and a root table that leads somewhere have to do.
fn is_mnn(head: &[u8], name: &str) -> bool {
    let Some(root) = u32_le(head, 0).and_then(|root| usize::try_from(root).ok()) else {
        return false;
    };
    let vtable = u32_le(head, root).and_then(|back| {
        let back = i64::from(back.cast_signed());
        usize::try_from(i64::try_from(root).ok()?.checked_sub(back)?).ok()
    });
    let length = vtable.and_then(|at| chainwright_core::fields::u16_le(head, at));
    name.to_ascii_lowercase().ends_with(".mnn") && matches!(length, Some(4..=64))
}

fn text(head: &[u8], name: &str, kinds: &mut Vec<Kind>) {
    let head = first(head, TEXT_HEAD);
    let begin = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let trimmed = begin.trim_ascii_start();
    let Some(initial) = trimmed.first() else {
        return;
    };
    if !facts::is_text(begin) {
        return;
    }
    // Only a character that the end of the head cuts needs a replacement.
    let words = match std::str::from_utf8(trimmed) {
        Ok(words) => Cow::Borrowed(words),
        Err(_) => String::from_utf8_lossy(trimmed),
    };
    match initial {
        b'{' => {
            if torch_export::is_one(&words) {
                kinds.push(Kind::TorchExport);
            } else if mxnet::is_one(&words) {
                kinds.push(Kind::MxnetSymbol);
            } else if torchserve::is_one(&words) {
                kinds.push(Kind::TorchServe);
            }
        }
        b'<' => {
            if openvino::is_one(&words) {
                kinds.push(Kind::OpenVino);
            }
        }
        _ => {
            let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
            let line = words.lines().next().unwrap_or_default().trim();
            if line.as_bytes() == ncnn::FIRST_LINE {
                kinds.push(Kind::NcnnText);
            } else if base == ".args" && words.lines().any(|line| line.trim().starts_with('-')) {
                kinds.push(Kind::LlamafileArgs);
            } else if triton::is_one(&words, base) {
                kinds.push(Kind::Triton);
            }
        }
    }
}

/// Reads a file as one of these formats.
#[must_use]
pub fn read(kind: Kind, bytes: &SharedBytes, budget: &Budget) -> ModelFacts {
    match kind {
        Kind::TfLite => tflite::read(bytes, budget),
        Kind::ExecuTorch => executorch::read(bytes, budget),
        Kind::ExecuTorchTensors => executorch::read_tensors(bytes, budget),
        Kind::TorchMobile => torch_mobile::read(bytes, budget),
        Kind::TorchExport => torch_export::read(bytes, budget),
        Kind::OpenVino => openvino::read(bytes, budget),
        Kind::TensorRt => tensorrt::read(bytes, budget),
        Kind::MxnetSymbol => mxnet::read(bytes, budget),
        Kind::MxnetParams => mxnet::params::read(bytes, budget),
        Kind::NcnnText => ncnn::read_text(bytes, budget),
        Kind::NcnnBinary => ncnn::read_binary(bytes, budget),
        Kind::Mnn => mnn::read(bytes, budget),
        Kind::Ggml => ggml::read(bytes, budget),
        Kind::Llamafile => llamafile::read(bytes, budget),
        Kind::LlamafileArgs => llamafile::arguments::read(bytes, budget),
        Kind::TorchServe => torchserve::read(bytes, budget),
        Kind::Triton => triton::read(bytes, budget),
        Kind::Opaque => opaque::read(&read_range(bytes.as_ref(), 0, 256).unwrap_or_default()),
    }
}
