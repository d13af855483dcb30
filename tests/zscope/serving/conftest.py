"""A live server and small servables for the tests of the serving layer."""

import pytest
from linear_servable import LinearServable
from live_server import running

from zscope.serving import Engine


@pytest.fixture(scope="session")
def server():
    """One server for all tests; each test takes models of its own."""
    with running() as live_server:
        yield live_server


@pytest.fixture
def servable():
    return LinearServable()


@pytest.fixture
def engine(servable):
    engine = Engine(servable)
    yield engine
    engine.close()
