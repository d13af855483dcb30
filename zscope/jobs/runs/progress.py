"""The events of a run: one JSON line each, appended by the run's process and read by all others.

    starting {pid}                                    a process was started for the run
    queued {position}                                 it waits for a free slot
    started {device, backend, images, step, steps, epoch, epochs, resumed, fallback}
                                                      training starts or resumes at that step; later epochs are void
    baseline {pca_mse}                                error of principal component analysis of the same dimension
    step {step, epoch, loss, images_per_second}       about once a second
    epoch {epoch, step, figures, kl_per_dimension, seconds, images_per_second, input_wait, best}
    checkpoint {step, epoch}
    publishing {what, done, total}                    it measures the finished model
    paused {step, message, mend} · failed {message, mend} · finished {step, stopped, seconds, patience}

Every event has `event` and `time` (seconds since 1970); "mend" is a hint. A crash may leave an incomplete last
line, which is not read.
"""

import json
import math
import os
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from vae.durable import append_line

__all__ = ["ENDS", "PROGRESS_FILE", "Epoch", "Progress", "ProgressLog", "ProgressReader", "read_progress"]

PROGRESS_FILE = "progress.jsonl"
ENDS = ("paused", "failed", "finished")  # the last events of a process

State = Literal["", "starting", "queued", "training", "publishing", "paused", "failed", "finished"]
_STATES = ("starting", "queued", "publishing", *ENDS)
_MAX_LINE = 200_000  # bytes; the KL of 512 dimensions takes 10,000
_RECENT = 60.0  # seconds over which the rate is averaged


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    Attributes:
        epoch: 1 for the first.
        step: number of optimisation steps at its end.
        figures: nats per image: `loss`, `reconstruction`, `kl`, and each with the prefix `val_`. And `val_mse`, mean
            squared error per pixel value; older logs lack it.
        kl_per_dimension: nats, over the validation images.
        seconds: duration with validation.
        images_per_second: during the training, without validation.
        input_wait: seconds spent waiting for batches; None if not measured.
        best: the epoch of the lowest validation loss so far; None in older logs.
    """

    epoch: int
    step: int
    figures: dict[str, float]
    kl_per_dimension: tuple[float, ...]
    seconds: float
    images_per_second: float
    input_wait: float | None = None
    best: int | None = None


@dataclass(frozen=True)
class Progress:
    """The progress of a run, from its log.

    Attributes:
        state: "" before the first event, else the last state that the process reported. The lock shows whether the
            process is still running (`zscope.jobs.runs.listing`).
        step, steps: optimisation steps done and in total; 0 before the training.
        epoch, epoch_count: epochs done and in total.
        loss: of the latest reported step, nats per image.
        images_per_second: latest report.
        seconds_left: of the training, at the rate of the last minute; None if not known.
        checkpoint_step, checkpoint_epoch: where a resumed run would continue; None before the first checkpoint.
        fallback: why the last resume used an older checkpoint, else "".
        message, mend: reason and hint of a failed run; for a paused run, why it did not stop as requested, or "".
        stopped: whether a finished run was stopped before its last step.
        patience: the number of epochs without a lower validation loss after which a finished run ended early; else 0.
        pca_mse: `val_mse` of principal component analysis of the same dimension; None if not measured.
        seconds: training time of a finished run, over all its processes.
        publishing: the current measurement, such as "IWAE 300 of 1,000".
    """

    state: State = ""
    pid: int | None = None
    device: str = ""
    backend: str = ""
    images: int = 0
    step: int = 0
    steps: int = 0
    epoch: int = 0
    epoch_count: int = 0
    loss: float | None = None
    images_per_second: float | None = None
    seconds_left: float | None = None
    checkpoint_step: int | None = None
    checkpoint_epoch: int | None = None
    fallback: str = ""
    message: str = ""
    mend: str = ""
    stopped: bool = False
    patience: int = 0
    pca_mse: float | None = None
    seconds: float | None = None
    publishing: str = ""
    updated: float | None = None  # time of the last event
    epochs: tuple[Epoch, ...] = ()

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the lowest validation loss; None before the first ends."""
        if not self.epochs:
            return None
        if best := self.epochs[-1].best:  # these figures are rounded, so two epochs may look equal
            return best
        return min(self.epochs, key=lambda epoch: epoch.figures["val_loss"]).epoch

    @property
    def has_learned(self) -> bool:
        """Whether there is a checkpoint of at least one step, so that a model can be saved or opened."""
        return bool(self.checkpoint_step)

    def kept_epoch(self, keep: str) -> int | None:
        """Return the epoch whose weights would be saved if the run ended now; see `Trainer.kept_epoch`.

        Args:
            keep: `TrainConfig.keep`.

        Returns:
            None before the first step.
        """
        if keep == "best" and self.epochs:
            return self.best_epoch
        return math.ceil(self.step * self.epoch_count / self.steps) or None if self.steps else None


