"""Mutated `.keras` and `.onnx` files are either refused or read as a network.

A library that a file crashes is a refusal, too, as it takes the limited process with it and no other: it is counted,
and what comes after it is read by a new process. 250 files in the quick tier, 1,500 in the full one, 100,000 in
`make torture`.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tier import scaled

_KINDS = ("keras-config", "keras-config-text", "keras-weights", "keras-zip", "onnx")
_EACH = scaled(quick=50, full=300, torture=20_000)
_AT_ONCE = 500  # by one process, whose time is limited
_ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("kind", _KINDS)
def test_mutated_files_raise_only_import_errors(kind, tmp_path):
    told = {"refused": 0, "taken": 0, "crashed": 0}
    first = 1
    while first <= _EACH:
        count = min(_AT_ONCE, _EACH - first + 1)
        command = [
            sys.executable,
            "-m",
            "tests.vae.formats.importing.mutating",
            kind,
            str(first),
            str(count),
            str(tmp_path),
        ]
        ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=600)
        if ended.returncode < 0:
            told["crashed"] += 1
            first = int((tmp_path / "number").read_text()) + 1
            continue
        assert ended.returncode == 0, ended.stderr[-3000:]
        for name, number in json.loads(ended.stdout.splitlines()[-1]).items():
            told[name] += number
        first += count
    print(kind, told)
    assert told["refused"] > _EACH / 20
    assert told["taken"] > _EACH / 50
    assert told["crashed"] <= 1 + _EACH / 500
