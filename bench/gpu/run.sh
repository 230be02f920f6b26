#!/usr/bin/env bash
# On a machine with a CUDA GPU, Node and a Python with jax[cuda], torch, onnx and numpy (SYNCLR_PYTHON): meant for six minutes (not measured yet); four results.
#   npm ci && npm run build && bash bench/gpu/run.sh [folder of the results, bench/gpu by default]
set -euo pipefail
cd "$(dirname "$0")/../.."
out=${1:-bench/gpu}
export SYNCLR_DEVICE=${SYNCLR_DEVICE:-xla} SYNCLR_BENCH_DEVICE=${SYNCLR_BENCH_DEVICE:-cuda} XLA_PYTHON_CLIENT_PREALLOCATE=false
size=${SIZE:-paper}

node bench/gpu/synclr.mjs --size "$size" --images "${IMAGES:-64}" --rounds "${ROUNDS:-5}" --out "$out/results-synclr.json"
node bench/crops.mjs --size "$size" > "$out/crops.txt"
node bench/run.mjs --only "${STEPS:-dit-train,vit-train}" --rounds "${ROUNDS:-5}" --out "$out/results-steps.json"
SYNCLR_BENCH_PRODUCTS=bfloat16 node bench/run.mjs --only "${STEPS:-dit-train,vit-train}" --engines eager,compiled --rounds "${ROUNDS:-5}" --out "$out/results-steps-bfloat16.json"
node bench/sampling/run.mjs --provider xla --images "${SAMPLES:-256}" --rounds "${ROUNDS:-5}" --out "$out/results-sampling.json"
