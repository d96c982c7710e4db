#!/usr/bin/env bash
# Measures chainwright beside other scanners: CPU seconds, wall seconds and peak memory of whole cold processes, the
# median of RUNS. Prints the Markdown table of docs/performance.md.
#
#   tests/performance/run.sh CHAINWRIGHT FOLDER PEERS_BIN [TOOL…]
#
# FOLDER holds what is scanned and is filled on first use from honest files made by tests/real/make_benign.py
# (FOLDER/files) and a PyTorch of the same environment ($PYTHON): a tree of 1,000 small model files, a 1 GiB
# checkpoint as torch zip and as safetensors. PEERS_BIN is the `bin` folder of an environment with
# tests/peers/requirements.txt.
set -euo pipefail
chainwright="$1" folder="$2" peers="$3"
shift 3
tools=("$@")
[ "${#tools[@]}" -gt 0 ] || tools=(chainwright chainwright-no-hash picklescan modelscan fickling modelaudit sha256sum)
runs="${RUNS:-3}"
python="${PYTHON:-python3}"

if [ ! -d "$folder/tree" ]; then
    mkdir -p "$folder/big"
    "$python" - "$folder" <<'PY'
import itertools, pathlib, shutil, sys
import torch
from safetensors.torch import save_file

folder = pathlib.Path(sys.argv[1])
endings = {".pkl", ".pt", ".pth", ".bin", ".joblib", ".safetensors", ".npy", ".npz", ".json"}
small = sorted(p for p in (folder / "files").rglob("*") if p.suffix in endings and p.stat().st_size < 200_000)
for number, path in zip(range(1000), itertools.cycle(small)):
    target = folder / "tree" / f"{number // 50:02d}"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target / f"{number:04d}-{path.name}")
generator = torch.Generator().manual_seed(1)
weights = {f"layers.{i}.weight": torch.randn(4096, 4096, generator=generator).to(torch.bfloat16) for i in range(32)}
torch.save(weights, folder / "big/model.pt")
save_file(weights, folder / "big/model.safetensors", metadata={"format": "pt"})
PY
fi

command_of() { # tool, path
    case "$1" in
        chainwright) echo "$chainwright scan $2 --no-cache --no-config -q --format json -o $folder/out.json" ;;
        chainwright-no-hash) echo "$chainwright scan $2 --no-hash --no-cache --no-config -q --format json -o $folder/out.json" ;;
        picklescan) echo "$peers/picklescan -p $2" ;;
        modelscan) echo "$peers/modelscan scan -p $2" ;;
        fickling) [ -d "$2" ] && echo "find $2 -type f -exec $peers/fickling --check-safety -p {} \\;" || echo "$peers/fickling --check-safety -p $2" ;;
        modelaudit) echo "$peers/modelaudit scan $2 --no-cache" ;;
        sha256sum) [ -d "$2" ] && echo "find $2 -type f -exec sha256sum {} +" || echo "sha256sum $2" ;;
    esac
}

export PROMPTFOO_DISABLE_TELEMETRY=1 DO_NOT_TRACK=1 NO_ANALYTICS=1
echo "| what | tool | CPU s | wall s | peak MiB |"
echo "| --- | --- | ---: | ---: | ---: |"
for what in tree big/model.pt big/model.safetensors; do
    for tool in "${tools[@]}"; do
        rows=""
        for _ in $(seq "$runs"); do
            row=$( { timeout "${TIMEOUT:-600}" /usr/bin/time -f "TIMES %U %S %e %M" sh -c "$(command_of "$tool" "$folder/$what") >/dev/null 2>&1" || true; } 2>&1 |
                sed -n 's/^TIMES //p' | awk '{printf "%.3f %.3f %.1f", $1 + $2, $3, $4 / 1024}')
            rows+="$row"$'\n'
        done
        median() { printf '%s' "$rows" | awk -v column="$1" 'NF {print $column}' | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
        echo "| $what | $tool | $(median 1) | $(median 2) | $(median 3) |"
    done
done
