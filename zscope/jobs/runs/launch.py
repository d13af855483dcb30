"""Starting, pausing, resuming, stopping and forgetting runs, from a page or a command alike.

Everything that could keep a finished model from being saved is found before the first step. The process is its own
session: a closed terminal, a refreshed page or a restarted server does not reach it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vae.data.catalog import dataset_info
from vae.durable import check_space, flush_folder, write_through
from vae.errors import BadRequestError, TrainingError
from vae.formats.bundle import check_writable
from vae.formats.bundle.weights import check_budget
from vae.models.config import check_together
from vae.models.networks.plan import parameter_count
from zscope.jobs import process
from zscope.jobs.control import ask, withdraw
from zscope.jobs.runs.folder import REQUEST_FILE, RunRequest, run_folder, runs_folder
from zscope.jobs.runs.listing import LOCK_FILE, Run, find_run
from zscope.jobs.runs.progress import ENDS, ProgressLog
from zscope.jobs.runs.warm_start import check_beginning
from zscope.library.locks import Lock
from zscope.library.registry import is_shipped, models_folder

__all__ = ["claim", "create", "delete", "pause", "resume", "start", "stop"]

_PATIENCE = 1.0  # seconds for a reader's look at the lock
_LEAVING = 15.0  # seconds for a process that has written its last line to end
_COPIES = 4 * 3  # of the weights in a checkpoint (weights, average, two moments), and of checkpoints at one moment
_SPARE = 50_000_000  # bytes for pictures, logs and the model itself beside its weights
_GONE = ".gone-"


def start(request: RunRequest, replace: bool = False, now: bool = False) -> None:
    """Make the run and start its process in the background.

    Args:
        replace: a model or an ended run of that id may go.
        now: do not queue.

    Raises:
        ZscopeError: see `create`; or the process cannot be started.
    """
    _spawn(request, create(request, replace), now)


def create(request: RunRequest, replace: bool = False) -> Lock:
    """Make the run's folder; the caller starts the process, or is it.

    Returns:
        The run's lock.

    Raises:
        BadRequestError: the settings make no sense together or do not fit the data; or the id is taken.
        DataError: there is no such data set.
        BundleError: the model would be too large, or could not be saved.
        TrainingError: there is no space, or the run's folder cannot be made.
    """
    _check_settings(request)
    _check_free(request, replace)
    check_writable(Path(request.models))
    check_writable(runs_folder())
    weights = 4 * parameter_count(request.model)
    check_space(runs_folder(), _COPIES * weights + _SPARE)
    check_space(Path(request.models), 2 * weights + _SPARE)
    folder = run_folder(request.id)
    if folder.exists():
        delete(request.id)
    try:
        # Made whole under another name: a run that is listed has its request.
        fresh = Path(tempfile.mkdtemp(prefix=f".{request.id}-", dir=folder.parent))
        lock = None
        try:
            fresh.chmod(0o755)
            write_through(fresh / REQUEST_FILE, request.model_dump_json(indent=1).encode())
            lock = Lock.take_new(fresh / LOCK_FILE)
            ProgressLog(fresh).write("starting", pid=None)
            flush_folder(fresh)
            fresh.rename(folder)
            flush_folder(folder.parent)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            if lock:
                lock.release()
            raise
    except OSError as error:
        raise TrainingError(
            f"The run {request.id} cannot be made in {folder.parent}: {error.strerror or error}.",
            "Free space, or set ZSCOPE_RUNS to another folder.",
        ) from error
    return lock


def claim(id: str) -> tuple[RunRequest, Lock]:
    """Take a run that has no process, to go on with it: its request and its lock.

    Raises:
        TrainingError: there is none of that id, it is finished or broken, or a process works on it.
    """
    run = find_run(id)
    lock = _take(run, f"The run {id} is at work already.", "Pause it first, or wait.")
    try:
        run = find_run(id)  # as it is now that nobody else has it
        if run.request is None:
            raise TrainingError(run.fault)
        if run.progress.state == "finished":
            raise TrainingError(f"The run {id} is finished.", "Start a new one from its settings.")
        with _failing_to("resume", id):
            withdraw(run.folder)
            ProgressLog(run.folder).write("starting", pid=None)
    except BaseException:
        lock.release()
        raise
    return run.request, lock


def resume(id: str, now: bool = False) -> None:
    """Go on with a paused, interrupted or failed run, in the background.

    Raises:
        TrainingError: see `claim`.
    """
    _spawn(*claim(id), now)


def pause(id: str) -> None:
    """Ask a run for a checkpoint and to leave; memory and processor are free a moment later.

    Raises:
        TrainingError: no process works on it.
    """
    run = find_run(id)
    if not run.alive or run.progress.state in ENDS:
        raise TrainingError(f"The run {id} is {run.state}, not at work.", "Resume it, or leave it.")
    ask(run.folder, "pause")


def stop(id: str) -> None:
    """End a run early and keep its model: what it has learned is measured and saved as if it were finished.

    One without a process gets one, which does only that.

    Raises:
        TrainingError: it is finished, or has learned nothing yet.
    """
    run = find_run(id)
    if run.alive and run.progress.state not in ENDS:
        if run.state in ("queued", "starting") and not run.progress.has_learned:
            raise TrainingError(f"The run {id} has not begun: there is nothing to keep.", "Pause it, or forget it.")
        ask(run.folder, "stop")
        return
    if not run.progress.has_learned and run.state != "finished":
        raise TrainingError(f"The run {id} has no checkpoint: there is nothing to keep.", "Resume it, or forget it.")
    request, lock = claim(id)
    try:
        ask(run.folder, "stop")
    except BaseException:
        lock.release()
        raise
    _spawn(request, lock, False)


def delete(id: str) -> None:
    """Remove a run with its checkpoints and pictures; the model it made stays.

    Raises:
        TrainingError: there is none, a process works on it, or it cannot be removed.
    """
    run = find_run(id)
    with _take(run, f"The run {id} is at work.", "Pause it first."), _failing_to("remove", id):
        # Renamed first: a crash halfway leaves nothing that looks like a run.
        gone = Path(tempfile.mkdtemp(prefix=_GONE, dir=run.folder.parent))
        run.folder.rename(gone / id)
    for leftover in run.folder.parent.glob(f"{_GONE}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _take(run: Run, message: str, mend: str) -> Lock:
    patience = _LEAVING if run.progress.state in ENDS else _PATIENCE
    try:
        lock = Lock.take(run.folder / LOCK_FILE, patience)
    except OSError as error:
        raise TrainingError(f"The run {run.id} cannot be locked: {error.strerror}.", "Free some space.") from error
    if lock is None:
        raise TrainingError(message, mend)
    return lock


@contextmanager
def _failing_to(what: str, id: str) -> Iterator[None]:
    """Turns the system's refusal into a sentence."""
    try:
        yield
    except OSError as error:
        raise TrainingError(
            f"Zscope failed to {what} the run {id}: {error.strerror or error}.",
            "Free space, or make its folder writable.",
        ) from error


