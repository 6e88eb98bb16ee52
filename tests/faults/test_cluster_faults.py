"""A Redis Cluster of three primaries and three replicas fails over, is failed over by hand, loses a primary's tail to a replica that
lags, and moves the slots of partitions with their keys, all under load: each click is counted once, each order that got its 2xx
is there."""
import pytest

from accounts import account
from clickers import Clickers
from programs import times, wait_for
from redis_cluster import RedisCluster
from shops import Shop, account_orders

MANNERS = ("kept", "new", "pipelined")  # six servers need the machine, too
SETTINGS = {"JALON_SERVER_WORKERS": "2"}


@pytest.fixture
def cluster():
    made = RedisCluster()
    yield made
    made.remove()


@pytest.fixture
def site(make_site, cluster):
    made = make_site(server=cluster, settings=SETTINGS)
    made.add_token()
    made.start()
    return made


def positions_key(partition):
    return f"jalon:{{p{partition:02}}}:positions"


def partitions_with_links(cluster):
    return [number for number in range(16)
            if cluster.primary_of(positions_key(number)).say("EXISTS", f"jalon:{{p{number:02}}}:links")]


def applied(node, partition):
    """How far a node has a partition, over all journals."""
    with node.client() as client:
        client.execute_command("READONLY")  # or a replica answers MOVED
        return sum(int(offset) for offset in client.hvals(positions_key(partition)))


def wait_applied(cluster, clickers):
    """Until something that is clicked from now on is in the store."""
    before = {number: applied(cluster.primary_of(positions_key(number)), number) for number in range(16)}
    clickers.wait_more(50)
    wait_for(lambda: all(applied(cluster.primary_of(positions_key(number)), number) > position
                         for number, position in before.items()), "every partition to move on")


def check(site, clickers, shop):
    account(site, clickers.log)
    account_orders(site, shop)
    assert site.metric("jalond_journal_gaps_total") == 0


def test_primaries_die(site, cluster):
    with Shop(site) as shop, Clickers(site, manners=MANNERS) as clickers:
        for number in range(times(1, 9)):
            clickers.wait_more(200)
            primary = cluster.primaries()[number % 3]
            cluster.fail_over(primary)
            clickers.wait_more(100)
            cluster.restart(primary)
            cluster.wait_ok()
        wait_applied(cluster, clickers)
        taken = len(shop.taken)
        wait_for(lambda: len(shop.taken) > taken, "an order to be taken")
    check(site, clickers, shop)


def test_handed_over(site, cluster):
    """CLUSTER FAILOVER: the old primary agrees, and lives on as a replica."""
    with Shop(site) as shop, Clickers(site, manners=MANNERS) as clickers:
        for number in range(times(3, 12)):
            clickers.wait_more(100)
            cluster.hand_over(cluster.replica_of(cluster.primaries()[number % 3]))
        wait_applied(cluster, clickers)
    check(site, clickers, shop)


def test_lagging_replica_takes_over(site, cluster):
    """CLUSTER FAILOVER TAKEOVER by a replica that has heard nothing for a while: the primary's tail is lost."""
    lost = 0
    with Shop(site) as shop, Clickers(site, manners=MANNERS) as clickers:
        for number in range(times(1, 6)):
            clickers.wait_more(100)
            partition = partitions_with_links(cluster)[number % 3]
            primary = cluster.primary_of(positions_key(partition))
            replica = cluster.replica_of(primary)
            cluster.cut_off(replica)
            wait_applied(cluster, clickers)
            tail = applied(primary, partition)
            cluster.hand_over(replica, "TAKEOVER")
            cluster.heal()
            wait_applied(cluster, clickers)
            lost += tail
    print(f"{lost} bytes of positions stood on primaries that were replaced by older ones")
    check(site, clickers, shop)


def test_lagging_replica_of_a_dead_primary(site, cluster):
    """The primary dies, and the replica that the others elect has not its tail."""
    with Shop(site) as shop, Clickers(site, manners=MANNERS) as clickers:
        for _ in range(times(1, 4)):
            clickers.wait_more(100)
            partition = partitions_with_links(cluster)[0]
            primary = cluster.primary_of(positions_key(partition))
            replica = cluster.replica_of(primary)
            cluster.cut_off(replica)
            behind = applied(replica, partition)
            wait_applied(cluster, clickers)
            assert applied(primary, partition) > behind
            cluster.fail_over(primary)
            cluster.heal()
            wait_applied(cluster, clickers)
    check(site, clickers, shop)


def test_slots_move(site, cluster):
    """Every slot of a partition with links moves on to the next primary, with its keys, while there are clicks on them."""
    with Shop(site) as shop, Clickers(site, manners=MANNERS) as clickers:
        for _ in range(times(1, 3)):
            for partition in partitions_with_links(cluster):
                slot = cluster.slot_of(positions_key(partition))
                primaries = cluster.primaries()
                source = cluster.primary_of(slot)
                target = primaries[(primaries.index(source) + 1) % len(primaries)]
                cluster.migrate(slot, target, between=lambda: clickers.wait_more(20))
                assert cluster.primary_of(slot) is target
        wait_applied(cluster, clickers)
    check(site, clickers, shop)