class ProgressLog:
    """Writes the log; only for the process that holds the run's lock."""

    def __init__(self, folder: Path):
        self._path = folder / PROGRESS_FILE

    def write(self, event: str, **fields: object) -> None:
        """Append one event.

        Raises:
            OSError: it cannot be written.
        """
        plain = {name: _plain(value) for name, value in fields.items()}
        line = json.dumps({"event": event, "time": round(time.time(), 3)} | plain, separators=(",", ":"))
        append_line(self._path, line, flush=event != "step")  # another line follows a step's soon


def _plain(value: object) -> object:
    """Replace numbers that JSON does not have by null, such as an infinite loss."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


@dataclass
class ProgressReader:
    """Reads a growing log; each call of `read` parses only the new lines."""

    path: Path
    _offset: int = 0
    _identity: tuple[int, int] | None = None
    _progress: Progress = field(default_factory=Progress)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)  # (time, step) of the current process

    def read(self) -> Progress:
        """Return the progress after the last complete line; an empty one if there is no log."""
        try:
            with self.path.open("rb") as file:
                self._start_over_if_replaced(os.fstat(file.fileno()))
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return Progress()
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        for line in complete.splitlines():
            self._take(line)
        return self._progress

    def _start_over_if_replaced(self, status: os.stat_result) -> None:
        identity = (status.st_dev, status.st_ino)
        if identity != self._identity or status.st_size < self._offset:
            self._offset, self._identity, self._progress, self._recent = 0, identity, Progress(), deque()

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line) if len(line) <= _MAX_LINE else None
            if isinstance(event, dict):
                self._progress = self._after(event)
        except (ValueError, KeyError, TypeError, RecursionError):
            pass  # incomplete after a crash, or of another version; later lines are still read

    def _after(self, event: dict[str, Any]) -> Progress:
        now, kind, old = event["time"], event["event"], self._progress
        new = replace(old, updated=now, state=kind if kind in _STATES else "training")
        match kind:
            case "starting":
                self._recent.clear()
                return replace(new, pid=event["pid"], message="", mend="", seconds_left=None, publishing="")
            case "queued":
                return new
            case "started":
                self._recent.clear()  # the rate is measured after the first step, which compiles
                return replace(
                    new,
                    device=event["device"],
                    backend=event["backend"],
                    images=event["images"],
                    step=event["step"],
                    steps=event["steps"],
                    epoch=event["epoch"],
                    epoch_count=event["epochs"],
                    epochs=tuple(epoch for epoch in old.epochs if epoch.step <= event["step"]),
                    # After a fallback the newest usable checkpoint is an older one.
                    checkpoint_step=event["step"] if event["resumed"] else None,
                    checkpoint_epoch=event["epoch"] if event["resumed"] else None,
                    fallback=event["fallback"],
                )
            case "baseline":
                return replace(new, pca_mse=event["pca_mse"])
            case "step":
                left = self._seconds_left(now, event["step"])
                return replace(
                    new,
                    step=event["step"],
                    loss=event["loss"],
                    images_per_second=event["images_per_second"],
                    seconds_left=left,
                )
            case "epoch":
                epoch = Epoch(
                    event["epoch"],
                    event["step"],
                    event["figures"],
                    tuple(event["kl_per_dimension"]),
                    event["seconds"],
                    event["images_per_second"],
                    event["input_wait"],
                    event.get("best"),
                )
                left = self._seconds_left(now, epoch.step)
                return replace(
                    new, step=epoch.step, epoch=epoch.epoch, epochs=(*old.epochs, epoch), seconds_left=left,
                    images_per_second=epoch.images_per_second,
                )  # fmt: skip
            case "checkpoint":
                return replace(new, checkpoint_step=event["step"], checkpoint_epoch=event["epoch"])
            case "publishing":
                return replace(new, seconds_left=None, publishing=event["what"])
            case "paused":
                message, hint = event.get("message", ""), event.get("mend", "")
                return replace(new, step=event["step"], seconds_left=None, message=message, mend=hint)
            case "failed":
                return replace(new, message=event["message"], mend=event["mend"], seconds_left=None)
            case "finished":
                return replace(
                    new, step=event["step"], stopped=event["stopped"], seconds=event["seconds"], publishing="",
                    patience=event.get("patience", 0),
                )  # fmt: skip
        return old  # an event of another version

    def _seconds_left(self, now: float, step: int) -> float | None:
        self._recent.append((now, step))
        while len(self._recent) > 2 and self._recent[0][0] < now - _RECENT:
            self._recent.popleft()
        then, first = self._recent[0]
        if step <= first or now <= then:
            return None
        return (self._progress.steps - step) * (now - then) / (step - first)


# One reader per run, since pages read every second, and the log of a long run has 10,000 lines.
_READERS: OrderedDict[Path, ProgressReader] = OrderedDict()
_READERS_KEPT = 64
_LOCK = threading.Lock()


def read_progress(folder: Path) -> Progress:
    """Return the progress of the run in `folder`. May be called from any thread."""
    path = folder / PROGRESS_FILE
    with _LOCK:
        reader = _READERS.setdefault(path, ProgressReader(path))
        _READERS.move_to_end(path)
        while len(_READERS) > _READERS_KEPT:
            _READERS.popitem(last=False)
        return reader.read()
