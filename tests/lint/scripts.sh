#!/usr/bin/env bash
# Shell scripts pass ShellCheck.
set -euo pipefail
cd "$(dirname "$0")/../.."
{
    find docker tests -name '*.sh'
    echo .ci/run
} | xargs shellcheck -x
