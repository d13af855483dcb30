"""Spreads the parts of an encoding over processes."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import os
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from vae.errors import BadRequestError, DataError
from vae.formats.bundle import load_bundle
from vae.message import message
from vae.models.onnx_session import THREADS
from zscope.jobs.bulk.encoding import Encoder, part_rows
from zscope.jobs.bulk.sources import open_source

__all__ = ["Encoded", "encode_source"]

PART_ROWS = 4096  # images of one file


@dataclass(frozen=True)
class Encoded:
    """What an encoding did.

    Attributes:
        rows: codes in all files.
        kept: of them, those that an earlier run had written.
        left_out: pictures of this run that could not be read.
    """

    rows: int
    kept: int
    left_out: int


def encode_source(
    bundle: Path,
    source: str,
    out: Path,
    *,
    processes: int = 0,
    part: int = PART_ROWS,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Encoded:
    """Encode all images of a source to Parquet files, see `Encoder.write`.

    A file that an earlier run has finished is kept, if it was made from the same model, images and range. So an
    interrupted encoding continues when it is called again.

    Args:
        bundle: the model's folder or zip.
        source: see `open_source`.
        out: folder of the files `part-00000.parquet`, ….
        processes: number of processes; 0: one for each processor. With one, this process encodes.
        part: images of one file.
        report: called with the images done, those kept included, and the number in all.

    Raises:
        ZscopeError: the source or the model cannot be read.
        BadRequestError: the folder has files of something else, such as another encoding.
        DataError: a process was ended.
    """
    opened = load_bundle(bundle)
    images = open_source(source, opened.manifest)
    key = f"1 {opened.manifest.networks_hash} {images.key} {part}"
    ranges = {out / f"part-{number:05d}.parquet": start for number, start in enumerate(range(0, len(images), part))}
    found = {path: part_rows(path, f"{key} {start}") for path, start in ranges.items()}
    _check_folder(out, {path for path, rows in found.items() if rows is not None})
    out.mkdir(parents=True, exist_ok=True)
    missing = [
        (path, start, min(start + part, len(images)), f"{key} {start}")
        for path, start in ranges.items()
        if found[path] is None
    ]
    kept = sum(rows for rows in found.values() if rows is not None)
    done = len(images) - sum(stop - start for _, start, stop, _ in missing)
    report(done, len(images))
    rows, left_out = kept, 0
    processes = min(processes or _cores(), len(missing))

    def count(stop: int, start: int, result: dict[str, int]) -> None:
        nonlocal done, rows, left_out
        done += stop - start
        rows, left_out = rows + result["rows"], left_out + result["left_out"]
        report(done, len(images))

    if processes <= 1:
        encoder = Encoder(opened, images)
        for path, start, stop, name in missing:
            count(stop, start, encoder.write(path, start, stop, name))
        return Encoded(rows, kept, left_out)
    # Spawned, not forked: ONNX Runtime has threads.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _open, (bundle, source))
    try:
        running: dict[Future, tuple[int, int]] = {}
        waiting = iter(missing)
        while True:
            for path, start, stop, name in waiting:
                running[pool.submit(_write, path, start, stop, name)] = start, stop
                if len(running) >= 2 * processes:
                    break
            if not running:
                return Encoded(rows, kept, left_out)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                start, stop = running.pop(future)
                count(stop, start, future.result())
    except BrokenProcessPool:
        raise DataError(
            "A process of the encoding ended, perhaps for lack of memory.",
            "Run the command again, with fewer processes. Finished files are kept.",
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_ENCODER: Encoder | None = None  # of a process of the pool


def _open(bundle: Path, source: str) -> None:
    """Prepare a process of the pool. Several processes share the cores, so each computes with one thread."""
    global _ENCODER
    os.environ[THREADS] = "1"
    from zscope.jobs.networks.host import isolate_networks

    isolate_networks()
    opened = load_bundle(bundle)
    _ENCODER = Encoder(opened, open_source(source, opened.manifest))


def _write(path: Path, start: int, stop: int, key: str) -> dict[str, int]:
    assert _ENCODER
    return _ENCODER.write(path, start, stop, key)


def _check_folder(out: Path, finished: set[Path]) -> None:
    """Raise an error if a folder has files that are not finished parts of this encoding."""
    if out.exists() and not out.is_dir():
        raise BadRequestError(message("{out} is a file.", out=out), "Use a folder.")
    others = {path for path in out.glob("*") if not path.name.startswith(".")} - finished
    if others:
        raise BadRequestError(
            message("{out} has other files, such as {name}.", out=out, name=min(others).name),
            "Use an empty folder, or that of the same encoding.",
        )
