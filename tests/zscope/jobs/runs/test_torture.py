"""SIGKILL at random moments: 4 times in the quick tier, 25 in the full one, 500 in `make torture`.

Every time: no file is unreadable, at most one checkpoint interval is lost, and in the end the model is, bit for bit,
that of an undisturbed run.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tier import scaled
from tests.zscope.jobs.runs.killed_saver import arrays_of
from vae.formats.bundle import load_bundle
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.launch import resume, start
from zscope.jobs.runs.listing import find_run, list_runs

ROOT = Path(__file__).resolve().parents[4]
KILLS = scaled(quick=4, full=25, torture=500)
KILLED_RUNS = 2 * KILLS // 5  # kills of a real run's process; the others hit one that only saves
INTERVAL = 7  # steps between two checkpoints
PAUSE = 120.0  # seconds to wait for anything


@pytest.fixture
def chance():
    """Random times with a new seed; a failure shows the seed."""
    seed = int(os.environ.get("TORTURE_SEED") or random.randrange(2**32))
    print(f"TORTURE_SEED={seed}")
    return random.Random(seed)


def test_killed_while_saving(tmp_path, chance):
    """The process does nothing but save, so nearly every kill interrupts a save."""
    folder, said = tmp_path / "checkpoints", 0
    for _ in range(KILLS - KILLED_RUNS):
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("killed_saver.py"), folder],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        first = process.stdout.readline()
        time.sleep(chance.uniform(0, 0.3))
        process.kill()
        lines = [line for line in process.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
        assert int(first) >= said, "it resumes from the last step that it printed"
        said = int(lines[-1]) if lines else int(first)
        checkpoint = CheckpointStore(folder).load()
        if checkpoint is None:
            assert said == 0
            continue
        # The step being saved when it was killed may have arrived.
        assert checkpoint.record.step in (said, said + 1)
        assert checkpoint.fallback == ""
        np.testing.assert_array_equal(checkpoint.arrays["weights/a"], arrays_of(checkpoint.record.step)["weights/a"])
    assert said > 0
    store = CheckpointStore(folder)
    store.save(arrays_of(said + 2), {}, said + 2, 0)
    assert len(list(folder.iterdir())) == 3, "what the kills left is gone"


@pytest.fixture
def run_of(ask_for):
    """`run_of("id")`: a request whose training lasts long enough to be killed as often as is wanted."""
    return lambda id: ask_for(
        id, epochs=10 + 4 * KILLED_RUNS, batch_size=50, checkpoint_steps=INTERVAL, checkpoint_seconds=1000.0
    )


@pytest.fixture(autouse=True)
def no_survivors(runs_home):
    yield
    for run in list_runs():
        if run.alive and run.progress.pid:
            os.kill(run.progress.pid, signal.SIGKILL)


@pytest.mark.full
def test_killed_while_training(run_of, runs_home, chance):
    request, reference = run_of("killed"), run_of("reference")
    start(request)
    for _ in range(KILLED_RUNS):
        _wait_for_process("killed")
        steps = find_run("killed").progress.step
        # One in five may come before the first step: while it loads, while it compiles.
        latest = time.monotonic() + (chance.uniform(0, 8) if chance.random() < 0.2 else PAUSE)
        while time.monotonic() < latest and find_run("killed").alive and find_run("killed").progress.step <= steps:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.2))  # and no longer: it must not reach its end before the last kill
        if not find_run("killed").alive:
            break
        os.kill(find_run("killed").progress.pid, signal.SIGKILL)
        _until(lambda: not find_run("killed").alive)
        if find_run("killed").state == "finished":
            break
        assert find_run("killed").state == "interrupted"
        _assert_all_is_readable(runs_home / "killed")
        resume("killed")
    _until(lambda: find_run("killed").state not in ("starting", "training", "publishing"))
    run = find_run("killed")
    assert run.state == "finished", run.log.read_text()
    processes = _lost_steps(runs_home / "killed")
    assert len(processes) >= KILLED_RUNS // 2, f"most kills came while it trained: {processes}"
    assert max(processes, default=0) <= INTERVAL, processes

    start(reference)
    _until(lambda: find_run("reference").state in ("finished", "failed"))
    arrays = [CheckpointStore(runs_home / id / "checkpoints").load().arrays for id in ("killed", "reference")]
    assert arrays[0].keys() == arrays[1].keys()
    for name, array in arrays[1].items():
        np.testing.assert_array_equal(arrays[0][name], array, err_msg=name)
    models = [load_bundle(one.bundle) for one in (request, reference)]
    assert models[0].manifest.files["weights.safetensors"] == models[1].manifest.files["weights.safetensors"]
    assert models[0].card.training.history == models[1].card.training.history
    figures = [[epoch.figures for epoch in find_run(id).progress.epochs] for id in ("killed", "reference")]
    assert figures[0] == figures[1]
    assert [path for path in runs_home.rglob(".*") if path.name != ".queue"] == [], "and nothing lies about"


def _until(true) -> None:
    end = time.monotonic() + PAUSE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def _wait_for_process(id: str) -> None:
    """Wait until the newest process has logged its number; before that, the log contains that of the killed process."""
    _until(lambda: find_run(id).progress.pid is not None or not find_run(id).alive)


def _assert_all_is_readable(folder: Path) -> None:
    store = CheckpointStore(folder / "checkpoints")
    checkpoint = store.load()
    assert checkpoint is None or checkpoint.fallback == "", "the newest one, not the one before"
    whole = (folder / "progress.jsonl").read_bytes().rpartition(b"\n")[0]
    torn = []
    for line in whole.splitlines():
        try:
            json.loads(line)
        except ValueError:
            torn.append(line)
    assert len(torn) <= KILLED_RUNS, "a kill tears a line at most"
    for path in (folder / "film").glob("[0-9]*.png"):
        Image.open(path).load()
    assert find_run(folder.name).request is not None


def _lost_steps(folder: Path) -> list[int]:
    """Return, for each killed process, the number of steps that the next process repeated."""
    lost, done = [], None
    for line in (folder / "progress.jsonl").read_bytes().splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event["event"] == "step":
            done = event["step"]
        if event["event"] == "started" and done is not None:
            lost.append(done - event["step"])
            done = None
    return lost
