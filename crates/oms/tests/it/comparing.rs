//! Models that are, and are not, what was signed.

use chainwright_oms::{
    Difference, Digest, Exclusion, Exclusions, Left, Loads, Manifest, Piece, Present, PresentFile,
    Weight, compare,
};

use crate::{digest, files, manifest, shards};

fn file(name: &str, text: &str) -> PresentFile {
    let size = text.len() as u64;
    PresentFile {
        name: name.to_owned(),
        size,
        pieces: vec![Piece {
            start: 0,
            end: size,
            digest: digest(text),
        }],
        is_executable: false,
        excluded: Exclusions::default().of(name),
    }
}

fn present(files: &[(&str, &str)]) -> Present {
    Present {
        files: files.iter().map(|(name, text)| file(name, text)).collect(),
        others: Vec::new(),
    }
}

fn differences(signed: &Manifest, present: &Present) -> Vec<Difference> {
    compare(signed, present, false).differences
}

#[test]
fn a_model_as_signed_has_no_differences() {
    let found = compare(
        &manifest(files(), &["a", "b/c"]),
        &present(&[("a", "a"), ("b/c", "b/c")]),
        false,
    );
    assert_eq!(found.differences, []);
    assert_eq!((found.matching_files, found.matching_bytes), (2, 4));
    assert_eq!(found.weight(true), None);
}

#[test]
fn changed_missing_and_unsigned_files_are_told_by_path() {
    let signed = manifest(files(), &["changed", "gone", "same"]);
    let present = present(&[("changed", "other"), ("same", "same"), ("new.py", "x")]);
    let found = compare(&signed, &present, false);
    assert_eq!(
        found.differences,
        [
            Difference::Changed {
                name: "changed".to_owned(),
                signed: digest("changed"),
                present: digest("other"),
            },
            Difference::Missing {
                name: "gone".to_owned()
            },
            Difference::Unsigned {
                name: "new.py".to_owned(),
                size: 1
            },
        ]
    );
    assert_eq!(found.weight(false), Some(Weight::Refused));
    assert_eq!(found.matching_files, 1);
    let found = compare(&signed, &present, true);
    assert_eq!((found.differences.len(), found.unsigned_ignored), (2, 1));
}

#[test]
fn two_files_that_were_swapped_have_both_changed() {
    let signed = manifest(files(), &["a", "b"]);
    let found = differences(&signed, &present(&[("a", "b"), ("b", "a")]));
    assert!(matches!(
        found.as_slice(),
        [Difference::Changed { .. }, Difference::Changed { .. }]
    ));
}

#[test]
fn names_that_differ_in_case_or_unicode_form_are_renames_not_matches() {
    for (signed, on_disk) in [
        ("Model.bin", "model.bin"),
        ("caf\u{e9}.bin", "cafe\u{301}.bin"),
        ("a.py", "a\u{200b}.py"),
    ] {
        let found = differences(
            &manifest(files(), &[signed]),
            &present(&[(on_disk, signed)]),
        );
        assert_eq!(
            found,
            [Difference::Renamed {
                signed: signed.to_owned(),
                present: on_disk.to_owned()
            }]
        );
        assert_eq!(found[0].weight(), Weight::Refused);
    }
}

#[test]
fn twins_are_told_and_refused_only_by_the_strict() {
    let signed = manifest(files(), &["README", "readme"]);
    let found = compare(
        &signed,
        &present(&[("README", "README"), ("readme", "readme")]),
        false,
    );
    assert!(matches!(
        found.differences.as_slice(),
        [Difference::Twins { .. }]
    ));
    assert_eq!(found.weight(false), Some(Weight::Told));
    assert_eq!(found.weight(true), Some(Weight::Refused));
    // A twin that nobody signed is refused in any case.
    let found = compare(
        &manifest(files(), &["model.py"]),
        &present(&[("model.py", "model.py"), ("Model.py", "x")]),
        false,
    );
    assert_eq!(found.weight(false), Some(Weight::Refused));
}

/// Defect (h): what the specification leaves out is told, loadable content first, and refused when strict.
#[test]
fn what_is_left_out_is_told() {
    let mut disk = present(&[
        ("a", "a"),
        (".gitattributes", "x"),
        (".github/model.safetensors", "x"),
        (".git/hooks/post-checkout", "x"),
    ]);
    disk.files[3].is_executable = true;
    let found = compare(&manifest(files(), &["a"]), &disk, false);
    let told: Vec<_> = found
        .differences
        .iter()
        .map(|difference| match difference {
            Difference::Excluded { name, by, loads } => (name.as_str(), *by, *loads),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                ".git/hooks/post-checkout",
                Exclusion::Always,
                Some(Loads::Code)
            ),
            (
                ".github/model.safetensors",
                Exclusion::Always,
                Some(Loads::Weights)
            ),
            (".gitattributes", Exclusion::Always, None),
        ]
    );
    assert_eq!(found.weight(false), Some(Weight::Told));
    assert_eq!(found.weight(true), Some(Weight::Refused));
}

