"""docs/recompute.md, run as it stands there: the reports made again in SQLite from the exports of some months of a
campaign, and every number of every row and of the totals compared."""
import datetime
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import pytest

from clock import Clock
from conftest import BUILD, ROOT, Installation, RedisServer
from mixed_clicks import plan, send

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import formats  # noqa: E402

CAMPAIGN = "spring-trail"
CREATORS = ["marie", "tom", "lea", "noa", "zoe"]
CLICKS_AT_ONCE = 180
UTC = datetime.timezone.utc
START = datetime.datetime(2026, 3, 5, tzinfo=UTC)  # some days before the range of the page
END = datetime.datetime(2026, 4, 26, tzinfo=UTC)
# Around the range's ends and the night of 29 March, when clocks in Paris are set forward.
EDGES = ["2026-03-09T22:40", "2026-03-09T23:20", "2026-03-28T22:50", "2026-03-28T23:10", "2026-03-29T00:50",
         "2026-03-29T01:10", "2026-03-29T21:50", "2026-03-29T22:10", "2026-04-20T21:50", "2026-04-20T22:10"]
COSTS = """campaign,creator,date,fee,per_click,per_conversion,commission,product,per_conversion_code,commission_code
spring-trail,marie,2026-03-09,50,,,,,,
spring-trail,marie,2026-03-10,120.5,0.015,,8%,,,
spring-trail,marie,2026-03-29,,0.0125,1.333333,,40,,5%
spring-trail,marie,2026-04-10,,,,7.25%,,0.5,
spring-trail,tom,2026-02-01,,0.02,2.005,,,1.115,
spring-trail,tom,2026-03-30,,0,,12.345678%,,,
spring-trail,tom,2026-04-20,99.99,,,,,,12.5%
spring-trail,tom,2026-04-21,1000,,,,,,
spring-trail,lea,2026-03-29,,0.333333,,,19.90,,
spring-trail,zoe,2026-04-01,10,,5,50%,,,
"""
POSTS = """campaign,creator,url,published_at,taken_at,impressions,reach,likes,comments,shares,saves
spring-trail,marie,https://a.example/1,2026-03-12T10:00:00Z,2026-03-13T10:00:00Z,1200,,40,3,1,
spring-trail,marie,https://a.example/1,2026-03-12T10:00:00Z,2026-03-20T10:00:00Z,9800,,,,7,2
spring-trail,marie,https://a.example/2,2026-04-20T21:59:59Z,2026-04-28T10:00:00Z,5000,,12,0,,
spring-trail,marie,https://a.example/3,2026-04-20T22:00:00Z,2026-04-28T10:00:00Z,70000,,12,0,,
spring-trail,tom,https://a.example/4,2026-03-09T22:59:59Z,2026-03-20T10:00:00Z,8000,,100,,,
spring-trail,tom,https://a.example/5,2026-03-09T23:00:00Z,2026-03-20T10:00:00Z,200,,100,,,
spring-trail,lea,https://a.example/6,2026-03-15T10:00:00Z,2026-03-20T10:00:00Z,4000,,10,1,,
spring-trail,lea,https://a.example/7,2026-03-16T10:00:00Z,2026-03-20T10:00:00Z,,,20,2,,
spring-trail,noa,https://a.example/8,2026-03-16T10:00:00Z,2026-03-20T10:00:00Z,640000,,,,,
"""


def moments(dice):
    found = [datetime.datetime.fromisoformat(text + ":00+00:00") for text in EDGES]
    found += [START + dice.random() * (END - START) for _ in range(16)]
    return sorted(found)


def click_all(shop, clock, paths, dice):
    """(path, click id, when) of each click of a person or of somebody who clicked twice. Each time by another jalond, as
    one makes its daily keys of visitors when it starts and then by the hour."""
    found = []
    for at in moments(dice):
        clock.set(at)
        shop.start(settings=clock.settings())
        clicks = plan(paths, CLICKS_AT_ONCE, dice)
        found += [(click[0], click_id, at) for click, click_id in zip(clicks, send(shop.addresses["public"], clicks))
                  if click[1] in ("human", "duplicate")]
        shop.wait_shipped(len(clicks))
        shop.stop()
    return found


