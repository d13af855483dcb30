"""Spreads the parts of an encoding over processes."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
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
    parts = _parts(f"1 {opened.manifest.networks_hash} {images.key} {part}", len(images), out, part)
    found = {one: part_rows(one.path, one.key) for one in parts}
    _check_folder(out, {one.path for one, rows in found.items() if rows is not None})
    out.mkdir(parents=True, exist_ok=True)
    missing = [one for one, rows in found.items() if rows is None]
    kept = sum(rows for rows in found.values() if rows is not None)
    done, written = sum(one.stop - one.start for one, rows in found.items() if rows is not None), []
    report(done, len(images))
    processes = min(processes or _cores(), len(missing))
    results = _in_pool(bundle, source, missing, processes) if processes > 1 else _here(Encoder(opened, images), missing)
    for one, result in results:
        written.append(result)
        done += one.stop - one.start
        report(done, len(images))
    rows, left_out = (sum(result[name] for result in written) for name in ("rows", "left_out"))
    return Encoded(kept + rows, kept, left_out)


@dataclass(frozen=True)
class _Part:
    """A range of images, the file of their codes, and from what it is made."""

    path: Path
    start: int
    stop: int
    key: str


def _parts(key: str, images: int, out: Path, size: int) -> list[_Part]:
    return [
        _Part(out / f"part-{number:05d}.parquet", start, min(start + size, images), f"{key} {start}")
        for number, start in enumerate(range(0, images, size))
    ]


def _here(encoder: Encoder, parts: list[_Part]) -> Iterator[tuple[_Part, dict[str, int]]]:
    """Write parts in this process; yield each with the result of `Encoder.write`."""
    for one in parts:
        yield one, encoder.write(one.path, one.start, one.stop, one.key)


def _in_pool(bundle: Path, source: str, parts: list[_Part], processes: int) -> Iterator[tuple[_Part, dict[str, int]]]:
    """Write parts in several processes; yield each when it is finished."""
    # Spawned, not forked: ONNX Runtime has threads.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _open, (bundle, source))
    try:
        running = {pool.submit(_write, one): one for one in parts}
        for future in as_completed(running):
            yield running[future], future.result()
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


def _write(part: _Part) -> dict[str, int]:
    assert _ENCODER
    return _ENCODER.write(part.path, part.start, part.stop, part.key)


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
