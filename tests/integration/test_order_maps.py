"""`jalon conversion import --map`: shops' own exports, and files that must not be read wrongly."""
import json
import re

import pytest

from cli import fresh, refused, rows  # noqa: F401 (one is a fixture)
from orders_exported import SHOPIFY, WOOCOMMERCE, shopify_order, woocommerce_order, write

CAMPAIGN = "spring-trail"


@pytest.fixture
def shop(fresh):
    """A campaign with a code of each creator; `ids` are click ids on Marie's and Tom's links."""
    for creator, code in (("marie", "MARIE10"), ("tom", "TOM5")):
        fresh.jalon("code", "add", "--campaign", CAMPAIGN, "--creator", creator, "--slug", code)
    paths = [fresh.add_link(creator="marie"), fresh.add_link(creator="tom", channel="story")]
    fresh.start()
    for path in paths:
        assert fresh.click(path).status == 302
    fresh.wait_shipped(2)
    clicks = rows(fresh.jalon("export", "clicks").stdout)
    fresh.ids = {click["creator"]: click["click_id"] for click in clicks}
    return fresh


def bring(shop, tmp_path, text, shop_map, *options, check=True, encoding="utf-8"):
    path = tmp_path / "orders.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return shop.jalon("conversion", "import", path, "--map", shop_map, "--campaign", CAMPAIGN, *options, check=check)


def ledger(shop, *options):
    report = json.loads(shop.jalon("report", "orders", "--campaign", CAMPAIGN, "--to", "2030-01-01", "--format", "json",
                                   *options).stdout)
    return {row["order_id"]: row for row in report["rows"]}, report


# Orders are placed now, as the clicks are.
def now(shop, form):
    from datetime import datetime, timezone
    from zoneinfo import ZoneInfo
    return datetime.now(timezone.utc).astimezone(ZoneInfo("Europe/Paris")).strftime(form)


def test_a_shopify_export(shop, tmp_path):
    at = now(shop, "%Y-%m-%d %H:%M:%S %z")
    text = write(SHOPIFY, [
        *shopify_order("#1001", "49.90", items=3, **{"Discount Code": "marie10", "Created at": at}),
        *shopify_order("#1002", "1000.00", **{"Note Attributes": f"gift: no\njclid: {shop.ids['tom']}\nx: y",
                                              "Created at": at}),
        *shopify_order("#1003", "20.00", items=2, **{"Discount Code": "MARIE10", "Created at": at,
                                                     "Note Attributes": f"jclid: {shop.ids['marie']}"}),
        *shopify_order("#1004", "30.00", **{"Discount Code": "SUMMER"}),
        *shopify_order("#1005", "50.00", **{"Financial Status": "partially_refunded", "Refunded Amount": "20.00",
                                            "Discount Code": "TOM5, FREESHIP"}),
        *shopify_order("#1006", "15.00", **{"Financial Status": "refunded", "Refunded Amount": "15.00",
                                            "Discount Code": "TOM5"}),
        *shopify_order("#1007", "15.00", **{"Financial Status": "voided"}),
        *shopify_order("#1008", "15.00", **{"Cancelled at": "2026-11-21 10:00:00 +0100"}),
    ])
    done = bring(shop, tmp_path, text, "shopify")
    assert done.stdout.startswith("added 8, changed 0, known 0, bad 0\n"
                                  "matched 5 of 8: by click 1, by code 3, by both 1\n"
                                  "not matched 3: unknown-code 1, no-evidence 2\n")
    assert f"{tmp_path}/orders.csv:10: order #1004: the code \"SUMMER\" is unknown\n" in done.stdout
    orders, report = ledger(shop)
    assert len(orders) == 8 and all(order["source"] == "import" for order in orders.values())
    assert (orders["#1001"]["revenue"], orders["#1001"]["credits"]) == ("49.90", {"marie": 1})
    assert orders["#1001"]["evidence"] == "Order #1001: Marie, code marie10 (checked)"
    assert (orders["#1002"]["revenue"], orders["#1002"]["by"]) == ("1000.00", "click")
    assert orders["#1003"]["by"] == "both"
    assert orders["#1004"]["unattributed"] == "unknown-code"
    assert orders["#1004"]["occurred_at"] == "2026-11-20T10:00:00+01:00"
    fifth = orders["#1005"]
    assert (fifth["amount"], fifth["refunded"], fifth["revenue"], fifth["credits"], fifth["code"]) == (
        "50.00", "20.00", "30.00", {"tom": 1}, "TOM5")
    assert fifth["refunds"].startswith("import-2000 20.00 ")
    assert [orders[name]["status"] for name in ("#1005", "#1006", "#1007", "#1008")] == [
        "approved", "refunded", "cancelled", "cancelled"]
    assert report["totals"]["revenue"] == "1129.90"
    # The same again is known; nothing is counted twice.
    again = bring(shop, tmp_path, text, "shopify")
    assert again.stdout.startswith("added 0, changed 0, known 8, bad 0\n")
    assert "known before 8: #1001, #1002, #1003, #1004, #1005, …\n" in again.stdout
    assert ledger(shop)[0] == orders


