//! Weight files that reach other files, ask for memory or lie.

use super::{
    Case, Data, Dataset, Element, Group, archive, dense, legacy_h5, legacy_sequential, malicious,
    sequential, weights,
};

pub(super) fn cases() -> Vec<Case> {
    let bare = || {
        Group::default()
            .attribute("backend", "tensorflow")
            .attribute("keras_version", "2.15.0")
    };
    let vars = |dataset: Dataset| {
        let vars = Group::default().group("vars", Group::default().dataset("0", dataset));
        Group::default().group("layers", Group::default().group("dense", vars))
    };
    let stored = |files: &[&str]| {
        let files = files.iter().map(|&file| file.to_owned()).collect();
        Dataset::new(Element::Byte, &[10], Data::External(files))
    };
    let mapped = |file: &str| {
        Dataset::new(
            Element::Float32,
            &[10],
            Data::Virtual(vec![(file.to_owned(), "/data".to_owned())]),
        )
    };
    let file = |class, name: &str, group: &Group| {
        malicious(class, name, "model.weights.h5", group.build())
    };
    let mut doubled = legacy_h5(&legacy_sequential(&[]));
    doubled = doubled.attribute("model_config", "{}");
    vec![
        file(
            "keras-hdf5-link",
            "absolute",
            &bare().external("dense", "/etc/hostname", "/x"),
        ),
        file(
            "keras-hdf5-link",
            "parent",
            &bare().external("dense", "../other.h5", "/x"),
        ),
        file(
            "keras-hdf5-link",
            "neighbour",
            &bare().external("dense", "other.h5", "/x"),
        ),
        file(
            "keras-hdf5-link",
            "windows-share",
            &bare().external("dense", "\\\\host\\share\\x.h5", "/x"),
        ),
        file(
            "keras-hdf5-link",
            "deep-group",
            &weights().group(
                "optimizer",
                Group::default().group("vars", bare().external("0", "/etc/passwd", "/")),
            ),
        ),
        file(
            "keras-hdf5-storage",
            "absolute",
            &vars(stored(&["/etc/hostname"])),
        ),
        file(
            "keras-hdf5-storage",
            "parent",
            &vars(stored(&["../../secret"])),
        ),
        file(
            "keras-hdf5-storage",
            "second-file",
            &vars(stored(&["part.bin", "/proc/self/environ"])),
        ),
        file(
            "keras-hdf5-virtual",
            "absolute",
            &vars(mapped("/etc/data.h5")),
        ),
        file("keras-hdf5-virtual", "neighbour", &vars(mapped("other.h5"))),
        file(
            "keras-hdf5-bomb",
            "contiguous",
            &vars(Dataset::new(
                Element::Float32,
                &[1 << 40],
                Data::At(u64::MAX, 0),
            )),
        ),
        file(
            "keras-hdf5-bomb",
            "chunked",
            &vars(Dataset::new(
                Element::Float32,
                &[1 << 20, 1 << 20],
                Data::Chunked(vec![1024, 1024]),
            )),
        ),
        file(
            "keras-hdf5-bomb",
            "overflow",
            &vars(Dataset::new(
                Element::Float32,
                &[1 << 40, 1 << 40],
                Data::At(u64::MAX, 0),
            )),
        ),
        file(
            "keras-hdf5-bounds",
            "behind-the-file",
            &vars(Dataset::new(Element::Byte, &[64], Data::At(1 << 30, 64))),
        ),
        malicious(
            "keras-hdf5-ambiguous",
            "configuration-twice",
            "model.h5",
            doubled.build(),
        ),
        malicious(
            "keras-hdf5-link",
            "inside-archive",
            "model.keras",
            archive(
                &sequential(&[dense()]),
                &bare().external("layers", "/etc/hostname", "/x"),
            ),
        ),
    ]
}
