//! The calls that mean a tensor: an exact list of PyTorch's and NumPy's reconstructors.
//!
//! Source: `torch/_utils.py`, `torch/serialization.py`, `numpy/_core/multiarray.py`, `joblib/numpy_pickle.py`.

use std::collections::HashMap;

use chainwright_core::bytes::Cursor;
use chainwright_weights::Dtype;

use super::{Source, width};
use crate::npy::{dtype as numpy_dtype, fortran_strides};
use crate::pickled::{Heap, Id, Node, Object};
use crate::stored::{StoredTensor, elements, odd_strides, reach};

/// Wrappers around wrappers around a tensor that are followed.
const DEEPEST: u32 = 8;

/// What a node is to whoever wants tensors.
pub(super) enum Meaning {
    /// A tensor; its name is empty.
    Tensor(StoredTensor),
    /// Meant as a tensor, but it cannot be read.
    Refused(String),
    /// Something else.
    Other,
}

impl Meaning {
    fn of(tensor: Result<StoredTensor, String>) -> Self {
        match tensor {
            Ok(tensor) => Self::Tensor(tensor),
            Err(reason) => Self::Refused(reason),
        }
    }
}

/// What loading the node would give, if it is a tensor.
pub(super) fn meaning(source: &Source<'_>, id: Id, depth: u32) -> Meaning {
    let heap = source.heap;
    let Some(object) = heap.object(id) else {
        return match storage(source, id) {
            Some(Ok(storage)) => Meaning::of(whole_storage(storage)),
            _ => Meaning::Other,
        };
    };
    let given = heap.sequence(object.arguments).unwrap_or_default();
    let Some((module, name)) = heap.global(object.callee) else {
        return Meaning::Other;
    };
    let inner = |at: usize| match given.get(at) {
        Some(id) if depth < DEEPEST => meaning(source, *id, depth.saturating_add(1)),
        _ => Meaning::Refused("its data are missing".to_owned()),
    };
    match (module, name) {
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => {
            Meaning::of(strided(source, given, None))
        }
        ("torch._utils", "_rebuild_tensor_v3") => {
            let dtype = given.get(6).and_then(|id| torch_dtype(heap, *id));
            Meaning::of(match dtype {
                Some(dtype) => strided(source, given, Some(dtype)),
                None => Err("its element type is not known".to_owned()),
            })
        }
        ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => inner(0),
        ("torch.nn.parameter", "Parameter" | "Buffer") if !given.is_empty() => inner(0),
        (
            "torch._utils",
            "_rebuild_device_tensor_from_numpy" | "_rebuild_device_tensor_from_cpu_tensor",
        ) => inner(0),
        ("torch._tensor", "_rebuild_from_type_v2") => {
            let function = given.first().copied();
            let arguments = given.get(2).copied();
            rebuilt(source, function, arguments, depth)
        }
        ("torch._tensor", "_rebuild_from_type") => {
            let function = given.first().copied();
            let arguments = given.get(2).copied();
            rebuilt(source, function, arguments, depth)
        }
        (
            "torch._utils",
            "_rebuild_qtensor"
            | "_rebuild_sparse_tensor"
            | "_rebuild_sparse_csr_tensor"
            | "_rebuild_nested_tensor"
            | "_rebuild_wrapper_subclass"
            | "_rebuild_meta_tensor_no_storage",
        ) => Meaning::Refused(format!(
            "it is made by `{name}`; safetensors holds dense tensors only"
        )),
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            Meaning::of(numpy_array(source, object))
        }
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => {
            Meaning::of(numpy_buffer(source, given))
        }
        ("joblib.numpy_pickle", "NumpyArrayWrapper") => Meaning::of(joblib(source, object)),
        _ => Meaning::Other,
    }
}

/// `_rebuild_from_type(function, type, arguments, state)`: the function is one of the reconstructors itself.
fn rebuilt(
    source: &Source<'_>,
    function: Option<Id>,
    arguments: Option<Id>,
    depth: u32,
) -> Meaning {
    let heap = source.heap;
    let given = arguments
        .and_then(|id| heap.sequence(id))
        .unwrap_or_default();
    match function.and_then(|id| heap.global(id)) {
        Some(("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2")) => {
            Meaning::of(strided(source, given, None))
        }
        Some(("torch._utils", "_rebuild_tensor_v3")) => {
            match given.get(6).and_then(|id| torch_dtype(heap, *id)) {
                Some(dtype) => Meaning::of(strided(source, given, Some(dtype))),
                None => Meaning::Refused("its element type is not known".to_owned()),
            }
        }
        Some(("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state")) => {
            match given.first() {
                Some(id) if depth < DEEPEST => meaning(source, *id, depth.saturating_add(1)),
                _ => Meaning::Refused("its data are missing".to_owned()),
            }
        }
        Some((module, name)) => {
            Meaning::Refused(format!("it is made by `{module}.{name}`, which is not run"))
        }
        None => Meaning::Refused("nobody knows what makes it".to_owned()),
    }
}

