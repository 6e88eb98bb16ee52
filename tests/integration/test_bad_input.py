"""What people get wrong in zones, ranges, currencies and files: a clear sentence or the right reading, never a wrong number."""
import csv
import io
import json
import urllib.parse
from datetime import datetime, timedelta, timezone

import pytest

import api
from cli import refused, rows
from conftest import Installation, RedisServer

OF_MONEY = ["creators", "campaigns", "links", "codes", "orders", "payouts", "timeline", "sources", "geo", "devices"]
REPORTS = [*OF_MONEY, "residual", "quality"]
SLUGS = ["spring-trail", "tokyo"]
IMPORTS = {
    "creator": "creator,name,platform,followers,niche\nlea,Léa,youtube,52000,trail\n",
    "link": "campaign,creator,channel,target,slug,expires_at\nspring-trail,marie,Été,,,\n",
    "cost": "campaign,creator,date,fee,per_click,per_conversion,commission,product\nspring-trail,marie,2026-03-01,1234.56,,,8%,\n",
    "post": "campaign,creator,url,published_at,impressions\nspring-trail,marie,https://a.example/1,2026-03-01T10:00:00Z,900\n",
    "conversion": "campaign,order_id,type,amount,currency,code\nspring-trail,numéro 1,sale,1234.56,EUR,MARIE10\n",
}


@pytest.fixture(scope="module")
def shop():
    """Two campaigns, in EUR and JPY, of today: an order, a click and a cost in each."""
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    made.add_campaign()
    made.add_campaign("tokyo", creators=(), currency="JPY", timezone="Asia/Tokyo")
    paths = [made.add_link("marie", campaign=slug) for slug in SLUGS]
    made.start()
    for slug, path, code, amount in zip(SLUGS, paths, ("MARIE10", "TOKYO10"), ("100.00", "5000")):
        made.click(path)
        made.jalon("code", "add", "--campaign", slug, "--creator", "marie", "--slug", code)
        made.jalon("conversion", "add", "1", "--campaign", slug, "--type", "sale", "--amount", amount, "--code", code)
        made.jalon("cost", "add", "--campaign", slug, "--creator", "marie", "--fee", "40", "--commission", "10%")
        now = made.jalon_json("conversion", "list", "--campaign", slug)[0]["occurred_at"]
        made.jalon("post", "add", "--campaign", slug, "--creator", "marie", "--url", f"https://a.example/{slug}",
                   "--published-at", now, "--impressions", "900")
    made.wait_shipped(2)
    made.add_token()
    yield made
    made.remove()
    server.remove()


def state(shop):
    """All that a bad import may have changed."""
    return [shop.jalon(noun, "list", "--format", "json").stdout for noun in ("campaign", *IMPORTS)]


# -- zones

@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "europe/paris", "../../etc/passwd", "/etc/localtime", "UTC+2",
                                  "CEST", " ", "x" * 100_000])
def test_an_unknown_time_zone(shop, zone):
    before = state(shop)
    refused(shop, "campaign", "add", "other", "--brand", "b", "--target", "https://a.example/", "--currency", "EUR",
            "--timezone", zone, code=2, says="--timezone")
    refused(shop, "campaign", "set", "spring-trail", "--timezone", zone, code=2, says="--timezone")
    assert state(shop) == before


# -- ranges

@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("first, last, says", [
    ("2026-03-02", "2026-03-01", "the range is empty: from is after to"),
    ("2199-01-01", "", "the range is empty: from is in the future"),
    ("2026-02-29", "", None), ("29/11/2026", "", None), ("1969-12-31", "", None), ("", "2026-13-01", None),
    ("", "2026-11-29T00:00:00Z", None)])
