"""Clicks and visitors of days that are over stand together; reports say of them what they said before, and what comes late is
counted, too."""
import collections
import datetime

import pytest

from clock import Clock
from conftest import wait_for
from mixed_clicks import address

CAMPAIGN = "spring-trail"
DAY_S = 86400
BLOCK_DAYS = 32


def noon(days_ago):
    today = datetime.datetime.now(datetime.timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
    return today - datetime.timedelta(days=days_ago)


def number(at):
    return int(at.timestamp()) // DAY_S


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path, noon(40))


@pytest.fixture
def shop(make_installation, redis_server, clock):
    """By that clock: an export begins at the day of its oldest campaign."""
    made = make_installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32",
                                       "JALON_STORE_REDIS": redis_server.url})
    made.ours = dict(made.environment)
    made.environment |= clock.settings()
    made.add_campaign(CAMPAIGN)
    return made


def come(shop, paths, visitors):
    for visitor in visitors:
        for path in paths:
            assert shop.click(path, x_forwarded_for=address(visitor)).status == 302


def keys(store, name):
    return {key.decode() for key in store.scan_iter(f"jalon:*:{name}:*")}


def wait_sealed(shop, store, day):
    wait_for(lambda: all(store.get(f"jalon:{{p{partition:02d}}}:sealed_until") == b"%d" % day for partition in range(16)),
             f"all days up to {day} to be sealed")
    assert "wrong type" not in shop.log_text() and "can't be sealed" not in shop.log_text()


def expected(shop, store):
    """Unique clicks of each creator, from the exported fingerprints: of each day what Redis counts."""
    days, counts = collections.defaultdict(set), collections.Counter()
    for row in shop.exported_clicks():
        days[row["creator"], row["at"][:10]].add(row["visitor"])
    for (creator, day), visitors in days.items():
        store.pfadd("tests:day", *visitors)
        counts[creator] += store.pfcount("tests:day")
        store.delete("tests:day")
    return counts


def unique(shop):
    return {row["creator"]: row["unique_clicks"]
            for row in shop.jalon_json("report", "creators", "--campaign", CAMPAIGN)["rows"]}


def hour_of(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)
    return at.replace(minute=0, second=0, microsecond=0)


def check_hours(shop):
    """The clicks of each hour, of the report and of the export."""
    exported = collections.Counter(hour_of(row["at"]) for row in shop.exported_clicks() if row["class"] == "human")
    rows = shop.jalon_json("report", "timeline", "--campaign", CAMPAIGN, "--step", "hour")["rows"]
    assert {hour_of(row["start"]): row["clicks"] for row in rows if row["clicks"]} == exported


def all_reports(shop):
    return [shop.jalon_json("report", *report.split(), "--campaign", CAMPAIGN) for report in
            ("creators", "links", "campaigns", "residual", "timeline --step hour", "timeline --step day",
             f"creators --from {noon(8):%Y-%m-%d} --to {noon(8):%Y-%m-%d}")]


def loose(store, *names):
    """Days of the counters that are not sealed."""
    return {int(field.split(b":")[0]) for name in names for key in keys(store, name)
            for field in store.hkeys(key) if b":" in field}


def test_a_report_says_the_same_when_days_are_sealed(shop, redis_server, clock):
    store = redis_server.client()
    marie, tom = [shop.add_link("marie", channel="bio"), shop.add_link("marie", channel="story")], [shop.add_link("tom")]
    for days_ago in (1, 2, 3, 7, 8, 39, 40):  # backwards: by none of these clocks a day is over that has clicks
        clock.set(noon(days_ago))
        shop.start()
        come(shop, marie, range(3))
        come(shop, tom, range(2, 4 + days_ago % 3))
        shop.wait_shipped(6 + 2 + days_ago % 3)
        shop.stop()
    shop.environment = shop.ours
    own, before = keys(store, "visitors"), all_reports(shop)
    assert len(own) == 7 * 3 and not keys(store, "sealed_visitors")
    assert unique(shop) == expected(shop, store)
    check_hours(shop)

    shop.start()
    wait_sealed(shop, store, number(noon(3)))
    shop.stop()
    assert {int(key.rsplit(":", 1)[1]) for key in keys(store, "visitors")} == {number(noon(2)), number(noon(1))}
    for key in own - keys(store, "visitors"):
        where, day = key.replace(":visitors:", ":sealed_visitors:").rsplit(":", 1)
        assert store.hexists(f"{where}:{int(day) // BLOCK_DAYS * BLOCK_DAYS}", day)
    for name in ("days", "quarter_hours"):
        assert loose(store, name) == {number(noon(2)), number(noon(1))}
    after = all_reports(shop)
    assert after == before
    check_hours(shop)


def wait_exported(shop, count):
    wait_for(lambda: len(shop.exported_clicks()) == count, f"{count} clicks to be in the store")


def test_clicks_of_a_journal_that_waited_are_sealed_at_once(shop, redis_server, clock):
    path = shop.add_link("marie")
    for run, days_ago in enumerate((5, 2)):
        clock.set(noon(days_ago))
        shop.start()
        come(shop, [path], range(3))
        wait_exported(shop, 6 * run + 3)
        shop.teach(path)
        redis_server.kill()
        come(shop, [path], range(2, 5))  # one who came before, and two others
        shop.kill()
        redis_server.start()
    shop.environment = shop.ours
    store = redis_server.client()
    late = f":{number(noon(2))}"
    assert [key for key in keys(store, "visitors") if key.endswith(late)]

    shop.start()
    wait_sealed(shop, store, number(noon(3)))
    wait_exported(shop, 12)
    shop.stop()
    assert not keys(store, "visitors")
    assert sum(store.hlen(key) for key in keys(store, "sealed_visitors")) == 2
    assert loose(store, "days") == loose(store, "quarter_hours") == {number(noon(2))}
    assert unique(shop) == expected(shop, store)
    check_hours(shop)
    assert unique(shop)["marie"] in (9, 10)  # two visitors seldom look like one


def test_a_store_that_was_away_is_sealed_when_it_is_back(shop, redis_server):
    redis_server.kill()
    shop.environment = shop.ours
    shop.start(ready=False)
    redis_server.start()
    wait_sealed(shop, redis_server.client(), number(noon(3)))
