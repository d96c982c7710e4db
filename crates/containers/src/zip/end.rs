//! End records, and the directories that different loaders reach from them (APPNOTE 4.3.14 to 4.3.16).

use chainwright_core::bytes::{ByteSource, ReadError, read_range};
use chainwright_core::text::visible;
use memchr::memmem;

use super::headers::{CENTRAL_MAGIC, LOCAL_MAGIC};
use crate::anomaly::AnomalyKind;
use crate::collector::Collector;
use crate::fields::{array_at, offset, u16_at, u32_at, u64_at};

const END_MAGIC: [u8; 4] = *b"PK\x05\x06";
const LOCATOR_MAGIC: [u8; 4] = *b"PK\x06\x07";
const ZIP64_MAGIC: [u8; 4] = *b"PK\x06\x06";
/// How far from the end Python and miniz search: the record and the longest comment.
const TAIL: u64 = 22 + 0xffff;
/// LIMIT: end records that are followed.
const MOST_RECORDS: usize = 16;

/// An end record.
#[derive(Debug, Clone)]
pub(super) struct EndRecord {
    pub(super) at: u64,
    entries: u64,
    size: u64,
    offset: u64,
    pub(super) comment: u64,
    /// The zip64 records that some loader finds; the one right in front first.
    pub(super) zip64: Vec<Zip64>,
}

/// A zip64 end record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Zip64 {
    pub(super) at: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

/// A place where some loader reads a central directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) at: u64,
    /// Where it ends at the latest.
    pub(super) end: u64,
    /// What the loader adds to the offsets in it.
    pub(super) shift: u64,
    pub(super) entries: u64,
    pub(super) size: u64,
}

impl Directory {
    pub(super) const fn is_empty(&self) -> bool {
        self.entries == 0 && self.size == 0
    }
}

/// The end records of a file, the last one first.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) records: Vec<EndRecord>,
    tail: Vec<u8>,
    tail_start: u64,
}

impl Ends {
    /// Searches the end of the file.
    pub(super) fn find(source: &dyn ByteSource) -> Result<Self, ReadError> {
        let tail_start = source.size().saturating_sub(TAIL);
        let tail = read_range(source, tail_start, crate::fields::length(TAIL))?;
        let places: Vec<usize> = memmem::rfind_iter(&tail, &END_MAGIC)
            .take(MOST_RECORDS)
            .collect();
        let mut records = Vec::new();
        for place in places {
            if let Some(record) = read_record(source, &tail, tail_start, place) {
                records.push(record);
            }
        }
        Ok(Self {
            records,
            tail,
            tail_start,
        })
    }

    /// The comment of a record.
    pub(super) fn comment(&self, record: &EndRecord) -> &[u8] {
        let start = record.at.saturating_sub(self.tail_start).saturating_add(22);
        let rest = self
            .tail
            .get(crate::fields::length(start)..)
            .unwrap_or_default();
        rest.get(..crate::fields::length(record.comment).min(rest.len()))
            .unwrap_or_default()
    }

    /// The directories that loaders reach from a record: by the announced offset, and by counting back from the
    /// record; with the plain values, with those of zip64, and field by field.
    pub(super) fn directories(
        &self,
        source: &dyn ByteSource,
        record: &EndRecord,
    ) -> Vec<Directory> {
        let mut readings: Vec<(u64, u64, u64, u64)> = Vec::new();
        let is_saturated =
            record.entries == 0xffff || record.size == 0xffff_ffff || record.offset == 0xffff_ffff;
        for zip64 in &record.zip64 {
            let entries = if record.entries == 0xffff {
                zip64.entries
            } else {
                record.entries
            };
            let size = if record.size == 0xffff_ffff {
                zip64.size
            } else {
                record.size
            };
            let offset = if record.offset == 0xffff_ffff {
                zip64.offset
            } else {
                record.offset
            };
            readings.push((zip64.entries, zip64.size, zip64.offset, zip64.at));
            readings.push((entries, size, offset, zip64.at));
        }
        if !is_saturated || record.zip64.is_empty() {
            readings.push((record.entries, record.size, record.offset, record.at));
        }
        // Where both records say the same, nobody counts back over the zip64 record: what lies there does by chance,
        // in every PyTorch file whose first name has 30 letters.
        let is_agreed = record.zip64.iter().any(|zip64| {
            (zip64.size, zip64.offset) == (record.size, record.offset)
                && zip64.at.checked_sub(zip64.size) == Some(zip64.offset)
        });
        let mut found: Vec<Directory> = Vec::new();
        for (entries, size, offset, end) in readings {
            let counted_back = end
                .checked_sub(size)
                .and_then(|at| Some((at, at.checked_sub(offset)?)))
                .filter(|_| !(is_agreed && end == record.at));
            for (at, shift) in counted_back.into_iter().chain([(offset, 0)]) {
                let is_known = found
                    .iter()
                    .any(|known| known.at == at && known.shift == shift);
                let directory = Directory {
                    at,
                    end: record.at,
                    shift,
                    entries,
                    size,
                };
                if !is_known && (directory.is_empty() || starts_with(source, at, &CENTRAL_MAGIC)) {
                    found.push(directory);
                }
            }
        }
        if found.iter().any(|directory| !directory.is_empty()) {
            found.retain(|directory| !directory.is_empty());
        } else {
            found.truncate(1);
        }
        found
    }
}

