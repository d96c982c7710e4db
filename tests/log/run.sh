#!/usr/bin/env bash
# Our notes and proofs against Go's, both ways, for every size up to 1,000: tests/log/run.sh GOROOT WORK
set -euo pipefail
cd "$(dirname "$0")/../.."
goroot="$1"
work="$2"
mkdir -p "$work"
export GOROOT="$goroot" GOCACHE="$work/go-cache" GOPATH="$work/go" GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off GO111MODULE=on

# The packages lie in the sources of the toolchain itself; a module of our own takes them from there.
rm -rf "$work/module"
mkdir -p "$work/module/sumdb"
cp -r "$goroot/src/cmd/vendor/golang.org/x/mod/sumdb/note" "$goroot/src/cmd/vendor/golang.org/x/mod/sumdb/tlog" "$work/module/sumdb/"
sed 's|cmd/vendor/golang.org/x/mod/sumdb|chainwright.test/sumdb|' tests/log/main.go >"$work/module/main.go"
printf 'module chainwright.test\n\ngo 1.24\n' >"$work/module/go.mod"
(cd "$work/module" && "$goroot/bin/go" build -o "$work/checker" .)

cargo run --quiet --locked -p chainwright-transparency --example log_samples -- write "$work/ours.tsv" >"$work/secret"
"$work/checker" check "$work/ours.tsv"
"$work/checker" write "$work/go.tsv" "$(cat "$work/secret")"
cargo run --quiet --locked -p chainwright-transparency --example log_samples -- check "$work/go.tsv"
