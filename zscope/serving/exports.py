"""HTTP route for exported files: the browser saves a file of any size, and no session holds it in memory."""

from pathlib import Path

from starlette.routing import BaseRoute

from vae.errors import NotFoundError
from zscope.jobs.exports import find_export
from zscope.serving.routes import get_route

__all__ = ["export_routes"]


def export_routes(prefix: str = "/content") -> list[BaseRoute]:
    """Return the route `{prefix}/exports/{key}`, a download of a finished export's file, see `zscope.jobs.exports`."""
    return [get_route(f"{prefix}/exports/{{key}}", _file)]


def _file(key: str) -> Path:
    job = find_export(key)
    if job is None or job.report is None:
        raise NotFoundError("This export no longer exists.", "Reload the model's page and prepare it again.")
    return job.report.file
