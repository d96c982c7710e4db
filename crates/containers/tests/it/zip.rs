//! Each lie of a zip by its name, and what members look like to their loader.

use chainwright_containers::{AnomalyKind as Kind, ContainerKind, Entry, open, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{SharedBytes, read_range};
use chainwright_core::limits::Limits;
use chainwright_testkit::archive::{Sizes, Zip, ZipEntry, torch_zip};
use std::sync::Arc;

use crate::{look, shared, tight};

fn pickle(change: impl FnOnce(&mut ZipEntry)) -> Zip {
    let mut zip = torch_zip("archive", b"\x80\x02N.");
    change(&mut zip.entries[0]);
    zip
}

#[track_caller]
fn check(zip: &Zip, expected: &[Kind]) {
    let seen = look(&zip.build(), Limits::default());
    assert_eq!(seen.kinds(), expected, "{:#?}", seen.facts);
}

#[test]
fn an_honest_archive_has_no_anomaly() {
    check(&torch_zip("archive", b"\x80\x02N."), &[]);
}

#[test]
fn lies_about_names_are_told_apart() {
    check(
        &pickle(|entry| entry.local_name = Some(b"x".to_vec())),
        &[Kind::NameMismatch],
    );
    check(
        &pickle(|entry| entry.name = b"archive/data.pkl\0.txt".to_vec()),
        &[Kind::NulInName],
    );
    check(
        &pickle(|entry| entry.name = b"archive/data.pkl/".to_vec()),
        &[Kind::FolderWithContent],
    );
    let twice = |name: &str, content: &str| {
        let mut zip = torch_zip("archive", b"\x80\x02N.");
        zip.entries.push(ZipEntry::stored(name, content));
        zip
    };
    check(&twice("archive/data.pkl", "other"), &[Kind::DuplicateName]);
    check(&twice("archive/data.pkl", "\u{80}"), &[Kind::DuplicateName]);
    check(&twice("archive/version", "3\n"), &[Kind::RepeatedMember]);
    check(
        &twice("ARCHIVE/data.pkl", "other"),
        &[Kind::LoaderNameCollision],
    );
    check(&twice("archive/Version", "other"), &[Kind::CaseCollision]);
    check(
        &twice("archive/./version", "other"),
        &[Kind::NormalisedCollision],
    );
}

#[test]
fn lies_about_encryption_are_seen_through() {
    check(
        &pickle(|entry| entry.flags = 1),
        &[Kind::FalseEncryptionFlag],
    );
    check(
        &pickle(|entry| entry.local_flags = Some(1)),
        &[Kind::EncryptionFlagMismatch, Kind::FalseEncryptionFlag],
    );
    check(
        &pickle(|entry| entry.local_flags = Some(0x20)),
        &[Kind::FlagMismatch],
    );
}

#[test]
fn lies_about_content_are_told_apart() {
    let sizes = |packed, unpacked| Some(Sizes { packed, unpacked });
    check(
        &pickle(|entry| entry.checksum = Some(1)),
        &[Kind::ChecksumMismatch],
    );
    check(
        &pickle(|entry| entry.local_checksum = Some(1)),
        &[Kind::ChecksumFieldMismatch],
    );
    check(
        &pickle(|entry| entry.local_method = Some(8)),
        &[Kind::MethodMismatch],
    );
    check(
        &pickle(|entry| entry.announced_method = Some(77)),
        &[Kind::UnknownMethod],
    );
    check(
        &pickle(|entry| entry.local_sizes = sizes(2, 2)),
        &[Kind::SizeMismatch, Kind::ChecksumMismatch],
    );
    check(
        &pickle(|entry| {
            entry.method = 8;
            entry.checksum = Some(1);
        }),
        &[Kind::ChecksumMismatch],
    );
}

#[test]
fn lies_about_the_directory_are_told_apart() {
    let zip = torch_zip("archive", b"\x80\x02N.");
    let other = torch_zip("other", b"\x80\x02K\x01.").build();
    check(
        &Zip {
            announced_entries: Some(2),
            ..zip.clone()
        },
        &[Kind::EntryCountMismatch],
    );
    check(
        &Zip {
            no_directory: true,
            ..zip.clone()
        },
        &[Kind::NoCentralDirectory, Kind::UnlistedMember],
    );
    check(
        &Zip {
            prefix: vec![7; 99],
            ..zip.clone()
        },
        &[Kind::DataBeforeFirstMember],
    );
    check(
        &Zip {
            trailing: vec![7; 99],
            ..zip.clone()
        },
        &[Kind::TrailingData],
    );
    check(
        &Zip {
            before_directory: vec![7; 99],
            ..zip.clone()
        },
        &[Kind::DataBetweenMembers],
    );
    check(
        &Zip {
            zip64: true,
            ..zip.clone()
        },
        &[],
    );
    check(
        &Zip {
            zip64: true,
            zip64_offset: Some(3),
            ..zip.clone()
        },
        &[Kind::Zip64Conflict],
    );
    check(
        &Zip {
            prefix: other.clone(),
            counts_prefix: true,
            ..zip.clone()
        },
        &[Kind::SeveralDirectories],
    );
    let kinds = look(
        &Zip {
            comment: other,
            ..zip
        }
        .build(),
        Limits::default(),
    )
    .kinds();
    assert!(kinds.contains(&Kind::SeveralDirectories), "{kinds:?}");
}

#[test]
fn an_archive_stored_in_an_archive_is_no_second_directory() {
    let inner = torch_zip("archive", b"\x80\x02N.").build();
    check(&Zip::of([ZipEntry::stored("model.pt", inner)]), &[]);
}

#[test]
fn stored_members_are_windows_and_not_copies() {
    let zip: SharedBytes = shared(&torch_zip("archive", b"\x80\x02N.").build());
    let opened = open(
        &zip,
        ContainerKind::Zip,
        &Budget::untimed(Limits::default()),
    );
    let names: Vec<&str> = opened
        .members
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "archive/data.pkl",
            "archive/byteorder",
            "archive/data/0",
            "archive/version",
            "archive/.data/serialization_id"
        ]
    );
    let bytes = opened.members[0]
        .bytes
        .as_ref()
        .expect("a stored member has bytes");
    let inside = zip.as_slice().expect("memory").as_ptr_range();
    assert!(inside.contains(&bytes.as_slice().expect("a window into memory").as_ptr()));
}

