"""The API, endpoint by endpoint and error by error, as CONTRACT.md sections 5 and 7 say."""
import json
import pathlib
import re
import sys
import threading
import urllib.parse

import pytest

from api import JSON, PROBLEM, click_id, order, refused
from conftest import wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import formats  # noqa: E402

# -- tokens


@pytest.mark.parametrize("authorization", [
    None, "", "Bearer", "Bearer ", "Basic dTpw", "Bearer wrong", "Bearer " + "x" * 300,
    "Bearer wrong wrong", "Token {}", "{}"])
def test_without_a_good_token_nothing_is_said(running, authorization):
    fields = {}
    if authorization is not None:
        fields["Authorization"] = authorization.format(running.token)
    for method, path in (("GET", "/v1/links/x"), ("GET", "/v1/reports/nonsense"),
                         ("POST", "/v1/conversions")):
        answer = running.request(method, path, headers=fields, listener="api")
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_case_insensitive(running):
    answer = running.request("GET", "/v1/links/no-such", listener="api",
                             headers={"Authorization": "bearer " + running.token})
    assert answer.status == 404


@pytest.mark.parametrize("scope,allowed", [
    ("issue", {"/v1/links/x": 404, "/v1/codes/NOSUCHCODE": 404}),
    ("report", {"/v1/reports/creators?campaign=spring-trail": 200}),
    ("convert", {}),
])
def test_a_scope_opens_its_own_doors_only(running, scope, allowed):
    token = running.jalon("token", "add", "--scopes", scope).stdout.strip()
    paths = {"/v1/links/x": 403, "/v1/codes/NOSUCHCODE": 403,
             "/v1/reports/creators?campaign=spring-trail": 403, **allowed}
    for path, status in paths.items():
        assert running.api("GET", path, token=token).status == status, path
    posted = running.api("POST", "/v1/conversions", order(f"scope-{scope}"), token=token)
    assert posted.status == (201 if scope == "convert" else 403)


def test_a_revoked_token_is_none(running):
    before = {row["id"] for row in running.jalon_json("token", "list")}
    token = running.jalon("token", "add", "--scopes", "issue").stdout.strip()
    assert running.api("GET", "/v1/links/x", token=token).status == 404
    (made,) = {row["id"] for row in running.jalon_json("token", "list")} - before
    running.jalon("token", "revoke", made)
    refused(running.api("GET", "/v1/links/x", token=token), 401)


def test_outside_a_tokens_limit_everything_is_404(running):
    running.jalon("campaign", "add", "other-brand", "--brand", "rival", "--target",
                  "https://rival.example/", "--currency", "USD", "--timezone", "UTC")
    path = running.add_link(campaign="other-brand")[1:]
    code = running.api("POST", "/v1/codes", {"campaign": "other-brand", "creator": "tom",
                                             "slug": "RIVAL10"}).json()["code"]
    assert running.api("POST", "/v1/conversions",
                       order("rival-1", campaign="other-brand", currency="USD")).status == 201
    limited = running.jalon("token", "add", "--scopes", "issue,convert,report", "--brand",
                            "alpina").stdout.strip()
    for method, path, body in [
            ("GET", "/v1/links/" + path, None),
            ("PATCH", "/v1/links/" + path, {"state": "disabled"}),
            ("POST", "/v1/links", {"campaign": "other-brand", "creator": "marie"}),
            ("GET", "/v1/codes/" + code, None),
            ("POST", "/v1/codes", {"campaign": "other-brand", "creator": "marie"}),
            ("POST", "/v1/conversions", order(1, campaign="other-brand", currency="USD")),
            ("PATCH", "/v1/conversions/rival-1", {"campaign": "other-brand", "status": "cancelled"}),
            ("POST", "/v1/conversions/rival-1/refunds", {"campaign": "other-brand", "refund_id": "1"}),
            ("GET", "/v1/reports/creators?campaign=other-brand", None)]:
        assert running.api(method, path, body, token=limited).status == 404, (method, path)
    assert running.api("GET", "/v1/reports/creators?campaign=spring-trail",
                       token=limited).status == 200
    assert running.api("GET", "/v1/codes/" + code).json()["state"] == "active"


# -- bodies and addresses


