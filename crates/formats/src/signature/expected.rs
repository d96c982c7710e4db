//! What an extension promises, and how far content is from it.
//!
//! Extensions that people use for anything (`.bin`, `.dat`, `.model`) promise nothing in particular, but a program
//! behind them is still not what they say.

use serde::{Deserialize, Serialize};

use super::Signature;
use Signature as S;

/// What content does to whoever opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Nature {
    /// It is run by an operating system, an interpreter or a virtual machine.
    Program,
    /// Reading it runs what it says.
    Pickle,
    /// It holds other files.
    Archive,
    /// Weights and tables.
    Data,
    /// Pictures, sound, fonts, documents.
    Media,
    /// Text.
    Text,
    /// Not the content but a note of where it is.
    Pointer,
}

impl Signature {
    /// What the content does to whoever opens it.
    #[must_use]
    pub const fn nature(self) -> Nature {
        match self {
            Self::Elf
            | Self::Pe
            | Self::MachO
            | Self::Wasm
            | Self::JavaClass
            | Self::Dex
            | Self::PythonBytecode
            | Self::LlvmBitcode
            | Self::WindowsShortcut
            | Self::Script
            | Self::Batch
            | Self::Python => Nature::Program,
            Self::Pickle => Nature::Pickle,
            Self::Zip
            | Self::Tar
            | Self::Gzip
            | Self::Bzip2
            | Self::Xz
            | Self::Zstd
            | Self::Lz4
            | Self::Zlib
            | Self::SevenZip
            | Self::Rar
            | Self::Cab
            | Self::Iso9660 => Nature::Archive,
            Self::Safetensors
            | Self::Gguf
            | Self::Ggml
            | Self::Npy
            | Self::Hdf5
            | Self::Onnx
            | Self::TfLite
            | Self::ExecuTorch
            | Self::SentencePiece
            | Self::Parquet
            | Self::ArrowIpc
            | Self::Sqlite
            | Self::RData => Nature::Data,
            Self::Pdf
            | Self::Ole
            | Self::Png
            | Self::Jpeg
            | Self::Gif
            | Self::WebP
            | Self::Bmp
            | Self::Tiff
            | Self::Avif
            | Self::Riff
            | Self::Mp3
            | Self::Ogg
            | Self::Flac
            | Self::Mp4
            | Self::Matroska
            | Self::Font => Nature::Media,
            Self::Json | Self::Xml | Self::Html | Self::Text => Nature::Text,
            Self::GitLfsPointer => Nature::Pointer,
        }
    }
}

const TEXTS: &[Signature] = &[S::Text, S::Json, S::Xml, S::Html, S::Python, S::Script];
const PLAIN: &[Signature] = &[S::Text, S::Json, S::Xml, S::Html];
const PICTURES: &[Signature] = &[S::Png, S::Jpeg, S::Gif, S::WebP, S::Bmp, S::Tiff, S::Avif];
const SOUNDS: &[Signature] = &[S::Riff, S::Mp3, S::Ogg, S::Flac, S::Mp4, S::Matroska];
/// What PyTorch and joblib write, over the years and with any compression.
const CHECKPOINTS: &[Signature] = &[
    S::Pickle,
    S::Zip,
    S::Tar,
    S::Safetensors,
    S::Gzip,
    S::Bzip2,
    S::Xz,
    S::Lz4,
    S::Zlib,
    S::Zstd,
    S::Npy,
];
const WEIGHTS: &[Signature] = &[
    S::Pickle,
    S::Zip,
    S::Tar,
    S::Safetensors,
    S::Gguf,
    S::Ggml,
    S::Npy,
    S::Hdf5,
    S::Onnx,
    S::TfLite,
    S::ExecuTorch,
    S::SentencePiece,
    S::Gzip,
    S::Bzip2,
    S::Xz,
    S::Lz4,
    S::Zlib,
    S::Zstd,
    S::Text,
    S::Json,
    S::SevenZip,
    S::Xml,
];

