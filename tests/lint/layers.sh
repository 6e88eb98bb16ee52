#!/usr/bin/env bash
# Includes go one way, and each library has one door (docs/architecture.md).
set -euo pipefail
cd "$(dirname "$0")/../.."
bad=0

complain() { # WHAT LINES
    [ -z "$2" ] && return
    printf '%s:\n%s\n' "$1" "$2"
    bad=1
}

includes() { # PATTERN PATHS...: lines that include what matches
    local pattern=$1
    shift
    grep -rnE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($pattern)" --include='*.[ch]' "$@" || true
}

# Rooms of core, lowest first: each may include itself and those before it.
above='sign|traffic|ledger|store|registry|report'
for room in base sign traffic ledger store registry; do
    above=${above#"$room"}
    above=${above#|}
    complain "core/$room looks up" "$(includes "core/($above)/" "core/$room")"
done
complain "core knows a program" "$(includes '(redirector|admin)/' core)"
complain "the redirector knows the admin" "$(includes 'admin/' redirector)"
complain "the admin knows the redirector" "$(includes 'redirector/' admin)"
complain "the public headers know the house" "$(includes '(core|redirector|admin)/' include)"

# A row a library: its headers, and the files that may include them.
while read -r headers doors; do
    complain "$headers included outside its door ($doors)" \
        "$(includes "$headers" core redirector admin include | grep -vE "^($doors):" || true)"
done <<'ROWS'
openssl/ core/sign/[a-z_]+\.[ch]|redirector/tls\.c
maxminddb core/traffic/geo\.c
pcre2 core/traffic/agents[a-z_]*\.c
hiredis|async\.h core/store/client[a-z_]*\.[ch]|redirector/redis[a-z_]*\.[ch]
event2/ redirector/(worker|listener|connection|connection_[a-z_]+|timer|redis|redis_[a-z_]+|loop)\.[ch]
jansson core/(registry|report)/[a-z_]+\.[ch]|redirector/api_[a-z_]+\.[ch]|admin/[a-z_]+\.[ch]
ini\.h core/store/settings[a-z_]*\.c
csv\.h admin/csv\.c
libsmartcols admin/table\.c
xxhash (core/(traffic|store|registry|report)|redirector)/[a-z_]+\.[ch]
llhttp redirector/http_request[a-z_]*\.c
ROWS

exit "$bad"
