//! The walk over all objects of a file: without recursion, each object once, whatever links lead to it.

use std::collections::BTreeMap;

use chainwright_core::budget::Budget;
use chainwright_core::text::visible;
use serde::{Deserialize, Serialize};

use super::attribute::{self, Attribute};
use super::file::File;
use super::group::{self, Target};
use super::header::{self, Header};
use super::heap::LocalHeap;
use super::mapping;
use super::shape::{self, Class, Dataspace, Datatype, Index, Layout};
use super::tree;
use crate::data::Fields;

/// Objects of one file that are visited.
const OBJECTS: usize = 400_000;
/// Datasets that are kept.
const DATASETS: usize = 100_000;
/// References to other files that are kept.
const OUTSIDE: usize = 4_096;
/// Texts and byte strings of attributes that are kept for judging, by count and bytes.
const NOTES: usize = 20_000;
/// Bytes of all kept attribute values.
const NOTE_BYTES: usize = 48 * 1024 * 1024;
/// Groups inside each other that are followed.
const DEPTH: u32 = 2_000;
/// Characters of a path that are kept.
const PATH: usize = 1_024;

/// Where the elements of a dataset lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Storage {
    /// In one stretch.
    Contiguous {
        /// The first byte in the file.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// In chunks.
    Chunked {
        /// The shape of a chunk, in elements.
        chunk: Vec<u64>,
        /// The filters that each chunk went through, by their registered numbers: 1 is deflate, 2 shuffle, 3 Fletcher-32.
        filters: Vec<u16>,
        /// The bytes of all chunks in the file, where the index of the chunks could be followed.
        stored: Option<u64>,
    },
    /// In other files.
    Elsewhere,
    /// Nowhere yet: every element is the fill value.
    Unallocated,
}

/// A dataset and where its bytes lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSpan {
    /// The path in the file, made visible and shortened.
    pub path: String,
    /// The element type as NumPy names it, such as `<f4` or `bfloat16`.
    pub dtype: String,
    /// What the elements are.
    pub class: Class,
    /// Bytes of one element.
    pub element_size: u64,
    /// The dimensions; empty for a scalar.
    pub shape: Vec<u64>,
    /// Where the elements are.
    pub storage: Storage,
}

/// How a file reaches another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Link,
    Storage,
    Virtual,
}

/// A reference to another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outside {
    pub(super) reach: Reach,
    /// The object that refers.
    pub(super) path: String,
    /// The file as written.
    pub(super) file: String,
}

/// An attribute with the object that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) path: String,
    pub(super) attribute: Attribute,
}

/// Something odd about one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Oddity {
    DuplicateLink,
    DuplicateAttribute,
    UserDefinedLink,
    LoopingLink,
    DeepGroups,
    ElementOverflow,
    OutOfBounds,
    ShapeBomb,
    UnknownFilter,
}

/// What the walk saw.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) datasets: Vec<DatasetSpan>,
    pub(super) outside: Vec<Outside>,
    pub(super) notes: Vec<Note>,
    pub(super) note_bytes: usize,
    pub(super) oddities: Vec<(Oddity, String)>,
    /// Byte stretches of values that a pickle may hide in: address, length, path.
    pub(super) values: Vec<(u64, u64, String)>,
    /// Names of groups, for telling what kind of file it is; those directly under the root and one below.
    pub(super) groups: Vec<String>,
    pub(super) broken: Vec<String>,
    pub(super) limited: bool,
    pub(super) out_of_time: bool,
    pub(super) unsupported: Vec<String>,
}

struct Step {
    address: u64,
    path: String,
    depth: u32,
    parent: Option<u64>,
}

/// Visits every object that is reachable from the root.
pub(super) fn walk(file: &File, budget: &Budget) -> Seen {
    walk_each(file, budget, &mut |_, _| {})
}

