//! Compressed members as random-access bytes.

use chainwright_containers::{AnomalyKind, ContainerKind, Member, open};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ReadError, SharedBytes, read_range};
use chainwright_core::limits::Limits;
use chainwright_core::problem::ProblemKind;
use chainwright_testkit::archive::{Zip, ZipEntry, gzip, zlib, zstd_raw, zstd_rle};

use crate::{drain, shared};

/// Bytes that don't repeat soon and compress somewhat.
fn numbers(count: u32) -> Vec<u8> {
    (0..count)
        .flat_map(|number| format!("{number},").into_bytes())
        .collect()
}

fn small_limits() -> Limits {
    Limits {
        member_bytes: 10_000,
        ..Limits::default()
    }
}

fn only(bytes: &[u8], kind: ContainerKind, limits: Limits) -> Member {
    let opened = open(&shared(bytes), kind, &Budget::untimed(limits));
    assert_eq!(opened.members.len(), 1, "{:?}", opened.facts);
    opened.members.into_iter().next().expect("one member")
}

fn bytes_of(member: &Member) -> SharedBytes {
    member.bytes.clone().expect("the member has content")
}

#[test]
fn large_content_reads_the_same_in_any_order() {
    let content = numbers(800_000);
    let member = only(&gzip(&content), ContainerKind::Gzip, small_limits());
    let bytes = bytes_of(&member);
    for at in [0, 5_000_000, 100, 300_000, 4_999_990, 1_500_000, 20] {
        let expected = &content[at..(at + 1000).min(content.len())];
        let read = read_range(bytes.as_ref(), at as u64, 1000).expect("a good stream");
        assert_eq!(read, expected, "at {at}");
    }
    assert_eq!(bytes.size(), content.len() as u64);
    assert_eq!(
        read_range(bytes.as_ref(), content.len() as u64, 1).expect("the end"),
        b""
    );
    assert_eq!(member.anomalies_after_reading(), []);
}

#[test]
fn many_members_share_few_sessions() {
    let entries: Vec<ZipEntry> = (0..300)
        .map(|index| ZipEntry::deflated(format!("{index}"), vec![b'x'; 400_000]))
        .collect();
    let limits = Limits {
        member_bytes: 16 * 1024 * 1024,
        ..Limits::default()
    };
    let zip = shared(&Zip::of(entries).build());
    let opened = open(&zip, ContainerKind::Zip, &Budget::untimed(limits));
    let sizes: Vec<u64> = opened
        .members
        .iter()
        .map(|member| drain(bytes_of(member).as_ref()))
        .collect();
    assert_eq!(sizes, vec![400_000; 300]);
    let again = bytes_of(&opened.members[0]);
    assert_eq!(
        read_range(again.as_ref(), 399_999, 5).expect("decompressed again"),
        b"x"
    );
}

#[test]
fn content_in_front_of_the_damage_is_given() {
    let mut damaged = gzip(&numbers(1000));
    damaged.truncate(damaged.len() / 2);
    let member = only(&damaged, ContainerKind::Gzip, Limits::default());
    let bytes = bytes_of(&member);
    let size = bytes.size();
    assert!(size > 500, "{size}");
    let read = read_range(bytes.as_ref(), 0, 10_000).expect("the part in front");
    assert_eq!(read, numbers(1000)[..read.len()]);
    assert!(matches!(
        bytes.read_at(size, &mut [0]),
        Err(ReadError::Corrupt(_))
    ));
    assert_eq!(
        member.problem_after_reading().map(|problem| problem.kind),
        Some(ProblemKind::Truncated)
    );
}

#[test]
fn a_bomb_ends_in_a_limit() {
    let member = only(&zstd_rle(0, 20_000), ContainerKind::Zstd, Limits::default());
    let bytes = bytes_of(&member);
    let read = drain(bytes.as_ref());
    assert!(read < 64 * 1024 * 1024, "{read}");
    assert!(matches!(
        bytes.read_at(read, &mut [0]),
        Err(ReadError::Exhausted(_))
    ));
    assert_eq!(
        member.problem_after_reading().map(|problem| problem.kind),
        Some(ProblemKind::LimitReached)
    );
    assert_eq!(member.anomalies_after_reading()[0].kind, AnomalyKind::Bomb);
}

#[test]
fn one_purse_pays_for_all_levels() {
    let limits = Limits {
        unpacked_bytes: 3_000_000,
        ..Limits::default()
    };
    let budget = Budget::untimed(limits);
    let outer = open(
        &shared(&gzip(&zlib(&vec![7; 2_000_000]))),
        ContainerKind::Gzip,
        &budget,
    );
    let inner = open(&bytes_of(&outer.members[0]), ContainerKind::Zlib, &budget);
    assert_eq!(drain(bytes_of(&inner.members[0]).as_ref()), 2_000_000);
    let second = open(
        &shared(&gzip(&vec![7; 2_000_000])),
        ContainerKind::Gzip,
        &budget,
    );
    assert!(drain(bytes_of(&second.members[0]).as_ref()) < 2_000_000);
}

#[test]
fn a_dictionary_that_is_too_large_is_refused() {
    // Window descriptor 0x98: 2^29 bytes.
    let mut frame = zstd_raw(b"small");
    frame[5] = 0x98;
    let member = only(&frame, ContainerKind::Zstd, Limits::default());
    assert_eq!(drain(bytes_of(&member).as_ref()), 0);
    assert_eq!(
        member.problem_after_reading().map(|problem| problem.kind),
        Some(ProblemKind::LimitReached)
    );
    let lzma = [b"\x5d\xff\xff\xff\xff".as_slice(), &[0xff; 8], &[0; 20]].concat();
    let member = only(&lzma, ContainerKind::LzmaAlone, Limits::default());
    assert_eq!(drain(bytes_of(&member).as_ref()), 0);
    assert_eq!(
        member.problem_after_reading().map(|problem| problem.kind),
        Some(ProblemKind::LimitReached)
    );
}

#[test]
fn an_interrupted_run_reads_nothing_more() {
    let budget = Budget::new(std::sync::Arc::default(), std::sync::Arc::new(|| true));
    let opened = open(&shared(&gzip(b"x")), ContainerKind::Gzip, &budget);
    assert_eq!(opened.members.len(), 0);
    assert_eq!(opened.facts.problems[0].kind, ProblemKind::LimitReached);
}
