//! Advisories, feeds and statements in every form that is read, then everything that is done with them.

#![no_main]

use chainwright_advisories::class::NothingKnown;
use chainwright_advisories::vex::{self, Subject};
use chainwright_advisories::{Index, Record, cpe, exploitation, osv, reference, rustsec, yaml};
use chainwright_core::package::{Ecosystem, Package};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut records: Vec<Record> = Vec::new();
    records.extend(osv::from_json(data));
    records.extend(osv::from_yaml(&text));
    if rustsec::recognise(&text) {
        records.extend(rustsec::parse(&text));
    }
    if exploitation::recognise_epss(&text) {
        let _ = exploitation::epss(&text);
    }
    let value = serde_json::from_slice(data).ok();
    if let Some(value) = value.or_else(|| yaml::parse(&text).ok()) {
        if cpe::recognise(&value) {
            records.extend(cpe::from_value(&value));
        }
        if exploitation::recognise_catalogue(&value) {
            let _ = exploitation::catalogue(&value);
        }
        if reference::recognise_atlas(&value) {
            let _ = reference::atlas(&value);
        }
        if reference::recognise_popular(&value) {
            let _ = reference::popular(&value);
        }
    }
    for record in &records {
        let bytes = serde_json::to_vec(record).expect("a record can be written");
        let _: Record = serde_json::from_slice(&bytes).expect("and read again");
    }
    let index = Index::build(&records, &NothingKnown);
    let statements = vex::parse(data).map(|document| document.statements);
    let statements = statements.unwrap_or_default();
    for key in index.sheets.keys() {
        for version in [None, Some("1.0"), Some("0"), Some("2024.1-rc1+x"), Some("")] {
            let package = Package {
                ecosystem: key.ecosystem,
                distribution: key.distribution.clone(),
                name: key.name.clone(),
                version: version.map(str::to_owned),
            };
            let found = index.findings(&package);
            let subject = Subject {
                package: Some(package),
                ..Subject::default()
            };
            let count = found.matches.len();
            assert_eq!(
                vex::apply(&statements, &subject, found.matches).len(),
                count
            );
        }
    }
    let stranger = Package::new(Ecosystem::PyPi, "no-such-thing", Some("1"));
    let _ = index.findings(&stranger);
});