def test_a_range_that_is_none(shop, report, first, last, says):
    options = {name: value for name, value in (("from", first), ("to", last)) if value}
    field = "from" if first else "to"
    wrong = f"--{field}: " + (says or f'"{options[field]}" is no date: write it as 2026-11-29')
    done = refused(shop, "report", report, "--campaign", "spring-trail", *[f"--{name}={value}" for name, value in options.items()],
                   code=1 if says else 2, says=wrong)
    assert done.stdout == ""
    answer = shop.api("GET", f"/v1/reports/{report}?campaign=spring-trail&" + urllib.parse.urlencode(options))
    problem = api.refused(answer, 422, "/" + field)
    assert (says or f"{options[field]} is no date: write it as YYYY-MM-DD") in problem["errors"][0]["detail"]


def is_nothing(value):
    """Zero, unknown, or an object of zeros."""
    return not any(value.values()) if isinstance(value, dict) else value in (None, 0, "0.00")


@pytest.mark.parametrize("report", [report for report in REPORTS if report != "residual"])
def test_a_range_before_the_campaign(shop, report):
    """Days like any others: nothing happened on them, so counts are 0, and ratios unknown."""
    said = shop.jalon_json("report", report, "--campaign", "spring-trail", "--from", "2020-03-28", "--to", "2020-03-30")
    assert (said["from"], said["to"]) == ("2020-03-28", "2020-03-30")
    assert all(is_nothing(value) for value in said["totals"].values()), said["totals"]
    figures = said["totals"].keys() - {"currency"}
    assert all(is_nothing(row[name]) for row in said["rows"] for name in figures), said["rows"]
    assert said["unattributed"] == {"conversions": {}, "revenue": "0.00"}
    if report == "timeline":
        assert [row["start"] for row in said["rows"]] == ["2020-03-28", "2020-03-29", "2020-03-30"]


# -- currencies

@pytest.mark.parametrize("campaign, amount, currency, says", [
    ("tokyo", "50", "EUR", "the campaign's is JPY"), ("spring-trail", "50", "JPY", "the campaign's is EUR"),
    ("spring-trail", "50", "eur", None), ("spring-trail", "50", "€", "currency"), ("spring-trail", "50", "EURO", "currency"),
    ("tokyo", "50.5", "JPY", "JPY has no decimals: write a whole number"), ("tokyo", "50.00", "JPY", "JPY has no decimals"),
    ("spring-trail", "50.005", "EUR", "EUR has 2 decimals")])
def test_an_order_in_another_currency(shop, campaign, amount, currency, says):
    before = state(shop)
    body = {"campaign": campaign, "order_id": "other", "type": "sale", "amount": amount, "currency": currency}
    answer = shop.api("POST", "/v1/conversions", body)
    if says is None and answer.status == 201:  # as it was meant
        assert shop.jalon_json("conversion", "list", "--campaign", campaign)[-1]["currency"] == currency.upper()
        return
    assert answer.status == 422 and (says or "currency") in answer.body.decode()
    refused(shop, "conversion", "import", code=1, says=["standard input:1: ", says or "currency"], input=json.dumps(body) + "\n")
    assert state(shop) == before


# -- creators

def test_a_creator_who_has_nothing_there(shop):
    """An empty page says why it is one, in each form; one that nobody knows is an error."""
    shop.jalon("creator", "add", "idle")
    report = ["report", "creators", "--campaign", "spring-trail", "--creator", "idle"]
    note = "idle has no link, code, post, cost or order in this campaign."
    said = shop.jalon_json(*report)
    assert (said["rows"], said["notes"]) == ([], [note])
    assert note in shop.jalon(*report).stdout
    page = shop.jalon(*report, "--format", "html").stdout
    assert note in page
    assert "idle n’a ni lien, ni code" in shop.jalon(*report, "--format", "html", "--lang", "fr").stdout
    done = shop.jalon(*report, "--format", "csv")
    assert rows(done.stdout) == [] and done.stderr == f"jalon: {note}\n"
    assert shop.api("GET", "/v1/reports/creators?campaign=spring-trail&creator=idle").json()["notes"] == [note]
    refused(shop, *report[:-1], "nobody", code=1, says="there is no creator nobody")


# -- times

