"""The clock of jalond jumps back and forward by an hour, under load. Its own only: libfaketime is loaded into it."""
import collections
import datetime
import os
import pathlib
import time
import zoneinfo

import pytest

from accounts import account, metrics, settled_export
from clickers import AGENTS, Clickers
import formats
from programs import PHONE, times, wait_for

HOUR_S = 3600
DAY_S = 24 * HOUR_S
LIBRARY = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
TOLERANCE_MS = 10_000  # between a click and its answer, on a busy machine


class Clock:
    """jalond's clock: the machine's and an offset, read anew each time it is asked. Monotonic time goes on as it is."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder, "offset")
        self.offsets = set()
        self.jump(0)

    def jump(self, offset_s):
        self.offsets.add(offset_s)
        new = self.path.with_suffix(".new")
        new.write_text(f"{offset_s:+d}s\n")
        new.rename(self.path)

    def settings(self):
        """The last one: without it, waits on a condition by the monotonic clock end at once, and their threads spin."""
        return {"LD_PRELOAD": str(LIBRARY), "FAKETIME_TIMESTAMP_FILE": str(self.path), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


@pytest.fixture
def clock(tmp_path):
    if LIBRARY is None:
        pytest.skip("libfaketime is not installed")
    if "san" in os.environ.get("JALON_BUILD", ""):
        pytest.skip("a sanitizer and libfaketime can't be loaded into one process")
    return Clock(tmp_path)


def start(site, clock, **options):
    """Starts jalond by that clock; commands go by the machine's."""
    before = dict(site.environment)
    site.start(settings=clock.settings(), **options)
    site.environment = before


def test_jumps_under_load(make_site, redis_server, clock, rng):
    """Click ids are valid and unique, each click is counted once, at the time that its id says."""
    site = make_site(server=redis_server)
    ring = formats.ring_parse(pathlib.Path(site.folder, "keys").read_text())
    start(site, clock)
    with Clickers(site) as clickers:
        for number in range(times(8, 60)):
            clickers.wait_more(60)
            clock.jump(rng.choice([-HOUR_S, 0, HOUR_S]))
            if number % 4 == 3:  # a start behind the clock of the run before, too
                site.kill()
                start(site, clock, ready=False)
        clickers.wait_more(60)
    account(site, clickers.log)

    nonces = set()
    made = {}
    for click in clickers.log.received:
        _, made[click.click_id], nonce = formats.click_verify(ring, "spring-trail", click.click_id)
        nonces.add((made[click.click_id], nonce))
        late_ms = click.at * 1000 - made[click.click_id]
        assert any(-TOLERANCE_MS < late_ms + offset * 1000 < TOLERANCE_MS for offset in clock.offsets)
    assert len(nonces) == len(clickers.log.received)
    rows = site.exported_clicks()
    check_times(site, rows, made)
    check_visitors(rows)


def moment(row):
    return datetime.datetime.fromisoformat(row["at"].replace("Z", "+00:00"))


def check_times(site, rows, made):
    """Export and report place a click at the time of its id."""
    days = collections.Counter()
    for row in rows:
        at_ms = moment(row).timestamp() * 1000
        assert abs(at_ms - made.get(row["click_id"], at_ms)) < 1
        if row["class"] == "human":
            days[str(moment(row).astimezone(zoneinfo.ZoneInfo("Europe/Paris")).date())] += 1
    for day, count in days.items():
        report = site.jalon_json("report", "creators", "--campaign", "spring-trail", "--from", day, "--to", day)
        assert report["totals"]["clicks"] == count


def check_visitors(rows):
    """One fingerprint an agent and UTC day, however often the day came."""
    visitors = collections.defaultdict(set)
    for row in rows:
        if row["class"] == "human":
            visitors[moment(row).date()].add(row["visitor"])
    people = sum(kind == "human" for kind, _ in AGENTS)
    assert visitors and all(len(seen) <= people for seen in visitors.values())


def test_the_window_for_duplicates_is_not_moved(make_site, redis_server, clock):
    """It is so long by a clock that does not jump."""
    site = make_site(server=redis_server)
    site.jalon("campaign", "set", "spring-trail", "--duplicate-window", "3s")
    path = site.links[0].path
    noon = DAY_S // 2 - int(time.time()) % DAY_S  # a visitor is another one on another UTC day
    clock.jump(noon)
    start(site, clock)
    humans = lambda: metrics(site)['jalond_clicks_total{class="human"}']
    assert site.click(path, PHONE).status == 302
    first = [site.click(path, PHONE) for _ in range(2)]
    clock.jump(noon + HOUR_S)
    site.click(path, PHONE)
    clock.jump(noon - HOUR_S)
    site.click(path, PHONE)
    assert len(first) == 2 and humans() == 1

    def counts_again():
        site.click(path, PHONE)
        return humans() == 2

    wait_for(counts_again, "the window to end though the clock was set back")
    rows = settled_export(site)
    assert [row["class"] for row in rows].count("human") == 2
