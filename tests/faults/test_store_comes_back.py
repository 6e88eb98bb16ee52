"""Redis comes back empty, or older than the oldest journal that is kept: what can't be shipped again is told (log, metric,
`jalon doctor`, reports), what was set up and sold is there again, and service goes on."""
import pytest

import journals
from accounts import is_shipped, settled_export
from clickers import Clickers
from programs import times, wait_for
from shops import Shop, account_orders
from stores import backup, come_back_empty, come_back_older

SMALL = {"JALON_JOURNAL_KEEP": "1s", "JALON_JOURNAL_SEGMENT_SIZE": "64K", "JALON_SERVER_WORKERS": "2"}
NOTE = "Clicks were lost before they reached the store"


def first_segments(site):
    """The oldest segment kept of each journal."""
    return [min(folder.glob("*.seg")).name for folder in journals.incarnations(site)]


def wait_until_deleted(site):
    """Until each worker's journal has begun to drop what was shipped."""
    wait_for(lambda: all(name > "00000000.seg" for name in first_segments(site)),
             "the first segments to be deleted")


def is_mark(incarnation):
    """Is an empty segment all that is left of a journal that was shipped?"""
    kept = list(incarnation.glob("*.seg"))
    return len(kept) == 1 and kept[0].name > "00000000.seg" and not journals.entries(kept[0])


def doctor(site):
    return " ".join(site.jalon("doctor", check=False).stdout.split())  # as if on one line


def notes(site, report):
    return " ".join(site.jalon_json("report", report, "--campaign", "spring-trail").get("notes", []))


def flush(server):
    server.client().flushall()


def flush_functions_too(server):
    server.client().flushall()
    server.client().function_flush()


LOSSES = {"FLUSHALL": flush, "FLUSHALL and FUNCTION FLUSH": flush_functions_too, "another server": come_back_empty}


def check_service(site, before):
    """New clicks, on the portable links too, are each counted once; set-up and orders are there."""
    with Clickers(site, seed=1) as clickers:
        clickers.wait_more(300)
    log = clickers.log
    assert {click.link for click in log.received} == set(site.links)
    rows = settled_export(site)
    exported = [row["click_id"] for row in rows]
    assert len(exported) == len(set(exported)), "a click is there twice"
    got = {click.click_id: click for click in log.received}
    assert not set(got) - set(exported), f"{len(set(got) - set(exported))} of {len(got)} new clicks are lost"
    known = {click.click_id for click in before.received}
    assert len(set(exported) - set(got) - known) <= len(before.unknown) + len(log.unknown)
    for row in rows:  # nothing stands without its link
        if row["click_id"] in got:
            click = got[row["click_id"]]
            assert (row["creator"], row["channel"]) == (click.link.creator, click.link.channel), row
    return len(known - set(exported))


@pytest.mark.parametrize("loss", LOSSES)
def test_empty(make_site, redis_server, loss):
    site = make_site(server=redis_server, settings=SMALL)
    site.add_token()
    site.start()
    with Shop(site, bears=(401, 422)) as shop, Clickers(site) as clickers:
        wait_until_deleted(site)
        LOSSES[loss](redis_server)
        clickers.wait_more(200)
        wait_for(lambda: site.metric("jalond_journal_gaps_total") > 0, "the gap to be told")
        wait_for(lambda: redis_server.client().hlen("jalon:{s}:campaigns") == 1, "the set-up to be replayed")
        taken = len(shop.taken)
        wait_for(lambda: len(shop.taken) > taken + 2, "orders to be taken")
    assert "the clicks between are lost" in site.log_text()
    lost = check_service(site, clickers.log)
    print(f"{loss}: {lost} of {len(clickers.log.received)} clicks were lost with the store")
    assert lost > 0
    account_orders(site, shop)
    assert NOTE in notes(site, "creators") and NOTE in notes(site, "links")
    assert "clicks were lost before they reached the store" in doctor(site)
    assert len(site.jalon_json("link", "list", "--campaign", "spring-trail")) >= 6


def test_empty_and_all_is_kept(make_site, redis_server):
    """A journal that reaches back to its start brings back every click of its run, and no gap is told."""
    site = make_site(server=redis_server)
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(300)
        come_back_empty(redis_server)
        clickers.wait_more(300)
    assert check_service(site, clickers.log) == 0
    assert site.metric("jalond_journal_gaps_total") == 0
    assert NOTE not in notes(site, "creators")
    assert "lost before" not in doctor(site)


def test_empty_after_earlier_runs_were_removed(make_site, redis_server):
    """A journal that was shipped to its end and removed is as lost as the first segments of one that is kept."""
    site = make_site(server=redis_server, settings=SMALL)
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(300)
    wait_for(lambda: is_shipped(site), "the journals to be shipped")
    site.stop()
    earlier = journals.incarnations(site)
    site.start()
    wait_for(lambda: all(is_mark(path) for path in earlier), "the earlier journals to be removed")
    come_back_empty(redis_server)
    wait_for(lambda: site.metric("jalond_journal_gaps_total") > 0, "the gap to be told")
    assert check_service(site, clickers.log) == len(clickers.log.received)
    assert NOTE in notes(site, "creators")
    assert "clicks were lost before they reached the store" in doctor(site)
    told = site.metric("jalond_journal_gaps_total")
    site.stop()
    site.start()
    wait_for(lambda: is_shipped(site), "the journals to be shipped")
    assert site.metric("jalond_journal_gaps_total") == 0, told  # once is enough


@pytest.mark.parametrize("restarts", times([0, 1], [0, 1, 5]))
def test_older_than_what_is_kept(make_site, redis_server, restarts):
    site = make_site(server=redis_server, settings=SMALL)
    site.add_token()
    site.start()
    with Shop(site) as shop:
        with Clickers(site) as clickers:
            clickers.wait_more(200)
            with backup(redis_server) as folder:
                wait_until_deleted(site)
                for _ in range(restarts):
                    site.kill()
                    site.start()
                    clickers.wait_more(200)
                come_back_older(redis_server, folder)
            wait_for(lambda: site.metric("jalond_journal_gaps_total") > 0, "the gap to be told")
            clickers.wait_more(200)
        taken = len(shop.taken)
        wait_for(lambda: len(shop.taken) > taken, "an order to be taken")
    lost = check_service(site, clickers.log)
    print(f"{lost} of {len(clickers.log.received)} clicks were lost with the store")
    assert 0 < lost < len(clickers.log.received)
    account_orders(site, shop)
    assert NOTE in notes(site, "creators")
    assert "clicks were lost before they reached the store" in doctor(site)