/// A storage as a persistent identifier describes it.
struct Storage {
    bytes: chainwright_core::bytes::SharedBytes,
    id: u64,
    /// The element type; `None` for untyped storages.
    dtype: Option<Dtype>,
    /// Where a view of the storage begins, in elements.
    start: u64,
}

/// `('storage', class, key, location, numel[, (view key, offset, size)])`.
fn storage(source: &Source<'_>, id: Id) -> Option<Result<Storage, String>> {
    let heap = source.heap;
    let Node::Persistent(described) = heap.node(id) else {
        return None;
    };
    let parts = heap.sequence(*described)?;
    if heap.text(*parts.first()?) != Some("storage") {
        return None;
    }
    let key = key_text(heap, *parts.get(2)?)?;
    let (module, name) = heap.global(*parts.get(1)?)?;
    let Some((bytes, id)) = source.storages.get(&key) else {
        return Some(Err("its storage is not in the file".to_owned()));
    };
    let dtype = match (module, name) {
        ("torch.storage" | "torch", "UntypedStorage" | "_UntypedStorage") => None,
        _ => match storage_dtype(name) {
            Some(dtype) => Some(dtype),
            None => return Some(Err(format!("its storage is a `{module}.{name}`"))),
        },
    };
    let view = parts.get(5).and_then(|view| heap.sequence(*view));
    let start = view
        .and_then(|view| view.get(1))
        .and_then(|offset| heap.size(*offset))
        .unwrap_or(0);
    Some(Ok(Storage {
        bytes: bytes.clone(),
        id: *id,
        dtype,
        start,
    }))
}

/// A storage that stands for itself, as in old optimiser states.
fn whole_storage(storage: Storage) -> Result<StoredTensor, String> {
    let dtype = storage.dtype.unwrap_or(Dtype::U8);
    let length = storage.bytes.size();
    Ok(StoredTensor {
        name: String::new(),
        dtype,
        shape: vec![length.checked_div(width(dtype)).unwrap_or(0)],
        strides: None,
        storage_id: storage.id,
        offset: 0,
        length,
        storage: storage.bytes,
        big_endian: false,
    })
}

/// `(storage, offset, size, stride, …)`.
fn strided(
    source: &Source<'_>,
    given: &[Id],
    dtype: Option<Dtype>,
) -> Result<StoredTensor, String> {
    let heap = source.heap;
    let missing = || "its description is not complete".to_owned();
    let id = *given.first().ok_or_else(missing)?;
    let storage = storage(source, id).unwrap_or_else(|| Err(missing()))?;
    let dtype = dtype
        .or(storage.dtype)
        .ok_or_else(|| "its element type is not known".to_owned())?;
    let first = given
        .get(1)
        .and_then(|id| heap.size(*id))
        .ok_or_else(missing)?;
    let shape = given
        .get(2)
        .and_then(|id| sizes(heap, *id))
        .ok_or_else(missing)?;
    let strides = given
        .get(3)
        .and_then(|id| sizes(heap, *id))
        .ok_or_else(missing)?;
    if strides.len() != shape.len() {
        return Err(missing());
    }
    let strides = odd_strides(&shape, strides);
    placed(
        StoredTensor {
            name: String::new(),
            dtype,
            shape,
            strides,
            storage: storage.bytes,
            storage_id: storage.id,
            offset: 0,
            length: 0,
            big_endian: source.big_endian,
        },
        first
            .saturating_add(storage.start)
            .checked_mul(width(dtype)),
    )
}

/// Fills in where a tensor begins and how long it is, unless it does not fit into its storage.
fn placed(mut tensor: StoredTensor, offset: Option<u64>) -> Result<StoredTensor, String> {
    let overflow = || "its size overflows".to_owned();
    let offset = offset.ok_or_else(overflow)?;
    let length = elements(&tensor.shape)
        .and_then(|count| tensor.dtype.bytes_of(count))
        .ok_or_else(overflow)?;
    let reached = reach(&tensor.shape, tensor.strides.as_deref())
        .and_then(|count| count.checked_mul(width(tensor.dtype)))
        .and_then(|bytes| bytes.checked_add(offset))
        .ok_or_else(overflow)?;
    if length > 0 && reached > tensor.storage.size() {
        return Err("it reaches beyond its storage".to_owned());
    }
    // A stride of nothing repeats elements: a small storage can stand for an endless tensor.
    let held = tensor.storage.size().max(1 << 20);
    if length.checked_div(held).is_some_and(|times| times > 4096) {
        return Err(format!(
            "it repeats {} bytes {length} times over",
            tensor.storage.size()
        ));
    }
    tensor.offset = offset;
    tensor.length = length;
    Ok(tensor)
}

