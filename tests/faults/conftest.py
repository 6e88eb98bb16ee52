"""Fixtures of the fault suite. Short by default; FAULTS=long has the numbers of the long runs.

What is random (moments, lengths of lost tails, faults of the proxy) comes from one seed, which a failure prints;
FAULT_SEED=N gives it.
"""
import random

import pytest

from clickers import add_links
from programs import (SEED, installation, make_installation, pytest_sessionfinish,  # noqa: F401
                      redis_server)
from programs import LIVING, dying_with_us, free_port, wait_for  # noqa: F401  (for redis_cluster.py)


@pytest.fixture
def rng(request):
    """Chance, the same for the same FAULT_SEED and test."""
    print(f"FAULT_SEED={SEED}")
    return random.Random(f"{SEED} {request.node.name}")


@pytest.fixture
def make_site(make_installation):
    """Installations with a campaign and `links`: make_site(server=REDIS, settings={…}); jalond is not started."""
    def make(server=None, settings=None, **options):
        store = {"JALON_STORE_REDIS": server.url} if server else {}
        site = make_installation(settings={**store, **(settings or {})}, **options)
        site.links = add_links(site)
        return site

    return make
