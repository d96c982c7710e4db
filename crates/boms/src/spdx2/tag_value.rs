//! Tags and values of SPDX 2, brought into the form of its JSON.

use chainwright_core::limits::Limits;
use serde_json::Value as Json;

use crate::inventory::Inventory;
use crate::json::Object;
use crate::read::ReadError;

/// Whether the bytes begin like a tag-value document: comments and blank lines, then `SPDXVersion:`.
pub(crate) fn is_tag_value(bytes: &[u8]) -> bool {
    let start = bytes.get(..4096).unwrap_or(bytes);
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    String::from_utf8_lossy(start)
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'))
        .is_some_and(|line| line.starts_with("SPDXVersion:"))
}

/// Reads a tag-value document; `origin` names it as the source of what it declares.
///
/// # Errors
/// When it is too large, or of a version that is not read.
pub fn from_tag_value(bytes: &[u8], origin: &str, limits: &Limits) -> Result<Inventory, ReadError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limits.header_bytes {
        return Err(ReadError::TooLarge {
            size,
            limit: limits.header_bytes,
        });
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut builder = Builder::default();
    for (tag, value) in Lines(text) {
        builder.take(tag, value);
    }
    super::from_value(&builder.finish(), origin)
}

/// Tags with their values; a value between `<text>` and `</text>` may span lines.
struct Lines<'a>(&'a str);

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            let (line, rest) = self.0.split_once('\n').unwrap_or((self.0, ""));
            let Some((tag, value)) = line.split_once(':').filter(|_| !line.starts_with('#')) else {
                self.0 = rest;
                continue;
            };
            let value = value.trim();
            let Some(start) = value.strip_prefix("<text>") else {
                self.0 = rest;
                return Some((tag.trim(), value));
            };
            if let Some(inner) = start.strip_suffix("</text>") {
                self.0 = rest;
                return Some((tag.trim(), inner));
            }
            let (_, after) = self.0.split_once("<text>")?;
            let (inner, rest) = after.split_once("</text>").unwrap_or((after, ""));
            self.0 = rest;
            return Some((tag.trim(), inner));
        }
        None
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Section {
    #[default]
    Document,
    Package,
    File,
    Licence,
    Other,
}

#[derive(Default)]
struct Builder {
    document: Object,
    creation: Object,
    packages: Vec<Object>,
    files: Vec<Object>,
    licences: Vec<Object>,
    relations: Vec<Json>,
    contained: Vec<(usize, String)>,
    section: Section,
}

impl Builder {
    fn take(&mut self, tag: &str, value: &str) {
        match tag {
            "SPDXVersion" => put(&mut self.document, "spdxVersion", value),
            "Creator" => push(&mut self.creation, "creators", Json::from(value)),
            "Created" => put(&mut self.creation, "created", value),
            "CreatorComment" => put(&mut self.creation, "comment", value),
            "PackageName" => {
                self.section = Section::Package;
                self.packages.push(Object::new());
                self.set("name", value);
            }
            "FileName" => {
                self.section = Section::File;
                self.files.push(Object::new());
                self.set("fileName", value);
            }
            "LicenseID" => {
                self.section = Section::Licence;
                self.licences.push(Object::new());
                self.set("licenseId", value);
            }
            "SnippetSPDXID" | "Annotator" | "Reviewer" => self.section = Section::Other,
            "SPDXID" => {
                self.set("SPDXID", value);
                if self.section == Section::File && !self.packages.is_empty() {
                    let package = self.packages.len().saturating_sub(1);
                    self.contained.push((package, value.to_owned()));
                }
            }
            "Relationship" => self.relation(value),
            "PackageChecksum" | "FileChecksum" => self.checksum(value),
            "ExternalRef" => self.reference(value),
            _ => {
                if let Some((_, key)) = PLAIN.iter().find(|(name, _)| *name == tag) {
                    self.set(key, value);
                }
            }
        }
    }

    fn current(&mut self) -> Option<&mut Object> {
        match self.section {
            Section::Document => Some(&mut self.document),
            Section::Package => self.packages.last_mut(),
            Section::File => self.files.last_mut(),
            Section::Licence => self.licences.last_mut(),
            Section::Other => None,
        }
    }

    fn set(&mut self, key: &str, value: &str) {
        if let Some(object) = self.current() {
            put(object, key, value);
        }
    }

    fn add(&mut self, key: &str, object: Object) {
        if let Some(current) = self.current() {
            push(current, key, Json::Object(object));
        }
    }

    fn relation(&mut self, value: &str) {
        let mut words = value.split_whitespace();
        if let (Some(from), Some(kind), Some(to)) = (words.next(), words.next(), words.next()) {
            let mut object = Object::new();
            put(&mut object, "spdxElementId", from);
            put(&mut object, "relationshipType", kind);
            put(&mut object, "relatedSpdxElement", to);
            self.relations.push(Json::Object(object));
        }
    }

    fn checksum(&mut self, value: &str) {
        if let Some((algorithm, digits)) = value.split_once(':') {
            let mut object = Object::new();
            put(&mut object, "algorithm", algorithm.trim());
            put(&mut object, "checksumValue", digits.trim());
            self.add("checksums", object);
        }
    }

    fn reference(&mut self, value: &str) {
        let mut words = value.splitn(3, char::is_whitespace);
        if let (Some(_), Some(kind), Some(locator)) = (words.next(), words.next(), words.next()) {
            let mut object = Object::new();
            put(&mut object, "referenceType", kind);
            put(&mut object, "referenceLocator", locator.trim());
            self.add("externalRefs", object);
        }
    }

    fn finish(self) -> Json {
        let Self {
            mut document,
            creation,
            mut packages,
            files,
            licences,
            relations,
            contained,
            ..
        } = self;
        for (package, file) in contained {
            if let Some(package) = packages.get_mut(package) {
                push(package, "hasFiles", Json::from(file));
            }
        }
        let list =
            |objects: Vec<Object>| Json::Array(objects.into_iter().map(Json::Object).collect());
        document.insert("creationInfo".to_owned(), Json::Object(creation));
        document.insert("packages".to_owned(), list(packages));
        document.insert("files".to_owned(), list(files));
        document.insert("hasExtractedLicensingInfos".to_owned(), list(licences));
        document.insert("relationships".to_owned(), Json::Array(relations));
        Json::Object(document)
    }
}

/// Tags whose value goes into one key as it is.
const PLAIN: [(&str, &str); 16] = [
    ("PackageVersion", "versionInfo"),
    ("PackageSupplier", "supplier"),
    ("PackageOriginator", "originator"),
    ("PackageDownloadLocation", "downloadLocation"),
    ("PackageHomePage", "homepage"),
    ("PackageSourceInfo", "sourceInfo"),
    ("PackageLicenseDeclared", "licenseDeclared"),
    ("PackageLicenseConcluded", "licenseConcluded"),
    ("PackageCopyrightText", "copyrightText"),
    ("PackageDescription", "description"),
    ("PackageSummary", "summary"),
    ("PrimaryPackagePurpose", "primaryPackagePurpose"),
    ("LicenseConcluded", "licenseConcluded"),
    ("FileCopyrightText", "copyrightText"),
    ("LicenseName", "name"),
    ("ExtractedText", "extractedText"),
];

fn put(object: &mut Object, key: &str, value: &str) {
    object.insert(key.to_owned(), Json::from(value));
}

fn push(object: &mut Object, key: &str, value: Json) {
    let list = object.entry(key).or_insert_with(|| Json::Array(Vec::new()));
    if let Json::Array(list) = list {
        list.push(value);
    }
}
