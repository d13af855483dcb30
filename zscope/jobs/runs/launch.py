"""Starts, pauses, resumes, stops and removes runs, for pages and commands.

Everything that could prevent saving the finished model is checked before the first step. The process has its own
session, so it continues when a terminal is closed, a page reloaded or the server restarted.
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
from vae.message import N_, message
from vae.models.config import check_together
from vae.models.networks.plan import parameter_count
from zscope.jobs import process
from zscope.jobs.control import clear_request, request_action
from zscope.jobs.runs.folder import REQUEST_FILE, RunRequest, run_folder, runs_folder
from zscope.jobs.runs.listing import LOCK_FILE, Run, find_run
from zscope.jobs.runs.progress import ENDS, ProgressLog
from zscope.jobs.runs.warm_start import check_start
from zscope.library.locks import Lock
from zscope.library.registry import is_shipped, models_folder

__all__ = ["claim", "create", "delete", "pause", "resume", "start", "stop"]

_PATIENCE = 1.0  # seconds, since readers hold the lock for a moment
_ENDING = 15.0  # seconds to wait until a process that has written its last line has ended
_COPIES = 4 * 3  # copies of the weights: 4 in a checkpoint (weights, average, two moments), 3 checkpoints at one time
_SPARE = 50_000_000  # bytes for pictures, logs and the rest of the bundle
_GONE = ".gone-"


def start(request: RunRequest, replace: bool = False, now: bool = False) -> None:
    """Create a run and start its process in the background.

    Args:
        replace: whether a model or an ended run of that id may be replaced.
        now: start without waiting in the queue.

    Raises:
        ZscopeError: see `create`; or the process cannot start.
    """
    _spawn(request, create(request, replace), now)


def create(request: RunRequest, replace: bool = False) -> Lock:
    """Create the run's folder. The caller starts the process, or is the process.

    Returns:
        The run's lock.

    Raises:
        BadRequestError: the settings do not fit each other or the data, or the id is taken.
        DataError: there is no such data set.
        BundleError: the model is too large, or its folder cannot be written.
        TrainingError: there is too little space, or the run's folder cannot be created.
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
        # Completed under another name, so that every listed run has its request.
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
            message(
                "Can't create the run {id} in {parent}: {value}.",
                id=request.id,
                parent=folder.parent,
                value=error.strerror or error,
            ),
            "Free some space, or set ZSCOPE_RUNS to another folder.",
        ) from error
    return lock


def claim(id: str) -> tuple[RunRequest, Lock]:
    """Take a run without a process to continue it; return its request and its lock.

    Raises:
        TrainingError: there is no such run, it is finished or broken, or its process is running.
    """
    run = find_run(id)
    lock = _take(run, message("The run {id} is running already.", id=id), N_("Pause it first, or wait."))
    try:
        run = find_run(id)  # read again under the lock
        if run.request is None:
            raise TrainingError(run.fault)
        if run.progress.state == "finished":
            raise TrainingError(message("The run {id} is finished.", id=id), "Start a new one from its settings.")
        with _failing_to("resume", id):
            clear_request(run.folder)
            ProgressLog(run.folder).write("starting", pid=None)
    except BaseException:
        lock.release()
        raise
    return run.request, lock


def resume(id: str, now: bool = False) -> None:
    """Resume a paused, interrupted or failed run in the background.

    Raises:
        TrainingError: see `claim`.
    """
    _spawn(*claim(id), now)


def pause(id: str) -> None:
    """Request a checkpoint and the end of the process, which frees memory and processor.

    Raises:
        TrainingError: the run has no process.
    """
    run = find_run(id)
    if not run.alive or run.progress.state in ENDS:
        raise TrainingError(
            message("The run {id} is {state}, so it can't be paused.", id=id, state=run.state), "Resume it first."
        )
    request_action(run.folder, "pause")


