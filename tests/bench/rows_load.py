"""Memory, catching up after an outage, and a second worker."""
import socket
import time

from figures import Figure, number, ratio
from load import agents
from loader import load_links
from machine import LOAD_CORE, SERVER_CORE, installed, kernel_socket_bytes, require, rss_bytes, wait_for
from rows_speed import LINKS, drive, start_jalond
from rows_store import counted_clicks
from servers import Jalond, Nginx

SERVING_RATE = 2000
CAUGHT_UP = 0.99  # the rest, and what comes meanwhile, is settled before anything is counted


def memory_of_links(bench):
    """Memory of a cached link"""
    count = 5_000 if bench.is_quick else 1_000_000
    server = bench.keep(Jalond(bench, bench.new_redis()))
    paths = bench.load.paths_file("paths", load_links(server, count))
    sizes, lookups = [], []
    for cache_links in (16, count):
        server.environment["JALON_CACHE_LINKS"] = str(cache_links)
        server.start()
        for _ in range(2):
            before = server.metrics()["jalond_store_lookups_total"]
            bench.load.run(server.port, paths, turn=1, requests=count, method="HEAD")
            lookups.append(server.metrics()["jalond_store_lookups_total"] - before)
        sizes.append(rss_bytes(server.process.pid))
        server.end()
    return [Figure("links", "", [count]),
            Figure("a cached link", "bytes", [(sizes[1] - sizes[0]) / count], 200),
            Figure("looked up again in a second pass", "", [lookups[3] / count])], [
                "each link is asked for twice, by HEAD, which journals nothing; the resident set of a "
                "jalond that may remember them all, less that of one that may remember 16"]


def memory_of_connections(bench):
    """Memory of an idle connection"""
    count = 500 if bench.is_quick else 10_000
    server, paths = start_jalond(bench, bench.new_redis(), links=10)
    bench.load.run(server.port, paths, seconds=0.2, method="HEAD")
    path = paths.read_text().split()[0]
    request = f"HEAD {path} HTTP/1.1\r\nHost: go.example.com\r\nUser-Agent: {agents()[0]}\r\n\r\n".encode()
    before, kernel = rss_bytes(server.process.pid), kernel_socket_bytes()
    connections = []
    try:
        for _ in range(count):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
            connections.append(connection)
            connection.sendall(request)
            require(connection.recv(4096)[9:12] == b"302", "a connection was not answered")
        open_now = server.metrics()["jalond_connections_open"]
        require(open_now >= count, f"only {open_now} connections are open")
        grown = rss_bytes(server.process.pid) - before
        kernel = kernel_socket_bytes() - kernel
    finally:
        for connection in connections:
            connection.close()
    return [Figure("connections", "", [count]), Figure("an idle connection", "bytes", [grown / count], 1024),
            Figure("the kernel's part, both ends", "bytes", [max(0, kernel) / count])], [
                "growth of the resident set; each connection had one request answered"]


def outage(bench, server, paths, clicks):
    """Clicks without a store."""
    server.redis.end()
    wait_for(lambda: server.metrics()["jalond_store_connections"] == 0, "the loss to be noticed")
    return bench.load.run(server.port, paths, requests=clicks, expect=server.expect)["answered"]


def catch_up(bench, server, paths):
    """Redis comes back, and redirects are served meanwhile: seconds from Redis' return until caught
    up, CPU in ns, and the generator's result."""
    backlog = server.metrics()["jalond_journal_unshipped_bytes"]
    server.redis.start()
    start, cpu = time.monotonic(), server.cpu_ns()
    serving = bench.load.start(server.port, paths, rate=SERVING_RATE, seconds=max(2, bench.burst_s),
                               expect=server.expect)

    wait_for(lambda: server.metrics()["jalond_journal_unshipped_bytes"] <= (1 - CAUGHT_UP) * backlog,
             "the backlog to be shipped", pause_s=0.05, limit_s=600)
    waited, cpu = time.monotonic() - start, server.cpu_ns() - cpu
    return waited, cpu, bench.load.finish(serving)