@pytest.mark.parametrize("body,status,words", [
    (b"", 400, "JSON"), (b"{", 400, "line 1"), (b"{} {}", 400, "line 1"), (b"nonsense", 400, "line 1"),
    (b"[]", 400, "object"), (b'"text"', 400, "object"), (b"12", 400, "object"), (b"null", 400, "object"),
    (b'{"campaign":"a","campaign":"b"}', 400, "line 1"), (b"\xff\xfe{\0}\0", 400, "line 1"),
    (b'{"campaign":"\xff"}', 400, "line 1"), (b'{"\\u0000":"a"}', 400, "line 1"),
    (b'{"campaign":"a",}', 400, "line 1"), (b"{'campaign':'a'}", 400, "line 1"),
    (b"\xef\xbb\xbf{}", 400, "line 1"), (b"[" * 100000, 400, "line 1"), (b'{"a":' * 50000, 400, "line 1"),
    (b'{"a":1e999}', 400, "line 1"), (b'{"a":99999999999999999999}', 400, "line 1"),
    (b'{"a":NaN}', 400, "line 1"),
], ids=range(20))
def test_a_body_has_to_be_a_json_object(running, body, status, words):
    answer = running.api("POST", "/v1/links", body, Content_Type=JSON)
    assert words in refused(answer, status)["detail"]


@pytest.mark.parametrize("media,status", [
    (JSON, 422), ("Application/JSON; charset=UTF-8", 422), (None, 415), ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415), ("application/jsonp", 415), ("text/json", 415),
    ("application/json; charset=latin-1", 415), ("application/merge-patch+json", 415)])
def test_a_body_has_to_say_that_it_is_json(running, media, status):
    fields = {"Authorization": "Bearer " + running.token}
    if media:
        fields["Content-Type"] = media
    answer = running.request("POST", "/v1/links", body=b"{}", headers=fields, listener="api")
    assert answer.status == status and answer.headers["Content-Type"] == PROBLEM


def test_a_large_body_is_taken_up_to_its_bound(running):
    padding = "x" * (262144 - len('{"campaign":""}'))
    assert running.api("POST", "/v1/links", {"campaign": padding}).status in (413, 422)
    body = '{"campaign":"' + padding + '"}'
    assert len(body) == 262144
    answer = running.api("POST", "/v1/links", body, Content_Type=JSON)
    refused(answer, 422, *[error["pointer"] for error in answer.json()["errors"]])
    refused(running.api("POST", "/v1/links", body + " ", Content_Type=JSON), 413)


def test_a_chunked_body_is_a_body(running):
    answer = running.api("POST", "/v1/links", iter([b'{"campaign":', b'"nowhere"}']), Content_Type=JSON)
    assert answer.status == 422


@pytest.mark.parametrize("path", ["/v1/links/%", "/v1/links/%zz", "/v1/links/a%00b", "/v1/links/%ff",
                                  "/v1/codes/X?campaign=%", "/v1/codes/X?%=x"])
def test_broken_percent_encoding_is_refused(running, path):
    refused(running.api("GET", path), 400)


@pytest.mark.parametrize("path,status,pointers", [
    ("/v1/codes/X?campain=spring-trail", 422, ["/query"]),
    ("/v1/links/x?verbose", 422, ["/query"]),
    ("/v1/reports/creators?campaign=spring-trail&form=2026-01-01", 422, ["/query"]),
    ("/v1/reports/creators?campaign=spring-trail&from=2026-01-01&from=2026-01-02", 422, ["/from"]),
    ("/v1/reports/creators?" + "campaign=spring-trail&" * 40, 400, []),
])
def test_unknown_parameters_are_refused(running, path, status, pointers):
    refused(running.api("GET", path), status, *pointers)


@pytest.mark.parametrize("method,path,status", [
    ("GET", "/", 404), ("GET", "/v1", 404), ("GET", "/v2/links/x", 404), ("GET", "/v1/links/a/b", 404),
    ("POST", "/v1/links/", 404), ("GET", "/v1/links", 405), ("DELETE", "/v1/links/x", 405),
    ("PUT", "/v1/conversions/1", 405), ("POST", "/v1/reports/creators", 405), ("POST", "/metrics", 405)])
def test_unknown_paths_and_methods(running, method, path, status):
    refused(running.api(method, path), status)


# -- links