/// The same, and hands out the header and the path of every dataset.
pub(super) fn walk_each(file: &File, budget: &Budget, each: &mut dyn FnMut(&Header, &str)) -> Seen {
    let mut seen = Seen::default();
    // Each visited object with its parent, so that a loop can be told from a second name.
    let mut parents: BTreeMap<u64, Option<u64>> = BTreeMap::new();
    let mut waiting = vec![Step {
        address: file.superblock.root,
        path: "/".to_owned(),
        depth: 0,
        parent: None,
    }];
    while let Some(step) = waiting.pop() {
        if parents.len() >= OBJECTS || waiting.len() > OBJECTS || file.is_exhausted() {
            seen.limited = true;
            break;
        }
        if budget.check_time().is_err() {
            seen.out_of_time = true;
            break;
        }
        if parents.contains_key(&step.address) {
            if is_above(&parents, step.address, step.parent) {
                seen.odd(Oddity::LoopingLink, &step.path);
            } else if let Some(header) = header::read(file, step.address)
                && header.find(0x08).is_some()
            {
                // A second name of a dataset.
                each(&header, &step.path);
            }
            continue;
        }
        parents.insert(step.address, step.parent);
        visit(file, &step, &mut waiting, &mut seen, each);
    }
    seen
}

/// Whether an object is its own ancestor through `parent`.
fn is_above(parents: &BTreeMap<u64, Option<u64>>, address: u64, parent: Option<u64>) -> bool {
    let mut above = parent;
    for _ in 0..64 {
        match above {
            Some(each) if each == address => return true,
            Some(each) => above = parents.get(&each).copied().flatten(),
            None => return false,
        }
    }
    false
}

impl Seen {
    fn odd(&mut self, oddity: Oddity, path: &str) {
        let same = self
            .oddities
            .iter()
            .filter(|(each, _)| *each == oddity)
            .count();
        if same < 32 {
            self.oddities.push((oddity, path.to_owned()));
        }
    }

    fn note_broken(&mut self, path: &str) {
        if self.broken.len() < 16 {
            self.broken.push(path.to_owned());
        }
    }

    fn note_unsupported(&mut self, path: &str) {
        if self.unsupported.len() < 16 {
            self.unsupported.push(path.to_owned());
        }
    }

    fn reaches(&mut self, reach: Reach, path: &str, file: &[u8]) {
        let file = String::from_utf8_lossy(file);
        if self.outside.len() < OUTSIDE {
            self.outside.push(Outside {
                reach,
                path: path.to_owned(),
                file: visible(&file, PATH),
            });
        } else {
            self.limited = true;
        }
    }
}

fn visit(
    file: &File,
    step: &Step,
    waiting: &mut Vec<Step>,
    seen: &mut Seen,
    each: &mut dyn FnMut(&Header, &str),
) {
    let Some(header) = header::read(file, step.address) else {
        seen.note_broken(&step.path);
        return;
    };
    if header.broken {
        seen.note_broken(&step.path);
    }
    seen.limited |= header.limited;
    attributes(file, &header, &step.path, seen);
    if group::is_group(&header) {
        descend(file, &header, step, waiting, seen);
    }
    if header.find(0x08).is_some() {
        dataset(file, &header, &step.path, seen);
        each(&header, &step.path);
    }
}

fn attributes(file: &File, header: &Header, path: &str, seen: &mut Seen) {
    let found = attribute::attributes(file, header);
    if found.broken {
        seen.note_broken(path);
    }
    if found.unsupported {
        seen.note_unsupported(path);
    }
    seen.limited |= found.limited;
    let mut names: Vec<&str> = found.list.iter().map(|each| each.name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        seen.odd(Oddity::DuplicateAttribute, path);
    }
    for attribute in found.list {
        let bytes = attribute.values.iter().map(Vec::len).sum::<usize>();
        seen.note_bytes = seen.note_bytes.saturating_add(bytes);
        if seen.notes.len() < NOTES && seen.note_bytes < NOTE_BYTES {
            seen.notes.push(Note {
                path: path.to_owned(),
                attribute,
            });
        } else {
            seen.limited = true;
        }
    }
}

fn descend(file: &File, header: &Header, step: &Step, waiting: &mut Vec<Step>, seen: &mut Seen) {
    let found = group::links(file, header);
    if found.broken {
        seen.note_broken(&step.path);
    }
    if found.unsupported {
        seen.note_unsupported(&step.path);
    }
    seen.limited |= found.limited;
    if step.depth >= DEPTH {
        seen.odd(Oddity::DeepGroups, &step.path);
        seen.limited = true;
        return;
    }
    let mut names: Vec<&[u8]> = found
        .links
        .iter()
        .map(|link| link.name.as_slice())
        .collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair.first() == pair.last()) {
        seen.odd(Oddity::DuplicateLink, &step.path);
    }
    // The stack gives them back in the order of the file.
    for link in found.links.into_iter().rev() {
        let path = child(&step.path, &link.name);
        if step.depth < 2 && seen.groups.len() < 4_096 {
            seen.groups
                .push(String::from_utf8_lossy(&link.name).into_owned());
        }
        match link.target {
            Target::Hard(address) => waiting.push(Step {
                address,
                path,
                depth: step.depth.saturating_add(1),
                parent: Some(step.address),
            }),
            Target::Soft(_) => {}
            Target::External { file, .. } => seen.reaches(Reach::Link, &path, &file),
            Target::UserDefined(_) => seen.odd(Oddity::UserDefinedLink, &path),
        }
    }
}

