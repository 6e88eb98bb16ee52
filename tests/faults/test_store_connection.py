"""The way to the store fails: it hangs, is reset in mid-batch, replies are cut in half, stalled or late."""
import signal
import time

import pytest

from accounts import account, metrics
from clickers import Clickers
from fault_proxy import FAULTS, FaultProxy
from programs import LIMIT_S, times, wait_for


@pytest.fixture
def proxied(make_site, redis_server, rng):
    """A site whose jalond reaches the store through a proxy, and that proxy. Commands go straight to the store."""
    proxy = FaultProxy(redis_server.port, rng)
    site = make_site(server=redis_server)
    site.start(settings={"JALON_STORE_REDIS": proxy.url})
    site.environment["JALON_STORE_REDIS"] = redis_server.url
    yield site, proxy
    proxy.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_by_itself(proxied, fault):
    site, proxy = proxied
    proxy.faults, proxy.chance = (fault,), 0.05
    with Clickers(site) as clickers:
        wait_for(lambda: proxy.met[fault] >= times(5, 60), f"the fault {fault}, several times",
                 limit_s=times(LIMIT_S, 900))
        proxy.chance = 0.0
        clickers.wait_more(50)
    assert not clickers.log.unknown and not clickers.log.refused
    account(site, clickers.log, is_one_run=True)


def test_all_faults_at_random(proxied):
    """While clicks pile up that then go in large batches; among resets of all connections at once, and jalond killed."""
    site, proxy = proxied
    with Clickers(site) as clickers:
        for number in range(times(5, 60)):
            proxy.faults, proxy.chance = ("reset",), 1.0  # nothing passes
            clickers.wait_more(100)
            proxy.faults, proxy.chance = FAULTS, 0.2
            clickers.wait_more(100)
            proxy.reset_all()
            if number % 5 == 4:
                site.kill()
                site.start(ready=False, settings={"JALON_STORE_REDIS": proxy.url})
                clickers.wait_more(100)  # it has to learn the links before the store is out of reach again
        proxy.chance = 0.0
        clickers.wait_more(50)
    site.environment["JALON_STORE_REDIS"] = f"redis://127.0.0.1:{proxy.port}/0"
    print(dict(proxy.met))
    account(site, clickers.log)


def test_store_that_hangs(make_site, redis_server):
    """It neither answers nor closes: it is given up for a while; late answers and late batches change nothing."""
    site = make_site(server=redis_server)
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(200)
        redis_server.process.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            wait_for(lambda: metrics(site)["jalond_store_connections"] == 0, "the store to be given up")
            clickers.wait_more(100)
            time.sleep(max(0, times(4, 30) - (time.monotonic() - began)))  # as long as it is to hang
        finally:
            redis_server.process.send_signal(signal.SIGCONT)
        clickers.wait_more(100)
    assert not clickers.log.unknown and not clickers.log.refused
    account(site, clickers.log, is_one_run=True)


def test_connections_closed_by_the_store(make_site, redis_server):
    site = make_site(server=redis_server)
    site.start()
    client = redis_server.client()
    with Clickers(site) as clickers:
        for _ in range(times(10, 100)):
            clickers.wait_more(30)
            client.client_kill_filter(_type="normal", skipme=True)
            client.client_kill_filter(_type="pubsub")
        clickers.wait_more(30)
    assert not clickers.log.unknown and not clickers.log.refused
    account(site, clickers.log, is_one_run=True)