def test_a_link_is_issued_shown_and_changed(running):
    made = running.api("POST", "/v1/links", {"campaign": "spring-trail", "creator": "marie"})
    assert made.status == 201
    link = made.json()
    assert re.fullmatch("[0-9A-Za-z]{12}", link["code"])
    assert link["url"] == "https://go.example.com/" + link["code"]
    assert (link["campaign"], link["creator"], link["state"]) == ("spring-trail", "marie", "active")

    path = "/v1/links/" + link["code"]
    shown = running.api("GET", path)
    assert shown.status == 200 and shown.json() == link
    head = running.api("HEAD", path)
    assert head.status == 200 and head.body == b""
    assert head.headers["Content-Length"] == shown.headers["Content-Length"]

    changed = running.api("PATCH", path, {"target": "https://shop.example.com/new"})
    assert changed.status == 200 and changed.json()["target"] == "https://shop.example.com/new"
    wait_for(lambda: running.click("/" + link["code"]).location.startswith(
        "https://shop.example.com/new?"), "the new target")
    assert running.api("PATCH", path, {"state": "disabled"}).json()["state"] == "disabled"
    wait_for(lambda: running.click("/" + link["code"]).status == 410, "the link to be gone")
    assert running.api("PATCH", path, {"state": "active"}).json()["state"] == "active"
    past = running.api("PATCH", path, {"expires_at": "2020-01-01T00:00:00Z"})
    assert past.status == 200 and past.json()["state"] == "expired"


def test_a_vanity_link(running):
    body = {"campaign": "spring-trail", "creator": "marie", "slug": "marie-api", "channel": "story"}
    made = running.api("POST", "/v1/links", body)
    assert made.status == 201 and made.json()["url"] == "https://go.example.com/marie-api"
    again = running.api("POST", "/v1/links", body)
    assert again.status in (409, 422)
    assert running.click("/Marie-API/").status == 302


@pytest.mark.parametrize("fields,pointers", [
    ({}, ["/campaign", "/creator"]),
    ({"campaign": "spring-trail"}, ["/creator"]),
    ({"creator": "marie"}, ["/campaign"]),
    ({"campaign": 1, "creator": "marie"}, ["/campaign"]),
    ({"campaign": None, "creator": "marie"}, ["/campaign"]),
    ({"campaign": "spring-trail", "creator": ["marie"]}, ["/creator"]),
    ({"campaign": "spring-trail", "creator": "marie", "colour": "red"}, ["/colour"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "javascript:alert(1)"}, ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "https://a.example/\n"}, ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "https://a.example/\u0001"}, ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "https://a.example/\0"}, ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "", "slug": ""}, ["/target", "/slug"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "//a.example/"}, ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "https://me:pw@a.example/"}, ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "target": "https://a.example/" + "x" * 3000},
     ["/target"]),
    ({"campaign": "spring-trail", "creator": "marie", "slug": "Not A Slug"}, ["/slug"]),
    ({"campaign": "spring-trail", "creator": "marie", "slug": "healthz"}, ["/slug"]),
    ({"campaign": "spring-trail", "creator": "marie", "expires_at": "tomorrow"}, ["/expires_at"]),
    ({"campaign": "spring-trail", "creator": "marie", "expires_at": 1767225600}, ["/expires_at"]),
], ids=lambda value: ",".join(value) if isinstance(value, (list, dict)) else value)
def test_a_bad_link_is_refused_and_nothing_is_written(running, fields, pointers):
    before = running.jalon_json("link", "list")
    refused(running.api("POST", "/v1/links", fields), 422, *pointers)
    assert running.jalon_json("link", "list") == before


@pytest.mark.parametrize("fields", [{"campaign": "nowhere", "creator": "marie"},
                                    {"campaign": "spring-trail", "creator": "nobody"}])
def test_an_unknown_campaign_or_creator_is_named(running, fields):
    answer = running.api("POST", "/v1/links", fields)
    assert answer.status in (404, 422)
    unknown = "nowhere" if "nowhere" in fields.values() else "nobody"
    assert unknown in answer.body.decode()


def test_an_unknown_link_is_404(running):
    for code in ("no-such-link", "AAAAAAAAAAAA", "x" * 200, "%2E%2E"):
        refused(running.api("GET", "/v1/links/" + code), 404)
        refused(running.api("PATCH", "/v1/links/" + code, {"state": "disabled"}), 404)


