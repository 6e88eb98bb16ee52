"""Clicks of a whole year, by a jalond whose clock is set: the reports `timeline`, `residual` and `campaigns` equal a
recomputation in Python, with zoneinfo, from the exported clicks and conversions."""
import collections
import datetime
import decimal
import json
import math
import random
import re
import zoneinfo

import pytest

from clock import Clock
from conftest import Installation, RedisServer

CAMPAIGN = "spring-trail"
UTC = datetime.timezone.utc
QUARTER = datetime.timedelta(minutes=15)
DAYS = (1, 2, 3, 7, 14, 28, 90)
POST = "2026-03-28T22:52:40Z"
EARLIER_POST = "2026-03-27T23:22:10+05:30"  # of marie, too: 17:52:10Z

# Around what the clocks do: Paris on 29 March and 25 October, Lord Howe (by half an hour) on 5 April and 4 October local;
# and around midnight of Kathmandu (+05:45), a Sunday among them.
TURNS = ["2026-03-29T01:00", "2026-04-04T15:00", "2026-10-03T15:30", "2026-10-25T01:00",
         "2026-03-28T18:15", "2026-03-28T23:00", "2026-10-25T23:00"]
ZONES = ["Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe"]


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def moments(random_):
    """When people click: close to each turn, and all over the year."""
    found = []
    for text in TURNS:
        turn = parse(text + ":00Z")
        found += [turn + datetime.timedelta(minutes=minutes)
                  for minutes in (-76, -61, -59, -46, -31, -29, -16, -2, 1, 14, 16, 29, 31, 46, 59, 61, 91)]
    start = parse("2026-03-28T00:00:00Z")
    found += [start + datetime.timedelta(minutes=random_.randrange(60 * 24 * 212)) for _ in range(60)]
    return sorted(found)


def click_all(shop, clock, paths, random_):
    """Two or three people at each moment, and now and then a bot; the click ids of people, and when they came."""
    people, count = [], 0
    for at in moments(random_):
        clock.set(at)
        for path in random_.sample(paths, random_.randrange(2, 4)):
            count += 1
            answer = shop.click(path, x_forwarded_for=f"85.1.{count >> 8}.{count & 255}")
            people.append((path, at, re.search(r"jclid=([A-Za-z0-9_-]+)", answer.location)[1]))
        if random_.random() < 0.3:
            count += 1
            assert shop.click(random_.choice(paths), agent="curl/8.5.0").status == 302
    shop.wait_shipped(count)
    return people


def make_orders(people, code, random_):
    orders = []
    for number, (_, at, click_id) in enumerate(random_.sample(people, 120)):
        occurred = at + datetime.timedelta(seconds=random_.randrange(60, 40 * 86400, 7))
        order = {"campaign": CAMPAIGN, "order_id": str(number), "type": "signup" if number % 9 == 0 else "sale",
                 "occurred_at": occurred.isoformat(), "click_id": click_id,
                 "status": "cancelled" if number % 11 == 0 else "approved"}
        if order["type"] == "sale":
            order |= {"amount": f"{random_.randrange(500, 20000) / 100:.2f}", "currency": "EUR"}
        if number % 5 == 0:
            order["code"] = code
        orders.append(order)
    return orders


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """The installation, its exported clicks, and its exported conversions that count."""
    random_ = random.Random(20261129)
    clock = Clock(tmp_path_factory.mktemp("clock"), parse("2026-03-27T00:00:00Z"))
    store = RedisServer()  # by the machine's clock
    shop = Installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32", "JALON_STORE_REDIS": store.url})
    ours = dict(shop.environment)
    shop.environment |= clock.settings()  # an export begins at the day of its oldest campaign
    shop.add_campaign(CAMPAIGN, ["marie", "tom", "lea"])
    paths = [shop.add_link("marie", channel="bio"), shop.add_link("marie", channel="story"),
             shop.add_link("tom"), shop.add_link("lea")]
    shop.start()
    shop.environment = ours
    later = Clock(tmp_path_factory.mktemp("later"), parse("2027-01-01T00:00:00Z")).settings()  # it has happened then
    code = shop.jalon("code", "add", "--campaign", CAMPAIGN, "--creator", "tom").stdout.strip()
    for creator, url, at in [("marie", "https://a.example/1", POST), ("marie", "https://a.example/2", EARLIER_POST),
                             ("lea", "https://a.example/3", POST)]:
        shop.jalon("post", "add", "--campaign", CAMPAIGN, "--creator", creator, "--url", url,
                   "--published-at", at, env=later)
    people = click_all(shop, clock, paths, random_)
    shop.jalon("conversion", "import", "-", env=later,
               input="".join(json.dumps(order) + "\n" for order in make_orders(people, code, random_)))
    clicks = [{**row, "at": parse(row["at"])} for row in shop.exported_clicks()]
    sold = [json.loads(line) for line in
            shop.jalon("export", "conversions", "--format", "json").stdout.splitlines()]
    sold = [{**row, "at": parse(row["occurred_at"])} for row in sold if row["status"] in ("pending", "approved")]
    assert len(clicks) > 400 and len(sold) > 90
    yield shop, clicks, sold
    shop.remove()
    store.remove()


