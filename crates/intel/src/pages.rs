//! The file under the store: pages with checksums, read where they are needed and never trusted before they are
//! checked.
//!
//! A store is written once, as a whole, and never changed. Its header (one page) says how long everything is and
//! carries the digest of the table of checksums, which lies at the end; the table carries eight bytes of BLAKE3 for
//! each page of data. So a cut, a flipped bit or a mix of two files is found when the touched page is read, and nothing
//! else has to be read to find it. The checksums are against accidents; against people there are signatures.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

use crate::error::IntelError;

/// Raise it with every change of the format or of what compiled data means, the order of versions included.
pub(crate) const VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"CWINTEL\n";
const HEADER: usize = 128;
/// Data lies in pages of this size; the last one is shorter.
const PAGE: usize = 8192;
const CHECKSUM: usize = 8;
/// LIMIT: bytes of data in one store.
const MOST: u64 = 64 << 30;

/// Where bytes come from.
#[derive(Debug)]
enum Backing {
    File(File),
    Memory(Vec<u8>),
}

impl Backing {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self {
            Self::File(file) => read_exact_at(file, buffer, offset),
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).map_err(io::Error::other)?;
                let from = start
                    .checked_add(buffer.len())
                    .and_then(|end| bytes.get(start..end));
                buffer.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                buffer = &mut buffer[count..];
                offset += count as u64;
            }
        }
    }
    Ok(())
}

/// A stretch of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Stretch {
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

/// The data of a store.
pub(crate) struct Pages {
    backing: Backing,
    length: u64,
    checksums: Vec<u8>,
    cached: Vec<OnceLock<Box<[u8]>>>,
    directory: Stretch,
    root: [u8; 32],
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl Pages {
    pub(crate) fn open(path: &Path) -> Result<Self, IntelError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(IntelError::Missing(path.to_owned()));
            }
            Err(error) => return Err(IntelError::io("open", path, error)),
        };
        let metadata = file
            .metadata()
            .map_err(|error| IntelError::io("open", path, error))?;
        if !metadata.is_file() {
            return Err(IntelError::NoStore(path.to_owned()));
        }
        Self::read(Backing::File(file), metadata.len(), path)
    }

    pub(crate) fn in_memory(bytes: Vec<u8>) -> Result<Self, IntelError> {
        let length = bytes.len() as u64;
        Self::read(Backing::Memory(bytes), length, Path::new("memory"))
    }

    fn read(backing: Backing, size: u64, path: &Path) -> Result<Self, IntelError> {
        let mut header = [0_u8; HEADER];
        let have = HEADER.min(usize::try_from(size).unwrap_or(HEADER));
        let read = backing.read(0, &mut header[..have]);
        read.map_err(|error| IntelError::io("read", path, error))?;
        if &header[..8] != MAGIC {
            return Err(IntelError::NoStore(path.to_owned()));
        }
        if have < HEADER {
            return Err(IntelError::damaged("it ends within its header"));
        }
        let found = u32::from_le_bytes(four(&header, 8));
        if found != VERSION {
            return Err(IntelError::OtherVersion {
                found,
                expected: VERSION,
            });
        }
        if *blake3::hash(&header[..96]).as_bytes() != header[96..128] {
            return Err(IntelError::damaged("its header has a wrong checksum"));
        }
        let length = u64::from_le_bytes(eight(&header, 16));
        let pages = length.div_ceil(PAGE as u64);
        let table = pages * CHECKSUM as u64;
        if length > MOST || size != HEADER as u64 + length + table {
            return Err(IntelError::damaged(format!(
                "it has {size} bytes, which is not what its header says"
            )));
        }
        let pages = usize::try_from(pages)
            .map_err(|_| IntelError::damaged("it is too large for this machine"))?;
        let mut checksums = vec![0; pages * CHECKSUM];
        let read = backing.read(HEADER as u64 + length, &mut checksums);
        read.map_err(|error| IntelError::io("read", path, error))?;
        let mut root = [0; 32];
        root.copy_from_slice(&header[48..80]);
        if *blake3::hash(&checksums).as_bytes() != root {
            return Err(IntelError::damaged(
                "its table of checksums has a wrong checksum",
            ));
        }
        Ok(Self {
            backing,
            length,
            checksums,
            cached: (0..pages).map(|_| OnceLock::new()).collect(),
            directory: Stretch {
                offset: u64::from_le_bytes(eight(&header, 24)),
                length: u64::from_le_bytes(eight(&header, 32)),
            },
            root,
        })
    }

    /// Identifies the content.
    pub(crate) const fn root(&self) -> [u8; 32] {
        self.root
    }

    pub(crate) const fn directory(&self) -> Stretch {
        self.directory
    }

    /// Bytes that are asked for often: their pages are kept.
    pub(crate) fn get(&self, offset: u64, length: usize) -> Result<Cow<'_, [u8]>, IntelError> {
        let (first, within) = self.locate(offset, length)?;
        let page = self.page(first)?;
        if let Some(bytes) = page.get(within..within + length) {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut bytes = page.get(within..).unwrap_or_default().to_vec();
        let mut next = first + 1;
        while bytes.len() < length {
            let page = self.page(next)?;
            let rest = length - bytes.len();
            bytes.extend_from_slice(page.get(..rest.min(page.len())).unwrap_or_default());
            next += 1;
        }
        Ok(Cow::Owned(bytes))
    }

    /// Bytes that are asked for once: their pages are checked and let go.
    pub(crate) fn get_once(&self, stretch: Stretch) -> Result<Vec<u8>, IntelError> {
        let length = usize::try_from(stretch.length)
            .map_err(|_| IntelError::damaged("a part is too large"))?;
        let (first, within) = self.locate(stretch.offset, length)?;
        let mut bytes = Vec::with_capacity(length);
        let mut next = first;
        let mut from = within;
        while bytes.len() < length {
            let page = match self.cached.get(next).and_then(OnceLock::get) {
                Some(page) => Cow::Borrowed(&page[..]),
                None => Cow::Owned(self.load(next)?.into_vec()),
            };
            let until = page.len().min(from + (length - bytes.len()));
            bytes.extend_from_slice(page.get(from..until).unwrap_or_default());
            from = 0;
            next += 1;
        }
        Ok(bytes)
    }

    /// The page of an offset and the place in it; the whole stretch lies in the data.
    fn locate(&self, offset: u64, length: usize) -> Result<(usize, usize), IntelError> {
        let end = offset
            .checked_add(length as u64)
            .filter(|end| *end <= self.length);
        if end.is_none() {
            return Err(IntelError::damaged("a part lies outside of the file"));
        }
        if length == 0 {
            return Ok((0, 0));
        }
        let first = usize::try_from(offset / PAGE as u64).unwrap_or(usize::MAX);
        let within = usize::try_from(offset % PAGE as u64).unwrap_or(usize::MAX);
        Ok((first, within))
    }

    fn page(&self, number: usize) -> Result<&[u8], IntelError> {
        let Some(slot) = self.cached.get(number) else {
            // Only an empty stretch of empty data comes here.
            return Ok(&[]);
        };
        if let Some(page) = slot.get() {
            return Ok(page);
        }
        let page = self.load(number)?;
        Ok(slot.get_or_init(|| page))
    }

    fn load(&self, number: usize) -> Result<Box<[u8]>, IntelError> {
        let start = number as u64 * PAGE as u64;
        let rest = self.length.saturating_sub(start);
        let size = usize::try_from(rest).unwrap_or(PAGE).min(PAGE);
        let mut page = vec![0; size].into_boxed_slice();
        let read = self.backing.read(HEADER as u64 + start, &mut page);
        read.map_err(|error| {
            IntelError::damaged(format!("page {number} cannot be read: {error}"))
        })?;
        let wanted = self
            .checksums
            .get(number * CHECKSUM..(number + 1) * CHECKSUM);
        if wanted != Some(&checksum(&page)) {
            return Err(IntelError::damaged(format!(
                "page {number} has a wrong checksum"
            )));
        }
        Ok(page)
    }
}