def test_no_buyer_is_stored(shop, tmp_path):
    bring(shop, tmp_path, write(SHOPIFY, shopify_order("#1", items=2)), "shopify")
    bring(shop, tmp_path, write(WOOCOMMERCE, [woocommerce_order("2")]), "woocommerce")
    stored = shop.jalon("conversion", "list", "--format", "json").stdout
    files = b"".join(path.read_bytes() for path in __import__("pathlib").Path(shop.folder).rglob("*")
                     if path.is_file())
    for word in ("Lovelace", "buyer.example"):
        assert word not in stored and word.encode() not in files


def test_a_woocommerce_export(shop, tmp_path):
    at = now(shop, "%Y-%m-%d %H:%M:%S")
    text = write(WOOCOMMERCE, [
        woocommerce_order("501", coupon_items="code:marie10|description:|amount:5.00", date=at),
        woocommerce_order("502", **{"meta:jclid": shop.ids["tom"], "date": at}),
        woocommerce_order("503", coupon_items="code:free|amount:1.00;code:tom5|amount:4.00", status="processing"),
        woocommerce_order("504", coupon_items="code:marie10|amount:4.00;code:tom5|amount:4.00"),
        woocommerce_order("505", status="failed"),
        woocommerce_order("506", refunded_total="-9.90", coupon_items="code:tom5|amount:4.00"),
    ])
    done = bring(shop, tmp_path, text, "woocommerce")
    assert "matched 4 of 6: by click 1, by code 3, by both 0\n" in done.stdout
    orders, _ = ledger(shop)
    assert orders["503"]["credits"] == {"tom": 1} and orders["503"]["occurred_at"] == "2026-11-20T10:00:00+01:00"
    assert orders["504"]["evidence"] == 'Order 504: nobody, as the code "marie10, tom5" is unknown'
    assert orders["505"]["status"] == "cancelled" and orders["506"]["revenue"] == "40.00"
    # The names of the REST API, one row an item.
    text = write(["order_number", "date_created", "status", "currency", "total", "coupon_items", "line_item"], [
        {"order_number": "601", "date_created": "2026-11-20 10:00:00", "status": "completed", "currency": "EUR",
         "total": "5.00", "coupon_items": "code:tom5", "line_item": item} for item in "ab"])
    assert bring(shop, tmp_path, text, "woocommerce").stdout.startswith("added 1, ")


def test_orders_of_imports_follow_the_shop_and_others_only_differ(shop, tmp_path):
    shop.jalon("conversion", "add", "#2", "--campaign", CAMPAIGN, "--type", "sale", "--amount", "49.90")
    first = shopify_order("#1", **{"Financial Status": "pending"}) + shopify_order("#2")
    assert bring(shop, tmp_path, write(SHOPIFY, first), "shopify").stdout.startswith("added 1, changed 0, known 1,")
    paid = shopify_order("#1", **{"Refunded Amount": "9.90"}) + shopify_order("#2", **{"Refunded Amount": "9.90"})
    assert bring(shop, tmp_path, write(SHOPIFY, paid), "shopify").stdout.startswith("added 0, changed 1, known 1,")
    orders, report = ledger(shop)
    assert (orders["#1"]["status"], orders["#1"]["revenue"], orders["#1"]["differences"]) == ("approved", "40.00", None)
    assert (orders["#2"]["revenue"], orders["#2"]["source"]) == ("49.90", "command")
    assert orders["#2"]["differences"].startswith("import of ") and orders["#2"]["differences"].endswith(
        ": refunded 9.90")
    assert any("describes otherwise than they are recorded: 1." in note for note in report["notes"])
    more = paid[:1] + shopify_order("#2", "59.90", **{"Refunded Amount": "9.90"})
    done = bring(shop, tmp_path, write(SHOPIFY, more), "shopify")
    assert done.stdout.startswith("added 0, changed 0, known 2, bad 0\n")
    assert done.stdout.endswith("\n1 known order differs from what is recorded, which stays: see its differences with "
                                "jalon report orders --campaign spring-trail\n")
    assert ledger(shop)[0]["#2"]["differences"].endswith(": amount 59.90, refunded 9.90")
    french = shop.jalon("report", "orders", "--campaign", CAMPAIGN, "--format", "html", "--lang", "fr").stdout
    assert re.search(r">import du \d\d/\d\d/2\d{3} \d\d:\d\d[^<]*\u202f: montant 59,90\u202f; remboursé 9,90<", french)
    shop.jalon("conversion", "refund", "#2", "--campaign", CAMPAIGN, "--refund-id", "1234.5", "--amount", "9.90")
    french = shop.jalon("report", "orders", "--campaign", CAMPAIGN, "--format", "html", "--lang", "fr").stdout
    assert re.search(r">1234\.5 9,90 \d\d/\d\d/2\d{3} ", french)  # an id is no number
    assert ledger(shop)[0]["#2"]["refunds"].startswith("1234.5 9.90 2")
    bring(shop, tmp_path, write(SHOPIFY, paid), "shopify")
    order = ledger(shop)[0]["#2"]
    assert (order["differences"], order["revenue"]) == (None, "40.00")