# -- timeline

def quarter(at):
    return at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0)


def step_of(at, zone, step):
    """Which step a moment is in: what tells it from the others."""
    local = at.astimezone(zone)
    if step == "hour":
        return local.date(), local.hour, local.utcoffset()
    return local.date() - datetime.timedelta(days=local.weekday() if step == "week" else 0)


def steps_between(first, end, zone, step):
    """The names of all steps that have a quarter-hour in first <= t < end, by step."""
    names = {}
    while first < end:
        key = step_of(first, zone, step)
        name = first.astimezone(zone).isoformat(timespec="seconds") if step == "hour" else str(key)
        names.setdefault(key, name)
        first += QUARTER
    return names


def midnight(day, zone, plus=0):
    """The day's first moment: there is a midnight on each day of these zones in 2026."""
    day = datetime.date.fromisoformat(day) + datetime.timedelta(days=plus)
    return datetime.datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def wilson(count, total):
    z = 1.959963984540054
    rate = count / total
    centre = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def check_rate(row, goals, clicks):
    fields = [row["conversion_rate"], row["conversion_rate_low"], row["conversion_rate_high"]]
    if clicks == 0:
        assert fields == [None, None, None]
    elif goals > clicks:
        assert fields == [pytest.approx(goals / clicks, abs=6e-7), None, None]
    else:
        assert fields == pytest.approx([goals / clicks, *wilson(goals, clicks)], abs=6e-7)


def unique(clicks, everyone):
    """Of each UTC day all its visitors, but no more than there are clicks."""
    visitors, counts = collections.defaultdict(set), collections.Counter(row["at"].date() for row in clicks)
    for row in everyone:
        visitors[row["at"].date()].add(row["visitor"])
    return sum(min(len(visitors[day]), count) for day, count in counts.items())


def check_row(row, clicks, sold, humans, step):
    people = [click for click in clicks if click["class"] == "human"]
    assert row["clicks"] == len(people)
    assert row["unique_clicks"] == (None if step == "hour" else unique(people, humans))
    invalid = collections.Counter(click["class"] for click in clicks if click["class"] != "human")
    assert {name: count for name, count in row["invalid_clicks"].items() if count} == invalid
    assert row["conversions"] == collections.Counter(sale["type"] for sale in sold)
    by = collections.Counter(sale["evidence"] for sale in sold if sale["type"] == "sale")
    assert {name: count for name, count in row["conversions_by"].items() if count} == by
    check_rate(row, by["click"] + by["both"], len(people))
    revenue = sum((decimal.Decimal(sale["amount"] or 0) for sale in sold), decimal.Decimal(0))
    assert decimal.Decimal(row["revenue"]) == revenue
    if people:
        expected = (revenue / len(people)).quantize(decimal.Decimal("0.0001"), decimal.ROUND_HALF_EVEN)
        assert row["revenue_per_click"] == str(expected)
    else:
        assert row["revenue_per_click"] is None