@pytest.mark.parametrize("changes,pointer", [
    ({"campaign": "other"}, "/campaign"), ({"creator": "tom"}, "/creator"), ({"state": "gone"}, "/state"),
    ({"target": "ftp://a.example/"}, "/target"), ({"nonsense": 1}, "/nonsense")])
def test_what_can_not_be_changed_is_refused(running, changes, pointer):
    path = "/v1/links" + running.add_link()
    before = running.api("GET", path).json()
    refused(running.api("PATCH", path, changes), 422, pointer)
    assert running.api("GET", path).json() == before


# -- codes


def test_a_signed_code_is_read_as_it_is_typed(running):
    made = running.api("POST", "/v1/codes",
                       {"campaign": "spring-trail", "creator": "marie", "prefix": "MARIE"})
    assert made.status == 201
    code = made.json()["code"]
    assert re.fullmatch("MARIE-[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", code)
    for typed in (code.lower(), code.replace("-", ""), code.replace("-", " "),
                  code.replace("0", "O").replace("1", "l")):
        shown = running.api("GET", "/v1/codes/" + urllib.parse.quote(typed, safe=""))
        assert shown.status == 200 and shown.json()["code"] == code
        assert shown.json()["creator"] == "marie"
    last = code[-1]
    mistyped = code[:-1] + ("2" if last != "2" else "3")
    for typed in (mistyped, mistyped.replace("-", ""), mistyped.lower().replace("-", " ")):
        refused(running.api("GET", "/v1/codes/" + urllib.parse.quote(typed)), 422)


def test_many_codes_at_once(running):
    made = running.api("POST", "/v1/codes", {"campaign": "spring-trail", "creator": "tom",
                                             "prefix": "TOM", "count": 50})
    assert made.status == 201
    codes = [one["code"] if isinstance(one, dict) else one for one in made.json()["codes"]]
    assert len(set(codes)) == 50


def test_an_unknown_code_is_404(running):
    for code in ("NOSUCH7", "WINTERSALE2026", "NOSUCHCODE99", "NOSUCH 7K2QF 9XW3B"):
        refused(running.api("GET", "/v1/codes/" + urllib.parse.quote(code)), 404)
    refused(running.api("GET", "/v1/codes/NOSUCH-7K2QF-9XW3B"), 422)


def test_an_ambiguous_code_names_its_campaigns(running):
    for campaign, until in (("first-run", "2001-01-01T00:00:00Z"), ("second-run", None)):
        running.jalon("campaign", "add", campaign, "--brand", "twice", "--target",
                      "https://shop.example.com/", "--currency", "EUR", "--timezone", "UTC")
    running.jalon("campaign", "add", "third-run", "--brand", "other", "--target",
                  "https://shop.example.com/", "--currency", "EUR", "--timezone", "UTC")
    for campaign in ("first-run", "third-run"):
        assert running.api("POST", "/v1/codes", {"campaign": campaign, "creator": "marie",
                                                 "slug": "TWICE10"}).status == 201
    overlapping = running.api("POST", "/v1/codes", {"campaign": "second-run", "creator": "marie",
                                                    "slug": "TWICE10"})
    assert overlapping.status in (409, 422)
    problem = refused(running.api("GET", "/v1/codes/TWICE10"), 409)
    assert "first-run" in problem["detail"] and "third-run" in problem["detail"]
    shown = running.api("GET", "/v1/codes/twice10?campaign=third-run")
    assert shown.status == 200 and shown.json()["campaign"] == "third-run"


@pytest.mark.parametrize("fields,pointer", [
    ({"prefix": "x"}, "/prefix"), ({"prefix": "MARIE", "slug": "MARIE11"}, "/prefix"),
    ({"prefix": "A" * 17}, "/prefix"), ({"count": 0, "prefix": "AB"}, "/count"),
    ({"count": "3", "prefix": "AB"}, "/count"), ({"valid_until": "soon", "prefix": "AB"}, "/valid_until"),
    ({"max_redemptions": -1, "prefix": "AB"}, "/max_redemptions"),
    ({"max_redemptions": 0, "prefix": "AB"}, "/max_redemptions"), ({"slug": ""}, "/slug"),
    ({"slug": "TOM-00000-EMBC2"}, "/slug")])
def test_a_bad_code_is_refused(running, fields, pointer):
    answer = running.api("POST", "/v1/codes", {"campaign": "spring-trail", "creator": "marie", **fields})
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


