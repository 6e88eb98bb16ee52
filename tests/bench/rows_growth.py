"""How figures grow with links and clicks."""
import time

from figures import Figure, number
from loader import PARTITIONS, load_links
from rows_speed import drive
from rows_store import click_bytes, counted_clicks
from machine import Failure, require
from servers import Jalond

MISSES_MAX = 100_000


def journal_bytes(client):
    """How far the longest journal was applied."""
    return max(int(position) for partition in range(PARTITIONS)
               for position in client.hvals(f"jalon:{{p{partition:02d}}}:positions"))


def timed(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start


def measure_size(bench, count):
    """A fresh store with `count` links that get `count` clicks: (name, unit, value) each."""
    redis = bench.new_redis()
    client = redis.client()
    server = bench.keep(Jalond(bench, redis))
    empty = client.info("memory")["used_memory"]
    paths = bench.load.paths_file("paths", load_links(server, count))
    of_links = client.info("memory")["used_memory"] - empty
    server.start()
    asked = min(count, MISSES_MAX)
    _, cpu, redis_cpu = drive(bench, server, paths, turn=1, requests=asked, method="HEAD")
    yield "miss, jalond CPU", "µs", cpu / 1000 / asked
    yield "miss, Redis CPU", "µs", redis_cpu / 1000 / asked
    before = client.info("memory")["used_memory"]
    drive(bench, server, paths, requests=count)
    require(counted_clicks(client) == count, "the counters in Redis are not what was answered")
    yield "Redis, a link", "bytes", of_links / count
    yield "Redis, a click", "bytes", (client.info("memory")["used_memory"] - before) / count
    yield "of it raw", "bytes", click_bytes(client) / count
    yield "journal, a click", "bytes", journal_bytes(client) / count
    yield "report creators", "ms", 1000 * timed(lambda: server.report("creators", "--campaign", "spring-trail"))
    result, cpu, redis_cpu = drive(bench, server, paths, seconds=bench.burst_s)
    yield "redirect, jalond CPU", "µs", cpu / 1000 / result["answered"]
    yield "redirect, Redis CPU", "µs", redis_cpu / 1000 / result["answered"]
    server.stop()
    redis.stop()


def growth(bench):
    """Figures by number of links and clicks"""
    largest = bench.largest or (3 if bench.is_quick else 7)
    figures, failed = [], []
    for exponent in range(2, largest + 1):
        try:
            figures += [Figure(name, unit, [value], at=10**exponent)
                        for name, unit, value in list(measure_size(bench, 10**exponent))]
        except Failure as problem:  # hours may lie behind the sizes that were measured
            failed = [f"10^{exponent}: {problem}"]
            bench.failed["growth"] = failed[0]
            break
        print(f"  10^{exponent} measured", flush=True)
    return figures, failed + [f"as many clicks as links, Zipf; misses: of up to {number(MISSES_MAX)} links, by HEAD; "
                     "redirects: a burst after those clicks; cache.links is 1 000 000, its default; report: the "
                     "whole command; each size is measured once"]
