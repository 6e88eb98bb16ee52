#!/usr/bin/env bash
# Every header stands alone; the public ones also as C++.
set -euo pipefail
cd "$(dirname "$0")/../.."
packages=$(pkg-config --cflags jansson libevent hiredis openssl libmaxminddb)
for llhttp in /usr/include /usr/share/include/llhttp; do
    [ -e "$llhttp/llhttp.h" ] && packages="$packages -isystem $llhttp"
done
bad=0
for header in core/*/*.h redirector/*.h admin/*.h include/jalon/*.h; do
    # shellcheck disable=SC2086 # a list of options
    echo "#include \"${header#include/}\"" |
        gcc -std=c17 -D_GNU_SOURCE -I. -Iinclude $packages -Wall -Wextra -Werror -fsyntax-only -xc - || {
        echo "$header does not stand alone"
        bad=1
    }
done
for header in include/jalon/*.h; do
    echo "#include \"${header#include/}\"" |
        g++ -std=c++17 -Iinclude -Wall -Wextra -Werror -fsyntax-only -xc++ - || bad=1
done
exit "$bad"
