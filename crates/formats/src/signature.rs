//! What a file is by its content, for everything that lies in model repositories.
//!
//! Extensions are claims; this module looks at the bytes. A signature is only named when its magic together with
//! some structure holds, so that random weights are recognised as nothing. Several can hold at once (a polyglot, a
//! self-extracting archive). It identifies; reading the formats is for their parsers.

use serde::{Deserialize, Serialize};

use crate::carve::payload;
use crate::executable::{self, ExecutableKind};
use crate::lfs;
use chainwright_core::fields::{first, u16_le, u32_le, u64_le};

mod binary;
mod expected;
mod text;

pub use expected::{Mismatch, Nature, expected_for, mismatch};

/// What content was recognised as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Signature {
    /// Safetensors: header length and a JSON object.
    Safetensors,
    /// GGUF.
    Gguf,
    /// The predecessors of GGUF: GGML, GGMF, GGJT, GGLA.
    Ggml,
    /// A NumPy array.
    Npy,
    /// HDF5, the container of Keras weights.
    Hdf5,
    /// ONNX (by the shape of its first protobuf fields).
    Onnx,
    /// TensorFlow Lite.
    TfLite,
    /// ExecuTorch.
    ExecuTorch,
    /// A SentencePiece model (by the shape of its first protobuf fields).
    SentencePiece,
    /// A pickle.
    Pickle,
    /// ELF program.
    Elf,
    /// Windows program.
    Pe,
    /// Mach-O program, also for several processors.
    MachO,
    /// WebAssembly module.
    Wasm,
    /// Java class.
    JavaClass,
    /// Android bytecode.
    Dex,
    /// Python bytecode.
    PythonBytecode,
    /// LLVM bitcode.
    LlvmBitcode,
    /// Windows shortcut.
    WindowsShortcut,
    /// A text with an interpreter line.
    Script,
    /// A batch file.
    Batch,
    /// Python source.
    Python,
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// gzip.
    Gzip,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
    /// LZ4 frame.
    Lz4,
    /// zlib stream.
    Zlib,
    /// 7z archive.
    SevenZip,
    /// RAR archive.
    Rar,
    /// A cabinet archive.
    Cab,
    /// An ISO 9660 image.
    Iso9660,
    /// PDF.
    Pdf,
    /// OLE compound file: old Office documents, MSI.
    Ole,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    WebP,
    /// BMP.
    Bmp,
    /// TIFF.
    Tiff,
    /// AVIF or HEIF.
    Avif,
    /// WAV, AVI and other RIFF media.
    Riff,
    /// MP3.
    Mp3,
    /// Ogg.
    Ogg,
    /// FLAC.
    Flac,
    /// MP4 and QuickTime.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// TrueType, OpenType and WOFF fonts.
    Font,
    /// Parquet.
    Parquet,
    /// Arrow IPC file.
    ArrowIpc,
    /// SQLite database.
    Sqlite,
    /// R data.
    RData,
    /// JSON.
    Json,
    /// XML.
    Xml,
    /// HTML.
    Html,
    /// A Git LFS pointer; the content was not fetched.
    GitLfsPointer,
    /// Other UTF-8 text.
    Text,
}

impl Signature {
    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Gguf => "gguf",
            Self::Ggml => "ggml",
            Self::Npy => "npy",
            Self::Hdf5 => "hdf5",
            Self::Onnx => "onnx",
            Self::TfLite => "tflite",
            Self::ExecuTorch => "executorch",
            Self::SentencePiece => "sentencepiece",
            Self::Pickle => "pickle",
            Self::Elf => "elf",
            Self::Pe => "pe",
            Self::MachO => "mach-o",
            Self::Wasm => "wasm",
            Self::JavaClass => "java-class",
            Self::Dex => "dex",
            Self::PythonBytecode => "python-bytecode",
            Self::LlvmBitcode => "llvm-bitcode",
            Self::WindowsShortcut => "windows-shortcut",
            Self::Script => "script",
            Self::Batch => "batch",
            Self::Python => "python",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Zlib => "zlib",
            Self::SevenZip => "7z",
            Self::Rar => "rar",
            Self::Cab => "cab",
            Self::Iso9660 => "iso9660",
            Self::Pdf => "pdf",
            Self::Ole => "ole",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Gif => "gif",
            Self::WebP => "webp",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Avif => "avif",
            Self::Riff => "riff",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
            Self::Mp4 => "mp4",
            Self::Matroska => "matroska",
            Self::Font => "font",
            Self::Parquet => "parquet",
            Self::ArrowIpc => "arrow",
            Self::Sqlite => "sqlite",
            Self::RData => "r-data",
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Html => "html",
            Self::GitLfsPointer => "git-lfs-pointer",
            Self::Text => "text",
        }
    }
}

