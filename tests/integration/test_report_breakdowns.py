"""`report sources`, `geo`, `devices` and `quality` against plain Python over `jalon export clicks`: clicks of a known
mix through a real jalond, of two campaigns in two currencies, and orders that bring their click ids."""
import collections
import datetime
import decimal
import json
import pathlib
import random
import subprocess
import sys
import zoneinfo

import pytest

from conftest import ROOT, Installation
from mixed_clicks import MIX, PEOPLE, address, send
from test_report_exact import wilson

CLICKS = 1500
CAMPAIGNS = {"spring-trail": ("EUR", "Europe/Paris"), "tokyo": ("JPY", "Asia/Tokyo")}
KEYS = {"sources": ("source",), "geo": ("country",), "devices": ("device", "os", "app"),
        "quality": ("class", "reason")}
REFERRERS = [None, "https://l.instagram.com/", "https://www.tiktok.com/@marie", "https://t.co/x",
             "android-app://com.example.reader/", "https://192.0.2.1/"]
# Visitors are numbered from 85.0.0.1 on: see address().
COUNTRIES = ["85.0.0.0/24=FR", "85.0.1.0/25=BE", "85.0.2.0/24=JP"]
HOSTING = ["91.0.0.0/24=16509:Amazon.com, Inc."]


def database(shop, kind, ranges):
    path = pathlib.Path(shop.folder, kind + ".mmdb")
    subprocess.run([sys.executable, ROOT / "tests" / "samples" / "make_mmdb.py", kind, path, *ranges], check=True)
    return str(path)


def plan(paths, random_):
    """(path, headers) of each click: people of a place and source each, some of them twice, and what is no click."""
    clicks = []
    for number in range(CLICKS):
        name, headers, _ = random_.choices(MIX, weights=[row[2] for row in MIX])[0]
        if name == "duplicate" and clicks:
            clicks.append(clicks[-1])
            continue
        if headers is None:
            headers = {"User-Agent": random_.choice(PEOPLE)}
        # A person of 91.0.0.0/24 is in a hosting provider's network.
        place = f"91.0.0.{number % 250}" if number % 29 == 0 else address(number + 1)
        headers = {**headers, "X-Forwarded-For": place}
        if referrer := random_.choice(REFERRERS):
            headers["Referer"] = referrer
        clicks.append((random_.choice(paths), headers))
    return clicks


def sell(shop, random_, clicks, ids, owner):
    """Orders on clicks of any class, some refunded in part or cancelled; one by a code alone and one by nothing."""
    orders = []
    for number, index in enumerate(random_.sample(range(CLICKS), 60)):
        campaign, _ = owner[clicks[index][0]]
        orders.append({"campaign": campaign, "order_id": f"o-{number}", "click_id": ids[index],
                       "type": "signup" if number % 5 == 0 else "sale",
                       "amount": str(random_.randrange(10, 200)),
                       "status": "cancelled" if number % 11 == 0 else "approved"})
    code = shop.jalon("code", "add", "--campaign", "spring-trail", "--creator", "tom").stdout.strip()
    orders.append({"campaign": "spring-trail", "order_id": "by-code", "type": "sale", "amount": "7", "code": code})
    orders.append({"campaign": "spring-trail", "order_id": "by-nothing", "type": "sale", "amount": "5"})
    shop.jalon("conversion", "import", "-", input="".join(json.dumps(order) + "\n" for order in orders))
    for order in orders[1:60:7]:
        if order["status"] != "cancelled":
            shop.jalon("conversion", "refund", order["order_id"], "--campaign", order["campaign"], "--refund-id", "r",
                       "--amount", "3")
            order["refunded"] = 3
    return orders


@pytest.fixture(scope="module")
def history():
    random_ = random.Random(4)
    shop = Installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32"})
    shop.environment["JALON_GEO_COUNTRY"] = database(shop, "country", COUNTRIES)
    shop.environment["JALON_GEO_ASN"] = database(shop, "asn", HOSTING)
    owner = {}
    for number, (campaign, (currency, zone)) in enumerate(CAMPAIGNS.items()):
        shop.add_campaign(campaign, creators=("marie", "tom") if number == 0 else (), currency=currency, timezone=zone)
        for creator in ("marie", "tom"):
            owner[shop.add_link(creator, campaign)] = (campaign, creator)
    shop.start()
    clicks = plan(list(owner), random_)
    ids = send(shop.addresses["public"], clicks_with_names(clicks))
    shop.wait_shipped(CLICKS)
    orders = sell(shop, random_, clicks, ids, owner)
    exported = shop.exported_clicks()
    assert {row["click_id"] for row in exported} == set(ids)
    yield shop, exported, orders
    shop.remove()


def clicks_with_names(clicks):
    return [(path, None, headers) for path, headers in clicks]


def of_day(moment, zone):
    """The date in a zone of a moment as exports write it."""
    return datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")).astimezone(zoneinfo.ZoneInfo(zone)).date()


