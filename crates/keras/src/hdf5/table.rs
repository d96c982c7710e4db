//! The numbers of a file: for each dataset what its elements are, where they lie, and which filters they went through.
//!
//! Nothing is decompressed here; whoever wants the numbers undoes the filters chunk by chunk. What cannot be read is
//! kept with its reason, since a tensor that is passed over in silence would look as if it were not there.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.d "Datatype", IV.A.2.f "Fill Value", III.A and VII "Chunk Indexing".

use chainwright_core::budget::Budget;
use chainwright_core::bytes::SharedBytes;
use chainwright_core::fields::{narrow, wide};
use chainwright_core::problem::ProblemKind;

use super::file::File;
use super::header::Header;
use super::shape::{self, Class, Dataspace, Datatype, Filter, Index, Layout};
use super::walk::{self, Seen};
use super::{tree, tree::Walk};
use crate::data::Fields;

/// Chunks of one file that are listed.
const CHUNKS: usize = 1_000_000;
/// Arrays of one file that are listed.
const ARRAYS: usize = 100_000;
/// Entries of a page of a fixed array, as a power of two, beyond which nobody goes.
const PAGE_BITS: u8 = 20;

/// The arrays of a file.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The datasets in the order in which they are reached.
    pub arrays: Vec<Array>,
    /// Whether the file is one of Keras: it says so, or its datasets lie where Keras keeps variables.
    pub is_keras: bool,
    /// What could not be followed.
    pub problems: Vec<(ProblemKind, String)>,
}

/// One dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Array {
    /// The path without the first slash, made visible and shortened.
    pub path: String,
    /// What the elements are; `None` for texts, records and everything else that is no plain number.
    pub element: Option<Element>,
    /// The element type in words.
    pub type_name: String,
    /// The dimensions, outermost first.
    pub shape: Vec<u64>,
    /// Where the elements are.
    pub stored: Stored,
    /// The bytes of an element that was never written; empty for zero.
    pub fill: Vec<u8>,
}

/// A plain number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element {
    /// What kind of number.
    pub number: Number,
    /// Bytes of one.
    pub bytes: u64,
    /// Whether the most significant byte comes first.
    pub is_big_endian: bool,
}

/// Kinds of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Whole, in two's complement.
    Signed,
    /// Whole, not negative.
    Unsigned,
    /// IEEE 754.
    Float,
    /// The upper half of binary32.
    BrainFloat,
    /// One byte, 0 or 1, as h5py writes truth values.
    Bool,
}

/// Where the elements of an array are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// In one stretch of the file.
    Contiguous {
        /// The first byte.
        offset: u64,
        /// How many bytes.
        length: u64,
    },
    /// In chunks.
    Chunked(Chunks),
    /// Nowhere: every element has the fill value.
    Nowhere,
    /// They cannot be read, and why.
    Unreadable(String),
}

/// The chunks of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunks {
    /// The shape of a chunk in elements; as many dimensions as the array, none of them zero.
    pub shape: Vec<u64>,
    /// The filters in the order in which they were applied.
    pub filters: Vec<Filter>,
    /// The chunks that exist, by number, each number once.
    pub list: Vec<Chunk>,
}

/// A chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Its number in the grid of chunks, counted in row-major order.
    pub number: u64,
    /// Its first byte in the file.
    pub offset: u64,
    /// Its bytes in the file.
    pub length: u64,
    /// A bit for each filter that it did not go through.
    pub skipped: u32,
}

/// The arrays of a file and where their numbers lie; empty for a file that is none.
#[must_use]
pub fn table(bytes: &SharedBytes, budget: &Budget) -> Table {
    let mut table = Table::default();
    let file = match File::open(bytes) {
        Ok(file) => file,
        Err(reason) => {
            table
                .problems
                .push((ProblemKind::Malformed, reason.to_owned()));
            return table;
        }
    };
    let mut room = CHUNKS;
    let mut arrays = Vec::new();
    let seen = walk::walk_each(&file, budget, &mut |header, path| {
        if arrays.len() < ARRAYS
            && let Some(array) = array(&file, header, path, &mut room)
        {
            arrays.push(array);
        }
    });
    table.arrays = arrays;
    table.finish(&seen);
    table
}

