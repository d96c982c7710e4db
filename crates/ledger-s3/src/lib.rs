//! Logs in buckets of S3 and of services that speak it.
//!
//! How a log is written so that no two writers fork it is the matter of [`chainwright_ledger::Objects`]; this crate only
//! puts and gets objects, with the conditions that it needs (`If-None-Match` and `If-Match` on `PUT`). A service that
//! takes conditional requests and does not heed them would let two writers fork a log, so that is tried out once before
//! the first conditional write. The address, region and credentials come from the usual variables (`AWS_*`).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use chainwright_ledger::{Bucket, Condition, Objects, PutError, StorageError};
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::path::Path;
use object_store::{
    GetResult, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload, UpdateVersion,
};
use tokio::runtime::Runtime;

/// Where it is tried out whether conditions are heeded.
const PROBE: &str = ".state/conditions";

/// How often a write is tried again whose outcome is not known.
const TRIES: u32 = 5;

/// A bucket, or what lies below a prefix of one.
#[derive(Debug)]
pub struct S3 {
    store: Arc<dyn ObjectStore>,
    runtime: Runtime,
    prefix: String,
    heeds_conditions: OnceLock<()>,
}

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum S3Error {
    /// The address names no bucket.
    #[error("`{0}` is not of the form s3://BUCKET/PREFIX")]
    Address(String),
    /// Credentials or settings cannot be used.
    #[error("the bucket `{bucket}` cannot be used")]
    Settings {
        /// Which one.
        bucket: String,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The service does what no condition allows.
#[derive(Debug, thiserror::Error)]
#[error("the service does not heed conditions, so two writers could fork the log; use another one")]
struct Heedless;

/// An object comes without a word for its version.
#[derive(Debug, thiserror::Error)]
#[error("the service names no version (ETag) of the object")]
struct NoVersion;

impl S3 {
    /// The bucket at `s3://BUCKET/PREFIX`, with the settings of the environment. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// If the address or the settings are none.
    pub fn from_environment(address: &str) -> Result<Self, S3Error> {
        let wrong = || S3Error::Address(address.to_owned());
        let rest = address.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        if bucket.is_empty() || (!prefix.is_empty() && Path::parse(prefix).is_err()) {
            return Err(wrong());
        }
        let settings = |source: Box<dyn std::error::Error + Send + Sync>| S3Error::Settings {
            bucket: bucket.to_owned(),
            source,
        };
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_conditional_put(S3ConditionalPut::ETagMatch);
        let mut endpoints = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
            .iter()
            .filter_map(|key| builder.get_config_value(key));
        // The first of them counts.
        if endpoints.next().is_some_and(|endpoint| is_here(&endpoint)) {
            builder = builder.with_allow_http(true);
        }
        let store = builder.build().map_err(|error| settings(Box::new(error)))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| settings(Box::new(error)))?;
        Ok(Self {
            store: Arc::new(store),
            runtime,
            prefix: prefix.to_owned(),
            heeds_conditions: OnceLock::new(),
        })
    }

    /// The log in this bucket.
    #[must_use]
    pub fn into_log(self) -> Objects<Self> {
        Objects::new(self)
    }

    fn place(&self, path: &str) -> Result<Path, StorageError> {
        let whole = if self.prefix.is_empty() {
            path.to_owned()
        } else {
            format!("{}/{path}", self.prefix)
        };
        Path::parse(&whole).map_err(|error| failed("name", path, error))
    }

    fn put_once(&self, path: &str, bytes: &Bytes, mode: PutMode) -> Result<(), PutError> {
        let place = self.place(path)?;
        let payload = PutPayload::from_bytes(bytes.clone());
        let options = PutOptions::from(mode);
        let done = self
            .runtime
            .block_on(self.store.put_opts(&place, payload, options));
        match done {
            Ok(_) => Ok(()),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. },
            ) => Err(PutError::Changed),
            Err(error) => Err(failed("put", path, error).into()),
        }
    }

    /// Tries out once whether conditions are heeded.
    fn try_conditions(&self) -> Result<(), PutError> {
        if self.heeds_conditions.get().is_some() {
            return Ok(());
        }
        let bytes = Bytes::from_static(b"chainwright tries out whether conditions are heeded\n");
        self.put_once(PROBE, &bytes, PutMode::Overwrite)?;
        let other = UpdateVersion {
            e_tag: Some("\"00000000000000000000000000000000\"".to_owned()),
            version: None,
        };
        for mode in [PutMode::Create, PutMode::Update(other)] {
            match self.put_once(PROBE, &bytes, mode) {
                Err(PutError::Changed) => {}
                Ok(()) => return Err(failed("write safely to", PROBE, Heedless).into()),
                Err(error) => return Err(error),
            }
        }
        let _ = self.heeds_conditions.set(());
        Ok(())
    }

    /// After a write whose outcome is not known: whether it was done, or can be tried again.
    fn outcome(&self, path: &str, bytes: &Bytes, condition: &Condition) -> Result<bool, PutError> {
        let now = self.get(path)?;
        let is_done = now.as_ref().is_some_and(|(now, _)| now == bytes);
        let holds = match (condition, &now) {
            (Condition::Always, _) | (Condition::IfAbsent, None) => true,
            (Condition::IfVersion(wanted), Some((_, version))) => wanted == version,
            (Condition::IfAbsent, Some(_)) | (Condition::IfVersion(_), None) => false,
        };
        match (is_done, holds) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => Err(PutError::Changed),
        }
    }
}

