"""Does what was exported and reported equal what clients received? See clickers.py."""
import collections
import datetime
import re

from programs import wait_for

METRIC = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")


def metrics(site):
    """All samples of /metrics by name and labels, as one reading."""
    text = site.request("GET", "/metrics", listener="api").body.decode()
    return {(found["name"] + (f"{{{found['labels']}}}" if found["labels"] else "")): float(found["value"])
            for found in map(METRIC.fullmatch, text.splitlines()) if found}


def is_shipped(site):
    """Is every worker connected to the store, and has it all of every journal?"""
    try:
        now = metrics(site)
    except OSError:
        return False
    return (now["jalond_store_connections"] == int(site.environment["JALON_SERVER_WORKERS"])
            and now["jalond_journal_unshipped_bytes"] == 0
            and now["jalond_journals_of_earlier_runs"] == 0)


def settled_export(site):
    """Rows of the export, once all that the journals hold is in the store and two readings are alike."""
    wait_for(lambda: is_shipped(site), "the journals to be shipped")
    readings = [site.exported_clicks()]

    def is_settled():
        if not is_shipped(site):
            return False
        readings.append(site.exported_clicks())
        return len(readings[-1]) == len(readings[-2])

    wait_for(is_settled, "the export to come to rest")
    return readings[-1]


def account(site, log, is_one_run=False, uncounted=0, may_stall=False):
    """Holds the export against the log, and reports and metrics against the export; prints and returns the figures.

    Every received click id is exported once, with its link's creator and channel and its agent's class; each other row
    is of a request whose fate is unknown, of the same link and class. is_one_run: the process was the same all the
    time, so its metrics must count the same. uncounted: how many were answered without being counted, as
    the journal was full. may_stall: clients may have given up waiting for an answer.
    """
    rows = settled_export(site)
    exported = collections.Counter(row["click_id"] for row in rows)
    received = {click.click_id: click for click in log.received}
    figures = {"requests": log.requests(), "received": len(log.received), "in flight": len(log.unknown),
               "exported": len(rows), "lost": len(set(received) - set(exported)),
               "double": len(rows) - len(exported)}
    figures["counted, not received"] = len(set(exported) - set(received))
    print(", ".join(f"{name} {value}" for name, value in figures.items()))
    if log.refused or log.statuses or uncounted:
        print(f"refused {dict(log.refused)}, answers {dict(log.statuses)}, uncounted {uncounted}")

    assert len(received) == len(log.received), "two clicks were given one id"
    assert figures["lost"] == uncounted, f"lost: {sorted(set(received) - set(exported))[:3]}"
    assert figures["double"] == 0, f"double: {[i for i, n in exported.items() if n > 1][:3]}"
    spare = collections.Counter((gone.link.creator, gone.link.channel, gone.kind) for gone in log.unknown)
    for row in rows:
        what = (row["creator"], row["channel"], row["class"])
        click = received.get(row["click_id"])
        if click is not None:
            assert what == (click.link.creator, click.link.channel, click.kind), row
            continue
        assert spare[what] > 0, f"nobody's request: {row}"
        spare[what] -= 1
    if not may_stall:
        assert not [gone for gone in log.unknown if "timed out" in gone.why], log.unknown
    check_reports(site, rows)
    if is_one_run:
        check_metrics(site, rows)
    return figures


def check_reports(site, rows, campaign="spring-trail"):
    """`report creators` and `report links` count what was exported."""
    classes = collections.defaultdict(collections.Counter)
    for row in rows:
        classes[row["creator"]][row["class"]] += 1
    # A clock that was ahead may have made clicks of tomorrow.
    until = ("--to", str(datetime.date.today() + datetime.timedelta(days=2)))
    report = site.jalon_json("report", "creators", "--campaign", campaign, *until)
    for row in report["rows"]:
        counts = classes[row["creator"]]
        invalid = {name: count for name, count in row["invalid_clicks"].items() if count}
        assert row["clicks"] == counts.pop("human", 0), row
        assert invalid == dict(counts), row
    assert {row["creator"] for row in report["rows"]} >= set(classes)
    humans = sum(row["class"] == "human" for row in rows)
    assert report["totals"]["clicks"] == humans
    links = site.jalon_json("report", "links", "--campaign", campaign, *until)
    assert links["totals"]["clicks"] == humans


def check_metrics(site, rows):
    """A process that was never restarted counted, and shipped, each click once."""
    now = metrics(site)
    for kind, count in collections.Counter(row["class"] for row in rows).items():
        assert now[f'jalond_clicks_total{{class="{kind}"}}'] == count, kind
    counted = sum(value for name, value in now.items() if name.startswith("jalond_clicks_total{"))
    assert counted == len(rows)
    assert now["jalond_shipped_clicks_total"] >= len(rows)  # what the store lost is shipped again