impl Table {
    fn finish(&mut self, seen: &Seen) {
        let limit = ProblemKind::LimitReached;
        let is_full = self.arrays.len() >= ARRAYS;
        let is_broken = !seen.broken.is_empty();
        let incomplete = [
            (seen.limited, limit, "more objects than are read"),
            (seen.out_of_time, limit, "the time for this file is up"),
            (is_full, limit, "more datasets than are listed"),
            (is_broken, ProblemKind::Malformed, "an object is broken"),
        ];
        let told = incomplete.iter().filter(|(is_so, ..)| *is_so);
        self.problems
            .extend(told.map(|(_, kind, detail)| (*kind, (*detail).to_owned())));
        let says_so = seen.notes.iter().any(|note| {
            let name = note.attribute.name.as_str();
            let at_top = matches!(note.path.as_str(), "/" | "/model_weights");
            at_top && matches!(name, "layer_names" | "keras_version" | "model_config")
        });
        self.is_keras = says_so || self.arrays.iter().any(|array| is_variable(&array.path));
        for note in &seen.notes {
            let is_brain_float = note.attribute.name == "dtype"
                && note.attribute.values.first().map(Vec::as_slice) == Some(b"bfloat16");
            if is_brain_float {
                self.brain_float(note.path.strip_prefix('/').unwrap_or(&note.path));
            }
        }
    }

    /// h5py has no type for `bfloat16`: Keras writes two opaque bytes and an attribute (`saving_lib.py`, `H5Entry`).
    fn brain_float(&mut self, path: &str) {
        let array = self.arrays.iter_mut().find(|array| array.path == path);
        if let Some(array) = array
            && array.element.is_none()
            && array.type_name == "|V2"
        {
            array.element = Some(Element {
                number: Number::BrainFloat,
                bytes: 2,
                is_big_endian: false,
            });
        }
    }
}

/// Whether a path ends as the variables of Keras 3 do: `layers/dense/vars/0`.
fn is_variable(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or_default();
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    is_number && parts.next() == Some("vars")
}

fn array(file: &File, header: &Header, path: &str, room: &mut usize) -> Option<Array> {
    let raw = shape::resolve(file, header.find(0x03)?)?;
    let datatype = Datatype::parse(&raw)?;
    let space = Dataspace::parse(file, &shape::resolve(file, header.find(0x01)?)?)?;
    if space.is_null {
        return None;
    }
    let element = element(datatype, &raw);
    let stored = match element {
        Some(_) => stored(file, header, datatype, &space, room),
        None if datatype.class == Class::Opaque && datatype.size == 2 => {
            stored(file, header, datatype, &space, room)
        }
        None => Stored::Unreadable("its elements are no plain numbers".to_owned()),
    };
    Some(Array {
        path: path.strip_prefix('/').unwrap_or(path).to_owned(),
        element,
        type_name: datatype.name(),
        shape: space.dimensions,
        stored,
        fill: fill(header)
            .filter(|fill| wide(fill.len()) == datatype.size)
            .unwrap_or_default(),
    })
}

/// What the elements are, if they are numbers without any padding.
fn element(datatype: Datatype, raw: &[u8]) -> Option<Element> {
    let plain = |number| Element {
        number,
        bytes: datatype.size,
        is_big_endian: datatype.big && datatype.size > 1,
    };
    let mut fields = Fields::new(raw.get(8..)?);
    match datatype.class {
        Class::Integer if matches!(datatype.size, 1 | 2 | 4 | 8) => {
            let number = if datatype.signed {
                Number::Signed
            } else {
                Number::Unsigned
            };
            is_whole(&mut fields, datatype.size)?;
            Some(plain(number))
        }
        Class::Float => {
            is_whole(&mut fields, datatype.size)?;
            let is_vax = raw.get(1)? & 0x40 != 0;
            match (datatype.size, datatype.exponent) {
                _ if is_vax => None,
                (2, 5) | (4, 8) | (8, 11) => Some(plain(Number::Float)),
                (2, 8) => Some(plain(Number::BrainFloat)),
                _ => None,
            }
        }
        // PyTables keeps truth values so; h5py reads them as whole numbers.
        Class::Bits if matches!(datatype.size, 1 | 2 | 4 | 8) => {
            is_whole(&mut fields, datatype.size)?;
            Some(plain(Number::Unsigned))
        }
        Class::Enumeration if datatype.size == 1 => is_truth(raw).then(|| plain(Number::Bool)),
        _ => None,
    }
}

