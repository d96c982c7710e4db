//! Zip with every field open to lies.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// The two sizes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Bytes in the archive.
    pub packed: u32,
    /// Bytes of the content.
    pub unpacked: u32,
}

/// A member and how its headers lie about it.
#[derive(Debug, Clone, Default)]
pub struct ZipEntry {
    /// Its name in both headers.
    pub name: Vec<u8>,
    /// Its content.
    pub content: Vec<u8>,
    /// How the content is compressed in truth: 0 or 8.
    pub method: u16,
    /// Flag bits in both headers.
    pub flags: u16,
    /// Unix mode with the type of the file; 0 for none.
    pub mode: u32,
    /// Another checksum than the true one, in both headers.
    pub checksum: Option<u32>,
    /// Another method than the true one, in both headers.
    pub announced_method: Option<u16>,
    /// Another name in the local header.
    pub local_name: Option<Vec<u8>>,
    /// Other flags in the local header.
    pub local_flags: Option<u16>,
    /// Another method in the local header.
    pub local_method: Option<u16>,
    /// Another checksum in the local header.
    pub local_checksum: Option<u32>,
    /// Other sizes in the local header.
    pub local_sizes: Option<Sizes>,
    /// Other sizes in the central directory.
    pub central_sizes: Option<Sizes>,
    /// Extra field of the local header.
    pub local_extra: Vec<u8>,
    /// Extra field of the central entry.
    pub central_extra: Vec<u8>,
    /// Already compressed bytes, in place of `content` compressed with `method`.
    pub packed: Option<Vec<u8>>,
    /// Bytes in front of the local header that belong to nothing.
    pub gap: Vec<u8>,
    /// Leave it out of the central directory.
    pub unlisted: bool,
    /// Leave it out of the file: the directory points to `at`.
    pub phantom_at: Option<u32>,
    /// Put checksum and sizes behind the content (flag bit 3).
    pub descriptor: bool,
}

impl ZipEntry {
    /// A member without compression.
    #[must_use]
    pub fn stored(name: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            name: name.into(),
            content: content.into(),
            ..Self::default()
        }
    }

    /// A deflated member.
    #[must_use]
    pub fn deflated(name: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            method: 8,
            ..Self::stored(name, content)
        }
    }

    /// A symbolic link.
    #[must_use]
    pub fn symlink(name: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) -> Self {
        Self {
            mode: 0o120_777,
            ..Self::stored(name, target)
        }
    }

    fn true_sizes(&self, packed: &[u8]) -> Sizes {
        Sizes {
            packed: packed.len() as u32,
            unpacked: self.content.len() as u32,
        }
    }

    fn flags(&self) -> u16 {
        self.flags | if self.descriptor { 8 } else { 0 }
    }

    fn checksum(&self) -> u32 {
        self.checksum.unwrap_or_else(|| crc32(&self.content))
    }

    fn write_local(&self, out: &mut Vec<u8>, packed: &[u8]) {
        let zero = Sizes {
            packed: 0,
            unpacked: 0,
        };
        let sizes = match self.local_sizes {
            Some(sizes) => sizes,
            None if self.descriptor => zero,
            None => self.true_sizes(packed),
        };
        let checksum = match self.local_checksum {
            Some(checksum) => checksum,
            None if self.descriptor => 0,
            None => self.checksum(),
        };
        let method = self.local_method.or(self.announced_method);
        let name = self.local_name.as_ref().unwrap_or(&self.name);
        out.extend(b"PK\x03\x04");
        words(
            out,
            &[
                20,
                self.local_flags.unwrap_or_else(|| self.flags()),
                method.unwrap_or(self.method),
                0,
                0x21,
            ],
        );
        longs(out, &[checksum, sizes.packed, sizes.unpacked]);
        words(out, &[name.len() as u16, self.local_extra.len() as u16]);
        out.extend(name);
        out.extend(&self.local_extra);
        out.extend(packed);
        if self.descriptor {
            let sizes = self.true_sizes(packed);
            out.extend(b"PK\x07\x08");
            longs(out, &[self.checksum(), sizes.packed, sizes.unpacked]);
        }
    }

    fn write_central(&self, out: &mut Vec<u8>, at: u32, packed: &[u8]) {
        let sizes = self
            .central_sizes
            .unwrap_or_else(|| self.true_sizes(packed));
        let made_by = if self.mode == 0 { 20 } else { 20 | 3 << 8 };
        out.extend(b"PK\x01\x02");
        words(
            out,
            &[
                made_by,
                20,
                self.flags(),
                self.announced_method.unwrap_or(self.method),
                0,
                0x21,
            ],
        );
        longs(out, &[self.checksum(), sizes.packed, sizes.unpacked]);
        words(
            out,
            &[
                self.name.len() as u16,
                self.central_extra.len() as u16,
                0,
                0,
                0,
            ],
        );
        longs(out, &[self.mode << 16, at]);
        out.extend(&self.name);
        out.extend(&self.central_extra);
    }
}

