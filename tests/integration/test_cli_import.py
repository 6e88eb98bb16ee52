"""Imports: files good and bad, all or nothing."""
import csv
import io
import json
import re
import subprocess

import pytest
import redis

from cli import fresh, refused, rows, shop  # noqa: F401 (two are fixtures)
from conftest import BUILD, wait_for

FILES = {
    "creator": ("creator,name,platform,followers,niche\n"
                "lea,Léa,youtube,52000,trail;food\n"
                "noa,\"Noa, the runner\",tiktok,,\n", "creator"),
    "link": ("campaign,creator,channel,target,slug,expires_at\n"
             "spring-trail,marie,bio,,,\n"
             "spring-trail,tom,story,,tom-story,2030-01-01T00:00:00Z\n", "code"),
    "cost": ("campaign,creator,date,fee,per_click,per_conversion,commission,product\n"
             "spring-trail,marie,2026-11-01,250,,,8%,\n"
             "spring-trail,tom,2026-11-01,,0.02,,,40\n", "creator"),
    "post": ("campaign,creator,url,published_at,taken_at,impressions,reach,likes,comments,shares,saves\n"
             "spring-trail,marie,https://instagram.example/p/2,2026-11-01T10:00:00Z,2026-11-02T10:00:00Z,900,,,,,\n"
             "spring-trail,tom,https://instagram.example/p/3,2026-11-01T10:00:00Z,,,,,,,\n", "url"),
    "conversion": ("campaign,order_id,type,amount,currency,click_id,code,occurred_at,status\n"
                   "spring-trail,2001,sale,19.90,EUR,,,2026-11-20T10:00:00Z,\n"
                   "spring-trail,2002,signup,,,,,2026-11-20T11:00:00Z,pending\n", "order_id"),
}


@pytest.mark.parametrize("noun", FILES)
@pytest.mark.parametrize("form", ["csv", "semicolons", "ndjson"])
def test_imports(fresh, noun, form):
    text, key = FILES[noun]
    before = {json.dumps(thing, sort_keys=True) for thing in fresh.jalon_json(noun, "list")}
    if form == "semicolons": # as a French spreadsheet saves it
        lines = [";".join(f'"{cell}"' for cell in row) for row in csv.reader(io.StringIO(text))]
        text = "\ufeff" + "\r\n".join(lines) + "\r\n"
    if form == "ndjson":
        def typed(name, value):
            if name in ("followers", "impressions", "reach", "likes", "comments", "shares", "saves"):
                return int(value)
            return value.split(";") if name == "niche" else value
        text = "".join(json.dumps({name: typed(name, value) for name, value in row.items() if value}) + "\n"
                       for row in rows(text))
    done = fresh.jalon(noun, "import", "-", input=text)
    assert re.fullmatch(r"added \d+, changed 0, known 0, bad 0\n", done.stdout) and done.stderr == ""
    after = {json.dumps(thing, sort_keys=True) for thing in fresh.jalon_json(noun, "list")}
    assert len(after - before) >= 2
    if noun not in ("link", "creator"): # the same again changes nothing
        again = json.loads(fresh.jalon(noun, "import", "--format", "json", input=text).stdout)
        assert again["added"] == again["changed"] == again["bad"] == 0 and again["known"] >= 2
        assert {json.dumps(thing, sort_keys=True) for thing in fresh.jalon_json(noun, "list")} == after