@pytest.mark.parametrize("noun, field", [("conversion", "occurred_at"), ("post", "published_at"), ("post", "taken_at")])
def test_what_has_not_happened_yet(shop, tmp_path, noun, field):
    """A day ahead is a clock's or a zone's doing; more is a mistyped date."""
    def in_hours(hours):
        return (datetime.now(timezone.utc) + timedelta(hours=hours)).isoformat(timespec="seconds")
    header, line = IMPORTS[noun].splitlines()
    row = dict(zip(header.split(","), next(csv.reader([line])))) | {field: in_hours(25)}
    text = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    path = tmp_path / "file.csv"
    path.write_text(text)
    before = state(shop)
    refused(shop, noun, "import", path, code=1, says=[f"{path}:2: {field}: it is in the future", "check its day"])
    options = [part for name, value in row.items() if name not in ("url", "order_id")
               for part in (f"--{name.replace('_', '-')}", value)]
    key = row.get("url") or row["order_id"]
    refused(shop, noun, "add", key, *options, code=1, says=f"--{field.replace('_', '-')}: it is in the future")
    if noun == "conversion":
        answer = shop.api("POST", "/v1/conversions", row)
        assert answer.status == 422 and "it is in the future" in answer.body.decode()
    assert state(shop) == before
    path.write_text(text.replace(row[field], in_hours(23)).replace("numéro 1", "ahead"))
    shop.jalon(noun, "import", path)


@pytest.mark.parametrize("report", OF_MONEY)
def test_two_currencies_are_never_one_number(shop, report):
    said = shop.jalon_json("report", report, *[part for slug in SLUGS for part in ("--campaign", slug)])
    money = said["totals"].keys() & {"revenue", "cost", "owed", "order_revenue", "cost_per_click", "cost_per_result", "roas",
                                     "revenue_per_click"}
    assert money and said["currency"] is None and all(said["totals"][name] is None for name in money)
    assert said["totals_by_currency"].keys() == {"EUR", "JPY"}
    for slug, currency in zip(SLUGS, ("EUR", "JPY")):
        alone = shop.jalon_json("report", report, "--campaign", slug)
        for name in money:
            assert said["totals_by_currency"][currency][name] == alone["totals"][name]


# -- files

def semicolons(text):
    return "".join(";".join(f'"{cell}"' for cell in row) + "\r\n" for row in csv.reader(io.StringIO(text)))


FORMS = {  # how the file was saved → whether it is read
    "utf-8": (lambda text: text.encode(), True),
    "with a byte-order mark": (lambda text: text.encode("utf-8-sig"), True),
    "with semicolons, as a French spreadsheet saves it": (lambda text: semicolons(text).encode("utf-8-sig"), True),
    "with tabs": (lambda text: text.replace(",", "\t").encode(), True),
    "in Latin-1": (lambda text: text.encode("latin-1"), False),
    "in Windows-1252, with semicolons": (lambda text: semicolons(text).encode("cp1252"), False),
    "in UTF-16": (lambda text: text.encode("utf-16"), False),
}


@pytest.mark.parametrize("noun", IMPORTS)
@pytest.mark.parametrize("form", FORMS)
def test_files_by_encoding(shop, tmp_path, noun, form):
    write, is_read = FORMS[form]
    path = tmp_path / "file.csv"
    text = IMPORTS[noun]
    path.write_bytes(write(text))
    before = state(shop)
    if not is_read and (not text.isascii() or "UTF-16" in form):  # ASCII is the same in all the others
        done = refused(shop, noun, "import", path, code=1, says="not UTF-8")
        assert state(shop) == before and done.stdout == ""
        return
    shop.jalon(noun, "import", path)
    key, value = {"creator": ("name", "Léa"), "link": ("channel", "Été"), "cost": ("fee", "1234.56"),
                  "post": ("url", "https://a.example/1"), "conversion": ("order_id", "numéro 1")}[noun]
    assert value in [row[key] for row in shop.jalon_json(noun, "list")]


