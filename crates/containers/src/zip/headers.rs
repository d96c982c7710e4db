//! Central and local headers with their extra fields (APPNOTE 4.3.7, 4.3.12, 4.5, 4.6.9).

use chainwright_core::bytes::{ByteSource, Cursor, ReadError, read_range};
use std::io::Read;

use crate::fields::{length, offset, u16_at, u32_at, u64_at};

pub(super) const LOCAL_MAGIC: [u8; 4] = *b"PK\x03\x04";
pub(super) const CENTRAL_MAGIC: [u8; 4] = *b"PK\x01\x02";

pub(super) const ENCRYPTED: u16 = 1;
const DESCRIPTOR: u16 = 8;
const LOCAL_HEADER: usize = 30;
const CENTRAL_HEADER: usize = 46;

/// Extra field ids.
const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

/// An entry of a central directory.
#[derive(Debug, Clone)]
pub(super) struct Central {
    pub(super) at: u64,
    pub(super) made_by: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) packed: u64,
    pub(super) unpacked: u64,
    pub(super) name: Vec<u8>,
    pub(super) attributes: u32,
    pub(super) header_at: u64,
    pub(super) extra: Extra,
}

/// A local header.
#[derive(Debug, Clone)]
pub(super) struct Local {
    pub(super) at: u64,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) checksum: u32,
    pub(super) packed: u64,
    pub(super) unpacked: u64,
    pub(super) name: Vec<u8>,
    pub(super) data_at: u64,
    pub(super) extra: Extra,
}

/// What matters of an extra field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extra {
    zip64: Option<Vec<u8>>,
    /// The Unicode Path and the checksum of the plain name it was made for.
    pub(super) unicode_path: Option<(u32, Vec<u8>)>,
    pub(super) length: usize,
    pub(super) is_malformed: bool,
}

/// A member as one header describes it, for making its content.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) raw_name: Vec<u8>,
    pub(super) method: u16,
    pub(super) is_encrypted: bool,
    pub(super) packed: u64,
    pub(super) unpacked: u64,
    /// Whether `unpacked` is more than a guess.
    pub(super) is_size_known: bool,
    pub(super) checksum: Option<u32>,
    pub(super) data_at: u64,
    pub(super) header_at: u64,
    /// Unix mode with the type of the file, where the writer was a Unix.
    pub(super) mode: Option<u32>,
}

impl Central {
    /// Reads the entry at the cursor; `None` when there is none.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Option<Self>, ReadError> {
        let at = cursor.position();
        let mut fixed = [0; CENTRAL_HEADER];
        if fill(cursor, &mut fixed)? < CENTRAL_HEADER || !fixed.starts_with(&CENTRAL_MAGIC) {
            return Ok(None);
        }
        let mut name = vec![0; usize::from(u16_at(&fixed, 28))];
        let mut extra = vec![0; usize::from(u16_at(&fixed, 30))];
        let has_name = fill(cursor, &mut name)? == name.len();
        let has_extra = fill(cursor, &mut extra)? == extra.len();
        if !has_name || !has_extra {
            return Ok(None);
        }
        cursor.skip(u64::from(u16_at(&fixed, 32)));
        let mut sizes = Zip64Fields {
            unpacked: u64::from(u32_at(&fixed, 24)),
            packed: u64::from(u32_at(&fixed, 20)),
            header_at: u64::from(u32_at(&fixed, 42)),
        };
        let extra = Extra::parse(&extra);
        sizes.widen(&extra);
        Ok(Some(Self {
            at,
            made_by: u16_at(&fixed, 4),
            flags: u16_at(&fixed, 8),
            method: u16_at(&fixed, 10),
            checksum: u32_at(&fixed, 16),
            packed: sizes.packed,
            unpacked: sizes.unpacked,
            name,
            attributes: u32_at(&fixed, 38),
            header_at: sizes.header_at,
            extra,
        }))
    }

    /// The name that most loaders use.
    pub(super) fn loader_name(&self) -> &[u8] {
        &self.name
    }

    pub(super) const fn has_descriptor(&self) -> bool {
        self.flags & DESCRIPTOR != 0
    }

    /// Unix mode; hosts 3 and 19 are Unix and macOS.
    fn mode(&self) -> Option<u32> {
        matches!(self.made_by >> 8, 3 | 19).then_some(self.attributes >> 16)
    }

    /// The member as the directory describes it.
    pub(super) fn as_listed(&self, local: &Local) -> Described {
        Described {
            raw_name: self.name.clone(),
            method: self.method,
            is_encrypted: (self.flags | local.flags) & ENCRYPTED != 0,
            packed: self.packed,
            unpacked: self.unpacked,
            is_size_known: true,
            checksum: Some(self.checksum),
            data_at: local.data_at,
            header_at: local.at,
            mode: self.mode(),
        }
    }
}

