//! Honest containers that have a little of what liars have.

use super::{Case, GOOD, GOOD_BZIP2, GOOD_LZMA, good, hex};
use crate::archive::{
    TarEntry, TarKind, Zip, ZipEntry, crc32, gzip, gzip_named, lz4_frame, pax_records, seven_zip,
    tar, torch_zip, xz_stored, zlib, zstd_raw, zstd_skippable,
};

pub(super) fn cases() -> Vec<Case> {
    [zips(), torch(), tars(), streams(), nested()].concat()
}

fn text(name: &str) -> ZipEntry {
    ZipEntry::deflated(name, "hello world\n".repeat(50))
}

fn zips() -> Vec<Case> {
    let zip = |name: &str, zip: &Zip| good(name, "bundle.zip", zip.build());
    let tree = || {
        Zip::of([
            ZipEntry::stored("docs/", ""),
            text("docs/a.txt"),
            text("b.txt"),
        ])
    };
    let executable = [b"MZ".to_vec(), vec![0x90; 300]].concat();
    vec![
        zip("zip", &tree()),
        zip("zip-empty", &Zip::default()),
        zip(
            "zip-comment",
            &Zip {
                comment: b"built by hand, PK style".to_vec(),
                ..tree()
            },
        ),
        zip(
            "zip64-records",
            &Zip {
                zip64: true,
                ..tree()
            },
        ),
        zip(
            "zip-streamed",
            &Zip::of([
                ZipEntry {
                    descriptor: true,
                    ..text("a.txt")
                },
                ZipEntry {
                    descriptor: true,
                    ..text("b.txt")
                },
            ]),
        ),
        zip(
            "zip-self-extracting",
            &Zip {
                prefix: executable,
                counts_prefix: true,
                ..tree()
            },
        ),
        good(
            "zipapp",
            "tool.pyz",
            Zip {
                prefix: b"#!/usr/bin/env python3\n".to_vec(),
                ..Zip::of([ZipEntry::stored("__main__.py", "print('hello')\n")])
            }
            .build(),
        ),
        good(
            "jar",
            "lib.jar",
            Zip::of([
                ZipEntry {
                    local_extra: b"\xfe\xca\0\0".to_vec(),
                    descriptor: true,
                    ..ZipEntry::deflated("META-INF/", "")
                },
                ZipEntry {
                    descriptor: true,
                    ..ZipEntry::deflated("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
                },
                ZipEntry::stored("META-INF/", ""),
                ZipEntry::deflated("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34".to_vec()),
            ])
            .build(),
        ),
        zip(
            "zip-aligned",
            &Zip::of([ZipEntry {
                local_extra: vec![0; 3],
                ..ZipEntry::stored("a.txt", "x")
            }]),
        ),
        good(
            "apk-signed",
            "app.apk",
            Zip {
                before_directory: signing_block(),
                ..tree()
            }
            .build(),
        ),
        zip(
            "zip-link-inside",
            &Zip::of([
                ZipEntry::stored("lib/libfoo.so.1", "x"),
                ZipEntry::symlink("lib/libfoo.so", "libfoo.so.1"),
                ZipEntry::symlink("latest", "lib"),
            ]),
        ),
        zip(
            "zip-repeated-member",
            &Zip::of([text("a.txt"), text("b.txt"), text("a.txt")]),
        ),
        zip(
            "zip-makefile-case",
            &Zip::of([text("src/Makefile"), text("src/makefile")]),
        ),
        zip(
            "zip-dotted-names",
            &Zip::of([text("..data/a"), text("a..b/c.txt"), text("...")]),
        ),
        zip("zip-unicode-path", &Zip::of([unicode_name()])),
        zip(
            "zip-timestamps",
            &Zip::of([ZipEntry {
                local_extra:
                    b"UT\x09\0\x03\0\0\0\x60\0\0\0\x60ux\x0b\0\x01\x04\0\0\0\0\x04\0\0\0\0".to_vec(),
                central_extra: b"UT\x05\0\x03\0\0\0\x60ux\x0b\0\x01\x04\0\0\0\0\x04\0\0\0\0"
                    .to_vec(),
                ..text("a.txt")
            }]),
        ),
        good(
            "npz",
            "data.npz",
            Zip::of([ZipEntry::stored("x.npy", npy())]).build(),
        ),
    ]
}

/// A name that is no ASCII, with its Unicode form in an extra field, as Info-ZIP writes it.
fn unicode_name() -> ZipEntry {
    let plain = b"gr\x94\xe1e.txt";
    let path = "größe.txt";
    let mut extra = b"\x75\x70".to_vec();
    extra.extend((path.len() as u16 + 5).to_le_bytes());
    extra.push(1);
    extra.extend(crc32(plain).to_le_bytes());
    extra.extend(path.as_bytes());
    ZipEntry {
        central_extra: extra.clone(),
        local_extra: extra,
        ..ZipEntry::stored(plain.to_vec(), "x")
    }
}

fn signing_block() -> Vec<u8> {
    let mut block = 40_u64.to_le_bytes().to_vec();
    block.extend([0x1a; 16]);
    block.extend(40_u64.to_le_bytes());
    block.extend(b"APK Sig Block 42");
    block
}

fn npy() -> Vec<u8> {
    let header = format!(
        "{:<117}\n",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }"
    );
    [
        b"\x93NUMPY\x01\x00\x76\x00".to_vec(),
        header.into_bytes(),
        vec![0; 16],
    ]
    .concat()
}

