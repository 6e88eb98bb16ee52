"""Redirects through a real jalond: what a click's answer says, what is counted, and what reaches the store.

Codes, tokens and click ids are checked with tests/vectors/formats.py, which shares no line with the code.
"""
import collections
import pathlib
import sys
import time
import urllib.parse

import pytest
import redis

from conftest import PHONE, RedisServer, Installation, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import formats  # noqa: E402

TARGET = "https://shop.example.com/trail"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PREVIEW = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
DESKTOP = ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0")


def ring_of(installation):
    return formats.ring_parse(pathlib.Path(installation.folder, "keys").read_text())


def parts(location):
    """Target without query and fragment, the query's pairs in order, the fragment."""
    url = urllib.parse.urlsplit(location)
    pairs = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
    return urllib.parse.urlunsplit((url.scheme, url.netloc, url.path, "", "")), pairs, url.fragment


def click_id_of(answer):
    return dict(parts(answer.location)[1])["jclid"]


@pytest.fixture(scope="module")
def site():
    """A jalond on a Redis that the tests of this module look into."""
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url,
                                  "JALON_SERVER_TRUSTED_PROXIES": "127.0.0.0/8"})
    made.redis = server.client()
    made.add_campaign(utm_source="instagram", utm_medium="creator", allow_host="outlet.example.com")
    made.add_campaign("over", creators=(), end="2020-01-02", fallback="https://shop.example.com/new")
    made.add_campaign("ended", creators=(), end="2020-01-02")
    made.add_campaign("to-come", creators=(), start="2199-01-01")
    made.start()
    yield made
    made.remove()
    server.remove()


def gone(answer, status):
    assert answer.status == status
    assert "Location" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")
    assert b"<h1>" in answer.body


# -- the answer

def test_the_answer(site):
    path = site.add_link()
    answer = site.click(path + "?ref=a%20b&utm_source=mine&jclid=mine&x=1&x=2")
    assert answer.status == 302
    base, pairs, fragment = parts(answer.location)
    assert (base, fragment) == (TARGET, "")
    assert pairs[:-1] == [("utm_source", "instagram"), ("utm_medium", "creator"), ("ref", "a b"),
                          ("x", "1"), ("x", "2")]
    assert pairs[-1][0] == "jclid"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "Set-Cookie" not in answer.headers
    link_id, at_ms, _ = formats.click_verify(ring_of(site), "spring-trail", pairs[-1][1])
    assert link_id == formats.link_id("code", path[1:])
    assert abs(at_ms - time.time() * 1000) < 60000


def test_the_target_stays_byte_for_byte(site):
    path = site.add_link(target="https://outlet.example.com/a%2fb?q=1;2&utm_source=theirs&k#top")
    answer = site.click(path + "?q=other&y=%2f")
    before, _, after = answer.location.partition("&jclid=")
    assert before == ("https://outlet.example.com/a%2fb?q=1;2&utm_source=theirs&k&utm_medium=creator"
                      "&y=%2f")
    assert after.endswith("#top") and len(after) == 44 + len("#top")


def test_head_counts_nothing(site):
    path = site.add_link()
    site.click(path)
    before = site.metric("jalond_clicks_total")
    answer = site.request("HEAD", path + "?a=1")
    assert answer.status == 302 and answer.body == b""
    assert answer.location == TARGET + "?utm_source=instagram&utm_medium=creator&a=1"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert site.metric("jalond_clicks_total") == before


def test_head_of_what_is_gone(site):
    for path, status in (("/no-such-link", 404), (site.add_link(campaign="ended"), 410)):
        answer = site.request("HEAD", path)
        assert (answer.status, answer.body) == (status, b"")
        assert int(answer.headers["Content-Length"]) > 0


def test_other_methods(site):
    path = site.add_link()
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = site.request(method, path)
        assert answer.status == 405
        assert "GET" in answer.headers["Allow"]


# -- what is found, and what is not

def test_vanity_links_are_typed_by_people(site):
    assert site.add_link(slug="marie-trail") == "/marie-trail"
    for path in ("/marie-trail", "/Marie-Trail", "/MARIE-TRAIL/", "/marie-trail.", "/marie-trail,",
                 "/marie-trail)", "/marie-trail).?a=1", "/marie%2Dtrail", "/%6Darie-trail%29"):
        assert site.click(path).status == 302, path
    for path in ("/marie", "/marie-trail/x", "/marie_trail", "/marie-trail;", "/(marie-trail",
                 "/marie%252Dtrail", "//marie-trail", "/marie-trail%00", "/" + "m" * 65):
        gone(site.click(path), 404)


