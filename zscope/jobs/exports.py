"""Runs exports in the background, each as a job (`job`) whose folder contains the file. Only the newest files are kept.

A finished file is found by its key, even after a restart of the server.
"""

import importlib.util
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vae.errors import BadRequestError, BundleError
from vae.formats.exporting.export import STEPS, export_model
from vae.formats.exporting.formats import FORMATS
from vae.formats.exporting.report import ExportReport
from vae.message import N_, message
from zscope.jobs.control import request_action
from zscope.jobs.job import LOCK_FILE, Job, launch_job, put_file, read_job, read_request
from zscope.jobs.process import inherited
from zscope.jobs.worker import Reporter
from zscope.library.locks import Lock
from zscope.library.registry import ModelEntry, find_model, locate_bundle

__all__ = ["Export", "export_key", "export_requested", "exports_folder", "find_export", "start_export", "stop_export"]

_KIND, _REPORT = "export", "report.json"
_KEY = re.compile(r"[0-9a-f]{20}")
_MOST_FILES = 20
_MOST_BYTES = 500_000_000
_SECONDS = 600.0  # limit for one export
_ENDING = 2.0  # seconds to wait for a stopped process to end
_REPORTS = TypeAdapter(ExportReport)


@dataclass(frozen=True)
class Export:
    """An export that is running, finished or failed.

    Attributes:
        report: the report of a finished export, otherwise None.
    """

    job: Job
    report: ExportReport | None = None


def exports_folder() -> Path:
    """Return the folder where exported files are kept for a day: `ZSCOPE_EXPORTS`, else `~/.zscope/exports`."""
    return Path(os.environ.get("ZSCOPE_EXPORTS") or Path.home() / ".zscope" / "exports")


def export_key(entry: ModelEntry, format: str) -> str:
    """Return the key of an export, which changes with the model's bundle.

    Raises:
        BundleError: the model is broken.
    """
    if entry.fault:
        raise BundleError(
            message("Can't export the model {id}: {fault}", id=entry.id, fault=entry.fault), "Choose another model."
        )
    return sha256(f"{entry.id}\n{format}\n{entry.manifest.model_dump_json()}".encode()).hexdigest()[:20]


def start_export(model_id: str, format: str) -> str:
    """Export a listed model in the background, unless the export is running or finished.

    Returns:
        The export's key.

    Raises:
        ModelNotFoundError, BundleError: the model cannot be opened.
        BadRequestError: there is no such format, or the process cannot start.
    """
    key = export_key(find_model(model_id), FORMATS[format].key)
    found = find_export(key)
    if found is None or found.job.state == "failed":
        _remove_oldest()
        request = {"model": model_id, "format": format}
        launch_job(
            exports_folder() / key, _KIND, request, _environment(format), N_("Free some space, then prepare it again.")
        )
    return key


def find_export(key: str) -> Export | None:
    """Return the export of a key; None if there is none, it was stopped, or its file is missing."""
    folder = exports_folder() / key
    job = read_job(folder, _KIND) if _KEY.fullmatch(key) else None
    if job is None or job.state == "stopped":
        return None
    if job.state != "done":
        return Export(job)
    try:
        report = _REPORTS.validate_json((folder / _REPORT).read_bytes())
    except (OSError, ValidationError):
        return None
    return Export(job, report) if report.file.is_file() else None


def stop_export(key: str) -> None:
    """Stop a running export and remove its files.

    Raises:
        TrainingError: the request cannot be written.
    """
    found = find_export(key)
    if found and found.job.active:
        request_action(exports_folder() / key, "stop")
        _remove(key)


def export_requested(reporter: Reporter, load: Callable[[], None]) -> None:
    """Write the file of an export job, in the job's process.

    Args:
        load: loads the framework.

    Raises:
        ZscopeError: see `export_model`; or the model has changed since the request.
    """
    reporter.seconds = _SECONDS
    request, folder = read_request(reporter.folder), reporter.folder
    model, format = request["model"], request["format"]
    if export_key(find_model(model), format) != folder.name:
        raise BadRequestError("The model has changed since the export was requested.", "Prepare it again.")

    def on_step(step: str) -> None:
        reporter.progress(step)
        if step == STEPS[0]:
            load()

    report = export_model(locate_bundle(model), format, folder / f"{model}{FORMATS[format].suffix}", on_step)
    put_file(folder / _REPORT, _REPORTS.dump_json(report))


def _environment(format: str) -> dict[str, str]:
    # On the CPU: a GPU rounds products, and most computers that run the exported file have none.
    variables = {
        "CUDA_VISIBLE_DEVICES": "-1",
        "JAX_PLATFORMS": "cpu",
        "ZSCOPE_EXPORTS": str(exports_folder().absolute()),
    }
    backend = FORMATS[format].keras_backend  # even if the server uses another backend
    if backend and importlib.util.find_spec(backend):
        variables["KERAS_BACKEND"] = backend
    return inherited(**variables)


def _remove_oldest() -> None:
    """Remove the oldest files beyond the limits of number and size."""
    exports = (find_export(path.name) for path in exports_folder().glob("*"))
    found = [export for export in exports if export and export.report]
    found.sort(key=lambda export: export.job.started)
    total = sum(export.report.bytes for export in found if export.report)
    while len(found) >= _MOST_FILES or total > _MOST_BYTES:
        oldest = found.pop(0)
        total -= oldest.report.bytes if oldest.report else 0
        _remove(oldest.job.id)


def _remove(key: str) -> None:
    """Remove an ended export. If its process is still running, nothing is removed."""
    lock = Lock.take(exports_folder() / key / LOCK_FILE, _ENDING)
    if lock:
        with lock:
            shutil.rmtree(exports_folder() / key, ignore_errors=True)
