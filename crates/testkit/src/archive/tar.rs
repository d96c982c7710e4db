//! Tape archives: ustar headers, pax records, and headers that lie.

const BLOCK: usize = 512;

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TarKind {
    /// Content.
    #[default]
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
    /// A hard link.
    Hardlink,
    /// A character device.
    Device,
    /// Any type flag.
    Flag(u8),
}

/// A member.
#[derive(Debug, Clone, Default)]
pub struct TarEntry {
    /// Its name, at most 100 bytes.
    pub name: Vec<u8>,
    /// Its content.
    pub content: Vec<u8>,
    /// What it is.
    pub kind: TarKind,
    /// Target of a link.
    pub link: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
    /// Another size than the true one.
    pub announced_size: Option<u64>,
    /// Spoil the checksum.
    pub wrong_checksum: bool,
    /// No `ustar` magic, as in v7.
    pub is_v7: bool,
}

impl TarEntry {
    /// A member with usual permissions.
    #[must_use]
    pub fn new(kind: TarKind, name: impl Into<Vec<u8>>) -> Self {
        Self {
            kind,
            name: name.into(),
            mode: 0o644,
            ..Self::default()
        }
    }

    /// A file.
    #[must_use]
    pub fn file(name: impl Into<Vec<u8>>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            content: content.into(),
            ..Self::new(TarKind::File, name)
        }
    }

    /// A link.
    #[must_use]
    pub fn link(kind: TarKind, name: impl Into<Vec<u8>>, target: impl Into<Vec<u8>>) -> Self {
        Self {
            link: target.into(),
            ..Self::new(kind, name)
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut header = [0_u8; BLOCK];
        put(&mut header, 0, &self.name);
        put(&mut header, 100, format!("{:07o}\0", self.mode).as_bytes());
        put(&mut header, 108, b"0000000\0");
        put(&mut header, 116, b"0000000\0");
        let size = self.announced_size.unwrap_or(self.content.len() as u64);
        put(&mut header, 124, format!("{size:011o}\0").as_bytes());
        put(&mut header, 136, b"00000000000\0");
        put(&mut header, 148, b"        ");
        header[156] = match self.kind {
            TarKind::File => b'0',
            TarKind::Hardlink => b'1',
            TarKind::Symlink => b'2',
            TarKind::Device => b'3',
            TarKind::Folder => b'5',
            TarKind::Flag(flag) => flag,
        };
        put(&mut header, 157, &self.link);
        if !self.is_v7 {
            put(&mut header, 257, b"ustar\x0000");
        }
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        let sum = sum + u32::from(self.wrong_checksum);
        put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
        out.extend(header);
        out.extend(&self.content);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
}

fn put(header: &mut [u8; BLOCK], at: usize, field: &[u8]) {
    let end = (at + field.len()).min(BLOCK);
    header[at..end].copy_from_slice(&field[..end - at]);
}

/// An archive with the two blocks of zeros at its end.
#[must_use]
pub fn tar(entries: &[TarEntry]) -> Vec<u8> {
    let mut out = tar_members(entries);
    out.resize(out.len() + 2 * BLOCK, 0);
    out
}

/// The members without an end.
#[must_use]
pub fn tar_members(entries: &[TarEntry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        entry.write(&mut out);
    }
    out
}

/// A pax header with these records for the member that follows.
#[must_use]
pub fn pax_records(records: &[(&str, &str)]) -> TarEntry {
    let mut content = String::new();
    for (key, value) in records {
        let body = format!(" {key}={value}\n");
        let mut length = body.len() + 1;
        while format!("{length}{body}").len() != length {
            length += 1;
        }
        content.push_str(&format!("{length}{body}"));
    }
    TarEntry {
        content: content.into_bytes(),
        ..TarEntry::new(TarKind::Flag(b'x'), "./PaxHeaders/x")
    }
}