/// Whether the bits of the number fill its bytes.
fn is_whole(fields: &mut Fields<'_>, size: u64) -> Option<()> {
    let offset = fields.short()?;
    let precision = u64::from(fields.short()?);
    (offset == 0 && precision == size.checked_mul(8)?).then_some(())
}

/// Whether an enumeration has exactly the two members that h5py gives truth values.
fn is_truth(raw: &[u8]) -> bool {
    let holds = |name: &[u8]| raw.windows(name.len()).any(|part| part == name);
    let end = raw.iter().rposition(|byte| *byte != 0).unwrap_or(0);
    let values = raw.get(end.saturating_sub(1)..end.saturating_add(1));
    // Object headers of version 1 pad their messages.
    let counts_up = values == Some(&[0, 1]);
    raw.get(1..3) == Some(&[2, 0]) && holds(b"FALSE\0") && holds(b"TRUE\0") && counts_up
}

fn stored(
    file: &File,
    header: &Header,
    datatype: Datatype,
    space: &Dataspace,
    room: &mut usize,
) -> Stored {
    let unreadable = |reason: &str| Stored::Unreadable(reason.to_owned());
    if header.find(0x07).is_some() {
        return unreadable("its data lie in other files, which are not opened");
    }
    let layout = header
        .find(0x08)
        .and_then(|message| Layout::parse(file, message));
    let needed = space
        .elements()
        .and_then(|count| count.checked_mul(datatype.size));
    let Some(needed) = needed else {
        return unreadable("its size overflows");
    };
    match layout {
        None => unreadable("its layout is not known"),
        Some(Layout::Virtual { .. }) => {
            unreadable("it is put together from other datasets, which are not opened")
        }
        Some(Layout::Compact { address, length }) => contiguous(file, address, length, needed),
        Some(Layout::Contiguous { address, length: _ }) if !file.is_defined(address) => {
            Stored::Nowhere
        }
        Some(Layout::Contiguous { address, length }) => {
            contiguous(file, address, length.unwrap_or(needed), needed)
        }
        Some(Layout::Chunked { address, .. }) if !file.is_defined(address) => Stored::Nowhere,
        Some(Layout::Chunked {
            address,
            chunk,
            index,
            plain_edges,
        }) => {
            let Some(filters) = shape::pipeline(header) else {
                return unreadable("its filters cannot be read");
            };
            if plain_edges && !filters.is_empty() {
                return unreadable("some of its chunks are not compressed, which is not followed");
            }
            let grid = Grid::new(&space.dimensions, chunk, datatype.size);
            let Some(mut grid) = grid else {
                return unreadable("its chunks do not fit its shape");
            };
            match grid.collect(file, address, index, !filters.is_empty(), room) {
                Ok(()) => Stored::Chunked(Chunks {
                    shape: grid.chunk,
                    filters,
                    list: grid.list,
                }),
                Err(reason) => unreadable(reason),
            }
        }
    }
}

fn contiguous(file: &File, address: u64, length: u64, needed: u64) -> Stored {
    let offset = file.place(address);
    let is_inside = offset
        .checked_add(needed)
        .is_some_and(|end| end <= file.size());
    if length < needed {
        Stored::Unreadable("it has fewer bytes than its shape needs".to_owned())
    } else if !is_inside {
        Stored::Unreadable("it reaches beyond the file".to_owned())
    } else {
        Stored::Contiguous {
            offset,
            length: needed,
        }
    }
}

/// The chunks of one dataset while they are gathered.
struct Grid {
    /// The shape of a chunk.
    chunk: Vec<u64>,
    /// Chunks along each dimension.
    counts: Vec<u64>,
    /// Bytes of an unfiltered chunk.
    bytes: u64,
    list: Vec<Chunk>,
}

impl Grid {
    /// `chunk` ends with the bytes of an element, as the layout message has it.
    fn new(shape: &[u64], mut chunk: Vec<u64>, size: u64) -> Option<Self> {
        let last = chunk.pop()?;
        if last != size || chunk.len() != shape.len() || chunk.contains(&0) || shape.is_empty() {
            return None;
        }
        let counts = shape
            .iter()
            .zip(&chunk)
            .map(|(size, chunk)| size.div_ceil(*chunk))
            .collect();
        let bytes = chunk
            .iter()
            .try_fold(size, |product, each| product.checked_mul(*each))?;
        Some(Self {
            chunk,
            counts,
            bytes,
            list: Vec::new(),
        })
    }

