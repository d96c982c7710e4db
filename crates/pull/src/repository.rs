//! One repository of a registry: documents and blobs in memory, and what is written there.
//!
//! Source: OCI distribution specification 1.1 (pulling, pushing, listing referrers, referrers tag schema).

use std::time::Duration;

use chainwright_referrers::document::{INDEX, MANIFEST, read_index};
use chainwright_referrers::{Descriptor, Digest, Place};
use reqwest::header::LOCATION;
use reqwest::{Method, Url};

use crate::document::MANIFESTS;
use crate::transport::{Registry, text_of};
use crate::{Credentials, MOST_DOCUMENT, PullError, Reference, Settings};

/// Pages of a list of referrers that are read.
const MOST_PAGES: usize = 50;

/// Entries of such a list that are kept.
const MOST_LISTED: usize = 2_000;

/// Bytes of everything that is read from a repository.
const MOST_READ: u64 = 256 * 1024 * 1024;

/// Time for everything, unless the caller says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

/// One repository of a registry.
pub struct Repository<'a> {
    pub(crate) registry: Registry<'a>,
    reference: Reference,
    left: u64,
}

impl std::fmt::Debug for Repository<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository")
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// A manifest or index, byte for byte; its digest was computed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The digest of the bytes.
    pub digest: Digest,
    /// What it calls itself.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Document {
    fn of(bytes: Vec<u8>) -> Self {
        let value: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        let field = |key: &str| value.as_ref().and_then(|value| value.get(key));
        let named = field("mediaType").and_then(serde_json::Value::as_str);
        let known = named.filter(|named| MANIFESTS.contains(named));
        let shape = match field("manifests") {
            Some(_) => INDEX,
            None => MANIFEST,
        };
        Self {
            digest: Digest::of(&bytes),
            media_type: known.unwrap_or(shape).to_owned(),
            bytes,
        }
    }

    /// Names the document.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(&self.media_type, &self.digest, self.bytes.len())
    }
}

/// Entries of one page, and where the next one is.
type Page = (Vec<Descriptor>, Option<String>);

/// What the referrers of an image are, as listed.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<(Descriptor, Place)>,
    /// Whether there are more than were read.
    pub(crate) is_cut: bool,
}

impl<'a> Repository<'a> {
    /// Prepares to talk to the repository of an image; `credentials` are asked for by host. Without a bound on the time
    /// it is five minutes.
    ///
    /// # Errors
    /// When the system has no roots for HTTPS.
    pub fn open(
        reference: &Reference,
        settings: Settings,
        credentials: &'a dyn Fn(&str) -> Option<Credentials>,
    ) -> Result<Self, PullError> {
        let settings = Settings {
            patience: Some(settings.patience.unwrap_or(PATIENCE)),
            ..settings
        };
        Ok(Self {
            registry: Registry::new(reference, settings, credentials)?,
            reference: reference.clone(),
            left: MOST_READ,
        })
    }

    /// The manifest or index that the reference names, now. Everything after this goes by its digest, so that a tag that
    /// is moved meanwhile changes nothing.
    ///
    /// # Errors
    /// When there is none, or its digest is another than the reference says.
    pub fn resolve(&mut self) -> Result<Document, PullError> {
        let wanted = self.reference.wanted().to_owned();
        let found = self.manifest(&wanted)?;
        found.ok_or_else(|| PullError::NoSuchImage(self.reference.to_string()))
    }

    /// A manifest or index by tag or digest; `None` if there is none.
    ///
    /// # Errors
    /// When the registry refuses, or serves something else than the digest says.
    pub fn manifest(&mut self, wanted: &str) -> Result<Option<Document>, PullError> {
        let path = format!("manifests/{wanted}");
        let most = MOST_DOCUMENT.min(self.left);
        let (announced, bytes) = match self.registry.document(&path, &MANIFESTS, most) {
            Err(PullError::Refused { status: 404, .. }) => return Ok(None),
            other => other?,
        };
        self.count(bytes.len() as u64)?;
        let document = Document::of(bytes);
        let named = Digest::parse(wanted).map(|_| wanted.to_owned());
        for expected in named.into_iter().chain(announced) {
            if expected.starts_with("sha256:") && expected != document.digest.to_string() {
                return Err(PullError::Digest {
                    expected,
                    found: document.digest.to_string(),
                });
            }
        }
        Ok(Some(document))
    }

    /// A blob of at most `most` bytes, compared with its digest and size.
    ///
    /// # Errors
    /// When it is larger, or something else.
    pub fn blob(&mut self, descriptor: &Descriptor, most: u64) -> Result<Vec<u8>, PullError> {
        let digest = Digest::parse(&descriptor.digest).ok_or_else(|| {
            let digest = chainwright_core::text::visible(&descriptor.digest, 100);
            self.registry
                .answer(format!("a digest of another kind: `{digest}`"))
        })?;
        if descriptor.size > most {
            return Err(PullError::TooLarge(format!("{most} bytes in one layer")));
        }
        self.count(descriptor.size)?;
        let mut bytes = Vec::new();
        self.registry
            .blob(&digest.to_string(), descriptor.size, &mut bytes)?;
        Ok(bytes)
    }

