"""100 000 clicks of a known mix through a real jalond: every number of the report equals a recomputation
in Python from the exported clicks, and each redirect's click id stands once in the export."""
import collections
import decimal
import json
import math
import random

import pytest

from conftest import BUILD
from mixed_clicks import plan, send

CLICKS = 100_000 if "san" not in BUILD.name else 10_000
CREATORS = 12
CAMPAIGN = "spring-trail"


def wilson(count, total):
    """Wilson's interval of 1927 for 95 %, as in its textbook form."""
    z = 1.959963984540054
    rate = count / total
    centre = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total))
    return centre - half, centre + half


def per(amount, count, digits):
    if not count:
        return None
    quantum = decimal.Decimal(1).scaleb(-digits)
    return str((decimal.Decimal(amount) / count).quantize(quantum, decimal.ROUND_HALF_EVEN))


def cents(value):
    return decimal.Decimal(value).quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_EVEN)


@pytest.fixture(scope="module")
def history():
    """The installation after the clicks and orders, with what was sent."""
    from conftest import Installation
    random_ = random.Random(20261129)
    shop = Installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32"})
    creators = [f"creator-{n:02}" for n in range(CREATORS)]
    shop.add_campaign(CAMPAIGN, creators)
    shop.start()
    owner, paths, codes, costs, impressions = {}, [], {}, {}, {}
    for number, creator in enumerate(creators):
        for channel in ("bio", "story")[:1 + number % 2]:
            path = shop.add_link(creator, channel=channel)
            owner[path] = creator
            paths.append(path)
        codes[creator] = shop.jalon("code", "add", "--campaign", CAMPAIGN, "--creator",
                                    creator).stdout.strip()
        costs[creator] = {"fee": 100 + number, "per-click": "0.015", "commission": "7.25%"}
        for kind, value in costs[creator].items():
            shop.jalon("cost", "add", "--campaign", CAMPAIGN, "--creator", creator, f"--{kind}", value,
                       "--date", "2026-01-01" if kind != "fee" else today_in_paris())
        if number % 3:
            impressions[creator] = 150_000 + 1000 * number
            shop.jalon("post", "add", "--campaign", CAMPAIGN, "--creator", creator, "--url",
                       f"https://instagram.example/p/{creator}", "--published-at",
                       today_in_paris() + "T00:00:00Z", "--impressions", impressions[creator])
    clicks = plan(paths, CLICKS, random_)
    ids = send(shop.addresses["public"], clicks)
    orders = make_orders(random_, clicks, ids, owner, codes)
    shop.jalon("conversion", "import", "-",
               input="".join(json.dumps(order) + "\n" for order in orders))
    shop.wait_shipped(len(clicks))
    yield shop, creators, owner, clicks, ids, orders, costs, impressions
    shop.remove()


def today_in_paris():
    import datetime
    import zoneinfo
    return datetime.datetime.now(zoneinfo.ZoneInfo("Europe/Paris")).date().isoformat()


def make_orders(random_, clicks, ids, owner, codes):
    """Orders by click, by code, by both (of one creator), of a stranger's code, and sign-ups."""
    people = [n for n, click in enumerate(clicks) if click[1] == "human"]
    orders = []
    for number, index in enumerate(random_.sample(people, 240)):
        creator = owner[clicks[index][0]]
        order = {"campaign": CAMPAIGN, "order_id": f"o-{number}", "type": "sale", "currency": "EUR",
                 "amount": f"{random_.randrange(500, 20000) / 100:.2f}"}
        kind = number % 6
        if kind in (0, 1, 2):
            order["click_id"] = ids[index]
        if kind in (2, 3):
            order["code"] = codes[creator].lower()
        if kind == 4:
            order["code"] = "NOBODY10"
        if kind == 5:
            order = {"campaign": CAMPAIGN, "order_id": f"o-{number}", "type": "signup",
                     "click_id": ids[index]}
        orders.append(order)
    return orders


def credited(order, owner, path_of, creator_of_code):
    """Creator and evidence under code-first, when every click is fresh and every code valid."""
    click = owner[path_of[order["click_id"]]] if "click_id" in order else None
    code = creator_of_code.get(order.get("code", "").upper())
    if code:
        return code, "both" if click == code else "code"
    return click, "click" if click else None


def test_each_redirect_is_exported_once_with_the_class_it_was_sent_as(history):
    shop, _, owner, clicks, ids, *_ = history
    exported = shop.exported_clicks("--campaign", CAMPAIGN)
    assert len(exported) == len(clicks)
    rows = {row["click_id"]: row for row in exported}
    assert rows.keys() == set(ids)
    wrong = [(rows[click_id]["class"], name, headers)
             for click_id, (link, name, headers) in zip(ids, clicks)
             if (rows[click_id]["class"], rows[click_id]["creator"], "/" + rows[click_id]["link"])
             != (name, owner[link], link)]
    assert not wrong, wrong[:3]