fn starts_with(source: &dyn ByteSource, at: u64, magic: &[u8]) -> bool {
    at < source.size() && read_range(source, at, magic.len()).is_ok_and(|bytes| bytes == magic)
}

fn read_record(
    source: &dyn ByteSource,
    tail: &[u8],
    tail_start: u64,
    place: usize,
) -> Option<EndRecord> {
    let record = tail.get(place..place.checked_add(22)?)?;
    let at = tail_start.saturating_add(offset(place));
    Some(EndRecord {
        at,
        entries: u64::from(u16_at(record, 10)),
        size: u64::from(u32_at(record, 12)),
        offset: u64::from(u32_at(record, 16)),
        comment: u64::from(u16_at(record, 20)),
        zip64: zip64_records(source, at),
    })
}

/// Python reads the record right in front of the locator, others the one that the locator points to.
fn zip64_records(source: &dyn ByteSource, end_at: u64) -> Vec<Zip64> {
    let Some(locator_at) = end_at.checked_sub(20) else {
        return Vec::new();
    };
    let Ok(locator) = read_range(source, locator_at, 20) else {
        return Vec::new();
    };
    if !locator.starts_with(&LOCATOR_MAGIC) {
        return Vec::new();
    }
    let announced = u64_at(&locator, 8);
    let mut records: Vec<Zip64> = Vec::new();
    for at in [locator_at.checked_sub(56), announced]
        .into_iter()
        .flatten()
    {
        let Ok(bytes) = read_range(source, at, 56) else {
            continue;
        };
        let field = |place| array_at(&bytes, place).map(u64::from_le_bytes);
        if !bytes.starts_with(&ZIP64_MAGIC) {
            continue;
        }
        let (Some(entries), Some(size), Some(offset)) = (field(32), field(40), field(48)) else {
            continue;
        };
        let record = Zip64 {
            at,
            entries,
            size,
            offset,
        };
        if at < locator_at && !records.contains(&record) {
            records.push(record);
        }
    }
    records
}

/// What is odd about the record that most loaders take.
pub(super) fn report(
    collector: &mut Collector<'_>,
    ends: &Ends,
    record: &EndRecord,
    directories: &[Directory],
) {
    let comment = ends.comment(record).to_vec();
    collector.facts.comment = visible(&String::from_utf8_lossy(&comment), 200);
    let holds = |magic: &[u8; 4]| memmem::find(&comment, magic).is_some();
    if holds(&LOCAL_MAGIC) || holds(&CENTRAL_MAGIC) || holds(&END_MAGIC) {
        let at = record.at.saturating_add(22);
        let detail = "the comment contains zip headers";
        collector.anomaly(AnomalyKind::CommentHoldsZip, at, "", detail);
    }
    if let Some(directory) = directories.first() {
        collector.facts.prefix_bytes = directory.shift;
    }
    let contradicts = |zip64: &Zip64| {
        (record.entries != 0xffff && record.entries != zip64.entries)
            || (record.size != 0xffff_ffff && record.size != zip64.size)
            || (record.offset != 0xffff_ffff && record.offset != zip64.offset)
    };
    if record.zip64.len() > 1 || record.zip64.iter().any(contradicts) {
        collector.anomaly(
            AnomalyKind::Zip64Conflict,
            record.at,
            "",
            "the zip64 end record contradicts the plain one, or there are two",
        );
    }
}
