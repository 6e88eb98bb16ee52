"""The store dies by SIGKILL and comes back older than what it had acknowledged: its append-only file lost a tail."""
import math
import os
import pathlib
import shutil
import signal
import time

import pytest
import redis

from accounts import account, is_shipped, metrics
from append_only_file import cut_tail, has_transaction, last_increment, tear_transaction
from clickers import Clickers
from programs import times, wait_for


def wait_taken(site, store):
    """Until the store, whose client that is, takes clicks again, which it does once its append-only file was rewritten
    (functions.c): one that dies a second time before that is more than can be mended."""
    def is_rewritten():
        try:
            return store.info("persistence")["aof_last_rewrite_time_sec"] >= 0
        except redis.exceptions.RedisError:  # it is just starting
            return False

    def shipped():
        try:
            return metrics(site)["jalond_shipped_clicks_total"]
        except (KeyError, OSError):  # jalond is just starting
            return None

    wait_for(is_rewritten, "the append-only file to be rewritten")
    wait_for(lambda: shipped() is not None, "jalond")
    before = shipped()
    wait_for(lambda: shipped() > before, "the store to take clicks")


def embedded(site):
    return redis.Redis(unix_socket_path=site.folder + "/store/redis.sock")


def note(cuts):
    print(f"{len(cuts)} kills, tails of {min(cuts)} to {max(cuts)} bytes lost")


def test_killed_server_comes_back_older(make_site, redis_server, rng):
    """Redirects go on meanwhile. Now and then jalond is killed while the store is away."""
    site = make_site(server=redis_server)
    site.start()
    cuts = []
    with Clickers(site) as clickers:
        for number in range(times(4, 20)):
            clickers.wait_more(100)
            time.sleep(rng.uniform(0, times(0.3, 2)))  # the moment is the point, not an event
            redis_server.kill()
            cuts.append(cut_tail(redis_server.folder, rng))
            if number % 3 == 2:
                site.kill()
                site.start(ready=False)
            else:
                clickers.wait_more(50)
            redis_server.start()
            wait_taken(site, redis_server.client())
        clickers.wait_more(100)
    note(cuts)
    account(site, clickers.log)


def test_killed_server_under_one_process(make_site, redis_server, rng):
    """Nothing is in flight when only the store dies: what is answered is counted, and nothing else."""
    site = make_site(server=redis_server)
    site.start()
    cuts = []
    with Clickers(site) as clickers:
        for _ in range(times(3, 20)):
            clickers.wait_more(100)
            redis_server.kill()
            cuts.append(cut_tail(redis_server.folder, rng))
            clickers.wait_more(50)
            redis_server.start()
            wait_taken(site, redis_server.client())
        clickers.wait_more(100)
    note(cuts)
    assert not clickers.log.unknown and not clickers.log.refused
    assert set(clickers.log.statuses) <= {503}  # a link that no worker knew yet, while the store was away
    account(site, clickers.log, is_one_run=True)


def test_half_a_transaction_is_not_carried_out_later(make_site, redis_server, rng):
    """A server started from a file that ends in the middle of one leaves its beginning there, and would carry that out
    when it is started once more."""
    site = make_site(server=redis_server)
    site.start()
    with Clickers(site) as clickers:
        for _ in range(times(2, 20)):
            clickers.wait_more(50)
            wait_taken(site, redis_server.client())
            wait_for(lambda: has_transaction(redis_server.folder), "a transaction in the file")
            redis_server.kill()
            tear_transaction(redis_server.folder, rng)
            redis_server.start()
            wait_taken(site, redis_server.client())
            redis_server.kill()
            redis_server.start()
            wait_taken(site, redis_server.client())
    account(site, clickers.log, is_one_run=True)


def kill_embedded(site, rng):
    """While jalond is stopped, so that it does not start another before the tail is cut."""
    pid = site.store_pid()
    site.process.send_signal(signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: pid not in site.store_pids(), "the store to be gone")
        cut = cut_tail(pathlib.Path(site.folder, "store"), rng)
    finally:
        site.process.send_signal(signal.SIGCONT)
    wait_for(lambda: site.store_pid() not in (None, pid), "another store")
    return cut


@pytest.mark.parametrize("dies", ["the store", "both"])
def test_killed_embedded_store_comes_back_older(make_site, rng, dies):
    site = make_site()
    site.start()
    cuts = []
    with Clickers(site) as clickers:
        for _ in range(times(4, 20)):
            clickers.wait_more(100)
            time.sleep(rng.uniform(0, times(0.2, 1.5)))
            if dies == "the store":
                cuts.append(kill_embedded(site, rng))
            else:
                site.kill()
                site.end_store()
                cuts.append(cut_tail(pathlib.Path(site.folder, "store"), rng))
                site.start(ready=False)
            wait_taken(site, embedded(site))
        clickers.wait_more(100)
    note(cuts)
    account(site, clickers.log, is_one_run=dies == "the store")


def test_a_link_that_the_store_has_lost_is_not_unknown(make_site, redis_server):
    """Until it was put back from the redo log, whoever asks for it waits, or is told to come again: never 404."""
    site = make_site(server=redis_server)
    site.start()
    for _ in range(times(3, 20)):
        path = site.add_link()  # no worker knows it
        redis_server.kill()
        part = last_increment(redis_server.folder)
        os.truncate(part, 0)
        redis_server.start()
        statuses = []
        wait_for(lambda: statuses.append(site.click(path).status) or statuses[-1] == 302, "the link")
        assert set(statuses[:-1]) <= {503}
    assert site.click("/no-such-slug").status == 404


def test_a_store_that_comes_back_empty_is_filled_again(make_site, redis_server):
    """All of the append-only file is gone: set-up from the redo log, clicks from the journal."""
    site = make_site(server=redis_server)
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(200)
        wait_for(lambda: metrics(site)["jalond_shipped_clicks_total"] >= 200, "clicks in the store")
        redis_server.kill()
        for part in pathlib.Path(redis_server.folder, "appendonlydir").iterdir():
            part.unlink()
        redis_server.start()
        clickers.wait_more(100)
    account(site, clickers.log, is_one_run=True)


def test_a_store_that_was_away_for_longer_than_clicks_are_kept(make_site, redis_server):
    """It comes back without them: the time for which the journal keeps what was shipped stood still meanwhile."""
    site = make_site(server=redis_server, settings={"JALON_JOURNAL_SEGMENT_SIZE": "64K"})
    site.start()
    redis_server.kill()
    older = redis_server.folder + ".older"
    shutil.copytree(redis_server.folder, older, ignore=shutil.ignore_patterns("*.sock"))
    try:
        redis_server.start()
        start = time.monotonic()
        with Clickers(site) as clickers:
            clickers.wait_more(times(3000, 20000))
        wait_for(lambda: is_shipped(site), "several segments to be in the store")
        redis_server.kill()
        keep_s = math.ceil(time.monotonic() - start) + 1  # the first click is not that old yet
        shutil.rmtree(redis_server.folder)
        shutil.move(older, redis_server.folder)
    finally:
        shutil.rmtree(older, ignore_errors=True)
    wait_for(lambda: metrics(site)["jalond_store_connections"] == 0, "the loss to be noticed")
    with open(site.folder + "/jalond.conf", "a") as settings:
        settings.write(f"\n[journal]\nkeep = {keep_s}s\n")
    site.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "reloaded" in site.log_text(), "the setting to be taken")
    time.sleep(keep_s + 1)  # journal.keep passes: nothing is to happen
    redis_server.start()
    account(site, clickers.log, is_one_run=True)
    assert metrics(site)["jalond_journal_gaps_total"] == 0