# -- conversions


@pytest.fixture(scope="module")
def evidence(running):
    """Links and a code of two creators, clicked for real."""
    class Evidence:
        marie_path, tom_path = running.add_link("marie"), running.add_link("tom")
        marie_click, tom_click = click_id(running, marie_path), click_id(running, tom_path)
        code = running.api("POST", "/v1/codes", {"campaign": "spring-trail", "creator": "marie",
                                                 "slug": "EVIDENCE10"}).json()["code"]
    return Evidence


def test_a_sale_by_click(running, evidence):
    answer = running.api("POST", "/v1/conversions", order("by-click", click_id=evidence.tom_click))
    assert answer.status == 201
    assert answer.json()["credits"] == [{"creator": "tom", "evidence": "click", "share": 1}]
    assert (answer.json()["status"], answer.json()["unattributed"]) == ("approved", None)


def test_a_sale_by_code_and_by_both(running, evidence):
    by_code = running.api("POST", "/v1/conversions", order("by-code", code="evidence 10"))
    assert by_code.json()["credits"] == [{"creator": "marie", "evidence": "code", "share": 1}]
    both = running.api("POST", "/v1/conversions",
                       order("by-both", code="EVIDENCE10", click_id=evidence.marie_click))
    assert both.json()["credits"] == [{"creator": "marie", "evidence": "both", "share": 1}]


def test_what_did_not_win_is_an_assist(running, evidence):
    answer = running.api("POST", "/v1/conversions",
                         order("assisted", code="EVIDENCE10", click_id=[evidence.tom_click]))
    assert [credit["creator"] for credit in answer.json()["credits"]] == ["marie"]
    assert [assist["creator"] for assist in answer.json()["assists"]] == ["tom"]


def test_an_earlier_click_of_the_winner_is_an_assist(running, evidence):
    clicks = [evidence.marie_click, evidence.tom_click, click_id(running, evidence.marie_path)]
    answer = running.api("POST", "/v1/conversions", order("twice", code="EVIDENCE10", click_id=clicks))
    assert answer.json()["credits"] == [{"creator": "marie", "evidence": "both", "share": 1}]
    assert [(assist["creator"], assist["evidence"]) for assist in answer.json()["assists"]] == [
        ("marie", "click"), ("tom", "click")]


@pytest.mark.parametrize("number,fields", [
    ("no-evidence", {}), ("unknown-code", {"code": "NOSUCH7"}),
    ("forged-click", {"click_id": "A" * 48}), ("nonsense-click", {"click_id": "!"})])
def test_an_order_without_good_evidence_is_kept(running, number, fields):
    answer = running.api("POST", "/v1/conversions", order(number, **fields))
    assert answer.status == 201
    assert answer.json()["credits"] == [] and answer.json()["unattributed"]
    assert running.api("POST", "/v1/conversions", order(number, **fields)).status == 200


def test_a_click_after_the_sale_or_too_long_before_is_none(running, evidence):
    answer = running.api("POST", "/v1/conversions",
                         order("too-early", click_id=evidence.tom_click, occurred_at="2020-01-01T00:00:00Z"))
    assert answer.status == 201 and answer.json()["credits"] == [] and answer.json()["unattributed"]
    answer = running.api("POST", "/v1/conversions",
                         order("too-late", click_id=evidence.tom_click, occurred_at="2099-01-01T00:00:00Z"))
    refused(answer, 422, "/occurred_at")


def test_the_same_order_again(running, evidence):
    first = order("again", click_id=[evidence.marie_click, evidence.tom_click], code="EVIDENCE10")
    made = running.api("POST", "/v1/conversions", first)
    assert made.status == 201
    for same in (first, {**first, "click_id": first["click_id"][::-1]}, {**first, "code": "evidence-10"},
                 {**first, "status": "pending"}, {**first, "occurred_at": "2026-01-01T00:00:00Z"},
                 {**first, "amount": "49.9"}):
        again = running.api("POST", "/v1/conversions", same)
        assert again.status == 200, (same, again)
        assert again.json()["credits"] == made.json()["credits"]
    short = {"campaign": "spring-trail", "order_id": "again", "type": "sale"}
    assert running.api("POST", "/v1/conversions", short).status == 200
    for other in ({**first, "amount": "49.91"}, {**first, "type": "lead"}, {**first, "code": "OTHER10"},
                  {**first, "click_id": [evidence.tom_click]}):
        assert running.api("POST", "/v1/conversions", other).status == 409, other


