//! Whatever the bytes: no panic, no hang, and the same facts again.

use chainwright_testkit::archive::{
    TarEntry, TarKind, Zip, ZipEntry, gzip, lz4_frame, pax_records, seven_zip, tar, torch_zip,
    xz_stored, zlib, zstd_raw,
};
use chainwright_testkit::recipe;
use proptest::prelude::*;

use crate::{look, tight};

fn seeds() -> Vec<Vec<u8>> {
    let zip = Zip {
        prefix: b"#!/bin/sh\n".to_vec(),
        comment: b"note".to_vec(),
        zip64: true,
        ..Zip::of([
            ZipEntry {
                descriptor: true,
                ..ZipEntry::deflated("a.txt", "hello hello hello")
            },
            ZipEntry::symlink("l", "a.txt"),
            ZipEntry {
                unlisted: true,
                ..ZipEntry::stored("u", "unlisted")
            },
        ])
    };
    let tape = tar(&[
        pax_records(&[("path", "long/name"), ("size", "5")]),
        TarEntry::file("a", b"hello".to_vec()),
        TarEntry::link(TarKind::Symlink, "l", "a"),
        TarEntry {
            wrong_checksum: true,
            ..TarEntry::file("b", b"x".to_vec())
        },
        TarEntry::new(TarKind::Flag(b'S'), "sparse"),
    ]);
    let lzma = "hex\n5d00008000ffffffffffffffff00319bcac6b27c65dfdf91599fb1d67e2d0b9f5cf4ccb69cc3909e1b2ef84e082f0e4dc50088d729dfffce524000";
    let bzip2 = "hex\n425a68393141592653594680f08a000006d380001040c118002ae39ca02000228190f503d4d0281a686464c4cf26582895b63580a76e2dcaa05e9f14837a1f1772453850904680f08a";
    let build = |text: &str| recipe::build(text).expect("a recipe");
    vec![
        zip.build(),
        torch_zip("m", b"\x80\x02N.").build(),
        gzip(&tape),
        tape,
        seven_zip(&[("a", b"hello"), ("e", b""), ("b", b"world")]),
        gzip(b"hello hello hello"),
        zlib(b"hello hello hello"),
        xz_stored(b"hello"),
        lz4_frame(b"hello"),
        zstd_raw(b"hello"),
        build(lzma),
        build(bzip2),
    ]
}

#[test]
fn a_seed_cut_at_any_byte_is_survived() {
    for seed in seeds() {
        let step = (seed.len() / 600).max(1);
        for end in (0..seed.len()).step_by(step) {
            let seen = look(&seed[..end], tight());
            assert!(seen.contents.len() < 100);
        }
    }
}

/// A chunk header of LZMA2 that announces too much once made a decompressor spin.
#[test]
fn every_changed_byte_of_a_small_stream_ends() {
    let streams = [
        xz_stored(b"hello hello"),
        zstd_raw(b"hello"),
        lz4_frame(b"hello"),
        zlib(b"hello"),
    ];
    for seed in streams {
        for at in 0..seed.len() {
            for value in [0, 1, 2, 0x40, 0x7f, 0x80, 0xa0, 0xc0, 0xe0, 0xff] {
                let mut bytes = seed.clone();
                bytes[at] = value;
                assert!(look(&bytes, tight()).contents.len() < 10);
            }
        }
    }
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let seeds = seeds();
    let changes = proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8);
    (0..seeds.len(), changes).prop_map(move |(seed, changes)| {
        let mut bytes = seeds[seed].clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn same_bytes_same_facts(bytes in mutated()) {
        prop_assert_eq!(look(&bytes, tight()), look(&bytes, tight()));
    }

    #[test]
    fn noise_is_survived(bytes in proptest::collection::vec(any::<u8>(), 0..2000), mark in 0..8_usize) {
        let marks: [&[u8]; 8] = [
            b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c\0\x04", b"\x1f\x8b\x08\0", b"\xfd7zXZ\0\0\x01",
            b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"BZh91AY&SY", b"\x5d\0\0\x80\0",
        ];
        let seen = look(&[marks[mark], &bytes].concat(), tight());
        prop_assert!(seen.facts.len() < 100);
    }
}
