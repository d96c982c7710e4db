//! Headers of installed rpm packages, and the two databases that hold them.
//!
//! Source: rpm's `docs/manual/hregions.md` and `lib/header.cc`: a header is a count of index entries, a count of
//! data bytes, entries of tag, type, offset and count, all big-endian, then the data.

use chainwright_core::fields::{Order, narrow};
use chainwright_core::package::{Ecosystem, Package};
use chainwright_core::problem::ProblemKind;

use super::sums::Sum;
use super::{Database, InstalledFacts, InstalledPackage, ndb, sqlite};

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const VENDOR: u32 = 1011;
const LICENCE: u32 = 1014;
const ARCHITECTURE: u32 = 1022;
const SOURCE: u32 = 1044;
const FOLDER_OF_FILE: u32 = 1116;
const FILES: u32 = 1117;
const FOLDERS: u32 = 1118;
const DIGESTS: u32 = 1035;
const FLAGS: u32 = 1037;

/// Flags of files that may differ from what was packed: configuration, and what only the installed program makes
/// (`RPMFILE_CONFIG` and `RPMFILE_GHOST` of rpm's `rpmfiles.h`).
const MAY_DIFFER: u32 = 1 | 1 << 6;

/// Types of values: a 32-bit number, a string, and the first of a list of strings.
const INT32: u32 = 4;
const STRING: u32 = 6;
const STRINGS: u32 = 9;

/// Index entries of a header; rpm refuses more (`HEADER_TAGS_MAX`).
const MOST_ENTRIES: usize = 65_536;

/// Files of one package that are listed.
const MOST_FILES: usize = 200_000;

/// Reads `rpmdb.sqlite`.
#[must_use]
pub fn read_sqlite(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::RpmSqlite);
    match sqlite::blobs(bytes, "Packages") {
        Ok(table) => {
            if table.is_cut {
                facts.trouble(ProblemKind::Truncated, "the database of rpm ends early");
            }
            headers(&table.blobs, &mut facts);
        }
        Err(error) => facts.trouble(ProblemKind::Malformed, error.to_string()),
    }
    facts
}

/// Reads `Packages.db`.
#[must_use]
pub fn read_ndb(bytes: &[u8]) -> InstalledFacts {
    let mut facts = InstalledFacts::new(Database::RpmNdb);
    match ndb::blobs(bytes) {
        Some(blobs) => headers(&blobs, &mut facts),
        None => facts.trouble(ProblemKind::Malformed, "not a package database of rpm"),
    }
    facts
}

fn headers<B: AsRef<[u8]>>(blobs: &[B], facts: &mut InstalledFacts) {
    for blob in blobs {
        match header(blob.as_ref()) {
            Some((package, files)) => {
                facts.push(package);
                for (file, sum) in &files {
                    facts.push_file(file);
                    if let Some(sum) = sum {
                        facts.push_sum(file, *sum);
                    }
                }
            }
            None => facts.trouble(ProblemKind::Malformed, "a package header of rpm is broken"),
        }
    }
}

/// A file and its digest, if it has one that must not differ.
type PackedFile = (String, Option<Sum>);

/// The package that a header describes. Public keys are kept as packages too; they are none.
fn header(blob: &[u8]) -> Option<(InstalledPackage, Vec<PackedFile>)> {
    let order = Order::Big;
    let entries = narrow(order.u32(blob, 0)?.into()).min(MOST_ENTRIES);
    let data_start = entries.checked_mul(16)?.checked_add(8)?;
    let data = blob.get(data_start..)?;
    let mut found = Header::default();
    for index in 0..entries {
        let at = index.checked_mul(16)?.checked_add(8)?;
        let tag = order.u32(blob, at)?;
        let kind = order.u32(blob, at.checked_add(4)?)?;
        let offset = narrow(order.u32(blob, at.checked_add(8)?)?.into());
        let count = narrow(order.u32(blob, at.checked_add(12)?)?.into());
        found.note(tag, kind, offset, data);
        found.note_files(tag, kind, data.get(offset..).unwrap_or_default(), count);
    }
    let files = found.files();
    Some((found.package()?, files))
}

#[derive(Default)]
struct Header {
    name: String,
    version: String,
    release: String,
    epoch: u32,
    vendor: String,
    licence: String,
    architecture: String,
    source: String,
    folders: Vec<String>,
    folder_of_file: Vec<usize>,
    names: Vec<String>,
    digests: Vec<Option<Sum>>,
    flags: Vec<u32>,
}

impl Header {
    /// The names of files are kept apart from their folders, and a list says which belongs to which.
    fn note_files(&mut self, tag: u32, kind: u32, data: &[u8], count: usize) {
        let strings = || {
            let parts = data.split(|byte| *byte == 0).take(count.min(MOST_FILES));
            parts.map(|part| String::from_utf8_lossy(part).into_owned())
        };
        let numbers = || {
            let words = data.chunks_exact(4).take(count.min(MOST_FILES));
            words.filter_map(|word| Order::Big.u32(word, 0))
        };
        match (tag, kind) {
            (DIGESTS, STRINGS) => self.digests = strings().map(|text| Sum::of_hex(&text)).collect(),
            (FLAGS, INT32) => self.flags = numbers().collect(),
            (FOLDERS, STRINGS) => self.folders = strings().collect(),
            (FILES, STRINGS) => self.names = strings().collect(),
            (FOLDER_OF_FILE, INT32) => {
                self.folder_of_file = numbers().map(|word| narrow(word.into())).collect();
            }
            _ => {}
        }
    }

