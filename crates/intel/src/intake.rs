//! What lies in a folder, an archive, a file or a download: advisories and feeds, told apart by their content.
//!
//! A source is taken whole or not at all: an archive that is cut or damaged fails the update. A single document that
//! is an advisory but cannot be read is counted, and everything else (licences, read-mes) is passed by.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use chainwright_advisories::exploitation::{self, Catalogue, EpssTable};
use chainwright_advisories::osv::{self, RecordError};
use chainwright_advisories::reference::{self, Atlas};
use chainwright_advisories::{Record, cpe, rustsec, yaml};
use chainwright_containers::{ContainerKind, Entry, Member, open, recognise};
use chainwright_core::budget::Budget;
use chainwright_core::bytes::{ByteSource, ReadError, SharedBytes, read_range};
use chainwright_core::limits::Limits;
use chainwright_core::text::visible;
use serde_json::Value;

use crate::error::IntelError;
use crate::snapshot;
use crate::truth::Truth;

/// LIMIT: bytes of one document.
const MOST_DOCUMENT: usize = 256 << 20;
/// LIMIT: archives in archives.
const MOST_DEPTH: u32 = 4;
/// LIMIT: unreadable documents that are named.
const MOST_NAMED: usize = 100;

/// What a source holds.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    pub(crate) records: Vec<Record>,
    pub(crate) catalogue: Option<Catalogue>,
    pub(crate) epss: Option<EpssTable>,
    pub(crate) atlas: Option<Atlas>,
    pub(crate) popular: Option<Vec<String>>,
    pub(crate) snapshot: Option<Truth>,
    pub(crate) refused: Vec<(String, String)>,
    pub(crate) refused_count: u64,
    pub(crate) passed: u64,
}

/// A file as bytes.
#[derive(Debug)]
struct OpenFile {
    file: File,
    size: u64,
}

impl ByteSource for OpenFile {
    fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        Ok(std::os::unix::fs::FileExt::read_at(
            &self.file, buffer, offset,
        )?)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        Ok(std::os::windows::fs::FileExt::seek_read(
            &self.file, buffer, offset,
        )?)
    }
}

/// Opens a file for positioned reads.
pub(crate) fn open_file(path: &Path) -> Result<SharedBytes, IntelError> {
    let failed = |error| IntelError::io("read", path, error);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        let kind = io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is neither a file nor a folder",
        );
        return Err(failed(kind));
    }
    Ok(Arc::new(OpenFile {
        file,
        size: metadata.len(),
    }))
}

impl Intake {
    /// Takes what lies under a path.
    pub(crate) fn path(&mut self, path: &Path) -> Result<(), IntelError> {
        let metadata =
            std::fs::metadata(path).map_err(|error| IntelError::io("read", path, error))?;
        if metadata.is_dir() {
            return self.folder(path);
        }
        self.bytes(&path.to_string_lossy(), &open_file(path)?)
    }

