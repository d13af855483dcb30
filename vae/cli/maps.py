"""`work-on-map`: the process that makes a map."""

import os
from typing import Annotated

import typer

from vae.cli.framework import load_framework
from vae.runs.locks import Lock

__all__ = ["map_worker"]


def map_worker(key: str, lock: Annotated[int, typer.Option(help="The job's lock, an open file.")]):
    """The process of a map in the making; started by the app."""
    os.nice(5)  # the app beside it answers a hand
    load_framework()
    from vae.maps.jobs import work_on_map

    work_on_map(key, Lock(lock))
