"""`report compare` against plain Python: clicks of a known number through a real jalond, orders by click and by code, in two
campaigns; rows are recomputed from the exports, intervals and statements from their textbook forms."""
import collections
import decimal
import json
import math
import pathlib
import random
import re
import statistics
import subprocess

import pytest

from api import refused
from conftest import BUILD, Installation
from mixed_clicks import PEOPLE, address, send
from test_report_exact import per, today_in_paris, wilson

Z = 1.959963984540054
NORMAL = statistics.NormalDist()
# creator: campaign, followers, niches, channels, clicks, impressions of its post, fee
CREATORS = {
    "nina": ("trail", 900, "content,trail", ["bio"], 260, 9000, "120"),
    "314159": ("trail", 4999, "trail", ["bio", "phone"], 150, 7000, "80"),
    "marie": ("trail", 5000, "trail", ["bio", "phone"], 400, 20000, "300"),
    "tom": ("trail", 100000, "content", ["phone"], 380, 22000, "310"),
    "max": ("trail", 100001, "trail", ["bio"], 500, 60000, "1500"),
    "lea": ("trail", None, None, [None], 40, None, None),
    "meta-ads": ("meta", None, None, ["ad"], 600, 90000, "700"),
}
KINDS = {"trail": "content", "meta": "ads"}


def tier(followers):
    return None if followers is None else "nano" if followers < 5000 else "micro" if followers <= 100000 else "macro"


GROUPS = {
    "tier": lambda name: tier(CREATORS[name][1]),
    "creator": lambda name: name,
    "niche": lambda name: CREATORS[name][2] and CREATORS[name][2].split(",")[0],
    "kind": lambda name: KINDS[CREATORS[name][0]],
    "lever": lambda name: {"content": "creators"}.get(KINDS[CREATORS[name][0]], KINDS[CREATORS[name][0]]),
}


