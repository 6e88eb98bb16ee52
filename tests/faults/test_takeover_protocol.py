"""DIR/jalond.sock: whoever comes half of the way, says nonsense or nothing leaves the running jalond as it was."""
import contextlib
import os
import pathlib
import signal
import socket
import stat

import pytest

from accounts import account
from clickers import Clickers
from programs import wait_for
from takeovers import HANDOVER, HEAD, HELLO, READY, REFUSED, SERVING, Successor
from test_takeover import flawless, fleet, refused  # noqa: F401


@pytest.fixture
def site(make_site, fleet):  # noqa: F811
    site = make_site()
    fleet.start(site)
    return site


def gone_on(site, old, times=1):
    """The old one has noticed, and serves."""
    wait_for(lambda: old.log().count("did not take over") >= times, "the old one to go on")
    assert site.request("GET", "/healthz").status == 200


def test_only_its_owner_may_connect(site):
    status = os.stat(site.folder + "/jalond.sock")
    assert stat.S_ISSOCK(status.st_mode) and stat.S_IMODE(status.st_mode) == 0o600
    assert list(pathlib.Path(site.folder).glob("jalond.sock.*")) == []


STEPS = {
    "connected": lambda successor: None,
    "has the sockets": lambda successor: successor.ask(),
    "is ready and does not wait": lambda successor: successor.ask().say(READY, b"\1"),
    "has the lock": lambda successor: successor.ask().claim(),
    "has the lock and leaves the store": lambda successor: successor.ask().claim(has_store=0),
    "serves and does not wait": lambda successor: successor.ask().claim().say(SERVING),
}


def test_ends_at_each_step(site, fleet):  # noqa: F811
    """Nothing is refused meanwhile or afterwards, whatever it had in its hands; and then a real one takes over."""
    old = fleet.now
    store = site.store_pid()
    with Clickers(site) as clickers:
        for name, step in STEPS.items():
            clickers.wait_more(20)
            with Successor(site) as successor:
                step(successor)
            if name == "serves and does not wait":
                break
            if name != "connected":
                wait_for(lambda: old.says("did not take over"), name)
                old.lines.clear()
        # The last one had said that it serves: it may have been believed before it was gone.
        wait_for(lambda: old.says("did not take over") or old.says("has taken over"), "the last one")
        if old.says("has taken over"):
            old.wait()
            fleet.start(site)
        else:
            clickers.wait_more(20)
    assert not clickers.log.statuses
    if not old.has_ended():  # else nobody had the sockets for a moment: who waited in their queue was reset
        assert not clickers.log.refused and not clickers.log.unknown
    assert site.store_pid() == store
    fleet.take_over(site).wait()
    account(site, clickers.log)


NONSENSE = {
    "a stranger's words": (b"GET / HTTP/1.1\r\n\r\n", 0),
    "nothing in a packet": (HEAD, 0),
    "a packet that is too large": (HEAD + b"\1" + b"x" * 600, 0),
    "a kind that there is none of": (HEAD + b"\x63", 0),
    "something out of turn": (HEAD + bytes([SERVING]), 0),
    "what only the other side says": (HEAD + bytes([HANDOVER]) + b"\1", 1),
    "descriptors that nobody asked for": (HEAD + bytes([HELLO]), 64),
    "more descriptors than there is room for": (HEAD + bytes([HELLO]), 200),
}


@pytest.mark.parametrize("step", ["at first", "when it has the sockets", "when it has the lock"])
def test_nonsense(site, fleet, step):  # noqa: F811
    old = fleet.now
    descriptors = lambda: len(os.listdir(f"/proc/{old.process.pid}/fd"))  # noqa: E731
    wait_for(lambda: site.metric("jalond_connections_open") <= 1, "one connection, that asks")
    before, failures = descriptors(), 0
    for name, (data, fd_count) in NONSENSE.items():
        with Successor(site) as successor, open("/dev/null") as nothing:
            if step != "at first":
                successor.ask()
                failures += 1
            if step == "when it has the lock":
                successor.claim()
            if step == "when it has the lock" and name == "something out of turn":
                data = HEAD + bytes([READY]) + b"\1"
            socket.send_fds(successor.socket, [data], [nothing.fileno()] * fd_count)
            assert successor.hear()[0] == REFUSED, name
            assert successor.hear()[0] is None, name
        gone_on(site, old, failures)
    wait_for(lambda: descriptors() <= before + 1, "all descriptors to be closed")
    fleet.take_over(site).wait()


def test_another_version(site):
    with Successor(site) as successor:
        successor.say(HELLO, head=b"JLTK\x02")
        assert b"version" in successor.expect(REFUSED)


def test_says_nothing(site, fleet):  # noqa: F811
    """Whoever only connects is sent away, so that the next one has its turn."""
    with Successor(site) as successor:
        assert successor.expect(REFUSED)
    fleet.take_over(site).wait()


def test_has_the_lock_and_hangs(site, fleet):  # noqa: F811
    """Connections wait until the old one has had enough, and are answered then."""
    old = fleet.now
    with Clickers(site) as clickers, Successor(site) as successor:
        clickers.wait_more(20)
        successor.ask().claim()
        gone_on(site, old)
        clickers.wait_more(20)
        with contextlib.suppress(BrokenPipeError):
            successor.say(SERVING)  # too late
        assert successor.hear()[0] == REFUSED
    flawless(clickers.log)
    account(site, clickers.log)
    fleet.take_over(site).wait()


def test_two_at_once(site, fleet):  # noqa: F811
    with Successor(site) as first:
        first.ask()
        refused(site, "another takeover is under way")
        with Successor(site) as second:
            assert b"under way" in second.expect(REFUSED)
        first.say(READY, b"\0")  # and is heard on
        first.expect(HANDOVER)
    gone_on(site, fleet.now)
    fleet.take_over(site).wait()


def test_the_lock_is_never_free(site, fleet):  # noqa: F811
    """Not while two have it, and not when one of the two is gone."""
    def is_locked():
        done = fleet.spawn(site)
        done.wait(expect=1)
        return done.says("another jalond runs")

    with Successor(site) as successor:
        successor.ask().claim()
        assert is_locked()
    assert is_locked()
    with Successor(site) as successor:
        successor.ask().claim().say(SERVING)
        successor.hear()
        fleet.now.wait()
        assert is_locked()
    fleet.start(site)


def test_the_old_one_dies(site, fleet):  # noqa: F811
    """Before the lock is handed over: the new one takes it from the dead, and the sockets that it has go on."""
    old = fleet.now
    with Clickers(site, manners=("new", "new")) as clickers:
        clickers.wait_more(20)
        new = fleet.spawn(site, "--takeover")
        old.wait_until_says("is about to take over")
        old.kill()
        new.wait_until_says(" is up on ")
        fleet.now = new
        clickers.wait_more(20)
    assert not clickers.log.refused
    account(site, clickers.log)


def test_told_to_end_with_one_that_hangs(site, fleet):  # noqa: F811
    """It ends when that one has gone, be it by failing."""
    old = fleet.now
    with Successor(site) as successor:
        successor.ask()
        old.signal(signal.SIGTERM)
        assert site.request("GET", "/healthz").status == 200
    old.wait()
    assert not pathlib.Path(site.folder, "jalond.sock").exists()
