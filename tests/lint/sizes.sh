#!/usr/bin/env bash
# A source file over 600 lines is more than one idea.
set -euo pipefail
cd "$(dirname "$0")/../.."
long=$(find core redirector admin include tests \( -name '*.[ch]' -o -name '*.py' \) -exec wc -l {} + |
    awk '$2 != "total" && $1 > 600')
[ -z "$long" ] || {
    echo "$long"
    exit 1
}
