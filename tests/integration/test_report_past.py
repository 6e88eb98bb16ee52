"""Figures that changed since they were first reported, and payouts across changes of the rule, beside the plain model of
recorded_orders.py."""
import collections
import fractions
import random
import re

import pytest

import recorded_orders
from conftest import Installation, RedisServer

RULES = [("code-first", 30, recorded_orders.start_ms("2026-04-15") + 36_000_000), ("linear", 30, recorded_orders.start_ms("2026-06-05")),
         ("linear", 2, recorded_orders.end_ms("2026-06-20")), ("last-click", 14, None)]
RANGES = [("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-04-30"), ("2026-03-10", "2026-06-30"), ("2026-05-31", "2026-05-31")]
PERIODS = [("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-06-04"), ("2026-06-05", "2026-06-20"),
           ("2026-06-21", "2026-09-30")]
# creator, first day, kind, as entered, what a minor unit of the base (or a conversion) brings in cents
RATES = [("marie", "2026-02-01", "commission", "8%", "0.08"), ("marie", "2026-03-20", "commission_code", "5%", "0.05"),
         ("tom", "2026-03-10", "commission", "10%", "0.1"), ("tom", "2026-03-01", "per_conversion", "0.333333", "33.3333"),
         ("lea", "2026-03-01", "per_conversion", "1.125", "112.5"), ("lea", "2026-05-01", "per_conversion_code", "2", "200")]


@pytest.fixture(scope="module")
def shop():
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    made.add_campaign(creators=recorded_orders.CREATORS)
    for creator, day, kind, value, _ in RATES:
        made.jalon("cost", "import", input=f"campaign,creator,date,{kind}\nspring-trail,{creator},{day},{value}\n")
    dice = random.Random(20261130)
    made.orders = [recorded_orders.random_order(number, dice, "2026-03-01", "2026-05-31", "2026-07-01") for number in range(400)]
    client = server.client()
    recorded_orders.put(client, made.orders)
    recorded_orders.put_rules(client, RULES)
    yield made
    made.remove()
    server.remove()


def report(shop, name, first, last, *more):
    return shop.jalon_json("report", name, "--campaign", "spring-trail", "--from", first, "--to", last, *more)


def money(text):
    return f"{float(text):,.2f}"


def cents(text):
    return int(fractions.Fraction(text) * 100)


def reported(order, before):
    """What a report made just before that moment says of the order."""
    return recorded_orders.standing(order, RULES, before) if order["recorded"] < before else {}


def moments(order, since):
    """When something happened that may have changed it."""
    found = {order["recorded"], order["ended"], *(at for at, _ in order["refunds"]), *(until for _, _, until in RULES if until)}
    return sorted(at for at in found if since <= at < recorded_orders.NEVER)


def sums(orders, standing):
    found = collections.defaultdict(lambda: [collections.Counter(), 0])
    for order in orders:
        for who, (share, revenue, _) in standing(order).items():
            found[who][0][order["type"]] += share
            found[who][1] += revenue
    return {who: ({kind: round(float(share), 6) for kind, share in types.items() if share}, revenue)
            for who, (types, revenue) in found.items()}


def last_changes(orders, since):
    """creator → the last moment at which an order of theirs changed."""
    found = {}
    for order in orders:
        for at in moments(order, since):
            before, after = reported(order, at), reported(order, at + 1)
            for who in {*before, *after}:
                if before.get(who, (0, 0))[:2] != after.get(who, (0, 0))[:2]:
                    found[who] = max(at, found.get(who, 0))
    return found


@pytest.mark.parametrize("first,last", RANGES)
def test_creators_show_both_values_and_the_day(shop, first, last):
    begin, end = recorded_orders.start_ms(first), recorded_orders.end_ms(last)
    orders = [order for order in shop.orders if begin <= order["at"] < end]
    was, now = sums(orders, lambda order: reported(order, end)), sums(orders, lambda order: reported(order, recorded_orders.NEVER))
    changes, nothing = last_changes(orders, end), ({}, 0)
    answer = report(shop, "creators", first, last)
    changed = set()
    for row in answer["rows"]:
        who = row["creator"]
        assert (row["conversions"], cents(row["revenue"])) == now.get(who, nothing)
        if was.get(who, nothing) == now.get(who, nothing):
            assert row["conversions_first"] is row["revenue_first"] is row["changed_at"] is None
            continue
        changed.add(who)
        assert (row["conversions_first"], cents(row["revenue_first"])) == was.get(who, nothing)
        assert row["changed_at"] == recorded_orders.day_of(changes[who])
    notes = [note for note in answer["notes"] if note.startswith("Figures changed")]
    assert notes == ([f"Figures changed since the range ended (creators: {len(changed)})."] if changed else [])
    assert changed or (first, last) == RANGES[2]
    # The campaign as a whole: what moves between its creators is no change of it.
    row, = report(shop, "campaigns", first, last)["rows"]
    total = [sum(revenue for who, (_, revenue) in of.items() if who) for of in (was, now)]
    counts = [sum(sum(types.values()) for who, (types, _) in of.items() if who) for of in (was, now)]
    if total[0] != total[1]:
        assert (cents(row["revenue_first"]), cents(row["revenue"])) == tuple(total)
        assert sum(row["conversions_first"].values()) == pytest.approx(counts[0])
    elif counts[0] == pytest.approx(counts[1]):
        assert row["revenue_first"] is None


