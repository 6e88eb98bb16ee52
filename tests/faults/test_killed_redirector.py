"""jalond dies by SIGKILL, again and again, at any moment of its life, and is started again on its folder."""
import subprocess
import time

import pytest

from accounts import account, metrics
from clickers import Clickers
from programs import BUILD, dying_with_us, times, wait_for


def start_and_kill(site, rng):
    """A start that is killed somewhere on its way, or just after it."""
    process = subprocess.Popen(dying_with_us("TERM", str(BUILD / "jalond")), env=site.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=rng.uniform(0, 0.15))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return
    assert process.returncode == 0, "it ended by itself"


@pytest.mark.parametrize("store", ["embedded", "a server"])
def test_killed_again_and_again(make_site, redis_server, rng, store):
    site = make_site(server=redis_server if store == "a server" else None)
    site.start()
    kills = times(10, 100)
    with Clickers(site) as clickers:
        clickers.wait_more(50)
        for number in range(kills):
            time.sleep(rng.uniform(0, 0.6))  # the moment is the point, not an event
            site.kill()
            if number % 5 == 4:
                start_and_kill(site, rng)
            site.start(ready=False)
            if number % 10 == 9:  # each process lives a little, or nothing would be shipped in between
                clickers.wait_more(50)
        clickers.wait_more(50)
    print(f"{kills} kills")
    account(site, clickers.log)


def test_killed_with_every_click_synced(make_site, redis_server, rng):
    """journal.sync = always: answers wait for the disk; those that were waiting are in flight."""
    site = make_site(server=redis_server, settings={"JALON_JOURNAL_SYNC": "always"})
    site.start()
    with Clickers(site) as clickers:
        for _ in range(times(3, 20)):
            clickers.wait_more(20)
            time.sleep(rng.uniform(0, 0.3))
            site.kill()
            site.start(ready=False)
        clickers.wait_more(20)
    account(site, clickers.log)


@pytest.mark.parametrize("comes_back", ["before the next start", "after it"])
def test_killed_with_clicks_that_were_not_shipped(make_site, redis_server, comes_back):
    """What it left in its journal is shipped by the next run on the folder."""
    site = make_site(server=redis_server)
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(100)
        redis_server.kill()
        wait_for(lambda: metrics(site)["jalond_store_connections"] == 0, "the loss to be noticed")
        clickers.wait_more(100)
    site.kill()
    if comes_back == "before the next start":
        redis_server.start()
        exported = {row["click_id"] for row in site.exported_clicks()}
        assert {click.click_id for click in clickers.log.received} - exported, "nothing was left"
        site.start()
    else:
        site.start(ready=False)
        redis_server.start()
    account(site, clickers.log)
