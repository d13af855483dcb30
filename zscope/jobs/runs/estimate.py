"""Estimates the duration of a run on this machine. A short probe measures the speed once; a file stores it.

A probe is a background job (`zscope.jobs.job`) that trains the model for two seconds (`vae.training.probe`). One probe
runs at a time; there is no estimate before it has ended.
"""

import hashlib
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter

from vae.durable import write_file
from vae.errors import ZscopeError
from vae.message import N_
from vae.models.config import ModelConfig, TrainConfig, config_from_json
from zscope.jobs.job import launch_job, read_job, read_request
from zscope.jobs.process import inherited
from zscope.jobs.worker import Reporter
from zscope.library.folders import runs_folder

__all__ = ["Estimates", "estimates", "measure_requested", "run_seconds", "speed_key"]

_KIND, _FILE, _JOBS = "estimate", "speeds.json", ".estimates"
_SECONDS = 180.0  # limit for one probe; there is no estimate for a model that takes longer
_START = 10.0  # seconds until the first step: loading the framework and the data, compilation
_RETRY = 60.0  # seconds from a failed probe to the next one, doubled after each failure


def run_seconds(images_per_second: float, training: TrainConfig, images: int) -> float:
    """Return the duration of a run: start, epochs with validation, and final figures.

    Args:
        images_per_second: speed of training steps.
        images: number of images in the train split. The validation and the test split are assumed to have a fifth as
            many, at a third of a training step's cost.
    """
    test = images / 5
    # `vae.evaluation.measure.evaluate` encodes the train images once and the test images three times, and decodes
    # samples twice, at a third of a step's cost; and draws 100 samples for up to 1,000 test images, at two thirds.
    finish = (images + 3 * test + 2 * min(10_000, images)) / 3 + min(1000, test) * 100 * 2 / 3
    return _START + (training.epochs * (images + test / 3) + finish) / images_per_second


@dataclass(frozen=True)
class Estimates:
    """The measured speeds, and the jobs that measure others.

    Attributes:
        root: folder of the runs, which contains both.
    """

    root: Path

    def images_per_second(self, model: ModelConfig, training: TrainConfig) -> float | None:
        """Return the measured speed; None if there is none yet.

        Starts a probe unless one is running; pages call this again later. A failed probe is repeated after one minute,
        then two, then four.
        """
        key = speed_key(model, training)
        if speed := self._speeds().get(key):
            return speed
        if not self._is_probing() and (tries := self._failures(key)) is not None:
            configs = [TypeAdapter(type(one)).dump_json(one).decode() for one in (model, training)]
            with suppress(ZscopeError):  # the folder cannot be written, so a run cannot start either
                launch_job(
                    self._folder(key), _KIND, {"configs": configs, "tries": tries}, inherited(), N_("Free some space.")
                )
        return None

    def is_measuring(self, model: ModelConfig, training: TrainConfig) -> bool:
        """Return whether the speed is not known yet and can be expected."""
        key = speed_key(model, training)
        return self._is_probing() and key not in self._speeds() and self._failures(key) is not None

    def remember(self, key: str, speed: float) -> None:
        """Save a measured speed.

        Raises:
            OSError: it cannot be written.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        write_file(self.root / _FILE, json.dumps(self._speeds() | {key: speed}, indent=1).encode())

    def _folder(self, key: str) -> Path:
        return self.root / _JOBS / key

    def _speeds(self) -> dict[str, float]:
        try:
            known = json.loads((self.root / _FILE).read_bytes())
            return {str(key): float(value) for key, value in known.items() if float(value) > 0}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def _is_probing(self) -> bool:
        jobs = (read_job(folder, _KIND) for folder in (self.root / _JOBS).glob("[0-9a-f]*"))
        return any(job and job.active for job in jobs)

    def _failures(self, key: str) -> int | None:
        """Return how many probes have failed; None if it is too early for another one."""
        job = read_job(self._folder(key), _KIND)
        if job is None or job.state != "failed":
            return 0
        try:
            failures = read_request(self._folder(key))["tries"] + 1
        except OSError:  # a new probe is starting at this moment
            return None
        return failures if time.time() >= job.started + _RETRY * 2 ** (failures - 1) else None


def estimates() -> Estimates:
    """Return the estimates in the folder of runs."""
    return Estimates(runs_folder().absolute())


def measure_requested(reporter: Reporter) -> None:
    """Measure the speed of a job, in its process.

    Raises:
        ZscopeError: the model cannot be trained.
        OSError: the speed cannot be written.
    """
    from vae.training.probe import images_per_second

    reporter.seconds = _SECONDS
    model, training = read_request(reporter.folder)["configs"]
    speed = images_per_second(config_from_json(ModelConfig, model), config_from_json(TrainConfig, training))
    Estimates(reporter.folder.parents[1]).remember(reporter.folder.name, speed)


def speed_key(model: ModelConfig, training: TrainConfig) -> str:
    """Return a hash of everything that the speed of a step depends on."""
    settings = TypeAdapter(ModelConfig).dump_python(model)
    steps = {"batch": training.batch_size, "samples": training.importance_samples, "dropout": training.dropout > 0}
    steps |= {"objective": training.objective} if training.objective else {}
    machine = {"cpus": os.cpu_count(), "keras": version("keras"), "backend": os.environ.get("KERAS_BACKEND", "")}
    return hashlib.sha256(json.dumps([settings, steps, machine], sort_keys=True).encode()).hexdigest()[:16]
