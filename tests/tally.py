"""Adds up what tests/run.sh ran: JUnit reports and its own list of checks, in the folder named.

Prints each failure and each skip, then `N passed, N failed`; exit 1 when anything failed or nothing ran.
"""
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def outcomes(folder):
    """(outcome, name, why) of every test and check."""
    for line in (folder / "checks").read_text().splitlines() if (folder / "checks").exists() else []:
        outcome, name = line.split(" ", 1)
        yield outcome, name, ""
    for report in sorted(folder.glob("*.xml")):
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{report.stem}: {case.get('classname', '')} {case.get('name', '')}"
            bad = [child for child in case if child.tag in ("failure", "error")]
            skipped = case.find("skipped")
            if bad:
                yield "failed", name, (bad[0].get("message") or "").splitlines()[:1]
            elif skipped is not None:
                yield "skipped", name, skipped.get("message") or ""
            else:
                yield "passed", name, ""


def main():
    count = {"passed": 0, "failed": 0, "skipped": 0}
    for outcome, name, why in outcomes(pathlib.Path(sys.argv[1])):
        count[outcome] += 1
        if outcome != "passed":
            print(f"{outcome}: {name} {why}")
    if count["skipped"]:
        print(f"({count['skipped']} skipped)")
    print(f"{count['passed']} passed, {count['failed']} failed")
    return 1 if count["failed"] or not count["passed"] else 0


sys.exit(main())
