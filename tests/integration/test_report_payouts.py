"""`jalon report payouts`: random histories of orders, refunds and cancellations beside a plain model in Python's
integers and fractions, over successive periods and over the whole."""
import datetime
import fractions
import json
import random
import zoneinfo

import pytest

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
PERIODS = [("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-04-30"), ("2026-05-01", "2026-06-14"),
           ("2026-06-15", "2026-09-30")]
CREATORS = ("marie", "tom")
# creator, first day, kind, as entered, exactly what a minor unit of the base (or a conversion) brings in cents
RATES = [("marie", "2026-02-01", "commission", "8%", "0.08"), ("marie", "2026-04-10", "commission", "7.25%", "0.0725"),
         ("marie", "2026-03-29", "commission_code", "5%", "0.05"),
         ("marie", "2026-05-20", "commission_code", "12.345678%", "0.12345678"),
         ("marie", "2026-03-15", "per_conversion", "1.125", "112.5"),
         ("tom", "2026-03-10", "commission", "10%", "0.1"), ("tom", "2026-03-01", "per_conversion", "0.333333", "33.3333"),
         ("tom", "2026-05-01", "per_conversion_code", "2.005", "200.5")]
FEES = [("marie", "2026-03-31", "fee", 25000), ("marie", "2026-04-01", "fee", 1000), ("tom", "2026-06-15", "product", 3990)]
NEVER = 1 << 62


def start_ms(date):
    """The first millisecond of a campaign's day."""
    return int(datetime.datetime.combine(date, datetime.time(), PARIS).timestamp() * 1000)


def range_ms(first, last):
    day = datetime.date.fromisoformat
    return start_ms(day(first)), start_ms(day(last) + datetime.timedelta(days=1))


def day_of(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, PARIS).date().isoformat()


def random_order(number, dice, rule):
    begin, end = range_ms("2026-03-01", "2026-06-30")[0], range_ms("2026-03-01", "2026-06-30")[1]
    # Also at the very edges of days, which is where a day too many or too few shows.
    at = dice.choice([dice.randrange(begin, end), range_ms(*dice.choice(PERIODS))[0] - dice.randrange(2)])
    at = max(at, begin)
    later = lambda: dice.randrange(at + 1, range_ms("2026-08-01", "2026-08-31")[1])
    order = {"id": f"A-{number}", "at": at, "amount": dice.choice([0, 1, 1990, dice.randrange(1, 100000)]),
             "type": dice.choice(["sale", "sale", "sale", "lead"]), "refunds": [], "ended": NEVER, "status": "approved"}
    clicked, coded = dice.choice([("marie", None), ("tom", None), (None, "marie"), (None, "tom"), ("marie", "marie"),
                                  ("tom", "marie"), ("marie", "tom")])
    order["clicked"], order["coded"] = clicked, coded
    if rule == "linear" and clicked and coded and clicked != coded:
        order["credits"] = [(clicked, "click"), (coded, "code")]
    else:  # code-first: a click of the code's own creator is evidence beside it
        order["credits"] = [(coded or clicked, "click" if clicked and coded in (None, clicked) else "code")]
    left = order["amount"]
    for when in sorted(later() for _ in range(dice.choice([0, 0, 0, 1, 2, 3]))):
        part = dice.choice([left, dice.randrange(0, left + 1)]) if left else 0
        if part:
            order["refunds"].append((when, part))
            left -= part
    if order["refunds"] and not left:
        order["status"], order["ended"] = "refunded", order["refunds"][-1][0]
    elif dice.random() < 0.2:
        after = order["refunds"][-1][0] if order["refunds"] else at
        order["status"], order["ended"] = "cancelled", dice.randrange(after + 1, range_ms("2026-08-01", "2026-09-30")[1])
    elif dice.random() < 0.05:
        order["status"], order["ended"], order["refunds"] = "cancelled", 0, []  # it came like that
    return order


def record_of(order):
    record = {"v": 1, "order_id": order["id"], "type": order["type"], "amount_minor": order["amount"], "currency": "EUR",
              "status": order["status"], "occurred_ms": order["at"], "recorded_ms": order["at"]}
    if order["clicked"]:
        record["clicks"] = [{"id": "c" + order["id"], "verdict": "valid", "at_ms": order["at"] - 60000,
                             "link": "0000000000000001", "creator": order["clicked"], "channel": "bio"}]
    if order["coded"]:
        code = order["coded"].upper() + "10"
        record["code"] = {"text": code, "folded": code, "verdict": "valid", "creator": order["coded"]}
    if order["refunds"]:
        record["refunds"] = [{"id": f"r{i}", "minor": minor, "at_ms": at} for i, (at, minor) in enumerate(order["refunds"])]
    if order["ended"] not in (NEVER, 0):
        record["history"] = [{"status": "approved", "at_ms": order["at"]},
                             {"status": order["status"], "at_ms": order["ended"]}]
    return record


