//! Formats of Keras, ONNX, TensorFlow, Flax and TensorFlow Lite.

use chainwright_testkit::archive::{Zip, ZipEntry, zlib};
use chainwright_testkit::hdf5::{Data, Dataset, Element, Group};
use chainwright_testkit::protobuf::Message;
use chainwright_testkit::runtimes::TfLite;
use chainwright_testkit::{onnx, tensorflow};

use super::*;

/// Sixteen counted floats under every name but one.
pub(super) struct Counted;

impl Beside for Counted {
    fn open(&self, path: &str) -> Result<SharedBytes, String> {
        match path {
            "missing.bin" => Err("not there".to_owned()),
            _ => Ok(Arc::new(counting(16))),
        }
    }
}

fn beside(bytes: Vec<u8>, name: &str) -> Opened {
    let bytes: SharedBytes = Arc::new(bytes);
    open_beside(&bytes, name, &Counted, &budget())
}

fn refusal<'a>(opened: &'a Opened, name: &str) -> &'a str {
    let refused = opened.refused.iter().find(|refused| refused.name == name);
    refused.map_or_else(
        || panic!("{name} is not refused"),
        |refused| refused.reason.as_str(),
    )
}

fn shuffled(content: &[u8]) -> Vec<u8> {
    (0..4)
        .flat_map(|plane| content.iter().skip(plane).step_by(4).copied())
        .collect()
}

/// 3 × 5 floats, counted row by row, in chunks of 2 × 2; those at the edges hang over.
#[expect(clippy::arithmetic_side_effects, reason = "small numbers")]
fn tiles(filters: &[u16], pack: impl Fn(&[u8]) -> Vec<u8>) -> Dataset {
    let mut list = Vec::new();
    for row in (0..3_u16).step_by(2) {
        for column in (0..5_u16).step_by(2) {
            let cells = [(0, 0), (0, 1), (1, 0), (1, 1)];
            let cell = |(down, right): (u16, u16)| {
                let is_inside = row + down < 3 && column + right < 5;
                if is_inside {
                    f32::from((row + down) * 5 + column + right)
                } else {
                    -1.0
                }
            };
            let bytes = floats(cells.into_iter().map(cell));
            list.push((vec![u64::from(row), u64::from(column)], pack(&bytes)));
        }
    }
    Dataset::new(
        Element::Float32,
        &[3, 5],
        Data::Chunks(vec![2, 2], filters.to_vec(), list),
    )
}

fn keras_weights() -> Group {
    let vars = Group::default()
        .dataset(
            "0",
            Dataset::new(Element::Float32, &[2, 3], Data::Contiguous(counting(6))),
        )
        .dataset("1", tiles(&[2, 1], |bytes| zlib(&shuffled(bytes))));
    Group::default().group(
        "layers",
        Group::default().group("dense", Group::default().group("vars", vars)),
    )
}

fn onnx_model() -> Message {
    let numbers = onnx::shaped("typed", &[3], 6).packed(5, &[1, 300, u64::MAX]);
    let outside = onnx::external_tensor("outside", &[("location", "weights.bin")]);
    let tensors = [
        onnx::raw_tensor("raw", &[2, 3], 1, &counting(6)),
        numbers,
        outside,
    ];
    onnx::model(onnx::graph([onnx::node("", "Relu")], tensors))
}

fn bundle_of(entries: &[(&str, Message)]) -> Vec<u8> {
    let mut all = vec![("", tensorflow::bundle_header(1).build())];
    all.extend(
        entries
            .iter()
            .map(|(key, entry)| (*key, entry.clone().build())),
    );
    tensorflow::table(&all)
}

fn bundle() -> Vec<u8> {
    bundle_of(&[
        ("kernel", tensorflow::bundle_entry(1, &[2, 3], 0, 8, 24)),
        ("text", tensorflow::bundle_entry(7, &[1], 0, 0, 4)),
    ])
}

