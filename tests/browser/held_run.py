"""A real run whose process a test holds still and lets go on, so that no test depends on how fast a machine trains."""

import os
import shutil
import signal
import time
from contextlib import contextmanager, suppress

from vae.models.config import ModelConfig, TrainConfig
from zscope.jobs.runs import Progress, Run, delete, find_run, list_runs, new_request, start
from zscope.library.registry import models_folder

__all__ = ["HeldRun", "digits_request", "end_all_runs", "until"]

MODEL = ModelConfig(image_shape=(8, 8, 1), latent_dim=4, network="dense", widths=(32,), likelihood="gaussian-optimal")


def until(true, seconds: float = 120):
    """Wait until `true()` is, and return it."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def digits_request(id: str, title: str, model: ModelConfig = MODEL, **training):
    """A run of a tiny model on digits: checkpoints and lines of progress many times a second, figures of few images."""
    settings = TrainConfig(**{"dataset": "digits", "batch_size": 64, "learning_rate": 5e-3} | training)
    quick = {"iwae_samples": 2, "iwae_images": 10, "checkpoint_seconds": 0.2, "report_seconds": 0.05}
    return new_request(id, title, model, settings, **quick)


class HeldRun:
    """A run in a process of its own, started here; held still (SIGSTOP) it is at work in everybody's eyes.

    Args:
        id, title, training: see `digits_request`.
    """

    def __init__(self, id: str, title: str, **training):
        self.id = id
        start(digits_request(id, title, **training))

    @property
    def now(self) -> Run:
        return find_run(self.id)

    @property
    def progress(self) -> Progress:
        return self.now.progress

    @property
    def newest_frame(self) -> int:
        """The epoch of the film's last frame; -1 before the first."""
        return max((int(path.name[:5]) for path in self.now.film.glob("*-codes.png")), default=-1)

    def hold_after(self, epochs: int) -> None:
        """Let it train until so many epochs are done and filmed and there is a checkpoint, then hold it still."""

        def far_enough() -> bool:
            run = self.now
            assert run.state in ("starting", "queued", "training"), (run.state, run.log.read_text())
            return self.newest_frame >= epochs and run.progress.checkpoint_step is not None

        until(far_enough)
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    @contextmanager
    def going_on(self):
        """It trains inside, and is held still again afterwards."""
        self.go_on()
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        """As by the system, when memory has run out: no word, no checkpoint."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        os.kill(self.progress.pid, number)


def end_all_runs() -> None:
    """Kill every run's process and remove every run and its model."""
    for run in list_runs():
        while (run := find_run(run.id)).alive:
            if run.progress.pid:
                with suppress(ProcessLookupError):
                    os.kill(run.progress.pid, signal.SIGKILL)
            time.sleep(0.02)
        delete(run.id)
        shutil.rmtree(models_folder() / run.id, ignore_errors=True)
