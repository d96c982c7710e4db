//! The bytes that are signed.

use serde::Serialize;

use crate::hash::Digest;
use crate::manifest::{Manifest, Method};
use crate::{PREDICATE_TYPE, STATEMENT_TYPE};

#[derive(Serialize)]
struct Statement<'a> {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: [Subject<'a>; 1],
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: Predicate<'a>,
}

#[derive(Serialize)]
struct Subject<'a> {
    name: &'a str,
    digest: Root,
}

#[derive(Serialize)]
struct Root {
    sha256: String,
}

#[derive(Serialize)]
struct Predicate<'a> {
    resources: Vec<Entry<'a>>,
    serialization: Block<'a>,
}

#[derive(Serialize)]
struct Entry<'a> {
    name: &'a str,
    algorithm: &'static str,
    digest: &'a Digest,
}

#[derive(Serialize)]
struct Block<'a> {
    method: &'static str,
    hash_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard_size: Option<u64>,
    allow_symlinks: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ignore_paths: &'a [String],
}

/// The in-toto statement of a manifest, ready to be signed. The same manifest always gives the same bytes.
#[must_use]
pub fn write_statement(manifest: &Manifest) -> Vec<u8> {
    let serialization = &manifest.serialization;
    let (method, shard_size) = match serialization.method {
        Method::Files => ("files", None),
        Method::Shards(size) => ("shards", Some(size)),
    };
    let entries = manifest.resources.iter().map(|resource| Entry {
        name: &resource.name,
        algorithm: resource.digest.hash().as_str(),
        digest: &resource.digest,
    });
    let statement = Statement {
        statement_type: STATEMENT_TYPE,
        subject: [Subject {
            name: &manifest.model,
            digest: Root {
                sha256: manifest.root().to_string(),
            },
        }],
        predicate_type: PREDICATE_TYPE,
        predicate: Predicate {
            resources: entries.collect(),
            serialization: Block {
                method,
                hash_type: serialization.hash.as_str(),
                shard_size,
                allow_symlinks: serialization.allow_symlinks,
                ignore_paths: &serialization.ignore_paths,
            },
        },
    };
    // Strings and numbers alone: nothing here can fail to be written.
    serde_json::to_vec(&statement).unwrap_or_default()
}
