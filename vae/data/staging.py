"""A locked folder in which a data set is written before it gets its name; leftovers of killed processes are removed."""

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from contextlib import suppress
from pathlib import Path

__all__ = ["GONE", "Staging", "clean_leftovers"]

# Names begin with a dot so that no list shows them.
_MAKING, GONE = ".making-", ".gone-"
_GRACE = 60.0  # seconds before an unlocked folder counts as a leftover: a new one may not be locked yet


class Staging:
    """A new folder in `root`, locked while this object exists; `discard` deletes it unless it was renamed.

    The kernel frees the lock however the process ends, so an unlocked folder is a leftover.
    """

    def __init__(self, root: Path):
        root.mkdir(parents=True, exist_ok=True)
        clean_leftovers(root)
        self.path = Path(tempfile.mkdtemp(prefix=_MAKING, dir=root))
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        with suppress(OSError):  # a file system without locks: leftovers stay there
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Also runs when a page's session ends without a call of `discard`.
        self._end = weakref.finalize(self, _end, self.path, descriptor)

    def discard(self) -> None:
        """Delete the folder if it was not renamed, and free the lock."""
        self._end()


def _end(path: Path, descriptor: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(descriptor)


def clean_leftovers(root: Path) -> None:
    """Delete what killed processes left in `root`. Never raises, since every listing calls it."""
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