BAD_ROWS = {
    "an unknown campaign": ("nowhere,3002,sale,5,EUR,,,,", "nowhere"),
    "another currency": ("spring-trail,3002,sale,5,USD,,,,", "currency"),
    "a negative amount": ("spring-trail,3002,sale,-5,EUR,,,,", "amount"),
    "too many decimals": ("spring-trail,3002,sale,5.005,EUR,,,,", "amount"),
    "1.234,56": ('spring-trail,3002,sale,"1.234,56",EUR,,,,', "amount"),
    "no order id": ("spring-trail,,sale,5,EUR,,,,", "order_id"),
    "a control character": ("spring-trail,30\x0102,sale,5,EUR,,,,", "order_id"),
    "a cell too many": ("spring-trail,3002,sale,5,EUR,,,,,", "10 cells"),
    "a cell too few": ("spring-trail,3002,sale,5,EUR", "5 cells"),
    "a stray quote": ('spring-trail,30"02,sale,5,EUR,,,,', "quote"),
    "a bad moment": ("spring-trail,3002,sale,5,EUR,,,yesterday,", "occurred_at"),
    "a bad status": ("spring-trail,3002,sale,5,EUR,,,,done", "status"),
    "other content than before": ("spring-trail,3001,sale,6,EUR,,,2026-11-20T10:00:00Z,", "3001"),
}
HEADER = FILES["conversion"][0].splitlines()[0]
GOOD = ["spring-trail,3001,sale,5,EUR,,,2026-11-20T10:00:00Z,", "spring-trail,3003,sale,7,EUR,,,2026-11-20T10:00:00Z,"]


@pytest.mark.parametrize("name", BAD_ROWS)
def test_one_bad_row_changes_nothing(fresh, tmp_path, name):
    bad, says = BAD_ROWS[name]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join([HEADER, GOOD[0], bad, GOOD[1]]) + "\n")
    done = refused(fresh, "conversion", "import", path, code=1, says=[f"{path}:3: ", says, "nothing was imported"])
    assert f"{path}:2:" not in done.stderr and f"{path}:4:" not in done.stderr and done.stdout == ""
    assert fresh.jalon_json("conversion", "list") == []
    skipped = fresh.jalon("conversion", "import", path, "--skip-bad")
    assert skipped.stdout == "added 2, changed 0, known 0, bad 1\n" and f"{path}:3: " in skipped.stderr
    assert {thing["order_id"] for thing in fresh.jalon_json("conversion", "list")} == {"3001", "3003"}


@pytest.mark.parametrize("content, says", [
    (b"", "empty"),
    (b"\n\n", "empty"),
    (b"campaign,order,type\n", ["no column \"order\"", "--ignore-columns"]),
    (b"campaign,order_idd,type\n", "did you mean order_id?"),
    (b"campaign,order_id\n", "the column type is missing"),
    (b"campaign,order_id,type,type\n", "twice"),
    (b"campaign,order_id,type\ncaf\xe9,1,sale\n", ":2: the row is not UTF-8"),
    (b"c\0a\0m\0p\0", ""),
    (b"\xff\xfec\0a\0", "not UTF-8"),
    (b"campaign,order_id,type\nspring-trail,\"1,sale\n", ":2: the row has a quoted cell that never ends"),
    (b"{\"campaign\": \n", ":1: not JSON"),
    (b"{\"campaign\":\"spring-trail\",\"order_id\":\"1\",\"type\":\"sale\",\"x\":1}\n", ":1: there is no column \"x\""),
    (b"{\"campaign\":\"spring-trail\",\"order_id\":\"1\",\"type\":\"sale\"}\n[1]\n", ":2: not an object"),
    (b"{\"campaign\":\"spring-trail\",\"order_id\":\"1\",\"order_id\":\"2\",\"type\":\"sale\"}\n", ":1: not JSON"),
    (b"{\"campaign\":\"spring-trail\",\"order_id\":\"1\",\"type\":\"sale\",\"amount\":19.9}\n", ":1: amount"),
])
def test_bad_files(shop, tmp_path, content, says):
    path = tmp_path / "orders"
    path.write_bytes(content)
    refused(shop, "conversion", "import", path, code=1, says=says)
    assert shop.jalon_json("conversion", "list") == []


def test_a_quote_never_closed_is_bad_even_when_skipping(shop):
    refused(shop, "conversion", "import", "--skip-bad", code=1, says="never ends",
            input="campaign,order_id,type\nspring-trail,1,sale\nspring-trail,\"2,sale\nspring-trail,3,sale\n")
    assert shop.jalon_json("conversion", "list") == []


def test_many_bad_rows_are_cut_short(shop):
    text = HEADER + "\n" + "".join(f"nowhere,{n},sale,5,EUR,,,,\n" for n in range(1000))
    done = refused(shop, "conversion", "import", code=1, input=text, says="980 more bad rows")
    assert len(done.stderr.splitlines()) == 22