/// Recognises content by its head (the first 64 KiB, or the whole file if it is smaller) and its tail (the last
/// 64 KiB; empty if the head is the whole file). Sorted, without repeats; empty for unknown binary content.
#[must_use]
pub fn recognise(head: &[u8], tail: &[u8]) -> Vec<Signature> {
    let mut found = Vec::new();
    found.extend(binary::magic(head));
    found.extend(program(head));
    found.extend(binary::structure(head));
    if is_zip_end(if tail.is_empty() { head } else { tail }) {
        found.push(Signature::Zip);
    }
    if found.is_empty() && payload::is_pickle(head) {
        found.push(Signature::Pickle);
    }
    if !found.iter().any(|signature| is_binary(*signature)) {
        found.extend(text::recognise(head));
    }
    found.sort_unstable();
    found.dedup();
    found
}

const fn is_binary(signature: Signature) -> bool {
    !matches!(
        signature,
        Signature::Pickle | Signature::Script | Signature::Zip
    )
}

fn program(head: &[u8]) -> Option<Signature> {
    executable::recognise(head).map(|kind| match kind {
        ExecutableKind::Elf => Signature::Elf,
        ExecutableKind::Pe => Signature::Pe,
        ExecutableKind::MachO | ExecutableKind::MachOFat => Signature::MachO,
        ExecutableKind::Script => Signature::Script,
    })
}

/// Whether an end-of-central-directory record stands at the end, its comment filling the rest (APPNOTE.TXT 4.3.16).
fn is_zip_end(tail: &[u8]) -> bool {
    let Some(last) = tail.len().checked_sub(22) else {
        return false;
    };
    let first_possible = last.saturating_sub(65_535);
    let searched = tail.get(first_possible..).unwrap_or_default();
    memchr::memmem::find_iter(searched, b"PK\x05\x06").any(|at| {
        let at = first_possible.saturating_add(at);
        let Some(record) = tail.get(at..).filter(|_| at <= last) else {
            return false;
        };
        let comment = u16_le(record, 20).map(usize::from);
        comment.and_then(|length| length.checked_add(22)) == Some(record.len())
    })
}

/// Whether this is the head of a safetensors file: a plausible header length, then an object.
#[must_use]
pub(crate) fn is_safetensors(head: &[u8]) -> bool {
    let Some(length) = u64_le(head, 0) else {
        return false;
    };
    let behind = head.get(8..).unwrap_or_default();
    let opens = behind
        .iter()
        .find(|byte| !byte.is_ascii_whitespace())
        .is_some_and(|byte| *byte == b'{');
    let key_follows = first(behind, 512)
        .iter()
        .find(|byte| !byte.is_ascii_whitespace() && **byte != b'{')
        .is_some_and(|byte| matches!(byte, b'"' | b'}'));
    (2..=1 << 32).contains(&length) && opens && key_follows
}

/// Whether this is the head of a GGUF file of any version and byte order.
#[must_use]
pub(crate) fn is_gguf(head: &[u8]) -> bool {
    head.starts_with(b"GGUF") && u32_le(head, 4).is_some()
}

pub(crate) fn is_lfs_pointer(head: &[u8]) -> bool {
    lfs::read(head).is_some()
}

#[cfg(test)]
mod tests;
