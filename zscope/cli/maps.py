"""`map`: projects a model's encoded images to the plane; `work-on-map`: the app's map process."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from vae.errors import BadRequestError
from vae.models.config import make_config
from zscope.cli.framework import load_framework
from zscope.cli.progress import progress
from zscope.library.locks import Lock
from zscope.library.maps.spec import MapSpec

__all__ = ["map_worker", "project"]


def project(
    model: Annotated[str, typer.Argument(help="A model's id (see `models`).")],
    method: Annotated[Literal["pca", "raw", "tsne", "umap"], typer.Option(help="The projection.")] = "tsne",
    images: Annotated[Literal["test", "all"], typer.Option(help="Only the test split, or every image.")] = "test",
    axes: Annotated[str, typer.Option(help="pca, raw: the two axes, counted from 0.")] = "0,1",
    perplexity: Annotated[float, typer.Option(help="tsne: effective number of neighbours of a point.")] = 30.0,
    neighbours: Annotated[int, typer.Option(help="umap: number of neighbours of a point.")] = 15,
    min_dist: Annotated[float, typer.Option(help="umap: smallest distance between points.")] = 0.1,
    seed: Annotated[int, typer.Option(help="tsne, umap: seed of the layout.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Write coordinates, codes and figures of all points to this .csv or .npz.")
    ] = None,
):
    """Make and save a map. The Map page then opens it without waiting."""
    if out and out.suffix not in (".csv", ".npz"):
        raise BadRequestError(f"{out} is neither a .csv nor a .npz file.", "Change the suffix.")
    try:
        across, up = (int(part) for part in axes.split(","))
    except ValueError:
        raise BadRequestError(f"{axes!r} is not a pair of axes.", "Use the form 0,1.") from None
    spec = make_config(
        MapSpec, method=method, images=images, axes=(across, up), perplexity=perplexity, neighbours=neighbours,
        min_dist=min_dist, seed=seed,
    )  # fmt: skip
    load_framework()
    from zscope.library.maps.export import csv_bytes, npz_bytes
    from zscope.library.maps.making import Watcher, find_map, make_map

    with progress() as bars:
        tasks = {}

        class Bars(Watcher):
            def progress(self, what, done, total):
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=None)
                bars.update(tasks[what], completed=done, total=total or None)

            def frame(self, iteration, coordinates):
                self.progress("arranging", iteration, 0)

        make_map(model, spec, Bars())
    parts = find_map(model, spec)
    count = len(parts.points.row)
    if out:
        out.write_bytes((csv_bytes if out.suffix == ".csv" else npz_bytes)(parts))
    print(f"{count:,} points{f' in {out}' if out else ''}, map {parts.key}")


def map_worker(key: str, lock: Annotated[int, typer.Option(help="The job's lock, an open file.")]):
    """Compute a map in a process that the app starts."""
    os.nice(5)  # lower priority than the app
    load_framework()
    from zscope.jobs.maps import work_on_map

    work_on_map(key, Lock(lock))
