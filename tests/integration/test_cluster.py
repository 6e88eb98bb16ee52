"""The command line on a Redis Cluster: it says what it says on one server, and what it answered stays, whatever is killed
or moved in between."""
import itertools
import json
import pathlib
import re
import shutil
import subprocess
import threading

import pytest

from cli import refused, rows
from conftest import BUILD, Installation, RedisServer, wait_for
from redis_cluster import RedisCluster

CAMPAIGN = "spring-trail"
AT = ["--campaign", CAMPAIGN, "--creator"]
REPORTS = ["creators", "campaigns", "links", "codes", "orders", "payouts", "sources", "geo", "devices", "quality"]
BOTH = {"errorstat_MOVED", "errorstat_ASK"}  # what a slot on the move answers
ORDERS_MAX = 10_000


@pytest.fixture(scope="module")
def cluster():
    made = RedisCluster(node_timeout_ms=1000)
    yield made
    made.remove()


@pytest.fixture
def shop(cluster):
    """An installation with a campaign, on the whole and empty cluster."""
    cluster.heal().flush()
    made = Installation(settings={"JALON_STORE_REDIS": cluster.url})
    made.add_campaign()
    yield made
    made.remove()


def link_rows(count):
    return ("campaign,creator,channel\n"
            + "".join(f"{CAMPAIGN},{('marie', 'tom')[i % 2]},post-{i}\n" for i in range(count)))


def order_rows(codes, count=200, first=0):
    return ("campaign,order_id,type,amount,currency,code,occurred_at,status\n"
            + "".join(f"{CAMPAIGN},o{i},{('sale', 'signup')[i % 7 == 0]},{i}.50,EUR,{code},"
                      f"2026-11-{i % 27 + 1:02}T10:00:00Z,{('', 'pending')[i % 5 == 0]}\n"
                      for i, code in zip(range(first, first + count), itertools.cycle(codes))))


def whole_path(installation):
    """All that the command line writes; the links and codes, which the same ring makes the same."""
    installation.add_campaign()
    url = installation.jalon("link", "add", *AT, "marie").stdout.strip()
    installation.jalon("link", "add", *AT, "tom", "--slug", "tom-trail")
    done = installation.jalon("link", "import", input=link_rows(1000))
    assert done.stdout == "added 1000, changed 0, known 0, bad 0\n"
    installation.jalon("link", "set", url.rsplit("/", 1)[1], "--state", "disabled")
    codes = installation.jalon("code", "add", *AT, "marie", "--count", "20").stdout.split()
    codes += installation.jalon("code", "add", *AT, "tom", "--slug", "TRAIL10").stdout.split()
    installation.jalon("cost", "add", *AT, "marie", "--fee", "250", "--commission", "8%",
                       "--date", "2026-11-01")
    installation.jalon("post", "add", "https://instagram.example/p/1", *AT, "marie", "--published-at",
                       "2026-11-01T10:00:00Z", "--taken-at", "2026-11-02T10:00:00Z",
                       "--impressions", "900")
    installation.jalon("conversion", "import", input=order_rows(codes))
    installation.jalon("conversion", "refund", "o1", "--campaign", CAMPAIGN, "--refund-id", "r1")
    installation.jalon("conversion", "refund", "o8", "--campaign", CAMPAIGN, "--refund-id", "r1",
                       "--amount", "2.25")
    installation.jalon("token", "add", "--scopes", "report")
    installation.jalon("creator", "set", "tom", "--followers", "9000")
    return [url, *codes]


def readings(installation, **options):
    """What each command that reads prints, by its words; without the moments at which things were written."""
    lists = [[noun, "list"] for noun in ("campaign", "creator", "link", "code", "cost", "post", "conversion")]
    reports = [["report", name, "--campaign", CAMPAIGN, "--from", "2026-11-01", "--to", "2026-12-31"]
               for name in REPORTS]
    exports = [["export", what] for what in ("clicks", "conversions")]
    found = {}
    for words in lists + reports + exports:
        text = installation.jalon(*words, "--format", "json", **options).stdout
        # All but the orders' own times, which are at ten sharp, eleven in Paris; one of no milliseconds has no fraction.
        found[" ".join(words)] = re.sub(r"\d{4}-\d\d-\d\dT(?!10:00:00Z|11:00:00\+01:00)\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+01:00)",
                                        "NOW", text)
    return found


def slots(cluster):
    """One slot of each kind that keys are in: the set-up's, a partition's of links, a brand's."""
    return {key: cluster.slot_of(key) for key in ("{s}", "{p03}", "{b.alpina}")}


