#!/usr/bin/env bash
# Measures everything on a machine with a GPU, in one call of less than eight minutes:
#
#     emojax/benchmark/gpu.sh OUT
#
# writes OUT/gan.json and so on, and OUT/NAME.log with each table. The most telling workloads come first; one
# that would outrun the time is ended and has no JSON. PyTorch, where it is installed, is measured too: eager,
# channels_last, autocast, torch.compile without and with CUDA graphs.
set -u
out=${1:?usage: gpu.sh OUT}
limit=${EMOJAX_BENCHMARK_SECONDS:-460} # of all together; more, and a call of eight minutes is cut off
start=$SECONDS
mkdir -p "$out"
peer=()
python -c 'import torch' 2>/dev/null && peer=(--peer torch)

measure() { # NAME, the most seconds it may take, further flags
    local name=$1 most=$2 left=$((limit - (SECONDS - start)))
    shift 2
    ((left < most)) && most=$left
    if ((most < 10)); then
        echo "$name: no time left"
        return
    fi
    # --kill-after: a compiler in a worker may not end at once.
    timeout --kill-after=3 "$most" \
        python -m emojax.benchmark "$name" --cores all --json "$out/$name.json" "$@" >"$out/$name.log" 2>&1
    local code=$?
    echo "$name: exit code $code after $((SECONDS - start)) s"
    tail -n 25 "$out/$name.log"
}

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader >"$out/gpu.txt" 2>/dev/null
measure gan 150 "${peer[@]}"
measure match 40
measure parser 110 "${peer[@]}" --rounds 5
measure scaling 60 --rounds 5
measure autoencoder 110 "${peer[@]}" --rounds 5
measure data 40 --rounds 3
measure selfie 40 --rounds 3
measure startup 90 --rounds 3
measure cgan 120 "${peer[@]}" --rounds 5
exit 0