fn sizes(heap: &Heap, id: Id) -> Option<Vec<u64>> {
    let id = match heap.object(id) {
        // `torch.Size` is called with a tuple.
        Some(object) if heap.global(object.callee) == Some(("torch", "Size")) => {
            *heap.sequence(object.arguments)?.first()?
        }
        _ => id,
    };
    let items = heap.sequence(id)?;
    (items.len() <= 64).then(|| items.iter().map(|each| heap.size(*each)).collect())?
}

/// The key of a storage: a text, or a number in old files.
pub(super) fn key_text(heap: &Heap, id: Id) -> Option<String> {
    match heap.node(id) {
        Node::Text(text) => Some(text.clone()),
        Node::Int(value) => Some(value.to_string()),
        _ => None,
    }
}

/// Bytes of an element in each storage that the stream mentions.
pub(super) fn element_sizes(heap: &Heap) -> HashMap<String, u64> {
    let mut sizes = HashMap::new();
    for node in heap.all() {
        let Node::Persistent(described) = node else {
            continue;
        };
        let parts = heap.sequence(*described).unwrap_or_default();
        let key = parts.get(2).and_then(|id| key_text(heap, *id));
        let class = parts.get(1).and_then(|id| heap.global(*id));
        if let (Some(key), Some((_, name))) = (key, class) {
            let size = match name {
                "UntypedStorage" | "_UntypedStorage" => 1,
                _ => storage_dtype(name).map_or(1, width),
            };
            sizes.insert(key, size);
        }
    }
    sizes
}

fn storage_dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "DoubleStorage" => Dtype::F64,
        "FloatStorage" => Dtype::F32,
        "HalfStorage" => Dtype::F16,
        "BFloat16Storage" => Dtype::Bf16,
        "LongStorage" => Dtype::I64,
        "IntStorage" => Dtype::I32,
        "ShortStorage" => Dtype::I16,
        "CharStorage" => Dtype::I8,
        "ByteStorage" => Dtype::U8,
        "BoolStorage" => Dtype::Bool,
        "ComplexFloatStorage" => Dtype::C64,
        "ComplexDoubleStorage" => Dtype::C128,
        _ => return None,
    })
}

fn torch_dtype(heap: &Heap, id: Id) -> Option<Dtype> {
    let ("torch", name) = heap.global(id)? else {
        return None;
    };
    Some(match name {
        "float64" | "double" => Dtype::F64,
        "float32" | "float" => Dtype::F32,
        "float16" | "half" => Dtype::F16,
        "bfloat16" => Dtype::Bf16,
        "float8_e4m3fn" => Dtype::F8E4M3,
        "float8_e4m3fnuz" => Dtype::F8E4M3Fnuz,
        "float8_e5m2" => Dtype::F8E5M2,
        "float8_e5m2fnuz" => Dtype::F8E5M2Fnuz,
        "float8_e8m0fnu" => Dtype::F8E8M0,
        "complex64" | "cfloat" => Dtype::C64,
        "complex128" | "cdouble" => Dtype::C128,
        "int64" | "long" => Dtype::I64,
        "int32" | "int" => Dtype::I32,
        "int16" | "short" => Dtype::I16,
        "int8" => Dtype::I8,
        "uint64" => Dtype::U64,
        "uint32" => Dtype::U32,
        "uint16" => Dtype::U16,
        "uint8" => Dtype::U8,
        "bool" => Dtype::Bool,
        _ => return None,
    })
}

/// `numpy.dtype('f4', False, True)` with the state `(3, '<', …)`.
fn numpy_type(heap: &Heap, id: Id) -> Result<(Dtype, bool), String> {
    let unknown = || "its element type has no counterpart".to_owned();
    let object = heap.object(id).ok_or_else(unknown)?;
    if heap.global(object.callee) != Some(("numpy", "dtype")) {
        return Err(unknown());
    }
    let kind = heap
        .sequence(object.arguments)
        .and_then(|given| given.first())
        .and_then(|id| heap.text(*id))
        .ok_or_else(unknown)?;
    let order = object
        .state
        .and_then(|state| heap.sequence(state))
        .and_then(|state| state.get(1))
        .and_then(|id| heap.text(*id))
        .unwrap_or("|");
    numpy_dtype(&format!("{order}{kind}")).ok_or_else(|| {
        if kind == "O8" || kind == "O" {
            "it is an array of Python objects".to_owned()
        } else {
            unknown()
        }
    })
}