@pytest.mark.parametrize("name,key,fields", [
    ("creators", "creator", {"conversions": "Conversions", "revenue": "Revenue"}),
    ("orders", "order_id", {"revenue": "Revenue", "credits": "Credited"})])
def test_table_and_page_list_every_figure_that_changed(shop, name, key, fields):
    first, last = RANGES[1]
    rows = [row for row in report(shop, name, first, last)["rows"] if row["changed_at"]]
    changes = {(row[key], heading): row["changed_at"] for row in rows for field, heading in fields.items()
               if row[field] != row[field + "_first"]}
    for row in rows:  # an order of no amount that does not count any more
        if not any((row[key], heading) in changes for heading in fields.values()):
            changes[row[key], "Status"] = row["changed_at"]
    assert len(changes) > 2
    options = ["report", name, "--campaign", "spring-trail", "--from", first, "--to", last]
    page = shop.jalon(*options, "--format", "html").stdout.split("</section>")[0]
    listed = re.findall(r'<tr><th scope="row">(?:[^<]*<small>)?([^<]*)(?:</small>)?</th><td class="t">([^<]*)</td><td class="n">[^<]*</td>'
                        r'<td class="n">[^<]*</td><td class="t">([^<]*)</td></tr>', page)
    assert {(who, heading): day for who, heading, day in listed} == changes and len(listed) == len(changes)
    for row in rows:
        if row["revenue"] != row["revenue_first"]:
            assert f'<td class="n">{money(row["revenue_first"])}</td><td class="n">{money(row["revenue"])}</td>' in page
    table = " ".join(shop.jalon(*options, env={"COLUMNS": "200"}).stdout.split())
    for row in rows:
        told = re.search(rf' {re.escape(row[key])}: ([^:]*?) \({row["changed_at"]}\)', table)[1]
        assert {heading for heading in (*fields.values(), "Status") if heading + " " in told} == \
            {heading for (who, heading) in changes if who == row[key]}
        if row["revenue"] != row["revenue_first"]:
            assert f'Revenue {money(row["revenue_first"])} → {money(row["revenue"])}' in told
    assert "0†" in table and "First revenue" not in table


@pytest.mark.parametrize("first,last", RANGES)
def test_orders_show_both_values_and_the_day(shop, first, last):
    begin, end = recorded_orders.start_ms(first), recorded_orders.end_ms(last)
    rows = {row["order_id"]: row for row in report(shop, "orders", first, last)["rows"]}
    orders = [order for order in shop.orders if begin <= order["at"] < end]
    assert rows.keys() == {order["id"] for order in orders}

    def seen(order, before):
        if order["recorded"] >= before:
            return 0, 0, []
        return *recorded_orders.worth(order, before), [who for who, _ in recorded_orders.credits(order, *recorded_orders.rule_at(RULES, before))]

    changed = 0
    for order in orders:
        row, was = rows[order["id"]], seen(order, end)
        if was == seen(order, recorded_orders.NEVER):
            assert row["revenue_first"] is row["credits_first"] is row["changed_at"] is None
            continue
        changed += 1
        assert cents(row["revenue_first"]) == was[1] and set(row["credits_first"]) == set(was[2])
        day = max(at for at in moments(order, end) if seen(order, at) != seen(order, at + 1))
        assert row["changed_at"] == recorded_orders.day_of(day)
    assert changed or (first, last) == RANGES[2]


def test_a_range_that_is_not_over_was_not_reported_yet(shop):
    for name in ("creators", "campaigns", "orders"):
        for row in report(shop, name, "2026-03-01", "2200-01-01")["rows"]:
            assert row["revenue_first"] is row["changed_at"] is None


# -- payouts

def rate_on(creator, kind, day):
    held = [(since, rate) for who, since, name, _, rate in RATES if (who, name) == (creator, kind) and since <= day]
    return fractions.Fraction(max(held)[1]) if held else None