@pytest.fixture(scope="module")
def shop():
    random_ = random.Random(5)
    shop = Installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32"})
    for campaign, kind in KINDS.items():
        shop.add_campaign(campaign, (), kind=kind)
    owner, codes = {}, {}
    for name, (campaign, followers, niches, channels, clicks, impressions, fee) in CREATORS.items():
        shop.jalon("creator", "add", name, *(["--followers", followers] if followers else []),
                   *(["--niche", niches] if niches else []))
        paths = [shop.add_link(name, campaign, **({"channel": channel} if channel else {})) for channel in channels]
        owner.update({path: (name, channel) for path, channel in zip(paths, channels)})
        codes[name] = shop.jalon("code", "add", "--campaign", campaign, "--creator", name).stdout.strip()
        if fee:
            shop.jalon("cost", "add", "--campaign", campaign, "--creator", name, "--fee", fee)
        if impressions:
            shop.jalon("post", "add", "--campaign", campaign, "--creator", name, "--url", f"https://x.example/{name}",
                       "--published-at", today_in_paris() + "T00:00:00Z", "--impressions", impressions, "--likes",
                       impressions // 20)
    shop.start()
    shop.add_token()
    plan = [(path, {"User-Agent": PEOPLE[0]}) for path, (name, _) in owner.items()
            for _ in range(CREATORS[name][4] // len(CREATORS[name][3]))]
    random_.shuffle(plan)
    plan = [(path, "human", {**headers, "X-Forwarded-For": address(n + 1)}) for n, (path, headers) in enumerate(plan)]
    ids = send(shop.addresses["public"], plan)
    orders = []
    for number, index in enumerate(random_.sample(range(len(plan)), 130)):
        name = owner[plan[index][0]][0]
        order = {"campaign": CREATORS[name][0], "order_id": str(number), "amount": f"{random_.randrange(900, 9900) / 100:.2f}",
                 "type": "signup" if number % 7 == 0 else "sale"}
        order["code" if number % 5 == 0 else "click_id"] = codes[name] if number % 5 == 0 else ids[index]
        orders.append(order)
    shop.jalon("conversion", "import", "-", input="".join(json.dumps(order) + "\n" for order in orders))
    shop.wait_shipped(len(plan))
    yield shop
    shop.remove()


def compare(shop, by, *options):
    return shop.jalon_json("report", "compare", "--by", by, *options)


def poisson(count):
    """Garwood's limits: where a tail of the Poisson distribution, summed up, is a fortieth."""
    def at_most(k, mean):
        return math.fsum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(k + 1))

    def solve(is_too_low):
        low, high = 1e-12, count + 10 * math.sqrt(count) + 20
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if is_too_low(middle) else (low, middle)
        return low

    return (solve(lambda mean: 1 - at_most(count - 1, mean) < 0.025) if count else 0,
            solve(lambda mean: at_most(count, mean) > 0.025))


class Figures(collections.Counter):
    """Of a group: who has clicks, sales, revenue; from the exports."""


def exported(shop, group_of_click, group_of_credit):
    groups = collections.defaultdict(Figures)
    clicks = shop.exported_clicks()
    for click in clicks:
        groups[group_of_click(click)]["clicks"] += click["class"] == "human"
    for line in shop.jalon("export", "conversions", "--format", "json").stdout.splitlines():
        conversion = json.loads(line)
        group = group_of_credit(conversion, {click["click_id"]: click for click in clicks})
        if group is Ellipsis:
            continue
        groups[group]["revenue"] += decimal.Decimal(conversion["amount"])
        if conversion["type"] == "sale":
            groups[group]["results"] += 1
            groups[group]["click_results"] += conversion["evidence"] in ("click", "both")
    return groups


@pytest.mark.parametrize("by", GROUPS)
def test_rows_are_those_of_the_exports(shop, by):
    group_of = GROUPS[by]
    groups = exported(shop, lambda click: group_of(click["creator"]), lambda row, _: group_of(row["creator"]))
    rows = {row["group"]: row for row in compare(shop, by)["rows"]}
    assert rows.keys() == groups.keys()
    for name, row in rows.items():
        figures, members = groups[name], [one for one in CREATORS if group_of(one) == name]
        known = [CREATORS[one][5] for one in members if CREATORS[one][5]]
        clicks, results, impressions = figures["clicks"], figures["results"], sum(known)
        cost = sum(decimal.Decimal(CREATORS[one][6] or 0) for one in members)
        assert (row["by"], row["creators"], row["posts"]) == (by, len(members), len(known))
        assert (row["clicks"], row["results"]) == (clicks, results)
        assert decimal.Decimal(row["revenue"]) == figures["revenue"] and decimal.Decimal(row["cost"]) == cost
        assert row["impressions"] == (impressions or None)
        low, high = wilson(figures["click_results"], clicks)
        assert row["conversion_rate"] == pytest.approx(figures["click_results"] / clicks, abs=6e-7)
        assert (row["conversion_rate_low"], row["conversion_rate_high"]) == pytest.approx((low, high), abs=6e-7)
        assert row["cost_per_result"] == per(cost, results, 4)
        for field, count in (("cost_per_result", results), ("cost_per_click", clicks)):
            least, most = poisson(count)
            expected = [float(cost) / most if cost else None, float(cost) / least if cost and count else None]
            found = [row[field + "_low"] and float(row[field + "_low"]), row[field + "_high"] and float(row[field + "_high"])]
            assert found == pytest.approx(expected, abs=6e-5)
        assert row["thin"] == (", ".join(
            field for field, events, is_there in (("ctr", clicks, impressions), ("conversion_rate", figures["click_results"], clicks),
                                                  ("cost_per_result", results, cost)) if is_there and events < 10) or None)
        if not impressions:
            assert row["ctr"] is row["clicks_per_mille"] is row["cost_per_mille"] is row["ctr_reference"] is None
            continue
        low, high = wilson(clicks, impressions)
        assert (row["ctr"], row["ctr_low"], row["ctr_high"]) == pytest.approx((clicks / impressions, low, high), abs=6e-7)
        assert row["clicks_per_mille"] == pytest.approx(1000 * clicks / impressions, abs=6e-7)
        assert [row["results_per_mille" + end] for end in ("", "_low", "_high")] == pytest.approx(
            [1000 * count / impressions for count in (results, *poisson(results))], abs=6e-7)
        assert row["revenue_per_mille"] == per(1000 * figures["revenue"], impressions, 4)
        assert row["cost_per_mille"] == per(1000 * cost, impressions, 4)
        assert row["ctr_reference"] == ("below" if high < 0.015 else "above" if low > 0.03 else
                                        "within" if low >= 0.015 and high <= 0.03 else "unclear")
        assert row["engagement_rate"] == pytest.approx(0.05) and row["engagement_rate_reference"] == "within"


def test_channels_have_what_came_by_their_links(shop):
    channel_of = {row["link"]: row["channel"] for row in shop.exported_clicks()}

    def of_credit(row, clicks):
        return clicks[row["click_id"][0]]["channel"] if row["evidence"] in ("click", "both") else ...

    groups = exported(shop, lambda click: click["channel"], of_credit)
    rows = {row["group"]: row for row in compare(shop, "channel")["rows"]}
    assert rows.keys() == groups.keys() == {None, *(channel for channel in channel_of.values())}
    for name, row in rows.items():
        assert (row["clicks"], row["results"]) == (groups[name]["clicks"], groups[name]["results"])
        assert decimal.Decimal(row["revenue"]) == groups[name]["revenue"]
        assert row["impressions"] is row["ctr"] is row["cost"] is row["cost_per_result"] is row["cost_per_mille"] is None
    assert "Conversions credited by promo code alone, so to no channel: 26." in compare(shop, "channel")["notes"]


def difference(a, b, z):
    """Newcombe's method 10, of (successes, trials)."""
    (p, q), ends = (a[0] / a[1], b[0] / b[1]), []
    for successes, trials in (a, b):
        rate = successes / trials
        half = z / (1 + z * z / trials) * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials ** 2))
        centre = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
        ends.append((centre - half, centre + half))
    return (p - q - math.sqrt((p - ends[0][0]) ** 2 + (ends[1][1] - q) ** 2),
            p - q + math.sqrt((ends[0][1] - p) ** 2 + (q - ends[1][0]) ** 2))