def add_codes(shop):
    """Signed ones, and registered ones that end, that are used again, that are off and that have a limit."""
    add = lambda creator, *more: shop.jalon("code", "add", "--campaign", CAMPAIGN, "--creator", creator, *more).stdout.strip()
    codes = [add("marie"), add("tom"), add("noa")]
    codes += [add("marie", "--slug", "MARIE10", "--valid-until", "2026-03-20T22:00:00Z"),
              add("tom", "--slug", "MARIEIO", "--valid-from", "2026-04-02T00:00:00Z"),
              add("lea", "--slug", "LEA-5", "--max-redemptions", "4", "--discount", "5 %"), add("zoe", "--slug", "ZOE")]
    shop.jalon("code", "set", "ZOE", "--state", "disabled")
    return codes


def make_orders(clicks, codes, dice):
    orders = []
    for number in range(420):
        some = dice.sample(clicks, dice.choice([0, 1, 1, 1, 2, 3]))
        at = START + dice.random() * (END - START)
        if some and number % 4:
            at = max(at for _, _, at in some) + datetime.timedelta(seconds=dice.choice([60, 86400 * 3, 86400 * 29]))
        order = {"campaign": CAMPAIGN, "order_id": f"{number:04}", "type": dice.choice(["sale"] * 5 + ["signup", "lead"]),
                 "occurred_at": at.isoformat(timespec="milliseconds"),
                 "status": dice.choice(["approved"] * 6 + ["pending", "cancelled", "refunded"]),
                 "click_id": [click_id for _, click_id, _ in some]}
        if order["type"] != "signup":
            order |= {"amount": f"{dice.choice([0, 1, 1990, dice.randrange(100, 30000)]) / 100:.2f}", "currency": "EUR"}
        if dice.random() < 0.5:
            code = dice.choice(codes + ["NOBODY", "LEA5"])
            order["code"] = dice.choice([code, code.lower(), code.replace("-", " ")])
        orders.append(order)
    return orders