#[test]
fn links_have_targets() {
    let zip = Zip::of([ZipEntry::symlink("a", "b/c")]).build();
    let opened = open(
        &shared(&zip),
        ContainerKind::Zip,
        &Budget::untimed(Limits::default()),
    );
    assert_eq!(
        opened.members[0].entry,
        Entry::Symlink {
            target: "b/c".to_owned()
        }
    );
}

#[test]
fn a_directory_of_a_million_entries_stops_at_the_limit() {
    let entries: Vec<ZipEntry> = (0..20_000)
        .map(|index| ZipEntry {
            phantom_at: Some(0),
            ..ZipEntry::stored(format!("{index}"), "")
        })
        .collect();
    let mut zip = vec![ZipEntry::stored("x", "x")];
    zip.extend(entries);
    let source: SharedBytes = Arc::new(Zip::of(zip).build());
    let opened = open(&source, ContainerKind::Zip, &Budget::untimed(tight()));
    assert_eq!(opened.facts.members, 5_000);
    assert!(
        opened
            .facts
            .problems
            .iter()
            .any(|problem| problem.kind.leaves_incomplete())
    );
}

#[test]
fn an_encrypted_member_is_reported_and_not_given() {
    let noise: Vec<u8> = (0..200_u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let zip = Zip::of([ZipEntry {
        flags: 1,
        method: 8,
        packed: Some(noise),
        ..ZipEntry::stored("secret", vec![0; 500])
    }])
    .build();
    let opened = open(
        &shared(&zip),
        ContainerKind::Zip,
        &Budget::untimed(Limits::default()),
    );
    assert!(opened.members[0].encrypted && opened.members[0].bytes.is_none());
    assert!(
        opened.facts.anomalies.is_empty(),
        "{:?}",
        opened.facts.anomalies
    );
    assert!(opened.facts.problems[0].kind.leaves_incomplete());
}

#[test]
fn recognition_needs_more_than_a_mark() {
    let cases: [(&[u8], &[ContainerKind]); 9] = [
        (b"", &[]),
        (b"PK", &[]),
        (b"x^2 + y^2 = z^2 has many solutions", &[]),
        (b"BZh9 is how bzip2 begins", &[]),
        (b"h\x81nothing", &[]),
        (b"ustar alone", &[]),
        (&[0; 2048], &[]),
        (
            b"text that ends in PK\x05\x06 and more than twenty-two bytes",
            &[],
        ),
        (b"PK\x03\x04 cut", &[ContainerKind::Zip]),
    ];
    for (bytes, expected) in cases {
        assert_eq!(recognise(&bytes.to_vec()), expected, "{bytes:?}");
    }
}

#[test]
fn names_are_kept_raw_and_made_text() {
    let zip = Zip::of([ZipEntry::stored(b"a\xff/b".to_vec(), "x")]).build();
    let opened = open(
        &shared(&zip),
        ContainerKind::Zip,
        &Budget::untimed(Limits::default()),
    );
    let member = &opened.members[0];
    assert_eq!(
        (member.name.as_str(), member.raw_name.as_slice()),
        ("a\\xff/b", b"a\xff/b".as_slice())
    );
    let bytes = member.bytes.as_ref().expect("stored");
    assert_eq!(read_range(bytes.as_ref(), 0, 9).expect("memory"), b"x");
}
