//! HDF5 by its structure.

use std::sync::Arc;

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::limits::Limits;
use chainwright_core::model::{Effect, ModelHazardKind as K};
use chainwright_core::problem::ProblemKind;
use chainwright_keras::Kind;
use chainwright_keras::hdf5::{Storage, datasets};
use chainwright_testkit::hdf5::{Data, Dataset, Element, Group};
use chainwright_testkit::keras;

use super::read_as;

#[track_caller]
fn check(group: &Group, expected: &[(K, Effect, &str)]) {
    let facts = read_as(Kind::Hdf5, &group.build());
    let found: Vec<_> = facts
        .hazards
        .iter()
        .map(|hazard| (hazard.kind, hazard.effect, hazard.subject.as_str()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(facts.problems, []);
}

#[test]
fn an_external_link_is_judged_by_where_it_leads() {
    let link = |file: &str| Group::default().external("x", file, "/y");
    check(
        &link("/etc/x"),
        &[(K::PathAbsolute, Effect::OnLoad, "/etc/x")],
    );
    check(
        &link("C:\\x"),
        &[(K::PathAbsolute, Effect::OnLoad, "C:\\x")],
    );
    check(
        &link("a/../../x"),
        &[(K::PathEscape, Effect::OnLoad, "a/../../x")],
    );
    check(&link("x.h5"), &[(K::FileRead, Effect::OnLoad, "x.h5")]);
    check(
        &link("s3://b/x.h5"),
        &[(K::NetworkUse, Effect::OnLoad, "s3://b/x.h5")],
    );
    check(&link("."), &[]);
    check(
        &link("x.h5").attribute("NX_class", "NXroot"),
        &[(K::FileRead, Effect::Conditional, "x.h5")],
    );
}

#[test]
fn keras_weights_that_pose_as_science_stay_weights() {
    let group = Group::default()
        .attribute("NX_class", "NXroot")
        .attribute("layer_names", "dense")
        .external("dense", "x.h5", "/y");
    check(&group, &[(K::FileRead, Effect::OnLoad, "x.h5")]);
}

#[test]
fn the_sources_of_a_virtual_dataset_are_found() {
    let sources = ["/a.h5", ".", "../b.h5"].map(|file| (file.to_owned(), "/d".to_owned()));
    let dataset = Dataset::new(Element::Float32, &[4], Data::Virtual(sources.to_vec()));
    check(
        &Group::default().dataset("v", dataset),
        &[
            (K::PathEscape, Effect::OnLoad, "../b.h5"),
            (K::PathAbsolute, Effect::OnLoad, "/a.h5"),
        ],
    );
}

#[test]
fn links_of_one_name_are_ambiguous() {
    let group = Group::default()
        .dataset("a", Dataset::zeros(&[1]))
        .dataset("a", Dataset::zeros(&[2]));
    check(&group, &[(K::Ambiguous, Effect::OnLoad, "/")]);
}

#[test]
fn soft_links_and_empty_groups_are_nothing() {
    check(
        &Group::default()
            .soft("a", "/nowhere")
            .group("g", Group::default()),
        &[],
    );
}

#[test]
fn groups_may_be_nested_but_not_without_end() {
    let nested = |depth: usize| {
        (0..depth).fold(Group::default(), |group, _| {
            Group::default().group("g", group)
        })
    };
    check(&nested(100), &[]);
}

#[test]
fn datasets_say_where_their_bytes_lie() {
    let group = Group::default().group(
        "layer",
        Group::default().dataset(
            "kernel:0",
            Dataset::new(Element::Float32, &[2, 2], Data::Contiguous(vec![7; 16])),
        ),
    );
    let bytes = group.build();
    let source: SharedBytes = Arc::new(bytes.clone());
    let found = datasets(&source, &Budget::untimed(Limits::default()));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].path.as_str(), found[0].dtype.as_str()),
        ("/layer/kernel:0", "<f4")
    );
    assert_eq!(found[0].shape, [2, 2]);
    let Storage::Contiguous { offset, length } = found[0].storage else {
        panic!("{:?}", found[0].storage)
    };
    let offset = usize::try_from(offset).unwrap();
    assert_eq!((&bytes[offset..offset + 16], length), (&[7_u8; 16][..], 16));
}

#[test]
fn a_pickle_in_an_attribute_and_in_bytes_becomes_a_part() {
    let pickle = b"\x80\x02]q\x00.".to_vec();
    let group = Group::default().attribute("title", pickle.clone()).dataset(
        "object",
        Dataset::new(Element::Byte, &[7], Data::Contiguous(pickle)),
    );
    let facts = read_as(Kind::Hdf5, &group.build());
    let names: Vec<&str> = facts.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["/@title", "/object"]);
}

#[test]
fn bytes_around_the_file_are_noted() {
    let mut bytes = keras::weights().build();
    bytes.extend(b"more");
    let facts = read_as(Kind::Hdf5, &bytes);
    assert!(facts.has(K::StrayData));
    assert_eq!(facts.parts.len(), 1);
}

#[test]
fn a_cut_file_is_a_quiet_note() {
    let bytes = keras::weights().build();
    let facts = read_as(Kind::Hdf5, &bytes[..bytes.len() - 1]);
    assert_eq!(facts.hazards, []);
    assert!(
        facts
            .problems
            .iter()
            .any(|problem| problem.kind == ProblemKind::Truncated)
    );
}

#[test]
fn the_configuration_in_an_attribute_has_no_safe_mode() {
    let config = keras::sequential(&[keras::lambda(&keras::bytecode(&["value"]))]);
    check(
        &keras::legacy_h5(&config),
        &[(
            K::EmbeddedCode,
            Effect::OnLoad,
            "bytecode with <stdin>, value",
        )],
    );
}
