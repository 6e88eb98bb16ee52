"""Every command as a user would type it: real programs, a real store."""
import json
import os
import pathlib
import re
import stat

from cli import fresh, refused, rows, shop  # noqa: F401 (two are fixtures)


# -- what is set up

def test_campaigns(fresh):
    added = fresh.jalon("campaign", "add", "autumn", "--brand", "alpina", "--target",
                        "https://shop.example.com/", "--currency", "JPY", "--timezone", "Asia/Tokyo",
                        "--allow-host", "*.example.org", "--allow-host", "shop.example.net",
                        "--click-param", "cid", "--fallback", "https://shop.example.com/over",
                        "--utm-source", "creators", "--window", "7d")
    assert added.stdout == "autumn\n" and added.stderr == ""
    shown = fresh.jalon_json("campaign", "show", "autumn")
    assert shown["campaign"] == "autumn" and shown["currency"] == "JPY" and shown["click_param"] == "cid"
    assert shown["allow_host"] == ["*.example.org", "shop.example.net"] and shown["window"] == "7d"
    assert shown["goal"] == "sale" and shown["attribution"] == "code-first"

    fresh.jalon("campaign", "set", "autumn", "--window", "14d", "--fallback", "")
    changed = fresh.jalon_json("campaign", "show", "autumn")
    assert changed["window"] == "14d" and not changed["fallback"] and changed["utm_source"] == "creators"
    refused(fresh, "campaign", "set", "autumn", "--brand", "other", code=2, says="--brand")

    assert [thing["campaign"] for thing in fresh.jalon_json("campaign", "list")] == ["autumn", "spring-trail"]
    assert [row["campaign"] for row in rows(fresh.jalon("campaign", "list", "--format", "csv").stdout)] == \
        ["autumn", "spring-trail"]
    table = fresh.jalon("campaign", "list").stdout
    assert table.splitlines()[0].split()[:2] == ["Campaign", "Brand"] and len(table.splitlines()) == 3
    line = fresh.jalon("campaign", "show", "autumn").stdout
    assert re.search(r"^currency +JPY$", line, re.M) and re.search(r"^fallback +–$", line, re.M)
    assert rows(fresh.jalon("campaign", "show", "autumn", "--format", "csv").stdout)[0]["currency"] == "JPY"


def test_options_stand_anywhere(shop):
    data = shop.folder
    for arguments in (["--data", data, "campaign", "list"], ["campaign", "--data", data, "list"],
                      ["campaign", "list", "--data", data], ["campaign", "list", f"--data={data}"]):
        assert "spring-trail" in shop.jalon(*arguments, env={"JALON_DATA": "/nowhere"}).stdout
    shown = shop.jalon("campaign", "show", "--format", "json", "--", "spring-trail",
                       env={"POSIXLY_CORRECT": "1"})
    assert json.loads(shown.stdout)["brand"] == "alpina"


def test_creators(fresh):
    assert fresh.jalon("creator", "add", "zoé-no", "--name", "x", check=False).returncode != 0
    assert fresh.jalon("creator", "add", "zoe", "--name", "Zoé", "--platform", "tiktok", "--followers", "120000",
                       "--niche", "trail,food", "--niche", "travel").stdout == "zoe\n"
    shown = fresh.jalon_json("creator", "show", "zoe")
    assert shown["name"] == "Zoé" and shown["followers"] == 120000
    assert shown["niche"] == ["trail", "food", "travel"]
    fresh.jalon("creator", "set", "zoe", "--followers", "130000")
    assert fresh.jalon_json("creator", "show", "zoe")["followers"] == 130000
    table = fresh.jalon("creator", "list").stdout
    assert "Zoé" in table and "trail, food, travel" in table
    # Numbers are right-aligned: both end where the heading does.
    ends = {line.index(number) + len(number) for line in table.splitlines()
            for number in ("Followers", "130000", "8200") if number in line}
    assert len(ends) == 1


