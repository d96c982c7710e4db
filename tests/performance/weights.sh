#!/usr/bin/env bash
# Measures conversion, comparison and statistics of weights: CPU and wall seconds of whole processes, the median of RUNS.
#
#   PYTHON=that/python tests/performance/weights.sh CHAINWRIGHT FOLDER
#
# FOLDER is what tests/performance/run.sh made: FOLDER/big/model.pt and model.safetensors, 1 GiB each. PYTHON has torch and
# safetensors: the peer of `convert` is torch.load and safetensors.torch.save_file, of `vet` a difference of norms in torch.
set -euo pipefail
chainwright="$1" folder="$2"
python="${PYTHON:-python3}"
runs="${RUNS:-3}"
work="$folder/weights"
mkdir -p "$work"

[ -f "$work/tuned.safetensors" ] || "$python" - "$folder" "$work" <<'PY'
import sys
import torch
from safetensors.torch import load_file, save_file

weights = load_file(f"{sys.argv[1]}/big/model.safetensors")
generator = torch.Generator().manual_seed(2)
name = "layers.7.weight"
edit = torch.randn(4096, 1, generator=generator) @ torch.randn(1, 4096, generator=generator) * 0.02
weights[name] = (weights[name].float() + edit).to(torch.bfloat16)
save_file(weights, f"{sys.argv[2]}/tuned.safetensors", metadata={"format": "pt"})
PY

# Every matrix moved by one hundredth: half of it in falling directions, half of it without any.
[ -f "$work/trained.safetensors" ] || "$python" - "$folder" "$work" <<'PY'
import sys
import torch
from safetensors.torch import load_file, save_file

weights = load_file(f"{sys.argv[1]}/big/model.safetensors")
generator = torch.Generator().manual_seed(5)
strengths = torch.logspace(0, -1.5, 64)
for name, weight in weights.items():
    x = weight.float()
    step = x.norm() * 0.01
    falling = (torch.randn(x.shape[0], 64, generator=generator) * strengths) @ torch.randn(64, x.shape[1], generator=generator)
    spread = torch.randn(x.shape, generator=generator)
    weights[name] = (x + falling / falling.norm() * step + spread / spread.norm() * step).to(torch.bfloat16)
save_file(weights, f"{sys.argv[2]}/trained.safetensors", metadata={"format": "pt"})
PY

convert_by_torch='import sys, torch; from safetensors.torch import save_file; save_file(torch.load(sys.argv[1], weights_only=True), sys.argv[2])'
vet_by_torch='
import sys
from safetensors import safe_open
with safe_open(sys.argv[1], "pt") as a, safe_open(sys.argv[2], "pt") as b:
    for name in a.keys():
        x, y = a.get_tensor(name).float(), b.get_tensor(name).float()
        print(name, (x - y).norm().item() / x.norm().item())'

measure() { # name, command…
    local name="$1" times=()
    shift
    for _ in $(seq "$runs"); do
        /usr/bin/time -o "$work/time" -f '%e %U %S %M' "$@" >/dev/null 2>&1 || true
        times+=("$(tail -1 "$work/time")")
    done
    printf '%s\n' "${times[@]}" | sort -n | awk -v name="$name" '{ wall[NR] = $1; cpu[NR] = $2 + $3; memory[NR] = $4 } END { m = int((NR + 1) / 2); printf "| %s | %.2f | %.2f | %.0f |\n", name, cpu[m], wall[m], memory[m] / 1024 }'
}

echo "| what | CPU s | wall s | peak MiB |"
echo "| --- | ---: | ---: | ---: |"
measure "read once (sha256sum)" sha256sum "$folder/big/model.safetensors"
measure "copy (cp)" cp "$folder/big/model.pt" "$work/copy"
rm -f "$work/copy"
measure "convert: chainwright" "$chainwright" convert "$folder/big/model.pt" "$work/out.safetensors" --overwrite
measure "convert: torch" "$python" -c "$convert_by_torch" "$folder/big/model.pt" "$work/out.safetensors"
rm -f "$work/out.safetensors"
measure "scan with weights" "$chainwright" scan "$folder/big/model.safetensors" --no-cache --no-config -q
measure "scan, --no-weights" "$chainwright" scan "$folder/big/model.safetensors" --no-weights --no-cache --no-config -q
measure "vet, the same file" "$chainwright" vet "$folder/big/model.safetensors" "$folder/big/model.safetensors"
measure "vet, one matrix edited" "$chainwright" vet "$folder/big/model.safetensors" "$work/tuned.safetensors"
measure "vet, every matrix changed" "$chainwright" vet "$folder/big/model.safetensors" "$work/trained.safetensors"
measure "norms of differences: torch" "$python" -c "$vet_by_torch" "$folder/big/model.safetensors" "$work/tuned.safetensors"
