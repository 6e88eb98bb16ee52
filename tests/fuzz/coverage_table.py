"""coverage_table.py TARGET FILE...: one line a file, and one for the target, from what `llvm-cov export -summary-only` says."""
import json
import os
import sys

target, wanted = sys.argv[1], set(sys.argv[2:])
covered = count = 0
for file in json.load(sys.stdin)["data"][0]["files"]:
    name, lines = os.path.relpath(file["filename"]), file["summary"]["lines"]
    if name not in wanted:
        continue
    wanted.remove(name)
    covered, count = covered + lines["covered"], count + lines["count"]
    print(f"{target:10}{name:40}{lines['covered']:5}/{lines['count']:<5}{lines['percent']:6.1f} %")
if wanted:
    sys.exit(f"{target}: never reached, or gone: {' '.join(sorted(wanted))}")
print(f"{target:10}{'all of them':40}{covered:5}/{count:<5}{100 * covered / count:6.1f} %")