def recompute(name, exported, orders, campaigns, creator=None, day=None):
    """The rows as the export gives them, by key and currency."""
    by_id = {row["click_id"]: row for row in exported}

    def is_wanted(row):
        return row["campaign"] in campaigns and creator in (None, row["creator"])

    def key_of(row):
        return (*(row[field] for field in KEYS[name]), CAMPAIGNS[row["campaign"]][0])

    rows = collections.defaultdict(lambda: {"classes": collections.Counter(), "conversions": collections.Counter(),
                                            "revenue": decimal.Decimal(0)})
    for row in filter(is_wanted, exported):
        if day is None or of_day(row["at"], CAMPAIGNS[row["campaign"]][1]) == day:
            rows[key_of(row)]["classes"][row["class"]] += 1
    for order in orders if name != "quality" else ():
        row = by_id.get(order.get("click_id"))
        if row and is_wanted(row) and order["status"] != "cancelled":
            rows[key_of(row)]["conversions"][order["type"]] += 1
            rows[key_of(row)]["revenue"] += decimal.Decimal(order["amount"]) - order.get("refunded", 0)
    return rows


def check(report, expected):
    name = report["report"]
    currency = report["currency"]
    shown = {(*(row[field] for field in KEYS[name]), row.get("currency", currency)): row for row in report["rows"]}
    assert shown.keys() == expected.keys() and len(shown) == len(report["rows"])

    def part_of(row):
        return sum(row["classes"].values()) if name == "quality" else row["classes"]["human"]

    whole = sum(map(part_of, expected.values()))
    for key, row in shown.items():
        part = part_of(expected[key])
        low, high = wilson(part, whole)
        assert row["count" if name == "quality" else "clicks"] == part
        assert row["share"] == pytest.approx(part / whole, abs=6e-7)
        assert row["share_low"] == pytest.approx(low, abs=6e-7)
        assert row["share_high"] == pytest.approx(high, abs=6e-7)
        if name == "quality":
            continue
        assert row["invalid_clicks"] == {c: expected[key]["classes"][c] for c in row["invalid_clicks"]}
        assert part + sum(row["invalid_clicks"].values()) == sum(expected[key]["classes"].values())
        assert row["conversions"] == dict(expected[key]["conversions"])
        assert decimal.Decimal(row["revenue"]) == expected[key]["revenue"]
    assert report["totals"]["share"] is None


@pytest.mark.parametrize("name", KEYS)
def test_each_row_is_what_the_export_says(history, name):
    shop, exported, orders = history
    report = shop.jalon_json("report", name, "--campaign", "spring-trail")
    check(report, recompute(name, exported, orders, ["spring-trail"]))
    assert len(report["rows"]) >= 4
    assert report["unattributed"] == {"conversions": {"sale": 1}, "revenue": "5.00"}
    assert any("by promo code alone, so in no row: 1." in note for note in report["notes"]) == (name != "quality")


@pytest.mark.parametrize("name", KEYS)
def test_of_one_creator_and_of_several_campaigns(history, name):
    shop, exported, orders = history
    report = shop.jalon_json("report", name, "--campaign", "tokyo", "--creator", "marie")
    check(report, recompute(name, exported, orders, ["tokyo"], creator="marie"))
    report = shop.jalon_json("report", name, "--campaign", "tokyo", "--campaign", "spring-trail")
    check(report, recompute(name, exported, orders, list(CAMPAIGNS)))
    assert report["currency"] is None and {row["currency"] for row in report["rows"]} == {"EUR", "JPY"}


@pytest.mark.parametrize("name", KEYS)
def test_a_day_is_the_campaigns_own(history, name):
    shop, exported, orders = history
    day = of_day(exported[0]["at"], "Asia/Tokyo")
    # Orders are of now, which is the same day unless midnight went by: their clicks then are of the day before.
    orders = [order for order in orders if of_day(datetime.datetime.now(datetime.timezone.utc).isoformat(),
                                                  "Asia/Tokyo") == day]
    report = shop.jalon_json("report", name, "--campaign", "tokyo", "--from", day, "--to", day)
    check(report, recompute(name, exported, orders, ["tokyo"], day=day))


def test_they_add_up_to_what_creators_counts(history):
    shop, *_ = history
    for options in ([], ["--creator", "tom"]):
        at = ["--campaign", "spring-trail", *options]
        creators = shop.jalon_json("report", "creators", *at)["totals"]
        for name in ("sources", "geo", "devices"):
            totals = shop.jalon_json("report", name, *at)["totals"]
            assert totals["clicks"] == creators["clicks"] and totals["invalid_clicks"] == creators["invalid_clicks"]
        quality = shop.jalon_json("report", "quality", *at)
        counted = collections.Counter()
        for row in quality["rows"]:
            counted[row["class"]] += row["count"]
        assert counted.pop("human") == creators["clicks"]
        assert counted == collections.Counter(creators["invalid_clicks"])


def test_what_is_unknown_is_a_row_without_a_name_and_said(history):
    shop, *_ = history
    for name, words in (("sources", "without a source"), ("geo", "without a country"),
                        ("devices", "without a device")):
        report = shop.jalon_json("report", name, "--campaign", "spring-trail")
        assert [row for row in report["rows"] if row[KEYS[name][0]] is None]
        assert [note for note in report["notes"] if words in note]
        table = shop.jalon("report", name, "--campaign", "spring-trail").stdout
        assert words in " ".join(table.split()) and max(map(len, table.splitlines()[1:])) <= 80


def test_each_part_of_a_table_tells_its_rows_apart(history):
    shop, *_ = history
    table = shop.jalon("report", "devices", "--campaign", "spring-trail", "--campaign", "tokyo").stdout
    headings = [line.split()[:4] for line in table.splitlines() if line.startswith("Device")]
    assert len(headings) > 1 and all(line == ["Device", "Currency", "System", "App"] for line in headings)