def test_an_export_that_differs_here_and_there_is_reconciled(shop, tmp_path):
    """None of its orders is bad, however each became known; each stays as it was recorded."""
    for number, amount in (("#1", "10.00"), ("#2", "20.00")):
        shop.jalon("conversion", "add", number, "--campaign", CAMPAIGN, "--type", "sale", "--amount", amount)
    bring(shop, tmp_path, write(SHOPIFY, shopify_order("#3", "30.00")), "shopify")
    export = write(SHOPIFY, [*shopify_order("#1", "10.00"), *shopify_order("#2", "21.00"), *shopify_order("#3", "31.00"),
                             *shopify_order("#4", "40.00")])
    said = json.loads(bring(shop, tmp_path, export, "shopify", "--format", "json").stdout)
    assert {name: said[name] for name in ("added", "changed", "known", "bad", "different")} == {
        "added": 1, "changed": 0, "known": 3, "bad": 0, "different": 2}
    orders, report = ledger(shop)
    assert {name: (row["revenue"], (row["differences"] or "").rpartition(": ")[2]) for name, row in orders.items()} == {
        "#1": ("10.00", ""), "#2": ("20.00", "amount 21.00"), "#3": ("30.00", "amount 31.00"), "#4": ("40.00", "")}
    assert any("describes otherwise than they are recorded: 2." in note for note in report["notes"])
    table = bring(shop, tmp_path, export, "shopify").stdout
    assert "\n2 known orders differ from what is recorded, which stays: see their differences with jalon report" in table
    # An import of our own columns still has to agree.
    path = tmp_path / "ours.csv"
    path.write_text(f"campaign,order_id,type,amount\n{CAMPAIGN},#2,sale,21.00\n")
    refused(shop, "conversion", "import", path, code=1, says="ours.csv:2: the order #2 is recorded with other content")
    # So have the rows of one export among themselves.
    twice = write(SHOPIFY, [*shopify_order("#7", "1.00"), *shopify_order("#8", "2.00"), *shopify_order("#7", "3.00")])
    done = bring(shop, tmp_path, twice, "shopify", check=False)
    assert done.returncode == 1 and "orders.csv:4: an earlier row says otherwise of the order #7" in done.stderr
    known = write(SHOPIFY, [*shopify_order("#1", "11.00"), *shopify_order("#2", "20.00"), *shopify_order("#1", "12.00")])
    done = bring(shop, tmp_path, known, "shopify", check=False)
    assert done.returncode == 1 and "orders.csv:4: an earlier row says otherwise of the order #1" in done.stderr
    assert ledger(shop)[0]["#1"]["differences"] is None
    said = json.loads(bring(shop, tmp_path, known, "shopify", "--skip-bad", "--format", "json").stdout)
    assert (said["known"], said["bad"], said["different"]) == (2, 1, 1)
    assert ledger(shop)[0]["#1"]["differences"].endswith(": amount 11.00")
    said = json.loads(bring(shop, tmp_path, known.replace("12.00", "11.00"), "shopify", "--format", "json").stdout)
    assert (said["known"], said["bad"], said["different"]) == (3, 0, 1)  # rows are known, orders differ
    # A later row that leaves the amount open takes nothing back of what the first said.
    bring(shop, tmp_path, known.replace("12.00", ""), "shopify")
    assert ledger(shop)[0]["#1"]["differences"].endswith(": amount 11.00")
    assert ledger(shop)[0].keys() == {"#1", "#2", "#3", "#4"}


