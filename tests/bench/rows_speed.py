"""CPU a request and latency, side by side with nginx, HAProxy and the floor."""
import json
import subprocess

from figures import Figure, ratio
from load import HERE
from machine import LOAD_CORE, installed, pinned, require, wait_for
from servers import LOCATION, Floor, Haproxy, Jalond, Nginx

LINKS = 10_000
CONNECTIONS = 64  # pace's default


def start_jalond(bench, redis, links=LINKS, **options):
    """A jalond with links, and the file of their paths."""
    server = bench.keep(Jalond(bench, redis, **options))
    paths = bench.load.paths_file(f"paths-{server.port}", server.add_links(links))
    return server.start(), paths


def drive(bench, server, paths, **load):
    """One burst: (result of the generator, server's CPU in ns, Redis' too). Each answer is the
    redirect, and what the server says it recorded is what was answered."""
    recorded, redis = server.answered(), getattr(server, "redis", None)
    redis_cpu = redis.cpu_ns() if redis else 0
    cpu = server.cpu_ns()
    expect = server.expect if load.get("method") != "HEAD" else LOCATION
    result = bench.load.run(server.port, paths, expect=expect, **load)
    server.settle()
    cpu = server.cpu_ns() - cpu
    redis_cpu = redis.cpu_ns() - redis_cpu if redis else 0
    if recorded is not None and load.get("method") != "HEAD":
        wait_for(lambda: server.answered() - recorded >= result["answered"], "the clicks to be recorded")
        require(server.answered() - recorded == result["answered"],
                f"{server.name}: {result['answered']} answered, {server.answered() - recorded} recorded")
    return result, cpu, redis_cpu


def compare(bench, servers, paths, **load):
    """CPU in µs an answer, the kernel's part of it, and answers a second: {name: [a round each]}, the
    servers in turn."""
    cpu_us, kernel_us, rates = {}, {}, {}
    for server in servers:
        drive(bench, server, paths, seconds=bench.warm_s, **load)
    for _ in range(bench.rounds):
        for server in servers:
            kernel_share = server.kernel_share()
            result, cpu, _ = drive(bench, server, paths, seconds=bench.burst_s, **load)
            cpu_us.setdefault(server.name, []).append(cpu / 1000 / result["answered"])
            kernel_us.setdefault(server.name, []).append(kernel_share() * cpu / 1000 / result["answered"])
            rates.setdefault(server.name, []).append(result["answered"] / result["seconds"])
    return cpu_us, kernel_us, rates


def start_all(bench, closing=False):
    jalond, paths = start_jalond(bench, bench.new_redis())
    servers = [jalond]
    if installed("nginx"):
        servers.append(bench.keep(Nginx(bench)))
    servers.append(bench.keep(Floor(bench, closing)))
    if installed("haproxy"):
        servers.append(bench.keep(Haproxy(bench)))
    return servers, paths


def cost_figures(cpu_us, kernel_us, rates):
    figures = []
    for name in cpu_us:
        figures += [Figure(f"{name}: server CPU a request", "µs", cpu_us[name]),
                    Figure(f"{name}: of it in the kernel", "µs", kernel_us[name])]
    return figures + [Figure(f"{name}: answers a second", "/s", values)
                      for name, values in rates.items()]


def kept_connections(bench):
    """Redirect over kept connections"""
    servers, paths = start_all(bench)
    cpu_us, kernel_us, rates = compare(bench, servers, paths)
    figures = cost_figures(cpu_us, kernel_us, rates)
    if "nginx" in cpu_us:
        figures.append(ratio("jalond / nginx", cpu_us["jalond"], cpu_us["nginx"], 0.85))
    figures.append(ratio("jalond / floor", cpu_us["jalond"], cpu_us["floor"], 1.25))
    return figures, ["64 connections, Zipf over 10 000 links, 1 000 agents; jalond: classified, country, "
                     "journalled, shipped to Redis; its figure includes the shipping of the last click"]


def new_connections(bench):
    """Redirect, a new connection each"""
    servers, paths = start_all(bench, closing=True)
    cpu_us, kernel_us, rates = compare(bench, servers, paths, close=1)
    figures = cost_figures(cpu_us, kernel_us, rates)
    if "nginx" in cpu_us:
        figures.append(ratio("jalond / nginx", cpu_us["jalond"], cpu_us["nginx"], 0.9))
    return figures, ["Connection: close; the server closes, and the generator waits for that"]


def wrk_burst(bench, server, paths):
    """CPU in µs an answer, under wrk. What is under way when it ends it does not count: up to a
    request a connection."""
    recorded, cpu = server.answered(), server.cpu_ns()
    done = subprocess.run(
        pinned(LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(bench.burst_s))}s", "-s",
               HERE / "wrk_requests.lua", f"http://127.0.0.1:{server.port}", "--", paths, bench.load.agents),
        capture_output=True, text=True)
    require(done.returncode == 0, f"wrk: {done.stderr}")
    result = json.loads(done.stdout.splitlines()[-1])
    server.settle()
    cpu = server.cpu_ns() - cpu
    require(result["wrong"] == 0, f"wrk counts errors: {result}")
    if recorded is not None:
        beside = server.answered() - recorded - result["answered"]
        require(0 <= beside <= CONNECTIONS, f"{beside} clicks more were recorded than wrk had answers")
    return cpu / 1000 / result["answered"]


def other_generator(bench):
    """Redirect over kept connections, wrk as the generator"""
    if not installed("wrk"):
        return [], ["wrk is not installed"]
    servers, paths = start_all(bench)
    cpu_us = {}
    for round_number in range(0 if bench.is_quick else -1, bench.rounds):
        for server in servers:
            used = wrk_burst(bench, server, paths)
            if round_number >= 0:
                cpu_us.setdefault(server.name, []).append(used)
    figures = [Figure(f"{name}: server CPU a request", "µs", values) for name, values in cpu_us.items()]
    figures += [ratio(f"jalond / {name}", cpu_us["jalond"], values)
                for name, values in cpu_us.items() if name != "jalond"]
    return figures, ["a check of our own generator by one that is known; its script is slower, so that "
                     "servers are less busy and take fewer requests a turn"]


def latency(bench):
    """Latency at 70 % of nginx's maximum rate"""
    if not installed("nginx"):
        return [], ["nginx is not installed"]
    jalond, paths = start_jalond(bench, bench.new_redis())
    servers = [jalond, bench.keep(Nginx(bench))]
    *_, rates = compare(bench, servers, paths)
    rate = 0.7 * max(rates["nginx"])
    measured = {}
    for _ in range(bench.rounds):
        for server in servers:
            result, _, _ = drive(bench, server, paths, seconds=bench.burst_s, rate=rate)
            for name in ("p50_us", "p99_us", "p999_us", "lag_p99_us"):
                measured.setdefault((server.name, name), []).append(result[name])
    figures = [Figure("rate", "/s", [rate])]
    for server in servers:
        for name, shown in (("p50_us", "p50"), ("p99_us", "p99"), ("p999_us", "p99.9"),
                            ("lag_p99_us", "p99 of how late requests were sent")):
            figures.append(Figure(f"{server.name}: {shown}", "µs", measured[server.name, name]))
    figures.append(ratio("p99, jalond / nginx", measured["jalond", "p99_us"],
                         measured["nginx", "p99_us"], 1.0))
    urgent = "first claim on its core (SCHED_FIFO)" if bench.load.is_urgent else "no claim on its core"
    return figures, [f"constant rate, latency from when a request was due; generator with {urgent}, "
                     "jalond's Redis on the same core"]