def test_a_creator_is_erased_only_when_told_so(fresh):
    path = fresh.add_link("marie")
    refused(fresh, "creator", "erase", "marie", code=1, says="--yes")
    assert fresh.jalon_json("creator", "show", "marie")["name"] == "Marie"
    refused(fresh, "creator", "erase", "nobody", "--yes", code=1, says="nobody")
    fresh.jalon("creator", "erase", "marie", "--yes")
    assert "Marie" not in fresh.jalon("creator", "list", "--format", "json").stdout
    assert fresh.jalon_json("link", "show", path[1:])["state"] == "disabled"


# -- what is issued

def test_links(fresh):
    done = fresh.jalon("link", "add", "--campaign", "spring-trail", "--creator", "marie", "--channel", "bio")
    assert re.fullmatch(r"https://go\.example\.com/[A-Za-z0-9]{12}\n", done.stdout) and done.stderr == ""
    code = done.stdout.strip().rsplit("/", 1)[1]
    shown = fresh.jalon_json("link", "show", code)
    assert shown["creator"] == "marie" and shown["channel"] == "bio" and shown["state"] == "active"
    vanity = fresh.jalon("link", "add", "--campaign", "spring-trail", "--creator", "tom", "--slug",
                         "tom-trail", "--expires", "2030-01-01T00:00:00Z").stdout
    assert vanity == "https://go.example.com/tom-trail\n"
    refused(fresh, "link", "add", "--campaign", "spring-trail", "--creator", "tom", "--slug", "tom-trail",
            code=1, says="tom-trail")
    fresh.jalon("link", "set", "tom-trail", "--state", "disabled", "--expires", "")
    changed = fresh.jalon_json("link", "show", "tom-trail")
    assert changed["state"] == "disabled" and changed["expires_at"] is None
    listed = fresh.jalon_json("link", "list", "--campaign", "spring-trail")
    assert {thing["code"] for thing in listed} == {code, "tom-trail"}
    assert len(fresh.jalon_json("link", "list", "--creator", "tom")) == 1
    refused(fresh, "link", "list", "--creator", "nobody", code=1, says="nobody")
    assert rows(fresh.jalon("link", "list", "--format", "csv").stdout)[0].keys() >= {"url", "code", "creator"}


def test_link_verify(shop):
    url = shop.jalon("link", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    code = url.rsplit("/", 1)[1]
    for text in (url, code):
        assert "valid" in shop.jalon("link", "verify", text).stdout
    forged = ("A" if code[0] != "A" else "B") + code[1:]
    done = shop.jalon("link", "verify", forged, check=False)
    assert done.returncode == 1 and "does not verify" in done.stderr
    # Without the store: nothing is looked up.
    assert shop.jalon("link", "verify", code, env={"JALON_STORE_REDIS": "redis://127.0.0.1:1/0"}).returncode == 0
    assert shop.jalon("link", "verify", "no such thing", check=False).returncode == 1


def test_codes(fresh):
    one = fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie", "--discount",
                      "10 % off").stdout
    assert re.fullmatch(r"[A-Z0-9]{2,16}-[0-9A-Z]{5}-[0-9A-Z]{5}\n", one)
    many = fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "tom", "--prefix", "TOM",
                       "--count", "50").stdout.splitlines()
    assert len(set(many)) == 50 and all(code.startswith("TOM-") for code in many)
    batch = rows(fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "tom", "--count", "3",
                             "--format", "csv").stdout)
    assert len({row["code"] for row in batch}) == 3 and {row["creator"] for row in batch} == {"tom"}
    assert fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie", "--slug",
                       "MARIE10").stdout == "MARIE10\n"

    typed = one.strip().lower().replace("-", " ")
    shown = fresh.jalon_json("code", "verify", typed)
    assert shown["creator"] == "marie" and shown["code"] == one.strip()
    wrong = one.strip()[:-1] + ("0" if one.strip()[-1] != "0" else "2")
    assert "mistyped" in refused(fresh, "code", "verify", wrong, code=1).stderr
    for unknown in ("NOBODY10", "WINTERSALE2026"):
        assert "no such code" in refused(fresh, "code", "verify", unknown, code=1).stderr
    fresh.jalon("code", "set", "marie10", "--state", "disabled")
    done = fresh.jalon("code", "verify", "MARIE10", check=False)
    assert done.returncode == 1 and "disabled" in done.stderr
    assert len(fresh.jalon_json("code", "list", "--campaign", "spring-trail")) == 55
    assert len(fresh.jalon_json("code", "list", "--creator", "marie")) == 2


