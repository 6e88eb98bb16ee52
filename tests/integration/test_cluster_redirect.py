"""jalond on a Redis Cluster: it redirects, counts each click once and hears changes, through failovers and migrations. tests/faults
has the long runs."""
import time

import pytest

from clients import Clients, check
from conftest import wait_for
from redis_cluster import RedisCluster
from test_redirect import every_worker, within_a_second

CREATORS = ("marie", "tom")
CHANNELS = ("bio", "story", "post", "video", "newsletter", "live", "mail", "shop")
PARTITIONS = [f"p{number:02}" for number in range(16)]
SHARED = "jalon:{s}:campaigns"


def links_key(partition):
    return f"jalon:{{{partition}}}:links"


@pytest.fixture
def make_cluster():
    made = []

    def make(**options):
        made.append(RedisCluster(**options))
        return made[-1]

    yield make
    for cluster in made:
        cluster.remove()


@pytest.fixture
def cluster(make_cluster):
    return make_cluster()


def install(make_installation, cluster):
    """A jalond on the cluster, with links in many partitions."""
    made = make_installation(settings={"JALON_STORE_REDIS": cluster.url})
    made.add_campaign(duplicate_window="0s", creators=CREATORS)
    made.paths = [made.add_link(creator=creator, channel=channel)
                  for creator in CREATORS for channel in CHANNELS]
    made.add_token()
    made.start()
    wait_whole(made)
    return made


@pytest.fixture
def made(make_installation, cluster):
    return install(make_installation, cluster)


@pytest.fixture
def click():
    """Clients on an installation, which end with the test, however it ends."""
    started = []

    def start(made, paths=None):
        started.append(Clients(made, paths or made.paths))
        return started[-1]

    yield start
    for clients in started:
        clients.stop()


def wait_clicks(clients, count=100):
    goal = clients.count() + count
    wait_for(lambda: clients.count() >= goal, f"{count} more clicks")


def wait_whole(made):
    wait_for(lambda: made.metric("jalond_store_connections") == 2,
             "both workers to reach all of the store")


def partition_of(cluster, path):
    """The partition that has the link of that path."""
    code = f'"code":"{path[1:]}"'.encode()
    return next(partition for partition in PARTITIONS
                if any(code in record for record in cluster.primary_of(links_key(partition)).say(
                    "HVALS", links_key(partition))))


def test_redirects_and_counts(made, cluster):
    got = [made.click(path).location.split("jclid=")[1] for path in made.paths for _ in range(5)]
    made.wait_shipped(len(got))
    check(made, got, slack=0)
    assert len({partition_of(cluster, path) for path in made.paths}) > 3
    assert made.metric("jalond_store_nodes") == 6  # of each worker, each primary
    assert made.metric("jalond_store_nodes_connected") == 6
    assert made.metric("jalond_store_moves_total") == 0
    assert made.metric("jalond_store_redirections_total") == 0


def test_changes_reach_every_worker(made):
    """Whichever node has the link, and whichever the worker listens to."""
    for number in range(6):
        path = f"/new-{number}"
        assert every_worker(made, path, 404)
        answer = made.api("POST", "/v1/links", {"campaign": "spring-trail", "creator": "marie",
                                                "slug": path[1:]})
        assert answer.status == 201, answer
        within_a_second(lambda: every_worker(made, path, 302), "the link to be there")
        assert made.api("PATCH", "/v1/links" + path, {"state": "disabled"}).status == 200
        within_a_second(lambda: every_worker(made, path, 410), "the link to be off")
    path = made.paths[0]
    assert every_worker(made, path, 302)
    made.jalon("campaign", "set", "spring-trail", "--target", "https://shop.example.com/changed")
    within_a_second(lambda: all(made.click(path).location.startswith(
        "https://shop.example.com/changed?") for _ in range(20)), "the campaign to be another")


def test_failover(made, cluster, click):
    clients = click(made)
    for key in (links_key("p03"), SHARED):
        wait_clicks(clients)
        cluster.fail_over(cluster.primary_of(key))
        wait_clicks(clients)
        wait_whole(made)
    wait_clicks(clients)
    check(made, clients.stop(), slack=0)
    assert made.metric("jalond_store_moves_total") >= 4


def test_changes_after_a_failover(made, cluster):
    """What was said while a node was on its way down may not have been heard: all that is cached is read again."""
    path = made.paths[0]
    assert every_worker(made, path, 302)
    key = links_key(partition_of(cluster, path))
    cluster.fail_over(cluster.primary_of(key))
    wait_whole(made)
    made.jalon("link", "set", path[1:], "--state", "disabled")
    within_a_second(lambda: every_worker(made, path, 410), "the link to be off")


def test_failover_that_loses_the_tail(made, cluster, click):
    """The new primary lacks what the old one had acknowledged."""
    primary = cluster.primary_of(links_key("p03"))
    replica = cluster.replica_of(primary)
    clients = click(made)
    wait_clicks(clients)
    cluster.cut_off(replica)
    shipped = made.metric("jalond_shipped_clicks_total")
    wait_clicks(clients, 300)
    made.wait_shipped(shipped + 200)
    assert cluster.fail_over(primary) is replica
    cluster.reconnect(replica)
    wait_clicks(clients)
    wait_whole(made)
    check(made, clients.stop(), slack=0)


