"""`jalond --takeover`: another process replaces the running one without a refused, reset or failed request."""
import collections
import csv
import io
import itertools
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest

from accounts import account
from clickers import Clickers
from programs import BUILD, LIMIT_S, PHONE, times, wait_for
from takeovers import Fleet

WORKERS = ("2", "3", "1")


@pytest.fixture
def fleet(make_installation):
    """Ended before the installations that it runs on are removed."""
    fleet = Fleet()
    yield fleet
    fleet.end()


@pytest.fixture(params=["embedded", "external"])
def site(request, make_site, redis_server):
    return make_site(server=redis_server if request.param == "external" else None)


def flawless(log):
    """Not one request failed, and no connection."""
    assert not log.unknown and not log.refused and not log.statuses, (
        log.unknown[:3], log.refused, log.statuses)
    return log


def refused(site, *says, settings=None):
    """`jalond --takeover` ends with 1 and one line beside its log."""
    done = subprocess.run([str(BUILD / "jalond"), "--takeover"], text=True, capture_output=True,
                          env={**site.environment, **(settings or {})}, stdin=subprocess.DEVNULL,
                          timeout=LIMIT_S)
    assert "Sanitizer" not in done.stderr, done.stderr
    assert done.returncode == 1, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("jalond: ")]
    assert len(lines) == 1, done.stderr
    for words in says:
        assert words in lines[0], lines[0]


# -- under load

def test_takeovers_under_load(site, fleet):
    """Kept and new connections and pipelines; the number of workers changes each time."""
    fleet.start(site)
    workers = itertools.cycle(WORKERS[1:] + WORKERS[:1])
    old = []
    with Clickers(site) as clickers:
        for _ in range(times(10, 100)):
            clickers.wait_more(60)
            old.append(fleet.take_over(site, {"JALON_SERVER_WORKERS": next(workers)}))
        clickers.wait_more(60)
        for one in old:
            one.wait()
    figures = account(site, flawless(clickers.log))
    assert figures["exported"] == figures["received"] == figures["requests"]
    fleet.stop()
    assert site.store_pid() is None


class Orders:
    """Threads that post one conversion after the other, each once, and want a 201."""

    def __init__(self, site, count=3):
        self.site, self.ends, self.lock = site, threading.Event(), threading.Lock()
        self.recorded, self.failures = [], []
        self.threads = [threading.Thread(target=self._run, args=(number,), daemon=True)
                        for number in range(count)]
        for thread in self.threads:
            thread.start()

    def _run(self, client):
        for number in itertools.count():
            if self.ends.is_set():
                return
            order = f"{client}-{number}"
            body = {"campaign": "spring-trail", "order_id": order, "type": "sale", "amount": "49.90",
                    "currency": "EUR"}
            try:
                status = self.site.api("POST", "/v1/conversions", body).status
            except OSError as error:
                status = repr(error)
            with self.lock:
                if status == 201:
                    self.recorded.append(order)
                else:
                    self.failures.append((order, status))

    def count(self):
        with self.lock:
            return len(self.recorded) + len(self.failures)

    def wait_more(self, count):
        goal = self.count() + count
        wait_for(lambda: self.count() >= goal, f"{count} more orders to be answered")

    def stop(self):
        self.ends.set()
        for thread in self.threads:
            thread.join()


def test_conversions_in_flight(site, fleet):
    fleet.start(site)
    site.add_token()
    orders, old = Orders(site), []
    for _ in range(times(5, 50)):
        orders.wait_more(15)
        old.append(fleet.take_over(site))
    orders.wait_more(15)
    orders.stop()
    for one in old:
        one.wait()
    assert not orders.failures
    text = site.jalon("export", "conversions", "--format", "csv").stdout
    exported = collections.Counter(row["order_id"] for row in csv.DictReader(io.StringIO(text)))
    assert exported == collections.Counter(orders.recorded)


