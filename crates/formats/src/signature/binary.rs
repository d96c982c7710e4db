//! Binary signatures: magics, and formats that have to be known by their first fields.

use super::{Signature, is_gguf, is_safetensors};
use chainwright_core::fields::{Order, first, u16_le, u32_le};

/// Magics long enough to stand alone, with the offset where they stand.
const MAGICS: [(usize, &[u8], Signature); 42] = [
    (0, b"\x93NUMPY", Signature::Npy),
    (0, b"\x89HDF\r\n\x1a\n", Signature::Hdf5),
    (512, b"\x89HDF\r\n\x1a\n", Signature::Hdf5),
    (1024, b"\x89HDF\r\n\x1a\n", Signature::Hdf5),
    (2048, b"\x89HDF\r\n\x1a\n", Signature::Hdf5),
    (4, b"TFL3", Signature::TfLite),
    (4, b"ET12", Signature::ExecuTorch),
    (0, b"\0asm\x01\0\0\0", Signature::Wasm),
    (0, b"BC\xc0\xde", Signature::LlvmBitcode),
    (
        0,
        b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0",
        Signature::WindowsShortcut,
    ),
    (0, b"PK\x03\x04", Signature::Zip),
    (257, b"ustar", Signature::Tar),
    (0, b"\x1f\x8b\x08", Signature::Gzip),
    (0, b"\xfd7zXZ\0", Signature::Xz),
    (0, b"\x28\xb5\x2f\xfd", Signature::Zstd),
    (0, b"\x04\x22\x4d\x18", Signature::Lz4),
    (0, b"7z\xbc\xaf\x27\x1c", Signature::SevenZip),
    (0, b"Rar!\x1a\x07", Signature::Rar),
    (0, b"MSCF\0\0\0\0", Signature::Cab),
    (0x8001, b"CD001", Signature::Iso9660),
    (0, b"%PDF-", Signature::Pdf),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Signature::Ole),
    (0, b"\x89PNG\r\n\x1a\n", Signature::Png),
    (0, b"\xff\xd8\xff", Signature::Jpeg),
    (0, b"GIF87a", Signature::Gif),
    (0, b"GIF89a", Signature::Gif),
    (0, b"II*\0", Signature::Tiff),
    (0, b"MM\0*", Signature::Tiff),
    (0, b"ID3", Signature::Mp3),
    (0, b"OggS\0", Signature::Ogg),
    (0, b"fLaC", Signature::Flac),
    (0, b"\x1a\x45\xdf\xa3", Signature::Matroska),
    (0, b"OTTO", Signature::Font),
    (0, b"wOFF", Signature::Font),
    (0, b"wOF2", Signature::Font),
    (0, b"PAR1", Signature::Parquet),
    (0, b"ARROW1\0\0", Signature::ArrowIpc),
    (0, b"SQLite format 3\0", Signature::Sqlite),
    (0, b"RDX2\n", Signature::RData),
    (0, b"RDX3\n", Signature::RData),
    (0, b"dex\n03", Signature::Dex),
    (0, b"\xff\xfb\x90", Signature::Mp3),
];

pub(super) fn magic(head: &[u8]) -> impl Iterator<Item = Signature> {
    MAGICS
        .iter()
        .filter(|(offset, magic, _)| {
            head.get(*offset..)
                .is_some_and(|rest| rest.starts_with(magic))
        })
        .map(|(_, _, signature)| *signature)
}

pub(super) fn structure(head: &[u8]) -> impl Iterator<Item = Signature> {
    [
        (Signature::Safetensors, is_safetensors(head)),
        (Signature::Gguf, is_gguf(head)),
        (Signature::Ggml, is_ggml(head)),
        (Signature::JavaClass, is_java_class(head)),
        (Signature::PythonBytecode, is_python_bytecode(head)),
        (Signature::Bzip2, is_bzip2(head)),
        (Signature::Zlib, is_zlib(head)),
        (Signature::WebP, is_riff(head, true)),
        (Signature::Riff, is_riff(head, false)),
        (Signature::Bmp, is_bmp(head)),
        (Signature::Mp4, is_iso_media(head) == Some(false)),
        (Signature::Avif, is_iso_media(head) == Some(true)),
        (Signature::Font, is_true_type(head)),
        (Signature::SentencePiece, is_sentencepiece(head)),
        (Signature::Onnx, is_onnx(head)),
    ]
    .into_iter()
    .filter_map(|(signature, holds)| holds.then_some(signature))
}

fn is_ggml(head: &[u8]) -> bool {
    let magic = [
        b"lmgg".as_slice(),
        b"fmgg",
        b"tjgg",
        b"algg",
        b"ggml",
        b"ggjt",
        b"ggmf",
        b"ggla",
    ];
    magic.iter().any(|magic| head.starts_with(magic))
        && u32_le(head, 4).is_some_and(|next| next < 1 << 24)
}

/// Version 45 (JDK 1.1) and up; a universal Mach-O has its small number of processors there.
fn is_java_class(head: &[u8]) -> bool {
    head.starts_with(b"\xca\xfe\xba\xbe")
        && Order::Big
            .u16(head, 6)
            .is_some_and(|major| (45..=120).contains(&major))
        && Order::Big
            .u16(head, 4)
            .is_some_and(|minor| minor <= 3 || minor == 0xffff)
}