AMOUNTS = {  # as written → minor units, or None: refused
    "1234.56": "1234.56", "1234": "1234.00", "0.5": "0.50", "1.234,56": None, "1,234.56": None, "1234,56": None, "1 234.56": None,
    "1\u202f234.56": None, "€12": None, "12 EUR": None, "1e3": None, "0x10": None, "+5": None, "-5": None, "NaN": None, ".5": None, "5.": None,
    "٣": None, "99999999999999999999": None, "=1+1": None,
}


@pytest.mark.parametrize("written", AMOUNTS)
@pytest.mark.parametrize("noun, field", [("conversion", "amount"), ("cost", "fee")])
def test_amounts_as_they_are_written(shop, tmp_path, written, noun, field):
    number = list(AMOUNTS).index(written)
    row = {"conversion": {"campaign": "spring-trail", "order_id": f"amount {number}", "type": "sale", "amount": written},
           "cost": {"campaign": "spring-trail", "creator": "tom", "date": f"2026-02-{number + 1:02}", "fee": written}}[noun]
    path = tmp_path / "file.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row, delimiter=";")
        writer.writeheader()
        writer.writerow(row)
    before = state(shop)
    if AMOUNTS[written] is None:
        refused(shop, noun, "import", path, code=1, says=[f"{path}:2: {field}: ", "nothing was imported"])
        assert state(shop) == before
    else:
        shop.jalon(noun, "import", path)
        listed = rows(shop.jalon(noun, "list", "--campaign", "spring-trail", "--format", "csv").stdout)
        found = [each[field] for each in listed if row.items() - {field: written}.items() <= each.items()]
        assert found == [AMOUNTS[written]]


@pytest.mark.parametrize("noun, field, written", [
    *[("creator", "followers", written) for written in ("8.200", "8,200", "8 200", "8200.0", "8k", "-1", "8e3")],
    *[("post", "impressions", written) for written in ("1.200", "1,200", "1 200", "12e2", "-1")],
    *[("post", "published_at", written) for written in ("2026-03-01", "01/03/2026 10:00", "2026-03-01T10:00:00", "2026-02-29T10:00:00Z")],
    *[("cost", "date", written) for written in ("01/03/2026", "2026-02-29", "2026-3-1", "2026-03-01T00:00:00Z")],
    *[("cost", "commission", written) for written in ("8,5%", "8 %", "108%", "-8%", "8%%", "0.1234567%")],
    *[("cost", "per_click", written) for written in ("0,015", "1.5%", "0.0000001")],
    *[("conversion", "type", written) for written in ("Sale 1", "vente é")]])
def test_what_could_be_read_in_two_ways(shop, tmp_path, noun, field, written):
    header, line = IMPORTS[noun].splitlines()
    row = dict(zip(header.split(","), next(csv.reader([line])))) | {field: written}
    path = tmp_path / "file.csv"
    path.write_text(semicolons(header + "\n") + semicolons(",".join(f'"{cell}"' for cell in row.values()) + "\n"))
    before = state(shop)
    refused(shop, noun, "import", path, code=1, says=[f"{path}:2: {field}: ", "nothing was imported"])
    assert state(shop) == before


@pytest.mark.parametrize("noun, column", [(noun, column) for noun, text in IMPORTS.items() for column in text.splitlines()[0].split(",")])
def test_a_field_of_a_million_characters(shop, tmp_path, noun, column):
    header, line = IMPORTS[noun].splitlines()
    row = dict(zip(header.split(","), next(csv.reader([line]))))
    long = {**row, column: "9" * 1_000_000}
    path = tmp_path / "file.csv"
    path.write_text("\n".join([header, ",".join(long.values()), line]) + "\n")
    before = state(shop)
    done = refused(shop, noun, "import", path, code=1, says=[f"{path}:2: ", "nothing was imported"])
    assert done.stdout == "" and len(done.stderr) < 2000 and state(shop) == before
