//! The directory of a 7z archive as data.
//!
//! Counts are taken at their word only as far as the bytes that must stand behind them are there.

use super::packed_start;
use crate::fields::{array_at, length};

const END: u64 = 0x00;
const HEADER: u64 = 0x01;
const ARCHIVE_PROPERTIES: u64 = 0x02;
const ADDITIONAL_STREAMS: u64 = 0x03;
const MAIN_STREAMS: u64 = 0x04;
const FILES: u64 = 0x05;
const PACK_INFO: u64 = 0x06;
const UNPACK_INFO: u64 = 0x07;
const SUBSTREAMS: u64 = 0x08;
const SIZES: u64 = 0x09;
const CHECKSUMS: u64 = 0x0a;
const FOLDERS: u64 = 0x0b;
const UNPACK_SIZES: u64 = 0x0c;
const SUBSTREAM_COUNTS: u64 = 0x0d;
const EMPTY_STREAMS: u64 = 0x0e;
const EMPTY_FILES: u64 = 0x0f;
const NAMES: u64 = 0x11;
const ATTRIBUTES: u64 = 0x15;
const ENCODED_HEADER: u64 = 0x17;

/// LIMIT: 7-Zip allows 32 coders in a folder and 32 streams for each.
const MOST_CODERS: usize = 32;
const MOST_INPUTS: usize = 64;
/// LIMIT: substreams of all folders; a count costs one byte, its sizes one byte each.
const MOST_SUBSTREAMS: usize = 1_000_000;
/// LIMIT: attributes that are kept; more members than that are beyond every limit.
const MOST_ATTRIBUTES: usize = 1_000_000;

/// What the bytes of a directory are.
#[derive(Debug)]
pub(super) enum Header {
    Plain(Directory),
    /// Packed like a member.
    Encoded(Streams),
}

/// Members and the streams that hold them.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) streams: Streams,
    files: usize,
    /// Bit `n` is set when file `n` has no content; first bit in the highest place.
    empty_streams: Vec<u8>,
    /// Bit `n` is set when the `n`th file without content is an empty file rather than a folder.
    empty_files: Vec<u8>,
    /// UTF-16, each ended by a zero.
    names: Vec<u8>,
    attributes: Vec<Option<u32>>,
}

/// A member.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) name: Vec<u8>,
    pub(super) has_stream: bool,
    pub(super) is_folder: bool,
    pub(super) attributes: Option<u32>,
}

/// Packed streams and the folders that unpack them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    /// Start and length of each packed stream.
    packed: Vec<(u64, u64)>,
    pub(super) folders: Vec<Folder>,
    /// For each folder the sizes of the members in it.
    pub(super) substream_sizes: Vec<Vec<u64>>,
}

/// One block: coders and how they are bound to each other.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub(super) coders: Vec<RawCoder>,
    /// Input stream, output stream.
    bonds: Vec<(usize, usize)>,
    /// The input streams that read packed streams, in their order.
    pub(super) packed_inputs: Vec<usize>,
    /// What each coder makes.
    pub(super) sizes: Vec<u64>,
    pub(super) checksum: Option<u32>,
}

/// A coder as written.
#[derive(Debug)]
pub(super) struct RawCoder {
    pub(super) method: Vec<u8>,
    pub(super) properties: Vec<u8>,
    inputs: usize,
}

impl Streams {
    /// Start and length of a packed stream.
    pub(super) fn packed(&self, index: usize) -> Option<(u64, u64)> {
        self.packed.get(index).copied()
    }
}

impl Folder {
    /// The coder whose output nobody reads.
    pub(super) fn main_coder(&self) -> Option<usize> {
        let is_read = |coder: usize| self.bonds.iter().any(|(_, output)| *output == coder);
        (0..self.coders.len()).find(|coder| !is_read(*coder))
    }

    pub(super) fn unpacked_size(&self) -> u64 {
        self.main_coder()
            .and_then(|main| self.sizes.get(main))
            .copied()
            .unwrap_or_default()
    }

    /// The numbers of the input streams of a coder.
    pub(super) fn inputs_of(&self, coder: usize) -> std::ops::Range<usize> {
        let before = self.coders.iter().take(coder).map(|coder| coder.inputs);
        let start = before.fold(0, usize::saturating_add);
        let count = self.coders.get(coder).map_or(0, |coder| coder.inputs);
        start..start.saturating_add(count)
    }

    /// The coder whose output an input stream reads.
    pub(super) fn maker_of(&self, input: usize) -> Option<usize> {
        self.bonds
            .iter()
            .find(|(bound, _)| *bound == input)
            .map(|(_, output)| *output)
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.coders
            .iter()
            .any(|coder| coder.method == [6, 0xf1, 7, 1])
    }
}

