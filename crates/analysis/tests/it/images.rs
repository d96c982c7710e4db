//! Images as a whole: how many members they may have, what is altered, and hostile archives.

use std::sync::Arc;

use chainwright_analysis::facts::Facts;
use chainwright_analysis::ownership::Alteration;
use chainwright_analysis::{Artifact, Inspected, images, inspect, ownership};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_testkit::archive::{TarEntry, TarKind};
use chainwright_testkit::image::{Image, Packing, python_package};
use proptest::prelude::*;

const SITE: &str = "usr/lib/python3.11/site-packages/";

fn limits() -> Limits {
    Limits {
        members: 20,
        image_members: 50,
        ..Limits::default()
    }
}

/// Everything that is seen in files, put together as the engine does.
fn looked(files: &[(String, Vec<u8>)]) -> Vec<Inspected> {
    let read = |(name, bytes): &(String, Vec<u8>)| {
        let artifact = Artifact {
            location: Location::file(name.clone()),
            bytes: Arc::new(bytes.clone()),
        };
        let limits = limits().for_file(bytes.len() as u64);
        inspect(&artifact, None, &Budget::untimed(limits))
    };
    let mut all: Vec<Inspected> = files.iter().flat_map(read).collect();
    ownership::settle(&mut all);
    images::stack(&mut all, &[]);
    all
}

fn saved(image: &Image) -> Vec<Inspected> {
    looked(&[("image.tar".to_owned(), image.saved())])
}

fn files(count: usize) -> Vec<TarEntry> {
    (0..count)
        .map(|number| TarEntry::file(format!("app/{number}.txt"), "text\n"))
        .collect()
}

fn said(artifacts: &[Inspected]) -> Vec<String> {
    let problems = artifacts.iter().flat_map(|artifact| &artifact.problems);
    problems.map(|problem| problem.detail.clone()).collect()
}

/// What is altered, as `PATH HOW LAYER`.
fn altered(layers: &[Vec<TarEntry>]) -> Vec<String> {
    let found = saved(&Image::new(layers.to_vec()).packed(Packing::Gzip));
    assert_eq!(said(&found), Vec::<String>::new());
    let files = found.iter().flat_map(|artifact| &artifact.facts);
    files
        .filter_map(|facts| match facts {
            Facts::Altered(files) => Some(files),
            _ => None,
        })
        .flatten()
        .map(|file| format!("{} {:?} {:?}", file.path, file.how, file.layer))
        .collect()
}

#[test]
fn members_of_layers_count_once_and_against_a_limit_of_their_own() {
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstandard] {
        let image = Image::new([files(30), files(20)]).packed(packing);
        assert_eq!(said(&saved(&image)), Vec::<String>::new(), "{packing:?}");
        assert_eq!(
            said(&looked(&image.layout())),
            Vec::<String>::new(),
            "{packing:?}"
        );
        let larger = Image::new([files(30), files(21)]).packed(packing);
        assert_eq!(
            said(&saved(&larger)),
            ["more than 50 members"],
            "{packing:?}"
        );
    }
}

#[test]
fn other_archives_keep_their_limit() {
    let archive = chainwright_testkit::archive::tar(&files(21));
    let found = looked(&[("data.tar".to_owned(), archive)]);
    assert_eq!(said(&found), ["more than 20 members"]);
}

#[test]
fn altered_files_are_told_with_the_layer_that_holds_them() {
    let package = || {
        python_package(
            SITE,
            "demo",
            &[("demo/a.py", b"x = 1\n"), ("demo/b.py", b"y = 1\n")],
        )
    };
    let change = |name: &str| vec![TarEntry::file(format!("{SITE}{name}"), "z = 1\n")];
    assert_eq!(altered(&[package()]), Vec::<String>::new());
    assert_eq!(
        altered(&[package(), change("demo/a.py")]),
        ["demo/a.py Changed Some(1)"]
    );
    assert_eq!(
        altered(&[change("demo/a.py"), package()]),
        Vec::<String>::new()
    );
    assert_eq!(
        altered(&[package(), change("demo/new.py")]),
        Vec::<String>::new()
    );
    let deleted = vec![TarEntry::file(format!("{SITE}demo/.wh.a.py"), "")];
    assert_eq!(altered(&[package(), deleted]), Vec::<String>::new());
    let gone = vec![TarEntry::file(format!("{SITE}.wh.demo-1.0.dist-info"), "")];
    assert_eq!(
        altered(&[package(), change("demo/a.py"), gone]),
        Vec::<String>::new()
    );
    let listed = vec![TarEntry::file(
        "var/lib/dpkg/info/python3-demo.list",
        format!("/.\n/{SITE}demo-1.0.dist-info/RECORD\n"),
    )];
    assert_eq!(
        altered(&[package(), change("demo/a.py"), listed]),
        Vec::<String>::new()
    );
    let linked = vec![TarEntry::link(
        TarKind::Symlink,
        format!("{SITE}demo/a.py"),
        "/elsewhere",
    )];
    assert_eq!(altered(&[package(), linked]), Vec::<String>::new());
}

