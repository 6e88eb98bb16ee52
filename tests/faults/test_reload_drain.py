"""SIGHUP and SIGTERM under load, without one failed request. The takeover is in test_takeover.py."""
import signal
import socket
import threading
import time

import pytest

from accounts import account
from clickers import Clickers
from programs import LIMIT_S, PHONE, times, wait_for


@pytest.fixture(params=["embedded", "external"])
def site(request, make_site, redis_server):
    return make_site(server=redis_server if request.param == "external" else None)


def test_reloads_under_load(site):
    site.start()
    with Clickers(site) as clickers:
        for count in range(1, times(10, 200) + 1):
            clickers.wait_more(30)
            site.process.send_signal(signal.SIGHUP)
            wait_for(lambda: site.log_text().count("reloaded settings") >= count, "a reload")
        clickers.wait_more(30)
    assert not clickers.log.unknown and not clickers.log.refused and not clickers.log.statuses
    account(site, clickers.log, is_one_run=True)


def test_drains_under_load(site):
    """Whoever was connected when it began has an answer; whoever comes later is refused, and has lost nothing."""
    site.start()
    with Clickers(site, manners=("kept", "new", "new", "pipelined", "new")) as clickers:
        for _ in range(times(8, 100)):
            clickers.wait_more(100)
            site.stop()
            site.start()
    log = clickers.log
    assert not log.unknown and not log.statuses, (log.unknown[:3], log.statuses)
    account(site, log)


def test_a_drain_answers_who_is_in_the_queue(site):
    """More connections than are accepted in a turn, made while the process is stopped: none was accepted yet."""
    site.start()
    path = site.links[0].path
    request = f"GET {path} HTTP/1.1\r\nHost: go.example.com\r\nUser-Agent: {PHONE}\r\n\r\n".encode()
    site.teach(path)
    site.process.send_signal(signal.SIGSTOP)
    queued = [socket.create_connection(site.addresses["public"], timeout=LIMIT_S) for _ in range(400)]
    try:
        for connection in queued[::2]:
            connection.sendall(request)
        site.process.send_signal(signal.SIGTERM)
        site.process.send_signal(signal.SIGCONT)
        for connection in queued[1::2]:
            connection.sendall(request)
        answers = [connection.recv(65536) for connection in queued]
    finally:
        for connection in queued:
            connection.close()
    assert all(answer.startswith(b"HTTP/1.1 302 ") for answer in answers)
    site.stop()
    site.start()
    wait_for(lambda: len(site.exported_clicks()) == len(queued), "all clicks")


def test_a_drain_lets_nobody_new_in(site):
    """What connects while it drains waits a moment for nothing and is refused, but is never reset after it sent."""
    site.start()
    address, outcomes, ends = site.addresses["public"], [], threading.Event()
    request = f"GET {site.links[0].path} HTTP/1.1\r\nHost: a\r\nUser-Agent: {PHONE}\r\n\r\n".encode()

    def knock():
        while not ends.is_set():
            try:
                connection = socket.create_connection(address, timeout=LIMIT_S)
            except ConnectionRefusedError:
                outcomes.append("refused")
                return
            with connection:
                connection.sendall(request)
                outcomes.append(connection.recv(12).decode() or "closed")

    threads = [threading.Thread(target=knock, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(outcomes) > 100, "a hundred answers")
    site.stop()
    start_s = time.monotonic()
    for thread in threads:
        thread.join(timeout=LIMIT_S)
    assert time.monotonic() - start_s < LIMIT_S / 2
    ends.set()
    assert set(outcomes) == {"HTTP/1.1 302", "refused"}, set(outcomes)