impl Directory {
    /// The members in order.
    pub(super) fn files(&self) -> impl Iterator<Item = File> {
        let mut names = self.names.as_slice();
        let mut empty = 0;
        (0..self.files).map(move |index| {
            let has_stream = !bit(&self.empty_streams, index);
            let is_folder = !has_stream && !bit(&self.empty_files, empty);
            if !has_stream {
                empty = empty.saturating_add(1);
            }
            File {
                name: next_name(&mut names),
                has_stream,
                is_folder,
                attributes: self.attributes.get(index).copied().flatten(),
            }
        })
    }
}

fn bit(bits: &[u8], index: usize) -> bool {
    bits.get(index / 8)
        .is_some_and(|byte| byte & (0x80 >> (index % 8)) != 0)
}

/// Takes the next name off a list, as UTF-8.
fn next_name(names: &mut &[u8]) -> Vec<u8> {
    let units = names.chunks_exact(2);
    let end = units.clone().position(|unit| unit == [0, 0]);
    let count = end.unwrap_or(units.len());
    let units = units
        .take(count)
        .map(|unit| u16::from_le_bytes([*unit.first().unwrap_or(&0), *unit.get(1).unwrap_or(&0)]));
    let name: String = char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    *names = names
        .get(count.saturating_add(1).saturating_mul(2)..)
        .unwrap_or_default();
    name.into_bytes()
}

