"""How long a run will take on this machine: measured by a short probe in a process of its own, and remembered.

A probe trains the very model for two seconds (`vae.training.probe`). One runs at a time, in the background; until it is
done there is no estimate.
"""

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter

from vae.assets import PACKAGES
from vae.durable import write_file
from vae.models.config import ModelConfig, TrainConfig
from zscope.jobs.runs.folder import runs_folder

__all__ = ["Estimates", "estimates", "run_seconds"]

_TIMEOUT = 180.0  # seconds for one probe; a model that takes longer is not estimated
_START = 10.0  # seconds until the first step: the framework, the data, the compilation
_RETRY = 60.0  # seconds after a probe that failed until the next one; twice as long after each
_FILE = "speeds.json"


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


class Estimates:
    """The speeds that are known, and a queue of those to be measured.

    Args:
        file: where they are kept.
        probe: measures one, images per second; None where it could not. It is tried again, at the next asking after a
            minute, then two, then four.
    """

    def __init__(self, file: Path, probe=None):
        self._file = file
        self._probe = probe or _probe_in_a_process
        self._speeds: dict[str, float] = _read(file)
        self._asked: set[str] = set()
        self._failed: dict[str, tuple[int, float]] = {}  # probes that failed, and when the next may be tried
        self._waiting: queue.SimpleQueue = queue.SimpleQueue()
        self._worker: threading.Thread | None = None
        self._lock = threading.Lock()

    def images_per_second(self, model: ModelConfig, training: TrainConfig) -> float | None:
        """The measured speed; None while it is being measured, or where it could not be for now."""
        key = _key(model, training)
        with self._lock:
            if key in self._speeds:
                return self._speeds[key]
            if key not in self._asked and time.monotonic() >= self._failed.get(key, (0, 0.0))[1]:
                self._asked.add(key)
                self._waiting.put((key, model, training))
                if self._worker is None:
                    self._worker = threading.Thread(target=self._work, name="estimates", daemon=True)
                    self._worker.start()
        return None

    def is_measuring(self, model: ModelConfig, training: TrainConfig) -> bool:
        """Whether an answer is still to come."""
        key = _key(model, training)
        with self._lock:
            return key in self._asked

    def _work(self) -> None:
        while True:
            try:
                key, model, training = self._waiting.get(timeout=60)
            except queue.Empty:
                with self._lock:
                    if self._waiting.empty():
                        self._worker = None
                        return
                continue
            speed = self._probe(model, training)
            with self._lock:
                self._asked.discard(key)
                if speed is None:
                    tries = self._failed.get(key, (0, 0.0))[0] + 1
                    self._failed[key] = tries, time.monotonic() + _RETRY * 2 ** (tries - 1)
                    continue
                self._speeds[key] = speed
                known = dict(self._speeds)
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_file(self._file, json.dumps(known, indent=1).encode())
            except OSError:
                pass  # measured anew by the next server; nothing else is lost


def _key(model: ModelConfig, training: TrainConfig) -> str:
    """What the speed of a step depends on."""
    settings = TypeAdapter(ModelConfig).dump_python(model)
    steps = {"batch": training.batch_size, "samples": training.importance_samples, "dropout": training.dropout > 0}
    steps |= {"objective": training.objective} if training.objective else {}
    machine = {"cpus": os.cpu_count(), "keras": version("keras"), "backend": os.environ.get("KERAS_BACKEND", "")}
    return hashlib.sha256(json.dumps([settings, steps, machine], sort_keys=True).encode()).hexdigest()[:16]


def _read(file: Path) -> dict[str, float]:
    try:
        known = json.loads(file.read_bytes())
        return {str(key): float(value) for key, value in known.items() if float(value) > 0}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _probe_in_a_process(model: ModelConfig, training: TrainConfig) -> float | None:
    configs = [
        TypeAdapter(kind).dump_json(value).decode() for kind, value in ((ModelConfig, model), (TrainConfig, training))
    ]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "vae.training.probe", *configs],
            cwd=PACKAGES, capture_output=True, text=True, timeout=_TIMEOUT, check=True,
        )  # fmt: skip
        return float(done.stdout.split()[-1])
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return None


_ESTIMATES: dict[Path, Estimates] = {}
_LOCK = threading.Lock()


def estimates() -> Estimates:
    """The one of this process and runs folder."""
    file = runs_folder() / _FILE
    with _LOCK:
        return _ESTIMATES.setdefault(file, Estimates(file))
