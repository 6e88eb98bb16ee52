"""Random histories of orders, refunds, cancellations, retries and late arrivals, in any order, through the API of a real
jalond with a clock that is set, beside a plain model (history_model.py): every figure of the reports creators, timeline,
orders and payouts, under several rules and windows each.

HISTORIES=500 makes it long; HISTORY_SEED=N repeats what a failure names."""
import collections
import datetime
import fractions
import itertools
import json
import os
import pathlib
import random
import re
import sys
import urllib.parse

import pytest

from clock import Clock
from conftest import Installation, RedisServer
from history_model import COUNTED, NEVER, RULES, TOLERANCE_MS, UTC, WHOLE, Campaign, Click, Code, Order, money, per

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import formats  # noqa: E402

SEEDS = [int(os.environ["HISTORY_SEED"])] if "HISTORY_SEED" in os.environ else range(int(os.environ.get("HISTORIES", 24)))
CREATORS = ["marie", "tom", "lea", "noa"]
CURRENCIES = [("EUR", 2), ("JPY", 0), ("KWD", 3), ("USD", 2)]
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]
WINDOWS = {"1d": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000}
COMMISSIONS, RATES, FEES = ["8", "7.25", "12.345678", "0", "50"], ["0.015", "0.333333", "1"], ["250", "99"]
COSTS = {"fee": FEES, "product": FEES, "per_click": RATES, "per_conversion": RATES, "per_conversion_code": RATES,
         "commission": COMMISSIONS, "commission_code": COMMISSIONS}  # kind → values as they are entered
START, END = datetime.date(2026, 3, 2), datetime.date(2026, 4, 30)  # the days of orders
NOW = datetime.datetime(2026, 8, 1, 12, tzinfo=UTC)  # when all is over, and the reports are made
DAY_MS = 86_400_000


def moment(ms):
    return datetime.datetime.fromtimestamp(0, UTC) + datetime.timedelta(milliseconds=ms)