/// Whether an endpoint is one of http on this machine.
fn is_here(endpoint: &str) -> bool {
    let host = endpoint.strip_prefix("http://").unwrap_or_default();
    let host = host.split('/').next().unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

fn failed(
    action: &'static str,
    path: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StorageError {
    StorageError::Service {
        action,
        path: path.to_owned(),
        source: source.into(),
    }
}

impl Bucket for S3 {
    fn get(&self, path: &str) -> Result<Option<(Vec<u8>, String)>, StorageError> {
        let place = self.place(path)?;
        let read = async {
            let found: GetResult = self.store.get(&place).await?;
            let version = found.meta.e_tag.clone();
            Ok::<_, object_store::Error>((found.bytes().await?, version))
        };
        match self.runtime.block_on(read) {
            Ok((bytes, Some(version))) => Ok(Some((bytes.to_vec(), version))),
            Ok((_, None)) => Err(failed("get", path, NoVersion)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("get", path, error)),
        }
    }

    fn put(&self, path: &str, bytes: &[u8], condition: &Condition) -> Result<(), PutError> {
        let bytes = Bytes::copy_from_slice(bytes);
        if *condition != Condition::Always {
            self.try_conditions()?;
        }
        let mut tries = 0;
        loop {
            let mode = match condition {
                Condition::Always => PutMode::Overwrite,
                Condition::IfAbsent => PutMode::Create,
                Condition::IfVersion(version) => PutMode::Update(UpdateVersion {
                    e_tag: Some(version.clone()),
                    version: None,
                }),
            };
            let error = match self.put_once(path, &bytes, mode) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            // An answer that was lost looks like a failure, and the second try like another writer.
            tries += 1;
            let is_known = self.outcome(path, &bytes, condition);
            match (is_known, error) {
                (Ok(true), _) => return Ok(()),
                (Ok(false), _) if tries < TRIES => {}
                (Err(PutError::Changed), _) => return Err(PutError::Changed),
                (_, error) => return Err(error),
            }
        }
    }

    fn remove(&self, path: &str) -> Result<(), StorageError> {
        let place = self.place(path)?;
        match self.runtime.block_on(self.store.delete(&place)) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("remove", path, error)),
        }
    }

    fn list(&self, prefix: &str) -> Result<Vec<String>, StorageError> {
        // The service lists by whole names of folders.
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let joined = [self.prefix.as_str(), folder];
        let joined: Vec<&str> = joined.into_iter().filter(|part| !part.is_empty()).collect();
        let folder =
            Path::parse(joined.join("/")).map_err(|error| failed("list", prefix, error))?;
        let found: Vec<_> = self
            .runtime
            .block_on(self.store.list(Some(&folder)).try_collect())
            .map_err(|error| failed("list", prefix, error))?;
        let paths = found.iter().filter_map(|object| {
            let path = object.location.as_ref();
            let path = if self.prefix.is_empty() {
                path
            } else {
                path.strip_prefix(&self.prefix)?.strip_prefix('/')?
            };
            path.starts_with(prefix).then(|| path.to_owned())
        });
        Ok(paths.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_buckets_are_taken() {
        for wrong in [
            "",
            "s3:",
            "s3://",
            "s3:///a",
            "http://a/b",
            "s3://a/b//c",
            "s3://a/../c",
        ] {
            let opened = S3::from_environment(wrong);
            assert!(matches!(opened, Err(S3Error::Address(_))), "{wrong}");
        }
    }

    #[test]
    fn http_is_for_this_machine() {
        for here in [
            "http://127.0.0.1:5000",
            "http://localhost/",
            "http://[::1]:9",
        ] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in [
            "https://localhost",
            "http://localhost.example",
            "http://127.0.0.1.example:80",
            "http://example.com/127.0.0.1",
            "",
        ] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
