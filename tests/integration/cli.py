"""What the tests of the command line share."""
import csv
import io

import pytest

from conftest import Installation, RedisServer


@pytest.fixture(scope="module")
def shop():
    """An installation on a store that keeps running, with a campaign of two creators."""
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    made.add_campaign()
    yield made
    made.remove()
    server.remove()


@pytest.fixture
def fresh():
    """The same, for one test."""
    server = RedisServer()
    made = Installation(settings={"JALON_STORE_REDIS": server.url})
    made.add_campaign()
    yield made
    made.remove()
    server.remove()


def refused(installation, *arguments, code, says=(), **options):
    """The command fails with `code` and says each of `says` on stderr, as jalon: …"""
    done = installation.jalon(*arguments, check=False, **options)
    assert done.returncode == code, (arguments, done.stdout, done.stderr)
    assert done.stderr.startswith("jalon: "), done.stderr
    for words in [says] if isinstance(says, str) else says:
        assert words in done.stderr, (arguments, words, done.stderr)
    return done


def rows(text):
    """The rows of a CSV, as dicts."""
    return list(csv.DictReader(io.StringIO(text)))
