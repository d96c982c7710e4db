#!/usr/bin/env bash
# Fuzzes every target for a short time, from the labelled corpus as seeds: fuzz/run.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-10}"
target="${CARGO_TARGET_DIR:-$PWD/target}"
seeds="$target/fuzz-seeds"

rm -rf "$seeds"
cargo run --quiet --locked -p chainwright-testkit --bin corpus -- "$seeds/tree"
mkdir -p "$seeds/flat"
index=0
while IFS= read -r -d '' file; do
    index=$((index + 1))
    [ "$(stat -c %s "$file")" -le 65536 ] && cp "$file" "$seeds/flat/$index"
done < <(find "$seeds/tree" -type f ! -name labels.tsv -print0)

# libFuzzer's instrumentation needs compiler flags that stable Rust only accepts in this way.
export RUSTC_BOOTSTRAP=1
export CARGO_TARGET_DIR="$target/fuzz"
cd fuzz
for name in $(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | grep -v '^chainwright-fuzz$'); do
    mkdir -p "$seeds/found/$name"
    log="$seeds/$name.log"
    cargo fuzz run --sanitizer none --fuzz-dir . "$name" "$seeds/found/$name" "$seeds/flat" -- \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 >"$log" 2>&1 ||
        { tail -n 60 "$log"; echo "fuzzing $name failed"; exit 1; }
    echo "fuzzed $name for $seconds s: no crash, no hang"
done
