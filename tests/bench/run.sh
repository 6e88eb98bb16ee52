#!/usr/bin/env bash
# Builds what is measured and measures it: see bench.py, whose options these are, and docs/performance.md.
#
#     bash tests/bench/run.sh [--quick] [--rows NAME,...] [--json FILE] [--doc docs/performance.md] ...
#
# Installs what it compares with, as root, but for a --quick run outside CI; rows whose programs are missing say so.
set -euo pipefail
cd "$(dirname "$0")/../.."

sh docker/install-packages.sh build run test
if [[ " $* " != *" --quick "* || -n ${CI:-} ]]; then
    for purpose in bench bench-lua; do
        sh docker/install-packages.sh "$purpose" || echo "without what $purpose names in docker/packages"
    done
fi
if [[ " $* " != *" --build "* ]]; then
    cmake --preset release -G Ninja >/dev/null
    cmake --build --preset release -j "$(nproc)" | tail -n 1
fi
exec /usr/bin/python3 tests/bench/bench.py "$@"