/// An array of Flax: an extension of type 1 with shape, type and bytes.
fn flax_array(shape: &[u8], kind: &str, bytes: &[u8]) -> Vec<u8> {
    let mut inner = vec![0x93, 0x90 | u8::try_from(shape.len()).expect("few")];
    inner.extend(shape);
    inner.push(0xa0 | u8::try_from(kind.len()).expect("short"));
    inner.extend(kind.as_bytes());
    inner.extend([0xc4, u8::try_from(bytes.len()).expect("small")]);
    inner.extend(bytes);
    [
        &[0xc7, u8::try_from(inner.len()).expect("small"), 1][..],
        &inner,
    ]
    .concat()
}

fn key(name: &str) -> Vec<u8> {
    [
        &[0xa0 | u8::try_from(name.len()).expect("short")][..],
        name.as_bytes(),
    ]
    .concat()
}

fn flax() -> Vec<u8> {
    [
        vec![0x82],
        key("params"),
        vec![0x82],
        key("bias"),
        flax_array(&[3], "float32", &counting(3)),
        key("step"),
        vec![7],
        key("list"),
        vec![0x92],
        flax_array(&[2], "bfloat16", &[0, 0, 128, 63]),
        vec![0xc0],
    ]
    .concat()
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    vec![
        keras_weights().build(),
        Zip::of([ZipEntry::stored(
            "model.weights.h5",
            keras_weights().build(),
        )])
        .build(),
        onnx_model().build(),
        bundle(),
        flax(),
        TfLite::honest().build(),
    ]
}

#[test]
fn tiles_of_hdf5_are_laid_side_by_side() {
    let expected: Vec<f32> = (0..15_u8).map(f32::from).collect();
    let lzf = |bytes: &[u8]| [&[u8::try_from(bytes.len() - 1).expect("short")][..], bytes].concat();
    let checked = |bytes: &[u8]| [bytes, &[0; 4]].concat();
    for (name, dataset) in [
        ("plain", tiles(&[], <[u8]>::to_vec)),
        ("deflate", tiles(&[1], zlib)),
        (
            "shuffle and deflate",
            tiles(&[2, 1], |bytes| zlib(&shuffled(bytes))),
        ),
        ("lzf", tiles(&[32_000], lzf)),
        ("checksum", tiles(&[3], checked)),
    ] {
        let opened = read(Group::default().dataset("t", dataset).build());
        assert_eq!(opened.format, Some(WeightFormat::Hdf5), "{name}");
        assert_eq!(values(&opened, "t"), expected, "{name}");
        let (_, again, _) = converted(&opened, &Options::default());
        assert_eq!(values(&again, "t"), expected, "{name}");
    }
}

#[test]
fn every_read_of_a_tiled_dataset_gives_the_same_bytes() {
    let opened = read(keras_weights().build());
    let tensor = opened
        .tensors
        .iter()
        .find(|tensor| tensor.name.ends_with("/1"))
        .expect("there");
    let whole = read_range(tensor.storage.as_ref(), 0, 1000).expect("readable");
    assert_eq!(whole, counting(15));
    for offset in 0..whole.len() {
        for length in [1, 3, 7, 100] {
            let part = read_range(tensor.storage.as_ref(), wide(offset), length).expect("readable");
            assert_eq!(part, whole[offset..(offset + length).min(whole.len())]);
        }
    }
}

#[test]
fn weights_of_keras_are_told_from_other_data() {
    let weights = keras_weights();
    assert_eq!(read(weights.build()).format, Some(WeightFormat::KerasHdf5));
    let archive = Zip::of([
        ZipEntry::stored("config.json", "{}"),
        ZipEntry::stored("model.weights.h5", weights.build()),
    ]);
    let packed = Zip::of([ZipEntry::deflated("model.weights.h5", weights.build())]);
    for bytes in [archive.build(), packed.build()] {
        let opened = read(bytes);
        assert_eq!(opened.format, Some(WeightFormat::KerasZip));
        assert_eq!(
            values(&opened, "layers/dense/vars/0"),
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        );
        assert_eq!(values(&opened, "layers/dense/vars/1").len(), 15);
    }
    let layer = Group::default().dataset("kernel:0", Dataset::zeros(&[2, 2]));
    let whole = Group::default()
        .attribute("keras_version", "2.15.0")
        .group("model_weights", Group::default().group("dense", layer));
    let opened = read(whole.build());
    assert_eq!(opened.format, Some(WeightFormat::KerasHdf5));
    assert_eq!(opened.tensors[0].name, "dense/kernel:0");
}