def text(ms):
    return moment(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def midday_ms(date):
    return round(datetime.datetime(date.year, date.month, date.day, 12, tzinfo=UTC).timestamp()) * 1000


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    clock = Clock(tmp_path_factory.mktemp("clock"), moment(midday_ms(START) - 40 * DAY_MS))
    store = RedisServer("--appendonly", "no")  # by the machine's clock
    made = Installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32", "JALON_STORE_REDIS": store.url})
    made.environment |= clock.settings()
    made.clock, made.shipped = clock, 0
    for creator in CREATORS:
        made.jalon("creator", "add", creator)
    made.start()
    made.add_token()
    made.ring = formats.ring_parse(pathlib.Path(made.folder, "keys").read_text())
    yield made
    made.remove()
    store.remove()


# -- what there is before the first order

class History:
    """Two campaigns of a brand, in two currencies and zones, and what happens in them."""

    def __init__(self, site, seed):
        self.site, self.seed, self.dice = site, seed, random.Random(seed)
        self.nonce = itertools.count(1)
        currencies, zones = self.dice.sample(CURRENCIES, 2), self.dice.sample(ZONES, 2)
        self.campaigns = [self.set_up(f"h{seed}-{name}", *currency, zone)
                          for name, currency, zone in zip("ab", currencies, zones)]
        for campaign in self.campaigns:
            self.click(campaign)

    def set_up(self, slug, currency, exponent, zone):
        window, goal = self.dice.choice(list(WINDOWS)), self.dice.choice(["sale", "sale", "signup"])
        campaign = Campaign(slug, currency, exponent, zone, goal, WINDOWS[window])
        self.site.clock.set(moment(midday_ms(START) - 40 * DAY_MS))
        self.site.jalon("campaign", "add", slug, "--brand", f"brand-{slug}", "--target", "https://shop.example.com/",
                        "--currency", currency, "--timezone", zone, "--window", window, "--goal", goal)
        campaign.links = []  # path, id, creator
        for creator in self.dice.choices(CREATORS[:3], k=4):
            made = self.post("/v1/links", {"campaign": slug, "creator": creator}, 201)
            campaign.links.append(("/" + made["code"], int(made["link_id"], 16), creator))
            campaign.linked.add(creator)
        self.make_codes(campaign)
        self.make_costs(campaign)
        return campaign

    def make_codes(self, campaign):
        """One without end, one signed, one with a limit, one that is off, and one text that is used by two, one after another."""
        middle = campaign.start_of("2026-03-25")
        a, b = self.dice.choices(CREATORS, k=2)
        wanted = [Code("OPEN10", self.dice.choice(CREATORS)), Code("", self.dice.choice(CREATORS)),
                  Code("LIMITED", self.dice.choice(CREATORS), limit=3),
                  Code("OFF-5", self.dice.choice(CREATORS), is_disabled=True),
                  Code("TWICE", a, ends=middle), Code("TWLCE", b, begins=middle + self.dice.choice([0, 5 * DAY_MS]))]
        for code in wanted:
            body = {"campaign": campaign.slug, "creator": code.creator}
            body |= {"slug": code.text} if code.text else {"prefix": "SIGNED"}
            body |= {"valid_from": text(code.begins)} if code.begins else {}
            body |= {"valid_until": text(code.ends)} if code.ends != NEVER else {}
            body |= {"max_redemptions": code.limit} if code.limit else {}
            code.text = self.post("/v1/codes", body, 201)["code"]
            campaign.codes.append(code)
        self.site.jalon("code", "set", "OFF-5", "--campaign", campaign.slug, "--state", "disabled")

    def make_costs(self, campaign):
        rows = {}
        for _ in range(14):
            kind = self.dice.choice(list(COSTS))
            day = (START + datetime.timedelta(days=self.dice.randrange(-10, 60))).isoformat()
            rows[self.dice.choice(CREATORS), day, kind] = self.dice.choice(COSTS[kind])
        lines = [",".join(["campaign", "creator", "date", *COSTS])]
        for (creator, day, kind), value in rows.items():
            per_one = fractions.Fraction(value) * (fractions.Fraction(1, 100) if "commission" in kind else 10 ** campaign.exponent)
            campaign.costs.append((creator, day, kind, per_one))
            lines.append(",".join([campaign.slug, creator, day, *[value if kind == name else "" for name in COSTS]]))
        self.site.jalon("cost", "import", input="\n".join(lines) + "\n")

    def click(self, campaign):
        """Real clicks, by people and now and then a bot, also close to midnight there."""
        days = (END - START).days
        for _ in range(16):
            at = midday_ms(START) + self.dice.randrange(-20 * DAY_MS, days * DAY_MS)
            if self.dice.random() < 0.4:
                at = campaign.start_of(campaign.day_of(at)) + self.dice.choice([-90_000, 60_000])
            path, link_id, creator = self.dice.choice(campaign.links)
            is_human = self.dice.random() < 0.8
            self.site.clock.set(moment(at))
            agent = {} if is_human else {"agent": "curl/8.5.0"}
            answer = self.site.click(path, x_forwarded_for=f"85.{next(self.nonce) & 255}.{self.seed & 255}.1", **agent)
            click_id = re.search(r"jclid=([A-Za-z0-9_-]+)", answer.location)[1]
            found_id, found_at, _ = formats.click_verify(self.site.ring, campaign.slug, click_id)
            assert found_id == link_id and abs(found_at - at) < 50_000
            campaign.clicks.append(Click(click_id, found_at, creator, is_human=is_human))
            self.site.shipped += 1

    def post(self, path, body, *statuses):
        answer = self.site.api("POST", path, body)
        assert answer.status in statuses, (path, body, statuses, answer)
        return answer.json()

    # -- orders

    def other(self, campaign):
        return next(other for other in self.campaigns if other is not campaign)

    def some_click(self, campaign, at):
        """A real one, or one signed here: at the edges of the window, of another campaign, or forged."""
        kind = self.dice.choice(["real"] * 5 + ["edge"] * 5 + ["foreign", "unknown", "forged"])
        if kind == "real":
            return self.dice.choice(campaign.clicks)
        if kind == "foreign":  # genuine, but signed for the other campaign
            return Click(self.dice.choice(self.other(campaign).clicks).id, verdict="forged")
        age = self.dice.choice([0, 1, campaign.window_ms, campaign.window_ms + 1, -TOLERANCE_MS, -TOLERANCE_MS - 1, DAY_MS,
                                self.dice.randrange(campaign.window_ms)])
        _, link_id, creator = self.dice.choice((self.other(campaign) if kind == "unknown" else campaign).links)
        click_id = formats.click_mint(self.site.ring, campaign.slug, link_id, at - age, self.seed << 32 | next(self.nonce))
        if kind == "forged":
            click_id = click_id[:-1] + ("A" if click_id[-1] != "A" else "Q")  # spelled as it should be, but another tag
            return Click(click_id, verdict="forged")
        return Click(click_id, at - age, None if kind == "unknown" else creator, "unknown" if kind == "unknown" else "valid")

    def some_order(self, campaign, number):
        dice = self.dice
        days = (END - START).days
        at = midday_ms(START) + dice.randrange(-3 * DAY_MS, (days + 3) * DAY_MS)
        if dice.random() < 0.3:  # at the very edge of a day
            at = campaign.start_of(campaign.day_of(at)) - dice.randrange(2)
        order = Order(f"{campaign.slug}/{number} é", dice.choice(["sale"] * 4 + ["signup", "lead"]),
                      dice.choice([None, 0, 1, 2, 1990, dice.randrange(1, 100_000), dice.randrange(1, 100_000)]), at,
                      dice.choice(["approved"] * 6 + ["pending"] * 3 + ["cancelled", "refunded"]), [])
        clicks = [self.some_click(campaign, at) for _ in range(dice.choice([0, 1, 1, 2, 3]))]
        order.clicks = list({click.id: click for click in clicks}.values())  # a click that comes twice is one
        if order.status not in COUNTED:
            order.ended = 0
        if dice.random() < 0.6:
            self.bring_code(campaign, order)
        return order

    def bring_code(self, campaign, order):
        signed = campaign.codes[1].text
        wrong = signed[:-1] + ("0" if signed[-1] != "0" else "1")
        order.code_text = self.dice.choice([code.text for code in campaign.codes] * 2 + ["NOBODY", wrong])
        order.is_mistyped = order.code_text == wrong
        alike = [code for code in campaign.codes if formats.code_fold(code.text) == formats.code_fold(order.code_text)]
        holding = [code for code in alike if code.begins <= order.at < code.ends]
        order.code = (holding or alike or [None])[-1]
        order.code_text = self.dice.choice([order.code_text, order.code_text.lower(), f" {order.code_text} "])
        if order.has_code() and order.code.is_disabled:
            order.flags.append("code-disabled")

    def body_of(self, campaign, order):
        body = {"campaign": campaign.slug, "order_id": order.id, "type": order.type, "occurred_at": text(order.at),
                "status": order.status}
        if order.amount is not None:
            body |= {"amount": money(order.amount, campaign.exponent), "currency": campaign.currency}
        if order.clicks:
            body["click_id"] = [click.id for click in order.clicks + order.clicks[:self.dice.randrange(2)]]
        return body | ({"code": order.code_text} if order.code_text else {})

    def life_of(self, campaign, number):
        """The steps of one order, each with its moment: a generator that is asked for the next when it has its turn, so that
        the lives of all orders mix in any order while each order's own steps keep theirs."""
        dice = self.dice
        order = self.some_order(campaign, number)
        body, path = self.body_of(campaign, order), "/v1/conversions/" + urllib.parse.quote(order.id, safe="")
        at = max(order.at + 1000, dice.choice([order.at + 60_000, order.at + dice.randrange(90 * DAY_MS)]))
        said = [("POST", "/v1/conversions", body)]  # requests that changed something, to be said again

        def again():
            if dice.random() < 0.4:
                self.site.clock.set(moment(at + dice.randrange(DAY_MS)))
                method, where, what = dice.choice(said)
                if "click_id" in what:
                    what = {**what, "click_id": dice.sample(what["click_id"], len(what["click_id"])), "status": "approved"}
                if where == "/v1/conversions" and dice.random() < 0.2:
                    assert self.imported(what) == "added 0, changed 0, known 1, bad 0"
                else:
                    assert self.site.api(method, where, what).status == 200, (where, what)

        if dice.random() < 0.2:  # before there is such an order
            self.expect("POST", path + "/refunds", {"campaign": campaign.slug, "refund_id": "r"}, at, 404)
            yield
        flags = self.flags_of(campaign, order)
        if dice.random() < 0.1:
            self.site.clock.set(moment(at))
            assert self.imported(body) == "added 1, changed 0, known 0, bad 0"
        else:
            answer = self.expect(*said[0], at, 201)
            assert answer["flags"] == flags and answer["status"] == order.status
        campaign.orders.append(order)
        again()
        yield
        if dice.random() < 0.1:
            self.expect("POST", "/v1/conversions", {**body, "type": "other"}, at, 409)
        for _ in range(dice.choice([0, 0, 1, 1, 2, 3])):
            at = self.off_midnight(campaign, at + dice.randrange(60_000, 40 * DAY_MS))
            step = self.change_status if dice.random() < 0.35 else self.refund
            done = step(campaign, order, path, at)
            said += [done] if done else []
            again()
            yield

    def imported(self, body):
        return self.site.jalon("conversion", "import", input=json.dumps(body) + "\n").stdout.strip()

    def expect(self, method, path, body, at, status):
        self.site.clock.set(moment(at))
        answer = self.site.api(method, path, body)
        assert answer.status == status, (method, path, body, status, answer)
        return answer.json()

    def flags_of(self, campaign, order):
        if order.has_code() and order.code.limit and order.status in COUNTED:
            others = sum(other.has_code() and other.code is order.code and other.status in COUNTED for other in campaign.orders)
            if others >= order.code.limit:
                order.flags.append("code-over-limit")
        return order.flags

    def off_midnight(self, campaign, at):
        """jalond reads its clock some seconds later than it was set: on the same day."""
        return at if campaign.day_of(at) == campaign.day_of(at + 50_000) else at + 60_000

    def change_status(self, campaign, order, path, at):
        status = self.dice.choice(["approved", "cancelled"])
        may = order.status == status or order.status == "pending" or (order.status, status) == ("approved", "cancelled")
        request = ("PATCH", path, {"campaign": campaign.slug, "status": status})
        self.expect(*request, at, 200 if may else 409)
        if may and order.status != status:
            order.status = status
            order.ended = at if status == "cancelled" else NEVER
        # An approval said again after a cancellation is refused, so it is not among what may be said again at any time.
        return request if may and status == "cancelled" else None

    def refund(self, campaign, order, path, at):
        rest = (order.amount or 0) - order.refunded()
        wanted = self.dice.choice([None, 1, rest, rest + 1, rest // 3, rest // 2])
        body = {"campaign": campaign.slug, "refund_id": f"r-{len(order.refunds)}"}
        if wanted is not None:
            body["amount"] = money(wanted, campaign.exponent)
        may = order.status != "cancelled" and rest > 0 and (wanted is None or 0 < wanted <= rest)
        refusal = 409 if order.status == "cancelled" and wanted != 0 else 422
        self.expect("POST", path + "/refunds", body, at, 201 if may else refusal)
        if not may:
            return None
        order.refunds.append((body["refund_id"], rest if wanted is None else wanted, at))
        if order.refunded() == order.amount:
            order.status, order.ended = "refunded", at
        return "POST", path + "/refunds", body

    def happen(self, orders=22):
        """The lives of all orders of both campaigns, a step of one, then of another."""
        lives = [self.life_of(campaign, number) for campaign in self.campaigns for number in range(orders)]
        while lives:
            life = self.dice.choice(lives)
            try:
                next(life)
            except StopIteration:
                lives.remove(life)
        self.site.clock.set(NOW)
        self.site.wait_shipped(self.site.shipped)

    # -- reports

    def report(self, name, campaigns, first, last, more=""):
        query = "&".join(f"campaign={campaign.slug}" for campaign in campaigns)
        answer = self.site.api("GET", f"/v1/reports/{name}?{query}&from={first}&to={last}{more}")
        assert answer.status == 200, answer
        return answer.json()

    def set_rule(self, campaign, rule, window):
        self.site.jalon("campaign", "set", campaign.slug, "--attribution", rule, "--window", window)
        campaign.change_rule(rule, WINDOWS[window], midday_ms(NOW) + 1)  # the clock goes on a little from there


def micro(counts):
    return {name: round(count * WHOLE) for name, count in counts.items() if count}


def is_rounded(value, exact):
    """Whether it is that, rounded to 6 decimals."""
    return value is None if exact is None else abs(fractions.Fraction(value) - exact) <= fractions.Fraction(500_001, 10 ** 12)


def ratio(a, b):
    return fractions.Fraction(a) / fractions.Fraction(b) if b else None


def check_counts(said, row, exponent):
    assert said["clicks"] == row.clicks and sum(said["invalid_clicks"].values()) == row.invalid
    assert micro(said["conversions"]) == row.types and micro(said["conversions_by"]) == row.by
    assert said["revenue"] == money(row.revenue, exponent)
    assert is_rounded(said["conversion_rate"], ratio(fractions.Fraction(row.click_goals, WHOLE), row.clicks))
    assert said["revenue_per_click"] == per(row.revenue, row.clicks, exponent)


def check_creators(history, campaign, first, last):
    said = history.report("creators", [campaign], first, last)
    rows, nobody = campaign.tally(first, last)
    costs = campaign.cost(first, last)
    assert {row["creator"] for row in said["rows"]} == campaign.participants() | rows.keys()
    for row in said["rows"]:
        check_creator(row, rows[row["creator"]], costs[row["creator"]], campaign.exponent)
    check_creator(said["totals"], sum(rows.values(), type(nobody)()), sum(costs.values()), campaign.exponent)
    assert micro(said["unattributed"]["conversions"]) == nobody.types
    assert said["unattributed"]["revenue"] == money(nobody.revenue, campaign.exponent)
    return said


def check_creator(said, row, cost, exponent):
    check_counts(said, row, exponent)
    assert said["cost"] == money(cost, exponent)
    assert said["cost_per_click"] == per(cost, row.clicks, exponent)
    assert said["cost_per_result"] == per(cost, fractions.Fraction(sum(row.by.values()), WHOLE), exponent)
    assert is_rounded(said["roas"], ratio(row.revenue, cost))


def days_of(first, last):
    date = datetime.date.fromisoformat(first)
    while date.isoformat() <= last:
        yield date.isoformat()
        date += datetime.timedelta(days=1)


def check_timeline(history, campaign, first, last):
    said = history.report("timeline", [campaign], first, last)
    assert [row["start"] for row in said["rows"]] == list(days_of(first, last))
    for row in said["rows"]:
        rows, nobody = campaign.tally(row["start"], row["start"])
        check_counts(row, sum(rows.values(), type(nobody)()), campaign.exponent)
    return said


def check_orders(history, campaign, first, last):
    begin, end = campaign.range_of(first, last)
    said = history.report("orders", [campaign], first, last)
    expected = {order.id: order for order in campaign.orders if begin <= order.at < end}
    assert [row["order_id"] for row in said["rows"]] == sorted(expected, key=lambda id: (expected[id].at, id.encode()))
    for row in said["rows"]:
        order = expected[row["order_id"]]
        credits = campaign.credits(order)
        assert (row["status"], row["type"]) == (order.status, order.type)
        assert row["amount"] == (None if order.amount is None else money(order.amount, campaign.exponent))
        assert row["refunded"] == money(order.refunded(), campaign.exponent)
        assert row["revenue"] == money(order.worth()[1], campaign.exponent)
        assert micro(row["credits"]) == {credit.creator: credit.micro for credit in credits}
        kinds = {credit.kind for credit in credits}
        assert row["by"] == (None if not kinds else kinds.pop() if len(kinds) == 1 else "mixed")
        assert row["assists"] == campaign.assists(order)
        assert row["unattributed"] == campaign.why_nobody(order)
    return said


def check_payouts(history, campaign, ranges):
    """Each range is the model's, and all together, each line rounded once, are that of the whole."""
    paid, rounded = collections.Counter(), 0
    for first, last in ranges + [(ranges[0][0], ranges[-1][1])]:
        said = history.report("payouts", [campaign], first, last)
        lines = {(row["creator"], row["line"], row["period"]): (row["owed"], row["orders"]) for row in said["rows"]}
        expected = campaign.payouts(first, last)
        assert len(lines) == len(said["rows"])
        assert lines == {key: (money(round(exact), campaign.exponent), count) for key, (exact, count) in expected.items()}
        for key, (exact, _) in expected.items():
            paid[key[0]] += round(exact) * (1 if (first, last) in ranges else -1)
        rounded += len(expected)
    assert all(abs(rest) <= rounded / 2 for rest in paid.values())


def check_sums(creators, timeline, orders):
    """The sum over the days is the total, the totals and what nobody is credited for are all, and shares are whole orders."""
    for name in ("clicks", "conversions", "conversions_by", "invalid_clicks", "revenue"):
        assert timeline["totals"][name] == creators["totals"][name]
    counted = [row for row in orders["rows"] if row["status"] in COUNTED]
    both = [creators["totals"], creators["unattributed"]]
    types = sum((collections.Counter(micro(part["conversions"])) for part in both), collections.Counter())
    assert types == {type_: count * WHOLE for type_, count in collections.Counter(row["type"] for row in counted).items()}
    revenue = lambda parts: sum(fractions.Fraction(part["revenue"]) for part in parts)
    assert revenue(both) == revenue(orders["rows"])
    assert {sum(micro(row["credits"]).values()) for row in orders["rows"]} <= {0, WHOLE}


def check_both(history, first, last):
    """Over both campaigns: a row a creator and currency, and no sum of two currencies."""
    said = history.report("creators", history.campaigns, first, last)
    rows = {(row["creator"], row["currency"]): row for row in said["rows"]}
    for campaign in history.campaigns:
        tally, nobody = campaign.tally(first, last)
        costs = campaign.cost(first, last)
        for creator in campaign.participants() | tally.keys():
            check_creator(rows.pop((creator, campaign.currency)), tally[creator], costs[creator], campaign.exponent)
        total = said["totals_by_currency"][campaign.currency]
        check_creator(total, sum(tally.values(), type(nobody)()), sum(costs.values()), campaign.exponent)
        assert said["unattributed"]["revenue_by_currency"][campaign.currency] == money(nobody.revenue, campaign.exponent)
    assert not rows and said["totals"]["revenue"] is None and said["totals"]["cost"] is None


def check(history, campaign, ranges):
    for first, last in ranges:
        creators = check_creators(history, campaign, first, last)
        timeline = check_timeline(history, campaign, first, last)
        check_sums(creators, timeline, check_orders(history, campaign, first, last))
    check_payouts(history, campaign, ranges)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_is_told_as_it_was(site, seed):
    history = History(site, seed)
    history.happen()
    dice = history.dice
    cuts = sorted(START + datetime.timedelta(days=day) for day in dice.sample(range(1, (END - START).days), 2))
    edges = [START, *cuts, NOW.date() + datetime.timedelta(days=1)]
    ranges = [(a.isoformat(), (b - datetime.timedelta(days=1)).isoformat()) for a, b in zip(edges, edges[1:])]
    for campaign in history.campaigns:
        check(history, campaign, ranges)
        for rule in dice.sample(RULES[1:], 2):  # the past under another rule, and another window
            history.set_rule(campaign, rule, dice.choice(list(WINDOWS)))
            check(history, campaign, ranges)
    check_both(history, *ranges[1])
