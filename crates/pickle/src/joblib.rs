//! Raw arrays inside joblib's streams.
//!
//! `joblib.numpy_pickle.NumpyUnpickler` reads an array right behind the BUILD of its `NumpyArrayWrapper`: a byte with the
//! length of the padding and the padding itself (since joblib 1.2), then `shape × itemsize` bytes; or a whole pickle if
//! the type holds objects. Old versions (`NDArrayWrapper`) keep arrays in files of their own.

use crate::value::{Global, Heap, Node, Value};

/// What follows a wrapper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) bytes: u64,
    pub(crate) has_objects: bool,
    pub(crate) is_aligned: bool,
}

/// Whether an instance of this class is followed by an array.
pub(crate) fn is_array_wrapper(class: Option<&Global>) -> bool {
    class.is_some_and(|class| {
        let module = crate::names::canonical(&class.module);
        matches!(
            &*module,
            "joblib.numpy_pickle" | "joblib.numpy_pickle_compat"
        ) && matches!(
            class.name.as_str(),
            "NumpyArrayWrapper" | "NDArrayWrapper" | "ZNDArrayWrapper"
        )
    })
}

/// What the state of a wrapper announces; `None` if it announces nothing that can be read.
pub(crate) fn layout(heap: &Heap<'_>, state: Value) -> Option<Layout> {
    let Value::Node(dtype) = heap.entry(state, "dtype")? else {
        return None;
    };
    let Node::Dtype {
        item_size,
        has_objects,
    } = heap.node(dtype)
    else {
        return None;
    };
    let (shape, _) = heap.items(heap.entry(state, "shape")?)?;
    // Only `V0` and `U0` have items of no size, and nobody stores arrays of them.
    if *item_size == 0 {
        return None;
    }
    let mut bytes = *item_size;
    for side in shape {
        let Value::Int(side) = side else { return None };
        bytes = bytes.saturating_mul(u64::try_from(*side).ok()?);
    }
    let is_aligned = matches!(
        heap.entry(state, "numpy_array_alignment_bytes"),
        Some(Value::Int(_))
    );
    Some(Layout {
        bytes,
        has_objects: *has_objects,
        is_aligned,
    })
}
