"""A live server and small servables for the tests of the serving layer."""

import pytest
from linear_servable import LinearServable
from live_server import running

from zscope.serving import Engine
from zscope.serving.gradients import end_gradients


@pytest.fixture(scope="session")
def server():
    """One server for all tests; each test takes models of its own."""
    with running() as live_server:
        yield live_server


@pytest.fixture(scope="module", autouse=True)
def no_process_is_left():
    """The process for gradients would end later, and other tests count the processes of this one."""
    yield
    end_gradients()


@pytest.fixture
def servable():
    return LinearServable()


@pytest.fixture
def engine(servable):
    engine = Engine(servable)
    yield engine
    engine.close()
