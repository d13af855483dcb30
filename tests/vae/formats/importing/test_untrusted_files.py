"""Every known attack is refused with its reason: no code runs, no other file is read or written, and no file remains.

How long each takes is printed by `pytest -s` and not asserted: a busy machine is no reason to fail.
"""

import gc
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.vae.formats.importing import hostile_archives, hostile_bundles, hostile_keras, hostile_onnx
from tests.vae.formats.importing.hostile import CASES, Canary
from tests.vae.formats.importing.keras_files import archive
from tests.vae.formats.importing.onnx_files import file_of
from vae.errors import ZscopeError
from zscope.jobs.importing.launcher import take_in

_GROWTH = 200_000_000


def _memory() -> int:
    """Return the memory of this process, bytes."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _children() -> set[str]:
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True)
    return {line for line in found.stdout.splitlines() if " ps " not in line and not line.strip().endswith("<defunct>")}


@pytest.fixture(scope="module", autouse=True)
def few_objects():
    """Let `gc.collect`, which each test calls twice, pass over what earlier tests left."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def canary(tmp_path, monkeypatch) -> Canary:
    """With a folder of its own for temporary files."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(home))
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    (tmp_path / "case").mkdir()
    return Canary.hatch(tmp_path / "case")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.usefixtures("quick_start")
def test_is_refused_by_name(case, canary, tmp_path):
    files = case.make(canary)
    before, children, environment = _memory(), _children(), dict(os.environ)
    start = time.monotonic()
    with pytest.raises(ZscopeError) as caught:
        take_in(files)
    seconds = time.monotonic() - start
    grown = _memory() - before
    print(f"{case.name}: {seconds:.1f} s, {grown / 1e6:.0f} MB: {caught.value}")
    assert re.search(case.reason, caught.value.message), caught.value
    assert caught.value.message.isprintable()
    assert canary.alive
    assert grown < _GROWTH
    assert _children() == children
    assert os.environ == environment
    assert not list((tmp_path / "home").iterdir())
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(("name", "data"), [("decoder.keras", archive()), ("decoder.onnx", file_of())])
def test_a_new_interpreter_takes_in_the_same_files_without_the_harm(canary, tmp_path, name, data):
    """Or they were refused for something else."""
    intake = take_in([(name, data)])
    assert intake.draft.decoder and intake.draft.decoder.input_shape == (2,)
    assert intake.draft.encoder is None
    intake.discard()
    assert not list((tmp_path / "home").iterdir())


@pytest.mark.parametrize(
    "make",
    [
        hostile_archives.a_configuration_of_900_megabytes,
        hostile_keras.a_vocabulary_from_a_file,
        pytest.param(hostile_bundles.a_bundle_with_onnx_that_needs_gigabytes, marks=pytest.mark.full),
        pytest.param(hostile_onnx.a_network_that_computes_for_minutes, marks=pytest.mark.full),
    ],
    ids=lambda make: make.__name__,
)
def test_a_new_interpreter_refuses(canary, tmp_path, make):
    """In the full tier, `test_is_refused_by_name` does this with all cases."""
    test_is_refused_by_name(next(case for case in CASES if case.make is make), canary, tmp_path)


def test_each_case_has_a_name_of_its_own():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) > 90


def test_removes_old_folders_of_imports_that_did_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, fresh = tmp_path / "zscope-import-old", tmp_path / "zscope-import-fresh"
    for folder in (old, fresh):
        folder.mkdir()
        (folder / "file-0").write_bytes(b"x")
    os.utime(old, (1, 1))
    with pytest.raises(ZscopeError):
        take_in([("nothing.onnx", b"")])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["zscope-import-fresh"]
