"""`work-on`: the process of a background job, started by the app."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from zscope.cli.framework import load_framework, load_runtime
from zscope.jobs.worker import Reporter, work_on

__all__ = ["work_on_job"]


def work_on_job(
    kind: Literal["map", "export", "estimate"],
    folder: Path,
    lock: Annotated[int, typer.Option(help="The job's lock, an open file.")],
):
    """Run the job in a folder; started by the app."""

    def work(reporter: Reporter) -> None:
        if kind == "export":
            from zscope.jobs.exports import export_requested

            export_requested(reporter, load_framework)
            return
        if kind == "map":
            load_runtime()
            from zscope.jobs.maps import make_requested

            make_requested(reporter)
        else:
            load_framework()
            from zscope.jobs.runs.estimate import measure_requested

            measure_requested(reporter)

    os.nice(5)  # the app has priority
    work_on(folder, kind, lock, work)
