#!/usr/bin/env bash
# Jalon from nothing to a report, on a Debian 13 or 12 with root and apt: installs what is missing, builds, starts
# jalond on its embedded store, issues links and codes for a small campaign, clicks them as people,
# in-app browsers and bots would, sells through them, refunds one order, and prints the report.
#
#     bash docker/quickstart.sh [--stay] [--data DIR]
#
# --stay keeps jalond running until Ctrl-C. --data keeps the data folder in DIR (default: a temporary one,
# removed at the end).
set -euo pipefail
cd "$(dirname "$0")/.."

stay='' data=''
while [ $# -gt 0 ]; do
    case $1 in
    --stay) stay=yes ;;
    --data)
        data=${2:?--data needs a folder}
        shift
        ;;
    *)
        sed -n '2,9s/^# \{0,1\}//p' "$0"
        exit 2
        ;;
    esac
    shift
done

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say "1. Installing what is missing, and building"
sh docker/install-packages.sh build run demo >/tmp/jalon-quickstart-apt.log 2>&1 || {
    tail -n 20 /tmp/jalon-quickstart-apt.log
    exit 1
}
build='build-quickstart'
cmake -S . -B $build -G Ninja -DJALON_TESTS=OFF >/dev/null
cmake --build $build | tail -n 1
PATH=$PWD/$build:$PATH

kept=$data
[ -n "$data" ] || data=$(mktemp -d /tmp/jalon-quickstart.XXXXXX)
export JALON_DATA=$data
jalond_pid=''
finish() {
    if [ -n "$jalond_pid" ] && kill "$jalond_pid" 2>/dev/null; then
        wait "$jalond_pid" || true
    fi
    [ -n "$kept" ] || rm -rf "$data"
}
trap finish EXIT

say "2. An installation: one folder"
jalon init --domain https://go.example.com
# Small databases made here, so that countries and hosting networks can be told without a download.
python3 tests/samples/make_mmdb.py country "$data/country.mmdb" \
    85.0.0.0/8=FR 91.0.0.0/8=DE 81.0.0.0/8=BE 2a01:cb00::/24=FR 3.0.0.0/8=US
python3 tests/samples/make_mmdb.py asn "$data/asn.mmdb" \
    "85.0.0.0/8=3215:Orange S.A." "91.0.0.0/8=3320:Deutsche Telekom AG" \
    "81.0.0.0/8=5432:Proximus NV" "3.0.0.0/8=16509:Amazon.com, Inc."
export JALON_GEO_COUNTRY=$data/country.mmdb JALON_GEO_ASN=$data/asn.mmdb
# The demonstration's visitors come through a proxy on this machine, whose word is believed.
export JALON_SERVER_TRUSTED_PROXIES=127.0.0.1/32
export JALON_SERVER_PUBLIC=127.0.0.1:0 JALON_SERVER_API=127.0.0.1:0

jalond &
jalond_pid=$!
for _ in $(seq 300); do
    [ -s "$data/jalond.listen" ] && break
    kill -0 "$jalond_pid" 2>/dev/null || { echo "jalond did not start" >&2; exit 1; }
    sleep 0.1
done
public=$(awk '$1 == "public" { print $2; exit }' "$data/jalond.listen")
api=$(awk '$1 == "api" { print $2; exit }' "$data/jalond.listen")
curl -sf --retry 50 --retry-delay 1 --retry-all-errors -o /dev/null "http://$api/readyz"
echo "jalond answers on http://$public (public) and http://$api (API)"

say "3. A campaign of three creators, their links and codes"
jalon campaign add spring-trail --brand alpina --target 'https://shop.example.com/trail?ref=jalon' \
    --currency EUR --timezone Europe/Paris --utm-source creators --utm-medium social
today=$(TZ=Europe/Paris date +%F)
declare -A link code
while IFS='|' read -r creator name platform followers niche impressions fee; do
    jalon creator add "$creator" --name "$name" --platform "$platform" --followers "$followers" \
        --niche "$niche" >/dev/null
    link[$creator]=$(jalon link add --campaign spring-trail --creator "$creator" --channel bio)
    code[$creator]=$(jalon code add --campaign spring-trail --creator "$creator" --discount '10 % off')
    jalon cost add --campaign spring-trail --creator "$creator" --fee "$fee" --commission 8% >/dev/null
    jalon post add --campaign spring-trail --creator "$creator" \
        --url "https://$platform.example/p/$creator-1" --published-at "${today}T00:00:00Z" \
        --impressions "$impressions" --likes $((impressions / 20)) --comments $((impressions / 100)) >/dev/null
    printf '%-6s %s   %s\n' "$creator" "${link[$creator]}" "${code[$creator]}"