fn child(parent: &str, name: &[u8]) -> String {
    let name = visible(&String::from_utf8_lossy(name), PATH);
    let slash = if parent.ends_with('/') { "" } else { "/" };
    if parent.len() > PATH {
        return parent.to_owned();
    }
    format!("{parent}{slash}{name}")
}

/// The declared form of a dataset.
struct Declared {
    datatype: Datatype,
    space: Dataspace,
    /// Bytes of all elements; `None` if that overflows.
    bytes: Option<u64>,
}

fn declared(file: &File, header: &Header) -> Option<Declared> {
    let datatype = Datatype::parse(&shape::resolve(file, header.find(0x03)?)?)?;
    let space = Dataspace::parse(file, &shape::resolve(file, header.find(0x01)?)?)?;
    let bytes = space
        .elements()
        .and_then(|count| count.checked_mul(datatype.size));
    Some(Declared {
        datatype,
        space,
        bytes,
    })
}

fn dataset(file: &File, header: &Header, path: &str, seen: &mut Seen) {
    let layout = header
        .find(0x08)
        .and_then(|message| Layout::parse(file, message));
    let (Some(declared), Some(layout)) = (declared(file, header), layout) else {
        // A committed type in the heap of shared messages, or a newer version.
        seen.note_unsupported(path);
        return;
    };
    let filters = shape::filters(header);
    if filters.iter().any(|id| !is_known_filter(*id)) {
        seen.odd(Oddity::UnknownFilter, path);
    }
    let external = header.find(0x07);
    if let Some(message) = external
        && storage_files(file, &message.data, path, seen).is_none()
    {
        seen.note_broken(path);
    }
    let storage = match layout {
        _ if external.is_some() => Storage::Elsewhere,
        Layout::Virtual { heap, object } => {
            let sources = mapping::sources(file, heap, object);
            if sources.partial && file.is_defined(heap) {
                seen.note_unsupported(path);
            }
            for source in sources
                .files
                .iter()
                .filter(|source| source.as_slice() != b".")
            {
                seen.reaches(Reach::Virtual, path, source);
            }
            Storage::Elsewhere
        }
        Layout::Compact { address, length } => Storage::Contiguous {
            offset: file.place(address),
            length,
        },
        Layout::Contiguous { address, length } => contiguous(
            file,
            address,
            length.or(declared.bytes),
            &declared,
            path,
            seen,
        ),
        Layout::Chunked {
            address,
            mut chunk,
            index,
            plain_edges: _,
        } => {
            let stored = chunks(file, address, &chunk, index, declared.datatype, path, seen);
            chunk.pop();
            if file.is_defined(address) {
                Storage::Chunked {
                    chunk,
                    filters,
                    stored,
                }
            } else {
                Storage::Unallocated
            }
        }
    };
    judge_size(file, &declared, &storage, path, seen);
    if seen.datasets.len() < DATASETS {
        seen.datasets.push(DatasetSpan {
            path: path.to_owned(),
            dtype: declared.datatype.name(),
            class: declared.datatype.class,
            element_size: declared.datatype.size,
            shape: declared.space.dimensions,
            storage,
        });
    }
}

fn contiguous(
    file: &File,
    address: u64,
    length: Option<u64>,
    declared: &Declared,
    path: &str,
    seen: &mut Seen,
) -> Storage {
    let length = length.unwrap_or(0);
    if !file.is_defined(address) {
        return Storage::Unallocated;
    }
    let offset = file.place(address);
    let is_whole = offset
        .checked_add(length)
        .is_some_and(|end| end <= file.size());
    // A file that was cut is told from one that lies by what it says of its own end.
    if !is_whole && file.superblock.end <= file.size() {
        seen.odd(Oddity::OutOfBounds, path);
    }
    if is_whole && holds_bytes(declared.datatype) && length > 2 && seen.values.len() < 4_096 {
        seen.values.push((address, length, path.to_owned()));
    }
    if declared.datatype.class == Class::Sequence
        && let Some(descriptors) = file.exactly(address, length.min(65_536))
    {
        sequences(file, &descriptors, path, seen);
    }
    Storage::Contiguous { offset, length }
}

