//! Kinds of content as people call them, with their article.

use chainwright_formats::signature::Signature;

/// The kind as the object of a sentence: `an ELF program`.
pub(crate) const fn content_name(signature: Signature) -> &'static str {
    match signature {
        Signature::Safetensors => "a safetensors file",
        Signature::Gguf => "a GGUF file",
        Signature::Ggml => "a GGML file",
        Signature::Npy => "a NumPy array",
        Signature::Hdf5 => "an HDF5 file",
        Signature::Onnx => "an ONNX model",
        Signature::TfLite => "a TensorFlow Lite model",
        Signature::ExecuTorch => "an ExecuTorch program",
        Signature::SentencePiece => "a SentencePiece model",
        Signature::Pickle => "a pickle",
        Signature::Elf => "an ELF program",
        Signature::Pe => "a Windows program",
        Signature::MachO => "a Mach-O program",
        Signature::Wasm => "a WebAssembly module",
        Signature::JavaClass => "a Java class",
        Signature::Dex => "an Android program",
        Signature::PythonBytecode => "Python bytecode",
        Signature::LlvmBitcode => "LLVM bitcode",
        Signature::WindowsShortcut => "a Windows shortcut",
        Signature::Script => "a script",
        Signature::Batch => "a batch file",
        Signature::Python => "Python source",
        Signature::Zip => "a zip archive",
        Signature::Tar => "a tar archive",
        Signature::Gzip => "a gzip stream",
        Signature::Bzip2 => "a bzip2 stream",
        Signature::Xz => "an xz stream",
        Signature::Zstd => "a Zstandard stream",
        Signature::Lz4 => "an LZ4 stream",
        Signature::Zlib => "a zlib stream",
        Signature::SevenZip => "a 7z archive",
        Signature::Rar => "a RAR archive",
        Signature::Cab => "a cabinet archive",
        Signature::Iso9660 => "an ISO 9660 image",
        Signature::Pdf => "a PDF document",
        Signature::Ole => "an OLE document",
        Signature::Png => "a PNG picture",
        Signature::Jpeg => "a JPEG picture",
        Signature::Gif => "a GIF picture",
        Signature::WebP => "a WebP picture",
        Signature::Bmp => "a BMP picture",
        Signature::Tiff => "a TIFF picture",
        Signature::Avif => "an AVIF picture",
        Signature::Riff => "RIFF media",
        Signature::Mp3 => "MP3 audio",
        Signature::Ogg => "Ogg media",
        Signature::Flac => "FLAC audio",
        Signature::Mp4 => "MP4 media",
        Signature::Matroska => "Matroska media",
        Signature::Font => "a font",
        Signature::Parquet => "a Parquet file",
        Signature::ArrowIpc => "an Arrow file",
        Signature::Sqlite => "an SQLite database",
        Signature::RData => "R data",
        Signature::Json => "a JSON document",
        Signature::Xml => "an XML document",
        Signature::Html => "an HTML page",
        Signature::GitLfsPointer => "a Git LFS pointer",
        Signature::Text => "plain text",
    }
}

/// The kinds as a list; content of no known kind is called that.
pub(crate) fn content_names(signatures: &[Signature], joint: &str) -> String {
    let names: Vec<&str> = signatures.iter().map(|each| content_name(*each)).collect();
    match names.split_last() {
        None => "content of no known format".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} {joint} {last}", others.join(", ")),
    }
}