def test_tokens(fresh):
    token = fresh.jalon("token", "add", "--scopes", "issue,convert", "--brand", "alpina").stdout.strip()
    assert token and "\n" not in token
    listed = fresh.jalon("token", "list", "--format", "json").stdout
    assert token not in listed
    row, = json.loads(listed)
    assert row["scopes"] == ["issue", "convert"] and row["brand"] == "alpina"
    refused(fresh, "token", "add", "--scopes", "everything", code=2, says="--scopes")
    fresh.jalon("token", "revoke", row["id"])
    assert fresh.jalon_json("token", "list")[0]["state"] == "revoked"


# -- what is sold and spent

def test_costs(fresh):
    at = ["--campaign", "spring-trail", "--creator", "marie", "--date", "2026-11-01"]
    fresh.jalon("cost", "add", *at, "--fee", "250", "--commission", "8%", "--per-click", "0.015")
    again = fresh.jalon("cost", "add", *at, "--fee", "250.00")
    assert "already" in again.stderr
    refused(fresh, "cost", "add", *at, "--fee", "300", code=1, says="--replace")
    fresh.jalon("cost", "add", *at, "--fee", "300", "--replace")
    listed = fresh.jalon("cost", "list", "--campaign", "spring-trail", "--format", "json").stdout
    assert "300.00" in listed and "250" not in listed and "8%" in listed
    refused(fresh, "cost", "add", *at, "--fee", "1.005", "--replace", code=1, says="--fee")
    refused(fresh, "cost", "add", *at[:4], code=1)


def test_posts(fresh):
    at = ["--campaign", "spring-trail", "--creator", "marie"]
    url = "https://instagram.example/p/1"
    fresh.jalon("post", "add", *at, "--url", url, "--published-at", "2026-11-01T10:00:00Z",
                "--taken-at", "2026-11-02T10:00:00Z", "--impressions", "1000")
    fresh.jalon("post", "add", url, *at, "--taken-at", "2026-11-05T10:00:00Z", "--impressions", "1500",
                "--likes", "70")
    post, = fresh.jalon_json("post", "list")
    assert post["url"] == url and post["impressions"] == 1500 and post["likes"] == 70
    refused(fresh, "post", "add", url, "--url", url, *at, code=2, says="given twice")
    refused(fresh, "post", "add", *at, code=2, says="--url")


