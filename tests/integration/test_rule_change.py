"""Another attribution rule: what it moves is told before it is set, and is what moves; the earlier rules are kept."""
import collections
import datetime
import json
import random

import pytest

import recorded_orders
from cli import refused, rows
from test_cli_terminal import on_a_terminal


@pytest.fixture(scope="module")
def shop(request):
    from conftest import Installation, RedisServer
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    made.add_campaign(creators=recorded_orders.CREATORS)
    dice = random.Random(20261129)
    made.orders = [recorded_orders.random_order(number, dice, "2026-03-01", "2026-05-31", "2026-07-01") for number in range(300)]
    made.client = server.client()
    recorded_orders.put(made.client, made.orders)
    yield made
    made.remove()
    server.remove()


def sums(orders, rule, days):
    """creator → ({type: share}, revenue in cents)"""
    found = collections.defaultdict(lambda: [collections.Counter(), 0])
    for order in orders:
        for who, (share, revenue, _) in recorded_orders.standing(order, [(rule, days, None)]).items():
            found[who][0][order["type"]] += share
            found[who][1] += revenue
    return {who: ({kind: round(float(share), 6) for kind, share in types.items()}, cents) for who, (types, cents) in found.items()}


def cents(text):
    return round(float(text) * 100)


def set_rule(shop, *options):
    shop.jalon("campaign", "set", "spring-trail", *options)


@pytest.mark.parametrize("before", recorded_orders.RULES)
@pytest.mark.parametrize("after", recorded_orders.RULES)
def test_what_would_move_is_what_moves(shop, before, after):
    set_rule(shop, "--attribution", before, "--window", "30d")
    for days in (30, 2):
        told = shop.jalon_json("campaign", "set", "spring-trail", "--attribution", after, "--window", f"{days}d", "--dry-run")
        old, new = sums(shop.orders, before, 30), sums(shop.orders, after, days)
        nothing = ({}, 0)
        moved = {who for who in {*old, *new} if old.get(who, nothing) != new.get(who, nothing)}
        assert {row["creator"] for row in told["rows"]} == moved
        for row in told["rows"]:
            who = row["creator"]
            assert (row["conversions_before"], cents(row["revenue_before"])) == old.get(who, nothing)
            assert (row["conversions_after"], cents(row["revenue_after"])) == new.get(who, nothing)
        # Orders and money are moved about, never made.
        assert told["totals"]["conversions_before"] == pytest.approx(told["totals"]["conversions_after"])
        assert told["totals"]["revenue_before"] == told["totals"]["revenue_after"]
        count = sum(1 for order in shop.orders if recorded_orders.worth(order, recorded_orders.NEVER)[0])
        changed = sum(1 for order in shop.orders if
                      {who: part[:2] for who, part in recorded_orders.standing(order, [(before, 30, None)]).items()} !=
                      {who: part[:2] for who, part in recorded_orders.standing(order, [(after, days, None)]).items()})
        if changed:
            assert told["notes"][0] == f"Orders credited otherwise: {changed} of {count}; what was reported of them changes."
        else:
            assert told["notes"][0] == f"Nothing moves: each order stays whose it is (orders: {count})."
            assert told["rows"] == []


def test_the_change_is_made_and_told(shop):
    set_rule(shop, "--attribution", "code-first", "--window", "30d")
    reported = shop.jalon_json("report", "creators", "--campaign", "spring-trail")
    # A script has no terminal to be asked on: it goes on, as ever.
    done = shop.jalon("campaign", "set", "spring-trail", "--attribution", "last-click")
    assert "Orders credited otherwise" in done.stdout and "lea" in done.stdout and done.stderr == ""
    shown = shop.jalon_json("campaign", "show", "spring-trail")
    assert shown["attribution"] == "last-click"
    assert {name: shown["earlier_rules"][-1][name] for name in ("attribution", "window")} == \
        {"attribution": "code-first", "window": "30d"}
    expected = sums(shop.orders, "last-click", 30)
    after = shop.jalon_json("report", "creators", "--campaign", "spring-trail")
    assert after != reported
    for row in after["rows"]:
        assert (row["conversions"], cents(row["revenue"])) == expected[row["creator"]]
    assert (after["unattributed"]["conversions"], cents(after["unattributed"]["revenue"])) == expected[None]
    again = shop.jalon("campaign", "set", "spring-trail", "--attribution", "last-click")
    assert again.stdout.startswith("Nothing moves: each order ") and again.stdout.count("\n") == 1
    assert shop.jalon_json("campaign", "show", "spring-trail")["earlier_rules"] == shown["earlier_rules"]
    # Another spelling of the window is the same window.
    set_rule(shop, "--window", "720h")
    assert shop.jalon_json("campaign", "show", "spring-trail")["earlier_rules"] == shown["earlier_rules"]


