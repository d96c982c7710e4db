//! Compressed pickles: every codec that a loader undoes by itself, whole and broken.

use super::{Case, EVIL, EVIL_BZIP2, EVIL_LZMA, GOOD, bad, hex};
use crate::archive::{
    gzip, gzip_named, lz4_frame, xz_stored, zlib, zlib_stored, zstd_raw, zstd_skippable,
};

const CLASS: &str = "container-compressed";

pub(super) fn cases() -> Vec<Case> {
    let case = |name: &str, file: &str, bytes: Vec<u8>| bad(CLASS, name, file, bytes);
    let cut = |mut bytes: Vec<u8>, by: usize| {
        bytes.truncate(bytes.len() - by);
        bytes
    };
    let spoiled = |mut bytes: Vec<u8>, behind: usize| {
        let at = bytes.len() - behind;
        bytes[at] ^= 0xff;
        bytes
    };
    vec![
        case("gzip", "model.pkl.gz", gzip(EVIL)),
        case("gzip-as-joblib", "model.joblib", gzip(EVIL)),
        case("gzip-without-extension", "model", gzip(EVIL)),
        case(
            "gzip-named",
            "model.gz",
            gzip_named("weights.safetensors", EVIL),
        ),
        case(
            "gzip-second-member",
            "model.pkl.gz",
            [gzip(GOOD), gzip(EVIL)].concat(),
        ),
        case(
            "gzip-data-behind",
            "model.pkl.gz",
            [gzip(EVIL), b"trailing".to_vec()].concat(),
        ),
        case(
            "gzip-wrong-checksum",
            "model.pkl.gz",
            spoiled(gzip(EVIL), 6),
        ),
        case("gzip-cut", "model.pkl.gz", cut(gzip(EVIL), 8)),
        case("gzip-twice", "model.pkl.gz.gz", gzip(&gzip(EVIL))),
        case("bzip2", "model.pkl.bz2", hex(EVIL_BZIP2)),
        case("bzip2-cut", "model.pkl", cut(hex(EVIL_BZIP2), 4)),
        case("xz", "model.pkl.xz", xz_stored(EVIL)),
        case("xz-cut", "model.pkl", cut(xz_stored(EVIL), 24)),
        case(
            "xz-spoiled-footer",
            "model.pkl.xz",
            spoiled(xz_stored(EVIL), 5),
        ),
        case("lzma", "model.pkl.lzma", hex(EVIL_LZMA)),
        case("lzma-as-joblib", "model.joblib", hex(EVIL_LZMA)),
        case("zlib", "model.pkl.z", zlib(EVIL)),
        case("zlib-as-joblib", "model.joblib", zlib(EVIL)),
        case("zlib-stored", "model.joblib", zlib_stored(EVIL)),
        case(
            "zlib-wrong-checksum",
            "model.joblib",
            spoiled(zlib(EVIL), 1),
        ),
        case("lz4", "model.pkl.lz4", lz4_frame(EVIL)),
        case("lz4-without-end", "model.pkl", cut(lz4_frame(EVIL), 4)),
        case("zstd", "model.pkl.zst", zstd_raw(EVIL)),
        case(
            "zstd-behind-skippable",
            "model.pkl.zst",
            [zstd_skippable(b"note"), zstd_raw(EVIL)].concat(),
        ),
        case(
            "zstd-second-frame",
            "model.pkl",
            [zstd_raw(GOOD), zstd_raw(EVIL)].concat(),
        ),
        case(
            "joblib-z-file",
            "model.pkl.z",
            [b"ZF0x23               ".to_vec(), zlib(EVIL)].concat(),
        ),
    ]
}
