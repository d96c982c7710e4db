use std::sync::{Arc, Mutex};

use chainwright_core::limits::Limits;
use chainwright_testkit::checkpoint::{Checkpoint, View};
use chainwright_testkit::gguf::Builder as Gguf;
use chainwright_testkit::npy::Builder as Npy;
use chainwright_testkit::safetensors::Builder as Safetensors;
use chainwright_weights::Dtype;
use proptest::prelude::*;

use super::*;

mod formats;

fn budget() -> Budget {
    Budget::untimed(Limits::default())
}

/// A file in memory.
#[derive(Default)]
struct Memory(Mutex<Vec<u8>>);

impl Sink for Memory {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        let mut held = self.0.lock().expect("not poisoned");
        let from = usize::try_from(offset).expect("small");
        let end = from.saturating_add(bytes.len());
        if held.len() < end {
            held.resize(end, 0);
        }
        held[from..end].copy_from_slice(bytes);
        Ok(())
    }
}

fn read(bytes: Vec<u8>) -> Opened {
    let bytes: SharedBytes = Arc::new(bytes);
    super::open(&bytes, &budget())
}

fn converted(opened: &Opened, options: &Options) -> (Report, Opened, Vec<u8>) {
    let sink = Memory::default();
    let report = convert(opened, &sink, options, &budget()).expect("convertible");
    let bytes = sink.0.into_inner().expect("not poisoned");
    let again = read(bytes.clone());
    (report, again, bytes)
}

fn values(opened: &Opened, name: &str) -> Vec<f32> {
    let tensor = opened
        .contiguous()
        .find(|tensor| tensor.name == name)
        .unwrap_or_else(|| panic!("no {name}"));
    chainwright_weights::decode::all(&tensor, 1000).expect("decodable")
}

