"""A cache on disk for pictures of models; the folder may be emptied at any time."""

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
# Number of pictures, pictures in a row, and pixels of a picture's longer side at most.
SHEETS: dict[Sheet, tuple[int, int, int]] = {"few": (32, 8, 64), "many": (320, 20, 40)}
PICKS: tuple[Pick, ...] = ("best", "median", "worst")

_RECIPE = 1  # increased when the same model would get other pictures
_MOST_FILES = 400
_MOST_IN_MEMORY = 32  # of a few dozen kilobytes each
_memory: OrderedDict[Path, bytes] = OrderedDict()
_making: dict[Path, threading.Lock] = defaultdict(threading.Lock)  # simultaneous requests share one call
_LOCK = threading.Lock()


def picture_key(manifest: Manifest) -> str:
    """Return a hash of everything that a model's pictures depend on, for file names and URLs."""
    codes = manifest.files["reference.npz"].sha256  # the reconstructions are decoded from these
    text = f"{_RECIPE} {manifest.networks_hash} {codes} {manifest.model} {manifest.dataset} {manifest.dataset_version}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def kept_file(name: str, make: Callable[[], bytes], is_whole: Callable[[bytes], bool]) -> bytes:
    """Return the cached file of that name; `make` and save it if it does not exist.

    Args:
        name: built from hashes and fixed words, never from user input.
        make: may take long; its exceptions reach the caller, and nothing is saved then.
        is_whole: returns False for a damaged file, which is made again.
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
    except OSError as error:  # full or read-only disk: the picture is shown, and made again after a restart
        LOGGER.warning("Can't save pictures in %s: %s", path.parent, error)
        return
    for _, file in sorted(files)[: max(0, len(files) - _MOST_FILES)]:
        with suppress(OSError):
            file.unlink()