/// `_reconstruct(ndarray, (0,), b'b')` with the state `(version, shape, dtype, is_fortran, raw)`.
fn numpy_array(source: &Source<'_>, object: &Object) -> Result<StoredTensor, String> {
    let heap = source.heap;
    let missing = || "its state is not complete".to_owned();
    let state = object
        .state
        .and_then(|state| heap.sequence(state))
        .ok_or_else(missing)?;
    let at = state.len().checked_sub(4).ok_or_else(missing)?;
    let [shape, dtype, fortran, raw] = state.get(at..).unwrap_or_default() else {
        return Err(missing());
    };
    let (dtype, big_endian) = numpy_type(heap, *dtype)?;
    let shape = sizes(heap, *shape).ok_or_else(missing)?;
    let strides = (heap.int(*fortran) == Some(1)).then(|| fortran_strides(&shape));
    let storage = source.bytes(*raw).ok_or_else(missing)?;
    array(source, *raw, storage, shape, strides, dtype, big_endian)
}

/// `_frombuffer(buffer, dtype, shape, order)`.
fn numpy_buffer(source: &Source<'_>, given: &[Id]) -> Result<StoredTensor, String> {
    let heap = source.heap;
    let missing = || "its description is not complete".to_owned();
    let [raw, dtype, shape, order, ..] = given else {
        return Err(missing());
    };
    let (dtype, big_endian) = numpy_type(heap, *dtype)?;
    let shape = sizes(heap, *shape).ok_or_else(missing)?;
    let strides = (heap.text(*order) == Some("F")).then(|| fortran_strides(&shape));
    let storage = source.bytes(*raw).ok_or_else(missing)?;
    array(source, *raw, storage, shape, strides, dtype, big_endian)
}

/// The array behind a wrapper of joblib, where the machine found it.
fn joblib(source: &Source<'_>, object: &Object) -> Result<StoredTensor, String> {
    let heap = source.heap;
    let missing = || "its array is missing".to_owned();
    let state = object.state.ok_or_else(missing)?;
    let entry = |key: &str| heap.entry(state, key).ok_or_else(missing);
    let (dtype, big_endian) = numpy_type(heap, entry("dtype")?)?;
    let shape = sizes(heap, entry("shape")?).ok_or_else(missing)?;
    let strides = (heap.text(entry("order")?) == Some("F")).then(|| fortran_strides(&shape));
    let raw = object
        .pairs
        .iter()
        .rev()
        .find_map(|(key, value)| matches!(heap.node(*key), Node::None).then_some(*value));
    let raw = raw.ok_or_else(missing)?;
    let storage = source.bytes(raw).ok_or_else(missing)?;
    array(source, raw, storage, shape, strides, dtype, big_endian)
}

fn array(
    source: &Source<'_>,
    raw: Id,
    storage: chainwright_core::bytes::SharedBytes,
    shape: Vec<u64>,
    strides: Option<Vec<u64>>,
    dtype: Dtype,
    big_endian: bool,
) -> Result<StoredTensor, String> {
    let strides = strides.and_then(|strides| odd_strides(&shape, strides));
    // Storages of the file and arrays of the stream are told apart by the highest bit.
    let storage_id = match source.heap.node(raw) {
        Node::Bytes { offset, .. } | Node::LongText { offset, .. } => offset | (1 << 63),
        _ => raw.number() | (1 << 62),
    };
    let tensor = StoredTensor {
        name: String::new(),
        dtype,
        shape,
        strides,
        storage,
        storage_id,
        offset: 0,
        length: 0,
        big_endian,
    };
    placed(tensor, Some(0))
}

/// Where the raw array of a joblib wrapper lies: its offset and length, if the object is one.
pub(crate) fn joblib_array(
    heap: &Heap,
    wrapper: Id,
    cursor: &mut Cursor<'_>,
) -> Option<(u64, u64)> {
    let object = heap.object(wrapper)?;
    if heap.global(object.callee) != Some(("joblib.numpy_pickle", "NumpyArrayWrapper")) {
        return None;
    }
    let state = object.state?;
    let (dtype, _) = numpy_type(heap, heap.entry(state, "dtype")?).ok()?;
    let count = elements(&sizes(heap, heap.entry(state, "shape")?)?)?;
    let length = dtype.bytes_of(count)?;
    let at = cursor.position();
    let is_aligned = heap
        .entry(state, "numpy_array_alignment_bytes")
        .is_some_and(|id| heap.int(id).is_some());
    let padding = if is_aligned {
        let padding = cursor.next_byte().ok()??;
        u64::from(padding).saturating_add(1)
    } else {
        0
    };
    Some((at.saturating_add(padding), length))
}