def test_connections_that_say_nothing_for_a_while(make_site, fleet):
    """One that has asked the old one before the takeover and asks again after it, and one that was in the middle of a
    request. (Who has not said anything yet waits in the kernel, and is the new one's.)"""
    site = make_site()
    fleet.start(site)
    path = site.links[0].path
    head = f"GET {path} HTTP/1.1\r\nHost: go.example.com\r\nUser-Agent: {PHONE}\r\n".encode()
    with socket.create_connection(site.addresses["public"], timeout=LIMIT_S) as quiet, \
            socket.create_connection(site.addresses["public"], timeout=LIMIT_S) as begun:
        begun.sendall(head)
        quiet.sendall(head + b"\r\n")
        assert quiet.recv(65536).startswith(b"HTTP/1.1 302 ")
        assert site.click(path).status == 302  # so the other was accepted, too
        old = fleet.take_over(site)
        quiet.sendall(head + b"\r\n")
        begun.sendall(b"\r\n")
        for connection in (quiet, begun):
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 302 ") and b"connection: close" in answer.lower()
    old.wait()
    wait_for(lambda: len(site.exported_clicks()) == 4, "the four clicks")


# -- what takes over dies

def test_killed_while_it_takes_over(site, fleet, rng):
    """Whenever: the old one goes on, unless it had heard that the new one serves. Nothing answered is lost."""
    fleet.start(site)
    took_s, outcomes = 0.5, collections.Counter()
    with Clickers(site) as clickers:
        for _ in range(times(12, 100)):
            clickers.wait_more(20)
            old, start_s = fleet.now, time.monotonic()
            new = fleet.spawn(site, "--takeover")
            if rng.random() < 0.3:
                new.wait_until_says("taken over")
                took_s = time.monotonic() - start_s
            else:
                time.sleep(rng.uniform(0, took_s))  # the random moment
            new.kill()
            wait_for(lambda: not old.says("is about to take over") or old.says("did not take over")
                     or old.says("has taken over"), "the old one to notice")
            is_taken = old.says("has taken over")
            outcomes[is_taken] += 1
            if is_taken:
                old.wait()
                fleet.start(site)
            else:
                old.lines.clear()
        clickers.wait_more(20)
    print(f"went on {outcomes[False]}, taken over and killed then {outcomes[True]}")
    wait_for(lambda: not list(pathlib.Path(site.folder).glob("jalond.sock.*")), "the killed one's socket to be removed")
    account(site, clickers.log)


def test_journal_of_one_that_is_killed_while_it_drains(make_site, fleet, redis_server):
    """What the old one could not ship any more is shipped by the new one, without another start."""
    site = make_site(server=redis_server)
    fleet.start(site)
    link = site.links[0]
    site.teach(link.path)
    with socket.create_connection(site.addresses["public"], timeout=LIMIT_S) as begun:
        begun.sendall(f"GET {link.path} HTTP/1.1\r\nHost: a\r\n".encode())
        assert site.click(link.path).status == 302  # so the other was accepted, too
        old = fleet.take_over(site)
        redis_server.kill()
        begun.sendall(f"User-Agent: {PHONE}\r\n\r\n".encode())
        answer = begun.recv(65536).decode()
        assert answer.startswith("HTTP/1.1 302 ")
        old.kill()
    redis_server.start()
    click_id = answer.split("jclid=")[1].split("\r\n")[0]
    wait_for(lambda: click_id in [row["click_id"] for row in site.exported_clicks()],
             "the click of the one that was killed")
    wait_for(lambda: site.metric("jalond_journals_of_earlier_runs") == 0, "its journals to be done")


# -- signals on the way

def test_told_to_end_while_it_is_taken_over_from(site, fleet):
    """The old one finishes the takeover first: nobody would serve otherwise."""
    fleet.start(site)
    with Clickers(site) as clickers:
        for _ in range(times(3, 20)):
            clickers.wait_more(30)
            old, new = fleet.now, fleet.spawn(site, "--takeover")
            old.wait_until_says("is about to take over")
            old.signal(signal.SIGHUP)
            old.signal(signal.SIGTERM)
            new.wait_until_says("taken over")
            fleet.now = new
            new.signal(signal.SIGHUP)
            old.wait()
            new.wait_until_says("reloaded settings")
    flawless(clickers.log)
    account(site, clickers.log)


def test_told_to_end_while_it_takes_over(site, fleet):
    """Before it serves, that is no harm to the old one; afterwards it drains."""
    old = fleet.start(site)
    with Clickers(site) as clickers:
        for _ in range(times(3, 20)):
            clickers.wait_more(30)
            new = fleet.spawn(site, "--takeover")
            new.wait_until_says("the store is")
            new.signal(signal.SIGTERM)
            new.process.wait(timeout=LIMIT_S)
            new.reader.join(timeout=LIMIT_S)
            if new.process.returncode == 0:  # it served already
                assert new.says("taken over")
                old.wait()
                break
            assert new.says("told to stop before it had taken over")
        else:
            clickers.wait_more(30)
    if not old.has_ended():
        flawless(clickers.log)
    else:
        old = fleet.start(site)
    account(site, clickers.log)


