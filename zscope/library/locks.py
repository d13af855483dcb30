"""File locks that show whether a process is alive: the kernel frees them however the process ends.

A lock (`flock`) belongs to the open file. A parent can take the lock first and pass the open file to its child, so
there is no moment in which the job looks dead or a second process could take the lock.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["Lock", "is_held"]


class Lock:
    """A held lock; freed by `release`, by leaving the `with` block, or by the end of the last process that has it.

    Attributes:
        descriptor: the open file, which a child process can inherit.
    """

    def __init__(self, descriptor: int):
        self.descriptor = descriptor
        os.set_inheritable(descriptor, False)

    @classmethod
    def take(cls, path: Path, patience: float = 0.0) -> "Lock | None":
        """Take the lock of the file `path`, which is created if needed; None while another process has it.

        Args:
            patience: seconds to keep trying; `is_held` in another process holds it for a moment too.

        Raises:
            OSError: the file cannot be created.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        end = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return cls(descriptor)
            except BlockingIOError:
                if time.monotonic() >= end:
                    os.close(descriptor)
                    return None
                time.sleep(0.02)
            except OSError:
                os.close(descriptor)
                raise

    @classmethod
    def take_new(cls, path: Path) -> "Lock":
        """Take the lock of a file that no other process knows yet.

        Raises:
            OSError: the file cannot be made, or another process has the lock after all.
        """
        lock = cls.take(path)
        if lock is None:
            raise OSError(f"another process has locked {path.name}")
        return lock

    @classmethod
    def handed_down(cls, descriptor: int, path: Path) -> "Lock":
        """The lock of the file `path` that the parent process took and passed on as an open file.

        Raises:
            OSError: the open file is not there, or is another one: two processes could write one folder.
        """
        given, right = os.fstat(descriptor), path.stat()
        if (given.st_dev, given.st_ino) != (right.st_dev, right.st_ino):
            raise OSError(f"the open file is not {path.name}")
        return cls(descriptor)

    def release(self) -> None:
        """Free the lock, unless a child process has it too."""
        if self.descriptor >= 0:
            with suppress(OSError):
                os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> "Lock":
        return self

    def __exit__(self, *_) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Return whether a living process holds the lock of `path`; False if the file does not exist."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # A shared lock, so that two simultaneous checks do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
