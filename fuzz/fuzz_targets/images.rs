//! Archives of images and of layers, read, settled and stacked like those of a scan; documents and databases alone.

#![no_main]

use std::sync::Arc;

use chainwright_analysis::stream::Pass;
use chainwright_analysis::{Artifact, images, inspect, ownership};
use chainwright_core::budget::Budget;
use chainwright_core::limits::Limits;
use chainwright_core::location::Location;
use chainwright_images::databases::{Database, read};
use chainwright_images::{OsRelease, document};
use libfuzzer_sys::fuzz_target;

fn limits() -> Limits {
    Limits {
        unpacked_bytes: 16 << 20,
        members: 1_000,
        image_members: 1_000,
        ..Limits::default()
    }
}

fuzz_target!(|data: &[u8]| {
    let layer = format!("blobs/sha256/{}", "ab".repeat(32));
    for name in ["image.tar", layer.as_str()] {
        let artifact = Artifact { location: Location::file(name), bytes: Arc::new(data.to_vec()) };
        let mut pass = Pass::default();
        pass.update(data);
        let mut found = inspect(&artifact, Some(pass.finish()), &Budget::untimed(limits()));
        ownership::settle(&mut found);
        images::stack(&mut found, &[]);
    }
    let text = String::from_utf8_lossy(data);
    let _ = (document::read(&text), OsRelease::read(&text));
    let databases = [
        Database::Dpkg,
        Database::DpkgFiles,
        Database::DpkgSums,
        Database::DpkgDiversions,
        Database::Apk,
        Database::RpmSqlite,
        Database::RpmNdb,
        Database::RpmBerkeley,
    ];
    for database in databases {
        let _ = read(database, data);
    }
});
