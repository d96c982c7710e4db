//! Checkpoints of PyTorch and other pickles with arrays: where the storages lie.

mod reconstruct;
mod walk;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chainwright_containers::{ContainerKind, Entry, Member};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{Cursor, SharedBytes, Window, read_range};
use chainwright_core::fields::{narrow, u64_le};
use chainwright_core::location::Place;
use chainwright_core::problem::{Problem, ProblemKind};
use chainwright_weights::Dtype;

use crate::npy;
use crate::pickled::{Heap, Id, Limit, Node, read};
use crate::stored::{Opened, Refused, WeightFormat};

pub(crate) use reconstruct::joblib_array;

/// `MAGIC_NUMBER` of `torch/serialization.py` as protocol 2 writes it.
const LEGACY_MAGIC: &[u8] = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.";
/// Members of an archive that are listed.
const MOST_MEMBERS: usize = 1_000_000;

/// What a pickle's descriptions are read with.
pub(crate) struct Source<'a> {
    pub(crate) heap: &'a Heap,
    /// The bytes that the pickle lies in.
    pub(crate) stream: SharedBytes,
    /// Raw storages by their key.
    pub(crate) storages: HashMap<String, (SharedBytes, u64)>,
    pub(crate) big_endian: bool,
}

/// A zip: PyTorch since 1.6, TorchScript, or NumPy arrays.
pub(crate) fn open_zip(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let archive = chainwright_containers::open(bytes, ContainerKind::Zip, budget);
    let mut members: BTreeMap<String, Member> = BTreeMap::new();
    for member in archive.members.into_iter().take(MOST_MEMBERS) {
        if member.entry == Entry::File && member.views.central {
            members.entry(member.name.clone()).or_insert(member);
        }
    }
    let is_pickle = |name: &&String| name.as_str() == "data.pkl" || name.ends_with("/data.pkl");
    let shallowest = members
        .keys()
        .filter(is_pickle)
        .min_by_key(|name| name.matches('/').count())
        .cloned();
    if let Some(name) = shallowest {
        return torch_zip(&name, &members, budget);
    }
    if members.keys().any(|name| is_keras_weights(name)) {
        return keras_zip(&members, budget);
    }
    npz(&members, budget)
}

/// `model.weights.h5` of a `.keras` archive, or one of several that a large model is cut into.
fn is_keras_weights(name: &str) -> bool {
    name.ends_with(".weights.h5")
}

/// Bytes of compressed weights that are unpacked: HDF5 needs its bytes in any order. Keras stores them uncompressed.
const UNPACKED: u64 = 64 * 1024 * 1024;

fn keras_zip(members: &BTreeMap<String, Member>, budget: &Budget) -> Opened {
    let mut opened = Opened::of(WeightFormat::KerasZip);
    for (name, member) in members.iter().filter(|(name, _)| is_keras_weights(name)) {
        let Some(bytes) = &member.bytes else {
            continue;
        };
        let bytes = match random_access(bytes) {
            Ok(bytes) => bytes,
            Err(reason) => {
                opened.refused.push(Refused {
                    name: name.clone(),
                    reason,
                });
                continue;
            }
        };
        // Numbers of storages count from zero in each member.
        let shift = opened.tensors.iter().map(|tensor| tensor.storage_id).max();
        let shift = shift.map_or(0, |last| last.saturating_add(1));
        let mut inner = crate::hdf5::open(&bytes, budget);
        for tensor in &mut inner.tensors {
            tensor.storage_id = tensor.storage_id.saturating_add(shift);
        }
        opened.tensors.append(&mut inner.tensors);
        opened.refused.append(&mut inner.refused);
        opened.problems.append(&mut inner.problems);
        for leftover in inner.leftovers {
            opened.leave(leftover);
        }
    }
    opened
}

/// The same bytes, unpacked if they are compressed.
fn random_access(bytes: &SharedBytes) -> Result<SharedBytes, String> {
    if !bytes.is_sequential() {
        return Ok(bytes.clone());
    }
    let most = usize::try_from(UNPACKED).unwrap_or(usize::MAX);
    let mut held = Vec::new();
    let mut piece = vec![0; 1024 * 1024];
    loop {
        let at = u64::try_from(held.len()).unwrap_or(u64::MAX);
        let count = bytes
            .read_at(at, &mut piece)
            .map_err(|error| error.to_string())?;
        if count == 0 {
            return Ok(Arc::new(held));
        }
        held.extend_from_slice(piece.get(..count).unwrap_or_default());
        if held.len() > most {
            return Err("it is compressed, and too large to be unpacked in memory".to_owned());
        }
    }
}

fn npz(members: &BTreeMap<String, Member>, budget: &Budget) -> Opened {
    let mut opened = Opened::default();
    for (index, (name, member)) in members.iter().enumerate() {
        let (Some(name), Some(bytes)) = (name.strip_suffix(".npy"), &member.bytes) else {
            continue;
        };
        opened.format = Some(WeightFormat::Npz);
        let id = u64::try_from(index).unwrap_or(u64::MAX);
        match npy::array(bytes, name, id, budget) {
            Ok(tensor) => opened.tensors.push(tensor),
            Err(reason) => opened.refused.push(Refused {
                name: name.to_owned(),
                reason,
            }),
        }
    }
    opened
}