impl Local {
    /// Reads the header at an offset; `None` when there is none. `name` is how long its name will be, as a guess.
    pub(super) fn read(
        source: &dyn ByteSource,
        at: u64,
        name: usize,
    ) -> Result<Option<Self>, ReadError> {
        if at >= source.size() {
            return Ok(None);
        }
        let guess = LOCAL_HEADER.saturating_add(name).saturating_add(128);
        let mut bytes = read_range(source, at, guess)?;
        if bytes.len() < LOCAL_HEADER || !bytes.starts_with(&LOCAL_MAGIC) {
            return Ok(None);
        }
        let name_end = LOCAL_HEADER.saturating_add(usize::from(u16_at(&bytes, 26)));
        let extra_end = name_end.saturating_add(usize::from(u16_at(&bytes, 28)));
        if bytes.len() < extra_end {
            bytes = read_range(source, at, extra_end)?;
        }
        let Some(extra) = bytes.get(name_end..extra_end) else {
            return Ok(None);
        };
        let extra = Extra::parse(extra);
        let mut sizes = Zip64Fields {
            unpacked: u64::from(u32_at(&bytes, 22)),
            packed: u64::from(u32_at(&bytes, 18)),
            header_at: 0,
        };
        sizes.widen(&extra);
        Ok(Some(Self {
            at,
            flags: u16_at(&bytes, 6),
            method: u16_at(&bytes, 8),
            checksum: u32_at(&bytes, 14),
            packed: sizes.packed,
            unpacked: sizes.unpacked,
            name: bytes
                .get(LOCAL_HEADER..name_end)
                .unwrap_or_default()
                .to_vec(),
            data_at: at.saturating_add(offset(extra_end)),
            extra,
        }))
    }

    pub(super) const fn has_descriptor(&self) -> bool {
        self.flags & DESCRIPTOR != 0
    }

    /// Whether the sizes stand behind the content instead of in the header.
    pub(super) const fn has_deferred_sizes(&self) -> bool {
        let is_open = self.packed == 0 || self.packed == 0xffff_ffff || self.packed == u64::MAX;
        self.has_descriptor() && is_open
    }

    /// The member as its local header describes it; what it defers comes from the directory.
    pub(super) fn as_listed(&self, central: &Central) -> Described {
        let is_deferred = self.has_deferred_sizes();
        Described {
            raw_name: self.name.clone(),
            method: self.method,
            is_encrypted: self.flags & ENCRYPTED != 0,
            packed: if is_deferred {
                central.packed
            } else {
                self.packed
            },
            unpacked: if is_deferred {
                central.unpacked
            } else {
                self.unpacked
            },
            is_size_known: true,
            checksum: Some(if is_deferred {
                central.checksum
            } else {
                self.checksum
            }),
            data_at: self.data_at,
            header_at: self.at,
            mode: central.mode(),
        }
    }

    /// Whether the fixed part of a header found by searching is one that a reader would take.
    pub(super) fn looks_plausible(fixed: &[u8]) -> bool {
        let name = usize::from(u16_at(fixed, 26));
        let has_name = (1..=crate::names::LONGEST_NAME).contains(&name);
        fixed.len() >= LOCAL_HEADER && matches!(u16_at(fixed, 8), 0..=20 | 93..=99) && has_name
    }
}

struct Zip64Fields {
    unpacked: u64,
    packed: u64,
    header_at: u64,
}

impl Zip64Fields {
    /// APPNOTE 4.5.3: the extra field holds, in this order, only the values whose plain fields are saturated.
    fn widen(&mut self, extra: &Extra) {
        let Some(values) = &extra.zip64 else {
            return;
        };
        let mut at = 0;
        for field in [&mut self.unpacked, &mut self.packed, &mut self.header_at] {
            if *field == 0xffff_ffff
                && let Some(value) = u64_at(values, at)
            {
                *field = value;
                at = at.saturating_add(8);
            }
        }
    }
}

impl Extra {
    fn parse(bytes: &[u8]) -> Self {
        let mut extra = Self {
            length: bytes.len(),
            ..Self::default()
        };
        let mut rest = bytes;
        while rest.len() >= 4 {
            let (id, size) = (u16_at(rest, 0), usize::from(u16_at(rest, 2)));
            let Some((field, behind)) = rest.get(4..).and_then(|rest| rest.split_at_checked(size))
            else {
                // `zipalign` fills up with zeros; anything else is a broken field.
                extra.is_malformed = rest.iter().any(|byte| *byte != 0);
                return extra;
            };
            match id {
                ZIP64 => extra.zip64 = Some(field.to_vec()),
                UNICODE_PATH if field.first() == Some(&1) => {
                    let name = field.get(5..).unwrap_or_default().to_vec();
                    extra.unicode_path = Some((u32_at(field, 1), name));
                }
                _ => {}
            }
            rest = behind;
        }
        extra
    }
}

fn fill(cursor: &mut Cursor<'_>, out: &mut [u8]) -> Result<usize, ReadError> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let ahead = length(cursor.remaining()).min(rest.len());
        let Some(rest) = rest.get_mut(..ahead).filter(|rest| !rest.is_empty()) else {
            break;
        };
        match cursor.read(rest)? {
            0 => break,
            count => filled = filled.saturating_add(count),
        }
    }
    Ok(filled)
}
