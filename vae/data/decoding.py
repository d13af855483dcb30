"""Decodes files to small pictures: one thread reads, a few decode, results keep the order of the list."""

import hashlib
import io
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from vae.data.files import FileEntry, FileList
from vae.data.picture_files import UnreadableImageError, image_size, read_on_backgrounds
from vae.data.refusals import Reason, RefusedError

__all__ = ["Decoded", "decode_files"]

_WAITING = 64  # most files that are read before they are decoded
_WAITING_BYTES = 64_000_000  # approximate limit for their bytes
# Reducing a picture of 50 million pixels takes hundreds of megabytes, so large pictures are decoded one at a time.
_LARGE_PIXELS = 4_000_000
_one_large = threading.Lock()

_REASONS = {"not a picture": Reason.NOT_A_PICTURE, "damaged": Reason.DAMAGED, "too large": Reason.TOO_LARGE}


@dataclass(frozen=True)
class Decoded:
    """The result for one file.

    Attributes:
        picture: uint8 `(h, w, c)`, transparency over black, or the reason why the file was refused.
        on_white: the same with transparency over white; None where nothing is transparent.
        digest: hash of the file's bytes; b"" where nothing could be read.
    """

    entry: FileEntry
    picture: np.ndarray | Reason
    digest: bytes = b""
    on_white: np.ndarray | None = None


def decode_files(
    files: FileList, entries: Sequence[FileEntry], shape: tuple[int, int, int], workers: int = 0
) -> Iterator[Decoded]:
    """Decode files to pictures of `shape`; memory does not grow with the number of files.

    Args:
        shape: `(height, width, channels)`.
        workers: decoding threads; Pillow releases the interpreter lock while it decodes. 0: one per core, at most 8.

    Raises:
        DataError: the archive exceeds its total limits.
    """
    pool = ThreadPoolExecutor(workers or min(8, os.cpu_count() or 1), thread_name_prefix="decode")
    waiting: deque[tuple[Future[Decoded], int]] = deque()
    waiting_bytes = 0
    try:
        for entry in entries:
            data = _read(files, entry)
            waiting_bytes += len(data) if isinstance(data, bytes) else 0
            waiting.append((pool.submit(_decode, entry, data, shape), waiting_bytes))
            while len(waiting) > _WAITING or (waiting and waiting_bytes - waiting[0][1] > _WAITING_BYTES):
                yield waiting.popleft()[0].result()
        while waiting:
            yield waiting.popleft()[0].result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # also when the caller stops early


def _read(files: FileList, entry: FileEntry) -> bytes | Reason:
    if entry.refused is not None:
        return entry.refused
    try:
        return files.read(entry)
    except RefusedError as refused:
        return refused.reason


def _decode(entry: FileEntry, data: bytes | Reason, shape: tuple[int, int, int]) -> Decoded:
    if isinstance(data, Reason):
        return Decoded(entry, data)
    digest = hashlib.blake2b(data, digest_size=16).digest()
    try:
        width, height = image_size(io.BytesIO(data))
        if width * height > _LARGE_PIXELS:
            with _one_large:
                picture, on_white = read_on_backgrounds(io.BytesIO(data), shape)
        else:
            picture, on_white = read_on_backgrounds(io.BytesIO(data), shape)
        return Decoded(entry, picture, digest, on_white)
    except UnreadableImageError as error:
        return Decoded(entry, _REASONS[error.fault], digest)