def test_each_primary_rewrites_its_append_only_file(shop, cluster):
    """Once since it was started, asked by whoever connects: without it none takes clicks (functions.c)."""
    for node in cluster.primaries():
        wait_for(lambda: int(node.info("persistence")["aof_last_rewrite_time_sec"]) >= 0,
                 f"the rewrite of {node}")


def test_a_cluster_does_what_one_server_does(cluster):
    cluster.heal().flush()
    server = RedisServer()
    on_one = Installation(settings={"JALON_STORE_REDIS": server.url})
    on_cluster = Installation(settings={"JALON_STORE_REDIS": cluster.url})
    try:
        shutil.copy(on_one.folder + "/keys", on_cluster.folder + "/keys")
        assert whole_path(on_cluster) == whole_path(on_one)
        assert len(cluster.keys()) == len(server.client().keys()) > 30
        assert all(node.say("DBSIZE") for node in cluster.primaries())
        expected, found = readings(on_one), readings(on_cluster)
        for words, text in expected.items():
            assert found[words] == text, words
        assert len(rows(on_cluster.jalon("link", "list", "--format", "csv").stdout)) == 1002
    finally:
        on_one.remove()
        on_cluster.remove()
        server.remove()


def copy_keys(server, cluster):
    """Everything that a single server holds, to the nodes that are to have it."""
    source = server.client()
    for key in source.keys():
        cluster.primary_of(key).say("RESTORE", key, 0, source.dump(key), "REPLACE")


def test_figures_and_clicks_are_read_from_all_nodes(cluster):
    cluster.heal().flush()
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    try:
        made.add_campaign()
        made.jalon("link", "import", input=link_rows(40))
        made.start()
        paths = ["/" + link["code"] for link in made.jalon_json("link", "list")]
        for i, path in enumerate(paths * 3):
            assert made.click(path, agent=None if i % 9 == 0 else f"Mozilla/5.0 (phone {i})").status == 302
        made.wait_shipped(len(paths) * 3)
        made.stop()
        expected = readings(made)
        assert len(expected["export clicks"].splitlines()) == len(paths) * 3
        copy_keys(server, cluster)
        assert readings(made, env={"JALON_STORE_REDIS": cluster.url}) == expected
    finally:
        made.remove()
        server.remove()


def test_what_was_answered_outlives_a_primary_that_is_killed_before_its_replica_has_it(shop, cluster):
    primary = cluster.primary_of("{s}")
    cluster.cut_off(cluster.replica_of(primary))
    shop.jalon("campaign", "add", "autumn", "--brand", "alpina", "--target", "https://shop.example.com",
               "--currency", "EUR", "--timezone", "UTC")
    first = shop.add_link()
    replica = cluster.fail_over(primary)
    assert b"autumn" not in replica.say("HKEYS", "jalon:{s}:campaigns")
    second = shop.add_link()  # its serial is the next one, and not the first one's again
    assert first != second
    assert {"/" + link["code"] for link in shop.jalon_json("link", "list")} == {first, second}
    assert {campaign["campaign"] for campaign in shop.jalon_json("campaign", "list")} == {CAMPAIGN, "autumn"}
    assert b"autumn" in replica.say("HKEYS", "jalon:{s}:campaigns")


def test_what_was_answered_while_a_primary_was_killed_is_there(shop, cluster):
    primary = cluster.primary_of("{b.alpina}")
    code = shop.jalon("code", "add", *AT, "marie").stdout.strip()
    answered, failed = [], []
    failing = threading.Thread(target=cluster.fail_over, args=(primary,))
    failing.start()
    for number in itertools.count():
        was_last = not failing.is_alive()
        done = shop.jalon("conversion", "add", "--campaign", CAMPAIGN, "--order-id", f"o{number}", "--type",
                          "sale", "--amount", "5", "--currency", "EUR", "--code", code, check=False)
        if done.returncode == 0:
            answered.append(f"o{number}")
        else:
            assert done.returncode == 1 and done.stderr.startswith("jalon: "), done.stderr
            failed.append(done.stderr)
        if was_last:
            break
    failing.join()
    assert answered[-1] == f"o{number}" and failed
    there = [json.loads(line)["order_id"]
             for line in shop.jalon("export", "conversions", "--format", "json").stdout.splitlines()]
    assert len(there) == len(set(there)) and set(answered) <= set(there)
    report, = [row for row in shop.jalon_json("report", "creators", "--campaign", CAMPAIGN)["rows"]
               if row["creator"] == "marie"]
    assert report["conversions"] == {"sale": len(there)}


