#!/usr/bin/env bash
# Measures signing and verifying beside model-signing and sha256sum: CPU seconds, wall seconds and peak memory of whole
# processes, the median of RUNS, taken in turns so that every tool meets the same machine. Prints the Markdown table of
# docs/performance.md.
#
#   tests/performance/signing.sh CHAINWRIGHT FOLDER PYTHON
#
# FOLDER is filled on first use: a model of 2.0 GB (4 files of 500 MB and 20 of 20 kB) and 1,000 models of two small files.
# PYTHON has tests/signing/requirements.txt.
set -euo pipefail
chainwright="$(realpath "$1")" folder="$2" python="$3"
runs="${RUNS:-3}"
mkdir -p "$folder"
cd "$folder"
export HOME="$PWD" CHAINWRIGHT_CACHE_DIR="$PWD/cache"

if [ ! -d big ]; then
    mkdir -p big tiny
    for index in 1 2 3 4; do head -c 500000000 /dev/urandom >"big/model-$index.safetensors"; done
    for index in $(seq 20); do head -c 20000 /dev/urandom >"big/file-$index.json"; done
    for index in $(seq 1000); do
        mkdir "tiny/$index"
        echo "{\"model\": $index}" >"tiny/$index/config.json"
        head -c 2000 /dev/urandom >"tiny/$index/weights.safetensors"
    done
    "$chainwright" keygen key --no-password >/dev/null
    sleep 3
fi

names=() commands=()
add() { names+=("$1"); commands+=("$2"); }
c="$chainwright"
add "2 GB, sha256sum" "sha256sum big/*"
add "2 GB, model-signing sign" "$python -m model_signing sign key big --private_key key --signature reference.sig"
add "2 GB, sign, sha256" "$c sign big --key key --signature sha256.sig --overwrite --no-cache"
add "2 GB, sign, blake3" "$c sign big --key key --signature blake3.sig --hash blake3 --overwrite --no-cache"
add "2 GB, model-signing verify" "$python -m model_signing verify key big --public_key key.pub --signature reference.sig"
add "2 GB, verify, sha256" "$c verify big --key key.pub --signature sha256.sig --no-cache"
add "2 GB, verify, blake3" "$c verify big --key key.pub --signature blake3.sig --no-cache"
add "2 GB, verify again, cached" "$c verify big --key key.pub --signature sha256.sig"
add "1,000 models, sign, one call" "$c sign tiny/* --key key --overwrite --no-cache"
add "1,000 models, verify, one call" "$c verify tiny/* --key key.pub --no-cache"
add "1 tiny model, model-signing verify" "$python -m model_signing verify key tiny/1 --public_key key.pub --signature tiny/1/model.sig"
add "1 tiny model, verify" "$c verify tiny/1 --key key.pub"

for index in "${!names[@]}"; do : >"times-$index"; done
for _ in $(seq "$runs"); do
    for index in "${!names[@]}"; do
        /usr/bin/time -o time -f '%e %U %S %M' bash -c "exec ${commands[$index]}" >out 2>&1 || { cat out >&2; exit 1; }
        tail -1 time >>"times-$index"
    done
done
echo "| what | CPU s | wall s | peak MiB |"
echo "| --- | ---: | ---: | ---: |"
for index in "${!names[@]}"; do
    sort -n "times-$index" | awk -v name="${names[$index]}" \
        '{ wall[NR] = $1; cpu[NR] = $2 + $3; memory[NR] = $4 } END { m = int((NR + 1) / 2); printf "| %s | %.2f | %.2f | %.0f |\n", name, cpu[m], wall[m], memory[m] / 1024 }'
done