def test_a_limit_is_exact_however_many_come_at_once(running):
    assert running.api("POST", "/v1/codes", {"campaign": "spring-trail", "creator": "marie", "slug": "ONCEAB",
                                             "max_redemptions": 2}).status == 201
    flags = []
    threads = [threading.Thread(target=lambda n=n: flags.append(
        running.api("POST", "/v1/conversions", order(f"limit-{n}", code="onceab")).json()["flags"]))
        for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(flags) == [[]] * 2 + [["code-over-limit"]] * 14
    report = running.api("GET", "/v1/reports/codes?campaign=spring-trail").json()
    assert [(row["redemptions"], row["over_limit"]) for row in report["rows"] if row["code"] == "ONCEAB"] == [(16, 14)]


def test_an_order_may_overtake_its_portable_click(running, evidence):
    """It waits for the link to be registered, and names nobody where that took too long."""
    ring = formats.ring_parse(pathlib.Path(running.folder, "keys").read_text())
    running.add_campaign("overtaken", creators=(), attribution="click-first")
    assert running.api("POST", "/v1/codes", {"campaign": "overtaken", "creator": "marie",
                                             "slug": "OVERTAKEN"}).status == 201
    toms = [{"creator": "tom", "evidence": "click", "share": 1}]
    for number in range(5):
        token = formats.token_mint(ring, "overtaken", "tom", f"video {number}")
        body = order(number, campaign="overtaken", code="OVERTAKEN", click_id=click_id(running, "/o/" + token))
        answer = running.api("POST", "/v1/conversions", body).json()
        if answer["unattributed"]:  # on a slow machine
            assert (answer["unattributed"], answer["credits"]) == ("click-not-registered-yet", [])
            wait_for(lambda: running.api("POST", "/v1/conversions", body).json()["credits"] == toms,
                     "the link to be registered")
        else:
            assert answer["credits"] == toms


def test_many_at_once_are_one_order(running):
    body, statuses = order("at-once"), []
    threads = [threading.Thread(target=lambda: statuses.append(
        running.api("POST", "/v1/conversions", body).status)) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 23 + [201]


@pytest.mark.parametrize("fields,pointer", [
    ({"campaign": None}, "/campaign"), ({"order_id": ""}, "/order_id"), ({"order_id": "x" * 129}, "/order_id"),
    ({"order_id": "a\tb"}, "/order_id"), ({"order_id": 12}, "/order_id"), ({"type": None}, "/type"),
    ({"type": "Not A Type"}, "/type"), ({"amount": "-1.00"}, "/amount"), ({"amount": "1.234"}, "/amount"),
    ({"amount": "1,50"}, "/amount"), ({"amount": "1e3"}, "/amount"), ({"amount": 49.9}, "/amount"),
    ({"amount": "99999999999999999999"}, "/amount"), ({"amount": " 1"}, "/amount"),
    ({"currency": "USD"}, "/currency"), ({"currency": "euro"}, "/currency"),
    ({"status": "maybe"}, "/status"), ({"status": 1}, "/status"),
    ({"occurred_at": "yesterday"}, "/occurred_at"), ({"occurred_at": "2026-02-30T00:00:00Z"}, "/occurred_at"),
    ({"click_id": 7}, "/click_id"), ({"click_id": [7]}, "/click_id"), ({"click_id": [""]}, "/click_id"),
    ({"click_id": [str(n) for n in range(101)]}, "/click_id"), ({"amount": ""}, "/amount"),
    ({"occurred_at": ""}, "/occurred_at"), ({"status": ""}, "/status"), ({"order_id": "a\0b"}, "/order_id"),
    ({"amount": "5\0"}, "/amount"), ({"code": "A\0B"}, "/code"), ({"surprise": True}, "/surprise"),
], ids=lambda value: json.dumps(value)[:40] if isinstance(value, dict) else value)
def test_a_bad_order_is_refused_and_not_kept(running, fields, pointer):
    body = {name: value for name, value in {**order("bad"), **fields}.items() if value is not None}
    answer = running.api("POST", "/v1/conversions", body)
    refused(answer, 422, pointer)
    refused(running.api("PATCH", "/v1/conversions/bad",
                        {"campaign": "spring-trail", "status": "cancelled"}), 404)


def test_an_order_id_of_any_text(running):
    for number in ("ord/er 1", "Ünï✓", "a+b&c=d", "x" * 128, "%2F", "é" * 64):
        assert running.api("POST", "/v1/conversions", order(number)).status == 201
        path = "/v1/conversions/" + urllib.parse.quote(number, safe="")
        changed = running.api("PATCH", path, {"campaign": "spring-trail", "status": "cancelled"})
        assert changed.status == 200 and changed.json()["order_id"] == number


def test_the_life_of_an_order(running):
    running.api("POST", "/v1/conversions", order("life", status="pending"))
    path, campaign = "/v1/conversions/life", {"campaign": "spring-trail"}
    assert running.api("PATCH", path, {**campaign, "status": "approved"}).json()["status"] == "approved"
    assert running.api("PATCH", path, {**campaign, "status": "approved"}).status in (200, 409)
    refused(running.api("PATCH", path, {**campaign, "status": "pending"}), 409)
    assert running.api("PATCH", path, {**campaign, "status": "cancelled"}).json()["status"] == "cancelled"
    for status in ("approved", "pending"):
        refused(running.api("PATCH", path, {**campaign, "status": status}), 409)


@pytest.mark.parametrize("body,pointers", [
    ({}, ["/campaign", "/status"]), ({"campaign": "spring-trail"}, ["/status"]),
    ({"status": "approved"}, ["/campaign"]), ({"campaign": 1, "status": "approved"}, ["/campaign"]),
    ({"campaign": "spring-trail", "status": "x"}, ["/status"]),
    ({"campaign": "spring-trail", "status": "approved", "amount": "1"}, ["/amount"])])
def test_a_bad_change_is_refused(running, body, pointers):
    running.api("POST", "/v1/conversions", order("unchanged"))
    refused(running.api("PATCH", "/v1/conversions/unchanged", body), 422, *pointers)


def test_refunds(running):
    running.api("POST", "/v1/conversions", order("refunds", amount="50.00"))
    path = "/v1/conversions/refunds/refunds"
    part = {"campaign": "spring-trail", "refund_id": "r1", "amount": "20.00"}
    assert running.api("POST", path, part).status == 201
    assert running.api("POST", path, part).status == 200
    assert running.api("POST", path, {**part, "amount": "21.00"}).status == 409
    refused(running.api("POST", path, {**part, "refund_id": "r2", "amount": "30.01"}), 422, "/amount")
    refused(running.api("POST", path, {**part, "refund_id": "r2", "amount": ""}), 422, "/amount")
    rest = running.api("POST", path, {"campaign": "spring-trail", "refund_id": "r3"})
    assert rest.status == 201 and rest.json()["status"] == "refunded"
    answer = running.api("POST", path, {"campaign": "spring-trail", "refund_id": "r4", "amount": "0.01"})
    assert answer.status in (409, 422)
    refused(running.api("PATCH", "/v1/conversions/refunds",
                        {"campaign": "spring-trail", "status": "approved"}), 409)
    refused(running.api("POST", "/v1/conversions/no-such-order/refunds", part), 404)


@pytest.mark.parametrize("fields,pointer", [
    ({"refund_id": None}, "/refund_id"), ({"amount": "-1"}, "/amount"), ({"amount": "1.001"}, "/amount"),
    ({"amount": 5}, "/amount"), ({"campaign": None}, "/campaign"), ({"why": "x"}, "/why")])
def test_a_bad_refund_is_refused(running, fields, pointer):
    running.api("POST", "/v1/conversions", order("whole"))
    body = {"campaign": "spring-trail", "refund_id": "r", "amount": "5.00", **fields}
    answer = running.api("POST", "/v1/conversions/whole/refunds",
                         {name: value for name, value in body.items() if value is not None})
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


# -- metrics, health


def test_metrics_and_health_need_no_token(running):
    metrics = running.request("GET", "/metrics", listener="api")
    assert metrics.status == 200 and metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    for line in metrics.body.decode().splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) jalond_\w+ .+|jalond_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \S+', line)
    for path in ("/healthz", "/readyz"):
        assert running.request("GET", path, listener="api").status == 200