def test_slots_of_each_kind_move_during_imports(shop, cluster):
    codes = shop.jalon("code", "add", *AT, "marie", "--count", "20").stdout.split()
    ends, moves, broken, order_count = threading.Event(), [], [], 0
    met = lambda: {line.split(":")[0] for node in cluster.running() for line in node.lines("INFO", "errorstats")}
    for node in cluster.running():
        node.say("CONFIG RESETSTAT")

    def keep_moving():
        try:
            for key, slot in itertools.cycle(slots(cluster).items()):
                source = cluster.primary_of(slot)
                target = next(node for node in cluster.primaries() if node is not source)
                # With its last key gone and the slot not given yet, a read of it is answered by ASK.
                cluster.migrate(slot, target, between=lambda: shop.jalon("campaign", "list"))
                moves.append(key)
                if ends.is_set():
                    return
        except BaseException as error:  # of a thread of its own, it would be lost
            broken.append(error)

    mover = threading.Thread(target=keep_moving)
    mover.start()
    try:
        # An import is a few large calls, so it takes some to meet a slot that has moved.
        orders = ((["conversion", "import"], order_rows(codes, 500, first)) for first in range(0, ORDERS_MAX, 500))
        for arguments, text in itertools.chain([(["link", "import"], link_rows(1000))], orders):
            done = subprocess.Popen([str(BUILD / "jalon"), *arguments], env=shop.environment, text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, words = done.communicate(text, timeout=300)
            assert done.returncode == 0, words
            assert out == f"added {text.count(chr(10)) - 1}, changed 0, known 0, bad 0\n"
            assert mover.is_alive(), broken
            order_count += 500 * (arguments[0] == "conversion")
            if order_count and met() >= BOTH:
                break
        more = [shop.jalon("code", "add", *AT, "tom", "--count", "5").stdout.split() for _ in range(3)]
    finally:
        ends.set()
        mover.join()
    assert not broken and set(moves) == set(slots(cluster))
    assert met() >= BOTH, (met(), len(moves))
    assert len({link["code"] for link in shop.jalon_json("link", "list")}) == 1000
    assert {code["code"] for code in shop.jalon_json("code", "list")} == set(sum(more, codes))
    exported = shop.jalon("export", "conversions", "--format", "json").stdout.splitlines()
    assert {json.loads(line)["order_id"] for line in exported} == {f"o{i}" for i in range(order_count)}
    assert len(exported) == order_count


def test_a_node_that_joins_gets_the_functions_and_slots(shop, cluster):
    node = cluster.add_node()
    slot = cluster.slot_of("{p03}")
    source = cluster.primary_of(slot)
    shop.jalon("link", "import", input=link_rows(200))
    seen = pathlib.Path(shop.folder, "redo", "seen")

    counts = iter([200, 300])

    def write():
        """Once with all keys on the old node, once with all on the new one, which has no functions yet."""
        seen.unlink()  # so that the redo log is replayed there, too
        count = next(counts)
        assert len(shop.jalon_json("link", "list")) == count
        node.say("FUNCTION FLUSH")
        shop.jalon("link", "import", input=link_rows(100).replace("post-", f"story-{count}-"))

    cluster.migrate(slot, node, between=write)
    assert cluster.primary_of(slot) is node and node.say("FCALL", "jalon_version", 0)
    assert len(shop.jalon_json("link", "list")) == 400
    cluster.migrate(slot, source)
    cluster.forget(node)
    assert len(shop.jalon_json("link", "list")) == 400


def test_what_is_no_cluster_is_told(shop, cluster):
    server = RedisServer()
    try:
        refused(shop, "link", "list", code=1, says=["single server", f"redis://127.0.0.1:{server.port}"],
                env={"JALON_STORE_REDIS": f"cluster://127.0.0.1:{server.port}"})
    finally:
        server.remove()
    refused(shop, "link", "list", code=1, says="cluster://",
            env={"JALON_STORE_REDIS": f"redis://{cluster.nodes[1].address}"})
    refused(shop, "link", "list", code=1, says="no database",
            env={"JALON_STORE_REDIS": cluster.url + "/1"})
    # A node that is gone does not matter as long as another one is named.
    assert shop.jalon("link", "list", env={"JALON_STORE_REDIS": cluster.url.replace("//", "//127.0.0.1:1,")})


def test_the_doctor_looks_at_each_primary(shop, cluster):
    checks = {row["check"]: row for row in shop.jalon_json("doctor")}
    assert checks["store"]["verdict"] == checks["persistence"]["verdict"] == "ok"
    assert "cluster, 3 primaries" in json.dumps(checks["store"])
    node = cluster.primaries()[1]
    node.say("CONFIG SET", "maxmemory-policy", "allkeys-lru")
    done = shop.jalon("doctor", check=False)
    node.say("CONFIG SET", "maxmemory-policy", "noeviction")
    assert done.returncode == 1 and f"{node.address}: maxmemory-policy is allkeys-lru" in done.stdout