def look_ups_during(site, action):
    """The look-ups that the store saw while `action` ran."""
    with site.redis.monitor() as monitor:
        action()
        site.redis.echo("the end")
        seen = []
        for entry in monitor.listen():
            if entry["command"] == "ECHO the end":
                return seen
            if entry["command"].startswith("HGET ") and entry["client_type"] != "lua":
                seen.append(entry["command"])


def test_forged_codes_never_reach_the_store(site):
    ring = ring_of(site)
    code = site.add_link()[1:]
    stranger = formats.Ring([formats.Key(b"abcd", formats.ACTIVE, 0, b"k" * 32)])
    token = formats.token_mint(ring, "spring-trail", "marie")
    forged = ["/" + code[:i] + other + code[i + 1:] for i in range(len(code)) for other in "0Zz"
              if code[i] != other]
    forged += ["/" + code.swapcase()]
    forged += ["/o/" + text for text in (
        formats.token_mint(stranger, "spring-trail", "marie"), token[:-1], token + "A",
        "B" + token[1:], token.swapcase(), "A" * 3000)]

    def click_all():
        for path in forged:
            gone(site.click(path), 404)

    assert len(forged) > 30  # a code that has 0, Z or z itself makes fewer
    assert look_ups_during(site, click_all) == []
    assert site.metric("jalond_forged_codes_total") >= len(forged)
    assert len(look_ups_during(site, lambda: site.click("/" + code))) == 1  # it does look


def test_a_code_that_nobody_has_costs_one_look_up(site):
    """Signed by this ring, but never issued; and a vanity slug that nobody has."""
    code = formats.link_code_mint(ring_of(site), 0x7FFFFFF0)
    for path in ("/" + code, "/no-such-slug"):
        before = site.metric("jalond_store_lookups_total")
        for _ in range(10):
            gone(site.click(path), 404)
        # at most one a worker
        assert site.metric("jalond_store_lookups_total") - before <= 2


def test_over(site):
    expired = site.add_link(expires="2020-01-01T00:00:00Z")
    disabled = site.add_link()
    site.jalon("link", "set", disabled[1:], "--state", "disabled")
    before = site.metric("jalond_clicks_total")
    gone(site.click(expired), 410)
    gone(site.click(disabled), 410)
    gone(site.click(site.add_link(campaign="ended")), 410)
    gone(site.click(site.add_link(campaign="to-come")), 404)
    answer = site.click(site.add_link(campaign="over"))
    assert (answer.status, answer.location) == (302, "https://shop.example.com/new")
    assert site.metric("jalond_clicks_total") == before


# -- portable links

def test_portable_links(site):
    ring = ring_of(site)
    token = formats.token_mint(ring, "spring-trail", "tom", "story",
                               "https://outlet.example.com/x?a=1")
    before = site.metric("jalond_clicks_total")
    answers = [site.click("/o/" + token), site.click("/o/" + token + "?b=2")]
    assert [answer.status for answer in answers] == [302, 302]
    base, pairs, _ = parts(answers[1].location)
    assert base == "https://outlet.example.com/x"
    assert pairs[:-1] == [("a", "1"), ("utm_source", "instagram"), ("utm_medium", "creator"),
                          ("b", "2")]
    expected = formats.link_id("portable", "spring-trail", "tom", "story",
                               "https://outlet.example.com/x?a=1")
    assert formats.click_verify(ring, "spring-trail", pairs[-1][1])[0] == expected
    site.wait_shipped(before + 2)
    rows = [row for row in site.exported_clicks() if row["click_id"] == pairs[-1][1]]
    assert [(row["creator"], row["channel"]) for row in rows] == [("tom", "story")]


def test_portable_links_that_lead_nowhere(site):
    ring = ring_of(site)
    mint = lambda **more: "/o/" + formats.token_mint(ring, "spring-trail", "tom", **more)
    gone(site.click(mint(expires_at=1700000000)), 410)
    assert site.click(mint(expires_at=4000000000)).status == 302
    for target in ("https://evil.example.com/", "https://outlet.example.com.evil.example/",
                   "https://sub.outlet.example.com/"):
        gone(site.click(mint(target=target)), 404)
    gone(site.click("/o/" + formats.token_mint(ring, "no-such-campaign", "tom")), 404)