fn torch() -> Vec<Case> {
    let mut unchecked = torch_zip("archive", GOOD);
    for entry in &mut unchecked.entries {
        entry.checksum = Some(0x0bad_cafe);
    }
    vec![
        good("torch", "model.pt", torch_zip("archive", GOOD).build()),
        good(
            "torch-other-folder",
            "model.pt",
            torch_zip("model", GOOD).build(),
        ),
        good("torch-without-checksums", "model.pt", unchecked.build()),
        good(
            "torch-zip64",
            "model.pt",
            Zip {
                zip64: true,
                ..torch_zip("archive", GOOD)
            }
            .build(),
        ),
    ]
}

fn tars() -> Vec<Case> {
    let file = |name: &str| TarEntry::file(name, b"hello\n".to_vec());
    let folder = |name: &str| TarEntry {
        mode: 0o755,
        ..TarEntry::new(TarKind::Folder, name)
    };
    let link = |kind, name: &str, target: &str| TarEntry::link(kind, name, target);
    let long = format!("{}/a.txt", "deep".repeat(40));
    vec![
        good("tar", "bundle.tar", tar(&[folder("a/"), file("a/b.txt")])),
        good(
            "tar-dot-names",
            "bundle.tar",
            tar(&[folder("./"), file("./a"), file("./b/c")]),
        ),
        good(
            "tar-links-inside",
            "bundle.tar",
            tar(&[
                file("lib/libfoo.so.1"),
                link(TarKind::Symlink, "lib/libfoo.so", "libfoo.so.1"),
                link(TarKind::Symlink, "bin/tool", "../lib/libfoo.so"),
                link(TarKind::Hardlink, "copy", "lib/libfoo.so.1"),
            ]),
        ),
        good(
            "tar-long-names",
            "bundle.tar",
            tar(&[
                pax_records(&[("path", long.as_str()), ("mtime", "1.5")]),
                file("deep"),
            ]),
        ),
        good(
            "tar-v7",
            "bundle.tar",
            tar(&[TarEntry {
                is_v7: true,
                ..file("a.txt")
            }]),
        ),
        good(
            "tar-padded",
            "bundle.tar",
            [tar(&[file("a.txt")]), vec![0; 8192]].concat(),
        ),
        good(
            "7z",
            "bundle.7z",
            seven_zip(&[("a.txt", b"hello\n"), ("b/c.txt", b"x"), ("empty", b"")]),
        ),
    ]
}

fn streams() -> Vec<Case> {
    vec![
        good("gzip", "model.pkl.gz", gzip(GOOD)),
        good(
            "gzip-named",
            "notes.gz",
            gzip_named("notes.txt", b"hello\n"),
        ),
        good(
            "gzip-members",
            "log.gz",
            [gzip(b"one\n"), gzip(b"two\n")].concat(),
        ),
        good(
            "gzip-padded",
            "log.gz",
            [gzip(b"one\n"), vec![0; 512]].concat(),
        ),
        good("gzip-zeros", "zeros.gz", gzip(&vec![0; 2_000_000])),
        good("bzip2", "model.pkl.bz2", hex(GOOD_BZIP2)),
        good("lzma", "model.joblib", hex(GOOD_LZMA)),
        good("xz", "model.pkl.xz", xz_stored(GOOD)),
        good("zlib", "model.joblib", zlib(GOOD)),
        good("lz4", "model.pkl.lz4", lz4_frame(GOOD)),
        good(
            "zstd",
            "model.pkl.zst",
            [zstd_skippable(b"index"), zstd_raw(GOOD)].concat(),
        ),
        good(
            "text-like-zlib",
            "notes.txt",
            b"x^2 + y^2 = z^2 has many solutions\n".to_vec(),
        ),
    ]
}

fn nested() -> Vec<Case> {
    let zipped = |name: &str, content: &[u8]| Zip::of([ZipEntry::stored(name, content)]).build();
    let three = zipped("a.zip", &zipped("b.zip", &zipped("c.txt", b"hello\n")));
    let torch = torch_zip("archive", GOOD).build();
    vec![
        good("three-zips", "bundle.zip", three),
        good(
            "tar-gz",
            "bundle.tar.gz",
            gzip(&tar(&[TarEntry::file("a.txt", b"hello\n".to_vec())])),
        ),
        good(
            "torch-stored-in-zip",
            "bundle.zip",
            zipped("model.pt", &torch),
        ),
        good(
            "torch-in-tar-gz",
            "model.nemo",
            gzip(&tar(&[TarEntry::file("model_weights.ckpt", torch)])),
        ),
    ]
}