const fn holds_bytes(datatype: Datatype) -> bool {
    matches!(datatype.class, Class::Opaque | Class::Text) || datatype.size == 1
}

/// The stored size of all chunks, where the index can be followed.
fn chunks(
    file: &File,
    address: u64,
    chunk: &[u64],
    index: Index,
    datatype: Datatype,
    path: &str,
    seen: &mut Seen,
) -> Option<u64> {
    if !file.is_defined(address) {
        return None;
    }
    match index {
        Index::Tree => {
            let mut stored = 0_u64;
            let mut first = Vec::new();
            let walk = tree::chunks(file, address, chunk.len(), &mut |key, child| {
                let size = Fields::new(key).word().map_or(0, u64::from);
                stored = stored.saturating_add(size);
                if datatype.class == Class::Sequence && first.len() < 64 {
                    first.push((child, size));
                }
            });
            for (address, size) in first {
                if let Some(descriptors) = file.exactly(address, size.min(65_536)) {
                    sequences(file, &descriptors, path, seen);
                }
            }
            (walk == tree::Walk::Complete).then_some(stored)
        }
        Index::Single(stored) => stored.map(|(stored, _)| stored).or_else(|| {
            chunk
                .iter()
                .try_fold(1_u64, |product, &each| product.checked_mul(each))
        }),
        Index::Implicit | Index::Fixed | Index::Tree2 | Index::Other => None,
    }
}

/// Notes the values that variable-length elements lead to, where pickles of PyTables and pandas lie.
fn sequences(file: &File, descriptors: &[u8], path: &str, seen: &mut Seen) {
    let mut fields = Fields::new(descriptors);
    for _ in 0..256 {
        let descriptor = fields
            .word()
            .zip(file.address(&mut fields))
            .zip(fields.word());
        let Some(((length, heap), index)) = descriptor else {
            return;
        };
        if length < 3 || !file.is_defined(heap) || seen.values.len() >= 4_096 {
            continue;
        }
        if let Some((address, length)) = super::heap::global_place(file, heap, u64::from(index)) {
            seen.values.push((address, length, path.to_owned()));
        }
    }
}

/// The files of an external data files message (0x0007).
fn storage_files(file: &File, data: &[u8], path: &str, seen: &mut Seen) -> Option<()> {
    let mut fields = Fields::new(data);
    fields.skip(6)?;
    let used = fields.short()?;
    let heap = LocalHeap::open(file, file.address(&mut fields)?)?;
    for _ in 0..used {
        let name = heap.text(file.length(&mut fields)?)?;
        seen.reaches(Reach::Storage, path, name);
        file.length(&mut fields)?;
        file.length(&mut fields)?;
    }
    Some(())
}

/// Filters of the library and those registered with The HDF Group that scientific files use.
fn is_known_filter(id: u16) -> bool {
    matches!(id, 0..=6 | 257 | 305 | 307 | 32_000..=32_032)
}

/// Keras' own bounds for a dataset that asks for more memory than its bytes justify (`safe_get_h5_dataset`).
const BOMB_BYTES: u64 = 1 << 32;
const BOMB_RATIO: u64 = 1_000;

fn judge_size(file: &File, declared: &Declared, storage: &Storage, path: &str, seen: &mut Seen) {
    let Some(bytes) = declared.bytes else {
        seen.odd(Oddity::ElementOverflow, path);
        return;
    };
    let stored = match storage {
        Storage::Contiguous { length, .. } => *length,
        Storage::Chunked { stored, .. } => stored.unwrap_or_else(|| file.size()),
        // External data and sources are reported for themselves.
        Storage::Elsewhere => return,
        Storage::Unallocated => 0,
    };
    let stored = stored.min(file.size());
    if bytes > BOMB_BYTES && bytes > stored.saturating_mul(BOMB_RATIO) {
        seen.odd(Oddity::ShapeBomb, path);
    }
}