def test_demoted_primary_that_lives_on(made, cluster, click):
    """No connection breaks: the replica takes over without its primary's tail, and the old primary would still answer."""
    primary = cluster.primary_of(links_key("p03"))
    replica = cluster.replica_of(primary)
    clients = click(made)
    wait_clicks(clients)
    cluster.cut_off(replica)
    shipped = made.metric("jalond_shipped_clicks_total")
    wait_clicks(clients, 300)
    made.wait_shipped(shipped + 200)
    got = clients.stop()  # nothing more is sent: the move alone must make the stream look
    made.wait_shipped(len(got))
    replica.say("CLUSTER FAILOVER", "TAKEOVER")
    wait_for(lambda: made.metric("jalond_shipped_clicks_total") > len(got), "clicks to go again")
    assert made.metric("jalond_store_moves_total") > 0
    cluster.reconnect(replica)
    cluster.wait_ok()
    check(made, got, slack=0)


def test_primary_that_hangs(made, cluster, click):
    """It takes what it was sent when it goes on, as it has not heard of its successor; its clicks are its own."""
    primary = cluster.primary_of(links_key("p03"))
    replica = cluster.replica_of(primary)
    clients = click(made)
    wait_clicks(clients)
    primary.hang()
    try:
        wait_clicks(clients)
        wait_for(lambda: replica.info("replication")["role"] == "master", "a replica to take over")
        wait_whole(made)
        wait_clicks(clients)
    finally:
        primary.go_on()
    cluster.wait_ok()
    wait_clicks(clients)
    check(made, clients.stop(), slack=0)


def move_slots(made, cluster, clients):
    for key in (links_key(partition_of(cluster, made.paths[0])), SHARED):
        source = cluster.primary_of(key)
        target = next(node for node in cluster.primaries() if node is not source)
        wait_clicks(clients)
        cluster.migrate(cluster.slot_of(key), target, between=lambda: wait_clicks(clients),
                        pause_s=0.02)
        assert cluster.primary_of(key) is target
        wait_clicks(clients)


def test_migration(made, cluster, click):
    """Slots of partitions and the shared one move while clicks come, with their keys."""
    clients = click(made)
    for _ in range(5):  # workers may hear of a move before they have anything to send there
        move_slots(made, cluster, clients)
        if made.metric("jalond_store_redirections_total") > 0:
            break
    check(made, clients.stop(), slack=0)
    assert made.metric("jalond_store_redirections_total") > 0
    assert every_worker(made, made.paths[0], 302)


def test_migration_to_a_new_node(made, cluster, click):
    """It has none of our functions, and had no slot."""
    target = cluster.add_node()
    path = made.paths[0]
    key = links_key(partition_of(cluster, path))
    clients = click(made)
    wait_clicks(clients)
    cluster.migrate(cluster.slot_of(key), target)
    wait_clicks(clients)
    wait_for(lambda: made.metric("jalond_store_nodes_connected") == 8, "workers on the new node")
    check(made, clients.stop(), slack=0)
    made.jalon("link", "set", path[1:], "--state", "disabled")
    within_a_second(lambda: every_worker(made, path, 410), "the link to be off")


def test_look_ups_in_the_middle_of_a_migration(made, cluster):
    """A link that is read while its slot is on both sides is found, wherever it is."""
    path = made.paths[0]
    key = links_key(partition_of(cluster, path))
    target = next(node for node in cluster.primaries() if node is not cluster.primary_of(key))

    def read_anew():
        before = made.metric("jalond_store_lookups_total")
        for node in cluster.running():
            node.say("CLIENT KILL", "TYPE", "pubsub")  # after which all is read again
        wait_for(lambda: every_worker(made, path, 302) and
                 made.metric("jalond_store_lookups_total") >= before + 2, "both workers to read")

    cluster.migrate(cluster.slot_of(key), target, between=read_anew)
    assert made.metric("jalond_store_redirections_total") > 0


def test_one_primary_away(make_installation, make_cluster, click):
    """Nobody takes its place: what does not need it goes on, and its clicks wait."""
    cluster = make_cluster(replicas=0, options=("--cluster-require-full-coverage", "no"))
    made = install(make_installation, cluster)
    nodes = {path: cluster.primary_of(links_key(partition_of(cluster, path))) for path in made.paths}
    away = max(nodes.values(), key=list(nodes.values()).count)
    gone = [path for path in made.paths if nodes[path] is away]
    rest = [path for path in made.paths if nodes[path] is not away]
    fresh = [gone.pop(), rest.pop()]  # that no worker has seen
    for path in gone + rest:
        made.teach(path)
    clients = click(made, gone + rest)
    wait_clicks(clients)
    away.kill()
    wait_for(lambda: made.metric("jalond_store_connections") == 0, "the loss to be noticed")
    wait_for(lambda: made.metric("jalond_store_nodes_connected") == 4, "both workers' loss")
    assert made.metric("jalond_store_nodes") == 6
    assert made.request("GET", "/readyz", listener="api").status == 200
    for node in cluster.running():
        node.say("CLIENT KILL", "TYPE", "pubsub")  # all that is cached is doubted, and served
    wait_clicks(clients)
    start = time.monotonic()
    assert all(made.click(path).status == 302 for path in gone)
    assert time.monotonic() - start < 1, "a cached link waits for its primary"
    assert [made.click(path).status for path in fresh] == [503, 302]
    wait_for(lambda: made.metric("jalond_journal_unshipped_bytes") > 0, "clicks to wait")
    cluster.restart(away)
    wait_whole(made)
    check(made, clients.stop(), slack=len(gone) + 1)  # the clicks that are not the clients'
