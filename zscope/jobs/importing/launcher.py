"""Starting the process that reads strangers' files, and ending it when it takes too long."""

import json
import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vae.errors import ImportRefusedError
from vae.formats.importing.draft import Draft, read_draft
from vae.formats.importing.file_type import MOST_BYTES
from zscope.jobs.job import sweep
from zscope.jobs.process import run

__all__ = ["KEEPING", "Intake", "take_in"]

KEEPING = threading.Lock()  # held while a name is chosen and a model is saved under it
_TURNS = threading.Semaphore(2)  # files of so many people are read at the same time
_SECONDS = 90  # of the clock, on a busy machine; its own time is limited to less
_REFUSED = 3
_FAULTS = (signal.SIGFPE, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL)
_MOST_FILES = 6
_PREFIX = "zscope-import-"


@dataclass(frozen=True)
class Intake:
    """What was brought, and a folder of its own to work in.

    Attributes:
        folder: with the files as `file-0` …; it goes with `discard`.
        names: of the files, as the person calls them.
        draft: what was found in them.
    """

    folder: Path
    names: tuple[str, ...]
    draft: Draft

    def discard(self) -> None:
        """Remove the folder. May be called twice."""
        shutil.rmtree(self.folder, ignore_errors=True)


def take_in(files: Sequence[tuple[str, Path | bytes]]) -> Intake:
    """Read model files in a process of its own, with little memory, time and reach.

    Args:
        files: names and contents.

    Raises:
        ImportRefusedError: why they are not taken in.
        OSError: they cannot be copied.
    """
    if not 1 <= len(files) <= _MOST_FILES:
        raise ImportRefusedError(f"These are {len(files)} files, 1 to {_MOST_FILES} make a model.", "Choose fewer.")
    # Those that were never discarded: their server was killed, or the dialog's tab was closed.
    sweep(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    names = tuple(_readable(name) for name, _ in files)
    try:
        for index, (_, content) in enumerate(files):
            _put(folder / f"file-{index}", names[index], content)
        (folder / "files.json").write_text(json.dumps(names))
        with _TURNS:
            _run(folder)
        return Intake(folder, names, read_draft(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _readable(name: str) -> str:
    """One short line of signs that can be shown: a name from a disk may hold others."""
    shown = "".join(sign if sign.isprintable() else " " for sign in name)
    return " ".join(shown.split())[-120:] or "A file without a name"


def _put(target: Path, name: str, content: Path | bytes) -> None:
    if isinstance(content, bytes):
        if len(content) > MOST_BYTES:
            raise ImportRefusedError(f"{name} has more than {MOST_BYTES:,} bytes.", "Import a smaller model.")
        target.write_bytes(content)
        return
    if not content.is_file():  # a folder, or a device, which may never end
        raise ImportRefusedError(f"{name} is not a regular file.", "Name files; of a bundle's folder its files.")
    if content.stat().st_size > MOST_BYTES:
        raise ImportRefusedError(f"{name} has more than {MOST_BYTES:,} bytes.", "Import a smaller model.")
    try:
        source = content.open("rb")
    except OSError as error:
        raise ImportRefusedError(f"{name} cannot be opened: {error.strerror}.", "Choose one you may read.") from error
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        return file.read().decode(errors="replace")


def _run(folder: Path) -> None:
    """Read the folder's files in the limited process.

    Raises:
        ImportRefusedError: they were refused, or the process did not end well.
    """
    try:
        status = _status(folder)
    except TimeoutError:
        raise ImportRefusedError(
            f"Reading this took longer than {_SECONDS} seconds.", "Import a smaller model."
        ) from None
    if status == 0:
        return
    if status == _REFUSED:
        refusal = json.loads(_tail(folder / "told").splitlines()[-1])
        raise ImportRefusedError(refusal["message"], refusal["mend"])
    if status < 0 and -status in _FAULTS:
        raise ImportRefusedError(
            f"What this computes ended the process that read it ({signal.Signals(-status).name}).",
            "Do not trust this file, or export it with a newer version.",
        )
    if status < 0:
        raise ImportRefusedError(
            "Reading this took more memory or time than is given to a stranger's file.", "Import a smaller model."
        )
    last = _tail(folder / "errors").strip().splitlines()[-1:]
    raise ImportRefusedError(f"This could not be read: {' '.join(last)[:300]}.", "Save the model again.")


def _status(folder: Path) -> int:
    """Run `vae.formats.importing.worker` in a new interpreter.

    Returns:
        Its exit status, or minus the number of the signal that ended it.

    Raises:
        TimeoutError: it took longer than `_SECONDS` and was killed.
    """
    # Not this process's environment: an imported file must not find its paths, keys or settings.
    environment = {"PATH": os.defpath, "HOME": str(folder), "TMPDIR": str(folder), "LANG": "C.UTF-8"}
    arguments = ["-s", "-m", "vae.formats.importing.worker", str(folder)]
    # Into files, whose size is limited, not into this process's memory: libraries write much about some files.
    with (folder / "told").open("wb") as told, (folder / "errors").open("wb") as errors:
        return run(arguments, environment=environment, stdout=told, stderr=errors, seconds=_SECONDS)