def test_a_text_that_turns_the_line_is_shown(shop, tmp_path):
    """What a shop's customer can write must not make a line of a terminal read as another one."""
    text = write(SHOPIFY, shopify_order("#1\u202e", "10.00", **{"Discount Code": "OFF\u200b\u2066"}))
    done = bring(shop, tmp_path, text, "shopify")
    assert "order #1\\u202E: the code \"OFF\\u200B\\u2066\" is unknown\n" in done.stdout
    report = ["report", "orders", "--campaign", CAMPAIGN]
    table = shop.jalon(*report, env={"COLUMNS": "400"}).stdout + shop.jalon("conversion", "list").stdout
    assert table.count("#1\\u202E") >= 2 and "OFF\\u200B\\u2066" in table
    assert not any(mark in table for mark in "\u202e\u200b\u2066")
    assert list(ledger(shop)[0]) == ["#1\u202e"]
    assert rows(shop.jalon(*report, "--format", "csv").stdout)[0]["order_id"] == "#1\u202e"
    page = shop.jalon(*report, "--format", "html").stdout
    assert "unicode-bidi: isolate" in page and "\u202e" not in page


MAP = """# the user's own
order_id = No
type = "sale"
amount = Montant
occurred_at = Date
date = DD/MM/YYYY hh:mm
timezone = Europe/Paris
code ?= Code
"""


@pytest.mark.parametrize("bad", ["cells", "money"])
def test_a_bad_row_takes_no_other_order_with_it(shop, tmp_path, bad):
    """The order before it is whole; what may be a half of an order is left out too."""
    lines = write(SHOPIFY, [*shopify_order("#1", "10.00"), *shopify_order("#2", "20.00", items=2),
                            *shopify_order("#3", "30.00")]).splitlines(keepends=True)
    lines[2] = "#2,one cell too few\n" if bad == "cells" else lines[2].replace("20.00", "twenty")
    done = bring(shop, tmp_path, "".join(lines), "shopify", "--skip-bad")
    assert done.stdout.startswith(f"added 2, changed 0, known 0, bad {2 if bad == 'cells' else 1}\n")
    assert ledger(shop)[0].keys() == {"#1", "#3"}
    fixed = write(SHOPIFY, [*shopify_order("#1", "10.00"), *shopify_order("#2", "20.00", items=2)])
    assert bring(shop, tmp_path, fixed, "shopify").stdout.startswith("added 1, changed 0, known 1, bad 0\n")
    assert ledger(shop)[0]["#2"]["revenue"] == "20.00"


@pytest.mark.parametrize("note", ["".join(f"jclid:{n};" for n in range(101)), "jclid: \u009b", "jclid:" + "x" * 9000,
                                  "jclid:" + "x " * 9000])
def test_whoever_buys_cannot_spoil_an_import(shop, tmp_path, note):
    text = write(SHOPIFY, [*shopify_order("#1", "10.00", **{"Note Attributes": note}),
                           *shopify_order("#2", "20.00", **{"Note Attributes": f"jclid:{shop.ids['tom']};",
                                                            "Created at": now(shop, "%Y-%m-%d %H:%M:%S %z")})])
    assert bring(shop, tmp_path, text, "shopify").stdout.startswith("added 2, changed 0, known 0, bad 0\n")
    orders, _ = ledger(shop)
    assert orders["#1"]["credits"] == {} and orders["#2"]["credits"] == {"tom": 1}


def own(shop, tmp_path, lines, text, **options):
    path = tmp_path / "own.map"
    path.write_text(MAP + lines)
    return bring(shop, tmp_path, text, path, check=False, **options)


ROW = "No;Montant;Date\n1;{};20/11/2026 10:00\n"


@pytest.mark.parametrize("lines, amount, read", [
    ("", "1.234", None), ("", "1,234", None), ("", "1.234,56", "1234.56"), ("", "1,234.56", "1234.56"),
    ("", "19,90", "19.90"), ("", "19.90", "19.90"), ("", "1 234,56", "1234.56"), ("", "1.234.567", "1234567.00"),
    ("decimal = ,\n", "1.234", "1234.00"), ("decimal = ,\n", "1.234,5", "1234.50"), ("decimal = ,\n", "19.90", None),
    ("decimal = .\n", "1,234", "1234.00"), ("decimal = .\n", "1.234", None), ("decimal = .\n", "19,90", None),
    ("decimal = .\n", "1.234,56", None), ("", "19,90 €", None), ("", "12,34,56", None), ("", "1,2.3,4", None),
    ("", "1\u202f234,56", "1234.56"), ("", "-5,00", None), ("", "1e3", None), ("decimal = ,\n", "1.23,4", None),
])
def test_amounts_are_read_rightly_or_not_at_all(shop, tmp_path, lines, amount, read):
    done = own(shop, tmp_path, lines, ROW.format(amount))
    if read:
        assert done.returncode == 0, done.stderr
        assert ledger(shop)[0]["1"]["amount"] == read
    else:
        assert done.returncode == 1 and "orders.csv:2: amount" in done.stderr
        assert ledger(shop)[0] == {}
    if amount in ("1.234", "1,234") and not lines:
        assert "decimal = . or decimal = ," in done.stderr