/// What content an extension (lower-case, without dot) may have. `None` if it promises nothing that we know.
#[must_use]
pub fn expected_for(extension: &str) -> Option<&'static [Signature]> {
    Some(match extension {
        "safetensors" => &[S::Safetensors],
        "gguf" => &[S::Gguf],
        "ggml" => &[S::Ggml, S::Gguf],
        "npy" => &[S::Npy],
        "npz" => &[S::Zip],
        "h5" | "hdf5" => &[S::Hdf5],
        "keras" => &[S::Zip, S::Hdf5],
        "onnx" | "ort" => &[S::Onnx, S::TfLite],
        "tflite" | "lite" => &[S::TfLite],
        "pte" => &[S::ExecuTorch],
        "pt" | "pth" | "ckpt" | "pkl" | "pickle" | "joblib" | "dill" | "sav" | "pdparams"
        | "pt2" | "ptl" | "mar" | "nemo" => CHECKPOINTS,
        "bin" | "model" | "dat" | "weights" | "params" | "data" | "pb" => WEIGHTS,
        "json" | "ipynb" => &[S::Json, S::Text],
        "jsonl" | "ndjson" | "yaml" | "yml" | "toml" | "csv" | "tsv" | "cfg" | "ini" | "conf"
        | "jinja" | "j2" | "jinja2" | "vocab" | "merges" | "license" => PLAIN,
        "xml" | "pmml" | "svg" => &[S::Xml, S::Html, S::Text],
        "html" | "htm" => &[S::Html, S::Xml, S::Text],
        "py" | "pyi" | "sh" | "bat" | "cmd" | "ps1" | "js" | "rb" | "pl" | "lua" | "r" | "c"
        | "h" | "cpp" | "cu" | "rs" | "go" | "java" => &[
            S::Text,
            S::Json,
            S::Xml,
            S::Html,
            S::Python,
            S::Script,
            S::Batch,
        ],
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "avif" => PICTURES,
        "wav" | "mp3" | "ogg" | "oga" | "opus" | "flac" | "mp4" | "m4a" | "mov" | "webm"
        | "mkv" | "avi" => SOUNDS,
        "ttf" | "otf" | "woff" | "woff2" => &[S::Font],
        "pdf" => &[S::Pdf],
        "parquet" => &[S::Parquet],
        "arrow" => &[S::ArrowIpc],
        "sqlite" | "db" => &[S::Sqlite],
        "zip" | "whl" | "egg" | "jar" => &[S::Zip],
        // `checkpoint.pth.tar` is what PyTorch's examples call a checkpoint, whatever it is inside.
        "tar" => CHECKPOINTS,
        "gz" | "tgz" => &[S::Gzip],
        "bz2" => &[S::Bzip2],
        "xz" => &[S::Xz],
        "zst" => &[S::Zstd],
        "lz4" => &[S::Lz4],
        "7z" => &[S::SevenZip],
        "rar" => &[S::Rar],
        "gitattributes" | "gitignore" | "txt" | "md" | "rst" => TEXTS,
        "spm" | "sp" => &[S::SentencePiece],
        _ => return None,
    })
}

/// Formats whose every file is recognised, so that unknown content under their extension is a mismatch too.
const ALWAYS_RECOGNISED: [Signature; 16] = [
    S::Safetensors,
    S::Gguf,
    S::Npy,
    S::Hdf5,
    S::TfLite,
    S::Png,
    S::Jpeg,
    S::Gif,
    S::WebP,
    S::Pdf,
    S::Zip,
    S::Xz,
    S::SevenZip,
    S::Parquet,
    S::Sqlite,
    S::ExecuTorch,
];

/// Content that is not what the extension says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// What the extension promises.
    pub expected: Vec<Signature>,
    /// What the content is; empty if it is none of the formats that we know.
    pub found: Vec<Signature>,
    /// The gravest nature of what was found.
    pub nature: Option<Nature>,
}

/// Compares what was recognised with what the extension promises. Conservative: unknown extensions, content that
/// fits in any way, pointers and unknown binary content under a loose extension are no mismatch. A program or
/// pickle beside content that fits (a polyglot) is one.
#[must_use]
pub fn mismatch(extension: &str, found: &[Signature]) -> Option<Mismatch> {
    let expected = expected_for(extension)?;
    let strays: Vec<Signature> = found
        .iter()
        .copied()
        .filter(|signature| !expected.contains(signature))
        .collect();
    let fits = strays.len() < found.len();
    let nature = strays.iter().map(|signature| signature.nature()).min();
    let is_mismatch = match nature {
        Some(Nature::Pointer) => false,
        Some(Nature::Program) => !is_only_source(&strays) || !fits,
        Some(Nature::Pickle | Nature::Archive) => true,
        Some(Nature::Data | Nature::Media | Nature::Text) => !fits,
        None => {
            found.is_empty()
                && expected
                    .iter()
                    .all(|signature| ALWAYS_RECOGNISED.contains(signature))
        }
    };
    is_mismatch.then(|| Mismatch {
        expected: expected.to_vec(),
        found: found.to_vec(),
        nature,
    })
}

/// Python source is text, and any text file may quote it.
fn is_only_source(strays: &[Signature]) -> bool {
    strays
        .iter()
        .filter(|signature| signature.nature() == Nature::Program)
        .all(|signature| matches!(signature, S::Python))
}
