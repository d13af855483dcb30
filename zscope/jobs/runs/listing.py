"""Lists runs with their states, from their logs and locks."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from vae.errors import TrainingError
from vae.message import message
from zscope.jobs.queue import waiting
from zscope.jobs.runs.folder import REQUEST_FILE, RunRequest, read_request, run_folder, runs_folder
from zscope.jobs.runs.progress import ENDS, Progress, read_progress
from zscope.library.locks import is_held

__all__ = ["LOCK_FILE", "Run", "State", "find_run", "list_runs"]

LOCK_FILE = "run.lock"

State = Literal["starting", "queued", "training", "publishing", "paused", "interrupted", "failed", "finished", "broken"]


@dataclass(frozen=True)
class Run:
    """The current state of one run.

    Attributes:
        request: None if the folder is broken.
        alive: whether its process is running.
        state: "interrupted" is a run whose process ended without a last event (killed, power cut); it resumes like a
            paused one. "broken" is a folder that cannot be read, see `fault`.
        position: position in the queue, 1 for the next; None if it does not wait.
        film: folder of its pictures, see `zscope.jobs.runs.film`; may not exist yet.
        log: output of its process; may not exist.
    """

    id: str
    folder: Path
    request: RunRequest | None
    progress: Progress
    alive: bool
    state: State
    position: int | None = None
    fault: str = ""

    @property
    def title(self) -> str:
        return self.request.title if self.request else self.id

    @property
    def film(self) -> Path:
        return self.folder / "film"

    @property
    def log(self) -> Path:
        return self.folder / "output.log"

    @property
    def can_resume(self) -> bool:
        return self.state in ("paused", "interrupted", "failed")


def list_runs() -> list[Run]:
    """List all runs, newest first; broken ones with their fault."""
    root = runs_folder()
    folders = [path for path in root.iterdir() if path.is_dir() and path.name[0] != "."] if root.is_dir() else []
    queue = waiting(root)
    runs = [_run(folder, queue) for folder in folders]
    return sorted(runs, key=lambda run: (_created(run), run.id), reverse=True)


def find_run(id: str) -> Run:
    """Find a run by id, which may come from a URL.

    Raises:
        BadRequestError: it is not a valid id.
        TrainingError: there is no such run.
    """
    folder = run_folder(id)
    if not folder.is_dir():
        raise TrainingError(message("No run is called {id}.", id=id), "List the runs with `zscope runs`.")
    return _run(folder, waiting(runs_folder()))


def _run(folder: Path, queue: list[str]) -> Run:
    # The lock first: a process writes its last event while it holds the lock.
    alive = is_held(folder / LOCK_FILE)
    progress = read_progress(folder)
    try:
        request = _request(folder)
    except TrainingError as error:
        return Run(folder.name, folder, None, progress, alive, "broken", fault=str(error))
    position = queue.index(folder.name) + 1 if folder.name in queue else None
    return Run(folder.name, folder, request, progress, alive, _state(alive, progress), position)


def _state(alive: bool, progress: Progress) -> State:
    state = progress.state or "starting"
    return state if alive or state in ENDS else "interrupted"  # the process writes its last event before it ends


def _request(folder: Path) -> RunRequest:
    try:
        stamp = (folder / REQUEST_FILE).stat().st_mtime_ns
    except OSError:
        stamp = 0
    return _read_cached(folder, stamp)


_read_cached = lru_cache(maxsize=256)(lambda folder, stamp: read_request(folder))


def _created(run: Run) -> str:
    if run.request:
        return run.request.created
    return datetime.fromtimestamp(run.folder.stat().st_mtime, UTC).isoformat()
