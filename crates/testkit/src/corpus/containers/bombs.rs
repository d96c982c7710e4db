//! Small files that unpack to far more than anybody wants.

use super::{Case, bad, hex};
use crate::archive::{Sizes, Zip, ZipEntry, crc32, deflated, gzip, zstd_rle};

const CLASS: &str = "container-bomb";

/// 45 MB of zeros.
const ZEROS_BZIP2: &str = "425a6839314159265359c901b6c80158ab4020c00010000008200030cc0529a65248526c5492149e2ee48a70a12192036d90";

pub(super) fn cases() -> Vec<Case> {
    let bzip2 = hex(ZEROS_BZIP2);
    vec![
        bad(CLASS, "bzip2-zeros", "model.bz2", bzip2.repeat(40)),
        bad(CLASS, "zstd-zeros", "model.zst", zstd_rle(0, 10_000)),
        bad(
            CLASS,
            "zstd-in-gzip",
            "model.gz",
            gzip(&zstd_rle(0, 10_000)),
        ),
        bad(
            CLASS,
            "zip-bzip2",
            "model.zip",
            packed_zip(12, &bzip2.repeat(20), 900_000_000),
        ),
        bad(
            CLASS,
            "zip-zstd",
            "model.zip",
            packed_zip(93, &zstd_rle(0, 8_000), 0x3e80_0000),
        ),
        bad(CLASS, "zip-overlapping", "model.zip", overlapping(300)),
        bad(CLASS, "zip-declared", "model.zip", declared()),
        bad(CLASS, "npz-declared", "data.npz", declared()),
    ]
}

fn packed_zip(method: u16, packed: &[u8], unpacked: u32) -> Vec<u8> {
    Zip::of([ZipEntry {
        announced_method: Some(method),
        packed: Some(packed.to_vec()),
        central_sizes: Some(Sizes {
            packed: packed.len() as u32,
            unpacked,
        }),
        local_sizes: Some(Sizes {
            packed: packed.len() as u32,
            unpacked,
        }),
        ..ZipEntry::stored("data/0", Vec::new())
    }])
    .build()
}

/// Many entries of the directory share one compressed kernel, as in Fifield's zip bomb.
fn overlapping(count: usize) -> Vec<u8> {
    let kernel = vec![0_u8; 200_000];
    let mut entries = vec![ZipEntry::deflated("0", kernel.clone())];
    let size = deflated(&kernel).len() as u32;
    let checksum = Some(crc32(&kernel));
    entries.extend((1..count).map(|index| ZipEntry {
        phantom_at: Some(0),
        method: 8,
        packed: Some(Vec::new()),
        checksum,
        central_sizes: Some(Sizes {
            packed: size,
            unpacked: kernel.len() as u32,
        }),
        ..ZipEntry::stored(index.to_string(), Vec::new())
    }));
    Zip::of(entries).build()
}

/// Sizes that the compressed bytes cannot reach.
fn declared() -> Vec<u8> {
    let content = deflated(b"small");
    let entries: Vec<ZipEntry> = (0..20)
        .map(|index| ZipEntry {
            method: 8,
            packed: Some(content.clone()),
            central_sizes: Some(Sizes {
                packed: content.len() as u32,
                unpacked: 0xfff0_0000,
            }),
            local_sizes: Some(Sizes {
                packed: content.len() as u32,
                unpacked: 0xfff0_0000,
            }),
            ..ZipEntry::stored(format!("{index}.npy"), Vec::new())
        })
        .collect();
    Zip::of(entries).build()
}