    fn all(&self) -> Option<u64> {
        self.counts
            .iter()
            .try_fold(1_u64, |product, each| product.checked_mul(*each))
    }

    /// The number of the chunk at these places of the grid; `None` outside of it.
    fn number(&self, places: impl Iterator<Item = u64>) -> Option<u64> {
        let mut number = 0_u64;
        for (place, count) in places.zip(&self.counts) {
            if place >= *count {
                return None;
            }
            number = number.checked_mul(*count)?.checked_add(place)?;
        }
        Some(number)
    }

    fn collect(
        &mut self,
        file: &File,
        address: u64,
        index: Index,
        is_filtered: bool,
        room: &mut usize,
    ) -> Result<(), &'static str> {
        let left = *room;
        let whole = match index {
            Index::Tree => self.tree(file, address, left),
            Index::Tree2 => self.tree2(file, address, is_filtered, left),
            Index::Single(stored) => {
                let (length, skipped) = stored.unwrap_or((self.bytes, 0));
                self.add(file, 0, address, length, skipped);
                true
            }
            Index::Implicit => self.implicit(file, address, left).is_some(),
            Index::Fixed => self.fixed(file, address, is_filtered, left).is_some(),
            Index::Other => {
                return Err("the index of its chunks is of a kind that is not followed");
            }
        };
        if self.list.len() >= left {
            return Err("it has more chunks than are listed");
        }
        if !whole {
            return Err("the index of its chunks is broken");
        }
        *room = left.saturating_sub(self.list.len());
        self.list.sort_by_key(|chunk| chunk.number);
        self.list.dedup_by_key(|chunk| chunk.number);
        let is_inside = |chunk: &Chunk| {
            let end = chunk.offset.checked_add(chunk.length);
            end.is_some_and(|end| end <= file.size())
        };
        let is_long_enough = |chunk: &Chunk| is_filtered || chunk.length >= self.bytes;
        if !self.list.iter().all(is_inside) {
            return Err("a chunk reaches beyond the file");
        }
        if !self.list.iter().all(is_long_enough) {
            return Err("a chunk has fewer bytes than its shape needs");
        }
        Ok(())
    }

    fn add(&mut self, file: &File, number: u64, address: u64, length: u64, skipped: u32) {
        if file.is_defined(address) {
            self.list.push(Chunk {
                number,
                offset: file.place(address),
                length,
                skipped,
            });
        }
    }

    /// Keys of a version 1 tree: stored bytes, skipped filters, and the first element along each dimension.
    fn tree(&mut self, file: &File, address: u64, room: usize) -> bool {
        let mut is_right = true;
        let dimensions = self.chunk.len().saturating_add(1);
        let walk = tree::chunks(file, address, dimensions, &mut |key, child| {
            if self.list.len() >= room {
                return;
            }
            let mut fields = Fields::new(key);
            let head = fields.word().zip(fields.word());
            let firsts: Option<Vec<u64>> =
                (0..self.chunk.len()).map(|_| fields.number(8)).collect();
            let (Some((length, skipped)), Some(firsts)) = (head, firsts) else {
                is_right = false;
                return;
            };
            let places = firsts.iter().zip(&self.chunk);
            let is_on_grid = places
                .clone()
                .all(|(first, chunk)| first.is_multiple_of(*chunk));
            let places = places.map(|(first, chunk)| first.checked_div(*chunk).unwrap_or(u64::MAX));
            // Chunks that a dataset shrank away from may still be listed.
            if is_on_grid && let Some(number) = self.number(places) {
                self.add(file, number, child, u64::from(length), skipped);
            }
        });
        is_right && walk == Walk::Complete
    }

    /// Records of a version 2 tree: address, stored bytes and skipped filters if filtered, and the place in the grid.
    fn tree2(&mut self, file: &File, address: u64, is_filtered: bool, room: usize) -> bool {
        let walk = tree::second(file, address, &mut |record| {
            if self.list.len() >= room {
                return Some(());
            }
            let mut fields = Fields::new(record);
            let child = file.address(&mut fields)?;
            let coordinates = self.chunk.len().checked_mul(8)?;
            let (length, skipped) = if is_filtered {
                let fixed = file.offsets.checked_add(4)?.checked_add(coordinates)?;
                let width = record.len().checked_sub(fixed)?;
                (fields.number(width)?, fields.word()?)
            } else {
                (self.bytes, 0)
            };
            let places: Vec<u64> = (0..self.chunk.len())
                .map(|_| fields.number(8))
                .collect::<Option<_>>()?;
            if let Some(number) = self.number(places.into_iter()) {
                self.add(file, number, child, length, skipped);
            }
            Some(())
        });
        walk == Walk::Complete
    }

    fn implicit(&mut self, file: &File, address: u64, room: usize) -> Option<()> {
        let all = self.all()?;
        for number in 0..all.min(wide(room)) {
            let at = address.checked_add(number.checked_mul(self.bytes)?)?;
            self.add(file, number, at, self.bytes, 0);
        }
        Some(())
    }

    /// A fixed array: a header, a block, and pages in the block if there are many entries.
    fn fixed(&mut self, file: &File, address: u64, is_filtered: bool, room: usize) -> Option<()> {
        let head = file.at(address, 64)?;
        let mut fields = Fields::new(&head);
        if fields.take(4)? != b"FAHD" {
            return None;
        }
        fields.skip(2)?;
        let entry = usize::from(fields.byte()?);
        let page_bits = fields.byte().filter(|bits| *bits <= PAGE_BITS)?;
        let entries = file.length(&mut fields)?;
        let block = file.address(&mut fields)?;
        let all = self.all()?;
        if entries < all || all > wide(room) {
            self.list.clear();
            return (all > wide(room)).then_some(());
        }
        let page = 1_u64.checked_shl(u32::from(page_bits))?;
        let prefix = wide(file.offsets).checked_add(6)?;
        if entries <= page {
            return self.entries(
                file,
                block.checked_add(prefix)?,
                (0, all),
                entry,
                is_filtered,
            );
        }
        let pages = entries.div_ceil(page);
        let bits = file.at(block.checked_add(prefix)?, pages.div_ceil(8))?;
        let mut at = block
            .checked_add(prefix)?
            .checked_add(pages.div_ceil(8))?
            .checked_add(4)?;
        for number in 0..pages {
            let first = number.checked_mul(page)?;
            let count = page.min(all.saturating_sub(first));
            // The bits count from the most significant one.
            let shift = u32::try_from(number.checked_rem(8)?).ok()?;
            let bit = 0x80_u8.checked_shr(shift)?;
            let is_there = bits.get(narrow(number.checked_div(8)?))? & bit != 0;
            if is_there && count > 0 {
                self.entries(file, at, (first, count), entry, is_filtered)?;
            }
            let used = page.min(entries.saturating_sub(first));
            at = at
                .checked_add(used.checked_mul(wide(entry))?)?
                .checked_add(4)?;
        }
        Some(())
    }

    fn entries(
        &mut self,
        file: &File,
        address: u64,
        (first, count): (u64, u64),
        entry: usize,
        is_filtered: bool,
    ) -> Option<()> {
        let data = file.exactly(address, count.checked_mul(wide(entry))?)?;
        let mut fields = Fields::new(&data);
        for index in 0..count {
            let child = file.address(&mut fields)?;
            let (length, skipped) = if is_filtered {
                let width = entry.checked_sub(file.offsets)?.checked_sub(4)?;
                (fields.number(width)?, fields.word()?)
            } else {
                (self.bytes, 0)
            };
            self.add(file, first.checked_add(index)?, child, length, skipped);
        }
        Some(())
    }
}

/// The bytes of the fill value (message 0x0005); `None` if none is defined.
fn fill(header: &Header) -> Option<Vec<u8>> {
    let message = header.find(0x05).filter(|message| !message.shared)?;
    let mut fields = Fields::new(&message.data);
    let is_defined = match fields.byte()? {
        1 | 2 => {
            fields.skip(2)?;
            fields.byte()? != 0
        }
        3 => fields.byte()? & 0x20 != 0,
        _ => false,
    };
    if !is_defined {
        return None;
    }
    let length = narrow(u64::from(fields.word()?));
    fields.take(length).map(<[u8]>::to_vec)
}
