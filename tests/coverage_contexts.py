"""Pytest plugin that records which test runs which line, in this process and in those that the test starts.

`make mutants` loads it under coverage.py. What a server runs is recorded for the test that started the server.
"""

import os

import coverage
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    current = coverage.Coverage.current()
    if current is None:
        raise pytest.UsageError("Run this plugin under coverage.py: see `make mutants`.")
    current.switch_context(item.nodeid)
    current.config.context = item.nodeid  # of the processes that it starts
    os.environ["COVERAGE_PROCESS_CONFIG"] = current.config.serialize()