def confidence(a, b):
    """The alpha at which the interval of the difference ends at 0."""
    low, high = 0, 30
    for _ in range(200):
        z = (low + high) / 2
        ends = difference(a, b, z)
        low, high = (z, high) if ends[0] > 0 or ends[1] < 0 else (low, z)
    return math.erfc(low / math.sqrt(2))


def missing(a, b, alpha):
    """How many more trials of a it takes, in two digits rounded up; or none."""
    p, q = a[0] / a[1], b[0] / b[1]
    mean = (p + q) / 2
    needed = (NORMAL.inv_cdf(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
              + NORMAL.inv_cdf(0.8) * math.sqrt(p * (1 - p) + q * (1 - q))) ** 2 / (p - q) ** 2 - a[1]
    unit = max(1, 10 ** (math.floor(math.log10(needed)) - 1)) if needed > 0 else 1
    return max(0, math.ceil(needed / unit) * unit)


def statements(groups, rate, trials):
    """The sentences of these {name: (successes, trials)}, of which there are at most four."""
    names = sorted(groups, key=lambda name: (-groups[name][0] / groups[name][1], name))
    pairs = [(confidence(groups[a], groups[b]), a, b) for n, a in enumerate(names) for b in names[n + 1:]]
    is_supported, said = True, {}
    for rank, (p, a, b) in enumerate(sorted(pairs)):
        alpha = 0.05 / (len(pairs) - rank)
        is_supported = is_supported and p <= alpha
        one, other = groups[a], groups[b]
        if is_supported:
            low, high = difference(one, other, NORMAL.inv_cdf(1 - alpha / 2))
            said[a, b] = (f"{a} has a higher {rate} than {b}: {100 * one[0] / one[1]:.2f} % against "
                          f"{100 * other[0] / other[1]:.2f} %, and the data supports it (difference {100 * low:.2f} to "
                          f"{100 * high:.2f} points).")
        else:
            more = [f"{count} {{}}of {name}" for name, count in ((a, missing(one, other, alpha)), (b, missing(other, one, alpha)))
                    if count]
            said[a, b] = (f"{a} and {b} cannot be told apart by {rate}: it would take about "
                          + more[0].format(f"more {trials} ") + (" and " + more[1].format("") if more[1:] else "") + ".")
    return [said[a, b] for n, a in enumerate(names) for b in names[n + 1:]]


def share_limits(count, total, alpha):
    """Clopper and Pearson's, by summing up the tails."""
    def at_least(k, p):
        return math.fsum(math.comb(total, i) * p ** i * (1 - p) ** (total - i) for i in range(k, total + 1))

    def solve(is_too_low):
        low, high = 0, 1
        for _ in range(100):
            middle = (low + high) / 2
            low, high = (middle, high) if is_too_low(middle) else (low, middle)
        return low

    return solve(lambda p: at_least(count, p) < alpha / 2), solve(lambda p: 1 - at_least(count + 1, p) > alpha / 2)


def cost_statements(groups):
    """The sentences of these {name: (results, cost)}, of which each has some and there are at most four."""
    def tails(a, b):
        total, even = a[0] + b[0], a[1] / (a[1] + b[1])
        below = [math.comb(total, i) * even ** i * (1 - even) ** (total - i) for i in range(total + 1)]
        return 2 * min(math.fsum(below[:a[0] + 1]), math.fsum(below[a[0]:]), 0.5)

    names = sorted(groups, key=lambda name: groups[name][1] / groups[name][0])
    pairs = [(tails(groups[a], groups[b]), a, b) for n, a in enumerate(names) for b in names[n + 1:]]
    is_supported, said = True, {}
    for rank, (p, a, b) in enumerate(sorted(pairs)):
        alpha = 0.05 / (len(pairs) - rank)
        is_supported = is_supported and p <= alpha
        one, other = groups[a], groups[b]
        total, even = one[0] + other[0], one[1] / (one[1] + other[1])
        if is_supported:
            low, high = (limit / (1 - limit) * other[1] / one[1] for limit in share_limits(one[0], total, alpha))
            said[a, b] = (f"{a} has a lower cost per result than {b}: {one[1] / one[0]:.4f} against {other[1] / other[0]:.4f} EUR, "
                          f"and the data supports it ({low:.2f} to {high:.2f} times as many for the same money).")
        else:
            share = one[0] / total
            needed = (NORMAL.inv_cdf(1 - alpha / 2) * math.sqrt(even * (1 - even))
                      + NORMAL.inv_cdf(0.8) * math.sqrt(share * (1 - share))) ** 2 / (share - even) ** 2
            more = []
            for name, there, part in ((a, one[0], share), (b, other[0], 1 - share)):
                lacking = needed * part - there
                unit = max(1, 10 ** (math.floor(math.log10(lacking)) - 1)) if lacking > 0 else 1
                if lacking > 0:
                    more.append(f"{math.ceil(lacking / unit) * unit} {{}}of {name}")
            said[a, b] = f"{a} and {b} cannot be told apart by cost per result" + (
                f": it would take about {more[0].format('more results ')}" + (f" and {more[1].format('')}" if more[1:] else "") if more
                else "") + "."
    return [said[a, b] for n, a in enumerate(names) for b in names[n + 1:]]


def test_statements_are_what_the_figures_say(shop):
    report = compare(shop, "tier")
    rows = {row["group"]: row for row in report["rows"] if row["group"]}
    assert len(rows) == 3
    by_click = {name: round(row["conversion_rate"] * row["clicks"]) for name, row in rows.items()}
    expected = statements({name: (row["clicks"], row["impressions"]) for name, row in rows.items()}, "click-through rate",
                          "impressions")
    expected += statements({name: (by_click[name], row["clicks"]) for name, row in rows.items()}, "conversion rate", "clicks")
    assert report["notes"][:6] == expected
    costs = cost_statements({name: (row["results"], float(row["cost"])) for name, row in rows.items()})
    assert report["notes"][6:9] == costs and any("lower cost per result" in text for text in costs)
    assert any("supports" in text for text in expected) and any("cannot" in text for text in expected)


def test_forms(shop):
    table = " ".join(shop.jalon("report", "compare", "--lang", "fr").stdout.split())
    assert "a un taux de clic plus élevé que" in table and "cannot" not in table and "higher" not in table
    assert " dedans " in table and " within " not in table
    creators = " ".join(shop.jalon("report", "creators", "--campaign", "trail").stdout.split())
    assert "9 sales are not a trend" in creators and re.search(r"\d %\* \(", creators)
    assert "Thin" not in creators
    page = shop.jalon("report", "creators", "--campaign", "trail", "--format", "html").stdout
    assert "%*" in page and "9 sales are not a trend" in page
    answer = shop.api("GET", "/v1/reports/compare?by=niche")
    assert answer.body.decode() == shop.jalon("report", "compare", "--by", "niche", "--format", "json").stdout
    header = shop.jalon("report", "compare", "--format", "csv").stdout.splitlines()[0]
    assert header.startswith("group,by,") and header.endswith(",thin")


def test_names_in_sentences_are_what_users_gave(shop):
    """Here a number, and two words that French has others for; a kind of campaigns is a word of ours."""
    for by, names, others in (("creator", ["314159"], ["314,159", "314\u202f159"]), ("niche", ["content"], ["contenu"]),
                              ("channel", ["phone"], ["téléphone"]), ("kind", ["contenu", "publicité"], ["content", "ads"])):
        for language in ("en", "fr") if by != "kind" else ("fr",):
            text = shop.jalon("report", "compare", "--by", by, "--lang", language, "--format", "html").stdout
            notes = " ".join(re.findall(r'<p class="notes">([^<]*)</p>', text))
            words = set(re.findall(r"[\w,\u202f]+", notes))
            assert words >= set(names) and not words & set(others), (by, language, notes)


def test_what_there_is_not(shop):
    refused(shop.api("GET", "/v1/reports/compare?by=country"), 422, "/by")
    refused(shop.api("GET", "/v1/reports/creators?campaign=trail&by=tier"), 422, "/by")
    for arguments, words in ((["compare", "--by", "country"], "write tier, creator, niche, channel, kind or lever"),
                             (["links", "--campaign", "trail", "--by", "tier"], "has no groups")):
        answer = shop.jalon("report", *arguments, check=False)
        assert answer.returncode == 2 and words in answer.stderr


def test_ranges_of_the_users(shop, tmp_path):
    path = pathlib.Path(tmp_path, "ranges")
    path.write_text("ctr macro 10% 20% our own, 2025\n")
    report = json.loads(shop.jalon("report", "compare", "--format", "json", env={"JALON_REPORT_REFERENCE": path}).stdout)
    assert {row["group"]: row["ctr_reference"] for row in report["rows"]} == {
        "nano": None, "micro": None, "macro": "below", None: None}
    assert "Usual click-through rate of macro: 10.00 % to 20.00 % (source: our own, 2025)." in report["notes"]
    path.write_text("ctr macro 10% 20% our own, 2025\nctr nano 5%\n")
    answer = shop.jalon("report", "compare", check=False, env={"JALON_REPORT_REFERENCE": path})
    assert answer.returncode == 1 and f"{path}:2: " in answer.stderr and "two rates" in answer.stderr
    answer = shop.jalon("doctor", check=False, env={"JALON_REPORT_REFERENCE": path})
    assert f"{path}:2: " in "".join(answer.stdout.split("\n             "))
    checked = subprocess.run([str(BUILD / "jalond"), "--check"], env={**shop.environment, "JALON_REPORT_REFERENCE": str(path)},
                             text=True, capture_output=True)
    assert checked.returncode != 0 and f"JALON_REPORT_REFERENCE: {path}:2: " in checked.stderr
