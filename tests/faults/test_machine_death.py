"""The machine dies: what of the data folder was not synced is gone, Redis (on another machine) keeps what it has. Only clicks
within the promise of `journal.sync` may be missing, and nothing new is skipped or refused afterwards, though the
store's positions lie beyond the ends of journals; the number of workers is another after each death."""
import contextlib
import itertools
import time

import pytest

from accounts import account, settled_export
from clickers import Clickers, Log, add_links
from power_loss import Machine
from programs import times, wait_for
from shops import Shop, account_orders
from stores import come_back_empty

SLACK_S = 2  # the sync itself and a busy machine, beside journal.sync's second


@pytest.fixture
def on_machine():  # asked for before a site, so that it outlives it
    with contextlib.ExitStack() as made:
        def make(site):
            machine = Machine(site)
            made.callback(machine.remove)
            return machine

        yield make


def is_covered(sync, click, death):
    """May this click, that the store does not have, be missing? It was answered before the death that ended its run, and
    read by its client a moment later, perhaps."""
    return sync == "none" or sync == "interval" and death - click.at <= 1 + SLACK_S


def account_for_deaths(site, runs, sync):
    """As account(), but for clicks that the promise does not cover; how many those are. runs: the log of each, and when
    the machine died, or None."""
    there = {row["click_id"] for row in settled_export(site)}
    missing = [(click, death) for log, death in runs for click in log.received if click.click_id not in there]
    broken = [click for click, death in missing if death is None or not is_covered(sync, click, death)]
    print(f"sync = {sync}: {len(missing)} missing, {len(broken)} of them against the promise")
    assert not broken, broken[:3]
    log = Log()
    for of_run, _ in runs:
        log.add(of_run)
    log.received = [click for click in log.received if click.click_id in there]
    account(site, log)
    return len(missing)


@pytest.mark.parametrize("store", ["keeps what it has", "was away"])
@pytest.mark.parametrize("sync", ["always", "interval", "none"])
def test_deaths(on_machine, make_site, redis_server, rng, sync, store):
    site = make_site(server=redis_server, settings={"JALON_JOURNAL_SYNC": sync,
                                                    "JALON_JOURNAL_SEGMENT_SIZE": "256K"})
    site.add_token()
    machine, runs = on_machine(site), []
    workers = itertools.cycle("132")
    for _ in range(times(3, 12)):
        site.start(settings={"JALON_SERVER_WORKERS": next(workers)})
        with Clickers(site) as clickers:
            clickers.wait_more(rng.randrange(100, 400))
            if store == "was away":
                redis_server.kill()
                away = time.time()
                clickers.wait_more(rng.randrange(300, 600))
                if sync == "interval":  # for so long that most of it has to be there
                    wait_for(lambda: time.time() > away + 2 * (1 + SLACK_S), "several intervals to be over")
            death = machine.die()
        runs.append((clickers.log, death))
        if store == "was away":
            redis_server.start()
    site.start(settings={"JALON_SERVER_WORKERS": next(workers)})
    with Clickers(site) as clickers:
        clickers.wait_more(200)
    runs.append((clickers.log, None))
    missing = account_for_deaths(site, runs, sync)
    if sync == "none" and store == "was away":
        assert missing > 0  # there was something to lose, and it is what was lost


def test_a_death_in_the_first_run(on_machine, make_installation, redis_server):
    """Not even the folder of journals was there before: its name is to be as durable as what is in it."""
    site = make_installation(settings={"JALON_STORE_REDIS": redis_server.url, "JALON_JOURNAL_SYNC": "always"})
    site.links = add_links(site)
    machine = on_machine(site)
    site.start()
    for link in site.links:
        site.teach(link.path)
    redis_server.kill()
    with Clickers(site) as clickers:
        clickers.wait_more(200)
        death = machine.die()
    redis_server.start()
    site.start()
    assert account_for_deaths(site, [(clickers.log, death)], "always") == 0


def test_orders_and_an_empty_store(on_machine, make_site, redis_server, rng):
    """What was sold and set up is in a log that is synced before the 2xx: a new store gets all of it, after deaths too."""
    site = make_site(server=redis_server)
    site.add_token()
    machine = on_machine(site)
    site.start()
    with Shop(site) as shop:
        for number in range(times(3, 20)):
            goal = len(shop.taken) + rng.randrange(10, 40)
            wait_for(lambda: len(shop.taken) >= goal, "orders to be taken")
            site.add_link("tom", channel=f"video {number}")
            machine.die()
            if number % 2 == 0:
                come_back_empty(redis_server)
            site.start()
        goal = len(shop.taken)
        wait_for(lambda: len(shop.taken) > goal, "one more order")
    account_orders(site, shop)
    links = site.jalon_json("link", "list", "--campaign", "spring-trail")
    channels = {row["channel"] for row in links}
    assert channels >= {f"video {number}" for number in range(times(3, 20))}
