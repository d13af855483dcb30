"""Exported files over plain HTTP: the browser takes a file of any size to disk, and no session holds it in memory."""

from pathlib import Path

from starlette.routing import BaseRoute

from vae.errors import NotFoundError
from zscope.jobs.exports import find_export
from zscope.serving.routes import get_route

__all__ = ["export_routes"]


def export_routes(prefix: str = "/content") -> list[BaseRoute]:
    """`{prefix}/exports/{key}`: the file of a finished export, to be saved; see `zscope.jobs.exports`."""
    return [get_route(f"{prefix}/exports/{{key}}", _file)]


def _file(key: str) -> Path:
    job = find_export(key)
    if job is None or job.report is None:
        raise NotFoundError("This export is not there any more.", "Reload the model's page and prepare it again.")
    return job.report.file