def paid_for(order, before):
    """(creator, line) → (base, its rate), by what had happened and which rule was in force before then; as if the order was known
    since it occurred."""
    found = {}
    if order["at"] >= before:
        return found
    for who, (share, revenue, by) in recorded_orders.standing(order, RULES, before).items():
        for kind, base in (("commission", revenue), ("per_conversion", share if order["type"] == "sale" else 0)):
            day = recorded_orders.day_of(order["at"])
            if by == "code" and rate_on(who, kind + "_code", day) is not None:
                kind += "_code"
            rate = rate_on(who, kind, day)
            if who and rate is not None:
                found[who, kind] = base, rate
    return found


def model(orders, first, last):
    """(creator, line, period) → [exact cents, orders]"""
    begin, end = recorded_orders.start_ms(first), recorded_orders.end_ms(last)
    lines = {(creator, kind, "own"): [fractions.Fraction(0), 0] for creator, since, kind, _, _ in RATES if since <= last}
    for order in orders:
        if order["at"] >= end:
            continue
        is_earlier = order["at"] < begin
        now, then = paid_for(order, end), paid_for(order, begin) if is_earlier else {}
        for key in {*now, *then}:
            base = now.get(key, (0, 0))[0] - then.get(key, (0, 0))[0]
            if base:
                line = lines.setdefault((*key, "earlier" if is_earlier else "own"), [fractions.Fraction(0), 0])
                line[0] += base * (now.get(key) or then[key])[1]
                line[1] += 1
    return lines


def test_payouts_carry_what_another_rule_moves(shop):
    paid, rounded = collections.Counter(), 0
    whole_range = (PERIODS[0][0], PERIODS[-1][1])
    moved = 0
    for first, last in [*PERIODS, whole_range]:
        answer = report(shop, "payouts", first, last)
        lines = {(row["creator"], row["line"], row["period"]): row for row in answer["rows"]}
        expected = model(shop.orders, first, last)
        assert {key: cents(row["owed"]) for key, row in lines.items()} == {key: round(exact) for key, (exact, _) in expected.items()}
        assert {key: row["orders"] for key, row in lines.items()} == {key: count for key, (_, count) in expected.items()}
        if (first, last) == whole_range:
            continue
        rounded += len(lines)
        moved += sum(1 for order in shop.orders if order["at"] < recorded_orders.start_ms(first) and
                     set(paid_for(order, recorded_orders.start_ms(first))) - set(paid_for(order, recorded_orders.end_ms(last))))
        for (creator, _, _), row in lines.items():
            paid[creator] += cents(row["owed"])
    assert moved > 20  # the rules do move credit between periods
    whole = {row["creator"]: cents(row["creator_owed"]) for row in answer["rows"]}
    for creator in recorded_orders.CREATORS:  # each line is rounded by at most half a cent
        assert abs(paid[creator] - whole[creator]) <= rounded / 2
    costs = shop.jalon_json("report", "creators", "--campaign", "spring-trail")["rows"]
    assert whole == {row["creator"]: cents(row["cost"]) for row in costs}


def test_a_changed_rule_by_the_commands_themselves():
    """A month is paid; then the rule is changed: the month's payout stays, the next has the difference."""
    shop = Installation()
    shop.add_campaign()
    code = shop.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    shop.jalon("cost", "add", "--campaign", "spring-trail", "--creator", "marie", "--date", "2025-01-01", "--commission", "10%")
    shop.jalon("conversion", "add", "1", "--campaign", "spring-trail", "--type", "sale", "--amount", "100.00", "--code", code,
               "--occurred-at", "2025-03-03T10:00:00Z")
    month = report(shop, "payouts", "2025-03-01", "2025-03-31")["rows"]
    assert [(row["line"], row["owed"]) for row in month] == [("commission", "10.00")]
    told = shop.jalon("campaign", "set", "spring-trail", "--attribution", "last-click").stdout
    assert "marie" in told and "100.00" in told
    assert report(shop, "payouts", "2025-03-01", "2025-03-31")["rows"] == month
    since = report(shop, "payouts", "2026-01-01", "2200-01-01")["rows"]
    assert {(row["line"], row["period"]): (row["owed"], row["evidence"]) for row in since if row["period"] == "earlier"} == {
        ("commission", "earlier"): ("-10.00", "1 -100.00")}
    # It came in long after that month: nothing was reported of it then.
    row = next(row for row in report(shop, "creators", "2025-03-01", "2025-03-31")["rows"] if row["creator"] == "marie")
    assert (row["conversions"], row["revenue_first"]) == ({}, None)
    shop.remove()