# -- what is refused, and what is a plain start

def test_without_a_running_one_it_is_a_plain_start(make_site, fleet):
    site = make_site()
    fleet.start(site, "--takeover")
    assert not fleet.now.says("taken over")
    fleet.now.kill()
    fleet.start(site, "--takeover")  # beside the socket that nobody listens on any more
    fleet.stop()
    assert not pathlib.Path(site.folder, "jalond.sock").exists()
    assert not pathlib.Path(site.folder, "jalond.listen").exists()


def test_a_plain_start_is_refused_before_and_after(make_site, fleet):
    site = make_site()
    fleet.start(site)
    for _ in range(2):
        done = fleet.spawn(site)
        done.wait(expect=1)
        assert done.says("another jalond runs")
        fleet.take_over(site).wait()
    assert site.click(site.links[0].path).status == 302


def test_what_cannot_serve_does_not_begin(make_site, fleet, redis_server):
    """The old one goes on as if nothing had been."""
    site = make_site(server=redis_server)
    old = fleet.start(site)
    link = site.links[0]
    refused(site, "JALON_SERVER_PUBLIC", settings={"JALON_SERVER_PUBLIC": "nonsense"})
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = "127.0.0.1:%d" % other.getsockname()[1]
        refused(site, address, settings={"JALON_SERVER_PUBLIC": address})
    keys = pathlib.Path(site.folder, "keys")
    keys.chmod(0o644)
    refused(site, "chmod 600")
    keys.chmod(0o600)
    site.teach(link.path)
    redis_server.kill()
    refused(site, "the store does not answer")
    assert site.click(link.path).status == 302
    redis_server.start()
    wait_for(lambda: site.metric("jalond_store_connections") == 2, "the store to be back")
    fleet.take_over(site).wait()
    assert site.click(link.path).status == 302
    assert old.says("did not take over")


# -- what changes with it

def test_settings_that_a_reload_does_not_change(make_site, fleet):
    """Workers and addresses: what is new is bound, what is gone is let go of, what stays never stops."""
    site = make_site(settings={"JALON_SERVER_WORKERS": "1"})
    fleet.start(site)
    first = "%s:%d" % site.addresses["public"]
    path = site.links[0].path
    old = fleet.take_over(site, {"JALON_SERVER_PUBLIC": f"{first},127.0.0.2:0",
                                 "JALON_SERVER_WORKERS": "2"})
    old.wait()
    text = pathlib.Path(site.folder, "jalond.listen").read_text().splitlines()
    assert text[0] == f"public {first}"
    second = text[1].split()[1]
    assert second.startswith("127.0.0.2:")
    for address in (first, second):
        host, port = address.split(":")
        site.addresses["public"] = (host, int(port))
        assert site.click(path).status == 302
    fleet.take_over(site, {"JALON_SERVER_PUBLIC": second}).wait()
    assert site.click(path).status == 302
    with pytest.raises(ConnectionRefusedError):
        host, port = first.split(":")
        socket.create_connection((host, int(port)), timeout=LIMIT_S)


def test_the_store_goes_with_the_folder(make_site, fleet):
    """The new one starts the embedded store again when it dies, and stops it at its end."""
    site = make_site()
    fleet.start(site)
    pid = site.store_pid()
    for _ in range(2):
        fleet.take_over(site).wait()
        assert site.store_pid() == pid
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: site.store_pid() not in (None, pid), "another store")
    assert fleet.now.says("the embedded store ended")
    assert site.click(site.links[0].path).status == 302
    fleet.take_over(site).wait()
    fleet.stop()
    assert site.store_pid() is None


def test_another_store_from_now_on(make_site, fleet, redis_server):
    """From the embedded store to one elsewhere and back: who started the embedded one stops it."""
    site = make_site()
    fleet.start(site)
    site.environment["JALON_STORE_REDIS"] = redis_server.url
    fleet.take_over(site).wait()
    assert site.store_pid() is None
    del site.environment["JALON_STORE_REDIS"]
    fleet.take_over(site).wait()
    assert site.store_pid()
    fleet.stop()
    assert site.store_pid() is None