def test_a_brand_mints_with_an_exported_key(site):
    text = site.jalon("keys", "export", "--campaign", "spring-trail", "--purpose", "portable").stdout
    token = formats.token_mint(formats.ring_parse(text), "spring-trail", "marie", "newsletter")
    assert site.click("/o/" + token).status == 302


# -- changes reach every worker within a second

def every_worker(site, path, status):
    """New connections until each worker has surely been asked; True when all said `status`."""
    return all(site.click(path).status == status for _ in range(20))


def within_a_second(condition, what):
    wait_for(condition, what, limit_s=10)  # a second, and nine for a machine that is busy otherwise


def test_changes_reach_every_worker(site):
    path = site.add_link()
    assert every_worker(site, path, 302)
    site.jalon("link", "set", path[1:], "--state", "disabled")
    within_a_second(lambda: every_worker(site, path, 410), "the link to be off")
    site.jalon("link", "set", path[1:], "--state", "active", "--target", "https://shop.example.com/2")
    within_a_second(lambda: every_worker(site, path, 302), "the link to be on")
    assert site.click(path).location.startswith("https://shop.example.com/2?")


def test_a_new_link_is_there_at_once(site):
    """Though its slug was asked for before, and is remembered as nobody's."""
    assert every_worker(site, "/brand-new", 404)
    site.add_link(slug="brand-new")
    within_a_second(lambda: every_worker(site, "/brand-new", 302), "the new link")


def test_a_changed_campaign(site):
    path = site.add_link()
    assert every_worker(site, path, 302)
    site.jalon("campaign", "set", "spring-trail", "--utm-medium", "social")
    within_a_second(lambda: all("utm_medium=social" in site.click(path).location for _ in range(20)),
                    "the campaign's change")
    site.jalon("campaign", "set", "spring-trail", "--utm-medium", "creator")
    within_a_second(lambda: all("utm_medium=creator" in site.click(path).location for _ in range(20)),
                    "the campaign's change")


def test_changes_after_the_channel_was_cut(site):
    """What was said while nobody heard it counts as unheard: all that is cached is read again."""
    path = site.add_link()
    assert every_worker(site, path, 302)
    site.redis.client_kill_filter(_type="pubsub")
    site.jalon("link", "set", path[1:], "--state", "disabled")
    wait_for(lambda: every_worker(site, path, 410), "the link to be off")


def test_rotated_and_retired_keys(site):
    path = site.add_link()
    assert every_worker(site, path, 302)
    key_id = site.jalon_json("keys", "list")[0]["id"]
    site.jalon("keys", "rotate")
    site.process.send_signal(__import__("signal").SIGHUP)
    new = site.add_link()  # signed by the new key
    wait_for(lambda: every_worker(site, new, 302), "the new key to be known")
    assert every_worker(site, path, 302)
    assert key_id in site.jalon("keys", "list").stdout


# -- classes

def test_classes(site):
    site.add_campaign("classes", creators=())
    path = site.add_link(campaign="classes")
    def click(agent, **headers):
        answer = site.click(path, agent=agent, **headers)
        assert answer.status == 302
        return click_id_of(answer)
    expected = {
        click(PHONE): ("human", None),
        click(PHONE): ("duplicate", "repeated"),
        click(DESKTOP): ("human", None),
        click(PHONE, x_forwarded_for="198.51.100.7"): ("human", None),  # someone else's phone
        click(PHONE, x_forwarded_for="198.51.100.7"): ("duplicate", "repeated"),
        click(PHONE, sec_purpose="prefetch;prerender"): ("prefetch", "prefetch-header"),
        click(PHONE, purpose="prefetch"): ("prefetch", "prefetch-header"),
        click(PHONE, x_moz="prefetch"): ("prefetch", "prefetch-header"),
        click(BOT): ("bot", "bot-agent"),
        click(BOT, sec_purpose="prefetch"): ("bot", "bot-agent"),
        click(None): ("bot", "no-agent"),
        click(PREVIEW): ("preview", "preview-agent"),
        click(PREVIEW, sec_purpose="prefetch"): ("preview", "preview-agent"),
    }
    site.wait_shipped(site.metric("jalond_clicks_total"))
    rows = site.exported_clicks("--campaign", "classes")
    assert {row["click_id"]: (row["class"], row["reason"]) for row in rows} == expected
    by_class = collections.Counter(row["class"] for row in rows)
    report = site.jalon_json("report", "links", "--campaign", "classes")
    assert report["totals"]["clicks"] == by_class["human"]
    assert {name: count for name, count in report["totals"]["invalid_clicks"].items() if count} == {
        name: count for name, count in by_class.items() if name != "human"}