#[test]
fn a_signed_file_below_an_excluded_path_is_still_checked() {
    let signed = manifest(files(), &[".github/a", "b"]);
    let found = differences(&signed, &present(&[(".github/a", "other"), ("b", "b")]));
    assert!(matches!(found.as_slice(), [Difference::Changed { .. }]));
}

#[test]
fn the_signature_itself_is_no_difference() {
    let mut disk = present(&[("a", "a"), ("model.sig", "{}")]);
    disk.files[1].excluded = Some(Exclusion::Signature);
    assert_eq!(differences(&manifest(files(), &["a"]), &disk), []);
}

#[test]
fn what_is_no_file_is_weighed_by_what_it_is() {
    let link = |to: &str| to.to_owned();
    for (left, weight) in [
        (Left::EmptyFolder, Weight::Told),
        (Left::LinkOut { to: link("/x") }, Weight::Told),
        (Left::Cycle { to: link("..") }, Weight::Told),
        (Left::Changing, Weight::Unjudged),
        (Left::Unreadable { reason: link("no") }, Weight::Unjudged),
        (Left::Link { to: link("/x") }, Weight::Refused),
        (Left::FolderOut { to: link("/x") }, Weight::Refused),
        (Left::BrokenLink { to: link("/x") }, Weight::Refused),
        (Left::Special, Weight::Refused),
        (Left::NotUtf8, Weight::Refused),
    ] {
        let mut disk = present(&[("a", "a")]);
        disk.others.push(("b".to_owned(), left));
        let found = compare(&manifest(files(), &["a"]), &disk, false);
        assert_eq!(found.weight(false), Some(weight), "{found:?}");
        assert!(!found.differences[0].remedy().is_empty());
    }
}

#[test]
fn a_signed_file_that_cannot_be_read_is_not_called_missing() {
    let mut disk = present(&[("a", "a")]);
    let reason = "permission denied".to_owned();
    disk.others
        .push(("b".to_owned(), Left::Unreadable { reason }));
    let found = compare(&manifest(files(), &["a", "b"]), &disk, false);
    assert_eq!(found.differences.len(), 1);
    assert_eq!(found.weight(false), Some(Weight::Unjudged));
}

fn pieces(name: &str, size: u64, step: u64) -> PresentFile {
    let starts = (0..size.div_ceil(step)).map(|index| index * step);
    let pieces = starts.map(|start| {
        let end = size.min(start + step);
        let digest = digest(&format!("{name}:{start}:{end}"));
        Piece { start, end, digest }
    });
    PresentFile {
        name: name.to_owned(),
        size,
        pieces: pieces.collect(),
        is_executable: false,
        excluded: None,
    }
}

#[test]
fn stretches_are_compared_each_and_the_length_as_well() {
    let signed = manifest(shards(10), &["a:0:10", "a:10:15"]);
    let disk = |size| Present {
        files: vec![pieces("a", size, 10)],
        others: Vec::new(),
    };
    assert_eq!(differences(&signed, &disk(15)), []);
    for size in [10, 14, 16, 25] {
        let found = differences(&signed, &disk(size));
        assert!(
            found.contains(&Difference::Length {
                name: "a".to_owned(),
                signed: 15,
                present: size
            }),
            "{size}: {found:?}"
        );
    }
    let mut changed = disk(15);
    changed.files[0].pieces[1].digest = digest("x");
    let found = differences(&signed, &changed);
    assert!(matches!(found.as_slice(), [Difference::Changed { name, .. }] if name == "a:10:15"));
}

#[test]
fn an_empty_file_beside_signed_stretches_is_told() {
    let signed = manifest(shards(10), &["a:0:10"]);
    let mut disk = Present {
        files: vec![pieces("a", 10, 10)],
        others: Vec::new(),
    };
    disk.files.push(file("__init__.py", ""));
    let found = compare(&signed, &disk, false);
    assert!(matches!(
        found.differences.as_slice(),
        [Difference::EmptyFile { .. }]
    ));
    assert_eq!(found.weight(true), Some(Weight::Refused));
}

#[test]
fn digests_of_another_hash_are_never_equal() {
    let signed = manifest(files(), &["a"]);
    let mut disk = present(&[("a", "a")]);
    let bytes = *digest("a").as_bytes().first_chunk().expect("32 bytes");
    disk.files[0].pieces[0].digest = Digest::Blake3(bytes);
    assert!(matches!(
        differences(&signed, &disk).as_slice(),
        [Difference::Changed { .. }]
    ));
}

#[test]
fn a_file_that_was_not_hashed_is_not_judged() {
    let mut disk = present(&[("a", "a")]);
    disk.files[0].pieces.clear();
    let found = compare(&manifest(files(), &["a"]), &disk, false);
    assert_eq!(found.weight(false), Some(Weight::Unjudged));
}