    fn folder(&mut self, path: &Path) -> Result<(), IntelError> {
        let entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| entry.file_name() != ".git") {
            let entry = entry.map_err(|error| {
                let place = error.path().unwrap_or(path).to_owned();
                IntelError::io("read", &place, error.into())
            })?;
            if entry.file_type().is_file() {
                self.any(
                    &entry.path().to_string_lossy(),
                    &open_file(entry.path())?,
                    0,
                    &budget(),
                )?;
            }
        }
        Ok(())
    }

    /// Takes one file, which is an archive, a snapshot or a document.
    pub(crate) fn bytes(&mut self, name: &str, bytes: &SharedBytes) -> Result<(), IntelError> {
        self.any(name, bytes, 0, &budget())
    }

    /// Whether nothing was found.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
            && self.catalogue.is_none()
            && self.epss.is_none()
            && self.atlas.is_none()
            && self.popular.is_none()
            && self.snapshot.is_none()
    }

    fn any(
        &mut self,
        name: &str,
        bytes: &SharedBytes,
        depth: u32,
        budget: &Budget,
    ) -> Result<(), IntelError> {
        let incomplete = |reason: String| IntelError::Incomplete {
            origin: visible(name, 300),
            reason,
        };
        let head =
            read_range(bytes.as_ref(), 0, 64).map_err(|error| incomplete(error.to_string()))?;
        if snapshot::recognise(&head) {
            self.snapshot = Some(snapshot::read(name, bytes)?);
            return Ok(());
        }
        let kind = recognise(bytes.as_ref())
            .into_iter()
            .find(|kind| may_be_archive(*kind));
        if let Some(kind) = kind {
            if depth >= MOST_DEPTH {
                return Err(incomplete("archives are nested too deeply".to_owned()));
            }
            return self.archive(name, bytes, kind, depth, budget);
        }
        let document = read_range(bytes.as_ref(), 0, MOST_DOCUMENT)
            .map_err(|error| incomplete(error.to_string()))?;
        if bytes.is_sequential() || bytes.size() <= document.len() as u64 {
            self.document(name, &document);
            Ok(())
        } else {
            Err(incomplete(format!(
                "it has more than {MOST_DOCUMENT} bytes"
            )))
        }
    }

    fn archive(
        &mut self,
        name: &str,
        bytes: &SharedBytes,
        kind: ContainerKind,
        depth: u32,
        budget: &Budget,
    ) -> Result<(), IntelError> {
        let opened = open(bytes, kind, budget);
        let incomplete = |reason: String| IntelError::Incomplete {
            origin: visible(name, 300),
            reason,
        };
        if let Some(problem) = opened.facts.problems.first() {
            return Err(incomplete(problem.detail.clone()));
        }
        for member in opened.members {
            if !matches!(member.entry, Entry::File) || !member.views.central {
                continue;
            }
            let inner = if member.name.is_empty() {
                name.to_owned()
            } else {
                format!("{name}!/{}", member.name)
            };
            let Some(content) = &member.bytes else {
                return Err(incomplete(format!(
                    "member `{}` cannot be read",
                    visible(&member.name, 200)
                )));
            };
            if is_worthwhile(&member, kind) {
                self.any(&inner, content, depth + 1, budget)?;
            } else {
                self.passed += 1;
            }
            if let Some(problem) = member.problem_after_reading() {
                return Err(incomplete(format!(
                    "member `{}`: {}",
                    visible(&member.name, 200),
                    problem.detail
                )));
            }
            if let Some(anomaly) = member.anomalies_after_reading().into_iter().next() {
                return Err(incomplete(format!(
                    "member `{}`: {}",
                    visible(&member.name, 200),
                    anomaly.detail
                )));
            }
        }
        Ok(())
    }

    /// Takes one document.
    fn document(&mut self, name: &str, bytes: &[u8]) {
        let Ok(text) = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        else {
            self.passed += 1;
            return;
        };
        let extension = name
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let start = text.trim_start();
        if exploitation::recognise_epss(text) {
            match exploitation::epss(text) {
                Ok(table) => self.epss = Some(table),
                Err(error) => self.refuse(name, error.to_string()),
            }
        } else if matches!(extension.as_str(), "md" | "toml") && rustsec::recognise(text) {
            self.record(name, rustsec::parse(text));
        } else if start.starts_with(['{', '[']) {
            self.json(name, text);
        } else if matches!(extension.as_str(), "yaml" | "yml") {
            match yaml::parse(text) {
                Ok(value) => self.value(name, &value),
                Err(error) if text.contains("\naffected:") => self.refuse(name, error.to_string()),
                Err(_) => self.passed += 1,
            }
        } else {
            self.passed += 1;
        }
    }

    /// One value, or one value a line.
    fn json(&mut self, name: &str, text: &str) {
        let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect();
        match values {
            Ok(values) => {
                for value in &values {
                    self.value(name, value);
                }
            }
            Err(error) => self.refuse(name, format!("no valid JSON: {error}")),
        }
    }

    fn value(&mut self, name: &str, value: &Value) {
        if reference::recognise_atlas(value) {
            match reference::atlas(value) {
                Ok(atlas) => self.atlas = Some(atlas),
                Err(error) => self.refuse(name, error.to_string()),
            }
        } else if exploitation::recognise_catalogue(value) {
            match exploitation::catalogue(value) {
                Ok(catalogue) => self.catalogue = Some(catalogue),
                Err(error) => self.refuse(name, error.to_string()),
            }
        } else if reference::recognise_popular(value) {
            self.popular = reference::popular(value).ok();
        } else if let Some(list) = list_of_records(value) {
            for value in list {
                self.value(name, value);
            }
        } else if cpe::recognise(value) && !is_osv(value) {
            self.record(name, cpe::from_value(value));
        } else if is_osv(value) {
            self.record(name, osv::from_value(value));
        } else {
            self.passed += 1;
        }
    }

    fn record(&mut self, name: &str, read: Result<Record, RecordError>) {
        match read {
            Ok(record) => self.records.push(record),
            Err(error) => self.refuse(name, error.to_string()),
        }
    }

    fn refuse(&mut self, name: &str, reason: impl AsRef<str>) {
        self.refused_count += 1;
        if self.refused.len() < MOST_NAMED {
            self.refused
                .push((visible(name, 300), visible(reason.as_ref(), 300)));
        }
    }
}

/// Whether a JSON object is an OSV record: it has a name, and one of the fields that only records have.
fn is_osv(value: &Value) -> bool {
    value.get("id").is_some()
        && ["affected", "aliases", "modified", "withdrawn"]
            .iter()
            .any(|key| value.get(key).is_some())
        && value.get("cve").is_none()
        && value.get("configurations").is_none()
}

/// The records of a list, of OSV's query answers (`vulns`), or of NVD's (`vulnerabilities`).
fn list_of_records(value: &Value) -> Option<&Vec<Value>> {
    match value {
        Value::Array(items) => Some(items).filter(|items| items.iter().any(Value::is_object)),
        Value::Object(object) if !object.contains_key("id") => ["vulns", "vulnerabilities"]
            .iter()
            .find_map(|key| object.get(*key)?.as_array()),
        _ => None,
    }
}

const fn may_be_archive(kind: ContainerKind) -> bool {
    matches!(
        kind,
        ContainerKind::Zip
            | ContainerKind::Tar
            | ContainerKind::Gzip
            | ContainerKind::Bzip2
            | ContainerKind::Xz
            | ContainerKind::Zstd
    )
}

/// Whether a member can be anything that we read; all members of a compressed stream can.
fn is_worthwhile(member: &Member, kind: ContainerKind) -> bool {
    const ENDINGS: [&str; 12] = [
        "json", "jsonl", "ndjson", "yaml", "yml", "md", "toml", "csv", "gz", "xz", "zip", "tar",
    ];
    let is_stream = !matches!(kind, ContainerKind::Zip | ContainerKind::Tar);
    let ending = member
        .name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    is_stream || ENDINGS.contains(&ending.as_str())
}

/// Feeds are large and trusted to be about advisories; they are still bounded.
fn budget() -> Budget {
    Budget::untimed(Limits {
        members: 5_000_000,
        unpacked_bytes: 64 << 30,
        member_bytes: MOST_DOCUMENT as u64,
        text_bytes: MOST_DOCUMENT as u64,
        ..Limits::default()
    })
}