def test_conversions(fresh):
    code = fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    order = ["--campaign", "spring-trail", "--type", "sale", "--amount", "100", "--currency", "EUR",
             "--code", code.lower()]
    answer = json.loads(fresh.jalon("conversion", "add", "1001", *order, "--format", "json").stdout)
    assert answer["credits"][0]["creator"] == "marie" and answer["credits"][0]["evidence"] == "code"
    assert "already" in fresh.jalon("conversion", "add", "--order-id", "1001", *order).stderr
    refused(fresh, "conversion", "add", "1001", *order[:5], "90", *order[6:], code=1)
    lost = json.loads(fresh.jalon("conversion", "add", "1002", "--campaign", "spring-trail", "--type", "signup",
                                  "--code", "NOBODY10", "--format", "json").stdout)
    assert lost["credits"] == [] and lost["unattributed"]

    refund = ["conversion", "refund", "1001", "--campaign", "spring-trail", "--refund-id", "r1"]
    fresh.jalon(*refund, "--amount", "30")
    assert "already" in fresh.jalon(*refund, "--amount", "30.00").stderr
    refused(fresh, "conversion", "refund", "1001", "--campaign", "spring-trail", "--refund-id", "r2",
            "--amount", "80", code=1, says="--amount")
    refused(fresh, "conversion", "refund", "9999", "--campaign", "spring-trail", "--refund-id", "r1", code=1)
    fresh.jalon("conversion", "set", "1002", "--campaign", "spring-trail", "--status", "cancelled")
    refused(fresh, "conversion", "set", "1002", "--campaign", "spring-trail", "--status", "approved", code=1)

    listed = {thing["order_id"]: thing for thing in fresh.jalon_json("conversion", "list")}
    assert listed["1001"]["amount"] == "100.00" and listed["1002"]["status"] == "cancelled"
    first = rows(fresh.jalon("conversion", "list", "--format", "csv").stdout)[0]
    assert first["creator"] == "marie" and first["evidence"] == "code" and first["refunded"] == "30.00"
    table = fresh.jalon("conversion", "list", "--campaign", "spring-trail").stdout
    assert re.search(r"1001 .*marie +code", table)

    exported = fresh.jalon("export", "conversions").stdout
    assert exported.splitlines()[0] == ("campaign,order_id,type,amount,currency,occurred_at,status,click_id,"
                                        "code,creator,evidence,share")
    wide = fresh.jalon("export", "conversions", "--wide").stdout
    assert wide.splitlines()[0] == exported.splitlines()[0] + ",day,flags,revenue,credited_click"
    assert [{name: row[name] for name in rows(exported)[0]} for row in rows(wide)] == rows(exported)
    assert {row["order_id"]: row["revenue"] for row in rows(wide)} == {"1001": "70.00", "1002": "0.00"}
    by_order = {row["order_id"]: row for row in rows(exported)}
    assert by_order["1001"]["creator"] == "marie" and by_order["1001"]["share"] == "1"
    assert by_order["1002"]["creator"] == "" and by_order["1002"]["status"] == "cancelled"
    lines = [json.loads(line) for line in
             fresh.jalon("export", "conversions", "--campaign", "spring-trail", "--format", "json",
                         "--from", "2026-01-01T00:00:00Z").stdout.splitlines()]
    assert {line["order_id"] for line in lines} == {"1001", "1002"}
    assert {line["share"] for line in lines} == {1, None}
    assert fresh.jalon("export", "conversions", "--format", "json", "--to", "2026-01-01T00:00:00Z").stdout == ""


# -- reports and exports

def test_reports(fresh):
    code = fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    fresh.add_link("tom")
    fresh.jalon("conversion", "add", "1", "--campaign", "spring-trail", "--type", "sale", "--amount", "59.70",
                "--code", code)
    fresh.jalon("conversion", "add", "2", "--campaign", "spring-trail", "--type", "sale", "--amount", "10")
    fresh.jalon("cost", "add", "--campaign", "spring-trail", "--creator", "marie", "--fee", "100")
    for name in ("creators", "campaigns", "links", "codes", "orders", "payouts", "timeline", "residual"):
        table = fresh.jalon("report", name, "--campaign", "spring-trail").stdout
        lines = table.splitlines()
        assert lines[0].startswith(f"{name} · spring-trail · ") and "EUR" in lines[0] and "Europe/Paris" in lines[0]
        assert "\033" not in table and max(map(len, lines[1:])) <= 80
        assert any(line.startswith("Total") for line in lines)
        report = fresh.jalon_json("report", name, "--campaign", "spring-trail")
        assert report["report"] == name and report["currency"] == "EUR" and report["rows"]
        listed = rows(fresh.jalon("report", name, "--campaign", "spring-trail", "--format", "csv").stdout)
        assert len(listed) == len(report["rows"])
    table = fresh.jalon("report", "creators", "--campaign", "spring-trail").stdout
    assert "Unattributed: 1 sale, 10.00 EUR" in table and "59.70" in table and "100.00" in table
    row, = rows(fresh.jalon("report", "creators", "--campaign", "spring-trail", "--creator", "marie",
                            "--format", "csv").stdout)
    assert row["revenue"] == "59.70" and row["conversions.sale"] == "1" and row["ctr"] == ""
    by_cost = fresh.jalon_json("report", "creators", "--campaign", "spring-trail", "--sort", "cost")["rows"]
    assert [row["creator"] for row in by_cost] == ["marie", "tom"]


