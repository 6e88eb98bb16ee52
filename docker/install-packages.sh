#!/bin/sh
# Installs what is missing of the packages listed in docker/packages for the purposes named:
#     install-packages.sh build run test
# Does nothing, and needs no root, when all are there.
set -eu
here=$(dirname "$0")
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
wanted=$(awk -v suite="$suite" -v purposes=" $* " '
    /^[^#]/ && index(purposes, " " $1 " ") && ($2 == "any" || $2 == suite) { print $3 }
' "$here/packages" | sort -u)
missing=
for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
        missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "install-packages.sh: run as root, or install by hand:$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# Installing redis-server must not start a server of its own: jalond starts a private one. A policy
# that is there already is the administrator's, and is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get update -q
# shellcheck disable=SC2086 # a list of words
apt-get install -qy --no-install-recommends $missing