def test_forms_and_dry_runs(shop):
    set_rule(shop, "--attribution", "code-first", "--window", "30d")
    before = shop.jalon_json("campaign", "show", "spring-trail")
    table = shop.jalon("campaign", "set", "spring-trail", "--attribution", "click-first", "--dry-run").stdout
    assert table.startswith("rule-change · spring-trail · ") and "Revenue then" in table
    csv = rows(shop.jalon("campaign", "set", "spring-trail", "--window", "1d", "--dry-run", "--format", "csv").stdout)
    assert {"", "marie"} <= {row["creator"] for row in csv} and all(row["conversions_before.sale"] for row in csv)
    assert shop.jalon_json("campaign", "show", "spring-trail") == before
    refused(shop, "campaign", "set", "spring-trail", "--goal", "lead", "--dry-run", code=2, says="--attribution")
    refused(shop, "campaign", "set", "spring-trail", "--attribution", "best", "--dry-run", code=2, says="code-first")
    refused(shop, "campaign", "set", "spring-trail", "--window", "0d", code=1, says="write e.g. 30d")
    refused(shop, "campaign", "set", "nothing", "--attribution", "linear", code=1, says="nothing")
    # What moves no figure is silent, and needs no yes.
    quiet = shop.jalon("campaign", "set", "spring-trail", "--utm-source", "jalon")
    assert quiet.stdout == quiet.stderr == ""


def test_a_person_is_asked(shop):
    set_rule(shop, "--attribution", "code-first", "--window", "30d")
    change = ["campaign", "set", "spring-trail", "--attribution", "first-click"]
    rule = lambda: shop.jalon_json("campaign", "show", "spring-trail")["attribution"]
    shown, code = on_a_terminal(shop, *change, types="n\n")
    assert code == 1 and "Go on? [y/N]" in shown and "nothing was changed" in shown and rule() == "code-first"
    assert shown.index("Orders credited otherwise") < shown.index("Go on?")
    shown, code = on_a_terminal(shop, *change, "--yes")
    assert code == 0 and "Orders credited otherwise" in shown and "Go on?" not in shown and rule() == "first-click"
    shown, code = on_a_terminal(shop, *change)
    assert code == 0 and "Nothing moves" in shown and "Go on?" not in shown
    shown, code = on_a_terminal(shop, "campaign", "set", "spring-trail", "--attribution", "linear", types="y\n")
    assert code == 0 and rule() == "linear"


def test_a_campaign_remembers_so_many_rules(fresh_campaign):
    shop = fresh_campaign
    for i in range(32):
        shop.jalon("campaign", "set", "winter", "--window", f"{i + 1}d")
    kept = shop.jalon_json("campaign", "show", "winter")["earlier_rules"]
    assert [rule["window"] for rule in kept] == ["30d"] + [f"{i + 1}d" for i in range(31)]
    changed = [datetime.datetime.fromisoformat(rule["until"].replace("Z", "+00:00")) for rule in kept]
    assert changed == sorted(changed)
    refused(shop, "campaign", "set", "winter", "--window", "60d", code=1, says=["32 times", "another campaign"])
    shop.jalon("campaign", "set", "winter", "--goal", "lead")


@pytest.fixture
def fresh_campaign(shop):
    shop.add_campaign("winter", creators=())
    return shop