done <<'CREATORS'
marie|Marie Dubois|instagram|8200|trail,outdoor|2400|120
tom|Tom Keller|tiktok|15400|running|3100|150
lea|Léa Lambert|youtube|3900|trail,family|900|60
CREATORS

say "4. Clicks: people, in-app browsers, preview fetchers and bots, from several countries"
click() { # CREATOR ADDRESS AGENT: prints the click id of the redirect
    curl -s -o /dev/null -w '%{redirect_url}' -A "$3" -H "X-Forwarded-For: $2" \
        "http://$public/${link[$1]##*/}" | sed -n 's/.*[?&]jclid=\([A-Za-z0-9_-]*\).*/\1/p'
}
iphone='Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'
instagram='Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/21F90 Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5_1; fr_FR; fr; scale=3.00; 1170x2532; 609913523)'
tiktok='Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 trill_2023409030 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly'
desktop='Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'
declare -A clicked
for n in $(seq 12); do clicked[marie.$n]=$(click marie "85.10.0.$n" "$instagram"); done
for n in $(seq 7); do clicked[marie.fr$n]=$(click marie "2a01:cb00::$n" "$iphone"); done
for n in $(seq 15); do clicked[tom.$n]=$(click tom "91.20.0.$n" "$tiktok"); done
for n in $(seq 4); do clicked[lea.$n]=$(click lea "81.30.0.$n" "$desktop"); done
click marie 85.10.0.1 "$instagram" >/dev/null # the same visitor again, at once: a duplicate
click marie 85.40.0.1 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)' >/dev/null
click tom 91.40.0.1 'WhatsApp/2.23.20.0 A' >/dev/null
click tom 91.40.0.2 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' >/dev/null
click lea 91.40.0.3 'curl/8.5.0' >/dev/null
click lea 3.40.0.4 "$desktop" >/dev/null # a hosting network
echo "${#clicked[@]} people clicked; six other requests came along"

say "5. Orders: by click id, by promo code, by both, and a refund"
token=$(jalon token add --scopes convert,report)
order() { # JSON
    curl -sf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
        -d "$1" "http://$api/v1/conversions"
    echo
}
order '{"campaign":"spring-trail","order_id":"1001","type":"sale","amount":"89.90","currency":"EUR","click_id":"'"${clicked[marie.1]}"'"}'
order '{"campaign":"spring-trail","order_id":"1002","type":"sale","amount":"129.00","currency":"EUR","code":"'"${code[marie]}"'"}'
order '{"campaign":"spring-trail","order_id":"1003","type":"sale","amount":"59.50","currency":"EUR","click_id":"'"${clicked[tom.3]}"'","code":"'"${code[tom],,}"'"}'
order '{"campaign":"spring-trail","order_id":"1004","type":"sale","amount":"45.00","currency":"EUR","click_id":"'"${clicked[tom.4]}"'","code":"'"${code[lea]}"'"}'
order '{"campaign":"spring-trail","order_id":"1005","type":"sale","amount":"75.00","currency":"EUR","code":"NOBODY10"}'
curl -sf -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
    -d '{"campaign":"spring-trail","refund_id":"r-1","amount":"29.00"}' \
    "http://$api/v1/conversions/1002/refunds"
echo

say "6. What each creator brought"
for _ in $(seq 100); do # clicks reach the store in batches, within a second
    shipped=$(curl -sf "http://$api/metrics" | awk '/^jalond_shipped_clicks_total/ { n += $2 } END { print n + 0 }')
    [ "$shipped" -ge $((${#clicked[@]} + 6)) ] && break
    sleep 0.1
done
jalon report creators --campaign spring-trail

say "How to go on"
cat <<END
  jalon report creators --campaign spring-trail --format json    the same for a program (csv for a spreadsheet)
  jalon report links | codes --campaign spring-trail             by link, by promo code
  jalon --help                                                   every command
  README.md                                                      the tour; docs/ the reference
END
if [ -n "$stay" ]; then
    cat <<END

jalond stays up (Ctrl-C ends it). In another terminal:
  export JALON_DATA=$data PATH=$PWD/$build:\$PATH
  curl -sI http://$public/${link[marie]##*/}
END
    wait "$jalond_pid"
fi