def test_two_currencies_are_told_apart_in_every_part_of_a_table(fresh):
    fresh.add_campaign("tokyo", creators=(), currency="JPY", timezone="Asia/Tokyo")
    for campaign, amount in (("spring-trail", "12.50"), ("tokyo", "980")):
        fresh.add_link("marie", campaign)
        fresh.jalon("cost", "add", "--campaign", campaign, "--creator", "marie", "--fee", amount)
    table = fresh.jalon("report", "creators", "--campaign", "spring-trail", "--campaign", "tokyo").stdout
    assert re.search(r"^marie +EUR .*12\.50", table, re.M) and re.search(r"^marie +JPY .* 980", table, re.M)
    assert len(re.findall(r"^Creator +Currency", table, re.M)) > 1 and max(map(len, table.splitlines()[1:])) <= 80


def test_wide_reports_stand_in_one_table(shop):
    table = shop.jalon("report", "creators", "--campaign", "spring-trail", env={"COLUMNS": "300"}).stdout
    assert len([line for line in table.splitlines() if line.startswith("Creator")]) == 1


def test_no_formula_reaches_a_spreadsheet(fresh):
    fresh.jalon("creator", "add", "eve", "--name", '=HYPERLINK("https://evil.example","x")')
    listed = {row["creator"]: row for row in rows(fresh.jalon("creator", "list", "--format", "csv").stdout)}
    assert listed["eve"]["name"] == "'=HYPERLINK(\"https://evil.example\",\"x\")"
    assert fresh.jalon_json("creator", "show", "eve")["name"].startswith("=")


CLICK_COLUMNS = ("click_id,campaign,creator,link,channel,at,class,reason,country,device,os,app,source,visitor")


def test_export_without_clicks(shop):
    assert shop.jalon("export", "clicks").stdout == CLICK_COLUMNS + "\n" # CRLF, in text mode
    assert shop.jalon("export", "clicks", "--format", "json").stdout == ""


def test_exported_click_ids_are_those_that_were_answered(make_installation):
    """Through a rotation of the keys as well: each click names its key."""
    installation = make_installation()
    installation.add_campaign()
    paths = [installation.add_link("marie", channel="bio"), installation.add_link("tom", channel="story"),
             installation.add_link("tom", slug="tom-trail")]
    installation.start()

    def click(path):
        return re.search(r"jclid=([A-Za-z0-9_-]{44})", installation.click(path).location)[1]

    answered = {click(path): path for path in paths for _ in range(5)}
    installation.jalon("keys", "rotate")
    installation.wait_shipped(15)
    installation.stop()
    installation.start()
    answered |= {click(path): path for path in paths for _ in range(5)}
    installation.wait_shipped(15)
    exported = installation.exported_clicks()
    assert {row["click_id"]: "/" + row["link"] for row in exported} == answered
    assert {row["creator"] for row in exported} == {"marie", "tom"}
    assert all(re.fullmatch(r"[0-9a-f]{16}", row["visitor"]) and row["class"] in ("human", "duplicate")
               for row in exported)
    half = sorted(row["at"] for row in exported)[10]
    later = installation.exported_clicks("--from", half)
    assert {row["click_id"] for row in later} == {row["click_id"] for row in exported if row["at"] >= half}
    earlier = installation.exported_clicks("--to", half)
    assert len(earlier) + len(later) == len(exported)
    listed = rows(installation.jalon("export", "clicks", "--campaign", "spring-trail").stdout)
    assert {row["click_id"] for row in listed} == set(answered)


# -- keys

