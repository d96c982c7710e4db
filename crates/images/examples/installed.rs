//! Lists the packages of a database: `installed dpkg|apk|sqlite|ndb < FILE`.

#![expect(clippy::print_stdout, reason = "an example prints")]

use std::io::Read as _;

use chainwright_images::databases::{Database, read};

fn main() {
    let database = match std::env::args().nth(1).as_deref() {
        Some("apk") => Database::Apk,
        Some("sqlite") => Database::RpmSqlite,
        Some("ndb") => Database::RpmNdb,
        _ => Database::Dpkg,
    };
    let mut bytes = Vec::new();
    if std::io::stdin().read_to_end(&mut bytes).is_err() {
        return;
    }
    let facts = read(database, &bytes);
    for each in &facts.packages {
        println!("{}\t{}", each.package, each.source);
    }
    println!("{} packages, {:?}", facts.packages.len(), facts.problems);
}
