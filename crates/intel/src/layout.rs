//! How what the store knows becomes a file: records in compressed blocks, everything that is asked for compiled beside
//! them.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use chainwright_advisories::date::Day;
use chainwright_advisories::exploitation::Exploited;
use chainwright_advisories::index::Index;
use chainwright_advisories::record::DigestSubject;
use chainwright_advisories::reference::Technique;
use chainwright_advisories::{Record, record};
use chainwright_core::package::Ecosystem;
use flate2::Compression;
use serde::{Deserialize, Serialize};

use crate::error::IntelError;
use crate::pages::{PageWriter, Pages, Stretch};
use crate::table::Table;
use crate::truth::{Feed, Revision, Seen, Sides, Truth};

/// Bytes of records that are compressed together.
const BLOCK: usize = 64 * 1024;
/// Block (4), start (4), length (4), first, last and superseded (4 each).
const ROW: usize = 24;
/// Offset (8) and length (4) of a class.
const CLASS_ROW: usize = 12;
/// LIMIT: bytes that one compressed part may unpack to.
const MOST_UNPACKED: u64 = 1 << 30;

/// What lies where; read when a store is opened.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Directory {
    pub(crate) built_at: i64,
    pub(crate) revisions: u64,
    rows: Stretch,
    blocks: Stretch,
    pub(crate) classes: u64,
    class_rows: Stretch,
    pub(crate) packages: Table,
    pub(crate) names: Table,
    pub(crate) digests: Table,
    sides: Stretch,
    pub(crate) popular: BTreeMap<Ecosystem, Stretch>,
    pub(crate) feeds: BTreeMap<String, Feed>,
    pub(crate) coverage: BTreeMap<Ecosystem, Coverage>,
    pub(crate) atlas_edition: String,
}

/// What the store can speak about in one ecosystem.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Packages that some advisory names.
    pub packages: u64,
    /// Records that stand and name a package of the ecosystem.
    pub records: u64,
    /// The newest believable change of such a record.
    pub newest: Option<Day>,
}

/// What is known under one name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Name {
    pub(crate) class: Option<u32>,
    /// Rows of revisions that have it as id or alias.
    pub(crate) revisions: Vec<u32>,
    pub(crate) technique: Option<Technique>,
    pub(crate) exploited: Option<Exploited>,
}

/// What is known about one digest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredDigest {
    pub(crate) subject: DigestSubject,
    pub(crate) path: String,
    pub(crate) class: u32,
    pub(crate) package: String,
}

/// The form of names in the table: ids are told apart without regard to case.
pub(crate) fn name_key(id: &str) -> String {
    id.trim().to_ascii_uppercase()
}

/// Writes the store for what is known.
pub(crate) fn write(truth: &Truth, now: i64, out: &mut dyn Write) -> Result<(), WriteError> {
    let current = truth.current();
    let index = Index::build(&current, &truth.sides);
    let mut pages = PageWriter::default();
    let mut directory = Directory {
        built_at: now,
        classes: index.classes.len() as u64,
        revisions: truth.revisions.len() as u64,
        feeds: truth.sides.feeds.clone(),
        coverage: coverage(&truth.revisions, &index),
        atlas_edition: truth.sides.atlas.edition.clone(),
        ..Directory::default()
    };
    // What matching reads comes first and close together.
    let sheets = index
        .sheets
        .iter()
        .map(|(key, sheet)| Ok((key.text(), postcard::to_stdvec(sheet)?)))
        .collect::<Result<_, postcard::Error>>()?;
    directory.packages = Table::write(&mut pages, &sheets);
    directory.class_rows = write_classes(&mut pages, &index)?;
    directory.digests = write_digests(&mut pages, &index)?;
    directory.names = write_names(&mut pages, truth, &index)?;
    for (ecosystem, names) in &truth.sides.popular {
        let stretch = pages.append(&postcard::to_stdvec(names)?);
        directory.popular.insert(*ecosystem, stretch);
    }
    (directory.rows, directory.blocks) = write_revisions(&mut pages, &truth.revisions)?;
    directory.sides = pages.append(&compress(&postcard::to_stdvec(&truth.sides)?)?);
    let place = pages.append(&postcard::to_stdvec(&directory)?);
    pages.finish(place, out)?;
    Ok(())
}