/// Reads a directory; `None` when it follows no known form.
pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    let mut reader = Reader { rest: bytes };
    match reader.number()? {
        ENCODED_HEADER => Some(Header::Encoded(reader.streams()?)),
        HEADER => Some(Header::Plain(reader.directory()?)),
        _ => None,
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// The set high bits of the first byte count the bytes that follow; its low bits are the highest of the number.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let count = usize::try_from(first.leading_ones()).ok()?;
        let mut low = [0; 8];
        for byte in low.iter_mut().take(count) {
            *byte = self.byte()?;
        }
        let low = u64::from_le_bytes(low);
        if count >= 7 {
            return Some(low);
        }
        let mask = 0x7f_u64 >> count;
        let shift = u32::try_from(count.checked_mul(8)?).ok()?;
        Some(low | (u64::from(first) & mask).checked_shl(shift)?)
    }

    /// A number that counts things of at least one byte each.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.rest.len()).then_some(count)
    }

    fn directory(&mut self) -> Option<Directory> {
        let mut directory = Directory::default();
        loop {
            // A directory that stops between its parts is complete as far as it goes.
            match self.number().unwrap_or(END) {
                END => return Some(directory),
                ARCHIVE_PROPERTIES => {
                    while self.number()? != END {
                        let size = self.count()?;
                        self.take(size)?;
                    }
                }
                ADDITIONAL_STREAMS => {
                    self.streams()?;
                }
                MAIN_STREAMS => directory.streams = self.streams()?,
                FILES => self.files(&mut directory)?,
                _ => return None,
            }
        }
    }

    fn streams(&mut self) -> Option<Streams> {
        let mut streams = Streams::default();
        let mut has_substreams = false;
        loop {
            match self.number().unwrap_or(END) {
                END => break,
                PACK_INFO => self.pack_info(&mut streams)?,
                UNPACK_INFO => self.unpack_info(&mut streams)?,
                SUBSTREAMS => {
                    self.substreams(&mut streams)?;
                    has_substreams = true;
                }
                _ => return None,
            }
        }
        if !has_substreams {
            // Not every writer lists them; 7-Zip then takes one for each folder.
            let sizes = streams
                .folders
                .iter()
                .map(|folder| vec![folder.unpacked_size()]);
            streams.substream_sizes = sizes.collect();
        }
        Some(streams)
    }

    fn pack_info(&mut self, streams: &mut Streams) -> Option<()> {
        let mut start = packed_start(self.number()?);
        let count = self.count()?;
        loop {
            match self.number()? {
                END => return Some(()),
                SIZES => {
                    for _ in 0..count {
                        let size = self.number()?;
                        streams.packed.push((start, size));
                        start = start.saturating_add(size);
                    }
                }
                CHECKSUMS => {
                    self.checksums(count)?;
                }
                _ => return None,
            }
        }
    }

    fn unpack_info(&mut self, streams: &mut Streams) -> Option<()> {
        loop {
            match self.number()? {
                END => return Some(()),
                FOLDERS => {
                    let count = self.count()?;
                    if self.byte()? != 0 {
                        return None;
                    }
                    for _ in 0..count {
                        let folder = self.folder()?;
                        streams.folders.push(folder);
                    }
                }
                UNPACK_SIZES => {
                    for folder in &mut streams.folders {
                        for _ in 0..folder.coders.len() {
                            folder.sizes.push(self.number()?);
                        }
                    }
                }
                CHECKSUMS => {
                    let checksums = self.checksums(streams.folders.len())?;
                    for (folder, checksum) in streams.folders.iter_mut().zip(checksums) {
                        folder.checksum = checksum;
                    }
                }
                _ => return None,
            }
        }
    }

    fn folder(&mut self) -> Option<Folder> {
        let mut folder = Folder::default();
        let count = self.count()?;
        if count == 0 || count > MOST_CODERS {
            return None;
        }
        let mut inputs: usize = 0;
        for _ in 0..count {
            let coder = self.coder()?;
            inputs = inputs.checked_add(coder.inputs)?;
            folder.coders.push(coder);
        }
        let bonds = count.checked_sub(1)?;
        for _ in 0..bonds {
            let input = usize::try_from(self.number()?).ok()?;
            let output = usize::try_from(self.number()?).ok()?;
            folder.bonds.push((input, output));
        }
        let packed = inputs
            .checked_sub(bonds)
            .filter(|_| inputs <= MOST_INPUTS)?;
        if packed == 1 {
            let is_bound = |input: usize| folder.bonds.iter().any(|(bound, _)| *bound == input);
            let free = (0..inputs).find(|input| !is_bound(*input))?;
            folder.packed_inputs.push(free);
            return Some(folder);
        }
        for _ in 0..packed {
            let input = usize::try_from(self.number()?).ok()?;
            folder.packed_inputs.push(input);
        }
        Some(folder)
    }

    fn coder(&mut self) -> Option<RawCoder> {
        let flags = self.byte()?;
        let method = self.take(usize::from(flags & 0x0f))?.to_vec();
        let mut inputs = 1;
        if flags & 0x10 != 0 {
            inputs = usize::try_from(self.number()?).ok()?;
            // Coders with several outputs existed on paper only.
            if self.number()? != 1 || inputs > MOST_INPUTS {
                return None;
            }
        }
        let mut properties = Vec::new();
        if flags & 0x20 != 0 {
            let size = self.count()?;
            properties = self.take(size)?.to_vec();
        }
        Some(RawCoder {
            method,
            properties,
            inputs,
        })
    }

    fn substreams(&mut self, streams: &mut Streams) -> Option<()> {
        let mut counts = vec![1_usize; streams.folders.len()];
        let mut kind = self.number()?;
        if kind == SUBSTREAM_COUNTS {
            let mut all: usize = 0;
            for count in &mut counts {
                *count = usize::try_from(self.number()?).ok()?;
                all = all
                    .checked_add(*count)
                    .filter(|all| *all <= MOST_SUBSTREAMS)?;
            }
            kind = self.number()?;
        }
        let has_sizes = kind == SIZES;
        for (folder, count) in streams.folders.iter().zip(&counts) {
            let mut rest = folder.unpacked_size();
            let mut sizes = Vec::new();
            for _ in 0..count.saturating_sub(1) {
                let size = if has_sizes { self.number()? } else { 0 };
                rest = rest.saturating_sub(size);
                sizes.push(size);
            }
            if *count > 0 {
                sizes.push(rest);
            }
            streams.substream_sizes.push(sizes);
        }
        if has_sizes {
            kind = self.number()?;
        }
        if kind == CHECKSUMS {
            let unknown = streams.folders.iter().zip(&counts).map(|(folder, count)| {
                if *count == 1 && folder.checksum.is_some() {
                    0
                } else {
                    *count
                }
            });
            let unknown = unknown.fold(0, usize::saturating_add);
            self.checksums(unknown)?;
            kind = self.number()?;
        }
        (kind == END).then_some(())
    }

    fn checksums(&mut self, count: usize) -> Option<Vec<Option<u32>>> {
        let defined = self.defined(count)?;
        let mut checksums = Vec::new();
        for is_defined in defined {
            checksums.push(if is_defined { Some(self.long()?) } else { None });
        }
        Some(checksums)
    }

    fn long(&mut self) -> Option<u32> {
        array_at(self.take(4)?, 0).map(u32::from_le_bytes)
    }

    /// Which of `count` things have a value.
    fn defined(&mut self, count: usize) -> Option<Vec<bool>> {
        if self.byte()? != 0 {
            // Each of them takes four bytes.
            return (count <= self.rest.len()).then(|| vec![true; count]);
        }
        let bits = self.take(count.div_ceil(8))?;
        Some((0..count).map(|index| bit(bits, index)).collect())
    }

    fn files(&mut self, directory: &mut Directory) -> Option<()> {
        directory.files = self.count()?;
        loop {
            let kind = self.number()?;
            if kind == END {
                return Some(());
            }
            let size = self.number()?;
            let mut field = Reader {
                rest: self.take(length(size))?,
            };
            match kind {
                EMPTY_STREAMS => directory.empty_streams = field.rest.to_vec(),
                EMPTY_FILES => directory.empty_files = field.rest.to_vec(),
                NAMES => {
                    if field.byte()? != 0 {
                        return None;
                    }
                    directory.names = field.rest.to_vec();
                }
                ATTRIBUTES => {
                    let defined = field.defined(directory.files)?;
                    if field.byte()? != 0 {
                        return None;
                    }
                    for is_defined in defined.into_iter().take(MOST_ATTRIBUTES) {
                        let attributes = if is_defined {
                            Some(field.long()?)
                        } else {
                            None
                        };
                        directory.attributes.push(attributes);
                    }
                }
                // Times, comments, anti-items, padding.
                _ => {}
            }
        }
    }
}