def _check_settings(request: RunRequest) -> None:
    check_together(request.model, request.training)
    check_beginning(request)
    info = dataset_info(request.training.dataset)
    if info.image_shape != request.model.image_shape:
        raise BadRequestError(
            f"{info.title} has images of {info.image_shape}, the model expects {request.model.image_shape}.",
            "Set the model's image_shape to the data's.",
        )
    if request.model.classes and request.model.classes != len(info.class_names):
        raise BadRequestError(
            f"The model is told one of {request.model.classes} classes, "
            f"{info.title} has {len(info.class_names) or 'none'}.",
            "Set classes to the data's, or to 0.",
        )
    check_budget(request.model)


def _check_free(request: RunRequest, replace: bool) -> None:
    if Path(request.models) == models_folder().absolute() and is_shipped(request.id):
        raise BadRequestError(
            f"A model called {request.id} ships with the project.", "Choose another id, or name --out."
        )
    taken = "Choose another id, or add --replace."
    if request.bundle.exists() and not replace:
        raise BadRequestError(f"There is a model in {request.bundle} already.", taken)
    if not run_folder(request.id).exists():
        return
    run = find_run(request.id)
    if run.alive and run.progress.state not in ENDS:
        raise BadRequestError(f"A run called {request.id} is {run.state}.", "Choose another id.")
    # One that has nothing to go on from, or whose model is gone, is in nobody's way.
    if run.can_resume and run.progress.checkpoint_step is not None and not replace:
        raise BadRequestError(
            f"There is a run called {request.id}, {run.state} at step {run.progress.step:,}.", f"Resume it. {taken}"
        )


def _spawn(request: RunRequest, lock: Lock, now: bool) -> None:
    folder = run_folder(request.id).absolute()
    backend = {"KERAS_BACKEND": request.backend} if request.backend else {}
    try:
        process.start(
            ["-m", "zscope", "work", request.id, "--lock", str(lock.descriptor), *(["--now"] if now else [])],
            environment=process.inherited(ZSCOPE_RUNS=str(folder.parent), **backend),
            log=folder / "output.log",
            lock=lock,
            name=f"run {request.id}",
        )
    except OSError as error:
        raise TrainingError(f"The run {request.id} cannot be started: {error}.", "Free memory or space.") from error
