"""`runs`, `pause`, `resume`, `stop` and `remove` for training runs; `work`, the process of a run."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from vae.errors import TrainingError
from zscope.cli.foreground import show_run
from zscope.cli.framework import load_framework
from zscope.jobs.runs import launch
from zscope.jobs.runs.folder import check_id, read_request, run_folder
from zscope.jobs.runs.listing import LOCK_FILE, Run, list_runs
from zscope.jobs.runs.worker import Watcher, work
from zscope.library.locks import Lock
from zscope.library.registry import models_folder

__all__ = ["pause", "remove", "resume", "runs", "stop", "work_on"]

Id = Annotated[str, typer.Argument(help="A run's id (see `runs`).")]
Now = Annotated[bool, typer.Option("--now", help="Start at once, without queueing.")]


def runs(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False):
    """List all training runs, newest first, of the command line and the app."""
    entries = list_runs()
    if as_json:
        print(json.dumps([_describe(run) for run in entries], indent=1))
        return
    if not entries:
        print("No runs found. Start one: zscope train NAME")
        return
    table = Table(
        Column("id", no_wrap=True, min_width=max(len(run.id) for run in entries)),
        *(Column(name, no_wrap=name == "state") for name in ("title", "state")),
        *(Column(name, no_wrap=True, justify="right") for name in ("epoch", "loss", "images/s", "left")),
        box=SIMPLE,
    )
    for run in entries:
        table.add_row(run.id, escape(run.title), *_columns(run))
    Console(emoji=False).print(table)
    for run in entries:
        if reason := run.fault or (str(_failure(run)) if run.state in ("failed", "paused") else ""):
            print(f"{run.id}: {reason}")


def pause(id: Id):
    """Pause a run: it writes a checkpoint and its process ends."""
    launch.pause(id)
    print(f"Pausing {id}. To continue: zscope resume {id}")


def resume(
    id: Id,
    background: Annotated[bool, typer.Option("--background", help="Resume in the background and return.")] = False,
    now: Now = False,
):
    """Resume a paused, interrupted or failed run from its last checkpoint."""
    if background:
        launch.resume(id, now)
        print(f"Resumed {id} in the background. See: zscope runs")
        return
    request, lock = launch.claim(id)
    show_run(request, lock, now, listed=Path(request.models) == models_folder().absolute())


def stop(id: Id):
    """Stop a run early and save its model."""
    launch.stop(id)
    print(f"Stopping {id}; its model will be measured and saved. See: zscope runs")


def remove(id: Id):
    """Remove a run that is not active, with its checkpoints. Its model stays."""
    launch.delete(id)
    print(f"Removed the run {id}.")


def work_on(id: Id, lock: Annotated[int, typer.Option(help="The run's lock, an open file.")], now: Now = False):
    """Train a run in the background; started by `train --background`, `resume` and the app."""
    check_id(id)
    read_request(run_folder(id))
    try:
        held = Lock.handed_down(lock, run_folder(id) / LOCK_FILE)
    except OSError as error:
        reason = error.strerror or error
        raise TrainingError(f"The process of the run {id} did not get its lock: {reason}.", "Use `resume`.") from None
    os.nice(5)  # the app has priority

    class Quiet(Watcher):
        def loading(self) -> None:
            load_framework()

    work(id, held, Quiet(), now)


def _describe(run: Run) -> dict:
    """Describe a run for JSON."""
    progress = asdict(run.progress)
    progress["epochs"] = [asdict(epoch) for epoch in run.progress.epochs]
    return {
        "id": run.id,
        "title": run.title,
        "state": run.state,
        "position": run.position,
        "fault": run.fault,
        "dataset": run.request.training.dataset if run.request else None,
        "created": run.request.created if run.request else None,
        "bundle": str(run.request.bundle) if run.request else None,
        "progress": progress,
    }


def _columns(run: Run) -> tuple[str, ...]:
    progress = run.progress
    working = run.state == "training"
    state = f"queued, {run.position}." if run.position else run.state
    if run.state == "finished" and progress.stopped:
        state = "finished (stopped)"
    return (
        state,
        f"{progress.epoch}/{progress.epoch_count}" if progress.steps else "–",
        f"{progress.epochs[-1].figures['val_loss']:.2f}" if progress.epochs else "–",
        f"{progress.images_per_second:,.0f}" if working and progress.images_per_second else "–",
        _clock(progress.seconds_left) if working and progress.seconds_left is not None else "–",
    )


def _failure(run: Run) -> TrainingError:
    return TrainingError(run.progress.message, run.progress.mend)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
