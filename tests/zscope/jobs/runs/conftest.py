"""Runs of a tiny model of digits, in temporary folders."""

import dataclasses
import signal

import pytest

from vae.models.config import ModelConfig, TrainConfig
from zscope.jobs.runs.checkpoints import CheckpointStore
from zscope.jobs.runs.folder import new_request
from zscope.jobs.runs.launch import claim, create
from zscope.jobs.runs.listing import find_run
from zscope.jobs.runs.worker import Watcher, work

# A dropout, so that the generator of an encoder's noise is part of what a resumed run must repeat.
MODEL = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, network="dense", widths=(12,))
TRAINING = TrainConfig(dataset="digits", epochs=4, batch_size=250, learning_rate=5e-3, dropout=0.1)


@pytest.fixture
def runs_home(tmp_path, monkeypatch):
    """Empty folders for runs and models; the former is returned."""
    monkeypatch.setenv("ZSCOPE_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("ZSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("zscope.jobs.control._INTERVAL", 0.0)  # a request is followed at the next step
    # A signal from outside is meant for the tests and ends them: a run in this process would take it for a pause.
    monkeypatch.setattr("zscope.jobs.control._SIGNALS", ())
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


@pytest.fixture
def heard_signals(runs_home, monkeypatch):
    """Let runs in this process receive signals, as runs in separate processes do."""
    monkeypatch.setattr("zscope.jobs.control._SIGNALS", (signal.SIGTERM, signal.SIGINT))


@pytest.fixture
def ask_for(runs_home):
    """`ask_for("mine", epochs=2, beta=4.0, checkpoint_steps=3)` → a request; settings of either config or the run."""

    def make(id: str = "mine", title: str = "", **change):
        configs = []
        for config in (MODEL, TRAINING):
            names = {field.name for field in dataclasses.fields(config)} & change.keys()
            configs.append(dataclasses.replace(config, **{name: change.pop(name) for name in names}))
        quick = {"iwae_samples": 2, "iwae_images": 10, "checkpoint_seconds": 0.0, "report_seconds": 0.0}
        return new_request(id, title, *configs, **quick | change)

    return make


class Calls(Watcher):
    """A watcher that calls a function after each step, with the number of steps in this process."""

    def __init__(self, after_step):
        self.after_step = after_step

    def callbacks(self):
        import keras

        class EachStep(keras.callbacks.Callback):
            def on_train_begin(_, logs=None):
                _.steps = 0

            def on_train_batch_end(_, batch, logs=None):
                _.steps += 1
                self.after_step(_.steps)

        return [EachStep()]


@pytest.fixture
def train_here(runs_home):
    """Train a run in this process: `train_here(request)` starts it, `train_here("mine")` resumes one.

    `after_step(n)` is called after each step; what `work` returns is returned.
    """

    def run(what, after_step=lambda steps: None):
        id, lock = (what, claim(what)[1]) if isinstance(what, str) else (what.id, create(what))
        return work(id, lock, Calls(after_step))

    return run


@pytest.fixture
def final_state():
    """`final_state("mine")`: the arrays of a run's newest checkpoint, by name."""
    return lambda id: CheckpointStore(find_run(id).folder / "checkpoints").load().arrays