#[test]
fn libraries_that_all_shrank_are_told_apart_from_one_that_changed() {
    let native: &[u8] = b"\x7fELF inert, long enough to lose something";
    let names = ["demo/a.so", "demo/b.so", "demo/c.so.1"];
    let package = || python_package(SITE, "demo", &names.map(|name| (name, native)));
    let shrunk = |count: usize| -> Vec<TarEntry> {
        let shrunk = names.iter().take(count);
        shrunk
            .map(|name| TarEntry::file(format!("{SITE}{name}"), "\x7fELF"))
            .collect()
    };
    let how = |layers: &[Vec<TarEntry>]| {
        let told = altered(layers);
        let stripped = format!("{:?}", Alteration::Stripped);
        (
            told.len(),
            told.iter().filter(|line| line.contains(&stripped)).count(),
        )
    };
    assert_eq!(how(&[package(), shrunk(3)]), (3, 3));
    assert_eq!(how(&[package(), shrunk(1)]), (1, 0));
}

#[test]
fn a_large_file_in_a_compressed_layer_is_compared_as_well() {
    let large: Vec<u8> = (0..=250_u8).cycle().take(17 * 1024 * 1024 + 5).collect();
    let mut other = large.clone();
    other[8 * 1024 * 1024] ^= 1;
    let package = python_package(SITE, "demo", &[("demo/large.dat", &large)]);
    let image = |layers: Vec<Vec<TarEntry>>| altered(&layers);
    assert_eq!(image(vec![package.clone()]), Vec::<String>::new());
    let change = vec![TarEntry::file(format!("{SITE}demo/large.dat"), other)];
    assert_eq!(
        image(vec![package, change]),
        ["demo/large.dat Changed Some(1)"]
    );
}

#[test]
fn more_texts_than_may_wait_are_all_judged() {
    let text = format!(
        "import os\nos.system('echo inert')\n#{}\n",
        "x".repeat(900_000)
    );
    let names: Vec<String> = (0..45).map(|number| format!("app/{number}.py")).collect();
    let layer: Vec<TarEntry> = names
        .iter()
        .map(|name| TarEntry::file(name.as_str(), text.as_str()))
        .collect();
    let judged = |found: &[Inspected]| {
        let judged = found.iter().flat_map(|artifact| &artifact.facts);
        judged
            .filter(|facts| matches!(facts, Facts::Python(python) if !python.behaviours.is_empty()))
            .count()
    };
    let twice = Image::new([layer.clone(), layer]);
    let files = twice.packed(Packing::Gzip).layout();
    assert_eq!(judged(&looked(&files)), 90);
}

#[test]
fn an_image_may_end_anywhere() {
    let package = python_package(SITE, "demo", &[("demo/a.py", b"x = 1\n")]);
    let whiteout = vec![TarEntry::file(format!("{SITE}demo/.wh.a.py"), "")];
    let whole = Image::new([package, whiteout])
        .packed(Packing::Gzip)
        .saved();
    for end in (0..whole.len()).step_by(37) {
        let found = looked(&[("image.tar".to_owned(), whole[..end].to_vec())]);
        assert!(!found.is_empty(), "cut at {end}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changed_images_are_read_without_a_panic_and_the_same_way_twice(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        is_packed in any::<bool>(),
    ) {
        let package = python_package(SITE, "demo", &[("demo/a.py", b"x = 1\n"), ("x.pth", b"import x\n")]);
        let packing = if is_packed { Packing::Gzip } else { Packing::Plain };
        let image = Image::new([package, vec![TarEntry::file("app/.wh.a", "")]]).packed(packing);
        let mut bytes = image.saved();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let files = [("image.tar".to_owned(), bytes)];
        prop_assert_eq!(looked(&files), looked(&files));
    }
}
