"""This version against an earlier one: start, memory and drag, measured in turn.

`BASE=COMMIT python -m bench versions`. Both versions are checked out of git and run their own `bench startup hand`.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
BASE = "5a468a6"  # before the code was split into two packages
ROUNDS = 3


def run() -> dict:
    base = os.environ.get("BASE", BASE)
    measured: dict[str, list[dict]] = {"base": [], "now": []}
    with _worktree(base) as before, _worktree("HEAD") as now:
        for turn in range(ROUNDS):
            pair = (("base", before), ("now", now))
            for name, folder in pair if turn % 2 == 0 else reversed(pair):
                measured[name].append(_measure(folder))
                print(name, measured[name][-1], flush=True)
    return {"base_commit": base, "rounds": ROUNDS, "figures": summarize(measured["base"], measured["now"])}


def summarize(base: list[dict], now: list[dict]) -> dict[str, dict]:
    """Median and range of each figure in both versions, and the ratio of the medians."""
    found = {}
    for name in base[0]:
        values = {"base": [run[name] for run in base], "now": [run[name] for run in now]}
        medians = {version: float(np.median(runs)) for version, runs in values.items()}
        found[name] = {
            **{
                version: {"median": round(medians[version], 2), "min": round(min(runs), 2), "max": round(max(runs), 2)}
                for version, runs in values.items()
            },
            "ratio": round(medians["now"] / medians["base"], 3),
        }
    return found


@contextmanager
def _worktree(commit: str):
    """A folder with that commit's files, and with this checkout's packages for the browser."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent).resolve() / "zscope"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", folder, commit], cwd=ROOT, check=True)
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        try:
            yield folder
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", folder], cwd=ROOT, check=True)


def _measure(folder: Path) -> dict[str, float]:
    """Seconds to the first picture, megabytes of the server at most, and milliseconds of a drag."""
    with _peak_memory(folder) as peak:
        subprocess.run([sys.executable, "-m", "bench", "startup", "hand"], cwd=folder, check=True, capture_output=True)
    results = json.loads((folder / "bench/results.json").read_text())
    drag = results["hand"]["explorer"]
    return {
        "start_seconds": results["startup"]["seconds_median"],
        "peak_megabytes": max(peak),
        "drag_p50_ms": drag["p50_ms"],
        "drag_p95_ms": drag["p95_ms"],
        "drag_from_mouse_p50_ms": drag["from_mouse_p50_ms"],
        "decode_ms": drag["decode_ms"],
    }


@contextmanager
def _peak_memory(folder: Path):
    """Yields a list, which gets the largest resident memory of the app's servers in `folder`, in MB, every second."""
    peak: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(1):
            peak.extend(_peaks(folder))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        ended.set()
        thread.join()


def _peaks(folder: Path) -> list[float]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() != folder or b"\0app.py\0" not in (process / "cmdline").read_bytes():
                continue
            status = (process / "status").read_text().splitlines()
        except OSError:
            continue  # it ended
        found += [int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")]
    return found