def check_timeline(year, zone_name, step, first, last, creator=None):
    """`first` None: open, from the first click, order or post on."""
    shop, clicks, sold = year
    zone = zoneinfo.ZoneInfo(zone_name)
    shop.jalon("campaign", "set", CAMPAIGN, "--timezone", zone_name)
    of = [row for row in clicks if creator in (None, row["creator"])]
    humans = [row for row in of if row["class"] == "human"]
    end = midnight(last, zone, plus=1)
    if first:
        start = midnight(first, zone)
    else:
        posts = [parse(EARLIER_POST)] if creator != "tom" else []
        start = min([row["at"] for row in of] + posts)
        while step_of(start - QUARTER, zone, step) == step_of(start, zone, step):
            start -= QUARTER
        start = quarter(start)
    options = [*(["--from", first] if first else []), "--to", last, *(["--creator", creator] if creator else [])]
    report = shop.jalon_json("report", "timeline", "--campaign", CAMPAIGN, "--step", step, *options)
    names = steps_between(start, end, zone, step)
    assert [row["start"] for row in report["rows"]] == list(names.values())
    within = [row for row in of if start <= row["at"] < end]
    credited = [row for row in sold if row["creator"] and creator in (None, row["creator"])
                and start <= row["at"] < end]
    for row, key in zip(report["rows"], names):
        check_row(row, [click for click in within if step_of(click["at"], zone, step) == key],
                  [sale for sale in credited if step_of(sale["at"], zone, step) == key], humans, step)
    totals = shop.jalon_json("report", "creators", "--campaign", CAMPAIGN, *options)
    for field in ("clicks", "invalid_clicks", "conversions", "conversions_by", "revenue", "conversion_rate",
                  "conversion_rate_low", "conversion_rate_high", "revenue_per_click"):
        assert report["totals"][field] == totals["totals"][field]
    assert report["unattributed"] == totals["unattributed"]
    assert sum(row["clicks"] for row in report["rows"]) == totals["totals"]["clicks"] > 0
    return report


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("step,first,last", [
    ("hour", "2026-03-28", "2026-03-30"), ("hour", "2026-04-03", "2026-04-06"), ("hour", "2026-10-03", "2026-10-05"),
    ("hour", "2026-10-24", "2026-10-26"), ("day", "2026-03-25", "2026-11-02"), ("week", "2026-03-25", "2026-10-28"),
    ("day", None, "2026-10-27"), ("week", None, "2026-11-01"), ("hour", None, "2026-04-06")])
def test_each_row_of_a_timeline_is_that_of_the_export(year, zone, step, first, last):
    check_timeline(year, zone, step, first, last)


@pytest.mark.parametrize("creator", ["marie", "tom"])
@pytest.mark.parametrize("step", ["hour", "day", "week"])
def test_the_timeline_of_one_creator(year, creator, step):
    check_timeline(year, "Europe/Paris", step, None, "2026-05-01", creator)


def test_days_of_23_and_25_hours_are_a_row_and_hours_twice_are_two(year):
    march = check_timeline(year, "Europe/Paris", "hour", "2026-03-29", "2026-03-29")["rows"]
    assert len(march) == 23
    assert [row["start"] for row in march[1:3]] == ["2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"]
    october = check_timeline(year, "Europe/Paris", "hour", "2026-10-25", "2026-10-25")["rows"]
    assert len(october) == 25
    assert [row["start"] for row in october[2:4]] == ["2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"]
    half = check_timeline(year, "Australia/Lord_Howe", "hour", "2026-04-05", "2026-04-05")["rows"]
    assert [row["start"] for row in half[1:4]] == [
        "2026-04-05T01:00:00+11:00", "2026-04-05T01:30:00+10:30", "2026-04-05T02:00:00+10:30"]
    days = check_timeline(year, "Europe/Paris", "day", "2026-10-24", "2026-10-26")["rows"]
    assert [row["start"] for row in days] == ["2026-10-24", "2026-10-25", "2026-10-26"]