LATIN = "No;Montant;Date;Prénom\n1;19,90;20/11/2026 10:00;Zoé\n"


@pytest.mark.parametrize("lines, encoding, is_read", [
    ("", "utf-8", True), ("", "utf-8-sig", True), ("", "latin-1", False), ("encoding = latin-1\n", "latin-1", True),
    ("encoding = windows-1252\n", "cp1252", True), ("", "utf-16", False)])
def test_encodings(shop, tmp_path, lines, encoding, is_read):
    done = own(shop, tmp_path, lines, LATIN, encoding=encoding)
    assert (done.returncode == 0) == is_read, done.stderr
    assert list(ledger(shop)[0]) == (["1"] if is_read else [])
    if encoding == "latin-1" and not is_read:
        assert "encoding = latin-1" in done.stderr


def test_a_field_of_a_million_characters(shop, tmp_path):
    long = "x" * 1_000_000
    text = write(SHOPIFY, shopify_order("#1", **{"Notes": long}))
    assert bring(shop, tmp_path, text, "shopify").stdout.startswith("added 1,")
    done = bring(shop, tmp_path, write(SHOPIFY, shopify_order("#2", **{"Discount Code": long})), "shopify", check=False)
    assert done.returncode == 1 and "orders.csv:2: code: it is longer than 8 KiB" in done.stderr
    assert len(done.stderr) < 1000


@pytest.mark.parametrize("lines, says", [
    ("colour = red\n", "own.map:9: there is no such name"), ("amount = Total\n", "said before"),
    ("decimal = ;\n", "decimal is . or ,"), ("encoding = ebcdic\n", "no encoding"), ("nonsense\n", "not NAME = VALUE"),
    ('status "paid" = good\n', "no status"), ("status paid = approved\n", "in quotes"),
    ("timezone = Mars/Base\n", "Mars/Base"), ("date = DD/MM/YYYY\n", "hh and mm"),
    ("currency = Devise\n", '"Devise" is missing'), ('campaign = "spring-trail"\n', "the map says the campaign"),
])
def test_a_bad_map_is_refused(shop, tmp_path, lines, says):
    done = own(shop, tmp_path, lines, ROW.format("19,90"))
    assert done.returncode != 0 and says in done.stderr and done.stdout == ""


def test_what_is_refused(shop, tmp_path):
    text = write(SHOPIFY, shopify_order("#1"))
    path = tmp_path / "orders.csv"
    path.write_text(text)
    refused(shop, "conversion", "import", path, "--map", "shopify", code=2, says="--campaign: is missing")
    refused(shop, "conversion", "import", path, "--campaign", CAMPAIGN, code=2, says="goes with --map")
    refused(shop, "conversion", "import", path, "--map", "magento", "--campaign", CAMPAIGN, code=1,
            says=["no ready map magento", "shopify and woocommerce"])
    refused(shop, "conversion", "import", path, "--map", "shopify", "--campaign", "nowhere", code=1, says="nowhere")
    refused(shop, "conversion", "import", path, "--map", "woocommerce", "--campaign", CAMPAIGN, code=1,
            says='"order_number_formatted" is missing')
    other = write(SHOPIFY, shopify_order("#1", **{"Financial Status": "on_the_moon"}))
    done = bring(shop, tmp_path, other, "shopify", check=False)
    assert done.returncode == 1 and 'status: "on_the_moon": the map does not say' in done.stderr
    two = shopify_order("#1", items=2)
    two[1] = {**two[1], "Total": "5.00"}
    done = bring(shop, tmp_path, write(SHOPIFY, two), "shopify", check=False)
    assert done.returncode == 1 and "orders.csv:3: amount: it is another one than on line 2" in done.stderr
    done = bring(shop, tmp_path, '{"order_id":"1"}\n', "shopify", check=False)
    assert done.returncode == 1 and "NDJSON" in done.stderr
    assert ledger(shop)[0] == {}