/// A magic number ending in CR LF, flags 0 to 3, then a marshalled code object.
fn is_python_bytecode(head: &[u8]) -> bool {
    let is_code = |at: usize| head.get(at).is_some_and(|byte| matches!(byte, 0xe3 | b'c'));
    head.get(2..4) == Some(b"\r\n")
        && u16_le(head, 0)
            .is_some_and(|magic| (3000..4200).contains(&magic) || (62_000..62_300).contains(&magic))
        && (is_code(8)
            || is_code(12)
            || (is_code(16) && u32_le(head, 4).is_some_and(|flags| flags <= 3)))
}

fn is_bzip2(head: &[u8]) -> bool {
    matches!(
        head,
        [
            b'B',
            b'Z',
            b'h',
            b'1'..=b'9',
            0x31,
            0x41,
            0x59,
            0x26,
            0x53,
            0x59,
            ..
        ]
    )
}

/// Header check bits, the usual window, and a sensible first block: two bytes alone would be chance.
fn is_zlib(head: &[u8]) -> bool {
    let [0x78, 0x01 | 0x5e | 0x9c | 0xda, block, ..] = head else {
        return false;
    };
    head.len() > 16
        && block & 0b110 != 0b110
        && block & 0b110 != 0
        && first(head, 64).iter().any(|byte| *byte > 0x7f)
}

fn is_riff(head: &[u8], webp: bool) -> bool {
    head.starts_with(b"RIFF")
        && match head.get(8..12) {
            Some(b"WEBP") => webp,
            Some(b"WAVE" | b"AVI ") => !webp,
            _ => false,
        }
}

fn is_bmp(head: &[u8]) -> bool {
    head.starts_with(b"BM")
        && u32_le(head, 6) == Some(0)
        && u32_le(head, 14).is_some_and(|size| matches!(size, 12 | 40 | 52 | 56 | 64 | 108 | 124))
}

/// Whether an ISO base media file starts here, and whether it is a picture.
fn is_iso_media(head: &[u8]) -> Option<bool> {
    let size = Order::Big.u32(head, 0)?;
    if !(8..=1024).contains(&size) || head.get(4..8) != Some(b"ftyp") {
        return None;
    }
    let brand = head.get(8..12)?;
    Some(matches!(
        brand,
        b"avif" | b"avis" | b"heic" | b"heix" | b"mif1"
    ))
}

fn is_true_type(head: &[u8]) -> bool {
    head.starts_with(b"\0\x01\0\0")
        && Order::Big
            .u16(head, 4)
            .is_some_and(|tables| (4..=64).contains(&tables))
        && head.get(12..16).is_some_and(|tag| {
            tag.iter()
                .all(|byte| byte.is_ascii_graphic() || *byte == b' ')
        })
}

/// `ModelProto { pieces { piece: "…" score: … } }`: field 1 is a short message that begins with a text.
fn is_sentencepiece(head: &[u8]) -> bool {
    let Some((piece, behind)) = message(head, 0x0a) else {
        return false;
    };
    let holds_text = |piece: &[u8]| {
        message(piece, 0x0a).is_some_and(|(text, rest)| {
            std::str::from_utf8(text).is_ok() && matches!(rest, [0x15, ..] | [])
        })
    };
    holds_text(piece) && message(behind, 0x0a).is_some_and(|(piece, _)| holds_text(piece))
}

/// `ModelProto { ir_version, producer_name, … graph }` (onnx.proto): a small version, then known fields only.
fn is_onnx(head: &[u8]) -> bool {
    let [0x08, 1..=20, rest @ ..] = head else {
        return false;
    };
    let mut rest = rest;
    for _ in 0..16 {
        match rest {
            // Graph (7), operator sets (8): only ONNX has them here.
            [0x3a, ..] => return length(rest).is_some_and(|(size, _)| size > 8),
            [0x42, ..] => return true,
            [0x28, tail @ ..] => {
                let digits = tail.iter().take_while(|byte| **byte & 0x80 != 0).count();
                rest = tail.get(digits.saturating_add(1)..).unwrap_or_default();
            }
            [tag @ (0x12 | 0x1a | 0x22 | 0x32 | 0x72), ..] => match message(rest, *tag) {
                Some((text, tail)) if std::str::from_utf8(text).is_ok() => rest = tail,
                _ => return false,
            },
            _ => return false,
        }
    }
    false
}

/// The length-delimited field with this tag at the start, and what follows it.
fn message(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    (bytes.first() == Some(&tag)).then_some(())?;
    let (size, start) = length(bytes)?;
    bytes.get(start..)?.split_at_checked(size)
}

/// The length behind a one-byte tag, and where its content starts.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.get(1..)?.iter().take(9).enumerate() {
        let shift = u32::try_from(index).ok()?.checked_mul(7)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((usize::try_from(value).ok()?, index.checked_add(2)?));
        }
    }
    None
}
