#!/bin/sh
# Makes the data folder on first start (JALON_DOMAIN names the domain of the short links), then runs the command.
set -eu
if [ ! -e "${JALON_DATA:-/var/lib/jalon}/jalond.conf" ]; then
    jalon init --domain "${JALON_DOMAIN:?set JALON_DOMAIN, e.g. https://go.example.com}"
fi
exec "$@"