/// Our side failed while writing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A value could not be written.
    #[error("a value cannot be written: {0}")]
    Value(#[from] postcard::Error),
    /// A record could not be written.
    #[error("a record cannot be written: {0}")]
    Record(#[from] serde_json::Error),
}

fn coverage(revisions: &[Revision], index: &Index) -> BTreeMap<Ecosystem, Coverage> {
    let mut coverage: BTreeMap<Ecosystem, Coverage> = BTreeMap::new();
    let mut imported: BTreeMap<Ecosystem, Day> = BTreeMap::new();
    for (ecosystem, packages) in &index.covered {
        coverage.entry(*ecosystem).or_default().packages = u64::from(*packages);
    }
    for revision in revisions
        .iter()
        .filter(|revision| revision.is_current() && !revision.record.is_withdrawn(None))
    {
        let day = revision.news();
        let mut named: Vec<Ecosystem> = revision
            .record
            .affected
            .iter()
            .filter_map(|affected| Some(record::ecosystem(&affected.package.ecosystem)?.0))
            .collect();
        named.sort();
        named.dedup();
        for ecosystem in named {
            let one = coverage.entry(ecosystem).or_default();
            one.records += 1;
            one.newest = one.newest.max(day);
            let first = imported.entry(ecosystem).or_insert(revision.seen.first);
            *first = revision.seen.first.max(*first);
        }
    }
    // Where no record tells a date, the last import that brought something new does.
    for (ecosystem, one) in &mut coverage {
        one.newest = one.newest.or_else(|| imported.get(ecosystem).copied());
    }
    coverage
}

fn write_classes(pages: &mut PageWriter, index: &Index) -> Result<Stretch, WriteError> {
    let mut rows = Vec::with_capacity(index.classes.len() * CLASS_ROW);
    for class in &index.classes {
        let stretch = pages.append(&postcard::to_stdvec(&**class)?);
        rows.extend_from_slice(&stretch.offset.to_le_bytes());
        rows.extend_from_slice(
            &u32::try_from(stretch.length)
                .unwrap_or(u32::MAX)
                .to_le_bytes(),
        );
    }
    Ok(pages.append(&rows))
}

fn write_digests(pages: &mut PageWriter, index: &Index) -> Result<Table, WriteError> {
    let mut by_digest: BTreeMap<String, Vec<StoredDigest>> = BTreeMap::new();
    for entry in &index.digests {
        by_digest
            .entry(entry.claim.sha256.clone())
            .or_default()
            .push(StoredDigest {
                subject: entry.claim.subject,
                path: entry.claim.path.clone(),
                class: entry.class,
                package: entry.package.clone(),
            });
    }
    let blobs = by_digest
        .into_iter()
        .map(|(digest, entries)| Ok((digest, postcard::to_stdvec(&entries)?)))
        .collect::<Result<_, postcard::Error>>()?;
    Ok(Table::write(pages, &blobs))
}

fn write_names(pages: &mut PageWriter, truth: &Truth, index: &Index) -> Result<Table, WriteError> {
    let mut names: BTreeMap<String, Name> = BTreeMap::new();
    for (name, class) in &index.names {
        names.entry(name_key(name)).or_default().class = Some(*class);
    }
    for (revision, row) in truth.revisions.iter().zip(0_u32..) {
        for name in std::iter::once(&revision.record.id).chain(&revision.record.aliases) {
            names.entry(name_key(name)).or_default().revisions.push(row);
        }
    }
    for technique in &truth.sides.atlas.entries {
        names.entry(name_key(&technique.id)).or_default().technique = Some(technique.clone());
    }
    for (cve, exploited) in &truth.sides.catalogue.rows {
        names.entry(name_key(cve)).or_default().exploited = Some(exploited.clone());
    }
    let blobs = names
        .into_iter()
        .map(|(name, entry)| Ok((name, postcard::to_stdvec(&entry)?)))
        .collect::<Result<_, postcard::Error>>()?;
    Ok(Table::write(pages, &blobs))
}

/// Blocks of records in JSON, a list of the blocks, and a row for each revision.
fn write_revisions(
    pages: &mut PageWriter,
    revisions: &[Revision],
) -> Result<(Stretch, Stretch), WriteError> {
    let mut rows = Vec::with_capacity(revisions.len() * ROW);
    let mut blocks: Vec<Stretch> = Vec::new();
    let mut block: Vec<u8> = Vec::with_capacity(BLOCK * 2);
    for revision in revisions {
        let start = block.len();
        serde_json::to_writer(&mut block, &revision.record)?;
        let length = block.len() - start;
        for number in [blocks.len(), start, length] {
            rows.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        }
        let seen = revision.seen;
        for day in [seen.first, seen.last, seen.superseded.unwrap_or(NEVER)] {
            rows.extend_from_slice(&day.0.to_le_bytes());
        }
        if block.len() >= BLOCK {
            blocks.push(pages.append(&compress(&block)?));
            block.clear();
        }
    }
    if !block.is_empty() {
        blocks.push(pages.append(&compress(&block)?));
    }
    let rows = pages.append(&rows);
    let blocks = pages.append(&postcard::to_stdvec(&blocks)?);
    Ok((rows, blocks))
}

/// Stands for a day that did not come.
const NEVER: Day = Day(i32::MIN);

pub(crate) fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), Compression::new(6));
    out.write_all(bytes)?;
    out.finish()
}