    fn count(&mut self, size: u64) -> Result<(), PullError> {
        let left = self.left.checked_sub(size);
        self.left = left.ok_or_else(|| PullError::TooLarge(format!("{MOST_READ} bytes")))?;
        Ok(())
    }

    /// What says that it is about a digest: by the API where there is one, and by the tag that stands in for it.
    pub(crate) fn referrers(&mut self, digest: &Digest) -> Result<Listing, PullError> {
        let mut listing = Listing::default();
        self.list_pages(digest, &mut listing)?;
        if let Some(index) = self.manifest(&digest.tag(""))? {
            let entries = read_index(&index.bytes).unwrap_or_default();
            listing.add(entries, Place::ReferrersTag);
        }
        Ok(listing)
    }

    /// Whether the registry lists referrers by itself.
    pub(crate) fn has_referrers(&mut self, digest: &Digest) -> Result<bool, PullError> {
        let url = self.registry.url(&format!("referrers/{digest}"))?;
        Ok(self.page(&url)?.is_some())
    }

    fn list_pages(&mut self, digest: &Digest, listing: &mut Listing) -> Result<(), PullError> {
        let first = self.registry.url(&format!("referrers/{digest}"))?;
        let mut seen = vec![first.clone()];
        let mut url = first.clone();
        loop {
            let Some((entries, next)) = self.page(&url)? else {
                return Ok(());
            };
            listing.add(entries, Place::Referrers);
            let Some(next) = next else {
                return Ok(());
            };
            url = url
                .join(&next)
                .ok()
                .filter(|next| next.origin() == first.origin() && next.path() == first.path())
                .ok_or_else(|| {
                    let what = "a next page of referrers that lies somewhere else";
                    self.registry.answer(what.to_owned())
                })?;
            if seen.contains(&url) || seen.len() >= MOST_PAGES || listing.is_cut {
                listing.is_cut = true;
                return Ok(());
            }
            seen.push(url.clone());
        }
    }

    /// One page, and where the next one is; `None` where the registry knows no referrers.
    fn page(&mut self, url: &Url) -> Result<Option<Page>, PullError> {
        let most = MOST_DOCUMENT.min(self.left);
        let (headers, bytes) = match self.registry.document_at(url, INDEX, most) {
            Err(PullError::Refused {
                status: 404 | 405 | 501,
                ..
            }) => return Ok(None),
            other => other?,
        };
        self.count(bytes.len() as u64)?;
        let entries = read_index(&bytes).map_err(|error| {
            self.registry
                .answer(format!("a list of referrers that is none: {error}"))
        })?;
        let next = headers.get_all("link").iter().find_map(|value| {
            let (place, rest) = value.to_str().ok()?.strip_prefix('<')?.split_once('>')?;
            rest.contains("next").then(|| place.to_owned())
        });
        Ok(Some((entries, next)))
    }

    /// Puts a blob there, unless it is there already.
    ///
    /// # Errors
    /// When the registry refuses.
    pub fn push_blob(&mut self, bytes: &[u8]) -> Result<Digest, PullError> {
        let digest = Digest::of(bytes);
        let place = self.registry.url(&format!("blobs/{digest}"))?;
        if let (200, _) = self.registry.send_to(Method::HEAD, &place, None)? {
            return Ok(digest);
        }
        let begin = self.registry.url("blobs/uploads/")?;
        let empty = ("application/octet-stream", [].as_slice());
        let (status, headers) = self.registry.send_to(Method::POST, &begin, Some(empty))?;
        if status != 202 {
            return Err(self.registry.refused(status, begin.path()));
        }
        let written = text_of(&headers, LOCATION.as_str()).unwrap_or_default();
        let mut end = self.registry.next(&begin, &written)?;
        end.query_pairs_mut()
            .append_pair("digest", &digest.to_string());
        let body = ("application/octet-stream", bytes);
        match self.registry.send_to(Method::PUT, &end, Some(body))? {
            (200 | 201 | 204, _) => Ok(digest),
            (status, _) => Err(self.registry.refused(status, "an upload")),
        }
    }

    /// Puts a manifest or index there; whether the registry says that it lists the manifest as a referrer.
    ///
    /// # Errors
    /// When the registry refuses.
    pub fn push_manifest(
        &mut self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<bool, PullError> {
        let place = self.registry.url(&format!("manifests/{name}"))?;
        let body = Some((media_type, bytes));
        match self.registry.send_to(Method::PUT, &place, body)? {
            (200..=204, headers) => Ok(headers.contains_key("oci-subject")),
            (status, _) => Err(self.registry.refused(status, place.path())),
        }
    }
}

impl Listing {
    fn add(&mut self, entries: Vec<Descriptor>, place: Place) {
        for entry in entries {
            let is_there = self
                .entries
                .iter()
                .any(|(there, _)| there.digest == entry.digest);
            if is_there {
                continue;
            }
            if self.entries.len() >= MOST_LISTED {
                self.is_cut = true;
                return;
            }
            self.entries.push((entry, place));
        }
    }
}
