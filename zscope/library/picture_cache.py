"""Pictures of models, made once and kept beside the models: the folder may be emptied, they can be made again."""

import hashlib
import logging
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from vae.durable import write_file
from vae.formats.bundle import Manifest
from zscope.library.registry import models_folder

__all__ = ["PICKS", "SHEETS", "Pick", "Sheet", "kept_file", "picture_key"]

LOGGER = logging.getLogger(__name__)
Sheet = Literal["few", "many"]
Pick = Literal["best", "median", "worst"]
# How many pictures are drawn, how many of them in a row, and how many pixels a side each has at most.
SHEETS: dict[Sheet, tuple[int, int, int]] = {"few": (32, 8, 64), "many": (320, 20, 40)}
PICKS: tuple[Pick, ...] = ("best", "median", "worst")

_RECIPE = 1  # another number where the same model gets other pictures
_MOST_FILES = 400
_MOST_IN_MEMORY = 32  # of a few dozen kilobytes each
_memory: OrderedDict[Path, bytes] = OrderedDict()
_making: dict[Path, threading.Lock] = defaultdict(threading.Lock)  # two who ask for one at once get one
_LOCK = threading.Lock()


def picture_key(manifest: Manifest) -> str:
    """What changes with anything that a model's pictures come from; letters of a file's name or an address."""
    codes = manifest.files["reference.npz"].sha256  # what the reconstructions are decoded from
    told = f"{_RECIPE} {manifest.networks_hash} {codes} {manifest.model} {manifest.dataset} {manifest.dataset_version}"
    return hashlib.sha256(told.encode()).hexdigest()[:20]


def kept_file(name: str, make: Callable[[], bytes], is_whole: Callable[[bytes], bool]) -> bytes:
    """The file of that name; made where there is none.

    Args:
        name: made of hashes and our own words, never of a person's.
        make: takes as long as it needs; what it raises reaches the caller, and nothing is kept.
        is_whole: false for a file that the disk has damaged: it is made again.
    """
    path = models_folder() / ".pictures" / name
    with _LOCK:
        lock = _making[path]
    with lock:
        data = _found(path, is_whole)
        if data is None:
            data = make()
            _keep(path, data)
    with _LOCK:
        _memory[path] = data
        _memory.move_to_end(path)
        while len(_memory) > _MOST_IN_MEMORY:
            _memory.popitem(last=False)
        if not lock.locked():
            _making.pop(path, None)
    return data


def _found(path: Path, is_whole: Callable[[bytes], bool]) -> bytes | None:
    with _LOCK:
        if path in _memory:
            return _memory[path]
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data if is_whole(data) else None


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, data)
        files = [(file.stat().st_mtime, file) for file in path.parent.iterdir()]
    except OSError as error:  # a full or read-only disk: it is shown all the same, and made again after a restart
        LOGGER.warning("the pictures in %s cannot be kept: %s", path.parent, error)
        return
    for _, file in sorted(files)[: max(0, len(files) - _MOST_FILES)]:
        with suppress(OSError):
            file.unlink()
