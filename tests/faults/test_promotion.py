"""A replica that lags is promoted, and the tail of the old primary is lost: the store's positions go back, clicks are shipped
again from the journal, each once; orders that got their 2xx are replayed from the redo log."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

import pytest
import redis

from accounts import account
from clickers import Clickers
from forwarder import Forwarder
from programs import IS_LONG, RedisServer, dying_with_us, free_port, times, wait_for
from shops import Shop, account_orders

SETTINGS = {"JALON_SERVER_WORKERS": "2"}


def applied(server):
    """The sum of the store's positions: it grows with every batch."""
    client = server.client()
    return sum(int(offset) for key in client.scan_iter("jalon:{p*}:positions") for offset in client.hvals(key))


def is_in_sync(primary, replica):
    state = replica.client().info("replication")
    return (state.get("master_link_status") == "up"
            and state["master_repl_offset"] == primary.client().info("replication")["master_repl_offset"])


class Pair:
    """A primary and a replica of it, a wire between them that can be held, and the address that jalond is told."""

    def __init__(self):
        self.primary, self.replica = RedisServer(), RedisServer()
        self.address = Forwarder(self.primary.port)
        self.follow()

    def follow(self):
        """The replica copies the primary, over a wire of its own."""
        self.wire = Forwarder(self.primary.port)
        self.replica.client().replicaof("127.0.0.1", self.wire.port)
        wait_for(lambda: self.replica.client().info("replication")["master_link_status"] == "up",
                 "the replica to have copied all")

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.address.port}/0"

    def promote(self):
        """The primary dies with what the wire holds, and the address moves to the replica."""
        self.primary.kill()
        self.wire.remove()
        self.replica.client().replicaof("NO", "ONE")
        self.address.move(self.replica.port)

    def swap(self):
        """The old primary comes back as the replica of the new one."""
        self.primary, self.replica = self.replica, self.primary
        self.replica.start()
        self.follow()

    def remove(self):
        for thing in (self.wire, self.address, self.primary, self.replica):
            thing.remove()


@pytest.fixture
def pair():
    made = Pair()
    yield made
    made.remove()


def test_lagging_replica(pair, make_site):
    site = make_site(server=pair, settings=SETTINGS)
    site.add_token()
    wait_for(lambda: is_in_sync(pair.primary, pair.replica), "the replica to have it, too")
    site.start()
    lost = 0
    with Shop(site) as shop, Clickers(site) as clickers:
        for _ in range(times(2, 10)):
            clickers.wait_more(200)
            pair.wire.hold()
            behind, taken = applied(pair.replica), len(shop.taken)
            clickers.wait_more(300)
            wait_for(lambda: applied(pair.primary) > behind + 10000 and len(shop.taken) > taken + 5,
                     "a tail that the replica has not")
            assert applied(pair.replica) == behind
            lost += applied(pair.primary) - behind
            pair.promote()
            clickers.wait_more(200)
            wait_for(lambda: site.metric("jalond_store_connections") == 2, "both workers to be back")
            pair.swap()
    print(f"{lost} bytes of journal were lost with the primaries")
    account(site, clickers.log)
    account_orders(site, shop)
    assert site.metric("jalond_journal_gaps_total") == 0


def test_promoted_while_the_old_primary_lives(pair, make_site):
    """The address moves to the replica, which was cut off for a while, and the old primary lives on, with nobody."""
    site = make_site(server=pair, settings=SETTINGS)
    site.add_token()
    wait_for(lambda: is_in_sync(pair.primary, pair.replica), "the replica to have it, too")
    site.start()
    with Shop(site) as shop, Clickers(site) as clickers:
        clickers.wait_more(200)
        pair.replica.client().replicaof("NO", "ONE")
        clickers.wait_more(300)
        pair.address.move(pair.replica.port)
        clickers.wait_more(300)
        pair.address.move(pair.primary.port)  # and back, to one that has an older end of it
        clickers.wait_more(300)
    account(site, clickers.log)
    account_orders(site, shop)


class Sentinel:
    """One that watches a pair's primary, and promotes alone."""

    def __init__(self, pair):
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="sentinel-", dir="/tmp")
        path = pathlib.Path(self.folder, "sentinel.conf")
        path.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
                        f"sentinel monitor jalon 127.0.0.1 {pair.primary.port} 1\n"
                        "sentinel down-after-milliseconds jalon 1000\nsentinel failover-timeout jalon 5000\n")
        self.process = subprocess.Popen(dying_with_us("KILL", "redis-server", str(path), "--sentinel"),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.client = redis.Redis(port=self.port, decode_responses=True)
        wait_for(self._knows_replica, "the sentinel to know the replica")

    def _knows_replica(self):
        with contextlib.suppress(redis.exceptions.RedisError):
            return self.client.sentinel_slaves("jalon")

    def primary_port(self):
        return int(self.client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "jalon")[1])

    def remove(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


@pytest.mark.skipif(not IS_LONG, reason="FAULTS=long")
def test_sentinel(pair, make_site):
    """Redis Sentinel promotes the lagging replica, and the address follows what it says, as an operator's script has it."""
    site = make_site(server=pair, settings=SETTINGS)
    site.add_token()
    wait_for(lambda: is_in_sync(pair.primary, pair.replica), "the replica to have it, too")
    site.start()
    with contextlib.ExitStack() as made:
        sentinel = Sentinel(pair)
        made.callback(sentinel.remove)
        with Shop(site) as shop, Clickers(site) as clickers:
            clickers.wait_more(300)
            pair.wire.hold()
            behind = applied(pair.replica)
            clickers.wait_more(300)
            wait_for(lambda: applied(pair.primary) > behind + 10000, "a tail that the replica has not")
            pair.primary.kill()
            pair.wire.cut()
            wait_for(lambda: sentinel.primary_port() == pair.replica.port, "the sentinel to promote the replica")
            wait_for(lambda: pair.replica.client().info("replication")["role"] == "master", "its promotion")
            pair.address.move(pair.replica.port)
            clickers.wait_more(300)
            taken = len(shop.taken)
            wait_for(lambda: len(shop.taken) > taken, "an order to be taken")
    account(site, clickers.log)
    account_orders(site, shop)
