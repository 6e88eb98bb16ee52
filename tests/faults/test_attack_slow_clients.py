"""Thousands of clients that move a byte a second cost memory that is bounded, and no other client its time.

Two jalonds, alike but for the slow clients of one of them, are asked in turn by the same normal client, so that what
else the machine does delays both alike.
"""
import contextlib
import http.client
import os
import pathlib
import resource
import signal
import ssl
import statistics
import subprocess
import sys
import time

import pytest

from programs import BUILD, LIMIT_S, PHONE, dying_with_us, times, wait_for
from test_reload_under_load import make_certificate

COUNT = times(2000, 10000)
PROCESSES = 4
BATCHES = 400  # more than the workers run at once, together
WINDOWS, PAIRS, TRIES = times(9, 15), 200, 3
PATIENCE = {"JALON_SERVER_HEADER_TIMEOUT": "10m", "JALON_SERVER_BODY_TIMEOUT": "10m",
            "JALON_SERVER_WRITE_TIMEOUT": "10m"}  # so that they are all there all the time
KIB = 1024
LEAST_S = 0.0005  # below this a difference is the machine's

# Of jalond's own memory, a connection: what each is slow at, and what it may hold meanwhile.
BOUNDS = {"head": 2 * KIB, "body": 8 * KIB, "reader": 160 * KIB, "handshake": 64 * KIB,
          "silent": 1 * KIB}


@contextlib.contextmanager
def slow_clients(site, kind, count):
    """`count` of them, connected until the end of the block; then as many are to be open still."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit < COUNT + 1000:
        pytest.skip(f"ulimit -Hn is {limit}")
    host, port = site.addresses["api" if kind == "body" else "public"]
    command = [sys.executable, str(pathlib.Path(__file__).with_name("slow_clients.py")), kind, host,
               str(port), str(count // PROCESSES)]
    processes = [subprocess.Popen(dying_with_us("KILL", *command, f"127.0.1.{i + 1}"),
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                 for i in range(PROCESSES)]
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        yield
        for process in processes:
            process.stdin.close()
        still_open = sum(int(process.stdout.readline().split()[1]) for process in processes)
        assert still_open == count // PROCESSES * PROCESSES
    finally:
        for process in processes:
            process.kill()
            process.wait()


def resident(site):
    """Bytes of memory that are the process's own."""
    for line in pathlib.Path(f"/proc/{site.process.pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * KIB
    raise AssertionError("no Private_Dirty")


def fill_batches(site):
    """Each worker keeps the memory of as many requests as it runs at once: all that came while it stood still."""
    site.process.send_signal(signal.SIGSTOP)
    with contextlib.ExitStack() as waiting:
        try:
            waiting.enter_context(slow_clients(site, "head", BATCHES))
        finally:
            site.process.send_signal(signal.SIGCONT)
        settle(site)


def check_memory(kind, each, count):
    print(f"{count} × {kind}: {each:.0f} bytes each")
    if "asan" not in BUILD.name and "tsan" not in BUILD.name:  # their memory is not jalond's alone
        assert each <= BOUNDS[kind]


def settle(site):
    """Until all that was sent at once is answered, or waits to be taken."""
    counts = [-1]

    def is_still():
        counts.append(site.metric("jalond_requests_total", listener="public"))
        return counts[-1] == counts[-2]

    wait_for(is_still, "the requests to be answered")


class Normal:
    """A client that asks as a phone does: on a kept connection, and on a new one each tenth time."""

    def __init__(self, site, path, context=None):
        self.site, self.path, self.context, self.count = site, path, context, 0
        self.connection = None

    def ask(self):
        """Seconds until the answer is there."""
        self.count += 1
        start = time.perf_counter()
        if self.connection is None or self.count % 10 == 0:
            self.close()
            address = self.site.addresses["public"]
            self.connection = (http.client.HTTPSConnection(*address, timeout=LIMIT_S, context=self.context)
                               if self.context else http.client.HTTPConnection(*address, timeout=LIMIT_S))
        self.connection.request("GET", self.path, headers={"User-Agent": PHONE})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 302
        return time.perf_counter() - start

    def close(self):
        if self.connection:
            self.connection.close()


def p99(seconds):
    return statistics.quantiles(seconds, n=100)[98]


def compare(calm, attacked):
    """The median, over windows, of p99 of the attacked one over the calm one's."""
    ratios, all_calm, all_attacked = [], [], []
    for _ in range(WINDOWS):
        a, b = [], []
        for _ in range(PAIRS):
            a.append(calm.ask())
            b.append(attacked.ask())
        ratios.append(max(p99(b), LEAST_S) / max(p99(a), LEAST_S))
        all_calm += a
        all_attacked += b
    figures = (f"p50 {statistics.median(all_calm) * 1e6:.0f} and {statistics.median(all_attacked) * 1e6:.0f} µs, "
               f"p99 {p99(all_calm) * 1e6:.0f} and {p99(all_attacked) * 1e6:.0f} µs, "
               f"median ratio of p99 {statistics.median(ratios):.2f}")
    print(figures)
    return statistics.median(ratios), figures


def check_latency(calm, attacked):
    """What other processes do on a busy machine comes on top, and more on who has more to do: the least of some tries."""
    for _ in range(TRIES):
        ratio, figures = compare(calm, attacked)
        if ratio <= 2:
            return
    raise AssertionError(figures)


def make_pair(make_installation, settings):
    """A calm one and one to be attacked, each with a link that all its workers know."""
    pair = []
    for _ in range(2):
        site = make_installation(settings={**PATIENCE, **settings})
        site.add_campaign()
        path = site.add_link()
        site.start(ready=False)
        pair.append((site, path))
    return pair


def warm(client):
    for _ in range(400):
        client.ask()


@pytest.mark.parametrize("kinds", [("head",), ("head", "body", "reader", "silent")], ids="-".join)
def test_slow_clients_slow_nobody(make_installation, kinds):
    (calm, calm_path), (attacked, path) = make_pair(make_installation, {})
    clients = Normal(calm, calm_path), Normal(attacked, path)
    for client in clients:
        warm(client)
    fill_batches(attacked)
    with contextlib.ExitStack() as crowd:
        for kind in kinds:
            before = resident(attacked)
            count = COUNT // len(kinds)
            crowd.enter_context(slow_clients(attacked, kind, count))
            wait_for(lambda: attacked.metric("jalond_connections_open") >= count, "all to be accepted")
            settle(attacked)
            check_memory(kind, (resident(attacked) - before) / count, count)
        check_latency(*clients)
    for client in clients:
        client.close()


def test_slow_handshakes_slow_nobody(make_installation, tmp_path):
    certificate, key = make_certificate(str(tmp_path))
    (calm, calm_path), (attacked, path) = make_pair(
        make_installation, {"JALON_SERVER_CERTIFICATE": certificate, "JALON_SERVER_KEY": key})
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    clients = Normal(calm, calm_path, context), Normal(attacked, path, context)
    for client in clients:
        warm(client)
    before = resident(attacked)
    with slow_clients(attacked, "handshake", COUNT):
        wait_for(lambda: len(os.listdir(f"/proc/{attacked.process.pid}/fd")) > COUNT, "all to be accepted")
        check_memory("handshake", (resident(attacked) - before) / COUNT, COUNT)
        check_latency(*clients)
    for client in clients:
        client.close()