def test_every_number_of_the_report_is_that_of_the_exported_clicks(history):
    shop, creators, owner, clicks, ids, orders, costs, impressions = history
    exported = shop.exported_clicks("--campaign", CAMPAIGN)
    counted, visitors = collections.defaultdict(collections.Counter), collections.defaultdict(set)
    for row in exported:
        counted[row["creator"]][row["class"]] += 1
        if row["class"] == "human":
            visitors[row["creator"]].add((row["at"][:10], row["visitor"]))
    path_of = dict(zip(ids, (click[0] for click in clicks)))
    creator_of_code = {row["code"]: row["creator"] for row in shop.jalon_json("code", "list", "--campaign",
                                                                              CAMPAIGN)}
    sold = collections.defaultdict(lambda: collections.Counter())
    evidence = collections.defaultdict(collections.Counter)
    revenue = collections.defaultdict(decimal.Decimal)
    lost, lost_revenue = collections.Counter(), decimal.Decimal(0)
    for order in orders:
        creator, kind = credited(order, owner, path_of, creator_of_code)
        amount = decimal.Decimal(order.get("amount", "0"))
        if creator is None:
            lost[order["type"]] += 1
            lost_revenue += amount
            continue
        sold[creator][order["type"]] += 1
        revenue[creator] += amount
        if order["type"] == "sale":
            evidence[creator][kind] += 1

    report = shop.jalon_json("report", "creators", "--campaign", CAMPAIGN)
    assert report["report"] == "creators" and report["currency"] == "EUR"
    rows = {row["creator"]: row for row in report["rows"]}
    assert set(rows) == set(creators)
    for creator, row in rows.items():
        human = counted[creator]["human"]
        sales = sold[creator]["sale"]
        assert row["clicks"] == human
        assert row["invalid_clicks"] == {name: counted[creator][name]
                                         for name in row["invalid_clicks"]}
        assert sum(row["invalid_clicks"].values()) == sum(counted[creator].values()) - human
        expected = len(visitors[creator])
        assert abs(row["unique_clicks"] - expected) <= max(1, 3 * 0.0081 * expected)
        assert row["conversions"] == dict(sold[creator])
        assert {k: v for k, v in row["conversions_by"].items() if v} == dict(evidence[creator])
        assert decimal.Decimal(row["revenue"]) == revenue[creator]
        by_click = evidence[creator]["click"] + evidence[creator]["both"]
        low, high = wilson(by_click, human)
        assert row["conversion_rate"] == pytest.approx(by_click / human, abs=6e-7)
        assert row["conversion_rate_low"] == pytest.approx(low, abs=6e-7)
        assert row["conversion_rate_high"] == pytest.approx(high, abs=6e-7)
        cost = (cents(costs[creator]["fee"]) + cents(decimal.Decimal("0.015") * human)
                + cents(decimal.Decimal("0.0725") * revenue[creator]))
        assert decimal.Decimal(row["cost"]) == cost
        assert row["cost_per_click"] == per(cost, human, 4)
        assert row["cost_per_result"] == row["cost_per_sale"] == per(cost, sales, 4)
        assert row["cost_per_signup"] == per(cost, sold[creator]["signup"], 4)
        assert row["roas"] == pytest.approx(float(revenue[creator] / cost), abs=6e-7)
        assert row["revenue_per_click"] == per(revenue[creator], human, 4)
        assert row["impressions"] == impressions.get(creator)
        if creator in impressions:
            low, high = wilson(human, impressions[creator])
            assert row["ctr"] == pytest.approx(human / impressions[creator], abs=6e-7)
            assert (row["ctr_low"], row["ctr_high"]) == (pytest.approx(low, abs=6e-7),
                                                         pytest.approx(high, abs=6e-7))
        else:
            assert row["ctr"] is row["ctr_low"] is row["ctr_high"] is None
    totals = report["totals"]
    assert totals["clicks"] == sum(c["human"] for c in counted.values())
    assert decimal.Decimal(totals["revenue"]) == sum(revenue.values())
    assert report["unattributed"]["conversions"] == dict(lost)
    assert decimal.Decimal(report["unattributed"]["revenue"]) == lost_revenue


def test_the_api_gives_the_same_report(history):
    shop, *_ = history
    shop.add_token()
    printed = shop.jalon_json("report", "creators", "--campaign", CAMPAIGN)
    answer = shop.api("GET", f"/v1/reports/creators?campaign={CAMPAIGN}")
    assert answer.status == 200
    assert answer.json() == printed
