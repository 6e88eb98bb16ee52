#!/usr/bin/env bash
# What the fuzz targets reach: lines of the files that each is for, by its corpus.
#
#     bash tests/fuzz/coverage.sh              all targets, by the seeds alone
#     bash tests/fuzz/coverage.sh FOLDER       and by FOLDER/TARGET, where a long run keeps what it found
set -euo pipefail
cd "$(dirname "$0")/../.."
found=${1:-/nonexistent}
build="build-coverage"

# Target, and the files that it is for.
rows() {
    cat <<'ROWS'
session redirector/session.c redirector/http_request.c redirector/http_head.c redirector/http_fields.c redirector/http_chunks.c redirector/route.c redirector/redirect.c redirector/resolver.c redirector/lookups.c redirector/unknown_slugs.c redirector/answer.c redirector/classify.c core/traffic/url_merge.c core/sign/token.c
http redirector/http_request.c redirector/http_head.c redirector/http_fields.c redirector/http_chunks.c
api redirector/api_input.c core/registry/noun_check.c core/registry/field_check.c core/registry/field_judge.c
registry core/registry/noun_check.c core/registry/field_check.c core/registry/field_judge.c core/registry/field_text.c core/registry/campaign_view.c core/registry/conversion_view.c core/registry/link_view.c core/registry/link_name.c core/registry/code_text.c core/registry/code_view.c
sign core/sign/link_code.c core/sign/token.c core/sign/promo_code.c core/sign/check_character.c core/sign/click_id.c core/sign/key_ring_text.c
journal core/store/journal_reader.c core/store/journal_format.c core/store/click_record.c
redo core/store/redo_file.c core/store/effect.c
csv admin/csv.c core/registry/field_text.c core/registry/field_judge.c
settings core/store/settings.c core/store/settings_value.c core/store/store_url.c
traffic core/traffic/url.c core/traffic/url_merge.c core/traffic/query_names.c core/traffic/address.c core/traffic/network.c core/traffic/forwarded.c core/traffic/referrer.c core/traffic/agents.c core/traffic/agent_list.c core/traffic/mmdb_check.c core/traffic/mmdb_value.c
ledger core/ledger/money.c core/ledger/moment.c core/ledger/reference.c core/ledger/zone_file.c core/ledger/zone_rule.c core/report/hll.c
pack core/store/click_pack.c core/store/dictionary.c
ROWS
}

cmake --preset coverage -G Ninja >/dev/null
# shellcheck disable=SC2046 # a list of targets
cmake --build --preset coverage -j "$(nproc)" --target $(rows | awk '{print $1 "_fuzz"}') >/dev/null
while read -r target files; do
    program=$build/fuzz/${target}_fuzz
    corpora=("tests/fuzz/corpus/${target}_fuzz")
    [ -d "$found/$target" ] && corpora+=("$found/$target")
    LLVM_PROFILE_FILE=$build/$target.profraw "$program" -runs=0 "${corpora[@]}" >/dev/null 2>&1
    llvm-profdata merge -sparse "$build/$target.profraw" -o "$build/$target.profdata"
    # shellcheck disable=SC2086 # a list of files
    llvm-cov export -summary-only -instr-profile="$build/$target.profdata" "$program" |
        python3 tests/fuzz/coverage_table.py "$target" $files
done < <(rows)
