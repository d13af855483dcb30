"""Runs the whole intake on the files of a folder, in one process: `python -m tests.vae.corpora.intake FOLDER`.

It prints one line of JSON a file: its name, what became of it, the seconds it took, and by how many megabytes the peak
of the process has grown since the first file.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from vae.data.picture_files import UnreadableImageError, read_picture
from vae.pictures.preparation import InputStyle, input_style_of, prepare
from zscope.library.registry import open_model

__all__ = ["SHAPE", "outcome", "peak"]

SHAPE = (28, 28, 1)


def outcome(path: Path, wants: InputStyle) -> str:
    """`"read WIDTH×HEIGHT×CHANNELS"`, or the fault for which it is refused."""
    try:
        picture = read_picture(path)
    except UnreadableImageError as error:
        return error.fault
    prepared = prepare(picture, wants, SHAPE)
    if (prepared.image.shape, prepared.image.dtype) != (SHAPE, np.uint8):
        return f"prepared as {prepared.image.dtype} {prepared.image.shape}"
    height, width, channels = picture.shape
    return f"read {width}×{height}×{channels}"


def peak() -> float:
    """Peak memory of this process in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # without it, getrusage is used; here it would include the parent
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)


def _main(folder: Path) -> None:
    wants = input_style_of(open_model("mnist-16").manifest)
    prepare(np.zeros((64, 64, 3), np.uint8), wants, SHAPE)
    before = peak()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        start = time.perf_counter()
        what = outcome(path, wants)
        line = {
            "name": path.relative_to(folder).as_posix(),
            "outcome": what,
            "seconds": round(time.perf_counter() - start, 4),
            "megabytes": round(peak() - before, 1),
        }
        print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
