"""The frame finds what it is there to find: a load without faults adds up, and a cooked log does not."""
import pytest

from accounts import account
from clickers import Click, Clickers, Unknown


def test_a_load_without_faults_adds_up(make_site):
    site = make_site()
    site.start()
    with Clickers(site) as clickers:
        clickers.wait_more(500)
    log = clickers.log
    assert {click.link for click in log.received} == set(site.links)
    assert not log.unknown and not log.refused and not log.statuses
    figures = account(site, log, is_one_run=True)
    assert figures["exported"] == figures["received"] == figures["requests"]

    first = log.received[0]
    log.received.append(first._replace(click_id="x" * 40))
    with pytest.raises(AssertionError, match="lost"):
        account(site, log)
    del log.received[-1], log.received[0]
    with pytest.raises(AssertionError, match="nobody's request"):
        account(site, log)
    log.unknown.append(Unknown(first.link, first.kind, "broken"))
    account(site, log)
    other = next(link for link in site.links if link.creator != first.link.creator)
    log.unknown.clear()
    log.received.insert(0, Click(first.click_id, other, first.kind, first.at))
    with pytest.raises(AssertionError):
        account(site, log)