#[test]
fn what_lies_plainly_in_the_file_is_placed_and_the_rest_is_not() {
    let bytes: SharedBytes = Arc::new(keras_weights().build());
    let opened = open(&bytes, &budget());
    let places = opened.places(&bytes).expect("plain");
    let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
    assert_eq!(names, ["layers/dense/vars/0"]);
    let bytes: SharedBytes = Arc::new(onnx_model().build());
    let opened = open_beside(&bytes, "", &Counted, &budget());
    let places = opened.places(&bytes).expect("plain");
    let names: Vec<&str> = places.iter().map(|place| place.name.as_str()).collect();
    assert_eq!(names, ["raw"]);
}

#[test]
fn lies_about_chunks_are_refused_with_a_reason() {
    let chunk = counting(4);
    let list = |firsts: &[u64], bytes: &[u8]| vec![(firsts.to_vec(), bytes.to_vec())];
    let huge = 1 << 40;
    for (name, shape, data, reason) in [
        (
            "short",
            vec![2, 2],
            Data::Chunks(vec![2, 2], vec![], list(&[0, 0], &chunk[..15])),
            "fewer bytes",
        ),
        (
            "rank",
            vec![4],
            Data::Chunks(vec![2, 2], vec![], list(&[0, 0], &chunk)),
            "do not fit",
        ),
        (
            "zero",
            vec![4],
            Data::Chunks(vec![0], vec![], list(&[0], &chunk)),
            "do not fit",
        ),
        (
            "filter",
            vec![4],
            Data::Chunks(vec![4], vec![32_015], list(&[0], &chunk)),
            "Zstandard",
        ),
        (
            "strange",
            vec![4],
            Data::Chunks(vec![4], vec![999], list(&[0], &chunk)),
            "unknown filter 999",
        ),
        (
            "bomb",
            vec![huge],
            Data::Chunks(vec![4], vec![1], list(&[0], &zlib(&chunk))),
            "enormous",
        ),
        (
            "wide",
            vec![4, huge / 4],
            Data::Chunks(vec![4, 4], vec![1], list(&[0, 0], &chunk)),
            "too large",
        ),
        (
            "fat",
            vec![4],
            Data::Chunks(vec![u32::MAX], vec![1], list(&[0], &chunk)),
            "too large",
        ),
        (
            "overflow",
            vec![u64::MAX, 9],
            Data::Chunks(vec![4, 4], vec![], list(&[0, 0], &chunk)),
            "overflows",
        ),
        (
            "unwritten",
            vec![huge],
            Data::Chunked(vec![4]),
            "never written",
        ),
        ("beyond", vec![4], Data::At(1 << 20, 16), "beyond the file"),
        ("meagre", vec![4], Data::At(0, 8), "fewer bytes"),
        (
            "elsewhere",
            vec![4],
            Data::External(vec!["other.bin".to_owned()]),
            "other files",
        ),
    ] {
        let dataset = Dataset::new(Element::Float32, &shape, data);
        let opened = read(Group::default().dataset(name, dataset).build());
        assert!(
            refusal(&opened, name).contains(reason),
            "{name}: {:?}",
            opened.refused
        );
        assert!(opened.tensors.is_empty());
    }
}

#[test]
fn broken_and_absent_chunks_are_told_apart() {
    let broken = vec![(vec![0], vec![1, 2, 3, 4])];
    let cut = vec![(vec![0], zlib(&counting(3)))];
    let long = vec![(vec![0], zlib(&vec![0; 1 << 20]))];
    for list in [broken, cut, long] {
        let data = Data::Chunks(vec![4], vec![1], list);
        let dataset = Dataset::new(Element::Float32, &[4], data);
        let opened = read(Group::default().dataset("t", dataset).build());
        let error = convert(&opened, &Memory::default(), &Options::default(), &budget());
        assert!(error.is_err());
    }
    // A chunk outside of the grid, as shrunk datasets have them, and none where one should be.
    let list = vec![
        (vec![4], counting(4)),
        (vec![80], counting(4)),
        (vec![5], counting(4)),
    ];
    let dataset = Dataset::new(Element::Float32, &[8], Data::Chunks(vec![4], vec![], list));
    let opened = read(Group::default().dataset("t", dataset).build());
    assert_eq!(
        values(&opened, "t"),
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]
    );
    let unwritten = Dataset::new(Element::Float32, &[3], Data::Chunked(vec![2]));
    let opened = read(Group::default().dataset("t", unwritten).build());
    assert_eq!(values(&opened, "t"), [0.0; 3]);
}

