"""What the reports must say of a history, by plain lists and Python's fractions: docs/metrics.md and docs/api.md written a
second time. It shares no line with the C code, and knows nothing of the order in which facts arrived."""
import collections
import dataclasses
import datetime
import decimal
import fractions
import zoneinfo

RULES = ["code-first", "click-first", "last-click", "first-click", "linear"]
WHOLE = 1_000_000  # an order, in millionths
TOLERANCE_MS = 5 * 60 * 1000
NEVER = 1 << 62
COUNTED = ("pending", "approved")
UTC = datetime.timezone.utc


@dataclasses.dataclass
class Click:
    id: str
    at: int = 0
    creator: str | None = None  # whose link it was on
    verdict: str = "valid"  # or forged, unknown
    is_human: bool = True


@dataclasses.dataclass
class Code:
    text: str
    creator: str
    begins: int = 0
    ends: int = NEVER
    limit: int = 0
    is_disabled: bool = False


@dataclasses.dataclass
class Order:
    id: str
    type: str
    amount: int | None
    at: int
    status: str
    clicks: list[Click]  # as they came
    code_text: str | None = None
    code: Code | None = None  # the campaign's of that text, if it has one
    is_mistyped: bool = False
    refunds: list[tuple[str, int, int]] = dataclasses.field(default_factory=list)  # id, minor, moment
    ended: int = NEVER  # when it was cancelled or wholly refunded; 0: it came like that
    flags: list[str] = dataclasses.field(default_factory=list)

    def has_code(self):
        return self.code is not None and self.code.begins <= self.at < self.code.ends

    def refunded(self):
        came_refunded = self.status == "refunded" and self.ended == 0
        return self.amount or 0 if came_refunded else sum(minor for _, minor, _ in self.refunds)

    def worth(self, before=NEVER):
        """(does it count, its revenue), by what had happened to it before then."""
        if self.ended < before:
            return 0, 0
        return 1, max(0, (self.amount or 0) - sum(minor for _, minor, at in self.refunds if at < before))


@dataclasses.dataclass
class Credit:
    creator: str
    kind: str
    micro: int