def test_the_window_of_duplicates_is_the_campaigns(site):
    site.add_campaign("no-window", creators=(), duplicate_window="0s")
    path = site.add_link(campaign="no-window")
    before = site.metric("jalond_clicks_total", **{"class": "human"})
    for _ in range(5):
        site.click(path)
    assert site.metric("jalond_clicks_total", **{"class": "human"}) == before + 5


def test_duplicates_are_seen_across_workers(site):
    """Forty connections are spread over two workers by the kernel; one of the clicks counts."""
    path = site.add_link()
    human = lambda: site.metric("jalond_clicks_total", **{"class": "human"})
    before = human()
    for _ in range(40):
        assert site.click(path, x_forwarded_for="203.0.113.99").status == 302
    assert human() == before + 1


def test_nothing_of_the_visitor_is_kept(site):
    """No address and no User-Agent: not in the store, not in the journal."""
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) SecretBrowser/77"
    path = site.add_link()
    answer = site.click(path, agent=agent, x_forwarded_for="203.0.113.77",
                        referer="https://www.instagram.com/private/path?me=1")
    assert answer.status == 302
    site.wait_shipped(site.metric("jalond_clicks_total"))
    dump = b""
    for key in site.redis.scan_iter(count=1000):
        kind = site.redis.type(key)
        if kind == b"hash":
            dump += b"".join(k + v for k, v in site.redis.hgetall(key).items())
        elif kind == b"list":
            dump += b"".join(site.redis.lrange(key, 0, -1))
        elif kind == b"string":
            dump += site.redis.get(key)
        elif kind == b"set":
            dump += b"".join(site.redis.smembers(key))
    for file in pathlib.Path(site.folder, "journal").rglob("*.seg"):
        dump += file.read_bytes()
    for secret in (b"SecretBrowser", b"203.0.113.77", bytes([203, 0, 113, 77]), b"private/path", b"me=1"):
        assert secret not in dump
    row = [row for row in site.exported_clicks() if row["click_id"] == click_id_of(answer)][0]
    assert row["source"] == "instagram.com"


# -- without the store

def test_without_the_store(make_installation, redis_server):
    """Cached and portable links go on, unknown ones are told to come again; all clicks arrive later, once."""
    site = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    site.add_campaign()
    path = site.add_link()
    site.start()
    site.teach(path)
    got = [click_id_of(site.click(path)) for _ in range(20)]
    token = formats.token_mint(ring_of(site), "spring-trail", "tom", "bio")
    redis_server.kill()
    wait_for(lambda: site.metric("jalond_store_connections") == 0, "the loss to be noticed")

    for _ in range(20):
        answer = site.click(path)
        assert answer.status == 302
        got.append(click_id_of(answer))
        answer = site.click("/o/" + token)
        assert answer.status == 302
        got.append(click_id_of(answer))
    wait_for(lambda: site.click("/tom-trail").status == 503, "an unknown link to be refused")
    answer = site.click("/tom-trail")
    assert answer.status == 503 and int(answer.headers["Retry-After"]) > 0
    gone(site.click("/AAAAAAAAAAAA"), 404)  # forged is forged
    assert site.request("GET", "/readyz", listener="api").status == 200
    assert site.metric("jalond_journal_unshipped_bytes") > 0

    redis_server.start()
    site.wait_shipped(len(got))
    assert site.click("/tom-trail").status == 404
    rows = site.exported_clicks()
    assert sorted(row["click_id"] for row in rows) == sorted(got)
    assert {row["creator"] for row in rows} == {"marie", "tom"}
    assert site.metric("jalond_shipped_clicks_total") == len(got)


def test_a_store_that_came_back_empty(make_installation, redis_server):
    """Functions are installed again, links and campaigns come back from the redo log, and clicks are shipped on."""
    site = make_installation(settings={"JALON_STORE_REDIS": redis_server.url})
    site.add_campaign()
    path = site.add_link()
    site.start()
    site.teach(path)
    got = [click_id_of(site.click(path)) for _ in range(10)]
    site.wait_shipped(10)
    client = redis_server.client()
    client.flushall()
    client.function_flush()
    got += [click_id_of(site.click(path)) for _ in range(10)]
    redis_server.kill()
    redis_server.start()
    wait_for(lambda: len(site.exported_clicks()) == len(got), "every click to be there again")
    assert sorted(row["click_id"] for row in site.exported_clicks()) == sorted(got)
