#!/usr/bin/env bash
# Installs what is missing, builds, runs every test, and ends with `N passed, N failed`.
#
#     bash tests/run.sh              all parts
#     bash tests/run.sh PART...      lint build unit asan tsan integration faults integration-asan fuzz quickstart bench
#
# FUZZ_SECONDS (5) is the time of each fuzz target. FAULTS=long runs the fault suite with the numbers of its long form. Reports of the parts stand in build-tests/.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
parts=${*:-lint build unit asan tsan integration faults integration-asan fuzz quickstart bench}
results=build-tests
jobs=$(nproc)
python=/usr/bin/python3

sh docker/install-packages.sh build run test || exit 1
rm -rf "$results"
mkdir -p "$results"

# Runs a command as one test: its output is shown only when it fails.
check() {
    local name=$1 log
    shift
    log=$results/$name.log
    if "$@" >"$log" 2>&1; then
        echo "ok      $name"
        echo "passed $name" >>"$results/checks"
    else
        echo "FAILED  $name: $*"
        tail -n 60 "$log"
        echo "failed $name" >>"$results/checks"
        return 1
    fi
}

configure_and_build() { # PRESET
    cmake --preset "$1" -G Ninja >/dev/null && cmake --build --preset "$1" -j "$jobs"
}

wants() {
    case " $parts " in *" $1 "*) ;; *) return 1 ;; esac
}

unit() { # PRESET: ctest's own report is counted, test by test
    ASAN_OPTIONS=detect_stack_use_after_return=1 ctest --test-dir "build-$1" --output-on-failure -j "$jobs" --no-tests=error --timeout 300 \
        --output-junit "$PWD/$results/unit-$1.xml"
}

integration() { # PRESET NAME FILES...: the report is NAME-PRESET.xml
    local preset=$1 name=$2
    shift 2
    JALON_BUILD=$PWD/build-$preset JALON_LIB=$PWD/build-$preset/libjalon.so \
        "$python" -m pytest -c tests/integration/pytest.ini --rootdir tests \
        --junitxml "$results/$name-$preset.xml" "$@"
}

if wants lint; then
    for lint in tests/lint/*.sh; do
        check "lint-$(basename "$lint" .sh)" bash "$lint"
    done
fi

built=
for preset in release clang asan tsan fuzz; do
    case $preset in
    release) wants unit || wants integration || wants faults || wants build || wants bench ;;
    clang) wants build ;;
    asan) wants asan || wants integration-asan ;;
    *) wants "$preset" ;;
    esac || continue
    check "build-$preset" configure_and_build "$preset" && built="$built $preset "
done

for preset in release:unit asan:asan tsan:tsan; do
    wants "${preset#*:}" || continue
    case $built in *" ${preset%:*} "*) unit "${preset%:*}" ;; *) continue ;; esac
    case $preset in
    asan:* | tsan:*) # the whole program, its threads at their busiest
        integration "${preset%:*}" reload tests/faults/test_reload_under_load.py
        ;;
    esac
done
if wants integration && [[ $built == *" release "* ]]; then
    integration release integration tests/ffi tests/integration
fi
if wants faults && [[ $built == *" release "* ]]; then
    integration release faults tests/faults
fi
if wants integration-asan && [[ $built == *" asan "* ]]; then
    # Python can't load a sanitized libjalon.so without help, so the FFI tests run on the release build only.
    integration asan integration tests/integration
fi
if wants fuzz && [[ $built == *" fuzz "* ]]; then
    for target in build-fuzz/fuzz/*_fuzz; do
        name=$(basename "$target")
        mkdir -p "$results/$name" "tests/fuzz/corpus/$name"
        words=() # of its grammar, where it has one
        [ -e "tests/fuzz/dict/$name.dict" ] && words=("-dict=tests/fuzz/dict/$name.dict")
        check "$name" "$target" -max_total_time="${FUZZ_SECONDS:-5}" -timeout=10 -rss_limit_mb=2048 \
            "${words[@]}" \
            -artifact_prefix="$results/$name-" "$results/$name" "tests/fuzz/corpus/$name"
    done
fi
if wants quickstart; then
    check quickstart bash docker/quickstart.sh
fi
if wants bench && [[ $built == *" release "* ]]; then
    # Not the figures, as the machine does other things: that each can be measured, and that every answer was right.
    check bench bash tests/bench/run.sh --quick --build build-release --json "$results/bench.json"
fi

exec "$python" tests/tally.py "$results"