fn torch_zip(pickle: &str, members: &BTreeMap<String, Member>, budget: &Budget) -> Opened {
    let mut opened = Opened::of(WeightFormat::TorchZip);
    let root = pickle.strip_suffix("data.pkl").unwrap_or_default();
    let Some(stream) = members.get(pickle).and_then(|member| member.bytes.clone()) else {
        return opened;
    };
    let data = format!("{root}data/");
    let mut storages = HashMap::new();
    for (index, (name, member)) in members.range(data.clone()..).enumerate() {
        let Some(key) = name.strip_prefix(&data) else {
            break;
        };
        if let Some(bytes) = &member.bytes {
            let id = u64::try_from(index).unwrap_or(u64::MAX);
            storages.insert(key.to_owned(), (bytes.clone(), id));
        }
    }
    let order = members
        .get(&format!("{root}byteorder"))
        .and_then(|member| member.bytes.as_ref())
        .and_then(|bytes| read_range(bytes.as_ref(), 0, 16).ok());
    let mut heap = Heap::default();
    let mut cursor = Cursor::new(stream.as_ref());
    match read(&mut cursor, &mut heap, budget) {
        Ok(value) => {
            let source = Source {
                heap: &heap,
                stream: stream.clone(),
                storages,
                big_endian: order.as_deref() == Some(b"big"),
            };
            walk::collect(&source, value, budget, &mut opened);
        }
        Err(limit) => opened.problems.push(problem(&limit, cursor.position())),
    }
    opened
}

/// A stream of pickles: PyTorch before 1.6, or a plain pickle.
pub(crate) fn open_stream(bytes: &SharedBytes, budget: &Budget) -> Opened {
    let head = read_range(bytes.as_ref(), 0, LEGACY_MAGIC.len()).unwrap_or_default();
    let mut heap = Heap::default();
    let mut cursor = Cursor::new(bytes.as_ref());
    let is_legacy = head == LEGACY_MAGIC;
    let mut opened = Opened::of(if is_legacy {
        WeightFormat::TorchLegacy
    } else {
        WeightFormat::Pickle
    });
    let read = if is_legacy {
        legacy(bytes, &mut cursor, &mut heap, budget)
    } else {
        read(&mut cursor, &mut heap, budget).map(|value| (value, HashMap::new()))
    };
    match read {
        Ok((value, storages)) => {
            let source = Source {
                heap: &heap,
                stream: bytes.clone(),
                storages,
                big_endian: false,
            };
            walk::collect(&source, value, budget, &mut opened);
        }
        Err(limit) => opened.problems.push(problem(&limit, cursor.position())),
    }
    opened
}

type Storages = HashMap<String, (SharedBytes, u64)>;

/// Magic number, protocol and system information, each a pickle; then the value, the keys of the storages, and the
/// storages in the order of the keys, each a 64-bit count of elements and the elements (`_legacy_save`).
fn legacy(
    bytes: &SharedBytes,
    cursor: &mut Cursor<'_>,
    heap: &mut Heap,
    budget: &Budget,
) -> Result<(Id, Storages), Limit> {
    for _ in 0..3 {
        read(cursor, heap, budget)?;
    }
    let value = read(cursor, heap, budget)?;
    let sizes = reconstruct::element_sizes(heap);
    let keys = read(cursor, heap, budget)?;
    let mut storages = HashMap::new();
    for (index, key) in heap.sequence(keys).unwrap_or_default().iter().enumerate() {
        let key = reconstruct::key_text(heap, *key).unwrap_or_default();
        let at = cursor.position();
        let count = read_range(bytes.as_ref(), at, 8)
            .ok()
            .and_then(|raw| u64_le(&raw, 0));
        let size = sizes.get(&key).copied();
        let (Some(count), Some(size)) = (count, size) else {
            return Err(Limit::Broken("a storage that nothing describes".to_owned()));
        };
        let start = at.saturating_add(8);
        let length = count.saturating_mul(size);
        let end = start.saturating_add(length);
        if end > bytes.size() {
            return Err(Limit::Broken("a storage reaches beyond the end".to_owned()));
        }
        let window: SharedBytes = Arc::new(Window::new(bytes.clone(), start, length));
        storages.insert(key, (window, u64::try_from(index).unwrap_or(u64::MAX)));
        cursor.seek_to(end);
    }
    Ok((value, storages))
}

fn problem(limit: &Limit, at: u64) -> Problem {
    let (kind, detail) = match limit {
        Limit::Broken(detail) => (ProblemKind::Malformed, detail),
        Limit::Exceeded(detail) => (ProblemKind::LimitReached, detail),
    };
    Problem::new(kind, Place::Byte(at), format!("the pickle: {detail}"))
}

impl Source<'_> {
    /// Bytes that a node stands for.
    pub(crate) fn bytes(&self, id: Id) -> Option<SharedBytes> {
        match self.heap.node(id) {
            Node::Bytes { offset, length } => {
                Some(Arc::new(Window::new(self.stream.clone(), *offset, *length)))
            }
            Node::Text(text) => latin(text),
            Node::LongText { offset, length } => {
                let raw = read_range(self.stream.as_ref(), *offset, narrow(*length)).ok()?;
                latin(std::str::from_utf8(&raw).ok()?)
            }
            // Protocols before 3 write bytes as `_codecs.encode(text, 'latin1')`.
            Node::Object(object)
                if self.heap.global(object.callee) == Some(("_codecs", "encode")) =>
            {
                let text = *self.heap.sequence(object.arguments)?.first()?;
                matches!(self.heap.node(text), Node::Text(_) | Node::LongText { .. })
                    .then(|| self.bytes(text))
                    .flatten()
            }
            _ => None,
        }
    }
}

/// A text whose characters are bytes.
fn latin(text: &str) -> Option<SharedBytes> {
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)).ok())
        .collect();
    Some(Arc::new(bytes?))
}

/// Bytes of an element.
pub(crate) fn width(dtype: Dtype) -> u64 {
    dtype.block().map_or(1, |block| u64::from(block.bytes))
}