    fn files(&self) -> Vec<PackedFile> {
        let named = self.folder_of_file.iter().zip(&self.names).enumerate();
        let packed = named.filter_map(|(index, (folder, name))| {
            let flags = self.flags.get(index).copied().unwrap_or_default();
            let sum = self.digests.get(index).copied().flatten();
            let path = format!("{}{name}", self.folders.get(*folder)?);
            Some((path, sum.filter(|_| flags & MAY_DIFFER == 0)))
        });
        packed.collect()
    }

    fn note(&mut self, tag: u32, kind: u32, offset: usize, data: &[u8]) {
        if tag == EPOCH && kind == INT32 {
            self.epoch = Order::Big.u32(data, offset).unwrap_or_default();
            return;
        }
        let slot = match tag {
            NAME => &mut self.name,
            VERSION => &mut self.version,
            RELEASE => &mut self.release,
            VENDOR => &mut self.vendor,
            LICENCE => &mut self.licence,
            ARCHITECTURE => &mut self.architecture,
            SOURCE => &mut self.source,
            _ => return,
        };
        if matches!(kind, STRING | STRINGS) {
            let rest = data.get(offset..).unwrap_or_default();
            let line = rest.get(..rest.len().min(1024)).unwrap_or(rest);
            let end = line
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(line.len());
            let text = String::from_utf8_lossy(line.get(..end).unwrap_or_default());
            *slot = text.into_owned();
        }
    }

    fn package(self) -> Option<InstalledPackage> {
        if self.name.is_empty() || self.version.is_empty() {
            return None;
        }
        let mut version = self.version;
        if !self.release.is_empty() {
            version = format!("{version}-{}", self.release);
        }
        let source = source_name(&self.source).unwrap_or(&self.name).to_owned();
        let source_version = version.clone();
        if self.epoch != 0 {
            version = format!("{}:{version}", self.epoch);
        }
        Some(InstalledPackage {
            package: Package::new(Ecosystem::Rpm, self.name, Some(version)),
            architecture: self.architecture,
            source,
            source_version,
            licence: self.licence,
            maintainer: self.vendor,
        })
    }
}

/// `openssl` of `openssl-3.0.7-24.el9.src.rpm`.
fn source_name(file: &str) -> Option<&str> {
    let stem = file
        .strip_suffix(".src.rpm")
        .or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, _release) = stem.rsplit_once('-')?;
    let (name, _version) = rest.rsplit_once('-')?;
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header as rpm writes it, from tags with their types and data.
    fn build(tags: &[(u32, u32, Vec<u8>)]) -> Vec<u8> {
        let mut index: Vec<u8> = Vec::new();
        let mut data: Vec<u8> = Vec::new();
        for (tag, kind, value) in tags {
            let offset = u32::try_from(data.len()).expect("small");
            let count = match *kind {
                STRINGS => value.iter().filter(|byte| **byte == 0).count(),
                _ => value.len().div_ceil(4).max(1),
            };
            let count = if *kind == STRING {
                1
            } else {
                u32::try_from(count).expect("small")
            };
            for word in [*tag, *kind, offset, count] {
                index.extend(word.to_be_bytes());
            }
            data.extend(value);
        }
        let mut header = Vec::new();
        for count in [tags.len(), data.len()] {
            header.extend(u32::try_from(count).expect("small").to_be_bytes());
        }
        header.extend(index);
        header.extend(data);
        header
    }

    fn openssl() -> Vec<u8> {
        build(&[
            (NAME, STRING, b"openssl-libs\0".to_vec()),
            (VERSION, STRING, b"3.0.7\0".to_vec()),
            (RELEASE, STRING, b"24.el9\0".to_vec()),
            (EPOCH, INT32, 1_u32.to_be_bytes().to_vec()),
            (ARCHITECTURE, STRING, b"x86_64\0".to_vec()),
            (SOURCE, STRING, b"openssl-3.0.7-24.el9.src.rpm\0".to_vec()),
            (LICENCE, STRING, b"ASL 2.0\0".to_vec()),
        ])
    }

    #[test]
    fn a_header_gives_epoch_version_release_and_source() {
        let (package, _) = header(&openssl()).expect("a package");
        assert_eq!(package.package.to_string(), "openssl-libs@1:3.0.7-24.el9");
        assert_eq!(package.source, "openssl");
        assert_eq!(package.licence, "ASL 2.0");
    }

    #[test]
    fn files_are_put_together_from_folders_and_names() {
        let mut data = Vec::new();
        for folder in [0_u32, 1, 0, 9] {
            data.extend(folder.to_be_bytes());
        }
        let blob = build(&[
            (NAME, STRING, b"x\0".to_vec()),
            (VERSION, STRING, b"1\0".to_vec()),
            (FOLDER_OF_FILE, INT32, data),
            (FILES, STRINGS, b"a\0b\0c\0lost\0".to_vec()),
            (FOLDERS, STRINGS, b"/usr/bin/\0/etc/\0".to_vec()),
            (
                DIGESTS,
                STRINGS,
                format!("{0}\0{0}\0\0{0}\0", "ab".repeat(32)).into_bytes(),
            ),
            (FLAGS, INT32, b"\0\0\0\0\0\0\0\x11\0\0\0\0\0\0\0\0".to_vec()),
        ]);
        let (_, files) = header(&blob).expect("a package");
        let shown: Vec<(&str, bool)> = files
            .iter()
            .map(|(file, sum)| (file.as_str(), sum.is_some()))
            .collect();
        assert_eq!(
            shown,
            [
                ("/usr/bin/a", true),
                ("/etc/b", false),
                ("/usr/bin/c", false)
            ]
        );
    }

    #[test]
    fn a_cut_header_is_no_package_or_a_shorter_one() {
        let whole = openssl();
        for end in 0..whole.len() {
            let _ = header(&whole[..end]);
        }
        assert_eq!(header(&whole[..12]), None);
    }
}