#[test]
fn a_tree_that_leads_back_to_itself_ends() {
    let mut bytes = Group::default()
        .dataset("t", tiles(&[], <[u8]>::to_vec))
        .build();
    let node = bytes
        .windows(4)
        .position(|part| part == b"TREE")
        .expect("a tree");
    bytes[node + 5] = 1;
    // Each entry is a key of 32 bytes and a child; all children become the node itself.
    for entry in 0..6 {
        let child = node + 24 + entry * 40 + 32;
        bytes[child..child + 8].copy_from_slice(&wide(node).to_le_bytes());
    }
    let opened = read(bytes);
    assert!(refusal(&opened, "t").contains("broken"));
}

#[test]
fn initializers_of_onnx_are_read_wherever_they_are() {
    let opened = beside(onnx_model().build(), "model.onnx");
    assert_eq!(opened.format, Some(WeightFormat::Onnx));
    assert_eq!(values(&opened, "raw"), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert_eq!(values(&opened, "typed"), [1.0, 300.0, -1.0]);
    assert_eq!(values(&opened, "outside").len(), 16);
    let alone = read(onnx_model().build());
    assert_eq!(alone.tensors.len(), 2);
    assert!(refusal(&alone, "outside").contains("not looked at"));
}

#[test]
fn lies_of_onnx_are_refused_with_a_reason() {
    let outside = |entries: &[(&str, &str)]| onnx::external_tensor("t", entries);
    let sizes = [u64::MAX, u64::MAX];
    for (tensor, reason) in [
        (
            onnx::raw_tensor("t", &[2, 3], 1, &counting(5)),
            "another number",
        ),
        (onnx::raw_tensor("t", &sizes, 1, &counting(5)), "overflows"),
        (onnx::raw_tensor("t", &[2], 22, &[1]), "INT4"),
        (onnx::raw_tensor("t", &[2], 777, &[1]), "777"),
        (onnx::shaped("t", &[1 << 40], 1), "no data"),
        (
            onnx::shaped("t", &[1 << 30], 7).packed(7, &[1]),
            "one by one",
        ),
        (
            onnx::shaped("t", &[2], 7).packed(7, &[1, 2, 3]),
            "another number",
        ),
        (onnx::shaped("t", &[2], 7).packed(5, &[1, 2]), "no writer"),
        (
            onnx::raw_tensor("t", &[1], 1, &[0; 4]).packed(4, &[0]),
            "several places",
        ),
        (
            outside(&[("location", "../weights.bin")]),
            "no file beside it",
        ),
        (
            outside(&[("location", "/etc/weights.bin")]),
            "no file beside it",
        ),
        (outside(&[("location", "missing.bin")]), "not there"),
        (
            outside(&[("location", "w"), ("offset", "8")]),
            "beyond its file",
        ),
        (
            outside(&[("location", "w"), ("length", "8")]),
            "another number",
        ),
        (outside(&[("location", "w"), ("offset", "-1")]), "no writer"),
        (outside(&[]), "does not say"),
    ] {
        let model = onnx::model(onnx::graph([onnx::node("", "Relu")], [tensor]));
        let opened = beside(model.build(), "model.onnx");
        assert!(
            refusal(&opened, "t").contains(reason),
            "{reason}: {:?}",
            opened.refused
        );
    }
}

#[test]
fn variables_of_tensorflow_are_read_from_the_data_beside() {
    for name in ["model.index", "saved_model.pb"] {
        let index = match name {
            "saved_model.pb" => tensorflow::saved_model([]),
            _ => bundle(),
        };
        let opened = beside(index, name);
        if name == "model.index" {
            assert_eq!(opened.format, Some(WeightFormat::TensorFlow));
            assert_eq!(values(&opened, "kernel"), [2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
            assert_eq!(opened.leftovers[0].name, "text");
        } else {
            // What lies beside is no index here.
            assert!(opened.tensors.is_empty());
        }
    }
    let alone = read(bundle());
    assert!(refusal(&alone, "kernel").contains("not looked at"));
    for (entry, reason) in [
        (
            tensorflow::bundle_entry(1, &[2, 3], 0, 60, 24),
            "beyond its data file",
        ),
        (
            tensorflow::bundle_entry(1, &[2, 3], 0, 0, 20),
            "another number",
        ),
        (
            tensorflow::bundle_entry(1, &[2, -1], 0, 0, 8),
            "shape is not known",
        ),
        (
            tensorflow::bundle_entry(99, &[2], 0, 0, 8),
            "element type 99",
        ),
        (
            tensorflow::bundle_entry(1, &[2], 0, 0, 8).bytes(7, &[]),
            "slices",
        ),
    ] {
        let opened = beside(bundle_of(&[("kernel", entry)]), "model.index");
        assert!(refusal(&opened, "kernel").contains(reason), "{reason}");
    }
}

#[test]
fn parameters_of_flax_are_named_by_their_keys() {
    let opened = read(flax());
    assert_eq!(opened.format, Some(WeightFormat::Flax));
    assert_eq!(values(&opened, "params/bias"), [0.0, 1.0, 2.0]);
    assert_eq!(values(&opened, "list/0"), [0.0, 1.0]);
    assert_eq!(opened.leftovers[0].name, "params/step");
    for (array, reason) in [
        (flax_array(&[3], "float32", &counting(2)), "another number"),
        (flax_array(&[3], "object", &counting(3)), "`object`"),
        (vec![0xc7, 2, 1, 0x93, 0x91], "not complete"),
    ] {
        let bytes = [vec![0x81], key("t"), array].concat();
        assert!(refusal(&read(bytes), "t").contains(reason), "{reason}");
    }
    let no_arrays = [vec![0x81], key("t"), vec![7]].concat();
    assert_eq!(read(no_arrays).format, None);
}

#[test]
fn arrays_that_flax_cuts_into_chunks_are_whole_again() {
    let chunks = |numbers: [&str; 2]| {
        [
            vec![0x81],
            key("t"),
            vec![0x83],
            [&[0xb9][..], b"__msgpack_chunked_array__"].concat(),
            vec![0xc3],
            key("shape"),
            vec![0x82],
            key("0"),
            vec![1],
            key("1"),
            vec![3],
            key("chunks"),
            vec![0x82],
            key(numbers[0]),
            flax_array(&[2], "float32", &counting(2)),
            key(numbers[1]),
            flax_array(&[1], "float32", &floats([9.0])),
        ]
        .concat()
    };
    let opened = read(chunks(["0", "1"]));
    assert_eq!(opened.tensors[0].shape, [1, 3]);
    assert_eq!(values(&opened, "t"), [0.0, 1.0, 9.0]);
    assert!(refusal(&read(chunks(["0", "2"])), "t").contains("missing"));
}

#[test]
fn nesting_without_end_is_bounded() {
    let deep = [vec![0x81], key("a")].concat().repeat(10_000);
    assert!(read(deep).tensors.is_empty());
    let wide = [
        vec![0xdf, 0xff, 0xff, 0xff, 0xff],
        key("a"),
        flax_array(&[1], "int8", &[1]),
    ]
    .concat();
    let opened = read(wide);
    assert_eq!(opened.tensors.len(), 1);
    assert_eq!(opened.problems[0].kind, ProblemKind::Truncated);
}

#[test]
fn buffers_of_tensorflow_lite_are_read() {
    let opened = read(TfLite::honest().build());
    assert_eq!(opened.format, Some(WeightFormat::TfLite));
    assert!(opened.problems.is_empty(), "{:?}", opened.problems);
    assert!(!opened.tensors.is_empty(), "{:?}", opened.refused);
}
