"""Random orders with clicks and codes, written as the registry keeps them, and a plain model of who is credited."""
import datetime
import fractions
import json
import zoneinfo

PARIS = zoneinfo.ZoneInfo("Europe/Paris")
DAY = 86_400_000
CREATORS = ("marie", "tom", "lea")
RULES = ("code-first", "click-first", "last-click", "first-click", "linear")
NEVER = 1 << 62


def start_ms(date):
    """The first millisecond of a day in Paris; "2026-03-01" or a date."""
    if isinstance(date, str):
        date = datetime.date.fromisoformat(date)
    return int(datetime.datetime.combine(date, datetime.time(), PARIS).timestamp() * 1000)


def end_ms(date):
    """The first millisecond after that day."""
    return start_ms(datetime.date.fromisoformat(date) + datetime.timedelta(days=1))


def day_of(ms):
    return datetime.datetime.fromtimestamp(ms / 1000, PARIS).date().isoformat()


def random_order(number, dice, first, last, ends):
    """Placed between two days; what happens to it later happens before `ends`."""
    at = dice.choice([dice.randrange(start_ms(first), end_ms(last)), start_ms(first), end_ms(last) - 1])
    order = {"id": f"A-{number}", "at": at, "recorded": at, "amount": dice.choice([0, 1, 1990, dice.randrange(1, 100000)]),
             "type": dice.choice(["sale", "sale", "sale", "lead"]), "refunds": [], "ended": NEVER, "status": "approved",
             "clicks": [(dice.choice(CREATORS), at - dice.choice([dice.randrange(0, 3 * DAY), dice.randrange(0, 40 * DAY)]))
                        for _ in range(dice.choice([0, 1, 1, 2, 3]))],
             "code": dice.choice([None, None, *CREATORS])}
    if dice.random() < 0.15:
        order["recorded"] = dice.randrange(at, start_ms(ends))
    later = lambda: dice.randrange(order["recorded"] + 1, start_ms(ends))
    left = order["amount"]
    for when in sorted(later() for _ in range(dice.choice([0, 0, 0, 1, 2]))):
        part = dice.choice([left, dice.randrange(0, left + 1)]) if left else 0
        if part:
            order["refunds"].append((when, part))
            left -= part
    if order["refunds"] and not left:
        order["status"], order["ended"] = "refunded", order["refunds"][-1][0]
    elif dice.random() < 0.15:
        after = order["refunds"][-1][0] if order["refunds"] else order["recorded"]
        order["status"], order["ended"] = "cancelled", dice.randrange(after + 1, start_ms(ends) + DAY)
    return order


def record_of(order):
    record = {"v": 1, "order_id": order["id"], "type": order["type"], "amount_minor": order["amount"], "currency": "EUR",
              "status": order["status"], "occurred_ms": order["at"], "recorded_ms": order["recorded"]}
    record["clicks"] = [{"id": f"c{order['id']}-{i}", "verdict": "valid", "at_ms": at,
                         "link": f"{CREATORS.index(creator) + 1:016x}", "creator": creator, "channel": "bio"}
                        for i, (creator, at) in enumerate(order["clicks"])]
    if order["code"]:
        code = order["code"].upper() + "10"
        record["code"] = {"text": code, "folded": code, "verdict": "valid", "creator": order["code"]}
    if order["refunds"]:
        record["refunds"] = [{"id": f"r{i}", "minor": minor, "at_ms": at} for i, (at, minor) in enumerate(order["refunds"])]
    if order["ended"] != NEVER:
        record["history"] = [{"status": "approved", "at_ms": order["recorded"]},
                             {"status": order["status"], "at_ms": order["ended"]}]
    return record


def put(store, orders, campaign="spring-trail", brand="alpina"):
    for order in orders:
        store.hset(f"jalon:{{b.{brand}}}:orders:{campaign}", order["id"], "1 " + json.dumps(record_of(order)))
        store.zadd(f"jalon:{{b.{brand}}}:order_times:{campaign}", {order["id"]: order["at"]})


def put_rules(store, rules, campaign="spring-trail"):
    """`rules`: (rule, window in days, in force until) of the earlier ones, oldest first, then (rule, window, None)."""
    _, _, text = store.hget("jalon:{s}:campaigns", campaign).decode().partition(" ")
    record = json.loads(text)
    record["earlier_rules"] = [{"attribution": rule, "window": f"{days}d", "until_ms": until} for rule, days, until in rules[:-1]]
    record["attribution"], record["window"] = rules[-1][0], f"{rules[-1][1]}d"
    store.hset("jalon:{s}:campaigns", campaign, "9 " + json.dumps(record))


def credits(order, rule, days):
    """[(creator, by)], each with an equal part, the first with what is over."""
    clicks = sorted(((at, i, who) for i, (who, at) in enumerate(order["clicks"]) if order["at"] - at <= days * DAY))
    code = order["code"]
    if rule == "linear":
        winners = list(dict.fromkeys([who for _, _, who in clicks] + ([code] if code else [])))
    elif code and (rule == "code-first" or (rule == "click-first" and not clicks)):
        winners = [code]
    else:
        winners = [clicks[0 if rule == "first-click" else -1][2]] if clicks else []
    has_click = {who for _, _, who in clicks}
    return [(who, "both" if who in has_click and who == code else "click" if who in has_click else "code") for who in winners]


def parts_of(minor, count):
    others = minor // count
    return [minor - others * (count - 1)] + [others] * (count - 1)


def worth(order, before):
    """(does it count, its revenue), by what had happened before then."""
    if order["ended"] < before:
        return 0, 0
    return 1, order["amount"] - sum(minor for at, minor in order["refunds"] if at < before)


def rule_at(rules, before):
    return next((rule, days) for rule, days, until in rules if until is None or until >= before)


def shares(count):
    whole = 1_000_000
    return [fractions.Fraction(part, whole) for part in parts_of(whole, count)]


def standing(order, rules, before=NEVER):
    """creator (None: nobody) → (share of the order, revenue, by), as it stood just before that moment."""
    counts, revenue = worth(order, before)
    if not counts:
        return {}
    found = credits(order, *rule_at(rules, before))
    if not found:
        return {None: (fractions.Fraction(1), revenue, None)}
    return {who: (share, part, by) for (who, by), share, part in
            zip(found, shares(len(found)), parts_of(revenue, len(found)))}
