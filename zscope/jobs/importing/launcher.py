"""Starts the sandboxed process that parses untrusted model files, and ends it after a time limit."""

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
from vae.message import message
from zscope.jobs.job import sweep
from zscope.jobs.process import run

__all__ = ["KEEPING", "Intake", "take_in"]

KEEPING = threading.Lock()  # held while an id is chosen and a model is saved under it
_SLOTS = threading.Semaphore(2)  # imports at the same time
_SECONDS = 90  # of wall-clock time, on a busy machine; the limit of its processor time is lower
_REFUSED = 3
_FAULTS = (signal.SIGFPE, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL)
_MOST_FILES = 6
_PREFIX = "zscope-import-"


@dataclass(frozen=True)
class Intake:
    """Imported files after parsing, in a temporary folder.

    Attributes:
        folder: contains the files as `file-0`, …; removed by `discard`.
        names: the files' names, as given by the user.
        draft: the networks or the bundle that the files contain.
    """

    folder: Path
    names: tuple[str, ...]
    draft: Draft

    def discard(self) -> None:
        """Remove the folder. May be called twice."""
        shutil.rmtree(self.folder, ignore_errors=True)


def take_in(files: Sequence[tuple[str, Path | bytes]]) -> Intake:
    """Parse untrusted model files in a sandboxed process with limited memory and time.

    Args:
        files: names and contents.

    Raises:
        ImportRefusedError: the files are refused, with the reason.
        OSError: they cannot be copied.
    """
    if not 1 <= len(files) <= _MOST_FILES:
        raise ImportRefusedError(
            message("There are {n} files; a model has 1 to {most_files}.", n=len(files), most_files=_MOST_FILES),
            "Choose the files of one model.",
        )
    # Folders that were not discarded, since the server was killed or the dialog's tab was closed.
    sweep(Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    names = tuple(_readable(name) for name, _ in files)
    try:
        for index, (_, content) in enumerate(files):
            _put(folder / f"file-{index}", names[index], content)
        (folder / "files.json").write_text(json.dumps(names))
        with _SLOTS:
            _run(folder)
        return Intake(folder, names, read_draft(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _readable(name: str) -> str:
    """Return a file name as one short line without control characters."""
    shown = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(shown.split())[-120:] or "A file without a name"


def _put(target: Path, name: str, content: Path | bytes) -> None:
    if isinstance(content, bytes):
        if len(content) > MOST_BYTES:
            raise ImportRefusedError(
                message("{name} has more than {most_bytes} bytes.", name=name, most_bytes=f"{MOST_BYTES:,}"),
                "Import a smaller model.",
            )
        target.write_bytes(content)
        return
    if not content.is_file():  # a folder, or a device, which may have no end
        raise ImportRefusedError(
            message("{name} is not a regular file.", name=name),
            "Choose files; for a bundle's folder, choose the files in it.",
        )
    if content.stat().st_size > MOST_BYTES:
        raise ImportRefusedError(
            message("{name} has more than {most_bytes} bytes.", name=name, most_bytes=f"{MOST_BYTES:,}"),
            "Import a smaller model.",
        )
    try:
        source = content.open("rb")
    except OSError as error:
        raise ImportRefusedError(
            message("Can't open {name}: {strerror}.", name=name, strerror=error.strerror), "Choose a readable file."
        ) from error
    with source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        return file.read().decode(errors="replace")


def _run(folder: Path) -> None:
    """Parse the folder's files in the sandboxed process.

    Raises:
        ImportRefusedError: the files were refused, or the process failed.
    """
    try:
        status = _status(folder)
    except TimeoutError:
        raise ImportRefusedError(
            message("Reading the files took longer than {seconds} seconds.", seconds=_SECONDS),
            "Import a smaller model.",
        ) from None
    if status == 0:
        return
    if status == _REFUSED:
        refusal = json.loads(_tail(folder / "output").splitlines()[-1])
        raise ImportRefusedError(refusal["message"], refusal["mend"])
    if status < 0 and -status in _FAULTS:
        raise ImportRefusedError(
            message("The process that read the files crashed ({name}).", name=signal.Signals(-status).name),
            "Do not trust these files, or export them again with a newer version.",
        )
    if status < 0:
        raise ImportRefusedError(
            "Reading the files took more memory or time than untrusted files may take.", "Import a smaller model."
        )
    last = _tail(folder / "errors").strip().splitlines()[-1:]
    raise ImportRefusedError(
        message("Can't read the files: {last}.", last=" ".join(last)[:300]), "Save the model again."
    )


def _status(folder: Path) -> int:
    """Run `vae.formats.importing.worker` in a new interpreter.

    Returns:
        The exit status, or the negative number of the signal that ended the process.

    Raises:
        TimeoutError: it took longer than `_SECONDS` and was killed.
    """
    # Not this process's environment, so that an imported file cannot read its paths, keys or settings.
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "ORT_DISABLE_TELEMETRY": "1",
    }
    arguments = ["-s", "-m", "vae.formats.importing.worker", str(folder)]
    # Output goes to files of limited size, not to this process's memory, since some libraries print much.
    with (folder / "output").open("wb") as output, (folder / "errors").open("wb") as errors:
        return run(arguments, environment=environment, stdout=output, stderr=errors, seconds=_SECONDS)
