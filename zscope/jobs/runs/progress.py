"""What happened in a run so far: a line of JSON per event, appended by the run's process and read by everybody.

    starting {pid}                                    a process was started for the run
    queued {position}                                 it waits for a free slot
    started {device, backend, images, step, steps, epoch, epochs, resumed, fallback}
                                                      training begins or goes on at that step: what came after is void
    step {step, epoch, loss, images_per_second}       about once a second
    epoch {epoch, step, figures, kl_per_dimension, seconds, images_per_second, input_wait, best}
    checkpoint {step, epoch}
    publishing {what, done, total}                    it measures the finished model
    paused {step, message, mend} · failed {message, mend} · finished {step, stopped, seconds, figures}

Every event carries `event` and `time` (seconds since 1970). The last line may be torn by a crash; it is not read.
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
ENDS = ("paused", "failed", "finished")  # after these events a process has nothing more to do

State = Literal["", "starting", "queued", "training", "publishing", "paused", "failed", "finished"]
_STATES = ("starting", "queued", "publishing", *ENDS)
_MAX_LINE = 200_000  # bytes; 512 dimensions' KL take 10,000
_RECENT = 60.0  # seconds of steps that the rate is taken over


@dataclass(frozen=True)
class Epoch:
    """One finished epoch.

    Attributes:
        epoch: 1 for the first.
        step: optimisation steps done by its end.
        figures: nats per image: `loss`, `reconstruction`, `kl`, each with its `val_` twin.
        kl_per_dimension: nats, over the validation images.
        seconds: how long it took, validation included.
        images_per_second: while training, without the validation.
        input_wait: seconds spent waiting for batches; None where it was not measured.
        best: the epoch of the lowest validation loss up to here; None where it was not told.
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
    """A run as its log tells it, for pages.

    Attributes:
        state: "" before the first event, else starting, queued, training, publishing, paused, failed or finished, as
            the process said; whether it still lives is the lock's to say (`zscope.jobs.runs.listing`).
        step, steps: optimisation steps done, and of how many; 0 before the training began.
        epoch, epoch_count: epochs finished, and of how many.
        loss: of the latest step reported, nats per image.
        images_per_second: latest report.
        seconds_left: at the rate of the last minute, for the training alone; None while it is not known.
        checkpoint_step, checkpoint_epoch: where a resumed run would go on; None before the first checkpoint.
        fallback: why the last resume began from an older checkpoint, else "".
        message, mend: of a failed run; of a paused one, why it did not do what was asked, or "".
        stopped: whether a finished run was stopped before its last step.
        seconds: of training, over all its processes; of a finished run.
        publishing: what is being measured, such as "IWAE 300 of 1,000".
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
    seconds: float | None = None
    publishing: str = ""
    updated: float | None = None  # time of the last event
    epochs: tuple[Epoch, ...] = ()

    @property
    def best_epoch(self) -> int | None:
        """The epoch of the lowest validation loss; None before the first ends."""
        if not self.epochs:
            return None
        if best := self.epochs[-1].best:  # the figures here are rounded: two epochs may look equal
            return best
        return min(self.epochs, key=lambda epoch: epoch.figures["val_loss"]).epoch

    @property
    def has_learned(self) -> bool:
        """Whether there is a checkpoint of at least one step: only then is there a model to keep or to look at."""
        return bool(self.checkpoint_step)

    def kept_epoch(self, keep: str) -> int | None:
        """The epoch that the model of a run that ends now is of: `Trainer.kept_epoch`.

        Args:
            keep: `TrainConfig.keep`.

        Returns:
            None before the first step.
        """
        if keep == "best" and self.epochs:
            return self.best_epoch
        return math.ceil(self.step * self.epoch_count / self.steps) or None if self.steps else None


class ProgressLog:
    """The writing side; only the process that has the run's lock may write."""

    def __init__(self, folder: Path):
        self._path = folder / PROGRESS_FILE

    def write(self, event: str, **fields) -> None:
        """Append one event.

        Raises:
            OSError: it cannot be written.
        """
        line = json.dumps({"event": event, "time": round(time.time(), 3)} | _plain(fields), separators=(",", ":"))
        append_line(self._path, line, flush=event != "step")  # a step's line is soon followed by another


def _plain(value) -> Any:
    """Numbers that JSON has: a loss that is infinite just before the end is null."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


@dataclass
class ProgressReader:
    """Reads a log as it grows: each call of `read` parses only what is new."""

    path: Path
    _offset: int = 0
    _identity: tuple[int, int] | None = None
    _progress: Progress = field(default_factory=Progress)
    _recent: deque = field(default_factory=deque)  # (time, step) of the process that trains now

    def read(self) -> Progress:
        """The state after the last whole line; an empty one when there is no log."""
        try:
            with self.path.open("rb") as file:
                self._start_over_if_replaced(os.fstat(file.fileno()))
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return Progress()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
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
            pass  # torn by a crash, or of another version: the lines after it still tell where the run is

    def _after(self, event: dict) -> Progress:
        now, kind, old = event["time"], event["event"], self._progress
        new = replace(old, updated=now, state=kind if kind in _STATES else "training")
        match kind:
            case "starting":
                self._recent.clear()
                return replace(new, pid=event["pid"], message="", mend="", seconds_left=None, publishing="")
            case "queued":
                return new
            case "started":
                self._recent.clear()  # the first step compiles: the rate is taken from its end on
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
                    # After a fallback the newest good checkpoint is an older one.
                    checkpoint_step=event["step"] if event["resumed"] else None,
                    checkpoint_epoch=event["epoch"] if event["resumed"] else None,
                    fallback=event["fallback"],
                )
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
                told = {name: event.get(name, "") for name in ("message", "mend")}
                return replace(new, step=event["step"], seconds_left=None, **told)
            case "failed":
                return replace(new, message=event["message"], mend=event["mend"], seconds_left=None)
            case "finished":
                return replace(
                    new, step=event["step"], stopped=event["stopped"], seconds=event["seconds"], publishing="",
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


# One reader per run that is looked at: pages ask every second, and a long run's log has 10,000 lines.
_READERS: OrderedDict[Path, ProgressReader] = OrderedDict()
_READERS_KEPT = 64
_LOCK = threading.Lock()


def read_progress(folder: Path) -> Progress:
    """Where the run in `folder` stands; safe to call from any thread."""
    path = folder / PROGRESS_FILE
    with _LOCK:
        reader = _READERS.setdefault(path, ProgressReader(path))
        _READERS.move_to_end(path)
        while len(_READERS) > _READERS_KEPT:
            _READERS.popitem(last=False)
        return reader.read()
