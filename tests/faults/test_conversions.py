"""A conversion's 2xx is durable and a retried order is counted once, whatever is killed in between."""
import os
import pathlib
import shutil
import time

import pytest

from accounts import account
from append_only_file import cut_tail, last_increment
from clickers import Clickers
from orders import Orderers, account_orders
from programs import times, wait_for
from test_killed_store import kill_embedded, wait_taken


@pytest.mark.parametrize("store", ["embedded", "a server"])
def test_killed_redirector(make_site, redis_server, rng, store):
    site = make_site(server=redis_server if store == "a server" else None)
    site.start()
    site.add_token()
    with Orderers(site) as orderers:
        for _ in range(times(5, 100)):
            orderers.wait_more(10)
            time.sleep(rng.uniform(0, 0.2))  # the moment is the point, not an event
            site.kill()
            site.start(ready=False)
        orderers.wait_more(10)
    account_orders(site, orderers.ledger)


def test_killed_server_comes_back_older(make_site, redis_server, rng):
    """Among clicks; jalond is killed with it now and then."""
    site = make_site(server=redis_server)
    site.start()
    site.add_token()
    cuts = []
    with Clickers(site, manners=("kept", "new")) as clickers, Orderers(site) as orderers:
        for number in range(times(4, 20)):
            orderers.wait_more(10)
            clickers.wait_more(50)
            time.sleep(rng.uniform(0, times(0.3, 2)))
            redis_server.kill()
            cuts.append(cut_tail(redis_server.folder, rng))
            if number % 2:
                site.kill()
                site.start(ready=False)
            redis_server.start()
            wait_taken(site, redis_server.client())
        orderers.wait_more(10)
    print(f"{len(cuts)} kills, tails of {min(cuts)} to {max(cuts)} bytes lost")
    account_orders(site, orderers.ledger)
    account(site, clickers.log)


def test_killed_embedded_store_comes_back_older(make_site, rng):
    site = make_site()
    site.start()
    site.add_token()
    cuts = []
    with Orderers(site) as orderers:
        for number in range(times(4, 20)):
            orderers.wait_more(10)
            time.sleep(rng.uniform(0, times(0.3, 2)))
            if number % 2:
                cuts.append(kill_embedded(site, rng))
            else:
                site.kill()
                site.end_store()
                cuts.append(cut_tail(pathlib.Path(site.folder, "store"), rng))
                site.start(ready=False)
        orderers.wait_more(10)
    print(f"{len(cuts)} kills, tails of {min(cuts)} to {max(cuts)} bytes lost")
    account_orders(site, orderers.ledger)


@pytest.mark.parametrize("again", ["order", "refund"])
def test_who_answers_a_repeated_order_keeps_it(make_site, make_installation, redis_server, again):
    """It was recorded by another redirector, or by a run that was killed before it was synced here; then the store
    comes back without it, and the other one is gone."""
    first = make_site(server=redis_server)
    first.start()
    other = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    shutil.copy(pathlib.Path(first.folder, "keys"), pathlib.Path(other.folder, "keys"))
    pathlib.Path(other.folder, "keys.known").unlink(missing_ok=True)
    other.start()
    first.add_token()
    other.token = first.token
    body = {"campaign": "spring-trail", "order_id": "1", "type": "sale", "amount": "49.90", "currency": "EUR"}
    refund = {"campaign": "spring-trail", "refund_id": "r", "amount": "9.90"}
    paths = {"order": ("/v1/conversions", body), "refund": ("/v1/conversions/1/refunds", refund)}
    wait_for(lambda: redis_server.client().info("persistence")["aof_last_rewrite_time_sec"] >= 0,
             "the file to stay the same one")
    before = last_increment(redis_server.folder).stat().st_size
    assert first.api("POST", "/v1/conversions", body).status == 201
    assert first.api("POST", "/v1/conversions/1/refunds", refund).status == 201
    assert other.api("POST", *paths[again]).status == 200
    first.kill()
    redis_server.kill()
    os.truncate(last_increment(redis_server.folder), before)
    redis_server.start()
    listed = other.jalon_json("conversion", "list", "--campaign", "spring-trail")
    assert [(row["order_id"], row["refunded"]) for row in listed] == [("1", "9.90")]