def test_keys(fresh):
    ring = pathlib.Path(fresh.folder, "keys")
    first, = fresh.jalon_json("keys", "list")
    assert first["state"] == "active" and re.fullmatch(r"[0-9a-f]{8}", first["id"])
    url = fresh.jalon("link", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    code = fresh.jalon("code", "add", "--campaign", "spring-trail", "--creator", "marie").stdout.strip()
    refused(fresh, "keys", "retire", first["id"], "--yes", code=1, says="active")

    rotated = fresh.jalon("keys", "rotate")
    assert re.fullmatch(r"[0-9a-f]{8}\n", rotated.stdout) and "SIGHUP" in rotated.stderr
    assert [key["state"] for key in fresh.jalon_json("keys", "list")] == ["active", "verify"]
    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert "valid" in fresh.jalon("link", "verify", url).stdout
    fresh.add_link("tom") # by the new key

    asked = refused_text = fresh.jalon("keys", "retire", first["id"], check=False)
    assert asked.returncode == 1 and "1 live links and 1 live promo codes" in refused_text.stderr
    assert "--yes" in asked.stderr
    assert [key["state"] for key in fresh.jalon_json("keys", "list")] == ["active", "verify"]
    fresh.jalon("keys", "retire", first["id"], "--yes")
    assert [key["state"] for key in fresh.jalon_json("keys", "list")] == ["active", "retired"]
    assert fresh.jalon("link", "verify", url, check=False).returncode == 1
    refused(fresh, "keys", "retire", first["id"], "--yes", code=1, says="retired already")
    done = fresh.jalon("code", "verify", code, check=False)
    assert done.returncode == 1 and "expired" in done.stderr
    order = json.loads(fresh.jalon("conversion", "add", "k1", "--campaign", "spring-trail", "--type", "sale",
                                   "--code", code, "--format", "json").stdout)
    assert (order["credits"], order["unattributed"]) == ([], "code-not-valid")


def test_a_full_ring(fresh):
    for _ in range(7):
        fresh.jalon("keys", "rotate")
    refused(fresh, "keys", "rotate", code=1, says="retire one first")


def test_exported_keys_hold_no_master(shop, tmp_path):
    exported = shop.jalon("keys", "export", "--campaign", "spring-trail", "--purpose", "portable").stdout
    master = pathlib.Path(shop.folder, "keys").read_text()
    secrets = re.findall(r"[0-9A-Za-z_-]{43,}", master)
    assert secrets and not any(secret in exported for secret in secrets)
    assert "spring-trail" in exported
    again = shop.jalon("keys", "export", "--campaign", "spring-trail", "--purpose", "code").stdout
    assert again != exported


# -- doctor

def test_doctor_on_a_healthy_installation(installation):
    done = installation.jalon("doctor")
    assert "fail" not in done.stdout and re.search(r"^ok +store", done.stdout, re.M)
    assert re.search(r"^warn +jalond", done.stdout, re.M) # it is not started
    checks = {row["check"]: row["verdict"] for row in installation.jalon_json("doctor")}
    assert checks["keys"] == checks["store"] == checks["journal"] == checks["clock"] == "ok"


def test_doctor_says_what_to_do(make_installation):
    exposed = make_installation()
    os.chmod(exposed.folder + "/keys", 0o644)
    done = exposed.jalon("doctor", check=False)
    assert done.returncode == 1 and "chmod 600" in done.stdout and "checks failed" in done.stderr
    unreachable = make_installation(settings={"JALON_STORE_REDIS": "redis://127.0.0.1:1/0"})
    done = unreachable.jalon("doctor", check=False)
    assert done.returncode == 1 and re.search(r"^fail +store", done.stdout, re.M)
    nowhere = exposed.jalon("doctor", "--data", "/no/such/folder", check=False)
    assert nowhere.returncode == 1 and "jalon init" in nowhere.stdout
    missing = make_installation(settings={"JALON_GEO_COUNTRY": "/no/such.mmdb"})
    done = missing.jalon("doctor", check=False)
    assert done.returncode == 1 and "/no/such.mmdb" in done.stdout
