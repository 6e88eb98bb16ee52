"""The disk of the data folder is full: the policy applies, nothing that was answered is lost, and it goes on when
there is room."""
import os
import pathlib
import subprocess
import tempfile

import pytest

from accounts import account, metrics
from append_only_file import last_increment
from clickers import Clickers
from orders import Orderers, account_orders
from programs import BUILD, dying_with_us, times, wait_for

SIZE_M = 24
SMALL = {"JALON_JOURNAL_SEGMENT_SIZE": "64K"}
ORDER = {"campaign": "spring-trail", "order_id": "1", "type": "sale", "amount": "49.90", "currency": "EUR"}


class SmallDisk:
    """A file system of a few MiB, in memory."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="disk-", dir="/tmp")
        self.is_mounted = False
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_M}m", "small", self.folder],
                              capture_output=True, text=True)
        if done.returncode:
            os.rmdir(self.folder)
            pytest.skip(f"a tmpfs can't be mounted here: {done.stderr.strip()}")

    def fill(self):
        """Takes all room that is left."""
        with open(self.folder + "/filler", "ab", buffering=0) as filler:
            for size in (1 << 16, 1 << 12):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass

    def empty(self):
        os.unlink(self.folder + "/filler")

    def remove(self):
        subprocess.run(["umount", "--lazy", self.folder], check=True)
        os.rmdir(self.folder)


@pytest.fixture
def disk():
    small = SmallDisk()
    yield small
    small.remove()


def uncounted(site):
    return metrics(site)["jalond_clicks_uncounted_total"]


@pytest.mark.parametrize("policy", ["refuse", "redirect"])
def test_disk_full_and_no_store(disk, make_site, redis_server, policy):
    site = make_site(server=redis_server, parent=disk.folder,
                     settings={**SMALL, "JALON_JOURNAL_WHEN_FULL": policy})
    site.start()
    with Clickers(site) as clickers:
        for _ in range(times(1, 5)):
            clickers.wait_more(200)
            redis_server.kill()
            disk.fill()
            before = clickers.log.statuses[503], uncounted(site)
            is_full = {"refuse": lambda: clickers.log.statuses[503] > before[0] + 20,
                       "redirect": lambda: uncounted(site) > before[1] + 20}[policy]
            wait_for(is_full, "the disk to be full")
            answer = site.request("GET", "/readyz", listener="api")
            assert answer.status == 503 and b"journal" in answer.body
            disk.empty()
            wait_for(lambda: site.request("GET", "/readyz", listener="api").status == 200, "room")
            clickers.wait_more(100)  # while the store is away still
            redis_server.start()
    assert site.process.poll() is None
    log = clickers.log
    assert not log.unknown and not log.refused
    lost = uncounted(site)
    assert (set(log.statuses), lost > 0) == (({503}, False) if policy == "refuse" else (set(), True))
    account(site, log, is_one_run=True, uncounted=lost)


def test_disk_full_and_the_store_takes_clicks(disk, make_site, redis_server):
    """What is only kept in case the store loses its tail makes room. Segments are so small here that a busy machine may
    fill one before the one before it is shipped: then the policy applies for a moment."""
    site = make_site(server=redis_server, parent=disk.folder, settings=SMALL)
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(100)
        disk.fill()
        clickers.wait_more(times(4000, 40_000))  # many segments
    log = clickers.log
    assert not log.unknown and not log.refused and set(log.statuses) <= {503}
    account(site, log, is_one_run=True)


def test_an_order_on_a_full_disk(disk, make_site, redis_server):
    """It is not recorded (5xx), or it is and stays so: then also without the store's tail."""
    site = make_site(server=redis_server, parent=disk.folder, settings=SMALL)
    site.start()
    site.add_token()
    wait_for(lambda: redis_server.client().info("persistence")["aof_last_rewrite_time_sec"] >= 0,
             "the file to stay the same one")
    before = last_increment(redis_server.folder).stat().st_size
    disk.fill()
    for number in range(20):  # a page may have room for one or two
        answers = [site.api("POST", "/v1/conversions", {**ORDER, "order_id": str(number)})
                   for _ in range(2)]
        if answers[0].status >= 500:
            break
    assert [answer.status // 100 for answer in answers] == [5, 5], answers
    disk.empty()
    assert site.api("POST", "/v1/conversions", {**ORDER, "order_id": str(number)}).status in (200, 201)
    redis_server.kill()
    os.truncate(last_increment(redis_server.folder), before)
    redis_server.start()
    listed = site.jalon_json("conversion", "list", "--campaign", "spring-trail")
    assert sorted(row["order_id"] for row in listed) == sorted(str(n) for n in range(number + 1))


def test_the_embedded_store_on_a_full_disk(disk, make_site):
    """Neither the journal nor the store can write; with room again all goes on."""
    site = make_site(parent=disk.folder, settings=SMALL)
    site.start()
    site.add_token()
    with Clickers(site) as clickers, Orderers(site) as orderers:
        for _ in range(times(1, 5)):
            clickers.wait_more(200)
            orderers.wait_more(10)
            disk.fill()
            before = clickers.log.statuses[503], orderers.ledger.statuses[503]
            wait_for(lambda: orderers.ledger.statuses[503] > before[1], "orders to be refused")
            wait_for(lambda: clickers.log.statuses[503] > before[0], "clicks to be refused")
            disk.empty()
            clickers.wait_more(100)
            orderers.wait_more(10)
    assert site.process.poll() is None
    assert not clickers.log.unknown and set(clickers.log.statuses) <= {503}
    account(site, clickers.log, is_one_run=True)
    account_orders(site, orderers.ledger)


def test_a_start_on_a_full_disk(disk, make_site, redis_server):
    """It is refused in words, or finds room by itself; the next start stumbles over nothing."""
    site = make_site(server=redis_server, parent=disk.folder, settings=SMALL)
    site.start()
    listen = pathlib.Path(site.folder, "jalond.listen")
    with Clickers(site) as clickers:
        clickers.wait_more(100)
        site.kill()
        listen.unlink()
        disk.fill()
        with subprocess.Popen(dying_with_us("TERM", str(BUILD / "jalond")), text=True,
                              env=site.environment, stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            wait_for(lambda: listen.exists() or process.poll() is not None, "a start or a refusal")
            process.terminate()
            words = process.stderr.read()
        assert process.returncode == 0 or (process.returncode == 1 and "jalond: " in words), words
        disk.empty()
        site.start()
        clickers.wait_more(100)
    account(site, clickers.log)
