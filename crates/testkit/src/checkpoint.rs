//! Checkpoints as `torch.save` lays them out: a pickle that describes tensors, and their storages beside it.

use crate::archive::{Zip, ZipEntry};
use crate::pickle::Assembler;

/// A checkpoint in the making.
#[derive(Debug, Clone, Default)]
pub struct Checkpoint {
    storages: Vec<Vec<u8>>,
    tensors: Vec<View>,
    extra: Vec<u8>,
    byte_order: Option<&'static str>,
}

/// A tensor as a view into a storage.
#[derive(Debug, Clone)]
pub struct View {
    /// Its name in the dictionary.
    pub name: String,
    /// The class of the storage, such as `FloatStorage`.
    pub class: String,
    /// Which storage.
    pub storage: usize,
    /// The first element.
    pub offset: i32,
    /// The dimensions.
    pub shape: Vec<i32>,
    /// The strides in elements.
    pub strides: Vec<i32>,
}

impl Checkpoint {
    /// An empty checkpoint.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a storage; the first one has number 0.
    #[must_use]
    pub fn storage(mut self, bytes: &[u8]) -> Self {
        self.storages.push(bytes.to_vec());
        self
    }

    /// Adds a tensor.
    #[must_use]
    pub fn view(mut self, view: View) -> Self {
        self.tensors.push(view);
        self
    }

    /// Adds a tensor that fills the storage which comes with it.
    #[must_use]
    pub fn tensor(self, name: &str, class: &str, shape: &[i32], bytes: &[u8]) -> Self {
        let storage = self.storages.len();
        let view = View {
            name: name.to_owned(),
            class: class.to_owned(),
            storage,
            offset: 0,
            shape: shape.to_vec(),
            strides: row_major(shape),
        };
        self.storage(bytes).view(view)
    }

    /// Opcodes that stand before the end, with the dictionary on the stack: what an attacker adds.
    #[must_use]
    pub fn extra(mut self, opcodes: &[u8]) -> Self {
        self.extra.extend(opcodes);
        self
    }

    /// The order of bytes that the archive announces.
    #[must_use]
    pub const fn byte_order(mut self, order: &'static str) -> Self {
        self.byte_order = Some(order);
        self
    }

    /// The pickle.
    #[must_use]
    pub fn pickle(&self) -> Vec<u8> {
        let mut stream = Assembler::new(2).op("EMPTY_DICT").op("MARK");
        for view in &self.tensors {
            stream = self.describe(stream.text(&view.name), view);
        }
        stream.op("SETITEMS").raw(&self.extra).stop()
    }

    fn describe(&self, stream: Assembler, view: &View) -> Assembler {
        let elements = self.storages.get(view.storage).map_or(0, Vec::len) as i32;
        let stream = stream
            .import("torch._utils", "_rebuild_tensor_v2")
            .op("MARK")
            .op("MARK")
            .text("storage")
            .import("torch", &view.class)
            .text(&view.storage.to_string())
            .text("cpu");
        let stream = number(stream, elements).op("TUPLE").op("BINPERSID");
        let stream = number(stream, view.offset);
        let stream = tuple(tuple(stream, &view.shape), &view.strides);
        stream
            .op("NEWFALSE")
            .import("collections", "OrderedDict")
            .op("EMPTY_TUPLE")
            .op("REDUCE")
            .op("TUPLE")
            .op("REDUCE")
    }

    /// The archive.
    #[must_use]
    pub fn zip(&self) -> Vec<u8> {
        let mut members = vec![ZipEntry::stored("archive/data.pkl", self.pickle())];
        if let Some(order) = self.byte_order {
            members.push(ZipEntry::stored("archive/byteorder", order));
        }
        for (index, storage) in self.storages.iter().enumerate() {
            let name = format!("archive/data/{index}");
            members.push(ZipEntry::stored(name, storage.clone()));
        }
        members.push(ZipEntry::stored("archive/version", "3\n"));
        Zip::of(members).build()
    }
}

fn number(stream: Assembler, value: i32) -> Assembler {
    let mut raw = vec![b'J'];
    raw.extend(value.to_le_bytes());
    stream.raw(&raw)
}

fn tuple(stream: Assembler, values: &[i32]) -> Assembler {
    let stream = stream.op("MARK");
    values
        .iter()
        .fold(stream, |stream, value| number(stream, *value))
        .op("TUPLE")
}

/// The strides of a tensor without gaps.
#[must_use]
pub fn row_major(shape: &[i32]) -> Vec<i32> {
    let mut strides: Vec<i32> = shape
        .iter()
        .rev()
        .scan(1, |next, size| {
            let stride = *next;
            *next *= (*size).max(1);
            Some(stride)
        })
        .collect();
    strides.reverse();
    strides
}
