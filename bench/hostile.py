"""Harmful import files: time until each is refused, and memory that the server keeps."""

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.vae.formats.importing import hostile_archives, hostile_bundles, hostile_keras, hostile_onnx  # noqa: F401
from tests.vae.formats.importing.hostile import CASES, Canary


def run() -> dict:
    from vae.errors import ZscopeError
    from zscope.jobs.importing.launcher import take_in

    before, files = _memory(), []
    for case in CASES:
        with tempfile.TemporaryDirectory() as name:
            canary = Canary.hatch(Path(name))
            brought = case.make(canary)
            start = time.perf_counter()
            try:
                take_in(brought)
            except ZscopeError as refusal:
                reason = refusal.message
            else:
                raise AssertionError(f"{case.name} was taken in")
            seconds = time.perf_counter() - start
            assert canary.alive, f"{case.name} killed the canary"
        reason = reason.replace(name, "…").replace("|", "/")
        files.append({"name": case.name, "seconds": round(seconds, 2), "reason": reason[:160]})
    seconds = [told["seconds"] for told in files]
    return {
        "count": len(files),
        "seconds_max": max(seconds),
        "seconds_median": round(float(np.median(seconds)), 2),
        "grown_megabytes": max(0, round((_memory() - before) / 1e6)),
        "files": files,
    }


def _memory() -> int:
    """Return the memory of this process, bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