fn floats(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

fn counting(count: u16) -> Vec<u8> {
    floats((0..count).map(f32::from))
}

fn view(name: &str, offset: i32, shape: &[i32], strides: &[i32]) -> View {
    View {
        name: name.to_owned(),
        class: "FloatStorage".to_owned(),
        storage: 0,
        offset,
        shape: shape.to_vec(),
        strides: strides.to_vec(),
    }
}

#[test]
fn views_of_a_storage_are_gathered_as_pytorch_indexes_them() {
    let checkpoint = Checkpoint::new()
        .storage(&counting(12))
        .view(view("plain", 0, &[3, 4], &[4, 1]))
        .view(view("transposed", 0, &[4, 3], &[1, 4]))
        .view(view("column", 2, &[3], &[4]))
        .view(view("expanded", 5, &[2, 3], &[0, 0]))
        .view(view("number", 7, &[], &[]))
        .view(view("empty", 0, &[0, 4], &[4, 1]));
    let opened = read(checkpoint.zip());
    assert_eq!(opened.format, Some(WeightFormat::TorchZip));
    assert_eq!((opened.refused.len(), opened.problems.len()), (0, 0));
    let (report, again, _) = converted(&opened, &Options::default());
    assert_eq!(report.tensors, 6);
    assert_eq!(values(&again, "plain")[..5], [0.0, 1.0, 2.0, 3.0, 4.0]);
    assert_eq!(values(&again, "transposed")[..4], [0.0, 4.0, 8.0, 1.0]);
    assert_eq!(values(&again, "column"), [2.0, 6.0, 10.0]);
    assert_eq!(values(&again, "expanded"), [5.0; 6]);
    assert_eq!(values(&again, "number"), [7.0]);
    assert_eq!(values(&again, "empty"), [0.0; 0]);
}

#[test]
fn a_call_beside_the_tensors_is_told_and_not_made() {
    let payload = b"\x8c\x05extracposix\nsystem\nX\x0b\x00\x00\x00echo inert\n\x85Rs";
    let checkpoint = Checkpoint::new()
        .tensor("weight", "FloatStorage", &[2], &counting(2))
        .extra(payload);
    let opened = read(checkpoint.zip());
    assert_eq!(opened.tensors.len(), 1);
    assert_eq!(opened.leftovers.len(), 1, "{:?}", opened.leftovers);
    assert!(
        opened
            .leftovers
            .iter()
            .any(|left| left.value.contains("posix.system"))
    );
    let (report, again, _) = converted(&opened, &Options::default());
    assert_eq!(values(&again, "weight"), [0.0, 1.0]);
    assert_eq!(report.leftovers.len(), 1);
}

#[test]
fn names_for_one_tensor_are_told_in_the_metadata_or_kept() {
    let tied = || {
        Checkpoint::new()
            .storage(&counting(4))
            .view(view("embed", 0, &[2, 2], &[2, 1]))
            .view(view("head", 0, &[2, 2], &[2, 1]))
            .view(view("part", 2, &[2], &[1]))
    };
    let opened = read(tied().zip());
    let (report, again, bytes) = converted(&opened, &Options::default());
    assert_eq!(
        report.tied,
        [TiedTensor {
            name: "head".to_owned(),
            kept: "embed".to_owned()
        }]
    );
    assert_eq!(again.tensors.len(), 2);
    assert!(
        again
            .metadata
            .contains(&("head".to_owned(), "embed".to_owned()))
    );
    let header = u64::from_le_bytes(bytes[..8].try_into().expect("eight"));
    assert_eq!(header % 8, 0);
    let keep = Options {
        tied: Tied::Keep,
        ..Options::default()
    };
    assert_eq!(converted(&opened, &keep).1.tensors.len(), 3);
}

#[test]
fn a_part_of_a_checkpoint_can_be_chosen() {
    let checkpoint = Checkpoint::new()
        .tensor("model.a", "FloatStorage", &[1], &counting(1))
        .tensor("other", "FloatStorage", &[1], &counting(1));
    let options = Options {
        root: Some("model".to_owned()),
        ..Options::default()
    };
    let (report, again, _) = converted(&read(checkpoint.zip()), &options);
    assert_eq!((report.tensors, report.outside), (1, 1));
    assert_eq!(again.tensors[0].name, "a");
}

#[test]
fn bytes_in_the_other_order_are_turned_round() {
    let swapped: Vec<u8> = [1.5_f32, -2.0]
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect();
    let checkpoint = Checkpoint::new()
        .tensor("w", "FloatStorage", &[2], &swapped)
        .byte_order("big");
    let (_, again, _) = converted(&read(checkpoint.zip()), &Options::default());
    assert_eq!(values(&again, "w"), [1.5, -2.0]);
}

#[test]
fn what_cannot_be_true_is_refused_by_name() {
    let storage = counting(4);
    for (what, shape, strides, offset) in [
        ("beyond the storage", vec![5], vec![1], 0),
        ("beyond by its offset", vec![4], vec![1], 1),
        ("beyond by its stride", vec![2], vec![4], 0),
        ("overflowing", vec![i32::MAX; 4], vec![i32::MAX; 4], 0),
        ("endless", vec![i32::MAX, 64], vec![0, 0], 0),
        ("negative", vec![-1], vec![1], 0),
        ("of two minds", vec![1, 1], vec![1], 0),
    ] {
        let checkpoint = Checkpoint::new()
            .storage(&storage)
            .view(view("w", offset, &shape, &strides));
        let opened = read(checkpoint.zip());
        assert_eq!(
            (opened.tensors.len(), opened.refused.len()),
            (0, 1),
            "{what}"
        );
        let sink = Memory::default();
        let error = convert(&opened, &sink, &Options::default(), &budget());
        assert!(matches!(error, Err(ConvertError::Empty)), "{what}");
    }
}

#[test]
fn other_weight_files_open_as_well() {
    let safetensors = Safetensors::new()
        .tensor("a", "BF16", &[2], &[0x80, 0x3f, 0, 0x40])
        .build();
    let opened_safetensors = read(safetensors);
    assert_eq!(opened_safetensors.format, Some(WeightFormat::Safetensors));
    assert_eq!(values(&opened_safetensors, "a"), [1.0, 2.0]);
    let npy = read(Npy::array("'<f4'", "(2,)").data(&counting(2)).build());
    assert_eq!(npy.format, Some(WeightFormat::Npy));
    assert_eq!(values(&npy, ""), [0.0, 1.0]);
    let gguf = read(
        Gguf::default()
            .tensor("t", 0, &[4, 2], &counting(8))
            .build(),
    );
    assert_eq!(gguf.format, Some(WeightFormat::Gguf));
    assert_eq!(gguf.tensors[0].shape, [2, 4]);
    assert_eq!(gguf.tensors[0].dtype, Dtype::F32);
    assert_eq!(read(b"plain text".to_vec()).format, None);
}

fn seeds() -> Vec<Vec<u8>> {
    let checkpoint = Checkpoint::new()
        .storage(&counting(6))
        .view(view("a", 0, &[2, 3], &[1, 2]))
        .tensor("b", "HalfStorage", &[2], &[0; 4]);
    let mut seeds = vec![
        checkpoint.zip(),
        checkpoint.pickle(),
        Safetensors::new().tensor("a", "F32", &[2], &[0; 8]).build(),
        Npy::array("'<f4'", "(2,)").data(&counting(2)).build(),
        Gguf::new().tensor("t", 0, &[4], &counting(4)).build(),
    ];
    seeds.extend(formats::seeds());
    seeds
}

/// Opens and converts whatever comes; what was opened is what is written.
fn survive(bytes: Vec<u8>) {
    let bytes: SharedBytes = Arc::new(bytes);
    let opened = open_beside(&bytes, "model.index", &formats::Counted, &budget());
    let sink = Memory::default();
    let wanted: u64 = opened.tensors.iter().map(|tensor| tensor.length).sum();
    if wanted < 1 << 20 && convert(&opened, &sink, &Options::default(), &budget()).is_ok() {
        let bytes = sink.0.into_inner().expect("not poisoned");
        let again = read(bytes);
        assert!(again.problems.is_empty() && again.refused.is_empty());
    }
}

#[test]
fn files_cut_anywhere_are_survived() {
    for seed in seeds() {
        for end in 0..seed.len() {
            survive(seed[..end].to_vec());
        }
    }
}

proptest! {
    #[test]
    fn changed_files_are_survived(
        seed in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let seeds = seeds();
        let mut bytes = seed.get(&seeds).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        survive(bytes);
    }
}