pub(crate) fn decompress(bytes: &[u8]) -> Result<Vec<u8>, IntelError> {
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(bytes).take(MOST_UNPACKED);
    let read = reader.read_to_end(&mut unpacked);
    read.map_err(|error| IntelError::damaged(format!("a compressed part is broken: {error}")))?;
    Ok(unpacked)
}

/// Reads a value in postcard.
pub(crate) fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, IntelError> {
    postcard::from_bytes(bytes)
        .map_err(|error| IntelError::damaged(format!("a value cannot be read: {error}")))
}

impl Directory {
    pub(crate) fn read(pages: &Pages) -> Result<Self, IntelError> {
        let directory: Self = decode(&pages.get_once(pages.directory())?)?;
        let rows = directory.revisions.checked_mul(ROW as u64);
        let classes = directory.classes.checked_mul(CLASS_ROW as u64);
        if rows != Some(directory.rows.length) || classes != Some(directory.class_rows.length) {
            return Err(IntelError::damaged("its directory contradicts itself"));
        }
        Ok(directory)
    }

    /// The place of a class.
    pub(crate) fn class(&self, pages: &Pages, number: u32) -> Result<Stretch, IntelError> {
        if u64::from(number) >= self.classes {
            return Err(IntelError::damaged("a class is missing"));
        }
        let row = pages.get(
            self.class_rows
                .offset
                .saturating_add(u64::from(number) * CLASS_ROW as u64),
            CLASS_ROW,
        )?;
        let (offset, length) = row
            .split_at_checked(8)
            .ok_or_else(|| IntelError::damaged("a class is missing"))?;
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .rev()
                .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte))
        };
        Ok(Stretch {
            offset: number(offset),
            length: number(length),
        })
    }

    /// Some revisions, by row.
    pub(crate) fn revisions(
        &self,
        pages: &Pages,
        wanted: &[u32],
    ) -> Result<Vec<Revision>, IntelError> {
        let blocks: Vec<Stretch> = decode(&pages.get_once(self.blocks)?)?;
        let mut open: Option<(u32, Vec<u8>)> = None;
        let mut found = Vec::with_capacity(wanted.len());
        for row in wanted {
            if u64::from(*row) >= self.revisions {
                return Err(IntelError::damaged("a record is missing"));
            }
            let row = pages.get(
                self.rows
                    .offset
                    .saturating_add(u64::from(*row) * ROW as u64),
                ROW,
            )?;
            let mut numbers = row.chunks_exact(4).map(|four| {
                four.iter()
                    .rev()
                    .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
            });
            let mut next = || numbers.next().unwrap_or_default();
            let (block, start, length) = (next(), next() as usize, next() as usize);
            let (first, last, superseded) = (day(next()), day(next()), day(next()));
            if open.as_ref().map(|(number, _)| *number) != Some(block) {
                let stretch = blocks
                    .get(block as usize)
                    .ok_or_else(|| IntelError::damaged("a block is missing"))?;
                open = Some((block, decompress(&pages.get_once(*stretch)?)?));
            }
            let bytes = open
                .as_ref()
                .and_then(|(_, bytes)| bytes.get(start..start.checked_add(length)?))
                .ok_or_else(|| IntelError::damaged("a record lies outside of its block"))?;
            let record: Record = serde_json::from_slice(bytes).map_err(|error| {
                IntelError::damaged(format!("a record cannot be read: {error}"))
            })?;
            found.push(Revision {
                record,
                seen: Seen {
                    first,
                    last,
                    superseded: (superseded != NEVER).then_some(superseded),
                },
            });
        }
        Ok(found)
    }

    /// Everything that is known.
    pub(crate) fn truth(&self, pages: &Pages) -> Result<Truth, IntelError> {
        let rows: Vec<u32> = (0..u32::try_from(self.revisions).unwrap_or(u32::MAX)).collect();
        let sides: Sides = decode(&decompress(&pages.get_once(self.sides)?)?)?;
        Ok(Truth {
            revisions: self.revisions(pages, &rows)?,
            sides,
        })
    }
}

fn day(bits: u32) -> Day {
    Day(i32::from_le_bytes(bits.to_le_bytes()))
}
