"""What a flood may hold at once: pipelines, parked misses, forgeries; and that others are served meanwhile."""
import contextlib
import os
import re
import select
import signal
import socket
import time

import pytest

from programs import BUILD, LIMIT_S, PHONE, times, wait_for
from test_attack_slow_clients import KIB, resident
import formats  # after programs, which says where it is

IS_SANITIZED = "asan" in BUILD.name or "tsan" in BUILD.name
MIB = KIB * KIB
LOOKUPS_MAX, PARKED_MAX = 1024, 4096  # redirector/lookups.h, a worker
DEADLINE_S = 2  # redirector/resolver.h


def get(path, more=""):
    return f"GET {path} HTTP/1.1\r\nHost: go.example.com\r\nUser-Agent: {PHONE}\r\n{more}\r\n".encode()


@contextlib.contextmanager
def stopped(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


class Crowd:
    """Connections that each send one request; what came of them."""

    def __init__(self, site, paths):
        self.statuses, self.seconds, self.starts = {}, {}, {}
        self.poll = select.poll()
        self.clients = {}
        for number, path in enumerate(paths):
            client = socket.create_connection(site.addresses["public"], timeout=LIMIT_S,
                                              source_address=(f"127.0.2.{number // 2000 + 1}", 0))
            client.sendall(get(path))
            self.clients[client.fileno()] = client
            self.starts[client.fileno()] = time.monotonic()
            self.poll.register(client, select.POLLIN)
            if number % 100 == 0:
                self.take()

    def take(self, wait_ms=0):
        """Answers that have come; how many are still awaited."""
        for fd, _ in self.poll.poll(wait_ms):
            text = self.clients[fd].recv(65536)
            assert text, "closed without an answer"
            self.statuses[fd] = int(text.split()[1])
            self.seconds[fd] = time.monotonic() - self.starts[fd]
            self.poll.unregister(fd)
        return len(self.clients) - len(self.statuses)

    def count(self, status):
        return list(self.statuses.values()).count(status)

    def take_all(self):
        wait_for(lambda: self.take(100) == 0, "all to be answered")

    def close(self):
        for client in self.clients.values():
            client.close()


@pytest.fixture
def site(make_site, redis_server):
    made = make_site(server=redis_server, settings={"JALON_SERVER_WORKERS": "1",
                                                    "JALON_SERVER_UNKNOWN_SLUGS": "0"})
    made.store = redis_server
    made.add_link(slug="marie-trail")
    made.start()
    return made


def look_ups_during(client, action):
    """Those of links and campaigns that the store saw; the functions that run in it look up for themselves."""
    with client.monitor() as monitor:
        action()
        client.echo("the end")
        seen = []
        for entry in monitor.listen():
            if entry["command"] == "ECHO the end":
                return seen
            if entry["command"].startswith("HGET ") and entry["client_type"] != "lua":
                seen.append(entry["command"])


def test_a_thousand_misses_of_one_code_are_one_look_up(site):
    def ask():
        with stopped(site.store.process):
            crowd = Crowd(site, ["/marie-trail"] * 1000)
            wait_for(lambda: site.metric("jalond_link_cache_misses_total") >= 1000, "all to be parked")
        crowd.take_all()
        crowd.close()
        assert crowd.count(302) == 1000

    seen = look_ups_during(site.store.client(), ask)
    assert len(seen) == 1, seen


@pytest.mark.parametrize("paths,parked", [
    ([f"/nobody-{i}" for i in range(5000)], LOOKUPS_MAX), (["/nobody"] * 6000, PARKED_MAX),
], ids=["different", "one"])
def test_misses_while_the_store_hangs_are_bounded(site, paths, parked):
    path = site.links[0].path
    site.teach(path)
    before = resident(site)
    with stopped(site.store.process):
        crowd = Crowd(site, paths)
        wait_for(lambda: crowd.take() <= parked, "the rest to be refused at once")
        if len(crowd.clients) - len(crowd.statuses) > 0:  # it has not been too long
            assert resident(site) - before < (50 + parked * 24 * KIB // MIB) * MIB or IS_SANITIZED
        assert site.click(path).status == 302  # what is known goes on
        crowd.take_all()
    # Parked ones give up when their time is over. (A busy machine tells us late.)
    late = [seconds for seconds in crowd.seconds.values() if seconds > DEADLINE_S / 2]
    assert set(crowd.statuses.values()) == {503}
    assert len(late) <= parked and max(crowd.seconds.values()) < DEADLINE_S + LIMIT_S / 4
    crowd.close()
    wait_for(lambda: site.click("/marie-trail").status == 302, "the store to be asked again")
    print(f"{parked} parked at most, all answered after {max(crowd.seconds.values()):.2f} s")


def test_a_pipeline_whose_answers_nobody_reads(make_site):
    site = make_site(settings={"JALON_SERVER_WORKERS": "1", "JALON_SERVER_WRITE_TIMEOUT": "2s"})
    path = site.links[0].path
    site.start()
    site.teach(path)
    request, left = get(path), 100000
    before, most = resident(site), 0
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(site.addresses["public"])
        client.setblocking(False)
        payload = request * left
        sent, is_open = 0, True
        poll = select.poll()
        poll.register(client, select.POLLOUT)
        end = time.monotonic() + LIMIT_S
        while is_open and time.monotonic() < end:
            assert site.click(path).status == 302  # nobody else waits
            most = max(most, resident(site) - before)
            for _, what in poll.poll(20):
                is_open = not what & (select.POLLERR | select.POLLHUP)
            with contextlib.suppress(BlockingIOError):
                try:
                    sent += client.send(payload[sent:sent + MIB])
                except OSError as error:
                    is_open = isinstance(error, BlockingIOError)
        assert not is_open, "it was not let go"
    print(f"{sent / MIB:.1f} MiB were taken of {len(payload) / MIB:.1f}; jalond grew by {most / KIB:.0f} KiB")
    assert sent < len(payload)
    assert most < 16 * MIB or IS_SANITIZED
    assert site.metric("jalond_connection_timeouts_total") >= 1


def cpu_seconds(pid):
    """Of all its threads, to the nanosecond."""
    return sum(int(open(f"/proc/{pid}/task/{thread}/schedstat").read().split()[0])
               for thread in os.listdir(f"/proc/{pid}/task")) / 1e9


def cost_us(site, paths, expected):
    """jalond's CPU a request, of pipelines of 50."""
    start = cpu_seconds(site.process.pid)
    with socket.create_connection(site.addresses["public"], timeout=LIMIT_S) as client:
        for at in range(0, len(paths), 50):
            client.sendall(b"".join(map(get, paths[at:at + 50])))
            answers = b""
            while len(re.findall(rb"HTTP/1\.1 \d{3} ", answers)) < 50 or not answers.endswith(b"\n"):
                answers += client.recv(262144)
            assert {int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answers)} == {expected}
    return (cpu_seconds(site.process.pid) - start) / len(paths) * 1e6


@pytest.mark.skipif(IS_SANITIZED, reason="what it costs there is the sanitizer's")
def test_forgeries_are_cheap_and_ask_nobody(site):
    """With as many keys as a ring holds, each of which is tried."""
    for _ in range(7):
        site.jalon("keys", "rotate")
    site.stop()
    site.start()
    path = site.links[0].path
    site.teach(path)
    count = times(10000, 100000)
    ring = formats.ring_parse(open(site.folder + "/keys").read())
    assert len(ring.keys) == 8
    token = formats.token_mint(ring, "spring-trail", "marie", "bio")
    asked = site.metric("jalond_store_lookups_total")
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    def forged(number):
        text = ""
        for _ in range(11):
            number, digit = divmod(number * 2654435761 + 12345, 62)
            text += digits[digit]
        return "/z" + text[:11]

    costs = {"a known link": cost_us(site, [path] * count, 302),
             "a forged code": cost_us(site, [forged(n) for n in range(count)], 404),
             "a forged token": cost_us(site, ["/o/" + token[:-8] + f"{n:08d}" for n in range(count)], 404)}
    print(", ".join(f"{what} {cost:.1f} µs" for what, cost in costs.items()))
    assert site.metric("jalond_store_lookups_total") == asked
    assert site.metric("jalond_forged_codes_total") >= 2 * count
    assert max(costs.values()) < 5 * costs["a known link"], costs


def test_clients_can_not_take_the_last_descriptors(make_site, redis_server):
    """Under a limit of open files that is reached: the journal goes on to new files, the store is found again, and
    new clients are served."""
    site = make_site(server=redis_server, settings={"JALON_SERVER_WORKERS": "2",
                                                    "JALON_JOURNAL_SEGMENT_SIZE": "64K",
                                                    "JALON_SERVER_HEADER_TIMEOUT": "10m"})
    site.start(under=("prlimit", "--nofile=256:256"))
    path = site.links[0].path
    site.teach(path)
    with contextlib.ExitStack() as crowd:
        for number in range(600):
            client = crowd.enter_context(socket.create_connection(site.addresses["public"], timeout=LIMIT_S))
            client.sendall(b"GET /")  # and no more
        redis_server.kill()
        wait_for(lambda: site.metric("jalond_store_connections") == 0, "the loss to be noticed")
        redis_server.start()
        statuses = [site.click(path).status for _ in range(3000)]  # a click is some 64 bytes of journal
        assert set(statuses) == {302}
        wait_for(lambda: site.metric("jalond_store_connections") == 2, "the store to be found again")
        site.wait_shipped(3000)
    assert "descriptor" not in site.log_text() and "Too many open files" not in site.log_text()
