#!/usr/bin/env bash
# Functions that have a better sibling, and words that announce unfinished work.
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0
if grep -rnE '\b(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|strtol|gmtime|localtime|signal|alloca|gets|system)\(' \
    --include='*.[ch]' core redirector admin include; then
    echo "banned functions: each has a bounded or thread-safe sibling"
    bad=1
fi
if grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' --include='*.[ch]' --include='*.py' --include='*.md' \
    core redirector admin include tests docs docker README.md; then
    echo "unfinished work"
    bad=1
fi
exit "$bad"
