"""What tests/integration runs programs with, for this folder: Installation, RedisServer, wait_for and the fixtures.

Both folders have a conftest.py, so the other one is loaded here under a name of its own; its neighbours (api.py) and
tests/vectors (formats.py) can be imported by who imports this.
"""
import importlib.util
import os
import pathlib
import random
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "integration"), str(TESTS / "vectors")]
_spec = importlib.util.spec_from_file_location("integration_conftest",
                                               TESTS / "integration" / "conftest.py")
_integration = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _integration
_spec.loader.exec_module(_integration)

BUILD, LIMIT_S, PHONE = _integration.BUILD, _integration.LIMIT_S, _integration.PHONE
Installation, RedisServer = _integration.Installation, _integration.RedisServer
LIVING, dying_with_us, free_port = (_integration.LIVING, _integration.dying_with_us,
                                    _integration.free_port)
wait_for, pytest_sessionfinish = _integration.wait_for, _integration.pytest_sessionfinish
make_installation, installation, redis_server = (
    _integration.make_installation, _integration.installation, _integration.redis_server)

IS_LONG = os.environ.get("FAULTS") == "long"
SEED = int(os.environ.get("FAULT_SEED", random.randrange(1 << 32)))


def times(short, long):
    """How many, or how much: for CI, or as FAULTS=long asks."""
    return long if IS_LONG else short