# -- residual

def decay(published, humans, now):
    """By quarter-hours, the first being that of publication."""
    zero = quarter(published.astimezone(UTC))
    since = sorted(quarter(row["at"]) - zero for row in humans if quarter(row["at"]) >= zero)
    count = len(since)
    row = {"clicks": count, "half_life_hours": (since[(count + 1) // 2 - 1] + QUARTER).total_seconds() / 3600}
    for days in DAYS:
        span = datetime.timedelta(days=days)
        by = sum(after < span for after in since) / count if now - published >= span else None
        row[f"share_by_{days}d"] = by
        if days in (7, 28):
            row[f"share_after_{days}d"] = None if by is None else 1 - by
    return row


@pytest.mark.parametrize("zone", ZONES)
def test_each_number_of_residual_is_that_of_the_export(year, zone):
    shop, clicks, _ = year
    shop.jalon("campaign", "set", CAMPAIGN, "--timezone", zone)
    report = shop.jalon_json("report", "residual", "--campaign", CAMPAIGN)
    now = datetime.datetime.now(UTC)
    rows = {row["creator"]: row for row in report["rows"]}
    assert set(rows) == {"marie", "tom", "lea"} and report["unattributed"] is None
    for creator, row in rows.items():
        humans = [click for click in clicks if click["creator"] == creator and click["class"] == "human"]
        first = quarter(min(click["at"] for click in humans))
        published = {"marie": parse(EARLIER_POST), "tom": first, "lea": parse(POST)}[creator]
        assert parse(row["published_at"]) == published
        assert row["publication"] == ("first-click" if creator == "tom" else "post")
        for field, value in decay(published, humans, now).items():
            assert row[field] == (value if value is None else pytest.approx(value, abs=6e-7)), field
    assert rows["lea"]["clicks"] < sum(click["creator"] == "lea" and click["class"] == "human" for click in clicks)
    assert report["totals"] == {"clicks": sum(row["clicks"] for row in rows.values())}


def test_residual_is_of_all_clicks_whatever_the_range(year):
    shop, *_ = year
    whole = shop.jalon_json("report", "residual", "--campaign", CAMPAIGN)
    part = shop.jalon_json("report", "residual", "--campaign", CAMPAIGN, "--from", "2026-04-01", "--to", "2026-04-02")
    assert part["rows"] == whole["rows"] and "does not limit" in part["notes"][0] and not whole["notes"]
    one = shop.jalon_json("report", "residual", "--campaign", CAMPAIGN, "--creator", "lea")
    assert one["rows"] == [row for row in whole["rows"] if row["creator"] == "lea"]
    table = shop.jalon("report", "residual", "--campaign", CAMPAIGN).stdout
    assert "Half-life" in table and "%" in table


# -- campaigns

def test_campaigns_are_the_sums_of_their_creators(year):
    shop, clicks, _ = year
    shop.jalon("campaign", "set", CAMPAIGN, "--timezone", "Europe/Paris")
    shop.jalon("cost", "add", "--campaign", CAMPAIGN, "--creator", "marie", "--per-click", "0.013", "--fee", "99.99",
               "--date", "2026-03-28")
    shop.jalon("cost", "add", "--campaign", CAMPAIGN, "--creator", "tom", "--commission", "7.25%", "--date",
               "2026-03-28")
    shop.jalon("campaign", "add", "tokyo", "--brand", "kitsune", "--target", "https://shop.example.com/", "--currency",
               "JPY", "--timezone", "Asia/Tokyo")
    report = shop.jalon_json("report", "campaigns", "--to", "2026-11-05")
    assert report["campaign"] == [CAMPAIGN, "tokyo"] and report["currency"] is None
    assert [row["campaign"] for row in report["rows"]] == [CAMPAIGN, "tokyo"]
    row, empty = report["rows"]
    totals = shop.jalon_json("report", "creators", "--campaign", CAMPAIGN, "--to", "2026-11-05")["totals"]
    humans = [click for click in clicks if click["class"] == "human"]
    totals["unique_clicks"] = unique(humans, humans)
    assert {field: row[field] for field in totals} == totals
    assert (row["currency"], row["brand"], row["timezone"]) == ("EUR", "alpina", "Europe/Paris")
    assert (empty["clicks"], empty["currency"], empty["revenue"], empty["cost"]) == (0, "JPY", "0", "0")
    assert report["totals"]["revenue"] is None and report["totals"]["clicks"] == row["clicks"]
    assert report["totals_by_currency"]["EUR"]["cost"] == row["cost"] != "0.00"

    one = shop.jalon_json("report", "campaigns", "--campaign", "tokyo")
    assert [row["campaign"] for row in one["rows"]] == ["tokyo"] and one["currency"] == "JPY"
    theirs = shop.jalon_json("report", "campaigns", "--creator", "tom", "--to", "2026-11-05")
    assert [row["campaign"] for row in theirs["rows"]] == [CAMPAIGN] and theirs["unattributed"] is None

    for limit, seen in [([], [CAMPAIGN, "tokyo"]), (["--brand", "kitsune"], ["tokyo"]),
                        (["--campaign", CAMPAIGN], [CAMPAIGN])]:
        token = shop.jalon("token", "add", "--scopes", "report", *limit).stdout.strip()
        answer = shop.api("GET", "/v1/reports/campaigns?to=2026-11-05", token=token)
        assert answer.status == 200 and [row["campaign"] for row in answer.json()["rows"]] == seen
        # By jalond's clock, which stands still, the range is not over: nothing was first reported yet.
        first = {"conversions_first": None, "revenue_first": None, "changed_at": None}
        assert answer.json()["rows"][0] == {**(row if CAMPAIGN in seen else empty), **first} or len(seen) == 1


# -- what is refused

@pytest.mark.parametrize("arguments,code,words", [
    (["timeline"], 2, "--campaign: is missing"),
    (["timeline", "--campaign", CAMPAIGN, "--step", "month"], 2, "hour, day or week"),
    (["creators", "--campaign", CAMPAIGN, "--step", "day"], 2, "no steps of time"),
    (["timeline", "--campaign", CAMPAIGN, "--step", "hour", "--from", "2020-01-01"], 1, "larger step"),
    (["timeline", "--campaign", CAMPAIGN, "--from", "1970-01-01"], 1, "shorter range"),
    (["timeline", "--campaign", CAMPAIGN, "--sort", "cost"], 2, "no field cost")])
def test_what_is_wrong_is_said(year, arguments, code, words):
    done = year[0].jalon("report", *arguments, check=False)
    assert done.returncode == code and words in done.stderr and done.stdout == ""


def test_the_api_takes_a_step(year):
    shop, *_ = year
    shop.add_token()
    query = f"campaign={CAMPAIGN}&from=2026-03-28&to=2026-03-29"
    answer = shop.api("GET", f"/v1/reports/timeline?{query}&step=hour")
    assert answer.json() == shop.jalon_json("report", "timeline", "--campaign", CAMPAIGN, "--from", "2026-03-28",
                                            "--to", "2026-03-29", "--step", "hour")
    for step in ("month", "HOUR", "day&step=day"):
        refused = shop.api("GET", f"/v1/reports/timeline?{query}&step={step}")
        assert refused.status == 422 and refused.json()["errors"][0]["pointer"] == "/step"
    many = shop.api("GET", f"/v1/reports/timeline?campaign={CAMPAIGN}&from=2020-01-01&step=hour")
    assert many.status == 422 and "larger step" in many.json()["errors"][0]["detail"]
