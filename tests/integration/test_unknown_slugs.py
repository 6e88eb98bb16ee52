"""Who guesses at vanity links is stopped before the store is asked, and nobody else is."""
import math
import re
import socket
import time

import pytest

from conftest import LIMIT_S, PHONE, wait_for
from test_redirect import formats, gone, look_ups_during, ring_of

WORKERS = 2
A_MINUTE = 60  # the default


@pytest.fixture
def site(redis_server, make_installation):
    """Believes what 127.0.0.2 says of whom it forwards for, and nobody else."""
    made = make_installation(settings={"JALON_STORE_REDIS": redis_server.url,
                                       "JALON_SERVER_WORKERS": str(WORKERS),
                                       "JALON_SERVER_TRUSTED_PROXIES": "127.0.0.2"})
    made.redis = redis_server.client()
    made.add_campaign()
    made.add_link(slug="good-one")
    made.start()
    return made


def ask(site, paths, source="127.0.0.1", **fields):
    """The statuses of GETs in one pipeline from an address of the loopback."""
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    with socket.create_connection(site.addresses["public"], timeout=LIMIT_S,
                                  source_address=(source, 0)) as connection:
        for i, path in enumerate(paths):
            close = "Connection: close\r\n" if i == len(paths) - 1 else ""
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: go.example.com\r\n"
                               f"User-Agent: {PHONE}\r\n{head}{close}\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def flood(site, count, prefix, **how):
    """`count` different slugs that nobody has, 100 a connection."""
    statuses = []
    for start in range(0, count, 100):
        statuses += ask(site, [f"/{prefix}-{start + i}" for i in range(100)], **how)
    assert len(statuses) == count and set(statuses) <= {404, 429}
    return statuses


def allowed(seconds, sources=1):
    """What a flood of that length may make the store look up."""
    return sources * WORKERS * (A_MINUTE + math.ceil(seconds * A_MINUTE / 60))


def test_a_flood_of_slugs_hardly_reaches_the_store(site):
    site.teach("/good-one")
    # Just after a start an absence is asked for again until the keeper has looked at the store, too: it is over then.
    for _ in range(30):
        assert site.click("/nobody-yet").status == 404
    statuses = []
    start = time.monotonic()
    # Each claims to be forwarded for another, which nobody believes.
    seen = look_ups_during(site, lambda: [
        statuses.extend(flood(site, 500, f"guess-{i}", x_forwarded_for=f"203.0.113.{i}"))
        for i in range(10)])
    bound = allowed(time.monotonic() - start)
    assert len(seen) <= bound < 1000, (len(seen), bound)
    assert statuses.count(404) == len(seen) and statuses.count(429) == 5000 - len(seen)
    assert site.metric("jalond_slugs_limited_total") == statuses.count(429)

    # The same address goes on with what is known or signed, the first look-up of a signed one included.
    assert ask(site, ["/good-one"] * 20) == [302] * 20
    assert ask(site, [site.add_link()] * 20) == [302] * 20
    token = formats.token_mint(ring_of(site), "spring-trail", "tom", "bio")
    assert ask(site, ["/o/" + token] * 20) == [302] * 20
    # And nobody else notices.
    site.add_link(slug="another-one")
    assert ask(site, ["/another-one", "/no-such"], source="127.0.0.3") == [302, 404]


def test_the_answer_says_when_to_come_again(site):
    wait_for(lambda: site.click("/guess-" + str(time.monotonic_ns())).status == 429, "the limit")
    for _ in range(20):  # new connections, so that both workers are at their limit
        flood(site, 100, f"more-{time.monotonic_ns()}")
    answer = site.click("/one-more")
    gone(answer, 429)
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_sources_behind_a_proxy_are_told_apart(site):
    """Of the addresses that a trusted proxy names, the last that is not a proxy's own counts: others are hearsay."""
    for i in range(5):
        flood(site, 200, f"behind-{i}", source="127.0.0.2",
              x_forwarded_for=f"198.51.100.{i}, 203.0.113.9")
    spoofed = flood(site, 100, "spoofed", source="127.0.0.2", x_forwarded_for="8.8.8.8, 203.0.113.9")
    assert spoofed.count(404) <= allowed(10) - WORKERS * A_MINUTE
    assert ask(site, ["/x-1", "/x-2"], source="127.0.0.2", x_forwarded_for="203.0.113.10") == [404] * 2
    # One customer has a whole /64.
    start = time.monotonic()
    statuses = []
    for i in range(10):
        statuses += flood(site, 100, f"six-{i}", source="127.0.0.2",
                          x_forwarded_for=f"2001:db8:0:1::{i + 1:x}")
    assert statuses.count(404) <= allowed(time.monotonic() - start)


def test_good_links_of_a_shared_address_cost_nothing(site):
    """300 look-ups from one address, all of links that are there."""
    rows = "campaign,creator,slug\n" + "".join(f"spring-trail,marie,good-{i}\n" for i in range(300))
    site.jalon("link", "import", "-", input=rows)
    assert ask(site, [f"/good-{i}" for i in range(300)]) == [302] * 300
    assert site.metric("jalond_slugs_limited_total") == 0


def test_a_limit_may_be_lifted(site):
    site.stop()
    site.start(settings={"JALON_SERVER_UNKNOWN_SLUGS": "0"})
    assert flood(site, 1000, "free").count(404) == 1000
