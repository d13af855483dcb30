"""ONNX files of torch, and a quick start of the limited process, for the tests of importing."""

from functools import cache

import pytest

from tests.tier import TIER
from tests.vae.formats.importing import forked
from tests.vae.formats.importing.torch_cases import SOURCES, committed, export_case


@pytest.fixture(scope="session")
def exported_now(tmp_path_factory):
    """Export a case with torch, once in a session: `exported_now(name)` → `Exported`."""
    return cache(lambda name: export_case(name, tmp_path_factory.mktemp(name)))


@pytest.fixture(params=SOURCES)
def torch_files(request, exported_now):
    """Return a case from the committed files or, in the full tier, exported now: `torch_files(name)` → `Exported`."""
    return committed if request.param == "committed" else exported_now


@pytest.fixture
def quick_start(monkeypatch):
    """In the quick tier, fork the limited process; in the others, start a new interpreter as the app does."""
    if TIER == "quick":
        forked.warm_up()
        monkeypatch.setattr("zscope.jobs.importing.launcher._status", forked.status)