def pay_back(shop, orders, dice):
    """Partial refunds, several, the whole, and late cancellations."""
    for order in dice.sample([order for order in orders if order["status"] in ("approved", "pending")], 140):
        amount = round(float(order.get("amount", 0)) * 100)
        if amount < 3 or dice.random() < 0.2:
            assert shop.api("PATCH", f"/v1/conversions/{order['order_id']}",
                            {"campaign": CAMPAIGN, "status": "cancelled"}).status == 200
            continue
        parts = dice.choice([[None], [amount // 3], [amount // 3, amount // 4], [1, None]])
        for number, part in enumerate(parts):
            refund = {"campaign": CAMPAIGN, "refund_id": f"r{number}"} | ({"amount": f"{part / 100:.2f}"} if part else {})
            assert shop.api("POST", f"/v1/conversions/{order['order_id']}/refunds", refund).status == 201


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    dice = random.Random(20260329)
    clock = Clock(tmp_path_factory.mktemp("clock"), START)
    store = RedisServer()  # by the machine's clock
    made = Installation(settings={"JALON_SERVER_TRUSTED_PROXIES": "127.0.0.1/32", "JALON_STORE_REDIS": store.url})
    ours = dict(made.environment)
    made.environment |= clock.settings()  # an export begins at the day of its oldest campaign
    made.add_campaign(CAMPAIGN, CREATORS)
    made.jalon("creator", "set", "noa", "--followers", "", "--platform", "")
    paths = [made.add_link("marie", channel="bio"), made.add_link("marie", channel="story"), made.add_link("tom"),
             made.add_link("lea", slug="lea-trail", target="https://shop.example.com/lea"), made.add_link("noa")]
    ring = formats.ring_parse(pathlib.Path(made.folder, "keys").read_text())
    paths.append("/o/" + formats.token_mint(ring, CAMPAIGN, "tom", "video"))
    made.jalon("cost", "import", input=COSTS)
    clicks = click_all(made, clock, paths, dice)
    made.environment = ours
    made.jalon("post", "import", input=POSTS)  # when all of it was published
    made.start()
    made.add_token()
    codes = add_codes(made)
    orders = make_orders(clicks, codes, dice)
    made.jalon("conversion", "import", "-", input="".join(json.dumps(order) + "\n" for order in orders))
    pay_back(made, orders, dice)
    yield made
    made.remove()
    store.remove()


def blocks(kind):
    """(what follows the language, content) of the page's blocks of a language."""
    return re.findall(rf"^```{kind} ?(.*)\n((?:.*\n)*?)```$", (ROOT / "docs" / "recompute.md").read_text(), re.M)


def recompute(shop, folder):
    for name, text in blocks("sql"):
        (folder / name).write_text(text)
    script = "".join(text for _, text in blocks("sh"))
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, text=True, capture_output=True,
                          env={**shop.environment, "PATH": f"{BUILD}:{os.environ['PATH']}"})
    assert done.returncode == 0 and done.stderr == "", done.stderr


def plain(row):
    """What SQLite says: its objects are texts, and its counts floats."""
    opened = {name: json.loads(value) if isinstance(value, str) and value.startswith("{") else value
              for name, value in row.items()}
    return {name: value for name, value in opened.items() if name not in NOT_AGAIN}


NOT_AGAIN = {"conversions_first", "revenue_first", "changed_at", "running", "cost_per_result_low", "cost_per_result_high", "thin", "without_click", "without_click_share", "leak_since",
             "leak_share_before", "leak_share_after", "rotated_from"}
KEYS = {"creators": ["creator"], "links": ["link_id"], "codes": ["code", "valid_from"], "timeline": ["start"]}


def check_row(report, row, again):
    assert row.keys() - NOT_AGAIN <= again.keys(), report
    for name in row.keys() - NOT_AGAIN:
        if name == "unique_clicks":
            # A HyperLogLog of 16 384 registers takes 123 visitors for 120 once in a hundred times: of so few, two that meet
            # in a register weigh more than the percentage.
            assert abs(row[name] - again[name]) <= max(5, 3 * 0.0081 * again[name]), (report, again)
        else:
            assert row[name] == again[name], (report, name, again)


@pytest.mark.parametrize("rule", ["code-first", "linear", "first-click"])
def test_the_page_makes_the_reports_again(shop, tmp_path, rule):
    shop.jalon("campaign", "set", CAMPAIGN, "--attribution", rule)
    recompute(shop, tmp_path)
    first, last = re.search(r"--from (\S+) --to (\S+)", blocks("sh")[-1][1]).groups()
    arguments = ["--campaign", CAMPAIGN, "--from", first, "--to", last]
    nobody = plain(json.loads((tmp_path / "unattributed.json").read_text())[0])
    for report, keys in KEYS.items():
        said = shop.jalon_json("report", report, *arguments)
        rows = json.loads((tmp_path / f"{report}.json").read_text())
        named = lambda row: tuple(row[key] for key in keys)
        again = {named(row): plain(row) for row in rows}
        assert len(again) == len(rows)
        assert said["unattributed"] == nobody and len(nobody["conversions"]) == 3
        total = again.pop((None,) * len(keys))
        assert {named(row) for row in said["rows"]} == again.keys() and len(again) == len(said["rows"]) > 4
        for row in said["rows"]:
            check_row(report, row, again[named(row)])
        check_row(report, said["totals"], total)
        if "unique_clicks" in total:
            assert abs(said["totals"]["unique_clicks"] / total["unique_clicks"] - 1) <= 3 * 0.0081


def test_the_history_has_what_it_should(shop, tmp_path):
    """What is compared is not empty: each rule's credits, each kind of order, clicks of each class."""
    shop.jalon("campaign", "set", CAMPAIGN, "--attribution", "linear")
    recompute(shop, tmp_path)
    count = lambda what: int(subprocess.run(["sqlite3", tmp_path / "campaign.db", "SELECT count(*) FROM " + what],
                                            check=True, capture_output=True, text=True).stdout)
    assert count("click WHERE class = 'human'") > 2500 and count("clicks") > count("click") + 300
    for class_ in ("preview", "bot", "prefetch", "duplicate"):
        assert count(f"click WHERE class = '{class_}'") > 50
    assert count("click WHERE day <> date(at)") > 100
    for what in ("share = '1' AND revenue <> amount AND revenue <> '0.00'", "status = 'refunded'", "status = 'cancelled'",
                 "status = 'pending'", "creator = '' AND revenue <> '0.00'", "share NOT IN ('', '1')", "evidence = 'both'", "evidence = 'code'",
                 "flags = 'code-disabled'", "flags = 'code-over-limit'"):
        assert count("conversions WHERE " + what) > 4, what
    assert count("redeemed WHERE NOT is_valid") > 4 and count("report_links WHERE creator = 'tom' AND clicks > 99") == 2