def test_ignored_columns(fresh):
    text = "order_id,shipping,type,campaign\n4001,UPS,sale,spring-trail\n"
    refused(fresh, "conversion", "import", code=1, input=text, says="shipping")
    assert fresh.jalon("conversion", "import", "--ignore-columns", input=text).stdout.startswith("added 1,")
    line = '{"order_id":"4002","shipping":{"by":"UPS"},"type":"sale","campaign":"spring-trail"}'
    assert fresh.jalon("conversion", "import", "--ignore-columns", input=line).stdout.startswith("added 1,")


def test_replaced_costs(fresh):
    text = FILES["cost"][0]
    fresh.jalon("cost", "import", input=text)
    dearer = text.replace("250", "300")
    refused(fresh, "cost", "import", code=1, input=dearer, says="standard input:2: ")
    fresh.jalon("cost", "import", "--replace", input=dearer)
    assert "300.00" in fresh.jalon("cost", "list", "--format", "csv").stdout


ROWS, LATE = 10000, 40  # of a file; its last ones, which another import brings with other amounts


def at_work(installation, text, *options):
    """An import that has read all of the text but its last byte, and waits for that."""
    process = subprocess.Popen([BUILD / "jalon", "conversion", "import", "-", *options], env=installation.environment,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdin.write(text[:-1])
    process.stdin.flush()
    return process


def import_both(installation, turn, *options):
    """A long import, and a short one of its last orders that is let go when the first rows of the long one are written.
    What each said, and how many orders are as the short one has them."""
    store = redis.Redis.from_url(installation.environment["JALON_STORE_REDIS"])
    key = "jalon:{b.alpina}:orders:spring-trail"
    before = store.hlen(key)
    texts = ["campaign,order_id,type,amount\n" + "".join(f"spring-trail,{turn}-{n},sale,{amount}\n" for n in numbers)
             for numbers, amount in ((range(ROWS), 10), (range(ROWS - LATE, ROWS), 20))]
    with at_work(installation, texts[0], *options) as long, at_work(installation, texts[1]) as short:
        said = []
        long.stdin.write("\n")
        long.stdin.close()
        wait_for(lambda: store.hlen(key) > before or long.poll() is not None, "the first rows to be written")
        short.stdin.write("\n")
        short.stdin.close()
        for process in (short, long):
            said.append((process.stdout.read(), process.stderr.read(), process.wait()))
    orders = [json.loads(record.split(b" ", 1)[1]) for record in store.hvals(key)]
    amounts = [order["amount_minor"] for order in orders if order["order_id"].startswith(f"{turn}-")]
    assert len(amounts) == ROWS and set(amounts) <= {1000, 2000}
    return said[1], said[0], amounts.count(2000)


@pytest.mark.parametrize("options", [[], ["--skip-bad"]])
def test_an_import_that_another_overtakes(fresh, options):
    """Whose rows come first is not ours to say, so it is tried until the long import was overtaken. Each time every order is as
    one of the two has it, each import says how many of its rows are as the other has them, and leaves out no other row."""
    for turn in range(20):
        long, short, taken = import_both(fresh, turn, *options)
        for (out, err, code), count, lost, is_skipping in ((long, ROWS, taken, bool(options)),
                                                           (short, LATE, LATE - taken, False)):
            told = f"{lost} of {count} rows were overtaken by what others wrote meanwhile, and left out; all others are written"
            if not lost or is_skipping:
                assert (out, code) == (f"added {count - lost}, changed 0, known 0, bad {lost}\n", 0), (turn, long, short)
            else:  # the short one may have come when all was written, and then it writes nothing
                assert code == 1 and out == "" and (told in err or lost == count and "nothing was imported" in err), (
                    turn, long, short)
            assert len(re.findall(r"standard input:\d+: the order \S+ is recorded with other content", err)) == min(lost, 20)
            assert (f"… and {lost - 20} more bad rows" in err) == (lost > 20)
        if taken:
            return
    pytest.fail("the long import was never overtaken")
