//! A payload behind every lie a zip can tell.

use super::{Case, EVIL, GOOD, bad};
use crate::archive::{Sizes, Zip, ZipEntry, crc32, deflated, torch_zip};

const CLASS: &str = "container-tricks";

pub(super) fn cases() -> Vec<Case> {
    [
        names(),
        flags(),
        checksums_and_methods(),
        sizes(),
        duplicates(),
        directories(),
        hidden(),
    ]
    .concat()
}

fn case(name: &str, zip: &Zip) -> Case {
    bad(CLASS, name, "model.pt", zip.build())
}

/// A torch archive whose pickle is changed by `change`.
fn torch(change: impl FnOnce(&mut ZipEntry)) -> Zip {
    let mut zip = torch_zip("archive", EVIL);
    change(&mut zip.entries[0]);
    zip
}

/// A harmless torch archive with one more member.
fn with(entry: ZipEntry) -> Zip {
    let mut zip = torch_zip("archive", GOOD);
    zip.entries.push(entry);
    zip
}

fn names() -> Vec<Case> {
    let unicode_path = |plain: &[u8], path: &[u8]| {
        let mut extra = b"\x75\x70".to_vec();
        extra.extend((path.len() as u16 + 5).to_le_bytes());
        extra.push(1);
        extra.extend(crc32(plain).to_le_bytes());
        extra.extend(path);
        extra
    };
    let plain = b"archive/readme.txt";
    vec![
        case(
            "local-name-decoy",
            &torch(|pickle| pickle.local_name = Some(b"archive/readme.txt".to_vec())),
        ),
        case(
            "central-name-decoy",
            &torch(|pickle| {
                pickle.local_name = Some(pickle.name.clone());
                pickle.name = b"archive/notes.txt".to_vec();
            }),
        ),
        case(
            "local-name-one-letter",
            &torch(|pickle| pickle.local_name = Some(b"archive/dAta.pkl".to_vec())),
        ),
        case(
            "local-name-empty",
            &torch(|pickle| pickle.local_name = Some(Vec::new())),
        ),
        case(
            "nul-in-name",
            &torch(|pickle| pickle.name = b"archive/data.pkl\0.txt".to_vec()),
        ),
        case(
            "unicode-path-differs",
            &torch(|pickle| {
                pickle.name = plain.to_vec();
                pickle.central_extra = unicode_path(plain, b"archive/data.pkl");
            }),
        ),
        case(
            "folder-with-content",
            &torch(|pickle| pickle.name = b"archive/data.pkl/".to_vec()),
        ),
        case(
            "name-not-utf8",
            &torch(|pickle| pickle.name = b"archive\xff/data.pkl".to_vec()),
        ),
    ]
}

fn flags() -> Vec<Case> {
    let all = |flag: u16| {
        let mut zip = torch_zip("archive", EVIL);
        for entry in &mut zip.entries {
            entry.flags = flag;
        }
        zip
    };
    vec![
        case("encryption-flag-everywhere", &all(1)),
        case(
            "encryption-flag-on-pickle",
            &torch(|pickle| pickle.flags = 1),
        ),
        case(
            "encryption-flag-central-only",
            &torch(|pickle| {
                pickle.flags = 1;
                pickle.local_flags = Some(0);
            }),
        ),
        case(
            "encryption-flag-local-only",
            &torch(|pickle| pickle.local_flags = Some(1)),
        ),
        case(
            "encryption-flag-deflated",
            &torch(|pickle| {
                pickle.flags = 1;
                pickle.method = 8;
            }),
        ),
        case("strong-encryption-flag", &all(0x41)),
        case("patch-flag", &all(0x20)),
        case("masked-header-flag", &all(0x2000)),
    ]
}

fn checksums_and_methods() -> Vec<Case> {
    let mut all_wrong = torch_zip("archive", EVIL);
    for entry in &mut all_wrong.entries {
        entry.checksum = Some(0xdead_beef);
    }
    vec![
        case(
            "wrong-checksum",
            &torch(|pickle| pickle.checksum = Some(0x1234_5678)),
        ),
        case("wrong-checksums-everywhere", &all_wrong),
        case(
            "zero-checksum-local",
            &torch(|pickle| pickle.local_checksum = Some(0)),
        ),
        case(
            "wrong-checksum-deflated",
            &torch(|pickle| {
                pickle.method = 8;
                pickle.checksum = Some(7);
            }),
        ),
        case(
            "local-method-stored",
            &torch(|pickle| {
                pickle.method = 8;
                pickle.local_method = Some(0);
            }),
        ),
        case(
            "local-method-deflate",
            &torch(|pickle| pickle.local_method = Some(8)),
        ),
        case(
            "central-method-unknown",
            &torch(|pickle| {
                pickle.announced_method = Some(0x1234);
                pickle.local_method = Some(0);
            }),
        ),
        case(
            "deflate-garbage-behind",
            &torch(|pickle| {
                pickle.method = 8;
                let packed = [deflated(EVIL), vec![0xff; 64]].concat();
                pickle.packed = Some(packed);
            }),
        ),
        case(
            "deflate-cut",
            &torch(|pickle| {
                pickle.method = 8;
                let mut packed = deflated(EVIL);
                packed.truncate(packed.len() - 1);
                pickle.packed = Some(packed);
            }),
        ),
    ]
}