fn checksum(page: &[u8]) -> [u8; CHECKSUM] {
    eight(blake3::hash(page).as_bytes(), 0)
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    four
}

fn eight(bytes: &[u8], at: usize) -> [u8; 8] {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    eight
}

/// Collects the data of a store to be.
#[derive(Debug, Default)]
pub(crate) struct PageWriter {
    data: Vec<u8>,
}

impl PageWriter {
    /// Appends bytes and says where they lie.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Stretch {
        let stretch = Stretch {
            offset: self.data.len() as u64,
            length: bytes.len() as u64,
        };
        self.data.extend_from_slice(bytes);
        stretch
    }

    /// Writes the store.
    pub(crate) fn finish(self, directory: Stretch, out: &mut dyn Write) -> io::Result<()> {
        let checksums: Vec<u8> = self.data.chunks(PAGE).flat_map(checksum).collect();
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&VERSION.to_le_bytes());
        header.extend_from_slice(&(PAGE as u32).to_le_bytes());
        header.extend_from_slice(&(self.data.len() as u64).to_le_bytes());
        header.extend_from_slice(&directory.offset.to_le_bytes());
        header.extend_from_slice(&directory.length.to_le_bytes());
        header.extend_from_slice(&[0; 8]);
        header.extend_from_slice(blake3::hash(&checksums).as_bytes());
        header.resize(96, 0);
        let own = blake3::hash(&header);
        header.extend_from_slice(own.as_bytes());
        out.write_all(&header)?;
        out.write_all(&self.data)?;
        out.write_all(&checksums)
    }
}
