"""Reports over a campaign's past."""
import dataclasses
import datetime
import fcntl
import json
import os
import subprocess
import time

from figures import Figure, number
from history import (CODE, Pipe, Size, date_of, link_ids, load_history, order_templates, put_clicks, put_code,
                     put_order)
from loader import CAMPAIGN
from machine import SERVER_CORE, Failure, pinned, require, rss_bytes
from rows_speed import drive
from servers import Jalond

WHOLE = Size(creators=10_000, days=90, clicks=10_000_000, conversions=200_000)
QUICK = Size(creators=200, days=10, clicks=20_000, conversions=2_000)
SHARES = 100, 10, 1  # of the clicks
CHECKED_CLICKS = 2_000
HELD_BYTES, TAKEN_BYTES = 4096, 1 << 20  # in the pipe to us: a page is the least


def timed_report(server, *arguments):
    """Seconds, MiB and what was printed by `jalon report creators`, the whole command."""
    command = pinned(SERVER_CORE, server.bench.build / "jalon", "report", "creators", "--campaign", CAMPAIGN,
                     "--format", "json", *arguments)
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, HELD_BYTES)
    with open(reader, "rb", buffering=0) as out:
        start = time.monotonic()
        with open(writer, "wb") as its_end:
            process = subprocess.Popen(command, env=server.environment, stdout=its_end)
        printed = out.read(1)
        if not printed:
            raise Failure(f"the report printed nothing and ended with {process.wait()}")
        # It prints when all is read, and can't end before the rest is taken.
        peak = rss_bytes(process.pid, "VmHWM")
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, TAKEN_BYTES)
        printed += out.readall()
        ended = process.wait()
    require(ended == 0, "the report failed")
    require(len(printed) > HELD_BYTES + 1, "the report is too short to have been held")
    return time.monotonic() - start, peak / (1 << 20), printed


def milliseconds(text):
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def make_again(server, clicks, orders, code):
    """What jalond and jalon wrote elsewhere, written by the maker."""
    server.add_links(1)
    link = link_ids(server.redis.client(), {"marie"})["marie"]
    put_clicks(server, [(link, milliseconds(click["at"]), click["class"], click["visitor"]) for click in clicks])
    pipe = Pipe(server.redis)
    put_code(pipe, code)
    for order in orders:
        for click in order.get("clicks", []):
            click["link"] = f"{link:016x}"
        put_order(pipe, order)
    pipe.flush()


def check_maker(bench):
    """A small past made by jalond and jalon, and the same one by the maker, give the same report."""
    real, made = (bench.keep(Jalond(bench, bench.new_redis())) for _ in range(2))
    orders, code = order_templates(real)
    paths = bench.load.paths_file("checked", ["/" + line.split(",")[1] for line in real.jalon(
        "link", "list", "--campaign", CAMPAIGN, "--format", "csv").splitlines()[1:]])
    drive(bench, real.start(), paths, requests=CHECKED_CLICKS)
    exported = real.jalon("export", "clicks", "--format", "json").splitlines()
    require(len(exported) == CHECKED_CLICKS + 1, f"{len(exported)} clicks were exported")
    make_again(made, map(json.loads, exported), orders, code)
    for report in ("creators", "codes"):
        first, second = (server.report(report, "--campaign", CAMPAIGN) for server in (real, made))
        require(first == second, f"report {report} of what the maker wrote is another: {first} {second}")
    real.stop()
    made.stop()


def measure_size(bench, size):
    """The figures of one number of clicks: seconds over all and over one day, MiB."""
    redis = bench.new_redis()
    server = bench.keep(Jalond(bench, redis))
    days = load_history(server, size)
    one_day = date_of(days[len(days) // 2])
    whole = [timed_report(server) for _ in range(bench.rounds)]
    day = [timed_report(server, "--from", one_day, "--to", one_day) for _ in range(bench.rounds)]
    report = json.loads(whole[0][2])
    require(len(report["rows"]) == size.creators + 1, "a creator has no row")
    server.stop()
    redis.stop()
    return [[run[0] for run in whole], [run[0] for run in day], [run[1] for run in whole]]


def reports(bench):
    """Reports over a campaign's past"""
    size = QUICK if bench.is_quick else WHOLE
    check_maker(bench)
    figures = []
    for share in SHARES:
        clicks = size.clicks // share
        whole, day, memory = measure_size(bench, dataclasses.replace(size, clicks=clicks))
        name = f"{number(clicks)} clicks: report creators"
        figures += [Figure(f"{name}, all", "s", whole, 2), Figure(f"{name}, one day", "s", day, 0.2),
                    Figure(f"{name}, memory", "MiB", memory, 200)]
    return figures, [f"{number(size.creators)} creators, {size.days} days, {number(size.conversions)} conversions; the "
                     "whole command, with JSON, jalon on one core, Redis on the other; a report reads a counter for each "
                     "link and day that has clicks, so that its time grows until all have some and then no further"]