fn sizes() -> Vec<Case> {
    let size = EVIL.len() as u32;
    let sizes = |packed, unpacked| Some(Sizes { packed, unpacked });
    vec![
        case(
            "central-sizes-zero",
            &torch(|pickle| {
                pickle.central_sizes = sizes(0, 0);
                pickle.local_sizes = sizes(size, size);
            }),
        ),
        case(
            "local-sizes-zero",
            &torch(|pickle| pickle.local_sizes = sizes(0, 0)),
        ),
        case(
            "stored-size-short",
            &torch(|pickle| pickle.central_sizes = sizes(3, size)),
        ),
        case(
            "stored-size-long",
            &torch(|pickle| pickle.central_sizes = sizes(size, 3)),
        ),
        case(
            "deflated-size-short",
            &torch(|pickle| {
                pickle.method = 8;
                let packed = deflated(EVIL).len() as u32;
                pickle.central_sizes = sizes(packed, 1);
            }),
        ),
        case(
            "deflated-size-huge",
            &torch(|pickle| {
                pickle.method = 8;
                let packed = deflated(EVIL).len() as u32;
                pickle.central_sizes = sizes(packed, 0x7fff_ffff);
            }),
        ),
        case(
            "size-behind-the-end",
            &torch(|pickle| pickle.central_sizes = sizes(0x7fff_ffff, 0x7fff_ffff)),
        ),
    ]
}

fn duplicates() -> Vec<Case> {
    let pickle = |name: &str| ZipEntry::stored(name, EVIL);
    let mut evil_first = with(ZipEntry::stored("archive/data.pkl", GOOD));
    evil_first.entries[0].content = EVIL.to_vec();
    vec![
        case("duplicate-evil-last", &with(pickle("archive/data.pkl"))),
        case("duplicate-evil-first", &evil_first),
        case("duplicate-other-case", &with(pickle("archive/DATA.PKL"))),
        case("duplicate-folder-case", &with(pickle("Archive/data.pkl"))),
        case("duplicate-dot-segment", &with(pickle("./archive/data.pkl"))),
        case("duplicate-double-slash", &with(pickle("archive//data.pkl"))),
        case("duplicate-backslash", &with(pickle("archive\\data.pkl"))),
        case(
            "duplicate-deflated",
            &with(ZipEntry::deflated("archive/data.pkl", EVIL)),
        ),
    ]
}

fn directories() -> Vec<Case> {
    let good = torch_zip("archive", GOOD).build();
    let evil = torch_zip("archive", EVIL).build();
    let no_directory = Zip {
        no_directory: true,
        ..torch_zip("archive", EVIL)
    };
    let streamed = Zip {
        no_directory: true,
        ..torch(|pickle| pickle.descriptor = true)
    };
    let streamed_deflated = Zip {
        no_directory: true,
        ..torch(|pickle| {
            pickle.descriptor = true;
            pickle.method = 8;
        })
    };
    let behind_count = {
        let mut zip = torch_zip("archive", EVIL);
        zip.entries.rotate_left(1);
        zip
    };
    vec![
        bad(
            CLASS,
            "two-archives-evil-first",
            "model.pt",
            [evil.clone(), good.clone()].concat(),
        ),
        bad(
            CLASS,
            "two-archives-evil-last",
            "model.pt",
            [good, evil.clone()].concat(),
        ),
        case(
            "comment-holds-archive",
            &Zip {
                comment: evil.clone(),
                ..torch_zip("archive", GOOD)
            },
        ),
        case(
            "archive-behind-comment",
            &Zip {
                comment: b"hello".to_vec(),
                trailing: evil.clone(),
                ..torch_zip("archive", GOOD)
            },
        ),
        case(
            "comment-cuts-into-archive",
            &Zip {
                announced_comment: Some(evil.len() as u16),
                trailing: evil.clone(),
                ..torch_zip("archive", GOOD)
            },
        ),
        case("no-directory", &no_directory),
        case("no-directory-streamed", &streamed),
        case("no-directory-streamed-deflated", &streamed_deflated),
        case(
            "count-too-small",
            &Zip {
                announced_entries: Some(1),
                ..behind_count.clone()
            },
        ),
        case(
            "count-zero",
            &Zip {
                announced_entries: Some(0),
                ..behind_count.clone()
            },
        ),
        case(
            "count-too-large",
            &Zip {
                announced_entries: Some(900),
                ..behind_count
            },
        ),
        bad(CLASS, "zip64-other-directory", "model.pt", zip64_conflict()),
        bad(CLASS, "shifted-other-directory", "model.pt", shifted()),
        bad(
            CLASS,
            "truncated-end",
            "model.pt",
            evil[..evil.len() - 30].to_vec(),
        ),
        bad(
            CLASS,
            "trailing-zeros",
            "model.pt",
            [evil.clone(), vec![0; 70_000]].concat(),
        ),
        case(
            "junk-between-directory-and-end",
            &Zip {
                before_end: vec![0xaa; 40],
                ..torch_zip("archive", EVIL)
            },
        ),
        case(
            "junk-before-directory",
            &Zip {
                before_directory: vec![0xaa; 40],
                ..torch_zip("archive", EVIL)
            },
        ),
    ]
}

