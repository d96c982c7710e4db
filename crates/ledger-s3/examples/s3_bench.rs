//! Appends to a log in a bucket for a few seconds: `tests/log/s3.py cargo run -p chainwright-ledger-s3 --example s3_bench`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a tool for measuring"
)]

use std::time::{Duration, Instant};

use chainwright_ledger::Log;
use chainwright_ledger::suite::{entries, key};
use chainwright_ledger_s3::S3;

fn main() {
    for count in [1, 100, 1000] {
        let place = format!("s3://plain/bench/{}-{count}", std::process::id());
        let storage = S3::from_environment(&place).unwrap().into_log();
        let key = key();
        let mut log = Log::create(&storage, &key).unwrap();
        let start = Instant::now();
        let mut size = 0;
        while start.elapsed() < Duration::from_secs(5) {
            log.append(&entries(size..size + count), None).unwrap();
            size += count;
        }
        let each = u128::from(size) * 1000 / start.elapsed().as_millis().max(1);
        println!("in batches of {count}: {each} entries/s");
    }
}