class Campaign:
    """One campaign's settings and all that happened."""

    def __init__(self, slug, currency, exponent, timezone, goal, window_ms):
        self.slug, self.currency, self.exponent, self.timezone = slug, currency, exponent, timezone
        self.goal, self.window_ms = goal, window_ms
        self.zone = zoneinfo.ZoneInfo(timezone)
        self.rule = RULES[0]
        self.earlier_rules = []  # rule, window, the last moment that it was in force, oldest first
        self.orders, self.clicks, self.codes = [], [], []
        self.costs = []  # creator, day, kind, exactly what a minor unit, click or conversion brings; or minor units
        self.linked = set()  # creators with a link

    # -- days

    def day_of(self, ms):
        moment = datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(milliseconds=ms)
        return moment.astimezone(self.zone).date().isoformat()

    def start_of(self, day, plus=0):
        """The first millisecond of a day."""
        date = datetime.date.fromisoformat(day) + datetime.timedelta(days=plus)
        return round(datetime.datetime(date.year, date.month, date.day, tzinfo=self.zone).timestamp()) * 1000

    def range_of(self, first, last):
        return self.start_of(first), self.start_of(last, 1)

    # -- who is credited; `before`: by the rule that was in force just before then

    def change_rule(self, rule, window_ms, at):
        self.earlier_rules.append((self.rule, self.window_ms, at))
        self.rule, self.window_ms = rule, window_ms

    def rule_before(self, before):
        return next(((rule, window_ms) for rule, window_ms, until in self.earlier_rules if until >= before),
                    (self.rule, self.window_ms))

    def valid_clicks(self, order, before=NEVER):
        """By time; at the same time as they came."""
        _, window_ms = self.rule_before(before)
        return sorted((click for click in order.clicks if click.verdict == "valid"
                       and -TOLERANCE_MS <= order.at - click.at <= window_ms), key=lambda click: click.at)

    def winners(self, order, before=NEVER):
        """The creators credited, those of the earliest evidence first."""
        rule, _ = self.rule_before(before)
        clicked = [click.creator for click in self.valid_clicks(order, before)]
        coded = [order.code.creator] if order.has_code() else []
        if rule == "linear":
            return list(dict.fromkeys(clicked + coded))
        first = clicked[:1] if rule == "first-click" else clicked[-1:]
        return {"code-first": coded or first, "click-first": first or coded}.get(rule, first)

    def credits(self, order, before=NEVER):
        winners = self.winners(order, before)
        clicked = {click.creator for click in self.valid_clicks(order, before)}
        found = []
        for creator, micro in zip(winners, parts_of(WHOLE, len(winners))):
            is_coded = order.has_code() and order.code.creator == creator
            found.append(Credit(creator, "code" if creator not in clicked else "both" if is_coded else "click", micro))
        return found

    def assists(self, order):
        """creator → pieces of valid evidence that did not win."""
        winners = self.winners(order)
        clicks = self.valid_clicks(order)
        spare = collections.Counter(click.creator for click in clicks)
        for creator in winners:
            spare[creator] -= creator in spare  # one click of theirs is what they are credited on
        if order.has_code() and order.code.creator not in winners:
            spare[order.code.creator] += 1
        return +spare

    def why_nobody(self, order):
        """None where somebody is credited."""
        if self.winners(order):
            return None
        of_clicks = max((self.why_not(order, click) for click in order.clicks), default=(0, None))[1]
        of_code = None
        if order.code_text is not None:
            of_code = ("code-assists-only" if order.has_code() else "code-not-valid" if order.code else
                       "mistyped-code" if order.is_mistyped else "unknown-code")
        looked_at = [of_code, of_clicks] if self.rule in ("code-first", "linear") else [of_clicks, of_code]
        return next((reason for reason in looked_at if reason), "no-evidence")

    def why_not(self, order, click):
        """The click that came closest to being valid speaks."""
        if click.verdict != "valid":
            return (1, "forged-click-id") if click.verdict == "forged" else (2, "unknown-click-id")
        return (4, "late-click") if order.at - click.at > self.window_ms else (3, "click-after-conversion")

    # -- costs

    def rate_on(self, creator, kind, day):
        held = [(since, rate) for who, since, name, rate in self.costs if (who, name) == (creator, kind) and since <= day]
        return max(held)[1] if held else None

    def kind_of(self, base, credit, day):
        """Which rate is taken of a credit: that of code sales, where there is one."""
        has_own = credit.kind == "code" and self.rate_on(credit.creator, base + "_code", day) is not None
        return base + "_code" if has_own else base

    def payouts(self, first, last):
        """(creator, line, period) → [exact minor units, orders that changed; None for clicks, fees and products]."""
        begin, end = self.range_of(first, last)
        lines = {}
        for creator, since, kind, value in self.costs:
            if kind in ("fee", "product"):
                if first <= since <= last:
                    lines.setdefault((creator, kind, "own"), [fractions.Fraction(0), None])[0] += value
            elif since <= last:
                lines[creator, kind, "own"] = [fractions.Fraction(0), None if kind == "per_click" else 0]
        for click in self.clicks:
            rate = self.rate_on(click.creator, "per_click", self.day_of(click.at))
            if click.is_human and begin <= click.at < end and rate is not None:
                lines[click.creator, "per_click", "own"][0] += rate
        for order in self.orders:
            if order.at < end:
                self.pay_order(lines, order, begin, end)
        return lines

    def pay_order(self, lines, order, begin, end):
        is_earlier = order.at < begin
        day = self.day_of(order.at)
        bases = collections.Counter()  # what it was when the range ended, less what it was when it began
        for before, sign in [(end, 1)] + [(begin, -1)] * is_earlier:
            counts, minor = order.worth(before)
            credits = self.credits(order, before)
            for credit, part in zip(credits, parts_of(minor, len(credits))):
                goals = fractions.Fraction(credit.micro, WHOLE) * counts if order.type == self.goal else 0
                bases[credit.creator, self.kind_of("commission", credit, day)] += sign * part
                bases[credit.creator, self.kind_of("per_conversion", credit, day)] += sign * goals
        for (creator, kind), base in bases.items():
            rate = self.rate_on(creator, kind, day)
            if base == 0 or rate is None:
                continue
            line = lines.setdefault((creator, kind, "earlier" if is_earlier else "own"), [fractions.Fraction(0), 0])
            line[0] += rate * base
            line[1] += 1

    def cost(self, first, last):
        """creator → minor units, each line rounded once, of all that is known of the orders of these days."""
        begin, end = self.range_of(first, last)
        settled = {key: value for key, value in self.payouts(first, last).items() if key[1] in ("fee", "product", "per_click")}
        for order in self.orders:
            if begin <= order.at < end:
                self.pay_order(settled, order, begin, NEVER)
        total = collections.Counter()
        for (creator, _, _), (exact, _) in settled.items():
            total[creator] += round(exact)  # Python rounds a fraction half to even
        return total

    # -- what is counted

    def tally(self, first, last):
        """Of the days: creator → Row, and the Row of what nobody is credited for."""
        begin, end = self.range_of(first, last)
        rows, nobody = collections.defaultdict(Row), Row()
        for click in self.clicks:
            if begin <= click.at < end:
                rows[click.creator].clicks += click.is_human
                rows[click.creator].invalid += not click.is_human
        for order in self.orders:
            counts, minor = order.worth()
            if not counts or not begin <= order.at < end:
                continue
            credits = self.credits(order)
            for credit, part in zip(credits, parts_of(minor, len(credits))):
                rows[credit.creator].add(order.type, credit, part, order.type == self.goal)
            if not credits:
                nobody.types[order.type] += WHOLE
                nobody.revenue += minor
        return rows, nobody

    def participants(self):
        return self.linked | {code.creator for code in self.codes} | {cost[0] for cost in self.costs}


class Row:
    def __init__(self):
        self.clicks = self.invalid = self.revenue = self.click_goals = 0
        self.types, self.by = collections.Counter(), collections.Counter()

    def add(self, type_, credit, minor, is_goal):
        self.types[type_] += credit.micro
        self.revenue += minor
        if is_goal:
            self.by[credit.kind] += credit.micro
            self.click_goals += credit.micro * (credit.kind != "code")

    def __add__(self, other):
        both = Row()
        for name in ("clicks", "invalid", "revenue", "click_goals", "types", "by"):
            setattr(both, name, getattr(self, name) + getattr(other, name))
        return both


def parts_of(whole, count):
    """Equal parts; the first takes what is over."""
    if count == 0:
        return []
    part = whole // count
    return [whole - part * (count - 1)] + [part] * (count - 1)


def money(minor, exponent):
    return f"{decimal.Decimal(minor).scaleb(-exponent):.{exponent}f}"


def per(minor, count, exponent):
    """Money by the piece, two digits more than the currency; None over zero."""
    if not count:
        return None
    hundredths = round(fractions.Fraction(minor * 100) / fractions.Fraction(count))
    return f"{decimal.Decimal(hundredths).scaleb(-exponent - 2):.{exponent + 2}f}"
