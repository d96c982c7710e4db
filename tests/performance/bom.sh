#!/usr/bin/env bash
# Measures the bill of materials of a model repository of 5,000 files beside sha256sum over the same files: CPU seconds,
# wall seconds and peak memory of whole processes, the median of RUNS, taken in turns. Prints the Markdown table of
# docs/performance.md.
#
#   tests/performance/bom.sh CHAINWRIGHT FOLDER FILES
#
# FOLDER is filled on first use from FILES, honest files made by tests/real/make_benign.py.
set -euo pipefail
chainwright="$(realpath "$1")" folder="$2" files="$3"
runs="${RUNS:-5}"
export LC_ALL=C

if [ ! -d "$folder/repository" ]; then
    mkdir -p "$folder"
    folder="$folder" files="$files" python3 - <<'PY'
import itertools, os, pathlib, shutil

target = pathlib.Path(os.environ["folder"]) / "repository"
endings = {".pkl", ".pt", ".pth", ".bin", ".joblib", ".safetensors", ".npy", ".npz", ".json", ".onnx", ".txt", ".md"}
small = sorted(
    path
    for path in pathlib.Path(os.environ["files"]).rglob("*")
    if path.is_file() and path.suffix in endings and path.stat().st_size < 200_000
)
for number, path in zip(range(5000), itertools.cycle(small)):
    part = target / f"{number // 50:03d}"
    part.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, part / f"{number:04d}-{path.name}")
PY
fi

names=() commands=()
add() { names+=("$1"); commands+=("$2"); }
bom="$chainwright bom $folder/repository --no-config --no-advisories -q"
add "sha256sum of every file" "find $folder/repository -type f -exec sha256sum {} +"
add "CycloneDX 1.7" "$bom --no-cache -f cyclonedx-1.7 -o $folder/bom.cdx.json"
add "SPDX 3.0.1" "$bom --no-cache -f spdx-3.0.1 -o $folder/bom.spdx.json"
add "CycloneDX 1.7 again, facts from the cache" "CHAINWRIGHT_CACHE_DIR=$folder/cache $bom -f cyclonedx-1.7 -o $folder/bom.cdx.json"

sh -c "${commands[3]}" >/dev/null 2>&1 || test $? -eq 1
rows="$folder/rows"
: >"$rows"
for _ in $(seq "$runs"); do
    for index in "${!names[@]}"; do
        /usr/bin/time -o "$folder/one" -f "$index %U %S %e %M" sh -c "${commands[$index]}" >/dev/null 2>&1 || true
        tail -1 "$folder/one" >>"$rows"
    done
done
echo "$(find "$folder/repository" -type f | wc -l) files, $(du -sm --apparent-size "$folder/repository" | cut -f1) MB"
echo "| what | CPU s | wall s | MiB |"
echo "| --- | ---: | ---: | ---: |"
for index in "${!names[@]}"; do
    awk -v index_="$index" '$1 == index_ {print $2 + $3, $4, $5 / 1024}' "$rows" | sort -n |
        awk -v name="${names[$index]}" '{line[NR] = $0} END {split(line[int((NR + 1) / 2)], v, " "); printf "| %s | %.2f | %.2f | %.0f |\n", name, v[1], v[2], v[3]}'
done
