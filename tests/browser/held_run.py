"""A real run whose process a test can suspend and continue, so that no test depends on the speed of training."""

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
    """Wait until `true()` returns a true value, and return it."""
    end = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def digits_request(id: str, title: str, model: ModelConfig = MODEL, **training):
    """Return a request for a tiny model of digits, with frequent checkpoints and progress lines, and few images."""
    settings = TrainConfig(**{"dataset": "digits", "batch_size": 64, "learning_rate": 5e-3} | training)
    quick = {"iwae_samples": 2, "iwae_images": 10, "checkpoint_seconds": 0.2, "report_seconds": 0.05}
    return new_request(id, title, model, settings, **quick)


class HeldRun:
    """A run in its own process. While it is suspended (SIGSTOP), it counts as running.

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
        """Return the epoch of the film's last frame; -1 before the first."""
        return max((int(path.name[:5]) for path in self.now.film.glob("*-codes.png")), default=-1)

    def hold_after(self, epochs: int) -> None:
        """Train until that many epochs have a frame and a checkpoint is saved, then suspend the run."""

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
        """Continue the run inside the context, and suspend it again afterwards."""
        self.go_on()
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def kill(self) -> None:
        """Kill the process as the system does when memory runs out: without a message or a checkpoint."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        os.kill(self.progress.pid, number)


def end_all_runs() -> None:
    """Kill the processes of all runs, and remove all runs with their models."""
    for run in list_runs():
        while (run := find_run(run.id)).alive:
            if run.progress.pid:
                with suppress(ProcessLookupError):
                    os.kill(run.progress.pid, signal.SIGKILL)
            time.sleep(0.02)
        delete(run.id)
        shutil.rmtree(models_folder() / run.id, ignore_errors=True)