def stop(id: str) -> None:
    """End a run early: its model is measured and saved as if the run had finished.

    For a run without a process, a new process does this.

    Raises:
        TrainingError: the run is finished, or has no checkpoint yet.
    """
    run = find_run(id)
    if run.alive and run.progress.state not in ENDS:
        if run.state in ("queued", "starting") and not run.progress.has_learned:
            raise TrainingError(
                message("The run {id} has not started, so there is no model to save.", id=id), "Pause it, or remove it."
            )
        request_action(run.folder, "stop")
        return
    if not run.progress.has_learned and run.state != "finished":
        raise TrainingError(
            message("The run {id} has no checkpoint, so there is no model to save.", id=id), "Resume it, or remove it."
        )
    request, lock = claim(id)
    try:
        request_action(run.folder, "stop")
    except BaseException:
        lock.release()
        raise
    _spawn(request, lock, False)


def delete(id: str) -> None:
    """Remove a run with its checkpoints and pictures; its model stays.

    Raises:
        TrainingError: there is no such run, its process is running, or it cannot be removed.
    """
    run = find_run(id)
    with _take(run, message("The run {id} is running.", id=id), N_("Pause it first.")), _failing_to("remove", id):
        # Renamed first, so that a crash leaves no partial run in the list.
        gone = Path(tempfile.mkdtemp(prefix=_GONE, dir=run.folder.parent))
        run.folder.rename(gone / id)
    for leftover in run.folder.parent.glob(f"{_GONE}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _take(run: Run, refusal: str, hint: str) -> Lock:
    patience = _ENDING if run.progress.state in ENDS else _PATIENCE
    try:
        lock = Lock.take(run.folder / LOCK_FILE, patience)
    except OSError as error:
        raise TrainingError(
            message("Can't lock the run {id}: {strerror}.", id=run.id, strerror=error.strerror), "Free some space."
        ) from error
    if lock is None:
        raise TrainingError(refusal, hint)
    return lock


@contextmanager
def _failing_to(what: str, id: str) -> Iterator[None]:
    """Turn an `OSError` into a `TrainingError`."""
    try:
        yield
    except OSError as error:
        raise TrainingError(
            message("Can't {what} the run {id}: {value}.", what=what, id=id, value=error.strerror or error),
            "Free some space, or make its folder writable.",
        ) from error


def _check_settings(request: RunRequest) -> None:
    check_together(request.model, request.training)
    check_start(request)
    info = dataset_info(request.training.dataset)
    if info.image_shape != request.model.image_shape:
        raise BadRequestError(
            message(
                "{title} has images of {image_shape}, but the model expects {image_shape2}.",
                title=info.title,
                image_shape=info.image_shape,
                image_shape2=request.model.image_shape,
            ),
            "Set the model's image_shape to the data's.",
        )
    if request.model.classes and request.model.classes != len(info.class_names):
        raise BadRequestError(
            message(
                "The model has {classes} classes, but {title} has {value}.",
                classes=request.model.classes,
                title=info.title,
                value=len(info.class_names) or "none",
            ),
            "Set classes to the number of the data set's classes, or to 0.",
        )
    check_budget(request.model)


def _check_free(request: RunRequest, replace: bool) -> None:
    if Path(request.models) == models_folder().absolute() and is_shipped(request.id):
        raise BadRequestError(
            message("A bundled model is called {id}.", id=request.id), "Choose another id, or set --out."
        )
    taken = N_("Choose another id, or add --replace.")
    if request.bundle.exists() and not replace:
        raise BadRequestError(message("There is already a model in {bundle}.", bundle=request.bundle), taken)
    if not run_folder(request.id).exists():
        return
    run = find_run(request.id)
    if run.alive and run.progress.state not in ENDS:
        raise BadRequestError(
            message("A run called {id} is {state}.", id=request.id, state=run.state), "Choose another id."
        )
    # A run without a checkpoint, or whose model was deleted, may be replaced.
    if run.can_resume and run.progress.checkpoint_step is not None and not replace:
        raise BadRequestError(
            message(
                "A run called {id} is {state} at step {step}.",
                id=request.id,
                state=run.state,
                step=f"{run.progress.step:,}",
            ),
            message("Resume it. {taken}", taken=taken),
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
        raise TrainingError(
            message("Can't start the run {id}: {error}.", id=request.id, error=error), "Free some memory or disk space."
        ) from error
