"""A folder that a data set is made in, beside its later place, and what becomes of it when its process is killed."""

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

__all__ = ["GONE", "Staging", "clean_leftovers"]

# Dots in front: no list shows them.
_MAKING, GONE = ".making-", ".gone-"
_GRACE = 60.0  # seconds that a new folder is left alone: it may not be locked yet


class Staging:
    """A new folder in `root`, locked while this object lives; gone after `discard`, unless it was renamed.

    The kernel frees the lock however the process ends: what is not locked is a leftover.
    """

    def __init__(self, root: Path):
        root.mkdir(parents=True, exist_ok=True)
        clean_leftovers(root)
        self.path = Path(tempfile.mkdtemp(prefix=_MAKING, dir=root))
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        with suppress(OSError):  # a file system without locks; there leftovers are never swept
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Also when a page's session simply ends and nobody calls `discard`.
        self._end = weakref.finalize(self, _end, self.path, descriptor)

    def discard(self) -> None:
        """Remove the folder, if it still has its first name, and free the lock."""
        self._end()


def _end(path: Path, descriptor: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(descriptor)


def clean_leftovers(root: Path) -> None:
    """Remove what killed processes left in `root`. Never fails: a list is no place to."""
    for prefix in (_MAKING, GONE):
        for path in root.glob(f"{prefix}*"):
            with suppress(OSError):
                if time.time() - path.stat().st_ctime > _GRACE and not _is_locked(path):
                    shutil.rmtree(path, ignore_errors=True)


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)
