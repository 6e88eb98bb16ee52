#!/usr/bin/python3
"""Measures jalond beside nginx, HAProxy, nginx + Lua + Redis and a bare epoll loop, all in one run.

    bench.py [--quick] [--rows NAME,...] [--rounds N] [--seconds S] [--nice N] [--build DIR]
             [--json FILE] [--doc FILE]

Servers are pinned to core 0; the load generator, and Redis, to core 1. Each row that needs a program
that is not installed says so. --quick: each row once and short: that it can be measured, not what comes out.
Exit 1 when a row could not be measured or an answer was wrong; a goal that does not hold is no error.
"""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import figures
import rows
from load import Load, compile_program, write_country_database
from machine import Failure, describe, take_priority
from servers import Jalond, NO_REDIRECT, Redis, TARGET

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Bench:
    """What the rows share; what a row starts is ended behind it."""

    def __init__(self, options):
        self.build = pathlib.Path(options.build).resolve()
        self.is_quick = options.quick
        self.rounds = options.rounds or (1 if options.quick else 7)
        self.burst_s = options.seconds or (0.3 if options.quick else 4)
        self.largest = options.largest
        self.warm_s = 0.2 if options.quick else 1
        self.row = contextlib.ExitStack()
        self.failed = {}  # row: why

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="jalon-bench-", dir="/tmp")
        pathlib.Path(self.folder).chmod(0o755)
        self.load = Load(self.folder)
        self.floor = compile_program(self.folder, "floor", "floor.c")
        self.countries = pathlib.Path(self.folder, "country.mmdb")
        write_country_database(self.countries)
        self.learn_answer()
        return self

    def __exit__(self, *_):
        self.row.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, server):
        self.row.callback(server.stop)
        return server

    def new_redis(self, **options):
        return self.keep(Redis(self, **options))

    def learn_answer(self):
        """What jalond answers is what the others are told to answer."""
        with self.row:
            server = self.keep(Jalond(self, self.new_redis()))
            path = server.add_links(1)[0]
            server.start()
            try:
                NO_REDIRECT.open(f"http://127.0.0.1:{server.port}{path}")
            except OSError as answer:
                self.location = answer.headers["Location"]
            paths = self.load.paths_file("one", [path])
            self.answer_size = round(self.load.run(server.port, paths, requests=1,
                                                   connections=1)["answer_bytes"])
        assert self.location.startswith(TARGET)

    def measure(self, function):
        with self.row:
            measured, notes = function(self)
        return function.__doc__, measured, notes


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="each row once and short")
    parser.add_argument("--rows", default="", help="some of: " + ", ".join(rows.ROWS))
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of one burst of load")
    parser.add_argument("--largest", type=int, help="power of ten that growth goes to: 3 when quick, else 7")
    parser.add_argument("--nice", type=int, help="for a machine that is not idle, e.g. -12")
    parser.add_argument("--build", default=str(ROOT / "build-release"), help="folder with jalond and jalon")
    parser.add_argument("--json", help="file to write the result to")
    parser.add_argument("--doc", help="Markdown file whose parts between the rows' marks are replaced")
    options = parser.parse_args()
    if options.nice is not None:
        take_priority(options.nice)
    options.rows = options.rows.split(",") if options.rows else list(rows.ROWS)
    if unknown := set(options.rows) - set(rows.ROWS):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return options


def write_json(file, setting, measured, failed):
    result = {"setting": setting, "failed": failed, "rows": {
        name: {"title": title, "figures": [figure.as_json() for figure in inner], "notes": notes}
        for name, (title, inner, notes) in measured.items()}}
    pathlib.Path(file).write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


def described(machine):
    return "; ".join(f"{name} {value}" for name, value in machine.items())


def replace_part(page, name, text):
    start, end = f"<!-- bench: {name} -->\n", f"<!-- /bench: {name} -->"
    before, rest = page.split(start)
    return before + start + text + end + rest.split(end, 1)[1]


def write_doc(file, setting, measured):
    """Replaces the parts of the rows that were measured; each says when and how."""
    page = pathlib.Path(file).read_text()
    page = replace_part(page, "setting", described(setting["machine"]) + ".\n")
    how = (f"{setting['measured']}, rounds: {setting['rounds']} of {setting['seconds a burst']} s, "
           f"load average before {setting['load average']:.1f}")
    for name, row in measured.items():
        page = replace_part(page, name, figures.as_markdown(*row) + f"({how})\n\n")
    pathlib.Path(file).write_text(page)


def main():
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    setting = {"measured": datetime.date.today().isoformat(), "load average": os.getloadavg()[0],
               "machine": describe(pathlib.Path(options.build, "jalond"))}
    print(described(setting["machine"]), flush=True)
    measured = {}
    with Bench(options) as bench:
        setting |= {"rounds": bench.rounds, "seconds a burst": bench.burst_s}
        for name in options.rows:
            start = time.monotonic()
            try:
                measured[name] = bench.measure(rows.ROWS[name])
                print(figures.as_text(*measured[name]), flush=True)
            except Failure as problem:
                bench.failed[name] = str(problem)
                print(f"\n{name}: FAILED: {problem}", flush=True)
            print(f"  ({time.monotonic() - start:.0f} s)", flush=True)
            # After each row: a long run that is broken off leaves what it has.
            if options.json:
                write_json(options.json, setting, measured, bench.failed)
            if options.doc:
                write_doc(options.doc, setting, measured)
    for name, why in bench.failed.items():
        print(f"FAILED {name}: {why}")
    return 1 if bench.failed else 0


sys.exit(main())