/// The plain end record leads to a harmless directory, the zip64 record to another.
fn zip64_conflict() -> Vec<u8> {
    let evil = torch_zip("archive", EVIL).build();
    let directory = find(&evil, b"PK\x01\x02");
    Zip {
        prefix: evil,
        counts_prefix: true,
        zip64: true,
        zip64_offset: Some(directory as u64),
        ..torch_zip("archive", GOOD)
    }
    .build()
}

/// Offsets read as they are lead to one archive, shifted by the prefix to another.
fn shifted() -> Vec<u8> {
    let evil = torch_zip("archive", EVIL).build();
    Zip {
        prefix: evil,
        ..torch_zip("archive", GOOD)
    }
    .build()
}

fn find(bytes: &[u8], needle: &[u8]) -> usize {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
        .unwrap_or_default()
}

fn hidden() -> Vec<Case> {
    let inner = Zip {
        no_directory: true,
        ..Zip::of([ZipEntry::stored("archive/data.pkl", EVIL)])
    };
    let inner = inner.build();
    let mut overlapping = with(ZipEntry::stored("archive/blob", inner));
    // The directory lists a local header that lies inside of the member before it.
    let at = {
        let bytes = overlapping.build();
        find(&bytes, b"archive/blob") + b"archive/blob".len()
    };
    overlapping.entries[0].name = b"archive/other".to_vec();
    overlapping.entries.push(ZipEntry {
        phantom_at: Some(at as u32 + 1),
        ..ZipEntry::stored("archive/data.pkl", EVIL)
    });
    let unlisted = |entry: ZipEntry| {
        with(ZipEntry {
            unlisted: true,
            ..entry
        })
    };
    let gap = with(ZipEntry {
        gap: EVIL.to_vec(),
        ..ZipEntry::stored("archive/x", b"x".to_vec())
    });
    vec![
        case(
            "unlisted-member",
            &unlisted(ZipEntry::stored("archive/data.pkl", EVIL)),
        ),
        case(
            "unlisted-deflated",
            &unlisted(ZipEntry::deflated("archive/data.pkl", EVIL)),
        ),
        case(
            "unlisted-streamed",
            &unlisted(ZipEntry {
                descriptor: true,
                ..ZipEntry::deflated("archive/extra.pkl", EVIL)
            }),
        ),
        case(
            "unlisted-behind-junk",
            &unlisted(ZipEntry {
                gap: vec![0x55; 100],
                ..ZipEntry::stored("archive/data.pkl", EVIL)
            }),
        ),
        case("overlapping-member", &overlapping),
        case("payload-between-members", &gap),
        case(
            "payload-behind-end",
            &Zip {
                trailing: EVIL.to_vec(),
                ..torch_zip("archive", GOOD)
            },
        ),
        case(
            "pickle-in-front",
            &Zip {
                prefix: EVIL.to_vec(),
                ..torch_zip("archive", GOOD)
            },
        ),
        case(
            "executable-in-front",
            &Zip {
                prefix: [b"MZ".to_vec(), vec![0; 200]].concat(),
                ..torch_zip("archive", EVIL)
            },
        ),
        case(
            "split-mark-in-front",
            &Zip {
                prefix: b"PK\x07\x08".to_vec(),
                ..torch_zip("archive", EVIL)
            },
        ),
        case(
            "large-extra-field",
            &torch(|pickle| {
                pickle.local_extra = [b"XX\xf0\x7f".to_vec(), vec![0x41; 0x7ff0]].concat();
            }),
        ),
        case(
            "broken-extra-field",
            &torch(|pickle| pickle.central_extra = b"\x01\x00\xff\xff\x00".to_vec()),
        ),
        case("deflated-pickle", &torch(|pickle| pickle.method = 8)),
        case("plain", &torch(|_| ())),
    ]
}