# -- the model

def worth(order, before_ms):
    """(does it count, its revenue), by what had happened before then."""
    if order["at"] >= before_ms or order["ended"] < before_ms:
        return 0, 0
    return 1, order["amount"] - sum(minor for at, minor in order["refunds"] if at < before_ms)


def parts_of(order, minor):
    """An amount among the credits: in equal parts, the first takes what is over."""
    others = minor // len(order["credits"])
    return [minor - others * (len(order["credits"]) - 1)] + [others] * (len(order["credits"]) - 1)


def rate_on(creator, kind, day):
    held = [(since, rate) for who, since, name, _, rate in RATES if (who, name) == (creator, kind) and since <= day]
    return fractions.Fraction(max(held)[1]) if held else None


def model(orders, first, last):
    """(creator, line, period) → [exact cents, orders that changed], of all lines that the report has."""
    begin, end = range_ms(first, last)
    lines = {}
    for creator, since, kind, _, _ in RATES:
        if since <= last:
            lines[creator, kind, "own"] = [fractions.Fraction(0), 0]
    for creator, day, kind, cents in FEES:
        if first <= day <= last:
            line = lines.setdefault((creator, kind, "own"), [fractions.Fraction(0), None])
            line[0] += cents
    for order in orders:
        if order["at"] >= end:
            continue
        is_earlier = order["at"] < begin
        (now, now_minor), (then, then_minor) = worth(order, end), worth(order, begin) if is_earlier else (0, 0)
        share = fractions.Fraction(1, len(order["credits"]))
        for (creator, how), a, b in zip(order["credits"], parts_of(order, now_minor), parts_of(order, then_minor)):
            goals = share * (now - then) if order["type"] == "sale" else 0
            for kind, base in (("commission", a - b), ("per_conversion", goals)):
                day = day_of(order["at"])
                if how == "code" and rate_on(creator, kind + "_code", day) is not None:
                    kind += "_code"
                rate = rate_on(creator, kind, day)
                if base == 0 or rate is None:
                    continue
                line = lines.setdefault((creator, kind, "earlier" if is_earlier else "own"), [fractions.Fraction(0), 0])
                line[0] += rate * base
                line[1] += 1
    return lines


def cents(text):
    return int(fractions.Fraction(text) * 100)


@pytest.fixture(params=["code-first", "linear"])
def shop(request, make_installation, redis_server):
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    made.add_campaign(attribution=request.param)
    rows = [f"spring-trail,{creator},{day},{kind},{value}" for creator, day, kind, value, _ in RATES]
    rows += [f"spring-trail,{creator},{day},{kind},{minor / 100:.2f}" for creator, day, kind, minor in FEES]
    for row in rows:
        campaign, creator, day, kind, value = row.split(",")
        made.jalon("cost", "import", input=f"campaign,creator,date,{kind}\n{campaign},{creator},{day},{value}\n")
    dice = random.Random(20261129)
    made.orders = [random_order(number, dice, request.param) for number in range(400)]
    store = redis_server.client()
    for order in made.orders:
        store.hset("jalon:{b.alpina}:orders:spring-trail", order["id"], "1 " + json.dumps(record_of(order)))
        store.zadd("jalon:{b.alpina}:order_times:spring-trail", {order["id"]: order["at"]})
    return made


def payouts(shop, first, last, *more):
    report = shop.jalon_json("report", "payouts", "--campaign", "spring-trail", "--from", first, "--to", last, *more)
    lines = {(row["creator"], row["line"], row["period"]): row for row in report["rows"]}
    assert len(lines) == len(report["rows"])
    return report, lines