/// An archive and how its end record lies about it.
#[derive(Debug, Clone, Default)]
pub struct Zip {
    /// The members in order.
    pub entries: Vec<ZipEntry>,
    /// Bytes in front of the archive; offsets don't count them.
    pub prefix: Vec<u8>,
    /// Count the prefix in the offsets, as `zip -A` does.
    pub counts_prefix: bool,
    /// The comment.
    pub comment: Vec<u8>,
    /// Another length of the comment than the true one.
    pub announced_comment: Option<u16>,
    /// Bytes behind the end.
    pub trailing: Vec<u8>,
    /// Leave out the central directory and the end record.
    pub no_directory: bool,
    /// Another count in the end record.
    pub announced_entries: Option<u16>,
    /// Write zip64 end records; the plain one stays true.
    pub zip64: bool,
    /// Another offset of the directory in the zip64 record.
    pub zip64_offset: Option<u64>,
    /// Bytes between the members and the directory.
    pub before_directory: Vec<u8>,
    /// Bytes between the directory and the end record.
    pub before_end: Vec<u8>,
}

impl Zip {
    /// An archive of these members.
    #[must_use]
    pub fn of(entries: impl Into<Vec<ZipEntry>>) -> Self {
        Self {
            entries: entries.into(),
            ..Self::default()
        }
    }

    /// The bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let base = if self.counts_prefix {
            0
        } else {
            self.prefix.len()
        };
        let mut central = Vec::new();
        let mut listed: u16 = 0;
        for entry in &self.entries {
            let packed = match (&entry.packed, entry.method) {
                (Some(packed), _) => packed.clone(),
                (None, 8) => deflated(&entry.content),
                (None, _) => entry.content.clone(),
            };
            out.extend(&entry.gap);
            let at = entry.phantom_at.unwrap_or((out.len() - base) as u32);
            if entry.phantom_at.is_none() {
                entry.write_local(&mut out, &packed);
            }
            if !entry.unlisted {
                entry.write_central(&mut central, at, &packed);
                listed += 1;
            }
        }
        if !self.no_directory {
            out.extend(&self.before_directory);
            self.write_end(&mut out, base, &central, listed);
        }
        out.extend(&self.trailing);
        out
    }

    fn write_end(&self, out: &mut Vec<u8>, base: usize, central: &[u8], listed: u16) {
        let directory_at = (out.len() - base) as u64;
        out.extend(central);
        out.extend(&self.before_end);
        let entries = self.announced_entries.unwrap_or(listed);
        if self.zip64 {
            let record_at = (out.len() - base) as u64;
            out.extend(b"PK\x06\x06");
            out.extend(44_u64.to_le_bytes());
            words(out, &[45, 45]);
            longs(out, &[0, 0]);
            for value in [
                u64::from(entries),
                u64::from(entries),
                central.len() as u64,
                self.zip64_offset.unwrap_or(directory_at),
            ] {
                out.extend(value.to_le_bytes());
            }
            out.extend(b"PK\x06\x07");
            longs(out, &[0]);
            out.extend(record_at.to_le_bytes());
            longs(out, &[1]);
        }
        out.extend(b"PK\x05\x06");
        words(out, &[0, 0, entries, entries]);
        longs(out, &[central.len() as u32, directory_at as u32]);
        let comment = self.announced_comment.unwrap_or(self.comment.len() as u16);
        words(out, &[comment]);
        out.extend(&self.comment);
    }
}

/// A torch archive as `torch.save` lays it out, with the pickle given.
#[must_use]
pub fn torch_zip(folder: &str, pickle: &[u8]) -> Zip {
    let member = |name: &str, content: &[u8]| ZipEntry {
        local_extra: padding(folder.len() + name.len()),
        ..ZipEntry::stored(format!("{folder}/{name}"), content)
    };
    Zip::of([
        member("data.pkl", pickle),
        member("byteorder", b"little"),
        member("data/0", &[0; 64]),
        member("version", b"3\n"),
        member(
            ".data/serialization_id",
            b"0000000000000000000000000000000000000000",
        ),
    ])
}

/// torch aligns content to 64 bytes with an extra field `FB` full of `Z`.
fn padding(name: usize) -> Vec<u8> {
    let size = 64 - (name + 35) % 64;
    let mut extra = b"FB".to_vec();
    words(&mut extra, &[size as u16]);
    extra.resize(size + 4, b'Z');
    extra
}

/// Raw deflate.
#[must_use]
pub fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .unwrap_or_default()
}

/// The checksum of zip and gzip.
#[must_use]
pub fn crc32(content: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    crc.sum()
}

fn words(out: &mut Vec<u8>, values: &[u16]) {
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn longs(out: &mut Vec<u8>, values: &[u32]) {
    out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}
