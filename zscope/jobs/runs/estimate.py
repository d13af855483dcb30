"""How long a run will take on this machine: measured by a short probe, a background job (`job`), and remembered.

A probe trains the very model for two seconds (`vae.training.probe`). One runs at a time; until it is done there is no
estimate.
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
from vae.models.config import ModelConfig, TrainConfig, config_from_json
from zscope.jobs.job import launch_job, read_job, read_request
from zscope.jobs.process import inherited
from zscope.jobs.worker import Reporter
from zscope.library.folders import runs_folder

__all__ = ["Estimates", "estimates", "measure_requested", "run_seconds", "speed_key"]

_KIND, _FILE, _JOBS = "estimate", "speeds.json", ".estimates"
_SECONDS = 180.0  # for one probe; a model that takes longer is not estimated
_START = 10.0  # seconds until the first step: the framework, the data, the compilation
_RETRY = 60.0  # seconds from a probe that failed to the next one; twice as long after each


def run_seconds(images_per_second: float, training: TrainConfig, images: int) -> float:
    """From the speed of training steps to the whole run: start, epochs with their validation, and the final figures.

    Args:
        images: in the train split; a fifth as many are validated on after each epoch, at a third of a step's cost, and
            as many are tested on.
    """
    test = images / 5
    # `vae.evaluation.measure.evaluate`: the train images encoded once and the test images three times, draws and their
    # ceiling, each at a third of a step's cost; and 100 draws of up to 1,000 test images, at two thirds.
    finish = (images + 3 * test + 2 * min(10_000, images)) / 3 + min(1000, test) * 100 * 2 / 3
    return _START + (training.epochs * (images + test / 3) + finish) / images_per_second


@dataclass(frozen=True)
class Estimates:
    """The speeds that are known, and the jobs that measure others.

    Attributes:
        root: folder of the runs, in which both are kept.
    """

    root: Path

    def images_per_second(self, model: ModelConfig, training: TrainConfig) -> float | None:
        """Return the measured speed; None while there is none.

        Begins to measure it, unless another one is being measured: the page asks again. A probe that failed is tried
        again after a minute, then two, then four.
        """
        key = speed_key(model, training)
        if speed := self._speeds().get(key):
            return speed
        if not self._is_at_work() and (tries := self._failures(key)) is not None:
            configs = [TypeAdapter(type(one)).dump_json(one).decode() for one in (model, training)]
            with suppress(ZscopeError):  # nothing can be written: a run cannot be started either
                launch_job(self._folder(key), _KIND, {"configs": configs, "tries": tries}, inherited(), "Free space.")
        return None

    def is_measuring(self, model: ModelConfig, training: TrainConfig) -> bool:
        """Whether a speed that was asked for is still to come."""
        key = speed_key(model, training)
        return self._is_at_work() and key not in self._speeds() and self._failures(key) is not None

    def remember(self, key: str, speed: float) -> None:
        """Keep a measured speed.

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

    def _is_at_work(self) -> bool:
        jobs = (read_job(folder, _KIND) for folder in (self.root / _JOBS).glob("[0-9a-f]*"))
        return any(job and job.active for job in jobs)

    def _failures(self, key: str) -> int | None:
        """How many probes have failed; None where it is too early for another one."""
        job = read_job(self._folder(key), _KIND)
        if job is None or job.state != "failed":
            return 0
        try:
            failures = read_request(self._folder(key))["tries"] + 1
        except OSError:  # it is begun again at this moment
            return None
        return failures if time.time() >= job.started + _RETRY * 2 ** (failures - 1) else None


def estimates() -> Estimates:
    """Return those of the runs folder."""
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
    """Return what the speed of a step depends on."""
    settings = TypeAdapter(ModelConfig).dump_python(model)
    steps = {"batch": training.batch_size, "samples": training.importance_samples, "dropout": training.dropout > 0}
    steps |= {"objective": training.objective} if training.objective else {}
    machine = {"cpus": os.cpu_count(), "keras": version("keras"), "backend": os.environ.get("KERAS_BACKEND", "")}
    return hashlib.sha256(json.dumps([settings, steps, machine], sort_keys=True).encode()).hexdigest()[:16]