def test_payouts_are_the_models(shop):
    paid = dict.fromkeys(CREATORS, 0)
    rounded = 0
    whole_range = (PERIODS[0][0], PERIODS[-1][1])
    for first, last in [*PERIODS, whole_range]:
        report, lines = payouts(shop, first, last)
        expected = model(shop.orders, first, last)
        assert {key: cents(row["owed"]) for key, row in lines.items()} == \
            {key: round(exact) for key, (exact, _) in expected.items()}  # Python rounds a fraction half to even
        assert {key: row["orders"] for key, row in lines.items()} == {key: count for key, (_, count) in expected.items()}
        assert cents(report["totals"]["owed"]) == sum(cents(row["owed"]) for row in lines.values())
        for creator in CREATORS:
            own = [row for key, row in lines.items() if key[0] == creator]
            assert {cents(row["creator_owed"]) for row in own} == {sum(cents(row["owed"]) for row in own)}
            if (first, last) != whole_range:
                paid[creator] += sum(cents(row["owed"]) for row in own)
        rounded += len(lines)
    assert any(key[2] == "earlier" for key in payouts(shop, *PERIODS[-1])[1])
    whole = {row["creator"]: cents(row["creator_owed"]) for row in payouts(shop, *whole_range)[1].values()}
    for creator in CREATORS:  # each line is rounded by at most half a cent
        assert abs(paid[creator] - whole[creator]) <= rounded / 2
    # Since nothing happened after the last period, it is what the campaign cost.
    costs = shop.jalon_json("report", "creators", "--campaign", "spring-trail")["rows"]
    assert whole == {row["creator"]: cents(row["cost"]) for row in costs}


def test_each_line_names_its_orders(shop):
    _, lines = payouts(shop, *PERIODS[1])
    for (creator, line, period), row in lines.items():
        if row["orders"] is None or row["orders"] > 20:
            continue
        pieces = [piece.rsplit(" ", 1) for piece in row["evidence"].split(", ")] if row["evidence"] else []
        assert len(pieces) == row["orders"] and len({order for order, _ in pieces}) == len(pieces)
        assert sum(fractions.Fraction(value) for _, value in pieces) == fractions.Fraction(row["base"])


def test_one_creator_sees_no_other(shop):
    report, lines = payouts(shop, *PERIODS[1], "--creator", "tom")
    assert {key[0] for key in lines} == {"tom"} and "marie" not in json.dumps(report)
    everybody = payouts(shop, *PERIODS[1])[1]
    assert lines == {key: row for key, row in everybody.items() if key[0] == "tom"}


def test_what_happens_today_to_an_order_of_last_year(make_installation):
    """By the commands themselves: a sale, its partial refund, the rest of it, and a cancellation."""
    shop = make_installation()
    shop.add_campaign()
    code = shop.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    shop.jalon("cost", "add", "--campaign", "spring-trail", "--creator", "marie", "--date", "2025-01-01", "--commission",
               "8%", "--per-conversion", "2", "--commission-code", "5%")
    for order in ("1", "2"):
        shop.jalon("conversion", "add", order, "--campaign", "spring-trail", "--type", "sale", "--amount", "100.00",
                   "--code", code, "--occurred-at", "2025-03-03T10:00:00Z")
    shop.jalon("conversion", "refund", "1", "--campaign", "spring-trail", "--refund-id", "r1", "--amount", "25.50")
    last_year = payouts(shop, "2025-01-01", "2025-12-31")[1]
    assert {key[1:]: row["owed"] for key, row in last_year.items()} == {
        ("commission", "own"): "0.00", ("commission_code", "own"): "10.00", ("per_conversion", "own"): "4.00"}
    assert last_year["marie", "commission_code", "own"]["rate"] == "5%"
    assert last_year["marie", "commission_code", "own"]["evidence"] == "1 100.00, 2 100.00"
    since = payouts(shop, "2026-01-01", "2200-01-01")
    assert {key[1:]: row["owed"] for key, row in since[1].items() if key[2] == "earlier"} == {
        ("commission_code", "earlier"): "-1.28"}  # 25.50 × 5 % = 1.275
    assert since[1]["marie", "commission_code", "earlier"]["evidence"] == "1 -25.50"
    shop.jalon("conversion", "refund", "1", "--campaign", "spring-trail", "--refund-id", "r2")
    since = payouts(shop, "2026-01-01", "2200-01-01")[1]
    assert {key[1]: row["owed"] for key, row in since.items() if key[2] == "earlier"} == {
        "commission_code": "-5.00", "per_conversion": "-2.00"}
    french = shop.jalon("report", "payouts", "--campaign", "spring-trail", "--to", "2025-12-31", "--lang", "fr",
                        env={"COLUMNS": "200"}).stdout
    assert " 5\u202f% " in french and "5%" not in french and " 100,00\u202f; 2 100,00" in french
    table = shop.jalon("report", "payouts", "--campaign", "spring-trail", "--from", "2026-01-01").stdout
    assert "-5.00" in table and "came in within it: 2." in " ".join(table.split())