def catching_up(bench):
    """Catching up after an outage"""
    clicks = 20_000 if bench.is_quick else 2_000_000
    per_core, per_second, waits, latencies = [], [], [], []
    server, paths = start_jalond(bench, bench.new_redis())
    drive(bench, server, paths, requests=LINKS, turn=1, method="HEAD")  # without a store, only what is cached
    answered = drive(bench, server, paths, seconds=bench.warm_s)[0]["answered"]
    for _ in range(min(bench.rounds, 3)):
        answered += outage(bench, server, paths, clicks)
        waited, cpu, result = catch_up(bench, server, paths)
        per_core.append(CAUGHT_UP * clicks / (cpu / 1e9))
        per_second.append(CAUGHT_UP * clicks / waited)
        waits.append(waited)
        answered += result["answered"]
        latencies.append(result["p99_us"])
        server.settle()
    total = counted_clicks(server.redis.client())
    require(total == answered, f"{answered} clicks were answered, {total} are in Redis")
    return [Figure("clicks journalled meanwhile", "", [clicks]),
            Figure("clicks caught up with, a second of jalond's CPU", "/s", per_core, 500_000, at_least=True),
            Figure("clicks caught up with, a second", "/s", per_second),
            Figure("until caught up, from Redis' return", "s", waits),
            Figure("p99 of the redirects meanwhile", "µs", latencies)], [
                f"{number(SERVING_RATE)} redirects a second are served meanwhile, and their CPU is "
                "counted; caught up: all but the last hundredth is in Redis, which shares the other core "
                "with the generator"]


def drive_with(bench, server, paths):
    """A generator on each of the server's cores at once: answers, answers a second, CPU of the server and
    of the generators."""
    recorded, cpu = server.answered(), server.cpu_ns()
    running = [bench.load.start(server.port, paths, cores=core, seconds=bench.burst_s,
                                expect=server.expect) for core in server.cores.split(",")]
    results = [bench.load.finish(process) for process in running]
    server.settle()
    cpu = server.cpu_ns() - cpu
    answered = sum(result["answered"] for result in results)
    require(recorded is None or server.answered() - recorded == answered,
            "what was answered is not what was recorded")
    return (answered, sum(result["answered"] / result["seconds"] for result in results), cpu,
            1e9 * sum(result["cpu_s"] for result in results))


def second_worker(bench):
    """Two workers on two cores"""
    servers = []
    for workers, cores in ((1, SERVER_CORE), (2, f"{SERVER_CORE},{LOAD_CORE}")):
        server, paths = start_jalond(bench, bench.new_redis(cores=cores), workers=workers, cores=cores)
        servers.append(("jalond", workers, server, paths))
        if installed("nginx"):
            servers.append(("nginx", workers, bench.keep(Nginx(bench, workers, cores)), paths))
    measured = {}
    for round_number in range(-1, bench.rounds):
        for name, workers, server, paths in servers:
            answered, rate, cpu, load_cpu = drive_with(bench, server, paths)
            if round_number < 0:
                continue
            for what, value in (("answers a second", rate), ("server CPU a request", cpu / 1000 / answered),
                                ("the generator's share of its and the server's CPU",
                                 100 * load_cpu / (cpu + load_cpu))):
                measured.setdefault((name, workers, what), []).append(value)
    units = {"answers a second": "/s", "server CPU a request": "µs"}
    figures = [Figure(f"{name}, {workers}: {what}", units.get(what, "%"), values)
               for (name, workers, what), values in sorted(measured.items())]
    for name in sorted({name for name, *_ in servers}):
        one, two = (measured[name, workers, "answers a second"] for workers in (1, 2))
        goal = {"goal": 1.8, "at_least": True} if name == "jalond" else {}
        figures.append(ratio(f"{name}: answers a second, 2 workers / 1", two, one, **goal))
    return figures, ["the whole on one core (a worker, a generator, Redis) against the whole on two (two "
                     "workers, a generator on each core, Redis): each worker shares its core alike; but half of the "
                     "connections of two go from one core to the other, as none of one do, which nginx "
                     "shows alike"]
