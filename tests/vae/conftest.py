"""Tests of the library alone, as in a notebook: without what the application sets."""

import sys

import pytest


@pytest.fixture(autouse=True)
def networks_run_here():
    """Run imported networks in this process, even if an earlier test has started a part of the application."""
    # Not imported for it: most tests open no network, and some count what is imported.
    module = sys.modules.get("vae.inference.network_host")
    before = module.current_host() if module else None
    if module:
        module.set_host(None)
    yield
    if module:
        module.set_host(before)
