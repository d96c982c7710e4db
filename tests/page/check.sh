#!/usr/bin/env bash
# Opens the HTML report in headless Chromium: it must draw without an error and without asking for anything else.
# Usage: tests/page/check.sh CHAINWRIGHT
set -euo pipefail
chainwright="$1"
here="$(cd "$(dirname "$0")/../.." && pwd)"

if ! command -v chromium >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -qq -y chromium >/dev/null
    else
        echo "skipped: there is no chromium here, and installing it needs root on a Debian system"
        exit 0
    fi
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cargo run --quiet --locked --manifest-path "$here/Cargo.toml" -p chainwright-testkit --bin example -- "$work"
(cd "$work" && "$chainwright" scan support-bot --no-config --no-cache -q -o report.html) || [ $? -eq 1 ]

open_page() { # query, log
    chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync --user-data-dir="$work/profile" --enable-logging=stderr --v=0 \
        --virtual-time-budget=2000 --dump-dom "file://$work/report.html$1" 2>"$2"
}

failed=0
for query in "" "#dark"; do
    open_page "$query" "$work/log" >"$work/dom.html"
    if grep -E 'CONSOLE.*(Error|Refused|Failed|violat)' "$work/log"; then
        echo "the page reports errors"
        failed=1
    fi
    for wanted in '<svg' 'id="findings"' 'pickle-code-execution' '</html>'; do
        grep -qF "$wanted" "$work/dom.html" || { echo "the page lacks $wanted"; failed=1; }
    done
done
if grep -oE '(src|href)="(https?:)?//[^"]*"' "$work/report.html" | grep -E '^src='; then
    echo "the page loads something from elsewhere"
    failed=1
fi
[ "$failed" = 0 ] && echo "the page draws without errors and loads nothing"
exit "$failed"
